//! Each flow against a scripted card: the commands byte for byte, every command failing once, every status word.
//!
//! Whole signatures are checked with the virtual card (`tests/it/card.rs`); here the card's words are written by hand.

use shared::reader::Spent;

use super::*;
use crate::card::ChannelError;
use crate::card::script::{Script, go, hex, played};

const SELECT: &str = "00A4040C0AD392F000260100000001";
const QUERY: &str = "00200098";
const VERIFY: &str = "002000980431323334";
const CLEAR: &str = "00A4040C07A0000001510000";
const AVAILABILITY: &str = "00B0880003";
const CERTIFICATE: &str = "00B08A0000";
const LABEL: &str = "00B0860020";

fn label(text: &str) -> String {
    format!("{}9000", hex(format!("{text:<32}").as_bytes()))
}

fn kind_of(lines: &[(&str, &str)]) -> Result<CardKind, Trouble> {
    played(lines, |card| kind(card, &go))
}

fn tries_after(lines: &[(&str, &str)]) -> Result<Tries, Trouble> {
    played(lines, |card| tries(card, &go))
}

/// Flow 3 of a person who saw three tries; what it said, and how the card was left.
fn failed(lines: &[(&str, &str)], seen: Tries, last_try_confirmed: bool) -> (Trouble, Spent, After) {
    let pin = Pin::parse(b"1234").unwrap();
    let press = Press { entry: Entry::Typed(&pin), seen, last_try_confirmed };
    let (result, after) = played(lines, |card| authenticate(card, &press, b"message", &Mutex::new(Extended::Refused), &go, &mut |_| ()));
    let Err(Failed { trouble, spent }) = result else { panic!("nothing is signed here") };
    (trouble, spent, after)
}

#[test]
fn digits_on_the_readers_keys_are_sent_once_and_a_cancel_there_spends_nothing() {
    const ON_PAD: &str = "PAD002000980400000000";
    for (answer, expected, spent) in [
        ("6400", Trouble::PadTimeout, Spent::No),
        ("6401", Trouble::PadCancelled, Spent::No),
        ("6403", Trouble::PadCancelled, Spent::No),
        ("63C2", Trouble::WrongPin(Tries::Left(2)), Spent::Yes),
        ("63C0", Trouble::Locked, Spent::Yes),
        ("removed", Trouble::Channel(ChannelError::Removed), Spent::Unknown),
        ("fault", Trouble::Channel(ChannelError::Fault), Spent::Unknown),
    ] {
        let lines = [(SELECT, "9000"), (QUERY, "63C3"), (ON_PAD, answer), (CLEAR, "9000")];
        let press = Press { entry: Entry::Pad, seen: Tries::Left(3), last_try_confirmed: false };
        let signed = |card: &mut Script| authenticate(card, &press, b"message", &Mutex::new(Extended::Refused), &go, &mut |_| ());
        let (Err(failed), after) = played(&lines, signed) else { panic!("nothing is signed here") };
        assert_eq!((failed.trouble, failed.spent, after), (expected, spent, After::Leave), "{answer}");
    }
}

