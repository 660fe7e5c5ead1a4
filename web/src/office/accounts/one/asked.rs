//! What is asked before an account is changed.

use shared::api::account::AccountChange;
use yew::prelude::*;

use super::view::OneViewProps;
use crate::part::confirm::Words;
use crate::part::{Confirm, Notice, Tone};
use crate::text::office::{self as text, accounts as words};

/// What the person was asked to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Suspend,
    Resume,
    Reset,
    Unlock,
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
    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Suspend => (words::SUSPEND_ASK, words::SUSPEND, words::SUSPEND_WHAT),
            Self::Resume => (words::RESUME_ASK, words::RESUME, words::RESUME_WHAT),
            Self::Reset => (words::RESET_ASK, words::RESET, words::RESET_WHAT),
            Self::Unlock => (words::UNLOCK_ASK, words::UNLOCK, words::UNLOCK_WHAT),
            Self::End(None) => (words::END_ASK, words::END_ALL, words::END_WHAT),
            Self::End(Some(_)) => (words::END_ASK, words::END_ONE, words::END_WHAT),
            Self::Change { is_over: true, .. } => (words::PERIOD_PAST, words::SUBMIT_CHANGE, words::PAST_UNTIL),
            Self::Change { is_over: false, .. } => (words::PERIOD_ASK, words::SUBMIT_CHANGE, words::PERIOD_WHAT),
        }
    }

    /// True where the logins of the account end, all of them.
    fn ends_all_logins(&self) -> bool {
        matches!(self, Self::Suspend | Self::Reset | Self::End(None))
    }

    /// True where programs stop working (N176, N178, X54).
    fn breaks_links(&self) -> bool {
        matches!(self, Self::Suspend | Self::Reset | Self::Change { .. })
    }
}

/// The question, with what it means, and the ID to type where programs depend on the account.
pub(super) fn question(props: &OneViewProps, asked: &Asked) -> Html {
    let row = &props.details.account;
    let (title, act, what) = asked.words();
    let breaks = row.kind.is_of_program() && asked.breaks_links();
    let (then_title, then) = words::then(row.kind, *asked == Asked::Reset);
    let user = row.user.to_string();
    let typed = breaks.then(|| Words {
        label: words::TYPE_USER.into(),
        hint: words::type_hint(&user).into(),
        wrong: words::TYPED_WRONG.into(),
        inputmode: None,
        is_right: Callback::from(move |typed: String| typed.trim() == user),
    });
    let onact = props.onact.reform(|typed: String| typed.trim().to_owned());
    html! {
        <Confirm id="account-ask" {title} {act} words={typed} is_busy={props.progress.is_busy}
            failed={props.progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ words::whose(&row.name, row.user.as_str()) }</p>
            <p>{ what }</p>
            if props.is_self && asked.ends_all_logins() {
                <p>{ words::ENDS_OWN }</p>
            }
            if breaks {
                <Notice tone={Tone::Warn} title={words::BREAKS_TITLE}>
                    <ul>{ for words::BREAKS.iter().map(|one| html! { <li>{ one }</li> }) }</ul>
                    <p>{ then_title }</p>
                    <ul>{ for then.iter().map(|one| html! { <li>{ one }</li> }) }</ul>
                    <p>{ words::CHARGE }</p>
                </Notice>
            }
        </Confirm>
    }
}
