//! Checks (資格確認) that no consent's proof made.

use shared::api::office::ChosenCoverage;
use shared::domain::account::UserId;
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::Eligibility;
use shared::domain::institution::VisitKind;

use crate::store::id::{CheckId, ConsentId};

/// A check as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRecord {
    /// Its id.
    pub id: CheckId,
    /// What for; `None` where no use was named.
    pub visit_kind: Option<VisitKind>,
    /// The living consent under which it was asked again (再照会).
    pub consent: Option<ConsentId>,
    /// Who, in the register's words; empty where nobody was found.
    pub subject: String,
    /// 照会番号.
    pub reference_number: Option<String>,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// Whose act; `None` for a job's.
    pub done_by: Option<UserId>,
    /// How far it is.
    pub state: CheckState,
    /// What was typed, as its desk wrote it (JSON with a version).
    pub asked: Option<String>,
    /// The eligibility as it was answered, with the instant.
    pub eligibility: Eligibility,
    /// Which of several coverages a person chose.
    pub chosen: Option<ChosenCoverage>,
}
