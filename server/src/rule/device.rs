//! Devices: registered with a code, opened by a passcode whose wrong tries are counted here and not in the browser (P-DEV).

pub mod settings;

use shared::api::device::{FIRST_PASSCODE_MS, WAIT_MS, WRONG_TO_WAIT, WRONG_TO_WIPE};
use shared::domain::calendar::UnixMs;

use super::code::{Redeemed, Redeeming, redeem};
use crate::session::SKEW_MS;
use crate::store::device::{DeviceRecord, add, end_sessions, find, passkey, set_first_passcode, set_passcode, set_tries};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CodeId, SessionRecord, StoreError, audit, code};
use crate::tenant::Tenant;

/// Registers a device (DA-2): its code is used up, and its key kept.
///
/// # Errors
/// What the database says; so for every rule.
pub fn register(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    of: &Redeeming,
    key: &[u8],
    notice: &str,
    entry: &AuditEntry,
) -> Result<Redeemed, StoreError> {
    let outcome = redeem(tx, tenant, of, entry)?;
    if let Redeemed::Device(record) = &outcome {
        add(tx, tenant, &record.id, key, notice, of.now)?;
    }
    Ok(outcome)
}

/// Keeps the first passcode and lets in (DA-3); false where there is one already, or the account's password changed meanwhile.
pub fn set_first(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CodeId,
    hash: &str,
    opened: (&SessionRecord, &str),
    entry: &AuditEntry,
) -> Result<bool, StoreError> {
    Ok(set_first_passcode(tx, tenant, id, hash)? && super::session::open(tx, opened.0, opened.1, entry)?)
}

/// True where the first passcode (DA-3) was not registered in time.
#[must_use]
pub fn is_late(device: &DeviceRecord, now: UnixMs) -> bool {
    device.passcode_hash.is_none() && now >= device.registered_at.plus_ms(FIRST_PASSCODE_MS)
}

/// Ends a device that [`is_late`], with its code. One that has a passcode by now stays.
pub fn end_late(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, entry: &AuditEntry) -> Result<(), StoreError> {
    tx.lock(&format!("device {}", id.as_str()))?;
    if find(tx, id)?.is_some_and(|device| is_late(&device, entry.at)) {
        code::invalidate(tx, tenant, id, entry.at)?;
        audit::add(tx, entry)?;
    }
    Ok(())
}

/// Keeps another passcode; false where the one that was judged is no longer the device's.
pub fn change(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, judged: &str, hash: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
    let is_set = set_passcode(tx, tenant, id, judged, hash)?;
    if is_set {
        set_tries(tx, tenant, id, 0, None)?;
        audit::add(tx, entry)?;
    }
    Ok(is_set)
}

/// Whether a passcode may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// It is counted as wrong until it has been judged right.
    Counted {
        /// Tries that are left if it is wrong.
        left: u32,
    },
    /// Not before this instant.
    Wait(UnixMs),
    /// There have been too many, or the device has ended.
    Over,
}

/// Counts a try before it is judged, so that many at once are no more than one after the other.
pub fn begin_try(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, now: UnixMs) -> Result<Try, StoreError> {
    tx.lock(&format!("device {}", id.as_str()))?;
    let Some(device) = find(tx, id)? else { return Ok(Try::Over) };
    // One of a clock that was put back since would shut the device for as long.
    if let Some(until) = device.waits_until.filter(|until| now < *until && *until <= now.plus_ms(WAIT_MS + SKEW_MS)) {
        return Ok(Try::Wait(until));
    }
    if device.wrong_passcodes >= WRONG_TO_WIPE {
        return Ok(Try::Over);
    }
    let wrong = device.wrong_passcodes + 1;
    set_tries(tx, tenant, id, wrong, (wrong >= WRONG_TO_WAIT).then(|| now.plus_ms(WAIT_MS)))?;
    Ok(Try::Counted { left: WRONG_TO_WIPE - wrong })
}

/// The passcode was right: nothing counts any more, and who is at the device is in; false where the account's password changed meanwhile.
pub fn succeed(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CodeId,
    opened: (&SessionRecord, &str),
    entry: &AuditEntry,
) -> Result<bool, StoreError> {
    set_tries(tx, tenant, id, 0, None)?;
    super::session::open(tx, opened.0, opened.1, entry)
}

/// It was not judged, for a reason that is not its own: the try is given back.
pub fn give_back(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId) -> Result<(), StoreError> {
    tx.lock(&format!("device {}", id.as_str()))?;
    let Some(device) = find(tx, id)? else { return Ok(()) };
    // Others may have been counted meanwhile: theirs stay.
    let wrong = device.wrong_passcodes.saturating_sub(1);
    set_tries(tx, tenant, id, wrong, device.waits_until.filter(|_| wrong >= WRONG_TO_WAIT))
}

/// The passcode was wrong. After the last one the device is ended with its code (X41), and every login at it.
pub fn fail(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, is_last: bool, entry: &AuditEntry) -> Result<(), StoreError> {
    if is_last {
        code::invalidate(tx, tenant, id, entry.at)?;
        end_sessions(tx, tenant, id)?;
        passkey::remove_all(tx, tenant, id)?;
    }
    audit::add(tx, entry)
}
