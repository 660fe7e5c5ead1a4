//! 仮確認 (X12, X34) and later checks (OT-17h): a task stays until a later check settled it, or it was dropped with a reason.

use shared::api::later::{LATER_MAX, LaterDetails, LaterDone, LaterRow, NewProvisional, PastAsked, RESULTS_MAX, ResultRef, ResultRow};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::opening::{CardlessRoute, TypedPerson};
use shared::domain::person::Person;

use super::aid;
use crate::consent::search_key;
use crate::store::later::{self, Whose};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CheckId, CheckRecord, StoreError, audit, check, consent};
use crate::tenant::Tenant;

/// What was typed, as it is kept in `checks.asked`.
#[derive(serde::Serialize, serde::Deserialize)]
struct Asked {
    version: u32,
    provisional: NewProvisional,
}

/// Why a 仮確認 is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKept {
    /// Something is missing, or the birth date is ahead.
    NotWhole,
    /// The earlier result is not there, or is another person's.
    NotThere,
}

/// Who does it, under which id, and for which use.
#[derive(Debug, Clone)]
pub struct Act {
    /// Id of the check.
    pub id: CheckId,
    /// Whose act; `None` on a tablet.
    pub by: Option<UserId>,
    /// What for.
    pub visit_kind: Option<VisitKind>,
    /// What the person showed.
    pub medium: Medium,
}

/// Keeps a 仮確認; the same id again changes nothing.
///
/// # Errors
/// What the database says; so for every rule.
pub fn add(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    act: &Act,
    new: &NewProvisional,
    entry: &AuditEntry,
) -> Result<Result<LaterRow, NotKept>, StoreError> {
    if !new.is_whole() || new.person.birth_date > entry.at.jst_date() {
        return Ok(Err(NotKept::NotWhole));
    }
    let past = match &new.past {
        Some(of) => match later::result(tx, tenant, of, entry.at)? {
            Some((row, subject)) if is_of(&row, new.person.birth_date) => Some((row.eligibility, subject)),
            _ => return Ok(Err(NotKept::NotThere)),
        },
        None => None,
    };
    let (eligibility, subject) = past.unwrap_or_else(|| (unasked(&new.person, entry.at), String::new()));
    let asked = serde_json::to_string(&Asked { version: 1, provisional: new.clone() }).map_err(|_| StoreError::Damaged("typed texts"))?;
    let record = CheckRecord {
        id: act.id.clone(),
        visit_kind: act.visit_kind,
        consent: None,
        subject,
        reference_number: None,
        check_way: CheckWay::Provisional,
        medium: act.medium,
        done_by: act.by.clone(),
        state: CheckState::Provisional,
        asked: Some(asked),
        eligibility: Eligibility { checked_at: entry.at, ..eligibility },
        chosen: None,
    };
    if check::add(tx, tenant, &record)? {
        audit::add(tx, entry)?;
    }
    Ok(Ok(row_of(&record)))
}

/// What stands in the place of an answer where no register was asked: the person as typed, and nothing of a coverage.
fn unasked(typed: &TypedPerson, at: UnixMs) -> Eligibility {
    let person = Person {
        name: typed.name.as_str().to_owned(),
        name_kana: typed.kana.as_str().to_owned(),
        name_of_other: None,
        birth_date: typed.birth_date,
        sex: typed.sex,
    };
    Eligibility::of_insurance(Validity::NotFound, at, Some(person), Vec::new())
}

fn is_of(row: &ResultRow, birth_date: CivilDate) -> bool {
    row.eligibility.person.as_ref().is_some_and(|person| person.birth_date == birth_date)
}

fn typed_of(record: &CheckRecord) -> Option<NewProvisional> {
    let asked: Option<Asked> = record.asked.as_deref().and_then(|text| serde_json::from_str(text).ok());
    asked.filter(|asked| asked.version == 1).map(|asked| asked.provisional)
}

/// A task of the list.
#[must_use]
pub fn row_of(record: &CheckRecord) -> LaterRow {
    LaterRow {
        id: record.id.as_str().to_owned(),
        person: record.eligibility.person.clone(),
        at: record.eligibility.checked_at,
        due_on: aid::due_on(&record.eligibility),
        way: record.check_way,
        route: typed_of(record).map(|typed| typed.route),
        medium: record.medium,
        by: record.done_by.clone(),
        visit_kind: record.visit_kind,
    }
}

/// The open tasks that an account sees.
pub fn open(tx: &mut Tx<'_>, tenant: &Tenant, sees_openings: bool) -> Result<Vec<LaterRow>, StoreError> {
    Ok(later::open(tx, tenant, sees_openings, LATER_MAX)?.iter().map(row_of).collect())
}

/// True of the ways of an opening (OT-17): what was seen in one is for those who search in it.
#[must_use]
pub fn is_of_opening(way: CheckWay) -> bool {
    matches!(way, CheckWay::Disaster | CheckWay::Outage)
}

