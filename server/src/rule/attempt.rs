//! Tries to log in: each failure in a row makes the next try wait longer.

use shared::domain::calendar::UnixMs;

use crate::store::attempt::{AttemptRow, find, forget, forget_before, give_back, put};
use crate::store::tx::Tx;
use crate::store::{Attempt, AttemptPolicy, Sha256, StoreError};

/// Counts a try under each key, if none of them has to wait, and drops counters that no longer count.
///
/// # Errors
/// What the database says; so for every rule.
pub fn count(tx: &mut Tx<'_>, keys: &[(Sha256, AttemptPolicy)], now: UnixMs) -> Result<Attempt, StoreError> {
    let (mut until, mut is_first) = (now, false);
    let mut counts = Vec::with_capacity(keys.len());
    for (key, policy) in keys {
        let counter = find(tx, key)?.filter(|row| now.0.saturating_sub(row.last_at.0) < policy.forget_after_ms);
        let Some(row) = counter else {
            counts.push(1);
            continue;
        };
        counts.push(row.failures.saturating_add(1));
        // A clock that was put back must not make a wait longer than any wait is.
        let blocked_until = row.blocked_until.min(now.plus_ms(policy.longest_wait_ms));
        if blocked_until <= now {
            continue;
        }
        until = until.max(blocked_until);
        is_first |= !row.is_told;
        if !row.is_told || blocked_until < row.blocked_until || row.last_at > now {
            put(tx, key, &AttemptRow { blocked_until, last_at: row.last_at.min(now), is_told: true, ..row })?;
        }
    }
    if until > now {
        return Ok(Attempt::Wait { until, is_first });
    }
    let forget_after_ms = keys.iter().map(|(_, policy)| policy.forget_after_ms).max().unwrap_or(i64::MAX);
    forget_before(tx, now.plus_ms(forget_after_ms.saturating_neg()))?;
    for ((key, policy), failures) in keys.iter().zip(counts) {
        put(tx, key, &AttemptRow { failures, blocked_until: now.plus_ms(policy.wait_ms(failures)), last_at: now, is_told: false })?;
    }
    Ok(Attempt::Allowed)
}

/// Notes that the try counted last was no failure: forgets all failures of the one keys, gives this one try back to the others.
pub fn forgive(tx: &mut Tx<'_>, forgotten: &[Sha256], given_back: &[Sha256]) -> Result<(), StoreError> {
    for key in forgotten {
        forget(tx, key)?;
    }
    for key in given_back {
        give_back(tx, key)?;
    }
    Ok(())
}
