//! The reader's state on RW-1, for the staff: seen before the patient is asked anything.

use shared::api::HelperAt;
use yew::prelude::*;

use crate::part::{Button, Look, ReaderBox};
use crate::reader::{Input, Readers, Shown, View, use_client};
use crate::text::{errors, reception as t};
use crate::trouble::Trouble;

/// Says where the helper is.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ReadinessProps {
    /// Where the helper is.
    pub helper: HelperAt,
}

/// Joins the top to the helper while it is shown. Asks nothing of a card, and nothing of the person unless they press.
#[component]
pub fn Readiness(props: &ReadinessProps) -> Html {
    let (shown, client) = use_client(props.helper, Callback::noop(), Callback::noop());
    readiness(&shown.view, props.helper, &Callback::from(move |input| client.feed(input)))
}

/// Whether helper and reader are ready, in the staff's words.
pub fn readiness(view: &View, helper: HelperAt, oninput: &Callback<Input>) -> Html {
    let trouble =
        Trouble::of_view(view).filter(|trouble| !matches!(trouble, Trouble::WrongCard(_))).map(|trouble| errors::trouble(&trouble));
    let words = match &trouble {
        Some(say) => html! {
            <>
                <p class="reader__title">{ &say.happened }</p>
                <p class="say__next">{ &say.next }</p>
                <p class="say__code">{ say.code }</p>
            </>
        },
        None => {
            let (title, next) = t::readiness(view);
            html! { <><p class="reader__title">{ title }</p><p>{ next }</p></> }
        }
    };
    let feed = |id: &'static str, words: &'static str, input: Input| {
        html! { <Button {id} look={Look::Secondary} onpress={oninput.reform(move |()| input.clone())}>{ words }</Button> }
    };
    let buttons = match view {
        View::AskFirst => feed("connect", t::CONNECT, Input::Connect),
        View::Denied | View::Absent(_) | View::OldHelper => feed("connect", t::CHECK_AGAIN, Input::Connect),
        View::OtherHelper => feed("trust", t::TRUST, Input::Trust),
        _ => Html::default(),
    };
    let shown = Shown { view: view.clone(), readers: Readers::default(), card: None, kind: None };
    html! {
        <ReaderBox {shown} {helper} code={trouble.map(|say| say.code)} {words} onchoose={Callback::noop()}>
            { buttons }
        </ReaderBox>
    }
}
