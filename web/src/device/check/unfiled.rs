//! X49: results that nobody filed, and one of them once more.

use std::rc::Rc;

use shared::api::VisitPart;
use shared::api::bedside::{SeeBedsideResult, UnfiledBedside, UnfiledRow};
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::hooks::use_navigator;

use super::result::ResultScreen;
use crate::part::table::{Column, Line};
use crate::part::{BelowHeading, Panel, Table, link};
use crate::remote::use_get;
use crate::text::office::{bedside as words, checks};

/// The list.
#[component]
pub(crate) fn Unfiled() -> Html {
    let (remote, again) = use_get(UnfiledBedside);
    remote.view(&again, |rows| html! { <UnfiledView rows={rows.clone()} /> })
}

/// Says which results.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct UnfiledViewProps {
    pub(super) rows: Vec<UnfiledRow>,
}

#[component]
pub(super) fn UnfiledView(props: &UnfiledViewProps) -> Html {
    let columns = words::UNFILED_COLUMNS.into_iter().map(Column::words).collect::<Vec<_>>();
    let lines = props.rows.iter().map(|row| {
        let initials = if row.initials.is_empty() { words::NOBODY.to_owned() } else { row.initials.clone() };
        let way = link(&format!("/d/result/{}", row.visit), None, checks::minute(row.done_at));
        Line { key: row.visit.clone().into(), cells: vec![way, initials.into(), row.check_way.label().into(), row.validity.label().into()] }
    });
    html! {
        <>
            <p>{ words::UNFILED_LEAD }</p>
            <Table caption={words::UNFILED_TITLE} scrolls={words::UNFILED_SCROLLS} {columns} lines={lines.collect::<Vec<_>>()}
                empty={html! { <Panel title={words::UNFILED_NONE}><p>{ words::UNFILED_NONE_NEXT }</p></Panel> }} />
        </>
    }
}

/// Says which result.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneResultProps {
    /// Names it.
    pub(crate) visit: AttrValue,
}

/// DA-10 once more.
#[component]
pub(crate) fn OneResult(props: &OneResultProps) -> Html {
    let (remote, again) = use_get(SeeBedsideResult { visit: VisitPart::from(props.visit.as_str()) });
    let navigator = use_navigator();
    let onclose = Callback::from(move |()| {
        if let Some(navigator) = &navigator {
            navigator.push(&AnyRoute::new("/d"));
        }
    });
    remote.view(&again, |result| {
        html! {
            <ContextProvider<BelowHeading> context={BelowHeading}>
                <ResultScreen result={Rc::new(result.clone())} {onclose} />
            </ContextProvider<BelowHeading>>
        }
    })
}
