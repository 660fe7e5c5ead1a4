use shared::reader::{Asks, Card, Reader};

use super::*;

fn state(cards: &[Option<Option<CardKind>>]) -> State {
    let reader = |(place, card): (usize, &Option<Option<CardKind>>)| Reader {
        id: format!("r{place}"),
        name: format!("reader {place}"),
        card: card.map(|kind| Card { generation: 4, kind }),
    };
    State { service: Service::Up, readers: cards.iter().enumerate().map(reader).collect(), lease: Lease::Free }
}

fn hello(state: State) -> Input {
    Input::Frame(Frame::Ok {
        id: 1,
        ok: Answer::Hello { version: 1, build: "0".to_owned(), frame_max: 8192, simulator: true, identity: None, state },
    })
}

/// The helper says hello, and is the one that the browser knows; what else is to be done.
fn greet(machine: &mut Machine, state: State) -> Vec<Effect> {
    let mut effects = machine.step(hello(state));
    assert_eq!(effects.pop(), Some(Effect::Meet(None)));
    machine.step(Input::Met(true));
    effects
}

fn event(seq: u64, what: What) -> Input {
    Input::Frame(Frame::Event(Event { seq, what }))
}

fn wants(want: Want) -> Ask {
    Ask { want, takes_over: false }
}

fn ask() -> Ask {
    wants(Want::Authenticate { nonce: Base64(vec![1; 32]), statement: Base64(vec![2]) })
}

const CARD: Option<Option<CardKind>> = Some(Some(CardKind::MyNumberCard));

/// A machine with an open socket and this state.
fn open(state: State) -> Machine {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    greet(&mut machine, state);
    machine
}

fn started() -> Machine {
    let mut machine = open(state(&[CARD]));
    assert_eq!(machine.step(Input::Start(ask())).len(), 1);
    machine
}

fn pin(seq: u64, last_try: bool) -> Input {
    event(seq, What::PinNeeded { request: 2, ticket: "t".to_owned(), tries_left: Some(3), last_try, asks: Asks::Pin })
}

fn dials(effects: &[Effect]) -> bool {
    effects.contains(&Effect::Dial)
}

#[test]
fn another_helper_than_before_is_used_only_when_a_person_says_so() {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    machine.step(hello(state(&[CARD, CARD])));
    machine.step(Input::Met(false));
    assert_eq!((machine.view(), machine.shown().readers.all.len()), (View::OtherHelper, 0));
    assert_eq!(machine.step(Input::Start(ask())), [], "nothing is asked of it");
    assert_eq!(machine.step(Input::Met(true)), [], "the browser answers once");
    assert_eq!(machine.view(), View::OtherHelper);
    machine.step(event(1, What::State { state: state(&[CARD]) }));
    assert_eq!(machine.view(), View::OtherHelper);
    assert_eq!(machine.step(Input::Trust), [Effect::Remember]);
    assert_eq!(machine.view(), View::Ready);
    assert_eq!(machine.step(Input::Trust), []);

    machine.step(Input::Closed);
    machine.step(Input::Connect);
    machine.step(hello(state(&[CARD])));
    assert_eq!(machine.view(), View::Connecting, "each connection is asked for anew");
}

#[test]
fn a_whole_reading_delivers_one_proof() {
    let mut machine = Machine::new();
    assert!(dials(&machine.step(Input::Begin(Place::Loopback))));
    assert_eq!(machine.view(), View::Connecting);
    assert_eq!(machine.step(hello(state(&[None]))), [Effect::Meet(None)]);
    assert_eq!(machine.view(), View::Connecting, "who is it?");
    machine.step(Input::Met(true));
    assert_eq!(machine.view(), View::PutCard);
    machine.step(event(1, What::State { state: state(&[Some(None)]) }));
    assert_eq!(machine.view(), View::Recognising);
    machine.step(event(2, What::State { state: state(&[CARD]) }));
    assert_eq!(machine.view(), View::Ready);

    let sent = machine.step(Input::Start(ask()));
    let [Effect::Send(Request { id: 2, op: Op::Authenticate { reader, generation: 4, take: None, .. }, .. })] = sent.as_slice() else {
        panic!("{sent:?}")
    };
    assert_eq!(reader, "r0");
    assert_eq!(machine.view(), View::Starting);
    machine.step(Input::Frame(Frame::Ack { id: 2, ack: true }));
    machine.step(pin(3, false));
    assert_eq!(machine.view(), View::Pin { ticket: "t".to_owned(), tries_left: Some(3), last_try: false, asks: Asks::Pin });
    for (seq, step) in [(4, Step::Verifying), (5, Step::Signing), (6, Step::Reading)] {
        machine.step(event(seq, What::Progress { request: 2, step, on_pad: false }));
        assert_eq!(machine.view(), View::Working(step));
    }
    let answer = || Frame::Ok { id: 2, ok: Answer::Authenticate { certificate: Base64(vec![7]), signature: Base64(vec![8]) } };
    let expected = Signed { nonce: Base64(vec![1; 32]), certificate: Base64(vec![7]), signature: Base64(vec![8]) };
    assert_eq!(machine.step(Input::Frame(answer())), [Effect::Deliver(Got::Signed(expected))]);
    assert_eq!(machine.view(), View::Done);
    assert_eq!(machine.step(Input::Frame(answer())), [], "the same answer again is nothing");
}

