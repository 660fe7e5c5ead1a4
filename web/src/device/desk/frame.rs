//! What stands around every screen of a device that somebody has opened.

use shared::api::device::DeviceInfo;
use yew::prelude::*;

use crate::account::Screen;
use crate::account::leave::Leaving;
use crate::device::outbox::{OutboxHandle, OutboxView, now};
use crate::device::screens;
use crate::part::{Button, Heading, Look, PageShell, link};
use crate::session::use_session;
use crate::text::office::{activation as words, frame};

/// Says which screen is framed.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct FrameProps {
    /// The device.
    pub(super) info: DeviceInfo,
    /// The screen.
    pub(super) screen: Screen,
    /// Where it is.
    pub(super) path: AttrValue,
    /// 画面を閉じる.
    pub(super) onclose: Callback<()>,
}

/// Whose device, the ways, and the screen.
#[component]
pub(super) fn Frame(props: &FrameProps) -> Html {
    let signed_in = use_session();
    let leaving = use_context::<Leaving>();
    let outbox = use_context::<OutboxHandle>();
    let onclose = {
        let onclose = props.onclose.clone();
        Callback::from(move |()| match &leaving {
            Some(leaving) => leaving.or_ask(onclose.clone()),
            None => onclose.emit(()),
        })
    };
    let session = &signed_in.session;
    let screen = if props.screen.is_for(session.kind) {
        props.screen.clone()
    } else {
        Screen { view: html! { <p>{ frame::NOT_FOR_YOU }</p> }, ..props.screen.clone() }
    };
    let Screen { id, title, up, view, .. } = screen;
    let header = html! {
        <header class="account-header">
            <div class="account-header__who">
                <p class="account-header__institution">{ &session.institution_name }</p>
                <p class="account-header__user">{ words::device_of(props.info.label.as_str(), &session.user_name) }</p>
                <Button id="logout" look={Look::Secondary} onpress={onclose}>{ words::CLOSE }</Button>
            </div>
            <screens::Menu key={props.path.to_string()} here={props.path.clone()} kind={session.kind} />
        </header>
    };
    let waits = outbox.map(|outbox| {
        let (entries, dismissing) = (outbox.unwatched(), outbox.clone());
        let ondismiss = Callback::from(move |key: String| dismissing.dismiss(&key));
        let has_paper = screens::screen("/d/paper").is_for(session.kind);
        html! { <OutboxView {entries} now={now()} {has_paper} {ondismiss} onhurry={Callback::from(move |()| outbox.hurry())} /> }
    });
    let banner = session.is_training.then_some(AttrValue::from(crate::text::TRAINING));
    html! {
        <PageShell screen={id} is_wide=true {banner} before={header}>
            if let Some((path, words)) = up {
                <p class="on-screen">{ link(path, None, words) }</p>
            }
            { for waits }
            <Heading key={props.path.to_string()} text={title} />
            <div class="screen" key={props.path.to_string()}>{ view }</div>
        </PageShell>
    }
}
