//! The check at the device (DA-5…DA-11): what it asks and takes, and how its proof is judged.
//!
//! Order: what is taken at all (X55) → live, unused challenge → signature, where a card or phone gives one → chain → period, with the
//! grace of a card (X08) → person → eligibility → the person's yes where a living consent would be replaced → one commit.

use shared::api::bedside::{BedsideAnswer, BedsideDesk, BedsideOpened, BedsideProof, NewBedside, OffRouteDesk};
use shared::api::reception::{Challenge, Replacement, VISIT_LIFE_MS};
use shared::api::{Code, Detail, Stored};
use shared::domain::account::AccountKind;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::consent::{Choice, Choices, expires_at};
use shared::domain::institution::VisitKind;
use shared::domain::settings::card_grace_months;
use shared::domain::visit::Occasion;
use shared::evidence::{NONCE_LEN, Operation, signed_bytes};
use shared::right::{Act, Right, may};

use crate::app::App;
use crate::call::Staff;
use crate::consent::{without_aid, without_refused};
use crate::identity::Identity;
use crate::occasion::{check_booked, occasion_of};
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::{Once, before, once};
use crate::rule::bedside::{BedsideKept, Judged, Keeping, asks_nothing};
use crate::store::bedside::BedsideRecord;
use crate::store::{
    AuditEntry, CheckId, CheckRecord, ConsentId, Former, Institution, NewVisit, Opened, Press, ProofRecord, Proved, Visit, VisitId,
};
use crate::visit::{
    NOTICE_VERSION, challenge_of, held_by, is_within_months, near_end, new_challenge, over, result_of, statement_of, untrusted,
};

/// The use of a check at the device, if not the odd route. Online is reception's.
const KIND: VisitKind = VisitKind::HomeVisit;

/// True when an institution and an account may check by the eye (Q11, N124).
fn allows_visual(institution: &Institution, kind: AccountKind) -> bool {
    institution.settings.visual_check && may(kind, Act::SwitchVisualCheck) == Right::Yes
}

/// What may be held to the reader for a use on a day, the card first (P-MEDIUM).
fn media(institution: &Institution, of: VisitKind, today: CivilDate) -> Vec<Medium> {
    let all = [Medium::Card, Medium::Android, Medium::Iphone];
    all.into_iter().filter(|medium| institution.settings.takes(of.usage(), *medium, today)).collect()
}

/// What a check asks and takes on a day.
pub(crate) fn desk(staff: &Staff, now: UnixMs) -> BedsideDesk {
    let (institution, today) = (&staff.found.institution, now.jst_date());
    let asks_consent = !institution.is_limited() && institution.is_on(KIND);
    let off_route = (!institution.is_limited() && institution.is_on(VisitKind::OffRoute)).then(|| OffRouteDesk {
        questions: institution.settings.asked(VisitKind::OffRoute, today),
        asks_subsidy: institution.settings.subsidies,
        media: media(institution, VisitKind::OffRoute, today),
        today,
    });
    BedsideDesk {
        visit_kind: KIND,
        asks_consent,
        questions: if asks_consent { institution.settings.asked(KIND, today) } else { Vec::new() },
        asks_subsidy: asks_consent && institution.settings.subsidies,
        allows_visual: allows_visual(institution, staff.found.account.kind),
        is_visual: false,
        media: media(institution, KIND, today),
        notice_version: NOTICE_VERSION.to_owned(),
        consent_until: expires_at(KIND, now, None),
        contact: institution.settings.contact.clone(),
        unfiled: 0,
        unsent: 0,
        maintenance: None,
        off_route,
    }
}

/// Opens a check, or gives the one that the same key opened before.
///
/// # Errors
/// [`Code::Request`] for a bad key or another notice; [`Code::X23`] for answers to other questions than are asked; [`Code::X21`] when
/// the check of that key is over; [`Code::X24`] for the booked date; [`Code::Forbidden`] for a use that is not switched on.
pub(crate) async fn open(app: &App, staff: Staff, request: NewBedside, now: UnixMs) -> Result<BedsideOpened, Refused> {
    let NewBedside { key, choices, visit_kind, assist, booked_on, place, notice_version } = request;
    let asked = match visit_kind {
        // Where the odd route is the only use that is switched on, there is no visit to check for.
        VisitKind::HomeVisit => Some(desk(&staff, now)).filter(|desk| desk.asks_consent || desk.off_route.is_none()),
        VisitKind::OffRoute => desk(&staff, now).for_off_route(),
        VisitKind::Online => None,
    };
    let asked = asked.ok_or_else(|| Refused::new(Code::Forbidden))?;
    if !(16..=32).contains(&key.0.len()) || notice_version != NOTICE_VERSION {
        return Err(Refused::new(Code::Request));
    }
    let is_right = match &choices {
        None => true,
        Some(choices) => {
            asked.asks_consent && choices.answer_just(&asked.questions) && choices.subsidy.is_not_asked() != asked.asks_subsidy
        }
    };
    if !is_right {
        return Err(Refused::new(Code::X23));
    }
    let occasion = occasion_of(Occasion { assist, booked_on, place, ..Occasion::default() }, visit_kind, now)?;
    let (tenant, by) = (staff.tenant, staff.found.account.user);
    let new = NewVisit {
        id: VisitId::new(now, app.random.bytes()?),
        tenant,
        visit_kind,
        occasion,
        // Beside the keys of the reception page: one of them opens nothing of the other's.
        key_sha256: crate::sha256(&[b"device ".as_slice(), by.as_str().as_bytes(), b" ", &key.0].concat()),
        choices: choices.unwrap_or_else(|| Choices::all(Choice::NotAsked)),
        notice_version,
        language: "ja".to_owned(),
        opened_at: now,
        expires_at: now.plus_ms(VISIT_LIFE_MS),
        challenge: new_challenge(app, now)?,
    };
    let opened = app.db.write_locked(move |tx| rule::bedside::open(tx, &new, &by)).await?;
    let visit = match opened {
        Some(Opened::Visit(visit)) => *visit,
        Some(Opened::OtherChoices) | None => return Err(Refused::new(Code::Request).stored(Stored::Kept)),
    };
    if visit.left_at.is_some() || visit.done_at.is_some() || !rule::visit::is_in_time(&visit, now) {
        return Err(over(&visit));
    }
    tracing::info!(visit = visit.id.as_str(), "check opened at a device");
    Ok(BedsideOpened { visit: visit.id.as_str().to_owned(), challenge: challenge_of(&visit), expires_at: visit.expires_at })
}

