//! How a check at the device goes on. No browser, no clock.

use std::rc::Rc;

use shared::api::bedside::{BedsideAnswer, BedsideDesk, BedsideOpened, BedsideProof, BedsideResult};
use shared::api::reception::{Challenge, Replacement};
use shared::bytes::Base64;
use shared::domain::calendar::CivilDate;
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, Choices, ConsentGroup};
use shared::domain::institution::VisitKind;
use shared::domain::validity::book_ahead_days;
use shared::domain::visit::{Assist, Occasion, Place};
use shared::evidence::Statement;
use shared::reader::FaceSignature;
use yew::Reducible;

use crate::reader::Signed;
use crate::reception::draft::Draft;

/// By what a person is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// 暗証番号, or the phone.
    Card,
    /// 目視.
    Eye,
}

/// The shown step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The odd route: day, place, who helps, and by what.
    Where,
    /// DA-7: the questions.
    Ask,
    /// DA-7: the answers once more.
    Confirm,
    /// DA-8, DA-9.
    Read,
    /// X12: the ways without a card.
    Without,
    /// X27.
    NotMatched,
    /// DA-10.
    Result,
}

/// True for a day that can be booked on `today` (X24).
pub(super) fn can_be(day: Option<CivilDate>, today: CivilDate) -> bool {
    day.is_some_and(|day| (today..=today.plus_days(book_ahead_days(today))).contains(&day))
}

/// The chip's photo, or what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Photo {
    /// It is shown: its path at the helper, and what the card's signature says.
    Shown(String, FaceSignature),
    /// It is gone: by time, with the screen, or with the card.
    Gone,
}

/// Everything that the screen knows. Nothing of it outlives a reload.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flow {
    pub(super) by: By,
    pub(super) step: Step,
    /// What the institution asks and takes.
    pub(super) desk: Rc<BedsideDesk>,
    /// X63, LA-7: no consent is asked for.
    pub(super) is_eligibility_only: bool,
    pub(super) draft: Draft,
    pub(super) points_out_missing: bool,
    pub(super) missing_presses: u32,
    /// The check that the server knows.
    pub(super) visit: Option<String>,
    /// What is to be signed.
    pub(super) challenge: Option<Challenge>,
    /// What waits for the server's answer, or for the person's yes.
    pub(super) proof: Option<BedsideProof>,
    pub(super) replacement: Option<Rc<Replacement>>,
    pub(super) is_asked_again: bool,
    pub(super) photo: Option<Photo>,
    pub(super) result: Option<Rc<BedsideResult>>,
}

/// What changes it.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Show(Step),
    Assist(Assist),
    /// RW-13, on the odd route.
    Place(Place),
    /// RW-11, on the odd route; `None`: what was typed is no day.
    Booked(Option<CivilDate>),
    /// The day has turned while the screen stood open.
    Today(CivilDate),
    /// From there on, or to what is missing.
    Go(By),
    Answer(ConsentGroup, Choice),
    AnswerAll(Choice),
    Subsidy(Choice),
    /// 次へ: on, or to what is missing.
    Next,
    /// X63, and back from it.
    EligibilityOnly(bool),
    /// A key for these answers.
    Key(Base64),
    Opened(BedsideOpened),
    Fresh(Challenge),
    /// The card or phone signed: what lay there, and whether a PIN was asked for.
    Signed(Signed, Medium, bool),
    /// 目視: the certificate of a card whose photo matched.
    Looked(Base64),
    Photo(String, FaceSignature),
    PhotoGone,
    Answered(BedsideAnswer),
    /// The yes to the replacement.
    Replaces,
    /// The server said no: the proof serves for nothing any more.
    Refused,
    Matched(bool),
    /// The check was open for too long (X21): the next reading opens another.
    Over,
}

impl Flow {
    pub(super) fn new(by: By, desk: Rc<BedsideDesk>) -> Self {
        let is_eligibility_only = !desk.asks_consent;
        let step = match desk.visit_kind {
            VisitKind::OffRoute => Step::Where,
            _ if is_eligibility_only => Step::Read,
            _ => Step::Ask,
        };
        // Today, unless another day is chosen.
        let booked_on = desk.off_route.as_ref().filter(|_| desk.visit_kind == VisitKind::OffRoute).map(|of| of.today);
        let draft = Draft::default().with_occasion(Occasion { booked_on, ..Occasion::default() });
        Self {
            by,
            step,
            desk,
            is_eligibility_only,
            draft,
            points_out_missing: false,
            missing_presses: 0,
            visit: None,
            challenge: None,
            proof: None,
            replacement: None,
            is_asked_again: false,
            photo: None,
            result: None,
        }
    }

    /// The answers to be signed; `None` where no consent is asked for, or one is missing.
    pub(super) fn choices(&self) -> Option<Choices> {
        if self.is_eligibility_only {
            return None;
        }
        let choices = self.draft.choices(&self.desk.questions)?;
        if self.desk.asks_subsidy { Some(Choices { subsidy: self.draft.subsidy?, ..choices }) } else { Some(choices) }
    }

    /// True when the challenge has exactly the shown answers signed, for the shown use and day.
    pub(super) fn fits(&self, challenge: &Challenge) -> bool {
        let shown = self.choices().unwrap_or_else(|| Choices::all(Choice::NotAsked));
        let of = (self.desk.visit_kind, self.draft.occasion.booked_on);
        Statement::parse(&challenge.statement.0).is_ok_and(|said| said.choices == shown && (said.visit_kind, said.booked_on) == of)
    }

    /// It began with day and place.
    pub(super) fn is_off_route(&self) -> bool {
        self.desk.visit_kind == VisitKind::OffRoute
    }