#[test]
fn nothing_starts_without_a_press_or_without_a_card() {
    for cards in [vec![], vec![None], vec![Some(None)], vec![Some(Some(CardKind::Foreign))]] {
        let mut machine = open(state(&cards));
        assert_eq!(machine.step(Input::Start(ask())), [], "{cards:?}");
    }
    let mut machine = open(state(&[None]));
    assert_eq!(machine.step(event(1, What::State { state: state(&[CARD]) })), [], "a card alone sends nothing");
}

#[test]
fn one_press_is_one_request() {
    let mut machine = started();
    assert_eq!(machine.step(Input::Start(ask())), []);
    machine.step(pin(1, false));
    assert_eq!(machine.step(Input::Start(ask())), []);
}

#[test]
fn the_card_is_found_behind_other_tokens() {
    let machine = open(state(&[Some(Some(CardKind::Foreign)), None, CARD]));
    assert_eq!(machine.view(), View::Ready);
    assert_eq!(open(state(&[None, Some(Some(CardKind::JukiCard))])).view(), View::PutCardBeside(Some(CardKind::JukiCard)));
}

#[test]
fn service_and_reader_come_before_the_card() {
    let with = |service| State { service, ..state(&[CARD]) };
    assert_eq!(open(with(Service::Down)).view(), View::ServiceDown);
    assert_eq!(open(with(Service::Denied)).view(), View::ServiceDenied);
    assert_eq!(open(state(&[])).view(), View::NoReader);
}

#[test]
fn a_card_in_use_elsewhere_is_taken_only_on_request() {
    let mut machine = open(State { lease: Lease::Other(9), ..state(&[CARD]) });
    assert_eq!(machine.view(), View::InUse);
    assert_eq!(machine.step(Input::Start(ask())), []);
    let sent = machine.step(Input::Start(Ask { takes_over: true, ..ask() }));
    assert!(matches!(sent.as_slice(), [Effect::Send(Request { op: Op::Authenticate { take: Some(9), .. }, .. })]), "{sent:?}");
}

#[test]
fn a_wrong_pin_ends_the_operation_and_the_next_one_is_a_new_request() {
    let mut machine = started();
    machine.step(pin(1, false));
    let failure = Failure { code: ErrorCode::PinWrong, retriable: true, tries_left: Some(2), try_spent: Spent::Yes };
    machine.step(Input::Frame(Frame::Err { id: 2, err: failure.clone() }));
    assert_eq!(machine.view(), View::Failed(failure));
    let sent = machine.step(Input::Start(ask()));
    assert!(matches!(sent.as_slice(), [Effect::Send(Request { id: 3, op: Op::Authenticate { .. }, .. })]), "{sent:?}");
}

#[test]
fn stop_sends_one_cancel_and_a_late_signature_is_not_used() {
    let mut machine = started();
    machine.step(pin(1, false));
    let sent = machine.step(Input::Cancel);
    assert!(matches!(sent.as_slice(), [Effect::Send(Request { id: 3, op: Op::Cancel { target: 2 }, .. })]), "{sent:?}");
    assert_eq!(machine.step(Input::Cancel), []);
    assert_eq!(machine.view(), View::Stopping);
    let late = Frame::Ok { id: 2, ok: Answer::Authenticate { certificate: Base64(vec![7]), signature: Base64(vec![8]) } };
    assert_eq!(machine.step(Input::Frame(late)), []);
    assert!(matches!(machine.view(), View::Failed(Failure { code: ErrorCode::Cancelled, .. })));
}

#[test]
fn a_gap_in_the_events_opens_a_new_connection() {
    let mut machine = open(state(&[CARD]));
    let effects = machine.step(event(2, What::State { state: state(&[None]) }));
    assert_eq!(effects, [Effect::HangUp, Effect::WakeIn(1_000), Effect::LookAtPort]);
    assert!(dials(&machine.step(Input::Wake)));
    greet(&mut machine, state(&[CARD]));
    assert_eq!(machine.view(), View::Ready);
}

