//! OT-21 照会番号管理: who has which number, and how far its registration is.

pub(crate) mod bulk;

use serde::{Deserialize, Serialize};
use shared::api::reference::{ReferenceListed, ReferencePage, ReferenceSearch, SearchReferences};
use shared::domain::calendar::CivilDate;
use shared::domain::reference::SendState;
use yew::prelude::*;

use super::kept::{Kept, Remembered, lost_people, use_conditions};
use crate::office::consent::person::state;
use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{Button, Field, Notice, Offer, PageTurner, SelectField, Table, link};
use crate::remote::{Remote, use_search};
use crate::text::office::references as words;
use crate::use_form::Form;

const HEADING: &str = "references-list";
/// Value of the offer for those that are said to hang on another person's records.
const HELD: &str = "held";

/// The conditions. No `Debug`: a number may be in it.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Find {
    /// Whole 照会番号.
    pub(crate) number: String,
    /// Word of a state, [`HELD`], or empty.
    pub(crate) state: String,
}

impl Find {
    fn search(&self, turned: &Turned) -> ReferenceSearch {
        ReferenceSearch {
            number: self.number.trim().to_owned(),
            state: SendState::of_word(&self.state),
            only_held: self.state == HELD,
            after: turned.after(),
        }
    }
}

impl Remembered for Find {
    const NAME: &'static str = "references";

    fn first(_: CivilDate) -> Self {
        Self::default()
    }

    fn forget_people(&mut self) -> bool {
        !std::mem::take(&mut self.number).trim().is_empty()
    }
}

/// OT-21 of the account that is in.
#[component]
pub(crate) fn ReferencesScreen() -> Html {
    let kept = use_conditions::<Find>();
    let (remote, on_retry) = use_search(SearchReferences, kept.asked.search(&kept.turned));
    let (onfind, onturn) = (kept.onsearch(|_| Ok(()), &on_retry), kept.onturn(HEADING));
    let Kept { form, turned, has_lost_people, .. } = kept;
    html! { <ReferencesView {form} {remote} {has_lost_people} {turned} {onfind} {onturn} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReferencesViewProps {
    /// The conditions.
    pub(crate) form: Form<Find>,
    /// The list.
    pub(crate) remote: Remote<ReferencePage>,
    /// A reload took a number away.
    #[prop_or_default]
    pub(crate) has_lost_people: bool,
    /// Which page of it.
    #[prop_or_default]
    pub(crate) turned: Turned,
    /// Called on 検索.
    #[prop_or_default]
    pub(crate) onfind: Callback<()>,
    /// Called with the page that is wanted.
    #[prop_or_default]
    pub(crate) onturn: Callback<Turned>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Conditions and rows.
#[component]
pub(crate) fn ReferencesView(props: &ReferencesViewProps) -> Html {
    let form = &props.form;
    let oninput = form.edit(|find: &mut Find, value: String| find.state = value);
    let value = form.typed.state.clone().into();
    let chosen = Input { id: "references-state".into(), value, fault: None, is_held: false, oninput };
    let states = SendState::ALL.map(|state| Offer { value: state.word(), label: state.label() });
    let ends = [Offer { value: HELD, label: words::HELD_ONLY }];
    let offers = [Offer { value: "", label: words::ALL }].into_iter().chain(states).chain(ends).collect::<Vec<_>>();
    let onsubmit = props.onfind.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <>
            <p>{ words::LEAD }</p>
            <p>{ link("/o/references/bulk", None, words::TO_BULK) }</p>
            <section>
                <h2 id={HEADING} tabindex="-1">{ words::LIST }</h2>
                <form class="conditions" {onsubmit} novalidate=true aria-label={words::LIST} role="search">
                    <div class="conditions__more">
                        <Field of={form.input("references-number", |find| &mut find.number)} label={words::NUMBER} hint={words::NUMBER_WHOLE} />
                        <SelectField of={chosen} label={words::STATE} {offers} />
                    </div>
                    <p class="actions"><Button id="references-search" submits=true>{ words::SEARCH }</Button></p>
                </form>
                { lost_people(props.has_lost_people) }
                { props.remote.view(&props.on_retry, |page| filled(props, page)) }
            </section>
        </>
    }
}

fn filled(props: &ReferencesViewProps, page: &ReferencePage) -> Html {
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    html! {
        <>
            <Table caption={words::LIST} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                lines={page.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
            <PageTurner id="references-page" label={words::PAGES} turned={props.turned.clone()} next={page.next.clone()}
                onturn={props.onturn.clone()} />
        </>
    }
}

fn line(of: &ReferenceListed) -> Line {
    let row = &of.row;
    let name = of.name.clone().unwrap_or_else(|| words::NOBODY_YET.to_owned());
    let held = if row.held_at.is_some() {
        html! { <span class="consents__note">{ words::HELD_ONLY }</span> }
    } else {
        Html::default()
    };
    let cells = vec![
        html! { { row.number.clone().unwrap_or_else(|| words::NO_NUMBER.to_owned()) } },
        html! { <>{ state(row) }{ held }</> },
        match &of.consent {
            Some(id) => link(&format!("/o/consents/{id}"), None, name),
            None => html! { { name } },
        },
        html! { { of.insurance.clone() } },
        html! { { words::changed(row.changed_at, row.changed_by.as_ref().map(|by| by.as_str())) } },
    ];
    Line { key: row.id.clone().into(), cells }
}
