//! お知らせ (N060).

use std::sync::Arc;

use shared::api::Code;
use shared::api::notice::{self as api, NOTICE_PAGE_ROWS, NoticeFull, NoticePage, NoticeRow, ReaderRow, Readers};
use shared::domain::calendar::CivilDate;
use shared::right::{Act, Right, may};

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::notice::{self as rule, Asking};
use crate::store::NoticeId;
use crate::store::notice::{self as store, NewNoticeRow, NoticeQuery, NoticeRecord};

/// Most accounts that are listed as readers.
const READERS_MAX: u32 = 500;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(list).on(open).on(read).on(readers).on(add).on(end)
}

fn may_write(staff: &Staff) -> bool {
    may(staff.found.account.kind, Act::EditPostedNotices) != Right::No
}

fn asking(staff: &Staff, now: shared::domain::calendar::UnixMs) -> Asking {
    Asking { user: staff.found.account.user.clone(), may_write: may_write(staff), now }
}

fn not_there() -> Refused {
    Refused::new(Code::NotFound)
}

async fn list(app: Arc<App>, call: Call<api::ListNotices, Staff>) -> Result<Reply<NoticePage>, Refused> {
    let may_write = may_write(&call.right);
    let (Staff { found, tenant }, asked, today) = (call.right, call.body, call.now.jst_date());
    let after = asked.after.map(|id| NoticeId::parse(&id).ok_or_else(|| Refused::new(Code::Request))).transpose()?;
    let user = found.account.user;
    // One more than a page tells whether there is a next one.
    let query = NoticeQuery { user: user.clone(), today, has_hidden: asked.has_hidden && may_write, after, rows: NOTICE_PAGE_ROWS + 1 };
    let read = app.db.read(move |tx| {
        Ok((store::count(tx, &tenant, &query)?, store::unread(tx, &tenant, &user, today)?, store::list(tx, &tenant, &query)?))
    });
    let (total, unread, mut records) = read.await?;
    let page_rows = usize::try_from(NOTICE_PAGE_ROWS).unwrap_or(usize::MAX);
    let has_next = records.len() > page_rows;
    records.truncate(page_rows);
    let next = records.last().filter(|_| has_next).map(|record| record.id.as_str().to_owned());
    let rows = records.iter().map(|record| row_of(record, today)).collect();
    Ok(Reply::Json(NoticePage { total, unread, rows, next, may_write }))
}

async fn open(app: Arc<App>, call: Call<api::OpenNotice, Staff>) -> Result<Reply<NoticeFull>, Refused> {
    let id = NoticeId::parse(call.path.notice.as_str()).ok_or_else(not_there)?;
    let (asking, today, tenant) = (asking(&call.right, call.now), call.now.jst_date(), call.right.tenant);
    let may_write = asking.may_write;
    let found = app.db.read(move |tx| rule::open(tx, &tenant, &id, &asking)).await?.ok_or_else(not_there)?;
    let may_write = may_write && found.by.is_some();
    Ok(Reply::Json(NoticeFull { row: row_of(&found, today), text: found.text, may_write }))
}

async fn read(app: Arc<App>, call: Call<api::ReadNotice, Staff>) -> Result<Reply<NoticeRow>, Refused> {
    let id = NoticeId::parse(call.path.notice.as_str()).ok_or_else(not_there)?;
    let (asking, today, tenant) = (asking(&call.right, call.now), call.now.jst_date(), call.right.tenant);
    let found = app.db.write(move |tx| rule::read(tx, &tenant, &id, &asking)).await?.ok_or_else(not_there)?;
    Ok(Reply::Json(row_of(&found, today)))
}

async fn readers(app: Arc<App>, call: Call<api::NoticeReaders, Staff>) -> Result<Reply<Readers>, Refused> {
    let id = NoticeId::parse(call.path.notice.as_str()).ok_or_else(not_there)?;
    let (asking, today, tenant) = (asking(&call.right, call.now), call.now.jst_date(), call.right.tenant);
    let read = app.db.read(move |tx| {
        let found = rule::open(tx, &tenant, &id, &asking)?;
        found.map(|_| store::readers(tx, &tenant, &id, today, READERS_MAX)).transpose()
    });
    let rows = read.await?.ok_or_else(not_there)?;
    let rows = rows.into_iter().map(|row| ReaderRow { user: row.user, name: row.name, read_at: row.read_at });
    Ok(Reply::Json(Readers { rows: rows.collect() }))
}

async fn add(app: Arc<App>, call: Call<api::AddNotice, Staff>) -> Result<Reply<NoticeRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, new) = (call.right, call.body);
    let id = NoticeId::new(now, app.random.bytes()?);
    let entry = trail.ok(Some(id.as_str()));
    let new = NewNoticeRow {
        id,
        by: Some(found.account.user),
        title: new.title,
        text: new.text,
        importance: new.importance,
        from: new.from,
        until: new.until,
        at: now,
    };
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let written = rule::write(tx, &tenant, &new, &entry)?;
            Ok(written.map(|record| row_of(&record, now.jst_date())).ok_or(Code::Request))
        })
    });
    answered(answer.await?)
}

async fn end(app: Arc<App>, call: Call<api::EndNotice, Staff>) -> Result<Reply<NoticeRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let id = NoticeId::parse(call.path.notice.as_str()).ok_or_else(not_there)?;
    let (asking, tenant) = (asking(&call.right, now), call.right.tenant);
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let ended = rule::end(tx, &tenant, &id, &asking, &entry)?;
            Ok(ended.map(|record| row_of(&record, now.jst_date())).ok_or(Code::NotFound))
        })
    });
    answered(answer.await?)
}

pub(super) fn row_of(record: &NoticeRecord, today: CivilDate) -> NoticeRow {
    NoticeRow {
        id: record.id.as_str().to_owned(),
        title: record.title.clone(),
        importance: record.importance,
        by: record.by.clone(),
        from: record.from,
        until: record.until,
        state: record.state(today),
        is_read: record.is_read,
    }
}
