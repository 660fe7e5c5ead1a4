//! What nobody may see again, and what nobody needs, is removed: in steps of 500 rows, so that no visit waits for it.

use shared::api::ANSWER_KEPT_MS;
use shared::api::bulk_check::BULK_KEPT_DAYS;
use shared::api::day::DAY_KEPT_DAYS;
use shared::api::portal::LINK_LIFE_MS;
use shared::api::reception::VISIT_LIFE_MS;
use shared::domain::calendar::UnixMs;

use crate::account::BY_ACCOUNT_AND_PLACE;
use crate::clock::Clock;
use crate::rule;
use crate::session::{BROWSER_LIFE_S, IDLE_MS, LOCK_MS, SKEW_MS};
use crate::store::db::Db;
use crate::store::job::Job;
use crate::store::tx::Tx;
use crate::store::{StoreError, account, answer, attempt, bulk_check, certificate, day, factor, mail, portal, visit};

/// Name of the job.
pub const KIND: &str = "purge";
/// How often it comes, milliseconds.
pub const EVERY_MS: i64 = 60_000;
/// A visit that was opened and never proved leaves so long after its end, milliseconds: a tablet that comes back before is told so.
pub const UNFINISHED_MS: i64 = 24 * 60 * 60_000;
/// That a mail was sent, or given up, is known for so long, milliseconds: 90 days.
pub const MAIL_KEPT_MS: i64 = 90 * 24 * 60 * 60_000;

/// At most so many rows of a step; fewer: there are no more.
const AT_ONCE: u64 = 500;

/// Removes 500 rows at most of what has no use at an instant any more; says how many.
type Remove = fn(&mut Tx<'_>, UnixMs) -> Result<u64, StoreError>;

/// What is removed, one after the other; the names are the progress of the job.
const STEPS: &[(&str, Remove)] = &[
    // The answers that were kept for tablets, once they are shown no more (`visit::standing`); consent and result stay in the office.
    ("results", |tx, now| visit::forget_results(tx, now.plus_ms(-VISIT_LIFE_MS), now.plus_ms(SKEW_MS))),
    ("visits", |tx, now| visit::remove_unfinished(tx, now.plus_ms(-UNFINISHED_MS))),
    // Also by their times: one that has ended stays ended when the clock is put back, one of a future that was none never begins.
    ("sessions", |tx, now| account::drop_ended_sessions(tx, now, now.plus_ms(-IDLE_MS), now.plus_ms(SKEW_MS))),
    // Logins that never came to their second step, and questions that were never answered.
    ("login_steps", |tx, now| factor::forget_steps(tx, now, now.plus_ms(SKEW_MS))),
    ("questions", factor::forget_questions),
    ("attempts", |tx, now| attempt::forget_before(tx, now.plus_ms(-BY_ACCOUNT_AND_PLACE.forget_after_ms))),
    ("places", |tx, now| attempt::forget_places(tx, now.plus_ms(-BROWSER_LIFE_S * 1000))),
    // Keys of certificates whose files are not to be taken any more.
    ("certificate keys", certificate::forget_keys),
    // Answers that no press sent again gets any more.
    ("answers", |tx, now| answer::forget(tx, now.plus_ms(-ANSWER_KEPT_MS), now.plus_ms(SKEW_MS))),
    // Files of people who were asked for; their checks stay in the history.
    ("bulk checks", |tx, now| bulk_check::forget(tx, now.plus_ms(-BULK_KEPT_DAYS * 24 * 60 * 60_000))),
    ("registrations", |tx, now| portal::forget_registrations(tx, now.plus_ms(-2 * LINK_LIFE_MS), now.plus_ms(SKEW_MS))),
    ("applicants", |tx, now| portal::drop_ended_sessions(tx, now, now.plus_ms(-LOCK_MS), now.plus_ms(SKEW_MS))),
    ("mails", |tx, now| mail::forget(tx, now.plus_ms(-MAIL_KEPT_MS))),
    ("lists of days", |tx, now| day::forget(tx, now.jst_date().plus_days(-DAY_KEPT_DAYS))),
    ("refusals", |tx, now| rule::audit::sum_up(tx, now.plus_ms(-rule::audit::COUNTED_MS), now.plus_ms(SKEW_MS))),
];

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stepped {
    /// There is more to do.
    More,
    /// That was all for this time.
    Done,
    /// The job is another worker's by now: nothing was done.
    Lost,
}

/// Does the next step of a purge and notes it, in one transaction.
///
/// # Errors
/// What the database says.
pub fn step(tx: &mut Tx<'_>, job: &Job, now: UnixMs) -> Result<Stepped, StoreError> {
    let Some(progress) = rule::job::progress(tx, job)? else { return Ok(Stepped::Lost) };
    let place = STEPS.iter().position(|(name, _)| *name == progress).unwrap_or_default();
    let mut steps = STEPS.iter().skip(place);
    let Some((name, remove)) = steps.next() else { return Ok(Stepped::Lost) };
    let removed = remove(tx, now)?;
    if removed > 0 {
        tracing::info!(name, removed, "purged");
    }
    let next = if removed < AT_ONCE { steps.next().map(|(name, _)| *name) } else { Some(*name) };
    let is_held = match next {
        Some(next) => rule::job::advance(tx, job, next, now)?,
        None => rule::job::finish(tx, job, now)?,
    };
    // Held a moment ago in this same transaction.
    debug_assert!(is_held);
    Ok(if next.is_some() { Stepped::More } else { Stepped::Done })
}

/// Goes on behind a step that failed, so that it keeps no other from being done.
fn pass_over(tx: &mut Tx<'_>, job: &Job, now: UnixMs) -> Result<Stepped, StoreError> {
    let Some(progress) = rule::job::progress(tx, job)? else { return Ok(Stepped::Lost) };
    let place = STEPS.iter().position(|(name, _)| *name == progress).unwrap_or_default();
    match STEPS.get(place + 1) {
        Some((next, _)) => rule::job::advance(tx, job, next, now).map(|_| Stepped::More),
        None => rule::job::finish(tx, job, now).map(|_| Stepped::Done),
    }
}

/// Does a purge from where it came to its end, or until another worker has it. A step that fails waits for the next purge.
///
/// # Errors
/// What the database says.
pub async fn run(db: &Db, clock: &Clock, job: &Job) -> Result<(), StoreError> {
    loop {
        let (of, now) = (job.clone(), clock.now());
        let stepped = match db.write(move |tx| step(tx, &of, now)).await {
            Err(cause @ StoreError::Damaged(_)) => {
                tracing::error!(%cause, "a step of the purge failed and is passed over");
                let of = job.clone();
                db.write(move |tx| pass_over(tx, &of, now)).await?
            }
            stepped => stepped?,
        };
        if stepped != Stepped::More {
            return Ok(());
        }
    }
}
