//! One check of the history (OT-13), with copy and print.

use shared::api::check::{CheckDetail, CheckDetails, ChooseCheckCoverage};
use shared::api::office::CoverageChoice;
use yew::prelude::*;

use super::view::CheckView;
use crate::part::send_form::form_failure;
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, detail};
use crate::use_call::use_call;

/// Says which check.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneCheckProps {
    /// Its id.
    pub(crate) id: String,
}

/// The check of the address.
#[component]
pub(crate) fn OneCheck(props: &OneCheckProps) -> Html {
    let (remote, on_retry) = use_get(CheckDetail { check: (&props.id).into() });
    let changed = use_state(|| None::<CheckDetails>);
    let call = use_call::<ChooseCheckCoverage>();
    let remote = match &*changed {
        Some(details) => Remote::Here(details.clone()),
        None => remote,
    };
    let onchoose = {
        let (call, id) = (call.clone(), props.id.clone());
        Callback::from(move |choice: CoverageChoice| {
            let changed = changed.clone();
            call.start(ChooseCheckCoverage { check: (&id).into() }, choice, move |outcome| {
                outcome.into_iter().for_each(|details| changed.set(Some(details)));
            });
        })
    };
    let progress = call.progress();
    remote.view(&on_retry, |details| {
        let (details, is_busy) = (details.clone(), progress.is_busy);
        html! {
            <>
                if let Some(refusal) = &progress.refusal {
                    { form_failure(&text::refusal_of_choice(refusal)) }
                }
                <CheckView {details} {is_busy} {onchoose} />
                <p class="on-screen">{ detail::LOGGED }</p>
            </>
        }
    })
}
