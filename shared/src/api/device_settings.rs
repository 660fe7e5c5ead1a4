//! セキュリティ設定 of a device (DA-6, N124), and its passkeys beside the passcode (DA-4, P-DEV).

use serde::{Deserialize, Serialize};

use super::device::{DeviceLogin, Passcode};
use super::factor::{NewPasskey, PasskeyAsked, PasskeyRow};
use super::{Again, Answer, Audit, Body, FactorPart, Permission, SMALL, endpoints};
use crate::domain::code::DeviceLabel;
use crate::right::Act;

/// Longest answer of an authenticator that is looked at, bytes.
const ANSWER_MAX: usize = 32 * 1024;
/// How the operator's act is named by which institutions of one house share devices (X20).
pub const HOUSE: &str = "institution.house";

endpoints! {
    /// DA-6.
    SeeDeviceSettings {
        name: "device.settings",
        call: Get "/api/device/settings",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => DeviceSettings,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Switches 「目視確認で本人認証」 of this device; it stays so until it is switched back.
    SwitchVisual {
        name: "device.switch_visual",
        call: Post "/api/device/visual",
        right: Permission::Account(Act::SwitchVisualCheck),
        asks: Body::Json(SMALL) => Visual,
        answers: Answer::Json => DeviceSettings,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Another passcode. A wrong former one counts as at the login. Sent again after its answer was lost, it is answered the same.
    ChangePasscode {
        name: "device.change_passcode",
        call: Post "/api/device/passcode/change",
        right: Permission::Account(Act::UseDevice),
        asks: Body::Json(SMALL) => PasscodeChange,
        answers: Answer::Json => DeviceSettings,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Begins the registration of a passkey, by the passcode: what opens the device is not added at a screen that somebody left.
    AskDevicePasskey {
        name: "device.ask_passkey",
        call: Post "/api/device/passkeys/ask",
        right: Permission::Account(Act::UseDevice),
        asks: Body::Json(SMALL) => Passcode,
        answers: Answer::Json => PasskeyAsked,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Registers the passkey. Its challenge is its key: a second time it is refused.
    AddDevicePasskey {
        name: "device.add_passkey",
        call: Post "/api/device/passkeys",
        right: Permission::Account(Act::UseDevice),
        asks: Body::Json(ANSWER_MAX) => NewPasskey,
        answers: Answer::Json => DeviceSettings,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Removes a passkey.
    RemoveDevicePasskey(passkey: FactorPart) {
        name: "device.remove_passkey",
        call: Post "/api/device/passkey/{passkey}/remove",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => DeviceSettings,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Before a login (DA-4): a question for one of the device's passkeys.
    AskDeviceLogin {
        name: "device.ask_login",
        call: Post "/api/device/login/ask",
        right: Permission::Device,
        asks: Body::None => (),
        answers: Answer::Json => PasskeyAsked,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// ログイン by a passkey (DA-4).
    LogInByDevicePasskey {
        name: "device.passkey_login",
        call: Post "/api/device/login/passkey",
        right: Permission::Device,
        asks: Body::Json(ANSWER_MAX) => PasskeyAnswer,
        answers: Answer::Json => DeviceLogin,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// 「目視確認で本人認証」.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visual {
    /// On.
    pub is_visual: bool,
}

/// Another passcode. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasscodeChange {
    /// The one of now.
    pub former: String,
    /// The new one ([`super::device::check_passcode`]).
    pub passcode: String,
}

/// What the browser made of a question. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// `AuthenticationResponseJSON` as JSON text.
    pub answer: String,
}

/// How a device is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSettings {
    /// What tells the device (N052); the office names it.
    pub label: DeviceLabel,
    /// 「目視確認で本人認証」 is on, and the institution allows it.
    pub is_visual: bool,
    /// The institution allows it.
    pub may_be_visual: bool,
    /// In the order in which they were registered.
    pub passkeys: Vec<PasskeyRow>,
    /// This server can register passkeys.
    pub may_have_passkeys: bool,
}
