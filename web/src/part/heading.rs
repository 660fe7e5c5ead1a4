//! The one `h1` of a screen.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Says what the screen is called.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct HeadingProps {
    /// The heading; also the document's title, so never anything of a person.
    pub text: AttrValue,
}

/// Given to what stands below the heading of a screen: its own headings are one level lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BelowHeading;

/// The heading of a screen: takes the focus when the screen appears and names the document.
#[component]
pub fn Heading(props: &HeadingProps) -> Html {
    let node = use_node_ref();
    use_effect_with(props.text.clone(), {
        let node = node.clone();
        move |text| {
            if let Some(document) = web_sys::window().and_then(|window| window.document()) {
                document.set_title(&format!("{text} | uketsuke"));
            }
            if let Some(element) = node.get().and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
                // A refused focus leaves it where it was: nothing to repair.
                let _ = element.focus();
            }
        }
    });
    if use_context::<BelowHeading>().is_some() {
        return html! { <h2 class="heading" tabindex="-1" ref={node}>{ &props.text }</h2> };
    }
    html! { <h1 class="heading" tabindex="-1" ref={node}>{ &props.text }</h1> }
}
