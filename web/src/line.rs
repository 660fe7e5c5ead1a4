//! Whether the server can be reached, and which build of the device page it serves. One small question answers both: `GET /d/build`,
//! without any right; where that page is not served, the answer says so.

use std::rc::Rc;

use futures_util::future::{Either, select};
use gloo_net::http::Request;
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{RequestCache, RequestCredentials, VisibilityState};
use yew::prelude::*;

/// Where the build is asked for.
const BUILD: &str = "/d/build";
/// With a line it is looked at so often, milliseconds.
const LOOK_MS: u32 = 30_000;
/// Without one so soon at first, then after twice the time, up to [`LOOK_MS`].
const SOON_MS: u32 = 1_000;
/// An answer that takes longer counts as none.
const LATE_MS: u32 = 8_000;

/// What a look, or the browser, said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// No answer of our server.
    Nothing,
    /// The build that is served; `None` where the server says none.
    Build(Option<AttrValue>),
    /// Not looked: nobody sees the page.
    NotLooked,
}

/// What is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    /// The page's own build; empty in one that knows none.
    own: AttrValue,
    misses: u32,
    served: Option<AttrValue>,
    /// Looks so far: each sets up the next.
    looks: u32,
}

impl Line {
    pub(crate) fn is_down(&self) -> bool {
        self.misses > 0
    }

    /// Another build is served than the page is of. A server that was put back to the build before counts too.
    pub(crate) fn is_old(&self) -> bool {
        !self.own.is_empty() && self.served.as_ref().is_some_and(|served| *served != self.own)
    }

    /// When to look next, milliseconds.
    fn wait_ms(&self) -> u32 {
        match self.misses {
            0 => LOOK_MS,
            misses => SOON_MS.saturating_mul(1 << (misses - 1).min(5)).min(LOOK_MS),
        }
    }
}

impl Reducible for Line {
    type Action = Heard;

    fn reduce(self: Rc<Self>, heard: Heard) -> Rc<Self> {
        let mut line = (*self).clone();
        line.looks = line.looks.wrapping_add(1);
        match heard {
            Heard::Nothing => line.misses = line.misses.saturating_add(1),
            Heard::Build(served) => {
                line.misses = 0;
                line.served = served.or(line.served);
            }
            Heard::NotLooked => {}
        }
        Rc::new(line)
    }
}

/// Reads an answer: a body that is no build of ours is another's page, such as that of a network that wants a login first.
fn read(status: u16, body: &str) -> Heard {
    let is_build = body.len() == 16 && body.bytes().all(|byte| byte.is_ascii_hexdigit());
    match status {
        200 if is_build => Heard::Build(Some(body.to_owned().into())),
        404 => Heard::Build(None),
        _ => Heard::Nothing,
    }
}

/// Looks once.
async fn look() -> Heard {
    let document = web_sys::window().and_then(|window| window.document());
    if document.is_some_and(|document| document.visibility_state() == VisibilityState::Hidden) {
        return Heard::NotLooked;
    }
    let request = Request::get(BUILD).credentials(RequestCredentials::Omit).cache(RequestCache::NoStore);
    let answer = async {
        let response = request.send().await.ok()?;
        Some(read(response.status(), &response.text().await.ok()?))
    };
    match select(Box::pin(answer), TimeoutFuture::new(LATE_MS)).await {
        Either::Left((Some(heard), _)) => heard,
        _ => Heard::Nothing,
    }
}

/// The build that the page is of, from its HTML.
pub(crate) fn own_build() -> AttrValue {
    let meta = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector("meta[name=uketsuke-build]").ok().flatten());
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default().into()
}

/// A call had no answer.
const LOST: &str = "uketsuke-lost";
/// What the browser tells by itself: the network is there or gone, someone looks at the page again; and what a call tells.
const EVENTS: [&str; 4] = ["online", "offline", "visibilitychange", LOST];

