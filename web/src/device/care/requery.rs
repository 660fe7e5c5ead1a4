//! DA-12 再照会: asking again under a living consent; X46 and X47 as at the office (OT-14).

use shared::api::requery::{Asked, Requery, RequeryStanding, RequeryState};
use yew::prelude::*;

use crate::office::month::parts::differences;
use crate::part::said::{said, use_said};
use crate::part::table::{Column, Line};
use crate::part::{Button, Look, Notice, Panel, Table, Tone, Verdict, link};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as office, care as text, care::requery as words, detail, month, month::requery as again_words};
use crate::use_call::use_call;

/// Says which consent.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct RequeryScreenProps {
    /// Its id.
    pub(crate) id: String,
}

/// DA-12 of the consent of the address.
#[component]
pub(crate) fn RequeryScreen(props: &RequeryScreenProps) -> Html {
    let (remote, again) = use_get(RequeryState { consent: (&props.id).into() });
    let changed = use_state(|| None::<RequeryStanding>);
    let ask = use_call::<Requery>();
    let said_state = use_said();
    let remote = (*changed).clone().map_or(remote, Remote::Here);
    let onask = {
        let (ask, changed, said, id) = (ask.clone(), changed.clone(), said_state.clone(), props.id.clone());
        Callback::from(move |()| {
            let (changed, said) = (changed.clone(), said.clone());
            ask.start(Requery { consent: (&id).into() }, (), move |outcome| {
                if let Ok(standing) = outcome {
                    changed.set(Some(standing));
                    said.say(words::ASKED);
                }
            });
        })
    };
    let progress = ask.progress();
    html! {
        <>
            { said(said_state.words()) }
            if let Some(refusal) = &progress.refusal {
                { crate::part::send_form::form_failure(&office::refusal(refusal)) }
            }
            { remote.view(&again, |standing| view(standing, progress.is_busy, &onask)) }
        </>
    }
}

/// Whether it may be asked, what changed, and the answers so far.
pub(super) fn view(standing: &RequeryStanding, is_busy: bool, onask: &Callback<()>) -> Html {
    html! {
        <>
            if let Some(why) = standing.why_not {
                <Notice tone={Tone::Warn} code="U-X46" title={month::why(why)}>
                    <p>{ words::VISIT_NEXT }</p>
                    <p>{ link("/d/paper", None, text::PAPER) }</p>
                </Notice>
            } else {
                <p>{ words::LEAD }</p>
                <p class="actions"><Button id="requery" look={Look::Primary} is_off={is_busy} onpress={onask.clone()}>{ month::ASK_AGAIN }</Button></p>
            }
            if !standing.differences.is_empty() {
                <Notice tone={Tone::Warn} code="U-X47" title={again_words::CHANGED}>
                    <p>{ again_words::CHANGED_NEXT }</p>
                    if let Some(at) = standing.former_at {
                        <p>{ again_words::former(at) }</p>
                    }
                </Notice>
                <Panel title={month::CHANGED_FIELDS}>{ differences(&standing.differences) }</Panel>
            }
            <Panel title={again_words::ANSWERS}>
                <Table caption={again_words::ANSWERS} scrolls={again_words::ANSWERS} columns={again_words::COLUMNS.map(Column::words).to_vec()}
                    lines={standing.answers.iter().map(line).collect::<Vec<_>>()} empty={html! { <p>{ again_words::NONE }</p> }} />
            </Panel>
        </>
    }
}

fn line(asked: &Asked) -> Line {
    let by = asked.by.as_ref().map_or_else(|| "―".to_owned(), ToString::to_string);
    let cells = vec![html! { { detail::minute(asked.at) } }, html! { <Verdict validity={asked.validity} /> }, html! { { by } }];
    Line { key: asked.at.0.to_string().into(), cells }
}
