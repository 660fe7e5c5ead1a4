//! The page before and around its program: shown at once, honest when the program does not come, robust when others change its text.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::proxy::Loss;
use e2e::stack::World;
use e2e::wait::{LIMIT, until};
use serde_json::{Value, json};

use crate::way;

/// What a translator of a browser does, in a world of its own: each text is taken away, and two `font` elements stand in its
/// place. The words stay as they are, so that a journey finds them.
const TRANSLATOR: &str = r"
(() => {
    let replaced = 0;
    const isOurs = node => node.parentElement && node.parentElement.closest('font');
    const translate = root => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        for (const text of texts) {
            if (!text.nodeValue.trim() || isOurs(text)) continue;
            const outer = document.createElement('font');
            outer.appendChild(document.createElement('font')).textContent = text.nodeValue;
            text.parentNode.replaceChild(outer, text);
            replaced += 1;
        }
        document.documentElement.setAttribute('data-replaced', replaced);
    };
    translate(document.body);
    new MutationObserver(() => translate(document.body)).observe(document.body, { childList: true, characterData: true, subtree: true });
})()";

/// The page is translated although it says that it must not be: a wrong PIN is told all the same, and the visit comes to its end.
pub(crate) async fn translated(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    way::to_choices(&tablet, &world.reception_url()).await?;
    translate(&tablet).await?;
    tablet.press("すべて同意する").await?;
    tablet.sees("5つとも「同意する」にしました").await?;
    tablet.press("すべて同意しない").await?;
    tablet.sees("5つとも「同意しない」にしました").await?;
    tablet.press("すべて同意する").await?;
    tablet.press("次へ").await?;
    tablet.heading("この内容でよろしいですか").await?;
    tablet.press("同意内容を登録する").await?;
    tablet.heading("ご本人の確認").await?;
    tablet.sees("カードが置かれています").await?;
    tablet.press("読み取りを始める").await?;
    tablet.enter_pin("9876").await?;
    tablet.sees("暗証番号がちがいます。あと2回でロックされます").await?;
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");
    // Not vacuous: at this very moment the words stand in the translator's elements.
    let in_fonts = tablet.script("return document.querySelectorAll('#reader font').length").await?;
    ensure!(in_fonts.as_u64().is_some_and(|count| count > 4), "nothing is translated: {in_fonts}");
    tablet.press("もう一度").await?;
    tablet.enter_pin(virtual_card::AUTH_PIN).await?;
    tablet.heading("受付が終わりました").await?;
    way::result(&tablet).await?;
    way::finish(&tablet).await?;
    let replaced = tablet.script("return Number(document.documentElement.getAttribute('data-replaced'))").await?;
    ensure!(replaced.as_u64().is_some_and(|count| count > 100), "only {replaced} texts were replaced");
    Ok(())
}

/// Starts the translator in an isolated world, as a browser or an extension does: what the page made of the DOM's functions
/// does not reach it.
async fn translate(tablet: &Tablet) -> anyhow::Result<()> {
    let tree = tablet.cdp("Page.getFrameTree", json!({})).await?;
    let frame = tree.pointer("/frameTree/frame/id").cloned().context("no frame")?;
    let world = tablet.cdp("Page.createIsolatedWorld", json!({ "frameId": frame, "worldName": "translator" })).await?;
    let context = world.get("executionContextId").cloned().context("no world")?;
    let done = tablet.cdp("Runtime.evaluate", json!({ "expression": TRANSLATOR, "contextId": context })).await?;
    ensure!(done.get("exceptionDetails").is_none(), "the translator failed: {done}");
    Ok(())
}

