//! Statements on rows of the check before claims that a person closed (OT-27).

use shared::api::claims::{ClaimKind, Closed};
use shared::domain::note::Note;

use super::tx::{Tx, values};
use super::{StoreError, user_of};
use crate::tenant::Tenant;

/// A closed row: kind, what about, and by whom and why.
pub type ClosedRow = ((String, String), Closed);

/// At most so many are looked at.
const CLOSED_MAX: u32 = 50_000;

/// What was closed of a month: kind and row, by whom and why.
///
/// # Errors
/// What the database says; so for every function here.
pub fn closed(tx: &mut Tx<'_>, tenant: &Tenant, month: &str) -> Result<Vec<ClosedRow>, StoreError> {
    tx.rows(
        "SELECT kind, about, note, closed_at, closed_by FROM claims_closed WHERE institution = $1 AND month = $2
         ORDER BY kind, about LIMIT $3",
        values![tenant, month, CLOSED_MAX],
        |row| {
            let note = Note::try_from(row.get::<String>("note")?.as_str()).map_err(|_| StoreError::Damaged("note"))?;
            let closed = Closed { note, at: row.instant("closed_at")?, by: user_of(&row.get::<String>("closed_by")?)? };
            Ok(((row.get("kind")?, row.get("about")?), closed))
        },
    )
}

/// Closes a row, or closes it with other words.
pub fn close(tx: &mut Tx<'_>, tenant: &Tenant, month: &str, kind: ClaimKind, about: &str, closed: &Closed) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO claims_closed (institution, month, kind, about, note, closed_at, closed_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (institution, month, kind, about) DO UPDATE SET note = excluded.note, closed_at = excluded.closed_at,
             closed_by = excluded.closed_by",
        values![tenant, month, kind.word(), about, closed.note.as_str(), closed.at, &closed.by],
    )
    .map(|_| ())
}

/// Opens a row again.
pub fn open(tx: &mut Tx<'_>, tenant: &Tenant, month: &str, kind: ClaimKind, about: &str) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM claims_closed WHERE institution = $1 AND month = $2 AND kind = $3 AND about = $4",
        values![tenant, month, kind.word(), about],
    )
    .map(|_| ())
}
