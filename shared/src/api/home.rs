//! ホーム (OT-5): notices, what is to be done, and whether this terminal was restarted today.

use serde::{Deserialize, Serialize};

use super::notice::NoticeRow;
use super::{Again, Answer, Audit, Body, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::UnixMs;
use crate::right::Act;

/// Notices that the home shows; the list has all.
pub const HOME_NOTICES: u32 = 5;

super::endpoints! {
    /// What the home shows to the account on this terminal.
    Home {
        name: "office.home",
        call: Get "/api/office/home",
        right: Permission::Account(Act::ReadNotices),
        asks: Body::None => (),
        answers: Answer::Json => HomeView,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 「再起動しました」 (N161): a terminal is a browser, told apart by its cookie. Said again, it is noted again.
    Restarted {
        name: "office.restarted",
        call: Post "/api/office/restart",
        right: Permission::Account(Act::ReadNotices),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => Restart,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// What the home shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeView {
    /// The first of the list.
    pub notices: Vec<NoticeRow>,
    /// How many notices the account has not read.
    pub unread: u32,
    /// What is to be done by this account; nothing that is done.
    pub tasks: Vec<Task>,
    /// This terminal's restart.
    pub restart: Restart,
}

/// Something to be done: its words and the way to its screen are the page's, by the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What.
    pub kind: TaskKind,
    /// How many; never 0.
    pub count: u32,
}

/// What can be open. A further one is a variant here, a function in `rule::home` of the server, and a line of the page's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Steps of the set-up checklist that are missing (OT-19).
    Setup,
    /// Notices that were not read.
    Notices,
    /// Accounts with an initial password that never logged in (N029, N030).
    FirstLogins,
    /// Activation codes that nobody used and that end within two days (P-CODE).
    Codes,
    /// Certificates of terminals whose end is to be spoken of (P-CERT).
    Certificates,
    /// People who are to be checked again (X12, OT-17h).
    LaterChecks,
    /// Use reports of openings that are over (OT-17g).
    OpeningReports,
    /// The account's own results that wait at a device to be filed (X49).
    Unfiled,
    /// Results that have left by no way an hour after their check (X48, X49).
    Unsent,
}

/// The restart of a terminal (N161, N162, X50). Nobody but its user can know: a browser does not say when its machine was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// When it was said last; `None`: never, or the terminal is not known.
    pub said_at: Option<UnixMs>,
    /// Who said so.
    pub said_by: Option<UserId>,
    /// That was today, by the day in Japan.
    pub is_today: bool,
}
