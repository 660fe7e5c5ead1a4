//! Work that is due by the clock, from a table that several servers look into: [`crate::rule::job`] says who has what.

pub mod aid;
pub mod applications;
pub mod backup;
pub mod bulk_check;
pub mod day;
pub mod mail;
pub mod purge;
pub mod references;
pub mod requeries;
pub mod succession;

use std::sync::Arc;

use crate::clock::Clock;
use crate::eligibility::Registry;
use crate::eligibility::registers::Registers;
use crate::post::Mailer;
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
    mailer: Option<Mailer>,
    registers: Option<Registers>,
}

impl Worker {
    /// A worker with a name of its own.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new(db: Arc<Db>, clock: Clock, random: &Random) -> Result<Self, NoRandom> {
        Ok(Self { db, clock, owner: random.bytes()?, random: random.clone(), mailer: None, registers: None })
    }

    /// The same, with a way for mails; without one they wait.
    #[must_use]
    pub fn with_mailer(self, mailer: Mailer) -> Self {
        Self { mailer: Some(mailer), ..self }
    }

    /// The same, with a register to ask; without one what asks it waits.
    #[must_use]
    pub fn with_registry(self, registry: Arc<dyn Registry>) -> Self {
        self.with_registers(Registers::new(registry, true))
    }

    /// The same, with a register to ask for each institution.
    #[must_use]
    pub fn with_registers(self, registers: Registers) -> Self {
        Self { registers: Some(registers), ..self }
    }

    /// Does whatever is due, one job after the other; says how many it took. A job that failed is logged and comes again later.
    ///
    /// # Errors
    /// What the store says to the looking; nothing is lost then.
    pub async fn run_due(&self) -> Result<u32, StoreError> {
        let now = self.clock.now();
        self.db.write(move |tx| rule::job::plan(tx, purge::KIND, purge::EVERY_MS, now)).await?;
        self.db.write(move |tx| rule::job::plan(tx, applications::KIND, applications::EVERY_MS, now)).await?;
        self.db.write(move |tx| rule::job::plan(tx, succession::KIND, succession::EVERY_MS, now)).await?;
        if self.registers.is_some() {
            self.db.write(move |tx| rule::job::plan(tx, references::KIND, references::EVERY_MS, now)).await?;
            self.db.write(move |tx| rule::job::plan(tx, aid::KIND, aid::EVERY_MS, now)).await?;
        }
        let mut taken = 0;
        while let Some(job) = self.take().await? {
            taken += 1;
            let outcome = self.run(&job).await;
            if let Err(cause) = &outcome {
                tracing::warn!(job = job.id, tries = job.tries, %cause, "a job failed and comes again");
            }
            if !matches!(outcome, Ok(mail::Outcome::Done)) {
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

    async fn run(&self, job: &Job) -> Result<mail::Outcome, StoreError> {
        match job.kind.as_str() {
            succession::KIND => succession::run(&self.db, &self.clock, &self.random, job).await.map(|()| mail::Outcome::Done),
            rule::succession::HISTORY => succession::copy(&self.db, &self.clock, job).await.map(|()| mail::Outcome::Done),
            purge::KIND => purge::run(&self.db, &self.clock, job).await.map(|()| mail::Outcome::Done),
            references::KIND => match &self.registers {
                Some(registers) => references::run(&self.db, registers, &self.clock, job).await.map(|()| mail::Outcome::Done),
                None => Ok(mail::Outcome::Again),
            },
            aid::KIND => match &self.registers {
                Some(registers) => aid::run(&self.db, &self.clock, registers, job).await,
                None => Ok(mail::Outcome::Again),
            },
            rule::mail::KIND => match &self.mailer {
                Some(mailer) => mail::run(&self.db, &self.clock, mailer, job).await,
                None => Ok(mail::Outcome::Again),
            },
            rule::bulk_check::KIND => match &self.registers {
                Some(registers) => bulk_check::run(&self.db, &self.clock, &self.random, registers, job).await,
                None => Ok(mail::Outcome::Again),
            },
            applications::KIND => {
                let (of, now) = (job.clone(), self.clock.now());
                applications::tell(self.db.write(move |tx| applications::look(tx, &of, now)).await?);
                Ok(mail::Outcome::Done)
            }
            rule::month::KIND => match &self.registers {
                Some(registers) => requeries::run(&self.db, &self.clock, &self.random, registers, job).await,
                None => Ok(mail::Outcome::Again),
            },
            rule::day::KIND => match &self.registers {
                Some(registers) => day::run(&self.db, &self.clock, &self.random, registers, job).await,
                None => Ok(mail::Outcome::Again),
            },
            // Of a newer release on the same database.
            _ => Err(StoreError::Damaged("a job of an unknown kind")),
        }
    }
}
