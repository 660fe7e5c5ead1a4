//! Statements on checks that were made at a device with the card (DA-5…DA-11).

use shared::api::reception::CertificateChecks;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};

use super::tx::{Row, Tx, values};
use super::{CheckId, CodeId, ConsentId, ProofRecord, StoreError, VisitId, stored, user_of};
use crate::tenant::Tenant;

/// What stands beside the consent or the check of a visit that was proved at a device.
#[derive(Clone)]
pub struct BedsideRecord {
    /// The visit.
    pub visit: VisitId,
    /// At which device; `None`: by the account without one.
    pub device: Option<CodeId>,
    /// The consent, or
    pub consent: Option<ConsentId>,
    /// the check without one.
    pub check: Option<CheckId>,
    /// The certificate had ended, within the grace (X08).
    pub is_grace: bool,
    /// Its last day, where it is near or over.
    pub ends_on: Option<CivilDate>,
    /// How far the certificate was checked.
    pub checks: CertificateChecks,
    /// When.
    pub done_at: UnixMs,
    /// Whose press.
    pub done_by: UserId,
    /// When a person was done with it.
    pub filed_at: Option<UnixMs>,
}

/// Notes who opened a visit at the device desk.
///
/// # Errors
/// What the database says; so for every function here.
pub fn note_opened(tx: &mut Tx<'_>, tenant: &Tenant, visit: &VisitId, by: &UserId) -> Result<(), StoreError> {
    let sql = "UPDATE visits SET opened_by = $1 WHERE id = $2 AND institution = $3 AND opened_by IS NULL";
    tx.execute(sql, values![by, visit, tenant]).map(|_| ())
}

/// Who opened a visit at the device desk; `None` also for one of the reception page and another institution's.
pub fn opened_by(tx: &mut Tx<'_>, tenant: &Tenant, visit: &VisitId) -> Result<Option<UserId>, StoreError> {
    let sql = "SELECT opened_by FROM visits WHERE id = $1 AND institution = $2";
    let found = tx.row(sql, values![visit, tenant], |row| row.get::<Option<String>>("opened_by"))?;
    found.flatten().map(|user| user_of(&user)).transpose()
}

/// Adds the record of a proved visit, with what the card signed where no consent keeps it.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &BedsideRecord, signed: Option<(&[u8; 32], &ProofRecord)>) -> Result<(), StoreError> {
    let proof = signed.map(|(_, proof)| proof);
    tx.execute(
        "INSERT INTO bedside_checks (visit, institution, device, consent, check_id, is_grace, ends_on, checks, done_at, done_by,
                                     certificate, signature, nonce, statement, origin_sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        values![
            &new.visit,
            tenant,
            new.device.as_ref(),
            new.consent.as_ref(),
            new.check.as_ref(),
            new.is_grace,
            new.ends_on.map(|day| day.to_string()).as_deref(),
            &stored::checks(new.checks)?,
            new.done_at,
            &new.done_by,
            proof.map(|proof| &proof.certificate),
            proof.map(|proof| &proof.signature),
            signed.map(|(nonce, _)| nonce),
            proof.map(|proof| &proof.statement),
            proof.map(|proof| &proof.origin_sha256),
        ],
    )
    .map(|_| ())
}

/// What a card signed for a check without consent: nonce and proof; `None` where none did, or a consent keeps it.
pub fn signed(tx: &mut Tx<'_>, tenant: &Tenant, visit: &VisitId) -> Result<Option<(Vec<u8>, ProofRecord)>, StoreError> {
    let sql = "SELECT nonce, certificate, signature, statement, origin_sha256 FROM bedside_checks
               WHERE visit = $1 AND institution = $2 AND signature IS NOT NULL";
    tx.row(sql, values![visit, tenant], |row| {
        let proof = ProofRecord {
            certificate: row.get("certificate")?,
            signature: row.get("signature")?,
            statement: row.get("statement")?,
            origin_sha256: super::fixed(row.get("origin_sha256")?)?,
        };
        Ok((row.get("nonce")?, proof))
    })
}

