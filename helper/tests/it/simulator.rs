//! The simulator as everything else uses it: several readers, card files, readers that vanish, other programs, PIN pads.

use std::io::Write as _;
use std::time::Instant;

use helper::card::{After, ChannelError};
use helper::reader::simulator::{NotDone, READER, Simulator};
use helper::reader::{Place, Readers as _};
use shared::reader::{Answer, CardKind, ErrorCode, Event, Frame, Spent, State, Step, What};
use virtual_card::Wanted;

use super::world::{LIMIT, NONCE, Page, World, cards, press, statement};

/// A card file that lives as long as the test.
fn file(text: &str) -> tempfile::TempPath {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.into_temp_path()
}

fn names(state: &State) -> Vec<&str> {
    state.readers.iter().map(|reader| reader.name.as_str()).collect()
}

/// Asks for a signature by the card on the reader of that name.
async fn authenticate_on(page: &mut Page, name: &str) -> u64 {
    let known = |state: &State| state.readers.iter().find(|reader| reader.name == name).cloned();
    let state = page.sees("the card", |state| known(state).is_some_and(|reader| reader.card.is_some())).await;
    let reader = known(&state).unwrap();
    page.authenticate_as(&reader.id, reader.card.unwrap().generation, &NONCE, &statement(), None).await
}

