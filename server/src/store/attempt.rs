//! Statements on failed logins in a row, kept by hash of account and place, and on the places from where accounts logged in.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use super::tx::{Tx, values};
use super::{Sha256, StoreError};

/// A counter as it is kept.
pub struct AttemptRow {
    /// Failures in a row.
    pub failures: u32,
    /// No try before this instant.
    pub blocked_until: UnixMs,
    /// The last try that was let in.
    pub last_at: UnixMs,
    /// The wait has its audit row.
    pub is_told: bool,
}

/// The counter of a key.
///
/// # Errors
/// What the database says; so for every function here.
pub fn find(tx: &mut Tx<'_>, key: &Sha256) -> Result<Option<AttemptRow>, StoreError> {
    tx.row("SELECT failures, blocked_until, last_at, is_told FROM login_attempts WHERE key_sha256 = $1", values![key], |row| {
        Ok(AttemptRow {
            failures: u32::try_from(row.get::<i64>("failures")?).map_err(|_| StoreError::Damaged("failures"))?,
            blocked_until: row.instant("blocked_until")?,
            last_at: row.instant("last_at")?,
            is_told: row.get("is_told")?,
        })
    })
}

/// Keeps a counter.
pub fn put(tx: &mut Tx<'_>, key: &Sha256, row: &AttemptRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO login_attempts (key_sha256, failures, blocked_until, last_at, is_told) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (key_sha256) DO UPDATE SET failures = excluded.failures, blocked_until = excluded.blocked_until,
           last_at = excluded.last_at, is_told = excluded.is_told",
        values![key, row.failures, row.blocked_until, row.last_at, row.is_told],
    )?;
    Ok(())
}

/// Removes a counter.
pub fn forget(tx: &mut Tx<'_>, key: &Sha256) -> Result<(), StoreError> {
    tx.execute("DELETE FROM login_attempts WHERE key_sha256 = $1", values![key]).map(|_| ())
}

/// Removes 500 counters at most whose last try was at `at` or before; says how many.
pub fn forget_before(tx: &mut Tx<'_>, at: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM login_attempts WHERE key_sha256 IN (SELECT key_sha256 FROM login_attempts WHERE last_at <= $1 LIMIT 500)",
        values![at],
    )
}

/// True where the account logged in from this place before.
pub fn is_known(tx: &mut Tx<'_>, place: &Sha256, code: &InstitutionCode, user: &UserId) -> Result<bool, StoreError> {
    let found = tx.row(
        "SELECT seen_at FROM known_places WHERE place_sha256 = $1 AND institution = $2 AND user_id = $3",
        values![place, code, user],
        |row| row.instant("seen_at"),
    )?;
    Ok(found.is_some())
}

/// Remembers that the account logged in from this place.
pub fn remember(tx: &mut Tx<'_>, place: &Sha256, code: &InstitutionCode, user: &UserId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO known_places (place_sha256, institution, user_id, seen_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (place_sha256, institution, user_id) DO UPDATE SET seen_at = excluded.seen_at",
        values![place, code, user, at],
    )?;
    Ok(())
}

/// Forgets 500 places at most from where nobody logged in since `at`; says how many.
pub fn forget_places(tx: &mut Tx<'_>, at: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM known_places WHERE (place_sha256, institution, user_id) IN
           (SELECT place_sha256, institution, user_id FROM known_places WHERE seen_at <= $1 LIMIT 500)",
        values![at],
    )
}

/// Takes one failure back. The try was let in, so nothing blocked the key before it was counted.
pub fn give_back(tx: &mut Tx<'_>, key: &Sha256) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE login_attempts SET failures = CASE WHEN failures > 0 THEN failures - 1 ELSE 0 END, blocked_until = 0, is_told = $1
         WHERE key_sha256 = $2",
        values![false, key],
    )?;
    Ok(())
}
