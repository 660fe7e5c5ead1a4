//! The client of the helper on loopback: [`machine`] decides, this file opens the socket and asks the browser.
//!
//! Never here: a digit of a PIN (the helper's own frame takes them), a request to the server.

pub mod machine;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::api::HelperAt;
use shared::reader::{Frame, Op, Request, WS_PATH};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CloseEvent, MessageEvent, PermissionState, PermissionStatus, WebSocket};
use yew::prelude::*;

pub use machine::{Ask, CardId, Got, Input, Machine, Permission, Phones, Place, Readers, Seen, Shown, Signed, View, Want, Why};

use machine::Effect;

use crate::json;

mod known;

/// The way to the helper while the screen is shown; dropping it closes the socket, which ends what the card does.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    helper: HelperAt,
    machine: RefCell<Machine>,
    socket: RefCell<Option<Socket>>,
    wake: RefCell<Option<Timeout>>,
    /// What the helper of this connection has to sign, and then its key.
    handshake: RefCell<known::Handshake>,
    /// The screen is gone: whatever still arrives is dropped.
    is_over: Cell<bool>,
    onshow: Callback<Shown>,
    ongot: Callback<Got>,
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Client {
    /// Makes a client that has done nothing yet: begin with [`Input::Begin`].
    #[must_use]
    pub fn new(helper: HelperAt, onshow: Callback<Shown>, ongot: Callback<Got>) -> Self {
        let (machine, socket, wake) = (RefCell::new(Machine::new()), RefCell::new(None), RefCell::new(None));
        let handshake = RefCell::default();
        Self(Rc::new(Inner { helper, machine, socket, wake, handshake, is_over: Cell::new(false), onshow, ongot }))
    }

    /// Gives the machine its input and does what it asks for.
    pub fn feed(&self, input: Input) {
        if self.0.is_over.get() {
            return;
        }
        let (effects, shown) = {
            let mut machine = self.0.machine.borrow_mut();
            (machine.step(input), machine.shown())
        };
        self.0.onshow.emit(shown);
        for effect in effects {
            self.perform(effect);
        }
    }

    /// What the person sees now.
    #[must_use]
    pub fn view(&self) -> View {
        self.0.machine.borrow().view()
    }

    /// Ends it: closes the socket, forgets the timers, hears nothing more.
    pub fn hang_up(&self) {
        self.0.is_over.set(true);
        self.0.socket.take();
        self.0.wake.take();
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Dial => {
                self.0.wake.take();
                let socket = Socket::open(self);
                // A refused form of address counts like a closed socket.
                let is_open = socket.is_some();
                self.0.socket.replace(socket);
                if !is_open {
                    self.feed_soon(Input::Closed);
                }
            }
            Effect::HangUp => drop(self.0.socket.take()),
            Effect::Send(mut request) => {
                if let Op::Hello { nonce, .. } = &mut request.op {
                    let handshake = known::Handshake::new();
                    nonce.clone_from(&handshake.nonce);
                    self.0.handshake.replace(handshake);
                }
                if let Some(socket) = self.0.socket.borrow_mut().as_mut() {
                    socket.send(&request);
                }
            }
            Effect::Meet(identity) => {
                let client = self.clone();
                let nonce = self.0.handshake.borrow().nonce.clone();
                spawn_local(async move {
                    let key = known::key(identity.as_ref(), nonce.as_ref()).await;
                    // Another connection may have begun meanwhile; it asks for itself.
                    if client.0.handshake.borrow().nonce == nonce {
                        let is_known = client.0.handshake.borrow_mut().judge(key);
                        client.feed(Input::Met(is_known));
                    }
                });
            }
            Effect::Remember => self.0.handshake.borrow().remember(),
            Effect::AskPermission => {
                let client = self.clone();
                spawn_local(async move { client.feed(Input::Permission(permission().await)) });
            }
            Effect::LookAtPort => {
                let client = self.clone();
                spawn_local(async move { client.feed(Input::Looked(look_at_port(client.0.helper).await)) });
            }
            Effect::WakeIn(ms) => {
                let weak = Rc::downgrade(&self.0);
                let wake = Timeout::new(ms, move || {
                    if let Some(inner) = weak.upgrade() {
                        Self(inner).feed(Input::Wake);
                    }
                });
                self.0.wake.replace(Some(wake));
            }
            Effect::Deliver(got) => self.0.ongot.emit(got),
        }
    }

    fn feed_soon(&self, input: Input) {
        let weak = Rc::downgrade(&self.0);
        spawn_local(async move {
            if let Some(inner) = weak.upgrade() {
                Self(inner).feed(input);
            }
        });
    }
}

