//! OT-23 稼働状況: what the server measured, and what only this page can see.

mod parts;

use std::rc::Rc;

use gloo_timers::callback::Interval;
use shared::api::desk::{DeskRow, Desks};
use shared::api::operation::{LookAtOperation, Operation, SeenByPage};
use shared::api::{Code, Refusal};
use shared::domain::operation::Light;
use yew::prelude::*;

pub(crate) use self::parts::Here;
use self::parts::table;
use crate::part::{Button, LiveRegion, Look, Notice, Tone, link};
#[cfg(test)]
use crate::reader::Shown;
use crate::reader::{Input, Place, View, place, use_client};
use crate::remote::{Remote, failure, loading, unchanged, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, operation as words};
use crate::use_call::use_call;

/// Each part is looked at again so often, milliseconds.
const EVERY_MS: u32 = 30_000;

/// What the reader's state says about the program; `None`: it is still being asked.
pub(crate) fn reader_light(view: &View) -> Option<Light> {
    Some(match view {
        View::Connecting => return None,
        View::AskFirst | View::Phone => Light::Unknown,
        View::NoReader | View::Held => Light::Attention,
        View::ServiceDown | View::ServiceDenied | View::Denied | View::Absent(_) | View::OldHelper | View::OtherHelper => Light::Bad,
        _ => Light::Good,
    })
}

/// What came last, what came instead, and what it took.
#[derive(Clone, PartialEq, Default)]
struct Looked {
    last: Option<Operation>,
    refusal: Option<Refusal>,
    trip_ms: Option<u32>,
    /// Server clock minus browser clock, seconds.
    apart_s: i64,
}

/// OT-23 of the account that is in.
#[component]
pub(crate) fn OperationScreen() -> Html {
    let helper = use_session().session.helper;
    let looked = use_state(Looked::default);
    let call = use_call::<LookAtOperation>();
    let (desks, _) = use_get(Desks);
    let (shown, client) = use_client(helper, Callback::noop(), Callback::noop());
    let device = if place() == Place::Phone { Light::Attention } else { Light::Good };
    let seen = SeenByPage { device: Some(device), network: Some(Light::Good), reader: reader_light(&shown.view) };
    // The same question while an answer is out is left: the next one comes by itself.
    let look = use_callback(seen, {
        let (looked, call) = (looked.clone(), call.clone());
        move |(), seen| {
            let begun = js_sys::Date::now();
            let looked = looked.clone();
            call.start(LookAtOperation, *seen, move |outcome| {
                let ended = js_sys::Date::now();
                looked.set(match outcome {
                    Ok(operation) => {
                        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds at most")]
                        let trip_ms = (ended - begun).max(0.0) as u32;
                        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
                        let browser = ((begun + ended) / 2.0) as i64;
                        let apart_s = (operation.now.0 - browser) / 1_000;
                        Looked { last: Some(operation), refusal: None, trip_ms: Some(trip_ms), apart_s }
                    }
                    // What a lock kept from being asked says nothing about the line.
                    Err(refusal) if refusal.code == Code::Locked => (*looked).clone(),
                    Err(refusal) => Looked { refusal: Some(unchanged(refusal)), trip_ms: None, ..(*looked).clone() },
                });
            });
        }
    });
    use_effect_with(look.clone(), |look| {
        look.emit(());
        let look = look.clone();
        let every = Interval::new(EVERY_MS, move || look.emit(()));
        move || drop(every)
    });
    let desks = match desks {
        Remote::Here(list) => Rc::new(list.rows),
        Remote::Loading | Remote::Failed(_) => Rc::default(),
    };
    let on_line = web_sys::window().is_none_or(|window| window.navigator().on_line());
    let onconnect = {
        let client = client.clone();
        Callback::from(move |()| client.feed(Input::Connect))
    };
    let onlook = {
        let view = shown.view.clone();
        look.reform(move |()| {
            // A helper that was started meanwhile is looked for again.
            if matches!(view, View::Absent(_) | View::Denied | View::OldHelper) {
                client.feed(Input::Connect);
            }
        })
    };
    let here = Here { device, is_on_line: on_line, trip_ms: looked.trip_ms, apart_s: looked.apart_s, reader: (*shown).clone() };
    html! {
        <OperationView last={looked.last.clone()} refusal={looked.refusal.clone()} is_busy={call.progress().is_busy} {here} {desks}
            {onlook} {onconnect} />
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OperationViewProps {
    /// What was measured last.
    pub(crate) last: Option<Operation>,
    /// What came instead of the newest answer.
    pub(crate) refusal: Option<Refusal>,
    /// An answer is out.
    #[prop_or_default]
    pub(crate) is_busy: bool,
    /// What only the page can see.
    pub(crate) here: Here,
    /// Whom to call.
    #[prop_or_default]
    pub(crate) desks: Rc<Vec<DeskRow>>,
    /// Called on 今すぐ確かめる.
    #[prop_or_default]
    pub(crate) onlook: Callback<()>,
    /// Called where the browser is to ask about the helper.
    #[prop_or_default]
    pub(crate) onconnect: Callback<()>,
}

/// The parts as they were seen last; what is being asked changes nothing on the screen until it is answered.
#[component]
pub(crate) fn OperationView(props: &OperationViewProps) -> Html {
    let Some(last) = &props.last else {
        return match &props.refusal {
            Some(refusal) => failure(&text::refusal(refusal), &props.onlook),
            None => loading(text::frame::LOADING),
        };
    };
    let is_lost = props.refusal.is_some();
    html! {
        <>
            <p>{ words::LEAD }</p>
            if is_lost {
                <Notice tone={Tone::Bad} role="alert" code="U-X36" title={words::LOST}><p>{ words::LOST_NEXT }</p><p class="say__code">{ "U-X36" }</p></Notice>
            }
            <p class="actions on-screen">
                <Button id="operation-look" look={Look::Primary} is_off={props.is_busy} onpress={props.onlook.clone()}>{ words::AGAIN }</Button>
                if props.here.reader.view == View::AskFirst {
                    <Button id="operation-connect" onpress={props.onconnect.clone()}>{ words::CONNECT }</Button>
                }
            </p>
            <LiveRegion><p>{ words::looked(last.now) }</p></LiveRegion>
            { table(last, is_lost, &props.here, &props.desks) }
            <ul class="on-screen operation__ways">
                <li>{ link("/o/maintenance", None, text::maintenance::TITLE) }</li>
                <li>{ link("/o/support-record", None, words::record::TITLE) }</li>
                <li>{ link("/o/desks", None, text::desks::TITLE) }</li>
            </ul>
        </>
    }
}

/// A reader that nobody has looked at, for drawing.
#[cfg(test)]
pub(crate) fn nothing_seen() -> Shown {
    Shown { view: View::Connecting, readers: crate::reader::Readers::default(), card: None, kind: None }
}