/// Notes that a visit without consent is done, and how.
pub fn finish(tx: &mut Tx<'_>, tenant: &Tenant, id: &VisitId, at: UnixMs, (way, medium): (CheckWay, Medium)) -> Result<(), StoreError> {
    let sql = "UPDATE visits SET done_at = $1, check_way = $2, medium = $3 WHERE id = $4 AND institution = $5";
    tx.execute(sql, values![at, way.word(), medium.word(), id, tenant]).map(|_| ())
}

macro_rules! columns {
    () => {
        "visit, device, consent, check_id, is_grace, ends_on, checks, done_at, done_by, filed_at"
    };
}

/// The record of a visit; `None` also when it belongs to another institution.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, visit: &VisitId) -> Result<Option<BedsideRecord>, StoreError> {
    let sql = concat!("SELECT ", columns!(), " FROM bedside_checks WHERE visit = $1 AND institution = $2");
    tx.row(sql, values![visit, tenant], read)
}

/// What an account has done since `since` and nobody filed, newest first, at most `rows`.
pub fn unfiled(tx: &mut Tx<'_>, tenant: &Tenant, by: &UserId, since: UnixMs, rows: u32) -> Result<Vec<BedsideRecord>, StoreError> {
    tx.rows(UNFILED, values![tenant, by, since, rows], read)
}

/// Text of [`unfiled`]: along the index `bedside_unfiled`.
pub const UNFILED: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM bedside_checks WHERE institution = $1 AND done_by = $2 AND filed_at IS NULL AND done_at >= $3
      ORDER BY done_at DESC, visit DESC LIMIT $4"
);

/// What an account has done since `since`, filed or not, newest first, at most `rows`.
pub fn since(tx: &mut Tx<'_>, tenant: &Tenant, by: &UserId, since: UnixMs, rows: u32) -> Result<Vec<BedsideRecord>, StoreError> {
    tx.rows(SINCE, values![tenant, by, since, rows], read)
}

/// Text of [`since`]: along the index `bedside_day`.
pub const SINCE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM bedside_checks WHERE institution = $1 AND done_by = $2 AND done_at >= $3 ORDER BY done_at DESC, visit DESC LIMIT $4"
);

/// Notes that a person is done with a result; false when it is filed already.
pub fn file(tx: &mut Tx<'_>, tenant: &Tenant, visit: &VisitId, by: &UserId, at: UnixMs) -> Result<bool, StoreError> {
    let sql = "UPDATE bedside_checks SET filed_at = $1, filed_by = $2 WHERE visit = $3 AND institution = $4 AND filed_at IS NULL";
    Ok(tx.execute(sql, values![at, by, visit, tenant])? == 1)
}

fn read(row: &Row<'_>) -> Result<BedsideRecord, StoreError> {
    let day = |text: String| CivilDate::try_from(text.as_str()).map_err(|_| StoreError::Damaged("day"));
    let maybe = |column| row.get::<Option<String>>(column);
    Ok(BedsideRecord {
        visit: VisitId::parse(&row.get::<String>("visit")?).ok_or(StoreError::Damaged("visit id"))?,
        device: maybe("device")?.map(|id| CodeId::parse(&id).ok_or(StoreError::Damaged("code id"))).transpose()?,
        consent: maybe("consent")?.map(|id| ConsentId::parse(&id).ok_or(StoreError::Damaged("consent id"))).transpose()?,
        check: maybe("check_id")?.map(|id| CheckId::parse(&id).ok_or(StoreError::Damaged("check id"))).transpose()?,
        is_grace: row.get("is_grace")?,
        ends_on: maybe("ends_on")?.map(day).transpose()?,
        checks: stored::read_checks(&row.get::<String>("checks")?)?,
        done_at: row.instant("done_at")?,
        done_by: user_of(&row.get::<String>("done_by")?)?,
        filed_at: row.maybe_instant("filed_at")?,
    })
}
