//! The flows with the virtual card in-process: whole signatures, odd readers, and the budget of commands.

use std::sync::Mutex;

use helper::card::jpki::{self, Entry, Extended, Failed, Pin, Press, Signed, Tries, Trouble};
use helper::card::{After, Channel, ChannelError};
use shared::reader::{CardKind, Spent};
use virtual_card::{Card, CardSpec};

use super::world::cards;

const SELECT: &str = "00A4040C0AD392F000260100000001";
const VERIFY: &str = "002000980431323334";
const EXTENDED: &str = "00B08A00000000";
const CLEAR: &str = "00A4040C07A0000001510000";

/// The virtual card behind a reader that may do odd things.
pub(crate) struct Line {
    pub(crate) card: Card,
    pub(crate) sent: Vec<String>,
    habit: Habit,
    /// Bytes that wait for GET RESPONSE.
    kept: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Habit {
    /// None.
    Plain,
    /// Speaks T=0: answers `61xx`, then GET RESPONSE.
    MoreData,
    /// Wants the exact Le of a READ or SIGN: `6Cxx` for Le 00.
    ExactLength,
    /// Breaks the exchange on an extended command.
    BreaksOnExtended,
    /// Loses the card on an extended command.
    LosesOnExtended,
    /// Answers extended commands with this status word.
    Refuses(u16),
    /// Understands no short identifiers.
    SelectFirst,
}

impl Line {
    pub(crate) fn new(spec: &str, habit: Habit) -> Self {
        Self::of(Card::open(cards(), &spec.parse().unwrap()).unwrap(), habit)
    }

    pub(crate) fn of(mut card: Card, habit: Habit) -> Self {
        card.power_on();
        Self { card, sent: Vec::new(), habit, kept: Vec::new() }
    }

    fn run(&mut self, extended: &mut Extended) -> (Result<Signed, Failed>, After) {
        let pin = Pin::parse(b"1234").unwrap();
        let press = Press { entry: Entry::Typed(&pin), seen: Tries::Left(3), last_try_confirmed: false };
        let known = Mutex::new(*extended);
        let done = jpki::authenticate(self, &press, b"what is signed", &known, &|| false, &mut |_| ());
        *extended = known.into_inner().unwrap();
        done
    }
}

impl Channel for Line {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let text: String = command.iter().map(|b| format!("{b:02X}")).collect();
        let is_extended = matches!(command, [0x00, 0xB0, _, 0x00, 0x00, 0x00, 0x00]);
        self.sent.push(text);
        let status = |sw: u16| Ok(sw.to_be_bytes().to_vec());
        match self.habit {
            Habit::BreaksOnExtended if is_extended => return Err(ChannelError::Fault),
            Habit::LosesOnExtended if is_extended => return Err(ChannelError::Removed),
            Habit::Refuses(sw) if is_extended => return status(sw),
            Habit::SelectFirst
                if matches!(command, [_, 0x20, _, 0x81..=0xFF, ..] | [0x00, 0xB0, 0x80..=0xFF, ..] | [0x80, 0x2A, _, 0x81..=0xFF, ..]) =>
            {
                return status(0x6A86);
            }
            Habit::MoreData if command.get(1) == Some(&0xC0) => {
                let part: Vec<u8> = self.kept.drain(..self.kept.len().min(256)).collect();
                let sw = if self.kept.is_empty() { 0x9000 } else { 0x6100 | (self.kept.len().min(256) & 0xFF) };
                return Ok([part, u16::try_from(sw).unwrap().to_be_bytes().to_vec()].concat());
            }
            _ => {}
        }
        let answer = self.card.transmit(command).map_err(|_| ChannelError::Removed)?;
        let is_long = answer.len() > 2 && matches!(command.get(1), Some(0xB0 | 0x2A));
        match self.habit {
            Habit::MoreData if is_long => {
                self.kept = answer[..answer.len() - 2].to_vec();
                status(0x6100 | u16::try_from(self.kept.len().min(256) & 0xFF).unwrap())
            }
            Habit::ExactLength if is_long && !is_extended && command.last() == Some(&0) && answer.len() - 2 < 256 => {
                status(0x6C00 | u16::try_from(answer.len() - 2).unwrap())
            }
            _ => Ok(answer),
        }
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.sent.push("reconnect".to_owned());
        self.card.reset();
        Ok(())
    }
}

