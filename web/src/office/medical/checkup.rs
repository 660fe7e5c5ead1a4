//! 特定健診: one row for each value, one column for each checkup, the newest first.

use shared::domain::medical::{Checkup, Mark, Measured};
use yew::prelude::*;

use super::line::{nothing, source};
use crate::part::table::{Column, Line};
use crate::part::{Notice, Table};
use crate::text::office::medical::{self as words, checkup as said};

/// All checkups side by side.
pub(super) fn view(checkups: &[Checkup]) -> Html {
    let empty = html! { <Notice title={words::EMPTY}><p>{ words::EMPTY_NEXT }</p></Notice> };
    let head = |checkup: &Checkup| Column::words(format!("{} {}", checkup.on.slashed(), checkup.name));
    let columns: Vec<Column> = [Column::words(said::ITEM)].into_iter().chain(checkups.iter().map(head)).collect();
    let row = |key: &str, first: Html, cell: &dyn Fn(&Checkup) -> Html| Line {
        key: key.to_owned().into(),
        cells: [first].into_iter().chain(checkups.iter().map(cell)).collect(),
    };
    let place = |checkup: &Checkup| checkup.source.institution.as_ref().map_or_else(nothing, |name| html! { { name } });
    let about =
        [row("where", html! { { said::WHERE } }, &place), row("source", html! { { said::SOURCE } }, &|checkup| source(&checkup.source))];
    let values = items(checkups).into_iter().map(|item| {
        let found = |checkup: &Checkup| checkup.values.iter().find(|value| value.item == item.item).map_or_else(nothing, value);
        row(&item.item, name(item), &found)
    });
    let lines: Vec<Line> = if checkups.is_empty() { Vec::new() } else { about.into_iter().chain(values).collect() };
    html! {
        <>
            <Table class="medical__table medical__checkups" caption={words::KINDS} scrolls={said::SCROLLS} {columns} {lines} {empty} />
            if !checkups.is_empty() {
                <p>{ said::LEGEND }</p>
            }
        </>
    }
}

/// Each value once, in the order of the checkup with the most; further ones at the end.
pub(crate) fn items(checkups: &[Checkup]) -> Vec<&Measured> {
    let longest = checkups.iter().max_by_key(|checkup| checkup.values.len());
    let mut items: Vec<&Measured> = Vec::new();
    for value in longest.into_iter().chain(checkups).flat_map(|checkup| &checkup.values) {
        if !items.iter().any(|other| other.item == value.item) {
            items.push(value);
        }
    }
    items
}

fn name(of: &Measured) -> Html {
    let range = of.range.as_ref().map(|range| html! { <span class="medical__about">{ format!("{range} {}", of.unit) }</span> });
    html! { <>{ &of.item }{ range.unwrap_or_default() }</> }
}

fn value(of: &Measured) -> Html {
    let mark = of.mark.map(|mark| match mark {
        Mark::High => said::HIGH,
        Mark::Low => said::LOW,
    });
    html! {
        <>
            { &of.value }{ " " }{ &of.unit }
            if let Some(mark) = mark {
                <span class="medical__mark">{ mark }</span>
            }
        </>
    }
}
