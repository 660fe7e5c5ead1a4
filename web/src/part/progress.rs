//! How far a long work has come.

use yew::prelude::*;

use super::live::LiveRegion;
use crate::text::office::hand as words;

/// Says how far.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ProgressProps {
    /// What is done, as the name of the bar.
    pub label: AttrValue,
    /// Done so far.
    pub done: u32,
    /// In all; `None` while nobody knows.
    #[prop_or_default]
    pub total: Option<u32>,
}

/// A bar and its words. The words are read out, so the caller renews them no more often than a person can hear.
#[component]
pub fn Progress(props: &ProgressProps) -> Html {
    let (value, max) = match props.total {
        Some(total) if total > 0 => (Some(props.done.min(total).to_string()), Some(total.to_string())),
        _ => (None, None),
    };
    html! {
        <div class="progress">
            <progress class="progress__bar" aria-label={props.label.clone()} {value} {max} />
            <LiveRegion><p>{ words::progress(&props.label, props.done, props.total) }</p></LiveRegion>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    #[tokio::test]
    async fn what_is_not_known_is_not_drawn_as_known() {
        let shown = |done, total| draw(move || html! { <Progress label="一括照会" {done} {total} /> });
        let known = shown(45, Some(120)).await;
        for expected in ["value=\"45\"", "max=\"120\"", "120件中 45件"] {
            has(&known, expected);
        }
        has(&shown(130, Some(120)).await, "value=\"120\"");
        let unknown = shown(45, None).await;
        has(&unknown, "45件");
        assert!(!unknown.contains("value=") && !unknown.contains("max="), "{unknown}");
        assert!(!shown(0, Some(0)).await.contains("max="), "a bar of nothing");
    }
}