/// The certificate as a card gives it that has no habits.
fn certificate(spec: &str) -> Vec<u8> {
    Line::new(spec, Habit::Plain).run(&mut Extended::Unknown).0.unwrap_or_else(|failed| panic!("{failed:?}")).certificate
}

fn reads(certificate: usize) -> Vec<String> {
    let count = certificate.div_ceil(256);
    let read = |n: usize| {
        let rest = certificate - 256 * n;
        let le = if rest >= 256 { 0 } else { rest };
        if n == 0 { "00B08A0000".to_owned() } else { format!("00B0{n:02X}00{le:02X}") }
    };
    (0..count).map(read).collect()
}

#[test]
fn the_whole_conversation_is_the_published_list_extended() {
    let mut line = Line::new("ichiro:normal", Habit::Plain);
    let mut extended = Extended::Unknown;
    let (signed, after) = line.run(&mut extended);
    assert_eq!((signed.unwrap().certificate.len(), after, extended), (1590, After::Leave, Extended::Works));
    let sign = line.sent[3].clone();
    assert!(sign.starts_with("802A0097333031300D060960864801650304020105000420") && sign.len() == 2 * 57 && sign.ends_with("00"));
    assert_eq!(line.sent, [SELECT, "00200098", VERIFY, &sign, EXTENDED, CLEAR], "6 commands, card.md §10");
}

#[test]
fn the_whole_conversation_is_the_published_list_short() {
    let mut line = Line::new("ichiro:normal", Habit::Plain);
    let (signed, _) = line.run(&mut Extended::Refused);
    assert_eq!(signed.unwrap().certificate, certificate("ichiro:normal"));
    let sign = line.sent[3].clone();
    let list = [vec![SELECT.to_owned(), "00200098".to_owned(), VERIFY.to_owned(), sign], reads(1590), vec![CLEAR.to_owned()]].concat();
    assert_eq!(line.sent, list);
    assert_eq!(line.sent.len(), 5 + 1590_usize.div_ceil(256), "12 commands, card.md §10");
    assert_eq!(list[10], "00B0060036", "the last Le is the rest");
}

#[test]
fn kind_and_counter_cost_what_the_budget_says() {
    let mut line = Line::new("ichiro:normal", Habit::Plain);
    assert_eq!(jpki::kind(&mut line, &|| false), Ok(CardKind::MyNumberCard));
    assert_eq!(line.sent, [SELECT, "00B0860020"]);
    line.sent.clear();
    assert_eq!(jpki::tries(&mut line, &|| false), Ok(Tries::Left(3)));
    assert_eq!(line.sent, [SELECT, "00200098", "00B0880003"]);
}

#[test]
fn extended_is_tried_once_and_its_refusal_remembered() {
    let whole = certificate("ichiro:normal");
    for (habit, extra) in [
        (Habit::Refuses(0x6700), 1),
        (Habit::Refuses(0x6A86), 1),
        (Habit::Refuses(0x6C00), 1),
        (Habit::Refuses(0x6D00), 1),
        (Habit::Refuses(0x6F00), 1),
        (Habit::Refuses(0x9000), 1),
        // The broken try, the reconnect and one more SELECT.
        (Habit::BreaksOnExtended, 3),
    ] {
        let mut line = Line::new("ichiro:normal", habit);
        let mut extended = Extended::Unknown;
        let (signed, after) = line.run(&mut extended);
        assert_eq!((signed.unwrap().certificate, after, extended), (whole.clone(), After::Leave, Extended::Refused));
        assert_eq!((line.sent.len(), line.card.verify_count()), (12 + extra, 1), "{:?}", line.sent);
        line.sent.clear();
        assert!(line.run(&mut extended).0.is_ok());
        assert_eq!(line.sent.len(), 12, "not tried again");
    }
}

