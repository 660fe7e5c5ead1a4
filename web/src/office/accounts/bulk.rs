//! アカウント一括登録・一括更新 (N020): a file, what it would do row by row, and all of it or nothing.

use shared::api::account::{BULK_FILE_MAX, BulkApply, BulkCheck, BulkDone, BulkFile, BulkReport, BulkRow, BulkTemplate};
use shared::api::office::Session;
use shared::api::{Endpoint as _, Refusal};
use shared::bytes::Base64;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;
use yew::prelude::*;

use super::slip::slip;
use crate::part::copy::print;
use crate::part::send_form::form_failure;
use crate::part::table::{Column, Line};
use crate::part::{Button, Download, FileField, Hold, Look, Notice, Panel, SendForm, Table, Tone, field};
use crate::remote::unchanged;
use crate::session::use_session;
use crate::text::office::{self as text, accounts as words, frame};
use crate::use_call::use_call;

const FILE: &str = "accounts-file";
const REPORT: &str = "accounts-report";
const DONE: &str = "accounts-done";

/// How far the file has come.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Stage {
    /// Name and content.
    pub(crate) file: Option<(String, Vec<u8>)>,
    /// Why there is none.
    pub(crate) fault: Option<&'static str>,
    /// What it would do.
    pub(crate) report: Option<BulkReport>,
    /// What it did.
    pub(crate) done: Option<BulkDone>,
}

/// The whole way of a file.
#[component]
pub(crate) fn Bulk() -> Html {
    let session = use_session().session;
    let stage = use_state(Stage::default);
    let (check, apply) = (use_call::<BulkCheck>(), use_call::<BulkApply>());
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
            // What comes back has the initial passwords: it is waited for.
            if apply.progress().is_busy {
                return;
            }
            apply.forget();
            let Some((_, bytes)) = &stage.file else {
                field::focus(FILE);
                return stage.set(Stage { fault: Some(stage.fault.unwrap_or(words::NO_FILE)), ..(*stage).clone() });
            };
            let request = BulkFile { file: Base64(bytes.clone()) };
            let stage = stage.clone();
            check.start(BulkCheck, request, move |outcome| {
                stage.set(Stage { report: outcome.ok(), done: None, ..(*stage).clone() });
            });
        })
    };
    let onapply = {
        let (stage, check, apply) = (stage.clone(), check.clone(), apply.clone());
        Callback::from(move |()| {
            // An answer that came after it would take the place of the passwords.
            if check.progress().is_busy {
                return;
            }
            let Some((_, bytes)) = &stage.file else { return };
            let request = BulkFile { file: Base64(bytes.clone()) };
            let stage = stage.clone();
            apply.start(BulkApply, request, move |outcome| {
                if let Ok(done) = outcome {
                    stage.set(Stage { done: Some(done), ..Stage::default() });
                }
            });
        })
    };
    let ondone = {
        let stage = stage.clone();
        Callback::from(move |()| stage.set(Stage::default()))
    };
    let news = if stage.done.is_some() { Some(DONE) } else { stage.report.is_some().then_some(REPORT) };
    use_effect_with(news, |news| (*news).into_iter().for_each(field::focus));
    let (checking, applying) = (check.progress(), apply.progress());
    let props = BulkViewProps {
        session,
        stage: (*stage).clone(),
        is_checking: checking.is_busy,
        is_applying: applying.is_busy,
        not_checked: checking.refusal.map(unchanged),
        not_applied: applying.refusal,
        onchoose,
        oncheck,
        onapply,
        ondone,
    };
    html! { <BulkView ..props /> }
}

