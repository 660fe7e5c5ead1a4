//! アクティベーションコード (OT-8, N050–N058): one code for each device.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, CodePart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::UnixMs;
use crate::domain::code::{CodeState, DeviceLabel};
use crate::right::Act;

/// Rows of a page of the list.
pub const CODE_PAGE_ROWS: u32 = 50;
/// An unused code lives so long (P-CODE): 7 days.
pub const CODE_LIFE_MS: i64 = 7 * 24 * 60 * 60_000;

super::endpoints! {
    /// 発行: makes the code of a device that has a label. Its digits are kept by nobody: the same press sent again gives them again,
    /// because they are made of its key, which only the page has.
    IssueCode {
        name: "office.issue_code",
        call: Post "/api/office/codes",
        right: Permission::Account(Act::ManageActivationCodes),
        asks: Body::Json(SMALL) => NewCode,
        answers: Answer::Json => CodeIssued,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// The list, the newest first. A POST because a label may name a person.
    SearchCodes {
        name: "office.search_codes",
        call: Post "/api/office/codes/search",
        right: Permission::Account(Act::ManageActivationCodes),
        asks: Body::Json(SMALL) => CodeSearch,
        answers: Answer::Json => CodePage,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 無効化する: the code opens nothing any more, and its device is out at its next request (X42). Done again, it changes nothing.
    InvalidateCode(code: CodePart) {
        name: "office.invalidate_code",
        call: Post "/api/office/codes/{code}/invalidate",
        right: Permission::Account(Act::ManageActivationCodes),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => CodeRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// The device to issue a code for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCode {
    /// What tells the device; no other code that can be or is used has it (else [`super::Code::Taken`]).
    pub label: DeviceLabel,
}

/// A code that was issued. No `Debug`: it holds the digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeIssued {
    /// The row of the list.
    pub row: CodeRow,
    /// Its twelve digits in groups of four: shown once.
    pub digits: String,
    /// QR code for the device's camera, as inline SVG: the address of the device page with the digits behind `#`, which no
    /// request carries.
    pub qr_svg: String,
    /// 機関名, for the printed sheet.
    pub institution_name: String,
}

/// Which codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeSearch {
    /// Part of a label in any writing; empty = all.
    pub label: String,
    /// `None` = all.
    pub state: Option<CodeState>,
    /// The page after this row ([`CodePage::next`]); `None` = the first one.
    pub after: Option<String>,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePage {
    /// How many in all.
    pub total: u32,
    /// At most [`CODE_PAGE_ROWS`].
    pub rows: Vec<CodeRow>,
    /// Rows of this page that could not be read from the database; they are not in `rows`.
    pub damaged: u32,
    /// What the next page comes after; `None`: this is the last one.
    pub next: Option<String>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One code: never its digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRow {
    /// Names the code.
    pub id: String,
    /// What tells the device.
    pub label: DeviceLabel,
    /// How it stands now.
    pub state: CodeState,
    /// 発行日時.
    pub issued_at: UnixMs,
    /// Who issued it; `None`: the operator, by command.
    pub issued_by: Option<UserId>,
    /// Unused until then, it opens nothing any more.
    pub expires_at: UnixMs,
    /// When a device was registered with it.
    pub used_at: Option<UnixMs>,
    /// Whose account registered the device.
    pub used_by: Option<UserId>,
    /// When the device asked last.
    pub last_seen_at: Option<UnixMs>,
    /// When it ended.
    pub invalidated_at: Option<UnixMs>,
}
