//! What every office page says while something is open (OT-17).

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use shared::api::opening::{Openings, OpeningsShown};
use shared::domain::calendar::UnixMs;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::part::{Notice, Tone, link};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::openings as words;

thread_local! {
    /// Asks again: the banner that stands on the page.
    static ASK: RefCell<Option<Callback<()>>> = const { RefCell::new(None) };
}

/// Something was opened or closed on this page.
pub(crate) fn changed() {
    ASK.with_borrow(|ask| ask.iter().for_each(|ask| ask.emit(())));
}

/// Says on which page it stands.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OpeningBannerProps {
    /// On another one it asks again.
    pub(crate) path: AttrValue,
}

/// Nothing while nothing is open, and for who sees no records.
#[component]
pub(crate) fn OpeningBanner(props: &OpeningBannerProps) -> Html {
    let session = use_session().session;
    if may(session.kind, Act::SeeOperation) == Right::Yes && !session.must_change_password {
        html! { <Asked path={props.path.clone()} /> }
    } else {
        Html::default()
    }
}

#[component]
fn Asked(props: &OpeningBannerProps) -> Html {
    let signed_in = use_session();
    let (remote, ask) = use_get(Openings);
    // What was open stays said while the next answer is out.
    let last = use_mut_ref(|| None::<OpeningsShown>);
    if let Remote::Here(shown) = &remote {
        last.replace(Some(shown.clone()));
    }
    use_effect_with(props.path.clone(), {
        let ask = ask.clone();
        let is_first = last.borrow().is_none();
        move |_| {
            if !is_first {
                ask.emit(());
            }
        }
    });
    ASK.with_borrow_mut(|now| now.replace(ask.clone()));
    let now = signed_in.now();
    let shown = last.borrow().clone();
    use_turns(shown.as_ref(), now);
    match shown {
        Some(shown) => view(&OpeningsShown { now, ..shown }),
        None => Html::default(),
    }
}

/// Draws again when a record begins or ends: it goes, or comes, by itself at its time.
#[hook]
pub(super) fn use_turns(shown: Option<&OpeningsShown>, now: UnixMs) {
    let next = shown.iter().flat_map(|shown| &shown.rows).flat_map(|row| [row.opening.from, row.ends_at()]).filter(|at| *at > now).min();
    let redraw = use_force_update();
    use_effect_with(next, move |next| {
        /// A timer of a browser holds no more.
        const LONGEST_MS: i64 = 0x7FFF_FFFF;
        let wait = next.map(|at| (at.0 - now.0).clamp(0, LONGEST_MS - 1) + 1);
        let timer = wait.and_then(|ms| u32::try_from(ms).ok()).map(|ms| Timeout::new(ms, move || redraw.force_update()));
        move || drop(timer)
    });
}

/// One notice for each open record; not on paper.
pub(crate) fn view(shown: &OpeningsShown) -> Html {
    let living = shown.rows.iter().filter(|row| row.is_living(shown.now));
    html! {
        { for living.map(|row| html! {
            <div class="on-screen" key={row.id.clone()}>
                <Notice tone={Tone::Warn} title={words::banner(row.opening.kind, row.ends_at())}>
                    <p>{ link("/o/openings", None, words::TITLE) }</p>
                </Notice>
            </div>
        }) }
    }
}
