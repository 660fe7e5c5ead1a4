//! Work that is due by the clock, from a table that several servers look into: [`crate::rule::job`] says who has what.

pub mod backup;
pub mod purge;
pub mod succession;

use std::sync::Arc;

use crate::clock::Clock;
use crate::random::{NoRandom, Random};
use crate::rule;
use crate::store::StoreError;
use crate::store::db::Db;
use crate::store::job::{Job, Owner};

/// Who does the work: one in each server.
pub struct Worker {
    db: Arc<Db>,
    clock: Clock,
    random: Random,
    owner: Owner,
}

impl Worker {
    /// A worker with a name of its own.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new(db: Arc<Db>, clock: Clock, random: &Random) -> Result<Self, NoRandom> {
        Ok(Self { db, clock, owner: random.bytes()?, random: random.clone() })
    }

    /// Does whatever is due, one job after the other; says how many it took. A job that failed is logged and comes again later.
    ///
    /// # Errors
    /// What the store says to the looking; nothing is lost then.
    pub async fn run_due(&self) -> Result<u32, StoreError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                rule::job::plan(tx, purge::KIND, purge::EVERY_MS, now)?;
                rule::job::plan(tx, succession::KIND, succession::EVERY_MS, now)
            })
            .await?;
        let mut taken = 0;
        while let Some(job) = self.take().await? {
            taken += 1;
            if let Err(cause) = self.run(&job).await {
                tracing::warn!(job = job.id, tries = job.tries, %cause, "a job failed and comes again");
                let now = self.clock.now();
                self.db.write(move |tx| rule::job::fail(tx, &job, now)).await?;
            }
        }
        Ok(taken)
    }

    async fn take(&self) -> Result<Option<Job>, StoreError> {
        let (owner, now) = (self.owner, self.clock.now());
        self.db.write(move |tx| rule::job::take(tx, &owner, now)).await
    }

    async fn run(&self, job: &Job) -> Result<(), StoreError> {
        match job.kind.as_str() {
            succession::KIND => succession::run(&self.db, &self.clock, &self.random, job).await,
            rule::succession::HISTORY => succession::copy(&self.db, &self.clock, job).await,
            purge::KIND => purge::run(&self.db, &self.clock, job).await,
            // Of a newer release on the same database.
            _ => Err(StoreError::Damaged("a job of an unknown kind")),
        }
    }
}
