//! Statements on bulk checks: how far one has come, or came.

use shared::api::month::Run;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;

use super::tx::{Row, Tx, values};
use super::{StoreError, user_of};
use crate::tenant::Tenant;

fn number(row: &Row<'_>, name: &'static str) -> Result<u32, StoreError> {
    u32::try_from(row.get::<i64>(name)?).map_err(|_| StoreError::Damaged("count of a run"))
}

/// The last one of this kind and of this month or day.
///
/// # Errors
/// What the database says; so for every function here.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, kind: &str, of: &str) -> Result<Option<Run>, StoreError> {
    tx.row(
        "SELECT started_at, started_by, total, done, changed, refused, finished_at FROM bulk_runs
         WHERE institution = $1 AND kind = $2 AND of_what = $3",
        values![tenant, kind, of],
        |row| {
            Ok(Run {
                started_at: row.instant("started_at")?,
                started_by: user_of(&row.get::<String>("started_by")?)?,
                total: number(row, "total")?,
                done: number(row, "done")?,
                changed: number(row, "changed")?,
                refused: number(row, "refused")?,
                finished_at: row.maybe_instant("finished_at")?,
            })
        },
    )
}

/// Begins one anew.
pub fn start(tx: &mut Tx<'_>, tenant: &Tenant, kind: &str, of: &str, by: &UserId, total: u32, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO bulk_runs (institution, kind, of_what, started_at, started_by, total, done, changed, refused)
         VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0)
         ON CONFLICT (institution, kind, of_what) DO UPDATE SET started_at = excluded.started_at, started_by = excluded.started_by,
             total = excluded.total, done = 0, changed = 0, refused = 0, finished_at = NULL",
        values![tenant, kind, of, at, by, total],
    )
    .map(|_| ())
}

/// Adds what a step did.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, kind: &str, of: &str, done: u32, changed: u32, refused: u32) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE bulk_runs SET done = done + $1, changed = changed + $2, refused = refused + $3
         WHERE institution = $4 AND kind = $5 AND of_what = $6",
        values![done, changed, refused, tenant, kind, of],
    )
    .map(|_| ())
}

/// Notes that it ended.
pub fn finish(tx: &mut Tx<'_>, tenant: &Tenant, kind: &str, of: &str, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE bulk_runs SET finished_at = $1 WHERE institution = $2 AND kind = $3 AND of_what = $4", values![at, tenant, kind, of])
        .map(|_| ())
}
