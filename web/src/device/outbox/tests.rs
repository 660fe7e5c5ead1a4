//! The outbox as a state machine: no browser, no clock.

use shared::api::reception::CHALLENGE_LIFE_MS;

use shared::api::Stored;

use super::*;

fn parcel(key: &str, made: i64) -> Parcel {
    Parcel {
        key: key.to_owned(),
        kind: "device.prove".to_owned(),
        device: "d".to_owned(),
        visit: "v".to_owned(),
        content: "{}".to_owned(),
        made: UnixMs(made),
        until: UnixMs(made).plus_ms(CHALLENGE_LIFE_MS),
        was_out: false,
        is_kept: true,
    }
}

fn after(acts: impl IntoIterator<Item = Act>) -> Outbox {
    (*acts.into_iter().fold(Rc::new(Outbox::default()), Reducible::reduce)).clone()
}

fn puts(key: &str, made: i64) -> Act {
    Act::Puts(parcel(key, made))
}

fn takes(key: &str) -> Act {
    Act::Takes(key.to_owned())
}

fn ends(key: &str, code: Option<(Code, Stored)>, now: i64) -> Act {
    let outcome = code.map_or_else(|| Ok("1".to_owned()), |(code, stored)| Err(Refusal { code, stored, detail: None }));
    Act::Ends(key.to_owned(), outcome, UnixMs(now))
}

fn lost(key: &str, now: i64) -> Act {
    ends(key, Some((Code::X01, Stored::Unknown)), now)
}

fn state(outbox: &Outbox, key: &str) -> State {
    outbox.entries().iter().find(|entry| entry.parcel.key == key).unwrap().state.clone()
}

fn next(outbox: &Outbox, now: i64) -> Option<&str> {
    outbox.next(UnixMs(now)).map(|parcel| parcel.key.as_str())
}

#[test]
fn what_is_pressed_goes_out_once_and_in_its_order() {
    let both = [puts("a", 0), puts("b", 1), puts("a", 0)];
    let outbox = after(both.clone());
    assert_eq!((outbox.waiting(), next(&outbox, 1)), (2, Some("a")));
    let out = after(both.clone().into_iter().chain([takes("a")]));
    assert_eq!(next(&out, 1), None, "one at a time");
    let sent = after(both.into_iter().chain([takes("a"), ends("a", None, 5)]));
    assert_eq!((sent.waiting(), next(&sent, 5), state(&sent, "a")), (1, Some("b"), State::Sent { answer: "1".into() }));
    assert_eq!(after([puts("a", 0), takes("a"), ends("a", None, 5), lost("a", 6)]), after([puts("a", 0), takes("a"), ends("a", None, 5)]));
}

#[test]
fn without_an_answer_it_waits_longer_each_time_and_never_loops() {
    let mut acts = vec![puts("a", 0)];
    let (mut now, mut pauses) = (0, Vec::new());
    for _ in 0..8 {
        acts.extend([takes("a"), lost("a", now)]);
        let outbox = after(acts.clone());
        let pause = outbox.wait_ms(UnixMs(now)).unwrap();
        assert_eq!(next(&outbox, now + pause - 1), None);
        assert_eq!(next(&outbox, now + pause), Some("a"));
        pauses.push(pause);
        now += pause;
    }
    assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    // The network is back: at once.
    acts.push(Act::Hurries(UnixMs(now - 20_000)));
    assert_eq!(next(&after(acts), now - 20_000), Some("a"));
}

#[test]
fn what_never_went_out_ends_with_the_challenge() {
    let end = CHALLENGE_LIFE_MS;
    let outbox = after([puts("a", 0)]);
    assert_eq!((next(&outbox, end - 1), next(&outbox, end)), (Some("a"), None));
    assert_eq!(state(&after([puts("a", 0), Act::Ticks(UnixMs(end - 1))]), "a"), State::Waiting { tries: 0, due: UnixMs(0) });
    let late = after([puts("a", 0), Act::Ticks(UnixMs(end))]);
    assert_eq!((state(&late, "a"), late.waiting(), late.wait_ms(UnixMs(end))), (State::Failed(Reason::Late), 0, None));
    // A page that was closed in between.
    assert_eq!(state(&after([Act::Loads(vec![parcel("a", 0)], UnixMs(end))]), "a"), State::Failed(Reason::Late));
}

#[test]
fn what_may_have_arrived_asks_for_the_servers_word_beyond_the_challenge() {
    let beyond = CHALLENGE_LIFE_MS + 1;
    let out = [puts("a", 0), takes("a"), lost("a", 1)];
    let outbox = after(out.clone().into_iter().chain([Act::Ticks(UnixMs(beyond))]));
    assert_eq!(next(&outbox, beyond), Some("a"), "under its key the server says what it did");
    let told = after(out.clone().into_iter().chain([takes("a"), ends("a", Some((Code::Challenge, Stored::Nothing)), beyond)]));
    let refusal = Refusal { code: Code::Challenge, stored: Stored::Nothing, detail: None };
    assert_eq!(state(&told, "a"), State::Failed(Reason::Refused(refusal)));
    let unknown = after(out.into_iter().chain([Act::Ticks(UnixMs(ANSWER_KEPT_MS))]));
    assert_eq!(state(&unknown, "a"), State::Failed(Reason::Unknown), "the server has forgotten it by now");
    // The same over a reload: the box says that it was out.
    let kept = Parcel { was_out: true, ..parcel("a", 0) };
    assert_eq!(next(&after([Act::Loads(vec![kept], UnixMs(beyond))]), beyond), Some("a"));
}

