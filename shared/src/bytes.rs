//! Bytes as text: base64 without padding, safe in URLs, the one form used in every message.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
        URL_SAFE_NO_PAD.encode(&self.0)
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`NotBase64`] for padding, other alphabets or stray bits at the end.
    pub fn parse(text: &str) -> Result<Self, NotBase64> {
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(|_| NotBase64)
    }
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
    use super::*;

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