/// Says that a call had no answer: the line is looked at now, and not only in its time.
pub(crate) fn line_lost() {
    // Where no event can be made, it is looked at in its time.
    let _ = web_sys::window().zip(Event::new(LOST).ok()).map(|(window, event)| window.dispatch_event(&event));
}

/// The line of this page: looked at in time, and at once when the browser or a call says that something has changed. `own` gives the
/// page's build; empty where the page is never told that it is old.
#[hook]
pub(crate) fn use_line(own: fn() -> AttrValue) -> Line {
    let line = use_reducer(|| Line { own: own(), ..Line::default() });
    let look_now = {
        let line = line.dispatcher();
        move || {
            let line = line.clone();
            spawn_local(async move { line.dispatch(look().await) });
        }
    };
    use_effect_with((), {
        let (line, look_now) = (line.dispatcher(), look_now.clone());
        move |()| {
            let onevent = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
                // The browser knows: no need to ask.
                "offline" => line.dispatch(Heard::Nothing),
                _ => look_now(),
            });
            let target = |name: &str| {
                let window = web_sys::window()?;
                if name == "visibilitychange" { window.document().map(JsCast::unchecked_into) } else { Some(window.unchecked_into()) }
            };
            for name in EVENTS {
                let target: Option<web_sys::EventTarget> = target(name);
                let _ = target.map(|target| target.add_event_listener_with_callback(name, onevent.as_ref().unchecked_ref()));
            }
            move || {
                for name in EVENTS {
                    let target: Option<web_sys::EventTarget> = target(name);
                    let _ = target.map(|target| target.remove_event_listener_with_callback(name, onevent.as_ref().unchecked_ref()));
                }
            }
        }
    });
    use_effect_with(line.looks, {
        let wait_ms = if line.looks == 0 { 0 } else { line.wait_ms() };
        move |_| {
            let next = Timeout::new(wait_ms, look_now);
            move || drop(next)
        }
    });
    (*line).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "0123456789abcdef";

    fn after(heard: impl IntoIterator<Item = Heard>) -> Line {
        let start = Rc::new(Line { own: OWN.into(), ..Line::default() });
        (*heard.into_iter().fold(start, Reducible::reduce)).clone()
    }

    fn build(name: &'static str) -> Heard {
        Heard::Build(Some(name.into()))
    }

    #[test]
    fn one_missing_answer_is_said_and_one_answer_ends_it() {
        assert!(!after([]).is_down());
        assert!(after([build(OWN), Heard::Nothing]).is_down());
        assert!(!after([Heard::Nothing, Heard::Nothing, build(OWN)]).is_down());
        assert!(after([Heard::Nothing, Heard::NotLooked]).is_down(), "a page that nobody sees learns nothing");
    }

    #[test]
    fn it_is_looked_again_soon_at_first_and_never_without_a_pause() {
        let wait_after = |misses: usize| after(vec![Heard::Nothing; misses]).wait_ms();
        assert_eq!([0, 1, 2, 3, 5, 6, 7, 60].map(wait_after), [30_000, 1_000, 2_000, 4_000, 16_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn another_build_makes_the_page_old_and_none_does_not() {
        assert!(!after([]).is_old() && !after([build(OWN)]).is_old());
        assert!(after([build("fedcba9876543210")]).is_old());
        assert!(after([build("fedcba9876543210"), Heard::Nothing, Heard::Build(None)]).is_old(), "what was learnt stays");
        assert!(!after([build("fedcba9876543210"), build(OWN)]).is_old());
        let without = Line { served: Some(OWN.into()), ..Line::default() };
        assert!(!without.is_old(), "a page without a build of its own cannot tell");
    }

    #[test]
    fn the_page_of_another_network_is_no_answer() {
        assert_eq!(read(200, OWN), build(OWN));
        assert_eq!(read(404, "{}"), Heard::Build(None));
        for (status, body) in [(200, "<!doctype html><title>Wi-Fi</title>"), (200, ""), (502, OWN), (0, "")] {
            assert_eq!(read(status, body), Heard::Nothing, "{status} {body}");
        }
    }
}
