//! An institution for training is filled and emptied (OT-36, N066); one that is not for training is refused, whoever asks.

use shared::api::training::TrainingStatus;
use shared::domain::calendar::UnixMs;

use super::visit;
use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, NewVisit, Opened, ProofStored, Proved, StoreError, audit, institution, training};
use crate::tenant::Tenant;

/// The institution is not for training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this institution is not for training: its data are real")]
pub struct NotTraining;

/// A visit to invent, and what it comes to.
#[derive(Clone)]
pub struct Invented {
    /// The visit.
    pub visit: NewVisit,
    /// Its proof, which no card signed.
    pub proved: Proved,
}

fn is_training(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<bool, StoreError> {
    Ok(institution::find_standing(tx, tenant)?.is_some_and(|(_, standing)| standing.is_training))
}

/// What is in it.
///
/// # Errors
/// What the database says; so for every rule.
pub fn status(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<TrainingStatus, StoreError> {
    let (visits, consents) = training::counts(tx, tenant)?;
    Ok(TrainingStatus { is_training: is_training(tx, tenant)?, visits, consents })
}

/// Removes all that is in it.
pub fn reset(tx: &mut Tx<'_>, tenant: &Tenant, entry: &AuditEntry) -> Result<Result<TrainingStatus, NotTraining>, StoreError> {
    if !is_training(tx, tenant)? {
        return Ok(Err(NotTraining));
    }
    training::remove_all(tx, tenant)?;
    audit::add(tx, entry)?;
    status(tx, tenant).map(Ok)
}

/// Removes all that is in it and fills it with what was invented, in the order of its time.
pub fn fill(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    invented: &[Invented],
    entry: &AuditEntry,
) -> Result<Result<TrainingStatus, NotTraining>, StoreError> {
    if !is_training(tx, tenant)? {
        return Ok(Err(NotTraining));
    }
    training::remove_all(tx, tenant)?;
    for one in invented {
        let Opened::Visit(_) = visit::open(tx, &one.visit)? else { return Err(StoreError::Damaged("an invented visit")) };
        match visit::store_proof(tx, tenant, &one.proved)? {
            ProofStored::New(_) => {}
            // The person says yes to the new one.
            ProofStored::Asks(former) => {
                let agreed = Proved { replaces: Some(ConsentId::clone(&former.id)), ..one.proved.clone() };
                let ProofStored::New(_) = visit::store_proof(tx, tenant, &agreed)? else {
                    return Err(StoreError::Damaged("an invented proof"));
                };
            }
            _ => return Err(StoreError::Damaged("an invented proof")),
        }
        visit::leave(tx, tenant, &one.visit.id, UnixMs(one.proved.at.0 + 1))?;
    }
    audit::add(tx, entry)?;
    status(tx, tenant).map(Ok)
}
