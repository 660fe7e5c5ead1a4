//! The device desk (`/d`): an activated device, its key, and how it logs in (DA-1…DA-4, N120–N123, P-DEV).
//!
//! A device has a P-256 key that cannot leave its browser. Every request of it is signed with that key over a nonce of the server
//! ([`signed_bytes`]; the idea is that of RFC 9449), so a copied session, cookie or storage opens nothing elsewhere. The session of a
//! device is held in the page's memory alone: a reload asks for the passcode again.

use serde::{Deserialize, Serialize};

use super::office::Session;
use super::{Again, Answer, Audit, Body, Permission, SMALL, endpoints};
use crate::bytes::Base64;
use crate::domain::account::UserId;
use crate::domain::calendar::UnixMs;
use crate::domain::code::DeviceLabel;
use crate::domain::facility::Edition;
use crate::domain::institution::InstitutionCode;

/// Names the device: the id that its registration answered; at the registration its public key instead.
pub const DEVICE_HEADER: &str = "x-uketsuke-device";
/// The session that a login at the device opened, as [`DeviceLogin::session`] says it.
pub const DEVICE_SESSION_HEADER: &str = "x-uketsuke-device-session";
/// In a request the nonce that it is signed over; in the answer to a request of a device the one for the next.
pub const NONCE_HEADER: &str = "x-uketsuke-nonce";
/// The signature over [`signed_bytes`]: ECDSA on P-256 with SHA-256, r and s as 64 bytes, in base64url.
pub const SIGNATURE_HEADER: &str = "x-uketsuke-signature";

/// Bytes of a public key: an uncompressed point of P-256.
pub const PUBLIC_KEY_LEN: usize = 65;
/// A nonce counts for so long, milliseconds: as many requests as wanted may be signed over it.
pub const NONCE_LIFE_MS: i64 = 60_000;
/// Fewest digits of a passcode (P-DEV).
pub const PASSCODE_MIN: usize = 6;
/// Most digits of a passcode.
pub const PASSCODE_MAX: usize = 16;
/// Wrong passcodes in a row, after each of which from this one on the next has to wait (P-DEV).
pub const WRONG_TO_WAIT: u32 = 5;
/// The one that ends the device (P-DEV, X41).
pub const WRONG_TO_WIPE: u32 = 10;
/// How long it has to wait, milliseconds (P-DEV).
pub const WAIT_MS: i64 = 60_000;
/// A device that nobody touches asks for its passcode after so long, milliseconds (P-DEV).
pub const DEVICE_IDLE_MS: i64 = 5 * 60_000;
/// The first passcode (DA-3) is registered within so long after the device, milliseconds: until then whoever holds the device could
/// choose it. After that the device has ended, and is registered anew with another code (P-DEV).
pub const FIRST_PASSCODE_MS: i64 = 30 * 60_000;
/// Version of the notice that is agreed to at DA-1.
pub const DEVICE_NOTICE: &str = "2026-11";

/// What a device signs: method, path with its query, nonce, session and key of the press as their headers have them (`-` where there is
/// none), and the body.
#[must_use]
pub fn signed_bytes(method: &str, path: &str, nonce: &str, session: Option<&str>, press: Option<&str>, body: &[u8]) -> Vec<u8> {
    let (session, press) = (session.unwrap_or("-"), press.unwrap_or("-"));
    let mut bytes = format!("uketsuke device 1\n{method}\n{path}\n{nonce}\n{session}\n{press}\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Why a text is no passcode to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum WeakPasscode {
    /// Fewer than [`PASSCODE_MIN`] digits, more than [`PASSCODE_MAX`], or something that is no digit.
    #[error("a passcode has 6 to 16 digits")]
    NotDigits,
    /// One digit over and over, or digits in their order.
    #[error("the passcode is the first that anybody tries")]
    TooSimple,
    /// The one that it would take the place of.
    #[error("the passcode is the same as before")]
    SameAsBefore,
}

/// Refuses what is no passcode (P-DEV), and those that anybody tries first.
///
/// # Errors
/// [`WeakPasscode`].
pub fn check_passcode(text: &str) -> Result<(), WeakPasscode> {
    let digits = text.as_bytes();
    if !(PASSCODE_MIN..=PASSCODE_MAX).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(WeakPasscode::NotDigits);
    }
    let goes_by = |step: i16| digits.iter().zip(digits.iter().skip(1)).all(|(one, next)| i16::from(*next) - i16::from(*one) == step);
    if [0, 1, -1].into_iter().any(goes_by) { Err(WeakPasscode::TooSimple) } else { Ok(()) }
}

