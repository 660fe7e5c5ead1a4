//! Whether a card proved a visit: reads the certificate with `x509-cert`, verifies with `ring`, judges by itself.
//!
//! A JPKI leaf carries a critical certificatePolicies, which the usual TLS verifier refuses, so the short chain check stands
//! here: match the leaf's authority key id to an anchor's subject key id, then verify (the CA generations share one name).
//! Revocation is never checked: JPKI's lists are open to contracted verifiers only. Source: `card.md` §7.

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use shared::api::reception::{CertificateChecks, Revocation};
use shared::domain::calendar::{CivilDate, UnixMs};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, KeyUsage, SubjectKeyIdentifier};

use crate::Sha256;

/// Longest certificate that is looked at, in bytes.
pub const CERTIFICATE_MAX: usize = 8192;

/// Extension of ours in the CA of the `virtual-card` crate: a production server refuses a CA that carries it.
///
/// Repeats `virtual_card::DEMO_CA_MARKER_OID`; a test holds the two equal.
pub const DEMO_CA_MARKER_OID: &str = "2.25.904549751.1";

/// Key ids of the production issuers of user-authentication certificates (generations 1 to 3; `card.md` §7.3).
const PRODUCTION_ISSUERS: [[u8; 20]; 3] = [
    hex20(b"9567951B5CA70D84A0FFF1D85A87F1AAB1340385"),
    hex20(b"8CD5586A891485E559379B7E29D410CFD28B3593"),
    hex20(b"1AC100F596A3BC8C4B3DF195E32699249E9E308A"),
];

/// Policy of user-authentication certificates (`card.md` §7): the signature CA's leaves have another.
const AUTH_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.0.30");
/// The same of the `virtual-card` crate; repeats `virtual_card::AUTH_POLICY_OID`, as its use in every visit's test shows.
const DEMO_AUTH_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.25.904549751.8.5.1.0.30");

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");

/// Whether this server trusts demo cards or real ones; never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Cards of the `virtual-card` crate; a real card is named as such.
    Demo,
    /// Real anchors; a demo CA is refused at start.
    Production,
}

/// The CAs that a leaf may go back to.
#[derive(Debug, Clone)]
pub struct Anchors {
    mode: Mode,
    list: Vec<Anchor>,
}

#[derive(Debug, Clone)]
struct Anchor {
    key_id: Vec<u8>,
    key: RsaKey,
    period: Period,
    /// What its leaves must be for.
    policy: ObjectIdentifier,
}

/// Says why a CA file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotAnAnchor {
    /// No certificate in the file, or not PEM.
    #[error("no certificate in PEM form")]
    NotPem,
    /// A certificate that cannot be an anchor.
    #[error("certificate {number} is not a CA that can be used: {why}")]
    NotACa {
        /// Place in the file, from 1.
        number: usize,
        /// What is wrong.
        why: NotTrusted,
    },
    /// The simulator's CA outside the demo.
    #[error("this card CA belongs to the simulator; a production server does not trust it")]
    DemoCa,
}

/// Says why a card's proof is refused. The person hears no more than a code; this is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTrusted {
    /// Too long, not DER, or bytes left over.
    #[error("not a certificate in DER")]
    NotDer,
    /// Not version 3 with an RSA key of 2048 bits, or another signature algorithm than sha256WithRSA.
    #[error("key or algorithm of another kind")]
    Algorithm,
    /// A critical extension that this check does not know, or one extension twice.
    #[error("an unknown critical extension, or one twice")]
    Extension,
    /// keyUsage without digitalSignature, or none.
    #[error("not for signatures")]
    KeyUsage,
    /// basicConstraints says CA, or says none where a CA is needed.
    #[error("CA and leaf mixed up")]
    BasicConstraints,
    /// No authority or subject key id.
    #[error("no key id")]
    NoKeyId,
    /// The signature over the challenge is not of this certificate's key.
    #[error("the signature does not fit")]
    Signature,
    /// No anchor with this key id.
    #[error("no anchor with this issuer's key id")]
    UnknownIssuer,
    /// The anchor with the right key id did not sign the certificate.
    #[error("not signed by the issuer that it names")]
    Chain,
    /// Made for another purpose than user authentication, for example for signing documents.
    #[error("not for user authentication")]
    Policy,
    /// A production issuer, in the demo.
    #[error("a real card in the demo")]
    RealCard,
    /// The leaf is not valid yet.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// The leaf ended; its last day in Japan.
    #[error("the certificate has ended")]
    Expired(CivilDate),
    /// The CA is outside its own period (generation 1 ended in 2025).
    #[error("the CA is outside its period")]
    CaPeriod,
}

