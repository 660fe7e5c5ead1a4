//! The visit (RW-3 to RW-7): opened with choices, proved by the card, answered until the tablet leaves.
//!
//! A proof is judged in this order: living, unused challenge → signature → chain → period → person → eligibility → the person's
//! yes where a living consent would be replaced → one commit. Nothing counts before that commit, and nothing is answered
//! before it is durable.

use ring::hmac;
use shared::api::reception::{
    CHALLENGE_LIFE_MS, Challenge, Living, OpenVisitRequest, Proof, ProofAnswer, Replacement, VISIT_LIFE_MS, VisitOpened, VisitResult,
    VisitStanding,
};
use shared::api::{Code, Detail, Stored};
use shared::bytes::Base64;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, Choices, ConsentGroup, ConsentItem, ItemState, expires_at};
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::visit::Purpose;
use shared::evidence::{NONCE_LEN, Operation, Statement, signed_bytes};

use crate::Sha256;
use crate::app::App;
use crate::audit::Trail;
use crate::consent::{outcomes, questions_of, without_aid, without_refused};
use crate::eligibility::{RegistryAnswer, RegistryLook};
use crate::identity::{Identity, NotTrusted};
use crate::occasion::{check_booked, occasion_of};
use crate::random::readable;
use crate::refused::Refused;
use crate::rule;
use crate::session::SKEW_MS;
use crate::store::tx::Tx;
use crate::store::{ConsentId, Former, NewChallenge, NewVisit, Opened, ProofRecord, ProofStored, Proved, Revised, Visit, VisitId};
use crate::tenant::Tenant;

/// Version of the notice text (RW-1, RW-4) that goes into every statement.
pub const NOTICE_VERSION: &str = "2026-11";
/// Outcome of the audit row of a proof that asks before it replaces a consent: what the earlier one holds was shown.
const CONFIRM_NEEDED: &str = "confirm_needed";
/// Outcome of the audit row of a review or withdrawal that has changed nothing yet: what the person consented to was shown.
const SHOWN: &str = "shown";
/// A certificate that ends within so many months is named on the receipt (X07).
const NEAR_END_MONTHS: i32 = 3;

/// The secret of a visit: derived, so that the same key gets the same secret again.
#[must_use]
pub fn secret(key: &hmac::Key, id: &VisitId) -> Base64 {
    Base64(hmac::sign(key, format!("visit secret {}", id.as_str()).as_bytes()).as_ref().to_vec())
}

/// True when `secret` is the one of the visit; takes the same time for every wrong one.
#[must_use]
pub fn is_secret(key: &hmac::Key, id: &VisitId, secret: &Base64) -> bool {
    hmac::verify(key, format!("visit secret {}", id.as_str()).as_bytes(), &secret.0).is_ok()
}

/// Opens a visit, or gives the one that the same key opened before, with a fresh challenge.
///
/// # Errors
/// [`Code::Request`] for a bad key, another notice or language, a place that does not belong there, or other choices under a used
/// key; [`Code::X24`] for the booked date; [`Code::X23`] for answers to other questions than the institution asks; [`Code::X21`] when the
/// visit of that key is over.
pub async fn open(
    app: &App,
    tenant: &Tenant,
    visit_kind: VisitKind,
    asked: &[ConsentGroup],
    request: OpenVisitRequest,
    now: UnixMs,
) -> Result<VisitOpened, Refused> {
    let is_known = request.notice_version == NOTICE_VERSION && request.language == "ja";
    if !(16..=32).contains(&request.key.0.len()) || !is_known {
        return Err(Refused::new(Code::Request));
    }
    let occasion = occasion_of(request.occasion, visit_kind, now)?;
    let is_right = match occasion.purpose {
        Purpose::Register => request.choices.answer_just(asked),
        Purpose::Review | Purpose::Withdraw => request.choices == Choices::all(Choice::NotAsked),
    };
    if !is_right {
        return Err(Refused::new(Code::X23));
    }
    let new = NewVisit {
        id: VisitId::new(now, app.random.bytes()?),
        tenant: tenant.clone(),
        visit_kind,
        occasion,
        key_sha256: crate::sha256(&request.key.0),
        choices: request.choices,
        notice_version: request.notice_version,
        language: request.language,
        opened_at: now,
        expires_at: now.plus_ms(VISIT_LIFE_MS),
        challenge: new_challenge(app, now)?,
    };
    let visit = match app.db.write_locked(move |tx| rule::visit::open(tx, &new)).await? {
        Opened::Visit(visit) => visit,
        Opened::OtherChoices => return Err(Refused::new(Code::Request).stored(Stored::Kept)),
    };
    if visit.left_at.is_some() || (visit.done_at.is_none() && !rule::visit::is_in_time(&visit, now)) {
        return Err(over(&visit));
    }
    tracing::info!(visit = visit.id.as_str(), "visit opened");
    Ok(VisitOpened {
        visit: visit.id.as_str().to_owned(),
        secret: secret(&app.visit_key, &visit.id),
        challenge: challenge_of(&visit),
        expires_at: visit.expires_at,
        consent_until: expires_at(visit.visit_kind, now, visit.occasion.booked_on),
    })
}

