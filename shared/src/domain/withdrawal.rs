//! 同意取消 by the institution (OT-15): why, in words that are kept.

use serde::{Deserialize, Serialize};

/// The institution's reason. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawCause {
    /// 患者様・ご家族の申し出.
    Request,
    /// 診療・訪問の終了.
    RelationEnded,
    /// 転居・転院・施設入所.
    Moved,
    /// 死亡.
    Died,
    /// 登録の誤り.
    Mistake,
}

impl WithdrawCause {
    /// Every reason, in the order of the screen.
    pub const ALL: [Self; 5] = [Self::Request, Self::RelationEnded, Self::Moved, Self::Died, Self::Mistake];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::RelationEnded => "relation_ended",
            Self::Moved => "moved",
            Self::Died => "died",
            Self::Mistake => "mistake",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Request => "患者様・ご家族の申し出",
            Self::RelationEnded => "診療・訪問の終了",
            Self::Moved => "転居・転院・施設入所",
            Self::Died => "死亡",
            Self::Mistake => "登録の誤り",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_word() {
        for cause in WithdrawCause::ALL {
            assert_eq!(WithdrawCause::from_word(cause.word()), Some(cause));
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.word());
        }
    }
}
