//! What people write for others to read: a line, and a text of several lines.

use super::{number, text_in_json, typed};

/// Longest title, in characters.
pub const TITLE_MAX_CHARS: usize = 60;
/// Longest text, in characters.
pub const PROSE_MAX_CHARS: usize = 2_000;

/// Why something written is not taken. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotProse {
    /// Nothing that can be seen.
    #[error("the text is empty")]
    Empty,
    /// More characters than there is room for.
    #[error("the text is too long")]
    TooLong,
    /// It holds an individual number (X53).
    #[error("the text holds an individual number")]
    MyNumber,
}

/// One line of at most [`TITLE_MAX_CHARS`] characters, none hidden, no individual number among them (X53).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

/// Lines of at most [`PROSE_MAX_CHARS`] characters in all, none hidden, no individual number among them (X53).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose(String);

fn judged(seen: &str, most: usize) -> Result<String, NotProse> {
    match seen.chars().count() {
        0 => Err(NotProse::Empty),
        _ if number::holds_individual_number(seen) => Err(NotProse::MyNumber),
        count if count > most => Err(NotProse::TooLong),
        _ => Ok(seen.to_owned()),
    }
}

impl TryFrom<&str> for Title {
    type Error = NotProse;

    fn try_from(text: &str) -> Result<Self, NotProse> {
        let seen: String = text.chars().filter(|c| !typed::is_hidden(*c)).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        judged(seen.trim(), TITLE_MAX_CHARS).map(Self)
    }
}

impl TryFrom<&str> for Prose {
    type Error = NotProse;

    fn try_from(text: &str) -> Result<Self, NotProse> {
        // A browser may give CR LF.
        let seen: String = text.chars().filter(|c| *c == '\n' || !(typed::is_hidden(*c) || *c == '\r')).collect();
        judged(seen.trim(), PROSE_MAX_CHARS).map(Self)
    }
}

macro_rules! written {
    ($type:ident) => {
        impl $type {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        text_in_json!($type);
    };
}
written!(Title);
written!(Prose);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_kept_as_it_is_seen() {
        assert_eq!(Title::try_from(" 年末の\u{200B}お知らせ\n").unwrap().as_str(), "年末のお知らせ");
        assert_eq!(Prose::try_from("一行目\r\n二行目\u{0}\n").unwrap().as_str(), "一行目\n二行目");
        for nothing in ["", " \n", "\u{200B}"] {
            assert_eq!((Title::try_from(nothing), Prose::try_from(nothing)), (Err(NotProse::Empty), Err(NotProse::Empty)));
        }
    }

    #[test]
    fn what_is_too_long_or_names_a_person_by_number_is_refused() {
        assert!(Title::try_from("あ".repeat(TITLE_MAX_CHARS).as_str()).is_ok());
        assert_eq!(Title::try_from("あ".repeat(TITLE_MAX_CHARS + 1).as_str()), Err(NotProse::TooLong));
        assert_eq!(Prose::try_from("あ".repeat(PROSE_MAX_CHARS + 1).as_str()), Err(NotProse::TooLong));
        let number = concat!("番号は 1234-5678", "-9018 です");
        assert_eq!(Title::try_from(number), Err(NotProse::MyNumber));
        assert_eq!(Prose::try_from(number), Err(NotProse::MyNumber));
    }
}
