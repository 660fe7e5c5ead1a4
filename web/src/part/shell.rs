//! What stands around every screen.

use web_sys::Element;
use yew::prelude::*;

use super::actor::{Actor, ActorBanner};
use crate::text;

/// Where a page's program draws: its HTML shell stands around it.
#[must_use]
pub fn root() -> Option<Element> {
    web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id("app"))
}

/// Says what stands around the screen.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PageShellProps {
    /// Id of the screen in `docs/requirements.md`, as `data-screen`: for tests, and for [`super::taps`].
    #[prop_or_default]
    pub screen: AttrValue,
    /// Who acts; the patient's screens have larger text.
    #[prop_or_default]
    pub actor: Option<Actor>,
    /// Above the heading: steps, navigation.
    #[prop_or_default]
    pub before: Html,
    /// What must be seen on every page, above all.
    #[prop_or_default]
    pub banner: Option<AttrValue>,
    /// True for screens with tables: uses the whole width.
    #[prop_or_default]
    pub is_wide: bool,
    /// The screen.
    pub children: Html,
}

/// Who acts, the screen, and the footer with release and the note that this is no app of the state.
#[component]
pub fn PageShell(props: &PageShellProps) -> Html {
    let patient = props.actor == Some(Actor::Patient);
    html! {
        <div class={classes!("shell", patient.then_some("shell--patient"), props.is_wide.then_some("shell--wide"))}>
            if let Some(banner) = &props.banner {
                <aside class="shell__banner"><p>{ banner }</p></aside>
            }
            <main class="shell__main" data-screen={props.screen.clone()}>
                if let Some(actor) = props.actor {
                    <ActorBanner {actor} />
                }
                <div class="shell__body">
                    { props.before.clone() }
                    { props.children.clone() }
                </div>
            </main>
            <footer class="shell__footer">
                <p>{ text::NOT_THE_STATE }</p>
                <p>{ concat!("uketsuke ", env!("CARGO_PKG_VERSION")) }</p>
            </footer>
        </div>
    }
}
