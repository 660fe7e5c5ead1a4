//! `authenticate` from the page's request to its answer, through the PIN frame, with the virtual card.

use std::sync::PoisonError;
use std::time::Duration;

use helper::card::tlv::{PublicKey, public_key};
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use shared::bytes::Base64;
use shared::evidence::{Operation, signed_bytes};
use shared::reader::{CardKind, ErrorCode, Event, Frame, Lease, Spent, Step, What};
use virtual_card::Fault;

use super::world::{LIMIT, NONCE, ORIGIN, OTHER_ORIGIN, Page, World, http, press, statement, trace_log};

const RIGHT: &str = r#"{"pin":"1234"}"#;
const WRONG: &str = r#"{"pin":"0000"}"#;
const OK: &str = r#"{"result":"ok"}"#;
const ENDED: &str = r#"{"result":"ended"}"#;

const SELECT: &str = "00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01 -> 9000";
const CLEAR: &str = "00 A4 04 0C 07 A0 00 00 01 51 00 00 -> 9000";

/// What the card must have signed for this page.
fn fits(origin: &str, certificate: &[u8], signature: &[u8]) -> bool {
    let origin = digest(&SHA256, origin.as_bytes());
    let message = signed_bytes(Operation::Authenticate, origin.as_ref().try_into().unwrap(), &NONCE, &statement());
    let Some(PublicKey::Rsa(key)) = public_key(certificate) else { panic!("an RSA key") };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(&message, signature).is_ok()
}

/// Commands without the digest, which differs.
fn commands(world: &World) -> Vec<String> {
    let log = world.log();
    log.into_iter()
        .map(|line| if line.starts_with("80 2A") { format!("SIGN ->{}", line.split_once("->").unwrap().1) } else { line })
        .collect()
}

