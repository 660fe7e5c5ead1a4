//! What the pages of a registered user are given, and why they were left.

use shared::api::Refusal;
use shared::api::portal::ApplicantHome;
use yew::prelude::*;

use crate::text::office::apply as words;

/// Why the login stands on the screen, beside its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// ログアウト was pressed.
    LoggedOut,
    /// Nobody touched the page, or the server ended the session.
    Idle,
}

impl Left {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::LoggedOut => words::LOGGED_OUT,
            Self::Idle => words::IDLE,
        }
    }
}

/// What the pages below are given.
#[derive(Clone, PartialEq)]
pub(super) struct Standing {
    /// As the server said it last.
    pub(super) home: ApplicantHome,
    /// Called with what the server says since.
    pub(super) onhome: Callback<ApplicantHome>,
    /// Called with each refusal: one that ends the session leads to the login.
    pub(super) onrefused: Callback<Refusal>,
}
