//! DA-8B, DA-8C, DA-9: card or phone, with the PIN in the helper's frame or the phone's own unlock.

use std::cell::Cell;
use std::rc::Rc;

use shared::api::Code;
use shared::api::bedside::{FreshBedside, NewBedside, OpenBedside};
use shared::api::reception::Challenge;
use shared::domain::check::Medium;
use shared::domain::visit::Occasion;
use shared::reader::{CardKind, ErrorCode};
use yew::prelude::*;

use super::flow::{Act, Flow, Step};
use crate::part::error_screen::say_body;
use crate::part::{Button, Heading, Notice, Panel, Tone};
use crate::reader::{Ask, Got, Input, Phones, View, Want, use_client};
use crate::reception::draft::KEY_LEN;
use crate::reception::screen::pick::PickOne;
use crate::reception::screen::reader_panel::ReaderPanel;
use crate::session::use_session;
use crate::text::office::{self as text, bedside as words};
use crate::text::reception as t;
use crate::use_call::{Progress, use_call};

/// Says what is read.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ReadProps {
    pub(super) flow: Flow,
    /// The proof is on its way.
    pub(super) is_busy: bool,
    pub(super) act: Callback<Act>,
}

/// What is done once it is there: the name of the check, and what is to be signed.
type Then = Box<dyn FnOnce(String, Challenge)>;

/// Opens the check, or gets a fresh challenge for it, and hands on that it fits the shown answers.
#[derive(Clone)]
pub(super) struct Ready {
    run: Rc<dyn Fn(Then)>,
    /// How far it is.
    pub(super) progress: Progress,
}

impl Ready {
    pub(super) fn then(&self, run: impl FnOnce(String, Challenge) + 'static) {
        (self.run)(Box::new(run));
    }
}

/// The way to a challenge for the next reading: always a fresh one, so that it lasts for the whole of it.
#[hook]
pub(super) fn use_challenge(flow: &Flow, act: &Callback<Act>) -> Ready {
    let (open, fresh) = (use_call::<OpenBedside>(), use_call::<FreshBedside>());
    let progress = if flow.visit.is_some() { fresh.progress() } else { open.progress() };
    let (flow, act) = (flow.clone(), act.clone());
    let run = move |run: Then| {
        let (of, act) = (flow.clone(), act.clone());
        match &flow.visit {
            Some(visit) => {
                let name = visit.clone();
                fresh.start(FreshBedside { visit: visit.as_str().into() }, (), move |outcome| match outcome {
                    Ok(challenge) if of.fits(&challenge) => {
                        act.emit(Act::Fresh(challenge.clone()));
                        run(name, challenge);
                    }
                    Err(refusal) if refusal.code == Code::X21 => act.emit(Act::Over),
                    _ => {}
                });
            }
            None => {
                let Some(key) = flow.draft.key.clone().or_else(crate::random::bytes::<KEY_LEN>) else { return };
                act.emit(Act::Key(key.clone()));
                let Occasion { assist, booked_on, place, .. } = flow.draft.occasion.clone();
                let (visit_kind, notice_version) = (flow.desk.visit_kind, flow.desk.notice_version.clone());
                let request = NewBedside { key, choices: flow.choices(), visit_kind, assist, booked_on, place, notice_version };
                open.start(OpenBedside, request, move |outcome| {
                    if let Some(opened) = outcome.ok().filter(|opened| of.fits(&opened.challenge)) {
                        let (name, challenge) = (opened.visit.clone(), opened.challenge.clone());
                        act.emit(Act::Opened(opened));
                        run(name, challenge);
                    }
                });
            }
        }
    };
    Ready { run: Rc::new(run), progress }
}

/// What could not be begun.
pub(super) fn not_begun(progress: &Progress) -> Html {
    let Some(refusal) = &progress.refusal else { return Html::default() };
    let say = text::refusal(refusal);
    html! { <Notice tone={Tone::Bad} role="alert" code={say.code} title={say.happened.clone()}>{ say_body(&say) }</Notice> }
}

fn medium_of(kind: Option<CardKind>) -> Medium {
    match kind {
        Some(CardKind::PhoneAndroid) => Medium::Android,
        Some(CardKind::PhoneIos) => Medium::Iphone,
        _ => Medium::Card,
    }
}

