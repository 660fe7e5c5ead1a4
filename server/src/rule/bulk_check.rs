//! 資格情報一括照会 (OT-35): reads a file, begins a run, and keeps what a job was answered, each line once.
//!
//! A line's check, the note that the line is done, and the job's progress are one transaction; a step of a worker whose lease is over
//! is undone as a whole. So a server that dies on the way leaves neither a line without its check nor a line asked twice in the history.

use shared::api::bulk_check::{BulkCheckLine, BulkRun, LineDoubt, LineFault, RunState, WITH_LIMIT};
use shared::domain::account::UserId;
use shared::domain::asked::{AskedNumber, AskedOf, NumbersAsked};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;
use shared::domain::note::{NotANote, Note};

use crate::roster::Line;
use crate::rule::job;
use crate::rule::requery::of_house;
use crate::store::bulk_check::{self as store, LineOutcome, NewLine};
use crate::store::job::{Job, add};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CheckRecord, RunId, StoreError, audit, check};
use crate::tenant::Tenant;

/// What the job is called in the table of due work.
pub const KIND: &str = "bulk_check";
/// Lines that are asked before the next note of progress.
pub const AT_ONCE: u32 = 20;
/// Longest 任意の識別子.
const LABEL_MAX: usize = 50;

/// Reads the lines of a file: what each asks, or what is wrong with it.
#[must_use]
pub fn read(lines: &[Line]) -> Vec<(BulkCheckLine, NewLine)> {
    let mut seen: Vec<NumbersAsked> = Vec::new();
    let mut read = Vec::with_capacity(lines.len());
    for line in lines {
        let label: String = line.cells.first().map_or("", String::as_str).chars().take(LABEL_MAX).collect();
        let mut asked = read_line(line);
        if let Ok(asked) = &asked {
            seen.push(asked.clone());
        }
        let is_twice = asked.as_ref().is_ok_and(|asked| seen.iter().filter(|other| *other == asked).count() > 1);
        if is_twice {
            asked = Err(vec![LineFault::Twice]);
        }
        let (faults, asked) = match asked {
            Ok(asked) => (Vec::new(), Some(asked)),
            Err(faults) => (faults, None),
        };
        let doubts = asked.iter().flat_map(NumbersAsked::doubts).filter_map(|(number, _)| match number {
            AskedNumber::Insurer => Some(LineDoubt::Insurer),
            AskedNumber::Branch => Some(LineDoubt::Branch),
            AskedNumber::Payer(_) | AskedNumber::Beneficiary(_) => None,
        });
        // What holds an individual number is neither shown nor kept.
        let label = if faults.contains(&LineFault::MyNumber) { String::new() } else { label };
        let shown = BulkCheckLine { line: line.number, key: label.chars().take(20).collect(), doubts: doubts.collect(), faults };
        read.push((shown, NewLine { line: line.number, label, asked }));
    }
    read
}

fn read_line(line: &Line) -> Result<NumbersAsked, Vec<LineFault>> {
    let [label, insurer, symbol, member, branch, birth, limit] = line.cells.as_slice() else { return Err(vec![LineFault::Columns]) };
    fn note<const MAX: usize>(text: &str, fault: LineFault, faults: &mut Vec<LineFault>) -> Note<MAX> {
        match Note::try_from(text) {
            Ok(note) => return note,
            Err(NotANote::MyNumber) => faults.push(LineFault::MyNumber),
            Err(NotANote::TooLong(_)) => faults.push(fault),
        }
        Note::default()
    }
    let mut faults = Vec::new();
    let _: Note<LABEL_MAX> = note(label, LineFault::Key, &mut faults);
    let mut asked = NumbersAsked {
        of: AskedOf::Bulk,
        insurer_number: note(insurer, LineFault::Insurer, &mut faults),
        symbol: note(symbol, LineFault::Symbol, &mut faults),
        member_number: note(member, LineFault::Member, &mut faults),
        branch_number: note(branch, LineFault::Branch, &mut faults),
        // Replaced below.
        birth_date: CivilDate::new(1900, 1, 1).map_err(|_| vec![LineFault::Birth])?,
        paper_until: None,
        with_limit: limit == WITH_LIMIT,
        collects: None,
        subsidies: Vec::new(),
    };
    match CivilDate::from_typed(birth) {
        Ok(day) => asked.birth_date = day,
        Err(_) => faults.push(LineFault::Birth),
    }
    if !["", WITH_LIMIT, "しない"].contains(&limit.as_str()) {
        faults.push(LineFault::Limit);
    }
    let is_there = |text: &str| !shared::domain::typed::number(text).is_empty();
    if !faults.contains(&LineFault::MyNumber) {
        faults.extend((!is_there(insurer)).then_some(LineFault::Insurer));
        faults.extend((!is_there(member)).then_some(LineFault::Member));
    }
    faults.dedup();
    if faults.is_empty() { Ok(asked) } else { Err(faults) }
}

/// What a job needs to know: whose run, and which. No line of it.
fn body(tenant: &Tenant, run: &RunId) -> String {
    format!("{} {}", tenant.code(), run.as_str())
}

/// Whose run a job is about, and which.
#[must_use]
pub fn of_job(job: &Job) -> Option<(InstitutionCode, RunId)> {
    let (code, run) = job.body.split_once(' ')?;
    Some((InstitutionCode::try_from(code).ok()?, RunId::parse(run)?))
}

