//! Frames, order, limits: what a page may and may not do with its socket.

use std::time::Duration;

use helper::reader::simulator::Told;
use shared::bytes::Base64;
use shared::reader::{Answer, ErrorCode, FRAME_MAX, Frame, Lease, Service};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::world::{LIMIT, NONCE, ORIGIN, OTHER_ORIGIN, Page, World, statement};

const HELLO: &str = r#""op":"hello","versions":[1],"lang":"ja""#;

#[tokio::test]
async fn hello_comes_first_and_brings_the_state() {
    let world = World::new("ichiro").await;
    let mut page = Page::connect(world.port(), ORIGIN).await.ok().unwrap();
    let early = page.cancel(1).await;
    assert_eq!(page.code(early).await, ErrorCode::BadState);
    let id = page.ask(HELLO).await;
    let Frame::Ok { ok: Answer::Hello { version, frame_max, simulator, state, .. }, .. } = page.answer(id).await else { panic!() };
    assert_eq!((version, frame_max, simulator), (1, FRAME_MAX, true));
    assert_eq!((state.service, state.lease), (Service::Up, Lease::Free));
    assert_eq!(state.readers[0].card.map(|card| card.generation), Some(1));
    let second = page.ask(HELLO).await;
    assert_eq!(page.code(second).await, ErrorCode::BadState);
    world.end().await;
}

