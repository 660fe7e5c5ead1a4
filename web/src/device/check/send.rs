//! The proof on its way: into the outbox, out of it with the server's answer.

use shared::api::bedside::{BedsideAnswer, FileBedside, ProveBedside};
use shared::api::{ANSWER_KEPT_MS, Code, Endpoint as _, Refusal, Stored};
use yew::prelude::*;

use super::flow::{Act, Flow};
use crate::device::outbox::{OutboxHandle, Reason, State, now};
use crate::json;
use crate::session::use_session;

/// How far the proof is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sending {
    /// It is kept, and its answer is not here.
    pub(super) is_busy: bool,
    /// It went out in vain at least once: it waits for the line, or for the register.
    pub(super) is_waiting: bool,
    /// What the server said to it.
    pub(super) refusal: Option<Refusal>,
}

/// Hands each proof to the outbox, once, and takes its answer. A screen that is left leaves the rest to the outbox; so does one whose
/// challenge has ended meanwhile, and is free for another reading.
#[hook]
pub(super) fn use_sending(flow: &UseReducerHandle<Flow>) -> Sending {
    let signed_in = use_session();
    let outbox = use_context::<OutboxHandle>();
    let awaited = use_state(|| None::<String>);
    let refusal = use_state(|| None::<Refusal>);
    let internal = |stored| Some(Refusal { code: Code::Internal, stored, detail: None });
    // What the card gave goes out by itself, once; the yes is another proof.
    use_effect_with(flow.proof.clone(), {
        let (outbox, awaited, refusal, flow) = (outbox.clone(), awaited.clone(), refusal.clone(), flow.clone());
        move |proof| {
            let (Some(proof), Some(visit), Some(outbox)) = (proof, &flow.visit, &outbox) else { return };
            let left_ms = flow.challenge.as_ref().map_or(0, |challenge| challenge.expires_at.0.saturating_sub(signed_in.now().0));
            let content = serde_json::to_string(proof).unwrap_or_default();
            match outbox.put(ProveBedside::NAME, visit, content, left_ms) {
                Some(key) => {
                    refusal.set(None);
                    awaited.set(Some(key));
                }
                None => {
                    refusal.set(internal(Stored::Nothing));
                    flow.dispatch(Act::Refused);
                }
            }
        }
    });
    let entry = awaited.as_ref().zip(outbox.as_ref()).and_then(|(key, outbox)| outbox.entry(key).cloned());
    let is_past = entry.as_ref().is_some_and(|entry| entry.is_past(now()));
    let state = entry.map(|entry| entry.state);
    let is_waiting = matches!(state, Some(State::Waiting { tries, .. } | State::Sending { tries }) if tries > 0);
    use_effect_with((state, is_past), {
        let (outbox, awaited, refusal, flow) = (outbox.clone(), awaited.clone(), refusal.clone(), flow.dispatcher());
        move |(state, is_past)| {
            let (Some(key), Some(outbox)) = (awaited.as_ref(), &outbox) else { return };
            match state {
                Some(State::Sent { answer }) => {
                    outbox.dismiss(key);
                    match json::read::<BedsideAnswer>(answer) {
                        Ok(answer) => flow.dispatch(Act::Answered(answer)),
                        Err(_) => {
                            refusal.set(internal(Stored::Unknown));
                            flow.dispatch(Act::Refused);
                        }
                    }
                }
                Some(State::Failed(why @ Reason::Refused(said))) if !why.is_late() => {
                    outbox.dismiss(key);
                    refusal.set(Some(said.clone()));
                    flow.dispatch(Act::Refused);
                }
                Some(State::Failed(_)) => flow.dispatch(Act::Refused),
                Some(State::Waiting { .. }) if *is_past => flow.dispatch(Act::Refused),
                _ => return,
            }
            outbox.unwatch();
            awaited.set(None);
        }
    });
    use_effect_with((), move |()| {
        move || {
            if let Some(outbox) = outbox {
                outbox.unwatch();
            }
        }
    });
    Sending { is_busy: awaited.is_some(), is_waiting, refusal: (*refusal).clone() }
}

/// 保存して閉じる on its way.
#[derive(Clone, PartialEq)]
pub(super) struct Filing {
    /// The press.
    pub(super) onfile: Callback<()>,
    /// As of [`Sending`]; with `is_waiting` the screen may close: the outbox goes on.
    pub(super) sending: Sending,
}

/// Hands the press to the outbox, and closes the screen once it has arrived.
#[hook]
pub(super) fn use_filing(visit: &str, onclose: &Callback<()>) -> Filing {
    let outbox = use_context::<OutboxHandle>();
    let awaited = use_state(|| None::<String>);
    let refusal = use_state(|| None::<Refusal>);
    let onfile = {
        let (outbox, awaited, refusal, visit) = (outbox.clone(), awaited.clone(), refusal.clone(), visit.to_owned());
        Callback::from(move |()| {
            if let (None, Some(outbox)) = (awaited.as_ref(), &outbox) {
                refusal.set(None);
                awaited.set(outbox.put(FileBedside::NAME, &visit, "null".to_owned(), ANSWER_KEPT_MS));
            }
        })
    };
    let entry = awaited.as_ref().zip(outbox.as_ref()).and_then(|(key, outbox)| outbox.entry(key));
    let state = entry.map(|entry| entry.state.clone());
    let is_waiting = matches!(state, Some(State::Waiting { tries, .. } | State::Sending { tries }) if tries > 0);
    let is_busy = awaited.is_some();
    use_effect_with(state, {
        let (outbox, awaited, refusal, onclose) = (outbox.clone(), awaited.clone(), refusal.clone(), onclose.clone());
        move |state| {
            let (Some(key), Some(outbox), Some(State::Sent { .. } | State::Failed(_))) = (awaited.as_ref(), &outbox, state) else { return };
            outbox.dismiss(key);
            outbox.unwatch();
            match state {
                Some(State::Failed(Reason::Refused(said))) => refusal.set(Some(said.clone())),
                _ => onclose.emit(()),
            }
            awaited.set(None);
        }
    });
    use_effect_with((), move |()| {
        move || {
            if let Some(outbox) = outbox {
                outbox.unwatch();
            }
        }
    });
    Filing { onfile, sending: Sending { is_busy, is_waiting, refusal: (*refusal).clone() } }
}
