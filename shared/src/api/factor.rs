//! Second factors: the second step of a login (OT-3), 自分の二段階認証, "prove again" before a sensitive act, the institution's policy, and
//! what an admin does for a lost device. Source: P-PW, trust.md §5 (ASVS 6.3.3, 6.5.x, 7.5.x).

use serde::{Deserialize, Serialize};

use super::account::AccountRow;
use super::office::Session;
pub use super::office::{LoggedIn, ProofWays};
use super::{AccountPart, Again, Answer, Audit, Body, FactorPart, Permission, SMALL};
use crate::bytes::Base64;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::factor::PasskeyName;
use crate::right::Act;

/// The second step must follow the password within this time, milliseconds.
pub const LOGIN_STEP_MS: i64 = 10 * 60_000;
/// An answer to a question of the server (a passkey's challenge, a new app's secret) must come within this time, milliseconds.
pub const QUESTION_MS: i64 = 5 * 60_000;
/// Whoever proved to be at the screen is believed for so long, milliseconds, for what asks for a fresh proof.
pub const STEP_UP_MS: i64 = 10 * 60_000;
/// Longest answer of an authenticator that is looked at, bytes.
const ANSWER_MAX: usize = 32 * 1024;
/// Names the authenticator app where a second factor is named.
pub const TOTP: &str = "totp";

