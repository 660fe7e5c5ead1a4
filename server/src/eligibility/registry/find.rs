//! The embedded register asked without a card.

use shared::domain::calendar::UnixMs;
use shared::domain::coverage::Eligibility;
use shared::domain::institution::InstitutionCode;
use shared::domain::month::Month;

use super::{EmbeddedRegistry, PersonRow};
use crate::eligibility::RegistryAnswer;
use crate::eligibility::asked::{AidOfMonth, Candidate, InsuranceAsked, PersonAsked};

impl EmbeddedRegistry {
    /// By what is answered, never by what is kept: a search tells no more than its result.
    fn candidates(&self, now: UnixMs, fits: impl Fn(&Eligibility) -> bool) -> Vec<Candidate> {
        // 医療費助成 is given to a card alone.
        let answer = |row: &PersonRow| Eligibility { subsidies: Vec::new(), ..row.eligibility(now) };
        let all = self.rows.iter().chain(&self.residents).map(|(id, row)| Candidate { subject: id.clone(), eligibility: answer(row) });
        all.filter(|one| fits(&one.eligibility)).collect()
    }

    pub(super) fn find_insured(&self, asked: &InsuranceAsked, now: UnixMs) -> Vec<Candidate> {
        self.candidates(now, |Eligibility { person, coverages, medical_aid, .. }| {
            let Some(person) = person else { return false };
            coverages.iter().any(|coverage| asked.fits(person, coverage)) || medical_aid.iter().any(|aid| asked.fits_aid(person, aid))
        })
    }

    pub(super) fn find_person(&self, asked: &PersonAsked, now: UnixMs) -> Vec<Candidate> {
        self.candidates(now, |found| found.person.as_ref().is_some_and(|person| asked.fits(person, &found.addresses())))
    }

    /// Whose ticket of the month is registered. The invented tickets name whoever asks.
    pub(super) fn find_aid(&self, institution: &InstitutionCode, month: Month, now: UnixMs) -> Vec<AidOfMonth> {
        // Of a month that is over, as it stood at its end.
        let at = now.min(month.last().at_jst(23, 59));
        let entry = |row: &PersonRow| {
            let Eligibility { person, medical_aid, .. } = row.eligibility(at);
            let (person, mut aid) = (person?, medical_aid.filter(|aid| !aid.tickets.is_empty())?);
            for ticket in &mut aid.tickets {
                if ticket.institution_code.as_deref() != Some(institution.as_str()) {
                    (ticket.institution_code, ticket.institution_name) = (Some(institution.as_str().to_owned()), None);
                }
            }
            Some(AidOfMonth { name_kana: person.name_kana, birth_date: person.birth_date, aid })
        };
        self.rows.values().filter(|row| row.is_known()).filter_map(entry).collect()
    }

