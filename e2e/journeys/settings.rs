//! 環境設定情報 and the URLs of each use: terms before a switch, what reception makes of it, two admins at once, a sheet on one page.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;
use serde_json::json;

use crate::office::{log_in, ready_account, scan};
use crate::paper::printed;
use crate::pictures::Camera;
use crate::way;

/// A desk and a tablet.
const WIDTHS: [u32; 2] = [820, 1280];
const TITLE: &str = "環境設定情報照会・更新";
const CONTACT: &str = "03-0000-0000 平日9時から17時";

/// Another browser at the settings.
async fn admin(world: &mut World) -> anyhow::Result<Tablet> {
    let desk = world.screen(1280, 900).await?;
    log_in(&desk, world, &ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    desk.press(TITLE).await?;
    desk.heading(TITLE).await?;
    desk.sees("連絡先関連項目").await?;
    Ok(desk)
}

/// 更新する, and the news.
async fn update(desk: &Tablet) -> anyhow::Result<()> {
    desk.press("更新する").await?;
    desk.sees("更新しました").await
}

async fn closed(desk: &Tablet) -> anyhow::Result<()> {
    desk.press_in("dialog", "OK").await
}

/// OT-6: terms → switch on → 更新しました → reception obeys → off → X19; of two admins at once nothing is lost.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let desk = admin(world).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    camera.take_at("ot-6-settings", &WIDTHS).await?;
    desk.press("更新する").await?;
    desk.sees("変わったところがありません。").await?;
    terms(&desk, &mut camera).await?;
    reception(world, &desk, &mut camera).await?;
    at_once(world, &desk, &mut camera).await?;

    // Off: whoever opens the page reads whom to ask; the office says where to switch it on again.
    desk.pick("訪問診療等機能", "利用しない").await?;
    update(&desk).await?;
    closed(&desk).await?;
    let visitor = world.tablet().await?;
    visitor.open(&world.reception_url()).await?;
    visitor.sees("U-X19").await?;
    visitor.sees(CONTACT).await?;
    visitor.axe().await?;
    desk.press("医療機関別URL取得・変更").await?;
    desk.sees("この受付は利用しない設定です").await?;
    camera.take_at("ot-9-off", &WIDTHS).await?;
    desk.press("環境設定情報照会・更新へ").await?;
    desk.heading(TITLE).await?;
    desk.pick("訪問診療等機能", "利用する").await?;
    update(&desk).await?;
    desk.press_in("dialog", "今すぐ入り直す").await?;
    desk.heading("ログイン").await?;
    visitor.open("about:blank").await?;
    visitor.open(&world.reception_url()).await?;
    visitor.sees("同意登録をする").await?;
    visitor.sees(&format!("困ったときの連絡先: {CONTACT}")).await
}

/// N048: no switch before the note and the terms.
async fn terms(desk: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.sees("公表されます").await?;
    desk.pick("医療費助成情報", "利用する").await?;
    desk.sees("この版を読み、確認しました").await?;
    desk.press("更新する").await?;
    desk.sees("利用規約を読み、確認の印をつけてください").await?;
    camera.take_at("ot-6-terms", &WIDTHS).await?;
    desk.press("この版を読み、確認しました").await?;
    update(desk).await?;
    desk.sees("入り直さなくても変わりません").await?;
    camera.take_at("ot-6-updated", &WIDTHS).await?;
    closed(desk).await?;
    desk.sees("利用規約(2026-11版)は、kanri1 が").await?;
    desk.sees("医療費助成情報").await?;
    ensure!(desk.script("return document.querySelectorAll('.settings__history tbody tr').length").await? == json!(2), "no record of it");
    Ok(())
}

/// Reception asks what is set, and shows no eligibility where it is not to.
async fn reception(world: &mut World, desk: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    for item in ["手術情報", "特定健診情報", "限度額適用認定証情報", "特定疾病療養受療証情報"] {
        desk.press(item).await?;
    }
    desk.press("診療情報・薬剤情報").await?;
    desk.press("更新する").await?;
    desk.sees("1つ以上の項目を選んでください。").await?;
    desk.press("診療情報・薬剤情報").await?;
    desk.press("限度額適用認定証情報").await?;
    desk.pick("受付の端末での資格の表示", "表示しない").await?;
    desk.fill("連絡先", CONTACT).await?;
    update(desk).await?;
    closed(desk).await?;
    camera.take_at("ot-6-history", &WIDTHS).await?;

    let tablet = world.tablet().await?;
    way::to_choices(&tablet, &world.reception_url()).await?;
    let asked = tablet.text().await?;
    ensure!(asked.contains("診療・薬剤の情報") && asked.contains("限度額"), "what is to be asked is not: {asked}");
    ensure!(!asked.contains("手術の情報") && !asked.contains("特定健診の情報"), "what is not to be asked is: {asked}");
    tablet.press("すべて同意する").await?;
    tablet.sees("2つとも「同意する」にしました").await?;
    tablet.pick("医療費助成の受給者証", "提供しない").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await?;
    way::prove(&tablet).await?;
    way::result(&tablet).await?;
    let shown = tablet.text().await?;
    ensure!(shown.contains("おたずねしていません"), "what was not asked is not said: {shown}");
    ensure!(!shown.contains("一郎") && !shown.contains("保険者番号"), "the eligibility is shown: {shown}");
    tablet.axe().await?;
    way::finish(&tablet).await
}

