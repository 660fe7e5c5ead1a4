//! A device is prepared: the guide, 初期登録 refused for each reason, the code by camera, セキュリティ設定, a passkey; and it is lost, or locked out.

use std::process::Command;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::browser::{FILM, Tablet};
use e2e::stack::{Login, World};
use e2e::wait::LIMIT;
use serde_json::json;

use crate::pictures::Camera;
use crate::{factor, office_admin, way};

const ALL: [u32; 3] = [360, 820, 1280];
const CHANGED: &str = "271846";
const GONE: &str = "この端末の登録は終わりました";

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let digits = film(world).await?;
    let tablet = world.tablet().await?;
    let mut camera = Camera { tablet: &tablet, folder: world.folder.join("../../pictures"), taken: 0 };
    tablet.open(&format!("{}/d", world.origin())).await?;
    guide(&tablet, &mut camera).await?;
    refused(&tablet, world, &mut camera).await?;
    by_camera(&tablet, world, &mut camera, &digits).await?;
    settings(&tablet, &mut camera).await?;
    passkey(&tablet, &mut camera).await?;
    lost(&tablet, world, &mut camera).await?;
    locked_out(&tablet, world, &mut camera).await
}

/// The office prints the sheet of a code, and the tablet's camera will look at it.
async fn film(world: &mut World) -> anyhow::Result<String> {
    let desk = office_admin::admin(world, 1280).await?;
    desk.press("アクティベーションコード管理").await?;
    desk.heading("アクティベーションコード管理").await?;
    let digits = office_admin::issue(&desk, "Aのタブレット").await?;
    let pdf = desk.cdp("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true })).await?;
    let pdf = STANDARD.decode(pdf.get("data").and_then(|data| data.as_str()).context("no PDF")?)?;
    std::fs::write(world.folder.join("sheet.pdf"), pdf)?;
    // The part of the sheet with the code, as a camera of 640 x 480 sees it.
    let args = ["-gray", "-r", "100", "-x", "93", "-y", "167", "-W", "640", "-H", "480", "-singlefile", "sheet.pdf", "sheet"];
    ensure!(Command::new("pdftoppm").current_dir(&world.folder).args(args).status()?.success(), "pdftoppm");
    let picture = std::fs::read(world.folder.join("sheet.pgm"))?;
    let grey = picture.strip_prefix(b"P5\n640 480\n255\n").context("not such a picture")?;
    let mut film = b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420mpeg2\n".to_vec();
    for _ in 0..10 {
        film.extend_from_slice(b"FRAME\n");
        film.extend_from_slice(grey);
        film.extend_from_slice(&[128; 2 * 320 * 240]);
    }
    std::fs::write(world.folder.join(FILM), film)?;
    Ok(digits)
}

/// What this device can do, before anybody is in.
async fn guide(tablet: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    tablet.heading("はじめにお読みください").await?;
    tablet.press("この端末の準備を見る").await?;
    tablet.heading("この端末の準備").await?;
    tablet.sees("初期登録をしてログインすると、確かめられます。").await?;
    tablet.sees("Reader/Writer, P2P").await?;
    for (point, wanted) in [("secure", "済"), ("key", "済"), ("camera", "済"), ("helper", "未")] {
        let said = tablet.script(&format!("return document.getElementById('guide-{point}').textContent")).await?;
        ensure!(said == wanted, "{point} is {said}");
    }
    camera.take_at("da-guide", &ALL).await?;
    tablet.press("戻る").await?;
    tablet.heading("はじめにお読みください").await?;
    camera.take_at("da-1", &ALL).await
}

async fn type_in(tablet: &Tablet, login: &Login, code: &str) -> anyhow::Result<()> {
    tablet.fill("機関コード", &login.institution).await?;
    tablet.fill("ユーザID", &login.user).await?;
    tablet.fill("パスワード", &login.password).await?;
    tablet.fill("アクティベーションコード", code).await
}

/// Each reason in the order of what is looked at; none uses a code up.
async fn refused(tablet: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    tablet.press("同意する").await?;
    tablet.heading("初期登録").await?;
    let unused = world.activation()?;
    let ended = ended(world)?;
    let [admin, new, viewer] = world.demo.logins.get(..3).context("three logins")? else { anyhow::bail!("three logins") };
    way::log_in_once(tablet, viewer).await?;
    for (what, login, code, wanted) in [
        ("an admin", admin, unused.as_str(), "U-X37"),
        ("one that has never logged in", new, &unused, "U-X38"),
        ("no code", viewer, "000000000000", "U-X40"),
        ("an ended code", viewer, &ended, "U-X40"),
    ] {
        type_in(tablet, login, code).await?;
        tablet.press("登録").await?;
        tablet.sees(wanted).await.context(what)?;
        camera.take_at(&format!("da-2-{}", wanted.to_lowercase()), &[820]).await?;
    }
    Ok(())
}

/// A code that was issued and ended.
fn ended(world: &World) -> anyhow::Result<String> {
    let code = world.activation()?;
    end_newest(world)?;
    Ok(code)
}

/// Ends the newest code by the operator's command.
fn end_newest(world: &World) -> anyhow::Result<()> {
    let institution = &world.demo.logins.first().context("no login")?.institution;
    let list = world.operate(&["code", "list", "--institution", institution])?;
    let id = list.lines().find_map(|line| line.split('\t').next().filter(|id| !id.is_empty())).context("no code")?.to_owned();
    world.operate(&["code", "invalidate", "--institution", institution, "--id", &id]).map(drop)
}

/// The code of the sheet, read by the camera on a press.
async fn by_camera(tablet: &Tablet, world: &World, camera: &mut Camera<'_>, digits: &str) -> anyhow::Result<()> {
    let viewer = world.demo.logins.get(2).context("no viewer")?;
    type_in(tablet, viewer, "").await?;
    tablet.press("用紙の二次元コードをカメラで読み取る").await?;
    tablet.sees("用紙の二次元コードから、アクティベーションコードを入力しました。").await?;
    let typed = tablet.script("return document.getElementById('register-code').value").await?;
    ensure!(typed == *digits, "{typed} was read, not {digits}");
    camera.take_at("da-2", &ALL).await?;
    tablet.press("登録").await?;
    tablet.heading("パスコード登録").await?;
    camera.take_at("da-3", &ALL).await?;
    tablet.fill("パスコード", way::PASSCODE).await?;
    tablet.fill("パスコード(確認)", way::PASSCODE).await?;
    tablet.press("このパスコードにする").await?;
    tablet.heading("認証選択").await
}

/// DA-6: the switch, another passcode, larger letters.
async fn settings(tablet: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    tablet.press("セキュリティ設定").await?;
    tablet.heading("セキュリティ設定").await?;
    tablet.sees("Aのタブレット").await?;
    camera.take_at("da-6", &ALL).await?;
    tablet.press("オンにする").await?;
    tablet.sees("目視確認で本人認証をオンにしました。").await?;
    tablet.sees("今の設定: オン(目視)").await?;
    tablet.press("オフに戻す").await?;
    tablet.sees("目視確認で本人認証をオフに戻しました。").await?;
    let change = async |former: &str| {
        let form = [("former-passcode", former), ("new-passcode", CHANGED), ("new-passcode-again", CHANGED)];
        for (id, value) in form {
            tablet.script(&format!("document.getElementById('{id}').focus()")).await?;
            tablet.keys(value).await?;
        }
        tablet.press("パスコードを変更する").await
    };
    change("555123").await?;
    tablet.sees("U-PASSCODE").await?;
    change(way::PASSCODE).await?;
    tablet.sees("パスコードを変更しました。").await?;
    let size = "document.getElementById('text-large').click(); return getComputedStyle(document.documentElement).fontSize";
    let (large, usual) = (tablet.script(size).await?, tablet.script(size).await?);
    ensure!(large == "20px" && usual == "16px", "letters of {large} and {usual}");
    Ok(())
}

/// A passkey is added by the passcode, and opens the device.
async fn passkey(tablet: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    factor::authenticator(tablet).await?;
    tablet.fill("パスキーの名前", "医師の指紋").await?;
    tablet.script("document.getElementById('device-passkey-passcode').focus()").await?;
    tablet.keys(CHANGED).await?;
    tablet.press("パスキーを登録する").await?;
    tablet.sees("パスキーを登録しました。").await?;
    tablet.sees("医師の指紋").await?;
    camera.take_at("da-6-passkey", &ALL).await?;
    tablet.press("画面を閉じる").await?;
    tablet.heading("ログイン").await?;
    tablet.driver.refresh().await?;
    tablet.heading("ログイン").await?;
    camera.take_at("da-4", &ALL).await?;
    tablet.press("指紋・顔で開く").await?;
    tablet.sees("画面を閉じる").await?;
    tablet.press("この端末の準備").await?;
    tablet.heading("この端末の準備").await?;
    tablet.sees("カードリーダー").await
}

/// What this browser keeps of a registration.
async fn keeps(tablet: &Tablet) -> anyhow::Result<bool> {
    let script = "return uketsukeBox.registered().then(found => !!found)";
    Ok(tablet.script(script).await? == json!(true))
}

/// X42: the office ends it, and the next request wipes it.
async fn lost(tablet: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    ensure!(keeps(tablet).await?, "control: it is registered");
    let database = rusqlite::Connection::open(world.folder.join("data/uketsuke.db"))?;
    database.busy_timeout(LIMIT)?;
    let id: String = database.query_row("SELECT code FROM devices", [], |row| row.get(0))?;
    let institution = &world.demo.logins.first().context("no login")?.institution;
    world.operate(&["code", "invalidate", "--institution", institution, "--id", &id])?;
    tablet.press("セキュリティ設定").await?;
    tablet.heading(GONE).await?;
    tablet.sees("U-X42").await?;
    camera.take_at("da-gone", &ALL).await?;
    ensure!(!keeps(tablet).await?, "it still knows as what it was registered");
    tablet.press("初期登録を始める").await?;
    tablet.heading("はじめにお読みください").await
}

/// P-DEV, X41: ten wrong passcodes, the waits over.
async fn locked_out(tablet: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    way::device(tablet, world).await?;
    tablet.press("画面を閉じる").await?;
    let database = rusqlite::Connection::open(world.folder.join("data/uketsuke.db"))?;
    database.busy_timeout(LIMIT)?;
    tablet.heading("ログイン").await?;
    for tried in 1..=10 {
        tablet.sees("パスコードを忘れたとき").await?;
        tablet.fill("パスコード", "555123").await?;
        tablet.press("開く").await?;
        if tried == 10 {
            break;
        }
        tablet.sees("U-PASSCODE").await?;
        if tried >= 5 {
            // The minute is over.
            database.execute("UPDATE devices SET waits_until = NULL", [])?;
            tablet.driver.refresh().await?;
        }
    }
    tablet.heading(GONE).await?;
    tablet.sees("U-X41").await?;
    camera.take_at("da-gone-x41", &[820]).await?;
    ensure!(!keeps(tablet).await?, "it still knows as what it was registered");
    Ok(())
}
