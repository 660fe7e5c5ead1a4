//! RW-11 診療日.

use shared::domain::calendar::CivilDate;
use shared::domain::validity::book_ahead_days;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::part::{Button, Heading, LiveRegion, Look, field};
use crate::text::reception::{self as t, uses as u};

/// Says what was answered.
#[derive(Clone, PartialEq, Properties)]
pub struct BookingProps {
    /// Today, by the server's clock.
    pub today: CivilDate,
    /// The day so far.
    pub booked_on: Option<CivilDate>,
    /// Today is offered first (the odd route).
    pub offers_today: bool,
    /// A day; `None` where what was typed is none.
    pub onday: Callback<Option<CivilDate>>,
    /// On, once there is a day that can be booked.
    pub onnext: Callback<()>,
    /// Back.
    pub onback: Callback<()>,
}

/// RW-11: the day in both calendars with its weekday, today by one press; X24 where it cannot be.
#[component]
pub fn Booking(props: &BookingProps) -> Html {
    let looked_for = use_state(|| false);
    let (today, last) = (props.today, props.today.plus_days(book_ahead_days(props.today)));
    let can_be = props.booked_on.is_some_and(|day| (today..=last).contains(&day));
    let onnext = {
        let (looked_for, onnext) = (looked_for.clone(), props.onnext.clone());
        Callback::from(move |()| {
            if can_be {
                onnext.emit(());
            } else {
                looked_for.set(true);
                field::focus("booked-on");
            }
        })
    };
    let oninput = props
        .onday
        .reform(|event: InputEvent| CivilDate::try_from(event.target_unchecked_into::<HtmlInputElement>().value().as_str()).ok());
    let is_wrong = !can_be && (*looked_for || props.booked_on.is_some());
    let look = if props.offers_today && props.booked_on != Some(today) { Look::Primary } else { Look::Secondary };
    html! {
        <>
            <Heading text={u::BOOKED} />
            <p>{ u::BOOKED_LEAD }</p>
            <div class="actions">
                <Button {look} id="today" onpress={props.onday.reform(move |()| Some(today))}>{ u::BOOKED_TODAY }</Button>
            </div>
            <div class={classes!("choice", is_wrong.then_some("is-missing"))}>
                <label class="line" for="booked-on">{ u::BOOKED_FIELD }</label>
                <p id="booked-range">{ u::booked_range(today, last) }</p>
                if is_wrong {
                    <p class="choice__missing" id="booked-wrong" data-code="U-X24">{ u::BOOKED_WRONG }</p>
                }
                <input class="line__input" id="booked-on" type="date" min={today.to_string()} max={last.to_string()} required=true
                    value={props.booked_on.map(|day| day.to_string()).unwrap_or_default()} aria-invalid={is_wrong.then_some("true")}
                    aria-describedby={if is_wrong { "booked-wrong booked-range" } else { "booked-range" }} {oninput} />
                <LiveRegion class="line__read">{ props.booked_on.filter(|_| can_be).map(u::weekday) }</LiveRegion>
            </div>
            <div class="actions">
                <Button look={Look::Primary} id="next" onpress={onnext}>{ t::NEXT }</Button>
                <Button look={Look::Quiet} onpress={props.onback.clone()}>{ t::BACK }</Button>
            </div>
        </>
    }
}
