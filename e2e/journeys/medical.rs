//! 医療情報閲覧: visit, list, detail, document after a fresh proof, the history of that view; who may not, finds no way (OT-16, OT-13).

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use serde_json::json;

use crate::pictures::Camera;
use crate::{factor, office, paper, way};

const WIDTHS: [u32; 2] = [820, 1280];

/// A visit of 資格 一郎 who agrees to all but 手術.
async fn visit(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_choices(&tablet, &world.reception_url()).await?;
    tablet.press("すべて同意する").await?;
    tablet.pick("手術の情報", "同意しない").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await?;
    way::prove(&tablet).await?;
    way::result(&tablet).await?;
    way::finish(&tablet).await
}

fn viewer(world: &World) -> anyhow::Result<Login> {
    world.demo.logins.get(2).cloned().context("the demo has no account of 医療情報閲覧")
}

/// Chooses in a list that opens.
async fn choose(desk: &Tablet, id: &str, value: &str) -> anyhow::Result<()> {
    let script = format!(
        "const of = document.getElementById('{id}'); if (!of) return ''; of.value = '{value}';
         of.dispatchEvent(new Event('change', {{ bubbles: true }})); return of.value"
    );
    ensure!(desk.script(&script).await? == json!(value), "no {value} in {id}");
    Ok(())
}

/// The way back to the kinds, and on to another one.
async fn next_kind(desk: &Tablet, press: &str) -> anyhow::Result<()> {
    desk.press("医療情報の種類に戻る").await?;
    desk.sees("見られる情報").await?;
    desk.press(press).await
}

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    visit(world).await?;
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    let login = viewer(world)?;
    office::log_in(&desk, world, &login).await?;
    desk.heading("メニュー").await?;
    desk.press("同意済資格情報取得").await?;
    desk.heading("同意済資格情報取得").await?;
    desk.press("検索").await?;
    desk.press("資格 一郎").await?;
    desk.heading("同意と資格の明細").await?;
    desk.press("医療情報を見る").await?;
    desk.sees("この情報を見ることに同意していません").await?;
    camera.take_at("ot-16-kinds", &[360, 820, 1280]).await?;

    // A proof of before is not enough; after a fresh one the document comes by itself.
    factor::age_proofs(world)?;
    desk.press("薬剤情報を見る").await?;
    desk.sees("もう一度、本人の確認をしてください").await?;
    ensure!(!desk.text().await?.contains("アムロジピン"), "shown before the proof");
    desk.fill("今のパスワード", &login.password).await?;
    desk.press_in("dialog", "確認する").await?;
    desk.sees("直近の処方は含まれないことがあります").await?;
    desk.sees("アムロジピン").await?;
    camera.take_at("ot-16-drug", &[360, 820, 1280]).await?;
    no_trace(&desk).await?;
    printed(&desk, world).await?;
    choose(&desk, "medical-order", "institution").await?;
    choose(&desk, "medical-period", "all").await?;
    desk.sees("ひなた内科クリニック(院内)").await?;
    camera.take_at("ot-16-drug-by-institution", &WIDTHS).await?;

    next_kind(&desk, "診療情報を見る").await?;
    desk.sees("人工腎臓").await?;
    camera.take_at("ot-16-treatment", &WIDTHS).await?;
    next_kind(&desk, "特定健診情報を見る").await?;
    desk.sees("HbA1c").await?;
    camera.take_at("ot-16-checkup", &[360, 820, 1280]).await?;
    refused(&desk, &mut camera).await?;
    history(world, &desk, &mut camera).await?;
    others(world, &desk, &mut camera).await
}

/// The one that was not agreed to: no way leads there, and its address says why.
async fn refused(desk: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    let address = desk.script("return location.href").await?.as_str().context("no address")?.replace("/checkup", "/surgery");
    desk.open(&address).await?;
    desk.sees("U-NOT-VIEWABLE").await?;
    desk.sees("次の訪問で患者様に説明し").await?;
    camera.take_at("ot-16-refused", &WIDTHS).await
}

