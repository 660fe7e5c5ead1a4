//! Grants to other institutions (委託先資格情報一括取得): given by the one, used by the other, seen by both.

use shared::api::grant::{FETCHES, FetchRow, GRANT_DAYS_MAX, GRANTS, GrantRow, GrantState, Grants, NewGrant};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};

use crate::store::grant::{self as store, GrantRecord};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, GrantId, StoreError, audit, institution};
use crate::tenant::Tenant;

/// Why no grant was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotGiven {
    /// No such institution here.
    NotThere,
    /// Its own, or a period that cannot be.
    NotPossible,
}

/// Whether a grant counts at an instant.
#[must_use]
pub fn state(grant: &GrantRecord, now: UnixMs) -> GrantState {
    let today = now.jst_date();
    match grant.revoked_at {
        Some(_) => GrantState::Revoked,
        None if today < grant.from => GrantState::Waiting,
        None if today > grant.until => GrantState::Ended,
        None => GrantState::Living,
    }
}

/// The grant as the caller sees it.
fn row(tx: &mut Tx<'_>, tenant: &Tenant, grant: GrantRecord, now: UnixMs) -> Result<GrantRow, StoreError> {
    let fetches = store::fetches(tx, tenant, &grant.id, FETCHES)?;
    let state = state(&grant, now);
    let is_given = grant.giver == *tenant.code();
    let (other, other_name) = if is_given { (grant.taker, grant.taker_name) } else { (grant.giver, grant.giver_name) };
    Ok(GrantRow {
        id: grant.id.as_str().to_owned(),
        other,
        other_name,
        from: grant.from,
        until: grant.until,
        state,
        given_at: grant.given_at,
        given_by: grant.given_by,
        revoked_at: grant.revoked_at,
        fetches,
    })
}

/// The grants of an institution, on both sides.
///
/// # Errors
/// What the database says; so for every rule.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Grants, StoreError> {
    let (given, received) = (store::given(tx, tenant, GRANTS)?, store::received(tx, tenant, GRANTS)?);
    let mut rows = |grants: Vec<GrantRecord>| grants.into_iter().map(|grant| row(tx, tenant, grant, now)).collect::<Result<Vec<_>, _>>();
    Ok(Grants { given: rows(given)?, received: rows(received)? })
}

/// Gives a grant.
pub fn give(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &GrantId,
    new: &NewGrant,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Result<GrantRow, NotGiven>, StoreError> {
    let now = entry.at;
    let is_period = new.from <= new.until && new.from >= now.jst_date() && new.until < new.from.plus_days(GRANT_DAYS_MAX);
    if new.to == *tenant.code() || !is_period {
        return Ok(Err(NotGiven::NotPossible));
    }
    if institution::standing_of(tx, &new.to)?.is_none_or(|standing| standing.closed_at.is_some()) {
        return Ok(Err(NotGiven::NotThere));
    }
    store::add(tx, tenant, id, &new.to, (new.from, new.until), by, now)?;
    audit::add(tx, entry)?;
    let grant = store::of_giver(tx, tenant, id)?.ok_or(StoreError::Damaged("grant"))?;
    row(tx, tenant, grant, now).map(Ok)
}

/// Takes a grant back; one that was stays so. `None` where it is not there.
pub fn revoke(tx: &mut Tx<'_>, tenant: &Tenant, id: &GrantId, entry: &AuditEntry) -> Result<Option<GrantRow>, StoreError> {
    if store::revoke(tx, tenant, id, entry.at)? {
        audit::add(tx, entry)?;
    }
    let Some(grant) = store::of_giver(tx, tenant, id)? else { return Ok(None) };
    row(tx, tenant, grant, entry.at).map(Some)
}

/// What a living grant opens: the giver's rows, and which of the days that were asked for are in its period. `None` where none counts.
pub fn open(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &GrantId,
    days: (CivilDate, CivilDate),
    now: UnixMs,
) -> Result<Option<(Tenant, CivilDate, CivilDate)>, StoreError> {
    let Some(grant) = store::of_taker(tx, tenant, id)? else { return Ok(None) };
    // A code that has ended gives nothing any more (OT-30).
    let is_closed = institution::standing_of(tx, &grant.giver)?.is_none_or(|standing| standing.closed_at.is_some());
    if is_closed || state(&grant, now) != GrantState::Living {
        return Ok(None);
    }
    Ok(Some((Tenant::of_grant(&grant.giver), days.0.max(grant.from), days.1.min(grant.until))))
}

/// Notes a fetch, if the grant still counts: what was read meanwhile is given out only then.
pub fn note_fetch(tx: &mut Tx<'_>, tenant: &Tenant, id: &GrantId, fetch: &FetchRow, entry: &AuditEntry) -> Result<bool, StoreError> {
    if open(tx, tenant, id, (fetch.from, fetch.to), entry.at)?.is_none() {
        return Ok(false);
    }
    store::note_fetch(tx, tenant, id, fetch)?;
    audit::add(tx, entry)?;
    Ok(true)
}
