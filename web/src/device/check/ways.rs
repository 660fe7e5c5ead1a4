//! The ways of a check on DA-5, by the toggle that stands and by what the institution allows; unfiled and unsent results, maintenance.

use shared::api::bedside::{BedsideDesk, SeeBedside};
use shared::api::device_settings::{SwitchVisual, Visual};
use shared::domain::check::Medium;
use shared::domain::institution::VisitKind;
use yew::prelude::*;

use super::read::not_begun;
use crate::part::{CheckField, Notice, Tone, link};
use crate::remote::use_get;
use crate::text::office::bedside as words;
use crate::text::reception as t;
use crate::use_call::use_call;

/// What can be checked with a card here.
#[component]
pub(crate) fn Ways() -> Html {
    let (remote, again) = use_get(SeeBedside);
    let switch = use_call::<SwitchVisual>();
    let onswitch = {
        let (switch, again) = (switch.clone(), again.clone());
        Callback::from(move |is_visual: bool| {
            let again = again.clone();
            switch.start(SwitchVisual, Visual { is_visual }, move |_| again.emit(()));
        })
    };
    let progress = switch.progress();
    html! {
        <>
            { not_begun(&progress) }
            { remote.view(&again, |desk| html! { <WaysView desk={desk.clone()} is_busy={progress.is_busy} {onswitch} /> }) }
        </>
    }
}

/// Says what is allowed, and how the toggle stands.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct WaysViewProps {
    pub(super) desk: BedsideDesk,
    pub(super) is_busy: bool,
    pub(super) onswitch: Callback<bool>,
}

#[component]
pub(super) fn WaysView(props: &WaysViewProps) -> Html {
    let desk = &props.desk;
    let way = |path: &'static str, title: &'static str, about: String| {
        html! { <li key={path}>{ link(path, Some(classes!("desk-ways__way")), title) }<p>{ about }</p></li> }
    };
    let takes_phones = desk.media.iter().any(|medium| *medium != Medium::Card);
    let by_pin = if takes_phones { format!("{}{}", words::BY_PIN, words::BY_PHONE) } else { words::BY_PIN.to_owned() };
    // Where the odd route is the only use that is switched on, it is the only way.
    let is_home_visit = desk.asks_consent || desk.off_route.is_none();
    let card = way("/d/check", words::TITLE, by_pin);
    let eye = |title| way("/d/check/visual", title, words::BY_EYE.to_owned());
    html! {
        <>
            if desk.unfiled > 0 {
                <Notice tone={Tone::Warn} title={words::unfiled(desk.unfiled)} code="U-X49">
                    <p>{ link("/d/unfiled", None, words::UNFILED_TITLE) }</p>
                </Notice>
            }
            if desk.unsent > 0 {
                <Notice tone={Tone::Warn} title={words::unsent(desk.unsent)} code="U-X49"><p>{ words::UNSENT_NEXT }</p></Notice>
            }
            if let Some(ahead) = &desk.maintenance {
                <Notice tone={Tone::Warn} title={if ahead.part.blocks_a_visit() { t::no_visits(ahead.span) } else { t::part_stops(ahead.part, ahead.span) }} />
            }
            <ul class="desk-ways">
                if is_home_visit {
                    if desk.is_visual { { eye(words::EYE_TITLE) } }
                    { card }
                    if desk.allows_visual && !desk.is_visual { { eye(words::EYE_ONCE) } }
                }
                if desk.off_route.is_some() {
                    { way("/d/flow", VisitKind::OffRoute.label(), words::one_hand::ABOUT.to_owned()) }
                }
            </ul>
            if desk.allows_visual {
                <CheckField id="visual-toggle" label={words::TOGGLE} hint={words::TOGGLE_HINT} is_on={desk.is_visual} is_off={props.is_busy}
                    onchange={props.onswitch.clone()} />
            }
        </>
    }
}
