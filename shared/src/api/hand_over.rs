//! How a finished check gets into the レセコン (OT-11): where it stands, and its file for the person at the page.

use serde::{Deserialize, Serialize};

use super::file::SavedFile;
use super::{Again, Answer, Audit, Body, ConsentPart, Permission};
use crate::domain::hand_over::{HandOver, HandOverFault, HandOverState};
use crate::domain::settings::HandOverSettings;
use crate::right::Act;

super::endpoints! {
    /// Where a check stands.
    HandOverOf(consent: ConsentPart) {
        name: "office.hand_over",
        call: Get "/api/office/consents/{consent}/hand-over",
        right: Permission::Account(Act::SeeConsents),
        asks: Body::None => (),
        answers: Answer::Json => HandOverShown,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The face file of a check in the institution's encoding. Once it is made it counts as 受け取られた.
    SaveFace(consent: ConsentPart) {
        name: "office.save_face",
        call: Post "/api/office/consents/{consent}/face/file",
        right: Permission::Account(Act::Export),
        asks: Body::None => (),
        answers: Answer::Json => FaceMade,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// Where a check stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverShown {
    /// What is set.
    pub set: HandOverSettings,
    /// The state of all ways together.
    pub state: HandOverState,
    /// Each way that was gone so far.
    pub ways: Vec<HandOver>,
    /// It is said to hang on another person's records (X62): nothing leaves.
    pub is_held: bool,
}

/// A file, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceMade {
    /// The file: XML.
    File(SavedFile),
    /// Nothing was made.
    Fault(HandOverFault),
}
