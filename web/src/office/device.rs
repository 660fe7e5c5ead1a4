//! The place of the device desk (`/d`) until it is built.

use yew::prelude::*;
use yew_router::prelude::*;

use super::route::Route;
use crate::part::{Heading, PageShell};
use crate::text::office::device as text;

/// Says honestly that there is nothing here yet, and where to go.
#[component]
pub(crate) fn NotYet() -> Html {
    html! {
        <PageShell screen="DA">
            <Heading text={text::TITLE} />
            <p>{ text::ABOUT }</p>
            <p><Link<Route> to={Route::Home} classes="button button--primary">{ text::TO_OFFICE }</Link<Route>></p>
        </PageShell>
    }
}
