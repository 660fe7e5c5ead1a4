//! The parts of OT-23 as a table: light, sentence, since when, what to do, whom to call.

use shared::api::desk::DeskRow;
use shared::api::operation::{Fact, Operation, PartState};
use shared::domain::calendar::UnixMs;
use shared::domain::desk::standing;
use shared::domain::operation::{Light, Part};
use yew::prelude::*;

use super::reader_light;
use crate::part::table::{Column, Line};
use crate::part::{Icon, Table, Tone, link};
use crate::reader::Shown;
use crate::text::office::{desks, device, maintenance, operation as words};

/// Clocks that are farther apart need a look, seconds.
const APART_S: i64 = 60;

/// What only the page can see.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Here {
    /// Whether this browser serves.
    pub(crate) device: Light,
    /// What the browser says of its network.
    pub(crate) is_on_line: bool,
    /// How long the last call took, milliseconds; none: it was lost.
    pub(crate) trip_ms: Option<u32>,
    /// Server clock minus browser clock, seconds.
    pub(crate) apart_s: i64,
    /// The reader program.
    pub(crate) reader: Shown,
}

/// How a part stands for this screen, and its sentence.
fn found(state: &PartState, is_lost: bool, here: &Here) -> (Light, String) {
    match state.part {
        Part::Device => (here.device, words::device(here.device).to_owned()),
        Part::Network => {
            // What has just reached the server is no network that is down, whatever the browser says of itself.
            let light = match (is_lost, here.is_on_line) {
                (false, _) => Light::Good,
                (true, true) => Light::Unknown,
                (true, false) => Light::Bad,
            };
            (light, words::network(light, here.trip_ms))
        }
        Part::Reader => {
            let light = reader_light(&here.reader.view).unwrap_or(Light::Unknown);
            let said = device::trouble(&here.reader.view).map(|say| say.happened.to_string());
            let said = said.or_else(|| device::reader_state(&here.reader.view, false).map(|(title, _)| title.to_owned()));
            (light, said.unwrap_or_else(|| words::fact(&Fact::SeenByPage)))
        }
        Part::Line if is_lost => (Light::Bad, words::LOST.to_owned()),
        // What stands behind the lost line cannot be known now.
        _ if is_lost => (Light::Unknown, words::fact(&state.fact)),
        Part::Clock if here.apart_s.abs() > APART_S => {
            let light = if state.light == Light::Good { Light::Attention } else { state.light };
            (light, format!("{}{}", words::fact(&state.fact), words::apart(here.apart_s)))
        }
        _ => (state.light, words::fact(&state.fact)),
    }
}

/// The table.
pub(super) fn table(last: &Operation, is_lost: bool, here: &Here, desks: &[DeskRow]) -> Html {
    let lines = last.parts.iter().map(|state| line(last, state, is_lost, here, desks)).collect::<Vec<_>>();
    html! {
        <Table class="operation__table" caption={words::TABLE} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
            {lines} empty={Html::default()} />
    }
}

fn line(last: &Operation, state: &PartState, is_lost: bool, here: &Here, desks: &[DeskRow]) -> Line {
    let (light, sentence) = found(state, is_lost, here);
    let part = state.part;
    let since = (light == state.light).then_some(state.since).flatten();
    let good = if light == Light::Good { Some(last.now) } else { state.good_at };
    let window = last.windows.iter().find(|row| row.window.part == part);
    let next = words::next(part, light);
    let cells = vec![
        html! { { part.label() } },
        html! {
            <span class={classes!("light", tone(light).class())} data-light={format!("{}:{}", part.word(), light.word())}>
                <Icon sign={tone(light).sign()} />{ light.label() }
            </span>
        },
        html! {
            <>
                { sentence }
                if let Some(row) = window {
                    <span class="operation__note">{ words::MAINTENANCE }{ ": " }{ row.window.span.words() }</span>
                }
            </>
        },
        html! { <>{ words::since(since) }<span class="operation__note">{ words::good(good) }</span></> },
        html! {
            if let Some(next) = next {
                { next }
                <span class="operation__note">{ whom_to_call(part, desks, last.now) }</span>
            } else {
                { "―" }
            }
        },
    ];
    Line { key: part.word().into(), cells }
}

fn tone(light: Light) -> Tone {
    match light {
        Light::Good => Tone::Good,
        Light::Attention => Tone::Warn,
        Light::Bad => Tone::Bad,
        Light::Unknown => Tone::Info,
    }
}

/// The desk that helps with a part, whether anybody answers there now, and its number.
fn whom_to_call(part: Part, rows: &[DeskRow], now: UnixMs) -> Html {
    match rows.iter().find(|row| row.desk.parts.contains(&part)) {
        None if part == Part::Portal => link("/o/maintenance", None, maintenance::TITLE),
        None => link("/o/desks", None, desks::TITLE),
        Some(row) => {
            let open = row.desk.hours.as_ref().map(|hours| desks::standing(standing(hours, now)));
            html! {
                <>
                    { row.desk.name.as_str() }{ " " }
                    if !row.desk.number.is_empty() {
                        <a href={format!("tel:{}", row.desk.number.as_str())}>{ row.desk.number.as_str() }</a>
                    }
                    if let Some(open) = open {
                        { " " }{ open }
                    }
                </>
            }
        }
    }
}
