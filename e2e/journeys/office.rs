//! The office: first password, reception URL with its poster, the former URL, the consented list.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use serde_json::json;

/// Logs in with one of the demo's accounts.
pub(crate) async fn log_in(tablet: &Tablet, world: &World, login: &Login) -> anyhow::Result<()> {
    tablet.open(&world.office_url()).await?;
    tablet.heading("ログイン").await?;
    tablet.fill("機関コード", &login.institution).await?;
    tablet.fill("ユーザID", &login.user).await?;
    tablet.fill("パスワード", &login.password).await?;
    tablet.press("ログイン").await
}

/// The account that is ready.
pub(crate) fn ready_account(world: &World) -> anyhow::Result<Login> {
    world.demo.logins.first().cloned().context("the demo has no account")
}

/// A wrong password says no more than that; the first login must choose a password before anything else.
pub(crate) async fn first_password(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.screen(1280, 800).await?;
    let login = world.demo.logins.get(1).cloned().context("the demo has no second account")?;
    let wrong = Login { password: "chigau himitsu no kotoba".to_owned(), ..login.clone() };
    log_in(&tablet, world, &wrong).await?;
    tablet.sees("U-LOGIN").await?;
    tablet.axe().await?;

    log_in(&tablet, world, &login).await?;
    tablet.heading("初期パスワードの変更").await?;
    tablet.axe().await?;
    // Nothing else opens before it is done.
    tablet.open(&format!("{}/consents", world.office_url())).await?;
    tablet.heading("初期パスワードの変更").await?;
    let chosen = "akai ringo to shiroi kumo 7";
    tablet.fill("初期パスワード", &login.password).await?;
    tablet.fill("新しいパスワード", "mijikai").await?;
    tablet.sees("文字以上必要です").await?;
    tablet.fill("新しいパスワード", chosen).await?;
    tablet.fill("新しいパスワード(もう一度)", chosen).await?;
    tablet.press("パスワードを変更する").await?;
    tablet.heading("メニュー").await?;
    tablet.axe().await?;

    tablet.press("ログアウト").await?;
    tablet.heading("ログイン").await?;
    log_in(&tablet, world, &Login { password: chosen.to_owned(), ..login.clone() }).await?;
    tablet.heading("メニュー").await?;
    tablet.press("ログアウト").await?;
    tablet.heading("ログイン").await?;
    log_in(&tablet, world, &login).await?;
    tablet.sees("U-LOGIN").await
}

/// The URL as text, QR and poster; changing it asks first, and the former URL says where to get the new one (N070–N072, X18).
pub(crate) async fn reception_url(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.screen(1280, 900).await?;
    let login = ready_account(world)?;
    log_in(&tablet, world, &login).await?;
    tablet.heading("メニュー").await?;
    tablet.press("医療機関別URL取得・変更").await?;
    tablet.heading("医療機関別URL取得・変更").await?;
    let url = world.reception_url();
    tablet.sees(&url).await?;
    tablet.axe().await?;

    // The files: a second implementation reads the same URL from both.
    for (kind, file) in [("png", "qr.png"), ("svg", "qr.svg")] {
        let script = format!(
            "const r = await fetch('/api/office/reception-url/of/home-visit/qr.{kind}'); const b = new Uint8Array(await r.arrayBuffer());
             return [r.status, r.headers.get('content-disposition') || '', btoa(String.fromCharCode(...b))]"
        );
        let answer = tablet.script(&script).await?;
        ensure!(answer.get(0) == Some(&json!(200)), "qr.{kind}: {answer}");
        ensure!(
            answer.get(1).and_then(|head| head.as_str()).is_some_and(|head| head.starts_with("attachment")),
            "qr.{kind} is no download: {answer}"
        );
        let bytes = STANDARD.decode(answer.get(2).and_then(|text| text.as_str()).context("no file")?)?;
        std::fs::write(world.folder.join(file), &bytes)?;
    }
    ensure!(scan(&world.folder.join("qr.png"))? == url, "the PNG holds another URL");

    // The poster: on paper, at half size, and in grey.
    let pdf = tablet.cdp("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true })).await?;
    let pdf = STANDARD.decode(pdf.get("data").and_then(|data| data.as_str()).context("no PDF")?)?;
    std::fs::write(world.folder.join("sheet.pdf"), pdf)?;
    for (dpi, grey) in [("150", false), ("75", true)] {
        let mut paper = Command::new("pdftoppm");
        paper.current_dir(&world.folder).args(["-png", "-r", dpi, "-singlefile"]);
        if grey {
            paper.arg("-gray");
        }
        let name = format!("sheet-{dpi}");
        ensure!(paper.args(["sheet.pdf", &name]).status()?.success(), "pdftoppm");
        ensure!(scan(&world.folder.join(format!("{name}.png")))? == url, "the printed sheet at {dpi} dpi holds another URL");
    }
    let text = Command::new("pdftotext").current_dir(&world.folder).args(["-layout", "sheet.pdf", "-"]).output()?;
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    let pages = text.matches('\u{c}').count();
    ensure!(pages == 3, "{pages} pages for the three uses of the demo");
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    ensure!(plain.contains(&url), "the sheet does not show the URL as text: {text}");
    ensure!(plain.contains("お試し用の画面です"), "the sheet of a demo does not say so: {text}");
    ensure!(plain.contains("ホーム画面"), "the sheet lacks the steps to the home screen");

    // Changing asks first; the way back changes nothing.
    tablet.press("変更する").await?;
    tablet.sees("URLを変更しますか").await?;
    tablet.axe().await?;
    tablet.press("やめる").await?;
    tablet.sees(&url).await?;
    tablet.press("変更する").await?;
    tablet.fill("続けるには、機関コードを入力してください", &login.institution).await?;
    tablet.press_in("dialog, [role=dialog], [role=alertdialog]", "変更する").await?;
    tablet.sees("新しいURLに変わりました").await?;
    ensure!(!tablet.text().await?.contains(&url), "the former URL is still shown");

    let visitor = world.tablet().await?;
    visitor.open(&url).await?;
    visitor.sees("U-X18").await?;
    visitor.sees("新しい").await?;
    visitor.axe().await?;
    let shown = tablet.script("return (document.body.innerText.match(/https?:\\/\\/\\S+\\/r\\/[\\w-]+/) || [''])[0]").await?;
    let fresh = shown.as_str().context("no URL shown")?.to_owned();
    ensure!(fresh != url && fresh.contains("/r/"), "no new URL: {fresh}");
    ensure!(!visitor.driver.source().await?.contains(&fresh), "the former URL reveals the new one");
    visitor.open(&fresh).await?;
    visitor.sees("同意登録をする").await
}

/// What a second implementation reads from a picture of a QR code.
pub(crate) fn scan(file: &Path) -> anyhow::Result<String> {
    let output = Command::new("zbarimg").args(["--quiet", "--raw"]).arg(file).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
