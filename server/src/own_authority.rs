//! An institution's own CA: its certificates are let in as if this server had issued them, and stand in the same list from their first
//! use on.

use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::{CertificateDer, UnixTime};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::code::{DeviceLabel, LABEL_MAX_CHARS};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, DecodePem as _, Encode as _};
use x509_cert::ext::pkix::BasicConstraints;

use crate::store::certificate::AuthorityRecord;

/// Says why a file is no CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACa {
    /// Not one certificate in PEM form.
    #[error("not one certificate in PEM form")]
    NotPem,
    /// It is for no CA.
    #[error("the certificate is no CA")]
    NotACa,
    /// Its key or form is of a kind that TLS here does not take.
    #[error("a key or form that cannot be used")]
    Kind,
}

/// Reads the certificate of a CA.
///
/// # Errors
/// [`NotACa`].
pub fn read(pem: &[u8], at: UnixMs) -> Result<AuthorityRecord, NotACa> {
    let found = Certificate::from_pem(pem).map_err(|_| NotACa::NotPem)?;
    let (_, constraints) = found.tbs_certificate().get_extension::<BasicConstraints>().ok().flatten().ok_or(NotACa::NotACa)?;
    if !constraints.ca {
        return Err(NotACa::NotACa);
    }
    let certificate = found.to_der().map_err(|_| NotACa::NotPem)?;
    RootCertStore::empty().add(CertificateDer::from(certificate.as_slice())).map_err(|_| NotACa::Kind)?;
    let name = common_name(&found).unwrap_or_else(|| "CA".to_owned());
    Ok(AuthorityRecord { fingerprint: crate::sha256(&certificate), name, certificate, key_sealed: None, added_at: at })
}

/// What a certificate of an institution's own CA says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Its common name, as far as it can be a label.
    pub label: DeviceLabel,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Its first instant.
    pub starts_at: UnixMs,
    /// Its last whole day in Japan.
    pub ends_on: CivilDate,
}

/// Reads a certificate that this CA signed for TLS clients; `None` for any other. One that is not yet good, or no longer, is read as well:
/// its days are judged with those of all.
#[must_use]
pub fn vouched(authority: &[u8], certificate: &[u8], now: UnixMs) -> Option<Vouched> {
    let found = Certificate::from_der(certificate).ok()?;
    let validity = found.tbs_certificate().validity();
    let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
    let (from, until) = (seconds(validity.not_before), seconds(validity.not_after));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority)).ok()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
    let at = u64::try_from(now.0 / 1000).ok()?.clamp(from, until.max(from));
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at));
    verifier.verify_client_cert(&CertificateDer::from(certificate), &[], at).ok()?;
    let serial = crate::hex(found.tbs_certificate().serial_number().as_bytes());
    let name = common_name(&found).unwrap_or_default();
    let short: String = name.chars().take(LABEL_MAX_CHARS).collect();
    let label = DeviceLabel::try_from(short.as_str()).or_else(|_| DeviceLabel::try_from(beginning(&serial).as_str())).ok()?;
    let instant = |seconds: u64| UnixMs(i64::try_from(seconds).unwrap_or(i64::MAX / 1000).saturating_mul(1000));
    Some(Vouched { label, serial, starts_at: instant(from), ends_on: instant(until + 1).jst_date().plus_days(-1) })
}

/// The same label, told apart by the serial number.
#[must_use]
pub fn told_apart(label: &DeviceLabel, serial: &str) -> Option<DeviceLabel> {
    let short: String = label.as_str().chars().take(LABEL_MAX_CHARS - 11).collect();
    DeviceLabel::try_from(format!("{short} ({})", beginning(serial)).as_str()).ok()
}

fn beginning(serial: &str) -> String {
    serial.chars().take(8).collect()
}

fn common_name(certificate: &Certificate) -> Option<String> {
    let subject = certificate.tbs_certificate().subject();
    let name = subject.common_name().ok().flatten()?;
    Some(name.value().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ca {
        params: rcgen::CertificateParams,
        key: rcgen::KeyPair,
    }

    impl Ca {
        fn new() -> Self {
            let mut params = rcgen::CertificateParams::default();
            params.distinguished_name.push(rcgen::DnType::CommonName, "機関の認証局");
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            Self { params, key: rcgen::KeyPair::generate().unwrap() }
        }

        fn pem(&self) -> String {
            self.params.self_signed(&self.key).unwrap().pem()
        }

        fn leaf(&self, name: &str, purpose: rcgen::ExtendedKeyUsagePurpose, until: (i32, u8, u8)) -> Vec<u8> {
            let mut params = rcgen::CertificateParams::default();
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
            params.extended_key_usages = vec![purpose];
            params.not_before = rcgen::date_time_ymd(2026, 1, 1);
            params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
            let issuer = rcgen::Issuer::from_params(&self.params, &self.key);
            params.signed_by(&rcgen::KeyPair::generate().unwrap(), &issuer).unwrap().der().to_vec()
        }
    }

    const NOW: UnixMs = UnixMs(1_795_000_000_000);

    #[test]
    fn a_ca_is_one_certificate_that_says_so() {
        let read_ca = read(Ca::new().pem().as_bytes(), NOW).unwrap();
        assert_eq!((read_ca.name.as_str(), read_ca.key_sealed), ("機関の認証局", None));
        let leaf = rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap().cert.pem();
        assert_eq!(read(leaf.as_bytes(), NOW).err(), Some(NotACa::NotACa));
        assert_eq!(read(b"x", NOW).err(), Some(NotACa::NotPem));
    }

    #[test]
    fn only_a_client_certificate_of_this_ca_is_vouched_for() {
        use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
        let (ca, other) = (Ca::new(), Ca::new());
        let der = read(ca.pem().as_bytes(), NOW).unwrap().certificate;
        let good = vouched(&der, &ca.leaf("受付のパソコン", ClientAuth, (2027, 4, 1)), NOW).unwrap();
        // Ends at midnight UTC, nine in the morning in Japan: the day before is the last whole one.
        assert_eq!((good.label.as_str(), good.ends_on), ("受付のパソコン", CivilDate::new(2027, 3, 31).unwrap()));
        assert_eq!(vouched(&der, &other.leaf("a", ClientAuth, (2027, 4, 1)), NOW), None, "another CA of the same name");
        assert_eq!(vouched(&der, &ca.leaf("a", ServerAuth, (2027, 4, 1)), NOW), None, "a server's");
        let ended = vouched(&der, &ca.leaf("a", ClientAuth, (2026, 2, 1)), NOW).unwrap();
        assert!(ended.ends_on < NOW.jst_date(), "read, and judged by its days");
        let long = vouched(&der, &ca.leaf(&"あ".repeat(50), ClientAuth, (2027, 4, 1)), NOW).unwrap();
        assert_eq!(long.label.as_str().chars().count(), 40);
        let apart = told_apart(&long.label, &long.serial).unwrap();
        assert!(apart.as_str().ends_with(')') && apart != long.label);
        assert_eq!(vouched(&der, &der, NOW), None, "the CA itself");
        assert_eq!(vouched(&der, b"x", NOW), None);
    }
}
