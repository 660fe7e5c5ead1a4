//! OT-3 ログイン.

use gloo_timers::callback::Interval;
use shared::api::Detail;
use shared::api::certificate::InUse;
use shared::api::factor::{LoggedIn, ProofWays};
use shared::api::office::{Login as LoginCall, LoginRequest, Session};
use shared::domain::account::{UserId, is_typed_alike};
use shared::domain::institution::InstitutionCode;
use shared::domain::typed;
use yew::prelude::*;

use super::certificate::{Barred, Used, refused, use_certificate};
use super::second::Second;
use crate::part::{Field, Heading, LiveRegion, Notice, PageShell, SecretField, SendForm, Tone, field};
use crate::session::Ended;
use crate::text::office::{self as text, login as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

/// Says why the login stands here and what follows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LoginProps {
    /// Why nobody is in.
    pub(crate) why: Ended,
    /// Called with the new session.
    pub(crate) onlogin: Callback<Session>,
    /// Another way in.
    #[prop_or_default]
    pub(crate) other_way: Option<Html>,
}

/// What was typed. Kept in this screen only; no `Debug`, as it holds a password.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Typed {
    /// 機関コード.
    pub(crate) institution: String,
    /// ユーザID.
    pub(crate) user: String,
    /// パスワード.
    pub(crate) password: String,
}

impl Typed {
    /// Reads the fields; in code and id, width, spaces and hidden characters make no difference. The password is taken as it is.
    pub(crate) fn check(&self) -> Result<LoginRequest, Faults> {
        let institution = InstitutionCode::from_pasted(&self.institution);
        let user = UserId::try_from(typed::code(&self.user).as_str());
        match (institution, user, self.password.is_empty()) {
            (Ok(institution), Ok(user), false) => Ok(LoginRequest { institution, user, password: self.password.clone() }),
            (institution, user, is_empty) => {
                let faults = Faults::default()
                    .note(INSTITUTION, institution.err().map(|_| words::BAD_SHAPE))
                    .note(USER, user.err().map(|_| words::BAD_USER));
                Err(faults.note(PASSWORD, is_empty.then_some(words::NO_PASSWORD)))
            }
        }
    }
}

const INSTITUTION: &str = "login-institution";
const USER: &str = "login-user";
const PASSWORD: &str = "login-password";
const FORM: &str = "login-password-form";

/// OT-3: asks for code, id and password; remembers none of them.
#[component]
pub(crate) fn Login(props: &LoginProps) -> Html {
    let form = use_form(Typed::default);
    let used = use_certificate();
    let call = use_call::<LoginCall>();
    let half_way = use_state(|| None::<ProofWays>);
    let wait_s = use_state(|| 0_u32);
    // Whom the wait is for: another person at the same login page need not wait.
    let waits_for = use_state(|| (String::new(), String::new()));
    let is_same = (&form.typed.institution, &form.typed.user) == (&waits_for.0, &waits_for.1);
    let wait_left_s = if is_same { *wait_s } else { 0 };
    use_effect_with(*wait_s > 0, {
        let wait_s = wait_s.clone();
        move |is_waiting| {
            let left = std::cell::Cell::new(*wait_s);
            let tick = is_waiting.then(|| {
                Interval::new(1_000, move || {
                    left.set(left.get().saturating_sub(1));
                    wait_s.set(left.get());
                })
            });
            move || drop(tick)
        }
    });
    let progress = call.progress();
    let onsubmit = {
        let (form, wait_s, waits_for, onlogin) = (form.clone(), wait_s.clone(), waits_for.clone(), props.onlogin.clone());
        let half_way = half_way.clone();
        Callback::from(move |()| {
            if wait_left_s > 0 {
                return;
            }
            let Some(request) = form.read(Typed::check) else { return call.forget() };
            let (form, wait_s, waits_for, onlogin) = (form.clone(), wait_s.clone(), waits_for.clone(), onlogin.clone());
            let half_way = half_way.clone();
            call.start(LoginCall, request, move |outcome| match outcome {
                Ok(LoggedIn::In(session)) => onlogin.emit(*session),
                Ok(LoggedIn::HalfWay(ways)) => {
                    form.set(Typed { password: String::new(), ..form.typed.clone() });
                    half_way.set(Some(ways));
                }
                Err(said) => {
                    if let Some(Detail::RetryAfterS(seconds)) = said.detail {
                        wait_s.set(seconds);
                        waits_for.set((form.typed.institution.clone(), form.typed.user.clone()));
                    }
                    form.set(Typed { password: String::new(), ..form.typed.clone() });
                    field::focus(PASSWORD);
                }
            });
        })
    };
    if let Some(ways) = (*half_way).clone() {
        let onback = Callback::from(move |()| half_way.set(None));
        return html! { <Second {ways} onlogin={props.onlogin.clone()} {onback} /> };
    }
    let form = form.held(progress.is_busy);
    if let Some(said) = used.as_ref().and_then(|used| used.refused.clone()) {
        return html! { <Barred refusal={refused(said)} /> };
    }
    html! { <LoginView {used} why={props.why} {form} {progress} wait_s={wait_left_s} {onsubmit} other_way={props.other_way.clone()} /> }
}

