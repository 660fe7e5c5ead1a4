//! The gate on the running helper, from raw sockets: Host and Origin before anything else, on every route.
//!
//! One table of hostile requests, each with the one answer it must get. The same table runs against a listener that lets everybody
//! in, where every row must be noticed: so the table can fail.

use std::collections::BTreeSet;
use std::net::SocketAddr;

#[cfg(target_os = "linux")]
use futures_util::StreamExt as _;
#[cfg(target_os = "linux")]
use futures_util::stream::FuturesUnordered;
use helper::Listen;
use helper::gate::Origin;
#[cfg(target_os = "linux")]
use helper::sockets::Peer;
use shared::reader::Frame;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
#[cfg(target_os = "linux")]
use tokio::net::TcpSocket;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::world::{LIMIT, ORIGIN, OTHER_ORIGIN, Page, World, http};

const UPGRADE: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];
const OWN: &str = "127.0.0.1:{port}";
const EVIL: &str = "https://evil.example";

/// Closed without an answer.
const CLOSED: u16 = 0;

/// One hostile request, `{port}` still in it.
struct Case {
    request: String,
    status: u16,
}

#[derive(Default)]
struct Table(Vec<Case>);

impl Table {
    fn raw(&mut self, request: impl Into<String>, status: u16) {
        self.0.push(Case { request: request.into(), status });
    }

    fn request(&mut self, line: &str, head: &[(&str, &str)], status: u16) {
        let head: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        self.raw(format!("{line}\r\n{head}\r\n"), status);
    }

    /// A WebSocket handshake with these lines before it.
    fn handshake(&mut self, head: &[(&str, &str)], status: u16) {
        self.request("GET /v1 HTTP/1.1", &[head, &UPGRADE].concat(), status);
    }
}

/// Host: rebinding, other names for the same machine, other ports. First of all, whatever the origin.
const HOSTS: [&str; 44] = [
    "",
    "evil.example",
    "evil.example:{port}",
    "rebind.example:{port}",
    "uketsuke.example",
    "localhost.evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "127.0.0.1.nip.io:{port}",
    "localhost:{port}.evil.example",
    "127.0.0.1",
    "localhost",
    "[::1]",
    "127.0.0.1:",
    "127.0.0.1:80",
    "127.0.0.1:443",
    "127.0.0.1:{port}0",
    "127.0.0.1:0{port}",
    "127.0.0.1:+{port}",
    "127.0.0.2:{port}",
    "127.1:{port}",
    "127.0.1:{port}",
    "0.0.0.0:{port}",
    "0:{port}",
    "2130706433:{port}",
    "0x7f000001:{port}",
    "0177.0.0.1:{port}",
    "127.0.0.01:{port}",
    "127.0.0.1.:{port}",
    "[::]:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "[::ffff:7f00:1]:{port}",
    "[0:0:0:0:0:0:0:1]:{port}",
    "[::1%25lo]:{port}",
    "[::1]:{port}0",
    "::1:{port}",
    "LOCALHOST:{port}",
    "localhost.:{port}",
    "ip6-localhost:{port}",
    "user@127.0.0.1:{port}",
    "127.0.0.1:{port}/",
    "127.0.0.1:{port}, evil.example",
    "127.0.0.1:{port} evil.example",
    "http://127.0.0.1:{port}",
    "127.0.0.1:{port}\u{e9}",
];

/// Origin: opaque, and everything near an allowed one.
const ORIGINS: [&str; 60] = [
    "",
    "null",
    "Null",
    "*",
    "undefined",
    "https://evil.example",
    "http://evil.example",
    "http://uketsuke.example",
    "https://uketsuke.example:443",
    "https://uketsuke.example:8443",
    "https://uketsuke.example:",
    "https://uketsuke.example:0443",
    "https://uketsuke.example.",
    "https://uketsuke.example/",
    "https://uketsuke.example/r",
    "https://uketsuke.example?",
    "https://uketsuke.example#",
    "https://uketsuke.example.evil.example",
    "https://uketsuke.exampleevil",
    "https://evil-uketsuke.example",
    "https://eviluketsuke.example",
    "https://evil.example/https://uketsuke.example",
    "https://evil.example?https://uketsuke.example",
    "https://evil.example#https://uketsuke.example",
    "https://uketsuke.example@evil.example",
    "https://user@uketsuke.example",
    "https://user:word@uketsuke.example",
    "https://www.uketsuke.example",
    "https://uketsuke-example",
    "https://uketsukeXexample",
    "https://example",
    "https://UKETSUKE.example",
    "HTTPS://uketsuke.example",
    "Https://uketsuke.example",
    "wss://uketsuke.example",
    "ws://uketsuke.example",
    "//uketsuke.example",
    "uketsuke.example",
    "https:uketsuke.example",
    "https:/uketsuke.example",
    "https:///uketsuke.example",
    "https://uketsuke.example https://evil.example",
    "https://evil.example https://uketsuke.example",
    "https://uketsuke.example, https://evil.example",
    "https://uketsuke.example\thttps://evil.example",
    "https://xn--uketsuke-.example",
    "https://uketsuk\u{435}.example",
    "http://localhost",
    "http://localhost:80800",
    "http://localhost:808",
    "http://localhost:08080",
    "https://localhost:8080",
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
    "http://localhost.:8080",
    "http://localhost.evil.example:8080",
    "http://localhost:8080.evil.example",
    "file://",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://00000000-0000-0000-0000-000000000000",
];

