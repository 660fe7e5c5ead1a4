//! What programs of the institution read with a token (N005, N006).

use std::sync::Arc;

use shared::api::link::{
    LINK_ROWS_MAX, LinkConsents, LinkItem, LinkResult, LinkedConsents, LinkedFace, LinkedFhir, LinkedResult, NewResults, Received,
    ResultPage, ResultReceived,
};
use shared::api::{Code, ConsentPart};
use shared::domain::link::LinkScope;

use crate::app::App;
use crate::call::{Call, Program, Reply, Serve};
use crate::charset::Encoding;
use crate::export::face::{self, Check};
use crate::export::fhir::{self, Given};
use crate::refused::Refused;
use crate::store::tx::Tx;
use crate::store::{AuditEntry, ConsentId, ConsentRecord, StoreError, audit, consent, link, reference};
use crate::tenant::Tenant;
use crate::{audit::Trail, rule};

/// The endpoints of this desk, by their handlers.
pub(crate) fn serve<S: Serve>(gate: S) -> S {
    gate.on(new_results).on(result).on(consents).on(received).on(face_file).on(fhir_bundle)
}

async fn new_results(app: Arc<App>, call: Call<NewResults, Program>) -> Result<Reply<ResultPage>, Refused> {
    let limit = call.body.limit.unwrap_or(LINK_ROWS_MAX);
    if !(1..=LINK_ROWS_MAX).contains(&limit) {
        return Err(Refused::new(Code::Request));
    }
    let not_there = || Refused::new(Code::NotFound);
    let last = call.body.after.as_deref().map(|text| ConsentId::parse(text).ok_or_else(not_there)).transpose()?;
    let (tenant, now) = (call.right.tenant, call.now);
    let page = app.db.write_locked(move |tx| {
        let begin = link::first_made_at(tx, &tenant)?.unwrap_or(now).jst_date().at_jst(0, 0);
        rule::link::new_results(tx, &tenant, last.as_ref(), limit, (begin, now))
    });
    page.await?.map(Reply::Json).ok_or_else(not_there)
}

/// The result that a path names. What a wrong link holds back is not there until that is corrected (X62).
async fn found(app: &App, tenant: &Tenant, part: &ConsentPart) -> Result<ConsentRecord, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let id = ConsentId::parse(part.as_str()).ok_or_else(not_there)?;
    let tenant = tenant.clone();
    let found = app.db.read(move |tx| {
        if reference::is_held(tx, &tenant, &id)? {
            return Ok(None);
        }
        match consent::find(tx, &tenant, &id) {
            // One bad row keeps no other from leaving: it is asked for again later, and looked for here.
            Err(StoreError::Damaged(what)) => {
                tracing::error!(consent = id.as_str(), what, "a stored consent cannot be read");
                Ok(None)
            }
            other => other,
        }
    });
    found.await?.ok_or_else(not_there)
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
    let check = Check::of(&record, call.right.tenant.code(), call.now);
    Ok(Reply::Json(LinkResult {
        id: record.id.as_str().to_owned(),
        receipt: record.receipt,
        visit_kind: record.visit_kind,
        reference_number: check.reference_number,
        eligibility: check.eligibility,
    }))
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
    // Nothing is replaced: what the encoding lacks is refused, and the same is there in UTF-8.
    let bytes = check.write(encoding).map_err(|_| Refused::new(Code::Request))?;
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
