//! The one way from an endpoint's declaration to a route: its right is proved before its handler can run.
//!
//! A handler takes the right as a value ([`ReceptionPage`], [`VisitHolder`], [`Staff`], [`Nobody`]), so leaving the check out does
//! not compile, and a right of the wrong kind for the endpoint's `PERMISSION` does not compile either. With the right comes the
//! [`Tenant`], which nothing else makes of a request.

pub(crate) mod certificate;
mod device;
mod token;

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequestParts as _, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use shared::api::device::NONCE_HEADER;
use shared::api::{
    Again, Audit, Code, Detail, Endpoint, EndpointRow, KEY_HEADER, Method, Permission, SAME_PAGE_HEADER, VISIT_SECRET_HEADER,
};
use shared::api::{
    account, activation, aid, at_device, audit, bulk_check, check, claims, consents, day, enquiry, expiring, factor, later, link, lock,
    medical, month, notice, office, opening, operation, reference, settings, withdrawal,
};
use shared::bytes::Base64;
use shared::domain::account::AccountKind;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::ReceptionToken;
use shared::domain::opening::policy_on;
use shared::right::{self, Act};

use crate::account::is_living;
use crate::app::App;
use crate::audit::{Trail, actor_of};
use crate::call::{Applicant, Call, HalfWay, Nobody, Proved, ReceptionPage, Reply, Right, RightKind, Sender, Serve, Staff, VisitHolder};
use crate::peer::{Peer, Presented};
use crate::refused::{Refused, TooLong, refusal_response};
use crate::rule;
use crate::session;
use crate::store::{self, PageFound, Press, SessionFound, StoreError, VisitId};
use crate::tenant::Tenant;
use crate::visit::is_secret;

/// What a right is proved with.
struct Asked<'a> {
    /// Name of the endpoint.
    name: &'static str,
    /// The pattern of its path.
    route: &'static str,
    /// Who may call it.
    permission: Permission,
    /// The first variable part of the path; empty when there is none.
    part: &'a str,
    headers: &'a HeaderMap,
    /// The client certificate of the connection.
    presented: Option<&'a Presented>,
    address: IpAddr,
    now: UnixMs,
    /// It changes nothing.
    is_reading: bool,
    /// What a device must have signed.
    signed: device::Signed<'a>,
}

/// Proves what the endpoint's permission asks for, or refuses.
async fn prove(app: &App, asked: &Asked<'_>) -> Result<Proved, Refused> {
    // Where the office is elsewhere, a device alone asks its calls, and none that logs anybody in there.
    let is_elsewhere = !app.door.is_of_office() && asked.signed.path.starts_with("/api/office");
    let is_by_session = matches!(asked.permission, Permission::AnySession | Permission::AnyAccount | Permission::Account(_));
    if is_elsewhere && !(is_by_session && device::is_of_device(asked.headers)) {
        return Err(Refused::new(Code::NotFound));
    }
    match asked.permission {
        Permission::Anyone | Permission::Login => Ok(Proved::Nobody(Nobody)),
        Permission::ReceptionPage => {
            let page = open_page(app, asked.part).await?;
            Ok(Proved::ReceptionPage(ReceptionPage { tenant: Tenant::of_gate(page.institution.code.clone()), page }))
        }
        Permission::VisitHolder => visit_holder(app, asked).await.map(Proved::VisitHolder),
        Permission::AnySession => staff(app, asked).await.and_then(from_where_it_may(asked)).map(Proved::Staff),
        Permission::AnyAccount => unlocked(app, asked).await.and_then(from_where_it_may(asked)).map(Proved::Staff),
        Permission::HalfWay => half_way(app, asked).await.map(Proved::HalfWay),
        Permission::Applicant => applicant(app, asked).await.map(Proved::Applicant),
        Permission::Link(scope) => token::program(app, asked, scope).await.map(Proved::Program),
        Permission::NewDevice => device::new_device(app, asked).map(Proved::NewDevice),
        Permission::Device => device::device(app, asked).await.map(Proved::Device),
        Permission::Account(act) => {
            let staff = unlocked(app, asked).await?;
            let account = &staff.found.account;
            if account.must_change_password {
                return Err(Refused::new(Code::X39));
            }
            let is_within = !staff.found.institution.is_limited() || right::is_of_limited(act);
            let flag = policy_on(asked.now.jst_date()).disaster_admin;
            let is_device = staff.found.session.device.is_some();
            let is_within = is_within && at_device::is_callable(asked.name, asked.route, is_device);
            let allowed = if is_within { right::may_under(account.kind, act, flag) } else { right::Right::No };
            // A device is a factor itself: its key, beside what its person knows.
            let is_missing = !is_device && rule::factor::is_missing(account.kind, &staff.found.factor, asked.now.jst_date());
            if is_missing && act != Act::ManageOwnFactors {
                return Err(Refused::new(Code::Factor));
            }
            let is_proved = session::is_proved(&staff.found.session, asked.now);
            let proved = Proved::Staff(staff);
            match allowed {
                right::Right::Yes => Ok(proved),
                right::Right::StepUp if is_proved => Ok(proved),
                right::Right::StepUp => Err(Refused::new(Code::StepUp)),
                right::Right::No => {
                    let row = trail(&proved, asked.now, asked.address, asked.name).refused(Code::Forbidden);
                    app.db.write(move |tx| rule::audit::refused(tx, &row)).await?;
                    Err(Refused::new(Code::Forbidden))
                }
            }
        }
    }
}

