//! Statements on maintenance windows: the operator's, for all institutions, and an institution's own.

use shared::api::maintenance::{Window, WindowRow};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::maintenance::Span;
use shared::domain::note::Note;
use shared::domain::operation::Part;

use super::tx::{Row, Tx, values};
use super::{StoreError, WindowId};
use crate::tenant::Tenant;

/// At most so many windows are looked at.
const AT_ONCE: u32 = 200;

fn row_of(row: &Row<'_>) -> Result<WindowRow, StoreError> {
    let note = |name| Note::try_from(row.get::<String>(name)?.as_str()).map_err(|_| StoreError::Damaged("text of a window"));
    let window = Window {
        part: Part::of_word(&row.get::<String>("part")?).ok_or(StoreError::Damaged("part"))?,
        span: Span { from: row.instant("starts_at")?, to: row.instant("ends_at")? },
        still: note("still")?,
        source: note("source")?,
    };
    let is_common = row.get::<Option<String>>("institution")?.is_none();
    Ok(WindowRow { id: row.get("id")?, is_common, window, ended_at: row.maybe_instant("ended_at")? })
}

/// The windows of an institution and of the operator that end after an instant, by their beginning.
///
/// # Errors
/// What the database says; so for every function here.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, after: UnixMs) -> Result<Vec<WindowRow>, StoreError> {
    tx.rows(
        "SELECT id, institution, part, starts_at, ends_at, still, source, ended_at FROM maintenance
         WHERE (institution = $1 OR institution IS NULL) AND ends_at > $2 ORDER BY starts_at, id LIMIT $3",
        values![tenant, after, AT_ONCE],
        row_of,
    )
}

/// The same of the operator alone.
pub fn common(tx: &mut Tx<'_>, after: UnixMs) -> Result<Vec<WindowRow>, StoreError> {
    tx.rows(
        "SELECT id, institution, part, starts_at, ends_at, still, source, ended_at FROM maintenance
         WHERE institution IS NULL AND ends_at > $1 ORDER BY starts_at, id LIMIT $2",
        values![after, AT_ONCE],
        row_of,
    )
}

/// Adds a window; without a tenant it is the operator's.
pub fn add(
    tx: &mut Tx<'_>,
    of: Option<&Tenant>,
    id: &WindowId,
    window: &Window,
    at: UnixMs,
    by: Option<&UserId>,
) -> Result<(), StoreError> {
    let Window { part, span, still, source } = window;
    tx.execute(
        "INSERT INTO maintenance (id, institution, part, starts_at, ends_at, still, source, made_at, made_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![id.as_str(), of, part.word(), span.from, span.to, still.as_str(), source.as_str(), at, by],
    )
    .map(|_| ())
}

/// Ends a window of the institution, or without a tenant one of the operator's, unless it has ended; gives it as it is then.
pub fn end(tx: &mut Tx<'_>, of: Option<&Tenant>, id: &WindowId, at: UnixMs) -> Result<Option<WindowRow>, StoreError> {
    match of {
        Some(tenant) => {
            tx.execute(
                "UPDATE maintenance SET ended_at = $1 WHERE institution = $2 AND id = $3 AND ended_at IS NULL AND ends_at > $1",
                values![at, tenant, id.as_str()],
            )?;
            tx.row(
                "SELECT id, institution, part, starts_at, ends_at, still, source, ended_at FROM maintenance
                 WHERE institution = $1 AND id = $2",
                values![tenant, id.as_str()],
                row_of,
            )
        }
        None => {
            tx.execute(
                "UPDATE maintenance SET ended_at = $1 WHERE institution IS NULL AND id = $2 AND ended_at IS NULL AND ends_at > $1",
                values![at, id.as_str()],
            )?;
            tx.row(
                "SELECT id, institution, part, starts_at, ends_at, still, source, ended_at FROM maintenance
                 WHERE institution IS NULL AND id = $1",
                values![id.as_str()],
                row_of,
            )
        }
    }
}
