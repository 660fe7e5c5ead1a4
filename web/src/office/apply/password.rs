//! A forgotten password: the address, to which a link goes by mail, and behind the link the new password.

use shared::api::portal::{AskApplicantPassword, Confirmation, ForgottenPassword, SetApplicantPassword};
use shared::domain::facility::MailAddress;
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::prelude::*;

use super::{LOGIN, PASSWORD as HERE};
use crate::part::{Field, Heading, Notice, PageShell, SecretField, SendForm, Tone, field, link};
use crate::text::office::apply as words;
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const MAIL: &str = "forgotten-mail";
const NEW: &str = "forgotten-new";
const AGAIN: &str = "forgotten-again";

/// What was typed. No `Debug`: it holds a password.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Typed {
    pub(super) mail: String,
    pub(super) new: String,
    pub(super) again: String,
}

impl Typed {
    fn mail(&self) -> Result<ForgottenPassword, Faults> {
        let mail = MailAddress::try_from(self.mail.as_str());
        mail.map(|mail| ForgottenPassword { mail }).map_err(|_| Faults::default().note(MAIL, Some(words::BAD_MAIL)))
    }

    /// Reads the new password, typed twice.
    pub(super) fn password(&self) -> Result<String, Faults> {
        let faults = Faults::default()
            .note(NEW, self.new.is_empty().then_some(words::NO_PASSWORD))
            .note(AGAIN, (self.new != self.again).then_some(words::DIFFERENT));
        if faults.first().is_some() { Err(faults) } else { Ok(self.new.clone()) }
    }
}

/// The page: with a link behind `#` the second part, else the first.
#[component]
pub(super) fn Password() -> Html {
    let secret = use_location().map(|location| location.hash().trim_start_matches('#').to_owned()).unwrap_or_default();
    // The address loses the link once it has served; the page goes on saying so.
    let is_by_link = *use_memo((), |()| !secret.is_empty());
    let form = use_form(Typed::default);
    let (ask, set) = (use_call::<AskApplicantPassword>(), use_call::<SetApplicantPassword>());
    let is_done = use_state(|| false);
    let navigator = use_navigator();
    let progress = if is_by_link { set.progress() } else { ask.progress() };
    let onsubmit = {
        let (form, is_done) = (form.clone(), is_done.clone());
        Callback::from(move |()| {
            let (is_done, cleared) = (is_done.clone(), form.clone());
            if !is_by_link {
                let Some(request) = form.read(Typed::mail) else { return ask.forget() };
                return ask.start(AskApplicantPassword, request, move |outcome| is_done.set(outcome.is_ok()));
            }
            let Some(password) = form.read(Typed::password) else { return set.forget() };
            let navigator = navigator.clone();
            set.start(SetApplicantPassword, Confirmation { link: secret.clone(), password }, move |outcome| {
                cleared.set(Typed::default());
                match (outcome, navigator) {
                    (Ok(()), navigator) => {
                        is_done.set(true);
                        // The link has served: it leaves the address and the history.
                        navigator.into_iter().for_each(|navigator| navigator.replace(&AnyRoute::new(HERE)));
                    }
                    (Err(_), _) => field::focus(NEW),
                }
            });
        })
    };
    let form = form.held(progress.is_busy);
    view(is_by_link, &form, &progress, *is_done, onsubmit)
}

/// The page with all that it shows.
pub(super) fn view(is_by_link: bool, form: &Form<Typed>, progress: &Progress, is_done: bool, onsubmit: Callback<()>) -> Html {
    let failed = progress.refusal.as_ref().map(words::refusal_of_confirmation);
    let is_busy = progress.is_busy;
    let body = match (is_by_link, is_done) {
        (false, true) => html! {
            <>
                <Heading key="asked" text={words::FORGOTTEN_SENT} />
                <Notice tone={Tone::Info} role="status" title={words::FORGOTTEN_SENT_NEXT}><p>{ words::FORGOTTEN_NONE }</p></Notice>
            </>
        },
        (true, true) => html! {
            <>
                <Heading key="done" text={words::PASSWORD_SET} />
                <Notice tone={Tone::Good} role="status" title={words::PASSWORD_SET_NEXT} />
            </>
        },
        (false, false) => html! {
            <>
                <Heading key="ask" text={words::TITLE_FORGOTTEN} />
                <p>{ words::FORGOTTEN_ABOUT }</p>
                <SendForm id="forgotten-submit" submit={words::FORGOTTEN_ASK} {failed} {is_busy} {onsubmit}>
                    <Field of={form.input(MAIL, |typed| &mut typed.mail)} label={words::MAIL} is_required=true autocomplete="username"
                        inputmode="email" />
                </SendForm>
            </>
        },
        (true, false) => html! {
            <>
                <Heading key="set" text={words::TITLE_PASSWORD} />
                <p>{ words::PASSWORD_NEW_RULE }</p>
                <SendForm id="password-submit" submit={words::PASSWORD_SAVE} {failed} {is_busy} {onsubmit}>
                    <SecretField of={form.input(NEW, |typed| &mut typed.new)} label={words::PASSWORD_NEW} autocomplete="new-password" />
                    <SecretField of={form.input(AGAIN, |typed| &mut typed.again)} label={words::PASSWORD_NEW_AGAIN} autocomplete="new-password" />
                </SendForm>
            </>
        },
    };
    html! {
        <PageShell screen="LA-password">
            { body }
            <p>{ link(LOGIN, None, words::TO_LOGIN) }</p>
        </PageShell>
    }
}