/// Of what belongs to a session whoever holds it, a device has two calls: who it is of, and its end. Passwords, second factors and the
/// lock are the office's.
fn from_where_it_may(asked: &Asked<'_>) -> impl FnOnce(Staff) -> Result<Staff, Refused> {
    let (name, route) = (asked.name, asked.route);
    move |staff| {
        let is_callable = at_device::is_callable(name, route, staff.found.session.device.is_some());
        if is_callable { Ok(staff) } else { Err(Refused::new(Code::Forbidden)) }
    }
}

/// The page behind a token: current, and of an institution that uses what the page is for. Everything below `/r/{token}` that
/// names the institution asks here.
pub(crate) async fn open_page(app: &App, token: &str) -> Result<PageFound, Refused> {
    let token = ReceptionToken::try_from(token).map_err(|why| Refused::new(Code::NotFound).because(why))?;
    let hash = crate::sha256(token.as_str().as_bytes());
    let found = app.db.read(move |tx| store::institution::page_behind(tx, &hash)).await?;
    let page = found.ok_or_else(|| Refused::new(Code::NotFound))?;
    if let Some(at) = page.standing.closed_at {
        return Err(Refused::code_changed(at, page.institution.settings.contact));
    }
    if !page.is_current {
        return Err(Refused::new(Code::X18).with(Detail::Contact(page.institution.settings.contact)));
    }
    if !page.institution.is_on(page.visit_kind) {
        return Err(Refused::new(Code::X19).with(Detail::Contact(page.institution.settings.contact)));
    }
    Ok(page)
}

/// Calls by POST that only read, and those of the session and of the second factor, without which nobody could read: all else that a
/// POST does is refused under a code that has ended.
fn is_reading_post(name: &str) -> bool {
    [
        office::Logout::NAME,
        office::ChangePassword::NAME,
        lock::Lock::NAME,
        lock::Unlock::NAME,
        factor::AskProof::NAME,
        factor::ProveAgain::NAME,
        factor::AskPasskey::NAME,
        factor::AddPasskey::NAME,
        factor::AskTotp::NAME,
        factor::AddTotp::NAME,
        office::SearchConsents::NAME,
        check::SearchChecks::NAME,
        check::SaveChecks::NAME,
        bulk_check::BulkCheckResult::NAME,
        month::WorklistCsv::NAME,
        month::EvidenceCsv::NAME,
        day::DayCsv::NAME,
        claims::ClaimsCsv::NAME,
        aid::AidOfMonthCsv::NAME,
        expiring::ExpiringCsv::NAME,
        opening::UseReportFile::NAME,
        withdrawal::ExportEndings::NAME,
        bulk_check::DryRunBulkCheck::NAME,
        consents::SaveConsents::NAME,
        reference::FindPerson::NAME,
        reference::SearchReferences::NAME,
        reference::CheckReferences::NAME,
        activation::SearchCodes::NAME,
        audit::SearchAudit::NAME,
        withdrawal::SearchEndings::NAME,
        account::ListAccounts::NAME,
        notice::ListNotices::NAME,
        notice::ReadNotice::NAME,
        enquiry::SearchEnquiries::NAME,
        medical::SearchViews::NAME,
        medical::SaveViews::NAME,
        operation::LookAtOperation::NAME,
        settings::SettingsHistory::NAME,
        month::Worklist::NAME,
        month::Evidence::NAME,
        expiring::Expiring::NAME,
        later::PastResults::NAME,
        link::NewResults::NAME,
        link::BulkResults::NAME,
        link::BulkFhir::NAME,
    ]
    .contains(&name)
}

