//! Statements on work that is due by the clock.

use shared::domain::calendar::UnixMs;

use super::StoreError;
use super::tx::{Row, Tx, values};

/// A piece of work as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Names it.
    pub id: String,
    /// What is to be done.
    pub kind: String,
    /// What that needs to know; empty or JSON, as the kind says.
    pub body: String,
    /// Not before this instant.
    pub due_at: UnixMs,
    /// It comes again so long after it was done, milliseconds; `None`: once.
    pub every_ms: Option<i64>,
    /// Who has it.
    pub owner: Option<Owner>,
    /// Until when, unless it is renewed.
    pub leased_until: Option<UnixMs>,
    /// How far it came, in the words of its kind; empty at its beginning.
    pub progress: String,
    /// How often it was taken since it was last done.
    pub tries: u32,
}

/// Names a worker: random for each one that runs.
pub type Owner = [u8; 16];

/// Adds a job; false when its id is there already.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, job: &Job) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO jobs (id, kind, body, due_at, every_ms, progress, tries) VALUES ($1, $2, $3, $4, $5, $6, 0)
         ON CONFLICT (id) DO NOTHING",
        values![&job.id, &job.kind, &job.body, job.due_at, job.every_ms, &job.progress],
    )?;
    Ok(added == 1)
}

/// A job.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Job>, StoreError> {
    tx.row("SELECT id, kind, body, due_at, every_ms, owner, leased_until, progress, tries FROM jobs WHERE id = $1", values![id], read)
}

/// The job that has been due longest and that nobody has. What no clock of today can have written (due later than its next time,
/// leased for longer than a lease may be) is of a clock that was put back: it is due, and nobody's. Kinds that begin with `host.` are
/// left to the servers that have the means for them.
pub fn due(tx: &mut Tx<'_>, now: UnixMs, lease_end_max: UnixMs) -> Result<Option<Job>, StoreError> {
    tx.row(
        "SELECT id, kind, body, due_at, every_ms, owner, leased_until, progress, tries FROM jobs
         WHERE (due_at <= $1 OR due_at > $1 + every_ms) AND (leased_until IS NULL OR leased_until <= $1 OR leased_until > $2)
           AND kind NOT LIKE 'host.%'
         ORDER BY due_at, id LIMIT 1",
        values![now, lease_end_max],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<Job, StoreError> {
    let owner = row.get::<Option<Vec<u8>>>("owner")?;
    Ok(Job {
        id: row.get("id")?,
        kind: row.get("kind")?,
        body: row.get("body")?,
        due_at: row.instant("due_at")?,
        every_ms: row.get("every_ms")?,
        owner: owner.map(|owner| owner.try_into().map_err(|_| StoreError::Damaged("owner of a job"))).transpose()?,
        leased_until: row.maybe_instant("leased_until")?,
        progress: row.get("progress")?,
        tries: u32::try_from(row.get::<i64>("tries")?).map_err(|_| StoreError::Damaged("tries of a job"))?,
    })
}

/// Keeps who has a job, until when, and how far it came.
pub fn put(tx: &mut Tx<'_>, job: &Job) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE jobs SET due_at = $1, owner = $2, leased_until = $3, progress = $4, tries = $5 WHERE id = $6",
        values![job.due_at, job.owner.as_ref(), job.leased_until, &job.progress, job.tries, &job.id],
    )?;
    Ok(())
}

/// Changes what a job needs to know, how often it comes, and when it is due next.
pub fn set_plan(tx: &mut Tx<'_>, id: &str, body: &str, every_ms: i64, due_at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE jobs SET body = $1, every_ms = $2, due_at = $3 WHERE id = $4", values![body, every_ms, due_at, id]).map(|_| ())
}

/// Removes a job.
pub fn remove(tx: &mut Tx<'_>, id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM jobs WHERE id = $1", values![id]).map(|_| ())
}
