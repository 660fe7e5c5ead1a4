//! The one word about an insurance.

use shared::domain::coverage::Validity;
use yew::prelude::*;

use super::icon::{Icon, Sign};
use super::notice::Tone;

/// Says which verdict.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct VerdictProps {
    /// 資格有効性.
    pub validity: Validity,
}

/// 資格有効性 as a badge: icon and word; the colour only repeats them.
#[component]
pub fn Verdict(props: &VerdictProps) -> Html {
    let (tone, sign) = match props.validity {
        Validity::Valid => (Tone::Good, Sign::Good),
        Validity::Invalid => (Tone::Bad, Sign::Bad),
        Validity::Replaced => (Tone::Warn, Sign::Warn),
        Validity::NotFound | Validity::AidNotRegistered => (Tone::Warn, Sign::Unknown),
        Validity::Several => (Tone::Warn, Sign::Elsewhere),
    };
    html! {
        <span class={classes!("verdict", tone.class())}><Icon {sign} /><span>{ props.validity.label() }</span></span>
    }
}
