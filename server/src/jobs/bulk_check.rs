//! Asks for the lines of a run of 資格情報一括照会, some at once, until none is left or another worker has the job.

use std::sync::Arc;

use super::mail::Outcome;
use crate::clock::Clock;
use crate::eligibility::registers::Registers;
use crate::eligibility::{Registry, RegistryLook};
use crate::random::Random;
use crate::rule::bulk_check::{AT_ONCE, Answered, Stepped, keep, of_job};
use crate::rule::check::{Found, found, insurance, record};
use crate::store::bulk_check::{self as store, LineOutcome};
use crate::store::db::Db;
use crate::store::job::Job;
use crate::store::{CheckId, StoreError};
use crate::tenant::Tenant;

/// Does a run from where it came to its end; it comes again where the register is silent (X34).
///
/// # Errors
/// What the database says.
pub async fn run(db: &Db, clock: &Clock, random: &Random, registers: &Registers, job: &Job) -> Result<Outcome, StoreError> {
    let (code, _) = of_job(job).ok_or(StoreError::Damaged("job of a run"))?;
    let registry = registers.asked_by(db, &Tenant::of_operator(&code)).await?;
    loop {
        match step(db, clock, random, &registry, job).await? {
            Stepped::More => {}
            Stepped::Done | Stepped::Lost => return Ok(Outcome::Done),
            Stepped::Silent => return Ok(Outcome::Again),
        }
    }
}

/// Asks for the next lines of a run and keeps the answers.
///
/// # Errors
/// What the database says.
pub async fn step(db: &Db, clock: &Clock, random: &Random, registry: &Arc<dyn Registry>, job: &Job) -> Result<Stepped, StoreError> {
    let (code, run) = of_job(job).ok_or(StoreError::Damaged("job of a run"))?;
    let tenant = Tenant::of_operator(&code);
    let (asked_by, asked_run) = (tenant.clone(), run.clone());
    let read = db.read(move |tx| Ok((store::find(tx, &asked_by, &asked_run)?, store::open_lines(tx, &asked_by, &asked_run, AT_ONCE)?)));
    let (state, lines) = read.await?;
    let by = state.map(|run| run.started_by);
    let mut answers = Vec::with_capacity(lines.len());
    for (line, asked) in lines {
        let Some(asked) = asked else {
            answers.push((line, Answered::Unreadable));
            continue;
        };
        let now = clock.now();
        let answer = match found(registry.insured(&insurance(&asked), now), None) {
            Found::Several(_) | Found::NotAmong => Answered::Several,
            Found::One(found) => {
                let id = CheckId::new(now, random.bytes().map_err(|_| StoreError::Damaged("no random bytes"))?);
                Answered::Check(Box::new(record(id, &asked, found, by.clone(), now)?))
            }
        };
        answers.push((line, answer));
    }
    if !answers.is_empty() && registry.look() == RegistryLook::Silent {
        return Ok(Stepped::Silent);
    }
    let (of, now) = (job.clone(), clock.now());
    db.write(move |tx| keep(tx, &tenant, &run, &of, &answers, now)).await
}

/// The Japanese word for what became of a line, in the result file.
#[must_use]
pub fn outcome_words(outcome: Option<LineOutcome>) -> &'static str {
    match outcome {
        None => "まだ照会していません",
        Some(LineOutcome::Made) => "照会済み",
        Some(LineOutcome::Several) => "複数の方が該当(1件ずつ確認してください)",
        Some(LineOutcome::Faulty) => "行に誤りがあり照会していません",
    }
}