    pub(super) fn find_subject(&self, subject: &str, now: UnixMs) -> RegistryAnswer {
        match self.rows.get(subject).or_else(|| self.residents.get(subject)) {
            None => RegistryAnswer::NoRow { subject: subject.to_owned() },
            Some(row) => {
                let answer = row.after.as_deref().unwrap_or(row).eligibility(now);
                RegistryAnswer::Known { subject: subject.to_owned(), eligibility: Box::new(answer) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::calendar::CivilDate;
    use shared::domain::person::Sex;

    use super::*;
    use crate::eligibility::Registry as _;

    fn demo() -> EmbeddedRegistry {
        EmbeddedRegistry::demo("{}").unwrap()
    }

    fn ichiro() -> InsuranceAsked {
        InsuranceAsked {
            insurer_number: "0699-0014".to_owned(),
            symbol: Some("12-34".to_owned()),
            member_number: "056".to_owned(),
            branch_number: Some("０１".to_owned()),
            birth_date: CivilDate::try_from("1960-06-02").unwrap(),
        }
    }

    fn subjects(found: &[Candidate]) -> Vec<&str> {
        found.iter().map(|one| one.subject.as_str()).collect()
    }

    #[test]
    fn an_insured_person_is_found_by_all_that_the_paper_says_and_by_no_less() {
        let register = demo();
        let find = |asked: &InsuranceAsked| register.insured(asked, UnixMs(7));
        assert_eq!(subjects(&find(&ichiro())), ["ichiro"]);
        assert_eq!(find(&ichiro())[0].eligibility.checked_at, UnixMs(7));
        assert_eq!(subjects(&find(&InsuranceAsked { branch_number: None, ..ichiro() })), ["ichiro"], "a paper without a branch number");
        for other in [
            InsuranceAsked { insurer_number: "06990015".to_owned(), ..ichiro() },
            InsuranceAsked { symbol: Some("12-35".to_owned()), ..ichiro() },
            InsuranceAsked { symbol: None, ..ichiro() },
            InsuranceAsked { member_number: "57".to_owned(), ..ichiro() },
            InsuranceAsked { branch_number: Some("00".to_owned()), ..ichiro() },
            InsuranceAsked { birth_date: CivilDate::try_from("1960-06-03").unwrap(), ..ichiro() },
        ] {
            assert!(find(&other).is_empty());
        }
    }

    #[test]
    fn a_person_is_found_by_kana_birth_and_sex_and_an_address_narrows() {
        let register = demo();
        let asked = |sex, address: &str| PersonAsked {
            kana: "シカク　イチロウ".to_owned(),
            birth_date: CivilDate::try_from("1960-06-02").unwrap(),
            sex,
            address: address.to_owned(),
        };
        let find = |sex, address: &str| register.persons(&asked(sex, address), UnixMs(0));
        assert_eq!(subjects(&find(Sex::Male, "")), ["ichiro"]);
        assert_eq!(subjects(&find(Sex::Male, "資格県受付市")), ["ichiro"]);
        assert!(find(Sex::Female, "").is_empty() && find(Sex::Male, "資格県他市").is_empty());
    }

    #[test]
    fn a_person_known_by_the_register_s_id_is_found_again() {
        let RegistryAnswer::Known { eligibility, .. } = demo().subject("ichiro", UnixMs(3)) else { panic!() };
        assert_eq!(eligibility.checked_at, UnixMs(3));
        assert_eq!(demo().subject("nobody", UnixMs(3)), RegistryAnswer::NoRow { subject: "nobody".to_owned() });
    }

    #[test]
    fn medical_aid_is_found_by_its_numbers() {
        let asked = |member: &str| InsuranceAsked {
            insurer_number: "12990016".to_owned(),
            symbol: None,
            member_number: member.to_owned(),
            branch_number: None,
            birth_date: CivilDate::try_from("1958-10-10").unwrap(),
        };
        assert_eq!(subjects(&demo().insured(&asked("0003574"), UnixMs(0))), ["towa"]);
        assert!(demo().insured(&asked("0001230"), UnixMs(0)).is_empty(), "another's");
    }

    /// P-HIDE: an address that is not answered is not confirmed by a search either, and the person is found without it.
    #[test]
    fn no_search_tells_an_address_that_is_not_answered() {
        let find = |kana: &str, birth: &str, sex, address: &str| {
            let birth_date = CivilDate::try_from(birth).unwrap();
            demo().persons(&PersonAsked { kana: kana.to_owned(), birth_date, sex, address: address.to_owned() }, UnixMs(0)).len()
        };
        for address in ["", "資格県受付市空欄町", "資格県他市"] {
            assert_eq!(find("クウラン ナツコ", "1979-07-21", Sex::Female, address), 1, "{address}");
            assert_eq!(find("ジョセイ ジン", "1990-06-15", Sex::Male, address), 1, "never filed, and the same: {address}");
        }
        assert_eq!(find("ジョセイ ハルキ", "1975-04-01", Sex::Male, "資格県他市"), 0, "control: where there is one it narrows");
    }
}
