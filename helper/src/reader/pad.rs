//! A reader's own keys: what PC/SC part 10 says of them. An option, never needed, and never fatal.

use std::time::{Duration, Instant};

use crate::card::ChannelError;

/// Tags of the controls for VERIFY on the reader's keys (FEATURE_VERIFY_PIN_START and so on).
const START: u8 = 0x01;
const FINISH: u8 = 0x02;
const GET_KEY_PRESSED: u8 = 0x05;
const DIRECT: u8 = 0x06;
const ABORT: u8 = 0x0B;
/// Seconds for the person to the first key, and from there to the last: together less than the thread's patience ([`crate::work::Patience`]),
/// so that the reader gives up before we do and no digits go to the card behind an answered request.
const SECONDS: [u8; 2] = [45, 45];
/// Readers that say they have keys and have none (`reader-helper.md` §5.4).
const FALSE_PADS: [&str; 2] = ["OMNIKEY 3x21", "OMNIKEY 6121"];

/// What a reader says of the key that was pressed last.
mod key {
    pub(super) const CONFIRM: u8 = 0x0D;
    pub(super) const CANCEL: u8 = 0x1B;
    pub(super) const TIME_OVER: u8 = 0x0E;
    pub(super) const ABORTED: u8 = 0x40;
}

/// True for a reader whose word about keys is not to be believed.
pub(super) fn is_false(reader: &str) -> bool {
    FALSE_PADS.iter().any(|name| reader.contains(name))
}

/// How the reader takes a PIN on its keys; each number is a control code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// By one call that comes back when the person is done. Nothing ends it from here: neither PC/SC nor a driver passes a word to it.
    Direct(u32),
    /// By calls that come back at once, so that the entry can be ended from here.
    Apart { start: u32, finish: u32, pressed: u32, abort: u32 },
}

/// Finds the way in the answer to the request for features: rows of tag, length 4 and a code. The one that can be ended comes first.
pub(super) fn keys(features: &[u8]) -> Option<Keys> {
    let code = |tag| code(features, tag);
    match (code(START), code(FINISH), code(GET_KEY_PRESSED), code(ABORT)) {
        (Some(start), Some(finish), Some(pressed), Some(abort)) => Some(Keys::Apart { start, finish, pressed, abort }),
        _ => code(DIRECT).map(Keys::Direct),
    }
}

fn code(mut features: &[u8], wanted: u8) -> Option<u32> {
    while let [tag, length, rest @ ..] = features {
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        if let (true, Ok(code)) = (*tag == wanted, <[u8; 4]>::try_from(value)) {
            return Some(u32::from_be_bytes(code));
        }
        features = rest;
    }
    None
}

/// Carries out one call at the reader: its code, what it is told, what it says.
type Control<'a> = dyn FnMut(u32, &[u8]) -> Result<Vec<u8>, ChannelError> + 'a;

/// Has the person type, and gives the card's answer, or `64xx` where nothing was sent. `pause` lets a moment pass before the keys are asked
/// again.
pub(super) fn enter(
    keys: Keys,
    command: &[u8],
    control: &mut Control<'_>,
    stop: &dyn Fn() -> bool,
    pause: &dyn Fn(),
) -> Result<Vec<u8>, ChannelError> {
    let (start, finish, pressed, abort) = match keys {
        Keys::Direct(code) => return control(code, &verify(command)),
        Keys::Apart { start, finish, pressed, abort } => (start, finish, pressed, abort),
    };
    control(start, &verify(command))?;
    let until = Instant::now() + SECONDS.map(|seconds| Duration::from_secs(seconds.into())).iter().sum::<Duration>();
    loop {
        if stop() || Instant::now() >= until {
            control(abort, &[])?;
            break;
        }
        match control(pressed, &[])?.first() {
            Some(&(key::CONFIRM | key::CANCEL | key::TIME_OVER | key::ABORTED)) => break,
            // A digit, a correction, or nothing yet.
            _ => pause(),
        }
    }
    // Also after an end from here: the person may have been quicker, and only the reader knows.
    control(finish, &[])
}