/// The account's visit of this name.
pub(crate) async fn found(app: &App, staff: &Staff, name: &str) -> Result<Visit, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let id = VisitId::parse(name).ok_or_else(not_there)?;
    let (tenant, by) = (staff.tenant.clone(), staff.found.account.user.clone());
    app.db.read(move |tx| rule::bedside::find(tx, &tenant, &id, &by)).await?.ok_or_else(not_there)
}

/// Gives a fresh challenge; the former one is dead.
///
/// # Errors
/// [`Code::X21`] once the check is done, left or too old.
pub(crate) async fn fresh(app: &App, staff: Staff, name: &str, now: UnixMs) -> Result<Challenge, Refused> {
    let visit = found(app, &staff, name).await?;
    crate::visit::fresh_challenge(app, staff.tenant, visit, now).await
}

/// Says whether what was shown is taken in this way (X55).
fn is_taken(staff: &Staff, of: VisitKind, proof: &BedsideProof, today: CivilDate) -> Result<(), Refused> {
    let institution = &staff.found.institution;
    let is_signed = proof.signature.is_some();
    let x55 = |was_by_eye| Err(Refused::new(Code::X55).with(Detail::Takes { media: media(institution, of, today), was_by_eye }));
    match (proof.way, proof.medium) {
        (CheckWay::Visual, Medium::Card) if is_signed => Err(Refused::new(Code::Request)),
        (CheckWay::Visual, Medium::Card) if allows_visual(institution, staff.found.account.kind) => Ok(()),
        (CheckWay::Visual, Medium::Card) => Err(Refused::new(Code::Forbidden)),
        (CheckWay::Visual, Medium::Android | Medium::Iphone) => x55(true),
        (CheckWay::Pin, Medium::Card | Medium::Android | Medium::Iphone) | (CheckWay::PhoneUnlock, Medium::Iphone) if is_signed => {
            if institution.settings.takes(of.usage(), proof.medium, today) {
                Ok(())
            } else {
                x55(false)
            }
        }
        _ => Err(Refused::new(Code::Request)),
    }
}

/// True where the certificate has ended and still shows the eligibility (X08).
///
/// # Errors
/// X56 for a phone's that has ended, X09 for a card's whose grace is over.
fn is_grace(identity: &Identity, medium: Medium, today: CivilDate) -> Result<bool, Refused> {
    if identity.checks.period {
        return Ok(false);
    }
    if medium != Medium::Card {
        return Err(Refused::new(Code::X56));
    }
    if is_within_months(identity.ends_on, today, i32::from(card_grace_months(today))) {
        return Ok(true);
    }
    Err(Refused::new(Code::X09).with(Detail::ExpiredOn(identity.ends_on)))
}

