//! Eligibility (資格確認): asks a register about the holder of a certificate.

pub mod asked;
pub mod imported;
pub mod reference;
pub mod registers;
pub mod registry;
mod row;
pub mod switch;

use shared::domain::calendar::UnixMs;
use shared::domain::coverage::Eligibility;
use shared::domain::institution::InstitutionCode;
use shared::domain::month::Month;

use self::asked::{AidOfMonth, Candidate, InsuranceAsked, PersonAsked};
use crate::Sha256;

/// What a register says about the holder of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryAnswer {
    /// A row: who (in the register's words) and the answer.
    Known {
        /// The register's own id of the person; stable over card renewals.
        subject: String,
        /// The answer.
        eligibility: Box<Eligibility>,
    },
    /// The register knows the card but the person never registered it for insurance use (X10).
    NotRegistered,
    /// The register takes no check by this card (X61). It says no more, and nobody may: paper works.
    CardNotTaken,
    /// No row (X30).
    NoRow {
        /// The register's id of the person, or `cert:` and the fingerprint.
        subject: String,
    },
}

/// How a register stands (X34).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryLook {
    /// It answered a moment ago.
    Answers,
    /// It does not answer.
    Silent,
    /// The invented one of the demo, with so many people.
    Demo(u32),
    /// One without a row, in the place of a real one.
    Empty,
    /// It does not say.
    NotSaid,
}

/// Something that can be asked: the embedded register here, others later.
pub trait Registry: Send + Sync {
    /// How it stands now, for 稼働状況; one that says nothing is unknown there.
    fn look(&self) -> RegistryLook {
        RegistryLook::NotSaid
    }

    /// Registers a 照会番号; a register that knows none gives no answer.
    fn register_reference(&self, _asked: &reference::ReferenceAsked) -> reference::ReferenceAnswer {
        reference::ReferenceAnswer::Away
    }

    /// Asks about the holder of the certificate with this fingerprint.
    fn holder(&self, fingerprint: Sha256, now: UnixMs) -> RegistryAnswer;

    /// Asks by what stands on a paper or a prescription: everybody whom it fits. The caller never picks one of several. One that can only
    /// be asked by a card finds nobody; so below.
    fn insured(&self, _asked: &InsuranceAsked, _now: UnixMs) -> Vec<Candidate> {
        Vec::new()
    }

    /// Asks by name, birth date and sex (OT-17c): everybody whom it fits.
    fn persons(&self, _asked: &PersonAsked, _now: UnixMs) -> Vec<Candidate> {
        Vec::new()
    }

    /// Asks for 医療扶助 of a month: everybody whose ticket names the institution. `None` from one that cannot be asked so.
    fn aid_of_month(&self, _institution: &InstitutionCode, _month: Month, _now: UnixMs) -> Option<Vec<AidOfMonth>> {
        None
    }

    /// Asks again about a person whom the register named before (再照会).
    fn subject(&self, subject: &str, _now: UnixMs) -> RegistryAnswer {
        RegistryAnswer::NoRow { subject: subject.to_owned() }
    }
}
