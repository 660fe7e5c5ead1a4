//! A question before something that cannot be taken back, or not easily.

use yew::prelude::*;

use super::button::{Button, Look};
use super::dialog::Dialog;
use super::field::{Field, Input, focus};
use super::send_form::form_failure;
use crate::text::{Say, office as text};

/// The words that must be typed first, so that nobody does it by a slip of the finger.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// What is to be typed.
    pub label: AttrValue,
    /// The words themselves, or how to write them.
    pub hint: AttrValue,
    /// Said when it is something else.
    pub wrong: AttrValue,
    /// Keyboard of a tablet.
    pub inputmode: Option<AttrValue>,
    /// True for what is meant, however it is written.
    pub is_right: Callback<String, bool>,
}

/// Says what is asked.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ConfirmProps {
    /// Element id; the buttons are `{id}-cancel` and `{id}-go`, the input `{id}-typed`.
    pub id: AttrValue,
    /// The question.
    pub title: AttrValue,
    /// Words of the button that does it.
    pub act: AttrValue,
    /// The words that must be typed first.
    #[prop_or_default]
    pub words: Option<Words>,
    /// What came instead of an answer.
    #[prop_or_default]
    pub failed: Option<Say>,
    /// The answer is out: there is no way back, and none on.
    #[prop_or_default]
    pub is_busy: bool,
    /// Called with what was typed, when it is right.
    pub onact: Callback<String>,
    /// Called when the person leaves the question.
    pub onclose: Callback<()>,
    /// What it does, and what stays.
    pub children: Html,
}

/// What it means, the words to type, and two ways out of which やめる comes first.
#[component]
pub fn Confirm(props: &ConfirmProps) -> Html {
    let typed = use_state(|| (String::new(), false));
    let (text, is_wrong) = (*typed).clone();
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |text: String| typed.set((text, false)))
    };
    let onact = {
        let (words, onact, text, id) = (props.words.clone(), props.onact.clone(), text.clone(), props.id.clone());
        Callback::from(move |()| {
            if words.as_ref().is_none_or(|words| words.is_right.emit(text.clone())) {
                onact.emit(text.clone());
            } else {
                typed.set((text.clone(), true));
                focus(&format!("{id}-typed"));
            }
        })
    };
    view(props, text, is_wrong, oninput, &onact)
}

fn view(props: &ConfirmProps, text: String, is_wrong: bool, oninput: Callback<String>, onact: &Callback<()>) -> Html {
    let is_busy = props.is_busy;
    let onsubmit = {
        let onact = onact.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !is_busy {
                onact.emit(());
            }
        })
    };
    let field = props.words.as_ref().map(|words| {
        let fault = is_wrong.then(|| words.wrong.clone());
        let of = Input { id: format!("{}-typed", props.id).into(), value: text.into(), fault, is_held: is_busy, oninput };
        html! { <Field {of} label={words.label.clone()} hint={words.hint.clone()} inputmode={words.inputmode.clone()} /> }
    });
    html! {
        <Dialog id={props.id.clone()} title={props.title.clone()} onclose={props.onclose.clone()} is_held={is_busy}>
            { props.children.clone() }
            if let Some(say) = &props.failed {
                { form_failure(say) }
            }
            <form {onsubmit} novalidate=true>
                { field.unwrap_or_default() }
                <p class="actions">
                    <Button id={format!("{}-cancel", props.id)} is_off={is_busy} onpress={props.onclose.clone()}>{ text::confirm::CANCEL }</Button>
                    <Button id={format!("{}-go", props.id)} look={Look::Primary} submits=true is_off={is_busy}>
                        { if is_busy { text::frame::BUSY.into() } else { props.act.clone() } }
                    </Button>
                </p>
            </form>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    fn props(words: Option<Words>, is_busy: bool) -> ConfirmProps {
        let (onact, onclose) = (Callback::noop(), Callback::noop());
        let children = html! { <p>{ "消えます" }</p> };
        ConfirmProps {
            id: "ask".into(),
            title: "消しますか".into(),
            act: "消す".into(),
            words,
            failed: None,
            is_busy,
            onact,
            onclose,
            children,
        }
    }

    fn words() -> Words {
        let is_right = Callback::from(|typed: String| typed == "消す");
        Words {
            label: "確かめ".into(), hint: "「消す」と入力".into(), wrong: "ちがいます".into(), inputmode: None, is_right
        }
    }

    async fn shown(words: bool, is_wrong: bool, is_busy: bool) -> String {
        draw(move || view(&props(words.then(self::words), is_busy), "消".to_owned(), is_wrong, Callback::noop(), &Callback::noop())).await
    }

    #[tokio::test]
    async fn the_way_back_comes_first_and_the_words_before_both() {
        let html = shown(true, false, false).await;
        let place = |what: &str| html.find(what).unwrap_or_else(|| panic!("no {what} in {html}"));
        assert!(
            place("消えます") < place("ask-typed") && place("ask-typed") < place("ask-cancel") && place("ask-cancel") < place("ask-go")
        );
        assert!(!html.contains("ちがいます") && !html.contains("aria-invalid"));
        let wrong = shown(true, true, false).await;
        has(&wrong, "ちがいます");
        has(&wrong, "aria-invalid");
        assert!(!shown(false, true, false).await.contains("<input"), "a question without words");
    }

    #[tokio::test]
    async fn while_the_answer_is_out_nothing_can_be_pressed_or_typed() {
        let html = shown(true, false, true).await;
        assert_eq!((html.matches("readonly=").count(), html.matches("aria-disabled=\"true\"").count()), (1, 2));
        let html = shown(true, false, false).await;
        assert_eq!((html.matches("readonly=").count(), html.matches("aria-disabled=\"true\"").count()), (0, 0));
    }
}
