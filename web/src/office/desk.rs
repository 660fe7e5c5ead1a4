//! Who is in, and what follows from it: login, first password, or the screen of the address.

use std::cell::RefCell;
use std::rc::Rc;

use shared::api::office::{Logout, Me, Session};
use shared::api::{Code, Refusal};
use shared::domain::calendar::UnixMs;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::prelude::*;

use super::consents::Memory;
use super::route::Route;
use super::{consent, consents, device, frame, home, login, password, reception_url, remote};
use crate::api::{self, Auth};
use crate::part::{Heading, PageShell};
use crate::text::office as text;

/// Why the login stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nobody was in.
    NotBegun,
    /// ログアウト was pressed.
    LoggedOut,
    /// Nobody touched the page (OT-18).
    Idle,
    /// The server no longer knows the session.
    Expired,
}

impl Ended {
    /// True where the session ends with the page for every page. An idle one does not end another that is in use.
    pub(crate) fn ends_the_session(self) -> bool {
        self == Self::LoggedOut
    }
}

/// Who is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The server was asked.
    Asking,
    /// The server could not be asked.
    Unreachable(Refusal),
    /// Nobody.
    Out(Ended),
    /// This account.
    In {
        /// As the server said it.
        session: Session,
        /// The browser's clock when it came.
        received: UnixMs,
    },
}

/// What changes who is in.
pub(crate) enum Event {
    /// The server is asked again.
    Asks,
    /// The server said who is in.
    Answered(Session, UnixMs),
    /// The server could not be asked.
    Lost(Refusal),
    /// Nobody is in any more.
    Ends(Ended),
}

impl Reducible for Standing {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        match event {
            Event::Asks => Rc::new(Self::Asking),
            Event::Answered(session, received) => Rc::new(Self::In { session, received }),
            Event::Lost(refusal) => Rc::new(Self::Unreachable(refusal)),
            // The first reason stays: a late answer does not turn "logged out" into "expired".
            Event::Ends(_) if matches!(*self, Self::Out(_)) => self,
            Event::Ends(why) => Rc::new(Self::Out(why)),
        }
    }
}

/// The desk as the screens see it: the session, and the ways to change it.
#[derive(Clone, PartialEq)]
pub(crate) struct Desk {
    /// Who is in.
    pub(crate) session: Session,
    received: UnixMs,
    standing: UseReducerDispatcher<Standing>,
    shelf: Shelf,
}

/// What the list remembers.
#[derive(Clone)]
struct Shelf(Rc<RefCell<Memory>>);

impl Shelf {
    fn load() -> Self {
        Self(Rc::new(RefCell::new(Memory::load())))
    }

    fn change(&self, change: impl FnOnce(&mut Memory)) {
        let mut memory = self.0.borrow_mut();
        change(&mut memory);
        memory.save();
    }
}

impl PartialEq for Shelf {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Desk {
    /// The server's clock now.
    pub(crate) fn now(&self) -> UnixMs {
        self.session.now.plus_ms(browser_clock().0 - self.received.0)
    }

    /// Follows what an outcome says about the session.
    pub(crate) fn heed<T>(&self, outcome: &Result<T, Refusal>) {
        match outcome {
            Err(Refusal { code: Code::Session, .. }) => self.standing.dispatch(Event::Ends(Ended::Expired)),
            Err(Refusal { code: Code::X39, .. }) => {
                self.renew(Session { must_change_password: true, now: self.now(), ..self.session.clone() });
            }
            _ => {}
        }
    }

    /// Takes a session that the server has just given.
    pub(crate) fn renew(&self, session: Session) {
        self.standing.dispatch(Event::Answered(session, browser_clock()));
    }

