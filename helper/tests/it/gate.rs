//! The gate on the running helper, from raw sockets: Host and Origin before anything else, on every route.

use super::world::{ORIGIN, OTHER_ORIGIN, World, http, raw};

const UPGRADE: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// Status of a handshake with these values; `{port}` stands for ours.
async fn handshake(port: u16, host: &str, origin: Option<&str>) -> u16 {
    let fill = |text: &str| text.replace("{port}", &port.to_string());
    let (host, origin) = (fill(host), origin.map(fill));
    let mut head = vec![("Host", host.as_str())];
    head.extend(origin.as_deref().map(|origin| ("Origin", origin)));
    head.extend(UPGRADE);
    http(port, "GET", "/v1", &head, "").await.0
}

#[tokio::test]
async fn only_our_names_and_allowed_pages_come_through() {
    let world = World::new("ichiro").await;
    let port = world.port();
    let own = "127.0.0.1:{port}";
    let mut cases = 0;
    for (host, origin, expected) in [
        // Controls: the gate does let the right ones in.
        (own, Some(ORIGIN), 101),
        (own, Some(OTHER_ORIGIN), 101),
        ("localhost:{port}", Some(ORIGIN), 101),
        ("[::1]:{port}", Some(ORIGIN), 101),
        // Host: rebinding, other names for the same machine, other ports. First of all, whatever the origin.
        ("evil.example", Some(ORIGIN), 421),
        ("evil.example:{port}", Some(ORIGIN), 421),
        ("uketsuke.example", Some(OTHER_ORIGIN), 421),
        ("localhost.evil.example:{port}", Some(ORIGIN), 421),
        ("127.0.0.1.evil.example:{port}", Some(ORIGIN), 421),
        ("evil.example:{port}", None, 421),
        ("evil.example:{port}", Some("https://evil.example"), 421),
        ("127.0.0.1", Some(ORIGIN), 421),
        ("localhost", Some(ORIGIN), 421),
        ("127.0.0.1:80", Some(ORIGIN), 421),
        ("127.0.0.1:{port}0", Some(ORIGIN), 421),
        ("127.0.0.1:0{port}", Some(ORIGIN), 421),
        ("127.0.0.2:{port}", Some(ORIGIN), 421),
        ("127.1:{port}", Some(ORIGIN), 421),
        ("0.0.0.0:{port}", Some(ORIGIN), 421),
        ("2130706433:{port}", Some(ORIGIN), 421),
        ("0x7f000001:{port}", Some(ORIGIN), 421),
        ("[::]:{port}", Some(ORIGIN), 421),
        ("[::ffff:127.0.0.1]:{port}", Some(ORIGIN), 421),
        ("[0:0:0:0:0:0:0:1]:{port}", Some(ORIGIN), 421),
        ("::1:{port}", Some(ORIGIN), 421),
        ("LOCALHOST:{port}", Some(ORIGIN), 421),
        ("localhost.:{port}", Some(ORIGIN), 421),
        ("user@127.0.0.1:{port}", Some(ORIGIN), 421),
        ("", Some(ORIGIN), 421),
        // Origin: missing, opaque, and everything near an allowed one.
        (own, None, 403),
        (own, Some(""), 403),
        (own, Some("null"), 403),
        (own, Some("*"), 403),
        (own, Some("https://evil.example"), 403),
        (own, Some("http://uketsuke.example"), 403),
        (own, Some("https://uketsuke.example:443"), 403),
        (own, Some("https://uketsuke.example:8443"), 403),
        (own, Some("https://uketsuke.example."), 403),
        (own, Some("https://uketsuke.example/"), 403),
        (own, Some("https://uketsuke.example.evil.example"), 403),
        (own, Some("https://evil-uketsuke.example"), 403),
        (own, Some("https://evil.example/https://uketsuke.example"), 403),
        (own, Some("https://uketsuke.example@evil.example"), 403),
        (own, Some("https://evil.example#https://uketsuke.example"), 403),
        (own, Some("https://www.uketsuke.example"), 403),
        (own, Some("https://example"), 403),
        (own, Some("https://UKETSUKE.example"), 403),
        (own, Some("HTTPS://uketsuke.example"), 403),
        (own, Some("wss://uketsuke.example"), 403),
        (own, Some("uketsuke.example"), 403),
        (own, Some("https://uketsuke.example https://evil.example"), 403),
        (own, Some("https://xn--uketsuke-example"), 403),
        (own, Some("http://localhost"), 403),
        (own, Some("http://localhost:80800"), 403),
        (own, Some("http://localhost:808"), 403),
        (own, Some("https://localhost:8080"), 403),
        (own, Some("http://127.0.0.1:8080"), 403),
        (own, Some("http://[::1]:8080"), 403),
        (own, Some("http://localhost.evil.example:8080"), 403),
        (own, Some("file://"), 403),
        (own, Some("chrome-extension://abcdefghijklmnopabcdefghijklmnop"), 403),
        // Our own origin is no allowed page, and never trusted for equalling Host.
        (own, Some("http://127.0.0.1:{port}"), 403),
        ("localhost:{port}", Some("http://localhost:{port}"), 403),
    ] {
        assert_eq!(handshake(port, host, origin).await, expected, "Host {host:?}, Origin {origin:?}");
        cases += 1;
    }
    assert!(cases >= 40, "{cases}");
    assert_eq!(world.log(), [""; 0], "no command reached the card");
    assert_eq!(world.page_with_card().await.card().await.0, 1, "the honest page is unaffected");
    world.end().await;
}