#[test]
fn a_helper_that_goes_away_says_whether_a_try_may_be_spent() {
    for (at, spent) in [(None, Spent::No), (Some(Step::Verifying), Spent::Unknown), (Some(Step::Signing), Spent::No)] {
        let mut machine = started();
        if let Some(step) = at {
            machine.step(event(1, What::Progress { request: 2, step, on_pad: false }));
        }
        machine.step(Input::Closed);
        assert_eq!(machine.view(), View::Lost(spent), "{at:?}");
        machine.step(Input::Dismiss);
        assert_eq!(machine.view(), View::Connecting, "it is looked into why");
        machine.step(Input::Looked(Seen::default()));
        assert_eq!(machine.view(), View::Absent(Why::NotRunning));
    }
}

#[test]
fn an_absent_helper_is_looked_for_again_slower_and_slower() {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    for wait_ms in [1_000, 2_000, 4_000, 8_000, 15_000, 15_000] {
        let effects = machine.step(Input::Closed);
        assert_eq!(effects.first(), Some(&Effect::WakeIn(wait_ms)));
        assert_eq!(effects.contains(&Effect::LookAtPort), wait_ms == 1_000, "looked into once, not in a loop");
        machine.step(Input::Looked(Seen::default()));
        assert_eq!(machine.view(), View::Absent(Why::NotRunning));
        assert!(dials(&machine.step(Input::Wake)));
        assert_eq!(machine.view(), View::Absent(Why::NotRunning), "the words stay while it is tried");
    }
    greet(&mut machine, state(&[]));
    assert_eq!(machine.view(), View::NoReader);
}

/// The usual mistake at a first installation, a port that is taken, a content blocker: none of them is "start it".
#[test]
fn staff_are_told_why_a_helper_does_not_answer() {
    let seen = Seen { took_time: true, ..Seen::default() };
    let rows = [
        ("nobody", Seen::default(), Why::NotRunning),
        ("nobody, in a browser that closes every event source", Seen { is_source_closed: true, ..Seen::default() }, Why::NotRunning),
        ("a program that speaks something else", seen, Why::NotRunning),
        ("not allowed", Seen { is_source_closed: true, ..seen }, Why::NotAllowed),
        ("another web server", Seen { is_open: true, is_source_closed: true, ..seen }, Why::PortTaken),
        ("a program that says nothing", Seen { is_open: true, ..seen }, Why::PortTaken),
        ("a content blocker", Seen { is_collapsed: true, ..Seen::default() }, Why::Stopped),
        ("allowed, only the socket is stopped", Seen { health: Some(true), is_source_closed: true, ..seen }, Why::Stopped),
        ("no room", Seen { health: Some(false), is_source_closed: true, ..seen }, Why::NoRoom),
    ];
    for (what, seen, why) in rows {
        let mut machine = Machine::new();
        machine.step(Input::Begin(Place::Loopback));
        assert!(machine.step(Input::Closed).contains(&Effect::LookAtPort), "{what}");
        machine.step(Input::Looked(seen));
        assert_eq!(machine.view(), View::Absent(why), "{what}");
        // A press looks again, and what was found before is forgotten.
        machine.step(Input::Connect);
        assert_eq!(machine.view(), View::Connecting, "{what}");
        assert!(machine.step(Input::Closed).contains(&Effect::LookAtPort), "{what}");
        machine.step(Input::Wake);
        greet(&mut machine, state(&[CARD]));
        machine.step(Input::Looked(seen));
        assert_eq!(machine.view(), View::Ready, "{what}: a late answer changes nothing");
    }
}

#[test]
fn a_hidden_page_does_not_look_for_the_helper() {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    machine.step(Input::Seen(false));
    assert_eq!(machine.step(Input::Closed), []);
    assert_eq!(machine.step(Input::Wake), []);
    assert!(dials(&machine.step(Input::Seen(true))));
}

#[test]
fn a_silent_helper_counts_as_absent() {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    assert_eq!(machine.step(Input::Wake), [Effect::HangUp, Effect::WakeIn(1_000), Effect::LookAtPort]);
}

#[test]
fn on_a_public_page_the_browser_is_asked_before_and_after() {
    let begin = |permission| {
        let mut machine = Machine::new();
        assert_eq!(machine.step(Input::Begin(Place::Public)), [Effect::AskPermission]);
        let effects = machine.step(Input::Permission(permission));
        (machine, effects)
    };
    let (machine, effects) = begin(Permission::Prompt);
    assert_eq!((machine.view(), effects), (View::AskFirst, vec![]));
    let (machine, effects) = begin(Permission::Denied);
    assert_eq!((machine.view(), effects), (View::Denied, vec![]));
    for known in [Permission::Granted, Permission::NotKnown] {
        let (mut machine, effects) = begin(known);
        assert!(dials(&effects));
        assert_eq!(machine.step(Input::Closed), [Effect::AskPermission]);
        assert_eq!(machine.step(Input::Permission(known)), [Effect::WakeIn(1_000), Effect::LookAtPort]);
        assert_eq!(machine.view(), View::Connecting);
    }
}

