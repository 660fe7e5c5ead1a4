//! How a visit goes on: state and what changes it. No browser, no clock; times come in as values.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::api::Stored;
use shared::api::reception::{Challenge, Living, PageOpened, Proof, Replacement, VisitOpened, VisitResult, VisitStanding};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices, ConsentGroup};
use shared::domain::validity::needs_booking;
use shared::domain::visit::{Occasion, Place, Purpose};
use shared::evidence::Statement;
use shared::reader::PIN_STEP_MS;

use super::draft::{Draft, Visit};
use crate::part::{Actor, Pick};
use crate::trouble::Trouble;

/// Time to read and answer whether an earlier consent is replaced (X25), milliseconds: the answer counts while the challenge lives.
const ANSWER_MS: i64 = 90_000;
/// Time that a challenge must still have when a reading starts: the PIN step, a slow network, a question; milliseconds.
const CHALLENGE_MARGIN_MS: i64 = PIN_STEP_MS.cast_signed() + 20_000 + ANSWER_MS;
/// Questions of the checklist (RW-2): card, PIN, registration.
pub const CHECKLIST: usize = 3;

/// The screens in their order. The browser's history holds one entry per step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// RW-1 top.
    Top,
    /// RW-13 場所と付き添い.
    Place,
    /// The tablet goes to the patient.
    HandOver,
    /// RW-9 同意照会・更新, RW-10 すべての同意を取消す: what card and PIN are for.
    Own,
    /// RW-2 準備.
    Prepare,
    /// RW-11 診療日.
    Booking,
    /// RW-3 同意内容の選択.
    Choose,
    /// RW-4 同意内容の確認.
    Confirm,
    /// RW-5 本人確認.
    Identify,
    /// RW-6: the tablet goes back to the staff.
    HandBack,
    /// RW-7 受付結果.
    Result,
    /// X12: the ways without a card.
    Paper,
}

impl Step {
    /// Who acts.
    #[must_use]
    pub fn actor(self) -> Actor {
        match self {
            Self::Top | Self::Place | Self::Result | Self::Paper => Actor::Staff,
            Self::HandOver | Self::Own | Self::Prepare | Self::Booking | Self::Choose | Self::Confirm | Self::Identify | Self::HandBack => {
                Actor::Patient
            }
        }
    }

    /// Id of the screen in domain.md §4.1.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Top => "RW-1",
            Self::Place => "RW-13",
            Self::HandOver => "RW-1b",
            Self::Own => "RW-9",
            Self::Prepare => "RW-2",
            Self::Booking => "RW-11",
            Self::Choose => "RW-3",
            Self::Confirm => "RW-4",
            Self::Identify => "RW-5",
            Self::HandBack => "RW-6",
            Self::Result => "RW-7",
            Self::Paper => "X12",
        }
    }

    /// Place in the row of steps at the top of the screen; `None` where no row stands.
    #[must_use]
    pub fn progress(self) -> Option<usize> {
        match self {
            Self::Top | Self::Place | Self::HandOver | Self::Own | Self::Paper => None,
            Self::Prepare | Self::Booking => Some(0),
            Self::Choose => Some(1),
            Self::Confirm => Some(2),
            Self::Identify => Some(3),
            Self::HandBack | Self::Result => Some(4),
        }
    }
}

/// An entry of the browser's history: which step of which run. Holds nothing of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The step.
    pub step: Step,
    /// The run: entries of a run that has ended lead to the top.
    pub run: i64,
}

/// What a call was made for. Its answer counts only while the desk still stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// The run.
    pub run: i64,
    /// The key of the choices: a changed answer ends it, whatever is still on its way.
    pub key: Option<Base64>,
}

/// The page's opening.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// On its way.
    Loading,
    /// It cannot be shown.
    Failed(Trouble),
    /// The institution and its questions.
    Open(Rc<PageOpened>),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// True when nobody acted (idle), false when someone pressed 終了する.
    pub by_idling: bool,
    /// What became of the consent: kept, nothing, or known to the server only.
    pub stored: Stored,
    /// An earlier consent stands that would have been replaced (X25).
    pub keeps_former: bool,
}

