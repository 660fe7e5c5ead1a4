//! OT-24 メンテナンス予定: read by all, written down by the admin.

use shared::api::maintenance::{AddWindow, Calendar, CalendarShown, EndWindow, Window, WindowRow};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::maintenance::Span;
use shared::domain::note::Note;
use shared::domain::operation::Part;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::said::{said, use_said};
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, Field, Notice, Offer, Panel, SelectField, SendForm, Table};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, desks, maintenance as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_kept_form};

const FROM_DAY: &str = "window-from-day";
const FROM_TIME: &str = "window-from-time";
const TO_DAY: &str = "window-to-day";
const TO_TIME: &str = "window-to-time";
const STILL: &str = "window-still";
const SOURCE: &str = "window-source";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) part: Part,
    pub(crate) from_day: String,
    pub(crate) from_time: String,
    pub(crate) to_day: String,
    pub(crate) to_time: String,
    pub(crate) still: String,
    pub(crate) source: String,
}

impl Default for Typed {
    fn default() -> Self {
        let empty = String::new;
        Self {
            part: Part::Portal,
            from_day: empty(),
            from_time: empty(),
            to_day: empty(),
            to_time: empty(),
            still: empty(),
            source: empty(),
        }
    }
}

fn time_of(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

fn note<const MAX: usize>(text: &str) -> Result<Note<MAX>, String> {
    Note::try_from(text).map_err(desks::note)
}

impl Typed {
    /// Reads the window.
    pub(crate) fn check(&self, now: UnixMs) -> Result<Window, Faults> {
        let day = |text: &str| CivilDate::try_from(text).ok();
        let (from_day, from_time, to_day, to_time) =
            (day(&self.from_day), time_of(&self.from_time), day(&self.to_day), time_of(&self.to_time));
        let (still, source) = (note(&self.still), note(&self.source));
        let span = match (from_day, from_time, to_day, to_time) {
            (Some(from), Some(from_time), Some(to), Some(to_time)) => {
                Some(Span { from: from.at_jst(from_time.0, from_time.1), to: to.at_jst(to_time.0, to_time.1) })
            }
            _ => None,
        };
        let wrong = span.and_then(|span| match span.check() {
            Err(why) => Some(words::no_span(why)),
            Ok(span) => (span.to <= now).then_some(words::PAST),
        });
        let faults = Faults::default()
            .note(FROM_DAY, from_day.is_none().then_some(words::NO_DAY))
            .note(FROM_TIME, from_time.is_none().then_some(words::NO_TIME))
            .note(TO_DAY, to_day.is_none().then_some(words::NO_DAY))
            .note(TO_DAY, wrong)
            .note(TO_TIME, to_time.is_none().then_some(words::NO_TIME))
            .note(STILL, still.clone().err())
            .note(SOURCE, source.clone().err());
        match (faults.first(), span, still, source) {
            (None, Some(span), Ok(still), Ok(source)) => Ok(Window { part: self.part, span, still, source }),
            _ => Err(faults),
        }
    }
}

/// OT-24 of the account that is in.
#[component]
pub(crate) fn MaintenanceScreen() -> Html {
    let signed_in = use_session();
    let form = use_kept_form("maintenance", Typed::default);
    let (remote, on_retry) = use_get(Calendar);
    let (add, end) = (use_call::<AddWindow>(), use_call::<EndWindow>());
    let asking = use_state(|| None::<WindowRow>);
    let said = use_said();
    let onadd = {
        let (form, add, said, on_retry, now) = (form.clone(), add.clone(), said.clone(), on_retry.clone(), signed_in.now());
        Callback::from(move |()| {
            if add.progress().is_busy {
                return;
            }
            let Some(window) = form.read(|typed| typed.check(now)) else { return add.forget() };
            let (form, said, on_retry) = (form.clone(), said.clone(), on_retry.clone());
            add.start(AddWindow, window, move |outcome| {
                if outcome.is_ok() {
                    form.set(Typed::default());
                    said.say(words::ADDED);
                    on_retry.emit(());
                }
            });
        })
    };
    let onask = {
        let (asking, end) = (asking.clone(), end.clone());
        Callback::from(move |row: Option<WindowRow>| {
            end.forget();
            asking.set(row);
        })
    };
    let onend = {
        let (asking, end, said, on_retry) = (asking.clone(), end.clone(), said.clone(), on_retry.clone());
        Callback::from(move |row: WindowRow| {
            let (asking, said, on_retry) = (asking.clone(), said.clone(), on_retry.clone());
            end.start(EndWindow { window: row.id.as_str().into() }, (), move |outcome| {
                if outcome.is_ok() {
                    asking.set(None);
                    said.say(words::IS_ENDED);
                    on_retry.emit(());
                }
            });
        })
    };
    let asking = (*asking).clone().map(|row| (row, end.progress()));
    let may_edit = may(signed_in.session.kind, Act::EditCalendar) == Right::Yes;
    html! {
        <MaintenanceView {remote} {form} {may_edit} adding={add.progress()} {asking} said={said.words()} {onadd} {onask} {onend} {on_retry} />
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct MaintenanceViewProps {
    /// The calendar.
    pub(crate) remote: Remote<CalendarShown>,
    /// The next window.
    pub(crate) form: Form<Typed>,
    /// Whether this account writes windows down.
    pub(crate) may_edit: bool,
    /// How far 登録 has come.
    #[prop_or_default]
    pub(crate) adding: Progress,
    /// The question before 終了する.
    #[prop_or_default]
    pub(crate) asking: Option<(WindowRow, Progress)>,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<&'static str>,
    /// Called on 登録.
    #[prop_or_default]
    pub(crate) onadd: Callback<()>,
    /// Called with the window that may be ended.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<WindowRow>>,
    /// Called when it is to be ended.
    #[prop_or_default]
    pub(crate) onend: Callback<WindowRow>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The calendar, and below it for an admin the form.
#[component]
pub(crate) fn MaintenanceView(props: &MaintenanceViewProps) -> Html {
    html! {
        <>
            <p>{ words::LEAD }</p>
            { said(props.said) }
            { props.remote.view(&props.on_retry, |calendar| filled(props, calendar)) }
            if props.may_edit {
                { form(props) }
            }
            if let Some((row, progress)) = &props.asking {
                { question(props, row, progress) }
            }
        </>
    }
}

fn filled(props: &MaintenanceViewProps, calendar: &CalendarShown) -> Html {
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    let lines = calendar.rows.iter().map(|row| line(props, row, calendar.now)).collect::<Vec<_>>();
    html! {
        <Table class="maintenance__table" caption={words::LIST} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
            {lines} {empty} />
    }
}

fn line(props: &MaintenanceViewProps, row: &WindowRow, now: UnixMs) -> Line {
    let state = if row.ended_at.is_some() {
        words::ENDED
    } else if row.is_now(now) {
        words::NOW
    } else if row.ends_at() <= now {
        words::OVER
    } else {
        words::AHEAD
    };
    let can_end = props.may_edit && !row.is_common && row.ended_at.is_none() && row.ends_at() > now;
    let onpress = {
        let row = row.clone();
        props.onask.reform(move |()| Some(row.clone()))
    };
    let or_none = |text: &str| if text.is_empty() { "―".to_owned() } else { text.to_owned() };
    let window = &row.window;
    let cells = vec![
        html! { { window.span.words() } },
        html! { { window.part.label() } },
        html! { { state } },
        html! { { or_none(window.still.as_str()) } },
        html! { <>{ or_none(window.source.as_str()) }if row.is_common { <span class="operation__note">{ words::COMMON }</span> }</> },
        html! {
            if can_end {
                <Button {onpress}>{ words::END }</Button>
            } else {
                { "―" }
            }
        },
    ];
    Line { key: row.id.clone().into(), cells }
}

fn form(props: &MaintenanceViewProps) -> Html {
    let form = props.form.clone().held(props.adding.is_busy);
    let oninput = form.edit(|typed: &mut Typed, word: String| {
        if let Some(part) = Part::of_word(&word) {
            typed.part = part;
        }
    });
    let part =
        Input { id: "window-part".into(), value: form.typed.part.word().into(), fault: None, is_held: props.adding.is_busy, oninput };
    let offers = Part::ALL.map(|part| Offer { value: part.word(), label: part.label() }).to_vec();
    let hint = form.typed.part.blocks_a_visit().then(|| AttrValue::from(words::BLOCKS));
    html! {
        <Panel title={words::ADD_TITLE}>
            <SendForm id="window-add" submit={words::ADD} is_busy={props.adding.is_busy} onsubmit={props.onadd.clone()}
                failed={props.adding.refusal.as_ref().map(text::refusal)}>
                <SelectField of={part} label={words::PART} {offers} {hint} />
                <Field of={form.input(FROM_DAY, |typed| &mut typed.from_day)} kind="date" label={words::FROM_DAY} is_required=true />
                <Field of={form.input(FROM_TIME, |typed| &mut typed.from_time)} kind="time" label={words::FROM_TIME} is_required=true />
                <Field of={form.input(TO_DAY, |typed| &mut typed.to_day)} kind="date" label={words::TO_DAY} is_required=true />
                <Field of={form.input(TO_TIME, |typed| &mut typed.to_time)} kind="time" label={words::TO_TIME} is_required=true />
                <Field of={form.input(STILL, |typed| &mut typed.still)} label={words::STILL} />
                <Field of={form.input(SOURCE, |typed| &mut typed.source)} label={words::SOURCE} hint={words::SOURCE_HINT} />
            </SendForm>
        </Panel>
    }
}

fn question(props: &MaintenanceViewProps, row: &WindowRow, progress: &Progress) -> Html {
    let onact = {
        let row = row.clone();
        props.onend.reform(move |_: String| row.clone())
    };
    html! {
        <Confirm id="window-ask" title={words::end(row.window.span)} act={words::END} is_busy={progress.is_busy}
            failed={progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ words::END_ABOUT }</p>
        </Confirm>
    }
}
