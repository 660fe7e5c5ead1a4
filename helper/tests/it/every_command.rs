//! Every command of every operation fails in turn, in every way that a card, a reader or a person's hand has: what becomes of the PIN?
//!
//! The flows are the helper's own, the card is the virtual one; between them every single command can be made to fail.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use helper::card::face::{self, FaceCode};
use helper::card::jpki::{self, Entry, Extended, Failed, Pin, Press, Tries, Trouble};
use helper::card::{After, Channel, ChannelError};
use shared::reader::Spent;
use virtual_card::{Card, PinKind, people};

use super::world::cards;

/// What an iPhone expects before it is left.
const FAREWELL: [u8; 4] = [0x80, 0xFC, 0x00, 0x00];
const CLEAR: [u8; 12] = [0x00, 0xA4, 0x04, 0x0C, 0x07, 0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00];
/// More commands than the undisturbed operation has: two files read in the short form, each READ announced and then fetched.
const MORE_COMMANDS: usize = 40;

/// Every status word of `card.md` §5, those that announce something in two sizes, and what a reader's own keys say.
const STATUSES: [u16; 37] = [
    0x9000, 0x63C3, 0x63C2, 0x63C1, 0x63C0, 0x6300, 0x6983, 0x6984, 0x6100, 0x6105, 0x6C00, 0x6C04, 0x6700, 0x6881, 0x6882, 0x6981, 0x6982,
    0x6985, 0x6986, 0x6987, 0x6988, 0x6A80, 0x6A81, 0x6A82, 0x6A83, 0x6A86, 0x6A87, 0x6A88, 0x6B00, 0x6282, 0x6283, 0x6400, 0x6401, 0x6403,
    0x6D00, 0x6E00, 0x6F00,
];
const ERRORS: [ChannelError; 4] = [ChannelError::Removed, ChannelError::ReaderLost, ChannelError::Busy, ChannelError::Fault];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operation {
    Kind,
    Tries,
    Identify,
    PinStatus,
    Authenticate(Typed),
    FaceTries,
    Face(Typed),
    /// An iPhone, without a press or with one.
    IPhone(Option<Typed>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Typed {
    Right,
    Wrong,
    /// On the reader's own keys.
    WrongOnPad,
}

const OPERATIONS: [Operation; 10] = [
    Operation::Kind,
    Operation::Tries,
    Operation::Identify,
    Operation::PinStatus,
    Operation::Authenticate(Typed::Right),
    Operation::Authenticate(Typed::Wrong),
    Operation::Authenticate(Typed::WrongOnPad),
    Operation::FaceTries,
    Operation::Face(Typed::Right),
    Operation::Face(Typed::Wrong),
];

const OF_AN_IPHONE: [Operation; 6] = [
    Operation::Kind,
    Operation::Tries,
    Operation::PinStatus,
    Operation::IPhone(None),
    Operation::IPhone(Some(Typed::Right)),
    Operation::IPhone(Some(Typed::Wrong)),
];

/// One that its owner's face opens, and no command closes.
const OPEN_IPHONE: &str = "ichiro:phone-ios-bio";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// Not carried out, and this is said.
    Refused(u16),
    /// Carried out, and this is said instead.
    Garbled(u16),
    ErrorBefore(ChannelError),
    ErrorAfter(ChannelError),
    RemovedBefore,
    RemovedDuring,
    RemovedAfter,
    /// Carried out, and so many bytes arrive: 65,538 of them with the true status word, or fewer than a status word has.
    Bytes(usize),
    /// Silent until the stop sign was set; then the answer comes after all, or the card is taken away.
    Silent {
        then_answers: bool,
    },
}

fn faults() -> impl Iterator<Item = Fault> {
    let statuses = STATUSES.into_iter().flat_map(|status| [Fault::Refused(status), Fault::Garbled(status)]);
    let errors = ERRORS.into_iter().flat_map(|error| [Fault::ErrorBefore(error), Fault::ErrorAfter(error)]);
    let others = [Fault::RemovedBefore, Fault::RemovedDuring, Fault::RemovedAfter, Fault::Bytes(0), Fault::Bytes(1), Fault::Bytes(65_538)];
    let silences = [true, false].map(|then_answers| Fault::Silent { then_answers });
    statuses.chain(errors).chain(others).chain(silences)
}

/// A card whose command number `at`, from 0, meets a fault.
struct Faulty<'a> {
    card: Card,
    at: usize,
    fault: Option<Fault>,
    /// Sends a VERIFY again when no answer came: what the test must see.
    repeats: bool,
    stop: &'a Cell<bool>,
    is_gone: bool,
    sent: Vec<Vec<u8>>,
    sent_at_stop: Option<usize>,
}

