//! Another passcode.

use shared::api::device::{WeakPasscode, check_passcode};
use shared::api::device_settings::{ChangePasscode, DeviceSettings, PasscodeChange};
use shared::domain::typed;
use yew::prelude::*;

use crate::part::{Panel, SecretField, SendForm};
use crate::text::office::{self as text, activation, device_settings as words};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

/// What was typed; no `Debug`.
#[derive(Clone, PartialEq, Default)]
struct Typed {
    former: String,
    passcode: String,
    again: String,
}

const FORMER: &str = "former-passcode";
const PASSCODE: &str = "new-passcode";
const AGAIN: &str = "new-passcode-again";

impl Typed {
    fn check(&self) -> Result<PasscodeChange, Faults> {
        let (former, passcode) = (typed::number(&self.former), typed::number(&self.passcode));
        let none = former.is_empty().then_some(activation::NOT_DIGITS);
        let weak = check_passcode(&passcode).err().map(|why| match why {
            WeakPasscode::NotDigits => activation::NOT_DIGITS,
            WeakPasscode::TooSimple => activation::TOO_SIMPLE,
            WeakPasscode::SameAsBefore => activation::SAME_AS_BEFORE,
        });
        let weak = weak.or_else(|| (former == passcode).then_some(activation::SAME_AS_BEFORE));
        let differs = (weak.is_none() && typed::number(&self.again) != passcode).then_some(activation::NOT_THE_SAME);
        if none.or(weak).or(differs).is_none() {
            return Ok(PasscodeChange { former, passcode });
        }
        Err(Faults::default().note(FORMER, none).note(PASSCODE, weak).note(AGAIN, differs))
    }
}

/// Says what follows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ChangePasscodeProps {
    /// Called with the settings after the change.
    pub(super) onchanged: Callback<(DeviceSettings, &'static str)>,
}

/// The form.
#[component]
pub(super) fn ChangePasscodePanel(props: &ChangePasscodeProps) -> Html {
    let form = use_form(Typed::default);
    let call = use_call::<ChangePasscode>();
    let progress = call.progress();
    let onsubmit = {
        let (form, onchanged) = (form.clone(), props.onchanged.clone());
        Callback::from(move |()| {
            let Some(request) = form.read(Typed::check) else { return call.forget() };
            let (form, onchanged) = (form.clone(), onchanged.clone());
            call.start(ChangePasscode, request, move |outcome| {
                form.set(Typed::default());
                if let Ok(settings) = outcome {
                    onchanged.emit((settings, words::DONE_PASSCODE));
                }
            });
        })
    };
    let form = form.held(progress.is_busy);
    let failed = progress.refusal.as_ref().map(text::refusal);
    html! {
        <Panel title={words::PASSCODE_TITLE}>
            <SendForm id="passcode-change" submit={words::CHANGE} {failed} is_busy={progress.is_busy} {onsubmit}>
                <SecretField of={form.input(FORMER, |typed| &mut typed.former)} label={words::FORMER} hint={words::FORMER_HINT}
                    autocomplete="off" inputmode="numeric" />
                <SecretField of={form.input(PASSCODE, |typed| &mut typed.passcode)} label={words::NEW} hint={activation::PASSCODE_HINT}
                    autocomplete="off" inputmode="numeric" />
                <SecretField of={form.input(AGAIN, |typed| &mut typed.again)} label={activation::PASSCODE_AGAIN}
                    hint={activation::PASSCODE_AGAIN_HINT} autocomplete="off" inputmode="numeric" />
            </SendForm>
        </Panel>
    }
}
