//! アカウント管理: an admin makes an account, its person comes in, is stopped, and gets a new password; files; what programs depend on.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use serde_json::json;
use thirtyfour::By;

use crate::office;
use crate::paper::printed;
use crate::pictures::Camera;

/// A desk and a tablet.
const WIDTHS: [u32; 2] = [820, 1280];
const CHOSEN: &str = "akai ringo to shiroi kumo 7";
const HEAD: &str = "処理,権限区分,ユーザID,ユーザ名,ユーザ名(カナ),利用開始年月日,利用終了年月日";

/// The secret on the screen.
async fn secret(tablet: &Tablet) -> anyhow::Result<String> {
    tablet.sees("控えたので閉じる").await?;
    let text = tablet.script("return (document.querySelector('.secret__text') || {}).textContent || ''").await?;
    let text = text.as_str().unwrap_or_default().to_owned();
    ensure!(text.len() == 29, "no initial password: {text:?}");
    Ok(text)
}

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    let admin = office::ready_account(world)?;
    office::log_in(&desk, world, &admin).await?;
    desk.heading("メニュー").await?;
    desk.press("アカウント管理").await?;
    desk.heading("アカウント管理").await?;
    desk.sees("一度もログインしていません").await?;
    camera.take_at("ot-7-list", &[360, 820, 1280]).await?;

    let first = register(&desk, world, &mut camera).await?;
    let nurse = world.screen(820, 1180).await?;
    let login = Login { user: "kango1".to_owned(), password: first, ..admin.clone() };
    first_login(&nurse, world, &login).await?;
    stopped_and_let_in(&desk, &nurse, world, &mut camera, &login).await?;
    programs(&desk, world, &mut camera).await?;
    tokens(&desk, world, &mut camera).await?;
    last_admin(&desk, world, &admin).await?;
    files(&desk, world, &mut camera).await
}

