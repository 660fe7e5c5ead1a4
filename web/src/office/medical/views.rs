//! OT-13 医療情報閲覧履歴照会: which kind, of whom, by whom, when.

use serde::{Deserialize, Serialize};
use shared::api::medical::{SaveViews, SearchViews, VIEW_PAGE_ROWS, ViewPage, ViewRow, ViewSearch};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::CivilDate;
use shared::domain::medical::MedicalKind;
use shared::domain::typed;
use yew::prelude::*;

use crate::office::kept::{Kept, Remembered, lost_people, use_conditions};
use crate::office::save_file::SaveFile;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Button, Field, Look, Notice, Offer, PageTurner, Panel, SelectField, Table, link};
use crate::remote::{Remote, damaged, use_search};
use crate::session::use_session;
use crate::text::office::{self as text, audit as audit_words, medical::people, medical::views as words};
use crate::use_form::{Faults, Form};

const FROM: &str = "views-from";
const TO: &str = "views-to";
const USER: &str = "views-user";
const HEADING: &str = "views-list";

/// What was typed. No `Debug`: a name may be in it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conditions {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) user: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

impl Conditions {
    /// From the first day of the month of `today` until `today`.
    pub(crate) fn of_this_month(today: CivilDate) -> Self {
        let (first, nothing) = (today.plus_days(1 - i64::from(today.day())), String::new);
        Self { from: first.to_string(), to: today.to_string(), user: nothing(), kind: nothing(), name: nothing() }
    }

    /// Reads the conditions; the first page is asked for.
    pub(crate) fn check(&self) -> Result<ViewSearch, Faults> {
        let (from, to) = (CivilDate::try_from(self.from.as_str()), CivilDate::try_from(self.to.as_str()));
        let user = typed::code(&self.user);
        let faults = Faults::default()
            .note(FROM, from.is_err().then_some(audit_words::NO_DAY))
            .note(TO, to.is_err().then_some(audit_words::NO_DAY))
            .note(TO, matches!((&from, &to), (Ok(from), Ok(to)) if to < from).then_some(audit_words::BACKWARDS))
            .note(USER, (!user.is_empty() && UserId::try_from(user.as_str()).is_err()).then_some(audit_words::BAD_USER));
        match (faults.first(), from, to) {
            (None, Ok(from), Ok(to)) => {
                let name_prefix = self.name.trim().to_owned();
                Ok(ViewSearch { from, to, user, kind: MedicalKind::from_word(&self.kind), name_prefix, after: None })
            }
            _ => Err(faults),
        }
    }
}

impl Remembered for Conditions {
    const NAME: &'static str = "views";

    fn first(today: CivilDate) -> Self {
        Self::of_this_month(today)
    }

    fn forget_people(&mut self) -> bool {
        [&mut self.name, &mut self.user].into_iter().fold(false, |had, text| had | !std::mem::take(text).trim().is_empty())
    }
}

