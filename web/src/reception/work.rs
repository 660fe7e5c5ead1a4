//! What the reception page does: calls to the server, entries of the browser's history, the one stored draft.
//!
//! The state is always the latest one, also inside a call that returns late: [`Work::desk`] reads it, [`Work::act`] changes it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shared::api::reception::{
    Challenge, FreshChallenge, LeaveVisit, NewVisit, OpenPage, OpenVisit, Proof, Prove, VisitStanding, VisitState,
};
use shared::api::{Code, Stored};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::ReceptionToken;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::desk::{Action, Desk, Ended, Mark, Step};
use super::draft::{Draft, KEY_LEN, Visit};
use super::trouble::Trouble;
use crate::api::{Auth, begun, call};
use crate::reader::{self, Place, Signed};

/// Language of the screens, as it stands in the statement.
const LANGUAGE: &str = "ja";

/// The reception page at work.
#[derive(Clone)]
pub struct Work(Rc<Inner>);

struct Inner {
    token: String,
    is_phone: bool,
    desk: RefCell<Rc<Desk>>,
    life: Cell<u64>,
    clock: fn() -> UnixMs,
    redraw: Callback<()>,
}

impl PartialEq for Work {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Work {
    /// Work on a given desk with a given clock; touches no browser.
    #[must_use]
    pub fn on(desk: Desk, token: String, is_phone: bool, clock: fn() -> UnixMs, redraw: Callback<()>) -> Self {
        Self(Rc::new(Inner { token, is_phone, desk: RefCell::new(Rc::new(desk)), life: Cell::new(0), clock, redraw }))
    }

    /// Takes up where this history entry stood; a new entry starts a new run and ends what an earlier one left behind.
    #[must_use]
    pub fn start(redraw: Callback<()>) -> Self {
        let draft = Draft::load();
        let desk = match mark_of(&history_state()) {
            Some(mark) => Desk::new(mark, draft),
            None => {
                if let Some(visit) = draft.visit {
                    leave(visit);
                }
                Draft::default().save();
                Desk::new(Mark { step: Step::Top, run: now().0 }, Draft::default())
            }
        };
        let work = Self::on(desk, token(), reader::place() == Place::Phone, now, redraw);
        write_history(work.desk().mark(), false);
        work
    }

    /// The latest state.
    #[must_use]
    pub fn desk(&self) -> Rc<Desk> {
        self.0.desk.borrow().clone()
    }

    /// The server's clock now, as far as the tablet can tell.
    #[must_use]
    pub fn server_now(&self) -> UnixMs {
        (self.0.clock)().plus_ms(self.desk().skew_ms)
    }

    /// This device cannot read a card (X13).
    #[must_use]
    pub fn is_phone(&self) -> bool {
        self.0.is_phone
    }

    /// Rises with each sign of life.
    #[must_use]
    pub fn life(&self) -> u64 {
        self.0.life.get()
    }

    /// A sign of life that is no touch and no key.
    pub fn live(&self) {
        self.0.life.set(self.0.life.get() + 1);
        self.0.redraw.emit(());
    }

    /// Changes the state; stores the draft, leaves a visit that is no longer ours, keeps the history in step.
    pub fn act(&self, action: Action) {
        let opens_a_step = matches!(action, Action::VisitOpened(..));
        let mark = self.desk().mark();
        self.change(action);
        let now_at = self.desk().mark();
        if now_at != mark {
            write_history(now_at, opens_a_step);
        }
    }

    fn change(&self, action: Action) {
        let former = self.desk();
        let desk = Rc::new(former.after(action));
        self.0.desk.replace(desk.clone());
        if desk.draft != former.draft {
            desk.draft.save();
        }
        if let Some(visit) = former.visit()
            && desk.visit().is_none_or(|kept| kept.id != visit.id)
        {
            leave(visit.clone());
        }
        self.live();
    }

    /// The person goes on: a new entry of the history.
    pub fn go(&self, step: Step) {
        let mark = self.desk().mark();
        self.change(Action::Show(step));
        if self.desk().mark() != mark {
            write_history(self.desk().mark(), true);
        }
    }

    /// The person goes back: the browser's own way.
    pub fn back(&self) {
        if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
            let _ = history.back();
        }
    }