/// The form, its faults, and the initial password with its slip.
async fn register(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<String> {
    desk.press("アカウントを登録する").await?;
    desk.heading("アカウント管理(登録)").await?;
    desk.press("登録する").await?;
    desk.sees("ユーザIDは半角英数字2〜8文字で入力してください。").await?;
    desk.sees("カナで入力してください。").await?;
    camera.take_at("ot-7-new-faults", &WIDTHS).await?;
    ensure!(desk.script("return document.getElementById('account-kind').value").await? == json!("viewer"), "another kind is shown");
    desk.fill("ユーザID", "kango1").await?;
    desk.fill("ユーザ名", "看護 花子").await?;
    desk.fill("ユーザ名(カナ)", "カンゴ ハナコ").await?;
    desk.sees("登録するカナ: ｶﾝｺﾞ ﾊﾅｺ").await?;
    camera.take_at("ot-7-new", &WIDTHS).await?;
    desk.press("登録する").await?;
    let password = secret(desk).await?;
    camera.take_at("ot-7-password", &WIDTHS).await?;
    leaving_asks(desk, camera, &password).await?;
    let pages = printed(desk, &world.folder, "slip").await?;
    ensure!(pages.len() == 1, "the slip has {} pages", pages.len());
    let page = pages.first().context("no page")?;
    let address = world.office_url();
    for part in ["kango1", password.as_str(), "看護花子", address.as_str(), "機関コード:9969900001"] {
        ensure!(page.contains(part), "the slip lacks {part}: {page}");
    }
    ensure!(!page.contains("管理花子") && !page.contains("メニュー"), "the slip shows more than its person: {page}");
    desk.press("控えたので閉じる").await?;
    desk.sees("機関コード").await?;
    ensure!(!desk.driver.source().await?.contains(&password), "the password is still in the page");
    taken(desk).await?;
    Ok(password)
}

/// A link, the way back and ログアウト ask before a password is lost that is shown once; a lock keeps it.
async fn leaving_asks(desk: &Tablet, camera: &mut Camera<'_>, password: &str) -> anyhow::Result<()> {
    let is_shown = async || -> anyhow::Result<()> {
        ensure!(desk.text().await?.contains(password), "the password is gone");
        ensure!(desk.driver.current_url().await?.path() == "/o/accounts/new", "the screen was left");
        Ok(())
    };
    desk.press("操作履歴").await?;
    desk.sees("この画面を離れますか").await?;
    camera.take_at("leave", &WIDTHS).await?;
    desk.press_in("dialog", "やめる").await?;
    is_shown().await?;
    // Twice: the way back still leads to the screen before.
    for _ in 0..2 {
        desk.driver.back().await?;
        desk.sees("この画面を離れますか").await?;
        desk.press_in("dialog", "やめる").await?;
        is_shown().await?;
    }
    desk.press("ログアウト").await?;
    desk.sees("この画面を離れますか").await?;
    desk.press_in("dialog", "やめる").await?;
    is_shown().await
}

/// A taken ID is said at its field, which has the focus.
async fn taken(desk: &Tablet) -> anyhow::Result<()> {
    desk.fill("ユーザID", "KANGO1").await?;
    desk.fill("ユーザ名", "別の人").await?;
    desk.fill("ユーザ名(カナ)", "ベツノヒト").await?;
    desk.press("登録する").await?;
    desk.sees("U-ACCOUNT").await?;
    let field = "const e = document.activeElement; return [e.id, e.getAttribute('aria-invalid')]";
    ensure!(desk.script(field).await? == json!(["account-user", "true"]), "the focus is elsewhere");
    // An end that is over is asked about before anything is sent.
    desk.fill("ユーザID", "owari1").await?;
    desk.fill("利用開始年月日", "2020/1/1").await?;
    desk.fill("利用終了年月日", "2020/1/2").await?;
    desk.press("登録する").await?;
    desk.sees("この日付は過ぎています。すぐに使えなくなります。よろしいですか。").await?;
    desk.press_in("dialog", "やめる").await
}

/// The first login changes the password before anything else.
async fn first_login(nurse: &Tablet, world: &World, login: &Login) -> anyhow::Result<()> {
    office::log_in(nurse, world, login).await?;
    nurse.heading("初期パスワードの変更").await?;
    nurse.fill("初期パスワード", &login.password).await?;
    nurse.fill("新しいパスワード", CHOSEN).await?;
    nurse.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    nurse.press("パスワードを変更する").await?;
    nurse.heading("メニュー").await?;
    ensure!(!nurse.text().await?.contains("アカウント管理"), "a viewer is offered the accounts");
    Ok(())
}

/// "Logged in once", a stop at the next request, and the way back in.
async fn stopped_and_let_in(desk: &Tablet, nurse: &Tablet, world: &World, camera: &mut Camera<'_>, login: &Login) -> anyhow::Result<()> {
    desk.open(&format!("{}/accounts/of/kango1", world.office_url())).await?;
    desk.heading("アカウント管理(更新)").await?;
    desk.sees("ログイン中の画面").await?;
    desk.sees("127.0.0.1").await?;
    ensure!(!desk.text().await?.contains("一度もログインしていません"), "it has logged in once");
    camera.take_at("ot-7-one", &WIDTHS).await?;
    desk.press("停止する").await?;
    desk.sees("このアカウントを停止しますか").await?;
    camera.take_at("ot-7-suspend", &WIDTHS).await?;
    desk.press_in("dialog", "停止する").await?;
    desk.sees("停止しました").await?;
    desk.sees("今ログインしている画面はありません").await?;

    nurse.press("医療機関別URL取得・変更").await?;
    nurse.heading("ログイン").await?;
    let chosen = Login { password: CHOSEN.to_owned(), ..login.clone() };
    office::log_in(nurse, world, &chosen).await?;
    nurse.sees("このIDは停止されています。").await?;
    nurse.axe().await?;

    desk.press("停止を解除する").await?;
    desk.press_in("dialog", "停止を解除する").await?;
    desk.sees("停止を解除しました").await?;
    office::log_in(nurse, world, &chosen).await?;
    nurse.heading("メニュー").await?;

    desk.press("パスワードを再設定する").await?;
    desk.press_in("dialog", "パスワードを再設定する").await?;
    let again = secret(desk).await?;
    ensure!(again != login.password, "the same password again");
    desk.press("控えたので閉じる").await?;
    desk.sees("初期パスワードのまま").await?;
    office::log_in(nurse, world, &chosen).await?;
    nurse.sees("U-LOGIN").await?;
    office::log_in(nurse, world, &Login { password: again, ..chosen }).await?;
    nurse.heading("初期パスワードの変更").await?;

    desk.press("ログインの待ちを解除する").await?;
    desk.press_in("dialog", "ログインの待ちを解除する").await?;
    desk.sees("ログインの待ちを解除しました").await
}

/// Before a program's account is touched: what stops, where to set it anew, and its ID typed.
async fn programs(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.open(&format!("{}/accounts/new", world.office_url())).await?;
    desk.heading("アカウント管理(登録)").await?;
    let choose = "const kind = document.getElementById('account-kind'); kind.value = 'link';
        kind.dispatchEvent(new Event('change', { bubbles: true })); return kind.value";
    ensure!(desk.script(choose).await? == json!("link"), "no such kind");
    desk.fill("ユーザID", "link1").await?;
    desk.fill("ユーザ名", "連携アプリ").await?;
    desk.fill("ユーザ名(カナ)", "れんけい").await?;
    desk.press("登録する").await?;
    secret(desk).await?;
    desk.open(&format!("{}/accounts/of/link1", world.office_url())).await?;
    desk.sees("連携アプリ用").await?;
    desk.press("停止する").await?;
    desk.sees("変更するとレセコン連携が止まります。").await?;
    desk.press_in("dialog", "停止する").await?;
    desk.sees("ユーザIDがちがいます。").await?;
    camera.take_at("ot-7-breaks", &WIDTHS).await?;
    desk.fill("続けるには、ユーザIDを入力してください", "link1").await?;
    desk.press_in("dialog", "停止する").await?;
    desk.sees("停止しました").await
}

/// A token of a Web API account: made, shown once, used by nobody yet, and taken back after a question.
async fn tokens(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    token(desk, world).await?;
    desk.sees("まだ使われていません").await?;
    camera.take_at("ot-7-tokens", &WIDTHS).await?;
    end_token(desk, world).await
}

/// Makes a Web API account with a token, and gives the token.
pub(crate) async fn token(desk: &Tablet, world: &World) -> anyhow::Result<String> {
    desk.open(&format!("{}/accounts/new", world.office_url())).await?;
    desk.heading("アカウント管理(登録)").await?;
    let choose = "const kind = document.getElementById('account-kind'); kind.value = 'web_api';
        kind.dispatchEvent(new Event('change', { bubbles: true })); return kind.value";
    ensure!(desk.script(choose).await? == json!("web_api"), "no such kind");
    desk.fill("ユーザID", "webapi1").await?;
    desk.fill("ユーザ名", "レセコン").await?;
    desk.fill("ユーザ名(カナ)", "れせこん").await?;
    desk.press("登録する").await?;
    secret(desk).await?;
    desk.open(&format!("{}/accounts/of/webapi1", world.office_url())).await?;
    desk.sees("トークンはまだありません。").await?;
    desk.press("トークンを作る").await?;
    desk.sees("名前を入力してください。").await?;
    desk.fill("トークンの名前", "受付のパソコン").await?;
    desk.press("トークンを作る").await?;
    desk.sees("閉じると、もう表示できません。").await?;
    let token = desk.script("return (document.querySelector('.secret__text') || {}).textContent || ''").await?;
    let token = token.as_str().filter(|token| token.starts_with("uketsuke_")).context("no token")?.to_owned();
    desk.press("控えたので閉じる").await?;
    Ok(token)
}

/// Takes the token of [`token`] back.
pub(crate) async fn end_token(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    desk.open(&format!("{}/accounts/of/webapi1", world.office_url())).await?;
    desk.press("取り消す(受付のパソコン)").await?;
    desk.sees("トークンを取り消しますか").await?;
    desk.press_in("dialog", "取り消す").await?;
    desk.sees("トークンを取り消しました。").await?;
    desk.sees("取り消し済み").await
}

/// The last admin cannot stop itself, and is told why.
async fn last_admin(desk: &Tablet, world: &World, admin: &Login) -> anyhow::Result<()> {
    desk.open(&format!("{}/accounts/of/{}", world.office_url(), admin.user)).await?;
    desk.sees("この画面").await?;
    desk.press("停止する").await?;
    desk.press_in("dialog", "停止する").await?;
    desk.sees("最後の管理者のアカウントです。").await?;
    desk.press("やめる").await?;
    desk.sees("ログイン中の画面").await
}

/// A file with bad lines does nothing; a good one does all, and its passwords are on a page each.
async fn files(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.open(&format!("{}/accounts/bulk", world.office_url())).await?;
    desk.heading("アカウント一括登録・一括更新").await?;
    camera.take_at("ot-7-bulk", &WIDTHS).await?;
    let choose = async |name: &str, rows: &str| -> anyhow::Result<()> {
        let file = world.folder.join(name);
        std::fs::write(&file, format!("\u{FEFF}{HEAD}\r\n{rows}"))?;
        let file = file.canonicalize()?;
        desk.driver.find(By::Css("#accounts-file")).await?.send_keys(file.to_string_lossy().into_owned()).await?;
        desk.sees(&format!("選んだファイル: {name}")).await?;
        desk.press("内容を確かめる").await
    };
    choose(
        "bad.csv",
        "登録,医療情報閲覧,hana1,花 花子,ハナ ハナコ,2026-12-01,\r\n登録,管理者,a,花,花,いつか,\r\n登録,一般利用者,KANGO1,花,ハナ,2026-12-01,\r\n",
    )
    .await?;
    desk.sees("直す行が2行あります。").await?;
    desk.sees("このユーザIDは使われています。").await?;
    let lines = "return [...document.querySelectorAll('#accounts-report tbody th')].map(cell => cell.innerText.trim()).join()";
    ensure!(desk.script(lines).await? == json!("2,3,4"), "other line numbers than the file's");
    ensure!(!desk.text().await?.contains("すべて登録・更新する"), "a file with bad lines can be done");
    camera.take_at("ot-7-bulk-bad", &WIDTHS).await?;
    choose(
        "good.csv",
        "登録,医療情報閲覧,hana1,花 花子,ハナ ハナコ,2026-12-01,\r\n登録,一般利用者,jiro1,次郎,ジロウ,2026-12-01,2027/3/31\r\n\
         更新,医療情報閲覧,kango1,看護 花代,カンゴ ハナヨ,2026-01-01,\r\n",
    )
    .await?;
    desk.sees("すべての行が正しく読めました").await?;
    camera.take_at("ot-7-bulk-good", &WIDTHS).await?;
    desk.press("すべて登録・更新する").await?;
    desk.sees("登録 2件、更新 1件").await?;
    camera.take_at("ot-7-bulk-done", &WIDTHS).await?;
    let pages = printed(desk, &world.folder, "slips").await?;
    ensure!(pages.len() == 2, "{} pages for two persons", pages.len());
    for (page, (own, other)) in pages.iter().zip([("hana1", "jiro1"), ("jiro1", "hana1")]) {
        ensure!(page.contains(own) && !page.contains(other), "a slip of {own} alone: {page}");
    }
    desk.press("控えたので閉じる").await?;
    desk.sees("内容を確かめる").await?;
    desk.open(&format!("{}/accounts", world.office_url())).await?;
    desk.sees("看護 花代").await?;
    desk.sees("2026/12/01〜2027/03/31").await
}
