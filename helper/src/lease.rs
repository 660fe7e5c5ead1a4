//! One page at a time: who may use a card, and how another page takes over. And not too many wrong PINs, whoever asks.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use shared::reader::Lease as Seen;

/// The one lease. Its number rises with every grant, so that a page takes over only what it saw.
#[derive(Debug, Default)]
pub(crate) struct Lease {
    granted: u64,
    holder: Option<u64>,
}

/// Answer to a claim.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Granted; nobody had it.
    Granted,
    /// Granted; this connection has lost it.
    TakenFrom(u64),
    /// Not granted: someone else has it, or what the page saw is over.
    Held,
}

impl Lease {
    /// Asks for the lease; `take` names the grant that is to end.
    pub(crate) fn claim(&mut self, connection: u64, take: Option<u64>) -> Claim {
        let claim = match (self.holder, take) {
            (None, _) => Claim::Granted,
            (Some(holder), Some(seen)) if seen == self.granted && holder != connection => Claim::TakenFrom(holder),
            (Some(_), _) => return Claim::Held,
        };
        self.granted += 1;
        self.holder = Some(connection);
        claim
    }

    /// Ends the lease of this connection, if it has it; says whether it had.
    pub(crate) fn release(&mut self, connection: u64) -> bool {
        let had = self.holder == Some(connection);
        if had {
            self.holder = None;
        }
        had
    }

    /// The lease as this connection sees it.
    pub(crate) fn seen_by(&self, connection: u64) -> Seen {
        match self.holder {
            None => Seen::Free,
            Some(holder) if holder == connection => Seen::Mine,
            Some(_) => Seen::Other(self.granted),
        }
    }
}

/// Wrong PINs after which a while has to pass.
const WRONG_MAX: usize = 5;

/// The latest wrong PINs on this machine. They are counted over all cards, pages and connections: no card says who it is before its
/// PIN, and a page that comes back is the same danger. Source: `reader-helper.md` §5.8, rule 7.
#[derive(Debug)]
pub(crate) struct Wrongs {
    memory: Duration,
    latest: VecDeque<Instant>,
}

impl Wrongs {
    /// Remembers each for so long.
    pub(crate) fn new(memory: Duration) -> Self {
        Self { memory, latest: VecDeque::new() }
    }

    /// Remembers one.
    pub(crate) fn note(&mut self, now: Instant) {
        self.latest.push_back(now);
        if self.latest.len() > WRONG_MAX {
            self.latest.pop_front();
        }
    }

    /// True while as many as are allowed are remembered: nobody is asked for a PIN then.
    pub(crate) fn are_too_many(&self, now: Instant) -> bool {
        let remembered = self.latest.iter().filter(|at| now.saturating_duration_since(**at) < self.memory);
        remembered.count() >= WRONG_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_takes_over_only_what_it_saw() {
        let mut lease = Lease::default();
        assert_eq!(lease.claim(1, None), Claim::Granted);
        assert_eq!((lease.seen_by(1), lease.seen_by(2)), (Seen::Mine, Seen::Other(1)));
        assert_eq!(lease.claim(2, None), Claim::Held);
        assert_eq!(lease.claim(2, Some(1)), Claim::TakenFrom(1));
        assert_eq!(lease.claim(3, Some(1)), Claim::Held, "the first grant is over");
        assert!(!lease.release(1), "lost is not held");
        assert!(lease.release(2));
        assert_eq!(lease.claim(3, Some(2)), Claim::Granted, "free needs no taking");
        assert_eq!(lease.seen_by(1), Seen::Other(3));
    }

    #[test]
    fn five_wrong_pins_make_everyone_wait_until_the_oldest_is_forgotten() {
        let start = Instant::now();
        let minute = |minutes: u64| start + Duration::from_secs(60 * minutes);
        let mut wrongs = Wrongs::new(Duration::from_secs(600));
        for at in 0..4 {
            wrongs.note(minute(at));
            assert!(!wrongs.are_too_many(minute(at)), "{} wrong", at + 1);
        }
        wrongs.note(minute(8));
        assert!(wrongs.are_too_many(minute(8)) && wrongs.are_too_many(minute(10) - Duration::from_millis(1)));
        assert!(!wrongs.are_too_many(minute(10)), "the first is forgotten");
        // Those that run on meanwhile count too, and never make room.
        wrongs.note(minute(10));
        wrongs.note(minute(10));
        assert!(wrongs.are_too_many(minute(11)));
        assert!(!wrongs.are_too_many(minute(12)));
        assert!(!wrongs.are_too_many(minute(1_000)));
    }

    #[test]
    fn the_holder_cannot_take_from_itself() {
        let mut lease = Lease::default();
        lease.claim(1, None);
        assert_eq!(lease.claim(1, Some(1)), Claim::Held);
    }
}
