//! Statements on the settings sheets of accounts (N146): how often each was made.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;

use super::tx::{Tx, values};
use super::{StoreError, user_of};
use crate::tenant::Tenant;

/// The settings sheet of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRecord {
    /// Whose.
    pub user: UserId,
    /// How often it was made.
    pub made: u32,
    /// When last.
    pub made_at: Option<UnixMs>,
}

/// Adds the sheet of an account, not made yet.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add_sheet(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<(), StoreError> {
    tx.execute("INSERT INTO sheets (institution, user_id, made) VALUES ($1, $2, 0)", values![tenant, user]).map(|_| ())
}

/// The sheets of an institution by their accounts.
pub fn sheets(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<SheetRecord>, StoreError> {
    tx.rows("SELECT user_id, made, made_at FROM sheets WHERE institution = $1 ORDER BY user_id", values![tenant], |row| {
        Ok(SheetRecord {
            user: user_of(&row.get::<String>("user_id")?)?,
            made: u32::try_from(row.get::<i64>("made")?).map_err(|_| StoreError::Damaged("count"))?,
            made_at: row.maybe_instant("made_at")?,
        })
    })
}

/// Notes that a sheet is made, where it was made so often before; false when it was not.
pub fn make_sheet(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, made: u32, at: UnixMs) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE sheets SET made = made + 1, made_at = $1 WHERE institution = $2 AND user_id = $3 AND made = $4",
        values![at, tenant, user, made],
    )?;
    Ok(changed == 1)
}
