//! What a peer may be slow at, each on a real socket. No test waits by the clock: it waits for the server to close, bounded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use server::accept::Limits;
use server::serve::{Running, run};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::world::World;

const SHORT: Duration = Duration::from_millis(300);
/// Longer than any test takes: a limit that is not the one under test.
const LONG: Duration = Duration::from_secs(600);
/// Bound of every wait.
const PATIENCE: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    Limits { first_byte: LONG, head: LONG, body: LONG, write: LONG, stop: SHORT, ..Limits::default() }
}

async fn start(limits: Limits) -> (World, Running) {
    let world = World::with(|parts| parts.limits = limits).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = run(listener, None, world.router.clone(), limits).unwrap();
    (world, running)
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// Everything until the server closes; an error when it does not within the bound.
async fn until_closed(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Result<String, &'static str> {
    let mut bytes = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.map_err(|_| "still open")?;
    // A reset is a close as well.
    let _ = read;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

const GET: &[u8] = b"GET /nothing HTTP/1.1\r\nhost: uketsuke.example\r\n\r\n";

/// One whole exchange on a connection that stays open.
async fn exchange(stream: &mut TcpStream) -> String {
    stream.write_all(GET).await.unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = timeout(PATIENCE, stream.read(&mut buffer)).await.expect("an answer").unwrap();
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        if read == 0 || text.contains("U-NOT-FOUND") {
            return text.into_owned();
        }
    }
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let (_world, running) = start(Limits { first_byte: SHORT, ..limits() }).await;
    let mut stream = connect(running.address).await;
    assert_eq!(until_closed(&mut stream).await.unwrap(), "");
    running.stop().await;
}

#[tokio::test]
async fn half_a_head_is_closed() {
    let (_world, running) = start(Limits { head: SHORT, ..limits() }).await;
    let mut stream = connect(running.address).await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: uketsuke").await.unwrap();
    until_closed(&mut stream).await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let (_world, running) = start(Limits { head: SHORT, ..limits() }).await;
    let mut stream = connect(running.address).await;
    for _ in 0..3 {
        assert!(exchange(&mut stream).await.starts_with("HTTP/1.1 404"), "kept alive between requests");
    }
    assert_eq!(until_closed(&mut stream).await.unwrap(), "");
    running.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let (_world, running) = start(limits()).await;
    let mut stream = connect(running.address).await;
    let head = format!("GET / HTTP/1.1\r\nhost: uketsuke.example\r\nx: {}\r\n\r\n", "y".repeat(20_000));
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = until_closed(&mut stream).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 431"));
    assert_dressed(&answer);
    let mut stream = connect(running.address).await;
    let head = format!("GET / HTTP/1.1\r\nhost: uketsuke.example\r\nconnection: close\r\nx: {}\r\n\r\n", "y".repeat(8_000));
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(until_closed(&mut stream).await.unwrap().starts_with("HTTP/1.1 303"), "control");
    running.stop().await;
}

/// The security headers of every answer, also on those that the router never sees.
fn assert_dressed(answer: &str) {
    for line in [
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "content-security-policy: default-src 'none'",
        "x-frame-options: DENY",
    ] {
        assert!(answer.matches(line).count() == 1, "{line}: {answer}");
    }
}

#[tokio::test]
async fn what_is_no_request_gets_the_headers_of_every_answer() {
    let (_world, running) = start(limits()).await;
    for nonsense in ["GET /\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\nx y: z\r\n\r\n"] {
        let mut stream = connect(running.address).await;
        stream.write_all(nonsense.as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{nonsense:?}: {answer}");
        assert_dressed(&answer);
    }
    // After a good answer on the same connection, too; that one keeps its own headers.
    let mut stream = connect(running.address).await;
    stream.write_all(&[GET, b"nonsense\r\n\r\n"].concat()).await.unwrap();
    let both = until_closed(&mut stream).await.unwrap();
    let (first, second) = both.split_once("HTTP/1.1 400").expect("both answers");
    assert!(first.starts_with("HTTP/1.1 404"), "{first}");
    assert_dressed(first);
    assert_dressed(second);
    running.stop().await;
}

#[tokio::test]
async fn a_body_that_trickles_is_refused() {
    let (world, running) = start(Limits { body: SHORT, ..limits() }).await;
    let mut stream = connect(running.address).await;
    let head = format!(
        "POST /api/reception/{}/visits HTTP/1.1\r\nhost: uketsuke.example\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{{",
        world.token.as_str()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = until_closed(&mut stream).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("U-REQUEST"), "{answer}");
    running.stop().await;
}

/// A server whose page `/o` has a megabyte.
async fn start_with_a_long_page(limits: Limits) -> (World, Running, tempfile::TempDir) {
    let pages = tempfile::tempdir().unwrap();
    for page in ["reception", "device", "office"] {
        std::fs::create_dir_all(pages.path().join(page)).unwrap();
        std::fs::write(pages.path().join(page).join("demo.html"), "x".repeat(1 << 20)).unwrap();
    }
    let world = World::with(|parts| (parts.limits, parts.pages) = (limits, Some(pages.path().to_owned()))).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = run(listener, None, world.router.clone(), limits).unwrap();
    (world, running, pages)
}

/// Control for both limits: one that reads gets all of it, through the same limit.
async fn reads_all(address: SocketAddr) {
    let mut reader = connect(address).await;
    reader.write_all(b"GET /o HTTP/1.1\r\nhost: uketsuke.example\r\nconnection: close\r\n\r\n").await.unwrap();
    let answer = until_closed(&mut reader).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.len() > 1 << 20, "{}", answer.len());
}

const GET_LONG: &[u8] = b"GET /o HTTP/1.1\r\nhost: uketsuke.example\r\n\r\n";

#[tokio::test]
async fn a_peer_that_never_reads_is_closed() {
    let (_world, running, _pages) = start_with_a_long_page(Limits { write: SHORT, ..limits() }).await;
    let mut flood = connect(running.address).await;
    let get = GET_LONG.repeat(1000);
    // Ends with the reset of the connection: nothing else ends it.
    let closed = timeout(PATIENCE, async { while flood.write_all(&get).await.is_ok() {} }).await;
    closed.expect("a peer that takes no answer is closed");
    reads_all(running.address).await;
    running.stop().await;
}

#[tokio::test]
async fn a_peer_that_reads_too_slowly_is_closed() {
    // A drop now and then, so that a write never waits for long; the rate is too low all the same.
    let (_world, running, _pages) = start_with_a_long_page(Limits { write_window: SHORT, write_rate: 64 << 20, ..limits() }).await;
    let slow = connect(running.address).await;
    let (mut read, mut write) = slow.into_split();
    let asks = tokio::spawn(async move { while write.write_all(GET_LONG).await.is_ok() {} });
    let mut drops = tokio::time::interval(Duration::from_millis(5));
    let mut buffer = vec![0; 64 << 10];
    let closed = timeout(PATIENCE, async {
        while read.read(&mut buffer).await.is_ok_and(|bytes| bytes > 0) {
            drops.tick().await;
        }
    });
    closed.await.expect("a peer that takes less than it must is closed");
    asks.abort();
    reads_all(running.address).await;
    running.stop().await;
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let (_world, running) = start(Limits { connections_per_address: 2, ..limits() }).await;
    let mut first = connect(running.address).await;
    let mut second = connect(running.address).await;
    exchange(&mut first).await;
    exchange(&mut second).await;
    assert_eq!(until_closed(&mut connect(running.address).await).await.unwrap(), "", "the third is closed at once");
    drop(first);
    // The place comes back once the server has seen the end of the first.
    let mut tries = 0;
    loop {
        let mut third = connect(running.address).await;
        let _ = third.write_all(GET).await;
        let mut byte = [0];
        if timeout(PATIENCE, third.read(&mut byte)).await.expect("closed or answered").is_ok_and(|read| read == 1) {
            break;
        }
        tries += 1;
        assert!(tries < 10_000, "the place never came back");
    }
    running.stop().await;
}

/// A connection with a request at work: its body is never complete.
async fn at_work(world: &World, address: SocketAddr) -> TcpStream {
    let mut stream = connect(address).await;
    let head = format!(
        "POST /api/reception/{}/visits HTTP/1.1\r\nhost: uketsuke.example\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\
         expect: 100-continue\r\n\r\n",
        world.token.as_str()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body once the request is at work.
    let mut said = [0; 25];
    timeout(PATIENCE, stream.read_exact(&mut said)).await.expect("asked for the body").unwrap();
    assert!(said.starts_with(b"HTTP/1.1 100"));
    stream
}

/// True while the server has not closed it; asks nothing.
fn is_open(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0]), Err(why) if why.kind() == std::io::ErrorKind::WouldBlock)
}

