//! Every row of the error table from the running helper, also those that need a broken machine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helper::card::{After, Channel, ChannelError};
use helper::reader::{Door, Place, Presence, Readers, Report, Reporter, Slot};
use shared::reader::{Answer, CardKind, ErrorCode, Frame, Service, Spent};
use tokio::time::timeout;
use virtual_card::PinKind;

use super::world::{LIMIT, NONCE, ORIGIN, Page, World, press, start, statement};

/// Readers that do what a test says.
#[derive(Clone, Default)]
struct Broken {
    report: Arc<Mutex<Option<Reporter>>>,
    first: Option<Report>,
    fault: Option<Fault>,
    /// How often a card was opened that another program holds.
    opened: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// The card cannot be opened.
    Open(ChannelError),
    /// Every command panics.
    Panic,
    /// The card is held by another program and never given back.
    Held,
    /// Not even the way to a card can be had: the one task that owns the state panics.
    Door,
}

impl Broken {
    fn new(first: Report, fault: Option<Fault>) -> Self {
        Self { report: Arc::default(), first: Some(first), fault, opened: Arc::default() }
    }

    fn say(&self, report: Report) {
        self.report.lock().unwrap().as_ref().expect("watched")(report);
    }
}

impl Readers for Broken {
    fn watch(&self, report: Reporter) -> Box<dyn Send> {
        if let Some(first) = &self.first {
            report(first.clone());
        }
        *self.report.lock().unwrap() = Some(report);
        Box::new(())
    }

    fn door(&self) -> Box<dyn Door> {
        assert!(self.fault != Some(Fault::Door), "a planned panic");
        Box::new(self.clone())
    }

    fn is_simulator(&self) -> bool {
        false
    }
}

impl Door for Broken {
    fn with_card(&mut self, _: &Place, work: &mut dyn FnMut(&mut dyn Channel) -> After) -> Result<(), ChannelError> {
        match self.fault {
            Some(Fault::Open(error)) => Err(error),
            Some(Fault::Held) => {
                self.opened.fetch_add(1, Ordering::SeqCst);
                let (_keep, never) = std::sync::mpsc::channel::<()>();
                // Another program's transaction, as long as any test.
                let _ = never.recv_timeout(Duration::from_secs(30));
                Err(ChannelError::Busy)
            }
            _ => {
                assert_eq!(work(&mut Self::default()), After::Unpower, "a panic takes the power away");
                Ok(())
            }
        }
    }
}

impl Channel for Broken {
    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, ChannelError> {
        panic!("a fault of our own, made by a test");
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }
}

fn slots(card: bool) -> Report {
    let card = card.then_some(Presence { mark: 1, is_mute: false });
    Report::Slots(vec![Slot { name: "A reader".to_owned(), card }])
}

async fn code_with(first: Report, fault: Option<Fault>) -> ErrorCode {
    let running = start(Box::new(Broken::new(first, fault)), |settings| settings.patience.open = Duration::from_millis(100)).await;
    let mut page = Page::greeted(running.address().port(), ORIGIN).await;
    let id = page.authenticate_as("r1", 1, &NONCE, &statement(), None).await;
    let code = page.code(id).await;
    running.stop().await;
    code
}

#[tokio::test]
async fn trouble_of_the_machine_has_its_codes() {
    for (first, fault, expected) in [
        (Report::Down, None, ErrorCode::PcscDown),
        (Report::Denied, None, ErrorCode::PcscDenied),
        (Report::Slots(vec![]), None, ErrorCode::NoReader),
        (slots(false), None, ErrorCode::NoCard),
        (slots(true), Some(Fault::Open(ChannelError::Busy)), ErrorCode::Busy),
        (slots(true), Some(Fault::Open(ChannelError::Removed)), ErrorCode::CardRemoved),
        (slots(true), Some(Fault::Open(ChannelError::ReaderLost)), ErrorCode::ReaderLost),
        (slots(true), Some(Fault::Held), ErrorCode::Busy),
        (slots(true), Some(Fault::Open(ChannelError::Fault)), ErrorCode::CardFault),
        (slots(true), Some(Fault::Panic), ErrorCode::CardFault),
    ] {
        assert_eq!(code_with(first.clone(), fault).await, expected, "{first:?}");
    }
    let mute = Report::Slots(vec![Slot { name: "A reader".to_owned(), card: Some(Presence { mark: 1, is_mute: true }) }]);
    assert_eq!(code_with(mute, None).await, ErrorCode::CardFault);
}

