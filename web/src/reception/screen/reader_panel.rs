//! The state of reader and card on RW-5, said aloud, with the buttons that fit it.

use shared::api::HelperAt;
use yew::prelude::*;

use crate::part::error_screen::say_body;
use crate::part::{Button, Look, ReaderBox};
use crate::reader::{Shown, View};
use crate::text::{errors, reception as t};
use crate::trouble::Trouble;

/// Says what the reader does.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ReaderPanelProps {
    /// The state.
    pub shown: Shown,
    /// Where the helper is, for its PIN frame.
    pub helper: HelperAt,
    /// A call to the server is on its way.
    pub is_busy: bool,
    /// 「読み取りを始める」.
    pub onstart: Callback<()>,
    /// 「こちらで使う」.
    pub ontake: Callback<()>,
    /// 「やめる」.
    pub onstop: Callback<()>,
    /// 「もう一度」 after an end.
    pub onagain: Callback<()>,
    /// 「接続する」, 「もう一度確かめる」.
    pub onconnect: Callback<()>,
    /// 「このまま使う」: another helper than before.
    pub ontrust: Callback<()>,
    /// To the ways without a card.
    pub onpaper: Callback<()>,
    /// A reader was chosen.
    pub onchoose: Callback<Option<String>>,
}

/// The live states of RW-5: icon, words, buttons, and the helper's own PIN frame.
#[component]
pub fn ReaderPanel(props: &ReaderPanelProps) -> Html {
    let view = &props.shown.view;
    let trouble = Trouble::of_view(view);
    let words = match (&trouble, t::reader_state(view)) {
        (Some(trouble), _) => {
            let say = errors::trouble(trouble);
            html! { <><p class="reader__title">{ &say.happened }</p>{ say_body(&say) }</> }
        }
        (None, Some((title, next))) => html! { <><p class="reader__title">{ title }</p><p>{ next }</p></> },
        (None, None) => Html::default(),
    };
    let code = match view {
        View::Pin { last_try: true, .. } => Some("U-X03"),
        _ => trouble.as_ref().map(|trouble| errors::trouble(trouble).code),
    };
    html! {
        <ReaderBox shown={props.shown.clone()} helper={props.helper} {code} {words} onchoose={props.onchoose.clone()}>
            { buttons(props, trouble.as_ref()) }
        </ReaderBox>
    }
}

fn buttons(props: &ReaderPanelProps, trouble: Option<&Trouble>) -> Html {
    let primary = |id: &'static str, word: &'static str, onpress: &Callback<()>, is_off: bool| {
        html! { <Button key={id} look={Look::Primary} {id} {is_off} onpress={onpress.clone()}>{ word }</Button> }
    };
    let other = |id: &'static str, word: &'static str, onpress: &Callback<()>| html! { <Button key={id} {id} onpress={onpress.clone()}>{ word }</Button> };
    match &props.shown.view {
        View::AskFirst => primary("connect", t::CONNECT, &props.onconnect, false),
        View::Denied | View::Absent(_) | View::OldHelper => primary("connect", t::CHECK_AGAIN, &props.onconnect, false),
        View::OtherHelper => html! {
            <>{ primary("paper", t::TO_PAPER, &props.onpaper, false) }{ other("trust", t::TRUST, &props.ontrust) }</>
        },
        View::InUse => primary("take", t::TAKE, &props.ontake, props.is_busy),
        View::Ready => primary("start", t::START, &props.onstart, props.is_busy),
        View::Connecting
        | View::PutCard
        | View::PutCardBeside(_)
        | View::Recognising
        | View::Held
        | View::WrongCard(_)
        | View::NoReader
        | View::ServiceDown
        | View::ServiceDenied => primary("start", t::START, &props.onstart, true),
        View::Starting | View::Pin { .. } | View::OnPad | View::Working(_) => other("stop", t::STOP, &props.onstop),
        View::Phone => primary("paper", t::TO_PAPER, &props.onpaper, false),
        View::Stopping | View::StoppingOnPad | View::Done => Html::default(),
        // Where the card cannot help any more, the other way comes first.
        View::Failed(_) | View::Lost(_) if trouble.is_some_and(Trouble::leads_to_paper) => html! {
            <>{ primary("paper", t::TO_PAPER, &props.onpaper, false) }{ other("again", t::AGAIN, &props.onagain) }</>
        },
        View::Failed(_) | View::Lost(_) => primary("again", t::AGAIN, &props.onagain, props.is_busy),
    }
}
