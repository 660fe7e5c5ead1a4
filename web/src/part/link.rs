//! A way to another screen of the same page.

use web_sys::Element;
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::components::Link;

/// A link that changes the screen without loading the page again; `path` is an address of this page.
pub fn link(path: &str, classes: Option<Classes>, words: impl Into<AttrValue>) -> Html {
    let words: AttrValue = words.into();
    html! { <Link<AnyRoute> to={AnyRoute::new(path)} classes={classes.unwrap_or_default()}>{ words }</Link<AnyRoute>> }
}

/// Says where an entry of a menu leads.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct MenuLinkProps {
    /// An address of this page.
    pub path: AttrValue,
    /// How it looks.
    pub classes: Classes,
    /// Its words.
    pub words: AttrValue,
    /// It leads to where the page is: said as `aria-current`.
    pub is_here: bool,
}

/// A link that says when it leads to the screen that is shown.
#[component]
pub fn MenuLink(props: &MenuLinkProps) -> Html {
    let node = use_node_ref();
    use_effect_with(props.is_here, {
        let node = node.clone();
        move |is_here| {
            // The link of the router has no property for it. A refusal leaves it unsaid: nothing to repair.
            if let Some(link) = node.cast::<Element>() {
                let _ = if *is_here { link.set_attribute("aria-current", "page") } else { link.remove_attribute("aria-current") };
            }
        }
    });
    html! {
        <Link<AnyRoute> to={AnyRoute::new(props.path.to_string())} classes={props.classes.clone()} anchor_ref={node}>
            { &props.words }
        </Link<AnyRoute>>
    }
}
