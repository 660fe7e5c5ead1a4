//! Support desks: written down by the institution or the operator (N181, P-DESK).

use shared::domain::account::UserId;
use shared::domain::desk::Desk;

use crate::store::desk::{self, DeskRecord};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, DeskId, StoreError, audit};
use crate::tenant::Tenant;

/// So many desks of its own an institution has at most.
pub const MOST: usize = 50;

/// Adds a desk of the institution; `None` without a name, or when there are [`MOST`] already.
///
/// # Errors
/// What the database says; so for every rule.
pub fn add(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &DeskId,
    desk: &Desk,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<DeskRecord>, StoreError> {
    let own = desk::list(tx, tenant)?.iter().filter(|record| !record.is_common).count();
    if desk.name.is_empty() || own >= MOST {
        return Ok(None);
    }
    desk::add(tx, Some(tenant), id, desk, entry.at, Some(by))?;
    audit::add(tx, entry)?;
    Ok(Some(DeskRecord { id: id.clone(), is_common: false, desk: desk.clone() }))
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It counts.
    Done(Box<DeskRecord>),
    /// Without a name it cannot be found.
    NoName,
    /// The institution has no such desk of its own.
    NotThere,
}

/// Changes a desk of the institution's own.
pub fn change(tx: &mut Tx<'_>, tenant: &Tenant, id: &DeskId, desk: &Desk, by: &UserId, entry: &AuditEntry) -> Result<Changed, StoreError> {
    if desk.name.is_empty() {
        return Ok(Changed::NoName);
    }
    if !desk::change(tx, tenant, id, desk, entry.at, by)? {
        return Ok(Changed::NotThere);
    }
    audit::add(tx, entry)?;
    Ok(Changed::Done(Box::new(DeskRecord { id: id.clone(), is_common: false, desk: desk.clone() })))
}

/// Removes a desk of the institution's own; false when there is none.
pub fn remove(tx: &mut Tx<'_>, tenant: &Tenant, id: &DeskId, entry: &AuditEntry) -> Result<bool, StoreError> {
    let is_removed = desk::remove(tx, Some(tenant), id)?;
    if is_removed {
        audit::add(tx, entry)?;
    }
    Ok(is_removed)
}