#[test]
fn a_silent_helper_counts_as_absent_on_a_public_page_unless_the_browser_may_be_asking() {
    for (permission, has_limit) in [(Permission::Granted, true), (Permission::NotKnown, true), (Permission::Prompt, false)] {
        let mut machine = Machine::new();
        machine.step(Input::Begin(Place::Public));
        let asked = machine.step(Input::Permission(permission));
        let effects = if has_limit { asked } else { machine.step(Input::Connect) };
        assert!(dials(&effects));
        assert_eq!(effects.contains(&Effect::WakeIn(5_000)), has_limit, "{permission:?}");
        let late = machine.step(Input::Wake);
        assert_eq!(late, if has_limit { vec![Effect::HangUp, Effect::AskPermission] } else { vec![] }, "{permission:?}");
    }
}

#[test]
fn a_page_that_is_seen_again_leaves_a_connection_on_its_way_alone() {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    machine.step(Input::Seen(false));
    assert_eq!(machine.step(Input::Seen(true)), [], "neither dropped nor dialed twice");
    greet(&mut machine, state(&[Some(None)]));
    machine.step(Input::Seen(false));
    assert_eq!(machine.step(Input::Seen(true)), []);
    assert_eq!(machine.view(), View::Recognising, "nothing is late because someone looked");
}

#[test]
fn a_card_that_stays_unknown_is_held_by_another_program() {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    assert_eq!(greet(&mut machine, state(&[Some(None)])), [Effect::WakeIn(5_000)]);
    assert_eq!(
        machine.step(event(1, What::State { state: State { lease: Lease::Other(1), ..state(&[Some(None)]) } })),
        [],
        "the same card"
    );
    assert_eq!(machine.view(), View::Recognising);
    assert_eq!(machine.step(Input::Wake), []);
    assert_eq!(machine.view(), View::Held);
    machine.step(event(2, What::State { state: state(&[None]) }));
    assert_eq!(machine.view(), View::PutCard);
    assert_eq!(machine.step(event(3, What::State { state: state(&[Some(None)]) })), [Effect::WakeIn(5_000)]);
    assert_eq!(machine.view(), View::Recognising, "placed anew, waited for anew");
    machine.step(Input::Wake);
    machine.step(event(4, What::State { state: state(&[CARD]) }));
    assert_eq!(machine.view(), View::Ready);
    assert_eq!(machine.step(Input::Wake), []);
    assert_eq!(machine.view(), View::Ready);
}

#[test]
fn only_a_reading_that_goes_on_is_a_sign_of_life() {
    // A whole evening without a helper: dialed again and again, and nobody is there.
    let mut machine = Machine::new();
    let mut former = machine.view();
    let mut lives = |machine: &Machine| {
        let now = machine.view();
        now.is_sign_of_life_after(&std::mem::replace(&mut former, now.clone()))
    };
    machine.step(Input::Begin(Place::Loopback));
    for _ in 0..3 {
        machine.step(Input::Closed);
        assert!(!lives(&machine));
        machine.step(Input::Wake);
        assert!(!lives(&machine));
    }
    for cards in [vec![], vec![None], vec![Some(None)], vec![CARD]] {
        let mut machine = machine.clone();
        greet(&mut machine, state(&cards));
        assert!(!lives(&machine), "{cards:?}");
    }
    let mut machine = started();
    assert!(lives(&machine), "starting");
    machine.step(pin(1, false));
    assert!(lives(&machine), "the frame");
    machine.step(event(2, What::State { state: state(&[CARD]) }));
    assert!(!lives(&machine), "the same view again");
    machine.step(event(3, What::Progress { request: 2, step: Step::Verifying, on_pad: false }));
    assert!(lives(&machine), "the card works");
    machine.step(Input::Frame(Frame::Ok { id: 2, ok: Answer::Authenticate { certificate: Base64(vec![7]), signature: Base64(vec![8]) } }));
    assert!(lives(&machine), "signed");
}

#[test]
fn a_closed_question_or_a_refusal_is_never_asked_again_by_itself() {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Public));
    machine.step(Input::Permission(Permission::Prompt));
    assert!(dials(&machine.step(Input::Connect)));
    machine.step(Input::Closed);
    assert_eq!(machine.step(Input::Permission(Permission::Prompt)), []);
    assert_eq!(machine.view(), View::Absent(Why::MayBePermission));
    assert_eq!(machine.step(Input::Wake), []);

    assert!(dials(&machine.step(Input::Connect)));
    machine.step(Input::Closed);
    assert_eq!(machine.step(Input::Permission(Permission::Denied)), []);
    assert_eq!(machine.view(), View::Denied);
    assert_eq!(machine.step(Input::Wake), []);
    assert_eq!(machine.step(Input::Seen(true)), []);
}

