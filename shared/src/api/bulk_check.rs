//! 資格情報一括照会 (OT-35, N062): a file in, what it would ask line by line, a job that can be watched, and its result as a file.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::{Again, Answer, Audit, Body, Permission, RunPart, SMALL};
use crate::bytes::Base64;
use crate::domain::account::UserId;
use crate::domain::calendar::UnixMs;
use crate::domain::coverage::Validity;
use crate::right::Act;

/// The first line of a file, in this order.
pub const BULK_CHECK_COLUMNS: [&str; 7] = ["任意の識別子", "保険者番号", "記号", "番号", "枝番", "生年月日", "限度額情報の提供"];
/// Of a line whose person agrees to give 限度額適用認定証関連情報; empty or 「しない」 where not.
pub const WITH_LIMIT: &str = "する";
/// A file has so many lines at most.
pub const BULK_CHECK_ROWS_MAX: usize = 2_000;
/// And so many bytes.
pub const BULK_CHECK_FILE_MAX: usize = 256 * 1024;
/// Runs that are listed, the newest.
pub const BULK_RUNS: u32 = 50;
/// A run and what it was asked are kept for so many days; its checks stay in the history.
pub const BULK_KEPT_DAYS: i64 = 90;

const BULK_CHECK_BODY_MAX: usize = BULK_CHECK_FILE_MAX / 3 * 4 + SMALL;

super::endpoints! {
    /// The file to fill in.
    BulkCheckTemplate {
        name: "office.bulk_check_template",
        call: Get "/api/office/bulk-checks/template",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// What a file would ask, line by line; nothing is asked or kept. What is no such file is [`super::Code::Request`].
    DryRunBulkCheck {
        name: "office.dry_run_bulk_check",
        call: Post "/api/office/bulk-checks/dry-run",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::Json(BULK_CHECK_BODY_MAX) => BulkCheckFile,
        answers: Answer::Json => BulkCheckReport,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Begins a run: a job asks line by line, also when no page is open. Lines with a fault are passed over and stand in the result. A
    /// file without a good line is [`super::Code::Request`].
    StartBulkCheck {
        name: "office.start_bulk_check",
        call: Post "/api/office/bulk-checks",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::Json(BULK_CHECK_BODY_MAX) => BulkCheckFile,
        answers: Answer::Json => BulkRun,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// The newest runs with how far they are.
    ListBulkChecks {
        name: "office.list_bulk_checks",
        call: Get "/api/office/bulk-checks",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::None => (),
        answers: Answer::Json => BulkRuns,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// How far a run is.
    BulkCheckState(run: RunPart) {
        name: "office.bulk_check_state",
        call: Get "/api/office/bulk-checks/of/{run}",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::None => (),
        answers: Answer::Json => BulkRun,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The result so far as CSV (UTF-8 with BOM), a line for each line of the file.
    BulkCheckResult(run: RunPart) {
        name: "office.bulk_check_result",
        call: Post "/api/office/bulk-checks/of/{run}/csv",
        right: Permission::Account(Act::SaveBulkResults),
        asks: Body::None => (),
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Stops a run: what was asked stays.
    StopBulkCheck(run: RunPart) {
        name: "office.stop_bulk_check",
        call: Post "/api/office/bulk-checks/of/{run}/stop",
        right: Permission::Account(Act::CheckInBulk),
        asks: Body::None => (),
        answers: Answer::Json => BulkRun,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// A file of people to ask about: CSV, UTF-8 or CP932. No `Debug`: it is full of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkCheckFile {
    /// Its bytes, [`BULK_CHECK_FILE_MAX`] at most.
    pub file: Base64,
}

/// What a file would ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkCheckReport {
    /// In the order of the file.
    pub rows: Vec<BulkCheckLine>,
}

impl BulkCheckReport {
    /// How many lines would be asked.
    #[must_use]
    pub fn good(&self) -> usize {
        self.rows.iter().filter(|row| row.faults.is_empty()).count()
    }
}

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkCheckLine {
    /// In the file, from 1.
    pub line: u32,
    /// 任意の識別子, its first 20 characters.
    pub key: String,
    /// Why it would not be asked.
    pub faults: Vec<LineFault>,
    /// What looks wrong; it would be asked all the same.
    pub doubts: Vec<LineDoubt>,
}

/// Why a line is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineFault {
    /// Another number of cells than columns.
    Columns,
    /// 任意の識別子 is too long.
    Key,
    /// 保険者番号 is missing or too long.
    Insurer,
    /// 記号 is too long.
    Symbol,
    /// 番号 is missing or too long.
    Member,
    /// 枝番 is too long.
    Branch,
    /// 生年月日 is no day.
    Birth,
    /// 限度額情報の提供 is neither する nor しない.
    Limit,
    /// A cell holds an individual number (X53).
    MyNumber,
    /// The same person stands in a line above.
    Twice,
}

impl LineFault {
    /// Every one, for tables and tests.
    pub const ALL: [Self; 10] = [
        Self::Columns,
        Self::Key,
        Self::Insurer,
        Self::Symbol,
        Self::Member,
        Self::Branch,
        Self::Birth,
        Self::Limit,
        Self::MyNumber,
        Self::Twice,
    ];
}

/// What looks wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineDoubt {
    /// 保険者番号: digits or check digit.
    Insurer,
    /// 枝番: no two digits.
    Branch,
}

/// How far a run is. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// 実行中.
    Running,
    /// 完了.
    Done,
    /// 中止.
    Stopped,
}

impl RunState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Running, Self::Done, Self::Stopped];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Running => "実行中",
            Self::Done => "完了",
            Self::Stopped => "中止",
        }
    }
}

/// Runs, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRuns {
    /// At most [`BULK_RUNS`].
    pub rows: Vec<BulkRun>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRun {
    /// Names it.
    pub id: String,
    /// When it was begun.
    pub started_at: UnixMs,
    /// By whom.
    pub started_by: UserId,
    /// How far.
    pub state: RunState,
    /// When it was done or stopped.
    pub ended_at: Option<UnixMs>,
    /// Lines that are asked, without those with a fault.
    pub total: u32,
    /// Of them, asked so far.
    pub done: u32,
    /// Lines with a fault.
    pub faulty: u32,
    /// Lines whose numbers fit several people: a person asks for them one by one.
    pub several_people: u32,
    /// The verdicts so far.
    pub verdicts: Vec<(Validity, u32)>,
}
