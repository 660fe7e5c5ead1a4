//! Last values offered: the numbers of somebody who was checked here within a year, for the form of OT-12.

use shared::api::check::{CheckDetail, CheckPage, CheckRow, CheckSearch, SearchChecks};
use shared::api::office::ConsentDetail;
use shared::domain::calendar::CivilDate;
use shared::domain::coverage::Eligibility;
use yew::prelude::*;

use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Field, LiveRegion, Table};
use crate::remote::unchanged;
use crate::text::office::{self as text, checks as words};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

const NAME: &str = "check-last-name";
/// So many people are offered.
const OFFERED: usize = 10;

/// Says who takes them.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct LastValuesProps {
    /// The day from which a year is looked back.
    pub(super) today: CivilDate,
    /// Called with the answer of the last check.
    pub(super) ontake: Callback<Eligibility>,
}

/// A search by name, and a button for each person found.
#[component]
pub(super) fn LastValues(props: &LastValuesProps) -> Html {
    let today = props.today;
    let form = use_form(String::new);
    let found = use_state(|| None::<CheckPage>);
    let is_taken = use_state(|| false);
    let (search, check, consent) = (use_call::<SearchChecks>(), use_call::<CheckDetail>(), use_call::<ConsentDetail>());
    let onfind = {
        let (form, found, search, is_taken) = (form.clone(), found.clone(), search.clone(), is_taken.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let name = form.read(|name| {
                let name = name.trim().to_owned();
                if name.is_empty() { Err(Faults::default().note(NAME, Some(words::LAST_NAME))) } else { Ok(name) }
            });
            let Some(name_prefix) = name else { return };
            is_taken.set(false);
            let found = found.clone();
            let asked = CheckSearch {
                from: today.plus_days(-365),
                to: today,
                name_prefix,
                way: None,
                medium: None,
                user: String::new(),
                validity: None,
                state: None,
                after: None,
            };
            search.start(SearchChecks, asked, move |outcome| found.set(outcome.ok()));
        })
    };
    let take = {
        let (found, is_taken, ontake, form) = (found.clone(), is_taken.clone(), props.ontake.clone(), form.clone());
        Callback::from(move |eligibility: Eligibility| {
            found.set(None);
            is_taken.set(true);
            form.set(String::new());
            ontake.emit(eligibility);
        })
    };
    let onpress = {
        let (check, consent) = (check.clone(), consent.clone());
        Callback::from(move |row: CheckRow| {
            let take = take.clone();
            if row.is_consent {
                consent.start(ConsentDetail { consent: (&row.id).into() }, (), move |outcome| {
                    outcome.into_iter().for_each(|details| take.emit(details.eligibility));
                });
            } else {
                check.start(CheckDetail { check: (&row.id).into() }, (), move |outcome| {
                    outcome.into_iter().for_each(|details| take.emit(details.eligibility));
                });
            }
        })
    };
    let is_busy = [search.progress(), check.progress(), consent.progress()].iter().any(|progress| progress.is_busy);
    let refusal = [search.progress(), check.progress(), consent.progress()].into_iter().find_map(|progress| progress.refusal);
    html! {
        <details class="panel">
            <summary>{ words::LAST_TITLE }</summary>
            <form class="form" onsubmit={onfind} novalidate=true>
                <Field of={form.input(NAME, |name| name)} label={words::LAST_NAME} autocomplete="off" />
                <p class="actions"><Button id="check-last-find" submits=true is_off={is_busy}>{ words::LAST_FIND }</Button></p>
            </form>
            if let Some(refusal) = refusal.map(unchanged) {
                { form_failure(&text::refusal(&refusal)) }
            }
            <LiveRegion>
                if *is_taken {
                    <p>{ words::LAST_TAKEN }</p>
                }
            </LiveRegion>
            if let Some(page) = &*found {
                { offered(page, is_busy, &onpress) }
            }
        </details>
    }
}

/// The people of a page, each by the newest row.
fn people(page: &CheckPage) -> Vec<&CheckRow> {
    let mut people: Vec<&CheckRow> = Vec::new();
    for row in page.rows.iter().filter(|row| row.person.is_some()) {
        if people.len() < OFFERED && people.iter().all(|other| other.person != row.person) {
            people.push(row);
        }
    }
    people
}

fn offered(page: &CheckPage, is_busy: bool, onpress: &Callback<CheckRow>) -> Html {
    let line = |(place, row): (usize, &CheckRow)| {
        let taken = row.clone();
        let onpress = onpress.reform(move |()| taken.clone());
        let person = row.person.as_ref();
        let cells = vec![
            html! { { person.map(|person| format!("{} {}", person.name, person.name_kana)).unwrap_or_default() } },
            html! { { person.map(|person| person.birth_date.wareki()).unwrap_or_default() } },
            html! { { format!("{} {}", words::minute(row.at), row.check_way.label()) } },
            html! { <Button id={format!("check-last-{place}")} is_off={is_busy} {onpress}>{ words::LAST_TAKE }</Button> },
        ];
        Line { key: row.id.clone().into(), cells }
    };
    let empty = html! { <p>{ words::LAST_NONE }</p> };
    html! {
        <Table caption={words::LAST_TITLE} scrolls={words::LAST_SCROLLS} columns={words::LAST_COLUMNS.map(Column::words).to_vec()}
            lines={people(page).into_iter().enumerate().map(line).collect::<Vec<_>>()} {empty} />
    }
}
