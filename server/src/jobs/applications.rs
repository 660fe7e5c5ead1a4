//! Looks once a day whether an application has waited longer than it may (N145), and tells the operator's log; so for mails that were
//! given up.

use shared::api::portal::ANSWER_DAYS;
use shared::domain::calendar::UnixMs;

use crate::rule;
use crate::store::job::Job;
use crate::store::tx::Tx;
use crate::store::{StoreError, mail, portal};

/// Name of the job.
pub const KIND: &str = "applications";
/// How often it comes, milliseconds.
pub const EVERY_MS: i64 = 24 * 60 * 60_000;

/// What waits for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Applications that should have been answered.
    pub overdue: u32,
    /// Mails that were given up.
    pub dead_mails: usize,
}

/// Counts what waits, and ends the job for today.
///
/// # Errors
/// What the database says.
pub fn look(tx: &mut Tx<'_>, job: &Job, now: UnixMs) -> Result<Waiting, StoreError> {
    let overdue = portal::waiting_since(tx, now.plus_ms(-ANSWER_DAYS * 24 * 60 * 60_000))?;
    let dead_mails = mail::dead(tx)?.len();
    rule::job::finish(tx, job, now)?;
    Ok(Waiting { overdue, dead_mails })
}

/// Tells the log.
pub fn tell(waiting: Waiting) {
    let Waiting { overdue, dead_mails } = waiting;
    if overdue > 0 {
        tracing::warn!(overdue, "applications have waited for more than {ANSWER_DAYS} days: see `uketsuke-server application list`");
    }
    if dead_mails > 0 {
        tracing::warn!(dead_mails, "mails were given up: see --smtp or --mail-dir, then `uketsuke-server application resend`");
    }
}
