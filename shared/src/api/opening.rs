//! 災害・障害時 (OT-17): opening records, searches, views, the use report. Nothing is searched without a living record.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::{Again, Answer, Audit, Body, OpeningPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::coverage::Eligibility;
use crate::domain::note::Note;
use crate::domain::opening::{ConsentGround, Opening, OpeningKind, TypedInsurance, TypedPerson};
use crate::domain::person::Person;
use crate::right::Act;

/// At most so many candidates are shown; with more the search is to be narrowed (OT-17c).
pub const CANDIDATES_MAX: usize = 20;
/// At most so many records are listed, the newest first.
pub const OPENINGS_MAX: u32 = 100;
/// At most so many views are in a report.
pub const REPORT_MAX: u32 = 5_000;
/// A record with its texts, each character escaped at worst.
const RECORD_MAX: usize = 16 * 1024;

super::endpoints! {
    /// The records, the newest first; no patient data. Everybody who works here is told what is open.
    Openings {
        name: "office.openings",
        call: Get "/api/office/openings",
        right: Permission::Account(Act::SeeOperation),
        asks: Body::None => (),
        answers: Answer::Json => OpeningsShown,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 開始 (OT-17a). What [`Opening::check`] does not take: [`super::Code::Request`].
    OpenOpening {
        name: "office.open_opening",
        call: Post "/api/office/openings",
        right: Permission::Account(Act::ManageOpenings),
        asks: Body::Json(RECORD_MAX) => Opening,
        answers: Answer::Json => OpeningRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 終了 by hand (OT-17f); one that is over stays as it is.
    CloseOpening(opening: OpeningPart) {
        name: "office.close_opening",
        call: Post "/api/office/openings/{opening}/close",
        right: Permission::Account(Act::ManageOpenings),
        asks: Body::None => (),
        answers: Answer::Json => OpeningRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Notes that the use report was handed in (OT-17g): once it is over, on a day between its beginning and today.
    HandInReport(opening: OpeningPart) {
        name: "office.hand_in_report",
        call: Post "/api/office/openings/{opening}/hand-in",
        right: Permission::Account(Act::ManageOpenings),
        asks: Body::Json(SMALL) => HandIn,
        answers: Answer::Json => OpeningRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 利用報告 (OT-17g): without medical content.
    UseReport(opening: OpeningPart) {
        name: "office.use_report",
        call: Get "/api/office/openings/{opening}/report",
        right: Permission::Account(Act::ManageOpenings),
        asks: Body::None => (),
        answers: Answer::Json => Report,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same as CSV.
    UseReportFile(opening: OpeningPart) {
        name: "office.use_report_file",
        call: Post "/api/office/openings/{opening}/report.csv",
        right: Permission::Account(Act::SaveUseReport),
        asks: Body::None => (),
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Searches (OT-17b, c); each one is noted, also one that finds nobody. No living record: [`super::Code::Opening`].
    SearchInOpening(opening: OpeningPart) {
        name: "office.search_in_opening",
        call: Post "/api/office/openings/{opening}/search",
        right: Permission::Account(Act::SearchInOpening),
        asks: Body::Json(RECORD_MAX) => OpeningSearch,
        answers: Answer::Json => Found,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Opens one person of a search, on a ground where the kind needs one; kept as a check to be made again (OT-17h).
    ViewInOpening(opening: OpeningPart) {
        name: "office.view_in_opening",
        call: Post "/api/office/openings/{opening}/view",
        right: Permission::Account(Act::SearchInOpening),
        asks: Body::Json(RECORD_MAX) => ViewAsked,
        answers: Answer::Json => OpenedView,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// The records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningsShown {
    /// At most [`OPENINGS_MAX`].
    pub rows: Vec<OpeningRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningRow {
    /// Names it.
    pub id: String,
    /// What was written down.
    pub opening: Opening,
    /// When it was written down.
    pub opened_at: UnixMs,
    /// By whom; `None`: the operator of the host.
    pub opened_by: Option<UserId>,
    /// Closed by hand, and by whom; nobody: by the operator of the host.
    pub closed: Option<(UnixMs, Option<UserId>)>,
    /// The use report was handed in.
    pub handed_in: Option<(HandIn, UserId)>,
}

impl OpeningRow {
    /// When it ends or ended.
    #[must_use]
    pub fn ends_at(&self) -> UnixMs {
        let closed = self.closed.as_ref().map_or(self.opening.to, |(at, _)| *at);
        closed.min(self.opening.to)
    }

    /// True while it may be searched.
    #[must_use]
    pub fn is_living(&self, now: UnixMs) -> bool {
        self.opening.from <= now && now < self.ends_at()
    }

    /// True where a report is still to be handed in.
    #[must_use]
    pub fn waits_for_report(&self, now: UnixMs) -> bool {
        self.ends_at() <= now && self.handed_in.is_none()
    }
}

/// When and to whom a report was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandIn {
    /// The day in Japan.
    pub on: CivilDate,
    /// To whom.
    pub to: Note<100>,
}

/// A search: by paper (OT-17b) or by person (OT-17c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OpeningSearch {
    /// 資格確認書 or the like.
    Paper {
        /// Its numbers.
        insurance: TypedInsurance,
        /// 生年月日.
        birth_date: CivilDate,
    },
    /// What the person says.
    Person(TypedPerson),
}

impl OpeningSearch {
    /// True where nothing is missing that its form wants.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Paper { insurance, .. } => !insurance.insurer_number.is_empty() && !insurance.member_number.is_empty(),
            Self::Person(person) => !person.kana.is_empty() && !person.address.is_empty(),
        }
    }
}

/// Who was found: at most [`CANDIDATES_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// In no order that says anything. Nobody is chosen but by a person.
    pub candidates: Vec<CandidateRow>,
    /// There are more: narrow the search.
    pub is_more: bool,
}

/// Somebody who may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateRow {
    /// Names them in the same search, asked again.
    pub key: String,
    /// Who.
    pub person: Person,
    /// 住所, where the register gives one.
    pub address: Option<String>,
}

/// One person is to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewAsked {
    /// The search that found them.
    pub search: OpeningSearch,
    /// [`CandidateRow::key`].
    pub key: String,
    /// Needed in a disaster, each time (OT-17d).
    pub ground: Option<ConsentGround>,
}

/// What is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedView {
    /// The check that it was kept as.
    pub check: String,
    /// In which kind of opening.
    pub kind: OpeningKind,
    /// The answer.
    pub eligibility: Eligibility,
    /// On what ground.
    pub ground: Option<ConsentGround>,
    /// Who sees it: the account, and the person's name.
    pub viewer: (UserId, String),
    /// When it was opened.
    pub at: UnixMs,
    /// When it ends at the latest.
    pub until: UnixMs,
}

/// 利用報告.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The record.
    pub row: OpeningRow,
    /// Searches.
    pub searches: u32,
    /// Those that found nobody.
    pub empty_searches: u32,
    /// Persons seen, each counted once.
    pub persons: u32,
    /// Each view, the oldest first; at most [`REPORT_MAX`].
    pub views: Vec<ViewLine>,
    /// The server's clock.
    pub now: UnixMs,
}

/// A view in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewLine {
    /// When.
    pub at: UnixMs,
    /// By whom.
    pub viewer: UserId,
    /// Whom: 氏名(カナ) and 生年月日.
    pub person: Option<(String, CivilDate)>,
    /// On what ground.
    pub ground: Option<ConsentGround>,
}
