//! Rows into types: a value that cannot be read back is damage, never a guess.

use serde::de::DeserializeOwned;
use shared::api::office::ChosenCoverage;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::{InstitutionCode, Use};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::consent::{parse_choices, parse_items};
use crate::store::{Account, ConsentId, ConsentRecord, Former, Institution, NewChallenge, SessionRecord, StoreError, Visit, VisitId};

/// Columns of [`institution`].
pub(super) fn institution(row: &SqliteRow) -> Result<Institution, StoreError> {
    Ok(Institution {
        code: code(row.try_get("code")?)?,
        name: row.try_get("institution_name")?,
        contact: row.try_get("contact")?,
        uses_home_visit: row.try_get("uses_home_visit")?,
        shows_eligibility: row.try_get("shows_eligibility")?,
    })
}

pub(super) fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    Ok(Account {
        user: user(row.try_get("user")?)?,
        name: row.try_get("name")?,
        kind: kind(row.try_get("kind")?)?,
        password_hash: row.try_get("password_hash")?,
        must_change_password: row.try_get("must_change_password")?,
        valid_from: day(row.try_get("valid_from")?)?,
        valid_until: day(row.try_get("valid_until")?)?,
    })
}

pub(super) fn session(row: &SqliteRow) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        id_sha256: fixed(row.try_get("id_sha256")?)?,
        institution: code(row.try_get("institution")?)?,
        user: user(row.try_get("user")?)?,
        opened_at: UnixMs(row.try_get("opened_at")?),
        seen_at: UnixMs(row.try_get("seen_at")?),
        ends_at: UnixMs(row.try_get("ends_at")?),
    })
}

pub(super) fn visit(row: &SqliteRow) -> Result<Visit, StoreError> {
    let result: Option<&str> = row.try_get("result")?;
    Ok(Visit {
        id: VisitId::parse(row.try_get("id")?).ok_or(StoreError::Damaged("visit id"))?,
        institution: code(row.try_get("institution")?)?,
        r#use: use_of(row.try_get("use")?)?,
        choices: parse_choices(row.try_get("choices")?).ok_or(StoreError::Damaged("choices"))?,
        notice_version: row.try_get("notice_version")?,
        language: row.try_get("language")?,
        opened_at: UnixMs(row.try_get("opened_at")?),
        expires_at: UnixMs(row.try_get("expires_at")?),
        done_at: row.try_get::<Option<i64>, _>("done_at")?.map(UnixMs),
        left_at: row.try_get::<Option<i64>, _>("left_at")?.map(UnixMs),
        result: result.map(json).transpose()?,
        shows_eligibility: row.try_get("shows_eligibility")?,
        challenge: NewChallenge { nonce: fixed(row.try_get("nonce")?)?, expires_at: UnixMs(row.try_get("nonce_expires_at")?) },
        is_challenge_used: row.try_get::<Option<i64>, _>("used_at")?.is_some(),
    })
}

/// The columns `former…` of a visit; `None` where they are empty.
pub(super) fn former(row: &SqliteRow) -> Result<Option<Former>, StoreError> {
    let Some(id) = row.try_get::<Option<&str>, _>("former")? else { return Ok(None) };
    Ok(Some(Former {
        id: ConsentId::parse(id).ok_or(StoreError::Damaged("consent id"))?,
        items: parse_items(row.try_get("former_items")?).ok_or(StoreError::Damaged("items"))?,
        consented_at: UnixMs(row.try_get("former_consented_at")?),
        expires_at: UnixMs(row.try_get("former_expires_at")?),
    }))
}

pub(super) fn consent(row: &SqliteRow) -> Result<ConsentRecord, StoreError> {
    Ok(ConsentRecord {
        id: ConsentId::parse(row.try_get("id")?).ok_or(StoreError::Damaged("consent id"))?,
        r#use: use_of(row.try_get("use")?)?,
        reference_number: row.try_get("reference_number")?,
        items: parse_items(row.try_get("items")?).ok_or(StoreError::Damaged("items"))?,
        consented_at: UnixMs(row.try_get("consented_at")?),
        expires_at: UnixMs(row.try_get("expires_at")?),
        replaced_at: row.try_get::<Option<i64>, _>("replaced_at")?.map(UnixMs),
        receipt: row.try_get("receipt")?,
        identity_check: row.try_get("identity_check")?,
        eligibility: json(row.try_get("eligibility")?)?,
        checks: json(row.try_get("checks")?)?,
        chosen: chosen(row)?,
    })
}

fn chosen(row: &SqliteRow) -> Result<Option<ChosenCoverage>, StoreError> {
    let Some(coverage) = row.try_get::<Option<u32>, _>("chosen")? else { return Ok(None) };
    Ok(Some(ChosenCoverage { coverage, at: UnixMs(row.try_get("chosen_at")?), by: user(row.try_get("chosen_by")?)? }))
}

pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Damaged("json"))
}

pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|inner| StoreError::Database(Box::new(inner)))
}

pub(super) fn code(text: &str) -> Result<InstitutionCode, StoreError> {
    InstitutionCode::try_from(text).map_err(|_| StoreError::Damaged("institution code"))
}

pub(super) fn use_of(code: i64) -> Result<Use, StoreError> {
    if code == i64::from(Use::HomeVisit.code()) { Ok(Use::HomeVisit) } else { Err(StoreError::Damaged("use")) }
}

pub(super) fn kind_text(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Admin => "admin",
        AccountKind::General => "general",
        AccountKind::Viewer => "viewer",
    }
}

fn kind(text: &str) -> Result<AccountKind, StoreError> {
    AccountKind::ALL.into_iter().find(|kind| kind_text(*kind) == text).ok_or(StoreError::Damaged("account kind"))
}

fn user(text: &str) -> Result<UserId, StoreError> {
    UserId::try_from(text).map_err(|_| StoreError::Damaged("user id"))
}

fn day(text: Option<&str>) -> Result<Option<CivilDate>, StoreError> {
    text.map(|text| CivilDate::try_from(text).map_err(|_| StoreError::Damaged("day"))).transpose()
}

fn fixed(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("32 bytes"))
}
