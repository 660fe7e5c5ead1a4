//! The network goes while a check runs at the device (X36): nothing is asked twice, the proof waits encrypted, and is stored exactly once.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::proxy::Loss;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use serde_json::json;

use crate::device_check::{ALONE, DONE, close_filed, look, read, to_reader};
use crate::way;

const WAITS: &str = "送信待ち：まだ送れていない確認が1件あります";

/// Cut before the challenge, and after the PIN; reloaded; cut once more with the answer lost; cut while the screen is left, and at the filing.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::device(&tablet, world).await?;
    reloaded(&tablet, world).await?;
    left(&tablet, world).await
}

/// From the reader to the keys of the PIN, and only then without network: what is proved cannot go out.
async fn prove_without_network(tablet: &Tablet, world: &World) -> anyhow::Result<()> {
    tablet.in_pin_frame(async || Ok(())).await?;
    world.net.set_down(true);
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.sees(WAITS).await
}

/// Over a reload: nothing of the person lies open, and after the passcode the result comes by itself, also where an answer is lost again.
async fn reloaded(tablet: &Tablet, world: &mut World) -> anyhow::Result<()> {
    tablet.press("暗証番号で確認").await?;
    to_reader(tablet).await?;
    tablet.sees("カードが置かれています").await?;
    // Cut before anything is signed: the screen says so, keeps the answers, and goes on with the next press.
    world.net.set_down(true);
    tablet.press("読み取りを始める").await?;
    tablet.sees("通信できません").await?;
    ensure!(world.verify_count()? == 0, "a try was spent without a challenge");
    world.net.set_down(false);
    read(tablet).await?;
    prove_without_network(tablet, world).await?;
    ensure!(world.verify_count()? == 1, "one PIN, one VERIFY");
    look(world, tablet, "x36-waiting").await?;
    nothing_lies_open(tablet).await?;

    tablet.script("window.isOld = true; setTimeout(() => location.reload()); return 1").await?;
    until("the page again", LIMIT, async || match tablet.script("return !window.isOld").await {
        Ok(serde_json::Value::Bool(true)) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await?;
    tablet.sees(WAITS).await.context("without network after the reload")?;
    world.net.lose(Loss::Answer("/proof".to_owned()));
    world.net.set_down(false);
    tablet.open(&format!("{}/d", world.origin())).await?;
    tablet.sees("パスコード").await?;
    tablet.sees(WAITS).await?;
    look(world, tablet, "x36-login").await?;
    tablet.fill("パスコード", way::PASSCODE).await?;
    tablet.press("開く").await?;
    for words in [DONE, "一郎", "負担割合"] {
        tablet.sees(words).await?;
    }
    world.net.lost(1).await?;
    ensure!(boxes(tablet).await? == 0, "what has arrived lies there still");
    close_filed(tablet).await?;
    ensure!(!tablet.text().await?.contains("送信待ち"), "nothing waits any more");
    ensure!(world.verify_count()? == 1, "the card was asked again");
    ensure!(way::rows(world).await? == 1, "it is stored once");
    Ok(())
}

/// The screen is left while it waits: the result opens by itself once there is a line. 保存して閉じる waits as well.
async fn left(tablet: &Tablet, world: &mut World) -> anyhow::Result<()> {
    tablet.press("暗証番号で確認").await?;
    tablet.press(ALONE).await?;
    read(tablet).await?;
    prove_without_network(tablet, world).await?;
    tablet.script("document.querySelector('a[href=\"/d\"]').click()").await?;
    tablet.heading("認証選択").await?;
    tablet.sees(WAITS).await?;
    back(tablet, world).await?;
    tablet.sees("同意は登録していません").await?;
    world.net.set_down(true);
    tablet.press("保存して閉じる").await?;
    tablet.sees(WAITS).await?;
    tablet.script("document.getElementById('close').click()").await?;
    tablet.heading("認証選択").await?;
    back(tablet, world).await?;
    until("nothing waits", LIMIT, async || match tablet.text().await {
        Ok(shown) if !shown.contains("送信待ち") => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await?;
    way::device(tablet, world).await?;
    tablet.sees("暗証番号で確認").await?;
    ensure!(!tablet.text().await?.contains("まだ保存していない結果が"), "it is not filed");
    ensure!(way::rows(world).await? == 1, "no further consent");
    Ok(())
}

/// The network comes back, and the browser says so.
async fn back(tablet: &Tablet, world: &World) -> anyhow::Result<()> {
    world.net.set_down(false);
    tablet.script("dispatchEvent(new Event('online')); return 1").await?;
    Ok(())
}

async fn boxes(tablet: &Tablet) -> anyhow::Result<u64> {
    tablet.script("return uketsukeBox.list().then(all => all.length)").await?.as_u64().context("no number")
}

/// The raw storage names nobody and holds no proof that can be read; the page's own key opens it (the control).
async fn nothing_lies_open(tablet: &Tablet) -> anyhow::Result<()> {
    let raw = "return (async () => {
        const asked = request => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = failed; });
        const db = await asked(indexedDB.open('uketsuke-outbox'));
        const boxes = await asked(db.transaction('boxes').objectStore('boxes').getAll());
        db.close();
        const of = box => ['utf-8', 'utf-16le'].map(name => new TextDecoder(name).decode(box.data)).join();
        const kept = [...Object.entries(localStorage), ...Object.entries(sessionStorage)].join();
        return [boxes.length, boxes.map(of).join() + kept, (await uketsukeBox.list()).map(it => it[1]).join()];
    })()";
    let found = tablet.script(raw).await?;
    let text = |place: usize| found.get(place).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
    let (open, own) = (text(1), text(2));
    ensure!(found.get(0) == Some(&json!(1)), "one box: {found}");
    for word in ["certificate", "signature", "device.prove"] {
        ensure!(own.contains(word), "control: no {word} in what the page itself reads");
        ensure!(!open.contains(word), "{word} lies open");
    }
    let pin = format!("\"{}\"", virtual_card::AUTH_PIN);
    for word in ["一郎", "資格", &pin] {
        ensure!(!open.contains(word) && !own.contains(word), "{word} is kept");
    }
    Ok(())
}
