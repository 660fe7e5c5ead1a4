//! 照会番号 on DA-10 (OT-21): the chart number of the person, registered with one press.

use shared::api::reference::{ReferenceChange, SetReference};
use shared::domain::reference::ReferenceNumber;
use yew::prelude::*;

use crate::part::{Field, Panel, SendForm};
use crate::text::office::{self as text, bedside, references as words};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

const NUMBER: &str = "reference-number";

/// Says whose.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct NumberProps {
    /// The consent of the result, which has no number so far.
    pub(super) consent: AttrValue,
    /// Called with the number once it is kept.
    pub(super) onkept: Callback<String>,
}

/// The number is asked for; the result counts without it too.
#[component]
pub(super) fn Number(props: &NumberProps) -> Html {
    let form = use_form(String::new);
    let call = use_call::<SetReference>();
    let onsubmit = {
        let (form, call, props) = (form.clone(), call.clone(), props.clone());
        Callback::from(move |()| {
            let read = |typed: &String| {
                ReferenceNumber::try_from(typed.as_str()).map_err(|_| Faults::default().note(NUMBER, Some(words::BAD_NUMBER)))
            };
            let Some(number) = form.read(read) else { return };
            let (onkept, kept) = (props.onkept.clone(), number.as_str().to_owned());
            let change = ReferenceChange { number: Some(number), shown: None };
            call.start(SetReference { consent: props.consent.as_str().into() }, change, move |outcome| {
                if outcome.is_ok() {
                    onkept.emit(kept);
                }
            });
        })
    };
    let progress = call.progress();
    let of = form.held(progress.is_busy).input(NUMBER, |typed| typed);
    html! {
        <div class="on-screen">
            <Panel title={bedside::REFERENCE_ASK} class="detail">
                <p>{ bedside::REFERENCE_ASK_NEXT }</p>
                <SendForm id="reference-set" submit={words::SET} failed={progress.refusal.as_ref().map(text::refusal)}
                    is_busy={progress.is_busy} {onsubmit}>
                    <Field {of} label={words::NUMBER} hint={words::NUMBER_HINT} />
                </SendForm>
            </Panel>
        </div>
    }
}
