//! メンテナンス予定 (OT-24, P-MAINT): the calendar, empty at the start.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, Permission, SMALL, WindowPart};
use crate::domain::calendar::UnixMs;
use crate::domain::maintenance::Span;
use crate::domain::note::Note;
use crate::domain::operation::Part;
use crate::right::Act;

/// A window that is over is shown for so long, milliseconds: 30 days.
pub const SHOWN_AFTER_MS: i64 = 30 * 24 * 60 * 60_000;

super::endpoints! {
    /// What is ahead, what lasts, and what ended in the last 30 days, by its beginning.
    Calendar {
        name: "office.maintenance",
        call: Get "/api/office/maintenance",
        right: Permission::Account(Act::SeeOperation),
        asks: Body::None => (),
        answers: Answer::Json => CalendarShown,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Writes down a window of the institution's own. One that ends before it begins, lasts longer than 31 days or is over already:
    /// [`super::Code::Request`].
    AddWindow {
        name: "office.add_maintenance",
        call: Post "/api/office/maintenance",
        right: Permission::Account(Act::EditCalendar),
        asks: Body::Json(SMALL) => Window,
        answers: Answer::Json => WindowRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Ends one of its own at once, or takes it out before it begins. The operator's cannot be ended here: [`super::Code::NotFound`].
    EndWindow(window: WindowPart) {
        name: "office.end_maintenance",
        call: Post "/api/office/maintenance/{window}/end",
        right: Permission::Account(Act::EditCalendar),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => WindowRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// A window as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// What stands still.
    pub part: Part,
    /// From when to when.
    pub span: Span,
    /// What still works.
    pub still: Note<200>,
    /// Where it was announced.
    pub source: Note<200>,
}

/// The calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarShown {
    /// By their beginning.
    pub rows: Vec<WindowRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRow {
    /// Names it.
    pub id: String,
    /// The operator's, for all institutions.
    pub is_common: bool,
    /// What is written down.
    pub window: Window,
    /// When it was ended by hand.
    pub ended_at: Option<UnixMs>,
}

impl WindowRow {
    /// Until when it lasts, also where it was ended by hand.
    #[must_use]
    pub fn ends_at(&self) -> UnixMs {
        self.ended_at.map_or(self.window.span.to, |ended| ended.min(self.window.span.to))
    }

    /// True from 7 days before it until its end.
    #[must_use]
    pub fn is_announced(&self, now: UnixMs) -> bool {
        self.ended_at.is_none() && self.window.span.is_announced(now)
    }

    /// True while it lasts.
    #[must_use]
    pub fn is_now(&self, now: UnixMs) -> bool {
        self.ended_at.is_none() && self.window.span.is_now(now)
    }
}