#[tokio::test]
async fn a_page_sees_none_one_and_several_readers_and_chooses() {
    let world = World::new("ichiro").await;
    let tell = |line: &str| world.simulator.tell(line).map(drop);
    let mut page = world.page_with_card().await;
    tell(&format!("reader remove {READER}")).unwrap();
    page.sees("no reader", |state| state.readers.is_empty()).await;
    let id = page.authenticate_as("r1", 1, &NONCE, &statement(), None).await;
    assert_eq!(page.code(id).await, ErrorCode::ReaderLost);

    tell("reader add 窓口の左").unwrap();
    tell("reader add Desk, right side").unwrap();
    assert!(matches!(tell("reader add 窓口の左"), Err(NotDone::Twice)));
    tell("card ichiro").unwrap();
    tell("card Desk, right side hanako").unwrap();
    let state = page.sees("two cards", |state| state.readers.iter().filter(|reader| reader.card.is_some()).count() == 2).await;
    assert_eq!(names(&state), ["窓口の左", "Desk, right side"]);

    let id = authenticate_on(&mut page, "Desk, right side").await;
    let (ticket, ..) = page.pin_needed(id).await;
    tell("remove 窓口の左").unwrap();
    page.sees("one card", |state| state.readers[0].card.is_none()).await;
    world.press(&ticket, r#"{"pin":"1234","last_try":false}"#).await;
    page.signed(id).await;
    let verified = |reader: &str| world.simulator.with_card_of(reader, |card| card.verify_count());
    assert_eq!((verified("窓口の左"), verified("Desk, right side"), verified("nowhere")), (Some(0), Some(1), None));
    world.end().await;
}

#[tokio::test]
async fn a_reader_that_vanishes_during_verify_is_back_by_itself_and_the_page_stays() {
    let world = World::new("ichiro").await;
    let lost = file("person = \"ichiro\"\n[[fault]]\nat = \"VERIFY\"\ndo = \"reader-lost\"\nms = 200\n");
    world.simulator.tell(&format!("card {}", lost.display())).unwrap();
    let mut page = world.page_with_card().await;
    let (before, _) = page.card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    world.press(&ticket, r#"{"pin":"1234","last_try":false}"#).await;
    let failure = page.failure(id).await;
    assert_eq!((failure.code, failure.try_spent), (ErrorCode::ReaderLost, Spent::Unknown));
    page.sees("the reader again", |state| {
        state.readers.first().is_some_and(|reader| reader.card.is_some_and(|card| card.generation > before))
    })
    .await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    assert_eq!(world.verify_count(), 1, "nothing was repeated");
    world.press(&ticket, r#"{"pin":"1234","last_try":false}"#).await;
    page.signed(id).await;
    world.end().await;
}

#[tokio::test]
async fn a_card_that_another_program_holds_is_told_as_busy_and_gets_no_command() {
    let world = World::new("ichiro").await;
    let held = file("person = \"hanako\"\nbusy_ms = 600000\n");
    let mut page = world.page_with_card().await;
    world.simulator.tell(&format!("card {}", held.display())).unwrap();
    page.sees("the other card", |state| state.readers[0].card.is_some_and(|card| card.generation == 2)).await;
    let id = page.authenticate(None).await;
    assert_eq!(page.code(id).await, ErrorCode::Busy);
    assert_eq!(world.log(), [""; 0]);
    world.simulator.tell("card ichiro").unwrap();
    page.sees("a free card", |state| state.readers[0].card.is_some_and(|card| card.generation == 3 && card.kind.is_some())).await;
    let id = page.authenticate(None).await;
    page.pin_needed(id).await;
    world.end().await;
}

#[test]
fn the_other_program_lets_go_after_its_time() {
    // As the scenario `busy`, which takes ten seconds.
    assert!(Simulator::new(cards().to_owned(), &Wanted::File("nowhere.toml".into())).is_err());
    let held = file("person = \"hanako\"\nbusy_ms = 300\n");
    let simulator = Simulator::new(cards().to_owned(), &Wanted::File(held.to_path_buf())).unwrap();
    let place = Place { reader: READER.to_owned(), mark: 1 };
    let mut door = simulator.door();
    let begun = Instant::now();
    let mut refused = 0_u64;
    while let Err(error) = door.with_card(&place, &mut |_| After::Leave) {
        assert_eq!(error, ChannelError::Busy);
        assert!(begun.elapsed() < LIMIT, "never let go");
        refused += 1;
        std::thread::yield_now();
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn digits_typed_on_the_pad_never_pass_the_frame() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    world.simulator.tell("reader add Pad reader pad").unwrap();
    world.simulator.tell("card Pad reader hanako").unwrap();
    assert!(matches!(world.simulator.tell(&format!("pad {READER} 1234")), Err(NotDone::NoPad)));

    for (typed, result) in [("pad Pad reader cancel", None), ("pad Pad reader 0000", Some(2)), ("pad Pad reader 1234", Some(3))] {
        let id = authenticate_on(&mut page, "Pad reader").await;
        let (ticket, ..) = page.pin_needed(id).await;
        world.simulator.tell(typed).unwrap();
        world.press(&ticket, r#"{"pad":true}"#).await;
        match result {
            Some(3) => drop(page.signed(id).await),
            wrong => {
                let failure = page.failure(id).await;
                assert_eq!(failure.try_spent, if wrong.is_some() { Spent::Yes } else { Spent::No }, "{failure:?}");
            }
        }
    }
    let look = |look: fn(&mut virtual_card::Card) -> usize| world.simulator.with_card_of("Pad reader", look).unwrap();
    assert_eq!(look(|card| card.verify_count()), 2, "the cancelled one reached no card");
    assert_eq!(look(|card| card.tries_left(virtual_card::PinKind::Auth).into()), 3);
    assert_eq!(world.verify_count(), 0, "the other card heard nothing");
    world.end().await;
}

/// A request on a reader with a pad of this kind whose person was asked to type there; its number, and the word that the frame waits for.
async fn typing_on(world: &World, page: &mut Page, pad: &str) -> (u64, tokio::task::JoinHandle<(u16, String)>) {
    world.simulator.tell(&format!("reader add Pad reader {pad}")).unwrap();
    world.simulator.tell("card Pad reader hanako").unwrap();
    let id = authenticate_on(page, "Pad reader").await;
    let (ticket, ..) = page.pin_needed(id).await;
    let port = world.port();
    let pressed = tokio::spawn(async move { press(port, &ticket, r#"{"pad":true}"#).await });
    page.until("the word that the reader waits", |frame| match frame {
        Frame::Event(Event { what: What::Progress { step: Step::Verifying, on_pad: true, .. }, .. }) => Some(()),
        _ => None,
    })
    .await;
    (id, pressed)
}

#[tokio::test]
async fn the_page_can_say_that_the_reader_waits_for_its_keys() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    let (id, pressed) = typing_on(&world, &mut page, "pad").await;
    world.simulator.tell("pad Pad reader 1234").unwrap();
    page.until("the next step", |frame| match frame {
        Frame::Event(Event { what: What::Progress { step: Step::Signing, on_pad: false, .. }, .. }) => Some(()),
        _ => None,
    })
    .await;
    page.signed(id).await;
    assert_eq!(pressed.await.unwrap().1, r#"{"result":"ok"}"#);
    world.end().await;
}

/// The next person must not find a reader that still waits for the PIN of the one before.
#[tokio::test]
async fn a_closed_tab_ends_the_entry_on_a_reader_that_can_be_told() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    typing_on(&world, &mut page, "pad stops").await;
    page.leave().await;
    let mut next = world.page().await;
    let id = authenticate_on(&mut next, "Pad reader").await;
    next.pin_needed(id).await;
    let verified = world.simulator.with_card_of("Pad reader", |card| card.verify_count());
    assert_eq!(verified, Some(0));
    world.end().await;
}

/// Where nothing but its keys ends the entry, the frame must not say that it is over, and what is typed all the same is told.
#[tokio::test]
async fn on_a_reader_that_cannot_be_told_an_entry_goes_on_until_its_keys_end_it() {
    for (typed, word, code, spent) in [
        ("cancel", r#"{"result":"ended"}"#, ErrorCode::Cancelled, Spent::No),
        ("0000", r#"{"result":"wrong","tries_left":2}"#, ErrorCode::PinWrong, Spent::Yes),
    ] {
        let world = World::new("ichiro").await;
        let mut page = world.page_with_card().await;
        let (id, pressed) = typing_on(&world, &mut page, "pad").await;
        page.cancel(id).await;
        // Answered after the first one was heard.
        let nothing = page.cancel(4_000).await;
        assert!(matches!(page.answer(nothing).await, Frame::Ok { ok: Answer::Cancel { was_running: false }, .. }));
        world.simulator.tell(&format!("pad Pad reader {typed}")).unwrap();
        let failure = page.failure(id).await;
        assert_eq!((failure.code, failure.try_spent), (code, spent), "{typed}");
        assert_eq!(pressed.await.unwrap().1, word, "{typed}");
        world.end().await;
    }
}

#[tokio::test]
async fn an_order_that_cannot_be_carried_out_changes_nothing() {
    let world = World::new("ichiro").await;
    let mut page = world.page_with_card().await;
    for bad in [
        "reader",
        "reader add",
        "reader add  ",
        "reader remove",
        "reader remove nowhere",
        "reader polish Desk",
        "card nowhere ichiro",
        "card nowhere.toml",
        "remove nowhere",
        "pad",
        "pad 12a4",
        "pad １２３４",
        "pad 1234",
    ] {
        assert!(world.simulator.tell(bad).is_err(), "{bad}");
    }
    let wrong = file("person = \"ichiro\"\nauth_tries = 4\n");
    let error = world.simulator.tell(&format!("card {}", wrong.display())).unwrap_err().to_string();
    assert!(error.ends_with("line 2, `auth_tries`: 0 to 3 is allowed"), "{error}");
    assert_eq!(page.card().await, (1, CardKind::MyNumberCard));
    world.end().await;
}
