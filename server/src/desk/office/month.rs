//! 月次再照会 (OT-14), 利用状況 (OT-28), 期限の近い方 (OT-34).

use std::sync::Arc;

use shared::api::Code;
use shared::api::expiring::{EXPIRING_ROWS, Expiring, ExpiringCsv, ExpiringPage, Kind};
use shared::api::file::SavedFile;
use shared::api::month::{
    self as api, EvidencePage, FILE_ROWS, MONTH_CURSOR_MAX, MONTH_PAGE_ROWS, Run, RunShown, Show, UsageOf, WorklistPage,
};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::month::Month;

use super::{answered, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::export::monthly as csv;
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::once;
use crate::store::month::Place;
use crate::store::tx::Tx;
use crate::store::{self, Institution, StoreError};
use crate::tenant::Tenant;

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(worklist)
        .on(worklist_csv)
        .on(start)
        .on(run_of)
        .on(evidence)
        .on(evidence_csv)
        .on(usage)
        .on(usage_csv)
        .on(expiring)
        .on(expiring_csv)
}

/// The month that a path names.
pub(super) fn month_of(text: &str) -> Result<Month, Refused> {
    Month::try_from(text).map_err(|_| Refused::new(Code::NotFound))
}

/// A CSV file of this name, which says nothing of a person, with so many rows.
pub(super) fn file(name: String, bytes: Vec<u8>, rows: usize, has_more: bool) -> Reply<SavedFile> {
    Reply::Json(SavedFile { has_more, ..SavedFile::whole(name, bytes, rows) })
}

fn place_of(after: Option<&String>) -> Result<Option<Place>, Refused> {
    let read = |text: &String| Place::parse(text).filter(|_| text.len() <= MONTH_CURSOR_MAX).ok_or_else(|| Refused::new(Code::Request));
    after.map(read).transpose()
}

async fn worklist(app: Arc<App>, call: Call<api::Worklist, Staff>) -> Result<Reply<WorklistPage>, Refused> {
    let (entry, now) = (call.trail().ok(None), call.now);
    let (tenant, asked) = (call.right.tenant, call.body);
    let after = place_of(asked.after.as_ref())?;
    let page = app.db.search(move |tx| rule::month::worklist(tx, &tenant, asked.month, asked.show, after.as_ref(), MONTH_PAGE_ROWS, now));
    let page = page.await?;
    record(&app, entry).await?;
    Ok(Reply::Json(page))
}

async fn worklist_csv(app: Arc<App>, call: Call<api::WorklistCsv, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let (of, now) = (month_of(call.path.month.as_str())?, call.now);
    let entry = call.trail().ok(Some(&of.to_string()));
    let tenant = call.right.tenant;
    let found = app.db.search(move |tx| {
        let (mut groups, mut has_more) = (Vec::new(), false);
        for show in Show::ALL {
            let page = rule::month::worklist(tx, &tenant, of, show, None, FILE_ROWS, now)?;
            has_more |= page.next.is_some();
            groups.push((show.label(), page.rows));
        }
        Ok((groups, has_more))
    });
    let (groups, has_more) = found.await?;
    record(&app, entry).await?;
    let rows = groups.iter().map(|(_, rows)| rows.len()).sum();
    Ok(file(format!("uketsuke-requery-{of}.csv"), csv::worklist(&groups, has_more), rows, has_more))
}

async fn start(app: Arc<App>, call: Call<api::StartRequeries, Staff>) -> Result<Reply<Run>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let of = month_of(call.path.month.as_str())?;
    let (Staff { found, tenant }, entry) = (call.right, trail.ok(Some(&of.to_string())));
    let by = found.account.user;
    let answer =
        app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::month::start(tx, &tenant, of, &by, &entry)?.ok_or(Code::Request))));
    answered(answer.await?)
}

async fn run_of(app: Arc<App>, call: Call<api::RunOf, Staff>) -> Result<Reply<RunShown>, Refused> {
    let of = call.path.of.as_str().to_owned();
    let kind = match (Month::try_from(of.as_str()), CivilDate::try_from(of.as_str())) {
        (Ok(_), _) => rule::month::KIND,
        (_, Ok(_)) => rule::day::KIND,
        _ => return Err(Refused::new(Code::NotFound)),
    };
    let tenant = call.right.tenant;
    let run = app.db.read(move |tx| store::run::find(tx, &tenant, kind, &of)).await?;
    Ok(Reply::Json(RunShown { run }))
}

