//! The certificates, field by field in the shape of the real ones: the profile of JPKI as J-LIS publishes it, under names of our own.

use std::cmp::Ordering;

use p384::elliptic_curve::sec1::ToEncodedPoint;
use rand::{Rng, thread_rng};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey, pkcs1::EncodeRsaPublicKey, pkcs8::EncodePublicKey, traits::PublicKeyParts};
use sha2_010::{Digest, Sha256};

use crate::{
    AUTH_POLICY_OID, DEMO_CA_MARKER_OID, SIGN_POLICY_OID, der,
    leaf::{RootId, Validity},
    people::Person,
};

/// Raised with every change of a shape here: folders made before get new certificates, keys stay.
pub(crate) const PROFILE: u32 = 7;

/// Length of the `normal` certificate, that of a certificate on a J-LIS test card: seven short READs and a rest of 36 hex.
pub(crate) const NORMAL_LENGTH: usize = 1590;

const ORGANISATION: &str = "UKETSUKE-TEST";
/// An invented municipality code (prefecture 99 does not exist).
pub(crate) const MUNICIPALITY: &str = "99101";

/// Who signs: what a leaf repeats about it, and the key.
pub(crate) struct Issuer<'a> {
    pub(crate) root: RootId,
    pub(crate) key: &'a RsaPrivateKey,
    pub(crate) key_id: [u8; 20],
    pub(crate) serial: u32,
}

/// A public key as a certificate carries it.
pub(crate) struct PublicKey {
    /// SubjectPublicKeyInfo, DER.
    info: Vec<u8>,
    id: [u8; 20],
}

impl PublicKey {
    pub(crate) fn rsa(key: &RsaPublicKey) -> anyhow::Result<PublicKey> {
        Ok(PublicKey { info: key.to_public_key_der()?.as_bytes().to_vec(), id: key_id(key)? })
    }

    pub(crate) fn p384(key: &p384::PublicKey) -> anyhow::Result<PublicKey> {
        let point = key.to_encoded_point(false);
        Ok(PublicKey { info: key.to_public_key_der()?.as_bytes().to_vec(), id: id_of(point.as_bytes())? })
    }
}

/// The left 160 bits of SHA-256 over the public key (RFC 7093, method 1).
pub(crate) fn key_id(key: &RsaPublicKey) -> anyhow::Result<[u8; 20]> {
    id_of(key.to_pkcs1_der()?.as_bytes())
}

fn id_of(key: &[u8]) -> anyhow::Result<[u8; 20]> {
    let hash: [u8; 32] = Sha256::digest(key).into();
    let (left, _) = hash.split_first_chunk::<20>().ok_or_else(|| anyhow::anyhow!("a hash of 32 bytes holds 20"))?;
    Ok(*left)
}

/// A positive serial number of four bytes, as the card's certificates have.
pub(crate) fn new_serial() -> u32 {
    thread_rng().gen_range(0x0100_0000..0x8000_0000)
}

/// A root: self-signed, with subject key id and without authority key id, marked as ours.
pub(crate) fn root(issuer: &Issuer<'_>, validity: Validity) -> anyhow::Result<Vec<u8>> {
    let marker = der::utf8("uketsuke virtual card: this CA certifies nobody");
    let extensions = [
        extension("2.5.29.14", false, &der::octet_string(&issuer.key_id)),
        extension("2.5.29.19", true, &der::sequence([&der::boolean_true()])),
        extension("2.5.29.15", true, &der::named_bits(0x06)),
        extension(DEMO_CA_MARKER_OID, false, &marker),
    ];
    let name = ca_name(issuer.root);
    let tbs = to_be_signed(issuer.serial, &name, validity, &name, &PublicKey::rsa(&issuer.key.to_public_key())?, &extensions)?;
    signed(&tbs, issuer.key)
}

