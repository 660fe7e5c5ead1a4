//! Recovery codes: ten, once, on a page of their own.

use shared::api::factor::{Factors, NewRecoveryCodes, RecoveryCodes};
use yew::prelude::*;

use crate::part::send_form::form_failure;
use crate::part::{Button, OneTimeSecret, Panel, field};
use crate::session::use_session;
use crate::text::office::{self as text, factors as words};
use crate::use_call::use_call;

const SECRET: &str = "recovery-codes";

/// Says what there is.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct RecoveryPanelProps {
    /// What is registered.
    pub(super) factors: Factors,
    /// Called with the factors after the codes were made.
    pub(super) onchanged: Callback<(Factors, Option<&'static str>)>,
}

/// How many codes are left, and a new set. The codes live here and nowhere else.
#[component]
pub(super) fn RecoveryPanel(props: &RecoveryPanelProps) -> Html {
    let make = use_call::<NewRecoveryCodes>();
    let codes = use_mut_ref(|| None::<RecoveryCodes>);
    let is_shown = use_state(|| false);
    let session = use_session().session;
    use_effect_with(*is_shown, |is_shown| {
        if *is_shown {
            field::focus(SECRET);
        }
    });
    let onmake = {
        let (make, codes, is_shown) = (make.clone(), codes.clone(), is_shown.clone());
        Callback::from(move |()| {
            let (codes, is_shown) = (codes.clone(), is_shown.clone());
            make.start(NewRecoveryCodes, (), move |outcome| {
                if let Ok(made) = outcome {
                    *codes.borrow_mut() = Some(made);
                    is_shown.set(true);
                }
            });
        })
    };
    let ondone = {
        let (codes, is_shown, onchanged, factors) = (codes.clone(), is_shown.clone(), props.onchanged.clone(), props.factors.clone());
        Callback::from(move |()| {
            let made = codes.borrow_mut().take();
            is_shown.set(false);
            if let Some(made) = made {
                let recovery_left = u32::try_from(made.codes.len()).unwrap_or_default();
                let made = Factors { recovery_left, recovery_made_at: Some(made.made_at), ..factors.clone() };
                onchanged.emit((made, None));
            }
        })
    };
    let progress = make.progress();
    let shown = codes.borrow();
    if let Some(made) = shown.as_ref().filter(|_| *is_shown) {
        let rows = [(words::INSTITUTION_NAME, session.institution_name.clone()), (words::USER, session.user.to_string())];
        return html! {
            <>
                <OneTimeSecret id={SECRET} title={words::RECOVERY_TITLE} whose={session.user_name.clone()} secret={made.codes.join("\n")}
                    next={words::RECOVERY_NEXT} {ondone} />
                <section class="sheet slip" aria-hidden="true">
                    <p class="sheet__heading">{ words::SLIP_TITLE }</p>
                    { for rows.into_iter().map(|(name, value)| html! { <p class="slip__row">{ format!("{name}: {value}") }</p> }) }
                    <p class="slip__row">{ format!("{}: {}", words::SLIP_MADE, made.made_at.jst_minute_text()) }</p>
                    <ul class="slip__codes" translate="no">{ for made.codes.iter().map(|code| html! { <li>{ code }</li> }) }</ul>
                    <ol>{ for words::SLIP_NOTE.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
                </section>
            </>
        };
    }
    let left = props.factors.recovery_made_at.map(|made_at| words::recovery_left(props.factors.recovery_left, made_at));
    let has_set = left.is_some();
    html! {
        <Panel title={words::RECOVERY_TITLE}>
            <p>{ words::RECOVERY_WHAT }</p>
            if !props.factors.has_one() {
                <p>{ words::RECOVERY_FIRST }</p>
            } else {
                if let Some(left) = left {
                    <p>{ left }</p>
                    <p>{ words::RECOVERY_AGAIN }</p>
                }
                if let Some(refusal) = &progress.refusal {
                    { form_failure(&text::refusal(refusal)) }
                }
                <p class="actions"><Button id="recovery-make" is_off={progress.is_busy} onpress={onmake}>
                    { if progress.is_busy { text::frame::BUSY } else if has_set { words::MAKE_RECOVERY_AGAIN } else { words::MAKE_RECOVERY } }
                </Button></p>
            }
        </Panel>
    }
}
