//! Statements on the certificates of terminals, on whether they are asked for, and on who vouches for them (N170–N174).

use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::certificate::{CertificateMode, CertificateState};
use shared::domain::code::DeviceLabel;
use shared::domain::institution::InstitutionCode;

use super::tx::{Row, Tx, values};
use super::{CertificateId, Sha256, StoreError, code_of, fixed, settings, user_of};
use crate::tenant::Tenant;

/// A certificate as it is kept, without its bytes and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRecord {
    /// Its id.
    pub id: CertificateId,
    /// Whose.
    pub institution: InstitutionCode,
    /// The terminal.
    pub label: DeviceLabel,
    /// Who looks after it.
    pub holder: DeviceLabel,
    /// SHA-256 of the whole certificate.
    pub fingerprint: Sha256,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Of the institution's own CA.
    pub is_foreign: bool,
    /// Its first instant.
    pub starts_at: UnixMs,
    /// Its last day.
    pub ends_on: CivilDate,
    /// Who issued it; `None`: the operator.
    pub issued_by: Option<UserId>,
    /// The one whose place it takes.
    pub renews: Option<CertificateId>,
    /// Its key is kept until then; `None`: it is not.
    pub export_until: Option<UnixMs>,
    /// When it was last shown.
    pub last_seen_at: Option<UnixMs>,
    /// When it ended before its time.
    pub revoked_at: Option<UnixMs>,
}

impl CertificateRecord {
    /// How it stands at an instant.
    #[must_use]
    pub fn state(&self, now: UnixMs) -> CertificateState {
        CertificateState::of(self.ends_on, self.revoked_at.is_some(), now)
    }
}

/// A certificate to keep.
#[derive(Clone)]
pub struct NewCertificateRow {
    /// What is known of it.
    pub record: CertificateRecord,
    /// DER.
    pub certificate: Vec<u8>,
    /// Its key (PKCS #8), sealed; `None` where it never was here.
    pub key_sealed: Option<Vec<u8>>,
}

/// What the file of a certificate is made of.
#[derive(Clone, PartialEq, Eq)]
pub struct WithKey {
    /// DER.
    pub certificate: Vec<u8>,
    /// Its key (PKCS #8), sealed.
    pub key_sealed: Vec<u8>,
}

/// A certificate that a browser showed, with what its institution says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRecord {
    /// The certificate.
    pub record: CertificateRecord,
    /// 機関名.
    pub institution_name: String,
    /// Whom to ask.
    pub contact: String,
    /// Whether its institution asks for one.
    pub mode: CertificateMode,
}

/// The switch of an institution from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModeRecord {
    /// What.
    pub mode: CertificateMode,
    /// First day.
    pub from: CivilDate,
    /// Who set it; `None`: the operator.
    pub set_by: Option<UserId>,
}

/// Who vouches for certificates.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorityRecord {
    /// SHA-256 of the certificate.
    pub fingerprint: Sha256,
    /// Its name, as it stands in the certificate (common name).
    pub name: String,
    /// DER.
    pub certificate: Vec<u8>,
    /// Its key (PKCS #8), sealed; `None` for an institution's own.
    pub key_sealed: Option<Vec<u8>>,
    /// Since when.
    pub added_at: UnixMs,
}

fn day(text: &str) -> Result<CivilDate, StoreError> {
    CivilDate::try_from(text).map_err(|_| StoreError::Damaged("day"))
}

fn mode_of(word: &str) -> Result<CertificateMode, StoreError> {
    CertificateMode::from_word(word).ok_or(StoreError::Damaged("certificate mode"))
}

fn id_of(text: &str) -> Result<CertificateId, StoreError> {
    CertificateId::parse(text).ok_or(StoreError::Damaged("certificate id"))
}

fn record_of(row: &Row<'_>) -> Result<CertificateRecord, StoreError> {
    let label = |name| {
        let text: String = row.get(name)?;
        DeviceLabel::try_from(text.as_str()).map_err(|_| StoreError::Damaged("label"))
    };
    Ok(CertificateRecord {
        id: id_of(&row.get::<String>("id")?)?,
        institution: code_of(&row.get::<String>("institution")?)?,
        label: label("label")?,
        holder: label("holder")?,
        fingerprint: fixed(row.get("fingerprint")?)?,
        serial: row.get("serial")?,
        is_foreign: row.get("is_foreign")?,
        starts_at: row.instant("starts_at")?,
        ends_on: day(&row.get::<String>("ends_on")?)?,
        issued_by: row.get::<Option<String>>("issued_by")?.map(|text| user_of(&text)).transpose()?,
        renews: row.get::<Option<String>>("renews")?.map(|text| id_of(&text)).transpose()?,
        export_until: row.maybe_instant("export_until")?,
        last_seen_at: row.maybe_instant("last_seen_at")?,
        revoked_at: row.maybe_instant("revoked_at")?,
    })
}