/// Everything that the reception page knows. Only [`Draft`] outlives a reload.
#[derive(Debug, Clone, PartialEq)]
pub struct Desk {
    /// Number of the run; answers that belong to another [`Errand`] are dropped.
    pub run: i64,
    /// The page's opening.
    pub page: Page,
    /// The server's clock minus the tablet's, milliseconds.
    pub skew_ms: i64,
    /// The shown step.
    pub step: Step,
    /// An earlier load of this tab left a draft behind: whether the same person goes on with it is asked before any of it is shown.
    pub asks_to_go_on: bool,
    /// Where a reload interrupted the visit, until the server has said where it stands.
    pub resumes_at: Option<Step>,
    /// Answers to the checklist; stay here.
    pub prepared: [Option<Pick>; CHECKLIST],
    /// Answers, key, visit.
    pub draft: Draft,
    /// What the card will sign; `None` when a fresh one is needed.
    pub challenge: Option<Challenge>,
    /// A proof whose answer is not known yet, or that waits for the person's yes.
    pub proof: Option<Rc<Proof>>,
    /// A living consent that the proof would replace: the person is asked (X25).
    pub replacement: Option<Rc<Replacement>>,
    /// What the person has consented to, shown after card and PIN (RW-9, RW-10); `Some(None)`: nothing.
    pub living: Option<Option<Rc<Living>>>,
    /// The question is asked once more, since another device changed the earlier consent meanwhile.
    pub is_asked_again: bool,
    /// The stored answer.
    pub result: Option<Rc<VisitResult>>,
    /// What stands in the way.
    pub trouble: Option<Trouble>,
    /// A call is on its way.
    pub is_busy: bool,
    /// Missing answers are pointed out.
    pub points_out_missing: bool,
    /// Rises with each press that found answers missing: the focus goes to the first one.
    pub missing_presses: u32,
    /// A reload lost an unsent signature: the PIN is asked again and the screen says so.
    pub asks_pin_again: bool,
    /// The run is over.
    pub ended: Option<Ended>,
}

/// What changes the desk.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The page was opened; the tablet's clock at that moment.
    Opened(Rc<PageOpened>, UnixMs),
    /// The page could not be opened.
    OpenFailed(Trouble),
    /// The same person goes on with what an earlier load left behind.
    GoOn,
    /// A step is to be shown; shows the nearest one that may be.
    Show(Step),
    /// An answer of the checklist.
    Prepare(usize, Pick),
    /// An answer.
    Answer(ConsentGroup, Choice),
    /// The same answer to all.
    AnswerAll(Choice),
    /// What for, where, when, who helps.
    Occasion(Occasion),
    /// The answer about 医療費助成.
    AnswerSubsidy(Choice),
    /// 「次へ」 with answers missing.
    PointOutMissing,
    /// A key for the confirmed choices; a call is on its way.
    Confirm(Base64),
    /// A call is on its way; what stood in the way is gone.
    Busy,
    /// The visit was opened.
    VisitOpened(Errand, VisitOpened),
    /// A fresh challenge.
    Fresh(Errand, Challenge),
    /// The card signed; the proof is on its way.
    Signed(Errand, Rc<Proof>),
    /// The server asks before it replaces a living consent; nothing is stored.
    Asked(Errand, Rc<Replacement>),
    /// The server shows what the person has consented to; nothing is changed.
    Lives(Errand, Option<Rc<Living>>),
    /// The person saves other answers, or withdraws all; the proof is on its way again.
    Revises(Option<Choices>),
    /// The person says yes to that; the proof is on its way again.
    Replaces,
    /// The server's word about the visit.
    Standing(Errand, VisitStanding),
    /// A call failed.
    Failed(Errand, Trouble),
    /// The person has read what stood in the way.
    Dismiss,
    /// Everything of the person goes; the number of the next run.
    End(Ended, i64),
    /// From the top, with nothing; the number of the next run.
    Restart(i64),
}

impl Desk {
    /// The desk of a page that was just loaded, at the history's mark. Without a draft there is nothing to go on with: the top.
    #[must_use]
    pub fn new(mark: Mark, draft: Draft) -> Self {
        let mut desk = Self::empty(mark.run);
        if draft == Draft::default() {
            return desk;
        }
        desk.asks_to_go_on = true;
        desk.asks_pin_again = draft.visit.is_some() && mark.step == Step::Identify;
        desk.resumes_at = draft.visit.is_some().then_some(mark.step);
        desk.draft = draft;
        desk.step = desk.reachable(mark.step);
        desk
    }

    fn empty(run: i64) -> Self {
        Self {
            run,
            page: Page::Loading,
            skew_ms: 0,
            step: Step::Top,
            asks_to_go_on: false,
            resumes_at: None,
            prepared: [None; CHECKLIST],
            draft: Draft::default(),
            challenge: None,
            proof: None,
            replacement: None,
            living: None,
            is_asked_again: false,
            result: None,
            trouble: None,
            is_busy: false,
            points_out_missing: false,
            missing_presses: 0,
            asks_pin_again: false,
            ended: None,
        }
    }

