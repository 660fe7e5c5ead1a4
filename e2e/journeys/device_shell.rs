//! The device page as an app: without network, over a new version, under the institution's name, and with a store that only it opens.

use std::path::Path;

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::{World, built_pages};
use e2e::wait::{LIMIT, until};
use serde_json::json;

use crate::pictures::RULER;
use crate::{card_check, way};

const NO_LINE: &str = "通信できません。選んだ内容はそのままです。";
const NEW_VERSION: &str = "新しい版があります。";

/// Opens the page, loses the network, is named, gets a new version, and keeps something.
pub(crate) async fn whole(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    without_network(&tablet, world).await?;
    named(&tablet, world).await?;
    nothing_of_a_person(&tablet).await?;
    store(&tablet).await?;
    new_version(&tablet, world).await
}

fn device(world: &World) -> String {
    format!("{}/d", world.origin())
}

/// A script, until it gives true.
async fn holds(tablet: &Tablet, what: &str, script: &str) -> anyhow::Result<()> {
    until(what, LIMIT, async || match tablet.script(script).await {
        Ok(serde_json::Value::Bool(true)) => Ok(()),
        Ok(said) => Err(said.to_string()),
        Err(error) => Err(error.to_string()),
    })
    .await
}

/// True when a page of ours comes; browsers tell a page that does not come in different ways.
async fn opens(tablet: &Tablet, url: &str) -> bool {
    let is_ours = "return !!document.querySelector('.site__name')";
    tablet.open(url).await.is_ok() && tablet.script(is_ours).await.is_ok_and(|said| said == json!(true))
}

/// As a person reloads: what the driver of Firefox does passes by every worker.
async fn reload(tablet: &Tablet) -> anyhow::Result<()> {
    tablet.script("window.isOld = true; setTimeout(() => location.reload()); return 1").await?;
    holds(tablet, "our page again", "return !window.isOld && !!document.querySelector('.site__name')").await
}

async fn picture(tablet: &Tablet, world: &World, name: &str) -> anyhow::Result<()> {
    for (width, height) in [(360, 740), (1280, 900), (820, 1180)] {
        tablet.resize(width, height).await?;
        tablet.axe().await.with_context(|| format!("{name} at {width} px"))?;
        let wrong = tablet.script(RULER).await?;
        ensure!(wrong == json!([]), "{name} at {width} px: {wrong}");
        tablet.picture(&world.folder.join(format!("../../pictures/{name}-{width}.png"))).await?;
    }
    Ok(())
}

/// What is typed stays over a lost line, which is said at once; opened again without network the page stands there and says the same. The
/// office has no worker: there the browser's own error is the control.
async fn without_network(tablet: &Tablet, world: &mut World) -> anyhow::Result<()> {
    tablet.open(&device(world)).await?;
    tablet.heading("はじめにお読みください").await?;
    holds(tablet, "a worker", "return navigator.serviceWorker.getRegistration('/d').then(it => !!(it && it.active))").await?;
    tablet.press("同意する").await?;
    tablet.fill("機関コード", "9969900001").await?;
    tablet.fill("ユーザID", "ishi1").await?;
    tablet.fill("パスワード", "any words at all").await?;
    tablet.fill("アクティベーションコード", "0000-0000-0000").await?;
    world.net.set_down(true);
    tablet.press("登録").await?;
    tablet.sees(NO_LINE).await?;
    let code = tablet.script("return [...document.querySelectorAll('input')].some(field => field.value === '9969900001')").await?;
    ensure!(code == json!(true), "what was typed is gone");
    picture(tablet, world, "da-no-line").await?;
    reload(tablet).await.context("opened without network")?;
    tablet.sees(NO_LINE).await?;
    picture(tablet, world, "da-opened-without-line").await?;
    // A screen of the desk below the first.
    tablet.open(&format!("{}/nothing", device(world))).await?;
    tablet.sees(NO_LINE).await?;
    ensure!(opens(tablet, &device(world)).await, "control");
    ensure!(!opens(tablet, &world.office_url()).await, "the office opens without network");
    ensure!(!opens(tablet, &format!("{}x", device(world))).await, "a neighbour of the desk's address opens");
    world.net.set_down(false);
    tablet.open(&device(world)).await?;
    tablet.heading("はじめにお読みください").await?;
    // The line goes and comes back under an open page: nobody has to press anything.
    world.net.set_down(true);
    tablet.script("dispatchEvent(new Event('online')); return 1").await?;
    tablet.sees(NO_LINE).await?;
    world.net.set_down(false);
    until("the line again", LIMIT, async || {
        let text = tablet.text().await.map_err(|error| error.to_string())?;
        if text.contains("通信できません") { Err(text) } else { Ok(()) }
    })
    .await?;
    for other in [world.reception_url(), world.office_url()] {
        tablet.open(&other).await?;
        let controlled =
            "return navigator.serviceWorker.getRegistration(location.href).then(it => !it && !navigator.serviceWorker.controller)";
        ensure!(tablet.script(controlled).await? == json!(true), "{other} has a worker");
    }
    Ok(())
}

