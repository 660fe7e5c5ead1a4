//! Each scenario, as a reader meets it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use virtual_card::{Card, CardSpec, OpenError, PinKind, people, scenarios};

use crate::{
    script::{SELECT_JPKI, SELECT_MANAGER, SIGN, VERIFY_1234, card, data, jpki, plays},
    world,
};

#[test]
fn every_person_has_a_card_and_every_scenario_opens() {
    for person in people() {
        jpki(person.id);
    }
    for scenario in scenarios() {
        card(&format!("ichiro:{}", scenario.id));
    }
}

#[test]
fn counters_start_where_the_scenario_says() {
    for (scenario, auth, sign) in
        [("normal", 3, 5), ("wrong-pin-1", 2, 5), ("last-try", 1, 5), ("locked", 0, 5), ("no-pin", 0, 0), ("sw-6983", 0, 5)]
    {
        let card = card(&format!("hanako:{scenario}"));
        assert_eq!((card.tries_left(PinKind::Auth), card.tries_left(PinKind::Sign)), (auth, sign), "{scenario}");
    }
}

#[test]
fn a_blocked_card_answers_63c0_to_the_query_and_6984_to_the_pin() {
    plays(
        &mut jpki("ichiro:locked"),
        &[("00 20 00 98", "63C0"), (VERIFY_1234, "6984"), (SIGN, "6982"), ("00 B0 8A 00 04", "30 82 06 32 9000")],
    );
}

#[test]
fn a_card_without_pins_has_no_signature_certificate_either() {
    plays(&mut jpki("ichiro:no-pin"), &[("00 20 00 98", "63C0"), ("00 B0 88 00 03", "00 8F 00 9000"), ("00 B0 81 00 04", "6A82")]);
}

#[test]
fn a_card_without_user_certificate_says_so_twice() {
    plays(
        &mut jpki("jiro:no-user-cert"),
        &[("00 B0 88 00 03", "8F 00 00 9000"), ("00 B0 8A 00 00", "6A82"), ("00 A4 02 0C 02 00 0A", "6A82"), (SIGN, "6A88")],
    );
}

#[test]
fn other_products_differ_where_readers_look() {
    plays(&mut card("ichiro:foreign"), &[(SELECT_JPKI, "6A82"), (SELECT_MANAGER, "6A82"), ("00 B0 86 00 20", "6A82")]);
    assert_eq!(data(&mut jpki("ichiro:juki"), "00 B0 86 00 20"), b"JPKIAPICCTOKEN                  ");
    assert_eq!(data(&mut jpki("ichiro:phone-android"), "00 B0 86 00 20"), b"JPKIAPGPSETOKEN                 ");
}

#[test]
fn a_phone_shows_its_certificate_after_the_pin_only() {
    plays(
        &mut jpki("ichiro:phone-android"),
        &[("00 B0 8A 00 00", "6982"), (VERIFY_1234, "9000"), (SIGN, "<256> 9000"), ("00 B0 8A 00 04", "30 82 06 32 9000")],
    );
}

#[test]
fn the_first_command_after_each_power_on_can_fail() {
    let mut card = card("ichiro:first-6f00");
    plays(&mut card, &[(SELECT_JPKI, "6F00"), (SELECT_JPKI, "9000"), (VERIFY_1234, "9000")]);
    card.reset();
    plays(&mut card, &[(SELECT_JPKI, "9000")]);
    card.power_on();
    plays(&mut card, &[(VERIFY_1234, "6F00"), (SELECT_JPKI, "9000"), ("00 20 00 98", "63C3")]);
}

#[test]
fn a_slow_card_waits_by_the_given_wait() {
    let waited = Arc::new(Mutex::new(Vec::new()));
    let mut card = card("ichiro:slow");
    let seen = Arc::clone(&waited);
    card.set_wait(move |time| seen.lock().unwrap().push(time));
    plays(&mut card, &[(SELECT_JPKI, "9000"), (VERIFY_1234, "9000"), (SIGN, "<256> 9000")]);
    let (command, signature) = (Duration::from_millis(60), Duration::from_millis(1500));
    assert_eq!(*waited.lock().unwrap(), [command, command, command + signature]);
}

#[test]
fn a_folder_without_cards_and_a_wrong_name_are_told_apart() {
    let empty = tempfile::tempdir().unwrap();
    let spec = |person: &str, scenario: &str| CardSpec { person: person.into(), scenario: scenario.into() };
    assert!(matches!(Card::open(empty.path(), &spec("ichiro", "normal")), Err(OpenError::NotMade { .. })));
    assert!(matches!(Card::open(world::cards(), &spec("ichiro", "abnormal")), Err(OpenError::Spec(_))));
    assert!(matches!(Card::open(world::cards(), &spec("../ichiro", "normal")), Err(OpenError::Spec(_))));
    std::fs::write(empty.path().join("authority.json"), "{}").unwrap();
    assert!(matches!(Card::open(empty.path(), &spec("ichiro", "normal")), Err(OpenError::Broken { .. })));
}

#[test]
fn cards_can_change_threads() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&card("ichiro"));
}
