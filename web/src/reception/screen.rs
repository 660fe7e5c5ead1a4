//! The screens of the reception desk, one file each. They draw and report presses; [`super::desk`] decides.

mod answer;
pub mod away;
pub mod booking;
pub mod choose;
pub mod confirm;
pub mod eligibility;
pub mod identify;
pub mod own;
pub mod paper;
pub mod pick;
pub mod place;
pub mod prepare;
pub mod reader_panel;
pub mod readiness;
pub mod replace;
pub mod result;
pub mod short;
pub mod subsidy;
