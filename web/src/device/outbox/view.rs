//! What waits, and what did not arrive, on the screen.

use yew::prelude::*;

use super::{Entry, Reason, State};
use crate::part::error_screen::say_body;
use crate::part::{Button, LiveRegion, Notice, Tone};
use crate::text::office::device_shell::outbox as text;
use crate::text::office::refusal;

/// Says what there is.
#[derive(Clone, PartialEq, Properties)]
pub struct OutboxViewProps {
    /// All parcels.
    pub entries: Vec<Entry>,
    /// Called with the key of one whose end was read.
    pub ondismiss: Callback<String>,
}

/// One notice for all that wait, one for each that did not arrive; nothing for what has.
#[component]
pub fn OutboxView(props: &OutboxViewProps) -> Html {
    let waiting = props.entries.iter().filter(|entry| matches!(entry.state, State::Waiting { .. } | State::Sending { .. })).count();
    // The first try needs no word.
    let is_late = props.entries.iter().any(|entry| match entry.state {
        State::Waiting { tries, .. } | State::Sending { tries } => tries > 0,
        _ => false,
    });
    html! {
        <LiveRegion class="outbox">
            if is_late {
                <Notice key="waiting" tone={Tone::Warn} title={text::waiting(waiting)} code="U-X36"><p>{ text::WAITING_NEXT }</p></Notice>
            }
            { for props.entries.iter().filter_map(|entry| match &entry.state {
                State::Failed(reason) => Some(failed(&entry.parcel.key, reason, &props.ondismiss)),
                _ => None,
            }) }
        </LiveRegion>
    }
}

fn failed(key: &str, reason: &Reason, ondismiss: &Callback<String>) -> Html {
    let onpress = {
        let (key, ondismiss) = (key.to_owned(), ondismiss.clone());
        Callback::from(move |()| ondismiss.emit(key.clone()))
    };
    let (title, body): (AttrValue, Html) = match reason {
        Reason::Late => (text::LATE.into(), html! { <p>{ text::LATE_NEXT }</p> }),
        Reason::Unknown => (text::UNKNOWN.into(), html! { <p>{ text::UNKNOWN_NEXT }</p> }),
        Reason::Refused(why) => {
            let say = refusal(why);
            (say.happened.clone(), say_body(&say))
        }
    };
    html! {
        <Notice key={key.to_owned()} tone={Tone::Bad} {title}>
            { body }
            <p><Button {onpress}>{ text::READ }</Button></p>
        </Notice>
    }
}

#[cfg(test)]
mod tests {
    use shared::api::Code;
    use shared::domain::calendar::UnixMs;

    use super::*;
    use crate::device::outbox::Parcel;
    use crate::drawn::{draw, has, refused};

    async fn shown(states: Vec<State>) -> String {
        let parcel = |place: usize| Parcel {
            key: format!("k{place}"),
            kind: "x".to_owned(),
            content: "personal".to_owned(),
            made: UnixMs(0),
            was_out: false,
        };
        let entries: Vec<_> = states.into_iter().enumerate().map(|(place, state)| Entry { parcel: parcel(place), state }).collect();
        draw(move || html! { <OutboxView {entries} ondismiss={Callback::noop()} /> }).await
    }

    #[tokio::test]
    async fn each_state_has_its_words_and_none_shows_what_is_in_it() {
        let due = UnixMs(0);
        let first = shown(vec![State::Waiting { tries: 0, due }, State::Sending { tries: 0 }, State::Sent { answer: "{}".into() }]).await;
        assert!(!first.contains("notice"), "what goes its way needs no word: {first}");
        let late = shown(vec![State::Waiting { tries: 1, due }, State::Sending { tries: 0 }]).await;
        has(&late, "まだ送れていない確認が2件あります。");
        let reasons = [Reason::Late, Reason::Unknown, Reason::Refused(refused(Code::Challenge))];
        let failed = shown(reasons.into_iter().map(State::Failed).collect()).await;
        for words in [text::LATE, text::LATE_NEXT, text::UNKNOWN, text::UNKNOWN_NEXT, "U-CHALLENGE", text::READ] {
            has(&failed, words);
        }
        assert!(!failed.contains("personal") && !late.contains("personal"));
    }
}
