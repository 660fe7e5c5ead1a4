//! Laws that hold for any bytes.

use proptest::prelude::*;
use virtual_card::{Card, Fault, Gone, PinKind, scenarios};

use crate::script::{SELECT_JPKI, bytes, card};

/// Bytes that are often nearly a command, so that the deep ends are reached too.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let likely = (
        prop::sample::select(vec![0x00, 0x80, 0x01, 0x0C, 0xA0]),
        prop::sample::select(vec![0xA4, 0x20, 0x24, 0xB0, 0x2A, 0x84, 0xB2, 0xCA, 0xFC]),
        prop::sample::select(vec![0x00, 0x01, 0x02, 0x04, 0x05, 0x81, 0x8A, 0x9B, 0xFF]),
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..24),
    )
        .prop_map(|(cla, ins, p1, p2, rest)| [&[cla, ins, p1, p2], &rest[..]].concat());
    prop_oneof![prop::collection::vec(any::<u8>(), 0..300), likely, Just(bytes(SELECT_JPKI)), Just(bytes("00 20 00 98 04 31 32 33 34"))]
}

fn answers_all(card: &mut Card, commands: &[Vec<u8>]) {
    for command in commands {
        let before = card.tries_left(PinKind::Auth);
        match card.transmit(command) {
            Ok(answer) => assert!((2..=65_538).contains(&answer.len())),
            Err(Gone) => assert!(card.is_gone()),
        }
        // A scenario of accidents: it was pulled, and is put back.
        if card.is_gone() {
            card.power_on();
        }
        let spent = before.saturating_sub(card.tries_left(PinKind::Auth));
        assert!(spent == 0 || (spent == 1 && command.starts_with(&[0x00, 0x20])), "only VERIFY spends a try, and one");
    }
    assert_eq!(card.log().len(), commands.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_an_answer(commands in prop::collection::vec(command(), 1..20), scenario in 0..scenarios().len()) {
        let mut card = card(&format!("ichiro:{}", scenarios()[scenario].id));
        card.set_wait(|_| {});
        answers_all(&mut card, &commands);
    }

    #[test]
    fn any_fault_happens_once_and_the_card_comes_back(commands in prop::collection::vec(command(), 4..8), n in 1u32..4, kind in 0usize..4) {
        let mut card = card("ichiro");
        let fault = [Fault::RemoveBefore(n), Fault::RemoveDuring(n), Fault::RemoveAfter(n), Fault::SilentAt(n)][kind];
        card.set_fault(Some(fault));
        let lost = commands.iter().filter(|command| card.transmit(command).is_err()).count();
        prop_assert!(lost > 0 && card.is_gone());
        card.power_on();
        prop_assert!(card.transmit(&bytes(SELECT_JPKI)).is_ok());
    }

    #[test]
    fn no_log_line_holds_what_follows_the_length_of_a_verify(pin in "[0-9A-Z]{1,16}", p2 in any::<u8>(), cla in any::<u8>()) {
        let mut card = card("ichiro");
        let mut command = vec![cla, 0x20, 0x00, p2, u8::try_from(pin.len()).unwrap()];
        command.extend(pin.bytes());
        let _ = card.transmit(&command);
        let line = card.log()[0].to_string();
        let hidden = "** ".repeat(pin.len());
        prop_assert!(line.contains(&format!(" {:02X} {hidden}-> ", pin.len())), "{}", line);
    }
}
