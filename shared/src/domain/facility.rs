//! Facilities that ask for 資格確認限定型 (N140–N144): of which kind, through which portal, and what they say about themselves.

use serde::{Deserialize, Serialize};

use super::{number, text_in_json, typed};

/// What an institution was let in for (利用形態).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// 居宅同意取得型: eligibility, consents, medical information.
    #[default]
    HomeConsent,
    /// 資格確認限定型 (N140): eligibility alone. No consent items, no medical information, no reception URL.
    EligibilityOnly,
}

impl Edition {
    /// The word that is kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HomeConsent => "home_consent",
            Self::EligibilityOnly => "eligibility_only",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::HomeConsent, Self::EligibilityOnly].into_iter().find(|edition| edition.word() == word)
    }
}

/// Through which portal a facility comes (N141).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Portal {
    /// 医療機関等向け.
    Medical,
    /// 施術所等向け.
    Treatment,
}

impl Portal {
    /// The portal in words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Medical => "医療機関等向けポータル",
            Self::Treatment => "施術所等向けポータル",
        }
    }
}

/// A row of the table of facility kinds.
struct Row {
    kind: FacilityKind,
    word: &'static str,
    label: &'static str,
    portal: Portal,
}

/// The table of N141. For 助産所 and 経過措置対象施設 no source names the portal: the one of 医療機関等 is our assumption (Q20).
const ROWS: [Row; 9] = [
    Row {
        kind: FacilityKind::Exempt,
        word: "exempt",
        label: "義務化対象外の医療機関・薬局(紙レセプトでの請求が認められている施設)",
        portal: Portal::Medical,
    },
    Row { kind: FacilityKind::CheckupMedical, word: "checkup_medical", label: "健診実施機関等(医科)", portal: Portal::Medical },
    Row {
        kind: FacilityKind::Midwife, word: "midwife", label: "助産所(直接支払制度を利用する施設)", portal: Portal::Medical
    },
    Row { kind: FacilityKind::Transitional, word: "transitional", label: "経過措置の対象施設", portal: Portal::Medical },
    Row {
        kind: FacilityKind::Treatment, word: "treatment", label: "施術所(受領委任を取り扱う施設)", portal: Portal::Treatment
    },
    Row { kind: FacilityKind::CheckupDental, word: "checkup_dental", label: "健診実施機関等(歯科)", portal: Portal::Treatment },
    Row {
        kind: FacilityKind::CheckupPharmacy, word: "checkup_pharmacy", label: "健診実施機関等(薬局)", portal: Portal::Treatment
    },
    Row {
        kind: FacilityKind::OutsideInsurance,
        word: "outside_insurance",
        label: "健診実施機関等(保険医療機関ではない施設)",
        portal: Portal::Treatment,
    },
    Row { kind: FacilityKind::Insurer, word: "insurer", label: "健診実施機関等(保険者)", portal: Portal::Treatment },
];

/// What kind of facility asks (N141).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacilityKind {
    /// 義務化対象外施設.
    Exempt,
    /// 健診実施機関等(医科).
    CheckupMedical,
    /// 助産所.
    Midwife,
    /// 経過措置対象施設.
    Transitional,
    /// 施術所.
    Treatment,
    /// 健診実施機関等(歯科).
    CheckupDental,
    /// 健診実施機関等(薬局).
    CheckupPharmacy,
    /// 保険医療機関以外の施設.
    OutsideInsurance,
    /// 保険者.
    Insurer,
}

impl FacilityKind {
    /// Every kind in the order of the page.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.kind)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.kind == self)
    }

    /// The word that is kept and stands in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().map_or("", |row| row.word)
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.word == word).map(|row| row.kind)
    }

    /// The kind as people read it.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.row().map_or("", |row| row.label)
    }

    /// Its portal.
    #[must_use]
    pub fn portal(self) -> Portal {
        self.row().map_or(Portal::Medical, |row| row.portal)
    }
}

/// How it is made sure that the facility is the one it says to be (施設の確認方法, N144).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacilityCheck {
    /// ① The last four digits of the account that claims are paid to.
    Account,
    /// ② The operator calls the number that the facility is registered with.
    CallBack,
}

impl FacilityCheck {
    /// The word that is kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::CallBack => "call_back",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Account, Self::CallBack].into_iter().find(|check| check.word() == word)
    }
}

/// 医療機関名 as it is registered: one to a hundred characters that can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacilityName(String);

/// Longest name of a facility, in characters.
pub const FACILITY_NAME_MAX_CHARS: usize = 100;

/// Says that a text is no name of a facility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a facility has 1 to 100 visible characters and no individual number")]
pub struct NotAFacilityName;

impl TryFrom<&str> for FacilityName {
    type Error = NotAFacilityName;

