//! 仮確認 (X12, X34) and the list of later checks (OT-17h): who is to be checked again, and how that came out.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, LaterPart, Permission, SMALL, VisitPart};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::check::{CheckWay, Medium};
use crate::domain::coverage::Eligibility;
use crate::domain::institution::VisitKind;
use crate::domain::note::Note;
use crate::domain::opening::{CardlessRoute, TypedInsurance, TypedPerson};
use crate::domain::person::Person;
use crate::right::Act;

/// At most so many open tasks are listed, the oldest first.
pub const LATER_MAX: u32 = 200;
/// At most so many earlier or later results of a person are offered.
pub const RESULTS_MAX: u32 = 20;
/// Typed texts, each character escaped at worst.
const TYPED_MAX: usize = 16 * 1024;

super::endpoints! {
    /// Who is to be checked again. Whoever may not search in an opening sees those of X12 alone.
    LaterChecks {
        name: "office.later_checks",
        call: Get "/api/office/later-checks",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::None => (),
        answers: Answer::Json => LaterShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// One of them, with the checks of the same person since.
    LaterCheck(later: LaterPart) {
        name: "office.later_check",
        call: Get "/api/office/later-checks/{later}",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::None => (),
        answers: Answer::Json => LaterDetails,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Settled by a later check, which a person compared with it. Settled or dropped meanwhile: [`super::Code::Taken`].
    SettleLater(later: LaterPart) {
        name: "office.settle_later",
        call: Post "/api/office/later-checks/{later}/settle",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::Json(SMALL) => ResultRef,
        answers: Answer::Json => LaterDone,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Dropped, with a reason.
    DropLater(later: LaterPart) {
        name: "office.drop_later",
        call: Post "/api/office/later-checks/{later}/drop",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::Json(SMALL) => DropReason,
        answers: Answer::Json => LaterDone,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// What is known here of a person from before (X12, past data).
    PastResults {
        name: "office.past_results",
        call: Post "/api/office/past-results",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::Json(SMALL) => PastAsked,
        answers: Answer::Json => PastShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Keeps a 仮確認 (X12) with its later-check task.
    AddProvisional {
        name: "office.add_provisional",
        call: Post "/api/office/provisional-checks",
        right: Permission::Account(Act::CheckEligibility),
        asks: Body::Json(TYPED_MAX) => NewProvisional,
        answers: Answer::Json => LaterRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// The same from reception while the register is away (X34): once for a visit, whatever is sent again.
    ProvisionalAtReception(visit: VisitPart) {
        name: "reception.provisional",
        call: Post "/api/visits/{visit}/provisional",
        right: Permission::VisitHolder,
        asks: Body::Json(TYPED_MAX) => TypedPerson,
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// The open tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterShown {
    /// At most [`LATER_MAX`].
    pub rows: Vec<LaterRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One open task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterRow {
    /// Names it: the id of the check.
    pub id: String,
    /// Who.
    pub person: Option<Person>,
    /// When the person was taken in, or seen.
    pub at: UnixMs,
    /// From when it can be made: the 16th of the month for 医療扶助 that was not registered (X58); `None`: at once.
    pub due_on: Option<CivilDate>,
    /// 災害, 障害 or 仮確認.
    pub way: CheckWay,
    /// How, for 仮確認.
    pub route: Option<CardlessRoute>,
    /// What was shown.
    pub medium: Medium,
    /// By whom; `None`: on a tablet.
    pub by: Option<UserId>,
    /// What for, where it is known.
    #[serde(default)]
    pub visit_kind: Option<VisitKind>,
}

/// One task with what can settle it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterDetails {
    /// The task.
    pub row: LaterRow,
    /// Still open.
    pub is_open: bool,
    /// What was typed.
    pub typed: Option<NewProvisional>,
    /// What was answered then; `None` where no register was asked.
    pub then: Option<Eligibility>,
    /// Checks of the same person since, the newest first; at most [`RESULTS_MAX`].
    pub since: Vec<ResultRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// Names a result: a consent's own, or a check's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ResultRef {
    /// Of a consent.
    Consent(String),
    /// Of a check.
    Check(String),
}

/// A result of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRow {
    /// Names it.
    pub of: ResultRef,
    /// How it came about.
    pub way: CheckWay,
    /// The answer, with its instant.
    pub eligibility: Eligibility,
}

/// Why a task is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropReason {
    /// Not empty.
    pub reason: Note<300>,
}

/// The task is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterDone {
    /// How many are still open for this account.
    pub left: u32,
}

/// Whose earlier results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastAsked {
    /// 氏名(カナ), whole.
    pub kana: Note<100>,
    /// 生年月日.
    pub birth_date: CivilDate,
}

/// Earlier results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastShown {
    /// The newest first; at most [`RESULTS_MAX`].
    pub rows: Vec<ResultRow>,
}

/// A 仮確認 as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProvisional {
    /// How.
    pub route: CardlessRoute,
    /// Who.
    pub person: TypedPerson,
    /// Numbers of the notice or the screen.
    #[serde(default)]
    pub insurance: TypedInsurance,
    /// The earlier result that was chosen, for [`CardlessRoute::Past`].
    #[serde(default)]
    pub past: Option<ResultRef>,
    /// Why the card could not be used, and the like.
    #[serde(default)]
    pub note: Note<300>,
    /// What for, where the screen says so: a use that the institution has switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_kind: Option<VisitKind>,
}

impl NewProvisional {
    /// True where nothing is missing that the route wants: who, and for a notice or a screen the two numbers.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let TypedPerson { name, kana, .. } = &self.person;
        let has_numbers = !self.insurance.insurer_number.is_empty() && !self.insurance.member_number.is_empty();
        !name.is_empty()
            && !kana.is_empty()
            && match self.route {
                CardlessRoute::Notice | CardlessRoute::PortalScreen => has_numbers,
                CardlessRoute::Past => self.past.is_some(),
                CardlessRoute::Declaration | CardlessRoute::SystemDown => true,
            }
    }
}
