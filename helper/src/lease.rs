//! One page at a time: who may use a card, and how another page takes over.

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
    fn the_holder_cannot_take_from_itself() {
        let mut lease = Lease::default();
        lease.claim(1, None);
        assert_eq!(lease.claim(1, Some(1)), Claim::Held);
    }
}
