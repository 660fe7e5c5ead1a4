//! The HTTP client of the pages: one typed function over the endpoints of [`shared::api`].
//!
//! Never here: a text for people, a retry (the person decides), anything of the helper.

use std::cell::Cell;
use std::pin::Pin;

use futures_util::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use serde::de::DeserializeOwned;
use shared::api::device::NONCE_HEADER;
use shared::api::{Again, Code, Detail, Endpoint, KEY_HEADER, Method, Refusal, SAME_PAGE_HEADER, Stored, VISIT_SECRET_HEADER};
use shared::bytes::Base64;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCache, RequestCredentials};

use crate::{json, random};

/// An answer that takes longer than this counts as lost (X01), in milliseconds.
pub const ANSWER_LIMIT_MS: u32 = 20_000;

/// What a request of a device carries besides: method, path, key of the press, body, as they are sent.
pub(crate) struct ToSign {
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    /// The path.
    pub(crate) path: String,
    /// The key of the press as its header has it.
    pub(crate) press: Option<String>,
    /// The body.
    pub(crate) body: String,
}

/// Headers, once they are made.
pub(crate) type Headers = Pin<Box<dyn Future<Output = Vec<(&'static str, String)>>>>;

/// How the device page signs: only there, so that the other pages carry nothing of it.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    /// Headers for a request; none where this browser has no key.
    pub(crate) sign: fn(ToSign) -> Headers,
    /// Takes the nonce for the next one.
    pub(crate) hear: fn(String),
    /// A call had no answer: whoever watches over the line looks at once.
    pub(crate) lose: fn(),
}

thread_local! {
    static SIGNER: Cell<Option<Signer>> = const { Cell::new(None) };
}

/// From now on calls of an account are signed.
pub(crate) fn sign_with(signer: Signer) {
    SIGNER.set(Some(signer));
}

/// What shows the caller's right; the endpoint's permission says which one is needed.
#[derive(Clone, Copy)]
pub enum Auth<'a> {
    /// Nothing beyond the path.
    None,
    /// The secret of the visit, sent in [`VISIT_SECRET_HEADER`].
    VisitSecret(&'a Base64),
    /// The session cookie of the office, and [`SAME_PAGE_HEADER`].
    Office,
}

/// The idempotency key of one press of a person: 16 random bytes for [`KEY_HEADER`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PressKey(Base64);

impl PressKey {
    /// A key of a new press; `None` when the browser gives no random bytes.
    #[must_use]
    pub fn fresh() -> Option<Self> {
        random::bytes::<16>().map(Self)
    }

    /// As it is sent, and kept over a reload.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// A key that was kept; `None` for what is no key.
    #[must_use]
    pub fn kept(text: &str) -> Option<Self> {
        Base64::parse(text).ok().filter(|key| key.0.len() == 16).map(Self)
    }
}

/// Makes one call and reads its answer; a call that needs a key gets one of its own.
///
/// # Errors
/// The server's [`Refusal`] as it came. [`Code::X01`] when no answer arrived within [`ANSWER_LIMIT_MS`]: nothing was stored
/// by a GET, after a POST it cannot be said. [`Code::Wait`] or [`Code::Internal`] when an answer is not of our server's making.
pub async fn call<E: Endpoint>(endpoint: &E, request: &E::Request, auth: Auth<'_>) -> Result<E::Response, Refusal> {
    let key = match E::AGAIN {
        Again::Harmless => None,
        // Nothing was sent yet.
        Again::Keyed | Again::KeyedOnce => {
            Some(PressKey::fresh().ok_or(Refusal { code: Code::Internal, stored: Stored::Nothing, detail: None })?)
        }
    };
    call_again(endpoint, request, auth, key.as_ref()).await
}

/// [`call`] under the key of a press that was sent before: what was done then is answered again and not done twice.
///
/// # Errors
/// As those of [`call`].
pub async fn call_again<E: Endpoint>(
    endpoint: &E,
    request: &E::Request,
    auth: Auth<'_>,
    key: Option<&PressKey>,
) -> Result<E::Response, Refusal> {
    let body = match E::METHOD {
        Method::Get => None,
        Method::Post => Some(serde_json::to_string(request).map_err(|_| refusal(Code::Internal, E::METHOD))?),
    };
    let Some(signer) = SIGNER.get().filter(|_| matches!(auth, Auth::Office)) else {
        return read(E::METHOD, &exchange(E::METHOD, endpoint.path(), body, auth, key, Vec::new()).await?);
    };
    signed(signer, E::METHOD, &endpoint.path(), body.as_deref(), key).await.and_then(|answer| read(E::METHOD, &answer))
}

