//! X12: the ways without a card.

use yew::prelude::*;

use crate::part::{Button, Heading, Look};
use crate::text::reception as t;

/// Says where to go from here.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PaperProps {
    /// Back to where it was.
    pub onback: Callback<()>,
    /// 「終了する」.
    pub onfinish: Callback<()>,
}

/// X12: guidance to the papers that serve instead of the card.
#[component]
pub fn Paper(props: &PaperProps) -> Html {
    html! {
        <div class="stack" data-code="U-X12">
            <Heading text={t::PAPER} />
            <p>{ t::PAPER_LEAD }</p>
            <ul class="ways">
                { for t::PAPER_WAYS.iter().map(|(name, what)| html! {
                    <li class="ways__way"><h2 class="ways__name">{ *name }</h2><p>{ *what }</p></li>
                }) }
            </ul>
            <p class="say__code">{ "U-X12" }</p>
            <div class="actions">
                <Button look={Look::Primary} id="back" onpress={props.onback.clone()}>{ t::BACK }</Button>
                <Button id="finish" onpress={props.onfinish.clone()}>{ t::FINISH }</Button>
            </div>
        </div>
    }
}
