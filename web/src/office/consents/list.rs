//! What a search found: N106 above, the thirteen columns of N107, one row per consent.

use shared::api::consents::SaveConsents;
use shared::api::office::{ConsentPage, ConsentRow, ConsentSearch, ListOrder};
use shared::domain::consent::{ConsentItem, ItemState};
use yew::prelude::*;

use crate::office::save_file::SaveFile;
use crate::part::pager::shown_rows;
use crate::part::table::{Column, Line, Sorted};
use crate::part::{LiveRegion, Notice, Pager, Table, Tone, Verdict, link};
use crate::remote::{Remote, failure};
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
    /// How the rows stand.
    pub(crate) order: Option<ListOrder>,
    /// What was asked, for the file of it.
    pub(crate) searched: Option<ConsentSearch>,
    /// Called with what leads to the page that is wanted.
    pub(crate) onpage: Callback<Option<String>>,
    /// Called with the order that is wanted.
    pub(crate) onorder: Callback<ListOrder>,
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
        Some(Remote::Here(page)) => html! {
            <>
                { filled(page, props.order, &props.onpage, &props.onorder) }
                if let Some(search) = &props.searched {
                    <SaveFile<SaveConsents> id="consents-save" endpoint={SaveConsents} request={ConsentSearch { cursor: None, ..search.clone() }} />
                }
            </>
        },
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

fn filled(page: &ConsentPage, order: Option<ListOrder>, onpage: &Callback<Option<String>>, onorder: &Callback<ListOrder>) -> Html {
    let pager = |id: &'static str, label: &'static str| {
        html! { <Pager {id} {label} previous={page.previous.clone()} next={page.next.clone()} onpage={onpage.clone()} /> }
    };
    html! {
        <>
            if page.damaged > 0 {
                <Notice tone={Tone::Warn} title={text::pager::damaged(page.damaged)}><p>{ text::pager::DAMAGED_NEXT }</p></Notice>
            }
            { pager("pager-top", text::pager::ABOVE) }
            <Table class="consents" caption={words::TITLE} scrolls={words::SCROLLS} columns={columns(order)} onsort={onorder.reform(order_of)}
                lines={page.rows.iter().map(line).collect::<Vec<_>>()} empty={empty()} />
            <p class="results__legend" aria-hidden="true">{ words::LEGEND }</p>
            { pager("pager-bottom", text::pager::BELOW) }
        </>
    }
}

/// N107 in its order, and last the verdict.
fn columns(order: Option<ListOrder>) -> Vec<Column> {
    let sorted = |is_so: bool, how: Sorted| if is_so { how } else { Sorted::No };
    let items = ConsentItem::ALL.map(|item| Column::marks(item.short_label()));
    let ends = [
        Column::words(words::CONSENTED).sorted(sorted(order == Some(ListOrder::NewestFirst), Sorted::Down)),
        Column::words(words::EXPIRES).sorted(sorted(order == Some(ListOrder::ExpiryFirst), Sorted::Up)),
        Column::words(words::VALIDITY),
    ];
    words::PERSON.into_iter().map(Column::words).chain(items).chain(ends).collect()
}

/// The order of the rows by a press on the heading at this place.
fn order_of(place: usize) -> ListOrder {
    let first_end = words::PERSON.len() + ConsentItem::ALL.len();
    if place == first_end { ListOrder::NewestFirst } else { ListOrder::ExpiryFirst }
}

fn line(row: &ConsentRow) -> Line {
    let person = row.person.as_ref();
    let name = person.map_or_else(|| words::PERSON_UNKNOWN.to_owned(), |person| person.name.clone());
    let name = link(&format!("/o/consents/{}", row.id), None, name);
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
    let is_withdrawn = row.items.iter().any(|(_, state)| *state == ItemState::Withdrawn);
    let ended = row.replaced_at.map(|at| html! { <span class="consents__note">{ words::ended(at, is_withdrawn) }</span> });
    let ends = [
        html! {
            <>
                { row.consented_at.jst_date().slashed() }
                if let Some(on) = row.booked_on {
                    <span class="consents__note">{ words::booked(on) }</span>
                }
            </>
        },
        html! { <>{ row.expires_at.jst_minute_text() }{ ended.unwrap_or_default() }</> },
    ];
    let validity = html! {
        <>
            <Verdict validity={row.validity} />
            if row.is_chosen {
                <span class="consents__note">{ words::CHOSEN }</span>
            }
            if let Some(state) = row.hand_over {
                <span class="consents__note">{ words::hand_over(state) }</span>
            }
        </>
    };
    let cells = [name].into_iter().chain(texts).chain(items).chain(ends).chain([validity]).collect();
    Line { key: row.id.clone().into(), cells }
}

/// ○ × 期限切 置換 取消 対象外, each with its words for a screen reader.
fn mark(state: ItemState) -> Html {
    let (mark, read) = words::mark(state);
    html! { <><span class="consents__mark" aria-hidden="true">{ mark }</span><span class="visually-hidden">{ read }</span></> }
}

/// An empty cell says so.
fn nothing() -> Html {
    html! { <><span aria-hidden="true">{ words::NOTHING }</span><span class="visually-hidden">{ words::NOTHING_READ }</span></> }
}