#[tokio::test]
async fn where_a_request_is_at_work_on_each_connection_new_ones_wait() {
    let (world, running) = start(Limits { connections: 2, ..limits() }).await;
    let (first, second) = (at_work(&world, running.address).await, at_work(&world, running.address).await);
    let mut third = connect(running.address).await;
    let waiting = tokio::spawn(async move { exchange(&mut third).await });
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished() && is_open(&first) && is_open(&second), "nobody is sent away from their work");
    drop(first);
    assert!(timeout(PATIENCE, waiting).await.expect("served then").unwrap().starts_with("HTTP/1.1 404"));
    running.stop().await;
}

#[tokio::test]
async fn a_crowd_that_asks_nothing_keeps_nobody_out() {
    const PLACES: usize = 20;
    let (world, running) = start(Limits { connections: PLACES, ..limits() }).await;
    let busy = at_work(&world, running.address).await;
    let mut idle = connect(running.address).await;
    exchange(&mut idle).await;
    // Ten times as many as there are places, and none of them says a word.
    let mut crowd = Vec::new();
    for _ in 0..10 * PLACES {
        crowd.push(connect(running.address).await);
    }
    for _ in 0..PLACES {
        assert!(exchange(&mut connect(running.address).await).await.starts_with("HTTP/1.1 404"), "each honest one is served");
    }
    assert!(exchange(&mut idle).await.starts_with("HTTP/1.1 404"), "who has asked before is sent away after all who have not");
    assert!(is_open(&busy));
    // The oldest were sent away; control: those who still have a place are as silent as they were.
    let mut closed = Vec::new();
    for silent in &mut crowd {
        closed.push(timeout(Duration::from_millis(1), silent.read(&mut [0])).await.is_ok());
    }
    let left = closed.iter().filter(|is_closed| !**is_closed).count();
    assert!((1..=PLACES - 2).contains(&left), "{left} are left");
    assert!(closed.is_sorted_by(|one, next| one >= next), "the newest ones: {closed:?}");
    running.stop().await;
}

