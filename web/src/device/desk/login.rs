//! DA-4 ログイン by passcode.

use std::cell::Cell;

use gloo_timers::callback::Interval;
use shared::api::device::{DeviceInfo, DeviceLogin, LogInDevice, PASSCODE_MAX, PASSCODE_MIN, Passcode};
use shared::api::{Code, Detail};
use shared::domain::typed;
use yew::prelude::*;

use super::Why;
use super::by_passkey::ByPasskey;
use crate::device::{guide, key};
use crate::part::{Button, Heading, LiveRegion, Look, Notice, PageShell, SecretField, SendForm, Tone, field, link};
use crate::text::office::{self as text, activation as words, device_guide};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

/// A wait that is counted down beside a button.
#[derive(Clone, PartialEq)]
pub(super) struct Waiting {
    /// Seconds that are left.
    pub(super) left_s: u32,
    /// There was one, and it is over.
    pub(super) has_waited: bool,
    set: UseStateHandle<(u32, u32)>,
}

impl Waiting {
    /// Begins to count down.
    pub(super) fn start(&self, seconds: u32) {
        self.set.set((seconds, self.set.1 + 1));
    }
}

/// A wait that has not begun.
#[hook]
pub(super) fn use_wait() -> Waiting {
    let set = use_state_eq(|| (0_u32, 0_u32));
    use_effect_with((set.0 > 0, set.1), {
        let set = set.clone();
        move |(is_waiting, turn)| {
            let (left, turn) = (Cell::new(set.0), *turn);
            let tick = is_waiting.then(|| {
                Interval::new(1_000, move || {
                    left.set(left.get().saturating_sub(1));
                    set.set((left.get(), turn));
                })
            });
            move || drop(tick)
        }
    });
    Waiting { left_s: set.0, has_waited: set.0 == 0 && set.1 > 0, set }
}

/// Says how long to wait.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct WaitProps {
    /// Seconds that are left.
    pub(super) left_s: u32,
    /// It is over.
    pub(super) has_waited: bool,
}

/// The seconds that are left, and that they are over.
#[component]
pub(super) fn Wait(props: &WaitProps) -> Html {
    html! {
        <>
            if props.left_s > 0 {
                <p class="account-wait">{ words::wait_s(props.left_s) }</p>
            }
            <LiveRegion class="account-wait">{ if props.has_waited { words::WAITED } else { "" } }</LiveRegion>
        </>
    }
}

const PASSCODE: &str = "login-passcode";

/// Says whose login.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct LoginProps {
    /// The device.
    pub(super) info: DeviceInfo,
    /// Why it is asked for.
    pub(super) why: Why,
    /// Called with the login.
    pub(super) onlogin: Callback<DeviceLogin>,
    /// The device was ended.
    pub(super) onrefused: Callback<Code>,
    /// Registers it with a code of a further institution of the house (X20).
    pub(super) onfurther: Callback<()>,
    /// Asks again which institution it is opened for.
    pub(super) onother: Callback<()>,
}

fn check(typed: &str) -> Result<Passcode, Faults> {
    let passcode = typed::number(typed);
    let is_one = (PASSCODE_MIN..=PASSCODE_MAX).contains(&passcode.len()) && passcode.bytes().all(|b| b.is_ascii_digit());
    // What can be none spends no try.
    if is_one { Ok(Passcode { passcode }) } else { Err(Faults::default().note(PASSCODE, Some(words::NOT_DIGITS))) }
}

/// DA-4.
#[component]
pub(super) fn Login(props: &LoginProps) -> Html {
    let form = use_form(String::new);
    let call = use_call::<LogInDevice>();
    let wait = use_wait();
    use_effect_with((), {
        let (wait, info) = (wait.clone(), props.info.clone());
        move |()| {
            if let Some(until) = info.waits_until {
                wait.start(u32::try_from((until.0 - info.now.0).max(0) / 1_000 + 1).unwrap_or(u32::MAX));
            }
        }
    });
    let has_several = use_state(|| false);
    use_effect_with(props.info.device.clone(), {
        let has_several = has_several.clone();
        move |device: &String| {
            let device = device.clone();
            wasm_bindgen_futures::spawn_local(async move {
                has_several.set(key::registered().await.is_some_and(|found| found.devices.len() > 1));
                key::put_first(&device).await;
            });
        }
    });
    let progress = call.progress();
    let onsubmit = {
        let (form, wait, props) = (form.clone(), wait.clone(), props.clone());
        Callback::from(move |()| {
            if wait.left_s > 0 {
                return;
            }
            let Some(request) = form.read(|typed| check(typed)) else { return call.forget() };
            let (form, wait, props) = (form.clone(), wait.clone(), props.clone());
            call.start(LogInDevice, request, move |outcome| match outcome {
                Ok(login) => props.onlogin.emit(login),
                Err(said) if matches!(said.code, Code::X41 | Code::X42) => props.onrefused.emit(said.code),
                Err(said) => {
                    if let Some(Detail::RetryAfterS(seconds)) = said.detail {
                        wait.start(seconds);
                    }
                    form.set(String::new());
                    field::focus(PASSCODE);
                }
            });
        })
    };
    let form = form.held(progress.is_busy);
    let failed = progress.refusal.as_ref().map(text::refusal);
    let said = match props.why {
        Why::Opened => None,
        Why::Closed => Some((Tone::Good, words::ENDED_CLOSED)),
        Why::Idle => Some((Tone::Warn, words::ENDED_IDLE)),
        Why::Expired => Some((Tone::Warn, words::ENDED_EXPIRED)),
    };
    html! {
        <PageShell screen="DA-4">
            <Heading text={words::LOGIN_TITLE} />
            <p class="account-note">{ &props.info.institution_name }</p>
            <p class="account-note">{ words::device_of(props.info.label.as_str(), props.info.user.as_str()) }</p>
            if let Some((tone, title)) = said {
                <Notice {tone} role="status" {title} />
            }
            if props.info.has_passkey {
                <ByPasskey onlogin={props.onlogin.clone()} onrefused={props.onrefused.clone()} />
            }
            <SendForm id="login-submit" submit={words::LOGIN} {failed} is_busy={progress.is_busy} is_off={wait.left_s > 0} {onsubmit}
                below={html! { <Wait left_s={wait.left_s} has_waited={wait.has_waited} /> }}>
                <SecretField of={form.input(PASSCODE, |typed| typed)} label={words::PASSCODE} hint={words::PASSCODE_HINT}
                    autocomplete="off" inputmode="numeric" />
            </SendForm>
            <details class="desk-forgotten"><summary>{ words::FORGOTTEN }</summary><p>{ words::FORGOTTEN_NEXT }</p></details>
            if *has_several {
                <p><Button id="login-other" onpress={props.onother.clone()}>{ words::PICK_OTHER }</Button></p>
            }
            <details class="desk-forgotten">
                <summary>{ words::OTHER_CODES }</summary>
                <p>{ words::OTHER_CODES_WHY }</p>
                <p><Button id="login-further" look={Look::Secondary} onpress={props.onfurther.clone()}>{ words::OTHER_CODE }</Button></p>
            </details>
            <p>{ link(guide::PATH, None, device_guide::LINK) }</p>
        </PageShell>
    }
}