/// Waits until the card is at a step.
async fn reaches(page: &mut Page, wanted: Step) {
    page.until("the step", |frame| match frame {
        Frame::Event(Event { what: What::Progress { step, .. }, .. }) if *step == wanted => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn right_pin_signs_what_the_helper_composed_within_the_budget() {
    let world = World::new("ichiro").await;
    assert_eq!(world.log(), [""; 0], "no command before a page is there");
    let mut page = world.page().await;
    assert_eq!(page.card().await.1, CardKind::MyNumberCard);
    assert_eq!(commands(&world), [SELECT, "00 B0 86 00 20 -> 9000, 32 bytes"], "kind: 2 commands");

    let id = page.authenticate(None).await;
    let (ticket, tries_left, last_try) = page.pin_needed(id).await;
    assert_eq!((tries_left, last_try), (Some(3), false));
    assert_eq!(Base64::parse(&ticket).unwrap().0.len(), 16, "128 bits");
    let count = [SELECT, "00 20 00 98 -> 63C3", "00 B0 88 00 03 -> 9000, 3 bytes"];
    assert_eq!(commands(&world), count, "counter: 2 commands, and 1 for the availability");

    assert_eq!(world.press(&ticket, RIGHT).await, (200, OK.to_owned()));
    let (certificate, signature) = page.signed(id).await;
    assert_eq!(certificate.len(), 1590);
    assert!(fits(ORIGIN, &certificate, &signature));
    assert!(!fits(OTHER_ORIGIN, &certificate, &signature), "control: another page's origin does not fit");
    let log = commands(&world);
    assert_eq!(log.len(), 6, "PIN, signature and certificate: 6 commands, {log:?}");
    assert_eq!(log[..4], [SELECT, "00 20 00 98 -> 63C3", "00 20 00 98 04 ** ** ** ** -> 9000", "SIGN -> 9000, 256 bytes"]);
    assert!(log[4].starts_with("00 B0 8A 00 00 00 00 -> 9000"), "{log:?}");
    assert_eq!(log[5], CLEAR);
    page.sees("a free lease", |state| state.lease == Lease::Free).await;
    world.end().await;
}

#[tokio::test]
async fn a_reader_without_extended_length_pays_once_for_the_try() {
    let world = World::new("ichiro:no-extended").await;
    let mut page = world.page_with_card().await;
    for expected in [13, 12] {
        let id = page.authenticate(None).await;
        let (ticket, ..) = page.pin_needed(id).await;
        world.log();
        assert_eq!(world.press(&ticket, RIGHT).await.0, 200);
        page.signed(id).await;
        assert_eq!(commands(&world).len(), expected);
    }
    world.end().await;
}

#[tokio::test]
async fn wrong_pin_ends_the_request_and_the_next_one_succeeds() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let mut presses = 0;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.log();
    presses += 1;
    assert_eq!(world.press(&ticket, WRONG).await, (200, r#"{"result":"wrong","tries_left":2}"#.to_owned()));
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.tries_left, failure.try_spent), (ErrorCode::PinWrong, Some(2), Spent::Yes));
    assert_eq!(commands(&world), [SELECT, "00 20 00 98 -> 63C3", "00 20 00 98 04 ** ** ** ** -> 63C2", CLEAR], "no signature");
    assert_eq!(world.press(&ticket, RIGHT).await, (410, ENDED.to_owned()), "the ticket is used up");

    let id = page.authenticate(None).await;
    let (ticket, tries_left, _) = page.pin_needed(id).await;
    assert_eq!(tries_left, Some(2));
    presses += 1;
    assert_eq!(world.press(&ticket, RIGHT).await, (200, OK.to_owned()));
    page.signed(id).await;
    assert_eq!(world.verify_count(), presses);
    world.end().await;
}

/// Five wrong PINs by two pages on three cards; the pages leave after each.
async fn five_wrong(world: &World) {
    for (at, origin) in [ORIGIN, OTHER_ORIGIN, ORIGIN, OTHER_ORIGIN, ORIGIN].into_iter().enumerate() {
        if at == 2 || at == 4 {
            world.simulator.tell(if at == 2 { "card hanako" } else { "card ichiro" }).unwrap();
        }
        let mut page = Page::greeted(world.port(), origin).await;
        page.card().await;
        let id = page.authenticate(None).await;
        let (ticket, ..) = page.pin_needed(id).await;
        assert_eq!(world.press(&ticket, WRONG).await.0, 200);
        assert_eq!(page.code(id).await, ErrorCode::PinWrong, "{at}");
        page.leave().await;
    }
}

#[tokio::test]
async fn after_five_wrong_pins_every_page_and_card_has_to_wait() {
    let world = World::new("ichiro").await;
    five_wrong(&world).await;
    let commands = world.log().len();
    assert!(commands > 0);
    for origin in [ORIGIN, OTHER_ORIGIN] {
        let mut page = Page::greeted(world.port(), origin).await;
        page.card().await;
        world.log();
        let id = page.authenticate(None).await;
        let failure = page.failure(id).await;
        assert_eq!((failure.code, failure.retriable, failure.try_spent), (ErrorCode::RateLimited, true, Spent::No));
        assert_eq!(page.state.clone().unwrap().lease, Lease::Free);
        assert_eq!(world.log(), [""; 0], "the card was not asked");
    }
    world.end().await;

    // The control: where nothing is remembered, the sixth is asked for.
    let world = World::with("ichiro", |settings| settings.wrong_memory = Duration::ZERO).await;
    five_wrong(&world).await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    page.pin_needed(id).await;
    world.end().await;
}

#[tokio::test]
async fn the_last_try_needs_a_fresh_word_and_locks_when_wrong() {
    let world = World::new("ichiro:last-try").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, tries_left, last_try) = page.pin_needed(id).await;
    assert_eq!((tries_left, last_try), (Some(1), true));
    assert_eq!(world.press(&ticket, WRONG).await, (409, r#"{"result":"confirm"}"#.to_owned()));
    assert_eq!(world.press(&ticket, r#"{"pin":"0000","last_try":false}"#).await.0, 409);
    assert_eq!(world.verify_count(), 0);
    assert_eq!(world.press(&ticket, r#"{"pin":"0000","last_try":true}"#).await, (200, r#"{"result":"locked"}"#.to_owned()));
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.tries_left, failure.try_spent), (ErrorCode::PinBlocked, Some(0), Spent::Yes));

    let id = page.authenticate(None).await;
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.tries_left, failure.try_spent), (ErrorCode::PinBlocked, Some(0), Spent::No), "no prompt any more");
    assert_eq!(world.verify_count(), 1);
    world.end().await;
}

#[tokio::test]
async fn who_stops_in_the_frame_before_the_last_try_spends_nothing_and_the_page_goes_on_saying_so() {
    let world = World::new("ichiro:last-try").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    for both in [r#"{"stop":true,"pin":"1234","last_try":true}"#, r#"{"stop":true,"pad":true}"#, r#"{"stop":false}"#] {
        assert_eq!(world.press(&ticket, both).await.0, 422, "{both}: which one is meant?");
    }
    assert_eq!(world.press(&ticket, r#"{"stop":true}"#).await, (200, r#"{"result":"stopped"}"#.to_owned()));
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.tries_left, failure.try_spent), (ErrorCode::Cancelled, Some(1), Spent::No));
    page.sees("a free lease", |state| state.lease == Lease::Free).await;
    for late in [r#"{"pin":"1234","last_try":true}"#, r#"{"stop":true}"#] {
        assert_eq!(world.press(&ticket, late).await, (410, ENDED.to_owned()), "the ticket is dead");
    }
    assert_eq!(world.verify_count(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_card_without_a_reported_number_still_says_wrong() {
    let world = World::new("ichiro:sw-6300").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    assert_eq!(world.press(&ticket, WRONG).await.1, r#"{"result":"wrong","tries_left":null}"#);
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.tries_left, failure.try_spent), (ErrorCode::PinWrong, None, Spent::Yes));
    world.end().await;
}

#[tokio::test]
async fn a_format_error_reaches_no_card_and_spends_no_ticket() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    for body in [
        "",
        "{}",
        "1234",
        r#"{"pin":""}"#,
        r#"{"pin":"123"}"#,
        r#"{"pin":"12345"}"#,
        r#"{"pin":"12a4"}"#,
        r#"{"pin":"１２３４"}"#,
        r#"{"pin":" 123"}"#,
        r#"{"pin":1234}"#,
        r#"{"pin":"1234","x":1}"#,
        r#"{"pin":"1234","last_try":"yes"}"#,
        r#"{"pin":"1234"} {"pin":"1234"}"#,
        &format!(r#"{{"pin":"1234"{}}}"#, " ".repeat(100)),
    ] {
        assert_eq!(world.press(&ticket, body).await, (422, r#"{"result":"format"}"#.to_owned()), "{body}");
    }
    assert_eq!(world.verify_count(), 0);
    assert_eq!(world.press(&ticket, RIGHT).await, (200, OK.to_owned()), "the ticket still serves");
    page.signed(id).await;
    assert_eq!(world.verify_count(), 1);
    world.end().await;
}

#[tokio::test]
async fn presses_at_once_make_one_verify() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    let presses =
        tokio::join!(world.press(&ticket, WRONG), world.press(&ticket, WRONG), world.press(&ticket, WRONG), world.press(&ticket, WRONG),);
    let mut statuses = [presses.0.0, presses.1.0, presses.2.0, presses.3.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410, 410]);
    page.failure(id).await;
    assert_eq!(world.verify_count(), 1);
    world.end().await;
}

#[tokio::test]
async fn steps_are_told_in_order() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.press(&ticket, RIGHT).await;
    let mut steps = Vec::new();
    loop {
        match page.next().await.unwrap() {
            Frame::Event(Event { what: What::Progress { request, step, on_pad: false }, .. }) if request == id => steps.push(step),
            Frame::Ok { id: done, .. } if done == id => break,
            _ => {}
        }
    }
    assert_eq!(steps, [Step::Verifying, Step::Signing, Step::Reading]);
    world.end().await;
}

#[tokio::test]
async fn cancel_during_entry_ends_at_once_and_kills_the_ticket() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    let cancel = page.cancel(id).await;
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::Cancelled, Spent::No));
    assert!(matches!(page.answer(cancel).await, Frame::Ok { ok: shared::reader::Answer::Cancel { was_running: true }, .. }));
    assert_eq!(world.press(&ticket, RIGHT).await, (410, ENDED.to_owned()));
    assert_eq!(world.verify_count(), 0);
    let again = page.cancel(id).await;
    assert!(matches!(page.answer(again).await, Frame::Ok { ok: shared::reader::Answer::Cancel { was_running: false }, .. }));
    let id = page.authenticate(None).await;
    page.pin_needed(id).await;
    world.end().await;
}

#[tokio::test]
async fn cancel_while_the_card_works_ends_with_the_command_and_clears() {
    let world = World::new("ichiro:slow").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.log();
    let (word, ()) = tokio::join!(world.press(&ticket, RIGHT), async {
        page.until("the PIN going to the card", |frame| match frame {
            Frame::Event(Event { what: What::Progress { step: Step::Verifying, .. }, .. }) => Some(()),
            _ => None,
        })
        .await;
        page.cancel(id).await;
    });
    let failure = page.failure(id).await;
    assert_eq!(failure.code, ErrorCode::Cancelled);
    assert_eq!(word.1, ENDED);
    let log = commands(&world);
    assert_eq!(log.last().map(String::as_str), Some(CLEAR), "{log:?}");
    assert!(world.verify_count() <= 1 && !log.iter().any(|line| line.starts_with("SIGN")), "{log:?}");
    world.end().await;
}

#[tokio::test]
async fn a_try_that_is_gone_is_told_whatever_ended_the_request() {
    for takes_over in [false, true] {
        let world = World::new("ichiro:slow").await;
        let mut page = world.page_with_card().await;
        let id = page.authenticate(None).await;
        let (ticket, ..) = page.pin_needed(id).await;
        let mut other = world.page_with_card().await;
        let Lease::Other(number) = other.state.clone().unwrap().lease else { panic!("in use") };
        // The card takes its time for the third command, which is VERIFY, until it is told to go on.
        let (begin, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
        let mut commands = 0;
        world.simulator.with(|card| {
            card.set_wait(move |_| {
                commands += 1;
                if commands == 3 {
                    begin.send(()).unwrap();
                    goes_on.recv().unwrap();
                }
            });
        });
        let port = world.port();
        let pressed = tokio::spawn(async move { press(port, &ticket, WRONG).await });
        tokio::time::timeout(LIMIT, begun.recv()).await.expect("the card works").unwrap();
        if takes_over {
            other.authenticate(Some(number)).await;
            page.until("the loss", |frame| matches!(frame, Frame::Event(Event { what: What::LeaseLost { .. }, .. })).then_some(())).await;
        } else {
            page.cancel(id).await;
            // Its answer comes last; one that is answered at once shows that it was heard.
            let nothing = page.cancel(9_999).await;
            page.answer(nothing).await;
        }
        go_on.send(()).unwrap();
        let failure = page.failure(id).await;
        assert_eq!((failure.code, failure.try_spent, failure.tries_left), (ErrorCode::PinWrong, Spent::Yes, Some(2)));
        assert_eq!(world.verify_count(), 1);
        pressed.await.unwrap();
        world.end().await;
    }
}

#[tokio::test]
async fn the_program_ends_only_when_no_card_is_verified() {
    let world = World::new("ichiro:slow").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.log();
    let port = world.port();
    let pressed = tokio::spawn(async move { press(port, &ticket, RIGHT).await });
    reaches(&mut page, Step::Signing).await;
    let simulator = world.simulator.clone();
    world.end().await;
    let log: Vec<String> = simulator.with(|card| card.take_log().iter().map(ToString::to_string).collect());
    assert!(log.iter().any(|line| line.starts_with("00 20 00 98 04") && line.ends_with("9000")), "control: it was verified: {log:?}");
    assert_eq!(log.last().map(String::as_str), Some(CLEAR), "{log:?}");
    assert_eq!(page.code(id).await, ErrorCode::Cancelled);
    pressed.await.unwrap();
}

#[tokio::test]
async fn a_card_pulled_at_any_command_never_meets_a_second_verify() {
    for n in 1..=6 {
        for fault in [Fault::RemoveBefore(n), Fault::RemoveDuring(n), Fault::RemoveAfter(n)] {
            let world = World::new("ichiro").await;
            let mut page = world.page_with_card().await;
            let id = page.authenticate(None).await;
            let (ticket, ..) = page.pin_needed(id).await;
            world.simulator.with(|card| card.set_fault(Some(fault)));
            let (_, word) = world.press(&ticket, WRONG.replace("0000", "1234").as_str()).await;
            // Pulled after the last answer, or while the state was being cleared: the result is whole.
            let is_whole = n == 6 || matches!(fault, Fault::RemoveAfter(5));
            match page.answer(id).await {
                Frame::Ok { .. } => assert!(is_whole, "{fault:?}"),
                Frame::Err { err, .. } => {
                    assert!(!is_whole, "{fault:?}");
                    assert_eq!(err.code, ErrorCode::CardRemoved, "{fault:?}");
                    let lost_at_verify = matches!(fault, Fault::RemoveBefore(3) | Fault::RemoveDuring(3) | Fault::RemoveAfter(2));
                    assert_eq!(err.try_spent, if lost_at_verify { Spent::Unknown } else { Spent::No }, "{fault:?}");
                    assert!(word == ENDED || (word == OK && n >= 3), "{fault:?}: {word}");
                }
                other => panic!("{other:?}"),
            }
            let reached = !matches!(fault, Fault::RemoveBefore(1..=3) | Fault::RemoveDuring(1 | 2) | Fault::RemoveAfter(1 | 2));
            assert_eq!(world.verify_count(), usize::from(reached), "{fault:?}");

            // Back on the reader the counter is asked anew before anything else.
            world.simulator.insert();
            page.sees("the card gone or new", |state| state.readers[0].card.is_none_or(|card| card.generation > 1)).await;
            let generation = page.card().await.0;
            assert_eq!(generation, 2, "{fault:?}");
            let again = page.authenticate(None).await;
            assert_eq!(page.pin_needed(again).await.1, Some(3), "{fault:?}");
            world.end().await;
        }
    }
}

#[tokio::test]
async fn a_wrong_pin_lost_on_the_way_shows_in_the_counter_afterwards() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.simulator.with(|card| card.set_fault(Some(Fault::RemoveDuring(3))));
    world.press(&ticket, WRONG).await;
    assert_eq!(page.failure(id).await.try_spent, Spent::Unknown);
    world.simulator.insert();
    page.sees("the card back", |state| state.readers[0].card.is_some_and(|card| card.generation == 2)).await;
    let id = page.authenticate(None).await;
    assert_eq!(page.pin_needed(id).await.1, Some(2));
    assert_eq!(world.verify_count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_card_pulled_or_changed_during_entry_kills_the_ticket() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.simulator.tell("card hanako").unwrap();
    assert_eq!(page.code(id).await, ErrorCode::CardRemoved);
    assert_eq!(world.press(&ticket, RIGHT).await, (410, ENDED.to_owned()));
    assert_eq!(world.verify_count(), 0, "the other card met no PIN");
    world.end().await;
}

#[tokio::test]
async fn another_card_than_the_page_saw_is_refused() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let old = page.card().await.0;
    world.simulator.tell("card hanako").unwrap();
    page.sees("the other card", |state| state.readers[0].card.is_some_and(|card| card.generation > old)).await;
    let id = page.authenticate_as("r1", old, &NONCE, &statement(), None).await;
    assert_eq!(page.code(id).await, ErrorCode::CardRemoved);
    world.end().await;
}

#[tokio::test]
async fn presence_is_told_before_any_command_and_the_kind_after() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    world.simulator.remove();
    page.sees("no card", |state| state.readers[0].card.is_none()).await;
    world.log();
    world.simulator.tell("insert").unwrap();
    let first = loop {
        if let Some(Frame::Event(Event { what: What::State { state }, .. })) = page.next().await {
            break state.readers[0].card.unwrap();
        }
    };
    assert_eq!((first.generation, first.kind), (2, None));
    assert_eq!(page.card().await, (2, CardKind::MyNumberCard));
    assert_eq!(commands(&world).len(), 2);
    world.end().await;
}

