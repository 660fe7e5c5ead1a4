//! How a result came about: 確認の方法, and what the person showed.

use serde::{Deserialize, Serialize};

/// 確認の方法. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckWay {
    /// 暗証番号: the card signed.
    Pin,
    /// 目視: staff compared the face; the card did not sign.
    Visual,
    /// スマートフォンの画面ロック.
    PhoneUnlock,
    /// 資格確認書 or the like, by number.
    Paper,
    /// 処方箋, by number.
    Prescription,
    /// 再照会 of a former result.
    Requery,
    /// 災害時.
    Disaster,
    /// システム障害時.
    Outage,
    /// 仮確認: to be checked again.
    Provisional,
}

impl CheckWay {
    /// Every way, for tables and tests.
    pub const ALL: [Self; 9] = [
        Self::Pin,
        Self::Visual,
        Self::PhoneUnlock,
        Self::Paper,
        Self::Prescription,
        Self::Requery,
        Self::Disaster,
        Self::Outage,
        Self::Provisional,
    ];

    /// The word that is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Visual => "visual",
            Self::PhoneUnlock => "phone_unlock",
            Self::Paper => "paper",
            Self::Prescription => "prescription",
            Self::Requery => "requery",
            Self::Disaster => "disaster",
            Self::Outage => "outage",
            Self::Provisional => "provisional",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Pin => "暗証番号",
            Self::Visual => "目視",
            Self::PhoneUnlock => "スマートフォンの画面ロック",
            Self::Paper => "資格確認書等",
            Self::Prescription => "処方箋",
            Self::Requery => "再照会",
            Self::Disaster => "災害時の確認",
            Self::Outage => "システム障害時の確認",
            Self::Provisional => "仮確認",
        }
    }
}

/// What the person showed. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// マイナンバーカード.
    Card,
    /// iPhone.
    Iphone,
    /// Android.
    Android,
    /// 紙.
    Paper,
    /// Nothing: who it is was said (X12, OT-17c).
    Nothing,
}

impl Medium {
    /// Every medium, for tables and tests.
    pub const ALL: [Self; 5] = [Self::Card, Self::Iphone, Self::Android, Self::Paper, Self::Nothing];

    /// The word that is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Iphone => "iphone",
            Self::Android => "android",
            Self::Paper => "paper",
            Self::Nothing => "nothing",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|medium| medium.word() == word)
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Card => "マイナンバーカード",
            Self::Iphone => "iPhone",
            Self::Android => "Android",
            Self::Paper => "紙",
            Self::Nothing => "なし",
        }
    }
}

/// How far a check is. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Made, with an answer.
    Done,
    /// 仮確認 (X12, X34): to be made again later.
    Provisional,
    /// A provisional one that a later check settled.
    Settled,
    /// A provisional one that a person dropped, with a reason.
    Dropped,
}

impl CheckState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Done, Self::Provisional, Self::Settled, Self::Dropped];

    /// The word that is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Provisional => "provisional",
            Self::Settled => "settled",
            Self::Dropped => "dropped",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Done => "確認済み",
            Self::Provisional => "仮確認(後で確認)",
            Self::Settled => "後の確認で確定",
            Self::Dropped => "取り下げ",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_words_are_those_of_the_messages_and_read_back() {
        for way in CheckWay::ALL {
            assert_eq!(CheckWay::from_word(way.word()), Some(way));
            assert_eq!(serde_json::to_value(way).unwrap(), way.word());
        }
        for medium in Medium::ALL {
            assert_eq!(Medium::from_word(medium.word()), Some(medium));
            assert_eq!(serde_json::to_value(medium).unwrap(), medium.word());
        }
        for state in CheckState::ALL {
            assert_eq!(CheckState::from_word(state.word()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
        }
        assert_eq!((CheckWay::from_word("x"), Medium::from_word("")), (None, None));
    }
}
