//! What a device's request is judged by, apart from the database: the nonce, and the signature of its key.

use ring::hmac;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use shared::api::device::{NONCE_LIFE_MS, PUBLIC_KEY_LEN};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;

use crate::session::SKEW_MS;

/// Bytes of a nonce: its instant and the server's tag.
const INSTANT_LEN: usize = 8;

fn tag(key: &hmac::Key, instant: &[u8]) -> hmac::Tag {
    hmac::sign(key, &[b"uketsuke device nonce\n", instant].concat())
}

/// A nonce of now. Nothing is kept of it: every server with the key knows it again.
#[must_use]
pub fn nonce(key: &hmac::Key, now: UnixMs) -> String {
    let instant = now.0.to_be_bytes();
    Base64([&instant, tag(key, &instant).as_ref()].concat()).to_text()
}

/// True for a nonce of one of our servers that still counts.
#[must_use]
pub fn is_nonce(key: &hmac::Key, text: &str, now: UnixMs) -> bool {
    let Ok(Base64(bytes)) = Base64::parse(text) else { return false };
    let Some((instant, told)) = bytes.split_first_chunk::<INSTANT_LEN>() else { return false };
    let at = UnixMs(i64::from_be_bytes(*instant));
    let is_ours = hmac::verify(key, &[b"uketsuke device nonce\n".as_slice(), instant].concat(), told).is_ok();
    is_ours && at <= now.plus_ms(SKEW_MS) && now < at.plus_ms(NONCE_LIFE_MS)
}

/// True where the key has signed the bytes.
#[must_use]
pub fn is_signed(public_key: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    public_key.len() == PUBLIC_KEY_LEN && UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public_key).verify(bytes, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    #[test]
    fn a_nonce_counts_for_a_minute_and_on_servers_with_its_key() {
        let (ours, theirs) = (hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]), hmac::Key::new(hmac::HMAC_SHA256, &[2; 32]));
        let now = UnixMs(1_796_000_000_000);
        let text = nonce(&ours, now);
        for (at, wanted) in [(0, true), (NONCE_LIFE_MS - 1, true), (NONCE_LIFE_MS, false), (-SKEW_MS, true), (-SKEW_MS - 1, false)] {
            assert_eq!(is_nonce(&ours, &text, now.plus_ms(at)), wanted, "{at}");
        }
        assert!(!is_nonce(&theirs, &text, now));
        let mut longer = Base64::parse(&text).unwrap().0;
        longer[7] ^= 1;
        for wrong in [Base64(longer).to_text(), String::new(), "?".to_owned(), Base64(vec![0; 8]).to_text()] {
            assert!(!is_nonce(&ours, &wrong, now), "{wrong}");
        }
    }

    #[test]
    fn only_the_key_itself_signs() {
        let random = SystemRandom::new();
        let pair = || {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap()
        };
        let (own, other) = (pair(), pair());
        let signature = own.sign(&random, b"bytes").unwrap();
        let key = own.public_key().as_ref();
        assert!(is_signed(key, b"bytes", signature.as_ref()));
        assert!(!is_signed(key, b"Bytes", signature.as_ref()));
        assert!(!is_signed(other.public_key().as_ref(), b"bytes", signature.as_ref()));
        assert!(!is_signed(&key[1..], b"bytes", signature.as_ref()) && !is_signed(key, b"bytes", &[]));
    }
}
