//! 稼働状況 with a helper and a server that break, maintenance windows as a tablet meets them, support desks, enquiries, and the record.

use std::time::Duration;

use anyhow::ensure;
use e2e::browser::Tablet;
use e2e::stack::World;
use e2e::wait::until;
use serde_json::json;

use crate::office::{log_in, ready_account};

const LIMIT: Duration = Duration::from_secs(30);

async fn admin(world: &mut World) -> anyhow::Result<Tablet> {
    let desk = world.screen(1280, 900).await?;
    log_in(&desk, world, &ready_account(world)?).await?;
    desk.heading("メニュー").await?;
    Ok(desk)
}

/// Pictures of the screen at 820 and 1280 px, with axe at each.
async fn look(desk: &Tablet, world: &World, name: &str) -> anyhow::Result<()> {
    for width in [820, 1280] {
        desk.resize(width, 900).await?;
        desk.axe().await?;
        desk.picture(&world.folder.join(format!("{name}-{width}.png"))).await?;
    }
    Ok(())
}

/// Waits until a part has this light: `reader:bad`.
async fn light(desk: &Tablet, wanted: &str) -> anyhow::Result<()> {
    until(wanted, LIMIT, async || {
        let found = desk.script("return [...document.querySelectorAll('[data-light]')].map(l => l.dataset.light)").await;
        let found = found.map_err(|error| error.to_string())?;
        let is_there = found.as_array().is_some_and(|lights| lights.contains(&json!(wanted)));
        if is_there { Ok(()) } else { Err(found.to_string()) }
    })
    .await
}

/// Types a window that begins and ends so many minutes from now; the inputs want days and times as the browser keeps them.
async fn window(desk: &Tablet, from: i64, to: i64) -> anyhow::Result<()> {
    // One after the other: each is drawn before the next is typed.
    for (id, minutes, part) in [
        ("window-from-day", from, "slice(0, 10)"),
        ("window-from-time", from, "slice(11, 16)"),
        ("window-to-day", to, "slice(0, 10)"),
        ("window-to-time", to, "slice(11, 16)"),
    ] {
        let script = format!(
            "const input = document.getElementById('{id}');
             const value = new Date(Date.now() + {minutes} * 60000 + 9 * 3600000).toISOString().{part};
             Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, value);
             input.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        );
        desk.script(&script).await?;
    }
    desk.press("登録").await?;
    desk.sees("予定を登録しました。").await
}

/// Each part by its light: the helper breaks and comes back, the server does; a window is announced, then stands in the place of the start
/// (OT-23, OT-24, OT-25, X35, X36).
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let desk = admin(world).await?;
    desk.press("稼働状況").await?;
    desk.heading("稼働状況").await?;
    for wanted in ["reader:good", "store:good", "line:good", "network:good", "clock:good", "national:unknown", "backup:attention"] {
        light(&desk, wanted).await?;
    }
    look(&desk, world, "operation").await?;
    world.kill_helper().await?;
    light(&desk, "reader:bad").await?;
    light(&desk, "store:good").await?;
    look(&desk, world, "operation-no-helper").await?;
    world.start_helper().await?;
    desk.press("今すぐ確かめる").await?;
    light(&desk, "reader:good").await?;
    world.kill_server().await?;
    desk.press("今すぐ確かめる").await?;
    desk.sees("事業所の回線につながりません。受付内容は保管しています。").await?;
    light(&desk, "line:bad").await?;
    light(&desk, "store:unknown").await?;
    look(&desk, world, "operation-no-server").await?;
    world.start_server().await?;
    desk.press("今すぐ確かめる").await?;
    light(&desk, "line:good").await?;

    desk.press("メンテナンス予定").await?;
    desk.heading("メンテナンス予定").await?;
    desk.sees("予定はありません。").await?;
    look(&desk, world, "maintenance-empty").await?;
    desk.press("登録").await?;
    desk.sees("日付を入力してください。").await?;
    window(&desk, 120, 180).await?;
    let tablet = world.tablet().await?;
    // What the page does every ten minutes it does several times a second.
    let hurry = "const real = window.setInterval; window.setInterval = (run, ms) => real(run, ms === 600000 ? 300 : ms)";
    tablet.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": hurry })).await?;
    tablet.open(&world.reception_url()).await?;
    tablet.sees("は受付できません").await?;
    ensure!(tablet.offers("同意登録をする").await?, "a window ahead keeps nobody from beginning");
    tablet.axe().await?;
    tablet.picture(&world.folder.join("reception-ahead.png")).await?;
    window(&desk, -1, 60).await?;
    look(&desk, world, "maintenance").await?;
    tablet.sees("U-X35").await?;
    ensure!(!tablet.offers("同意登録をする").await?, "a visit can be begun");
    tablet.axe().await?;
    tablet.picture(&world.folder.join("reception-x35.png")).await?;
    desk.press("終了する").await?;
    desk.press_in("dialog", "終了する").await?;
    desk.sees("予定を終了しました。").await?;
    // It looks again by itself, and nobody has to press.
    tablet.sees("同意登録をする").await?;

    desk.press("稼働状況に戻る").await?;
    desk.heading("稼働状況").await?;
    desk.press("サポートへ送る記録").await?;
    desk.heading("サポートへ送る記録").await?;
    desk.press("記録を作る").await?;
    desk.sees("サーバーの版").await?;
    desk.script("document.getElementById('record-1').click()").await?;
    until("the line left out", LIMIT, async || {
        let left = desk.script("return document.querySelectorAll('.is-left-out').length").await.map_err(|error| error.to_string())?;
        if left == json!(1) { Ok(()) } else { Err(left.to_string()) }
    })
    .await?;
    let saved = desk.script("return decodeURIComponent(document.querySelector('.download a').href)").await?.to_string();
    ensure!(saved.contains("作成") && !saved.contains("サーバーの版"), "the file: {saved}");
    look(&desk, world, "support-record").await
}

