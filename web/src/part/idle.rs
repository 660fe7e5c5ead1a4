//! Clears a screen that nobody touches.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Interval;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

use super::button::{Button, Look};
use super::notice::{Notice, Tone};
use crate::text;

/// The last stretch before clearing, in which the warning stands: one minute.
pub const WARN_MS: i64 = 60_000;
/// Shortest time between two calls of `onlife`, milliseconds.
const LIFE_MS: f64 = 60_000.0;
/// What counts as a sign of life.
const SIGNS_OF_LIFE: [&str; 3] = ["pointerdown", "keydown", "wheel"];

/// Says when and what to clear.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct IdleGuardProps {
    /// Time without a touch or key until `onidle`, milliseconds.
    pub limit_ms: i64,
    /// Any change counts as a sign of life: steps of the card, answers of the server.
    #[prop_or_default]
    pub life: u64,
    /// Called once when the time is over.
    pub onidle: Callback<()>,
    /// Called at most once a minute while there are signs of life: keeps a session on the server awake.
    #[prop_or_default]
    pub onlife: Callback<()>,
    /// What is said in the last minute.
    #[prop_or(AttrValue::Static(text::reception::IDLE_WARNING))]
    pub warning: AttrValue,
    /// Words of the button that goes on.
    #[prop_or(AttrValue::Static(text::reception::IDLE_CONTINUE))]
    pub onword: AttrValue,
}

/// How an idle stretch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Idle {
    Quiet,
    Warned,
    Over,
}

fn judge(idle_ms: i64, limit_ms: i64) -> Idle {
    if idle_ms >= limit_ms {
        Idle::Over
    } else if idle_ms >= limit_ms - WARN_MS {
        Idle::Warned
    } else {
        Idle::Quiet
    }
}

/// Watches touches and keys of the whole page; warns in the last minute; then calls `onidle`.
///
/// Measured on the wall clock, so a tablet that slept clears at its first tick after waking.
#[component]
pub fn IdleGuard(props: &IdleGuardProps) -> Html {
    let stands = use_state_eq(|| Idle::Quiet);
    let last = use_memo((), |()| Cell::new(0.0_f64));
    use_effect_with(props.life, {
        let last = last.clone();
        move |_| last.set(js_sys::Date::now())
    });
    use_effect_with((props.limit_ms, props.onidle.clone(), props.onlife.clone()), {
        let (last, stands) = (last.clone(), stands.clone());
        move |(limit_ms, onidle, onlife)| watch(&last, &stands, *limit_ms, onidle.clone(), onlife.clone())
    });
    let oncontinue = Callback::from(move |()| last.set(js_sys::Date::now()));
    html! {
        <div class="idle" role="alert">
            if *stands == Idle::Warned {
                <Notice tone={Tone::Warn} title={props.warning.clone()}>
                    <Button look={Look::Primary} id="idle-continue" onpress={oncontinue}>{ &props.onword }</Button>
                </Notice>
            }
        </div>
    }
}

/// Listens and ticks until the returned cleaner runs.
fn watch(
    last: &Rc<Cell<f64>>,
    stands: &UseStateHandle<Idle>,
    limit_ms: i64,
    onidle: Callback<()>,
    onlife: Callback<()>,
) -> impl FnOnce() + use<> {
    let listener = {
        let (last, stands) = (last.clone(), stands.clone());
        Closure::<dyn Fn()>::new(move || {
            last.set(js_sys::Date::now());
            stands.set(Idle::Quiet);
        })
    };
    let target = web_sys::window();
    for name in SIGNS_OF_LIFE {
        if let Some(target) = &target {
            let _ = target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
    }
    let tick = {
        let (last, stands) = (last.clone(), stands.clone());
        let told = Cell::new(js_sys::Date::now());
        Interval::new(1_000, move || {
            if last.get() > told.get() && js_sys::Date::now() - told.get() >= LIFE_MS {
                told.set(js_sys::Date::now());
                onlife.emit(());
            }
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a page's life fit by far")]
            let idle_ms = (js_sys::Date::now() - last.get()) as i64;
            let now = judge(idle_ms, limit_ms);
            stands.set(now);
            if now == Idle::Over {
                last.set(js_sys::Date::now());
                onidle.emit(());
            }
        })
    };
    move || {
        drop(tick);
        for name in SIGNS_OF_LIFE {
            if let Some(target) = &target {
                let _ = target.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_minute_warns_and_the_limit_clears() {
        let limit = 5 * 60_000;
        for (idle_ms, expected) in [
            (0, Idle::Quiet),
            (239_999, Idle::Quiet),
            (240_000, Idle::Warned),
            (299_999, Idle::Warned),
            (300_000, Idle::Over),
            (9_999_999, Idle::Over),
        ] {
            assert_eq!(judge(idle_ms, limit), expected, "{idle_ms}");
        }
    }
}
