//! A reader's own keys: what PC/SC part 10 says of them. An option, never needed, and never fatal.

/// Tag of VERIFY on the reader's keys (FEATURE_VERIFY_PIN_DIRECT).
const VERIFY_PIN_DIRECT: u8 = 0x06;
/// Seconds for the person to the first key, and from there to the last: together less than the thread's patience ([`crate::work::Patience`]),
/// so that the reader gives up before we do and no digits go to the card behind an answered request.
const SECONDS: [u8; 2] = [45, 45];
/// Readers that say they have keys and have none (`reader-helper.md` §5.4).
const FALSE_PADS: [&str; 2] = ["OMNIKEY 3x21", "OMNIKEY 6121"];

/// True for a reader whose word about keys is not to be believed.
pub(super) fn is_false(reader: &str) -> bool {
    FALSE_PADS.iter().any(|name| reader.contains(name))
}

/// Finds the control code of VERIFY on the keys in the answer to the request for features: rows of tag, length 4 and a code.
pub(super) fn verify_code(mut features: &[u8]) -> Option<u32> {
    while let [tag, length, rest @ ..] = features {
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        if let (VERIFY_PIN_DIRECT, Ok(code)) = (*tag, <[u8; 4]>::try_from(value)) {
            return Some(u32::from_be_bytes(code));
        }
        features = rest;
    }
    None
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
        assert_eq!(verify_code(&features), Some(0x4233_0006));
        for bad in [&[][..], &[0x06], &[0x06, 0x04, 0x42], &[0x06, 0x02, 0x42, 0x33], &[0x07, 0x04, 1, 2, 3, 4], &[0x06, 0x00]] {
            assert_eq!(verify_code(bad), None, "{bad:02X?}");
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
            let _ = verify_code(&bytes);
        }
    }
}
