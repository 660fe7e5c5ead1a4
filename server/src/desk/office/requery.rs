//! 再照会 of one person, and the end of a relation (OT-11, OT-14).

use std::sync::Arc;

use shared::api::requery::{self as api, RequeryStanding, WhyNot};
use shared::api::{Code, Detail};

use super::{answered, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::eligibility::RegistryLook;
use crate::jobs::requeries::ask;
use crate::refused::Refused;
use crate::rule::answer::{Once, before, once};
use crate::rule::requery::{self as rule, Answered, Kept, Noted};
use crate::store::{CheckId, ConsentId};

/// The endpoints of this part, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(state).on(requery).on(end_relation)
}

fn named(part: &str) -> Result<ConsentId, Refused> {
    ConsentId::parse(part).ok_or_else(|| Refused::new(Code::NotFound))
}

/// The refusal with its reason (X46).
fn x46(why: WhyNot) -> Refused {
    Refused::new(Code::X46).with(Detail::NoRequery(why))
}

async fn state(app: Arc<App>, call: Call<api::RequeryState, Staff>) -> Result<Reply<RequeryStanding>, Refused> {
    let (id, now) = (named(call.path.consent.as_str())?, call.now);
    let entry = call.trail().ok(Some(id.as_str()));
    let tenant = call.right.tenant;
    let standing = app.db.read(move |tx| rule::standing(tx, &tenant, &id, now)).await?;
    let standing = standing.ok_or_else(|| Refused::new(Code::NotFound))?;
    record(&app, entry).await?;
    Ok(Reply::Json(standing))
}

async fn requery(app: Arc<App>, call: Call<api::Requery, Staff>) -> Result<Reply<RequeryStanding>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let id = named(call.path.consent.as_str())?;
    let Staff { found, tenant } = call.right;
    let (whose, pressed) = (tenant.clone(), press.clone());
    if let Some(known) = app.db.read(move |tx| before(tx, &whose, &pressed)).await? {
        return answered(known);
    }
    let (whose, of) = (tenant.clone(), id.clone());
    let base = app.db.read(move |tx| rule::base(tx, &whose, &of)).await?.ok_or_else(|| Refused::new(Code::NotFound))?;
    if let Some(why) = rule::why_not(&base, now) {
        record(&app, trail.refused(Code::X46)).await?;
        return Err(x46(why));
    }
    let registry = app.registers.asked_by(&app.db, &tenant).await?;
    let eligibility = ask(&*registry, &base.subject, now);
    // X34: silence is no answer.
    if registry.look() == RegistryLook::Silent {
        return Err(Refused::new(Code::X34));
    }
    let check = CheckId::new(now, app.random.bytes()?);
    let new = Answered { id: check, consent: id.clone(), by: found.account.user, eligibility };
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write(move |tx| once(tx, &tenant, &press, |tx| rule::ask(tx, &tenant, &new, &entry)));
    match answer.await? {
        Once::Answer(standing) => Ok(Reply::Json(standing)),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(Kept::No(why)) => Err(x46(why)),
        Once::Refused(Kept::NotThere | Kept::Yes(_)) => Err(Refused::new(Code::NotFound)),
    }
}

async fn end_relation(app: Arc<App>, call: Call<api::EndRelation, Staff>) -> Result<Reply<RequeryStanding>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = named(call.path.consent.as_str())?;
    let (Staff { found, tenant }, ended_on) = (call.right, call.body.ended_on);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(match rule::end_relation(tx, &tenant, &id, ended_on, &by, &entry)? {
                Noted::Yes(standing) => Ok(*standing),
                Noted::TooEarly => Err(Code::Request),
                Noted::NotThere => Err(Code::NotFound),
            })
        })
    });
    answered(answer.await?)
}
