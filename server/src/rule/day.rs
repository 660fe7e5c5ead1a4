//! 本日の訪問・予約 (OT-26): the list of a day, and the steps of the check of everybody on it.

use shared::api::day::{DAY_ROWS_MAX, DayAdded, DayRow, DayState, Insurance, TypedVisit};
use shared::api::month::Run;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::consent::Choice;
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::month::Month;
use shared::domain::person::Person;

use super::requery::{self, Answered, Kept, base, why_not};
use crate::consent::search_key;
use crate::eligibility::asked::{Candidate, InsuranceAsked};
use crate::store::day::{self, DayChecked, DayRecord};
use crate::store::job::Job;
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CheckId, CheckRecord, ConsentId, DayVisitId, StoreError, audit, check, month, run};
use crate::tenant::Tenant;

/// Kind of the job that checks everybody on the list of a day; its body is a [`super::month::Body`].
pub const KIND: &str = "day_check";
/// So many people of a step.
pub const STEP_ROWS: u32 = 20;
const ALL: u32 = 1_000;

/// The list of a day.
///
/// # Errors
/// What the database says; so for every rule.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, of: CivilDate) -> Result<Vec<DayRow>, StoreError> {
    let found = day::list(tx, tenant, of, "", ALL)?;
    let mut rows = Vec::with_capacity(found.len());
    for one in found {
        let is_first = match one.subject.as_str() {
            "" => None,
            subject => {
                let checked = month::of_month(tx, tenant, Month::of(of), subject)?;
                // A check of this very day is the one that the first visit is made with.
                Some(checked.is_none_or(|found| found.check.is_some_and(|check| check.at.jst_date() >= of)))
            }
        };
        rows.push(DayRow {
            id: one.id.as_str().to_owned(),
            name: one.name,
            kana: one.kana,
            birth_date: one.birth_date,
            room: one.room,
            consent: one.consent.map(|id| id.as_str().to_owned()),
            is_first,
            state: one.state,
            checked_at: one.checked_at,
        });
    }
    Ok(rows)
}

/// Where a person is put.
#[derive(Debug, Clone)]
pub struct Where {
    /// The day.
    pub day: CivilDate,
    /// Id of the new row.
    pub id: DayVisitId,
    /// Who puts it there.
    pub by: UserId,
}

/// Why a person is not put on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdded {
    /// There is no such consent here.
    NotThere,
    /// The list is full.
    Full,
}

/// Puts the person of a consent on a list; one who stands there already stays there once.
pub fn add_of_consent(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    at: &Where,
    id: &ConsentId,
    entry: &AuditEntry,
) -> Result<Result<DayAdded, NotAdded>, StoreError> {
    let Some(base) = base(tx, tenant, id)? else { return Ok(Err(NotAdded::NotThere)) };
    let person = base.consent.person();
    let told = |text: fn(&Person) -> &str| person.map(text).unwrap_or_default().to_owned();
    let new = DayRecord {
        name: told(|person| &person.name),
        kana: told(|person| &person.name_kana),
        birth_date: person.map(|person| person.birth_date),
        subject: base.subject.clone(),
        consent: Some(id.clone()),
        ..empty(at, entry.at)
    };
    add(tx, tenant, &[new], entry).map(|added| added.ok_or(NotAdded::Full))
}

fn empty(at: &Where, now: UnixMs) -> DayRecord {
    DayRecord {
        day: at.day,
        id: at.id.clone(),
        name: String::new(),
        kana: String::new(),
        birth_date: None,
        room: String::new(),
        home: String::new(),
        floor: String::new(),
        subject: String::new(),
        consent: None,
        insurance: None,
        state: DayState::Open,
        check: None,
        checked_at: None,
        added_by: at.by.clone(),
        added_at: now,
    }
}

/// The person that was typed, with the living consent that fits by kana and birth date, where it is the only person's.
pub fn of_typed(tx: &mut Tx<'_>, tenant: &Tenant, at: &Where, typed: &TypedVisit, now: UnixMs) -> Result<DayRecord, StoreError> {
    let known = known(tx, tenant, typed, now)?;
    let (consent, subject) = known.map_or((None, String::new()), |(consent, subject)| (Some(consent), subject));
    Ok(DayRecord {
        name: typed.name.as_str().to_owned(),
        kana: typed.kana.as_str().to_owned(),
        birth_date: typed.birth_date,
        room: typed.room.as_str().to_owned(),
        home: typed.home.as_str().to_owned(),
        floor: typed.floor.as_str().to_owned(),
        subject,
        consent,
        insurance: typed.insurance.clone(),
        ..empty(at, now)
    })
}

