//! 月次再照会 (OT-14): the worklist of a month, its evidence, and the steps of its bulk start.

use shared::api::month::{COUNT_MAX, EvidencePage, MonthRow, Run, Show, WorklistPage};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::fee::{Fee, InstitutionKind};
use shared::domain::month::Month;

use super::requery::{self, Answered, Base, Kept};
use crate::compare::differences;
use crate::store::coverage_change::{self, Former};
use crate::store::job::{self, Job};
use crate::store::month::{self, Found, Place};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, Institution, StoreError, audit, run};
use crate::tenant::Tenant;

/// Kind of the job that asks about everybody of a month; its body is a [`Body`].
pub const KIND: &str = "requeries";
/// So many people of a step.
pub const STEP_ROWS: u32 = 20;

/// Whose job it is and what of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// 機関コード.
    pub institution: String,
    /// The month, or the day.
    pub of: String,
    /// Who started it.
    pub by: String,
}

/// A page of the worklist. One that a consent cannot be read for is left out.
///
/// # Errors
/// What the database says; so for every rule.
pub fn worklist(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: Month,
    show: Show,
    after: Option<&Place>,
    rows: u32,
    now: UnixMs,
) -> Result<WorklistPage, StoreError> {
    let (first, last) = (Place::first(), Place::last());
    // One more than is shown says that there are more.
    let most = rows.saturating_add(1);
    let (mut found, next) = match show {
        Show::Changed => {
            let mut changes = coverage_change::list(tx, tenant, of, after.unwrap_or(&last), most)?;
            let has_more = cut(&mut changes, rows);
            let place = changes.last().map(|change| Place { at: change.found_at.0, rest: change.subject.clone() });
            let rows = changes.into_iter().map(|change| changed_row(tx, tenant, &change, now)).collect::<Result<Vec<_>, _>>()?;
            (rows.into_iter().flatten().collect::<Vec<_>>(), place.filter(|_| has_more))
        }
        Show::Open | Show::Done => {
            let mut found = match show {
                Show::Open => month::open(tx, tenant, of, after.unwrap_or(&first), most)?,
                _ => month::done(tx, tenant, of, after.unwrap_or(&last), most)?,
            };
            let has_more = cut(&mut found, rows);
            let place = found.last().map(|one| one.place.clone());
            (filled(tx, tenant, found, now)?, place.filter(|_| has_more))
        }
    };
    if show == Show::Done {
        // Also what a check of theirs changed.
        for row in &mut found {
            row.why_not = None;
        }
    }
    let most = COUNT_MAX.saturating_add(1);
    let counts =
        [coverage_change::count(tx, tenant, of, most)?, month::count_open(tx, tenant, of, most)?, month::count_done(tx, tenant, of, most)?];
    let run = run::find(tx, tenant, KIND, &of.to_string())?;
    Ok(WorklistPage { rows: found, next: next.map(|place| place.to_text()), counts, run, now })
}

fn cut<T>(rows: &mut Vec<T>, most: u32) -> bool {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let has_more = rows.len() > most;
    rows.truncate(most);
    has_more
}

fn filled(tx: &mut Tx<'_>, tenant: &Tenant, found: Vec<Found>, now: UnixMs) -> Result<Vec<MonthRow>, StoreError> {
    let mut rows = Vec::with_capacity(found.len());
    for one in found {
        let Some(id) = &one.consent else { continue };
        let Some(base) = requery::base(tx, tenant, id)? else { continue };
        rows.push(row(&base, one, now));
    }
    Ok(rows)
}

fn row(base: &Base, found: Found, now: UnixMs) -> MonthRow {
    MonthRow {
        consent: base.consent.id.as_str().to_owned(),
        person: base.consent.person().cloned(),
        expires_at: base.consent.expires_at,
        why_not: requery::why_not(base, now),
        check: found.check,
        differences: Vec::new(),
    }
}

/// A person whose eligibility changed: old beside new. The person as the newest answer has it.
fn changed_row(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    change: &coverage_change::CoverageChange,
    now: UnixMs,
) -> Result<Option<MonthRow>, StoreError> {
    let Some(id) = &change.consent else { return Ok(None) };
    let Some(base) = requery::base(tx, tenant, id)? else { return Ok(None) };
    let Some(check) = crate::store::check::find(tx, tenant, &change.check)? else { return Ok(None) };
    let differs = of_change(tx, tenant, change, now)?;
    let told = shared::api::month::MonthCheck {
        at: check.eligibility.checked_at,
        way: check.check_way,
        medium: check.medium,
        by: check.done_by,
        validity: Some(check.eligibility.validity),
    };
    let place = Place { at: change.found_at.0, rest: change.subject.clone() };
    let found = Found { place, subject: change.subject.clone(), consent: change.consent.clone(), check: Some(told) };
    let row = row(&base, found, now);
    Ok(Some(MonthRow { differences: differs, person: check.eligibility.person.or(row.person.clone()), ..row }))
}

