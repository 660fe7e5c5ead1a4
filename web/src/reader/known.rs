//! Whether the helper that answers is the one that this browser met before.
//!
//! Each hello carries a nonce; the helper signs it with a key of its own, and the first key is remembered for this page's origin
//! (`localStorage`: a public key, nothing of a person). Another program that listens on the port later has another key.

use gloo_storage::{LocalStorage, Storage as _};
use js_sys::{JSON, Object, Uint8Array};
use shared::bytes::Base64;
use shared::evidence::{NONCE_LEN, identity_bytes};
use shared::reader::Identity;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::{json, random};

const REMEMBERED: &str = "uketsuke.helper";

/// One handshake: what was asked, and what key answered.
#[derive(Default)]
pub(super) struct Handshake {
    pub(super) nonce: Option<Base64>,
    key: Option<String>,
}

impl Handshake {
    pub(super) fn new() -> Self {
        Self { nonce: random::bytes::<NONCE_LEN>(), key: None }
    }

    /// Compares with what is remembered; the first key of all is remembered at once.
    pub(super) fn judge(&mut self, met: Met) -> bool {
        let known: Option<String> = json::kept(&LocalStorage::raw(), REMEMBERED);
        let (is_known, key) = match (met, known) {
            (Met::Nobody, known) => (known.is_none(), None),
            // Whoever uses it all the same must not lose the memory of the right one.
            (Met::Liar, known) => (false, known),
            (Met::Key(key), Some(known)) => (key.to_text() == known, Some(key.to_text())),
            (Met::Key(key), None) => (true, Some(key.to_text())),
        };
        self.key = key;
        if is_known {
            self.remember();
        }
        is_known
    }

    /// Remembers the key that answered; a helper without one is remembered by forgetting the former.
    pub(super) fn remember(&self) {
        match &self.key {
            // A browser that keeps nothing meets every helper for the first time.
            Some(key) => drop(LocalStorage::set(REMEMBERED, key)),
            None => LocalStorage::delete(REMEMBERED),
        }
    }
}

/// Who answered.
pub(super) enum Met {
    /// A helper without a key.
    Nobody,
    /// A helper that has this key.
    Key(Base64),
    /// Someone who shows a key that is not theirs.
    Liar,
}

/// Checks the helper's signature over this handshake's nonce and this page's origin.
pub(super) async fn key(identity: Option<&Identity>, nonce: Option<&Base64>) -> Met {
    let Some((identity, nonce)) = identity.zip(nonce) else { return Met::Nobody };
    match fits(identity, nonce).await {
        Ok(true) => Met::Key(identity.key.clone()),
        Ok(false) | Err(_) => Met::Liar,
    }
}

async fn fits(identity: &Identity, nonce: &Base64) -> Result<bool, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let subtle = window.crypto()?.subtle();
    let origin_sha256 = sha256(&subtle, window.location().origin()?.as_bytes()).await?;
    let (Ok(origin_sha256), Ok(nonce)) = (origin_sha256.as_slice().try_into(), nonce.0.as_slice().try_into()) else { return Ok(false) };
    let message = identity_bytes(origin_sha256, nonce);
    let usages = JSON::parse(r#"["verify"]"#)?;
    let curve = object(r#"{"name":"ECDSA","namedCurve":"P-256"}"#)?;
    let key = subtle.import_key_with_object("raw", &bytes(&identity.key.0), &curve, false, &usages)?;
    let key: CryptoKey = JsFuture::from(key).await?.unchecked_into();
    let way = object(r#"{"name":"ECDSA","hash":"SHA-256"}"#)?;
    let verified =
        subtle.verify_with_object_and_buffer_source_and_buffer_source(&way, &key, &bytes(&identity.signature.0), &bytes(&message))?;
    Ok(JsFuture::from(verified).await?.is_truthy())
}

async fn sha256(subtle: &SubtleCrypto, message: &[u8]) -> Result<Vec<u8>, JsValue> {
    let digest = JsFuture::from(subtle.digest_with_str_and_buffer_source("SHA-256", &bytes(message))?).await?;
    Ok(Uint8Array::new(&digest).to_vec())
}

fn object(json: &str) -> Result<Object, JsValue> {
    Ok(JSON::parse(json)?.unchecked_into())
}

fn bytes(bytes: &[u8]) -> Object {
    Uint8Array::from(bytes).unchecked_into()
}