#[test]
fn a_phone_never_dials() {
    let mut machine = Machine::new();
    assert_eq!(machine.step(Input::Begin(Place::Phone)), []);
    assert_eq!(machine.view(), View::Phone);
    assert_eq!(machine.step(Input::Connect), []);
}

#[test]
fn an_old_helper_is_named_and_left_alone() {
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    let effects = machine.step(Input::Frame(Frame::Err { id: 1, err: ErrorCode::VersionMismatch.unspent() }));
    assert_eq!(effects, [Effect::HangUp]);
    assert_eq!(machine.view(), View::OldHelper);
    assert_eq!(machine.step(Input::Wake), []);
}

/// The events of one connection, numbered.
fn tell(machine: &mut Machine, state: State) -> Vec<Effect> {
    let seq = machine.last_seq + 1;
    machine.step(event(seq, What::State { state }))
}

fn choose(machine: &mut Machine, reader: &str) {
    assert_eq!(machine.step(Input::Choose(Some(reader.to_owned()))), []);
}

/// The reader that a press would ask now.
fn asked_reader(machine: &Machine) -> String {
    let sent = machine.clone().step(Input::Start(wants(Want::PinStatus)));
    let [Effect::Send(Request { op: Op::PinStatus { reader, .. }, .. })] = sent.as_slice() else { panic!("{sent:?}") };
    reader.clone()
}

#[test]
fn one_reader_leaves_nothing_to_choose() {
    let shown = open(state(&[CARD])).shown();
    assert_eq!(shown.readers, Readers { used: Some("r0".to_owned()), ..Readers::default() });
    assert_eq!(shown.card, Some(CardId { reader: "r0".to_owned(), generation: 4 }));
    assert_eq!(open(state(&[])).shown().readers, Readers::default());
}

#[test]
fn the_reader_that_was_chosen_is_the_one_that_is_asked() {
    let mut machine = open(state(&[CARD, CARD, None]));
    assert_eq!(asked_reader(&machine), "r0");
    choose(&mut machine, "r1");
    assert_eq!(asked_reader(&machine), "r1");
    assert_eq!(machine.shown().card, Some(CardId { reader: "r1".to_owned(), generation: 4 }));
    choose(&mut machine, "r2");
    assert_eq!(machine.view(), View::PutCard, "the card elsewhere is not meant");
    assert_eq!((machine.shown().card, machine.step(Input::Start(ask()))), (None, vec![]));
    machine.step(Input::Choose(None));
    assert_eq!(asked_reader(&machine), "r0");
    machine.step(Input::Choose(Some("r9".to_owned())));
    assert_eq!(machine.shown().readers.chosen, None, "there is no such reader");
}

#[test]
fn a_choice_stays_while_cards_and_readers_come_and_go_around_it() {
    let mut machine = open(state(&[CARD, None]));
    choose(&mut machine, "r1");
    // Another reader is plugged in, and listed before the chosen one; cards move.
    let mut plugged = state(&[None, CARD, CARD]);
    plugged.readers.rotate_left(2);
    for next in [plugged, state(&[CARD, Some(None)]), state(&[Some(Some(CardKind::Foreign)), CARD])] {
        tell(&mut machine, next);
        assert_eq!(machine.shown().readers.chosen.as_deref(), Some("r1"));
        assert_eq!(machine.shown().readers.used.as_deref(), Some("r1"));
    }
    assert_eq!(asked_reader(&machine), "r1");
}

#[test]
fn a_chosen_reader_that_is_unplugged_leaves_the_choice_to_the_page_and_says_so() {
    let mut machine = open(state(&[CARD, CARD]));
    choose(&mut machine, "r1");
    tell(&mut machine, state(&[CARD]));
    let readers = machine.shown().readers;
    assert_eq!((readers.chosen, readers.has_lost_choice, readers.all), (None, true, vec![]));
    assert_eq!(asked_reader(&machine), "r0");
    tell(&mut machine, state(&[CARD, CARD]));
    let readers = machine.shown().readers;
    assert_eq!((readers.chosen, readers.has_lost_choice), (None, true), "plugged in again, it is not chosen by itself");
    choose(&mut machine, "r1");
    assert!(!machine.shown().readers.has_lost_choice, "a new choice was made");
}

#[test]
fn a_choice_lives_through_a_lost_connection_but_not_through_another_reader_of_the_same_id() {
    let mut machine = open(state(&[CARD, CARD]));
    choose(&mut machine, "r1");
    machine.step(Input::Closed);
    assert_eq!(machine.shown().readers.all, [], "nothing to choose without a helper");
    machine.step(Input::Wake);
    greet(&mut machine, state(&[CARD, CARD]));
    assert_eq!(asked_reader(&machine), "r1");
    machine.step(Input::Closed);
    machine.step(Input::Wake);
    let mut other = state(&[CARD, CARD]);
    other.readers[1].name = "another reader".to_owned();
    greet(&mut machine, other);
    assert!(machine.shown().readers.has_lost_choice);
    assert_eq!(asked_reader(&machine), "r0");
}