/// [`call_again`] of a device with the body as it was kept, and the answer as it came: whoever asks looks whether it is one of ours.
///
/// # Errors
/// As those of [`call`].
pub async fn call_kept<E: Endpoint>(endpoint: &E, body: &str, key: &PressKey) -> Result<String, Refusal> {
    let signer = SIGNER.get().ok_or(Refusal { code: Code::Internal, stored: Stored::Nothing, detail: None })?;
    let answer = signed(signer, E::METHOD, &endpoint.path(), Some(body), Some(key)).await?;
    if (200..300).contains(&answer.status) { Ok(answer.body) } else { Err(refused(E::METHOD, &answer)) }
}

/// Sends a signed request; one whose nonce was too old goes out again over the next one: nothing was done yet.
async fn signed(signer: Signer, method: Method, path: &str, body: Option<&str>, key: Option<&PressKey>) -> Result<Answer, Refusal> {
    let send = async || {
        let press = key.map(PressKey::to_text);
        let to_sign = ToSign { method: method.word(), path: path.to_owned(), press, body: body.unwrap_or_default().to_owned() };
        let headers = (signer.sign)(to_sign).await;
        // What the device could not sign is not sent: it would be another's request, by whatever cookie this browser has.
        // What waits to be sent waits on.
        if headers.is_empty() {
            return Err(Refusal { code: Code::Nonce, stored: Stored::Nothing, detail: None });
        }
        let sent = exchange(method, path.to_owned(), body.map(str::to_owned), Auth::Office, key, headers).await;
        let answer = sent.inspect_err(|_| (signer.lose)())?;
        if let Some(nonce) = answer.nonce.clone() {
            (signer.hear)(nonce);
        }
        Ok(answer)
    };
    let answer = send().await?;
    let is_late = answer.status == Code::Nonce.status() && refused(method, &answer).code == Code::Nonce;
    if is_late { send().await } else { Ok(answer) }
}

/// The answer to a call that the page's HTML made before this program was there (`web/shell.js`), and the tablet's clock when
/// it came, milliseconds since 1970; `None` when nobody asked, or it was taken already.
///
/// # Errors
/// As those of [`call`].
pub async fn begun<E: Endpoint<Request = ()>>(endpoint: &E) -> Option<(Result<E::Response, Refusal>, f64)> {
    let window = web_sys::window()?;
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &JsValue::from_str(name)).ok();
    let first = get(&window, FIRST).filter(JsValue::is_object)?;
    let _ = js_sys::Reflect::set(&window, &JsValue::from_str(FIRST), &JsValue::UNDEFINED);
    if get(&first, "path")?.as_string()? != endpoint.path() {
        return None;
    }
    let promise: js_sys::Promise = get(&first, "answer")?.dyn_into().ok()?;
    let Ok(Ok(settled)) = JsFuture::from(promise).await.map(JsCast::dyn_into::<js_sys::Array>) else {
        return Some((Err(refusal(Code::X01, E::METHOD)), js_sys::Date::now()));
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an HTTP status")]
    let status = settled.get(0).as_f64()? as u16;
    let retry_after_s = settled.get(1).as_string().and_then(|text| text.parse().ok());
    let answer = Answer { status, retry_after_s, body: settled.get(2).as_string()?, nonce: None };
    Some((read(E::METHOD, &answer), settled.get(3).as_f64()?))
}

/// Waits until the call of [`begun`] has its answer or has none: the shell stays on the screen so long.
pub async fn first_answer() {
    let first = web_sys::window().and_then(|window| js_sys::Reflect::get(&window, &JsValue::from_str(FIRST)).ok());
    let answer = first.filter(JsValue::is_object).and_then(|first| js_sys::Reflect::get(&first, &JsValue::from_str("answer")).ok());
    if let Some(promise) = answer.and_then(|answer| answer.dyn_into::<js_sys::Promise>().ok()) {
        let _ = JsFuture::from(promise).await;
    }
}

/// Where `web/shell.js` leaves the first call.
const FIRST: &str = "uketsukeFirst";

/// An answer as it came.
struct Answer {
    status: u16,
    retry_after_s: Option<u32>,
    body: String,
    /// For the next request of a device.
    nonce: Option<String>,
}

