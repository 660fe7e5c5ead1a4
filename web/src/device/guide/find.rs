//! What this device can do, found by asking it: features, never names of browsers.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::device::key;

/// How a point of the preparation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Ready.
    Done,
    /// It can be made ready.
    NotYet,
    /// Not on this device.
    Cannot,
}

impl State {
    fn of(is_there: bool, otherwise: Self) -> Self {
        if is_there { Self::Done } else { otherwise }
    }
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The page came over a line that browsers trust.
    pub(super) secure: State,
    /// A key can be made and kept.
    pub(super) key: State,
    /// A worker serves the page without network.
    pub(super) offline: State,
    /// A passkey of the device itself.
    pub(super) passkey: State,
    /// A camera.
    pub(super) camera: State,
}

fn get(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &JsValue::from_str(name)).ok().filter(|found| !found.is_undefined() && !found.is_null())
}

/// Calls a method without arguments and waits for what it promises.
async fn ask(of: &JsValue, method: &str) -> Option<JsValue> {
    let promise = get(of, method)?.dyn_into::<Function>().ok()?.call0(of).ok()?;
    JsFuture::from(promise.dyn_into::<Promise>().ok()?).await.ok()
}

async fn has_camera(devices: &JsValue) -> bool {
    let Some(list) = ask(devices, "enumerateDevices").await else { return false };
    js_sys::Array::from(&list).iter().any(|one| get(&one, "kind").and_then(|kind| kind.as_string()).as_deref() == Some("videoinput"))
}

/// Asks browser and device. Nothing of it asks the person for a permission.
pub(super) async fn find() -> Option<Found> {
    let window = web_sys::window()?;
    let navigator = JsValue::from(window.navigator());
    let is_secure = window.is_secure_context();
    let offline = match get(&navigator, "serviceWorker") {
        // Served by it already, or from the next opening on.
        Some(worker) => State::of(get(&worker, "controller").is_some(), State::NotYet),
        None => State::Cannot,
    };
    let passkey = match get(&window, "PublicKeyCredential") {
        Some(class) => {
            let is_there = ask(&class, "isUserVerifyingPlatformAuthenticatorAvailable").await.is_some_and(|found| found.is_truthy());
            State::of(is_there, State::NotYet)
        }
        None => State::Cannot,
    };
    let camera = match get(&navigator, "mediaDevices") {
        Some(devices) => State::of(has_camera(&devices).await, State::Cannot),
        None => State::Cannot,
    };
    Some(Found {
        secure: State::of(is_secure, State::NotYet),
        key: State::of(is_secure && key::can_keep().await, State::NotYet),
        offline,
        passkey,
        camera,
    })
}