    /// The browser shows another entry of the history.
    pub fn history_moved(&self, state: &JsValue) {
        let run = self.desk().run;
        let wanted = mark_of(state);
        match wanted {
            Some(mark) if mark.run == run && self.desk().ended.is_none() => self.change(Action::Show(mark.step)),
            _ if self.desk().may_be_proved() => self.change(Action::Show(Step::Identify)),
            // An entry of a run that has ended.
            _ => self.change(Action::Restart(now().0)),
        }
        if wanted != Some(self.desk().mark()) {
            write_history(self.desk().mark(), false);
        }
    }

    /// Opens the page, then asks about a visit that a reload interrupted.
    pub fn open_page(&self) {
        let work = self.clone();
        spawn_local(async move {
            if ReceptionToken::try_from(work.0.token.as_str()).is_err() {
                return work.act(Action::OpenFailed(Trouble::NotFound));
            }
            let (answer, opened_at) = match begun::<OpenPage>(&[&work.0.token]).await {
                #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
                Some((answer, at)) => (answer, UnixMs(at as i64)),
                None => (call::<OpenPage>(&[&work.0.token], &(), Auth::None).await, now()),
            };
            let page = match answer {
                Ok(page) => page,
                Err(refusal) => return work.act(Action::OpenFailed(Trouble::of_server(&refusal))),
            };
            // Before anything is drawn: the reader is not asked for a visit that is already done.
            if work.desk().resumes_at.is_some() {
                work.ask_standing().await;
            }
            work.act(Action::Opened(Rc::new(page), opened_at));
            if came_back() {
                work.returned();
            }
        });
    }

    /// The person had gone to another page and is back. A result is not shown again: leaving the desk was the end of it.
    pub fn returned(&self) {
        if self.desk().result.is_some() {
            self.end(false);
        }
    }

    /// 「同意内容を登録する」: opens the visit under the key of these choices.
    pub fn submit(&self) {
        let desk = self.desk();
        let (Some(choices), Some(page), false) = (desk.draft.choices(), desk.opened().cloned(), desk.is_busy) else { return };
        let Some(key) = desk.draft.key.clone().or_else(random_key) else {
            return self.act(Action::Failed(desk.errand(), Trouble::Internal(Stored::Nothing)));
        };
        self.act(Action::Confirm(key.clone()));
        let (work, errand) = (self.clone(), self.desk().errand());
        spawn_local(async move {
            let request = NewVisit { key, choices, notice_version: page.notice_version.clone(), language: LANGUAGE.to_owned() };
            match call::<OpenVisit>(&[&work.0.token], &request, Auth::None).await {
                Ok(opened) if work.desk().errand() == errand => work.act(Action::VisitOpened(errand, opened)),
                // The choices were changed, or the run has ended.
                Ok(opened) => leave(Visit { id: opened.visit, secret: opened.secret }),
                // No consent counts before the card: whatever became of the call, nothing is registered.
                Err(refusal) if refusal.code == Code::X01 => work.act(Action::Failed(errand, Trouble::Network(Stored::Nothing))),
                Err(refusal) => work.act(Action::Failed(errand, Trouble::of_server(&refusal))),
            }
        });
    }

    /// A challenge that lasts for a whole reading; asks for a fresh one when needed. `None`: the desk says why.
    pub async fn challenge(&self) -> Option<Challenge> {
        let desk = self.desk();
        if let Some(challenge) = desk.usable_challenge(now()) {
            return Some(challenge.clone());
        }
        let (visit, errand) = (desk.visit()?.clone(), desk.errand());
        self.act(Action::Busy);
        match call::<FreshChallenge>(&[&visit.id], &(), Auth::VisitSecret(&visit.secret)).await {
            Ok(challenge) => {
                self.act(Action::Fresh(errand.clone(), challenge.clone()));
                (self.desk().errand() == errand).then_some(challenge)
            }
            Err(refusal) if refusal.code == Code::X01 => {
                self.act(Action::Failed(errand, Trouble::Network(Stored::Nothing)));
                None
            }
            Err(_) if self.desk().errand() != errand => None,
            Err(refusal) => {
                // Perhaps the visit is done or over: the server says so better than a refusal does.
                self.ask_standing().await;
                if self.desk().result.is_none() && self.desk().trouble.is_none() && self.desk().ended.is_none() {
                    self.act(Action::Failed(errand, Trouble::of_server(&refusal)));
                }
                None
            }
        }
    }

