//! Statements on support desks: the operator's, common to all institutions, and an institution's own.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::desk::Desk;

use super::tx::{Row, Tx, values};
use super::{DeskId, StoreError};
use crate::tenant::Tenant;

/// How [`Desk`] is written as JSON; another one is of a newer release.
const FORMAT: i64 = 1;

/// A desk as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskRecord {
    /// Its id.
    pub id: DeskId,
    /// The operator's.
    pub is_common: bool,
    /// What is written down.
    pub desk: Desk,
}

fn record_of(row: &Row<'_>) -> Result<DeskRecord, StoreError> {
    if row.get::<i64>("format")? != FORMAT {
        return Err(StoreError::Damaged("format of a desk"));
    }
    Ok(DeskRecord {
        id: DeskId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("desk id"))?,
        is_common: row.get::<Option<String>>("institution")?.is_none(),
        desk: serde_json::from_str(&row.get::<String>("content")?).map_err(|_| StoreError::Damaged("desk"))?,
    })
}

fn content_of(desk: &Desk) -> Result<String, StoreError> {
    serde_json::to_string(desk).map_err(|_| StoreError::Damaged("desk"))
}

/// The operator's desks and the institution's own, in this order.
///
/// # Errors
/// What the database says; so for every function here.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<DeskRecord>, StoreError> {
    tx.rows(
        "SELECT id, institution, format, content FROM desks WHERE institution = $1 OR institution IS NULL
         ORDER BY CASE WHEN institution IS NULL THEN 0 ELSE 1 END, id",
        values![tenant],
        record_of,
    )
}

/// The operator's desks.
pub fn common(tx: &mut Tx<'_>) -> Result<Vec<DeskRecord>, StoreError> {
    tx.rows("SELECT id, institution, format, content FROM desks WHERE institution IS NULL ORDER BY id", values![], record_of)
}

/// Adds a desk; without a tenant it is the operator's.
pub fn add(tx: &mut Tx<'_>, of: Option<&Tenant>, id: &DeskId, desk: &Desk, at: UnixMs, by: Option<&UserId>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO desks (id, institution, format, content, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6)",
        values![id.as_str(), of, FORMAT, &content_of(desk)?, at, by],
    )
    .map(|_| ())
}

/// Puts a desk in the place of the institution's own of this id; false when there is none.
pub fn change(tx: &mut Tx<'_>, tenant: &Tenant, id: &DeskId, desk: &Desk, at: UnixMs, by: &UserId) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE desks SET format = $1, content = $2, changed_at = $3, changed_by = $4 WHERE institution = $5 AND id = $6",
        values![FORMAT, &content_of(desk)?, at, by, tenant, id.as_str()],
    )?;
    Ok(changed == 1)
}

/// Removes a desk of the institution, or without a tenant one of the operator's; false when there is none.
pub fn remove(tx: &mut Tx<'_>, of: Option<&Tenant>, id: &DeskId) -> Result<bool, StoreError> {
    let removed = match of {
        Some(tenant) => tx.execute("DELETE FROM desks WHERE institution = $1 AND id = $2", values![tenant, id.as_str()])?,
        None => tx.execute("DELETE FROM desks WHERE institution IS NULL AND id = $1", values![id.as_str()])?,
    };
    Ok(removed == 1)
}
