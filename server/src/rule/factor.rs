//! Second factors of accounts (P-PW): what there is, what is added, used up and removed, and what of it ends logins.

use shared::api::account::AccountRow;
use shared::api::factor::{FactorPolicy, Factors, PasskeyRow, QUESTION_MS, TOTP, TotpRow};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::factor::{FactorFault, PASSKEYS_MAX};

use super::account::{By, Done, row_of, theirs_not_own};
use crate::factor::{Vault, totp_match};
use crate::session::SKEW_MS;
use crate::store::factor::{self as store, LoginStep, PasskeyRecord, TotpRecord};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, FactorStanding, SessionRecord, Sha256, StoreError, account, audit};
use crate::tenant::Tenant;

/// The question for a passkey at a login or in a session; its holder is the step or the session.
pub const ASKED_PROOF: &str = "proof";
/// The question for a new passkey; its holder is the account.
pub const ASKED_PASSKEY: &str = "passkey";
/// The question for a login by any passkey; its holder is the page that was asked.
pub const ASKED_LOGIN: &str = "login";
/// The secret of an app that was not confirmed yet; its holder is the account.
pub const ASKED_TOTP: &str = "totp";

/// The holder of questions about a new factor.
#[must_use]
pub fn holder_of(tenant: &Tenant, user: &UserId) -> Sha256 {
    crate::sha256(format!("factors of {} {user}", tenant.code()).as_bytes())
}

/// True where the account's kind and institution ask for a second factor on a day, and it has none.
#[must_use]
pub fn is_missing(kind: AccountKind, standing: &FactorStanding, today: CivilDate) -> bool {
    !kind.is_of_program() && standing.since.is_none() && today >= standing.demanded_from
}

/// Keeps a question until it is answered, or for [`QUESTION_MS`].
///
/// # Errors
/// What the database says; so for every rule.
pub fn ask(tx: &mut Tx<'_>, holder: &Sha256, purpose: &str, state: &str, now: UnixMs) -> Result<(), StoreError> {
    store::put_question(tx, holder, purpose, state, now.plus_ms(QUESTION_MS))
}

/// Takes a question away to judge an answer by it: once. `None`: there is none, or it is too old.
pub fn take(tx: &mut Tx<'_>, holder: &Sha256, purpose: &str, now: UnixMs) -> Result<Option<String>, StoreError> {
    let Some((state, ends_at)) = store::question(tx, holder, purpose)? else { return Ok(None) };
    let is_first = store::remove_question(tx, holder, purpose)?;
    let is_fresh = now < ends_at && ends_at <= now.plus_ms(QUESTION_MS + SKEW_MS);
    Ok(Some(state).filter(|_| is_first && is_fresh))
}

/// The second factors of an account.
pub fn own(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, may_have_passkeys: bool, now: UnixMs) -> Result<Factors, StoreError> {
    let passkeys = store::passkeys(tx, tenant, user)?.into_iter().map(|record| {
        let PasskeyRecord { id, name, added_at, last_used_at, .. } = record;
        PasskeyRow { id, name, added_at, last_used_at }
    });
    let totp = store::totp(tx, tenant, user)?.map(|TotpRecord { added_at, last_used_at, .. }| TotpRow { added_at, last_used_at });
    let recovery = store::recovery(tx, tenant, user)?;
    Ok(Factors {
        passkeys: passkeys.collect(),
        totp,
        recovery_left: recovery.map_or(0, |(left, _)| left),
        recovery_made_at: recovery.map(|(_, made_at)| made_at),
        demanded_from: store::demanded_from(tx, tenant)?,
        may_have_passkeys,
        now,
    })
}

/// What follows a change of the factors: since when there is one, no recovery codes without one, and no other login of the account.
fn changed(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, own: &Sha256, entry: &AuditEntry) -> Result<(), StoreError> {
    let has_one = !store::passkeys(tx, tenant, user)?.is_empty() || store::totp(tx, tenant, user)?.is_some();
    let standing = store::standing(tx, tenant.code(), user)?;
    let since = standing.and_then(|standing| standing.since).or(Some(entry.at)).filter(|_| has_one);
    store::set_since(tx, tenant, user, since)?;
    if !has_one {
        store::remove_recovery(tx, tenant, user)?;
    }
    account::end_other_sessions(tx, tenant, user, own)?;
    store::remove_steps_of(tx, tenant, user)?;
    audit::add(tx, entry)
}

/// Adds a passkey; every other login of the account ends.
pub fn add_passkey(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    user: &UserId,
    own: &Sha256,
    new: &PasskeyRecord,
    entry: &AuditEntry,
) -> Result<Result<(), FactorFault>, StoreError> {
    if store::passkeys(tx, tenant, user)?.len() >= PASSKEYS_MAX {
        return Ok(Err(FactorFault::TooMany));
    }
    if !store::add_passkey(tx, tenant, user, new)? {
        return Ok(Err(FactorFault::Known));
    }
    changed(tx, tenant, user, own, entry).map(Ok)
}

