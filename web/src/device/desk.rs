//! What stands before the screens of a device: 初期登録, パスコード登録, ログイン (DA-1…DA-4); and around them once somebody is in.

mod by_passkey;
mod camera;
mod frame;
mod login;
mod passcode;
mod register;
#[cfg(test)]
mod tests;
mod which;

use gloo_timers::future::TimeoutFuture;
use shared::api::device::{DeviceInfo, DeviceLogin, SeeDevice};
use shared::api::{Code, Refusal};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::frame::Frame;
use self::login::Login;
use self::passcode::FirstPasscode;
use self::register::{Notice, Register};
use self::which::Which;
use super::guide::{self, Guide};
use super::key;
use super::outbox::{OutboxAround, Waits};
use super::shell::home_screen;
use crate::account::leave::LeaveGuard;
use crate::account::{Screen, Unreachable};
use crate::api::{self, Auth};
use crate::edition;
use crate::part::{Button, Heading, IdleGuard, Look, PageShell, link};
use crate::remote;
use crate::session::{self, Ended, SignedIn, Standing};
use crate::text::office::{self as text, activation as words, device_guide};
use crate::use_form::Drafts;

pub(crate) use self::register::take_code;

/// How far a device is.
#[derive(Clone, PartialEq)]
pub(super) enum Stage {
    /// The browser and the server are asked.
    Asking,
    /// The server could not be asked.
    Unreachable(Refusal),
    /// This browser keeps no key.
    NoKeeping,
    /// It was ended: by too many passcodes (X41), by the institution (X42), or for want of a passcode (DA-3).
    Gone(Code),
    /// DA-1.
    Notice,
    /// DA-2; true: for a further institution of the house (X20).
    Register(bool),
    /// It has codes of several institutions: which one.
    Which(Vec<DeviceInfo>),
    /// DA-3; false: the browser could not keep as what it is registered.
    Passcode(DeviceInfo, bool),
    /// DA-4.
    Login(DeviceInfo, Why),
    /// Somebody is in.
    In(DeviceInfo),
}

/// Why the passcode is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The page was opened.
    Opened,
    /// 画面を閉じる was pressed.
    Closed,
    /// Nobody touched it.
    Idle,
    /// The server no longer knows the login.
    Expired,
}

/// What a refusal says of the device itself.
fn after(refusal: Refusal) -> Stage {
    match refusal.code {
        // The server knows another key under this id: of this browser's storage only a part is left.
        Code::X41 | Code::X42 | Code::DeviceLate | Code::Session => Stage::Gone(refusal.code),
        _ => Stage::Unreachable(refusal),
    }
}

/// Asks the browser as what it is registered, and the server whether that still counts.
async fn ask() -> Stage {
    let Some(registered) = key::registered().await else {
        return if key::can_keep().await { Stage::Notice } else { Stage::NoKeeping };
    };
    let (mut found, mut ended) = (Vec::new(), None);
    for device in &registered.devices {
        key::become_device(Some(device.clone()));
        match api::call(&SeeDevice, &(), Auth::Office).await {
            Ok(info) => found.push(info),
            Err(refusal) => match after(refusal) {
                gone @ Stage::Gone(_) if registered.devices.len() > 1 => {
                    // One of the house has ended: the others go on.
                    key::forget(device).await;
                    ended = Some(gone);
                }
                stage => return stage,
            },
        }
    }
    match <[DeviceInfo; 1]>::try_from(found) {
        Ok([info]) => {
            key::become_device(Some(info.device.clone()));
            opened(info)
        }
        Err(found) if found.is_empty() => ended.unwrap_or(Stage::Notice),
        Err(found) => Stage::Which(found),
    }
}

/// DA-3 or DA-4.
fn opened(info: DeviceInfo) -> Stage {
    if info.has_passcode { Stage::Login(info, Why::Opened) } else { Stage::Passcode(info, true) }
}

/// Says which screen is wanted.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct DeskProps {
    /// Where the page is.
    pub(crate) path: AttrValue,
    /// The screen of the address.
    pub(crate) screen: Screen,
}

