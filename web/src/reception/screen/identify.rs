//! RW-5 本人確認: joins the page to the helper while the screen is shown.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::reader_panel::{ReaderPanel, state_name};
use crate::part::{Button, Heading, Look, Notice, Tone};
use crate::reader::{self, Ask, Client, Input, Signed, View};
use crate::reception::work::Work;
use crate::text::reception as t;

/// Says what is to be signed, and by which way.
#[derive(Clone, PartialEq, Properties)]
pub struct IdentifyProps {
    /// Calls to the server.
    pub work: Work,
    /// Port of the helper.
    pub helper_port: u16,
    /// A call is on its way.
    pub is_busy: bool,
    /// A reload lost an unsent signature.
    pub asks_pin_again: bool,
    /// A sign of life: a reading that goes on.
    pub onlife: Callback<()>,
    /// To the ways without a card.
    pub onpaper: Callback<()>,
    /// Back to the choices.
    pub onback: Callback<()>,
}

/// RW-5 本人確認. Only a press starts an operation; leaving the screen ends it and frees the card.
#[component]
pub fn Identify(props: &IdentifyProps) -> Html {
    let view = use_state_eq(|| View::Connecting);
    let client = use_memo(props.helper_port, {
        let (view, onlife, work) = (view.setter(), props.onlife.clone(), props.work.clone());
        move |port| {
            let former = RefCell::new(View::Connecting);
            let onview = Callback::from(move |now: View| {
                if now.is_sign_of_life_after(&former.replace(now.clone())) {
                    onlife.emit(());
                }
                view.set(now);
            });
            let onsigned = Callback::from(move |signed: Signed| work.clone().prove(signed));
            Client::new(*port, onview, onsigned)
        }
    });
    use_effect_with((), {
        let client = client.clone();
        move |()| attend(&client)
    });
    use_effect_with(state_name(&view), |_| keep_focus());

    let start = {
        let (client, work) = (client.clone(), props.work.clone());
        let is_fetching = use_mut_ref(|| Rc::new(Cell::new(false)));
        move |takes_over: bool| {
            let (client, work, is_fetching) = (client.clone(), work.clone(), is_fetching.borrow().clone());
            if is_fetching.replace(true) {
                return;
            }
            spawn_local(async move {
                if let Some(challenge) = work.challenge().await {
                    client.feed(Input::Start(Ask { nonce: challenge.nonce, statement: challenge.statement, takes_over }));
                }
                is_fetching.set(false);
            });
        }
    };
    let onagain = {
        let (client, start) = (client.clone(), start.clone());
        Callback::from(move |()| {
            client.feed(Input::Dismiss);
            if client.view() == View::Ready {
                start(false);
            }
        })
    };
    let feed = |input: Input| {
        let client = client.clone();
        Callback::from(move |()| client.feed(input.clone()))
    };
    let is_at_rest = !matches!(*view, View::Starting | View::Pin { .. } | View::Working(_) | View::Stopping | View::Signed);
    html! {
        <>
            <Heading text={t::IDENTIFY} />
            if is_at_rest && *view != View::Phone {
                <p>{ t::IDENTIFY_LEAD }</p>
            }
            if props.asks_pin_again && is_at_rest {
                <Notice tone={Tone::Info} title={t::PIN_AGAIN}><p>{ t::PIN_AGAIN_STORED }</p></Notice>
            }
            <ReaderPanel view={(*view).clone()} helper_port={props.helper_port} is_busy={props.is_busy}
                onstart={let start = start.clone(); Callback::from(move |()| start(false))}
                ontake={Callback::from(move |()| start(true))}
                onstop={feed(Input::Cancel)} {onagain} onconnect={feed(Input::Connect)} onpaper={props.onpaper.clone()} />
            <details class="help"><summary>{ t::HELP_PIN }</summary><p>{ t::HELP_PIN_TEXT }</p></details>
            <details class="help"><summary>{ t::HELP_CARD }</summary><p>{ t::HELP_CARD_TEXT }</p></details>
            if is_at_rest {
                <div class="actions">
                    <Button look={Look::Quiet} id="paper-link" is_off={props.is_busy} onpress={props.onpaper.clone()}>{ t::TO_PAPER }</Button>
                    <Button look={Look::Quiet} id="correct" is_off={props.is_busy} onpress={props.onback.clone()}>{ t::CORRECT }</Button>
                </div>
            }
        </>
    }
}

/// Begins, watches whether the page is seen, and hangs up at the end.
fn attend(client: &Rc<Client>) -> impl FnOnce() + use<> {
    let document = web_sys::window().and_then(|window| window.document());
    let onseen = {
        let (client, document) = (client.clone(), document.clone());
        Closure::<dyn Fn()>::new(move || {
            client.feed(Input::Seen(document.as_ref().is_none_or(|document| !document.hidden())));
        })
    };
    if let Some(document) = &document {
        let _ = document.add_event_listener_with_callback("visibilitychange", onseen.as_ref().unchecked_ref());
    }
    client.feed(Input::Begin(reader::place()));
    let client = client.clone();
    move || {
        if let Some(document) = document {
            let _ = document.remove_event_listener_with_callback("visibilitychange", onseen.as_ref().unchecked_ref());
        }
        client.hang_up();
    }
}

/// A button that had the focus may be gone with its state: the PIN frame or the new state takes it.
fn keep_focus() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let frame = document.get_element_by_id("pin-frame");
    if let Some(frame) = &frame {
        // Down to its last key, 確定.
        frame.scroll_into_view_with_bool(false);
    }
    let target = frame.or_else(|| {
        let is_lost = document.active_element().is_none_or(|element| element.tag_name() == "BODY");
        if is_lost { document.get_element_by_id("reader") } else { None }
    });
    if let Some(element) = target.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