/// A check as an account sees it at `now`: without what was taken back since; `None` where there is none for it.
pub fn shown(tx: &mut Tx<'_>, tenant: &Tenant, id: &CheckId, sees_openings: bool, now: UnixMs) -> Result<Option<CheckRecord>, StoreError> {
    let found = check::find(tx, tenant, id)?.filter(|check| sees_openings || !is_of_opening(check.check_way));
    let Some(found) = found else { return Ok(None) };
    let eligibility = present(tx, tenant, &found, now)?;
    Ok(Some(CheckRecord { eligibility, ..found }))
}

/// The answer of a check without what was taken back since; one from an earlier result follows that result's consent.
fn present(tx: &mut Tx<'_>, tenant: &Tenant, of: &CheckRecord, now: UnixMs) -> Result<Eligibility, StoreError> {
    let consent = match typed_of(of).and_then(|typed| typed.past) {
        Some(past) => later::consent_of(tx, tenant, &past)?,
        None => of.consent.clone(),
    };
    consent::shown(tx, tenant, consent.as_ref(), of.eligibility.clone(), now)
}

/// The check behind a task, if the account sees it.
fn task(tx: &mut Tx<'_>, tenant: &Tenant, id: &CheckId, sees_openings: bool) -> Result<Option<CheckRecord>, StoreError> {
    let is_task = |check: &CheckRecord| check.check_way == CheckWay::Provisional || is_of_opening(check.check_way) && sees_openings;
    Ok(check::find(tx, tenant, id)?.filter(is_task))
}

/// Checks of the same person since: by the register's id, else by kana and birth date.
fn since(tx: &mut Tx<'_>, tenant: &Tenant, of: &CheckRecord, now: UnixMs) -> Result<Vec<ResultRow>, StoreError> {
    let Some(person) = &of.eligibility.person else { return Ok(Vec::new()) };
    let kana = search_key(&person.name_kana);
    let whose = if of.subject.is_empty() { Whose::Kana(&kana) } else { Whose::Subject(&of.subject) };
    let found = later::results(tx, tenant, whose, of.eligibility.checked_at, RESULTS_MAX, now)?;
    let is_later = |row: &ResultRow| is_of(row, person.birth_date) && row.of != ResultRef::Check(of.id.as_str().to_owned());
    Ok(found.into_iter().map(|(row, _)| row).filter(is_later).take(usize::try_from(RESULTS_MAX).unwrap_or(usize::MAX)).collect())
}

/// A task with what could settle it; `None` where the account sees none.
pub fn details(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CheckId,
    sees_openings: bool,
    entry: &AuditEntry,
) -> Result<Option<LaterDetails>, StoreError> {
    let Some(record) = task(tx, tenant, id, sees_openings)? else { return Ok(None) };
    audit::add(tx, entry)?;
    let typed = typed_of(&record);
    let was_asked = typed.as_ref().is_none_or(|typed| typed.route == CardlessRoute::Past);
    let since = since(tx, tenant, &record, entry.at)?;
    let then = if was_asked { Some(present(tx, tenant, &record, entry.at)?) } else { None };
    let is_open = record.state == CheckState::Provisional;
    Ok(Some(LaterDetails { row: row_of(&record), is_open, typed, then, since, now: entry.at }))
}

/// What became of the end of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It is done; so many are left.
    Done(LaterDone),
    /// It was done before.
    Before,
    /// There is no such task, or no such later check of this person.
    NotThere,
    /// Without a reason.
    NoReason,
}

/// Ends a task: settled by a later check of the same person, or dropped with a reason.
pub fn end(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CheckId,
    sees_openings: bool,
    (by, how): (&UserId, Result<&ResultRef, &str>),
    entry: &AuditEntry,
) -> Result<Ended, StoreError> {
    let Some(record) = task(tx, tenant, id, sees_openings)? else { return Ok(Ended::NotThere) };
    let to = match how {
        Ok(of) if !since(tx, tenant, &record, entry.at)?.iter().any(|row| row.of == *of) => return Ok(Ended::NotThere),
        Ok(_) => CheckState::Settled,
        Err("") => return Ok(Ended::NoReason),
        Err(_) => CheckState::Dropped,
    };
    if !check::set_state(tx, tenant, id, CheckState::Provisional, to)? {
        return Ok(Ended::Before);
    }
    later::note_end(tx, tenant, id, (entry.at, by), how)?;
    audit::add(tx, entry)?;
    Ok(Ended::Done(LaterDone { left: later::count(tx, tenant, sees_openings)? }))
}

/// Earlier results of a person here.
pub fn past(tx: &mut Tx<'_>, tenant: &Tenant, asked: &PastAsked, entry: &AuditEntry) -> Result<Vec<ResultRow>, StoreError> {
    audit::add(tx, entry)?;
    let key = search_key(asked.kana.as_str());
    let found = later::results(tx, tenant, Whose::Kana(&key), UnixMs(0), RESULTS_MAX, entry.at)?;
    let rows = found.into_iter().map(|(row, _)| row).filter(|row| is_of(row, asked.birth_date));
    Ok(rows.take(usize::try_from(RESULTS_MAX).unwrap_or(usize::MAX)).collect())
}
