//! The sheet of OT-9 on A4: on paper only, nothing about patients.

use shared::api::office::ReceptionUrlInfo;
use yew::prelude::*;

use crate::part::qr;
use crate::text::office::{sheet as words, url};

/// Says what the sheet is for.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SheetProps {
    /// The URL and what goes with it.
    pub(crate) info: ReceptionUrlInfo,
}

/// Institution, use, day of issue, QR code, URL, the steps to the home screen, whom to ask.
#[component]
pub(crate) fn Sheet(props: &SheetProps) -> Html {
    let info = &props.info;
    let contact = if info.contact.is_empty() { words::NO_CONTACT } else { &info.contact };
    html! {
        <section class="sheet" aria-hidden="true">
            <p class="sheet__heading">{ words::HEADING }</p>
            <p class="sheet__institution">{ &info.institution_name }</p>
            <p>{ format!("{}: {}", words::USE, info.visit_kind.label()) }{ "　" }{ format!("{}: {}", words::ISSUED, info.issued_at.jst_date().slashed()) }</p>
            <p class="sheet__for">{ words::FOR_STAFF }</p>
            { qr(&info.qr_svg, url::QR) }
            <p class="sheet__url" translate="no">{ &info.url }</p>
            <p class="sheet__title">{ words::HOME_SCREEN }</p>
            <div class="sheet__steps">
                { for words::STEPS.iter().map(|(device, reads, steps)| html! {
                    <div class="sheet__device">
                        <p class="sheet__name">{ device }</p>
                        <p>{ reads }</p>
                        <ol>{ for steps.iter().map(|step| html! { <li>{ step }</li> }) }</ol>
                    </div>
                }) }
            </div>
            <p class="sheet__note">{ words::STEPS_NOTE }</p>
            <p class="sheet__contact">{ format!("{}: {contact}", words::CONTACT) }</p>
            <p class="sheet__note">{ words::ACTUAL_SIZE }{ " " }{ words::REPLACED }</p>
        </section>
    }
}
