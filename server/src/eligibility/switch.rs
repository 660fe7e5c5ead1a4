//! A register that can be said to be away: for the demo alone, by a line on the server's own stdin (`register away`, `register back`).

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;
use shared::domain::month::Month;

use super::asked::{AidOfMonth, Candidate, InsuranceAsked, PersonAsked};
use super::reference::{ReferenceAnswer, ReferenceAsked};
use super::{Registry, RegistryAnswer, RegistryLook};
use crate::Sha256;

/// A register, and whether it is away. While it is, it says so ([`RegistryLook::Silent`]); the ways of an opening (OT-17) are asked even so.
pub struct Switched<R> {
    inner: R,
    is_away: Arc<AtomicBool>,
}

impl<R> Switched<R> {
    /// One that is there.
    pub fn new(inner: R) -> Self {
        Self { inner, is_away: Arc::default() }
    }

    /// Reads orders from stdin in a thread of its own, until its end. Not from a terminal: a server in the background would be stopped by
    /// reading it.
    pub fn listen(&self) {
        if std::io::stdin().is_terminal() {
            return;
        }
        let is_away = Arc::clone(&self.is_away);
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                match told(&line) {
                    Some(away) => {
                        is_away.store(away, Ordering::SeqCst);
                        tracing::info!(away, "the demo's register");
                    }
                    None => tracing::warn!("an order that is none: `register away` and `register back` are known"),
                }
            }
        });
    }
}

/// What an order says.
fn told(line: &str) -> Option<bool> {
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["register", "away"] => Some(true),
        ["register", "back"] => Some(false),
        _ => None,
    }
}

impl<R: Registry> Registry for Switched<R> {
    fn look(&self) -> RegistryLook {
        if self.is_away.load(Ordering::SeqCst) { RegistryLook::Silent } else { self.inner.look() }
    }

    fn register_reference(&self, asked: &ReferenceAsked) -> ReferenceAnswer {
        if self.is_away.load(Ordering::SeqCst) { ReferenceAnswer::Away } else { self.inner.register_reference(asked) }
    }

    fn holder(&self, fingerprint: Sha256, now: UnixMs) -> RegistryAnswer {
        self.inner.holder(fingerprint, now)
    }

    fn insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        self.inner.insured(asked, now)
    }

    fn persons(&self, asked: &PersonAsked, now: UnixMs) -> Vec<Candidate> {
        self.inner.persons(asked, now)
    }

    fn aid_of_month(&self, institution: &InstitutionCode, month: Month, now: UnixMs) -> Option<Vec<AidOfMonth>> {
        self.inner.aid_of_month(institution, month, now)
    }

    fn subject(&self, subject: &str, now: UnixMs) -> RegistryAnswer {
        self.inner.subject(subject, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eligibility::registry::EmbeddedRegistry;
    use crate::store::reference::Insurance;

    #[test]
    fn an_order_makes_it_silent_and_brings_it_back() {
        let register = Switched::new(EmbeddedRegistry::demo("{}").unwrap());
        assert!(matches!(register.look(), RegistryLook::Demo(_)));
        let coverage = register.inner.people(UnixMs(0)).remove(0).eligibility.coverages.remove(0);
        let asked = ReferenceAsked { number: "00-123".to_owned(), insurance: Insurance::of(&coverage) };
        assert_eq!(register.register_reference(&asked), ReferenceAnswer::Registered);
        for (line, away) in [("register away", Some(true)), (" register  back ", Some(false)), ("register", None), ("card ichiro", None)] {
            assert_eq!(told(line), away, "{line}");
        }
        register.is_away.store(true, Ordering::SeqCst);
        assert_eq!(register.look(), RegistryLook::Silent);
        assert_eq!(register.register_reference(&asked), ReferenceAnswer::Away);
    }
}