#[test]
fn left_to_the_page_the_best_card_counts_in_any_order_of_plugging() {
    let foreign = Some(Some(CardKind::Foreign));
    for cards in [vec![foreign, CARD, None], vec![None, foreign, CARD], vec![CARD, None, foreign]] {
        let at = cards.iter().position(|card| *card == CARD).map(|place| format!("r{place}"));
        assert_eq!(Some(asked_reader(&open(state(&cards)))), at);
    }
    let mut machine = open(state(&[foreign]));
    assert_eq!(machine.view(), View::WrongCard(CardKind::Foreign));
    tell(&mut machine, state(&[foreign, CARD]));
    assert_eq!(asked_reader(&machine), "r1", "a reader that came later");
}

const FOREIGN: Option<Option<CardKind>> = Some(Some(CardKind::Foreign));

/// Windows Hello and the like hold a card of their own for good: beside them an empty reader must still ask for the patient's card.
#[test]
fn an_empty_reader_asks_for_the_card_beside_one_that_holds_another_for_good() {
    for kind in [CardKind::Foreign, CardKind::Mute, CardKind::UnknownToken, CardKind::JukiCard] {
        let holds = Some(Some(kind));
        for cards in [[holds, None], [None, holds]] {
            let mut machine = open(state(&cards));
            assert_eq!(machine.view(), View::PutCardBeside(Some(kind)));
            assert_eq!(machine.shown().card, None);
            // The patient's card comes, works, and goes.
            let placed = cards.map(|card| card.or(CARD));
            tell(&mut machine, state(&placed));
            assert_eq!(machine.view(), View::Ready);
            tell(&mut machine, state(&cards));
            assert_eq!(machine.view(), View::PutCardBeside(Some(kind)));
        }
    }
    assert_eq!(open(state(&[FOREIGN])).view(), View::WrongCard(CardKind::Foreign), "alone, it is the one that was put there");
    assert_eq!(open(state(&[FOREIGN, FOREIGN])).view(), View::WrongCard(CardKind::Foreign), "there is no place left");
    let mut machine = open(state(&[FOREIGN, None]));
    choose(&mut machine, "r0");
    assert_eq!(machine.view(), View::WrongCard(CardKind::Foreign), "by hand the other one is meant");
    choose(&mut machine, "r1");
    assert_eq!(machine.view(), View::PutCard);
}

/// A wrong card that somebody puts down before our eyes is called so, whatever other readers are empty.
#[test]
fn a_wrong_card_that_is_put_down_is_called_wrong_beside_an_empty_reader() {
    let mut machine = open(state(&[None, None]));
    assert_eq!(machine.view(), View::PutCard);
    for at in [0, 1] {
        let mut placed = state(&[None, None]);
        placed.readers[at].card = Some(Card { generation: 5 + u64::try_from(at).unwrap(), kind: Some(CardKind::Foreign) });
        tell(&mut machine, placed);
        assert_eq!(machine.view(), View::WrongCard(CardKind::Foreign), "reader {at}");
        tell(&mut machine, state(&[None, None]));
        assert_eq!(machine.view(), View::PutCard);
    }
    // The same on a reader beside one that holds a card for good.
    let mut machine = open(state(&[FOREIGN, None]));
    let mut placed = state(&[FOREIGN, None]);
    placed.readers[1].card = Some(Card { generation: 9, kind: Some(CardKind::JukiCard) });
    tell(&mut machine, placed);
    assert_eq!(machine.view(), View::WrongCard(CardKind::JukiCard));
}

/// A card that another program holds for good hides the empty reader only until its time is over.
#[test]
fn a_card_that_stays_unknown_hides_no_empty_reader_for_long() {
    for cards in [[Some(None), None], [None, Some(None)]] {
        let mut machine = Machine::new();
        machine.step(Input::Begin(Place::Loopback));
        assert_eq!(greet(&mut machine, state(&cards)), [Effect::WakeIn(5_000)]);
        assert_eq!(machine.view(), View::Recognising);
        assert_eq!(machine.step(Input::Wake), [], "nothing else to wait for");
        assert_eq!(machine.view(), View::PutCardBeside(None));
        tell(&mut machine, state(&cards.map(|card| card.or(CARD))));
        assert_eq!(machine.view(), View::Ready);
    }
    // Two of them are waited for one after the other.
    let mut both = state(&[Some(None), Some(None), None]);
    both.readers[1].card = Some(Card { generation: 5, kind: None });
    let mut machine = Machine::new();
    machine.step(Input::Begin(Place::Loopback));
    assert_eq!(greet(&mut machine, both), [Effect::WakeIn(5_000)]);
    assert_eq!(machine.step(Input::Wake), [Effect::WakeIn(5_000)]);
    assert_eq!(machine.view(), View::Recognising);
    assert_eq!(machine.step(Input::Wake), []);
    assert_eq!(machine.view(), View::PutCardBeside(None));
}

