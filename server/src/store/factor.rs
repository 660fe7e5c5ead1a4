//! Statements on second factors, on the questions that wait for an answer, and on logins between password and second factor.

use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;

use super::tx::{Row, Tx, values};
use super::{FactorStanding, Sha256, StoreError, code_of, fixed, user_of};
use crate::tenant::Tenant;

/// A passkey as it is kept. No `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeyRecord {
    /// Names it.
    pub id: String,
    /// How the authenticator names it; nobody else has it.
    pub credential_id: Vec<u8>,
    /// What its person calls it.
    pub name: String,
    /// The public half, as the library writes it (JSON).
    pub credential: String,
    /// Registered.
    pub added_at: UnixMs,
    /// Last used.
    pub last_used_at: Option<UnixMs>,
}

/// An authenticator app as it is kept. No `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpRecord {
    /// Its secret, sealed (`crate::factor::Vault`).
    pub secret: Vec<u8>,
    /// The last 30 seconds since 1970 whose code was used.
    pub last_step: i64,
    /// Registered.
    pub added_at: UnixMs,
    /// Last used.
    pub last_used_at: Option<UnixMs>,
}

/// A login between password and second factor: only the hash of its id is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginStep {
    /// SHA-256 of the id in the cookie.
    pub id_sha256: Sha256,
    /// Whose institution.
    pub institution: InstitutionCode,
    /// Whose.
    pub user: UserId,
    /// SHA-256 of the password's hash by which the password was judged.
    pub judged_sha256: Sha256,
    /// The password was right.
    pub opened_at: UnixMs,
    /// Ends here.
    pub ends_at: UnixMs,
}

pub(super) fn standing_of(row: &Row<'_>) -> Result<FactorStanding, StoreError> {
    let day = CivilDate::try_from(row.get::<String>("second_factor_from")?.as_str());
    Ok(FactorStanding { since: row.maybe_instant("factor_since")?, demanded_from: day.map_err(|_| StoreError::Damaged("day"))? })
}

/// How an account stands to its second factor. Asked at a login, once the password was right.
///
/// # Errors
/// What the database says; so for every function here.
pub fn standing(tx: &mut Tx<'_>, code: &InstitutionCode, user: &UserId) -> Result<Option<FactorStanding>, StoreError> {
    tx.row(
        "SELECT a.factor_since, i.second_factor_from FROM accounts a JOIN institutions i ON i.code = a.institution
         WHERE a.institution = $1 AND a.user_id = $2",
        values![code, user],
        standing_of,
    )
}

/// Notes since when an account has a second factor.
pub fn set_since(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, since: Option<UnixMs>) -> Result<(), StoreError> {
    tx.execute("UPDATE accounts SET factor_since = $1 WHERE institution = $2 AND user_id = $3", values![since, tenant, user]).map(|_| ())
}

/// From when the institution asks for a second factor.
pub fn demanded_from(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<CivilDate, StoreError> {
    let found = tx.row("SELECT second_factor_from FROM institutions WHERE code = $1", values![tenant], |row| {
        CivilDate::try_from(row.get::<String>("second_factor_from")?.as_str()).map_err(|_| StoreError::Damaged("day"))
    })?;
    found.ok_or(StoreError::Damaged("institution"))
}

/// Sets from when the institution asks for a second factor.
pub fn set_demanded_from(tx: &mut Tx<'_>, tenant: &Tenant, from: CivilDate) -> Result<(), StoreError> {
    tx.execute("UPDATE institutions SET second_factor_from = $1 WHERE code = $2", values![&from.to_string(), tenant]).map(|_| ())
}

/// People's accounts of the institution that may be used on a day, and those of them without a second factor.
pub fn count_people(tx: &mut Tx<'_>, tenant: &Tenant, today: CivilDate) -> Result<(u32, u32), StoreError> {
    let found = tx.row(
        "SELECT count(*) AS people, count(factor_since) AS guarded FROM accounts
         WHERE institution = $1 AND kind NOT IN ('link', 'web_api') AND suspended_at IS NULL
           AND (valid_from IS NULL OR valid_from <= $2) AND (valid_until IS NULL OR valid_until >= $2)",
        values![tenant, &today.to_string()],
        |row| Ok((row.get::<i64>("people")?, row.get::<i64>("guarded")?)),
    )?;
    let (people, guarded) = found.unwrap_or_default();
    let count = |number: i64| u32::try_from(number).map_err(|_| StoreError::Damaged("count"));
    Ok((count(people)?, count(people - guarded)?))
}

/// The passkeys of an account, in the order in which they were registered.
pub fn passkeys(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<Vec<PasskeyRecord>, StoreError> {
    tx.rows(
        "SELECT id, credential_id, name, credential, added_at, last_used_at FROM passkeys
         WHERE institution = $1 AND user_id = $2 ORDER BY added_at, id",
        values![tenant, user],
        read_passkey,
    )
}

/// Reads the columns of a passkey, of an account or of a device.
pub(super) fn read_passkey(row: &Row<'_>) -> Result<PasskeyRecord, StoreError> {
    Ok(PasskeyRecord {
        id: row.get("id")?,
        credential_id: row.get("credential_id")?,
        name: row.get("name")?,
        credential: row.get("credential")?,
        added_at: row.instant("added_at")?,
        last_used_at: row.maybe_instant("last_used_at")?,
    })
}

/// The passkey that authenticators name so, and whose it is. Asked at a login that names nobody.
pub fn passkey_of_anybody(tx: &mut Tx<'_>, credential_id: &[u8]) -> Result<Option<(InstitutionCode, UserId, PasskeyRecord)>, StoreError> {
    tx.row(
        "SELECT institution, user_id, id, credential_id, name, credential, added_at, last_used_at FROM passkeys WHERE credential_id = $1",
        values![credential_id],
        |row| Ok((code_of(&row.get::<String>("institution")?)?, user_of(&row.get::<String>("user_id")?)?, read_passkey(row)?)),
    )
}

/// Adds a passkey; false when it is somebody's already.
pub fn add_passkey(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, new: &PasskeyRecord) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO passkeys (id, institution, user_id, credential_id, name, credential, added_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential_id) DO NOTHING",
        values![&new.id, tenant, user, &new.credential_id, &new.name, &new.credential, new.added_at],
    )?;
    Ok(added == 1)
}

