//! OT-5 ホーム (N060–N067).

use shared::domain::account::AccountKind;
use shared::right::{Act, Right, may};
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::prelude::*;

use super::front::Front;
use crate::news::NewsBox;
use crate::part::{Notice, Panel, Tone};
use crate::session::use_session;
use crate::text::office::{self as text, front as words};

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
    /// The ways to check that an account of a kind sees (N061).
    pub(crate) checks: Callback<AccountKind, Vec<Html>>,
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
    let kind = use_session().session.kind;
    html! {
        <>
            if has_news || *is_said {
                <Notice tone={Tone::Good} role="status" title={text::password::CHANGED} />
            }
            <NewsBox has_ways=true />
            if may(kind, Act::ReadNotices) != Right::No {
                <Front checks={ways(props.checks.emit(kind))} />
            }
            { view(props.entries.emit(kind)) }
        </>
    }
}

/// The ways to check under their heading; nothing where there is none.
fn ways(checks: Vec<Html>) -> Html {
    if checks.is_empty() {
        return Html::default();
    }
    html! { <Panel title={words::CHECKS}><ul>{ for checks.into_iter().map(|way| html! { <li>{ way }</li> }) }</ul></Panel> }
}

/// The menu: a heading for each group, in the order of their first entries, and its entries as cards.
pub(crate) fn view(entries: Vec<Entry>) -> Html {
    let mut groups: Vec<(&'static str, Vec<Entry>)> = Vec::new();
    for entry in entries {
        match groups.iter_mut().find(|(name, _)| *name == entry.group) {
            Some((_, found)) => found.push(entry),
            None => groups.push((entry.group, vec![entry])),
        }
    }
    html! {
        <>
            { for groups.into_iter().map(|(name, entries)| html! {
                <section class="office-menu__part">
                    <h2 class="office-menu__group">{ name }</h2>
                    <ul class="office-menu">
                        { for entries.into_iter().map(|entry| html! {
                            <li class="office-menu__entry">{ entry.link }<p>{ entry.about }</p></li>
                        }) }
                    </ul>
                </section>
            }) }
        </>
    }
}
