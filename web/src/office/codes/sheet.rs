//! The sheet of a code on A4: on paper only, gone from the page with the digits.

use shared::api::activation::CodeIssued;
use yew::prelude::*;

use crate::part::address;
use crate::part::qr::qr;
use crate::text::office::codes::{self as words, sheet};

/// Says which code. No `Debug`: it holds the digits.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct CodeSheetProps {
    /// The code that was issued.
    pub(super) code: CodeIssued,
    /// 機関コード.
    pub(super) institution: AttrValue,
}

/// Institution with its code, device, the address to type, the QR code for its camera, the twelve digits, until when, what to do.
#[component]
pub(super) fn CodeSheet(props: &CodeSheetProps) -> Html {
    let code = &props.code;
    html! {
        <section class="sheet" aria-hidden="true">
            <p class="sheet__heading">{ sheet::HEADING }</p>
            <p class="sheet__institution">{ &code.institution_name }</p>
            <p class="sheet__for">{ format!("{}: {}", sheet::DEVICE, code.row.label) }</p>
            <p>{ format!("{}: {}", sheet::INSTITUTION, props.institution) }</p>
            <p>{ format!("{}: {}", sheet::ADDRESS, address("/d")) }</p>
            { qr(&code.qr_svg, words::QR) }
            <p>{ sheet::CAMERA }</p>
            <p class="sheet__title">{ sheet::CODE }</p>
            <p class="sheet__url sheet__digits" translate="no">{ &code.digits }</p>
            <p>{ format!("{}: {}", sheet::UNTIL, words::until(code.row.expires_at)) }</p>
            <ol class="sheet__list">{ for sheet::STEPS.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
            <p class="sheet__note">{ sheet::NOTE }</p>
        </section>
    }
}
