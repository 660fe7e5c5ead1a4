//! Statements on the answers that are kept for their keys, so that the same press sent again gets the same answer.
//!
//! An answer may hold personal data: it is kept for [`shared::api::ANSWER_KEPT_MS`] and forgotten then.

use shared::domain::calendar::UnixMs;

use super::tx::{Tx, values};
use super::{Press, Sha256, StoreError, fixed};
use crate::tenant::Tenant;

/// An answer that is kept.
pub struct KeptAnswer {
    /// Name of the endpoint that gave it.
    pub endpoint: String,
    /// SHA-256 of the request that it answers.
    pub request_sha256: Sha256,
    /// The answer's JSON.
    pub answer: String,
    /// Since when.
    pub answered_at: UnixMs,
}

/// The answer under this press's key, also one that is too old.
///
/// # Errors
/// What the database says; so for every function here.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, press: &Press) -> Result<Option<KeptAnswer>, StoreError> {
    tx.row(
        "SELECT endpoint, request_sha256, answer, answered_at FROM answers WHERE institution = $1 AND user_id = $2 AND key_sha256 = $3",
        values![tenant, &press.user, &press.key_sha256],
        |row| {
            Ok(KeptAnswer {
                endpoint: row.get("endpoint")?,
                request_sha256: fixed(row.get("request_sha256")?)?,
                answer: row.get("answer")?,
                answered_at: row.instant("answered_at")?,
            })
        },
    )
}

/// Keeps an answer, also in the place of one that was too old.
pub fn keep(tx: &mut Tx<'_>, tenant: &Tenant, press: &Press, answer: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO answers (institution, user_id, key_sha256, endpoint, request_sha256, answer, answered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (institution, user_id, key_sha256) DO UPDATE
         SET endpoint = excluded.endpoint, request_sha256 = excluded.request_sha256, answer = excluded.answer,
             answered_at = excluded.answered_at",
        values![tenant, &press.user, &press.key_sha256, press.endpoint, &press.request_sha256, answer, press.at],
    )?;
    Ok(())
}

/// Forgets 500 answers at most, over all institutions, that were given at `given_by` or before, or after `not_yet` by a
/// clock that was put back since; says how many.
pub fn forget(tx: &mut Tx<'_>, given_by: UnixMs, not_yet: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM answers WHERE (institution, user_id, key_sha256) IN
           (SELECT institution, user_id, key_sha256 FROM answers WHERE answered_at <= $1 OR answered_at > $2 LIMIT 500)",
        values![given_by, not_yet],
    )
}
