//! DA-8A 目視: the person beside the photo, a deliberate press, and only then the certificate.

use gloo_timers::callback::Timeout;
use shared::api::bedside::NotMatched;
use shared::reader::FaceSignature;
use yew::prelude::*;

use super::flow::{Act, Flow, Photo, Step};
use super::read::{not_begun, use_challenge};
use crate::device::card::{PHOTO_MS, reader};
use crate::part::{Button, CheckField, Heading, Look, Notice, Panel, Tone};
use crate::reader::{Ask, CardId, Got, Input, View, Want, use_client, watch_seen};
use crate::session::use_session;
use crate::text::office::{bedside as words, device as card_words};
use crate::use_call::use_call;

/// Says how far the check is.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct EyeProps {
    pub(super) flow: Flow,
    /// The proof is on its way.
    pub(super) is_busy: bool,
    pub(super) act: Callback<Act>,
}

/// 目視. The certificate is read after 一致した alone, and a photo stays no longer than the comparison.
#[component]
pub(super) fn Eye(props: &EyeProps) -> Html {
    let signed_in = use_session();
    let helper = signed_in.session.helper;
    let EyeProps { flow, is_busy, act } = props;
    let ongot = act.reform(|got: Got| match got {
        Got::Certificate(der) => Act::Looked(der),
        Got::Photo { path, signature } => Act::Photo(path, signature),
        // This screen asks for nothing else.
        Got::Signed(_) | Got::Tries { .. } => Act::PhotoGone,
    });
    let stay = {
        let signed_in = signed_in.clone();
        Callback::from(move |()| signed_in.stay())
    };
    let (shown, client) = use_client(helper, stay, ongot);
    // The consent is for the card that lies there.
    let agreed = use_state(|| None::<CardId>);
    let is_agreed = shown.card.is_some() && *agreed == shown.card;
    let shown_photo = match &flow.photo {
        Some(Photo::Shown(path, _)) => Some(path.clone()),
        _ => None,
    };
    use_effect_with(shown_photo.clone(), {
        let act = act.clone();
        move |photo| {
            let watch = photo.as_ref().map(|_| {
                let (late, hidden) = (act.clone(), act);
                let late = Timeout::new(PHOTO_MS, move || late.emit(Act::PhotoGone));
                let unwatch = watch_seen(move |is_seen| {
                    if !is_seen {
                        hidden.emit(Act::PhotoGone);
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
    // Another card: its photo is another one.
    use_effect_with(shown.card.clone(), {
        let (act, agreed) = (act.clone(), agreed.clone());
        move |card| {
            if agreed.is_some() && *agreed != *card {
                agreed.set(None);
                act.emit(Act::PhotoGone);
            }
        }
    });
    // What came is taken; after a refusal the reader is ready for the next press.
    use_effect_with((shown.view == View::Done, flow.proof.is_none()), {
        let client = client.clone();
        move |(is_done, is_free)| {
            if *is_done && *is_free {
                client.feed(Input::Dismiss);
            }
        }
    });
    let takes_over = use_state(|| false);
    let ready = use_challenge(flow, act);
    let differs = use_call::<NotMatched>();
    // The card that lies there now, for what comes back later.
    let present = use_mut_ref(|| None::<CardId>);
    present.borrow_mut().clone_from(&shown.card);
    let onmatched = {
        let (client, ready, act, takes_over) = (client.clone(), ready.clone(), act.clone(), *takes_over);
        let (compared, present) = (shown.card.clone(), present.clone());
        Callback::from(move |()| {
            let (client, compared, present) = (client.clone(), compared.clone(), present.clone());
            act.emit(Act::Matched(true));
            // Another card meanwhile is nobody who was compared: its consent is not ticked, and nothing of it is read.
            ready.then(move |_, _| {
                if *present.borrow() == compared {
                    client.feed(Input::Start(Ask { want: Want::Identify { is_consented: true }, takes_over }));
                }
            });
        })
    };
    let ondiffers = {
        let (ready, differs, act) = (ready.clone(), differs.clone(), act.clone());
        Callback::from(move |()| {
            let (differs, act) = (differs.clone(), act.clone());
            ready.then(move |visit, _| {
                differs.start(NotMatched { visit: visit.as_str().into() }, (), move |outcome| {
                    if outcome.is_ok() {
                        act.emit(Act::Matched(false));
                    }
                });
            });
        })
    };
    let onphoto = {
        let (client, takes_over) = (client.clone(), *takes_over);
        Callback::from(move |()| client.feed(Input::Start(Ask { want: Want::Face { is_consented: true }, takes_over })))
    };
    let oninput = {
        let client = client.clone();
        Callback::from(move |input: Input| client.feed(input))
    };
    let onagree = {
        let (agreed, card) = (agreed.clone(), shown.card.clone());
        Callback::from(move |is_on: bool| agreed.set(card.clone().filter(|_| is_on)))
    };
    let ontake = {
        let takes_over = takes_over.clone();
        Callback::from(move |()| takes_over.set(true))
    };
    let is_running = shown.view.is_running();
    let busy = *is_busy || ready.progress.is_busy || differs.progress().is_busy;
    let is_open = shown.view == View::Ready || shown.view == View::InUse && *takes_over;
    let may_read = is_agreed && is_open && !busy;
    html! {
        <>
            <Heading text={words::COMPARE} />
            { reader(&shown, helper, *takes_over, &oninput, &ontake) }
            if !is_running && shown.view != View::Phone {
                <CheckField id="agrees" label={words::AGREES} hint={words::AGREES_HINT} is_on={is_agreed} is_off={shown.card.is_none()} onchange={onagree} />
                <div class="eye">
                    { photo(flow, helper.http().as_str(), act) }
                    <Panel title={words::COMPARE} class="eye__list">
                        <ul>{ for words::CHECKLIST.iter().map(|line| html! { <li>{ *line }</li> }) }</ul>
                        if flow.photo.is_none() {
                            <p><Button id="photo" is_off={!may_read} onpress={onphoto}>{ words::SHOW_PHOTO }</Button></p>
                            <p>{ words::SHOW_PHOTO_HINT }</p>
                        }
                    </Panel>
                </div>
                { not_begun(&ready.progress) }
                { not_begun(&differs.progress()) }
                <p>{ words::MATCHED_MEANING }</p>
                if !may_read && !busy {
                    <p class="is-open">{ words::NEEDS_CARD }</p>
                }
                <div class="actions">
                    if !is_wrong(flow) {
                        <Button id="matched" look={Look::Primary} is_off={!may_read} onpress={onmatched}>{ words::MATCHED }</Button>
                    }
                    <Button id="not-matched" is_off={busy} onpress={ondiffers}>{ words::NOT_MATCHED }</Button>
                    <Button id="without" look={Look::Quiet} is_off={busy} onpress={act.reform(|()| Act::Show(Step::Without))}>{ words::WITHOUT }</Button>
                </div>
            }
        </>
    }
}

/// A photo that was changed shows nobody.
fn is_wrong(flow: &Flow) -> bool {
    matches!(&flow.photo, Some(Photo::Shown(_, FaceSignature::Wrong)))
}

/// The photo straight from the helper: the page's program never holds it.
fn photo(flow: &Flow, helper: &str, act: &Callback<Act>) -> Html {
    match &flow.photo {
        None => Html::default(),
        Some(Photo::Gone) => html! { <Notice title={card_words::PHOTO_CLEARED} /> },
        Some(Photo::Shown(path, signature)) => {
            let (title, next) = card_words::signature(*signature);
            let (tone, role) = match signature {
                FaceSignature::Fits => (Tone::Good, None),
                FaceSignature::Wrong => (Tone::Bad, Some("alert")),
                FaceSignature::NotChecked => (Tone::Warn, None),
            };
            html! {
                <Panel title={card_words::PHOTO} class="card-photo">
                    <img key={path.clone()} id="card-photo" class="card-photo__picture" alt={card_words::PHOTO} crossorigin="anonymous"
                        src={format!("{helper}{path}")} onerror={act.reform(|_: Event| Act::PhotoGone)} />
                    <Notice {tone} {role} {title}>if let Some(next) = next { <p>{ next }</p> }</Notice>
                    <p>{ card_words::PHOTO_ENDS }</p>
                </Panel>
            }
        }
    }
}
