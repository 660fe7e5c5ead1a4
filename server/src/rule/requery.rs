//! 再照会 (OT-14, P-REQ): who may be asked about again without card and PIN, and what becomes of the answer.
//!
//! Only under a home visit's living consent, and only while the relation goes on; both are looked at again in the transaction that keeps
//! the answer. An answer that differs from the one before it is kept beside it (X47).

use shared::api::requery::{ANSWERS_SHOWN, Asked, RequeryStanding, WhyNot};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay};
use shared::domain::consent::{Choice, ConsentItem, EndReason, ItemState, ended};
use shared::domain::coverage::{Eligibility, Provided};
use shared::domain::institution::VisitKind;
use shared::domain::month::Month;

use crate::compare::differences;
use crate::consent::without_aid;
use crate::store::coverage_change::{self, CoverageChange, Former};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CheckId, CheckRecord, ConsentId, ConsentRecord, StoreError, audit, check, consent, institution, month};
use crate::tenant::Tenant;

/// A consent with what decides whether its person may be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The consent.
    pub consent: ConsentRecord,
    /// The person, in the register's words.
    pub subject: String,
    /// The last day of the relation.
    pub ended_on: Option<CivilDate>,
}

/// Looks it up; `None` when there is no such consent here.
///
/// # Errors
/// What the database says; so for every rule.
pub fn base(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId) -> Result<Option<Base>, StoreError> {
    let Some(consent) = consent::find(tx, tenant, id)? else { return Ok(None) };
    let Some(subject) = month::subject_of(tx, tenant, id)? else { return Ok(None) };
    let ended_on = coverage_change::relation_end(tx, tenant, &subject)?;
    Ok(Some(Base { consent, subject, ended_on }))
}

/// Why nobody asks again (X46); `None`: ask. A relation that ended begins again with a consent of a later day.
#[must_use]
pub fn why_not(base: &Base, now: UnixMs) -> Option<WhyNot> {
    let Base { consent, ended_on, .. } = base;
    if consent.visit_kind != VisitKind::HomeVisit {
        return Some(WhyNot::NoHomeVisit);
    }
    if let Some((_, why)) = ended(consent.expires_at, consent.early_end(), now) {
        return Some(match why {
            EndReason::Deadline => WhyNot::Expired(consent.expires_at.jst_date()),
            EndReason::Institution | EndReason::Patient => WhyNot::Withdrawn,
            EndReason::OtherUse => WhyNot::OtherUse,
            EndReason::Replaced => WhyNot::Replaced,
        });
    }
    let is_over = |day: &CivilDate| now.jst_date() > *day && consent.consented_at.jst_date() <= *day;
    (*ended_on).filter(is_over).map(WhyNot::RelationEnded)
}

/// An answer without what the person did not agree to, or took back (X32).
#[must_use]
pub fn within(mut eligibility: Eligibility, items: &[(ConsentItem, ItemState)], subsidies: Choice) -> Eligibility {
    let agreed = |item: ConsentItem| items.iter().any(|(of, state)| *of == item && *state == ItemState::Agreed);
    for coverage in &mut eligibility.coverages {
        if !agreed(ConsentItem::LimitCertificate) {
            coverage.limit = Provided::NotProvided;
        }
        if !agreed(ConsentItem::SpecificDisease) {
            coverage.specific_diseases = Provided::NotProvided;
        }
    }
    eligibility.subsidy_answer = subsidies;
    if subsidies != Choice::Agree {
        eligibility.subsidies.clear();
    }
    eligibility
}

/// The same for an institution that does not use 医療扶助 (OT-6).
pub fn of_house(tx: &mut Tx<'_>, tenant: &Tenant, eligibility: Eligibility) -> Result<Eligibility, StoreError> {
    let uses_aid = institution::find(tx, tenant)?.is_some_and(|found| found.settings.medical_aid);
    Ok(if uses_aid { eligibility } else { without_aid(eligibility) })
}

/// An answer that is to be kept.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Id of the new check.
    pub id: CheckId,
    /// Under which consent.
    pub consent: ConsentId,
    /// Who asked, or started the bulk.
    pub by: UserId,
    /// The register's answer, whole.
    pub eligibility: Eligibility,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is kept; true where it differs from the answer before it.
    Yes(bool),
    /// Nobody may ask (any more).
    No(WhyNot),
    /// There is no such consent here.
    NotThere,
}

/// Keeps an answer as a check of its own, and beside it what changed.
pub fn keep(tx: &mut Tx<'_>, tenant: &Tenant, answered: &Answered) -> Result<Kept, StoreError> {
    let Some(base) = base(tx, tenant, &answered.consent)? else { return Ok(Kept::NotThere) };
    // Of two answers at once the second is compared with the first.
    tx.lock(&format!("requery {} {}", tenant.code(), base.subject))?;
    let at = answered.eligibility.checked_at;
    if let Some(why) = why_not(&base, at) {
        return Ok(Kept::No(why));
    }
    let eligibility = within(answered.eligibility.clone(), &base.consent.items, base.consent.eligibility.subsidy_answer);
    let eligibility = of_house(tx, tenant, eligibility)?;
    let former = former(tx, tenant, &base.subject, at)?;
    let new = CheckRecord {
        id: answered.id.clone(),
        visit_kind: Some(base.consent.visit_kind),
        consent: Some(answered.consent.clone()),
        subject: base.subject.clone(),
        reference_number: base.consent.reference_number.clone(),
        check_way: CheckWay::Requery,
        medium: base.consent.medium,
        done_by: Some(answered.by.clone()),
        state: CheckState::Done,
        asked: None,
        eligibility,
        chosen: None,
    };
    if !check::add(tx, tenant, &new)? {
        return Ok(Kept::Yes(false));
    }
    let Some((former, _)) = former.filter(|(_, before)| !differences(before, &new.eligibility).is_empty()) else {
        return Ok(Kept::Yes(false));
    };
    let (subject, consent) = (base.subject, Some(answered.consent.clone()));
    coverage_change::put(tx, tenant, &CoverageChange { subject, found_at: at, consent, former, check: answered.id.clone() })?;
    Ok(Kept::Yes(true))
}