#[tokio::test]
async fn two_pages_make_one_verify() {
    let world = World::new("ichiro").await;
    let mut first = world.page_with_card().await;
    let id = first.authenticate(None).await;
    let (old_ticket, ..) = first.pin_needed(id).await;
    first.sees("its own lease", |state| state.lease == Lease::Mine).await;

    let mut second = Page::greeted(world.port(), OTHER_ORIGIN).await;
    let Lease::Other(number) = second.state.clone().unwrap().lease else { panic!("in use") };
    let refused = second.authenticate(None).await;
    assert_eq!(second.code(refused).await, ErrorCode::LeaseHeld);
    let stale = second.authenticate(Some(number + 7)).await;
    assert_eq!(second.code(stale).await, ErrorCode::LeaseHeld, "only what it saw can be taken");

    let taken = second.authenticate(Some(number)).await;
    let (ticket, ..) = second.pin_needed(taken).await;
    first
        .until("the loss", |frame| match frame {
            Frame::Event(Event { what: What::LeaseLost { request }, .. }) if *request == id => Some(()),
            _ => None,
        })
        .await;
    assert_eq!(first.code(id).await, ErrorCode::LeaseLost);
    assert_eq!(world.press(&old_ticket, RIGHT).await, (410, ENDED.to_owned()), "the first page's frame is dead");
    assert_eq!(world.press(&ticket, RIGHT).await, (200, OK.to_owned()));
    let (certificate, signature) = second.signed(taken).await;
    assert!(fits(OTHER_ORIGIN, &certificate, &signature) && !fits(ORIGIN, &certificate, &signature));
    assert_eq!(world.verify_count(), 1);
    world.end().await;
}

