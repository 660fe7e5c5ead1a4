//! Counters, and what a verified PIN survives.

use virtual_card::{Card, PinKind};

use crate::script::{SELECT_JPKI, SELECT_MANAGER, SELECT_VISUAL, SIGN, VERIFY_0000, VERIFY_1234, VERIFY_ABC123, card_with, jpki, plays};

const READ_SIGN_CERTIFICATE: &str = "00 B0 81 00 04";

#[test]
fn a_query_shows_the_tries_also_while_verified() {
    plays(
        &mut jpki("ichiro"),
        &[("00 20 00 98", "63C3"), ("00 20 00 9B", "63C5"), (VERIFY_1234, "9000"), ("00 20 00 98", "63C3"), ("00 20 00 98", "63C3")],
    );
}

#[test]
fn the_select_first_form_works_as_well() {
    plays(
        &mut jpki("ichiro"),
        &[
            ("00 20 00 80", "6986"),
            ("00 A4 02 0C 02 00 18", "9000"),
            ("00 20 00 80", "63C3"),
            ("00 20 00 80 04 31 32 33 34", "9000"),
            ("00 A4 02 0C 02 00 17", "9000"),
            ("00 20 00 80", "6981"),
            (&SIGN.replace("80 2A 00 97", "80 2A 00 80"), "<256> 9000"),
        ],
    );
}

#[test]
fn three_wrong_pins_block_and_the_right_one_does_not_help() {
    let mut card = jpki("ichiro");
    plays(
        &mut card,
        &[
            (VERIFY_0000, "63C2"),
            (VERIFY_0000, "63C1"),
            (VERIFY_0000, "63C0"),
            (VERIFY_0000, "6984"),
            (VERIFY_1234, "6984"),
            ("00 20 00 98", "63C0"),
            (SIGN, "6982"),
            ("00 20 00 9B", "63C5"),
        ],
    );
    assert_eq!((card.tries_left(PinKind::Auth), card.tries_left(PinKind::Sign), card.verify_count()), (0, 5, 5));
}

#[test]
fn five_wrong_signature_pins_block() {
    let wrong = "00 20 00 9B 06 41 42 43 31 32 34";
    plays(
        &mut jpki("ichiro"),
        &[
            (wrong, "63C4"),
            (wrong, "63C3"),
            (wrong, "63C2"),
            (wrong, "63C1"),
            (wrong, "63C0"),
            (VERIFY_ABC123, "6984"),
            ("00 20 00 98", "63C3"),
        ],
    );
}

#[test]
fn only_success_fills_the_counter_again() {
    let mut card = jpki("ichiro");
    plays(&mut card, &[(VERIFY_0000, "63C2")]);
    card.power_off();
    card.power_on();
    plays(&mut card, &[(SELECT_JPKI, "9000"), ("00 20 00 98", "63C2"), (VERIFY_1234, "9000"), ("00 20 00 98", "63C3")]);
}

#[test]
fn a_wrong_pin_ends_what_was_verified() {
    plays(&mut jpki("ichiro"), &[(VERIFY_1234, "9000"), (SIGN, "<256> 9000"), (VERIFY_0000, "63C2"), (SIGN, "6982")]);
}

#[test]
fn the_signature_pin_is_upper_case_and_the_two_pins_know_nothing_of_each_other() {
    plays(
        &mut jpki("ichiro"),
        &[
            ("00 20 00 9B 06 61 62 63 31 32 33", "63C4"),
            (VERIFY_ABC123, "9000"),
            (SIGN, "6982"),
            (READ_SIGN_CERTIFICATE, "<4> 9000"),
            (VERIFY_1234, "9000"),
            (READ_SIGN_CERTIFICATE, "<4> 9000"),
        ],
    );
}

#[test]
fn a_pin_of_impossible_length_costs_a_try_but_an_impossible_command_does_not() {
    plays(
        &mut jpki("ichiro"),
        &[
            ("00 20 00 98 03 31 32 33", "63C2"),
            ("00 20 00 98 05 31 32 33 34 35", "63C1"),
            ("00 20 00 98 04 31 32 33 34 00", "6700"),
            ("00 20 00 98 00", "6700"),
            ("00 20 01 98 04 31 32 33 34", "6A86"),
            ("00 20 00 83 04 31 32 33 34", "6A88"),
            ("00 20 00 97 04 31 32 33 34", "6981"),
            ("00 20 00 18 04 31 32 33 34", "6A86"),
            ("00 20 00 98", "63C1"),
        ],
    );
}

#[test]
fn a_reader_that_sends_far_too_many_digits_has_spent_a_try() {
    let verify = |length: usize| format!("00 20 00 98 {length:02X} {}", "31 ".repeat(length));
    let mut card = jpki("ichiro");
    plays(&mut card, &[(&verify(16), "63C2"), (&verify(17), "63C1"), (&verify(255), "63C0"), (&verify(17), "6984")]);
    // The same in the form of extended length, and for a PIN that may have sixteen.
    let extended = format!("00 20 00 9B 00 01 2C {}", "41 ".repeat(300));
    plays(&mut card, &[(&extended, "63C4"), ("00 20 00 9B 11 41 42 43 31 32 33 34 35 36 37 38 39 30 31 32 33 34", "63C3")]);
    plays(&mut jpki("ichiro:length-6700"), &[(&verify(17), "6700"), ("00 20 00 98", "63C3")]);
}

