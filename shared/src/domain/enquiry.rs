//! 問い合わせ管理 (OT-22, N066): what was asked of a support desk, and what came of it. Never anything of a patient.

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;
use super::note::Note;

/// How an enquiry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnquiryState {
    /// 回答待ち.
    #[default]
    Open,
    /// 回答あり: there is an answer, and something left to do here.
    Answered,
    /// 完了.
    Closed,
}

impl EnquiryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Answered, Self::Closed];

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "回答待ち",
            Self::Answered => "回答あり",
            Self::Closed => "完了",
        }
    }

    /// As it is kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }

    /// The state of this [`Self::word`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// An enquiry as it is written down. Desk, person and question are needed; the rest may follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enquiry {
    /// 問い合わせ先.
    pub desk: Note<60>,
    /// When it was asked; `None`: not asked yet.
    pub asked_on: Option<CivilDate>,
    /// Who asked.
    pub who: Note<40>,
    /// 受付番号 or case number of the desk.
    pub case_number: Note<60>,
    /// 内容.
    pub question: Note<2000>,
    /// 回答.
    pub answer: Note<2000>,
    /// How it stands.
    pub state: EnquiryState,
}

impl Enquiry {
    /// True with desk, person and question.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.desk.is_empty() && !self.who.is_empty() && !self.question.is_empty()
    }
}
