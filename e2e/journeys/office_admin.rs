//! What an admin does beside the visits: activation codes, and the log of all that was done.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::browser::Tablet;
use e2e::stack::World;
use serde_json::json;

use crate::office::{log_in, ready_account, scan};

pub(crate) async fn admin(world: &mut World, width: u32) -> anyhow::Result<Tablet> {
    let desk = world.screen(width, 900).await?;
    log_in(&desk, world, &ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    Ok(desk)
}

pub(crate) async fn issue(desk: &Tablet, label: &str) -> anyhow::Result<String> {
    desk.fill("端末の名前", label).await?;
    desk.press("発行").await?;
    desk.sees("もう一度表示することはできません").await?;
    let digits = desk.script("return document.querySelector('.secret__text').textContent").await?;
    Ok(digits.as_str().context("no digits")?.to_owned())
}

/// Pictures of the screen at 1280 and 820 px, with axe at each.
async fn look(desk: &Tablet, world: &World, name: &str) -> anyhow::Result<()> {
    for width in [820, 1280] {
        desk.resize(width, 900).await?;
        desk.axe().await?;
        desk.picture(&world.folder.join(format!("{name}-{width}.png"))).await?;
    }
    Ok(())
}

/// A code for each device: label, digits once, sheet on one page, list with states, ended after a question (N050–N058, OT-8).
pub(crate) async fn codes(world: &mut World) -> anyhow::Result<()> {
    let desk = admin(world, 1280).await?;
    desk.press("アクティベーションコード管理").await?;
    desk.heading("アクティベーションコード管理").await?;
    desk.sees("条件に合うコードはありません。").await?;
    look(&desk, world, "empty").await?;
    desk.press("発行").await?;
    desk.sees("端末の名前を入力してください。").await?;

    let digits = issue(&desk, "Aのスマホ1").await?;
    ensure!(digits.chars().filter(char::is_ascii_digit).count() == 12, "not twelve digits");
    look(&desk, world, "issued").await?;
    let pdf = desk.cdp("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true })).await?;
    let pdf = STANDARD.decode(pdf.get("data").and_then(|data| data.as_str()).context("no PDF")?)?;
    std::fs::write(world.folder.join("code.pdf"), pdf)?;
    let drawn =
        Command::new("pdftoppm").current_dir(&world.folder).args(["-png", "-r", "100", "-singlefile", "code.pdf", "code"]).status()?;
    ensure!(drawn.success(), "pdftoppm");
    let plain = digits.replace('-', "");
    let read = scan(&world.folder.join("code.png"))?;
    ensure!(read == format!("{}/d#code={plain}", world.origin()), "the printed code leads elsewhere");
    let text = Command::new("pdftotext").current_dir(&world.folder).args(["-layout", "code.pdf", "-"]).output()?;
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    ensure!(text.matches('\u{c}').count() == 1, "the sheet has {} pages", text.matches('\u{c}').count());
    ensure!(text.contains(&digits) && text.contains("Aのスマホ1"), "the sheet lacks digits or device");
    ensure!(
        text.contains(&format!("{}/d", world.origin())) && text.contains("9969900001"),
        "the sheet lacks address or 機関コード: {text}"
    );
    ensure!(!text.contains("無効化する"), "the list is on the sheet");
    desk.press("控えたので閉じる").await?;
    ensure!(!desk.driver.source().await?.contains(plain.get(..8).unwrap_or(&plain)), "the digits are still in the page");
    ensure!(!desk.driver.source().await?.contains(&digits), "the digits are still in the page");

    // The same label is another device's; another one is issued and ended.
    desk.fill("端末の名前", "aのスマホ１").await?;
    desk.press("発行").await?;
    desk.sees("U-TAKEN").await?;
    desk.fill("端末の名前", "Bのタブレット").await?;
    desk.press("発行").await?;
    desk.sees("もう一度表示することはできません").await?;
    desk.press("控えたので閉じる").await?;
    desk.sees("検索結果：2件 1-2件表示").await?;
    desk.press("Bのタブレットを無効化する").await?;
    desk.sees("「Bのタブレット」のコードを無効化しますか").await?;
    desk.axe().await?;
    desk.press("やめる").await?;
    desk.press("Bのタブレットを無効化する").await?;
    desk.press_in("dialog", "無効化する").await?;
    desk.sees("「Bのタブレット」のコードを無効化しました。").await?;
    look(&desk, world, "list").await?;
    desk.fill("端末の名前(一部でも)", "スマホ").await?;
    desk.press("検索").await?;
    desk.sees("検索結果：1件 1-1件表示").await
}

/// The log: conditions, the file, and what the command says about it whole and changed.
pub(crate) async fn audit(world: &mut World) -> anyhow::Result<()> {
    let desk = admin(world, 1280).await?;
    desk.press("アクティベーションコード管理").await?;
    desk.heading("アクティベーションコード管理").await?;
    issue(&desk, "Aのスマホ1").await?;
    desk.press("控えたので閉じる").await?;
    desk.press("操作履歴").await?;
    desk.heading("操作履歴").await?;
    desk.sees("アクティベーションコードの発行").await?;
    desk.sees("Aのスマホ1(").await?;
    desk.sees("127.0.0.1").await?;
    look(&desk, world, "audit").await?;
    desk.fill("ユーザID", "nobody1").await?;
    desk.press("検索").await?;
    desk.sees("条件に合う記録はありません。").await?;
    let href = desk.script("return document.querySelector('.download a').getAttribute('href')").await?;
    let script = format!(
        "const r = await fetch({href}); const b = new Uint8Array(await r.arrayBuffer());
         return [r.status, r.headers.get('content-disposition') || '', btoa(String.fromCharCode(...b))]"
    );
    let answer = desk.script(&script).await?;
    ensure!(answer.get(0) == Some(&json!(200)), "the file: {answer}");
    ensure!(answer.get(1).and_then(|head| head.as_str()).is_some_and(|head| head.starts_with("attachment")), "no download: {answer}");
    let bytes = STANDARD.decode(answer.get(2).and_then(|text| text.as_str()).context("no file")?)?;
    let file = world.folder.join("audit.csv");
    std::fs::write(&file, &bytes)?;
    ensure!(bytes.starts_with("\u{FEFF}".as_bytes()), "no BOM");
    let (good, said) = verify(&file)?;
    ensure!(good && said.contains("whole and unchanged"), "{said}");
    let text = String::from_utf8(bytes)?;
    ensure!(text.contains("アクティベーションコードの発行"), "the file lacks the code");
    let lines: Vec<&str> = text.split_inclusive("\r\n").collect();
    ensure!(lines.len() > 5, "too few rows to leave one out");
    let shorter: String = lines.iter().enumerate().filter(|(place, _)| *place != 2).map(|(_, line)| *line).collect();
    for (name, content) in [("removed.csv", shorter), ("changed.csv", text.replacen("user kanri1", "user kanri2", 1))] {
        let file = world.folder.join(name);
        std::fs::write(&file, content)?;
        let (good, said) = verify(&file)?;
        ensure!(!good, "{name} is not told: {said}");
    }
    Ok(())
}

/// What the server's command says about a file.
fn verify(file: &PathBuf) -> anyhow::Result<(bool, String)> {
    let program = std::env::current_exe()?.with_file_name("uketsuke-server");
    let output = Command::new(program).args(["audit", "verify"]).arg(file).output()?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
}
