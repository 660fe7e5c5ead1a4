//! Tokens for the reception URLs that a change of the settings may need.

use shared::domain::institution::{ReceptionToken, Use, VisitKind};

use crate::random::{NoRandom, Random};

/// A token for each kind of visit that has a page.
///
/// # Errors
/// [`NoRandom`].
pub fn fresh_tokens(random: &Random) -> Result<Vec<(VisitKind, ReceptionToken)>, NoRandom> {
    let kinds = Use::ALL.into_iter().map(Use::reception);
    kinds.map(|kind| Ok((kind, ReceptionToken::from_random(random.bytes()?)))).collect()
}
