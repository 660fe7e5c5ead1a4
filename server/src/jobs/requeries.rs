//! Asks again about everybody of a month (OT-14), in steps: each keeps its answers and how far it came in one transaction, so that a
//! worker that dies asks about nobody twice and leaves nobody out.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::coverage::{Eligibility, Validity};
use shared::domain::institution::InstitutionCode;
use shared::domain::month::Month;

use super::mail::Outcome;
use crate::clock::Clock;
use crate::eligibility::registers::Registers;
use crate::eligibility::{Registry, RegistryAnswer, RegistryLook};
use crate::random::Random;
use crate::rule;
use crate::rule::month::Body;
use crate::rule::requery::{Answered, Base, why_not};
use crate::store::db::Db;
use crate::store::job::Job;
use crate::store::{CheckId, StoreError};
use crate::tenant::Tenant;

/// Whose job it is: institution, month or day as text, and who started it.
///
/// # Errors
/// When its body cannot be read.
pub(super) fn read(job: &Job) -> Result<(Tenant, String, UserId), StoreError> {
    let damaged = || StoreError::Damaged("body of a job");
    let body: Body = serde_json::from_str(&job.body).map_err(|_| damaged())?;
    let code = InstitutionCode::try_from(body.institution.as_str()).map_err(|_| damaged())?;
    let by = UserId::try_from(body.by.as_str()).map_err(|_| damaged())?;
    Ok((Tenant::of_operator(&code), body.of, by))
}

/// What the register says about a person whom it named before; nobody where it knows them no more.
#[must_use]
pub fn ask(registry: &dyn Registry, subject: &str, now: UnixMs) -> Eligibility {
    match registry.subject(subject, now) {
        RegistryAnswer::Known { eligibility, .. } => *eligibility,
        _ => Eligibility::of_insurance(Validity::NotFound, now, None, Vec::new()),
    }
}

/// The answer about one person, to be kept.
///
/// # Errors
/// When the machine gives no random bytes.
pub(super) fn answered(registry: &dyn Registry, random: &Random, base: &Base, by: &UserId, now: UnixMs) -> Result<Answered, StoreError> {
    let bytes = random.bytes().map_err(|_| StoreError::Damaged("no random bytes"))?;
    let (id, consent) = (CheckId::new(now, bytes), base.consent.id.clone());
    Ok(Answered { id, consent, by: by.clone(), eligibility: ask(registry, &base.subject, now) })
}

/// Does the job from where it came to its end, or until another worker has it. While the register is silent (X34) nothing is kept, and the
/// job comes again.
///
/// # Errors
/// What the database says.
pub async fn run(db: &Db, clock: &Clock, random: &Random, registers: &Registers, job: &Job) -> Result<Outcome, StoreError> {
    let (tenant, of, by) = read(job)?;
    let asked = registers.asked_by(db, &tenant).await?;
    let registry = &*asked;
    let of = Month::try_from(of.as_str()).map_err(|_| StoreError::Damaged("month of a job"))?;
    loop {
        let (whose, found) = (tenant.clone(), job.clone());
        let Some(batch) = db.read(move |tx| rule::month::batch(tx, &whose, of, &found)).await? else { return Ok(Outcome::Done) };
        let now = clock.now();
        let asked = batch.rows.iter().filter(|base| why_not(base, now).is_none());
        let answers = asked.map(|base| answered(registry, random, base, &by, now)).collect::<Result<Vec<_>, _>>()?;
        if !answers.is_empty() && registry.look() == RegistryLook::Silent {
            return Ok(Outcome::Again);
        }
        let (whose, found) = (tenant.clone(), job.clone());
        if !db.write(move |tx| rule::month::step(tx, &whose, of, &found, &batch, &answers, now)).await? {
            return Ok(Outcome::Done);
        }
    }
}
