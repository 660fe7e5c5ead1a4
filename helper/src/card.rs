//! What is said to the card: bytes in, bytes out. No PC/SC, no socket, no clock, no PIN in any type that prints.

pub mod apdu;
pub mod face;
pub mod jpki;
#[cfg(test)]
mod script;
mod talk;
pub mod tlv;

/// One conversation with one card, in one transaction.
pub trait Channel {
    /// Sends one command and waits for its answer, status word included. Never repeats anything by itself.
    ///
    /// # Errors
    /// [`ChannelError`]; the card may or may not have seen the command.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError>;

    /// Whether the reader has keys of its own on which a person can type a PIN.
    fn has_pad(&mut self) -> bool {
        false
    }

    /// Has the person type the digits on the reader's keys, and sends `command`, a VERIFY whose digits are zeros, with those in their place.
    /// Once, and only when the person confirmed on the reader; `64xx` says that nothing was sent. As soon as `stop` says so the entry ends
    /// with `6401`, where the reader can be told; else it goes on until the person ends it there, or its time is over.
    ///
    /// # Errors
    /// [`ChannelError`]; the card may or may not have seen the command.
    fn verify_on_pad(&mut self, command: &[u8], stop: &dyn Fn() -> bool) -> Result<Vec<u8>, ChannelError> {
        let _ = (command, stop);
        Err(ChannelError::Fault)
    }

    /// Opens the conversation anew after a transport fault, with the same card only; selection and PIN state count as lost.
    ///
    /// # Errors
    /// [`ChannelError`] when the card cannot be reached again; [`ChannelError::Removed`] when it left meanwhile, also if another one, or the
    /// same one placed anew, lies there now: nothing was sent to that.
    fn reconnect(&mut self) -> Result<(), ChannelError>;

    /// Waits a little for a card whose link broke by itself, and opens the conversation with the card that lies there then. That may be
    /// another one: nothing goes to it but what any card gives freely, and what comes is held against what the first one gave.
    ///
    /// # Errors
    /// [`ChannelError`] when no card came back in time.
    fn come_back(&mut self) -> Result<(), ChannelError> {
        Err(ChannelError::Removed)
    }

    /// Whether the card still lies there with which the conversation began, as far as the reader knows. Asks the card nothing.
    fn is_there(&mut self) -> bool {
        true
    }
}

/// Says why there is no answer from the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The card is gone, or another one lies there now.
    #[error("the card was removed")]
    Removed,
    /// The reader or its service is gone.
    #[error("the reader was lost")]
    ReaderLost,
    /// Another program holds the card.
    #[error("another program uses the card")]
    Busy,
    /// The card is there, but the exchange failed.
    #[error("the exchange with the card failed")]
    Fault,
}

/// How the card is left when a conversation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// As it is: no PIN state was made, or it was cleared.
    Leave,
    /// Without power: the PIN state could not be cleared otherwise (`card.md` §9).
    Unpower,
}
