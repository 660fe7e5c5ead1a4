//! 本日の訪問・予約 (OT-26), 請求前の確認 (OT-27).

use std::sync::Arc;

use shared::api::Code;
use shared::api::claims::{CLAIM_ROWS, Claims, ClaimsCsv, ClaimsShown, CloseClaim};
use shared::api::day::{self as api, DayAdded, DayLine, DayReport, DayShown, NewDayVisit, TypedVisit};
use shared::api::file::SavedFile;
use shared::api::month::{FILE_ROWS, Run};
use shared::domain::calendar::CivilDate;

use super::later::sees_openings;
use super::month::{file, month_of};
use super::{answered, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::day_file;
use crate::export::monthly as csv;
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::once;
use crate::rule::claim::Looks;
use crate::rule::day::{NotAdded, Where};
use crate::store::tx::Tx;
use crate::store::{self, ConsentId, DayVisitId, StoreError};
use crate::tenant::Tenant;

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(list).on(list_csv).on(add).on(import).on(remove).on(check).on(claims).on(claims_csv).on(close_claim)
}

fn day_of(text: &str) -> Result<CivilDate, Refused> {
    CivilDate::try_from(text).map_err(|_| Refused::new(Code::NotFound))
}

async fn list(app: Arc<App>, call: Call<api::DayList, Staff>) -> Result<Reply<DayShown>, Refused> {
    let (day, now) = (day_of(call.path.day.as_str())?, call.now);
    let entry = call.trail().ok(Some(&day.to_string()));
    let Staff { found, tenant } = call.right;
    let read = move |tx: &mut Tx<'_>| {
        let run = store::run::find(tx, &tenant, rule::day::KIND, &day.to_string())?;
        Ok((rule::day::list(tx, &tenant, day)?, run))
    };
    let (rows, run) = app.db.search(read).await?;
    record(&app, entry).await?;
    Ok(Reply::Json(DayShown { day, rows, run, institution_name: found.institution.name, now }))
}

async fn list_csv(app: Arc<App>, call: Call<api::DayCsv, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let day = day_of(call.path.day.as_str())?;
    let entry = call.trail().ok(Some(&day.to_string()));
    let tenant = call.right.tenant;
    let rows = app.db.search(move |tx| rule::day::list(tx, &tenant, day)).await?;
    record(&app, entry).await?;
    Ok(file(format!("uketsuke-day-{}.csv", day.packed()), csv::day_list(day, &rows), rows.len(), false))
}

async fn add(app: Arc<App>, call: Call<api::AddDayVisit, Staff>) -> Result<Reply<DayAdded>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let day = day_of(call.path.day.as_str())?;
    let (Staff { found, tenant }, new) = (call.right, call.body);
    let id = DayVisitId::new(now, app.random.bytes()?);
    let (at, entry) = (Where { day, id, by: found.account.user }, trail.ok(Some(&day.to_string())));
    let answer = app.db.write(move |tx| once(tx, &tenant, &press, |tx| put(tx, &tenant, &at, &new, &entry)));
    answered(answer.await?)
}

fn put(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    at: &Where,
    new: &NewDayVisit,
    entry: &store::AuditEntry,
) -> Result<Result<DayAdded, Code>, StoreError> {
    match new {
        NewDayVisit::Consent(id) => {
            let Some(id) = ConsentId::parse(id) else { return Ok(Err(Code::NotFound)) };
            Ok(rule::day::add_of_consent(tx, tenant, at, &id, entry)?.map_err(|why| match why {
                NotAdded::NotThere => Code::NotFound,
                NotAdded::Full => Code::Request,
            }))
        }
        NewDayVisit::Typed(typed) if typed.name.is_empty() => Ok(Err(Code::Request)),
        NewDayVisit::Typed(typed) => {
            let new = rule::day::of_typed(tx, tenant, at, typed, entry.at)?;
            Ok(rule::day::add(tx, tenant, &[new], entry)?.ok_or(Code::Request))
        }
    }
}