/// The helper of a screen: begun with it, told whether the page is seen, hung up at its end. The callbacks of the first drawing count.
#[hook]
pub fn use_client(helper: HelperAt, onlife: Callback<()>, ongot: Callback<Got>) -> (UseStateHandle<Shown>, Rc<Client>) {
    let shown = use_state_eq(|| Machine::new().shown());
    let client = use_memo(helper, {
        let shown = shown.setter();
        move |helper| {
            let former = RefCell::new(View::Connecting);
            let onshow = Callback::from(move |now: Shown| {
                if now.view.is_sign_of_life_after(&former.replace(now.view.clone())) {
                    onlife.emit(());
                }
                shown.set(now);
            });
            Client::new(*helper, onshow, ongot)
        }
    });
    use_effect_with((), {
        let client = client.clone();
        move |()| attend(&client)
    });
    (shown, client)
}

/// Begins, watches whether the page is seen, and hangs up at the end.
fn attend(client: &Rc<Client>) -> impl FnOnce() + use<> {
    let unwatch = watch_seen({
        let client = client.clone();
        move |is_seen| client.feed(Input::Seen(is_seen))
    });
    client.feed(Input::Begin(place()));
    let client = client.clone();
    move || {
        unwatch();
        client.hang_up();
    }
}

/// Tells whenever the page is seen (`true`) or hidden, until the returned function is called.
pub fn watch_seen(onseen: impl Fn(bool) + 'static) -> impl FnOnce() {
    let document = web_sys::window().and_then(|window| window.document());
    let listener = {
        let document = document.clone();
        Closure::<dyn Fn()>::new(move || onseen(document.as_ref().is_none_or(|document| !document.hidden())))
    };
    if let Some(document) = &document {
        let _ = document.add_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
    }
    move || {
        if let Some(document) = document {
            let _ = document.remove_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
        }
    }
}

type Listeners = (Closure<dyn Fn()>, Closure<dyn Fn(MessageEvent)>, Closure<dyn Fn(CloseEvent)>);

/// A WebSocket with its listeners. The browser's own type: it sends without waiting and closes on drop.
struct Socket {
    raw: WebSocket,
    /// Frames that wait for the socket to open.
    waiting: Rc<RefCell<Vec<String>>>,
    _listeners: Listeners,
}

impl Socket {
    fn open(client: &Client) -> Option<Self> {
        let raw = WebSocket::new(&format!("{}{WS_PATH}", client.0.helper.socket())).ok()?;
        let waiting: Rc<RefCell<Vec<String>>> = Rc::default();
        let onopen = {
            let (raw, waiting) = (raw.clone(), waiting.clone());
            Closure::<dyn Fn()>::new(move || {
                for text in waiting.take() {
                    let _ = raw.send_with_str(&text);
                }
            })
        };
        let onmessage = {
            let weak = Rc::downgrade(&client.0);
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                let frame = event.data().as_string().and_then(|text| json::read::<Frame>(&text).ok());
                if let Some(inner) = weak.upgrade() {
                    Client(inner).feed(frame.map_or(Input::Garbled, Input::Frame));
                }
            })
        };
        let onclose = {
            let weak = Rc::downgrade(&client.0);
            Closure::<dyn Fn(CloseEvent)>::new(move |_: CloseEvent| {
                if let Some(inner) = weak.upgrade() {
                    // Feeding may drop this very listener: not while it runs.
                    Client(inner).feed_soon(Input::Closed);
                }
            })
        };
        raw.set_onopen(Some(onopen.as_ref().unchecked_ref()));
        raw.set_onmessage(Some(onmessage.as_ref().unchecked_ref()));
        raw.set_onclose(Some(onclose.as_ref().unchecked_ref()));
        Some(Self { raw, waiting, _listeners: (onopen, onmessage, onclose) })
    }

    fn send(&mut self, request: &Request) {
        let Ok(text) = serde_json::to_string(request) else { return };
        if self.raw.ready_state() == WebSocket::OPEN {
            // A socket that closes meanwhile says so by its close event.
            let _ = self.raw.send_with_str(&text);
        } else {
            self.waiting.borrow_mut().push(text);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.raw.set_onopen(None);
        self.raw.set_onmessage(None);
        self.raw.set_onclose(None);
        let _ = self.raw.close();
    }
}

