//! Flow 5 against a scripted card, command by command; and the file taken apart. Whole signatures: `tests/it/face.rs`.

use std::sync::Mutex;

use shared::reader::Spent;

use super::*;
use crate::card::ChannelError;
use crate::card::apdu::Sw;
use crate::card::script::{go, hex, played};
use crate::card::talk::Entry;

const SELECT: &str = "00A4040C0AD3921000310001010402";
const QUERY: &str = "00200092";
const KEY: &str = "00B0840000";
const VERIFY: &str = "002000920E3335303630323230333331323031";
const FACE: &str = "00B0820000";
const CLEAR: &str = "00A4040C07A0000001510000";

fn failed(lines: &[(&str, &str)], seen: Tries, last_try_confirmed: bool) -> (Trouble, Spent, After) {
    let code = FaceCode::parse(b"35060220331201").unwrap();
    let press = Press { entry: Entry::Typed(&code), seen, last_try_confirmed };
    let (result, after) = played(lines, |card| read(card, &press, &Mutex::new(Extended::Refused), &go, &mut |_| ()));
    let Err(Failed { trouble, spent }) = result else { panic!("nothing is read here") };
    (trouble, spent, after)
}

fn tries_after(lines: &[(&str, &str)]) -> Result<Tries, Trouble> {
    played(lines, |card| tries(card, &go))
}

