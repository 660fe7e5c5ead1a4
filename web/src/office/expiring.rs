//! OT-34 期限の近い方: three lists, and a slip for each person.

use shared::api::expiring::{EXPIRING_ROWS, Expiring, ExpiringAsked, ExpiringCsv, ExpiringPage, ExpiringRow, Kind};
use shared::domain::calendar::UnixMs;
use yew::prelude::*;

use super::month::parts::{save, ways_out};
use crate::part::copy::print;
use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Button, Look, Notice, Offer, PageTurner, RadioField, Table, link};
use crate::remote::use_search;
use crate::text::office::{audit, detail, month as words, month::expiring};

/// OT-34 of the account that is in.
#[component]
pub(crate) fn ExpiringScreen() -> Html {
    let kind = use_state(|| Kind::Certificate);
    let turned = use_state(Turned::default);
    let has_slips = use_state(|| false);
    let (remote, again) = use_search(Expiring, ExpiringAsked { kind: *kind, after: turned.after() });
    let onkind = {
        let (kind, turned) = (kind.clone(), turned.clone());
        Callback::from(move |word: String| {
            if let Some(chosen) = Kind::from_word(&word) {
                turned.set(Turned::default());
                kind.set(chosen);
            }
        })
    };
    let onpage = {
        let turned = turned.clone();
        Callback::from(move |to: Turned| turned.set(to))
    };
    let onslips = {
        let has_slips = has_slips.clone();
        Callback::from(move |has: bool| has_slips.set(has))
    };
    let offers = Kind::ALL.map(|kind| Offer { value: kind.word(), label: kind.label() }).to_vec();
    let of = Input { id: "expiring-kind".into(), value: kind.word().into(), fault: None, is_held: false, oninput: onkind };
    html! {
        <>
            if !*has_slips {
                <div class="on-screen"><RadioField {of} label={expiring::SHOW} {offers} /></div>
            }
            { remote.view(&again, |page| if *has_slips { slips(*kind, page, &onslips) } else { list(*kind, page, &turned, &onpage, &onslips) }) }
        </>
    }
}

fn list(kind: Kind, page: &ExpiringPage, turned: &Turned, onpage: &Callback<Turned>, onslips: &Callback<bool>) -> Html {
    let (first, last) = turned.shown(EXPIRING_ROWS, page.rows.len());
    let empty = html! { <Notice title={expiring::NONE}><p>{ expiring::NONE_NEXT }</p></Notice> };
    html! {
        <>
            <p>{ expiring::span(page.from, page.to) }</p>
            { ways_out(save(ExpiringCsv { kind: kind.word().into() })) }
            if !page.rows.is_empty() {
                <p role="status">{ format!("{first}-{last}件表示") }</p>
                <p class="actions on-screen">
                    <Button id="slips" onpress={onslips.reform(|()| true)}>{ expiring::SLIPS }</Button>
                </p>
            }
            <Table class="month__table" caption={kind.label()} scrolls={kind.label()} columns={expiring::COLUMNS.map(Column::words).to_vec()}
                lines={page.rows.iter().enumerate().map(|(place, row)| line(place, row, page.now)).collect::<Vec<_>>()} {empty} />
            <PageTurner id="expiring-page" label={audit::PAGES} turned={turned.clone()} next={page.next.clone()} onturn={onpage.clone()} />
        </>
    }
}

fn name_of(row: &ExpiringRow) -> String {
    if row.name.is_empty() { words::NOBODY.to_owned() } else { row.name.clone() }
}

fn is_over(row: &ExpiringRow, now: UnixMs) -> bool {
    row.ends_on < now.jst_date()
}

fn line(place: usize, row: &ExpiringRow, now: UnixMs) -> Line {
    let name = match &row.consent {
        Some(id) => link(&format!("/o/consents/{id}"), None, name_of(row)),
        None => html! { { name_of(row) } },
    };
    let over = if is_over(row, now) { expiring::OVER } else { "" };
    let cells = vec![
        html! { <>{ name }<br /><span class="month__kana">{ &row.kana }</span></> },
        html! { { row.birth_date.map(|day| day.wareki()).unwrap_or_default() } },
        html! { { format!("{}{over}", row.ends_on.slashed()) } },
        html! { { detail::minute(row.seen_at) } },
    ];
    Line { key: place.to_string().into(), cells }
}

/// One paper for each person of the page.
fn slips(kind: Kind, page: &ExpiringPage, onslips: &Callback<bool>) -> Html {
    let slip = |row: &ExpiringRow| {
        let (ends, next) = expiring::slip(kind, row.ends_on, is_over(row, page.now));
        html! {
            <article class="end-slip">
                <h2>{ expiring::SLIP_TITLE }</h2>
                <p class="end-slip__who">{ format!("{} 様", name_of(row)) }</p>
                <p>{ ends }</p>
                <p>{ next }</p>
                <p>{ &page.institution_name }</p>
                <p>{ &page.contact }</p>
            </article>
        }
    };
    html! {
        <>
            <p class="on-screen">{ expiring::SLIP_LEAD }</p>
            <p class="actions on-screen">
                <Button id="slips-print" look={Look::Primary} onpress={Callback::from(|()| print())}>{ words::PRINT }</Button>
                <Button id="slips-back" onpress={onslips.reform(|()| false)}>{ expiring::BACK }</Button>
            </p>
            { for page.rows.iter().map(slip) }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{day, draw, has};

    #[tokio::test]
    async fn ot_34_a_slip_says_whether_the_day_has_passed() {
        let row = |ends_on: &str| ExpiringRow {
            name: "資格 一郎".to_owned(),
            kana: String::new(),
            birth_date: None,
            ends_on: day(ends_on),
            seen_at: UnixMs(0),
            consent: None,
        };
        for kind in Kind::ALL {
            let page = ExpiringPage {
                rows: vec![row("2026-11-19"), row("2026-11-20")],
                next: None,
                from: day("2026-11-01"),
                to: day("2026-11-30"),
                institution_name: String::new(),
                contact: String::new(),
                now: day("2026-11-20").at_jst(10, 15),
            };
            let html = draw(move || slips(kind, &page, &Callback::noop())).await;
            let (over, ahead) = html.split_once("</article>").unwrap();
            has(over, "期限が切れています");
            has(ahead, "期限が近づいています");
            assert!(!over.contains("近づいています") && !ahead.contains("切れています"), "{kind:?}: {html}");
        }
    }
}
