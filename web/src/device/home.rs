//! DA-5 認証選択: the home of a device.

use yew::prelude::*;

use super::check::Ways;
use super::screens;
use super::shell::home_screen::HomeScreen;
use crate::part::link;
use crate::session::use_session;

/// What can be done here, by what this account may.
#[component]
pub(super) fn Home() -> Html {
    let signed_in = use_session();
    // The first one stands above, by what the institution allows.
    let ways = screens::WAYS
        .iter()
        .filter(|path| **path != "/d/check")
        .map(|path| (*path, screens::screen(path)))
        .filter(|(_, screen)| screen.is_for(signed_in.session.kind));
    html! {
        <>
            <Ways />
            <ul class="desk-ways">
                { for ways.map(|(path, screen)| html! { <li key={path}>{ link(path, Some(classes!("desk-ways__way")), screen.title) }</li> }) }
            </ul>
            <HomeScreen />
        </>
    }
}
