//! Statements on the backups that were made.

use shared::api::backup::{BackupOutcome, BackupRow, BackupTrial};
use shared::domain::calendar::UnixMs;

use super::StoreError;
use super::tx::{Row, Tx, values};

/// Notes a backup that was made or failed; `outcome` is the word of [`BackupOutcome`].
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, made_at: UnixMs, place: &str, made: Option<(&str, i64)>, outcome: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO backups (made_at, place, file, bytes, outcome) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (made_at) DO NOTHING",
        values![made_at, place, made.map(|(file, _)| file), made.map(|(_, bytes)| bytes), outcome],
    )?;
    Ok(())
}

/// Notes how the trial of a backup came out.
pub fn note_trial(tx: &mut Tx<'_>, made_at: UnixMs, at: UnixMs, outcome: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE backups SET tested_at = $1, test_outcome = $2 WHERE made_at = $3", values![at, outcome, made_at]).map(|_| ())
}

/// The last ones, the newest first, at most `most`.
pub fn newest(tx: &mut Tx<'_>, most: u32) -> Result<Vec<BackupRow>, StoreError> {
    tx.rows("SELECT made_at, place, file, bytes, outcome FROM backups ORDER BY made_at DESC LIMIT $1", values![most], read)
}

/// The last good one.
pub fn last_good(tx: &mut Tx<'_>) -> Result<Option<BackupRow>, StoreError> {
    let sql = "SELECT made_at, place, file, bytes, outcome FROM backups WHERE outcome = 'ok' ORDER BY made_at DESC LIMIT 1";
    tx.row(sql, values![], read)
}

fn read(row: &Row<'_>) -> Result<BackupRow, StoreError> {
    Ok(BackupRow {
        made_at: row.instant("made_at")?,
        place: row.get("place")?,
        file: row.get("file")?,
        bytes: row.get::<Option<i64>>("bytes")?.and_then(|bytes| u64::try_from(bytes).ok()),
        outcome: BackupOutcome::of_word(&row.get::<String>("outcome")?),
    })
}

/// The last trial.
pub fn last_trial(tx: &mut Tx<'_>) -> Result<Option<BackupTrial>, StoreError> {
    tx.row(
        "SELECT made_at, tested_at, test_outcome FROM backups WHERE tested_at IS NOT NULL ORDER BY tested_at DESC LIMIT 1",
        values![],
        |row| {
            let outcome = row.get::<Option<String>>("test_outcome")?.unwrap_or_default();
            Ok(BackupTrial { at: row.instant("tested_at")?, of: row.instant("made_at")?, outcome: BackupOutcome::of_word(&outcome) })
        },
    )
}

/// Forgets what was made before an instant; the last good one and the last trial stay.
pub fn forget(tx: &mut Tx<'_>, before: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM backups WHERE made_at < $1 AND made_at <> coalesce((SELECT max(made_at) FROM backups WHERE outcome = 'ok'), 0)
           AND coalesce(tested_at, 0) < $1",
        values![before],
    )
}
