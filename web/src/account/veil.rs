//! Takes the screens out of the page and brings them back as they were.

use wasm_bindgen::JsCast as _;
use web_sys::{Document, Element, HtmlDialogElement, HtmlElement, Window};
use yew::prelude::*;

/// Says what is taken out.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct VeilProps {
    /// True while nothing of it is in the page.
    pub(crate) is_on: bool,
    /// What stands in its place meanwhile.
    pub(crate) instead: Html,
    /// The screens.
    pub(crate) children: Html,
}

/// How the page was when the screens were taken out.
struct Left {
    title: String,
    scroll_y: f64,
    focused: Option<Element>,
}

impl Left {
    fn of_page() -> Option<Self> {
        let (window, document) = page()?;
        let scroll_y = window.scroll_y().unwrap_or_default();
        Some(Self { title: document.title(), scroll_y, focused: document.active_element() })
    }
}

fn page() -> Option<(Window, Document)> {
    let window = web_sys::window()?;
    let document = window.document()?;
    Some((window, document))
}

/// While on, the elements of the screens stand in no document: nothing of them is drawn, found, read out or printed, and what was
/// typed stays in them. A screen that was never shown is not drawn at all.
#[component]
pub(crate) fn Veil(props: &VeilProps) -> Html {
    let (slot, content) = (use_node_ref(), use_node_ref());
    let has_shown = use_mut_ref(|| false);
    let left = use_mut_ref(|| None::<Left>);
    if !props.is_on {
        *has_shown.borrow_mut() = true;
    } else if *has_shown.borrow() && left.borrow().is_none() {
        // Before what stands in its place is made, which takes title and focus.
        *left.borrow_mut() = Left::of_page();
    }
    use_effect_with(props.is_on, {
        let (slot, content) = (slot.clone(), content.clone());
        move |is_on| {
            let (Some(slot), Some(content)) = (slot.cast::<Element>(), content.cast::<Element>()) else { return };
            if *is_on {
                content.remove();
            } else if content.parent_node().is_none() {
                // Refused only where the browser has no room for it: then nothing is shown.
                let _ = slot.append_child(&content);
                open_dialogs(&content);
                match left.borrow_mut().take() {
                    Some(left) => bring_back(&left),
                    // Drawn for the first time, before it stood anywhere: the focus is the heading's, as on any new screen.
                    None => focus(content.query_selector("h1").ok().flatten().as_ref()),
                }
            }
        }
    });
    html! {
        <>
            <div ref={slot}><div ref={content}>if *has_shown.borrow() { { props.children.clone() } }</div></div>
            if props.is_on {
                { props.instead.clone() }
            }
        </>
    }
}

/// A modal dialog that left the document is no longer modal, and one that came meanwhile never was: each that is there is meant to be open.
fn open_dialogs(content: &Element) {
    let Ok(dialogs) = content.query_selector_all("dialog") else { return };
    for place in 0..dialogs.length() {
        if let Some(dialog) = dialogs.get(place).and_then(|node| node.dyn_into::<HtmlDialogElement>().ok()) {
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
        }
    }
}

fn bring_back(left: &Left) {
    let Some((window, document)) = page() else { return };
    document.set_title(&left.title);
    window.scroll_to_with_x_and_y(0.0, left.scroll_y);
    focus(left.focused.as_ref());
}

fn focus(element: Option<&Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_ref::<HtmlElement>()) {
        let _ = element.focus();
    }
}
