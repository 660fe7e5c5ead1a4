//! What staff writes in their own words: checked for hidden characters, length, and individual numbers (X53).

use super::{number, typed};

/// Free text of at most `MAX` characters, without hidden ones and without an individual number (X53). May be empty; lines stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note<const MAX: usize>(String);

/// Why a text is no note. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANote {
    /// More characters than there is room for.
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// It holds an individual number (X53).
    #[error("the text holds an individual number")]
    MyNumber,
}

impl<const MAX: usize> Note<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where nothing can be seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const MAX: usize> TryFrom<&str> for Note<MAX> {
    type Error = NotANote;

    fn try_from(text: &str) -> Result<Self, NotANote> {
        let seen: String = text.chars().filter(|c| *c == '\n' || !typed::is_hidden(*c)).collect();
        let seen = seen.trim();
        if number::holds_individual_number(seen) {
            return Err(NotANote::MyNumber);
        }
        if seen.chars().count() > MAX { Err(NotANote::TooLong(MAX)) } else { Ok(Self(seen.to_owned())) }
    }
}

impl<const MAX: usize> serde::Serialize for Note<MAX> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> serde::Deserialize<'de> for Note<MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::try_from(text.as_ref()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_short_and_holds_no_individual_number() {
        assert_eq!(Note::<5>::try_from("  あ\u{200B}い\nう ").unwrap().as_str(), "あい\nう");
        assert!(Note::<5>::try_from(" \u{200B}").unwrap().is_empty());
        assert_eq!(Note::<5>::try_from("123456"), Err(NotANote::TooLong(5)));
        let number = concat!("番号は1234567890", "18");
        assert_eq!(Note::<50>::try_from(number), Err(NotANote::MyNumber));
        assert_eq!(Note::<5>::try_from(number), Err(NotANote::MyNumber), "that is said first");
        let refused = serde_json::from_str::<Note<50>>(&format!("\"{number}\"")).unwrap_err().to_string();
        assert!(!refused.contains("1234567890"), "the value is in no message");
        assert!(serde_json::from_str::<Note<50>>("\"電話 03-1234-5678\"").is_ok());
    }
}
