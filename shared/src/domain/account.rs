//! Staff accounts of the office and device desks (N001–N006, N020–N030).

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;
use super::{number, text_in_json, typed};

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

    /// True for the accounts of programs (N005, N006): a new password or a stop breaks the レセコン link (N176, N178, X54).
    #[must_use]
    pub fn is_of_program(self) -> bool {
        matches!(self, Self::Link | Self::WebApi)
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

/// ユーザ名(カナ) (N025): one to forty half-width kana, with half-width letters, digits and single spaces between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfKana(String);

/// Longest kana name, in half-width characters.
pub const KANA_MAX_CHARS: usize = 40;

/// Says that a text is no kana name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kana name has 1 to 40 half-width kana, letters or digits")]
pub struct NotKana;

/// Half-width kana in the order of their code points from U+FF66, as their full-width forms.
const FULL_KANA: &str =
    "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜";
/// Full-width kana that carry a mark, what is under it, and the mark.
const MARKED_KANA: [(&str, &str, char); 2] = [
    ("ガギグゲゴザジズゼゾダヂヅデドバビブベボヴヷヺ", "カキクケコサシスセソタチツテトハヒフヘホウワヲ", 'ﾞ'),
    ("パピプペポ", "ハヒフヘホ", 'ﾟ'),
];

impl HalfKana {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads what a person typed: full-width kana (also hiragana), letters and digits beside kana are turned into half-width,
    /// spaces at the ends and doubled ones dropped. What this gives is shown before it is sent.
    ///
    /// # Errors
    /// [`NotKana`] for anything else, kanji for example; ヰ, ヱ, ヮ, ヵ and ヶ have no half-width form.
    pub fn from_typed(text: &str) -> Result<Self, NotKana> {
        let mut half = String::new();
        for word in text.split_whitespace() {
            if !half.is_empty() {
                half.push(' ');
            }
            word.chars().try_for_each(|c| push_half(&mut half, c))?;
        }
        Self::try_from(half.as_str())
    }
}

/// Adds the half-width form of a character.
fn push_half(half: &mut String, c: char) -> Result<(), NotKana> {
    let katakana = match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).ok_or(NotKana)?,
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).ok_or(NotKana)?,
        '\u{3099}' => '゛',
        '\u{309A}' => '゜',
        '・' => '･',
        '‐' | '−' => '-',
        other => other,
    };
    let plain = |c: char| {
        let place = FULL_KANA.chars().position(|full| full == c).and_then(|place| u32::try_from(place).ok());
        place.and_then(|place| char::from_u32(0xFF66 + place))
    };
    if let Some(found) = plain(katakana) {
        half.push(found);
        return Ok(());
    }
    for (marked, base, mark) in MARKED_KANA {
        let under = marked.chars().zip(base.chars()).find(|(full, _)| *full == katakana).and_then(|(_, base)| plain(base));
        if let Some(under) = under {
            half.extend([under, mark]);
            return Ok(());
        }
    }
    // Judged as a whole afterwards.
    half.push(katakana);
    Ok(())
}

impl TryFrom<&str> for HalfKana {
    type Error = NotKana;

    fn try_from(text: &str) -> Result<Self, NotKana> {
        let is_kana = |c: char| matches!(c, 'ｦ'..='ﾟ' | '･' | 'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '-' | '.');
        let has_odd_space = text.starts_with(' ') || text.ends_with(' ') || text.contains("  ");
        if (1..=KANA_MAX_CHARS).contains(&text.chars().count())
            && text.chars().all(is_kana)
            && text.contains(|c| matches!(c, 'ｦ'..='ﾟ'))
            && !has_odd_space
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotKana)
        }
    }
}

impl std::fmt::Display for HalfKana {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
text_in_json!(HalfKana);

/// ユーザ名 (N024): one to forty characters that can be seen, without spaces at the ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountName(String);

/// Longest name, in characters.
pub const NAME_MAX_CHARS: usize = 40;

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAName {
    /// Nothing there, more than [`NAME_MAX_CHARS`], or a character that nobody sees.
    #[error("a name has 1 to 40 visible characters")]
    Shape,
    /// Twelve digits that are an individual number by their check digit (X53).
    #[error("holds what may be an individual number")]
    MyNumber,
}

impl AccountName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for AccountName {
    type Error = NotAName;

    fn try_from(text: &str) -> Result<Self, NotAName> {
        let text = text.trim();
        if !(1..=NAME_MAX_CHARS).contains(&text.chars().count()) || text.chars().any(|c| typed::is_hidden(c) || c.is_control()) {
            return Err(NotAName::Shape);
        }
        if number::holds_individual_number(text) {
            return Err(NotAName::MyNumber);
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Display for AccountName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
text_in_json!(AccountName);

/// How an account stands by its period and by what the institution did with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// 利用中.
    Living,
    /// 停止中: stopped by a person, until one resumes it. Its ID stays taken.
    Suspended,
    /// 利用開始前.
    NotYet,
    /// 期間終了. Its ID stays taken.
    Over,
}

impl AccountState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Living, Self::Suspended, Self::NotYet, Self::Over];

