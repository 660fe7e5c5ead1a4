//! Mails: one for each event, kept with what it tells of, sent by a job.

use shared::domain::calendar::UnixMs;

use crate::store::StoreError;
use crate::store::job::{self, Job};
use crate::store::mail::{self, MailRecord};
use crate::store::tx::Tx;

/// Kind of the job that sends one mail; its body is the mail's id.
pub const KIND: &str = "mail";
/// A mail that could not be sent so often is given up: after some seven hours, since the waits double up to an hour.
pub const TRIES_MAX: u32 = 14;

/// Puts a mail into the outbox, in the transaction of what it tells of. An event has one mail, however often it is told.
///
/// # Errors
/// What the database says; so for every rule.
pub fn post(tx: &mut Tx<'_>, new: &MailRecord) -> Result<(), StoreError> {
    if mail::add(tx, new)? {
        plan(tx, &new.id, new.created_at)?;
    }
    Ok(())
}

fn plan(tx: &mut Tx<'_>, id: &str, at: UnixMs) -> Result<(), StoreError> {
    let job = Job {
        id: format!("{KIND}.{id}"),
        kind: KIND.to_owned(),
        body: id.to_owned(),
        due_at: at,
        every_ms: None,
        owner: None,
        leased_until: None,
        progress: String::new(),
        tries: 0,
    };
    job::add(tx, &job).map(|_| ())
}

/// The mail of a job, if it still waits and the job is still this worker's.
pub fn waiting(tx: &mut Tx<'_>, job: &Job) -> Result<Option<MailRecord>, StoreError> {
    if super::job::progress(tx, job)?.is_none() {
        return Ok(None);
    }
    Ok(mail::find(tx, &job.body)?.filter(|mail| mail.sent_at.is_none()))
}

/// Notes that a mail was sent, and ends its job.
pub fn sent(tx: &mut Tx<'_>, job: &Job, now: UnixMs) -> Result<(), StoreError> {
    mail::note_sent(tx, &job.body, now)?;
    super::job::finish(tx, job, now).map(|_| ())
}

/// Gives a mail up, and ends its job; `false` when another worker has it by now.
pub fn give_up(tx: &mut Tx<'_>, job: &Job, now: UnixMs) -> Result<bool, StoreError> {
    if !super::job::finish(tx, job, now)? {
        return Ok(false);
    }
    mail::note_dead(tx, &job.body, now)?;
    Ok(true)
}

/// Sends the mails again that were given up, once what was wrong is mended; says how many.
pub fn revive(tx: &mut Tx<'_>, now: UnixMs) -> Result<u32, StoreError> {
    let mut revived = 0;
    for id in mail::dead(tx)? {
        if mail::revive(tx, &id)? {
            plan(tx, &id, now)?;
            revived += 1;
        }
    }
    Ok(revived)
}
