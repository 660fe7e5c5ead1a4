//! OT-35 資格情報一括照会: a file, what it would ask line by line, the start, and the runs so far.

use shared::api::bulk_check::{
    BULK_CHECK_FILE_MAX, BulkCheckFile, BulkCheckLine, BulkCheckReport, BulkCheckTemplate, BulkRun, BulkRuns, DryRunBulkCheck,
    ListBulkChecks, StartBulkCheck,
};
use shared::api::{Code, Endpoint as _, Refusal};
use shared::bytes::Base64;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::prelude::use_navigator;

use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Download, FileField, Look, Notice, Panel, SendForm, Table, Tone, field, link};
use crate::remote::{Remote, unchanged, use_get};
use crate::text::Say;
use crate::text::office::{self as text, bulk_checks as words, checks, frame};
use crate::use_call::use_call;

const FILE: &str = "bulk-check-file";
const REPORT: &str = "bulk-check-report";

/// How far the file has come. No `Debug`: it is full of people.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Stage {
    /// Name and content.
    pub(super) file: Option<(String, Vec<u8>)>,
    /// Why there is none.
    pub(super) fault: Option<&'static str>,
    /// What it would ask.
    pub(super) report: Option<BulkCheckReport>,
}

/// The whole way of a file to its run.
#[component]
pub(crate) fn BulkChecks() -> Html {
    let navigator = use_navigator();
    let stage = use_state(Stage::default);
    let (runs, on_retry) = use_get(ListBulkChecks);
    let (dry, start) = (use_call::<DryRunBulkCheck>(), use_call::<StartBulkCheck>());
    let onchoose = {
        let (stage, dry, start) = (stage.clone(), dry.clone(), start.clone());
        Callback::from(move |file: Option<File>| {
            dry.forget();
            start.forget();
            let stage = stage.clone();
            spawn_local(async move { stage.set(read(file).await) });
        })
    };
    let oncheck = {
        let (stage, dry, start) = (stage.clone(), dry.clone(), start.clone());
        Callback::from(move |()| {
            start.forget();
            let Some((_, bytes)) = &stage.file else {
                field::focus(FILE);
                return stage.set(Stage { fault: Some(stage.fault.unwrap_or(words::NO_FILE)), ..(*stage).clone() });
            };
            let request = BulkCheckFile { file: Base64(bytes.clone()) };
            let stage = stage.clone();
            dry.start(DryRunBulkCheck, request, move |outcome| stage.set(Stage { report: outcome.ok(), ..(*stage).clone() }));
        })
    };
    let onstart = {
        let (stage, start) = (stage.clone(), start.clone());
        Callback::from(move |()| {
            let Some((_, bytes)) = &stage.file else { return };
            let (request, navigator) = (BulkCheckFile { file: Base64(bytes.clone()) }, navigator.clone());
            start.start(StartBulkCheck, request, move |outcome| {
                if let (Ok(run), Some(navigator)) = (outcome, navigator) {
                    navigator.push(&AnyRoute::new(format!("/o/check/bulk/of/{}", run.id)));
                }
            });
        })
    };
    let is_reported = stage.report.is_some();
    use_effect_with(is_reported, |is_reported| is_reported.then_some(REPORT).into_iter().for_each(field::focus));
    let props = BulkViewProps {
        stage: (*stage).clone(),
        runs,
        is_checking: dry.progress().is_busy,
        is_starting: start.progress().is_busy,
        not_checked: dry.progress().refusal.map(unchanged),
        not_started: start.progress().refusal,
        onchoose,
        oncheck,
        onstart,
        on_retry,
    };
    html! { <BulkView ..props /> }
}

