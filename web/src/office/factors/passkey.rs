//! A further passkey: its name, then the browser asks for the finger, the face or the PIN.

use shared::api::Refusal;
use shared::api::factor::{AddPasskey, AskPasskey, Factors, NewPasskey};
use shared::domain::factor::PasskeyName;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::account::passkey::{self as browser, NoPasskey};
use crate::part::{Field, Notice, Panel, SendForm};
use crate::text::Say;
use crate::text::office::{self as text, factors as words};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

const NAME: &str = "passkey-name";

/// Says whether passkeys can be had here.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct AddPasskeyProps {
    /// The server's address is one that passkeys can be for.
    pub(super) may_have: bool,
    /// Called with the factors after the registration.
    pub(super) onchanged: Callback<(Factors, Option<&'static str>)>,
}

/// The form of a further passkey.
#[component]
pub(super) fn AddPasskeyPanel(props: &AddPasskeyProps) -> Html {
    let form = use_form(String::new);
    let ask = use_call::<AskPasskey>();
    let add = use_call::<AddPasskey>();
    let at_browser = use_state(|| None::<Result<(), NoPasskey>>);
    let is_waiting = matches!(*at_browser, Some(Ok(())));
    let (asking, adding) = (ask.progress(), add.progress());
    let is_busy = asking.is_busy || adding.is_busy || is_waiting;
    let onsubmit = {
        let (form, ask, add, at_browser) = (form.clone(), ask.clone(), add.clone(), at_browser.clone());
        let onchanged = props.onchanged.clone();
        Callback::from(move |()| {
            if is_busy {
                return;
            }
            let read = |typed: &String| {
                let name = PasskeyName::try_from(typed.as_str());
                name.map_err(|_| Faults::default().note(NAME, Some(words::BAD_NAME)))
            };
            let Some(name) = form.read(read) else { return };
            add.forget();
            let (form, add, at_browser, onchanged) = (form.clone(), add.clone(), at_browser.clone(), onchanged.clone());
            ask.start(AskPasskey, (), move |outcome| {
                let Ok(asked) = outcome else { return };
                at_browser.set(Some(Ok(())));
                spawn_local(async move {
                    let answer = match browser::create(&asked.options).await {
                        Ok(answer) => answer,
                        Err(why) => return at_browser.set(Some(Err(why))),
                    };
                    at_browser.set(None);
                    add.start(AddPasskey, NewPasskey { name, answer }, move |outcome| {
                        if let Ok(factors) = outcome {
                            form.set(String::new());
                            onchanged.emit((factors, Some(words::DONE_PASSKEY)));
                        }
                    });
                });
            });
        })
    };
    let refused = |refusal: Option<Refusal>| refusal.as_ref().map(|refusal| text::refusal_of_proof(refusal, words::LEFT_NEXT));
    let left: Option<Say> = (*at_browser).and_then(Result::err).map(NoPasskey::say);
    let failed = left.or_else(|| refused(asking.refusal)).or_else(|| refused(adding.refusal));
    let of = form.held(is_busy).input(NAME, |typed| typed);
    html! {
        <Panel title={words::ADD_PASSKEY_TITLE}>
            <p>{ words::ADD_PASSKEY_WHAT }</p>
            if props.may_have {
                <SendForm id="passkey-add" submit={words::ADD_PASSKEY} {failed} {is_busy} {onsubmit}>
                    <Field {of} label={words::NAME_LABEL} hint={words::NAME_HINT} is_required=true />
                </SendForm>
            } else {
                <Notice title={words::NO_PASSKEYS_HERE} />
            }
        </Panel>
    }
}
