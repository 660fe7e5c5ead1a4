//! The device page as an app: whether there is a line (X01), whether a newer build is served, and how it comes onto a home screen.

mod busy;
pub(crate) mod home_screen;

use yew::prelude::*;

pub(crate) use self::busy::use_busy;
use self::busy::{Busy, Count};
use crate::line::{own_build, use_line};
use crate::part::{Button, LiveRegion, Notice, Tone};
use crate::text::office::device_shell as text;

/// Says what stands inside.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ShellProps {
    /// The desk.
    pub(crate) children: Html,
}

/// What is above every screen of the desk.
#[component]
pub(crate) fn Shell(props: &ShellProps) -> Html {
    let line = use_line(own_build);
    let count = use_reducer(Count::default);
    let busy = Busy(count.dispatcher());
    html! {
        <ContextProvider<Busy> context={busy}>
            <ShellView is_down={line.is_down()} is_old={line.is_old() && !count.is_busy()} />
            { props.children.clone() }
        </ContextProvider<Busy>>
    }
}

/// Says what is to be told.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ShellViewProps {
    /// There is no line.
    pub(crate) is_down: bool,
    /// A newer build is served, and nothing is in hand.
    pub(crate) is_old: bool,
}

/// The banner without a line, and the offer to load the new version: never both, since nothing can be loaded without a line.
#[component]
pub(crate) fn ShellView(props: &ShellViewProps) -> Html {
    html! {
        <LiveRegion class="device-shell">
            if props.is_down {
                <Notice tone={Tone::Warn} title={text::NO_LINE} code="U-X01"><p>{ text::NO_LINE_NEXT }</p></Notice>
            } else if props.is_old {
                <Notice title={text::NEW_VERSION}>
                    <p>{ text::NEW_VERSION_WHY }</p>
                    <p><Button onpress={|()| reload()}>{ text::RELOAD }</Button></p>
                </Notice>
            }
        </LiveRegion>
    }
}

fn reload() {
    // A browser that refuses leaves the page as it was.
    let _ = web_sys::window().map(|window| window.location().reload());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::draw;

    #[tokio::test]
    async fn a_lost_line_is_said_before_a_new_version() {
        let shown = async |is_down, is_old| draw(move || html! { <ShellView {is_down} {is_old} /> }).await;
        let down = shown(true, true).await;
        assert!(down.contains(text::NO_LINE) && down.contains("U-X01") && !down.contains(text::NEW_VERSION), "{down}");
        let old = shown(false, true).await;
        assert!(old.contains(text::NEW_VERSION) && old.contains(text::RELOAD), "{old}");
        let well = shown(false, false).await;
        assert!(well.contains("role=\"status\"") && !well.contains("notice"), "the place stays, so that a change is read out: {well}");
    }
}
