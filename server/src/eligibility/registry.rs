//! The embedded register: people and coverages from a data file, found by the fingerprint of their certificate.

mod find;
pub mod residents;

use std::collections::BTreeMap;

use shared::domain::calendar::UnixMs;
use shared::domain::coverage::Eligibility;
use shared::domain::institution::InstitutionCode;
use shared::domain::month::Month;

use super::asked::{AidOfMonth, Candidate, InsuranceAsked, PersonAsked};
use super::reference::{ReferenceAnswer, ReferenceAsked};
use super::row::PersonRow;
use super::{Registry, RegistryAnswer, RegistryLook};
use crate::Sha256;
use crate::store::reference::Insurance;

/// The people of the demo (`recekon.md` §13), one table per person id.
const DEMO_ROWS: &str = include_str!("demo.toml");

/// A register that lives in memory.
#[derive(Debug, Default)]
pub struct EmbeddedRegistry {
    /// Person id by certificate fingerprint, lower-case hexadecimal (`people.json` of `virtual-card`).
    people: BTreeMap<String, String>,
    rows: BTreeMap<String, PersonRow>,
    /// Whoever lives in the demo's care home and has no card: found by number and by name.
    residents: BTreeMap<String, PersonRow>,
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

/// Somebody the register knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The register's id of the person.
    pub subject: String,
    /// The answer.
    pub eligibility: Eligibility,
    /// Whether a check by card is answered.
    pub takes_card: bool,
}

impl EmbeddedRegistry {
    /// The demo's rows, with `people` as JSON: `{"<sha256 of the certificate, hexadecimal>": "<person id>"}`.
    ///
    /// # Errors
    /// [`BadRegistry`].
    pub fn demo(people: &str) -> Result<Self, BadRegistry> {
        let rows: BTreeMap<String, PersonRow> = toml::from_str(DEMO_ROWS).map_err(BadRegistry::Rows)?;
        if let Some((id, _)) = rows.iter().find(|(_, row)| !row.fits()) {
            return Err(BadRegistry::Count(id.clone()));
        }
        let residents = residents::rows().map_err(BadRegistry::Rows)?;
        let people: BTreeMap<String, String> = serde_json::from_str(people).map_err(BadRegistry::People)?;
        let people = people.into_iter().map(|(fingerprint, id)| (fingerprint.to_ascii_lowercase(), id)).collect();
        Ok(Self { people, rows, residents })
    }

    /// Everybody of its data file, as answered at an instant: not the residents of the care home.
    #[must_use]
    pub fn people(&self, now: UnixMs) -> Vec<Known> {
        let known = self.rows.iter().filter(|(_, row)| row.is_known());
        let answer = |(id, row): (&String, &PersonRow)| Known {
            subject: id.clone(),
            eligibility: row.eligibility(now),
            takes_card: row.takes_card(),
        };
        known.map(answer).collect()
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

    fn register_reference(&self, asked: &ReferenceAsked) -> ReferenceAnswer {
        if self.rows.is_empty() {
            return ReferenceAnswer::Away;
        }
        let has_it = |row: &PersonRow| row.eligibility(UnixMs(0)).coverages.iter().any(|of| Insurance::of(of).key == asked.insurance.key);
        if self.rows.values().chain(self.residents.values()).any(has_it) {
            return ReferenceAnswer::Registered;
        }
        ReferenceAnswer::Refused { code: "IND00901".to_owned(), message: "該当する資格がありません。".to_owned() }
    }

    fn holder(&self, fingerprint: Sha256, now: UnixMs) -> RegistryAnswer {
        let fingerprint = crate::hex(&fingerprint);
        let Some(subject) = self.people.get(&fingerprint) else { return RegistryAnswer::NoRow { subject: format!("cert:{fingerprint}") } };
        match self.rows.get(subject) {
            None => RegistryAnswer::NoRow { subject: subject.clone() },
            Some(row) if row.is_unregistered => RegistryAnswer::NotRegistered,
            Some(row) if !row.takes_card() => RegistryAnswer::CardNotTaken,
            Some(row) => RegistryAnswer::Known { subject: subject.clone(), eligibility: Box::new(row.eligibility(now)) },
        }
    }

    fn insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        self.find_insured(asked, now)
    }

    fn persons(&self, asked: &PersonAsked, now: UnixMs) -> Vec<Candidate> {
        self.find_person(asked, now)
    }

    fn aid_of_month(&self, institution: &InstitutionCode, month: Month, now: UnixMs) -> Option<Vec<AidOfMonth>> {
        (!self.rows.is_empty()).then(|| self.find_aid(institution, month, now))
    }