/// The reading. Only a press starts it; leaving the screen ends it and frees the card.
#[component]
pub(super) fn Read(props: &ReadProps) -> Html {
    let signed_in = use_session();
    let helper = signed_in.session.helper;
    let ReadProps { flow, is_busy, act } = props;
    // What lies there while it is read, and whether a PIN was asked for: of the reading that runs.
    let of_reading = use_mut_ref(|| Rc::new(Cell::new((Medium::Card, false))));
    let of_reading = of_reading.borrow().clone();
    let ongot = {
        let (act, of_reading) = (act.clone(), of_reading.clone());
        Callback::from(move |got: Got| {
            if let Got::Signed(signed) = got {
                let (medium, had_pin) = of_reading.get();
                act.emit(Act::Signed(signed, medium, had_pin));
            }
        })
    };
    let stay = {
        let signed_in = signed_in.clone();
        Callback::from(move |()| signed_in.stay())
    };
    let (shown, client) = use_client(helper, stay, ongot);
    let (android, iphone) = (flow.desk.media.contains(&Medium::Android), flow.desk.media.contains(&Medium::Iphone));
    let with_pin = use_state(|| false);
    use_effect_with((android, iphone, *with_pin), {
        let client = client.clone();
        move |(android, iphone, with_pin)| {
            client.feed(Input::Phones(Phones { android: *android, iphone: *iphone, with_pin: *with_pin }));
        }
    });
    let picked = use_state(|| None::<usize>);
    let view = &shown.view;
    if matches!(view, View::Pin { .. } | View::OnPad) {
        of_reading.set((of_reading.get().0, true));
    }
    let ready = use_challenge(flow, act);
    let start = {
        let (client, ready, kind) = (client.clone(), ready.clone(), shown.kind);
        move |takes_over: bool| {
            let (client, of_reading) = (client.clone(), of_reading.clone());
            of_reading.set((medium_of(kind), false));
            ready.then(move |_, challenge| {
                let want = Want::Authenticate { nonce: challenge.nonce, statement: challenge.statement };
                client.feed(Input::Start(Ask { want, takes_over }));
            });
        }
    };
    let feed = |input: Input| {
        let client = client.clone();
        Callback::from(move |()| client.feed(input.clone()))
    };
    // The server said no: the reader is ready for the next press.
    use_effect_with((flow.proof.is_none(), *view == View::Done), {
        let client = client.clone();
        move |(is_free, is_done)| {
            if *is_free && *is_done {
                client.feed(Input::Dismiss);
            }
        }
    });
    let is_locked_phone = matches!(view, View::Failed(failure) if failure.code == ErrorCode::UnlockNeeded);
    let found = shown.kind.filter(|kind| matches!(kind, CardKind::MyNumberCard | CardKind::PhoneAndroid | CardKind::PhoneIos));
    let is_other = picked
        .and_then(|place| flow.desk.media.get(place).copied())
        .is_some_and(|medium| found.is_some_and(|kind| medium_of(Some(kind)) != medium));
    let is_at_rest = !view.is_running();
    let busy = *is_busy || ready.progress.is_busy;
    html! {
        <>
            <Heading text={words::READ} />
            <p><strong>{ words::PIN_BY_PERSON }</strong></p>
            if flow.desk.media.len() > 1 && is_at_rest {
                <PickOne id="medium" question={words::MEDIUM} meaning={words::MEDIUM_MEANING}
                    words={flow.desk.media.iter().map(|medium| words::medium(*medium)).collect::<Vec<_>>()} picked={*picked}
                    onpick={let picked = picked.clone(); Callback::from(move |place| picked.set(Some(place)))}>
                    { how_to_hold(picked.and_then(|place| flow.desk.media.get(place).copied())) }
                </PickOne>
            }
            if is_other && is_at_rest {
                <Notice tone={Tone::Warn} title={words::other_found(found)} code="U-X55"><p>{ words::OTHER_FOUND_NEXT }</p></Notice>
            }
            { not_begun(&ready.progress) }
            <ReaderPanel shown={(*shown).clone()} {helper} is_busy={busy}
                onstart={let start = start.clone(); Callback::from(move |()| start(false))}
                ontake={let start = start.clone(); Callback::from(move |()| start(true))} ontrust={feed(Input::Trust)}
                onstop={feed(Input::Cancel)} onagain={feed(Input::Dismiss)} onconnect={feed(Input::Connect)}
                onpaper={act.reform(|()| Act::Show(Step::Without))}
                onchoose={let client = client.clone(); Callback::from(move |reader| client.feed(Input::Choose(reader)))} />
            if is_locked_phone && !*with_pin {
                <p class="actions">
                    <Button id="iphone-pin" onpress={let with_pin = with_pin.clone(); Callback::from(move |()| with_pin.set(true))}>
                        { words::IPHONE_PIN }
                    </Button>
                </p>
            }
            <details class="help"><summary>{ t::HELP_PIN }</summary><p>{ t::HELP_PIN_TEXT }</p></details>
            <details class="help"><summary>{ t::HELP_CARD }</summary><p>{ t::HELP_CARD_TEXT }</p></details>
            if android || iphone {
                <details class="help" data-code="U-X57"><summary>{ words::PHONE_FAILS }</summary><p>{ words::PHONE_FAILS_TEXT }</p></details>
            }
            if is_at_rest {
                <p class="actions">
                    <Button id="without" is_off={busy} onpress={act.reform(|()| Act::Show(Step::Without))}>{ words::WITHOUT }</Button>
                    if !flow.is_eligibility_only {
                        <Button id="correct" is_off={busy} onpress={act.reform(|()| Act::Show(Step::Ask))}>{ t::CORRECT }</Button>
                    }
                </p>
            }
        </>
    }
}

fn how_to_hold(medium: Option<Medium>) -> Html {
    let next = match medium {
        Some(Medium::Iphone) => words::IPHONE_NEXT,
        Some(Medium::Android) => words::ANDROID_NEXT,
        _ => return Html::default(),
    };
    html! { <Panel><p>{ next }</p></Panel> }
}
