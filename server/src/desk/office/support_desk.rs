//! Support desks (N181): read by all, the institution's own written down by its admin.

use std::sync::Arc;

use shared::api::Code;
use shared::api::desk::{self as api, DeskList, DeskRow};

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::once;
use crate::rule::desk::Changed;
use crate::store::DeskId;
use crate::store::desk::{DeskRecord, list};

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(desks).on(add).on(change).on(remove)
}

async fn desks(app: Arc<App>, call: Call<api::Desks, Staff>) -> Result<Reply<DeskList>, Refused> {
    let (tenant, now) = (call.right.tenant, call.now);
    let records = app.db.read(move |tx| list(tx, &tenant)).await?;
    Ok(Reply::Json(DeskList { rows: records.into_iter().map(row_of).collect(), now }))
}

async fn add(app: Arc<App>, call: Call<api::AddDesk, Staff>) -> Result<Reply<DeskRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, desk) = (call.right, call.body);
    let id = DeskId::new(now, app.random.bytes()?);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| Ok(rule::desk::add(tx, &tenant, &id, &desk, &by, &entry)?.map(row_of).ok_or(Code::Request)))
    });
    answered(answer.await?)
}

async fn change(app: Arc<App>, call: Call<api::ChangeDesk, Staff>) -> Result<Reply<DeskRow>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = DeskId::parse(call.path.desk.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let (Staff { found, tenant }, desk) = (call.right, call.body);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(match rule::desk::change(tx, &tenant, &id, &desk, &by, &entry)? {
                Changed::Done(record) => Ok(row_of(*record)),
                Changed::NoName => Err(Code::Request),
                Changed::NotThere => Err(Code::NotFound),
            })
        })
    });
    answered(answer.await?)
}

async fn remove(app: Arc<App>, call: Call<api::RemoveDesk, Staff>) -> Result<Reply<()>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = DeskId::parse(call.path.desk.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let (tenant, entry) = (call.right.tenant, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let is_removed = rule::desk::remove(tx, &tenant, &id, &entry)?;
            Ok(if is_removed { Ok(()) } else { Err(Code::NotFound) })
        })
    });
    answered(answer.await?)
}

fn row_of(record: DeskRecord) -> DeskRow {
    DeskRow { id: record.id.as_str().to_owned(), is_common: record.is_common, desk: record.desk }
}
