//! The check at the device with the card (DA-7…DA-11, LA-7): consent where it is asked, reading or comparing, the result.

mod eye;
mod flow;
mod number;
mod one_hand;
mod read;
mod result;
mod send;
#[cfg(test)]
mod tests;
mod unfiled;
mod ways;

use std::rc::Rc;

use shared::api::bedside::{BedsideDesk, SeeBedside};
use shared::domain::consent::expires_at;
use shared::domain::institution::VisitKind;
use shared::domain::visit::Assist;
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::hooks::use_navigator;

use self::eye::Eye;
pub(crate) use self::flow::By;
use self::flow::{Act, Flow, Step};
use self::one_hand::Where;
use self::read::Read;
use self::result::ResultScreen;
use self::send::use_sending;
pub(crate) use self::unfiled::{OneResult, Unfiled};
pub(crate) use self::ways::Ways;
use super::settings::PatientTextSize;
use super::shell::use_busy;
use crate::part::error_screen::say_body;
use crate::part::{BelowHeading, Button, Heading, LiveRegion, Look, Notice, Steps, Tone, field, link};
use crate::reception::screen::choose::Choose;
use crate::reception::screen::confirm::Confirm;
use crate::reception::screen::pick::PickOne;
use crate::reception::screen::replace::Replace;
use crate::remote::use_get;
use crate::session::use_session;
use crate::text::office::{self as text, bedside as words};
use crate::text::reception::uses as u;

/// Says which check.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct BedsideProps {
    /// By what a person is known.
    pub(crate) by: By,
    /// What for; the odd route begins with day and place.
    #[prop_or(VisitKind::HomeVisit)]
    pub(crate) visit_kind: VisitKind,
}

/// A check, once it is known what the institution asks and takes.
#[component]
pub(crate) fn Bedside(props: &BedsideProps) -> Html {
    let (remote, again) = use_get(SeeBedside);
    remote.view(&again, |desk| {
        if props.visit_kind == VisitKind::OffRoute {
            return match desk.for_off_route() {
                Some(desk) => html! {
                    <ContextProvider<BelowHeading> context={BelowHeading}>
                        <div class="one-hand"><Check by={props.by} {desk} /></div>
                    </ContextProvider<BelowHeading>>
                },
                None => html! { <Notice tone={Tone::Warn} title={words::one_hand::IS_OFF}><p>{ words::one_hand::IS_OFF_NEXT }</p></Notice> },
            };
        }
        // Where the odd route is the only use that is switched on, a check of a visit would ask for no consent.
        if !desk.asks_consent && desk.off_route.is_some() {
            return html! {
                <Notice tone={Tone::Warn} title={words::one_hand::IS_ONLY}>
                    <p>{ link("/d/flow", None, VisitKind::OffRoute.label()) }</p>
                </Notice>
            };
        }
        if props.by == By::Eye && !desk.allows_visual {
            return html! { <Notice tone={Tone::Warn} title={words::EYE_NOT_ALLOWED}><p>{ words::EYE_NOT_ALLOWED_NEXT }</p></Notice> };
        }
        html! { <ContextProvider<BelowHeading> context={BelowHeading}><Check by={props.by} desk={desk.clone()} /></ContextProvider<BelowHeading>> }
    })
}

/// Says what is asked and taken.
#[derive(Clone, PartialEq, Properties)]
struct CheckProps {
    by: By,
    desk: BedsideDesk,
}

