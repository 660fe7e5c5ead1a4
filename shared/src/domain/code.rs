//! アクティベーションコード (N050–N058): the twelve digits, what a device is called, and how a code stands.

use serde::{Deserialize, Serialize};

use super::{number, text_in_json, typed};

/// Digits of a code (N058).
pub const CODE_DIGITS: usize = 12;
/// Longest label, in characters.
pub const LABEL_MAX_CHARS: usize = 40;

/// アクティベーションコード: twelve half-width digits (N058), about 40 bits. A secret: no `Debug`, no JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivationCode(String);

/// Says that a text is no activation code. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an activation code has twelve digits")]
pub struct NotACode;

impl ActivationCode {
    /// Makes a code of sixteen random bytes; each of the 10¹² codes is as good as equally likely.
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        Self(format!("{:012}", u128::from_be_bytes(random) % 1_000_000_000_000))
    }

    /// Reads a code as a person types it: width, spaces and hyphens make no difference.
    ///
    /// # Errors
    /// [`NotACode`].
    pub fn from_typed(text: &str) -> Result<Self, NotACode> {
        let digits = typed::number(text);
        let is_code = digits.len() == CODE_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        if is_code { Ok(Self(digits)) } else { Err(NotACode) }
    }

    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In three groups of four, for people.
    #[must_use]
    pub fn grouped(&self) -> String {
        self.0.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four)).collect::<Vec<_>>().join("-")
    }
}

/// What tells the device, said before its code is issued (N052): 「Aのスマホ1」. One to [`LABEL_MAX_CHARS`] characters, none hidden,
/// and no individual number among them (X53).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeviceLabel(String);

/// Why a text is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALabel {
    /// Nothing that can be seen.
    #[error("the label is empty")]
    Empty,
    /// More than [`LABEL_MAX_CHARS`] characters.
    #[error("the label is longer than 40 characters")]
    TooLong,
    /// It holds an individual number (X53).
    #[error("the label holds an individual number")]
    MyNumber,
}

impl TryFrom<&str> for DeviceLabel {
    type Error = NotALabel;

    fn try_from(text: &str) -> Result<Self, NotALabel> {
        let seen: String = text.chars().filter(|c| !typed::is_hidden(*c)).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let seen = seen.trim();
        match seen.chars().count() {
            0 => Err(NotALabel::Empty),
            _ if number::holds_individual_number(seen) => Err(NotALabel::MyNumber),
            1..=LABEL_MAX_CHARS => Ok(Self(seen.to_owned())),
            _ => Err(NotALabel::TooLong),
        }
    }
}

impl std::fmt::Display for DeviceLabel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

text_in_json!(DeviceLabel);

impl DeviceLabel {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a code stands (N053, N054).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// 未使用: issued, no device has it yet.
    Unused,
    /// 使用中: a device was registered with it.
    InUse,
    /// 無効: an admin ended it, or a later code of the same device took its place.
    Invalid,
    /// 期限切: never used in its time.
    Expired,
}

impl CodeState {
    /// Every state, in the order of the filter.
    pub const ALL: [Self; 4] = [Self::Unused, Self::InUse, Self::Invalid, Self::Expired];

    /// As the list says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unused => "未使用",
            Self::InUse => "使用中",
            Self::Invalid => "無効",
            Self::Expired => "期限切",
        }
    }

    /// True where 無効化する still changes something.
    #[must_use]
    pub const fn can_be_invalidated(self) -> bool {
        matches!(self, Self::Unused | Self::InUse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_twelve_digits_however_it_is_typed() {
        for same in ["123456789012", "1234-5678-9012", " １２３４ ５６７８ ９０１２ ", "1234ー5678ー9012"] {
            assert!(ActivationCode::from_typed(same).is_ok_and(|code| code.as_str() == "123456789012"), "{same}");
        }
        for bad in ["", "12345678901", "1234567890123", "12345678901a", "あ"] {
            assert!(ActivationCode::from_typed(bad).is_err(), "{bad}");
        }
        assert_eq!(ActivationCode::from_random([0; 16]).as_str(), "000000000000", "zeros stay");
        assert_eq!(ActivationCode::from_random([0xff; 16]).grouped().len(), 14);
    }

    #[test]
    fn a_label_can_be_seen_and_is_short() {
        assert_eq!(DeviceLabel::try_from("  Aの\u{200B}スマホ1\n").unwrap().as_str(), "Aのスマホ1");
        assert_eq!(DeviceLabel::try_from(" \u{3000}\u{200B}"), Err(NotALabel::Empty));
        assert!(DeviceLabel::try_from("あ".repeat(40).as_str()).is_ok());
        assert_eq!(DeviceLabel::try_from("あ".repeat(41).as_str()), Err(NotALabel::TooLong));
        assert_eq!(DeviceLabel::try_from(concat!("スマホ ", "1234567890", "18")), Err(NotALabel::MyNumber));
        assert!(DeviceLabel::try_from(concat!("スマホ ", "1234567890", "19")).is_ok(), "its check digit fails");
    }
}
