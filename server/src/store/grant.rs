//! Statements on grants to other institutions (委託先資格情報一括取得) and what was fetched by them.

use shared::api::grant::FetchRow;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;

use super::tx::{Row, Tx, values};
use super::{GrantId, StoreError, code_of, user_of};
use crate::tenant::Tenant;

/// A grant as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// Names it.
    pub id: GrantId,
    /// Who gave it.
    pub giver: InstitutionCode,
    /// Its name.
    pub giver_name: String,
    /// To whom.
    pub taker: InstitutionCode,
    /// Its name.
    pub taker_name: String,
    /// First day.
    pub from: CivilDate,
    /// Last day, included.
    pub until: CivilDate,
    /// When it was given.
    pub given_at: UnixMs,
    /// Whose account gave it.
    pub given_by: UserId,
    /// When it was taken back.
    pub revoked_at: Option<UnixMs>,
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT g.id, g.institution, i.name AS giver_name, g.taker, t.name AS taker_name, g.from_day, g.until_day, g.given_at, g.given_by,
                    g.revoked_at
             FROM grants g JOIN institutions i ON i.code = g.institution JOIN institutions t ON t.code = g.taker WHERE ",
            $where
        )
    };
}

/// Adds a grant of this institution.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &GrantId,
    taker: &InstitutionCode,
    days: (CivilDate, CivilDate),
    by: &UserId,
    now: UnixMs,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO grants (institution, id, taker, from_day, until_day, given_at, given_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![tenant, id, taker, &days.0.to_string(), &days.1.to_string(), now, by],
    )
    .map(|_| ())
}

/// A grant that this institution gave.
pub fn of_giver(tx: &mut Tx<'_>, tenant: &Tenant, id: &GrantId) -> Result<Option<GrantRecord>, StoreError> {
    tx.row(select!("g.id = $2 AND g.institution = $1"), values![tenant, id], read)
}

/// A grant that this institution was given.
pub fn of_taker(tx: &mut Tx<'_>, tenant: &Tenant, id: &GrantId) -> Result<Option<GrantRecord>, StoreError> {
    tx.row(select!("g.id = $2 AND g.taker = $1"), values![tenant, id], read)
}

/// Grants that this institution gave, the newest first.
pub fn given(tx: &mut Tx<'_>, tenant: &Tenant, rows: u32) -> Result<Vec<GrantRecord>, StoreError> {
    tx.rows(select!("g.institution = $1 ORDER BY g.given_at DESC, g.id DESC LIMIT $2"), values![tenant, rows], read)
}

/// Grants that this institution was given, the newest first.
pub fn received(tx: &mut Tx<'_>, tenant: &Tenant, rows: u32) -> Result<Vec<GrantRecord>, StoreError> {
    tx.rows(select!("g.taker = $1 ORDER BY g.given_at DESC, g.id DESC LIMIT $2"), values![tenant, rows], read)
}

/// Takes a grant of this institution back; false when it was, or is not there.
pub fn revoke(tx: &mut Tx<'_>, tenant: &Tenant, id: &GrantId, now: UnixMs) -> Result<bool, StoreError> {
    let changed = tx
        .execute("UPDATE grants SET revoked_at = $1 WHERE institution = $2 AND id = $3 AND revoked_at IS NULL", values![now, tenant, id])?;
    Ok(changed == 1)
}

/// Notes a fetch by a grant that this institution was given.
pub fn note_fetch(tx: &mut Tx<'_>, tenant: &Tenant, id: &GrantId, fetch: &FetchRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO grant_fetches (grant_id, at, number, fetched_by, from_day, to_day, row_count)
         SELECT g.id, $3, (SELECT count(*) FROM grant_fetches f WHERE f.grant_id = $2 AND f.at = $3), $4, $5, $6, $7
         FROM grants g WHERE g.id = $2 AND g.taker = $1",
        values![tenant, id, fetch.at, &fetch.by, &fetch.from.to_string(), &fetch.to.to_string(), fetch.rows],
    )
    .map(|_| ())
}

/// The last fetches by a grant that this institution gave or was given, the newest first.
pub fn fetches(tx: &mut Tx<'_>, tenant: &Tenant, id: &GrantId, rows: u32) -> Result<Vec<FetchRow>, StoreError> {
    tx.rows(
        "SELECT f.at, f.fetched_by, f.from_day, f.to_day, f.row_count FROM grant_fetches f JOIN grants g ON g.id = f.grant_id
         WHERE f.grant_id = $2 AND (g.institution = $1 OR g.taker = $1) ORDER BY f.at DESC, f.number DESC LIMIT $3",
        values![tenant, id, rows],
        |row| {
            Ok(FetchRow {
                at: row.instant("at")?,
                by: user_of(&row.get::<String>("fetched_by")?)?,
                from: day(row, "from_day")?,
                to: day(row, "to_day")?,
                rows: u32::try_from(row.get::<i64>("row_count")?).unwrap_or(u32::MAX),
            })
        },
    )
}

fn day(row: &Row<'_>, column: &'static str) -> Result<CivilDate, StoreError> {
    CivilDate::try_from(row.get::<String>(column)?.as_str()).map_err(|_| StoreError::Damaged("day"))
}

fn read(row: &Row<'_>) -> Result<GrantRecord, StoreError> {
    Ok(GrantRecord {
        id: GrantId::parse(&row.get::<String>("id")?).ok_or(StoreError::Damaged("grant id"))?,
        giver: code_of(&row.get::<String>("institution")?)?,
        giver_name: row.get("giver_name")?,
        taker: code_of(&row.get::<String>("taker")?)?,
        taker_name: row.get("taker_name")?,
        from: day(row, "from_day")?,
        until: day(row, "until_day")?,
        given_at: row.instant("given_at")?,
        given_by: user_of(&row.get::<String>("given_by")?)?,
        revoked_at: row.maybe_instant("revoked_at")?,
    })
}