#[test]
fn a_card_lost_on_the_extended_read_spends_nothing_and_is_read_short_next_time() {
    let mut line = Line::new("ichiro:normal", Habit::LosesOnExtended);
    let mut extended = Extended::Unknown;
    let Err(Failed { trouble, spent }) = line.run(&mut extended).0 else { panic!("lost") };
    assert_eq!((trouble, spent, extended), (Trouble::Channel(ChannelError::Removed), Spent::No, Extended::Refused));
    assert!(line.run(&mut extended).0.is_ok());
}

#[test]
fn odd_readers_give_the_same_certificate_with_one_verify() {
    let whole = certificate("ichiro:normal");
    for habit in [Habit::MoreData, Habit::ExactLength, Habit::SelectFirst] {
        for mut extended in [Extended::Unknown, Extended::Refused] {
            let mut line = Line::new("ichiro:normal", habit);
            let (signed, after) = line.run(&mut extended);
            assert_eq!((signed.unwrap().certificate, after), (whole.clone(), After::Leave));
            let verifies = line.sent.iter().filter(|command| command.starts_with("0020") && command.len() > 8).count();
            assert_eq!((verifies, line.card.verify_count()), (1, 1));
        }
    }
}

#[test]
fn any_chunk_size_gives_the_same_certificate() {
    let whole = certificate("ichiro:normal");
    let spec: CardSpec = "ichiro:normal".parse().unwrap();
    for limit in [1, 2, 3, 4, 5, 16, 100, 127, 128, 253, 254, 255, 256] {
        let card = Card::open_with(cards(), &spec, |behaviour| behaviour.read_limit = limit).unwrap();
        for mut extended in [Extended::Unknown, Extended::Refused] {
            let mut line = Line::of(Card::open_with(cards(), &spec, |b| b.read_limit = limit).unwrap(), Habit::Plain);
            assert_eq!(line.run(&mut extended).0.unwrap().certificate, whole, "{limit}");
        }
        drop(card);
    }
}

#[test]
fn every_usable_card_signs_and_is_left_cleared() {
    for scenario in [
        "normal",
        "expired",
        "expires-soon",
        "not-yet-valid",
        "old-ca-1",
        "old-ca-2",
        "no-extended",
        "short-read",
        "filler-00",
        "first-6f00",
        "phone-android",
        "sw-6300",
        "sw-9000-query",
        "lc-00-query",
        "kept-on-reset",
        "length-6700",
        "expired-long",
        "expires-today",
        "no-extended-6a86",
        "no-extended-6d00",
        "short-read-254",
        "phone-ios",
        "sw-odd",
        // Somebody else verified before us: our run ends cleared all the same.
        "pin-kept",
    ] {
        let mut line = Line::new(&format!("ichiro:{scenario}"), Habit::Plain);
        let (signed, after) = line.run(&mut Extended::Unknown);
        assert!(signed.is_ok() && after == After::Leave, "{scenario}");
        // What the next program finds: nobody is verified.
        line.transmit(&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]).unwrap();
        let sign = [&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &[0x30; 51], &[0x00]].concat();
        assert_eq!(line.transmit(&sign).unwrap(), [0x69, 0x82], "{scenario}: the state was left behind");
    }
}

