//! Nothing holds a reader for longer than a person would wait, nor anybody else's; and what is ended is ended in the order that is promised.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use shared::reader::{Answer, CardKind, ErrorCode, Event, Frame, Lease, Spent, Step, What};
use virtual_card::{Fault, PinKind};

use super::world::{LIMIT, NONCE, Page, World, statement};

const RIGHT: &str = r#"{"pin":"1234"}"#;
const CLEAR: &str = "00 A4 04 0C 07 A0 00 00 01 51 00 00 -> 9000";

/// A card file: 1,590 bytes one by one, 10 ms each, take 16 s; the label takes a third of a second.
const DRIBBLES: &str = "person = \"ichiro\"\nchunk = 1\nextended = false\ncommand_ms = 10\n";
/// Between those two, far from both.
const TASK: Duration = Duration::from_secs(3);

async fn dribbling() -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dribbles.toml");
    std::fs::write(&file, DRIBBLES).unwrap();
    let world = World::with("ichiro", |settings| settings.patience.task = TASK).await;
    world.simulator.tell(&format!("card {}", file.display())).unwrap();
    (world, folder)
}

/// A card that answers each command just in time held its reader for 50 minutes, or for as long as somebody wanted.
#[tokio::test]
async fn a_card_that_dribbles_is_given_up_as_a_whole_and_left_cleared() {
    let (world, _folder) = dribbling().await;
    let mut page = world.page_with_card().await;
    assert_eq!(page.card().await.1, CardKind::MyNumberCard, "control: each command is in time");
    let begun = Instant::now();
    let id = page.ask_of_card("identify", r#""consented":true,"#).await;
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::CardFault, Spent::No));
    assert!(begun.elapsed() >= TASK, "not before its time");

    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.log();
    assert_eq!(world.press(&ticket, RIGHT).await.1, r#"{"result":"ok"}"#);
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::CardFault, Spent::No), "the PIN was right");
    let log = world.log();
    assert_eq!((log.last().map(String::as_str), world.verify_count()), (Some(CLEAR), 1), "left cleared");
    assert!(log.len() < 1590, "{} commands", log.len());

    world.simulator.tell("card hanako").unwrap();
    page.sees("the other card", |state| state.readers[0].card.is_some_and(|card| card.generation == 3)).await;
    page.card().await;
    let id = page.ask_of_card("identify", r#""consented":true,"#).await;
    assert!(matches!(page.answer(id).await, Frame::Ok { ok: Answer::Identify { .. }, .. }), "the reader serves the next one");
    world.end().await;
}

/// Makes every command of the first reader's card wait until the sender is dropped.
fn hold(world: &World) -> mpsc::Sender<()> {
    let (keep, held) = mpsc::channel::<()>();
    world.simulator.with(|card| card.set_wait(move |_| assert!(held.recv().is_err(), "only ever dropped")));
    keep
}

