//! What stands at every line: where it comes from, and that a cell is empty.

use shared::domain::medical::{LineSource, Origin};
use yew::prelude::*;

use crate::text::office::medical::{self as words, checkup as said};

/// Where it comes from and as of when; an electronic prescription is marked.
pub(super) fn source(source: &LineSource) -> Html {
    let origin = match source.origin {
        Origin::EPrescription => html! { <span class="medical__mark">{ words::E_PRESCRIPTION }</span> },
        other => html! { { other.label() } },
    };
    html! { <>{ origin }<span class="medical__about">{ words::as_of(source.as_of) }</span></> }
}

/// An empty cell says so.
pub(super) fn nothing() -> Html {
    html! { <><span aria-hidden="true">{ said::NO_VALUE }</span><span class="visually-hidden">{ said::NO_VALUE_READ }</span></> }
}
