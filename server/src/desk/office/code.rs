//! OT-8 アクティベーションコード管理.

use std::sync::Arc;

use shared::api::Code;
use shared::api::activation::{self as api, CODE_LIFE_MS, CODE_PAGE_ROWS, CodeIssued, CodePage, CodeRow};
use shared::domain::calendar::UnixMs;

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::code::digits_of_press;
use crate::consent::search_key;
use crate::export::qr;
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::{Once, once};
use crate::rule::code::Issued;
use crate::store::CodeId;
use crate::store::code::{self as store, CodeQuery, CodeRecord, NewCodeRow};
use crate::store::readable::Readable;

/// Longest part of a label to search for, in characters.
const LABEL_PART_MAX: usize = 64;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(issue).on(search).on(invalidate)
}

async fn issue(app: Arc<App>, call: Call<api::IssueCode, Staff>) -> Result<Reply<CodeIssued>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, label) = (call.right, call.body.label);
    let digits = digits_of_press(&app.visit_key, &tenant, &press);
    let hash = app.passwords.hash_of_code(digits.clone(), tenant.code()).await?;
    let id = CodeId::new(now, app.random.bytes()?);
    let entry = trail.ok(Some(id.as_str()));
    let expires_at = now.plus_ms(CODE_LIFE_MS);
    let new = NewCodeRow { id, label, hash, issued_at: now, issued_by: Some(found.account.user), expires_at };
    let once = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(match rule::code::issue(tx, &tenant, &new, &entry)? {
                Issued::Code(record) => Ok(row_of(&record, now)),
                Issued::LabelTaken => Err(Code::Taken),
                // One in a thousand million: another press draws others.
                Issued::DigitsTaken => Err(Code::Request),
            })
        })
    });
    // What is kept for the key is the row alone.
    let row = match once.await? {
        Once::Answer(row) => row,
        Once::OtherRequest => return Err(Refused::new(Code::Request)),
        Once::Refused(code) => return Err(Refused::new(code)),
    };
    let address = format!("{}/d#code={}", app.origin.as_str(), digits.as_str());
    let qr_svg = qr::svg(&address).map_err(|why| Refused::new(Code::Internal).because(why))?;
    Ok(Reply::Json(CodeIssued { row, digits: digits.grouped(), qr_svg, institution_name: found.institution.name }))
}

async fn search(app: Arc<App>, call: Call<api::SearchCodes, Staff>) -> Result<Reply<CodePage>, Refused> {
    let (tenant, search, now) = (call.right.tenant, call.body, call.now);
    if search.label.chars().count() > LABEL_PART_MAX {
        return Err(Refused::new(Code::Request));
    }
    let after = search.after.map(|id| CodeId::parse(&id).ok_or_else(|| Refused::new(Code::Request))).transpose()?;
    let query = CodeQuery { label_key: search_key(&search.label), state: search.state, after, rows: CODE_PAGE_ROWS, now };
    let found = app.db.search(move |tx| Ok((store::count(tx, &tenant, &query)?, store::list(tx, &tenant, &query)?)));
    let (total, Readable { rows, damaged, has_more }) = found.await?;
    let next = rows.last().filter(|_| has_more).map(|record| record.id.as_str().to_owned());
    Ok(Reply::Json(CodePage { total, rows: rows.iter().map(|record| row_of(record, now)).collect(), damaged, next, now }))
}

async fn invalidate(app: Arc<App>, call: Call<api::InvalidateCode, Staff>) -> Result<Reply<CodeRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let id = CodeId::parse(call.path.code.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let tenant = call.right.tenant;
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let ended = rule::code::invalidate(tx, &tenant, &id, &entry)?;
            Ok(ended.map(|record| row_of(&record, now)).ok_or(Code::NotFound))
        })
    });
    answered(answer.await?)
}

fn row_of(record: &CodeRecord, now: UnixMs) -> CodeRow {
    CodeRow {
        id: record.id.as_str().to_owned(),
        label: record.label.clone(),
        state: record.state(now),
        issued_at: record.issued_at,
        issued_by: record.issued_by.clone(),
        expires_at: record.expires_at,
        used_at: record.used_at,
        used_by: record.used_by.clone(),
        last_seen_at: record.last_seen_at,
        invalidated_at: record.invalidated_at,
    }
}
