//! The office desk (`/o`): login, password, menu, reception URL, consented list and its rows; of the device desk (`/d`) the card check.
//!
//! [`desk`] knows who is in; each screen asks its own questions through [`remote`] and draws loading, empty, failed and filled.

mod consent;
mod consents;
mod desk;
mod device;
mod frame;
mod home;
mod login;
mod password;
mod reception_url;
mod remote;
mod route;
mod sheet;
#[cfg(test)]
mod tests;

use yew::prelude::*;
use yew_router::BrowserRouter;

/// The staff page: the office desk at `/o`, and the device desk at `/d`.
#[component]
pub fn StaffPage() -> Html {
    html! { <BrowserRouter><desk::Desks /></BrowserRouter> }
}
