//! Who is in: the session of an account, for the pages that want a login. Knows no screen.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use shared::api::office::{Logout, Me, Session};
use shared::api::{Code, Refusal};
use shared::domain::calendar::UnixMs;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use crate::api::{self, Auth};
use crate::line::line_lost;

/// Why the login stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nobody was in.
    NotBegun,
    /// ログアウト was pressed.
    LoggedOut,
    /// The server no longer knows the session.
    Expired,
    /// The device was ended (X41, X42): it forgets everything.
    Gone,
}

impl Ended {
    /// True where the session ends with the page, for every page.
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
    /// The terminal's certificate does not open the office (X43).
    Barred(Refusal),
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
    /// What is known of the session that is in has changed. Nobody comes in by that.
    Renewed(Session, UnixMs),
    /// The server could not be asked.
    Lost(Refusal),
    /// The terminal's certificate does not open the office, or no longer does.
    Bars(Refusal),
    /// The screen is locked (OT-18): here, on another page of this browser, or by the server.
    Locks,
    /// Nobody is in any more.
    Ends(Ended),
}

impl Standing {
    /// At the start of a page. A screen that was cleared stays so over a reload: whoever comes next logs in.
    pub(crate) fn at_start() -> Self {
        if cleared::is_there() { Self::Out(Ended::LoggedOut) } else { Self::Asking }
    }
}

impl Reducible for Standing {
    type Action = Event;

    fn reduce(self: Rc<Self>, event: Event) -> Rc<Self> {
        match event {
            Event::Asks => Rc::new(Self::Asking),
            Event::Answered(session, received) => Rc::new(Self::In { session, received }),
            Event::Renewed(session, received) => match &*self {
                Self::In { session: former, .. } if (&former.institution, &former.user) == (&session.institution, &session.user) => {
                    Rc::new(Self::In { session, received })
                }
                // A late answer brings back nobody who has gone.
                _ => self,
            },
            Event::Lost(refusal) => Rc::new(Self::Unreachable(refusal)),
            Event::Bars(refusal) => Rc::new(Self::Barred(refusal)),
            Event::Locks => match &*self {
                Self::In { session, received } if !session.is_locked => {
                    Rc::new(Self::In { session: Session { is_locked: true, ..session.clone() }, received: *received })
                }
                _ => self,
            },
            // The first reason stays: a late answer does not turn "logged out" into "expired".
            Event::Ends(_) if matches!(*self, Self::Out(_)) => self,
            Event::Ends(why) => Rc::new(Self::Out(why)),
        }
    }
}

/// Asks the server who is in.
pub(crate) async fn ask() -> Event {
    match api::call(&Me, &(), Auth::Office).await {
        Ok(session) => {
            life::show();
            // Also when the server has not heard of it yet.
            Event::Answered(Session { is_locked: session.is_locked || locked::is_there(), ..session }, browser_clock())
        }
        Err(refusal) if refusal.code == Code::Session => {
            locked::forget();
            Event::Ends(Ended::NotBegun)
        }
        Err(refusal) if refusal.code == Code::X43 => Event::Bars(refusal),
        Err(refusal) => Event::Lost(refusal),
    }
}

/// A login has succeeded: what an account before it left in this tab goes.
pub(crate) fn begin(session: Session) -> Event {
    tab::forget();
    locked::forget();
    life::show();
    Event::Answered(session, browser_clock())
}

/// The account that is in, as the screens see it, and the ways to change it.
#[derive(Clone, PartialEq)]
pub(crate) struct SignedIn {
    /// As the server said it.
    pub(crate) session: Session,
    received: UnixMs,
    standing: UseReducerDispatcher<Standing>,
    proofs: Option<Proofs>,
    unlocks: Option<Proofs>,
}

/// The calls that wait until who is at the screen was proved again, or until the screen is unlocked.
#[derive(Clone)]
pub(crate) struct Proofs {
    waiting: Rc<RefCell<Vec<Function>>>,
    update: UseForceUpdateHandle,
}

impl PartialEq for Proofs {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.waiting, &other.waiting)
    }
}

impl Proofs {
    /// True while a call waits: the question is to be shown.
    pub(crate) fn is_asked(&self) -> bool {
        !self.waiting.borrow().is_empty()
    }