#[component]
fn Check(props: &CheckProps) -> Html {
    let flow = use_reducer(|| Flow::new(props.by, Rc::new(props.desk.clone())));
    // No new version is offered before this person is done.
    use_busy(true);
    let sending = use_sending(&flow);
    let navigator = use_navigator();
    let act = {
        let flow = flow.dispatcher();
        Callback::from(move |act: Act| flow.dispatch(act))
    };
    let onhome = Callback::from(move |()| {
        if let Some(navigator) = &navigator {
            navigator.push(&AnyRoute::new("/d"));
        }
    });
    let view = CheckViewProps {
        flow: (*flow).clone(),
        is_busy: sending.is_busy,
        is_waiting: sending.is_waiting,
        refusal: sending.refusal.map(|refusal| text::refusal(&refusal)),
        act,
        onhome,
    };
    html! { <CheckView ..view /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CheckViewProps {
    flow: Flow,
    /// The proof is on its way.
    is_busy: bool,
    /// It waits for the line, or for the register.
    is_waiting: bool,
    /// What the server said to it.
    refusal: Option<crate::text::Say>,
    act: Callback<Act>,
    /// To the choice of the way.
    onhome: Callback<()>,
}

/// Where the check stands, and its step.
#[component]
fn CheckView(props: &CheckViewProps) -> Html {
    let flow = &props.flow;
    let names: &[&str] = if flow.is_eligibility_only { &words::STAGES_LIMITED } else { &words::STAGES };
    let current = match flow.step {
        Step::Where | Step::Ask | Step::Confirm => Some(0),
        Step::Read => Some(names.len() - 2),
        Step::Result => Some(names.len() - 1),
        Step::Without | Step::NotMatched => None,
    };
    html! {
        <>
            if let Some(current) = current {
                <div class="on-screen">
                    <Steps label={words::STAGES_LABEL} names={names.iter().map(|name| AttrValue::Static(name)).collect::<Vec<_>>()} {current} />
                </div>
            }
            if matches!(flow.step, Step::Ask | Step::Confirm | Step::Read) {
                <PatientTextSize />
            }
            { step(props) }
        </>
    }
}

fn step(props: &CheckViewProps) -> Html {
    let CheckViewProps { flow, act, onhome, .. } = props;
    if let Some(replacement) = flow.replacement.as_ref().filter(|_| flow.step == Step::Read) {
        let onkeep = onhome.clone();
        return html! {
            <>
                { failed(props) }
                <Replace visit_kind={flow.desk.visit_kind} replacement={replacement.clone()} is_asked_again={flow.is_asked_again} is_busy={props.is_busy}
                    onreplace={act.reform(|()| Act::Replaces)} {onkeep} />
            </>
        };
    }
    match (flow.step, &flow.result) {
        (Step::Where, _) => html! { <Where flow={flow.clone()} act={act.clone()} /> },
        (Step::Ask, _) => html! { <AskAll ..props.clone() /> },
        (Step::Confirm, _) => html! { <ConfirmAnswers ..props.clone() /> },
        (Step::Read, _) => html! {
            <>
                if flow.is_eligibility_only && flow.desk.asks_consent {
                    <Notice title={words::CANNOT_ANSWER_TITLE} code="U-X63">
                        <p>{ words::CANNOT_ANSWER_NEXT }</p>
                        <Button id="with-consent" onpress={act.reform(|()| Act::EligibilityOnly(false))}>{ words::WITH_CONSENT }</Button>
                    </Notice>
                }
                { failed(props) }
                if flow.is_off_route() {
                    <p class="actions"><Button id="to-where" look={Look::Quiet} is_off={props.is_busy} onpress={act.reform(|()| Act::Show(Step::Where))}>
                        { words::one_hand::TO_WHERE }
                    </Button></p>
                }
                <LiveRegion class="waiting">{ props.is_busy.then_some(if props.is_waiting { words::WAITING } else { words::SENDING }) }</LiveRegion>
                if flow.by == By::Eye {
                    <Eye flow={flow.clone()} is_busy={props.is_busy} act={act.clone()} />
                } else {
                    <Read flow={flow.clone()} is_busy={props.is_busy} act={act.clone()} />
                }
            </>
        },
        (Step::Without, _) => without(props),
        (Step::NotMatched, _) => html! {
            <>
                <Heading text={words::NOT_MATCHED_TITLE} />
                <Notice tone={Tone::Bad} code="U-X27" title={words::GIVE_BACK}><p>{ words::NOT_MATCHED_NEXT }</p></Notice>
                <p class="actions"><Button id="home" look={Look::Primary} onpress={onhome.clone()}>{ words::HOME }</Button></p>
            </>
        },
        (Step::Result, Some(result)) => html! { <ResultScreen result={result.clone()} onclose={onhome.clone()} /> },
        (Step::Result, None) => Html::default(),
    }
}

/// What the server said to the proof.
fn failed(props: &CheckViewProps) -> Html {
    let Some(say) = &props.refusal else { return Html::default() };
    html! {
        <Notice tone={Tone::Bad} role="alert" code={say.code} title={say.happened.clone()}>
            { say_body(say) }
        </Notice>
    }
}

/// DA-7: who helps, and the questions of the reception page.
#[component]
fn AskAll(props: &CheckViewProps) -> Html {
    let signed_in = use_session();
    let CheckViewProps { flow, act, onhome, .. } = props;
    let assist = flow.draft.occasion.assist;
    use_effect_with(flow.missing_presses, move |presses| {
        if *presses > 0 && assist.is_none() {
            field::focus("assist-0");
        }
    });
    let picked = assist.and_then(|assist| Assist::ALL.iter().position(|other| *other == assist));
    let missing = (flow.points_out_missing && assist.is_none()).then_some(AttrValue::Static(u::ASSIST_MISSING));
    let onpick = act.reform(|place: usize| Act::Assist(Assist::ALL.get(place).copied().unwrap_or(Assist::Alone)));
    let onback = if flow.is_off_route() { act.reform(|()| Act::Show(Step::Where)) } else { onhome.clone() };
    html! {
        <>
            if !flow.is_off_route() {
                <PickOne id="assist" question={u::ASSIST} meaning={u::ASSIST_MEANING} words={Assist::ALL.map(Assist::label).to_vec()} {picked}
                    {missing} {onpick} />
            }
            <Choose institution={signed_in.session.institution_name.clone()} questions={flow.desk.questions.clone()}
                asks_subsidy={flow.desk.asks_subsidy} draft={flow.draft.clone()}
                points_out_missing={flow.points_out_missing} missing_presses={flow.missing_presses}
                onanswer={act.reform(|(group, choice)| Act::Answer(group, choice))} onall={act.reform(Act::AnswerAll)}
                onsubsidy={act.reform(Act::Subsidy)} onnext={act.reform(|()| Act::Next)} {onback} />
            <p class="actions">
                <Button id="cannot-answer" look={Look::Quiet} onpress={act.reform(|()| Act::EligibilityOnly(true))}>{ words::CANNOT_ANSWER }</Button>
            </p>
        </>
    }
}

#[component]
fn ConfirmAnswers(props: &CheckViewProps) -> Html {
    let signed_in = use_session();
    let CheckViewProps { flow, act, .. } = props;
    let Some(choices) = flow.choices() else { return Html::default() };
    let booked_on = flow.draft.occasion.booked_on;
    let until = booked_on.map_or(flow.desk.consent_until, |day| expires_at(flow.desk.visit_kind, day.at_jst(0, 0), Some(day)));
    html! {
        <Confirm institution={signed_in.session.institution_name.clone()} questions={flow.desk.questions.clone()} {choices} {booked_on}
            {until} is_busy=false oncorrect={act.reform(|()| Act::Show(Step::Ask))}
            onsubmit={act.reform(|()| Act::Show(Step::Read))} />
    }
}

/// X12.
fn without(props: &CheckViewProps) -> Html {
    let CheckViewProps { act, onhome, .. } = props;
    html! {
        <>
            <Heading text={words::WITHOUT} />
            <p>{ words::WITHOUT_LEAD }</p>
            <ul>{ for words::WITHOUT_WAYS.iter().map(|way| html! { <li>{ *way }</li> }) }</ul>
            <div class="actions">
                <Button id="home" look={Look::Primary} onpress={onhome.clone()}>{ words::HOME }</Button>
                <Button id="back" onpress={act.reform(|()| Act::Show(Step::Read))}>{ words::BACK_TO_READING }</Button>
            </div>
        </>
    }
}