/// Notes that a passkey was used, and what the library keeps of it since.
pub fn use_passkey(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, used: &PasskeyRecord) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE passkeys SET credential = $1, last_used_at = $2 WHERE institution = $3 AND user_id = $4 AND id = $5",
        values![&used.credential, used.last_used_at, tenant, user, &used.id],
    )
    .map(|_| ())
}

/// Removes a passkey; false when the account has no such one.
pub fn remove_passkey(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, id: &str) -> Result<bool, StoreError> {
    let removed = tx.execute("DELETE FROM passkeys WHERE institution = $1 AND user_id = $2 AND id = $3", values![tenant, user, id])?;
    Ok(removed == 1)
}

/// Removes every passkey of an account.
pub fn remove_passkeys(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM passkeys WHERE institution = $1 AND user_id = $2", values![tenant, user]).map(|_| ())
}

/// The authenticator app of an account.
pub fn totp(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<Option<TotpRecord>, StoreError> {
    tx.row(
        "SELECT secret, last_step, added_at, last_used_at FROM totps WHERE institution = $1 AND user_id = $2",
        values![tenant, user],
        |row| {
            Ok(TotpRecord {
                secret: row.get("secret")?,
                last_step: row.get("last_step")?,
                added_at: row.instant("added_at")?,
                last_used_at: row.maybe_instant("last_used_at")?,
            })
        },
    )
}

/// Adds an authenticator app; false when the account has one.
pub fn add_totp(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, new: &TotpRecord) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO totps (institution, user_id, secret, last_step, added_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (institution, user_id) DO NOTHING",
        values![tenant, user, &new.secret, new.last_step, new.added_at],
    )?;
    Ok(added == 1)
}

/// Uses up the code of 30 seconds; false when it, or one after it, was used before.
pub fn use_totp(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, step: i64, at: UnixMs) -> Result<bool, StoreError> {
    let used = tx.execute(
        "UPDATE totps SET last_step = $1, last_used_at = $2 WHERE institution = $3 AND user_id = $4 AND last_step < $1",
        values![step, at, tenant, user],
    )?;
    Ok(used == 1)
}

/// Removes the authenticator app; false when there is none.
pub fn remove_totp(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM totps WHERE institution = $1 AND user_id = $2", values![tenant, user])? == 1)
}