#[tokio::test]
async fn the_list_is_what_refuses() {
    // The control of the table above: with the stranger on the list the same handshake comes through.
    let stranger = helper::gate::Origin::parse("https://evil.example").unwrap();
    let world = World::with("ichiro", |settings| settings.allow = vec![stranger]).await;
    assert_eq!(handshake(world.port(), "127.0.0.1:{port}", Some("https://evil.example")).await, 101);
    assert_eq!(handshake(world.port(), "127.0.0.1:{port}", Some(OTHER_ORIGIN)).await, 403);
    world.end().await;
}

#[tokio::test]
async fn every_route_stands_behind_the_gate() {
    let world = World::new("ichiro").await;
    let port = world.port();
    let own = format!("127.0.0.1:{port}");
    let status = async |method: &str, path: &str, head: &[(&str, &str)]| http(port, method, path, head, "").await.0;
    for path in ["/", "/health", "/v1", "/pin/AAAA", "/pin-assets/pin.js", "/pin-assets/pin.css", "/elsewhere", "/v1/", "//v1"] {
        for method in ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"] {
            assert_eq!(status(method, path, &[("Host", "evil.example"), ("Origin", ORIGIN)]).await, 421, "{method} {path}");
            let is_open = method == "GET" && (path == "/" || path.starts_with("/pin"));
            for origin in [vec![], vec![("Origin", "https://evil.example")], vec![("Origin", "null")]] {
                let head = [&[("Host", own.as_str())][..], &origin].concat();
                let expected = match path {
                    _ if !is_open => 403,
                    "/pin/AAAA" => 404,
                    _ => 200,
                };
                assert_eq!(status(method, path, &head).await, expected, "{method} {path} {origin:?}");
            }
        }
    }
    let allowed = [("Host", own.as_str()), ("Origin", ORIGIN)];
    for (method, path, expected) in [
        ("GET", "/elsewhere", 404),
        ("GET", "/v1/", 404),
        ("POST", "/v1", 405),
        ("GET", "/v1", 400),
        ("GET", "/health", 200),
        ("PUT", "/", 405),
    ] {
        assert_eq!(status(method, path, &allowed).await, expected, "{method} {path}: told to allowed pages only");
    }
    world.end().await;
}

#[tokio::test]
async fn odd_requests_are_refused_as_a_wrong_host() {
    let world = World::new("ichiro").await;
    let port = world.port();
    for head in [
        format!("GET /health HTTP/1.1\r\nOrigin: {ORIGIN}\r\n"),
        format!("GET /health HTTP/1.0\r\nOrigin: {ORIGIN}\r\n"),
        format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\nOrigin: {ORIGIN}\r\n"),
        format!("GET http://evil.example/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {ORIGIN}\r\n"),
        format!("GET http://127.0.0.1:{port}/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {ORIGIN}\r\n"),
    ] {
        let (status, ..) = raw(port, format!("{head}Connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(status, 421, "{head}");
    }
    let two =
        format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {ORIGIN}\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\r\n");
    assert_eq!(raw(port, two.as_bytes()).await.0, 403, "two origins are none");
    world.end().await;
}

#[tokio::test]
async fn health_says_little_and_to_allowed_pages_only() {
    let world = World::new("ichiro").await;
    let own = format!("127.0.0.1:{}", world.port());
    let (status, head, body) = http(world.port(), "GET", "/health", &[("Host", &own), ("Origin", ORIGIN)], "").await;
    assert_eq!((status, body.as_str()), (200, r#"{"ok":true,"program":"uketsuke-helper","version":1}"#));
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
        use helper::sockets::{Peer, peer};
        let stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (theirs, ours) = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
        assert_eq!(peer(ours, theirs), Peer::Same);
        drop(stream);
        assert_eq!(peer(ours, theirs), Peer::Other);
    }
    assert_eq!(world.log(), [""; 0], "no command reached the card");
    world.end().await;
}
