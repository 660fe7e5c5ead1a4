//! The register of an institution that has no other: the people whom its result files told of, found by number, by name, or again. A card
//! finds nobody in it, since no file says whose card it is. It answers on the day of the file alone: what an insurance was on another day
//! is no answer about today.

use shared::domain::calendar::UnixMs;
use shared::domain::coverage::Eligibility;

use super::asked::{Candidate, InsuranceAsked, PersonAsked};
use super::{Registry, RegistryAnswer, RegistryLook};
use crate::Sha256;
use crate::store::register::Kept;

/// The people of one institution.
#[derive(Debug)]
pub struct Imported(Vec<Kept>);

impl Imported {
    /// Of those who are kept.
    #[must_use]
    pub fn of(people: Vec<Kept>) -> Self {
        Self(people)
    }

    /// Those whose file is of this day in Japan.
    fn of_day(&self, now: UnixMs) -> impl Iterator<Item = &Kept> {
        self.0.iter().filter(move |kept| kept.eligibility.checked_at.jst_date() == now.jst_date())
    }

    fn candidates(&self, now: UnixMs, fits: impl Fn(&Eligibility) -> bool) -> Vec<Candidate> {
        let fitting = self.of_day(now).filter(|kept| fits(&kept.eligibility));
        fitting.map(|kept| Candidate { subject: kept.id.clone(), eligibility: kept.eligibility.clone() }).collect()
    }
}

impl Registry for Imported {
    /// It stands in the place of a real one, and is none.
    fn look(&self) -> RegistryLook {
        RegistryLook::Empty
    }

    fn holder(&self, fingerprint: Sha256, _now: UnixMs) -> RegistryAnswer {
        RegistryAnswer::NoRow { subject: format!("cert:{}", crate::hex(&fingerprint)) }
    }

    fn insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        self.candidates(now, |of| of.person.as_ref().is_some_and(|person| of.coverages.iter().any(|coverage| asked.fits(person, coverage))))
    }

    fn persons(&self, asked: &PersonAsked, now: UnixMs) -> Vec<Candidate> {
        self.candidates(now, |of| of.person.as_ref().is_some_and(|person| asked.fits(person, &of.addresses())))
    }

    fn subject(&self, subject: &str, now: UnixMs) -> RegistryAnswer {
        match self.of_day(now).find(|kept| kept.id == subject) {
            Some(kept) => RegistryAnswer::Known { subject: subject.to_owned(), eligibility: Box::new(kept.eligibility.clone()) },
            None => RegistryAnswer::NoRow { subject: subject.to_owned() },
        }
    }
}
