//! 操作履歴.

use std::sync::Arc;

use shared::api::activation::{InvalidateCode, IssueCode};
use shared::api::audit::{self as api, AUDIT_FILE_ROWS, AUDIT_PAGE_ROWS, AuditPage, AuditRow, OutcomeFilter};
use shared::api::{Code, Endpoint as _};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};

use super::record;
use crate::app::App;
use crate::audit::actor_of;
use crate::call::{Call, Reply, Serve, Staff};
use crate::export::audit::{csv, links};
use crate::hex;
use crate::refused::Refused;
use crate::rule;
use crate::rule::audit::NO_HASH;
use crate::store::audit::{self as store, AuditQuery, NumberedEntry};
use crate::store::readable::Readable;
use crate::store::tx::Tx;
use crate::store::{CodeId, StoreError, code};
use crate::tenant::Tenant;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(search).on(export)
}

async fn search(app: Arc<App>, call: Call<api::SearchAudit, Staff>) -> Result<Reply<AuditPage>, Refused> {
    let entry = call.trail().ok(None);
    let (tenant, search, now) = (call.right.tenant, call.body, call.now);
    let bad = || Refused::new(Code::Request);
    let is_known = search.action.is_empty() || api::ACTS.iter().any(|(name, _)| *name == search.action);
    if search.from > search.to || !is_known {
        return Err(bad());
    }
    let actor = match search.user.as_str() {
        "" => String::new(),
        user => actor_of(&UserId::try_from(user).map_err(|_| bad())?),
    };
    let before = search.after.as_deref().map(|key| key_of(key).ok_or_else(bad)).transpose()?;
    let is_done = match search.outcome {
        OutcomeFilter::All => None,
        OutcomeFilter::Done => Some(true),
        OutcomeFilter::Refused => Some(false),
    };
    let (from, to) = (search.from.at_jst(0, 0), search.to.plus_days(1).at_jst(0, 0));
    let query = AuditQuery { from, to, before, actor, action: search.action, is_done, rows: AUDIT_PAGE_ROWS };
    let found = app.db.search(move |tx| {
        let Readable { rows, damaged, has_more } = store::list(tx, &tenant, &query)?;
        let labelled = rows.into_iter().map(|row| Ok((label_of(tx, &tenant, &row)?, row))).collect::<Result<Vec<_>, StoreError>>()?;
        Ok((labelled, damaged, has_more))
    });
    let (found, damaged, has_more) = found.await?;
    record(&app, entry).await?;
    let next = found.last().filter(|_| has_more).map(|(_, row)| key_text(row));
    let rows = found.into_iter().map(|(label, row)| AuditRow { label, ..row_of(row) }).collect();
    Ok(Reply::Json(AuditPage { rows, damaged, next, now }))
}

/// What the office calls the subject of a row: an id alone says nothing to a person.
fn label_of(tx: &mut Tx<'_>, tenant: &Tenant, row: &NumberedEntry) -> Result<Option<String>, StoreError> {
    let is_of_a_code = [IssueCode::NAME, InvalidateCode::NAME].contains(&row.entry.action.as_ref());
    match row.entry.subject.as_deref().filter(|_| is_of_a_code).and_then(CodeId::parse) {
        Some(id) => code::label_of(tx, tenant, &id),
        None => Ok(None),
    }
}

async fn export(app: Arc<App>, call: Call<api::ExportAudit, Staff>) -> Result<Reply<()>, Refused> {
    let trail = call.trail();
    let day = |text: &str| CivilDate::try_from(text).map_err(|_| Refused::new(Code::NotFound));
    let (from, to) = (day(call.path.from.as_str())?, day(call.path.to.as_str())?);
    let tenant = call.right.tenant;
    if from > to {
        return Err(Refused::new(Code::Request));
    }
    give_places(&app, &tenant).await?;
    let (asked, of) = (tenant.clone(), (from.at_jst(0, 0), to.plus_days(1).at_jst(0, 0)));
    let read = app.db.search(move |tx| {
        let Some((first, last)) = store::places(tx, &asked, of.0, of.1)? else { return Ok(Some((NO_HASH, Vec::new()))) };
        if last - first >= AUDIT_FILE_ROWS {
            return Ok(None);
        }
        let before = store::hash_at(tx, &asked, first - 1)?.unwrap_or(NO_HASH);
        Ok(Some((before, store::chained(tx, &asked, first, last)?)))
    });
    let (before, rows) = read.await?.ok_or_else(|| Refused::new(Code::Request))?;
    let links = links(before, rows);
    // The end of the file stands in the log: so a file that was made anew is told, and one that was cut off.
    let end = links.last().map(|link| format!("{} {}", link.place, hex(&link.hash)));
    record(&app, trail.ok(end.as_deref())).await?;
    let name = format!("uketsuke-audit-{}-{}.csv", from.packed(), to.packed());
    Ok(Reply::File { media_type: "text/csv; charset=utf-8", name, bytes: csv(&links) })
}

/// Gives every row its place in the chain: found in threads kept for searching, so that a long log keeps no visit waiting.
async fn give_places(app: &App, tenant: &Tenant) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let asked = tenant.clone();
        let rows = app.db.search(move |tx| store::without_place(tx, &asked, after)).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        let asked = tenant.clone();
        app.db.write(move |tx| rule::audit::chain(tx, &asked, &rows)).await?;
    }
}

fn key_text(row: &NumberedEntry) -> String {
    format!("{}.{}", row.entry.at.0, row.id)
}

fn key_of(key: &str) -> Option<(UnixMs, i64)> {
    let (at, id) = key.split_once('.')?;
    Some((UnixMs(at.parse().ok()?), id.parse().ok()?))
}

fn row_of(row: NumberedEntry) -> AuditRow {
    let id = key_text(&row);
    let entry = row.entry;
    let address = entry.address.map(|address| address.to_string());
    AuditRow {
        id,
        at: entry.at,
        actor: entry.actor,
        action: entry.action.into(),
        subject: entry.subject,
        label: None,
        address,
        outcome: entry.outcome,
    }
}
