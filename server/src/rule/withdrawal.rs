//! 同意取消 by the institution (OT-15, P-END).

use shared::api::withdrawal::Withdraw;
use shared::domain::account::UserId;
use shared::domain::consent::{ConsentItem, EndReason, ItemState, ended};

use super::ending::{self, End};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, ConsentRecord, Former, StoreError, audit, consent};
use crate::tenant::Tenant;

/// What became of a withdrawal.
#[derive(Debug)]
pub enum Withdrew {
    /// Done: the consent as it is now, the items that ended, and whether it ended as a whole.
    Done(Box<ConsentRecord>, Vec<ConsentItem>, bool),
    /// No such consent in this institution.
    NotThere,
    /// It has ended already.
    Ended,
    /// Nothing was chosen, or what was not agreed to.
    NotOffered,
}

/// Ends all that a living consent agrees to, or some of it.
///
/// # Errors
/// What the database says; so for every rule.
pub fn withdraw(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &ConsentId,
    asked: &Withdraw,
    (change, receipt, by): (&ConsentId, &str, &UserId),
    entry: &AuditEntry,
) -> Result<Withdrew, StoreError> {
    let Some(subject) = consent::subject_of(tx, tenant, id)? else { return Ok(Withdrew::NotThere) };
    // Read again behind the lock: the patient may be withdrawing it at the bedside.
    ending::lock(tx, tenant, &subject)?;
    let Some(found) = consent::find(tx, tenant, id)? else { return Ok(Withdrew::NotThere) };
    if ended(found.expires_at, found.early_end(), entry.at).is_some() {
        return Ok(Withdrew::Ended);
    }
    let is_agreed = |item: ConsentItem| found.items.contains(&(item, ItemState::Agreed));
    let gone: Vec<ConsentItem> =
        ConsentItem::ALL.into_iter().filter(|item| is_agreed(*item) && asked.groups.contains(&item.group())).collect();
    let is_offered = asked.groups.iter().all(|group| gone.iter().any(|item| item.group() == *group));
    // One with nothing agreed to still stands: it ends as a whole, and nothing is named.
    let is_bare = asked.groups.is_empty() && !ConsentItem::ALL.into_iter().any(is_agreed);
    if (gone.is_empty() && !is_bare) || !is_offered {
        return Ok(Withdrew::NotOffered);
    }
    let living = Former {
        id: found.id.clone(),
        visit_kind: found.visit_kind,
        booked_on: found.booked_on,
        items: found.items.clone(),
        consented_at: found.consented_at,
        expires_at: found.expires_at,
    };
    let (why, cause) = (EndReason::Institution, Some(asked.cause.word()));
    let end = End { id: change, visit: None, at: entry.at, why, by: Some(by), cause, receipt, proof: None };
    let is_whole = ConsentItem::ALL.into_iter().all(|item| !is_agreed(item) || gone.contains(&item));
    if is_whole {
        ending::whole(tx, tenant, &living, &end)?;
    } else {
        let after = |(item, state): &(ConsentItem, ItemState)| (*item, if gone.contains(item) { why.state() } else { *state });
        ending::some(tx, tenant, &living, &living.items.iter().map(after).collect::<Vec<_>>(), &end)?;
    }
    audit::add(tx, entry)?;
    let now = consent::find(tx, tenant, id)?.ok_or(StoreError::Damaged("consent"))?;
    Ok(Withdrew::Done(Box::new(now), gone, is_whole))
}
