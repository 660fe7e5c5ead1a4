//! 確認 (OT-12, OT-13): checks by number, and the history of all checks. Rows: N061, N063, N100–N104.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::office::{ChosenCoverage, CoverageChoice};
use super::{Again, Answer, Audit, Body, CheckPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::asked::NumbersAsked;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::check::{CheckState, CheckWay, Medium};
use crate::domain::coverage::{Eligibility, Validity};
use crate::domain::institution::VisitKind;
use crate::domain::person::Person;
use crate::right::Act;

/// Rows of a page of the history.
pub const CHECK_PAGE_ROWS: u32 = 50;
/// A file of the history holds so many rows at most; more are refused ([`super::Code::Request`]).
pub const CHECK_FILE_ROWS: u32 = 10_000;
/// A search of the history goes over so many days at most.
pub const CHECK_DAYS_MAX: i64 = 366;

super::endpoints! {
    /// 資格確認書等で確認, 処方箋で確認, 資格情報照会 (OT-12). Where the numbers fit several people nothing is kept: a person chooses one of
    /// them and asks again. 保険者番号 or 番号 missing: [`super::Code::Request`].
    CheckByNumber {
        name: "office.check_by_number",
        call: Post "/api/office/checks",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::Json(SMALL) => NumberCheck,
        answers: Answer::Json => CheckAnswer,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 資格確認履歴照会 (OT-13): consents' own checks and all others. A POST because the conditions hold names.
    SearchChecks {
        name: "office.search_checks",
        call: Post "/api/office/checks/search",
        right: Permission::Account(Act::SeeCheckHistory),
        asks: Body::Json(SMALL) => CheckSearch,
        answers: Answer::Json => CheckPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same rows as a file: CSV (UTF-8 with BOM). More than [`CHECK_FILE_ROWS`]: [`super::Code::Request`].
    SaveChecks {
        name: "office.save_checks",
        call: Post "/api/office/checks/file",
        right: Permission::Account(Act::Export),
        asks: Body::Json(SMALL) => CheckSearch,
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// One check with its eligibility. Every view leaves an audit row.
    CheckDetail(check: CheckPart) {
        name: "office.check_detail",
        call: Get "/api/office/checks/of/{check}",
        right: Permission::Account(Act::SeeCheckHistory),
        asks: Body::None => (),
        answers: Answer::Json => CheckDetails,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Chooses one of several coverages of a check (複数該当, X31): the machine never does.
    ChooseCheckCoverage(check: CheckPart) {
        name: "office.choose_check_coverage",
        call: Post "/api/office/checks/of/{check}/coverage",
        right: Permission::Account(Act::ChooseCoverage),
        asks: Body::Json(SMALL) => CoverageChoice,
        answers: Answer::Json => CheckDetails,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// A check by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberCheck {
    /// What was typed; [`crate::domain::asked::AskedOf::Bulk`] is refused.
    pub asked: NumbersAsked,
    /// [`CandidateRow::key`] of the person that was chosen where the numbers fit several.
    pub chosen: Option<String>,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckAnswer {
    /// It is kept.
    Made(Box<CheckDetails>),
    /// The numbers fit so many people: nothing is kept until a person chooses one. Never one of them by the machine.
    Several(Vec<CandidateRow>),
}

/// One of several people whom the numbers fit: no more than tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateRow {
    /// Names the person for the second asking.
    pub key: String,
    /// Who.
    pub person: Option<Person>,
    /// 枝番 of the coverage that fits.
    pub branch_number: Option<String>,
}

/// Everything about one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDetails {
    /// Opens it.
    pub id: String,
    /// What for; `None` where no use was named.
    pub visit_kind: Option<VisitKind>,
    /// The consent under which it was asked again (再照会).
    pub consent: Option<String>,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// Whose act; `None` for a job's.
    pub done_by: Option<UserId>,
    /// How far it is.
    pub state: CheckState,
    /// What was typed; `None` where nothing was, or where it was typed elsewhere.
    pub asked: Option<NumbersAsked>,
    /// 照会番号.
    pub reference_number: Option<String>,
    /// The eligibility as it was answered.
    pub eligibility: Eligibility,
    /// Which of several coverages a person chose (X31).
    pub chosen: Option<ChosenCoverage>,
}

/// Which checks; only the two days are required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSearch {
    /// First day in Japan.
    pub from: CivilDate,
    /// Last day, included; at most [`CHECK_DAYS_MAX`] days in all.
    pub to: CivilDate,
    /// Beginning of 氏名, 氏名(カナ) or 氏名(その他) in any writing; empty = all.
    pub name_prefix: String,
    /// 確認の方法; `None` = all.
    pub way: Option<CheckWay>,
    /// 媒体; `None` = all.
    pub medium: Option<Medium>,
    /// Whole ユーザID of who checked; empty = all. A consent's own check is the patient's, and no account's.
    pub user: String,
    /// 資格有効性; `None` = all.
    pub validity: Option<Validity>,
    /// How far; `None` = all. A consent's own check is done.
    pub state: Option<CheckState>,
    /// The page after this row ([`CheckPage::next`]); `None` = the first one. Holds nothing of a person.
    pub after: Option<String>,
}

/// One page of the history, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckPage {
    /// At most [`CHECK_PAGE_ROWS`].
    pub rows: Vec<CheckRow>,
    /// Rows of this page that could not be read from the database.
    pub damaged: u32,
    /// What the next page comes after; `None`: this is the last one.
    pub next: Option<String>,
    /// Little matched: the search stopped on the way, and goes on with the next page.
    pub is_cut: bool,
    /// The server's clock.
    pub now: UnixMs,
}

/// One row of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRow {
    /// Opens it: a consent ([`super::office::ConsentDetail`]) or a check ([`CheckDetail`]).
    pub id: String,
    /// It came with a consent.
    pub is_consent: bool,
    /// When.
    pub at: UnixMs,
    /// Who; `None` when the register had no row (X30).
    pub person: Option<Person>,
    /// What for.
    pub visit_kind: Option<VisitKind>,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// Who checked.
    pub done_by: Option<UserId>,
    /// The verdict.
    pub validity: Validity,
    /// How far.
    pub state: CheckState,
}
