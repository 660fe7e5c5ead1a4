//! 機関コードの変更・承継 (OT-30, N187, P-SUCC): started by the operator; the admin chooses what follows, item by item.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, Permission, SMALL};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::institution::InstitutionCode;
use crate::right::Act;

/// The data under the former code can be read for so many days after the change (N187).
pub const READ_DAYS: i64 = 120;

super::endpoints! {
    /// What is planned, or was done.
    Succession {
        name: "office.succession",
        call: Get "/api/office/succession",
        right: Permission::Account(Act::ChooseSuccession),
        asks: Body::None => (),
        answers: Answer::Json => SuccessionStatus,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Chooses what follows; may be chosen anew until the day. [`super::Code::Request`] when the typed code is another one, or nothing
    /// is planned.
    ChooseSuccession {
        name: "office.choose_succession",
        call: Post "/api/office/succession",
        right: Permission::Account(Act::ChooseSuccession),
        asks: Body::Json(SMALL) => SuccessionChoice,
        answers: Answer::Json => SuccessionStatus,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// Why the code changes (N187: reasons A–E).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// 開設者の変更.
    A,
    /// 個人と法人の切り替え.
    B,
    /// 同じ法人の中での変更.
    C,
    /// 所在地の変更.
    D,
    /// その他.
    E,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
        }
    }

    /// Reads the letter.
    #[must_use]
    pub fn of_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.letter() == letter)
    }

    /// In words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::A => "開設者の変更",
            Self::B => "個人と法人の切り替え",
            Self::C => "同じ法人の中での変更",
            Self::D => "所在地の変更",
            Self::E => "その他",
        }
    }
}

/// What may follow under the new code. Consents, URLs, activation codes and devices never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// アカウント; without it those of admins only, since nobody else could set the new code up.
    Accounts,
    /// 資格確認の履歴, as records that have ended.
    History,
    /// 照会番号, on the records of [`Self::History`].
    ReferenceNumbers,
    /// 環境設定情報.
    Settings,
}

impl Item {
    /// All of them in the order of the screen.
    pub const ALL: [Self; 4] = [Self::Accounts, Self::History, Self::ReferenceNumbers, Self::Settings];
}

/// What the admin chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessionChoice {
    /// What follows.
    pub items: Vec<Item>,
    /// The new code, typed by hand.
    pub typed_code: String,
}

/// What is planned, or was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuccessionStatus {
    /// The change; `None`: none is planned.
    pub change: Option<CodeChange>,
    /// Under the former code: since when it has ended.
    pub closed_at: Option<UnixMs>,
    /// Under the former code: the last day on which it can be read.
    pub readable_until: Option<CivilDate>,
    /// The server's clock.
    pub now: UnixMs,
}

/// A change of the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChange {
    /// The new code.
    pub new_code: InstitutionCode,
    /// Its first day.
    pub from: CivilDate,
    /// Why.
    pub reason: Reason,
    /// What follows; `None`: nothing was chosen yet.
    pub items: Option<Vec<Item>>,
    /// When that was chosen.
    pub chosen_at: Option<UnixMs>,
    /// When the change was done.
    pub done_at: Option<UnixMs>,
}
