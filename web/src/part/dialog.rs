//! A question that must be answered before the screen goes on.

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::prelude::*;

/// Says what is asked.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DialogProps {
    /// Element id; its heading is `{id}-title`.
    pub id: AttrValue,
    /// The question.
    pub title: AttrValue,
    /// Called when the person leaves it by the Escape key or the back gesture.
    pub onclose: Callback<()>,
    /// True while what was asked for is on its way: the dialog cannot be left, as if it could still be taken back.
    #[prop_or_default]
    pub is_held: bool,
    /// What it means, and the buttons.
    pub children: Html,
}

/// A modal `dialog`: the browser keeps the focus inside and the rest of the page still.
///
/// Opens when it appears, with the focus on its heading; gives the focus back to where it was when it goes.
#[component]
pub fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    use_effect_with((props.onclose.clone(), props.is_held), {
        let node = node.clone();
        move |(onclose, is_held)| {
            let dialog = node.cast::<HtmlDialogElement>();
            let is_held = *is_held;
            let listener = {
                let (dialog, onclose) = (dialog.clone(), onclose.clone());
                Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
                    "cancel" if is_held => event.prevent_default(),
                    // A second Escape closes without asking.
                    "close" if is_held => {
                        let _ = dialog.as_ref().map(HtmlDialogElement::show_modal);
                    }
                    "close" => onclose.emit(()),
                    _ => {}
                })
            };
            for name in ["cancel", "close"] {
                if let Some(dialog) = &dialog {
                    let _ = dialog.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
                }
            }
            move || {
                for name in ["cancel", "close"] {
                    if let Some(dialog) = &dialog {
                        let _ = dialog.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
                    }
                }
            }
        }
    });
    use_effect_with((), {
        let node = node.clone();
        move |()| {
            let opener = web_sys::window().and_then(|window| window.document()).and_then(|document| document.active_element());
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                // Refused only when it is open already.
                let _ = dialog.show_modal();
            }
            move || {
                if let Some(dialog) = &dialog {
                    dialog.close();
                }
                if let Some(opener) = opener.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
                    let _ = opener.focus();
                }
            }
        }
    });
    let title_id = format!("{}-title", props.id);
    html! {
        <dialog class="dialog" id={props.id.clone()} aria-labelledby={title_id.clone()} ref={node}>
            <h2 class="dialog__title" id={title_id} tabindex="-1" autofocus=true>{ &props.title }</h2>
            { props.children.clone() }
        </dialog>
    }
}
