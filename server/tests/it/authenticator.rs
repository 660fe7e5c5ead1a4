//! An authenticator in software with the browser around it, as a page of ours would use it.

use std::future::Future;
use std::pin::Pin;

use passkey::authenticator::{Authenticator, MemoryStore, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use serde_json::Value;
use shared::bytes::Base64;
use webauthn_rs::prelude::Url;

/// The person at the device: shows a finger, or types its PIN.
struct Person;

type Checked<'a> = Pin<Box<dyn Future<Output = Result<UserCheck, Ctap2Error>> + Send + 'a>>;

impl UserValidationMethod for Person {
    type PasskeyItem = Passkey;

    fn check_user<'a, 'this, 'out>(&'this self, _: UiHint<'a, Passkey>, _: bool, _: bool) -> Checked<'out>
    where
        'a: 'out,
        'this: 'out,
        Self: 'out,
    {
        Box::pin(async { Ok(UserCheck { presence: true, verification: true }) })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// A device with passkeys.
#[derive(Default)]
pub(crate) struct Device(MemoryStore);

/// The browser on this device.
macro_rules! browser {
    ($device:expr) => {{
        let store = std::mem::take(&mut $device.0);
        let mut authenticator = Authenticator::new(Aaguid::new_empty(), store, Person, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        Client::new(authenticator)
    }};
}

/// The library writes bytes as lists of numbers; browsers write them in base64url, and leave out what is not there.
fn as_browsers_write(mut answer: Value) -> String {
    fn rewrite(value: &mut Value) {
        let bytes = value
            .as_array()
            .filter(|list| !list.is_empty())
            .and_then(|list| list.iter().map(|one| one.as_u64().and_then(|one| u8::try_from(one).ok())).collect::<Option<Vec<u8>>>());
        if let Some(bytes) = bytes {
            *value = Value::String(Base64(bytes).to_text());
            return;
        }
        match value {
            Value::Array(list) => list.iter_mut().for_each(rewrite),
            Value::Object(fields) => {
                fields.retain(|_, field| !field.is_null());
                fields.values_mut().for_each(rewrite);
            }
            _ => {}
        }
    }
    rewrite(&mut answer);
    answer.to_string()
}

fn url(origin: &str) -> Url {
    Url::parse(origin).unwrap()
}

impl Device {
    /// What `navigator.credentials.create` gives on a page of this origin, as JSON.
    pub(crate) async fn create(&mut self, options: &str, origin: &str) -> String {
        let mut browser = browser!(self);
        let made = browser.register(url(origin), serde_json::from_str(options).unwrap(), DefaultClientData).await.unwrap();
        self.0 = std::mem::take(browser.authenticator_mut().store_mut());
        as_browsers_write(serde_json::to_value(&made).unwrap())
    }

    /// What `navigator.credentials.get` gives where no passkey is named: the device finds its own. The library's store finds none by itself, so
    /// they are named to it here.
    pub(crate) async fn find(&mut self, options: &str, origin: &str) -> String {
        let mut options: Value = serde_json::from_str(options).unwrap();
        assert!(options["publicKey"].get("allowCredentials").is_none_or(|named| named == &serde_json::json!([])), "{options}");
        let own = self.0.keys().map(|id| serde_json::json!({ "type": "public-key", "id": Base64(id.clone()).to_text() }));
        options["publicKey"]["allowCredentials"] = own.collect();
        self.get(&options.to_string(), origin).await
    }

    /// What `navigator.credentials.get` gives.
    pub(crate) async fn get(&mut self, options: &str, origin: &str) -> String {
        let mut browser = browser!(self);
        let signed = browser.authenticate(url(origin), serde_json::from_str(options).unwrap(), DefaultClientData).await.unwrap();
        self.0 = std::mem::take(browser.authenticator_mut().store_mut());
        as_browsers_write(serde_json::to_value(&signed).unwrap())
    }
}
