//! A device of a test: a key of its own, and requests that it signs.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use server::random::Random;
use server::rule::code::{Issued, issue};
use server::store::CodeId;
use server::store::code::NewCodeRow;
use server::tenant::Tenant;
use shared::api::device::{
    AskNonce, DEVICE_HEADER, DEVICE_NOTICE, DEVICE_SESSION_HEADER, DeviceInfo, DeviceLogin, NONCE_HEADER, Nonce, Passcode, RegisterDevice,
    Registration, SIGNATURE_HEADER, SetPasscode, signed_bytes,
};
use shared::api::{Endpoint, KEY_HEADER, Method, SAME_PAGE_HEADER};
use shared::bytes::Base64;
use shared::domain::account::UserId;
use shared::domain::code::ActivationCode;

use crate::sample::code;
use crate::store::entry;
use crate::world::{ORIGIN, PASSWORD, Refused, World, nobody};

/// A passcode that is taken.
pub(crate) const PASSCODE: &str = "294817";

/// What a device knows.
#[derive(Clone)]
pub(crate) struct TestDevice {
    /// Its key.
    pub(crate) pair: Arc<EcdsaKeyPair>,
    /// Its id, once it is registered.
    pub(crate) id: Option<String>,
    /// Its login.
    pub(crate) session: Option<String>,
}

impl TestDevice {
    /// A browser with a key, registered nowhere.
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Self { pair: Arc::new(pair), id: None, session: None }
    }

    /// Bytes of its public key.
    pub(crate) fn key(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// The headers of a request.
    pub(crate) fn headers(&self, method: &str, path: &str, nonce: &str, press: Option<&str>, body: &[u8]) -> Vec<(&'static str, String)> {
        let bytes = signed_bytes(method, path, nonce, self.session.as_deref(), press, body);
        let signature = self.pair.sign(&SystemRandom::new(), &bytes).unwrap();
        let name = self.id.clone().unwrap_or_else(|| Base64(self.key()).to_text());
        let mut headers = vec![
            (DEVICE_HEADER, name),
            (NONCE_HEADER, nonce.to_owned()),
            (SIGNATURE_HEADER, Base64(signature.as_ref().to_vec()).to_text()),
        ];
        headers.extend(self.session.clone().map(|session| (DEVICE_SESSION_HEADER, session)));
        headers
    }

    /// Sends a signed request over a nonce of now.
    pub(crate) async fn send(&self, world: &World, method: &str, path: &str, body: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let press = Base64(Random::machine().bytes::<16>().unwrap().to_vec()).to_text();
        self.send_as(world, method, path, body, &press).await
    }

    /// The same under the key of a press.
    pub(crate) async fn send_as(
        &self,
        world: &World,
        method: &str,
        path: &str,
        body: &str,
        press: &str,
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        let nonce = nonce(world).await;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, ORIGIN.strip_prefix("https://").unwrap())
            .header(header::CONTENT_TYPE, "application/json");
        let press = (method == "POST").then_some(press);
        if let Some(press) = press {
            request = request.header(header::ORIGIN, ORIGIN).header(SAME_PAGE_HEADER, "1").header(KEY_HEADER, press);
        }
        for (name, value) in self.headers(method, path, &nonce, press, body.as_bytes()) {
            request = request.header(name, value);
        }
        world.raw(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Calls an endpoint.
    pub(crate) async fn call<E: Endpoint>(&self, world: &World, endpoint: &E, body: &E::Request) -> Result<E::Response, Refused> {
        let body = if E::METHOD == Method::Post { serde_json::to_string(body).unwrap() } else { String::new() };
        let (status, _, bytes) = self.send(world, E::METHOD.word(), &endpoint.path(), &body).await;
        if status.is_success() {
            Ok(serde_json::from_slice(&bytes).unwrap())
        } else {
            Err((status, serde_json::from_slice(&bytes).unwrap()))
        }
    }

    /// Registers with a code (DA-2).
    pub(crate) async fn register(&mut self, world: &World, institution: &str, user: &str, digits: &str) -> Result<DeviceInfo, Refused> {
        let body = Registration {
            institution: code(institution),
            user: UserId::try_from(user).unwrap(),
            password: PASSWORD.to_owned(),
            code: digits.to_owned(),
            notice_version: DEVICE_NOTICE.to_owned(),
        };
        let info = self.call(world, &RegisterDevice, &body).await?;
        self.id = Some(info.device.clone());
        Ok(info)
    }

    /// A device of an account, registered and logged in.
    pub(crate) async fn of(world: &World, institution: &str, user: &str) -> Self {
        let digits = issued(world, institution).await;
        logged_in(world, institution, user).await;
        let mut device = Self::new();
        device.register(world, institution, user, &digits).await.unwrap();
        let DeviceLogin { session, .. } = device.call(world, &SetPasscode, &Passcode { passcode: PASSCODE.to_owned() }).await.unwrap();
        device.session = Some(session.to_text());
        device
    }
}

/// A nonce of the server.
pub(crate) async fn nonce(world: &World) -> String {
    let Nonce { nonce } = world.call::<AskNonce>(&[], &nobody(), &()).await.unwrap();
    nonce
}

/// The digits of a fresh activation code.
pub(crate) async fn issued(world: &World, institution: &str) -> String {
    let (random, now) = (Random::machine(), world.clock.now());
    let digits = ActivationCode::from_random(random.bytes().unwrap());
    let hash = server::account::hash_of_code(&digits, &code(institution)).unwrap();
    let id = CodeId::new(now, random.bytes().unwrap());
    let label = format!("端末 {}", id.as_str());
    let new = NewCodeRow {
        id,
        label: label.as_str().try_into().unwrap(),
        hash,
        issued_at: now,
        issued_by: None,
        expires_at: now.plus_ms(shared::api::activation::CODE_LIFE_MS),
    };
    let (tenant, entry) = (Tenant::of_operator(&code(institution)), entry(now, institution));
    let issued = world.store.0.write(move |tx| issue(tx, &tenant, &new, &entry)).await.unwrap();
    assert!(matches!(issued, Issued::Code(_)));
    digits.as_str().to_owned()
}

/// The account has logged in once at the office (N030).
pub(crate) async fn logged_in(world: &World, institution: &str, user: &str) {
    let (code, user, now) = (code(institution), UserId::try_from(user).unwrap(), world.clock.now());
    world.store.0.write(move |tx| server::store::account::note_login(tx, &code, &user, now)).await.unwrap();
}
