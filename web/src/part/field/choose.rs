//! Fields that are chosen from: one of few, or yes and no.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::{Frame, Input};

/// One of the offered values.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Value of the option.
    pub value: &'static str,
    /// Its words.
    pub label: &'static str,
}

/// Says what can be chosen.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ChooseProps {
    /// The control; its value is the chosen one's.
    pub of: Input,
    /// What is asked for.
    pub label: AttrValue,
    /// What it is about.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// True when it cannot be left out: said in words.
    #[prop_or_default]
    pub is_required: bool,
    /// What can be chosen.
    pub offers: Vec<Offer>,
}

/// A choice of one out of few, in a list that opens.
#[component]
pub fn SelectField(props: &ChooseProps) -> Html {
    let of = &props.of;
    let frame = Frame { of, label: &props.label, hint: props.hint.as_ref(), is_required: props.is_required };
    let onchange = of.oninput.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    frame.around(html! {
        <select class="field__input" id={of.id.clone()} disabled={of.is_held} aria-required={props.is_required.then_some("true")}
            aria-invalid={of.fault.is_some().then_some("true")} aria-describedby={frame.described_by(None)} {onchange}>
            { for props.offers.iter().map(|offer| html! {
                <option value={offer.value} selected={of.value == offer.value}>{ offer.label }</option>
            }) }
        </select>
    })
}

/// A choice of one out of few that are all seen; none may be chosen yet.
#[component]
pub fn RadioField(props: &ChooseProps) -> Html {
    let of = &props.of;
    let frame = Frame { of, label: &props.label, hint: props.hint.as_ref(), is_required: props.is_required };
    frame.group(html! {
        <div>
            { for props.offers.iter().map(|offer| {
                let value = offer.value;
                let onchange = of.oninput.reform(move |_: Event| value.to_owned());
                html! {
                    <label class="field__offer">
                        <input type="radio" name={of.id.clone()} value={offer.value} checked={of.value == offer.value} disabled={of.is_held}
                            {onchange} />
                        <span>{ offer.label }</span>
                    </label>
                }
            }) }
        </div>
    })
}

/// Says what is ticked.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct CheckFieldProps {
    /// Element id; hint and fault as at [`Input`].
    pub id: AttrValue,
    /// What a tick says.
    pub label: AttrValue,
    /// What it means.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// What is wrong and how to mend it.
    #[prop_or_default]
    pub fault: Option<AttrValue>,
    /// It is ticked.
    pub is_on: bool,
    /// True while it cannot be changed.
    #[prop_or_default]
    pub is_off: bool,
    /// Called with the new state.
    pub onchange: Callback<bool>,
}

/// A tick that only a person sets.
#[component]
pub fn CheckField(props: &CheckFieldProps) -> Html {
    let of = Input { id: props.id.clone(), value: "".into(), fault: props.fault.clone(), is_held: props.is_off, oninput: Callback::noop() };
    let frame = Frame { of: &of, label: &props.label, hint: props.hint.as_ref(), is_required: false };
    let onchange = props.onchange.reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().checked());
    html! {
        <div class={frame.classes()}>
            <label class="field__offer">
                <input type="checkbox" id={of.id.clone()} checked={props.is_on} disabled={props.is_off}
                    aria-invalid={of.fault.is_some().then_some("true")} aria-describedby={frame.described_by(None)} {onchange} />
                <span>{ &props.label }</span>
            </label>
            { frame.hint() }
            { frame.fault() }
        </div>
    }
}
