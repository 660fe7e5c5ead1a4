//! 確認 (OT-12, OT-13, OT-35): a paper with a doubted digit, its result and its place in the history; a file with bad lines that is asked
//! in bulk by a server that is killed in the middle; what another institution may fetch.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use serde_json::json;
use thirtyfour::By;

use crate::office;
use crate::paper::printed;
use crate::pictures::Camera;

/// A desk and a tablet.
const WIDTHS: [u32; 2] = [820, 1280];
/// Lines of the file that is asked in bulk.
const LINES: usize = 1_990;

async fn desk(world: &mut World) -> anyhow::Result<Tablet> {
    let desk = world.screen(1280, 900).await?;
    office::log_in(&desk, world, &office::ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    Ok(desk)
}

async fn numbers(desk: &Tablet, insurer: &str) -> anyhow::Result<()> {
    for (label, value) in
        [("保険者番号", insurer), ("記号", "１２－３４"), ("番号", "0056"), ("枝番", "01"), ("生年月日", "昭和35年6月2日")]
    {
        desk.fill(label, value).await?;
    }
    Ok(())
}

/// The verdict and the name on the screen.
async fn answers(desk: &Tablet, verdict: &str, name: &str) -> anyhow::Result<()> {
    desk.sees("この確認を記録しました。").await?;
    let shown = desk.script("return document.querySelector('.detail__verdict').innerText").await?;
    let shown = shown.as_str().unwrap_or_default();
    ensure!(shown.contains(verdict) && shown.contains(name), "another answer: {shown}");
    Ok(())
}

/// A paper whose number is doubted is asked all the same, put right, found in the history, printed; then a prescription with last values.
pub(crate) async fn by_number(world: &mut World) -> anyhow::Result<()> {
    let desk = desk(world).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    desk.press("資格確認書等で確認").await?;
    desk.heading("資格確認書等で確認").await?;
    desk.press("確認する").await?;
    desk.sees("保険者番号を入力してください。").await?;
    camera.take_at("ot-12-faults", &WIDTHS).await?;
    numbers(&desk, "06990015").await?;
    desk.press("確認する").await?;
    desk.sees("番号をもう一度確かめてください").await?;
    desk.sees("保険者番号: 検証番号(最後の数字)が合いません").await?;
    camera.take_at("ot-12-doubt", &WIDTHS).await?;
    desk.press_in("dialog", "このまま確認する").await?;
    answers(&desk, "該当資格なし", "").await?;
    camera.take_at("ot-12-none", &WIDTHS).await?;
    desk.press("次の方を確認する").await?;
    numbers(&desk, "06990014").await?;
    desk.press("確認する").await?;
    answers(&desk, "有効", "資格　一郎").await?;
    camera.take_at("ot-12-valid", &WIDTHS).await?;

    // Both stand in the history; the second leads to its detail, which is printed.
    desk.press("資格確認履歴照会").await?;
    desk.heading("資格確認履歴照会").await?;
    desk.sees("新しい順 1-2件表示").await?;
    camera.take_at("ot-13", &WIDTHS).await?;
    desk.press("一覧をファイルにする(CSV)").await?;
    desk.sees("保存する(CSV)").await?;
    desk.fill("氏名・氏名(カナ)のはじめ", "しかく").await?;
    desk.press("検索").await?;
    desk.sees("新しい順 1-1件表示").await?;
    desk.press("資格　一郎").await?;
    desk.heading("資格確認の明細").await?;
    desk.sees("06990014").await?;
    camera.take_at("ot-13-one", &WIDTHS).await?;
    let pages = printed(&desk, &world.folder, "check").await?;
    ensure!((1..=2).contains(&pages.len()), "{} pages", pages.len());
    let paper = pages.concat();
    for part in ["資格　一郎", "有効", "06990014", "入力した内容", "資格確認書等"] {
        let part: String = part.chars().filter(|c| !c.is_whitespace()).collect();
        ensure!(paper.contains(&part), "the paper lacks {part}: {paper}");
    }
    ensure!(!paper.contains("結果をコピーする"), "a button is on the paper");
    let address = desk.driver.current_url().await?;
    ensure!(!address.as_str().contains("0056") && address.path().starts_with("/o/checks/of/"), "the address says too much");

    // The prescription's heading, with the numbers of the last check.
    desk.press("メニュー").await?;
    desk.heading("メニュー").await?;
    desk.press("資格確認書等で確認").await?;
    desk.press("処方箋で確認").await?;
    desk.heading("処方箋で確認").await?;
    desk.press("以前に確認した方から入力する").await?;
    desk.fill("氏名または氏名(カナ)のはじめ", "シカク").await?;
    desk.press("探す").await?;
    desk.press("入力する").await?;
    desk.sees("前回の番号を入力しました。").await?;
    desk.fill("公費負担者番号(第一公費)", "12990016").await?;
    desk.fill("受給者番号(第一公費)", "1234566").await?;
    camera.take_at("ot-12-prescription", &WIDTHS).await?;
    desk.press("確認する").await?;
    desk.sees("受け取りに来た方を選んでください。").await?;
    desk.pick("受け取りに来た方", "代わりの方").await?;
    desk.press("確認する").await?;
    answers(&desk, "有効", "資格　一郎").await?;
    desk.sees("12990016").await
}

/// How many lines of the only run were asked, and how many checks are kept, past the server.
fn kept(data: &Path) -> anyhow::Result<(usize, usize)> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let file = std::fs::read_dir(data)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .context("no database")?;
    let connection = rusqlite::Connection::open_with_flags(file, flags)?;
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| usize::try_from(count).unwrap_or(0));
    Ok((
        count("SELECT count(*) FROM bulk_check_rows WHERE check_id IS NOT NULL")?,
        count("SELECT count(*) FROM checks WHERE asked LIKE '%\"bulk\"%'")?,
    ))
}

