//! Sends what waits, in time and under its key; nothing here decides.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, LocalBoxFuture, select};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use shared::api::{Code, Endpoint, Refusal, Stored};
use shared::domain::calendar::UnixMs;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{Act, Entry, Outbox, Parcel, State, boxes};
use crate::api::{self, PressKey};

/// The browser has so long to keep a parcel, milliseconds.
const KEPT_IN_MS: u32 = 3_000;

/// Sends one parcel and gives the server's answer as JSON, or what it said instead.
#[derive(Clone)]
pub(crate) struct Deliver(Rc<dyn Fn(Parcel) -> LocalBoxFuture<'static, Result<String, Refusal>>>);

impl Deliver {
    /// `send` knows every kind of parcel of this page, and sends it under [`Parcel::key`].
    pub(crate) fn new(send: impl Fn(Parcel) -> LocalBoxFuture<'static, Result<String, Refusal>> + 'static) -> Self {
        Self(Rc::new(send))
    }
}

/// What cannot be sent.
pub(super) fn damaged() -> Refusal {
    Refusal { code: Code::Internal, stored: Stored::Nothing, detail: None }
}

/// Sends a parcel whose content is the request of this endpoint: what a [`Deliver`] does for each kind that it knows. It is signed now, over
/// a nonce of now. `is_ours`: whether an answer is of our server's making; another network's page is none, and says nothing.
///
/// # Errors
/// As those of [`api::call`]; [`Code::Internal`] with nothing stored for a parcel that is none.
pub(crate) async fn send<E: Endpoint>(endpoint: &E, parcel: &Parcel, is_ours: fn(&str) -> bool) -> Result<String, Refusal> {
    let key = PressKey::kept(&parcel.key).ok_or_else(damaged)?;
    let answer = api::call_kept(endpoint, &parcel.content, &key).await?;
    if is_ours(&answer) { Ok(answer) } else { Err(Refusal { stored: Stored::Unknown, ..damaged() }) }
}

/// Keeps a parcel; false where this browser keeps nothing, or has not said so in time: a press does not hang on it.
async fn keep(parcel: &Parcel) -> bool {
    match select(pin!(boxes::put_parcel(parcel)), TimeoutFuture::new(KEPT_IN_MS)).await {
        Either::Left((is_kept, _)) => is_kept,
        Either::Right(_) => false,
    }
}

/// The outbox of this page, as its screens see it.
#[derive(Clone, PartialEq)]
pub(crate) struct OutboxHandle {
    /// The device that sends.
    device: AttrValue,
    outbox: UseReducerHandle<Outbox>,
    /// The key of the one whose answer an open screen takes itself.
    watched: Rc<RefCell<Option<String>>>,
}

impl OutboxHandle {
    /// Takes a press of the screen that is open, which watches over it: it is kept at once and then sent as soon as it can be. `life_ms`:
    /// how long it is worth something where it never went out. Its key; `None` when the browser gives no random bytes.
    #[must_use]
    pub(crate) fn put(&self, kind: &str, visit: &str, content: String, life_ms: i64) -> Option<String> {
        let key = PressKey::fresh()?.to_text();
        let made = now();
        let parcel = Parcel {
            key: key.clone(),
            kind: kind.to_owned(),
            device: self.device.to_string(),
            visit: visit.to_owned(),
            content,
            made,
            until: made.plus_ms(life_ms.max(0)),
            was_out: false,
            is_kept: false,
        };
        *self.watched.borrow_mut() = Some(key.clone());
        let outbox = self.outbox.dispatcher();
        spawn_local(async move {
            // Where nothing can be kept it still goes out, as long as the page stands.
            let is_kept = keep(&parcel).await;
            outbox.dispatch(Act::Puts(Parcel { is_kept, ..parcel }));
        });
        Some(key)
    }

    /// All parcels, and how far they have come.
    #[must_use]
    pub(crate) fn entries(&self) -> &[Entry] {
        self.outbox.entries()
    }

    /// The one of this key, once it is kept.
    #[must_use]
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.parcel.key == key)
    }

    /// All but the one whose end an open screen shows itself.
    #[must_use]
    pub(crate) fn unwatched(&self) -> Vec<Entry> {
        let watched = self.watched.borrow();
        let is_shown = |entry: &&Entry| {
            let is_open = matches!(entry.state, State::Waiting { .. } | State::Sending { .. });
            is_open || watched.as_deref() != Some(entry.parcel.key.as_str())
        };
        self.entries().iter().filter(is_shown).cloned().collect()
    }

    /// No screen takes the answer itself any more.
    pub(crate) fn unwatch(&self) {
        *self.watched.borrow_mut() = None;
    }

    /// A person has read what became of the one of this key, or is shown it: it goes, on the device too.
    pub(crate) fn dismiss(&self, key: &str) {
        self.outbox.dispatch(Act::Dismisses(key.to_owned()));
        self.take_out(key);
    }

    /// It has arrived: nothing of it stays on the device.
    pub(crate) fn take_out(&self, key: &str) {
        let key = key.to_owned();
        spawn_local(async move { boxes::remove(&key).await });
    }

    /// Its answer asks back, and nobody is there to answer.
    pub(crate) fn asks(&self, key: &str) {
        self.outbox.dispatch(Act::Asks(key.to_owned()));
    }

    /// Sends now what waits.
    pub(crate) fn hurry(&self) {
        self.outbox.dispatch(Act::Hurries(now()));
    }
}

/// The browser's clock: what is kept was made by the same one.
pub(in crate::device) fn now() -> UnixMs {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit by far")]
    UnixMs(js_sys::Date::now() as i64)
}

/// The outbox of this device; one for each page. What was kept before a reload goes out again under its old key; `onfound` is told first.
#[hook]
pub(crate) fn use_outbox(device: AttrValue, deliver: Deliver, onfound: Callback<()>) -> OutboxHandle {
    let outbox = use_reducer(Outbox::default);
    let watched = use_memo((), |()| RefCell::new(None));
    use_effect_with((), {
        let (outbox, device) = (outbox.dispatcher(), device.clone());
        move |()| {
            spawn_local({
                let outbox = outbox.clone();
                async move {
                    let mut parcels = boxes::list(now()).await;
                    parcels.retain(|parcel| device == parcel.device);
                    if !parcels.is_empty() {
                        onfound.emit(());
                    }
                    outbox.dispatch(Act::Loads(parcels, now()));
                }
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
            let next = of.next(now()).cloned();
            let wait_ms = of.wait_ms(now()).filter(|_| next.is_none());
            if let Some(parcel) = next {
                outbox.dispatch(Act::Takes(parcel.key.clone()));
                let outbox = outbox.clone();
                spawn_local(async move {
                    let parcel = Parcel { was_out: true, ..parcel };
                    keep(&parcel).await;
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
    OutboxHandle { device, outbox, watched }
}