#[tokio::test]
async fn a_card_held_for_long_is_always_busy_and_costs_few_threads() {
    let readers = Broken::new(slots(true), Some(Fault::Held));
    let running = start(Box::new(readers.clone()), |settings| {
        settings.patience.open = Duration::from_millis(5);
    })
    .await;
    let mut page = Page::greeted(running.address().port(), ORIGIN).await;
    for _ in 0..20 {
        let id = page.authenticate_as("r1", 1, &NONCE, &statement(), None).await;
        assert_eq!(page.code(id).await, ErrorCode::Busy);
    }
    let opened = readers.opened.load(Ordering::SeqCst);
    assert!((2..=8).contains(&opened), "each thread hangs in the card that it opened: {opened}");
    running.stop().await;
}

#[tokio::test]
async fn the_service_may_come_and_go_under_a_connected_page() {
    let readers = Broken::new(Report::Down, None);
    let running = start(Box::new(readers.clone()), |_| ()).await;
    let mut page = Page::greeted(running.address().port(), ORIGIN).await;
    assert_eq!(page.state.clone().unwrap().service, Service::Down);
    readers.say(slots(false));
    page.sees("the reader", |state| state.service == Service::Up && state.readers.len() == 1).await;
    readers.say(Report::Slots(vec![]));
    page.sees("the reader gone", |state| state.readers.is_empty()).await;
    let id = page.authenticate_as("r1", 1, &NONCE, &statement(), None).await;
    assert_eq!(page.code(id).await, ErrorCode::ReaderLost);
    readers.say(Report::Down);
    page.sees("the service away", |state| state.service == Service::Down).await;
    readers.say(slots(false));
    page.sees("a new name for the reader", |state| state.readers.first().is_some_and(|reader| reader.id == "r2")).await;
    running.stop().await;
}

#[tokio::test]
async fn a_service_that_does_not_answer_delays_the_start_no_longer_than_said() {
    let readers = Broken::default();
    let running = start(Box::new(readers), |settings| settings.first_look = Duration::from_millis(50)).await;
    let page = Page::greeted(running.address().port(), ORIGIN).await;
    assert_eq!(page.state.unwrap().service, Service::Down);
    running.stop().await;
}

#[tokio::test]
async fn cards_that_cannot_be_used_have_their_codes() {
    for (scenario, kind, expected) in [
        ("foreign", CardKind::Foreign, ErrorCode::CardUnknown),
        ("juki", CardKind::JukiCard, ErrorCode::CardUnknown),
        ("no-user-cert", CardKind::MyNumberCard, ErrorCode::NoCertificate),
        ("locked", CardKind::MyNumberCard, ErrorCode::PinBlocked),
        ("no-pin", CardKind::MyNumberCard, ErrorCode::PinBlocked),
        ("sw-6983", CardKind::MyNumberCard, ErrorCode::PinBlocked),
    ] {
        let world = World::new(&format!("ichiro:{scenario}")).await;
        let mut page = world.page_with_card().await;
        assert_eq!(page.card().await.1, kind, "{scenario}");
        let id = page.authenticate(None).await;
        let failure = page.failure(id).await;
        assert_eq!((failure.code, failure.try_spent), (expected, Spent::No), "{scenario}");
        assert_eq!(world.verify_count(), 0, "{scenario}");
        world.end().await;
    }
}