/// Gives a fresh challenge; the former one is dead.
///
/// # Errors
/// [`Code::X21`] once the visit is done, left or too old.
pub async fn fresh_challenge(app: &App, tenant: Tenant, mut visit: Visit, now: UnixMs) -> Result<Challenge, Refused> {
    if let Some(at) = visit.closed_at {
        return Err(Refused::code_changed(at, String::new()));
    }
    if !rule::visit::is_in_time(&visit, now) {
        return Err(over(&visit));
    }
    let challenge = new_challenge(app, now)?;
    visit.challenge = challenge.clone();
    let id = visit.id.clone();
    if !app.db.write_locked(move |tx| rule::visit::renew_challenge(tx, &tenant, &id, &challenge)).await? {
        return Err(over(&visit));
    }
    tracing::info!(visit = visit.id.as_str(), "fresh challenge");
    Ok(challenge_of(&visit))
}

/// Where the visit stands.
#[must_use]
pub fn standing(visit: Visit, now: UnixMs) -> VisitStanding {
    match visit {
        Visit { left_at: Some(_), .. } => VisitStanding::Left,
        Visit { done_at: Some(at), result, .. } => match result {
            // The answer stands as long after the proof as a visit lives: a lost network shortly before the end loses nothing.
            Some(result) if now < at.plus_ms(VISIT_LIFE_MS) && at <= now.plus_ms(SKEW_MS) => {
                VisitStanding::Done { result: Box::new(result) }
            }
            _ => VisitStanding::Left,
        },
        visit if !rule::visit::is_in_time(&visit, now) => VisitStanding::Expired,
        Visit { expires_at, choices, .. } => VisitStanding::Open { expires_at, choices },
    }
}

/// Judges a proof and stores it, or gives the answer that the same proof got before, or asks first (X25).
///
/// # Errors
/// X09, X10, X11, real card in the demo, used or old challenge, X21, a visit that another proof finished; none of them stores a consent.
pub async fn prove(app: &App, tenant: Tenant, visit: Visit, proof: Proof, trail: Trail, now: UnixMs) -> Result<ProofAnswer, Refused> {
    let id = visit.id.clone();
    app.rates.proofs_of_visit.look(&id, now)?;
    let outcome = judge_and_store(app, tenant, visit, proof, &trail, now).await;
    // A stored proof has its audit row already, written with it.
    let (subject, said) = match &outcome {
        Ok(ProofAnswer::Done { .. }) => {
            tracing::info!(visit = id.as_str(), "visit proved");
            return outcome;
        }
        Ok(ProofAnswer::Living { living }) => {
            tracing::info!(visit = id.as_str(), "visit shows the living consent");
            (living.as_ref().map(|living| living.id.clone()), SHOWN.to_owned())
        }
        Ok(ProofAnswer::ConfirmNeeded { replacement }) => {
            tracing::info!(visit = id.as_str(), "visit asks before a consent is replaced");
            (Some(replacement.former.clone()), CONFIRM_NEEDED.to_owned())
        }
        Err(refused) => {
            let cause = refused.inner.as_ref().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(visit = id.as_str(), code = refused.refusal.code.word(), cause, "visit proof refused");
            (None, refused.refusal.code.word().to_owned())
        }
    };
    // Whoever is over the limit by now is told so with the next one.
    let _ = app.rates.proofs_of_visit.take(id, now);
    let entry = trail.row(subject.as_deref(), &said);
    app.db.write(move |tx| rule::audit::refused(tx, &entry)).await?;
    outcome
}