/// The differences of a change, as they may be shown at `now`; empty where an answer is gone.
pub fn of_change(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    change: &coverage_change::CoverageChange,
    now: UnixMs,
) -> Result<Vec<shared::api::requery::Difference>, StoreError> {
    let former = requery::told(tx, tenant, &change.former, now)?;
    let after = requery::told(tx, tenant, &Former::Check(change.check.clone()), now)?;
    Ok(former.zip(after).map(|(former, after)| differences(&former, &after)).unwrap_or_default())
}

/// A page of the evidence, and the fees that the institution may claim in the month.
pub fn evidence(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    institution: &Institution,
    of: Month,
    after: Option<&Place>,
    rows: u32,
    now: UnixMs,
) -> Result<EvidencePage, StoreError> {
    let mut found = month::evidence(tx, tenant, of, after.unwrap_or(&Place::first()), rows.saturating_add(1))?;
    let has_more = cut(&mut found, rows);
    let next = found.last().map(|one| one.place.to_text()).filter(|_| has_more);
    let rows = filled(tx, tenant, found, now)?.into_iter().map(|row| MonthRow { why_not: None, ..row }).collect();
    let count = month::count_done(tx, tenant, of, COUNT_MAX.saturating_add(1))?;
    Ok(EvidencePage { fees: fees(institution, of), institution_name: institution.name.clone(), rows, next, count, now })
}

/// Names of the fees that count in a month for a house of this kind (P-FEE); none where the code does not say the kind.
#[must_use]
pub fn fees(institution: &Institution, of: Month) -> Vec<String> {
    let kind = InstitutionKind::of(&institution.code);
    kind.map(|kind| Fee::valid(kind, of.first()).map(|fee| fee.name.to_owned()).collect()).unwrap_or_default()
}

/// Starts the bulk check of a month; one that runs goes on. `None` for another month than the running one.
pub fn start(tx: &mut Tx<'_>, tenant: &Tenant, of: Month, by: &UserId, entry: &AuditEntry) -> Result<Option<Run>, StoreError> {
    if of != Month::of(entry.at.jst_date()) {
        return Ok(None);
    }
    let total = month::count_open(tx, tenant, of, u32::MAX)?;
    start_job(tx, tenant, KIND, &of.to_string(), total, by, entry).map(Some)
}

/// Starts a job and its run, or joins the one that goes on; a row in the audit log either way.
pub(super) fn start_job(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    kind: &'static str,
    of: &str,
    total: u32,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Run, StoreError> {
    let body = Body { institution: tenant.code().to_string(), of: of.to_owned(), by: by.to_string() };
    let new = Job {
        id: format!("{kind}.{}.{of}", tenant.code()),
        kind: kind.to_owned(),
        body: serde_json::to_string(&body).map_err(|_| StoreError::Damaged("body of a job"))?,
        due_at: entry.at,
        every_ms: None,
        owner: None,
        leased_until: None,
        progress: String::new(),
        tries: 0,
    };
    if job::add(tx, &new)? {
        run::start(tx, tenant, kind, of, by, total, entry.at)?;
    }
    audit::add(tx, entry)?;
    run::find(tx, tenant, kind, of)?.ok_or(StoreError::Damaged("run"))
}

/// What a step of the job asks about.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The people, in their order; those who may not be asked about are passed over.
    pub rows: Vec<Base>,
    /// The progress with which the step began.
    pub progress: String,
    /// The progress after it; `None`: there was nobody left.
    pub next: Option<String>,
}

/// The next people; `None` when the job is another worker's by now.
pub fn batch(tx: &mut Tx<'_>, tenant: &Tenant, of: Month, job: &Job) -> Result<Option<Batch>, StoreError> {
    let Some(progress) = super::job::progress(tx, job)? else { return Ok(None) };
    let after = Place::parse(&progress).unwrap_or(Place::first());
    let found = month::open(tx, tenant, of, &after, STEP_ROWS)?;
    let next = found.last().map(|one| one.place.to_text());
    let mut rows = Vec::with_capacity(found.len());
    for one in found {
        if let Some(id) = &one.consent
            && let Some(base) = requery::base(tx, tenant, id)?
        {
            rows.push(base);
        }
    }
    Ok(Some(Batch { rows, progress, next }))
}

/// Keeps the answers of a step with its progress, in one transaction; false when there is no further one.
pub fn step(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: Month,
    job: &Job,
    batch: &Batch,
    answers: &[Answered],
    now: UnixMs,
) -> Result<bool, StoreError> {
    // Another worker may have it by now, or may have done this very step.
    if super::job::progress(tx, job)?.as_ref() != Some(&batch.progress) {
        return Ok(false);
    }
    let of = of.to_string();
    let Some(next) = &batch.next else {
        run::finish(tx, tenant, KIND, &of, now)?;
        super::job::finish(tx, job, now)?;
        return Ok(false);
    };
    let (mut done, mut changed) = (0_u32, 0_u32);
    for answered in answers {
        if let Kept::Yes(differs) = requery::keep(tx, tenant, answered)? {
            done += 1;
            changed += u32::from(differs);
        }
    }
    let refused = u32::try_from(batch.rows.len()).unwrap_or(u32::MAX).saturating_sub(done);
    run::add(tx, tenant, KIND, &of, done, changed, refused)?;
    super::job::advance(tx, job, next, now)
}
