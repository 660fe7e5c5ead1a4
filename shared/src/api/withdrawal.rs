//! 同意取消照会 and 同意取消 (OT-15): which consents ended, by whom and why; and their end by the institution.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::office::ConsentDetails;
use super::{Again, Answer, Audit, Body, ConsentPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::consent::{ConsentGroup, ConsentItem, EndReason};
use crate::domain::institution::VisitKind;
use crate::domain::person::Person;
use crate::domain::withdrawal::WithdrawCause;
use crate::right::Act;

/// Rows of a page of the list.
pub const ENDING_PAGE_ROWS: u32 = 50;
/// A file holds so many rows at most; a longer period is refused ([`super::Code::Request`]).
pub const ENDING_FILE_ROWS: u32 = 10_000;

super::endpoints! {
    /// 同意取消照会, the last one first. A POST because the conditions hold names, which never stand in a URL.
    SearchEndings {
        name: "office.search_endings",
        call: Post "/api/office/endings/search",
        right: Permission::Account(Act::SeeWithdrawals),
        asks: Body::Json(SMALL) => EndingSearch,
        answers: Answer::Json => EndingPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// All pages of a search as CSV (UTF-8 with BOM); more than [`ENDING_FILE_ROWS`]: [`super::Code::Request`]. A POST because the
    /// conditions hold names.
    ExportEndings {
        name: "office.export_endings",
        call: Post "/api/office/endings/csv",
        right: Permission::Account(Act::Export),
        asks: Body::Json(SMALL) => EndingSearch,
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 同意取消 by the institution (P-END, reason 1): all that a living consent agrees to, or some of it.
    ///
    /// Refusals: [`super::Code::Ended`] where it has ended meanwhile, [`super::Code::Request`] for what was not agreed to.
    WithdrawConsent(consent: ConsentPart) {
        name: "office.withdraw_consent",
        call: Post "/api/office/consents/{consent}/withdraw",
        right: Permission::Account(Act::WithdrawConsent),
        asks: Body::Json(SMALL) => Withdraw,
        answers: Answer::Json => Withdrawn,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// Which ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndingSearch {
    /// 取消日 from, in Japan.
    pub from: CivilDate,
    /// 取消日 to, included.
    pub to: CivilDate,
    /// For which use; `None` = all.
    pub of: Option<VisitKind>,
    /// Who ended it.
    pub by: EndedBy,
    /// Beginning of 氏名, 氏名(カナ) or 氏名(その他) in any writing; empty = all.
    pub name_prefix: String,
    /// The page after this row ([`EndingPage::next`]); `None` = the first one.
    pub after: Option<String>,
}

/// Who ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// 機関, 患者, 用途変更: all but the natural end.
    Anyone,
    /// 機関.
    Institution,
    /// 患者.
    Patient,
    /// 用途変更.
    OtherUse,
    /// 期限.
    Deadline,
    /// すべて, 期限 as well.
    All,
}

impl EndedBy {
    /// True where an end of this reason belongs to it.
    #[must_use]
    pub const fn takes(self, why: EndReason) -> bool {
        match (self, why) {
            (_, EndReason::Replaced) | (Self::Anyone, EndReason::Deadline) => false,
            (Self::All | Self::Anyone, _) => true,
            (Self::Institution, why) => matches!(why, EndReason::Institution),
            (Self::Patient, why) => matches!(why, EndReason::Patient),
            (Self::OtherUse, why) => matches!(why, EndReason::OtherUse),
            (Self::Deadline, why) => matches!(why, EndReason::Deadline),
        }
    }
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingPage {
    /// At most [`ENDING_PAGE_ROWS`].
    pub rows: Vec<EndingRow>,
    /// Rows of this page that could not be read back; they are not in `rows`.
    pub damaged: u32,
    /// What the next page comes after; `None`: this is the last one.
    pub next: Option<String>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One end of a consent, or of some of its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingRow {
    /// Tells it from other rows.
    pub id: String,
    /// The consent.
    pub consent: String,
    /// 氏名 and so on; `None` where the register had no row.
    pub person: Option<Person>,
    /// 用途.
    pub visit_kind: VisitKind,
    /// 項目 that ended.
    pub ended: Vec<ConsentItem>,
    /// The consent ended as a whole; else the others go on.
    pub is_whole: bool,
    /// 同意年月日.
    pub consented_at: UnixMs,
    /// 終了日時.
    pub ended_at: UnixMs,
    /// 理由 (OQSCD031), which says who ended it.
    pub why: EndReason,
    /// The account, where the institution did.
    pub by: Option<UserId>,
    /// Its reason in words.
    pub cause: Option<WithdrawCause>,
}

/// What is withdrawn, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The questions whose agreement ends: at least one, each agreed to.
    pub groups: Vec<ConsentGroup>,
    /// Why.
    pub cause: WithdrawCause,
}

/// What was withdrawn: the patient's receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Number of the receipt.
    pub receipt: String,
    /// When.
    pub at: UnixMs,
    /// The items that ended.
    pub ended: Vec<ConsentItem>,
    /// The consent ended as a whole.
    pub is_whole: bool,
    /// The consent as it reads now.
    pub details: ConsentDetails,
}
