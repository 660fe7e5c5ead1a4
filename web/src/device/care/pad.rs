//! The large keys of DA-13: digits, what a Japanese date and a number on a paper need besides, and the way to the next field.

use yew::prelude::*;

use crate::text::office::care::paper as words;

/// What a press of the pad does to the field that is typed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// Puts this behind what stands there.
    Text(&'static str),
    /// Takes the last character.
    Erase,
    /// Goes on to the next field.
    Next,
}

/// The keys of a field of digits, row by row.
const DIGITS: [&str; 11] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "-", "0"];
/// The eras of a day, before its digits.
const ERAS: [&str; 4] = ["明", "大", "昭", "平"];
const LAST_ERA: [&str; 2] = ["令", "."];

/// What stands in a field after a press.
#[must_use]
pub(crate) fn pressed(text: &str, key: Key) -> String {
    let mut text = text.to_owned();
    match key {
        Key::Text(more) => text.push_str(more),
        Key::Erase => {
            text.pop();
        }
        Key::Next => {}
    }
    text
}

/// Says where the keys go.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PadProps {
    /// The field is a day: with the eras.
    pub(crate) is_day: bool,
    /// Called with each press.
    pub(crate) onkey: Callback<Key>,
}

/// The pad. A press leaves the focus in the field.
#[component]
pub(crate) fn Pad(props: &PadProps) -> Html {
    let onmousedown = Callback::from(|event: MouseEvent| event.prevent_default());
    let button = |key: Key, words: &'static str, label: Option<&'static str>| {
        let onclick = props.onkey.reform(move |_: MouseEvent| key);
        html! {
            <button type="button" class="pad__key" aria-label={label} onmousedown={onmousedown.clone()} {onclick}>{ words }</button>
        }
    };
    html! {
        <div class="pad on-screen" role="group" aria-label={words::PAD}>
            if props.is_day {
                <div class="pad__keys">
                    { for ERAS.into_iter().chain(LAST_ERA).map(|text| button(Key::Text(text), text, None)) }
                </div>
            }
            <div class="pad__keys">
                { for DIGITS.into_iter().map(|text| button(Key::Text(text), text, None)) }
                { button(Key::Erase, "⌫", Some(words::ERASE)) }
            </div>
            <button type="button" class="pad__key pad__next" onmousedown={onmousedown.clone()}
                onclick={props.onkey.reform(|_: MouseEvent| Key::Next)}>{ words::NEXT_FIELD }</button>
        </div>
    }
}
