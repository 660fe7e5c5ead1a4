//! The embedded register: people and coverages from a data file, found by the fingerprint of their certificate.

mod find;

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::domain::calendar::UnixMs;
use shared::domain::coverage::{Coverage, Eligibility, Validity};
use shared::domain::person::Person;

use super::asked::{Candidate, InsuranceAsked, PersonAsked};
use super::{Registry, RegistryAnswer, RegistryLook};
use crate::Sha256;

/// The people of the demo (`recekon.md` §13), one table per person id.
const DEMO_ROWS: &str = include_str!("demo.toml");

/// A register that lives in memory.
#[derive(Debug, Default)]
pub struct EmbeddedRegistry {
    /// Person id by certificate fingerprint, lower-case hexadecimal (`people.json` of `virtual-card`).
    people: BTreeMap<String, String>,
    rows: BTreeMap<String, PersonRow>,
}

/// Says why a register cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadRegistry {
    /// The rows are no such TOML.
    #[error("the rows of the register cannot be read")]
    Rows(#[source] toml::de::Error),
    /// A row has another number of coverages than its verdict says.
    #[error("the row of {0} has a wrong number of coverages")]
    Count(String),
    /// The list of people is no JSON object of fingerprint and id.
    #[error("the list of people cannot be read")]
    People(#[source] serde_json::Error),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonRow {
    #[serde(default)]
    is_unregistered: bool,
    #[serde(default = "not_found")]
    validity: Validity,
    person: Option<Person>,
    #[serde(default)]
    coverages: Vec<Coverage>,
}

fn not_found() -> Validity {
    Validity::NotFound
}

impl EmbeddedRegistry {
    /// The demo's rows, with `people` as JSON: `{"<sha256 of the certificate, hexadecimal>": "<person id>"}`.
    ///
    /// # Errors
    /// [`BadRegistry`].
    pub fn demo(people: &str) -> Result<Self, BadRegistry> {
        let rows: BTreeMap<String, PersonRow> = toml::from_str(DEMO_ROWS).map_err(BadRegistry::Rows)?;
        for (id, row) in &rows {
            let fits = match row.validity {
                Validity::NotFound => row.coverages.is_empty(),
                Validity::Valid | Validity::Invalid => row.coverages.len() == 1,
                Validity::Replaced => row.coverages.len() == 2,
                Validity::Several => row.coverages.len() >= 2,
            };
            if !fits || (row.validity == Validity::NotFound) != row.person.is_none() {
                return Err(BadRegistry::Count(id.clone()));
            }
        }
        let people: BTreeMap<String, String> = serde_json::from_str(people).map_err(BadRegistry::People)?;
        let people = people.into_iter().map(|(fingerprint, id)| (fingerprint.to_ascii_lowercase(), id)).collect();
        Ok(Self { people, rows })
    }

    /// Everybody it knows, by their ids, as answered at an instant.
    #[must_use]
    pub fn people(&self, now: UnixMs) -> Vec<(String, Eligibility)> {
        let known = self.rows.iter().filter(|(_, row)| !row.is_unregistered && row.person.is_some());
        known.map(|(id, row)| (id.clone(), row.eligibility(now))).collect()
    }

    /// A register without a row: every card is X30. For a production server until a real register is connected.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }
}

impl Registry for EmbeddedRegistry {
    fn look(&self) -> RegistryLook {
        match u32::try_from(self.rows.len()).unwrap_or(u32::MAX) {
            0 => RegistryLook::Empty,
            people => RegistryLook::Demo(people),
        }
    }

    fn holder(&self, fingerprint: Sha256, now: UnixMs) -> RegistryAnswer {
        let fingerprint = crate::hex(&fingerprint);
        let Some(subject) = self.people.get(&fingerprint) else { return RegistryAnswer::NoRow { subject: format!("cert:{fingerprint}") } };
        match self.rows.get(subject) {
            None => RegistryAnswer::NoRow { subject: subject.clone() },
            Some(row) if row.is_unregistered => RegistryAnswer::NotRegistered,
            Some(row) => RegistryAnswer::Known { subject: subject.clone(), eligibility: Box::new(row.eligibility(now)) },
        }
    }

    fn insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        self.find_insured(asked, now)
    }

    fn persons(&self, asked: &PersonAsked, now: UnixMs) -> Vec<Candidate> {
        self.find_person(asked, now)
    }

    fn subject(&self, subject: &str, now: UnixMs) -> RegistryAnswer {
        self.find_subject(subject, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> EmbeddedRegistry {
        let people: BTreeMap<String, &str> =
            [("ichiro", 1_u8), ("saburo", 2), ("shiro", 3), ("goro", 4), ("mutsuko", 5), ("nanako", 6), ("jiro", 7)]
                .into_iter()
                .map(|(id, byte)| (crate::hex(&[byte; 32]).to_uppercase(), id))
                .collect();
        EmbeddedRegistry::demo(&serde_json::to_string(&people).unwrap()).unwrap()
    }

    fn validity(byte: u8) -> Validity {
        match registry().holder([byte; 32], UnixMs(0)) {
            RegistryAnswer::Known { eligibility, .. } => eligibility.validity,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_verdict_has_a_person() {
        assert_eq!(validity(1), Validity::Valid);
        assert_eq!(validity(2), Validity::Invalid);
        assert_eq!(validity(3), Validity::Replaced);
        assert_eq!(validity(4), Validity::Several);
        assert_eq!(registry().holder([5; 32], UnixMs(0)), RegistryAnswer::NotRegistered);
        assert_eq!(registry().holder([6; 32], UnixMs(0)), RegistryAnswer::NoRow { subject: "nanako".to_owned() });
        let unknown = RegistryAnswer::NoRow { subject: format!("cert:{}", "09".repeat(32)) };
        assert_eq!(registry().holder([9; 32], UnixMs(0)), unknown);
    }

    #[test]
    fn new_coverage_stands_before_the_former() {
        let RegistryAnswer::Known { eligibility, .. } = registry().holder([3; 32], UnixMs(0)) else { panic!() };
        assert!(eligibility.coverages[0].disqualified_on.is_none());
        assert!(eligibility.coverages[1].disqualified_on.is_some());
    }

    #[test]
    fn a_bad_list_of_people_is_refused() {
        assert!(matches!(EmbeddedRegistry::demo("[]"), Err(BadRegistry::People(_))));
    }
}
