//! What the PIN frame is shown and told.

use serde::Serialize;
use shared::reader::Asks;

use crate::gate::Origin;

/// What the frame shows.
pub(crate) struct FrameView {
    /// The page that asks.
    pub(crate) origin: Origin,
    /// Tries left; `None` when the card does not say.
    pub(crate) tries_left: Option<u8>,
    /// What it asks for.
    pub(crate) asks: Asks,
    /// The reader has keys of its own, which may be used instead.
    pub(crate) has_pad: bool,
}

/// What the frame learns after a press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(crate) enum Pressed {
    /// The PIN was right; the card goes on.
    #[serde(rename = "ok")]
    Right,
    /// It was wrong.
    Wrong { tries_left: Option<u8> },
    /// It is locked.
    Locked,
    /// One wrong PIN locks the card, and nobody confirmed that: nothing was sent, the ticket lives.
    Confirm,
    /// Not so many half-width digits as are asked for (X05): nothing was sent, the ticket lives.
    Format,
    /// Ended by the person in the frame: nothing was sent.
    Stopped,
    /// Cancelled, too late, card gone, or used before.
    Ended,
}