#[tokio::test]
async fn only_the_page_that_asked_hears_of_its_frame() {
    let world = World::new("ichiro").await;
    let mut watcher = Page::greeted(world.port(), OTHER_ORIGIN).await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.press(&ticket, RIGHT).await;
    page.signed(id).await;
    // Everything that the watcher got, until it is sure that the other is done.
    let mut was_held = false;
    loop {
        match watcher.next().await.unwrap() {
            Frame::Event(Event { what: What::State { state }, .. }) => {
                was_held |= matches!(state.lease, Lease::Other(_));
                if was_held && state.lease == Lease::Free {
                    break;
                }
            }
            other => panic!("not for a watcher: {other:?}"),
        }
    }
    world.end().await;
}

#[tokio::test]
async fn a_page_that_leaves_frees_the_card_and_kills_its_ticket() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let mut other = world.page().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    other.sees("the lease held", |state| matches!(state.lease, Lease::Other(_))).await;
    page.leave().await;
    other.sees("the lease free", |state| state.lease == Lease::Free).await;
    assert_eq!(world.press(&ticket, RIGHT).await, (410, ENDED.to_owned()));
    let id = other.authenticate(None).await;
    other.pin_needed(id).await;
    assert_eq!(world.verify_count(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_ticket_dies_with_its_time() {
    let world = World::with("ichiro", |settings| settings.pin_step = Duration::from_millis(50)).await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::Timeout, Spent::No));
    assert_eq!(world.press(&ticket, RIGHT).await, (410, ENDED.to_owned()));
    assert_eq!(world.verify_count(), 0);
    world.end().await;
}