/// Adds a certificate; false when it is in the list already.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &NewCertificateRow, label_key: &str) -> Result<bool, StoreError> {
    let of = &new.record;
    let added = tx.execute(
        "INSERT INTO certificates (id, institution, label, label_key, holder, fingerprint, certificate, serial, is_foreign, starts_at,
             ends_on, issued_by, renews, key_sealed, export_until, last_seen_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, NULL, NULL) ON CONFLICT (fingerprint) DO NOTHING",
        values![
            &of.id,
            tenant,
            of.label.as_str(),
            label_key,
            of.holder.as_str(),
            &of.fingerprint,
            &new.certificate,
            &of.serial,
            of.is_foreign,
            of.starts_at,
            &of.ends_on.to_string(),
            of.issued_by.as_ref(),
            of.renews.as_ref(),
            new.key_sealed.as_ref(),
            of.export_until,
        ],
    )?;
    Ok(added == 1)
}

/// One certificate.
pub fn find(tx: &mut Tx<'_>, tenant: &Tenant, id: &CertificateId) -> Result<Option<CertificateRecord>, StoreError> {
    tx.row(
        "SELECT id, institution, label, holder, fingerprint, serial, is_foreign, starts_at, ends_on, issued_by, renews, export_until,
                last_seen_at, revoked_at FROM certificates WHERE institution = $1 AND id = $2",
        values![tenant, id],
        record_of,
    )
}

/// All of an institution, the newest first.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<CertificateRecord>, StoreError> {
    tx.rows(
        "SELECT id, institution, label, holder, fingerprint, serial, is_foreign, starts_at, ends_on, issued_by, renews, export_until,
                last_seen_at, revoked_at FROM certificates WHERE institution = $1 ORDER BY id DESC LIMIT 1000",
        values![tenant],
        record_of,
    )
}

/// The certificate of this fingerprint, of whichever institution: it says whose it is, and its holder has proved its key.
pub fn by_fingerprint(tx: &mut Tx<'_>, fingerprint: &Sha256, today: CivilDate) -> Result<Option<ShownRecord>, StoreError> {
    tx.row(
        "SELECT c.id, c.institution, c.label, c.holder, c.fingerprint, c.serial, c.is_foreign, c.starts_at, c.ends_on, c.issued_by,
                c.renews, c.export_until, c.last_seen_at, c.revoked_at, i.name AS institution_name, t.content AS settings,
                (SELECT mode FROM certificate_modes WHERE institution = c.institution AND from_day <= $2
                 ORDER BY from_day DESC LIMIT 1) AS mode
         FROM certificates c JOIN institutions i ON i.code = c.institution
              JOIN settings t ON t.institution = i.code AND t.version = i.settings_version WHERE c.fingerprint = $1",
        values![fingerprint, &today.to_string()],
        |row| {
            let mode = row.get::<Option<String>>("mode")?.map_or(Ok(CertificateMode::Off), |word| mode_of(&word))?;
            Ok(ShownRecord {
                record: record_of(row)?,
                institution_name: row.get("institution_name")?,
                contact: settings::content_of(row, "settings")?.contact,
                mode,
            })
        },
    )
}

/// A certificate whose key is still here.
pub fn with_key(tx: &mut Tx<'_>, tenant: &Tenant, id: &CertificateId) -> Result<Option<WithKey>, StoreError> {
    tx.row(
        "SELECT certificate, key_sealed FROM certificates WHERE institution = $1 AND id = $2 AND key_sealed IS NOT NULL",
        values![tenant, id],
        |row| Ok(WithKey { certificate: row.get("certificate")?, key_sealed: row.get("key_sealed")? }),
    )
}

/// Notes that it was shown.
pub fn touch(tx: &mut Tx<'_>, tenant: &Tenant, id: &CertificateId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE certificates SET last_seen_at = $1 WHERE institution = $2 AND id = $3", values![at, tenant, id]).map(|_| ())
}

/// Ends it and forgets its key; one that has ended stays as it is.
pub fn revoke(tx: &mut Tx<'_>, tenant: &Tenant, id: &CertificateId, at: UnixMs) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE certificates SET revoked_at = $1, key_sealed = NULL, export_until = NULL
         WHERE institution = $2 AND id = $3 AND revoked_at IS NULL",
        values![at, tenant, id],
    )
    .map(|_| ())
}

/// Forgets the keys, of all institutions, whose files are not to be taken any more; says how many.
pub fn forget_keys(tx: &mut Tx<'_>, now: UnixMs) -> Result<u64, StoreError> {
    tx.execute("UPDATE certificates SET key_sealed = NULL, export_until = NULL WHERE export_until <= $1", values![now])
}

