//! Statements on devices: what an activation code was used for (N120–N123).

pub mod passkey;

use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use super::tx::{Row, Tx, values};
use super::{CodeId, StoreError, code_of};
use crate::tenant::Tenant;

/// A device as it is kept. No `Debug`: a hash of few digits is as good as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceRecord {
    /// The code it was registered with, and with that its id.
    pub code: CodeId,
    /// Whose.
    pub institution: InstitutionCode,
    /// Its key ([`shared::api::device::PUBLIC_KEY_LEN`] bytes).
    pub public_key: Vec<u8>,
    /// Which notice was agreed to (DA-1).
    pub notice_version: String,
    /// When it was registered.
    pub registered_at: UnixMs,
    /// The passcode as a PHC text; `None` until DA-3.
    pub passcode_hash: Option<String>,
    /// Wrong passcodes since the last right one.
    pub wrong_passcodes: u32,
    /// No try before this instant.
    pub waits_until: Option<UnixMs>,
    /// 「目視確認で本人認証」 stands (N124).
    pub is_visual: bool,
}

fn read(row: &Row<'_>) -> Result<DeviceRecord, StoreError> {
    Ok(DeviceRecord {
        code: CodeId::parse(&row.get::<String>("code")?).ok_or(StoreError::Damaged("code id"))?,
        institution: code_of(&row.get::<String>("institution")?)?,
        public_key: row.get("public_key")?,
        notice_version: row.get("notice_version")?,
        registered_at: row.instant("registered_at")?,
        passcode_hash: row.get("passcode_hash")?,
        wrong_passcodes: u32::try_from(row.get::<i64>("wrong_passcodes")?).map_err(|_| StoreError::Damaged("count"))?,
        waits_until: row.maybe_instant("waits_until")?,
        is_visual: row.get("is_visual")?,
    })
}

/// A device by its id, of whichever institution: the signature of its key says that it is asked for by itself.
///
/// # Errors
/// What the database says; so for every function here.
pub fn find(tx: &mut Tx<'_>, code: &CodeId) -> Result<Option<DeviceRecord>, StoreError> {
    tx.row(
        "SELECT code, institution, public_key, notice_version, registered_at, passcode_hash, wrong_passcodes, waits_until, is_visual
         FROM devices WHERE code = $1",
        values![code],
        read,
    )
}

/// Adds the device of a code that was just bound to it.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, code: &CodeId, key: &[u8], notice: &str, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO devices (code, institution, public_key, notice_version, registered_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (code) DO NOTHING",
        values![code, tenant, key, notice, at],
    )
    .map(|_| ())
}

/// Keeps the first passcode; false where there is one.
pub fn set_first_passcode(tx: &mut Tx<'_>, tenant: &Tenant, code: &CodeId, hash: &str) -> Result<bool, StoreError> {
    let set = tx.execute(
        "UPDATE devices SET passcode_hash = $1 WHERE code = $2 AND institution = $3 AND passcode_hash IS NULL",
        values![hash, code, tenant],
    )?;
    Ok(set == 1)
}

/// Keeps another passcode in the place of one that was judged right.
pub fn set_passcode(tx: &mut Tx<'_>, tenant: &Tenant, code: &CodeId, judged: &str, hash: &str) -> Result<bool, StoreError> {
    let set = tx.execute(
        "UPDATE devices SET passcode_hash = $1 WHERE code = $2 AND institution = $3 AND passcode_hash = $4",
        values![hash, code, tenant, judged],
    )?;
    Ok(set == 1)
}

/// Notes how often a wrong passcode came, and until when the next has to wait.
pub fn set_tries(tx: &mut Tx<'_>, tenant: &Tenant, code: &CodeId, wrong: u32, waits_until: Option<UnixMs>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE devices SET wrong_passcodes = $1, waits_until = $2 WHERE code = $3 AND institution = $4",
        values![wrong, waits_until, code, tenant],
    )
    .map(|_| ())
}

/// Switches 「目視確認で本人認証」.
pub fn set_visual(tx: &mut Tx<'_>, tenant: &Tenant, code: &CodeId, is_visual: bool) -> Result<(), StoreError> {
    tx.execute("UPDATE devices SET is_visual = $1 WHERE code = $2 AND institution = $3", values![is_visual, code, tenant]).map(|_| ())
}

/// Ends every login at a device.
pub fn end_sessions(tx: &mut Tx<'_>, tenant: &Tenant, code: &CodeId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE device = $1 AND institution = $2", values![code, tenant]).map(|_| ())
}