/// The history as far as the account may see it.
#[component]
pub(crate) fn Views() -> Html {
    let signed_in = use_session();
    let is_admin = signed_in.session.kind == AccountKind::Admin;
    let kept = use_conditions::<Conditions>();
    let Ok(search) = kept.asked.check() else { return Html::default() };
    let (remote, on_retry) = use_search(SearchViews, ViewSearch { after: kept.turned.after(), ..search.clone() });
    let (onsearch, onturn) = (kept.onsearch(Conditions::check, &on_retry), kept.onturn(HEADING));
    let Kept { form, turned, has_lost_people, .. } = kept;
    html! { <ViewsView {form} {remote} {is_admin} {has_lost_people} {turned} search={Some(search)} {onsearch} {onturn} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ViewsViewProps {
    /// What was typed.
    pub(crate) form: Form<Conditions>,
    /// What was found.
    pub(crate) remote: Remote<ViewPage>,
    /// Others' views are listed too.
    pub(crate) is_admin: bool,
    /// A reload took a name away.
    #[prop_or_default]
    pub(crate) has_lost_people: bool,
    /// Which page.
    #[prop_or_default]
    pub(crate) turned: Turned,
    /// What was asked, for the file of it.
    #[prop_or_default]
    pub(crate) search: Option<ViewSearch>,
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
pub(crate) fn ViewsView(props: &ViewsViewProps) -> Html {
    let form = &props.form;
    let kinds = MedicalKind::ALL.map(|kind| Offer { value: kind.word(), label: kind.label() });
    let kinds: Vec<Offer> = [Offer { value: "", label: audit_words::ALL }].into_iter().chain(kinds).collect();
    let onsubmit = props.onsearch.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <>
            <p>{ words::LEAD }</p>
            if !props.is_admin {
                <p>{ words::OWN }</p>
            }
            <form class="conditions" {onsubmit} novalidate=true aria-label={words::CONDITIONS} role="search">
                <fieldset class="conditions__days">
                    <legend class="visually-hidden">{ words::DAYS }</legend>
                    <Field of={form.input(FROM, |typed| &mut typed.from)} kind="date" label={words::FROM} is_required=true />
                    <Field of={form.input(TO, |typed| &mut typed.to)} kind="date" label={words::TO} is_required=true />
                </fieldset>
                <div class="conditions__more">
                    <SelectField of={form.input("views-kind", |typed| &mut typed.kind)} label={words::KIND} offers={kinds} />
                    <Field of={form.input("views-name", |typed| &mut typed.name)} label={people::NAME} hint={people::NAME_HINT} autocomplete="off" />
                    if props.is_admin {
                        <Field of={form.input(USER, |typed| &mut typed.user)} label={audit_words::USER} hint={audit_words::USER_HINT} autocomplete="off" />
                    }
                </div>
                <p class="actions"><Button id="views-search" look={Look::Primary} submits=true>{ audit_words::SEARCH }</Button></p>
            </form>
            { lost_people(props.has_lost_people) }
            <h2 id={HEADING} tabindex="-1">{ words::LIST }</h2>
            { props.remote.view(&props.on_retry, |page| filled(props, page)) }
            <Panel title={words::SAVE_TITLE}>
                <p>{ words::SAVE_ABOUT }</p>
                if let Some(search) = &props.search {
                    <SaveFile<SaveViews> id="views-make" endpoint={SaveViews} request={search.clone()} />
                }
            </Panel>
        </>
    }
}

fn filled(props: &ViewsViewProps, page: &ViewPage) -> Html {
    let (first, last) = props.turned.shown(VIEW_PAGE_ROWS, page.rows.len());
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <>
            if !page.rows.is_empty() {
                <p role="status">{ audit_words::shown(first, last) }</p>
            }
            { damaged(page.damaged) }
            <Table caption={words::LIST} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                lines={page.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
            <PageTurner id="views-page" label={audit_words::PAGES} turned={props.turned.clone()} next={page.next.clone()}
                onturn={props.onturn.clone()} />
        </>
    }
}

fn line(row: &ViewRow) -> Line {
    let seconds = row.at.0.div_euclid(1_000).rem_euclid(60);
    let name = row.person.as_ref().map_or_else(|| text::medical::UNKNOWN.to_owned(), |person| person.name.clone());
    let kana = row.person.as_ref().map(|person| html! { <span class="medical__about">{ &person.name_kana }</span> });
    let whom = match &row.consent {
        Some(id) => html! { <>{ link(&format!("/o/consents/{id}"), None, name) }{ kana.unwrap_or_default() }</> },
        None => html! { { words::NOT_KEPT } },
    };
    let user_name = row.user_name.as_ref().map(|name| html! { <span class="medical__about">{ name }</span> });
    let cells = vec![
        html! { { format!("{}:{seconds:02}", row.at.jst_minute_text()) } },
        html! { { row.kind.label() } },
        whom,
        html! { <>{ row.user.as_str() }{ user_name.unwrap_or_default() }</> },
        html! { { row.lines } },
    ];
    Line { key: row.id.clone().into(), cells }
}
