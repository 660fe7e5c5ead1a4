//! Statements on the audit log, whose rows are only ever added.

use super::tx::{Tx, values};
use super::{AuditEntry, StoreError};
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
