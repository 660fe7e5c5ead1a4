//! A QR code as the server drew it.

use yew::prelude::*;

/// The code of an SVG text (an XML prologue before it is left out); `label` says what it leads to.
pub fn qr(svg: &str, label: &'static str) -> Html {
    let drawing = svg.find("<svg").and_then(|start| svg.get(start..)).unwrap_or_default().to_owned();
    html! { <div class="office-qr" role="img" aria-label={label}>{ Html::from_html_unchecked(drawing.into()) }</div> }
}
