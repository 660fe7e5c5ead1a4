//! 期限の近い方 (OT-34): certificates, papers and consents that end soon.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::{Again, Answer, Audit, Body, EndPart, Permission, SMALL};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::right::Act;

/// Rows of a page.
pub const EXPIRING_ROWS: u32 = 50;

super::endpoints! {
    /// A page of one of the three lists, the next end first. A POST because a cursor names a person's place.
    Expiring {
        name: "office.expiring",
        call: Post "/api/office/expiring",
        right: Permission::Account(Act::SeeExpiring),
        asks: Body::Json(SMALL) => ExpiringAsked,
        answers: Answer::Json => ExpiringPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// One of the lists as CSV (UTF-8 with BOM).
    ExpiringCsv(kind: EndPart) {
        name: "office.expiring_csv",
        call: Post "/api/office/expiring/{kind}/csv",
        right: Permission::Account(Act::Export),
        asks: Body::None => (),
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// What ends. The words are stored: never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 電子証明書: within three months (X07), or up to three months ago.
    Certificate,
    /// 資格確認書: by the end of the next month, or up to three months ago.
    Paper,
    /// 訪問の同意: in this month.
    Consent,
}

impl Kind {
    /// In the order of the screen.
    pub const ALL: [Self; 3] = [Self::Certificate, Self::Paper, Self::Consent];

    /// The word that is stored, and stands in paths.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Paper => "paper",
            Self::Consent => "consent",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// In Japanese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Certificate => "電子証明書",
            Self::Paper => "資格確認書",
            Self::Consent => "訪問の同意",
        }
    }
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpiringAsked {
    /// Which list.
    pub kind: Kind,
    /// Behind the last row of the page before.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringPage {
    /// At most [`EXPIRING_ROWS`].
    pub rows: Vec<ExpiringRow>,
    /// Leads to the next page.
    pub next: Option<String>,
    /// Ends from this day on are listed.
    pub from: CivilDate,
    /// And up to this one.
    pub to: CivilDate,
    /// The institution's name and whom to ask, for the slips.
    pub institution_name: String,
    /// Whom to ask.
    pub contact: String,
    /// The server's clock.
    pub now: UnixMs,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringRow {
    /// 氏名; empty where it is not known any more.
    pub name: String,
    /// 氏名(カナ).
    pub kana: String,
    /// 生年月日.
    pub birth_date: Option<CivilDate>,
    /// The last day.
    pub ends_on: CivilDate,
    /// When it was seen last, or the consent given.
    pub seen_at: UnixMs,
    /// The newest consent, for the way to its detail.
    pub consent: Option<String>,
}