#[tokio::test]
async fn a_slow_card_on_one_reader_keeps_nobody_from_another() {
    let world = World::new("ichiro:slow").await;
    let keep = hold(&world);
    world.simulator.tell("reader add Second").unwrap();
    world.simulator.tell("card Second hanako").unwrap();
    let mut page = world.page().await;
    let second = |state: &shared::reader::State| state.readers.get(1).and_then(|reader| reader.card);
    let state = page.sees("the second card", |state| second(state).is_some_and(|card| card.kind == Some(CardKind::MyNumberCard))).await;
    assert_eq!(state.readers[0].card.unwrap().kind, None, "control: the first one has not answered yet");
    let id = page.authenticate_as(&state.readers[1].id, second(&state).unwrap().generation, &NONCE, &statement(), None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    assert_eq!(world.press(&ticket, RIGHT).await.1, r#"{"result":"ok"}"#);
    page.signed(id).await;
    assert_eq!(page.state.clone().unwrap().readers[0].card.unwrap().kind, None, "nor now");
    drop(keep);
    assert_eq!(page.card().await.1, CardKind::MyNumberCard, "and it is served in its own time");
    world.end().await;
}

/// A page that was told "cancelled" went on while the card still worked, and the next request met a busy card.
#[tokio::test]
async fn a_cancel_is_answered_after_the_request_that_it_ends() {
    let world = World::new("ichiro:slow").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    let (begin, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, goes_on) = mpsc::channel::<()>();
    let mut commands = 0;
    world.simulator.with(|card| {
        card.set_wait(move |_| {
            commands += 1;
            if commands == 4 {
                begin.send(()).unwrap();
                goes_on.recv().unwrap();
            }
        });
    });
    let port = world.port();
    let pressed = tokio::spawn(async move { super::world::press(port, &ticket, RIGHT).await });
    tokio::time::timeout(LIMIT, begun.recv()).await.expect("the card signs").unwrap();
    let first = page.cancel(id).await;
    let second = page.cancel(id).await;
    // A request that is answered at once: whatever was sent before it was heard.
    let nothing = page.cancel(9_999).await;
    let mut order = Vec::new();
    while order.len() < 4 {
        match page.next().await.expect("a frame") {
            Frame::Ok { id: answered, ok: Answer::Cancel { was_running } } => {
                order.push(answered);
                assert_eq!(was_running, answered != nothing);
                if answered == nothing {
                    go_on.send(()).unwrap();
                }
            }
            Frame::Err { id: answered, err } => {
                assert_eq!((answered, err.code), (id, ErrorCode::Cancelled));
                order.push(answered);
            }
            _ => {}
        }
    }
    assert_eq!(order, [nothing, id, first, second]);
    pressed.await.unwrap();
    world.end().await;
}

/// A verified card would have stayed so, for any program of the machine, until somebody took it out.
#[tokio::test]
async fn a_card_that_falls_silent_behind_a_pin_loses_its_power() {
    for (silent_at, spent) in [(3, Spent::Unknown), (4, Spent::No), (5, Spent::No)] {
        let world = World::with("ichiro", |settings| {
            settings.patience.command = Duration::from_millis(200);
            settings.patience.sign = Duration::from_secs(1);
        })
        .await;
        let mut page = world.page_with_card().await;
        let id = page.authenticate(None).await;
        let (ticket, ..) = page.pin_needed(id).await;
        world.simulator.with(|card| card.set_fault(Some(Fault::SilentAt(silent_at))));
        assert!(world.simulator.with(|card| card.is_powered()), "control");
        world.press(&ticket, RIGHT).await;
        let failure = page.failure(id).await;
        assert_eq!((failure.code, failure.try_spent), (ErrorCode::CardFault, spent), "{silent_at}");
        // The next request waits behind the loss of power.
        let id = page.ask_of_card("pin_status", "").await;
        assert_eq!(page.code(id).await, ErrorCode::CardFault, "it is silent still");
        assert!(!world.simulator.with(|card| card.is_powered()), "command {silent_at}");
        assert_eq!((world.verify_count(), world.simulator.with(|card| card.tries_left(PinKind::Auth))), (1, 3));
        world.end().await;
    }
}

#[tokio::test]
async fn the_end_of_the_program_takes_the_power_from_a_card_that_is_silent_behind_a_pin() {
    let world = World::with("ichiro", |settings| {
        settings.patience.command = Duration::from_millis(500);
        settings.patience.sign = Duration::from_millis(500);
    })
    .await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.simulator.with(|card| card.set_fault(Some(Fault::SilentAt(4))));
    let port = world.port();
    let pressed = tokio::spawn(async move { super::world::press(port, &ticket, RIGHT).await });
    page.until("the signature", |frame| match frame {
        Frame::Event(Event { what: What::Progress { step: Step::Signing, .. }, .. }) => Some(()),
        _ => None,
    })
    .await;
    let simulator = world.simulator.clone();
    world.end().await;
    assert!(!simulator.with(|card| card.is_powered()));
    pressed.await.unwrap();
}

/// The link broke over a READ that only saves time, and the person had to type the PIN a second time.
#[tokio::test]
async fn a_reader_that_loses_its_link_after_the_signature_costs_no_second_pin() {
    let world = World::new("ichiro:extended-lost").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    assert_eq!(world.press(&ticket, RIGHT).await.1, r#"{"result":"ok"}"#);
    page.signed(id).await;
    let log = world.log();
    let lost = log.iter().position(|line| line.starts_with("00 B0 8A 00 00 00 00")).expect("control: it was tried");
    // What it is asked after that is what it is, as a card that was placed anew.
    assert!(log[lost..].iter().any(|line| line == CLEAR), "left cleared: {log:?}");
    assert_eq!(world.verify_count(), 1, "{log:?}");

    // The reader is back under another name, and is spared such READs.
    page.sees("the reader back", |state| state.lease == Lease::Free && state.readers.first().is_some_and(|reader| reader.card.is_some()))
        .await;
    page.card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.log();
    assert_eq!(world.press(&ticket, RIGHT).await.1, r#"{"result":"ok"}"#);
    page.signed(id).await;
    let log = world.log();
    assert!(!log.iter().any(|line| line.starts_with("00 B0 8A 00 00 00 00")), "{log:?}");
    world.end().await;
}

/// Whoever lays another card on the reader in that second signs nothing, and is told that the first one left.
#[tokio::test]
async fn another_card_in_the_place_of_the_one_that_signed_is_a_card_removed() {
    let world = World::new("ichiro").await;
    let mut page: Page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.simulator.with(|card| card.set_fault(Some(Fault::RemoveDuring(5))));
    let port = world.port();
    let pressed = tokio::spawn(async move { super::world::press(port, &ticket, RIGHT).await });
    page.sees("the card gone", |state| state.readers[0].card.is_none()).await;
    world.simulator.tell("card hanako").unwrap();
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::CardRemoved, Spent::No));
    assert_eq!(world.verify_count(), 0, "the other card got no PIN");
    pressed.await.unwrap();
    world.end().await;
}
