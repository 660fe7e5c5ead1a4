//! Reader and card as the pages with a reader show them: state, the helper's own frame, the choice among readers.

use shared::api::HelperAt;
use shared::reader::{Asks, Reader, Step as Work};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Icon, Sign};
use super::{LiveRegion, Tone};
use crate::reader::{Readers, Shown, View, Why};
use crate::text::reader as t;

/// Says what the reader does.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ReaderBoxProps {
    /// The state.
    pub shown: Shown,
    /// Where the helper is, for its frame.
    pub helper: HelperAt,
    /// `U-X…` of a trouble.
    #[prop_or_default]
    pub code: Option<&'static str>,
    /// What happens and what to do; read aloud.
    pub words: Html,
    /// A reader was chosen by its id; `None` leaves it to the page.
    pub onchoose: Callback<Option<String>>,
    /// The buttons.
    pub children: Html,
}

/// Short name of a state for `data-reader`: tests and styles.
#[must_use]
pub fn state_name(view: &View) -> &'static str {
    match view {
        View::Phone => "phone",
        View::Connecting => "connecting",
        View::AskFirst => "ask-first",
        View::Denied => "denied",
        View::Absent(_) => "absent",
        View::OldHelper => "old-helper",
        View::OtherHelper => "other-helper",
        View::ServiceDown => "service-down",
        View::ServiceDenied => "service-denied",
        View::NoReader => "no-reader",
        View::PutCard => "put-card",
        View::PutCardBeside(_) => "put-card-beside",
        View::Recognising => "recognising",
        View::Held => "held",
        View::WrongCard(_) => "wrong-card",
        View::InUse => "in-use",
        View::Ready => "ready",
        View::Starting => "starting",
        View::Pin { .. } => "pin",
        View::Working(Work::Verifying) => "verifying",
        View::Working(Work::Signing) => "signing",
        View::Working(Work::Reading) => "reading",
        View::OnPad => "on-pad",
        View::Stopping => "stopping",
        View::StoppingOnPad => "stopping-on-pad",
        View::Done => "done",
        View::Failed(_) => "failed",
        View::Lost(_) => "lost",
    }
}

fn sign(view: &View) -> (Sign, Tone) {
    match view {
        View::Connecting | View::Recognising | View::Starting | View::Stopping | View::Working(_) => (Sign::Busy, Tone::Info),
        View::AskFirst | View::Denied | View::OtherHelper => (Sign::Locked, Tone::Warn),
        View::Phone | View::Absent(_) | View::OldHelper | View::ServiceDown | View::ServiceDenied | View::NoReader => {
            (Sign::Unplugged, Tone::Warn)
        }
        View::PutCard | View::PutCardBeside(_) | View::OnPad => (Sign::Reader, Tone::Info),
        View::StoppingOnPad => (Sign::Reader, Tone::Warn),
        View::Held | View::WrongCard(_) => (Sign::Card, Tone::Warn),
        View::InUse => (Sign::Elsewhere, Tone::Warn),
        View::Ready => (Sign::Card, Tone::Good),
        View::Pin { last_try: true, .. } => (Sign::Key, Tone::Warn),
        View::Pin { .. } => (Sign::Key, Tone::Info),
        View::Done => (Sign::Good, Tone::Good),
        View::Failed(_) | View::Lost(_) => (Sign::Bad, Tone::Bad),
    }
}

