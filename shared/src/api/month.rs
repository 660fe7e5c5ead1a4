//! 月次再照会 (OT-14) and 利用状況 (OT-28): the worklist of a month, its bulk start, the evidence for its fees, its counts.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::requery::{Difference, WhyNot};
use super::{Again, Answer, Audit, Body, DayPart, MonthPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::UnixMs;
use crate::domain::check::{CheckWay, Medium};
use crate::domain::coverage::Validity;
use crate::domain::month::Month;
use crate::domain::person::Person;
use crate::right::Act;

/// Rows of a page of these lists.
pub const MONTH_PAGE_ROWS: u32 = 50;
/// A file holds so many rows at most; its last line says so where there are more.
pub const FILE_ROWS: u32 = 10_000;
/// Counts end here.
pub const COUNT_MAX: u32 = 10_000;
/// Longest cursor that is even looked at, in bytes.
pub const MONTH_CURSOR_MAX: usize = 200;

super::endpoints! {
    /// A page of the worklist, and how many there are of each. A POST because a cursor names a person's place.
    Worklist {
        name: "office.worklist",
        call: Post "/api/office/month/worklist",
        right: Permission::Account(Act::Requery),
        asks: Body::Json(SMALL) => WorklistAsked,
        answers: Answer::Json => WorklistPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// All that is done in a month, what changed first, and what is still open, as CSV (UTF-8 with BOM).
    WorklistCsv(month: MonthPart) {
        name: "office.worklist_csv",
        call: Post "/api/office/month/{month}/worklist.csv",
        right: Permission::Account(Act::Export),
        asks: Body::None => (),
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Asks again about everybody who is open in the running month, as a job; one that runs already goes on. Another month:
    /// [`super::Code::Request`].
    StartRequeries(month: MonthPart) {
        name: "office.start_requeries",
        call: Post "/api/office/month/{month}/requeries",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => Run,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// How far the bulk check of a month (`2026-11`) or of a day's list (`2026-11-30`) has come.
    RunOf(of: DayPart) {
        name: "office.run",
        call: Get "/api/office/runs/{of}",
        right: Permission::Account(Act::SeeVisitsOfToday),
        asks: Body::None => (),
        answers: Answer::Json => RunShown,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The evidence of a month: per person the first successful check under a consent; and the fees that count in it (P-FEE).
    Evidence {
        name: "office.evidence",
        call: Post "/api/office/month/evidence",
        right: Permission::Account(Act::Requery),
        asks: Body::Json(SMALL) => EvidenceAsked,
        answers: Answer::Json => EvidencePage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The same as CSV.
    EvidenceCsv(month: MonthPart) {
        name: "office.evidence_csv",
        call: Post "/api/office/month/{month}/evidence.csv",
        right: Permission::Account(Act::Export),
        asks: Body::None => (),
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 利用状況: how many checks of a month by way, medium and use. Nobody is named.
    Usage(month: MonthPart) {
        name: "office.usage",
        call: Get "/api/office/month/{month}/usage",
        right: Permission::Account(Act::SeeExpiring),
        asks: Body::None => (),
        answers: Answer::Json => UsageOf,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The same as CSV.
    UsageCsv(month: MonthPart) {
        name: "office.usage_csv",
        call: Get "/api/office/month/{month}/usage.csv",
        right: Permission::Account(Act::SeeExpiring),
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// Which rows of the worklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// 資格が変わった方 (X47), the newest first.
    Changed,
    /// まだの方: no successful check under a consent in the month; the next deadline first. Also who cannot be asked, with why.
    Open,
    /// 済みの方, the newest first.
    Done,
}

impl Show {
    /// In the order of the screen.
    pub const ALL: [Self; 3] = [Self::Changed, Self::Open, Self::Done];

    /// In Japanese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Changed => "資格が変わった方",
            Self::Open => "まだの方",
            Self::Done => "済みの方",
        }
    }
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorklistAsked {
    /// The month.
    pub month: Month,
    /// Which rows.
    pub show: Show,
    /// Behind the last row of the page before ([`WorklistPage::next`]).
    pub after: Option<String>,
}

/// One page of the worklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistPage {
    /// At most [`MONTH_PAGE_ROWS`].
    pub rows: Vec<MonthRow>,
    /// Leads to the next page.
    pub next: Option<String>,
    /// How many there are, in the order of [`Show::ALL`]; more than [`COUNT_MAX`] count as one more than it.
    pub counts: [u32; 3],
    /// The bulk start of the month.
    pub run: Option<Run>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One person of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthRow {
    /// The consent, for the way to its detail.
    pub consent: String,
    /// Who.
    pub person: Option<Person>,
    /// 同意有効期限.
    pub expires_at: UnixMs,
    /// Why nobody asks again.
    pub why_not: Option<WhyNot>,
    /// The check that counts, or that found the change.
    pub check: Option<MonthCheck>,
    /// What changed: old beside new.
    pub differences: Vec<Difference>,
}

/// A check of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthCheck {
    /// When.
    pub at: UnixMs,
    /// 確認の方法.
    pub way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// Who did it; `None`: the patient at the tablet.
    pub by: Option<UserId>,
    /// The verdict, where it is told with the row.
    pub validity: Option<Validity>,
}

/// A bulk check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// When it was started.
    pub started_at: UnixMs,
    /// Who started it.
    pub started_by: UserId,
    /// How many there were to ask about.
    pub total: u32,
    /// Asked so far.
    pub done: u32,
    /// Of them with another eligibility than before.
    pub changed: u32,
    /// Passed over: nobody may ask about them, or nothing is known to ask by.
    pub refused: u32,
    /// When it ended; `None`: it runs, also after a restart of the server.
    pub finished_at: Option<UnixMs>,
}

/// A bulk check, if there was one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunShown {
    /// The last one.
    pub run: Option<Run>,
}

/// Which page of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceAsked {
    /// The month.
    pub month: Month,
    /// Behind the last row of the page before.
    pub after: Option<String>,
}

/// One page of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidencePage {
    /// Names of the fees that an institution of this kind may claim in the month; none: say so.
    pub fees: Vec<String>,
    /// The institution's name, for the paper.
    pub institution_name: String,
    /// By time; at most [`MONTH_PAGE_ROWS`].
    pub rows: Vec<MonthRow>,
    /// Leads to the next page.
    pub next: Option<String>,
    /// How many people in all, up to [`COUNT_MAX`] and one.
    pub count: u32,
    /// The server's clock.
    pub now: UnixMs,
}

/// The counts of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageOf {
    /// The month.
    pub month: Month,
    /// By use, way and medium; none of them zero.
    pub counts: Vec<UsageCount>,
    /// The institution's name, for the paper.
    pub institution_name: String,
    /// The server's clock.
    pub now: UnixMs,
}

/// One count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageCount {
    /// The use in words; `None`: none was named.
    pub of: Option<String>,
    /// 確認の方法.
    pub way: CheckWay,
    /// What was shown.
    pub medium: Medium,
    /// How many checks.
    pub count: u32,
}

impl UsageOf {
    /// All checks, and those with a card or a phone.
    #[must_use]
    pub fn totals(&self) -> (u32, u32) {
        let sum = |rows: &mut dyn Iterator<Item = &UsageCount>| rows.fold(0_u32, |sum, row| sum.saturating_add(row.count));
        // Asking again shows no card: what was shown at the first visit is not counted a second time.
        let is_by_card = |row: &&UsageCount| row.medium != Medium::Paper && row.way != CheckWay::Requery;
        (sum(&mut self.counts.iter()), sum(&mut self.counts.iter().filter(is_by_card)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requery_is_a_check_and_no_card() {
        let count = |way, medium, count| UsageCount { of: None, way, medium, count };
        let usage = UsageOf {
            month: Month::try_from("2026-11").unwrap(),
            counts: vec![
                count(CheckWay::Pin, Medium::Card, 3),
                count(CheckWay::Requery, Medium::Card, 5),
                count(CheckWay::Paper, Medium::Paper, 2),
                count(CheckWay::PhoneUnlock, Medium::Iphone, 1),
            ],
            institution_name: String::new(),
            now: UnixMs(0),
        };
        assert_eq!(usage.totals(), (11, 4));
    }
}
