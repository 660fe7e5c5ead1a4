//! One person of the embedded register, and what of them is answered at an instant.
//!
//! The insurer's protection flags (P-HIDE) live here and nowhere else: they are set by the source, they take fields out or refuse
//! a card, and no answer, record, log or screen says that there was one.

use serde::Deserialize;
use shared::domain::aid::{MedicalAid, MedicalAidState, MedicalTicket, Subsidy, SubsidySource};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::coverage::{Coverage, Eligibility, Validity};
use shared::domain::person::Person;

/// A person as the data file has them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonRow {
    #[serde(default)]
    pub(super) is_unregistered: bool,
    #[serde(default = "not_found")]
    validity: Validity,
    person: Option<Person>,
    #[serde(default)]
    coverages: Vec<Coverage>,
    medical_aid: Option<AidRow>,
    #[serde(default)]
    subsidies: Vec<SubsidyRow>,
    #[serde(default)]
    withheld: Withheld,
    /// What is answered once the person is asked about again (再照会): it changed since the card was shown.
    pub(super) after: Option<Box<PersonRow>>,
}

/// The insurer's two flags.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Withheld {
    /// 不開示該当: address and the like are absent, however the person is found.
    #[serde(default)]
    details: bool,
    /// 自己情報提供不可: the card is no insurance card (X61); paper works.
    #[serde(default)]
    self_use: bool,
}

/// 医療扶助 with a ticket for every month.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AidRow {
    payer_number: String,
    office_name: String,
    beneficiary_number: String,
    address: Option<String>,
    post_number: Option<String>,
    starts_on: Option<CivilDate>,
    stops_on: Option<CivilDate>,
    /// The day of each month from which its ticket is registered.
    registered_from_day: u8,
    /// Its month and days are those of the running month.
    ticket: MedicalTicket,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubsidyRow {
    name: String,
    payer_number: String,
    beneficiary_number: String,
    income_class: Option<String>,
    limit_yen: Option<u32>,
    limit_covers: Option<String>,
    valid_from: Option<CivilDate>,
    valid_until: Option<CivilDate>,
    is_reimbursed_only: bool,
    institution: Option<String>,
    conditions: Option<String>,
    /// The hub's own flag: the entry is there, its fields are not.
    #[serde(default)]
    is_withheld: bool,
}

fn not_found() -> Validity {
    Validity::NotFound
}

impl PersonRow {
    /// True when the verdict and what stands behind it fit each other.
    pub(super) fn fits(&self) -> bool {
        if self.after.as_ref().is_some_and(|after| !after.fits()) {
            return false;
        }
        let (insurance, has_aid) = (self.coverages.len(), self.medical_aid.is_some());
        let fits = match self.validity {
            Validity::NotFound => insurance == 0 && !has_aid,
            Validity::Valid => insurance == 1 || insurance == 0 && has_aid,
            Validity::Invalid => insurance == 1,
            Validity::Replaced => insurance == 2,
            Validity::Several => insurance >= 2,
            // Follows from the day of the month.
            Validity::AidNotRegistered => false,
        };
        fits && (self.validity == Validity::NotFound) == self.person.is_none()
    }

    /// True when somebody stands behind the row.
    pub(super) fn is_known(&self) -> bool {
        !self.is_unregistered && self.person.is_some()
    }

    /// False when the card cannot be used as an insurance card (X61).
    pub(super) fn takes_card(&self) -> bool {
        !self.withheld.self_use
    }

    /// The answer at an instant, the same however the person was found: by card, by number or by name.
    pub(super) fn eligibility(&self, now: UnixMs) -> Eligibility {
        let today = now.jst_date();
        let medical_aid = self.medical_aid.as_ref().map(|aid| aid.on(today));
        let is_missing = medical_aid.as_ref().is_some_and(|aid| aid.state == MedicalAidState::NotRegistered);
        let validity = if is_missing && self.coverages.is_empty() { Validity::AidNotRegistered } else { self.validity };
        let subsidies = self.subsidies.iter().map(SubsidyRow::answer).collect();
        let (person, coverages) = (self.person.clone(), self.coverages.clone());
        let mut answer = Eligibility { medical_aid, subsidies, ..Eligibility::of_insurance(validity, now, person, coverages) };
        if self.withheld.details {
            for coverage in &mut answer.coverages {
                (coverage.address, coverage.post_number) = (None, None);
            }
            if let Some(aid) = &mut answer.medical_aid {
                (aid.address, aid.post_number) = (None, None);
            }
        }
        answer
    }
}

impl AidRow {
    fn on(&self, today: CivilDate) -> MedicalAid {
        let is_registered = today.day() >= self.registered_from_day;
        let first = today.plus_days(1 - i64::from(today.day()));
        let next = first.plus_days(31);
        let last = next.plus_days(-i64::from(next.day()));
        let ticket = MedicalTicket {
            month: Some(format!("{:04}-{:02}", today.year(), today.month())),
            valid_from: Some(first),
            valid_until: Some(last),
            ..self.ticket.clone()
        };
        MedicalAid {
            state: if is_registered { MedicalAidState::Entrusted } else { MedicalAidState::NotRegistered },
            payer_number: self.payer_number.clone(),
            office_name: self.office_name.clone(),
            beneficiary_number: self.beneficiary_number.clone(),
            address: self.address.clone(),
            post_number: self.post_number.clone(),
            starts_on: self.starts_on,
            stops_on: self.stops_on,
            tickets: if is_registered { vec![ticket] } else { Vec::new() },
        }
    }
}

impl SubsidyRow {
    fn answer(&self) -> Subsidy {
        if self.is_withheld {
            return Subsidy {
                name: None,
                payer_number: None,
                beneficiary_number: None,
                income_class: None,
                limit_yen: None,
                limit_covers: None,
                valid_from: None,
                valid_until: None,
                is_reimbursed_only: None,
                institution: None,
                conditions: None,
                source: SubsidySource::Register,
            };
        }
        Subsidy {
            name: Some(self.name.clone()),
            payer_number: Some(self.payer_number.clone()),
            beneficiary_number: Some(self.beneficiary_number.clone()),
            income_class: self.income_class.clone(),
            limit_yen: self.limit_yen,
            limit_covers: self.limit_covers.clone(),
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            is_reimbursed_only: Some(self.is_reimbursed_only),
            institution: self.institution.clone(),
            conditions: self.conditions.clone(),
            source: SubsidySource::Register,
        }
    }
}