/// Icon, words, the helper's frame, help, buttons, and last the readers to choose from.
#[component]
pub fn ReaderBox(props: &ReaderBoxProps) -> Html {
    let Shown { view, readers, .. } = &props.shown;
    let (sign, tone) = sign(view);
    use_effect_with(state_name(view), |_| keep_focus());
    let origin = use_state_eq(String::new);
    use_effect_with((), {
        let origin = origin.setter();
        move |()| origin.set(crate::reader::origin())
    });
    // Turned or enlarged with the keys open: they stay in view. The fields of the other frame have the screen's keyboard beside them.
    use_effect_with(matches!(view, View::Pin { asks: Asks::Pin, .. }), |has_keys| {
        let unwatch = has_keys.then(|| watch_size(show_frame));
        move || {
            if let Some(unwatch) = unwatch {
                unwatch();
            }
        }
    });
    // Once somebody has chosen, the list stays: a list that closes under the arrow keys takes the focus with it.
    let has_chosen = use_mut_ref(|| false);
    *has_chosen.borrow_mut() |= readers.chosen.is_some();
    let is_open = *has_chosen.borrow();
    html! {
        <div id="reader" class={classes!("reader", tone.class())} tabindex="-1" data-reader={state_name(view)} data-code={props.code}>
            <div class="reader__state">
                <div class="reader__sign"><Icon {sign} /></div>
                <LiveRegion class="reader__words">{ props.words.clone() }</LiveRegion>
            </div>
            if let View::Pin { ticket, asks, .. } = view {
                <p class="reader__pin-lead">{ t::frame(*asks).1 }</p>
                <iframe key={ticket.clone()} id="pin-frame" class={frame_class(*asks)} title={t::frame(*asks).0} allow="loopback-network"
                    src={format!("{}/pin/{ticket}", props.helper.http())}></iframe>
            }
            if *view == View::Denied {
                <div class="reader__help">
                    <h2>{ t::HELP_ALLOW }</h2>
                    <ol>{ for t::HELP_ALLOW_STEPS.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
                </div>
            }
            if let View::Absent(why) = view {
                { for_technician(*why, &origin, props.helper) }
            }
            <div class="actions">{ props.children.clone() }</div>
            <LiveRegion class="reader__choice-lost">
                if readers.has_lost_choice {
                    <p>{ t::CHOICE_LOST }</p>
                }
            </LiveRegion>
            if !readers.all.is_empty() && *view != View::Done {
                { choice(readers, is_open, &props.onchoose) }
            }
        </div>
    }
}

/// What 端末の担当 can do about a helper that does not answer: the command, and a page that shows whether it runs.
fn for_technician(why: Why, origin: &str, helper: HelperAt) -> Html {
    let Some((what, command)) = t::for_technician(why, origin) else { return Html::default() };
    let may_run = matches!(why, Why::NotRunning | Why::Stopped);
    html! {
        <div class="reader__help">
            <h2>{ t::TECHNICIAN }</h2>
            <p>{ what }</p>
            <p class="reader__command"><code>{ command }</code></p>
            if may_run {
                <p><a href={helper.http()} target="_blank" rel="noreferrer">{ t::LOOK_AT_HELPER }</a>{ t::LOOK_AT_HELPER_MEANING }</p>
            }
        </div>
    }
}

/// The numbers on the card stand one below the other, the keys of the PIN beside each other.
fn frame_class(asks: Asks) -> &'static str {
    match asks {
        Asks::Pin | Asks::PhonePin => "pin-frame",
        Asks::FaceCode => "pin-frame pin-frame--long",
    }
}

/// One radio button per reader with what lies on it, and one that leaves it to the page.
fn choice(readers: &Readers, is_open: bool, onchoose: &Callback<Option<String>>) -> Html {
    let one = |id: Option<&str>, name: &str, what: &str| {
        let is_picked = readers.chosen.as_deref() == id;
        let onchange = onchoose.reform({
            let id = id.map(str::to_owned);
            move |_: Event| id.clone()
        });
        let value = id.unwrap_or_default().to_owned();
        html! {
            <label key={value.clone()} class="reader-choice__one">
                <input type="radio" name="reader-choice" {value} checked={is_picked} {onchange} />
                <span class="reader-choice__name">{ name }</span>
                <span class="reader-choice__what">{ what }</span>
            </label>
        }
    };
    // Most people never need it: it stays closed until someone opens it, or has chosen.
    html! {
        <details class="reader-choice" open={is_open}>
            <summary>{ t::CHOOSE }</summary>
            <fieldset>
                <legend>{ t::CHOICE }</legend>
                { one(None, t::AUTOMATIC, t::AUTOMATIC_MEANING) }
                { for readers.all.iter().map(|Reader { id, name, card }| one(Some(id), name, t::on_reader(*card))) }
            </fieldset>
        </details>
    }
}

/// A button that had the focus may be gone with its state: the helper's frame or the new state takes it.
fn keep_focus() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let target = document.get_element_by_id("pin-frame").or_else(|| {
        let is_lost = document.active_element().is_none_or(|element| element.tag_name() == "BODY");
        if is_lost { document.get_element_by_id("reader") } else { None }
    });
    if let Some(element) = target.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
    // After the focus, which scrolls as it likes.
    show_frame();
}

/// Brings the helper's frame into view: whole, down to its last key, or where the window is too low for that from its top.
fn show_frame() {
    let Some(window) = web_sys::window() else { return };
    let Some(frame) = window.document().and_then(|document| document.get_element_by_id("pin-frame")) else { return };
    let room = window.inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    frame.scroll_into_view_with_bool(f64::from(frame.client_height()) > room);
}

/// Tells whenever the window has another size, until the returned function is called.
fn watch_size(onsize: impl Fn() + 'static) -> impl FnOnce() {
    let listener = Closure::<dyn Fn()>::new(onsize);
    let window = web_sys::window();
    if let Some(window) = &window {
        let _ = window.add_event_listener_with_callback("resize", listener.as_ref().unchecked_ref());
    }
    move || {
        if let Some(window) = window {
            let _ = window.remove_event_listener_with_callback("resize", listener.as_ref().unchecked_ref());
        }
    }
}