    /// Clears the screen at once, whatever the server says; ends the session where the reason does, and where no other page of
    /// this browser is in use.
    pub(crate) fn end(&self, why: Ended) {
        if why == Ended::Idle {
            cleared::remember();
        }
        self.standing.dispatch(Event::Ends(why));
        if why.ends_the_session() || (why == Ended::Idle && life::was_last_here()) {
            spawn_local(async {
                // When this is lost, the server ends the session by its own clock.
                let _ = api::call(&Logout, &(), Auth::Office).await;
            });
        }
    }

    /// Tells the server, and the other pages of this browser, that someone is still here.
    pub(crate) fn stay(&self) {
        life::show();
        let desk = self.clone();
        spawn_local(async move {
            let outcome = api::call(&Me, &(), Auth::Office).await;
            desk.heed(&outcome);
        });
    }

    /// What the list remembers.
    pub(crate) fn memory(&self) -> Memory {
        self.shelf.0.borrow().clone()
    }

    /// Lets the list remember.
    pub(crate) fn remember(&self, memory: Memory) {
        self.shelf.change(|kept| *kept = memory);
    }
}

/// A mark in the tab's storage, from the moment its screen was cleared until the next login.
mod cleared {
    use gloo_storage::{SessionStorage, Storage as _};

    const NAME: &str = "uketsuke.office.cleared";

    pub(super) fn is_here() -> bool {
        SessionStorage::get(NAME).unwrap_or(false)
    }

    pub(super) fn remember() {
        // A browser without storage asks the server after a reload, whose session ends at about the same time.
        let _ = SessionStorage::set(NAME, true);
    }

    pub(super) fn forget() {
        SessionStorage::delete(NAME);
    }
}

/// Which page of this browser showed life last: an idle page ends the session only where no other one is in use.
mod life {
    use gloo_storage::{LocalStorage, Storage as _};

    const NAME: &str = "uketsuke.office.life";

    thread_local! {
        /// Tells this page from the others.
        static HERE: f64 = js_sys::Math::random();
    }

    pub(super) fn show() {
        // A browser without storage leaves the session to the server's clock.
        let _ = HERE.with(|here| LocalStorage::set(NAME, here));
    }

