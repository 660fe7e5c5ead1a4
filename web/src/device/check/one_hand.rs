//! The odd route (RW-11, RW-13, S25) begins on one screen that one hand can use: day, place, who helps; the ways stand at the lower edge.

use shared::domain::calendar::CivilDate;
use shared::domain::institution::VisitKind;
use shared::domain::validity::book_ahead_days;
use shared::domain::visit::{Assist, Place};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::flow::{Act, By, Flow, can_be};
use crate::part::{Button, Heading, LiveRegion, Look, field, link};
use crate::reception::screen::pick::PickOne;
use crate::session::use_session;
use crate::text::office::bedside::{self as words, one_hand as own};
use crate::text::reception::uses as u;

/// Where the record of who cannot be checked is written.
const RECORD: &str = "/d/flow/record";

/// Says what was answered.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct WhereProps {
    pub(super) flow: Flow,
    pub(super) act: Callback<Act>,
}

/// The first screen of the odd route.
#[component]
pub(super) fn Where(props: &WhereProps) -> Html {
    let WhereProps { flow, act } = props;
    let occasion = &flow.draft.occasion;
    let missing = flow.missing_of_where();
    use_effect_with(flow.missing_presses, move |presses| {
        if let (1.., Some(id)) = (*presses, missing) {
            field::focus(id);
        }
    });
    let signed_in = use_session();
    use_effect({
        let (of, act) = (flow.desk.off_route.as_ref().map(|of| of.today), act.clone());
        move || {
            let today = signed_in.now().jst_date();
            if of.is_some_and(|of| of != today) {
                act.emit(Act::Today(today));
            }
        }
    });
    let points_out = |is_missing: bool, text: &'static str| (flow.points_out_missing && is_missing).then_some(AttrValue::Static(text));
    let places = Place::of(VisitKind::OffRoute);
    let onplace = act.reform(move |place: usize| Act::Place(places.get(place).copied().unwrap_or(Place::Counter)));
    let onassist = act.reform(|place: usize| Act::Assist(Assist::ALL.get(place).copied().unwrap_or(Assist::Alone)));
    let go = |by: By| act.reform(move |()| Act::Go(by));
    let (first, other) = if flow.desk.is_visual { (By::Eye, By::Card) } else { (By::Card, By::Eye) };
    let button = |by: By, look: Look| {
        let (id, title) = if by == By::Eye { ("go-eye", words::EYE_TITLE) } else { ("go-card", words::TITLE) };
        html! { <Button {id} {look} onpress={go(by)}>{ title }</Button> }
    };
    html! {
        <>
            <Heading text={own::WHERE} />
            { day(props) }
            <PickOne id="place" question={own::PLACE} meaning={u::PLACE_MEANING} words={places.iter().map(|of| of.label()).collect::<Vec<_>>()}
                picked={occasion.place.and_then(|of| places.iter().position(|other| *other == of))}
                missing={points_out(occasion.place.is_none(), u::PLACE_MISSING)} onpick={onplace} />
            <PickOne id="assist" question={u::ASSIST} meaning={u::ASSIST_MEANING} words={Assist::ALL.map(Assist::label).to_vec()}
                picked={occasion.assist.and_then(|of| Assist::ALL.iter().position(|other| *other == of))}
                missing={points_out(occasion.assist.is_none(), u::ASSIST_MISSING)} onpick={onassist} />
            <p>{ own::RECORD_LEAD }</p>
            <p>{ link(RECORD, None, own::RECORD) }</p>
            <div class="actions">
                { button(first, Look::Primary) }
                if flow.desk.allows_visual || other == By::Card {
                    { button(other, Look::Secondary) }
                }
            </div>
        </>
    }
}

/// 予約した診療日: today, unless another is chosen.
fn day(props: &WhereProps) -> Html {
    let WhereProps { flow, act } = props;
    let Some(today) = flow.desk.off_route.as_ref().map(|of| of.today) else { return Html::default() };
    let booked_on = flow.draft.occasion.booked_on;
    let is_wrong = !can_be(booked_on, today);
    let last = today.plus_days(book_ahead_days(today));
    let oninput = act.reform(|event: InputEvent| {
        Act::Booked(CivilDate::try_from(event.target_unchecked_into::<HtmlInputElement>().value().as_str()).ok())
    });
    html! {
        <div class={classes!("choice", is_wrong.then_some("is-missing"))}>
            <label class="line" for="booked-on">{ u::BOOKED }</label>
            <p id="booked-range">{ u::booked_range(today, last) }</p>
            if is_wrong {
                <p class="choice__missing" id="booked-wrong" data-code="U-X24">{ u::BOOKED_WRONG }</p>
            }
            <input class="line__input" id="booked-on" type="date" min={today.to_string()} max={last.to_string()} required=true
                value={booked_on.map(|day| day.to_string()).unwrap_or_default()} aria-invalid={is_wrong.then_some("true")}
                aria-describedby={if is_wrong { "booked-wrong booked-range" } else { "booked-range" }} {oninput} />
            <LiveRegion class="line__read">{ booked_on.filter(|_| !is_wrong).map(u::weekday) }</LiveRegion>
            if booked_on != Some(today) {
                <p><Button id="today" onpress={act.reform(move |()| Act::Booked(Some(today)))}>{ u::BOOKED_TODAY }</Button></p>
            }
        </div>
    }
}
