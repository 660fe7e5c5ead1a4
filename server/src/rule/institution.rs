//! Institutions and their reception URLs (N070–N074).

use shared::domain::institution::{ReceptionToken, VisitKind};

use crate::store::db::Tx;
use crate::store::{AuditEntry, NewInstitution, ReceptionUrlRecord, StoreError, account, audit, institution};

/// Adds an institution with its first URL and accounts; false when the code is taken.
///
/// # Errors
/// What the database says; so for every rule.
pub fn add(tx: &mut Tx<'_>, new: &NewInstitution) -> Result<bool, StoreError> {
    if !institution::add(tx, &new.institution, new.at)? {
        return Ok(false);
    }
    institution::add_url(tx, &new.institution.code, VisitKind::HomeVisit, &new.token, new.at)?;
    for one in &new.accounts {
        account::add(tx, &new.institution.code, one)?;
    }
    Ok(true)
}

/// Puts `next` in the place of `present`; `None` when `present` is not the current one of the audit row's institution.
pub fn change_url(
    tx: &mut Tx<'_>,
    visit_kind: VisitKind,
    present: &ReceptionToken,
    next: &ReceptionToken,
    entry: &AuditEntry,
) -> Result<Option<ReceptionUrlRecord>, StoreError> {
    let Some(code) = &entry.institution else { return Ok(None) };
    if !institution::retire_url(tx, code, visit_kind, present, entry.at)? {
        return Ok(None);
    }
    institution::add_url(tx, code, visit_kind, next, entry.at)?;
    audit::add(tx, entry)?;
    institution::current_url(tx, code, visit_kind)
}
