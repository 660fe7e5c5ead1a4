//! The one way from an endpoint's type to a route: its right is checked before its handler can run.
//!
//! A handler takes the right as a value ([`Page`], [`Holder`], [`Staff`], [`Nobody`]), so leaving the check out does not
//! compile, and a right of the wrong kind for the endpoint's `PERMISSION` does not compile either.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequestParts as _, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use shared::api::{Code, Detail, Endpoint, Method, Permission, Refusal, Row, SAME_PAGE_HEADER, VISIT_SECRET_HEADER};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::ReceptionToken;

use crate::app::App;
use crate::refused::{Refused, TooLong};
use crate::session;
use crate::store;
use crate::store::{ReceptionPage, SessionFound, Visit, VisitId};
use crate::visit::is_secret;

/// The address of the peer, put into each request by the accept loop; never taken from a header.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// A request that passed its check.
pub(crate) struct Call<R, B> {
    /// Who, and for whom.
    pub(crate) right: R,
    /// The variable part of the path; empty when there is none.
    pub(crate) part: String,
    /// The body.
    pub(crate) body: B,
    /// Where it came from.
    pub(crate) address: IpAddr,
    /// The browser's id, where it brought one; anyone may invent one.
    pub(crate) browser: Option<session::SessionId>,
    /// When.
    pub(crate) now: UnixMs,
}

/// What a handler answers.
pub(crate) enum Reply<T> {
    /// JSON.
    Json(T),
    /// JSON, and a `Set-Cookie`.
    WithCookie(T, String),
    /// JSON, and several of them.
    WithCookies(T, Vec<String>),
    /// A file to download.
    File {
        /// Media type.
        media_type: &'static str,
        /// Name for the download; ASCII.
        name: String,
        /// Content.
        bytes: Vec<u8>,
    },
}

/// Kinds of rights, one per variant of [`Permission`] that differs in what it proves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Nobody,
    Page,
    Holder,
    Staff,
}

const fn kind_of(permission: Permission) -> Kind {
    match permission {
        Permission::Anyone => Kind::Nobody,
        Permission::ReceptionPage => Kind::Page,
        Permission::VisitHolder => Kind::Holder,
        Permission::AnyAccount | Permission::Office(_) => Kind::Staff,
    }
}

/// A right that a request can prove.
pub(crate) trait Right: Sized + Send {
    /// Which permission it answers to.
    const KIND: Kind;
    /// Proves it, or refuses.
    fn prove(app: &App, permission: Permission, asked: &Asked<'_>) -> impl Future<Output = Result<Self, Refused>> + Send;
}

/// What a right is proved with.
pub(crate) struct Asked<'a> {
    part: &'a str,
    headers: &'a HeaderMap,
    now: UnixMs,
}

/// No right: anyone.
pub(crate) struct Nobody;

impl Right for Nobody {
    const KIND: Kind = Kind::Nobody;

    async fn prove(_: &App, _: Permission, _: &Asked<'_>) -> Result<Self, Refused> {
        Ok(Self)
    }
}

/// The page behind a token, current or former.
pub(crate) async fn page_behind(app: &App, token: &ReceptionToken) -> Result<Option<ReceptionPage>, store::StoreError> {
    let hash = crate::sha256(token.as_str().as_bytes());
    app.db.read(move |tx| store::institution::page_behind(tx, &hash)).await
}

/// The page behind a current reception URL.
pub(crate) struct Page(pub(crate) ReceptionPage);

impl Right for Page {
    const KIND: Kind = Kind::Page;

    async fn prove(app: &App, _: Permission, asked: &Asked<'_>) -> Result<Self, Refused> {
        open_page(app, asked.part).await.map(Self)
    }
}

/// The page behind a token: current, and of an institution that uses it. Everything below `/r/{token}` that names the
/// institution asks here.
pub(crate) async fn open_page(app: &App, token: &str) -> Result<ReceptionPage, Refused> {
    let token = ReceptionToken::try_from(token).map_err(|why| Refused::new(Code::NotFound).because(why))?;
    let found = page_behind(app, &token).await?;
    let page = found.ok_or_else(|| Refused::new(Code::NotFound))?;
    if !page.is_current {
        return Err(Refused::new(Code::X18).with(Detail::Contact(page.institution.contact)));
    }
    if !page.institution.uses_home_visit {
        return Err(Refused::new(Code::X19).with(Detail::Contact(page.institution.contact)));
    }
    Ok(page)
}

/// The tablet that opened the visit.
pub(crate) struct Holder(pub(crate) Visit);

impl Right for Holder {
    const KIND: Kind = Kind::Holder;

    async fn prove(app: &App, _: Permission, asked: &Asked<'_>) -> Result<Self, Refused> {
        let not_there = || Refused::new(Code::NotFound);
        let id = VisitId::parse(asked.part).ok_or_else(not_there)?;
        let header = asked.headers.get(VISIT_SECRET_HEADER).and_then(|value| value.to_str().ok());
        let secret = header.and_then(|text| Base64::parse(text).ok()).ok_or_else(not_there)?;
        if !is_secret(&app.visit_key, &id, &secret) {
            return Err(not_there());
        }
        app.db.read(move |tx| store::visit::find(tx, &id)).await?.map(Self).ok_or_else(not_there)
    }
}

/// A logged-in account; of a listed kind and past its first password where the endpoint asks for it.
pub(crate) struct Staff(pub(crate) SessionFound);

impl Right for Staff {
    const KIND: Kind = Kind::Staff;

