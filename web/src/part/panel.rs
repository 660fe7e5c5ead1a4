//! A part of a screen under its own heading.

use yew::prelude::*;

/// Says what the part is.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PanelProps {
    /// Heading (`h2`); without it the part is only a box.
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// More classes.
    #[prop_or_default]
    pub class: Classes,
    /// Content.
    pub children: Html,
}

/// A boxed part of a screen.
#[component]
pub fn Panel(props: &PanelProps) -> Html {
    html! {
        <section class={classes!("panel", props.class.clone())}>
            if let Some(title) = &props.title {
                <h2 class="panel__title">{ title }</h2>
            }
            { props.children.clone() }
        </section>
    }
}
