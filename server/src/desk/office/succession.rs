//! OT-30 機関コードの変更(承継).

use std::sync::Arc;

use shared::api::Code;
use shared::api::succession::{self as api, SuccessionChoice, SuccessionStatus};

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::once;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(status).on(choose)
}

async fn status(app: Arc<App>, call: Call<api::Succession, Staff>) -> Result<Reply<SuccessionStatus>, Refused> {
    let (tenant, now) = (call.right.tenant, call.now);
    Ok(Reply::Json(app.db.read(move |tx| rule::succession::status(tx, &tenant, now)).await?))
}

async fn choose(app: Arc<App>, call: Call<api::ChooseSuccession, Staff>) -> Result<Reply<SuccessionStatus>, Refused> {
    let (entry, press) = (call.trail().ok(None), call.press()?);
    let (Staff { found, tenant }, SuccessionChoice { items, typed_code }) = (call.right, call.body);
    let user = found.account.user;
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(rule::succession::choose(tx, &tenant, &items, &typed_code, &user, &entry)?.ok_or(Code::Request))
        })
    });
    answered(answer.await?)
}
