//! 仮確認 (X12) and the list of later checks (OT-17h).

use std::sync::Arc;

use shared::api::Code;
use shared::api::later::{
    self as api, DropReason, LaterDetails, LaterDone, LaterRow, LaterShown, NewProvisional, PastAsked, PastShown, ResultRef,
};
use shared::domain::account::AccountKind;
use shared::domain::calendar::UnixMs;
use shared::domain::check::Medium;
use shared::domain::opening::{CardlessRoute, policy_on};
use shared::right::{self, Act, Right, may};

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::later::{self as rule, Ended, NotKept};
use crate::store::{CheckId, StoreError, audit};

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(list).on(details).on(settle).on(drop_it).on(past).on(add)
}

fn not_there() -> Refused {
    Refused::new(Code::NotFound)
}

/// True where an account of this kind sees who was seen in an opening.
pub(super) fn sees_openings(kind: AccountKind, now: UnixMs) -> bool {
    right::may_under(kind, Act::SearchInOpening, policy_on(now.jst_date()).disaster_admin) != Right::No
}

async fn list(app: Arc<App>, call: Call<api::LaterChecks, Staff>) -> Result<Reply<LaterShown>, Refused> {
    let (entry, now) = (call.trail().ok(None), call.now);
    let Staff { found, tenant } = call.right;
    let sees = sees_openings(found.account.kind, now);
    let rows = app.db.write(move |tx| {
        audit::add(tx, &entry)?;
        rule::open(tx, &tenant, sees)
    });
    Ok(Reply::Json(LaterShown { rows: rows.await?, now }))
}

async fn details(app: Arc<App>, call: Call<api::LaterCheck, Staff>) -> Result<Reply<LaterDetails>, Refused> {
    let trail = call.trail();
    let id = CheckId::parse(call.path.later.as_str()).ok_or_else(not_there)?;
    let Staff { found, tenant } = call.right;
    let (sees, entry) = (sees_openings(found.account.kind, call.now), trail.ok(Some(id.as_str())));
    let shown = app.db.write(move |tx| rule::details(tx, &tenant, &id, sees, &entry)).await?;
    Ok(Reply::Json(shown.ok_or_else(not_there)?))
}

fn ended(ended: Ended) -> Result<Result<LaterDone, Code>, StoreError> {
    Ok(match ended {
        Ended::Done(done) => Ok(done),
        Ended::Before => Err(Code::Taken),
        Ended::NotThere => Err(Code::NotFound),
        Ended::NoReason => Err(Code::Request),
    })
}

async fn settle(app: Arc<App>, call: Call<api::SettleLater, Staff>) -> Result<Reply<LaterDone>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = CheckId::parse(call.path.later.as_str()).ok_or_else(not_there)?;
    let (Staff { found, tenant }, of): (Staff, ResultRef) = (call.right, call.body);
    let (sees, entry) = (sees_openings(found.account.kind, call.now), trail.ok(Some(id.as_str())));
    let by = found.account.user;
    let answer = app.db.write(move |tx| once(tx, &tenant, &press, |tx| ended(rule::end(tx, &tenant, &id, sees, (&by, Ok(&of)), &entry)?)));
    answered(answer.await?)
}

async fn drop_it(app: Arc<App>, call: Call<api::DropLater, Staff>) -> Result<Reply<LaterDone>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = CheckId::parse(call.path.later.as_str()).ok_or_else(not_there)?;
    let (Staff { found, tenant }, DropReason { reason }) = (call.right, call.body);
    let (sees, entry) = (sees_openings(found.account.kind, call.now), trail.ok(Some(id.as_str())));
    let by = found.account.user;
    let answer = app
        .db
        .write(move |tx| once(tx, &tenant, &press, |tx| ended(rule::end(tx, &tenant, &id, sees, (&by, Err(reason.as_str())), &entry)?)));
    answered(answer.await?)
}

async fn past(app: Arc<App>, call: Call<api::PastResults, Staff>) -> Result<Reply<PastShown>, Refused> {
    let entry = call.trail().ok(None);
    let (tenant, asked): (_, PastAsked) = (call.right.tenant, call.body);
    if asked.kana.is_empty() {
        return Err(Refused::new(Code::Request));
    }
    let rows = app.db.write(move |tx| rule::past(tx, &tenant, &asked, &entry)).await?;
    Ok(Reply::Json(PastShown { rows }))
}

async fn add(app: Arc<App>, call: Call<api::AddProvisional, Staff>) -> Result<Reply<LaterRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, new): (Staff, NewProvisional) = (call.right, call.body);
    let medium = match new.route {
        CardlessRoute::Notice | CardlessRoute::PortalScreen => Medium::Card,
        CardlessRoute::Declaration | CardlessRoute::Past | CardlessRoute::SystemDown => Medium::Nothing,
    };
    // X57: the patient's screen is looked at by who stands beside it.
    if new.route == CardlessRoute::PortalScreen && may(found.account.kind, Act::LookAtPortalScreen) == Right::No {
        return Err(Refused::new(Code::Forbidden));
    }
    if new.visit_kind.is_some_and(|kind| !found.institution.is_on(kind)) {
        return Err(Refused::new(Code::Forbidden));
    }
    let id = CheckId::new(now, app.random.bytes()?);
    let entry = trail.ok(Some(id.as_str()));
    let act = rule::Act { id, by: Some(found.account.user), visit_kind: new.visit_kind, medium };
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(rule::add(tx, &tenant, &act, &new, &entry)?.map_err(|why| match why {
                NotKept::NotWhole => Code::Request,
                NotKept::NotThere => Code::NotFound,
            }))
        })
    });
    answered(answer.await?)
}
