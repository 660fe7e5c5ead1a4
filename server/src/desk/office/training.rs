//! OT-36 テスト用データセットアップ.

use std::sync::Arc;

use shared::api::Code;
use shared::api::training::{self as api, TrainingStatus, TypedInstitution};

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::once;
use crate::training::invent;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(status).on(fill).on(reset)
}

async fn status(app: Arc<App>, call: Call<api::Training, Staff>) -> Result<Reply<TrainingStatus>, Refused> {
    let tenant = call.right.tenant;
    Ok(Reply::Json(app.db.read(move |tx| rule::training::status(tx, &tenant)).await?))
}

/// What is real stays, whatever was typed; what was typed must be this institution.
fn check(found: &Staff, typed: &TypedInstitution) -> Result<(), Refused> {
    if !found.found.standing.is_training {
        return Err(Refused::new(Code::Forbidden));
    }
    if typed.typed_institution != found.tenant.code().as_str() {
        return Err(Refused::new(Code::Request));
    }
    Ok(())
}

async fn fill(app: Arc<App>, call: Call<api::FillTraining, Staff>) -> Result<Reply<TrainingStatus>, Refused> {
    let (entry, press) = (call.trail().ok(None), call.press()?);
    check(&call.right, &call.body)?;
    let tenant = call.right.tenant;
    let invented = invent(&tenant, &app.random, call.now, &entry)?;
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| Ok(rule::training::fill(tx, &tenant, &invented, &entry)?.map_err(|_| Code::Forbidden)))
    });
    answered(answer.await?)
}

async fn reset(app: Arc<App>, call: Call<api::ResetTraining, Staff>) -> Result<Reply<TrainingStatus>, Refused> {
    let (entry, press) = (call.trail().ok(None), call.press()?);
    check(&call.right, &call.body)?;
    let tenant = call.right.tenant;
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| Ok(rule::training::reset(tx, &tenant, &entry)?.map_err(|_| Code::Forbidden)))
    });
    answered(answer.await?)
}
