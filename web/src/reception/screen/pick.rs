//! A question with a few answers of equal weight, none preselected.

use yew::prelude::*;

use crate::part::{Icon, Sign};

/// Says what is asked.
#[derive(Clone, PartialEq, Properties)]
pub struct PickOneProps {
    /// Element id of the question; the answers are `{id}-0` and so on.
    pub id: AttrValue,
    /// The question (legend).
    pub question: AttrValue,
    /// What it means.
    pub meaning: AttrValue,
    /// Words of the answers.
    pub words: Vec<&'static str>,
    /// Place of the answer.
    pub picked: Option<usize>,
    /// What is said where the answer is missing and was looked for.
    #[prop_or_default]
    pub missing: Option<AttrValue>,
    /// Called with a new answer.
    pub onpick: Callback<usize>,
    /// What belongs to the question.
    #[prop_or_default]
    pub children: Html,
}

/// A `fieldset` of large radio buttons below each other.
#[component]
pub fn PickOne(props: &PickOneProps) -> Html {
    let (meaning, missing) = (format!("{}-meaning", props.id), format!("{}-missing", props.id));
    let answers = props.words.iter().enumerate().map(|(place, word)| {
        let is_picked = props.picked == Some(place);
        html! {
            <label class={classes!("choice__answer", is_picked.then_some("is-picked"))}>
                <input type="radio" id={format!("{}-{place}", props.id)} name={props.id.clone()} value={place.to_string()} checked={is_picked}
                    onchange={props.onpick.reform(move |_| place)} />
                <span>{ *word }</span>
            </label>
        }
    });
    html! {
        <fieldset class={classes!("choice", props.missing.is_some().then_some("is-missing"))} id={props.id.clone()}
            aria-describedby={if props.missing.is_some() { format!("{missing} {meaning}") } else { meaning.clone() }}>
            <legend class="choice__question">{ &props.question }</legend>
            <p class="choice__meaning" id={meaning}>{ &props.meaning }</p>
            if let Some(text) = &props.missing {
                <p class="choice__missing" id={missing}><Icon sign={Sign::Warn} />{ text }</p>
            }
            <div class="choice__answers choice__answers--stacked">{ for answers }</div>
            { props.children.clone() }
        </fieldset>
    }
}
