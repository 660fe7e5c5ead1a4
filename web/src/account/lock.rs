//! OT-18 画面ロック (N163, N164, X45): what stands in place of the screens while they are locked, or covered.

use gloo_timers::callback::Interval;
use gloo_timers::future::TimeoutFuture;
use shared::api::lock::{Lock, Unlock, UnlockProof};
use shared::api::{Code, Detail};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::wait::use_wait;
use crate::api::{self, Auth};
use crate::part::{Button, Confirm, Heading, LiveRegion, Look, PageShell, SecretField, SendForm, field, hold};
use crate::session::{Ended, SignedIn, use_session};
use crate::text::office::{self as text, frame, lock as words, login};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Drafts, Faults, Form, use_form};

const PASSWORD: &str = "unlock-password";
/// The server is told again after so long, milliseconds, until it has heard that the screen is locked.
const TELL_MS: u32 = 5_000;
/// It is asked so often whether the session has ended meanwhile.
const ASK_MS: u32 = 60_000;

/// OT-18 of the account that is in.
#[component]
pub(crate) fn Locked() -> Html {
    let signed_in = use_session();
    let drafts = use_context::<Drafts>().unwrap_or_default();
    let form = use_form(String::new);
    let call = use_call::<Unlock>();
    let is_asking = use_state(|| false);
    let wait = use_wait();
    use_effect_with((), {
        let signed_in = signed_in.clone();
        move |()| {
            tell(signed_in.clone());
            let asks = Interval::new(ASK_MS, move || signed_in.ask_again());
            move || drop(asks)
        }
    });
    let onsubmit = {
        let (form, wait, signed_in) = (form.clone(), wait.clone(), signed_in.clone());
        let call = call.clone();
        Callback::from(move |()| {
            if wait.left_s > 0 {
                return;
            }
            let check = |typed: &String| {
                let is_empty = typed.is_empty().then_some(login::NO_PASSWORD);
                if is_empty.is_some() { Err(Faults::default().note(PASSWORD, is_empty)) } else { Ok(typed.clone()) }
            };
            let Some(password) = form.read(check) else { return call.forget() };
            let (form, wait, signed_in) = (form.clone(), wait.clone(), signed_in.clone());
            call.start(Unlock, UnlockProof { password }, move |outcome| match outcome {
                Ok(session) => signed_in.unlock(session),
                Err(said) => {
                    if let Some(Detail::RetryAfterS(seconds)) = said.detail {
                        wait.begin(seconds);
                    }
                    form.set(String::new());
                    field::focus(PASSWORD);
                }
            });
        })
    };
    let onleave = {
        let (signed_in, is_asking) = (signed_in.clone(), is_asking.clone());
        Callback::from(move |is_sure: bool| {
            if is_sure || !(drafts.is_typed() || hold::is_held()) {
                signed_in.end(Ended::LoggedOut);
            } else {
                is_asking.set(true);
            }
        })
    };
    let onstay = Callback::from({
        let is_asking = is_asking.clone();
        move |()| is_asking.set(false)
    });
    let progress = call.progress();
    let form = form.held(progress.is_busy);
    let session = &signed_in.session;
    let who = frame::signed_in(&session.user_name, session.kind.label());
    let user = session.user.to_string();
    html! { <LockedView {who} {user} {form} {progress} wait_s={wait.left_s} is_asking={*is_asking} {onsubmit} {onleave} {onstay} /> }
}

/// Tells the server that the screen is locked, until it has heard it.
fn tell(signed_in: SignedIn) {
    spawn_local(async move {
        loop {
            match api::call(&Lock, &(), Auth::Office).await {
                Err(refusal) if matches!(refusal.code, Code::X01 | Code::Internal | Code::Wait) => TimeoutFuture::new(TELL_MS).await,
                outcome => return signed_in.follow(&outcome),
            }
            if !signed_in.is_locked_here() {
                return;
            }
        }
    });
}

/// Everything that the lock screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LockedViewProps {
    /// Whose screen it is.
    pub(crate) who: AttrValue,
    /// Their ID, for a password manager.
    pub(crate) user: AttrValue,
    /// The password as typed.
    pub(crate) form: Form<String>,
    /// What the server said.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// Seconds until the next try.
    #[prop_or_default]
    pub(crate) wait_s: u32,
    /// It is asked whether what was typed may go.
    #[prop_or_default]
    pub(crate) is_asking: bool,
    /// Called on ロックを解除する.
    pub(crate) onsubmit: Callback<()>,
    /// Called on 別の人に替わる; true where it was asked.
    pub(crate) onleave: Callback<bool>,
    /// Called where the person rather stays.
    pub(crate) onstay: Callback<()>,
}

/// Whose screen it is, the password, and the way out for somebody else. Nothing of what was on the screen.
#[component]
pub(crate) fn LockedView(props: &LockedViewProps) -> Html {
    let failed = props.progress.refusal.as_ref().map(text::refusal_at_unlock);
    let had_to_wait = props.progress.refusal.as_ref().is_some_and(|said| matches!(said.detail, Some(Detail::RetryAfterS(_))));
    let below = html! {
        <>
            if props.wait_s > 0 {
                <p class="account-wait">{ words::wait_s(props.wait_s) }</p>
            }
            <LiveRegion class="account-wait">{ if had_to_wait && props.wait_s == 0 { words::WAITED } else { "" } }</LiveRegion>
        </>
    };
    html! {
        <PageShell screen="OT-18">
            <Heading text={words::TITLE} />
            <p>{ words::whose(&props.who) }</p>
            <p>{ words::KEPT }</p>
            <SendForm id="unlock-submit" submit={words::UNLOCK} {failed} is_busy={props.progress.is_busy} is_off={props.wait_s > 0}
                onsubmit={props.onsubmit.clone()} {below}>
                <input class="visually-hidden" type="text" autocomplete="username" value={props.user.clone()} tabindex="-1"
                    aria-hidden="true" readonly=true />
                <SecretField of={props.form.input(PASSWORD, |typed| typed)} label={login::PASSWORD} autocomplete="current-password" />
            </SendForm>
            <p>{ words::OTHER_ABOUT }</p>
            <p class="actions"><Button id="unlock-other" onpress={props.onleave.reform(|()| false)}>{ words::OTHER }</Button></p>
            if props.is_asking {
                <Confirm id="unlock-leave" title={words::OTHER_ASK} act={words::OTHER_ACT} onact={props.onleave.reform(|_| true)}
                    onclose={props.onstay.clone()}>
                    <p>{ words::OTHER_WHAT }</p>
                </Confirm>
            }
        </PageShell>
    }
}

/// Says how the cover goes.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CoveredProps {
    /// Called on 続ける.
    pub(crate) oncontinue: Callback<()>,
}

/// In place of a screen that nobody has touched for a while: a press brings it back.
#[component]
pub(crate) fn Covered(props: &CoveredProps) -> Html {
    html! {
        <PageShell screen="OT-18-cover">
            <Heading text={words::COVERED} />
            <p>{ words::COVERED_ABOUT }</p>
            <p class="actions"><Button id="uncover" look={Look::Primary} onpress={props.oncontinue.clone()}>{ frame::IDLE_CONTINUE }</Button></p>
        </PageShell>
    }
}
