//! 資格確認限定型: from the kind of the facility to its settings sheet, through the mails that the server wrote, and in with what the sheet says.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use e2e::wait::{LIMIT, until};
use serde_json::json;

use crate::pictures::Camera;
use crate::{factor, office};

const WIDTHS: [u32; 3] = [360, 820, 1280];
const MAIL: &str = "hinata@clinic.example";
const PASSWORD: &str = "akai ringo to shiroi kumo 7";
const CHOSEN: &str = "aoi sora to midori no oka 3";
const CODE: &str = "9969900019";

/// The text of the mail of a kind, once the server has written it.
async fn mail(world: &World, kind: &str) -> anyhow::Result<String> {
    let folder = world.folder.join("data/mails");
    let file = until(&format!("the mail {kind}"), LIMIT, async || {
        let files = std::fs::read_dir(&folder).map_err(|error| error.to_string())?;
        let names: Vec<_> = files.filter_map(|file| file.ok().map(|file| file.path())).collect();
        let found = names.iter().find(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with(&format!("{kind}.")) && name.ends_with(".eml")
        });
        found.cloned().ok_or(format!("{names:?}"))
    })
    .await?;
    let raw = std::fs::read_to_string(&file)?;
    let (head, body) = raw.split_once("\r\n\r\n").context("a mail has head and body")?;
    ensure!(head.contains(&format!("To: {MAIL}")) && head.contains("Message-ID: <"), "the head: {head}");
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    Ok(String::from_utf8(STANDARD.decode(body)?)?)
}

/// Fills in and sends the application.
async fn apply(desk: &Tablet, staff: &str, camera: Option<&mut Camera<'_>>) -> anyhow::Result<()> {
    desk.script("document.querySelector('input[value=account]').click()").await?;
    desk.fill("口座番号の下4けた", "1234").await?;
    desk.fill("職員数", staff).await?;
    desk.fill("申請台数", "2").await?;
    if let Some(camera) = camera {
        camera.take_at("la-3-form", &WIDTHS).await?;
    }
    desk.press("確認へ進む").await?;
    desk.sees("この内容で申請しますか").await
}

/// Makes the sheet of the first account, saves it as the browser does, and gives its words without spaces.
async fn sheet(desk: &Tablet, folder: &Path, name: &str, act: &str) -> anyhow::Result<String> {
    let saved = folder.join(name);
    std::fs::create_dir_all(&saved)?;
    let path = saved.canonicalize()?.to_string_lossy().into_owned();
    desk.cdp("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": path })).await?;
    desk.press_in("tbody tr:first-child", act).await?;
    desk.press_in("dialog", act).await?;
    desk.sees("ユーザー設定情報を作りました").await?;
    desk.press("ユーザー設定情報を保存する(PDF)").await?;
    let file = saved.join("uketsuke-settings.pdf");
    until("the saved sheet", LIMIT, async || if file.exists() { Ok(()) } else { Err("no file yet".to_owned()) }).await?;
    let picture = Command::new("pdftoppm").args(["-png", "-r", "80", "-singlefile"]).arg(&file).arg(folder.join(name)).status()?;
    ensure!(picture.success(), "pdftoppm");
    let text = Command::new("pdftotext").args(["-layout"]).arg(&file).arg("-").output()?;
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    ensure!(text.matches('\u{c}').count() == 1, "the sheet has more pages than one");
    Ok(text.chars().filter(|c| !c.is_whitespace()).collect())
}

