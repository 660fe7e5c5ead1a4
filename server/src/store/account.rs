//! Statements on accounts and their sessions.

use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;

use super::readable::{Readable, page, readable};
use super::tx::{Row, Tx, values};
use super::{
    Account, AccountEntry, CodeId, Institution, SessionFound, SessionRecord, Sha256, StoreError, code_of, factor, fixed, institution,
    user_of,
};
use crate::tenant::Tenant;

fn kind_text(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Master => "master",
        AccountKind::Admin => "admin",
        AccountKind::General => "general",
        AccountKind::Viewer => "viewer",
        AccountKind::Link => "link",
        AccountKind::WebApi => "web_api",
    }
}

fn kind_of(text: &str) -> Result<AccountKind, StoreError> {
    AccountKind::ALL.into_iter().find(|kind| kind_text(*kind) == text).ok_or(StoreError::Damaged("account kind"))
}

fn day_of(text: Option<String>) -> Result<Option<CivilDate>, StoreError> {
    text.map(|text| CivilDate::try_from(text.as_str()).map_err(|_| StoreError::Damaged("day"))).transpose()
}

fn read(row: &Row<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        user: user_of(&row.get::<String>("user_id")?)?,
        name: row.get("name")?,
        kana: row.get("kana")?,
        kind: kind_of(&row.get::<String>("kind")?)?,
        password_hash: row.get("password_hash")?,
        must_change_password: row.get("must_change_password")?,
        valid_from: day_of(row.get("valid_from")?)?,
        valid_until: day_of(row.get("valid_until")?)?,
        suspended_at: row.maybe_instant("suspended_at")?,
    })
}

fn read_entry(row: &Row<'_>) -> Result<AccountEntry, StoreError> {
    Ok(AccountEntry {
        account: read(row)?,
        last_login_at: row.maybe_instant("last_login_at")?,
        waits_until: row.maybe_instant("waits_until")?,
        factor_since: row.maybe_instant("factor_since")?,
    })
}

fn day_text(day: Option<CivilDate>) -> Option<String> {
    day.map(|day| day.to_string())
}

/// An account and its institution. Asked at a login, where code and user are what somebody typed and prove nothing.
///
/// # Errors
/// What the database says; so for every function here.
pub fn find(tx: &mut Tx<'_>, code: &InstitutionCode, user: &UserId) -> Result<Option<(Account, Institution)>, StoreError> {
    tx.row(
        "SELECT a.user_id, a.name, a.kind, a.password_hash, a.must_change_password, a.valid_from, a.valid_until, a.kana, a.suspended_at,
                i.code, i.name AS institution_name, i.settings_version, i.edition, t.content AS settings
         FROM accounts a JOIN institutions i ON i.code = a.institution
              JOIN settings t ON t.institution = i.code AND t.version = i.settings_version WHERE a.institution = $1 AND a.user_id = $2",
        values![code, user],
        |row| Ok((read(row)?, institution::read(row)?)),
    )
}

/// Adds an account; false when the id is taken. One that differs from another in large and small letters only is refused by the index:
/// [`is_taken`] is asked first.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, account: &Account) -> Result<bool, StoreError> {
    let (from, until) = (day_text(account.valid_from), day_text(account.valid_until));
    let added = tx.execute(
        "INSERT INTO accounts (institution, user_id, name, kind, password_hash, must_change_password, valid_from, valid_until, kana)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (institution, user_id) DO NOTHING",
        values![
            tenant,
            &account.user,
            &account.name,
            kind_text(account.kind),
            &account.password_hash,
            account.must_change_password,
            from.as_deref(),
            until.as_deref(),
            &account.kana,
        ],
    )?;
    Ok(added == 1)
}

