//! Statements on activation codes and the devices that were registered with them (N050–N058).

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::code::{CodeState, DeviceLabel};
use shared::domain::institution::InstitutionCode;

use super::readable::{Readable, page, readable};
use super::tx::{Row, Tx, values};
use super::{CodeId, Sha256, StoreError, code_of, user_of};
use crate::tenant::Tenant;

/// A code as it is kept, and its device once it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRecord {
    /// Its id.
    pub id: CodeId,
    /// Whose.
    pub institution: InstitutionCode,
    /// What tells the device.
    pub label: DeviceLabel,
    /// 発行日時.
    pub issued_at: UnixMs,
    /// Who issued it; `None`: the operator.
    pub issued_by: Option<UserId>,
    /// Unused until then, it opens nothing.
    pub expires_at: UnixMs,
    /// When a device was registered with it.
    pub used_at: Option<UnixMs>,
    /// By whose account.
    pub used_by: Option<UserId>,
    /// When the device asked last.
    pub last_seen_at: Option<UnixMs>,
    /// When it ended.
    pub invalidated_at: Option<UnixMs>,
}

impl CodeRecord {
    /// How it stands at an instant.
    #[must_use]
    pub fn state(&self, now: UnixMs) -> CodeState {
        match (self.invalidated_at, self.used_at) {
            (Some(_), _) => CodeState::Invalid,
            (None, Some(_)) => CodeState::InUse,
            (None, None) if self.expires_at <= now => CodeState::Expired,
            (None, None) => CodeState::Unused,
        }
    }
}

/// A code to issue.
#[derive(Clone)]
pub struct NewCodeRow {
    /// Its id.
    pub id: CodeId,
    /// What tells the device.
    pub label: DeviceLabel,
    /// The slow hash of its digits (`crate::code::hash`).
    pub hash: Sha256,
    /// When.
    pub issued_at: UnixMs,
    /// Who; `None`: the operator.
    pub issued_by: Option<UserId>,
    /// Unused until then.
    pub expires_at: UnixMs,
}

/// Which codes to list.
#[derive(Debug, Clone)]
pub struct CodeQuery {
    /// Part of a label, folded ([`crate::consent::search_key`]); empty = all.
    pub label_key: String,
    /// `None` = all.
    pub state: Option<CodeState>,
    /// Rows after this one; `None` = from the newest.
    pub after: Option<CodeId>,
    /// At most so many.
    pub rows: u32,
    /// The states are those of this instant.
    pub now: UnixMs,
}

fn record_of(row: &Row<'_>) -> Result<CodeRecord, StoreError> {
    let user = |name| row.get::<Option<String>>(name)?.map(|text| user_of(&text)).transpose();
    let label: String = row.get("label")?;
    Ok(CodeRecord {
        id: CodeId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("code id"))?,
        institution: code_of(&row.get::<String>("institution")?)?,
        label: DeviceLabel::try_from(label.as_str()).map_err(|_| StoreError::Damaged("label"))?,
        issued_at: row.instant("issued_at")?,
        issued_by: user("issued_by")?,
        expires_at: row.instant("expires_at")?,
        used_at: row.maybe_instant("used_at")?,
        used_by: user("used_by")?,
        last_seen_at: row.maybe_instant("last_seen_at")?,
        invalidated_at: row.maybe_instant("invalidated_at")?,
    })
}

/// Adds a code; false when the institution has one with these digits.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &NewCodeRow, label_key: &str) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO codes (id, institution, label, label_key, code_hash, issued_at, issued_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (institution, code_hash) DO NOTHING",
        values![&new.id, tenant, new.label.as_str(), label_key, &new.hash, new.issued_at, new.issued_by.as_ref(), new.expires_at],
    )?;
    Ok(added == 1)
}

/// One code.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId) -> Result<Option<CodeRecord>, StoreError> {
    tx.row(
        "SELECT id, institution, label, issued_at, issued_by, expires_at, used_at, used_by, last_seen_at, invalidated_at
         FROM codes WHERE institution = $1 AND id = $2",
        values![tenant, id],
        record_of,
    )
}

/// The code with these digits, whatever became of it.
pub fn by_digits(tx: &mut Tx<'_>, tenant: &Tenant, hash: &Sha256) -> Result<Option<CodeRecord>, StoreError> {
    tx.row(
        "SELECT id, institution, label, issued_at, issued_by, expires_at, used_at, used_by, last_seen_at, invalidated_at
         FROM codes WHERE institution = $1 AND code_hash = $2",
        values![tenant, hash],
        record_of,
    )
}

