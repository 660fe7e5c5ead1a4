//! A place whose changes are read out.

use yew::prelude::*;

/// Says what is read out.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct LiveRegionProps {
    /// More classes; `visually-hidden` for words that are on the screen elsewhere.
    #[prop_or_default]
    pub class: Classes,
    /// Content; each change is read out once the reader is silent.
    pub children: Html,
}

/// A polite live region. It must stay in the page while its content changes: only changes are read out.
#[component]
pub fn LiveRegion(props: &LiveRegionProps) -> Html {
    html! { <div class={props.class.clone()} role="status" aria-live="polite" aria-atomic="true">{ props.children.clone() }</div> }
}
