//! Each scenario, as a reader meets it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use virtual_card::{Card, CardSpec, OpenError, PinKind, people, scenarios};

use crate::{
    script::{SELECT_JPKI, SELECT_MANAGER, SELECT_VISUAL, SIGN, VERIFY_0000, VERIFY_1234, bytes, card, data, hex, jpki, plays},
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
fn every_name_that_others_use_for_a_situation_opens_a_card() {
    // As lists of situations for readers of this card name them; `-n` stands for any number.
    for id in [
        "normal",
        "wrong-pin-2",
        "wrong-pin-1",
        "locked",
        "locks-now",
        "no-user-cert",
        "expired",
        "not-yet-valid",
        "old-ca",
        "phone-android",
        "phone-ios",
        "phone-ios-bio",
        "phone-ended",
        "small-cert",
        "filler",
        "short-read",
        "no-extended",
        "slow",
        "removed-at-1",
        "removed-at-19",
        "removed-after-19",
        "reader-lost",
        "pin-kept",
        "first-6f00",
        "silent",
        "busy",
        "foreign",
        "juki",
        "no-pin-card",
        "sw-odd",
        "61-6c",
        "forged",
        "next-gen",
    ] {
        card(&format!("ichiro:{id}"));
    }
    for id in ["removed-at-0", "removed-at-", "removed-at--1", "removed-at-n", "removed-after-0", "removed-19"] {
        assert!(format!("ichiro:{id}").parse::<CardSpec>().is_err(), "{id}");
    }
    let mut third = card("ichiro:removed-at-3");
    plays(&mut third, &[(SELECT_JPKI, "9000"), ("00 20 00 98", "63C3")]);
    assert!(third.transmit(&bytes(VERIFY_0000)).is_err() && third.is_gone());
    assert_eq!(third.tries_left(PinKind::Auth), 2, "carried out, no answer");
    let mut after = card("ichiro:removed-after-2");
    plays(&mut after, &[(SELECT_JPKI, "9000"), ("00 20 00 98", "63C3")]);
    assert!(after.is_gone(), "answered, and gone");
}

#[test]
fn a_fresh_card_is_as_the_first_was_when_it_was_opened() {
    let mut used = jpki("hanako:wrong-pin-1");
    plays(&mut used, &[(VERIFY_0000, "63C1"), (VERIFY_1234, "9000"), (VERIFY_0000, "63C2")]);
    plays(&mut used, &[(VERIFY_1234, "9000"), ("00 24 01 80 04 39 39 39 39", "9000")]);
    let mut fresh = used.fresh();
    assert_eq!((fresh.spec(), fresh.log().len(), fresh.verify_count()), (used.spec(), 0, 0));
    plays(&mut fresh, &[(SELECT_JPKI, "9000"), (SIGN, "6982"), ("00 20 00 98", "63C2"), (VERIFY_1234, "9000")]);
    // Accidents come anew.
    let mut lost = jpki("ichiro:removed-at-verify");
    assert!(lost.transmit(&bytes(VERIFY_0000)).is_err());
    let mut again = lost.fresh();
    plays(&mut again, &[(SELECT_JPKI, "9000"), ("00 20 00 98", "63C3")]);
    assert!(again.transmit(&bytes(VERIFY_0000)).is_err() && again.is_gone());
    // What one card does is not seen by the other.
    assert_eq!((used.tries_left(PinKind::Auth), again.tries_left(PinKind::Auth)), (3, 2));
}

#[test]
fn a_card_says_for_how_long_another_program_holds_it() {
    assert_eq!((card("ichiro").busy_for(), card("ichiro:busy").busy_for()), (Duration::ZERO, Duration::from_secs(10)));
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
fn a_token_with_an_unknown_label_begins_like_a_known_one() {
    assert_eq!(data(&mut jpki("ichiro:unknown-token"), "00 B0 86 00 20"), b"JPKIAPICCTOKEN3                 ");
}

#[test]
fn a_list_of_certificates_can_be_wrong_and_a_certificate_too_long() {
    plays(&mut jpki("ichiro:availability-00"), &[("00 B0 88 00 03", "8F 00 00 9000"), ("00 B0 8A 00 04", "30 82 06 32 9000")]);
    let mut card = jpki("ichiro:long-cert");
    let file = data(&mut card, "00 B0 8A 00 00 00 00");
    assert_eq!((hex(&file[..4]).as_str(), file[8999], file[9000]), ("30 82 23 24", 0xA5, 0xFF));
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
fn an_iphone_takes_a_farewell_and_wants_its_pin_first() {
    let mut card = jpki("ichiro:phone-ios");
    assert_eq!(data(&mut card, "00 B0 86 00 20"), b"JPKIAPIOSTOKEN                  ");
    plays(&mut card, &[("00 B0 8A 00 00", "6982"), (VERIFY_1234, "9000"), ("00 B0 8A 00 04", "30 82 06 32 9000"), ("80 FC 00 00", "9000")]);
    plays(&mut jpki("ichiro:phone-android"), &[("80 FC 00 00", "6700"), (SELECT_VISUAL, "6A82"), ("00 CA 00 45 00", "6A88")]);
}

#[test]
fn an_iphone_unlocked_by_face_signs_without_a_pin_and_takes_none() {
    for (scenario, query) in [("phone-ios-bio", "63C3"), ("phone-ios-bio-9000", "9000"), ("phone-ios-bio-6a88", "6A88")] {
        let mut card = jpki(&format!("ichiro:{scenario}"));
        plays(&mut card, &[("00 20 00 98", query), (SIGN, "<256> 9000"), ("00 B0 8A 00 04", "30 82 06 32 9000")]);
        plays(&mut card, &[(VERIFY_1234, "6984"), (VERIFY_0000, "6984"), ("00 20 00 98", query), ("80 FC 00 00", "9000")]);
        // Another application, another power-on: it is the phone that is unlocked.
        plays(&mut card, &[(SELECT_MANAGER, "9000"), (SELECT_JPKI, "9000"), (SIGN, "<256> 9000"), ("00 B0 81 00 04", "6982")]);
        assert_eq!(card.tries_left(PinKind::Auth), 3, "{scenario}");
    }
}

#[test]
fn an_iphone_unlocked_too_late_refuses_until_it_is_asked_again() {
    let mut card = jpki("ichiro:phone-ios-bio-late");
    plays(&mut card, &[("00 20 00 98", "63C3"), (SIGN, "6982"), (SIGN, "6982"), ("00 B0 8A 00 04", "6982"), (VERIFY_1234, "6984")]);
    plays(&mut card, &[(SELECT_JPKI, "9000"), (SIGN, "<256> 9000"), ("00 B0 8A 00 04", "30 82 06 32 9000")]);
    plays(&mut card.fresh(), &[(SELECT_JPKI, "9000"), (SELECT_JPKI, "9000"), (SIGN, "6982")]);
    // One whose key waits for the PIN is opened by nothing else.
    let mut wants_pin = jpki("ichiro:phone-ios");
    plays(&mut wants_pin, &[(SIGN, "6982"), (SELECT_JPKI, "9000"), (SIGN, "6982"), (VERIFY_1234, "9000"), (SIGN, "<256> 9000")]);
}

#[test]
fn a_dribbling_card_gives_one_byte_in_nearly_two_seconds() {
    let waited = Arc::new(Mutex::new(Duration::ZERO));
    let mut card = card("ichiro:dribble");
    let seen = Arc::clone(&waited);
    card.set_wait(move |time| *seen.lock().unwrap() += time);
    plays(&mut card, &[(SELECT_JPKI, "9000"), ("00 B0 8A 00 00", "30 9000"), ("00 B0 00 01 00", "82 9000")]);
    assert_eq!(*waited.lock().unwrap(), Duration::from_millis(5700));
}

#[test]
fn a_certificate_can_be_absent_in_four_ways() {
    for (scenario, answer) in [("", "6A82"), ("-empty", "6B00"), ("-ff", "FF FF 9000"), ("-00", "00 00 9000")] {
        plays(&mut jpki(&format!("ichiro:no-user-cert{scenario}")), &[("00 B0 88 00 03", "8F 00 00 9000"), ("00 B0 8A 00 02", answer)]);
    }
}

#[test]
fn a_t0_reader_lets_data_be_fetched_and_tells_the_right_length() {
    plays(
        &mut jpki("ichiro:61-6c"),
        &[
            ("00 B0 86 00 20", "<32> 9000"),
            ("00 B0 86 00 00", "6CA0"),
            ("00 B0 86 00 A0", "<160> 9000"),
            ("00 B0 8A 00 00 00 00", "6700"),
            ("00 C0 00 00 10", "6985"),
            (VERIFY_1234, "9000"),
            (SIGN, "6100"),
            ("00 C0 00 00 80", "<128> 6180"),
            ("00 C0 00 00 00", "6C80"),
            ("00 C0 00 00 80", "<128> 9000"),
            ("00 C0 00 00 80", "6985"),
            (SIGN, "6100"),
            ("00 20 00 98", "63C3"),
            ("00 C0 00 00 00", "6985"),
            (SIGN, "6100"),
            ("00 C0 00 00 00", "<256> 9000"),
        ],
    );
}

#[test]
fn a_wrong_pin_that_seems_to_want_a_repetition_costs_a_try_each_time() {
    let mut card = jpki("ichiro:verify-6c");
    plays(&mut card, &[(VERIFY_0000, "6C04"), ("00 20 00 98 04 30 30 30 30 04", "6700"), (VERIFY_0000, "6C04"), ("00 20 00 98", "63C1")]);
    plays(&mut card, &[(VERIFY_1234, "9000"), ("00 20 00 98", "63C3")]);
}

#[test]
fn extended_commands_are_refused_in_three_ways_or_lose_the_link() {
    for (scenario, status) in [("no-extended", "6700"), ("no-extended-6a86", "6A86"), ("no-extended-6d00", "6D00")] {
        plays(&mut jpki(&format!("ichiro:{scenario}")), &[("00 B0 8A 00 00 00 00", status), ("00 B0 8A 00 00", "<256> 9000")]);
    }
    let mut card = jpki("ichiro:extended-lost");
    plays(&mut card, &[("00 B0 8A 00 00", "<256> 9000")]);
    assert!(card.transmit(&bytes("00 B0 8A 00 00 00 00")).is_err() && card.is_gone() && !card.is_silent());
    card.power_on();
    plays(&mut card, &[(SELECT_JPKI, "9000"), ("00 B0 8A 00 00", "<256> 9000")]);
    assert!(card.transmit(&bytes("00 B0 8A 00 00 00 00")).is_err(), "it happens every time");
}

#[test]
fn odd_status_words_come_together() {
    plays(
        &mut jpki("ichiro:sw-odd"),
        &[(VERIFY_1234, "9000"), ("00 20 00 98", "9000"), (VERIFY_0000, "6300"), (VERIFY_0000, "6300"), (VERIFY_0000, "6300")],
    );
    plays(&mut jpki("ichiro:sw-odd"), &[(VERIFY_0000, "6300"), (VERIFY_0000, "6300"), (VERIFY_0000, "6300"), (VERIFY_1234, "6983")]);
}

#[test]
fn an_uneven_card_stays_in_its_ranges() {
    let waited = Arc::new(Mutex::new(Vec::new()));
    let mut card = card("ichiro:slow-uneven");
    let seen = Arc::clone(&waited);
    card.set_wait(move |time| seen.lock().unwrap().push(time));
    plays(&mut card, &[(SELECT_JPKI, "9000"), (VERIFY_1234, "9000")]);
    plays(&mut card, &[(SIGN, "<256> 9000"); 20]);
    let waited = waited.lock().unwrap();
    let (commands, signatures) = waited.split_at(2);
    assert!(commands.iter().all(|time| (20..=100).contains(&time.as_millis())), "{commands:?}");
    assert!(signatures.iter().all(|time| (520..=5100).contains(&time.as_millis())), "{signatures:?}");
    assert!(signatures.iter().any(|time| *time != signatures[0]), "drawn anew");
}

#[test]
fn what_somebody_else_verified_ends_with_another_application() {
    let mut card = jpki("ichiro:pin-kept");
    plays(
        &mut card,
        &[(SIGN, "<256> 9000"), ("00 B0 81 00 04", "<4> 9000"), (SELECT_MANAGER, "9000"), (SELECT_JPKI, "9000"), (SIGN, "6982")],
    );
}

#[test]
fn a_silent_card_is_silent_again_after_each_power_on() {
    let mut card = card("ichiro:silent");
    for _ in 0..3 {
        assert!(card.transmit(&bytes(SELECT_JPKI)).is_err() && card.is_silent());
        card.power_on();
    }
}

#[test]
fn removals_have_names() {
    for (scenario, command) in
        [("removed-at-verify", VERIFY_0000), ("removed-at-sign", SIGN), ("removed-at-read", "00 B0 86 00 20"), ("frame-cut", SIGN)]
    {
        let mut card = jpki(&format!("ichiro:{scenario}"));
        plays(&mut card, &[("00 20 00 98", "63C3")]);
        assert!(card.transmit(&bytes(command)).is_err() && card.is_gone(), "{scenario}");
        card.power_on();
        plays(&mut card, &[(SELECT_JPKI, "9000"), ("00 20 00 98", if command == VERIFY_0000 { "63C2" } else { "63C3" })]);
        assert!(card.transmit(&bytes(command)).is_ok(), "{scenario} happens once");
    }
    assert!(card("ichiro:removed-at-select").transmit(&bytes(SELECT_JPKI)).is_err());
    let mut locked = card("ichiro:face-locked");
    plays(&mut locked, &[(SELECT_VISUAL, "9000"), ("00 20 00 92", "63C0")]);
}

#[test]
fn cards_can_change_threads() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&card("ichiro"));
}
