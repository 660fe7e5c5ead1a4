//! The conversations with the JPKI application: what card is it, how many tries are left, the signature, and the certificate alone.
//!
//! Every APDU is one of `card.md` §10; the lists there are the tests here.

use std::sync::Mutex;

use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use shared::reader::{CardKind, Step};

use super::apdu::{Ef, SELECT_JPKI, Sw};
use super::talk::{Talk, may_try};
use super::tlv::{self, PublicKey};
use super::{After, Channel};

pub use super::talk::{Digits, Entry, Extended, Failed, NotDigits, Press, Tries, Trouble};

#[cfg(test)]
mod tests;

/// The four digits of the 利用者証明用暗証番号.
pub type Pin = Digits<4>;

/// A signature that was checked against the certificate beside it.
pub struct Signed {
    /// 利用者証明用電子証明書, DER, without filler.
    pub certificate: Vec<u8>,
    /// PKCS#1 v1.5 signature over SHA-256 of the message.
    pub signature: Vec<u8>,
}

/// Flow 1: what the card is, by application and whole label; two commands, no identifier.
///
/// # Errors
/// [`Trouble::Stopped`] or [`Trouble::Channel`]; any answer of the card is a kind.
pub fn kind(channel: &mut dyn Channel, stop: &dyn Fn() -> bool) -> Result<CardKind, Trouble> {
    let mut talk = Talk::new(channel, stop, &SELECT_JPKI);
    match talk.select() {
        Ok(()) => {}
        Err(Trouble::NotThisCard | Trouble::Refused(..)) => return Ok(CardKind::Foreign),
        Err(other) => return Err(other),
    }
    let answer = talk.read_start(Ef::TokenInfo, 0x20)?;
    if answer.sw != Sw::OK || answer.data.len() < 32 {
        return Ok(CardKind::UnknownToken);
    }
    // The old card's label is a prefix of the new one's: whole labels only.
    let label = answer.data.get(..32).unwrap_or_default();
    let end = label.iter().rposition(|b| !matches!(b, b' ' | 0)).map_or(0, |last| last + 1);
    Ok(match label.get(..end).unwrap_or_default() {
        b"JPKIAPICCTOKEN2" => CardKind::MyNumberCard,
        b"JPKIAPICCTOKEN" => CardKind::JukiCard,
        b"JPKIAPGPSETOKEN" | b"JPKIAPIOSTOKEN" => CardKind::Phone,
        _ => CardKind::UnknownToken,
    })
}

/// Flow 2: tries left, and whether there is a certificate at all. Before every PIN prompt.
///
/// # Errors
/// [`Trouble::NoCertificate`] when a prompt would be in vain; else as the card says.
pub fn tries(channel: &mut dyn Channel, stop: &dyn Fn() -> bool) -> Result<Tries, Trouble> {
    let mut talk = Talk::new(channel, stop, &SELECT_JPKI);
    talk.select()?;
    let tries = talk.query(Ef::AuthPin)?.ok_or(Trouble::NoCertificate)?;
    if tries == Tries::Left(0) {
        return Ok(tries);
    }
    if has_certificate(&mut talk)? { Ok(tries) } else { Err(Trouble::NoCertificate) }
}

/// Tries left of both PINs, and whether there is a certificate. Spends none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// 利用者証明用暗証番号; `None` on a card without one.
    pub auth: Option<Tries>,
    /// 署名用暗証番号; `None` on a card without one.
    pub sign: Option<Tries>,
    /// The card holds a 利用者証明用電子証明書.
    pub has_certificate: bool,
}

/// The counters of both PINs: four commands, none with a PIN.
///
/// # Errors
/// As the card says; a card without a certificate is no error.
pub fn status(channel: &mut dyn Channel, stop: &dyn Fn() -> bool) -> Result<Status, Trouble> {
    let mut talk = Talk::new(channel, stop, &SELECT_JPKI);
    talk.select()?;
    let auth = talk.query(Ef::AuthPin)?;
    let sign = talk.query_again(Ef::SignPin)?;
    Ok(Status { auth, sign, has_certificate: has_certificate(&mut talk)? })
}

