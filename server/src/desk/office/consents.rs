//! OT-10 同意済資格情報取得: a page of the list, and the list as a file.

use std::sync::Arc;

use shared::api::Code;
use shared::api::consents::SaveConsents;
use shared::api::file::SavedFile;
use shared::api::office::{CURSOR_MAX, ConsentPage, ConsentRow, ConsentSearch, PAGE_ROWS, SearchConsents, TOTAL_MAX};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{ConsentItem, EndReason, ItemState};
use shared::domain::coverage::Validity;
use shared::domain::hand_over::HandOverState;
use shared::domain::institution::VisitKind;
use shared::domain::typed;

use super::{CONDITION_MAX, record, row_of};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::consent::{receipt_key, search_key};
use crate::export::audit::{BOM, line, tame};
use crate::refused::Refused;
use crate::store;
use crate::store::{ConsentQuery, ConsentRecord, Cursor};

/// Rows that are read at once for a file.
const AT_ONCE: u32 = 500;

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(search).on(save)
}

/// The conditions as the store takes them.
fn query_of(search: &ConsentSearch, rows: u32, now: UnixMs) -> Result<ConsentQuery, Refused> {
    let is_long = |text: &str| text.chars().count() > CONDITION_MAX;
    let conditions = [&search.name_prefix, &search.reference_number, &search.receipt];
    if search.consented_from > search.consented_to || conditions.into_iter().any(|text| is_long(text)) {
        return Err(Refused::new(Code::Request));
    }
    let read = |text: &String| Cursor::parse(text).filter(|_| text.len() <= CURSOR_MAX).ok_or_else(|| Refused::new(Code::Request));
    Ok(ConsentQuery {
        days: search.days,
        from: search.consented_from,
        to: search.consented_to,
        visit_kind: search.visit_kind,
        name_key: search_key(&search.name_prefix),
        reference_number: typed::number(&search.reference_number),
        receipt: receipt_key(&search.receipt),
        state: search.state,
        order: search.order,
        cursor: search.cursor.as_ref().map(read).transpose()?,
        rows,
        now,
    })
}

async fn search(app: Arc<App>, call: Call<SearchConsents, Staff>) -> Result<Reply<ConsentPage>, Refused> {
    let entry = call.trail().ok(None);
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let query = query_of(&call.body, PAGE_ROWS, now)?;
    let hands_over = found.institution.settings.hand_over.is_on;
    let (hits, states) = app
        .db
        .search(move |tx| {
            let hits = store::consent::search(tx, &tenant, &query)?;
            let ids: Vec<_> = hits.rows.iter().map(|record| &record.id).filter(|_| hands_over).collect();
            let states = store::handover::states(tx, &tenant, &ids)?;
            Ok((hits, states))
        })
        .await?;
    record(&app, entry).await?;
    let state_of = |record: &ConsentRecord| hands_over.then(|| states.get(&record.id).copied().unwrap_or(HandOverState::Waiting));
    let rows = hits.rows.iter().map(|record| ConsentRow { hand_over: state_of(record), ..row_of(record, now) }).collect();
    let text = |cursor: Option<Cursor>| cursor.map(|cursor| cursor.to_text());
    let (previous, next) = (text(hits.previous), text(hits.next));
    let store::ConsentHits { total, is_total_more, ahead, damaged, .. } = hits;
    Ok(Reply::Json(ConsentPage { total, is_total_more, ahead, previous, next, damaged, rows, now }))
}

async fn save(app: Arc<App>, call: Call<SaveConsents, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let trail = call.trail();
    let (tenant, now) = (call.right.tenant, call.now);
    let mut query = ConsentQuery { cursor: None, ..query_of(&call.body, AT_ONCE, now)? };
    let (mut text, mut rows, mut damaged) = (format!("{BOM}{}", line(&head())), 0_u32, 0_u32);
    loop {
        let (of, asked) = (tenant.clone(), query.clone());
        let hits = app.db.search(move |tx| store::consent::search(tx, &of, &asked)).await?;
        rows = rows.saturating_add(u32::try_from(hits.rows.len()).unwrap_or(u32::MAX));
        damaged = damaged.saturating_add(hits.damaged);
        if hits.is_total_more || rows > TOTAL_MAX {
            return Err(Refused::new(Code::Request));
        }
        text.extend(hits.rows.iter().map(|record| line(&cells(record, now))));
        match hits.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    // How many rows left, never whose.
    record(&app, trail.ok(Some(&format!("{rows} rows")))).await?;
    let day = now.jst_date().packed();
    let name = format!("uketsuke-consents-{day}.csv");
    let file = SavedFile { name, file: Base64(text.into_bytes()), rows, damaged, has_more: false };
    Ok(Reply::Json(file))
}

/// N107 in its order, and behind it what else the list shows.
fn head() -> Vec<&'static str> {
    let items = ConsentItem::ALL.map(ConsentItem::short_label);
    let behind = ["同意年月日", "同意有効期限", "状態", Validity::NAME, VisitKind::NAME, "受診(予約)年月日", "受付番号"];
    ["氏名", "氏名(カナ)", "生年月日", "性別", "照会番号"].into_iter().chain(items).chain(behind).collect()
}

fn cells(record: &ConsentRecord, now: UnixMs) -> Vec<String> {
    let row: ConsentRow = row_of(record, now);
    let of = |text: Option<String>| text.map(|text| tame(&text)).unwrap_or_default();
    let person = row.person.as_ref();
    let who = [
        of(person.map(|person| person.name.clone())),
        of(person.map(|person| person.name_kana.clone())),
        person.map(|person| person.birth_date.slashed()).unwrap_or_default(),
        person.map(|person| person.sex.label().to_owned()).unwrap_or_default(),
        of(row.reference_number.clone()),
    ];
    let state_of = |item: ConsentItem| row.items.iter().find(|(of, _)| *of == item).map_or("", |(_, state)| mark(*state));
    let items = ConsentItem::ALL.map(|item| state_of(item).to_owned());
    let state = match (row.replaced_at, row.expires_at.plus_ms(60_000) > now) {
        (Some(at), _) => format!("{}({})", ended_words(record.ended_why), at.jst_date().slashed()),
        (None, true) => "有効期間内".to_owned(),
        (None, false) => "期限切れ".to_owned(),
    };
    let behind = [
        row.consented_at.jst_date().slashed(),
        row.expires_at.jst_minute_text(),
        state,
        row.validity.label().to_owned(),
        record.visit_kind.label().to_owned(),
        row.booked_on.map(|day| day.slashed()).unwrap_or_default(),
        record.receipt.clone(),
    ];
    who.into_iter().chain(items).chain(behind).collect()
}

/// 置換 and 取消 told apart.
fn ended_words(why: Option<EndReason>) -> &'static str {
    match why {
        Some(EndReason::Institution | EndReason::Patient) => "取消",
        Some(EndReason::OtherUse) => "用途変更",
        Some(EndReason::Deadline) => "期限切れ",
        Some(EndReason::Replaced) | None => "置換",
    }
}

/// The marks of the list.
fn mark(state: ItemState) -> &'static str {
    match state {
        ItemState::Agreed => "○",
        ItemState::Refused => "×",
        ItemState::Expired => "期限切",
        ItemState::Replaced => "置換",
        ItemState::Withdrawn => "取消",
        ItemState::NotApplicable => "対象外",
        ItemState::NotAsked => "",
    }
}