/// The device desk.
#[component]
pub(crate) fn Desk(props: &DeskProps) -> Html {
    let stage = use_state(|| Stage::Asking);
    let standing = use_reducer(|| Standing::Asking);
    let why = use_mut_ref(|| Why::Expired);
    let drafts = (*use_memo((), |()| Drafts::default())).clone();
    use_effect_with(props.path.clone(), {
        let drafts = drafts.clone();
        move |path: &AttrValue| {
            drafts.forget();
            crate::account::leave::stands_at(path);
        }
    });
    use_effect_with(*stage == Stage::Asking, {
        let stage = stage.clone();
        move |is_asking| {
            if *is_asking {
                spawn_local(async move { stage.set(ask().await) });
            }
        }
    });
    // What has ended is forgotten, whoever said so.
    use_effect_with(matches!(*stage, Stage::Gone(_)), move |is_gone| {
        if *is_gone {
            spawn_local(async {
                match key::device() {
                    Some(device) => key::forget(&device).await,
                    None => drop(key::wipe().await),
                }
            });
        }
    });
    use_effect_with((*standing).clone(), {
        let (stage, why) = (stage.clone(), why.clone());
        move |standing| {
            if let (Standing::Out(ended), Stage::In(info)) = (standing, &*stage) {
                spawn_local(async {
                    // Not at once: the call that ends the login is signed with it.
                    TimeoutFuture::new(0).await;
                    key::take_session(None);
                });
                match ended {
                    Ended::Gone => stage.set(Stage::Gone(Code::X42)),
                    _ => stage.set(Stage::Login(info.clone(), std::mem::replace(&mut *why.borrow_mut(), Why::Expired))),
                }
            }
        }
    });
    let onlogin = {
        let (stage, standing, drafts) = (stage.clone(), standing.dispatcher(), drafts.clone());
        Callback::from(move |login: DeviceLogin| {
            key::take_session(Some(&login.session));
            drafts.belongs_to(&login.who);
            edition::take(login.who.edition);
            home_screen::belongs_to(&login.who.manifest);
            standing.dispatch(session::begin(login.who));
            stage.set(Stage::In(login.device));
        })
    };
    let onrefused = {
        let stage = stage.clone();
        Callback::from(move |code: Code| stage.set(Stage::Gone(code)))
    };
    let to = |next: Stage| {
        let stage = stage.clone();
        Callback::from(move |()| stage.set(next.clone()))
    };
    if props.path == guide::PATH && !matches!(*stage, Stage::In(_)) {
        return html! {
            <PageShell screen="DA-guide" is_wide=true>
                <p class="on-screen">{ link("/d", None, words::HOME_BACK) }</p>
                <Heading text={device_guide::TITLE} />
                <Guide />
            </PageShell>
        };
    }
    match (*stage).clone() {
        Stage::Asking => html! { <PageShell screen="DA-0">{ remote::loading(words::OPENING) }</PageShell> },
        Stage::Unreachable(refusal) => html! { <><Waits /><Unreachable {refusal} on_retry={to(Stage::Asking)} /></> },
        Stage::NoKeeping => html! {
            <PageShell screen="DA-0">
                <Heading text={words::NO_KEEPING_TITLE} />
                <p>{ words::NO_KEEPING }</p>
                <p>{ link(guide::PATH, None, device_guide::LINK) }</p>
            </PageShell>
        },
        // Of a house the other institutions go on.
        Stage::Gone(code) => html! { <Gone {code} onagain={to(Stage::Asking)} /> },
        Stage::Notice => html! { <Notice onagree={to(Stage::Register(false))} /> },
        Stage::Which(devices) => {
            let stage = stage.clone();
            let onpick = Callback::from(move |info: DeviceInfo| {
                key::become_device(Some(info.device.clone()));
                stage.set(opened(info));
            });
            html! { <Which {devices} {onpick} /> }
        }
        Stage::Register(is_further) => {
            let stage = stage.clone();
            let onregistered = Callback::from(move |(info, is_kept): (DeviceInfo, bool)| {
                // The same device again, its answer lost: the passcode may be there already.
                stage.set(if info.has_passcode { Stage::Login(info, Why::Opened) } else { Stage::Passcode(info, is_kept) });
            });
            let onback = is_further.then(|| to(Stage::Asking));
            html! { <Register {onregistered} {onback} /> }
        }
        Stage::Passcode(info, is_kept) => html! { <FirstPasscode {info} {is_kept} {onlogin} {onrefused} onset={to(Stage::Asking)} /> },
        Stage::Login(info, why) => html! {
            <>
                <Waits />
                <Login {info} {why} {onlogin} {onrefused} onfurther={to(Stage::Register(true))} onother={to(Stage::Asking)} />
            </>
        },
        Stage::In(info) => {
            let Standing::In { session, received } = &*standing else {
                return html! { <PageShell screen="DA-0">{ remote::loading(words::OPENING) }</PageShell> };
            };
            let signed_in = SignedIn::new(session.clone(), *received, standing.dispatcher());
            let end = |reason: Why| {
                let (signed_in, why) = (signed_in.clone(), why.clone());
                Callback::from(move |()| {
                    *why.borrow_mut() = reason;
                    signed_in.end(Ended::LoggedOut);
                })
            };
            html! {
                <ContextProvider<SignedIn> context={signed_in.clone()}>
                    <ContextProvider<Drafts> context={drafts}>
                        <LeaveGuard>
                            <OutboxAround device={info.device.clone()} path={props.path.clone()}>
                                <Frame {info} screen={props.screen.clone()} path={props.path.clone()} onclose={end(Why::Closed)} />
                            </OutboxAround>
                            <IdleGuard limit_ms={session.idle_ms} warning={words::IDLE_WARNING} onword={text::frame::IDLE_CONTINUE}
                                onidle={end(Why::Idle)} onlife={Callback::from(move |()| signed_in.stay())} />
                        </LeaveGuard>
                    </ContextProvider<Drafts>>
                </ContextProvider<SignedIn>>
            }
        }
    }
}

/// Says what ended.
#[derive(Clone, PartialEq, Properties)]
struct GoneProps {
    /// X41, X42, or too late for DA-3.
    code: Code,
    /// 初期登録.
    onagain: Callback<()>,
}

/// A device that was ended: what it held is forgotten.
#[component]
fn Gone(props: &GoneProps) -> Html {
    let code = if matches!(props.code, Code::X41 | Code::DeviceLate) { props.code } else { Code::X42 };
    let say = text::refusal(&Refusal { code, stored: shared::api::Stored::Nothing, detail: None });
    html! {
        <PageShell screen="DA-0">
            <Heading text={words::GONE_TITLE} />
            <crate::part::Notice tone={crate::part::Tone::Bad} role="alert" code={say.code} title={say.happened.clone()}>
                <p>{ say.next.clone() }</p>
                <p class="say__code">{ say.code }</p>
            </crate::part::Notice>
            <p><Button id="again" look={Look::Primary} onpress={props.onagain.clone()}>{ words::START_AGAIN }</Button></p>
        </PageShell>
    }
}
