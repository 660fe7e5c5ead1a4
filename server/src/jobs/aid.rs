//! Fetches 医療扶助 of the month for every institution that uses it, when it is due: one institution after the other, each in one
//! transaction with how far the job came.

use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;
use shared::domain::month::Month;

use super::mail::Outcome;
use crate::clock::Clock;
use crate::eligibility::RegistryLook;
use crate::eligibility::registers::Registers;
use crate::rule;
use crate::store::db::Db;
use crate::store::job::Job;
use crate::store::tx::Tx;
use crate::store::{StoreError, institution};
use crate::tenant::Tenant;

/// Name of the job.
pub const KIND: &str = "aid";
/// How often it looks, milliseconds.
pub const EVERY_MS: i64 = 60 * 60_000;
/// So many institutions are looked at in one transaction.
const LOOKED_AT: usize = 200;

/// What is to be done next.
enum Next {
    /// Another worker has the job.
    Lost,
    /// No institution is left.
    Nobody,
    /// Nothing up to this one.
    Skip(InstitutionCode),
    /// This one; true: for training.
    One(InstitutionCode, bool),
}

fn next(tx: &mut Tx<'_>, job: &Job, run: (Month, UnixMs)) -> Result<Next, StoreError> {
    let Some(progress) = rule::job::progress(tx, job)? else { return Ok(Next::Lost) };
    let codes = institution::codes_after(tx, &progress, u32::try_from(LOOKED_AT).unwrap_or(u32::MAX))?;
    let Some(last) = codes.last().cloned() else { return Ok(Next::Nobody) };
    for code in codes {
        let tenant = Tenant::of_operator(&code);
        let Some((found, standing)) = institution::find_standing(tx, &tenant)? else { continue };
        if found.settings.medical_aid && standing.closed_at.is_none() && rule::aid_month::is_due(tx, &tenant, run)? {
            return Ok(Next::One(code, standing.is_training));
        }
    }
    Ok(Next::Skip(last))
}

/// Does the job from where it came to its end, or until another worker has it. While a register is silent (X34) nothing of its institution
/// is kept, and the job comes again; one that cannot be asked for a month is passed over.
///
/// # Errors
/// What the database says.
pub async fn run(db: &Db, clock: &Clock, registers: &Registers, job: &Job) -> Result<Outcome, StoreError> {
    let Some(run) = rule::aid_month::due_run(clock.now()) else {
        let (of, now) = (job.clone(), clock.now());
        return db.write(move |tx| rule::job::finish(tx, &of, now)).await.map(|_| Outcome::Done);
    };
    loop {
        let of = job.clone();
        let (code, entries, now) = match db.read(move |tx| next(tx, &of, run)).await? {
            Next::Lost => return Ok(Outcome::Done),
            Next::Nobody => {
                let (of, now) = (job.clone(), clock.now());
                return db.write(move |tx| rule::job::finish(tx, &of, now)).await.map(|_| Outcome::Done);
            }
            Next::Skip(code) => (code, None, clock.now()),
            Next::One(code, is_training) => {
                let (registry, now) = (registers.of(is_training), clock.now());
                let entries = registry.aid_of_month(&code, run.0, now);
                if registry.look() == RegistryLook::Silent {
                    return Ok(Outcome::Again);
                }
                (code, entries, now)
            }
        };
        let of = job.clone();
        let stepped = db.write(move |tx| {
            // Another worker may have done this very institution.
            if rule::job::progress(tx, &of)?.is_none_or(|progress| progress.as_str() >= code.as_str()) {
                return Ok(false);
            }
            let tenant = Tenant::of_operator(&code);
            if let Some(entries) = entries.clone() {
                rule::aid_month::keep(tx, &tenant, run.0, entries, None, now)?;
            }
            rule::job::advance(tx, &of, code.as_str(), now)
        });
        if !stepped.await? {
            return Ok(Outcome::Done);
        }
    }
}
