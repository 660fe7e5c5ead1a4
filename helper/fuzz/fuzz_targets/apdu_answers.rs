//! A card or reader that answers whatever it likes, to every conversation.
//!
//! The input: one byte for the conversation and its settings, one for when the person cancels, one for the tries that they saw; then the
//! answers, each a length byte and so many bytes. Four lengths are other things: FC two bytes of length, FD the reader is lost, FE the card
//! is removed, FF the exchange fails. After the last answer the card is removed, or all of them come again, 4096 answers at most.
//!
//! What must hold, whatever is answered: no command but the few known ones, to known applications and files; at most one VERIFY, with the
//! digits that were typed; the application is left in the end, or the power goes; every command beyond a few brings bytes, so it ends.

#![no_main]

use std::cell::Cell;
use std::sync::Mutex;

use helper::card::apdu::{FAREWELL, SELECT_ISD, SELECT_JPKI, SELECT_VISUAL};
use helper::card::face::{self, FaceCode};
use helper::card::jpki::{self, Entry, Extended, Failed, Pin, Press, Tries};
use helper::card::{After, Channel, ChannelError};
use libfuzzer_sys::fuzz_target;
use shared::reader::Spent;

const PIN: &[u8; 4] = b"1234";
const FACE_CODE: &[u8; 14] = b"35060220331201";
/// Commands that need bring no byte: selections, queries, VERIFY, one repetition each. Beyond them, a byte costs three at most: `6Cxx`, `61xx`,
/// GET RESPONSE.
const PLAIN_COMMANDS: usize = 48;
const ANSWERS_MAX: usize = 4096;

fuzz_target!(|input: &[u8]| {
    let [settings, cancel_after, seen, answers @ ..] = input else { return };
    let mut line = Line {
        answers,
        rest: answers,
        comes_again: settings & 0x08 != 0,
        given: 0,
        commands: Cell::new(0),
        bytes: 0,
        verifies: 0,
        last: Vec::new(),
        last_was_done: false,
        is_gone: false,
    };
    let asked = Cell::new(0_usize);
    let stop = || {
        asked.set(asked.get() + 1);
        *cancel_after > 0 && asked.get() > usize::from(*cancel_after)
    };
    let extended = Mutex::new([Extended::Unknown, Extended::Works, Extended::Refused, Extended::Unknown][usize::from(settings >> 4 & 3)]);
    let seen = if *seen <= 10 { Tries::Left(*seen) } else { Tries::NotReported };
    let last_try_confirmed = settings & 0x40 != 0;
    let is_on_pad = settings & 0x80 != 0;
    let (pin, code) = (Pin::parse(PIN).unwrap(), FaceCode::parse(FACE_CODE).unwrap());

    let ended: Option<(Option<Spent>, After)> = match settings & 0x07 {
        0 => jpki::kind(&mut line, &stop).map_or(None, |_| None),
        1 => jpki::tries(&mut line, &stop).map_or(None, |_| None),
        2 => jpki::status(&mut line, &stop).map_or(None, |_| None),
        3 => jpki::identify(&mut line, &extended, &stop).map_or(None, |_| None),
        4 => face::tries(&mut line, &stop).map_or(None, |_| None),
        5 => {
            let entry = if is_on_pad { Entry::Pad } else { Entry::Typed(&pin) };
            let press = Press { entry, seen, last_try_confirmed };
            let (signed, after) = jpki::authenticate(&mut line, &press, b"what is signed", &extended, &stop, &mut |_| ());
            Some((spent(signed), after))
        }
        6 => {
            let press = Press { entry: Entry::Typed(&pin), seen, last_try_confirmed };
            let press = is_on_pad.then_some(&press);
            let (signed, after) = jpki::authenticate_iphone(&mut line, press, b"what is signed", &extended, &stop, &mut |_| ());
            Some((spent(signed), after))
        }
        _ => {
            let entry = if is_on_pad { Entry::Pad } else { Entry::Typed(&code) };
            let press = Press { entry, seen, last_try_confirmed };
            let (read, after) = face::read(&mut line, &press, &extended, &stop, &mut |_| ());
            Some((spent(read), after))
        }
    };

    match ended {
        None => assert_eq!(line.verifies, 0, "no PIN was typed"),
        Some((spent, after)) => {
            assert_eq!(line.last, SELECT_ISD, "the application is left in the end");
            assert_eq!(after == After::Leave, line.last_was_done, "left, or without power");
            assert!(line.verifies == 1 || spent != Some(Spent::Yes) && spent != Some(Spent::Unknown), "no try without a VERIFY");
        }
    }
});

