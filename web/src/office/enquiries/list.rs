//! The list of OT-22: conditions, columns, pages, paper.

use shared::api::enquiry::{ENQUIRY_PAGE_ROWS, EnquiryPage, EnquiryRow};
use shared::domain::enquiry::EnquiryState;
use yew::prelude::*;

use crate::part::copy::print;
use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Button, Field, Notice, Offer, PageTurner, SelectField, Table};
use crate::remote::Remote;
use crate::text::office::enquiries as words;
use crate::use_form::Form;

/// Element id of the heading, which takes the focus when a page is turned.
pub(super) const HEADING: &str = "enquiries-list";

/// The conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Find {
    /// Part of any text.
    pub(crate) words: String,
    /// `None` = all.
    pub(crate) state: Option<EnquiryState>,
}

/// Says what is listed.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct EnquiryListProps {
    /// The conditions.
    pub(super) form: Form<Find>,
    /// What was found.
    pub(super) remote: Remote<EnquiryPage>,
    /// Which page.
    pub(super) turned: Turned,
    /// Called on 検索.
    pub(super) onfind: Callback<()>,
    /// Called with the page that is wanted.
    pub(super) onturn: Callback<Turned>,
    /// Called with the enquiry that is to be changed.
    pub(super) onopen: Callback<EnquiryRow>,
    /// Asks the same again.
    pub(super) on_retry: Callback<()>,
}

/// Conditions and rows.
#[component]
pub(super) fn EnquiryList(props: &EnquiryListProps) -> Html {
    let form = &props.form;
    let oninput = form.edit(|find: &mut Find, word: String| find.state = EnquiryState::of_word(&word));
    let value = form.typed.state.map_or("", EnquiryState::word);
    let state = Input { id: "enquiries-state".into(), value: value.into(), fault: None, is_held: false, oninput };
    let states = EnquiryState::ALL.map(|state| Offer { value: state.word(), label: state.label() });
    let offers = [Offer { value: "", label: words::ALL }].into_iter().chain(states).collect::<Vec<_>>();
    let onsubmit = props.onfind.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <section class="enquiries">
            <h2 id={HEADING} tabindex="-1">{ words::LIST }</h2>
            <form class="conditions" {onsubmit} novalidate=true aria-label={words::LIST} role="search">
                <div class="conditions__more">
                    <Field of={form.input("enquiries-words", |find| &mut find.words)} label={words::FIND} />
                    <SelectField of={state} label={words::STATE} {offers} />
                </div>
                <p class="actions"><Button id="enquiries-search" submits=true>{ words::SEARCH }</Button></p>
            </form>
            { props.remote.view(&props.on_retry, |page| filled(props, page)) }
        </section>
    }
}

fn filled(props: &EnquiryListProps, page: &EnquiryPage) -> Html {
    let (first, last) = props.turned.shown(ENQUIRY_PAGE_ROWS, page.rows.len());
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <>
            <p role="status">{ words::shown(page.total, first, last) }</p>
            <Table class="enquiries__table" caption={words::LIST} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                lines={page.rows.iter().map(|row| line(row, &props.onopen)).collect::<Vec<_>>()} {empty} />
            if !page.rows.is_empty() {
                <p class="actions on-screen"><Button id="enquiries-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button></p>
            }
            <PageTurner id="enquiries-page" label={words::PAGES} turned={props.turned.clone()} next={page.next.clone()}
                onturn={props.onturn.clone()} />
        </>
    }
}

fn line(row: &EnquiryRow, onopen: &Callback<EnquiryRow>) -> Line {
    let enquiry = &row.enquiry;
    let onclick = {
        let row = row.clone();
        onopen.reform(move |_: MouseEvent| row.clone())
    };
    let or_none = |text: &str| if text.is_empty() { "―".to_owned() } else { text.to_owned() };
    let question = html! {
        <>
            <span class="enquiries__text">{ enquiry.question.as_str() }</span>
            <button type="button" class="button button--secondary on-screen" {onclick}>
                { words::CHANGE }<span class="visually-hidden">{ format!(": {}", enquiry.question.as_str()) }</span>
            </button>
        </>
    };
    let cells = vec![
        question,
        html! { { enquiry.state.label() } },
        html! { { enquiry.desk.as_str() } },
        html! { { or_none(enquiry.case_number.as_str()) } },
        html! { { enquiry.asked_on.map_or_else(|| "―".to_owned(), |day| day.slashed()) } },
        html! { { enquiry.who.as_str() } },
        html! { <span class="enquiries__text">{ or_none(enquiry.answer.as_str()) }</span> },
    ];
    Line { key: row.id.clone().into(), cells }
}
