//! Statements on what the data are of.

use super::StoreError;
use super::db::{Tx, values};

/// True when the data are of this kind; sets it where none is set.
///
/// # Errors
/// What the database says.
pub fn is_of(tx: &mut Tx<'_>, kind: &str) -> Result<bool, StoreError> {
    tx.execute("INSERT INTO deployment (one, kind) VALUES (1, $1) ON CONFLICT (one) DO NOTHING", values![kind])?;
    let found = tx.row("SELECT kind FROM deployment", values![], |row| row.get::<String>("kind"))?;
    Ok(found.as_deref() == Some(kind))
}
