//! How the backups stand (OT-37, P-BACKUP): one answer for the screen and for 稼働状況.

use serde::{Deserialize, Serialize};
use shared::api::backup::{BACKUP_EVERY_MS, BACKUP_KEPT_MS, BackupOutcome, BackupState, BackupStatus, TRIAL_EVERY_MS};
use shared::domain::calendar::UnixMs;

use crate::session;
use crate::store::job::{Job, add, find, set_plan};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, StoreError, audit, backup, institution, link};
use crate::tenant::Tenant;

/// Name and kind of the job: only a server that knows where to takes it.
pub const JOB: &str = "host.backup";
/// What the audit log calls a restore.
pub const RESTORE: &str = "backup.restore";
/// Rows that the screen shows.
const SHOWN: u32 = 20;
/// Rows are kept so long, milliseconds: half a year.
const NOTED_MS: i64 = 183 * 24 * 60 * 60_000;

/// Where and how often; the body of the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The folder.
    pub place: String,
    /// How often, milliseconds.
    pub every_ms: i64,
    /// How long they are kept, milliseconds.
    pub kept_ms: i64,
}

/// Plans the backups of a server, the first one now; what was planned otherwise before is changed.
///
/// # Errors
/// What the database says; so for every rule.
pub fn plan(tx: &mut Tx<'_>, plan: &Plan, now: UnixMs) -> Result<(), StoreError> {
    let body = serde_json::to_string(plan).map_err(|_| StoreError::Damaged("plan of the backups"))?;
    match find(tx, JOB)? {
        Some(job) if job.body == body && job.every_ms == Some(plan.every_ms) => Ok(()),
        Some(job) => {
            let due_at = UnixMs(job.due_at.0.min(now.plus_ms(plan.every_ms).0));
            set_plan(tx, JOB, &body, plan.every_ms, due_at)
        }
        None => {
            let job = Job {
                id: JOB.to_owned(),
                kind: JOB.to_owned(),
                body,
                due_at: now,
                every_ms: Some(plan.every_ms),
                owner: None,
                leased_until: None,
                progress: String::new(),
                tries: 0,
            };
            add(tx, &job).map(|_| ())
        }
    }
}

/// A backup that was made, or why there is none.
#[derive(Debug, Clone)]
pub struct Noted {
    /// When it was begun.
    pub made_at: UnixMs,
    /// The folder.
    pub place: String,
    /// Name and length of the file.
    pub made: Option<(String, u64)>,
    /// Word of [`BackupOutcome`].
    pub outcome: &'static str,
    /// How its trial came out, where it was tried, and when.
    pub trial: Option<(UnixMs, &'static str)>,
}

/// Notes it.
pub fn note(tx: &mut Tx<'_>, of: &Noted) -> Result<(), StoreError> {
    let made = of.made.as_ref().map(|(file, bytes)| (file.as_str(), i64::try_from(*bytes).unwrap_or(i64::MAX)));
    backup::add(tx, of.made_at, &of.place, made, of.outcome)?;
    if let Some((at, outcome)) = of.trial {
        backup::note_trial(tx, of.made_at, at, outcome)?;
    }
    backup::forget(tx, of.made_at.plus_ms(-NOTED_MS)).map(|_| ())
}

/// True when it is time to try a restore: there was no good one for a month.
pub fn is_trial_due(tx: &mut Tx<'_>, now: UnixMs) -> Result<bool, StoreError> {
    let last = backup::last_trial(tx)?;
    Ok(last.is_none_or(|trial| trial.outcome != BackupOutcome::Ok || now >= trial.at.plus_ms(TRIAL_EVERY_MS) || trial.at > now))
}

/// How they stand.
pub fn status(tx: &mut Tx<'_>, now: UnixMs) -> Result<BackupStatus, StoreError> {
    let job = find(tx, JOB)?;
    let plan: Option<Plan> = job.as_ref().and_then(|job| serde_json::from_str(&job.body).ok());
    let (every_ms, kept_ms) = plan.as_ref().map_or((BACKUP_EVERY_MS, BACKUP_KEPT_MS), |plan| (plan.every_ms, plan.kept_ms));
    let (last_good, last_trial) = (backup::last_good(tx)?, backup::last_trial(tx)?);
    let is_young = last_good.as_ref().is_some_and(|row| now <= row.made_at.plus_ms(2 * every_ms));
    let is_tried =
        last_trial.as_ref().is_some_and(|trial| trial.outcome == BackupOutcome::Ok && now <= trial.at.plus_ms(2 * TRIAL_EVERY_MS));
    let state = match (plan.is_some() || last_good.is_some(), is_young, is_tried) {
        (false, ..) => BackupState::NotSetUp,
        (true, false, _) => BackupState::Old,
        (true, true, false) => BackupState::Untried,
        (true, true, true) => BackupState::Good,
    };
    Ok(BackupStatus {
        state,
        place: plan.map(|plan| plan.place),
        every_ms,
        kept_ms,
        next_at: job.map(|job| job.due_at),
        last_good,
        last_trial,
        rows: backup::newest(tx, SHOWN)?,
        now,
    })
}

/// Notes that the data were restored: everybody logs in anew and programs need new tokens (what was ended since the copy must not live
/// again), and each institution's log says so.
pub fn restored(tx: &mut Tx<'_>, copy_of: &str, now: UnixMs) -> Result<(), StoreError> {
    session::end_all(tx)?;
    link::revoke_all(tx, now)?;
    for code in institution::codes(tx)? {
        audit::add(tx, &AuditEntry::of_operator(now, &Tenant::of_operator(&code), RESTORE, copy_of))?;
    }
    Ok(())
}
