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
    /// What it means, and the buttons.
    pub children: Html,
}

/// A modal `dialog`: the browser keeps the focus inside and the rest of the page still.
///
/// Opens when it appears, with the focus on its heading; gives the focus back to where it was when it goes.
#[component]
pub fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    use_effect_with(props.onclose.clone(), {
        let node = node.clone();
        move |onclose| {
            let dialog = node.cast::<HtmlDialogElement>();
            let onclose = onclose.clone();
            let listener = Closure::<dyn Fn()>::new(move || onclose.emit(()));
            if let Some(dialog) = &dialog {
                let _ = dialog.add_event_listener_with_callback("close", listener.as_ref().unchecked_ref());
            }
            move || {
                if let Some(dialog) = &dialog {
                    let _ = dialog.remove_event_listener_with_callback("close", listener.as_ref().unchecked_ref());
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
