//! Bytes as text: base64 without padding, safe in URLs, the one form used in every message.
//!
//! Two loops over RFC 4648, section 5: an engine for every alphabet and padding weighs 2 kB in each visit's page. The tests hold them
//! against one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Carries bytes in JSON as unpadded URL-safe base64. `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Base64(pub Vec<u8>);

/// Says that a text is no unpadded URL-safe base64. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not unpadded URL-safe base64")]
pub struct NotBase64;

impl Base64 {
    /// Writes the bytes as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.0.len().div_ceil(3) * 4);
        for group in self.0.chunks(3) {
            let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            text.extend((0..=group.len()).map(|place| letter(bits >> (18 - 6 * place) & 63)));
        }
        text
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`NotBase64`] for padding, other alphabets or stray bits at the end.
    pub fn parse(text: &str) -> Result<Self, NotBase64> {
        let mut bytes = Vec::with_capacity(text.len().div_ceil(4) * 3);
        for group in text.as_bytes().chunks(4) {
            let letters = group.iter().try_fold(0, |bits, letter| Some(bits << 6 | value(*letter)?)).ok_or(NotBase64)?;
            let bits = letters << (6 * (4 - group.len()));
            let whole = group.len() - 1;
            let stray = bits & ((1 << (24 - 8 * whole)) - 1);
            if whole == 0 || stray != 0 {
                return Err(NotBase64);
            }
            bytes.extend(bits.to_be_bytes().iter().skip(1).take(whole));
        }
        Ok(Self(bytes))
    }
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The letter of six bits.
fn letter(bits: u32) -> char {
    char::from(LETTERS.get(bits as usize).copied().unwrap_or_default())
}

/// The six bits of a letter.
fn value(letter: u8) -> Option<u32> {
    let (first, before) = match letter {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'-' => (b'-', 62),
        b'_' => (b'_', 63),
        _ => return None,
    };
    Some(u32::from(letter - first) + before)
}

impl std::fmt::Debug for Base64 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl From<&[u8]> for Base64 {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn every_group_of_bytes_is_written_as_the_engine_writes_it_and_comes_back() {
        let holds = |bytes: &[u8]| {
            let text = Base64::from(bytes).to_text();
            assert_eq!(text, URL_SAFE_NO_PAD.encode(bytes));
            assert_eq!(Base64::parse(&text).unwrap().0, bytes);
        };
        for number in 0..=u16::MAX {
            let [high, low] = number.to_be_bytes();
            for bytes in [&[low][..], &[high, low], &[high, low, high], &[low, high ^ 0xff, low], &[1, 2, 3, high, low]] {
                holds(bytes);
            }
        }
        let long: Vec<u8> = (0..=255).collect();
        (0..=long.len()).for_each(|length| holds(&long[..length]));
    }

    #[test]
    fn every_short_text_is_read_or_refused_as_by_the_engine() {
        let letters: Vec<char> = (0..=0x7f_u8).map(char::from).chain(['受', '\u{80}']).collect();
        let mut texts = vec![String::new()];
        for _ in 0..3 {
            texts = texts.iter().flat_map(|text| letters.iter().map(move |letter| format!("{text}{letter}"))).collect();
            for text in &texts {
                assert_eq!(Base64::parse(text).ok().map(|bytes| bytes.0), URL_SAFE_NO_PAD.decode(text).ok(), "{text:?}");
                let after_a_group = format!("AAAA{text}");
                assert_eq!(Base64::parse(&after_a_group).is_ok(), Base64::parse(text).is_ok(), "{after_a_group:?}");
            }
            texts.retain(|text| text.chars().all(|letter| letter.is_ascii_graphic()));
        }
        assert_eq!(texts.len(), 94 * 94 * 94);
    }

    #[test]
    fn text_form_is_url_safe_and_unpadded() {
        assert_eq!(Base64(vec![0xfb, 0xff]).to_text(), "-_8");
        assert_eq!(Base64::parse("-_8").unwrap().0, [0xfb, 0xff]);
    }

    #[test]
    fn padding_and_other_alphabets_are_refused() {
        for text in ["-_8=", "+/8", "-_9", "a b"] {
            assert_eq!(Base64::parse(text), Err(NotBase64), "{text}");
        }
    }

    #[test]
    fn debug_never_shows_the_content() {
        assert_eq!(format!("{:?}", Base64(vec![1, 2, 3])), "Base64(3 bytes)");
    }
}
