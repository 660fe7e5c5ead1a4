//! X25: a living consent would be replaced. RW-12, X26: one of another use would end.

use std::rc::Rc;

use shared::api::reception::Replacement;
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::institution::VisitKind;
use yew::prelude::*;

use super::result::item_row;
use crate::part::{Button, DefinitionList, Heading, LiveRegion, Notice, Panel, Row, Tone};
use crate::text::reception::{self as t, uses as u};

/// Says what would be replaced by what.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ReplaceProps {
    /// What the page is for.
    pub visit_kind: VisitKind,
    /// The earlier consent and the new one.
    pub replacement: Rc<Replacement>,
    /// Another device changed the earlier one since the last answer.
    pub is_asked_again: bool,
    /// The yes is on its way.
    pub is_busy: bool,
    /// Yes: the new one takes its place.
    pub onreplace: Callback<()>,
    /// No: nothing is stored, the earlier one stays.
    pub onkeep: Callback<()>,
}

/// X25: both consents beside each other, what changes, until when the answer counts; two answers of the same weight.
#[component]
pub fn Replace(props: &ReplaceProps) -> Html {
    let Replacement { former_use, consented_at, expires_at, items, new_items, new_expires_at, answer_by, .. } = &*props.replacement;
    let is_other = *former_use != props.visit_kind;
    let code = if is_other { "U-X26" } else { "U-X25" };
    let mut former = vec![Row::text(t::CONSENTED_AT, t::moment(*consented_at)), Row::text(t::UNTIL, t::until(*expires_at))];
    former.extend(items.iter().map(|(item, state)| item_row(*item, *state)));
    let mut new = vec![Row::text(t::CONSENTED_AT, t::NOT_YET_REGISTERED), Row::text(t::UNTIL, t::until(*new_expires_at))];
    new.extend(new_items.iter().map(|(item, state)| new_row(*item, *state, items.contains(&(*item, *state)))));
    html! {
        <div class="stack" data-code={code}>
            <Heading text={if is_other { u::OTHER_USE } else { t::REPLACE }} />
            if props.is_asked_again {
                <Notice tone={Tone::Warn} title={t::REPLACE_AGAIN} />
            }
            <p>{ if is_other { u::other_use_lead(*former_use, *expires_at) } else { t::replace_lead(*expires_at) } }</p>
            <div class="compare">
                <Panel title={t::FORMER}><DefinitionList rows={former} /></Panel>
                <Panel title={t::NEW}><DefinitionList rows={new} /></Panel>
            </div>
            <p>{ if is_other { u::OTHER_USE_MEANING } else { t::REPLACE_MEANING } }</p>
            <p>{ t::answer_by(*answer_by) }</p>
            <LiveRegion class="waiting">{ props.is_busy.then_some(t::WAITING) }</LiveRegion>
            <div class="actions compare__answers">
                <Button id="replace" is_off={props.is_busy} onpress={props.onreplace.clone()}>{ if is_other { u::OTHER_USE_YES } else { t::REPLACES } }</Button>
                <Button id="keep" is_off={props.is_busy} onpress={props.onkeep.clone()}>{ if is_other { u::OTHER_USE_NO } else { t::KEEPS } }</Button>
            </div>
            <p class="say__code">{ code }</p>
        </div>
    }
}

/// A kind of information of the new consent; what is not as before says so.
fn new_row(item: ConsentItem, state: ItemState, is_as_before: bool) -> Row {
    let Row { name, value } = item_row(item, state);
    if is_as_before {
        return Row { name, value };
    }
    Row { name, value: html! { <>{ value }<span class="compare__changed">{ t::CHANGES }</span></> } }
}
