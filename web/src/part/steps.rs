//! Where the person stands in a row of steps.

use yew::prelude::*;

/// Says which steps there are and which one is shown.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct StepsProps {
    /// Name of the list for a screen reader.
    pub label: AttrValue,
    /// Names of the steps in their order.
    pub names: Vec<AttrValue>,
    /// Place of the shown step, from 0.
    pub current: usize,
}

/// A numbered list of steps; the shown one is marked by words for a screen reader, too.
#[component]
pub fn Steps(props: &StepsProps) -> Html {
    html! {
        <ol class="steps" aria-label={props.label.clone()}>
            { for props.names.iter().enumerate().map(|(place, name)| {
                let is_current = place == props.current;
                html! {
                    <li class={classes!("steps__step", (place < props.current).then_some("is-past"), is_current.then_some("is-current"))}
                        aria-current={is_current.then_some("step")}>
                        <span class="steps__name">{ name }</span>
                    </li>
                }
            }) }
        </ol>
    }
}