/// How many recovery codes are left, and when they were made; `None`: there is no set.
pub fn recovery(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<Option<(u32, UnixMs)>, StoreError> {
    let found = tx.row(
        "SELECT count(*) - count(used_at) AS fresh, max(made_at) AS made_at FROM recovery_codes WHERE institution = $1 AND user_id = $2",
        values![tenant, user],
        |row| Ok((row.get::<i64>("fresh")?, row.maybe_instant("made_at")?)),
    )?;
    let Some((fresh, Some(made_at))) = found else { return Ok(None) };
    Ok(Some((u32::try_from(fresh).map_err(|_| StoreError::Damaged("count"))?, made_at)))
}

/// Adds a recovery code.
pub fn add_recovery(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, hash: &Sha256, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("INSERT INTO recovery_codes (institution, user_id, hash, made_at) VALUES ($1, $2, $3, $4)", values![tenant, user, hash, at])
        .map(|_| ())
}

/// Uses up a recovery code; false when it is none, or was used before.
pub fn use_recovery(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, hash: &Sha256, at: UnixMs) -> Result<bool, StoreError> {
    let used = tx.execute(
        "UPDATE recovery_codes SET used_at = $1 WHERE institution = $2 AND user_id = $3 AND hash = $4 AND used_at IS NULL",
        values![at, tenant, user, hash],
    )?;
    Ok(used == 1)
}

/// Removes the set of recovery codes.
pub fn remove_recovery(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM recovery_codes WHERE institution = $1 AND user_id = $2", values![tenant, user]).map(|_| ())
}

/// Keeps what a question's answer is judged by, in place of an earlier question of the same purpose.
pub fn put_question(tx: &mut Tx<'_>, holder: &Sha256, purpose: &str, state: &str, ends_at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO factor_questions (holder_sha256, purpose, state, ends_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (holder_sha256, purpose) DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at",
        values![holder, purpose, state, ends_at],
    )
    .map(|_| ())
}

/// A question and when it ends.
pub fn question(tx: &mut Tx<'_>, holder: &Sha256, purpose: &str) -> Result<Option<(String, UnixMs)>, StoreError> {
    tx.row("SELECT state, ends_at FROM factor_questions WHERE holder_sha256 = $1 AND purpose = $2", values![holder, purpose], |row| {
        Ok((row.get("state")?, row.instant("ends_at")?))
    })
}

/// Removes a question; false when another took it first.
pub fn remove_question(tx: &mut Tx<'_>, holder: &Sha256, purpose: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM factor_questions WHERE holder_sha256 = $1 AND purpose = $2", values![holder, purpose])? == 1)
}

/// Removes 500 questions at most that ended by `at`; says how many.
pub fn forget_questions(tx: &mut Tx<'_>, at: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM factor_questions WHERE (holder_sha256, purpose) IN
           (SELECT holder_sha256, purpose FROM factor_questions WHERE ends_at <= $1 LIMIT 500)",
        values![at],
    )
}

/// Adds a login between password and second factor.
pub fn add_step(tx: &mut Tx<'_>, step: &LoginStep) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO login_steps (id_sha256, institution, user_id, judged_sha256, opened_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)",
        values![&step.id_sha256, &step.institution, &step.user, &step.judged_sha256, step.opened_at, step.ends_at],
    )
    .map(|_| ())
}

/// A login between password and second factor, whatever its age.
pub fn find_step(tx: &mut Tx<'_>, id_sha256: &Sha256) -> Result<Option<LoginStep>, StoreError> {
    tx.row(
        "SELECT id_sha256, institution, user_id, judged_sha256, opened_at, ends_at FROM login_steps WHERE id_sha256 = $1",
        values![id_sha256],
        |row| {
            Ok(LoginStep {
                id_sha256: fixed(row.get("id_sha256")?)?,
                institution: code_of(&row.get::<String>("institution")?)?,
                user: user_of(&row.get::<String>("user_id")?)?,
                judged_sha256: fixed(row.get("judged_sha256")?)?,
                opened_at: row.instant("opened_at")?,
                ends_at: row.instant("ends_at")?,
            })
        },
    )
}

/// Removes one; false when another took it first.
pub fn remove_step(tx: &mut Tx<'_>, id_sha256: &Sha256) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM login_steps WHERE id_sha256 = $1", values![id_sha256])? == 1)
}

/// Removes those of an account.
pub fn remove_steps_of(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM login_steps WHERE institution = $1 AND user_id = $2", values![tenant, user]).map(|_| ())
}

/// Removes 500 at most that ended by `at` or opened after `not_yet`; says how many.
pub fn forget_steps(tx: &mut Tx<'_>, at: UnixMs, not_yet: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM login_steps WHERE id_sha256 IN
           (SELECT id_sha256 FROM login_steps WHERE ends_at <= $1 OR opened_at > $2 LIMIT 500)",
        values![at, not_yet],
    )
}

/// Removes every such login and every question of all institutions; says how many there were.
pub fn end_all(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    Ok(tx.execute("DELETE FROM login_steps", values![])? + tx.execute("DELETE FROM factor_questions", values![])?)
}
