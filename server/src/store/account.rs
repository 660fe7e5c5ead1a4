//! Statements on accounts and their sessions.

use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;

use super::tx::{Row, Tx, values};
use super::{Account, Institution, SessionFound, SessionRecord, Sha256, StoreError, code_of, fixed, institution, user_of};
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
        kind: kind_of(&row.get::<String>("kind")?)?,
        password_hash: row.get("password_hash")?,
        must_change_password: row.get("must_change_password")?,
        valid_from: day_of(row.get("valid_from")?)?,
        valid_until: day_of(row.get("valid_until")?)?,
    })
}

/// An account and its institution. Asked at a login, where code and user are what somebody typed and prove nothing.
///
/// # Errors
/// What the database says; so for every function here.
pub fn find(tx: &mut Tx<'_>, code: &InstitutionCode, user: &UserId) -> Result<Option<(Account, Institution)>, StoreError> {
    tx.row(
        "SELECT a.user_id, a.name, a.kind, a.password_hash, a.must_change_password, a.valid_from, a.valid_until,
                i.code, i.name AS institution_name, i.contact, i.uses_home_visit, i.shows_eligibility
         FROM accounts a JOIN institutions i ON i.code = a.institution WHERE a.institution = $1 AND a.user_id = $2",
        values![code, user],
        |row| Ok((read(row)?, institution::read(row)?)),
    )
}

/// Adds an account; false when the id is taken.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, account: &Account) -> Result<bool, StoreError> {
    let day = |day: Option<CivilDate>| day.map(|day| day.to_string());
    let (from, until) = (day(account.valid_from), day(account.valid_until));
    let added = tx.execute(
        "INSERT INTO accounts (institution, user_id, name, kind, password_hash, must_change_password, valid_from, valid_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (institution, user_id) DO NOTHING",
        values![
            tenant,
            &account.user,
            &account.name,
            kind_text(account.kind),
            &account.password_hash,
            account.must_change_password,
            from.as_deref(),
            until.as_deref(),
        ],
    )?;
    Ok(added == 1)
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

/// Adds a session, if the account's hash is still `judged`: whoever knew the password is that account.
pub fn add_session(tx: &mut Tx<'_>, session: &SessionRecord, judged: &str) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO sessions (id_sha256, institution, user_id, opened_at, seen_at, ends_at)
         SELECT $1, institution, user_id, $2, $3, $4 FROM accounts WHERE institution = $5 AND user_id = $6 AND password_hash = $7",
        values![&session.id_sha256, session.opened_at, session.seen_at, session.ends_at, &session.institution, &session.user, judged,],
    )?;
    Ok(added == 1)
}

/// A session, whatever its age, with its account and institution.
pub fn find_session(tx: &mut Tx<'_>, id_sha256: &Sha256) -> Result<Option<SessionFound>, StoreError> {
    tx.row(
        "SELECT s.id_sha256, s.opened_at, s.seen_at, s.ends_at,
                a.user_id, a.name, a.kind, a.password_hash, a.must_change_password, a.valid_from, a.valid_until,
                i.code, i.name AS institution_name, i.contact, i.uses_home_visit, i.shows_eligibility
         FROM sessions s JOIN accounts a ON a.institution = s.institution AND a.user_id = s.user_id
              JOIN institutions i ON i.code = s.institution WHERE s.id_sha256 = $1",
        values![id_sha256],
        |row| {
            let session = SessionRecord {
                id_sha256: fixed(row.get("id_sha256")?)?,
                institution: code_of(&row.get::<String>("code")?)?,
                user: user_of(&row.get::<String>("user_id")?)?,
                opened_at: row.instant("opened_at")?,
                seen_at: row.instant("seen_at")?,
                ends_at: row.instant("ends_at")?,
            };
            Ok(SessionFound { session, account: read(row)?, institution: institution::read(row)? })
        },
    )
}

/// Notes that a session was used; never back in time.
pub fn touch_session(tx: &mut Tx<'_>, id_sha256: &Sha256, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE sessions SET seen_at = $1 WHERE id_sha256 = $2 AND seen_at < $1", values![at, id_sha256]).map(|_| ())
}

/// Removes a session.
pub fn end_session(tx: &mut Tx<'_>, id_sha256: &Sha256) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE id_sha256 = $1", values![id_sha256]).map(|_| ())
}

/// Removes every session of an account.
pub fn end_sessions_of(tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId) -> Result<(), StoreError> {
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
