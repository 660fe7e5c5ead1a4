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

    /// Opens the conversation anew after a transport fault; selection and PIN state count as lost.
    ///
    /// # Errors
    /// [`ChannelError`] when the card cannot be reached again.
    fn reconnect(&mut self) -> Result<(), ChannelError>;
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