/// An account of the institution.
pub fn of(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<Option<AccountEntry>, StoreError> {
    tx.row(
        "SELECT user_id, name, kana, kind, password_hash, must_change_password, valid_from, valid_until, suspended_at, last_login_at,
                waits_until, factor_since
         FROM accounts WHERE institution = $1 AND user_id = $2",
        values![tenant, user],
        read_entry,
    )
}

/// True where the ID is taken, also by one that differs in large and small letters only.
pub fn is_taken(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<bool, StoreError> {
    let found =
        tx.row("SELECT user_id FROM accounts WHERE institution = $1 AND lower(user_id) = lower($2)", values![tenant, user], |row| {
            row.get::<String>("user_id")
        })?;
    Ok(found.is_some())
}

/// The accounts of the institution by their IDs, those after `after`.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, after: Option<&UserId>, rows: u32) -> Result<Readable<AccountEntry>, StoreError> {
    let found = tx.rows(
        "SELECT user_id, name, kana, kind, password_hash, must_change_password, valid_from, valid_until, suspended_at, last_login_at,
                waits_until, factor_since
         FROM accounts WHERE institution = $1 AND user_id > $2 ORDER BY user_id LIMIT $3",
        values![tenant, after.map_or("", UserId::as_str), rows.saturating_add(1)],
        |row| readable("accounts", row.get::<String>("user_id")?, read_entry(row)),
    )?;
    Ok(page(found, rows))
}

/// Every account of a kind, of the institution.
pub fn of_kind(tx: &mut Tx<'_>, tenant: &Tenant, kind: AccountKind) -> Result<Vec<Account>, StoreError> {
    tx.rows(
        "SELECT user_id, name, kana, kind, password_hash, must_change_password, valid_from, valid_until, suspended_at
         FROM accounts WHERE institution = $1 AND kind = $2",
        values![tenant, kind_text(kind)],
        read,
    )
}

/// Keeps name, kana and period.
pub fn change(tx: &mut Tx<'_>, tenant: &Tenant, account: &Account) -> Result<(), StoreError> {
    let (from, until) = (day_text(account.valid_from), day_text(account.valid_until));
    tx.execute(
        "UPDATE accounts SET name = $1, kana = $2, valid_from = $3, valid_until = $4 WHERE institution = $5 AND user_id = $6",
        values![&account.name, &account.kana, from.as_deref(), until.as_deref(), tenant, &account.user],
    )
    .map(|_| ())
}

/// Stops an account, or lets it in again.
pub fn set_suspended(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, at: Option<UnixMs>) -> Result<(), StoreError> {
    tx.execute("UPDATE accounts SET suspended_at = $1 WHERE institution = $2 AND user_id = $3", values![at, tenant, user]).map(|_| ())
}

/// Sets an initial password: it must be changed at the next login.
pub fn set_first_password(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, password_hash: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE accounts SET password_hash = $1, must_change_password = $2 WHERE institution = $3 AND user_id = $4",
        values![password_hash, true, tenant, user],
    )
    .map(|_| ())
}

/// Failed logins of before this instant do not count.
pub fn set_unlocked(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE accounts SET unlocked_at = $1, waits_until = NULL WHERE institution = $2 AND user_id = $3",
        values![at, tenant, user],
    )
    .map(|_| ())
}

/// Notes until when logins of an account have to wait somewhere, for who looks after it. The wait itself is the counters'.
pub fn note_wait(tx: &mut Tx<'_>, code: &InstitutionCode, user: &UserId, until: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE accounts SET waits_until = $1 WHERE institution = $2 AND user_id = $3", values![until, code, user]).map(|_| ())
}

/// Notes that they need not wait: its password was right.
pub fn note_no_wait(tx: &mut Tx<'_>, code: &InstitutionCode, user: &UserId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE accounts SET waits_until = NULL WHERE institution = $1 AND user_id = $2 AND waits_until IS NOT NULL",
        values![code, user],
    )
    .map(|_| ())
}

