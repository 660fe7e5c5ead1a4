//! 照会番号 (OT-21), the correction of a wrong link (OT-20, X62), and what is known here of one person (OT-11).

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, ConsentPart, Permission, SMALL};
use crate::bytes::Base64;
use crate::domain::account::UserId;
use crate::domain::calendar::UnixMs;
use crate::domain::check::{CheckWay, Medium};
use crate::domain::coverage::Validity;
use crate::domain::institution::VisitKind;
use crate::domain::note::Note;
use crate::domain::person::Person;
use crate::domain::reference::{LinkReason, ReferenceAct, ReferenceFault, ReferenceNumber, SendState};
use crate::domain::visit::Assist;
use crate::right::Act;

/// Rows of a page of the list of numbers.
pub const REFERENCE_PAGE_ROWS: u32 = 50;
/// So many results and changes of one person are shown.
pub const PERSON_ROWS: u32 = 50;
/// Longest file of numbers, in bytes.
pub const REFERENCE_FILE_MAX: usize = 256 * 1024;
/// Most rows of a file of numbers.
pub const REFERENCE_FILE_ROWS: usize = 2_000;
const FILE_BODY_MAX: usize = REFERENCE_FILE_MAX / 3 * 4 + SMALL;
/// The columns of a file of numbers. The person is named by the insurance, or by the 受付番号 of a result here, which then gives the
/// insurance of the person's newest result.
pub const REFERENCE_COLUMNS: [&str; 6] = ["照会番号", "保険者番号", "記号", "番号", "枝番", "受付番号"];

super::endpoints! {
    /// What is known here of the person of a consent: number, its changes, other results, what was handed on.
    PersonHere(consent: ConsentPart) {
        name: "office.person_here",
        call: Get "/api/office/consents/{consent}/person",
        right: Permission::Account(Act::SeeConsents),
        asks: Body::None => (),
        answers: Answer::Json => PersonFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 照会番号の登録・変更・取り外し for the person of a consent, with the insurance of the newest result.
    SetReference(consent: ConsentPart) {
        name: "office.set_reference",
        call: Post "/api/office/consents/{consent}/reference",
        right: Permission::Account(Act::RegisterReferenceNumbers),
        asks: Body::Json(SMALL) => ReferenceChange,
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 「別の方の記録に結びついています」 (X62), or the opposite: while it is said, nothing of either person is exported by itself.
    HoldLink(consent: ConsentPart) {
        name: "office.hold_link",
        call: Post "/api/office/consents/{consent}/link/hold",
        right: Permission::Account(Act::CorrectLink),
        asks: Body::Json(SMALL) => LinkHold,
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 結びつけの訂正 (OT-20). No result is changed or deleted; the old link stays in the history.
    CorrectLink(consent: ConsentPart) {
        name: "office.correct_link",
        call: Post "/api/office/consents/{consent}/link",
        right: Permission::Account(Act::CorrectLink),
        asks: Body::Json(SMALL) => LinkCorrection,
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// The person of a 照会番号 or a 受付番号, to compare. A POST because the numbers are a person's.
    FindPerson {
        name: "office.find_person",
        call: Post "/api/office/persons/find",
        right: Permission::Account(Act::CorrectLink),
        asks: Body::Json(SMALL) => PersonAsked,
        answers: Answer::Json => PersonsFound,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 照会番号管理: the people who have or had a number, by the state of its registration.
    SearchReferences {
        name: "office.search_references",
        call: Post "/api/office/references/search",
        right: Permission::Account(Act::RegisterReferenceNumbers),
        asks: Body::Json(SMALL) => ReferenceSearch,
        answers: Answer::Json => ReferencePage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The file of numbers to fill in.
    ReferenceTemplate {
        name: "office.reference_template",
        call: Get "/api/office/references/template.csv",
        right: Permission::Account(Act::RegisterReferenceNumbers),
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Says for each row of a file what would happen. Changes nothing.
    CheckReferences {
        name: "office.check_references",
        call: Post "/api/office/references/check",
        right: Permission::Account(Act::RegisterReferenceNumbers),
        asks: Body::Json(FILE_BODY_MAX) => ReferenceFile,
        answers: Answer::Json => ReferenceReport,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 照会番号の一括登録: all rows of a file, or none.
    ApplyReferences {
        name: "office.apply_references",
        call: Post "/api/office/references/apply",
        right: Permission::Account(Act::RegisterReferenceNumbers),
        asks: Body::Json(FILE_BODY_MAX) => ReferenceFile,
        answers: Answer::Json => ReferencesDone,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// What is known here of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFile {
    /// The number and its registration; `None`: never had one.
    pub reference: Option<ReferenceRow>,
    /// What happened to it, the newest first; at most [`PERSON_ROWS`].
    pub changes: Vec<ReferenceEvent>,
    /// The person's results here, the newest first; at most [`PERSON_ROWS`].
    pub results: Vec<ResultHere>,
    /// There are more results.
    pub has_more: bool,
    /// What was handed on of them.
    pub sent: Vec<SentResult>,
    /// The account that asks may register numbers.
    pub may_set: bool,
    /// It may correct a link.
    pub may_correct: bool,
    /// The server's clock.
    pub now: UnixMs,
}

/// A person's number as the office sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRow {
    /// Tells it from others.
    pub id: String,
    /// 照会番号; `None`: taken off.
    pub number: Option<String>,
    /// How far its registration is.
    pub state: SendState,
    /// Code of a refusal.
    pub code: Option<String>,
    /// What the other side said.
    pub message: Option<String>,
    /// When it was changed last.
    pub changed_at: UnixMs,
    /// Who did; `None`: by itself.
    pub changed_by: Option<UserId>,
    /// Since when it is said to hang on another person's records (X62).
    pub held_at: Option<UnixMs>,
    /// Who said so.
    pub held_by: Option<UserId>,
}

/// One thing that happened to a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceEvent {
    /// When.
    pub at: UnixMs,
    /// Who; `None`: by itself.
    pub by: Option<UserId>,
    /// What.
    pub act: ReferenceAct,
    /// The number of before.
    pub former: Option<String>,
    /// The number since.
    pub number: Option<String>,
    /// Why, for a correction.
    pub reason: Option<LinkReason>,
    /// In words.
    pub note: String,
}

/// A result of the person here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultHere {
    /// Opens it, where it came with a consent.
    pub consent: Option<String>,
    /// 確認日.
    pub at: UnixMs,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What was shown.
    pub medium: Medium,
    /// 診療区分.
    pub visit_kind: Option<VisitKind>,
    /// The verdict.
    pub validity: Validity,
    /// Who did it, where no card did; `None`: nobody, or by itself.
    pub by: Option<UserId>,
    /// 介助: who helped at the visit; `None`: not asked.
    pub assist: Option<Assist>,
    /// Its insurance in one line: insurer, symbol, number.
    pub insurance: String,
}

/// What was handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentResult {
    /// When.
    pub at: UnixMs,
    /// As what.
    pub what: SentAs,
    /// The 照会番号 in it.
    pub number: Option<String>,
}

/// As what a result was handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentAs {
    /// A result: a file in the レセコン folder, or saved by hand, or read by a program.
    FaceFile,
    /// A registration of the 照会番号.
    Reference,
}

/// The number of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceChange {
    /// The new one; `None` takes it off, here only.
    pub number: Option<ReferenceNumber>,
    /// The one that the page showed.
    pub shown: Option<String>,
}

/// Whether a link is said to be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkHold {
    /// It is.
    pub is_wrong: bool,
    /// A result of the person whose records these are, where it is known who.
    pub others: Option<String>,
}

/// Longest words about a correction, in characters.
pub const LINK_NOTE_MAX: usize = 200;

/// The correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkCorrection {
    /// Why.
    pub reason: LinkReason,
    /// In words; required for [`LinkReason::Other`].
    pub note: Note<LINK_NOTE_MAX>,
    /// The right number of this person; `None`: taken off, linked later.
    pub number: Option<ReferenceNumber>,
    /// A result of the person who gets the present number; `None`: nobody.
    pub others: Option<String>,
    /// The number that the page showed.
    pub shown: Option<String>,
}

/// Who is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonAsked {
    /// Whole 照会番号 or 受付番号.
    pub number: String,
}