/// A user authentication certificate (利用者証明用電子証明書): its subject is an opaque number, nobody's name.
///
/// With `length`, the pointer to the practice statement is made so long that the certificate has exactly that many bytes.
pub(crate) fn auth_leaf(issuer: &Issuer<'_>, key: &PublicKey, validity: Validity, length: Option<usize>) -> anyhow::Result<Vec<u8>> {
    let (serial, number) = (new_serial(), opaque_number());
    let subject = der::sequence([&country(), &attribute(CN, &number)]);
    let with_padding = |policy: usize, host: usize| {
        let practice: String = "practice-statement-of-a-test-ca/".chars().cycle().take(policy).collect();
        let host = "x".repeat(host);
        let extensions = [
            extension("2.5.29.15", true, &der::named_bits(0x80)),
            extension("2.5.29.37", false, &der::sequence([&der::oid("1.3.6.1.5.5.7.3.2")])),
            extension("2.5.29.32", true, &policies(AUTH_POLICY_OID, &format!("http://cps.uketsuke-test.invalid/auth/{practice}"))),
            extension("2.5.29.31", false, &revocation_list_name()),
            extension("1.3.6.1.5.5.7.1.1", false, &ocsp(&format!("http://ocsp{host}.uketsuke-test.invalid"))),
            extension("2.5.29.35", false, &authority_key_id(issuer)),
            extension("2.5.29.14", false, &der::octet_string(&key.id)),
        ];
        to_be_signed(serial, &ca_name(issuer.root), validity, &subject, key, &extensions)
    };
    let Some(length) = length else { return signed(&with_padding(0, 0)?, issuer.key) };
    // One byte more of text can be two bytes more of DER where a length changes its form; the second text steps over that.
    for host in 0..3 {
        for policy in 0..length {
            let tbs = with_padding(policy, host)?;
            match assembled(&tbs, &vec![0; issuer.key.size()]).len().cmp(&length) {
                Ordering::Less => {}
                Ordering::Equal => return signed(&tbs, issuer.key),
                Ordering::Greater => break,
            }
        }
    }
    anyhow::bail!("a certificate of {length} bytes cannot be made: it is longer without padding")
}

/// A signature certificate (署名用電子証明書): it names the person, so cards keep it behind the signature PIN.
pub(crate) fn sign_leaf(issuer: &Issuer<'_>, key: &PublicKey, validity: Validity, person: &Person) -> anyhow::Result<Vec<u8>> {
    let subject =
        der::sequence([&country(), &attribute(L, "Shikaku-ken"), &attribute(L, "Uketsuke-shi"), &attribute(CN, &opaque_number())]);
    let extensions = [
        extension("2.5.29.15", true, &der::named_bits(0xC0)),
        extension("2.5.29.32", true, &policies(SIGN_POLICY_OID, "http://cps.uketsuke-test.invalid/sign/")),
        extension("2.5.29.17", false, &holder(person)),
        extension("2.5.29.31", false, &revocation_list_name()),
        extension("2.5.29.35", false, &authority_key_id(issuer)),
        extension("2.5.29.14", false, &der::octet_string(&key.id)),
    ];
    let tbs = to_be_signed(new_serial(), &ca_name(issuer.root), validity, &subject, key, &extensions)?;
    signed(&tbs, issuer.key)
}

/// A certificate of fewer than 256 bytes: X.509 version 1, no extension, signed with its own 512-bit key.
pub(crate) fn small(key: &RsaPrivateKey, validity: Validity) -> anyhow::Result<Vec<u8>> {
    let tbs = der::sequence([
        &der::integer(1),
        &sha256_with_rsa(),
        &der::sequence([&attribute(CN, "s")]),
        &der::sequence([&der::time(validity.from), &der::time(validity.until)]),
        &der::sequence([]),
        key.to_public_key().to_public_key_der()?.as_bytes(),
    ]);
    signed(&tbs, key)
}

fn to_be_signed(
    serial: u32,
    issuer: &[u8],
    validity: Validity,
    subject: &[u8],
    key: &PublicKey,
    extensions: &[Vec<u8>],
) -> anyhow::Result<Vec<u8>> {
    let version_3 = der::context(0, &der::integer(2));
    let validity = der::sequence([&der::time(validity.from), &der::time(validity.until)]);
    let extensions = der::context(3, &der::sequence([&extensions.concat()]));
    Ok(der::sequence([&version_3, &der::integer(serial), &sha256_with_rsa(), issuer, &validity, subject, &key.info, &extensions]))
}

fn signed(tbs: &[u8], key: &RsaPrivateKey) -> anyhow::Result<Vec<u8>> {
    let signature = key.sign_with_rng(&mut thread_rng(), Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(tbs))?;
    Ok(assembled(tbs, &signature))
}

fn assembled(tbs: &[u8], signature: &[u8]) -> Vec<u8> {
    der::sequence([tbs, &sha256_with_rsa(), &der::bit_string(signature)])
}

fn sha256_with_rsa() -> Vec<u8> {
    der::sequence([&der::oid("1.2.840.113549.1.1.11"), &der::null()])
}

fn extension(id: &str, is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { der::boolean_true() } else { Vec::new() };
    der::sequence([&der::oid(id), &critical, &der::octet_string(value)])
}

