//! Does the changes of institutions' codes whose day has come (OT-30), and copies the records that follow.

use shared::domain::institution::ReceptionToken;

use crate::clock::Clock;
use crate::random::Random;
use crate::rule;
use crate::store::db::Db;
use crate::store::job::Job;
use crate::store::{StoreError, succession};

/// Name of the job.
pub const KIND: &str = "succession";
/// How often it looks, milliseconds.
pub const EVERY_MS: i64 = 60_000;

/// Does the changes that are due, each in a transaction of its own.
///
/// # Errors
/// What the database says; a change that cannot be done is logged, and the others are done.
pub async fn run(db: &Db, clock: &Clock, random: &Random, job: &Job) -> Result<(), StoreError> {
    let now = clock.now();
    for record in db.read(move |tx| succession::due(tx, now.jst_date())).await? {
        let token = ReceptionToken::from_random(random.bytes().map_err(|_| StoreError::Damaged("no random bytes"))?);
        let of = job.clone();
        let done = db.write(move |tx| {
            // Another worker may have it by now, or somebody called it off.
            let is_held = rule::job::progress(tx, &of)?.is_some();
            let is_open = succession::due(tx, now.jst_date())?.contains(&record);
            if is_held && is_open { rule::succession::switch(tx, &record, &token, now) } else { Ok(()) }
        });
        match done.await {
            Ok(()) => tracing::info!("the code of an institution was changed as planned"),
            Err(cause @ StoreError::Damaged(_)) => tracing::error!(%cause, "a planned change of a code could not be done"),
            Err(why) => return Err(why),
        }
    }
    let of = job.clone();
    db.write(move |tx| rule::job::finish(tx, &of, now)).await.map(|_| ())
}

/// Copies the records of a change to their end, or until another worker has the job.
///
/// # Errors
/// What the database says.
pub async fn copy(db: &Db, clock: &Clock, job: &Job) -> Result<(), StoreError> {
    loop {
        let (of, now) = (job.clone(), clock.now());
        if !db.write(move |tx| rule::succession::copy_some(tx, &of, now)).await? {
            return Ok(());
        }
    }
}