#[tokio::test]
async fn who_was_answered_makes_room_when_all_have_asked() {
    let (world, running) = start(Limits { connections: 3, ..limits() }).await;
    let busy = at_work(&world, running.address).await;
    let (mut longest, mut shorter) = (connect(running.address).await, connect(running.address).await);
    for one in [&mut longest, &mut shorter] {
        exchange(one).await;
    }
    exchange(&mut shorter).await;
    assert!(exchange(&mut connect(running.address).await).await.starts_with("HTTP/1.1 404"));
    assert_eq!(until_closed(&mut longest).await.unwrap(), "", "idle longest");
    assert!(is_open(&busy) && is_open(&shorter));
    running.stop().await;
}

#[tokio::test]
async fn a_body_that_is_announced_too_long_is_refused_at_once() {
    let (world, running) = start(limits()).await;
    let post = |length: &str| {
        format!(
            "POST /api/reception/{}/visits HTTP/1.1\r\nhost: uketsuke.example\r\ncontent-type: application/json\r\nconnection: close\r\n{length}\r\n\r\n",
            world.token.as_str()
        )
    };
    for length in ["content-length: 4097", "content-length: 1000000000000"] {
        let mut stream = connect(running.address).await;
        stream.write_all(post(length).as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("U-REQUEST"), "{length}: {answer}");
    }
    // What was not announced is read as far as it may go.
    let mut stream = connect(running.address).await;
    let chunk = format!("1001\r\n{}\r\n", " ".repeat(0x1001));
    stream.write_all((post("transfer-encoding: chunked") + &chunk).as_bytes()).await.unwrap();
    assert!(until_closed(&mut stream).await.unwrap().starts_with("HTTP/1.1 400"));
    // Control: one that may be so long is waited for.
    let mut stream = connect(running.address).await;
    stream.write_all((post("content-length: 4096") + &" ".repeat(4096)).as_bytes()).await.unwrap();
    assert!(until_closed(&mut stream).await.unwrap().starts_with("HTTP/1.1 400"), "no JSON");
    running.stop().await;
}