/// The content of a file, if it is short enough to be one of accounts.
async fn read(file: Option<File>) -> Stage {
    let Some(file) = file else { return Stage::default() };
    if file.size() > 1024.0 * f64::from(u32::try_from(BULK_FILE_MAX / 1024).unwrap_or(u32::MAX)) {
        return Stage { fault: Some(words::TOO_LONG), ..Stage::default() };
    }
    match JsFuture::from(file.array_buffer()).await {
        Ok(buffer) => Stage { file: Some((file.name(), js_sys::Uint8Array::new(&buffer).to_vec())), ..Stage::default() },
        Err(_) => Stage { fault: Some(words::NOT_READ), ..Stage::default() },
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct BulkViewProps {
    pub(crate) session: Session,
    pub(crate) stage: Stage,
    pub(crate) is_checking: bool,
    pub(crate) is_applying: bool,
    pub(crate) not_checked: Option<Refusal>,
    pub(crate) not_applied: Option<Refusal>,
    pub(crate) onchoose: Callback<Option<File>>,
    pub(crate) oncheck: Callback<()>,
    pub(crate) onapply: Callback<()>,
    pub(crate) ondone: Callback<()>,
}

/// Template, file, what it would do, and the initial passwords once.
#[component]
pub(crate) fn BulkView(props: &BulkViewProps) -> Html {
    let stage = &props.stage;
    if let Some(done) = &stage.done {
        return finished(props, done);
    }
    let chosen = stage.file.as_ref().map(|(name, bytes)| (AttrValue::from(name.clone()), u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
    html! {
        <>
            <p>{ words::BULK_LEAD }</p>
            <Download href={BulkTemplate.path()} file="uketsuke-accounts.csv" words={words::TEMPLATE} about={words::TEMPLATE_ABOUT} />
            <SendForm id="accounts-check" submit={words::CHECK} failed={props.not_checked.as_ref().map(text::refusal)}
                is_busy={props.is_checking} is_off={props.is_applying} onsubmit={props.oncheck.clone()}>
                <FileField id={FILE} label={words::FILE} hint={words::bulk_hint()} fault={stage.fault} is_required=true accept=".csv,text/csv"
                    {chosen} is_held={props.is_checking || props.is_applying} onchoose={props.onchoose.clone()} />
            </SendForm>
            if let Some(found) = &stage.report {
                { report(props, found) }
            }
        </>
    }
}

fn report(props: &BulkViewProps, found: &BulkReport) -> Html {
    let columns = [words::LINE, words::USER, words::WHAT].map(Column::words).to_vec();
    let faulty = found.rows.iter().filter(|row| !row.faults.is_empty()).count();
    html! {
        <div id={REPORT} tabindex="-1">
            <Panel title={words::REPORT} class="accounts">
                if faulty == 0 {
                    <Notice tone={Tone::Good} title={words::ALL_GOOD} />
                } else {
                    <Notice tone={Tone::Bad} role="alert" title={words::faulty_rows(faulty)} />
                }
                <Table caption={words::REPORT} scrolls={words::REPORT_SCROLLS} {columns} lines={found.rows.iter().map(line).collect::<Vec<_>>()}
                    empty={Html::default()} />
                if let Some(refusal) = &props.not_applied {
                    { form_failure(&text::refusal(refusal)) }
                }
                if found.is_good() {
                    <p><Button id="accounts-apply" look={Look::Primary} is_off={props.is_applying || props.is_checking}
                        onpress={props.onapply.clone()}>
                        { if props.is_applying { frame::BUSY } else { words::APPLY } }
                    </Button></p>
                }
            </Panel>
        </div>
    }
}

fn line(row: &BulkRow) -> Line {
    let what = match &row.act {
        Some(act) => html! { { words::would(act) } },
        None => html! {
            <ul class="accounts__faults">{ for row.faults.iter().map(|fault| html! { <li>{ words::bulk_fault(*fault) }</li> }) }</ul>
        },
    };
    let cells = vec![html! { { row.line } }, html! { { row.user.clone() } }, what];
    Line { key: row.line.to_string().into(), cells }
}

fn finished(props: &BulkViewProps, done: &BulkDone) -> Html {
    let columns = [words::USER, words::NAME, words::FIRST_PASSWORD].map(Column::words).to_vec();
    let said: Vec<_> = done.added.iter().filter_map(|first| first.password.as_ref().map(|password| (&first.account, password))).collect();
    let lines = said.iter().map(|(account, password)| Line {
        key: account.user.to_string().into(),
        cells: vec![
            html! { { account.user.to_string() } },
            html! { { account.name.clone() } },
            html! { <span class="accounts__password" translate="no">{ (*password).clone() }</span> },
        ],
    });
    let lines: Vec<Line> = lines.collect();
    let is_told = said.len() == done.added.len();
    html! {
        <>
            <div id={DONE} tabindex="-1">
                <Notice tone={Tone::Good} role="status" title={words::APPLIED}>
                    <p>{ words::done(done.added.len(), done.changed) }</p>
                    if !is_told {
                        <p>{ words::APPLIED_BEFORE }</p>
                    }
                </Notice>
            </div>
            if !lines.is_empty() {
                <Hold />
                <Panel title={words::PASSWORDS} class="accounts">
                    <Notice tone={Tone::Warn} title={text::hand::ONCE} />
                    <Table caption={words::PASSWORDS} scrolls={words::REPORT_SCROLLS} {columns} {lines} empty={Html::default()} />
                    <p><Button id="accounts-slips" onpress={Callback::from(|()| print())}>{ words::SLIPS }</Button></p>
                </Panel>
            }
            <p><Button id="accounts-finish" look={Look::Primary} onpress={props.ondone.clone()}>{ words::DONE }</Button></p>
            { for said.iter().map(|(account, password)| slip(&props.session.institution, &props.session.institution_name, account, password)) }
        </>
    }
}
