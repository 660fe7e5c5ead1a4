//! Statements on the data of an institution for training. Each removes nothing of any other institution.

use super::StoreError;
use super::tx::{Tx, values};
use crate::tenant::Tenant;

/// What is removed, one after the other: children first. Each statement asks again whether the institution is for training.
const REMOVED: &[&str] = &[
    "DELETE FROM sent_results WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM consent_changes WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM reference_events WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM reference_numbers WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM medical_views WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM month_checks WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM coverage_changes WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM shown_ends WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM relation_ends WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM bulk_runs WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM day_visits WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM claims_closed WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM proofs WHERE consent IN (SELECT c.id FROM consents c JOIN institutions i ON i.code = c.institution
       WHERE c.institution = $1 AND i.is_training = $2)",
    "DELETE FROM results WHERE consent IN (SELECT c.id FROM consents c JOIN institutions i ON i.code = c.institution
       WHERE c.institution = $1 AND i.is_training = $2)",
    "DELETE FROM month_checks WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM coverage_changes WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM shown_ends WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM relation_ends WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM bulk_runs WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM day_visits WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM claims_closed WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM later_checks WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM opening_views WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM opening_searches WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM openings WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM bulk_check_rows WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM bulk_checks WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM checks WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM consents WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
    "DELETE FROM challenges WHERE visit IN (SELECT v.id FROM visits v JOIN institutions i ON i.code = v.institution
       WHERE v.institution = $1 AND i.is_training = $2)",
    "DELETE FROM visits WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)",
];

/// Removes all visits, consents and results of an institution for training; of another one nothing. Says how many rows.
///
/// # Errors
/// What the database says; so for every function here.
pub fn remove_all(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<u64, StoreError> {
    let mut removed = 0;
    for sql in REMOVED {
        removed += tx.execute(sql, values![tenant, true])?;
    }
    Ok(removed)
}

/// Visits and consents of an institution.
pub fn counts(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<(u64, u64), StoreError> {
    let found = tx.row(
        "SELECT (SELECT count(*) FROM visits WHERE institution = $1) AS visits,
                (SELECT count(*) FROM consents WHERE institution = $1) AS consents",
        values![tenant],
        |row| Ok((row.get::<i64>("visits")?, row.get::<i64>("consents")?)),
    )?;
    let (visits, consents) = found.unwrap_or_default();
    Ok((u64::try_from(visits).unwrap_or(0), u64::try_from(consents).unwrap_or(0)))
}
