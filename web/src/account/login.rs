//! OT-3 ログイン.

use gloo_timers::callback::Interval;
use shared::api::office::{Login as LoginCall, LoginRequest, Session};
use shared::api::{Detail, Refusal};
use shared::domain::account::{UserId, is_typed_alike};
use shared::domain::institution::{InstitutionCode, NotAnInstitutionCode};
use shared::domain::typed;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::{self, Auth};
use crate::part::{Button, Field, Heading, LiveRegion, Look, Notice, PageShell, SecretField, Tone, field};
use crate::remote::form_failure;
use crate::session::Ended;
use crate::text::office::{self as text, login as words};

/// Says why the login stands here and what follows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LoginProps {
    /// Why nobody is in.
    pub(crate) why: Ended,
    /// Called with the new session.
    pub(crate) onlogin: Callback<Session>,
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

/// What is wrong with what was typed; says nothing about what the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Faults {
    institution: Option<&'static str>,
    user: Option<&'static str>,
    password: Option<&'static str>,
}

impl Typed {
    /// Reads the fields; in code and id, width, spaces and hidden characters make no difference. The password is taken as it is.
    pub(crate) fn check(&self) -> Result<LoginRequest, Faults> {
        let institution = InstitutionCode::from_typed(&self.institution);
        let user = UserId::try_from(typed::code(&self.user).as_str());
        match (institution, user, self.password.is_empty()) {
            (Ok(institution), Ok(user), false) => Ok(LoginRequest { institution, user, password: self.password.clone() }),
            (institution, user, is_empty) => Err(Faults {
                institution: institution.err().map(|why| match why {
                    NotAnInstitutionCode::Shape => words::BAD_SHAPE,
                    NotAnInstitutionCode::CheckDigit => words::BAD_DIGIT,
                }),
                user: user.is_err().then_some(words::BAD_USER),
                password: is_empty.then_some(words::NO_PASSWORD),
            }),
        }
    }
}

impl Faults {
    fn first_field(&self) -> Option<&'static str> {
        [(self.institution, INSTITUTION), (self.user, USER), (self.password, PASSWORD)]
            .into_iter()
            .find_map(|(fault, id)| fault.is_some().then_some(id))
    }
}

const INSTITUTION: &str = "login-institution";
const USER: &str = "login-user";
const PASSWORD: &str = "login-password";
const FORM: &str = "login-password-form";

/// OT-3: asks for code, id and password; remembers none of them.
#[component]
pub(crate) fn Login(props: &LoginProps) -> Html {
    let typed = use_state(Typed::default);
    let faults = use_state(Faults::default);
    let refusal = use_state(|| None::<Refusal>);
    let is_busy = use_state(|| false);
    let wait_s = use_state(|| 0_u32);
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
    let onsubmit = {
        let (typed, faults, refusal, is_busy, wait_s) = (typed.clone(), faults.clone(), refusal.clone(), is_busy.clone(), wait_s.clone());
        let onlogin = props.onlogin.clone();
        Callback::from(move |()| {
            if *is_busy || *wait_s > 0 {
                return;
            }
            let request = match typed.check() {
                Ok(request) => request,
                Err(found) => {
                    faults.set(found);
                    refusal.set(None);
                    found.first_field().into_iter().for_each(field::focus);
                    return;
                }
            };
            faults.set(Faults::default());
            refusal.set(None);
            is_busy.set(true);
            let (typed, refusal, is_busy, wait_s, onlogin) =
                (typed.clone(), refusal.clone(), is_busy.clone(), wait_s.clone(), onlogin.clone());
            spawn_local(async move {
                let outcome = api::call::<LoginCall>(&[], &request, Auth::Office).await;
                is_busy.set(false);
                match outcome {
                    Ok(session) => onlogin.emit(session),
                    Err(said) => {
                        if let Some(Detail::RetryAfterS(seconds)) = said.detail {
                            wait_s.set(seconds);
                        }
                        typed.set(Typed { password: String::new(), ..(*typed).clone() });
                        refusal.set(Some(said));
                        field::focus(PASSWORD);
                    }
                }
            });
        })
    };
    let onchange = {
        let typed = typed.clone();
        Callback::from(move |new: Typed| typed.set(new))
    };
    html! {
        <LoginView why={props.why} typed={(*typed).clone()} faults={*faults} refusal={(*refusal).clone()} is_busy={*is_busy}
            wait_s={*wait_s} {onchange} {onsubmit} />
    }
}

