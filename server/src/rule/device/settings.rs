//! How a device is set (DA-6): 「目視確認で本人認証」, its passcode, its passkeys.

use shared::api::device_settings::DeviceSettings;
use shared::api::factor::PasskeyRow;
use shared::domain::calendar::UnixMs;
use shared::domain::factor::{FactorFault, PASSKEYS_MAX};

use crate::store::code::CodeRecord;
use crate::store::device::{self as store, passkey};
use crate::store::factor::PasskeyRecord;
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CodeId, SessionRecord, Sha256, StoreError, audit};
use crate::tenant::Tenant;

/// The question for a new passkey of a device; its holder is the device ([`holder_of`]).
pub const ASKED_PASSKEY: &str = "device passkey";
/// The question for a login at a device; its holder is the device.
pub const ASKED_LOGIN: &str = "device login";

/// The holder of a device's questions.
#[must_use]
pub fn holder_of(device: &CodeId) -> Sha256 {
    crate::sha256(format!("questions of device {}", device.as_str()).as_bytes())
}

/// How it is set.
///
/// # Errors
/// What the database says; so for every rule.
pub fn see(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    code: &CodeRecord,
    may_be_visual: bool,
    may_have_passkeys: bool,
) -> Result<DeviceSettings, StoreError> {
    let is_visual = store::find(tx, &code.id)?.is_some_and(|device| device.is_visual);
    let passkeys = passkey::all(tx, tenant, &code.id)?.into_iter().map(|record| {
        let PasskeyRecord { id, name, added_at, last_used_at, .. } = record;
        PasskeyRow { id, name, added_at, last_used_at }
    });
    Ok(DeviceSettings {
        label: code.label.clone(),
        is_visual: is_visual && may_be_visual,
        may_be_visual,
        passkeys: passkeys.collect(),
        may_have_passkeys,
    })
}

/// Switches 「目視確認で本人認証」 (N124).
pub fn switch(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, is_visual: bool, entry: &AuditEntry) -> Result<(), StoreError> {
    store::set_visual(tx, tenant, id, is_visual)?;
    audit::add(tx, entry)
}

/// The passcode was right, inside a login: nothing counts any more.
pub fn was_right(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId) -> Result<(), StoreError> {
    store::set_tries(tx, tenant, id, 0, None)
}

/// Keeps the question for a new passkey. Whoever asked knew the passcode.
pub fn ask(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, state: &str, entry: &AuditEntry) -> Result<(), StoreError> {
    was_right(tx, tenant, id)?;
    crate::rule::factor::ask(tx, &holder_of(id), ASKED_PASSKEY, state, entry.at)?;
    audit::add(tx, entry)
}

/// Adds a passkey.
pub fn add_passkey(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CodeId,
    new: &PasskeyRecord,
    entry: &AuditEntry,
) -> Result<Result<(), FactorFault>, StoreError> {
    if passkey::all(tx, tenant, id)?.len() >= PASSKEYS_MAX {
        return Ok(Err(FactorFault::TooMany));
    }
    if !passkey::add(tx, tenant, id, new)? {
        return Ok(Err(FactorFault::Known));
    }
    audit::add(tx, entry).map(Ok)
}

/// Removes a passkey; false where the device has no such one.
pub fn remove_passkey(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, which: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
    let is_removed = passkey::remove(tx, tenant, id, which)?;
    if is_removed {
        audit::add(tx, entry)?;
    }
    Ok(is_removed)
}

/// The passkeys of a device and the question that a login answers, which is used up; `None`: there is none that counts.
pub fn take_login(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, now: UnixMs) -> Result<Option<(Vec<PasskeyRecord>, String)>, StoreError> {
    let Some(state) = crate::rule::factor::take(tx, &holder_of(id), ASKED_LOGIN, now)? else { return Ok(None) };
    Ok(Some((passkey::all(tx, tenant, id)?, state)))
}

/// A passkey has opened the device. Wrong passcodes of before go on counting: it says nothing of whether the passcode is known. False where
/// the passkey was removed or the account's password changed meanwhile.
pub fn log_in(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CodeId,
    used: &PasskeyRecord,
    opened: (&SessionRecord, &str),
    entry: &AuditEntry,
) -> Result<bool, StoreError> {
    Ok(passkey::note_use(tx, tenant, id, used)? && crate::rule::session::open(tx, opened.0, opened.1, entry)?)
}