/// Adds an authenticator app; every other login of the account ends.
pub fn add_totp(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    user: &UserId,
    own: &Sha256,
    new: &TotpRecord,
    entry: &AuditEntry,
) -> Result<Result<(), FactorFault>, StoreError> {
    if !store::add_totp(tx, tenant, user, new)? {
        return Ok(Err(FactorFault::HasTotp));
    }
    store::remove_question(tx, &holder_of(tenant, user), ASKED_TOTP)?;
    changed(tx, tenant, user, own, entry).map(Ok)
}

/// Why a factor is not removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRemoved {
    /// The account has no such one.
    NotThere,
    /// It has.
    Fault(FactorFault),
}

/// Removes a passkey or the authenticator app ([`TOTP`]); every other login of the account ends.
pub fn remove(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    user: &UserId,
    own: &Sha256,
    which: &str,
    entry: &AuditEntry,
) -> Result<Result<(), NotRemoved>, StoreError> {
    let (passkeys, totp) = (store::passkeys(tx, tenant, user)?, store::totp(tx, tenant, user)?);
    let is_there = if which == TOTP { totp.is_some() } else { passkeys.iter().any(|passkey| passkey.id == which) };
    if !is_there {
        return Ok(Err(NotRemoved::NotThere));
    }
    let is_last = passkeys.len() + usize::from(totp.is_some()) == 1;
    if is_last && entry.at.jst_date() >= store::demanded_from(tx, tenant)? {
        return Ok(Err(NotRemoved::Fault(FactorFault::Last)));
    }
    let _ = if which == TOTP { store::remove_totp(tx, tenant, user)? } else { store::remove_passkey(tx, tenant, user, which)? };
    changed(tx, tenant, user, own, entry).map(Ok)
}

/// Puts a set of recovery codes in place of the one before.
pub fn new_recovery(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    user: &UserId,
    hashes: &[Sha256],
    entry: &AuditEntry,
) -> Result<Result<UnixMs, FactorFault>, StoreError> {
    if store::standing(tx, tenant.code(), user)?.is_none_or(|standing| standing.since.is_none()) {
        return Ok(Err(FactorFault::NoFactor));
    }
    store::remove_recovery(tx, tenant, user)?;
    for hash in hashes {
        store::add_recovery(tx, tenant, user, hash, entry.at)?;
    }
    audit::add(tx, entry)?;
    Ok(Ok(entry.at))
}

/// Uses up a code of the account's authenticator app; false when it is wrong, too old, or was used.
pub fn use_totp(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, vault: &Vault, code: u32, now: UnixMs) -> Result<bool, StoreError> {
    let Some(kept) = store::totp(tx, tenant, user)? else { return Ok(false) };
    let secret = vault.open(tenant, user, &kept.secret).map_err(|_| StoreError::Damaged("secret of an authenticator app"))?;
    match totp_match(&secret, code, now, kept.last_step) {
        Some(step) => store::use_totp(tx, tenant, user, step, now),
        None => Ok(false),
    }
}

/// Keeps a login whose password was right until its second step.
pub fn open_step(tx: &mut Tx<'_>, step: &LoginStep, entry: &AuditEntry) -> Result<(), StoreError> {
    store::add_step(tx, step)?;
    audit::add(tx, entry)
}

/// Opens the session of a login that has come through its second step; false when the step was used, or the password changed meanwhile.
pub fn log_in(tx: &mut Tx<'_>, step: &LoginStep, session: &SessionRecord, judged: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
    let is_same = crate::sha256(judged.as_bytes()) == step.judged_sha256;
    Ok(is_same && store::remove_step(tx, &step.id_sha256)? && super::session::log_in(tx, session, judged, entry)?)
}

/// Removes every second factor of an account whose device is lost, and ends its logins. Theirs to do who look after the account;
/// the own ones are removed by their holder.
pub fn reset(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId, entry: &AuditEntry) -> Done<AccountRow> {
    let mut found = match theirs_not_own(tx, tenant, by, user)? {
        Ok(found) => found,
        Err(denied) => return Ok(Err(denied)),
    };
    store::remove_passkeys(tx, tenant, user)?;
    store::remove_totp(tx, tenant, user)?;
    store::remove_recovery(tx, tenant, user)?;
    store::set_since(tx, tenant, user, None)?;
    account::end_sessions_of(tx, tenant, user)?;
    audit::add(tx, entry)?;
    found.factor_since = None;
    Ok(Ok(row_of(&found, by, entry.at)))
}

/// From when the institution asks for a second factor, and who has none yet.
pub fn policy(tx: &mut Tx<'_>, tenant: &Tenant, today: CivilDate) -> Result<FactorPolicy, StoreError> {
    let (people, without) = store::count_people(tx, tenant, today)?;
    Ok(FactorPolicy { from: store::demanded_from(tx, tenant)?, people, without, today })
}

/// Sets from when the institution asks for a second factor. The institution itself brings the day forward only; putting it off would
/// take the second factor away from all of its accounts, and is the operator's.
pub fn change_policy(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    by: &By,
    from: CivilDate,
    entry: &AuditEntry,
) -> Result<Result<FactorPolicy, FactorFault>, StoreError> {
    if *by != By::Operator && from > store::demanded_from(tx, tenant)? {
        return Ok(Err(FactorFault::PutOff));
    }
    store::set_demanded_from(tx, tenant, from)?;
    audit::add(tx, entry)?;
    policy(tx, tenant, entry.at.jst_date()).map(Ok)
}
