//! Passkeys by the browser (WebAuthn Level 3, its JSON forms): what the server asks goes in as it is, what the browser made comes out.

use js_sys::{Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::text::Say;
use crate::text::office::factors as words;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPasskey {
    /// The browser is too old, or the page is not secure.
    Unsupported,
    /// The person left it, or it took too long.
    Left,
    /// The device has one for this account already.
    Known,
}

impl NoPasskey {
    /// The words for it.
    pub(crate) fn say(self) -> Say {
        let (happened, next) = match self {
            Self::Unsupported => (words::UNSUPPORTED, words::UNSUPPORTED_NEXT),
            Self::Left => (words::LEFT, words::LEFT_NEXT),
            Self::Known => (words::KNOWN, words::KNOWN_NEXT),
        };
        Say { code: "", happened: happened.into(), stored: words::NOTHING.into(), next: next.into(), ways: &[] }
    }
}

/// Makes a passkey; `options` and the answer are JSON text.
pub(crate) async fn create(options: &str) -> Result<String, NoPasskey> {
    ask("create", "parseCreationOptionsFromJSON", options).await
}

/// Proves with one.
pub(crate) async fn get(options: &str) -> Result<String, NoPasskey> {
    ask("get", "parseRequestOptionsFromJSON", options).await
}

async fn ask(act: &str, parse: &str, options: &str) -> Result<String, NoPasskey> {
    let promise = begin(act, parse, options).ok_or(NoPasskey::Unsupported)?;
    let made = JsFuture::from(promise).await.map_err(|why| {
        match Reflect::get(&why, &JsValue::from_str("name")).ok().and_then(|name| name.as_string()).as_deref() {
            Some("InvalidStateError") => NoPasskey::Known,
            Some("NotSupportedError" | "SecurityError") => NoPasskey::Unsupported,
            _ => NoPasskey::Left,
        }
    })?;
    // By its own toJSON.
    let text = JSON::stringify(&made).ok().and_then(|text| text.as_string());
    text.ok_or(NoPasskey::Unsupported)
}

fn begin(act: &str, parse: &str, options: &str) -> Option<Promise> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).ok();
    let function = |of: &JsValue, name: &str| get(of, name)?.dyn_into::<Function>().ok();
    let window = web_sys::window()?;
    let class = get(&window, "PublicKeyCredential").filter(|class| !class.is_undefined())?;
    let public_key = get(&JSON::parse(options).ok()?, "publicKey")?;
    let read = function(&class, parse)?.call1(&class, &public_key).ok()?;
    let asked = Object::new();
    Reflect::set(&asked, &JsValue::from_str("publicKey"), &read).ok()?;
    let credentials = get(&window.navigator(), "credentials").filter(|found| !found.is_undefined())?;
    function(&credentials, act)?.call1(&credentials, &asked).ok()?.dyn_into().ok()
}
