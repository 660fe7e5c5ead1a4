//! Pictures of the preparation: a card on a reader, at the back of a phone, at the top of an iPhone.

use yew::prelude::*;

fn picture(words: &'static str, inside: Html) -> Html {
    html! {
        <svg class="guide-picture" viewBox="0 0 160 100" role="img" aria-label={words} fill="none" stroke="currentColor" stroke-width="3"
            stroke-linejoin="round" stroke-linecap="round">{ inside }</svg>
    }
}

/// A card with its chip.
fn card(transform: &'static str) -> Html {
    html! {
        <g transform={transform}>
            <rect x="0" y="0" width="46" height="29" rx="4" fill="var(--paper)" />
            <rect x="6" y="8" width="9" height="8" rx="1" />
        </g>
    }
}

/// A computer with a reader at its cable.
pub(super) fn computer(words: &'static str) -> Html {
    picture(
        words,
        html! {
            <>
                <rect x="10" y="14" width="70" height="48" rx="4" />
                <path d="M4 74 H86 L80 62 H10 Z" />
                <path d="M86 70 C100 70 98 84 106 84" />
                <rect x="102" y="70" width="52" height="22" rx="4" />
                { card("translate(105 44)") }
            </>
        },
    )
}

/// A card at the back of a phone.
pub(super) fn phone(words: &'static str) -> Html {
    picture(
        words,
        html! {
            <>
                <rect x="56" y="6" width="48" height="88" rx="7" />
                { card("translate(80 36)") }
                <path d="M40 40 C34 47 34 55 40 62 M30 34 C20 45 20 57 30 68" />
            </>
        },
    )
}

/// A card at the upper edge of a phone that looks at a face.
pub(super) fn phone_with_face(words: &'static str) -> Html {
    picture(
        words,
        html! {
            <>
                <rect x="40" y="16" width="46" height="80" rx="7" />
                { card("translate(40 2)") }
                <circle cx="120" cy="54" r="18" />
                <path d="M114 50 V52 M126 50 V52 M113 61 C117 65 123 65 127 61" />
            </>
        },
    )
}
