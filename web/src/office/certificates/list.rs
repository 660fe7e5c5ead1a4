//! The list of OT-1: state, end, and what can be done with each.

use shared::api::certificate::{CertificateList, CertificateRow};
use shared::domain::calendar::UnixMs;
use shared::domain::certificate::CertificateState;
use yew::prelude::*;

use super::Asking;
use crate::part::table::{Column, Line};
use crate::part::{Notice, Table, Tone};
use crate::text::office::certificates as words;

/// Element id of the heading, which takes the focus when a file was closed.
pub(super) const HEADING: &str = "certificates-list";

/// The rows, or what to do where there are none.
pub(super) fn view(found: &CertificateList, is_busy: bool, onexport: &Callback<CertificateRow>, onask: &Callback<Option<Asking>>) -> Html {
    let lines: Vec<Line> = found.rows.iter().map(|row| line(row, is_busy, onexport, onask)).collect();
    let empty = html! { <Notice title={words::NONE_YET}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <section class="codes">
            <h2 id={HEADING} tabindex="-1">{ words::LIST_TITLE }</h2>
            <p>{ words::terms(found.now.jst_date()) }</p>
            <Table class="codes__table" caption={words::LIST_TITLE} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                {lines} {empty} />
        </section>
    }
}

fn line(row: &CertificateRow, is_busy: bool, onexport: &Callback<CertificateRow>, onask: &Callback<Option<Asking>>) -> Line {
    let note = |words: String| html! { <span class="codes__note">{ words }</span> };
    let act = |words: &'static str, onclick: Callback<MouseEvent>| {
        html! {
            <button type="button" class="button button--secondary" aria-label={words::named(words, row.label.as_str())}
                aria-disabled={is_busy.then_some("true")} {onclick}>{ words }</button>
        }
    };
    let of = || row.clone();
    let export = row.export_until.map(|_| {
        let of = of();
        act(words::EXPORT, onexport.reform(move |_: MouseEvent| of.clone()))
    });
    let renew = row.can_be_renewed.then(|| {
        let of = of();
        act(words::RENEW, onask.reform(move |_: MouseEvent| Some(Asking::Renew(of.clone()))))
    });
    let revoke = (row.state != CertificateState::Revoked).then(|| {
        let of = of();
        act(words::REVOKE, onask.reform(move |_: MouseEvent| Some(Asking::Revoke(of.clone()))))
    });
    let state = html! {
        <>
            { row.state.label() }
            { row.revoked_at.map(|at| note(at.jst_minute_text())).unwrap_or_default() }
            if row.is_in_use {
                { note(words::THIS.to_owned()) }
            }
            if row.is_foreign {
                { note(words::FOREIGN.to_owned()) }
            }
        </>
    };
    let is_ended = row.state == CertificateState::Revoked;
    let cells = vec![
        html! { { row.label.as_str() } },
        state,
        html! { <>{ words::until(row.ends_on) }{ if is_ended { Html::default() } else { note(words::left(row.days_left)) } }</> },
        html! { { row.holder.as_str() } },
        html! { { row.last_seen_at.map_or_else(|| words::NEVER.to_owned(), UnixMs::jst_minute_text) } },
        html! {
            <>
                { export.unwrap_or_default() }
                { row.export_until.map(|at| note(words::export_until(at))).unwrap_or_default() }
                { renew.unwrap_or_default() }
                { revoke.unwrap_or_default() }
            </>
        },
    ];
    Line { key: row.id.clone().into(), cells }
}

/// Where this address asks nobody for a certificate.
pub(super) fn not_asked() -> Html {
    html! { <Notice tone={Tone::Warn} title={words::NOT_ASKED}><p>{ words::NOT_ASKED_NEXT }</p></Notice> }
}