/// What a good proof shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// SHA-256 of the certificate: what the registry is asked by.
    pub fingerprint: Sha256,
    /// Last day of the certificate in Japan.
    pub ends_on: CivilDate,
    /// Each claim that may be made.
    pub checks: CertificateChecks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Period {
    from: UnixMs,
    until: UnixMs,
}

impl Period {
    fn of(certificate: &Certificate) -> Self {
        let validity = certificate.tbs_certificate().validity();
        let ms = |time: x509_cert::time::Time| UnixMs(i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX));
        Self { from: ms(validity.not_before), until: ms(validity.not_after) }
    }

    /// notAfter is a whole second and belongs to the period.
    fn holds(self, now: UnixMs) -> bool {
        self.from <= now && now < self.until.plus_ms(1000)
    }
}

#[derive(Debug, Clone)]
struct RsaKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaKey {
    fn of(certificate: &Certificate) -> Result<Self, NotTrusted> {
        let spki = certificate.tbs_certificate().subject_public_key_info();
        if spki.algorithm.oid != RSA_ENCRYPTION {
            return Err(NotTrusted::Algorithm);
        }
        let bits = spki.subject_public_key.as_bytes().ok_or(NotTrusted::Algorithm)?;
        let key = RsaPublicKey::from_der(bits).map_err(|_| NotTrusted::Algorithm)?;
        let (modulus, exponent) = (key.modulus.as_bytes(), key.public_exponent.as_bytes());
        if modulus.len() != 256 || modulus.first().is_none_or(|first| *first < 0x80) {
            return Err(NotTrusted::Algorithm);
        }
        Ok(Self { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
    }

    /// PKCS#1 v1.5 over SHA-256 of `message`.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }
}

#[derive(der::Sequence)]
struct RsaPublicKey<'a> {
    modulus: der::asn1::UintRef<'a>,
    public_exponent: der::asn1::UintRef<'a>,
}

impl Anchors {
    /// Reads PEM bundles of CA certificates. A CA outside its period is kept: its leaves are named as such, not as unknown.
    ///
    /// # Errors
    /// [`NotAnAnchor`]; [`NotAnAnchor::DemoCa`] for the simulator's CA in production.
    pub fn from_pem(mode: Mode, bundles: &[String]) -> Result<Self, NotAnAnchor> {
        let mut list = Vec::new();
        for bundle in bundles {
            let chain = Certificate::load_pem_chain(bundle.as_bytes()).map_err(|_| NotAnAnchor::NotPem)?;
            if chain.is_empty() {
                return Err(NotAnAnchor::NotPem);
            }
            for (place, certificate) in chain.iter().enumerate() {
                if mode == Mode::Production && has_demo_marker(certificate) {
                    return Err(NotAnAnchor::DemoCa);
                }
                list.push(Anchor::of(certificate).map_err(|why| NotAnAnchor::NotACa { number: place + 1, why })?);
            }
        }
        Ok(Self { mode, list })
    }

    /// Judges a proof: signature, then chain, then purpose, then periods; the first fault is the answer.
    ///
    /// # Errors
    /// [`NotTrusted`].
    pub fn check(&self, certificate: &[u8], signed: &[u8], signature: &[u8], now: UnixMs) -> Result<Identity, NotTrusted> {
        let identity = self.look(certificate, Some((signed, signature)), now)?;
        if identity.checks.period { Ok(identity) } else { Err(NotTrusted::Expired(identity.ends_on)) }
    }