    fn subject(&self, subject: &str, now: UnixMs) -> RegistryAnswer {
        self.find_subject(subject, now)
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::aid::MedicalAidState;
    use shared::domain::calendar::CivilDate;
    use shared::domain::coverage::Validity;

    use super::*;

    const IDS: [&str; 17] = [
        "ichiro", "saburo", "shiro", "goro", "mutsuko", "nanako", "jiro", "hachiro", "kumi", "towa", "haruki", "minori", "osamu", "jin",
        "kaoru", "natsuko", "fuyuko",
    ];

    fn registry() -> EmbeddedRegistry {
        let people: BTreeMap<String, &str> =
            IDS.iter().chain(&["akio"]).zip(1_u8..).map(|(id, byte)| (crate::hex(&[byte; 32]).to_uppercase(), *id)).collect();
        EmbeddedRegistry::demo(&serde_json::to_string(&people).unwrap()).unwrap()
    }

    fn at(day: &str) -> UnixMs {
        CivilDate::try_from(day).unwrap().at_jst(10, 0)
    }

    fn holder(id: &str, now: UnixMs) -> RegistryAnswer {
        let place = IDS.iter().chain(&["akio"]).position(|other| *other == id).unwrap();
        registry().holder([u8::try_from(place + 1).unwrap(); 32], now)
    }

    fn eligibility(id: &str, day: &str) -> Eligibility {
        match holder(id, at(day)) {
            RegistryAnswer::Known { eligibility, .. } => *eligibility,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_verdict_has_a_person() {
        let validity = |id| eligibility(id, "2024-01-15").validity;
        assert_eq!(validity("ichiro"), Validity::Valid);
        assert_eq!(validity("saburo"), Validity::Invalid);
        assert_eq!(validity("shiro"), Validity::Replaced);
        assert_eq!(validity("goro"), Validity::Several);
        assert_eq!(validity("kumi"), Validity::AidNotRegistered);
        assert_eq!(holder("mutsuko", UnixMs(0)), RegistryAnswer::NotRegistered);
        assert_eq!(holder("nanako", UnixMs(0)), RegistryAnswer::NoRow { subject: "nanako".to_owned() });
        let unknown = RegistryAnswer::NoRow { subject: format!("cert:{}", "99".repeat(32)) };
        assert_eq!(registry().holder([0x99; 32], UnixMs(0)), unknown);
    }

    #[test]
    fn new_coverage_stands_before_the_former() {
        let shiro = eligibility("shiro", "2024-01-17");
        assert!(shiro.coverages[0].disqualified_on.is_none());
        assert!(shiro.coverages[1].disqualified_on.is_some());
    }

    #[test]
    fn a_ticket_is_of_the_running_month_and_the_last_comes_on_the_16th() {
        for (day, state, validity) in [
            ("2024-02-15", MedicalAidState::NotRegistered, Validity::AidNotRegistered),
            ("2024-02-16", MedicalAidState::Entrusted, Validity::Valid),
            ("2024-03-01", MedicalAidState::NotRegistered, Validity::AidNotRegistered),
        ] {
            let read = eligibility("kumi", day);
            let aid = read.medical_aid.unwrap();
            assert_eq!((aid.state, read.validity, read.coverages.len()), (state, validity, 0), "{day}");
            assert_eq!(aid.tickets.len(), usize::from(state == MedicalAidState::Entrusted), "{day}");
        }
        let both = eligibility("towa", "2024-02-01");
        assert_eq!((both.validity, both.coverages.len()), (Validity::Valid, 1));
        let ticket = both.medical_aid.unwrap().tickets.remove(0);
        let days = (ticket.valid_from.unwrap().to_string(), ticket.valid_until.unwrap().to_string());
        assert_eq!((ticket.month.as_deref(), days), (Some("2024-02"), ("2024-02-01".to_owned(), "2024-02-29".to_owned())));
        assert_eq!(eligibility("hachiro", "2024-12-31").medical_aid.unwrap().tickets[0].valid_until, Some(at("2024-12-31").jst_date()));
    }

    #[test]
    fn what_is_withheld_is_taken_out_by_the_source_and_looks_like_what_was_never_there() {
        let [by_flag, by_nature, other] = ["natsuko", "jin", "haruki"].map(|id| eligibility(id, "2024-01-17").coverages.remove(0));
        assert_eq!((&by_flag.address, &by_flag.post_number), (&by_nature.address, &by_nature.post_number));
        assert_eq!(by_flag.address, None);
        assert!(other.address.is_some() && other.post_number.is_some(), "control");
        for id in ["fuyuko", "akio"] {
            assert_eq!(holder(id, at("2024-01-17")), RegistryAnswer::CardNotTaken, "{id}");
        }
        let people = registry().people(at("2024-01-17"));
        let by_paper = |id: &str| people.iter().find(|known| known.subject == id).unwrap().eligibility.coverages[0].address.clone();
        assert_eq!((by_paper("fuyuko").is_some(), by_paper("akio")), (true, None), "paper works");
        let subsidies = ["kaoru", "jin", "osamu"].map(|id| eligibility(id, "2024-01-17").subsidies);
        assert_eq!(subsidies.each_ref().map(Vec::len), [1, 0, 2]);
        assert!(subsidies[0][0].name.is_none() && subsidies[0][0].beneficiary_number.is_none());
        assert_eq!(eligibility("minori", "2024-01-17").subsidies[0].beneficiary_number.as_deref(), Some("K99-00012345"));
    }

    #[test]
    fn a_bad_list_of_people_is_refused() {
        assert!(matches!(EmbeddedRegistry::demo("[]"), Err(BadRegistry::People(_))));
    }
}
