//! A text into the clipboard, or onto paper.

use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use super::button::{Button, Look};
use super::live::LiveRegion;
use crate::text::office::hand as words;

/// What became of a press on コピー.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// Not pressed.
    NotYet,
    /// In the clipboard.
    Done,
    /// The browser gives this page no clipboard.
    Refused,
}

/// Says what is copied.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct CopyButtonProps {
    /// Element id of the button.
    pub id: AttrValue,
    /// Words of the button.
    pub words: AttrValue,
    /// What goes into the clipboard.
    pub text: AttrValue,
    /// How much it stands out.
    #[prop_or_default]
    pub look: Look,
    /// Further buttons beside it.
    #[prop_or_default]
    pub children: Html,
}

/// A button that copies, and says whether it did.
#[component]
pub fn CopyButton(props: &CopyButtonProps) -> Html {
    let copied = use_state(|| Copied::NotYet);
    let onpress = {
        let (copied, text) = (copied.clone(), props.text.clone());
        Callback::from(move |()| {
            let (copied, text) = (copied.clone(), text.clone());
            spawn_local(async move { copied.set(copy(&text).await) });
        })
    };
    view(props, *copied, onpress)
}

/// The button and what is said below it.
pub(crate) fn view(props: &CopyButtonProps, copied: Copied, onpress: Callback<()>) -> Html {
    let said = match copied {
        Copied::NotYet => Html::default(),
        Copied::Done => html! { <p class="is-good">{ words::COPIED }</p> },
        Copied::Refused => html! { <p class="is-open">{ words::NOT_COPIED }</p> },
    };
    html! {
        <>
            <p class="actions"><Button id={props.id.clone()} look={props.look} {onpress}>{ &props.words }</Button>{ props.children.clone() }</p>
            <LiveRegion>{ said }</LiveRegion>
        </>
    }
}

/// Puts a text into the clipboard; pages without TLS have none.
async fn copy(text: &str) -> Copied {
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else { return Copied::Refused };
    let has_clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
    if has_clipboard && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok() { Copied::Done } else { Copied::Refused }
}

/// Opens the browser's print dialog.
pub fn print() {
    if let Some(window) = web_sys::window() {
        // Refused in a frame or by policy: the browser's own menu still prints.
        let _ = window.print();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    #[tokio::test]
    async fn a_press_is_answered_in_words() {
        let shown = |copied| {
            draw(move || {
                let (id, words, text) = ("copy".into(), "コピーする".into(), "1234".into());
                view(&CopyButtonProps { id, words, text, look: Look::Primary, children: Html::default() }, copied, Callback::noop())
            })
        };
        let fresh = shown(Copied::NotYet).await;
        assert!(fresh.contains("コピーする") && !fresh.contains(words::COPIED) && !fresh.contains(words::NOT_COPIED));
        has(&shown(Copied::Done).await, words::COPIED);
        has(&shown(Copied::Refused).await, words::NOT_COPIED);
    }
}
