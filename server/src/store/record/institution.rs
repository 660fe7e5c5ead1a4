//! Institutions and their pages.

use shared::domain::calendar::UnixMs;
use shared::domain::facility::Edition;
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};
use shared::domain::settings::Settings;

use super::Account;

/// An institution as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Institution {
    /// 機関コード.
    pub code: InstitutionCode,
    /// 機関名.
    pub name: String,
    /// 環境設定情報 as it is now.
    pub settings: Settings,
    /// Number of that record.
    pub settings_version: u32,
    /// What it was let in for.
    pub edition: Edition,
}

impl Institution {
    /// An institution that begins: its first settings are [`Settings::at_start`].
    #[must_use]
    pub fn new(code: InstitutionCode, name: &str, contact: &str) -> Self {
        Self { code, name: name.to_owned(), settings: Settings::at_start(contact), settings_version: 1, edition: Edition::HomeConsent }
    }

    /// True when the institution has switched this kind of visit on.
    #[must_use]
    pub fn is_on(&self, visit_kind: VisitKind) -> bool {
        !self.is_limited() && self.settings.is_on(visit_kind)
    }

    /// True for 資格確認限定型 (N140): eligibility alone, by right.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.edition == Edition::EligibilityOnly
    }
}

/// The institution behind a reception token, and whether the token is still the current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFound {
    /// Whose page.
    pub institution: Institution,
    /// What for.
    pub visit_kind: VisitKind,
    /// False for a former URL (X18).
    pub is_current: bool,
}

/// The current reception URL of an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceptionUrlRecord {
    /// The secret part of the URL.
    pub token: ReceptionToken,
    /// Since when it counts.
    pub issued_at: UnixMs,
    /// How many came before.
    pub former_urls: u32,
}

/// An institution to add, with its first URL and accounts.
pub struct NewInstitution {
    /// The institution.
    pub institution: Institution,
    /// Its first reception URL.
    pub token: ReceptionToken,
    /// Its first accounts.
    pub accounts: Vec<Account>,
    /// When.
    pub at: UnixMs,
}