/// The content of a file, if it is short enough.
async fn read(file: Option<File>) -> Stage {
    let Some(file) = file else { return Stage::default() };
    if file.size() > 1024.0 * f64::from(u32::try_from(BULK_CHECK_FILE_MAX / 1024).unwrap_or(u32::MAX)) {
        return Stage { fault: Some(words::TOO_LONG), ..Stage::default() };
    }
    match JsFuture::from(file.array_buffer()).await {
        Ok(buffer) => Stage { file: Some((file.name(), js_sys::Uint8Array::new(&buffer).to_vec())), ..Stage::default() },
        Err(_) => Stage { fault: Some(words::NOT_READ), ..Stage::default() },
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct BulkViewProps {
    pub(super) stage: Stage,
    pub(super) runs: Remote<BulkRuns>,
    #[prop_or_default]
    pub(super) is_checking: bool,
    #[prop_or_default]
    pub(super) is_starting: bool,
    #[prop_or_default]
    pub(super) not_checked: Option<Refusal>,
    #[prop_or_default]
    pub(super) not_started: Option<Refusal>,
    #[prop_or_default]
    pub(super) onchoose: Callback<Option<File>>,
    #[prop_or_default]
    pub(super) oncheck: Callback<()>,
    #[prop_or_default]
    pub(super) onstart: Callback<()>,
    #[prop_or_default]
    pub(super) on_retry: Callback<()>,
}

/// The words when a file was not taken.
fn refusal(said: &Refusal) -> Say {
    let say = text::refusal(said);
    match said.code {
        Code::Request => Say { happened: words::NO_LIST.into(), next: words::NO_LIST_NEXT.into(), ..say },
        _ => say,
    }
}

/// Template, file, what it would ask, and the runs.
#[component]
pub(super) fn BulkView(props: &BulkViewProps) -> Html {
    let stage = &props.stage;
    let chosen = stage.file.as_ref().map(|(name, bytes)| (AttrValue::from(name.clone()), u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
    html! {
        <>
            <p>{ words::LEAD }</p>
            <Download href={BulkCheckTemplate.path()} file="uketsuke-bulk-check.csv" words={words::TEMPLATE} about={words::TEMPLATE_ABOUT} />
            <SendForm id="bulk-check-dry" submit={words::CHECK} failed={props.not_checked.as_ref().map(refusal)} is_busy={props.is_checking}
                is_off={props.is_starting} onsubmit={props.oncheck.clone()}>
                <FileField id={FILE} label={words::FILE} hint={words::file_hint()} fault={stage.fault} is_required=true accept=".csv,text/csv"
                    {chosen} is_held={props.is_checking || props.is_starting} onchoose={props.onchoose.clone()} />
            </SendForm>
            if let Some(found) = &stage.report {
                { report(props, found) }
            }
            <h2>{ words::RUNS }</h2>
            <p>{ words::kept() }</p>
            { props.runs.view(&props.on_retry, runs) }
        </>
    }
}

fn report(props: &BulkViewProps, found: &BulkCheckReport) -> Html {
    let (good, faulty) = (found.good(), found.rows.len() - found.good());
    html! {
        <div id={REPORT} tabindex="-1">
            <Panel title={words::REPORT} class="accounts">
                if good == 0 {
                    <Notice tone={Tone::Bad} role="alert" title={words::NONE_GOOD} />
                } else if faulty == 0 {
                    <Notice tone={Tone::Good} title={words::ALL_GOOD} />
                } else {
                    <Notice tone={Tone::Warn} role="alert" title={words::faulty(faulty)} />
                }
                <Table caption={words::REPORT} scrolls={words::REPORT_SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                    lines={found.rows.iter().map(line).collect::<Vec<_>>()} empty={Html::default()} />
                if let Some(said) = &props.not_started {
                    { form_failure(&refusal(said)) }
                }
                if good > 0 {
                    <p><Button id="bulk-check-start" look={Look::Primary} is_off={props.is_starting || props.is_checking}
                        onpress={props.onstart.clone()}>
                        { if props.is_starting { frame::BUSY } else if faulty == 0 { words::START } else { words::START_GOOD } }
                    </Button></p>
                }
            </Panel>
        </div>
    }
}

fn line(row: &BulkCheckLine) -> Line {
    let said = row.faults.iter().map(|fault| words::fault(*fault)).chain(row.doubts.iter().map(|doubt| words::doubt(*doubt)));
    let said: Vec<&str> = said.collect();
    let what = if said.is_empty() {
        html! { { words::WOULD } }
    } else {
        html! { <ul class="accounts__faults">{ for said.into_iter().map(|words| html! { <li>{ words }</li> }) }</ul> }
    };
    Line { key: row.line.to_string().into(), cells: vec![html! { { row.line } }, html! { { row.key.clone() } }, what] }
}

fn runs(runs: &BulkRuns) -> Html {
    let line = |run: &BulkRun| Line {
        key: run.id.clone().into(),
        cells: vec![
            link(&format!("/o/check/bulk/of/{}", run.id), None, checks::minute(run.started_at)),
            html! { { run.state.label() } },
            html! { { words::of(run.done, run.total) } },
            html! { { words::people(run.faulty) } },
            html! { { run.started_by.to_string() } },
        ],
    };
    let empty = html! { <p>{ words::NO_RUNS }</p> };
    html! {
        <Table caption={words::RUNS} scrolls={words::RUNS_SCROLLS} columns={words::RUN_COLUMNS.map(Column::words).to_vec()}
            lines={runs.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
    }
}
