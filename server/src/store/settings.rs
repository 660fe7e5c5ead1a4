//! Statements on 環境設定情報 and the terms that were confirmed for it.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::settings::{Settings, TermsId};

use super::tx::{Row, Tx, values};
use super::{StoreError, stored, user_of};
use crate::tenant::Tenant;

/// One record: what was set from when on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsRecord {
    /// Its number, from 1.
    pub version: u32,
    /// What is set.
    pub settings: Settings,
    /// Since when.
    pub changed_at: UnixMs,
    /// Who; `None`: the operator.
    pub changed_by: Option<UserId>,
}

/// That somebody confirmed terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsConfirmed {
    /// Which.
    pub id: TermsId,
    /// Which version of them.
    pub version: String,
    /// When.
    pub at: UnixMs,
    /// Who.
    pub by: UserId,
}

fn record_of(row: &Row<'_>) -> Result<SettingsRecord, StoreError> {
    Ok(SettingsRecord {
        version: version_of(row, "version")?,
        settings: content_of(row, "content")?,
        changed_at: row.instant("changed_at")?,
        changed_by: row.get::<Option<String>>("changed_by")?.map(|text| user_of(&text)).transpose()?,
    })
}

pub(super) fn version_of(row: &Row<'_>, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(row.get::<i64>(column)?).map_err(|_| StoreError::Damaged("version of settings"))
}

pub(super) fn content_of(row: &Row<'_>, column: &'static str) -> Result<Settings, StoreError> {
    stored::read_settings(&row.get::<String>(column)?)
}

/// Adds a record; it does not count before the institution points to it.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &SettingsRecord) -> Result<(), StoreError> {
    let content = stored::settings(&new.settings)?;
    tx.execute(
        "INSERT INTO settings (institution, version, content, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)",
        values![tenant, new.version, &content, new.changed_at, new.changed_by.as_ref()],
    )
    .map(|_| ())
}

/// Makes another record the one that counts; false when `former` does not.
pub fn point_to(tx: &mut Tx<'_>, tenant: &Tenant, former: u32, version: u32) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE institutions SET settings_version = $1 WHERE code = $2 AND settings_version = $3",
        values![version, tenant, former],
    )?;
    Ok(changed == 1)
}

/// The record that counts.
pub fn current(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<SettingsRecord>, StoreError> {
    tx.row(
        "SELECT t.version, t.content, t.changed_at, t.changed_by FROM institutions i
         JOIN settings t ON t.institution = i.code AND t.version = i.settings_version WHERE i.code = $1",
        values![tenant],
        record_of,
    )
}

/// Records before a number, the newest first, at most `most`.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, before: u32, most: u32) -> Result<Vec<SettingsRecord>, StoreError> {
    tx.rows(
        "SELECT version, content, changed_at, changed_by FROM settings WHERE institution = $1 AND version < $2
         ORDER BY version DESC LIMIT $3",
        values![tenant, before, most],
        record_of,
    )
}

/// Notes that terms were confirmed, unless this version was before: the first time stays.
pub fn confirm_terms(tx: &mut Tx<'_>, tenant: &Tenant, new: &TermsConfirmed) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO terms_confirmed (institution, terms, version, confirmed_at, confirmed_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (institution, terms, version) DO NOTHING",
        values![tenant, new.id.word(), new.version.as_str(), new.at, &new.by],
    )?;
    Ok(added == 1)
}

/// Every version of terms that was confirmed.
pub fn terms_confirmed(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<TermsConfirmed>, StoreError> {
    tx.rows(
        "SELECT terms, version, confirmed_at, confirmed_by FROM terms_confirmed WHERE institution = $1 ORDER BY confirmed_at, terms",
        values![tenant],
        |row| {
            Ok(TermsConfirmed {
                id: TermsId::from_word(&row.get::<String>("terms")?).ok_or(StoreError::Damaged("terms"))?,
                version: row.get("version")?,
                at: row.instant("confirmed_at")?,
                by: user_of(&row.get::<String>("confirmed_by")?)?,
            })
        },
    )
}
