//! What waits, and what did not arrive, on the screen.

use shared::api::Code;
use shared::api::Endpoint as _;
use shared::api::bedside::ProveBedside;
use shared::domain::calendar::UnixMs;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::hook::now;
use super::{Entry, Reason, State, boxes};
use crate::part::error_screen::say_body;
use crate::part::{Button, LiveRegion, Notice, Tone, link};
use crate::text::office::device_shell::outbox as text;
use crate::text::office::refusal;

/// Says what there is.
#[derive(Clone, PartialEq, Properties)]
pub(in crate::device) struct OutboxViewProps {
    /// All parcels that no open screen shows itself.
    pub(in crate::device) entries: Vec<Entry>,
    /// The device's clock.
    pub(in crate::device) now: UnixMs,
    /// This account may check by 資格確認書.
    pub(in crate::device) has_paper: bool,
    /// Called with the key of one whose end was read.
    pub(in crate::device) ondismiss: Callback<String>,
    /// 今すぐ送る.
    pub(in crate::device) onhurry: Callback<()>,
}

/// One notice for all that wait, one for all that arrived and were not opened, one for each that did not arrive.
#[component]
pub(in crate::device) fn OutboxView(props: &OutboxViewProps) -> Html {
    let OutboxViewProps { entries, now, has_paper, ondismiss, onhurry } = props;
    let waiting = || entries.iter().filter(|entry| matches!(entry.state, State::Waiting { .. } | State::Sending { .. }));
    // The first try needs no word.
    let is_late = waiting().any(|entry| match entry.state {
        State::Waiting { tries, .. } | State::Sending { tries } => tries > 0,
        _ => false,
    });
    let is_past = waiting().any(|entry| entry.is_past(*now));
    let has_proof = waiting().any(|entry| entry.parcel.kind == ProveBedside::NAME);
    // Without a line the page says so above.
    let said = waiting().find_map(|entry| entry.said.as_ref().filter(|said| said.code != Code::X01));
    let sent = entries.iter().filter(|entry| matches!(entry.state, State::Sent { .. })).collect::<Vec<_>>();
    html! {
        <LiveRegion class="outbox on-screen">
            if is_late {
                <Notice key="waiting" tone={Tone::Warn} title={text::waiting(waiting().count())} code="U-X36">
                    if is_past {
                        <p>{ text::PAST_NEXT }</p>
                        { ways(*has_paper) }
                    } else {
                        <p>{ if waiting().all(|entry| entry.parcel.is_kept) { text::WAITING_NEXT } else { text::WAITING_UNKEPT } }</p>
                        if has_proof { <p>{ text::WAITING_PROOF }</p> }
                    }
                    if let Some(said) = said {
                        <p>{ refusal(said).happened }{ refusal(said).next }</p>
                    }
                    <p><Button id="send-now" onpress={onhurry.clone()}>{ text::NOW }</Button></p>
                </Notice>
            }
            if !sent.is_empty() {
                <Notice key="sent" tone={Tone::Good} title={text::sent(sent.len())}>
                    { for sent.into_iter().map(|entry| {
                        let onclick = ondismiss.reform({ let key = entry.parcel.key.clone(); move |_: MouseEvent| key.clone() });
                        html! { <p key={entry.parcel.key.clone()} {onclick}>{ link(&format!("/d/result/{}", entry.parcel.visit), None, text::OPEN) }</p> }
                    }) }
                </Notice>
            }
            { for entries.iter().filter_map(|entry| match &entry.state {
                State::Failed(reason) => Some(failed(&entry.parcel.key, reason, *has_paper, ondismiss)),
                _ => None,
            }) }
        </LiveRegion>
    }
}

/// What to do instead.
fn ways(has_paper: bool) -> Html {
    html! {
        <p class="actions">
            { link("/d", None, text::AGAIN) }
            if has_paper { { link("/d/paper", None, text::PAPER) } }
        </p>
    }
}

