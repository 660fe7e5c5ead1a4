//! X36 in the office: the line of the institution is away, said on every screen until it is back.

use yew::prelude::*;

use crate::line::use_line;
use crate::part::{LiveRegion, Notice, Tone, link};
use crate::text::office::operation as words;

/// Says whether the screen says it itself.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct LineLostProps {
    /// 稼働状況 (OT-23) has it among its parts.
    pub(super) is_said: bool,
}

/// Looks at the line by itself, and at once when a call has had no answer.
#[component]
pub(super) fn LineLost(props: &LineLostProps) -> Html {
    let line = use_line(AttrValue::default);
    html! { <LineLostView is_down={line.is_down() && !props.is_said} /> }
}

/// Says what is to be told.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct LineLostViewProps {
    /// There is no line.
    pub(super) is_down: bool,
}

/// The place stays, so that a change is read out.
#[component]
pub(super) fn LineLostView(props: &LineLostViewProps) -> Html {
    html! {
        <LiveRegion class="line-lost on-screen">
            if props.is_down {
                <Notice tone={Tone::Bad} code="U-X36" title={words::LOST}>
                    <p>{ words::LOST_HERE }</p>
                    <p>{ words::LOST_HURRY }</p>
                    <p>{ link("/o/operation", None, words::TITLE) }</p>
                    <p class="say__code">{ "U-X36" }</p>
                </Notice>
            }
        </LiveRegion>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    #[tokio::test]
    async fn a_lost_line_is_said_with_what_to_do_and_nothing_else_is() {
        let shown = async |is_down| draw(move || html! { <LineLostView {is_down} /> }).await;
        let down = shown(true).await;
        for expected in [words::LOST, words::LOST_HERE, words::LOST_HURRY, "data-code=\"U-X36\"", "href=\"/o/operation\""] {
            has(&down, expected);
        }
        let well = shown(false).await;
        assert!(well.contains("role=\"status\"") && !well.contains("U-X36"), "{well}");
    }
}
