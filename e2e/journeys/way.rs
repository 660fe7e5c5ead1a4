//! Pieces of the way that several journeys walk.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use e2e::wait::{LIMIT, until};

use crate::office;

/// What RW-2 asks.
pub(crate) const READY: [&str; 3] = ["マイナンバーカードは手元に", "数字4けたの暗証番号", "カードを健康保険証として"];

/// What RW-2 asks at its end.
pub(crate) const ASSIST: &str = "どなたが操作しますか";

/// The passcode of every device of the journeys.
pub(crate) const PASSCODE: &str = "294817";

/// Makes a browser a device of the demo institution, or opens the one that it is (DA-1 to DA-5).
pub(crate) async fn device(tablet: &Tablet, world: &World) -> anyhow::Result<()> {
    tablet.open(&format!("{}/d", world.origin())).await?;
    until("a screen of the device", LIMIT, async || {
        let script = "const of = document.querySelector('[data-screen]'); return of ? of.dataset.screen : ''";
        match tablet.script(script).await {
            Ok(said) if ["DA-1", "DA-4", "DA-5"].iter().any(|id| said == *id) => Ok(()),
            Ok(said) => Err(said.to_string()),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    let screen = tablet.script("return document.querySelector('[data-screen]').dataset.screen").await?;
    match screen.as_str().unwrap_or_default() {
        "DA-1" => register(tablet, world).await?,
        "DA-4" => {
            tablet.fill("パスコード", PASSCODE).await?;
            tablet.press("開く").await?;
        }
        _ => {}
    }
    tablet.heading("認証選択").await
}

/// From the notice to the first passcode (DA-1 to DA-3).
async fn register(tablet: &Tablet, world: &World) -> anyhow::Result<()> {
    let login = world.demo.logins.iter().find(|login| login.user == "ishi1").context("no viewer in the demo")?;
    tablet.heading("はじめにお読みください").await?;
    log_in_once(tablet, login).await?;
    tablet.press("同意する").await?;
    tablet.heading("初期登録").await?;
    tablet.fill("機関コード", &login.institution).await?;
    tablet.fill("ユーザID", &login.user).await?;
    tablet.fill("パスワード", &login.password).await?;
    tablet.fill("アクティベーションコード", &world.activation()?).await?;
    tablet.press("登録").await?;
    tablet.heading("パスコード登録").await?;
    tablet.fill("パスコード", PASSCODE).await?;
    tablet.fill("パスコード(確認)", PASSCODE).await?;
    tablet.press("このパスコードにする").await
}

/// The account logs in at the office and out again (N030), by calls of the page that is open.
pub(crate) async fn log_in_once(tablet: &Tablet, login: &Login) -> anyhow::Result<()> {
    let body = serde_json::json!({ "institution": login.institution, "user": login.user, "password": login.password }).to_string();
    let script = format!(
        "const post = (path, body) => fetch(path, {{ method: 'POST', body,
            headers: {{ 'content-type': 'application/json', 'x-uketsuke-page': '1' }} }});
         return post('/api/office/login', {}).then(answer => post('/api/office/logout', 'null').then(() => answer.status))",
        serde_json::Value::from(body)
    );
    let status = tablet.script(&script).await?;
    ensure!(status == 200, "the login at the office: {status}");
    Ok(())
}

/// From the bookmark to the choices (RW-0 to RW-3).
pub(crate) async fn to_choices(tablet: &Tablet, url: &str) -> anyhow::Result<()> {
    // From elsewhere: opening the page that is open is a reload, and a reload asks whether to go on.
    tablet.open("about:blank").await?;
    tablet.open(url).await?;
    tablet.heading("資格確認と同意の受付").await?;
    tablet.press("同意登録をする").await?;
    tablet.heading("端末を患者様にお渡しください").await?;
    tablet.press("患者です。はじめます").await?;
    tablet.heading("はじめる前の準備").await?;
    for question in READY {
        tablet.pick(question, "はい").await?;
    }
    tablet.pick(ASSIST, "本人").await?;
    tablet.press("次へ").await?;
    tablet.heading("同意する内容をお選びください").await
}