fn failed(key: &str, reason: &Reason, has_paper: bool, ondismiss: &Callback<String>) -> Html {
    let onpress = {
        let (key, ondismiss) = (key.to_owned(), ondismiss.clone());
        Callback::from(move |()| ondismiss.emit(key.clone()))
    };
    let (title, body): (AttrValue, Html) = match reason {
        late if late.is_late() => (text::LATE.into(), html! { <p>{ text::LATE_NEXT }</p> }),
        Reason::Asks => (text::ASKS.into(), html! { <p>{ text::ASKS_NEXT }</p> }),
        Reason::Refused(why) => {
            let say = refusal(why);
            (format!("{}{}", text::FAILED, say.happened).into(), say_body(&say))
        }
        Reason::Unknown | Reason::Late => (text::UNKNOWN.into(), html! { <p>{ text::UNKNOWN_NEXT }</p> }),
    };
    html! {
        <Notice key={key.to_owned()} tone={Tone::Bad} {title} code="U-X36">
            { body }
            { ways(has_paper) }
            <p><Button {onpress}>{ text::READ }</Button></p>
        </Notice>
    }
}

/// Before anybody is in, or without a line: how many wait here, and nothing else of them.
#[component]
pub(in crate::device) fn Waits() -> Html {
    let count = use_state(|| 0);
    use_effect_with((), {
        let count = count.clone();
        move |()| {
            spawn_local(async move {
                let parcels = boxes::list(now()).await;
                count.set(parcels.iter().filter(|parcel| now() < parcel.last_word()).count());
            });
        }
    });
    html! {
        <LiveRegion class="device-shell">
            if *count > 0 {
                <Notice tone={Tone::Warn} title={text::waiting(*count)} code="U-X36"><p>{ text::WAITING_LOGIN }</p></Notice>
            }
        </LiveRegion>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::outbox::Parcel;
    use crate::drawn::{draw, has, refused};

    async fn shown(states: Vec<State>, now: i64) -> String {
        let parcel = |place: usize| Parcel {
            key: format!("k{place}"),
            kind: ProveBedside::NAME.to_owned(),
            device: "d".to_owned(),
            visit: format!("v{place}"),
            content: "personal".to_owned(),
            made: UnixMs(0),
            until: UnixMs(9),
            was_out: false,
            is_kept: true,
        };
        let entry = |(place, state)| Entry { parcel: parcel(place), state, said: Some(refused(Code::X34)) };
        let entries: Vec<_> = states.into_iter().enumerate().map(entry).collect();
        draw(move || html! { <OutboxView {entries} now={UnixMs(now)} has_paper=true ondismiss={Callback::noop()} onhurry={Callback::noop()} /> })
            .await
    }

    #[tokio::test]
    async fn each_state_has_its_words_and_none_shows_what_is_in_it() {
        let due = UnixMs(0);
        let first = shown(vec![State::Waiting { tries: 0, due }, State::Sending { tries: 0 }], 0).await;
        assert!(!first.contains("notice"), "what goes its way needs no word: {first}");
        let late = shown(vec![State::Waiting { tries: 1, due }, State::Sending { tries: 0 }], 0).await;
        has(&late, "送信待ち：まだ送れていない確認が2件あります。");
        has(&late, text::WAITING_PROOF);
        has(&late, "全国のシステムが止まっています。");
        let past = shown(vec![State::Waiting { tries: 1, due }], 9).await;
        for words in [text::PAST_NEXT, text::AGAIN, text::PAPER, text::NOW] {
            has(&past, words);
        }
        assert!(!past.contains(text::WAITING_PROOF), "the time is over");
        let sent = shown(vec![State::Sent { answer: "personal".into() }], 0).await;
        has(&sent, "送信済：1件の確認が届きました。");
        has(&sent, "/d/result/v0");
        let reasons = [Reason::Late, Reason::Unknown, Reason::Refused(refused(Code::X11)), Reason::Asks];
        let failed = shown(reasons.into_iter().map(State::Failed).collect(), 0).await;
        for words in [text::LATE, text::LATE_NEXT, text::UNKNOWN, text::UNKNOWN_NEXT, "U-X11", text::ASKS, text::READ] {
            has(&failed, words);
        }
        has(&shown(vec![State::Failed(Reason::Refused(refused(Code::Challenge)))], 0).await, text::LATE_NEXT);
        assert!(![&failed, &late, &past, &sent].iter().any(|html| html.contains("personal")));
    }
}