#[tokio::test]
async fn a_tls_handshake_that_stalls_is_closed_and_a_good_one_is_served() {
    let limits = Limits { first_byte: SHORT, ..limits() };
    let world = World::with(|parts| parts.limits = limits).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tls = server::tls::self_made(world.folder(), "uketsuke.example").unwrap();
    let running = run(listener, Some(tls.acceptor().unwrap()), world.router.clone(), limits).unwrap();

    let mut silent = connect(running.address).await;
    assert_eq!(until_closed(&mut silent).await.unwrap(), "");
    let mut half = connect(running.address).await;
    half.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).await.unwrap();
    assert_eq!(until_closed(&mut half).await.unwrap(), "");
    let mut plain = connect(running.address).await;
    plain.write_all(GET).await.unwrap();
    assert!(!until_closed(&mut plain).await.unwrap().contains("HTTP/1.1"), "no plain http, not even a redirect");

    let trusted = CertificateDer::from_pem_file(world.folder().join("tls-uketsuke.example.pem")).unwrap();
    let mut stream = connect_tls(running.address, trusted).await.unwrap();
    stream.write_all(b"GET /nothing HTTP/1.1\r\nhost: uketsuke.example\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(until_closed(&mut stream).await.unwrap().starts_with("HTTP/1.1 404"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = std::fs::metadata(world.folder().join("tls-uketsuke.example.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    running.stop().await;
}

/// TLS as a browser would, that trusts this one certificate.
async fn connect_tls(address: SocketAddr, trusted: CertificateDer<'static>) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("uketsuke.example").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, connect(address).await).await
}

#[tokio::test]
async fn a_renewed_certificate_reaches_new_connections_and_breaks_none() {
    let world = World::with(|parts| parts.limits = limits()).await;
    let (chain, key) = (world.folder().join("chain.pem"), world.folder().join("key.pem"));
    let renew = || {
        let made = rcgen::generate_simple_self_signed(["uketsuke.example".to_owned()]).unwrap();
        for (file, content) in [(&chain, made.cert.pem()), (&key, made.signing_key.serialize_pem())] {
            std::fs::write(world.folder().join("draft"), content).unwrap();
            std::fs::rename(world.folder().join("draft"), file).unwrap();
        }
        made.cert.der().clone()
    };
    let first = renew();
    let mut certificate = server::tls::Certificate::read(&chain, &key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = run(listener, Some(certificate.acceptor().unwrap()), world.router.clone(), limits()).unwrap();
    let mut early = connect_tls(running.address, first.clone()).await.unwrap();
    let second = renew();
    assert!(connect_tls(running.address, second.clone()).await.is_err(), "control: not before a look");
    assert!(matches!(certificate.look(), server::tls::Looked::Renewed));
    connect_tls(running.address, second).await.unwrap();
    assert!(connect_tls(running.address, first).await.is_err());
    early.write_all(b"GET /nothing HTTP/1.1\r\nhost: uketsuke.example\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(until_closed(&mut early).await.unwrap().starts_with("HTTP/1.1 404"), "who is in stays in");
    running.stop().await;
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_does_not_wait_for_slow_ones() {
    let (world, running) = start(limits()).await;
    let mut idle = connect(running.address).await;
    exchange(&mut idle).await;
    let mut slow = connect(running.address).await;
    let head = format!(
        "POST /api/reception/{}/visits HTTP/1.1\r\nhost: uketsuke.example\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n",
        world.token.as_str()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let address = running.address;
    timeout(PATIENCE, running.stop()).await.expect("stops within its limit");
    assert_eq!(until_closed(&mut idle).await.unwrap(), "");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
