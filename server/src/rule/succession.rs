//! 機関コードの変更・承継 (OT-30, N187, P-SUCC): planned by the operator, chosen by the admin, done on its day in one transaction.
//!
//! What the change itself needs is in that transaction: the new code with its URL, the accounts, the end of the former code. The records
//! of checks, which may be many, follow in steps behind it, each step once.

use serde::{Deserialize, Serialize};
use shared::api::succession::{CodeChange, Item, READ_DAYS, Reason, SuccessionStatus};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};

use crate::store::job::Job;
use crate::store::succession::{ADMINS, Copied, Fate, Record, TABLES};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, Institution, StoreError, VisitId, audit, factor, institution, job, succession};
use crate::tenant::Tenant;

/// What the audit log calls the beginning, the calling off and the doing.
pub const START: &str = "succession.start";
/// See [`START`].
pub const CANCEL: &str = "succession.cancel";
/// See [`START`].
pub const DONE: &str = "succession.done";
/// Kind of the job that copies the records of checks.
pub const HISTORY: &str = "succession.history";
/// Records that are copied in one transaction.
const AT_ONCE: u32 = 200;

/// Why a change is not planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPlanned {
    /// Both codes are one.
    #[error("the new code is the present one")]
    SameCode,
    /// The former code is not there.
    #[error("there is no such institution")]
    NoInstitution,
    /// The former code has ended.
    #[error("the code has been changed already")]
    Closed,
    /// The new code is in use, or planned for another.
    #[error("the new code is in use, or planned for another institution")]
    Taken,
    /// A change of this institution is planned already.
    #[error("a change is planned already")]
    Planned,
    /// The day is over.
    #[error("the first day of the new code is over")]
    Past,
}

/// Plans a change.
///
/// # Errors
/// What the database says; so for every rule.
pub fn start(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    new_code: &InstitutionCode,
    from: CivilDate,
    reason: Reason,
    now: UnixMs,
) -> Result<Result<(), NotPlanned>, StoreError> {
    if new_code == tenant.code() {
        return Ok(Err(NotPlanned::SameCode));
    }
    let Some((_, standing)) = institution::find_standing(tx, tenant)? else { return Ok(Err(NotPlanned::NoInstitution)) };
    if standing.closed_at.is_some() {
        return Ok(Err(NotPlanned::Closed));
    }
    if from < now.jst_date() {
        return Ok(Err(NotPlanned::Past));
    }
    if institution::find(tx, &Tenant::of_operator(new_code))?.is_some() {
        return Ok(Err(NotPlanned::Taken));
    }
    if succession::last(tx, tenant)?.is_some() {
        return Ok(Err(NotPlanned::Planned));
    }
    let new = CodeChange { new_code: new_code.clone(), from, reason, items: None, chosen_at: None, done_at: None };
    if !succession::add(tx, tenant, &new, now)? {
        return Ok(Err(NotPlanned::Taken));
    }
    audit::add(tx, &AuditEntry::of_operator(now, tenant, START, new_code.as_str()))?;
    Ok(Ok(()))
}

