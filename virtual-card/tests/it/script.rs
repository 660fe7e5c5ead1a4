//! Commands and answers as hex text, so that a test reads like a trace.

use virtual_card::{Behaviour, Card};

use crate::world;

pub(crate) const SELECT_JPKI: &str = "00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01";
pub(crate) const SELECT_MANAGER: &str = "00 A4 04 0C 07 A0 00 00 01 51 00 00";
pub(crate) const SELECT_VISUAL: &str = "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 02";
pub(crate) const SELECT_TEXT: &str = "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 08";
pub(crate) const SELECT_COMMON: &str = "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 01 00";
pub(crate) const VERIFY_1234: &str = "00 20 00 98 04 31 32 33 34";
pub(crate) const VERIFY_0000: &str = "00 20 00 98 04 30 30 30 30";
pub(crate) const VERIFY_ABC123: &str = "00 20 00 9B 06 41 42 43 31 32 33";
/// SHA-256 DigestInfo of 32 bytes 11.
pub(crate) const SIGN: &str = "80 2A 00 97 33 30 31 30 0D 06 09 60 86 48 01 65 03 04 02 01 05 00 04 20 \
     11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 00";

pub(crate) fn card(spec: &str) -> Card {
    card_with(spec, |_| {})
}

pub(crate) fn card_with(spec: &str, change: impl FnOnce(&mut Behaviour)) -> Card {
    let mut card = Card::open_with(world::cards(), &spec.parse().unwrap(), change).unwrap();
    card.power_on();
    card
}

/// A card with the JPKI application selected.
pub(crate) fn jpki(spec: &str) -> Card {
    let mut card = card(spec);
    plays(&mut card, &[(SELECT_JPKI, "9000")]);
    card
}

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

/// Sends each command and compares: `9000` is a bare status, `<32> 9000` that many bytes and a status, anything else the whole answer.
#[track_caller]
pub(crate) fn plays(card: &mut Card, trace: &[(&str, &str)]) {
    for (number, (command, expected)) in trace.iter().enumerate() {
        let answer = card.transmit(&bytes(command)).unwrap();
        let (data, status) = answer.split_at(answer.len() - 2);
        let status = hex(status).replace(' ', "");
        let seen = match (expected.starts_with('<'), data.len()) {
            (_, 0) => status,
            (true, length) => format!("<{length}> {status}"),
            (false, _) => format!("{} {status}", hex(data)),
        };
        assert_eq!(seen, *expected, "command {}: {command}", number + 1);
    }
}

/// The data of a command that answers 9000.
#[track_caller]
pub(crate) fn data(card: &mut Card, command: &str) -> Vec<u8> {
    let mut answer = card.transmit(&bytes(command)).unwrap();
    assert_eq!(answer.split_off(answer.len() - 2), [0x90, 0x00], "{command}");
    answer
}
