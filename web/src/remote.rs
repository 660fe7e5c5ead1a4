//! An answer of the server as a screen knows it.

use std::cell::Cell;
use std::rc::Rc;

use shared::api::{Code, Endpoint, Refusal, Stored};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::{self, Auth};
use crate::part::error_screen::say_body;
use crate::part::{Button, LiveRegion, Notice, Tone};
use crate::session::{use_session, wants_proof};
use crate::text::{Say, office as text};

/// How far a question has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remote<T> {
    /// On its way.
    Loading,
    /// Refused, or lost.
    Failed(Refusal),
    /// Answered.
    Here(T),
}

impl<T> Remote<T> {
    /// What came of a question that changes nothing, also when its answer was lost or the server failed over it.
    pub(crate) fn read(outcome: Result<T, Refusal>) -> Self {
        match outcome {
            Ok(answer) => Self::Here(answer),
            Err(refusal) => Self::Failed(unchanged(refusal)),
        }
    }

    /// Draws loading and failure; leaves the answer to the screen.
    pub(crate) fn view(&self, on_retry: &Callback<()>, filled: impl FnOnce(&T) -> Html) -> Html {
        match self {
            Self::Loading => loading(text::frame::LOADING),
            Self::Failed(refusal) => failure(&text::refusal(refusal), on_retry),
            Self::Here(answer) => filled(answer),
        }
    }
}

/// The refusal of a question that changes nothing: whatever the server could say about it, nothing was changed.
pub(crate) fn unchanged(refusal: Refusal) -> Refusal {
    Refusal { stored: Stored::Nothing, ..refusal }
}

/// Says that rows of a list could not be read; nothing where all could.
pub(crate) fn damaged(rows: u32) -> Html {
    if rows == 0 {
        return Html::default();
    }
    html! { <Notice tone={Tone::Warn} title={text::pager::damaged(rows)}><p>{ text::pager::DAMAGED_NEXT }</p></Notice> }
}

/// Says that an answer is on its way.
pub(crate) fn loading(words: &'static str) -> Html {
    html! { <LiveRegion class="loading"><p>{ words }</p></LiveRegion> }
}

/// Says what failed, with a way on.
pub(crate) fn failure(say: &Say, on_retry: &Callback<()>) -> Html {
    html! {
        <Notice tone={Tone::Bad} role="alert" code={say.code} title={say.happened.clone()}>
            { say_body(say) }
            { whom_to_call(say.code) }
            <Button id="retry" onpress={on_retry.clone()}>{ text::frame::RETRY }</Button>
        </Notice>
    }
}

/// The way to the support desks, where trying again may not be enough: a line or a server that fails. A page of its own for the device.
fn whom_to_call(code: &str) -> Html {
    if [Code::X01.word(), Code::Internal.word()].contains(&code) {
        html! { <p><a href="/o/desks">{ text::desks::TITLE }</a></p> }
    } else {
        Html::default()
    }
}

/// [`use_search`] for what is asked without a body: once per endpoint with its path.
#[hook]
pub(crate) fn use_get<E>(endpoint: E) -> (Remote<E::Response>, Callback<()>)
where
    E: Endpoint<Request = ()> + Clone + PartialEq + 'static,
    E::Response: Clone + 'static,
{
    use_search(endpoint, ())
}

/// Asks, again whenever endpoint, path or request is another one, and on a press of the returned callback. An answer to an older
/// question is dropped, and so is one that comes after the screen has gone.
#[hook]
pub(crate) fn use_search<E>(endpoint: E, request: E::Request) -> (Remote<E::Response>, Callback<()>)
where
    E: Endpoint + Clone + PartialEq + 'static,
    E::Request: Clone + PartialEq + 'static,
    E::Response: Clone + 'static,
{
    let signed_in = use_session();
    let remote = use_state(|| Remote::Loading);
    let turn = use_state(|| 0_u32);
    // What a lock refused is asked again once it is gone.
    let is_owed = use_mut_ref(|| false);
    use_effect_with(signed_in.session.is_locked, {
        let (is_owed, turn) = (is_owed.clone(), turn.clone());
        move |is_locked| {
            if !is_locked && is_owed.replace(false) {
                turn.set(*turn + 1);
            }
        }
    });
    use_effect_with((endpoint, request, *turn), {
        let remote = remote.clone();
        move |(endpoint, request, _)| {
            remote.set(Remote::Loading);
            let is_wanted = Rc::new(Cell::new(true));
            spawn_local({
                let (endpoint, request, is_wanted) = (endpoint.clone(), request.clone(), is_wanted.clone());
                async move {
                    let mut outcome = api::call(&endpoint, &request, Auth::Office).await;
                    while wants_proof(&outcome) && is_wanted.get() && signed_in.prove_again().await {
                        outcome = api::call(&endpoint, &request, Auth::Office).await;
                    }
                    if is_wanted.get() {
                        signed_in.follow(&outcome);
                        if matches!(&outcome, Err(refusal) if refusal.code == Code::Locked) {
                            is_owed.replace(true);
                        } else {
                            remote.set(Remote::read(outcome));
                        }
                    }
                }
            });
            move || is_wanted.set(false)
        }
    });
    let again = Callback::from(move |()| turn.set(*turn + 1));
    ((*remote).clone(), again)
}