#[test]
fn cards_that_cannot_be_used_say_so_before_any_pin() {
    for (scenario, kind, tries) in [
        ("foreign", CardKind::Foreign, Err(Trouble::NotThisCard)),
        ("juki", CardKind::JukiCard, Ok(Tries::Left(3))),
        ("phone-android", CardKind::Phone, Ok(Tries::Left(3))),
        ("phone-ios", CardKind::Phone, Ok(Tries::Left(3))),
        ("no-user-cert", CardKind::MyNumberCard, Err(Trouble::NoCertificate)),
        ("no-user-cert-empty", CardKind::MyNumberCard, Err(Trouble::NoCertificate)),
        ("no-user-cert-ff", CardKind::MyNumberCard, Err(Trouble::NoCertificate)),
        ("no-user-cert-00", CardKind::MyNumberCard, Err(Trouble::NoCertificate)),
        ("sw-6983", CardKind::MyNumberCard, Ok(Tries::Left(0))),
        ("locked", CardKind::MyNumberCard, Ok(Tries::Left(0))),
        ("no-pin", CardKind::MyNumberCard, Ok(Tries::Left(0))),
        ("last-try", CardKind::MyNumberCard, Ok(Tries::Left(1))),
        ("first-6f00", CardKind::MyNumberCard, Ok(Tries::Left(3))),
    ] {
        let mut line = Line::new(&format!("ichiro:{scenario}"), Habit::Plain);
        assert_eq!(jpki::kind(&mut line, &|| false), Ok(kind), "{scenario}");
        assert_eq!(jpki::tries(&mut line, &|| false), tries, "{scenario}");
        assert_eq!(line.card.verify_count(), 0);
    }
}

#[test]
fn a_forged_certificate_key_pair_still_has_to_fit() {
    // Who issued it is the server's question; that the card signed with that key is ours.
    assert!(Line::new("ichiro:forged", Habit::Plain).run(&mut Extended::Unknown).0.is_ok());
}

#[test]
fn a_certificate_below_256_bytes_ends_where_it_says() {
    for known in [Extended::Unknown, Extended::Refused] {
        let mut line = Line::new("ichiro:small-cert", Habit::Plain);
        let read = jpki::identify(&mut line, &Mutex::new(known), &|| false).unwrap();
        assert!(read.len() < 256 && read[..2] == [0x30, 0x81] && read.len() == 3 + usize::from(read[2]), "{read:02X?}");
    }
}

#[test]
fn identify_is_the_published_list() {
    for (known, list) in [
        (Extended::Unknown, vec![SELECT.to_owned(), EXTENDED.to_owned()]),
        (Extended::Refused, [vec![SELECT.to_owned()], reads(1590)].concat()),
    ] {
        let mut line = Line::new("ichiro:normal", Habit::Plain);
        let read = jpki::identify(&mut line, &Mutex::new(known), &|| false).unwrap();
        assert_eq!((read, line.sent, line.card.verify_count()), (certificate("ichiro:normal"), list, 0), "2 or 8 commands, card.md §10");
    }
}

#[test]
fn identify_of_a_phone_or_an_empty_card_ends_without_a_certificate() {
    for (spec, trouble) in [
        ("ichiro:phone-android", Trouble::Refused("READ", helper::card::apdu::Sw::NOT_VERIFIED)),
        ("ichiro:no-user-cert", Trouble::NoCertificate),
        ("ichiro:next-gen", Trouble::NewerCard),
    ] {
        let read = jpki::identify(&mut Line::new(spec, Habit::Plain), &Mutex::default(), &|| false);
        assert_eq!(read, Err(trouble), "{spec}");
    }
}

#[test]
fn the_counters_cost_four_commands_and_no_try() {
    for (spec, habit, auth, sign, has_certificate) in [
        ("ichiro:normal", Habit::Plain, Tries::Left(3), Tries::Left(5), true),
        ("ichiro:last-try", Habit::Plain, Tries::Left(1), Tries::Left(5), true),
        ("ichiro:locked", Habit::Plain, Tries::Left(0), Tries::Left(5), true),
        ("ichiro:no-user-cert", Habit::Plain, Tries::Left(3), Tries::Left(5), false),
        ("ichiro:normal", Habit::SelectFirst, Tries::Left(3), Tries::Left(5), true),
    ] {
        let mut line = Line::new(spec, habit);
        let status = jpki::status(&mut line, &|| false).unwrap();
        assert_eq!((status.auth, status.sign, status.has_certificate), (Some(auth), Some(sign), has_certificate), "{spec}");
        assert_eq!(line.card.verify_count(), 0);
        if habit == Habit::Plain && has_certificate {
            assert_eq!(line.sent, [SELECT, "00200098", "0020009B", "00B0880003"]);
        }
    }
}
