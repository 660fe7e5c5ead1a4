//! What programs of the institution read with a token (N005, N006).

use std::sync::{Arc, LazyLock};

use shared::api::link::{
    BulkAsked, BulkFhir, BulkPage, BulkResults, LINK_ROWS_MAX, LinkConsents, LinkItem, LinkResult, LinkedConsents, LinkedFace, LinkedFhir,
    LinkedResult, NewResults, OpenApi, Received, ResultPage, ResultReceived, ResultsAsked,
};
use shared::api::{Code, ConsentPart, Detail, Endpoint};
use shared::domain::calendar::UnixMs;
use shared::domain::link::LinkScope;

use crate::app::App;
use crate::call::{Call, Nobody, Program, Reply, Serve};
use crate::charset::Encoding;
use crate::export::face::{self, Check};
use crate::export::fhir::{self, Given};
use crate::export::openapi;
use crate::export::state::misfits;
use crate::refused::Refused;
use crate::rule::link::EVER;
use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, ConsentRecord, StoreError, audit, consent, link, reference};
use crate::tenant::Tenant;
use crate::{audit::Trail, rule};

/// The endpoints of this desk, by their handlers.
pub(crate) fn serve<S: Serve>(gate: S) -> S {
    let gate = gate.on(new_results).on(bulk).on(bulk_fhir).on(openapi_document);
    gate.on(result).on(consents).on(received).on(face_file).on(fhir_bundle)
}

async fn new_results(app: Arc<App>, call: Call<NewResults, Program>) -> Result<Reply<ResultPage>, Refused> {
    let ResultsAsked { after, limit } = &call.body;
    told(&app, &call.right.tenant, call.now, (after.as_deref(), *limit), EVER).await.map(Reply::Json)
}

/// The results behind a place that were finished within a period.
async fn told(
    app: &App,
    tenant: &Tenant,
    now: UnixMs,
    (after, limit): (Option<&str>, Option<u32>),
    period: (UnixMs, UnixMs),
) -> Result<ResultPage, Refused> {
    let limit = limit.unwrap_or(LINK_ROWS_MAX);
    if !(1..=LINK_ROWS_MAX).contains(&limit) {
        return Err(Refused::new(Code::Request));
    }
    let not_there = || Refused::new(Code::NotFound);
    let last = after.map(|text| ConsentId::parse(text).ok_or_else(not_there)).transpose()?;
    let tenant = tenant.clone();
    let page = app.db.write_locked(move |tx| {
        let begin = link::first_made_at(tx, &tenant)?.unwrap_or(now).jst_date().at_jst(0, 0);
        rule::link::results_within(tx, &tenant, last.as_ref(), limit, (begin, now), period)
    });
    page.await?.ok_or_else(not_there)
}

/// A page of the results of a period, read one after the other: never more of them at once than a page holds.
async fn many<E>(app: &App, call: &Call<E, Program>, asked: &BulkAsked) -> Result<(ResultPage, Vec<ConsentRecord>), Refused>
where
    E: Endpoint,
{
    if asked.from.zip(asked.until).is_some_and(|(from, until)| until < from) {
        return Err(Refused::new(Code::Request));
    }
    let (first, end) = EVER;
    let period = (asked.from.map_or(first, |from| from.at_jst(0, 0)), asked.until.map_or(end, |until| until.plus_days(1).at_jst(0, 0)));
    let tenant = &call.right.tenant;
    let page = told(app, tenant, call.now, (asked.after.as_deref(), asked.limit), period).await?;
    let (of, ids) = (tenant.clone(), page.rows.iter().filter_map(|row| ConsentId::parse(&row.id)).collect::<Vec<_>>());
    let records = app.db.search(move |tx| ids.iter().filter_map(|id| readable(tx, &of, id).transpose()).collect::<Result<Vec<_>, _>>());
    let records = records.await?;
    let entry: AuditEntry = call.trail().ok(None);
    let sent: Vec<_> = records.iter().map(|record| (record.id.clone(), record.reference_number.clone())).collect();
    let of = tenant.clone();
    let note = move |tx: &mut Tx<'_>| {
        audit::add(tx, &entry)?;
        sent.iter().try_for_each(|(id, number)| reference::note_sent(tx, &of, id, entry.at, number.as_deref()))
    };
    app.db.write(note).await?;
    Ok((page, records))
}

async fn bulk(app: Arc<App>, call: Call<BulkResults, Program>) -> Result<Reply<BulkPage>, Refused> {
    let (page, records) = many(&app, &call, &call.body).await?;
    let rows: Vec<_> = records.into_iter().map(|record| linked(record, &call.right.tenant, call.now)).collect();
    let absent = page.rows.into_iter().map(|row| row.id).filter(|id| rows.iter().all(|row| row.id != *id)).collect();
    Ok(Reply::Json(BulkPage { rows, absent, next: page.next, has_more: page.has_more }))
}

async fn bulk_fhir(app: Arc<App>, call: Call<BulkFhir, Program>) -> Result<Reply<()>, Refused> {
    let (page, records) = many(&app, &call, &call.body).await?;
    let has_consents = call.right.record.scopes.contains(&LinkScope::Consents);
    let given = records.iter().map(|record| Given::of(record, call.right.tenant.code(), call.now, has_consents));
    let bundle = fhir::page(given, page.next.as_deref().filter(|_| page.has_more));
    let name = "fhir-bulk.json".to_owned();
    Ok(Reply::File { media_type: fhir::MEDIA_TYPE, name, bytes: bundle.to_string().into_bytes() })
}

