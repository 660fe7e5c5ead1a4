//! 加算の根拠一覧 (OT-14, P-FEE): who was checked first when, and which fees count in the month. Staff decide.

use shared::api::month::{COUNT_MAX, Evidence, EvidenceAsked, EvidenceCsv, EvidencePage, MonthRow};
use shared::domain::month::Month;
use yew::prelude::*;

use super::parts::{save, turner, ways_out, who};
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Notice, PageTurner, Panel, Table};
use crate::remote::use_search;
use crate::session::use_session;
use crate::text::office::{detail, month as words, month::evidence};

/// The evidence of a month.
#[component]
pub(crate) fn EvidenceScreen() -> Html {
    let today = Month::of(use_session().now().jst_date());
    let of = use_state(|| today);
    let turned = use_state(Turned::default);
    let (remote, again) = use_search(Evidence, EvidenceAsked { month: *of, after: turned.after() });
    let onturn = {
        let (of, turned) = (of.clone(), turned.clone());
        Callback::from(move |month: Month| {
            turned.set(Turned::default());
            of.set(month);
        })
    };
    let onpage = {
        let turned = turned.clone();
        Callback::from(move |to: Turned| turned.set(to))
    };
    html! {
        <>
            <p>{ evidence::LEAD }</p>
            { turner(*of, today, &onturn) }
            { ways_out(save(EvidenceCsv { month: of.to_string().into() })) }
            { remote.view(&again, |page| filled(page, &turned, &onpage)) }
        </>
    }
}

fn filled(page: &EvidencePage, turned: &Turned, onpage: &Callback<Turned>) -> Html {
    let empty = html! { <Notice title={evidence::NONE}><p>{ evidence::NONE_NEXT }</p></Notice> };
    html! {
        <>
            <p class="on-paper">{ &page.institution_name }</p>
            <Panel title={evidence::FEES}>
                if page.fees.is_empty() {
                    <p>{ evidence::NO_FEES }</p>
                } else {
                    <ul>{ for page.fees.iter().map(|fee| html! { <li>{ fee }</li> }) }</ul>
                }
                <p>{ evidence::DECIDE }</p>
            </Panel>
            <p role="status">{ words::more_than(page.count, COUNT_MAX) }</p>
            <Table class="month__table" caption={evidence::TITLE} scrolls={words::worklist::SCROLLS}
                columns={evidence::COLUMNS.map(Column::words).to_vec()} lines={page.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
            <PageTurner id="evidence-page" label={words::PAGES} turned={turned.clone()} next={page.next.clone()} onturn={onpage.clone()} />
        </>
    }
}

fn line(row: &MonthRow) -> Line {
    let check = row.check.as_ref();
    let by = check.and_then(|check| check.by.as_ref()).map_or_else(|| evidence::PATIENT.to_owned(), ToString::to_string);
    let cells = vec![
        who(row.person.as_ref(), Some(&row.consent)),
        html! { { check.map(|check| detail::minute(check.at)).unwrap_or_default() } },
        html! { { check.map(|check| check.way.label()).unwrap_or_default() } },
        html! { { check.map(|check| check.medium.label()).unwrap_or_default() } },
        html! { { by } },
    ];
    Line { key: row.consent.clone().into(), cells }
}
