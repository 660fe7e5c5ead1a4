//! Support desks (N181, P-DESK): the operator's, common to all institutions, and the institution's own.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, DeskPart, Permission, SMALL};
use crate::domain::calendar::UnixMs;
use crate::domain::desk::Desk;
use crate::right::Act;

/// Texts and hours of a desk.
const DESK_MAX: usize = 16 * 1024;

super::endpoints! {
    /// All desks of the institution, the operator's first.
    Desks {
        name: "office.desks",
        call: Get "/api/office/desks",
        right: Permission::Account(Act::ReadNotices),
        asks: Body::None => (),
        answers: Answer::Json => DeskList,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Writes down a desk of the institution's own. Without a name: [`super::Code::Request`].
    AddDesk {
        name: "office.add_desk",
        call: Post "/api/office/desks",
        right: Permission::Account(Act::EditCalendar),
        asks: Body::Json(DESK_MAX) => Desk,
        answers: Answer::Json => DeskRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Changes one of its own. The operator's cannot be changed here: [`super::Code::NotFound`].
    ChangeDesk(desk: DeskPart) {
        name: "office.change_desk",
        call: Post "/api/office/desks/{desk}",
        right: Permission::Account(Act::EditCalendar),
        asks: Body::Json(DESK_MAX) => Desk,
        answers: Answer::Json => DeskRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Removes one of its own.
    RemoveDesk(desk: DeskPart) {
        name: "office.remove_desk",
        call: Post "/api/office/desks/{desk}/remove",
        right: Permission::Account(Act::EditCalendar),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// All desks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskList {
    /// The operator's first, each kind in the order in which they were written down.
    pub rows: Vec<DeskRow>,
    /// The server's clock: whether a desk is open follows from its hours ([`crate::domain::desk::standing`]).
    pub now: UnixMs,
}

/// One desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskRow {
    /// Names it.
    pub id: String,
    /// The operator's, the same for all institutions.
    pub is_common: bool,
    /// What is written down.
    pub desk: Desk,
}
