//! Statements on what the data are of, and what all servers on them have in common.

use super::StoreError;
use super::tx::{Tx, values};

/// True when the data are of this kind; sets it where none is set.
///
/// # Errors
/// What the database says.
pub fn is_of(tx: &mut Tx<'_>, kind: &str) -> Result<bool, StoreError> {
    tx.execute("INSERT INTO deployment (one, kind) VALUES (1, $1) ON CONFLICT (one) DO NOTHING", values![kind])?;
    let found = tx.row("SELECT kind FROM deployment", values![], |row| row.get::<String>("kind"))?;
    Ok(found.as_deref() == Some(kind))
}

/// The key of this name; `fresh` is kept as it where there is none.
///
/// # Errors
/// What the database says.
pub fn shared_key(tx: &mut Tx<'_>, name: &str, fresh: &[u8; 32]) -> Result<[u8; 32], StoreError> {
    tx.execute("INSERT INTO shared_keys (name, key) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", values![name, fresh])?;
    let kept = tx.row("SELECT key FROM shared_keys WHERE name = $1", values![name], |row| row.get::<Vec<u8>>("key"))?;
    super::fixed(kept.ok_or(StoreError::Damaged("shared key"))?)
}
