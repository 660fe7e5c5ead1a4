//! READ BINARY, and certificates that end before their file does.

use virtual_card::Card;

use crate::script::{SELECT_JPKI, VERIFY_1234, VERIFY_ABC123, card_with, data, jpki, plays};

/// Reads from a file by offsets until the DER length is reached, advancing by what was returned.
fn read_certificate(card: &mut Card, short_identifier: u8, le: u8) -> Vec<u8> {
    let mut file = data(card, &format!("00 B0 {short_identifier:02X} 00 {le:02X}"));
    let mut commands = 1;
    loop {
        let total = match file[..] {
            [0x30, 0x82, hi, lo, ..] => 4 + usize::from(u16::from_be_bytes([hi, lo])),
            [0x30, 0x81, length, ..] => 3 + usize::from(length),
            _ => usize::MAX,
        };
        if file.len() >= total {
            file.truncate(total);
            return file;
        }
        let left = u8::try_from((total - file.len()).min(256) % 256).unwrap();
        let [hi, lo] = u16::try_from(file.len()).unwrap().to_be_bytes();
        let piece = data(card, &format!("00 B0 {hi:02X} {lo:02X} {:02X}", if le == 0 { left } else { le }));
        assert!(!piece.is_empty());
        file.extend(piece);
        commands += 1;
        assert!(commands < 4000);
    }
}

#[test]
fn the_normal_certificate_is_read_in_seven_short_commands() {
    let mut card = jpki("ichiro");
    let mut file = Vec::new();
    for command in
        ["00 B0 8A 00 00", "00 B0 01 00 00", "00 B0 02 00 00", "00 B0 03 00 00", "00 B0 04 00 00", "00 B0 05 00 00", "00 B0 06 00 36"]
    {
        file.extend(data(&mut card, command));
    }
    assert_eq!(file.len(), 1590);
    assert_eq!(file[..4], [0x30, 0x82, 0x06, 0x32]);
    assert_eq!(file, read_certificate(&mut jpki("ichiro"), 0x8A, 0));
}

#[test]
fn one_extended_command_returns_the_whole_file_with_filler() {
    for (scenario, filler) in [("normal", 0xFF), ("filler-00", 0x00)] {
        let mut card = jpki(&format!("ichiro:{scenario}"));
        let file = data(&mut card, "00 B0 8A 00 00 00 00");
        assert_eq!(file.len(), 2048);
        assert!(file[1590..].iter().all(|byte| *byte == filler));
        plays(&mut card, &[("00 B0 8A 00 00 01 00", "<256> 9000"), ("00 B0 08 00 00 00 00", "6B00")]);
    }
}

#[test]
fn any_chunk_size_gives_the_same_certificate() {
    let whole = read_certificate(&mut jpki("ichiro"), 0x8A, 0);
    for limit in (1..=256).step_by(5).chain([2, 127, 128, 253, 254, 255]) {
        let mut card = card_with("ichiro", |behaviour| behaviour.read_limit = limit);
        plays(&mut card, &[(SELECT_JPKI, "9000")]);
        assert_eq!(read_certificate(&mut card, 0x8A, 0), whole, "at most {limit} bytes");
    }
    for le in [1, 16, 255] {
        assert_eq!(read_certificate(&mut jpki("ichiro"), 0x8A, le), whole, "Le {le:02X}");
    }
    assert_eq!(read_certificate(&mut jpki("ichiro:short-read"), 0x8A, 0), whole);
    for scenario in ["tiny-read", "tiny-read-3", "tiny-read-17"] {
        assert_eq!(read_certificate(&mut jpki(&format!("ichiro:{scenario}")), 0x8A, 0), whole, "{scenario}");
    }
}

#[test]
fn a_short_identifier_selects_the_file() {
    plays(
        &mut jpki("ichiro"),
        &[
            ("00 B0 00 00 04", "6986"),
            ("00 B0 88 00 03", "8F 8F 00 9000"),
            ("00 B0 00 00 03", "8F 8F 00 9000"),
            ("00 B0 00 01 00", "8F 00 9000"),
            ("00 B0 00 03 00", "6B00"),
            ("00 B0 7F FF 00", "6B00"),
            ("00 A4 02 0C 02 00 06", "9000"),
            ("00 B0 00 00 04", "4A 50 4B 49 9000"),
            ("00 B0 88 01 01", "8F 9000"),
        ],
    );
}

#[test]
fn what_cannot_be_read_says_why() {
    plays(
        &mut jpki("ichiro"),
        &[
            ("00 B0 97 00 00", "6981"),
            ("00 B0 98 00 00", "6981"),
            ("00 B0 9A 00 00", "6981"),
            ("00 B0 9B 00 00", "6981"),
            ("00 B0 81 00 00", "6982"),
            ("00 B0 83 00 00", "6A82"),
            ("00 B0 80 00 00", "6A86"),
            ("00 B0 A0 00 00", "6A86"),
            ("00 B0 86 00", "6700"),
            ("00 B0 86 00 01 00 20", "6700"),
            (VERIFY_1234, "9000"),
            ("00 B0 81 00 00", "6982"),
            (VERIFY_ABC123, "9000"),
            ("00 B0 81 00 00", "<256> 9000"),
        ],
    );
}

#[test]
fn a_card_without_extended_length_answers_6700_to_it_and_goes_on() {
    plays(&mut jpki("ichiro:no-extended"), &[("00 B0 8A 00 00 00 00", "6700"), ("00 B0 8A 00 00", "<256> 9000"), ("00 20 00 98", "63C3")]);
}

#[test]
fn a_small_certificate_has_another_length_form() {
    let mut card = jpki("ichiro:small-cert");
    let certificate = read_certificate(&mut card, 0x8A, 0);
    assert_eq!(certificate[..2], [0x30, 0x81]);
    assert!(certificate.len() < 256);
}
