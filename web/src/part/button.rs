//! The button.

use yew::prelude::*;

/// How much a button stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// The way on: one per screen.
    Primary,
    /// Another way.
    #[default]
    Secondary,
    /// Reads like a link: help, back.
    Quiet,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button--primary",
            Self::Secondary => "button--secondary",
            Self::Quiet => "button--quiet",
        }
    }
}

/// Says what a button is and does.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ButtonProps {
    /// How much it stands out.
    #[prop_or_default]
    pub look: Look,
    /// Element id, for focus and tests.
    #[prop_or_default]
    pub id: Option<AttrValue>,
    /// True while a press does nothing: the button keeps its focus and says so.
    #[prop_or_default]
    pub is_off: bool,
    /// True for a button that sends its form (`type="submit"`); then `onpress` may be left out.
    #[prop_or_default]
    pub submits: bool,
    /// Called on a press, by pointer or key; never while `is_off`.
    #[prop_or_default]
    pub onpress: Callback<()>,
    /// The words on it, with an icon where it helps.
    pub children: Html,
}

/// A button of at least 44 px. When off it stays reachable and is announced as unavailable.
#[component]
pub fn Button(props: &ButtonProps) -> Html {
    let onclick = {
        let (onpress, is_off) = (props.onpress.clone(), props.is_off);
        Callback::from(move |event: MouseEvent| {
            if is_off {
                event.prevent_default();
            } else {
                onpress.emit(());
            }
        })
    };
    html! {
        <button
            type={if props.submits { "submit" } else { "button" }}
            id={props.id.clone()}
            class={classes!("button", props.look.class())}
            aria-disabled={props.is_off.then_some("true")}
            {onclick}
        >
            { props.children.clone() }
        </button>
    }
}
