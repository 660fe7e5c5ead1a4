//! Consents in the office: what a person decides about them.

use shared::api::office::ChosenCoverage;
use shared::domain::coverage::Validity;

use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, ConsentRecord, StoreError, audit, consent};
use crate::tenant::Tenant;

/// What became of a choice among the coverages of a consent.
#[derive(Debug)]
pub enum Chosen {
    /// It stands; the consent with it.
    Kept(Box<ConsentRecord>),
    /// No such consent in this institution.
    NotThere,
    /// Nothing to choose there, or not this one.
    NotOffered,
    /// Someone else chose since it was shown.
    ChangedMeanwhile,
}

/// Keeps a person's choice, if the present one is `shown`. A choice that stands already is kept as it is.
///
/// # Errors
/// What the database says; so for every rule.
pub fn choose_coverage(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &ConsentId,
    choice: &ChosenCoverage,
    shown: Option<u32>,
    entry: &AuditEntry,
) -> Result<Chosen, StoreError> {
    let Some(found) = consent::find(tx, tenant, id)? else { return Ok(Chosen::NotThere) };
    let is_offered = usize::try_from(choice.coverage).is_ok_and(|place| place < found.eligibility.coverages.len());
    if found.eligibility.validity != Validity::Several || !is_offered {
        return Ok(Chosen::NotOffered);
    }
    let present = found.chosen.as_ref().map(|chosen| chosen.coverage);
    if present == Some(choice.coverage) {
        return Ok(Chosen::Kept(Box::new(found)));
    }
    if present != shown {
        return Ok(Chosen::ChangedMeanwhile);
    }
    consent::choose(tx, tenant, id, choice)?;
    audit::add(tx, entry)?;
    Ok(Chosen::Kept(Box::new(ConsentRecord { chosen: Some(choice.clone()), ..found })))
}
