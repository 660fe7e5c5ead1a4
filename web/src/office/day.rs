//! OT-26 本日の訪問・予約: the list of a day, the check of everybody, and three ways onto the list.

mod add;
mod file;
mod pick;

use serde::{Deserialize, Serialize};
use shared::api::day::{CheckDay, DayCsv, DayList, DayRow, DayShown, DayState, RemoveDayVisit};
use shared::domain::calendar::CivilDate;
use yew::prelude::*;

use self::add::AddPart;
use self::file::FilePart;
use self::pick::PickPart;
use super::kept::{Kept, Remembered, use_conditions};
use super::month::parts::{RunBox, save, ways_out};
use crate::part::page_turner::Turned;
use crate::part::said::{Said, said, use_said};
use crate::part::table::{Column, Line};
use crate::part::{Button, Icon, Look, Notice, Sign, Table, link};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, month as words, month::day};
use crate::use_call::use_call;

/// The day that is shown.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Shown(CivilDate);

impl Remembered for Shown {
    const NAME: &'static str = "day";

    fn first(today: CivilDate) -> Self {
        Self(today)
    }

    fn forget_people(&mut self) -> bool {
        false
    }
}

/// OT-26 of the account that is in.
#[component]
pub(crate) fn DayScreen() -> Html {
    let today = use_session().now().jst_date();
    let Kept { asked: Shown(of), ask, .. } = use_conditions::<Shown>();
    let (remote, again) = use_get(DayList { day: of.to_string().into() });
    let check = use_call::<CheckDay>();
    let remove = use_call::<RemoveDayVisit>();
    let said_state = use_said();
    let to = |day: CivilDate| ask.reform(move |()| (Shown(day), Turned::default()));
    let oncheck = {
        let (check, said, again, of) = (check.clone(), said_state.clone(), again.clone(), of);
        Callback::from(move |()| {
            let (said, again) = (said.clone(), again.clone());
            check.start(CheckDay { day: of.to_string().into() }, (), move |outcome| {
                if outcome.is_ok() {
                    said.say(day::CHECK_STARTED);
                    again.emit(());
                }
            });
        })
    };
    let onremove = {
        let (remove, said, again, of) = (remove.clone(), said_state.clone(), again.clone(), of);
        Callback::from(move |id: String| {
            let (said, again) = (said.clone(), again.clone());
            remove.start(RemoveDayVisit { day: of.to_string().into(), visit: id.into() }, (), move |outcome| {
                if outcome.is_ok() {
                    said.say(day::REMOVED);
                    again.emit(());
                }
            });
        })
    };
    let onadded = {
        let (said, again): (Said, Callback<()>) = (said_state.clone(), again.clone());
        Callback::from(move |was_there: bool| {
            said.say(if was_there { day::WAS_THERE } else { day::ADDED });
            again.emit(());
        })
    };
    let (run, rows) = match &remote {
        Remote::Here(shown) => (shown.run.clone(), shown.rows.len()),
        Remote::Loading | Remote::Failed(_) => (None, 0),
    };
    let failed = [check.progress().refusal, remove.progress().refusal].into_iter().flatten().next();
    html! {
        <>
            <p class="on-screen">{ day::LEAD }</p>
            <div class="month-turner">
                <span class="on-screen"><Button id="day-before" onpress={to(of.plus_days(-1))}>{ day::BEFORE }</Button></span>
                <strong class="month-turner__month">{ of.wareki() }</strong>
                <span class="on-screen"><Button id="day-after" onpress={to(of.plus_days(1))}>{ day::AFTER }</Button></span>
                if of != today {
                    <span class="on-screen"><Button id="day-today" onpress={to(today)}>{ day::TODAY }</Button></span>
                }
            </div>
            { said(said_state.words()) }
            if let Some(refusal) = &failed {
                { crate::part::send_form::form_failure(&text::refusal(refusal)) }
            }
            if rows > 0 {
                <p class="actions on-screen">
                    <Button id="check-day" look={Look::Primary} is_off={check.progress().is_busy} onpress={oncheck}>{ day::CHECK }</Button>
                </p>
            }
            <RunBox key={of.to_string()} of={of.to_string()} label={day::CHECKING} {run} onend={again.clone()} />
            { ways_out(save(DayCsv { day: of.to_string().into() })) }
            { remote.view(&again, |shown| list(shown, &onremove)) }
            <div class="on-screen">
                <PickPart day={of} onadded={onadded.clone()} />
                <AddPart day={of} onadded={onadded.clone()} />
                <FilePart day={of} {onadded} />
            </div>
        </>
    }
}

fn list(shown: &DayShown, onremove: &Callback<String>) -> Html {
    let empty = html! { <Notice title={day::NONE}><p>{ day::NONE_NEXT }</p></Notice> };
    html! {
        <>
            <p class="on-paper">{ &shown.institution_name }</p>
            <Table class="month__table" caption={day::TITLE} scrolls={day::SCROLLS} columns={day::COLUMNS.map(Column::words).to_vec()}
                lines={shown.rows.iter().map(|row| line(row, onremove)).collect::<Vec<_>>()} {empty} />
        </>
    }
}

fn line(row: &DayRow, onremove: &Callback<String>) -> Line {
    let name = match &row.consent {
        Some(id) => link(&format!("/o/consents/{id}"), None, row.name.clone()),
        None => html! { { &row.name } },
    };
    let first = match row.is_first {
        Some(true) => day::FIRST,
        Some(false) => day::NOT_FIRST,
        None => "―",
    };
    let sign = match row.state {
        DayState::Valid | DayState::NoReference => Sign::Good,
        DayState::Open | DayState::CannotAsk => Sign::Unknown,
        DayState::Invalid | DayState::NoInsurance => Sign::Bad,
        DayState::Several | DayState::Mismatch => Sign::Warn,
    };
    let onpress = {
        let id = row.id.clone();
        onremove.reform(move |()| id.clone())
    };
    let cells = vec![
        html! { <>{ name }<br /><span class="month__kana">{ &row.kana }</span></> },
        html! { { row.birth_date.map(|day| day.wareki()).unwrap_or_default() } },
        html! { { &row.room } },
        html! { { first } },
        html! { <span class="detail__check"><Icon {sign} />{ row.state.label() }</span> },
        html! { <span class="on-screen"><Button {onpress}>{ day::REMOVE }</Button></span> },
    ];
    Line { key: row.id.clone().into(), cells }
}

/// Says of which day, and what follows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct AddProps {
    /// The day.
    pub(super) day: CivilDate,
    /// Called once somebody stands on the list; true where they stood there already.
    pub(super) onadded: Callback<bool>,
}

/// What a page of this screen is called.
pub(super) const fn pages() -> &'static str {
    words::PAGES
}