#[tokio::test]
async fn bad_frames_are_named_and_change_nothing() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    for (frame, id, code) in [
        ("", 0, ErrorCode::BadMessage),
        ("no json", 0, ErrorCode::BadMessage),
        (r#"{"v":1,"op":"cancel","target":1}"#, 0, ErrorCode::BadMessage),
        (r#"{"v":1,"id":1.5,"op":"cancel","target":1}"#, 0, ErrorCode::BadMessage),
        (r#"{"v":1,"id":90,"id":91,"op":"cancel","target":1}"#, 0, ErrorCode::BadMessage),
        (r#"{"v":1,"id":90,"op":"cancel"}"#, 90, ErrorCode::BadMessage),
        (r#"{"v":1,"id":90,"op":"cancel","target":1,"pin":"1234"}"#, 90, ErrorCode::BadMessage),
        (r#"{"v":1,"id":90,"op":"transmit","apdu":"00200098"}"#, 90, ErrorCode::UnknownOp),
        (r#"{"v":1,"id":90,"op":"verify","pin":"1234"}"#, 90, ErrorCode::UnknownOp),
        (r#"{"v":1,"id":90,"op":"sign","digest":"AA"}"#, 90, ErrorCode::UnknownOp),
        (r#"{"v":3,"id":90,"op":"cancel","target":1}"#, 90, ErrorCode::VersionMismatch),
        (r#"{"v":1,"id":1,"op":"cancel","target":1}"#, 1, ErrorCode::BadState),
        (r#"{"v":1,"id":0,"op":"cancel","target":1}"#, 0, ErrorCode::BadState),
    ] {
        page.send(frame).await;
        assert_eq!(page.code(id).await, code, "{frame}");
    }
    page.send_binary(b"\x00\x20\x00\x98").await;
    assert_eq!(page.code(0).await, ErrorCode::BadMessage);
    // The id 90 was never accepted, so it still serves.
    page.send(r#"{"v":1,"id":90,"op":"cancel","target":1}"#).await;
    assert!(matches!(page.answer(90).await, Frame::Ok { .. }));
    assert_eq!(world.verify_count(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_frame_is_taken_up_to_the_limit_and_not_beyond() {
    let world = World::new("ichiro").await;
    let mut page = world.page().await;
    page.send(&" ".repeat(FRAME_MAX)).await;
    assert_eq!(page.code(0).await, ErrorCode::BadMessage, "read, and refused for what it says");
    page.send(&" ".repeat(FRAME_MAX + 1)).await;
    assert!(page.until_closed().await, "too long to be read");
    let mut other = world.page().await;
    let id = other.cancel(1).await;
    assert!(matches!(other.answer(id).await, Frame::Ok { .. }), "others are unaffected");
    world.end().await;
}

#[tokio::test]
async fn only_a_true_statement_with_a_whole_nonce_is_signed() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let good = statement();
    for (nonce, statement, code) in [
        (&NONCE[..31], good.clone(), ErrorCode::BadMessage),
        (&[0; 33], good.clone(), ErrorCode::BadMessage),
        (&[], good.clone(), ErrorCode::BadMessage),
        (&NONCE, Vec::new(), ErrorCode::StatementRefused),
        (&NONCE, b"any bytes of a page".to_vec(), ErrorCode::StatementRefused),
        (&NONCE, good[1..].to_vec(), ErrorCode::StatementRefused),
        (&NONCE, [good.as_slice(), &[0]].concat(), ErrorCode::StatementRefused),
    ] {
        let id = page.authenticate_as("r1", 1, nonce, &statement, None).await;
        assert_eq!(page.code(id).await, code);
    }
    assert_eq!(page.state.clone().unwrap().lease, Lease::Free, "nothing was begun");
    world.end().await;
}

#[tokio::test]
async fn an_operation_is_acknowledged_and_a_second_one_refused() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    page.until("the acknowledgement", |frame| (*frame == Frame::Ack { id, ack: true }).then_some(())).await;
    page.pin_needed(id).await;
    let second = page.authenticate(None).await;
    assert_eq!(page.code(second).await, ErrorCode::BadState);
    world.end().await;
}

#[tokio::test]
async fn a_flood_is_slowed_then_let_go() {
    let world = World::with("ichiro", |settings| settings.limits.messages = 5).await;
    let mut page = world.page().await;
    let mut limited = None;
    for _ in 0..200 {
        let id = page.cancel(1).await;
        if let Frame::Err { err, .. } = page.answer(id).await {
            assert_eq!((err.code, err.retriable), (ErrorCode::RateLimited, true));
            limited = Some(id);
            break;
        }
    }
    assert!(limited.is_some_and(|id| id >= 5), "{limited:?}");
    let mut flood = world.page().await;
    for _ in 0..60 {
        flood.cancel(1).await;
    }
    assert!(flood.until_closed().await);
    world.end().await;
}

#[tokio::test]
async fn the_seventeenth_page_waits_outside() {
    let world = World::new("ichiro").await;
    let mut pages = Vec::new();
    for _ in 0..16 {
        pages.push(world.page().await);
    }
    assert_eq!(Page::connect(world.port(), ORIGIN).await.err(), Some(429));
    assert_eq!(Page::connect(world.port(), "https://evil.example").await.err(), Some(403), "a stranger learns nothing of it");
    pages.pop().unwrap().leave().await;
    let again = async { while Page::connect(world.port(), ORIGIN).await.is_err() {} };
    timeout(LIMIT, again).await.expect("a place is free again");
    world.end().await;
}

#[tokio::test]
async fn silent_and_slow_connections_are_closed() {
    let world = World::with("ichiro", |settings| settings.handshake = Duration::from_millis(100)).await;
    let half = format!("GET /v1 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOri", world.port());
    for start in ["", &half] {
        let mut stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        timeout(LIMIT, stream.read_to_end(&mut rest)).await.expect("closed by the helper").ok();
        assert!(!rest.starts_with(b"HTTP/1.1 101"));
    }
    let (status, ..) = super::world::raw(world.port(), format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(40_000)).as_bytes()).await;
    assert!(status == 431 || status == 0, "a head beyond 16 KiB: {status}");
    world.end().await;
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_their_turn() {
    let world = World::with("ichiro", |settings| settings.connections = 2).await;
    let silent =
        [TcpStream::connect(("127.0.0.1", world.port())).await.unwrap(), TcpStream::connect(("127.0.0.1", world.port())).await.unwrap()];
    let mut third = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    let ask = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", world.port());
    third.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    assert!(timeout(Duration::from_millis(200), third.read_to_end(&mut answer)).await.is_err(), "both places are taken");
    drop(silent);
    timeout(LIMIT, third.read_to_end(&mut answer)).await.expect("its turn").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    world.end().await;
}

#[tokio::test]
async fn pages_get_a_goodbye_when_the_helper_ends() {
    let world = World::new("ichiro").await;
    let mut page = world.page().await;
    world.end().await;
    assert!(page.until_closed().await);
}

#[tokio::test]
async fn a_page_that_says_nothing_any_more_is_closed() {
    let world = World::with("ichiro", |settings| settings.limits.silence = Duration::from_millis(100)).await;
    // A socket that never answers pings.
    let head = format!(
        "GET /v1 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: {ORIGIN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        world.port()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut answer)).await.expect("closed by the helper").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 101"));
    assert!(!String::from_utf8_lossy(&answer).to_ascii_lowercase().contains("sec-websocket-extensions"), "no compression");
    world.end().await;
}

#[tokio::test]
async fn a_page_that_answers_pings_stays() {
    let world = World::with("ichiro", |settings| {
        settings.limits.ping_every = Duration::from_millis(100);
        settings.limits.silence = Duration::from_millis(2_000);
    })
    .await;
    let mut page = world.page_with_card().await;
    // Nothing else is said for longer than the silence allows.
    assert!(page.hears_pings(25).await);
    let id = page.cancel(1).await;
    assert!(matches!(page.answer(id).await, Frame::Ok { .. }));
    world.end().await;
}

#[tokio::test]
async fn a_taken_port_is_said_so() {
    let world = World::new("ichiro").await;
    let listen = helper::Listen { address: world.running.address(), is_optional: false };
    let again = helper::start(helper::Settings::new(vec![listen], vec![]), Box::new(world.simulator.clone())).await;
    let Some(helper::NotStarted::Address { address, inner }) = again.err() else { panic!("the port is taken") };
    assert_eq!((address, inner.kind()), (world.running.address(), std::io::ErrorKind::AddrInUse));
    world.end().await;
}

#[tokio::test]
async fn the_simulator_takes_its_four_commands() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    assert_eq!(world.simulator.tell("remove").unwrap(), Told::Done);
    page.sees("no card", |state| state.readers[0].card.is_none()).await;
    assert_eq!(world.simulator.tell(" insert ").unwrap(), Told::Done);
    page.sees("the card", |state| state.readers[0].card.is_some_and(|card| card.generation == 2)).await;
    assert_eq!(world.simulator.tell("card hanako:juki").unwrap(), Told::Done);
    page.sees("the other card", |state| state.readers[0].card.is_some_and(|card| card.generation == 3)).await;
    assert_eq!(world.simulator.tell("quit").unwrap(), Told::Quit);
    for bad in ["card", "card nobody", "card ichiro:nonsense", "eject", "remove now"] {
        assert!(world.simulator.tell(bad).is_err(), "{bad}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_helper_that_was_met_before_is_known_again() {
    let folder = tempfile::tempdir().unwrap();
    let hello = |nonce: u8| format!(r#""op":"hello","versions":[1],"lang":"ja","nonce":"{}""#, Base64(vec![nonce; 32]).to_text());
    let mut keys = Vec::new();
    for origin in [ORIGIN, OTHER_ORIGIN] {
        let world = World::with("ichiro", |settings| settings.identity = Some(folder.path().to_owned())).await;
        let mut page = Page::connect(world.port(), origin).await.unwrap();
        let id = page.ask(&hello(7)).await;
        let Frame::Ok { ok: Answer::Hello { identity: Some(identity), .. }, .. } = page.answer(id).await else { panic!("an identity") };
        let origin_sha256 = ring::digest::digest(&ring::digest::SHA256, origin.as_bytes());
        let message = shared::evidence::identity_bytes(origin_sha256.as_ref().try_into().unwrap(), &[7; 32]);
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_FIXED, &identity.key.0);
        key.verify(&message, &identity.signature.0).expect("signed for this page's origin and nonce");
        keys.push(identity.key);
        world.end().await;
    }
    assert_eq!(keys[0], keys[1], "the same helper after a new start");

    let world = World::new("ichiro").await;
    let mut page = Page::connect(world.port(), ORIGIN).await.unwrap();
    let id = page.ask(&hello(7)).await;
    let Frame::Ok { ok: Answer::Hello { identity: None, .. }, .. } = page.answer(id).await else { panic!("no key, no identity") };
    world.end().await;
}