impl Faulty<'_> {
    fn carry_out(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        if self.is_gone { Err(ChannelError::Removed) } else { self.card.transmit(command).map_err(|_| ChannelError::Removed) }
    }

    fn leave(&mut self) {
        self.card.power_off();
        self.is_gone = true;
    }
}

impl Channel for Faulty<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let number = self.sent.len();
        self.sent.push(command.to_vec());
        let Some(fault) = self.fault.filter(|_| number == self.at) else { return self.carry_out(command) };
        let answer = match fault {
            Fault::Refused(status) => Ok(status.to_be_bytes().to_vec()),
            Fault::Garbled(status) => self.carry_out(command).map(|_| status.to_be_bytes().to_vec()),
            Fault::ErrorBefore(error) => Err(error),
            Fault::ErrorAfter(error) => self.carry_out(command).and(Err(error)),
            Fault::RemovedBefore => {
                self.leave();
                Err(ChannelError::Removed)
            }
            Fault::RemovedDuring => {
                let _ = self.carry_out(command);
                self.leave();
                Err(ChannelError::Removed)
            }
            Fault::RemovedAfter => {
                let answer = self.carry_out(command);
                self.leave();
                answer
            }
            Fault::Bytes(65_538) => {
                let with_status = |bytes: Vec<u8>| [&[0x30; 65_536][..], &bytes[bytes.len() - 2..]].concat();
                self.carry_out(command).map(with_status)
            }
            Fault::Bytes(length) => self.carry_out(command).map(|bytes| bytes.into_iter().take(length).collect()),
            Fault::Silent { then_answers } => {
                let answer = self.carry_out(command);
                self.stop.set(true);
                self.sent_at_stop = Some(self.sent.len());
                if !then_answers {
                    self.leave();
                }
                if then_answers { answer } else { Err(ChannelError::Removed) }
            }
        };
        if self.repeats && answer.is_err() && is_verify(command) { self.carry_out(command) } else { answer }
    }

    fn has_pad(&mut self) -> bool {
        true
    }

    fn verify_on_pad(&mut self, command: &[u8], _: &dyn Fn() -> bool) -> Result<Vec<u8>, ChannelError> {
        self.transmit(&[&command[..command.len() - 4], b"4321"].concat())
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        if self.is_gone {
            return Err(ChannelError::Removed);
        }
        self.card.reset();
        Ok(())
    }
}

fn is_verify(command: &[u8]) -> bool {
    command.get(1) == Some(&0x20) && command.len() > 5
}

/// A healthy card that looks its signatures up.
fn template(spec: &'static str) -> Card {
    static CARDS: OnceLock<Mutex<Vec<Card>>> = OnceLock::new();
    let open = || {
        let open = |spec: &str| Card::open(cards(), &spec.parse().unwrap()).unwrap();
        Mutex::new(["ichiro:normal", "ichiro:61-6c", "ichiro:last-try", "ichiro:phone-ios", OPEN_IPHONE].map(open).into())
    };
    let mut cards: MutexGuard<'_, Vec<Card>> = CARDS.get_or_init(open).lock().unwrap_or_else(PoisonError::into_inner);
    let card = cards.iter_mut().find(|card| card.spec().to_string() == spec).expect("one of these");
    card.remember_signatures(true);
    card.fresh()
}

