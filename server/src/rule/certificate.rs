//! Certificates of terminals: issued for a label, renewed near their end, ended at once, asked for from a day on (N170–N174, P-CERT).

use shared::api::certificate::{CERTIFICATES_MAX, CertificateRow, ModeChange, Modes};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::certificate::{self, CertificateMode, CertificateTrouble, Due, Shown};
use shared::domain::code::DeviceLabel;

use crate::consent::search_key;
use crate::store::certificate::{
    self as store, CertificateRecord, ModeRecord, NewCertificateRow, ShownRecord, WithKey, add, by_fingerprint, find, list, mode_after,
    mode_on,
};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, CertificateId, Sha256, StoreError, audit};
use crate::tenant::Tenant;

/// Use is noted at most this often, milliseconds: a write per request would be wasted.
pub const SEEN_EVERY_MS: i64 = 60_000;

/// Why nothing was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotIssued {
    /// A living certificate has this label.
    LabelTaken,
    /// The institution has [`CERTIFICATES_MAX`] living ones.
    TooMany,
    /// There is none of this id to renew.
    NotThere,
    /// It cannot be renewed: too early, revoked, of another CA, or renewed already.
    NotNow,
}

fn living(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Vec<CertificateRecord>, StoreError> {
    let mut found = list(tx, tenant)?;
    found.retain(|record| record.state(now).is_good());
    Ok(found)
}

/// Issues a certificate, or keeps one of the institution's own CA.
///
/// # Errors
/// What the database says; so for every rule.
pub fn issue(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    new: &NewCertificateRow,
    now: UnixMs,
    entry: &AuditEntry,
) -> Result<Result<CertificateRecord, NotIssued>, StoreError> {
    tx.lock(&format!("certificates of {}", tenant.code()))?;
    let living = living(tx, tenant, now)?;
    let label_key = search_key(new.record.label.as_str());
    if living.iter().any(|other| search_key(other.label.as_str()) == label_key) {
        return Ok(Err(NotIssued::LabelTaken));
    }
    if living.len() >= CERTIFICATES_MAX {
        return Ok(Err(NotIssued::TooMany));
    }
    keep(tx, tenant, new, &label_key, entry)
}

fn keep(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    new: &NewCertificateRow,
    label_key: &str,
    entry: &AuditEntry,
) -> Result<Result<CertificateRecord, NotIssued>, StoreError> {
    if !add(tx, tenant, new, label_key)? {
        return Ok(Err(NotIssued::LabelTaken));
    }
    audit::add(tx, entry)?;
    find(tx, tenant, &new.record.id)?.map(Ok).ok_or(StoreError::Damaged("a certificate that was just added"))
}

/// True where a certificate can be renewed: its last 90 days have begun (also after its end), it was not revoked, this server issued it,
/// and no living one was made in its place.
#[must_use]
pub fn can_be_renewed(record: &CertificateRecord, all: &[CertificateRecord], now: UnixMs) -> bool {
    let has_next = all.iter().any(|other| other.renews.as_ref() == Some(&record.id) && other.state(now).is_good());
    let is_time = certificate::can_be_renewed(record.ends_on, now.jst_date());
    !record.is_foreign && record.revoked_at.is_none() && is_time && !has_next
}

/// Renews a certificate: label and holder of `new` are the former one's. The former one counts until the new one is shown.
pub fn renew(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    former: &CertificateId,
    new: &NewCertificateRow,
    now: UnixMs,
    entry: &AuditEntry,
) -> Result<Result<CertificateRecord, NotIssued>, StoreError> {
    tx.lock(&format!("certificates of {}", tenant.code()))?;
    let all = list(tx, tenant)?;
    let Some(record) = all.iter().find(|record| &record.id == former) else { return Ok(Err(NotIssued::NotThere)) };
    if !can_be_renewed(record, &all, now) {
        return Ok(Err(NotIssued::NotNow));
    }
    keep(tx, tenant, new, &search_key(record.label.as_str()), entry)
}

/// Ends a certificate; `None` when there is none of this id. One that has ended stays as it is.
pub fn revoke(tx: &mut Tx<'_>, tenant: &Tenant, id: &CertificateId, entry: &AuditEntry) -> Result<Option<CertificateRecord>, StoreError> {
    store::revoke(tx, tenant, id, entry.at)?;
    let found = find(tx, tenant, id)?;
    if found.is_some() {
        audit::add(tx, entry)?;
    }
    Ok(found)
}

/// DER and sealed key for the file, while its time is not over.
pub fn export(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    id: &CertificateId,
    now: UnixMs,
    entry: &AuditEntry,
) -> Result<Option<(CertificateRecord, WithKey)>, StoreError> {
    let Some(record) = find(tx, tenant, id)?.filter(|record| record.export_until.is_some_and(|until| now < until)) else { return Ok(None) };
    let Some(file) = store::with_key(tx, tenant, id)? else { return Ok(None) };
    audit::add(tx, entry)?;
    Ok(Some((record, file)))
}

/// What an institution says about a certificate that was shown, or that none was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether it asks for one.
    pub mode: CertificateMode,
    /// The certificate, where it is in the list of any institution.
    pub found: Option<ShownRecord>,
    /// As it is judged.
    pub shown: Shown,
}

