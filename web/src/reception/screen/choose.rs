//! RW-3 同意内容の選択.

use shared::domain::consent::{Choice, ConsentGroup};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::answer::{choice_of, pick_of};
use super::subsidy::{self, SubsidyQuestion};
use crate::part::{Button, ChoiceQuestion, Heading, Icon, LiveRegion, Look, Notice, Sign, Tone};
use crate::reception::draft::Draft;
use crate::text::reception as t;

/// Says what was answered.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ChooseProps {
    /// 機関名.
    pub institution: AttrValue,
    /// The questions in the order of the screen.
    pub questions: Vec<ConsentGroup>,
    /// 医療費助成の受給者証 is asked as well (N048).
    pub asks_subsidy: bool,
    /// Answers so far.
    pub draft: Draft,
    /// Missing answers are pointed out.
    pub points_out_missing: bool,
    /// Rises with each press that found answers missing.
    pub missing_presses: u32,
    /// An answer.
    pub onanswer: Callback<(ConsentGroup, Choice)>,
    /// The same answer to all.
    pub onall: Callback<Choice>,
    /// An answer about 医療費助成.
    pub onsubsidy: Callback<Choice>,
    /// On; also with answers missing.
    pub onnext: Callback<()>,
    /// Back.
    pub onback: Callback<()>,
}

/// Element id of a question.
#[must_use]
pub fn question_id(group: ConsentGroup) -> String {
    format!("consent-{}", group.code())
}

/// RW-3 同意内容の選択: nothing preselected, both answers of the same size, each question needs one.
#[component]
pub fn Choose(props: &ChooseProps) -> Html {
    let missing = props.draft.missing(&props.questions);
    let is_subsidy_missing = props.asks_subsidy && props.draft.subsidy.is_none();
    let first = missing.first().map(|group| question_id(*group)).or_else(|| is_subsidy_missing.then(|| subsidy::ID.to_owned()));
    let missing = missing.len() + usize::from(is_subsidy_missing);
    use_effect_with(props.missing_presses, move |presses| {
        if let (1.., Some(id)) = (*presses, first) {
            focus(&format!("{id}-first"));
        }
    });
    let all = |choice: Choice| props.questions.iter().all(|group| props.draft.answer(*group) == Some(choice));
    let said =
        [Choice::Agree, Choice::Refuse].into_iter().find(|choice| all(*choice)).map(|choice| t::all_set(choice, props.questions.len()));
    let set_all = |choice: Choice| props.onall.reform(move |()| choice);
    let questions = props.questions.iter().map(|group| {
        let group = *group;
        let answer = props.draft.answer(group);
        let onpick = props.onanswer.reform(move |pick| (group, choice_of(pick)));
        let words = (t::choice_word(Choice::Agree).into(), t::choice_word(Choice::Refuse).into());
        let is_missing = props.points_out_missing && answer.is_none();
        html! {
            <ChoiceQuestion key={group.code()} id={question_id(group)} question={t::group_name(group)} meaning={t::group_meaning(group)}
                {words} picked={answer.and_then(pick_of)} missing={is_missing.then_some(AttrValue::Static(t::MISSING))} {onpick} />
        }
    });
    html! {
        <>
            <Heading text={t::CHOOSE} />
            <p>{ t::choose_lead(&props.institution) }</p>
            <section class="choose-all" aria-labelledby="choose-all">
                <h2 id="choose-all" class="choose-all__title">{ t::CHOOSE_ALL }</h2>
                <div class="choose-all__buttons">
                    <Button id="agree-all" onpress={set_all(Choice::Agree)}><Icon sign={Sign::Good} />{ t::AGREE_ALL }</Button>
                    <Button id="refuse-all" onpress={set_all(Choice::Refuse)}><Icon sign={Sign::Bad} />{ t::REFUSE_ALL }</Button>
                </div>
                <LiveRegion class="choose-all__said">{ said }</LiveRegion>
                <Button id="next-all" onpress={props.onnext.clone()}>{ t::NEXT }</Button>
            </section>
            <h2>{ t::CHOOSE_EACH }</h2>
            { for questions }
            if props.asks_subsidy {
                <SubsidyQuestion answer={props.draft.subsidy} points_out_missing={props.points_out_missing} onanswer={&props.onsubsidy} />
            }
            <div role="alert">
                if props.points_out_missing && missing > 0 {
                    <Notice tone={Tone::Warn} title={t::missing_count(missing)} />
                }
            </div>
            <div class="actions">
                <Button look={Look::Primary} id="next" onpress={props.onnext.clone()}>{ t::NEXT }</Button>
                <Button look={Look::Quiet} onpress={props.onback.clone()}>{ t::BACK }</Button>
            </div>
        </>
    }
}

fn focus(id: &str) {
    let element = web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