    /// Lets the calls go on that wait; false: the person left the question.
    pub(crate) fn settle(&self, is_proved: bool) {
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        for resolve in waiting {
            let _ = resolve.call1(&JsValue::UNDEFINED, &JsValue::from_bool(is_proved));
        }
        self.update.force_update();
    }

    async fn proved(&self) -> bool {
        let promise = Promise::new(&mut |resolve, _| self.waiting.borrow_mut().push(resolve));
        self.update.force_update();
        JsFuture::from(promise).await.is_ok_and(|is_proved| is_proved.is_truthy())
    }
}

/// The place where calls wait for a proof; whoever draws it shows the question.
#[hook]
pub(crate) fn use_proofs() -> Proofs {
    let waiting = use_memo((), |()| RefCell::new(Vec::new()));
    Proofs { waiting, update: use_force_update() }
}

/// True where the server wants to know first who is at the screen.
pub(crate) fn wants_proof<T>(outcome: &Result<T, Refusal>) -> bool {
    matches!(outcome, Err(Refusal { code: Code::StepUp, .. }))
}

impl SignedIn {
    /// The account of [`Standing::In`].
    pub(crate) fn new(session: Session, received: UnixMs, standing: UseReducerDispatcher<Standing>) -> Self {
        Self { session, received, standing, proofs: None, unlocks: None }
    }

    /// The same, and calls can wait for a proof, and for the end of a lock.
    pub(crate) fn with_waiting(self, proofs: Proofs, unlocks: Proofs) -> Self {
        Self { proofs: Some(proofs), unlocks: Some(unlocks), ..self }
    }

    /// Waits for what is to come before a call that was refused goes out again: a proof, or the end of a lock. False: it does not go out.
    pub(crate) async fn may_repeat<T>(&self, outcome: &Result<T, Refusal>) -> bool {
        match outcome.as_ref().map_err(|refusal| refusal.code) {
            Err(Code::StepUp) => self.prove_again().await,
            Err(Code::Locked) => {
                self.follow(outcome);
                match &self.unlocks {
                    Some(unlocks) => unlocks.proved().await,
                    None => false,
                }
            }
            _ => false,
        }
    }

    /// Asks who is at the screen to prove it; false: the person left the question.
    pub(crate) async fn prove_again(&self) -> bool {
        match &self.proofs {
            Some(proofs) => proofs.proved().await,
            None => false,
        }
    }

    /// Ends the question: proved, or left.
    pub(crate) fn settle(&self, is_proved: bool) {
        if let Some(proofs) = &self.proofs {
            proofs.settle(is_proved);
        }
    }

    /// The server's clock now.
    pub(crate) fn now(&self) -> UnixMs {
        self.session.now.plus_ms(browser_clock().0 - self.received.0)
    }

    /// Follows what an outcome says about the session.
    pub(crate) fn follow<T>(&self, outcome: &Result<T, Refusal>) {
        match outcome {
            Err(Refusal { code: Code::Session, .. }) => {
                locked::forget();
                self.standing.dispatch(Event::Ends(Ended::Expired));
            }
            Err(Refusal { code: Code::X41 | Code::X42, .. }) => self.standing.dispatch(Event::Ends(Ended::Gone)),
            Err(Refusal { code: Code::Locked, .. }) => self.standing.dispatch(Event::Locks),
            Err(refusal @ Refusal { code: Code::X43, .. }) => self.standing.dispatch(Event::Bars(refusal.clone())),
            Err(Refusal { code: Code::X39, .. }) => {
                self.renew(Session { must_change_password: true, now: self.now(), ..self.session.clone() });
            }
            Err(Refusal { code: Code::Factor, .. }) => {
                self.renew(Session { must_add_factor: true, now: self.now(), ..self.session.clone() });
            }
            Err(Refusal { code: Code::X01, .. }) => line_lost(),
            _ => {}
        }
    }

    /// Takes a session that the server has just given.
    pub(crate) fn renew(&self, session: Session) {
        self.standing.dispatch(Event::Renewed(session, browser_clock()));
    }