/// Every hostile request.
fn hostile() -> Vec<Case> {
    let mut table = Table::default();
    for host in HOSTS {
        table.handshake(&[("Host", host), ("Origin", ORIGIN)], 421);
    }
    for origin in ORIGINS {
        table.handshake(&[("Host", OWN), ("Origin", origin)], 403);
    }
    // Both wrong: the Host is looked at first. None at all, and our own origin, which is no page.
    for (host, origin) in [("evil.example:{port}", EVIL), ("evil.example:{port}", "null"), ("localhost", "http://localhost")] {
        table.handshake(&[("Host", host), ("Origin", origin)], 421);
    }
    table.handshake(&[("Host", "evil.example:{port}")], 421);
    for host in ["127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}"] {
        table.handshake(&[("Host", host)], 403);
        table.handshake(&[("Host", host), ("Origin", &format!("http://{host}"))], 403);
        table.handshake(&[("Host", host), ("Origin", &format!("ws://{host}"))], 403);
    }
    twice(&mut table);
    targets(&mut table);
    methods(&mut table);
    sockets(&mut table);
    shapes(&mut table);
    table.0
}

/// Headers that come twice, folded, broken, or under another name.
fn twice(table: &mut Table) {
    let host = ("Host", OWN);
    let origin = ("Origin", ORIGIN);
    for head in [
        [host, host, origin],
        [host, ("Host", "evil.example"), origin],
        [("Host", "evil.example"), host, origin],
        [host, ("hOST", "evil.example"), origin],
        [("X-Forwarded-Host", OWN), ("Host", "evil.example"), origin],
        [("Forwarded", "host=127.0.0.1"), ("Host", "evil.example"), origin],
        [(":authority", OWN), ("Host", "evil.example"), origin],
    ] {
        let status = if head[0].0.starts_with(':') { 400 } else { 421 };
        table.handshake(&head, status);
    }
    for head in [
        [host, origin, origin],
        [host, origin, ("Origin", EVIL)],
        [host, ("Origin", EVIL), origin],
        [host, ("oRIGIN", EVIL), ("ORIGIN", ORIGIN)],
        [host, ("Origin", ""), origin],
        [host, ("Origin", EVIL), ("X-Origin", ORIGIN)],
        [host, ("Sec-WebSocket-Origin", ORIGIN), ("Referer", ORIGIN)],
        [host, ("X-Forwarded-Origin", ORIGIN), ("Cookie", "origin=http://localhost:8080")],
    ] {
        table.handshake(&head, 403);
    }
    let upgrade: String = UPGRADE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut broken = |lines: &str, status| table.raw(format!("GET /v1 HTTP/1.1\r\n{lines}{upgrade}\r\n"), status);
    broken(&format!("Host: {OWN}\r\nOrigin : {ORIGIN}\r\n"), 400);
    broken(&format!("Host : {OWN}\r\nOrigin: {ORIGIN}\r\n"), 400);
    broken(&format!("Host: {OWN}\r\nOrigin: {EVIL}\r\n\t{ORIGIN}\r\n"), 400);
    broken(&format!("Host: {OWN}\r\nOrigin:\r\n {ORIGIN}\r\n"), 400);
    broken(&format!("Host: {OWN}\r\nOrigin: {ORIGIN}\rX: y\r\n"), 400);
    broken(&format!("Host: {OWN}\r\nOrigin: {ORIGIN}\0\r\n"), 400);
    broken(&format!("Host: {OWN}\r\nOri\0gin: {ORIGIN}\r\n"), 400);
    broken(&format!("Host: {OWN}\r\n: {ORIGIN}\r\nOrigin: {EVIL}\r\n"), 400);
    broken(&format!("Host: {OWN}\nOrigin: {EVIL}\n"), 403);
    broken(&format!("Host: evil.example\nOrigin: {ORIGIN}\n"), 421);
    broken(&format!("Host: {OWN}\r\nOrigin: {EVIL}%0d%0aOrigin: {ORIGIN}\r\n"), 403);
    broken(&format!("Host: {OWN}%0d%0aX: y\r\nOrigin: {ORIGIN}\r\n"), 421);
}

