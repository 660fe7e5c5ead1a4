//! 「文字を大きく」: on this device, over the end of a session.

use gloo_storage::{LocalStorage, Storage as _};
use yew::prelude::*;

use crate::part::{CheckField, Panel};
use crate::reception::text_size::TextSize;
use crate::text::office::device_settings as words;

const NAME: &str = "uketsuke.device.text";

/// Shows the size that was chosen last.
pub(crate) fn as_before() {
    show(is_large());
}

fn is_large() -> bool {
    LocalStorage::get(NAME).unwrap_or(false)
}

fn show(is_large: bool) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root {
        // The style sheet goes by it. A refusal leaves the size as it was.
        let _ = if is_large { root.set_attribute("data-text", "1") } else { root.remove_attribute("data-text") };
    }
}

/// The patient's own size, for one check: the device has its own again when it goes.
#[component]
pub(crate) fn PatientTextSize() -> Html {
    let size = use_state(|| 0);
    use_effect_with((), {
        let size = size.clone();
        move |()| {
            size.set(usize::from(is_large()));
            as_before
        }
    });
    let onsize = {
        let size = size.clone();
        Callback::from(move |wanted| size.set(wanted))
    };
    html! { <TextSize size={*size} {onsize} /> }
}

/// The tick.
#[component]
pub(super) fn TextSizePanel() -> Html {
    let is_on = use_state(|| false);
    use_effect_with((), {
        let is_on = is_on.clone();
        move |()| is_on.set(is_large())
    });
    let onchange = {
        let is_on = is_on.clone();
        Callback::from(move |wanted: bool| {
            // A browser that keeps nothing shows it until it is closed.
            let _ = LocalStorage::set(NAME, wanted);
            show(wanted);
            is_on.set(wanted);
        })
    };
    html! {
        <Panel title={words::TEXT_TITLE}>
            <CheckField id="text-large" label={words::TEXT_LARGE} hint={words::TEXT_HINT} is_on={*is_on} {onchange} />
        </Panel>
    }
}
