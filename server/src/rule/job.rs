//! Work that is due by the clock: leased by one worker at a time, resumed by the next where one died.
//!
//! A worker takes a job, does it in steps, and says after each step how far it came, in the same transaction as the step. A step of
//! a worker whose lease is over is undone as a whole, since another worker may be at it: each step counts once.

use shared::domain::calendar::UnixMs;

use crate::store::StoreError;
use crate::store::db::Tx;
use crate::store::job::{Job, Owner, add, due, find, put, remove};

/// A job is its worker's for so long without a word, milliseconds. Clocks of several servers may differ by less than this.
pub const LEASE_MS: i64 = 30_000;
/// A job that failed comes again after so long, doubled with each further failure, milliseconds.
pub const AGAIN_MS: i64 = 30_000;
/// And after so long at most.
pub const AGAIN_MAX_MS: i64 = 60 * 60_000;

/// Plans a job that comes again every `every_ms`, first now; nothing when it is planned already.
///
/// # Errors
/// What the database says; so for every rule.
pub fn plan(tx: &mut Tx<'_>, id: &str, every_ms: i64, now: UnixMs) -> Result<(), StoreError> {
    let job = Job {
        id: id.to_owned(),
        kind: id.to_owned(),
        body: String::new(),
        due_at: now,
        every_ms: Some(every_ms),
        owner: None,
        leased_until: None,
        progress: String::new(),
        tries: 0,
    };
    add(tx, &job).map(|_| ())
}

/// Takes the job that has been due longest, if one is due that nobody has.
pub fn take(tx: &mut Tx<'_>, owner: &Owner, now: UnixMs) -> Result<Option<Job>, StoreError> {
    // Twice a lease: a server whose clock is a little ahead is not robbed.
    let Some(job) = due(tx, now, now.plus_ms(2 * LEASE_MS))? else { return Ok(None) };
    // Where its next time has come meanwhile, there may be new work where a dead worker was done already: it begins anew.
    let is_late = job.every_ms.is_some_and(|every_ms| job.due_at.plus_ms(every_ms) <= now);
    let progress = if is_late { String::new() } else { job.progress };
    let (leased_until, tries) = (Some(now.plus_ms(LEASE_MS)), job.tries.saturating_add(1));
    let job = Job { owner: Some(*owner), leased_until, progress, tries, ..job };
    put(tx, &job)?;
    Ok(Some(job))
}

/// Takes the job of this id, if it is due and nobody has it: for kinds that begin with `host.`, which [`take`] leaves alone.
pub fn take_only(tx: &mut Tx<'_>, id: &str, owner: &Owner, now: UnixMs) -> Result<Option<Job>, StoreError> {
    let Some(job) = find(tx, id)? else { return Ok(None) };
    let is_due = job.due_at <= now || job.every_ms.is_some_and(|every_ms| job.due_at > now.plus_ms(every_ms));
    let is_free = job.leased_until.is_none_or(|until| until <= now || until > now.plus_ms(2 * LEASE_MS));
    if !is_due || !is_free {
        return Ok(None);
    }
    let (leased_until, tries) = (Some(now.plus_ms(LEASE_MS)), job.tries.saturating_add(1));
    let job = Job { owner: Some(*owner), leased_until, progress: String::new(), tries, ..job };
    put(tx, &job)?;
    Ok(Some(job))
}

/// The job, if it is still this worker's.
fn held(tx: &mut Tx<'_>, job: &Job) -> Result<Option<Job>, StoreError> {
    // Over by the clock but taken by nobody: still held. `tries` tells a lease from a later one of the same worker.
    Ok(find(tx, &job.id)?.filter(|found| found.owner == job.owner && found.owner.is_some() && found.tries == job.tries))
}

/// How far the job came; `None` when it is another worker's by now.
pub fn progress(tx: &mut Tx<'_>, job: &Job) -> Result<Option<String>, StoreError> {
    Ok(held(tx, job)?.map(|found| found.progress))
}

/// Notes how far a job came and renews its lease; false when it is another worker's by now: then the step must not count.
pub fn advance(tx: &mut Tx<'_>, job: &Job, progress: &str, now: UnixMs) -> Result<bool, StoreError> {
    let Some(found) = held(tx, job)? else { return Ok(false) };
    put(tx, &Job { leased_until: Some(now.plus_ms(LEASE_MS)), progress: progress.to_owned(), ..found })?;
    Ok(true)
}

/// Notes that a job is done: it comes again at its next time, or leaves. False when it is another worker's by now.
pub fn finish(tx: &mut Tx<'_>, job: &Job, now: UnixMs) -> Result<bool, StoreError> {
    let Some(found) = held(tx, job)? else { return Ok(false) };
    match found.every_ms {
        None => remove(tx, &found.id)?,
        Some(every_ms) => {
            let due_at = now.plus_ms(every_ms);
            put(tx, &Job { due_at, owner: None, leased_until: None, progress: String::new(), tries: 0, ..found })?;
        }
    }
    Ok(true)
}

/// Notes that a job failed: it goes on from where it came, later each time.
pub fn fail(tx: &mut Tx<'_>, job: &Job, now: UnixMs) -> Result<(), StoreError> {
    let Some(found) = held(tx, job)? else { return Ok(()) };
    let wait = AGAIN_MS.saturating_mul(1 << found.tries.saturating_sub(1).min(16)).min(AGAIN_MAX_MS);
    // Not later than its next time, or it would count as put back (`store::job::due`).
    let wait = found.every_ms.map_or(wait, |every_ms| wait.min(every_ms));
    put(tx, &Job { due_at: now.plus_ms(wait), owner: None, leased_until: None, ..found })
}
