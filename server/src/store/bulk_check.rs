//! Statements on runs of 資格情報一括照会 and their lines.

use shared::api::bulk_check::{BulkRun, RunState};
use shared::domain::account::UserId;
use shared::domain::asked::NumbersAsked;
use shared::domain::calendar::UnixMs;
use shared::domain::coverage::{Eligibility, Validity};

use super::tx::{Row, Tx, values};
use super::{CheckId, RunId, StoreError, asked, read_asked, stored, user_of};
use crate::tenant::Tenant;

/// What became of a line. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOutcome {
    /// A check is kept.
    Made,
    /// The numbers fit several people.
    Several,
    /// It was not asked: it has a fault.
    Faulty,
}

impl LineOutcome {
    const ALL: [Self; 3] = [Self::Made, Self::Several, Self::Faulty];

    /// The word that is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Several => "several",
            Self::Faulty => "faulty",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// A line of a run that begins; `asked` is `None` where it has a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// In the file, from 1.
    pub line: u32,
    /// 任意の識別子.
    pub label: String,
    /// What is asked.
    pub asked: Option<NumbersAsked>,
}

/// Adds a run with its lines.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, id: &RunId, by: &UserId, now: UnixMs, lines: &[NewLine]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO bulk_checks (institution, id, started_at, started_by, state) VALUES ($1, $2, $3, $4, $5)",
        values![tenant, id, now, by, RunState::Running.word()],
    )?;
    for line in lines {
        let text = line.asked.as_ref().map(asked).transpose()?;
        let outcome = text.is_none().then_some(LineOutcome::Faulty.word());
        tx.execute(
            "INSERT INTO bulk_check_rows (institution, run, line, label, asked, outcome) VALUES ($1, $2, $3, $4, $5, $6)",
            values![tenant, id, line.line, &line.label, text.as_ref(), outcome],
        )?;
    }
    Ok(())
}

/// The next lines that were not asked yet, in their order, at most `rows`. A line that cannot be read back asks nothing.
pub fn open_lines(tx: &mut Tx<'_>, tenant: &Tenant, run: &RunId, rows: u32) -> Result<Vec<(u32, Option<NumbersAsked>)>, StoreError> {
    tx.rows(OPEN_LINES, values![tenant, run, rows], |row| {
        Ok((number(row.get("line")?), row.get::<Option<String>>("asked")?.as_deref().and_then(read_asked)))
    })
}

/// Text of [`open_lines`]: along the index `bulk_check_rows_open`.
pub const OPEN_LINES: &str =
    "SELECT line, asked FROM bulk_check_rows WHERE institution = $1 AND run = $2 AND outcome IS NULL ORDER BY line LIMIT $3";

/// Notes what became of a line; false when that stands already.
pub fn note(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    run: &RunId,
    line: u32,
    outcome: LineOutcome,
    check: Option<&CheckId>,
) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE bulk_check_rows SET outcome = $1, check_id = $2 WHERE institution = $3 AND run = $4 AND line = $5 AND outcome IS NULL",
        values![outcome.word(), check, tenant, run, line],
    )?;
    Ok(changed == 1)
}

/// Ends a run that goes on; false when it does not.
pub fn end(tx: &mut Tx<'_>, tenant: &Tenant, run: &RunId, state: RunState, now: UnixMs) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE bulk_checks SET state = $1, ended_at = $2 WHERE institution = $3 AND id = $4 AND state = 'running'",
        values![state.word(), now, tenant, run],
    )?;
    Ok(changed == 1)
}

/// A run with how far it is; `None` also when it belongs to another institution.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, run: &RunId) -> Result<Option<BulkRun>, StoreError> {
    let found = tx.row(
        "SELECT id, started_at, started_by, state, ended_at FROM bulk_checks WHERE institution = $1 AND id = $2",
        values![tenant, run],
        head,
    )?;
    found.map(|head| counted(tx, tenant, head)).transpose()
}

/// The newest runs, at most `rows`.
pub fn newest(tx: &mut Tx<'_>, tenant: &Tenant, rows: u32) -> Result<Vec<BulkRun>, StoreError> {
    // Ids are ordered by time.
    let heads = tx.rows(
        "SELECT id, started_at, started_by, state, ended_at FROM bulk_checks WHERE institution = $1 ORDER BY id DESC LIMIT $2",
        values![tenant, rows],
        head,
    )?;
    heads.into_iter().map(|head| counted(tx, tenant, head)).collect()
}