/// Where this page runs.
#[must_use]
pub fn place() -> Place {
    let Some(window) = web_sys::window() else { return Place::Public };
    let navigator = window.navigator();
    let agent = navigator.user_agent().unwrap_or_default();
    let touch_points = js_sys::Reflect::get(&navigator, &JsValue::from_str("maxTouchPoints")).ok().and_then(|value| value.as_f64());
    if is_phone(&agent, &navigator.platform().unwrap_or_default(), touch_points.unwrap_or(0.0) > 1.0) {
        return Place::Phone;
    }
    match window.location().hostname().unwrap_or_default().as_str() {
        "localhost" | "127.0.0.1" | "[::1]" => Place::Loopback,
        _ => Place::Public,
    }
}

/// True for iOS, iPadOS and Android: none can run the helper. As a "desktop" an iPad calls itself a Mac and an Android tablet
/// a Linux PC; no Mac has a touch screen, and Chrome on Android gives `Linux armv…` as its platform.
fn is_phone(agent: &str, platform: &str, is_touch: bool) -> bool {
    let is_disguised = agent.contains("Macintosh") || platform.starts_with("Linux armv");
    ["iPhone", "iPad", "iPod", "Android"].iter().any(|name| agent.contains(name)) || is_touch && is_disguised
}

/// What the browser lets this page see of the helper's port, by the requests of `web/shell.js`; nothing when they cannot be made.
async fn look_at_port(helper: HelperAt) -> Seen {
    async fn look(helper: HelperAt) -> Result<js_sys::Array, JsValue> {
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let look: js_sys::Function = js_sys::Reflect::get(&window, &JsValue::from_str("uketsukeLookAtPort"))?.dyn_into()?;
        let promise: js_sys::Promise = look.call1(&JsValue::NULL, &JsValue::from_str(&helper.http()))?.dyn_into()?;
        JsFuture::from(promise).await?.dyn_into()
    }
    let Ok(seen) = look(helper).await else { return Seen::default() };
    let is = |place: u32| seen.get(place).is_truthy();
    Seen { health: seen.get(0).as_bool(), is_open: is(1), is_source_closed: is(2), is_collapsed: is(3), took_time: is(4) }
}

/// The origin of this page, as the helper's settings name it.
#[must_use]
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// The browser's word about `loopback-network`.
async fn permission() -> Permission {
    async fn ask() -> Result<Permission, JsValue> {
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let descriptor = js_sys::Object::new();
        js_sys::Reflect::set(&descriptor, &JsValue::from_str("name"), &JsValue::from_str("loopback-network"))?;
        let status: PermissionStatus = JsFuture::from(window.navigator().permissions()?.query(&descriptor)?).await?.dyn_into()?;
        Ok(match status.state() {
            PermissionState::Granted => Permission::Granted,
            PermissionState::Denied => Permission::Denied,
            _ => Permission::Prompt,
        })
    }
    ask().await.unwrap_or(Permission::NotKnown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_and_tablets_without_a_helper_are_known() {
        for (agent, platform, is_touch, expected) in [
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)", "iPhone", true, true),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "MacIntel", true, true), // an iPad as a desktop
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "MacIntel", false, false),
            ("Mozilla/5.0 (Linux; Android 16; Pixel)", "Linux armv81", true, true),
            ("Mozilla/5.0 (X11; Linux x86_64)", "Linux armv81", true, true), // an Android tablet as a desktop
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Win32", true, false),
            ("Mozilla/5.0 (X11; Linux x86_64)", "Linux x86_64", true, false),
            ("Mozilla/5.0 (X11; Linux x86_64)", "Linux x86_64", false, false),
        ] {
            assert_eq!(is_phone(agent, platform, is_touch), expected, "{agent} {platform}");
        }
    }
}
