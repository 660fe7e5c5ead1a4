//! The device desk (`/d`): an activated device of an institution, behind its passcode.

mod card;
mod care;
mod check;
mod desk;
mod guide;
mod home;
mod key;
pub mod outbox;
mod screens;
mod settings;
mod shell;

use wasm_bindgen::JsValue;
use yew::prelude::*;
use yew_router::prelude::*;

use self::desk::Desk;
use self::shell::{Shell, home_screen};

/// Takes what stands behind `#` out of the address and its entry in the history: the QR code of an activation sheet (OT-8) holds the
/// code there, which nobody who comes later shall find.
pub fn drop_fragment() {
    let Some(window) = web_sys::window() else { return };
    let location = window.location();
    let (Ok(hash), Ok(path), Ok(search), Ok(history)) = (location.hash(), location.pathname(), location.search(), window.history()) else {
        return;
    };
    desk::take_code(&hash);
    if !hash.is_empty() {
        // A refusal leaves the address as it was: nothing to repair.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{path}{search}")));
    }
}

/// The device page.
#[component]
pub fn DevicePage() -> Html {
    use_effect_with((), |()| {
        home_screen::as_before();
        settings::as_before();
    });
    html! { <BrowserRouter><Shell><Device /></Shell></BrowserRouter> }
}

/// The screen of the address, behind the passcode.
#[component]
fn Device() -> Html {
    let path = use_location().map(|location| location.path().to_owned()).unwrap_or_default();
    use_memo((), |()| key::sign_calls());
    html! { <Desk screen={screens::screen(&path)} {path} /> }
}
