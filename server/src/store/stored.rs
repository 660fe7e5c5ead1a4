//! What is kept as JSON: types of the store's own, so that a change of the messages between page and server changes no kept row.
//!
//! Each text carries its version; texts from before there were versions read as version 0. A later field is optional or has a
//! default, unknown fields are passed over, and a word that this version does not know reads as what says nothing (未設定, not
//! provided, not checked, refused). Only a verdict that is not known cannot be shown as anything: that row is damaged. Kept texts
//! are never written again, so what is not understood here is not lost either.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use shared::api::reception::{CertificateChecks, Revocation, VisitResult};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::coverage::{
    Coverage, ElderlyCertificate, Eligibility, LimitCertificate, Percent, Provided, Relation, SpecificDisease, Validity,
};
use shared::domain::institution::VisitKind;
use shared::domain::person::{Person, Sex};
use shared::domain::visit::Occasion;

use super::StoreError;

/// Version of what is written. Version 1 only added the number itself.
const VERSION: u32 = 1;

/// Version of an eligibility and of a result with one. Version 2 added what stands beside the insurance.
const ELIGIBILITY_VERSION: u32 = 2;

type Text<'a> = Cow<'a, str>;

/// The words of an enumeration as they are kept: never renamed, only added to.
macro_rules! words {
    ($write:ident, $read:ident: $type:ty { $($variant:ident = $word:literal),* $(,)? }) => {
        fn $write(value: $type) -> Text<'static> {
            std::borrow::Cow::Borrowed(match value { $(<$type>::$variant => $word),* })
        }

        fn $read(word: &str) -> Option<$type> {
            match word {
                $($word => Some(<$type>::$variant),)*
                _ => None,
            }
        }
    };
}

mod aid;
mod asked;
mod occasion;
mod settings;

use aid::{StoredAid, StoredSubsidy};
pub(super) use aid::{aid_state, aid_state_word, medical_aid, read_medical_aid, read_subsidy, subsidy};
pub use asked::{asked, read_asked};
use occasion::StoredOccasion;
pub(super) use occasion::{occasion, read_occasion};
pub(super) use settings::{read_settings, settings};

words!(validity_word, validity_of: Validity {
    Valid = "valid", Invalid = "invalid", Replaced = "replaced", NotFound = "not_found", Several = "several",
    AidNotRegistered = "aid_not_registered",
});
words!(sex_word, sex_of: Sex { Male = "male", Female = "female", Unset = "unset" });
words!(relation_word, relation_of: Relation { Insured = "insured", Family = "family" });
words!(revocation_word, revocation_of: Revocation { NotChecked = "not_checked" });
words!(item_word, item_of: ConsentItem {
    Surgery = "surgery", Treatment = "treatment", Drug = "drug", Checkup = "checkup", LimitCertificate = "limit_certificate",
    SpecificDisease = "specific_disease",
});
words!(state_word, state_of: ItemState {
    Agreed = "agreed", Refused = "refused", NotApplicable = "not_applicable", NotAsked = "not_asked", Expired = "expired", Replaced = "replaced",
    Withdrawn = "withdrawn",
});

/// The word of a verdict, as it stands in a column of its own.
pub(super) fn validity_text(validity: Validity) -> &'static str {
    match validity_word(validity) {
        Cow::Borrowed(word) => word,
        Cow::Owned(_) => "",
    }
}

/// `"not_provided"`, `"none"` or `{"value": …}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredProvided<'a, T> {
    Value { value: T },
    Word(Text<'a>),
}

