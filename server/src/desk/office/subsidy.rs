//! 受給者証 from paper, on OT-11 (P-PMH).

use std::sync::Arc;

use shared::api::Code;
use shared::api::subsidy::{self as api, PapersShown};

use super::{answered, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::subsidy::{self as rule, NotKept};
use crate::store::{ConsentId, PaperId};

/// The endpoints of this part, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(see).on(add).on(end)
}

fn named(part: &str) -> Result<ConsentId, Refused> {
    ConsentId::parse(part).ok_or_else(|| Refused::new(Code::NotFound))
}

fn code_of(why: NotKept) -> Code {
    match why {
        NotKept::NotWhole => Code::Request,
        NotKept::NotThere => Code::NotFound,
    }
}

async fn see(app: Arc<App>, call: Call<api::SubsidyPapers, Staff>) -> Result<Reply<PapersShown>, Refused> {
    let (id, now) = (named(call.path.consent.as_str())?, call.now);
    let entry = call.trail().ok(Some(id.as_str()));
    let tenant = call.right.tenant;
    let shown = app.db.read(move |tx| rule::shown(tx, &tenant, &id, now)).await?;
    let shown = shown.ok_or_else(|| Refused::new(Code::NotFound))?;
    record(&app, entry).await?;
    Ok(Reply::Json(shown))
}

async fn add(app: Arc<App>, call: Call<api::AddSubsidyPaper, Staff>) -> Result<Reply<PapersShown>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let id = named(call.path.consent.as_str())?;
    let (Staff { found, tenant }, new) = (call.right, call.body);
    let paper = PaperId::new(now, app.random.bytes()?);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app
        .db
        .write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::add(tx, &tenant, &id, &paper, &new, &by, &entry)?.map_err(code_of))));
    answered(answer.await?)
}

async fn end(app: Arc<App>, call: Call<api::EndSubsidyPaper, Staff>) -> Result<Reply<PapersShown>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = named(call.path.consent.as_str())?;
    let (Staff { found, tenant }, how) = (call.right, call.body);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer =
        app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::end(tx, &tenant, &id, &how, &by, &entry)?.map_err(code_of))));
    answered(answer.await?)
}