#[test]
fn a_face_code_is_fourteen_half_width_digits() {
    assert!(FaceCode::parse(b"35060220331201").is_ok());
    for bad in ["", "3506022033120", "350602203312010", "3506022033120a", "35060220 31201", "３５０６０２２０３３１２０１"] {
        assert!(FaceCode::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
}

#[test]
fn the_counter_is_asked_with_two_commands() {
    assert_eq!(tries_after(&[(SELECT, "9000"), (QUERY, "63CA")]), Ok(Tries::Left(10)));
    assert_eq!(tries_after(&[(SELECT, "9000"), (QUERY, "63C0")]), Ok(Tries::Left(0)));
    assert_eq!(tries_after(&[(SELECT, "6A82")]), Err(Trouble::NotThisCard));
    assert_eq!(tries_after(&[(SELECT, "6F00"), (SELECT, "9000"), (QUERY, "63CA")]), Ok(Tries::Left(10)), "repeated once");
    let selected = [(SELECT, "9000"), (QUERY, "6A86"), ("00A4020C020012", "9000"), ("00200080", "63C9")];
    assert_eq!(tries_after(&selected), Ok(Tries::Left(9)));
    assert_eq!(tries_after(&[(SELECT, "9000"), (QUERY, "6A88"), ("00A4020C020012", "6A82")]), Err(Trouble::NotThisCard));
}

#[test]
fn nothing_is_sent_when_the_counter_is_not_what_the_person_saw() {
    let at = |sw, seen, confirmed| failed(&[(SELECT, "9000"), (QUERY, sw), (CLEAR, "9000")], seen, confirmed);
    assert_eq!(at("63C0", Tries::Left(1), true), (Trouble::Locked, Spent::No, After::Leave));
    assert_eq!(at("63C9", Tries::Left(10), false), (Trouble::CounterFell(9), Spent::No, After::Leave));
    assert_eq!(at("63C1", Tries::Left(1), false), (Trouble::CounterFell(1), Spent::No, After::Leave), "the last try needs a word");
}

#[test]
fn every_answer_to_verify_is_final() {
    for (answer, trouble, spent) in [
        ("63C9", Trouble::WrongPin(Tries::Left(9)), Spent::Yes),
        ("63C0", Trouble::Locked, Spent::Yes),
        ("6984", Trouble::Locked, Spent::No),
        ("6C0E", Trouble::Refused("VERIFY", Sw(0x6C0E)), Spent::Unknown),
        ("6700", Trouble::Refused("VERIFY", Sw(0x6700)), Spent::Unknown),
        ("removed", Trouble::Channel(ChannelError::Removed), Spent::Unknown),
        ("fault", Trouble::Channel(ChannelError::Fault), Spent::Unknown),
        ("", Trouble::Channel(ChannelError::Removed), Spent::Unknown),
    ] {
        let lines = [(SELECT, "9000"), (QUERY, "63CA"), (KEY, "6A82"), (VERIFY, answer), (CLEAR, "9000")];
        assert_eq!(failed(&lines, Tries::Left(10), false), (trouble, spent, After::Leave), "{answer}");
    }
    // Without a number: from the card, or from a reader whose card was taken away.
    let gone = Trouble::Channel(ChannelError::Removed);
    for (here, trouble, spent) in [("9000", Trouble::WrongPin(Tries::NotReported), Spent::Yes), ("6300", gone, Spent::Unknown)] {
        let number = ("00A4020C020012", here);
        let lines = [(SELECT, "9000"), (QUERY, "63CA"), (KEY, "6A82"), (VERIFY, "6300"), number, (CLEAR, "9000")];
        assert_eq!(failed(&lines, Tries::Left(10), false), (trouble, spent, After::Leave), "{here}");
    }
}

#[test]
fn every_command_that_fails_ends_the_flow_cleared() {
    let whole = [(SELECT, "9000"), (QUERY, "63CA"), (KEY, "6A82"), (VERIFY, "9000"), (FACE, "6982")];
    for (place, (command, _)) in whole.iter().enumerate() {
        for how in ["removed", "fault", "6D00"] {
            // An error status leads to the other form, or on without the key.
            if [QUERY, KEY].contains(command) && how == "6D00" {
                continue;
            }
            let lines = [&whole[..place], &[(*command, how), (CLEAR, "9000")]].concat();
            let (_, spent, after) = failed(&lines, Tries::Left(10), false);
            let expected = if *command == VERIFY { Spent::Unknown } else { Spent::No };
            assert_eq!((spent, after), (expected, After::Leave), "{command} {how}");
        }
    }
    for clear in ["6A82", "removed", "fault", "", "90"] {
        assert_eq!(failed(&[(SELECT, "9000"), (QUERY, "63C0"), (CLEAR, clear)], Tries::Left(1), true).2, After::Unpower, "{clear:?}");
    }
}

#[test]
fn the_stop_sign_counts_before_every_command_but_the_clearing() {
    let whole = [(SELECT, "9000"), (QUERY, "63CA"), (KEY, "6A82"), (VERIFY, "9000"), (FACE, "FF20009000")];
    let code = FaceCode::parse(b"35060220331201").unwrap();
    let press = Press { entry: Entry::Typed(&code), seen: Tries::Left(10), last_try_confirmed: false };
    for sent in 0..whole.len() {
        let left = std::cell::Cell::new(sent);
        let stop = || left.replace(left.get().saturating_sub(1)) == 0;
        let lines = [&whole[..sent], &[(CLEAR, "9000")]].concat();
        let (result, after) = played(&lines, |card| read(card, &press, &Mutex::new(Extended::Refused), &stop, &mut |_| ()));
        assert_eq!((result.err(), after), (Some(Trouble::Stopped.into()), After::Leave), "after {sent}");
    }
}

#[test]
fn a_card_that_wants_selection_gets_the_code_at_its_own_reference() {
    let lines = [
        (SELECT, "9000"),
        (QUERY, "6A86"),
        ("00A4020C020012", "9000"),
        ("00200080", "63CA"),
        ("00A4020C020004", "6A82"),
        // The file in between changed what is selected.
        ("00A4020C020012", "9000"),
        ("002000800E3335303630323230333331323031", "63C9"),
        (CLEAR, "9000"),
    ];
    assert_eq!(failed(&lines, Tries::Left(10), false), (Trouble::WrongPin(Tries::Left(9)), Spent::Yes, After::Leave));
}

#[test]
fn a_link_that_breaks_on_the_free_file_has_the_counter_asked_again() {
    let code = FaceCode::parse(b"35060220331201").unwrap();
    let press = Press { entry: Entry::Typed(&code), seen: Tries::Left(10), last_try_confirmed: false };
    let extended = Mutex::new(Extended::Unknown);
    let lines =
        [(SELECT, "9000"), (QUERY, "63CA"), ("00B08400000000", "fault"), (SELECT, "9000"), (KEY, "6A82"), (QUERY, "63C9"), (CLEAR, "9000")];
    let (result, _) = played(&lines, |card| read(card, &press, &extended, &go, &mut |_| ()));
    assert_eq!(result.err(), Some(Trouble::CounterFell(9).into()), "someone else was at the card");
    assert_eq!(extended.into_inner().unwrap(), Extended::Refused);
}

#[test]
fn a_file_that_is_no_face_is_given_up() {
    let start = [(SELECT, "9000"), (QUERY, "63CA"), (KEY, "6A82"), (VERIFY, "9000")];
    let (empty, other) = ("the file of the card face is empty", "the file of the card face holds something else");
    for (answer, trouble) in [
        ("9000", Trouble::Nonsense(empty)),
        ("6A82", Trouble::Nonsense(empty)),
        ("FFFFFFFF9000", Trouble::Nonsense(empty)),
        ("FF108202009000", Trouble::Nonsense(other)),
        ("FF20823FFC9000", Trouble::TooLong("the card face")), // one byte more than 16 KiB
        ("308202009000", Trouble::Nonsense(other)),
        ("6982", Trouble::Refused("READ", Sw(0x6982))),
    ] {
        let lines = [&start[..], &[(FACE, answer), (CLEAR, "9000")]].concat();
        assert_eq!(failed(&lines, Tries::Left(10), false), (trouble, Spent::No, After::Leave), "{answer}");
    }
}

/// A face made here, and where its parts begin.
fn face() -> (Vec<u8>, Vec<usize>) {
    let parts: Vec<Vec<u8>> = (0xDF22_u16..=0xDF2A).map(|tag| [&tag.to_be_bytes()[..], &[2, tag.to_be_bytes()[1], 7]].concat()).collect();
    let header = 3 + 3 + 18;
    let starts: Vec<usize> = (0..9).map(|n| header + 5 * n).collect();
    let table: Vec<u8> = starts.iter().flat_map(|at| u16::try_from(*at).unwrap().to_be_bytes()).collect();
    let body = [&[0xDF, 0x21, 18][..], &table, &parts.concat()].concat();
    ([&[0xFF, 0x20, u8::try_from(body.len()).unwrap()][..], &body].concat(), starts)
}

#[test]
fn the_parts_are_where_the_table_says() {
    let (file, starts) = face();
    let whole = Face::parse(&file).unwrap();
    assert_eq!((whole.photo(), whole.signature), (&[0x27, 7][..], &[0x28, 7][..]));
    assert_eq!(whole.groups.concat().concat(), file[starts[0]..starts[6]], "birth date to photo, with tags and lengths");
    assert_eq!(whole.groups.each_ref().map(Vec::len), [3, 2, 1]);
    let filled = [&file[..], &[0xFF; 40]].concat();
    assert_eq!(Face::parse(&filled), Ok(whole), "filler does not matter");
    assert_eq!(Face::parse(&file).unwrap().signature(&[]), FaceSignature::NotChecked);
}

#[test]
fn a_face_with_one_wrong_byte_of_structure_is_refused() {
    let (file, starts) = face();
    for (number, start) in starts.iter().enumerate() {
        let tag = 0xDF22 + u16::try_from(number).unwrap();
        for (what, at, byte) in [
            ("tag", start + 1, 0x21),
            ("length past the end", start + 2, 0x7F),
            ("offset past the end", 6 + 2 * number, 0x7F),
            ("offset beside the part", 7 + 2 * number, 0x01),
        ] {
            let mut bad = file.clone();
            bad[at] = byte;
            assert_eq!(Face::parse(&bad), Err(NotAFace::Part(tag)), "{what} of {tag:04X}");
        }
    }
    let change = |at: usize, byte: u8| {
        let mut bad = file.clone();
        bad[at] = byte;
        Face::parse(&bad).unwrap_err()
    };
    assert_eq!(change(0, 0x30), NotAFace::Record);
    assert_eq!(change(2, 0x7F), NotAFace::Record, "longer than the file");
    assert_eq!(change(4, 0x22), NotAFace::Table);
    assert_eq!(change(5, 16), NotAFace::Table, "eight offsets");
    // Only what is inside the record counts, whatever follows it.
    let short = [&[0xFF, 0x20, 60][..], &file[3..]].concat();
    assert_eq!(Face::parse(&short), Err(NotAFace::Part(0xDF29)));
}

#[test]
fn a_right_signature_is_one_digest_info_with_three_hashes() {
    let (file, starts) = face();
    let block = Face::parse(&file).unwrap().expected_block();
    let sha256 = |from: usize, to: usize| ring::digest::digest(&SHA256, &file[starts[from]..starts[to]]).as_ref().to_vec();
    let hashes = [sha256(0, 3), sha256(3, 5), sha256(5, 6)].concat();
    let expected = format!("0001{}003071300D060960864801650304020105000460{}", "FF".repeat(256 - 3 - 115), hex(&hashes));
    assert_eq!(hex(&block), expected);
}

/// 2^n - 1, in as many bytes as a key has.
fn ones(n: usize) -> [u8; 256] {
    let mut bytes = [0; 256];
    bytes[256 - n / 8..].fill(0xFF);
    bytes
}

/// 2^n.
fn power(n: usize) -> [u8; 256] {
    let mut bytes = [0; 256];
    bytes[255 - n / 8] = 1 << (n % 8);
    bytes
}

#[test]
fn the_public_operation_is_the_power_of_65537() {
    // 2^65537 modulo 2^2000 - 1 is 2^(65537 modulo 2000).
    assert_eq!(opened(&power(1), &ones(2000)).unwrap(), power(1537));
    assert_eq!(opened(&power(3), &ones(2000)).unwrap(), power(3 * 65_537 % 2000));
    for (what, signature, modulus) in
        [("even", power(1).to_vec(), power(2000)), ("too large", ones(2000).to_vec(), ones(2000)), ("short", vec![1; 255], ones(2000))]
    {
        assert_eq!(opened(&signature, &modulus), None, "{what}");
    }
    assert_eq!(opened(&power(0), &[0; 256]), None, "no key at all");
}

#[test]
fn only_a_known_kind_of_key_is_used() {
    let key = [&KEY_HEADER[..], &[0xC5; 256]].concat();
    let certificate = |names: &[u8], key: &[u8]| {
        let body = [names, key].concat();
        let inner = [&[0x5F, 0x4E, 0x82][..], &u16::try_from(body.len()).unwrap().to_be_bytes(), &body].concat();
        [&[0x7F, 0x21, 0x82][..], &u16::try_from(inner.len()).unwrap().to_be_bytes(), &inner].concat()
    };
    let (file, _) = face();
    let face = Face::parse(&file).unwrap();
    assert_eq!(face.signature(&certificate(&[b'9'; 32], &key)), FaceSignature::Wrong, "a key of the known kind, and another's signature");
    let mut exponent_3 = key.clone();
    exponent_3[4] = 3;
    let longer = [&key[..], &[0]].concat();
    for other in [&exponent_3[..], &longer, &key[..200], &[]] {
        assert_eq!(face.signature(&certificate(&[b'9'; 32], other)), FaceSignature::NotChecked);
    }
    for short in [&[][..], &[0x7F, 0x21], &[0xFF; 568], &certificate(&[b'9'; 12], &[])] {
        assert_eq!(face.signature(short), FaceSignature::NotChecked);
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_end_without_a_panic(bytes in proptest::collection::vec(0_u8.., 0..600), at in 0_usize..69, byte in 0_u8..) {
        let _ = Face::parse(&bytes).map(|face| face.signature(&bytes));
        let (mut file, _) = face();
        file[at] = byte;
        let _ = Face::parse(&file).map(|face| face.signature(&file));
    }
}
