//! The institution (医療機関・訪問看護ステーション等), its uses and its reception page.

use serde::{Deserialize, Serialize};

use super::number::{Doubt, check_digit_fits};
use super::{text_in_json, typed};

/// Names an institution (機関コード): ten digits. The last one should be a check digit, but codes in use fail it: see [`Self::doubt`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstitutionCode(String);

/// Says why a text is no institution code. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not ten half-width digits")]
pub struct NotAnInstitutionCode;

impl InstitutionCode {
    /// The ten digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says when the last digit does not fit the nine before it: a reason to look again, never to refuse.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        (!check_digit_fits(&self.0)).then_some(Doubt::CheckDigit)
    }

    /// Reads a code as people type and paste it: full-width, grouped by hyphens or spaces, with characters that nobody sees.
    ///
    /// # Errors
    /// [`NotAnInstitutionCode`] for anything but ten digits.
    pub fn from_pasted(text: &str) -> Result<Self, NotAnInstitutionCode> {
        Self::try_from(typed::number(text).as_str())
    }
}

impl TryFrom<&str> for InstitutionCode {
    type Error = NotAnInstitutionCode;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        if text.len() != 10 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnInstitutionCode);
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Display for InstitutionCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
text_in_json!(InstitutionCode);

/// What an institution may switch on for its patients (OT-6: N041, N042, N049). Each has a reception page ([`Self::reception`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// 訪問診療等・訪問看護(医療保険).
    HomeVisit,
    /// オンライン診療等.
    Online,
    /// 外来診療等(通常とは異なる動線).
    OffRoute,
}

impl Use {
    /// Every use, in the order of the screens.
    pub const ALL: [Self; 3] = [Self::HomeVisit, Self::Online, Self::OffRoute];

    /// The Japanese name shown to people; of the odd route the long one (N042).
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::HomeVisit => "訪問診療等",
            Self::Online => "オンライン診療等",
            Self::OffRoute => "外来診療等(通常とは異なる動線)",
        }
    }

    /// As it stands in a path, a file name and a command.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HomeVisit => "home-visit",
            Self::Online => "online",
            Self::OffRoute => "off-route",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.word() == word)
    }

    /// The kind of its reception page.
    #[must_use]
    pub const fn reception(self) -> VisitKind {
        match self {
            Self::HomeVisit => VisitKind::HomeVisit,
            Self::Online => VisitKind::Online,
            Self::OffRoute => VisitKind::OffRoute,
        }
    }
}

/// What a reception page is for (P-USE).
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitKind {
    /// 訪問診療等・訪問看護(医療保険): 診療区分 2, URL取得区分 2.
    HomeVisit,
    /// オンライン診療等: 診療区分 3, URL取得区分 3.
    Online,
    /// 外来診療等(通常とは異なる動線): 診療区分 and URL取得区分 3 as the row above (Q10), told apart inside.
    OffRoute,
}

impl VisitKind {
    /// What it is called over every column, field and file.
    pub const NAME: &'static str = "診療区分";

    /// Every kind, for tables and tests.
    pub const ALL: [Self; 3] = [Self::HomeVisit, Self::Online, Self::OffRoute];

    /// The kind of a [`Self::code`].
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The use that switches it on.
    #[must_use]
    pub const fn usage(self) -> Use {
        match self {
            Self::HomeVisit => Use::HomeVisit,
            Self::Online => Use::Online,
            Self::OffRoute => Use::OffRoute,
        }
    }

    /// The Japanese name shown to people.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.usage().label()
    }

    /// Our own number of the kind, in the store and inside the signed statement: 診療区分 where that tells it, 13 for the odd
    /// route. Never renumbered.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::HomeVisit => 2,
            Self::Online => 3,
            Self::OffRoute => 13,
        }
    }

    /// 診療区分 (OQSCD028); of the odd route as of online (Q10).
    #[must_use]
    pub fn classification(self) -> u8 {
        match self {
            Self::HomeVisit => 2,
            Self::Online | Self::OffRoute => 3,
        }
    }
}

/// The secret part of a reception URL (医療機関別URL, `/r/{token}`): 32 random bytes as 43 characters of URL-safe base64.
/// Whoever holds it may open the page; it grants no view of any stored data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReceptionToken(String);

/// Says that a text cannot be a reception token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a reception token")]
pub struct NotAToken;

impl ReceptionToken {
    /// Makes the token of 32 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(crate::bytes::Base64(bytes.to_vec()).to_text())
    }

    /// The text as it stands in the URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ReceptionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceptionToken(…)")
    }
}

impl TryFrom<&str> for ReceptionToken {
    type Error = NotAToken;

    fn try_from(text: &str) -> Result<Self, NotAToken> {
        match crate::bytes::Base64::parse(text) {
            Ok(bytes) if bytes.0.len() == 32 => Ok(Self(text.to_owned())),
            _ => Err(NotAToken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digit_of_the_code_counts() {
        // Invented institutions: clinic, dental, pharmacy, visiting nurse.
        for good in ["9919900002", "9939900008", "9949900006", "9969900001"] {
            assert!(InstitutionCode::try_from(good).is_ok(), "{good}");
        }
        // A code in use may fail: it is doubted where a person types it, and kept where it was received.
        let doubtful = InstitutionCode::try_from("9919900003").unwrap();
        assert_eq!(doubtful.doubt(), Some(Doubt::CheckDigit));
        assert_eq!(InstitutionCode::try_from("9919900002").unwrap().doubt(), None);
        assert_eq!(InstitutionCode::from_pasted("99199-00003"), Ok(doubtful));
        assert_eq!(InstitutionCode::from_pasted("99-1990 ０００２\u{200B}"), InstitutionCode::try_from("9919900002"));
        for bad in ["991990000", "99199000022", "９919900002", "991990000a", ""] {
            assert_eq!(InstitutionCode::try_from(bad), Err(NotAnInstitutionCode), "{bad}");
        }
    }

    #[test]
    fn a_use_and_its_reception_name_each_other() {
        for kind in VisitKind::ALL {
            assert_eq!((kind.usage().reception(), VisitKind::from_code(kind.code())), (kind, Some(kind)));
        }
        for of in Use::ALL {
            assert_eq!(Use::from_word(of.word()), Some(of));
            assert_eq!(of.reception().usage(), of);
        }
        assert_eq!(Use::from_word("front-desk"), None);
    }

    #[test]
    fn token_holds_256_bits_and_never_prints() {
        let token = ReceptionToken::from_random([7; 32]);
        assert_eq!(token.as_str().len(), 43);
        assert_eq!(ReceptionToken::try_from(token.as_str()), Ok(token.clone()));
        assert!(ReceptionToken::try_from("short").is_err());
        assert_eq!(format!("{token:?}"), "ReceptionToken(…)");
    }
}
