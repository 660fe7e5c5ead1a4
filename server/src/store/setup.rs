//! Statements of home and checklist (OT-5, OT-19): what is there, what was ticked, and which terminal was restarted.

use shared::api::setup::{SetupUse, Step};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::VisitKind;

use super::tx::{Tx, values};
use super::{Sha256, StoreError, user_of};
use crate::tenant::Tenant;

/// True where an account that staff use on devices (一般利用者, 医療情報閲覧) is in its period and not stopped.
///
/// # Errors
/// What the database says; so for every function here.
pub fn has_staff(tx: &mut Tx<'_>, tenant: &Tenant, today: CivilDate) -> Result<bool, StoreError> {
    let found = tx.row(
        "SELECT user_id FROM accounts
         WHERE institution = $1 AND kind IN ('general', 'viewer') AND suspended_at IS NULL
           AND (valid_from IS NULL OR valid_from <= $2) AND (valid_until IS NULL OR valid_until >= $2) LIMIT 1",
        values![tenant, &today.to_string()],
        |row| row.get::<String>("user_id"),
    )?;
    Ok(found.is_some())
}

/// The last login of such accounts that have a password of their own (N029, N030).
pub fn staff_logged_in(tx: &mut Tx<'_>, tenant: &Tenant, today: CivilDate) -> Result<Option<UnixMs>, StoreError> {
    let last = tx.row(
        "SELECT MAX(last_login_at) AS last FROM accounts
         WHERE institution = $1 AND kind IN ('general', 'viewer') AND suspended_at IS NULL AND NOT must_change_password
           AND (valid_from IS NULL OR valid_from <= $2) AND (valid_until IS NULL OR valid_until >= $2)",
        values![tenant, &today.to_string()],
        |row| row.maybe_instant("last"),
    )?;
    Ok(last.flatten())
}

/// When the newest code was issued that a device has, or can still take.
pub fn code_issued(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Option<UnixMs>, StoreError> {
    let last = tx.row(
        "SELECT MAX(issued_at) AS last FROM codes
         WHERE institution = $1 AND invalidated_at IS NULL AND (used_at IS NOT NULL OR expires_at > $2)",
        values![tenant, now],
        |row| row.maybe_instant("last"),
    )?;
    Ok(last.flatten())
}

/// True where a code was ever issued.
pub fn has_code(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<bool, StoreError> {
    Ok(tx.row("SELECT id FROM codes WHERE institution = $1 LIMIT 1", values![tenant], |row| row.get::<String>("id"))?.is_some())
}

/// When a device that still counts asked last.
pub fn device_seen(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<UnixMs>, StoreError> {
    let last = tx.row(
        "SELECT MAX(last_seen_at) AS last FROM codes WHERE institution = $1 AND invalidated_at IS NULL AND used_at IS NOT NULL",
        values![tenant],
        |row| row.maybe_instant("last"),
    )?;
    Ok(last.flatten())
}

/// The last check of a use that went through.
pub fn last_check(tx: &mut Tx<'_>, tenant: &Tenant, of: VisitKind) -> Result<Option<UnixMs>, StoreError> {
    // By the index of days, from its end.
    tx.row(
        "SELECT consented_at FROM consents WHERE institution = $1 AND use = $2 ORDER BY consented_at DESC LIMIT 1",
        values![tenant, i64::from(of.code())],
        |row| row.instant("consented_at"),
    )
}

/// Who ticked a step, and when.
pub fn tick_of(tx: &mut Tx<'_>, tenant: &Tenant, list: SetupUse, step: Step) -> Result<Option<(UserId, UnixMs)>, StoreError> {
    tx.row(
        "SELECT ticked_by, ticked_at FROM setup_ticks WHERE institution = $1 AND list = $2 AND step = $3",
        values![tenant, list.word(), step.word()],
        |row| Ok((user_of(&row.get::<String>("ticked_by")?)?, row.instant("ticked_at")?)),
    )
}

/// Ticks a step; the last tick counts.
pub fn tick(tx: &mut Tx<'_>, tenant: &Tenant, list: SetupUse, step: Step, by: &UserId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO setup_ticks (institution, list, step, ticked_by, ticked_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (institution, list, step) DO UPDATE SET ticked_by = excluded.ticked_by, ticked_at = excluded.ticked_at",
        values![tenant, list.word(), step.word(), by, at],
    )
    .map(|_| ())
}

/// Takes a tick back.
pub fn untick(tx: &mut Tx<'_>, tenant: &Tenant, list: SetupUse, step: Step) -> Result<(), StoreError> {
    tx.execute("DELETE FROM setup_ticks WHERE institution = $1 AND list = $2 AND step = $3", values![tenant, list.word(), step.word()])
        .map(|_| ())
}

/// How many accounts that are not over still have their initial password and never logged in.
pub fn never_logged_in(tx: &mut Tx<'_>, tenant: &Tenant, today: CivilDate) -> Result<u32, StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS counted FROM accounts
         WHERE institution = $1 AND must_change_password AND last_login_at IS NULL AND suspended_at IS NULL
           AND kind IN ('general', 'viewer', 'link', 'web_api') AND (valid_until IS NULL OR valid_until >= $2)",
        values![tenant, &today.to_string()],
        |row| row.get::<i64>("counted"),
    )?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}

/// How many codes are unused and end between two instants.
pub fn codes_ending(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs, by: UnixMs) -> Result<u32, StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS counted FROM codes
         WHERE institution = $1 AND used_at IS NULL AND invalidated_at IS NULL AND expires_at > $2 AND expires_at <= $3",
        values![tenant, now, by],
        |row| row.get::<i64>("counted"),
    )?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}

/// When a terminal was restarted last, and who said so.
pub fn restart_of(tx: &mut Tx<'_>, tenant: &Tenant, browser: &Sha256) -> Result<Option<(UserId, UnixMs)>, StoreError> {
    tx.row("SELECT said_by, said_at FROM restarts WHERE institution = $1 AND browser_sha256 = $2", values![tenant, browser], |row| {
        Ok((user_of(&row.get::<String>("said_by")?)?, row.instant("said_at")?))
    })
}

/// Notes the restart of a terminal, and forgets those of terminals that said nothing since `forget_before`.
pub fn restarted(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    browser: &Sha256,
    by: &UserId,
    at: UnixMs,
    forget_before: UnixMs,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM restarts WHERE institution = $1 AND said_at < $2", values![tenant, forget_before])?;
    tx.execute(
        "INSERT INTO restarts (institution, browser_sha256, said_at, said_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (institution, browser_sha256) DO UPDATE SET said_at = excluded.said_at, said_by = excluded.said_by",
        values![tenant, browser, at, by],
    )
    .map(|_| ())
}
