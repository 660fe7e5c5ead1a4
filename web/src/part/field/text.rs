//! Fields that are typed into: a line, a day, a secret, several lines.

use shared::domain::calendar::CivilDate;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::{Frame, Input};
use crate::part::live::LiveRegion;
use crate::text;

/// Says what is asked for.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct FieldProps {
    /// The input.
    pub of: Input,
    /// What is asked for.
    pub label: AttrValue,
    /// Form of the input, `text` or `date`.
    #[prop_or(AttrValue::Static("text"))]
    pub kind: AttrValue,
    /// How to write it.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// True when it cannot be left out: said in words.
    #[prop_or_default]
    pub is_required: bool,
    /// `autocomplete`: `off` unless the browser may help.
    #[prop_or(AttrValue::Static("off"))]
    pub autocomplete: AttrValue,
    /// Keyboard of a tablet: `numeric` for numbers.
    #[prop_or_default]
    pub inputmode: Option<AttrValue>,
    /// What a number counts, after the input: `日`.
    #[prop_or_default]
    pub unit: Option<AttrValue>,
    /// Id of a further text about the input.
    #[prop_or_default]
    pub described_by: Option<AttrValue>,
}

/// Last day of a date input: without it, browsers take years of six digits, which no day here has.
const LAST_DAY: &str = "9999-12-31";

/// A line of text, a number, or a day as the browser asks for it.
#[component]
pub fn Field(props: &FieldProps) -> Html {
    let of = &props.of;
    let frame = Frame { of, label: &props.label, hint: props.hint.as_ref(), is_required: props.is_required };
    let max = (props.kind == "date").then_some(LAST_DAY);
    let input = html! {
        <input class="field__input" type={props.kind.clone()} id={of.id.clone()} value={of.value.clone()}
            autocomplete={props.autocomplete.clone()} autocapitalize="none" spellcheck="false" inputmode={props.inputmode.clone()} {max}
            readonly={of.is_held}
            aria-required={props.is_required.then_some("true")} aria-invalid={of.fault.is_some().then_some("true")}
            aria-describedby={frame.described_by(props.described_by.as_ref())} oninput={typed(of)} />
    };
    frame.around(match &props.unit {
        None => input,
        Some(unit) => html! { <div class="field__counted">{ input }<span>{ unit }</span></div> },
    })
}

/// Says which day is asked for.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DateFieldProps {
    /// The input.
    pub of: Input,
    /// What is asked for.
    pub label: AttrValue,
    /// True when it cannot be left out: said in words.
    #[prop_or_default]
    pub is_required: bool,
}

/// A day typed in either calendar (`昭35.6.2`, `1960/6/2`); what was understood is said while typing. Read it with
/// [`CivilDate::from_typed`].
#[component]
pub fn DateField(props: &DateFieldProps) -> Html {
    let DateFieldProps { of, label, is_required } = props.clone();
    let read_as = format!("{}-read", of.id);
    let understood = CivilDate::from_typed(&of.value).map(text::office::field::day).unwrap_or_default();
    html! {
        <div>
            <Field {of} {label} {is_required} hint={text::office::field::DAY_HINT} described_by={read_as.clone()} />
            <LiveRegion class="field__read"><p id={read_as}>{ understood }</p></LiveRegion>
        </div>
    }
}

/// Says which secret is asked for.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SecretFieldProps {
    /// The input.
    pub of: Input,
    /// What is asked for.
    pub label: AttrValue,
    /// How to write it.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// `current-password` or `new-password`: a password manager may help, and pasting works.
    pub autocomplete: AttrValue,
    /// Keyboard of a tablet: `numeric` for digits.
    #[prop_or_default]
    pub inputmode: Option<AttrValue>,
    /// Id of a further text about the input.
    #[prop_or_default]
    pub described_by: Option<AttrValue>,
}

/// A password input whose text can be shown.
#[component]
pub fn SecretField(props: &SecretFieldProps) -> Html {
    let is_shown = use_state(|| false);
    let of = &props.of;
    let frame = Frame { of, label: &props.label, hint: props.hint.as_ref(), is_required: true };
    let onclick = {
        let is_shown = is_shown.clone();
        Callback::from(move |_: MouseEvent| is_shown.set(!*is_shown))
    };
    let (word, sign) = if *is_shown { (text::office::password::HIDE, "is-shown") } else { (text::office::password::SHOW, "is-hidden") };
    frame.around(html! {
        <div class="field__secret">
            <input class="field__input" type={if *is_shown { "text" } else { "password" }} id={of.id.clone()} value={of.value.clone()}
                autocomplete={props.autocomplete.clone()} autocapitalize="none" spellcheck="false" inputmode={props.inputmode.clone()}
                aria-required="true" readonly={of.is_held}
                aria-invalid={of.fault.is_some().then_some("true")} aria-describedby={frame.described_by(props.described_by.as_ref())}
                oninput={typed(of)} />
            <button type="button" class={classes!("field__show", sign)} id={format!("{}-show", of.id)}
                aria-label={text::office::password::show(&props.label, *is_shown)} {onclick}>{ word }</button>
        </div>
    })
}

/// Says what is asked for.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct TextAreaProps {
    /// The input.
    pub of: Input,
    /// What is asked for.
    pub label: AttrValue,
    /// How to write it.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// True when it cannot be left out: said in words.
    #[prop_or_default]
    pub is_required: bool,
    /// Lines that are seen at once.
    #[prop_or(4)]
    pub rows: u8,
}

/// Several lines of text.
#[component]
pub fn TextArea(props: &TextAreaProps) -> Html {
    let of = &props.of;
    let frame = Frame { of, label: &props.label, hint: props.hint.as_ref(), is_required: props.is_required };
    let oninput = of.oninput.reform(|event: InputEvent| event.target_unchecked_into::<HtmlTextAreaElement>().value());
    frame.around(html! {
        <textarea class="field__input" id={of.id.clone()} rows={props.rows.to_string()} value={of.value.to_string()} readonly={of.is_held}
            aria-required={props.is_required.then_some("true")} aria-invalid={of.fault.is_some().then_some("true")}
            aria-describedby={frame.described_by(None)} {oninput} />
    })
}

fn typed(of: &Input) -> Callback<InputEvent> {
    of.oninput.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value())
}
