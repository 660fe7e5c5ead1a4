//! The authenticator app: its secret once, and a code of it before it counts.

use shared::api::factor::{AddTotp, AskTotp, Factors, OwnFactors, TotpAsked, TotpCode, TotpRow};
use shared::api::{Detail, Refusal};
use shared::domain::factor::{FactorFault, totp_code};
use yew::prelude::*;

use crate::part::send_form::form_failure;
use crate::part::{Button, Field, Notice, Panel, SendForm, Tone, field, qr};
use crate::text::office::{self as text, factors as words};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

const CODE: &str = "totp-code";

/// Says whether there is one.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct AddTotpProps {
    /// The app that is registered.
    pub(super) totp: Option<TotpRow>,
    /// Called with the factors after the registration.
    pub(super) onchanged: Callback<(Factors, Option<&'static str>)>,
    /// Asks before it is removed.
    pub(super) onremove: Callback<()>,
}

/// One is registered already: by a press whose answer was lost, or on another page.
fn is_there(refusal: &Refusal) -> bool {
    refusal.detail == Some(Detail::Factor(FactorFault::HasTotp))
}

/// The app, or how to register one. The secret lives here and nowhere else.
#[component]
pub(super) fn AddTotpPanel(props: &AddTotpProps) -> Html {
    let ask = use_call::<AskTotp>();
    let add = use_call::<AddTotp>();
    let look = use_call::<OwnFactors>();
    let secret = use_mut_ref(|| None::<TotpAsked>);
    let is_asked = use_state(|| false);
    let form = use_form(String::new);
    let (asking, adding) = (ask.progress(), add.progress());
    let onstop = {
        let (add, secret, is_asked, form) = (add.clone(), secret.clone(), is_asked.clone(), form.clone());
        Callback::from(move |()| {
            add.forget();
            *secret.borrow_mut() = None;
            form.set(String::new());
            is_asked.set(false);
        })
    };
    let onknown = {
        let (onstop, onchanged) = (onstop.clone(), props.onchanged.clone());
        Callback::from(move |()| {
            let (onstop, onchanged) = (onstop.clone(), onchanged.clone());
            look.start(OwnFactors, (), move |outcome| {
                if let Ok(factors) = outcome {
                    onstop.emit(());
                    onchanged.emit((factors, Some(words::HAS_TOTP)));
                }
            });
        })
    };
    let onbegin = {
        let (ask, add, secret, is_asked, onknown) = (ask.clone(), add.clone(), secret.clone(), is_asked.clone(), onknown.clone());
        Callback::from(move |()| {
            add.forget();
            let (secret, is_asked, onknown) = (secret.clone(), is_asked.clone(), onknown.clone());
            ask.start(AskTotp, (), move |outcome| match outcome {
                Ok(asked) => {
                    *secret.borrow_mut() = Some(asked);
                    is_asked.set(true);
                    field::focus(CODE);
                }
                Err(refusal) if is_there(&refusal) => onknown.emit(()),
                Err(_) => {}
            });
        })
    };
    let onsubmit = {
        let (form, add, onstop, onchanged) = (form.clone(), add.clone(), onstop.clone(), props.onchanged.clone());
        Callback::from(move |()| {
            let read = |typed: &String| match totp_code(typed) {
                Some(_) => Ok(TotpCode { code: typed.clone() }),
                None => Err(Faults::default().note(CODE, Some(words::NO_CODE))),
            };
            let Some(code) = form.read(read) else { return add.forget() };
            let (onstop, onchanged, onknown) = (onstop.clone(), onchanged.clone(), onknown.clone());
            add.start(AddTotp, code, move |outcome| match outcome {
                Ok(factors) => {
                    onstop.emit(());
                    onchanged.emit((factors, Some(words::DONE_TOTP)));
                }
                Err(refusal) if is_there(&refusal) => onknown.emit(()),
                Err(_) => {}
            });
        })
    };
    let of = form.held(adding.is_busy).input(CODE, |typed| typed);
    let failed = adding.refusal.as_ref().map(|refusal| text::refusal_of_proof(refusal, words::HINT_TOTP));
    let shown = secret.borrow();
    let body = match (&props.totp, shown.as_ref().filter(|_| *is_asked)) {
        (Some(totp), _) => html! {
            <>
                <p>{ words::HAS_TOTP }</p>
                <p>{ words::totp_since(totp.added_at, totp.last_used_at) }</p>
                <p class="actions"><Button id="totp-remove" onpress={props.onremove.clone()}>{ words::REMOVE_TOTP }</Button></p>
            </>
        },
        (None, Some(asked)) => html! {
            <>
                <ol>{ for words::TOTP_STEPS.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
                { qr(&asked.qr_svg, words::TOTP_QR) }
                <p>{ words::TOTP_SECRET }</p>
                <p class="secret__text" id="totp-secret" translate="no">{ &asked.secret }</p>
                <Notice tone={Tone::Warn} title={words::TOTP_ONCE} />
                <SendForm id="totp-add" submit={words::ADD_TOTP} {failed} is_busy={adding.is_busy} {onsubmit}
                    below={html! { <Button id="totp-stop" is_off={adding.is_busy} onpress={onstop}>{ words::STOP }</Button> }}>
                    <Field {of} label={words::TOTP_LABEL} hint={words::TOTP_HINT} is_required=true inputmode="numeric" autocomplete="one-time-code" />
                </SendForm>
            </>
        },
        (None, None) => html! {
            <>
                if let Some(refusal) = &asking.refusal {
                    { form_failure(&text::refusal(refusal)) }
                }
                <p class="actions"><Button id="totp-begin" is_off={asking.is_busy} onpress={onbegin}>
                    { if asking.is_busy { text::frame::BUSY } else { words::BEGIN_TOTP } }
                </Button></p>
            </>
        },
    };
    html! {
        <Panel title={if props.totp.is_some() { words::TOTP } else { words::ADD_TOTP_TITLE }}>
            if props.totp.is_none() {
                <p>{ words::ADD_TOTP_WHAT }</p>
            }
            { body }
        </Panel>
    }
}