/// The last answer about a person, whichever way it came, as it may be shown at `now`.
pub fn former(tx: &mut Tx<'_>, tenant: &Tenant, subject: &str, now: UnixMs) -> Result<Option<(Former, Eligibility)>, StoreError> {
    let of_consent = month::newest_consent(tx, tenant, subject)?;
    let checks = check::of_subject(tx, tenant, subject, ANSWERS_SHOWN)?;
    // What is provisional is no answer yet.
    let of_check = checks.into_iter().find(|check| check.state == CheckState::Done);
    let of_check = of_check.map(|check| (Former::Check(check.id), check.consent, check.eligibility));
    let of_consent = of_consent.map(|(id, found)| (Former::Consent(id.clone()), Some(id), found));
    let last = [of_consent, of_check].into_iter().flatten().max_by_key(|(.., found)| found.checked_at);
    Ok(match last {
        Some((of, consent, found)) => Some((of, consent::shown(tx, tenant, consent.as_ref(), found, now)?)),
        None => None,
    })
}

/// The answer that a change names, as it may be shown at `now`; `None` where it is gone.
pub fn told(tx: &mut Tx<'_>, tenant: &Tenant, of: &Former, now: UnixMs) -> Result<Option<Eligibility>, StoreError> {
    match of {
        Former::Consent(id) => Ok(consent::find(tx, tenant, id)?.map(|found| found.shown_at(found.eligibility.clone(), now))),
        Former::Check(id) => match check::find(tx, tenant, id)? {
            Some(found) => consent::shown(tx, tenant, found.consent.as_ref(), found.eligibility, now).map(Some),
            None => Ok(None),
        },
    }
}

/// How it stands for one consent; `None` when there is none such here.
pub fn standing(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId, now: UnixMs) -> Result<Option<RequeryStanding>, StoreError> {
    let Some(base) = base(tx, tenant, id)? else { return Ok(None) };
    let checks = check::of_consent(tx, tenant, id, ANSWERS_SHOWN)?;
    let answer = |check: CheckRecord| Asked { at: check.eligibility.checked_at, by: check.done_by, validity: check.eligibility.validity };
    let answers = checks.into_iter().filter(|check| check.check_way == CheckWay::Requery).map(answer).collect();
    let change = coverage_change::find(tx, tenant, Month::of(now.jst_date()), &base.subject)?;
    let (mut differs, mut former_at) = (Vec::new(), None);
    if let Some(change) = change
        && let Some(before) = told(tx, tenant, &change.former, now)?
        && let Some(after) = told(tx, tenant, &Former::Check(change.check), now)?
    {
        differs = differences(&before, &after);
        former_at = Some(before.checked_at);
    }
    let why_not = why_not(&base, now);
    Ok(Some(RequeryStanding { why_not, ended_on: base.ended_on, answers, differences: differs, former_at, now }))
}

/// Keeps an answer that somebody asked for, with its row in the log.
pub fn ask(tx: &mut Tx<'_>, tenant: &Tenant, answered: &Answered, entry: &AuditEntry) -> Result<Result<RequeryStanding, Kept>, StoreError> {
    match keep(tx, tenant, answered)? {
        Kept::Yes(_) => {
            audit::add(tx, entry)?;
            Ok(standing(tx, tenant, &answered.consent, answered.eligibility.checked_at)?.ok_or(Kept::NotThere))
        }
        refused => Ok(Err(refused)),
    }
}

/// What became of a noted end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noted {
    /// It stands.
    Yes(Box<RequeryStanding>),
    /// The day is before the consent.
    TooEarly,
    /// There is no such consent here.
    NotThere,
}

/// Notes the last day of a relation, or that it goes on.
pub fn end_relation(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &ConsentId,
    ended_on: Option<CivilDate>,
    by: &UserId,
    entry: &AuditEntry,
) -> Result<Noted, StoreError> {
    let Some(base) = base(tx, tenant, id)? else { return Ok(Noted::NotThere) };
    if ended_on.is_some_and(|day| day < base.consent.consented_at.jst_date()) {
        return Ok(Noted::TooEarly);
    }
    coverage_change::set_relation_end(tx, tenant, &base.subject, ended_on, by, entry.at)?;
    audit::add(tx, entry)?;
    Ok(standing(tx, tenant, id, entry.at)?.map_or(Noted::NotThere, |standing| Noted::Yes(Box::new(standing))))
}