    /// The opened page.
    #[must_use]
    pub fn opened(&self) -> Option<&Rc<PageOpened>> {
        match &self.page {
            Page::Open(page) => Some(page),
            Page::Loading | Page::Failed(_) => None,
        }
    }

    /// The history's mark of the shown step.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { step: self.step, run: self.run }
    }

    /// What a call that starts now is made for.
    #[must_use]
    pub fn errand(&self) -> Errand {
        Errand { run: self.run, key: self.draft.key.clone() }
    }

    /// The visit that the server knows.
    #[must_use]
    pub fn visit(&self) -> Option<&Visit> {
        self.draft.visit.as_ref()
    }

    /// The challenge, if it lasts for a whole reading that starts at `now` of the tablet's clock.
    #[must_use]
    pub fn usable_challenge(&self, now: UnixMs) -> Option<&Challenge> {
        let server_now = now.plus_ms(self.skew_ms);
        self.challenge.as_ref().filter(|challenge| server_now.plus_ms(CHALLENGE_MARGIN_MS) <= challenge.expires_at)
    }

    /// What the institution asks; all there is before the page is open.
    #[must_use]
    pub fn questions(&self) -> &[ConsentGroup] {
        self.opened().map_or(&ConsentGroup::ALL, |page| &page.questions)
    }

    /// The answers, once all that is asked has one.
    #[must_use]
    pub fn choices(&self) -> Option<Choices> {
        let choices = self.draft.choices(self.questions())?;
        if self.asks_subsidy() { Some(Choices { subsidy: self.draft.subsidy?, ..choices }) } else { Some(choices) }
    }

    /// True when 医療費助成の受給者証 is asked as well (N048).
    #[must_use]
    pub fn asks_subsidy(&self) -> bool {
        self.draft.occasion.purpose == Purpose::Register && self.opened().is_some_and(|page| page.asks_subsidy)
    }

    /// True when the challenge has exactly the shown answers signed.
    #[must_use]
    pub fn fits(&self, challenge: &Challenge) -> bool {
        let occasion = &self.draft.occasion;
        Statement::parse(&challenge.statement.0)
            .is_ok_and(|said| (Some(said.choices), said.purpose, said.booked_on) == (self.choices(), occasion.purpose, occasion.booked_on))
    }

    /// True where the page's use asks for the booked date and the place.
    #[must_use]
    pub fn is_booked(&self) -> bool {
        self.opened().is_some_and(|page| needs_booking(page.visit_kind))
    }

    /// True while the person is asked whether an earlier consent is replaced, changed or withdrawn: nothing is stored, and the
    /// earlier one stands.
    #[must_use]
    pub fn is_asking_to_replace(&self) -> bool {
        (self.replacement.is_some() || matches!(self.living, Some(Some(_))))
            && self.proof.as_ref().is_some_and(|proof| proof.replaces.is_none())
    }

    /// True when something of a person may be on the screen or in storage: idle time counts.
    #[must_use]
    pub fn holds_a_person(&self) -> bool {
        self.ended.is_none() && (self.step != Step::Top || self.draft != Draft::default())
    }

    /// True while a proof may be on its way or stored: only the server's word, or the end of the run, leads on from there.
    #[must_use]
    pub fn may_be_proved(&self) -> bool {
        let was_at_card = self.resumes_at.is_some_and(|step| (Step::Identify..=Step::Result).contains(&step));
        self.draft.visit.is_some() && (self.proof.is_some() || was_at_card)
    }

    /// What became of the consent, as far as this tablet knows.
    #[must_use]
    pub fn stored(&self) -> Stored {
        match &self.trouble {
            _ if self.result.is_some() => Stored::Kept,
            Some(Trouble::TooOld(stored)) => *stored,
            _ if self.is_asking_to_replace() || self.living == Some(None) => Stored::Nothing,
            _ if self.may_be_proved() => Stored::Unknown,
            Some(Trouble::Network(stored)) => *stored,
            _ => Stored::Nothing,
        }
    }

    /// The nearest step that may be shown: none before its answers are there, none before the result once it is, none but
    /// the card's while a proof may be on its way.
    #[must_use]
    pub fn reachable(&self, step: Step) -> Step {
        match step {
            _ if self.result.is_none() && self.may_be_proved() => Step::Identify,
            Step::Paper => Step::Paper,
            Step::Result if self.result.is_some() => Step::Result,
            _ if self.result.is_some() => Step::HandBack,
            Step::Identify | Step::HandBack | Step::Result if self.draft.visit.is_some() => Step::Identify,
            Step::Top | Step::Place | Step::HandOver => step,
            _ if self.draft.occasion.purpose != Purpose::Register => Step::Own,
            Step::Own => Step::Prepare,
            Step::Prepare => Step::Prepare,
            // What is not known yet is not asked for: the page opens, and the first step leads through it again.
            _ if self.is_booked() && self.draft.occasion.booked_on.is_none() => Step::Booking,
            Step::Confirm | Step::Identify | Step::HandBack | Step::Result if self.choices().is_some() => Step::Confirm,
            Step::Confirm | Step::Identify | Step::HandBack | Step::Result => Step::Choose,
            Step::Booking | Step::Choose => step,
        }
    }

    /// The desk after an action.
    #[must_use]
    pub fn after(&self, action: Action) -> Self {
        let mut desk = self.clone();
        match action {
            Action::Opened(page, now) => {
                desk.skew_ms = page.now.0.saturating_sub(now.0);
                desk.page = Page::Open(page);
            }
            Action::OpenFailed(trouble) => desk.page = Page::Failed(trouble),
            Action::GoOn => (desk.asks_to_go_on, desk.is_busy) = (false, false),
            Action::Show(step) => {
                let step = desk.reachable(step);
                // Top and hand-over stand between two people: whoever begins there begins with nothing but what the staff said.
                let said = if step == Step::Top { Occasion::default() } else { desk.said_by_staff() };
                let beginning = Draft::default().with_occasion(said);
                let is_held = desk.draft != beginning || desk.prepared != [None; CHECKLIST];
                if step <= Step::HandOver && is_held {
                    desk = Self { page: desk.page, skew_ms: desk.skew_ms, draft: beginning, ..Self::empty(self.run + 1) };
                }
                desk.step = step;
                desk.points_out_missing = false;
                if !desk.may_be_proved() {
                    desk.trouble = None;
                }
            }
            Action::Prepare(place, pick) => {
                if let Some(answer) = desk.prepared.get_mut(place) {
                    *answer = Some(pick);
                }
            }
            Action::Answer(group, choice) => desk.answer(&[group], choice),
            Action::AnswerAll(choice) => desk.answer(self.questions(), choice),
            Action::Occasion(occasion) => {
                if !desk.may_be_proved() {
                    desk.draft = desk.draft.with_occasion(occasion);
                    desk.forget_if_changed();
                }
            }
            Action::AnswerSubsidy(choice) => desk.take_draft(self.draft.with_subsidy(choice)),
            Action::PointOutMissing => {
                desk.points_out_missing = true;
                desk.missing_presses += 1;
            }
            Action::Confirm(key) => {
                desk.draft.key.get_or_insert(key);
                (desk.is_busy, desk.trouble) = (true, None);
            }
            Action::Busy => (desk.is_busy, desk.trouble) = (true, None),
            Action::VisitOpened(errand, _)
            | Action::Fresh(errand, _)
            | Action::Signed(errand, _)
            | Action::Asked(errand, _)
            | Action::Lives(errand, _)
            | Action::Standing(errand, _)
            | Action::Failed(errand, _)
                if errand != self.errand() => {}
            Action::VisitOpened(_, opened) => {
                desk.draft.visit = Some(Visit { id: opened.visit, secret: opened.secret });
                desk.challenge = Some(opened.challenge);
                (desk.is_busy, desk.asks_pin_again) = (false, false);
                // Whoever went back to the choices meanwhile stays there.
                if matches!(desk.step, Step::Confirm | Step::Own) {
                    desk.step = Step::Identify;
                }
            }
            Action::Fresh(_, challenge) => (desk.challenge, desk.is_busy) = (Some(challenge), false),
            Action::Signed(_, proof) => {
                // The nonce served: the next reading needs a fresh one.
                (desk.challenge, desk.proof, desk.is_busy) = (None, Some(proof), true);
            }
            Action::Asked(_, replacement) => {
                desk.is_asked_again = desk.replacement.as_ref().is_some_and(|shown| shown.former != replacement.former);
                desk.proof = desk.proof.map(|proof| Rc::new(Proof { replaces: None, ..(*proof).clone() }));
                (desk.replacement, desk.is_busy, desk.trouble) = (Some(replacement), false, None);
            }
            Action::Lives(_, living) => {
                desk.is_asked_again = matches!(&desk.living, Some(Some(shown)) if Some(shown) != living.as_ref());
                desk.proof = desk.proof.map(|proof| Rc::new(Proof { replaces: None, changes: None, ..(*proof).clone() }));
                (desk.living, desk.is_busy, desk.trouble) = (Some(living), false, None);
            }
            Action::Revises(changes) => {
                if let (Some(proof), Some(Some(living))) = (&desk.proof, &desk.living) {
                    let replaces = Some(living.id.clone());
                    desk.proof = Some(Rc::new(Proof { replaces, changes, ..(**proof).clone() }));
                    (desk.is_busy, desk.trouble) = (true, None);
                }
            }
            Action::Replaces => {
                if let (Some(proof), Some(replacement)) = (&desk.proof, &desk.replacement) {
                    let replaces = Some(replacement.former.clone());
                    desk.proof = Some(Rc::new(Proof { replaces, ..(**proof).clone() }));
                    (desk.is_busy, desk.trouble) = (true, None);
                }
            }
            Action::Standing(_, standing) => desk.stand(standing),
            Action::Failed(_, trouble) => desk.fail(trouble),
            Action::Dismiss => desk.trouble = None,
            Action::End(ended, run) => {
                desk = Self { page: desk.page, skew_ms: desk.skew_ms, ended: Some(ended), ..Self::empty(run) };
            }
            Action::Restart(run) => desk = Self { page: desk.page, skew_ms: desk.skew_ms, ..Self::empty(run) },
        }
        desk
    }

    fn answer(&mut self, groups: &[ConsentGroup], choice: Choice) {
        self.take_draft(groups.iter().fold(self.draft.clone(), |draft, group| draft.with_answer(*group, choice)));
    }

    fn take_draft(&mut self, draft: Draft) {
        if self.may_be_proved() {
            return;
        }
        self.draft = draft;
        self.forget_if_changed();
    }

    /// Nobody waits any more for what was asked under a former key.
    fn forget_if_changed(&mut self) {
        if self.draft.key.is_none() {
            (self.challenge, self.proof, self.replacement, self.asks_pin_again, self.is_busy) = (None, None, None, false, false);
            self.living = None;
        }
    }

    /// What the staff said before the tablet went to the patient: what it is for, and where (RW-13).
    fn said_by_staff(&self) -> Occasion {
        let Occasion { purpose, place, place_name, .. } = self.draft.occasion.clone();
        Occasion { purpose, place, place_name, ..Occasion::default() }
    }

    /// The places that the page's use asks about; none where it asks none.
    #[must_use]
    pub fn places(&self) -> &'static [Place] {
        self.opened().map_or(&[], |page| Place::of(page.visit_kind))
    }

    /// The step after the checklist.
    #[must_use]
    pub fn after_prepare(&self) -> Step {
        if self.is_booked() { Step::Booking } else { Step::Choose }
    }

    fn stand(&mut self, standing: VisitStanding) {
        self.is_busy = false;
        let resumed = self.resumes_at.take();
        match standing {
            VisitStanding::Done { result } => {
                let step = resumed.unwrap_or(self.step);
                let result = Some(Rc::new(*result));
                *self = Self { result, proof: None, replacement: None, living: None, challenge: None, trouble: None, ..self.clone() };
                self.step = self.reachable(step);
            }
            VisitStanding::Open { .. } => {
                // A proof that the server has not seen, lost with the former page: card and PIN once more.
                self.asks_pin_again |= resumed == Some(Step::Identify);
                (self.proof, self.replacement, self.living) = (None, None, None);
            }
            VisitStanding::Left => {
                let ended = Ended { by_idling: false, stored: Stored::Unknown, keeps_former: false };
                *self = self.after(Action::End(ended, self.run + 1));
            }
            VisitStanding::Expired => {
                (self.proof, self.replacement, self.living) = (None, None, None);
                self.trouble = Some(Trouble::TooOld(Stored::Nothing));
            }
        }
    }

    fn fail(&mut self, trouble: Trouble) {
        self.is_busy = false;
        // An answer that may have been lost is asked for with the same proof; a clear no ends the proof.
        let may_be_stored = matches!(
            trouble,
            Trouble::Network(_) | Trouble::Wait(_) | Trouble::SystemDown | Trouble::Internal(Stored::Unknown | Stored::Kept)
        );
        if !may_be_stored {
            (self.proof, self.replacement, self.living) = (None, None, None);
        }
        self.trouble = Some(trouble);
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
