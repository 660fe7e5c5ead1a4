//! OT-20 結びつけの訂正: a result that hangs on the wrong person's records. Two people side by side, the reason, a second yes.

mod view;

use shared::api::office::{ConsentDetail, ConsentDetails};
use shared::api::reference::{
    CorrectLink, FindPerson, HoldLink, LinkCorrection, LinkHold, PersonAsked, PersonCard, PersonFile, PersonHere,
};
use shared::domain::note::Note;
use shared::domain::reference::{LinkReason, ReferenceNumber};
use yew::prelude::*;

pub(crate) use self::view::{LinkView, LinkViewProps};
use crate::part::said::use_said;
use crate::remote::{Remote, use_get};
use crate::text::office::references as words;
use crate::use_call::use_call;
use crate::use_form::{Faults, Form, use_form};

pub(crate) const NUMBER: &str = "link-number";
pub(crate) const REASON: &str = "link-reason";
pub(crate) const NOTE: &str = "link-note";
pub(crate) const FIND: &str = "link-find";

/// What was typed. No `Debug`: numbers of people are in it.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Typed {
    /// Whom to look for.
    pub(crate) find: String,
    /// The right number of this person; empty = later.
    pub(crate) number: String,
    /// Why.
    pub(crate) reason: String,
    /// In words.
    pub(crate) note: String,
}

impl Typed {
    /// The correction, with whom the present number goes to.
    pub(crate) fn check(&self, others: Option<&PersonCard>, shown: Option<&str>) -> Result<LinkCorrection, Faults> {
        let number = Some(self.number.trim()).filter(|text| !text.is_empty()).map(ReferenceNumber::try_from).transpose();
        let reason = LinkReason::of_word(&self.reason);
        let note = Note::try_from(self.note.as_str());
        let note_fault = match &note {
            Err(_) => Some(words::BAD_NOTE),
            Ok(note) if note.is_empty() && reason == Some(LinkReason::Other) => Some(words::NO_NOTE),
            Ok(_) => None,
        };
        match (number, reason, note) {
            (Ok(number), Some(reason), Ok(note)) if note_fault.is_none() => {
                let others = others.map(|others| others.consent.clone());
                Ok(LinkCorrection { reason, note, number, others, shown: shown.map(str::to_owned) })
            }
            (number, reason, _) => Err(Faults::default()
                .note(NUMBER, number.is_err().then_some(words::BAD_NUMBER))
                .note(REASON, reason.is_none().then_some(words::NO_REASON))
                .note(NOTE, note_fault)),
        }
    }
}

/// Says which row.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LinkProps {
    /// The consent.
    pub(crate) id: String,
}

/// What the search for the other person came to.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Search {
    /// Who was found; `None` before the first search.
    pub(crate) found: Option<Vec<PersonCard>>,
    /// Who was chosen.
    pub(crate) chosen: Option<PersonCard>,
}

/// OT-20 of the row in the address.
#[component]
pub(crate) fn LinkScreen(props: &LinkProps) -> Html {
    let (details, on_retry_details) = use_get(ConsentDetail { consent: (&props.id).into() });
    let (file, on_retry_file) = use_get(PersonHere { consent: (&props.id).into() });
    let form: Form<Typed> = use_form(Typed::default);
    let search = use_state(Search::default);
    let asked = use_state(|| None::<LinkCorrection>);
    let (find, hold, correct) = (use_call::<FindPerson>(), use_call::<HoldLink>(), use_call::<CorrectLink>());
    let news = use_said();
    let on_retry = {
        let (of_details, of_file) = (on_retry_details, on_retry_file);
        Callback::from(move |()| {
            of_details.emit(());
            of_file.emit(());
        })
    };
    let shown = match &file {
        Remote::Here(file) => file.reference.as_ref().and_then(|row| row.number.clone()),
        Remote::Loading | Remote::Failed(_) => None,
    };
    let onfind = {
        let (find, form, search) = (find.clone(), form.clone(), search.clone());
        Callback::from(move |()| {
            let number = form.typed.find.trim().to_owned();
            if number.is_empty() {
                return form.mark(Faults::default().note(FIND, Some(words::FIND_EMPTY)));
            }
            let search = search.clone();
            find.start(FindPerson, PersonAsked { number }, move |outcome| {
                let found = outcome.ok().map(|found| found.people);
                search.set(Search { found, chosen: None });
            });
        })
    };
    let onchoose = {
        let search = search.clone();
        Callback::from(move |chosen: Option<PersonCard>| search.set(Search { chosen, ..(*search).clone() }))
    };
    let onhold = {
        let (hold, search, news, on_retry, id) = (hold.clone(), search.clone(), news.clone(), on_retry.clone(), props.id.clone());
        Callback::from(move |is_wrong: bool| {
            let others = search.chosen.as_ref().map(|card| card.consent.clone());
            let (news, on_retry) = (news.clone(), on_retry.clone());
            hold.start(HoldLink { consent: (&id).into() }, LinkHold { is_wrong, others }, move |outcome| {
                if outcome.is_ok() {
                    news.say(if is_wrong { words::DONE_HELD } else { words::DONE_RELEASED });
                    on_retry.emit(());
                }
            });
        })
    };
    let onnext = {
        let (form, search, asked, correct) = (form.clone(), search.clone(), asked.clone(), correct.clone());
        Callback::from(move |()| {
            correct.forget();
            asked.set(form.read(|typed| typed.check(search.chosen.as_ref(), shown.as_deref())));
        })
    };
    let onleave = {
        let (asked, correct) = (asked.clone(), correct.clone());
        Callback::from(move |()| {
            correct.forget();
            asked.set(None);
        })
    };
    let oncorrect = {
        let (asked, correct, form, search, news, on_retry, id) =
            (asked.clone(), correct.clone(), form.clone(), search.clone(), news.clone(), on_retry.clone(), props.id.clone());
        Callback::from(move |_: String| {
            let Some(correction) = (*asked).clone() else { return };
            let (asked, form, search, news, on_retry) = (asked.clone(), form.clone(), search.clone(), news.clone(), on_retry.clone());
            correct.start(CorrectLink { consent: (&id).into() }, correction, move |outcome| {
                if outcome.is_ok() {
                    asked.set(None);
                    form.set(Typed::default());
                    search.set(Search::default());
                    news.say(words::DONE_CORRECTED);
                    on_retry.emit(());
                }
            });
        })
    };
    let both = together(details, file);
    let view = LinkViewProps {
        id: props.id.clone(),
        remote: both,
        form,
        search: (*search).clone(),
        asked: (*asked).clone(),
        finding: find.progress(),
        holding: hold.progress(),
        correcting: correct.progress(),
        said: news.words(),
        onfind,
        onchoose,
        onhold,
        onnext,
        onleave,
        oncorrect,
        on_retry,
    };
    html! { <LinkView ..view /> }
}

/// Both answers, as soon as both are there.
fn together(details: Remote<ConsentDetails>, file: Remote<PersonFile>) -> Remote<(ConsentDetails, PersonFile)> {
    match (details, file) {
        (Remote::Failed(refusal), _) | (_, Remote::Failed(refusal)) => Remote::Failed(refusal),
        (Remote::Here(details), Remote::Here(file)) => Remote::Here((details, file)),
        _ => Remote::Loading,
    }
}
