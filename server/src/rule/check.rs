//! Checks without a card (OT-12): what is kept of an answer of the register, and what a person decides about it.

use shared::api::office::ChosenCoverage;
use shared::domain::account::UserId;
use shared::domain::asked::NumbersAsked;
use shared::domain::calendar::UnixMs;
use shared::domain::check::CheckState;
use shared::domain::consent::{Choice, Choices};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::typed;

use super::requery::of_house;
use crate::consent::without_refused;
use crate::eligibility::asked::{Candidate, InsuranceAsked};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CheckId, CheckRecord, StoreError, asked as asked_text, audit, check};
use crate::tenant::Tenant;

/// What a register is asked by.
#[must_use]
pub fn insurance(asked: &NumbersAsked) -> InsuranceAsked {
    let some = |text: &str| Some(typed::code(text)).filter(|text| !text.is_empty());
    InsuranceAsked {
        insurer_number: typed::number(asked.insurer_number.as_str()),
        symbol: some(asked.symbol.as_str()),
        member_number: typed::code(asked.member_number.as_str()),
        branch_number: some(asked.branch_number.as_str()),
        birth_date: asked.birth_date,
    }
}

/// Names one of several people for the second asking: nothing can be read from it.
#[must_use]
pub fn candidate_key(candidate: &Candidate) -> String {
    crate::hex(&crate::sha256(candidate.subject.as_bytes()))
}

/// What the numbers lead to.
#[derive(Debug)]
pub enum Found {
    /// One person, or nobody (X30).
    One(Option<Box<Candidate>>),
    /// Several: a person chooses.
    Several(Vec<Candidate>),
    /// The one that was chosen is not among them.
    NotAmong,
}

/// Decides whom an answer of the register is about: never one of several by itself.
#[must_use]
pub fn found(mut candidates: Vec<Candidate>, chosen: Option<&str>) -> Found {
    match chosen {
        Some(key) => match candidates.into_iter().find(|candidate| candidate_key(candidate) == key) {
            Some(candidate) => Found::One(Some(Box::new(candidate))),
            None => Found::NotAmong,
        },
        None if candidates.len() > 1 => Found::Several(candidates),
        None => Found::One(candidates.pop().map(Box::new)),
    }
}

/// The check of an answer. What the person did not agree to give is not in it (X32); 特定疾病 and 医療費助成 are
/// given by a card alone.
///
/// # Errors
/// [`StoreError::Database`] where what was typed cannot be written.
pub fn record(
    id: CheckId,
    asked: &NumbersAsked,
    found: Option<Box<Candidate>>,
    by: Option<UserId>,
    now: UnixMs,
) -> Result<CheckRecord, StoreError> {
    let limit_certificate = if asked.with_limit { Choice::Agree } else { Choice::NotAsked };
    let choices = Choices { limit_certificate, ..Choices::all(Choice::NotAsked) };
    let (subject, eligibility) = match found {
        Some(found) => {
            let Candidate { subject, eligibility } = *found;
            (subject, without_refused(Eligibility { checked_at: now, subsidies: Vec::new(), ..eligibility }, &choices))
        }
        None => (String::new(), Eligibility::of_insurance(Validity::NotFound, now, None, Vec::new())),
    };
    Ok(CheckRecord {
        id,
        visit_kind: None,
        consent: None,
        subject,
        reference_number: None,
        check_way: asked.of.check_way(),
        medium: asked.of.medium(),
        done_by: by,
        state: CheckState::Done,
        asked: Some(asked_text(asked)?),
        eligibility,
        chosen: None,
    })
}

/// Keeps a check as the house uses it ([`of_house`]); gives what was kept.
///
/// # Errors
/// What the database says; so for every rule.
pub fn keep(tx: &mut Tx<'_>, tenant: &Tenant, record: CheckRecord, entry: &AuditEntry) -> Result<CheckRecord, StoreError> {
    let kept = CheckRecord { eligibility: of_house(tx, tenant, record.eligibility)?, ..record };
    check::add(tx, tenant, &kept)?;
    audit::add(tx, entry)?;
    Ok(kept)
}

/// What became of a choice among the coverages of a check.
#[derive(Debug)]
pub enum Chosen {
    /// It stands; the check with it.
    Kept(Box<CheckRecord>),
    /// No such check in this institution.
    NotThere,
    /// Nothing to choose there, not this one, or another was chosen since it was shown.
    NotOffered,
}

/// Keeps a person's choice, if the present one is `shown`. A choice that stands already is kept as it is.
pub fn choose_coverage(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CheckId,
    choice: &ChosenCoverage,
    shown: Option<u32>,
    entry: &AuditEntry,
) -> Result<Chosen, StoreError> {
    let Some(found) = check::find(tx, tenant, id)? else { return Ok(Chosen::NotThere) };
    let is_offered = usize::try_from(choice.coverage).is_ok_and(|place| place < found.eligibility.coverages.len());
    let present = found.chosen.as_ref().map(|chosen| chosen.coverage);
    if found.eligibility.validity != Validity::Several || !is_offered {
        return Ok(Chosen::NotOffered);
    }
    if present == Some(choice.coverage) {
        return Ok(Chosen::Kept(Box::new(found)));
    }
    if present != shown {
        return Ok(Chosen::NotOffered);
    }
    check::choose(tx, tenant, id, choice)?;
    audit::add(tx, entry)?;
    Ok(Chosen::Kept(Box::new(CheckRecord { chosen: Some(choice.clone()), ..found })))
}
