//! この方の記録 on OT-11: the 照会番号 (OT-21), what happened to it, and the person's results here.

use shared::api::reference::{PersonFile, PersonHere, ReferenceChange, ReferenceRow, ResultHere, SetReference};
use shared::domain::reference::{ReferenceNumber, SendState};
use yew::prelude::*;

use crate::part::said::{said, use_said};
use crate::part::table::{Column, Line};
use crate::part::timeline::Happened;
use crate::part::{Button, Confirm, DefinitionList, Field, Notice, Panel, Row, SendForm, Table, Timeline, Tone, link};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, references as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const NUMBER: &str = "reference-number";

/// Says whose.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PersonPanelProps {
    /// A consent of the person.
    pub(crate) consent: String,
    /// Called when the number was changed: it stands elsewhere on the screen as well.
    pub(crate) onchanged: Callback<()>,
}

/// The panel, with its own question to the server.
#[component]
pub(crate) fn PersonPanel(props: &PersonPanelProps) -> Html {
    let (remote, on_retry) = use_get(PersonHere { consent: (&props.consent).into() });
    let form = use_form(String::new);
    let call = use_call::<SetReference>();
    let is_asking = use_state(|| false);
    let news = use_said();
    let present = match &remote {
        Remote::Here(file) => file.reference.as_ref().and_then(|row| row.number.clone()),
        Remote::Loading | Remote::Failed(_) => None,
    };
    let send = {
        let (call, form, news, is_asking, present) = (call.clone(), form.clone(), news.clone(), is_asking.clone(), present.clone());
        let (consent, onchanged, on_retry) = (props.consent.clone(), props.onchanged.clone(), on_retry.clone());
        Callback::from(move |number: Option<ReferenceNumber>| {
            let (form, news, is_asking, onchanged, on_retry) =
                (form.clone(), news.clone(), is_asking.clone(), onchanged.clone(), on_retry.clone());
            let done = if number.is_some() { words::DONE_SET } else { words::DONE_OFF };
            let change = ReferenceChange { number, shown: present.clone() };
            call.start(SetReference { consent: (&consent).into() }, change, move |outcome| {
                if outcome.is_ok() {
                    form.set(String::new());
                    is_asking.set(false);
                    news.say(done);
                    on_retry.emit(());
                    onchanged.emit(());
                }
            });
        })
    };
    let onset = {
        let (form, send) = (form.clone(), send.clone());
        Callback::from(move |()| {
            let read = |typed: &String| {
                ReferenceNumber::try_from(typed.as_str()).map_err(|_| Faults::default().note(NUMBER, Some(words::BAD_NUMBER)))
            };
            if let Some(number) = form.read(read) {
                send.emit(Some(number));
            }
        })
    };
    let onask = {
        let (is_asking, call) = (is_asking.clone(), call.clone());
        Callback::from(move |asks: bool| {
            call.forget();
            is_asking.set(asks);
        })
    };
    let ontake_off = send.reform(|_: String| None);
    let view = PersonViewProps {
        consent: props.consent.clone(),
        remote,
        form,
        progress: call.progress(),
        is_asking: *is_asking,
        said: news.words(),
        onset,
        onask,
        ontake_off,
        on_retry,
    };
    html! { <PersonView ..view /> }
}

/// Everything that the panel shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PersonViewProps {
    /// The consent that is shown.
    pub(crate) consent: String,
    /// What is known.
    pub(crate) remote: Remote<PersonFile>,
    /// The number that is typed.
    pub(crate) form: Form<String>,
    /// How far a change has come.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// The question before a number is taken off.
    #[prop_or_default]
    pub(crate) is_asking: bool,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<&'static str>,
    /// Called on 登録 and 変更.
    #[prop_or_default]
    pub(crate) onset: Callback<()>,
    /// Opens the question, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<bool>,
    /// Takes the number off.
    #[prop_or_default]
    pub(crate) ontake_off: Callback<String>,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Not on paper: a result is printed without the person's other ones.
#[component]
pub(crate) fn PersonView(props: &PersonViewProps) -> Html {
    html! {
        <div class="on-screen">
            <Panel title={words::PERSON} class="detail">
                <p>{ words::PERSON_LEAD }</p>
                { said(props.said) }
                { props.remote.view(&props.on_retry, |file| filled(props, file)) }
            </Panel>
        </div>
    }
}