    /// Hands in the card's proof.
    pub fn prove(&self, signed: Signed) {
        let Signed { nonce, certificate, signature } = signed;
        self.act(Action::Signed(self.desk().errand(), Rc::new(Proof { nonce, certificate, signature })));
        self.send_proof();
    }

    /// 「もう一度」: the same proof if its answer is not known, else whatever the step needs.
    pub fn again(&self) {
        let desk = self.desk();
        if desk.proof.is_some() {
            self.act(Action::Busy);
            self.send_proof();
        } else if desk.step == Step::Confirm {
            self.submit();
        } else if desk.visit().is_some() {
            self.act(Action::Busy);
            let work = self.clone();
            spawn_local(async move { work.ask_standing().await });
        } else {
            self.act(Action::Dismiss);
        }
    }

    /// The end of the visit on this tablet.
    pub fn end(&self, by_idling: bool) {
        let stored = self.desk().stored();
        self.act(Action::End(Ended { by_idling, stored }, now().0));
    }

    /// From the top, with nothing.
    pub fn restart(&self) {
        self.act(Action::Restart(now().0));
    }

    fn send_proof(&self) {
        let desk = self.desk();
        let (Some(visit), Some(proof)) = (desk.visit().cloned(), desk.proof.clone()) else { return };
        let (work, errand) = (self.clone(), desk.errand());
        spawn_local(async move {
            match call::<Prove>(&[&visit.id], &proof, Auth::VisitSecret(&visit.secret)).await {
                Ok(result) => work.act(Action::Standing(errand, VisitStanding::Done { result: Box::new(result) })),
                Err(refusal) => work.act(Action::Failed(errand, Trouble::of_server(&refusal))),
            }
        });
    }

    async fn ask_standing(&self) {
        let desk = self.desk();
        let (Some(visit), errand) = (desk.visit().cloned(), desk.errand()) else { return };
        match call::<VisitState>(&[&visit.id], &(), Auth::VisitSecret(&visit.secret)).await {
            Ok(standing) => self.act(Action::Standing(errand, standing)),
            // After a reload it cannot be known here whether a proof had arrived.
            Err(refusal) if refusal.code == Code::X01 => self.act(Action::Failed(errand, Trouble::Network(Stored::Unknown))),
            Err(refusal) if refusal.code == Code::NotFound => self.act(Action::Failed(errand, Trouble::TooOld(Stored::Nothing))),
            Err(refusal) => self.act(Action::Failed(errand, Trouble::of_server(&refusal))),
        }
    }
}

/// Leaves a visit; the page does not wait for the answer: the visit ends by itself, too.
fn leave(visit: Visit) {
    spawn_local(async move {
        let _ = call::<LeaveVisit>(&[&visit.id], &(), Auth::VisitSecret(&visit.secret)).await;
    });
}

/// The tablet's clock.
#[must_use]
pub fn now() -> UnixMs {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    UnixMs(js_sys::Date::now() as i64)
}

/// True when this page was reached by Back or Forward from another page, not by a reload.
fn came_back() -> bool {
    /// `performance.navigation.type` of a history move.
    const BACK_FORWARD: u16 = 2;
    web_sys::window().and_then(|window| window.performance()).is_some_and(|performance| performance.navigation().type_() == BACK_FORWARD)
}

fn random_key() -> Option<Base64> {
    let mut bytes = [0_u8; KEY_LEN];
    web_sys::window()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(Base64(bytes.to_vec()))
}

/// The token in `/r/{token}`.
fn token() -> String {
    let path = web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default();
    path.split('/').nth(2).unwrap_or_default().to_owned()
}

fn history_state() -> JsValue {
    web_sys::window().and_then(|window| window.history().ok()).and_then(|history| history.state().ok()).unwrap_or(JsValue::NULL)
}

fn mark_of(state: &JsValue) -> Option<Mark> {
    serde_json::from_str(&state.as_string()?).ok()
}

fn write_history(mark: Mark, is_new: bool) {
    let Some(history) = web_sys::window().and_then(|window| window.history().ok()) else { return };
    let state = JsValue::from_str(&serde_json::to_string(&mark).unwrap_or_default());
    // The address stays: it is the bookmark. A browser that refuses only loses the Back key within the visit.
    let _ = if is_new { history.push_state(&state, "") } else { history.replace_state(&state, "") };
}
