//! OT-6 環境設定情報照会・更新 (N040–N049): what is set, its terms, the change, and who changed what when.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::municipality::Municipality;
use crate::domain::settings::{Difference, Settings, TermsId};
use crate::right::Act;

/// Records of a page of the history.
pub const HISTORY_ROWS: u32 = 20;

super::endpoints! {
    /// The settings as they are, with the terms in force.
    SeeSettings {
        name: "office.settings",
        call: Get "/api/office/settings",
        right: Permission::Account(Act::SeeSettings),
        asks: Body::None => (),
        answers: Answer::Json => SettingsSeen,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Who changed what when, the newest first.
    SettingsHistory {
        name: "office.settings_history",
        call: Post "/api/office/settings/history",
        right: Permission::Account(Act::SeeSettings),
        asks: Body::Json(SMALL) => HistoryAsked,
        answers: Answer::Json => HistoryPage,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 更新: all or nothing, and at once for everybody. Refused ([`super::Code::Settings`]) where somebody else changed them since
    /// they were read, where terms were not confirmed, or where they cannot be.
    ChangeSettings {
        name: "office.change_settings",
        call: Post "/api/office/settings/change",
        right: Permission::Account(Act::ChangeSettings),
        asks: Body::Json(SMALL) => SettingsChange,
        answers: Answer::Json => SettingsSeen,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// The settings of the institution that is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsSeen {
    /// 機関名, not changed here.
    pub institution_name: String,
    /// What is set.
    pub settings: Settings,
    /// Number of the record: it rises with each change.
    pub version: u32,
    /// Since when this record counts.
    pub changed_at: UnixMs,
    /// Who made it; `None`: the operator.
    pub changed_by: Option<UserId>,
    /// The terms in force, and whether they were confirmed.
    pub terms: Vec<TermsSeen>,
    /// Municipalities that are connected for 医療費助成, as the operator filed them (P-PMH).
    #[serde(default)]
    pub municipalities: Vec<Municipality>,
    /// The server's clock.
    pub now: UnixMs,
}

/// Terms in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsSeen {
    /// The terms.
    pub terms: Terms,
    /// Who confirmed this version, and when; `None`: nobody.
    pub confirmed: Option<Confirmed>,
}

/// Terms (利用規約) as dated data: a later version is a further entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Which.
    pub id: TermsId,
    /// Version of the text.
    pub version: String,
    /// In force from this day in Japan.
    pub from: CivilDate,
    /// Title.
    pub title: String,
    /// What is said before the switch (N048: the note on publication); may be empty.
    #[serde(default)]
    pub note: String,
    /// The text, by paragraphs.
    pub text: Vec<String>,
}

/// That somebody confirmed terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: UnixMs,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// Number of the record that the person saw.
    pub version: u32,
    /// All settings as they are to be.
    pub settings: Settings,
    /// The terms that the person confirmed now, with the version that was read.
    pub confirmed: Vec<TermsRead>,
}

/// Terms that were read and agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsRead {
    /// Which.
    pub id: TermsId,
    /// Which version of them.
    pub version: String,
}

/// Which part of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryAsked {
    /// Records before this number ([`HistoryPage::next`]); `None` = from the newest.
    pub before: Option<u32>,
}

/// One page of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// At most [`HISTORY_ROWS`].
    pub rows: Vec<HistoryRow>,
    /// The next page is before this number; `None`: this is the last one.
    pub next: Option<u32>,
}

/// One record of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// Its number.
    pub version: u32,
    /// When.
    pub at: UnixMs,
    /// Who; `None`: the operator.
    pub by: Option<UserId>,
    /// What changed; empty for the first record, which only began.
    pub changes: Vec<Difference>,
}
