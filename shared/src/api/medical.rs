//! 医療情報閲覧 (OT-16) and 医療情報閲覧履歴照会 (OT-13): what a consent opens, and who looked at it.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::{Again, Answer, Audit, Body, CheckPart, ConsentPart, KindPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::institution::VisitKind;
use crate::domain::medical::{Checkup, MedicalKind, MedicalSection};
use crate::domain::person::Person;
use crate::right::Act;

/// Rows of a page of the history.
pub const VIEW_PAGE_ROWS: u32 = 50;
/// A file of the history holds so many rows at most; more are refused ([`super::Code::Request`]).
pub const VIEW_FILE_ROWS: u32 = 10_000;

super::endpoints! {
    /// One kind of medical information under a consent (OT-16, N109). Given only while the consent to it lives
    /// ([`super::Code::NotViewable`] else); each answer leaves a row in the history, written before anything is shown.
    MedicalDocument(consent: ConsentPart, kind: KindPart) {
        name: "office.medical_document",
        call: Get "/api/office/consents/{consent}/medical/{kind}",
        right: Permission::Account(Act::ViewMedicalInformation),
        asks: Body::None => (),
        answers: Answer::Json => MedicalPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same of a person who is seen in a disaster (OT-17e): on the ground that was said for them, without a consent, as long as the
    /// record lives, to the account that sees them.
    MedicalInOpening(check: CheckPart, kind: KindPart) {
        name: "office.medical_in_opening",
        call: Get "/api/office/openings/views/{check}/medical/{kind}",
        right: Permission::Account(Act::SearchInOpening),
        asks: Body::None => (),
        answers: Answer::Json => MedicalPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 医療情報閲覧履歴照会 (OT-13): an account of 医療情報閲覧 finds its own views only. A POST because a condition is a name.
    SearchViews {
        name: "office.search_views",
        call: Post "/api/office/medical-views/search",
        right: Permission::Account(Act::SeeViewHistory),
        asks: Body::Json(SMALL) => ViewSearch,
        answers: Answer::Json => ViewPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same as a file: CSV (UTF-8 with BOM), all pages of the search.
    SaveViews {
        name: "office.save_views",
        call: Post "/api/office/medical-views/csv",
        right: Permission::Account(Act::SaveViewHistory),
        asks: Body::Json(SMALL) => ViewSearch,
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// What is shown of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MedicalPage {
    /// Which kind.
    pub kind: MedicalKind,
    /// Who; `None` when the register had no row (X30).
    pub person: Option<Person>,
    /// Why it may be seen.
    pub basis: Basis,
    /// 同意有効期限, or the end of the record: nothing is shown after it.
    pub expires_at: UnixMs,
    /// When the source was asked.
    pub asked_at: UnixMs,
    /// The last day of the months whose claims the source has; `None` where it does not say.
    pub claims_until: Option<CivilDate>,
    /// The parts of the kind in their order, also those without a line.
    pub sections: Vec<MedicalSection>,
    /// 特定健診, the newest first; of that kind only.
    pub checkups: Vec<Checkup>,
    /// Who asked: stands on paper.
    pub viewer: UserId,
}

/// Why medical information may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A consent.
    Consent {
        /// What for.
        visit_kind: VisitKind,
        /// 同意年月日.
        consented_at: UnixMs,
    },
    /// 災害時, on a ground of its own (OT-17d).
    Disaster,
}

/// Which views.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewSearch {
    /// First day in Japan.
    pub from: CivilDate,
    /// Last day, included.
    pub to: CivilDate,
    /// Whole ユーザID; empty = all that the account may see.
    pub user: String,
    /// Which kind; `None` = all.
    pub kind: Option<MedicalKind>,
    /// Beginning of 氏名 or 氏名(カナ) in any writing; empty = all.
    pub name_prefix: String,
    /// The page after this row ([`ViewPage::next`]); `None` = the first one.
    pub after: Option<String>,
}

/// One page of the history, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewPage {
    /// At most [`VIEW_PAGE_ROWS`].
    pub rows: Vec<ViewRow>,
    /// Rows of this page that could not be read.
    pub damaged: u32,
    /// What the next page comes after; `None`: this is the last one.
    pub next: Option<String>,
    /// Only views of the account that asks are listed.
    pub is_own_only: bool,
}

/// One view: which kind, of whom, by whom, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewRow {
    /// Tells it from other rows.
    pub id: String,
    /// When.
    pub at: UnixMs,
    /// Which kind.
    pub kind: MedicalKind,
    /// Under which consent ([`super::office::ConsentRow::id`]); `None` in an opening, and where it is not kept any more.
    pub consent: Option<String>,
    /// Of whom; `None` where the register had no row, or the consent is not kept any more.
    pub person: Option<Person>,
    /// By whom: ユーザID.
    pub user: UserId,
    /// ユーザ名; `None` where the account is not there any more.
    pub user_name: Option<String>,
    /// How many lines were shown: values of a checkup count one by one.
    pub lines: u32,
}
