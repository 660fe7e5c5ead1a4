//! What a screen gives on paper.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::browser::Tablet;
use serde_json::json;

/// Prints the screen to `NAME.pdf` and its first page to `NAME.png` (150 dpi); gives each page as its words without spaces.
pub(crate) async fn printed(tablet: &Tablet, folder: &Path, name: &str) -> anyhow::Result<Vec<String>> {
    let pdf = tablet.cdp("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true })).await?;
    let pdf = STANDARD.decode(pdf.get("data").and_then(|data| data.as_str()).context("no PDF")?)?;
    let file = folder.join(format!("{name}.pdf"));
    std::fs::write(&file, pdf)?;
    let picture = Command::new("pdftoppm").args(["-png", "-r", "150", "-singlefile"]).arg(&file).arg(folder.join(name)).status()?;
    ensure!(picture.success(), "pdftoppm");
    let text = Command::new("pdftotext").args(["-layout"]).arg(&file).arg("-").output()?;
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    let pages = text.split('\u{c}').map(|page| page.chars().filter(|c| !c.is_whitespace()).collect::<String>());
    Ok(pages.filter(|page| !page.is_empty()).collect())
}