/// What stands between two words of a sheet.
fn between(text: &str, from: &str, to: &str) -> anyhow::Result<String> {
    let rest = text.split_once(from).with_context(|| format!("{from} in {text}"))?.1;
    Ok(rest.split_once(to).with_context(|| format!("{to} in {text}"))?.0.to_owned())
}

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    let start = format!("{}/apply", world.office_url());
    register(&desk, world, &mut camera, &start).await?;
    confirm(&desk, world, &mut camera).await?;
    log_in(&desk, MAIL, PASSWORD).await?;

    // The application comes back once, and is sent again.
    desk.heading("利用開始申請").await?;
    desk.press("確認へ進む").await?;
    desk.sees("施設の確認方法を選んでください。").await?;
    camera.take_at("la-3-faults", &WIDTHS).await?;
    apply(&desk, "5", Some(&mut camera)).await?;
    camera.take_at("la-3-review", &WIDTHS).await?;
    desk.press("送信").await?;
    desk.heading("利用開始申請の状況").await?;
    desk.sees("受付中です(最大1週間)").await?;
    camera.take_at("la-4-received", &WIDTHS).await?;
    ensure!(mail(world, "received").await?.contains("最大1週間"), "the mail says how long it takes");
    let listed = world.operate(&["application", "list"])?;
    let id = listed.split('\t').next().context("no application")?.to_owned();
    ensure!(listed.contains("received") && listed.contains("ひなた施術所") && !listed.contains("OVERDUE"), "{listed}");
    let shown = world.operate(&["application", "show", "--id", &id])?;
    ensure!(shown.contains("0990000000") && !shown.contains("1234"), "the digits are compared, not shown: {shown}");
    world.operate(&["application", "return", "--id", &id, "--reason", "職員数を確かめてください。"])?;
    desk.press("最新の状況にする").await?;
    desk.heading("利用開始申請").await?;
    desk.sees("職員数を確かめてください。").await?;
    camera.take_at("la-3-returned", &WIDTHS).await?;
    ensure!(mail(world, "returned").await?.contains("職員数を確かめてください。"), "the mail says why");
    apply(&desk, "6", None).await?;
    desk.press("送信").await?;
    desk.heading("利用開始申請の状況").await?;

    // The operator's own digits decide.
    let approve =
        |digits: &'static str| ["application", "approve", "--id", id.as_str(), "--code", CODE, "--digits", digits].map(str::to_owned);
    let refused = world.operate(&approve("4321").each_ref().map(String::as_str)).err().context("wrong digits are let through")?;
    ensure!(refused.to_string().contains("not the digits"), "{refused}");
    world.operate(&approve("1234").each_ref().map(String::as_str))?;
    ensure!(mail(world, "approved").await?.contains(CODE), "the mail names the code");
    desk.press("最新の状況にする").await?;
    desk.heading("資格確認アカウント管理").await?;
    camera.take_at("la-5-accounts", &WIDTHS).await?;
    sheets(&desk, world, &mut camera).await?;

    desk.press("ログアウト").await?;
    desk.heading("利用申請のログイン").await?;
    desk.sees("ログアウトしました。").await?;
    desk.open(&format!("{start}/home")).await?;
    desk.heading("利用申請のログイン").await?;
    let mails = std::fs::read_dir(world.folder.join("data/mails"))?.count();
    ensure!(mails == 6, "{mails} mails: address, registered, received twice, returned, approved");
    forgotten(&desk, world, &mut camera).await
}

/// A forgotten password: the mail's link, once.
async fn forgotten(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.press("パスワードを忘れた方").await?;
    desk.heading("パスワードの再設定").await?;
    desk.press("メールを送る").await?;
    desk.sees("メールアドレスを確かめてください。").await?;
    desk.fill("メールアドレス", MAIL).await?;
    camera.take_at("la-password-ask", &WIDTHS).await?;
    desk.press("メールを送る").await?;
    desk.heading("受け付けました").await?;
    camera.take_at("la-password-asked", &WIDTHS).await?;
    let text = mail(world, "forgotten").await?;
    let begin = format!("{}/apply/password#", world.office_url());
    let link = text.split_whitespace().find(|word| word.starts_with(&begin)).with_context(|| format!("no link in {text}"))?.to_owned();
    desk.open("about:blank").await?;
    desk.open(&link).await?;
    desk.heading("新しいパスワード").await?;
    desk.fill("新しいパスワード", CHOSEN).await?;
    desk.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    camera.take_at("la-password-new", &WIDTHS).await?;
    desk.press("このパスワードにする").await?;
    desk.heading("パスワードを再設定しました").await?;
    ensure!(!desk.script("return location.href").await?.as_str().unwrap_or_default().contains('#'), "the link is left in the address");
    desk.press("ログインへ").await?;
    log_in(desk, MAIL, CHOSEN).await?;
    desk.heading("資格確認アカウント管理").await
}

async fn register(desk: &Tablet, world: &World, camera: &mut Camera<'_>, start: &str) -> anyhow::Result<()> {
    desk.open(start).await?;
    desk.heading("資格確認限定型の利用申請").await?;
    camera.take_at("la-1-kind", &WIDTHS).await?;
    desk.press("施術所(受領委任を取り扱う施設)").await?;
    desk.heading("ユーザー登録").await?;
    desk.sees("施術所等向けポータル").await?;
    desk.press("登録").await?;
    desk.sees("氏名を40文字以内で入力してください。").await?;
    camera.take_at("la-2-faults", &WIDTHS).await?;
    desk.fill("氏名", "施術 花子").await?;
    desk.fill("医療機関名", "ひなた施術所").await?;
    desk.fill("電話番号", "099-000-0000").await?;
    desk.fill("メールアドレス", MAIL).await?;
    desk.fill("パスワード", "mijikai").await?;
    desk.fill("パスワード(もう一度)", "mijikai").await?;
    desk.press("登録").await?;
    desk.sees("U-PASSWORD").await?;
    desk.fill("パスワード", PASSWORD).await?;
    desk.fill("パスワード(もう一度)", PASSWORD).await?;
    camera.take_at("la-2-register", &WIDTHS).await?;
    desk.press("登録").await?;
    desk.heading("確認のメールを送りました").await?;
    camera.take_at("la-2-sent", &WIDTHS).await?;
    ensure!(!desk.driver.source().await?.contains(PASSWORD), "the password is still in the page");
    ensure!(!world.folder.join("data/mails").read_dir().is_ok_and(|files| files.count() > 1), "one mail for one registration");
    Ok(())
}

