//! DA-5 認証選択: the home of a device.

use shared::domain::account::AccountKind;
use yew::prelude::*;

use super::check::Ways;
use super::shell::home_screen::HomeScreen;
use crate::part::link;
use crate::session::use_session;

/// Says where one may go from here.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct HomeProps {
    /// Addresses and titles of what an account of a kind may see, besides the check with a card.
    pub(super) ways: Callback<AccountKind, Vec<(&'static str, &'static str)>>,
}

/// What can be done here, by what this account may.
#[component]
pub(super) fn Home(props: &HomeProps) -> Html {
    let ways = props.ways.emit(use_session().session.kind);
    let way = |(path, title): (&'static str, &'static str)| {
        html! { <li key={path}>{ link(path, Some(classes!("desk-ways__way")), title) }</li> }
    };
    html! {
        <>
            <Ways />
            <ul class="desk-ways">{ for ways.into_iter().map(way) }</ul>
            <HomeScreen />
        </>
    }
}
