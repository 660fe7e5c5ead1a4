//! The end of a registration by the link of its mail, and the login.

use shared::api::portal::{ApplicantLogin, ConfirmApplicant, Confirmation, LogInApplicant};
use shared::domain::facility::MailAddress;
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::prelude::*;

use super::standing::Left;
use super::{HOME, LOGIN, START};
use crate::part::{Field, Heading, Notice, PageShell, SecretField, SendForm, Tone, field, link};
use crate::text::office::apply as words;
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const CONFIRM_PASSWORD: &str = "confirm-password";
const MAIL: &str = "login-mail";
const PASSWORD: &str = "login-password";

/// What was typed. No `Debug`: it holds a password.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Typed {
    pub(super) mail: String,
    pub(super) password: String,
}

impl Typed {
    /// Reads both fields of the login.
    pub(super) fn login(&self) -> Result<ApplicantLogin, Faults> {
        let mail = MailAddress::try_from(self.mail.as_str());
        let faults = Faults::default()
            .note(MAIL, mail.is_err().then_some(words::BAD_MAIL))
            .note(PASSWORD, self.password.is_empty().then_some(words::NO_PASSWORD));
        match (mail, self.password.is_empty()) {
            (Ok(mail), false) => Ok(ApplicantLogin { mail, password: self.password.clone() }),
            _ => Err(faults),
        }
    }

    fn password(&self) -> Result<String, Faults> {
        if self.password.is_empty() {
            return Err(Faults::default().note(CONFIRM_PASSWORD, Some(words::NO_PASSWORD)));
        }
        Ok(self.password.clone())
    }
}

/// The page that the mail leads to: what stands behind `#` goes to the server with the press, not before.
#[component]
pub(super) fn Confirm() -> Html {
    let secret = use_location().map(|location| location.hash().trim_start_matches('#').to_owned()).unwrap_or_default();
    let form = use_form(Typed::default);
    let call = use_call::<ConfirmApplicant>();
    let is_done = use_state(|| false);
    let navigator = use_navigator();
    let progress = call.progress();
    let onsubmit = {
        let (form, is_done, secret) = (form.clone(), is_done.clone(), secret.clone());
        Callback::from(move |()| {
            let Some(password) = form.read(Typed::password) else { return call.forget() };
            let (form, is_done, navigator) = (form.clone(), is_done.clone(), navigator.clone());
            call.start(ConfirmApplicant, Confirmation { link: secret.clone(), password }, move |outcome| {
                form.set(Typed::default());
                if outcome.is_ok() {
                    is_done.set(true);
                    // The link has served: it leaves the address and the history.
                    if let Some(navigator) = navigator {
                        navigator.replace(&AnyRoute::new("/o/apply/confirm"));
                    }
                } else {
                    field::focus(CONFIRM_PASSWORD);
                }
            });
        })
    };
    let form = form.held(progress.is_busy);
    confirm_view(!secret.is_empty(), &form, &progress, *is_done, onsubmit)
}

/// The page with all that it shows.
pub(super) fn confirm_view(has_link: bool, form: &Form<Typed>, progress: &Progress, is_done: bool, onsubmit: Callback<()>) -> Html {
    if is_done {
        return html! {
            <PageShell screen="LA-2-confirm">
                <Heading key="done" text={words::CONFIRMED} />
                <Notice tone={Tone::Good} role="status" title={words::CONFIRMED_NEXT} />
                <p>{ link(LOGIN, Some(classes!("button", "button--primary")), words::TO_LOGIN) }</p>
            </PageShell>
        };
    }
    html! {
        <PageShell screen="LA-2-confirm">
            <Heading key="form" text={words::TITLE_CONFIRM} />
            if has_link {
                <p>{ words::CONFIRM_ABOUT }</p>
                <SendForm id="confirm-submit" submit={words::CONFIRM} failed={progress.refusal.as_ref().map(words::refusal_of_confirmation)}
                    is_busy={progress.is_busy} {onsubmit}>
                    <SecretField of={form.input(CONFIRM_PASSWORD, |typed| &mut typed.password)} label={words::PASSWORD}
                        autocomplete="current-password" />
                </SendForm>
            } else {
                <Notice tone={Tone::Warn} title={words::NO_LINK}><p>{ words::NO_LINK_NEXT }</p></Notice>
            }
            <p>{ link(LOGIN, None, words::TO_LOGIN) }</p>
            <p>{ link(START, None, words::TO_START) }</p>
        </PageShell>
    }
}

/// The login of a registered user.
#[component]
pub(super) fn Login() -> Html {
    let left = use_location().and_then(|location| location.state::<Left>()).map(|left| *left);
    let form = use_form(Typed::default);
    let call = use_call::<LogInApplicant>();
    let navigator = use_navigator();
    let progress = call.progress();
    let onsubmit = {
        let form = form.clone();
        Callback::from(move |()| {
            let Some(request) = form.read(Typed::login) else { return call.forget() };
            let (form, navigator) = (form.clone(), navigator.clone());
            call.start(LogInApplicant, request, move |outcome| match (outcome, navigator) {
                (Ok(_), Some(navigator)) => navigator.push(&AnyRoute::new(HOME)),
                _ => {
                    form.set(Typed { password: String::new(), ..form.typed.clone() });
                    field::focus(PASSWORD);
                }
            });
        })
    };
    let form = form.held(progress.is_busy);
    login_view(left, &form, &progress, onsubmit)
}

/// The page with all that it shows.
pub(super) fn login_view(left: Option<Left>, form: &Form<Typed>, progress: &Progress, onsubmit: Callback<()>) -> Html {
    html! {
        <PageShell screen="LA-login">
            <Heading text={words::TITLE_LOGIN} />
            if let Some(left) = left {
                <Notice tone={Tone::Info} role="status" title={left.words()} />
            }
            <SendForm id="login-submit" submit={words::LOGIN} failed={progress.refusal.as_ref().map(words::refusal)}
                is_busy={progress.is_busy} {onsubmit}>
                <Field of={form.input(MAIL, |typed| &mut typed.mail)} label={words::MAIL} is_required=true autocomplete="username"
                    inputmode="email" />
                <SecretField of={form.input(PASSWORD, |typed| &mut typed.password)} label={words::PASSWORD} autocomplete="current-password" />
            </SendForm>
            <p>{ link(super::PASSWORD, None, words::FORGOTTEN) }</p>
            <p>{ link(START, None, words::TO_START) }</p>
        </PageShell>
    }
}