/// Other ways to write where the request goes.
fn targets(table: &mut Table) {
    let good = [("Host", OWN), ("Origin", ORIGIN)];
    let evil = [("Host", OWN), ("Origin", EVIL)];
    for target in [
        "http://127.0.0.1:{port}/v1",
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/health",
        "http://evil.example/v1",
        "https://127.0.0.1:{port}/v1",
        "ws://127.0.0.1:{port}/v1",
        "http://user@127.0.0.1:{port}/v1",
    ] {
        table.request(&format!("GET {target} HTTP/1.1"), &[&good[..], &UPGRADE].concat(), 421);
    }
    table.request("CONNECT 127.0.0.1:{port} HTTP/1.1", &good, 421);
    table.request("CONNECT evil.example:443 HTTP/1.1", &good, 421);
    // Names of the route that are not its name: told to allowed pages only.
    for target in ["//v1", "/v1/", "/V1", "/v1;x", "/v1%2f", "/%76%31", "/./v1", "/../v1", "/v1/../v1", "/v1%00", "/.well-known/x"] {
        table.request(&format!("GET {target} HTTP/1.1"), &[&evil[..], &UPGRADE].concat(), 403);
        table.request(&format!("GET {target} HTTP/1.1"), &[&good[..], &UPGRADE].concat(), 404);
    }
    // Under the open folders nothing else hides.
    for target in
        ["/pin/../v1", "/pin/..%2fv1", "/pin/%2e%2e/v1", "/pin/", "/pin/x/v1", "/pin-assets/../v1", "/pin-assets/", "/pin-assets/v1"]
    {
        table.request(&format!("GET {target} HTTP/1.1"), &[&evil[..], &UPGRADE].concat(), 404);
    }
    for target in ["/v1?origin=http://localhost:8080", "/v1?", "/health?callback=x", "/photo/AAAAAAAAAAAAAAAAAAAAAA"] {
        table.request(&format!("GET {target} HTTP/1.1"), &evil, 403);
        table.request(&format!("GET {target} HTTP/1.1"), &[("Host", OWN)], 403);
    }
    // Read as a host without a path, which only a proxy is told.
    table.request("GET v1 HTTP/1.1", &[&evil[..], &UPGRADE].concat(), 421);
    for target in ["", "/v1 /x", "\u{e9}"] {
        table.request(&format!("GET {target} HTTP/1.1"), &[&evil[..], &UPGRADE].concat(), 400);
    }
}

/// Every route and method for strangers, preflights, and the press in the PIN frame.
fn methods(table: &mut Table) {
    for path in ["/", "/health", "/v1", "/pin/AAAA", "/pin-assets/pin.js", "/photo/AAAA", "/elsewhere"] {
        for method in ["POST", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "OPTIONS"] {
            table.request(&format!("{method} {path} HTTP/1.1"), &[("Host", OWN), ("Origin", EVIL)], 403);
        }
        table.request(&format!("GET {path} HTTP/1.1"), &[("Host", "evil.example:{port}"), ("Origin", ORIGIN)], 421);
        // Preflights, with the headers of both drafts for local networks: no permission for strangers, none in advance for pages.
        for ask in ["Access-Control-Request-Private-Network", "Access-Control-Request-Local-Network"] {
            let preflight = |origin| [("Host", OWN), ("Origin", origin), ("Access-Control-Request-Method", "GET"), (ask, "true")];
            table.request(&format!("OPTIONS {path} HTTP/1.1"), &preflight(EVIL), 403);
            table.request(&format!("OPTIONS {path} HTTP/1.1"), &preflight("null"), 403);
        }
    }
    table.request("OPTIONS * HTTP/1.1", &[("Host", OWN), ("Origin", EVIL)], 403);
    // Simple requests, which browsers send without asking first.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"] {
        let body = r#"{"pin":"1234"}"#;
        for origin in [ORIGIN, OTHER_ORIGIN, EVIL, "null", "http://localhost:{port}", "https://127.0.0.1:{port}", "http://127.0.0.1"] {
            table.raw(
                format!(
                    "POST /pin/AAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: {OWN}\r\nOrigin: {origin}\r\nContent-Type: {kind}\r\n\
                     Content-Length: {}\r\n\r\n{body}",
                    body.len()
                ),
                403,
            );
        }
    }
    table.request("POST /pin/AAAA HTTP/1.1", &[("Host", OWN), ("Content-Length", "0")], 403);
}

