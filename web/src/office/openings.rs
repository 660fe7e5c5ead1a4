//! OT-17 災害・障害時: the records, and how one is opened (OT-17a) and closed (OT-17f).

pub(crate) mod banner;
mod form;
mod ground;
pub(crate) mod report;
pub(crate) mod search;
mod view;

use shared::api::opening::{CloseOpening, OpenOpening, OpeningRow, Openings, OpeningsShown};
use shared::domain::calendar::UnixMs;
use shared::domain::opening::{OpeningGround, policy_on};
use shared::right::{Act, Right, may_under};
use yew::prelude::*;

pub(crate) use self::form::Typed;
use crate::part::said::{said, use_said};
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, Notice, Table, link};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, openings as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Form, use_kept_form};

/// OT-17 of the account that is in.
#[component]
pub(crate) fn OpeningsScreen() -> Html {
    let signed_in = use_session();
    let now = signed_in.now();
    let form = use_kept_form("opening", || Typed::at(now));
    let (remote, on_retry) = use_get(Openings);
    // A record begins and ends at its time, whenever the list was asked for.
    let remote = match remote {
        Remote::Here(shown) => Remote::Here(OpeningsShown { now, ..shown }),
        other => other,
    };
    banner::use_turns(if let Remote::Here(shown) = &remote { Some(shown) } else { None }, now);
    let (open, close) = (use_call::<OpenOpening>(), use_call::<CloseOpening>());
    let asking = use_state(|| None::<OpeningRow>);
    let said = use_said();
    let onopen = {
        let (form, open, said, on_retry) = (form.clone(), open.clone(), said.clone(), on_retry.clone());
        Callback::from(move |()| {
            if open.progress().is_busy {
                return;
            }
            let Some(opening) = form.read(|typed| typed.check(now)) else { return open.forget() };
            let (form, said, on_retry) = (form.clone(), said.clone(), on_retry.clone());
            open.start(OpenOpening, opening, move |outcome| {
                if outcome.is_ok() {
                    form.set(Typed::at(now));
                    said.say(words::OPENED);
                    banner::changed();
                    on_retry.emit(());
                }
            });
        })
    };
    let onask = {
        let (asking, close) = (asking.clone(), close.clone());
        Callback::from(move |row: Option<OpeningRow>| {
            close.forget();
            asking.set(row);
        })
    };
    let onclose = {
        let (asking, close, said, on_retry) = (asking.clone(), close.clone(), said.clone(), on_retry.clone());
        Callback::from(move |row: OpeningRow| {
            let (asking, said, on_retry) = (asking.clone(), said.clone(), on_retry.clone());
            close.start(CloseOpening { opening: row.id.as_str().into() }, (), move |outcome| {
                if outcome.is_ok() {
                    asking.set(None);
                    said.say(words::CLOSED);
                    banner::changed();
                    on_retry.emit(());
                }
            });
        })
    };
    let can = |act: Act| may_under(signed_in.session.kind, act, policy_on(now.jst_date()).disaster_admin) != Right::No;
    let asking = (*asking).clone().map(|row| (row, close.progress()));
    html! {
        <OpeningsView {remote} {form} may_manage={can(Act::ManageOpenings)} may_search={can(Act::SearchInOpening)} opening={open.progress()}
            {asking} said={said.words()} {onopen} {onask} {onclose} {on_retry} />
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OpeningsViewProps {
    /// The records.
    pub(crate) remote: Remote<OpeningsShown>,
    /// The next record.
    pub(crate) form: Form<Typed>,
    /// Whether this account opens and closes.
    pub(crate) may_manage: bool,
    /// Whether it searches.
    pub(crate) may_search: bool,
    /// How far 開始する has come.
    #[prop_or_default]
    pub(crate) opening: Progress,
    /// The question before 終了する.
    #[prop_or_default]
    pub(crate) asking: Option<(OpeningRow, Progress)>,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<&'static str>,
    /// Called on 開始する.
    #[prop_or_default]
    pub(crate) onopen: Callback<()>,
    /// Called with the record that may be closed.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<OpeningRow>>,
    /// Called when it is to be closed.
    #[prop_or_default]
    pub(crate) onclose: Callback<OpeningRow>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The records, and below them for an admin the form.
#[component]
pub(crate) fn OpeningsView(props: &OpeningsViewProps) -> Html {
    html! {
        <>
            <p>{ words::LEAD }</p>
            { said(props.said) }
            { props.remote.view(&props.on_retry, |shown| filled(props, shown)) }
            if props.may_manage {
                { form::view(&props.form, &props.opening, &props.onopen) }
            }
            if let Some((row, progress)) = &props.asking {
                <Confirm id="opening-ask" title={words::CLOSE_TITLE} act={words::CLOSE} is_busy={progress.is_busy}
                    failed={progress.refusal.as_ref().map(text::refusal)} onclose={props.onask.reform(|()| None)}
                    onact={{ let row = row.clone(); props.onclose.reform(move |_: String| row.clone()) }}>
                    <p>{ words::period(row.opening.from, row.opening.to) }</p>
                    <p>{ words::CLOSE_ABOUT }</p>
                </Confirm>
            }
        </>
    }
}

fn filled(props: &OpeningsViewProps, shown: &OpeningsShown) -> Html {
    let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
    let lines = shown.rows.iter().map(|row| line(props, row, shown.now)).collect::<Vec<_>>();
    html! {
        <Table caption={words::LIST} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()} {lines} {empty} />
    }
}

/// On what ground, in one line.
pub(crate) fn ground_words(ground: &OpeningGround) -> String {
    match ground {
        OpeningGround::Notice { number } => words::notice_ground(number.as_str()),
        OpeningGround::Call { at, whom, called_back_at, case_number } => {
            words::call_ground(*at, whom.as_str(), *called_back_at, case_number.as_str())
        }
    }
}

/// Where it counts.
pub(crate) fn area_words(row: &OpeningRow) -> &str {
    let area = row.opening.area.as_str();
    if area.is_empty() { words::HERE } else { area }
}

fn line(props: &OpeningsViewProps, row: &OpeningRow, now: UnixMs) -> Line {
    let is_living = row.is_living(now);
    let state = match (is_living, row.ends_at() > now, row.handed_in.is_some()) {
        (true, ..) => words::OPEN,
        (_, true, _) => words::AHEAD,
        (.., true) => words::REPORTED,
        (.., false) => words::OVER,
    };
    let onpress = {
        let row = row.clone();
        props.onask.reform(move |()| Some(row.clone()))
    };
    let acts = html! {
        <>
            if is_living && props.may_search {
                <p>{ link(&format!("/o/openings/of/{}", row.id), None, words::SEARCH) }</p>
            }
            if props.may_manage {
                <p>{ link(&format!("/o/openings/report/{}", row.id), None, words::REPORT) }</p>
                if row.ends_at() > now {
                    <Button {onpress}>{ words::CLOSE }</Button>
                }
            }
        </>
    };
    let cells = vec![
        html! { { row.opening.kind.label() } },
        html! {
            <>
                { area_words(row).to_owned() }
                if row.opened_by.is_none() {
                    <br /><small>{ words::BY_OPERATOR }</small>
                }
            </>
        },
        html! { { words::period(row.opening.from, row.ends_at()) } },
        html! { { ground_words(&row.opening.ground) } },
        html! { { state } },
        acts,
    ];
    Line { key: row.id.clone().into(), cells }
}
