//! What the reception page does: calls to the server, entries of the browser's history, the one stored draft.
//!
//! The state is always the latest one, also inside a call that returns late: [`Work::desk`] reads it, [`Work::act`] changes it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shared::api::later::ProvisionalAtReception;
use shared::api::reception::{
    Challenge, FreshChallenge, LeaveVisit, OpenPage, OpenVisit, OpenVisitRequest, PageOpened, Proof, ProofAnswer, Prove, VisitStanding,
    VisitState,
};
use shared::api::{Code, Stored};
use shared::domain::calendar::UnixMs;
use shared::domain::consent::Choices;
use shared::domain::institution::ReceptionToken;
use shared::domain::opening::TypedPerson;
use shared::domain::visit::{Occasion, Purpose};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::desk::{Action, Desk, Ended, Mark, Step};
use super::draft::{Draft, KEY_LEN, Kept, Visit, is_fresh};
use crate::api::{Auth, begun, call};
use crate::reader::{self, Place, Signed};
use crate::trouble::Trouble;
use crate::{json, random};

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
    /// Place of the size of the text (RD-5).
    text_size: Cell<usize>,
    /// How far the tablet's clock was set forward since the page was opened.
    set_ms: Cell<i64>,
    clock: fn() -> UnixMs,
    /// The server's clock and the page's own time when the page was opened. The tablet's clock may be moved; these two are not.
    opened: Cell<Option<(UnixMs, i64)>>,
    /// When somebody was last there, as an earlier load of this tab kept it.
    seen_at: Cell<Option<UnixMs>>,
    /// A step back was asked for and has not come yet.
    is_going_back: Cell<bool>,
    /// What was typed at X34 over the tries: memory only, gone with the visit.
    written: RefCell<[String; 5]>,
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
        let (desk, life, set_ms) = (RefCell::new(Rc::new(desk)), Cell::new(0), Cell::new(0));
        let (opened, seen_at, is_going_back, text_size) = (Cell::new(None), Cell::new(None), Cell::new(false), Cell::new(0));
        let written = RefCell::default();
        Self(Rc::new(Inner { token, is_phone, desk, life, text_size, set_ms, clock, opened, seen_at, is_going_back, written, redraw }))
    }

    /// Offers to go on where this history entry stood; a new entry starts a new run and ends what an earlier one left behind.
    #[must_use]
    pub fn start(redraw: Callback<()>) -> Self {
        let kept = Kept::load();
        let seen_at = kept.as_ref().map(|kept| kept.seen_at);
        let draft = kept.map(|kept| kept.draft).unwrap_or_default();
        let desk = match mark_of(&history_state()) {
            Some(mark) => Desk::new(mark, draft),
            None => {
                if let Some(visit) = draft.visit {
                    leave(visit);
                }
                Desk::new(Mark { step: Step::Top, run: now().0 }, Draft::default())
            }
        };
        if !desk.asks_to_go_on {
            Kept::forget();
        }
        let work = Self::on(desk, token(), reader::place() == Place::Phone, now, redraw);
        work.0.seen_at.set(seen_at);
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
        (self.0.clock)().plus_ms(self.desk().skew_ms - self.0.set_ms.get())
    }

    /// Says how far the tablet's clock was set forward since it was compared with the server's last; `None` without an answer.
    pub fn compare_clocks(&self, answer: Callback<Option<i64>>) {
        let work = self.clone();
        spawn_local(async move {
            let page = call(&OpenPage { token: (&work.0.token).into() }, &(), Auth::None).await;
            answer.emit(page.ok().map(|page| {
                let set_ms = work.desk().skew_ms - (page.now.0 - now().0);
                set_ms - work.0.set_ms.replace(set_ms)
            }));
        });
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

    /// The size of the text (RD-5), from 0.
    #[must_use]
    pub fn text_size(&self) -> usize {
        self.0.text_size.get()
    }

    /// Another size, until the visit ends.
    pub fn set_text_size(&self, size: usize) {
        self.0.text_size.set(size);
        self.live();
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
        if former.holds_a_person() && !desk.holds_a_person() {
            self.0.text_size.set(0);
        }
        self.keep();
        if let Some(visit) = former.visit()
            && desk.visit().is_none_or(|kept| kept.id != visit.id)
        {
            leave(visit.clone());
            self.write_down(Default::default());
        }
        self.live();
    }

    /// Somebody is there: keeps the draft with the time. What an earlier load left keeps its own until it is gone on with.
    pub fn keep(&self) {
        let desk = self.desk();
        if desk.draft == Draft::default() {
            Kept::forget();
        } else if let (false, Some(seen_at)) = (desk.asks_to_go_on, self.steady_now()) {
            Kept { draft: desk.draft.clone(), seen_at }.save();
        }
    }

    /// The server's clock, as it stood when the page was opened and by the page's own time since. A time in which the tablet
    /// slept may be missing: then it is too early, and what is kept by it ends too early, never too late.
    fn steady_now(&self) -> Option<UnixMs> {
        self.0.opened.get().map(|(at, since)| at.plus_ms(page_ms().saturating_sub(since)))
    }

    /// True while what an earlier load left is not older than the idle time.
    fn may_go_on(&self) -> bool {
        self.0.seen_at.get().zip(self.steady_now()).is_some_and(|(seen_at, now)| is_fresh(seen_at, now))
    }

    /// 「続ける」: the same person goes on with what an earlier load of this tab left, where the server says the visit stands.
    pub fn go_on(&self) {
        if !self.may_go_on() {
            return self.end(true);
        }
        self.act(Action::Busy);
        let work = self.clone();
        spawn_local(async move {
            // Before anything is drawn: the reader is not asked for a visit that is already done.
            if work.desk().visit().is_some() {
                work.ask_standing().await;
            }
            work.act(Action::GoOn);
            if came_back() {
                work.returned();
            }
        });
    }

    /// The person goes on: a new entry of the history.
    pub fn go(&self, step: Step) {
        self.0.is_going_back.set(false);
        let mark = self.desk().mark();
        self.change(Action::Show(step));
        if self.desk().mark() != mark {
            write_history(self.desk().mark(), true);
        }
    }

    /// The person goes back: the browser's own way, one step. It takes a moment, in which a further press must not go further.
    pub fn back(&self) {
        if self.0.is_going_back.replace(true) {
            return;
        }
        if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
            let _ = history.back();
        }
    }

    /// The browser shows another entry of the history.
    pub fn history_moved(&self, state: &JsValue) {
        self.0.is_going_back.set(false);
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

    /// Opens the page. What an earlier load left is asked about, or gone when it is older than the idle time.
    pub fn open_page(&self) {
        let work = self.clone();
        spawn_local(async move {
            if ReceptionToken::try_from(work.0.token.as_str()).is_err() {
                return work.act(Action::OpenFailed(Trouble::NotFound));
            }
            let (answer, opened_at) = match begun(&OpenPage { token: (&work.0.token).into() }).await {
                #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
                Some((answer, at)) => (answer, UnixMs(at as i64)),
                None => (call(&OpenPage { token: (&work.0.token).into() }, &(), Auth::None).await, now()),
            };
            let page = match answer {
                Ok(page) => page,
                Err(refusal) => return work.act(Action::OpenFailed(Trouble::of_server(&refusal))),
            };
            // The clock first: how old the draft is, is told by it.
            work.set_clock(&page, opened_at);
            if work.desk().asks_to_go_on && !work.may_go_on() {
                work.restart();
            }
            work.act(Action::Opened(Rc::new(page), opened_at));
        });
    }

    /// Reads the page again where nobody's visit is under way: questions and maintenance windows as they are now. Without an answer the one
    /// of before stays.
    pub fn look_again(&self) {
        let work = self.clone();
        spawn_local(async move {
            if let Ok(page) = call(&OpenPage { token: (&work.0.token).into() }, &(), Auth::None).await
                && work.desk().step == Step::Top
            {
                let at = now();
                work.set_clock(&page, at);
                work.act(Action::Opened(Rc::new(page), at));
            }
        });
    }

    /// By the page's own time the answer came then, also when the program was still on its way.
    fn set_clock(&self, page: &PageOpened, opened_at: UnixMs) {
        self.0.opened.set(Some((page.now, page_ms() - (now().0 - opened_at.0).max(0))));
        self.0.set_ms.set(0);
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
        let (Some(choices), Some(page), false) = (desk.choices(), desk.opened().cloned(), desk.is_busy) else { return };
        let Some(key) = desk.draft.key.clone().or_else(random::bytes::<KEY_LEN>) else {
            return self.act(Action::Failed(desk.errand(), Trouble::Internal(Stored::Nothing)));
        };
        self.act(Action::Confirm(key.clone()));
        let occasion = desk.draft.occasion.clone();
        let (work, errand) = (self.clone(), self.desk().errand());
        spawn_local(async move {
            let (notice_version, language) = (page.notice_version.clone(), LANGUAGE.to_owned());
            let request = OpenVisitRequest { key, choices, notice_version, language, occasion };
            match call(&OpenVisit { token: (&work.0.token).into() }, &request, Auth::None).await {
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
            return self.shown_only(challenge.clone());
        }
        let (visit, errand) = (desk.visit()?.clone(), desk.errand());
        self.act(Action::Busy);
        match call(&FreshChallenge { visit: (&visit.id).into() }, &(), Auth::VisitSecret(&visit.secret)).await {
            Ok(challenge) => {
                self.act(Action::Fresh(errand.clone(), challenge.clone()));
                if self.desk().errand() == errand { self.shown_only(challenge) } else { None }
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

    /// The challenge, if it has signed what the screen lists; nothing else goes to the card.
    fn shown_only(&self, challenge: Challenge) -> Option<Challenge> {
        let desk = self.desk();
        if desk.fits(&challenge) {
            return Some(challenge);
        }
        self.act(Action::Failed(desk.errand(), Trouble::Internal(Stored::Nothing)));
        None
    }

    /// Hands in the card's proof.
    pub fn prove(&self, signed: Signed) {
        let Signed { nonce, certificate, signature } = signed;
        self.act(Action::Signed(self.desk().errand(), Rc::new(Proof { nonce, certificate, signature, replaces: None, changes: None })));
        self.send_proof();
    }

    /// The person's yes to the replacement of an earlier consent (X25).
    pub fn replace(&self) {
        if !self.desk().is_busy {
            self.act(Action::Replaces);
            self.send_proof();
        }
    }

    /// The person's yes to other answers, or to the end of all of them (RW-9, RW-10).
    pub fn revise(&self, changes: Option<Choices>) {
        if !self.desk().is_busy {
            self.act(Action::Revises(changes));
            self.send_proof();
        }
    }

    /// One of the three functions of the top: registers, shows and changes, withdraws.
    pub fn begin(&self, purpose: Purpose) {
        let occasion = Occasion { purpose, ..Occasion::default() };
        self.act(Action::Occasion(occasion));
        let is_placed = purpose == Purpose::Register && !self.desk().places().is_empty();
        self.go(if is_placed { Step::Place } else { Step::HandOver });
    }

    /// Changes what is known of the occasion.
    pub fn tell(&self, change: impl FnOnce(&mut Occasion)) {
        let mut occasion = self.desk().draft.occasion.clone();
        change(&mut occasion);
        self.act(Action::Occasion(occasion));
    }

    /// 「もう一度」: the same proof if its answer is not known, else whatever the step needs.
    pub fn again(&self) {
        let desk = self.desk();
        if desk.proof.is_some() {
            self.act(Action::Busy);
            self.send_proof();
        } else if matches!(desk.step, Step::Confirm | Step::Own) {
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
        let desk = self.desk();
        let (stored, keeps_former) = (desk.stored(), desk.is_asking_to_replace());
        self.act(Action::End(Ended { by_idling, stored, keeps_former }, now().0));
    }

    /// From the top, with the questions as the institution asks them now (X23).
    pub fn restart_anew(&self) {
        self.restart();
        self.open_page();
    }

    /// The next visit, with the page as it is by now.
    pub fn next_visit(&self) {
        self.restart();
        self.look_again();
    }

    /// From the top, with nothing.
    pub fn restart(&self) {
        self.act(Action::Restart(now().0));
    }

    /// X34: what was typed so far, as its fields stand.
    #[must_use]
    pub fn written(&self) -> [String; 5] {
        self.0.written.borrow().clone()
    }

    /// X34: keeps what is typed until the visit ends.
    pub fn write_down(&self, written: [String; 5]) {
        self.0.written.replace(written);
    }

    /// X34: writes down who it is; `onend` hears whether it is kept.
    pub fn note_provisional(&self, person: TypedPerson, onend: impl FnOnce(bool) + 'static) {
        let Some(visit) = self.desk().visit().cloned() else { return onend(false) };
        spawn_local(async move {
            onend(call(&ProvisionalAtReception { visit: (&visit.id).into() }, &person, Auth::VisitSecret(&visit.secret)).await.is_ok());
        });
    }

    fn send_proof(&self) {
        let desk = self.desk();
        let (Some(visit), Some(proof)) = (desk.visit().cloned(), desk.proof.clone()) else { return };
        let (work, errand) = (self.clone(), desk.errand());
        spawn_local(async move {
            match call(&Prove { visit: (&visit.id).into() }, &proof, Auth::VisitSecret(&visit.secret)).await {
                Ok(ProofAnswer::Done { result }) => work.act(Action::Standing(errand, VisitStanding::Done { result })),
                Ok(ProofAnswer::ConfirmNeeded { replacement }) => work.act(Action::Asked(errand, Rc::from(replacement))),
                Ok(ProofAnswer::Living { living }) => work.act(Action::Lives(errand, living.map(Rc::from))),
                Err(refusal) => work.act(Action::Failed(errand, Trouble::of_server(&refusal))),
            }
        });
    }

    async fn ask_standing(&self) {
        let desk = self.desk();
        let (Some(visit), errand) = (desk.visit().cloned(), desk.errand()) else { return };
        match call(&VisitState { visit: (&visit.id).into() }, &(), Auth::VisitSecret(&visit.secret)).await {
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
        let _ = call(&LeaveVisit { visit: (&visit.id).into() }, &(), Auth::VisitSecret(&visit.secret)).await;
    });
}

/// The tablet's clock.
#[must_use]
pub fn now() -> UnixMs {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    UnixMs(js_sys::Date::now() as i64)
}

/// Milliseconds since this page was loaded: runs on evenly, whatever is done to the tablet's clock.
fn page_ms() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a page's life fit")]
    web_sys::window().and_then(|window| window.performance()).map_or(0, |performance| performance.now() as i64)
}

/// True when this page was reached by Back or Forward from another page, not by a reload.
fn came_back() -> bool {
    /// `performance.navigation.type` of a history move.
    const BACK_FORWARD: u16 = 2;
    web_sys::window().and_then(|window| window.performance()).is_some_and(|performance| performance.navigation().type_() == BACK_FORWARD)
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
    json::read(&state.as_string()?).ok()
}

fn write_history(mark: Mark, is_new: bool) {
    let Some(history) = web_sys::window().and_then(|window| window.history().ok()) else { return };
    let state = JsValue::from_str(&serde_json::to_string(&mark).unwrap_or_default());
    // The address stays: it is the bookmark. A browser that refuses only loses the Back key within the visit.
    let _ = if is_new { history.push_state(&state, "") } else { history.replace_state(&state, "") };
}
