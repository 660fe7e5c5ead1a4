//! ホーム (OT-5): the day's restart, notices from the admin to the staff, the house's papers, all of it by keyboard alone.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use serde_json::json;
use thirtyfour::Key;

use crate::office;
use crate::paper::printed;
use crate::pictures::Camera;

const WIDTHS: [u32; 2] = [820, 1280];
const CHOSEN: &str = "akai ringo to shiroi kumo 7";

/// The whole way.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    let mut camera = Camera { tablet: &desk, folder: world.folder.join("../../pictures"), taken: 0 };
    office::log_in(&desk, world, &office::ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    desk.sees("本日の再起動がまだです。").await?;
    desk.sees("今出ているお知らせはありません。").await?;
    camera.take_at("ot-5-home", &[360, 820, 1280]).await?;
    menu(&desk, &mut camera).await?;
    restart(&desk, world).await?;
    write(&desk, &mut camera).await?;
    read(&desk, world, &mut camera).await?;
    checklist(&desk, world, &mut camera).await?;
    posted(&desk, world, &mut camera).await?;
    security_check(&desk, world, &mut camera).await
}

/// The header's groups: each daily screen in two taps from any other, and the same by keyboard; the group of the screen stands open.
async fn menu(desk: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    for (group, screen) in [
        ("今月の仕事", "本日の訪問・予約"),
        ("資格の確認", "資格確認書等で確認"),
        ("今月の仕事", "月次再照会"),
        ("医療情報・災害時", "カードが使えないとき"),
    ] {
        let open = format!(
            "return [...document.querySelectorAll('.menu [aria-expanded=true]')].map(e => e.innerText.trim()).join() === '{group}'"
        );
        if desk.script(&open).await? != json!(true) {
            desk.press_in(".menu", group).await?;
        }
        desk.press_in(".menu", screen).await?;
        desk.heading(screen).await?;
        ensure!(desk.script(&open).await? == json!(true), "{screen} does not stand in its open group {group}");
    }
    camera.take_at("ot-5-menu", &[360, 820, 1280]).await?;
    tab_to(desk, "同意・受付").await?;
    desk.keys(Key::Enter).await?;
    tab_to(desk, "同意取消照会").await?;
    desk.keys(Key::Enter).await?;
    desk.heading("同意取消照会").await?;
    desk.press_in(".menu", "メニュー").await?;
    desk.heading("メニュー").await
}

/// Pressed once, it holds for this browser, over a reload, and for no other.
async fn restart(desk: &Tablet, world: &mut World) -> anyhow::Result<()> {
    desk.press("再起動しました").await?;
    desk.sees("最後の再起動").await?;
    desk.driver.refresh().await?;
    desk.sees("最後の再起動").await?;
    ensure!(!desk.text().await?.contains("本日の再起動がまだです"), "forgotten over a reload");
    let other = world.screen(1280, 900).await?;
    office::log_in(&other, world, &office::ready_account(world)?).await?;
    other.sees("本日の再起動がまだです。").await
}

/// The admin writes an important notice; its faults stand at their fields.
async fn write(desk: &Tablet, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.press("お知らせの一覧").await?;
    desk.heading("お知らせ一覧").await?;
    desk.sees("お知らせはありません。").await?;
    camera.take_at("ot-5-notices-empty", &WIDTHS).await?;
    desk.press("お知らせを書く").await?;
    desk.heading("お知らせを書く").await?;
    desk.press("掲載する").await?;
    desk.sees("題名を入力してください。").await?;
    desk.sees("本文を入力してください。").await?;
    camera.take_at("ot-5-notice-faults", &WIDTHS).await?;
    desk.fill("題名", "12月1日の回線工事").await?;
    desk.fill("本文", "12月1日の朝8時から9時まで、事務所の回線が使えません。\n訪問先の端末は使えます。").await?;
    let choose = "const of = document.getElementById('notice-importance'); of.value = 'high';
        of.dispatchEvent(new Event('change', { bubbles: true })); return of.value";
    ensure!(desk.script(choose).await? == json!("high"), "no such importance");
    desk.press("掲載する").await?;
    desk.sees("読んだ人").await?;
    desk.sees("3人のうち1人が読みました。").await
}

/// The staff are told at their first home, read it, and are not told again; the admin sees who has read it, and ends it.
async fn read(desk: &Tablet, world: &mut World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    let nurse = world.screen(820, 1180).await?;
    let login = world.demo.logins.get(1).cloned().context("the demo has no second account")?;
    office::log_in(&nurse, world, &login).await?;
    nurse.heading("初期パスワードの変更").await?;
    nurse.fill("初期パスワード", &login.password).await?;
    nurse.fill("新しいパスワード", CHOSEN).await?;
    nurse.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    nurse.press("パスワードを変更する").await?;
    nurse.heading("メニュー").await?;
    nurse.sees("未読 1件").await?;
    nurse.sees("読んでいないお知らせが1件あります").await?;
    nurse.axe().await?;
    nurse.picture(&world.folder.join("../../pictures/ot-5-unread-820.png")).await?;
    nurse.press("12月1日の回線工事").await?;
    nurse.sees("訪問先の端末は使えます。").await?;
    ensure!(!nurse.text().await?.contains("終了する"), "staff are offered to end it");
    nurse.axe().await?;
    // Read as soon as it is open; the home says so once it was noted.
    until("no unread notice", LIMIT, async || {
        nurse.open(&world.office_url()).await.map_err(|error| error.to_string())?;
        nurse.sees("お知らせの一覧").await.map_err(|error| error.to_string())?;
        let shown = nurse.text().await.map_err(|error| error.to_string())?;
        if shown.contains("未読") { Err(shown) } else { Ok(()) }
    })
    .await?;
    desk.driver.refresh().await?;
    desk.sees("3人のうち2人が読みました。").await?;
    camera.take_at("ot-5-notice", &WIDTHS).await?;
    desk.press("終了する").await?;
    desk.sees("このお知らせを終了しますか").await?;
    camera.take_at("ot-5-notice-end", &WIDTHS).await?;
    desk.press_in("dialog", "終了する").await?;
    desk.sees("このお知らせを終了しました。").await?;
    nurse.open(&format!("{}/notices", world.office_url())).await?;
    nurse.sees("お知らせはありません。").await
}

