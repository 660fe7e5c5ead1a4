//! Second factors (P-PW): names of passkeys, codes of authenticator apps, recovery codes, and why one is not taken.

use serde::{Deserialize, Serialize};

use super::account::{AccountName, NotAName};
use super::{text_in_json, typed};

/// Passkeys that an account may have.
pub const PASSKEYS_MAX: usize = 10;
/// Digits of an authenticator app's code (RFC 6238).
pub const TOTP_DIGITS: usize = 6;
/// Recovery codes of a set.
pub const RECOVERY_CODES: usize = 10;
/// Letters and digits of a recovery code: 60 bits.
pub const RECOVERY_CHARS: usize = 12;

/// What a person calls a passkey: 「受付のパソコン」. As [`AccountName`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyName(AccountName);

impl PasskeyName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<&str> for PasskeyName {
    type Error = NotAName;

    fn try_from(text: &str) -> Result<Self, NotAName> {
        AccountName::try_from(text).map(Self)
    }
}

impl std::fmt::Display for PasskeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
text_in_json!(PasskeyName);

/// Reads the code of an authenticator app as a person types it: width, spaces and hyphens make no difference; `None`: not six digits.
#[must_use]
pub fn totp_code(text: &str) -> Option<u32> {
    let digits = typed::number(text);
    let is_code = digits.len() == TOTP_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| is_code)
}

/// Reads a recovery code as a person types it: width, spaces, hyphens and case make no difference; `None`: none can be so.
#[must_use]
pub fn recovery_code(text: &str) -> Option<String> {
    let code = typed::number(text).to_ascii_uppercase();
    let is_code = code.len() == RECOVERY_CHARS && code.bytes().all(|b| b.is_ascii_alphanumeric());
    is_code.then_some(code)
}

/// A recovery code in three groups of four, for people.
#[must_use]
pub fn grouped(code: &str) -> String {
    code.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four)).collect::<Vec<_>>().join("-")
}

/// Why nothing was done to a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorFault {
    /// The institution asks for a second factor, and this is the only one.
    #[error("the last second factor is not removed while one is asked for")]
    Last,
    /// The account has [`PASSKEYS_MAX`] passkeys.
    #[error("an account has ten passkeys at most")]
    TooMany,
    /// The account has an authenticator app; that one is removed first.
    #[error("an account has one authenticator app")]
    HasTotp,
    /// This device or key is registered already.
    #[error("this passkey is registered already")]
    Known,
    /// Recovery codes without a second factor would be one.
    #[error("recovery codes come after a passkey or an authenticator app")]
    NoFactor,
    /// The day from which a second factor is asked for is not put off here: the operator does it by command.
    #[error("an institution does not put off the second factor by itself")]
    PutOff,
    /// The address of this server is none that passkeys can be for.
    #[error("passkeys need a server with a host name")]
    NoPasskeys,
}

impl FactorFault {
    /// Every fault, for tables and tests.
    pub const ALL: [Self; 7] = [Self::Last, Self::TooMany, Self::HasTotp, Self::Known, Self::NoFactor, Self::PutOff, Self::NoPasskeys];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        for same in ["012345", "012 345", "０１２３４５", "012-345"] {
            assert_eq!(totp_code(same), Some(12_345), "{same}");
        }
        for bad in ["", "12345", "1234567", "abcdef", "+12345"] {
            assert_eq!(totp_code(bad), None, "{bad}");
        }
        for same in ["ABCD-EFGH-2345", "abcdefgh2345", " ＡＢＣＤ efgh-2345 "] {
            assert_eq!(recovery_code(same).as_deref(), Some("ABCDEFGH2345"), "{same}");
        }
        assert_eq!((recovery_code("ABCD-EFGH-234"), recovery_code("ABCD-EFGH-234/")), (None, None));
        assert_eq!(grouped("ABCDEFGH2345"), "ABCD-EFGH-2345");
    }
}
