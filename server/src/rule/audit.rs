//! The audit log of what repeats: the first refusal has its row at once, the further ones share one. And its hash chain.
//!
//! The chain is made when the log is exported, not with each row: a link for each row of a visit would make the visits of one
//! institution wait for each other. A row gets its place once, after all that have one, so it does not matter in which order rows
//! become visible (PostgreSQL: not in that of their numbers). What stands in the chain cannot be changed unseen from then on.

use shared::domain::calendar::UnixMs;

use crate::store::audit::NumberedEntry;
use crate::store::tx::Tx;
use crate::store::{AuditEntry, Sha256, StoreError, audit};
use crate::tenant::Tenant;

/// Further refusals are counted for so long before their row is written, milliseconds.
pub const COUNTED_MS: i64 = 60 * 60_000;

/// Notes a refusal: the first one of its actor, action, subject and outcome in an hour has a row, the further ones are counted.
///
/// # Errors
/// What the database says; so for every rule.
pub fn refused(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), StoreError> {
    if audit::count_refusal(tx, entry)? { audit::add(tx, entry) } else { Ok(()) }
}

/// Writes the rows of refusals that repeated, 500 at most, where the first one was at `first_by` or before, or after `not_yet`
/// by a clock that was put back since; says how many it looked at.
pub fn sum_up(tx: &mut Tx<'_>, first_by: UnixMs, not_yet: UnixMs) -> Result<u64, StoreError> {
    let counted = audit::counted(tx, first_by, not_yet)?;
    for (key, entry, further) in &counted {
        if *further > 0 {
            audit::add(tx, &AuditEntry { outcome: format!("{} x{further}", entry.outcome), ..entry.clone() })?;
        }
        audit::forget_counted(tx, key)?;
    }
    Ok(u64::try_from(counted.len()).unwrap_or(u64::MAX))
}

/// The hash before the first link.
pub const NO_HASH: Sha256 = [0; 32];

/// The hash of a link: SHA-256 over the hash before it, its place (8 bytes), the instant (8 bytes, milliseconds), and each text of the
/// row with its length (4 bytes) before it: institution, actor, action, subject, address, outcome. Numbers with the highest byte first.
#[must_use]
pub fn link(before: &Sha256, place: i64, entry: &AuditEntry) -> Sha256 {
    let address = entry.address.map(|address| address.to_string()).unwrap_or_default();
    let institution = entry.institution.as_ref().map_or("", |code| code.as_str());
    let mut bytes = before.to_vec();
    bytes.extend(place.to_be_bytes());
    bytes.extend(entry.at.0.to_be_bytes());
    for text in [institution, &entry.actor, &entry.action, entry.subject.as_deref().unwrap_or_default(), &address, &entry.outcome] {
        bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    crate::sha256(&bytes)
}

/// Gives rows their places at the end of the chain; those that have got one meanwhile keep it.
pub fn chain(tx: &mut Tx<'_>, tenant: &Tenant, rows: &[NumberedEntry]) -> Result<(), StoreError> {
    let (mut place, mut hash) = audit::head(tx, tenant)?.unwrap_or((0, NO_HASH));
    for NumberedEntry { id, entry } in rows {
        if audit::has_place(tx, tenant, *id)? {
            continue;
        }
        place += 1;
        hash = link(&hash, place, entry);
        audit::add_link(tx, tenant, place, *id, &hash)?;
    }
    Ok(())
}