/// Calls a planned change off; false when none is planned.
pub fn cancel(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<bool, StoreError> {
    let is_cancelled = succession::cancel(tx, tenant, now)?;
    if is_cancelled {
        audit::add(tx, &AuditEntry::of_operator(now, tenant, CANCEL, tenant.code().as_str()))?;
    }
    Ok(is_cancelled)
}

/// Keeps what follows; `None` when nothing is planned or the typed code is not the new one.
pub fn choose(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    items: &[Item],
    typed_code: &str,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<SuccessionStatus>, StoreError> {
    let planned = succession::last(tx, tenant)?.filter(|record| record.change.done_at.is_none());
    let is_typed = planned.is_some_and(|record| InstitutionCode::from_pasted(typed_code).is_ok_and(|typed| typed == record.change.new_code));
    // A reference number hangs on a record: without the records it has no place.
    let is_whole = !items.contains(&Item::ReferenceNumbers) || items.contains(&Item::History);
    let mut items = items.to_vec();
    items.sort();
    items.dedup();
    if !is_typed || !is_whole || !succession::choose(tx, tenant, &items, by, entry.at)? {
        return Ok(None);
    }
    audit::add(tx, entry)?;
    status(tx, tenant, entry.at).map(Some)
}

/// What is planned, or was done.
pub fn status(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<SuccessionStatus, StoreError> {
    let closed_at = institution::find_standing(tx, tenant)?.and_then(|(_, standing)| standing.closed_at);
    let change = succession::last(tx, tenant)?.map(|record| record.change);
    Ok(SuccessionStatus { change, closed_at, readable_until: closed_at.map(readable_until), now })
}

/// The last day on which the data under a former code can be read.
#[must_use]
pub fn readable_until(closed_at: UnixMs) -> CivilDate {
    closed_at.jst_date().plus_days(READ_DAYS)
}

/// What the copying of records needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct History {
    former: InstitutionCode,
    new: InstitutionCode,
    ended_at: UnixMs,
    has_reference_numbers: bool,
}

/// Does a change whose day has come, in this transaction: the new code lives, the former one has ended. `token` is of the new URL.
pub fn switch(tx: &mut Tx<'_>, record: &Record, token: &ReceptionToken, now: UnixMs) -> Result<(), StoreError> {
    let former = Tenant::of_operator(&record.institution);
    let new_code = &record.change.new_code;
    let new = Tenant::of_operator(new_code);
    let items = record.change.items.clone().unwrap_or_default();
    let Some((of, standing)) = institution::find_standing(tx, &former)? else { return Err(StoreError::Damaged("institution")) };
    let added = Institution { code: new_code.clone(), contact: String::new(), uses_home_visit: true, shows_eligibility: true, ..of.clone() };
    if !institution::add(tx, &added, now)? {
        // Added by hand since it was planned: somebody must look.
        return Err(StoreError::Damaged("the new code of a succession is in use"));
    }
    let demanded_from = factor::demanded_from(tx, &former)?;
    factor::set_demanded_from(tx, &new, demanded_from)?;
    if standing.is_training {
        institution::mark_training(tx, &new)?;
    }
    institution::add_url(tx, &new, VisitKind::HomeVisit, token, now)?;
    for (_, fate) in TABLES {
        if let Fate::Followed(item, sql) = fate
            && items.contains(item)
        {
            succession::follow(tx, sql, &former, new_code)?;
        }
    }
    succession::follow(tx, ADMINS, &former, new_code)?;
    if items.contains(&Item::Settings) {
        succession::take_settings(tx, &of, new_code)?;
    }
    if items.contains(&Item::History) {
        let body = History {
            former: record.institution.clone(),
            new: new_code.clone(),
            ended_at: now,
            has_reference_numbers: items.contains(&Item::ReferenceNumbers),
        };
        let copying = Job {
            id: format!("{HISTORY} {}", record.institution),
            kind: HISTORY.to_owned(),
            body: serde_json::to_string(&body).map_err(|_| StoreError::Damaged("job"))?,
            due_at: now,
            every_ms: None,
            owner: None,
            leased_until: None,
            progress: String::new(),
            tries: 0,
        };
        job::add(tx, &copying)?;
    }
    succession::close(tx, &former, now)?;
    succession::finish(tx, &former, now)?;
    for (tenant, other) in [(&former, new_code), (&new, &record.institution)] {
        audit::add(tx, &AuditEntry::of_operator(now, tenant, DONE, other.as_str()))?;
    }
    Ok(())
}

/// Copies the next records of a change, and notes how far it came; true when there are more. Copied twice they would be the same.
pub fn copy_some(tx: &mut Tx<'_>, job: &Job, now: UnixMs) -> Result<bool, StoreError> {
    let Some(after) = super::job::progress(tx, job)? else { return Ok(false) };
    let of: History = serde_json::from_str(&job.body).map_err(|_| StoreError::Damaged("job"))?;
    let former = Tenant::of_operator(&of.former);
    let some = succession::finished(tx, &former, &after, AT_ONCE)?;
    for (consent, visit, at) in &some {
        let visit_to = VisitId::new(*at, derived(&of.new, visit.as_str()));
        let to = ConsentId::new(*at, derived(&of.new, consent.as_str()));
        succession::copy_visit(tx, &former, visit, &of.new, &visit_to)?;
        let copied =
            Copied { of: consent, to: &to, visit: &visit_to, ended_at: of.ended_at, has_reference_number: of.has_reference_numbers };
        succession::copy_consent(tx, &former, &of.new, &copied)?;
    }
    match some.last() {
        Some((last, ..)) => super::job::advance(tx, job, last.as_str(), now),
        None => super::job::finish(tx, job, now).map(|_| false),
    }
}

/// The same for the same record each time: a step that is done again copies nothing twice.
fn derived(new: &InstitutionCode, id: &str) -> [u8; 10] {
    let hash = crate::sha256(format!("succession {new} {id}").as_bytes());
    let mut bytes = [0; 10];
    bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    bytes
}
