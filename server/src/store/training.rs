//! Statements on the data of an institution for training. Each removes nothing of any other institution.

use super::StoreError;
use super::tx::{Tx, values};
use crate::tenant::Tenant;

/// What hangs on a consent or a visit and names no institution itself: removed first. Each statement asks again whether the
/// institution is for training; so below.
const HANGING: [&str; 3] = [
    "DELETE FROM proofs WHERE consent IN (SELECT c.id FROM consents c JOIN institutions i ON i.code = c.institution
       WHERE c.institution = $1 AND i.is_training = $2)",
    "DELETE FROM results WHERE consent IN (SELECT c.id FROM consents c JOIN institutions i ON i.code = c.institution
       WHERE c.institution = $1 AND i.is_training = $2)",
    "DELETE FROM challenges WHERE visit IN (SELECT v.id FROM visits v JOIN institutions i ON i.code = v.institution
       WHERE v.institution = $1 AND i.is_training = $2)",
];

/// A table by its name, and the statement that empties it of the institution.
macro_rules! emptied {
    ($($table:literal),* $(,)?) => {
        &[$((
            $table,
            concat!("DELETE FROM ", $table, " WHERE institution IN (SELECT code FROM institutions WHERE code = $1 AND is_training = $2)"),
        )),*]
    };
}

/// The tables that hold what was done with people, children first. A further one is a row here, or in the list of those that stay (a test).
pub const EMPTIED: &[(&str, &str)] = emptied![
    "hand_overs",
    "link_results",
    "sent_results",
    "consent_changes",
    "reference_events",
    "reference_numbers",
    "medical_views",
    "month_checks",
    "aid_months",
    "subsidy_papers",
    "aid_fetches",
    "coverage_changes",
    "shown_ends",
    "register_people",
    "relation_ends",
    "bulk_runs",
    "day_visits",
    "claims_closed",
    "later_checks",
    "opening_views",
    "opening_searches",
    "openings",
    "bedside_checks",
    "bulk_check_rows",
    "bulk_checks",
    "checks",
    "consents",
    "visits",
];

/// Removes all visits, consents and results of an institution for training; of another one nothing. Says how many rows.
///
/// # Errors
/// What the database says; so for every function here.
pub fn remove_all(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<u64, StoreError> {
    let mut removed = 0;
    for sql in HANGING.into_iter().chain(EMPTIED.iter().map(|(_, sql)| *sql)) {
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
