//! Enquiries at support desks (OT-22, N066): written down, and changed by whoever saw how they stand.

use shared::api::enquiry::EnquiryRow;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::enquiry::Enquiry;

use crate::consent::search_key;
use crate::store::tx::Tx;
use crate::store::{AuditEntry, EnquiryId, StoreError, audit, enquiry};
use crate::tenant::Tenant;

/// What an enquiry is found by: all its texts, folded.
fn key_of(of: &Enquiry) -> String {
    let texts = [of.desk.as_str(), of.who.as_str(), of.case_number.as_str(), of.question.as_str(), of.answer.as_str()];
    texts.map(search_key).join("\n")
}

/// Adds an enquiry; `None` where desk, person or question is missing.
///
/// # Errors
/// What the database says; so for every rule.
pub fn add(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &EnquiryId,
    of: &Enquiry,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Option<EnquiryRow>, StoreError> {
    if !of.is_whole() {
        return Ok(None);
    }
    enquiry::add(tx, tenant, id, of, &key_of(of), entry.at, by)?;
    audit::add(tx, entry)?;
    enquiry::find(tx, tenant, id)
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It counts.
    Done(Box<EnquiryRow>),
    /// Desk, person or question is missing.
    NotWhole,
    /// Another one changed it since it was shown.
    ChangedSince,
    /// The institution has no such enquiry.
    NotThere,
}

/// Puts an enquiry in the place of the one that was `shown` as it was changed then.
pub fn change(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &EnquiryId,
    of: &Enquiry,
    shown: UnixMs,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Changed, StoreError> {
    if !of.is_whole() {
        return Ok(Changed::NotWhole);
    }
    let Some(former) = enquiry::find(tx, tenant, id)? else { return Ok(Changed::NotThere) };
    // Two changes in one millisecond, or a clock that was put back: the later one still stands after the earlier one.
    let at = entry.at.max(former.changed_at.plus_ms(1));
    if !enquiry::change(tx, tenant, id, (of, &key_of(of)), shown, (at, by))? {
        return Ok(Changed::ChangedSince);
    }
    audit::add(tx, entry)?;
    let now = enquiry::find(tx, tenant, id)?.ok_or(StoreError::Damaged("an enquiry that was just changed"))?;
    Ok(Changed::Done(Box::new(now)))
}
