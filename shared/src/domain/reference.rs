//! 照会番号: the institution's own number of a patient, under which it finds the person in its records (N066, OT-21, `OQSsimuimm`).

use serde::{Deserialize, Serialize};

use super::typed;

/// Longest number, in characters.
pub const REFERENCE_MAX: usize = 50;

/// A number of 1 to [`REFERENCE_MAX`] half-width letters, digits and hyphens, as it was written. Hyphens group only: see [`Self::key`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReferenceNumber(String);

/// Says why a text is no number. Never holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no reference number")]
pub struct NotAReference;

impl ReferenceNumber {
    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What tells it from others: without its hyphens.
    #[must_use]
    pub fn key(&self) -> String {
        typed::number(&self.0)
    }
}

impl TryFrom<&str> for ReferenceNumber {
    type Error = NotAReference;

    fn try_from(text: &str) -> Result<Self, NotAReference> {
        let code: String = typed::code(text).chars().map(|c| if typed::is_dash(c) { '-' } else { c }).collect();
        let is_number = code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && code.chars().any(|c| c != '-');
        // An individual number (個人番号) has no place anywhere.
        if !is_number || code.len() > REFERENCE_MAX || super::number::holds_individual_number(&code) {
            return Err(NotAReference);
        }
        Ok(Self(code))
    }
}

impl TryFrom<String> for ReferenceNumber {
    type Error = NotAReference;

    fn try_from(text: String) -> Result<Self, NotAReference> {
        Self::try_from(text.as_str())
    }
}

impl From<ReferenceNumber> for String {
    fn from(number: ReferenceNumber) -> Self {
        number.0
    }
}

/// How far a number's registration has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    /// 未登録: the person has no number here, or it was taken off.
    Off,
    /// 送信中.
    Sending,
    /// 登録済.
    Registered,
    /// 拒否, with a reason.
    Refused,
    /// 遅れ: no answer so far; it is asked again.
    Late,
}

impl SendState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Off, Self::Sending, Self::Registered, Self::Refused, Self::Late];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Sending => "sending",
            Self::Registered => "registered",
            Self::Refused => "refused",
            Self::Late => "late",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The Japanese word shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Off => "未登録",
            Self::Sending => "送信中",
            Self::Registered => "登録済",
            Self::Refused => "拒否",
            Self::Late => "遅れ",
        }
    }
}

/// Why a link is corrected (OT-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkReason {
    /// Another person of the same or a like name.
    LikeName,
    /// The number was mistyped.
    Mistyped,
    /// Two people were taken for one another at reception.
    MixedUp,
    /// The number of the records changed.
    Renumbered,
    /// Anything else; said in words.
    Other,
}

impl LinkReason {
    /// Every reason, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::LikeName, Self::Mistyped, Self::MixedUp, Self::Renumbered, Self::Other];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LikeName => "like_name",
            Self::Mistyped => "mistyped",
            Self::MixedUp => "mixed_up",
            Self::Renumbered => "renumbered",
            Self::Other => "other",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// The Japanese words shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::LikeName => "同じ名前・似た名前の方と取りちがえた",
            Self::Mistyped => "番号を打ちまちがえた",
            Self::MixedUp => "受付で別の方と入れかわった",
            Self::Renumbered => "カルテの番号が変わった",
            Self::Other => "そのほか(下の欄に書く)",
        }
    }
}

/// What happened to a person's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceAct {
    /// 登録.
    Set,
    /// 変更.
    Changed,
    /// 取り外し: here only.
    Removed,
    /// 結びつけの訂正 (OT-20).
    Corrected,
    /// 結びつけの訂正: taken off, linked later.
    TakenOff,
    /// Said to hang on another person's records (X62).
    Held,
    /// Said to be right after all.
    Released,
    /// The newest result has another insurance: registered anew with it.
    Renewed,
}

impl ReferenceAct {
    /// Every act.
    pub const ALL: [Self; 8] =
        [Self::Set, Self::Changed, Self::Removed, Self::Corrected, Self::TakenOff, Self::Held, Self::Released, Self::Renewed];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Corrected => "corrected",
            Self::TakenOff => "taken_off",
            Self::Held => "held",
            Self::Released => "released",
            Self::Renewed => "renewed",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }

    /// The Japanese words shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Set => "照会番号を登録",
            Self::Changed => "照会番号を変更",
            Self::Removed => "照会番号を外した",
            Self::Corrected => "結びつけを訂正",
            Self::TakenOff => "結びつけを外した(あとで結びつける)",
            Self::Held => "別の方の記録に結びついていると記録",
            Self::Released => "結びつけは正しいと記録",
            Self::Renewed => "新しい保険で登録し直し",
        }
    }
}

/// Why nothing was done to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceFault {
    /// It is no number.
    Number,
    /// Another person here has it.
    InUse,
    /// Another person's number here is registered with this insurance.
    InsuranceInUse,
    /// The newest result has no insurance (該当資格なし).
    NoInsurance,
    /// The newest result has several, and nobody has chosen (X31).
    Several,
    /// The link is said to be wrong: it is corrected, not changed (X62).
    Held,
    /// The page showed another number.
    ChangedMeanwhile,
    /// Old and new are the same person.
    SamePerson,
    /// There is nothing to correct.
    NothingThere,
    /// The reason is to be said in words.
    NoWords,
    /// Of a file: a row has too few or too many cells, or an empty one where there must be something.
    Cells,
    /// Of a file: the same number or the same insurance stands in it before.
    Twice,
    /// Of a file: more than one person here has this insurance: nobody is picked.
    Ambiguous,
    /// Of a file: nobody has been here under this 受付番号.
    Receipt,
    /// It is no file of this kind.
    File,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_was_meant_and_an_individual_number_is_none() {
        for (typed, written, key) in [("００-1２ ３", "00-123", "00123"), (" K-7 ", "K-7", "K7"), ("0012ー3", "0012-3", "00123")] {
            let number = ReferenceNumber::try_from(typed).unwrap();
            assert_eq!((number.as_str(), number.key().as_str()), (written, key));
        }
        let (long, fits) = ("1".repeat(REFERENCE_MAX + 1), format!("A{}", "1".repeat(REFERENCE_MAX - 1)));
        assert!(ReferenceNumber::try_from(fits.as_str()).is_ok());
        for bad in ["", " ", "-", "資格", "1;2", &long, concat!("1234567890", "18")] {
            assert_eq!(ReferenceNumber::try_from(bad), Err(NotAReference), "{bad}");
        }
    }

    #[test]
    fn stored_words_read_back() {
        SendState::ALL.into_iter().for_each(|state| assert_eq!(SendState::of_word(state.word()), Some(state)));
        LinkReason::ALL.into_iter().for_each(|reason| assert_eq!(LinkReason::of_word(reason.word()), Some(reason)));
        ReferenceAct::ALL.into_iter().for_each(|act| assert_eq!(ReferenceAct::of_word(act.word()), Some(act)));
    }
}
