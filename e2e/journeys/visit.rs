//! The visit, whole: bookmark, consent, card, result, office list.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use thirtyfour::Key;

use crate::pictures::Camera;
use crate::way;

/// Phone and tablet, CSS px.
const WIDTHS: [u32; 2] = [360, 820];

/// What the card is asked in one visit, from its insertion to the cleared state, byte for byte: kind 2, counter and
/// availability 3, then PIN, signature and certificate in 6 (one extended READ), `card.md` §10.
const APDUS: [&str; 11] = [
    "00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01",
    "00 B0 86 00 20",
    "00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01",
    "00 20 00 98",
    "00 B0 88 00 03",
    "00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01",
    "00 20 00 98",
    "00 20 00 98 04 ** ** ** **",
    "80 2A 00 97 33",
    "00 B0 8A 00 00 00 00",
    "00 A4 04 0C 07 A0 00 00 01 51 00 00",
];

/// With finger or mouse, in any browser, every screen looked at.
pub(crate) async fn by_hand(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    // Each screen as on a phone and on a tablet; the picture stands beside the journey's log.
    let mut camera = Camera { tablet: &tablet, folder: world.folder.clone(), taken: 0 };
    let url = world.reception_url();
    tablet.open(&url).await?;
    tablet.heading("資格確認と同意の受付").await?;
    tablet.sees("いま操作するのは：職員様").await?;
    tablet.sees("これは国のアプリではありません").await?;
    camera.take_at("rw-1-top", &WIDTHS).await?;
    tablet.press("同意登録をする").await?;
    tablet.heading("端末を患者様にお渡しください").await?;
    camera.take_at("rw-1-hand-over", &WIDTHS).await?;
    tablet.press("患者です。はじめます").await?;
    tablet.heading("はじめる前の準備").await?;
    camera.take_at("rw-2-prepare", &WIDTHS).await?;
    way::to_choices(&tablet, &url).await?;
    tablet.sees("いま操作するのは：患者様").await?;
    camera.take_at("rw-3-choices", &WIDTHS).await?;
    // Nothing is chosen for the patient, and nothing goes on without an answer.
    let chosen = tablet.script("return document.querySelectorAll('input:checked').length").await?;
    ensure!(chosen == 0, "{chosen} answers are preselected");
    tablet.press("次へ").await?;
    tablet.sees("まだ選んでいないものが5つあります").await?;
    camera.take_at("rw-3-missing", &WIDTHS).await?;
    tablet.press("すべて同意する").await?;
    tablet.pick("手術の情報", "同意しない").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    camera.take_at("rw-4-confirm", &WIDTHS).await?;
    // The way back loses nothing.
    tablet.press("修正する").await?;
    tablet.heading("同意する内容をお選びください").await?;
    let chosen =
        tablet.script("return [...document.querySelectorAll('fieldset')].filter(f => f.querySelector('input:checked')).length").await?;
    ensure!(chosen.as_u64().is_some_and(|chosen| chosen >= 5), "answers lost on the way back: {chosen}");
    tablet.pick("手術の情報", "同意する").await?;
    tablet.press("次へ").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await?;
    tablet.sees("カードが置かれています").await?;
    camera.take_at("rw-5-card", &WIDTHS).await?;

    tablet.press("読み取りを始める").await?;
    tablet.in_pin_frame(async || tablet.axe().await).await?;
    // The page cannot look into the frame.
    let peek = "const f = document.querySelector('iframe');
        const title = () => { try { return f.contentWindow.document.title } catch (e) { return e.name } };
        return [f.contentDocument === null, title()]";
    let inside = tablet.script(peek).await?;
    ensure!(inside == serde_json::json!([true, "SecurityError"]), "the page can look into the PIN frame: {inside}");
    camera.take_at("rw-5-pin", &WIDTHS).await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.heading("受付が終わりました").await?;
    camera.take_at("rw-6-hand-back", &WIDTHS).await?;
    let receipt = way::result(&tablet).await?;
    camera.take_at("rw-7-result", &WIDTHS).await?;
    for part in ["有効", "資格 一郎", "ひなた健康保険組合", "06990014", "失効の確認はしていません", &receipt] {
        tablet.sees(part).await?;
    }
    let apdus = world.take_apdus()?;
    let commands: Vec<&str> = apdus.iter().map(|line| line.split(" ->").next().unwrap_or(line).trim()).collect();
    let fits = commands.len() == APDUS.len() && commands.iter().zip(APDUS).all(|(command, expected)| command.starts_with(expected));
    ensure!(fits, "the card was asked otherwise than planned:\n{}", apdus.join("\n"));
    // A reload shows the same result.
    tablet.driver.refresh().await?;
    ensure!(way::receipt_after_reload(&tablet).await? == receipt, "another receipt after the reload");
    way::finish(&tablet).await?;
    camera.take_at("rw-end", &WIDTHS).await?;
    // Back does not bring the person back.
    tablet.driver.back().await?;
    ensure!(!tablet.text().await?.contains(&receipt), "Back brings the result back");

    // The office has it.
    let office = world.screen(1280, 900).await?;
    way::to_list(&office, world).await?;
    ensure!(way::count(&office).await? == 1, "one row");
    for part in ["資格 一郎", "ｼｶｸ ｲﾁﾛｳ", "昭和35年6月2日", "男", "23:59"] {
        office.sees(part).await?;
    }
    let marks = office.text().await?.matches('○').count();
    ensure!(marks >= 6, "six consents in the list, seen {marks}");
    office.axe().await?;
    office.press("資格 一郎").await?;
    office.heading("同意と資格の明細").await?;
    for part in [receipt.as_str(), "ひなた健康保険組合", "失効の確認はしていません", "暗証番号"] {
        office.sees(part).await?;
    }
    office.axe().await?;
    office.press("一覧に戻る").await?;
    office.sees("検索結果：1件").await
}

