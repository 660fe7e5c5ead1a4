//! DA-4 ログイン by a passkey of the device.

use shared::api::Code;
use shared::api::device::DeviceLogin;
use shared::api::device_settings::{AskDeviceLogin, LogInByDevicePasskey, PasskeyAnswer};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::account::passkey::{self as browser, NoPasskey};
use crate::part::{Button, Look, Notice, Tone};
use crate::text::office::{self as text, device_settings as words};
use crate::use_call::use_call;

/// Says what follows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ByPasskeyProps {
    /// Called with the login.
    pub(super) onlogin: Callback<DeviceLogin>,
    /// The device was ended.
    pub(super) onrefused: Callback<Code>,
}

/// The button; the browser asks for the finger or the face.
#[component]
pub(super) fn ByPasskey(props: &ByPasskeyProps) -> Html {
    let (ask, prove) = (use_call::<AskDeviceLogin>(), use_call::<LogInByDevicePasskey>());
    let at_browser = use_state(|| None::<Result<(), NoPasskey>>);
    let (asking, proving) = (ask.progress(), prove.progress());
    let is_busy = asking.is_busy || proving.is_busy || matches!(*at_browser, Some(Ok(())));
    let onpress = {
        let (at_browser, props) = (at_browser.clone(), props.clone());
        Callback::from(move |()| {
            prove.forget();
            let (prove, at_browser, props) = (prove.clone(), at_browser.clone(), props.clone());
            ask.start(AskDeviceLogin, (), move |outcome| {
                let asked = match outcome {
                    Ok(asked) => asked,
                    Err(said) if matches!(said.code, Code::X41 | Code::X42) => return props.onrefused.emit(said.code),
                    Err(_) => return,
                };
                at_browser.set(Some(Ok(())));
                spawn_local(async move {
                    let answer = match browser::get(&asked.options).await {
                        Ok(answer) => answer,
                        Err(why) => return at_browser.set(Some(Err(why))),
                    };
                    at_browser.set(None);
                    prove.start(LogInByDevicePasskey, PasskeyAnswer { answer }, move |outcome| match outcome {
                        Ok(login) => props.onlogin.emit(login),
                        Err(said) if matches!(said.code, Code::X41 | Code::X42) => props.onrefused.emit(said.code),
                        Err(_) => {}
                    });
                });
            });
        })
    };
    let left = (*at_browser).and_then(Result::err).map(NoPasskey::say);
    let refused = asking.refusal.as_ref().or(proving.refusal.as_ref()).map(text::refusal);
    html! {
        <div class="desk-passkey">
            if let Some(say) = left.or(refused) {
                <Notice tone={Tone::Bad} role="alert" code={say.code} title={say.happened.clone()}><p>{ words::LEFT_NEXT }</p></Notice>
            }
            <p><Button id="login-passkey" look={Look::Primary} is_off={is_busy} {onpress}>{ words::BY_PASSKEY }</Button></p>
            <p>{ words::OR_PASSCODE }</p>
        </div>
    }
}