/// Refuses what an account may not do under a code that has ended: all but an admin's reading, and that after a time as well (OT-30).
fn check_standing(found: &SessionFound, asked: &Asked<'_>) -> Result<(), Refused> {
    let Some(at) = found.standing.closed_at else { return Ok(()) };
    let is_over = !rule::succession::is_readable(at, asked.now) || found.account.kind != AccountKind::Admin;
    if is_over {
        return Err(Refused::new(Code::Session));
    }
    if asked.is_reading { Ok(()) } else { Err(Refused::code_changed(at, String::new())) }
}

/// The tablet that opened the visit.
async fn visit_holder(app: &App, asked: &Asked<'_>) -> Result<VisitHolder, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let id = VisitId::parse(asked.part).ok_or_else(not_there)?;
    let header = asked.headers.get(VISIT_SECRET_HEADER).and_then(|value| value.to_str().ok());
    let secret = header.and_then(|text| Base64::parse(text).ok()).ok_or_else(not_there)?;
    if !is_secret(&app.visit_key, &id, &secret) {
        return Err(not_there());
    }
    let visit = app.db.read(move |tx| store::visit::find(tx, &id)).await?.ok_or_else(not_there)?;
    Ok(VisitHolder { tenant: Tenant::of_gate(visit.institution.clone()), visit })
}

/// Whoever has given a password that a second factor must follow.
async fn half_way(app: &App, asked: &Asked<'_>) -> Result<HalfWay, Refused> {
    let out = || Refused::new(Code::Session);
    let cookies = asked.headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).ok_or_else(out)?;
    let id = session::step_from_cookies(cookies, app.door.origin.is_https()).ok_or_else(out)?;
    let step = app.db.read(move |tx| store::factor::find_step(tx, &id.sha256())).await?.ok_or_else(out)?;
    let (code, user) = (step.institution.clone(), step.user.clone());
    let found = app.db.read(move |tx| store::account::find(tx, &code, &user)).await?;
    // Stopped, over, or with another password since: it ends here as a session would.
    let counts = found.is_some_and(|(account, _)| {
        is_living(&account, asked.now.jst_date()) && crate::sha256(account.password_hash.as_bytes()) == step.judged_sha256
    });
    if !counts || !session::is_step_living(&step, asked.now) {
        return Err(out());
    }
    let tenant = Tenant::of_gate(step.institution.clone());
    let trail = Trail::new(asked.now, Some(tenant.code().clone()), actor_of(&step.user), asked.address, asked.name);
    certificate::admits(app, &tenant, asked.presented, asked.now, &trail).await?;
    Ok(HalfWay { tenant, step })
}

/// The account of a living session.
async fn staff(app: &App, asked: &Asked<'_>) -> Result<Staff, Refused> {
    let out = || Refused::new(Code::Session);
    let device = if device::is_of_device(asked.headers) { Some(device::device(app, asked).await?) } else { None };
    let id = match &device {
        Some(_) => device::session_of(asked.headers),
        None => {
            let cookies = asked.headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
            cookies.and_then(|cookies| session::from_cookies(cookies, app.door.origin.is_https()))
        }
    };
    let id = id.ok_or_else(out)?;
    let found = app.db.read(move |tx| store::account::find_session(tx, &id.sha256())).await?.ok_or_else(out)?;
    // A session is the office's or one device's, and opens nothing elsewhere.
    if found.session.device.as_ref() != device.as_ref().map(|device| &device.code.id) {
        return Err(out());
    }
    if !session::is_living(&found, asked.now) {
        // Ended for good: also when the clock is put back later.
        spared(app.db.write(move |tx| store::account::end_session(tx, &found.session.id_sha256)).await)?;
        return Err(out());
    }
    let tenant = Tenant::of_gate(found.institution.code.clone());
    let trail = Trail::new(asked.now, Some(tenant.code().clone()), actor_of(&found.account.user), asked.address, asked.name);
    if device.is_none() {
        certificate::admits(app, &tenant, asked.presented, asked.now, &trail).await?;
    }
    // What is locked is not in use, whatever asks.
    if asked.now >= found.session.seen_at.plus_ms(session::TOUCH_MS) && !session::is_locked(&found.session, asked.now) {
        let (id, now) = (found.session.id_sha256, asked.now);
        spared(app.db.write(move |tx| store::account::touch_session(tx, &id, now)).await)?;
    }
    check_standing(&found, asked)?;
    Ok(Staff { tenant, found })
}