#[tokio::test]
async fn the_frame_is_framed_by_its_page_only_and_posted_by_itself_only() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    let port = page.port();
    let host = format!("127.0.0.1:{port}");
    let path = format!("/pin/{ticket}");
    for _ in 0..2 {
        let (status, head, body) = http(port, "GET", &path, &[("Host", &host)], "").await;
        assert_eq!(status, 200);
        assert!(head.contains(&format!("frame-ancestors {ORIGIN}\r\n")), "{head}");
        for header in ["x-content-type-options: nosniff", "cache-control: no-store", "cross-origin-resource-policy: same-origin"] {
            assert!(head.contains(header), "{header}");
        }
        assert!(!head.contains("unsafe-inline") && !head.contains("set-cookie"));
        assert!(body.contains("localhost:8080") && body.contains(r#"data-tries="3""#));
    }
    let json = ("Content-Type", "application/json");
    for origin in [Some(ORIGIN), Some(OTHER_ORIGIN), Some("null"), Some("https://evil.example"), Some("http://localhost:1"), None] {
        let mut head = vec![("Host", host.as_str()), json];
        head.extend(origin.map(|origin| ("Origin", origin)));
        assert_eq!(http(port, "POST", &path, &head, RIGHT).await.0, 403, "{origin:?}");
    }
    let (localhost, own) = (format!("localhost:{port}"), format!("http://{host}"));
    assert_eq!(http(port, "POST", &path, &[("Host", &localhost), ("Origin", &own), json], RIGHT).await.0, 403, "another of our names");
    assert_eq!(http(port, "POST", &path, &[("Host", "evil.example"), ("Origin", &own), json], RIGHT).await.0, 421);
    assert_eq!(http(port, "POST", &path, &[("Host", &host), ("Origin", &own)], RIGHT).await.0, 415, "no simple request of a form");
    assert_eq!(world.verify_count(), 0);
    assert_eq!(world.press(&ticket, RIGHT).await, (200, OK.to_owned()), "none of it used the ticket up");
    page.signed(id).await;
    let (status, head, _) = http(port, "GET", &path, &[("Host", &host)], "").await;
    assert_eq!(status, 404, "used up");
    assert!(head.contains(&format!("frame-ancestors {ORIGIN} {OTHER_ORIGIN}")), "an allowed page may show that it is over");
    world.end().await;
}

#[tokio::test]
async fn a_silent_card_ends_by_our_own_clock_and_the_helper_goes_on() {
    let world = World::with("ichiro", |settings| settings.patience.command = Duration::from_millis(100)).await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.simulator.with(|card| card.set_fault(Some(Fault::SilentAt(3))));
    assert_eq!(world.press(&ticket, RIGHT).await.1, ENDED);
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::CardFault, Spent::Unknown));
    world.simulator.tell("card hanako").unwrap();
    page.sees("the other card", |state| state.readers[0].card.is_some_and(|card| card.generation == 2)).await;
    page.card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    assert_eq!(world.press(&ticket, RIGHT).await, (200, OK.to_owned()));
    page.signed(id).await;
    world.end().await;
}

