//! OT-14 月次再照会: what changed first, then who is still open or done; the bulk start.

pub(crate) mod evidence;
pub(crate) mod parts;
pub(crate) mod usage;

use serde::{Deserialize, Serialize};
use shared::api::month::{COUNT_MAX, MonthRow, Show, StartRequeries, Worklist, WorklistAsked, WorklistCsv, WorklistPage};
use shared::domain::calendar::CivilDate;
use shared::domain::month::Month;
use yew::prelude::*;

use self::parts::{RunBox, differences, save, turner, ways_out, who};
use super::kept::{Kept, Remembered, use_conditions};
use crate::part::field::Input;
use crate::part::page_turner::Turned;
use crate::part::said::{said, use_said};
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, Look, Notice, Offer, PageTurner, Panel, RadioField, Table, Tone, Verdict, link};
use crate::remote::{Remote, use_search};
use crate::session::use_session;
use crate::text::office::{self as text, detail, month as words, month::worklist};
use crate::use_call::use_call;

/// The month that is shown, and which rows of it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Shown {
    of: Month,
    show: Show,
}

impl Remembered for Shown {
    const NAME: &'static str = "month";

    fn first(today: CivilDate) -> Self {
        Self { of: Month::of(today), show: Show::Open }
    }

    fn forget_people(&mut self) -> bool {
        false
    }
}

/// OT-14 of the account that is in.
#[component]
pub(crate) fn MonthScreen() -> Html {
    let today = Month::of(use_session().now().jst_date());
    let Kept { asked: Shown { of, show }, turned: page, ask, .. } = use_conditions::<Shown>();
    let changed_page = use_state(Turned::default);
    let asked = |show: Show, turned: &Turned| WorklistAsked { month: of, show, after: turned.after() };
    let (changed, changed_again) = use_search(Worklist, asked(Show::Changed, &changed_page));
    let (others, others_again) = use_search(Worklist, asked(show, &page));
    let start = use_call::<StartRequeries>();
    let is_asking = use_state(|| false);
    let said_state = use_said();
    let again = Callback::from(move |()| {
        changed_again.emit(());
        others_again.emit(());
    });
    let onturn = {
        let (ask, changed_page) = (ask.clone(), changed_page.clone());
        Callback::from(move |of: Month| {
            changed_page.set(Turned::default());
            ask.emit((Shown { of, show }, Turned::default()));
        })
    };
    let onshow = ask.reform(move |word: String| {
        let show = if word == "done" { Show::Done } else { Show::Open };
        (Shown { of, show }, Turned::default())
    });
    let onpage = ask.reform(move |turned: Turned| (Shown { of, show }, turned));
    let onchanged = {
        let changed_page = changed_page.clone();
        Callback::from(move |turned: Turned| changed_page.set(turned))
    };
    let onask = {
        let (is_asking, start) = (is_asking.clone(), start.clone());
        Callback::from(move |asks: bool| {
            start.forget();
            is_asking.set(asks);
        })
    };
    let onstart = {
        let (is_asking, start, said, again, of) = (is_asking.clone(), start.clone(), said_state.clone(), again.clone(), of);
        Callback::from(move |_: String| {
            let (is_asking, said, again) = (is_asking.clone(), said.clone(), again.clone());
            start.start(StartRequeries { month: of.to_string().into() }, (), move |outcome| {
                if outcome.is_ok() {
                    is_asking.set(false);
                    said.say(worklist::STARTED);
                    again.emit(());
                }
            });
        })
    };
    let run = match &changed {
        Remote::Here(page) => page.run.clone(),
        Remote::Loading | Remote::Failed(_) => None,
    };
    let word = if show == Show::Done { "done" } else { "open" };
    let offers =
        [Show::Open, Show::Done].map(|show| Offer { value: if show == Show::Done { "done" } else { "open" }, label: show.label() });
    let input = Input { id: "worklist-show".into(), value: word.into(), fault: None, is_held: false, oninput: onshow };
    let progress = start.progress();
    html! {
        <>
            <p class="on-screen">{ worklist::LEAD }</p>
            { turner(of, today, &onturn) }
            { said(said_state.words()) }
            <p class="actions on-screen">
                if of == today {
                    <Button id="requeries" look={Look::Primary} onpress={onask.reform(|()| true)}>{ worklist::START }</Button>
                } else {
                    { worklist::OTHER_MONTH }
                }
            </p>
            <RunBox key={of.to_string()} of={of.to_string()} label={worklist::TITLE} {run} onend={again.clone()} />
            { ways_out(save(WorklistCsv { month: of.to_string().into() })) }
            <p class="on-screen">{ link("/o/evidence", None, worklist::EVIDENCE) }</p>
            <Panel title={worklist::CHANGED}>
                { changed.view(&again, |page| changed_list(page, &changed_page, &onchanged)) }
            </Panel>
            <Panel title={worklist::OTHERS}>
                <div class="on-screen"><RadioField of={input} label={worklist::SHOW} offers={offers.to_vec()} /></div>
                { others.view(&again, |found| others_list(found, show, &page, &onpage)) }
            </Panel>
            if *is_asking {
                <Confirm id="requeries-ask" title={worklist::START_ASK} act={worklist::START} is_busy={progress.is_busy}
                    failed={progress.refusal.as_ref().map(text::refusal)} onact={onstart} onclose={onask.reform(|()| false)}>
                    <p>{ worklist::START_ABOUT }</p>
                </Confirm>
            }
        </>
    }
}

