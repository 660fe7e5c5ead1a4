//! The list as a file (CSV): asked for by a press, since people's data leave with it.

use shared::api::consents::{ConsentsFile, SaveConsents};
use shared::api::office::ConsentSearch;
use yew::prelude::*;

use crate::part::send_form::form_failure;
use crate::part::{Button, Download, LiveRegion, Notice, Tone};
use crate::remote::unchanged;
use crate::text::office::{self as text, consents as words, frame};
use crate::use_call::use_call;

/// Says which list.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SaveListProps {
    /// The search whose rows are saved.
    pub(crate) search: ConsentSearch,
    /// More rows than a file takes.
    pub(crate) is_too_long: bool,
}

/// A button that has the file made, and then the link that saves it.
#[component]
pub(crate) fn SaveList(props: &SaveListProps) -> Html {
    let call = use_call::<SaveConsents>();
    let made = use_state(|| None::<ConsentsFile>);
    // Another search: the file of before is not the one below the list.
    use_effect_with(props.search.clone(), {
        let (made, call) = (made.clone(), call.clone());
        move |_| {
            made.set(None);
            call.forget();
        }
    });
    let onpress = {
        let (call, made, search) = (call.clone(), made.clone(), props.search.clone());
        Callback::from(move |()| {
            let made = made.clone();
            let search = ConsentSearch { cursor: None, ..search.clone() };
            call.start(SaveConsents, search, move |outcome| made.set(outcome.ok()));
        })
    };
    let progress = call.progress();
    if props.is_too_long {
        return html! { <p class="on-screen">{ words::SAVE_TOO_LONG }</p> };
    }
    html! {
        <div class="on-screen">
            <p class="actions">
                <Button id="consents-save" is_off={progress.is_busy} {onpress}>{ if progress.is_busy { frame::BUSY } else { words::SAVE } }</Button>
            </p>
            if let Some(refusal) = progress.refusal.map(unchanged) {
                { form_failure(&text::refusal(&refusal)) }
            }
            <LiveRegion>
                if let Some(file) = &*made {
                    { saved(file) }
                }
            </LiveRegion>
        </div>
    }
}

fn saved(file: &ConsentsFile) -> Html {
    let href = format!("data:text/csv;base64,{}", standard(&file.file.to_text()));
    html! {
        <>
            if file.damaged > 0 {
                <Notice tone={Tone::Warn} title={text::pager::damaged(file.damaged)} />
            }
            <Download {href} file={file.name.clone()} words={words::SAVE_FILE} about={words::saved_rows(file.rows)} />
        </>
    }
}

/// base64url as base64, which a `data:` address takes.
fn standard(text: &str) -> String {
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    format!("{}{padding}", text.replace('-', "+").replace('_', "/"))
}
