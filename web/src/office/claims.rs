//! OT-27 請求前の確認: what is open, closed by a person with a reason.

use shared::api::claims::{ClaimClosing, ClaimGroup, ClaimKind, ClaimRow, Claims, ClaimsCsv, ClaimsShown, CloseClaim};
use shared::domain::month::Month;
use shared::domain::note::Note;
use yew::prelude::*;

use super::month::parts::{differences, save, turner, ways_out};
use crate::part::said::{said, use_said};
use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, Field, Panel, Table, Verdict, link};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, month as words, month::claims};
use crate::use_call::use_call;
use crate::use_form::{Faults, Form, use_form};

const NOTE: &str = "claim-note";

/// OT-27 of the account that is in.
#[component]
pub(crate) fn ClaimsScreen() -> Html {
    let today = Month::of(use_session().now().jst_date());
    let of = use_state(|| today);
    let (remote, again) = use_get(Claims { month: of.to_string().into() });
    let changed = use_state(|| None::<ClaimsShown>);
    let asking = use_state(|| None::<(ClaimKind, ClaimRow)>);
    let form = use_form(String::new);
    let call = use_call::<CloseClaim>();
    let said_state = use_said();
    let remote = match (*changed).clone().filter(|shown| shown.month == *of) {
        Some(shown) => Remote::Here(shown),
        None => remote,
    };
    let onturn = {
        let (of, changed, call) = (of.clone(), changed.clone(), call.clone());
        Callback::from(move |month: Month| {
            call.forget();
            changed.set(None);
            of.set(month);
        })
    };
    let send = {
        let (call, changed, asking, said, of) = (call.clone(), changed.clone(), asking.clone(), said_state.clone(), *of);
        move |closing: ClaimClosing| {
            let (changed, asking, said) = (changed.clone(), asking.clone(), said.clone());
            let words = if closing.note.is_some() { claims::CLOSED } else { claims::REOPENED };
            call.start(CloseClaim { month: of.to_string().into() }, closing, move |outcome| {
                if let Ok(shown) = outcome {
                    asking.set(None);
                    changed.set(Some(shown));
                    said.say(words);
                }
            });
        }
    };
    let onask = {
        let (asking, form, call) = (asking.clone(), form.clone(), call.clone());
        Callback::from(move |row: Option<(ClaimKind, ClaimRow)>| {
            call.forget();
            form.set(String::new());
            asking.set(row);
        })
    };
    let onreopen = {
        let send = send.clone();
        Callback::from(move |(kind, about): (ClaimKind, String)| send(ClaimClosing { kind, about, note: None }))
    };
    let onclose = {
        let (asking, form) = (asking.clone(), form.clone());
        Callback::from(move |_: String| {
            let Some((kind, row)) = (*asking).clone() else { return };
            if let Some(note) = form.read(|typed| read_note(typed)) {
                send(ClaimClosing { kind, about: row.about, note: Some(note) });
            }
        })
    };
    let progress = call.progress();
    html! {
        <>
            <p class="on-screen">{ claims::LEAD }</p>
            { turner(*of, today, &onturn) }
            { said(said_state.words()) }
            if let Some(refusal) = progress.refusal.as_ref().filter(|_| asking.is_none()) {
                { form_failure(&text::refusal(refusal)) }
            }
            { ways_out(save(ClaimsCsv { month: of.to_string().into() })) }
            { remote.view(&again, |shown| html! {
                <>
                    <p class="on-paper">{ &shown.institution_name }</p>
                    { for shown.groups.iter().map(|group| view(group, &onask, &onreopen)) }
                </>
            }) }
            if let Some((_, row)) = &*asking {
                <Confirm id="claim-ask" title={claims::CLOSE_ASK} act={claims::CLOSE} is_busy={progress.is_busy}
                    failed={progress.refusal.as_ref().map(text::refusal)} onact={onclose} onclose={onask.reform(|()| None)}>
                    <p>{ name_of(row) }</p>
                    { note_field(&form) }
                </Confirm>
            }
        </>
    }
}

fn read_note(typed: &str) -> Result<Note<200>, Faults> {
    let fault = |words| Faults::default().note(NOTE, Some(words));
    match Note::<200>::try_from(typed) {
        Ok(note) if note.is_empty() => Err(fault(claims::NO_NOTE)),
        Ok(note) => Ok(note),
        Err(_) => Err(fault(words::day::BAD_TEXT)),
    }
}

fn note_field(form: &Form<String>) -> Html {
    html! { <Field of={form.input(NOTE, |typed| typed)} label={claims::NOTE} hint={claims::NOTE_HINT} is_required=true /> }
}

fn name_of(row: &ClaimRow) -> String {
    if row.name.is_empty() { words::NOBODY.to_owned() } else { row.name.clone() }
}

fn view(group: &ClaimGroup, onask: &Callback<Option<(ClaimKind, ClaimRow)>>, onreopen: &Callback<(ClaimKind, String)>) -> Html {
    let kind = group.kind;
    let open = group.rows.iter().filter(|row| row.closed.is_none()).count();
    let line = |row: &ClaimRow| {
        let name = match &row.consent {
            Some(id) => link(&format!("/o/consents/{id}"), None, name_of(row)),
            None => html! { { name_of(row) } },
        };
        let what = match kind {
            ClaimKind::NoCheck => match row.answered {
                Some(validity) => html! { <><Verdict {validity} /><p>{ claims::NO_SUCCESS }</p></> },
                None => html! { { claims::NO_CHECK } },
            },
            ClaimKind::Changed => differences(&row.differences),
            ClaimKind::Provisional => html! { { claims::PROVISIONAL } },
            ClaimKind::Unsent => html! { <p class="month__words">{ row.unsent.clone().unwrap_or_default() }</p> },
        };
        let act = match &row.closed {
            None => {
                let row = row.clone();
                let onpress = onask.reform(move |()| Some((kind, row.clone())));
                html! { <span class="on-screen"><Button {onpress}>{ claims::CLOSE }</Button></span> }
            }
            Some(closed) => {
                let about = row.about.clone();
                let onpress = onreopen.reform(move |()| (kind, about.clone()));
                html! {
                    <>
                        <p>{ claims::closed(closed.note.as_str(), closed.by.as_str(), closed.at) }</p>
                        <span class="on-screen"><Button {onpress}>{ claims::REOPEN }</Button></span>
                    </>
                }
            }
        };
        Line { key: row.about.clone().into(), cells: vec![name, html! { { row.day.slashed() } }, what, act] }
    };
    html! {
        <Panel title={format!("{} {open}件", kind.label())}>
            <Table class="month__table" caption={kind.label()} scrolls={kind.label()} columns={claims::COLUMNS.map(Column::words).to_vec()}
                lines={group.rows.iter().map(line).collect::<Vec<_>>()} empty={html! { <p>{ claims::NONE }</p> }} />
            if group.has_more {
                <p>{ claims::MORE }</p>
            }
        </Panel>
    }
}
