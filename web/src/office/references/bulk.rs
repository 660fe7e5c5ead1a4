//! 照会番号の一括登録 (OT-21): a file, what it would do row by row, and all of it or nothing.

use shared::api::reference::{
    ApplyReferences, CheckReferences, REFERENCE_FILE_MAX, ReferenceFile, ReferenceLine, ReferenceReport, ReferenceTemplate, ReferencesDone,
};
use shared::api::{Endpoint as _, Refusal};
use shared::bytes::Base64;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;
use yew::prelude::*;

use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Download, FileField, Look, Notice, Panel, SendForm, Table, Tone, field};
use crate::remote::unchanged;
use crate::text::office::{self as text, frame, references as words};
use crate::use_call::{Progress, use_call};

const FILE: &str = "references-file";
const REPORT: &str = "references-report";

/// How far the file has come.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Stage {
    /// Name and content.
    pub(crate) file: Option<(String, Vec<u8>)>,
    /// Why there is none.
    pub(crate) fault: Option<&'static str>,
    /// What it would do.
    pub(crate) report: Option<ReferenceReport>,
    /// What it did.
    pub(crate) done: Option<ReferencesDone>,
}

/// The whole way of a file.
#[component]
pub(crate) fn ReferenceBulk() -> Html {
    let stage = use_state(Stage::default);
    let (check, apply) = (use_call::<CheckReferences>(), use_call::<ApplyReferences>());
    let onchoose = {
        let (stage, check, apply) = (stage.clone(), check.clone(), apply.clone());
        Callback::from(move |file: Option<File>| {
            check.forget();
            apply.forget();
            let stage = stage.clone();
            spawn_local(async move { stage.set(read(file).await) });
        })
    };
    let oncheck = {
        let (stage, check, apply) = (stage.clone(), check.clone(), apply.clone());
        Callback::from(move |()| {
            if apply.progress().is_busy {
                return;
            }
            apply.forget();
            let Some((_, bytes)) = &stage.file else {
                field::focus(FILE);
                return stage.set(Stage { fault: Some(stage.fault.unwrap_or(words::NO_FILE)), ..(*stage).clone() });
            };
            let request = ReferenceFile { file: Base64(bytes.clone()) };
            let stage = stage.clone();
            check.start(CheckReferences, request, move |outcome| {
                stage.set(Stage { report: outcome.ok(), done: None, ..(*stage).clone() });
            });
        })
    };
    let onapply = {
        let (stage, check, apply) = (stage.clone(), check.clone(), apply.clone());
        Callback::from(move |()| {
            let Some((_, bytes)) = stage.file.as_ref().filter(|_| !check.progress().is_busy) else { return };
            let request = ReferenceFile { file: Base64(bytes.clone()) };
            let stage = stage.clone();
            apply.start(ApplyReferences, request, move |outcome| {
                if let Ok(done) = outcome {
                    stage.set(Stage { done: Some(done), ..Stage::default() });
                }
            });
        })
    };
    let has_news = stage.report.is_some() || stage.done.is_some();
    use_effect_with(has_news, |has_news| has_news.then_some(REPORT).into_iter().for_each(field::focus));
    let (checking, applying) = (check.progress(), apply.progress());
    html! { <ReferenceBulkView stage={(*stage).clone()} {checking} {applying} {onchoose} {oncheck} {onapply} /> }
}

