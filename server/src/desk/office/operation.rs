//! OT-23 稼働状況, OT-25 サポートへ送る記録.

use std::sync::Arc;

use shared::api::operation::{self as api, News, Operation, SupportRecord};

use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::operation::{look, support};
use crate::refused::Refused;
use crate::session::SessionId;
use crate::{rule, store};

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(look_at).on(news).on(support_record)
}

async fn look_at(app: Arc<App>, call: Call<api::LookAtOperation, Staff>) -> Result<Reply<Operation>, Refused> {
    let browser = call.browser.as_ref().map(SessionId::sha256);
    Ok(Reply::Json(look(&app, &call.right.tenant, browser, call.body, call.now).await?))
}

async fn news(app: Arc<App>, call: Call<api::OperationNews, Staff>) -> Result<Reply<News>, Refused> {
    let (tenant, now) = (call.right.tenant, call.now);
    let found = app.db.read(move |tx| {
        Ok(News { windows: rule::maintenance::announced(tx, &tenant, now)?, open_enquiries: store::enquiry::count_open(tx, &tenant)?, now })
    });
    Ok(Reply::Json(found.await?))
}

async fn support_record(app: Arc<App>, call: Call<api::MakeSupportRecord, Staff>) -> Result<Reply<SupportRecord>, Refused> {
    let (entry, browser, now) = (call.trail().ok(None), call.browser.as_ref().map(SessionId::sha256), call.now);
    let Staff { found, tenant } = call.right;
    let seen = look(&app, &tenant, browser, call.body, now).await?;
    let record = support::record(&app, &tenant, &found.institution, &seen, now).await?;
    // On the record before it is shown.
    app.db.write(move |tx| store::audit::add(tx, &entry)).await?;
    Ok(Reply::Json(record))
}
