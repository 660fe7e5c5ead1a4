//! Visits: opened under a key, proved once, left.

use shared::api::reception::{CHALLENGE_LIFE_MS, VisitResult};
use shared::domain::calendar::UnixMs;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{EndReason, is_living};
use shared::domain::institution::VisitKind;
use shared::domain::visit::{Occasion, Purpose};
use shared::evidence::NONCE_LEN;

use super::aid;
use super::ending::{self, End};
use crate::consent::items_after;
use crate::session::SKEW_MS;
use crate::store::tx::Tx;
use crate::store::{
    Former, NewChallenge, NewVisit, Opened, ProofRecord, ProofStored, Proved, Revised, StoreError, Visit, VisitId, audit, change, consent,
    visit,
};
use crate::tenant::Tenant;

/// Opens a visit, or finds the one that the same key opened; its challenge is the given one while it is open.
///
/// # Errors
/// What the database says; so for every rule.
pub fn open(tx: &mut Tx<'_>, new: &NewVisit) -> Result<Opened, StoreError> {
    let gone = StoreError::Damaged("visit");
    if visit::add(tx, new)? {
        visit::put_challenge(tx, &new.id, &new.challenge)?;
        return Ok(Opened::Visit(Box::new(visit::find(tx, &new.id)?.ok_or(gone)?)));
    }
    let id = visit::by_key(tx, &new.tenant, &new.key_sha256)?.ok_or(StoreError::Damaged("visit key"))?;
    lock(tx, &id)?;
    let former = visit::find(tx, &id)?.ok_or(gone)?;
    let is_same = (former.visit_kind, &former.occasion, former.choices, &former.notice_version, &former.language)
        == (new.visit_kind, &new.occasion, new.choices, &new.notice_version, &new.language);
    if !is_same {
        return Ok(Opened::OtherChoices);
    }
    if !is_open(&former) {
        return Ok(Opened::Visit(Box::new(former)));
    }
    visit::put_challenge(tx, &id, &new.challenge)?;
    Ok(Opened::Visit(Box::new(Visit { challenge: new.challenge.clone(), is_challenge_used: false, ..former })))
}

/// True while a visit lives by its times. One that was opened later than now is of a clock that was put back since: it lives no longer.
#[must_use]
pub fn is_in_time(visit: &Visit, now: UnixMs) -> bool {
    visit.opened_at <= now.plus_ms(SKEW_MS) && now < visit.expires_at
}

/// True while a challenge lives by its times; one of a clock that was put back since does not.
#[must_use]
pub fn is_fresh(challenge: &NewChallenge, now: UnixMs) -> bool {
    now < challenge.expires_at && challenge.expires_at <= now.plus_ms(CHALLENGE_LIFE_MS + SKEW_MS)
}

fn is_open(visit: &Visit) -> bool {
    visit.done_at.is_none() && visit.left_at.is_none()
}

/// Of two rules about one visit the second begins when the first has ended.
fn lock(tx: &mut Tx<'_>, id: &VisitId) -> Result<(), StoreError> {
    tx.lock(&format!("visit {}", id.as_str()))
}

/// Ends the visit for its tablet: what was not proved by now is not proved any more.
pub fn leave(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId, at: UnixMs) -> Result<(), StoreError> {
    lock(tx, id)?;
    visit::leave(tx, tenant, id, at)
}

/// The visit, if it is the tenant's.
fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId) -> Result<Option<Visit>, StoreError> {
    Ok(visit::find(tx, id)?.filter(|found| &found.institution == tenant.code()))
}

/// Puts a challenge in the place of the former; false when the visit is done, left or not there.
pub fn renew_challenge(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId, challenge: &NewChallenge) -> Result<bool, StoreError> {
    lock(tx, id)?;
    let is_open = find(tx, tenant, id)?.as_ref().is_some_and(is_open);
    if is_open {
        visit::put_challenge(tx, id, challenge)?;
    }
    Ok(is_open)
}

