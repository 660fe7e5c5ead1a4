//! The check at the device (DA-5…DA-11): opened by an account, kept with a consent or as the eligibility alone, filed by a press.

use shared::api::bedside::{BedsideConsent, BedsideResult, UNFILED_MS, UNFILED_ROWS, UnfiledRow};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};
use shared::domain::coverage::Eligibility;

use super::requery::of_house;
use super::visit::{self as visits, Awaited};
use crate::store::bedside::{self as store, BedsideRecord};
use crate::store::tx::Tx;
use crate::store::{
    AuditEntry, CheckRecord, Former, NewVisit, Opened, ProofRecord, ProofStored, Proved, StoreError, Visit, VisitId, audit, check, consent,
    reference, visit,
};
use crate::tenant::Tenant;

/// A check that asks nothing makes no consent (資格確認限定型, X63).
#[must_use]
pub fn asks_nothing(choices: &Choices) -> bool {
    *choices == Choices::all(Choice::NotAsked)
}

/// Opens a visit in the hand of an account; under a key of before it stays that account's.
///
/// # Errors
/// What the database says; so for every rule.
pub fn open(tx: &mut Tx<'_>, new: &NewVisit, by: &UserId) -> Result<Option<Opened>, StoreError> {
    let opened = visits::open(tx, new)?;
    if let Opened::Visit(visit) = &opened {
        // A key of the reception page opens nothing here.
        if visit.id == new.id {
            store::note_opened(tx, &new.tenant, &visit.id, by)?;
        }
        if store::opened_by(tx, &new.tenant, &visit.id)?.as_ref() != Some(by) {
            return Ok(None);
        }
    }
    Ok(Some(opened))
}

/// A visit that this account opened at the device desk.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId, by: &UserId) -> Result<Option<Visit>, StoreError> {
    if store::opened_by(tx, tenant, id)?.as_ref() != Some(by) {
        return Ok(None);
    }
    Ok(visit::find(tx, id)?.filter(|found| &found.institution == tenant.code()))
}

/// What a proof at the device keeps.
#[derive(Clone)]
pub enum Keeping {
    /// A consent with its result.
    Consent(Box<Proved>),
    /// The eligibility alone, with what the card signed.
    Check(Box<CheckRecord>, Option<ProofRecord>),
}

/// A judged proof.
#[derive(Clone)]
pub struct Judged {
    /// What is kept.
    pub keeping: Keeping,
    /// What stands beside it.
    pub record: BedsideRecord,
    /// The nonce of the challenge that it answers.
    pub nonce: [u8; 32],
    /// The audit row; its outcome is another where the person is asked first.
    pub audit: AuditEntry,
}

/// What became of it.
pub enum BedsideKept {
    /// It is kept.
    Done(Box<BedsideResult>),
    /// Nothing is kept: a living consent would be replaced.
    Asks(Box<Former>),
    /// Another proof finished the visit.
    DoneOtherwise,
    /// The challenge is none any more.
    ChallengeGone,
    /// The visit is over.
    Over,
}

/// Keeps a judged proof, once: consent or check, what stands beside it and the audit row in one transaction.
pub fn keep(tx: &mut Tx<'_>, tenant: &Tenant, judged: &Judged) -> Result<BedsideKept, StoreError> {
    let Judged { keeping, record, nonce, audit: entry } = judged;
    let refused = match keeping {
        Keeping::Consent(proved) => match visits::keep_proof(tx, tenant, proved)? {
            ProofStored::New(_) => {
                store::add(tx, tenant, record, None)?;
                None
            }
            ProofStored::Before(_) => None,
            other => Some(other),
        },
        Keeping::Check(new, proof) => match visits::awaited(tx, tenant, &record.visit, nonce, record.done_at, None)? {
            Awaited::Visit(found) => {
                visit::use_challenge(tx, &found.id, record.done_at)?;
                let eligibility = of_house(tx, tenant, new.eligibility.clone())?;
                check::add(tx, tenant, &CheckRecord { eligibility, ..(**new).clone() })?;
                store::add(tx, tenant, record, proof.as_ref().map(|proof| (nonce, proof)))?;
                store::finish(tx, tenant, &found.id, record.done_at, (new.check_way, new.medium))?;
                None
            }
            Awaited::Not(stored) => Some(stored),
        },
    };
    match refused {
        None => {
            let result = result(tx, tenant, &record.visit, record.done_at)?.ok_or(StoreError::Damaged("check at a device"))?;
            audit::add(tx, entry)?;
            Ok(BedsideKept::Done(Box::new(result)))
        }
        Some(ProofStored::Asks(former)) => {
            audit::add(tx, &entry.clone().with_outcome("confirm_needed"))?;
            Ok(BedsideKept::Asks(former))
        }
        Some(ProofStored::ChallengeGone) => Ok(BedsideKept::ChallengeGone),
        Some(ProofStored::Over) => Ok(BedsideKept::Over),
        Some(_) => Ok(BedsideKept::DoneOtherwise),
    }
}

