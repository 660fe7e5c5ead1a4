//! What the home of the office and the device page say beside their own: maintenance ahead (X35), and enquiries that wait.

use shared::api::operation::{News, OperationNews};
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::part::{Notice, Tone, link};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{enquiries, maintenance as words};

/// Says where the news stand.
#[derive(Clone, Copy, PartialEq, Properties)]
pub(crate) struct NewsBoxProps {
    /// In the office: with the ways to the screens.
    #[prop_or_default]
    pub(crate) has_ways: bool,
}

/// Nothing for who may not see the calendar, and nothing while the answer is out: what stands below is not moved for an empty box.
#[component]
pub(crate) fn NewsBox(props: &NewsBoxProps) -> Html {
    if may(use_session().session.kind, Act::SeeOperation) == Right::Yes {
        html! { <Asked ..*props /> }
    } else {
        Html::default()
    }
}

#[component]
fn Asked(props: &NewsBoxProps) -> Html {
    match use_get(OperationNews).0 {
        Remote::Here(news) => view(&news, props.has_ways),
        // The screen's own calls say what is wrong with the way to the server.
        Remote::Loading | Remote::Failed(_) => Html::default(),
    }
}

/// A notice for each window, and one for the enquiries.
pub(crate) fn view(news: &News, has_ways: bool) -> Html {
    html! {
        <>
            { for news.windows.iter().map(|row| {
                let is_now = row.is_now(news.now);
                let tone = if is_now && row.window.part.blocks_a_visit() { Tone::Warn } else { Tone::Info };
                let title = words::announced(row.window.part, row.window.span, is_now);
                html! {
                    <Notice key={row.id.clone()} {tone} {title}>
                        if !row.window.still.is_empty() {
                            <p>{ row.window.still.as_str() }</p>
                        }
                        if has_ways {
                            <p>{ link("/o/maintenance", None, words::TITLE) }</p>
                        }
                    </Notice>
                }
            }) }
            if has_ways && news.open_enquiries > 0 {
                <Notice title={enquiries::open(news.open_enquiries)}><p>{ link("/o/enquiries", None, enquiries::TITLE) }</p></Notice>
            }
        </>
    }
}