/// The same, of a session that is not locked (OT-18, X45).
async fn unlocked(app: &App, asked: &Asked<'_>) -> Result<Staff, Refused> {
    let staff = staff(app, asked).await?;
    if session::is_locked(&staff.found.session, asked.now) { Err(Refused::new(Code::Locked)) } else { Ok(staff) }
}

/// The facility's user of a living session.
async fn applicant(app: &App, asked: &Asked<'_>) -> Result<Applicant, Refused> {
    let out = || Refused::new(Code::Session);
    let cookies = asked.headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).ok_or_else(out)?;
    let id = session::applicant_from_cookies(cookies, app.door.origin.is_https()).ok_or_else(out)?;
    let (session, found) = app.db.read(move |tx| store::portal::find_session(tx, &id.sha256())).await?.ok_or_else(out)?;
    let (id, now) = (session.id_sha256, asked.now);
    if !crate::portal::is_living(&session, now) {
        // Ended for good: also when the clock is put back later.
        spared(app.db.write(move |tx| store::portal::end_session(tx, &id)).await)?;
        return Err(out());
    }
    if now >= session.seen_at.plus_ms(session::TOUCH_MS) {
        spared(app.db.write(move |tx| store::portal::touch_session(tx, &id, now)).await)?;
    }
    let tenant = found.institution.clone().map(Tenant::of_gate);
    Ok(Applicant { session, found, tenant })
}

/// A note on a session that a full disk or too much load keeps from being made: whoever only reads goes on.
fn spared(noted: Result<(), StoreError>) -> Result<(), StoreError> {
    match noted {
        Err(cause @ (StoreError::Full | StoreError::Busy)) => {
            tracing::warn!(%cause, "a session could not be noted");
            Ok(())
        }
        noted => noted,
    }
}

/// The audit rows of one call.
fn trail(proved: &Proved, now: UnixMs, address: IpAddr, name: &'static str) -> Trail {
    Trail::new(now, proved.tenant().map(|tenant| tenant.code().clone()), proved.actor(), address, name)
}

/// Collects the routes of the API, and which endpoints they serve.
pub(crate) struct Routes {
    router: Router<Arc<App>>,
    rows: Vec<EndpointRow>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), rows: Vec::new() }
    }

    pub(crate) fn done(self) -> (Router<Arc<App>>, Vec<EndpointRow>) {
        (self.router, self.rows)
    }
}