/// Since when failed logins count. Asked at a login, where code and user are what somebody typed and prove nothing.
pub fn unlocked_at(tx: &mut Tx<'_>, code: &InstitutionCode, user: &UserId) -> Result<Option<UnixMs>, StoreError> {
    let found = tx.row("SELECT unlocked_at FROM accounts WHERE institution = $1 AND user_id = $2", values![code, user], |row| {
        row.maybe_instant("unlocked_at")
    })?;
    Ok(found.flatten())
}

/// Notes a login.
pub fn note_login(tx: &mut Tx<'_>, code: &InstitutionCode, user: &UserId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE accounts SET last_login_at = $1 WHERE institution = $2 AND user_id = $3", values![at, code, user]).map(|_| ())
}

/// Sets a password that its holder chose, if the present hash is `judged` and the session `by` is the account's.
pub fn set_password(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    user: &UserId,
    by: &Sha256,
    judged: &str,
    password_hash: &str,
) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE accounts SET password_hash = $1, must_change_password = $2 WHERE institution = $3 AND user_id = $4 AND password_hash = $5
           AND EXISTS (SELECT 1 FROM sessions WHERE id_sha256 = $6 AND institution = $3 AND user_id = $4)",
        values![password_hash, false, tenant, user, judged, by],
    )?;
    Ok(changed == 1)
}

/// Adds a session, if the account's hash is still `judged`, whoever knew the password is that account, and it is not stopped.
pub fn add_session(tx: &mut Tx<'_>, session: &SessionRecord, judged: &str) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO sessions (id_sha256, institution, user_id, opened_at, seen_at, ends_at, address, proved_at, device)
         SELECT $1, institution, user_id, $2, $3, $4, $8, $9, $10 FROM accounts
         WHERE institution = $5 AND user_id = $6 AND password_hash = $7 AND suspended_at IS NULL",
        values![
            &session.id_sha256,
            session.opened_at,
            session.seen_at,
            session.ends_at,
            &session.institution,
            &session.user,
            judged,
            session.address.as_deref(),
            session.proved_at,
            session.device.as_ref(),
        ],
    )?;
    Ok(added == 1)
}

/// Reads the columns `code`, `user_id`, and those of a session.
fn read_session(row: &Row<'_>) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        id_sha256: fixed(row.get("id_sha256")?)?,
        institution: code_of(&row.get::<String>("code")?)?,
        user: user_of(&row.get::<String>("user_id")?)?,
        opened_at: row.instant("opened_at")?,
        seen_at: row.instant("seen_at")?,
        ends_at: row.instant("ends_at")?,
        address: row.get("address")?,
        locked_at: row.maybe_instant("locked_at")?,
        proved_at: row.instant("proved_at")?,
        device: row.get::<Option<String>>("device")?.map(|id| CodeId::parse(&id).ok_or(StoreError::Damaged("device"))).transpose()?,
    })
}

/// The sessions of an account, the last seen first.
pub fn sessions_of(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<Vec<SessionRecord>, StoreError> {
    tx.rows(
        "SELECT id_sha256, institution AS code, user_id, opened_at, seen_at, ends_at, address, locked_at, proved_at, device FROM sessions
         WHERE institution = $1 AND user_id = $2 ORDER BY seen_at DESC, id_sha256",
        values![tenant, user],
        read_session,
    )
}

/// Removes a session, if it is of this account.
pub fn end_session_of(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, id_sha256: &Sha256) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE id_sha256 = $1 AND institution = $2 AND user_id = $3", values![id_sha256, tenant, user])
        .map(|_| ())
}

