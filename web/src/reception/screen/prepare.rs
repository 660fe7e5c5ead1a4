//! RW-2 準備.

use shared::domain::visit::Assist;
use yew::prelude::*;

use super::pick::PickOne;
use crate::part::{Button, ChoiceQuestion, Heading, Look, Notice, Pick, Tone, field};
use crate::reception::desk::CHECKLIST;
use crate::text::reception::{self as t, uses as u};

/// Says what was answered.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PrepareProps {
    /// Answers so far.
    pub prepared: [Option<Pick>; CHECKLIST],
    /// An answer.
    pub onpick: Callback<(usize, Pick)>,
    /// Who operates.
    pub assist: Option<Assist>,
    /// That.
    pub onassist: Callback<Assist>,
    /// What has no answer is pointed out from the start.
    #[prop_or_default]
    pub points_out_missing: bool,
    /// On, once each point has an answer: 「まだ」 is one, and no dead end.
    pub onnext: Callback<()>,
    /// Back.
    pub onback: Callback<()>,
    /// To the ways without a card.
    pub onpaper: Callback<()>,
}

/// The points of the checklist without which the card cannot serve today: card and PIN. The registration is seen at the card.
const NEEDED: usize = 2;

/// RW-2 準備 (N091): card, PIN, registration; each is asked, and none passed over. Answers stay on the device; 「まだ」 opens help, and
/// leads to the ways without a card where the card cannot serve.
#[component]
pub fn Prepare(props: &PrepareProps) -> Html {
    let points_out = use_state(|| props.points_out_missing);
    let missing: Vec<usize> = (0..CHECKLIST).filter(|place| props.prepared.get(*place) == Some(&None)).collect();
    let lacks_assist = props.assist.is_none();
    let onnext = {
        let (points_out, first, onnext) = (points_out.clone(), missing.first().copied(), props.onnext.clone());
        Callback::from(move |()| match first {
            Some(place) => {
                points_out.set(true);
                field::focus(&format!("prepare-{place}-first"));
            }
            None if lacks_assist => {
                points_out.set(true);
                field::focus("assist-0");
            }
            None => onnext.emit(()),
        })
    };
    let lacks = |place: usize| place < NEEDED && props.prepared.get(place) == Some(&Some(Pick::Second));
    let leads_to_paper = (0..NEEDED).any(lacks);
    let questions = t::CHECKLIST.iter().zip(props.prepared).enumerate().map(|(place, ((question, meaning, help), picked))| {
        let onpick = props.onpick.reform(move |pick| (place, pick));
        let is_missing = *points_out && picked.is_none();
        html! {
            <ChoiceQuestion key={place} id={format!("prepare-{place}")} question={*question} meaning={*meaning}
                words={(t::PREPARE_WORDS.0.into(), t::PREPARE_WORDS.1.into())} {picked}
                missing={is_missing.then_some(AttrValue::Static(t::PREPARE_MISSING))} {onpick}>
                <div role="status">
                    if picked == Some(Pick::Second) {
                        <Notice tone={Tone::Info}>
                            <p>{ *help }</p>
                            if lacks(place) {
                                <Button id={format!("paper-{place}")} onpress={props.onpaper.clone()}>{ t::TO_PAPER }</Button>
                            }
                        </Notice>
                    }
                </div>
            </ChoiceQuestion>
        }
    });
    let onassist = {
        let onassist = props.onassist.clone();
        Callback::from(move |place: usize| {
            if let Some(assist) = Assist::ALL.get(place) {
                onassist.emit(*assist);
            }
        })
    };
    let missing_count = missing.len() + usize::from(lacks_assist);
    html! {
        <>
            <Heading text={t::PREPARE} />
            <p>{ t::PREPARE_LEAD }</p>
            { for questions }
            <PickOne id="assist" question={u::ASSIST} meaning={u::ASSIST_MEANING} words={Assist::ALL.map(Assist::label).to_vec()}
                picked={props.assist.and_then(|assist| Assist::ALL.iter().position(|of| *of == assist))}
                missing={(*points_out && lacks_assist).then_some(AttrValue::Static(u::ASSIST_MISSING))} onpick={onassist} />
            <div role="alert">
                if *points_out && missing_count > 0 {
                    <Notice tone={Tone::Warn} title={t::missing_count(missing_count)} />
                }
            </div>
            <div class="actions">
                <Button look={if leads_to_paper { Look::Secondary } else { Look::Primary }} id="next" onpress={onnext}>
                    { t::NEXT }
                </Button>
                <Button look={if leads_to_paper { Look::Primary } else { Look::Secondary }} id="paper" onpress={props.onpaper.clone()}>
                    { t::TO_PAPER }
                </Button>
                <Button look={Look::Quiet} onpress={props.onback.clone()}>{ t::BACK }</Button>
            </div>
        </>
    }
}
