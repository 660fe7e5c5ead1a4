//! OT-6 環境設定情報照会・更新.

use std::sync::Arc;

use shared::api::settings::{self as api, HistoryPage, SettingsSeen};
use shared::api::{Code, Detail};

use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::{Once, once};
use crate::urls::fresh_tokens;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(see).on(history).on(change)
}

async fn see(app: Arc<App>, call: Call<api::SeeSettings, Staff>) -> Result<Reply<SettingsSeen>, Refused> {
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let terms = app.terms.in_force(now.jst_date());
    let seen = app.db.read(move |tx| rule::settings::seen(tx, &tenant, &found.institution.name, &terms, now)).await?;
    Ok(Reply::Json(seen))
}

async fn history(app: Arc<App>, call: Call<api::SettingsHistory, Staff>) -> Result<Reply<HistoryPage>, Refused> {
    let (tenant, before) = (call.right.tenant, call.body.before);
    Ok(Reply::Json(app.db.read(move |tx| rule::settings::history(tx, &tenant, before)).await?))
}

async fn change(app: Arc<App>, call: Call<api::ChangeSettings, Staff>) -> Result<Reply<SettingsSeen>, Refused> {
    let (entry, press, now) = (call.trail().ok(None), call.press()?, call.now);
    let (Staff { found, tenant }, wanted) = (call.right, call.body);
    let terms = app.terms.in_force(now.jst_date());
    let fresh = fresh_tokens(&app.random)?;
    let (name, user) = (found.institution.name, found.account.user);
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| match rule::settings::change(tx, &tenant, &wanted, &terms, Some(&user), &entry)? {
            Ok(()) => {
                rule::institution::give_urls(tx, &tenant, &fresh, &entry)?;
                Ok(Ok(rule::settings::seen(tx, &tenant, &name, &terms, now)?))
            }
            Err(fault) => Ok(Err(fault)),
        })
    });
    match answer.await? {
        Once::Answer(seen) => Ok(Reply::Json(seen)),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(fault) => Err(Refused::new(Code::Settings).with(Detail::Settings(fault))),
    }
}
