//! OT-5 ホーム, and the menu as data (N060–N067).

use shared::domain::account::AccountKind;
use yew::prelude::*;
use yew_router::prelude::*;

use super::desk::use_desk;
use super::password::PasswordChanged;
use super::route::Route;
use crate::part::{Heading, Notice, Tone};
use crate::text::office as text;

/// One entry of the menu.
pub(crate) struct Entry {
    /// Heading under which it stands.
    pub(crate) group: &'static str,
    /// Its words.
    pub(crate) title: &'static str,
    /// What it is for.
    pub(crate) about: &'static str,
    /// Where it leads.
    pub(crate) route: Route,
    /// Who sees it.
    kinds: &'static [AccountKind],
}

/// The whole menu in its order. The server refuses what an account may not do; this only spares the press.
const MENU: &[Entry] = &[
    Entry {
        group: text::home::GROUP_CONSENTS,
        title: text::consents::TITLE,
        about: text::home::CONSENTS_ABOUT,
        route: Route::Consents,
        kinds: &AccountKind::ALL,
    },
    Entry {
        group: text::home::GROUP_RECEPTION,
        title: text::url::TITLE,
        about: text::home::URL_ABOUT,
        route: Route::ReceptionUrl,
        kinds: &AccountKind::ALL,
    },
    Entry {
        group: text::home::GROUP_CARD,
        title: text::device::TITLE,
        about: text::home::CARD_ABOUT,
        route: Route::Device,
        kinds: &AccountKind::ALL,
    },
];

/// The entries that an account of this kind sees.
pub(crate) fn menu(kind: AccountKind) -> impl Iterator<Item = &'static Entry> {
    MENU.iter().filter(move |entry| entry.kinds.contains(&kind))
}

/// A link back to the menu.
pub(crate) fn way_home() -> Html {
    html! { <Link<Route> to={Route::Home}>{ text::frame::TO_MENU }</Link<Route>> }
}

/// OT-5 ホーム of the account that is in.
#[component]
pub(crate) fn Home() -> Html {
    let desk = use_desk();
    let news = use_location().and_then(|location| location.state::<PasswordChanged>());
    html! { <HomeView kind={desk.session.kind} has_new_password={news.is_some()} /> }
}

/// Says who looks.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HomeViewProps {
    /// 権限区分.
    pub(crate) kind: AccountKind,
    /// The first password was changed a moment ago.
    #[prop_or_default]
    pub(crate) has_new_password: bool,
}

/// The menu as cards.
#[component]
pub(crate) fn HomeView(props: &HomeViewProps) -> Html {
    html! {
        <>
            <Heading text={text::home::TITLE} />
            if props.has_new_password {
                <Notice tone={Tone::Good} role="status" title={text::password::CHANGED} />
            }
            <ul class="office-menu">
                { for menu(props.kind).map(|entry| html! {
                    <li class="office-menu__entry">
                        <p class="office-menu__group">{ entry.group }</p>
                        <Link<Route> to={entry.route.clone()} classes="office-menu__link">{ entry.title }</Link<Route>>
                        <p>{ entry.about }</p>
                    </li>
                }) }
            </ul>
        </>
    }
}
