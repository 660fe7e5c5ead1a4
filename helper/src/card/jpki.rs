//! The conversations with the JPKI application: what card is it, how many tries are left, the signature, and the certificate alone.
//!
//! Every APDU is one of `card.md` §10; the lists there are the tests here.

use std::sync::Mutex;

use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use shared::reader::{CardKind, Spent, Step};

use super::apdu::{Ef, Form, SELECT_JPKI, Sw};
use super::talk::{Talk, may_try};
use super::tlv::{self, NotACertificate, PublicKey};
use super::{After, Channel};

pub use super::talk::{Digits, Entry, Extended, Failed, NotDigits, Press, Tries, Trouble};

#[cfg(test)]
mod tests;

/// Bits of the shortest RSA key that cards have (`card.md` §7.2).
const KEY_BITS_MIN: usize = 2048;

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
    let answer = talk.read_head(Ef::TokenInfo, 0x20)?;
    if answer.sw != Sw::OK || answer.data.len() < 32 {
        return Ok(CardKind::UnknownToken);
    }
    // The old card's label is a prefix of the new one's: whole labels only.
    let label = answer.data.get(..32).unwrap_or_default();
    let end = label.iter().rposition(|b| !matches!(b, b' ' | 0)).map_or(0, |last| last + 1);
    Ok(match label.get(..end).unwrap_or_default() {
        b"JPKIAPICCTOKEN2" => CardKind::MyNumberCard,
        b"JPKIAPICCTOKEN" => CardKind::JukiCard,
        b"JPKIAPGPSETOKEN" => CardKind::PhoneAndroid,
        b"JPKIAPIOSTOKEN" => CardKind::PhoneIos,
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
    let result = verify(&mut talk, press, false, progress).and_then(|()| sign_and_read(&mut talk, message, extended, progress));
    let after = talk.clear();
    (result.and_then(|signed| check(signed, message).map_err(Failed::from)), after)
}

/// Flow 3 of an iPhone: without a press it signs when its owner has unlocked it, and no VERIFY is sent. With one, as [`authenticate`]; a phone
/// that takes no VERIFY has its own lock only ([`Trouble::PhoneLocked`]), and no try is gone. Source: `card.md` §8.
pub fn authenticate_iphone(
    channel: &mut dyn Channel,
    press: Option<&Press<'_>>,
    message: &[u8],
    extended: &Mutex<Extended>,
    stop: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(Step),
) -> (Result<Signed, Failed>, After) {
    let mut talk = Talk::new(channel, stop, &SELECT_JPKI);
    let opened = match press {
        Some(press) => verify(&mut talk, press, true, progress),
        None => talk.select().and_then(|()| talk.probe(Ef::AuthPin)).map_err(Failed::from),
    };
    let result = opened.and_then(|()| match sign_and_read(&mut talk, message, extended, progress) {
        Err(Failed { trouble: Trouble::Refused("SIGN", Sw::NOT_VERIFIED), .. }) => Err(Trouble::PhoneLocked.into()),
        other => other,
    });
    talk.farewell();
    let after = talk.clear();
    (result.and_then(|signed| check(signed, message).map_err(Failed::from)), after)
}

/// The signature must fit the certificate before anything leaves this program.
fn check(signed: Signed, message: &[u8]) -> Result<Signed, Trouble> {
    match tlv::public_key(&signed.certificate) {
        // ring knows no shorter key either.
        Some(PublicKey::Rsa(_)) if has_newer_key(&signed.certificate) => Err(Trouble::NewerCard),
        Some(PublicKey::Rsa(key)) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(message, &signed.signature)
            .map_err(|_| Trouble::Nonsense("the signature does not fit the certificate"))
            .map(|()| signed),
        Some(PublicKey::Newer) => Err(Trouble::NewerCard),
        None => Err(Trouble::Nonsense("no public key in the certificate")),
    }
}

/// Whether there is a certificate: as the card lists it, or else by one READ of the file itself.
fn has_certificate(talk: &mut Talk<'_>) -> Result<bool, Trouble> {
    let availability = talk.read_head(Ef::Availability, 0x03)?;
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

/// Counter, then the one VERIFY.
fn verify(talk: &mut Talk<'_>, press: &Press<'_>, is_iphone: bool, progress: &mut dyn FnMut(Step)) -> Result<(), Failed> {
    talk.select()?;
    let without_pin = if is_iphone { Trouble::PhoneLocked } else { Trouble::NoCertificate };
    may_try(talk.query(Ef::AuthPin)?.ok_or(without_pin)?, press)?;
    progress(Step::Verifying);
    talk.verify(Ef::AuthPin, press).map_err(|failed| match failed {
        // Blocked, against its own counter: it takes no VERIFY at all.
        Failed { trouble: Trouble::Locked, spent: Spent::No } if is_iphone => Trouble::PhoneLocked.into(),
        other => other,
    })
}

fn sign_and_read(
    talk: &mut Talk<'_>,
    message: &[u8],
    extended: &Mutex<Extended>,
    progress: &mut dyn FnMut(Step),
) -> Result<Signed, Failed> {
    progress(Step::Signing);
    match sign(talk, message) {
        Ok(signature) => {
            progress(Step::Reading);
            talk.may_come_back = true;
            let certificate = certificate(talk, extended)?;
            Ok(Signed { certificate, signature })
        }
        // Its key may be one that cannot sign what ours sign; only the certificate tells.
        Err(refused @ Trouble::Refused(_, Sw::LENGTH | Sw::CONDITIONS)) => {
            progress(Step::Reading);
            let is_newer = match certificate(talk, extended) {
                Ok(certificate) => has_newer_key(&certificate),
                Err(Trouble::TooLong(_)) => true,
                Err(lost @ (Trouble::Stopped | Trouble::Channel(_))) => return Err(lost.into()),
                Err(_) => false,
            };
            Err(if is_newer { Trouble::NewerCard } else { refused }.into())
        }
        Err(other) => Err(other.into()),
    }
}

fn sign(talk: &mut Talk<'_>, message: &[u8]) -> Result<Vec<u8>, Trouble> {
    let hash = digest(&SHA256, message);
    let hash: &[u8; 32] = hash.as_ref().try_into().map_err(|_| Trouble::Nonsense("a hash of another length"))?;
    let form = talk.select_first(Ef::AuthKey)?;
    let mut answer = talk.fetch(&Ef::AuthKey.sign(form, hash))?;
    if form == Form::ShortEf && answer.sw.wants_select() {
        // Refused by the way the file was named: nothing was signed.
        talk.select_ef(Ef::AuthKey)?;
        answer = talk.fetch(&Ef::AuthKey.sign(Form::Selected, hash))?;
    }
    if answer.sw == Sw::OK { Ok(answer.data) } else { Err(Trouble::Refused("SIGN", answer.sw)) }
}

/// Whether the key of a certificate is none that this program can have sign.
fn has_newer_key(certificate: &[u8]) -> bool {
    match tlv::public_key(certificate) {
        Some(PublicKey::Rsa(key)) => tlv::rsa_bits(key).is_some_and(|bits| bits < KEY_BITS_MIN),
        Some(PublicKey::Newer) => true,
        None => false,
    }
}

/// The certificate. Only after SIGN.
fn certificate(talk: &mut Talk<'_>, extended: &Mutex<Extended>) -> Result<Vec<u8>, Trouble> {
    let length = |start: &[u8]| {
        tlv::certificate_length(start).map_err(|why| match why {
            NotACertificate::Shape => Trouble::Nonsense("the certificate file holds no certificate"),
            NotACertificate::TooLong => Trouble::TooLong("the certificate"),
        })
    };
    talk.read_file(Ef::AuthCertificate, extended, length)?.ok_or(Trouble::NoCertificate)
}
