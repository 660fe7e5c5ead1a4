//! Accidents that can be planned for a card.

/// A planned accident. Commands are counted from 1, starting when the fault is set; it happens once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The card is pulled before it receives command `n`: nothing is carried out.
    RemoveBefore(u32),
    /// The card carries out command `n` and is pulled before the answer arrives: a PIN try may be spent and nobody knows.
    RemoveDuring(u32),
    /// The card is pulled right after the answer of command `n` has arrived.
    RemoveAfter(u32),
    /// The card carries out command `n` and never answers, to this or anything else, until it is taken out.
    SilentAt(u32),
}

/// The card does not answer: it was pulled, or ([`Card::is_silent`](crate::Card::is_silent)) it is there and says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the card does not answer any more")]
pub struct Gone;