/// Tabs until what has the focus reads so.
async fn tab_to(desk: &Tablet, words: &str) -> anyhow::Result<()> {
    for _ in 0..80 {
        desk.keys(Key::Tab).await?;
        // A table that can be moved takes the focus too, and holds the words of all its links.
        let script = "const e = document.activeElement; return ['A', 'BUTTON'].includes(e.tagName) ? e.innerText.replace(/\\s+/g, '') : ''";
        let here = desk.script(script).await?;
        if here.as_str().is_some_and(|here| here.contains(words)) {
            return Ok(());
        }
    }
    anyhow::bail!("no way by Tab to 「{words}」")
}

/// From the home to the missing step of the checklist, by keyboard alone; the sheet has one page.
async fn checklist(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.open(&world.office_url()).await?;
    desk.heading("メニュー").await?;
    desk.sees("準備がまだのものが").await?;
    tab_to(desk, "準備がまだのものが").await?;
    desk.keys(Key::Enter).await?;
    desk.heading("準備チェックリスト").await?;
    desk.sees("あと1つです。").await?;
    camera.take_at("ot-19-setup", &[360, 820, 1280]).await?;
    let pages = printed(desk, &world.folder, "setup").await?;
    ensure!(pages.len() == 1, "the checklist has {} pages", pages.len());
    let page = pages.first().context("no page")?;
    for part in ["準備チェックリスト", "ひなた訪問看護ステーション", "☑機能を", "☐試しに一度", "資格確認限定型"]
    {
        ensure!(page.contains(part), "the sheet lacks {part}: {page}");
    }
    ensure!(!page.contains("もう一度調べる"), "the buttons are on paper: {page}");
    tab_to(desk, "医療機関別URLを開く").await?;
    desk.keys(Key::Enter).await?;
    desk.heading("医療機関別URL取得・変更").await
}

/// A notice for the wall: changed, kept, printed alone on one page, and back to the offered wording.
async fn posted(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.open(&format!("{}/posted", world.office_url())).await?;
    desk.heading("掲示・ウェブ掲載文").await?;
    desk.sees("最初の文のままです。").await?;
    camera.take_at("ot-32-posted", &WIDTHS).await?;
    desk.fill("文", "当事業所では、訪問のときに保険の資格を確かめています。").await?;
    desk.sees("まだ保存していない変更があります").await?;
    desk.press("保存する").await?;
    desk.sees("保存しました。").await?;
    let pages = printed(desk, &world.folder, "posted").await?;
    let page = pages.first().context("no page")?;
    ensure!(pages.len() == 1 && page.contains("保険の資格を確かめています"), "{} pages: {page}", pages.len());
    ensure!(!page.contains("機関の種類"), "more than the text is on paper: {page}");
    desk.driver.refresh().await?;
    desk.sees("さんが保存しました。").await?;
    desk.press("最初の文に戻す").await?;
    desk.sees("最初の文のままです。").await
}

/// Two answers of the year, one of them with a day; printed with the maker's column.
async fn security_check(desk: &Tablet, world: &World, camera: &mut Camera<'_>) -> anyhow::Result<()> {
    desk.open(&format!("{}/security-check", world.office_url())).await?;
    desk.heading("セキュリティのチェックリスト").await?;
    desk.sees("18問のうち0問に答えました。").await?;
    let choose = |id: &str, value: &str| {
        format!(
            "const of = document.getElementById('{id}'); of.value = '{value}';
             of.dispatchEvent(new Event('change', {{ bubbles: true }})); return of.value"
        )
    };
    ensure!(desk.script(&choose("2-7", "yes")).await? == json!("yes"), "no such answer");
    ensure!(desk.script(&choose("2-9", "no")).await? == json!("no"), "no such answer");
    desk.sees("いつまでに行うか").await?;
    // Which order a browser takes the parts of a day in depends on its language.
    let day = "const of = document.getElementById('due-2-9'); of.value = '2027-12-31';
        of.dispatchEvent(new Event('input', { bubbles: true })); return of.value";
    ensure!(desk.script(day).await? == json!("2027-12-31"), "no such day");
    desk.press("保存する").await?;
    desk.sees("保存しました。").await?;
    desk.sees("18問のうち2問に答えました。").await?;
    camera.take_at("ot-33-check", &WIDTHS).await?;
    let pages = printed(desk, &world.folder, "check").await?;
    let all = pages.concat();
    for part in ["作り手の欄", "ひなた訪問看護ステーション", "いいえ、", "2027/12/31まで", "責任者の署名"] {
        ensure!(all.contains(part), "the sheet lacks {part}: {all}");
    }
    ensure!(pages.len() <= 2 && !all.contains("保存する"), "{} pages: {all}", pages.len());
    desk.driver.refresh().await?;
    desk.sees("18問のうち2問に答えました。").await
}
