//! OT-17g 利用報告: what was done in a record, on paper and as CSV, and when it was handed in.

use std::collections::BTreeMap;

use shared::api::opening::{HandIn, HandInReport, OpeningRow, Report, UseReport, UseReportFile};
use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;
use shared::domain::opening::GroundWord;
use yew::prelude::*;

use super::{area_words, ground_words};
use crate::office::save_file::SaveFile;
use crate::part::copy::print;
use crate::part::said::{said, use_said};
use crate::part::table::{Column, Line};
use crate::part::{Button, DateField, DefinitionList, Field, Notice, Panel, Row, SendForm, Table, Tone};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, desks, openings as outer, openings::report as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_kept_form};

const ON: &str = "report-on";
const TO: &str = "report-to";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) on: String,
    pub(crate) to: String,
}

impl Typed {
    /// Reads when and to whom; `from` is the day of the beginning.
    fn check(&self, from: CivilDate, today: CivilDate) -> Result<HandIn, Faults> {
        let on = CivilDate::from_typed(self.on.trim()).ok().filter(|on| from <= *on && *on <= today);
        let to = Note::try_from(self.to.as_str()).map_err(desks::note);
        let to = to.and_then(|to: Note<100>| if to.is_empty() { Err(words::NO_TO.to_owned()) } else { Ok(to) });
        let faults = Faults::default().note(ON, on.is_none().then_some(words::NO_DAY)).note(TO, to.clone().err());
        match (on, to) {
            (Some(on), Ok(to)) => Ok(HandIn { on, to }),
            _ => Err(faults),
        }
    }
}

/// Says of which record.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReportScreenProps {
    /// Its id.
    pub(crate) id: String,
}

/// The report of one record.
#[component]
pub(crate) fn ReportScreen(props: &ReportScreenProps) -> Html {
    let today = use_session().now().jst_date();
    let (remote, on_retry) = use_get(UseReport { opening: (&props.id).into() });
    let form = use_kept_form("opening-report", || Typed { on: today.slashed(), to: String::new() });
    let save = use_call::<HandInReport>();
    let said = use_said();
    let onsave = {
        let (form, save, said, on_retry, id) = (form.clone(), save.clone(), said.clone(), on_retry.clone(), props.id.clone());
        Callback::from(move |from: CivilDate| {
            let Some(how) = form.read(|typed| typed.check(from, today)) else { return save.forget() };
            let (form, said, on_retry) = (form.clone(), said.clone(), on_retry.clone());
            save.start(HandInReport { opening: (&id).into() }, how, move |outcome| {
                if outcome.is_ok() {
                    form.set(Typed { on: today.slashed(), to: String::new() });
                    said.say(words::SAVED);
                    on_retry.emit(());
                }
            });
        })
    };
    html! { <ReportView {remote} {form} saving={save.progress()} said={said.words()} {onsave} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReportViewProps {
    /// The report.
    pub(crate) remote: Remote<Report>,
    /// When and to whom.
    pub(crate) form: Form<Typed>,
    /// How far 提出を記録 has come.
    #[prop_or_default]
    pub(crate) saving: Progress,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<&'static str>,
    /// Called with the day of the beginning.
    #[prop_or_default]
    pub(crate) onsave: Callback<CivilDate>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The record, the counts, each view, the hand-in.
#[component]
pub(crate) fn ReportView(props: &ReportViewProps) -> Html {
    html! { <>{ said(props.said) }{ props.remote.view(&props.on_retry, |report| filled(props, report)) }</> }
}

fn filled(props: &ReportViewProps, report: &Report) -> Html {
    let row = &report.row;
    let onprint = Callback::from(|()| print());
    html! {
        <>
            <Panel title={row.opening.kind.label()}><DefinitionList rows={facts(report)} /></Panel>
            { views(report) }
            <div class="actions on-screen">
                <Button id="report-print" onpress={onprint}>{ words::PRINT }</Button>
                <SaveFile<UseReportFile> id="report-save" endpoint={UseReportFile { opening: row.id.as_str().into() }} request={()} make={words::CSV} />
            </div>
            if row.ends_at() > report.now {
                <Notice tone={Tone::Warn} title={words::STILL_OPEN}><p>{ words::STILL_OPEN_NEXT }</p></Notice>
            } else {
                { hand_in(props, row) }
            }
        </>
    }
}

fn facts(report: &Report) -> Vec<Row> {
    let row = &report.row;
    let mut viewers = BTreeMap::<&str, u32>::new();
    for view in &report.views {
        *viewers.entry(view.viewer.as_str()).or_default() += 1;
    }
    let viewers: Vec<_> = viewers.into_iter().map(|(user, count)| format!("{user}({})", words::times(count))).collect();
    let by = row.opened_by.as_ref().map_or(words::OPERATOR, shared::domain::account::UserId::as_str);
    vec![
        Row::text(outer::COLUMNS[1], area_words(row).to_owned()),
        Row::text(words::PERIOD, outer::period(row.opening.from, row.ends_at())),
        Row::text(outer::COLUMNS[3], ground_words(&row.opening.ground)),
        Row::text(words::OPENED_BY, by.to_owned()),
        Row::text(words::SEARCHES, words::times(report.searches)),
        Row::text(words::EMPTY, words::times(report.empty_searches)),
        Row::text(words::PERSONS, words::people(report.persons)),
        Row::text(words::VIEWERS, if viewers.is_empty() { "―".to_owned() } else { viewers.join("、") }),
    ]
}

fn views(report: &Report) -> Html {
    let lines = report.views.iter().enumerate().map(|(place, view)| {
        let (kana, birth) = view.person.as_ref().map(|(kana, birth)| (kana.clone(), birth.wareki())).unwrap_or_default();
        let ground = view.ground.as_ref();
        let reason = ground.filter(|ground| ground.word == GroundWord::Unable).map_or("―", |ground| ground.reason.as_str());
        let cells = [
            view.at.jst_minute_text(),
            view.viewer.as_str().to_owned(),
            kana,
            birth,
            ground.map_or("―", |ground| ground.word.label()).to_owned(),
            reason.to_owned(),
        ];
        Line { key: place.to_string().into(), cells: cells.into_iter().map(|cell| html! { { cell } }).collect() }
    });
    let empty = html! { <Notice title={words::NO_VIEWS}><p>{ words::NO_VIEWS_NEXT }</p></Notice> };
    html! {
        <Table caption={words::VIEWS} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
            lines={lines.collect::<Vec<_>>()} {empty} />
    }
}

fn hand_in(props: &ReportViewProps, row: &OpeningRow) -> Html {
    let from = row.opening.from.jst_date();
    let form = props.form.clone().held(props.saving.is_busy);
    html! {
        <>
            if let Some((how, by)) = &row.handed_in {
                <Notice tone={Tone::Good} title={words::handed_in(&how.on.wareki(), how.to.as_str(), by.as_str())} />
            }
            <div class="on-screen">
                <Panel title={words::HAND_IN}>
                    <SendForm id="report-save" submit={words::SAVE} is_busy={props.saving.is_busy} onsubmit={props.onsave.reform(move |()| from)}
                        failed={props.saving.refusal.as_ref().map(text::refusal)}>
                        <DateField of={form.input(ON, |typed| &mut typed.on)} label={words::ON} is_required=true />
                        <Field of={form.input(TO, |typed| &mut typed.to)} label={words::TO} is_required=true />
                    </SendForm>
                </Panel>
            </div>
        </>
    }
}