fn spent<T>(ended: Result<T, Failed>) -> Option<Spent> {
    ended.err().map(|failed| failed.spent)
}

struct Line<'a> {
    answers: &'a [u8],
    rest: &'a [u8],
    comes_again: bool,
    given: usize,
    commands: Cell<usize>,
    bytes: usize,
    verifies: usize,
    last: Vec<u8>,
    last_was_done: bool,
    is_gone: bool,
}

impl Line<'_> {
    /// The next answer of the input.
    fn next(&mut self) -> Result<Vec<u8>, ChannelError> {
        self.given += 1;
        if self.rest.is_empty() && self.comes_again && self.given <= ANSWERS_MAX {
            self.rest = self.answers;
        }
        let (first, rest) = self.rest.split_first().ok_or(ChannelError::Removed)?;
        self.rest = rest;
        let length = match first {
            0xFF => return Err(ChannelError::Fault),
            0xFE => return Err(ChannelError::Removed),
            0xFD => return Err(ChannelError::ReaderLost),
            0xFC => {
                let (length, rest) = self.rest.split_first_chunk::<2>().ok_or(ChannelError::Removed)?;
                self.rest = rest;
                usize::from(u16::from_be_bytes(*length))
            }
            length => usize::from(*length),
        };
        let (answer, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        Ok(answer.to_vec())
    }

    fn judge(&mut self, command: &[u8]) {
        self.commands.set(self.commands.get() + 1);
        assert!(self.commands.get() <= PLAIN_COMMANDS + 3 * self.bytes, "commands without end");
        assert!(!self.is_gone || command == SELECT_ISD || command == FAREWELL, "goes on without a card: {command:02X?}");
        match command {
            [0x00, 0xA4, 0x04, ..] => assert!([&SELECT_JPKI[..], &SELECT_VISUAL, &SELECT_ISD].contains(&command), "{command:02X?}"),
            [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, file] => {
                assert!(matches!(file, 0x02 | 0x04 | 0x06 | 0x08 | 0x0A | 0x12 | 0x17 | 0x18 | 0x1B))
            }
            [0x00, 0x20, 0x00, reference] => assert!(matches!(reference, 0x80 | 0x92 | 0x98 | 0x9B), "a query of four bytes"),
            [0x00, 0x20, 0x00, reference, length, digits @ ..] => {
                self.verifies += 1;
                assert_eq!(self.verifies, 1, "a second VERIFY");
                assert!(matches!(reference, 0x80 | 0x92 | 0x98), "of a PIN that nobody typed");
                assert_eq!(usize::from(*length), digits.len());
                assert!(digits == PIN || digits == FACE_CODE || digits.iter().all(|byte| *byte == 0));
            }
            [0x00, 0xB0, 0x00..=0x7F, _, ..] if command.len() == 5 || command.len() == 7 => {}
            [0x00, 0xB0, file, 0x00, ..] if command.len() == 5 || command.len() == 7 => {
                assert!(matches!(file, 0x82 | 0x84 | 0x86 | 0x88 | 0x8A), "{command:02X?}");
            }
            [0x00, 0xC0, 0x00, 0x00, _] => {}
            [0x80, 0x2A, 0x00, 0x80 | 0x97, 0x33, ..] => assert_eq!(command.len(), 57),
            [0x80, 0xFC, 0x00, 0x00] => {}
            _ => panic!("a command that this program must not send: {command:02X?}"),
        }
        self.last = command.to_vec();
    }
}

impl Channel for Line<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        self.judge(command);
        let answer = self.next();
        self.last_was_done = answer.as_ref().is_ok_and(|answer| answer.ends_with(&[0x90, 0x00]));
        match &answer {
            Ok(answer) => {
                self.bytes += answer.len().saturating_sub(2);
                // Fewer than two bytes is what a pulled card gives.
                self.is_gone |= answer.len() < 2;
            }
            Err(error) => self.is_gone |= *error != ChannelError::Fault,
        }
        answer
    }

    fn has_pad(&mut self) -> bool {
        true
    }

    fn verify_on_pad(&mut self, command: &[u8], _: &dyn Fn() -> bool) -> Result<Vec<u8>, ChannelError> {
        self.transmit(command)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.next().map(drop).inspect_err(|_| self.is_gone = true)
    }
}
