//! What the screen of an account shows, and what it asks before a change.

use shared::api::account::{AccountChange, AccountDetails};
use shared::domain::account::AccountKind;
use yew::prelude::*;

use super::super::fields::Typed;
use crate::text::office::{accounts as words, factors};
use crate::use_call::Progress;
use crate::use_form::Form;

/// What the person was asked to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Suspend,
    Resume,
    Reset,
    Unlock,
    /// The second factors of a lost device.
    ResetFactors,
    /// All logins, or the one of this id.
    End(Option<String>),
    /// A change of the period: where programs depend on the account, or with an end that is over.
    Change {
        /// What was typed.
        request: AccountChange,
        /// The account is over at once.
        is_over: bool,
    },
}

impl Asked {
    /// Title, button, what it means.
    pub(super) fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Suspend => (words::SUSPEND_ASK, words::SUSPEND, words::SUSPEND_WHAT),
            Self::Resume => (words::RESUME_ASK, words::RESUME, words::RESUME_WHAT),
            Self::Reset => (words::RESET_ASK, words::RESET, words::RESET_WHAT),
            Self::Unlock => (words::UNLOCK_ASK, words::UNLOCK, words::UNLOCK_WHAT),
            Self::ResetFactors => (factors::RESET_ASK, factors::RESET, factors::RESET_WHAT),
            Self::End(None) => (words::END_ASK, words::END_ALL, words::END_WHAT),
            Self::End(Some(_)) => (words::END_ASK, words::END_ONE, words::END_WHAT),
            Self::Change { is_over: true, .. } => (words::PERIOD_PAST, words::SUBMIT_CHANGE, words::PAST_UNTIL),
            Self::Change { is_over: false, .. } => (words::PERIOD_ASK, words::SUBMIT_CHANGE, words::PERIOD_WHAT),
        }
    }

    /// True where the logins of the account end, all of them.
    pub(super) fn ends_all_logins(&self) -> bool {
        matches!(self, Self::Suspend | Self::Reset | Self::ResetFactors | Self::End(None))
    }

    /// True where programs stop working (N176, N178, X54).
    pub(super) fn breaks_links(&self) -> bool {
        matches!(self, Self::Suspend | Self::Reset | Self::Change { .. })
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneViewProps {
    pub(crate) details: AccountDetails,
    /// The account of who looks.
    pub(crate) is_self: bool,
    /// Its kind.
    pub(crate) by: AccountKind,
    pub(crate) form: Form<Typed>,
    pub(crate) progress: Progress,
    pub(crate) asked: Option<Asked>,
    pub(crate) onsubmit: Callback<()>,
    pub(crate) onask: Callback<Option<Asked>>,
    pub(crate) onact: Callback<String>,
}
