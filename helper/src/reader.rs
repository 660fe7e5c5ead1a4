//! The readers of this machine: who is there, and a way to one card at a time.
//!
//! A [`Readers`] has two sides, each on its own OS thread: the watch reports what is plugged in and placed, without asking any card;
//! the [`Door`] opens one card for one transaction.

mod pad;
pub mod pcsc;
#[cfg(feature = "simulator")]
pub mod simulator;

use std::time::Duration;

use crate::card::{After, Channel, ChannelError};

/// How long a card is waited for whose link broke by itself ([`Channel::come_back`]).
pub(crate) const COME_BACK: Duration = Duration::from_secs(3);

/// Where a watch sends what it sees.
pub type Reporter = Box<dyn Fn(Report) + Send + Sync>;

/// Readers of one kind: the machine's, or a simulated one.
pub trait Readers: Send + 'static {
    /// Starts watching. The first report comes without anything happening; the watch ends when the guard is dropped.
    fn watch(&self, report: Reporter) -> Box<dyn Send>;

    /// Makes a door for a thread that works with cards.
    fn door(&self) -> Box<dyn Door>;

    /// True when the card is not a real one.
    fn is_simulator(&self) -> bool;
}

/// Opens cards, one at a time; belongs to one thread.
pub trait Door: Send {
    /// Runs `work` with the card at `place` in one transaction, and leaves the card as `work` says.
    ///
    /// # Errors
    /// [`ChannelError`] when `work` was not run: another card lies there, the reader is gone, someone else holds the card.
    fn with_card(&mut self, place: &Place, work: &mut dyn FnMut(&mut dyn Channel) -> After) -> Result<(), ChannelError>;
}

/// Names one insertion of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name that the system gives the reader.
    pub reader: String,
    /// Differs for every insertion.
    pub mark: u64,
}

/// What the watch sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The reader service does not run.
    Down,
    /// It refuses this user.
    Denied,
    /// All readers, in the order of the system.
    Slots(Vec<Slot>),
}

/// One reader as the watch sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Name that the system gives it.
    pub name: String,
    /// The card on it.
    pub card: Option<Presence>,
}

/// A card as the watch sees it, before anything was said to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// Differs for every insertion on this reader.
    pub mark: u64,
    /// It does not answer to power.
    pub is_mute: bool,
}