/// Judges a proof and keeps it, or asks first (X25).
///
/// # Errors
/// X09, X10, X11, X21, X34, X55, X56, X61, a real card in the demo, a used or old challenge; none of them keeps anything.
pub(crate) async fn prove(
    app: &App,
    staff: Staff,
    name: &str,
    proof: BedsideProof,
    press: Press,
    ok: impl FnOnce(&str) -> AuditEntry,
    now: UnixMs,
) -> Result<BedsideAnswer, Refused> {
    let visit = found(app, &staff, name).await?;
    let (whose, pressed) = (staff.tenant.clone(), press.clone());
    match app.db.read(move |tx| before::<_, ()>(tx, &whose, &pressed)).await? {
        Some(Once::Answer(answer)) => return Ok(answer),
        Some(_) => return Err(Refused::new(Code::Request)),
        None => {}
    }
    let (today, now) = (now.jst_date(), now.max(visit.opened_at));
    is_taken(&staff, visit.visit_kind, &proof, today)?;
    if let Some(at) = visit.closed_at.filter(|_| visit.done_at.is_none()) {
        return Err(Refused::code_changed(at, String::new()));
    }
    if visit.done_at.is_none() {
        check_booked(&visit, now)?;
    }
    let nonce: [u8; NONCE_LEN] = proof.nonce.0.as_slice().try_into().map_err(|_| Refused::new(Code::Challenge))?;
    let is_current = !visit.is_challenge_used && rule::visit::is_fresh(&visit.challenge, now) && visit.challenge.nonce == nonce;
    // What is done already answers by its press alone.
    if visit.done_at.is_none() && !is_current {
        return Err(Refused::new(Code::Challenge).stored(Stored::Kept));
    }
    let statement = statement_of(&visit).to_bytes();
    let signed = signed_bytes(Operation::Authenticate, &app.origin.sha256, &nonce, &statement);
    let pair = proof.signature.as_ref().map(|signature| (signed.as_slice(), signature.0.as_slice()));
    let identity = app.anchors.look(&proof.certificate.0, pair, now).map_err(untrusted)?;
    let is_grace = is_grace(&identity, proof.medium, today)?;
    // X34: nothing is kept, and the same proof may be sent again.
    let (subject, eligibility) = held_by(app, &visit, identity.fingerprint, now)?;
    let eligibility = if visit.uses_aid { eligibility } else { without_aid(eligibility) };
    let is_eligibility_only = is_grace || asks_nothing(&visit.choices);
    let choices = if is_eligibility_only { Choices::all(Choice::NotAsked) } else { visit.choices };
    let eligibility = without_refused(eligibility, &choices);
    let replaces = proof.replaces.as_deref().map(|id| ConsentId::parse(id).ok_or_else(|| Refused::new(Code::Request))).transpose()?;
    let certificate = proof.certificate.0;
    let origin_sha256 = app.origin.sha256;
    let kept_proof = proof.signature.map(|signature| ProofRecord { certificate, signature: signature.0, statement, origin_sha256 });
    let by = staff.found.account.user.clone();
    let answer_by = visit.challenge.expires_at.min(visit.expires_at);
    let mut record = BedsideRecord {
        visit: visit.id.clone(),
        device: staff.found.session.device.clone(),
        consent: None,
        check: None,
        is_grace,
        ends_on: if is_grace { Some(identity.ends_on) } else { near_end(now, &identity) },
        checks: identity.checks,
        done_at: now,
        done_by: by.clone(),
        filed_at: None,
    };
    let (check_way, medium) = (proof.way, proof.medium);
    let (new_items, new_expires_at, audit, keeping);
    if is_eligibility_only {
        let id = CheckId::new(now, app.random.bytes()?);
        audit = ok(id.as_str());
        record.check = Some(id.clone());
        (new_items, new_expires_at) = (Vec::new(), now);
        let new = CheckRecord {
            id,
            visit_kind: (!staff.found.institution.is_limited()).then_some(visit.visit_kind),
            consent: None,
            subject,
            reference_number: None,
            check_way,
            medium,
            done_by: Some(by),
            state: CheckState::Done,
            asked: None,
            eligibility,
            chosen: None,
        };
        keeping = Keeping::Check(Box::new(new), kept_proof);
    } else {
        let consent = ConsentId::new(now, app.random.bytes()?);
        audit = ok(consent.as_str());
        record.consent = Some(consent.clone());
        let result = result_of(app, &visit, &identity, &eligibility, now)?;
        (new_items, new_expires_at) = (result.items.clone(), result.expires_at);
        keeping = Keeping::Consent(Box::new(Proved {
            visit: visit.id.clone(),
            nonce,
            at: now,
            consent,
            subject,
            replaces,
            eligibility,
            check_way,
            medium,
            certificate_ends_on: kept_proof.as_ref().map(|_| identity.ends_on),
            proof: kept_proof,
            result,
            audit: audit.clone(),
        }));
    }
    let judged = Judged { keeping, record, nonce, audit };
    let tenant = staff.tenant;
    let kept = app.db.write_locked(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(match rule::bedside::keep(tx, &tenant, &judged)? {
                BedsideKept::Done(result) => Ok(BedsideAnswer::Done(result)),
                other => Err(other),
            })
        })
    });
    match kept.await? {
        Once::Answer(answer) => Ok(answer),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(BedsideKept::Asks(former)) => {
            let Former { id, visit_kind: former_use, items, consented_at, expires_at, .. } = *former;
            let former = id.as_str().to_owned();
            let asked = Replacement { former, former_use, consented_at, expires_at, items, new_items, new_expires_at, answer_by };
            Ok(BedsideAnswer::ConfirmNeeded(Box::new(asked)))
        }
        Once::Refused(BedsideKept::ChallengeGone) => Err(Refused::new(Code::Challenge).stored(Stored::Kept)),
        Once::Refused(BedsideKept::DoneOtherwise) => Err(Refused::new(Code::DoneOtherwise)),
        Once::Refused(BedsideKept::Over | BedsideKept::Done(_)) => Err(over(&visit)),
    }
}
