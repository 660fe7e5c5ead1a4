//! A failure that fills the screen.

use yew::prelude::*;

use super::heading::Heading;
use super::icon::Icon;
use super::notice::Tone;
use crate::text::Say;

/// Says what failed.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ErrorScreenProps {
    /// The three parts and the code.
    pub say: Say,
    /// How bad it is.
    #[prop_or(Tone::Warn)]
    pub tone: Tone,
    /// The ways on: buttons.
    #[prop_or_default]
    pub children: Html,
}

/// What happened, whether anything was stored, what to do next, the small code.
#[component]
pub fn ErrorScreen(props: &ErrorScreenProps) -> Html {
    html! {
        <div class={classes!("failure", props.tone.class())} data-code={props.say.code}>
            <div class="failure__sign"><Icon sign={props.tone.sign()} /></div>
            <Heading text={props.say.happened.clone()} />
            { say_body(&props.say) }
            <div class="actions">{ props.children.clone() }</div>
        </div>
    }
}

/// The parts after the first one, for screens that draw their own heading.
pub fn say_body(say: &Say) -> Html {
    html! {
        <>
            <p class="say__stored">{ &say.stored }</p>
            <p class="say__next">{ &say.next }</p>
            { say_ways(say.ways) }
            <p class="say__code">{ say.code }</p>
        </>
    }
}

/// What one may find, and what to do then.
pub fn say_ways(ways: &[(&'static str, &'static str)]) -> Html {
    if ways.is_empty() {
        return Html::default();
    }
    html! {
        <dl class="say__ways">
            { for ways.iter().map(|(found, next)| html! { <><dt>{ *found }</dt><dd>{ *next }</dd></> }) }
        </dl>
    }
}