/// Everything that the login shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LoginViewProps {
    /// Why nobody is in.
    pub(crate) why: Ended,
    /// What was typed.
    pub(crate) form: Form<Typed>,
    /// What the server said.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// The certificate that this browser showed.
    #[prop_or_default]
    pub(crate) used: Option<InUse>,
    /// Seconds until the next try.
    #[prop_or_default]
    pub(crate) wait_s: u32,
    /// Called on ログイン.
    pub(crate) onsubmit: Callback<()>,
    /// Another way in.
    #[prop_or_default]
    pub(crate) other_way: Option<Html>,
}

/// The form of the login.
#[component]
pub(crate) fn LoginView(props: &LoginViewProps) -> Html {
    let ended = match props.why {
        Ended::NotBegun | Ended::Gone => None,
        Ended::LoggedOut => Some((Tone::Good, text::frame::ENDED_LOGGED_OUT)),
        Ended::Expired => Some((Tone::Warn, text::frame::ENDED_EXPIRED)),
    };
    let had_to_wait = props.progress.refusal.as_ref().is_some_and(|said| matches!(said.detail, Some(Detail::RetryAfterS(_))));
    let has_waited = had_to_wait && props.wait_s == 0;
    let failed = props.progress.refusal.as_ref().map(text::refusal_at_login);
    let form = &props.form;
    // A code in use may fail its check digit: that is a doubt, no refusal.
    let is_doubtful = InstitutionCode::from_pasted(&form.typed.institution).is_ok_and(|code| code.doubt().is_some());
    let below = html! {
        <>
            if props.wait_s > 0 {
                <p class="account-wait">{ words::wait_s(props.wait_s) }</p>
            }
            <LiveRegion class="account-wait">{ if has_waited { words::WAITED } else { "" } }</LiveRegion>
        </>
    };
    html! {
        <PageShell screen="OT-3">
            <Heading text={words::TITLE} />
            <p class="account-note">{ crate::text::NOT_THE_STATE }</p>
            <Used used={props.used.clone()} />
            if let Some((tone, said)) = ended {
                <Notice {tone} role="status" title={said} />
            }
            <SendForm id="login-submit" submit={words::SUBMIT} failed={failed} is_busy={props.progress.is_busy} is_off={props.wait_s > 0}
                onsubmit={props.onsubmit.clone()} {below}>
                <Field of={form.input(INSTITUTION, |typed| &mut typed.institution)} label={words::INSTITUTION} hint={words::INSTITUTION_HINT}
                    is_required=true inputmode="numeric" />
                <LiveRegion class="form__judged">
                    if is_doubtful {
                        <p class="is-open">{ words::DOUBTFUL }</p>
                    }
                </LiveRegion>
                <Field of={form.input(USER, |typed| &mut typed.user)} label={words::USER} hint={words::USER_HINT} is_required=true
                    autocomplete="username" />
                <SecretField of={form.input(PASSWORD, |typed| &mut typed.password)} label={words::PASSWORD} autocomplete="current-password"
                    described_by={FORM} />
                <div id={FORM}>
                    <LiveRegion class="form__judged">
                        if !form.typed.password.chars().all(is_typed_alike) {
                            <p class="is-open">{ words::OTHER_FORM }</p>
                        }
                    </LiveRegion>
                </div>
            </SendForm>
            { props.other_way.clone().unwrap_or_default() }
            <p>{ words::FORGOTTEN }</p>
            <p>{ words::NOT_KEPT }</p>
        </PageShell>
    }
}
