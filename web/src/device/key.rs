//! The key of this device, which cannot leave the browser (`web/outbox.js`), and with it every request of the desk.

use std::cell::RefCell;

use js_sys::{Array, Uint8Array};
use serde::{Deserialize, Serialize};
use shared::api::device::{AskNonce, DEVICE_HEADER, DEVICE_SESSION_HEADER, NONCE_HEADER, SIGNATURE_HEADER, signed_bytes};
use shared::bytes::Base64;

use super::outbox::boxes::{self, ask, ask_with};
use crate::api::{self, Auth, Headers, Signer, ToSign};
use crate::json;
use crate::line::line_lost;

/// As what this browser is registered. Kept beside the key; none of it is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registered {
    /// Its ids: one for each institution of the house (X20), the one used last first.
    pub(crate) devices: Vec<String>,
}

/// What the page knows of itself while it is open. The login is nowhere else: a reload asks for the passcode again.
#[derive(Default)]
struct Known {
    device: Option<String>,
    session: Option<String>,
    nonce: Option<String>,
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// As what this browser is registered; `None`: as nothing, or it keeps nothing.
pub(crate) async fn registered() -> Option<Registered> {
    let text = ask("registered", &[]).await?.as_string()?;
    json::read::<Registered>(&text).ok().filter(|found| !found.devices.is_empty())
}

/// Keeps as what it is registered; false: this browser keeps nothing.
pub(crate) async fn register(registered: &Registered) -> bool {
    match serde_json::to_string(registered) {
        Ok(text) => ask("register", &[&text]).await.is_some(),
        Err(_) => false,
    }
}

/// True where this browser makes a key and keeps it: without that no device can be registered.
pub(crate) async fn can_keep() -> bool {
    ask("publicKey", &[]).await.is_some()
}

/// From now on requests are this device's; `None`: those of a browser that wants to be one.
pub(crate) fn become_device(id: Option<String>) {
    KNOWN.with_borrow_mut(|known| *known = Known { device: id, session: None, nonce: known.nonce.take() });
}

/// Somebody is in, or nobody any more.
pub(crate) fn take_session(session: Option<&Base64>) {
    KNOWN.with_borrow_mut(|known| known.session = session.map(Base64::to_text));
}

/// Keeps one registration first among those of this browser: the new one, or the one used last. False: this browser keeps nothing.
pub(crate) async fn put_first(device: &str) -> bool {
    let former = registered().await.map(|found| found.devices).unwrap_or_default();
    let devices = first(device, former);
    register(&Registered { devices }).await
}

fn first(device: &str, former: Vec<String>) -> Vec<String> {
    std::iter::once(device.to_owned()).chain(former.into_iter().filter(|one| one != device)).collect()
}

/// Forgets one registration; with the last one everything.
pub(crate) async fn forget(device: &str) {
    let left: Vec<_> = registered().await.map(|found| found.devices).unwrap_or_default().into_iter().filter(|one| one != device).collect();
    become_device(None);
    if left.is_empty() {
        // What a browser cannot wipe opens nothing any more.
        let _ = wipe().await;
    } else {
        register(&Registered { devices: left }).await;
        boxes::remove_of(device).await;
    }
}

/// As which device this page asks.
pub(crate) fn device() -> Option<String> {
    KNOWN.with_borrow(|known| known.device.clone())
}

/// Forgets everything, with the keys: X41, X42. False: the browser could not.
pub(crate) async fn wipe() -> bool {
    become_device(None);
    boxes::wipe().await
}

/// Lets this page's calls be signed.
pub(crate) fn sign_calls() {
    let hear = |nonce| KNOWN.with_borrow_mut(|known| known.nonce = Some(nonce));
    api::sign_with(Signer { sign, hear, lose: line_lost });
}

fn sign(of: ToSign) -> Headers {
    Box::pin(async move { headers(of).await.unwrap_or_default() })
}

async fn headers(of: ToSign) -> Option<Vec<(&'static str, String)>> {
    let (device, session, nonce) = KNOWN.with_borrow_mut(|known| (known.device.clone(), known.session.clone(), known.nonce.clone()));
    let nonce = match nonce {
        Some(nonce) => nonce,
        // Without one the server refuses and tells the next.
        None => api::call(&AskNonce, &(), Auth::None).await.map(|answer| answer.nonce).unwrap_or_default(),
    };
    let name = match device {
        Some(id) => id,
        None => ask("publicKey", &[]).await?.as_string()?,
    };
    let bytes = signed_bytes(of.method, &of.path, &nonce, session.as_deref(), of.press.as_deref(), of.body.as_bytes());
    let signature = ask_with("sign", &Array::of1(&Uint8Array::from(bytes.as_slice()))).await?.as_string()?;
    let mut headers = vec![(DEVICE_HEADER, name), (NONCE_HEADER, nonce), (SIGNATURE_HEADER, signature)];
    headers.extend(session.map(|session| (DEVICE_SESSION_HEADER, session)));
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_used_last_stands_first_and_none_stands_twice() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(first("b", list(&["a", "b"])), list(&["b", "a"]));
        assert_eq!(first("c", list(&["b", "a"])), list(&["c", "b", "a"]));
        assert_eq!(first("a", Vec::new()), list(&["a"]));
    }
}