impl Serve for Routes {
    fn on<E, R, F, A>(mut self, handler: F) -> Self
    where
        E: Endpoint + Send + 'static,
        E::Request: Send + 'static,
        R: Right + 'static,
        F: Fn(Arc<App>, Call<E, R>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<Reply<E::Response>, Refused>> + Send,
    {
        const { assert!(R::KIND as u8 == RightKind::of(E::PERMISSION) as u8, "the handler takes another right than the endpoint asks for") };
        let method = match E::METHOD {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
        };
        let serve = move |State(app): State<Arc<App>>, request: Request| {
            let handler = handler.clone();
            let is_device = device::is_of_device(request.headers());
            async move {
                let outcome = answer::<E, R, F, A>(&app, request, handler).await;
                let mut response = outcome.unwrap_or_else(|refused| {
                    if refused.refusal.code == Code::Internal {
                        tracing::error!(call = E::NAME, cause = refused.inner.as_deref().map(chain), "request failed");
                    } else {
                        tracing::debug!(call = E::NAME, code = refused.refusal.code.word(), "request refused");
                    }
                    refusal_response(&refused)
                });
                if is_device && let Ok(nonce) = HeaderValue::from_str(&crate::device::nonce(&app.visit_key, app.clock.now())) {
                    response.headers_mut().insert(NONCE_HEADER, nonce);
                }
                response
            }
        };
        self.router = self.router.route(E::PATH, on(method, serve));
        self.rows.push(E::ROW);
        self
    }
}

async fn answer<E, R, F, A>(app: &Arc<App>, request: Request, handler: F) -> Result<Response, Refused>
where
    E: Endpoint,
    R: Right,
    F: Fn(Arc<App>, Call<E, R>) -> A,
    A: Future<Output = Result<Reply<E::Response>, Refused>>,
{
    let (mut parts, body) = request.into_parts();
    check_origin::<E>(app, &parts)?;
    let named = named_parts(&mut parts).await;
    let part = |name: &str| named.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_str());
    let now = app.clock.now();
    let address = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let first = E::PARTS.first().and_then(|name| part(name)).unwrap_or_default();
    let is_reading = E::METHOD == Method::Get || is_reading_post(E::NAME);
    let presented = parts.extensions.get::<Presented>();
    // What a device sends it has signed as a whole; of anybody else nothing is read before the right is proved.
    let (early, late) = if device::is_of_device(&parts.headers) { (Some(body), None) } else { (None, Some(body)) };
    let read = async |body: Option<Body>| match (E::METHOD, body) {
        (Method::Post, Some(body)) => read_body(app, &parts.headers, body, E::BODY.max()).await,
        _ => Ok(Bytes::new()),
    };
    let early = read(early).await?;
    let path = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |path| path.as_str());
    let signed = device::Signed { method: E::METHOD.word(), path: path.into(), body: &early };
    let asked = Asked {
        name: E::NAME,
        route: E::PATH,
        permission: E::PERMISSION,
        part: first,
        headers: &parts.headers,
        presented,
        address,
        now,
        is_reading,
        signed,
    };
    let proved = prove(app, &asked).await?;
    let path = E::from_parts(part).ok_or_else(|| Refused::new(Code::NotFound))?;
    let bytes = if late.is_some() { read(late).await? } else { early };
    let json: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    let body = serde_json::from_slice(json).map_err(|why| Refused::new(Code::Request).because(BadBody(why.classify())))?;
    let press = match E::AGAIN {
        Again::Harmless => None,
        Again::Keyed | Again::KeyedOnce => Some(press(E::NAME, &parts, &bytes, &proved, now)?),
    };
    let trail = trail(&proved, now, address, E::NAME);
    let refused_row = trail.clone();
    let cookies = parts.headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    let browser = cookies.and_then(|cookies| session::browser_from_cookies(cookies, app.door.origin.is_https()));
    // What was proved is what the permission asks for, and that is what the handler takes.
    let right = R::of(proved).ok_or_else(|| Refused::new(Code::Internal))?;
    let presented = parts.extensions.get::<Presented>().cloned();
    let call = Call::new(path, right, body, Sender { address, browser, presented, now }, trail, press);
    // What an account pressed and a rule refused is on the record like what was done.
    let refused_row = (matches!(E::AUDIT, Audit::Row) && !matches!(E::AGAIN, Again::Harmless)).then_some(refused_row);
    let outcome = handler(Arc::clone(app), call).await.map(reply_response);
    let code = outcome.as_ref().err().map(|refused| refused.refusal.code);
    if let (Some(trail), Some(code)) = (refused_row, code.filter(|code| !matches!(code, Code::Wait | Code::Internal))) {
        app.db.write(move |tx| rule::audit::refused(tx, &trail.refused(code))).await?;
    }
    outcome
}

/// What a press of a person stands for: its key, and the whole request, so that one key is never two requests.
fn press(name: &'static str, parts: &Parts, body: &[u8], proved: &Proved, now: UnixMs) -> Result<Press, Refused> {
    let refused = || Refused::new(Code::Request).because(NoKey);
    let header = parts.headers.get(KEY_HEADER).and_then(|value| value.to_str().ok()).ok_or_else(refused)?;
    let key = Base64::parse(header).ok().filter(|key| (16..=32).contains(&key.0.len())).ok_or_else(refused)?;
    let user = proved.user().ok_or_else(refused)?.clone();
    let request = [parts.uri.path().as_bytes(), b"\n", body].concat();
    let seed = crate::sha256(&[b"uketsuke press\n", &*key.0].concat());
    Ok(Press { user, key_sha256: crate::sha256(&key.0), endpoint: name, request_sha256: crate::sha256(&request), seed, at: now })
}

