//! What a person would lose by leaving the screen: a secret that is shown once. While there is any, leaving asks first.

use std::cell::Cell;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::BeforeUnloadEvent;
use yew::prelude::*;

thread_local! {
    /// How many such things stand on the screen.
    static HELD: Cell<u32> = const { Cell::new(0) };
    /// The person has been asked, and goes.
    static GOES: Cell<bool> = const { Cell::new(false) };
}

/// True while leaving has to be asked about.
#[must_use]
pub fn is_held() -> bool {
    HELD.get() > 0 && !GOES.get()
}

/// The person has said that they leave: nothing asks again until what was held is gone.
pub fn let_go() {
    GOES.set(true);
}

/// While this stands on a screen, leaving it asks first: here by the browser, in the page by whoever looks at [`is_held`].
#[component]
pub fn Hold() -> Html {
    use_effect_with((), |()| {
        HELD.set(HELD.get() + 1);
        let listener = Closure::<dyn Fn(BeforeUnloadEvent)>::new(|event: BeforeUnloadEvent| {
            if is_held() {
                event.prevent_default();
                // Older browsers ask for a text only; none shows it.
                event.set_return_value("?");
            }
        });
        let window = web_sys::window();
        if let Some(window) = &window {
            let _ = window.add_event_listener_with_callback("beforeunload", listener.as_ref().unchecked_ref());
        }
        move || {
            HELD.set(HELD.get().saturating_sub(1));
            if HELD.get() == 0 {
                GOES.set(false);
            }
            if let Some(window) = &window {
                let _ = window.remove_event_listener_with_callback("beforeunload", listener.as_ref().unchecked_ref());
            }
        }
    });
    Html::default()
}
