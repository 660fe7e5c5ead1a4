//! A wait that the server has asked for, counted down.

use std::cell::Cell;

use gloo_timers::callback::Interval;
use yew::prelude::*;

/// How long one still has to wait.
#[derive(Clone)]
pub(crate) struct Wait {
    /// Seconds.
    pub(crate) left_s: u32,
    state: UseStateHandle<u32>,
}

impl Wait {
    /// Begins a wait of so many seconds.
    pub(crate) fn begin(&self, seconds: u32) {
        self.state.set(seconds);
    }
}

/// A wait of this screen.
#[hook]
pub(crate) fn use_wait() -> Wait {
    let state = use_state(|| 0_u32);
    use_effect_with(*state > 0, {
        let state = state.clone();
        move |is_waiting| {
            let left = Cell::new(*state);
            let tick = is_waiting.then(|| {
                Interval::new(1_000, move || {
                    left.set(left.get().saturating_sub(1));
                    state.set(left.get());
                })
            });
            move || drop(tick)
        }
    });
    Wait { left_s: *state, state }
}
