//! RW-3, where N048 is on: 医療費助成の受給者証, 提供する or 提供しない. A flag of its own, beside the five questions.

use shared::domain::consent::Choice;
use yew::prelude::*;

use super::answer::{choice_of, pick_of};
use crate::part::{ChoiceQuestion, Row};
use crate::text::beside as t;

/// Element id of the question.
pub const ID: &str = "consent-subsidy";

/// Says what was answered.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SubsidyQuestionProps {
    /// The answer so far.
    pub answer: Option<Choice>,
    /// A missing answer is pointed out.
    pub points_out_missing: bool,
    /// An answer.
    pub onanswer: Callback<Choice>,
}

/// The question, nothing preselected.
#[component]
pub fn SubsidyQuestion(props: &SubsidyQuestionProps) -> Html {
    let words = (t::answer(Choice::Agree).into(), t::answer(Choice::Refuse).into());
    let is_missing = props.points_out_missing && props.answer.is_none();
    html! {
        <ChoiceQuestion id={ID} question={t::QUESTION} meaning={t::MEANING} {words} picked={props.answer.and_then(pick_of)}
            missing={is_missing.then_some(AttrValue::Static(t::MISSING))} onpick={props.onanswer.reform(choice_of)} />
    }
}

/// The answer as a line, where it was asked.
pub fn subsidy_row(choice: Choice) -> Option<Row> {
    (!choice.is_not_asked()).then(|| Row::text(t::QUESTION, t::answer(choice)))
}