/// A call that needs a key and has none.
#[derive(Debug, thiserror::Error)]
#[error("no key of 16 to 32 bytes in {KEY_HEADER}")]
struct NoKey;

/// A body that is no such JSON: only the kind of the fault, since the parser's own words may quote the body.
#[derive(Debug, thiserror::Error)]
#[error("body: {0:?}")]
struct BadBody(serde_json::error::Category);

/// A body that came too late or was too long.
#[derive(Debug, thiserror::Error)]
#[error("body too long, too late, or not JSON by its header")]
struct NoBody;

/// Refuses what the browser says another site asked for.
pub(crate) fn check_site(headers: &HeaderMap) -> Result<(), Refused> {
    match headers.get("sec-fetch-site").and_then(|value| value.to_str().ok()) {
        Some("cross-site" | "same-site") => Err(Refused::new(Code::Forbidden)),
        _ => Ok(()),
    }
}

/// A call may come from our own pages only: browsers say so on every POST, and we believe nothing else.
fn check_origin<E: Endpoint>(app: &App, parts: &Parts) -> Result<(), Refused> {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let foreign = || Refused::new(Code::Forbidden);
    check_site(&parts.headers)?;
    if E::METHOD == Method::Get {
        return Ok(());
    }
    let is_by_cookie = E::PERMISSION.is_by_cookie();
    match parts.headers.get(header::ORIGIN) {
        Some(origin) if origin.as_bytes() != app.door.origin.as_str().as_bytes() => return Err(foreign()),
        None if is_by_cookie => return Err(foreign()),
        _ => {}
    }
    if is_by_cookie && text(SAME_PAGE_HEADER) != Some("1") { Err(foreign()) } else { Ok(()) }
}

async fn named_parts(parts: &mut Parts) -> Vec<(String, String)> {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    params.map(|params| params.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()).unwrap_or_default()
}

async fn read_body(app: &App, headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, Refused> {
    let refused = || Refused::new(Code::Request).because(NoBody);
    // Said beforehand: nothing of it is read.
    if usize::try_from(body.size_hint().lower()).map_or(true, |announced| announced > max) {
        return Err(Refused::new(Code::Request).because(TooLong));
    }
    let read = tokio::time::timeout(app.body_limit, axum::body::to_bytes(body, max)).await;
    let bytes = read.map_err(|_| refused())?.map_err(|_| refused())?;
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|media_type| media_type.split(';').next().is_some_and(|bare| bare.trim().eq_ignore_ascii_case("application/json")));
    if bytes.is_empty() || is_json { Ok(bytes) } else { Err(refused()) }
}

