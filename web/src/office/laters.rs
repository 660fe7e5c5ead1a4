//! OT-17h 後で確認する方: 仮確認 (X12, X34) and those seen in an opening; a task stays until a later check settled it, or it was dropped.

pub(crate) mod one;

use shared::api::later::{LaterChecks, LaterRow, LaterShown};
use yew::prelude::*;

use crate::part::table::{Column, Line};
use crate::part::{Notice, Table, link};
use crate::remote::{Remote, use_get};
use crate::text::office::{laters as words, laters::cardless};

/// The list.
#[component]
pub(crate) fn LatersScreen() -> Html {
    let (remote, on_retry) = use_get(LaterChecks);
    html! { <LatersView {remote} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LatersViewProps {
    /// The tasks.
    pub(crate) remote: Remote<LaterShown>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The tasks, the oldest first.
#[component]
pub(crate) fn LatersView(props: &LatersViewProps) -> Html {
    html! {
        <>
            <p class="on-screen">{ words::LEAD }</p>
            <p class="on-screen">{ link("/o/check/without-card", None, cardless::TITLE) }</p>
            { props.remote.view(&props.on_retry, |shown| {
                let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
                html! {
                    <Table caption={words::LIST} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                        lines={shown.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
                }
            }) }
        </>
    }
}

fn line(row: &LaterRow) -> Line {
    let name = row.person.as_ref().map_or(words::UNKNOWN, |person| person.name.as_str());
    let cells = vec![
        html! { { name } },
        html! { { row.due_on.map_or_else(|| row.at.jst_minute_text(), words::due) } },
        html! { <>{ words::way(row.way, row.route) }{ for row.visit_kind.map(|of| html! { <div>{ of.label() }</div> }) }</> },
        html! { { row.by.as_ref().map_or(words::TABLET, |by| by.as_str()) } },
        link(&format!("/o/laters/{}", row.id), None, words::OPEN),
    ];
    Line { key: row.id.clone().into(), cells }
}
