//! Statements on the passkeys of a device (DA-4, DA-6).

use crate::store::factor::{PasskeyRecord, read_passkey};
use crate::store::tx::{Tx, values};
use crate::store::{CodeId, StoreError};
use crate::tenant::Tenant;

/// Those of a device, in the order in which they were registered.
///
/// # Errors
/// What the database says; so for every function here.
pub fn all(tx: &mut Tx<'_>, tenant: &Tenant, device: &CodeId) -> Result<Vec<PasskeyRecord>, StoreError> {
    tx.rows(
        "SELECT id, credential_id, name, credential, added_at, last_used_at FROM device_passkeys
         WHERE institution = $1 AND device = $2 ORDER BY added_at, id",
        values![tenant, device],
        read_passkey,
    )
}

/// Adds one; false when it is some device's already.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, device: &CodeId, new: &PasskeyRecord) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO device_passkeys (id, institution, device, credential_id, name, credential, added_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential_id) DO NOTHING",
        values![&new.id, tenant, device, &new.credential_id, &new.name, &new.credential, new.added_at],
    )?;
    Ok(added == 1)
}

/// Notes that one was used, and what the library keeps of it since; false where it was removed meanwhile.
pub fn note_use(tx: &mut Tx<'_>, tenant: &Tenant, device: &CodeId, used: &PasskeyRecord) -> Result<bool, StoreError> {
    let noted = tx.execute(
        "UPDATE device_passkeys SET credential = $1, last_used_at = $2 WHERE institution = $3 AND device = $4 AND id = $5",
        values![&used.credential, used.last_used_at, tenant, device, &used.id],
    )?;
    Ok(noted == 1)
}

/// Removes one; false when the device has no such one.
pub fn remove(tx: &mut Tx<'_>, tenant: &Tenant, device: &CodeId, id: &str) -> Result<bool, StoreError> {
    let removed =
        tx.execute("DELETE FROM device_passkeys WHERE institution = $1 AND device = $2 AND id = $3", values![tenant, device, id])?;
    Ok(removed == 1)
}

/// Removes all of a device that has ended.
pub fn remove_all(tx: &mut Tx<'_>, tenant: &Tenant, device: &CodeId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM device_passkeys WHERE institution = $1 AND device = $2", values![tenant, device]).map(|_| ())
}
