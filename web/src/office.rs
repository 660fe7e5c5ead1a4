//! The office desk (`/o`): menu, reception URL, consented list and its rows.
//!
//! [`screens`] is the table of its screens; each asks its own questions and draws loading, empty, failed and filled.

mod accounts;
mod aid;
mod apply;
mod audit;
mod backups;
pub(crate) mod cardless;
mod certificates;
pub(crate) mod checks;
mod claims;
mod codes;
pub(crate) mod consent;
mod consents;
mod day;
mod desks;
mod drop_ask;
mod enquiries;
mod expiring;
mod factors;
mod former_urls;
mod front;
mod home;
mod kept;
mod laters;
mod link;
mod maintenance;
mod medical;
mod menu;
pub(crate) mod month;
mod notices;
mod openings;
mod operation;
mod other_ways;
mod posted;
mod reception_url;
mod references;
mod save_file;
mod screens;
mod security_check;
mod settings;
mod setup;
mod sheet;
mod succession;
mod support_record;
#[cfg(test)]
mod tests;
mod training;
mod who;
mod withdrawals;

use shared::api::office::Session;
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::prelude::*;

use self::consents::KeptSearch;
use self::home::PasswordChanged;
use self::kept::KeptLists;
use crate::account::Account;

/// A screen that nobody touches is covered after so long, milliseconds: what is of a patient is not left for others to see (docs/lock.md).
const COVER_MS: i64 = 2 * 60_000;

/// Listens to what concerns the whole page; to be called before it draws.
pub fn listen() {
    crate::account::leave::hear_way_back();
}

/// The office page.
#[component]
pub fn OfficePage() -> Html {
    html! { <BrowserRouter><Office /></BrowserRouter> }
}

/// The screen of the address, behind the login.
#[component]
fn Office() -> Html {
    let path = use_location().map(|location| location.path().to_owned()).unwrap_or_default();
    if apply::is_here(&path) {
        // Facilities that ask to be let in have no account yet.
        html! { <apply::Apply key={path.clone()} path={path.clone()} /> }
    } else {
        html! { <Desk path={path.clone()} /> }
    }
}

/// Says where the page is.
#[derive(Clone, PartialEq, Properties)]
struct DeskProps {
    path: String,
}

/// A reload found this account in.
fn resumes(kept: &KeptSearch, lists: &KeptLists, session: Session) {
    kept.goes_on_for(&session);
    lists.goes_on_for(&session);
}

/// This account has logged in.
fn logs_in(kept: &KeptSearch, lists: &KeptLists, session: Session) {
    kept.belongs_to(&session);
    lists.belongs_to(&session);
}

/// The desk of an account.
#[component]
fn Desk(props: &DeskProps) -> Html {
    let path = props.path.clone();
    let navigator = use_navigator();
    let kept = use_memo((), |()| KeptSearch::load());
    let lists = use_memo((), |()| KeptLists::load());
    let with = |change: fn(&KeptSearch, &KeptLists, Session)| {
        let (kept, lists) = (kept.clone(), lists.clone());
        Callback::from(move |session: Session| change(&kept, &lists, session))
    };
    let onout = {
        let (kept, lists) = (kept.clone(), lists.clone());
        Callback::from(move |()| {
            kept.forget_people();
            lists.forget_people();
        })
    };
    // The first change may stand at any address; what it blocked opens with the news.
    let onfirst = Callback::from(move |()| {
        if let Some(navigator) = &navigator {
            navigator.replace_with_state(&AnyRoute::new("/o"), PasswordChanged);
        }
    });
    let other_way = Some(Callback::from(|onlogin: Callback<Session>| html! { <other_ways::OtherWays {onlogin} /> }));
    let menu = {
        let here = path.clone();
        Callback::from(move |kind| html! { <menu::Menu key={here.clone()} here={here.clone()} {kind} /> })
    };
    let mut screen = screens::screen(&path);
    // What is open is said on every page (OT-17).
    screen.view = html! { <><openings::banner::OpeningBanner path={path.clone()} />{ screen.view }</> };
    html! {
        <ContextProvider<KeptSearch> context={(*kept).clone()}>
            <ContextProvider<KeptLists> context={(*lists).clone()}>
                <Account {screen} {path} {menu} cover_ms={Some(COVER_MS)} onresume={with(resumes)} onlogin={with(logs_in)} {onout} {onfirst}
                    factors={html! { <factors::OwnFactorsScreen is_first=true /> }} {other_way} />
            </ContextProvider<KeptLists>>
        </ContextProvider<KeptSearch>>
    }
}
