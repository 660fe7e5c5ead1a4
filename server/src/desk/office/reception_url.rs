//! OT-9 医療機関別URL取得・変更 (N070–N072): one URL for each use that has a reception page and is switched on.

use std::sync::Arc;

use shared::api::office::{self as api, FormerUrls, ReceptionUrlInfo};
use shared::api::{Code, Detail};
use shared::domain::institution::{ReceptionToken, Use, VisitKind};
use shared::right::{Act, Right, may};

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::export::qr;
use crate::origin::Origin;
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::store::{ReceptionUrlRecord, SessionFound};
use crate::tenant::Tenant;
use crate::{rule, store};

/// The endpoints of this screen, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(reception_url).on(former_reception_urls).on(reception_qr_svg).on(reception_qr_png).on(change_reception_url)
}

/// The kind of reception behind the word of a use that is switched on.
fn kind_of(word: &str, found: &SessionFound) -> Result<VisitKind, Refused> {
    let kind = Use::from_word(word).map(Use::reception).ok_or_else(|| Refused::new(Code::NotFound))?;
    if found.institution.is_on(kind) {
        return Ok(kind);
    }
    Err(Refused::new(Code::X19).with(Detail::Contact(found.institution.settings.contact.clone())))
}

async fn reception_url(app: Arc<App>, call: Call<api::ReceptionUrl, Staff>) -> Result<Reply<ReceptionUrlInfo>, Refused> {
    let Staff { found, tenant } = call.right;
    let kind = kind_of(call.path.of.as_str(), &found)?;
    let record = current_url(&app, tenant, kind).await?;
    url_info(&app.origin, &found, kind, record).map(Reply::Json)
}

async fn former_reception_urls(app: Arc<App>, call: Call<api::FormerReceptionUrls, Staff>) -> Result<Reply<FormerUrls>, Refused> {
    let tenant = call.right.tenant;
    let rows = app.db.read(move |tx| store::institution::former_urls(tx, &tenant, api::FORMER_URLS_MAX)).await?;
    Ok(Reply::Json(FormerUrls { rows }))
}

async fn reception_qr_svg(app: Arc<App>, call: Call<api::ReceptionQrSvg, Staff>) -> Result<Reply<()>, Refused> {
    let kind = kind_of(call.path.of.as_str(), &call.right.found)?;
    let name = file_name(&call.right.tenant, kind, "svg");
    let record = current_url(&app, call.right.tenant, kind).await?;
    let bytes = qr::svg(&full_url(&app.origin, &record.token)).map_err(no_qr)?.into_bytes();
    Ok(Reply::File { media_type: "image/svg+xml", name, bytes })
}

async fn reception_qr_png(app: Arc<App>, call: Call<api::ReceptionQrPng, Staff>) -> Result<Reply<()>, Refused> {
    let kind = kind_of(call.path.of.as_str(), &call.right.found)?;
    let name = file_name(&call.right.tenant, kind, "png");
    let record = current_url(&app, call.right.tenant, kind).await?;
    let bytes = qr::png(&full_url(&app.origin, &record.token)).map_err(no_qr)?;
    Ok(Reply::File { media_type: "image/png", name, bytes })
}

async fn change_reception_url(app: Arc<App>, call: Call<api::ChangeReceptionUrl, Staff>) -> Result<Reply<ReceptionUrlInfo>, Refused> {
    let (entry, press) = (call.trail().ok(None), call.press()?);
    let (Staff { found, tenant }, change) = (call.right, call.body);
    let kind = kind_of(call.path.of.as_str(), &found)?;
    if change.typed_institution != tenant.code().as_str() {
        return Err(Refused::new(Code::Request));
    }
    let shown = change.present_url.strip_prefix(&full_path(&app.origin)).and_then(|text| ReceptionToken::try_from(text).ok());
    let present = shown.ok_or_else(|| Refused::new(Code::Request))?;
    let next = ReceptionToken::from_random(app.random.bytes()?);
    let origin = app.origin.clone();
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let changed = rule::institution::change_url(tx, &tenant, kind, &present, &next, &entry)?;
            let record = changed.ok_or(Code::Request);
            Ok(record.and_then(|record| url_info(&origin, &found, kind, record).map_err(|refused| refused.refusal.code)))
        })
    });
    answered(answer.await?)
}

async fn current_url(app: &App, tenant: Tenant, kind: VisitKind) -> Result<ReceptionUrlRecord, Refused> {
    let current = app.db.read(move |tx| store::institution::current_url(tx, &tenant, kind)).await?;
    current.ok_or_else(|| Refused::new(Code::NotFound))
}

/// What stands before the token in a reception URL.
fn full_path(origin: &Origin) -> String {
    format!("{}/r/", origin.as_str())
}

fn full_url(origin: &Origin, token: &ReceptionToken) -> String {
    format!("{}{}", full_path(origin), token.as_str())
}

fn url_info(origin: &Origin, found: &SessionFound, visit_kind: VisitKind, record: ReceptionUrlRecord) -> Result<ReceptionUrlInfo, Refused> {
    let url = full_url(origin, &record.token);
    Ok(ReceptionUrlInfo {
        visit_kind,
        qr_svg: qr::svg(&url).map_err(no_qr)?,
        url,
        institution_name: found.institution.name.clone(),
        contact: found.institution.settings.contact.clone(),
        issued_at: record.issued_at,
        former_urls: record.former_urls,
        may_change: may(found.account.kind, Act::ChangeReceptionUrl) != Right::No,
    })
}

fn no_qr(why: qr::NoQr) -> Refused {
    Refused::new(Code::Internal).because(why)
}

fn file_name(tenant: &Tenant, kind: VisitKind, extension: &str) -> String {
    format!("uketsuke-{}-{}.{extension}", tenant.code(), kind.usage().word())
}