impl<'a, T> StoredProvided<'a, T> {
    fn of<D>(provided: &'a Provided<D>, write: impl FnOnce(&'a D) -> T) -> Self {
        match provided {
            Provided::NotProvided => Self::not_provided(),
            Provided::None => Self::Word("none".into()),
            Provided::Value(value) => Self::Value { value: write(value) },
        }
    }

    fn not_provided() -> Self {
        Self::Word("not_provided".into())
    }

    fn read<D>(self, read: impl FnOnce(T) -> Result<D, StoreError>) -> Result<Provided<D>, StoreError> {
        Ok(match self {
            Self::Value { value } => Provided::Value(read(value)?),
            Self::Word(word) if word == "none" => Provided::None,
            Self::Word(_) => Provided::NotProvided,
        })
    }
}

impl<T> Default for StoredProvided<'_, T> {
    fn default() -> Self {
        Self::not_provided()
    }
}

#[derive(Serialize, Deserialize)]
struct StoredEligibility<'a> {
    #[serde(default)]
    version: u32,
    validity: Text<'a>,
    checked_at: i64,
    person: Option<StoredPerson<'a>>,
    #[serde(default = "Vec::new")]
    coverages: Vec<StoredCoverage<'a>>,
    medical_aid: Option<StoredAid<'a>>,
    /// `agree` or `refuse`; absent where nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subsidy_answer: Option<Text<'a>>,
    #[serde(default = "Vec::new")]
    subsidies: Vec<StoredSubsidy<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredPerson<'a> {
    name: Text<'a>,
    name_kana: Text<'a>,
    name_of_other: Option<Text<'a>>,
    birth_date: Text<'a>,
    #[serde(default)]
    sex: Text<'a>,
}

#[derive(Serialize, Deserialize)]
struct StoredCoverage<'a> {
    insurer_number: Text<'a>,
    insurer_name: Text<'a>,
    symbol: Option<Text<'a>>,
    member_number: Text<'a>,
    branch_number: Option<Text<'a>>,
    card_classification: Text<'a>,
    relation: Option<Text<'a>>,
    insured_name: Option<Text<'a>>,
    address: Option<Text<'a>>,
    post_number: Option<Text<'a>>,
    sex_on_back: Option<Text<'a>>,
    qualified_on: Option<Text<'a>>,
    disqualified_on: Option<Text<'a>>,
    loss_reason: Option<Text<'a>>,
    valid_from: Option<Text<'a>>,
    valid_until: Option<Text<'a>>,
    #[serde(default)]
    copay_ratio: StoredProvided<'a, u8>,
    #[serde(default)]
    is_preschool: bool,
    elderly: Option<StoredElderly<'a>>,
    #[serde(default)]
    limit: StoredProvided<'a, StoredLimit<'a>>,
    #[serde(default)]
    specific_diseases: StoredProvided<'a, Vec<StoredDisease<'a>>>,
}

#[derive(Serialize, Deserialize)]
struct StoredElderly<'a> {
    valid_from: Text<'a>,
    valid_until: Option<Text<'a>>,
    ratio: u8,
}

#[derive(Serialize, Deserialize)]
struct StoredLimit<'a> {
    level: Text<'a>,
    valid_from: Text<'a>,
    valid_until: Option<Text<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredDisease<'a> {
    category: Text<'a>,
    valid_from: Text<'a>,
    valid_until: Option<Text<'a>>,
    self_pay_yen: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct StoredChecks<'a> {
    #[serde(default)]
    version: u32,
    signature: bool,
    chain: bool,
    period: bool,
    #[serde(default)]
    revocation: Text<'a>,
}

#[derive(Serialize, Deserialize)]
struct StoredResult<'a> {
    #[serde(default)]
    version: u32,
    receipt: Text<'a>,
    consented_at: i64,
    expires_at: i64,
    items: Vec<(Text<'a>, Text<'a>)>,
    eligibility: Option<StoredEligibility<'a>>,
    replaced_until: Option<i64>,
    certificate_ends_on: Option<Text<'a>>,
    checks: StoredChecks<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occasion: Option<StoredOccasion<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_use: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_at: Option<i64>,
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|inner| StoreError::Database(Box::new(inner)))
}

