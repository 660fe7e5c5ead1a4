//! OT-15 同意取消照会: which consents ended, by whom, when and why.

use serde::{Deserialize, Serialize};
use shared::api::withdrawal::{ENDING_PAGE_ROWS, EndedBy, EndingPage, EndingRow, EndingSearch, ExportEndings, SearchEndings};
use shared::domain::calendar::CivilDate;
use shared::domain::consent::EndReason;
use shared::domain::institution::{Use, VisitKind};
use yew::prelude::*;

use super::kept::{Kept, Remembered, lost_people, use_conditions};
use super::save_file::SaveFile;
use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Button, Field, Look, Notice, Offer, PageTurner, Panel, SelectField, Table, link};
use crate::remote::{Remote, damaged, use_search};
use crate::text::office::withdrawals as words;
use crate::use_form::{Faults, Form};

const FROM: &str = "ending-from";
const TO: &str = "ending-to";
const NAME: &str = "ending-name";
const HEADING: &str = "ending-list";
/// Longest name that is searched for, in characters.
const NAME_MAX: usize = 64;
const WHO: [(&str, EndedBy, &str); 6] = [
    ("anyone", EndedBy::Anyone, words::ANYONE),
    ("institution", EndedBy::Institution, words::INSTITUTION),
    ("patient", EndedBy::Patient, words::PATIENT),
    ("other_use", EndedBy::OtherUse, words::OTHER_USE),
    ("deadline", EndedBy::Deadline, words::DEADLINE),
    ("all", EndedBy::All, words::WITH_DEADLINE),
];

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Conditions {
    from: String,
    to: String,
    of: String,
    by: String,
    name: String,
}

impl Conditions {
    /// From the first day of the month of `today` until `today`, natural ends left out.
    pub(crate) fn of_this_month(today: CivilDate) -> Self {
        let search = first_search(today);
        let (from, to, by) = (search.from.to_string(), search.to.to_string(), "anyone".to_owned());
        Self { from, to, of: String::new(), by, name: String::new() }
    }

    /// Reads the conditions; the first page is asked for.
    pub(crate) fn check(&self) -> Result<EndingSearch, Faults> {
        let (from, to) = (CivilDate::try_from(self.from.as_str()), CivilDate::try_from(self.to.as_str()));
        let faults = Faults::default()
            .note(FROM, from.is_err().then_some(words::NO_DAY))
            .note(TO, to.is_err().then_some(words::NO_DAY))
            .note(TO, matches!((&from, &to), (Ok(from), Ok(to)) if to < from).then_some(words::BACKWARDS))
            .note(NAME, (self.name.chars().count() > NAME_MAX).then_some(words::TOO_LONG));
        match (faults.first(), from, to) {
            (None, Ok(from), Ok(to)) => {
                let by = WHO.iter().find(|(word, ..)| *word == self.by).map_or(EndedBy::Anyone, |(_, by, _)| *by);
                let of: Option<VisitKind> = Use::from_word(&self.of).map(Use::reception);
                Ok(EndingSearch { from, to, of, by, name_prefix: self.name.clone(), after: None })
            }
            _ => Err(faults),
        }
    }
}

impl Remembered for Conditions {
    const NAME: &'static str = "withdrawals";

    fn first(today: CivilDate) -> Self {
        Self::of_this_month(today)
    }

    fn forget_people(&mut self) -> bool {
        !std::mem::take(&mut self.name).trim().is_empty()
    }
}

/// The search that the screen opens with: this month, natural ends left out.
pub(crate) fn first_search(today: CivilDate) -> EndingSearch {
    let from = today.plus_days(1 - i64::from(today.day()));
    EndingSearch { from, to: today, of: None, by: EndedBy::Anyone, name_prefix: String::new(), after: None }
}

