//! Second factors: passkeys by `webauthn-rs`, authenticator apps by RFC 6238, recovery codes, and how their secrets are kept.

use ring::{aead, hmac};
use shared::api::Code;
use shared::api::Detail;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::factor::{FactorFault, RECOVERY_CHARS, RECOVERY_CODES, TOTP_DIGITS, grouped};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url,
    Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use zeroize::Zeroizing;

use crate::Sha256;
use crate::origin::Origin;
use crate::refused::Refused;
use crate::store::Press;
use crate::store::code::CodeRecord;
use crate::store::factor::PasskeyRecord;
use crate::tenant::Tenant;

/// Seconds that a code of an authenticator app stands for (RFC 6238).
const TOTP_PERIOD_MS: i64 = 30_000;
/// A code of so many periods before or after counts too: clocks differ, and typing takes time.
const TOTP_SLACK: i64 = 1;
/// Bytes of an authenticator app's secret (RFC 4226: 160 bits).
pub const TOTP_SECRET: usize = 20;

/// The name under which people find this service in their devices and apps.
const RP_NAME: &str = "uketsuke";

/// What second factors are made and judged with.
pub struct FactorTools {
    /// `None` where the server's address has no host name: passkeys are for names.
    webauthn: Option<Webauthn>,
    /// Seals what is kept.
    pub vault: Vault,
    key: hmac::Key,
    host: String,
}

/// Says that an authenticator's answer is not taken. The person hears a code; this is for the log.
#[derive(Debug, thiserror::Error)]
pub enum NotProved {
    /// Not of the form that browsers give.
    #[error("the answer cannot be read")]
    Form,
    /// The library refuses it.
    #[error("passkey refused: {0}")]
    Passkey(webauthn_rs::prelude::WebauthnError),
    /// It fits no passkey that was asked for.
    #[error("another passkey than those asked for")]
    Other,
    /// What is kept cannot be read.
    #[error("a kept passkey cannot be read")]
    Kept,
}

impl From<NotProved> for Refused {
    fn from(why: NotProved) -> Self {
        Self::new(if matches!(why, NotProved::Kept) { Code::Internal } else { Code::Proof }).because(why)
    }
}

/// A refusal with its reason.
#[must_use]
pub fn faulty(fault: FactorFault) -> Refused {
    Refused::new(Code::FactorFault).with(Detail::Factor(fault))
}

impl FactorTools {
    /// The tools of a server with this address; `server_key` is the key of its data folder.
    #[must_use]
    pub fn new(origin: &Origin, server_key: &[u8; 32]) -> Self {
        let host = origin.host();
        let url = Url::parse(origin.as_str()).ok();
        let webauthn = url.and_then(|url| WebauthnBuilder::new(&host, &url).ok()?.rp_name(RP_NAME).build().ok());
        if webauthn.is_none() {
            tracing::warn!("this server's address has no host name: authenticator apps work, passkeys do not");
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, server_key);
        Self { webauthn, vault: Vault::new(&key), key, host }
    }

    /// True where passkeys can be registered.
    #[must_use]
    pub fn has_passkeys(&self) -> bool {
        self.webauthn.is_some()
    }

    fn webauthn(&self) -> Result<&Webauthn, Refused> {
        self.webauthn.as_ref().ok_or_else(|| faulty(FactorFault::NoPasskeys))
    }

