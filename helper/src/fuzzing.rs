//! A way in for the fuzz targets (`helper/fuzz`) to what is nobody else's.

use shared::reader::{Frame, Request};

use crate::wire::Talk;

/// The frames of one connection, without a connection.
#[derive(Debug, Default)]
pub struct Conversation(Talk);

impl Conversation {
    /// Reads a frame as a connection does.
    ///
    /// # Errors
    /// The frame of the refusal.
    pub fn read(&mut self, text: &str) -> Result<Request, Frame> {
        self.0.read(text)
    }
}