fn known(tx: &mut Tx<'_>, tenant: &Tenant, typed: &TypedVisit, now: UnixMs) -> Result<Option<(ConsentId, String)>, StoreError> {
    let key = search_key(typed.kana.as_str());
    let (Some(birth_date), false) = (typed.birth_date, key.is_empty()) else { return Ok(None) };
    // A deadline counts to the end of its minute.
    let found = day::by_kana(tx, tenant, &key, now.plus_ms(-60_000))?;
    let mut found = found.into_iter().filter(|(.., of)| *of == Some(birth_date));
    let Some((consent, subject, _)) = found.next() else { return Ok(None) };
    // Of two people with one name and birthday nobody is taken.
    Ok(found.all(|(_, other, _)| other == subject).then_some((consent, subject)))
}

/// Puts people on a list; `None` when there is no room for all of them.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &[DayRecord], entry: &AuditEntry) -> Result<Option<DayAdded>, StoreError> {
    let Some(of) = new.first().map(|one| one.day) else { return Ok(Some(DayAdded { rows: 0, was_there: true })) };
    tx.lock(&format!("day {} {of}", tenant.code()))?;
    let mut there = day::list(tx, tenant, of, "", ALL)?;
    let before = there.len();
    for one in new {
        let is_same = |other: &DayRecord| match one.subject.as_str() {
            "" => (&other.name, &other.kana, other.birth_date) == (&one.name, &one.kana, one.birth_date),
            subject => other.subject == subject,
        };
        if there.iter().any(is_same) {
            continue;
        }
        if there.len() >= DAY_ROWS_MAX {
            return Ok(None);
        }
        day::add(tx, tenant, one)?;
        there.push(one.clone());
    }
    audit::add(tx, entry)?;
    Ok(Some(DayAdded { rows: u32::try_from(there.len()).unwrap_or(u32::MAX), was_there: there.len() == before }))
}

/// Takes a person off a list.
pub fn remove(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: CivilDate,
    id: &DayVisitId,
    entry: &AuditEntry,
) -> Result<Option<DayAdded>, StoreError> {
    if !day::remove(tx, tenant, of, id)? {
        return Ok(None);
    }
    audit::add(tx, entry)?;
    let rows = u32::try_from(day::list(tx, tenant, of, "", ALL)?.len()).unwrap_or(u32::MAX);
    Ok(Some(DayAdded { rows, was_there: false }))
}

/// Starts the check of everybody on a list who is not checked; one that runs goes on.
pub fn start(tx: &mut Tx<'_>, tenant: &Tenant, of: CivilDate, by: &UserId, entry: &AuditEntry) -> Result<Run, StoreError> {
    let open = day::list(tx, tenant, of, "", ALL)?.into_iter().filter(is_open).count();
    let total = u32::try_from(open).unwrap_or(u32::MAX);
    super::month::start_job(tx, tenant, KIND, &of.to_string(), total, by, entry)
}

fn is_open(row: &DayRecord) -> bool {
    matches!(row.state, DayState::Open | DayState::CannotAsk)
}

/// A person on the list and how they can be asked about.
#[derive(Clone)]
pub struct Asking {
    /// The row.
    pub row: DayRecord,
    /// By what.
    pub by: AskBy,
}

/// By what the register is asked.
#[derive(Clone)]
pub enum AskBy {
    /// Again, under a living consent.
    Consent(Box<requery::Base>),
    /// By numbers.
    Numbers(InsuranceAsked),
    /// By nothing.
    Nothing,
}

/// What a step asks about.
#[derive(Clone)]
pub struct Batch {
    /// The day.
    pub day: CivilDate,
    /// In their order.
    pub rows: Vec<Asking>,
    /// The progress with which the step began.
    pub progress: String,
    /// The progress after it; `None`: there was nobody left.
    pub next: Option<String>,
}

/// The next people; `None` when the job is another worker's by now.
pub fn batch(tx: &mut Tx<'_>, tenant: &Tenant, of: CivilDate, job: &Job, now: UnixMs) -> Result<Option<Batch>, StoreError> {
    let Some(progress) = super::job::progress(tx, job)? else { return Ok(None) };
    let found = day::list(tx, tenant, of, &progress, STEP_ROWS)?;
    let next = found.last().map(|row| row.id.as_str().to_owned());
    let mut rows = Vec::with_capacity(found.len());
    for row in found.into_iter().filter(is_open) {
        let base = match &row.consent {
            Some(id) => base(tx, tenant, id)?.filter(|base| why_not(base, now).is_none()),
            None => None,
        };
        let by = match (base, numbers(&row)) {
            (Some(base), _) => AskBy::Consent(Box::new(base)),
            (None, Some(asked)) => AskBy::Numbers(asked),
            (None, None) => AskBy::Nothing,
        };
        rows.push(Asking { row, by });
    }
    Ok(Some(Batch { day: of, rows, progress, next }))
}

