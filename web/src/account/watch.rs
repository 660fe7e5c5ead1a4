//! The watch over the screens of an account: nobody touches them, they are locked, the login ends.

use gloo_timers::callback::Interval;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{KeyboardEvent, StorageEvent};
use yew::prelude::*;

use super::lock::{Covered, Locked};
use super::veil::Veil;
use crate::part::{IdleGuard, Notice, Tone};
use crate::session::{SignedIn, use_session};
use crate::text::office::{frame, lock as words};

/// The end of the login is said so long before, milliseconds (trust: absolute limit).
const LAST_MS: i64 = 5 * 60_000;
/// How often that is looked at, milliseconds.
const LOOK_MS: u32 = 5_000;

/// Says what is watched.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct WatchedProps {
    /// The screens are covered after so long without a touch, milliseconds; `None`: not before they are locked.
    pub(crate) cover_ms: Option<i64>,
    /// The screens.
    pub(crate) children: Html,
}

/// The screens, or what stands in their place while they are covered or locked.
#[component]
pub(crate) fn Watched(props: &WatchedProps) -> Html {
    let signed_in = use_session();
    let is_locked = signed_in.session.is_locked;
    let is_covered = use_state_eq(|| false);
    let (life, signs) = (use_state(|| 0_u64), use_mut_ref(|| 0_u64));
    use_effect_with(signed_in.clone(), {
        let life = life.clone();
        move |signed_in| {
            let signed_in = signed_in.clone();
            listen(move |heard| match heard {
                Heard::LockKey if !signed_in.session.is_locked => signed_in.lock(),
                Heard::LockKey => {}
                Heard::Storage(name) => {
                    if signed_in.hear(name.as_deref()) {
                        *signs.borrow_mut() += 1;
                        life.set(*signs.borrow());
                    }
                }
            })
        }
    });
    use_effect_with(is_locked, {
        let is_covered = is_covered.clone();
        move |_| is_covered.set(false)
    });
    // Stable over renders: a new callback would restart the watch.
    let latest = use_mut_ref(|| signed_in.clone());
    *latest.borrow_mut() = signed_in.clone();
    let onidle = use_callback((), {
        let latest = latest.clone();
        move |(), ()| latest.borrow().lock()
    });
    let onlife = use_callback((), move |(), ()| latest.borrow().stay());
    let oncover = use_callback((), {
        let is_covered = is_covered.clone();
        move |(), ()| is_covered.set(true)
    });
    let oncontinue = Callback::from({
        let is_covered = is_covered.clone();
        move |()| is_covered.set(false)
    });
    let instead = if is_locked {
        html! { <Locked /> }
    } else {
        html! { <Covered {oncontinue} /> }
    };
    html! {
        <>
            <Veil is_on={is_locked || *is_covered} {instead}>{ props.children.clone() }</Veil>
            if !is_locked {
                // Last: it sticks to the lower edge of the window.
                <IdleGuard limit_ms={signed_in.session.idle_ms} cover_ms={props.cover_ms} life={*life} warning={frame::IDLE_WARNING}
                    onword={frame::IDLE_CONTINUE} {onidle} {onlife} {oncover} />
            }
            <LastMinutes />
        </>
    }
}

/// Something that concerns all screens.
enum Heard {
    /// The key that locks.
    LockKey,
    /// Another page of this browser has changed what is kept under this name.
    Storage(Option<String>),
}

/// Listens until the returned cleaner runs.
fn listen(onheard: impl Fn(Heard) + 'static) -> impl FnOnce() {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if let Some(event) = event.dyn_ref::<StorageEvent>() {
            onheard(Heard::Storage(event.key()));
        } else if let Some(event) = event.dyn_ref::<KeyboardEvent>().filter(|event| is_lock_key(event)) {
            event.prevent_default();
            onheard(Heard::LockKey);
        }
    });
    let window = web_sys::window();
    for name in ["storage", "keydown"] {
        if let Some(window) = &window {
            let _ = window.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
    }
    move || {
        for name in ["storage", "keydown"] {
            if let Some(window) = &window {
                let _ = window.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            }
        }
    }
}

/// Alt+Shift+L, by the place of the key: with Alt some keyboards give another letter.
fn is_lock_key(event: &KeyboardEvent) -> bool {
    event.alt_key() && event.shift_key() && !event.ctrl_key() && !event.meta_key() && event.code() == "KeyL"
}

/// Warns before the login ends whatever happens, and asks the server once it should have.
#[component]
fn LastMinutes() -> Html {
    let signed_in = use_session();
    let left_ms = use_state_eq(|| None::<i64>);
    use_effect_with(signed_in, {
        let left_ms = left_ms.clone();
        move |signed_in| {
            let look = {
                let signed_in: SignedIn = signed_in.clone();
                move || {
                    let left = signed_in.session.ends_at.0 - signed_in.now().0;
                    left_ms.set((left <= LAST_MS).then_some(minutes(left)));
                    if left <= 0 {
                        signed_in.ask_again();
                    }
                }
            };
            let tick = Interval::new(LOOK_MS, look);
            move || drop(tick)
        }
    });
    html! {
        <div class="idle" role="status">
            if let Some(minutes) = *left_ms {
                <Notice tone={Tone::Warn} title={words::ends_in(minutes)} />
            }
        </div>
    }
}

/// Minutes that are left, the last one begun counts.
fn minutes(left_ms: i64) -> i64 {
    left_ms.max(0).div_euclid(60_000) + i64::from(left_ms > 0 && left_ms % 60_000 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_minutes_are_counted_as_begun() {
        for (left_ms, expected) in [(LAST_MS, 5), (LAST_MS - 1, 5), (240_000, 4), (1, 1), (0, 0), (-5, 0)] {
            assert_eq!(minutes(left_ms), expected, "{left_ms}");
        }
    }
}
