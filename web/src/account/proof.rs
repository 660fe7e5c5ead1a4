//! A proof of who is at the screen: by passkey, by a number of an authenticator app, by a recovery code, or by the password.

use shared::api::factor::{Proof, ProofWays};
use shared::domain::factor::{recovery_code, totp_code};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::passkey::{self, NoPasskey};
use crate::part::send_form::form_failure;
use crate::part::{Button, Field, Look, SecretField, SendForm};
use crate::text::office::{self as text, factors as words};
use crate::use_call::Progress;
use crate::use_form::{Faults, use_form};

/// A way to prove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// A passkey.
    Passkey,
    /// An authenticator app.
    Totp,
    /// A recovery code.
    Recovery,
    /// The password.
    Password,
}

impl Way {
    /// Those that there are, the best first.
    pub(crate) fn of(ways: &ProofWays) -> Vec<Self> {
        let all = [
            (Self::Passkey, ways.passkey.is_some()),
            (Self::Totp, ways.totp),
            (Self::Recovery, ways.recovery),
            (Self::Password, ways.password),
        ];
        all.into_iter().filter(|(_, is_there)| *is_there).map(|(way, _)| way).collect()
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Passkey => words::HINT_PASSKEY,
            Self::Totp => words::HINT_TOTP,
            Self::Recovery => words::HINT_RECOVERY,
            Self::Password => words::HINT_PASSWORD,
        }
    }

    fn check(self, typed: &str) -> Result<Proof, Faults> {
        let (proof, fault) = match self {
            Self::Passkey => return Err(Faults::default()),
            Self::Totp => (totp_code(typed).map(|_| Proof::Totp(typed.to_owned())), words::NO_CODE),
            Self::Recovery => (recovery_code(typed).map(|_| Proof::Recovery(typed.to_owned())), words::NO_RECOVERY),
            Self::Password => ((!typed.is_empty()).then(|| Proof::Password(typed.to_owned())), words::NO_PASSWORD),
        };
        proof.ok_or_else(|| Faults::default().note(TYPED, Some(fault)))
    }
}

const TYPED: &str = "proof-typed";

/// Says how it can be proved.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ProofFormProps {
    /// The ways, with the question of a passkey.
    pub(crate) ways: ProofWays,
    /// How far the call has come that takes the proof.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// Called with the proof.
    pub(crate) onproof: Callback<Proof>,
}

/// One way at a time, and the ways to the others.
#[component]
pub(crate) fn ProofForm(props: &ProofFormProps) -> Html {
    let ways = Way::of(&props.ways);
    let picked = use_state(|| None::<Way>);
    let left = use_state(|| None::<NoPasskey>);
    let sent = use_state(|| None::<Way>);
    let form = use_form(String::new);
    let is_busy = props.progress.is_busy;
    let Some(way) = (*picked).filter(|way| ways.contains(way)).or(ways.first().copied()) else {
        return html! { <p>{ words::LOST }</p> };
    };
    // What the server said to one way is not said of another.
    let is_of_this = (*sent).is_none_or(|sent| sent == way);
    let said = props.progress.refusal.as_ref().filter(|_| is_of_this).map(|refusal| text::refusal_of_proof(refusal, way.hint()));
    let onpasskey = {
        let (left, sent, onproof, options) = (left.clone(), sent.clone(), props.onproof.clone(), props.ways.passkey.clone());
        Callback::from(move |()| {
            let (left, onproof, Some(options)) = (left.clone(), onproof.clone(), options.clone()) else { return };
            if is_busy {
                return;
            }
            left.set(None);
            sent.set(Some(way));
            spawn_local(async move {
                match passkey::get(&options).await {
                    Ok(answer) => onproof.emit(Proof::Passkey(answer)),
                    Err(why) => left.set(Some(why)),
                }
            });
        })
    };
    let onsubmit = {
        let (form, sent, onproof) = (form.clone(), sent.clone(), props.onproof.clone());
        Callback::from(move |()| {
            if is_busy {
                return;
            }
            if let Some(proof) = form.read(|typed| way.check(typed)) {
                form.set(String::new());
                sent.set(Some(way));
                onproof.emit(proof);
            }
        })
    };
    let other = |to: Way| {
        let (picked, left, form) = (picked.clone(), left.clone(), form.clone());
        let onpress = Callback::from(move |()| {
            left.set(None);
            form.set(String::new());
            picked.set(Some(to));
        });
        let (id, words) = match to {
            Way::Passkey => ("proof-by-passkey", words::BY_PASSKEY),
            Way::Totp => ("proof-by-totp", words::BY_TOTP),
            Way::Recovery => ("proof-by-recovery", words::BY_RECOVERY),
            Way::Password => ("proof-by-password", words::PASSWORD_LABEL),
        };
        html! { <Button {id} {onpress} is_off={is_busy}>{ words }</Button> }
    };
    let of = form.clone().held(is_busy).input(TYPED, |typed| typed);
    let field = match way {
        Way::Passkey => Html::default(),
        Way::Totp => html! {
            <Field {of} label={words::TOTP_LABEL} hint={words::TOTP_HINT} is_required=true inputmode="numeric" autocomplete="one-time-code" />
        },
        Way::Recovery => html! { <Field {of} label={words::RECOVERY_LABEL} hint={words::RECOVERY_HINT} is_required=true /> },
        Way::Password => html! { <SecretField {of} label={words::PASSWORD_LABEL} autocomplete="current-password" /> },
    };
    html! {
        <>
            if way == Way::Passkey {
                if let Some(say) = (*left).map(NoPasskey::say).or(said) {
                    { form_failure(&say) }
                }
                <p><strong>{ words::PASSKEY }</strong></p>
                <p>{ words::PASSKEY_HOW }</p>
                <p class="actions">
                    <Button id="proof-passkey" look={Look::Primary} onpress={onpasskey} is_off={is_busy}>
                        { if is_busy { text::frame::BUSY } else { words::BY_PASSKEY } }
                    </Button>
                </p>
            } else {
                <SendForm id="proof-submit" submit={words::SUBMIT} failed={said} {is_busy} {onsubmit}>{ field }</SendForm>
            }
            if ways.len() > 1 {
                <p class="actions">{ for ways.iter().filter(|to| **to != way).map(|to| other(*to)) }</p>
            }
        </>
    }
}
