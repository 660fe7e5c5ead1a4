//! What every route needs, and what is said of those that are refused.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::warn;

use crate::allow::List;
use crate::gate::Gate;
use crate::hub::Hub;
use crate::wire::{Budget, Limits};

/// Refusals in the log, at once and per minute; more are counted.
const REFUSALS_TOLD: u32 = 20;

/// What every route needs.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) gate: Arc<Gate>,
    pub(crate) list: Arc<List>,
    pub(crate) hub: Hub,
    pub(crate) clients: Arc<Semaphore>,
    pub(crate) limits: Limits,
    pub(crate) refusals: Refusals,
}

/// Refusals: a few are logged, the rest are counted, so that nobody fills the log.
#[derive(Clone)]
pub(crate) struct Refusals(Arc<Mutex<Telling>>);

struct Telling {
    budget: Budget,
    untold: u64,
}

impl Telling {
    /// Whether this one is to be told, and of how many before it nothing was.
    fn count(&mut self, now: Instant) -> Option<u64> {
        if self.budget.take(now) {
            return Some(std::mem::take(&mut self.untold));
        }
        self.untold += 1;
        None
    }
}

impl Refusals {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Telling { budget: Budget::new(REFUSALS_TOLD, Instant::now()), untold: 0 })))
    }

    /// What was refused; never a stranger's own text.
    pub(crate) fn note(&self, what: &str) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).count(Instant::now());
        if let Some(untold) = told {
            warn!(untold, "refused: {what}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Whoever is refused a thousand times a minute would else fill the disk of a tablet with it.
    #[test]
    fn a_flood_of_refusals_does_not_fill_the_log() {
        let start = Instant::now();
        let mut telling = Telling { budget: Budget::new(REFUSALS_TOLD, start), untold: 0 };
        let told = (0..1_000).filter_map(|_| telling.count(start)).count();
        assert_eq!(told, 20);
        assert_eq!(telling.count(start + Duration::from_secs(60)), Some(980), "the next one says how many were not told");
        assert_eq!(telling.count(start + Duration::from_secs(60)), Some(0));
    }
}