/// The program is refused, blocked, broken off or does not come: said within ten seconds, with a way on that works.
pub(crate) async fn no_program(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    let url = world.reception_url();
    tablet.cdp("Network.enable", json!({})).await?;
    tablet.cdp("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await?;
    for (what, blocked, loss, said) in [
        ("wasm blocked", Some("*_bg.wasm"), None, "画面を開けませんでした"),
        ("script blocked", Some("*/assets/reception/*.js"), None, "画面を開けませんでした"),
        ("wasm refused", None, None, "画面を開けませんでした"),
        ("wasm broken off", None, Some(Loss::Middle("_bg.wasm".to_owned())), "画面を開けませんでした"),
        ("wasm stalled", None, Some(Loss::Stall("_bg.wasm".to_owned())), "画面を開くのに時間がかかっています"),
        ("the institution's answer stalled", None, Some(Loss::Stall("/api/reception/".to_owned())), "画面を開くのに時間がかかっています"),
    ] {
        tablet.open("about:blank").await?;
        let urls: Vec<&str> = blocked.into_iter().collect();
        tablet.cdp("Network.setBlockedURLs", json!({ "urls": urls })).await?;
        let refusal = if what == "wasm refused" { Some(on_new_documents(&tablet, "delete window.WebAssembly").await?) } else { None };
        if let Some(loss) = loss {
            world.net.lose(loss);
        }
        let start = Instant::now();
        // Not `open`: that waits for a page that is whole.
        tablet.cdp("Page.navigate", json!({ "url": url })).await?;
        tablet.sees(said).await.context(what)?;
        ensure!(start.elapsed() < Duration::from_secs(10), "{what}: said only after {:?}", start.elapsed());
        tablet.sees("登録の内容は変わっていません").await.context(what)?;
        tablet.axe().await.context(what)?;
        tablet.cdp("Network.setBlockedURLs", json!({ "urls": [] })).await?;
        if let Some(id) = refusal {
            tablet.cdp("Page.removeScriptToEvaluateOnNewDocument", json!({ "identifier": id })).await?;
        }
        tablet.press("もう一度開く").await.context(what)?;
        tablet.heading("資格確認と同意の受付").await.context(what)?;
        ensure!(!tablet.text().await?.contains(said), "{what}: still said once the page is there");
    }
    // The program breaks down in the middle: no dead buttons, and the way on leads back into the visit.
    way::to_card(&tablet, &url).await?;
    tablet.sees("カードが置かれています").await?;
    tablet.script("Node.prototype.insertBefore = () => { throw new Error('broken by the journey') }; return 1").await?;
    tablet.press("読み取りを始める").await?;
    tablet.sees("画面が止まりました").await?;
    ensure!(!tablet.offers("読み取りを始める").await?, "dead buttons stay");
    tablet.press("もう一度開く").await?;
    until("a living page", LIMIT, async || {
        let text = tablet.text().await.map_err(|error| error.to_string())?;
        let is_living = !text.contains("画面が止まりました")
            && tablet.script("return !document.getElementById('opening')").await.is_ok_and(|gone| gone == true);
        if is_living { Ok(()) } else { Err(text) }
    })
    .await?;
    ensure!(world.verify_count()? == 0, "nothing was typed");
    // What this journey broke.
    drop(tablet.console().await?);
    Ok(())
}

async fn on_new_documents(tablet: &Tablet, source: &str) -> anyhow::Result<Value> {
    let added = tablet.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await?;
    added.get("identifier").cloned().context("no identifier")
}

/// Keeps how far the page moved by itself, and when heading and first button were there and painted, `window.seen`.
const WATCH: &str = r"
window.seen = { shift: 0 };
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
        window.seen.shift += entry.value;
        (window.seen.moved = window.seen.moved || []).push([entry.value, ...entry.sources.map(s => (s.node && (s.node.className || s.node.nodeName)) + '')]);
    }
}).observe({ type: 'layout-shift', buffered: true });
const note = (name, is) => {
    const look = () => {
        if (window.seen[name] || !is()) return;
        window.seen[name] = -1;
        requestAnimationFrame(() => setTimeout(() => { window.seen[name] = performance.now() }));
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
};
note('heading', () => { const h = document.querySelector('h1'); return h && h.innerText.includes('HEADING') });
note('button', () => document.getElementById('BUTTON'));";

/// A page: its URL, the heading of its first screen, the element id of its first button.
struct First {
    url: String,
    heading: &'static str,
    button: &'static str,
}

impl First {
    fn reception(world: &World) -> Self {
        Self { url: world.reception_url(), heading: "資格確認と同意の受付", button: "register" }
    }
}

/// A line as the browser's own tools emulate it: added to each request, and bits per second.
struct Line {
    name: &'static str,
    latency_ms: f64,
    bits_per_s: f64,
}

/// A slow 4G line by its round trip.
const ROUND_TRIP: Line = Line { name: "1.6 Mbit/s, 150 ms", latency_ms: 150.0, bits_per_s: 1_600_000.0 };
/// The preset "Slow 4G" of the browser's tools: 3.75 round trips for each request.
const PRESET: Line = Line { name: "1.44 Mbit/s, 562.5 ms for each request", latency_ms: 562.5, bits_per_s: 1_440_000.0 };

/// How a page came up: milliseconds, and the sum of its shifts.
struct Load {
    paint_ms: f64,
    heading_ms: f64,
    button_ms: f64,
    shift: f64,
    moved: String,
}

/// Opens the page as a new tablet does, on a slow line and with so many times slower a processor.
async fn load(tablet: &Tablet, first: &First, line: &Line, slower: u32) -> anyhow::Result<Load> {
    tablet.open("about:blank").await?;
    tablet.cdp("Network.enable", json!({})).await?;
    tablet.cdp("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await?;
    let bytes_per_s = line.bits_per_s / 8.0;
    let conditions =
        json!({ "offline": false, "latency": line.latency_ms, "downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s / 2.0 });
    tablet.cdp("Network.emulateNetworkConditions", conditions).await?;
    tablet.cdp("Emulation.setCPUThrottlingRate", json!({ "rate": slower })).await?;
    let watch = on_new_documents(tablet, &WATCH.replace("HEADING", first.heading).replace("BUTTON", first.button)).await?;
    tablet.open(&first.url).await?;
    tablet.heading(first.heading).await?;
    let seen = until("heading, button, and a quiet page", LIMIT, async || {
        let script = "const paint = performance.getEntriesByName('first-contentful-paint')[0];
            return Object.assign({ paint: paint ? paint.startTime : 0 }, window.seen)";
        let seen = tablet.script(script).await.map_err(|error| error.to_string())?;
        let is_there = |name: &str| seen.get(name).and_then(Value::as_f64).is_some_and(|at| at > 0.0);
        let is_whole = is_there("paint") && is_there("heading") && is_there("button");
        if is_whole && !tablet.text().await.unwrap_or_default().contains("準備を確かめています") {
            Ok(seen)
        } else {
            Err(seen.to_string())
        }
    })
    .await?;
    tablet.cdp("Page.removeScriptToEvaluateOnNewDocument", json!({ "identifier": watch })).await?;
    tablet.cdp("Emulation.setCPUThrottlingRate", json!({ "rate": 1 })).await?;
    let number = |name: &str| seen.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let moved = seen.get("moved").map(Value::to_string).unwrap_or_default();
    Ok(Load { paint_ms: number("paint"), heading_ms: number("heading"), button_ms: number("button"), shift: number("shift"), moved })
}

/// Nothing moves under a finger while the page comes up, at any width.
pub(crate) async fn nothing_moves(world: &mut World) -> anyhow::Result<()> {
    let office = First { url: world.office_url(), heading: "ログイン", button: "login-submit" };
    for (first, width, height) in [
        (First::reception(world), 360, 740),
        (First::reception(world), 820, 1180),
        (First::reception(world), 1280, 800),
        (office, 1280, 800),
    ] {
        let tablet = world.screen(width, height).await?;
        let load = load(&tablet, &first, &ROUND_TRIP, 1).await?;
        ensure!(load.shift <= 0.05, "{} at {width} px moved by {:.3}: {}", first.url, load.shift, load.moved);
        // Control: a page that does move is seen to.
        tablet.script("document.querySelector('main').style.paddingTop = '300px'; return 1").await?;
        until("a shift that was made", LIMIT, async || {
            let shift = tablet.script("return window.seen.shift").await.map_err(|error| error.to_string())?;
            if shift.as_f64().is_some_and(|shift| shift > 0.05) { Ok(()) } else { Err(shift.to_string()) }
        })
        .await?;
    }
    Ok(())
}

/// Figures, no check: how the page comes up on a phone's screen, a slow line and a slow processor.
#[expect(clippy::print_stdout, reason = "prints figures")]
pub(crate) async fn figures(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.screen(360, 740).await?;
    for line in [ROUND_TRIP, PRESET] {
        println!("{}, processor 4 times slower, nothing cached, 360x740:", line.name);
        let mut loads = Vec::new();
        for _ in 0..7 {
            loads.push(load(&tablet, &First::reception(world), &line, 4).await?);
        }
        print_figures(&loads);
    }
    lighthouse(world).await
}

/// Median, best and worst of each figure.
#[expect(clippy::print_stdout, reason = "prints figures")]
fn print_figures(loads: &[Load]) {
    let figure = |name: &str, of: fn(&Load) -> f64| {
        let mut values: Vec<f64> = loads.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        println!("{name}: median {:.3}, best {:.3}, worst {:.3}, n = {}", at(values.len() / 2), at(0), at(values.len() - 1), values.len());
    };
    figure("first paint, ms", |load| load.paint_ms);
    figure("heading, ms", |load| load.heading_ms);
    figure("first button, ms", |load| load.button_ms);
    figure("layout shift", |load| load.shift);
}

/// The score of Lighthouse's mobile preset, where `cargo xtask bench page lighthouse` has installed it.
#[expect(clippy::print_stdout, reason = "prints figures")]
async fn lighthouse(world: &World) -> anyhow::Result<()> {
    let program = world.folder.join("../../tools/lighthouse/node_modules/lighthouse/cli/index.js");
    if !program.is_file() {
        println!("Lighthouse: not installed (cargo xtask bench page lighthouse)");
        return Ok(());
    }
    let report = world.folder.join("lighthouse.json");
    let done = tokio::process::Command::new("node")
        .arg(program)
        .arg(world.reception_url())
        .args(["--only-categories=performance", "--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox --disable-gpu"])
        .arg(format!("--output-path={}", report.display()))
        .env("CHROME_PATH", "/usr/bin/chromium")
        .output()
        .await?;
    ensure!(done.status.success(), "Lighthouse: {}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&std::fs::read(report)?)?;
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
    println!("Lighthouse, mobile: performance {:.0}", number("/categories/performance/score") * 100.0);
    for audit in ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "interactive"] {
        println!("  {audit}: {:.3}", number(&format!("/audits/{audit}/numericValue")));
    }
    Ok(())
}
