//! Planned accidents.

use std::time::Duration;

use virtual_card::{Act, At, Fault, Gone, PinKind, Sort, Step};

use crate::script::{SELECT_JPKI, VERIFY_0000, bytes, jpki, plays};

#[test]
fn a_card_pulled_before_a_command_has_not_seen_it() {
    let mut card = jpki("ichiro");
    card.set_fault(Some(Fault::RemoveBefore(2)));
    plays(&mut card, &[("00 20 00 98", "63C3")]);
    assert_eq!(card.transmit(&bytes(VERIFY_0000)), Err(Gone));
    assert_eq!((card.tries_left(PinKind::Auth), card.verify_count()), (3, 0));
    assert!(card.is_gone() && !card.is_silent());
}

#[test]
fn a_card_pulled_during_a_command_has_spent_the_try() {
    let mut card = jpki("ichiro");
    card.set_fault(Some(Fault::RemoveDuring(1)));
    assert_eq!(card.transmit(&bytes(VERIFY_0000)), Err(Gone));
    assert_eq!((card.tries_left(PinKind::Auth), card.verify_count()), (2, 1));
    assert_eq!(card.log()[1].to_string(), "00 20 00 98 04 ** ** ** ** -> none");
}

#[test]
fn a_card_pulled_after_a_command_has_answered_it() {
    let mut card = jpki("ichiro");
    card.set_fault(Some(Fault::RemoveAfter(1)));
    plays(&mut card, &[(VERIFY_0000, "63C2")]);
    assert!(card.is_gone());
    assert_eq!(card.transmit(&bytes("00 20 00 98")), Err(Gone));
}

#[test]
fn a_silent_card_is_there_and_says_nothing() {
    let mut card = jpki("ichiro");
    card.set_fault(Some(Fault::SilentAt(1)));
    assert_eq!(card.transmit(&bytes(VERIFY_0000)), Err(Gone));
    assert!(card.is_silent());
    assert_eq!(card.tries_left(PinKind::Auth), 2);
}

#[test]
fn a_card_put_back_has_lost_power_and_kept_its_counter_and_the_fault_is_over() {
    let mut card = jpki("ichiro");
    plays(&mut card, &[("00 20 00 98 04 31 32 33 34", "9000")]);
    card.set_fault(Some(Fault::RemoveAfter(1)));
    plays(&mut card, &[(VERIFY_0000, "63C2")]);
    card.power_on();
    assert!(!card.is_gone());
    plays(&mut card, &[("00 20 00 98", "6A88"), (SELECT_JPKI, "9000"), ("00 20 00 98", "63C2"), ("00 20 00 98", "63C2")]);
}

#[test]
fn a_fault_called_off_does_not_happen() {
    let mut card = jpki("ichiro");
    card.set_fault(Some(Fault::RemoveBefore(1)));
    card.set_fault(None);
    plays(&mut card, &[("00 20 00 98", "63C3")]);
}

#[test]
fn a_script_fails_delays_and_goes_on_after_the_card_was_put_back() {
    let waited = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut card = jpki("ichiro");
    let seen = std::sync::Arc::clone(&waited);
    card.set_wait(move |time| seen.lock().unwrap().push(time.as_millis()));
    let step = |at, act| Step { at, act };
    card.set_script(vec![
        step(At::Next(Sort::Verify), Act::Fail(0x6F00)),
        step(At::Command(3), Act::Delay(Duration::from_millis(700))),
        step(At::Command(3), Act::RemoveAfter),
        step(At::Command(5), Act::Fail(0x6A82)),
    ]);
    plays(&mut card, &[("00 20 00 98", "63C3"), (VERIFY_0000, "6F00"), ("00 20 00 98", "63C3")]);
    assert_eq!(*waited.lock().unwrap(), [700]);
    assert!(card.is_gone());
    card.power_on();
    plays(&mut card, &[(SELECT_JPKI, "9000"), ("00 20 00 98", "6A82"), (VERIFY_0000, "63C2")]);
    assert_eq!(card.verify_count(), 2);
}

#[test]
fn an_observer_sees_each_entry_once() {
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut card = jpki("ichiro");
    let seen = std::sync::Arc::clone(&lines);
    card.set_observer(move |entry| seen.lock().unwrap().push(entry.to_string()));
    plays(&mut card, &[("00 20 00 98", "63C3"), ("00 B0 86 00 20", "<32> 9000")]);
    assert_eq!(*lines.lock().unwrap(), ["00 20 00 98 -> 63C3", "00 B0 86 00 20 -> 9000, 32 bytes"]);
    assert_eq!(card.take_log().len(), 3);
    assert!(card.log().is_empty());
}