    /// The same for the device desk: a certificate that has ended is no fault by itself (X08), and one without a signature shows no more
    /// than whose card it says it is (目視). What was not so, or not checked, [`Identity::checks`] says.
    ///
    /// # Errors
    /// [`NotTrusted`], never [`NotTrusted::Expired`].
    pub fn look(&self, certificate: &[u8], signed: Option<(&[u8], &[u8])>, now: UnixMs) -> Result<Identity, NotTrusted> {
        let leaf = parse(certificate)?;
        let key = RsaKey::of(&leaf)?;
        if signed.is_some_and(|(bytes, signature)| !key.verifies(bytes, signature)) {
            return Err(NotTrusted::Signature);
        }
        check_leaf_form(&leaf)?;
        let issuer = authority_key_id(&leaf)?;
        if self.mode == Mode::Demo && PRODUCTION_ISSUERS.iter().any(|id| *id == issuer.as_slice()) {
            return Err(NotTrusted::RealCard);
        }
        let candidates: Vec<&Anchor> = self.list.iter().filter(|anchor| anchor.key_id == issuer).collect();
        if candidates.is_empty() {
            return Err(NotTrusted::UnknownIssuer);
        }
        let tbs = leaf.tbs_certificate().to_der().map_err(|_| NotTrusted::NotDer)?;
        let seal = leaf.signature().as_bytes().ok_or(NotTrusted::Chain)?;
        let anchor = candidates.into_iter().find(|anchor| anchor.key.verifies(&tbs, seal)).ok_or(NotTrusted::Chain)?;
        if !has_policy(&leaf, &anchor.policy)? {
            return Err(NotTrusted::Policy);
        }
        let period = Period::of(&leaf);
        let ends_on = period.until.jst_date();
        if now < period.from {
            return Err(NotTrusted::NotYetValid);
        }
        let is_in_period = period.holds(now);
        // Whatever the CA's period: a leaf that has ended is named as such.
        if is_in_period && !anchor.period.holds(now) {
            return Err(NotTrusted::CaPeriod);
        }
        let checks =
            CertificateChecks { signature: signed.is_some(), chain: true, period: is_in_period, revocation: Revocation::NotChecked };
        Ok(Identity { fingerprint: crate::sha256(certificate), ends_on, checks })
    }
}

impl Anchor {
    fn of(certificate: &Certificate) -> Result<Self, NotTrusted> {
        let tbs = certificate.tbs_certificate();
        let (_, constraints) = tbs.get_extension::<BasicConstraints>().ok().flatten().ok_or(NotTrusted::BasicConstraints)?;
        if !constraints.ca {
            return Err(NotTrusted::BasicConstraints);
        }
        if let Some((_, usage)) = tbs.get_extension::<KeyUsage>().map_err(|_| NotTrusted::Extension)?
            && !usage.key_cert_sign()
        {
            return Err(NotTrusted::KeyUsage);
        }
        let (_, key_id) = tbs.get_extension::<SubjectKeyIdentifier>().ok().flatten().ok_or(NotTrusted::NoKeyId)?;
        let policy = if has_demo_marker(certificate) { DEMO_AUTH_POLICY } else { AUTH_POLICY };
        Ok(Self { key_id: key_id.0.as_bytes().to_vec(), key: RsaKey::of(certificate)?, period: Period::of(certificate), policy })
    }
}

fn has_demo_marker(certificate: &Certificate) -> bool {
    let extensions = certificate.tbs_certificate().extensions();
    extensions.into_iter().flatten().any(|extension| extension.extn_id.to_string() == DEMO_CA_MARKER_OID)
}

/// The last day in Japan of a certificate that was judged before; `None` for what is none.
#[must_use]
pub fn ends_on(certificate: &[u8]) -> Option<CivilDate> {
    parse(certificate).ok().map(|leaf| Period::of(&leaf).until.jst_date())
}

/// Strict DER: what is judged is byte for byte what was signed.
fn parse(bytes: &[u8]) -> Result<Certificate, NotTrusted> {
    if bytes.len() > CERTIFICATE_MAX {
        return Err(NotTrusted::NotDer);
    }
    let certificate = Certificate::from_der(bytes).map_err(|_| NotTrusted::NotDer)?;
    let is_same = certificate.to_der().is_ok_and(|again| again == bytes);
    if is_same { Ok(certificate) } else { Err(NotTrusted::NotDer) }
}

fn check_leaf_form(leaf: &Certificate) -> Result<(), NotTrusted> {
    let tbs = leaf.tbs_certificate();
    if leaf.signature_algorithm().oid != SHA256_WITH_RSA || tbs.signature() != leaf.signature_algorithm() {
        return Err(NotTrusted::Algorithm);
    }
    let extensions = tbs.extensions().map(Vec::as_slice).unwrap_or_default();
    for (place, extension) in extensions.iter().enumerate() {
        let is_known = [BASIC_CONSTRAINTS, KEY_USAGE, CERTIFICATE_POLICIES].contains(&extension.extn_id);
        let is_twice = extensions.iter().take(place).any(|other| other.extn_id == extension.extn_id);
        if is_twice || (extension.critical && !is_known) {
            return Err(NotTrusted::Extension);
        }
    }
    if let Some((_, constraints)) = tbs.get_extension::<BasicConstraints>().map_err(|_| NotTrusted::Extension)?
        && constraints.ca
    {
        return Err(NotTrusted::BasicConstraints);
    }
    match tbs.get_extension::<KeyUsage>().map_err(|_| NotTrusted::Extension)? {
        Some((_, usage)) if usage.digital_signature() => Ok(()),
        _ => Err(NotTrusted::KeyUsage),
    }
}

fn has_policy(leaf: &Certificate, policy: &ObjectIdentifier) -> Result<bool, NotTrusted> {
    let found = leaf.tbs_certificate().get_extension::<CertificatePolicies>().map_err(|_| NotTrusted::Extension)?;
    Ok(found.is_some_and(|(_, policies)| policies.0.iter().any(|information| information.policy_identifier == *policy)))
}

fn authority_key_id(leaf: &Certificate) -> Result<Vec<u8>, NotTrusted> {
    let found = leaf.tbs_certificate().get_extension::<AuthorityKeyIdentifier>().map_err(|_| NotTrusted::Extension)?;
    found.and_then(|(_, id)| id.key_identifier).map(|id| id.as_bytes().to_vec()).ok_or(NotTrusted::NoKeyId)
}

/// Reads 40 upper-case hexadecimal digits at compile time.
#[expect(clippy::indexing_slicing, reason = "runs at compile time on constants; an index out of range does not compile")]
const fn hex20(text: &[u8; 40]) -> [u8; 20] {
    let mut bytes = [0; 20];
    let mut place = 0;
    while place < 20 {
        bytes[place] = digit(text[place * 2]) * 16 + digit(text[place * 2 + 1]);
        place += 1;
    }
    bytes
}

const fn digit(c: u8) -> u8 {
    match c {
        b'0'..=b'9' => c - b'0',
        b'A'..=b'F' => c - b'A' + 10,
        _ => panic!("not a hexadecimal digit"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn no_anchors() -> Anchors {
        Anchors::from_pem(Mode::Production, &[]).unwrap()
    }

    /// A certificate that is well formed but of no card: an elliptic-curve key.
    fn foreign() -> Vec<u8> {
        rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap().cert.der().to_vec()
    }

    #[test]
    fn another_kind_of_key_is_named_as_such() {
        assert_eq!(no_anchors().check(&foreign(), b"", b"", UnixMs(0)), Err(NotTrusted::Algorithm));
    }

    #[test]
    fn a_file_without_a_ca_is_no_anchor() {
        let pem = rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap().cert.pem();
        for (bundle, word) in [("", "PEM"), ("-----BEGIN X-----", "PEM"), (pem.as_str(), "not a CA that can be used")] {
            let why = Anchors::from_pem(Mode::Production, &[bundle.to_owned()]).unwrap_err();
            assert!(why.to_string().contains(word), "{why}");
        }
    }

    #[test]
    fn the_last_second_belongs_to_the_period() {
        let period = Period { from: UnixMs(1000), until: UnixMs(5000) };
        for (now, holds) in [(999, false), (1000, true), (5000, true), (5999, true), (6000, false)] {
            assert_eq!(period.holds(UnixMs(now)), holds, "{now}");
        }
    }

    #[test]
    fn production_issuers_are_the_published_ones() {
        assert_eq!(crate::hex(&PRODUCTION_ISSUERS[0]).to_uppercase(), "9567951B5CA70D84A0FFF1D85A87F1AAB1340385");
        assert_eq!(crate::hex(&PRODUCTION_ISSUERS[2]).to_uppercase(), "1AC100F596A3BC8C4B3DF195E32699249E9E308A");
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(no_anchors().check(&bytes, b"", &bytes, UnixMs(0)).is_err());
        }

        #[test]
        fn any_damage_is_refused_without_a_panic(place in 0_usize..300, byte in any::<u8>()) {
            let mut bytes = foreign();
            let place = place % bytes.len();
            bytes[place] = byte;
            prop_assert!(no_anchors().check(&bytes, b"", b"", UnixMs(0)).is_err());
        }
    }
}
