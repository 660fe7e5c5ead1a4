//! The flows with the virtual card in-process: whole signatures, odd readers, and the budget of commands.

use std::sync::Mutex;

use helper::card::jpki::{self, Entry, Extended, Failed, Pin, Press, Signed, Tries, Trouble};
use helper::card::{After, Channel, ChannelError};
use shared::reader::{CardKind, Spent};
use virtual_card::{Card, CardSpec, PinKind};

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
    /// The same, and the link is back by itself, with this card.
    BreaksLinkOnExtended,
    /// Breaks the exchange on an extended command, and another card lies there when it is opened anew.
    ReplacedOnExtended,
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
            Habit::BreaksOnExtended | Habit::ReplacedOnExtended if is_extended => return Err(ChannelError::Fault),
            Habit::LosesOnExtended if is_extended => return Err(ChannelError::Removed),
            Habit::BreaksLinkOnExtended if is_extended => {
                self.card.power_off();
                return Err(ChannelError::Removed);
            }
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
        if self.habit == Habit::ReplacedOnExtended {
            return Err(ChannelError::Removed);
        }
        self.card.reset();
        Ok(())
    }

    fn come_back(&mut self) -> Result<(), ChannelError> {
        self.sent.push("come back".to_owned());
        if !matches!(self.habit, Habit::BreaksLinkOnExtended | Habit::ReplacedOnExtended) {
            return Err(ChannelError::Removed);
        }
        self.card.power_on();
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
        // The broken try, the reconnect or the wait, and one more SELECT.
        (Habit::BreaksOnExtended, 3),
        (Habit::BreaksLinkOnExtended, 3),
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
fn a_card_pulled_at_the_extended_read_spends_nothing_and_says_nothing_of_its_reader() {
    for before in [Extended::Unknown, Extended::Works] {
        let mut line = Line::new("ichiro:normal", Habit::LosesOnExtended);
        let mut extended = before;
        let Err(Failed { trouble, spent }) = line.run(&mut extended).0 else { panic!("lost") };
        assert_eq!((trouble, spent, extended), (Trouble::Channel(ChannelError::Removed), Spent::No, before));
        assert_eq!(line.sent.last().map(String::as_str), Some(CLEAR), "nothing but the clearing: {:?}", line.sent);
    }
}

/// One empty card, and everybody's reading took seven commands more until the helper was started anew.
#[test]
fn a_card_without_a_certificate_or_with_odd_answers_says_nothing_of_its_reader() {
    for scenario in ["no-user-cert", "no-user-cert-empty", "no-user-cert-ff", "no-user-cert-00"] {
        let known = Mutex::new(Extended::Unknown);
        let read = jpki::identify(&mut Line::new(&format!("ichiro:{scenario}"), Habit::Plain), &known, &|| false);
        assert_eq!((read, known.into_inner().unwrap()), (Err(Trouble::NoCertificate), Extended::Unknown), "{scenario}");
    }
    for habit in [Habit::Refuses(0x6F00), Habit::Refuses(0x9000), Habit::Refuses(0x6985)] {
        let mut line = Line::new("ichiro:normal", habit);
        let mut extended = Extended::Unknown;
        assert!(line.run(&mut extended).0.is_ok());
        assert_eq!((extended, line.sent.len(), line.card.verify_count()), (Extended::Unknown, 13, 1));
    }
    // Less than all of it came: the short form would bring no more at once.
    let mut line = Line::new("ichiro:short-read", Habit::Plain);
    let mut extended = Extended::Unknown;
    assert!(line.run(&mut extended).0.is_ok());
    assert_eq!(extended, Extended::Unknown);
}

/// The person had typed the right PIN, the card had signed, and the link broke: they were asked for the PIN again.
#[test]
fn a_link_that_breaks_after_the_signature_costs_no_second_pin() {
    let mut line = Line::new("ichiro:normal", Habit::BreaksLinkOnExtended);
    let mut extended = Extended::Unknown;
    let (signed, after) = line.run(&mut extended);
    assert_eq!((signed.unwrap().certificate, after, extended), (certificate("ichiro:normal"), After::Leave, Extended::Refused));
    assert_eq!(line.card.verify_count(), 1);
    let back = line.sent.iter().position(|sent| sent == "come back").unwrap();
    let list = [vec![SELECT.to_owned()], reads(1590), vec![CLEAR.to_owned()]].concat();
    assert_eq!(line.sent[back + 1..], list, "nothing goes to a card that came back but what any card gives freely");
    // Without a signature nothing tells which card came back: it gets nothing, and the next reading is short.
    let mut line = Line::new("ichiro:normal", Habit::BreaksLinkOnExtended);
    let known = Mutex::new(Extended::Unknown);
    let read = jpki::identify(&mut line, &known, &|| false);
    assert_eq!((read, known.into_inner().unwrap()), (Err(Trouble::Channel(ChannelError::Removed)), Extended::Refused));
    assert_eq!(line.sent.last().map(String::as_str), Some("come back"));
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
        "tiny-read",
        "tiny-read-3",
        "tiny-read-17",
        "phone-ended",
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
        ("phone-android", CardKind::PhoneAndroid, Ok(Tries::Left(3))),
        ("tiny-read", CardKind::MyNumberCard, Ok(Tries::Left(3))),
        ("tiny-read-3", CardKind::MyNumberCard, Ok(Tries::Left(3))),
        ("tiny-read-17", CardKind::MyNumberCard, Ok(Tries::Left(3))),
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

/// What an iPhone says without a press, or with the right PIN: how it ended, and what was sent.
fn iphone(scenario: &str, has_pin: bool) -> (Result<Signed, Failed>, Line) {
    let mut line = Line::new(&format!("ichiro:{scenario}"), Habit::Plain);
    let pin = Pin::parse(b"1234").unwrap();
    let press = Press { entry: Entry::Typed(&pin), seen: Tries::Left(3), last_try_confirmed: false };
    let press = has_pin.then_some(&press);
    let (signed, after) = jpki::authenticate_iphone(&mut line, press, b"what is signed", &Mutex::default(), &|| false, &mut |_| ());
    assert_eq!(after, After::Leave);
    (signed, line)
}

/// Both kinds of iPhone that may exist, told apart without a VERIFY (`card.md` §8).
#[test]
fn each_iphone_is_asked_by_its_own_lock_and_no_pin_goes_to_it_on_a_guess() {
    const FAREWELL: &str = "80FC0000";
    for scenario in ["phone-ios-bio", "phone-ios-bio-9000", "phone-ios-bio-6a88", "phone-ios-ended"] {
        let (signed, line) = iphone(scenario, false);
        assert!(signed.is_ok(), "{scenario}: {:?}", signed.err());
        let sign = line.sent[2].clone();
        assert_eq!(line.sent, [SELECT, "00200098", &sign, EXTENDED, FAREWELL, CLEAR], "{scenario}: flow 3 without step 3");
        assert_eq!(line.card.verify_count(), 0);
        // A person who types a PIN nevertheless loses nothing: the phone is locked for it, not blocked.
        let (refused, line) = iphone(scenario, true);
        assert_eq!(refused.err(), Some(Failed { trouble: Trouble::PhoneLocked, spent: Spent::No }), "{scenario}");
        assert!(line.card.verify_count() <= 1, "{scenario}");
    }
    for scenario in ["phone-ios", "phone-ios-bio-late"] {
        let (locked, line) = iphone(scenario, false);
        assert_eq!(locked.err(), Some(Failed { trouble: Trouble::PhoneLocked, spent: Spent::No }), "{scenario}");
        assert_eq!((line.sent.len(), line.card.verify_count(), line.card.tries_left(PinKind::Auth)), (5, 0, 3), "{scenario}");
    }
    let (signed, mut line) = iphone("phone-ios", true);
    assert!(signed.is_ok());
    assert_eq!(line.sent.len(), 7);
    // What the next program finds: nobody is verified.
    line.transmit(&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]).unwrap();
    let sign = [&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &[0x30; 51], &[0x00]].concat();
    assert_eq!(line.transmit(&sign).unwrap(), [0x69, 0x82]);
}
