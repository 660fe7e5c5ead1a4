//! Hostile pages in a real browser against the running helper: no socket opens, nothing can be read, the card is asked nothing.
//!
//! Chromium's own gate is out of the way: the hostile pages stand on this machine, or count as public with the permission granted.
//! The same attempts from the same page open the socket as soon as a person allows it: so the attempts can succeed.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::page::{Heard, Page, press_pin};
use e2e::stack::{HELPER_PORT, World};
use e2e::wait::{LIMIT, until};
use serde_json::{Value, json};
use shared::reader::State;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Port of the hostile server.
const HOSTILE_PORT: u16 = 8099;

/// Each attempt ends in a word: `OPEN` and `READ …` are successes of the attacker, everything else is none.
const ATTEMPTS: &str = r#"
const bounded = promise => Promise.race([promise, new Promise(done => setTimeout(() => done('silent'), 15000))]);
const on = (thing, good) => new Promise(done => { thing['on' + good] = () => done('READ ' + good); thing.onerror = () => done('failed'); });
const made = (tag, set) => Object.assign(document.createElement(tag), set);
const put = (tag, set) => { const e = made(tag, set); const end = on(e, 'load'); document.body.append(e); return end; };
const ways = {
  ws: (url, protocols) => new Promise(done => {
    const socket = protocols ? new WebSocket(url, protocols) : new WebSocket(url);
    socket.onopen = () => { done('OPEN'); socket.close(); };
    socket.onclose = event => done('closed ' + event.code);
  }),
  fetch: (url, how) => fetch(url, how).then(async answer => {
    const text = await answer.text();
    return answer.type !== 'opaque' && (answer.ok || text) ? 'READ ' + answer.status + text : 'nothing ' + answer.status;
  }),
  xhr: (url, method) => new Promise(done => {
    const request = new XMLHttpRequest();
    request.open(method || 'GET', url);
    request.onload = () => done('READ ' + request.status + request.responseText);
    request.onerror = () => done('failed');
    request.send(method === 'POST' ? '{"pin":"1234"}' : null);
  }),
  img: url => put('img', { src: url }),
  script: url => put('script', { src: url }),
  module: url => import(url).then(() => 'READ module'),
  style: url => put('link', { rel: 'stylesheet', href: url }),
  video: url => on(made('video', { src: url }), 'loadeddata'),
  events: url => new Promise(done => {
    const e = new EventSource(url);
    e.onopen = () => done('OPEN');
    e.onerror = () => { e.close(); done('failed'); };
  }),
  beacon: url => Promise.resolve(navigator.sendBeacon(url, '{"pin":"1234"}') ? 'sent' : 'failed'),
  form: url => new Promise(done => {
    const frame = made('iframe', { name: 'f' + Math.random() });
    const form = made('form', { method: 'post', action: url, target: frame.name, enctype: 'text/plain' });
    form.append(made('input', { name: '{"pin":"1234","x":"', value: '"}' }));
    document.body.append(frame, form);
    frame.onload = () => {
      let text = '';
      try { text = frame.contentDocument.body.innerText; } catch {}
      done(text ? 'READ ' + text : 'nothing');
    };
    form.submit();
  }),
};
const attempt = (way, ...what) => bounded((async () => ways[way](...what))().catch(error => 'threw ' + error.name));
"#;

/// What a worker or a frame does with the words it is sent: tries, and sends the outcome back.
const SERVANT: &str = "
const serve = async event => {
  const asked = event.ports.length ? event.ports[0] : event.currentTarget;
  const said = await attempt(...event.data);
  if (self.document) parent.postMessage(said, '*'); else asked.postMessage(said);
};
self.onmessage = serve;
self.onconnect = event => { event.ports[0].onmessage = serve; };
self.oninstall = () => self.skipWaiting && self.skipWaiting();
";