async fn judge_and_store(
    app: &App,
    tenant: Tenant,
    visit: Visit,
    proof: Proof,
    trail: &Trail,
    now: UnixMs,
) -> Result<ProofAnswer, Refused> {
    if visit.done_at.is_some() {
        let (of, id, again) = (tenant.clone(), visit.id.clone(), proof.clone());
        let is_again =
            move |tx: &mut Tx<'_>| rule::visit::is_finished_by(tx, &of, &id, &again.nonce.0, &again.certificate.0, &again.signature.0);
        if !app.db.read(is_again).await? {
            return Err(Refused::new(Code::DoneOtherwise));
        }
    }
    if let Some(at) = visit.closed_at.filter(|_| visit.done_at.is_none()) {
        return Err(Refused::code_changed(at, String::new()));
    }
    match standing(visit.clone(), now) {
        VisitStanding::Done { result } => return Ok(ProofAnswer::Done { result }),
        VisitStanding::Left | VisitStanding::Expired => return Err(over(&visit)),
        VisitStanding::Open { .. } => {}
    }
    check_booked(&visit, now)?;
    let nonce: [u8; NONCE_LEN] = proof.nonce.0.as_slice().try_into().map_err(|_| Refused::new(Code::Challenge))?;
    // No consent is dated before its visit, by however little the clocks of two servers differ.
    let now = now.max(visit.opened_at);
    let challenge = &visit.challenge;
    if visit.is_challenge_used || !rule::visit::is_fresh(challenge, now) || challenge.nonce != nonce {
        return Err(Refused::new(Code::Challenge).stored(Stored::Kept));
    }
    let statement = statement_of(&visit).to_bytes();
    let signed = signed_bytes(Operation::Authenticate, &app.origin.sha256, &nonce, &statement);
    let identity = app.anchors.check(&proof.certificate.0, &signed, &proof.signature.0, now).map_err(untrusted)?;
    // X34: nothing is stored, and the same proof may be sent again; the way on is the 仮確認.
    let (subject, eligibility) = held_by(app, &visit, identity.fingerprint, now)?;
    let eligibility = if visit.uses_aid { eligibility } else { without_aid(eligibility) };
    let consent = ConsentId::new(now, app.random.bytes()?);
    let replaces = proof.replaces.as_deref().map(|id| ConsentId::parse(id).ok_or_else(|| Refused::new(Code::Request))).transpose()?;
    let answer_by = challenge.expires_at.min(visit.expires_at);
    let record =
        ProofRecord { certificate: proof.certificate.0, signature: proof.signature.0, statement, origin_sha256: app.origin.sha256 };
    if visit.occasion.purpose != Purpose::Register {
        let revised = Revised {
            audit: trail.ok(replaces.as_ref().map(ConsentId::as_str)),
            visit: visit.id.clone(),
            nonce,
            at: now,
            change: consent,
            subject,
            of: replaces,
            changes: proof.changes,
            receipt: readable::<8>(&app.random)?,
            checks: identity.checks,
            certificate_ends_on: near_end(now, &identity),
            proof: record,
        };
        let stored = app.db.write_locked(move |tx| rule::visit::revise(tx, &tenant, &revised)).await?;
        return answered(stored, &visit, answer_by, None);
    }
    let eligibility = without_refused(eligibility, &visit.choices);
    let result = result_of(app, &visit, &identity, &eligibility, now)?;
    let new = (result.items.clone(), result.expires_at);
    let proved = Proved {
        result,
        audit: trail.ok(Some(consent.as_str())),
        visit: visit.id.clone(),
        nonce,
        at: now,
        consent,
        subject,
        replaces,
        eligibility,
        check_way: CheckWay::Pin,
        medium: Medium::Card,
        proof: Some(record),
        certificate_ends_on: Some(identity.ends_on),
    };
    let stored = app.db.write_locked(move |tx| rule::visit::store_proof(tx, &tenant, &proved)).await?;
    answered(stored, &visit, answer_by, Some(new))
}