    /// The same, of an answer that says who is in: the screen of the first second factor stays until its person goes on, so that recovery
    /// codes that stand there are not taken away.
    pub(crate) fn refresh(&self, session: Session) {
        let must_add_factor = self.session.must_add_factor || session.must_add_factor;
        self.renew(Session { must_add_factor, ..session });
    }

    /// Locks the screen at once, here and on every other page of this browser; the lock screen tells the server.
    pub(crate) fn lock(&self) {
        locked::remember();
        self.standing.dispatch(Event::Locks);
    }

    /// True while the screens of this browser are locked.
    pub(crate) fn is_locked_here(&self) -> bool {
        locked::is_there()
    }

    /// Takes the session that was unlocked; the other pages of this browser follow.
    pub(crate) fn unlock(&self, session: Session) {
        locked::forget();
        life::show();
        self.refresh(session);
    }

    /// Another page of this browser has locked or unlocked, as the storage says; true where it has shown a sign of life.
    pub(crate) fn hear(&self, name: Option<&str>) -> bool {
        match name {
            Some(locked::NAME) if locked::is_there() => self.standing.dispatch(Event::Locks),
            Some(locked::NAME) => self.ask_again(),
            Some(life::NAME) => return true,
            _ => {}
        }
        false
    }

    /// Asks who is in after another page has unlocked. Another account than this page's is not let onto its screens.
    pub(crate) fn ask_again(&self) {
        let signed_in = self.clone();
        spawn_local(async move {
            let of = |session: &Session| (session.institution.clone(), session.user.clone());
            match api::call(&Me, &(), Auth::Office).await {
                Ok(session) if of(&session) != of(&signed_in.session) => signed_in.standing.dispatch(Event::Ends(Ended::Expired)),
                Ok(session) => signed_in.refresh(Session { is_locked: session.is_locked || locked::is_there(), ..session }),
                refused => signed_in.follow(&refused),
            }
        });
    }

    /// Clears the screen at once, whatever the server says; ends the session where the reason does.
    pub(crate) fn end(&self, why: Ended) {
        // A page that is loaded again before the server has heard of it stays cleared too.
        if why == Ended::LoggedOut {
            cleared::remember();
        }
        self.standing.dispatch(Event::Ends(why));
        if why.ends_the_session() {
            spawn_local(async move {
                // When this is lost, the server ends the session by its own clock.
                let outcome = api::call(&Logout, &(), Auth::Office).await;
                if has_ended(&outcome) {
                    cleared::forget();
                    locked::forget();
                }
            });
        }
    }

    /// Tells the server, and the other pages of this browser, that someone is still here.
    pub(crate) fn stay(&self) {
        life::show();
        let signed_in = self.clone();
        spawn_local(async move {
            let outcome = api::call(&Me, &(), Auth::Office).await;
            signed_in.follow(&outcome);
            if outcome.is_ok_and(|session| session.is_locked) {
                signed_in.standing.dispatch(Event::Locks);
            }
        });
    }
}

/// True when the server has said that the session is over.
fn has_ended<T>(outcome: &Result<T, Refusal>) -> bool {
    outcome.as_ref().map_or_else(|refusal| refusal.code == Code::Session, |_| true)
}

/// What the pages with a login keep in the tab's storage, under names that begin alike.
mod tab {
    use gloo_storage::{SessionStorage, Storage as _};

    /// Begins the name of each entry.
    const NAMES: &str = "uketsuke.office.";

    /// Takes all of it away; screens that still know what belongs to the account write it again.
    pub(super) fn forget() {
        let storage = SessionStorage::raw();
        let names = (0..storage.length().unwrap_or(0)).filter_map(|place| storage.key(place).ok().flatten());
        let ours: Vec<String> = names.filter(|name| name.starts_with(NAMES)).collect();
        ours.into_iter().for_each(SessionStorage::delete);
    }
}

/// A mark in the tab's storage, from ログアウト until the server has answered it: the screen stays cleared over a reload.
mod cleared {
    use gloo_storage::{SessionStorage, Storage as _};

    const NAME: &str = "uketsuke.office.cleared";

    pub(super) fn is_there() -> bool {
        SessionStorage::get::<bool>(NAME).is_ok()
    }

