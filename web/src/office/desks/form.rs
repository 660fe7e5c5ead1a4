//! The form of a support desk.

use shared::api::desk::DeskRow;
use shared::domain::desk::{ClosedDays, Desk, Hours, OpenHours};
use shared::domain::note::Note;
use shared::domain::operation::Part;
use yew::prelude::*;

use crate::part::{Button, CheckField, Field, Look, Panel, SendForm, TextArea};
use crate::text::office::{self as text, desks as words};
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

pub(crate) const NAME: &str = "desk-name";
const ABOUT: &str = "desk-about";
const NUMBER: &str = "desk-number";
const MAIL: &str = "desk-mail";
const SUBJECT: &str = "desk-subject";
const WEEKDAYS: &str = "desk-weekdays";
const SATURDAY: &str = "desk-saturday";
const SUNDAY: &str = "desk-sunday";
const PAUSE: &str = "desk-pause";
const CLOSED: &str = "desk-closed";
const REPAIR: &str = "desk-repair";
const AT_HAND: &str = "desk-at-hand";

/// What was typed; `of` is the desk that it takes the place of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Typed {
    pub(crate) of: Option<String>,
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) number: String,
    pub(crate) mail: String,
    pub(crate) subject: String,
    pub(crate) weekdays: String,
    pub(crate) saturday: String,
    pub(crate) sunday: String,
    pub(crate) pause: String,
    pub(crate) is_closed_on_holidays: bool,
    pub(crate) closed: String,
    pub(crate) repair: String,
    pub(crate) at_hand: String,
    pub(crate) parts: Vec<Part>,
}

fn note<const MAX: usize>(text: &str) -> Result<Note<MAX>, String> {
    Note::try_from(text).map_err(words::note)
}

/// Nothing typed: closed.
fn hours(text: &str) -> Result<Option<Hours>, &'static str> {
    if text.trim().is_empty() { Ok(None) } else { Hours::from_typed(text).map(Some).map_err(|_| words::BAD_HOURS) }
}

fn closed_days(text: &str) -> Result<Vec<ClosedDays>, &'static str> {
    let days = text.split(['、', ',', '，']).map(str::trim).filter(|day| !day.is_empty());
    days.map(ClosedDays::from_typed).collect::<Result<_, _>>().map_err(|_| words::BAD_DAYS)
}

impl Typed {
    /// What a desk looks like in the form.
    pub(crate) fn of(row: &DeskRow) -> Self {
        let desk = &row.desk;
        let day = |place: usize| desk.hours.as_ref().and_then(|hours| hours.week.get(place).copied().flatten()).map(typed_hours);
        let day = |place: usize| day(place).unwrap_or_default();
        let repair = desk.repair_hours.as_ref().and_then(|hours| hours.week.iter().flatten().next().copied());
        let closed = desk.hours.iter().flat_map(|hours| hours.closed.iter().copied().map(ClosedDays::words));
        Self {
            of: Some(row.id.clone()),
            name: desk.name.as_str().to_owned(),
            about: desk.about.as_str().to_owned(),
            number: desk.number.as_str().to_owned(),
            mail: desk.mail.as_str().to_owned(),
            subject: desk.mail_subject.as_str().to_owned(),
            weekdays: day(0),
            saturday: day(5),
            sunday: day(6),
            pause: desk.hours.as_ref().and_then(|hours| hours.pause).map(typed_hours).unwrap_or_default(),
            is_closed_on_holidays: desk.hours.as_ref().is_some_and(|hours| hours.is_closed_on_holidays),
            closed: closed.collect::<Vec<_>>().join("、"),
            repair: repair.map(typed_hours).unwrap_or_default(),
            at_hand: desk.at_hand.as_str().to_owned(),
            parts: desk.parts.clone(),
        }
    }

    /// Reads the desk. Hours of which nothing was typed are not known.
    pub(crate) fn check(&self) -> Result<Desk, Faults> {
        let (name, about, number, at_hand) = (note::<60>(&self.name), note(&self.about), note(&self.number), note(&self.at_hand));
        let (mail, mail_subject) = (note(&self.mail), note(&self.subject));
        let (weekdays, saturday, sunday, repair) = (hours(&self.weekdays), hours(&self.saturday), hours(&self.sunday), hours(&self.repair));
        let (closed, pause) = (closed_days(&self.closed), hours(&self.pause));
        let no_name = matches!(&name, Ok(name) if name.is_empty()).then_some(words::NO_NAME);
        let faults = Faults::default()
            .note(NAME, no_name)
            .note(NAME, name.clone().err())
            .note(ABOUT, about.clone().err())
            .note(NUMBER, number.clone().err())
            .note(MAIL, mail.clone().err())
            .note(SUBJECT, mail_subject.clone().err())
            .note(WEEKDAYS, weekdays.err())
            .note(SATURDAY, saturday.err())
            .note(SUNDAY, sunday.err())
            .note(PAUSE, pause.err())
            .note(CLOSED, closed.clone().err())
            .note(REPAIR, repair.err())
            .note(AT_HAND, at_hand.clone().err());
        if faults.first().is_some() {
            return Err(faults);
        }
        let (week, saturday, sunday) = (weekdays.unwrap_or_default(), saturday.unwrap_or_default(), sunday.unwrap_or_default());
        let week = [week, week, week, week, week, saturday, sunday];
        let (closed, pause) = (closed.unwrap_or_default(), pause.unwrap_or_default());
        let open = OpenHours { week, is_closed_on_holidays: self.is_closed_on_holidays, closed, pause };
        let repair = repair.unwrap_or_default().map(|hours| OpenHours { week: [Some(hours); 7], ..OpenHours::default() });
        Ok(Desk {
            name: name.unwrap_or_default(),
            about: about.unwrap_or_default(),
            number: number.unwrap_or_default(),
            mail: mail.unwrap_or_default(),
            mail_subject: mail_subject.unwrap_or_default(),
            hours: open.week.iter().any(Option::is_some).then_some(open),
            repair_hours: repair,
            at_hand: at_hand.unwrap_or_default(),
            parts: self.parts.clone(),
        })
    }
}

