//! Finished checks in the order in which they came, for what is written out.

use shared::domain::calendar::UnixMs;

use super::tx::{Tx, values};
use super::{ConsentId, StoreError};
use crate::tenant::Tenant;

/// So many at once.
pub const AT_ONCE: usize = 500;

/// Text of [`after`]: walks the index `consents_by_day`.
pub const AFTER: &str = "SELECT id, consented_at FROM consents
     WHERE institution = $1 AND consented_at >= $2 AND (consented_at > $2 OR id > $3) ORDER BY consented_at, id LIMIT $4";

/// The next finished checks behind a place in the order of their time and id: at most [`AT_ONCE`], fewer only at the end.
///
/// # Errors
/// What the database says.
pub fn after(tx: &mut Tx<'_>, tenant: &Tenant, at: UnixMs, id: &str) -> Result<Vec<(UnixMs, ConsentId)>, StoreError> {
    let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    tx.rows(AFTER, values![tenant, at, id, limit], |row| {
        let id = ConsentId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("consent id"))?;
        Ok((row.instant("consented_at")?, id))
    })
}