#[test]
fn a_retry_query_with_an_extended_le_is_no_verify() {
    let mut card = jpki("ichiro");
    plays(&mut card, &[("00 20 00 98 00 00 00", "6700"), ("00 20 00 98", "63C3")]);
    assert_eq!(card.verify_count(), 0);
    plays(&mut card, &[("00 20 00 98 00 00 04 30 30 30 30", "63C2")]);
    assert_eq!(card.verify_count(), 1);
}

#[test]
fn a_pin_changes_only_while_verified() {
    let mut card = jpki("ichiro");
    plays(
        &mut card,
        &[
            ("00 24 01 98 04 35 36 37 38", "6982"),
            (VERIFY_1234, "9000"),
            ("00 24 01 98 04 35 36 37 41", "6A80"),
            ("00 24 00 98 04 35 36 37 38", "6A86"),
            ("00 24 01 98 04 35 36 37 38", "9000"),
            (VERIFY_1234, "63C2"),
            ("00 20 00 98 04 35 36 37 38", "9000"),
        ],
    );
    assert_eq!(card.log()[5].to_string(), "00 24 01 98 04 ** ** ** ** -> 9000");
}

/// Every event of a card's life, and whether verified PINs survive it.
#[test]
fn another_application_or_loss_of_power_forgets_and_nothing_else_does() {
    type Event = (&'static str, fn(&mut Card), bool);
    let events: [Event; 9] = [
        ("another application", |card| plays(card, &[(SELECT_VISUAL, "9000")]), false),
        ("the card manager", |card| plays(card, &[(SELECT_MANAGER, "9000")]), false),
        ("the card manager without a name", |card| plays(card, &[("00 A4 04 00", "9000")]), false),
        (
            "power off and on",
            |card| {
                card.power_off();
                card.power_on();
            },
            false,
        ),
        ("power on again", |card| card.power_on(), false),
        ("the same application", |card| plays(card, &[(SELECT_JPKI, "9000")]), true),
        ("an unknown application", |card| plays(card, &[("00 A4 04 0C 05 A0 00 00 00 03", "6A82")]), true),
        ("a warm reset", |card| card.reset(), true),
        ("a query", |card| plays(card, &[("00 20 00 98", "63C3")]), true),
    ];
    for (event, happens, is_kept) in events {
        let mut card = jpki("ichiro");
        plays(&mut card, &[(SIGN, "6982"), (READ_SIGN_CERTIFICATE, "6982"), (VERIFY_1234, "9000"), (VERIFY_ABC123, "9000")]);
        plays(&mut card, &[(SIGN, "<256> 9000"), (READ_SIGN_CERTIFICATE, "<4> 9000")]);
        happens(&mut card);
        let (signs, reads) = if is_kept { ("<256> 9000", "<4> 9000") } else { ("6982", "6982") };
        println!("{event}");
        plays(&mut card, &[(SELECT_JPKI, "9000"), (SIGN, signs), (READ_SIGN_CERTIFICATE, reads)]);
    }
}

#[test]
fn a_warm_reset_drops_the_selection_unless_told_otherwise() {
    let mut card = jpki("ichiro");
    card.reset();
    plays(&mut card, &[("00 20 00 98", "6A88")]);
    let mut card = jpki("ichiro:kept-on-reset");
    card.reset();
    plays(&mut card, &[("00 20 00 98", "63C3")]);
}

#[test]
fn each_unsettled_answer_can_be_turned_around() {
    let mut card = jpki("ichiro:sw-6300");
    plays(&mut card, &[(VERIFY_0000, "6300"), (VERIFY_0000, "6300"), (VERIFY_0000, "6300"), (VERIFY_0000, "6984")]);
    plays(&mut jpki("ichiro:sw-6983"), &[("00 20 00 98", "63C0"), (VERIFY_1234, "6983")]);
    plays(&mut jpki("ichiro:sw-9000-query"), &[("00 20 00 98", "63C3"), (VERIFY_1234, "9000"), ("00 20 00 98", "9000")]);
    plays(&mut jpki("ichiro:lc-00-query"), &[("00 20 00 98 00", "63C3")]);
    plays(&mut jpki("ichiro:length-6700"), &[("00 20 00 98 03 31 32 33", "6700"), ("00 20 00 98", "63C3")]);
}

#[test]
fn a_counter_cannot_be_set_above_full() {
    let card = card_with("ichiro", |behaviour| behaviour.auth_tries = 9);
    assert_eq!(card.tries_left(PinKind::Auth), 3);
}
