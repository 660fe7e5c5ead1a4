//! People with a living consent, whether their check of the month is still to be made or was made.

use shared::api::day::{AddDayVisit, NewDayVisit};
use shared::api::month::{MonthRow, Show, Worklist, WorklistAsked, WorklistPage};
use shared::domain::month::Month;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use super::{AddProps, pages};
use crate::office::month::parts::who;
use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Offer, PageTurner, Panel, RadioField, Table};
use crate::remote::use_search;
use crate::session::use_session;
use crate::text::office::{self as text, detail, month::day, month::worklist};
use crate::use_call::use_call;

const OPEN: &str = "open";
const DONE: &str = "done";
const SHOWS: [Offer; 2] = [Offer { value: OPEN, label: day::PICK_OPEN }, Offer { value: DONE, label: day::PICK_DONE }];

/// Nothing for who may not see the worklist.
#[component]
pub(super) fn PickPart(props: &AddProps) -> Html {
    let kind = use_session().session.kind;
    if may(kind, Act::Requery) == Right::Yes {
        html! { <Part ..props.clone() /> }
    } else {
        Html::default()
    }
}

#[component]
fn Part(props: &AddProps) -> Html {
    let turned = use_state(Turned::default);
    let show = use_state(|| Show::Open);
    let asked = WorklistAsked { month: Month::of(props.day), show: *show, after: turned.after() };
    let (remote, again) = use_search(Worklist, asked);
    let call = use_call::<AddDayVisit>();
    let onpick = {
        let (call, day, onadded) = (call.clone(), props.day, props.onadded.clone());
        Callback::from(move |consent: String| {
            let onadded = onadded.clone();
            call.start(AddDayVisit { day: day.to_string().into() }, NewDayVisit::Consent(consent), move |outcome| {
                if let Ok(added) = outcome {
                    onadded.emit(added.was_there);
                }
            });
        })
    };
    let onpage = {
        let turned = turned.clone();
        Callback::from(move |to: Turned| turned.set(to))
    };
    let onshow = {
        let (show, turned) = (show.clone(), turned.clone());
        Callback::from(move |word: String| {
            turned.set(Turned::default());
            show.set(if word == DONE { Show::Done } else { Show::Open });
        })
    };
    let value = if *show == Show::Done { DONE } else { OPEN };
    let of = Input { id: "pick-show".into(), value: value.into(), fault: None, is_held: false, oninput: onshow };
    html! {
        <Panel title={day::PICK_TITLE}>
            <p>{ day::PICK_LEAD }</p>
            <RadioField {of} label={day::PICK_SHOW} offers={SHOWS.to_vec()} />
            if let Some(refusal) = call.progress().refusal {
                { form_failure(&text::refusal(&refusal)) }
            }
            { remote.view(&again, |page| list(page, *show, &turned, &onpage, &onpick)) }
        </Panel>
    }
}

fn list(page: &WorklistPage, show: Show, turned: &Turned, onpage: &Callback<Turned>, onpick: &Callback<String>) -> Html {
    let line = |row: &MonthRow| {
        let id = row.consent.clone();
        let onpress = onpick.reform(move |()| id.clone());
        let cells = vec![
            who(row.person.as_ref(), Some(&row.consent)),
            html! { { detail::minute(row.expires_at) } },
            html! { <Button {onpress}>{ day::PICK }</Button> },
        ];
        Line { key: row.consent.clone().into(), cells }
    };
    let none = if show == Show::Done { day::PICK_DONE_NONE } else { day::PICK_NONE };
    let columns = [worklist::COLUMNS[0], worklist::COLUMNS[1], day::PICK].map(Column::words).to_vec();
    html! {
        <>
            <Table class="month__table" caption={day::PICK_TITLE} scrolls={day::PICK_TITLE} {columns}
                lines={page.rows.iter().map(line).collect::<Vec<_>>()} empty={html! { <p>{ none }</p> }} />
            <PageTurner id="pick-page" label={pages()} turned={turned.clone()} next={page.next.clone()} onturn={onpage.clone()} />
        </>
    }
}
