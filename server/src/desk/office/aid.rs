//! 医療扶助 of the month (P-AID): what was fetched, and asking by hand.

use std::sync::Arc;

use shared::api::Code;
use shared::api::aid::{self as api, AidShown};
use shared::api::file::SavedFile;
use shared::domain::month::Month;

use super::month::{file, month_of};
use super::{answered, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::eligibility::RegistryLook;
use crate::export::aid::csv;
use crate::refused::Refused;
use crate::rule::aid_month as rule;
use crate::rule::answer::once;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(see).on(see_csv).on(fetch)
}

async fn see(app: Arc<App>, call: Call<api::AidOfMonth, Staff>) -> Result<Reply<AidShown>, Refused> {
    let (entry, now) = (call.trail().ok(Some(call.path.month.as_str())), call.now);
    let of = month_of(call.path.month.as_str())?;
    let Staff { found, tenant } = call.right;
    let shown = app.db.read(move |tx| rule::shown(tx, &tenant, &found.institution, of, now)).await?;
    record(&app, entry).await?;
    Ok(Reply::Json(shown))
}

async fn see_csv(app: Arc<App>, call: Call<api::AidOfMonthCsv, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let (entry, now) = (call.trail().ok(Some(call.path.month.as_str())), call.now);
    let of = month_of(call.path.month.as_str())?;
    let Staff { found, tenant } = call.right;
    let shown = app.db.read(move |tx| rule::shown(tx, &tenant, &found.institution, of, now)).await?;
    record(&app, entry).await?;
    Ok(file(format!("uketsuke-aid-{of}.csv"), csv(&shown), shown.rows.len(), shown.has_more))
}

async fn fetch(app: Arc<App>, call: Call<api::FetchAid, Staff>) -> Result<Reply<AidShown>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let of = month_of(call.path.month.as_str())?;
    let Staff { found, tenant } = call.right;
    if of != Month::of(now.jst_date()) || !found.institution.settings.medical_aid {
        return Err(Refused::new(Code::Request));
    }
    let registry = app.registers.of(found.standing.is_training);
    let entries = registry.aid_of_month(tenant.code(), of, now);
    // X34: silence is no answer.
    if registry.look() == RegistryLook::Silent {
        return Err(Refused::new(Code::X34));
    }
    let entries = entries.ok_or_else(|| Refused::new(Code::NoSource))?;
    let (by, entry) = (found.account.user, trail.ok(Some(&of.to_string())));
    let institution = found.institution;
    let answer = app
        .db
        .write(move |tx| once(tx, &tenant, &press, |tx| Ok(Ok(rule::ask(tx, &tenant, &institution, of, entries.clone(), &by, &entry)?))));
    answered(answer.await?)
}
