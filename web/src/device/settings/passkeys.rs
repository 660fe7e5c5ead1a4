//! The device's passkeys: what is registered, a further one, and taking one away.

use shared::api::device::Passcode;
use shared::api::device_settings::{AddDevicePasskey, AskDevicePasskey, DeviceSettings, RemoveDevicePasskey};
use shared::api::factor::{NewPasskey, PasskeyRow};
use shared::domain::factor::PasskeyName;
use shared::domain::typed;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::account::passkey::{self as browser, NoPasskey};
use crate::part::{Button, Confirm, Field, Notice, Panel, SecretField, SendForm};
use crate::text::office::{self as text, activation, device_settings as words, factors};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_form};

/// Says how the device is set.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct PasskeysProps {
    /// The settings.
    pub(super) settings: DeviceSettings,
    /// Called with the settings after a change.
    pub(super) onchanged: Callback<(DeviceSettings, &'static str)>,
}

/// The panel.
#[component]
pub(super) fn PasskeysPanel(props: &PasskeysProps) -> Html {
    let asked = use_state(|| None::<PasskeyRow>);
    let remove = use_call::<RemoveDevicePasskey>();
    let progress = remove.progress();
    let row = |row: &PasskeyRow| {
        let onpress = {
            let (asked, remove, row) = (asked.clone(), remove.clone(), row.clone());
            Callback::from(move |()| {
                remove.forget();
                asked.set(Some(row.clone()));
            })
        };
        let used = row.last_used_at.map(|at| at.jst_minute_text());
        html! {
            <li key={row.id.clone()} class="device-passkeys__one">
                <span><strong>{ &row.name }</strong><br />{ words::used(used.as_deref()) }</span>
                <Button id={format!("remove-{}", row.id.chars().take(8).collect::<String>())} {onpress}>
                    { words::REMOVE }<span class="visually-hidden">{ words::of_name(&row.name) }</span>
                </Button>
            </li>
        }
    };
    let question = |row: &PasskeyRow| {
        let onact = {
            let (asked, remove, onchanged, id) = (asked.clone(), remove.clone(), props.onchanged.clone(), row.id.clone());
            Callback::from(move |_: String| {
                let (asked, onchanged) = (asked.clone(), onchanged.clone());
                remove.start(RemoveDevicePasskey { passkey: id.as_str().into() }, (), move |outcome| {
                    if let Ok(settings) = outcome {
                        asked.set(None);
                        onchanged.emit((settings, words::DONE_REMOVED));
                    }
                });
            })
        };
        let onclose = {
            let asked = asked.clone();
            Callback::from(move |()| asked.set(None))
        };
        html! {
            <Confirm id="passkey-ask" title={words::REMOVE_ASK} act={words::REMOVE} is_busy={progress.is_busy}
                failed={progress.refusal.as_ref().map(text::refusal)} {onact} {onclose}>
                <p>{ &row.name }</p>
                <p>{ words::REMOVE_WHAT }</p>
            </Confirm>
        }
    };
    let passkeys = &props.settings.passkeys;
    html! {
        <Panel title={words::PASSKEYS_TITLE}>
            <p>{ words::PASSKEYS_WHAT }</p>
            if passkeys.is_empty() {
                <p>{ words::NO_PASSKEYS }</p>
            } else {
                <ul class="device-passkeys">{ for passkeys.iter().map(row) }</ul>
            }
            if props.settings.may_have_passkeys {
                <AddPasskey onchanged={props.onchanged.clone()} />
            } else {
                <Notice title={words::NO_PASSKEYS_HERE} />
            }
            if let Some(row) = &*asked {
                { question(row) }
            }
        </Panel>
    }
}

/// What was typed; no `Debug`.
#[derive(Clone, PartialEq, Default)]
struct Typed {
    name: String,
    passcode: String,
}

const NAME: &str = "device-passkey-name";
const PASSCODE: &str = "device-passkey-passcode";

impl Typed {
    fn check(&self) -> Result<(PasskeyName, Passcode), Faults> {
        let (name, passcode) = (PasskeyName::try_from(self.name.as_str()), typed::number(&self.passcode));
        match name {
            Ok(name) if !passcode.is_empty() => Ok((name, Passcode { passcode })),
            name => Err(Faults::default()
                .note(NAME, name.err().map(|_| factors::BAD_NAME))
                .note(PASSCODE, passcode.is_empty().then_some(activation::NOT_DIGITS))),
        }
    }
}

/// Says what follows.
#[derive(Clone, PartialEq, Properties)]
struct AddPasskeyProps {
    onchanged: Callback<(DeviceSettings, &'static str)>,
}

/// The form of a further passkey: its name and the passcode, then the browser asks for the finger or the face.
#[component]
fn AddPasskey(props: &AddPasskeyProps) -> Html {
    let form = use_form(Typed::default);
    let (ask, add) = (use_call::<AskDevicePasskey>(), use_call::<AddDevicePasskey>());
    let at_browser = use_state(|| None::<Result<(), NoPasskey>>);
    let (asking, adding) = (ask.progress(), add.progress());
    let is_busy = asking.is_busy || adding.is_busy || matches!(*at_browser, Some(Ok(())));
    let onsubmit = {
        let (form, at_browser, onchanged) = (form.clone(), at_browser.clone(), props.onchanged.clone());
        Callback::from(move |()| {
            let Some((name, passcode)) = form.read(Typed::check).filter(|_| !is_busy) else { return };
            add.forget();
            let (form, add, at_browser, onchanged) = (form.clone(), add.clone(), at_browser.clone(), onchanged.clone());
            ask.start(AskDevicePasskey, passcode, move |outcome| {
                let Ok(asked) = outcome else { return };
                at_browser.set(Some(Ok(())));
                spawn_local(async move {
                    let answer = match browser::create(&asked.options).await {
                        Ok(answer) => answer,
                        Err(why) => return at_browser.set(Some(Err(why))),
                    };
                    at_browser.set(None);
                    add.start(AddDevicePasskey, NewPasskey { name, answer }, move |outcome| {
                        if let Ok(settings) = outcome {
                            form.set(Typed::default());
                            onchanged.emit((settings, words::DONE_ADDED));
                        }
                    });
                });
            });
        })
    };
    let refused = |refusal: &shared::api::Refusal| text::refusal(refusal);
    let left = (*at_browser).and_then(Result::err).map(NoPasskey::say);
    let failed = left.or_else(|| asking.refusal.as_ref().map(refused)).or_else(|| adding.refusal.as_ref().map(refused));
    let form = form.held(is_busy);
    html! {
        <SendForm id="device-passkey-add" submit={words::ADD} {failed} {is_busy} {onsubmit}>
            <Field of={form.input(NAME, |typed| &mut typed.name)} label={words::NAME} hint={words::NAME_HINT} is_required=true />
            <SecretField of={form.input(PASSCODE, |typed| &mut typed.passcode)} label={words::FORMER} hint={words::FORMER_HINT}
                autocomplete="off" inputmode="numeric" />
        </SendForm>
    }
}
