//! The visual application (券面事項確認AP): what is printed on the card, its signatures, and which number opens what.

use std::{fs, path::Path, process::Command};

use virtual_card::{Card, PinKind, Sex, people};

use crate::script::{SELECT_JPKI, SELECT_MANAGER, SELECT_VISUAL, SIGN, card, card_with, data, hex, plays};

/// 照合番号B of ichiro: Shōwa 35, 2 June, expiry 2033, code 1201.
const NUMBER_B: &str = "00 20 00 92 0E 33 35 30 36 30 32 32 30 33 33 31 32 30 31";
/// 照合番号A of ichiro.
const NUMBER_A: &str = "00 20 00 93 0C 39 39 39 39 30 30 30 30 30 30 31 33";
const BIRTH: &str = "00 20 00 91 06 33 35 30 36 30 32";
const WRONG_B: &str = "00 20 00 92 0E 33 35 30 36 30 32 32 30 33 33 31 32 30 32";

fn visual(spec: &str) -> Card {
    let mut card = card(spec);
    plays(&mut card, &[(SELECT_VISUAL, "9000")]);
    card
}

/// The value at the front of some bytes under a tag of two bytes, its length in bytes of header and value, read by hand.
fn value(bytes: &[u8], tag: u16) -> (&[u8], usize) {
    assert_eq!(bytes[..2], tag.to_be_bytes());
    let (header, length) = match bytes[2..] {
        [length @ 0..=0x7F, ..] => (3, usize::from(length)),
        [0x81, length, ..] => (4, usize::from(length)),
        [0x82, hi, lo, ..] => (5, usize::from(u16::from_be_bytes([hi, lo]))),
        _ => panic!("a length of {:02X}", bytes[2]),
    };
    (&bytes[header..header + length], header + length)
}

/// Header and value of consecutive tags.
fn parts(mut bytes: &[u8], tags: &[u16]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    for tag in tags {
        let (_, whole) = value(bytes, *tag);
        parts.push(bytes[..whole].to_vec());
        bytes = &bytes[whole..];
    }
    assert!(bytes.is_empty(), "{} bytes after the last tag", bytes.len());
    parts
}

const FACE: [u16; 10] = [0xDF21, 0xDF22, 0xDF23, 0xDF24, 0xDF25, 0xDF26, 0xDF27, 0xDF28, 0xDF29, 0xDF2A];

/// EF 0002 of a person's card, cut at its length.
fn face(person: &virtual_card::Person) -> Vec<u8> {
    let mut card = visual(person.id);
    let number: Vec<u8> = [&[0x00, 0x20, 0x00, 0x92, 0x0E], person.number_b().as_bytes()].concat();
    assert_eq!(card.transmit(&number).unwrap(), [0x90, 0x00]);
    let mut file = data(&mut card, "00 B0 82 00 00 00 00");
    let (_, whole) = value(&file, 0xFF20);
    assert!(file.len() > whole, "the file is larger than its content");
    assert!(file[whole..].iter().all(|byte| *byte == 0xFF));
    file.truncate(whole);
    file
}

