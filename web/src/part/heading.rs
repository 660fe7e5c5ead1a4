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
    html! { <h1 class="heading" tabindex="-1" ref={node}>{ &props.text }</h1> }
}
