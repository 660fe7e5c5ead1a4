//! 操作履歴: who did what, when, from where, with which outcome.

use shared::api::Endpoint as _;
use shared::api::audit::{
    ACTS, AUDIT_PAGE_ROWS, AuditPage, AuditRow, AuditSearch, ExportAudit, OutcomeFilter, SearchAudit, act_words, actor_words, outcome_words,
};
use shared::domain::account::UserId;
use shared::domain::calendar::CivilDate;
use shared::domain::typed;
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Button, Download, Field, Look, Notice, Offer, PageTurner, Panel, SelectField, Table, field};
use crate::remote::{Remote, damaged, use_search};
use crate::session::use_session;
use crate::text::office::audit as words;
use crate::use_form::{Faults, Form, use_form};

const FROM: &str = "audit-from";
const TO: &str = "audit-to";
const USER: &str = "audit-user";
const HEADING: &str = "audit-list";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conditions {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) user: String,
    pub(crate) action: String,
    pub(crate) outcome: String,
}

impl Conditions {
    /// From the first day of the month of `today` until `today`.
    pub(crate) fn of_this_month(today: CivilDate) -> Self {
        let first = today.plus_days(1 - i64::from(today.day()));
        Self { from: first.to_string(), to: today.to_string(), user: String::new(), action: String::new(), outcome: "all".to_owned() }
    }

    /// Reads the conditions; the first page is asked for.
    pub(crate) fn check(&self) -> Result<AuditSearch, Faults> {
        let (from, to) = (CivilDate::try_from(self.from.as_str()), CivilDate::try_from(self.to.as_str()));
        let user = typed::code(&self.user);
        let faults = Faults::default()
            .note(FROM, from.is_err().then_some(words::NO_DAY))
            .note(TO, to.is_err().then_some(words::NO_DAY))
            .note(TO, matches!((&from, &to), (Ok(from), Ok(to)) if to < from).then_some(words::BACKWARDS))
            .note(USER, (!user.is_empty() && UserId::try_from(user.as_str()).is_err()).then_some(words::BAD_USER));
        match (faults.first(), from, to) {
            (None, Ok(from), Ok(to)) => {
                let outcome = match self.outcome.as_str() {
                    "done" => OutcomeFilter::Done,
                    "refused" => OutcomeFilter::Refused,
                    _ => OutcomeFilter::All,
                };
                Ok(AuditSearch { from, to, user, action: self.action.clone(), outcome, after: None })
            }
            _ => Err(faults),
        }
    }
}

/// 操作履歴 of the account that is in.
#[component]
pub(crate) fn AuditScreen() -> Html {
    let today = use_session().now().jst_date();
    let form = use_form(|| Conditions::of_this_month(today));
    let asked = use_state(|| (first_search(today), Turned::default()));
    let (search, turned) = &*asked;
    let (remote, on_retry) = use_search(SearchAudit, AuditSearch { after: turned.after(), ..search.clone() });
    let onsearch = {
        let (form, asked, on_retry) = (form.clone(), asked.clone(), on_retry.clone());
        Callback::from(move |()| {
            let Some(search) = form.read(Conditions::check) else { return };
            let next = (search, Turned::default());
            // The same again finds what came since.
            if *asked == next { on_retry.emit(()) } else { asked.set(next) }
        })
    };
    let onturn = {
        let asked = asked.clone();
        Callback::from(move |turned: Turned| {
            field::focus(HEADING);
            asked.set((asked.0.clone(), turned));
        })
    };
    html! { <AuditView {form} {remote} search={search.clone()} turned={turned.clone()} {onsearch} {onturn} {on_retry} /> }
}

