//! The conditions of the search (N105).

use shared::api::office::{ConsentSearch, DaysOf, ListOrder, StateFilter};
use shared::domain::calendar::CivilDate;
use shared::domain::institution::VisitKind;
use shared::domain::typed;
use yew::prelude::*;

use crate::part::field::Input;
use crate::part::{Button, Field, Look, Offer, SelectField};
use crate::text::office::consents as words;
use crate::use_form::{Faults, Form};

/// What was typed. No `Debug`: a name may be in it.
#[derive(Clone, PartialEq)]
pub(crate) struct Conditions {
    /// 同意年月日 from, as the date input gives it.
    pub(crate) from: String,
    /// 同意年月日 to.
    pub(crate) to: String,
    /// Beginning of 氏名 or 氏名(カナ).
    pub(crate) name: String,
    /// 照会番号.
    pub(crate) reference: String,
    /// 受付番号.
    pub(crate) receipt: String,
    /// 同意の状態.
    pub(crate) state: StateFilter,
    /// Which day the two are about.
    pub(crate) days: DaysOf,
    /// 診療区分; `None` = all.
    pub(crate) visit_kind: Option<VisitKind>,
    /// 並び順.
    pub(crate) order: ListOrder,
    /// The day from which the two days were set, as long as no person has changed them.
    pub(crate) default_of: Option<CivilDate>,
}

impl Conditions {
    /// From the first day of the month of `today` until `today`.
    pub(crate) fn of_this_month(today: CivilDate) -> Self {
        let first = today.plus_days(1 - i64::from(today.day()));
        Self {
            from: first.to_string(),
            to: today.to_string(),
            name: String::new(),
            reference: String::new(),
            receipt: String::new(),
            state: StateFilter::All,
            days: DaysOf::Consented,
            visit_kind: None,
            order: ListOrder::NewestFirst,
            default_of: Some(today),
        }
    }

    /// The conditions with the days as `today` sets them, unless a person has set them.
    pub(crate) fn on(self, today: CivilDate) -> Self {
        if self.default_of.is_none_or(|day| day == today) {
            return self;
        }
        let Self { from, to, default_of, .. } = Self::of_this_month(today);
        Self { from, to, default_of, ..self }
    }

    /// Drops what is of a person; true when there was something.
    pub(crate) fn forget_people(&mut self) -> bool {
        let of_a_person = [&mut self.name, &mut self.reference, &mut self.receipt];
        let had_some = of_a_person.iter().any(|text| !text.trim().is_empty());
        of_a_person.into_iter().for_each(String::clear);
        had_some
    }

    /// Reads the conditions; the first page is asked for.
    pub(crate) fn check(&self) -> Result<ConsentSearch, Faults> {
        let (from, to) = (CivilDate::try_from(self.from.as_str()), CivilDate::try_from(self.to.as_str()));
        match (from, to) {
            (Ok(from), Ok(to)) if to < from => Err(Faults::default().note(TO, Some(words::BACKWARDS))),
            (Ok(consented_from), Ok(consented_to)) => Ok(ConsentSearch {
                consented_from,
                consented_to,
                days: self.days,
                visit_kind: self.visit_kind,
                name_prefix: self.name.trim().to_owned(),
                reference_number: typed::number(&self.reference),
                receipt: typed::number(&self.receipt),
                state: self.state,
                order: self.order,
                cursor: None,
            }),
            (from, to) => {
                Err(Faults::default().note(FROM, from.is_err().then_some(words::NO_FROM)).note(TO, to.is_err().then_some(words::NO_TO)))
            }
        }
    }
}

const FROM: &str = "consents-from";
const TO: &str = "consents-to";

const STATES: [(StateFilter, Offer); 5] = [
    (StateFilter::All, Offer { value: "all", label: words::STATE_ALL }),
    (StateFilter::Living, Offer { value: "living", label: words::STATE_LIVING }),
    (StateFilter::Expired, Offer { value: "expired", label: words::STATE_EXPIRED }),
    (StateFilter::Replaced, Offer { value: "replaced", label: words::STATE_REPLACED }),
    (StateFilter::Withdrawn, Offer { value: "withdrawn", label: words::STATE_WITHDRAWN }),
];

