//! お知らせ (N060, OT-5): what operator and admin tell the staff, with a mark per account that has read it.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, NoticePart, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::prose::{Prose, Title};
use crate::right::Act;

/// Rows of a page of the list.
pub const NOTICE_PAGE_ROWS: u32 = 20;
/// Longest body of a new notice: a text has up to 2,000 characters of up to four bytes.
const NOTICE_BYTES: usize = 16 * 1024;

super::endpoints! {
    /// The list, the newest first.
    ListNotices {
        name: "office.notices",
        call: Post "/api/office/notices/search",
        right: Permission::Account(Act::ReadNotices),
        asks: Body::Json(SMALL) => NoticeQuery,
        answers: Answer::Json => NoticePage,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// One with its text.
    OpenNotice(notice: NoticePart) {
        name: "office.notice",
        call: Get "/api/office/notices/{notice}",
        right: Permission::Account(Act::ReadNotices),
        asks: Body::None => (),
        answers: Answer::Json => NoticeFull,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The account has it in front of it. Said again, the first time stays.
    ReadNotice(notice: NoticePart) {
        name: "office.read_notice",
        call: Post "/api/office/notices/{notice}/read",
        right: Permission::Account(Act::ReadNotices),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => NoticeRow,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Which accounts have read it, and which have not.
    NoticeReaders(notice: NoticePart) {
        name: "office.notice_readers",
        call: Get "/api/office/notices/{notice}/readers",
        right: Permission::Account(Act::EditPostedNotices),
        asks: Body::None => (),
        answers: Answer::Json => Readers,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// A notice of the own institution.
    AddNotice {
        name: "office.add_notice",
        call: Post "/api/office/notices",
        right: Permission::Account(Act::EditPostedNotices),
        asks: Body::Json(NOTICE_BYTES) => NewNotice,
        answers: Answer::Json => NoticeRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Takes down a notice of the own institution. The operator's are not its to end. Done again, it changes nothing.
    EndNotice(notice: NoticePart) {
        name: "office.end_notice",
        call: Post "/api/office/notices/{notice}/end",
        right: Permission::Account(Act::EditPostedNotices),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => NoticeRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// Which notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeQuery {
    /// The institution's own too that are not shown yet or any more; only for who may write them.
    pub has_hidden: bool,
    /// The page after this row ([`NoticePage::next`]); `None` = the first one.
    pub after: Option<String>,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePage {
    /// How many in all.
    pub total: u32,
    /// How many of those that are shown the account has not read.
    pub unread: u32,
    /// At most [`NOTICE_PAGE_ROWS`].
    pub rows: Vec<NoticeRow>,
    /// What the next page comes after; `None`: this is the last one.
    pub next: Option<String>,
    /// The account may write and end notices.
    pub may_write: bool,
}

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    /// 通常.
    Normal,
    /// 重要.
    High,
}

impl Importance {
    /// As the list says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Normal => "通常",
            Self::High => "重要",
        }
    }
}

/// Whether a notice is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// 掲載中.
    Shown,
    /// 掲載前: from a later day.
    NotYet,
    /// 終了: its last day is over, or it was taken down.
    Over,
}

impl NoticeState {
    /// As the list says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Shown => "掲載中",
            Self::NotYet => "掲載前",
            Self::Over => "終了",
        }
    }
}

/// One notice without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRow {
    /// Names the notice.
    pub id: String,
    /// Its title.
    pub title: Title,
    /// How much it matters.
    pub importance: Importance,
    /// Who wrote it; `None`: the operator.
    pub by: Option<UserId>,
    /// First day in Japan.
    pub from: CivilDate,
    /// Last day, included; `None` = open.
    pub until: Option<CivilDate>,
    /// Whether it is shown now.
    pub state: NoticeState,
    /// The account that asks has read it.
    pub is_read: bool,
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeFull {
    /// The row of the list.
    pub row: NoticeRow,
    /// Its text.
    pub text: Prose,
    /// The account may end it and see who has read it.
    pub may_write: bool,
}

/// A notice to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewNotice {
    /// Its title.
    pub title: Title,
    /// Its text.
    pub text: Prose,
    /// How much it matters.
    pub importance: Importance,
    /// First day in Japan.
    pub from: CivilDate,
    /// Last day, not before the first (else [`super::Code::Request`]); `None` = open.
    pub until: Option<CivilDate>,
}

/// Who has read a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readers {
    /// Every account in use that reads notices, by its ID; at most 500.
    pub rows: Vec<ReaderRow>,
}

/// One account and a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderRow {
    /// ユーザID.
    pub user: UserId,
    /// ユーザ名.
    pub name: String,
    /// When it was read; `None`: not yet.
    pub read_at: Option<UnixMs>,
}