/// What the reader is told (PIN_VERIFY_STRUCTURE): four ASCII digits, left in a block of four bytes, ended by its own 確定 key;
/// then the command whose digits it fills in.
pub(super) fn verify(command: &[u8]) -> Vec<u8> {
    let [first, rest] = SECONDS;
    let mut told = vec![
        first, rest, // both waits
        0x82, // ASCII, left, offsets in bytes
        0x04, // the block has four bytes, no length is written
        0x00, // nowhere a length
        0x04, 0x04, // at most four digits, at least four
        0x02, // ended by the key, not by the fourth digit
        0x01, 0x11, 0x04, 0x00, // one message, Japanese, the first
        0x00, 0x00, 0x00, // T=1 needs nothing more
    ];
    told.extend_from_slice(&u32::try_from(command.len()).unwrap_or(0).to_le_bytes());
    told.extend_from_slice(command);
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::apdu::{Ef, Form};

    #[test]
    fn the_code_is_found_among_other_features() {
        let features = [0x12, 0x04, 0x42, 0x33, 0x00, 0x12, 0x06, 0x04, 0x42, 0x33, 0x00, 0x06];
        assert_eq!(keys(&features), Some(Keys::Direct(0x4233_0006)));
        for bad in [&[][..], &[0x06], &[0x06, 0x04, 0x42], &[0x06, 0x02, 0x42, 0x33], &[0x07, 0x04, 1, 2, 3, 4], &[0x06, 0x00]] {
            assert_eq!(keys(bad), None, "{bad:02X?}");
        }
    }

    /// Rows of features with these tags; the code of each is its tag.
    fn features(tags: &[u8]) -> Vec<u8> {
        tags.iter().flat_map(|tag| [*tag, 4, 0, 0, 0, *tag]).collect()
    }

    #[test]
    fn an_entry_that_can_be_ended_comes_before_one_that_cannot() {
        assert_eq!(keys(&features(&[6, 1, 2, 5, 0x0B])), Some(Keys::Apart { start: 1, finish: 2, pressed: 5, abort: 0x0B }));
        for lacks_one in [&[6, 1, 2, 5][..], &[6, 1, 2, 0x0B], &[6, 1, 5, 0x0B], &[6, 2, 5, 0x0B]] {
            assert_eq!(keys(&features(lacks_one)), Some(Keys::Direct(6)), "{lacks_one:?}");
        }
        assert_eq!(keys(&features(&[1, 2, 5])), None, "nothing could end it");
    }

    /// Plays a reader whose keys are pressed like this; the calls it got, and what came of them.
    fn typed(pressed: &[u8], stops_after: usize) -> (Vec<u32>, Result<Vec<u8>, ChannelError>) {
        let keys = keys(&features(&[1, 2, 5, 0x0B])).unwrap();
        let (mut pressed, mut calls) = (pressed.iter(), Vec::new());
        let pauses = std::cell::Cell::new(0);
        let mut control = |code, told: &[u8]| {
            calls.push(code);
            assert_eq!(told.len() > 19, code == 1, "the command goes with the start and with nothing else");
            match code {
                5 => Ok(vec![*pressed.next().expect("asked again after the end")]),
                2 if calls.contains(&0x0B) => Ok(vec![0x64, 0x01]),
                2 => Ok(vec![0x90, 0x00]),
                _ => Ok(Vec::new()),
            }
        };
        let command = Ef::AuthPin.verify_template::<4>(Form::ShortEf);
        let came = enter(keys, &command, &mut control, &|| pauses.get() >= stops_after, &|| pauses.set(pauses.get() + 1));
        (calls, came)
    }

    #[test]
    fn a_tab_that_is_closed_ends_the_entry_at_the_reader() {
        assert_eq!(typed(&[0x00, 0x2B, 0x2B], 3), (vec![1, 5, 5, 5, 0x0B, 2], Ok(vec![0x64, 0x01])));
        assert_eq!(typed(&[], 0), (vec![1, 0x0B, 2], Ok(vec![0x64, 0x01])));
    }

    #[test]
    fn the_reader_is_asked_what_came_of_it_only_at_the_end() {
        for last in [key::CONFIRM, key::CANCEL, key::TIME_OVER, key::ABORTED] {
            let (calls, came) = typed(&[0x00, 0x2B, 0x08, 0x0A, 0x2B, last], usize::MAX);
            assert_eq!((calls, came), (vec![1, 5, 5, 5, 5, 5, 5, 2], Ok(vec![0x90, 0x00])));
        }
    }

    #[test]
    fn a_reader_that_stops_answering_ends_the_entry_with_what_it_said() {
        let keys = keys(&features(&[1, 2, 5, 0x0B])).unwrap();
        for fails_at in [1, 5, 0x0B] {
            let mut control = |code, _: &[u8]| if code == fails_at { Err(ChannelError::ReaderLost) } else { Ok(vec![0]) };
            let stop = || fails_at == 0x0B;
            assert_eq!(enter(keys, &[0; 9], &mut control, &stop, &|| ()), Err(ChannelError::ReaderLost), "{fails_at}");
        }
    }

    #[test]
    fn the_reader_is_told_four_digits_and_the_whole_command() {
        let told = verify(&Ef::AuthPin.verify_template::<4>(Form::ShortEf));
        assert_eq!(told.len(), 19 + 9, "the published structure has 19 bytes before the command");
        assert_eq!(&told[2..8], [0x82, 0x04, 0x00, 0x04, 0x04, 0x02]);
        assert_eq!(&told[15..], [9, 0, 0, 0, 0x00, 0x20, 0x00, 0x98, 0x04, 0, 0, 0, 0]);
    }

    #[test]
    fn the_reader_gives_up_before_its_thread_is_given_up() {
        let told = verify(&[]);
        let longest = std::time::Duration::from_secs(u64::from(told[0]) + u64::from(told[1]));
        assert!(longest < crate::work::Patience::default().pad, "{longest:?}");
    }

    #[test]
    fn readers_known_to_lie_are_not_believed() {
        assert!(is_false("HID Global OMNIKEY 3x21 Smart Card Reader [OMNIKEY 3x21 Smart Card Reader] 00 00"));
        assert!(!is_false("Virtual PCD 00 00"));
    }

    proptest::proptest! {
        #[test]
        fn any_features_end_without_a_panic(bytes in proptest::collection::vec(0_u8.., 0..64)) {
            let _ = keys(&bytes);
        }
    }
}
