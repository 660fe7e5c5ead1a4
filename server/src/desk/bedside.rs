//! The device desk: the check with the card (DA-5…DA-11).

use std::sync::Arc;

use shared::api::bedside::{self as api, BedsideAnswer, BedsideDesk, BedsideOpened, BedsideResult, UNFILED_MS, UnfiledRow};
use shared::api::reception::Challenge;
use shared::api::{Code, Detail};

use super::office::{answered, record};
use crate::app::App;
use crate::bedside;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::store::VisitId;
use crate::{rule, store};

/// The endpoints of these screens, by their handlers.
pub(crate) fn serve<S: Serve>(gate: S) -> S {
    gate.on(see).on(open).on(fresh).on(prove).on(not_matched).on(see_result).on(unfiled).on(file)
}

async fn see(app: Arc<App>, call: Call<api::SeeBedside, Staff>) -> Result<Reply<BedsideDesk>, Refused> {
    let (now, staff) = (call.now, call.right);
    let desk = bedside::desk(&staff, now);
    let (tenant, by) = (staff.tenant, staff.found.account.user);
    let device = staff.found.session.device.filter(|_| desk.allows_visual);
    let read = move |tx: &mut store::tx::Tx<'_>| {
        let unfiled = rule::bedside::count_unfiled(tx, &tenant, &by, now)?;
        let is_visual = match &device {
            Some(device) => store::device::find(tx, device)?.is_some_and(|record| record.is_visual),
            None => false,
        };
        // Without a link there is nothing that a device could wait for; OT-5 asks for one.
        let unsent = if store::handover::has_link(tx, &tenant)? { rule::home::unsent(tx, &tenant, now)? } else { 0 };
        Ok((unfiled, unsent, is_visual, rule::maintenance::for_tablet(tx, &tenant, now)?))
    };
    let (unfiled, unsent, is_visual, maintenance) = app.db.read(read).await?;
    Ok(Reply::Json(BedsideDesk { unfiled, unsent, is_visual, maintenance, ..desk }))
}

async fn open(app: Arc<App>, call: Call<api::OpenBedside, Staff>) -> Result<Reply<BedsideOpened>, Refused> {
    let (of, now) = (call.right.tenant.clone(), call.now);
    if let Some(span) = app.db.read(move |tx| rule::maintenance::blocking(tx, &of, now)).await? {
        return Err(Refused::new(Code::X35).with(Detail::Maintenance(span)));
    }
    bedside::open(&app, call.right, call.body, now).await.map(Reply::Json)
}

async fn fresh(app: Arc<App>, call: Call<api::FreshBedside, Staff>) -> Result<Reply<Challenge>, Refused> {
    bedside::fresh(&app, call.right, call.path.visit.as_str(), call.now).await.map(Reply::Json)
}

async fn prove(app: Arc<App>, call: Call<api::ProveBedside, Staff>) -> Result<Reply<BedsideAnswer>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let ok = move |subject: &str| trail.ok(Some(subject));
    bedside::prove(&app, call.right, call.path.visit.as_str(), call.body, press, ok, call.now).await.map(Reply::Json)
}

async fn not_matched(app: Arc<App>, call: Call<api::NotMatched, Staff>) -> Result<Reply<()>, Refused> {
    let (entry, press, now) = (call.trail().row(None, "U-X27"), call.press()?, call.now);
    let id = VisitId::parse(call.path.visit.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let Staff { found, tenant } = call.right;
    let by = found.account.user;
    let ended = app.db.write_locked(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let is_ended = rule::bedside::end_unmatched(tx, &tenant, &id, &by, now, &entry)?;
            Ok(if is_ended { Ok(()) } else { Err(Code::NotFound) })
        })
    });
    answered(ended.await?)
}

async fn see_result(app: Arc<App>, call: Call<api::SeeBedsideResult, Staff>) -> Result<Reply<BedsideResult>, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let (trail, now) = (call.trail(), call.now);
    let id = VisitId::parse(call.path.visit.as_str()).ok_or_else(not_there)?;
    let Staff { found, tenant } = call.right;
    let by = found.account.user;
    let result = app.db.read(move |tx| rule::bedside::result(tx, &tenant, &id, now)).await?;
    // Later it is on the server alone, and seen at the office (P-KEEP).
    let is_shown = |result: &BedsideResult| result.done_by == by && now < result.done_at.plus_ms(UNFILED_MS);
    let result = result.filter(is_shown).ok_or_else(not_there)?;
    let subject = result.consent.as_ref().map(|consent| consent.id.as_str()).or(result.check.as_deref());
    record(&app, trail.ok(subject)).await?;
    Ok(Reply::Json(result))
}

async fn unfiled(app: Arc<App>, call: Call<api::UnfiledBedside, Staff>) -> Result<Reply<Vec<UnfiledRow>>, Refused> {
    let (entry, now) = (call.trail().ok(None), call.now);
    let Staff { found, tenant } = call.right;
    let by = found.account.user;
    let rows = app.db.read(move |tx| rule::bedside::unfiled(tx, &tenant, &by, now)).await?;
    record(&app, entry).await?;
    Ok(Reply::Json(rows))
}

async fn file(app: Arc<App>, call: Call<api::FileBedside, Staff>) -> Result<Reply<()>, Refused> {
    let (entry, press) = (call.trail().ok(None), call.press()?);
    let id = VisitId::parse(call.path.visit.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let Staff { found, tenant } = call.right;
    let by = found.account.user;
    let filed = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let is_filed = rule::bedside::file(tx, &tenant, &id, &by, &entry)?;
            Ok(if is_filed { Ok(()) } else { Err(Code::NotFound) })
        })
    });
    answered(filed.await?)
}
