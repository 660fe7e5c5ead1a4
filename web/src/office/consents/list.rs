//! What a search found: N106 above, the thirteen columns of N107, one row per consent.

use shared::api::office::{ConsentPage, ConsentRow};
use shared::domain::consent::{ConsentItem, ItemState};
use yew::prelude::*;
use yew_router::prelude::*;

use crate::office::remote::{Remote, failure};
use crate::office::route::Route;
use crate::part::pager::shown_rows;
use crate::part::{LiveRegion, Notice, Pager, Tone, Verdict};
use crate::text::office::{self as text, consents as words};

/// Element id of the heading above the results.
pub(crate) const HEADING: &str = "consents-results";

/// Says what was found.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ResultsProps {
    /// What was found; `None` before the first search.
    pub(crate) remote: Option<Remote<ConsentPage>>,
    /// A reload took names or numbers away.
    pub(crate) lost_people: bool,
    /// Called with what leads to the page that is wanted.
    pub(crate) onpage: Callback<Option<String>>,
    /// Asks the same again.
    pub(crate) on_retry: Callback<()>,
}

/// The heading stays while its content changes, so that focus and announcements have a place.
#[component]
pub(crate) fn Results(props: &ResultsProps) -> Html {
    let count = match &props.remote {
        None | Some(Remote::Failed(_)) => Html::default(),
        Some(Remote::Loading) => html! { <p>{ words::SEARCHING }</p> },
        Some(Remote::Here(page)) => {
            let rows = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
            let (first, last) = shown_rows(page.ahead, rows.saturating_add(page.damaged));
            html! { <p class="results__count">{ text::pager::found(page.total, page.is_total_more, first, last) }</p> }
        }
    };
    let body = match &props.remote {
        None if props.lost_people => html! { <Notice tone={Tone::Info} title={words::LOST_PEOPLE} /> },
        None => html! { <p>{ words::NOT_YET }</p> },
        Some(Remote::Loading) => Html::default(),
        Some(Remote::Failed(refusal)) => failure(&text::refusal(refusal), &props.on_retry),
        Some(Remote::Here(page)) if page.rows.is_empty() && page.damaged == 0 && page.ahead == 0 => empty(),
        Some(Remote::Here(page)) => filled(page, &props.onpage),
    };
    html! {
        <section class="results" aria-labelledby={HEADING}>
            <h2 id={HEADING} tabindex="-1">{ words::RESULTS }</h2>
            <LiveRegion>{ count }</LiveRegion>
            { body }
        </section>
    }
}

fn empty() -> Html {
    html! {
        <Notice tone={Tone::Info} title={words::EMPTY}>
            <ul>{ for words::EMPTY_NEXT.iter().map(|what| html! { <li>{ what }</li> }) }</ul>
            <p>{ words::EMPTY_VISIT }</p>
        </Notice>
    }
}

fn filled(page: &ConsentPage, onpage: &Callback<Option<String>>) -> Html {
    let pager = |id: &'static str, label: &'static str| {
        html! { <Pager {id} {label} previous={page.previous.clone()} next={page.next.clone()} onpage={onpage.clone()} /> }
    };
    let columns = words::columns();
    html! {
        <>
            if page.damaged > 0 {
                <Notice tone={Tone::Warn} title={text::pager::damaged(page.damaged)}><p>{ text::pager::DAMAGED_NEXT }</p></Notice>
            }
            { pager("pager-top", text::pager::ABOVE) }
            <div class="results__scroll" role="region" aria-label={words::SCROLLS} tabindex="0">
                <table class="consents" role="table">
                    <caption class="visually-hidden">{ words::TITLE }</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            { for columns.iter().map(|title| html! { <th scope="col" role="columnheader">{ title }</th> }) }
                            <th scope="col" role="columnheader">{ words::VALIDITY }</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{ for page.rows.iter().map(|row| row_view(row, &columns)) }</tbody>
                </table>
            </div>
            <p class="results__legend" aria-hidden="true">{ words::LEGEND }</p>
            { pager("pager-bottom", text::pager::BELOW) }
        </>
    }
}

fn row_view(row: &ConsentRow, columns: &[&'static str]) -> Html {
    let person = row.person.as_ref();
    let name = person.map_or_else(|| words::PERSON_UNKNOWN.to_owned(), |person| person.name.clone());
    let texts = [
        person.map(|person| person.name_kana.clone()),
        person.map(|person| person.birth_date.wareki()),
        person.map(|person| person.sex.label().to_owned()),
        row.reference_number.clone(),
    ];
    let texts = texts.into_iter().map(|text| text.map_or_else(nothing, |text| html! { { text } }));
    // By the column, not by the place in the answer.
    let state_of = |item| row.items.iter().find(|(of, _)| *of == item).map(|(_, state)| *state);
    let items = ConsentItem::ALL.into_iter().map(|item| state_of(item).map_or_else(nothing, mark));
    let replaced = row.replaced_at.map(|at| html! { <span class="consents__note">{ words::replaced(at) }</span> });
    let ends = [
        html! { { row.consented_at.jst_date().slashed() } },
        html! { <>{ row.expires_at.jst_minute_text() }{ replaced.unwrap_or_default() }</> },
    ];
    let validity = html! {
        <>
            <Verdict validity={row.validity} />
            if row.is_chosen {
                <span class="consents__note">{ words::CHOSEN }</span>
            }
        </>
    };
    let cells = texts.chain(items).chain(ends).chain([validity]);
    let labels = columns.iter().copied().chain([words::VALIDITY]);
    let label = columns.first().copied();
    html! {
        <tr role="row" key={row.id.clone()}>
            <th scope="row" role="rowheader" data-label={label}>
                <Link<Route> to={Route::Consent { id: row.id.clone() }}>{ name }</Link<Route>>
            </th>
            { for cells.zip(labels.skip(1)).map(|(cell, label)| html! { <td role="cell" data-label={label}>{ cell }</td> }) }
        </tr>
    }
}

/// ○ × 期限切 置換 対象外, each with its words for a screen reader.
fn mark(state: ItemState) -> Html {
    let (mark, read) = words::mark(state);
    html! { <><span class="consents__mark" aria-hidden="true">{ mark }</span><span class="visually-hidden">{ read }</span></> }
}

/// An empty cell says so.
fn nothing() -> Html {
    html! { <><span aria-hidden="true">{ words::NOTHING }</span><span class="visually-hidden">{ words::NOTHING_READ }</span></> }
}
