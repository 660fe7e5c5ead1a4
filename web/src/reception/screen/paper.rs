//! X12: the ways without a card.

use yew::prelude::*;

use crate::part::{Button, Heading, Look, Notice, Panel};
use crate::text::reception as t;

/// Says where to go from here.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PaperProps {
    /// This device cannot read a card (X13).
    pub is_phone: bool,
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
            <Notice title={t::PAPER_HAND_OVER} />
            <p>{ t::PAPER_LEAD }</p>
            <Panel title={t::PAPER_FACE.0} class="stack">
                <p>{ t::PAPER_FACE.1 }</p>
                if props.is_phone {
                    <p>{ t::PAPER_FACE_ELSEWHERE }</p>
                } else {
                    // Beside this page: what the patient chose stays where it is.
                    <p><a class="button" href="/d" target="_blank" rel="noopener">{ t::PAPER_FACE_LINK }</a></p>
                    <p>{ t::PAPER_FACE_LINK_NEXT }</p>
                }
            </Panel>
            <h2>{ t::PAPER_PAPERS.0 }</h2>
            <p>{ t::PAPER_PAPERS.1 }</p>
            <ul class="ways">
                { for t::PAPER_WAYS.iter().map(|(name, what)| html! {
                    <li class="ways__way"><h3 class="ways__name">{ *name }</h3><p>{ *what }</p></li>
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
