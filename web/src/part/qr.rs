//! A QR code as the server drew it.

use yew::prelude::*;

/// The code of the server's SVG text; `label` says what it leads to.
///
/// The drawing is made anew of its two numbers, its side and the path of the dark modules: the pages' policy lets no text become
/// elements (Trusted Types).
pub fn qr(svg: &str, label: &'static str) -> Html {
    let view = attribute(svg, " viewBox=\"").unwrap_or_default().to_owned();
    let dark = attribute(svg, "fill=\"#000\" d=\"").unwrap_or_default().to_owned();
    html! {
        <div class="office-qr" role="img" aria-label={label}>
            <svg viewBox={view} shape-rendering="crispEdges" aria-hidden="true">
                <rect width="100%" height="100%" fill="#fff" />
                <path fill="#000" d={dark} />
            </svg>
        </div>
    }
}

fn attribute<'a>(svg: &'a str, before: &str) -> Option<&'a str> {
    svg.split_once(before)?.1.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_of_the_server_is_read() {
        let svg = "<svg xmlns=\"x\" viewBox=\"0 0 33 33\" role=\"img\"><title>QR</title>\
            <path fill=\"#fff\" d=\"M0 0h33v33H0z\"/><path fill=\"#000\" d=\"M4 4h7v1H4z\"/></svg>";
        assert_eq!(attribute(svg, " viewBox=\""), Some("0 0 33 33"));
        assert_eq!(attribute(svg, "fill=\"#000\" d=\""), Some("M4 4h7v1H4z"));
        assert_eq!(attribute("", " viewBox=\""), None);
    }
}
