//! What a register is asked by when no card is there.

use shared::domain::aid::MedicalAid;
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::{Coverage, Eligibility};
use shared::domain::person::{Person, Sex};
use shared::domain::typed;

use crate::consent::{aid_key, insurance_key, search_key};

/// The insurance data of a paper or a prescription (OT-12, OT-17b). Compared by [`Self::fits`].
#[derive(Clone, PartialEq, Eq)]
pub struct InsuranceAsked {
    /// 保険者番号, as typed.
    pub insurer_number: String,
    /// 被保険者証記号; `None` where there is none.
    pub symbol: Option<String>,
    /// 被保険者証番号.
    pub member_number: String,
    /// 枝番; `None` where it is not known.
    pub branch_number: Option<String>,
    /// 生年月日.
    pub birth_date: CivilDate,
}

impl InsuranceAsked {
    /// True when the coverage and its person are the ones asked for: width and hyphens make no difference, nor zeros before an
    /// insurer's or a member's number; a branch number counts where both have one.
    #[must_use]
    pub fn fits(&self, person: &Person, coverage: &Coverage) -> bool {
        let branch = |text: &Option<String>| text.as_deref().map(typed::number).filter(|text| !text.is_empty());
        let branches = branch(&coverage.branch_number).zip(branch(&self.branch_number));
        let (kept_branch, asked_branch) = branches.unzip();
        let kept = insurance_key(&coverage.insurer_number, coverage.symbol.as_deref(), &coverage.member_number, kept_branch.as_deref());
        let asked = insurance_key(&self.insurer_number, self.symbol.as_deref(), &self.member_number, asked_branch.as_deref());
        person.birth_date == self.birth_date && kept == asked
    }

    /// The same for 医療扶助: 公費負担者番号 and 受給者番号.
    #[must_use]
    pub fn fits_aid(&self, person: &Person, aid: &MedicalAid) -> bool {
        person.birth_date == self.birth_date
            && aid_key(&aid.payer_number) == aid_key(&self.insurer_number)
            && aid_key(&aid.beneficiary_number) == aid_key(&self.member_number)
    }
}

/// 医療扶助 of a month about one person, as the register answers it for an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AidOfMonth {
    /// 氏名(カナ).
    pub name_kana: String,
    /// 生年月日.
    pub birth_date: CivilDate,
    /// The answer.
    pub aid: MedicalAid,
}

/// A person by what they say of themselves (OT-17c).
#[derive(Clone, PartialEq, Eq)]
pub struct PersonAsked {
    /// 氏名(カナ), whole, any width.
    pub kana: String,
    /// 生年月日.
    pub birth_date: CivilDate,
    /// 性別; one that the register does not know fits both.
    pub sex: Sex,
    /// Beginning of the address (municipality or more); empty where nothing is known.
    pub address: String,
}

impl PersonAsked {
    /// True when the person may be the one asked for. `addresses` are those that the register would answer; without one an address
    /// asked for narrows nothing.
    #[must_use]
    pub fn fits(&self, person: &Person, addresses: &[&str]) -> bool {
        let address = search_key(&self.address);
        search_key(&person.name_kana) == search_key(&self.kana)
            && person.birth_date == self.birth_date
            && (person.sex == self.sex || person.sex == Sex::Unset)
            && (address.is_empty() || addresses.is_empty() || addresses.iter().any(|kept| search_key(kept).starts_with(&address)))
    }
}

/// Somebody whom the register knows: its own id of the person, and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Stable over card renewals.
    pub subject: String,
    /// The answer.
    pub eligibility: Eligibility,
}
