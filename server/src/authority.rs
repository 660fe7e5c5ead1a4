//! The CA of this server for the certificates of terminals: makes them, and puts them with their keys into files.
//!
//! A certificate counts because it stands in the list, not because this CA signed it: the key is needed for issuing alone, and one that
//! is lost is replaced by a new CA without harm to what was issued.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use shared::api::certificate::EXPORT_MS;
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::certificate::last_day;
use shared::domain::code::DeviceLabel;
use zeroize::Zeroizing;

use crate::random::{NoRandom, Random};
use crate::store::certificate::{self as store, AuthorityRecord, CertificateRecord, NewCertificateRow};
use crate::store::db::Db;
use crate::store::{CertificateId, Institution, Sha256, StoreError};

/// Says that no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum NoCertificate {
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// Making it failed.
    #[error("the certificate could not be made")]
    Made(#[from] rcgen::Error),
    /// What is kept could not be sealed.
    #[error("the key could not be sealed")]
    Sealed,
    /// The file could not be made.
    #[error("the file could not be made")]
    File(#[from] p12_keystore::error::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Seals keys for the database (AES-256-GCM, a random nonce in front), by a key that is made of the server's own.
pub struct Keeper(LessSafeKey);

impl Keeper {
    /// `server_key` is the key of [`crate::app::App::visit_key`].
    ///
    /// # Errors
    /// [`NoCertificate::Sealed`].
    pub fn new(server_key: &hmac::Key) -> Result<Self, NoCertificate> {
        let tag = hmac::sign(server_key, b"keys of terminals");
        let key = UnboundKey::new(&AES_256_GCM, tag.as_ref()).map_err(|_| NoCertificate::Sealed)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Seals bytes for the thing that `about` names: they open for no other.
    ///
    /// # Errors
    /// [`NoCertificate`].
    pub fn seal(&self, about: &[u8], bytes: &[u8], random: &Random) -> Result<Vec<u8>, NoCertificate> {
        let nonce: [u8; NONCE_LEN] = random.bytes()?;
        let mut sealed = bytes.to_vec();
        let at = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(at, Aad::from(about), &mut sealed).map_err(|_| NoCertificate::Sealed)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens them again; `None` for those of another key or another thing.
    #[must_use]
    pub fn open(&self, about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let mut bytes = Zeroizing::new(rest.to_vec());
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.0.open_in_place(nonce, Aad::from(about), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

/// A CA that can issue.
pub struct Authority {
    name: String,
    key: rcgen::KeyPair,
}

/// A fresh certificate with its key.
pub struct Made {
    /// DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of it.
    pub fingerprint: Sha256,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// PKCS #8.
    pub key: Zeroizing<Vec<u8>>,
}

/// Whose certificate, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What tells the terminal (common name).
    pub label: &'a str,
    /// 機関名.
    pub institution: &'a str,
    /// Its first instant.
    pub starts_at: UnixMs,
    /// Its last day, to its end in Japan.
    pub ends_on: CivilDate,
}

/// Life of the CA, years: longer than any certificate of its first ten years.
const AUTHORITY_YEARS: u16 = 20;
/// Longest name in a certificate (X.520), in characters.
const NAME_MAX: usize = 64;

fn ca_params(name: &str, starts_at: UnixMs) -> rcgen::CertificateParams {
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + seconds(starts_at);
    let end = starts_at.jst_date().end_of_month_after(AUTHORITY_YEARS * 12);
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + seconds(end.at_jst(0, 0));
    params
}

/// Whole seconds since 1970.
fn seconds(at: UnixMs) -> std::time::Duration {
    std::time::Duration::from_secs(u64::try_from(at.0 / 1000).unwrap_or(0))
}

fn serial(random: &Random) -> Result<(rcgen::SerialNumber, String), NoRandom> {
    // Positive, and never with a zero in front.
    let mut bytes: [u8; 16] = random.bytes()?;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok((rcgen::SerialNumber::from_slice(&bytes), crate::hex(&bytes)))
}

impl Authority {
    /// Makes a CA (ECDSA P-256) and what is kept of it.
    ///
    /// # Errors
    /// [`NoCertificate`].
    pub fn make(keeper: &Keeper, random: &Random, now: UnixMs) -> Result<AuthorityRecord, NoCertificate> {
        let name = format!("uketsuke office {}", crate::hex(&random.bytes::<4>()?));
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = ca_params(&name, now);
        params.serial_number = Some(serial(random)?.0);
        let certificate = params.self_signed(&key)?.der().to_vec();
        let fingerprint = crate::sha256(&certificate);
        let key_sealed = keeper.seal(&fingerprint, &Zeroizing::new(key.serialize_der()), random)?;
        Ok(AuthorityRecord { fingerprint, name, certificate, key_sealed: Some(key_sealed), added_at: now })
    }

    fn of(keeper: &Keeper, record: &AuthorityRecord) -> Option<Self> {
        let key = keeper.open(&record.fingerprint, record.key_sealed.as_ref()?)?;
        let key = rcgen::KeyPair::try_from(key.as_slice()).ok()?;
        Some(Self { name: record.name.clone(), key })
    }

    /// The CA that issues: the newest one whose key this server can open, else a new one.
    ///
    /// # Errors
    /// [`NoCertificate`].
    pub async fn current(db: &Db, keeper: &Keeper, random: &Random, now: UnixMs) -> Result<Self, NoCertificate> {
        if let Some(found) = db.read(store::authority).await?.as_ref().and_then(|record| Self::of(keeper, record)) {
            return Ok(found);
        }
        let fresh = Self::make(keeper, random, now)?;
        let kept = db
            .write(move |tx| {
                tx.lock("certificate authority")?;
                store::add_authority(tx, &fresh)?;
                store::authority(tx)
            })
            .await?;
        kept.as_ref().and_then(|record| Self::of(keeper, record)).ok_or(NoCertificate::Sealed)
    }

    /// Issues a certificate for a terminal with a fresh key (ECDSA P-256): for TLS clients only.
    ///
    /// # Errors
    /// [`NoCertificate`].
    pub fn issue(&self, of: Subject<'_>, random: &Random) -> Result<Made, NoCertificate> {
        let short = |text: &str| text.chars().take(NAME_MAX).collect::<String>();
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let (number, serial) = serial(random)?;
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::OrganizationName, short(of.institution));
        params.distinguished_name.push(rcgen::DnType::CommonName, short(of.label));
        params.serial_number = Some(number);
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + seconds(of.starts_at);
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + seconds(of.ends_on.at_jst(23, 59).plus_ms(59_000));
        params.is_ca = rcgen::IsCa::ExplicitNoCa;
        params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let issuer = rcgen::Issuer::new(ca_params(&self.name, of.starts_at), &self.key);
        let certificate = params.signed_by(&key, &issuer)?.der().to_vec();
        let fingerprint = crate::sha256(&certificate);
        Ok(Made { certificate, fingerprint, serial, key: Zeroizing::new(key.serialize_der()) })
    }
}

/// What a certificate is issued for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whose.
    pub institution: Institution,
    /// The terminal.
    pub label: DeviceLabel,
    /// Who looks after it.
    pub holder: DeviceLabel,
    /// Who issues it; `None`: the operator.
    pub issued_by: Option<UserId>,
    /// The one whose place it takes.
    pub renews: Option<CertificateId>,
}

/// Makes a certificate with its key, which counts once it is kept: from now until its last day (P-CERT).
///
/// # Errors
/// [`NoCertificate`].
pub async fn made_for(db: &Db, keeper: &Keeper, random: &Random, wanted: Wanted, now: UnixMs) -> Result<NewCertificateRow, NoCertificate> {
    let authority = Authority::current(db, keeper, random, now).await?;
    let Wanted { institution, label, holder, issued_by, renews } = wanted;
    let ends_on = last_day(now.jst_date());
    let subject = Subject { label: label.as_str(), institution: &institution.name, starts_at: now, ends_on };
    let made = authority.issue(subject, random)?;
    let key_sealed = keeper.seal(&made.fingerprint, &made.key, random)?;
    let record = CertificateRecord {
        id: CertificateId::new(now, random.bytes()?),
        institution: institution.code,
        label,
        holder,
        fingerprint: made.fingerprint,
        serial: made.serial,
        is_foreign: false,
        starts_at: now,
        ends_on,
        issued_by,
        renews,
        export_until: Some(now.plus_ms(EXPORT_MS)),
        last_seen_at: None,
        revoked_at: None,
    };
    Ok(NewCertificateRow { record, certificate: made.certificate, key_sealed: Some(key_sealed) })
}

/// Certificate and key as a PKCS #12 file: AES-256 by PBKDF2 with SHA-256, which Windows (10, 1709 and later), NSS and OpenSSL read. The
/// CA is not in it, so that no machine is made to trust it.
///
/// # Errors
/// [`NoCertificate::File`].
pub fn pkcs12(label: &str, certificate: &[u8], key: &[u8], password: &str) -> Result<Vec<u8>, NoCertificate> {
    let chain = [p12_keystore::Certificate::from_der(certificate)?];
    let key = p12_keystore::PrivateKey::from_der(key)?;
    let mut store = p12_keystore::KeyStore::new();
    let id = crate::sha256(certificate);
    let entry = p12_keystore::PrivateKeyChain::new(&id[..20], key, chain);
    store.add_entry(label, p12_keystore::KeyStoreEntry::PrivateKeyChain(entry));
    Ok(store.writer(password).write()?)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn keeper(byte: u8) -> Keeper {
        Keeper::new(&hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32])).unwrap()
    }

    fn made(now: UnixMs) -> Made {
        let (keeper, random) = (keeper(1), Random::machine());
        let authority = Authority::of(&keeper, &Authority::make(&keeper, &random, now).unwrap()).unwrap();
        let ends_on = shared::domain::certificate::last_day(now.jst_date());
        let subject =
            Subject { label: "受付のパソコン", institution: "ひなた訪問看護ステーション", starts_at: now, ends_on };
        authority.issue(subject, &random).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_key_and_thing_alone() {
        let sealed = keeper(1).seal(b"a", b"secret", &Random::machine()).unwrap();
        assert_eq!(keeper(1).open(b"a", &sealed).unwrap().as_slice(), b"secret");
        assert!(keeper(2).open(b"a", &sealed).is_none(), "another server's key");
        assert!(keeper(1).open(b"b", &sealed).is_none(), "another thing");
        assert!(keeper(1).open(b"a", &sealed[..11]).is_none(), "cut off");
        let mut changed = sealed;
        *changed.last_mut().unwrap() ^= 1;
        assert!(keeper(1).open(b"a", &changed).is_none(), "changed");
    }

    #[tokio::test]
    async fn one_ca_issues_until_its_key_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_file(&folder.path().join("u.db")).unwrap();
        let random = Random::machine();
        let first = Authority::current(&db, &keeper(1), &random, UnixMs(1_705_454_100_000)).await.unwrap().name;
        assert_eq!(Authority::current(&db, &keeper(1), &random, UnixMs(1_705_454_200_000)).await.unwrap().name, first);
        let second = Authority::current(&db, &keeper(2), &random, UnixMs(1_705_454_300_000)).await.unwrap().name;
        assert_ne!(second, first);
        assert_eq!(db.read(store::authorities).await.unwrap().len(), 2, "browsers with the former ones are still asked");
        db.close().await;
    }

    fn openssl(args: &[&str], input: &[u8]) -> (bool, String) {
        use std::io::Write as _;
        let mut child =
            Command::new("openssl").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    #[test]
    fn the_file_is_read_by_openssl_with_its_password_alone() {
        let made = made(UnixMs(1_795_000_000_000));
        let file = pkcs12("受付のパソコン", &made.certificate, &made.key, "ABCDE-FGHJK").unwrap();
        let (is_read, said) = openssl(&["pkcs12", "-info", "-noenc", "-passin", "pass:ABCDE-FGHJK"], &file);
        assert!(is_read && said.contains("BEGIN CERTIFICATE") && said.contains("BEGIN PRIVATE KEY"), "{said}");
        assert!(said.contains("AES-256-CBC") && said.contains("PBKDF2"), "{said}");
        assert!(said.to_lowercase().contains("sha256"), "{said}");
        assert_eq!(said.matches("BEGIN CERTIFICATE").count(), 1, "no CA to be trusted by mistake");
        assert!(!openssl(&["pkcs12", "-noenc", "-passin", "pass:ABCDE-FGHJL"], &file).0, "another password");
    }

    #[test]
    fn a_certificate_is_for_clients_and_ends_with_its_last_day_in_japan() {
        let now = CivilDate::new(2026, 11, 30).unwrap().at_jst(9, 30);
        let made = made(now);
        let (is_read, said) = openssl(&["x509", "-inform", "DER", "-noout", "-text", "-nameopt", "utf8"], &made.certificate);
        assert!(is_read);
        for part in ["TLS Web Client Authentication", "CA:FALSE", "Digital Signature", "Feb 28 14:59:59 2030", "Nov 30 00:30:00 2026"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(said.contains("受付のパソコン") && said.contains("ひなた訪問看護ステーション"), "{said}");
    }
}