/// Two admins change the same record: the second is told what came meanwhile, and loses nothing.
async fn at_once(world: &mut World, desk: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    let other = admin(world).await?;
    other.pick("端末での目視確認", "認めない").await?;
    desk.pick("医療扶助", "利用しない").await?;
    update(desk).await?;
    closed(desk).await?;
    other.press("更新する").await?;
    other.sees("ほかの人が先に更新しました").await?;
    other.sees("あなたの入力は残っています").await?;
    let mut at_other = Camera { tablet: &other, folder: camera.folder.clone(), taken: 0 };
    at_other.take_at("ot-6-meanwhile", &WIDTHS).await?;
    let chosen = |name: &str| format!("return (document.querySelector('input[name={name}]:checked') || {{}}).value || ''");
    for (name, value) in [("settings-aid", "off"), ("settings-visual", "off")] {
        let found = other.script(&chosen(name)).await?;
        ensure!(found == json!(value), "{name} is {found}");
    }
    update(&other).await?;
    closed(&other).await?;
    // The first one's page is older now: its next change is told the same.
    desk.pick("電子処方箋", "利用する").await?;
    desk.press("更新する").await?;
    desk.sees("ほかの人が先に更新しました").await?;
    update(desk).await?;
    closed(desk).await?;
    let found = desk.script(&chosen("settings-visual")).await?;
    ensure!(found == json!("off"), "the other one's change is lost: {found}");
    Ok(())
}

/// OT-9: each use by itself; the sheet on one page, also with the longest contact; the former ones by use.
pub(crate) async fn urls(world: &mut World) -> anyhow::Result<()> {
    let desk = admin(world).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    let long = "事務所の受付 ".repeat(17);
    desk.fill("連絡先", long.trim()).await?;
    update(&desk).await?;
    closed(&desk).await?;
    desk.press("医療機関別URL取得・変更").await?;
    desk.heading("医療機関別URL取得・変更").await?;
    let url = world.reception_url();
    desk.sees(&url).await?;
    let uses = desk.script("return [...document.querySelectorAll('main h2')].map(h => h.innerText)").await?;
    for of in ["訪問診療等", "オンライン診療等", "外来診療等(通常とは異なる動線)"] {
        ensure!(uses.as_array().is_some_and(|all| all.contains(&json!(of))), "no part for {of}: {uses}");
    }
    let shown = desk.text().await?;
    ensure!(shown.matches("/r/").count() == 3, "another number of URLs than of receptions: {shown}");
    camera.take_at("ot-9-uses", &WIDTHS).await?;

    // The press prints this sheet, and nothing of the screen.
    desk.script("window.prints = 0; window.print = () => { window.prints += 1; }; return 1").await?;
    desk.press("A4で印刷する").await?;
    ensure!(desk.script("return window.prints").await? == json!(1), "nothing was printed");
    let pages = printed(&desk, &world.folder, "use").await?;
    ensure!(pages.len() == 1, "the sheet has {} pages", pages.len());
    let sheet = pages.first().context("no sheet")?;
    let institution = ready_account(world)?.institution;
    let wanted = ["訪問診療等", &institution, "発行日", &url, "Chrome", "Edge", "Firefox", "Safari", "ホーム画面", "事務所の受付"];
    for what in wanted {
        ensure!(sheet.contains(what), "the sheet lacks {what}: {sheet}");
    }
    let (reads, reads_not) = sheet.split_once("カードを読み取れない端末").context("what reads no card is not said")?;
    let reads = reads.split_once("カードを読み取れる端末").context("what reads cards is not said")?.1;
    ensure!(reads.contains("Windows") && !reads.contains("iPhone") && !reads.contains("Android"), "a phone is said to read cards: {reads}");
    ensure!(reads_not.starts_with(":iPhone・iPad・Android"), "phones are not told apart: {reads_not}");
    ensure!(!sheet.contains("URLをコピー") && !sheet.contains("まだ使えません"), "the screen is on the sheet: {sheet}");
    ensure!(scan(&world.folder.join("use.png"))? == url, "the printed code leads elsewhere");

    // The change is of this use; what was is listed under it.
    desk.press("変更する").await?;
    desk.sees("訪問診療等のURLを変更しますか").await?;
    desk.fill("続けるには、機関コードを入力してください", &institution).await?;
    desk.press_in("dialog", "変更する").await?;
    desk.sees("新しいURLに変わりました").await?;
    desk.press("1回").await?;
    desk.heading("これまでのURL").await?;
    desk.sees("訪問診療等").await?;
    camera.take_at("ot-9-former-of-use", &WIDTHS).await
}
