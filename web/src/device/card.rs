//! カードの確認: what staff asks a card at the counter. Nothing of it goes to the server.

mod certificate;
mod check;
#[cfg(test)]
mod tests;

use gloo_timers::callback::Timeout;
use shared::api::HelperAt;
use shared::domain::calendar::UnixMs;
use shared::reader::FaceSignature;
use yew::prelude::*;

pub(super) use self::check::PHOTO_MS;
use self::check::{Act, Check, Found, PhotoEnd};
use super::shell::use_busy;
use crate::part::error_screen::{say_body, say_ways};
use crate::part::{Button, CheckField, DefinitionList, Look, Notice, Panel, ReaderBox, Row, Tone, field};
use crate::reader::{Ask, Got, Input, Shown, View, Want, use_client, watch_seen};
use crate::session::use_session;
use crate::text::{office::device as text, reception as t};

const RESULT: &str = "card-result";

/// カードの確認 of the account that is in.
#[component]
pub(crate) fn CardCheck() -> Html {
    let signed_in = use_session();
    let check = use_reducer(Check::default);
    let ongot = {
        let check = check.dispatcher();
        Callback::from(move |got: Got| check.dispatch(Act::Gives(got)))
    };
    let (shown, client) = use_client(signed_in.session.helper, Callback::noop(), ongot);
    use_effect_with((shown.card.clone(), shown.view == View::InUse), {
        let check = check.dispatcher();
        move |(card, is_in_use)| check.dispatch(Act::Shows(card.clone(), *is_in_use))
    });
    // What came is on the screen: the reader is ready for the next press.
    use_effect_with(shown.view == View::Done, {
        let client = client.clone();
        move |is_done| {
            if *is_done {
                client.feed(Input::Dismiss);
            }
        }
    });
    // A card on the reader is a person before the desk.
    use_busy(shown.card.is_some() || check.found.is_some());
    use_effect_with(check.found.clone(), |found| {
        if found.is_some() {
            field::focus(RESULT);
        }
    });
    use_effect_with(check.photo().map(str::to_owned), {
        let check = check.dispatcher();
        move |photo| {
            let watch = photo.as_ref().map(|_| {
                let late = {
                    let check = check.clone();
                    Timeout::new(PHOTO_MS, move || check.dispatch(Act::EndsPhoto(PhotoEnd::TimedOut)))
                };
                let unwatch = watch_seen(move |is_seen| {
                    if !is_seen {
                        check.dispatch(Act::EndsPhoto(PhotoEnd::Hidden));
                    }
                });
                (late, unwatch)
            });
            move || {
                if let Some((late, unwatch)) = watch {
                    drop(late);
                    unwatch();
                }
            }
        }
    });
    let onact = {
        let check = check.dispatcher();
        Callback::from(move |act: Act| check.dispatch(act))
    };
    let onstart = {
        let (client, check) = (client.clone(), check.clone());
        Callback::from(move |want: Want| {
            check.dispatch(Act::Starts);
            client.feed(Input::Start(Ask { want, takes_over: check.takes_over }));
        })
    };
    let oninput = Callback::from(move |input: Input| client.feed(input));
    let props = CardCheckViewProps {
        shown: (*shown).clone(),
        check: (*check).clone(),
        helper: signed_in.session.helper,
        now: signed_in.now(),
        onact,
        onstart,
        oninput,
    };
    html! { <CardCheckView ..props /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CardCheckViewProps {
    /// Reader and card.
    pub(crate) shown: Shown,
    /// Consent and last result.
    check: Check,
    /// Where the helper is.
    pub(crate) helper: HelperAt,
    /// The server's clock: when a certificate has ended.
    pub(crate) now: UnixMs,
    /// Changes what the screen knows.
    onact: Callback<Act>,
    /// Starts an operation.
    pub(crate) onstart: Callback<Want>,
    /// Speaks to the reader.
    pub(crate) oninput: Callback<Input>,
}

/// Reader, result, consent, and the three things to ask.
#[component]
pub(crate) fn CardCheckView(props: &CardCheckViewProps) -> Html {
    let view = &props.shown.view;
    let (is_running, has_failed) = (view.is_running(), matches!(view, View::Failed(_) | View::Lost(_)));
    html! {
        <>
            <p>{ text::LEAD }</p>
            <Notice title={text::NOT_RECORDED} />
            { reader(&props.shown, props.helper, props.check.takes_over, &props.oninput, &props.onact.reform(|()| Act::TakesOver)) }
            if let Some(found) = &props.check.found {
                <div id={RESULT} tabindex="-1" class="card-check__result">{ result(props, found) }</div>
            }
            // One way on at a time: what failed is read first.
            if !is_running && !has_failed && *view != View::Phone {
                { consent(props) }
                { acts(props) }
            }
        </>
    }
}

/// The reader, said aloud, with the buttons that fit it.
pub(super) fn reader(shown: &Shown, helper: HelperAt, takes_over: bool, oninput: &Callback<Input>, ontake: &Callback<()>) -> Html {
    let view = &shown.view;
    let trouble = text::trouble(view);
    let words = match (&trouble, text::reader_state(view, takes_over)) {
        (Some(say), _) => html! { <><p class="reader__title">{ &say.happened }</p>{ say_body(say) }</> },
        (None, Some((title, next))) => html! { <><p class="reader__title">{ title }</p><p>{ next }</p></> },
        (None, None) => Html::default(),
    };
    let feed = |id: &'static str, look: Look, words: &'static str, input: Input| {
        html! { <Button key={id} {id} {look} onpress={oninput.reform(move |()| input.clone())}>{ words }</Button> }
    };
    let buttons = match view {
        View::AskFirst => feed("connect", Look::Primary, t::CONNECT, Input::Connect),
        View::Denied | View::Absent(_) | View::OldHelper => feed("connect", Look::Primary, t::CHECK_AGAIN, Input::Connect),
        View::OtherHelper => feed("trust", Look::Secondary, t::TRUST, Input::Trust),
        View::InUse if !takes_over => {
            html! { <Button id="take" look={Look::Primary} onpress={ontake.clone()}>{ t::TAKE }</Button> }
        }
        View::Starting | View::Pin { .. } | View::OnPad | View::Working(_) => feed("stop", Look::Secondary, t::STOP, Input::Cancel),
        View::Failed(_) | View::Lost(_) => feed("again", Look::Primary, t::AGAIN, Input::Dismiss),
        View::Phone
        | View::Connecting
        | View::ServiceDown
        | View::ServiceDenied
        | View::NoReader
        | View::PutCard
        | View::PutCardBeside(_)
        | View::Recognising
        | View::Held
        | View::WrongCard(_)
        | View::InUse
        | View::Ready
        | View::Stopping
        | View::StoppingOnPad
        | View::Done => Html::default(),
    };
    html! {
        <ReaderBox shown={shown.clone()} {helper} code={trouble.map(|say| say.code)} {words}
            onchoose={oninput.reform(Input::Choose)}>
            { buttons }
        </ReaderBox>
    }
}

/// A tick that only a person sets, for the card that lies there.
fn consent(props: &CardCheckViewProps) -> Html {
    let is_consented = props.check.is_consented(props.shown.card.as_ref());
    html! {
        <Panel title={text::CONSENT_TITLE}>
            <CheckField id="consent" label={text::CONSENT} hint={text::CONSENT_MEANING} is_on={is_consented}
                is_off={props.shown.card.is_none()} onchange={props.onact.reform(Act::Consents)} />
        </Panel>
    }
}

fn acts(props: &CardCheckViewProps) -> Html {
    let is_open = match props.shown.view {
        View::Ready => true,
        View::InUse => props.check.takes_over,
        _ => false,
    };
    let is_consented = props.check.is_consented(props.shown.card.as_ref());
    let act = |id: &'static str, words: &'static str, about: &'static str, want: Want, needs_consent: bool| {
        let is_off = !is_open || needs_consent && !is_consented;
        html! {
            <li class="card-check__act">
                <Button {id} {is_off} onpress={props.onstart.reform(move |()| want.clone())}>{ words }</Button>
                <p>{ about }</p>
                if is_open && is_off {
                    <p class="is-open">{ text::NEEDS_CONSENT }</p>
                }
            </li>
        }
    };
    html! {
        <Panel title={text::ACTS_TITLE}>
            if !is_open {
                <p class="is-open">{ text::NEEDS_CARD }</p>
            }
            <ul class="card-check__acts">
                { act("pin-status", text::PIN_STATUS, text::PIN_STATUS_ABOUT, Want::PinStatus, false) }
                { act("identify", text::IDENTIFY, text::IDENTIFY_ABOUT, Want::Identify { is_consented }, true) }
                { act("face", text::FACE, text::FACE_ABOUT, Want::Face { is_consented }, true) }
            </ul>
        </Panel>
    }
}

fn result(props: &CardCheckViewProps, found: &Found) -> Html {
    match found {
        Found::Tries { auth, sign, has_certificate } => tries(*auth, *sign, *has_certificate),
        Found::Certificate(der) => certificate(der, props.now),
        Found::Photo { path, signature } => photo(props, path, *signature),
        Found::PhotoEnded(why) => photo_ended(*why),
    }
}

fn tries(auth: Option<u8>, sign: Option<u8>, has_certificate: bool) -> Html {
    let certificate = if has_certificate { text::HAS_CERTIFICATE } else { text::NO_CERTIFICATE };
    let rows = vec![
        Row::text(text::AUTH_PIN, text::tries(auth)),
        Row::text(text::SIGN_PIN, text::tries(sign)),
        Row::text(text::CERTIFICATE, certificate),
    ];
    html! {
        <Panel title={text::RESULT}>
            <DefinitionList {rows} />
            if auth == Some(0) {
                <Notice tone={Tone::Warn} title={text::LOCKED_TITLE}><p>{ text::LOCKED_NEXT }</p>{ say_ways(text::LOCKED_WAYS) }</Notice>
            }
            if sign == Some(0) {
                <Notice title={text::SIGN_LOCKED_TITLE}><p>{ text::SIGN_LOCKED_NEXT }</p></Notice>
            }
            if !has_certificate {
                <Notice tone={Tone::Warn} title={text::NO_CERTIFICATE_TITLE}><p>{ text::NO_CERTIFICATE_NEXT }</p></Notice>
            }
        </Panel>
    }
}

fn certificate(der: &[u8], now: UnixMs) -> Html {
    let until = certificate::not_after(der);
    let rows = vec![
        Row::text(text::CARD_KIND, text::MY_NUMBER_CARD),
        Row::text(text::VALID_UNTIL, until.map_or_else(|| text::UNTIL_UNREADABLE.to_owned(), |until| text::valid_until(until.jst_date()))),
        Row::text(text::NOT_CHECKED, text::NOT_CHECKED_WHAT),
    ];
    html! {
        <Panel title={text::RESULT}>
            <Notice tone={Tone::Warn} title={text::PROVES_NOTHING}><p>{ text::PROVES_NOTHING_NEXT }</p></Notice>
            <DefinitionList {rows} />
            if until.is_some_and(|until| until < now) {
                <Notice tone={Tone::Warn} title={text::EXPIRED_TITLE}><p>{ text::EXPIRED_NEXT }</p></Notice>
            }
        </Panel>
    }
}

/// The photo straight from the helper: the page's program never holds it.
fn photo(props: &CardCheckViewProps, path: &str, signature: FaceSignature) -> Html {
    let (title, next) = text::signature(signature);
    let (tone, role) = match signature {
        FaceSignature::Fits => (Tone::Good, None),
        FaceSignature::Wrong => (Tone::Bad, Some("alert")),
        FaceSignature::NotChecked => (Tone::Warn, None),
    };
    let end = |id: &'static str, look: Look, words: &'static str, why: PhotoEnd| {
        html! { <Button {id} {look} onpress={props.onact.reform(move |()| Act::EndsPhoto(why))}>{ words }</Button> }
    };
    let onerror = props.onact.reform(|_: Event| Act::EndsPhoto(PhotoEnd::NotLoaded));
    html! {
        <Panel title={text::PHOTO} class="card-photo">
            <Notice {tone} {role} title={title}>
                if let Some(next) = next {
                    <p>{ next }</p>
                }
            </Notice>
            <img key={path.to_owned()} id="card-photo" class="card-photo__picture" alt={text::PHOTO} crossorigin="anonymous"
                src={format!("{}{path}", props.helper.http())} {onerror} />
            <p class="card-photo__compare">{ text::PHOTO_COMPARE }</p>
            <p>{ text::PHOTO_ENDS }</p>
            <div class="actions">
                if signature != FaceSignature::Wrong {
                    { end("photo-matches", Look::Secondary, text::PHOTO_MATCHES, PhotoEnd::Matched) }
                }
                { end("photo-differs", Look::Secondary, text::PHOTO_DIFFERS, PhotoEnd::Differed) }
                { end("photo-clear", Look::Quiet, text::PHOTO_CLEAR, PhotoEnd::Cleared) }
            </div>
        </Panel>
    }
}

fn photo_ended(why: PhotoEnd) -> Html {
    let (tone, title, next) = match why {
        PhotoEnd::Matched => (Tone::Info, text::PHOTO_MATCHED, text::PHOTO_MATCHED_NEXT),
        PhotoEnd::Differed => (Tone::Warn, text::PHOTO_DIFFERED, text::PHOTO_DIFFERED_NEXT),
        PhotoEnd::Cleared => (Tone::Info, text::PHOTO_CLEARED, text::PHOTO_CLEARED_NEXT),
        PhotoEnd::TimedOut => (Tone::Info, text::PHOTO_TIMED_OUT, text::PHOTO_CLEARED_NEXT),
        PhotoEnd::Hidden => (Tone::Info, text::PHOTO_HIDDEN, text::PHOTO_CLEARED_NEXT),
        PhotoEnd::NotLoaded => (Tone::Bad, text::PHOTO_NOT_LOADED, text::PHOTO_CLEARED_NEXT),
    };
    html! { <Notice {tone} {title}><p>{ next }</p></Notice> }
}
