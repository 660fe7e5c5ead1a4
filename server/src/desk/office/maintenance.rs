//! OT-24 メンテナンス予定.

use std::sync::Arc;

use shared::api::Code;
use shared::api::maintenance::{self as api, CalendarShown, SHOWN_AFTER_MS, WindowRow};

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::once;
use crate::store::{WindowId, maintenance};

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(calendar).on(add).on(end)
}

async fn calendar(app: Arc<App>, call: Call<api::Calendar, Staff>) -> Result<Reply<CalendarShown>, Refused> {
    let (tenant, now) = (call.right.tenant, call.now);
    let rows = app.db.read(move |tx| maintenance::list(tx, &tenant, now.plus_ms(-SHOWN_AFTER_MS))).await?;
    Ok(Reply::Json(CalendarShown { rows, now }))
}

async fn add(app: Arc<App>, call: Call<api::AddWindow, Staff>) -> Result<Reply<WindowRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, window) = (call.right, call.body);
    let id = WindowId::new(now, app.random.bytes()?);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| Ok(rule::maintenance::add(tx, &tenant, &id, &window, &by, &entry)?.ok_or(Code::Request)))
    });
    answered(answer.await?)
}

async fn end(app: Arc<App>, call: Call<api::EndWindow, Staff>) -> Result<Reply<WindowRow>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = WindowId::parse(call.path.window.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let (tenant, entry) = (call.right.tenant, trail.ok(Some(id.as_str())));
    let answer =
        app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::maintenance::end(tx, &tenant, &id, &entry)?.ok_or(Code::NotFound))));
    answered(answer.await?)
}
