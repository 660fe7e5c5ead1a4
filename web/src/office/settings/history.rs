//! Who changed what when, from old to new in words.

use shared::api::settings::{HistoryPage, HistoryRow};
use yew::prelude::*;

use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Notice, PageTurner, Table, field};
use crate::remote::Remote;
use crate::text::office::settings as words;

const HEADING: &str = "settings-history";

/// Says what is listed.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct HistoryProps {
    /// The page of the history.
    pub(super) history: Remote<HistoryPage>,
    /// Which page it is.
    pub(super) turned: Turned,
    /// Called with the page that is wanted.
    pub(super) onturn: Callback<Turned>,
    /// Asks the same again.
    pub(super) on_retry: Callback<()>,
}

/// The records, one line per setting that was changed.
#[component]
pub(super) fn History(props: &HistoryProps) -> Html {
    let onturn = props.onturn.reform(|next: Turned| {
        field::focus(HEADING);
        next
    });
    html! {
        <section class="settings__history">
            <h2 id={HEADING} tabindex="-1">{ words::HISTORY }</h2>
            { props.history.view(&props.on_retry, |page| html! {
                <>
                    { table(&page.rows) }
                    <PageTurner id="settings-history-page" label={words::HISTORY_PAGES} turned={props.turned.clone()}
                        next={page.next.map(|before| before.to_string())} {onturn} />
                </>
            }) }
        </section>
    }
}

/// What others changed since a record.
pub(super) fn changes_since(history: &Remote<HistoryPage>, base: u32) -> Html {
    match history {
        Remote::Here(page) => table(&page.rows.iter().filter(|row| row.version > base).cloned().collect::<Vec<_>>()),
        Remote::Loading | Remote::Failed(_) => Html::default(),
    }
}

fn table(rows: &[HistoryRow]) -> Html {
    html! {
        <Table class="settings__table" caption={words::HISTORY} scrolls={words::HISTORY_SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
            lines={rows.iter().flat_map(lines).collect::<Vec<_>>()} empty={html! { <Notice title={words::NO_HISTORY} /> }} />
    }
}

fn lines(row: &HistoryRow) -> Vec<Line> {
    let line = |place: usize, texts: [&str; 3]| {
        let head = [row.at.jst_minute_text(), words::by(row.by.as_ref()).to_owned()];
        let texts = head.into_iter().chain(texts.map(str::to_owned));
        Line { key: format!("{}-{place}", row.version).into(), cells: texts.map(|text| html! { { text } }).collect() }
    };
    if row.changes.is_empty() {
        return vec![line(0, [words::BEGUN, "―", "―"])];
    }
    row.changes.iter().enumerate().map(|(place, one)| line(place, [&one.name, &one.old, &one.new])).collect()
}