    /// Whose a passkey is, as an authenticator knows it: says nothing about it, and is always the same.
    fn handle(&self, whose: &str) -> Uuid {
        let tag = hmac::sign(&self.key, whose.as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Uuid::from_bytes(bytes)
    }

    /// Asks for a new passkey: options for the page, and what the answer is judged by.
    ///
    /// # Errors
    /// [`FactorFault::NoPasskeys`], or the library's.
    pub fn ask_passkey(&self, tenant: &Tenant, user: &UserId, known: &[PasskeyRecord]) -> Result<(String, String), Refused> {
        // What a device shows where it has several for this server.
        self.ask_new(self.handle(&format!("passkey user\n{}\n{user}", tenant.code())), &format!("{user} ({})", tenant.code()), known)
    }

    /// The same for a device of the device desk: it is another user to an authenticator, which may have a passkey of the account as well.
    ///
    /// # Errors
    /// As [`Self::ask_passkey`].
    pub fn ask_device_passkey(&self, tenant: &Tenant, device: &CodeRecord, known: &[PasskeyRecord]) -> Result<(String, String), Refused> {
        let handle = self.handle(&format!("passkey device\n{}\n{}", tenant.code(), device.id.as_str()));
        self.ask_new(handle, &format!("{} ({})", device.label, tenant.code()), known)
    }

    fn ask_new(&self, handle: Uuid, name: &str, known: &[PasskeyRecord]) -> Result<(String, String), Refused> {
        let known: Vec<_> = read_all(known)?.iter().map(|passkey| passkey.cred_id().clone()).collect();
        let started = self.webauthn()?.start_passkey_registration(handle, name, name, Some(known));
        let (options, state) = started.map_err(|why| Refused::new(Code::Internal).because(NotProved::Passkey(why)))?;
        let mut options = serde_json::to_value(&options).map_err(|why| Refused::new(Code::Internal).because(why))?;
        // Kept by the device where it can, so that it is found without an ID; one that has no room registers all the same.
        if let Some(wanted) = options.pointer_mut("/publicKey/authenticatorSelection/residentKey") {
            *wanted = "preferred".into();
        }
        Ok((json(&options)?, json(&state)?))
    }

    /// Judges the answer: the passkey to keep.
    ///
    /// # Errors
    /// [`Code::Proof`].
    pub fn judge_new(&self, answer: &str, state: &str, id: String, name: String, at: UnixMs) -> Result<PasskeyRecord, Refused> {
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(|_| NotProved::Form)?;
        let state: PasskeyRegistration = serde_json::from_str(state).map_err(|_| NotProved::Kept)?;
        let passkey = self.webauthn()?.finish_passkey_registration(&answer, &state).map_err(NotProved::Passkey)?;
        let credential_id: &[u8] = passkey.cred_id().as_ref();
        Ok(PasskeyRecord { id, credential_id: credential_id.to_vec(), name, credential: json(&passkey)?, added_at: at, last_used_at: None })
    }

    /// Asks for a proof by one of these passkeys; `None` where there are none.
    ///
    /// # Errors
    /// The library's.
    pub fn ask_proof(&self, known: &[PasskeyRecord]) -> Result<Option<(String, String)>, Refused> {
        let Some(webauthn) = self.webauthn.as_ref().filter(|_| !known.is_empty()) else { return Ok(None) };
        let started = webauthn.start_passkey_authentication(&read_all(known)?);
        let (options, state) = started.map_err(|why| Refused::new(Code::Internal).because(NotProved::Passkey(why)))?;
        Ok(Some((json(&options)?, json(&state)?)))
    }

    /// Judges the answer: the passkey that gave it, as it is to be kept from now on.
    ///
    /// # Errors
    /// [`Code::Proof`].
    pub fn judge(&self, answer: &str, state: &str, known: &[PasskeyRecord], at: UnixMs) -> Result<PasskeyRecord, Refused> {
        let answer = read_answer(answer)?;
        let state: PasskeyAuthentication = serde_json::from_str(state).map_err(|_| NotProved::Kept)?;
        let result = self.webauthn()?.finish_passkey_authentication(&answer, &state).map_err(NotProved::Passkey)?;
        let credential_id: &[u8] = result.cred_id().as_ref();
        // Removed since the question: it counts no more.
        let record = known.iter().find(|record| record.credential_id == credential_id).ok_or(NotProved::Other)?;
        let mut passkey: Passkey = serde_json::from_str(&record.credential).map_err(|_| NotProved::Kept)?;
        passkey.update_credential(&result);
        Ok(PasskeyRecord { credential: json(&passkey)?, last_used_at: Some(at), ..record.clone() })
    }

    /// Asks for a login by whatever passkey the device finds.
    ///
    /// # Errors
    /// [`FactorFault::NoPasskeys`], or the library's.
    pub fn ask_login(&self) -> Result<(String, String), Refused> {
        let started = self.webauthn()?.start_discoverable_authentication();
        let (options, state) = started.map_err(|why| Refused::new(Code::Internal).because(NotProved::Passkey(why)))?;
        Ok((json(&options)?, json(&state)?))
    }

    /// Judges the answer by the passkey that it names, which is this account's: the passkey as it is to be kept from now on.
    ///
    /// # Errors
    /// [`Code::Proof`].
    pub fn judge_login(
        &self,
        answer: &PublicKeyCredential,
        state: &str,
        (tenant, user): (&Tenant, &UserId),
        record: &PasskeyRecord,
        at: UnixMs,
    ) -> Result<PasskeyRecord, Refused> {
        let state: DiscoverableAuthentication = serde_json::from_str(state).map_err(|_| NotProved::Kept)?;
        let (handle, _) = self.webauthn()?.identify_discoverable_authentication(answer).map_err(NotProved::Passkey)?;
        if handle != self.handle(&format!("passkey user\n{}\n{user}", tenant.code())) {
            return Err(NotProved::Other.into());
        }
        let mut passkey: Passkey = serde_json::from_str(&record.credential).map_err(|_| NotProved::Kept)?;
        let judged = self.webauthn()?.finish_discoverable_authentication_v2(answer, state, &passkey);
        passkey.update_credential(&judged.map_err(NotProved::Passkey)?);
        Ok(PasskeyRecord { credential: json(&passkey)?, last_used_at: Some(at), ..record.clone() })
    }

    /// The address by which an authenticator app takes a secret (Key Uri Format of the apps).
    #[must_use]
    pub fn otpauth(&self, tenant: &Tenant, user: &UserId, secret: &[u8]) -> String {
        let label = format!("{RP_NAME}%20{}:{}-{user}", self.host, tenant.code());
        format!(
            "otpauth://totp/{label}?secret={}&issuer={RP_NAME}%20{}&algorithm=SHA1&digits={TOTP_DIGITS}&period=30",
            base32(secret),
            self.host
        )
    }

    /// The recovery codes that a press gives: made of its key, which only the page has, and the server's, which no page has. So the
    /// same press sent again gives them again, and they are kept nowhere.
    #[must_use]
    pub fn recovery_codes(&self, tenant: &Tenant, press: &Press) -> Vec<String> {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let of = |number: usize| {
            let text = format!("recovery code {number}\n{}\n{}\n{}", tenant.code(), press.user, crate::hex(&press.seed));
            let tag = hmac::sign(&self.key, text.as_bytes());
            let letters = tag.as_ref().iter().filter_map(|b| ALPHABET.get(usize::from(b % 32)).map(|c| char::from(*c)));
            letters.take(RECOVERY_CHARS).collect()
        };
        (0..RECOVERY_CODES).map(of).collect()
    }
}

/// Reads what a browser made of a question.
///
/// # Errors
/// [`NotProved::Form`].
pub fn read_answer(answer: &str) -> Result<PublicKeyCredential, NotProved> {
    serde_json::from_str(answer).map_err(|_| NotProved::Form)
}

fn json(value: &impl serde::Serialize) -> Result<String, Refused> {
    serde_json::to_string(value).map_err(|why| Refused::new(Code::Internal).because(why))
}

fn read_all(known: &[PasskeyRecord]) -> Result<Vec<Passkey>, Refused> {
    let read = |record: &PasskeyRecord| serde_json::from_str(&record.credential).map_err(|_| NotProved::Kept.into());
    known.iter().map(read).collect()
}

/// Seals secrets with a key that is made of the server's (AES-256-GCM; the account is bound in).
pub struct Vault(aead::LessSafeKey);

/// Says that a secret cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kept secret cannot be opened with the key of this server")]
pub struct Sealed;

impl Vault {
    #[expect(clippy::expect_used, reason = "32 bytes are a key of this algorithm")]
    fn new(server_key: &hmac::Key) -> Self {
        let key = hmac::sign(server_key, b"uketsuke secrets of authenticator apps");
        Self(aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM, key.as_ref()).expect("32 bytes")))
    }

    fn bound_to(tenant: &Tenant, user: &UserId) -> aead::Aad<Vec<u8>> {
        aead::Aad::from(format!("{}\n{user}", tenant.code()).into_bytes())
    }

    /// Seals a secret of an account; `nonce` is random and never used twice.
    ///
    /// # Errors
    /// [`Sealed`].
    pub fn seal(&self, tenant: &Tenant, user: &UserId, secret: &[u8], nonce: [u8; 12]) -> Result<Vec<u8>, Sealed> {
        let mut sealed = secret.to_vec();
        let at = aead::Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(at, Self::bound_to(tenant, user), &mut sealed).map_err(|_| Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a secret of an account.
    ///
    /// # Errors
    /// [`Sealed`]: damaged, another account's, or of another server's key.
    pub fn open(&self, tenant: &Tenant, user: &UserId, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Sealed> {
        let (nonce, rest) = sealed.split_first_chunk::<12>().ok_or(Sealed)?;
        let mut rest = Zeroizing::new(rest.to_vec());
        let at = aead::Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(at, Self::bound_to(tenant, user), &mut rest).map_err(|_| Sealed)?;
        Ok(Zeroizing::new(opened.to_vec()))
    }
}

/// The code of 30 seconds (RFC 6238 with SHA-1, which every app knows).
#[must_use]
pub fn totp(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let at = usize::from(bytes.last().copied().unwrap_or_default() & 0x0F);
    let four = bytes.get(at..at + 4).and_then(|four| <[u8; 4]>::try_from(four).ok()).unwrap_or_default();
    (u32::from_be_bytes(four) & 0x7FFF_FFFF) % 10_u32.pow(6)
}

/// The 30 seconds of an instant.
#[must_use]
pub fn totp_step(at: UnixMs) -> i64 {
    at.0.div_euclid(TOTP_PERIOD_MS)
}

/// The 30 seconds whose code this is, near `at` and after `last_step`; `None`: the code is wrong, too old, or was used.
#[must_use]
pub fn totp_match(secret: &[u8], code: u32, at: UnixMs, last_step: i64) -> Option<i64> {
    let now = totp_step(at);
    // Every one is worked out, so that the time tells nothing.
    let hits = (now - TOTP_SLACK..=now + TOTP_SLACK).filter(|step| totp(secret, *step) == code);
    hits.filter(|step| *step > last_step).max()
}

/// Base32 without padding (RFC 4648), as authenticator apps take it.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<bool> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let letter = |five: &[bool]| {
        let place = (0..5).fold(0_usize, |sum, bit| sum * 2 + usize::from(five.get(bit).copied().unwrap_or_default()));
        ALPHABET.get(place).map(|letter| char::from(*letter))
    };
    bits.chunks(5).filter_map(letter).collect()
}

