//! 稼働状況 (OT-23) and サポートへ送る記録 (OT-25).

use serde::{Deserialize, Serialize};

use super::maintenance::WindowRow;
use super::{Again, Answer, Audit, Body, Permission, SMALL};
use crate::domain::calendar::UnixMs;
use crate::domain::operation::{Light, Part};
use crate::right::Act;

super::endpoints! {
    /// Measures each part now, keeps since when it stands so and when it was good last, and answers that. Takes what only the page can
    /// see; kept for its browser.
    LookAtOperation {
        name: "office.look_at_operation",
        call: Post "/api/office/operation",
        right: Permission::Account(Act::SeeOperation),
        asks: Body::Json(SMALL) => SeenByPage,
        answers: Answer::Json => Operation,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// What the home and the device page say beside their own: maintenance ahead, and how many enquiries wait.
    OperationNews {
        name: "office.operation_news",
        call: Get "/api/office/operation/news",
        right: Permission::Account(Act::SeeOperation),
        asks: Body::None => (),
        answers: Answer::Json => News,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Makes the record for support: versions, parts, last refusals, settings; nothing of a person, no institution, no key. Leaves a row.
    MakeSupportRecord {
        name: "office.support_record",
        call: Post "/api/office/support-record",
        right: Permission::Account(Act::MakeSupportBundle),
        asks: Body::Json(SMALL) => SeenByPage,
        answers: Answer::Json => SupportRecord,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// What only the page can measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenByPage {
    /// [`Part::Device`].
    pub device: Option<Light>,
    /// [`Part::Network`].
    pub network: Option<Light>,
    /// [`Part::Reader`].
    pub reader: Option<Light>,
}

impl SeenByPage {
    /// The parts and how they were seen; without those that were not looked at.
    pub fn lights(self) -> impl Iterator<Item = (Part, Light)> {
        let seen = [(Part::Device, self.device), (Part::Network, self.network), (Part::Reader, self.reader)];
        seen.into_iter().filter_map(|(part, light)| light.map(|light| (part, light)))
    }
}

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// One for each part, in the order of [`Part::ALL`].
    pub parts: Vec<PartState>,
    /// Maintenance windows that last now.
    pub windows: Vec<WindowRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// How one part stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartState {
    /// Which one.
    pub part: Part,
    /// How it stands.
    pub light: Light,
    /// What was measured.
    pub fact: Fact,
    /// Since when it stands so; `None` where that could not be kept.
    pub since: Option<UnixMs>,
    /// When it was good last; `None`: never seen so.
    pub good_at: Option<UnixMs>,
}

/// What was measured; the sentences are the page's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// This very call arrived.
    Reached,
    /// The page sees it, and has its own words.
    SeenByPage,
    /// Nothing here asks it yet, so nothing is known.
    NotConnected,
    /// The invented register of the demo answers, with so many people.
    DemoRegister {
        /// Rows.
        people: u32,
    },
    /// No register is connected: every card is answered "no row" (X30).
    NoRegister,
    /// It answered.
    RegisterAnswers,
    /// It did not answer (X34).
    RegisterSilent,
    /// No check was written out in the last 30 days.
    NoExport,
    /// The last check that was written out, and how many have finished since.
    Exported {
        /// When.
        at: UnixMs,
        /// Finished since.
        waiting: u32,
        /// When the first of them finished.
        oldest: Option<UnixMs>,
    },
    /// The last file could not be handed over (X48).
    ExportFailed {
        /// When.
        at: UnixMs,
    },
    /// Written and read back.
    Stored {
        /// How long that took, milliseconds.
        ms: u32,
        /// Space left, MiB; `None` where it cannot be seen (a database elsewhere).
        free_mib: Option<u32>,
        /// Jobs that are late or fail again and again.
        late_jobs: u32,
    },
    /// The disk is full: reading goes on, nothing new is taken.
    StoreFull,
    /// Nothing could be written, for another reason than a full disk.
    StoreFailed,
    /// It goes as time does.
    ClockSteady,
    /// The last jump.
    ClockJumped {
        /// When it was noticed.
        at: UnixMs,
        /// By how much, milliseconds; negative: put back.
        by_ms: i64,
    },
    /// The institution does not use it.
    NotUsed,
    /// Client certificates: how many open the office, and how many of them end soon or have ended without a newer one.
    Certificates {
        /// Good ones.
        good: u32,
        /// Those that P-CERT reminds of.
        ending: u32,
    },
    /// Done last at that time.
    Done {
        /// When.
        at: UnixMs,
    },
    /// It failed, or is overdue.
    Overdue {
        /// When it was done last, if ever.
        last: Option<UnixMs>,
    },
}

/// What else the home says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Windows that last, or begin within 7 days.
    pub windows: Vec<WindowRow>,
    /// Enquiries that wait for an answer.
    pub open_enquiries: u32,
    /// The server's clock.
    pub now: UnixMs,
}

/// The record for support, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportRecord {
    /// In the order of the paper.
    pub lines: Vec<RecordLine>,
    /// When it was made.
    pub now: UnixMs,
}

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLine {
    /// What it says.
    pub title: String,
    /// The value.
    pub value: String,
}