/// Says which text it is and nothing of what stands in it.
fn parsed<'a, T: Deserialize<'a>>(text: &'a str, which: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Damaged(which))
}

fn text(text: &str) -> Text<'_> {
    Cow::Borrowed(text)
}

fn some(value: Option<&String>) -> Option<Text<'_>> {
    value.map(|value| text(value))
}

fn day_text(day: CivilDate) -> Text<'static> {
    Cow::Owned(day.to_string())
}

fn day(text: &str) -> Result<CivilDate, StoreError> {
    CivilDate::try_from(text).map_err(|_| StoreError::Damaged("a day"))
}

fn maybe_day(text: Option<Text<'_>>) -> Result<Option<CivilDate>, StoreError> {
    text.map(|text| day(&text)).transpose()
}

/// The text of an eligibility.
pub(super) fn eligibility(value: &Eligibility) -> Result<String, StoreError> {
    json(&StoredEligibility::of(value))
}

/// Reads [`eligibility`], also of earlier versions.
pub(super) fn read_eligibility(text: &str) -> Result<Eligibility, StoreError> {
    parsed::<StoredEligibility<'_>>(text, "eligibility")?.read()
}

/// The text of what was checked of a certificate.
pub(super) fn checks(value: CertificateChecks) -> Result<String, StoreError> {
    json(&StoredChecks::of(value))
}

/// Reads [`checks`], also of earlier versions.
pub(super) fn read_checks(text: &str) -> Result<CertificateChecks, StoreError> {
    parsed::<StoredChecks<'_>>(text, "checks").map(StoredChecks::read)
}

/// The text of the answer that is kept for a tablet.
pub(super) fn result(value: &VisitResult) -> Result<String, StoreError> {
    json(&StoredResult {
        version: ELIGIBILITY_VERSION,
        receipt: text(&value.receipt),
        consented_at: value.consented_at.0,
        expires_at: value.expires_at.0,
        items: value.items.iter().map(|(item, state)| (item_word(*item), state_word(*state))).collect(),
        eligibility: value.eligibility.as_ref().map(StoredEligibility::of),
        replaced_until: value.replaced_until.map(|at| at.0),
        certificate_ends_on: value.certificate_ends_on.map(day_text),
        checks: StoredChecks::of(value.checks),
        occasion: (value.occasion != Occasion::default()).then(|| StoredOccasion::of(&value.occasion)),
        ended_use: value.ended_use.map(VisitKind::code),
        changed_at: value.changed_at.map(|at| at.0),
    })
}

/// Reads [`result`], also of earlier versions.
pub(super) fn read_result(text: &str) -> Result<VisitResult, StoreError> {
    let stored = parsed::<StoredResult<'_>>(text, "result")?;
    Ok(VisitResult {
        receipt: stored.receipt.into_owned(),
        consented_at: UnixMs(stored.consented_at),
        expires_at: UnixMs(stored.expires_at),
        // A kind of information that is not known here is left out; a state that is not known opens nothing.
        items: stored
            .items
            .iter()
            .filter_map(|(item, state)| Some((item_of(item)?, state_of(state).unwrap_or(ItemState::Refused))))
            .collect(),
        eligibility: stored.eligibility.map(StoredEligibility::read).transpose()?,
        replaced_until: stored.replaced_until.map(UnixMs),
        certificate_ends_on: maybe_day(stored.certificate_ends_on)?,
        checks: stored.checks.read(),
        occasion: stored.occasion.map(StoredOccasion::read).transpose()?.unwrap_or_default(),
        ended_use: stored.ended_use.and_then(VisitKind::from_code),
        changed_at: stored.changed_at.map(UnixMs),
    })
}

