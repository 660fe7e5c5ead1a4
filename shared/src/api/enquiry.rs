//! 問い合わせ管理 (OT-22, N066): what was asked of support desks, for the whole institution.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, EnquiryPart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::UnixMs;
use crate::domain::enquiry::{Enquiry, EnquiryState};
use crate::right::Act;

/// Rows of a page of the list.
pub const ENQUIRY_PAGE_ROWS: u32 = 20;
/// Two texts of 2,000 characters, each character escaped at worst.
const ENQUIRY_MAX: usize = 32 * 1024;

super::endpoints! {
    /// The list, the newest first. A POST because what is looked for may be anything.
    SearchEnquiries {
        name: "office.search_enquiries",
        call: Post "/api/office/enquiries/search",
        right: Permission::Account(Act::ManageEnquiries),
        asks: Body::Json(SMALL) => EnquirySearch,
        answers: Answer::Json => EnquiryPage,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 登録. Desk, person or question missing, or an individual number in a text (X53): [`super::Code::Request`].
    AddEnquiry {
        name: "office.add_enquiry",
        call: Post "/api/office/enquiries",
        right: Permission::Account(Act::ManageEnquiries),
        asks: Body::Json(ENQUIRY_MAX) => Enquiry,
        answers: Answer::Json => EnquiryRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 更新: the whole of it in the place of what stood there.
    ChangeEnquiry(enquiry: EnquiryPart) {
        name: "office.change_enquiry",
        call: Post "/api/office/enquiries/{enquiry}",
        right: Permission::Account(Act::ManageEnquiries),
        asks: Body::Json(ENQUIRY_MAX) => EnquiryChange,
        answers: Answer::Json => EnquiryRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// Which enquiries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnquirySearch {
    /// Part of any of the texts, in any writing; empty = all. At most 64 characters.
    pub words: String,
    /// `None` = all.
    pub state: Option<EnquiryState>,
    /// The page after this row ([`EnquiryPage::next`]); `None` = the first one.
    pub after: Option<String>,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnquiryPage {
    /// How many in all.
    pub total: u32,
    /// At most [`ENQUIRY_PAGE_ROWS`].
    pub rows: Vec<EnquiryRow>,
    /// What the next page comes after; `None`: this is the last one.
    pub next: Option<String>,
}

/// One enquiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnquiryRow {
    /// Names it.
    pub id: String,
    /// What was written down.
    pub enquiry: Enquiry,
    /// When it was written down first.
    pub made_at: UnixMs,
    /// When it was changed last.
    pub changed_at: UnixMs,
    /// Whose account changed it last.
    pub changed_by: UserId,
}

/// What takes the place of an enquiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnquiryChange {
    /// All of it.
    pub enquiry: Enquiry,
    /// [`EnquiryRow::changed_at`] of what was shown: when another one has changed it since, it is refused ([`super::Code::Taken`]).
    pub shown: UnixMs,
}