/// A reader with keys of its own: the page must not say "do not move" while the person is to type there.
#[test]
fn the_readers_own_keys_are_pointed_out_until_they_are_done_with() {
    let on_pad = |seq| event(seq, What::Progress { request: 2, step: Step::Verifying, on_pad: true });
    let mut machine = started();
    machine.step(pin(1, false));
    machine.step(on_pad(2));
    assert_eq!(machine.view(), View::OnPad);
    machine.step(event(3, What::Progress { request: 2, step: Step::Signing, on_pad: false }));
    assert_eq!(machine.view(), View::Working(Step::Signing));

    let mut machine = started();
    machine.step(pin(1, false));
    machine.step(on_pad(2));
    assert!(matches!(machine.step(Input::Cancel).as_slice(), [Effect::Send(Request { op: Op::Cancel { target: 2 }, .. })]));
    assert_eq!(machine.view(), View::StoppingOnPad, "the reader still waits");
    assert_eq!(machine.step(Input::Cancel), [], "once");
    machine.step(on_pad(3));
    assert_eq!(machine.view(), View::StoppingOnPad);
    machine.step(Input::Frame(Frame::Err { id: 2, err: ErrorCode::Cancelled.unspent() }));
    assert_eq!(machine.view(), View::Failed(ErrorCode::Cancelled.unspent()));

    let mut machine = started();
    machine.step(pin(1, false));
    machine.step(on_pad(2));
    machine.step(Input::Closed);
    assert_eq!(machine.view(), View::Lost(Spent::Unknown), "who knows what was typed");
}

#[test]
fn nobody_chooses_while_the_card_works() {
    let mut machine = open(state(&[CARD, CARD]));
    machine.step(Input::Start(ask()));
    assert_eq!(machine.shown().readers.all, []);
    choose(&mut machine, "r1");
    assert_eq!(machine.shown().readers.chosen, None);
}

#[test]
fn a_card_that_is_chosen_while_unknown_is_waited_for() {
    let mut machine = open(state(&[CARD, Some(None)]));
    assert_eq!(machine.step(Input::Choose(Some("r1".to_owned()))), [Effect::WakeIn(5_000)]);
    assert_eq!(machine.view(), View::Recognising);
    machine.step(Input::Wake);
    assert_eq!(machine.view(), View::Held);
}

#[test]
fn each_operation_sends_its_own_request_and_delivers_its_own_answer() {
    let photo = |path: &str| Answer::Face { photo: path.to_owned(), signature: FaceSignature::Fits };
    for (want, answer, expected) in [
        (Want::Identify { is_consented: true }, Answer::Identify { certificate: Base64(vec![7]) }, Got::Certificate(Base64(vec![7]))),
        (Want::Face { is_consented: true }, photo("/photo/t"), Got::Photo { path: "/photo/t".to_owned(), signature: FaceSignature::Fits }),
        (
            Want::PinStatus,
            Answer::PinStatus { auth: Some(3), sign: None, certificate: true },
            Got::Tries { auth: Some(3), sign: None, has_certificate: true },
        ),
    ] {
        let mut machine = open(state(&[CARD]));
        let sent = machine.step(Input::Start(wants(want.clone())));
        let [Effect::Send(Request { id: 2, op, .. })] = sent.as_slice() else { panic!("{sent:?}") };
        match (&want, op) {
            (Want::Identify { .. }, Op::Identify { consented: true, reader, generation: 4, take: None })
            | (Want::Face { .. }, Op::Face { consented: true, reader, generation: 4, take: None })
            | (Want::PinStatus, Op::PinStatus { reader, generation: 4, take: None }) => assert_eq!(reader, "r0"),
            other => panic!("{other:?}"),
        }
        assert_eq!(machine.step(Input::Frame(Frame::Ok { id: 2, ok: answer })), [Effect::Deliver(expected)]);
        assert_eq!(machine.view(), View::Done);
        machine.step(Input::Dismiss);
        assert_eq!(machine.view(), View::Ready);
    }
    // A path that is none of the helper's photos, and an answer to something else: the helper is not believed any more.
    for answer in [photo("@elsewhere.example/"), Answer::Identify { certificate: Base64(vec![7]) }] {
        let mut machine = open(state(&[CARD]));
        machine.step(Input::Start(wants(Want::Face { is_consented: true })));
        assert_eq!(
            machine.step(Input::Frame(Frame::Ok { id: 2, ok: answer })),
            [Effect::HangUp, Effect::WakeIn(1_000), Effect::LookAtPort]
        );
    }
}