/// A desk is written down, an enquiry at it asked, found, answered and counted (OT-22, N181).
pub(crate) async fn enquiries(world: &mut World) -> anyhow::Result<()> {
    let desk = admin(world).await?;
    desk.press("問い合わせ先").await?;
    desk.heading("問い合わせ先").await?;
    desk.sees("問い合わせ先はまだありません。").await?;
    look(&desk, world, "desks-empty").await?;
    for (label, value) in [
        ("名称", "回線の故障受付"),
        ("電話", "03-0000-0000"),
        ("月〜金の受付時間", "0-24"),
        ("土曜日の受付時間", "0-24"),
        ("日曜日の受付時間", "0-24"),
        ("修理・訪問の時間", "9-17"),
        ("手元に用意するもの", "機器の製造番号、契約の番号"),
    ] {
        desk.fill(label, value).await?;
    }
    desk.script("document.getElementById('desk-part-line').click()").await?;
    desk.press("登録").await?;
    desk.sees("受付中(24時間)").await?;
    look(&desk, world, "desks").await?;

    desk.press("問い合わせ管理").await?;
    desk.heading("問い合わせ管理").await?;
    desk.sees("条件に合う問い合わせはありません。").await?;
    look(&desk, world, "enquiries-empty").await?;
    desk.press("登録").await?;
    desk.sees("内容を入力してください。").await?;
    desk.press("回線の故障受付").await?;
    // An individual number (X53) is refused at its field.
    desk.fill("内容", concat!("番号は1234567890", "18です")).await?;
    desk.press("登録").await?;
    desk.sees("マイナンバー").await?;
    desk.fill("内容", "朝から回線が切れます。").await?;
    desk.press("登録").await?;
    desk.sees("検索結果：1件 1-1件表示").await?;
    desk.press("メニュー").await?;
    desk.sees("回答待ちの問い合わせが1件あります").await?;
    desk.press("問い合わせ管理").await?;
    desk.press("更新: 朝から回線が切れます。").await?;
    desk.sees("問い合わせの更新").await?;
    desk.fill("回答", "機器の電源を入れ直す。").await?;
    desk.script("document.querySelector('input[name=enquiry-state][value=closed]').click()").await?;
    desk.press_in("form.form", "更新").await?;
    desk.sees("更新しました。").await?;
    look(&desk, world, "enquiries").await?;
    desk.fill("ことば(一部でも)", "電源").await?;
    desk.press("検索").await?;
    desk.sees("検索結果：1件 1-1件表示").await?;
    desk.fill("ことば(一部でも)", "ない言葉").await?;
    desk.press("検索").await?;
    desk.sees("条件に合う問い合わせはありません。").await
}
