//! What stands around every screen of an account: who is in, the menu, the ways out (OT-5, OT-18).

use shared::api::office::Session;
use yew::prelude::*;

use super::certificate::{Used, use_certificate};
use super::leave::Leaving;
use super::line_lost::LineLost;
use super::screen::Screen;
use crate::part::{Button, Heading, Look, PageShell, link};
use crate::session::{Ended, use_session};
use crate::text::office as text;

/// The screen that says itself what is away.
const OPERATION: &str = "OT-23";

/// Says which screen is framed.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FrameProps {
    /// The screen.
    pub(crate) screen: Screen,
    /// Where it is.
    pub(crate) path: AttrValue,
    /// The menu; none while something blocks all else.
    pub(crate) menu: Option<Html>,
}

/// The frame of the account that is in.
#[component]
pub(crate) fn Frame(props: &FrameProps) -> Html {
    let signed_in = use_session();
    let leaving = use_context::<Leaving>();
    let onlogout = {
        let signed_in = signed_in.clone();
        Callback::from(move |()| {
            let signed_in = signed_in.clone();
            let deed = Callback::from(move |()| signed_in.end(Ended::LoggedOut));
            match &leaving {
                Some(leaving) => leaving.or_ask(deed),
                None => deed.emit(()),
            }
        })
    };
    let onlock = {
        let signed_in = signed_in.clone();
        Callback::from(move |()| signed_in.lock())
    };
    let used = use_certificate();
    let Screen { id, title, up, view, .. } = props.screen.clone();
    html! {
        <PageShell screen={id} is_wide=true banner={banner(&signed_in.session)}
            before={html! { <Header session={signed_in.session.clone()} menu={props.menu.clone()} {onlogout} {onlock} /> }}>
            <LineLost is_said={id == OPERATION} />
            if let Some((path, words)) = up {
                <p class="on-screen">{ link(path, None, words) }</p>
            }
            // Before the heading: what draws nothing keeps no place for what is made anew beside it.
            <Used {used} is_short={props.path != "/o"} />
            // One per address, so that it takes the focus on each.
            <Heading key={props.path.to_string()} text={title} />
            // An element of its own, so that the heading of the next screen finds its place before it.
            <div class="screen" key={props.path.to_string()}>{ view }</div>
        </PageShell>
    }
}

/// What every screen says first: that the people are invented, or that the code has ended.
fn banner(session: &Session) -> Option<AttrValue> {
    let closed = session.readable_until.map(|day| text::succession::until(&day.slashed()));
    closed.map(AttrValue::from).or_else(|| session.is_training.then_some(crate::text::TRAINING.into()))
}

/// Says who is in and where.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HeaderProps {
    /// Who.
    pub(crate) session: Session,
    /// The menu.
    pub(crate) menu: Option<Html>,
    /// Ends the session.
    pub(crate) onlogout: Callback<()>,
    /// Locks the screen.
    pub(crate) onlock: Callback<()>,
}

/// 機関名, user and role, menu, 画面ロック, ログアウト.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let session = &props.session;
    html! {
        <header class="account-header">
            <div class="account-header__who">
                <p class="account-header__institution">{ &session.institution_name }</p>
                <p class="account-header__user">{ text::frame::signed_in(&session.user_name, session.kind.label()) }</p>
                <Button id="lock" onpress={props.onlock.clone()}>{ text::lock::LOCK }</Button>
                <Button id="logout" look={Look::Secondary} onpress={props.onlogout.clone()}>{ text::frame::LOG_OUT }</Button>
            </div>
            if let Some(menu) = &props.menu {
                <nav class="account-header__menu" aria-label={text::frame::MENU}>{ menu.clone() }</nav>
            }
        </header>
    }
}