/// True when this proof, to the byte, is the one that finished the visit: only then is its answer given again.
pub fn is_finished_by(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &VisitId,
    nonce: &[u8],
    certificate: &[u8],
    signature: &[u8],
) -> Result<bool, StoreError> {
    let stored = match visit::finishing_proof(tx, tenant, id)? {
        Some(stored) => Some(stored),
        None => change::finishing_proof(tx, tenant, id)?,
    };
    Ok(stored.is_some_and(|(of, proof)| (of.as_slice(), &*proof.certificate, &*proof.signature) == (nonce, certificate, signature)))
}

/// Stores a proof, or says why not; never a second one for the same visit, and never in the place of a living consent that
/// the proof does not name.
pub fn store_proof(tx: &mut Tx<'_>, tenant: &Tenant, proved: &Proved) -> Result<ProofStored, StoreError> {
    let stored = keep_proof(tx, tenant, proved)?;
    if matches!(stored, ProofStored::New(_)) {
        audit::add(tx, &proved.audit)?;
    }
    Ok(stored)
}

/// The same without its row in the audit log: for what is invented, which has one row for all.
pub(super) fn keep_proof(tx: &mut Tx<'_>, tenant: &Tenant, proved: &Proved) -> Result<ProofStored, StoreError> {
    let found = match awaited(tx, tenant, &proved.visit, &proved.nonce, proved.at, proved.proof.as_ref())? {
        Awaited::Visit(found) => found,
        Awaited::Not(stored) => return Ok(stored),
    };
    // X25, X26: only a living one is replaced, an expired one ended by itself. Read in the transaction that writes: of two devices
    // at once the second one finds the first one's consent.
    ending::lock(tx, tenant, &proved.subject)?;
    let former = living(tx, tenant, found.visit_kind, &proved.subject, proved.at)?;
    if let Some(former) = former.clone().filter(|former| proved.replaces.as_ref() != Some(&former.id)) {
        return Ok(ProofStored::Asks(Box::new(former)));
    }
    let result = VisitResult {
        replaced_until: former.as_ref().map(|former| former.expires_at),
        ended_use: former.as_ref().map(|former| former.visit_kind).filter(|of| *of != found.visit_kind),
        ..proved.result.clone()
    };
    visit::use_challenge(tx, &found.id, proved.at)?;
    if let Some(former) = &former {
        let why = if former.visit_kind == found.visit_kind { EndReason::Replaced } else { EndReason::OtherUse };
        let (id, receipt) = (&proved.consent, result.receipt.as_str());
        let end = End { id, visit: None, at: proved.at, why, by: None, cause: None, receipt, proof: None };
        ending::whole(tx, tenant, former, &end)?;
    }
    consent::add_proved(tx, tenant, &found, proved, &result)?;
    aid::note(tx, tenant, &found, proved)?;
    super::reference::follow(tx, tenant, (&proved.consent, &proved.subject), &proved.eligibility, proved.at)?;
    visit::finish(tx, tenant, &found.id, proved.at, (proved.check_way, proved.medium), &result)?;
    Ok(ProofStored::New(Box::new(result)))
}

