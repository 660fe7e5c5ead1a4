//! Sessions and passwords of accounts.

use shared::domain::calendar::UnixMs;

use crate::store::tx::Tx;
use crate::store::{AuditEntry, NewPassword, SessionRecord, Sha256, StoreError, account, audit};
use crate::tenant::Tenant;

/// Opens a session; false when the account's hash is no longer `judged`, by which the password was judged, or the
/// account was stopped meanwhile.
///
/// # Errors
/// What the database says; so for every rule.
pub fn open(tx: &mut Tx<'_>, session: &SessionRecord, judged: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
    let is_open = account::add_session(tx, session, judged)?;
    if is_open {
        audit::add(tx, entry)?;
    }
    Ok(is_open)
}

/// Opens a session of a login, and notes that the account logged in (N030); as [`open`].
pub fn log_in(tx: &mut Tx<'_>, session: &SessionRecord, judged: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
    let is_open = open(tx, session, judged, entry)?;
    if is_open {
        account::note_login(tx, &session.institution, &session.user, session.opened_at)?;
    }
    Ok(is_open)
}

/// Sets a password, ends every session of the account and opens the new one; false when another change came first.
pub fn change_password(tx: &mut Tx<'_>, tenant: &Tenant, new: &NewPassword) -> Result<bool, StoreError> {
    let NewPassword { session, former, judged, password_hash, audit: entry } = new;
    if !account::set_password(tx, tenant, &session.user, former, judged, password_hash)? {
        return Ok(false);
    }
    account::end_sessions_of(tx, tenant, &session.user)?;
    open(tx, session, password_hash, entry)
}

/// Who is at the screen proved it again: the session goes on under another id; false when it has ended meanwhile.
pub fn prove_again(tx: &mut Tx<'_>, former: &Sha256, id_sha256: &Sha256, entry: &AuditEntry) -> Result<bool, StoreError> {
    let is_renewed = account::renew_session(tx, former, id_sha256, entry.at)?;
    if is_renewed {
        audit::add(tx, entry)?;
    }
    Ok(is_renewed)
}

/// Ends a session.
pub fn end(tx: &mut Tx<'_>, id_sha256: &Sha256, entry: &AuditEntry) -> Result<(), StoreError> {
    account::end_session(tx, id_sha256)?;
    audit::add(tx, entry)
}

/// Locks a session (OT-18).
pub fn lock(tx: &mut Tx<'_>, tenant: &Tenant, id_sha256: &Sha256, entry: &AuditEntry) -> Result<(), StoreError> {
    account::lock_session(tx, tenant, id_sha256, entry.at)?;
    audit::add(tx, entry)
}

/// A session that is unlocked: its id of before and from now on, and by which hash the password was judged.
pub struct Unlocking {
    /// The id of before.
    pub former: Sha256,
    /// The id from now on.
    pub next: Sha256,
    /// The hash by which the password was judged.
    pub judged: String,
    /// When.
    pub at: UnixMs,
}

/// Unlocks a session; false when it has ended, or another password was set, while this one was judged.
pub fn unlock(tx: &mut Tx<'_>, tenant: &Tenant, by: &Unlocking, entry: &AuditEntry) -> Result<bool, StoreError> {
    let is_unlocked = account::unlock_session(tx, tenant, &by.former, &by.judged, &by.next, by.at)?;
    if is_unlocked {
        audit::add(tx, entry)?;
    }
    Ok(is_unlocked)
}