    fn try_from(text: &str) -> Result<Self, NotAFacilityName> {
        let text = text.trim();
        let is_odd = text.chars().any(|c| typed::is_hidden(c) || c.is_control()) || number::holds_individual_number(text);
        let fits = (1..=FACILITY_NAME_MAX_CHARS).contains(&text.chars().count());
        if fits && !is_odd { Ok(Self(text.to_owned())) } else { Err(NotAFacilityName) }
    }
}

/// 電話番号: ten or eleven digits that begin with 0, however they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// Says that a text is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a telephone number has 10 or 11 digits and begins with 0")]
pub struct NotAPhoneNumber;

impl TryFrom<&str> for PhoneNumber {
    type Error = NotAPhoneNumber;

    fn try_from(text: &str) -> Result<Self, NotAPhoneNumber> {
        let digits: String = typed::number(text).chars().filter(|c| !matches!(c, '(' | ')')).collect();
        let fits = matches!(digits.len(), 10 | 11) && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Self(digits)) } else { Err(NotAPhoneNumber) }
    }
}

/// An address that mail is sent to: `local@host.example`, half-width, without quotes and comments.
#[derive(Clone, PartialEq, Eq)]
pub struct MailAddress(String);

/// Says that a text is no mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a mail address such as uketsuke@clinic.example")]
pub struct NotAMailAddress;

impl MailAddress {
    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The same for every way of writing it: two addresses that differ in large and small letters only are one.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// Never the text: it names a person.
impl std::fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailAddress")
    }
}

impl TryFrom<&str> for MailAddress {
    type Error = NotAMailAddress;

    fn try_from(text: &str) -> Result<Self, NotAMailAddress> {
        let text = typed::code(text);
        let Some((local, host)) = text.split_once('@') else { return Err(NotAMailAddress) };
        let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let is_local = (1..=64).contains(&local.len()) && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_host = host.contains('.') && host.split('.').all(is_label);
        if is_local && is_host && text.len() <= 254 { Ok(Self(text)) } else { Err(NotAMailAddress) }
    }
}

/// The last four digits of the account that claims are paid to. No `Debug` of the digits.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountDigits(String);

/// Says that a text is no such digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not four digits")]
pub struct NotAccountDigits;

impl std::fmt::Debug for AccountDigits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountDigits")
    }
}

impl TryFrom<&str> for AccountDigits {
    type Error = NotAccountDigits;

    fn try_from(text: &str) -> Result<Self, NotAccountDigits> {
        let digits = typed::number(text);
        if digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()) { Ok(Self(digits)) } else { Err(NotAccountDigits) }
    }
}

macro_rules! text {
    ($($type:ty),+) => {$(
        impl $type {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        text_in_json!($type);
    )+};
}
text!(FacilityName, PhoneNumber, MailAddress, AccountDigits);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n141_each_kind_has_its_portal() {
        for kind in FacilityKind::all() {
            assert!(!kind.label().is_empty());
            assert_eq!(FacilityKind::from_word(kind.word()), Some(kind));
        }
        let of = |portal| FacilityKind::all().filter(|kind| kind.portal() == portal).count();
        assert_eq!((of(Portal::Medical), of(Portal::Treatment)), (4, 5));
        assert_eq!(FacilityKind::Treatment.portal(), Portal::Treatment);
        assert_eq!(FacilityKind::Exempt.portal(), Portal::Medical);
    }

    #[test]
    fn what_is_typed_is_read_as_it_was_meant() {
        for good in ["099-000-0000", "09900000000", "０９９（０００）００００", "(099)000-0000"] {
            assert!(PhoneNumber::try_from(good).is_ok(), "{good}");
        }
        for bad in ["", "990000000", "0990000", "0990000000000", "099-000-000a"] {
            assert!(PhoneNumber::try_from(bad).is_err(), "{bad}");
        }
        for good in ["uketsuke@clinic.example", " a.b+c@x-y.example ", "ＡＢ@clinic.example"] {
            assert!(MailAddress::try_from(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.example", "a@@b.example", "a b@c@d.example", "a@-b.example", "a..b@c.example", "あ@b.example"] {
            assert!(MailAddress::try_from(bad).is_err(), "{bad}");
        }
        assert_eq!(MailAddress::try_from("a\r\nBcc@b.example").unwrap().as_str(), "aBcc@b.example", "no line of its own in a mail's head");
        assert_eq!(MailAddress::try_from("A@Clinic.example").unwrap().key(), "a@clinic.example");
        assert!(AccountDigits::try_from("１２３４").is_ok() && AccountDigits::try_from("123").is_err());
        assert!(FacilityName::try_from(" ひなた ").is_ok() && FacilityName::try_from(" ").is_err());
        assert!(FacilityName::try_from(concat!("番号", "1234567890", "18")).is_err(), "X53");
    }

    #[test]
    fn nothing_of_a_person_stands_in_a_log() {
        let address = MailAddress::try_from("hanako@clinic.example").unwrap();
        assert_eq!(format!("{address:?} {:?}", AccountDigits::try_from("1234").unwrap()), "MailAddress AccountDigits");
    }
}