/// From the bookmark to the card (RW-0 to RW-5), agreeing to all.
pub(crate) async fn to_card(tablet: &Tablet, url: &str) -> anyhow::Result<()> {
    to_choices(tablet, url).await?;
    tablet.press("すべて同意する").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await
}

/// The card's proof with the PIN of every simulated card, up to the end of the patient's part (RW-6).
pub(crate) async fn prove(tablet: &Tablet) -> anyhow::Result<()> {
    // Before that the button does nothing, and the press would be lost.
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.heading("受付が終わりました").await
}

/// The staff's look at the result (RW-7); gives the number of the receipt.
pub(crate) async fn result(tablet: &Tablet) -> anyhow::Result<String> {
    tablet.press("職員です。結果を見る").await?;
    tablet.heading("受付の結果").await?;
    receipt(tablet).await
}

/// The number of the receipt on RW-7.
pub(crate) async fn receipt(tablet: &Tablet) -> anyhow::Result<String> {
    tablet.sees("受付番号").await?;
    let script = "const t = [...document.querySelectorAll('dt')].find(t => t.innerText.trim() === '受付番号');
        return t ? t.nextElementSibling.innerText.trim() : ''";
    let number = tablet.script(script).await?;
    let number = number.as_str().unwrap_or_default().to_owned();
    ensure!(number.len() >= 6, "no receipt number: {number}");
    Ok(number)
}

/// After a reload: nothing is shown before somebody says that the same person goes on.
pub(crate) async fn go_on(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.heading("前の受付が残っています").await?;
    let shown = tablet.text().await?;
    for told in ["同意する", "同意しない", "受付番号", "一郎"] {
        ensure!(!shown.contains(told), "「{told}」 is shown before anybody went on: {shown}");
    }
    tablet.press("続ける").await
}

/// After a reload the result is still there, behind the staff's press or at once.
pub(crate) async fn receipt_after_reload(tablet: &Tablet) -> anyhow::Result<String> {
    go_on(tablet).await?;
    let has_to_press = until("the result after the reload", LIMIT, async || {
        let shown = tablet.text().await.map_err(|error| error.to_string())?;
        match (shown.contains("受付番号"), shown.contains("職員です。結果を見る")) {
            (true, _) => Ok(false),
            (_, true) => Ok(true),
            _ => Err(shown),
        }
    })
    .await?;
    if has_to_press {
        tablet.press("職員です。結果を見る").await?;
    }
    receipt(tablet).await
}

/// Ends the visit on the tablet and looks that nothing of the person is left.
pub(crate) async fn finish(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.press("終了する").await?;
    tablet.heading("終了しました").await?;
    let left = tablet
        .script("return JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage), document.title, location.href])")
        .await?;
    let left = left.as_str().context("storage")?.to_owned();
    for word in ["secret", "key", "agree", "refuse", "一郎", "有効"] {
        ensure!(!left.contains(word), "「{word}」 is left on the tablet: {left}");
    }
    let shown = tablet.text().await?;
    ensure!(!shown.contains("一郎") && !shown.contains("保険者番号"), "the person is still shown: {shown}");
    Ok(())
}

/// How many consents the office finds.
pub(crate) async fn rows(world: &mut World) -> anyhow::Result<usize> {
    let office = world.screen(1280, 900).await?;
    to_list(&office, world).await?;
    count(&office).await
}

/// Logs in and searches with the conditions as they stand.
pub(crate) async fn to_list(office: &Tablet, world: &World) -> anyhow::Result<()> {
    let login = office::ready_account(world)?;
    office::log_in(office, world, &login).await?;
    office.heading("メニュー").await?;
    office.press("同意済資格情報取得").await?;
    office.heading("同意済資格情報取得").await?;
    office.press("検索").await
}

/// Reads 「検索結果：n件」.
pub(crate) async fn count(office: &Tablet) -> anyhow::Result<usize> {
    until("the number of results", LIMIT, async || {
        let shown: String = office.text().await.map_err(|error| error.to_string())?.split_whitespace().collect();
        let number = shown.split_once("検索結果：").and_then(|(_, rest)| rest.split_once('件')).and_then(|(number, _)| number.parse().ok());
        number.ok_or(shown)
    })
    .await
}
