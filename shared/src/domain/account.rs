//! Staff accounts of the office and device desks (N001–N006, N020–N030).

use serde::{Deserialize, Serialize};

use super::text_in_json;

/// What an account may do (権限区分); what exactly, says [`crate::right::may`]. The OS account of the terminal (N007) is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// マスタアカウント (N001).
    Master,
    /// 管理アカウント (N002).
    Admin,
    /// 一般利用者 (N003).
    General,
    /// 医療情報閲覧 (N004).
    Viewer,
    /// 連携アプリ用アカウント (N005): a program.
    Link,
    /// Web API用アカウント (N006): a program.
    WebApi,
}

impl AccountKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 6] = [Self::Master, Self::Admin, Self::General, Self::Viewer, Self::Link, Self::WebApi];

    /// The Japanese name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Master => "マスタ",
            Self::Admin => "管理者",
            Self::General => "一般利用者",
            Self::Viewer => "医療情報閲覧",
            Self::Link => "連携アプリ用",
            Self::WebApi => "Web API用",
        }
    }
}

/// ユーザID: two to eight half-width letters or digits (N023). Case counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

/// Says that a text is no user id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user id has 2 to 8 half-width letters or digits")]
pub struct NotAUserId;

impl UserId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for UserId {
    type Error = NotAUserId;

    fn try_from(text: &str) -> Result<Self, NotAUserId> {
        if (2..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAUserId)
        }
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
text_in_json!(UserId);

/// Shortest password in characters while it is the only factor (NIST SP 800-63B-4).
pub const PASSWORD_MIN_CHARS: usize = 15;
/// Longest password in characters; longer input is refused before it is hashed.
pub const PASSWORD_MAX_CHARS: usize = 128;

/// Why a chosen password is refused. Never holds any part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeakPassword {
    /// A character that the next device may not give alike ([`is_typed_alike`]).
    #[error("a character that another keyboard may not give alike")]
    NotAlike,
    /// Fewer than [`PASSWORD_MIN_CHARS`] characters.
    #[error("shorter than 15 characters")]
    TooShort,
    /// More than [`PASSWORD_MAX_CHARS`] characters.
    #[error("longer than 128 characters")]
    TooLong,
    /// Fewer than five different characters, or a run such as `123456789012345`.
    #[error("too regular")]
    TooRegular,
    /// Holds the user id or the institution code.
    #[error("holds the user id or the institution code")]
    HoldsId,
    /// The same as the present one.
    #[error("the same as before")]
    Unchanged,
}

/// True when every device with a Japanese keyboard gives this character in one and the same form: half-width letters, digits,
/// marks and the space (not the backslash, whose key gives ¥ on some), hiragana, full-width katakana, kanji.
///
/// A password is judged by its bytes and never folded, since folding makes different passwords one. So what has a second form
/// (full-width letters, half-width kana, a voiced mark of its own, old forms of kanji, emoji, hidden characters) is refused when
/// a password is chosen, not when it no longer fits.
#[must_use]
pub fn is_typed_alike(c: char) -> bool {
    matches!(c, ' '..='[' | ']'..='~' | 'ぁ'..='ゖ' | 'ァ'..='ヶ' | 'ー' | '々' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

/// Checks a password that a person chose: one form, length and guessability, no composition rule.
///
/// # Errors
/// The first [`WeakPassword`] that applies; [`WeakPassword::Unchanged`] is the caller's to find.
pub fn check_password(password: &str, user: &UserId, institution: &str) -> Result<(), WeakPassword> {
    let chars: Vec<char> = password.chars().collect();
    if !chars.iter().copied().all(is_typed_alike) {
        return Err(WeakPassword::NotAlike);
    }
    if chars.len() < PASSWORD_MIN_CHARS {
        return Err(WeakPassword::TooShort);
    }
    if chars.len() > PASSWORD_MAX_CHARS {
        return Err(WeakPassword::TooLong);
    }
    let mut kinds = chars.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let steps = || chars.iter().zip(chars.iter().skip(1)).map(|(a, b)| i64::from(u32::from(*b)) - i64::from(u32::from(*a)));
    let regular = steps().filter(|step| (-1..=1).contains(step)).count();
    if kinds.len() < 5 || regular * 3 > chars.len() * 2 {
        return Err(WeakPassword::TooRegular);
    }
    let lower = password.to_lowercase();
    let holds = |id: &str| id.len() >= 4 && lower.contains(&id.to_lowercase());
    if holds(user.as_str()) || holds(institution) {
        return Err(WeakPassword::HoldsId);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_have_two_to_eight_letters_or_digits() {
        for good in ["ab", "staff11", "ABCDEFGH", "12"] {
            assert!(UserId::try_from(good).is_ok(), "{good}");
        }
        for bad in ["a", "abcdefghi", "あい", "ab c", "a-b", ""] {
            assert_eq!(UserId::try_from(bad), Err(NotAUserId), "{bad}");
        }
    }

    #[test]
    fn passwords_are_judged_by_length_and_guessability() {
        let user = UserId::try_from("kanri1").unwrap();
        let check = |password: &str| check_password(password, &user, "9919900002");
        assert_eq!(check("short"), Err(WeakPassword::TooShort));
        assert_eq!(check(&"ab3d e".repeat(30)), Err(WeakPassword::TooLong));
        assert_eq!(check("aaaaaaaaaaaaaaaa"), Err(WeakPassword::TooRegular));
        assert_eq!(check("123456789012345678"), Err(WeakPassword::TooRegular));
        assert_eq!(check("xx KANRI1 no himitsu"), Err(WeakPassword::HoldsId));
        assert_eq!(check("pass 9919900002 word"), Err(WeakPassword::HoldsId));
        assert_eq!(check("あさがお と ひまわり と かぼちゃ"), Ok(()));
        assert_eq!(check(&"k3y b0x l4mp ".repeat(9)), Ok(()));
    }

    #[test]
    fn nobody_is_locked_out_on_the_next_device_by_another_form_of_the_same_letters() {
        let user = UserId::try_from("kanri1").unwrap();
        let check = |part: &str| check_password(&format!("asagao himawari {part}"), &user, "9919900002");
        for good in ["kabocha", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "かぼちゃ", "カボチャー", "南瓜", "佐々木", "ぱ"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "ｋａｂｏｃｈａ", // typed while the password is shown and the input method is on
            "１２３",
            "！",
            "\u{3000}",
            "ｶﾎﾞﾁｬ",
            "か\u{3099}", // が as some systems paste it
            "ハ\u{309A}",
            "é",
            "e\u{301}",
            "¥",
            "\\",
            "〜", // U+301C on one system, U+FF5E on another
            "～",
            "−",
            "神\u{FA19}",
            "葛\u{E0100}",
            "a\u{200B}",
            "😀",
            "\t",
            "\u{E000}",
        ] {
            assert_eq!(check(bad), Err(WeakPassword::NotAlike), "{bad:?}");
        }
        assert_eq!(check_password("ａ", &user, "9919900002"), Err(WeakPassword::NotAlike), "said before the length");
    }
}