#[tokio::test]
async fn a_reader_that_stalls_on_the_extended_read_is_spared_it_from_then_on() {
    let world = World::with("ichiro", |settings| settings.patience.command = Duration::from_secs(1)).await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.simulator.with(|card| card.set_fault(Some(Fault::SilentAt(5))));
    world.log();
    assert_eq!(world.press(&ticket, RIGHT).await, (200, OK.to_owned()));
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::CardFault, Spent::No));
    assert!(world.log().iter().any(|line| line.starts_with("00 B0 8A 00 00 00 00")), "control: it was tried");
    world.simulator.tell("card ichiro").unwrap();
    page.sees("the card again", |state| state.readers[0].card.is_some_and(|card| card.generation == 2)).await;
    page.card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    assert_eq!(world.press(&ticket, RIGHT).await, (200, OK.to_owned()));
    page.signed(id).await;
    let log = world.log();
    assert!(!log.iter().any(|line| line.starts_with("00 B0 8A 00 00 00 00")), "{log:?}");
    world.end().await;
}

#[tokio::test]
async fn no_secret_is_in_the_log_at_trace() {
    let log = trace_log();
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    // A PIN that nothing else prints; wrong, then the right one.
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.press(&ticket, r#"{"pin":"7391"}"#).await;
    page.failure(id).await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.press(&ticket, RIGHT).await;
    let (certificate, signature) = page.signed(id).await;
    world.end().await;

    let log = String::from_utf8_lossy(&log.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(log.contains("instruction=20") && log.contains("status=9000"), "control: the card's commands are logged");
    let upper = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
    // Four digits also stand within moments and ports, and may be a time that a command took.
    let mut words = log.split(|c: char| !c.is_ascii_alphanumeric() && c != '=' && c != '_').filter(|word| !word.starts_with("took_us="));
    assert!(!words.any(|word| word.ends_with("=7391") || word == "7391"), "the wrong PIN is in the log");
    for (what, secret) in [
        ("the wrong PIN in hex", upper(b"7391")),
        ("the wrong PIN as a list", "55, 51, 57, 49".to_owned()),
        ("the right PIN in hex", upper(b"1234")),
        ("the right PIN as a list", "49, 50, 51, 52".to_owned()),
        ("the right PIN in JSON", RIGHT.to_owned()),
        ("the ticket", ticket),
        ("the nonce", Base64::from(&NONCE[..]).to_text()),
        ("the nonce in hex", upper(&NONCE)),
        ("the statement", Base64(statement()).to_text()),
        ("the certificate", Base64::from(&certificate[40..80]).to_text()),
        ("the certificate in hex", upper(&certificate[40..60])),
        ("the signature", Base64::from(&signature[..30]).to_text()),
        ("the signature in hex", upper(&signature[..20])),
        ("the institution", "9969900001".to_owned()),
    ] {
        assert!(!log.to_uppercase().contains(&secret.to_uppercase()), "{what} is in the log");
    }
}
