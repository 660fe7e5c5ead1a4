//! What is kept: its types, one function per statement (a module per subject), and the two databases behind [`db::Db`].
//!
//! Every statement on an institution's rows takes the [`Tenant`](crate::tenant::Tenant). Those that find out whose a thing is (a token's page, a session, a
//! visit by its id) give what the gate makes one of; purges go over all institutions and say so.
//!
//! The statements decide nothing: what is written when is the matter of [`crate::rule`].

pub mod account;
pub mod aid;
pub mod answer;
pub mod attempt;
pub mod audit;
pub mod backup;
pub mod bedside;
pub mod bulk_check;
pub mod certificate;
pub mod change;
pub mod check;
pub mod claim;
pub mod code;
pub mod consent;
mod copied;
pub mod copy;
pub mod coverage_change;
pub mod day;
pub mod db;
pub mod deployment;
pub mod desk;
pub mod device;
pub mod ending;
pub mod enquiry;
pub mod expiring;
pub mod factor;
pub mod finished;
pub mod grant;
pub mod handover;
pub mod house;
mod id;
pub mod institution;
pub mod job;
pub mod later;
pub mod link;
pub mod mail;
pub mod maintenance;
pub mod medical;
pub mod month;
pub mod notice;
pub mod opening;
pub mod operation;
pub mod portal;
pub mod posted;
mod postgres;
pub mod readable;
mod record;
pub mod reference;
pub mod register;
pub mod room;
pub mod run;
pub mod settings;
pub mod setup;
pub mod sheet;
mod sqlite;
mod stored;
pub mod subsidy;
pub mod succession;
pub(crate) mod threads;
pub mod training;
pub mod tx;
pub mod visit;

pub use id::{
    ApplicantId, CertificateId, CheckId, CodeId, ConsentId, DayVisitId, DeskId, EnquiryId, GrantId, NoticeId, OpeningId, PaperId,
    ReferenceId, RunId, TokenId, ViewId, VisitId, WindowId,
};
pub use record::*;
use shared::domain::account::UserId;
use shared::domain::institution::{InstitutionCode, VisitKind};
pub use stored::{asked, read_asked};

pub use crate::Sha256;

/// Says that the store could not do it. The inner cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk is full; nothing was written.
    #[error("the disk is full")]
    Full,
    /// The database file is no whole database.
    #[error("the database is damaged: {0}")]
    Broken(String),
    /// More waits than can be served in time; nothing was done.
    #[error("too much waits for the database")]
    Busy,
    /// The connection was lost while the database committed: whether it counts, the same request asked again tells.
    #[error("the connection was lost during a commit")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address of the database cannot be used.
    #[error("{0}")]
    Address(&'static str, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// A commit failed before: no more writes until the next start.
    #[error("the store takes no more writes")]
    Stopped,
    /// A stored value cannot be read back.
    #[error("a stored value cannot be read back: {0}")]
    Damaged(&'static str),
    /// The database engine has a known fault.
    #[error("SQLite {0} is too old")]
    OldEngine(String),
}

fn code_of(text: &str) -> Result<InstitutionCode, StoreError> {
    InstitutionCode::try_from(text).map_err(|_| StoreError::Damaged("institution code"))
}

fn visit_kind_of(code: i64) -> Result<VisitKind, StoreError> {
    u8::try_from(code).ok().and_then(VisitKind::from_code).ok_or(StoreError::Damaged("use"))
}

fn user_of(text: &str) -> Result<UserId, StoreError> {
    UserId::try_from(text).map_err(|_| StoreError::Damaged("user id"))
}

fn fixed(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("32 bytes"))
}