impl Standing {
    /// Whether the office opens.
    ///
    /// # Errors
    /// Why it does not.
    pub fn judge(&self, now: UnixMs) -> Result<(), CertificateTrouble> {
        certificate::judge(self.mode, self.shown, now)
    }

    /// Last day of the certificate, where it is the institution's own.
    #[must_use]
    pub fn ends_on(&self) -> Option<CivilDate> {
        match self.shown {
            Shown::Known { is_own: true, ends_on, .. } => Some(ends_on),
            Shown::Known { .. } | Shown::Nothing | Shown::Unknown => None,
        }
    }
}

/// Looks a certificate up for an institution; `fingerprint` is that of what the connection showed.
pub fn standing(tx: &mut Tx<'_>, tenant: &Tenant, fingerprint: Option<&Sha256>, now: UnixMs) -> Result<Standing, StoreError> {
    let today = now.jst_date();
    let mode = mode_on(tx, tenant, today)?.map_or(CertificateMode::Off, |record| record.mode);
    let found = fingerprint.map(|fingerprint| by_fingerprint(tx, fingerprint, today)).transpose()?.flatten();
    let shown = match (fingerprint, &found) {
        (None, _) => Shown::Nothing,
        (Some(_), None) => Shown::Unknown,
        (Some(_), Some(found)) => shown_of(&found.record, tenant),
    };
    Ok(Standing { mode, found, shown })
}

fn shown_of(record: &CertificateRecord, tenant: &Tenant) -> Shown {
    let (is_own, is_revoked) = (&record.institution == tenant.code(), record.revoked_at.is_some());
    Shown::Known { is_own, starts_at: record.starts_at, ends_on: record.ends_on, is_revoked }
}

/// Notes that a good certificate was shown, and ends the one whose place it takes.
pub fn seen(tx: &mut Tx<'_>, tenant: &Tenant, record: &CertificateRecord, now: UnixMs) -> Result<(), StoreError> {
    store::touch(tx, tenant, &record.id, now)?;
    match (&record.renews, record.last_seen_at) {
        (Some(former), None) => store::revoke(tx, tenant, former, now),
        _ => Ok(()),
    }
}

/// True where its use is to be noted.
#[must_use]
pub fn is_to_be_noted(record: &CertificateRecord, now: UnixMs) -> bool {
    record.last_seen_at.is_none_or(|seen| now >= seen.plus_ms(SEEN_EVERY_MS))
}

/// The switch of an institution, and what comes next.
pub fn modes(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Modes, StoreError> {
    let today = now.jst_date();
    let (current, next) = (mode_on(tx, tenant, today)?, mode_after(tx, tenant, today)?);
    Ok(Modes {
        mode: current.as_ref().map_or(CertificateMode::Off, |record| record.mode),
        since: current.map(|record| (record.from, record.set_by)),
        next: next.map(|record| ModeChange { mode: record.mode, from: record.from }),
    })
}

/// Sets the switch from a day on; the caller has made sure that the day is today or later.
pub fn set_mode(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    change: &ModeChange,
    by: Option<UserId>,
    entry: &AuditEntry,
) -> Result<Modes, StoreError> {
    let new = ModeRecord { mode: change.mode, from: change.from, set_by: by };
    store::set_mode(tx, tenant, &new, entry.at)?;
    audit::add(tx, entry)?;
    modes(tx, tenant, entry.at)
}

/// A certificate whose end is to be spoken of: for the list of open tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which.
    pub id: CertificateId,
    /// The terminal.
    pub label: DeviceLabel,
    /// Its last day.
    pub ends_on: CivilDate,
    /// What is to be said.
    pub due: Due,
}

/// The certificates of an institution that end soon or have ended without another in their place, the first end first (P-CERT).
pub fn ending(tx: &mut Tx<'_>, tenant: &Tenant, now: UnixMs) -> Result<Vec<Ending>, StoreError> {
    let all = list(tx, tenant)?;
    let today = now.jst_date();
    let mut found: Vec<Ending> = all
        .iter()
        .filter(|record| record.revoked_at.is_none())
        .filter(|record| !all.iter().any(|other| other.renews.as_ref() == Some(&record.id) && other.state(now).is_good()))
        .filter_map(|record| {
            let due = certificate::due(record.ends_on, today)?;
            Some(Ending { id: record.id.clone(), label: record.label.clone(), ends_on: record.ends_on, due })
        })
        .collect();
    found.sort_by_key(|ending| ending.ends_on);
    Ok(found)
}

/// A row of the list; `all` is the whole list, `used` the fingerprint that this request came with.
#[must_use]
pub fn row_of(record: &CertificateRecord, all: &[CertificateRecord], used: Option<&Sha256>, now: UnixMs) -> CertificateRow {
    CertificateRow {
        id: record.id.as_str().to_owned(),
        label: record.label.clone(),
        holder: record.holder.clone(),
        state: record.state(now),
        serial: record.serial.clone(),
        is_foreign: record.is_foreign,
        starts_at: record.starts_at,
        ends_on: record.ends_on,
        days_left: certificate::days_between(now.jst_date(), record.ends_on),
        issued_by: record.issued_by.clone(),
        last_seen_at: record.last_seen_at,
        revoked_at: record.revoked_at,
        export_until: record.export_until.filter(|until| now < *until),
        can_be_renewed: can_be_renewed(record, all, now),
        is_in_use: used == Some(&record.fingerprint),
    }
}
