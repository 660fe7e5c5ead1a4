//! 部屋の一覧 (DA-14), 本日の訪問 (DA-15): always of the server's day in Japan.

use std::sync::Arc;

use shared::api::Code;
use shared::api::room::{self as api, InHand, RoomRow, RoomsShown, TodayShown};

use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::desk::office::{answered, record};
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::room::{self as rule, NotMarked};
use crate::store::DayVisitId;
use crate::store::tx::Tx;

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(rooms).on(person).on(mark).on(today)
}

fn not_there() -> Refused {
    Refused::new(Code::NotFound)
}

async fn rooms(app: Arc<App>, call: Call<api::Rooms, Staff>) -> Result<Reply<RoomsShown>, Refused> {
    let (now, day) = (call.now, call.now.jst_date());
    let entry = call.trail().ok(Some(&day.to_string()));
    let tenant = call.right.tenant;
    let rows = app.db.search(move |tx| rule::rooms(tx, &tenant, day)).await?;
    record(&app, entry).await?;
    Ok(Reply::Json(RoomsShown { day, rows, now }))
}

async fn person(app: Arc<App>, call: Call<api::RoomPerson, Staff>) -> Result<Reply<InHand>, Refused> {
    let (trail, day) = (call.trail(), call.now.jst_date());
    let id = DayVisitId::parse(call.path.visit.as_str()).ok_or_else(not_there)?;
    let entry = trail.ok(Some(id.as_str()));
    let Staff { found, tenant } = call.right;
    let by = found.account.user;
    let found = app.db.write(move |tx| rule::person(tx, &tenant, day, &id, &by, &entry)).await?;
    Ok(Reply::Json(found.ok_or_else(not_there)?))
}

async fn mark(app: Arc<App>, call: Call<api::MarkRoom, Staff>) -> Result<Reply<RoomRow>, Refused> {
    let (trail, press, day) = (call.trail(), call.press()?, call.now.jst_date());
    let id = DayVisitId::parse(call.path.visit.as_str()).ok_or_else(not_there)?;
    let (tenant, entry, asked) = (call.right.tenant, trail.ok(Some(id.as_str())), call.body);
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let marked = rule::mark(tx, &tenant, day, &id, &asked, &entry)?;
            Ok(marked.map_err(|why| match why {
                NotMarked::NotThere => Code::NotFound,
                NotMarked::NoReason => Code::Request,
            }))
        })
    });
    answered(answer.await?)
}

async fn today(app: Arc<App>, call: Call<api::Today, Staff>) -> Result<Reply<TodayShown>, Refused> {
    let (now, day) = (call.now, call.now.jst_date());
    let entry = call.trail().ok(Some(&day.to_string()));
    let Staff { found, tenant } = call.right;
    let read = move |tx: &mut Tx<'_>| Ok((crate::rule::day::list(tx, &tenant, day)?, rule::own(tx, &tenant, day, &found.account.user)?));
    let (rows, (own, later)) = app.db.search(read).await?;
    record(&app, entry).await?;
    Ok(Reply::Json(TodayShown { day, rows, own, later, now }))
}
