//! Where an account is logged in.

use shared::api::account::SessionRow;
use yew::prelude::*;

use super::state::{Asked, OneViewProps};
use crate::part::table::{Column, Line};
use crate::part::{Button, Table};
use crate::text::office::accounts as words;

/// The logins that still count, each with the button that ends it.
pub(super) fn logins(props: &OneViewProps) -> Html {
    let columns = [words::SINCE, words::SEEN, words::FROM_WHERE, words::END_COLUMN].map(Column::words).to_vec();
    let may_end = props.details.account.may_change;
    let line = |session: &SessionRow| {
        let (id, end_id) = (session.id.clone(), format!("end-{}", session.id.chars().take(8).collect::<String>()));
        let end = if session.is_own {
            html! { { words::OWN } }
        } else if may_end {
            let onpress = props.onask.reform(move |()| Some(Asked::End(Some(id.clone()))));
            let whose = words::of_login(&session.opened_at.jst_minute_text());
            html! { <Button id={end_id} {onpress}>{ words::END_ONE }<span class="visually-hidden">{ whose }</span></Button> }
        } else {
            Html::default()
        };
        let address = session.address.clone().unwrap_or_else(|| words::UNKNOWN.to_owned());
        let texts = [session.opened_at.jst_minute_text(), session.seen_at.jst_minute_text(), address];
        let cells = texts.into_iter().map(|text| html! { { text } }).chain([end]).collect();
        Line { key: session.id.clone().into(), cells }
    };
    let lines: Vec<Line> = props.details.sessions.iter().map(line).collect();
    html! {
        <>
            <Table caption={words::SESSIONS} scrolls={words::SESSIONS_SCROLLS} {columns} lines={lines.clone()}
                empty={html! { <p>{ words::SESSIONS_NONE }</p> }} />
            if may_end && lines.len() > 1 {
                <p><Button id="account-end-all" onpress={props.onask.reform(|()| Some(Asked::End(None)))}>{ words::END_ALL }</Button></p>
            }
        </>
    }
}