/// Whose a certificate is, and what the register says of the person.
///
/// # Errors
/// [`Code::X34`] where the register is silent, [`Code::X10`] where nobody is registered with it, [`Code::X61`] where no card is taken.
pub(crate) fn held_by(app: &App, visit: &Visit, fingerprint: Sha256, now: UnixMs) -> Result<(String, Eligibility), Refused> {
    let registry = app.registers.of(visit.is_training);
    if registry.look() == RegistryLook::Silent {
        return Err(Refused::new(Code::X34).stored(Stored::Kept));
    }
    match registry.holder(fingerprint, now) {
        RegistryAnswer::Known { subject, eligibility } => Ok((subject, *eligibility)),
        RegistryAnswer::NotRegistered => Err(Refused::new(Code::X10)),
        RegistryAnswer::CardNotTaken => Err(Refused::new(Code::X61)),
        RegistryAnswer::NoRow { subject } => Ok((subject, Eligibility::of_insurance(Validity::NotFound, now, None, Vec::new()))),
    }
}

/// What became of a proof, as an answer; `new`: what a registration would store.
fn answered(
    stored: ProofStored,
    visit: &Visit,
    answer_by: UnixMs,
    new: Option<(Vec<(ConsentItem, ItemState)>, UnixMs)>,
) -> Result<ProofAnswer, Refused> {
    match (stored, new) {
        (ProofStored::New(result) | ProofStored::Before(result), _) => Ok(ProofAnswer::Done { result }),
        (ProofStored::Asks(former), Some((new_items, new_expires_at))) => {
            let Former { id, visit_kind: former_use, items, consented_at, expires_at, .. } = *former;
            let former = id.as_str().to_owned();
            let replacement = Replacement { former, former_use, consented_at, expires_at, items, new_items, new_expires_at, answer_by };
            Ok(ProofAnswer::ConfirmNeeded { replacement: Box::new(replacement) })
        }
        (ProofStored::Asks(former), None) => Ok(ProofAnswer::Living { living: Some(Box::new(living_of(*former, answer_by))) }),
        (ProofStored::Shows(former), _) => Ok(ProofAnswer::Living { living: former.map(|former| Box::new(living_of(*former, answer_by))) }),
        (ProofStored::DoneOtherwise, _) => Err(Refused::new(Code::DoneOtherwise)),
        (ProofStored::ChallengeGone, _) => Err(Refused::new(Code::Challenge).stored(Stored::Kept)),
        (ProofStored::Over, _) => Err(over(visit)),
    }
}

fn living_of(former: Former, answer_by: UnixMs) -> Living {
    let Former { id, visit_kind, booked_on, items, consented_at, expires_at } = former;
    let questions = questions_of(&items);
    Living { id: id.as_str().to_owned(), visit_kind, consented_at, expires_at, booked_on, items, questions, answer_by }
}

pub(crate) fn result_of(
    app: &App,
    visit: &Visit,
    identity: &Identity,
    eligibility: &Eligibility,
    now: UnixMs,
) -> Result<VisitResult, Refused> {
    let today = now.jst_date();
    Ok(VisitResult {
        receipt: readable::<8>(&app.random)?,
        consented_at: now,
        expires_at: expires_at(visit.visit_kind, now, visit.occasion.booked_on),
        items: outcomes(&visit.choices, eligibility.person.as_ref().map(|person| person.birth_date), today),
        eligibility: visit.shows_eligibility.then(|| eligibility.clone()),
        replaced_until: None,
        certificate_ends_on: near_end(now, identity),
        checks: identity.checks,
        occasion: visit.occasion.clone(),
        ended_use: None,
        changed_at: None,
    })
}