/// Everything that the login shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LoginViewProps {
    /// Why nobody is in.
    pub(crate) why: Ended,
    /// What was typed.
    pub(crate) typed: Typed,
    /// What is wrong with it.
    #[prop_or_default]
    pub(crate) faults: Faults,
    /// What the server said.
    #[prop_or_default]
    pub(crate) refusal: Option<Refusal>,
    /// The server was asked.
    #[prop_or_default]
    pub(crate) is_busy: bool,
    /// Seconds until the next try.
    #[prop_or_default]
    pub(crate) wait_s: u32,
    /// Called with each change.
    pub(crate) onchange: Callback<Typed>,
    /// Called on ログイン.
    pub(crate) onsubmit: Callback<()>,
}

/// The form of the login.
#[component]
pub(crate) fn LoginView(props: &LoginViewProps) -> Html {
    let ended = match props.why {
        Ended::NotBegun => None,
        Ended::LoggedOut => Some((Tone::Good, text::frame::ENDED_LOGGED_OUT)),
        Ended::Idle => Some((Tone::Info, text::frame::ENDED_IDLE)),
        Ended::Expired => Some((Tone::Warn, text::frame::ENDED_EXPIRED)),
    };
    let change = |set: fn(&mut Typed, String)| {
        let typed = props.typed.clone();
        props.onchange.reform(move |value: String| {
            let mut new = typed.clone();
            set(&mut new, value);
            new
        })
    };
    let onsubmit = props.onsubmit.reform(|event: SubmitEvent| event.prevent_default());
    let had_to_wait = props.refusal.as_ref().is_some_and(|said| matches!(said.detail, Some(Detail::RetryAfterS(_))));
    let has_waited = had_to_wait && props.wait_s == 0;
    html! {
        <PageShell screen="OT-3">
            <Heading text={words::TITLE} />
            <p class="account-note">{ crate::text::NOT_THE_STATE }</p>
            if let Some((tone, said)) = ended {
                <Notice {tone} role="status" title={said} />
            }
            if let Some(said) = &props.refusal {
                { form_failure(&text::refusal_at_login(said)) }
            }
            <form class="form" {onsubmit} novalidate=true>
                <Field id={INSTITUTION} label={words::INSTITUTION} hint={words::INSTITUTION_HINT} value={props.typed.institution.clone()}
                    is_required=true inputmode="numeric" is_held={props.is_busy} fault={props.faults.institution.map(AttrValue::from)}
                    oninput={change(|typed, value| typed.institution = value)} />
                <Field id={USER} label={words::USER} hint={words::USER_HINT} value={props.typed.user.clone()} is_required=true
                    autocomplete="username" is_held={props.is_busy} fault={props.faults.user.map(AttrValue::from)}
                    oninput={change(|typed, value| typed.user = value)} />
                <SecretField id={PASSWORD} label={words::PASSWORD} value={props.typed.password.clone()} autocomplete="current-password"
                    is_held={props.is_busy} described_by={FORM} fault={props.faults.password.map(AttrValue::from)}
                    oninput={change(|typed, value| typed.password = value)} />
                <div id={FORM}>
                    <LiveRegion class="form__judged">
                        if !props.typed.password.chars().all(is_typed_alike) {
                            <p class="is-open">{ words::OTHER_FORM }</p>
                        }
                    </LiveRegion>
                </div>
                <Button id="login-submit" look={Look::Primary} submits=true is_off={props.is_busy || props.wait_s > 0}>
                    { if props.is_busy { text::frame::BUSY } else { words::SUBMIT } }
                </Button>
                if props.wait_s > 0 {
                    <p class="account-wait">{ words::wait_s(props.wait_s) }</p>
                }
                <LiveRegion class="account-wait">{ if has_waited { words::WAITED } else { "" } }</LiveRegion>
            </form>
            <p>{ words::FORGOTTEN }</p>
            <p>{ words::NOT_KEPT }</p>
        </PageShell>
    }
}