/// The part of a call that is the same for every endpoint: once in the page, not once per endpoint.
async fn exchange(
    method: Method,
    path: String,
    body: Option<String>,
    auth: Auth<'_>,
    key: Option<&PressKey>,
    headers: Vec<(&'static str, String)>,
) -> Result<Answer, Refusal> {
    let lost = || refusal(Code::X01, method);
    let abort = AbortController::new().map_err(|_| lost())?;
    let builder = match method {
        Method::Get => Request::get(&path),
        Method::Post => Request::post(&path),
    };
    let builder = match key {
        None => builder,
        Some(PressKey(key)) => builder.header(KEY_HEADER, &key.to_text()),
    };
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    let builder = with_right(builder, auth).cache(RequestCache::NoStore).abort_signal(Some(&abort.signal()));
    let prepared = match body {
        None => builder.build(),
        Some(body) => builder.header("content-type", "application/json").body(body),
    };
    let answer = async {
        let response = prepared.map_err(|_| lost())?.send().await.map_err(|_| lost())?;
        let (status, retry_after_s) = (response.status(), retry_after_s(&response));
        let nonce = response.headers().get(NONCE_HEADER);
        let body = response.text().await.map_err(|_| lost())?;
        Ok(Answer { status, retry_after_s, body, nonce })
    };
    match select(Box::pin(answer), TimeoutFuture::new(ANSWER_LIMIT_MS)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => {
            abort.abort();
            Err(lost())
        }
    }
}

fn with_right(builder: RequestBuilder, auth: Auth<'_>) -> RequestBuilder {
    match auth {
        Auth::None => builder.credentials(RequestCredentials::Omit),
        Auth::VisitSecret(secret) => builder.credentials(RequestCredentials::Omit).header(VISIT_SECRET_HEADER, &secret.to_text()),
        Auth::Office => builder.credentials(RequestCredentials::SameOrigin).header(SAME_PAGE_HEADER, "1"),
    }
}

fn retry_after_s(response: &Response) -> Option<u32> {
    response.headers().get("retry-after")?.parse().ok()
}

/// Reads a whole answer; its body may be empty where nothing is answered.
fn read<T: DeserializeOwned>(method: Method, answer: &Answer) -> Result<T, Refusal> {
    if !(200..300).contains(&answer.status) {
        return Err(refused(method, answer));
    }
    let body = if answer.body.is_empty() { "null" } else { &answer.body };
    json::read(body).map_err(|_| refusal(Code::Internal, method))
}

fn refused(method: Method, answer: &Answer) -> Refusal {
    match json::read::<Refusal>(&answer.body) {
        Ok(refusal) => refusal,
        // Turned away before our own code saw it: a limit of the server or of something before it.
        Err(_) if matches!(answer.status, 429 | 503) => {
            Refusal { code: Code::Wait, stored: Stored::Nothing, detail: answer.retry_after_s.map(Detail::RetryAfterS) }
        }
        Err(_) => refusal(Code::Internal, method),
    }
}

fn refusal(code: Code, method: Method) -> Refusal {
    let stored = match method {
        Method::Get => Stored::Nothing,
        Method::Post => Stored::Unknown,
    };
    Refusal { code, stored, detail: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after_s: Option<u32>, body: &str) -> Answer {
        Answer { status, retry_after_s, body: body.to_owned(), nonce: None }
    }

    #[test]
    fn an_empty_answer_reads_as_nothing() {
        assert_eq!(read::<()>(Method::Post, &answer(204, None, "")), Ok(()));
        assert_eq!(read::<()>(Method::Post, &answer(200, None, "null")), Ok(()));
    }

    #[test]
    fn a_refusal_arrives_as_the_server_said_it() {
        let said = Refusal { code: Code::Login, stored: Stored::Nothing, detail: Some(Detail::RetryAfterS(30)) };
        let body = serde_json::to_string(&said).unwrap();
        assert_eq!(read::<()>(Method::Post, &answer(401, None, &body)), Err(said));
    }

    #[test]
    fn an_answer_of_another_making_is_no_success() {
        let page = "<!doctype html><title>Wi-Fi</title>";
        assert_eq!(read::<u32>(Method::Post, &answer(200, None, page)), Err(refusal(Code::Internal, Method::Post)));
        assert_eq!(read::<u32>(Method::Get, &answer(502, None, page)), Err(refusal(Code::Internal, Method::Get)));
        let wait = read::<u32>(Method::Post, &answer(429, Some(7), "Too Many Requests")).unwrap_err();
        assert_eq!((wait.code, wait.stored, wait.detail), (Code::Wait, Stored::Nothing, Some(Detail::RetryAfterS(7))));
    }

    #[test]
    fn a_lost_answer_leaves_open_what_a_post_did() {
        assert_eq!(refusal(Code::X01, Method::Post).stored, Stored::Unknown);
        assert_eq!(refusal(Code::X01, Method::Get).stored, Stored::Nothing);
    }
}
