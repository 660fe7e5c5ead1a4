//! The form of OT-22.

use std::rc::Rc;

use shared::api::desk::DeskRow;
use shared::api::enquiry::EnquiryRow;
use shared::api::{Code, Refusal};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::enquiry::{Enquiry, EnquiryState};
use shared::domain::note::Note;
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::{Button, DateField, Field, Look, Offer, RadioField, SendForm, TextArea};
use crate::text::Say;
use crate::text::office::{self as text, desks, enquiries as words};
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

pub(super) const HEADING: &str = "enquiry-form";
const DESK: &str = "enquiry-desk";
const ASKED_ON: &str = "enquiry-asked-on";
const WHO: &str = "enquiry-who";
const CASE: &str = "enquiry-case";
const QUESTION: &str = "enquiry-question";
const ANSWER: &str = "enquiry-answer";

/// What was typed; `of` is the enquiry that it takes the place of, as it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) of: Option<(String, UnixMs)>,
    pub(crate) desk: String,
    pub(crate) asked_on: String,
    pub(crate) who: String,
    pub(crate) case_number: String,
    pub(crate) question: String,
    pub(crate) answer: String,
    pub(crate) state: EnquiryState,
}

impl Typed {
    /// A new one, of today and of who is in.
    pub(crate) fn new(who: &str, today: CivilDate) -> Self {
        let empty = String::new;
        Self {
            of: None,
            desk: empty(),
            asked_on: today.slashed(),
            who: who.to_owned(),
            case_number: empty(),
            question: empty(),
            answer: empty(),
            state: EnquiryState::Open,
        }
    }

    /// What an enquiry looks like in the form.
    pub(crate) fn of(row: &EnquiryRow) -> Self {
        let enquiry = &row.enquiry;
        Self {
            of: Some((row.id.clone(), row.changed_at)),
            desk: enquiry.desk.as_str().to_owned(),
            asked_on: enquiry.asked_on.map(CivilDate::slashed).unwrap_or_default(),
            who: enquiry.who.as_str().to_owned(),
            case_number: enquiry.case_number.as_str().to_owned(),
            question: enquiry.question.as_str().to_owned(),
            answer: enquiry.answer.as_str().to_owned(),
            state: enquiry.state,
        }
    }

    /// Reads the enquiry; an individual number is refused at its field (X53).
    pub(crate) fn check(&self) -> Result<Enquiry, Faults> {
        fn note<const MAX: usize>(text: &str, missing: Option<&'static str>) -> Result<Note<MAX>, String> {
            let note = Note::try_from(text).map_err(desks::note)?;
            match missing {
                Some(missing) if note.is_empty() => Err(missing.to_owned()),
                _ => Ok(note),
            }
        }
        let (desk, who) = (note(&self.desk, Some(words::NO_DESK)), note(&self.who, Some(words::NO_WHO)));
        let (case_number, question) = (note(&self.case_number, None), note(&self.question, Some(words::NO_QUESTION)));
        let answer = note(&self.answer, None);
        let asked_on = Some(self.asked_on.trim()).filter(|day| !day.is_empty()).map(CivilDate::from_typed).transpose();
        let faults = Faults::default()
            .note(DESK, desk.clone().err())
            .note(ASKED_ON, asked_on.is_err().then_some(words::NO_DAY))
            .note(WHO, who.clone().err())
            .note(CASE, case_number.clone().err())
            .note(QUESTION, question.clone().err())
            .note(ANSWER, answer.clone().err());
        match (desk, asked_on, who, case_number, question, answer) {
            (Ok(desk), Ok(asked_on), Ok(who), Ok(case_number), Ok(question), Ok(answer)) => {
                Ok(Enquiry { desk, asked_on, who, case_number, question, answer, state: self.state })
            }
            _ => Err(faults),
        }
    }
}

/// Says what is written down.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct EnquiryFormProps {
    /// The form.
    pub(super) form: Form<Typed>,
    /// How far 登録 has come.
    pub(super) saving: Progress,
    /// Desks that can be chosen.
    pub(super) desks: Rc<Vec<DeskRow>>,
    /// Called on 登録 and 更新.
    pub(super) onsave: Callback<()>,
    /// Called on やめる.
    pub(super) oncancel: Callback<()>,
}

/// The fields of an enquiry.
#[component]
pub(super) fn EnquiryForm(props: &EnquiryFormProps) -> Html {
    let is_busy = props.saving.is_busy;
    let form = props.form.clone().held(is_busy);
    let is_change = form.typed.of.is_some();
    let (title, submit) = if is_change { (words::CHANGE_TITLE, words::CHANGE) } else { (words::NEW_TITLE, words::ADD) };
    let oninput = form.edit(|typed: &mut Typed, word: String| typed.state = EnquiryState::of_word(&word).unwrap_or_default());
    let state = Input { id: "enquiry-state".into(), value: form.typed.state.word().into(), fault: None, is_held: is_busy, oninput };
    let offers = EnquiryState::ALL.map(|state| Offer { value: state.word(), label: state.label() }).to_vec();
    let choose = |row: &DeskRow| {
        let name = row.desk.name.as_str().to_owned();
        let onpress = form.edit(move |typed: &mut Typed, ()| typed.desk.clone_from(&name));
        html! { <Button key={row.id.clone()} look={Look::Quiet} is_off={is_busy} {onpress}>{ row.desk.name.as_str() }</Button> }
    };
    let hint = (!props.desks.is_empty()).then(|| AttrValue::from(words::DESK_HINT));
    html! {
        <section class="panel">
            <h2 class="panel__title" id={HEADING} tabindex="-1">{ title }</h2>
            <SendForm id="enquiry-save" {submit} {is_busy} onsubmit={props.onsave.clone()} failed={props.saving.refusal.as_ref().map(refusal)}>
                <Field of={form.input(DESK, |typed| &mut typed.desk)} label={words::DESK} {hint} is_required=true />
                if !props.desks.is_empty() {
                    <p class="actions">{ for props.desks.iter().map(choose) }</p>
                }
                <DateField of={form.input(ASKED_ON, |typed| &mut typed.asked_on)} label={words::ASKED_ON} />
                <Field of={form.input(WHO, |typed| &mut typed.who)} label={words::WHO} is_required=true />
                <Field of={form.input(CASE, |typed| &mut typed.case_number)} label={words::CASE} hint={words::CASE_HINT} />
                <TextArea of={form.input(QUESTION, |typed| &mut typed.question)} label={words::QUESTION} is_required=true />
                <TextArea of={form.input(ANSWER, |typed| &mut typed.answer)} label={words::ANSWER} />
                <RadioField of={state} label={words::STATE} {offers} />
            </SendForm>
            if is_change {
                <p class="actions"><Button id="enquiry-cancel" look={Look::Quiet} onpress={props.oncancel.clone()}>{ words::CANCEL }</Button></p>
            }
        </section>
    }
}

/// The words when an enquiry was not taken.
fn refusal(said: &Refusal) -> Say {
    let say = text::refusal(said);
    match said.code {
        Code::Taken => Say { happened: words::SINCE.into(), next: words::SINCE_NEXT.into(), ..say },
        _ => say,
    }
}
