//! The conformance suite finds nothing wrong with this helper, and something with helpers that are wrong.

#[path = "../../examples/conformance/line.rs"]
mod line;
#[path = "../../examples/conformance/suite.rs"]
mod suite;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use helper::Settings;
use helper::gate::Origin;

use helper::reader::simulator::READER;
use shared::bytes::Base64;
use shared::reader::{ErrorCode, Event, Frame, Step, What};

use self::line::{Miss, Target};
use self::suite::Report;
use super::world::{LIMIT, NONCE, ORIGIN, World, press, statement};

const FOREIGN: &str = "https://evil.example";

/// What the suite waits for comes sooner.
fn hasten(settings: &mut Settings) {
    settings.limits.ping_every = Duration::from_secs(1);
    settings.identity = Some(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance-own"));
}

/// Tries a target from a thread of its own, as the program does.
async fn tried(address: SocketAddr, patience: Duration) -> Vec<Report> {
    tried_by(address, patience, suite::run).await
}

async fn tried_by(address: SocketAddr, patience: Duration, run: fn(&Target) -> Vec<Report>) -> Vec<Report> {
    let target = Target { address, path: "/v1".to_owned(), origin: ORIGIN.to_owned(), foreign: FOREIGN.to_owned(), patience };
    tokio::task::spawn_blocking(move || run(&target)).await.unwrap()
}

fn is_of_a_card(case: &suite::Case) -> bool {
    case.title.starts_with("[card]")
}

fn ids(reports: &[Report], wanted: fn(&Miss) -> bool) -> BTreeSet<&'static str> {
    reports.iter().filter(|report| report.result.as_ref().is_err_and(wanted)).map(|report| report.case.id).collect()
}