#[test]
fn a_consent_that_was_not_given_is_not_made_up() {
    let mut machine = open(state(&[CARD]));
    let sent = machine.step(Input::Start(wants(Want::Face { is_consented: false })));
    assert!(matches!(sent.as_slice(), [Effect::Send(Request { op: Op::Face { consented: false, .. }, .. })]), "{sent:?}");
}

#[test]
fn the_frame_says_what_it_asks_for() {
    let mut machine = open(state(&[CARD]));
    machine.step(Input::Start(wants(Want::Face { is_consented: true })));
    let needed = What::PinNeeded { request: 2, ticket: "t".to_owned(), tries_left: Some(9), last_try: false, asks: Asks::FaceCode };
    machine.step(event(1, needed));
    assert!(matches!(machine.view(), View::Pin { asks: Asks::FaceCode, .. }));
}

#[test]
fn what_asks_nothing_of_a_person_spends_no_try_however_it_ends() {
    for (want, spent) in [(Want::PinStatus, Spent::No), (Want::Identify { is_consented: true }, Spent::No), (ask().want, Spent::Unknown)] {
        let mut machine = open(state(&[CARD]));
        machine.step(Input::Start(wants(want.clone())));
        machine.step(Input::Cancel);
        machine.step(Input::Closed);
        assert_eq!(machine.view(), View::Lost(spent), "{want:?}");
    }
}

/// P-MEDIUM: a screen that takes a kind of phone asks it as the card, and an iPhone for its PIN only after a press of its own.
#[test]
fn a_phone_is_asked_where_the_screen_takes_its_kind() {
    for (kind, android, iphone) in [(CardKind::PhoneAndroid, true, false), (CardKind::PhoneIos, false, true)] {
        for with_pin in [false, true] {
            let mut machine = open(state(&[Some(Some(kind))]));
            machine.step(Input::Phones(Phones { android: !android, iphone: !iphone, with_pin }));
            assert_eq!(machine.view(), View::WrongCard(kind), "the other kind is no leave for this one");
            machine.step(Input::Phones(Phones { android, iphone, with_pin }));
            assert_eq!((machine.view(), machine.shown().kind), (View::Ready, Some(kind)));
            let effects = machine.step(Input::Start(ask()));
            let [Effect::Send(Request { op: Op::Authenticate { with_pin: asked, .. }, .. })] = &effects[..] else { panic!("{effects:?}") };
            assert_eq!(*asked, with_pin);
        }
    }
}

/// Where a screen takes none, neither kind gets a request, whoever presses.
#[test]
fn neither_kind_of_phone_is_asked_for_anything() {
    for kind in [CardKind::PhoneAndroid, CardKind::PhoneIos] {
        let mut machine = open(state(&[Some(Some(kind))]));
        assert_eq!(machine.view(), View::WrongCard(kind));
        assert_eq!(machine.step(Input::Start(ask())), [], "{kind:?}");
        assert_eq!(open(state(&[Some(Some(kind)), CARD])).view(), View::Ready, "it does not hide the card beside it");
    }
}

#[test]
fn a_kind_that_a_newer_helper_knows_is_a_card_that_does_not_serve() {
    let frame = r#"{"ev":"state","seq":1,"state":{"service":"up","lease":"free",
        "readers":[{"id":"r0","name":"A","card":{"generation":4,"kind":"card_of_2030"}}]}}"#;
    let mut machine = open(state(&[None]));
    machine.step(Input::Frame(serde_json::from_str(frame).unwrap()));
    assert_eq!(machine.view(), View::WrongCard(CardKind::UnknownToken));
}

#[test]
fn another_card_does_not_keep_the_words_about_the_one_before() {
    let put_on = |generation: u64| {
        let mut state = state(&[CARD]);
        state.readers[0].card = Some(Card { generation, kind: Some(CardKind::MyNumberCard) });
        state
    };
    let see = |seq: u64, state: State| event(seq, What::State { state });
    for (code, stays) in [
        (ErrorCode::PinWrong, false),
        (ErrorCode::PinBlocked, false),
        (ErrorCode::NoCertificate, false),
        (ErrorCode::CardRemoved, true),
        (ErrorCode::Cancelled, true),
    ] {
        let mut machine = started();
        machine.step(Input::Frame(Frame::Err { id: 2, err: code.unspent() }));
        let failed = machine.view();
        assert!(matches!(failed, View::Failed(_)), "{code:?}");
        machine.step(see(1, put_on(4)));
        assert_eq!(machine.view(), failed, "the same card, still there");
        machine.step(see(2, state(&[None])));
        assert_eq!(machine.view(), failed, "it was taken away: the words are read on");
        machine.step(see(3, put_on(5)));
        assert_eq!(machine.view() == failed, stays, "{code:?}");
        assert!(stays || machine.view() == View::Ready, "{code:?}");
    }
}
