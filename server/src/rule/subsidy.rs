//! 受給者証 from paper (P-PMH): written down and ended by people. An answer of the register changes none of them, and they change no result.

use shared::api::subsidy::{EndPaper, NewPaper, PAPERS_MAX, PapersShown};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::municipality::is_connected;

use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, PaperId, StoreError, audit, consent, subsidy};
use crate::tenant::Tenant;

/// The papers of the person of a consent; `None` when there is no such consent here.
///
/// # Errors
/// What the database says; so for every rule.
pub fn shown(tx: &mut Tx<'_>, tenant: &Tenant, of: &ConsentId, now: UnixMs) -> Result<Option<PapersShown>, StoreError> {
    let Some(found) = consent::find(tx, tenant, of)? else { return Ok(None) };
    let Some(subject) = consent::subject_of(tx, tenant, of)? else { return Ok(None) };
    let rows = if subject.is_empty() { Vec::new() } else { subsidy::of_subject(tx, tenant, &subject, PAPERS_MAX)? };
    let list = subsidy::municipalities(tx)?;
    let is_connected = is_connected(&list, found.eligibility.addresses().first().copied(), now.jst_date());
    Ok(Some(PapersShown { rows, is_connected, now }))
}

/// Why nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKept {
    /// It is no paper, or one too many.
    NotWhole,
    /// There is no such consent or paper here.
    NotThere,
}

/// Writes a paper down.
pub fn add(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: &ConsentId,
    id: &PaperId,
    new: &NewPaper,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Result<PapersShown, NotKept>, StoreError> {
    let Some(subject) = consent::subject_of(tx, tenant, of)? else { return Ok(Err(NotKept::NotThere)) };
    let Ok(paper) = new.read() else { return Ok(Err(NotKept::NotWhole)) };
    let kept = u32::try_from(subsidy::of_subject(tx, tenant, &subject, PAPERS_MAX)?.len()).unwrap_or(u32::MAX);
    if subject.is_empty() || kept >= PAPERS_MAX {
        return Ok(Err(NotKept::NotWhole));
    }
    subsidy::add(tx, tenant, &subject, id, &paper, (entry.at, by))?;
    audit::add(tx, entry)?;
    Ok(shown(tx, tenant, of, entry.at)?.ok_or(NotKept::NotThere))
}

/// Ends a paper with a reason.
pub fn end(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: &ConsentId,
    how: &EndPaper,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Result<PapersShown, NotKept>, StoreError> {
    if how.reason.is_empty() {
        return Ok(Err(NotKept::NotWhole));
    }
    let Some(subject) = consent::subject_of(tx, tenant, of)? else { return Ok(Err(NotKept::NotThere)) };
    let Some(id) = PaperId::parse(&how.paper) else { return Ok(Err(NotKept::NotThere)) };
    if !subsidy::end(tx, tenant, &subject, &id, (entry.at, by), how.reason.as_str())? {
        return Ok(Err(NotKept::NotThere));
    }
    audit::add(tx, entry)?;
    Ok(shown(tx, tenant, of, entry.at)?.ok_or(NotKept::NotThere))
}