/// Shows a person what they consented to here, and changes or ends it with their yes (RW-9, RW-10). A yes to another consent than
/// the living one is none.
pub fn revise(tx: &mut Tx<'_>, tenant: &Tenant, revised: &Revised) -> Result<ProofStored, StoreError> {
    let Revised { nonce, at, change: id, subject, proof, .. } = revised;
    let found = match awaited(tx, tenant, &revised.visit, nonce, *at, Some(proof))? {
        Awaited::Visit(found) => found,
        Awaited::Not(stored) => return Ok(stored),
    };
    ending::lock(tx, tenant, subject)?;
    let Some(living) = living(tx, tenant, found.visit_kind, subject, *at)? else { return Ok(ProofStored::Shows(None)) };
    if revised.of.as_ref() != Some(&living.id) {
        return Ok(ProofStored::Shows(Some(Box::new(living))));
    }
    let (visit, receipt) = (Some(&found.id), revised.receipt.as_str());
    let end = End { id, visit, at: *at, why: EndReason::Patient, by: None, cause: None, receipt, proof: Some((nonce, proof)) };
    let items = match (found.occasion.purpose, &revised.changes) {
        (Purpose::Withdraw, _) => ending::whole(tx, tenant, &living, &end)?,
        (Purpose::Review, Some(answers)) => {
            let after = items_after(&living.items, answers);
            if !ending::some(tx, tenant, &living, &after, &end)? {
                return Ok(ProofStored::Shows(Some(Box::new(living))));
            }
            after
        }
        _ => return Ok(ProofStored::Shows(Some(Box::new(living)))),
    };
    visit::use_challenge(tx, &found.id, *at)?;
    let result = VisitResult {
        receipt: revised.receipt.clone(),
        consented_at: living.consented_at,
        expires_at: living.expires_at,
        items,
        eligibility: None,
        replaced_until: None,
        certificate_ends_on: revised.certificate_ends_on,
        checks: revised.checks,
        occasion: Occasion { booked_on: living.booked_on, ..found.occasion },
        ended_use: Some(living.visit_kind).filter(|of| *of != found.visit_kind),
        changed_at: Some(*at),
    };
    visit::finish(tx, tenant, &found.id, *at, (CheckWay::Pin, Medium::Card), &result)?;
    audit::add(tx, &revised.audit)?;
    Ok(ProofStored::New(Box::new(result)))
}

/// A person's living consent, whatever its use: there is one at most (P-END). That of `first` is looked for first.
fn living(tx: &mut Tx<'_>, tenant: &Tenant, first: VisitKind, subject: &str, at: UnixMs) -> Result<Option<Former>, StoreError> {
    // A deadline counts to the end of its minute.
    let mut found = consent::standing(tx, tenant, subject, at.plus_ms(-60_000))?;
    found.retain(|found| is_living(at, found.expires_at));
    Ok(found.into_iter().max_by_key(|found| (found.visit_kind == first, found.expires_at)))
}

/// A visit that waits for its proof, or what is answered instead.
pub(super) enum Awaited {
    Visit(Box<Visit>),
    Not(ProofStored),
}

/// The visit, locked, if it is open and the proof is over its living challenge.
pub(super) fn awaited(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &VisitId,
    nonce: &[u8; NONCE_LEN],
    at: UnixMs,
    proof: Option<&ProofRecord>,
) -> Result<Awaited, StoreError> {
    lock(tx, id)?;
    let Some(found) = find(tx, tenant, id)? else { return Ok(Awaited::Not(ProofStored::Over)) };
    if found.done_at.is_some() {
        // Without a signature nothing tells one person's proof from another's: that the same request came again is for its
        // idempotency key to know.
        let is_its_own = match proof {
            Some(proof) => is_finished_by(tx, tenant, &found.id, nonce, &proof.certificate, &proof.signature)?,
            None => false,
        };
        if !is_its_own {
            return Ok(Awaited::Not(ProofStored::DoneOtherwise));
        }
    }
    match &found.result {
        Some(result) if found.done_at.is_some() => return Ok(Awaited::Not(ProofStored::Before(Box::new(result.clone())))),
        // Under a code that has ended nothing new is stored (OT-30).
        _ if !is_open(&found) || !is_in_time(&found, at) || found.closed_at.is_some() => return Ok(Awaited::Not(ProofStored::Over)),
        _ => {}
    }
    if found.is_challenge_used || found.challenge.nonce != *nonce || !is_fresh(&found.challenge, at) {
        return Ok(Awaited::Not(ProofStored::ChallengeGone));
    }
    Ok(Awaited::Visit(Box::new(found)))
}