/// Who on the page tries: itself, or someone it sends the attempt to.
const WHO: &str = r#"
const blob = (text, type) => URL.createObjectURL(new Blob([text], { type }));
const asked = (port, send) => new Promise(done => { port.onmessage = event => done(event.data); send(); });
const worker = (url, what) => { const w = new Worker(url); return asked(w, () => w.postMessage(what)); };
const framed = (set, what) => new Promise(done => {
  const frame = Object.assign(document.createElement('iframe'), set);
  frame.allow = 'loopback-network';
  addEventListener('message', event => { if (event.source === frame.contentWindow) done(event.data); });
  frame.onload = () => frame.contentWindow.postMessage(what, '*');
  document.body.append(frame);
});
const html = '<!doctype html><body><script>' + servant + '</script>';
const whos = {
  page: what => attempt(...what),
  worker: what => worker(blob(servant, 'text/javascript'), what),
  'worker of the server': what => worker('/servant.js', what),
  'shared worker': what => { const { port } = new SharedWorker('/servant.js'); return asked(port, () => port.postMessage(what)); },
  'service worker': async what => {
    await navigator.serviceWorker.register('/servant.js');
    const { active } = await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    return asked(port1, () => active.postMessage(what, [port2]));
  },
  'sandboxed frame': what => framed({ sandbox: 'allow-scripts', srcdoc: html }, what),
  'srcdoc frame': what => framed({ srcdoc: html }, what),
  'data: frame': what => framed({ src: 'data:text/html,' + encodeURIComponent(html) }, what),
  'blob: frame': what => framed({ src: blob(html, 'text/html') }, what),
};
const [who, what] = order;
return bounded(whos[who](what)).catch(error => 'threw ' + error.name);
"#;

/// What was tried, and how it ended.
struct Tried {
    name: String,
    said: String,
}

/// The page that is allowed from the start: a program here, because it has to stay while the browser is full of hostile ones.
const HONEST: &str = "https://uketsuke.example";

/// All hostile pages, then the honest one, then the control.
pub(crate) async fn hostile_pages(world: &mut World) -> anyhow::Result<()> {
    let server = TcpListener::bind(("127.0.0.1", HOSTILE_PORT)).await?;
    tokio::spawn(serve(server));
    world.start_helper_for(HONEST).await?;
    let mut honest = Page::connect(HONEST).await?;
    let is_known = |state: &State| state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.kind.is_some()));
    honest.state_is("a known card", is_known).await?;
    let id = honest.authenticate(None).await?;
    let Heard::PinNeeded { ticket, .. } = honest.hear(id).await? else { anyhow::bail!("no PIN frame") };
    world.take_apdus()?;

    let window = world.screen(1280, 800).await?;
    window.cdp("Page.setBypassCSP", json!({ "enabled": true })).await?;
    let mut tried = Vec::new();
    // Pages of this machine by another name, port and address; and one that counts as public, with the permission.
    let near = ["evil.example", "localhost", "127.0.0.1"].map(|host| format!("http://{host}:{HOSTILE_PORT}"));
    let public = world.origin();
    window.loopback(&public, "granted").await?;
    for origin in near.iter().chain([&public]) {
        go(&window, origin).await?;
        for (way, what) in ways(&ticket) {
            tried.push(attempt(&window, origin, "page", way, what).await?);
        }
    }
    // Others on the hostile page than its window.
    for origin in near.iter().chain([&public]) {
        go(&window, origin).await?;
        for who in WHOS.into_iter().filter(|who| exists(who, origin)) {
            tried.push(attempt(&window, origin, who, "ws", json!([socket("127.0.0.1")])).await?);
            tried.push(attempt(&window, origin, who, "fetch", json!([http("127.0.0.1", "/health")])).await?);
        }
    }
    // Rebinding: under a foreign name the helper's port serves not even the status page that everyone may see.
    for (host, is_own) in [("rebind.example", false), ("localhost.example", false), ("0.0.0.0", false), ("127.0.0.1", true)] {
        window.open(&http(host, "/")).await?;
        let shown = window.text().await?;
        ensure!(shown.contains("動いています") == is_own, "under the name {host}: {shown}");
    }
    // The PIN frame and the status page inside a foreign page; with the ticket of the honest page, which lives.
    let shown = frames(&window, &near[1], &ticket).await?;

    let succeeded: Vec<String> =
        tried.iter().filter(|tried| is_success(&tried.said)).map(|Tried { name, said }| format!("{name}: {said}")).collect();
    ensure!(succeeded.is_empty(), "attackers got through:\n{}", succeeded.join("\n"));
    let silent: Vec<&str> =
        tried.iter().filter(|tried| tried.said == "silent" || tried.said.is_empty()).map(|tried| tried.name.as_str()).collect();
    ensure!(silent.is_empty(), "nothing is known of:\n{}", silent.join("\n"));
    ensure!(shown == [false; 3], "a foreign page frames the helper: {shown:?}");
    let names: BTreeSet<&str> = tried.iter().map(|tried| tried.name.as_str()).collect();
    ensure!(names.len() == tried.len() && tried.len() >= 40, "{} attempts, {} of them different", tried.len(), names.len());
    let report: Vec<String> = tried.iter().map(|Tried { name, said }| format!("{said:<16}{name}")).collect();
    std::fs::write(world.folder.join("attempts.txt"), report.join("\n"))?;
    ensure!(world.take_apdus()?.is_empty(), "the card was asked something");
    ensure!(world.verify_count()? == 0, "a VERIFY without a person");

    // The honest page noticed nothing.
    ensure!(press_pin(&ticket, virtual_card::AUTH_PIN, &http("127.0.0.1", "")).await? == 200, "the press");
    let end = honest.hear(id).await?;
    ensure!(matches!(end, Heard::Signed), "not signed: {end:?}");
    ensure!(world.verify_count()? == 1, "one press, one VERIFY");

    control(world, &window, &[public, near[1].clone(), near[2].clone()]).await?;
    // What the browser wrote of all the refusals is no fault of ours.
    drop(window.console().await?);
    Ok(())
}

