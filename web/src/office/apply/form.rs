//! LA-3 利用開始申請 (N144): the form, and a look at it before it is sent.

use shared::api::portal::{Application, DEVICES_MAX, STAFF_MAX, SendApplication, Sent};
use shared::domain::facility::{AccountDigits, FacilityCheck};
use shared::domain::typed;
use yew::prelude::*;

use super::standing::Standing;
use crate::part::send_form::form_failure;
use crate::part::{Button, DefinitionList, Field, Look, Offer, RadioField, Row, SendForm, field};
use crate::text::office::{apply as words, frame};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const CHECK: &str = "apply-check";
const DIGITS: &str = "apply-digits";
const STAFF: &str = "apply-staff";
const DEVICES: &str = "apply-devices";
/// Element id of the review, for the focus.
const REVIEW: &str = "apply-review";

/// What was typed. No `Debug`: digits of an account.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Typed {
    pub(super) check: String,
    pub(super) digits: String,
    pub(super) staff: String,
    pub(super) devices: String,
}

impl Typed {
    /// What was sent before, without its digits.
    pub(super) fn of(former: Option<Sent>) -> Self {
        former.map_or_else(Self::default, |sent| Self {
            check: sent.check.word().to_owned(),
            digits: String::new(),
            staff: sent.staff.to_string(),
            devices: sent.devices.to_string(),
        })
    }

    /// Reads the form.
    pub(super) fn read(&self, round: u32) -> Result<Application, Faults> {
        let check = FacilityCheck::from_word(&self.check);
        let digits = AccountDigits::try_from(self.digits.as_str());
        let needs_digits = check == Some(FacilityCheck::Account);
        let number = |text: &str, most: u32| typed::number(text).parse::<u32>().ok().filter(|number| (1..=most).contains(number));
        let (staff, devices) = (number(&self.staff, STAFF_MAX), number(&self.devices, DEVICES_MAX));
        let faults = Faults::default()
            .note(CHECK, check.is_none().then_some(words::BAD_CHECK))
            .note(DIGITS, (needs_digits && digits.is_err()).then_some(words::BAD_DIGITS))
            .note(STAFF, staff.is_none().then_some(words::BAD_STAFF))
            .note(DEVICES, devices.is_none().then(words::bad_devices));
        let (Some(check), Some(staff), Some(devices), None) = (check, staff, devices, faults.first()) else { return Err(faults) };
        Ok(Application { round, check, digits: digits.ok().filter(|_| needs_digits), staff, devices })
    }
}

/// The rows of what is sent, or was.
pub(super) fn rows(sent: Sent) -> Vec<Row> {
    vec![
        Row::text(words::CHECK, words::check(sent.check)),
        Row::text(words::STAFF, format!("{}{}", sent.staff, words::PEOPLE)),
        Row::text(words::DEVICES, format!("{}{}", sent.devices, words::UNITS)),
    ]
}

/// Says how it stands.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ApplicationFormProps {
    /// See [`Standing`].
    pub(super) standing: Standing,
    /// What came back.
    pub(super) former: Option<Sent>,
}

/// The form, then the review.
#[component]
pub(super) fn ApplicationForm(props: &ApplicationFormProps) -> Html {
    let former = props.former;
    let form = use_form(|| Typed::of(former));
    let review = use_state(|| None::<Application>);
    let call = use_call::<SendApplication>();
    let progress = call.progress();
    let round = props.standing.home.round;
    let onreview = {
        let (form, review) = (form.clone(), review.clone());
        Callback::from(move |()| review.set(form.read(|typed| typed.read(round))))
    };
    let onback = {
        let (review, call) = (review.clone(), call.clone());
        Callback::from(move |()| {
            call.forget();
            review.set(None);
        })
    };
    let onsend = {
        let (review, standing) = (review.clone(), props.standing.clone());
        Callback::from(move |()| {
            let Some(application) = (*review).clone() else { return };
            let standing = standing.clone();
            call.start(SendApplication, application, move |outcome| match outcome {
                Ok(home) => standing.onhome.emit(home),
                Err(refusal) => standing.onrefused.emit(refusal),
            });
        })
    };
    use_effect_with(review.is_some(), |is_there| {
        if *is_there {
            field::focus(REVIEW);
        }
    });
    view(&form, (*review).as_ref(), &progress, onreview, onback, onsend)
}

/// The form or the review, with all that it shows.
pub(super) fn view(
    form: &Form<Typed>,
    review: Option<&Application>,
    progress: &Progress,
    onreview: Callback<()>,
    onback: Callback<()>,
    onsend: Callback<()>,
) -> Html {
    if let Some(application) = review {
        let Application { check, staff, devices, .. } = *application;
        let mut shown = rows(Sent { check, staff, devices });
        if let Some(digits) = &application.digits {
            shown.insert(1, Row::text(words::DIGITS, digits.to_string()));
        }
        return html! {
            <section id={REVIEW} tabindex="-1" aria-labelledby="apply-review-title">
                <h2 id="apply-review-title">{ words::REVIEW }</h2>
                if let Some(refusal) = &progress.refusal {
                    { form_failure(&words::refusal(refusal)) }
                }
                <DefinitionList rows={shown} />
                <p class="actions">
                    <Button id="apply-back" is_off={progress.is_busy} onpress={onback}>{ words::BACK }</Button>
                    <Button id="apply-send" look={Look::Primary} is_off={progress.is_busy} onpress={onsend}>
                        { if progress.is_busy { frame::BUSY } else { words::SEND } }
                    </Button>
                </p>
            </section>
        };
    }
    let offers = [FacilityCheck::Account, FacilityCheck::CallBack].map(|check| Offer { value: check.word(), label: words::check(check) });
    html! {
        <SendForm id="apply-submit" submit={words::TO_REVIEW} onsubmit={onreview}>
            <RadioField of={form.input(CHECK, |typed| &mut typed.check)} label={words::CHECK} is_required=true offers={offers.to_vec()} />
            if form.typed.check == FacilityCheck::Account.word() {
                <Field of={form.input(DIGITS, |typed| &mut typed.digits)} label={words::DIGITS} hint={words::DIGITS_HINT} is_required=true
                    inputmode="numeric" />
            }
            if form.typed.check == FacilityCheck::CallBack.word() {
                <p>{ words::CALL_ABOUT }</p>
            }
            <Field of={form.input(STAFF, |typed| &mut typed.staff)} label={words::STAFF} is_required=true inputmode="numeric"
                unit={words::PEOPLE} />
            <Field of={form.input(DEVICES, |typed| &mut typed.devices)} label={words::DEVICES} hint={words::DEVICES_HINT} is_required=true
                inputmode="numeric" unit={words::UNITS} />
        </SendForm>
    }
}
