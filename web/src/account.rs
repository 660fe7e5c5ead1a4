//! What stands around every screen behind a login: the login itself, the first password, the header with the menu, the watch
//! over an idle page. The office page and the device page share it; each brings its own screens.

pub(crate) mod certificate;
mod frame;
pub(crate) mod leave;
mod line_lost;
mod lock;
mod login;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod proof;
mod screen;
mod second;
mod step_up;
#[cfg(test)]
mod tests;
mod veil;
mod wait;
mod watch;

use shared::api::Refusal;
use shared::api::office::Session;
use shared::domain::account::AccountKind;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::frame::Frame;
use self::leave::LeaveGuard;
pub(crate) use self::screen::Screen;
use self::watch::Watched;
use crate::edition;
use crate::part::{Heading, PageShell};
use crate::remote;
use crate::session::{self, Ended, Event, SignedIn, Standing, use_proofs};
use crate::text::office as text;
use crate::use_form::Drafts;

/// Says which screen is wanted.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct AccountProps {
    /// Where the page is: a new address starts its screen anew.
    pub(crate) path: AttrValue,
    /// The screen of the address.
    pub(crate) screen: Screen,
    /// The menu of an account of a kind: lists of links.
    pub(crate) menu: Callback<AccountKind, Html>,
    /// The screens are covered after so long without a touch, milliseconds; `None`: they are locked at the session's limit, and not
    /// covered before.
    #[prop_or_default]
    pub(crate) cover_ms: Option<i64>,
    /// Called with the account that a reload of the page found in.
    #[prop_or_default]
    pub(crate) onresume: Callback<Session>,
    /// Called with the account that has logged in, before its screen is drawn.
    #[prop_or_default]
    pub(crate) onlogin: Callback<Session>,
    /// Called while nobody is in: what is of a person goes.
    #[prop_or_default]
    pub(crate) onout: Callback<()>,
    /// Where a second factor must be registered before the screens open: how, on this page.
    #[prop_or_default]
    pub(crate) factors: Html,
    /// Another way to log in than by ID and password, as the page offers it: called with what takes the session.
    #[prop_or_default]
    pub(crate) other_way: Option<Callback<Callback<Session>, Html>>,
    /// Called when the first password was changed, before the screens open.
    #[prop_or_default]
    pub(crate) onfirst: Callback<()>,
}

/// Asks who is in, then shows what the account may see.
#[component]
pub(crate) fn Account(props: &AccountProps) -> Html {
    let standing = use_reducer(Standing::at_start);
    let (proofs, unlocks) = (use_proofs(), use_proofs());
    let drafts = (*use_memo((), |()| Drafts::default())).clone();
    // What was typed on a screen that was left is gone.
    use_effect_with(props.path.clone(), {
        let drafts = drafts.clone();
        move |path: &AttrValue| {
            drafts.forget();
            leave::stands_at(path);
        }
    });
    // Whoever comes next does not do what another person has left at the question.
    let is_locked = if let Standing::In { session, .. } = &*standing { Some(session.is_locked) } else { None };
    use_effect_with(is_locked, {
        let (proofs, unlocks) = (proofs.clone(), unlocks.clone());
        move |is_locked| match is_locked {
            None => {
                proofs.settle(false);
                unlocks.settle(false);
            }
            Some(true) => {}
            // What was pressed in the moment of the lock is done now.
            Some(false) => unlocks.settle(true),
        }
    });
    use_effect_with(*standing == Standing::Asking, {
        let (standing, onresume) = (standing.dispatcher(), props.onresume.clone());
        move |is_asking| {
            if *is_asking {
                spawn_local(async move {
                    let event = session::ask().await;
                    if let Event::Answered(session, _) = &event {
                        onresume.emit(session.clone());
                    }
                    standing.dispatch(event);
                });
            }
        }
    });
    match &*standing {
        Standing::Asking => html! { <PageShell screen="OT-2">{ remote::loading(text::frame::LOADING) }</PageShell> },
        Standing::Unreachable(refusal) => {
            let dispatcher = standing.dispatcher();
            html! { <Unreachable refusal={refusal.clone()} on_retry={Callback::from(move |()| dispatcher.dispatch(Event::Asks))} /> }
        }
        Standing::Barred(refusal) => {
            props.onout.emit(());
            drafts.forget();
            html! { <certificate::Barred refusal={refusal.clone()} /> }
        }
        Standing::Out(why) => {
            props.onout.emit(());
            if *why == Ended::LoggedOut {
                drafts.forget();
            }
            let onlogin = {
                let (dispatcher, onlogin) = (standing.dispatcher(), props.onlogin.clone());
                Callback::from(move |session: Session| {
                    drafts.belongs_to(&session);
                    let event = session::begin(session.clone());
                    onlogin.emit(session);
                    dispatcher.dispatch(event);
                })
            };
            let other_way = props.other_way.as_ref().map(|other_way| other_way.emit(onlogin.clone()));
            html! { <login::Login why={*why} {onlogin} {other_way} /> }
        }
        Standing::In { session, received } => {
            let is_asked = proofs.is_asked();
            let signed_in = SignedIn::new(session.clone(), *received, standing.dispatcher()).with_waiting(proofs, unlocks);
            drafts.belongs_to(session);
            edition::take(session.edition);
            html! {
                <ContextProvider<SignedIn> context={signed_in}>
                    <ContextProvider<Drafts> context={drafts}>
                        <LeaveGuard>
                            <Watched cover_ms={props.cover_ms}>
                                { shown(props, session) }
                                if is_asked {
                                    <step_up::StepUp />
                                }
                            </Watched>
                        </LeaveGuard>
                    </ContextProvider<Drafts>>
                </ContextProvider<SignedIn>>
            }
        }
    }
}

/// The screen of the address, or what must come before it.
fn shown(props: &AccountProps, session: &Session) -> Html {
    if session.must_change_password {
        // A forced change replaces every screen, whatever the address.
        return html! { <Frame screen={password::first(&props.onfirst)} path="" menu={None::<Html>} /> };
    }
    if session.must_add_factor {
        let screen = Screen { id: "OT-3-factors", title: text::factors::TITLE_FIRST, act: None, up: None, view: props.factors.clone() };
        return html! { <Frame {screen} path="" menu={None::<Html>} /> };
    }
    let menu = props.menu.emit(session.kind);
    let screen = if props.screen.is_for(session.kind) { props.screen.clone() } else { forbidden(&props.screen) };
    html! { <Frame {screen} path={props.path.clone()} menu={Some(menu)} /> }
}

/// In place of a screen that this account may not see.
fn forbidden(screen: &Screen) -> Screen {
    Screen { view: html! { <p>{ text::frame::NOT_FOR_YOU }</p> }, ..screen.clone() }
}

/// Says that the server could not be asked.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct UnreachableProps {
    /// Why.
    pub(crate) refusal: Refusal,
    /// Asks again.
    pub(crate) on_retry: Callback<()>,
}

/// Before anyone is in: the server did not answer.
#[component]
pub(crate) fn Unreachable(props: &UnreachableProps) -> Html {
    let refusal = remote::unchanged(props.refusal.clone());
    html! { <PageShell screen="OT-2"><Heading text={text::login::TITLE} />{ remote::failure(&text::refusal(&refusal), &props.on_retry) }</PageShell> }
}
