//! What the office's login (OT-3) offers beside ID and password: a passkey alone, and the way of facilities that have no account yet.

use shared::api::factor::{AskPasskeyLogin, LogInByPasskey, PasskeyLogin};
use shared::api::office::Session;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::account::passkey::{self as browser, NoPasskey};
use crate::part::send_form::form_failure;
use crate::part::{Button, link};
use crate::text::Say;
use crate::text::office::{self as text, factors as words};
use crate::use_call::use_call;

/// Says what follows a login.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct OtherWaysProps {
    /// Called with the new session.
    pub(super) onlogin: Callback<Session>,
}

/// A login by whatever passkey the device finds for this server.
#[component]
pub(super) fn OtherWays(props: &OtherWaysProps) -> Html {
    let ask = use_call::<AskPasskeyLogin>();
    let log_in = use_call::<LogInByPasskey>();
    let at_browser = use_state(|| None::<Result<(), NoPasskey>>);
    let (asking, logging_in) = (ask.progress(), log_in.progress());
    let is_busy = asking.is_busy || logging_in.is_busy || matches!(*at_browser, Some(Ok(())));
    let onpress = {
        let (at_browser, onlogin) = (at_browser.clone(), props.onlogin.clone());
        Callback::from(move |()| {
            let (at_browser, onlogin, log_in) = (at_browser.clone(), onlogin.clone(), log_in.clone());
            log_in.forget();
            at_browser.set(None);
            ask.start(AskPasskeyLogin, (), move |outcome| {
                let Ok(asked) = outcome else { return };
                at_browser.set(Some(Ok(())));
                spawn_local(async move {
                    let answer = match browser::get(&asked.options).await {
                        Ok(answer) => answer,
                        Err(why) => return at_browser.set(Some(Err(why))),
                    };
                    at_browser.set(None);
                    let login = PasskeyLogin { question: asked.question, answer };
                    log_in.start(LogInByPasskey, login, move |outcome| {
                        outcome.into_iter().for_each(|session| onlogin.emit(session));
                    });
                });
            });
        })
    };
    let left = (*at_browser).and_then(Result::err).map(|why| match why {
        // It says the same of a device that has none.
        NoPasskey::Left => Say { happened: words::NONE_FOUND.into(), next: words::NONE_FOUND_NEXT.into(), ..why.say() },
        why => why.say(),
    });
    let refusal = logging_in.refusal.or(asking.refusal);
    let failed = left.or_else(|| refusal.as_ref().map(|refusal| text::refusal_of_proof(refusal, words::NONE_FOUND_NEXT)));
    html! { <OtherWaysView {is_busy} {failed} {onpress} /> }
}

/// Everything that is shown of it.
#[derive(Clone, PartialEq, Properties)]
struct OtherWaysViewProps {
    is_busy: bool,
    failed: Option<Say>,
    onpress: Callback<()>,
}

#[component]
fn OtherWaysView(props: &OtherWaysViewProps) -> Html {
    html! {
        <>
            <h2>{ words::LOGIN_TITLE }</h2>
            <p>{ words::LOGIN_WHAT }</p>
            if let Some(say) = &props.failed {
                { form_failure(say) }
            }
            <p class="actions">
                <Button id="login-passkey" onpress={props.onpress.clone()} is_off={props.is_busy}>
                    { if props.is_busy { text::frame::BUSY } else { words::LOGIN_BY_PASSKEY } }
                </Button>
            </p>
            <p>{ link("/o/apply", None, words::TO_APPLY) }</p>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    #[tokio::test]
    async fn a_passkey_and_the_way_to_apply_are_offered() {
        let view = |is_busy: bool, failed: Option<Say>| html! { <OtherWaysView {is_busy} {failed} onpress={Callback::noop()} /> };
        let html = draw(move || view(false, None)).await;
        has(&html, words::LOGIN_BY_PASSKEY);
        has(&html, "/o/apply");
        let html = draw(move || view(true, Some(NoPasskey::Unsupported.say()))).await;
        has(&html, words::UNSUPPORTED);
        has(&html, text::frame::BUSY);
    }
}
