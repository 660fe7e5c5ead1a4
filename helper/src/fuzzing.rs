//! A way in for the fuzz targets (`helper/fuzz`) to what is nobody else's.

use shared::reader::{ErrorCode, Request};

use crate::conversation::Talk;

/// The frames of one connection, without a connection.
#[derive(Debug, Default)]
pub struct Conversation(Talk);

impl Conversation {
    /// Reads a frame as a connection does.
    ///
    /// # Errors
    /// Id of the request and why it is refused.
    pub fn read(&mut self, text: &str) -> Result<Request, (u64, ErrorCode)> {
        self.0.read(text)
    }
}