async fn openapi_document(_: Arc<App>, _: Call<OpenApi, Nobody>) -> Result<Reply<()>, Refused> {
    static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| openapi::document().to_string().into_bytes());
    Ok(Reply::File { media_type: "application/json", name: "openapi.json".to_owned(), bytes: DOCUMENT.clone() })
}

/// The result that a path names. What a wrong link holds back is not there until that is corrected (X62).
async fn found(app: &App, tenant: &Tenant, part: &ConsentPart) -> Result<ConsentRecord, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let id = ConsentId::parse(part.as_str()).ok_or_else(not_there)?;
    let tenant = tenant.clone();
    app.db.read(move |tx| readable(tx, &tenant, &id)).await?.ok_or_else(not_there)
}

/// A result that may leave now.
fn readable(tx: &mut Tx<'_>, tenant: &Tenant, id: &ConsentId) -> Result<Option<ConsentRecord>, StoreError> {
    if reference::is_held(tx, tenant, id)? {
        return Ok(None);
    }
    match consent::find(tx, tenant, id) {
        // One bad row keeps no other from leaving: it is asked for again later, and looked for here.
        Err(StoreError::Damaged(what)) => {
            tracing::error!(consent = id.as_str(), what, "a stored consent cannot be read");
            Ok(None)
        }
        other => other,
    }
}

/// What leaves is on the record before it leaves; a result also among what was handed on, with the 照会番号 that it has now (X62).
async fn note(app: &App, trail: Trail, tenant: &Tenant, record: &ConsentRecord, is_result: bool) -> Result<(), Refused> {
    let entry: AuditEntry = trail.ok(Some(record.id.as_str()));
    let (tenant, id, number) = (tenant.clone(), record.id.clone(), record.reference_number.clone().filter(|_| is_result));
    let note = move |tx: &mut Tx<'_>| {
        audit::add(tx, &entry)?;
        if is_result { reference::note_sent(tx, &tenant, &id, entry.at, number.as_deref()) } else { Ok(()) }
    };
    app.db.write(note).await?;
    Ok(())
}

async fn result(app: Arc<App>, call: Call<LinkedResult, Program>) -> Result<Reply<LinkResult>, Refused> {
    let record = found(&app, &call.right.tenant, &call.path.consent).await?;
    note(&app, call.trail(), &call.right.tenant, &record, true).await?;
    Ok(Reply::Json(linked(record, &call.right.tenant, call.now)))
}

fn linked(record: ConsentRecord, tenant: &Tenant, now: UnixMs) -> LinkResult {
    let check = Check::of(&record, tenant.code(), now);
    LinkResult {
        id: record.id.as_str().to_owned(),
        receipt: record.receipt,
        visit_kind: record.visit_kind,
        reference_number: check.reference_number,
        eligibility: check.eligibility,
    }
}

async fn consents(app: Arc<App>, call: Call<LinkedConsents, Program>) -> Result<Reply<LinkConsents>, Refused> {
    let record = found(&app, &call.right.tenant, &call.path.consent).await?;
    note(&app, call.trail(), &call.right.tenant, &record, false).await?;
    let items = record.items_at(call.now).into_iter().map(|(item, state)| LinkItem { item, state }).collect();
    let id = record.id.as_str().to_owned();
    Ok(Reply::Json(LinkConsents { id, consented_at: record.consented_at, expires_at: record.expires_at, items }))
}

async fn received(app: Arc<App>, call: Call<Received, Program>) -> Result<Reply<ResultReceived>, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let id = ConsentId::parse(call.path.consent.as_str()).ok_or_else(not_there)?;
    let entry = call.trail().ok(Some(id.as_str()));
    let (tenant, consent) = (call.right.tenant, id.clone());
    let at = app.db.write(move |tx| rule::link::received(tx, &tenant, &consent, &entry)).await?.ok_or_else(not_there)?;
    Ok(Reply::Json(ResultReceived { id: id.as_str().to_owned(), received_at: at }))
}

async fn face_file(app: Arc<App>, call: Call<LinkedFace, Program>) -> Result<Reply<()>, Refused> {
    let (encoding, media_type) = match call.path.encoding.as_str() {
        "utf-8" => (Encoding::Utf8, "application/xml; charset=utf-8"),
        "shift_jis" => (Encoding::ShiftJis, "application/xml; charset=shift_jis"),
        _ => return Err(Refused::new(Code::NotFound)),
    };
    let record = found(&app, &call.right.tenant, &call.path.consent).await?;
    let code = call.right.tenant.code();
    let mut check = Check::of(&record, code, call.now);
    if !call.right.record.scopes.contains(&LinkScope::Consents) {
        check.consents.clear();
    }
    // Nothing is replaced: what the encoding lacks is refused and named, and the same is there in UTF-8.
    let unwritable = |why| Refused::new(Code::Request).with(Detail::HandOver(misfits(&why)));
    let bytes = check.write(encoding).map_err(unwritable)?;
    note(&app, call.trail(), &call.right.tenant, &record, true).await?;
    let name = face::file_name(code, record.visit_kind, record.id.as_str(), check.eligibility.checked_at);
    Ok(Reply::File { media_type, name, bytes })
}

async fn fhir_bundle(app: Arc<App>, call: Call<LinkedFhir, Program>) -> Result<Reply<()>, Refused> {
    let record = found(&app, &call.right.tenant, &call.path.consent).await?;
    note(&app, call.trail(), &call.right.tenant, &record, true).await?;
    let has_consents = call.right.record.scopes.contains(&LinkScope::Consents);
    let bundle = Given::of(&record, call.right.tenant.code(), call.now, has_consents).bundle();
    let name = format!("fhir-{}.json", record.id.as_str());
    Ok(Reply::File { media_type: fhir::MEDIA_TYPE, name, bytes: bundle.to_string().into_bytes() })
}
