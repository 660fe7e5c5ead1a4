//! 医療扶助 and 医療費助成 as they are kept.

use serde::{Deserialize, Serialize};
use shared::domain::aid::{MedicalAid, MedicalAidState, MedicalTicket, Subsidy, SubsidySource};
use shared::domain::consent::Choice;

use super::{Text, day_text, maybe_day, some, text};
use crate::store::StoreError;

words!(state_word, state_of: MedicalAidState { Entrusted = "entrusted", NotRegistered = "not_registered", Unknown = "unknown" });
words!(source_word, source_of: SubsidySource { Register = "register", Certificate = "certificate" });

/// One entry of 医療費助成 as text.
///
/// # Errors
/// None that is known.
pub(in crate::store) fn subsidy(value: &Subsidy) -> Result<String, StoreError> {
    serde_json::to_string(&StoredSubsidy::of(value)).map_err(|_| StoreError::Damaged("subsidy"))
}

/// Reads it.
///
/// # Errors
/// When it cannot be read.
pub(in crate::store) fn read_subsidy(text: &str) -> Result<Subsidy, StoreError> {
    let stored: StoredSubsidy<'_> = serde_json::from_str(text).map_err(|_| StoreError::Damaged("subsidy"))?;
    stored.read()
}

/// The stored word of a state.
pub(in crate::store) fn aid_state_word(state: MedicalAidState) -> &'static str {
    match state_word(state) {
        Text::Borrowed(word) => word,
        Text::Owned(_) => "",
    }
}

/// Reads it; a word that is not known says nothing.
pub(in crate::store) fn aid_state(word: &str) -> MedicalAidState {
    state_of(word).unwrap_or(MedicalAidState::Unknown)
}

/// 医療扶助 of one person as text.
///
/// # Errors
/// None that is known.
pub(in crate::store) fn medical_aid(value: &MedicalAid) -> Result<String, StoreError> {
    serde_json::to_string(&StoredAid::of(value)).map_err(|_| StoreError::Damaged("medical aid"))
}

/// Reads it.
///
/// # Errors
/// When it cannot be read.
pub(in crate::store) fn read_medical_aid(text: &str) -> Result<MedicalAid, StoreError> {
    let stored: StoredAid<'_> = serde_json::from_str(text).map_err(|_| StoreError::Damaged("medical aid"))?;
    stored.read()
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredAid<'a> {
    #[serde(default)]
    state: Text<'a>,
    payer_number: Text<'a>,
    office_name: Text<'a>,
    beneficiary_number: Text<'a>,
    address: Option<Text<'a>>,
    post_number: Option<Text<'a>>,
    starts_on: Option<Text<'a>>,
    stops_on: Option<Text<'a>>,
    #[serde(default = "Vec::new")]
    tickets: Vec<StoredTicket<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredTicket<'a> {
    kind: Option<Text<'a>>,
    month: Option<Text<'a>>,
    valid_from: Option<Text<'a>>,
    valid_until: Option<Text<'a>>,
    issue_number: Option<Text<'a>>,
    institution_code: Option<Text<'a>>,
    institution_name: Option<Text<'a>>,
    treatment: Option<Text<'a>>,
    self_pay_yen: Option<u32>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredSubsidy<'a> {
    name: Option<Text<'a>>,
    payer_number: Option<Text<'a>>,
    beneficiary_number: Option<Text<'a>>,
    income_class: Option<Text<'a>>,
    limit_yen: Option<u32>,
    limit_covers: Option<Text<'a>>,
    valid_from: Option<Text<'a>>,
    valid_until: Option<Text<'a>>,
    is_reimbursed_only: Option<bool>,
    institution: Option<Text<'a>>,
    conditions: Option<Text<'a>>,
    #[serde(default)]
    source: Text<'a>,
}

pub(super) fn answer_word(answer: Choice) -> Option<Text<'static>> {
    match answer {
        Choice::NotAsked => None,
        Choice::Agree => Some("agree".into()),
        Choice::Refuse => Some("refuse".into()),
    }
}