fn changed_list(page: &WorklistPage, turned: &Turned, onturn: &Callback<Turned>) -> Html {
    let line = |row: &MonthRow| {
        let check = row.check.as_ref();
        let cells = vec![
            who(row.person.as_ref(), Some(&row.consent)),
            html! { { check.map(|check| detail::minute(check.at)).unwrap_or_default() } },
            html! { if let Some(validity) = check.and_then(|check| check.validity) { <Verdict {validity} /> } },
            differences(&row.differences),
        ];
        Line { key: row.consent.clone().into(), cells }
    };
    let columns = worklist::CHANGED_COLUMNS.map(Column::words).to_vec();
    html! {
        <>
            if page.counts[0] > 0 {
                <Notice tone={Tone::Warn} title={format!("{} {}", words::requery::CHANGED, words::more_than(page.counts[0], COUNT_MAX))}>
                    <p>{ worklist::BOTH_KEPT }</p>
                </Notice>
            }
            <Table class="month__table" caption={worklist::CHANGED} scrolls={worklist::CHANGED} {columns}
                lines={page.rows.iter().map(line).collect::<Vec<_>>()} empty={html! { <p>{ worklist::CHANGED_NONE }</p> }} />
            <PageTurner id="changed-page" label={words::PAGES} turned={turned.clone()} next={page.next.clone()} onturn={onturn.clone()} />
        </>
    }
}

fn others_list(page: &WorklistPage, show: Show, turned: &Turned, onturn: &Callback<Turned>) -> Html {
    let count = if show == Show::Done { page.counts[2] } else { page.counts[1] };
    let (none, next) = match show {
        Show::Done => (worklist::DONE_NONE, worklist::DONE_NONE_NEXT),
        _ => (worklist::OPEN_NONE, worklist::OPEN_NONE_NEXT),
    };
    let empty = html! { <Notice title={none}><p>{ next }</p></Notice> };
    let columns = worklist::COLUMNS.map(Column::words).to_vec();
    html! {
        <>
            <p role="status">{ words::more_than(count, COUNT_MAX) }</p>
            <Table class="month__table" caption={show.label()} scrolls={show.label()} {columns}
                lines={page.rows.iter().map(other_line).collect::<Vec<_>>()} {empty} />
            <PageTurner id="worklist-page" label={words::PAGES} turned={turned.clone()} next={page.next.clone()} onturn={onturn.clone()} />
        </>
    }
}

fn other_line(row: &MonthRow) -> Line {
    let check = match &row.check {
        Some(check) => format!("{} {}", detail::minute(check.at), check.way.label()),
        None => "―".to_owned(),
    };
    let can = match row.why_not {
        None if row.check.is_some() => html! { { "―" } },
        None => html! { { worklist::CAN } },
        Some(why) => html! { <>{ words::why(why) }{ words::why_next(why) }</> },
    };
    let cells = vec![who(row.person.as_ref(), Some(&row.consent)), html! { { detail::minute(row.expires_at) } }, html! { { check } }, can];
    Line { key: row.consent.clone().into(), cells }
}
