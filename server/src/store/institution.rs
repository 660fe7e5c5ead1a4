//! Statements on institutions and their reception URLs.

use shared::api::office::FormerUrl;
use shared::domain::calendar::UnixMs;
use shared::domain::facility::Edition;
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};

use super::tx::{Row, Tx, values};
use super::{Institution, PageFound, ReceptionUrlRecord, Sha256, Standing, StoreError, code_of, settings, visit_kind_of};
use crate::tenant::Tenant;

/// What a URL is found by: the SHA-256 of its token's text.
fn token_sha256(token: &ReceptionToken) -> Sha256 {
    crate::sha256(token.as_str().as_bytes())
}

/// Reads the columns `code`, `institution_name`, `settings_version`, `settings`, `edition`.
pub(super) fn read(row: &Row<'_>) -> Result<Institution, StoreError> {
    Ok(Institution {
        code: code_of(&row.get::<String>("code")?)?,
        name: row.get("institution_name")?,
        settings: settings::content_of(row, "settings")?,
        settings_version: settings::version_of(row, "settings_version")?,
        edition: Edition::from_word(&row.get::<String>("edition")?).ok_or(StoreError::Damaged("edition"))?,
    })
}

/// Reads the columns `is_training` and `closed_at`.
pub(super) fn read_standing(row: &Row<'_>) -> Result<Standing, StoreError> {
    Ok(Standing { is_training: row.get("is_training")?, closed_at: row.maybe_instant("closed_at")? })
}

/// Adds one, without the settings that it points to; false when its code is taken.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, new: &Institution, at: UnixMs) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO institutions (code, name, settings_version, edition, added_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (code) DO NOTHING",
        values![&new.code, &new.name, new.settings_version, new.edition.word(), at],
    )?;
    Ok(added == 1)
}

/// The institution of this code.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<Institution>, StoreError> {
    tx.row(
        "SELECT i.code, i.name AS institution_name, i.settings_version, i.edition, t.content AS settings FROM institutions i
         JOIN settings t ON t.institution = i.code AND t.version = i.settings_version WHERE i.code = $1",
        values![tenant],
        read,
    )
}

/// The same with what is so for it for good.
pub fn find_standing(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<(Institution, Standing)>, StoreError> {
    tx.row(
        "SELECT i.code, i.name AS institution_name, i.settings_version, i.edition, t.content AS settings, i.is_training, i.closed_at
         FROM institutions i JOIN settings t ON t.institution = i.code AND t.version = i.settings_version WHERE i.code = $1",
        values![tenant],
        |row| Ok((read(row)?, read_standing(row)?)),
    )
}

/// What is so for an institution for good; asked at a login, which proves nobody yet.
pub fn standing_of(tx: &mut Tx<'_>, code: &InstitutionCode) -> Result<Option<Standing>, StoreError> {
    tx.row("SELECT is_training, closed_at FROM institutions WHERE code = $1", values![code], read_standing)
}

/// The name of an institution whose code has not ended; asked by whoever has the path of its manifest.
pub fn living_name(tx: &mut Tx<'_>, code: &InstitutionCode) -> Result<Option<String>, StoreError> {
    tx.row("SELECT name FROM institutions WHERE code = $1 AND closed_at IS NULL", values![code], |row| row.get("name"))
}

/// Makes an institution one for training: only while it is being added.
pub fn mark_training(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<(), StoreError> {
    tx.execute("UPDATE institutions SET is_training = $1 WHERE code = $2", values![true, tenant]).map(|_| ())
}

/// The codes of all institutions in their order.
pub fn codes(tx: &mut Tx<'_>) -> Result<Vec<InstitutionCode>, StoreError> {
    tx.rows("SELECT code FROM institutions ORDER BY code", values![], |row| code_of(&row.get::<String>("code")?))
}

/// The next codes behind a text, in their order.
pub fn codes_after(tx: &mut Tx<'_>, after: &str, most: u32) -> Result<Vec<InstitutionCode>, StoreError> {
    let sql = "SELECT code FROM institutions WHERE code > $1 ORDER BY code LIMIT $2";
    tx.rows(sql, values![after, most], |row| code_of(&row.get::<String>("code")?))
}

/// The page behind a token, current or former.
pub fn page_behind(tx: &mut Tx<'_>, token_sha256: &Sha256) -> Result<Option<PageFound>, StoreError> {
    tx.row(
        "SELECT i.code, i.name AS institution_name, i.settings_version, i.edition, t.content AS settings, i.is_training, i.closed_at, u.use, u.retired_at
         FROM reception_urls u JOIN institutions i ON i.code = u.institution
              JOIN settings t ON t.institution = i.code AND t.version = i.settings_version WHERE u.token_sha256 = $1",
        values![token_sha256],
        |row| {
            let is_current = row.maybe_instant("retired_at")?.is_none();
            let visit_kind = visit_kind_of(row.get("use")?)?;
            Ok(PageFound { institution: read(row)?, visit_kind, is_current, standing: read_standing(row)? })
        },
    )
}

/// The current URL.
pub fn current_url(tx: &mut Tx<'_>, tenant: &Tenant, visit_kind: VisitKind) -> Result<Option<ReceptionUrlRecord>, StoreError> {
    tx.row(
        "SELECT token, issued_at, (SELECT count(*) FROM reception_urls WHERE institution = $1 AND use = $2 AND retired_at IS NOT NULL)
           AS former FROM reception_urls WHERE institution = $1 AND use = $2 AND retired_at IS NULL",
        values![tenant, i64::from(visit_kind.code())],
        |row| {
            Ok(ReceptionUrlRecord {
                token: ReceptionToken::try_from(row.get::<String>("token")?.as_str()).map_err(|_| StoreError::Damaged("token"))?,
                issued_at: row.instant("issued_at")?,
                former_urls: u32::try_from(row.get::<i64>("former")?).map_err(|_| StoreError::Damaged("count"))?,
            })
        },
    )
}

/// The former URLs, the last one first, at most `most`.
pub fn former_urls(tx: &mut Tx<'_>, tenant: &Tenant, most: u32) -> Result<Vec<FormerUrl>, StoreError> {
    tx.rows(
        "SELECT use, issued_at, retired_at FROM reception_urls WHERE institution = $1 AND retired_at IS NOT NULL
         ORDER BY retired_at DESC, issued_at DESC LIMIT $2",
        values![tenant, most],
        |row| {
            let visit_kind = visit_kind_of(row.get("use")?)?;
            Ok(FormerUrl { visit_kind, issued_at: row.instant("issued_at")?, retired_at: row.instant("retired_at")? })
        },
    )
}

/// Adds a current URL; there must be none.
pub fn add_url(tx: &mut Tx<'_>, tenant: &Tenant, visit_kind: VisitKind, token: &ReceptionToken, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO reception_urls (token_sha256, institution, use, token, issued_at) VALUES ($1, $2, $3, $4, $5)",
        values![&token_sha256(token), tenant, i64::from(visit_kind.code()), token.as_str(), at],
    )?;
    Ok(())
}

/// Makes the current URL a former one, of which only the hash is kept; false when the token is not the current one's.
pub fn retire_url(tx: &mut Tx<'_>, tenant: &Tenant, visit_kind: VisitKind, token: &ReceptionToken, at: UnixMs) -> Result<bool, StoreError> {
    let retired = tx.execute(
        "UPDATE reception_urls SET token = NULL, retired_at = $1
         WHERE token_sha256 = $2 AND institution = $3 AND use = $4 AND retired_at IS NULL",
        values![at, &token_sha256(token), tenant, i64::from(visit_kind.code())],
    )?;
    Ok(retired == 1)
}
