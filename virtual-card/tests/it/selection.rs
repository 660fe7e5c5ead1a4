//! Applications, files, classes and instructions.

use crate::script::{SELECT_JPKI, SELECT_MANAGER, SELECT_VISUAL, SIGN, VERIFY_1234, VERIFY_ABC123, card, data, jpki, plays};

#[test]
fn two_commands_tell_the_kind_of_card() {
    let mut card = card("ichiro");
    plays(&mut card, &[(SELECT_JPKI, "9000")]);
    assert_eq!(data(&mut card, "00 B0 86 00 20"), b"JPKIAPICCTOKEN2                 ");
}

#[test]
fn the_label_is_the_beginning_of_160_bytes() {
    plays(&mut jpki("ichiro"), &[("00 B0 86 00 00", "<160> 9000"), ("00 B0 86 A0 00", "6B00")]);
}

#[test]
fn applications_answer_to_their_name_and_its_beginning() {
    plays(
        &mut card("ichiro"),
        &[
            (SELECT_JPKI, "9000"),
            (SELECT_VISUAL, "9000"),
            (SELECT_MANAGER, "9000"),
            ("00 A4 04 0C 05 D3 92 F0 00 26", "9000"),
            ("00 A4 02 0C 02 00 06", "9000"),
            ("00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 08", "9000"),
            ("00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 01", "9000"),
            ("00 A4 04 0C 0A D3 92 10 00 31 00 01 01 01 00", "9000"),
            ("00 A4 04 0C 0B D3 92 F0 00 26 01 00 00 00 01 00", "6A82"),
            ("00 A4 04 0C 04 D3 92 F0 00", "6A82"),
            ("00 A4 04 0C 08 A0 00 00 02 77 01 01 01", "6A82"),
        ],
    );
}

#[test]
fn an_unknown_application_leaves_the_current_one_selected() {
    plays(&mut jpki("ichiro"), &[("00 A4 04 0C 05 A0 00 00 00 03", "6A82"), ("00 B0 86 00 20", "<32> 9000")]);
}

#[test]
fn a_template_comes_only_with_p2_00_and_le() {
    plays(
        &mut card("ichiro"),
        &[
            ("00 A4 04 00 0A D3 92 F0 00 26 01 00 00 00 01 00", "6F 0C 84 0A D3 92 F0 00 26 01 00 00 00 01 9000"),
            ("00 A4 04 00 0A D3 92 F0 00 26 01 00 00 00 01", "9000"),
            ("00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01 00", "6700"),
            ("00 A4 04 04 0A D3 92 F0 00 26 01 00 00 00 01", "6A86"),
        ],
    );
}

#[test]
fn files_are_selected_with_p1_02_only() {
    plays(
        &mut jpki("ichiro"),
        &[
            ("00 A4 02 0C 02 00 06", "9000"),
            ("00 A4 02 0C 02 00 17", "9000"),
            ("00 A4 02 0C 02 00 18", "9000"),
            ("00 A4 02 0C 02 00 1A", "9000"),
            ("00 A4 02 0C 02 00 1B", "9000"),
            ("00 A4 02 0C 02 00 03", "6A82"),
            ("00 A4 02 0C 02 01 06", "6A82"),
            ("00 A4 02 0C 02 3F 00", "6A82"),
            ("00 A4 00 0C 02 00 06", "6A86"),
            ("00 A4 01 0C 02 00 06", "6A86"),
            ("00 A4 08 0C 02 00 06", "6A86"),
            ("00 A4 02 00 02 00 06", "6A86"),
            ("00 A4 02 0C 02 00 06 00", "6700"),
            ("00 A4 02 0C 01 06", "6700"),
        ],
    );
}

#[test]
fn files_that_nobody_has_explained_are_there_and_say_nothing() {
    let mut card = jpki("ichiro");
    plays(&mut card, &[(VERIFY_1234, "9000"), (VERIFY_ABC123, "9000")]);
    plays(&mut card, &[("00 A4 02 0C 02 00 09", "9000"), ("00 B0 00 00 00", "6982"), ("00 B0 89 00 00", "6982"), ("00 20 00 89", "6981")]);
    for file in ["05", "10", "16", "19", "1C", "1E"] {
        let short = 0x80 | u8::from_str_radix(file, 16).unwrap();
        plays(
            &mut card,
            &[
                (&format!("00 A4 02 0C 02 00 {file}"), "9000"),
                ("00 B0 00 00 00", "6981"),
                ("00 B2 01 04 00", "6981"),
                (&format!("00 B0 {short:02X} 00 00"), "6981"),
                (&format!("00 20 00 {short:02X}"), "6981"),
                (&format!("00 20 00 {short:02X} 04 31 32 33 34"), "6981"),
                (&SIGN.replace("80 2A 00 97", &format!("80 2A 00 {short:02X}")), "6981"),
            ],
        );
    }
    plays(&mut card, &[("80 A2 00 00 01 00", "6A86"), ("00 20 00 98", "63C3")]);
    // Of other products nobody has told even that.
    plays(&mut jpki("ichiro:phone-android"), &[("00 A4 02 0C 02 00 09", "6A82"), ("80 A2 00 00 01 00", "6D00")]);
}