    /// The field of the first screen of the odd route that lacks an answer.
    pub(super) fn missing_of_where(&self) -> Option<&'static str> {
        let occasion = &self.draft.occasion;
        let can_be = self.desk.off_route.as_ref().is_some_and(|of| can_be(occasion.booked_on, of.today));
        [("booked-on", can_be), ("place-0", occasion.place.is_some()), ("assist-0", occasion.assist.is_some())]
            .into_iter()
            .find_map(|(id, is_there)| (!is_there).then_some(id))
    }

    fn with_occasion(&mut self, change: impl FnOnce(&mut Occasion)) {
        let mut occasion = self.draft.occasion.clone();
        change(&mut occasion);
        self.with_draft(self.draft.with_occasion(occasion));
    }

    fn is_whole(&self) -> bool {
        self.choices().is_some() && self.draft.occasion.assist.is_some()
    }

    /// Another answer: what was opened under the former ones is left alone.
    fn with_draft(&mut self, draft: Draft) {
        if draft.key.is_none() {
            (self.visit, self.challenge, self.proof, self.replacement) = (None, None, None, None);
        }
        self.draft = draft;
    }

    fn prove(&mut self, certificate: Base64, signature: Option<Base64>, nonce: Base64, way: CheckWay, medium: Medium) {
        self.proof = Some(BedsideProof { nonce, certificate, signature, way, medium, replaces: None });
    }

    pub(super) fn after(mut self, act: Act) -> Self {
        match act {
            Act::Show(step) => self.step = step,
            Act::Assist(assist) => self.with_occasion(|occasion| occasion.assist = Some(assist)),
            Act::Place(place) => self.with_occasion(|occasion| occasion.place = Some(place)),
            Act::Booked(day) => self.with_occasion(|occasion| occasion.booked_on = day),
            Act::Today(today) => {
                let mut desk = (*self.desk).clone();
                if let Some(of) = &mut desk.off_route {
                    of.today = today;
                }
                self.desk = Rc::new(desk);
            }
            Act::Go(by) if self.missing_of_where().is_none() => {
                self.points_out_missing = false;
                (self.by, self.step) = (by, if self.is_eligibility_only { Step::Read } else { Step::Ask });
            }
            Act::Go(_) => {
                self.points_out_missing = true;
                self.missing_presses += 1;
            }
            Act::Answer(group, choice) => {
                let draft = self.draft.with_answer(group, choice);
                self.with_draft(draft);
            }
            Act::AnswerAll(choice) => {
                let draft = self.desk.questions.iter().fold(self.draft.clone(), |draft, group| draft.with_answer(*group, choice));
                self.with_draft(draft);
            }
            Act::Subsidy(choice) => {
                let draft = self.draft.with_subsidy(choice);
                self.with_draft(draft);
            }
            Act::Next if self.is_whole() => (self.step, self.points_out_missing) = (Step::Confirm, false),
            Act::Next => {
                self.points_out_missing = true;
                self.missing_presses += 1;
            }
            Act::EligibilityOnly(is_only) => {
                // Who helps is asked again, but for the odd route, where it was said before the questions.
                let occasion = if self.is_off_route() { self.draft.occasion.clone() } else { Occasion::default() };
                self.with_draft(Draft::default().with_occasion(occasion));
                (self.is_eligibility_only, self.points_out_missing) = (is_only, false);
                self.step = if is_only { Step::Read } else { Step::Ask };
            }
            Act::Key(key) => {
                self.draft.key.get_or_insert(key);
            }
            Act::Opened(opened) => (self.visit, self.challenge) = (Some(opened.visit), Some(opened.challenge)),
            Act::Fresh(challenge) => self.challenge = Some(challenge),
            Act::Signed(Signed { nonce, certificate, signature }, medium, had_pin) => {
                let way = if medium == Medium::Iphone && !had_pin { CheckWay::PhoneUnlock } else { CheckWay::Pin };
                self.prove(certificate, Some(signature), nonce, way, medium);
            }
            Act::Looked(certificate) => {
                if let Some(challenge) = &self.challenge {
                    let nonce = challenge.nonce.clone();
                    self.prove(certificate, None, nonce, CheckWay::Visual, Medium::Card);
                }
            }
            Act::Photo(path, signature) => self.photo = Some(Photo::Shown(path, signature)),
            Act::PhotoGone => self.photo = self.photo.map(|_| Photo::Gone),
            Act::Answered(BedsideAnswer::Done(result)) => {
                (self.result, self.step) = (Some(Rc::from(result)), Step::Result);
                (self.proof, self.replacement, self.challenge, self.photo) = (None, None, None, None);
            }
            Act::Answered(BedsideAnswer::ConfirmNeeded(replacement)) => {
                self.is_asked_again = self.replacement.as_ref().is_some_and(|shown| shown.former != replacement.former);
                self.replacement = Some(Rc::from(replacement));
            }
            Act::Replaces => {
                if let (Some(proof), Some(replacement)) = (&mut self.proof, &self.replacement) {
                    proof.replaces = Some(replacement.former.clone());
                }
            }
            Act::Refused => (self.proof, self.replacement, self.challenge) = (None, None, None),
            Act::Over => {
                self.draft.key = None;
                (self.visit, self.challenge, self.proof) = (None, None, None);
            }
            Act::Matched(true) => self.photo = None,
            Act::Matched(false) => (self.step, self.photo, self.proof) = (Step::NotMatched, None, None),
        }
        self
    }
}

impl Reducible for Flow {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        Rc::new((*self).clone().after(act))
    }
}