/// How an operation ended: the trouble with its word about the try, and how the card is to be left; both only where there was a press.
type Ended = (Option<Failed>, Option<After>);

fn run(channel: &mut Faulty<'_>, operation: Operation, extended: Extended, seen: Tries) -> Ended {
    let stop_sign = channel.stop;
    let stop = || stop_sign.get();
    let known = Mutex::new(extended);
    let asked = |result: Result<(), Trouble>| (result.err().map(Failed::from), None);
    let code = |typed| {
        let code = people().iter().find(|person| person.id == "ichiro").unwrap().number_b();
        FaceCode::parse(if typed == Typed::Right { code.as_bytes() } else { b"99999999999999" }).unwrap()
    };
    match operation {
        Operation::Kind => asked(jpki::kind(channel, &stop).map(drop)),
        Operation::Tries => asked(jpki::tries(channel, &stop).map(drop)),
        Operation::Identify => asked(jpki::identify(channel, &known, &stop).map(drop)),
        Operation::PinStatus => asked(jpki::status(channel, &stop).map(drop)),
        Operation::FaceTries => asked(face::tries(channel, &stop).map(drop)),
        Operation::Authenticate(typed) => {
            let pin = Pin::parse(if typed == Typed::Right { b"1234" } else { b"4321" }).unwrap();
            let entry = if typed == Typed::WrongOnPad { Entry::Pad } else { Entry::Typed(&pin) };
            let press = Press { entry, seen, last_try_confirmed: true };
            let (signed, after) = jpki::authenticate(channel, &press, b"what is signed", &known, &stop, &mut |_| ());
            (signed.err(), Some(after))
        }
        Operation::IPhone(typed) => {
            let pin = Pin::parse(if typed == Some(Typed::Right) { b"1234" } else { b"4321" }).unwrap();
            let press = Press { entry: Entry::Typed(&pin), seen, last_try_confirmed: true };
            let press = typed.map(|_| &press);
            let (signed, after) = jpki::authenticate_iphone(channel, press, b"what is signed", &known, &stop, &mut |_| ());
            (signed.err(), Some(after))
        }
        Operation::Face(typed) => {
            let code = code(typed);
            let press = Press { entry: Entry::Typed(&code), seen: Tries::Left(10), last_try_confirmed: true };
            let (read, after) = face::read(channel, &press, &known, &stop, &mut |_| ());
            (read.err(), Some(after))
        }
    }
}

/// Whether an answer says of itself what became of the try: then card and answer would contradict each other in these tests alone.
fn speaks_of_the_try(status: u16) -> bool {
    matches!(status, 0x9000 | 0x6300 | 0x63C0..=0x63CF | 0x6983 | 0x6984 | 0x6400 | 0x6401 | 0x6403)
}

