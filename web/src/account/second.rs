//! OT-3, the second step: after the password, the second factor.

use shared::api::Code;
use shared::api::factor::{AskLoginProof, Proof, ProofWays, ProveLogin};
use shared::api::office::Session;
use yew::prelude::*;

use super::proof::ProofForm;
use crate::part::{Button, Heading, PageShell};
use crate::text::office::factors as words;
use crate::use_call::{Progress, use_call};

/// Says what is asked.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SecondProps {
    /// How it can be proved.
    pub(crate) ways: ProofWays,
    /// Called with the new session.
    pub(crate) onlogin: Callback<Session>,
    /// Back to the password.
    pub(crate) onback: Callback<()>,
}

/// Asks for the second factor.
#[component]
pub(crate) fn Second(props: &SecondProps) -> Html {
    let ways = use_state(|| props.ways.clone());
    let prove = use_call::<ProveLogin>();
    let ask = use_call::<AskLoginProof>();
    let onproof = {
        let (ways, prove, ask, props) = (ways.clone(), prove.clone(), ask.clone(), props.clone());
        Callback::from(move |proof: Proof| {
            let (ways, ask, props) = (ways.clone(), ask.clone(), props.clone());
            let is_passkey = matches!(proof, Proof::Passkey(_));
            prove.start(ProveLogin, proof, move |outcome| match outcome {
                Ok(session) => props.onlogin.emit(session),
                // A question is answered once: a fresh one for the next try.
                Err(said) if is_passkey && said.code != Code::Session => ask.start(AskLoginProof, (), move |fresh| {
                    fresh.into_iter().for_each(|fresh| ways.set(fresh));
                }),
                Err(_) => {}
            });
        })
    };
    html! { <SecondView ways={(*ways).clone()} progress={prove.progress()} {onproof} onback={props.onback.clone()} /> }
}

/// Everything that the step shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SecondViewProps {
    /// How it can be proved.
    pub(crate) ways: ProofWays,
    /// What the server said.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// Called with the proof.
    pub(crate) onproof: Callback<Proof>,
    /// Back to the password.
    pub(crate) onback: Callback<()>,
}

/// The second step.
#[component]
pub(crate) fn SecondView(props: &SecondViewProps) -> Html {
    html! {
        <PageShell screen="OT-3-second">
            <Heading text={words::TITLE_STEP} />
            <p>{ words::STEP_LEAD }</p>
            <ProofForm ways={props.ways.clone()} progress={props.progress.clone()} onproof={props.onproof.clone()} />
            <p>{ words::LOST }</p>
            <p><Button id="second-back" onpress={props.onback.clone()}>{ words::BACK }</Button></p>
        </PageShell>
    }
}