impl<'a> StoredEligibility<'a> {
    fn of(value: &'a Eligibility) -> Self {
        Self {
            version: ELIGIBILITY_VERSION,
            validity: validity_word(value.validity),
            checked_at: value.checked_at.0,
            person: value.person.as_ref().map(StoredPerson::of),
            coverages: value.coverages.iter().map(StoredCoverage::of).collect(),
            medical_aid: value.medical_aid.as_ref().map(StoredAid::of),
            subsidy_answer: aid::answer_word(value.subsidy_answer),
            subsidies: value.subsidies.iter().map(StoredSubsidy::of).collect(),
        }
    }

    fn read(self) -> Result<Eligibility, StoreError> {
        Ok(Eligibility {
            validity: validity_of(&self.validity).ok_or(StoreError::Damaged("validity"))?,
            checked_at: UnixMs(self.checked_at),
            person: self.person.map(StoredPerson::read).transpose()?,
            coverages: self.coverages.into_iter().map(StoredCoverage::read).collect::<Result<_, _>>()?,
            medical_aid: self.medical_aid.map(StoredAid::read).transpose()?,
            subsidy_answer: aid::answer_of(self.subsidy_answer),
            subsidies: self.subsidies.into_iter().map(StoredSubsidy::read).collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> StoredPerson<'a> {
    fn of(value: &'a Person) -> Self {
        Self {
            name: text(&value.name),
            name_kana: text(&value.name_kana),
            name_of_other: some(value.name_of_other.as_ref()),
            birth_date: day_text(value.birth_date),
            sex: sex_word(value.sex),
        }
    }

    fn read(self) -> Result<Person, StoreError> {
        Ok(Person {
            name: self.name.into_owned(),
            name_kana: self.name_kana.into_owned(),
            name_of_other: self.name_of_other.map(Cow::into_owned),
            birth_date: day(&self.birth_date)?,
            sex: sex_of(&self.sex).unwrap_or(Sex::Unset),
        })
    }
}

impl<'a> StoredCoverage<'a> {
    fn of(value: &'a Coverage) -> Self {
        Self {
            insurer_number: text(&value.insurer_number),
            insurer_name: text(&value.insurer_name),
            symbol: some(value.symbol.as_ref()),
            member_number: text(&value.member_number),
            branch_number: some(value.branch_number.as_ref()),
            card_classification: text(&value.card_classification),
            relation: value.relation.map(relation_word),
            insured_name: some(value.insured_name.as_ref()),
            address: some(value.address.as_ref()),
            post_number: some(value.post_number.as_ref()),
            sex_on_back: value.sex_on_back.map(sex_word),
            qualified_on: value.qualified_on.map(day_text),
            disqualified_on: value.disqualified_on.map(day_text),
            loss_reason: some(value.loss_reason.as_ref()),
            valid_from: value.valid_from.map(day_text),
            valid_until: value.valid_until.map(day_text),
            copay_ratio: StoredProvided::of(&value.copay_ratio, |percent| percent.0),
            is_preschool: value.is_preschool,
            elderly: value.elderly.as_ref().map(|elderly| StoredElderly {
                valid_from: day_text(elderly.valid_from),
                valid_until: elderly.valid_until.map(day_text),
                ratio: elderly.ratio.0,
            }),
            limit: StoredProvided::of(&value.limit, |limit| StoredLimit {
                level: text(&limit.level),
                valid_from: day_text(limit.valid_from),
                valid_until: limit.valid_until.map(day_text),
            }),
            specific_diseases: StoredProvided::of(&value.specific_diseases, |diseases| {
                let disease = |disease: &'a SpecificDisease| StoredDisease {
                    category: text(&disease.category),
                    valid_from: day_text(disease.valid_from),
                    valid_until: disease.valid_until.map(day_text),
                    self_pay_yen: disease.self_pay_yen,
                };
                diseases.iter().map(disease).collect()
            }),
        }
    }

    fn read(self) -> Result<Coverage, StoreError> {
        let owned = |text: Option<Text<'_>>| text.map(Cow::into_owned);
        let elderly = |elderly: StoredElderly<'_>| {
            Ok::<_, StoreError>(ElderlyCertificate {
                valid_from: day(&elderly.valid_from)?,
                valid_until: maybe_day(elderly.valid_until)?,
                ratio: Percent(elderly.ratio),
            })
        };
        let limit = |limit: StoredLimit<'_>| {
            Ok(LimitCertificate {
                level: limit.level.into_owned(),
                valid_from: day(&limit.valid_from)?,
                valid_until: maybe_day(limit.valid_until)?,
            })
        };
        let disease = |disease: StoredDisease<'_>| {
            Ok(SpecificDisease {
                category: disease.category.into_owned(),
                valid_from: day(&disease.valid_from)?,
                valid_until: maybe_day(disease.valid_until)?,
                self_pay_yen: disease.self_pay_yen,
            })
        };
        Ok(Coverage {
            insurer_number: self.insurer_number.into_owned(),
            insurer_name: self.insurer_name.into_owned(),
            symbol: owned(self.symbol),
            member_number: self.member_number.into_owned(),
            branch_number: owned(self.branch_number),
            card_classification: self.card_classification.into_owned(),
            relation: self.relation.and_then(|word| relation_of(&word)),
            insured_name: owned(self.insured_name),
            address: owned(self.address),
            post_number: owned(self.post_number),
            sex_on_back: self.sex_on_back.map(|word| sex_of(&word).unwrap_or(Sex::Unset)),
            qualified_on: maybe_day(self.qualified_on)?,
            disqualified_on: maybe_day(self.disqualified_on)?,
            loss_reason: owned(self.loss_reason),
            valid_from: maybe_day(self.valid_from)?,
            valid_until: maybe_day(self.valid_until)?,
            copay_ratio: self.copay_ratio.read(|percent| Ok(Percent(percent)))?,
            is_preschool: self.is_preschool,
            elderly: self.elderly.map(elderly).transpose()?,
            limit: self.limit.read(limit)?,
            specific_diseases: self.specific_diseases.read(|diseases| diseases.into_iter().map(disease).collect())?,
        })
    }
}