/// After the login the manifest is the institution's, also before the next one.
async fn named(tablet: &Tablet, world: &World) -> anyhow::Result<()> {
    card_check::open(tablet, world).await?;
    let script = "const link = document.querySelector('link[rel=manifest]').href;
        return fetch(link).then(answer => answer.json()).then(it => it.name.includes('ひなた') && it.start_url === '/d' && it.icons.length > 3)";
    holds(tablet, "the institution's manifest", script).await?;
    let icons = "const link = document.querySelector('link[rel=manifest]').href;
        return fetch(link).then(answer => answer.json()).then(it => Promise.all(it.icons.map(icon => fetch(icon.src).then(got => got.ok))))
            .then(all => all.every(Boolean))";
    ensure!(tablet.script(icons).await? == json!(true), "an icon is not there");
    reload(tablet).await?;
    tablet.sees("パスコード").await?;
    holds(tablet, "the same before anybody is in", script).await?;
    way::device(tablet, world).await?;
    tablet.press("ホーム画面に置く方法").await?;
    tablet.sees("共有ボタン").await?;
    picture(tablet, world, "da-home-screen").await
}

/// The caches hold the page and its files, and nothing else.
async fn nothing_of_a_person(tablet: &Tablet) -> anyhow::Result<()> {
    let script = "return (async () => {
        const all = [];
        for (const name of await caches.keys())
            for (const request of await (await caches.open(name)).keys()) all.push(new URL(request.url).pathname);
        return all;
    })()";
    let kept = tablet.script(script).await?;
    let kept: Vec<&str> = kept.as_array().context("no list")?.iter().filter_map(serde_json::Value::as_str).collect();
    ensure!(kept.contains(&"/d") && kept.iter().any(|path| path.ends_with("_bg.wasm")), "not the whole page: {kept:?}");
    ensure!(kept.iter().all(|path| *path == "/d" || path.starts_with("/assets/device/")), "more than the page: {kept:?}");
    Ok(())
}

/// A press as the page keeps it, of another registration and the year 2100: it is not sent.
const KEPT: &str = r#"{"key":"k","kind":"x","device":"other","visit":"v","content":"資格 一郎","made":4102444800000,"until":4102444800000,"was_out":false}"#;

/// What the boxes hold, once the page has looked through them.
async fn is_listed(tablet: &Tablet, boxes: &serde_json::Value) -> anyhow::Result<()> {
    until("what the boxes hold", LIMIT, async || match tablet.script("return uketsukeBox.list()").await {
        Ok(listed) if listed == *boxes => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await
}

/// What is put into a box can be read back by this page alone: not in the storage, not under another name, not with another key.
async fn store(tablet: &Tablet) -> anyhow::Result<()> {
    let raw = "const opened = indexedDB.open('uketsuke-outbox');
        const asked = request => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = failed; });
        const db = await asked(opened);";
    let put = format!(
        "return (async () => {{
            await uketsukeBox.put('k', '{KEPT}');
            {raw}
            const boxes = await asked(db.transaction('boxes').objectStore('boxes').getAll());
            const key = await asked(db.transaction('keys').objectStore('keys').get('box'));
            db.close();
            const seen = new TextDecoder().decode(boxes[0].data);
            const exported = await crypto.subtle.exportKey('raw', key).then(() => true, () => false);
            return [boxes.length, seen.includes('資格'), key.extractable, exported];
        }})()"
    );
    let seen = tablet.script(&put).await?;
    ensure!(seen == json!([1, false, false, false]), "the box lies open: {seen}");
    // A damaged box, and one that was moved under another name, are no boxes; the good one is.
    let moved = format!(
        "return (async () => {{
            {raw}
            const boxes = db.transaction('boxes', 'readwrite').objectStore('boxes');
            const box = await asked(boxes.get('k'));
            await asked(boxes.put(box, 'other'));
            db.close();
            return uketsukeBox.list();
        }})()"
    );
    let listed = tablet.script(&moved).await?;
    ensure!(listed == json!([["k", KEPT], ["other", null]]), "{listed}");
    reload(tablet).await?;
    // The page looks at what it kept, and takes away what it cannot open.
    is_listed(tablet, &json!([["k", KEPT]])).await?;
    // Another key opens nothing: what a thief of the storage alone would try.
    let foreign = format!(
        "return (async () => {{
            {raw}
            const other = await crypto.subtle.generateKey({{ name: 'AES-GCM', length: 256 }}, false, ['encrypt', 'decrypt']);
            await asked(db.transaction('keys', 'readwrite').objectStore('keys').put(other, 'box'));
            db.close();
            return 1;
        }})()"
    );
    tablet.script(&foreign).await?;
    reload(tablet).await?;
    let listed = tablet.script("return uketsukeBox.list()").await?;
    ensure!(listed == json!([["k", null]]) || listed == json!([]), "another key opens the box: {listed}");
    is_listed(tablet, &json!([])).await?;
    // The page has asked whose device it is, and is quiet: nothing opens the store again behind our back.
    tablet.sees("パスコード").await?;
    tablet.script("return uketsukeBox.wipe().then(() => 1)").await?;
    let left = tablet.script("return indexedDB.databases().then(all => all.filter(it => it.name === 'uketsuke-outbox').length)").await?;
    ensure!(left == json!(0), "something is left: {left}");
    ensure!(tablet.script("return uketsukeBox.list()").await? == json!([]), "not usable after that");
    Ok(())
}