/// The content of a file, if it is short enough.
async fn read(file: Option<File>) -> Stage {
    let Some(file) = file else { return Stage::default() };
    if file.size() > 1024.0 * f64::from(u32::try_from(REFERENCE_FILE_MAX / 1024).unwrap_or(u32::MAX)) {
        return Stage { fault: Some(words::TOO_LONG), ..Stage::default() };
    }
    match JsFuture::from(file.array_buffer()).await {
        Ok(buffer) => Stage { file: Some((file.name(), js_sys::Uint8Array::new(&buffer).to_vec())), ..Stage::default() },
        Err(_) => Stage { fault: Some(words::NOT_READ), ..Stage::default() },
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ReferenceBulkViewProps {
    /// How far the file has come.
    pub(crate) stage: Stage,
    /// How far the trial has come.
    #[prop_or_default]
    pub(crate) checking: Progress,
    /// How far the registration has come.
    #[prop_or_default]
    pub(crate) applying: Progress,
    /// Called with a chosen file.
    #[prop_or_default]
    pub(crate) onchoose: Callback<Option<File>>,
    /// Called on 内容を確かめる.
    #[prop_or_default]
    pub(crate) oncheck: Callback<()>,
    /// Called on 登録する.
    #[prop_or_default]
    pub(crate) onapply: Callback<()>,
}

/// Template, file, what it would do.
#[component]
pub(crate) fn ReferenceBulkView(props: &ReferenceBulkViewProps) -> Html {
    let stage = &props.stage;
    let chosen = stage.file.as_ref().map(|(name, bytes)| (AttrValue::from(name.clone()), u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
    let not_checked: Option<Refusal> = props.checking.refusal.clone().map(unchanged);
    html! {
        <>
            <p>{ words::BULK_LEAD }</p>
            <Download href={ReferenceTemplate.path()} file="uketsuke-references.csv" words={words::TEMPLATE} about={words::BULK_ABOUT} />
            <SendForm id="references-check" submit={words::CHECK} failed={not_checked.as_ref().map(text::refusal)}
                is_busy={props.checking.is_busy} is_off={props.applying.is_busy} onsubmit={props.oncheck.clone()}>
                <FileField id={FILE} label={words::FILE} hint={words::FILE_HINT} fault={stage.fault} is_required=true accept=".csv,text/csv"
                    {chosen} is_held={props.checking.is_busy || props.applying.is_busy} onchoose={props.onchoose.clone()} />
            </SendForm>
            <div id={REPORT} tabindex="-1">
                if let Some(done) = &stage.done {
                    <Notice tone={Tone::Good} role="status" title={words::DONE}>
                        <p>{ words::done(done.done, done.same) }</p>
                        <p>{ words::DONE_NEXT }</p>
                    </Notice>
                }
                if let Some(found) = &stage.report {
                    { report(props, found) }
                }
            </div>
        </>
    }
}

fn report(props: &ReferenceBulkViewProps, found: &ReferenceReport) -> Html {
    let faulty = found.rows.iter().filter(|row| row.outcome.is_err()).count();
    let columns = words::REPORT_COLUMNS.map(Column::words).to_vec();
    html! {
        <Panel title={words::REPORT}>
            if faulty == 0 {
                <Notice tone={Tone::Good} title={words::ALL_GOOD} />
            } else {
                <Notice tone={Tone::Bad} role="alert" title={words::faulty_rows(faulty)} />
            }
            <Table caption={words::REPORT} scrolls={words::REPORT_SCROLLS} {columns} lines={found.rows.iter().map(line).collect::<Vec<_>>()}
                empty={Html::default()} />
            if let Some(refusal) = &props.applying.refusal {
                { form_failure(&text::refusal(refusal)) }
            }
            if found.is_good() {
                <p><Button id="references-apply" look={Look::Primary} is_off={props.applying.is_busy || props.checking.is_busy}
                    onpress={props.onapply.clone()}>
                    { if props.applying.is_busy { frame::BUSY } else { words::APPLY } }
                </Button></p>
            }
        </Panel>
    }
}

fn line(row: &ReferenceLine) -> Line {
    let what = match row.outcome {
        Ok(act) => html! { { words::line_act(act) } },
        Err(fault) => {
            let (happened, next) = words::fault(fault);
            html! { <>{ happened }{ next }</> }
        }
    };
    Line { key: row.line.to_string().into(), cells: vec![html! { { row.line } }, html! { { row.number.clone() } }, what] }
}
