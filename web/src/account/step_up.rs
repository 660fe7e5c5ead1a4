//! The question who is at the screen, before a sensitive act. What waits for it goes on by itself (`use_call`, `use_search`).

use shared::api::factor::{AskProof, Proof, ProofWays, ProveAgain};
use yew::prelude::*;

use super::proof::ProofForm;
use crate::part::{Button, Dialog};
use crate::remote::{Remote, loading};
use crate::session::use_session;
use crate::text::office::{self as text, factors as words};
use crate::use_call::{Progress, use_call};

/// Asks, and lets what waits go on.
#[component]
pub(crate) fn StepUp() -> Html {
    let signed_in = use_session();
    let remote = use_state(|| Remote::<ProofWays>::Loading);
    let ask = use_call::<AskProof>();
    let prove = use_call::<ProveAgain>();
    let onask = {
        let remote = remote.clone();
        use_callback((), move |(), ()| {
            let remote = remote.clone();
            ask.start(AskProof, (), move |outcome| remote.set(Remote::read(outcome)));
        })
    };
    use_effect_with((), {
        let onask = onask.clone();
        move |()| onask.emit(())
    });
    let onproof = {
        let (signed_in, prove, onask) = (signed_in.clone(), prove.clone(), onask.clone());
        Callback::from(move |proof: Proof| {
            let (signed_in, onask) = (signed_in.clone(), onask.clone());
            let is_passkey = matches!(proof, Proof::Passkey(_));
            prove.start(ProveAgain, proof, move |outcome| match outcome {
                Ok(session) => {
                    signed_in.refresh(session);
                    signed_in.settle(true);
                }
                // A question is answered once: a fresh one for the next try.
                Err(_) if is_passkey => onask.emit(()),
                Err(_) => {}
            });
        })
    };
    let onclose = Callback::from(move |()| signed_in.settle(false));
    html! { <StepUpView remote={(*remote).clone()} progress={prove.progress()} {onproof} {onask} {onclose} /> }
}

/// Everything that the question shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct StepUpViewProps {
    /// How it can be proved.
    pub(crate) remote: Remote<ProofWays>,
    /// What the server said to the proof.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// Called with the proof.
    pub(crate) onproof: Callback<Proof>,
    /// Asks again.
    pub(crate) onask: Callback<()>,
    /// The question is left: what waits is not done.
    pub(crate) onclose: Callback<()>,
}

/// The question in a dialog.
#[component]
pub(crate) fn StepUpView(props: &StepUpViewProps) -> Html {
    let is_busy = props.progress.is_busy;
    html! {
        <Dialog id="step-up" title={words::TITLE_AGAIN} onclose={props.onclose.clone()} is_held={is_busy}>
            <p>{ words::AGAIN_LEAD }</p>
            { match &props.remote {
                Remote::Loading => loading(text::frame::LOADING),
                failed @ Remote::Failed(_) => failed.view(&props.onask, |_| Html::default()),
                Remote::Here(ways) => html! {
                    <ProofForm ways={ways.clone()} progress={props.progress.clone()} onproof={props.onproof.clone()} />
                },
            } }
            <p class="actions"><Button id="step-up-cancel" is_off={is_busy} onpress={props.onclose.clone()}>{ text::confirm::CANCEL }</Button></p>
        </Dialog>
    }
}
