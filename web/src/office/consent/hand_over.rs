//! OT-11: how far the result is on its way into the レセコン, what to do where it did not get there, and its file.

use shared::api::hand_over::{FaceMade, HandOverOf, HandOverShown, SaveFace};
use shared::domain::hand_over::{HandOver, HandOverFault};
use yew::prelude::*;

use crate::part::send_form::form_failure;
use crate::part::{Button, DefinitionList, Download, LiveRegion, Notice, Panel, Row, Tone};
use crate::remote::use_get;
use crate::text::office::{self as text, frame, hand_over as words};
use crate::use_call::use_call;

/// Says of which consent.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct HandOverProps {
    /// Its id.
    pub(super) consent: String,
}

/// The state, and the file on a press.
#[component]
pub(super) fn HandOverPanel(props: &HandOverProps) -> Html {
    let (remote, again) = use_get(HandOverOf { consent: (&props.consent).into() });
    let call = use_call::<SaveFace>();
    let made = use_state(|| None::<FaceMade>);
    let onpress = {
        let (call, made, again, consent) = (call.clone(), made.clone(), again.clone(), props.consent.clone());
        Callback::from(move |()| {
            let (made, again) = (made.clone(), again.clone());
            call.start(SaveFace { consent: (&consent).into() }, (), move |outcome| {
                made.set(outcome.ok());
                again.emit(());
            });
        })
    };
    let progress = call.progress();
    html! {
        <Panel title={words::TITLE} class="detail on-screen">
            { remote.view(&again, view) }
            <p class="actions">
                <Button id="face-save" is_off={progress.is_busy} {onpress}>{ if progress.is_busy { frame::BUSY } else { words::MAKE } }</Button>
            </p>
            if let Some(refusal) = &progress.refusal {
                { form_failure(&text::refusal(refusal)) }
            }
            <LiveRegion>{ made.as_ref().map(file).unwrap_or_default() }</LiveRegion>
        </Panel>
    }
}

fn view(shown: &HandOverShown) -> Html {
    let row = |one: &HandOver| Row::text(one.way.label(), words::state(one.state, one.at));
    let state = match (shown.set.is_on, shown.ways.is_empty()) {
        (false, true) => words::OFF,
        _ => shown.state.label(),
    };
    let rows: Vec<_> = [Row::text(words::STATE, state)].into_iter().chain(shown.ways.iter().map(row)).collect();
    let is_open = !shown.state.has_left();
    // Said of now, not of the last run: it may be corrected since.
    let of_ways = shown.ways.iter().filter(|_| is_open).filter_map(|one| one.fault.as_ref()).filter(|of| **of != HandOverFault::Held);
    let held = shown.is_held.then_some(&HandOverFault::Held);
    html! {
        <div data-hand-over={shown.state.word()}>
            <DefinitionList {rows} />
            { for held.map(|fault| html! { <Notice tone={Tone::Warn} title={words::HELD}><p>{ fault.words() }</p></Notice> }) }
            { for of_ways.map(|fault| html! { <Notice tone={Tone::Warn} title={words::FAILED}><p>{ fault.words() }</p></Notice> }) }
        </div>
    }
}

fn file(made: &FaceMade) -> Html {
    match made {
        FaceMade::File(file) => {
            // A data address is in ordinary base64; its padding may be left out.
            let href = format!("data:application/xml;base64,{}", file.file.to_text().replace('-', "+").replace('_', "/"));
            html! { <Download {href} file={file.name.clone()} words={words::SAVE} /> }
        }
        // Said here: what the state says above may be of another encoding, or of a file that left before.
        FaceMade::Fault(fault) => html! { <><p>{ words::NOT_MADE }</p><p>{ fault.words() }</p></> },
    }
}

#[cfg(test)]
mod tests {
    use shared::domain::calendar::UnixMs;
    use shared::domain::hand_over::{HandOverState, HandOverWay, Misfit};
    use shared::domain::settings::HandOverSettings;

    use super::*;
    use crate::drawn::{draw, has};

    fn shown(state: HandOverState, fault: Option<HandOverFault>) -> HandOverShown {
        let one = HandOver { way: HandOverWay::Folder, state, at: UnixMs(0), file: None, fault };
        HandOverShown { set: HandOverSettings::default(), state, ways: vec![one], is_held: false }
    }

    #[tokio::test]
    async fn x48_a_failure_names_the_characters_and_what_to_do() {
        let misfit = Misfit { label: "氏名".to_owned(), characters: "𠮷".to_owned() };
        let failed = shown(HandOverState::Failed, Some(HandOverFault::Characters(vec![misfit])));
        let html = draw(move || view(&failed)).await;
        for part in ["data-hand-over=\"failed\"", words::FAILED, "氏名「𠮷」(U+20BB7)", "UTF-8"] {
            has(&html, part);
        }
        let taken = shown(HandOverState::Received, None);
        let html = draw(move || view(&taken)).await;
        has(&html, "受け取られた");
        assert!(!html.contains(words::FAILED));
    }

    #[tokio::test]
    async fn where_nothing_leaves_by_itself_nothing_waits() {
        let off = HandOverShown {
            set: HandOverSettings { is_on: false, ..HandOverSettings::default() },
            state: HandOverState::Waiting,
            ways: Vec::new(),
            is_held: false,
        };
        let html = draw(move || view(&off)).await;
        has(&html, words::OFF);
        assert!(!html.contains("書き出し待ち"));
    }
}
