//! The rules that need the store: plain functions over a [`crate::store::db::Tx`], which read, decide and write in one
//! transaction and answer a value or a refusal.
//!
//! A rule draws neither time nor random bytes, since a database may run it twice: both come in as values.

pub mod account;
pub mod aid;
pub mod aid_month;
pub mod answer;
pub mod applicant;
pub mod attempt;
pub mod audit;
pub mod backup;
pub mod bedside;
pub mod bulk_check;
pub mod certificate;
pub mod check;
pub mod claim;
pub mod code;
pub mod consent;
pub mod day;
pub mod desk;
pub mod device;
pub mod ending;
pub mod enquiry;
pub mod expiring;
pub mod factor;
pub mod grant;
pub mod home;
pub mod house;
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
pub mod reference;
pub mod requery;
pub mod room;
pub mod session;
pub mod settings;
pub mod setup;
pub mod subsidy;
pub mod succession;
pub mod training;
pub mod visit;
pub mod withdrawal;
