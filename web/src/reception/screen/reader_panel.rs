//! The state of reader and card, said aloud, with the buttons that fit it.

use shared::reader::Step as Work;
use yew::prelude::*;

use crate::part::error_screen::say_body;
use crate::part::{Button, Icon, LiveRegion, Look, Notice, Sign, Tone};
use crate::reader::View;
use crate::reception::trouble::Trouble;
use crate::text::{errors, reception as t};

/// Says what the reader does.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ReaderPanelProps {
    /// The state.
    pub view: View,
    /// Port of the helper, for its PIN frame.
    pub helper_port: u16,
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
    /// To the ways without a card.
    pub onpaper: Callback<()>,
}

/// Short name of a state for `data-reader`: tests and styles.
#[must_use]
pub fn state_name(view: &View) -> &'static str {
    match view {
        View::Phone => "phone",
        View::Connecting => "connecting",
        View::AskFirst => "ask-first",
        View::Denied => "denied",
        View::Absent { .. } => "absent",
        View::OldHelper => "old-helper",
        View::ServiceDown => "service-down",
        View::ServiceDenied => "service-denied",
        View::NoReader => "no-reader",
        View::PutCard => "put-card",
        View::Recognising => "recognising",
        View::Held => "held",
        View::WrongCard(_) => "wrong-card",
        View::InUse => "in-use",
        View::Ready => "ready",
        View::Starting => "starting",
        View::Pin { .. } => "pin",
        View::Working(Work::Verifying) => "verifying",
        View::Working(Work::Signing) => "signing",
        View::Working(Work::Reading) => "reading",
        View::Stopping => "stopping",
        View::Signed => "signed",
        View::Failed(_) => "failed",
        View::Lost(_) => "lost",
    }
}

fn sign(view: &View) -> (Sign, Tone) {
    match view {
        View::Connecting | View::Recognising | View::Starting | View::Stopping | View::Working(_) => (Sign::Busy, Tone::Info),
        View::AskFirst | View::Denied => (Sign::Locked, Tone::Warn),
        View::Phone | View::Absent { .. } | View::OldHelper | View::ServiceDown | View::ServiceDenied | View::NoReader => {
            (Sign::Unplugged, Tone::Warn)
        }
        View::PutCard => (Sign::Reader, Tone::Info),
        View::Held | View::WrongCard(_) => (Sign::Card, Tone::Warn),
        View::InUse => (Sign::Elsewhere, Tone::Warn),
        View::Ready => (Sign::Card, Tone::Good),
        View::Pin { .. } => (Sign::Key, Tone::Info),
        View::Signed => (Sign::Good, Tone::Good),
        View::Failed(_) | View::Lost(_) => (Sign::Bad, Tone::Bad),
    }
}

/// The live states of RW-5: icon, words, buttons, and the helper's own PIN frame.
#[component]
pub fn ReaderPanel(props: &ReaderPanelProps) -> Html {
    let view = &props.view;
    let trouble = Trouble::of_view(view);
    let (sign, tone) = sign(view);
    let words = match (&trouble, t::reader_state(view)) {
        (Some(trouble), _) => {
            let say = errors::trouble(trouble);
            html! { <><p class="reader__title">{ &say.happened }</p>{ say_body(&say) }</> }
        }
        (None, Some((title, next))) => html! { <><p class="reader__title">{ title }</p><p>{ next }</p></> },
        (None, None) => Html::default(),
    };
    let code = trouble.as_ref().map(|trouble| errors::trouble(trouble).code);
    html! {
        <div id="reader" class={classes!("reader", tone.class())} tabindex="-1" data-reader={state_name(view)} data-code={code}>
            <div class="reader__state">
                <div class="reader__sign"><Icon {sign} /></div>
                <LiveRegion class="reader__words">{ words }</LiveRegion>
            </div>
            if let View::Pin { ticket, last_try, .. } = view {
                if *last_try {
                    <Notice tone={Tone::Warn} title={t::LAST_TRY} code="U-X03">
                        <p>{ t::LAST_TRY_NEXT }</p>
                        <Button onpress={props.onpaper.clone()}>{ t::TO_PAPER }</Button>
                        <p class="say__code">{ "U-X03" }</p>
                    </Notice>
                }
                <p class="reader__pin-lead">{ t::PIN_LEAD }</p>
                <iframe key={ticket.clone()} id="pin-frame" class="pin-frame" title={t::PIN_FRAME} allow="loopback-network"
                    src={format!("http://127.0.0.1:{}/pin/{ticket}", props.helper_port)}></iframe>
            }
            if *view == View::Denied {
                <div class="reader__help">
                    <h2>{ t::HELP_ALLOW }</h2>
                    <ol>{ for t::HELP_ALLOW_STEPS.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
                </div>
            }
            <div class="actions">{ buttons(props, trouble.as_ref()) }</div>
        </div>
    }
}

fn buttons(props: &ReaderPanelProps, trouble: Option<&Trouble>) -> Html {
    let primary = |id: &'static str, word: &'static str, onpress: &Callback<()>, is_off: bool| {
        html! { <Button look={Look::Primary} {id} {is_off} onpress={onpress.clone()}>{ word }</Button> }
    };
    let other =
        |id: &'static str, word: &'static str, onpress: &Callback<()>| html! { <Button {id} onpress={onpress.clone()}>{ word }</Button> };
    match &props.view {
        View::AskFirst => primary("connect", t::CONNECT, &props.onconnect, false),
        View::Denied | View::Absent { .. } | View::OldHelper => primary("connect", t::CHECK_AGAIN, &props.onconnect, false),
        View::InUse => primary("take", t::TAKE, &props.ontake, props.is_busy),
        View::Ready => primary("start", t::START, &props.onstart, props.is_busy),
        View::Connecting
        | View::PutCard
        | View::Recognising
        | View::Held
        | View::WrongCard(_)
        | View::NoReader
        | View::ServiceDown
        | View::ServiceDenied => primary("start", t::START, &props.onstart, true),
        View::Starting | View::Pin { .. } | View::Working(_) => other("stop", t::STOP, &props.onstop),
        View::Phone => primary("paper", t::TO_PAPER, &props.onpaper, false),
        View::Stopping | View::Signed => Html::default(),
        // Where the card cannot help any more, the other way comes first.
        View::Failed(_) | View::Lost(_) if trouble.is_some_and(Trouble::leads_to_paper) => html! {
            <>{ primary("paper", t::TO_PAPER, &props.onpaper, false) }{ other("again", t::AGAIN, &props.onagain) }</>
        },
        View::Failed(_) | View::Lost(_) => primary("again", t::AGAIN, &props.onagain, props.is_busy),
    }
}
