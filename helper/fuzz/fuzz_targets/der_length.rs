//! The length of a certificate from its first bytes: never more than may be read, the same for every longer start, and in DER's shortest
//! form, as written here once more.

#![no_main]

use helper::card::tlv::{CERTIFICATE_MAX, certificate_length};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = certificate_length(bytes);
    for end in 0..bytes.len().min(6) {
        match certificate_length(&bytes[..end]) {
            Ok(None) => {}
            known => assert_eq!(known, whole, "more bytes changed what was known"),
        }
    }
    match whole {
        Ok(Some(length)) => {
            assert!((2..=CERTIFICATE_MAX).contains(&length));
            assert!([2, 3, 4].into_iter().any(|header| bytes.starts_with(&shortest(length.wrapping_sub(header))[..]) && {
                shortest(length.wrapping_sub(header)).len() == header
            }));
        }
        Ok(None) => assert!(bytes.len() < 4, "four bytes tell every length"),
        Err(_) => assert!(!bytes.is_empty()),
    }
});

/// A sequence's header in DER.
fn shortest(content: usize) -> Vec<u8> {
    match content.to_be_bytes() {
        [0, 0, 0, 0, 0, 0, 0, low @ 0..=0x7F] => vec![0x30, low],
        [0, 0, 0, 0, 0, 0, 0, low] => vec![0x30, 0x81, low],
        [.., high, low] => vec![0x30, 0x82, high, low],
    }
}
