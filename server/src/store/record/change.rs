//! Changes of consents after they were given.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{ConsentItem, EndReason, ItemState};

use super::ProofRecord;
use crate::store::id::{ConsentId, VisitId};

/// A change to add.
pub struct NewChange<'a> {
    /// Its id.
    pub id: &'a ConsentId,
    /// Of which consent.
    pub consent: &'a ConsentId,
    /// The visit in which the patient made it.
    pub visit: Option<&'a VisitId>,
    /// When.
    pub at: UnixMs,
    /// By whom, as the reason of an end says it; of an update that ends nothing [`EndReason::Patient`], too.
    pub why: EndReason,
    /// The consent ended as a whole.
    pub is_whole: bool,
    /// Items before it.
    pub before: &'a [(ConsentItem, ItemState)],
    /// Items after it.
    pub after: &'a [(ConsentItem, ItemState)],
    /// The account; `None` where the patient did it.
    pub by: Option<&'a UserId>,
    /// The institution's reason.
    pub cause: Option<&'a str>,
    /// Number of the receipt.
    pub receipt: &'a str,
    /// Nonce and proof of the patient's card.
    pub proof: Option<(&'a [u8; 32], &'a ProofRecord)>,
}

impl NewChange<'_> {
    /// True when at least one item that was agreed to ended by it.
    #[must_use]
    pub fn ends(&self) -> bool {
        let is_ended =
            |(was, is): (&(ConsentItem, ItemState), &(ConsentItem, ItemState))| was.1 == ItemState::Agreed && is.1 != ItemState::Agreed;
        self.is_whole || self.before.iter().zip(self.after).any(is_ended)
    }
}