fn filled(props: &PersonViewProps, file: &PersonFile) -> Html {
    let row = file.reference.as_ref();
    let held = row.and_then(|row| row.held_at.map(|at| (at, row.held_by.as_ref())));
    let link_path = format!("/o/consents/{}/link", props.consent);
    let has_number = row.is_some_and(|row| row.number.is_some());
    html! {
        <>
            if let Some((at, by)) = held {
                <Notice tone={Tone::Warn} code="U-X62" title={words::HELD}>
                    <p>{ words::held(at, by.map(shared::domain::account::UserId::as_str)) }</p>
                    <p>{ words::HELD_NEXT }</p>
                </Notice>
            }
            <DefinitionList rows={number_rows(row)} />
            if file.may_set && held.is_none() {
                { number_form(props, has_number) }
            }
            if file.may_correct && (has_number || held.is_some()) {
                <p>{ link(&link_path, None, words::TO_LINK) }</p>
            }
            <h3>{ words::RESULTS }</h3>
            { results(props, file) }
            <h3>{ words::CHANGES }</h3>
            <Timeline events={file.changes.iter().map(|of| Happened {
                at: of.at,
                what: words::event(of).into(),
                by: Some(of.by.as_ref().map_or(words::BY_ITSELF.into(), |by| by.to_string().into())),
                tone: Tone::Info,
            }).collect::<Vec<_>>()} empty={html! { <p>{ words::NO_CHANGES }</p> }} />
            if props.is_asking {
                <Confirm id="reference-off" title={words::TAKE_OFF_TITLE} act={words::TAKE_OFF} is_busy={props.progress.is_busy}
                    failed={props.progress.refusal.as_ref().map(text::refusal)} onact={props.ontake_off.clone()}
                    onclose={props.onask.reform(|()| false)}>
                    <p>{ words::TAKE_OFF_HERE }</p>
                    <p>{ words::TAKE_OFF_THERE }</p>
                </Confirm>
            }
        </>
    }
}

/// The number, how far its registration is, who changed it last.
fn number_rows(row: Option<&ReferenceRow>) -> Vec<Row> {
    let Some(row) = row else { return vec![Row::text(words::NUMBER_NOW, words::NEVER)] };
    let number = row.number.clone().unwrap_or_else(|| words::NEVER.to_owned());
    let mut rows = vec![Row::text(words::NUMBER_NOW, number), Row::text(words::STATE, state(row))];
    rows.push(Row::text(words::COLUMNS[4], words::changed(row.changed_at, row.changed_by.as_ref().map(|by| by.as_str()))));
    rows
}

/// The state; of a refusal with its code and words.
pub(crate) fn state(row: &ReferenceRow) -> String {
    let why = [row.code.as_deref(), row.message.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    if row.state == SendState::Refused && !why.is_empty() { format!("{}({why})", row.state.label()) } else { row.state.label().to_owned() }
}

fn number_form(props: &PersonViewProps, has_number: bool) -> Html {
    let failed = props.progress.refusal.as_ref().filter(|_| !props.is_asking).map(text::refusal);
    let of = props.form.clone().held(props.progress.is_busy).input(NUMBER, |typed| typed);
    html! {
        <>
            <SendForm id="reference-set" submit={if has_number { words::CHANGE } else { words::SET }} {failed} is_busy={props.progress.is_busy}
                onsubmit={props.onset.clone()}>
                <Field {of} label={words::NUMBER} hint={words::NUMBER_HINT} />
            </SendForm>
            if has_number {
                <p class="actions"><Button id="reference-off-ask" onpress={props.onask.reform(|()| true)}>{ words::TAKE_OFF }</Button></p>
            }
        </>
    }
}

fn results(props: &PersonViewProps, file: &PersonFile) -> Html {
    let columns = words::RESULT_COLUMNS.map(Column::words).to_vec();
    let lines: Vec<Line> = file.results.iter().enumerate().map(|(place, of)| line(props, place, of)).collect();
    html! {
        <>
            <Table caption={words::RESULTS} scrolls={words::RESULTS_SCROLLS} {columns} {lines} empty={Html::default()} />
            if file.has_more {
                <p>{ words::MORE_RESULTS }</p>
            }
        </>
    }
}

fn line(props: &PersonViewProps, place: usize, of: &ResultHere) -> Line {
    let at = of.at.jst_minute_text();
    let when = match &of.consent {
        Some(id) if *id == props.consent => html! { <>{ at }{ words::THIS_ONE }</> },
        Some(id) => link(&format!("/o/consents/{id}"), None, at),
        None => html! { { at } },
    };
    let by = of.by.as_ref().map(|by| format!(" {by}")).unwrap_or_default();
    let assist = of.assist.map(|assist| html! { <span class="consents__note">{ words::assist(assist) }</span> });
    let cells = vec![
        when,
        html! { <>{ format!("{}({}){by}", of.check_way.label(), of.medium.label()) }{ assist.unwrap_or_default() }</> },
        html! { { of.visit_kind.map_or(words::WITHOUT_CONSENT, |kind| kind.label()) } },
        html! { { of.validity.label() } },
        html! { { of.insurance.clone() } },
    ];
    Line { key: place.to_string().into(), cells }
}
