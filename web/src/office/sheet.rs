//! The sheet of OT-9 on one page of A4: on paper only, nothing about patients.

use shared::api::office::ReceptionUrlInfo;
use shared::domain::institution::InstitutionCode;
use yew::prelude::*;

use crate::part::qr;
use crate::text::office::{sheet as words, url};

/// Says what the sheet is for.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SheetProps {
    /// The URL and what goes with it.
    pub(crate) info: ReceptionUrlInfo,
    /// 機関コード.
    pub(crate) institution: InstitutionCode,
}

/// Institution with its code, use, day of issue, QR code, the address to type, what reads cards and what does not, the steps of each
/// browser (N073), whom to ask.
#[component]
pub(crate) fn Sheet(props: &SheetProps) -> Html {
    let info = &props.info;
    let contact = if info.contact.is_empty() { words::NO_CONTACT } else { &info.contact };
    let facts = [
        (words::USE, info.visit_kind.label().to_owned()),
        (words::CODE, props.institution.to_string()),
        (words::ISSUED, info.issued_at.jst_date().slashed()),
    ];
    html! {
        <section class="sheet" aria-hidden="true">
            <p class="sheet__heading">{ words::HEADING }</p>
            <p class="sheet__institution">{ &info.institution_name }</p>
            <p class="sheet__facts">{ for facts.iter().map(|(name, value)| html! { <span>{ format!("{name}: {value}") }</span> }) }</p>
            <p class="sheet__for">{ words::FOR_STAFF }</p>
            { qr(&info.qr_svg, url::QR) }
            <p class="sheet__url" translate="no">{ &info.url }</p>
            <div class="sheet__which">
                <p><strong>{ words::READS_CARDS }</strong>{ words::READS_CARDS_WHAT }</p>
                <p><strong>{ words::READS_NONE }</strong>{ words::READS_NONE_WHAT }</p>
            </div>
            <p class="sheet__title">{ words::SHORTCUT }</p>
            <div class="sheet__steps">
                { for words::STEPS.iter().map(|(browser, steps)| html! {
                    <div class="sheet__device">
                        <p class="sheet__name">{ browser }</p>
                        <ol>{ for steps.iter().map(|step| html! { <li>{ step }</li> }) }</ol>
                    </div>
                }) }
            </div>
            <p class="sheet__note">{ words::PHONES }{ words::STEPS_NOTE }</p>
            <p class="sheet__contact">{ format!("{}: {contact}", words::CONTACT) }</p>
            <p class="sheet__note">{ words::ACTUAL_SIZE }{ " " }{ words::REPLACED }</p>
        </section>
    }
}
