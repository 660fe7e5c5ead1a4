//! What happened, in its order.

use shared::domain::calendar::UnixMs;
use yew::prelude::*;

use super::icon::Icon;
use super::notice::Tone;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// When.
    pub at: UnixMs,
    /// What.
    pub what: AttrValue,
    /// Who did it, or by what it came.
    pub by: Option<AttrValue>,
    /// How it went.
    pub tone: Tone,
}

/// Says what happened.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct TimelineProps {
    /// In the order in which they are read.
    pub events: Vec<Happened>,
    /// In place of a list without entries.
    pub empty: Html,
}

/// A list of events: time, what, who.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    if props.events.is_empty() {
        return props.empty.clone();
    }
    html! {
        <ol class="timeline">
            { for props.events.iter().map(|event| html! {
                <li class={classes!("timeline__event", event.tone.class())}>
                    <Icon sign={event.tone.sign()} />
                    <div>
                        <p><time class="timeline__at">{ event.at.jst_minute_text() }</time></p>
                        <p class="timeline__what">{ &event.what }</p>
                        if let Some(by) = &event.by {
                            <p class="timeline__by">{ by }</p>
                        }
                    </div>
                </li>
            }) }
        </ol>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{day, draw, has};

    #[tokio::test]
    async fn events_keep_their_order_and_say_when_and_by_whom() {
        let event = |hour, what: &'static str, by: Option<&'static str>| Happened {
            at: day("2024-01-17").at_jst(hour, 5),
            what: what.into(),
            by: by.map(Into::into),
            tone: Tone::Good,
        };
        let html = draw(move || {
            let events = vec![event(9, "発行", Some("管理 花さん")), event(8, "登録", None)];
            html! { <Timeline {events} empty={html! { "なし" }} /> }
        })
        .await;
        let place = |what: &str| html.find(what).unwrap();
        assert!(place("2024/01/17 09:05") < place("発行") && place("管理 花さん") < place("2024/01/17 08:05"));
        assert_eq!(html.matches("<li").count(), 2);
        has(&draw(|| html! { <Timeline events={Vec::new()} empty={html! { <p>{ "なし" }</p> }} /> }).await, "なし");
    }
}
