//! Statements on 稼働状況 (OT-23): what was seen of each part before, and what the database tells about others.

use shared::domain::calendar::UnixMs;
use shared::domain::operation::{Light, Part};

use super::StoreError;
use super::tx::{Tx, values};
use crate::tenant::Tenant;

/// What was seen of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Which one.
    pub part: Part,
    /// How it stood.
    pub light: Light,
    /// Since when.
    pub since: UnixMs,
    /// When it was good last.
    pub good_at: Option<UnixMs>,
}

/// What was seen at a place: empty for the server, else a browser's.
///
/// # Errors
/// What the database says; so for every function here.
pub fn seen(tx: &mut Tx<'_>, tenant: &Tenant, place: &str) -> Result<Vec<Seen>, StoreError> {
    tx.rows("SELECT part, light, since, good_at FROM operation_seen WHERE institution = $1 AND place = $2", values![tenant, place], |row| {
        Ok(Seen {
            part: Part::of_word(&row.get::<String>("part")?).ok_or(StoreError::Damaged("part"))?,
            light: Light::of_word(&row.get::<String>("light")?).ok_or(StoreError::Damaged("light"))?,
            since: row.instant("since")?,
            good_at: row.maybe_instant("good_at")?,
        })
    })
}

/// Keeps what is seen of a part.
pub fn keep(tx: &mut Tx<'_>, tenant: &Tenant, place: &str, seen: &Seen, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO operation_seen (institution, place, part, light, since, good_at, looked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (institution, place, part) DO UPDATE SET light = $4, since = $5, good_at = $6, looked_at = $7",
        values![tenant, place, seen.part.word(), seen.light.word(), seen.since, seen.good_at, at],
    )
    .map(|_| ())
}

/// Forgets browsers that have not looked since an instant.
pub fn forget_places(tx: &mut Tx<'_>, tenant: &Tenant, before: UnixMs) -> Result<(), StoreError> {
    tx.execute("DELETE FROM operation_seen WHERE institution = $1 AND place <> '' AND looked_at < $2", values![tenant, before]).map(|_| ())
}

/// Writes the probe.
pub fn write_probe(tx: &mut Tx<'_>, at: UnixMs, filler: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO operation_probe (id, at, filler) VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET at = $1, filler = $2",
        values![at, filler],
    )
    .map(|_| ())
}

/// Reads the probe.
pub fn read_probe(tx: &mut Tx<'_>) -> Result<Option<UnixMs>, StoreError> {
    tx.row("SELECT at FROM operation_probe WHERE id = 1", values![], |row| row.instant("at"))
}

/// How many jobs were due before an instant and are not done, or were tried so often.
pub fn late_jobs(tx: &mut Tx<'_>, due_before: UnixMs, tries: u32) -> Result<u32, StoreError> {
    let counted = tx.row("SELECT COUNT(*) AS counted FROM jobs WHERE due_at < $1 OR tries >= $2", values![due_before, tries], |row| {
        row.get::<i64>("counted")
    })?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}

/// The newest row about writing out checks since an instant: when, and whether the file was handed over.
pub fn last_export(tx: &mut Tx<'_>, tenant: &Tenant, since: UnixMs) -> Result<Option<(UnixMs, bool)>, StoreError> {
    tx.row(
        "SELECT at, outcome FROM audit WHERE institution = $1 AND at >= $2 AND action = 'export.face' ORDER BY at DESC, id DESC LIMIT 1",
        values![tenant, since],
        |row| Ok((row.instant("at")?, row.get::<String>("outcome")? == "ok")),
    )
}

/// How many checks finished after an instant, and when the first of them did.
pub fn finished_after(tx: &mut Tx<'_>, tenant: &Tenant, at: UnixMs) -> Result<(u32, Option<UnixMs>), StoreError> {
    let found = tx.row(
        "SELECT COUNT(*) AS counted, MIN(consented_at) AS oldest FROM consents WHERE institution = $1 AND consented_at > $2",
        values![tenant, at],
        |row| Ok((row.get::<i64>("counted")?, row.maybe_instant("oldest")?)),
    )?;
    let (counted, oldest) = found.unwrap_or_default();
    Ok((u32::try_from(counted).map_err(|_| StoreError::Damaged("count"))?, oldest))
}

/// The newest migration that this database has.
pub fn tables_version(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    tx.row("SELECT CAST(MAX(version) AS BIGINT) AS version FROM refinery_schema_history", values![], |row| {
        row.get::<Option<i64>>("version")
    })
    .map(Option::flatten)
}