super::endpoints! {
    /// After the password: a fresh question for the second step.
    AskLoginProof {
        name: "office.ask_login_proof",
        call: Post "/api/office/login/proof/ask",
        right: Permission::HalfWay,
        asks: Body::None => (),
        answers: Answer::Json => ProofWays,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// After the password: the second step. Opens the session.
    ProveLogin {
        name: "office.prove_login",
        call: Post "/api/office/login/proof",
        right: Permission::HalfWay,
        asks: Body::Json(ANSWER_MAX) => Proof,
        answers: Answer::Json => Session,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// A login without ID and password begins: a question for any passkey that the device finds for this server.
    AskPasskeyLogin {
        name: "office.ask_passkey_login",
        call: Post "/api/office/login/passkey/ask",
        right: Permission::Anyone,
        asks: Body::None => (),
        answers: Answer::Json => PasskeyLoginAsked,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// A login by a passkey alone: it names the account, and its device has looked who is there. Opens the session.
    LogInByPasskey {
        name: "office.passkey_login",
        call: Post "/api/office/login/passkey",
        right: Permission::Login,
        asks: Body::Json(ANSWER_MAX) => PasskeyLogin,
        answers: Answer::Json => Session,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// In a session: a question by which who is at the screen proves it again.
    AskProof {
        name: "office.ask_proof",
        call: Post "/api/office/proof/ask",
        right: Permission::AnyAccount,
        asks: Body::None => (),
        answers: Answer::Json => ProofWays,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// In a session: proves again who is at the screen, by a second factor, or by the password where there is none. The session goes
    /// on under a new id.
    ProveAgain {
        name: "office.prove_again",
        call: Post "/api/office/proof",
        right: Permission::AnyAccount,
        asks: Body::Json(ANSWER_MAX) => Proof,
        answers: Answer::Json => Session,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The own second factors.
    OwnFactors {
        name: "office.own_factors",
        call: Get "/api/office/factors",
        right: Permission::AnyAccount,
        asks: Body::None => (),
        answers: Answer::Json => Factors,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Begins the registration of a passkey.
    AskPasskey {
        name: "office.ask_passkey",
        call: Post "/api/office/factors/passkey/ask",
        right: Permission::Account(Act::ManageOwnFactors),
        asks: Body::None => (),
        answers: Answer::Json => PasskeyAsked,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Registers the passkey; ends every other session of the account. Its challenge is its key: a second time it is refused.
    AddPasskey {
        name: "office.add_passkey",
        call: Post "/api/office/factors/passkey",
        right: Permission::Account(Act::ManageOwnFactors),
        asks: Body::Json(ANSWER_MAX) => NewPasskey,
        answers: Answer::Json => Factors,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Begins the registration of an authenticator app: makes its secret, which is shown now and never again.
    AskTotp {
        name: "office.ask_totp",
        call: Post "/api/office/factors/totp/ask",
        right: Permission::Account(Act::ManageOwnFactors),
        asks: Body::None => (),
        answers: Answer::Json => TotpAsked,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Registers the authenticator app by a code that it shows; ends every other session of the account.
    AddTotp {
        name: "office.add_totp",
        call: Post "/api/office/factors/totp",
        right: Permission::Account(Act::ManageOwnFactors),
        asks: Body::Json(SMALL) => TotpCode,
        answers: Answer::Json => Factors,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Removes a passkey or the authenticator app; ends every other session of the account. With the last one the recovery codes go.
    RemoveFactor(factor: FactorPart) {
        name: "office.remove_factor",
        call: Post "/api/office/factor/{factor}/remove",
        right: Permission::Account(Act::ManageOwnFactors),
        asks: Body::None => (),
        answers: Answer::Json => Factors,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Makes ten recovery codes in place of those of before. The same press sent again gives the same codes.
    NewRecoveryCodes {
        name: "office.new_recovery_codes",
        call: Post "/api/office/factors/recovery",
        right: Permission::Account(Act::ManageOwnFactors),
        asks: Body::None => (),
        answers: Answer::Json => RecoveryCodes,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// For a lost device: removes every second factor of an account, and ends its sessions.
    ResetFactors(user: AccountPart) {
        name: "office.reset_factors",
        call: Post "/api/office/account/{user}/factors/reset",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::None => (),
        answers: Answer::Json => AccountRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// From when the institution asks for a second factor, and how many accounts have none.
    FactorPolicyNow {
        name: "office.factor_policy",
        call: Get "/api/office/factor-policy",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::None => (),
        answers: Answer::Json => FactorPolicy,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Brings the day forward from which a second factor is asked for. Putting it off is the operator's.
    ChangeFactorPolicy {
        name: "office.change_factor_policy",
        call: Post "/api/office/factor-policy/change",
        right: Permission::Account(Act::ManageAccounts),
        asks: Body::Json(SMALL) => FactorDay,
        answers: Answer::Json => FactorPolicy,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// A proof of who is at the screen. No `Debug`: secrets.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// What the browser made of [`ProofWays::passkey`]: `AuthenticationResponseJSON` as JSON text.
    Passkey(String),
    /// Six digits of the authenticator app, as typed.
    Totp(String),
    /// A recovery code, as typed. At a login only.
    Recovery(String),
    /// The password. In a session of an account without a second factor only.
    Password(String),
}

/// What a browser asks for a passkey with. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasskeyLoginAsked {
    /// Names the question; 32 random bytes.
    pub question: Base64,
    /// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn Level 3) below `publicKey`, as JSON text. It names no passkey.
    pub options: String,
}

/// A login by a passkey alone. No `Debug`: secrets.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyLogin {
    /// [`PasskeyLoginAsked::question`].
    pub question: Base64,
    /// What the browser made: `AuthenticationResponseJSON` as JSON text.
    pub answer: String,
}

/// The second factors of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factors {
    /// In the order in which they were registered.
    pub passkeys: Vec<PasskeyRow>,
    /// The authenticator app, where there is one.
    pub totp: Option<TotpRow>,
    /// Recovery codes that were not used.
    pub recovery_left: u32,
    /// When the set was made; `None`: there is none.
    pub recovery_made_at: Option<UnixMs>,
    /// From when the institution asks for a second factor.
    pub demanded_from: CivilDate,
    /// This server can register passkeys.
    pub may_have_passkeys: bool,
    /// The server's clock.
    pub now: UnixMs,
}

impl Factors {
    /// True where there is a second factor.
    #[must_use]
    pub fn has_one(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyRow {
    /// Names it; opens nothing.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// Registered.
    pub added_at: UnixMs,
    /// Last used.
    pub last_used_at: Option<UnixMs>,
}

/// An authenticator app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpRow {
    /// Registered.
    pub added_at: UnixMs,
    /// Last used.
    pub last_used_at: Option<UnixMs>,
}

/// What a browser makes a passkey of. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasskeyAsked {
    /// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn Level 3) below `publicKey`, as JSON text.
    pub options: String,
}

/// A passkey to register. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What its person calls it.
    pub name: PasskeyName,
    /// What the browser made: `RegistrationResponseJSON` as JSON text.
    pub answer: String,
}

/// The secret of an authenticator app, shown once. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct TotpAsked {
    /// Base32, in groups of four, for those who cannot take a picture.
    pub secret: String,
    /// The `otpauth://` address as a QR code.
    pub qr_svg: String,
}

/// A code of an authenticator app, as typed. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    /// Six digits.
    pub code: String,
}

/// Recovery codes, shown once. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// In groups of four.
    pub codes: Vec<String>,
    /// When they were made.
    pub made_at: UnixMs,
}

/// From when the institution asks for a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorPolicy {
    /// The first day in Japan.
    pub from: CivilDate,
    /// People's accounts that may be used today.
    pub people: u32,
    /// Those of them that have no second factor yet.
    pub without: u32,
    /// Today in Japan, by the server's clock.
    pub today: CivilDate,
}

/// A day from which a second factor is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactorDay {
    /// The first day in Japan.
    pub from: CivilDate,
}