    /// How an account with this period (both days included, N026, N027) stands on a day.
    #[must_use]
    pub fn on(today: CivilDate, is_suspended: bool, from: Option<CivilDate>, until: Option<CivilDate>) -> Self {
        if is_suspended {
            Self::Suspended
        } else if until.is_some_and(|until| until < today) {
            Self::Over
        } else if from.is_some_and(|from| today < from) {
            Self::NotYet
        } else {
            Self::Living
        }
    }
}

/// Why an account is not made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountFault {
    /// The ID is taken, also by an account that is suspended or over, or differs from one only by large and small letters: an ID never
    /// stands for two persons.
    #[error("the user id is taken")]
    IdTaken,
    /// The last day is before the first.
    #[error("the period ends before it begins")]
    PeriodBackwards,
    /// Nobody could look after the accounts any more: the last living 管理アカウント.
    #[error("the last living admin account")]
    LastAdmin,
    /// An account of this kind is looked after by others ([`crate::right::looks_after`]).
    #[error("accounts of this kind are looked after by others")]
    OthersKind,
    /// Programs depend on the account (X54): its ID must be typed first.
    #[error("the user id was not typed")]
    NotTyped,
    /// 停止中: it cannot log in.
    #[error("the account is suspended")]
    Suspended,
    /// The rows of a file are not all right, or no longer.
    #[error("the file is not as it was checked")]
    Rows,
    /// No file of accounts: another encoding, other columns, too many rows.
    #[error("no list of accounts")]
    File,
    /// The account has as many living tokens as it may have ([`crate::api::link::TOKENS_MAX`]).
    #[error("too many living tokens")]
    Tokens,
}

impl AccountFault {
    /// Every fault, for tables and tests.
    pub const ALL: [Self; 9] = [
        Self::IdTaken,
        Self::PeriodBackwards,
        Self::LastAdmin,
        Self::OthersKind,
        Self::NotTyped,
        Self::Suspended,
        Self::Rows,
        Self::File,
        Self::Tokens,
    ];
}

/// Checks a period: it may be one day, and its end may be open (N027).
///
/// # Errors
/// [`AccountFault::PeriodBackwards`].
pub fn check_period(from: Option<CivilDate>, until: Option<CivilDate>) -> Result<(), AccountFault> {
    if from.zip(until).is_some_and(|(from, until)| until < from) { Err(AccountFault::PeriodBackwards) } else { Ok(()) }
}

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
    fn kana_become_half_width_and_nothing_else_passes() {
        for (typed, half) in [
            ("ｽﾀｯﾌ11", "ｽﾀｯﾌ11"), // N034
            ("スタッフ１１", "ｽﾀｯﾌ11"),
            ("やまだ　はなこ", "ﾔﾏﾀﾞ ﾊﾅｺ"),
            (" ガッツ  ヴァン・パ ", "ｶﾞｯﾂ ｳﾞｧﾝ･ﾊﾟ"),
            ("か\u{3099}ー", "ｶﾞｰ"),
            ("Ｗｅｂアクセス", "Webｱｸｾｽ"),
        ] {
            assert_eq!(HalfKana::from_typed(typed).map(|kana| kana.to_string()), Ok(half.to_owned()), "{typed}");
        }
        for bad in ["", " ", "Yamada Taro", "Ｗｅｂ ＡＰＩ", "12", "山田", "ヰ", "ヶ", "ｱ!", "ｱ\u{200B}", "€"] {
            assert_eq!(HalfKana::from_typed(bad), Err(NotKana), "{bad:?}");
        }
        assert!(HalfKana::from_typed(&"ア".repeat(40)).is_ok() && HalfKana::from_typed(&"ガ".repeat(21)).is_err());
        for bad in ["スタッフ", "ｱ  ｲ", " ｱ", "ｱ "] {
            assert_eq!(HalfKana::try_from(bad), Err(NotKana), "{bad:?} is not as it is sent");
        }
        // Each half-width kana is what its full-width form becomes.
        for half in 'ｦ'..='ﾟ' {
            let full = FULL_KANA.chars().nth(usize::try_from(u32::from(half) - 0xFF66).unwrap()).unwrap();
            assert_eq!(HalfKana::from_typed(&full.to_string()).unwrap().as_str(), half.to_string());
        }
    }

    #[test]
    fn names_are_seen_and_hold_no_individual_number() {
        assert_eq!(AccountName::try_from(" 管理 花子 ").unwrap().as_str(), "管理 花子");
        for bad in ["", "  ", "a\u{200B}", "a\nb", &"あ".repeat(41)] {
            assert_eq!(AccountName::try_from(bad), Err(NotAName::Shape), "{bad:?}");
        }
        assert_eq!(AccountName::try_from("花子 1234-5678-9018"), Err(NotAName::MyNumber));
        assert!(AccountName::try_from("花子 123456789012").is_ok(), "not by its check digit");
    }

    #[test]
    fn both_days_of_a_period_belong_to_it() {
        let day = |day: u8| CivilDate::new(2026, 11, day).unwrap();
        let on = |today: u8, is_suspended: bool| AccountState::on(day(today), is_suspended, Some(day(5)), Some(day(6)));
        for (today, state) in [(4, AccountState::NotYet), (5, AccountState::Living), (6, AccountState::Living), (7, AccountState::Over)] {
            assert_eq!(on(today, false), state, "{today}");
            assert_eq!(on(today, true), AccountState::Suspended);
        }
        assert_eq!(AccountState::on(day(1), false, None, None), AccountState::Living);
        assert_eq!(check_period(Some(day(5)), Some(day(5))), Ok(()));
        assert_eq!(check_period(Some(day(5)), None), Ok(()));
        assert_eq!(check_period(None, Some(day(4))), Ok(()), "an account of before it was asked");
        assert_eq!(check_period(Some(day(5)), Some(day(4))), Err(AccountFault::PeriodBackwards));
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
