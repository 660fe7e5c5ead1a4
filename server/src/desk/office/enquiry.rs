//! OT-22 問い合わせ管理.

use std::sync::Arc;

use shared::api::Code;
use shared::api::enquiry::{self as api, ENQUIRY_PAGE_ROWS, EnquiryChange, EnquiryPage, EnquiryRow};

use super::{CONDITION_MAX, answered};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::consent::search_key;
use crate::refused::Refused;
use crate::rule;
use crate::rule::answer::once;
use crate::rule::enquiry::Changed;
use crate::store::EnquiryId;
use crate::store::enquiry::{self as store, EnquiryQuery};

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(search).on(add).on(change)
}

async fn search(app: Arc<App>, call: Call<api::SearchEnquiries, Staff>) -> Result<Reply<EnquiryPage>, Refused> {
    let (tenant, search) = (call.right.tenant, call.body);
    if search.words.chars().count() > CONDITION_MAX {
        return Err(Refused::new(Code::Request));
    }
    let after = search.after.map(|id| EnquiryId::parse(&id).ok_or_else(|| Refused::new(Code::Request))).transpose()?;
    // One more than a page tells whether there is a next one.
    let query = EnquiryQuery { key: search_key(&search.words), state: search.state, after, rows: ENQUIRY_PAGE_ROWS + 1 };
    let (total, mut rows) = app.db.search(move |tx| Ok((store::count(tx, &tenant, &query)?, store::list(tx, &tenant, &query)?))).await?;
    let page_rows = usize::try_from(ENQUIRY_PAGE_ROWS).unwrap_or(usize::MAX);
    let has_next = rows.len() > page_rows;
    rows.truncate(page_rows);
    let next = rows.last().filter(|_| has_next).map(|row| row.id.clone());
    Ok(Reply::Json(EnquiryPage { total, rows, next }))
}

async fn add(app: Arc<App>, call: Call<api::AddEnquiry, Staff>) -> Result<Reply<EnquiryRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, enquiry) = (call.right, call.body);
    let id = EnquiryId::new(now, app.random.bytes()?);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| Ok(rule::enquiry::add(tx, &tenant, &id, &enquiry, &by, &entry)?.ok_or(Code::Request)))
    });
    answered(answer.await?)
}

async fn change(app: Arc<App>, call: Call<api::ChangeEnquiry, Staff>) -> Result<Reply<EnquiryRow>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = EnquiryId::parse(call.path.enquiry.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let (Staff { found, tenant }, EnquiryChange { enquiry, shown }) = (call.right, call.body);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(match rule::enquiry::change(tx, &tenant, &id, &enquiry, shown, &by, &entry)? {
                Changed::Done(row) => Ok(*row),
                Changed::NotWhole => Err(Code::Request),
                Changed::ChangedSince => Err(Code::Taken),
                Changed::NotThere => Err(Code::NotFound),
            })
        })
    });
    answered(answer.await?)
}