    pub(super) fn was_last_here() -> bool {
        HERE.with(|here| LocalStorage::get::<f64>(NAME).is_ok_and(|last| last == *here))
    }
}

/// The desk, inside it.
///
/// # Panics
/// Outside of it: a screen of the office is drawn nowhere else.
#[hook]
#[expect(clippy::expect_used, reason = "a screen outside the desk is a fault of this page, not of its user")]
pub(crate) fn use_desk() -> Desk {
    use_context::<Desk>().expect("inside the office desk")
}

/// The browser's clock: only ever compared with itself.
pub(crate) fn browser_clock() -> UnixMs {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit by far")]
    UnixMs(js_sys::Date::now() as i64)
}

/// The staff page by its address. The device desk stands behind the same login: which page may use a card is not for everybody.
#[component]
pub(crate) fn Desks() -> Html {
    let route = use_route::<Route>();
    html! { <Office route={route.unwrap_or(Route::Missing)} /> }
}

#[derive(Clone, PartialEq, Properties)]
struct OfficeProps {
    route: Route,
}

/// The office: asks who is in, then shows what the account may see.
#[component]
fn Office(props: &OfficeProps) -> Html {
    // A screen that was cleared stays so over a reload: whoever comes next logs in.
    let standing = use_reducer(|| if cleared::is_here() { Standing::Out(Ended::Idle) } else { Standing::Asking });
    let shelf = use_memo((), |()| Shelf::load());
    let is_asking = *standing == Standing::Asking;
    use_effect_with(is_asking, {
        let (standing, shelf) = (standing.dispatcher(), shelf.clone());
        move |is_asking| {
            if *is_asking {
                spawn_local(async move {
                    standing.dispatch(match api::call(&Me, &(), Auth::Office).await {
                        Ok(session) => {
                            shelf.change(|memory| memory.goes_on_for(&session));
                            life::show();
                            Event::Answered(session, browser_clock())
                        }
                        Err(refusal) if refusal.code == Code::Session => Event::Ends(Ended::NotBegun),
                        Err(refusal) => Event::Lost(remote::unchanged(refusal)),
                    });
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
        Standing::Out(why) => {
            shelf.change(Memory::forget_people);
            let onlogin = {
                let (dispatcher, shelf) = (standing.dispatcher(), shelf.clone());
                Callback::from(move |session: Session| {
                    shelf.change(|memory| memory.belongs_to(&session));
                    cleared::forget();
                    life::show();
                    dispatcher.dispatch(Event::Answered(session, browser_clock()));
                })
            };
            html! { <login::Login why={*why} {onlogin} /> }
        }
        Standing::In { session, received } => {
            let desk = Desk { session: session.clone(), received: *received, standing: standing.dispatcher(), shelf: (*shelf).clone() };
            // A forced change replaces every screen, whatever the address.
            let route = if session.must_change_password { Route::Password } else { props.route.clone() };
            html! {
                <ContextProvider<Desk> context={desk}>
                    <frame::Frame route={route.clone()}>{ screen(&route) }</frame::Frame>
                </ContextProvider<Desk>>
            }
        }
    }
}

fn screen(route: &Route) -> Html {
    match route {
        Route::Home => html! { <home::Home /> },
        Route::ReceptionUrl => html! { <reception_url::ReceptionUrlScreen /> },
        Route::Consents => html! { <consents::Consents /> },
        Route::Consent { id } => html! { <consent::Consent key={id.clone()} id={id.clone()} /> },
        Route::Password => html! { <password::Password /> },
        Route::Device => html! { <device::CardCheck /> },
        Route::DeviceBelow { .. } | Route::Missing => html! {
            <>
                <Heading text={text::frame::NO_SUCH_PAGE} />
                <p>{ text::frame::NO_SUCH_PAGE_NEXT }</p>
                <p>{ home::way_home() }</p>
            </>
        },
    }
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
    html! { <PageShell screen="OT-2"><Heading text={text::login::TITLE} />{ remote::failure(&text::refusal(&props.refusal), &props.on_retry) }</PageShell> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::tests::session;
    use shared::api::Stored;
    use shared::domain::account::AccountKind;

    fn after(events: Vec<Event>) -> Standing {
        let standing = events.into_iter().fold(Rc::new(Standing::Asking), Reducible::reduce);
        (*standing).clone()
    }

    #[test]
    fn the_first_reason_for_the_end_is_the_one_that_is_said() {
        let came = || Event::Answered(session(AccountKind::Admin), UnixMs(0));
        assert_eq!(after(vec![came(), Event::Ends(Ended::LoggedOut), Event::Ends(Ended::Expired)]), Standing::Out(Ended::LoggedOut));
        assert_eq!(after(vec![came(), Event::Ends(Ended::Idle)]), Standing::Out(Ended::Idle));
        assert_eq!(after(vec![Event::Ends(Ended::NotBegun)]), Standing::Out(Ended::NotBegun));
    }

    #[test]
    fn only_a_pressed_logout_ends_the_session_of_other_pages() {
        assert!(Ended::LoggedOut.ends_the_session());
        for why in [Ended::NotBegun, Ended::Idle, Ended::Expired] {
            assert!(!why.ends_the_session(), "{why:?}");
        }
    }

    #[test]
    fn a_login_after_the_end_counts_again() {
        let came = || Event::Answered(session(AccountKind::General), UnixMs(7));
        let again = after(vec![came(), Event::Ends(Ended::Expired), came()]);
        assert_eq!(again, Standing::In { session: session(AccountKind::General), received: UnixMs(7) });
    }

    #[test]
    fn an_unreachable_server_can_be_asked_again() {
        let lost = || Event::Lost(Refusal { code: Code::X01, stored: Stored::Nothing, detail: None });
        assert!(matches!(after(vec![lost()]), Standing::Unreachable(_)));
        assert_eq!(after(vec![lost(), Event::Asks]), Standing::Asking);
    }
}