#[test]
fn an_answer_about_something_else_does_not_end_it() {
    for (code, stored) in [
        (Code::Session, Stored::Nothing),
        (Code::Locked, Stored::Nothing),
        (Code::Wait, Stored::Nothing),
        (Code::Internal, Stored::Unknown),
    ] {
        let outbox = after([puts("a", 0), takes("a"), ends("a", Some((code, stored)), 1)]);
        assert_eq!(state(&outbox, "a"), State::Waiting { tries: 1, due: UnixMs(1_001) }, "{code:?}");
    }
    let refused = after([puts("a", 0), takes("a"), ends("a", Some((Code::X11, Stored::Nothing)), 1)]);
    assert!(matches!(state(&refused, "a"), State::Failed(Reason::Refused(_))), "control");
}

#[test]
fn a_reload_brings_back_what_was_kept_once_and_oldest_first() {
    let loads = || Act::Loads(vec![parcel("b", 2), parcel("a", 1)], UnixMs(3));
    let outbox = after([puts("c", 3), loads(), loads()]);
    let keys: Vec<_> = outbox.entries().iter().map(|entry| entry.parcel.key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "c"]);
}

#[test]
fn only_what_has_ended_can_be_dismissed_and_a_wipe_takes_all() {
    let dismisses = || Act::Dismisses("a".to_owned());
    assert_eq!(after([puts("a", 0), dismisses()]).waiting(), 1);
    assert_eq!(after([puts("a", 0), takes("a"), dismisses()]).waiting(), 1);
    assert!(after([puts("a", 0), takes("a"), ends("a", None, 1), dismisses()]).entries().is_empty());
    let wiped = after([puts("a", 0), takes("a"), Act::Empties, lost("a", 1)]);
    assert!(wiped.entries().is_empty() && wiped.wait_ms(UnixMs(1)).is_none(), "a late answer brings nothing back");
}

#[test]
fn a_tick_lets_go_out_what_is_due_and_the_challenges_end_is_seen() {
    let lost_once = [puts("a", 0), takes("a"), lost("a", 0)];
    let before = after(lost_once.clone());
    let ticked = after(lost_once.clone().into_iter().chain([Act::Ticks(UnixMs(1_000))]));
    assert_ne!(before, ticked, "who looks at it looks again");
    assert_eq!(next(&ticked, 1_000), Some("a"));
    let entry = before.entries()[0].clone();
    assert!(!entry.is_past(UnixMs(CHALLENGE_LIFE_MS - 1)) && entry.is_past(UnixMs(CHALLENGE_LIFE_MS)));
    let sent = after(lost_once.into_iter().chain([takes("a"), ends("a", None, 1)]));
    assert!(!sent.entries()[0].is_past(UnixMs(CHALLENGE_LIFE_MS)), "control: it has its answer");
}

#[test]
fn a_silent_register_is_asked_again_rarely_and_what_the_server_says_is_kept() {
    let silent = after([puts("a", 0), takes("a"), ends("a", Some((Code::X34, Stored::Nothing)), 1)]);
    assert_eq!(state(&silent, "a"), State::Waiting { tries: 1, due: UnixMs(1 + LATEST_MS) });
    assert_eq!(silent.entries()[0].said.as_ref().map(|said| said.code), Some(Code::X34));
    let wait = Refusal { code: Code::Wait, stored: Stored::Nothing, detail: Some(Detail::RetryAfterS(90)) };
    let asked = after([puts("a", 0), takes("a"), Act::Ends("a".to_owned(), Err(wait), UnixMs(1))]);
    assert_eq!(state(&asked, "a"), State::Waiting { tries: 1, due: UnixMs(90_001) });
}

#[test]
fn a_question_back_that_nobody_answers_is_a_failure_until_it_is_read() {
    let asks = || Act::Asks("a".to_owned());
    let asked = after([puts("a", 0), takes("a"), ends("a", None, 1), asks()]);
    assert_eq!(state(&asked, "a"), State::Failed(Reason::Asks));
    assert_eq!(after([puts("a", 0), asks()]).waiting(), 1, "control: without an answer nothing asks");
    let refused = |code| Reason::Refused(Refusal { code, stored: Stored::Nothing, detail: None });
    assert!(Reason::Late.is_late() && refused(Code::Challenge).is_late() && refused(Code::X21).is_late());
    assert!(!refused(Code::X11).is_late() && !Reason::Unknown.is_late() && !Reason::Asks.is_late());
}
