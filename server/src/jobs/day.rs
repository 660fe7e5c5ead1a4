//! Checks everybody on the list of a day before they come (OT-26), in steps as [`super::requeries`] does. No medical information.

use shared::domain::calendar::{CivilDate, UnixMs};

use super::mail::Outcome;
use super::requeries::{answered, read};
use crate::clock::Clock;
use crate::eligibility::registers::Registers;
use crate::eligibility::{Registry, RegistryLook};
use crate::random::Random;
use crate::rule;
use crate::rule::day::{Answer, AskBy, Asking};
use crate::store::db::Db;
use crate::store::job::Job;
use crate::store::{CheckId, StoreError};
use shared::domain::account::UserId;

/// Does the job from where it came to its end, or until another worker has it. While the register is silent (X34) nothing is kept, and the
/// job comes again.
///
/// # Errors
/// What the database says.
pub async fn run(db: &Db, clock: &Clock, random: &Random, registers: &Registers, job: &Job) -> Result<Outcome, StoreError> {
    let (tenant, of, by) = read(job)?;
    let asked = registers.asked_by(db, &tenant).await?;
    let registry = &*asked;
    let of = CivilDate::try_from(of.as_str()).map_err(|_| StoreError::Damaged("day of a job"))?;
    loop {
        let (whose, found, now) = (tenant.clone(), job.clone(), clock.now());
        let Some(batch) = db.read(move |tx| rule::day::batch(tx, &whose, of, &found, now)).await? else { return Ok(Outcome::Done) };
        let answers = batch.rows.iter().map(|row| ask(registry, random, row, &by, now)).collect::<Result<Vec<_>, _>>()?;
        if !answers.is_empty() && registry.look() == RegistryLook::Silent {
            return Ok(Outcome::Again);
        }
        let (whose, found, by) = (tenant.clone(), job.clone(), by.clone());
        if !db.write(move |tx| rule::day::step(tx, &whose, &found, &batch, &answers, &by, now)).await? {
            return Ok(Outcome::Done);
        }
    }
}

fn ask(registry: &dyn Registry, random: &Random, row: &Asking, by: &UserId, now: UnixMs) -> Result<Answer, StoreError> {
    Ok(match &row.by {
        AskBy::Consent(base) => Answer::Again(Box::new(answered(registry, random, base, by, now)?)),
        AskBy::Numbers(asked) => {
            let bytes = random.bytes().map_err(|_| StoreError::Damaged("no random bytes"))?;
            Answer::Found(registry.insured(asked, now), CheckId::new(now, bytes))
        }
        AskBy::Nothing => Answer::Nothing,
    })
}
