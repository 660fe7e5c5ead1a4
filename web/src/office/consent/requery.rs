//! 再照会 of the consent that is shown, and the end of the relation (OT-14): a part of OT-11.

use shared::api::requery::{Asked, EndRelation, RelationEnd, Requery, RequeryStanding, RequeryState};
use shared::domain::calendar::CivilDate;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::office::month::parts::differences;
use crate::part::said::{said, use_said};
use crate::part::table::{Column, Line};
use crate::part::{Button, Field, Notice, Panel, SendForm, Table, Tone, Verdict};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, detail, month as words, month::requery};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

const DAY: &str = "relation-end";

/// Says which consent.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct RequeryPartProps {
    /// Its id.
    pub(crate) id: String,
}

/// Nothing for who may not ask again.
#[component]
pub(crate) fn RequeryPart(props: &RequeryPartProps) -> Html {
    let kind = use_session().session.kind;
    if may(kind, Act::Requery) == Right::Yes {
        html! { <Part id={props.id.clone()} /> }
    } else {
        Html::default()
    }
}

#[component]
fn Part(props: &RequeryPartProps) -> Html {
    let may_end = may(use_session().session.kind, Act::SeeVisitsOfToday) == Right::Yes;
    let (remote, again) = use_get(RequeryState { consent: (&props.id).into() });
    let changed = use_state(|| None::<RequeryStanding>);
    let (ask, end) = (use_call::<Requery>(), use_call::<EndRelation>());
    let form = use_form(String::new);
    let said_state = use_said();
    let remote = (*changed).clone().map_or(remote, Remote::Here);
    let onask = {
        let (ask, changed, said, id) = (ask.clone(), changed.clone(), said_state.clone(), props.id.clone());
        Callback::from(move |()| {
            let (changed, said) = (changed.clone(), said.clone());
            ask.start(Requery { consent: (&id).into() }, (), move |outcome| {
                if let Ok(standing) = outcome {
                    changed.set(Some(standing));
                    said.say(requery::ASKED);
                }
            });
        })
    };
    let onend = {
        let (end, changed, said, form, id) = (end.clone(), changed.clone(), said_state.clone(), form.clone(), props.id.clone());
        Callback::from(move |goes_on: bool| {
            let ended_on = match goes_on {
                true => None,
                false => match form
                    .read(|typed| CivilDate::try_from(typed.as_str()).map_err(|_| Faults::default().note(DAY, Some(requery::NO_DAY))))
                {
                    Some(day) => Some(day),
                    None => return,
                },
            };
            let (changed, said, form) = (changed.clone(), said.clone(), form.clone());
            end.start(EndRelation { consent: (&id).into() }, RelationEnd { ended_on }, move |outcome| {
                if let Ok(standing) = outcome {
                    form.set(String::new());
                    changed.set(Some(standing));
                    said.say(if goes_on { requery::WENT_ON } else { requery::ENDED });
                }
            });
        })
    };
    let (asking, ending) = (ask.progress(), end.progress());
    let view = |standing: &RequeryStanding| {
        html! {
            <>
                if let Some(why) = standing.why_not {
                    <Notice tone={Tone::Warn} title={words::why(why)}><p>{ words::why_next(why) }</p></Notice>
                } else {
                    <p class="on-screen">{ requery::CAN }</p>
                    <div class="on-screen">
                        <SendForm id="requery" submit={words::ASK_AGAIN} is_busy={asking.is_busy} onsubmit={onask.clone()}
                            failed={asking.refusal.as_ref().map(text::refusal)}>{ Html::default() }</SendForm>
                    </div>
                }
                if !standing.differences.is_empty() {
                    <Notice tone={Tone::Warn} title={requery::CHANGED}><p>{ requery::CHANGED_NEXT }</p></Notice>
                    if let Some(at) = standing.former_at {
                        <p>{ requery::former(at) }</p>
                    }
                    <h3>{ words::CHANGED_FIELDS }</h3>
                    { differences(&standing.differences) }
                }
                <h3>{ requery::ANSWERS }</h3>
                <Table caption={requery::ANSWERS} scrolls={requery::ANSWERS} columns={requery::COLUMNS.map(Column::words).to_vec()}
                    lines={standing.answers.iter().map(line).collect::<Vec<_>>()} empty={html! { <p>{ requery::NONE }</p> }} />
                if let Some(day) = standing.ended_on {
                    <p>{ requery::ended(day) }</p>
                }
                if may_end {
                    <div class="on-screen">
                        <h3>{ requery::END_TITLE }</h3>
                        if standing.ended_on.is_some() {
                            <p class="actions"><Button id="relation-goes-on" onpress={onend.reform(|()| true)}>{ requery::GOES_ON }</Button></p>
                        }
                        <p>{ requery::END_ABOUT }</p>
                        <SendForm id="relation" submit={requery::END} is_busy={ending.is_busy} onsubmit={onend.reform(|()| false)}
                            failed={ending.refusal.as_ref().map(text::refusal)}>
                            <Field of={form.input(DAY, |typed| typed)} kind="date" label={requery::END_LABEL} is_required=true />
                        </SendForm>
                    </div>
                }
            </>
        }
    };
    html! {
        <Panel title={requery::TITLE} class="detail">
            { said(said_state.words()) }
            { remote.view(&again, view) }
        </Panel>
    }
}

fn line(asked: &Asked) -> Line {
    let by = asked.by.as_ref().map_or_else(|| "―".to_owned(), ToString::to_string);
    let cells = vec![html! { { detail::minute(asked.at) } }, html! { <Verdict validity={asked.validity} /> }, html! { { by } }];
    Line { key: asked.at.0.to_string().into(), cells }
}
