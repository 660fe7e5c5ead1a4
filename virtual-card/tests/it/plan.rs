//! Cards described by a file.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use proptest::prelude::*;
use virtual_card::{Card, CardPlan, PinKind, people, scenarios};

use crate::{
    script::{SELECT_JPKI, SELECT_TEXT, SELECT_VISUAL, SIGN, VERIFY_0000, VERIFY_1234, bytes, data, hex, plays},
    world,
};

fn open(text: &str) -> Card {
    let mut card = CardPlan::parse(text).unwrap().open(world::cards()).unwrap();
    card.power_on();
    card
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let seen = CardPlan::parse(text).unwrap_err().to_string();
    assert!(seen.starts_with(expected), "{seen}");
}

#[test]
fn a_person_is_enough() {
    let card = open("person = \"hanako\"\n");
    assert_eq!(card.spec().to_string(), "hanako:normal");
    assert_eq!(card.tries_left(PinKind::Auth), 3);
}

#[test]
fn every_key_changes_its_point_of_the_scenario() {
    let mut card = open(
        r#"
        person = "ichiro"
        scenario = "locked"
        auth_tries = 2
        sign_tries = 1
        face_tries = 4
        text_tries = 0
        filler = 0xAA
        chunk = 200
        extended = false
        atr = "3B 88 80 01 00 00 41 E0 B3 81 A1 00 3B"
        command_ms = 20
        signature_ms = 300
        signature_spread_ms = 0
        "#,
    );
    let waited = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&waited);
    card.set_wait(move |time| seen.lock().unwrap().push(time));
    assert_eq!(hex(card.atr()), "3B 88 80 01 00 00 41 E0 B3 81 A1 00 3B");
    plays(&mut card, &[(SELECT_VISUAL, "9000"), ("00 20 00 92", "63C4"), (SELECT_TEXT, "9000"), ("00 20 00 91", "63C0")]);
    plays(&mut card, &[(SELECT_JPKI, "9000"), ("00 20 00 9B", "63C1"), (VERIFY_0000, "63C1"), (VERIFY_1234, "9000"), (SIGN, "<256> 9000")]);
    assert_eq!(waited.lock().unwrap().last(), Some(&Duration::from_millis(320)));
    plays(&mut card, &[("00 B0 8A 00 00", "<200> 9000"), ("00 B0 8A 00 00 00 00", "6700")]);
    plays(&mut card, &[("00 B0 07 00 02", "AA AA 9000")]);
}

#[test]
fn a_script_does_what_it_says_when_it_says_so() {
    let fault = |what: &str| open(&format!("person = \"ichiro\"\n[[fault]]\n{what}\n"));
    plays(&mut fault("at = 1\ndo = \"fail\"\nsw = 0x6F00"), &[(SELECT_JPKI, "6F00"), (SELECT_JPKI, "9000")]);
    plays(
        &mut fault("at = \"QUERY\"\ndo = \"fail\"\nsw = 0x6985"),
        &[(SELECT_JPKI, "9000"), ("00 20 00 98", "6985"), ("00 20 00 98", "63C3")],
    );
    for (when, tries, is_answered) in [("before", 3, false), ("during", 2, false), ("after", 2, true)] {
        let mut card = fault(&format!("at = \"VERIFY\"\ndo = \"remove\"\nwhen = \"{when}\""));
        plays(&mut card, &[(SELECT_JPKI, "9000"), ("00 20 00 98", "63C3")]);
        assert_eq!(card.transmit(&bytes(VERIFY_0000)).is_ok(), is_answered, "{when}");
        assert_eq!((card.tries_left(PinKind::Auth), card.is_gone()), (tries, true), "{when}");
    }
    for (what, is_silent) in [("silent\"", true), ("cut\"", false), ("reader-lost\"\nms = 50", false)] {
        let mut card = fault(&format!("at = \"SIGN\"\ndo = \"{what}"));
        plays(&mut card, &[(SELECT_JPKI, "9000"), (VERIFY_1234, "9000")]);
        assert!(card.transmit(&bytes(SIGN)).is_err());
        assert_eq!(card.is_silent(), is_silent, "{what}");
    }
    let mut card = fault("at = \"every\"\ndo = \"delay\"\nms = 40");
    let waited = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&waited);
    card.set_wait(move |time| *seen.lock().unwrap() += time.as_millis());
    plays(&mut card, &[(SELECT_JPKI, "9000")]);
    assert_eq!(data(&mut card, "00 B0 86 00 20").len(), 32);
    assert_eq!(*waited.lock().unwrap(), 80);
}

