//! Statements on the people whom result files told of (`import`).

use shared::domain::calendar::UnixMs;
use shared::domain::coverage::Eligibility;

use super::tx::{Tx, values};
use super::{StoreError, stored};
use crate::tenant::Tenant;

/// Somebody who is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Made of the first numbers, birth date and name; stays when they change.
    pub id: String,
    /// 照会番号, where a file gave one.
    pub reference_number: Option<String>,
    /// Person and one coverage, valid, as of the newest file (`checked_at`).
    pub eligibility: Eligibility,
}

/// Everybody of an institution.
///
/// # Errors
/// What the database says; so for every function here.
pub fn all(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<Kept>, StoreError> {
    tx.rows("SELECT id, reference_number, eligibility FROM register_people WHERE institution = $1 ORDER BY id", values![tenant], |row| {
        Ok(Kept {
            id: row.get("id")?,
            reference_number: row.get("reference_number")?,
            eligibility: stored::read_eligibility(&row.get::<String>("eligibility")?)?,
        })
    })
}

/// Keeps one. What another run kept of a newer day stays.
pub fn put(tx: &mut Tx<'_>, tenant: &Tenant, kept: &Kept, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO register_people (institution, id, reference_number, eligibility, checked_at, imported_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (institution, id)
         DO UPDATE SET reference_number = excluded.reference_number, eligibility = excluded.eligibility, checked_at = excluded.checked_at,
                       imported_at = excluded.imported_at
         WHERE register_people.checked_at <= excluded.checked_at",
        values![
            tenant,
            kept.id.as_str(),
            kept.reference_number.as_deref(),
            &stored::eligibility(&kept.eligibility)?,
            kept.eligibility.checked_at,
            at
        ],
    )
    .map(|_| ())
}

/// Forgets everybody of an institution; how many there were.
pub fn forget(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM register_people WHERE institution = $1", values![tenant])
}