    pub(super) fn remember() {
        // A browser without storage asks the server after a reload, whose session ends at about the same time.
        let _ = SessionStorage::set(NAME, false);
    }

    pub(super) fn forget() {
        SessionStorage::delete(NAME);
    }
}

/// A mark in the browser's storage while its screens are locked: every page follows, also one that is loaded while the server has not
/// heard of it yet. Without storage the server alone says so, to the next call of each page.
mod locked {
    use gloo_storage::{LocalStorage, Storage as _};

    pub(super) const NAME: &str = "uketsuke.office.locked";

    pub(super) fn is_there() -> bool {
        LocalStorage::get::<bool>(NAME).is_ok()
    }

    pub(super) fn remember() {
        let _ = LocalStorage::set(NAME, true);
    }

    pub(super) fn forget() {
        LocalStorage::delete(NAME);
    }
}

/// Tells the other pages of this browser that someone is here: a page that nobody touches does not lock them.
mod life {
    use gloo_storage::{LocalStorage, Storage as _};

    pub(super) const NAME: &str = "uketsuke.office.life";

    pub(super) fn show() {
        // Another value each time, so that the others hear of it.
        let _ = LocalStorage::set(NAME, js_sys::Math::random());
    }
}

/// The account that is in.
///
/// # Panics
/// Before the login: the screens behind it are drawn nowhere else.
#[hook]
#[expect(clippy::expect_used, reason = "a screen outside the login is a fault of this page, not of its user")]
pub(crate) fn use_session() -> SignedIn {
    use_context::<SignedIn>().expect("behind the login")
}

/// The browser's clock: only ever compared with itself.
fn browser_clock() -> UnixMs {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit by far")]
    UnixMs(js_sys::Date::now() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::session;
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
        assert_eq!(after(vec![came(), Event::Ends(Ended::Expired)]), Standing::Out(Ended::Expired));
        assert_eq!(after(vec![Event::Ends(Ended::NotBegun)]), Standing::Out(Ended::NotBegun));
    }

    #[test]
    fn only_a_pressed_logout_ends_the_session_of_other_pages() {
        assert!(Ended::LoggedOut.ends_the_session());
        for why in [Ended::NotBegun, Ended::Expired] {
            assert!(!why.ends_the_session(), "{why:?}");
        }
    }

    #[test]
    fn a_logout_that_was_not_answered_is_not_over() {
        let refused = |code| Err(Refusal { code, stored: Stored::Unknown, detail: None });
        assert!(has_ended(&Ok(())) && has_ended::<()>(&refused(Code::Session)));
        assert!(!has_ended::<()>(&refused(Code::X01)) && !has_ended::<()>(&refused(Code::Internal)));
    }

    #[test]
    fn a_login_after_the_end_counts_again() {
        let came = || Event::Answered(session(AccountKind::General), UnixMs(7));
        let again = after(vec![came(), Event::Ends(Ended::Expired), came()]);
        assert_eq!(again, Standing::In { session: session(AccountKind::General), received: UnixMs(7) });
    }

    #[test]
    fn a_locked_screen_keeps_its_account_and_nobody_is_locked_out_of_nothing() {
        let came = || Event::Answered(session(AccountKind::General), UnixMs(7));
        let locked = Standing::In { session: Session { is_locked: true, ..session(AccountKind::General) }, received: UnixMs(7) };
        assert_eq!(after(vec![came(), Event::Locks]), locked);
        assert_eq!(after(vec![came(), Event::Locks, Event::Locks]), locked);
        assert_eq!(after(vec![came(), Event::Locks, came()]), Standing::In { session: session(AccountKind::General), received: UnixMs(7) });
        assert_eq!(after(vec![came(), Event::Ends(Ended::Expired), Event::Locks]), Standing::Out(Ended::Expired));
        assert_eq!(after(vec![Event::Locks]), Standing::Asking);
    }

    #[test]
    fn an_unreachable_server_can_be_asked_again() {
        let lost = || Event::Lost(Refusal { code: Code::X01, stored: Stored::Nothing, detail: None });
        assert!(matches!(after(vec![lost()]), Standing::Unreachable(_)));
        assert_eq!(after(vec![lost(), Event::Asks]), Standing::Asking);
    }
}
