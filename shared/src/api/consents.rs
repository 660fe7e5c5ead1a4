//! The consented list as a file (OT-10).

use serde::{Deserialize, Serialize};

use super::office::ConsentSearch;
use super::{Again, Answer, Audit, Body, Permission, SMALL};
use crate::bytes::Base64;
use crate::right::Act;

super::endpoints! {
    /// All rows of a search as CSV (UTF-8 with BOM), [`super::office::TOTAL_MAX`] at most; more are refused ([`super::Code::Request`]):
    /// a list that is not whole is not taken for one. A POST because the conditions hold names.
    SaveConsents {
        name: "office.save_consents",
        call: Post "/api/office/consents/csv",
        right: Permission::Account(Act::Export),
        asks: Body::Json(SMALL) => ConsentSearch,
        answers: Answer::Json => ConsentsFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// The file. No `Debug`: it is full of people.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentsFile {
    /// Name for the download: nothing of a person.
    pub name: String,
    /// Its bytes.
    pub file: Base64,
    /// Rows in it.
    pub rows: u32,
    /// Rows that could not be read from the database; they are not in it.
    pub damaged: u32,
}