/// A word that is not known opens nothing.
pub(super) fn answer_of(word: Option<Text<'_>>) -> Choice {
    match word.as_deref() {
        None => Choice::NotAsked,
        Some("agree") => Choice::Agree,
        Some(_) => Choice::Refuse,
    }
}

fn owned(text: Option<Text<'_>>) -> Option<String> {
    text.map(Text::into_owned)
}

impl<'a> StoredAid<'a> {
    pub(super) fn of(value: &'a MedicalAid) -> Self {
        Self {
            state: state_word(value.state),
            payer_number: text(&value.payer_number),
            office_name: text(&value.office_name),
            beneficiary_number: text(&value.beneficiary_number),
            address: some(value.address.as_ref()),
            post_number: some(value.post_number.as_ref()),
            starts_on: value.starts_on.map(day_text),
            stops_on: value.stops_on.map(day_text),
            tickets: value.tickets.iter().map(StoredTicket::of).collect(),
        }
    }

    pub(super) fn read(self) -> Result<MedicalAid, StoreError> {
        Ok(MedicalAid {
            state: state_of(&self.state).unwrap_or(MedicalAidState::Unknown),
            payer_number: self.payer_number.into_owned(),
            office_name: self.office_name.into_owned(),
            beneficiary_number: self.beneficiary_number.into_owned(),
            address: owned(self.address),
            post_number: owned(self.post_number),
            starts_on: maybe_day(self.starts_on)?,
            stops_on: maybe_day(self.stops_on)?,
            tickets: self.tickets.into_iter().map(StoredTicket::read).collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> StoredTicket<'a> {
    fn of(value: &'a MedicalTicket) -> Self {
        Self {
            kind: some(value.kind.as_ref()),
            month: some(value.month.as_ref()),
            valid_from: value.valid_from.map(day_text),
            valid_until: value.valid_until.map(day_text),
            issue_number: some(value.issue_number.as_ref()),
            institution_code: some(value.institution_code.as_ref()),
            institution_name: some(value.institution_name.as_ref()),
            treatment: some(value.treatment.as_ref()),
            self_pay_yen: value.self_pay_yen,
        }
    }

    fn read(self) -> Result<MedicalTicket, StoreError> {
        Ok(MedicalTicket {
            kind: owned(self.kind),
            month: owned(self.month),
            valid_from: maybe_day(self.valid_from)?,
            valid_until: maybe_day(self.valid_until)?,
            issue_number: owned(self.issue_number),
            institution_code: owned(self.institution_code),
            institution_name: owned(self.institution_name),
            treatment: owned(self.treatment),
            self_pay_yen: self.self_pay_yen,
        })
    }
}

impl<'a> StoredSubsidy<'a> {
    pub(super) fn of(value: &'a Subsidy) -> Self {
        Self {
            name: some(value.name.as_ref()),
            payer_number: some(value.payer_number.as_ref()),
            beneficiary_number: some(value.beneficiary_number.as_ref()),
            income_class: some(value.income_class.as_ref()),
            limit_yen: value.limit_yen,
            limit_covers: some(value.limit_covers.as_ref()),
            valid_from: value.valid_from.map(day_text),
            valid_until: value.valid_until.map(day_text),
            is_reimbursed_only: value.is_reimbursed_only,
            institution: some(value.institution.as_ref()),
            conditions: some(value.conditions.as_ref()),
            source: source_word(value.source),
        }
    }

    pub(super) fn read(self) -> Result<Subsidy, StoreError> {
        Ok(Subsidy {
            name: owned(self.name),
            payer_number: owned(self.payer_number),
            beneficiary_number: owned(self.beneficiary_number),
            income_class: owned(self.income_class),
            limit_yen: self.limit_yen,
            limit_covers: owned(self.limit_covers),
            valid_from: maybe_day(self.valid_from)?,
            valid_until: maybe_day(self.valid_until)?,
            is_reimbursed_only: self.is_reimbursed_only,
            institution: owned(self.institution),
            conditions: owned(self.conditions),
            source: source_of(&self.source).unwrap_or(SubsidySource::Register),
        })
    }
}
