//! DA-3 パスコード登録.

use shared::api::Code;
use shared::api::device::{DeviceInfo, DeviceLogin, Passcode, SetPasscode, WeakPasscode, check_passcode};
use shared::domain::typed;
use yew::prelude::*;

use crate::part::{Heading, Notice, PageShell, SecretField, SendForm, Tone};
use crate::text::office::{self as text, activation as words};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

/// What was typed; no `Debug`.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Typed {
    pub(super) passcode: String,
    pub(super) again: String,
}

const PASSCODE: &str = "passcode";
const AGAIN: &str = "passcode-again";

impl Typed {
    /// Reads the fields; width and spaces make no difference.
    pub(super) fn check(&self) -> Result<Passcode, Faults> {
        let passcode = typed::number(&self.passcode);
        let weak = check_passcode(&passcode).err().map(|why| match why {
            WeakPasscode::NotDigits => words::NOT_DIGITS,
            WeakPasscode::TooSimple => words::TOO_SIMPLE,
            WeakPasscode::SameAsBefore => words::SAME_AS_BEFORE,
        });
        let differs = (weak.is_none() && typed::number(&self.again) != passcode).then_some(words::NOT_THE_SAME);
        if weak.is_none() && differs.is_none() {
            return Ok(Passcode { passcode });
        }
        Err(Faults::default().note(PASSCODE, weak).note(AGAIN, differs))
    }
}

/// Says whose passcode.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct FirstPasscodeProps {
    /// The device.
    pub(super) info: DeviceInfo,
    /// The browser keeps as what it is registered.
    pub(super) is_kept: bool,
    /// Called with the first login.
    pub(super) onlogin: Callback<DeviceLogin>,
    /// The device was ended meanwhile.
    pub(super) onrefused: Callback<Code>,
    /// There is a passcode already.
    pub(super) onset: Callback<()>,
}

/// DA-3.
#[component]
pub(super) fn FirstPasscode(props: &FirstPasscodeProps) -> Html {
    let form = use_form(Typed::default);
    let call = use_call::<SetPasscode>();
    let progress = call.progress();
    let onsubmit = {
        let (form, props) = (form.clone(), props.clone());
        Callback::from(move |()| {
            let Some(request) = form.read(Typed::check) else { return call.forget() };
            let (form, props) = (form.clone(), props.clone());
            call.start(SetPasscode, request, move |outcome| match outcome {
                Ok(login) => props.onlogin.emit(login),
                Err(said) if matches!(said.code, Code::X41 | Code::X42 | Code::DeviceLate) => props.onrefused.emit(said.code),
                Err(said) if said.code == Code::Forbidden => props.onset.emit(()),
                Err(_) => form.set(Typed::default()),
            });
        })
    };
    let form = form.held(progress.is_busy);
    let failed = progress.refusal.as_ref().map(text::refusal);
    html! {
        <PageShell screen="DA-3">
            <Heading text={words::PASSCODE_TITLE} />
            <p class="account-note">{ format!("{} {}", props.info.institution_name, props.info.label.as_str()) }</p>
            if !props.is_kept {
                <Notice tone={Tone::Warn} role="alert" title={words::NOT_KEPT} />
            }
            <p>{ words::PASSCODE_WHY }</p>
            <SendForm id="passcode-submit" submit={words::PASSCODE_SUBMIT} {failed} is_busy={progress.is_busy} {onsubmit}>
                <SecretField of={form.input(PASSCODE, |typed| &mut typed.passcode)} label={words::PASSCODE} hint={words::PASSCODE_HINT}
                    autocomplete="off" inputmode="numeric" />
                <SecretField of={form.input(AGAIN, |typed| &mut typed.again)} label={words::PASSCODE_AGAIN} hint={words::PASSCODE_AGAIN_HINT}
                    autocomplete="off" inputmode="numeric" />
            </SendForm>
        </PageShell>
    }
}