/// Handshakes of strangers that are odd in another way too: the origin decides, so that nothing else is told.
fn sockets(table: &mut Table) {
    let [connection, upgrade, version, key] = UPGRADE;
    let evil = [("Host", OWN), ("Origin", EVIL)];
    for odd in [
        vec![connection, upgrade, version, key, ("Sec-WebSocket-Protocol", "uketsuke")],
        vec![connection, upgrade, version, key, ("Sec-WebSocket-Protocol", "http://localhost:8080, v1")],
        vec![connection, upgrade, version, key, ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")],
        vec![connection, upgrade, version, key, ("Sec-Fetch-Site", "same-origin")],
        vec![connection, upgrade, version, key, ("Authorization", "Basic dTp3")],
        vec![connection, upgrade, ("Sec-WebSocket-Version", "8"), key],
        vec![connection, upgrade, ("Sec-WebSocket-Version", "255"), key],
        vec![connection, upgrade, key],
        vec![connection, upgrade, version],
        vec![connection, upgrade, version, ("Sec-WebSocket-Key", "x")],
        vec![connection, version, key],
        vec![upgrade, version, key],
        vec![connection, ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA")],
        vec![connection, ("Upgrade", "WebSocket, h2c"), version, key],
        vec![connection, ("Upgrade", "TLS/1.0")],
        vec![("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        vec![("Expect", "100-continue"), ("Content-Length", "100000000")],
    ] {
        table.request("GET /v1 HTTP/1.1", &[&evil[..], &odd].concat(), 403);
    }
}

/// Other versions, other protocols.
fn shapes(table: &mut Table) {
    let lines = format!("Host: {OWN}\r\nOrigin: {ORIGIN}\r\n");
    let upgrade: String = UPGRADE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    table.raw("GET /v1\r\n\r\n", 400);
    table.raw(format!("GET /v1 HTTP/1.2\r\n{lines}{upgrade}\r\n"), 400);
    table.raw(format!("GET /v1 HTTP/2.0\r\n{lines}{upgrade}\r\n"), 400);
    table.raw(format!("GET /v1 HTTP/0.9\r\n{lines}{upgrade}\r\n"), 400);
    table.raw(format!("GET /v1 http/1.1\r\n{lines}{upgrade}\r\n"), 400);
    table.raw(format!("GET /v1 HTTP/1.0\r\nHost: {OWN}\r\nOrigin: {EVIL}\r\n{upgrade}\r\n"), 403);
    table.raw(format!("GET /v1 HTTP/1.0\r\nOrigin: {ORIGIN}\r\n{upgrade}\r\n"), 421);
    table.raw(format!("GET /v1 HTTP/1.1\r\nOrigin: {ORIGIN}\r\n{upgrade}\r\n"), 421);
    table.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0", CLOSED);
    table.raw("\u{16}\u{3}\u{1}\0\u{5}\u{1}\0\0\u{1}\0\r\n\r\n", 400);
    table.raw("SSH-2.0-OpenSSH_9.2\r\n\r\n", 400);
    table.raw("\0\0\0\0\r\n\r\n", 400);
    table.raw(format!("GET /v1 HTTP/1.1\r\n{}\r\n\r\n", "A: b\r\n".repeat(200)), 431);
}

/// Dials, sends, and reads until the end or the head of an upgrade: status, head in small letters, body.
async fn answer(address: SocketAddr, request: &str) -> (u16, String, String) {
    // A character up to U+00FF is the byte of its number.
    let bytes: Vec<u8> = request.replace("{port}", &address.port().to_string()).chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    let talk = async {
        stream.write_all(&bytes).await.ok();
        let mut chunk = [0; 4096];
        while let Ok(n @ 1..) = stream.read(&mut chunk).await {
            answer.extend_from_slice(&chunk[..n]);
            if is_whole(&answer) {
                break;
            }
        }
    };
    timeout(LIMIT, talk).await.unwrap_or_else(|_| panic!("neither answered nor closed: {request}"));
    let text = String::from_utf8(answer).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(CLOSED);
    (status, head.to_ascii_lowercase(), body.to_owned())
}

/// An upgrade is there with its head, another answer with its length.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).and_then(|length| length.trim().parse().ok());
    head.starts_with("http/1.1 101") || length.is_some_and(|length: usize| body.len() >= length)
}

/// Rows of the table that got another answer than theirs.
async fn wrong(address: SocketAddr, cases: &[Case]) -> Vec<String> {
    let mut wrong = Vec::new();
    for Case { request, status } in cases {
        let (got, head, body) = answer(address, request).await;
        let tells = head.contains("access-control") || head.contains("location:") || head.contains("sec-websocket-accept");
        let says = matches!(got, 403 | 421) && !body.is_empty();
        if got != *status || tells || says {
            wrong.push(format!("{got} instead of {status}: {request:?}\n{head}\n{body}"));
        }
    }
    wrong
}

#[tokio::test]
async fn every_hostile_request_gets_its_refusal_and_the_honest_page_notices_nothing() {
    let cases = hostile();
    let distinct: BTreeSet<&str> = cases.iter().map(|case| case.request.as_str()).collect();
    assert_eq!(distinct.len(), cases.len(), "each case is another one");
    assert!(cases.len() >= 150, "bar H18: {}", cases.len());
    println!("{} hostile requests", cases.len());

    let world = World::with("ichiro", |settings| {
        settings.listen.push(Listen { address: "[::1]:0".parse().unwrap(), is_optional: true });
    })
    .await;
    let mut honest = world.page_with_card().await;
    world.log();
    for part in cases.chunks(50) {
        assert_eq!(wrong(world.running.address(), part).await, [""; 0]);
        let id = honest.cancel(1).await;
        assert!(matches!(honest.answer(id).await, Frame::Ok { .. }), "the honest page goes on");
    }
    // The same through the other loopback, where the machine has one.
    let v6 = SocketAddr::new("::1".parse().unwrap(), world.port());
    if TcpStream::connect(v6).await.is_ok() {
        assert_eq!(wrong(v6, &cases).await, [""; 0]);
    }
    assert_eq!(world.log(), [""; 0], "no command reached the card");
    let id = honest.authenticate(None).await;
    let (ticket, ..) = honest.pin_needed(id).await;
    assert_eq!(world.press(&ticket, r#"{"pin":"1234"}"#).await.0, 200);
    honest.signed(id).await;
    assert_eq!(world.verify_count(), 1);
    world.end().await;
}

#[tokio::test]
async fn the_table_notices_a_gate_that_stands_open() {
    let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = open.local_addr().unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = open.accept().await.unwrap();
            let mut request = vec![0; 16 * 1024];
            let _some = stream.read(&mut request).await;
            stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n").await.ok();
        }
    });
    let cases = hostile();
    assert_eq!(wrong(address, &cases).await.len(), cases.len(), "every row fails here");
    server.abort();
}

#[tokio::test]
async fn the_list_is_what_refuses() {
    // The control on our own gate: with the strangers on the list the same handshakes come through.
    let parsed = |text: &&&str| Origin::parse(text).ok().filter(|origin| ![ORIGIN, OTHER_ORIGIN].contains(&origin.as_str()));
    let strangers: Vec<Origin> = ORIGINS.iter().filter_map(|text| parsed(&text)).collect();
    assert!(strangers.len() >= 12, "{strangers:?}");
    let listed = strangers.clone();
    let world = World::with("ichiro", |settings| settings.allow = listed).await;
    let mut table = Table::default();
    for origin in &strangers {
        table.handshake(&[("Host", OWN), ("Origin", origin.as_str())], 101);
    }
    for Case { request, status } in &table.0 {
        assert_eq!(answer(world.running.address(), request).await.0, *status, "{request}");
    }
    assert_eq!(Page::connect(world.port(), OTHER_ORIGIN).await.err(), Some(403), "who is not on it is refused");
    world.end().await;
}

#[tokio::test]
async fn what_allowed_pages_may_ask_has_its_answer_too() {
    let world = World::new("ichiro").await;
    let [connection, upgrade, version, key] = UPGRADE;
    let at = |host: &'static str| vec![("Host", host), ("Origin", ORIGIN)];
    for (line, head, status) in [
        ("GET /v1 HTTP/1.1", [at(OWN), UPGRADE.to_vec()].concat(), 101),
        ("GET /v1 HTTP/1.1", [at("localhost:{port}"), UPGRADE.to_vec()].concat(), 101),
        ("GET /v1 HTTP/1.1", [at("[::1]:{port}"), UPGRADE.to_vec()].concat(), 101),
        ("GET /v1?x=y HTTP/1.1", [at(OWN), UPGRADE.to_vec()].concat(), 101),
        ("GET /v1 HTTP/1.1", [at(OWN), UPGRADE.to_vec(), vec![("Sec-WebSocket-Protocol", "a, b")]].concat(), 101),
        ("GET /v1 HTTP/1.1", [at(OWN), UPGRADE.to_vec(), vec![("Sec-WebSocket-Extensions", "permessage-deflate")]].concat(), 101),
        ("GET /v1 HTTP/1.1", [at(OWN), vec![connection, upgrade, ("Sec-WebSocket-Version", "8"), key]].concat(), 400),
        ("GET /v1 HTTP/1.1", [at(OWN), vec![connection, upgrade, version]].concat(), 400),
        ("GET /v1 HTTP/1.1", [at(OWN), vec![connection, version, key]].concat(), 400),
        ("GET /v1 HTTP/1.1", [at(OWN), vec![upgrade, version, key]].concat(), 400),
        ("GET /v1 HTTP/1.1", [at(OWN), vec![connection, ("Upgrade", "h2c"), version, key]].concat(), 400),
        ("GET /v1 HTTP/1.0", [at(OWN), UPGRADE.to_vec()].concat(), 426),
        ("GET /v1 HTTP/1.1", at(OWN), 400),
        ("POST /v1 HTTP/1.1", at(OWN), 405),
        ("OPTIONS /v1 HTTP/1.1", at(OWN), 405),
        ("OPTIONS /health HTTP/1.1", at(OWN), 405),
        ("GET /health HTTP/1.1", at(OWN), 200),
        ("GET /elsewhere HTTP/1.1", at(OWN), 404),
        ("PUT / HTTP/1.1", at(OWN), 405),
        ("GET / HTTP/1.1", vec![("Host", OWN)], 200),
        ("GET /pin/AAAA HTTP/1.1", vec![("Host", OWN)], 404),
        ("GET /pin-assets/pin.js HTTP/1.1", vec![("Host", OWN)], 200),
        ("POST /pin/AAAA HTTP/1.1", vec![("Host", OWN), ("Origin", "http://127.0.0.1:{port}"), ("Content-Length", "0")], 415),
        (
            "POST /pin/AAAA HTTP/1.1",
            vec![("Host", "localhost:{port}"), ("Origin", "http://localhost:{port}"), ("Content-Length", "0")],
            415,
        ),
    ] {
        let lines: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (got, head, _) = answer(world.running.address(), &format!("{line}\r\n{lines}\r\n")).await;
        assert_eq!(got, status, "{line}\n{lines}");
        assert!(!head.contains("sec-websocket-extensions") && !head.contains("sec-websocket-protocol"), "{head}");
        assert_eq!(head.contains("access-control-"), line == "GET /health HTTP/1.1", "{head}");
    }
    world.end().await;
}

#[tokio::test]
async fn strangers_cannot_tell_one_refusal_from_another() {
    let world = World::new("ichiro").await;
    let own = format!("127.0.0.1:{}", world.port());
    let mut seen = BTreeSet::new();
    for path in ["/v1", "/health", "/photo/AAAA", "/elsewhere"] {
        for origin in [vec![], vec![("Origin", EVIL)], vec![("Origin", "null")]] {
            let (status, head, body) = http(world.port(), "GET", path, &[&[("Host", own.as_str())][..], &origin].concat(), "").await;
            let head: String = head.lines().filter(|line| !line.starts_with("date:")).collect();
            seen.insert((status, head, body));
        }
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    world.end().await;
}

#[tokio::test]
async fn a_request_behind_another_one_is_judged_by_itself() {
    let world = World::new("ichiro").await;
    let own = format!("127.0.0.1:{}", world.port());
    let one = |path: &str, origin: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: {own}\r\nOrigin: {origin}\r\n{more}\r\n");
    for (first, second, expected) in [
        (one("/health", ORIGIN, ""), one("/health", EVIL, ""), vec!["200", "403"]),
        (one("/", EVIL, ""), one("/v1", EVIL, ""), vec!["200", "403"]),
        // A refusal ends the connection; what follows is never read.
        (one("/health", EVIL, ""), one("/health", ORIGIN, ""), vec!["403"]),
        // A body is no request.
        (one("/health", ORIGIN, "Content-Length: 400\r\n"), one("/v1", EVIL, "Connection: close\r\n"), vec!["200"]),
    ] {
        let mut stream = TcpStream::connect(&own).await.unwrap();
        stream.write_all(format!("{first}{second}").as_bytes()).await.unwrap();
        let mut answers = String::new();
        timeout(LIMIT, stream.read_to_string(&mut answers)).await.expect("the end").ok();
        let statuses: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.split(' ').next()).collect();
        assert_eq!(statuses, expected, "{first}{second}");
    }
    world.end().await;
}

#[tokio::test]
async fn nobody_listens_beyond_our_own_two_addresses() {
    let world = World::new("ichiro").await;
    // All of 127/8 is this machine: a socket bound to all addresses would answer here, as on a LAN address.
    let elsewhere = SocketAddr::new("127.0.0.2".parse().unwrap(), world.port());
    assert!(TcpStream::connect(elsewhere).await.is_err());
    let all = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let open = SocketAddr::new("127.0.0.2".parse().unwrap(), all.local_addr().unwrap().port());
    #[cfg(target_os = "linux")]
    assert!(TcpStream::connect(open).await.is_ok(), "the control");
    let _ = open;
    world.end().await;
}

#[tokio::test]
async fn health_says_little_and_to_allowed_pages_only() {
    let world = World::with("ichiro", |settings| settings.clients = 1).await;
    let own = format!("127.0.0.1:{}", world.port());
    let (status, head, body) = http(world.port(), "GET", "/health", &[("Host", &own), ("Origin", ORIGIN)], "").await;
    let health = |body: &str, has_room: bool| {
        let said: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(said, serde_json::json!({ "ok": true, "program": "uketsuke-helper", "room": has_room, "version": 1 }));
    };
    assert_eq!(status, 200);
    health(&body, true);
    // Why a page's socket does not open though the program runs: it is full.
    let page = world.page().await;
    let (_, _, body) = http(world.port(), "GET", "/health", &[("Host", &own), ("Origin", ORIGIN)], "").await;
    health(&body, false);
    page.leave().await;
    assert!(head.contains(&format!("access-control-allow-origin: {ORIGIN}\r\n")) && head.contains("vary: origin"), "{head}");
    let (status, head, body) = http(world.port(), "GET", "/health", &[("Host", &own), ("Origin", "https://evil.example")], "").await;
    assert_eq!((status, body.as_str()), (403, ""));
    assert!(!head.contains("access-control"), "{head}");
    world.end().await;
}

#[tokio::test]
async fn the_status_page_shows_no_data_and_cannot_be_framed() {
    let world = World::new("ichiro").await;
    let own = format!("127.0.0.1:{}", world.port());
    let (status, head, body) = http(world.port(), "GET", "/", &[("Host", &own)], "").await;
    assert_eq!(status, 200);
    assert!(head.contains("frame-ancestors 'none'") && head.contains("nosniff") && head.contains("no-store"), "{head}");
    assert!(body.contains("動いています") && body.contains("is running"));
    for data in [ORIGIN, OTHER_ORIGIN, "Simulated", "ichiro"] {
        assert!(!body.contains(data), "{data}");
    }
    world.end().await;
}

/// What tells a page why no socket opens (PROTOCOL.md §1.8) rests on this: whatever is asked, a page that is not allowed gets a plain
/// refusal that it may not read, and nobody's request without CORS (an image, a script, `no-cors`) is ever given our answer.
#[tokio::test]
async fn a_page_that_is_not_allowed_can_see_that_someone_answers_and_nothing_else() {
    let world = World::new("ichiro").await;
    let own = format!("127.0.0.1:{}", world.port());
    for (path, origin, expected) in [
        ("/health", Some(EVIL), 403),
        ("/health", Some(ORIGIN), 200),
        ("/", Some(EVIL), 200),
        ("/", None, 200),
        ("/pin-assets/pin.css", None, 200),
        ("/pin/AAAA", None, 404),
    ] {
        let head: Vec<(&str, &str)> = [("Host", own.as_str())].into_iter().chain(origin.map(|origin| ("Origin", origin))).collect();
        let (status, head, _) = http(world.port(), "GET", path, &head, "").await;
        assert_eq!(status, expected, "{path} {origin:?}");
        assert!(head.contains("cross-origin-resource-policy: same-origin\r\n"), "{path} {origin:?}: {head}");
        assert_eq!(head.contains("access-control"), (path, origin) == ("/health", Some(ORIGIN)), "{path} {origin:?}: {head}");
    }
    world.end().await;
}

/// Who dials from here is another user in these tests: all of 127/8 is this machine.
#[cfg(target_os = "linux")]
const STRANGERS_ADDRESS: [u8; 4] = [127, 0, 0, 9];

#[cfg(target_os = "linux")]
fn by_address(_: SocketAddr, remote: SocketAddr) -> Peer {
    if remote.ip() == std::net::IpAddr::from(STRANGERS_ADDRESS) { Peer::Other } else { Peer::Same }
}

/// Connections of the stranger that say nothing.
#[cfg(target_os = "linux")]
async fn silent(port: u16, count: usize) -> Vec<TcpStream> {
    let mut silent = Vec::new();
    for _ in 0..count {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((STRANGERS_ADDRESS, 0))).unwrap();
        silent.push(timeout(LIMIT, socket.connect(SocketAddr::from(([127, 0, 0, 1], port)))).await.expect("in time").unwrap());
    }
    silent
}

/// Waits until the helper has closed so many of them.
#[cfg(target_os = "linux")]
async fn closed(silent: &mut [TcpStream], wanted: usize) {
    let mut ends: FuturesUnordered<_> = silent.iter_mut().map(async |stream| stream.read(&mut [0; 512]).await.unwrap_or(0)).collect();
    for _ in 0..wanted {
        timeout(LIMIT, ends.next()).await.expect("closed in time");
    }
}

/// Seen: 200 connections of another user that said nothing, made anew as they ended, kept the page of the patient out for 6 to 8 s.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn another_users_silent_connections_do_not_keep_a_page_out() {
    // Longer than any wait here: a page that has to wait for one of them fails.
    let patient = |settings: &mut helper::Settings| settings.handshake = 10 * LIMIT;
    let world = World::with("ichiro", |settings| {
        patient(settings);
        settings.whose = by_address;
    })
    .await;
    let mut first = silent(world.port(), 200).await;
    let page = world.page().await;
    // All but the few that are told that they may not are closed at once; and again when they come anew.
    closed(&mut first, 192).await;
    let mut second = silent(world.port(), 200).await;
    let other = world.page().await;
    closed(&mut second, 200).await;
    page.leave().await;
    other.leave().await;
    world.end().await;

    // The control: the same connections, not told apart from the page's, take every place.
    let world = World::with("ichiro", |settings| {
        settings.handshake = std::time::Duration::from_secs(1);
        settings.whose = |_, _| Peer::Same;
    })
    .await;
    let mut silent = silent(world.port(), 64).await;
    tokio::select! {
        biased;
        _ = world.page() => panic!("a page found a place where there was none"),
        () = closed(&mut silent, 1) => {}
    }
    world.end().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_connection_that_cannot_be_looked_up_is_refused() {
    for (whose, expected) in [
        ((|_, _| Peer::Unknown) as helper::sockets::Whose, Some(403)),
        (|_, _| Peer::Other, Some(403)),
        // A look that breaks down is none.
        (|_, _| panic!("on purpose"), Some(403)),
        (|_, _| Peer::Same, None),
    ] {
        let world = World::with("ichiro", |settings| settings.whose = whose).await;
        assert_eq!(Page::connect(world.port(), ORIGIN).await.err(), expected);
        world.end().await;
    }
}

/// Seen: the look at the system's table took 9 ms of the one thread that serves everybody, so a stranger's requests kept a page waiting.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_slow_look_at_a_stranger_keeps_no_page_waiting() {
    use std::sync::{Condvar, Mutex};
    static ASKED: (Mutex<[bool; 2]>, Condvar) = (Mutex::new([false; 2]), Condvar::new());
    fn slow(ours: SocketAddr, remote: SocketAddr) -> Peer {
        let peer = by_address(ours, remote);
        if peer == Peer::Other {
            let mut state = ASKED.0.lock().unwrap();
            state[0] = true;
            ASKED.1.notify_all();
            let (state, late) = ASKED.1.wait_timeout_while(state, LIMIT, |[_, is_over]| !*is_over).unwrap();
            assert!(!late.timed_out() && state[1], "the page was kept waiting");
        }
        peer
    }
    let world = World::with("ichiro", |settings| settings.whose = slow).await;
    let mut page = world.page_with_card().await;
    let mut stranger = silent(world.port(), 1).await;
    let is_asked = tokio::task::spawn_blocking(|| {
        let (state, late) = ASKED.1.wait_timeout_while(ASKED.0.lock().unwrap(), LIMIT, |[is_asked, _]| !*is_asked).unwrap();
        !late.timed_out() && state[0]
    });
    assert!(is_asked.await.unwrap());
    // While the system is slow to answer about the stranger:
    let id = page.cancel(1).await;
    assert!(matches!(page.answer(id).await, Frame::Ok { .. }));
    ASKED.0.lock().unwrap()[1] = true;
    ASKED.1.notify_all();
    // And the stranger gets its refusal, so the look was one that the helper waited for.
    let head = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", world.port());
    stranger[0].write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    timeout(LIMIT, stranger[0].read_exact(&mut answer)).await.expect("in time").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 403");
    world.end().await;
}

