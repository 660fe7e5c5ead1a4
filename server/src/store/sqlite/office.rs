//! Institutions, URLs, accounts, sessions, login attempts, audit: their SQL.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, ReceptionToken, Use};
use sqlx::{Row as _, SqliteConnection, SqlitePool};

use super::{add_audit, rows};
use crate::store::{
    Account, Attempt, AttemptPolicy, AuditEntry, Institution, NewInstitution, NewPassword, ReceptionPage, ReceptionUrlRecord, SessionFound,
    SessionRecord, Sha256, StoreError,
};

/// SHA-256 of a token's text: what a URL is found by.
fn token_sha256(token: &ReceptionToken) -> Sha256 {
    crate::sha256(token.as_str().as_bytes())
}

/// True when the data are of this kind; sets it where none is set.
pub(super) async fn is_of(connection: &mut SqliteConnection, kind: &str) -> Result<bool, StoreError> {
    sqlx::query("INSERT INTO deployment (one, kind) VALUES (1, ?) ON CONFLICT DO NOTHING").bind(kind).execute(&mut *connection).await?;
    let found: String = sqlx::query_scalar("SELECT kind FROM deployment").fetch_one(connection).await?;
    Ok(found == kind)
}

pub(super) async fn add_institution(connection: &mut SqliteConnection, new: &NewInstitution) -> Result<bool, StoreError> {
    let Institution { code, name, contact, uses_home_visit, shows_eligibility } = &new.institution;
    let added = sqlx::query(
        "INSERT INTO institutions (code, name, contact, uses_home_visit, shows_eligibility, added_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(code.as_str())
    .bind(name)
    .bind(contact)
    .bind(uses_home_visit)
    .bind(shows_eligibility)
    .bind(new.at.0)
    .execute(&mut *connection)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    add_url(connection, code, Use::HomeVisit, &new.token, new.at).await?;
    for account in &new.accounts {
        add_account(connection, code, account).await?;
    }
    Ok(true)
}

async fn add_url(
    connection: &mut SqliteConnection,
    code: &InstitutionCode,
    r#use: Use,
    token: &ReceptionToken,
    at: UnixMs,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO reception_urls (token_sha256, institution, use, token, issued_at) VALUES (?, ?, ?, ?, ?)")
        .bind(token_sha256(token).as_slice())
        .bind(code.as_str())
        .bind(i64::from(r#use.code()))
        .bind(token.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn institution(readers: &SqlitePool, code: &InstitutionCode) -> Result<Option<Institution>, StoreError> {
    let row =
        sqlx::query("SELECT code, name AS institution_name, contact, uses_home_visit, shows_eligibility FROM institutions WHERE code = ?")
            .bind(code.as_str())
            .fetch_optional(readers)
            .await?;
    row.as_ref().map(rows::institution).transpose()
}

pub(super) async fn switch_home_visit(connection: &mut SqliteConnection, code: &InstitutionCode, is_on: bool) -> Result<(), StoreError> {
    sqlx::query("UPDATE institutions SET uses_home_visit = ? WHERE code = ?").bind(is_on).bind(code.as_str()).execute(connection).await?;
    Ok(())
}

pub(super) async fn switch_eligibility_view(c: &mut SqliteConnection, code: &InstitutionCode, is_on: bool) -> Result<(), StoreError> {
    sqlx::query("UPDATE institutions SET shows_eligibility = ? WHERE code = ?").bind(is_on).bind(code.as_str()).execute(c).await?;
    Ok(())
}

pub(super) async fn reception_page(readers: &SqlitePool, token_sha256: Sha256) -> Result<Option<ReceptionPage>, StoreError> {
    let row = sqlx::query(
        "SELECT i.code, i.name AS institution_name, i.contact, i.uses_home_visit, i.shows_eligibility, u.use, u.retired_at
         FROM reception_urls u JOIN institutions i ON i.code = u.institution WHERE u.token_sha256 = ?",
    )
    .bind(token_sha256.as_slice())
    .fetch_optional(readers)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let is_current = row.try_get::<Option<i64>, _>("retired_at")?.is_none();
    Ok(Some(ReceptionPage { institution: rows::institution(&row)?, r#use: rows::use_of(row.try_get("use")?)?, is_current }))
}

pub(super) async fn reception_url(
    connection: &mut SqliteConnection,
    code: &InstitutionCode,
    r#use: Use,
) -> Result<Option<ReceptionUrlRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT token, issued_at, (SELECT count(*) FROM reception_urls WHERE institution = ?1 AND use = ?2 AND retired_at IS NOT NULL)
           AS former FROM reception_urls WHERE institution = ?1 AND use = ?2 AND retired_at IS NULL",
    )
    .bind(code.as_str())
    .bind(i64::from(r#use.code()))
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ReceptionUrlRecord {
        token: ReceptionToken::try_from(row.try_get::<&str, _>("token")?).map_err(|_| StoreError::Damaged("token"))?,
        issued_at: UnixMs(row.try_get("issued_at")?),
        former_urls: row.try_get("former")?,
    }))
}

pub(super) async fn change_reception_url(
    connection: &mut SqliteConnection,
    r#use: Use,
    present: &ReceptionToken,
    next: &ReceptionToken,
    audit: &AuditEntry,
) -> Result<Option<ReceptionUrlRecord>, StoreError> {
    let Some(code) = &audit.institution else { return Ok(None) };
    let retired = sqlx::query(
        "UPDATE reception_urls SET token = NULL, retired_at = ? WHERE token_sha256 = ? AND institution = ? AND use = ? AND retired_at IS NULL",
    )
    .bind(audit.at.0)
    .bind(token_sha256(present).as_slice())
    .bind(code.as_str())
    .bind(i64::from(r#use.code()))
    .execute(&mut *connection)
    .await?;
    if retired.rows_affected() == 0 {
        return Ok(None);
    }
    add_url(connection, code, r#use, next, audit.at).await?;
    add_audit(connection, audit).await?;
    reception_url(connection, code, r#use).await
}

const ACCOUNT: &str = "SELECT a.user, a.name, a.kind, a.password_hash, a.must_change_password, a.valid_from, a.valid_until, \
     i.code, i.name AS institution_name, i.contact, i.uses_home_visit, i.shows_eligibility \
     FROM accounts a JOIN institutions i ON i.code = a.institution WHERE a.institution = ? AND a.user = ?";

pub(super) async fn account(
    readers: &SqlitePool,
    code: &InstitutionCode,
    user: &UserId,
) -> Result<Option<(Account, Institution)>, StoreError> {
    let row = sqlx::query(ACCOUNT).bind(code.as_str()).bind(user.as_str()).fetch_optional(readers).await?;
    row.map(|row| Ok((rows::account(&row)?, rows::institution(&row)?))).transpose()
}

pub(super) async fn add_account(connection: &mut SqliteConnection, code: &InstitutionCode, account: &Account) -> Result<bool, StoreError> {
    let added = sqlx::query(
        "INSERT INTO accounts (institution, user, name, kind, password_hash, must_change_password, valid_from, valid_until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(code.as_str())
    .bind(account.user.as_str())
    .bind(&account.name)
    .bind(rows::kind_text(account.kind))
    .bind(&account.password_hash)
    .bind(account.must_change_password)
    .bind(account.valid_from.map(|day| day.to_string()))
    .bind(account.valid_until.map(|day| day.to_string()))
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn change_password(connection: &mut SqliteConnection, new: &NewPassword) -> Result<bool, StoreError> {
    let NewPassword { session, former, judged, password_hash, audit } = new;
    let changed = sqlx::query(
        "UPDATE accounts SET password_hash = ?1, must_change_password = 0 WHERE institution = ?2 AND user = ?3 AND password_hash = ?4
           AND EXISTS (SELECT 1 FROM sessions WHERE id_sha256 = ?5 AND institution = ?2 AND user = ?3)",
    )
    .bind(password_hash)
    .bind(session.institution.as_str())
    .bind(session.user.as_str())
    .bind(judged)
    .bind(former.as_slice())
    .execute(&mut *connection)
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM sessions WHERE institution = ? AND user = ?")
        .bind(session.institution.as_str())
        .bind(session.user.as_str())
        .execute(&mut *connection)
        .await?;
    open_session(connection, session, password_hash, audit).await
}

pub(super) async fn open_session(
    connection: &mut SqliteConnection,
    session: &SessionRecord,
    judged: &str,
    audit: &AuditEntry,
) -> Result<bool, StoreError> {
    // Sessions that ended long ago leave with the next login.
    sqlx::query("DELETE FROM sessions WHERE ends_at <= ?").bind(audit.at.0).execute(&mut *connection).await?;
    let opened = sqlx::query(
        "INSERT INTO sessions (id_sha256, institution, user, opened_at, seen_at, ends_at)
         SELECT ?1, institution, user, ?2, ?3, ?4 FROM accounts WHERE institution = ?5 AND user = ?6 AND password_hash = ?7",
    )
    .bind(session.id_sha256.as_slice())
    .bind(session.opened_at.0)
    .bind(session.seen_at.0)
    .bind(session.ends_at.0)
    .bind(session.institution.as_str())
    .bind(session.user.as_str())
    .bind(judged)
    .execute(&mut *connection)
    .await?;
    if opened.rows_affected() == 0 {
        return Ok(false);
    }
    add_audit(connection, audit).await?;
    Ok(true)
}

pub(super) async fn session(readers: &SqlitePool, id_sha256: Sha256) -> Result<Option<SessionFound>, StoreError> {
    let row = sqlx::query(
        "SELECT s.id_sha256, s.institution, s.opened_at, s.seen_at, s.ends_at,
                a.user, a.name, a.kind, a.password_hash, a.must_change_password, a.valid_from, a.valid_until,
                i.code, i.name AS institution_name, i.contact, i.uses_home_visit, i.shows_eligibility
         FROM sessions s JOIN accounts a ON a.institution = s.institution AND a.user = s.user
              JOIN institutions i ON i.code = s.institution WHERE s.id_sha256 = ?",
    )
    .bind(id_sha256.as_slice())
    .fetch_optional(readers)
    .await?;
    row.map(|row| Ok(SessionFound { session: rows::session(&row)?, account: rows::account(&row)?, institution: rows::institution(&row)? }))
        .transpose()
}

pub(super) async fn touch_session(connection: &mut SqliteConnection, id_sha256: Sha256, at: UnixMs) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET seen_at = max(seen_at, ?) WHERE id_sha256 = ?")
        .bind(at.0)
        .bind(id_sha256.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn end_session(connection: &mut SqliteConnection, id_sha256: Sha256, audit: &AuditEntry) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE id_sha256 = ?").bind(id_sha256.as_slice()).execute(&mut *connection).await?;
    add_audit(connection, audit).await
}

pub(super) async fn count_attempt(
    connection: &mut SqliteConnection,
    keys: &[(Sha256, AttemptPolicy)],
    now: UnixMs,
) -> Result<Attempt, StoreError> {
    let (mut until, mut is_first) = (now, false);
    let mut counts = Vec::with_capacity(keys.len());
    for (key, policy) in keys {
        let row = sqlx::query("SELECT failures, blocked_until, last_at, is_told FROM login_attempts WHERE key_sha256 = ?")
            .bind(key.as_slice())
            .fetch_optional(&mut *connection)
            .await?;
        let Some(row) = row else {
            counts.push(1);
            continue;
        };
        let (blocked_until, last_at, is_told): (i64, i64, bool) =
            (row.try_get("blocked_until")?, row.try_get("last_at")?, row.try_get("is_told")?);
        if now.0.saturating_sub(last_at) >= policy.forget_after_ms {
            counts.push(1);
            continue;
        }
        counts.push(row.try_get::<u32, _>("failures")?.saturating_add(1));
        // A clock that was put back must not make a wait longer than any wait is.
        let blocked = UnixMs(blocked_until).min(now.plus_ms(policy.longest_wait_ms));
        if blocked <= now {
            continue;
        }
        until = until.max(blocked);
        is_first |= !is_told;
        if !is_told || blocked.0 < blocked_until || last_at > now.0 {
            sqlx::query("UPDATE login_attempts SET is_told = 1, blocked_until = ?, last_at = min(last_at, ?) WHERE key_sha256 = ?")
                .bind(blocked.0)
                .bind(now.0)
                .bind(key.as_slice())
                .execute(&mut *connection)
                .await?;
        }
    }
    if until > now {
        return Ok(Attempt::Wait { until, is_first });
    }
    let forget_after_ms = keys.iter().map(|(_, policy)| policy.forget_after_ms).max().unwrap_or(i64::MAX);
    sqlx::query("DELETE FROM login_attempts WHERE last_at <= ?")
        .bind(now.0.saturating_sub(forget_after_ms))
        .execute(&mut *connection)
        .await?;
    for ((key, policy), failures) in keys.iter().zip(counts) {
        sqlx::query(
            "INSERT INTO login_attempts (key_sha256, failures, blocked_until, last_at) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET failures = excluded.failures, blocked_until = excluded.blocked_until, last_at = excluded.last_at,
               is_told = 0",
        )
        .bind(key.as_slice())
        .bind(failures)
        .bind(now.plus_ms(policy.wait_ms(failures)).0)
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(Attempt::Allowed)
}

pub(super) async fn forgive_attempt(connection: &mut SqliteConnection, forget: &[Sha256], give_back: &[Sha256]) -> Result<(), StoreError> {
    for key in forget {
        sqlx::query("DELETE FROM login_attempts WHERE key_sha256 = ?").bind(key.as_slice()).execute(&mut *connection).await?;
    }
    for key in give_back {
        // The try was let in, so nothing blocked the key before it was counted.
        sqlx::query("UPDATE login_attempts SET failures = max(failures - 1, 0), blocked_until = 0, is_told = 0 WHERE key_sha256 = ?")
            .bind(key.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub(super) async fn audit_of(readers: &SqlitePool, code: &InstitutionCode) -> Result<Vec<AuditEntry>, StoreError> {
    let found = sqlx::query("SELECT at, actor, action, subject, outcome FROM audit WHERE institution = ? ORDER BY id")
        .bind(code.as_str())
        .fetch_all(readers)
        .await?;
    found
        .iter()
        .map(|row| {
            Ok(AuditEntry {
                at: UnixMs(row.try_get("at")?),
                institution: Some(code.clone()),
                actor: row.try_get("actor")?,
                action: row.try_get::<String, _>("action")?.into(),
                subject: row.try_get("subject")?,
                outcome: row.try_get("outcome")?,
            })
        })
        .collect()
}