/// 同意取消照会 of the account that is in.
#[component]
pub(crate) fn Withdrawals() -> Html {
    let kept = use_conditions::<Conditions>();
    let Ok(search) = kept.asked.check() else { return Html::default() };
    let (remote, on_retry) = use_search(SearchEndings, EndingSearch { after: kept.turned.after(), ..search.clone() });
    let (onsearch, onturn) = (kept.onsearch(Conditions::check, &on_retry), kept.onturn(HEADING));
    let Kept { form, turned, has_lost_people, .. } = kept;
    html! { <WithdrawalsView {form} {remote} {search} {turned} {has_lost_people} {onsearch} {onturn} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct WithdrawalsViewProps {
    /// What was typed.
    pub(crate) form: Form<Conditions>,
    /// What was found.
    pub(crate) remote: Remote<EndingPage>,
    /// A reload took a name away.
    #[prop_or_default]
    pub(crate) has_lost_people: bool,
    /// What was asked.
    pub(crate) search: EndingSearch,
    /// Which page.
    #[prop_or_default]
    pub(crate) turned: Turned,
    /// Called on 検索.
    #[prop_or_default]
    pub(crate) onsearch: Callback<()>,
    /// Called with the page that is wanted.
    #[prop_or_default]
    pub(crate) onturn: Callback<Turned>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Conditions, rows, and the file.
#[component]
pub(crate) fn WithdrawalsView(props: &WithdrawalsViewProps) -> Html {
    let form = &props.form;
    let choice = |id: &'static str, part: fn(&mut Conditions) -> &mut String| -> Input { form.input(id, part) };
    let uses = [Offer { value: "", label: words::ALL }].into_iter().chain(Use::ALL.map(|of| Offer { value: of.word(), label: of.label() }));
    let who = WHO.map(|(value, _, label)| Offer { value, label }).to_vec();
    let onsubmit = props.onsearch.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <>
            <p>{ words::LEAD }</p>
            <form class="conditions" {onsubmit} novalidate=true aria-label={words::CONDITIONS} role="search">
                <fieldset class="conditions__days">
                    <legend class="visually-hidden">{ words::DAYS }</legend>
                    <Field of={form.input(FROM, |typed| &mut typed.from)} kind="date" label={words::FROM} is_required=true />
                    <Field of={form.input(TO, |typed| &mut typed.to)} kind="date" label={words::TO} is_required=true />
                </fieldset>
                <div class="conditions__more">
                    <Field of={form.input(NAME, |typed| &mut typed.name)} label={words::NAME} hint={words::NAME_HINT} />
                    <SelectField of={choice("ending-use", |typed| &mut typed.of)} label={words::USE} offers={uses.collect::<Vec<_>>()} />
                    <SelectField of={choice("ending-by", |typed| &mut typed.by)} label={words::BY} offers={who} />
                </div>
                <p class="actions"><Button id="ending-search" look={Look::Primary} submits=true>{ words::SEARCH }</Button></p>
            </form>
            { lost_people(props.has_lost_people) }
            <h2 id={HEADING} tabindex="-1">{ words::LIST_TITLE }</h2>
            { props.remote.view(&props.on_retry, |page| filled(props, page)) }
            <Panel title={words::SAVE_TITLE} class="on-screen">
                <p>{ words::SAVE_ABOUT }</p>
                <SaveFile<ExportEndings> id="ending-save" endpoint={ExportEndings} request={props.search.clone()} />
            </Panel>
        </>
    }
}

fn filled(props: &WithdrawalsViewProps, page: &EndingPage) -> Html {
    let (first, last) = props.turned.shown(ENDING_PAGE_ROWS, page.rows.len());
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <>
            if !page.rows.is_empty() {
                <p role="status">{ words::shown(first, last) }</p>
            }
            { damaged(page.damaged) }
            <Table class="history" caption={words::LIST_TITLE} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                lines={page.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
            <PageTurner id="ending-page" label={words::PAGES} turned={props.turned.clone()} next={page.next.clone()}
                onturn={props.onturn.clone()} />
        </>
    }
}

/// Why, in words and by its code (OQSCD031).
fn reason(row: &EndingRow) -> String {
    let said = match (row.cause, row.why) {
        (Some(cause), _) => cause.label(),
        (None, EndReason::Patient) if !row.is_whole => words::UPDATED,
        (None, why) => why.label(),
    };
    format!("{said}({})", row.why.code())
}

fn line(row: &EndingRow) -> Line {
    let name = row.person.as_ref().map_or(words::UNKNOWN.to_owned(), |person| person.name.clone());
    let part = if row.is_whole { String::new() } else { format!("({})", words::PART) };
    let who = row.by.as_ref().map_or_else(|| row.why.who().to_owned(), |user| format!("{}({})", row.why.who(), user.as_str()));
    let cells = vec![
        link(&format!("/o/consents/{}", row.consent), None, name),
        html! { { row.visit_kind.label() } },
        html! { { format!("{}{part}", words::items(&row.ended)) } },
        html! { { row.consented_at.jst_date().slashed() } },
        html! { { row.ended_at.jst_minute_text() } },
        html! { <>{ who }<span class="history__about">{ reason(row) }</span></> },
    ];
    Line { key: row.id.clone().into(), cells }
}

#[cfg(test)]
#[path = "withdrawals/tests.rs"]
mod tests;