/// A handshake that is done, for frames that no WebSocket library would write.
async fn upgraded(world: &World) -> TcpStream {
    let lines: String = UPGRADE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("GET /v1 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: {ORIGIN}\r\n{lines}\r\n", world.port());
    let mut stream = TcpStream::connect(world.running.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        seen.push(timeout(LIMIT, stream.read_u8()).await.expect("in time").unwrap());
    }
    assert!(seen.starts_with(b"HTTP/1.1 101"));
    stream
}

/// A frame of a client, masked with zeros: how it begins, and at most 125 bytes.
fn piece(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first, 0x80 | u8::try_from(payload.len()).unwrap(), 0, 0, 0, 0], payload].concat()
}

/// Seen: a page that said a hundred things at once was let go as one that takes no answers, when the machine was busy.
#[tokio::test]
async fn a_page_that_says_all_it_may_at_once_gets_all_its_answers() {
    let world = World::new("ichiro").await;
    let mut stream = upgraded(&world).await;
    let mut all = piece(0x81, br#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja"}"#);
    all.extend((2..=100).flat_map(|id| piece(0x81, format!(r#"{{"v":1,"id":{id},"op":"cancel","target":0}}"#).as_bytes())));
    stream.write_all(&all).await.unwrap();
    let mut answered = BTreeSet::new();
    while answered.len() < 100 {
        let [first, second] = timeout(LIMIT, stream.read_u16()).await.expect("in time").unwrap().to_be_bytes();
        assert_eq!(first, 0x81, "a goodbye after {} answers", answered.len());
        let length = if second == 126 { stream.read_u16().await.unwrap().into() } else { usize::from(second) };
        let mut text = vec![0; length];
        stream.read_exact(&mut text).await.unwrap();
        if let Frame::Ok { id, .. } | Frame::Err { id, .. } = serde_json::from_slice(&text).unwrap() {
            answered.insert(id);
        }
    }
    world.end().await;
}

/// Seen: 200,000 empty pieces of one message were read as long as they came.
#[tokio::test]
async fn a_message_of_endless_empty_pieces_ends_its_connection() {
    const TEXT: u8 = 1;
    const MORE: u8 = 0;
    const LAST: u8 = 0x80;
    let world = World::new("ichiro").await;
    let mut honest = world.page_with_card().await;
    let mut stream = upgraded(&world).await;
    // The longest message in pieces of one byte is still a message: not understood, but answered.
    let mut longest = piece(TEXT, b"x");
    longest.extend((2..shared::reader::FRAME_MAX).flat_map(|_| piece(MORE, b"x")));
    longest.extend(piece(LAST, b"x"));
    stream.write_all(&longest).await.unwrap();
    let mut answer = [0; 2];
    timeout(LIMIT, stream.read_exact(&mut answer)).await.expect("in time").unwrap();
    assert_eq!(answer[0], 0x81, "a text, no goodbye");

    let mut stream = upgraded(&world).await;
    let (mut back, mut out) = stream.split();
    let flood = async {
        out.write_all(&piece(TEXT, b"")).await.ok();
        let many = piece(MORE, b"").repeat(1_000);
        for _ in 0..200 {
            // The helper's end may be noticed here first.
            if out.write_all(&many).await.is_err() {
                break;
            }
        }
        out
    };
    let end = async { while let Ok(1..) = back.read(&mut [0; 512]).await {} };
    // Our own end stays open until the helper's is closed.
    let (_out, ended) = tokio::join!(flood, timeout(LIMIT, end));
    ended.expect("200,000 empty pieces were read without end");
    let id = honest.cancel(1).await;
    assert!(matches!(honest.answer(id).await, Frame::Ok { .. }), "the honest page goes on");
    world.end().await;
}

/// What a program of a user gets to an upgrade with an allowed origin, and to the public page.
#[cfg(target_os = "linux")]
fn as_user(port: u16, user: Option<u32>) -> [u16; 2] {
    use std::os::unix::process::CommandExt as _;
    let upgrade: String = UPGRADE.iter().map(|(name, value)| format!("{name}: {value}\\r\\n")).collect();
    ["/v1", "/"].map(|path| {
        let head = format!("GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nOrigin: {ORIGIN}\\r\\n{upgrade}\\r\\n");
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && printf '{head}' >&3 && read -r line <&3 && echo \"$line\"");
        let mut bash = std::process::Command::new("bash");
        bash.args(["-c", &script]).current_dir("/");
        if let Some(user) = user {
            bash.uid(user).gid(user);
        }
        let output = bash.output().expect("bash");
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{output:?}"))
    })
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn another_user_of_this_machine_is_refused_as_a_stranger_is() {
    use std::os::unix::fs::MetadataExt as _;
    let world = World::new("ichiro").await;
    let port = world.port();
    // The control: the same program as ourselves.
    assert_eq!(as_user(port, None), [101, 200]);
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        assert_eq!(as_user(port, Some(65_534)), [403, 403]);
        assert_eq!(as_user(port, Some(1)), [403, 403]);
        assert_eq!(as_user(port, Some(0)), [101, 200], "the user that runs the helper");
    } else {
        // Only the superuser can be someone else: then the table itself is asked about a connection, open and let go.
        use helper::sockets::peer;
        let stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (theirs, ours) = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
        assert_eq!(peer(ours, theirs), Peer::Same);
        drop(stream);
        assert_eq!(peer(ours, theirs), Peer::Other);
    }
    assert_eq!(world.log(), [""; 0], "no command reached the card");
    world.end().await;
}
