//! Tries, and how failures slow further ones down.

use shared::domain::calendar::UnixMs;

/// Whether a login may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Go on; the attempt is counted already.
    Allowed,
    /// Not before an instant; not counted.
    Wait {
        /// The instant.
        until: UnixMs,
        /// True for the first try that this wait refuses.
        is_first: bool,
    },
}

/// How failures in a row slow further tries down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptPolicy {
    /// So many failures cost nothing.
    pub free: u32,
    /// The first wait, milliseconds; doubled with each further failure.
    pub first_wait_ms: i64,
    /// No wait is longer, milliseconds.
    pub longest_wait_ms: i64,
    /// After so long without a try the count starts anew, milliseconds.
    pub forget_after_ms: i64,
}

impl AttemptPolicy {
    /// The wait after `failures` failures in a row.
    #[must_use]
    pub fn wait_ms(&self, failures: u32) -> i64 {
        match failures.checked_sub(self.free) {
            None | Some(0) => 0,
            Some(over) => self.first_wait_ms.saturating_mul(1_i64 << over.saturating_sub(1).min(30)).min(self.longest_wait_ms),
        }
    }
}
