//! The device desk (`/d`): today the card check, behind the same login as the office: which page may use a card is not for everybody.

mod card;
pub mod outbox;
mod screens;
mod shell;

use shared::api::office::Session;
use wasm_bindgen::JsValue;
use yew::prelude::*;
use yew_router::prelude::*;

use self::shell::{Shell, home_screen};
use crate::account::Account;
use crate::text::office as text;

/// Takes what stands behind `#` out of the address and its entry in the history: the QR code of an activation sheet (OT-8) holds the
/// code there, which nobody who comes later shall find.
pub fn drop_fragment() {
    let Some(window) = web_sys::window() else { return };
    let location = window.location();
    let (Ok(hash), Ok(path), Ok(search), Ok(history)) = (location.hash(), location.pathname(), location.search(), window.history()) else {
        return;
    };
    if !hash.is_empty() {
        // A refusal leaves the address as it was: nothing to repair.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{path}{search}")));
    }
}

/// The device page.
#[component]
pub fn DevicePage() -> Html {
    use_effect_with((), |()| home_screen::as_before());
    html! { <BrowserRouter><Shell><Device /></Shell></BrowserRouter> }
}

/// The screen of the address, behind the login.
#[component]
fn Device() -> Html {
    let path = use_location().map(|location| location.path().to_owned()).unwrap_or_default();
    // Registered at the office page, which is a page of its own.
    let factors = html! { <p><a href="/o">{ text::factors::AT_OFFICE }</a></p> };
    let named = Callback::from(|session: Session| home_screen::belongs_to(&session.manifest));
    let menu = Callback::from(|_| screens::menu());
    html! { <Account screen={screens::screen(&path)} {path} {menu} onresume={named.clone()} onlogin={named} {factors} /> }
}
