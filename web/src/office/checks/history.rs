//! OT-13 資格確認履歴照会: the checks of consents and all others, by period, way, medium, person, staff and result.

use serde::{Deserialize, Serialize};
use shared::api::check::{CHECK_DAYS_MAX, CHECK_PAGE_ROWS, CheckPage, CheckRow, CheckSearch, SaveChecks, SearchChecks};
use shared::domain::account::UserId;
use shared::domain::calendar::CivilDate;
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::coverage::Validity;
use shared::domain::typed;
use yew::prelude::*;

use crate::office::kept::{Kept, Remembered, lost_people, use_conditions};
use crate::office::save_file::SaveFile;
use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Button, Field, Look, Notice, Offer, PageTurner, Panel, SelectField, Table, Verdict, link};
use crate::remote::{Remote, damaged, use_search};
use crate::text::office::{audit, checks as words};
use crate::use_form::{Faults, Form};

const FROM: &str = "checks-from";
const TO: &str = "checks-to";
const USER: &str = "checks-user";
const HEADING: &str = "checks-list";

/// What was typed. No `Debug`: a name may be in it.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Conditions {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) name: String,
    pub(crate) way: String,
    pub(crate) medium: String,
    pub(crate) user: String,
    pub(crate) validity: String,
    pub(crate) state: String,
}

/// The words of the verdicts in the list of conditions.
const VALIDITIES: [(&str, Validity); 6] = [
    ("valid", Validity::Valid),
    ("invalid", Validity::Invalid),
    ("replaced", Validity::Replaced),
    ("not_found", Validity::NotFound),
    ("several", Validity::Several),
    ("aid", Validity::AidNotRegistered),
];

impl Conditions {
    /// From the first day of the month of `today` until `today`.
    pub(crate) fn of_this_month(today: CivilDate) -> Self {
        let first = today.plus_days(1 - i64::from(today.day()));
        Self { from: first.to_string(), to: today.to_string(), ..Self::default() }
    }

    /// Reads the conditions; the first page is asked for.
    pub(crate) fn check(&self) -> Result<CheckSearch, Faults> {
        let (from, to) = (CivilDate::try_from(self.from.as_str()), CivilDate::try_from(self.to.as_str()));
        let user = typed::code(&self.user);
        let is_far = matches!((&from, &to), (Ok(from), Ok(to)) if from.plus_days(CHECK_DAYS_MAX) <= *to);
        let faults = Faults::default()
            .note(FROM, from.is_err().then_some(audit::NO_DAY))
            .note(TO, to.is_err().then_some(audit::NO_DAY))
            .note(TO, matches!((&from, &to), (Ok(from), Ok(to)) if to < from).then_some(audit::BACKWARDS))
            .note(TO, is_far.then_some(words::TOO_FAR))
            .note(USER, (!user.is_empty() && UserId::try_from(user.as_str()).is_err()).then_some(audit::BAD_USER));
        match (faults.first(), from, to) {
            (None, Ok(from), Ok(to)) => Ok(CheckSearch {
                from,
                to,
                name_prefix: self.name.trim().to_owned(),
                way: CheckWay::from_word(&self.way),
                medium: Medium::from_word(&self.medium),
                user,
                validity: VALIDITIES.into_iter().find(|(word, _)| *word == self.validity).map(|(_, validity)| validity),
                state: CheckState::from_word(&self.state),
                after: None,
            }),
            _ => Err(faults),
        }
    }
}

impl Remembered for Conditions {
    const NAME: &'static str = "checks";

    fn first(today: CivilDate) -> Self {
        Self::of_this_month(today)
    }

    fn forget_people(&mut self) -> bool {
        [&mut self.name, &mut self.user].into_iter().fold(false, |had, text| had | !std::mem::take(text).trim().is_empty())
    }
}

