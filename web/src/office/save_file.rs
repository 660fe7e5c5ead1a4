//! A list as a file (CSV): asked for by a press, since people's data leave with it. The proof of who is at the screen is asked for
//! before, and a refusal has its words here.

use shared::api::file::SavedFile;
use shared::api::{Code, Endpoint, Refusal};
use yew::prelude::*;

use crate::part::send_form::form_failure;
use crate::part::{Button, Download, LiveRegion, Notice, Tone};
use crate::remote::unchanged;
use crate::text::Say;
use crate::text::office::{self as text, frame, save_file as words};
use crate::use_call::use_call;

/// Says which list.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SaveFileProps<E: Endpoint<Response = SavedFile> + Clone + PartialEq>
where
    E::Request: Clone + PartialEq,
{
    /// Element id of the button.
    pub(crate) id: AttrValue,
    /// What makes the file.
    pub(crate) endpoint: E,
    /// Of which rows.
    pub(crate) request: E::Request,
    /// Words of the button.
    #[prop_or(words::MAKE)]
    pub(crate) make: &'static str,
    /// What is said where it is not there any more: what happened, what to do next.
    #[prop_or_default]
    pub(crate) gone: Option<(&'static str, &'static str)>,
}

/// A button that has the file made, and then the link that saves it.
#[component]
pub(crate) fn SaveFile<E>(props: &SaveFileProps<E>) -> Html
where
    E: Endpoint<Response = SavedFile> + Clone + PartialEq + 'static,
    E::Request: Clone + PartialEq + 'static,
{
    let call = use_call::<E>();
    let made = use_state(|| None::<SavedFile>);
    // Another list: the file of before is not the one beside it.
    use_effect_with((props.endpoint.clone(), props.request.clone()), {
        let (made, call) = (made.clone(), call.clone());
        move |_| {
            made.set(None);
            call.forget();
        }
    });
    let onpress = {
        let (call, made) = (call.clone(), made.clone());
        let (endpoint, request) = (props.endpoint.clone(), props.request.clone());
        Callback::from(move |()| {
            let made = made.clone();
            call.start(endpoint.clone(), request.clone(), move |outcome| made.set(outcome.ok()));
        })
    };
    let progress = call.progress();
    let failed = progress.refusal.map(|refusal| say(refusal, props.gone));
    view(&props.id, props.make, progress.is_busy, failed.as_ref(), made.as_ref(), onpress)
}

/// Button, refusal, and the file.
fn view(id: &AttrValue, make: &'static str, is_busy: bool, failed: Option<&Say>, made: Option<&SavedFile>, onpress: Callback<()>) -> Html {
    html! {
        <div class="save-file on-screen">
            <p class="actions"><Button {id} is_off={is_busy} {onpress}>{ if is_busy { frame::BUSY } else { make } }</Button></p>
            if let Some(say) = failed {
                { form_failure(say) }
            }
            <LiveRegion>{ made.map(link).unwrap_or_default() }</LiveRegion>
        </div>
    }
}

/// What a refusal means here: what was searched for is fine, so that the one fault of a request is its length.
fn say(refusal: Refusal, gone: Option<(&'static str, &'static str)>) -> Say {
    let (code, say) = (refusal.code, text::refusal(&unchanged(refusal)));
    match (code, gone) {
        (Code::Request, _) => Say { happened: words::TOO_MANY.into(), next: words::TOO_MANY_NEXT.into(), ..say },
        (Code::NotFound, Some((happened, next))) => Say { happened: happened.into(), next: next.into(), ..say },
        _ => say,
    }
}

fn link(file: &SavedFile) -> Html {
    // A data address is in ordinary base64; its padding may be left out.
    let href = format!("data:text/csv;base64,{}", file.file.to_text().replace('-', "+").replace('_', "/"));
    html! {
        <>
            if file.damaged > 0 {
                <Notice tone={Tone::Warn} title={text::pager::damaged(file.damaged)} />
            }
            if file.has_more {
                <Notice tone={Tone::Warn} title={words::HAS_MORE} />
            }
            <Download {href} file={file.name.clone()} words={words::SAVE} about={words::rows(file.rows)} />
        </>
    }
}

#[cfg(test)]
mod tests {
    use shared::bytes::Base64;

    use super::*;
    use crate::drawn::{draw, has, refused};

    #[tokio::test]
    async fn the_file_is_a_link_with_its_rows_and_says_what_it_lacks() {
        let whole = SavedFile::whole("a.csv".to_owned(), vec![0xFB, 0xFF], 12);
        let html = draw({
            let whole = whole.clone();
            move || view(&"x".into(), words::MAKE, false, None, Some(&whole), Callback::noop())
        })
        .await;
        for part in ["id=\"x\"", "data:text/csv;base64,+/8", "download=\"a.csv\"", "12件"] {
            has(&html, part);
        }
        assert!(!html.contains(words::HAS_MORE) && !html.contains("notice--warn"));
        let cut = SavedFile { has_more: true, damaged: 1, file: Base64(Vec::new()), ..whole };
        let html = draw(move || view(&"x".into(), words::MAKE, false, None, Some(&cut), Callback::noop())).await;
        has(&html, words::HAS_MORE);
        has(&html, &text::pager::damaged(1));
    }

    #[tokio::test]
    async fn a_list_that_is_too_long_says_what_to_do_and_leaves_no_dead_link() {
        let html = draw(|| {
            let say = say(refused(Code::Request), None);
            view(&"x".into(), words::MAKE, false, Some(&say), None, Callback::noop())
        })
        .await;
        has(&html, words::TOO_MANY);
        has(&html, words::TOO_MANY_NEXT);
        assert!(!html.contains("download="));
        assert_eq!(say(refused(Code::NotFound), Some(("a", "b"))).next.as_str(), "b");
    }
}