/// True where a code with this label is used, or can still be.
pub fn has_label(tx: &mut Tx<'_>, tenant: &Tenant, label_key: &str, now: UnixMs) -> Result<bool, StoreError> {
    let found = tx.row(
        "SELECT id FROM codes
         WHERE institution = $1 AND label_key = $2 AND invalidated_at IS NULL AND (used_at IS NOT NULL OR expires_at > $3)",
        values![tenant, label_key, now],
        |row| row.get::<String>("id"),
    )?;
    Ok(found.is_some())
}

/// The codes that a device was registered with and that still count, of whichever institution: the key says whose it is.
pub fn of_device(tx: &mut Tx<'_>, device_key: &Sha256) -> Result<Vec<CodeRecord>, StoreError> {
    tx.rows(
        "SELECT id, institution, label, issued_at, issued_by, expires_at, used_at, used_by, last_seen_at, invalidated_at
         FROM codes WHERE device_key_sha256 = $1 AND invalidated_at IS NULL ORDER BY id",
        values![device_key],
        record_of,
    )
}

/// Binds an unused code to a device.
pub fn bind(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, user: &UserId, device_key: &Sha256, at: UnixMs) -> Result<bool, StoreError> {
    let bound = tx.execute(
        "UPDATE codes SET used_at = $1, used_by = $2, device_key_sha256 = $3, last_seen_at = $1
         WHERE institution = $4 AND id = $5 AND used_at IS NULL AND invalidated_at IS NULL",
        values![at, user, device_key, tenant, id],
    )?;
    Ok(bound == 1)
}

/// Notes that a device asked.
pub fn touch(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE codes SET last_seen_at = $1 WHERE institution = $2 AND id = $3", values![at, tenant, id]).map(|_| ())
}

/// Ends a code, unless it has ended.
pub fn invalidate(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE codes SET invalidated_at = $1 WHERE institution = $2 AND id = $3 AND invalidated_at IS NULL",
        values![at, tenant, id],
    )
    .map(|_| ())
}

/// Greater than every id.
const NO_ID: &str = "~";

/// The word of a state in the statements below.
fn word(state: Option<CodeState>) -> &'static str {
    match state {
        None => "",
        Some(CodeState::Unused) => "unused",
        Some(CodeState::InUse) => "in use",
        Some(CodeState::Invalid) => "invalid",
        Some(CodeState::Expired) => "expired",
    }
}

/// A part of a folded label as a pattern.
fn pattern(label_key: &str) -> String {
    format!("%{}%", label_key.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// Codes, the newest first.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, query: &CodeQuery) -> Result<Readable<CodeRecord>, StoreError> {
    let after = query.after.as_ref().map_or(NO_ID, CodeId::as_str);
    let found = tx.rows(
        "SELECT id, institution, label, issued_at, issued_by, expires_at, used_at, used_by, last_seen_at, invalidated_at
         FROM codes WHERE institution = $1 AND id < $2 AND label_key LIKE $3 ESCAPE '!'
           AND $4 IN ('', CASE WHEN invalidated_at IS NOT NULL THEN 'invalid' WHEN used_at IS NOT NULL THEN 'in use'
                               WHEN expires_at <= $5 THEN 'expired' ELSE 'unused' END)
         ORDER BY id DESC LIMIT $6",
        values![tenant, after, &pattern(&query.label_key), word(query.state), query.now, query.rows.saturating_add(1)],
        |row| readable("codes", row.get::<String>("id")?, record_of(row)),
    )?;
    Ok(page(found, query.rows))
}

/// The label of a code, as it stands there.
pub fn label_of(tx: &mut Tx<'_>, tenant: &Tenant, id: &CodeId) -> Result<Option<String>, StoreError> {
    tx.row("SELECT label FROM codes WHERE institution = $1 AND id = $2", values![tenant, id], |row| row.get("label"))
}

/// How many codes [`list`] would give without its page.
pub fn count(tx: &mut Tx<'_>, tenant: &Tenant, query: &CodeQuery) -> Result<u32, StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS counted FROM codes WHERE institution = $1 AND label_key LIKE $2 ESCAPE '!'
           AND $3 IN ('', CASE WHEN invalidated_at IS NOT NULL THEN 'invalid' WHEN used_at IS NOT NULL THEN 'in use'
                               WHEN expires_at <= $4 THEN 'expired' ELSE 'unused' END)",
        values![tenant, &pattern(&query.label_key), word(query.state), query.now],
        |row| row.get::<i64>("counted"),
    )?;
    u32::try_from(counted.unwrap_or_default()).map_err(|_| StoreError::Damaged("count"))
}