/// The same attempts by the same pages, allowed by a person while the helper runs; then revoked with the socket open.
async fn control(world: &World, window: &Tablet, origins: &[String]) -> anyhow::Result<()> {
    for origin in origins {
        go(window, origin).await?;
        let socket_of = async || anyhow::Ok(attempt(window, origin, "page", "ws", json!([socket("127.0.0.1")])).await?.said);
        let said = socket_of().await?;
        ensure!(!is_success(&said), "{origin} before: {said}");
        world.helper_command(&["allow", origin, "--yes"]).await?;
        let said = socket_of().await?;
        ensure!(said == "OPEN", "the control: {origin}, allowed, says {said}");
        let said = attempt(window, origin, "page", "fetch", json!([http("127.0.0.1", "/health")])).await?.said;
        ensure!(said.starts_with("READ 200"), "the control: {origin}, allowed, reads {said}");
        // Everyone on the page who speaks in its name gets through now; whoever has an origin of nobody's does not.
        for who in WHOS.into_iter().filter(|who| exists(who, origin)) {
            let try_it = async || anyhow::Ok(attempt(window, origin, who, "ws", json!([socket("127.0.0.1")])).await?.said);
            if matches!(who, "sandboxed frame" | "data: frame") {
                let said = try_it().await?;
                ensure!(said != "OPEN", "the control: {who} of {origin} says {said}");
                continue;
            }
            // A busy browser may refuse a new frame by itself, once: whoever is allowed may try again.
            until(&format!("the control: {who} of {origin}"), LIMIT, async || match try_it().await {
                Ok(said) if said == "OPEN" => Ok(()),
                other => Err(format!("{other:?}")),
            })
            .await?;
        }
        let open = format!(
            "window.ended = null; const s = new WebSocket('{}'); s.onclose = e => {{ window.ended = e.code }};
             return await new Promise(done => {{ s.onopen = () => done('OPEN'); s.onerror = () => done('failed') }})",
            socket("127.0.0.1")
        );
        ensure!(run(window, &open).await? == "OPEN", "{origin} opens a socket");
        world.helper_command(&["revoke", origin]).await?;
        until("the revoked page's socket to be closed", LIMIT, async || match window.script("return window.ended").await {
            Ok(Value::Number(code)) if code.as_u64() == Some(1008) => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await?;
        ensure!(!is_success(&socket_of().await?), "{origin} after");
    }
    Ok(())
}

/// Who on a page can try besides its window.
const WHOS: [&str; 8] =
    ["worker", "worker of the server", "shared worker", "service worker", "sandboxed frame", "srcdoc frame", "data: frame", "blob: frame"];

/// Our own server has no script for hostile workers; over http only a loopback address has service workers.
fn exists(who: &str, origin: &str) -> bool {
    let needs_script = matches!(who, "worker of the server" | "shared worker" | "service worker");
    !(needs_script && origin.starts_with("https") || who == "service worker" && origin.contains("evil"))
}

/// Opens a page of this origin, and looks that it is one: a redirect elsewhere would prove nothing.
async fn go(window: &Tablet, origin: &str) -> anyhow::Result<()> {
    window.open(&format!("{origin}/o")).await?;
    let there = window.script("return location.origin").await?;
    ensure!(there == *origin, "{origin} leads to {there}");
    Ok(())
}

fn is_success(said: &str) -> bool {
    said.starts_with("OPEN") || said.starts_with("READ")
}

fn socket(host: &str) -> String {
    format!("ws://{host}:{HELPER_PORT}/v1")
}

fn http(host: &str, path: &str) -> String {
    format!("http://{host}:{HELPER_PORT}{path}")
}

/// What a page itself can try.
fn ways(ticket: &str) -> Vec<(&'static str, Value)> {
    let health = http("127.0.0.1", "/health");
    let status = http("127.0.0.1", "/");
    let pin = http("127.0.0.1", &format!("/pin/{ticket}"));
    let redirect = |to: &str| format!("http://evil.example:{HOSTILE_PORT}/redirect?{to}");
    let mut ways = Vec::new();
    for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433", "evil.example", "user:word@127.0.0.1"] {
        ways.push(("ws", json!([socket(host)])));
    }
    for url in [
        format!("ws://127.0.0.1:{}/v1", HELPER_PORT + 1),
        format!("ws://127.0.0.1:{HELPER_PORT}/"),
        format!("ws://127.0.0.1:{HELPER_PORT}/v1?x"),
        format!("ws://127.0.0.1:{HELPER_PORT}/pin/{ticket}"),
        format!("wss://127.0.0.1:{HELPER_PORT}/v1"),
        redirect(&socket("127.0.0.1")).replace("http://evil", "ws://evil"),
    ] {
        ways.push(("ws", json!([url])));
    }
    for protocols in [json!("uketsuke"), json!(["v1", "uketsuke"]), json!(["localhost"])] {
        ways.push(("ws", json!([socket("127.0.0.1"), protocols])));
    }
    for how in [
        json!({}),
        json!({ "mode": "no-cors" }),
        json!({ "credentials": "include" }),
        json!({ "headers": { "X-Anything": "1" } }),
        json!({ "referrerPolicy": "no-referrer" }),
        json!({ "method": "POST", "body": "x" }),
        json!({ "method": "PUT" }),
    ] {
        ways.push(("fetch", json!([health, how])));
    }
    for (url, how) in [
        (http("localhost", "/health"), json!({})),
        (http("[::1]", "/health"), json!({})),
        (http("evil.example", "/health"), json!({})),
        (status.clone(), json!({})),
        (status.clone(), json!({ "mode": "no-cors" })),
        (pin.clone(), json!({})),
        (pin.clone(), json!({ "method": "POST", "mode": "no-cors", "body": "{\"pin\":\"1234\"}" })),
        (pin.clone(), json!({ "method": "POST", "headers": { "Content-Type": "application/json" }, "body": "{\"pin\":\"1234\"}" })),
        (http("127.0.0.1", "/photo/AAAAAAAAAAAAAAAAAAAAAA"), json!({})),
        (redirect(&health), json!({})),
        (redirect(&health), json!({ "mode": "no-cors" })),
    ] {
        ways.push(("fetch", json!([url, how])));
    }
    for (way, url) in [
        ("xhr", health.clone()),
        ("xhr", redirect(&health)),
        ("img", status.clone()),
        ("img", redirect(&http("127.0.0.1", "/photo/AAAA"))),
        ("script", http("127.0.0.1", "/pin-assets/pin.js")),
        ("script", health.clone()),
        ("module", http("127.0.0.1", "/pin-assets/pin.js")),
        ("style", http("127.0.0.1", "/pin-assets/pin.css")),
        ("video", status),
        ("events", health.clone()),
        ("events", http("127.0.0.1", "/v1")),
        ("form", pin.clone()),
        ("form", health),
    ] {
        ways.push((way, json!([url])));
    }
    ways.push(("xhr", json!([pin, "POST"])));
    ways.push(("beacon", json!([pin])));
    ways
}

async fn attempt(window: &Tablet, origin: &str, who: &str, way: &str, what: Value) -> anyhow::Result<Tried> {
    let mut order = vec![json!(way)];
    order.extend(what.as_array().context("a list")?.iter().cloned());
    let name = format!("{origin}, {who}: {}", json!(order));
    let script =
        format!("const servant = {};\n{ATTEMPTS}\nconst order = {};\n{WHO}", json!(format!("{ATTEMPTS}\n{SERVANT}")), json!([who, order]));
    let said = run(window, &script).await.with_context(|| name.clone())?;
    Ok(Tried { name, said })
}

/// Runs a script that may wait, in the page.
async fn run(window: &Tablet, script: &str) -> anyhow::Result<String> {
    let said = window.script(&format!("return (async () => {{ {script} }})()")).await?;
    Ok(said.as_str().map_or_else(|| said.to_string(), str::to_owned))
}

/// Whether a foreign page's frames show the helper: the PIN frame of a living ticket, a dead one, the status page.
async fn frames(window: &Tablet, origin: &str, ticket: &str) -> anyhow::Result<[bool; 3]> {
    go(window, origin).await?;
    let mut shown = [false; 3];
    for (shown, path) in shown.iter_mut().zip([&format!("/pin/{ticket}"), "/pin/AAAA", "/"]) {
        let put = format!(
            "const f = document.createElement('iframe'); f.allow = 'loopback-network'; f.src = '{}';
             document.body.replaceChildren(f); return await new Promise(done => {{ f.onload = () => done('loaded') }})",
            http("127.0.0.1", path)
        );
        ensure!(run(window, &put).await? == "loaded", "no end of {path}");
        window.driver.enter_frame(0).await?;
        let text = window.text().await;
        window.driver.enter_default_frame().await?;
        let text = text?;
        *shown = text.contains("暗証番号") || text.contains("読み取りプログラム") || text.contains("uketsuke");
    }
    Ok(shown)
}

/// The hostile server: a page, a script for workers, a redirect to wherever the query says.
async fn serve(server: TcpListener) {
    while let Ok((stream, _)) = server.accept().await {
        tokio::spawn(async move { drop(answer(stream).await) });
    }
}

async fn answer(mut stream: TcpStream) -> anyhow::Result<()> {
    let mut lines = BufReader::new(&mut stream).lines();
    let line = lines.next_line().await?.context("a request")?;
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let target = line.split(' ').nth(1).context("a target")?;
    let answer = match target.split_once('?') {
        Some(("/redirect", to)) => format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0"),
        _ => {
            let (kind, text) = if target == "/servant.js" {
                ("text/javascript", format!("{ATTEMPTS}\n{SERVANT}"))
            } else {
                ("text/html", "<!doctype html><html lang=\"en\"><title>x</title><body></body></html>".to_owned())
            };
            format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\n\r\n{text}", text.len())
        }
    };
    let end = if answer.contains("\r\n\r\n") { "" } else { "\r\n\r\n" };
    stream.write_all(format!("{}{end}", answer.replacen("\r\n", "\r\nConnection: close\r\n", 1)).as_bytes()).await?;
    Ok(stream.shutdown().await?)
}
