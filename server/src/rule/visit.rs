//! Visits: opened under a key, proved once, left.

use shared::api::reception::{CHALLENGE_LIFE_MS, VisitResult};
use shared::domain::calendar::UnixMs;
use shared::domain::consent::is_living;

use super::aid;
use crate::session::SKEW_MS;
use crate::store::tx::Tx;
use crate::store::{NewChallenge, NewVisit, Opened, ProofStored, Proved, StoreError, Visit, VisitId, audit, consent, visit};
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
    let is_same = (former.visit_kind, former.choices, &former.notice_version, &former.language)
        == (new.visit_kind, new.choices, &new.notice_version, &new.language);
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
    let stored = visit::finishing_proof(tx, tenant, id)?;
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
    lock(tx, &proved.visit)?;
    let Some(found) = find(tx, tenant, &proved.visit)? else { return Ok(ProofStored::Over) };
    if found.done_at.is_some() {
        // Without a signature nothing tells one person's proof from another's: that the same request came again is for its
        // idempotency key to know.
        let is_its_own = match &proved.proof {
            Some(proof) => is_finished_by(tx, tenant, &found.id, &proved.nonce, &proof.certificate, &proof.signature)?,
            None => false,
        };
        if !is_its_own {
            return Ok(ProofStored::DoneOtherwise);
        }
    }
    match &found.result {
        Some(result) if found.done_at.is_some() => return Ok(ProofStored::Before(Box::new(result.clone()))),
        // Under a code that has ended nothing new is stored (OT-30).
        _ if !is_open(&found) || !is_in_time(&found, proved.at) || found.closed_at.is_some() => return Ok(ProofStored::Over),
        _ => {}
    }
    if found.is_challenge_used || found.challenge.nonce != proved.nonce || !is_fresh(&found.challenge, proved.at) {
        return Ok(ProofStored::ChallengeGone);
    }
    // X25: only a living one is replaced, an expired one ended by itself. Read in the transaction that writes: of two devices
    // at once the second one finds the first one's consent.
    tx.lock(&format!("standing {} {} {}", tenant.code(), found.visit_kind.code(), proved.subject))?;
    let former = consent::standing(tx, tenant, found.visit_kind, &proved.subject)?;
    let former = former.filter(|former| is_living(proved.at, former.expires_at));
    if let Some(former) = former.clone().filter(|former| proved.replaces.as_ref() != Some(&former.id)) {
        return Ok(ProofStored::Asks(Box::new(former)));
    }
    let result = VisitResult { replaced_until: former.as_ref().map(|former| former.expires_at), ..proved.result.clone() };
    visit::use_challenge(tx, &found.id, proved.at)?;
    if let Some(former) = &former {
        consent::replace(tx, tenant, &former.id, proved.at)?;
    }
    consent::add_proved(tx, tenant, &found, proved, &result)?;
    aid::note(tx, tenant, &found, proved)?;
    visit::finish(tx, tenant, proved, &result)?;
    Ok(ProofStored::New(Box::new(result)))
}
