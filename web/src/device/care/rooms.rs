//! DA-14 部屋の一覧: one home, floor by floor; whom to see next, who is left, which cards are not back.

use std::rc::Rc;

use shared::api::room::{CardPlace, RoomRow, RoomState, Rooms, RoomsShown, next_of};
use yew::prelude::*;

use super::use_today;
use crate::part::{Button, Icon, Look, Notice, Panel, Sign, Tone, link};
use crate::remote::use_get;
use crate::text::office::care::{self as text, rooms as words};

/// DA-14 of today. From midnight on it is another list.
#[component]
pub(crate) fn RoomsScreen() -> Html {
    let today = use_today();
    html! { <RoomsOfDay key={today.to_string()} /> }
}

#[component]
fn RoomsOfDay() -> Html {
    let (remote, again) = use_get(Rooms);
    let home = use_state(|| None::<String>);
    let onhome = {
        let home = home.clone();
        Callback::from(move |name: String| home.set(Some(name)))
    };
    remote.view(&again, |shown| html! { <RoomsView shown={Rc::new(shown.clone())} home={(*home).clone()} {onhome} /> })
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct RoomsViewProps {
    pub(super) shown: Rc<RoomsShown>,
    /// The home that was chosen; else the first with somebody who is left.
    #[prop_or_default]
    pub(super) home: Option<String>,
    #[prop_or_default]
    pub(super) onhome: Callback<String>,
}

/// Where a person is opened.
pub(super) fn path_of(row: &RoomRow) -> String {
    format!("/d/rooms/{}", row.id)
}

/// 201号室 シ・ハ.
pub(super) fn name_of(row: &RoomRow) -> String {
    let initials = if row.initials.is_empty() { words::NO_INITIALS } else { row.initials.as_str() };
    format!("{} {initials}", text::room(&row.room))
}

#[component]
pub(super) fn RoomsView(props: &RoomsViewProps) -> Html {
    let rows = &props.shown.rows;
    if rows.is_empty() {
        return html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    }
    let mut homes: Vec<&str> = rows.iter().map(|row| row.home.as_str()).collect();
    homes.dedup();
    let first = homes.iter().copied().find(|home| next_of(rows, home, None).is_some()).or(homes.first().copied()).unwrap_or_default();
    let home = props.home.as_deref().filter(|home| homes.contains(home)).unwrap_or(first);
    let of_home: Vec<&RoomRow> = rows.iter().filter(|row| row.home == home).collect();
    let done = of_home.iter().filter(|row| matches!(row.state, RoomState::Done | RoomState::Paper)).count();
    let mut floors: Vec<&str> = of_home.iter().map(|row| row.floor.as_str()).collect();
    floors.dedup();
    html! {
        <>
            <p>{ text::day(props.shown.day) }</p>
            { which_home(&homes, home, &props.onhome) }
            <p>{ text::counts(done, of_home.len()) }</p>
            { next(rows, home) }
            { end(&of_home) }
            { for floors.into_iter().map(|floor| html! {
                <Panel title={text::floor(floor)}>
                    <ul class="rooms">{ for of_home.iter().filter(|row| row.floor == floor).map(|row| line(row)) }</ul>
                </Panel>
            }) }
            <p class="on-screen">{ words::LEGEND }</p>
        </>
    }
}

fn which_home(homes: &[&str], home: &str, onhome: &Callback<String>) -> Html {
    let name = |home: &str| if home.is_empty() { words::NO_HOME.to_owned() } else { home.to_owned() };
    if homes.len() < 2 {
        return html! { <p class="rooms__home">{ name(home) }</p> };
    }
    let button = |of: &&str| {
        let chosen = (*of).to_owned();
        let onpress = onhome.reform(move |()| chosen.clone());
        let look = if *of == home { Look::Primary } else { Look::Secondary };
        html! { <Button {look} is_off={*of == home} {onpress}>{ name(of) }</Button> }
    };
    html! { <div class="actions" role="group" aria-label={words::HOME}>{ for homes.iter().map(button) }</div> }
}

/// 次の方, or that nobody is left.
fn next(rows: &[RoomRow], home: &str) -> Html {
    match next_of(rows, home, None) {
        Some(row) => html! {
            <p class="rooms__next">{ link(&path_of(row), Some(classes!("desk-ways__way")), format!("{} {}", words::NEXT, name_of(row))) }</p>
        },
        None => html! { <Notice tone={Tone::Good} role="status" title={words::END} /> },
    }
}

/// At the end: who is left, and which cards are not back. The cards stand there all the time.
fn end(of_home: &[&RoomRow]) -> Html {
    let left: Vec<&&RoomRow> = of_home.iter().filter(|row| matches!(row.state, RoomState::Later(_))).collect();
    let cards: Vec<&&RoomRow> = of_home.iter().filter(|row| row.card == CardPlace::Out).collect();
    let list = |rows: &[&&RoomRow]| {
        html! { <ul class="rooms">{ for rows.iter().map(|row| line(row)) }</ul> }
    };
    let is_over = !of_home.iter().any(|row| row.state == RoomState::Open);
    html! {
        <>
            if is_over && left.is_empty() {
                <p>{ words::END_ALL }</p>
            }
            if !left.is_empty() {
                <Panel title={words::LEFT}>{ list(&left) }</Panel>
            }
            if !cards.is_empty() {
                <Notice tone={Tone::Warn} title={words::CARDS}><p>{ words::CARDS_NEXT }</p>{ list(&cards) }</Notice>
            }
        </>
    }
}

fn line(row: &RoomRow) -> Html {
    let sign = match row.state {
        RoomState::Open => Sign::Unknown,
        RoomState::Done | RoomState::Paper => Sign::Good,
        RoomState::Later(_) => Sign::Warn,
    };
    let said = matches!(row.state, RoomState::Done | RoomState::Paper).then(|| row.said.label());
    let card = match row.card {
        CardPlace::Untouched => None,
        CardPlace::Out => Some(words::CARD_OUT),
        CardPlace::Back => Some(words::CARD_BACK),
    };
    html! {
        <li key={row.id.clone()} class="rooms__row">
            { link(&path_of(row), Some(classes!("rooms__who")), name_of(row)) }
            <span class="rooms__state"><Icon {sign} />{ text::state(&row.state) }</span>
            if let Some(way) = row.way {
                <span>{ way.label() }</span>
            }
            if let Some(said) = said {
                <span>{ said }</span>
            }
            if let Some(card) = card {
                <span>{ card }</span>
            }
        </li>
    }
}
