//! 医療情報閲覧 (OT-16, N109): what a consent opens, and the record of each view.

use shared::domain::calendar::UnixMs;
use shared::domain::consent::ItemState;
use shared::domain::medical::MedicalKind;
use shared::domain::person::Person;

use super::opening::medical_view;
use crate::store::medical::{NewView, Under};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, ConsentRecord, StoreError, audit, check, consent, medical};
use crate::tenant::Tenant;

/// How a kind of medical information stands under a consent.
#[derive(Debug)]
pub enum Standing {
    /// No such consent in this institution.
    NotThere,
    /// Not to be viewed: refused, not asked, not applicable, expired, or ended.
    Closed(ItemState),
    /// To be viewed now.
    Open {
        /// The consent.
        record: Box<ConsentRecord>,
        /// Of whom, in the register's words.
        subject: String,
    },
}

/// Says how a kind stands under a consent at an instant. X63: a person without a consent has nothing to be viewed here.
///
/// # Errors
/// What the database says; so for every rule.
pub fn standing(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId, kind: MedicalKind, now: UnixMs) -> Result<Standing, StoreError> {
    let Some(record) = consent::find(tx, tenant, id)? else { return Ok(Standing::NotThere) };
    let items = record.items_at(now);
    let state = items.into_iter().find(|(item, _)| *item == kind.item()).map_or(ItemState::NotAsked, |(_, state)| state);
    match (state, medical::subject_of(tx, tenant, id)?) {
        (ItemState::Agreed, Some(subject)) => Ok(Standing::Open { record: Box::new(record), subject }),
        (ItemState::Agreed, None) => Ok(Standing::NotThere),
        (state, _) => Ok(Standing::Closed(state)),
    }
}

/// Keeps a view with its audit row, if the consent still opens the kind to the same person's information: what was fetched may be shown
/// once this is durable. What ended while the source was asked is not shown.
pub fn note(tx: &mut Tx<'_>, tenant: &Tenant, view: &NewView, entry: &AuditEntry) -> Result<Standing, StoreError> {
    let Under::Consent(id) = &view.under else { return Ok(Standing::NotThere) };
    let found = standing(tx, tenant, id, view.kind, view.at)?;
    match &found {
        Standing::Open { subject, .. } if *subject == view.subject => {
            medical::add(tx, tenant, view)?;
            audit::add(tx, entry)?;
            Ok(found)
        }
        // Linked to another person meanwhile.
        Standing::Open { .. } => Ok(Standing::NotThere),
        Standing::NotThere | Standing::Closed(_) => Ok(found),
    }
}

/// The same for a person who is seen in a disaster (OT-17e): who it is, and until when; `None` once the record is over, or for another
/// account than the one that sees them.
pub fn note_in_opening(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    view: &NewView,
    entry: &AuditEntry,
) -> Result<Option<(Option<Person>, UnixMs)>, StoreError> {
    let Under::Check(id) = &view.under else { return Ok(None) };
    let found = medical_view(tx, tenant, id, &view.by, view.at)?.filter(|(subject, _)| *subject == view.subject);
    let Some((_, until)) = found else { return Ok(None) };
    medical::add(tx, tenant, view)?;
    audit::add(tx, entry)?;
    Ok(Some((check::find(tx, tenant, id)?.and_then(|check| check.eligibility.person), until)))
}
