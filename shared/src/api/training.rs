//! テスト用データセットアップ (N066, OT-36): an institution for training is filled and emptied; never one with real data.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, Permission, SMALL};
use crate::right::Act;

super::endpoints! {
    /// Whether this institution is for training, and what is in it.
    Training {
        name: "office.training",
        call: Get "/api/office/training",
        right: Permission::Account(Act::SetUpTestData),
        asks: Body::None => (),
        answers: Answer::Json => TrainingStatus,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Removes what is in it and fills it anew. [`super::Code::Forbidden`] where it is not for training, whatever was typed.
    FillTraining {
        name: "office.fill_training",
        call: Post "/api/office/training/fill",
        right: Permission::Account(Act::SetUpTestData),
        asks: Body::Json(SMALL) => TypedInstitution,
        answers: Answer::Json => TrainingStatus,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Removes what is in it. [`super::Code::Forbidden`] where it is not for training, whatever was typed.
    ResetTraining {
        name: "office.reset_training",
        call: Post "/api/office/training/reset",
        right: Permission::Account(Act::SetUpTestData),
        asks: Body::Json(SMALL) => TypedInstitution,
        answers: Answer::Json => TrainingStatus,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// The own institution code, typed by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedInstitution {
    /// 機関コード.
    pub typed_institution: String,
}

/// What is in an institution for training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingStatus {
    /// It is for training. Said when the institution is added, and for good.
    pub is_training: bool,
    /// Visits.
    pub visits: u64,
    /// Consents.
    pub consents: u64,
}
