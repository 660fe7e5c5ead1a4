//! OT-35: 委託先資格情報一括取得.

use std::sync::Arc;

use shared::api::Code;
use shared::api::check::CheckSearch;
use shared::api::file::SavedFile;
use shared::api::grant::{self as api, FetchRow, GrantRow, Grants};

use super::check::all;
use super::{answered, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::export::checks::csv;
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::grant::{self as rule, NotGiven};
use crate::store::GrantId;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(list).on(give).on(revoke).on(fetch)
}

fn grant_of(text: &str) -> Result<GrantId, Refused> {
    GrantId::parse(text).ok_or_else(|| Refused::new(Code::NotFound))
}

async fn list(app: Arc<App>, call: Call<api::ListGrants, Staff>) -> Result<Reply<Grants>, Refused> {
    let (entry, now, tenant) = (call.trail().ok(None), call.now, call.right.tenant);
    let grants = app.db.read(move |tx| rule::list(tx, &tenant, now)).await?;
    record(&app, entry).await?;
    Ok(Reply::Json(grants))
}

async fn give(app: Arc<App>, call: Call<api::GiveGrant, Staff>) -> Result<Reply<GrantRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, new) = (call.right, call.body);
    let id = GrantId::new(now, app.random.bytes()?);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(rule::give(tx, &tenant, &id, &new, &by, &entry)?.map_err(|why| match why {
                NotGiven::NotThere => Code::NotFound,
                NotGiven::NotPossible => Code::Request,
            }))
        })
    });
    answered(answer.await?)
}

async fn revoke(app: Arc<App>, call: Call<api::RevokeGrant, Staff>) -> Result<Reply<GrantRow>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let (id, tenant) = (grant_of(call.path.grant.as_str())?, call.right.tenant);
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::revoke(tx, &tenant, &id, &entry)?.ok_or(Code::NotFound))));
    answered(answer.await?)
}

async fn fetch(app: Arc<App>, call: Call<api::FetchEntrusted, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let (trail, now) = (call.trail(), call.now);
    let id = grant_of(call.path.grant.as_str())?;
    let (Staff { found, tenant }, asked) = (call.right, call.body);
    let (of, asked_by) = (id.clone(), tenant.clone());
    let opened = app.db.read(move |tx| rule::open(tx, &asked_by, &of, (asked.from, asked.to), now)).await?;
    let (giver, from, to) = opened.ok_or_else(not_there)?;
    let search = CheckSearch {
        from,
        to,
        name_prefix: String::new(),
        way: None,
        medium: None,
        user: String::new(),
        validity: None,
        state: None,
        after: None,
    };
    // Who was seen in an opening is the giver's own affair.
    let rows = all(&app, &giver, &search, false).await?;
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let fetch = FetchRow { at: now, by: found.account.user, from, to, rows: count };
    let entry = trail.ok(Some(id.as_str()));
    // Taken back while it was read: nothing is given out.
    if !app.db.write(move |tx| rule::note_fetch(tx, &tenant, &id, &fetch, &entry)).await? {
        return Err(not_there());
    }
    let name = format!("uketsuke-entrusted-{}-{}.csv", from.packed(), to.packed());
    Ok(Reply::Json(SavedFile::whole(name, csv(&rows), rows.len())))
}