/// A file with bad lines: the dry run, the run, a kill in the middle, the rest, each line once, and the file back.
pub(crate) async fn in_bulk(world: &mut World) -> anyhow::Result<()> {
    let desk = desk(world).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    desk.press("資格情報一括照会").await?;
    desk.heading("資格情報一括照会").await?;
    desk.sees("一括照会はまだありません。").await?;
    camera.take_at("ot-35", &WIDTHS).await?;
    let choose = async |name: &str, rows: &str| -> anyhow::Result<()> {
        let file = world.folder.join(name);
        std::fs::write(&file, format!("\u{FEFF}任意の識別子,保険者番号,記号,番号,枝番,生年月日,限度額情報の提供\r\n{rows}"))?;
        let file = file.canonicalize()?;
        desk.driver.find(By::Css("#bulk-check-file")).await?.send_keys(file.to_string_lossy().into_owned()).await?;
        desk.sees(&format!("選んだファイル: {name}")).await?;
        desk.press("内容を確かめる").await
    };
    choose("bad.csv", "P1,06990014,12-34,56,01,S35.6.2,\r\nP2,,,,,いつか,\r\nP3,06990015,,57,1,1960-06-02,はい\r\n").await?;
    desk.sees("2行に誤りがあります。その行は照会しません。").await?;
    desk.sees("生年月日を確かめてください。").await?;
    camera.take_at("ot-35-bad", &WIDTHS).await?;
    let many: String = (0..LINES).map(|number| format!("M{number},06990014,12-34,{number:05},01,1960-06-02,\r\n")).collect();
    choose("many.csv", &format!("{many}P2,,,,,いつか,\r\n")).await?;
    desk.sees("1行に誤りがあります。その行は照会しません。").await?;
    desk.press("誤りのない行だけ照会を始める").await?;
    desk.heading("一括照会の進み具合と結果").await?;

    // The server dies when some lines are asked and others are not.
    let data = world.data().to_owned();
    until("some lines", Duration::from_secs(60), async || match kept(&data) {
        Ok((lines, _)) if lines > 0 => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await?;
    world.kill_server().await?;
    let (lines, checks) = kept(&data)?;
    ensure!(0 < lines && lines < LINES, "it was not in the middle: {lines}");
    ensure!(lines == checks, "{lines} lines, {checks} checks");
    world.start_server().await?;
    desk.driver.refresh().await?;
    desk.heading("一括照会の進み具合と結果").await?;
    camera.take_at("ot-35-run", &WIDTHS).await?;
    until("the rest", Duration::from_secs(120), async || {
        let shown = desk.text().await.map_err(|error| error.to_string())?;
        if shown.contains(&format!("{LINES}件中 {LINES}件")) && shown.contains("完了") { Ok(()) } else { Err("it goes on".to_owned()) }
    })
    .await?;
    ensure!(kept(&data)? == (LINES, LINES), "a line was asked twice or never");
    camera.take_at("ot-35-done", &WIDTHS).await?;
    desk.press("結果を保存する(CSV)").await?;
    until("the file", LIMIT, async || {
        let is_there = desk.script("return !!document.querySelector('.download a')").await.map_err(|error| error.to_string())?;
        if is_there == json!(true) { Ok(()) } else { Err("none yet".to_owned()) }
    })
    .await?;
    let lines = desk.script("return atob(document.querySelector('.download a').href.split(',')[1]).trim().split('\\r\\n').length").await?;
    ensure!(lines == json!(LINES + 2), "the file: {lines}");

    // Who may fetch: nobody yet, and a grant to an institution that is not here is refused in words.
    desk.press("委託先資格情報一括取得").await?;
    desk.heading("委託先資格情報一括取得").await?;
    desk.sees("許可したものはありません。").await?;
    desk.fill("委託先の機関コード", "9919900002").await?;
    desk.fill("終了日", "2099/1/1").await?;
    desk.press("許可する").await?;
    desk.sees("期間は1年以内にしてください。").await?;
    camera.take_at("ot-35-grants", &WIDTHS).await
}