/// With the keyboard alone.
pub(crate) async fn by_keys(world: &mut World) -> anyhow::Result<()> {
    let desk = world.screen(1280, 800).await?;
    desk.open(&world.reception_url()).await?;
    desk.heading("資格確認と同意の受付").await?;
    go(&desk, "同意登録をする").await?;
    desk.heading("端末を患者様にお渡しください").await?;
    go(&desk, "患者です。はじめます").await?;
    desk.heading("はじめる前の準備").await?;
    for _ in 0..3 {
        tab_to(&desk, "はい").await?;
        desk.keys(" ").await?;
    }
    tab_to(&desk, "本人").await?;
    desk.keys(" ").await?;
    go(&desk, "次へ").await?;
    desk.heading("同意する内容をお選びください").await?;
    tab_to(&desk, "すべて同意する").await?;
    desk.keys(" ").await?;
    go(&desk, "次へ").await?;
    desk.heading("この内容でよろしいですか").await?;
    go(&desk, "同意内容を登録する").await?;
    desk.heading("ご本人の確認").await?;
    desk.sees("カードが置かれています").await?;
    go(&desk, "読み取りを始める").await?;
    desk.in_pin_frame(async || {
        for digit in virtual_card::AUTH_PIN.chars() {
            desk.keys(digit.to_string()).await?;
        }
        desk.keys(Key::Enter).await
    })
    .await?;
    desk.heading("受付が終わりました").await?;
    go(&desk, "職員です。結果を見る").await?;
    desk.heading("受付の結果").await?;
    go(&desk, "終了する").await?;
    desk.heading("終了しました").await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    Ok(())
}

/// Presses Tab until the focus is on something of this name.
async fn tab_to(desk: &Tablet, name: &str) -> anyhow::Result<()> {
    let want: String = name.split_whitespace().collect();
    let focused = r"const e = document.activeElement; const label = e.labels && e.labels.length ? e.labels[0].innerText : '';
        return [(e.getAttribute('aria-label') || label || e.innerText || e.value || '').replace(/\s+/g, ''), e.type === 'radio' && e.checked]";
    let mut passed = Vec::new();
    for _ in 0..80 {
        desk.keys(Key::Tab).await?;
        let seen = desk.script(focused).await?;
        let seen_name = seen.get(0).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        if seen_name.starts_with(&want) && seen.get(1) != Some(&serde_json::json!(true)) {
            return Ok(());
        }
        passed.push(seen_name.chars().take(12).collect::<String>());
    }
    anyhow::bail!("Tab never reaches 「{name}」: {passed:?}")
}

/// Tabs to something and presses Enter.
async fn go(desk: &Tablet, name: &str) -> anyhow::Result<()> {
    until(&format!("the way to 「{name}」 by Tab"), LIMIT, async || tab_to(desk, name).await.map_err(|error| error.to_string())).await?;
    desk.keys(Key::Enter).await.context("Enter")
}
