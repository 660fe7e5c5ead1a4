//! RW-9 同意照会・更新 and RW-10 すべての同意を取消す: before the card, and after it.

use std::rc::Rc;

use shared::api::reception::Living as Consent;
use shared::domain::consent::{Choice, Choices, ConsentGroup, ItemState};
use shared::domain::visit::Purpose;
use yew::prelude::*;

use super::answer::{choice_of, pick_of};
use super::choose::question_id;
use super::result::item_row;
use crate::part::{Button, ChoiceQuestion, DefinitionList, Heading, LiveRegion, Look, Notice, Panel, Row, Tone};
use crate::text::reception::{self as t, uses as u};

/// Says what card and PIN are for.
#[derive(Clone, PartialEq, Properties)]
pub struct OwnProps {
    /// 機関名.
    pub institution: AttrValue,
    /// A review or a withdrawal.
    pub purpose: Purpose,
    /// The call is on its way.
    pub is_busy: bool,
    /// To the card.
    pub onnext: Callback<()>,
    /// Back.
    pub onback: Callback<()>,
}

/// RW-9, RW-10 before the card: what will be shown, what will stop.
#[component]
pub fn Own(props: &OwnProps) -> Html {
    let withdraws = props.purpose == Purpose::Withdraw;
    html! {
        <>
            <Heading text={if withdraws { u::WITHDRAW } else { u::REVIEW }} />
            <Panel><DefinitionList rows={vec![Row::text(t::INSTITUTION, props.institution.clone())]} /></Panel>
            <p>{ if withdraws { u::WITHDRAW_LEAD } else { u::REVIEW_LEAD } }</p>
            if withdraws {
                <p>{ u::WITHDRAW_NEXT }</p>
            }
            <LiveRegion class="waiting">{ props.is_busy.then_some(t::WAITING) }</LiveRegion>
            <div class="actions">
                <Button look={Look::Primary} id="submit" is_off={props.is_busy} onpress={props.onnext.clone()}>{ u::TO_CARD }</Button>
                <Button look={Look::Quiet} is_off={props.is_busy} onpress={props.onback.clone()}>{ t::BACK }</Button>
            </div>
        </>
    }
}

/// Says what the person has consented to.
#[derive(Clone, PartialEq, Properties)]
pub struct LivingProps {
    /// The living consent, if there is one.
    pub living: Option<Rc<Consent>>,
    /// A review or a withdrawal.
    pub purpose: Purpose,
    /// It was changed elsewhere since the last answer.
    pub is_asked_again: bool,
    /// The yes is on its way.
    pub is_busy: bool,
    /// Saves other answers, or withdraws all.
    pub onrevise: Callback<Option<Choices>>,
    /// Leaves everything as it is.
    pub onleave: Callback<()>,
}

/// RW-9, RW-10 after the card: the living consent, to change or to withdraw.
#[component]
pub fn Living(props: &LivingProps) -> Html {
    let Some(living) = &props.living else {
        return html! {
            <div class="hand">
                <Heading text={u::NO_LIVING} />
                <p>{ u::NO_LIVING_MEANING }</p>
                <div class="actions"><Button look={Look::Primary} id="finish" onpress={props.onleave.clone()}>{ t::FINISH }</Button></div>
            </div>
        };
    };
    let mut head = vec![
        Row::text(t::USE, living.visit_kind.label()),
        Row::text(t::CONSENTED_AT, t::moment(living.consented_at)),
        Row::text(t::UNTIL, t::until(living.expires_at)),
    ];
    head.extend(living.booked_on.map(|on| Row::text(u::BOOKED, u::weekday(on))));
    let withdraws = props.purpose == Purpose::Withdraw;
    html! {
        <div class="stack">
            <Heading text={if withdraws { u::STOPS } else { u::LIVING }} />
            if props.is_asked_again {
                <Notice tone={Tone::Warn} title={u::LIVING_AGAIN} />
            }
            <Panel><DefinitionList rows={head} /></Panel>
            if withdraws {
                <Panel title={t::CONSENTS}>
                    <DefinitionList rows={living.items.iter().map(|(item, state)| item_row(*item, *state)).collect::<Vec<_>>()} />
                </Panel>
                <p>{ t::answer_by(living.answer_by) }</p>
                <LiveRegion class="waiting">{ props.is_busy.then_some(t::WAITING) }</LiveRegion>
                <div class="actions compare__answers">
                    <Button id="withdraw" is_off={props.is_busy} onpress={props.onrevise.reform(|()| None)}>{ u::WITHDRAW_NOW }</Button>
                    <Button id="keep" is_off={props.is_busy} onpress={props.onleave.clone()}>{ u::KEEP }</Button>
                </div>
            } else {
                <Answers key={living.id.clone()} living={living.clone()} is_busy={props.is_busy} onrevise={props.onrevise.clone()}
                    onleave={props.onleave.clone()} />
            }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct AnswersProps {
    living: Rc<Consent>,
    is_busy: bool,
    onrevise: Callback<Option<Choices>>,
    onleave: Callback<()>,
}

/// The questions with the answers as they stand, to answer anew.
#[component]
fn Answers(props: &AnswersProps) -> Html {
    let living = &props.living;
    let stands = stands(living);
    let answers = use_state(|| stands);
    let is_same = *answers == stands;
    let questions = living.questions.iter().map(|group| {
        let (group, of) = (*group, answers.clone());
        let onpick = Callback::from(move |pick| of.set(with(*of, group, choice_of(pick))));
        let words = (t::choice_word(Choice::Agree).into(), t::choice_word(Choice::Refuse).into());
        html! {
            <ChoiceQuestion key={group.code()} id={question_id(group)} question={t::group_name(group)} meaning={t::group_meaning(group)} {words}
                picked={pick_of(answers.of(group))} {onpick} />
        }
    });
    let onsave = {
        let (onrevise, answers) = (props.onrevise.clone(), *answers);
        Callback::from(move |()| onrevise.emit(Some(answers)))
    };
    html! {
        <>
            <p>{ u::LIVING_LEAD }</p>
            if living.booked_on.is_some() {
                <p>{ u::BOOKED_FIXED }</p>
            }
            { for questions }
            <p>{ t::answer_by(living.answer_by) }</p>
            <LiveRegion class="waiting">
                { if props.is_busy { Some(t::WAITING) } else { is_same.then_some(u::NOTHING_CHANGED) } }
            </LiveRegion>
            <div class="actions">
                <Button look={Look::Primary} id="save" is_off={props.is_busy || is_same} onpress={onsave}>{ u::SAVE }</Button>
                <Button id="keep" is_off={props.is_busy} onpress={props.onleave.clone()}>{ u::LEAVE_AS_IS }</Button>
            </div>
        </>
    }
}

/// The answers as they stand: a question is agreed to where all that applies of it is.
fn stands(living: &Consent) -> Choices {
    let agreed =
        |group: ConsentGroup| living.items.iter().filter(|(item, _)| item.group() == group).all(|(_, state)| *state == ItemState::Agreed);
    let answer = |group: ConsentGroup| match living.questions.contains(&group) {
        false => Choice::NotAsked,
        true if agreed(group) => Choice::Agree,
        true => Choice::Refuse,
    };
    Choices::collect(|group| Some(answer(group))).unwrap_or(Choices::all(Choice::NotAsked))
}

fn with(answers: Choices, group: ConsentGroup, choice: Choice) -> Choices {
    Choices::collect(|of| Some(if of == group { choice } else { answers.of(of) })).unwrap_or(answers)
}
