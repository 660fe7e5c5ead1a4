//! What an institution for training is filled with (OT-36, `domain.md` §2.17): each person of the demo's register, with visits over
//! several months. No card signed them, and their records say so.

use shared::api::reception::{CHALLENGE_LIFE_MS, CertificateChecks, Revocation, VISIT_LIFE_MS, VisitResult};
use shared::domain::calendar::UnixMs;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, Choices, expires_at};
use shared::domain::coverage::Eligibility;
use shared::domain::institution::VisitKind;
use shared::domain::visit::Occasion;

use crate::consent::{outcomes, without_refused};
use crate::eligibility::registry::{EmbeddedRegistry, Known};
use crate::random::{NoRandom, Random, readable};
use crate::rule::training::Invented;
use crate::store::{AuditEntry, ConsentId, NewChallenge, NewVisit, Proved, VisitId};
use crate::tenant::Tenant;
use crate::visit::NOTICE_VERSION;

/// Visits of each person: so many days before today. The oldest consents have ended by now.
const DAYS_AGO: [i64; 5] = [160, 100, 61, 30, 2];
const DAY_MS: i64 = 24 * 60 * 60_000;
/// One visit after the other on a day.
const APART_MS: i64 = 25 * 60_000;

/// Invents the visits, the oldest first.
///
/// # Errors
/// [`NoRandom`].
pub fn invent(tenant: &Tenant, random: &Random, now: UnixMs, entry: &AuditEntry) -> Result<Vec<Invented>, NoRandom> {
    // The rows are a part of this program.
    let registry = EmbeddedRegistry::demo("{}").unwrap_or_else(|_| EmbeddedRegistry::empty());
    let mut all = Vec::new();
    for (round, days) in DAYS_AGO.into_iter().enumerate() {
        let morning = now.jst_date().plus_days(-days).at_jst(9, 0);
        for (place, known) in registry.people(now).into_iter().enumerate() {
            // Not everybody is visited each time.
            if round > 0 && (place + round) % 3 == 0 {
                continue;
            }
            let at = morning.plus_ms(APART_MS * i64::try_from(place).unwrap_or(0)).0.min(now.0 - DAY_MS / 24);
            all.push(one(tenant, random, UnixMs(at), (place, round), known, entry)?);
        }
    }
    Ok(all)
}

fn one(
    tenant: &Tenant,
    random: &Random,
    at: UnixMs,
    (place, round): (usize, usize),
    Known { subject, eligibility, takes_card }: Known,
    entry: &AuditEntry,
) -> Result<Invented, NoRandom> {
    let mut choices = Choices::all(Choice::Agree);
    if (place + round) % 4 == 1 {
        choices.surgery = Choice::Refuse;
    }
    let eligibility = without_refused(Eligibility { checked_at: at, ..eligibility }, &choices);
    let (check_way, medium) =
        if place % 3 == 2 || !takes_card { (CheckWay::Paper, Medium::Paper) } else { (CheckWay::Visual, Medium::Card) };
    let visit = NewVisit {
        id: VisitId::new(at, random.bytes()?),
        tenant: tenant.clone(),
        visit_kind: VisitKind::HomeVisit,
        occasion: Occasion::default(),
        key_sha256: random.bytes()?,
        choices,
        notice_version: NOTICE_VERSION.to_owned(),
        language: "ja".to_owned(),
        opened_at: at,
        expires_at: at.plus_ms(VISIT_LIFE_MS),
        challenge: NewChallenge { nonce: random.bytes()?, expires_at: at.plus_ms(CHALLENGE_LIFE_MS) },
    };
    let consent = ConsentId::new(at, random.bytes()?);
    let birth_date = eligibility.person.as_ref().map(|person| person.birth_date);
    let result = VisitResult {
        receipt: readable::<8>(random)?,
        consented_at: at,
        expires_at: expires_at(VisitKind::HomeVisit, at, None),
        items: outcomes(&choices, birth_date, at.jst_date()),
        eligibility: None,
        replaced_until: None,
        certificate_ends_on: None,
        checks: CertificateChecks { signature: false, chain: false, period: false, revocation: Revocation::NotChecked },
        occasion: Occasion::default(),
        ended_use: None,
        changed_at: None,
    };
    let proved = Proved {
        visit: visit.id.clone(),
        nonce: visit.challenge.nonce,
        at,
        consent: consent.clone(),
        subject,
        replaces: None,
        eligibility,
        check_way,
        medium,
        proof: None,
        certificate_ends_on: None,
        result,
        audit: entry.clone(),
    };
    Ok(Invented { visit, proved })
}
