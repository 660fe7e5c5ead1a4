//! What stands around every screen of the office: who is in, the menu, the watch over an idle page (OT-5, OT-18).

use shared::api::office::Session;
use yew::prelude::*;
use yew_router::prelude::*;

use super::desk::{Ended, use_desk};
use super::home::menu;
use super::route::Route;
use crate::part::{Button, IdleGuard, Look, PageShell};
use crate::text::office as text;

/// Says which screen is framed.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FrameProps {
    /// Where the person is.
    pub(crate) route: Route,
    /// The screen.
    pub(crate) children: Html,
}

/// The frame of the account that is in. After the session's idle limit the page is cleared.
#[component]
pub(crate) fn Frame(props: &FrameProps) -> Html {
    let desk = use_desk();
    let onlogout = {
        let desk = desk.clone();
        Callback::from(move |()| desk.end(Ended::LoggedOut))
    };
    // Stable over renders: a new callback would restart the watch.
    let onidle = use_callback((), {
        let desk = desk.clone();
        move |(), ()| desk.end(Ended::Idle)
    });
    let onlife = use_callback((), {
        let desk = desk.clone();
        move |(), ()| desk.stay()
    });
    html! {
        <PageShell screen={screen_id(&props.route)} is_wide=true
            before={html! { <Header session={desk.session.clone()} route={props.route.clone()} {onlogout} /> }}>
            { props.children.clone() }
            // Last: it sticks to the lower edge of the window.
            <IdleGuard limit_ms={desk.session.idle_ms} warning={text::frame::IDLE_WARNING} onword={text::frame::IDLE_CONTINUE} {onidle} {onlife} />
        </PageShell>
    }
}

fn screen_id(route: &Route) -> &'static str {
    match route {
        Route::Home | Route::Missing => "OT-5",
        Route::ReceptionUrl => "OT-9",
        Route::Consents => "OT-10",
        Route::Consent { .. } => "OT-11",
        Route::Password => "OT-4",
        Route::Device | Route::DeviceBelow { .. } => "DA",
    }
}

/// Says who is in and where.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HeaderProps {
    /// Who.
    pub(crate) session: Session,
    /// Where.
    pub(crate) route: Route,
    /// Ends the session.
    pub(crate) onlogout: Callback<()>,
}

/// 機関名, user and role, menu, パスワード変更, ログアウト.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let session = &props.session;
    let link = |route: Route, title: &'static str| {
        let is_here = route == props.route || (route == Route::Consents && matches!(props.route, Route::Consent { .. }));
        let classes = classes!("office-header__link", is_here.then_some("is-here"));
        html! { <li><Link<Route> to={route} {classes}>{ title }</Link<Route>></li> }
    };
    html! {
        <header class="office-header">
            <div class="office-header__who">
                <p class="office-header__institution">{ &session.institution_name }</p>
                <p class="office-header__user">{ text::frame::signed_in(&session.user_name, session.kind.label()) }</p>
                <Button id="logout" look={Look::Secondary} onpress={props.onlogout.clone()}>{ text::frame::LOG_OUT }</Button>
            </div>
            if !session.must_change_password {
                <nav class="office-header__menu" aria-label={text::frame::MENU}>
                    <ul>
                        { link(Route::Home, text::frame::MENU) }
                        { for menu(session.kind).map(|entry| link(entry.route.clone(), entry.title)) }
                        { link(Route::Password, text::frame::CHANGE_PASSWORD) }
                    </ul>
                </nav>
            }
        </header>
    }
}
