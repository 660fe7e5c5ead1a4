//! 同意取消照会 and 同意取消 (OT-15).

use std::sync::Arc;

use shared::api::Code;
use shared::api::file::SavedFile;
use shared::api::withdrawal::{self as api, ENDING_FILE_ROWS, ENDING_PAGE_ROWS, EndingPage, Withdrawn};
use shared::domain::calendar::UnixMs;

use super::{CONDITION_MAX, answered, details_of, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::consent::search_key;
use crate::export::ending::csv;
use crate::random::readable;
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::withdrawal::{Withdrew, withdraw as end};
use crate::store::ConsentId;
use crate::store::ending::{EndingQuery, list};

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(search).on(export).on(withdraw)
}

/// The conditions as the store takes them.
fn query_of(search: &api::EndingSearch, rows: u32, now: UnixMs) -> Result<EndingQuery, Refused> {
    let bad = || Refused::new(Code::Request);
    if search.from > search.to || search.name_prefix.chars().count() > CONDITION_MAX {
        return Err(bad());
    }
    let before = search.after.as_deref().map(|key| key_of(key).ok_or_else(bad)).transpose()?;
    let (from, to) = (search.from.at_jst(0, 0), search.to.plus_days(1).at_jst(0, 0));
    Ok(EndingQuery { from, to, of: search.of, by: search.by, name_key: search_key(&search.name_prefix), before, rows, now })
}

async fn search(app: Arc<App>, call: Call<api::SearchEndings, Staff>) -> Result<Reply<EndingPage>, Refused> {
    let entry = call.trail().ok(None);
    let (tenant, now) = (call.right.tenant, call.now);
    let query = query_of(&call.body, ENDING_PAGE_ROWS, now)?;
    let found = app.db.search(move |tx| list(tx, &tenant, &query)).await?;
    record(&app, entry).await?;
    let next = found.rows.last().filter(|_| found.has_more).map(|row| format!("{}.{}", row.ended_at.0, row.id));
    Ok(Reply::Json(EndingPage { rows: found.rows, damaged: found.damaged, next, now }))
}

async fn export(app: Arc<App>, call: Call<api::ExportEndings, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let trail = call.trail();
    let (tenant, search, now) = (call.right.tenant, call.body, call.now);
    let query = EndingQuery { before: None, ..query_of(&search, ENDING_FILE_ROWS, now)? };
    let found = app.db.search(move |tx| list(tx, &tenant, &query)).await?;
    if found.has_more {
        return Err(Refused::new(Code::Request));
    }
    record(&app, trail.ok(None)).await?;
    let name = format!("uketsuke-endings-{}-{}.csv", search.from.packed(), search.to.packed());
    let file = SavedFile::whole(name, csv(&found.rows), found.rows.len());
    Ok(Reply::Json(SavedFile { damaged: found.damaged, ..file }))
}

async fn withdraw(app: Arc<App>, call: Call<api::WithdrawConsent, Staff>) -> Result<Reply<Withdrawn>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, asked) = (call.right, call.body);
    let id = ConsentId::parse(call.path.consent.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let (change, receipt) = (ConsentId::new(now, app.random.bytes()?), readable::<8>(&app.random)?);
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write_locked(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(match end(tx, &tenant, &id, &asked, (&change, &receipt, &found.account.user), &entry)? {
                Withdrew::Done(consent, ended, is_whole) => {
                    Ok(Withdrawn { receipt: receipt.clone(), at: now, ended, is_whole, details: details_of(*consent, now) })
                }
                Withdrew::NotThere => Err(Code::NotFound),
                Withdrew::Ended => Err(Code::Ended),
                Withdrew::NotOffered => Err(Code::Request),
            })
        })
    });
    answered(answer.await?)
}

fn key_of(key: &str) -> Option<(UnixMs, String)> {
    let (at, id) = key.split_once('.')?;
    Some((UnixMs(at.parse().ok()?), ConsentId::parse(id)?.as_str().to_owned()))
}
