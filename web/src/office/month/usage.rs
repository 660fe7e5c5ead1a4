//! OT-28 利用状況: counts only.

use shared::api::Endpoint as _;
use shared::api::month::{Usage, UsageCount, UsageCsv, UsageOf};
use shared::domain::month::Month;
use yew::prelude::*;

use super::parts::{turner, ways_out};
use crate::part::table::{Column, Line};
use crate::part::{Download, Notice, Table};
use crate::remote::use_get;
use crate::session::use_session;
use crate::text::office::month::{usage, worklist};

/// OT-28 of the account that is in.
#[component]
pub(crate) fn UsageScreen() -> Html {
    let today = Month::of(use_session().now().jst_date());
    let of = use_state(|| today);
    let (remote, again) = use_get(Usage { month: of.to_string().into() });
    let onturn = {
        let of = of.clone();
        Callback::from(move |month: Month| of.set(month))
    };
    let (href, file) = (UsageCsv { month: of.to_string().into() }.path(), format!("uketsuke-usage-{}.csv", *of));
    html! {
        <>
            <p>{ usage::LEAD }</p>
            { turner(*of, today, &onturn) }
            { ways_out(html! { <Download {href} {file} words={crate::text::office::save_file::SAVE} /> }) }
            { remote.view(&again, filled) }
        </>
    }
}

fn filled(of: &UsageOf) -> Html {
    let (all, by_card) = of.totals();
    let line = |row: &UsageCount| {
        let of = row.of.clone().unwrap_or_else(|| usage::NO_USE.to_owned());
        let key = format!("{of} {} {}", row.way.word(), row.medium.word());
        let count = row.count.to_string();
        let cells = vec![html! { { of } }, html! { { row.way.label() } }, html! { { row.medium.label() } }, html! { { count } }];
        Line { key: key.into(), cells }
    };
    let empty = html! { <Notice title={usage::NONE}><p>{ usage::NONE_NEXT }</p></Notice> };
    html! {
        <>
            <p class="on-paper">{ &of.institution_name }</p>
            if all > 0 {
                <p role="status">{ usage::share(all, by_card) }</p>
            }
            <Table class="month__table" caption={usage::TITLE} scrolls={worklist::SCROLLS} columns={usage::COLUMNS.map(Column::words).to_vec()}
                lines={of.counts.iter().map(line).collect::<Vec<_>>()} {empty} />
        </>
    }
}
