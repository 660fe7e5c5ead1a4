//! 医療扶助 of the month (P-AID): what was fetched, who changed, and asking by hand.

use shared::api::aid::{AidOfMonth, AidOfMonthCsv, AidRow, AidShown, FetchAid, tickets_words};
use shared::domain::month::Month;
use yew::prelude::*;

use super::month::parts::{save, turner, ways_out};
use crate::part::said::{said, use_said};
use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Look, Notice, Panel, Table, link};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, aid as words, detail};
use crate::use_call::use_call;

/// The screen of the account that is in.
#[component]
pub(crate) fn AidScreen() -> Html {
    let today = Month::of(use_session().now().jst_date());
    let of = use_state(|| today);
    let (remote, again) = use_get(AidOfMonth { month: of.to_string().into() });
    let fetched = use_state(|| None::<AidShown>);
    let call = use_call::<FetchAid>();
    let said_state = use_said();
    let remote = match (*fetched).clone().filter(|shown| shown.month == *of) {
        Some(shown) => Remote::Here(shown),
        None => remote,
    };
    let onturn = {
        let (of, fetched, call) = (of.clone(), fetched.clone(), call.clone());
        Callback::from(move |month: Month| {
            call.forget();
            fetched.set(None);
            of.set(month);
        })
    };
    let onfetch = {
        let (call, fetched, said, of) = (call.clone(), fetched.clone(), said_state.clone(), *of);
        Callback::from(move |()| {
            let (fetched, said) = (fetched.clone(), said.clone());
            call.start(FetchAid { month: of.to_string().into() }, (), move |outcome| {
                if let Ok(shown) = outcome {
                    fetched.set(Some(shown));
                    said.say(words::FETCHED);
                }
            });
        })
    };
    let progress = call.progress();
    let is_used = !matches!(&remote, Remote::Here(shown) if !shown.is_used);
    html! {
        <>
            <p class="on-screen">{ words::LEAD }</p>
            { turner(*of, today, &onturn) }
            { said(said_state.words()) }
            if let Some(refusal) = &progress.refusal {
                { form_failure(&text::refusal(refusal)) }
            }
            <p class="actions on-screen">
                if *of == today {
                    <Button id="aid-fetch" look={Look::Primary} is_off={!is_used || progress.is_busy} onpress={onfetch}>
                        { words::FETCH }
                    </Button>
                } else {
                    { words::OTHER_MONTH }
                }
            </p>
            { ways_out(save(AidOfMonthCsv { month: of.to_string().into() })) }
            { remote.view(&again, view) }
        </>
    }
}

/// The fetches of a month, and its people.
pub(crate) fn view(shown: &AidShown) -> Html {
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    let lines = shown.rows.iter().enumerate().map(|(place, row)| line(place, row)).collect::<Vec<_>>();
    html! {
        <>
            <p class="on-paper">{ &shown.institution_name }</p>
            if !shown.is_used {
                <Notice title={words::NOT_USED}><p>{ words::NOT_USED_NEXT }</p></Notice>
            }
            <Panel title={words::FETCHES}>
                if shown.fetches.is_empty() {
                    <p>{ words::NO_FETCH }</p>
                } else {
                    <ul>{ for shown.fetches.iter().map(|fetch| html! { <li key={fetch.at.0}>{ words::fetch(fetch) }</li> }) }</ul>
                }
                if shown.is_used {
                    <p class="on-screen">{ words::next_run(shown.next_run) }</p>
                }
            </Panel>
            <Panel title={words::PEOPLE}>
                <Table class="month__table" caption={words::PEOPLE} scrolls={words::PEOPLE} columns={words::COLUMNS.map(Column::words).to_vec()}
                    {lines} {empty} />
                if shown.has_more {
                    <p>{ words::MORE }</p>
                }
            </Panel>
        </>
    }
}

fn line(place: usize, row: &AidRow) -> Line {
    let name = match &row.consent {
        Some(id) => link(&format!("/o/consents/{id}"), None, row.name.clone()),
        None => html! { { &row.name } },
    };
    let state = html! {
        <>
            <strong>{ row.state_words() }</strong>
            if let Some(at) = row.answered_at {
                <br />{ detail::minute(at) }
            }
        </>
    };
    let cells = vec![
        html! { <>{ name }<br />{ row.birth_date.wareki() }</> },
        state,
        html! { { tickets_words(&row.tickets) } },
        html! { { for row.notes().into_iter().map(|note| html! { <p>{ note }</p> }) } },
    ];
    Line { key: place.to_string().into(), cells }
}

#[cfg(test)]
mod tests {
    use shared::api::aid::AidFetch;
    use shared::domain::aid::MedicalAidState;
    use shared::domain::calendar::CivilDate;

    use super::*;
    use crate::drawn::{draw, has};

    fn shown(rows: Vec<AidRow>) -> AidShown {
        let now = CivilDate::try_from("2026-11-16").unwrap().at_jst(6, 0);
        let fetch = AidFetch { at: now, by: None, entries: 2, matched: 1, changed: 1, to_review: 0, nobody: 1, missing: 1 };
        AidShown {
            month: Month::of(now.jst_date()),
            is_used: true,
            fetches: vec![fetch],
            next_run: CivilDate::try_from("2026-11-30").unwrap(),
            rows,
            has_more: false,
            institution_name: "ひなた".to_owned(),
            now,
        }
    }

    #[tokio::test]
    async fn it_says_when_how_many_what_changed_and_ends_nobody() {
        let shown_at = shown(Vec::new()).now;
        let row = |state, missing_at| AidRow {
            name: "扶助 九美".to_owned(),
            birth_date: CivilDate::try_from("1966-09-09").unwrap(),
            consent: Some("7".to_owned()),
            state,
            tickets: Vec::new(),
            answered_at: None,
            of_month: true,
            former_state: None,
            changed_at: None,
            missing_at,
            review: None,
        };
        let rows = vec![row(Some(MedicalAidState::Entrusted), None), row(None, Some(shown_at))];
        let drawn = draw(move || view(&shown(rows.clone()))).await;
        for expected in [
            "自動",
            "新しい方・変わった方 1名",
            "回答にない方 1名",
            "委託あり",
            "今月の回答なし",
            "終わったとは限りません",
            "href=\"/o/consents/7\"",
            "2026/11/30",
        ] {
            has(&drawn, expected);
        }
        let empty = draw(|| view(&AidShown { fetches: Vec::new(), is_used: false, ..shown(Vec::new()) })).await;
        for expected in [words::NO_FETCH, words::NONE_NEXT, words::NOT_USED_NEXT] {
            has(&empty, expected);
        }
    }
}