/// Another build comes under an open page: its files stay, the offer waits for the card to go, and the reload brings the new page.
async fn new_version(tablet: &Tablet, world: &mut World) -> anyhow::Result<()> {
    // It was wiped: a device anew.
    card_check::open(tablet, world).await?;
    tablet.sees("カードが置かれています").await?;
    let own = "return document.querySelector('meta[name=uketsuke-build]').content";
    let old = tablet.script(own).await?.as_str().context("no build")?.to_owned();
    let pages = world.folder.join("next-pages");
    let (old_hash, new_hash) = rebuild(&built_pages(), &pages, &old)?;
    world.kill_server().await?;
    world.pages = Some(pages);
    world.start_server().await?;
    tablet.script("performance.clearResourceTimings(); dispatchEvent(new Event('online')); return 1").await?;
    let asked = "return performance.getEntriesByName(location.origin + '/d/build').some(it => it.responseEnd > 0)";
    holds(tablet, "the page asks for the build", asked).await?;
    ensure!(!tablet.text().await?.contains(NEW_VERSION), "offered with a card on the reader");
    let card = world.remove().await?;
    tablet.sees(NEW_VERSION).await?;
    picture(tablet, world, "da-new-version").await?;
    ensure!(tablet.script(own).await? == json!(old), "it was loaded by itself");
    // A page without the worker, so that the server answers.
    let other = world.screen(820, 1180).await?;
    other.open(&world.reception_url()).await?;
    for hash in [&old_hash, &new_hash] {
        let script = format!("return fetch('/assets/device/device-{hash}_bg.wasm', {{ cache: 'no-store' }}).then(it => it.status)");
        ensure!(other.script(&script).await? == json!(200), "{hash} is not served");
    }
    tablet.press("読み込み直す").await?;
    holds(tablet, "the new build", "return document.querySelector('meta[name=uketsuke-build]').content === 'fedcba9876543210'").await?;
    card_check::open(tablet, world).await?;
    ensure!(!tablet.text().await?.contains(NEW_VERSION), "offered again");
    holds(tablet, "the new worker alone", "return caches.keys().then(all => all.join() === 'uketsuke-device-fedcba9876543210')").await?;
    world.put_back(card);
    tablet.sees("カードが置かれています").await
}

/// Another build of the device page: the same program under another hash; the two hashes.
fn rebuild(from: &Path, to: &Path, build: &str) -> anyhow::Result<(String, String)> {
    let wasm = std::fs::read_dir(from.join("device"))?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let wasm = wasm.filter(|name| name.ends_with("_bg.wasm")).collect::<Vec<_>>();
    let hash = wasm.first().and_then(|name| name.strip_prefix("device-")?.strip_suffix("_bg.wasm")).context("no program")?.to_owned();
    let next = "0f1e2d3c4b5a6978".to_owned();
    for page in ["reception", "device", "office"] {
        std::fs::create_dir_all(to.join(page))?;
        for entry in std::fs::read_dir(from.join(page))? {
            let entry = entry?;
            let name = entry.file_name().into_string().ok().context("a name in letters")?;
            let is_text = page == "device" && (name.ends_with(".html") || name == "worker.js" || name == "build.txt");
            let is_twin = page == "device" && name.contains(".html.");
            let there = to.join(page).join(name.replace(&hash, &next));
            if is_text {
                let text = std::fs::read_to_string(entry.path())?;
                std::fs::write(there, text.replace(&hash, &next).replace(build, "fedcba9876543210"))?;
            } else if !is_twin {
                std::fs::copy(entry.path(), there)?;
            }
        }
    }
    Ok((hash, next))
}