#[test]
fn a_pin_is_four_half_width_digits() {
    assert!(Pin::parse(b"0000").is_ok());
    for bad in ["", "123", "12345", "12a4", "12 4", "１２３４", " 1234", "-123", "+123", "1.34", "12\u{0}4"] {
        assert!(Pin::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
}

#[test]
fn kind_follows_application_and_whole_label() {
    for (text, expected) in [
        ("JPKIAPICCTOKEN2", CardKind::MyNumberCard),
        ("JPKIAPICCTOKEN", CardKind::JukiCard),
        ("JPKIAPGPSETOKEN", CardKind::PhoneAndroid),
        ("JPKIAPIOSTOKEN", CardKind::PhoneIos),
        ("JPKIAPICCTOKEN3", CardKind::UnknownToken),
        ("JPKIAPICCTOKEN2X", CardKind::UnknownToken),
        ("", CardKind::UnknownToken),
    ] {
        assert_eq!(kind_of(&[(SELECT, "9000"), (LABEL, &label(text))]), Ok(expected), "{text}");
    }
    let nul_padded = format!("{}{}9000", hex(b"JPKIAPICCTOKEN2"), "00".repeat(17));
    assert_eq!(kind_of(&[(SELECT, "9000"), (LABEL, &nul_padded)]), Ok(CardKind::MyNumberCard));
    assert_eq!(kind_of(&[(SELECT, "9000"), (LABEL, "6982")]), Ok(CardKind::UnknownToken));
    let cut = [(SELECT, "9000"), (LABEL, "4A509000"), ("00B000021E", "6B00")];
    assert_eq!(kind_of(&cut), Ok(CardKind::UnknownToken), "a file that ends in the label");
    for sw in ["6A82", "6A86", "6D00", "6E00", "6283"] {
        assert_eq!(kind_of(&[(SELECT, sw)]), Ok(CardKind::Foreign), "{sw}");
    }
}

#[test]
fn the_first_select_alone_is_repeated_after_6f00_and_only_once() {
    assert_eq!(kind_of(&[(SELECT, "6F00"), (SELECT, "9000"), (LABEL, &label("JPKIAPICCTOKEN2"))]), Ok(CardKind::MyNumberCard));
    assert_eq!(kind_of(&[(SELECT, "6F00"), (SELECT, "6F00")]), Ok(CardKind::Foreign));
    assert_eq!(kind_of(&[(SELECT, "9000"), (LABEL, "6F00")]), Ok(CardKind::UnknownToken));
    let refused = Trouble::Refused("the retry query", Sw(0x6F00));
    let lines = [(SELECT, "9000"), (QUERY, "6F00"), ("00A4020C020018", "9000"), ("00200080", "6F00")];
    assert_eq!(tries_after(&lines), Err(refused));
}

#[test]
fn an_answer_below_two_bytes_is_a_removal_everywhere() {
    assert_eq!(kind_of(&[(SELECT, "")]), Err(Trouble::Channel(ChannelError::Removed)));
    assert_eq!(tries_after(&[(SELECT, "9000"), (QUERY, "63")]), Err(Trouble::Channel(ChannelError::Removed)));
    let lines = [(SELECT, "9000"), (QUERY, "63C3"), (VERIFY, ""), (CLEAR, "removed")];
    assert_eq!(failed(&lines, Tries::Left(3), false), (Trouble::Channel(ChannelError::Removed), Spent::Unknown, After::Unpower));
}

#[test]
fn the_retry_query_reads_every_counter() {
    let there = "8F8F009000";
    for (sw, expected) in [
        ("63C3", Tries::Left(3)),
        ("63C1", Tries::Left(1)),
        ("63CF", Tries::Left(15)),
        ("9000", Tries::NotReported),
        ("6300", Tries::NotReported),
    ] {
        assert_eq!(tries_after(&[(SELECT, "9000"), (QUERY, sw), (AVAILABILITY, there)]), Ok(expected), "{sw}");
    }
    for sw in ["63C0", "6983", "6984"] {
        assert_eq!(tries_after(&[(SELECT, "9000"), (QUERY, sw)]), Ok(Tries::Left(0)), "{sw}: nothing more is asked");
    }
}

#[test]
fn a_card_that_refuses_short_identifiers_is_asked_by_selection() {
    for sw in ["6A86", "6A88", "6A82", "6B00", "6700", "6981", "6D00"] {
        let lines = [
            (SELECT, "9000"),
            (QUERY, sw),
            ("00A4020C020018", "9000"),
            ("00200080", "63C3"),
            ("00A4020C020008", "9000"),
            ("00B0000003", "8F8F009000"),
        ];
        assert_eq!(tries_after(&lines), Ok(Tries::Left(3)), "{sw}");
    }
    let verify = "002000800431323334";
    let lines = [(SELECT, "9000"), (QUERY, "6A86"), ("00A4020C020018", "9000"), ("00200080", "63C3"), (verify, "63C2"), (CLEAR, "9000")];
    assert_eq!(failed(&lines, Tries::Left(3), false), (Trouble::WrongPin(Tries::Left(2)), Spent::Yes, After::Leave));
}

#[test]
fn no_certificate_is_found_before_any_prompt() {
    let start = [(SELECT, "9000"), (QUERY, "63C3")];
    let after = |more: &[(&str, &str)]| tries_after(&[&start[..], more].concat());
    for absent in ["6A82", "6B00", "9000", "FFFFFFFF9000", "000000009000"] {
        assert_eq!(after(&[(AVAILABILITY, "8F00009000"), (CERTIFICATE, absent)]), Err(Trouble::NoCertificate), "{absent}");
    }
    assert_eq!(after(&[(AVAILABILITY, "8F00009000"), (CERTIFICATE, "308206329000")]), Ok(Tries::Left(3)), "other values are unknown");
    assert_eq!(after(&[(AVAILABILITY, "6A82"), (CERTIFICATE, "6982")]), Ok(Tries::Left(3)), "a phone asks for the PIN first");
    assert_eq!(tries_after(&[(SELECT, "9000"), (QUERY, "6A88"), ("00A4020C020018", "6A82")]), Err(Trouble::NoCertificate));
}

#[test]
fn every_answer_to_verify_is_final() {
    for (answer, trouble, spent) in [
        ("63C2", Trouble::WrongPin(Tries::Left(2)), Spent::Yes),
        ("63C1", Trouble::WrongPin(Tries::Left(1)), Spent::Yes),
        ("63C0", Trouble::Locked, Spent::Yes),
        ("6984", Trouble::Locked, Spent::No),
        ("6983", Trouble::Locked, Spent::No),
        ("6C04", Trouble::Refused("VERIFY", Sw(0x6C04)), Spent::Unknown),
        ("6104", Trouble::Refused("VERIFY", Sw(0x6104)), Spent::Unknown),
        ("6F00", Trouble::Refused("VERIFY", Sw(0x6F00)), Spent::Unknown),
        ("6700", Trouble::Refused("VERIFY", Sw(0x6700)), Spent::Unknown),
        ("6982", Trouble::Refused("VERIFY", Sw(0x6982)), Spent::Unknown),
        ("6A86", Trouble::Refused("VERIFY", Sw(0x6A86)), Spent::Unknown),
        ("removed", Trouble::Channel(ChannelError::Removed), Spent::Unknown),
        ("fault", Trouble::Channel(ChannelError::Fault), Spent::Unknown),
    ] {
        let lines = [(SELECT, "9000"), (QUERY, "63C3"), (VERIFY, answer), (CLEAR, "9000")];
        assert_eq!(failed(&lines, Tries::Left(3), false), (trouble, spent, After::Leave), "{answer}");
    }
}

/// A reader for cards in the air answers 6300 for a card that was taken away: nobody may be told that their right PIN was wrong.
#[test]
fn a_card_taken_away_right_after_the_press_is_never_a_wrong_pin() {
    const PIN: &str = "00A4020C020018";
    let wrong = (Trouble::WrongPin(Tries::NotReported), Spent::Yes);
    let gone = (Trouble::Channel(ChannelError::Removed), Spent::Unknown);
    for (answer, expected) in [("9000", wrong), ("6300", gone), ("", gone), ("6A82", gone), ("removed", gone), ("fault", gone)] {
        for verify in [VERIFY, "PAD002000980400000000"] {
            let lines = [(SELECT, "9000"), (QUERY, "63C3"), (verify, "6300"), (PIN, answer), (CLEAR, "9000")];
            let pin = Pin::parse(b"1234").unwrap();
            let entry = if verify == VERIFY { Entry::Typed(&pin) } else { Entry::Pad };
            let press = Press { entry, seen: Tries::Left(3), last_try_confirmed: false };
            let signed = |card: &mut Script| authenticate(card, &press, b"message", &Mutex::new(Extended::Refused), &go, &mut |_| ());
            let (Err(failed), _) = played(&lines, signed) else { panic!("nothing is signed here") };
            assert_eq!((failed.trouble, failed.spent), expected, "{verify}, then {answer:?}");
        }
    }
}

#[test]
fn nothing_is_sent_when_the_counter_is_not_what_the_person_saw() {
    let at = |sw, seen, confirmed| failed(&[(SELECT, "9000"), (QUERY, sw), (CLEAR, "9000")], seen, confirmed);
    assert_eq!(at("63C0", Tries::Left(1), true), (Trouble::Locked, Spent::No, After::Leave));
    assert_eq!(at("6984", Tries::Left(3), true), (Trouble::Locked, Spent::No, After::Leave));
    assert_eq!(at("63C2", Tries::Left(3), true), (Trouble::CounterFell(2), Spent::No, After::Leave));
    assert_eq!(at("63C1", Tries::Left(2), true), (Trouble::CounterFell(1), Spent::No, After::Leave));
    assert_eq!(at("63C1", Tries::Left(1), false), (Trouble::CounterFell(1), Spent::No, After::Leave), "the last try needs a word");
    assert_eq!(at("63C1", Tries::NotReported, false), (Trouble::CounterFell(1), Spent::No, After::Leave));
    let lines = [(SELECT, "9000"), (QUERY, "63C1"), (VERIFY, "63C0"), (CLEAR, "9000")];
    assert_eq!(failed(&lines, Tries::Left(1), true), (Trouble::Locked, Spent::Yes, After::Leave));
}

#[test]
fn every_command_that_fails_ends_the_flow_cleared() {
    let whole = [(SELECT, "9000"), (QUERY, "63C3"), (VERIFY, "9000"), ("SIGN", "009000"), (CERTIFICATE, "300000009000")];
    for (place, (command, _)) in whole.iter().enumerate() {
        for how in ["removed", "fault", "6D00"] {
            // The query is also the probe for short identifiers: an error status leads to the other form.
            if *command == QUERY && how == "6D00" {
                continue;
            }
            let lines = [&whole[..place], &[(*command, how), (CLEAR, "9000")]].concat();
            let (_, spent, after) = failed(&lines, Tries::Left(3), false);
            let expected = if *command == VERIFY { Spent::Unknown } else { Spent::No };
            assert_eq!((spent, after), (expected, After::Leave), "{command} {how}");
        }
    }
}

#[test]
fn a_card_that_cannot_be_cleared_loses_its_power() {
    for clear in ["6A82", "6F00", "removed", "fault", "", "90"] {
        let lines = [(SELECT, "9000"), (QUERY, "63C3"), (VERIFY, "63C2"), (CLEAR, clear)];
        assert_eq!(failed(&lines, Tries::Left(3), false).2, After::Unpower, "{clear:?}");
    }
}

#[test]
fn the_stop_sign_counts_before_every_command_but_the_clearing() {
    let whole = [(SELECT, "9000"), (QUERY, "63C3"), (VERIFY, "9000"), ("SIGN", "009000"), (CERTIFICATE, "300000009000")];
    let pin = Pin::parse(b"1234").unwrap();
    let press = Press { entry: Entry::Typed(&pin), seen: Tries::Left(3), last_try_confirmed: false };
    for sent in 0..whole.len() {
        let left = std::cell::Cell::new(sent);
        let stop = || left.replace(left.get().saturating_sub(1)) == 0;
        let lines = [&whole[..sent], &[(CLEAR, "9000")]].concat();
        let (result, after) =
            played(&lines, |card| authenticate(card, &press, b"message", &Mutex::new(Extended::Refused), &stop, &mut |_| ()));
        assert_eq!(result.err(), Some(Trouble::Stopped.into()), "after {sent}");
        assert_eq!(after, After::Leave);
    }
}

#[test]
fn a_signature_that_does_not_fit_never_leaves() {
    let lines = [(SELECT, "9000"), (QUERY, "63C3"), (VERIFY, "9000"), ("SIGN", "0102039000"), (CERTIFICATE, "30009000"), (CLEAR, "9000")];
    let (trouble, spent, _) = failed(&lines, Tries::Left(3), false);
    assert!(matches!(trouble, Trouble::Nonsense(_)));
    assert_eq!(spent, Spent::No);
}

#[test]
fn a_certificate_that_never_ends_is_given_up() {
    let start = [(SELECT, "9000"), (QUERY, "63C3"), (VERIFY, "9000"), ("SIGN", "009000")];
    for (more, expected) in [
        (&[(CERTIFICATE, "308206009000"), ("00B0000400", "9000")][..], Trouble::Nonsense("a READ without data")),
        (&[(CERTIFICATE, "308206009000"), ("00B0000400", "6B00")], Trouble::Refused("READ", Sw(0x6B00))),
        (&[(CERTIFICATE, "30829FFF9000")], Trouble::TooLong("the certificate")),
        (&[(CERTIFICATE, "30809000")], Trouble::Nonsense("the certificate file holds no certificate")),
        (&[(CERTIFICATE, "FFFFFFFF9000")], Trouble::NoCertificate),
        (&[(CERTIFICATE, "000000009000")], Trouble::NoCertificate),
        (&[(CERTIFICATE, "9000")], Trouble::NoCertificate),
        (&[(CERTIFICATE, "6A82")], Trouble::NoCertificate),
        (&[(CERTIFICATE, "6105"), ("00C0000005", "9000")], Trouble::Nonsense("more bytes were announced than came")),
    ] {
        let lines = [&start[..], more, &[(CLEAR, "9000")]].concat();
        assert_eq!(failed(&lines, Tries::Left(3), false), (expected, Spent::No, After::Leave), "{more:?}");
    }
}

/// A card that gives its label in pieces was an "unknown token", and nobody could use it.
#[test]
fn a_label_that_comes_in_pieces_is_a_label() {
    let label = format!("{:<32}", "JPKIAPICCTOKEN2");
    let part = |from: usize, to: usize| format!("{}9000", hex(&label.as_bytes()[from..to]));
    let lines = [(SELECT, "9000"), (LABEL, &part(0, 17)), ("00B000110F", &part(17, 32))];
    assert_eq!(kind_of(&lines), Ok(CardKind::MyNumberCard));
    let byte_by_byte =
        (0..32).map(|at| (if at == 0 { LABEL.to_owned() } else { format!("00B000{at:02X}{:02X}", 32 - at) }, part(at, at + 1)));
    let lines: Vec<(String, String)> = [(SELECT.to_owned(), "9000".to_owned())].into_iter().chain(byte_by_byte).collect();
    let lines: Vec<(&str, &str)> = lines.iter().map(|(command, answer)| (command.as_str(), answer.as_str())).collect();
    assert_eq!(kind_of(&lines), Ok(CardKind::MyNumberCard));
    let empty = [(SELECT, "9000"), (LABEL, "4A9000"), ("00B000011F", "9000")];
    assert_eq!(kind_of(&empty), Ok(CardKind::UnknownToken), "no bytes and no end: given up");
    // The list of certificates likewise.
    let lines = [(SELECT, "9000"), (QUERY, "63C3"), (AVAILABILITY, "8F9000"), ("00B0000102", "8F9000"), ("00B0000201", "009000")];
    assert_eq!(tries_after(&lines), Ok(Tries::Left(3)));
}

/// What an iPhone says that its owner unlocked, with or without a press.
fn iphone(lines: &[(&str, &str)], press: Option<&Press<'_>>) -> (Option<(Trouble, Spent)>, After) {
    let (result, after) =
        played(lines, |card| authenticate_iphone(card, press, b"message", &Mutex::new(Extended::Refused), &go, &mut |_| ()));
    (result.err().map(|failed| (failed.trouble, failed.spent)), after)
}

const FAREWELL: &str = "80FC0000";

#[test]
fn a_locked_iphone_gets_one_sign_and_no_verify() {
    for (query, more) in [("63C3", &[][..]), ("9000", &[]), ("6A88", &[]), ("63C0", &[]), ("6984", &[])] {
        let start = [(SELECT, "9000"), (QUERY, query), ("SIGN", "6982")];
        let lines = [&start[..], more, &[(FAREWELL, "9000"), (CLEAR, "9000")]].concat();
        assert_eq!(iphone(&lines, None), (Some((Trouble::PhoneLocked, Spent::No)), After::Leave), "{query}");
    }
    // Files by selection only: SIGN is refused by the way it is named, and named otherwise once.
    let key = ("00A4020C020017", "9000");
    let sign = |answer: &'static str| {
        let digest_info: String =
            hex(&crate::card::apdu::Ef::AuthKey.sign(Form::Selected, digest(&SHA256, b"message").as_ref().try_into().unwrap()));
        (digest_info, answer)
    };
    let (selected, answer) = sign("6982");
    let lines =
        [(SELECT, "9000"), (QUERY, "6A86"), ("SIGN", "6A86"), key, (selected.as_str(), answer), (FAREWELL, "6700"), (CLEAR, "9000")];
    assert_eq!(iphone(&lines, None), (Some((Trouble::PhoneLocked, Spent::No)), After::Leave));
}

#[test]
fn an_iphone_that_takes_no_verify_is_locked_and_not_blocked() {
    let pin = Pin::parse(b"1234").unwrap();
    let press = Press { entry: Entry::Typed(&pin), seen: Tries::Left(3), last_try_confirmed: false };
    for (query, verify, expected) in [
        ("63C3", "6984", (Trouble::PhoneLocked, Spent::No)),
        ("9000", "6984", (Trouble::PhoneLocked, Spent::No)),
        ("63C3", "63C2", (Trouble::WrongPin(Tries::Left(2)), Spent::Yes)),
        ("63C3", "63C0", (Trouble::Locked, Spent::Yes)),
    ] {
        let lines = [(SELECT, "9000"), (QUERY, query), (VERIFY, verify), (FAREWELL, "9000"), (CLEAR, "9000")];
        assert_eq!(iphone(&lines, Some(&press)), (Some(expected), After::Leave), "{query} {verify}");
    }
    let blocked = [(SELECT, "9000"), (QUERY, "63C0"), (FAREWELL, "9000"), (CLEAR, "9000")];
    assert_eq!(iphone(&blocked, Some(&press)).0, Some((Trouble::Locked, Spent::No)), "its own word before any VERIFY");
    let none = [(SELECT, "9000"), (QUERY, "6A88"), ("00A4020C020018", "9000"), ("00200080", "6A88"), (FAREWELL, "9000"), (CLEAR, "9000")];
    assert_eq!(iphone(&none, Some(&press)).0, Some((Trouble::PhoneLocked, Spent::No)), "no such PIN");
}

/// The person would place a card again and again that can never sign.
#[test]
fn a_key_that_refuses_is_a_newer_card_only_when_its_certificate_says_so() {
    let start = [(SELECT, "9000"), (QUERY, "63C3"), (VERIFY, "9000")];
    for refusal in ["6700", "6985"] {
        let after =
            |more: &[(&str, &str)]| failed(&[&start[..], &[("SIGN", refusal)], more, &[(CLEAR, "9000")]].concat(), Tries::Left(3), false);
        // The keys of the virtual card's `next-gen` and `small-cert` are in `tests/it/codes.rs`.
        assert_eq!(after(&[(CERTIFICATE, "308223289000")]), (Trouble::NewerCard, Spent::No, After::Leave), "longer than is read");
        assert!(matches!(after(&[(CERTIFICATE, "30009000")]).0, Trouble::Refused("SIGN", _)), "{refusal}: no certificate, no word");
        assert_eq!(after(&[(CERTIFICATE, "6A82")]).0, Trouble::Refused("SIGN", Sw(u16::from_str_radix(refusal, 16).unwrap())));
        assert_eq!(after(&[(CERTIFICATE, "removed")]).0, Trouble::Channel(ChannelError::Removed), "{refusal}: pulled meanwhile");
    }
    let (trouble, ..) = failed(&[&start[..], &[("SIGN", "6982"), (CLEAR, "9000")]].concat(), Tries::Left(3), false);
    assert_eq!(trouble, Trouble::Refused("SIGN", Sw::NOT_VERIFIED), "other refusals are what they are");
}
