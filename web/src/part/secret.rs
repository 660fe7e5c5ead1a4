//! A secret that the server gives once: an initial password, an activation code.

use yew::prelude::*;

use super::button::{Button, Look};
use super::copy::{CopyButton, print};
use super::hold::Hold;
use super::notice::{Notice, Tone};
use crate::text::office::hand as words;

/// Says what is shown.
#[derive(Clone, PartialEq, Properties)]
pub struct OneTimeSecretProps {
    /// Element id; the buttons are `{id}-copy`, `{id}-print` and `{id}-done`.
    pub id: AttrValue,
    /// What it is: 「初期パスワード」.
    pub title: AttrValue,
    /// For whom, as it stands on the paper too.
    pub whose: AttrValue,
    /// The secret. Lives in this screen and nowhere else.
    pub secret: AttrValue,
    /// What to do with it.
    pub next: AttrValue,
    /// Called when the person has it: whoever owns the secret drops it.
    pub ondone: Callback<()>,
}

/// The secret in large letters, copied or printed, and gone with a press that says so.
#[component]
pub fn OneTimeSecret(props: &OneTimeSecretProps) -> Html {
    html! {
        <section class="secret" id={props.id.clone()} tabindex="-1" aria-label={props.title.clone()}>
            <Hold />
            <h2>{ &props.title }</h2>
            <p>{ &props.whose }</p>
            <p class="secret__text" translate="no">{ &props.secret }</p>
            <Notice tone={Tone::Warn} title={words::ONCE}><p>{ &props.next }</p></Notice>
            <div class="secret__ways">
                <CopyButton id={format!("{}-copy", props.id)} words={words::COPY} text={props.secret.clone()}>
                    <Button id={format!("{}-print", props.id)} onpress={Callback::from(|()| print())}>{ words::PRINT }</Button>
                    <Button id={format!("{}-done", props.id)} look={Look::Primary} onpress={props.ondone.clone()}>{ words::DONE }</Button>
                </CopyButton>
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    #[tokio::test]
    async fn the_secret_stands_once_and_its_end_is_said_before_the_press() {
        let html = draw(|| {
            html! { <OneTimeSecret id="code" title="コード" whose="花さん" secret="4821-7730" next="渡してください。" ondone={Callback::noop()} /> }
        })
        .await;
        assert_eq!(html.matches("4821-7730").count(), 1, "not in an attribute either");
        has(&html, words::ONCE);
        let place = |what: &str| html.find(what).unwrap();
        assert!(place(words::ONCE) < place("code-done"));
        for id in ["code-copy", "code-print", "code-done"] {
            has(&html, &format!("id=\"{id}\""));
        }
    }
}