impl StoredChecks<'_> {
    fn of(value: CertificateChecks) -> Self {
        Self {
            version: VERSION,
            signature: value.signature,
            chain: value.chain,
            period: value.period,
            revocation: revocation_word(value.revocation),
        }
    }

    fn read(self) -> CertificateChecks {
        CertificateChecks {
            signature: self.signature,
            chain: self.chain,
            period: self.period,
            revocation: revocation_of(&self.revocation).unwrap_or(Revocation::NotChecked),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::aid::MedicalAidState;
    use shared::domain::consent::Choice;

    use super::*;

    /// Rows as each version wrote them. They are only ever added to.
    const ELIGIBILITIES: [&str; 3] = [
        include_str!("stored/eligibility_v0.json"),
        include_str!("stored/eligibility_v1.json"),
        include_str!("stored/eligibility_v2.json"),
    ];
    const RESULTS: [&str; 3] =
        [include_str!("stored/result_v0.json"), include_str!("stored/result_v1.json"), include_str!("stored/result_v2.json")];

    /// What versions 0 and 1 did not know.
    fn insurance_alone(read: Eligibility) -> Eligibility {
        Eligibility::of_insurance(read.validity, read.checked_at, read.person, read.coverages)
    }

    #[test]
    fn rows_of_every_version_read_alike() {
        let [first, second, last] = ELIGIBILITIES.map(|text| read_eligibility(text).unwrap());
        assert_eq!(first, second);
        assert_eq!(first, insurance_alone(last.clone()));
        let aid = last.medical_aid.unwrap();
        assert_eq!((aid.state, aid.tickets.len()), (MedicalAidState::Entrusted, 1));
        assert_eq!(last.subsidies.iter().map(|one| one.limit_yen).collect::<Vec<_>>(), [Some(10_000), None]);
        let person = first.person.as_ref().unwrap();
        assert_eq!((person.name.as_str(), person.birth_date.to_string().as_str(), person.sex), ("資格　一郎", "1950-04-01", Sex::Male));
        let coverage = &first.coverages[0];
        assert_eq!(coverage.copay_ratio, Provided::Value(Percent(20)));
        assert_eq!(coverage.specific_diseases, Provided::None);
        assert!(matches!(&coverage.limit, Provided::Value(limit) if limit.level == "ウ"));
        assert_eq!(coverage.elderly.as_ref().map(|elderly| elderly.ratio), Some(Percent(20)));
        let mut asked = insurance_alone(read_eligibility(ELIGIBILITIES[1]).unwrap());
        for answer in [Choice::Agree, Choice::Refuse, Choice::NotAsked] {
            asked.subsidy_answer = answer;
            assert_eq!(read_eligibility(&eligibility(&asked).unwrap()).unwrap(), asked);
        }
        let [first, second, mut last] = RESULTS.map(|text| read_result(text).unwrap());
        assert_eq!(first, second);
        assert!(last.eligibility.as_ref().is_some_and(|read| read.medical_aid.is_some() && read.subsidies.len() == 2));
        last.eligibility = last.eligibility.map(insurance_alone);
        assert_eq!(first, last);
        assert_eq!(first.items.len(), 6);
        for text in [r#"{"signature":true,"chain":true,"period":false,"revocation":"not_checked"}"#, &checks(first.checks).unwrap()] {
            assert_eq!(read_checks(text).unwrap().revocation, Revocation::NotChecked, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_of_this_version_and_reads_back() {
        for (text, write) in [
            (ELIGIBILITIES[2], eligibility(&read_eligibility(ELIGIBILITIES[2]).unwrap()).unwrap()),
            (RESULTS[2], result(&read_result(RESULTS[2]).unwrap()).unwrap()),
        ] {
            assert_eq!(write, text.trim_end(), "a change of the text needs a version of its own, and a row of it here");
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let mut later: serde_json::Value = serde_json::from_str(ELIGIBILITIES[2]).unwrap();
        later["version"] = 99.into();
        later["new_field"] = serde_json::json!({ "a": [1, 2] });
        later["person"]["sex"] = "another".into();
        later["coverages"][0]["relation"] = "another".into();
        later["coverages"][0]["limit"] = "withheld".into();
        later["coverages"][0].as_object_mut().unwrap().remove("is_preschool");
        later["medical_aid"]["state"] = "another".into();
        let read = read_eligibility(&later.to_string()).unwrap();
        assert_eq!(read.medical_aid.unwrap().state, MedicalAidState::Unknown);
        assert_eq!(read.person.unwrap().sex, Sex::Unset);
        assert_eq!((read.coverages[0].relation, &read.coverages[0].limit), (None, &Provided::NotProvided));
        later["validity"] = "another".into();
        assert!(matches!(read_eligibility(&later.to_string()), Err(StoreError::Damaged("validity"))), "a verdict is never invented");
        let mut later: serde_json::Value = serde_json::from_str(RESULTS[2]).unwrap();
        later["items"][0][1] = "another".into();
        later["items"][1][0] = "another".into();
        later["checks"]["revocation"] = "good".into();
        let read = read_result(&later.to_string()).unwrap();
        assert_eq!((read.items.len(), read.items[0].1, read.checks.revocation), (5, ItemState::Refused, Revocation::NotChecked));
    }

    #[test]
    fn an_error_shows_nothing_of_the_row() {
        for text in ["", "{", r#"{"validity":"資格　一郎"}"#, r#"{"validity":"valid","checked_at":"資格　一郎"}"#] {
            let error = format!("{:?}", read_eligibility(text).unwrap_err());
            assert!(error.starts_with("Damaged") && !error.contains("資格"), "{error}");
        }
    }
}
