//! The clock: time comes into a rule as a value, never from the machine by itself.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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

/// How far the clock may differ from the time that passed, milliseconds: more is a jump.
pub const JUMP_MS: i64 = 5_000;

/// Jumps of the clock since the start. A machine that slept counts as one: for it no time passed.
#[derive(Debug, Default)]
pub struct Jumps {
    count: AtomicU64,
    last_by_ms: AtomicI64,
    last_at_ms: AtomicI64,
    /// Clock and time passed at the last look.
    last: Mutex<Option<(UnixMs, Duration)>>,
}

impl Jumps {
    /// Compares the clock with the time that `passed` since any fixed moment; says by how much it jumped since the last look,
    /// milliseconds, negative when it was put back.
    pub fn look(&self, now: UnixMs, passed: Duration) -> Option<i64> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace((now, passed));
        let (then, passed_then) = last?;
        let ms = i64::try_from(passed.saturating_sub(passed_then).as_millis()).unwrap_or(i64::MAX);
        self.note(now, now.0.saturating_sub(then.0).saturating_sub(ms))
    }

    /// The same at a start: nothing may have been written later than now.
    pub fn look_at_start(&self, now: UnixMs, newest: Option<UnixMs>) -> Option<i64> {
        self.note(now, newest.map_or(0, |newest| now.0.saturating_sub(newest.0).min(0)))
    }

    fn note(&self, now: UnixMs, by_ms: i64) -> Option<i64> {
        if by_ms.saturating_abs() <= JUMP_MS {
            return None;
        }
        self.count.fetch_add(1, Ordering::SeqCst);
        self.last_by_ms.store(by_ms, Ordering::SeqCst);
        self.last_at_ms.store(now.0, Ordering::SeqCst);
        tracing::error!(by_ms, "the clock of this machine jumped: check how it is kept");
        Some(by_ms)
    }

    /// When the last one was noticed, by the clock after it, and by how much it went, milliseconds; `None`: there was none.
    #[must_use]
    pub fn last(&self) -> Option<(UnixMs, i64)> {
        let (count, by_ms) = self.so_far();
        (count > 0).then(|| (UnixMs(self.last_at_ms.load(Ordering::SeqCst)), by_ms))
    }

    /// How many there were, and by how much the last one went, milliseconds.
    #[must_use]
    pub fn so_far(&self) -> (u64, i64) {
        (self.count.load(Ordering::SeqCst), self.last_by_ms.load(Ordering::SeqCst))
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

    #[test]
    fn a_jump_is_told_from_time_that_passed() {
        let jumps = Jumps::default();
        let look = |clock_s: i64, passed_s: u64| jumps.look(UnixMs(clock_s * 1000), Duration::from_secs(passed_s));
        assert_eq!(look(1_000, 0), None, "the first look");
        assert_eq!((look(1_010, 10), look(1_024, 20), look(1_029, 30)), (None, None, None), "as much as it may differ");
        assert_eq!(look(1_039 - 3_600, 40), Some(-3_600_000));
        assert_eq!(look(1_049 - 3_600, 50), None, "told once");
        assert_eq!(look(1_059, 60), Some(3_600_000));
        assert_eq!(jumps.so_far(), (2, 3_600_000));
        assert_eq!(jumps.last(), Some((UnixMs(1_059_000), 3_600_000)));
        assert_eq!(Jumps::default().last(), None);
        assert_eq!(jumps.look_at_start(UnixMs(10_000), Some(UnixMs(15_000))), None);
        assert_eq!(jumps.look_at_start(UnixMs(10_000), None), None);
        assert_eq!(jumps.look_at_start(UnixMs(99_000), Some(UnixMs(15_000))), None, "it was off for a while");
        assert_eq!(jumps.look_at_start(UnixMs(10_000), Some(UnixMs(16_000))), Some(-6_000));
    }
}
