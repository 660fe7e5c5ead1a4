//! Sends one mail, and gives it up after many tries.

use crate::clock::Clock;
use crate::post::Mailer;
use crate::rule;
use crate::rule::mail::TRIES_MAX;
use crate::store::StoreError;
use crate::store::db::Db;
use crate::store::job::Job;

/// Sends the mail of a job. A server that dies between sending and noting it sends the same mail once more.
///
/// # Errors
/// What the store says. A mail that was not sent is [`Outcome::Again`], no error.
pub async fn run(db: &Db, clock: &Clock, mailer: &Mailer, job: &Job) -> Result<Outcome, StoreError> {
    let of = job.clone();
    let waiting = db.read(move |tx| rule::mail::waiting(tx, &of)).await?;
    let (of, now) = (job.clone(), clock.now());
    let Some(mail) = waiting else {
        db.write(move |tx| rule::job::finish(tx, &of, now)).await?;
        return Ok(Outcome::Done);
    };
    match mailer.send(&mail).await {
        Ok(()) => {
            db.write(move |tx| rule::mail::sent(tx, &of, now)).await?;
            Ok(Outcome::Done)
        }
        Err(cause) if job.tries >= TRIES_MAX => {
            let is_given_up = db.write(move |tx| rule::mail::give_up(tx, &of, now)).await?;
            if is_given_up {
                tracing::error!(
                    mail = mail.id,
                    why = cause.kind(),
                    "a mail was given up ({cause}): see --smtp or --mail-dir, then `uketsuke-server application resend`"
                );
            }
            Ok(Outcome::Done)
        }
        Err(cause) => {
            tracing::warn!(mail = mail.id, tries = job.tries, why = cause.kind(), "a mail was not sent and comes again ({cause})");
            Ok(Outcome::Again)
        }
    }
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It needs no further try.
    Done,
    /// It was not sent: later again.
    Again,
}
