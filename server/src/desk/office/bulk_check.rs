//! OT-35: 資格情報一括照会.

use std::sync::Arc;

use shared::api::Code;
use shared::api::bulk_check::{
    self as api, BULK_CHECK_COLUMNS, BULK_CHECK_FILE_MAX, BULK_CHECK_ROWS_MAX, BULK_RUNS, BulkCheckReport, BulkRun, BulkRuns,
};
use shared::api::file::SavedFile;

use super::{answered, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::export::checks::{RESULT_COLUMNS, cells_of, file};
use crate::jobs::bulk_check::outcome_words;
use crate::refused::Refused;
use crate::roster::{self, Line};
use crate::rule::answer::once;
use crate::rule::bulk_check as rule;
use crate::store::RunId;
use crate::store::bulk_check::{self as store, LineResult};

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(template).on(dry_run).on(start).on(list).on(state).on(result).on(stop)
}

fn lines(bytes: &[u8]) -> Result<Vec<Line>, Refused> {
    roster::lines(bytes, &BULK_CHECK_COLUMNS, BULK_CHECK_ROWS_MAX, BULK_CHECK_FILE_MAX).ok_or_else(|| Refused::new(Code::Request))
}

fn run_of(text: &str) -> Result<RunId, Refused> {
    RunId::parse(text).ok_or_else(|| Refused::new(Code::NotFound))
}

async fn template(_: Arc<App>, _: Call<api::BulkCheckTemplate, Staff>) -> Result<Reply<()>, Refused> {
    let example = ["1001", "06990014", "１２－３４", "0056", "01", "1950-04-01", "しない"].map(str::to_owned);
    let bytes = file(&BULK_CHECK_COLUMNS, std::iter::once(example.to_vec()));
    Ok(Reply::File { media_type: "text/csv; charset=utf-8", name: "uketsuke-bulk-check.csv".to_owned(), bytes })
}

async fn dry_run(app: Arc<App>, call: Call<api::DryRunBulkCheck, Staff>) -> Result<Reply<BulkCheckReport>, Refused> {
    let entry = call.trail().ok(None);
    let rows = rule::read(&lines(&call.body.file.0)?).into_iter().map(|(shown, _)| shown).collect();
    record(&app, entry).await?;
    Ok(Reply::Json(BulkCheckReport { rows }))
}

async fn start(app: Arc<App>, call: Call<api::StartBulkCheck, Staff>) -> Result<Reply<BulkRun>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let new: Vec<_> = rule::read(&lines(&call.body.file.0)?).into_iter().map(|(_, new)| new).collect();
    let Staff { found, tenant } = call.right;
    let id = RunId::new(now, app.random.bytes()?);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer =
        app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::start(tx, &tenant, &id, &by, &new, &entry)?.ok_or(Code::Request))));
    answered(answer.await?)
}

async fn list(app: Arc<App>, call: Call<api::ListBulkChecks, Staff>) -> Result<Reply<BulkRuns>, Refused> {
    let tenant = call.right.tenant;
    let rows = app.db.read(move |tx| store::newest(tx, &tenant, BULK_RUNS)).await?;
    Ok(Reply::Json(BulkRuns { rows }))
}

async fn state(app: Arc<App>, call: Call<api::BulkCheckState, Staff>) -> Result<Reply<BulkRun>, Refused> {
    let (id, tenant) = (run_of(call.path.run.as_str())?, call.right.tenant);
    let found = app.db.read(move |tx| store::find(tx, &tenant, &id)).await?;
    found.map(Reply::Json).ok_or_else(|| Refused::new(Code::NotFound))
}

async fn result(app: Arc<App>, call: Call<api::BulkCheckResult, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let trail = call.trail();
    let (id, tenant) = (run_of(call.path.run.as_str())?, call.right.tenant);
    let of = id.clone();
    let read = app.db.search(move |tx| match store::find(tx, &tenant, &of)? {
        Some(_) => store::results(tx, &tenant, &of).map(Some),
        None => Ok(None),
    });
    let rows = read.await?.ok_or_else(|| Refused::new(Code::NotFound))?;
    record(&app, trail.ok(Some(id.as_str()))).await?;
    let columns: Vec<&str> = ["行", "任意の識別子", "結果"].into_iter().chain(RESULT_COLUMNS).collect();
    let bytes = file(&columns, rows.iter().map(cells));
    Ok(Reply::Json(SavedFile::whole("uketsuke-bulk-check-result.csv".to_owned(), bytes, rows.len())))
}

fn cells(row: &LineResult) -> Vec<String> {
    let about = [row.line.to_string(), row.label.clone(), outcome_words(row.outcome).to_owned()];
    let result = row.eligibility.as_ref().map_or_else(|| std::array::from_fn(|_| String::new()), cells_of);
    about.into_iter().chain(result).collect()
}

async fn stop(app: Arc<App>, call: Call<api::StopBulkCheck, Staff>) -> Result<Reply<BulkRun>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let (id, tenant) = (run_of(call.path.run.as_str())?, call.right.tenant);
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::stop(tx, &tenant, &id, &entry)?.ok_or(Code::NotFound))));
    answered(answer.await?)
}
