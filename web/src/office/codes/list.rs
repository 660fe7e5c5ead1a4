//! The list of OT-8: conditions, columns, pages (N054–N056).

use shared::api::activation::{CODE_PAGE_ROWS, CodePage, CodeRow};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::code::CodeState;
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Button, DefinitionList, Field, Notice, Offer, PageTurner, Row, SelectField, Table};
use crate::remote::{Remote, damaged};
use crate::text::office::codes as words;
use crate::use_form::Form;

/// Element id of the heading, which takes the focus when a page is turned.
pub(super) const HEADING: &str = "codes-list";

/// The conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Find {
    /// Part of a label.
    pub(crate) label: String,
    /// `None` = all.
    pub(crate) state: Option<CodeState>,
}

const STATES: [(Option<CodeState>, &str); 5] = [
    (None, "all"),
    (Some(CodeState::Unused), "unused"),
    (Some(CodeState::InUse), "in-use"),
    (Some(CodeState::Invalid), "invalid"),
    (Some(CodeState::Expired), "expired"),
];

/// Says what is listed.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct CodeListProps {
    /// The conditions.
    pub(super) form: Form<Find>,
    /// What was found.
    pub(super) remote: Remote<CodePage>,
    /// Which page.
    pub(super) turned: Turned,
    /// 機関名.
    pub(super) institution_name: String,
    /// Called on 検索.
    pub(super) onfind: Callback<()>,
    /// Called with the page that is wanted.
    pub(super) onturn: Callback<Turned>,
    /// Called with the code that may be ended.
    pub(super) onask: Callback<CodeRow>,
    /// Asks the same again.
    pub(super) on_retry: Callback<()>,
}

/// 機関名, 端末の名前, 状態, 検索, and the rows.
#[component]
pub(super) fn CodeList(props: &CodeListProps) -> Html {
    let form = &props.form;
    let value = STATES.iter().find(|(state, _)| *state == form.typed.state).map_or("", |(_, value)| value);
    let oninput = form.edit(|find: &mut Find, chosen: String| {
        find.state = STATES.iter().find(|(_, value)| *value == chosen).and_then(|(state, _)| *state);
    });
    let state = Input { id: "codes-state".into(), value: value.into(), fault: None, is_held: false, oninput };
    let offers = STATES.map(|(state, value)| Offer { value, label: state.map_or(words::STATE_ALL, CodeState::label) }).to_vec();
    let onsubmit = props.onfind.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <section class="codes">
            <h2 id={HEADING} tabindex="-1">{ words::LIST_TITLE }</h2>
            <form class="conditions" {onsubmit} novalidate=true aria-label={words::LIST_TITLE} role="search">
                <DefinitionList rows={vec![Row::text(words::INSTITUTION, props.institution_name.clone())]} />
                <div class="conditions__more">
                    <Field of={form.input("codes-label", |find| &mut find.label)} label={words::FIND} autocomplete="off" />
                    <SelectField of={state} label={words::STATE} {offers} />
                </div>
                <p class="actions"><Button id="codes-search" submits=true>{ words::SEARCH }</Button></p>
            </form>
            { props.remote.view(&props.on_retry, |page| filled(props, page)) }
        </section>
    }
}

fn filled(props: &CodeListProps, page: &CodePage) -> Html {
    let (first, last) = props.turned.shown(CODE_PAGE_ROWS, page.rows.len());
    let empty = html! { <Notice title={words::NONE_YET}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <>
            <p role="status">{ words::shown(page.total, first, last) }</p>
            { damaged(page.damaged) }
            <Table class="codes__table" caption={words::LIST_TITLE} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                lines={page.rows.iter().map(|row| line(row, &props.onask)).collect::<Vec<_>>()} {empty} />
            <PageTurner id="codes-page" label={words::PAGES} turned={props.turned.clone()} next={page.next.clone()}
                onturn={props.onturn.clone()} />
        </>
    }
}

fn line(row: &CodeRow, onask: &Callback<CodeRow>) -> Line {
    let hidden = html! {
        <><span aria-hidden="true">{ words::HIDDEN }</span><span class="visually-hidden">{ words::HIDDEN_READ }</span></>
    };
    let state = html! {
        <>
            { row.state.label() }
            if row.state == CodeState::Unused {
                <span class="codes__note">{ words::until(row.expires_at) }</span>
            }
        </>
    };
    let issued_by = row.issued_by.as_ref().map_or(words::BY_OPERATOR, UserId::as_str).to_owned();
    let when = |at: Option<UnixMs>| at.map_or_else(|| "―".to_owned(), UnixMs::jst_minute_text);
    let end = if row.state.can_be_invalidated() {
        let (of, onask) = (row.clone(), onask.clone());
        let onclick = Callback::from(move |_: MouseEvent| onask.emit(of.clone()));
        html! {
            <button type="button" class="button button--secondary" aria-label={words::invalidate_read(row.label.as_str())} {onclick}>
                { words::INVALIDATE }
            </button>
        }
    } else {
        html! { { when(row.invalidated_at) } }
    };
    let cells = vec![
        html! { { row.label.as_str() } },
        hidden,
        state,
        html! { <>{ row.issued_at.jst_minute_text() }<span class="codes__note">{ issued_by }</span></> },
        html! {
            <>
                { when(row.used_at) }
                if let Some(user) = &row.used_by {
                    <span class="codes__note">{ user.as_str() }</span>
                }
            </>
        },
        html! { { when(row.last_seen_at) } },
        end,
    ];
    Line { key: row.id.clone().into(), cells }
}