/// Flow 4: the certificate alone, without a PIN, so there is nothing to clear. Proves neither presence nor identity.
///
/// # Errors
/// [`Trouble::NoCertificate`], or as the card says.
pub fn identify(channel: &mut dyn Channel, extended: &Mutex<Extended>, stop: &dyn Fn() -> bool) -> Result<Vec<u8>, Trouble> {
    let mut talk = Talk::new(channel, stop, &SELECT_JPKI);
    talk.select()?;
    let certificate = certificate(&mut talk, extended)?;
    match tlv::public_key(&certificate) {
        Some(PublicKey::Rsa(_)) => Ok(certificate),
        Some(PublicKey::Newer) => Err(Trouble::NewerCard),
        None => Err(Trouble::Nonsense("no public key in the certificate")),
    }
}

/// Flow 3: VERIFY once, sign, read the certificate, clear. The message is hashed here and the result is checked here.
///
/// Ends with SELECT ISD on every path; when that fails, the second value asks to take the power away.
pub fn authenticate(
    channel: &mut dyn Channel,
    press: &Press<'_>,
    message: &[u8],
    extended: &Mutex<Extended>,
    stop: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(Step),
) -> (Result<Signed, Failed>, After) {
    let mut talk = Talk::new(channel, stop, &SELECT_JPKI);
    let result = verify_and_sign(&mut talk, press, message, extended, progress);
    let after = talk.clear();
    (result.and_then(|signed| check(signed, message).map_err(Failed::from)), after)
}

/// The signature must fit the certificate before anything leaves this program.
fn check(signed: Signed, message: &[u8]) -> Result<Signed, Trouble> {
    match tlv::public_key(&signed.certificate) {
        Some(PublicKey::Rsa(key)) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(message, &signed.signature)
            .map_err(|_| Trouble::Nonsense("the signature does not fit the certificate"))
            .map(|()| signed),
        Some(PublicKey::Newer) => Err(Trouble::NewerCard),
        None => Err(Trouble::Nonsense("no public key in the certificate")),
    }
}

/// Whether there is a certificate: as the card lists it, or else by one READ of the file ittalk.
fn has_certificate(talk: &mut Talk<'_>) -> Result<bool, Trouble> {
    let availability = talk.read_start(Ef::Availability, 0x03)?;
    if availability.sw == Sw::OK && availability.data.get(1) == Some(&0x8F) {
        return Ok(true);
    }
    let answer = talk.read_start(Ef::AuthCertificate, 0)?;
    match answer.sw {
        Sw::OK | Sw::END_OF_FILE => Ok(answer.data.first() == Some(&0x30)),
        Sw::NOT_VERIFIED => Ok(true),
        Sw::NOT_FOUND | Sw::PAST_END => Ok(false),
        other => Err(Trouble::Refused("READ", other)),
    }
}

fn verify_and_sign(
    talk: &mut Talk<'_>,
    press: &Press<'_>,
    message: &[u8],
    extended: &Mutex<Extended>,
    progress: &mut dyn FnMut(Step),
) -> Result<Signed, Failed> {
    talk.select()?;
    let tries = talk.query(Ef::AuthPin)?.ok_or(Trouble::NoCertificate)?;
    may_try(tries, press)?;
    progress(Step::Verifying);
    talk.verify(Ef::AuthPin, press)?;
    progress(Step::Signing);
    let signature = sign(talk, message)?;
    progress(Step::Reading);
    let certificate = certificate(talk, extended)?;
    Ok(Signed { certificate, signature })
}

fn sign(talk: &mut Talk<'_>, message: &[u8]) -> Result<Vec<u8>, Trouble> {
    let hash = digest(&SHA256, message);
    let hash: &[u8; 32] = hash.as_ref().try_into().map_err(|_| Trouble::Nonsense("a hash of another length"))?;
    let form = talk.select_first(Ef::AuthKey)?;
    let answer = talk.fetch(&Ef::AuthKey.sign(form, hash))?;
    if answer.sw == Sw::OK { Ok(answer.data) } else { Err(Trouble::Refused("SIGN", answer.sw)) }
}

/// The certificate. Only after SIGN.
fn certificate(talk: &mut Talk<'_>, extended: &Mutex<Extended>) -> Result<Vec<u8>, Trouble> {
    let length = |start: &[u8]| tlv::certificate_length(start).map_err(|_| "the certificate file holds no certificate");
    talk.read_file(Ef::AuthCertificate, extended, length)?.ok_or(Trouble::NoCertificate)
}