/// "Place it again" would never have helped, and three right PINs would have been typed for nothing.
#[tokio::test]
async fn a_newer_card_says_so_after_the_right_pin_and_that_costs_no_try() {
    for scenario in ["next-gen", "small-cert", "long-cert"] {
        let world = World::new(&format!("ichiro:{scenario}")).await;
        let mut page = world.page_with_card().await;
        let id = page.authenticate(None).await;
        let (ticket, ..) = page.pin_needed(id).await;
        press(world.port(), &ticket, r#"{"pin":"1234"}"#).await;
        let failure = page.failure(id).await;
        assert_eq!((failure.code, failure.retriable, failure.try_spent), (ErrorCode::CardNewer, false, Spent::No), "{scenario}");
        assert_eq!((world.verify_count(), world.simulator.with(|card| card.tries_left(PinKind::Auth))), (1, 3), "{scenario}");
        world.end().await;
    }
    for scenario in ["next-gen", "long-cert"] {
        let world = World::new(&format!("ichiro:{scenario}")).await;
        let mut page = world.page_with_card().await;
        let id = page.ask_of_card("identify", r#""consented":true,"#).await;
        assert_eq!(page.code(id).await, ErrorCode::CardNewer, "{scenario}");
        world.end().await;
    }
}

/// A card that gives one byte, or three, or seventeen, for each READ was an unknown token.
#[tokio::test]
async fn a_card_that_gives_little_at_a_time_does_all_that_others_do() {
    for scenario in ["tiny-read", "tiny-read-3", "tiny-read-17"] {
        let world = World::new(&format!("ichiro:{scenario}")).await;
        let mut page = world.page_with_card().await;
        assert_eq!(page.card().await.1, CardKind::MyNumberCard, "{scenario}");
        let id = page.ask_of_card("pin_status", "").await;
        assert!(matches!(page.answer(id).await, Frame::Ok { ok: Answer::PinStatus { auth: Some(3), certificate: true, .. }, .. }));
        let id = page.ask_of_card("identify", r#""consented":true,"#).await;
        assert!(matches!(page.answer(id).await, Frame::Ok { ok: Answer::Identify { .. }, .. }), "{scenario}");
        let id = page.authenticate(None).await;
        let (ticket, ..) = page.pin_needed(id).await;
        press(world.port(), &ticket, r#"{"pin":"1234"}"#).await;
        page.signed(id).await;
        assert_eq!(world.verify_count(), 1);
        world.end().await;
    }
}

#[tokio::test]
async fn a_request_before_the_card_is_recognised_recognises_it_first() {
    for (scenario, expected) in [("juki", Some(ErrorCode::CardUnknown)), ("normal", None)] {
        let world = World::new(&format!("ichiro:{scenario}")).await;
        let mut page = Page::connect(world.port(), ORIGIN).await.ok().unwrap();
        // Both frames at once: the kind cannot be known yet.
        page.ask(r#""op":"hello","versions":[1],"lang":"ja""#).await;
        let id = page.authenticate_as("r1", 1, &NONCE, &statement(), None).await;
        match expected {
            Some(code) => assert_eq!(page.code(id).await, code),
            None => drop(page.pin_needed(id).await),
        }
        world.end().await;
    }
}

#[tokio::test]
async fn an_android_phone_signs_with_its_own_pin() {
    let world = World::new("ichiro:phone-android").await;
    let mut page = world.page_with_card().await;
    let id = page.authenticate(None).await;
    let (ticket, ..) = page.pin_needed(id).await;
    press(world.port(), &ticket, r#"{"pin":"1234"}"#).await;
    page.signed(id).await;
    world.end().await;
}

#[tokio::test]
async fn a_program_whose_state_broke_down_says_so_instead_of_serving_nobody() {
    let card = Some(Presence { mark: 1, is_mute: false });
    let slots = Report::Slots(vec![Slot { name: "A reader".to_owned(), card }]);
    let mut running = start(Box::new(Broken::new(slots, Some(Fault::Door))), |_| ()).await;
    let mut page = Page::connect(running.address().port(), ORIGIN).await.unwrap();
    assert!(timeout(Duration::from_millis(1), running.broken()).await.is_err(), "control: it runs");
    page.ask(r#""op":"hello","versions":[1],"lang":"ja""#).await;
    timeout(LIMIT, running.broken()).await.expect("it is told");
    timeout(LIMIT, running.stop()).await.expect("and ends");
}
