//! RW-13 場所と付き添い.

use shared::domain::visit::{Occasion, PLACE_NAME_MAX_CHARS, Place as Of};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::pick::PickOne;
use crate::part::{Button, Heading, Look, field};
use crate::text::reception::{self as t, uses as u};

/// Says what was answered.
#[derive(Clone, PartialEq, Properties)]
pub struct PlaceProps {
    /// The places of the use.
    pub places: &'static [Of],
    /// What is known so far.
    pub occasion: Occasion,
    /// A place.
    pub onplace: Callback<Of>,
    /// Its name as typed.
    pub onname: Callback<String>,
    /// On, once a place is chosen.
    pub onnext: Callback<()>,
    /// Back.
    pub onback: Callback<()>,
}

/// RW-13: where the patient is, and for some places their name.
#[component]
pub fn PlaceScreen(props: &PlaceProps) -> Html {
    let looked_for = use_state(|| false);
    let picked = props.occasion.place.and_then(|place| props.places.iter().position(|other| *other == place));
    let onnext = {
        let (looked_for, onnext) = (looked_for.clone(), props.onnext.clone());
        Callback::from(move |()| {
            if picked.is_some() {
                onnext.emit(());
            } else {
                looked_for.set(true);
                field::focus("place-0");
            }
        })
    };
    let onpick = {
        let places = props.places;
        let onplace = props.onplace.clone();
        Callback::from(move |at: usize| {
            if let Some(place) = places.get(at) {
                onplace.emit(*place);
            }
        })
    };
    let oninput = props.onname.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    let missing = (*looked_for && picked.is_none()).then_some(AttrValue::Static(u::PLACE_MISSING));
    html! {
        <>
            <Heading text={u::PLACE} />
            <PickOne id="place" question={u::PLACE_QUESTION} meaning={u::PLACE_MEANING} words={props.places.iter().map(|of| of.label()).collect::<Vec<_>>()}
                {picked} {missing} {onpick}>
                if props.occasion.place.is_some_and(Of::has_name) {
                    <label class="line" for="place-name">{ u::PLACE_NAME }</label>
                    <input class="line__input" id="place-name" type="text" autocomplete="off" maxlength={PLACE_NAME_MAX_CHARS.to_string()}
                        value={props.occasion.place_name.clone()} {oninput} />
                }
            </PickOne>
            <p>{ u::PLACE_CLEARS }</p>
            if props.occasion.place == Some(Of::WithNurse) {
                <p>{ u::PLACE_DOCTOR }</p>
            }
            <div class="actions">
                <Button look={Look::Primary} id="next" onpress={onnext}>{ t::NEXT }</Button>
                <Button look={Look::Quiet} onpress={props.onback.clone()}>{ t::BACK }</Button>
            </div>
        </>
    }
}
