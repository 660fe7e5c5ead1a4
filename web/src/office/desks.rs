//! 問い合わせ先 (N181): read by all, the institution's own written down by its admin.

pub(crate) mod form;

use shared::api::desk::{AddDesk, ChangeDesk, DeskList, DeskRow, Desks, RemoveDesk};
use shared::domain::calendar::UnixMs;
use shared::domain::desk::{ClosedDays, OpenHours, standing};
use shared::right::{Act, Right, may};
use yew::prelude::*;

use self::form::{DeskForm, Typed};
use super::drop_ask::use_drop_ask;
use crate::part::said::{said, use_said};
use crate::part::{Confirm, DefinitionList, Notice, Panel, Row, field};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, desks as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Form, use_kept_form};

/// The desks of the account that is in.
#[component]
pub(crate) fn DesksScreen() -> Html {
    let form = use_kept_form("desk", Typed::default);
    let (remote, on_retry) = use_get(Desks);
    let (add, change, remove) = (use_call::<AddDesk>(), use_call::<ChangeDesk>(), use_call::<RemoveDesk>());
    let asking = use_state(|| None::<DeskRow>);
    let said = use_said();
    let drop_ask = use_drop_ask();
    let ondone = {
        let (form, said, on_retry) = (form.clone(), said.clone(), on_retry.clone());
        Callback::from(move |()| {
            form.set(Typed::default());
            said.say(words::SAVED);
            on_retry.emit(());
        })
    };
    let onsave = {
        let (form, add, change) = (form.clone(), add.clone(), change.clone());
        Callback::from(move |()| {
            if add.progress().is_busy || change.progress().is_busy {
                return;
            }
            let Some(desk) = form.read(Typed::check) else { return };
            let ondone = ondone.clone();
            let onend = move |is_ok: bool| {
                if is_ok {
                    ondone.emit(());
                }
            };
            match &form.typed.of {
                None => add.start(AddDesk, desk, move |outcome| onend(outcome.is_ok())),
                Some(id) => change.start(ChangeDesk { desk: id.as_str().into() }, desk, move |outcome| onend(outcome.is_ok())),
            }
        })
    };
    let opens = {
        let (form, add, change) = (form.clone(), add.clone(), change.clone());
        Callback::from(move |row: Option<DeskRow>| {
            add.forget();
            change.forget();
            form.set(row.map_or_else(Typed::default, |row| Typed::of(&row)));
            field::focus(form::NAME);
        })
    };
    let onopen = {
        let drop_ask = drop_ask.clone();
        Callback::from(move |row: Option<DeskRow>| {
            let opens = opens.clone();
            drop_ask.or_ask(Callback::from(move |()| opens.emit(row.clone())));
        })
    };
    let onask = {
        let (asking, remove) = (asking.clone(), remove.clone());
        Callback::from(move |row: Option<DeskRow>| {
            remove.forget();
            asking.set(row);
        })
    };
    let onremove = {
        let (asking, remove, said, on_retry) = (asking.clone(), remove.clone(), said.clone(), on_retry.clone());
        Callback::from(move |row: DeskRow| {
            let (asking, said, on_retry) = (asking.clone(), said.clone(), on_retry.clone());
            remove.start(RemoveDesk { desk: row.id.as_str().into() }, (), move |outcome| {
                if outcome.is_ok() {
                    asking.set(None);
                    said.say(words::REMOVED);
                    on_retry.emit(());
                }
            });
        })
    };
    let saving = if form.typed.of.is_some() { change.progress() } else { add.progress() };
    let asking = (*asking).clone().map(|row| (row, remove.progress()));
    let may_edit = may(use_session().session.kind, Act::EditCalendar) == Right::Yes;
    html! {
        <>
            <DesksView {remote} {form} {may_edit} {saving} {asking} said={said.words()} {onsave} {onopen} {onask} {onremove} {on_retry} />
            { drop_ask.view() }
        </>
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct DesksViewProps {
    /// The desks.
    pub(crate) remote: Remote<DeskList>,
    /// The desk that is written down.
    pub(crate) form: Form<Typed>,
    /// Whether this account writes desks down.
    pub(crate) may_edit: bool,
    /// How far 登録 has come.
    #[prop_or_default]
    pub(crate) saving: Progress,
    /// The question before 削除.
    #[prop_or_default]
    pub(crate) asking: Option<(DeskRow, Progress)>,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<&'static str>,
    /// Called on 登録.
    #[prop_or_default]
    pub(crate) onsave: Callback<()>,
    /// Called with the desk that is to be changed; none: やめる.
    #[prop_or_default]
    pub(crate) onopen: Callback<Option<DeskRow>>,
    /// Called with the desk that may be removed.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<DeskRow>>,
    /// Called when it is to be removed.
    #[prop_or_default]
    pub(crate) onremove: Callback<DeskRow>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Each desk as a card, and below them for an admin the form.
#[component]
pub(crate) fn DesksView(props: &DesksViewProps) -> Html {
    html! {
        <>
            <p>{ words::LEAD }</p>
            { said(props.said) }
            { props.remote.view(&props.on_retry, |list| filled(props, list)) }
            if props.may_edit {
                <DeskForm form={props.form.clone()} saving={props.saving.clone()} onsave={props.onsave.clone()}
                    oncancel={props.onopen.reform(|()| None)} />
            }
            if let Some((row, progress)) = &props.asking {
                { question(props, row, progress) }
            }
        </>
    }
}

fn filled(props: &DesksViewProps, list: &DeskList) -> Html {
    if list.rows.is_empty() {
        let next = if props.may_edit { words::NONE_ADMIN } else { words::NONE_OTHERS };
        return html! { <Notice title={words::NONE}><p>{ next }</p></Notice> };
    }
    html! {
        <>
            <p>{ words::SERIALS }</p>
            { for list.rows.iter().map(|row| card(props, row, list.now)) }
        </>
    }
}

fn card(props: &DesksViewProps, row: &DeskRow, now: UnixMs) -> Html {
    let desk = &row.desk;
    let mut rows = vec![Row::text(words::NOW, now_words(desk.hours.as_ref(), now))];
    let text = |name: &'static str, value: &str| (!value.is_empty()).then(|| Row::text(name, value.to_owned()));
    let link = |name: &'static str, scheme: &str, value: &str| {
        let href = format!("{scheme}:{value}");
        (!value.is_empty()).then(|| Row { name: name.into(), value: html! { <a {href}>{ value }</a> } })
    };
    rows.extend(link(words::NUMBER, "tel", desk.number.as_str()));
    rows.extend(link(words::MAIL, "mailto", desk.mail.as_str()));
    rows.extend(text(words::SUBJECT, desk.mail_subject.as_str()));
    rows.extend(text(words::HELPS, desk.about.as_str()));
    let parts = desk.parts.iter().map(|part| part.label()).collect::<Vec<_>>().join("、");
    rows.extend(text(words::PARTS, &parts));
    rows.extend(desk.hours.as_ref().map(|hours| Row::text(words::HOURS, hours_words(hours))));
    rows.extend(
        desk.repair_hours
            .as_ref()
            .map(|hours| Row::text(words::REPAIR, format!("{}({})", hours_words(hours), words::standing(standing(hours, now))))),
    );
    rows.extend(text(words::AT_HAND, desk.at_hand.as_str()));
    let press = |of: &Callback<Option<DeskRow>>| {
        let row = row.clone();
        of.reform(move |_: MouseEvent| Some(row.clone()))
    };
    let button = |act: &'static str, onclick: Callback<MouseEvent>| {
        html! {
            <button type="button" class="button button--secondary" aria-label={words::of(act, desk.name.as_str())} {onclick}>{ act }</button>
        }
    };
    html! {
        <Panel key={row.id.clone()} title={desk.name.as_str().to_owned()} class="desk">
            <p class="operation__note">{ if row.is_common { words::COMMON } else { words::OWN } }</p>
            <DefinitionList {rows} />
            if props.may_edit && !row.is_common {
                <p class="actions on-screen">
                    { button(words::CHANGE, press(&props.onopen)) }
                    { button(words::REMOVE, press(&props.onask)) }
                </p>
            }
        </Panel>
    }
}

/// Whether anybody answers now.
pub(crate) fn now_words(hours: Option<&OpenHours>, now: UnixMs) -> String {
    hours.map_or_else(|| words::UNKNOWN_HOURS.to_owned(), |hours| words::standing(standing(hours, now)))
}

fn hours_words(hours: &OpenHours) -> String {
    let mut said = vec![hours.words()];
    if hours.is_closed_on_holidays {
        said.push(words::HOLIDAYS.to_owned());
    }
    if !hours.closed.is_empty() {
        let days = hours.closed.iter().copied().map(ClosedDays::words).collect::<Vec<_>>().join("、");
        said.push(format!("{}: {days}", words::CLOSED));
    }
    said.join("。")
}

fn question(props: &DesksViewProps, row: &DeskRow, progress: &Progress) -> Html {
    let onact = {
        let row = row.clone();
        props.onremove.reform(move |_: String| row.clone())
    };
    html! {
        <Confirm id="desk-ask" title={words::remove(row.desk.name.as_str())} act={words::REMOVE} is_busy={progress.is_busy}
            failed={progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ words::REMOVE_ABOUT }</p>
        </Confirm>
    }
}
