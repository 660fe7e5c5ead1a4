//! 請求前の確認 (OT-27): what of a month a person looks at before claims go out. Nothing is closed by itself.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::requery::Difference;
use super::{Again, Answer, Audit, Body, MonthPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::coverage::Validity;
use crate::domain::month::Month;
use crate::domain::note::Note;
use crate::right::Act;

/// So many rows of a kind are shown; the file has up to [`super::month::FILE_ROWS`] of each.
pub const CLAIM_ROWS: u32 = 200;

super::endpoints! {
    /// What stands open, and what was closed, by kind.
    Claims(month: MonthPart) {
        name: "office.claims",
        call: Get "/api/office/claims/{month}",
        right: Permission::Account(Act::SeeVisitsOfToday),
        asks: Body::None => (),
        answers: Answer::Json => ClaimsShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same as CSV (UTF-8 with BOM).
    ClaimsCsv(month: MonthPart) {
        name: "office.claims_csv",
        call: Post "/api/office/claims/{month}/csv",
        right: Permission::Account(Act::Export),
        asks: Body::None => (),
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Closes a row with a reason, or opens it again. A row that is not there: [`super::Code::NotFound`].
    CloseClaim(month: MonthPart) {
        name: "office.close_claim",
        call: Post "/api/office/claims/{month}/close",
        right: Permission::Account(Act::SeeVisitsOfToday),
        asks: Body::Json(SMALL) => ClaimClosing,
        answers: Answer::Json => ClaimsShown,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// What is looked at. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// A visit on the list of a day or at reception, and no successful check of the person in the month.
    NoCheck,
    /// The eligibility changed after a check (X47).
    Changed,
    /// A 仮確認 that is still to be made again.
    Provisional,
    /// A result that has left by no way (X49), where the institution hands its results on.
    Unsent,
}

impl ClaimKind {
    /// In the order of the screen.
    pub const ALL: [Self; 4] = [Self::NoCheck, Self::Changed, Self::Provisional, Self::Unsent];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoCheck => "no_check",
            Self::Changed => "changed",
            Self::Provisional => "provisional",
            Self::Unsent => "unsent",
        }
    }

    /// In Japanese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoCheck => "資格確認のない訪問",
            Self::Changed => "確認の後に資格が変わった方",
            Self::Provisional => "仮確認のままの方",
            Self::Unsent => "未送信の結果",
        }
    }
}

/// The check of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsShown {
    /// The month.
    pub month: Month,
    /// In the order of [`ClaimKind::ALL`].
    pub groups: Vec<ClaimGroup>,
    /// The institution's name, for the paper.
    pub institution_name: String,
    /// The server's clock.
    pub now: UnixMs,
}

/// The rows of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimGroup {
    /// Which.
    pub kind: ClaimKind,
    /// At most [`CLAIM_ROWS`].
    pub rows: Vec<ClaimRow>,
    /// There are more: the file has them.
    pub has_more: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// Names it within its kind.
    pub about: String,
    /// 氏名.
    pub name: String,
    /// The day of the visit, of the change, of the check.
    pub day: CivilDate,
    /// The consent, for the way to its detail.
    pub consent: Option<String>,
    /// What changed.
    pub differences: Vec<Difference>,
    /// What the visit at reception was answered; `None`: it stands on the list of a day, and nobody asked.
    #[serde(default)]
    pub answered: Option<Validity>,
    /// Of an unsent result: 書き出し待ち, or 失敗 with what to do next.
    #[serde(default)]
    pub unsent: Option<String>,
    /// Closed by a person.
    pub closed: Option<Closed>,
}

/// Who closed a row and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Why.
    pub note: Note<200>,
    /// When.
    pub at: UnixMs,
    /// Who.
    pub by: UserId,
}

/// A row to close or to open again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimClosing {
    /// Its kind.
    pub kind: ClaimKind,
    /// [`ClaimRow::about`].
    pub about: String,
    /// Why, not empty; `None`: it is open again.
    pub note: Option<Note<200>>,
}