fn failed(reports: &[Report]) -> BTreeSet<&'static str> {
    ids(reports, |miss| matches!(miss, Miss::Fail(_)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_helper_conforms_and_no_case_reaches_the_cards_pin() {
    let world = World::with("ichiro", hasten).await;
    let reports = tried(world.running.address(), LIMIT).await;
    println!("{}", suite::table(&reports));
    assert!(reports.iter().all(|report| report.result.is_ok()), "see the table");
    assert_eq!(suite::exit(&reports), 0);
    assert!(reports.len() >= 60);
    assert_eq!(world.verify_count(), 0);
    let log = world.log();
    assert!(log.len() > 100, "the card was asked: {}", log.len());
    assert!(!log.iter().any(|line| line.contains("**")), "a command with a secret");
    world.end().await;
}

/// Cards that a person may have in the hand whose helper is tried, and the cases that cannot be tried with them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_tries_it_with_a_locked_or_an_odd_card_is_told_of_no_fault() {
    let cards: [(&str, &'static [&str]); 7] = [
        ("locked", &["C-087", "C-091"]),
        ("no-pin", &["C-087", "C-091"]),
        ("no-user-cert", &["C-086", "C-087", "C-091"]),
        ("face-locked", &["C-088", "C-091"]),
        // Begins with 30 81.
        ("small-cert", &[]),
        ("next-gen", &["C-086"]),
        ("last-try", &[]),
    ];
    let all_with = |(scenario, skipped): (&'static str, &'static [&str])| async move {
        let world = World::with(&format!("ichiro:{scenario}"), hasten).await;
        // All of it on the card that people have; of the others what asks the card, without its longest case.
        let run = if scenario == "locked" {
            suite::run
        } else {
            |target: &Target| suite::run_those(target, |case| is_of_a_card(case) && case.id != "C-102")
        };
        let reports = tried_by(world.running.address(), LIMIT, run).await;
        assert_eq!(failed(&reports), BTreeSet::new(), "{scenario}: {}", suite::table(&reports));
        assert!(reports.len() >= if scenario == "locked" { 100 } else { 18 }, "{scenario}: {}", reports.len());
        let found = ids(&reports, |miss| matches!(miss, Miss::Skip(_)));
        assert_eq!(found, skipped.iter().copied().collect(), "{scenario}: {}", suite::table(&reports));
        assert_eq!((suite::exit(&reports), world.verify_count()), (0, 0), "{scenario}");
        world.end().await;
    };
    futures_util::future::join_all(cards.map(all_with)).await;
}

#[test]
fn a_certificate_of_any_length_is_measured_and_a_wrong_length_is_seen() {
    for (length, header) in [(0, 2), (127, 2), (128, 3), (255, 3), (256, 4), (65_535, 4)] {
        let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
        let front = match header {
            2 => vec![0x30, low],
            3 => vec![0x30, 0x81, low],
            _ => vec![0x30, 0x82, high, low],
        };
        assert_eq!(suite::sequence_length(&[&front[..], &[0; 8]].concat()), Some(length + header), "{length}");
    }
    let bad: [&[u8]; 7] =
        [&[], &[0x30], &[0x31, 1, 0], &[0x30, 0x80, 0, 0], &[0x30, 0x81, 0x7F], &[0x30, 0x82, 0, 0xFF], &[0x30, 0x83, 1, 0, 0]];
    for bad in bad {
        assert_eq!(suite::sequence_length(bad), None, "{bad:02X?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_card_its_cases_are_skipped_and_the_rest_holds() {
    let world = World::with("ichiro", hasten).await;
    world.simulator.tell("remove").unwrap();
    let reports = tried(world.running.address(), LIMIT).await;
    assert_eq!(failed(&reports), BTreeSet::new(), "{}", suite::table(&reports));
    let skipped = ids(&reports, |miss| matches!(miss, Miss::Skip(_)));
    let of_a_card: BTreeSet<&str> = suite::cases().filter(|case| is_of_a_card(case)).map(|case| case.id).collect();
    assert_eq!(skipped, of_a_card);
    assert_eq!(suite::exit(&reports), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_helper_that_lets_a_stranger_in_fails_where_it_does() {
    let world = World::with("ichiro", |settings| {
        settings.allow.push(Origin::parse(FOREIGN).unwrap());
        hasten(settings);
    })
    .await;
    let reports = tried(world.running.address(), LIMIT).await;
    let titles: Vec<&str> = suite::cases().filter(|case| failed(&reports).contains(case.id)).map(|case| case.title).collect();
    let expected = [
        "a foreign Origin is refused",
        "a refusal says nothing but its status",
        "a foreign page learns of no path",
        "a foreign page's preflight is refused",
        "/health is for allowed pages",
        "the seventeenth page is told to wait, a stranger is told nothing of it",
        "a dead photo is not found by an allowed page, and refused to others",
    ];
    assert_eq!(titles, expected, "{}", suite::table(&reports));
    assert_eq!(suite::exit(&reports), 1);
    world.end().await;
}

/// A server that lets everybody in and says everything back.
fn echo(listener: TcpListener) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { return };
        std::thread::spawn(move || drop(echo_one(stream)));
    }
}

fn echo_one(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.extend(byte);
    }
    if !String::from_utf8_lossy(&head).contains("Upgrade: websocket") {
        return stream
            .write_all(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    }
    stream.write_all(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    )?;
    // Frames as they came, without their mask: short ones only, as a page's hello is.
    let mut header = [0; 6];
    loop {
        stream.read_exact(&mut header)?;
        let length = header[1] & 0x7F;
        let mut payload = vec![0; usize::from(length.min(125))];
        stream.read_exact(&mut payload)?;
        stream.write_all(&[header[0], length.min(125)])?;
        stream.write_all(&payload)?;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_lets_everybody_in_and_echoes_fails_nearly_everything() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || echo(listener));
    let reports = tried(address, Duration::from_millis(300)).await;
    let passed: Vec<&str> = reports.iter().filter(|report| report.result.is_ok()).map(|report| report.case.title).collect();
    // What such a server does as a helper would.
    let same =
        ["an allowed page is let in", "localhost is a name of the helper", "[::1] is a name of the helper", "no subprotocol is agreed to"];
    assert!(passed.iter().all(|title| same.contains(title)), "{}", suite::table(&reports));
    assert_eq!(suite::exit(&reports), 1);
    assert_eq!(ids(&reports, |miss| matches!(miss, Miss::Skip(_))), BTreeSet::new(), "nothing hides behind a missing card");
}

/// What a case cannot bring about from outside: the card at work for a person's press, and a reader that goes.
#[tokio::test]
async fn no_operation_sends_a_pin_while_another_is_verified_or_the_reader_is_gone() {
    let request = |op: &str| match op {
        "hello" => r#""op":"hello","versions":[1],"lang":"ja""#.to_owned(),
        "cancel" => r#""op":"cancel","target":1"#.to_owned(),
        "identify" | "face" => format!(r#""op":"{op}","reader":"r1","generation":1,"consented":true,"take":null"#),
        "pin_status" => r#""op":"pin_status","reader":"r1","generation":1,"take":null"#.to_owned(),
        "authenticate" => {
            let (nonce, statement) = (Base64(NONCE.to_vec()).to_text(), Base64(statement()).to_text());
            format!(r#""op":"authenticate","reader":"r1","generation":1,"nonce":"{nonce}","statement":"{statement}","take":null"#)
        }
        other => format!(r#""op":"{other}","pin":"0000""#),
    };
    for op in suite::OPS {
        let is_card = matches!(*op, "authenticate" | "identify" | "face" | "pin_status");
        let world = World::new("ichiro:slow").await;
        let mut page = world.page_with_card().await;
        let mut other = world.page().await;
        let id = page.authenticate(None).await;
        let (ticket, ..) = page.pin_needed(id).await;
        let port = world.port();
        let pressed = tokio::spawn(async move { press(port, &ticket, r#"{"pin":"0000"}"#).await });
        page.until("the PIN going to the card", |frame| match frame {
            Frame::Event(Event { what: What::Progress { step: Step::Verifying, .. }, .. }) => Some(()),
            _ => None,
        })
        .await;
        for (page, code) in [(&mut page, ErrorCode::BadState), (&mut other, ErrorCode::LeaseHeld)] {
            let asked = page.ask(&request(op)).await;
            match page.answer(asked).await {
                Frame::Err { err, .. } if is_card => assert_eq!(err.code, code, "{op}"),
                Frame::Err { err, .. } => assert!(matches!(err.code, ErrorCode::UnknownOp | ErrorCode::BadState), "{op}: {err:?}"),
                Frame::Ok { .. } => assert_eq!(*op, "cancel"),
                other => panic!("{op}: {other:?}"),
            }
        }
        assert_eq!(page.code(id).await, ErrorCode::PinWrong, "{op}");
        pressed.await.unwrap();
        assert_eq!(world.verify_count(), 1, "{op}: one press");

        // The reader goes while the person types: nothing that a page says afterwards finds the card.
        let id = page.authenticate(None).await;
        page.pin_needed(id).await;
        world.simulator.tell(&format!("reader remove {READER}")).unwrap();
        assert!(matches!(page.code(id).await, ErrorCode::ReaderLost | ErrorCode::CardRemoved), "{op}");
        let asked = page.ask(&request(op)).await;
        match page.answer(asked).await {
            Frame::Err { err, .. } if is_card => assert_eq!(err.code, ErrorCode::ReaderLost, "{op}"),
            Frame::Err { err, .. } => assert!(matches!(err.code, ErrorCode::UnknownOp | ErrorCode::BadState), "{op}: {err:?}"),
            Frame::Ok { .. } => assert_eq!(*op, "cancel"),
            other => panic!("{op}: {other:?}"),
        }
        world.end().await;
    }
}

#[test]
fn cases_are_numbered_once_and_name_sections_that_are_there() {
    let page = include_str!("../../PROTOCOL.md");
    let mut last = "";
    for case in suite::cases() {
        assert!(case.id > last, "{} after {last}", case.id);
        last = case.id;
        let heading = if case.rule.contains('.') { format!("\n### {} ", case.rule) } else { format!("\n## {}. ", case.rule) };
        assert!(page.contains(&heading), "{}: §{}", case.id, case.rule);
    }
    let report = |result| Report { case: suite::cases().next().unwrap(), result };
    let reports = [report(Ok(())), report(Err(Miss::Skip("why".to_owned())))];
    assert_eq!(suite::exit(&reports), 0);
    assert!(suite::table(&reports).ends_with("1 passed, 0 failed, 1 skipped\n"));
    let rows = suite::as_json(&reports);
    assert_eq!((rows[0]["result"].as_str(), rows[1]["reason"].as_str()), (Some("PASS"), Some("why")));
}
