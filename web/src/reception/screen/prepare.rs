//! RW-2 準備.

use yew::prelude::*;

use crate::part::{Button, ChoiceQuestion, Heading, Look, Notice, Pick, Tone};
use crate::reception::desk::CHECKLIST;
use crate::text::reception as t;

/// Says what was answered.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PrepareProps {
    /// Answers so far.
    pub prepared: [Option<Pick>; CHECKLIST],
    /// An answer.
    pub onpick: Callback<(usize, Pick)>,
    /// On: never refused, 「まだ」 is no dead end.
    pub onnext: Callback<()>,
    /// Back.
    pub onback: Callback<()>,
    /// To the ways without a card.
    pub onpaper: Callback<()>,
}

/// RW-2 準備: card, PIN, registration. Answers stay on the device; 「まだ」 opens help.
#[component]
pub fn Prepare(props: &PrepareProps) -> Html {
    let questions = t::CHECKLIST.iter().zip(props.prepared).enumerate().map(|(place, ((question, meaning, help), picked))| {
        let onpick = props.onpick.reform(move |pick| (place, pick));
        html! {
            <ChoiceQuestion key={place} id={format!("prepare-{place}")} question={*question} meaning={*meaning}
                words={(t::PREPARE_WORDS.0.into(), t::PREPARE_WORDS.1.into())} {picked} {onpick}>
                <div role="status">
                    if picked == Some(Pick::Second) {
                        <Notice tone={Tone::Info}><p>{ *help }</p></Notice>
                    }
                </div>
            </ChoiceQuestion>
        }
    });
    html! {
        <>
            <Heading text={t::PREPARE} />
            <p>{ t::PREPARE_LEAD }</p>
            { for questions }
            <div class="actions">
                <Button look={Look::Primary} id="next" onpress={props.onnext.clone()}>{ t::NEXT }</Button>
                <Button onpress={props.onpaper.clone()} id="paper">{ t::TO_PAPER }</Button>
                <Button look={Look::Quiet} onpress={props.onback.clone()}>{ t::BACK }</Button>
            </div>
        </>
    }
}
