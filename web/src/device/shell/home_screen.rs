//! The page on a home screen: under whose name, and how it comes there.

use gloo_storage::{LocalStorage, Storage as _};
use yew::prelude::*;

use crate::text::office::device_shell as text;

/// Where the path of the institution's manifest is kept over the end of a session: no name, no secret.
const NAME: &str = "uketsuke.device.manifest";

/// From now on the page stands on a home screen under the name of the institution whose manifest this is.
pub(crate) fn belongs_to(manifest: &str) {
    // A server of an earlier release says none; a browser without storage asks again after the next login.
    if !manifest.is_empty() {
        let _ = LocalStorage::set(NAME, manifest);
        name(manifest);
    }
}

/// Names the page as the last time, before anyone is in.
pub(crate) fn as_before() {
    if let Ok(manifest) = LocalStorage::get::<String>(NAME) {
        name(&manifest);
    }
}

/// The device belongs to no institution any more.
pub(crate) fn forget() {
    LocalStorage::delete(NAME);
    name("/d/manifest.webmanifest");
}

fn name(manifest: &str) {
    let link = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector("link[rel=manifest]").ok().flatten());
    if let Some(link) = link {
        // Nothing of the page depends on it.
        let _ = link.set_attribute("href", manifest);
    }
}

/// How the page comes onto the home screen, for each system; nothing where it was opened from there.
#[component]
pub(crate) fn HomeScreen() -> Html {
    if is_from_home_screen() {
        Html::default()
    } else {
        html! { <HomeScreenView /> }
    }
}

/// All systems: which one this is, its user knows better than a page.
#[component]
pub(crate) fn HomeScreenView() -> Html {
    html! {
        <details class="home-screen">
            <summary>{ text::HOME_SCREEN }</summary>
            <p>{ text::HOME_SCREEN_WHY }</p>
            <dl>
                { for text::HOME_SCREEN_WAYS.iter().map(|(system, way)| html! { <><dt>{ *system }</dt><dd>{ *way }</dd></> }) }
            </dl>
        </details>
    }
}

fn is_from_home_screen() -> bool {
    let query = web_sys::window().and_then(|window| window.match_media("(display-mode: standalone)").ok().flatten());
    query.is_some_and(|query| query.matches())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::draw;

    #[tokio::test]
    async fn each_system_has_its_way() {
        let shown = draw(|| html! { <HomeScreenView /> }).await;
        for word in ["Android", "iPhone・iPad", "Windows", "Mac", "ホーム画面に追加"] {
            assert!(shown.contains(word), "{word}: {shown}");
        }
    }
}