const CN: &str = "2.5.4.3";
const L: &str = "2.5.4.7";
const O: &str = "2.5.4.10";
const OU: &str = "2.5.4.11";

/// The country is a PrintableString, everything else UTF8String.
fn country() -> Vec<u8> {
    der::set(&der::sequence([&der::oid("2.5.4.6"), &der::printable("JP")]))
}

fn attribute(id: &str, text: &str) -> Vec<u8> {
    der::set(&der::sequence([&der::oid(id), &der::utf8(text)]))
}

/// One name for all generations of a CA, and for those who pretend to be it.
fn ca_name(root: RootId) -> Vec<u8> {
    let purpose = match root {
        RootId::Sign => "UKETSUKE-TEST for digital signature",
        RootId::Auth1 | RootId::Auth2 | RootId::Auth3 | RootId::Forged | RootId::ForgedOwnId => "UKETSUKE-TEST for user authentication",
    };
    der::sequence([&country(), &attribute(O, ORGANISATION), &attribute(OU, purpose), &attribute(OU, "Virtual cards that certify nobody")])
}

/// Fourteen characters that mean nothing, then the municipality and a fixed tail.
fn opaque_number() -> String {
    let mut dice = thread_rng();
    let opaque: String = (0..14).map(|_| char::from_digit(dice.gen_range(0..36), 36).unwrap_or('0').to_ascii_uppercase()).collect();
    format!("{opaque}{MUNICIPALITY}003A")
}

fn policies(policy: &str, practice_statement: &str) -> Vec<u8> {
    let pointer = der::tlv(0x16, practice_statement.as_bytes());
    let qualifier = der::sequence([&der::oid("1.3.6.1.5.5.7.2.1"), &pointer]);
    der::sequence([&der::sequence([&der::oid(policy), &der::sequence([&qualifier])])])
}

/// A distribution point with a directory name only: nobody without a contract can fetch the list.
fn revocation_list_name() -> Vec<u8> {
    let name = der::sequence([
        &country(),
        &attribute(O, ORGANISATION),
        &attribute(OU, "CRL Distribution Points"),
        &attribute(OU, "Shikaku-ken"),
        &attribute(CN, "Uketsuke-shi CRLDP"),
    ]);
    let full_name = der::context(0, &der::context(4, &name));
    der::sequence([&der::sequence([&der::context(0, &full_name)])])
}

fn ocsp(address: &str) -> Vec<u8> {
    der::sequence([&der::sequence([&der::oid("1.3.6.1.5.5.7.48.1"), &der::context_bytes(6, address.as_bytes())])])
}

/// Key id, issuer name and serial number, all three.
fn authority_key_id(issuer: &Issuer<'_>) -> Vec<u8> {
    // [2] is implicit: the integer under another tag.
    let serial: Vec<u8> = std::iter::once(0x82).chain(der::integer(issuer.serial).into_iter().skip(1)).collect();
    let name = der::context(1, &der::context(4, &ca_name(issuer.root)));
    der::sequence([&der::context_bytes(0, &issuer.key_id), &name, &serial])
}

/// Name, sex, birth date (era digit, then YYYYMMDD) and address as other names; beside name and address one digit for each of their
/// characters, 1 where another stands for one that could not be written.
fn holder(person: &Person) -> Vec<u8> {
    let (year, month, day) = person.birth;
    // 大正 2, 昭和 3 from 1926-12-25, 平成 4 from 1989-01-08, 令和 5 from 2019-05-01.
    let era = 2 + [(1926, 12, 25), (1989, 1, 8), (2019, 5, 1)].into_iter().filter(|first_day| person.birth >= *first_day).count();
    let other_name = |arc: u32, text: &str| {
        let (base, _) = DEMO_CA_MARKER_OID.rsplit_once('.').unwrap_or((DEMO_CA_MARKER_OID, ""));
        let id = der::oid(&format!("{base}.8.5.5.{arc}"));
        der::context(0, &[id, der::context(0, &der::utf8(text))].concat())
    };
    let name = format!("{}\u{3000}{}", person.family, person.given);
    let replaced = |text: &str| -> String { text.chars().map(|character| if character == '●' { '1' } else { '0' }).collect() };
    let names = [
        other_name(1, &name),
        other_name(2, &replaced(&name)),
        other_name(3, person.sex.code()),
        other_name(4, &format!("{era}{year:04}{month:02}{day:02}")),
        other_name(5, person.address),
        other_name(6, &replaced(person.address)),
    ];
    der::sequence([&names.concat()])
}