/// The switch as it stands on a day; `None` where it was never set.
pub fn mode_on(tx: &mut Tx<'_>, tenant: &Tenant, day: CivilDate) -> Result<Option<ModeRecord>, StoreError> {
    tx.row(
        "SELECT mode, from_day, set_by FROM certificate_modes WHERE institution = $1 AND from_day <= $2 ORDER BY from_day DESC LIMIT 1",
        values![tenant, &day.to_string()],
        mode_record,
    )
}

/// What comes after a day.
pub fn mode_after(tx: &mut Tx<'_>, tenant: &Tenant, day: CivilDate) -> Result<Option<ModeRecord>, StoreError> {
    tx.row(
        "SELECT mode, from_day, set_by FROM certificate_modes WHERE institution = $1 AND from_day > $2 ORDER BY from_day LIMIT 1",
        values![tenant, &day.to_string()],
        mode_record,
    )
}

fn mode_record(row: &Row<'_>) -> Result<ModeRecord, StoreError> {
    let set_by = row.get::<Option<String>>("set_by")?.map(|text| user_of(&text)).transpose()?;
    Ok(ModeRecord { mode: mode_of(&row.get::<String>("mode")?)?, from: day(&row.get::<String>("from_day")?)?, set_by })
}

/// Sets the switch from a day on, in place of what was set for it and later.
pub fn set_mode(tx: &mut Tx<'_>, tenant: &Tenant, new: &ModeRecord, at: UnixMs) -> Result<(), StoreError> {
    let from = new.from.to_string();
    tx.execute("DELETE FROM certificate_modes WHERE institution = $1 AND from_day >= $2", values![tenant, &from])?;
    tx.execute(
        "INSERT INTO certificate_modes (institution, from_day, mode, set_at, set_by) VALUES ($1, $2, $3, $4, $5)",
        values![tenant, &from, new.mode.word(), at, new.set_by.as_ref()],
    )?;
    Ok(())
}

fn authority_of(row: &Row<'_>) -> Result<AuthorityRecord, StoreError> {
    Ok(AuthorityRecord {
        fingerprint: fixed(row.get("fingerprint")?)?,
        name: row.get("name")?,
        certificate: row.get("certificate")?,
        key_sealed: row.get("key_sealed")?,
        added_at: row.instant("added_at")?,
    })
}

/// The CA of this server; `None` before its first certificate.
pub fn authority(tx: &mut Tx<'_>) -> Result<Option<AuthorityRecord>, StoreError> {
    tx.row(
        "SELECT fingerprint, name, certificate, key_sealed, added_at FROM certificate_authorities
         WHERE institution IS NULL ORDER BY added_at DESC, fingerprint LIMIT 1",
        values![],
        authority_of,
    )
}

/// Keeps a CA of this server, which issues from now on.
pub fn add_authority(tx: &mut Tx<'_>, new: &AuthorityRecord) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO certificate_authorities (fingerprint, institution, name, certificate, key_sealed, added_at)
         VALUES ($1, NULL, $2, $3, $4, $5) ON CONFLICT (fingerprint) DO NOTHING",
        values![&new.fingerprint, &new.name, &new.certificate, new.key_sealed.as_ref(), new.added_at],
    )?;
    Ok(())
}

/// The certificates of every CA, of this server and of all institutions: browsers are told whose certificates are asked for.
pub fn authorities(tx: &mut Tx<'_>) -> Result<Vec<Vec<u8>>, StoreError> {
    tx.rows("SELECT certificate FROM certificate_authorities ORDER BY added_at, fingerprint", values![], |row| row.get("certificate"))
}

/// The institution's own CAs.
pub fn own_authorities(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Vec<AuthorityRecord>, StoreError> {
    tx.rows(
        "SELECT fingerprint, name, certificate, key_sealed, added_at FROM certificate_authorities WHERE institution = $1 ORDER BY added_at",
        values![tenant],
        authority_of,
    )
}

/// Keeps an institution's own CA; false when it is known, also as another's.
pub fn add_own_authority(tx: &mut Tx<'_>, tenant: &Tenant, new: &AuthorityRecord) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO certificate_authorities (fingerprint, institution, name, certificate, key_sealed, added_at)
         VALUES ($1, $2, $3, $4, NULL, $5) ON CONFLICT (fingerprint) DO NOTHING",
        values![&new.fingerprint, tenant, &new.name, &new.certificate, new.added_at],
    )?;
    Ok(added == 1)
}

/// Forgets an institution's own CA; false where there is none of this fingerprint. Its certificates in the list stay.
pub fn remove_own_authority(tx: &mut Tx<'_>, tenant: &Tenant, fingerprint: &Sha256) -> Result<bool, StoreError> {
    let removed =
        tx.execute("DELETE FROM certificate_authorities WHERE institution = $1 AND fingerprint = $2", values![tenant, fingerprint])?;
    Ok(removed == 1)
}
