//! A labelled input with its hint and what is wrong with it.

use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::icon::{Icon, Sign};
use crate::text;

/// Moves the focus to the element of this id, for the first field that needs another look.
pub fn focus(id: &str) {
    let element = web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // A refused focus leaves it where it was: nothing to repair.
        let _ = element.focus();
    }
}

/// Says what is asked for.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct FieldProps {
    /// Element id of the input; hint and fault are `{id}-hint` and `{id}-fault`.
    pub id: AttrValue,
    /// What is asked for.
    pub label: AttrValue,
    /// The text in the input.
    pub value: AttrValue,
    /// Form of the input, `text` or `date`.
    #[prop_or(AttrValue::Static("text"))]
    pub kind: AttrValue,
    /// How to write it.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// What is wrong and how to mend it.
    #[prop_or_default]
    pub fault: Option<AttrValue>,
    /// True when it cannot be left out: said in words.
    #[prop_or_default]
    pub is_required: bool,
    /// `autocomplete`: `off` unless the browser may help.
    #[prop_or(AttrValue::Static("off"))]
    pub autocomplete: AttrValue,
    /// Keyboard of a tablet.
    #[prop_or_default]
    pub inputmode: Option<AttrValue>,
    /// True while the text is on its way to the server: it can be read and not be changed.
    #[prop_or_default]
    pub is_held: bool,
    /// Called with each new text.
    pub oninput: Callback<String>,
}

/// Last day of a date input: without it, browsers take years of six digits, which no day here has.
const LAST_DAY: &str = "9999-12-31";

/// A text or date input.
#[component]
pub fn Field(props: &FieldProps) -> Html {
    let frame = Frame::of(&props.id, props.hint.as_ref(), props.fault.as_ref());
    let max = (props.kind == "date").then_some(LAST_DAY);
    html! {
        <div class={classes!("field", props.fault.is_some().then_some("is-faulty"))}>
            { label(&props.id, &props.label, props.is_required) }
            { frame.hint() }
            <input class="field__input" type={props.kind.clone()} id={props.id.clone()} value={props.value.clone()}
                autocomplete={props.autocomplete.clone()} autocapitalize="none" spellcheck="false" inputmode={props.inputmode.clone()} {max}
                readonly={props.is_held}
                aria-required={props.is_required.then_some("true")} aria-invalid={props.fault.is_some().then_some("true")}
                aria-describedby={frame.described_by.clone()} oninput={typed(&props.oninput)} />
            { frame.fault() }
        </div>
    }
}

/// Says which secret is asked for.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SecretFieldProps {
    /// Element id of the input.
    pub id: AttrValue,
    /// What is asked for.
    pub label: AttrValue,
    /// The text in the input.
    pub value: AttrValue,
    /// `current-password` or `new-password`: a password manager may help, and pasting works.
    pub autocomplete: AttrValue,
    /// What is wrong and how to mend it.
    #[prop_or_default]
    pub fault: Option<AttrValue>,
    /// Id of a further text about the input.
    #[prop_or_default]
    pub described_by: Option<AttrValue>,
    /// True while the text is on its way to the server: it cannot be changed.
    #[prop_or_default]
    pub is_held: bool,
    /// Called with each new text.
    pub oninput: Callback<String>,
}

/// A password input whose text can be shown.
#[component]
pub fn SecretField(props: &SecretFieldProps) -> Html {
    let is_shown = use_state(|| false);
    let frame = Frame::of(&props.id, None, props.fault.as_ref());
    let described_by = [frame.described_by.clone(), props.described_by.as_ref().map(ToString::to_string)];
    let described_by = described_by.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let onclick = {
        let is_shown = is_shown.clone();
        Callback::from(move |_: MouseEvent| is_shown.set(!*is_shown))
    };
    let (word, sign) = if *is_shown { (text::office::password::HIDE, "is-shown") } else { (text::office::password::SHOW, "is-hidden") };
    html! {
        <div class={classes!("field", props.fault.is_some().then_some("is-faulty"))}>
            { label(&props.id, &props.label, true) }
            <div class="field__secret">
                <input class="field__input" type={if *is_shown { "text" } else { "password" }} id={props.id.clone()} value={props.value.clone()}
                    autocomplete={props.autocomplete.clone()} autocapitalize="none" spellcheck="false" aria-required="true" readonly={props.is_held}
                    aria-invalid={props.fault.is_some().then_some("true")}
                    aria-describedby={(!described_by.is_empty()).then_some(described_by)} oninput={typed(&props.oninput)} />
                <button type="button" class={classes!("field__show", sign)} id={format!("{}-show", props.id)}
                    aria-label={text::office::password::show(&props.label, *is_shown)} {onclick}>{ word }</button>
            </div>
            { frame.fault() }
        </div>
    }
}

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
pub struct SelectFieldProps {
    /// Element id.
    pub id: AttrValue,
    /// What is asked for.
    pub label: AttrValue,
    /// The chosen value.
    pub value: AttrValue,
    /// What can be chosen.
    pub offers: Vec<Offer>,
    /// Called with the new value.
    pub onchange: Callback<String>,
}

/// A choice of one out of few.
#[component]
pub fn SelectField(props: &SelectFieldProps) -> Html {
    let onchange = props.onchange.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    html! {
        <div class="field">
            { label(&props.id, &props.label, false) }
            <select class="field__input" id={props.id.clone()} {onchange}>
                { for props.offers.iter().map(|offer| html! {
                    <option value={offer.value} selected={props.value == offer.value}>{ offer.label }</option>
                }) }
            </select>
        </div>
    }
}

fn typed(oninput: &Callback<String>) -> Callback<InputEvent> {
    oninput.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value())
}

fn label(id: &AttrValue, words: &AttrValue, is_required: bool) -> Html {
    html! {
        <label class="field__label" for={id.clone()}>
            { words }
            if is_required {
                <span class="field__required">{ text::office::consents::REQUIRED }</span>
            }
        </label>
    }
}

/// Hint and fault of an input, and the ids by which it names them.
struct Frame {
    hint: Option<(String, AttrValue)>,
    fault: Option<(String, AttrValue)>,
    described_by: Option<String>,
}

impl Frame {
    fn of(id: &AttrValue, hint: Option<&AttrValue>, fault: Option<&AttrValue>) -> Self {
        let hint = hint.map(|words| (format!("{id}-hint"), words.clone()));
        let fault = fault.map(|words| (format!("{id}-fault"), words.clone()));
        let ids: Vec<&str> = [&fault, &hint].into_iter().flatten().map(|(id, _)| id.as_str()).collect();
        let described_by = (!ids.is_empty()).then(|| ids.join(" "));
        Self { hint, fault, described_by }
    }

    fn hint(&self) -> Html {
        self.hint.as_ref().map(|(id, words)| html! { <p class="field__hint" id={id.clone()}>{ words }</p> }).unwrap_or_default()
    }

    fn fault(&self) -> Html {
        let fault =
            |(id, words): &(String, AttrValue)| html! { <p class="field__fault" id={id.clone()}><Icon sign={Sign::Warn} />{ words }</p> };
        self.fault.as_ref().map(fault).unwrap_or_default()
    }
}