/// Nothing of the person is in the address, the title or the storage of the browser.
async fn no_trace(desk: &Tablet) -> anyhow::Result<()> {
    let script = "return JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage), document.title, location.href])";
    let left = desk.script(script).await?.as_str().context("storage")?.to_owned();
    for word in ["一郎", "ｼｶｸ", "アムロジピン", "クリニック", "1960"] {
        ensure!(!left.contains(word), "「{word}」 is left: {left}");
    }
    Ok(())
}

/// On paper: who looked and when, the sentence above the drugs, and each line with its source.
async fn printed(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    choose(desk, "medical-period", "quarter").await?;
    let pages = paper::printed(desk, &world.folder, "drug").await?;
    let first = pages.first().context("no page")?;
    for expected in ["閲覧した人", "ishi1", "直近の処方は含まれないことがあります", "資格一郎", "同意有効期限"]
    {
        ensure!(first.contains(expected), "the first page lacks {expected}: {first}");
    }
    let all = pages.concat();
    ensure!(all.contains("電子処方箋") && all.contains("時点"), "a line without its source: {all}");
    ensure!(!all.contains("印刷する") && pages.len() <= 6, "{} pages", pages.len());
    Ok(())
}

/// From the menu, by name; then the history: own views only, as a file too.
async fn history(world: &World, desk: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.open(&format!("{}/medical", world.office_url())).await?;
    desk.heading("医療情報閲覧").await?;
    desk.fill("氏名・カナ・通称", "しかく").await?;
    desk.press("検索").await?;
    desk.sees("薬剤・診療・特健").await?;
    camera.take_at("ot-16-people", &WIDTHS).await?;
    desk.press("資格 一郎").await?;
    desk.sees("見られる情報").await?;

    desk.open(&format!("{}/medical-views", world.office_url())).await?;
    desk.heading("医療情報閲覧履歴照会").await?;
    desk.sees("新しい順 1-3件表示").await?;
    for kind in ["薬剤情報", "診療情報", "特定健診情報", "医師 太郎"] {
        desk.sees(kind).await?;
    }
    let rows = desk.script("return document.querySelector('tbody').innerText").await?;
    let rows = rows.as_str().context("no rows")?;
    ensure!(rows.contains("薬剤情報") && !rows.contains("手術情報"), "what was refused is no view: {rows}");
    camera.take_at("ot-13-views", &[360, 820, 1280]).await?;
    choose(desk, "views-kind", "drug").await?;
    desk.press("検索").await?;
    desk.sees("新しい順 1-1件表示").await?;
    desk.press("一覧をファイルにする(CSV)").await?;
    desk.sees("保存する(CSV)").await?;
    let name =
        desk.script("const a = document.querySelector('.download a'); return [a.getAttribute('download'), a.href.slice(0, 25)]").await?;
    ensure!(name.get(0).and_then(|name| name.as_str()).is_some_and(|name| name.starts_with("uketsuke-medical-views-")), "{name}");
    ensure!(name.get(1) == Some(&json!("data:text/csv;base64,77u/")), "no BOM: {name}");
    camera.take_at("ot-13-views-file", &WIDTHS).await
}

/// The admin sees who looked, and may not look.
async fn others(world: &World, desk: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.press("ログアウト").await?;
    desk.heading("ログイン").await?;
    office::log_in(desk, world, &office::ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    let ways = desk.script("return document.querySelectorAll('a[href$=\"/o/medical\"]').length").await?;
    ensure!(ways == json!(0), "the menu of an admin leads to 医療情報閲覧");
    desk.press("医療情報閲覧履歴照会").await?;
    desk.heading("医療情報閲覧履歴照会").await?;
    desk.sees("新しい順 1-3件表示").await?;
    desk.sees("ユーザID").await?;
    camera.take_at("ot-13-views-admin", &WIDTHS).await?;
    desk.press("資格 一郎").await?;
    desk.heading("同意と資格の明細").await?;
    ensure!(!desk.text().await?.contains("医療情報を見る"), "the detail of an admin leads there");
    let address = desk.script("return location.href").await?.as_str().context("no address")?.to_owned();
    desk.open(&format!("{address}/medical/drug")).await?;
    desk.sees("この画面は、このアカウントでは使えません").await
}
