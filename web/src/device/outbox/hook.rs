//! Sends what waits, in time and under its key; nothing here decides.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use gloo_timers::callback::Timeout;
use shared::api::{Code, Endpoint, Refusal, Stored};
use shared::domain::calendar::UnixMs;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{Act, Entry, Outbox, Parcel, State, boxes};
use crate::api::{self, Auth, PressKey};
use crate::json;

/// Sends one parcel and gives the server's answer as JSON, or what it said instead.
#[derive(Clone)]
pub struct Deliver(Rc<dyn Fn(Parcel) -> LocalBoxFuture<'static, Result<String, Refusal>>>);

impl Deliver {
    /// `send` knows every kind of parcel of this page, and sends it under [`Parcel::key`].
    pub fn new(send: impl Fn(Parcel) -> LocalBoxFuture<'static, Result<String, Refusal>> + 'static) -> Self {
        Self(Rc::new(send))
    }
}

/// Sends a parcel whose content is the request of this endpoint: what a [`Deliver`] does for each kind that it knows.
///
/// # Errors
/// As those of [`api::call`]; [`Code::Internal`] with nothing stored for a parcel that is none.
pub async fn send<E: Endpoint>(endpoint: &E, parcel: &Parcel) -> Result<String, Refusal> {
    let damaged = || Refusal { code: Code::Internal, stored: Stored::Nothing, detail: None };
    let request = json::read::<E::Request>(&parcel.content).map_err(|_| damaged())?;
    let key = PressKey::kept(&parcel.key).ok_or_else(damaged)?;
    let answer = api::call_again(endpoint, &request, Auth::Office, Some(&key)).await?;
    serde_json::to_string(&answer).map_err(|_| damaged())
}

/// The outbox of this page, as its screens see it.
#[derive(Clone, PartialEq)]
pub struct OutboxHandle(UseReducerHandle<Outbox>);

impl OutboxHandle {
    /// Takes a press: it is kept at once and sent as soon as it can be. Its key; `None` when the browser gives no random bytes.
    #[must_use]
    pub fn put(&self, kind: &str, content: String) -> Option<String> {
        let key = PressKey::fresh()?.to_text();
        let parcel = Parcel { key: key.clone(), kind: kind.to_owned(), content, made: now(), was_out: false };
        let outbox = self.0.dispatcher();
        spawn_local(async move {
            // Where nothing can be kept it still goes out, as long as the page stands.
            boxes::put_parcel(&parcel).await;
            outbox.dispatch(Act::Puts(parcel));
        });
        Some(key)
    }

    /// All parcels, and how far they have come.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.0.entries()
    }

    /// How many have not arrived yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.waiting()
    }

    /// A person has read what became of the one of this key.
    pub fn dismiss(&self, key: &str) {
        self.0.dispatch(Act::Dismisses(key.to_owned()));
    }

    /// Everything goes, with the key (X41, X42); false: this browser could not, and says so to whoever asks.
    pub async fn wipe(&self) -> bool {
        self.0.dispatch(Act::Empties);
        boxes::wipe().await
    }
}

/// The browser's clock: what is kept was made by the same one.
fn now() -> UnixMs {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit by far")]
    UnixMs(js_sys::Date::now() as i64)
}

/// The outbox of this device; one for each page. What was kept before a reload goes out again under its old key.
#[hook]
pub fn use_outbox(deliver: Deliver) -> OutboxHandle {
    let outbox = use_reducer(Outbox::default);
    use_effect_with((), {
        let outbox = outbox.dispatcher();
        move |()| {
            spawn_local({
                let outbox = outbox.clone();
                async move { outbox.dispatch(Act::Loads(boxes::list(now()).await.parcels, now())) }
            });
            let ononline = Closure::<dyn Fn()>::new(move || outbox.dispatch(Act::Hurries(now())));
            let window = web_sys::window();
            if let Some(window) = &window {
                let _ = window.add_event_listener_with_callback("online", ononline.as_ref().unchecked_ref());
            }
            move || {
                if let Some(window) = window {
                    let _ = window.remove_event_listener_with_callback("online", ononline.as_ref().unchecked_ref());
                }
            }
        }
    });
    use_effect_with((*outbox).clone(), {
        let outbox = outbox.dispatcher();
        move |of: &Outbox| {
            for entry in of.entries() {
                // On the screen as long as it stands, on the device no longer.
                if matches!(entry.state, State::Sent { .. } | State::Failed(_)) {
                    let key = entry.parcel.key.clone();
                    spawn_local(async move { boxes::remove(&key).await });
                }
            }
            let next = of.next(now()).cloned();
            let wait_ms = of.wait_ms(now()).filter(|_| next.is_none());
            if let Some(parcel) = next {
                outbox.dispatch(Act::Takes(parcel.key.clone()));
                let outbox = outbox.clone();
                spawn_local(async move {
                    let parcel = Parcel { was_out: true, ..parcel };
                    boxes::put_parcel(&parcel).await;
                    let key = parcel.key.clone();
                    let outcome = (deliver.0)(parcel).await;
                    outbox.dispatch(Act::Ends(key, outcome, now()));
                });
            }
            // At least a second: whatever is due is taken above, so this only waits.
            let tick = wait_ms
                .map(|ms| Timeout::new(u32::try_from(ms).unwrap_or(u32::MAX).max(1_000), move || outbox.dispatch(Act::Ticks(now()))));
            move || drop(tick)
        }
    });
    OutboxHandle(outbox)
}