#[test]
fn a_card_that_knows_no_short_identifiers_wants_its_files_selected() {
    let mut card = jpki("ichiro:select-first");
    plays(
        &mut card,
        &[
            ("00 20 00 98", "6A86"),
            (VERIFY_1234, "6A86"),
            ("00 B0 86 00 20", "6A86"),
            (SIGN, "6A86"),
            ("00 A4 02 0C 02 00 18", "9000"),
            ("00 20 00 80", "63C3"),
            ("00 20 00 80 04 31 32 33 34", "9000"),
            ("00 A4 02 0C 02 00 17", "9000"),
            (&SIGN.replace("80 2A 00 97", "80 2A 00 80"), "<256> 9000"),
            ("00 A4 02 0C 02 00 0A", "9000"),
            ("00 B0 00 00 00", "<256> 9000"),
        ],
    );
}

#[test]
fn the_master_file_does_nothing() {
    let mut card = card("ichiro");
    plays(
        &mut card,
        &[
            ("00 A4 00 00", "6A86"),
            (SELECT_JPKI, "9000"),
            ("00 A4 00 00", "9000"),
            ("00 A4 00 00 02 3F 00", "6A82"),
            ("00 B0 86 00 20", "<32> 9000"),
        ],
    );
}

#[test]
fn nothing_is_there_before_an_application_is_selected() {
    plays(
        &mut card("ichiro"),
        &[
            ("00 B0 86 00 20", "6A82"),
            ("00 B0 00 00 20", "6986"),
            ("00 20 00 98", "6A88"),
            ("00 20 00 80", "6986"),
            ("00 A4 02 0C 02 00 06", "6A82"),
        ],
    );
}

#[test]
fn other_classes_and_instructions_have_their_own_words() {
    plays(
        &mut jpki("ichiro"),
        &[
            ("01 B0 86 00 20", "6881"),
            ("81 2A 00 97 01 00 00", "6881"),
            ("04 B0 86 00 20", "6882"),
            ("0C B0 86 00 20", "6882"),
            ("80 B0 86 00 20", "6E00"),
            ("00 2A 00 97 01 00 00", "6E00"),
            ("A0 B0 86 00 20", "6E00"),
            ("FF CA 00 00 00", "6E00"),
            ("00 12 00 00", "6D00"),
            ("00 C0 00 00 10", "6D00"),
            ("80 FC 00 00", "6700"),
            ("00 70 00 00 01", "6881"),
            ("00 CA 00 45 00", "6A88"),
            ("00 B2 01 0C 00", "6981"),
            ("00 B2 01 04 00", "6981"),
            ("80 32 00 98 04 31 32 33 34", "6D00"),
        ],
    );
}

#[test]
fn a_command_whose_lengths_do_not_add_up_answers_6700() {
    plays(
        &mut jpki("ichiro"),
        &[
            ("00", "6700"),
            ("00 B0 86", "6700"),
            ("00 A4 02 0C 02 00", "6700"),
            ("00 20 00 98 05 31 32 33 34", "6700"),
            ("00 20 00 98", "63C3"),
        ],
    );
    assert_eq!(card("ichiro").transmit(&[]).unwrap(), [0x67, 0x00]);
}

#[test]
fn challenges_are_short_and_differ() {
    let mut card = jpki("ichiro");
    assert_ne!(data(&mut card, "00 84 00 00 08"), data(&mut card, "00 84 00 00 08"));
    plays(
        &mut card,
        &[("00 84 00 00 00", "<256> 9000"), ("00 84 00 00 00 01 00", "6985"), ("00 84 00 00", "6700"), ("00 84 01 00 08", "6A86")],
    );
}

#[test]
fn answers_to_reset_are_well_formed() {
    for spec in ["ichiro", "ichiro:juki", "ichiro:foreign", "ichiro:phone-android"] {
        let card = card(spec);
        let atr = card.atr();
        assert_eq!(atr[0], 0x3B);
        assert_eq!(atr[1..].iter().fold(0, |check, byte| check ^ byte), 0, "check byte of {spec}");
    }
    assert_eq!(card("ichiro").atr(), [0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F]);
}