/// The search that the screen opens with: this month.
pub(crate) fn first_search(today: CivilDate) -> AuditSearch {
    let from = today.plus_days(1 - i64::from(today.day()));
    AuditSearch { from, to: today, user: String::new(), action: String::new(), outcome: OutcomeFilter::All, after: None }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct AuditViewProps {
    /// What was typed.
    pub(crate) form: Form<Conditions>,
    /// What was found.
    pub(crate) remote: Remote<AuditPage>,
    /// What was asked.
    pub(crate) search: AuditSearch,
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
pub(crate) fn AuditView(props: &AuditViewProps) -> Html {
    let form = &props.form;
    let choice = |id: &'static str, part: fn(&mut Conditions) -> &mut String| -> Input { form.input(id, part) };
    let acts = [Offer { value: "", label: words::ALL }].into_iter().chain(ACTS.iter().map(|(value, label)| Offer { value, label }));
    let outcomes = [("all", words::ALL), ("done", words::DONE), ("refused", words::REFUSED)];
    let outcomes = outcomes.map(|(value, label)| Offer { value, label }).to_vec();
    let onsubmit = props.onsearch.reform(|event: SubmitEvent| event.prevent_default());
    let (from, to) = (props.search.from, props.search.to);
    let href = ExportAudit { from: from.to_string().into(), to: to.to_string().into() }.path();
    let file = format!("uketsuke-audit-{}-{}.csv", from.packed(), to.packed());
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
                    <Field of={form.input(USER, |typed| &mut typed.user)} label={words::USER} hint={words::USER_HINT} autocomplete="off" />
                    <SelectField of={choice("audit-action", |typed| &mut typed.action)} label={words::ACTION} offers={acts.collect::<Vec<_>>()} />
                    <SelectField of={choice("audit-outcome", |typed| &mut typed.outcome)} label={words::OUTCOME} offers={outcomes} />
                </div>
                <p class="actions"><Button id="audit-search" look={Look::Primary} submits=true>{ words::SEARCH }</Button></p>
            </form>
            <h2 id={HEADING} tabindex="-1">{ words::LIST_TITLE }</h2>
            { props.remote.view(&props.on_retry, |page| filled(props, page)) }
            <Panel title={words::SAVE_TITLE}>
                <p>{ words::SAVE_ABOUT }</p>
                <Download {href} {file} words={words::SAVE} about={format!("{}〜{}", from.slashed(), to.slashed())} />
            </Panel>
            <p>{ words::ADDRESS_WHY }</p>
        </>
    }
}

fn filled(props: &AuditViewProps, page: &AuditPage) -> Html {
    let (first, last) = props.turned.shown(AUDIT_PAGE_ROWS, page.rows.len());
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <>
            if !page.rows.is_empty() {
                <p role="status">{ words::shown(first, last) }</p>
            }
            { damaged(page.damaged) }
            <Table class="audit__table" caption={words::LIST_TITLE} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                lines={page.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
            <PageTurner id="audit-page" label={words::PAGES} turned={props.turned.clone()} next={page.next.clone()}
                onturn={props.onturn.clone()} />
        </>
    }
}

/// An id or a hash by its beginning, so that the outcome stays in view; the CSV has it whole.
fn short(text: &str) -> String {
    const SHOWN: usize = 24;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// What a row is about: by its label where it has one, and by its id.
fn about(row: &AuditRow) -> String {
    let id = row.subject.as_deref().map_or_else(|| "―".to_owned(), short);
    row.label.as_ref().map_or_else(|| id.clone(), |label| format!("{label}({id})"))
}

fn line(row: &AuditRow) -> Line {
    let (hour_minute, seconds) = (row.at.jst_minute_text(), row.at.0.div_euclid(1_000).rem_euclid(60));
    let or_none = |text: &Option<String>| text.as_deref().map_or_else(|| "―".to_owned(), short);
    let texts = [
        format!("{hour_minute}:{seconds:02}"),
        actor_words(&row.actor),
        act_words(&row.action).to_owned(),
        about(row),
        or_none(&row.address),
        outcome_words(&row.outcome),
    ];
    Line { key: row.id.clone().into(), cells: texts.into_iter().map(|text| html! { { text } }).collect() }
}