/// The last day of a certificate that is named on the receipt.
pub(crate) fn near_end(now: UnixMs, identity: &Identity) -> Option<CivilDate> {
    is_near_end(now.jst_date(), identity.ends_on).then_some(identity.ends_on)
}

/// True when the certificate ends within three months of today (X07); the same day of the third month still counts.
fn is_near_end(today: CivilDate, ends_on: CivilDate) -> bool {
    is_within_months(today, ends_on, NEAR_END_MONTHS)
}

/// True when `day` is not later than so many months after `from`; the same day of the last month still counts, and its end for a day that it
/// does not have.
pub(crate) fn is_within_months(from: CivilDate, day: CivilDate, months: i32) -> bool {
    let civil = |day: CivilDate| {
        let number = |n: u8| i8::try_from(n).unwrap_or(1);
        jiff::civil::Date::new(i16::try_from(day.year()).unwrap_or(i16::MAX), number(day.month()), number(day.day())).ok()
    };
    let limit = civil(from).and_then(|day| day.checked_add(jiff::Span::new().months(months)).ok());
    civil(day).zip(limit).is_some_and(|(day, limit)| day <= limit)
}

pub(crate) fn untrusted(why: NotTrusted) -> Refused {
    let refused = match why {
        NotTrusted::Expired(day) => Refused::new(Code::X09).with(Detail::ExpiredOn(day)),
        NotTrusted::RealCard => Refused::new(Code::RealCardInDemo),
        NotTrusted::NotDer
        | NotTrusted::Algorithm
        | NotTrusted::Extension
        | NotTrusted::KeyUsage
        | NotTrusted::BasicConstraints
        | NotTrusted::NoKeyId
        | NotTrusted::Signature
        | NotTrusted::UnknownIssuer
        | NotTrusted::Chain
        | NotTrusted::Policy
        | NotTrusted::NotYetValid
        | NotTrusted::CaPeriod => Refused::new(Code::X11),
    };
    refused.because(why)
}

/// The visit is over: says whether something of it is stored.
pub(crate) fn over(visit: &Visit) -> Refused {
    Refused::new(Code::X21).stored(if visit.done_at.is_some() { Stored::Kept } else { Stored::Nothing })
}

/// The statement, always made from what is stored, never taken from the page.
pub(crate) fn statement_of(visit: &Visit) -> Statement {
    Statement {
        institution: visit.institution.clone(),
        visit_kind: visit.visit_kind,
        purpose: visit.occasion.purpose,
        choices: visit.choices,
        booked_on: visit.occasion.booked_on,
        notice_version: visit.notice_version.clone(),
        language: visit.language.clone(),
        at: visit.opened_at,
    }
}

pub(crate) fn challenge_of(visit: &Visit) -> Challenge {
    Challenge {
        nonce: Base64(visit.challenge.nonce.to_vec()),
        statement: Base64(statement_of(visit).to_bytes()),
        expires_at: visit.challenge.expires_at,
    }
}

pub(crate) fn new_challenge(app: &App, now: UnixMs) -> Result<NewChallenge, Refused> {
    Ok(NewChallenge { nonce: app.random.bytes()?, expires_at: now.plus_ms(CHALLENGE_LIFE_MS) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_months_before_its_end_a_certificate_is_named() {
        let day = |text| CivilDate::try_from(text).unwrap();
        assert!(is_near_end(day("2026-11-20"), day("2027-02-20")));
        assert!(!is_near_end(day("2026-11-20"), day("2027-02-21")));
        assert!(is_near_end(day("2026-11-30"), day("2027-02-28")), "the month's end stands for its 30th");
        assert!(is_near_end(day("2026-11-20"), day("2026-11-20")));
    }
}
