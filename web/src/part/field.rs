//! What can be filled in: a label, its hint, the control, and what is wrong with it.

mod choose;
mod file;
mod text;

use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;
use yew::prelude::*;

pub use self::choose::{CheckField, Offer, RadioField, SelectField};
pub use self::file::FileField;
pub use self::text::{DateField, Field, SecretField, TextArea};
use super::icon::{Icon, Sign};
use crate::text::office::field as words;

/// Moves the focus to the element of this id, for the first field that needs another look.
pub fn focus(id: &str) {
    let element = web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // A refused focus leaves it where it was: nothing to repair.
        let _ = element.focus();
    }
}

/// Scrolls the window so that this element stands at its upper edge.
pub fn bring_into_view(id: &str) {
    let element = web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element {
        element.scroll_into_view();
    }
}

/// One input of a form, as the form gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Element id of the control; hint and fault are `{id}-hint` and `{id}-fault`.
    pub id: AttrValue,
    /// What stands in it.
    pub value: AttrValue,
    /// What is wrong and how to mend it.
    pub fault: Option<AttrValue>,
    /// True while it is on its way to the server: it can be read and not be changed.
    pub is_held: bool,
    /// Called with each new text.
    pub oninput: Callback<String>,
}

/// Label, hint and fault around a control, and the ids by which the control names them.
struct Frame<'a> {
    of: &'a Input,
    label: &'a AttrValue,
    hint: Option<&'a AttrValue>,
    is_required: bool,
}

impl Frame<'_> {
    /// The ids of fault and hint, and of what else describes the control.
    fn described_by(&self, more: Option<&AttrValue>) -> Option<String> {
        let fault = self.of.fault.is_some().then(|| format!("{}-fault", self.of.id));
        let hint = self.hint.map(|_| format!("{}-hint", self.of.id));
        let ids = [fault, hint, more.map(ToString::to_string)].into_iter().flatten().collect::<Vec<_>>().join(" ");
        (!ids.is_empty()).then_some(ids)
    }

    fn classes(&self) -> Classes {
        classes!("field", self.of.fault.is_some().then_some("is-faulty"))
    }

    /// The label as words alone, for a label or a legend.
    fn words(&self) -> Html {
        html! {
            <>
                { self.label }
                if self.is_required {
                    <span class="field__required">{ words::REQUIRED }</span>
                }
            </>
        }
    }

    fn hint(&self) -> Html {
        self.hint.map(|words| html! { <p class="field__hint" id={format!("{}-hint", self.of.id)}>{ words }</p> }).unwrap_or_default()
    }

    fn fault(&self) -> Html {
        let fault = |words: &AttrValue| {
            html! { <p class="field__fault" id={format!("{}-fault", self.of.id)}><Icon sign={Sign::Warn} />{ words }</p> }
        };
        self.of.fault.as_ref().map(fault).unwrap_or_default()
    }

    /// A control with a label of its own.
    fn around(&self, control: Html) -> Html {
        html! {
            <div class={self.classes()}>
                <label class="field__label" for={self.of.id.clone()}>{ self.words() }</label>
                { self.hint() }
                { control }
                { self.fault() }
            </div>
        }
    }

    /// Several controls under one heading.
    fn group(&self, controls: Html) -> Html {
        html! {
            <fieldset class={self.classes()} id={self.of.id.clone()} tabindex="-1" aria-describedby={self.described_by(None)}>
                <legend class="field__label">{ self.words() }</legend>
                { self.hint() }
                { controls }
                { self.fault() }
            </fieldset>
        }
    }
}
