//! A way to another screen of the same page.

use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::components::Link;

/// A link that changes the screen without loading the page again; `path` is an address of this page.
pub fn link(path: &str, classes: Option<Classes>, words: impl Into<AttrValue>) -> Html {
    let words: AttrValue = words.into();
    html! { <Link<AnyRoute> to={AnyRoute::new(path)} classes={classes.unwrap_or_default()}>{ words }</Link<AnyRoute>> }
}
