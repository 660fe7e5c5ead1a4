//! Who acts now.

use yew::prelude::*;

use super::icon::{Icon, Sign};
use crate::text::reception as text;

/// Who should hold the tablet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// 患者様.
    Patient,
    /// 職員様.
    Staff,
}

/// Says who acts.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ActorBannerProps {
    /// Who.
    pub actor: Actor,
}

/// A band that says who acts on this screen.
#[component]
pub fn ActorBanner(props: &ActorBannerProps) -> Html {
    let (class, sign, words) = match props.actor {
        Actor::Patient => ("actor--patient", Sign::Patient, text::PATIENT_ACTS),
        Actor::Staff => ("actor--staff", Sign::Staff, text::STAFF_ACTS),
    };
    html! { <p class={classes!("actor", class)}><Icon {sign} /><span>{ words }</span></p> }
}