/// X27: the visit ends without a proof; false when it is none of this account's, or proved already.
pub fn end_unmatched(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &VisitId,
    by: &UserId,
    at: UnixMs,
    entry: &AuditEntry,
) -> Result<bool, StoreError> {
    let Some(found) = find(tx, tenant, id, by)? else { return Ok(false) };
    if found.done_at.is_some() {
        return Ok(false);
    }
    visits::leave(tx, tenant, id, at)?;
    audit::add(tx, entry)?;
    Ok(true)
}

/// The result of a visit as it may be shown at `now`: without what was taken back since.
pub fn result(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId, now: UnixMs) -> Result<Option<BedsideResult>, StoreError> {
    let Some(record) = store::find(tx, tenant, id)? else { return Ok(None) };
    let Some(kept) = kept_of(tx, tenant, &record, now)? else { return Ok(None) };
    let reference_number = match reference::of_subject(tx, tenant, &kept.subject)? {
        Some(found) if !kept.subject.is_empty() && !found.number.is_empty() => Some(found.number),
        _ => None,
    };
    Ok(Some(BedsideResult {
        visit: record.visit.as_str().to_owned(),
        consent: kept.consent,
        check: record.check.map(|id| id.as_str().to_owned()),
        done_at: record.done_at,
        done_by: record.done_by,
        check_way: kept.way.0,
        medium: kept.way.1,
        eligibility: kept.eligibility,
        checks: record.checks,
        certificate_ends_on: record.ends_on,
        is_grace: record.is_grace,
        reference_number,
        is_filed: record.filed_at.is_some(),
    }))
}

struct KeptOf {
    subject: String,
    way: (shared::domain::check::CheckWay, shared::domain::check::Medium),
    eligibility: Eligibility,
    consent: Option<BedsideConsent>,
}

fn kept_of(tx: &mut Tx<'_>, tenant: &Tenant, record: &BedsideRecord, now: UnixMs) -> Result<Option<KeptOf>, StoreError> {
    if let Some(id) = &record.consent {
        let Some(found) = consent::find(tx, tenant, id)? else { return Ok(None) };
        let subject = consent::subject_of(tx, tenant, id)?.unwrap_or_default();
        let eligibility = found.shown_at(found.eligibility.clone(), now);
        let items = found.items_at(now);
        let consent = BedsideConsent {
            id: id.as_str().to_owned(),
            visit_kind: found.visit_kind,
            receipt: found.receipt,
            items,
            expires_at: found.expires_at,
        };
        return Ok(Some(KeptOf { subject, way: (found.check_way, found.medium), eligibility, consent: Some(consent) }));
    }
    let Some(id) = &record.check else { return Ok(None) };
    let found = check::find(tx, tenant, id)?;
    Ok(found.map(|found| KeptOf {
        subject: found.subject,
        way: (found.check_way, found.medium),
        eligibility: found.eligibility,
        consent: None,
    }))
}

/// What an account has done and nobody filed (X49, P-KEEP).
pub fn unfiled(tx: &mut Tx<'_>, tenant: &Tenant, by: &UserId, now: UnixMs) -> Result<Vec<UnfiledRow>, StoreError> {
    let mut rows = Vec::new();
    for record in store::unfiled(tx, tenant, by, now.plus_ms(-UNFILED_MS), UNFILED_ROWS)? {
        let Some(kept) = kept_of(tx, tenant, &record, now)? else { continue };
        rows.push(UnfiledRow {
            visit: record.visit.as_str().to_owned(),
            done_at: record.done_at,
            initials: kept.eligibility.person.as_ref().map(|person| initials(&person.name_kana, &person.name)).unwrap_or_default(),
            check_way: kept.way.0,
            validity: kept.eligibility.validity,
        });
    }
    Ok(rows)
}

/// How many they are, at most [`UNFILED_ROWS`].
pub fn count_unfiled(tx: &mut Tx<'_>, tenant: &Tenant, by: &UserId, now: UnixMs) -> Result<u32, StoreError> {
    let rows = store::unfiled(tx, tenant, by, now.plus_ms(-UNFILED_MS), UNFILED_ROWS)?;
    Ok(u32::try_from(rows.len()).unwrap_or(UNFILED_ROWS))
}

/// The first character of each part of a name.
fn initials(kana: &str, name: &str) -> String {
    let of = if kana.trim().is_empty() { name } else { kana };
    of.split_whitespace().filter_map(|part| part.chars().next()).map(String::from).collect::<Vec<_>>().join("・")
}

/// 保存して閉じる; false when it is no result of this account's. Once more changes nothing.
pub fn file(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId, by: &UserId, entry: &AuditEntry) -> Result<bool, StoreError> {
    if store::find(tx, tenant, id)?.is_none_or(|record| &record.done_by != by) {
        return Ok(false);
    }
    store::file(tx, tenant, id, by, entry.at)?;
    audit::add(tx, entry)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_each_part_and_of_the_kana_where_it_is_known() {
        assert_eq!(initials("ﾀﾒｼ ｲﾁﾛｳ", "試験　一郎"), "ﾀ・ｲ");
        assert_eq!(initials("", "試験　一郎"), "試・一");
        assert_eq!(initials("", ""), "");
    }
}
