//! The consented list as a file (OT-10).

use super::file::SavedFile;
use super::office::ConsentSearch;
use super::{Again, Answer, Audit, Body, Permission, SMALL};
use crate::right::Act;

super::endpoints! {
    /// All rows of a search as CSV (UTF-8 with BOM), [`super::office::TOTAL_MAX`] at most; more are refused ([`super::Code::Request`]):
    /// a list that is not whole is not taken for one. A POST because the conditions hold names.
    SaveConsents {
        name: "office.save_consents",
        call: Post "/api/office/consents/csv",
        right: Permission::Account(Act::Export),
        asks: Body::Json(SMALL) => ConsentSearch,
        answers: Answer::Json => SavedFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}