/// Runs one operation with one fault; `Err` says which promise was broken.
fn promise(
    operation: Operation,
    spec: &'static str,
    extended: Extended,
    at: usize,
    fault: Option<Fault>,
    repeats: bool,
) -> Result<usize, String> {
    let stop = Cell::new(false);
    let mut card = template(spec);
    card.power_on();
    let counters = |card: &Card| (card.tries_left(PinKind::Auth), card.tries_left(PinKind::VisualNumberB));
    let before = counters(&card);
    let mut channel = Faulty { card, at, fault, repeats, stop: &stop, is_gone: false, sent: Vec::new(), sent_at_stop: None };
    let (failed, after) = run(&mut channel, operation, extended, Tries::Left(before.0));
    let (sent, count) = (channel.sent.len(), channel.card.verify_count());

    let asks = matches!(operation, Operation::Authenticate(_) | Operation::Face(_) | Operation::IPhone(Some(_)));
    let verifies = channel.sent.iter().filter(|command| is_verify(command)).count();
    if verifies > usize::from(asks) || count > verifies {
        return Err(format!("{verifies} VERIFY sent, {count} received"));
    }
    let now = counters(&channel.card);
    let spent = usize::from(before.0.saturating_sub(now.0)) + usize::from(before.1.saturating_sub(now.1));
    if spent > verifies {
        return Err(format!("{spent} tries spent by {verifies} VERIFY"));
    }
    let is_contradicted = channel.sent.get(at).is_some_and(|command| is_verify(command))
        && matches!(fault, Some(Fault::Refused(status) | Fault::Garbled(status)) if speaks_of_the_try(status));
    let is_honest = is_contradicted
        || match failed.map_or(Spent::No, |failed| failed.spent) {
            Spent::No => spent == 0,
            Spent::Yes => spent == 1,
            Spent::Unknown => verifies == 1,
        };
    if !is_honest {
        return Err(format!("{spent} tries spent, and {failed:?} is told"));
    }
    let clears = asks || operation == Operation::IPhone(None);
    if clears && channel.sent.last().is_none_or(|last| *last != CLEAR) {
        return Err("it does not end with the clearing".to_owned());
    }
    if let Some(at_stop) = channel.sent_at_stop
        && channel.sent.iter().skip(at_stop).any(|command| *command != CLEAR && *command != FAREWELL)
    {
        return Err("a command after the stop sign".to_owned());
    }
    // A reader that says "done" and sends nothing leaves the card as it was; nobody can know.
    let is_lied_to = fault == Some(Fault::Refused(0x9000)) && channel.sent.get(at).is_some_and(|command| *command == CLEAR);
    // What the next program finds.
    if after == Some(After::Unpower) {
        channel.card.power_off();
    }
    let sign = [&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &[0x30; 51], &[0x00]].concat();
    // A phone has one application only, and one that is open by its owner's face cannot be left closed.
    let applications = match spec {
        OPEN_IPHONE => 0,
        phone if phone.contains("phone") => 1,
        _ => 2,
    };
    for (select, command) in [
        (&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01], &sign[..]),
        (&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02], &[0x00, 0xB0, 0x82, 0x00, 0x04]),
    ]
    .into_iter()
    .take(applications)
    {
        drop(channel.card.transmit(select));
        if channel.card.transmit(command) != Ok(vec![0x69, 0x82]) && !is_lied_to {
            return Err("the card is left verified".to_owned());
        }
    }
    Ok(sent)
}

#[test]
fn a_fault_at_any_command_of_any_operation_spends_no_second_try_and_tells_the_truth() {
    let mut cases = 0;
    for (spec, extended, operations) in [
        ("ichiro:normal", Extended::Unknown, &OPERATIONS[..]),
        ("ichiro:normal", Extended::Refused, &OPERATIONS),
        ("ichiro:61-6c", Extended::Unknown, &OPERATIONS),
        ("ichiro:last-try", Extended::Refused, &OPERATIONS),
        ("ichiro:phone-ios", Extended::Unknown, &OF_AN_IPHONE),
        (OPEN_IPHONE, Extended::Unknown, &OF_AN_IPHONE),
    ] {
        for operation in operations.iter().copied() {
            let whole = promise(operation, spec, extended, 0, None, false).unwrap_or_else(|broken| panic!("{operation:?}: {broken}"));
            for at in 0..whole {
                for fault in faults() {
                    match promise(operation, spec, extended, at, Some(fault), false) {
                        Ok(sent) => assert!(sent <= whole + MORE_COMMANDS, "{operation:?} {spec} {at} {fault:?}: {sent} commands"),
                        Err(broken) => panic!("{operation:?} {spec} {extended:?}, {fault:?} at command {at}: {broken}"),
                    }
                    cases += 1;
                }
            }
        }
    }
    assert!(cases > 10_000, "{cases} cases");
    println!("{cases} cases");
}

#[test]
fn a_channel_that_sends_verify_again_is_seen() {
    let broken = |fault| {
        (0..5).any(|at| promise(Operation::Authenticate(Typed::Wrong), "ichiro:normal", Extended::Refused, at, Some(fault), true).is_err())
    };
    assert!(broken(Fault::ErrorAfter(ChannelError::Fault)));
    assert!(!broken(Fault::RemovedAfter), "it repeats nothing that was answered");
}