async fn import(app: Arc<App>, call: Call<api::ImportDay, Staff>) -> Result<Reply<DayReport>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let day = day_of(call.path.day.as_str())?;
    let lines = day_file::read(&call.body.file.0).ok_or_else(|| Refused::new(Code::Request))?;
    let (Staff { found, tenant }, is_trial) = (call.right, call.body.is_trial);
    // Ids of one instant: their order is that of the file by the number in them.
    let mut ids = Vec::with_capacity(lines.len());
    for (place, _) in (0_i64..).zip(&lines) {
        ids.push(DayVisitId::new(now.plus_ms(place), app.random.bytes()?));
    }
    let (by, entry) = (found.account.user, trail.ok(Some(&day.to_string())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let (mut told, mut new) = (Vec::with_capacity(lines.len()), Vec::new());
            for (line, id) in lines.iter().zip(&ids) {
                let at = Where { day, id: id.clone(), by: by.clone() };
                let read = |tx: &mut Tx<'_>, typed: &TypedVisit| rule::day::of_typed(tx, &tenant, &at, typed, now);
                let record = line.read.as_ref().ok().map(|typed| read(tx, typed)).transpose()?;
                told.push(DayLine {
                    line: line.number,
                    name: line.name.clone(),
                    faults: line.read.as_ref().err().cloned().unwrap_or_default(),
                    is_known: record.as_ref().is_some_and(|record| record.consent.is_some()),
                });
                new.extend(record);
            }
            let is_good = new.len() == told.len();
            if is_good && !is_trial && rule::day::add(tx, &tenant, &new, &entry)?.is_none() {
                return Ok(Err(Code::Request));
            }
            Ok(Ok(DayReport { lines: told, is_done: is_good && !is_trial }))
        })
    });
    answered(answer.await?)
}

async fn remove(app: Arc<App>, call: Call<api::RemoveDayVisit, Staff>) -> Result<Reply<DayAdded>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let day = day_of(call.path.day.as_str())?;
    let id = DayVisitId::parse(call.path.visit.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let (tenant, entry) = (call.right.tenant, trail.ok(Some(id.as_str())));
    let answer =
        app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::day::remove(tx, &tenant, day, &id, &entry)?.ok_or(Code::NotFound))));
    answered(answer.await?)
}

async fn check(app: Arc<App>, call: Call<api::CheckDay, Staff>) -> Result<Reply<Run>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let day = day_of(call.path.day.as_str())?;
    let (Staff { found, tenant }, entry) = (call.right, trail.ok(Some(&day.to_string())));
    let by = found.account.user;
    let answer = app.db.write(move |tx| once(tx, &tenant, &press, |tx| rule::day::start(tx, &tenant, day, &by, &entry).map(Ok::<_, Code>)));
    answered(answer.await?)
}

async fn claims(app: Arc<App>, call: Call<Claims, Staff>) -> Result<Reply<ClaimsShown>, Refused> {
    let (month, now) = (month_of(call.path.month.as_str())?, call.now);
    let entry = call.trail().ok(Some(&month.to_string()));
    let Staff { found, tenant } = call.right;
    let looks = Looks { sees_openings: sees_openings(found.account.kind, now), now };
    let groups = app.db.search(move |tx| rule::claim::groups(tx, &tenant, month, CLAIM_ROWS, looks)).await?;
    record(&app, entry).await?;
    Ok(Reply::Json(ClaimsShown { month, groups, institution_name: found.institution.name, now }))
}

async fn claims_csv(app: Arc<App>, call: Call<ClaimsCsv, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let month = month_of(call.path.month.as_str())?;
    let entry = call.trail().ok(Some(&month.to_string()));
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let looks = Looks { sees_openings: sees_openings(found.account.kind, now), now };
    let groups = app.db.search(move |tx| rule::claim::groups(tx, &tenant, month, FILE_ROWS, looks)).await?;
    record(&app, entry).await?;
    let rows = groups.iter().map(|group| group.rows.len()).sum();
    let has_more = groups.iter().any(|group| group.has_more);
    Ok(file(format!("uketsuke-claims-{month}.csv"), csv::claims(&groups), rows, has_more))
}

async fn close_claim(app: Arc<App>, call: Call<CloseClaim, Staff>) -> Result<Reply<ClaimsShown>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let month = month_of(call.path.month.as_str())?;
    let (Staff { found, tenant }, closing) = (call.right, call.body);
    let sees = sees_openings(found.account.kind, now);
    let (by, name, entry) = (found.account.user, found.institution.name, trail.ok(Some(&closing.about)));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let groups = rule::claim::close(tx, &tenant, month, &closing, CLAIM_ROWS, (&by, sees), &entry)?;
            let shown = |groups| ClaimsShown { month, groups, institution_name: name.clone(), now };
            Ok(groups.map(shown).ok_or(Code::NotFound))
        })
    });
    answered(answer.await?)
}
