//! A file of people: tried first, then put on the list.

use shared::api::day::{DAY_FILE_MAX, DayFile, DayLine, DayReport, ImportDay};
use shared::bytes::Base64;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;
use yew::prelude::*;

use super::AddProps;
use crate::part::table::{Column, Line};
use crate::part::{Button, FileField, Look, Notice, Panel, SendForm, Table, Tone};
use crate::text::office::{self as text, month::day};
use crate::use_call::use_call;

/// How far the file has come.
#[derive(Clone, PartialEq, Default)]
struct Stage {
    file: Option<(String, Vec<u8>)>,
    fault: Option<&'static str>,
    report: Option<DayReport>,
}

async fn read(file: Option<File>) -> Stage {
    let Some(file) = file else { return Stage::default() };
    if file.size() > 1024.0 * f64::from(u32::try_from(DAY_FILE_MAX / 1024).unwrap_or(u32::MAX)) {
        return Stage { fault: Some(day::LONG_FILE), ..Stage::default() };
    }
    match JsFuture::from(file.array_buffer()).await {
        Ok(buffer) => Stage { file: Some((file.name(), js_sys::Uint8Array::new(&buffer).to_vec())), ..Stage::default() },
        Err(_) => Stage { fault: Some(day::NO_FILE), ..Stage::default() },
    }
}

/// The way of a file.
#[component]
pub(super) fn FilePart(props: &AddProps) -> Html {
    let stage = use_state(Stage::default);
    let call = use_call::<ImportDay>();
    let onchoose = {
        let (stage, call) = (stage.clone(), call.clone());
        Callback::from(move |file: Option<File>| {
            call.forget();
            let stage = stage.clone();
            spawn_local(async move { stage.set(read(file).await) });
        })
    };
    let send = {
        let (stage, call, of, onadded) = (stage.clone(), call.clone(), props.day, props.onadded.clone());
        Callback::from(move |is_trial: bool| {
            let Some((_, bytes)) = &stage.file else {
                return stage.set(Stage { fault: Some(stage.fault.unwrap_or(day::NO_FILE)), ..(*stage).clone() });
            };
            let request = DayFile { file: Base64(bytes.clone()), is_trial };
            let (stage, onadded) = (stage.clone(), onadded.clone());
            call.start(ImportDay { day: of.to_string().into() }, request, move |outcome| match outcome {
                Ok(report) if report.is_done => {
                    stage.set(Stage::default());
                    onadded.emit(false);
                }
                Ok(report) => stage.set(Stage { report: Some(report), ..(*stage).clone() }),
                Err(_) => {}
            });
        })
    };
    let progress = call.progress();
    let chosen = stage.file.as_ref().map(|(name, bytes)| (AttrValue::from(name.clone()), u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
    html! {
        <Panel title={day::FILE_TITLE}>
            <SendForm id="day-try" submit={day::TRY} is_busy={progress.is_busy} onsubmit={send.reform(|()| true)}
                failed={progress.refusal.as_ref().map(text::refusal)}>
                <FileField id="day-file" label={day::FILE} hint={day::FILE_HINT} accept=".csv,text/csv" {chosen}
                    fault={stage.fault.map(AttrValue::from)} {onchoose} is_held={progress.is_busy} />
            </SendForm>
            if let Some(report) = &stage.report {
                { told(report, &send.reform(|()| false)) }
            }
        </Panel>
    }
}

fn told(report: &DayReport, onapply: &Callback<()>) -> Html {
    let is_good = report.lines.iter().all(|line| line.faults.is_empty());
    let line = |of: &DayLine| {
        let faults = of.faults.iter().map(|fault| day::fault(*fault)).collect::<Vec<_>>().join("、");
        let said = match (faults.is_empty(), of.is_known) {
            (false, _) => faults,
            (true, true) => day::LINE_KNOWN.to_owned(),
            (true, false) => day::LINE_NEW.to_owned(),
        };
        let cells = vec![html! { { of.line.to_string() } }, html! { { &of.name } }, html! { { said } }];
        Line { key: of.line.to_string().into(), cells }
    };
    html! {
        <>
            if !is_good {
                <Notice tone={Tone::Warn} title={day::FAULTY} />
            }
            <Table caption={day::FILE} scrolls={day::FILE} columns={day::LINES.map(Column::words).to_vec()}
                lines={report.lines.iter().map(line).collect::<Vec<_>>()} empty={Html::default()} />
            if is_good {
                <p class="actions"><Button id="day-apply" look={Look::Primary} onpress={onapply.clone()}>{ day::APPLY }</Button></p>
            }
        </>
    }
}
