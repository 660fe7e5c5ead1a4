//! The clock: time comes into a rule as a value, never from the machine by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use shared::domain::calendar::UnixMs;

/// Tells the time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// The machine's clock plus an offset in milliseconds (0 but in a demo with a test clock).
    Machine { offset_ms: i64 },
    /// Stands still until it is set.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn machine() -> Self {
        Self(Kind::Machine { offset_ms: 0 })
    }

    /// A clock that reads `start` now and then runs on (`UKETSUKE_TEST_CLOCK`, demo only).
    #[must_use]
    pub fn running_from(start: UnixMs) -> Self {
        Self(Kind::Machine { offset_ms: start.0.saturating_sub(machine_ms()) })
    }

    /// A clock that stands at `start` until [`Clock::set`]; for tests.
    #[must_use]
    pub fn standing_at(start: UnixMs) -> Self {
        Self(Kind::Manual(Arc::new(AtomicI64::new(start.0))))
    }

    /// The instant now.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        match &self.0 {
            Kind::Machine { offset_ms } => UnixMs(machine_ms().saturating_add(*offset_ms)),
            Kind::Manual(at) => UnixMs(at.load(Ordering::SeqCst)),
        }
    }

    /// Sets a standing clock; a running one stays as it is.
    pub fn set(&self, at: UnixMs) {
        if let Kind::Manual(cell) = &self.0 {
            cell.store(at.0, Ordering::SeqCst);
        }
    }
}

fn machine_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_clock_starts_where_it_is_told_and_runs_on() {
        let start = UnixMs(1_705_454_100_000);
        let clock = Clock::running_from(start);
        let first = clock.now();
        assert!(first >= start && first < start.plus_ms(60_000));
        assert!(clock.now() >= first);
    }
}