const ORDERS: [(ListOrder, Offer); 2] = [
    (ListOrder::NewestFirst, Offer { value: "newest", label: words::ORDER_NEWEST }),
    (ListOrder::ExpiryFirst, Offer { value: "expiry", label: words::ORDER_EXPIRY }),
];

const DAYS_OF: [(DaysOf, Offer); 2] = [
    (DaysOf::Consented, Offer { value: "consented", label: words::DAYS }),
    (DaysOf::Booked, Offer { value: "booked", label: words::DAYS_BOOKED }),
];

/// The value of the offer that stands for `chosen`.
fn value_of<T: PartialEq>(offers: &[(T, Offer)], chosen: &T) -> &'static str {
    offers.iter().find(|(what, _)| what == chosen).map_or("", |(_, offer)| offer.value)
}

/// What the offer of this value stands for.
fn chosen_by<T: Copy>(offers: &[(T, Offer)], value: &str) -> Option<T> {
    offers.iter().find(|(_, offer)| offer.value == value).map(|(what, _)| *what)
}

/// Says what was typed and what follows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ConditionsFormProps {
    /// What was typed.
    pub(crate) form: Form<Conditions>,
    /// Called on 検索.
    pub(crate) onsearch: Callback<()>,
}

/// 同意年月日 (required), 氏名, 照会番号, 状態, 並び順, 検索.
#[component]
pub(crate) fn ConditionsForm(props: &ConditionsFormProps) -> Html {
    let form = &props.form;
    let conditions = &form.typed;
    let text = |id, part: fn(&mut Conditions) -> &mut String| form.input(id, part);
    // A day that a person set does not follow midnight.
    let day = |id, part: fn(&mut Conditions) -> &mut String| {
        let oninput = form.edit(move |new: &mut Conditions, value| {
            *part(new) = value;
            new.default_of = None;
        });
        Input { oninput, ..form.input(id, part) }
    };
    let state = form.edit(|new: &mut Conditions, value: String| new.state = chosen_by(&STATES, &value).unwrap_or(new.state));
    let kind = form.edit(|new: &mut Conditions, value: String| {
        new.visit_kind = VisitKind::ALL.into_iter().find(|kind| kind.usage().word() == value);
    });
    let days = form.edit(|new: &mut Conditions, value: String| new.days = chosen_by(&DAYS_OF, &value).unwrap_or(new.days));
    let (from, to) = match conditions.days {
        DaysOf::Consented => (words::FROM, words::TO),
        DaysOf::Booked => (words::FROM_BOOKED, words::TO_BOOKED),
    };
    let kinds = VisitKind::ALL.map(|kind| Offer { value: kind.usage().word(), label: kind.label() });
    let kinds = [Offer { value: "", label: words::USE_ALL }].into_iter().chain(kinds).collect::<Vec<_>>();
    let order = form.edit(|new: &mut Conditions, value: String| new.order = chosen_by(&ORDERS, &value).unwrap_or(new.order));
    let choice =
        |id: &'static str, value: &'static str, oninput| Input { id: id.into(), value: value.into(), fault: None, is_held: false, oninput };
    let onsubmit = props.onsearch.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <form class="conditions" {onsubmit} novalidate=true aria-label={words::CONDITIONS} role="search">
            <fieldset class="conditions__days">
                <legend class="visually-hidden">{ words::DAYS }</legend>
                <Field of={day(FROM, |typed| &mut typed.from)} kind="date" label={from} is_required=true />
                <Field of={day(TO, |typed| &mut typed.to)} kind="date" label={to} is_required=true />
            </fieldset>
            <div class="conditions__more">
                <Field of={text("consents-name", |typed| &mut typed.name)} label={words::NAME} hint={words::NAME_HINT} />
                <Field of={text("consents-reference", |typed| &mut typed.reference)} label={words::REFERENCE} hint={words::REFERENCE_HINT} />
                <Field of={text("consents-receipt", |typed| &mut typed.receipt)} label={words::RECEIPT} hint={words::RECEIPT_HINT} />
                <SelectField of={choice("consents-state", value_of(&STATES, &conditions.state), state)} label={words::STATE}
                    offers={STATES.map(|(_, offer)| offer).to_vec()} />
                <SelectField of={choice("consents-days", value_of(&DAYS_OF, &conditions.days), days)} label={words::DAYS_OF}
                    offers={DAYS_OF.map(|(_, offer)| offer).to_vec()} />
                <SelectField of={choice("consents-use", conditions.visit_kind.map_or("", |kind| kind.usage().word()), kind)} label={words::USE}
                    offers={kinds} />
                <SelectField of={choice("consents-order", value_of(&ORDERS, &conditions.order), order)} label={words::ORDER}
                    offers={ORDERS.map(|(_, offer)| offer).to_vec()} />
            </div>
            <p class="actions"><Button id="consents-search" look={Look::Primary} submits=true>{ words::SEARCH }</Button></p>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        text.try_into().unwrap()
    }

    #[test]
    fn the_first_search_covers_this_month_until_today() {
        let search = Conditions::of_this_month(day("2024-01-17")).check().unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!((search.consented_from, search.consented_to), (day("2024-01-01"), day("2024-01-17")));
        assert_eq!((search.state, search.order, search.cursor), (StateFilter::All, ListOrder::NewestFirst, None));
        let first = Conditions::of_this_month(day("2024-03-01"));
        assert_eq!((first.from.as_str(), first.to.as_str()), ("2024-03-01", "2024-03-01"));
    }

    #[test]
    fn days_are_required_and_in_order() {
        let with = |from: &str, to: &str| Conditions { from: from.into(), to: to.into(), ..Conditions::of_this_month(day("2024-01-17")) };
        for (from, to, wrong_from, wrong_to) in [
            ("", "2024-01-17", Some(words::NO_FROM), None),
            ("2024-01-01", "", None, Some(words::NO_TO)),
            ("", "", Some(words::NO_FROM), Some(words::NO_TO)),
            ("2024-01-18", "2024-01-17", None, Some(words::BACKWARDS)),
        ] {
            let faults = with(from, to).check().unwrap_err();
            assert_eq!((faults.of(FROM).as_deref(), faults.of(TO).as_deref()), (wrong_from, wrong_to), "{from} {to}");
            assert!(faults.first().is_some());
        }
        assert!(with("2024-01-17", "2024-01-17").check().is_ok());
    }

    #[test]
    fn names_are_forgotten_and_days_kept() {
        let mut conditions = Conditions::of_this_month(day("2024-01-17"));
        conditions.name = "シカク".to_owned();
        conditions.reference = "007".to_owned();
        conditions.receipt = "K7M2QX9A".to_owned();
        assert!(conditions.forget_people());
        assert!(conditions == Conditions::of_this_month(day("2024-01-17")));
        assert!(!conditions.forget_people());
    }

    #[test]
    fn after_midnight_the_day_that_nobody_chose_is_the_new_one() {
        let evening = Conditions { name: "シカク".to_owned(), ..Conditions::of_this_month(day("2024-01-31")) };
        let morning = evening.clone().on(day("2024-02-01"));
        assert_eq!((morning.from.as_str(), morning.to.as_str(), morning.name.as_str()), ("2024-02-01", "2024-02-01", "シカク"));
        let chosen = Conditions { to: "2024-01-30".to_owned(), default_of: None, ..evening };
        assert!(chosen.clone().on(day("2024-02-01")) == chosen, "what a person chose stays");
    }

    #[test]
    fn numbers_are_searched_as_they_were_meant() {
        let mut conditions = Conditions::of_this_month(day("2024-01-17"));
        conditions.reference = "００-1２ ３\u{200B}".to_owned();
        conditions.receipt = "K7M2-QX9A ".to_owned();
        let search = conditions.check().unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!((search.reference_number.as_str(), search.receipt.as_str()), ("00123", "K7M2QX9A"));
    }

    #[test]
    fn every_offer_reads_back() {
        for (state, offer) in &STATES {
            assert_eq!(chosen_by(&STATES, value_of(&STATES, state)), Some(*state), "{}", offer.label);
        }
        for (order, offer) in &ORDERS {
            assert_eq!(chosen_by(&ORDERS, value_of(&ORDERS, order)), Some(*order), "{}", offer.label);
        }
    }
}
