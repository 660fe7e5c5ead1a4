//! The second door: plays a card to the virtual reader of pcscd (`vsmartcard-vpcd`).

use std::net::SocketAddr;

use crate::Card;

/// Where vpcd's first reader listens by default.
pub const DEFAULT_ADDR: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 35963);

/// Plays cards to one vpcd reader from a thread of its own; dropping it takes the card out and ends the thread.
#[derive(Debug)]
pub struct Player {}

/// A shared way to the card in a [`Player`].
#[derive(Debug, Clone)]
pub struct Handle {}

impl Player {
    /// Starts with no card inserted; nothing is connected until there is one.
    pub fn start(addr: SocketAddr) -> Player {
        let _ = addr;
        Player {}
    }

    /// Puts a card in, in place of the one there.
    pub fn insert(&self, card: Card) {
        let _ = card;
    }

    /// Takes the card out, counters as they are.
    pub fn remove(&self) -> Option<Card> {
        None
    }

    /// A handle that can be sent elsewhere.
    pub fn handle(&self) -> Handle {
        Handle {}
    }
}

impl Handle {
    /// Looks at the inserted (or pulled) card; waits for a command that is being carried out. `None` without a card.
    pub fn with_card<R>(&self, look: impl FnOnce(&mut Card) -> R) -> Option<R> {
        let _ = look;
        None
    }
}
