//! The device desk (`/d`): today the card check, behind the same login as the office: which page may use a card is not for everybody.

mod card;
mod screens;

use yew::prelude::*;
use yew_router::prelude::*;

use crate::account::Account;

/// The device page.
#[component]
pub fn DevicePage() -> Html {
    html! { <BrowserRouter><Device /></BrowserRouter> }
}

/// The screen of the address, behind the login.
#[component]
fn Device() -> Html {
    let path = use_location().map(|location| location.path().to_owned()).unwrap_or_default();
    html! { <Account screen={screens::screen(&path)} {path} menu={Callback::from(|_| screens::menu())} /> }
}
