//! The text application (券面入力補助AP), the common application and the objects of the card itself.

use std::{fs, process::Command};

use virtual_card::{Card, PinKind, people};

use crate::script::{SELECT_COMMON, SELECT_JPKI, SELECT_MANAGER, SELECT_TEXT, bytes, card, data, hex, plays};

const PIN: &str = "00 20 00 91 04 35 36 37 38";
/// 照合番号A and B of ichiro; their references are swapped against the visual application.
const NUMBER_A: &str = "00 20 00 94 0C 39 39 39 39 30 30 30 30 30 30 31 33";
const NUMBER_B: &str = "00 20 00 95 0E 33 35 30 36 30 32 32 30 33 33 31 32 30 31";

fn text(spec: &str) -> Card {
    let mut card = card(spec);
    plays(&mut card, &[(SELECT_TEXT, "9000")]);
    card
}

fn sha256(content: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("content");
    fs::write(&file, content).unwrap();
    Command::new("openssl").args(["dgst", "-sha256", "-binary"]).arg(&file).output().unwrap().stdout
}

#[test]
fn each_secret_opens_its_own_files() {
    let files = ["81", "82", "83", "84", "85", "86", "87"];
    let table =
        [("nothing", None, "0001100"), ("PIN", Some(PIN), "1111111"), ("A", Some(NUMBER_A), "1011111"), ("B", Some(NUMBER_B), "0111111")];
    for (what, secret, opened) in table {
        let mut card = text("ichiro");
        if let Some(secret) = secret {
            plays(&mut card, &[(secret, "9000")]);
        }
        for (file, is_open) in files.iter().zip(opened.chars()) {
            println!("{what} {file}");
            plays(&mut card, &[(&format!("00 B0 {file} 00 01"), if is_open == '1' { "<1> 9000" } else { "6982" })]);
        }
    }
}

#[test]
fn the_four_attributes_stand_where_the_table_says() {
    let mut card = text("ichiro");
    plays(&mut card, &[(PIN, "9000")]);
    let file = data(&mut card, "00 B0 82 00 00 00 00");
    assert_eq!(hex(&file[..6]), "FF 20 5F DF 21 08");
    let at: Vec<usize> = file[6..14].chunks(2).map(|offset| usize::from(u16::from_be_bytes([offset[0], offset[1]]))).collect();
    let part = |number: usize| &file[at[number] + 3..at[number] + 3 + usize::from(file[at[number] + 2])];
    for (offset, tag) in at.iter().zip(0x22..) {
        assert_eq!(file[*offset..offset + 2], [0xDF, tag]);
    }
    assert_eq!(part(0), "資格\u{3000}一郎".as_bytes());
    assert_eq!(part(1), "資格県受付市在宅町１丁目２番３号".as_bytes());
    assert_eq!(part(2), b"19600602");
    assert_eq!(part(3), b"1");
    assert!(file[3 + 0x5F..].iter().all(|byte| *byte == 0xFF) && file.len() == 512);
}

