//! Asks before a screen is left on which a secret stands that is shown once.

use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::part::{Confirm, hold};
use crate::text::office::leave as words;

/// What the person wanted to do.
#[derive(Clone, PartialEq)]
enum Way {
    /// A link of the page.
    Link(HtmlElement),
    /// The way back of the browser.
    Back,
    /// Something else of the page.
    Deed(Callback<()>),
}

/// A deed that leaves the screen: done at once, or after the question.
#[derive(Clone, PartialEq)]
pub(crate) struct Leaving(Callback<Callback<()>>);

impl Leaving {
    /// Does it, where need be after the question.
    pub(crate) fn or_ask(&self, deed: Callback<()>) {
        self.0.emit(deed);
    }
}

/// Says what is on the page.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LeaveGuardProps {
    /// The screens, which find [`Leaving`] in their context.
    pub(crate) children: Html,
}

/// Catches links, the way back and what calls [`Leaving::or_ask`], while something is held.
#[component]
pub(crate) fn LeaveGuard(props: &LeaveGuardProps) -> Html {
    let asked = use_state(|| None::<Way>);
    use_effect_with((), {
        let asked = asked.clone();
        move |()| catch(move |way| asked.set(Some(way)))
    });
    let leaving = use_memo((), |()| {
        let asked = asked.clone();
        Leaving(Callback::from(move |deed: Callback<()>| if hold::is_held() { asked.set(Some(Way::Deed(deed))) } else { deed.emit(()) }))
    });
    let onclose = {
        let asked = asked.clone();
        Callback::from(move |()| asked.set(None))
    };
    let onact = {
        let asked = asked.clone();
        Callback::from(move |_| {
            hold::let_go();
            let way = (*asked).clone();
            asked.set(None);
            match way {
                Some(Way::Link(link)) => link.click(),
                Some(Way::Back) => {
                    // A refusal leaves the page where it is: the person presses again.
                    let _ = web_sys::window().and_then(|window| window.history().ok()).map(|history| history.back());
                }
                Some(Way::Deed(deed)) => deed.emit(()),
                None => {}
            }
        })
    };
    html! {
        <ContextProvider<Leaving> context={(*leaving).clone()}>
            { props.children.clone() }
            if asked.is_some() {
                <Confirm id="leave-ask" title={words::ASK} act={words::ACT} {onact} {onclose}><p>{ words::WHAT }</p></Confirm>
            }
        </ContextProvider<Leaving>>
    }
}

/// Called with a way that a person takes while something is held.
type OnWay = Rc<dyn Fn(Way)>;

/// Catches ways, until the returned cleaner runs.
fn catch(onway: impl Fn(Way) + 'static) -> impl FnOnce() {
    let onway: OnWay = Rc::new(onway);
    ONWAY.set(Some(onway.clone()));
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if let Some(link) = pressed_link(&event).filter(|_| hold::is_held()) {
            event.prevent_default();
            event.stop_immediate_propagation();
            onway(Way::Link(link));
        }
    });
    // The body hears a press before what draws the screens does, and after the guard against two quick taps.
    let body = web_sys::window().and_then(|window| window.document()).and_then(|document| document.body());
    if let Some(body) = &body {
        let _ = body.add_event_listener_with_callback_and_bool("click", listener.as_ref().unchecked_ref(), true);
    }
    move || {
        ONWAY.set(None);
        if let Some(body) = &body {
            let _ = body.remove_event_listener_with_callback_and_bool("click", listener.as_ref().unchecked_ref(), true);
        }
    }
}

/// Hears the way back, as long as the page lives. To be called before anything draws: browsers tell the window's listeners of it in the order
/// in which they came, whether they catch or not, and the router's would have left the screen before.
pub(crate) fn hear_way_back() {
    let Some(window) = web_sys::window() else { return };
    let here = window.clone();
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let Some(onway) = ONWAY.with_borrow(Clone::clone).filter(|_| hold::is_held()) else { return };
        event.stop_immediate_propagation();
        if let (Ok(history), Some(address)) = (here.history(), SCREEN.with_borrow(Clone::clone)) {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
        }
        onway(Way::Back);
    });
    let _ = window.add_event_listener_with_callback_and_bool("popstate", listener.as_ref().unchecked_ref(), true);
    listener.forget();
}

thread_local! {
    /// Who is told of the way back.
    static ONWAY: std::cell::RefCell<Option<OnWay>> = const { std::cell::RefCell::new(None) };
    /// Address of the screen that is shown: a way back has changed the browser's before it is heard of.
    static SCREEN: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

/// Says which screen is shown.
pub(crate) fn stands_at(path: &str) {
    SCREEN.set(Some(path.to_owned()));
}

/// The link that a press would follow in this page.
fn pressed_link(event: &Event) -> Option<HtmlElement> {
    let press = event.dyn_ref::<MouseEvent>()?;
    if press.ctrl_key() || press.meta_key() || press.shift_key() || press.button() != 0 {
        return None;
    }
    let link = event.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok()??;
    // A file to save leaves the screen where it is.
    if link.has_attribute("download") || link.has_attribute("target") { None } else { link.dyn_into().ok() }
}
