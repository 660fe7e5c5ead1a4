//! DA-1 注意書き and DA-2 初期登録.

use std::cell::RefCell;

use shared::api::Detail;
use shared::api::device::{DEVICE_NOTICE, DeviceInfo, RegisterDevice, Registration};
use shared::domain::account::UserId;
use shared::domain::code::ActivationCode;
use shared::domain::institution::InstitutionCode;
use shared::domain::typed;
use yew::prelude::*;

use super::camera::Camera;
use super::login::{Wait, use_wait};
use crate::device::{guide, key};
use crate::part::{Button, Field, Heading, Look, Notice as Said, PageShell, SecretField, SendForm, Tone, link};
use crate::text::office::{self as text, activation as words, device_guide};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

thread_local! {
    /// The code that stood in the address (OT-8's sheet), until the form takes it.
    static CODE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Takes what stood behind `#` in the address: `code=` and twelve digits, or nothing of ours.
pub(crate) fn take_code(fragment: &str) {
    let code = fragment.strip_prefix("#code=").and_then(|digits| ActivationCode::from_typed(digits).ok());
    if let Some(code) = code {
        CODE.set(Some(code.grouped()));
    }
}

/// Says what follows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct NoticeProps {
    /// 同意する.
    pub(super) onagree: Callback<()>,
}

/// DA-1.
#[component]
pub(super) fn Notice(props: &NoticeProps) -> Html {
    html! {
        <PageShell screen="DA-1">
            <Heading text={words::NOTICE_TITLE} />
            <ul class="desk-notice">{ for words::NOTICE.iter().map(|line| html! { <li>{ *line }</li> }) }</ul>
            <p><Button id="agree" look={Look::Primary} onpress={props.onagree.clone()}>{ words::AGREE }</Button></p>
            <p>{ link(guide::PATH, None, device_guide::LINK) }</p>
        </PageShell>
    }
}

/// What was typed. Kept in this screen only; no `Debug`, as it holds a password.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Typed {
    institution: String,
    user: String,
    password: String,
    pub(super) code: String,
}

const INSTITUTION: &str = "register-institution";
const USER: &str = "register-user";
const PASSWORD: &str = "register-password";
const CODE_FIELD: &str = "register-code";

impl Typed {
    /// Reads the fields; width, spaces and hyphens make no difference but in the password.
    fn check(&self) -> Result<Registration, Faults> {
        let institution = InstitutionCode::from_pasted(&self.institution);
        let user = UserId::try_from(typed::code(&self.user).as_str());
        let code = ActivationCode::from_typed(&self.code);
        match (institution, user, code, self.password.is_empty()) {
            (Ok(institution), Ok(user), Ok(code), false) => Ok(Registration {
                institution,
                user,
                password: self.password.clone(),
                code: code.as_str().to_owned(),
                notice_version: DEVICE_NOTICE.to_owned(),
            }),
            (institution, user, code, is_empty) => Err(Faults::default()
                .note(INSTITUTION, institution.err().map(|_| words::BAD_SHAPE))
                .note(USER, user.err().map(|_| words::BAD_USER))
                .note(PASSWORD, is_empty.then_some(words::NO_PASSWORD))
                .note(CODE_FIELD, code.err().map(|_| words::BAD_CODE))),
        }
    }
}

/// Says what follows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct RegisterProps {
    /// Called with the device; false: the browser could not keep as what it is registered.
    pub(super) onregistered: Callback<(DeviceInfo, bool)>,
    /// Leaves it: the device has another registration.
    #[prop_or_default]
    pub(super) onback: Option<Callback<()>>,
}

/// DA-2.
#[component]
pub(super) fn Register(props: &RegisterProps) -> Html {
    let code = use_memo((), |()| CODE.take());
    let form = use_form(|| Typed { code: (*code).clone().unwrap_or_default(), ..Typed::default() });
    let is_from_sheet = use_state(|| code.is_some());
    let call = use_call::<RegisterDevice>();
    let wait = use_wait();
    let progress = call.progress();
    let onsubmit = {
        let (form, onregistered, wait) = (form.clone(), props.onregistered.clone(), wait.clone());
        Callback::from(move |()| {
            if wait.left_s > 0 {
                return;
            }
            let Some(request) = form.read(Typed::check) else { return call.forget() };
            let (form, onregistered, wait) = (form.clone(), onregistered.clone(), wait.clone());
            // As a browser that is nobody's device yet.
            key::become_device(None);
            call.start(RegisterDevice, request, move |outcome| match outcome {
                Ok(info) => {
                    form.set(Typed::default());
                    wasm_bindgen_futures::spawn_local(async move {
                        let is_kept = key::put_first(&info.device).await;
                        key::become_device(Some(info.device.clone()));
                        onregistered.emit((info, is_kept));
                    });
                }
                Err(said) => {
                    if let Some(Detail::RetryAfterS(seconds)) = said.detail {
                        wait.start(seconds);
                    }
                }
            });
        })
    };
    let onfound = {
        let (take, is_from_sheet) = (form.edit(|typed: &mut Typed, code: String| typed.code = code), is_from_sheet.clone());
        Callback::from(move |code: ActivationCode| {
            take.emit(code.grouped());
            is_from_sheet.set(true);
        })
    };
    let form = form.held(progress.is_busy);
    let failed = progress.refusal.as_ref().map(text::refusal);
    html! {
        <PageShell screen="DA-2">
            <Heading text={words::REGISTER_TITLE} />
            <p>{ words::REGISTER_WHY }</p>
            if *is_from_sheet {
                <Said tone={Tone::Good} role="status" title={words::FROM_SHEET} />
            }
            <SendForm id="register-submit" submit={words::REGISTER} {failed} is_busy={progress.is_busy} is_off={wait.left_s > 0} {onsubmit}
                below={html! { <Wait left_s={wait.left_s} has_waited={wait.has_waited} /> }}>
                <Field of={form.input(INSTITUTION, |typed| &mut typed.institution)} label={words::INSTITUTION} hint={words::INSTITUTION_HINT}
                    is_required=true inputmode="numeric" />
                <Field of={form.input(USER, |typed| &mut typed.user)} label={words::USER} hint={words::USER_HINT} is_required=true />
                <SecretField of={form.input(PASSWORD, |typed| &mut typed.password)} label={words::PASSWORD} autocomplete="off" />
                <Field of={form.input(CODE_FIELD, |typed| &mut typed.code)} label={words::CODE} hint={words::CODE_HINT} is_required=true
                    inputmode="numeric" />
                <Camera {onfound} />
            </SendForm>
            if let Some(onback) = &props.onback {
                <p><Button id="register-back" look={Look::Quiet} onpress={onback.clone()}>{ words::BACK }</Button></p>
            }
        </PageShell>
    }
}