fn openssl(dir: &Path, arguments: &[&str]) -> (bool, Vec<u8>) {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().unwrap();
    println!("openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    (output.status.success(), output.stdout)
}

/// A key as the card writes it (265 bytes), written as the file `key.pem`: the DER around it is literal.
fn write_key(dir: &Path, key: &[u8]) {
    assert_eq!(key.len(), 265);
    assert_eq!(key[..9], [0x90, 0x03, 0x01, 0x00, 0x01, 0x91, 0x82, 0x01, 0x00]);
    let before = "30 82 01 22 30 0D 06 09 2A 86 48 86 F7 0D 01 01 01 05 00 03 82 01 0F 00 30 82 01 0A 02 82 01 01 00";
    let der = [&crate::script::bytes(before)[..], &key[9..], &[0x02, 0x03, 0x01, 0x00, 0x01]].concat();
    fs::write(dir.join("key.der"), der).unwrap();
    assert!(openssl(dir, &["pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-out", "key.pem"]).0);
}

/// What a signature by the key in `key.pem` holds, padding removed.
fn recovered(dir: &Path, signature: &[u8]) -> Vec<u8> {
    fs::write(dir.join("signature"), signature).unwrap();
    let arguments = ["pkeyutl", "-verifyrecover", "-pubin", "-inkey", "key.pem", "-in", "signature", "-pkeyopt", "rsa_padding_mode:pkcs1"];
    let (is_done, content) = openssl(dir, &arguments);
    assert!(is_done);
    content
}

fn is_signed(dir: &Path, content: &[u8], signature: &[u8]) -> bool {
    fs::write(dir.join("content"), content).unwrap();
    fs::write(dir.join("signature"), signature).unwrap();
    openssl(dir, &["dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "content"]).0
}

fn sha256(dir: &Path, parts: &[Vec<u8>]) -> Vec<u8> {
    fs::write(dir.join("group"), parts.concat()).unwrap();
    openssl(dir, &["dgst", "-sha256", "-binary", "group"]).1
}

/// The key that signs what is printed, from EF 0004.
fn data_key(card: &mut Card) -> Vec<u8> {
    let file = data(card, "00 B0 84 00 00 00 00");
    assert_eq!(file.len(), 568);
    let (body, signature) = {
        let parts = parts(value(&file, 0x7F21).0, &[0x5F4E, 0x5F37]);
        (value(&parts[0], 0x5F4E).0.to_vec(), value(&parts[1], 0x5F37).0.to_vec())
    };
    assert_eq!((body.len(), signature.len()), (297, 256));
    assert_eq!(body[..16], *b"9000023  001    ");
    assert_eq!(body[16..32], *b"9900024  001    ");
    body[32..].to_vec()
}

#[test]
fn everyones_face_is_signed_in_three_groups_under_one_signature() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    write_key(dir, &data_key(&mut visual("ichiro")));
    for person in people() {
        let file = face(person);
        let parts = parts(value(&file, 0xFF20).0, &FACE);
        let signature = value(&parts[7], 0xDF28).0;
        let hashes = [sha256(dir, &parts[1..4]), sha256(dir, &parts[4..6]), sha256(dir, &parts[6..7])].concat();
        let digest_info = format!("30 71 30 0D 06 09 60 86 48 01 65 03 04 02 01 05 00 04 60 {}", hex(&hashes));
        assert_eq!(hex(&recovered(dir, signature)), digest_info, "{}", person.id);
    }
}

#[test]
fn the_table_says_where_each_part_begins() {
    for person in people() {
        let file = face(person);
        assert_eq!(file[..3], [0xFF, 0x20, 0x82]);
        assert_eq!(file[5..8], [0xDF, 0x21, 18]);
        for (offset, tag) in file[8..26].chunks(2).zip(&FACE[1..]) {
            let at = usize::from(u16::from_be_bytes([offset[0], offset[1]]));
            assert_eq!(file[at..at + 2], tag.to_be_bytes(), "{}", person.id);
        }
    }
}

#[test]
fn the_parts_are_those_of_the_person() {
    let mut photos = std::collections::BTreeSet::new();
    for person in people() {
        let file = face(person);
        let parts = parts(value(&file, 0xFF20).0, &FACE);
        let part = |number: usize| value(&parts[number], FACE[number]).0;
        let (year, month, day) = person.birth;
        assert_eq!(part(1), format!("{year}{month:02}{day:02}").as_bytes());
        assert_eq!(part(2), if person.sex == Sex::Male { b"1" } else { b"2" });
        assert_eq!(part(8), format!("2033{month:02}{day:02}").as_bytes());
        for picture in [4, 5, 9] {
            // A PNG whose header says one bit, greyscale.
            assert_eq!(part(picture)[..8], *b"\x89PNG\r\n\x1a\n");
            assert_eq!(part(picture)[24..26], [1, 0]);
        }
        let photo = part(6);
        assert_eq!(hex(&photo[..12]), "00 00 00 0C 6A 50 20 20 0D 0A 87 0A");
        // One component of eight bits, 160 wide, 200 high.
        assert_eq!(hex(&photo[40..62]), "00 00 00 16 69 68 64 72 00 00 00 C8 00 00 00 A0 00 01 07 07 00 00");
        assert!(photo.len() <= 3072, "{}", photo.len());
        photos.insert(photo.to_vec());
    }
    assert_eq!(photos.len(), people().len(), "nobody has the face of another");
}

#[test]
fn the_age_record_and_the_number_are_signed_by_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let mut card = visual("ichiro");
    write_key(dir, &data_key(&mut card));
    plays(&mut card, &[(BIRTH, "9000"), (NUMBER_A, "9000")]);
    let age = data(&mut card, "00 B0 81 00 00 00 00");
    assert_eq!(age.len(), 547);
    assert_eq!(hex(&age[..16]), "FF 10 82 02 1E DF 11 08 31 39 36 30 30 36 30 32");
    let age = parts(value(&age, 0xFF10).0, &[0xDF11, 0xDF12, 0xDF13]);
    assert!(is_signed(dir, &age[..2].concat(), value(&age[2], 0xDF13).0));
    assert!(!is_signed(dir, &age[..1].concat(), value(&age[2], 0xDF13).0), "the check can fail");

    let number = data(&mut card, "00 B0 85 00 00 00 00");
    let number = parts(value(&number, 0xFF40).0, &[0xDF41, 0xDF42, 0xDF43]);
    let picture = value(&number[0], 0xDF41).0;
    assert_eq!(hex(&picture[16..26]), "00 00 00 48 00 00 00 0C 01 00");
    assert!(is_signed(dir, &number[..2].concat(), value(&number[2], 0xDF43).0));
    plays(&mut card, &[("00 B0 86 00 00", "FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF 9000")]);
}

#[test]
fn each_number_opens_its_own_files() {
    let files = ["81", "82", "83", "84", "85", "86"];
    let table = [
        ("nothing", None, "000000"),
        ("birth date", Some(BIRTH), "100000"),
        ("number B", Some(NUMBER_B), "010001"),
        ("number A", Some(NUMBER_A), "010011"),
    ];
    for (what, secret, opened) in table {
        for (file, is_open) in files.iter().zip(opened.chars()) {
            let is_free = ["83", "84"].contains(file);
            let mut card = visual("ichiro");
            if let Some(secret) = secret {
                plays(&mut card, &[(secret, "9000")]);
            }
            let status = if is_free || is_open == '1' { "<1> 9000" } else { "6982" };
            plays(&mut card, &[(&format!("00 B0 {file} 00 01"), status)]);
            println!("{what} {file}");
            // Selected first, it is the same file.
            plays(&mut card, &[(&format!("00 A4 02 0C 02 00 {}", file.replacen("8", "0", 1)), "9000"), ("00 B0 00 00 01", status)]);
        }
    }
    plays(&mut visual("ichiro"), &[("00 B0 87 00 01", "6A82"), ("00 B0 92 00 01", "6981"), ("00 B0 83 00 00 00 00", "<320> 9000")]);
}

#[test]
fn a_wrong_number_b_costs_one_of_ten_tries() {
    let mut card = visual("ichiro");
    plays(&mut card, &[("00 20 00 92", "63CA"), (WRONG_B, "63C9"), ("00 20 00 92", "63C9"), ("00 B0 82 00 00", "6982")]);
    plays(&mut card, &[("00 20 00 93", "63CA"), ("00 20 00 91", "63CA"), (NUMBER_B, "9000"), ("00 20 00 92", "63CA")]);
    plays(&mut card, &[("00 A4 02 0C 02 00 12", "9000"), ("00 20 00 80", "63CA"), ("00 24 01 92 04 31 32 33 34", "6985")]);
    let mut card = card_with("ichiro", |behaviour| behaviour.visual_number_b_tries = 1);
    plays(&mut card, &[(SELECT_VISUAL, "9000"), (WRONG_B, "63C0"), (NUMBER_B, "6984"), ("00 20 00 92", "63C0"), (NUMBER_A, "9000")]);
    assert_eq!(card.tries_left(PinKind::VisualNumberB), 0);
    assert_eq!(card.log()[1].to_string(), format!("00 20 00 92 0E {}-> 63C0", "** ".repeat(14)));
}

#[test]
fn an_opened_face_closes_with_another_application() {
    for (other, is_kept) in [(SELECT_VISUAL, true), (SELECT_JPKI, false), (SELECT_MANAGER, false)] {
        let mut card = visual("ichiro");
        plays(&mut card, &[(NUMBER_B, "9000"), (other, "9000"), (SELECT_VISUAL, "9000")]);
        plays(&mut card, &[("00 B0 82 00 01", if is_kept { "FF 9000" } else { "6982" })]);
    }
    let mut card = visual("ichiro");
    plays(&mut card, &[(NUMBER_B, "9000")]);
    card.reset();
    plays(&mut card, &[(SELECT_VISUAL, "9000"), ("00 B0 82 00 01", "FF 9000")]);
    card.power_on();
    plays(&mut card, &[(SELECT_VISUAL, "9000"), ("00 B0 82 00 01", "6982")]);
}

#[test]
fn the_card_shows_its_presence_with_the_key_of_its_face() {
    let folder = tempfile::tempdir().unwrap();
    let file = face(&people()[0]);
    let parts = parts(value(&file, 0xFF20).0, &FACE);
    write_key(folder.path(), value(&parts[3], 0xDF24).0);
    let sign = SIGN.replace("80 2A 00 97", "80 2A 00 00");
    let signature = data(&mut visual("ichiro"), &sign);
    assert_eq!(hex(&recovered(folder.path(), &signature)), hex(&crate::script::bytes(&sign)[5..56]));
    plays(
        &mut visual("ichiro"),
        &[(&SIGN.replace("80 2A 00 97", "80 2A 02 00"), "6A86"), ("80 2A 00 00 00", "6700"), (SIGN, "6A88"), (SELECT_JPKI, "9000")],
    );
    plays(&mut card("ichiro"), &[(SELECT_JPKI, "9000"), (&sign, "6A86")]);
}

#[test]
fn the_file_is_read_in_short_pieces_too() {
    let mut card = visual("ichiro");
    plays(&mut card, &[(NUMBER_B, "9000")]);
    let whole = data(&mut card, "00 B0 82 00 00 00 00");
    let mut pieces = data(&mut card, "00 B0 82 00 00");
    assert_eq!(pieces.len(), 256);
    pieces.extend(data(&mut card, "00 B0 01 00 00"));
    assert_eq!(pieces[..], whole[..512]);
}