fn number(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(0)
}

fn head(row: &Row<'_>) -> Result<BulkRun, StoreError> {
    Ok(BulkRun {
        id: row.get("id")?,
        started_at: row.instant("started_at")?,
        started_by: user_of(&row.get::<String>("started_by")?)?,
        state: RunState::from_word(&row.get::<String>("state")?).ok_or(StoreError::Damaged("state of a run"))?,
        ended_at: row.maybe_instant("ended_at")?,
        total: 0,
        done: 0,
        faulty: 0,
        several_people: 0,
        verdicts: Vec::new(),
    })
}

/// The run with its lines counted: some thousand at most.
fn counted(tx: &mut Tx<'_>, tenant: &Tenant, mut run: BulkRun) -> Result<BulkRun, StoreError> {
    let counts = tx.rows(COUNTS, values![tenant, &run.id], |row| {
        Ok((row.get::<String>("outcome")?, row.get::<String>("validity")?, number(row.get("n")?)))
    })?;
    for (outcome, validity, count) in counts {
        match LineOutcome::from_word(&outcome) {
            None => run.total += count,
            Some(LineOutcome::Faulty) => run.faulty += count,
            Some(LineOutcome::Several) => run.several_people += count,
            Some(LineOutcome::Made) => {
                let verdict = Validity::ALL.into_iter().find(|known| stored::validity_text(*known) == validity);
                run.verdicts.extend(verdict.map(|verdict| (verdict, count)));
                run.done += count;
            }
        }
    }
    run.done += run.several_people;
    run.total += run.done;
    Ok(run)
}

/// Text of the counts of a run: its lines by their outcome and verdict.
pub const COUNTS: &str = "SELECT COALESCE(b.outcome, '') AS outcome, COALESCE(k.validity, '') AS validity, count(*) AS n
     FROM bulk_check_rows b LEFT JOIN checks k ON k.institution = b.institution AND k.id = b.check_id
     WHERE b.institution = $1 AND b.run = $2 GROUP BY COALESCE(b.outcome, ''), COALESCE(k.validity, '') ORDER BY 1, 2";

/// A line with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineResult {
    /// In the file, from 1.
    pub line: u32,
    /// 任意の識別子.
    pub label: String,
    /// `None`: not asked yet.
    pub outcome: Option<LineOutcome>,
    /// What was answered.
    pub eligibility: Option<Eligibility>,
}

/// All lines of a run in their order.
pub fn results(tx: &mut Tx<'_>, tenant: &Tenant, run: &RunId) -> Result<Vec<LineResult>, StoreError> {
    tx.rows(RESULTS, values![tenant, run], |row| {
        let eligibility = row.get::<Option<String>>("eligibility")?;
        Ok(LineResult {
            line: number(row.get("line")?),
            label: row.get("label")?,
            outcome: row.get::<Option<String>>("outcome")?.and_then(|word| LineOutcome::from_word(&word)),
            eligibility: eligibility.map(|text| stored::read_eligibility(&text)).transpose()?,
        })
    })
}

/// Text of [`results`].
pub const RESULTS: &str = "SELECT b.line, b.label, b.outcome, k.eligibility
     FROM bulk_check_rows b LEFT JOIN checks k ON k.institution = b.institution AND k.id = b.check_id
     WHERE b.institution = $1 AND b.run = $2 ORDER BY b.line";

/// Removes lines of runs that began before this instant, 500 at most, and with the last of them the runs; says how many rows. The checks
/// stay.
pub fn forget(tx: &mut Tx<'_>, before: UnixMs) -> Result<u64, StoreError> {
    let lines = tx.execute(
        "DELETE FROM bulk_check_rows WHERE (institution, run, line) IN
           (SELECT b.institution, b.run, b.line FROM bulk_checks r JOIN bulk_check_rows b ON b.institution = r.institution AND b.run = r.id
            WHERE r.started_at < $1 LIMIT 500)",
        values![before],
    )?;
    if lines >= 500 {
        return Ok(lines);
    }
    Ok(lines + tx.execute("DELETE FROM bulk_checks WHERE started_at < $1", values![before])?)
}