#[test]
fn the_number_is_marked_as_nobodys_and_all_hashes_fit() {
    let folder = tempfile::tempdir().unwrap();
    for person in people() {
        let mut card = text(person.id);
        plays(&mut card, &[(PIN, "9000")]);
        let number = data(&mut card, "00 B0 81 00 00");
        assert_eq!(number, [&[0xFF, 0x10, 0x0C], person.number_a.as_bytes(), &[0xFF, 0xFF]].concat());
        let attributes = data(&mut card, "00 B0 82 00 00 00 00");
        let header = if attributes[2] < 0x80 { 3 } else { 4 };
        let end = header + usize::from(attributes[header - 1]);
        // From DF22 on: the table of offsets is not hashed.
        let hashed = &attributes[header + 11..end];
        let record = data(&mut card, "00 B0 83 00 00 00 00");
        assert_eq!(record.len(), 336);
        let expected = format!("FF 30 82 01 4B DF 31 20 {} DF 32 20 {} DF 33 82 01 00", hex(&sha256(&number)), hex(&sha256(hashed)));
        assert_eq!(hex(&record[..80]), expected, "{}", person.id);

        // The key that signs it, from EF 0004, written as DER by hand.
        let certificate = data(&mut card, "00 B0 84 00 00 00 00");
        assert_eq!(certificate.len(), 568);
        let modulus = &certificate[5 + 5 + 32 + 9..][..256];
        let before = "30 82 01 22 30 0D 06 09 2A 86 48 86 F7 0D 01 01 01 05 00 03 82 01 0F 00 30 82 01 0A 02 82 01 01 00";
        let path = |name: &str| folder.path().join(name);
        fs::write(path("key"), [&bytes(before)[..], modulus, &[0x02, 0x03, 0x01, 0x00, 0x01]].concat()).unwrap();
        fs::write(path("signature"), &record[80..]).unwrap();
        fs::write(path("content"), &record[5..75]).unwrap();
        let mut openssl = Command::new("openssl");
        openssl.args(["dgst", "-sha256", "-keyform", "DER", "-verify"]).arg(path("key")).arg("-signature").arg(path("signature"));
        let output = openssl.arg(path("content")).output().unwrap();
        assert!(output.status.success(), "{}: {}", person.id, String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_other_files_have_the_sizes_of_a_card() {
    let mut card = text("ichiro");
    plays(&mut card, &[(PIN, "9000"), ("00 B0 85 00 10", "FF 40 82 00 9F DF 41 04 01 03 0E 01 DF 42 10 39 9000")]);
    for (file, length) in [("81", 17), ("83", 336), ("84", 568), ("85", 164), ("86", 269), ("87", 536)] {
        assert_eq!(data(&mut card, &format!("00 B0 {file} 00 00 00 00")).len(), length, "{file}");
    }
}

#[test]
fn the_secrets_have_their_own_counters_and_one_never_opens() {
    let mut card = text("ichiro");
    plays(
        &mut card,
        &[
            ("00 20 00 91", "63C3"),
            ("00 20 00 92", "63C0"),
            ("00 20 00 92 04 35 36 37 38", "6984"),
            ("00 20 00 94", "63CA"),
            ("00 20 00 95", "63CA"),
            ("00 20 00 91 04 30 30 30 30", "63C2"),
            ("00 20 00 95 04 30 30 30 30", "63C9"),
            (NUMBER_A, "9000"),
            ("00 24 01 94 0C 31 31 31 31 31 31 31 31 31 31 31 31", "6985"),
            (PIN, "9000"),
            ("00 24 01 91 04 31 31 31 31", "9000"),
            ("00 20 00 91 04 31 31 31 31", "9000"),
        ],
    );
    assert_eq!((card.tries_left(PinKind::Text), card.tries_left(PinKind::TextNumberB)), (3, 9));
    plays(&mut card, &[(SELECT_JPKI, "9000"), (SELECT_TEXT, "9000"), ("00 B0 81 00 01", "6982")]);
}

#[test]
fn the_common_application_shows_its_record_to_everybody() {
    let mut card = card("ichiro");
    plays(&mut card, &[("00 B2 01 04 00", "6986"), ("00 B2 01 0C 00", "6A82"), (SELECT_COMMON, "9000"), ("00 B2 01 04 00", "6986")]);
    let record = data(&mut card, "00 B2 01 0C 00");
    assert_eq!(record, b"\x01\x1C9999900000012019910120330602");
    plays(
        &mut card,
        &[
            ("00 B2 01 04 02", "01 1C 9000"),
            ("00 A4 02 0C 02 00 01", "9000"),
            ("00 B2 01 04 02", "01 1C 9000"),
            ("00 B2 02 0C 00", "6A83"),
            ("00 B2 00 0C 00", "6A83"),
            ("00 B2 01 0D 00", "6A86"),
            ("00 B2 01 0C", "6700"),
            ("00 B0 81 00 00", "6981"),
            ("00 20 00 9C", "63C3"),
            ("80 32 00 9C 04 31 31 31 31", "6982"),
            ("00 20 00 9C 04 35 36 37 38", "9000"),
            ("80 32 01 9C 04 31 31 31 31", "6A86"),
            ("80 32 00 9C 04 31 31 31 31", "9000"),
            ("00 20 00 9C 04 31 31 31 31", "9000"),
        ],
    );
}

#[test]
fn the_command_that_changes_other_pins_changes_neither_the_common_nor_the_resident_one() {
    for select in [SELECT_COMMON, "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 01"] {
        let mut card = card("ichiro");
        let change = "00 24 01 9C 04 31 31 31 31";
        plays(&mut card, &[(select, "9000"), (change, "6D00"), ("00 20 00 9C 04 35 36 37 38", "9000"), (change, "6D00")]);
        plays(&mut card, &[("00 24 01 80 04 31 31 31 31", "6D00"), ("00 20 00 9C 04 35 36 37 38", "9000")]);
    }
    let mut text = text("ichiro");
    plays(&mut text, &[(PIN, "9000"), ("80 32 00 91 04 31 31 31 31", "6D00"), ("00 24 01 91 04 31 31 31 31", "9000")]);
}

#[test]
fn the_card_itself_has_objects_while_no_application_is_selected() {
    let mut card = card("ichiro");
    plays(
        &mut card,
        &[
            ("00 CA 00 F0 00", "39 39 31 30 31 9000"),
            ("00 CA 00 F2 00", "32 30 33 33 30 36 30 32 9000"),
            ("00 CA 00 45 00", "<15> 9000"),
            ("00 CA 00 42 00", "<16> 9000"),
            ("00 CA 00 66 00", "73 09 06 07 2A 86 48 86 FC 6B 01 9000"),
            ("00 CA 00 F7 00", "<16> 9000"),
            ("00 CA 00 F8 00", "6700"),
            ("00 CA 00 F8 00 00 00", "<563> 9000"),
            ("00 CA 7F 21 00 00 00", "<563> 9000"),
            ("00 CA 5F 51 00", "E0 00 FF 81 31 FE 45 14 9000"),
            ("00 CA 00 46 00", "6A88"),
            ("00 CA 00 45", "6700"),
            ("00 A4 02 0C 02 00 45", "6A82"),
            (SELECT_JPKI, "9000"),
            ("00 CA 00 45 00", "6A88"),
            (SELECT_MANAGER, "9000"),
            ("00 CA 00 45 00", "<15> 9000"),
        ],
    );
}

#[test]
fn the_answer_to_reset_over_contacts_is_told_in_every_application() {
    const TOLD: &str = "E0 00 FF 81 31 FE 45 14 9000";
    let resident = "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 01";
    for (spec, before) in [("ichiro", TOLD), ("ichiro:atr-app-only", "6A88")] {
        let mut card = card(spec);
        plays(&mut card, &[("00 CA 5F 51 00", before)]);
        for select in [SELECT_JPKI, SELECT_TEXT, SELECT_COMMON, resident, "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 02"] {
            plays(&mut card, &[(select, "9000"), ("00 CA 5F 51 00", TOLD), ("00 CA 00 F0 00", "6A88")]);
        }
        plays(&mut card, &[(SELECT_MANAGER, "9000"), ("00 CA 5F 51 00", before)]);
    }
}

#[test]
fn the_text_is_filled_up_with_ff_on_every_card() {
    let mut card = text("ichiro:filler-00");
    plays(&mut card, &[(PIN, "9000")]);
    assert_eq!(data(&mut card, "00 B0 82 00 00 00 00").last(), Some(&0xFF));
    plays(&mut card, &[(SELECT_JPKI, "9000")]);
    assert_eq!(data(&mut card, "00 B0 8A 00 00 00 00").last(), Some(&0x00), "certificates are not");
}
