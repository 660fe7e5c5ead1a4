//! A question with two answers of equal weight.

use yew::prelude::*;

use super::icon::{Icon, Sign};

/// One of two answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The first: yes, agree.
    First,
    /// The second: no, not yet.
    Second,
}

/// Says what is asked.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ChoiceQuestionProps {
    /// Element id of the question; the answers are `{id}-first` and `{id}-second`.
    pub id: AttrValue,
    /// The question (legend).
    pub question: AttrValue,
    /// What it means, in a plain sentence.
    pub meaning: AttrValue,
    /// Words of the two answers.
    pub words: (AttrValue, AttrValue),
    /// The answer; `None` while there is none: nothing is preselected.
    pub picked: Option<Pick>,
    /// What is said when the answer is missing and was looked for.
    #[prop_or_default]
    pub missing: Option<AttrValue>,
    /// Called with a new answer.
    pub onpick: Callback<Pick>,
    /// Help that belongs to the question.
    #[prop_or_default]
    pub children: Html,
}

/// A `fieldset` with two large radio buttons of the same size and weight.
#[component]
pub fn ChoiceQuestion(props: &ChoiceQuestionProps) -> Html {
    let meaning_id = format!("{}-meaning", props.id);
    let missing_id = format!("{}-missing", props.id);
    let described_by = if props.missing.is_some() { format!("{missing_id} {meaning_id}") } else { meaning_id.clone() };
    let answer = |pick: Pick, suffix: &str, sign: Sign, word: &AttrValue| {
        let onpick = props.onpick.clone();
        html! {
            <label class={classes!("choice__answer", (props.picked == Some(pick)).then_some("is-picked"))}>
                <input type="radio" id={format!("{}-{suffix}", props.id)} name={props.id.clone()} value={suffix.to_owned()}
                    checked={props.picked == Some(pick)} onchange={Callback::from(move |_| onpick.emit(pick))} />
                <Icon {sign} />
                <span>{ word }</span>
            </label>
        }
    };
    html! {
        <fieldset class={classes!("choice", props.missing.is_some().then_some("is-missing"))} id={props.id.clone()} aria-describedby={described_by}>
            <legend class="choice__question">{ &props.question }</legend>
            <p class="choice__meaning" id={meaning_id}>{ &props.meaning }</p>
            if let Some(missing) = &props.missing {
                <p class="choice__missing" id={missing_id}><Icon sign={Sign::Warn} />{ missing }</p>
            }
            <div class="choice__answers">
                { answer(Pick::First, "first", Sign::Good, &props.words.0) }
                { answer(Pick::Second, "second", Sign::Bad, &props.words.1) }
            </div>
            { props.children.clone() }
        </fieldset>
    }
}