/// A session, whatever its age, with its account and institution.
pub fn find_session(tx: &mut Tx<'_>, id_sha256: &Sha256) -> Result<Option<SessionFound>, StoreError> {
    tx.row(
        "SELECT s.id_sha256, s.opened_at, s.seen_at, s.ends_at, s.address, s.locked_at,
                s.proved_at, s.device, a.factor_since, i.second_factor_from,
                a.user_id, a.name, a.kind, a.password_hash, a.must_change_password, a.valid_from, a.valid_until, a.kana, a.suspended_at,
                i.code, i.name AS institution_name, i.settings_version, i.edition, t.content AS settings,
                i.is_training, i.closed_at
         FROM sessions s JOIN accounts a ON a.institution = s.institution AND a.user_id = s.user_id
              JOIN institutions i ON i.code = s.institution
              JOIN settings t ON t.institution = i.code AND t.version = i.settings_version WHERE s.id_sha256 = $1",
        values![id_sha256],
        |row| {
            let session = read_session(row)?;
            let (standing, factor) = (institution::read_standing(row)?, factor::standing_of(row)?);
            Ok(SessionFound { session, account: read(row)?, institution: institution::read(row)?, standing, factor })
        },
    )
}

/// Notes that a session was used; never back in time.
pub fn touch_session(tx: &mut Tx<'_>, id_sha256: &Sha256, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE sessions SET seen_at = $1 WHERE id_sha256 = $2 AND seen_at < $1", values![at, id_sha256]).map(|_| ())
}

/// Locks a session that is not locked yet.
pub fn lock_session(tx: &mut Tx<'_>, tenant: &Tenant, id_sha256: &Sha256, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE sessions SET locked_at = $1 WHERE id_sha256 = $2 AND institution = $3 AND locked_at IS NULL",
        values![at, id_sha256, tenant],
    )
    .map(|_| ())
}

/// Unlocks a session, which is named `next` from then on and counts as seen, if its account's hash is still `judged` and it is not
/// stopped; false when it is not, or the session has ended.
pub fn unlock_session(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id_sha256: &Sha256,
    judged: &str,
    next: &Sha256,
    at: UnixMs,
) -> Result<bool, StoreError> {
    let unlocked = tx.execute(
        "UPDATE sessions SET id_sha256 = $1, locked_at = NULL, seen_at = $2 WHERE id_sha256 = $3 AND institution = $4
           AND EXISTS (SELECT 1 FROM accounts a WHERE a.institution = sessions.institution AND a.user_id = sessions.user_id
                       AND a.password_hash = $5 AND a.suspended_at IS NULL)",
        values![next, at, id_sha256, tenant, judged],
    )?;
    Ok(unlocked == 1)
}

/// Removes a session.
pub fn end_session(tx: &mut Tx<'_>, id_sha256: &Sha256) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE id_sha256 = $1", values![id_sha256]).map(|_| ())
}

/// Who is at the screen of a session was proved: it goes on under another id.
pub fn renew_session(tx: &mut Tx<'_>, former: &Sha256, id_sha256: &Sha256, at: UnixMs) -> Result<bool, StoreError> {
    let renewed = tx
        .execute("UPDATE sessions SET id_sha256 = $1, proved_at = $2, seen_at = $2 WHERE id_sha256 = $3", values![id_sha256, at, former])?;
    Ok(renewed == 1)
}

/// Removes every session of an account but one.
pub fn end_other_sessions(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, own: &Sha256) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE institution = $1 AND user_id = $2 AND id_sha256 <> $3", values![tenant, user, own]).map(|_| ())
}

/// Removes every session of an account, and every login of it between password and second factor.
pub fn end_sessions_of(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<(), StoreError> {
    factor::remove_steps_of(tx, tenant, user)?;
    tx.execute("DELETE FROM sessions WHERE institution = $1 AND user_id = $2", values![tenant, user]).map(|_| ())
}

/// Removes every session of everyone; says how many.
pub fn end_all_sessions(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM sessions", values![])
}

/// Removes 500 sessions at most that ended by `at`, were last seen at `idle_since` or before, or opened after `not_yet`; says how many.
pub fn drop_ended_sessions(tx: &mut Tx<'_>, at: UnixMs, idle_since: UnixMs, not_yet: UnixMs) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM sessions WHERE id_sha256 IN
           (SELECT id_sha256 FROM sessions WHERE ends_at <= $1 OR seen_at <= $2 OR opened_at > $3 LIMIT 500)",
        values![at, idle_since, not_yet],
    )
}