/// The link of the mail, a wrong password, the right one, and the link again.
async fn confirm(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    let text = mail(world, "confirm").await?;
    let begin = format!("{}/apply/confirm#", world.office_url());
    let link = text.split_whitespace().find(|word| word.starts_with(&begin)).with_context(|| format!("no link in {text}"))?.to_owned();
    ensure!(!text.contains(PASSWORD), "no secret but the link");
    ensure!(!text.contains("ひなた施術所") && !text.contains("施術 花子"), "nothing that was typed goes to an address that nobody proved");
    desk.open(&link).await?;
    desk.heading("ユーザー登録の完了").await?;
    camera.take_at("la-2-confirm", &WIDTHS).await?;
    desk.fill("パスワード", "chigau himitsu no kotoba").await?;
    desk.press("登録を完了する").await?;
    desk.sees("パスワードがちがいます。").await?;
    desk.fill("パスワード", PASSWORD).await?;
    desk.press("登録を完了する").await?;
    desk.heading("ユーザー登録が完了しました").await?;
    ensure!(!desk.script("return location.href").await?.as_str().unwrap_or_default().contains('#'), "the link is left in the address");
    ensure!(mail(world, "registered").await?.contains("完了しました"), "the completion is told by mail");
    desk.open("about:blank").await?;
    desk.open(&link).await?;
    desk.heading("ユーザー登録の完了").await?;
    desk.fill("パスワード", PASSWORD).await?;
    desk.press("登録を完了する").await?;
    desk.sees("U-LINK").await?;
    desk.axe().await?;
    desk.press("ログインへ").await
}

async fn log_in(desk: &Tablet, mail: &str, password: &str) -> anyhow::Result<()> {
    desk.heading("利用申請のログイン").await?;
    desk.fill("メールアドレス", mail).await?;
    desk.fill("パスワード", "chigau himitsu no kotoba").await?;
    desk.press("ログイン").await?;
    desk.sees("U-LOGIN").await?;
    desk.axe().await?;
    desk.fill("パスワード", password).await?;
    desk.press("ログイン").await
}

/// The sheet: read once, good for a first login; a further one ends it.
async fn sheets(desk: &Tablet, world: &mut World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    let folder = world.folder.clone();
    let text = sheet(desk, &folder, "sheet", "設定情報を作る").await?;
    camera.take_at("la-5-made", &WIDTHS).await?;
    desk.press("保存したので閉じる").await?;
    desk.sees("1回目を").await?;
    ensure!(!desk.driver.source().await?.contains("data:application/pdf"), "the sheet is still in the page");
    ensure!(text.contains(CODE) && text.contains("ひなた施術所") && text.contains("端末1") && text.contains("端末2"), "{text}");
    let user = between(&text, "ユーザID", "権限区分")?;
    let password = between(&text, "初期パスワード", "アクティベーションコード")?;
    ensure!(user.starts_with("app") && password.len() == 29, "{user} {}", password.len());

    // A second reading is refused, whoever asks.
    let again = format!(
        "const r = await fetch('/api/portal/accounts/{user}/sheet', {{ method: 'POST', body: '{{\"made\":0}}',
           headers: {{ 'content-type': 'application/json', 'x-uketsuke-page': '1' }} }});
         return [r.status, (await r.json()).code]"
    );
    ensure!(desk.script(&again).await? == json!([409, "U-SHEET"]), "a second reading is answered");

    // The first login with what the sheet says.
    let login = Login { institution: CODE.to_owned(), user, password: password.clone(), note: String::new() };
    let office = world.screen(820, 1180).await?;
    office::log_in(&office, world, &login).await?;
    office.heading("初期パスワードの変更").await?;
    office.fill("初期パスワード", &password).await?;
    office.fill("新しいパスワード", CHOSEN).await?;
    office.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    office.press("パスワードを変更する").await?;
    // A new institution asks for a second factor from the first login.
    office.heading("二段階認証の登録").await?;
    factor::add_first(&office, "受付").await?;
    office.heading("メニュー").await?;
    // N140: nothing of consents is offered, and nothing is answered.
    ensure!(!office.text().await?.contains("同意済資格情報取得"), "the limited type is offered consents");
    office.open(&format!("{}/url", world.office_url())).await?;
    office.sees("この画面は、このアカウントでは使えません。").await?;
    let asked = office.script("return (await fetch('/api/office/reception-url/of/home-visit')).status").await?;
    ensure!(asked == json!(403), "the limited type is answered its reception URL: {asked}");

    // The paper is lost.
    desk.press_in("tbody tr:first-child", "作り直す").await?;
    desk.sees("前の書類のパスワードと").await?;
    camera.take_at("la-5-again", &WIDTHS).await?;
    desk.press_in("dialog", "やめる").await?;
    let next = sheet(desk, &folder, "sheet-again", "作り直す").await?;
    desk.press("保存したので閉じる").await?;
    let fresh = between(&next, "初期パスワード", "アクティベーションコード")?;
    ensure!(fresh != password && next.contains("2枚目"), "{next}");
    office::log_in(&office, world, &Login { password: CHOSEN.to_owned(), ..login.clone() }).await?;
    office.sees("U-LOGIN").await?;
    office::log_in(&office, world, &Login { password: fresh, ..login }).await?;
    office.press("パスキーで確認する").await?;
    office.heading("初期パスワードの変更").await
}