endpoints! {
    /// A nonce for a device that has none that counts. It says nothing of anybody.
    AskNonce {
        name: "device.nonce",
        call: Get "/api/device/nonce",
        right: Permission::Anyone,
        asks: Body::None => (),
        answers: Answer::Json => Nonce,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 初期登録 (DA-2): signed by the new key. The same device and code again are answered the same: an answer may be lost.
    RegisterDevice {
        name: "device.register",
        call: Post "/api/device/register",
        right: Permission::NewDevice,
        asks: Body::Json(SMALL) => Registration,
        answers: Answer::Json => DeviceInfo,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Whose device it is, before anybody is in (DA-4).
    SeeDevice {
        name: "device.see",
        call: Get "/api/device/standing",
        right: Permission::Device,
        asks: Body::None => (),
        answers: Answer::Json => DeviceInfo,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// パスコード登録 (DA-3): the first one, which lets in at once; within [`FIRST_PASSCODE_MS`].
    SetPasscode {
        name: "device.set_passcode",
        call: Post "/api/device/passcode",
        right: Permission::Device,
        asks: Body::Json(SMALL) => Passcode,
        answers: Answer::Json => DeviceLogin,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// ログイン (DA-4). Each wrong passcode is counted by the server; the tenth ends the device (X41).
    LogInDevice {
        name: "device.login",
        call: Post "/api/device/login",
        right: Permission::Device,
        asks: Body::Json(SMALL) => Passcode,
        answers: Answer::Json => DeviceLogin,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// A nonce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nonce {
    /// For [`NONCE_HEADER`].
    pub nonce: String,
}

/// 初期登録 (N121). No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// 機関コード.
    pub institution: InstitutionCode,
    /// ユーザID.
    pub user: UserId,
    /// パスワード.
    pub password: String,
    /// アクティベーションコード as it was typed ([`crate::domain::code::ActivationCode::from_typed`]).
    pub code: String,
    /// Version of the notice that was agreed to ([`DEVICE_NOTICE`]).
    pub notice_version: String,
}

/// A passcode, typed. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passcode {
    /// [`PASSCODE_MIN`] to [`PASSCODE_MAX`] digits ([`check_passcode`]).
    pub passcode: String,
}

/// A registered device, as anybody who holds it may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Its id, for [`DEVICE_HEADER`].
    pub device: String,
    /// 機関コード.
    pub institution: InstitutionCode,
    /// 機関名.
    pub institution_name: String,
    /// 資格確認限定型 or not.
    pub edition: Edition,
    /// What tells the device (N052).
    pub label: DeviceLabel,
    /// By whose account it is used.
    pub user: UserId,
    /// A passcode is registered (DA-3).
    pub has_passcode: bool,
    /// A passkey opens it as well ([`super::device_settings`]).
    pub has_passkey: bool,
    /// 「目視確認で本人認証」 is on, and the institution allows it (N124).
    pub is_visual: bool,
    /// Tries of the passcode that are left before the device ends.
    pub tries_left: u32,
    /// No try before this instant.
    pub waits_until: Option<UnixMs>,
    /// The people are invented.
    pub is_training: bool,
    /// The server's clock.
    pub now: UnixMs,
}

/// A login at the device. No `Debug`: the session is a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLogin {
    /// For [`DEVICE_SESSION_HEADER`]; opens nothing without the device's key.
    pub session: Base64,
    /// Who is in.
    pub who: Session,
    /// The device.
    pub device: DeviceInfo,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_tries_first_is_no_passcode() {
        for (text, wanted) in [
            ("294817", Ok(())),
            ("2948170356", Ok(())),
            ("112233", Ok(())),
            ("", Err(WeakPasscode::NotDigits)),
            ("29481", Err(WeakPasscode::NotDigits)),
            ("29481a", Err(WeakPasscode::NotDigits)),
            ("２９４８１７", Err(WeakPasscode::NotDigits)),
            ("29481703562948170", Err(WeakPasscode::NotDigits)),
            ("000000", Err(WeakPasscode::TooSimple)),
            ("123456", Err(WeakPasscode::TooSimple)),
            ("987654", Err(WeakPasscode::TooSimple)),
        ] {
            assert_eq!(check_passcode(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_signed_says_everything_of_a_request_once() {
        let bytes = signed_bytes("POST", "/api/device/login", "n", Some("s"), None, b"{}");
        assert_eq!(bytes, b"uketsuke device 1\nPOST\n/api/device/login\nn\ns\n-\n{}");
        // Vector: a change of this layout shuts every device out.
        assert_eq!(signed_bytes("GET", "/a?b=c", "", None, Some("k"), b""), b"uketsuke device 1\nGET\n/a?b=c\n\n-\nk\n");
    }
}
