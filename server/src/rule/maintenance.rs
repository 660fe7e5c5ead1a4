//! Maintenance windows (OT-24, P-MAINT): announced seven days before; those of a part that every visit needs refuse one (X35).

use shared::api::maintenance::{Window, WindowRow};
use shared::api::reception::Maintenance;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::maintenance::Span;

use crate::store::maintenance::{self, list};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, StoreError, WindowId, audit};
use crate::tenant::Tenant;

/// True for a window that can be written down: not over, not turned round, not longer than it may be.
#[must_use]
pub fn is_sound(window: &Window, now: UnixMs) -> bool {
    window.span.check().is_ok() && window.span.to > now
}

/// Adds a window of the institution; `None` where it is not sound.
///
/// # Errors
/// What the database says; so for every rule.
pub fn add(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &WindowId,
    window: &Window,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<WindowRow>, StoreError> {
    if !is_sound(window, entry.at) {
        return Ok(None);
    }
    maintenance::add(tx, Some(tenant), id, window, entry.at, Some(by))?;
    audit::add(tx, entry)?;
    Ok(Some(WindowRow { id: id.as_str().to_owned(), is_common: false, window: window.clone(), ended_at: None }))
}

/// Ends a window of the institution's own; `None` when there is none. One that has ended stays as it is.
pub fn end(tx: &mut Tx<'_>, tenant: &Tenant, id: &WindowId, entry: &AuditEntry) -> Result<Option<WindowRow>, StoreError> {
    let ended = maintenance::end(tx, Some(tenant), id, entry.at)?;
    if ended.is_some() {
        audit::add(tx, entry)?;
    }
    Ok(ended)
}

/// What lasts now, or begins within seven days, by its beginning.
pub fn announced(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Vec<WindowRow>, StoreError> {
    Ok(list(tx, tenant, now)?.into_iter().filter(|row| row.is_announced(now)).collect())
}

/// The window that keeps a visit from beginning now; of several the one that lasts longest.
pub fn blocking(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Option<Span>, StoreError> {
    let running = list(tx, tenant, now)?.into_iter().filter(|row| row.is_now(now) && row.window.part.blocks_a_visit());
    Ok(running.map(|row| row.window.span).max_by_key(|span| span.to))
}

/// What a tablet is told: what keeps a visit from beginning now, else the next window of a part that a visit needs, else the next one.
pub fn for_tablet(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Option<Maintenance>, StoreError> {
    let announced = announced(tx, tenant, now)?;
    let blocks = |row: &&WindowRow| row.window.part.blocks_a_visit();
    let stops = announced.iter().filter(blocks).filter(|row| row.is_now(now)).max_by_key(|row| row.window.span.to);
    let row = stops.or_else(|| announced.iter().find(blocks)).or_else(|| announced.first());
    Ok(row.map(|row| Maintenance { span: row.window.span, part: row.window.part }))
}