fn numbers(row: &DayRecord) -> Option<InsuranceAsked> {
    let Insurance { insurer_number, symbol, member_number, branch_number } = row.insurance.as_ref()?;
    let told = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Some(InsuranceAsked {
        insurer_number: insurer_number.as_str().to_owned(),
        symbol: told(symbol.as_str()),
        member_number: member_number.as_str().to_owned(),
        branch_number: told(branch_number.as_str()),
        birth_date: row.birth_date?,
    })
}

/// What came back about a person on the list.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Again under the consent.
    Again(Box<Answered>),
    /// By numbers: everybody whom they fit, with the id of a new check.
    Found(Vec<Candidate>, CheckId),
    /// Nobody was asked.
    Nothing,
}

/// Keeps the answers of a step with its progress, in one transaction; false when there is no further one.
pub fn step(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    job: &Job,
    batch: &Batch,
    answers: &[Answer],
    by: &UserId,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let of = batch.day;
    if super::job::progress(tx, job)?.as_ref() != Some(&batch.progress) {
        return Ok(false);
    }
    let day_text = of.to_string();
    let Some(next) = &batch.next else {
        run::finish(tx, tenant, KIND, &day_text, now)?;
        super::job::finish(tx, job, now)?;
        return Ok(false);
    };
    let (mut done, mut changed, mut refused) = (0_u32, 0_u32, 0_u32);
    for (asking, answer) in batch.rows.iter().zip(answers) {
        let row = &asking.row;
        let checked = match answer {
            Answer::Again(answered) => match requery::keep(tx, tenant, answered)? {
                Kept::Yes(differs) => {
                    changed += u32::from(differs);
                    let has_reference = matches!(&asking.by, AskBy::Consent(base) if base.consent.reference_number.is_some());
                    let state = state_of(row, &answered.eligibility, has_reference);
                    DayChecked { state, check: Some(answered.id.clone()), subject: None, at: now }
                }
                Kept::No(_) | Kept::NotThere => cannot(now),
            },
            Answer::Found(candidates, id) => found(tx, tenant, row, candidates, id, by, now)?,
            Answer::Nothing => cannot(now),
        };
        match checked.state {
            DayState::CannotAsk => refused += 1,
            _ => done += 1,
        }
        day::set_checked(tx, tenant, of, &row.id, &checked)?;
    }
    run::add(tx, tenant, KIND, &day_text, done, changed, refused)?;
    super::job::advance(tx, job, next, now)
}

fn cannot(at: UnixMs) -> DayChecked {
    DayChecked { state: DayState::CannotAsk, check: None, subject: None, at }
}

/// Keeps what was found by numbers. Of several people none is taken: a person chooses, by the paper.
fn found(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    row: &DayRecord,
    candidates: &[Candidate],
    id: &CheckId,
    by: &UserId,
    now: UnixMs,
) -> Result<DayChecked, StoreError> {
    let (subject, eligibility) = match candidates {
        [one] => (one.subject.clone(), requery::of_house(tx, tenant, requery::within(one.eligibility.clone(), &[], Choice::NotAsked))?),
        _ => (String::new(), Eligibility::of_insurance(Validity::NotFound, now, None, Vec::new())),
    };
    let state = if candidates.len() > 1 { DayState::Several } else { state_of(row, &eligibility, false) };
    if candidates.len() > 1 {
        return Ok(DayChecked { state, check: None, subject: None, at: now });
    }
    let new = CheckRecord {
        id: id.clone(),
        visit_kind: None,
        consent: None,
        subject: subject.clone(),
        reference_number: None,
        check_way: CheckWay::Paper,
        medium: Medium::Paper,
        done_by: Some(by.clone()),
        state: CheckState::Done,
        asked: None,
        eligibility,
        chosen: None,
    };
    check::add(tx, tenant, &new)?;
    Ok(DayChecked { state, check: Some(id.clone()), subject: Some(subject).filter(|subject| !subject.is_empty()), at: now })
}

/// How a person stands after an answer.
pub(super) fn state_of(row: &DayRecord, found: &Eligibility, has_reference: bool) -> DayState {
    let is_other = found.person.as_ref().is_some_and(|person| {
        let key = search_key(&row.kana);
        (!key.is_empty() && key != search_key(&person.name_kana)) || row.birth_date.is_some_and(|day| day != person.birth_date)
    });
    match found.validity {
        Validity::NotFound | Validity::AidNotRegistered => DayState::NoInsurance,
        _ if is_other => DayState::Mismatch,
        Validity::Several => DayState::Several,
        Validity::Valid if has_reference => DayState::Valid,
        Validity::Valid => DayState::NoReference,
        _ => DayState::Invalid,
    }
}
