//! OT-5 ホーム (N060–N067).

use shared::domain::account::AccountKind;
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::prelude::*;

use crate::news::NewsBox;
use crate::part::{Notice, Tone};
use crate::session::use_session;
use crate::text::office as text;

/// One entry of the menu.
pub(crate) struct Entry {
    /// Heading under which it stands.
    pub(crate) group: &'static str,
    /// What it is for.
    pub(crate) about: &'static str,
    /// The way there, with its title.
    pub(crate) link: Html,
}

/// News for the menu, beside the address: the first password was changed a moment ago.
#[derive(Clone, Copy)]
pub(crate) struct PasswordChanged;

/// Says what can be opened.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HomeProps {
    /// The entries that an account of a kind sees.
    pub(crate) entries: Callback<AccountKind, Vec<Entry>>,
}

/// OT-5 ホーム of the account that is in.
#[component]
pub(crate) fn Home(props: &HomeProps) -> Html {
    let has_news = use_location().and_then(|location| location.state::<PasswordChanged>()).is_some();
    let is_said = use_state(|| false);
    let navigator = use_navigator();
    // Said once: the entry in the history loses it, and who comes back to it is not told again.
    use_effect_with(has_news, {
        let is_said = is_said.clone();
        move |has_news| {
            if let (true, Some(navigator)) = (*has_news, navigator) {
                is_said.set(true);
                navigator.replace(&AnyRoute::new("/o"));
            }
        }
    });
    let entries = props.entries.emit(use_session().session.kind);
    html! {
        <>
            <NewsBox has_ways=true />
            { view(entries, has_news || *is_said) }
        </>
    }
}

/// The menu as cards.
pub(crate) fn view(entries: Vec<Entry>, has_new_password: bool) -> Html {
    html! {
        <>
            if has_new_password {
                <Notice tone={Tone::Good} role="status" title={text::password::CHANGED} />
            }
            <ul class="office-menu">
                { for entries.into_iter().map(|entry| html! {
                    <li class="office-menu__entry">
                        <p class="office-menu__group">{ entry.group }</p>
                        { entry.link }
                        <p>{ entry.about }</p>
                    </li>
                }) }
            </ul>
        </>
    }
}