    async fn prove(app: &App, permission: Permission, asked: &Asked<'_>) -> Result<Self, Refused> {
        let out = || Refused::new(Code::Session);
        let cookies = asked.headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).ok_or_else(out)?;
        let id = session::from_cookies(cookies, app.origin.is_https()).ok_or_else(out)?;
        let found = app.db.read(move |tx| store::account::find_session(tx, &id.sha256())).await?.ok_or_else(out)?;
        if !session::is_living(&found, asked.now) {
            // Ended for good: also when the clock is put back later.
            app.db.write(move |tx| store::account::end_session(tx, &found.session.id_sha256)).await?;
            return Err(out());
        }
        if let Permission::Office(kinds) = permission {
            if found.account.must_change_password {
                return Err(Refused::new(Code::X39));
            }
            if !kinds.contains(&found.account.kind) {
                return Err(Refused::new(Code::Forbidden));
            }
        }
        if asked.now >= found.session.seen_at.plus_ms(session::TOUCH_MS) {
            let (id, now) = (found.session.id_sha256, asked.now);
            app.db.write(move |tx| store::account::touch_session(tx, &id, now)).await?;
        }
        Ok(Self(found))
    }
}

/// Collects the routes of the API, and which endpoints they serve.
pub(crate) struct Routes {
    router: Router<Arc<App>>,
    rows: Vec<Row>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), rows: Vec::new() }
    }

    /// Serves `E` with `handler`; its body is at most `body_max` bytes.
    pub(crate) fn route<E, R, F, A>(mut self, body_max: usize, handler: F) -> Self
    where
        E: Endpoint + 'static,
        E::Request: Send + 'static,
        R: Right + 'static,
        F: Fn(Arc<App>, Call<R, E::Request>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<Reply<E::Response>, Refused>> + Send,
    {
        const { assert!(kind_of(E::PERMISSION) as u8 == R::KIND as u8, "the handler takes another right than the endpoint asks for") };
        let method = match E::METHOD {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
        };
        let serve = move |State(app): State<Arc<App>>, request: Request| {
            let handler = handler.clone();
            async move {
                let outcome = answer::<E, R, F, A>(&app, request, body_max, handler).await;
                outcome.unwrap_or_else(|refused| {
                    if refused.refusal.code == Code::Internal {
                        tracing::error!(call = E::NAME, cause = refused.inner.as_deref().map(chain), "request failed");
                    } else {
                        tracing::debug!(call = E::NAME, code = refused.code_text(), "request refused");
                    }
                    refusal_response(&refused)
                })
            }
        };
        self.router = self.router.route(E::PATH, on(method, serve));
        self.rows.push(E::ROW);
        self
    }

    pub(crate) fn done(self) -> (Router<Arc<App>>, Vec<Row>) {
        (self.router, self.rows)
    }
}

async fn answer<E, R, F, A>(app: &Arc<App>, request: Request, body_max: usize, handler: F) -> Result<Response, Refused>
where
    E: Endpoint,
    R: Right,
    F: Fn(Arc<App>, Call<R, E::Request>) -> A,
    A: Future<Output = Result<Reply<E::Response>, Refused>>,
{
    let (mut parts, body) = request.into_parts();
    check_origin::<E>(app, &parts)?;
    let part = first_part(&mut parts).await;
    let now = app.clock.now();
    let right = R::prove(app, E::PERMISSION, &Asked { part: &part, headers: &parts.headers, now }).await?;
    let body = match E::METHOD {
        Method::Get => Bytes::new(),
        Method::Post => read_body(app, &parts.headers, body, body_max).await?,
    };
    let body: &[u8] = if body.is_empty() { b"null" } else { &body };
    let body = serde_json::from_slice(body).map_err(|why| Refused::new(Code::Request).because(BadBody(why.classify())))?;
    let address = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let cookies = parts.headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    let browser = cookies.and_then(|cookies| session::browser_from_cookies(cookies, app.origin.is_https()));
    let reply = handler(Arc::clone(app), Call { right, part, body, address, browser, now }).await?;
    Ok(reply_response(reply))
}

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
    let is_office = E::PATH.starts_with("/api/office/");
    match parts.headers.get(header::ORIGIN) {
        Some(origin) if origin.as_bytes() != app.origin.as_str().as_bytes() => return Err(foreign()),
        None if is_office => return Err(foreign()),
        _ => {}
    }
    if is_office && text(SAME_PAGE_HEADER) != Some("1") { Err(foreign()) } else { Ok(()) }
}

async fn first_part(parts: &mut Parts) -> String {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    params.ok().and_then(|params| params.iter().next().map(|(_, value)| value.to_owned())).unwrap_or_default()
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

/// The refusal as JSON, with the status that fits it and an honest `Retry-After`.
#[must_use]
pub fn refusal_response(refused: &Refused) -> Response {
    let status = match refused {
        _ if refused.is_overload() => StatusCode::SERVICE_UNAVAILABLE,
        _ if refused.is_too_long() => StatusCode::PAYLOAD_TOO_LARGE,
        _ => status(&refused.refusal),
    };
    let mut response = (status, axum::Json(&refused.refusal)).into_response();
    if let Some(Detail::RetryAfterS(seconds)) = refused.refusal.detail {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal.code {
        Code::Request => StatusCode::BAD_REQUEST,
        Code::Login | Code::Session => StatusCode::UNAUTHORIZED,
        Code::X19 | Code::X39 | Code::X44 | Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Challenge | Code::DoneOtherwise => StatusCode::CONFLICT,
        Code::X18 | Code::X21 => StatusCode::GONE,
        Code::X09 | Code::X10 | Code::X11 | Code::X23 | Code::RealCardInDemo | Code::Password => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Wait => StatusCode::TOO_MANY_REQUESTS,
        Code::X01 | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
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