#[test]
fn a_mistake_is_told_by_line_and_key() {
    refused("", "line 1, ``: missing field `person`");
    refused("person = \"nobody\"", "line 1, `person`: no person `nobody`; allowed: ichiro, hanako");
    refused("person = \"ichiro\"\nscenario = \"odd\"", "line 2, `scenario`: no scenario `odd`; allowed: normal");
    refused("person = \"ichiro\"\n\ntries = 1", "line 3, `tries`: unknown field `tries`, expected one of");
    refused("person = \"ichiro\"\nauth_tries = 4", "line 2, `auth_tries`: 0 to 3 is allowed");
    refused("person = \"ichiro\"\nauth_tries = \"two\"", "line 2, `auth_tries`: invalid type");
    refused("person = \"ichiro\"\nfiller = 256", "line 2, `filler`: 0 to 255 is allowed");
    refused("person = \"ichiro\"\nchunk = 0", "line 2, `chunk`: 1 to 65536 is allowed");
    refused("person = \"ichiro\"\natr = \"3B 8\"", "line 2, `atr`: 2 to 33 bytes in hex");
    refused("person = \"ichiro\"\natr = \"3B８\"", "line 2, `atr`: 2 to 33 bytes in hex");
    refused("person = \"ichiro\"\ncommand_ms = -1", "line 2, `command_ms`: 0 to 600000 is allowed");
    refused("person = \"ichiro\"\nperson = \"hanako\"", "line 2, `person`: duplicate key");
    let fault = |what: &str, expected: &str| refused(&format!("person = \"ichiro\"\n[[fault]]\n{what}"), expected);
    fault("at = 0\ndo = \"cut\"", "line 3, `at`: a command number from 1, \"every\" or one of SELECT, QUERY, VERIFY, READ, SIGN");
    fault("at = \"verify\"\ndo = \"cut\"", "line 3, `at`: a command number");
    fault("at = 1\ndo = \"explode\"", "line 4, `do`: fail, delay, remove, cut, silent or reader-lost is allowed");
    fault("at = 1\ndo = \"fail\"", "line 4, `do`: `fail` needs `sw`");
    fault("at = 1\ndo = \"delay\"", "line 4, `do`: `delay` needs `ms`");
    fault("at = 1\ndo = \"fail\"\nsw = 0x10000", "line 5, `sw`: 24832 to 40959 is allowed");
    fault("at = 1\ndo = \"remove\"\nwhen = \"soon\"", "line 5, `when`: before, during or after is allowed");
    fault("at = 1\ndo = \"silent\"\nms = 5", "line 5, `ms`: not with `silent`");
    fault("at = 1\ndo = \"reader-lost\"\nms = 600001", "line 5, `ms`: 1 to 600000 is allowed");
}

#[test]
fn the_readme_tells_what_is_there() {
    let readme = include_str!("../../README.md");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(CardPlan::parse(example).unwrap().spec().to_string(), "ichiro:short-read");
    for scenario in scenarios() {
        assert!(readme.contains(&format!("`{}`", scenario.id)) || scenario.id == "normal", "{}", scenario.id);
    }
    for person in people() {
        assert!(readme.contains(&format!("| `{}` |", person.id)), "{}", person.id);
    }
    // Every key that a mistake would list stands in the table.
    let keys = CardPlan::parse("nothing = 1").unwrap_err().reason;
    for key in keys.split('`').skip(3).step_by(2).filter(|key| *key != "fault") {
        assert!(readme.contains(&format!("`{key}`")), "{key}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_plan_or_a_mistake_on_one_of_its_lines(text in "(person|atr|at|do|=|\"|\\[\\[fault\\]\\]|\n|ichiro|[0-9]{1,3}|\\PC){0,30}") {
        if let Err(mistake) = CardPlan::parse(&text) {
            prop_assert!((1..=text.lines().count() + 1).contains(&mistake.line), "{}", mistake);
        }
    }
}
