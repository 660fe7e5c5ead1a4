//! What all tests of this crate share: one folder of cards, made once and kept between runs.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, Instant, SystemTime},
};

/// The moment at which the shared cards were made.
pub(crate) const NOW: &str = "2026-11-20T10:00:00Z";

pub(crate) fn at(moment: &str) -> SystemTime {
    moment.parse::<jiff::Timestamp>().unwrap().into()
}

/// The shared folder. Making keys takes seconds, so it stays; makers of several test programs wait for each other.
pub(crate) fn cards() -> &'static Path {
    static CARDS: OnceLock<PathBuf> = OnceLock::new();
    CARDS.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("virtual-cards");
        virtual_card::make(&dir, at(NOW)).unwrap();
        dir
    })
}

/// Looks again until the answer is there; on a limit, says what was waited for.
pub(crate) fn wait_until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited {limit:?} in vain: {what}");
        #[expect(clippy::disallowed_methods, reason = "the one bounded wait for a condition")]
        std::thread::sleep(Duration::from_millis(10));
    }
}
