//! The one rule that ends consents before their deadline: for the patient, another use, a replacement, the institution (P-END).
//! The deadline itself needs no writing: `shared::domain::consent::ended` reads it off the clock.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{ConsentItem, EndReason, ItemState};

use crate::consent::items_text;
use crate::store::tx::Tx;
use crate::store::{ConsentId, Former, NewChange, ProofRecord, StoreError, VisitId, change};
use crate::tenant::Tenant;

/// Why, by whom and when.
pub struct End<'a> {
    /// Id of the change.
    pub id: &'a ConsentId,
    /// The visit in which the patient did it.
    pub visit: Option<&'a VisitId>,
    /// When.
    pub at: UnixMs,
    /// Why.
    pub why: EndReason,
    /// The account; `None`: the patient.
    pub by: Option<&'a UserId>,
    /// The institution's reason.
    pub cause: Option<&'a str>,
    /// Number of the receipt.
    pub receipt: &'a str,
    /// Nonce and proof of the patient's card.
    pub proof: Option<(&'a [u8; 32], &'a ProofRecord)>,
}

/// Ends a living consent as a whole; gives its items as they read from now on. Everyone who ends one holds the lock of [`lock`].
///
/// # Errors
/// What the database says; so for every rule.
pub fn whole(tx: &mut Tx<'_>, tenant: &Tenant, living: &Former, end: &End<'_>) -> Result<Vec<(ConsentItem, ItemState)>, StoreError> {
    let after = all_ended(&living.items, end.why);
    change::end(tx, tenant, &living.id, end.why, end.at)?;
    // The consent that took its place says it.
    if end.why != EndReason::Replaced {
        change::add(tx, tenant, &new_change(living, &after, true, end))?;
    }
    Ok(after)
}

/// Changes items of a living consent; what was agreed to and is no more has ended. False when nothing differs.
pub fn some(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    living: &Former,
    after: &[(ConsentItem, ItemState)],
    end: &End<'_>,
) -> Result<bool, StoreError> {
    if living.items == after {
        return Ok(false);
    }
    change::keep_items(tx, tenant, &living.id, &items_text(after))?;
    change::add(tx, tenant, &new_change(living, after, false, end))?;
    Ok(true)
}

/// Of two that end or replace consents of one person the second begins when the first has ended. After the visit's own lock.
pub fn lock(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str) -> Result<(), StoreError> {
    tx.lock(&format!("standing {} {subject}", tenant.code()))
}

/// How the items of a consent read once it has ended as a whole.
#[must_use]
pub fn all_ended(items: &[(ConsentItem, ItemState)], why: EndReason) -> Vec<(ConsentItem, ItemState)> {
    items.iter().map(|(item, state)| (*item, if *state == ItemState::Agreed { why.state() } else { *state })).collect()
}

fn new_change<'a>(living: &'a Former, after: &'a [(ConsentItem, ItemState)], is_whole: bool, end: &'a End<'a>) -> NewChange<'a> {
    NewChange {
        id: end.id,
        consent: &living.id,
        visit: end.visit,
        at: end.at,
        why: end.why,
        is_whole,
        before: &living.items,
        after,
        by: end.by,
        cause: end.cause,
        receipt: end.receipt,
        proof: end.proof,
    }
}