/// The salt of an account's recovery codes, so that one computation finds the code among all.
#[must_use]
pub fn recovery_salt(tenant: &Tenant, user: &UserId) -> Sha256 {
    crate::sha256(format!("recovery code {} {user}", tenant.code()).as_bytes())
}

/// As people see them.
#[must_use]
pub fn for_people(codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| grouped(code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::domain::institution::InstitutionCode;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = b"12345678901234567890";
        for (second, code) in [(59, 94_287_082), (1_111_111_109, 7_081_804), (1_111_111_111, 14_050_471), (20_000_000_000, 65_353_130_i64)]
        {
            assert_eq!(i64::from(totp(secret, totp_step(UnixMs(second * 1000)))), code % 1_000_000, "{second}");
        }
        assert_eq!(base32(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!([base32(b""), base32(b"f"), base32(b"fooba"), base32(b"foobar")], ["", "MY", "MZXW6YTB", "MZXW6YTBOI"]);
    }

    #[test]
    fn a_code_counts_for_its_own_and_the_next_half_minute_and_once() {
        let (secret, at) = (b"12345678901234567890", UnixMs(1_795_000_000_000));
        let step = totp_step(at);
        let code = totp(secret, step);
        assert_eq!(totp_match(secret, code, at, 0), Some(step));
        for (seconds, wanted) in [(-30, Some(step)), (30, Some(step)), (60, None), (-60, None)] {
            assert_eq!(totp_match(secret, code, at.plus_ms(seconds * 1_000), 0), wanted, "{seconds}");
        }
        assert_eq!(totp_match(secret, code, at, step), None, "used");
        assert_eq!(totp_match(secret, code ^ 1, at, 0), None);
    }

    #[test]
    fn a_sealed_secret_opens_for_its_account_and_key_only() {
        let tenant = |code: &str| Tenant::of_operator(&InstitutionCode::try_from(code).unwrap());
        let (own, user) = (tenant("9969900001"), UserId::try_from("kanri1").unwrap());
        let vault = |byte| FactorTools::new(&Origin::parse("https://uketsuke.example").unwrap(), &[byte; 32]).vault;
        let sealed = vault(1).seal(&own, &user, b"secret", [9; 12]).unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"secret"));
        assert_eq!(vault(1).open(&own, &user, &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(vault(2).open(&own, &user, &sealed), Err(Sealed));
        assert_eq!(vault(1).open(&own, &UserId::try_from("kanri2").unwrap(), &sealed), Err(Sealed));
        assert_eq!(vault(1).open(&tenant("9919900002"), &user, &sealed), Err(Sealed));
        assert_eq!(vault(1).open(&own, &user, &sealed[..11]), Err(Sealed));
    }

    #[test]
    fn an_address_without_a_host_name_has_no_passkeys() {
        let has = |origin: &str| FactorTools::new(&Origin::parse(origin).unwrap(), &[0; 32]).has_passkeys();
        assert!(has("https://uketsuke.example") && has("http://localhost:8080"));
        assert!(!has("http://127.0.0.1:8080"));
    }
}
