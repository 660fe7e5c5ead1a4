//! OT-36 テスト用データセットアップ: the training institution is filled and emptied.

use shared::api::training::{FillTraining, ResetTraining, Training, TrainingStatus, TypedInstitution};
use shared::domain::typed;
use yew::prelude::*;

use crate::part::confirm::Words;
use crate::part::definitions::Row;
use crate::part::{Button, Confirm, DefinitionList, LiveRegion, Look, Notice, Panel, Tone};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, training as words};
use crate::use_call::{Progress, use_call};

/// What is asked before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Fill,
    Reset,
}

/// OT-36 of the account that is in.
#[component]
pub(crate) fn TrainingScreen() -> Html {
    let (remote, on_retry) = use_get(Training);
    let done = use_state(|| None::<(Deed, TrainingStatus)>);
    let asked = use_state(|| None::<Deed>);
    let (fill, reset) = (use_call::<FillTraining>(), use_call::<ResetTraining>());
    let onask = {
        let (asked, fill, reset) = (asked.clone(), fill.clone(), reset.clone());
        Callback::from(move |deed: Option<Deed>| {
            fill.forget();
            reset.forget();
            asked.set(deed);
        })
    };
    let onact = {
        let (done, asked, fill, reset) = (done.clone(), asked.clone(), fill.clone(), reset.clone());
        Callback::from(move |(deed, typed): (Deed, String)| {
            let (done, asked) = (done.clone(), asked.clone());
            let typed = TypedInstitution { typed_institution: typed::number(&typed) };
            let onend = move |outcome: Result<TrainingStatus, _>| {
                if let Ok(status) = outcome {
                    asked.set(None);
                    done.set(Some((deed, status)));
                }
            };
            match deed {
                Deed::Fill => fill.start(FillTraining, typed, onend),
                Deed::Reset => reset.start(ResetTraining, typed, onend),
            }
        })
    };
    let asking = asked.map(|deed| {
        let progress = match deed {
            Deed::Fill => fill.progress(),
            Deed::Reset => reset.progress(),
        };
        (deed, progress)
    });
    let (said, remote) = match *done {
        Some((deed, status)) => (Some(deed), Remote::Here(status)),
        None => (None, remote),
    };
    let institution = use_session().session.institution.to_string();
    html! { <TrainingView {remote} {said} {asking} {institution} {onask} {onact} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TrainingViewProps {
    /// What is in it.
    pub(crate) remote: Remote<TrainingStatus>,
    /// What was done here a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<Deed>,
    /// The question, and how far it has come.
    #[prop_or_default]
    pub(crate) asking: Option<(Deed, Progress)>,
    /// 機関コード, to be typed.
    pub(crate) institution: String,
    /// Opens a question, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<Deed>>,
    /// Called with what was typed.
    #[prop_or_default]
    pub(crate) onact: Callback<(Deed, String)>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// What is in it, and the two deeds.
#[component]
pub(crate) fn TrainingView(props: &TrainingViewProps) -> Html {
    let said = props.said.map(|deed| if deed == Deed::Fill { words::FILLED } else { words::EMPTIED });
    html! {
        <>
            <p>{ words::LEAD }</p>
            <LiveRegion>
                if let Some(title) = said {
                    <Notice tone={Tone::Good} {title} />
                }
            </LiveRegion>
            { props.remote.view(&props.on_retry, |status| shown(props, *status)) }
        </>
    }
}

fn shown(props: &TrainingViewProps, status: TrainingStatus) -> Html {
    if !status.is_training {
        return html! { <Notice tone={Tone::Warn} title={words::NOT_TRAINING}><p>{ words::NOT_TRAINING_NEXT }</p></Notice> };
    }
    let rows = vec![Row::text(words::VISITS, words::count(status.visits)), Row::text(words::CONSENTS, words::count(status.consents))];
    let is_empty = status.visits == 0;
    html! {
        <>
            <Panel title={words::NOW}>
                if is_empty {
                    <Notice title={words::EMPTY}><p>{ words::EMPTY_NEXT }</p></Notice>
                } else {
                    <DefinitionList {rows} />
                }
            </Panel>
            <Panel>
                <p>{ words::FILL_HINT }</p>
                <p class="actions">
                    <Button id="training-fill" look={Look::Primary} onpress={props.onask.reform(|()| Some(Deed::Fill))}>{ words::FILL }</Button>
                </p>
                if !is_empty {
                    <p>{ words::RESET_HINT }</p>
                    <p class="actions">
                        <Button id="training-reset" onpress={props.onask.reform(|()| Some(Deed::Reset))}>{ words::RESET }</Button>
                    </p>
                }
            </Panel>
            if let Some((deed, progress)) = &props.asking {
                { question(props, *deed, progress) }
            }
        </>
    }
}

fn question(props: &TrainingViewProps, deed: Deed, progress: &Progress) -> Html {
    let code = props.institution.clone();
    let code_words = Words {
        label: words::TYPE.into(),
        hint: words::hint(&code).into(),
        wrong: words::WRONG.into(),
        inputmode: Some("numeric".into()),
        is_right: Callback::from(move |typed: String| typed::number(&typed) == code),
    };
    let (title, act) = match deed {
        Deed::Fill => (words::ASK_FILL, words::FILL),
        Deed::Reset => (words::ASK_RESET, words::RESET),
    };
    let onact = props.onact.reform(move |typed: String| (deed, typed));
    html! {
        <Confirm id="training-ask" {title} {act} words={code_words} is_busy={progress.is_busy}
            failed={progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ words::ASK_BACK }</p>
        </Confirm>
    }
}

#[cfg(test)]
mod tests {
    use shared::api::Code;

    use super::*;
    use crate::drawn::{draw, has, refused};

    async fn drawn(remote: Remote<TrainingStatus>, asking: Option<(Deed, Progress)>) -> String {
        draw(move || html! { <TrainingView {remote} {asking} institution="9969900001" /> }).await
    }

    fn status(is_training: bool, visits: u64) -> Remote<TrainingStatus> {
        Remote::Here(TrainingStatus { is_training, visits, consents: visits })
    }

    #[tokio::test]
    async fn real_data_offer_nothing_to_press() {
        let html = drawn(status(false, 5), Some((Deed::Fill, Progress::default()))).await;
        has(&html, words::NOT_TRAINING_NEXT);
        assert!(!html.contains("training-fill") && !html.contains("training-ask"));
    }

    #[tokio::test]
    async fn a_training_institution_is_filled_and_emptied_after_its_code_was_typed() {
        let empty = drawn(status(true, 0), None).await;
        has(&empty, words::EMPTY);
        assert!(empty.contains("training-fill") && !empty.contains("training-reset"));
        let full = drawn(status(true, 37), Some((Deed::Reset, Progress::default()))).await;
        for expected in ["37件", "training-reset", words::ASK_RESET, words::ASK_BACK, "training-ask-typed"] {
            has(&full, expected);
        }
        has(&drawn(Remote::Loading, None).await, "読み込んでいます");
        has(&drawn(Remote::Failed(refused(Code::X01)), None).await, "もう一度");
    }
}
