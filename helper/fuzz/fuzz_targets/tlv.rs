//! Records and certificates: what is found lies within what was given, and lengths agree with each other.

#![no_main]

use helper::card::tlv::{PublicKey, element, public_key, record_length};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(PublicKey::Rsa(key)) = public_key(bytes) {
        assert!(lies_within(key, bytes) && key.len() < bytes.len());
    }
    let [high, low, ..] = bytes else { return };
    let tag = u16::from_be_bytes([*high, *low]);
    let mut rest = bytes;
    while let Some(found) = element(rest, tag) {
        assert!(rest.starts_with(found.whole) && found.whole.ends_with(found.value));
        assert!(lies_within(found.value, bytes) && (3..=5).contains(&(found.whole.len() - found.value.len())));
        assert_eq!(record_length(rest, tag, found.whole.len()), Ok(Some(found.whole.len())));
        assert!(record_length(rest, tag, found.whole.len() - 1).is_err(), "longer than may be");
        assert_eq!(element(found.whole, tag), Some(found), "what follows does not matter");
        assert_eq!(element(rest, tag ^ 1), None, "under this tag only");
        rest = &rest[found.whole.len()..];
    }
    for end in 0..bytes.len().min(6) {
        match record_length(&bytes[..end], tag, 16 * 1024) {
            Ok(None) => {}
            known => assert_eq!(known, record_length(bytes, tag, 16 * 1024), "more bytes changed what was known"),
        }
    }
});

fn lies_within(part: &[u8], whole: &[u8]) -> bool {
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    whole.start <= part.start && part.end <= whole.end
}