/// Who was found; empty where nobody was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonsFound {
    /// One for each person, by the newest result.
    pub people: Vec<PersonCard>,
}

/// A person to compare: 氏名, カナ, 生年月日, 性別, 住所, 保険.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonCard {
    /// The newest result.
    pub consent: String,
    /// Who.
    pub person: Option<Person>,
    /// 住所.
    pub address: Option<String>,
    /// The insurance in one line.
    pub insurance: String,
    /// 照会番号.
    pub number: Option<String>,
    /// When the result came.
    pub at: UnixMs,
}

/// Which numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceSearch {
    /// Whole 照会番号; empty = all.
    pub number: String,
    /// `None` = all.
    pub state: Option<SendState>,
    /// Only those that are said to hang on another person's records (X62).
    pub only_held: bool,
    /// The page after this row ([`ReferencePage::next`]).
    pub after: Option<String>,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferencePage {
    /// At most [`REFERENCE_PAGE_ROWS`].
    pub rows: Vec<ReferenceListed>,
    /// What the next page comes after.
    pub next: Option<String>,
}

/// A number and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceListed {
    /// The number.
    pub row: ReferenceRow,
    /// The person's newest result here; `None`: nobody with this insurance was here yet.
    pub consent: Option<String>,
    /// 氏名.
    pub name: Option<String>,
    /// The insurance it is registered with.
    pub insurance: String,
}

/// A file of numbers: CSV with [`REFERENCE_COLUMNS`], UTF-8 or CP932. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceFile {
    /// Its bytes, [`REFERENCE_FILE_MAX`] at most.
    pub file: Base64,
}

/// What a file would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceReport {
    /// Its rows in their order.
    pub rows: Vec<ReferenceLine>,
}

impl ReferenceReport {
    /// True when all of it can be done.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.rows.iter().all(|row| row.outcome.is_ok())
    }
}

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceLine {
    /// Its line, from 1.
    pub line: u32,
    /// What stands in its first cell.
    pub number: String,
    /// What would happen, or why nothing can.
    pub outcome: Result<LineAct, ReferenceFault>,
}

/// What a row of a file would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineAct {
    /// 登録, of a person who was here.
    Set,
    /// 変更.
    Change,
    /// 登録, of somebody who was not here yet: it counts from the first result on.
    Ahead,
    /// It stands so already.
    Same,
}

/// What a file did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferencesDone {
    /// Numbers that were registered or changed.
    pub done: u32,
    /// Rows that stood so already.
    pub same: u32,
}