/// The history of the account's institution.
#[component]
pub(crate) fn CheckHistory() -> Html {
    let kept = use_conditions::<Conditions>();
    let Ok(search) = kept.asked.check() else { return Html::default() };
    let (remote, on_retry) = use_search(SearchChecks, CheckSearch { after: kept.turned.after(), ..search.clone() });
    let (onsearch, onturn) = (kept.onsearch(Conditions::check, &on_retry), kept.onturn(HEADING));
    let Kept { form, turned, has_lost_people, .. } = kept;
    html! { <HistoryView {form} {remote} {has_lost_people} {turned} search={Some(search)} {onsearch} {onturn} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HistoryViewProps {
    pub(crate) form: Form<Conditions>,
    pub(crate) remote: Remote<CheckPage>,
    #[prop_or_default]
    pub(crate) has_lost_people: bool,
    #[prop_or_default]
    pub(crate) turned: Turned,
    /// What was asked, for the file of it.
    #[prop_or_default]
    pub(crate) search: Option<CheckSearch>,
    #[prop_or_default]
    pub(crate) onsearch: Callback<()>,
    #[prop_or_default]
    pub(crate) onturn: Callback<Turned>,
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Conditions, rows, and the file.
#[component]
pub(crate) fn HistoryView(props: &HistoryViewProps) -> Html {
    let form = &props.form;
    let choice = |id: &'static str, part: fn(&mut Conditions) -> &mut String| -> Input { form.input(id, part) };
    let all = || Offer { value: "", label: words::ALL };
    let ways = [all()].into_iter().chain(CheckWay::ALL.map(|way| Offer { value: way.word(), label: way.label() }));
    let media = [all()].into_iter().chain(Medium::ALL.map(|medium| Offer { value: medium.word(), label: medium.label() }));
    let states = [all()].into_iter().chain(CheckState::ALL.map(|state| Offer { value: state.word(), label: state.label() }));
    let validities = [all()].into_iter().chain(VALIDITIES.map(|(value, validity)| Offer { value, label: validity.label() }));
    let onsubmit = props.onsearch.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <>
            <p>{ words::HISTORY_LEAD }</p>
            <form class="conditions" {onsubmit} novalidate=true aria-label={words::CONDITIONS} role="search">
                <fieldset class="conditions__days">
                    <legend class="visually-hidden">{ words::DAYS }</legend>
                    <Field of={form.input(FROM, |typed| &mut typed.from)} kind="date" label={words::FROM} is_required=true />
                    <Field of={form.input(TO, |typed| &mut typed.to)} kind="date" label={words::TO} is_required=true />
                </fieldset>
                <div class="conditions__more">
                    <Field of={form.input("checks-name", |typed| &mut typed.name)} label={words::NAME} autocomplete="off" />
                    <SelectField of={choice("checks-way", |typed| &mut typed.way)} label={words::WAY} offers={ways.collect::<Vec<_>>()} />
                    <SelectField of={choice("checks-medium", |typed| &mut typed.medium)} label={words::MEDIUM} offers={media.collect::<Vec<_>>()} />
                    <SelectField of={choice("checks-validity", |typed| &mut typed.validity)} label={words::VALIDITY}
                        offers={validities.collect::<Vec<_>>()} />
                    <SelectField of={choice("checks-state", |typed| &mut typed.state)} label={words::STATE} offers={states.collect::<Vec<_>>()} />
                    <Field of={form.input(USER, |typed| &mut typed.user)} label={words::USER} hint={words::USER_HINT} autocomplete="off" />
                </div>
                <p class="actions"><Button id="checks-search" look={Look::Primary} submits=true>{ words::SEARCH }</Button></p>
            </form>
            { lost_people(props.has_lost_people) }
            <h2 id={HEADING} tabindex="-1">{ words::LIST_TITLE }</h2>
            { props.remote.view(&props.on_retry, |page| filled(props, page)) }
            <Panel title={words::SAVE_TITLE} class="on-screen">
                <p>{ words::SAVE_ABOUT }</p>
                if let Some(search) = &props.search {
                    <SaveFile<SaveChecks> id="checks-save" endpoint={SaveChecks} request={search.clone()} />
                }
            </Panel>
        </>
    }
}

fn filled(props: &HistoryViewProps, page: &CheckPage) -> Html {
    let (first, last) = props.turned.shown(CHECK_PAGE_ROWS, page.rows.len());
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <>
            if !page.rows.is_empty() && !page.is_cut && props.turned.after().is_none() {
                <p role="status">{ words::shown(first, last) }</p>
            }
            { damaged(page.damaged) }
            if page.is_cut {
                <p role="status">{ words::CUT }</p>
            }
            if !page.rows.is_empty() || !page.is_cut {
                <Table class="history" caption={words::LIST_TITLE} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                    lines={page.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
            }
            <PageTurner id="checks-page" label={words::PAGES} turned={props.turned.clone()} next={page.next.clone()}
                onturn={props.onturn.clone()} />
        </>
    }
}

fn line(row: &CheckRow) -> Line {
    let person = row.person.as_ref();
    let path = if row.is_consent { format!("/o/consents/{}", row.id) } else { format!("/o/checks/of/{}", row.id) };
    let name = person.map_or_else(|| words::NOBODY.to_owned(), |person| person.name.clone());
    let about = person.map(|person| {
        html! {
            <><span class="history__about">{ &person.name_kana }</span><span class="history__about">{ person.birth_date.wareki() }</span></>
        }
    });
    let by = match (&row.done_by, row.is_consent) {
        (Some(user), _) => user.to_string(),
        (None, true) => words::PATIENT.to_owned(),
        (None, false) => words::BY_JOB.to_owned(),
    };
    let cells = vec![
        html! { <>{ link(&path, None, name) }{ about.unwrap_or_default() }</> },
        html! { { words::minute(row.at) } },
        html! { <>{ row.check_way.label() }<span class="history__about">{ row.medium.label() }</span></> },
        html! { <Verdict validity={row.validity} /> },
        html! { { row.state.label() } },
        html! { { by } },
    ];
    Line { key: row.id.clone().into(), cells }
}
