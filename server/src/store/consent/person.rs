//! The results of one person here.

use super::{columns, id_of, read_with_occasion};
use crate::store::tx::{Tx, values};
use crate::store::{ConsentId, ConsentRecord, StoreError};
use crate::tenant::Tenant;

/// The register's id of the person of a consent; `None`: no such consent here.
///
/// # Errors
/// What the database says; so for every function here.
pub fn subject_of(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId) -> Result<Option<String>, StoreError> {
    tx.row("SELECT subject FROM consents WHERE institution = $1 AND id = $2", values![tenant, id], |row| row.get("subject"))
}

/// Text of [`results_of`]: goes along `consents_by_subject`.
pub const RESULTS: &str = concat!(
    "SELECT ",
    columns!(),
    ", v.occasion FROM (SELECT id AS hit FROM consents WHERE institution = $1 AND subject = $2 AND subject <> '' ORDER BY consented_at DESC, id DESC
            LIMIT $3) AS hits
     JOIN consents c ON c.id = hit JOIN results r ON r.consent = c.id LEFT JOIN visits v ON v.id = c.visit LEFT JOIN proofs p ON p.consent = c.id
     ORDER BY c.consented_at DESC, c.id DESC"
);

/// A person's results, the newest first. One that cannot be read is left out.
pub fn results_of(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, rows: u32) -> Result<Vec<ConsentRecord>, StoreError> {
    let found = tx.rows(RESULTS, values![tenant, subject, rows], |row| match read_with_occasion(row) {
        Ok(record) => Ok(Some(record)),
        Err(StoreError::Damaged(what)) => {
            tracing::error!(consent = row.get::<String>("id")?, what, "a stored consent cannot be read");
            Ok(None)
        }
        Err(other) => Err(other),
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Text of [`subjects_of_insurance`]: goes along the index `consents_by_insurance`.
pub const SUBJECTS_OF_INSURANCE: &str =
    "SELECT DISTINCT subject FROM (SELECT subject FROM consents WHERE institution = $1 AND insurance_key = $2 AND insurance_key <> ''
                                   ORDER BY consented_at DESC, id DESC LIMIT 200) AS found LIMIT 2";

/// Who was here with an insurance ([`crate::consent::insurance_key`]), by its last 200 results: two at most. Without a 枝番 a family has one and the same.
pub fn subjects_of_insurance(tx: &mut Tx<'_>, tenant: &Tenant, key: &str) -> Result<Vec<String>, StoreError> {
    tx.rows(SUBJECTS_OF_INSURANCE, values![tenant, key], |row| row.get("subject"))
}

/// Text of [`of_receipt`].
pub const OF_RECEIPT: &str = "SELECT id FROM consents WHERE institution = $1 AND receipt = $2 ORDER BY +consented_at DESC LIMIT 5";

/// The consents of a 受付番号 ([`crate::consent::receipt_key`]): one, unless chance gave the same number twice.
pub fn of_receipt(tx: &mut Tx<'_>, tenant: &Tenant, receipt: &str) -> Result<Vec<ConsentId>, StoreError> {
    tx.rows(OF_RECEIPT, values![tenant, receipt], id_of)
}