async fn evidence_page(
    app: &App,
    tenant: Tenant,
    institution: Institution,
    of: Month,
    after: Option<Place>,
    rows: u32,
    now: UnixMs,
) -> Result<EvidencePage, StoreError> {
    app.db.search(move |tx: &mut Tx<'_>| rule::month::evidence(tx, &tenant, &institution, of, after.as_ref(), rows, now)).await
}

async fn evidence(app: Arc<App>, call: Call<api::Evidence, Staff>) -> Result<Reply<EvidencePage>, Refused> {
    let (entry, now) = (call.trail().ok(None), call.now);
    let (Staff { found, tenant }, asked) = (call.right, call.body);
    let after = place_of(asked.after.as_ref())?;
    let page = evidence_page(&app, tenant, found.institution, asked.month, after, MONTH_PAGE_ROWS, now).await?;
    record(&app, entry).await?;
    Ok(Reply::Json(page))
}

async fn evidence_csv(app: Arc<App>, call: Call<api::EvidenceCsv, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let (of, now) = (month_of(call.path.month.as_str())?, call.now);
    let entry = call.trail().ok(Some(&of.to_string()));
    let Staff { found, tenant } = call.right;
    let page = evidence_page(&app, tenant, found.institution, of, None, FILE_ROWS, now).await?;
    record(&app, entry).await?;
    let has_more = page.next.is_some();
    Ok(file(format!("uketsuke-evidence-{of}.csv"), csv::evidence(&page.rows, &page.fees, has_more), page.rows.len(), has_more))
}

async fn counted(app: &App, tenant: Tenant, institution: &Institution, month: Month, now: UnixMs) -> Result<UsageOf, StoreError> {
    let counts = app.db.search(move |tx| store::expiring::usage(tx, &tenant, month)).await?;
    Ok(UsageOf { month, counts, institution_name: institution.name.clone(), now })
}

async fn usage(app: Arc<App>, call: Call<api::Usage, Staff>) -> Result<Reply<UsageOf>, Refused> {
    let (of, now) = (month_of(call.path.month.as_str())?, call.now);
    let Staff { found, tenant } = call.right;
    Ok(Reply::Json(counted(&app, tenant, &found.institution, of, now).await?))
}

async fn usage_csv(app: Arc<App>, call: Call<api::UsageCsv, Staff>) -> Result<Reply<()>, Refused> {
    let (of, now) = (month_of(call.path.month.as_str())?, call.now);
    let entry = call.trail().ok(Some(&of.to_string()));
    let Staff { found, tenant } = call.right;
    let usage = counted(&app, tenant, &found.institution, of, now).await?;
    record(&app, entry).await?;
    let (name, bytes) = (format!("uketsuke-usage-{of}.csv"), csv::usage(&usage));
    Ok(Reply::File { media_type: "text/csv; charset=utf-8", name, bytes })
}

async fn expiring(app: Arc<App>, call: Call<Expiring, Staff>) -> Result<Reply<ExpiringPage>, Refused> {
    let (entry, now) = (call.trail().ok(Some(call.body.kind.word())), call.now);
    let (Staff { found, tenant }, asked) = (call.right, call.body);
    let (after, today) = (place_of(asked.after.as_ref())?, now.jst_date());
    let page = app.db.search(move |tx| rule::expiring::page(tx, &tenant, asked.kind, after.as_ref(), EXPIRING_ROWS, today));
    let (rows, next) = page.await?;
    record(&app, entry).await?;
    let (from, to) = rule::expiring::span(asked.kind, today);
    let (institution_name, contact) = (found.institution.name, found.institution.settings.contact);
    Ok(Reply::Json(ExpiringPage { rows, next: next.map(|place| place.to_text()), from, to, institution_name, contact, now }))
}

async fn expiring_csv(app: Arc<App>, call: Call<ExpiringCsv, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let kind = Kind::from_word(call.path.kind.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let entry = call.trail().ok(Some(kind.word()));
    let (tenant, today) = (call.right.tenant, call.now.jst_date());
    let (rows, next) = app.db.search(move |tx| rule::expiring::page(tx, &tenant, kind, None, FILE_ROWS, today)).await?;
    record(&app, entry).await?;
    let name = format!("uketsuke-expiring-{}-{}.csv", kind.word(), today.packed());
    Ok(file(name, csv::expiring(&rows, next.is_some()), rows.len(), next.is_some()))
}
