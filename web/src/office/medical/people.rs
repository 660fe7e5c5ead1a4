//! The way to 医療情報閲覧 from the menu: whose consents live.

use shared::api::office::{ConsentPage, ConsentRow, ConsentSearch, ListOrder, SearchConsents, StateFilter};
use shared::domain::calendar::CivilDate;
use shared::domain::consent::ItemState;
use shared::domain::medical::MedicalKind;
use yew::prelude::*;

use crate::part::table::{Column, Line};
use crate::part::{Button, Field, Look, Notice, Pager, Table, link};
use crate::remote::{Remote, use_search};
use crate::session::use_session;
use crate::text::office::{medical as medical_words, medical::people as words, pager};
use crate::use_form::{Form, use_form};

/// A living consent is no older, whatever its use.
const OLDEST_DAYS: i64 = 400;

/// The living consents, the newest first.
pub(crate) fn search_of(name: &str, cursor: Option<String>, today: CivilDate) -> ConsentSearch {
    ConsentSearch {
        days: shared::api::office::DaysOf::Consented,
        visit_kind: None,
        consented_from: today.plus_days(-OLDEST_DAYS),
        consented_to: today,
        name_prefix: name.trim().to_owned(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::Living,
        order: ListOrder::NewestFirst,
        cursor,
    }
}

/// A name, and the people found by it.
#[component]
pub(crate) fn People() -> Html {
    let today = use_session().now().jst_date();
    let form = use_form(String::new);
    let asked = use_state(|| search_of("", None, today));
    let (remote, on_retry) = use_search(SearchConsents, (*asked).clone());
    let onsearch = {
        let (form, asked) = (form.clone(), asked.clone());
        Callback::from(move |()| asked.set(search_of(&form.typed, None, today)))
    };
    let onpage = Callback::from(move |cursor: Option<String>| asked.set(ConsentSearch { cursor, ..(*asked).clone() }));
    html! { <PeopleView {form} {remote} {onsearch} {onpage} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PeopleViewProps {
    /// What was typed.
    pub(crate) form: Form<String>,
    /// Who was found.
    pub(crate) remote: Remote<ConsentPage>,
    /// Called on 検索.
    #[prop_or_default]
    pub(crate) onsearch: Callback<()>,
    /// Called with what leads to the page that is wanted.
    #[prop_or_default]
    pub(crate) onpage: Callback<Option<String>>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The condition, and the people.
#[component]
pub(crate) fn PeopleView(props: &PeopleViewProps) -> Html {
    let onsubmit = props.onsearch.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <>
            <p>{ words::LEAD }</p>
            <form class="conditions" {onsubmit} novalidate=true aria-label={words::CONDITIONS} role="search">
                <Field of={props.form.input("medical-name", |typed| typed)} label={words::NAME} hint={words::NAME_HINT} autocomplete="off" />
                <p class="actions"><Button id="medical-search" look={Look::Primary} submits=true>{ words::SEARCH }</Button></p>
            </form>
            { props.remote.view(&props.on_retry, |page| filled(props, page)) }
        </>
    }
}

fn filled(props: &PeopleViewProps, page: &ConsentPage) -> Html {
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <section aria-labelledby="medical-people">
            <h2 id="medical-people">{ words::LIST }</h2>
            { crate::remote::damaged(page.damaged) }
            <Table caption={words::LIST} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                lines={page.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
            if page.previous.is_some() || page.next.is_some() {
                <Pager id="medical-page" label={pager::BELOW} previous={page.previous.clone()} next={page.next.clone()}
                    onpage={props.onpage.clone()} />
            }
        </section>
    }
}

fn line(row: &ConsentRow) -> Line {
    let person = row.person.as_ref();
    let name = person.map_or_else(|| medical_words::UNKNOWN.to_owned(), |person| person.name.clone());
    let is_open = |kind: &MedicalKind| row.items.iter().any(|(item, state)| *item == kind.item() && *state == ItemState::Agreed);
    let open: Vec<&str> = MedicalKind::ALL.into_iter().filter(is_open).map(|kind| kind.item().short_label()).collect();
    let texts = [
        person.map(|person| person.name_kana.clone()).unwrap_or_default(),
        person.map(|person| person.birth_date.wareki()).unwrap_or_default(),
        if open.is_empty() { words::NOTHING_AGREED.to_owned() } else { open.join("・") },
        row.expires_at.jst_minute_text(),
    ];
    let name = link(&format!("/o/consents/{}/medical", row.id), None, name);
    Line { key: row.id.clone().into(), cells: [name].into_iter().chain(texts.into_iter().map(|text| html! { { text } })).collect() }
}
