//! OT-16 医療情報閲覧: what a consent opens, and one kind of it.

pub(crate) mod checkup;
pub(crate) mod document;
mod line;
pub(crate) mod people;
#[cfg(test)]
mod tests;
pub(crate) mod views;

use shared::api::office::{ConsentDetail, ConsentDetails};
use shared::domain::consent::ItemState;
use shared::domain::medical::MedicalKind;
use shared::domain::person::Person;
use yew::prelude::*;

use crate::part::{DefinitionList, Icon, Panel, Row, Sign, link};
use crate::remote::{Remote, use_get};
use crate::text::office::{detail, medical as words};

/// Says which consent.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct KindsProps {
    /// Its id.
    pub(crate) id: String,
}

/// The kinds under the consent in the address, each with the way to it or why there is none.
#[component]
pub(crate) fn Kinds(props: &KindsProps) -> Html {
    let (remote, on_retry) = use_get(ConsentDetail { consent: (&props.id).into() });
    html! { <KindsView {remote} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct KindsViewProps {
    /// The consent.
    pub(crate) remote: Remote<ConsentDetails>,
    /// Asks the server again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Whose, until when, and the four kinds.
#[component]
pub(crate) fn KindsView(props: &KindsViewProps) -> Html {
    props.remote.view(&props.on_retry, |details| {
        let row = &details.row;
        let rows = [
            Row::text(words::USE, details.visit_kind.label()),
            Row::text(words::CONSENTED, words::minute(row.consented_at)),
            Row::text(words::DEADLINE, words::minute(row.expires_at)),
        ];
        let rows: Vec<Row> = who(row.person.as_ref()).into_iter().chain(rows).collect();
        let state_of = |kind: MedicalKind| row.items.iter().find(|(item, _)| *item == kind.item()).map(|(_, state)| *state);
        html! {
            <>
                <Panel title={words::WHO}><DefinitionList {rows} /></Panel>
                <Panel title={words::KINDS} class="medical-kinds">
                    <p>{ words::LOGGED }</p>
                    <ul>
                        { for MedicalKind::ALL.into_iter().map(|kind| one(&row.id, kind, state_of(kind).unwrap_or(ItemState::NotAsked))) }
                    </ul>
                </Panel>
            </>
        }
    })
}

fn one(id: &str, kind: MedicalKind, state: ItemState) -> Html {
    let body = if state == ItemState::Agreed {
        link(&format!("/o/consents/{id}/medical/{}", kind.word()), Some(classes!("button", "button--secondary")), words::open(kind))
    } else {
        let (what, next) = words::closed(state);
        html! { <p class="medical-kinds__closed"><Icon sign={Sign::Unknown} /><span>{ what }{ " " }{ next }</span></p> }
    };
    html! {
        <li class="medical-kinds__one">
            <h3>{ kind.label() }</h3>
            <p>{ words::about(kind) }</p>
            { body }
        </li>
    }
}

/// Who it is about, to be compared before anything is read.
fn who(person: Option<&Person>) -> Vec<Row> {
    let Some(person) = person else { return vec![Row::text(detail::field::NAME, words::UNKNOWN)] };
    vec![
        Row::text(detail::field::NAME, person.name.clone()),
        Row::text(detail::field::KANA, person.name_kana.clone()),
        Row::text(detail::field::BIRTH, detail::day(person.birth_date)),
        Row::text(detail::field::SEX, person.sex.label()),
    ]
}
