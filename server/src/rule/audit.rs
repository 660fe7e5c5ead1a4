//! The audit log of what repeats: the first refusal has its row at once, the further ones share one.

use shared::domain::calendar::UnixMs;

use crate::store::tx::Tx;
use crate::store::{AuditEntry, StoreError, audit};

/// Further refusals are counted for so long before their row is written, milliseconds.
pub const COUNTED_MS: i64 = 60 * 60_000;

/// Notes a refusal: the first one of its actor, action, subject and outcome in an hour has a row, the further ones are counted.
///
/// # Errors
/// What the database says; so for every rule.
pub fn refused(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), StoreError> {
    if audit::count_refusal(tx, entry)? { audit::add(tx, entry) } else { Ok(()) }
}

/// Writes the rows of refusals that repeated, 500 at most, where the first one was at `first_by` or before; says how many it looked at.
pub fn sum_up(tx: &mut Tx<'_>, first_by: UnixMs) -> Result<u64, StoreError> {
    let counted = audit::counted(tx, first_by)?;
    for (key, entry, further) in &counted {
        if *further > 0 {
            audit::add(tx, &AuditEntry { outcome: format!("{} x{further}", entry.outcome), ..entry.clone() })?;
        }
        audit::forget_counted(tx, key)?;
    }
    Ok(u64::try_from(counted.len()).unwrap_or(u64::MAX))
}