/// As it is typed: `9:00-17:30`.
fn typed_hours(hours: Hours) -> String {
    if hours == Hours::ALL_DAY { "0-24".to_owned() } else { hours.words().replace('〜', "-") }
}

/// Says what is written down.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct DeskFormProps {
    /// The form.
    pub(crate) form: Form<Typed>,
    /// How far 登録 has come.
    pub(crate) saving: Progress,
    /// Called on 登録.
    pub(crate) onsave: Callback<()>,
    /// Called on やめる.
    pub(crate) oncancel: Callback<()>,
}

/// The fields of a desk.
#[component]
pub(crate) fn DeskForm(props: &DeskFormProps) -> Html {
    let is_busy = props.saving.is_busy;
    let form = props.form.clone().held(is_busy);
    let is_change = form.typed.of.is_some();
    let title = if is_change { words::CHANGE_TITLE } else { words::ADD_TITLE };
    let onholidays = form.edit(|typed: &mut Typed, is_on: bool| typed.is_closed_on_holidays = is_on);
    let tick = |part: Part| {
        let onchange = form.edit(move |typed: &mut Typed, is_on: bool| {
            typed.parts.retain(|one| *one != part);
            if is_on {
                typed.parts.push(part);
            }
        });
        let is_on = form.typed.parts.contains(&part);
        html! { <CheckField key={part.word()} id={format!("desk-part-{}", part.word())} label={part.label()} {is_on} is_off={is_busy} {onchange} /> }
    };
    html! {
        <Panel {title}>
            <SendForm id="desk-save" submit={words::SAVE} {is_busy} onsubmit={props.onsave.clone()}
                failed={props.saving.refusal.as_ref().map(text::refusal)}>
                <Field of={form.input(NAME, |typed| &mut typed.name)} label={words::NAME} hint={words::NAME_HINT} is_required=true />
                <Field of={form.input(ABOUT, |typed| &mut typed.about)} label={words::HELPS} />
                <Field of={form.input(NUMBER, |typed| &mut typed.number)} label={words::NUMBER} inputmode="tel" />
                <Field of={form.input(MAIL, |typed| &mut typed.mail)} label={words::MAIL} inputmode="email" />
                <Field of={form.input(SUBJECT, |typed| &mut typed.subject)} label={words::SUBJECT} />
                <Field of={form.input(WEEKDAYS, |typed| &mut typed.weekdays)} label={words::WEEKDAYS} hint={words::HOURS_HINT} />
                <Field of={form.input(SATURDAY, |typed| &mut typed.saturday)} label={words::SATURDAY} />
                <Field of={form.input(SUNDAY, |typed| &mut typed.sunday)} label={words::SUNDAY} />
                <Field of={form.input(PAUSE, |typed| &mut typed.pause)} label={words::PAUSE} hint={words::PAUSE_HINT} />
                <CheckField id="desk-holidays" label={words::HOLIDAYS} is_on={form.typed.is_closed_on_holidays} is_off={is_busy}
                    onchange={onholidays} />
                <Field of={form.input(CLOSED, |typed| &mut typed.closed)} label={words::CLOSED} hint={words::CLOSED_HINT} />
                <Field of={form.input(REPAIR, |typed| &mut typed.repair)} label={words::REPAIR} hint={words::REPAIR_HINT} />
                <TextArea of={form.input(AT_HAND, |typed| &mut typed.at_hand)} label={words::AT_HAND} />
                <fieldset class="field"><legend class="field__label">{ words::PARTS }</legend>{ for Part::ALL.into_iter().map(tick) }</fieldset>
            </SendForm>
            if is_change {
                <p class="actions"><Button id="desk-cancel" look={Look::Quiet} onpress={props.oncancel.clone()}>{ words::CANCEL }</Button></p>
            }
        </Panel>
    }
}
