//! LA-2 ユーザー登録 (N143).

use shared::api::portal::{RegisterApplicant, Registration};
use shared::domain::account::AccountName;
use shared::domain::facility::{FacilityKind, FacilityName, MailAddress, PhoneNumber};
use yew::prelude::*;

use super::START;
use crate::part::{DefinitionList, Field, Heading, Notice, PageShell, Row, SecretField, SendForm, Tone, link};
use crate::text::office::apply as words;
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const NAME: &str = "register-name";
const FACILITY: &str = "register-facility";
const PHONE: &str = "register-phone";
const MAIL: &str = "register-mail";
const PASSWORD: &str = "register-password";
const AGAIN: &str = "register-again";
const RULE: &str = "register-rule";

/// What was typed. No `Debug`: it holds a password.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) facility: String,
    pub(super) phone: String,
    pub(super) mail: String,
    pub(super) password: String,
    pub(super) again: String,
}

impl Typed {
    /// Reads the form.
    pub(super) fn read(&self, facility: FacilityKind) -> Result<Registration, Faults> {
        let (name, facility_name) = (AccountName::try_from(self.name.as_str()), FacilityName::try_from(self.facility.as_str()));
        let (phone, mail) = (PhoneNumber::try_from(self.phone.as_str()), MailAddress::try_from(self.mail.as_str()));
        let faults = Faults::default()
            .note(NAME, name.is_err().then_some(words::BAD_NAME))
            .note(FACILITY, facility_name.is_err().then_some(words::BAD_FACILITY))
            .note(PHONE, phone.is_err().then_some(words::BAD_PHONE))
            .note(MAIL, mail.is_err().then_some(words::BAD_MAIL))
            .note(PASSWORD, self.password.is_empty().then_some(words::NO_PASSWORD))
            .note(AGAIN, (self.password != self.again).then_some(words::DIFFERENT));
        let (Ok(name), Ok(facility_name), Ok(phone), Ok(mail), None) = (name, facility_name, phone, mail, faults.first()) else {
            return Err(faults);
        };
        Ok(Registration { facility, name, facility_name, phone, mail, password: self.password.clone() })
    }
}

/// Says which kind of facility.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct RegisterProps {
    /// Of LA-1.
    pub(super) facility: FacilityKind,
}

/// The form, and after it what to do with the mail.
#[component]
pub(super) fn Register(props: &RegisterProps) -> Html {
    let form = use_form(Typed::default);
    let call = use_call::<RegisterApplicant>();
    let is_sent = use_state(|| false);
    let progress = call.progress();
    let onsubmit = {
        let (form, is_sent, facility) = (form.clone(), is_sent.clone(), props.facility);
        Callback::from(move |()| {
            let Some(request) = form.read(|typed| typed.read(facility)) else { return call.forget() };
            let (form, is_sent) = (form.clone(), is_sent.clone());
            call.start(RegisterApplicant, request, move |outcome| {
                if outcome.is_ok() {
                    form.set(Typed::default());
                    is_sent.set(true);
                }
            });
        })
    };
    let form = form.held(progress.is_busy);
    view(props.facility, &form, &progress, *is_sent, onsubmit)
}

/// The page with all that it shows.
pub(super) fn view(facility: FacilityKind, form: &Form<Typed>, progress: &Progress, is_sent: bool, onsubmit: Callback<()>) -> Html {
    if is_sent {
        return html! {
            <PageShell screen="LA-2">
                <Heading key="sent" text={words::SENT} />
                <Notice tone={Tone::Info} role="status" title={words::SENT_NEXT}><p>{ words::SENT_NONE }</p></Notice>
                <p>{ link(START, None, words::TO_START) }</p>
            </PageShell>
        };
    }
    let rows = vec![Row::text(words::KIND, facility.label()), Row::text(words::PORTAL, facility.portal().label())];
    html! {
        <PageShell screen="LA-2">
            <Heading key="form" text={words::TITLE_REGISTER} />
            <DefinitionList {rows} />
            <p>{ link(START, None, words::OTHER_KIND) }</p>
            <SendForm id="register-submit" submit={words::REGISTER} failed={progress.refusal.as_ref().map(words::refusal)}
                is_busy={progress.is_busy} {onsubmit}>
                <Field of={form.input(NAME, |typed| &mut typed.name)} label={words::NAME} is_required=true autocomplete="name" />
                <Field of={form.input(FACILITY, |typed| &mut typed.facility)} label={words::FACILITY} hint={words::FACILITY_HINT}
                    is_required=true autocomplete="organization" />
                <Field of={form.input(PHONE, |typed| &mut typed.phone)} label={words::PHONE} hint={words::PHONE_HINT} is_required=true
                    autocomplete="tel" inputmode="tel" />
                <Field of={form.input(MAIL, |typed| &mut typed.mail)} label={words::MAIL} hint={words::MAIL_HINT} is_required=true
                    autocomplete="username" inputmode="email" />
                <p id={RULE}>{ words::PASSWORD_RULE }</p>
                <SecretField of={form.input(PASSWORD, |typed| &mut typed.password)} label={words::PASSWORD} autocomplete="new-password"
                    described_by={RULE} />
                <SecretField of={form.input(AGAIN, |typed| &mut typed.again)} label={words::PASSWORD_AGAIN} autocomplete="new-password" />
            </SendForm>
        </PageShell>
    }
}
