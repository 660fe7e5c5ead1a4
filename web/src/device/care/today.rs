//! DA-15 本日の訪問: today's people in their order, and one's own checks; gone at midnight.

use shared::api::day::{DayRow, DayState};
use shared::api::room::{OwnCheck, Today, TodayShown};
use shared::right::Act;
use yew::prelude::*;

use super::use_today;
use crate::edition;
use crate::part::{Icon, Notice, Panel, Sign, Verdict, link};
use crate::remote::use_get;
use crate::text::office::{care as text, care::today as words};

/// DA-15. From midnight on it is another day's, and nothing of the day before is left.
#[component]
pub(crate) fn TodayScreen() -> Html {
    let today = use_today();
    html! { <OfDay key={today.to_string()} /> }
}

#[component]
fn OfDay() -> Html {
    let (remote, again) = use_get(Today);
    remote.view(&again, view)
}

/// What the screen shows.
pub(super) fn view(shown: &TodayShown) -> Html {
    html! {
        <>
            <p>{ text::day(shown.day) }</p>
            <p class="on-screen">{ words::LEAD }</p>
            if shown.later > 0 {
                <Notice tone={crate::part::Tone::Warn} title={words::later(shown.later)} />
            }
            <Panel title={words::LIST}>
                if shown.rows.is_empty() {
                    <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice>
                } else {
                    <ol class="rooms">{ for shown.rows.iter().map(row) }</ol>
                }
            </Panel>
            <Panel title={words::OWN}>
                if shown.own.is_empty() {
                    <p>{ words::OWN_NONE }</p>
                } else {
                    <ul class="rooms">{ for shown.own.iter().map(own) }</ul>
                }
            </Panel>
        </>
    }
}

fn row(of: &DayRow) -> Html {
    let sign = match of.state {
        DayState::Valid | DayState::NoReference => Sign::Good,
        DayState::Open | DayState::CannotAsk => Sign::Unknown,
        DayState::Invalid | DayState::NoInsurance => Sign::Bad,
        DayState::Several | DayState::Mismatch => Sign::Warn,
    };
    html! {
        <li key={of.id.clone()} class="rooms__row">
            <span class="rooms__who">{ &of.name }</span>
            <span class="rooms__state"><Icon {sign} />{ of.state.label() }</span>
            if of.is_first == Some(true) {
                <strong>{ words::FIRST }</strong>
            }
            if !of.room.is_empty() {
                <span>{ text::room(&of.room) }</span>
            }
            if let Some(consent) = of.consent.as_ref().filter(|_| edition::has(Act::Requery)) {
                { link(&format!("/d/requery/{consent}"), None, words::ASK) }
            }
            if !of.room.is_empty() {
                { link(&format!("/d/rooms/{}", of.id), None, words::OPEN_ROOM) }
            }
        </li>
    }
}

fn own(of: &OwnCheck) -> Html {
    let initials = if of.initials.is_empty() { words::UNKNOWN } else { of.initials.as_str() };
    html! {
        <li class="rooms__row">
            <span>{ of.at.jst_minute_text() }</span>
            <span class="rooms__who">{ initials }</span>
            <span>{ of.way.label() }</span>
            <Verdict validity={of.validity} />
        </li>
    }
}