fn reply_response<T: serde::Serialize>(reply: Reply<T>) -> Response {
    match reply {
        Reply::Json(value) => axum::Json(value).into_response(),
        Reply::WithCookie(value, cookie) => reply_response(Reply::WithCookies(value, vec![cookie])),
        Reply::WithCookies(value, cookies) => {
            let mut response = axum::Json(value).into_response();
            for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Reply::File { media_type, name, bytes } => {
            let disposition = format!("attachment; filename=\"{name}\"");
            ([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response()
        }
    }
}

/// An error and its causes in one line.
fn chain(error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use shared::api::factor::STEP_UP_MS;
    use shared::api::{Answer, Audit, Body as Carried};
    use shared::domain::account::{AccountKind, UserId};
    use shared::domain::calendar::CivilDate;
    use shared::domain::institution::InstitutionCode;
    use tower::ServiceExt as _;

    use super::*;
    use crate::clock::Clock;
    use crate::random::Random;
    use crate::session::SessionId;
    use crate::store::db::Db;
    use crate::store::{Account, Institution, NewInstitution, SessionRecord};

    /// An endpoint of no table, for an act.
    macro_rules! endpoint {
        ($Name:ident, $path:literal, $act:expr) => {
            struct $Name;

            impl Endpoint for $Name {
                const NAME: &'static str = $path;
                const METHOD: Method = Method::Get;
                const PATH: &'static str = $path;
                const PARTS: &'static [&'static str] = &[];
                const PERMISSION: Permission = Permission::Account($act);
                const BODY: Carried = Carried::None;
                const ANSWER: Answer = Answer::Json;
                const AUDIT: Audit = Audit::None;
                const AGAIN: Again = Again::Harmless;
                type Request = ();
                type Response = u32;

                fn path(&self) -> String {
                    $path.to_owned()
                }

                fn from_parts<'a>(_: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
                    Some(Self)
                }
            }
        };
    }
    endpoint!(Allowed, "/api/test/allowed", Act::ReadNotices);
    endpoint!(Refusing, "/api/test/refusing", Act::UseDevice);
    endpoint!(SteppingUp, "/api/test/stepping-up", Act::Export);

    async fn answer_of<E: Endpoint<Request = (), Response = u32>>(_: Arc<App>, _: Call<E, Staff>) -> Result<Reply<u32>, Refused> {
        Ok(Reply::Json(1))
    }

    #[tokio::test]
    async fn an_act_that_wants_a_fresh_proof_is_let_through_after_one_only() {
        let folder = tempfile::tempdir().unwrap();
        let (random, clock) = (Random::machine(), Clock::machine());
        let db = Arc::new(Db::open_file(&folder.path().join("u.db")).unwrap());
        let (code, user, now) = (InstitutionCode::try_from("9969900001").unwrap(), UserId::try_from("kanri1").unwrap(), clock.now());
        let account = Account {
            user: user.clone(),
            name: "x".to_owned(),
            kana: String::new(),
            kind: AccountKind::Admin,
            password_hash: "x".to_owned(),
            must_change_password: false,
            valid_from: None,
            valid_until: None,
            suspended_at: None,
        };
        let institution = Institution::new(code.clone(), "x", "");
        let token = ReceptionToken::from_random([1; 32]);
        let new = NewInstitution { institution, token, accounts: vec![account], at: now };
        let id = SessionId::new(&random).unwrap();
        let opened = session::opened(&id, code.clone(), user, now);
        let stale = SessionId::new(&random).unwrap();
        let long_ago = SessionRecord { id_sha256: stale.sha256(), proved_at: now.plus_ms(-STEP_UP_MS), ..opened.clone() };
        let tenant = Tenant::of_operator(&code);
        db.write(move |tx| {
            crate::rule::institution::add(tx, &new)?;
            store::factor::set_demanded_from(tx, &tenant, CivilDate::try_from("2099-04-01").unwrap())?;
            assert!(store::account::add_session(tx, &long_ago, "x")?);
            store::account::add_session(tx, &opened, "x")
        })
        .await
        .unwrap();
        let app = App::of_test(Arc::clone(&db), clock, random);
        let routes = Routes::new().on(answer_of::<Allowed>).on(answer_of::<Refusing>).on(answer_of::<SteppingUp>);
        let router = routes.done().0.with_state(Arc::new(app));
        let cookie = |id| session::set_cookie(id, true).split(';').next().unwrap().to_owned();
        let (forbidden, ok) = (StatusCode::FORBIDDEN, StatusCode::OK);
        for (path, id, wanted) in [
            (Allowed::PATH, &id, (ok, None)),
            (Refusing::PATH, &id, (forbidden, Some(Code::Forbidden))),
            (SteppingUp::PATH, &id, (ok, None)),
            (Allowed::PATH, &stale, (ok, None)),
            (Refusing::PATH, &stale, (forbidden, Some(Code::Forbidden))),
            (SteppingUp::PATH, &stale, (forbidden, Some(Code::StepUp))),
        ] {
            let request = Request::builder().uri(path).header(header::COOKIE, cookie(id)).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            let status = answer.status();
            let body = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
            let code = serde_json::from_slice::<shared::api::Refusal>(&body).ok().map(|refusal| refusal.code);
            assert_eq!((status, code), wanted, "{path}");
        }
        let rows = db.read(move |tx| store::audit::of(tx, &Tenant::of_operator(&code))).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|row| (row.actor.as_str(), row.action.as_ref(), row.outcome.as_str())).collect();
        assert_eq!(rows, [("user kanri1", Refusing::NAME, "U-FORBIDDEN")]);
    }
}
