//! Statements on the audit log, whose rows are only ever added.
//!
//! Their order is that of `id`. On SQLite it is the order of the commits, since one thread writes. On PostgreSQL an id is drawn when
//! a row is written, not when it is committed: for as long as a transaction runs, a row may still come in below one that is
//! already seen. Whatever is built over the rows (a chain, an export that goes on where it ended) therefore stops before rows
//! younger than a minute, which is longer than any transaction lives, and takes the others in the order of `id`.

use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use super::tx::{Tx, values};
use super::{AuditEntry, StoreError, code_of, fixed};
use crate::Sha256;
use crate::tenant::Tenant;

/// Adds a row.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO audit (at, institution, actor, action, subject, outcome) VALUES ($1, $2, $3, $4, $5, $6)",
        values![entry.at, entry.institution.as_ref(), &entry.actor, entry.action.as_ref(), entry.subject.as_deref(), &entry.outcome],
    )?;
    Ok(())
}

/// When the newest row was written.
pub fn newest_at(tx: &mut Tx<'_>) -> Result<Option<UnixMs>, StoreError> {
    tx.row("SELECT at FROM audit ORDER BY id DESC LIMIT 1", values![], |row| row.instant("at"))
}

/// Counts a refusal among those of the same actor, action, subject and outcome; true for the first one.
pub fn count_refusal(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<bool, StoreError> {
    let institution = entry.institution.as_ref().map_or("", InstitutionCode::as_str);
    let subject = entry.subject.as_deref().unwrap_or_default();
    let key = crate::sha256([institution, &entry.actor, &entry.action, subject, &entry.outcome].join("\n").as_bytes());
    let added = tx.execute(
        "INSERT INTO repeated_refusals (key_sha256, institution, actor, action, subject, outcome, further, first_at, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7) ON CONFLICT (key_sha256) DO NOTHING",
        values![&key, entry.institution.as_ref(), &entry.actor, entry.action.as_ref(), entry.subject.as_deref(), &entry.outcome, entry.at,],
    )?;
    if added == 0 {
        tx.execute("UPDATE repeated_refusals SET further = further + 1, last_at = $1 WHERE key_sha256 = $2", values![entry.at, &key])?;
    }
    Ok(added == 1)
}

/// 500 counts at most whose first refusal was at `first_by` or before: key, the last refusal, how many came after the first.
pub fn counted(tx: &mut Tx<'_>, first_by: UnixMs) -> Result<Vec<(Sha256, AuditEntry, i64)>, StoreError> {
    tx.rows(
        "SELECT key_sha256, institution, actor, action, subject, outcome, further, last_at FROM repeated_refusals
         WHERE first_at <= $1 ORDER BY first_at, key_sha256 LIMIT 500",
        values![first_by],
        |row| {
            let entry = AuditEntry {
                at: row.instant("last_at")?,
                institution: row.get::<Option<String>>("institution")?.map(|code| code_of(&code)).transpose()?,
                actor: row.get("actor")?,
                action: row.get::<String>("action")?.into(),
                subject: row.get("subject")?,
                outcome: row.get("outcome")?,
            };
            Ok((fixed(row.get("key_sha256")?)?, entry, row.get("further")?))
        },
    )
}

/// Removes a count.
pub fn forget_counted(tx: &mut Tx<'_>, key: &Sha256) -> Result<(), StoreError> {
    tx.execute("DELETE FROM repeated_refusals WHERE key_sha256 = $1", values![key]).map(|_| ())
}

/// The rows of an institution, oldest first.
pub fn of(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<AuditEntry>, StoreError> {
    tx.rows("SELECT at, actor, action, subject, outcome FROM audit WHERE institution = $1 ORDER BY id", values![tenant], |row| {
        Ok(AuditEntry {
            at: row.instant("at")?,
            institution: Some(tenant.code().clone()),
            actor: row.get("actor")?,
            action: row.get::<String>("action")?.into(),
            subject: row.get("subject")?,
            outcome: row.get("outcome")?,
        })
    })
}