/// Begins a run: its lines and its job. `None` where no line can be asked.
///
/// # Errors
/// What the database says; so for every rule.
pub fn start(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &RunId,
    by: &UserId,
    lines: &[NewLine],
    entry: &AuditEntry,
) -> Result<Option<BulkRun>, StoreError> {
    if lines.iter().all(|line| line.asked.is_none()) {
        return Ok(None);
    }
    store::add(tx, tenant, id, by, entry.at, lines)?;
    let job = Job {
        id: format!("{KIND}.{}.{}", tenant.code(), id.as_str()),
        kind: KIND.to_owned(),
        body: body(tenant, id),
        due_at: entry.at,
        every_ms: None,
        owner: None,
        leased_until: None,
        progress: String::new(),
        tries: 0,
    };
    add(tx, &job)?;
    audit::add(tx, entry)?;
    store::find(tx, tenant, id)
}

/// Stops a run that goes on; one that does not stays as it is. `None` where it is not there.
pub fn stop(tx: &mut Tx<'_>, tenant: &Tenant, id: &RunId, entry: &AuditEntry) -> Result<Option<BulkRun>, StoreError> {
    if store::end(tx, tenant, id, RunState::Stopped, entry.at)? {
        audit::add(tx, entry)?;
    }
    store::find(tx, tenant, id)
}

/// What a line was answered.
#[derive(Debug, Clone)]
pub enum Answered {
    /// One person, or nobody.
    Check(Box<CheckRecord>),
    /// Several people.
    Several,
    /// What was kept of the line cannot be read.
    Unreadable,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stepped {
    /// There may be more.
    More,
    /// The run is over.
    Done,
    /// The job is another worker's by now: nothing was kept.
    Lost,
    /// The register does not answer (X34): nothing was kept.
    Silent,
}

/// Keeps the answers of some lines and the progress, in one transaction; no lines: the run is done.
pub fn keep(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    run: &RunId,
    job: &Job,
    answers: &[(u32, Answered)],
    now: UnixMs,
) -> Result<Stepped, StoreError> {
    if job::progress(tx, job)?.is_none() {
        return Ok(Stepped::Lost);
    }
    let goes_on = store::find(tx, tenant, run)?.is_some_and(|run| run.state == RunState::Running);
    if !goes_on || answers.is_empty() {
        store::end(tx, tenant, run, RunState::Done, now)?;
        job::finish(tx, job, now)?;
        return Ok(Stepped::Done);
    }
    for (line, answer) in answers {
        let (outcome, made) = match answer {
            Answered::Check(made) => (LineOutcome::Made, Some(made)),
            Answered::Several => (LineOutcome::Several, None),
            Answered::Unreadable => (LineOutcome::Faulty, None),
        };
        // A line that was answered before keeps its check.
        if store::note(tx, tenant, run, *line, outcome, made.map(|made| &made.id))?
            && let Some(made) = made
        {
            let eligibility = of_house(tx, tenant, made.eligibility.clone())?;
            check::add(tx, tenant, &CheckRecord { eligibility, ..(**made).clone() })?;
        }
    }
    let last = answers.last().map_or(0, |(line, _)| *line);
    job::advance(tx, job, &last.to_string(), now)?;
    Ok(Stepped::More)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> Line {
        Line { number: 2, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() }
    }

    fn faults(cells: &[&str]) -> Vec<LineFault> {
        read(&[line(cells)])[0].0.faults.clone()
    }

    #[test]
    fn each_fault_of_a_line_is_said_and_a_doubt_is_none() {
        let good = ["P1", "06990014", "12-34", "56", "01", "S35.6.2", "する"];
        let with = |place: usize, cell: &str| {
            let mut cells = good.map(str::to_owned);
            cells[place] = cell.to_owned();
            faults(&cells.each_ref().map(String::as_str))
        };
        assert_eq!(faults(&good), []);
        assert_eq!(faults(&good[..6]), [LineFault::Columns]);
        for (place, cell, wanted) in [
            (0, "長".repeat(51), LineFault::Key),
            (1, String::new(), LineFault::Insurer),
            (1, "1".repeat(21), LineFault::Insurer),
            (2, "1".repeat(41), LineFault::Symbol),
            (3, " ".to_owned(), LineFault::Member),
            (4, "1".repeat(11), LineFault::Branch),
            (5, "2026-02-30".to_owned(), LineFault::Birth),
            (6, "はい".to_owned(), LineFault::Limit),
            (3, concat!("1234567890", "18").to_owned(), LineFault::MyNumber),
        ] {
            assert_eq!(with(place, &cell), [wanted], "{place} {cell}");
        }
        assert_eq!(with(6, "しない"), []);
        let doubted = read(&[line(&["", "06990015", "", "56", "1", "19600602", ""])]).remove(0).0;
        assert_eq!((doubted.faults, doubted.doubts), (vec![], vec![LineDoubt::Insurer, LineDoubt::Branch]));
    }

    #[test]
    fn a_person_is_asked_for_once_and_an_individual_number_is_not_repeated() {
        let good = line(&["P1", "06990014", "12-34", "56", "01", "S35.6.2", ""]);
        let read = read(&[good.clone(), Line { number: 3, ..good }, line(&[concat!("1234567890", "18"), "1", "", "1", "", "S35.6.2", ""])]);
        assert_eq!(read[1].0.faults, [LineFault::Twice]);
        assert_eq!((read[2].0.key.as_str(), read[2].1.label.as_str(), &read[2].1.asked), ("", "", &None));
    }
}
