//! Headers of every answer, and the one host that is served.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use shared::api::HelperAt;

use crate::app::App;
use crate::door::REPORTS;

/// For everything that is no page of ours: nothing may load or run.
const BARE_CSP: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Two years, as the preload lists ask.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// The policy of a page: own files, the hashes of its inline scripts and styles, and the helper on loopback with its frame, its photo, and
/// the requests by which a page finds out why no socket opens (`helper/PROTOCOL.md` §1.8). No text becomes elements or a program
/// (Trusted Types without any policy; that of the device page gives the address of its service worker and nothing else, whatever it is
/// asked for: `web/device.html`).
#[must_use]
pub fn page_csp(script_hashes: &[String], style_hashes: &[String], helper: HelperAt, powers: Powers) -> String {
    let (worker, trusted) = if powers.has_worker { ("'self'", "uketsuke-worker") } else { ("'none'", "'none'") };
    let (socket, http) = (helper.socket(), helper.http());
    let list = |hashes: &[String]| hashes.iter().map(|hash| format!(" 'sha256-{hash}'")).collect::<String>();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{}; style-src 'self'{}; \
         connect-src 'self' {socket} {http}; frame-src {http}; \
         img-src 'self' data: {http}; \
         worker-src {worker}; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types {trusted}; report-uri {REPORTS}; report-to policy",
        list(script_hashes),
        list(style_hashes)
    )
}

/// The policy of the device page's service worker: it fetches the files of its page, and nothing else.
pub(crate) const WORKER_CSP: &str = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                                     require-trusted-types-for 'script'; trusted-types 'none'";

/// The policy of a page without a program: its inline styles, and nothing else.
#[must_use]
pub(crate) fn plain_csp(style_hashes: &[String]) -> String {
    let hashes: String = style_hashes.iter().map(|hash| format!(" 'sha256-{hash}'")).collect();
    format!("{BARE_CSP}; style-src{hashes}")
}

/// The header that names what of a browser a page may use; axum knows no constant for it.
pub(crate) const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What of a browser a page may use beyond the card reader on loopback.
#[derive(Debug, Clone, Copy)]
pub struct Powers {
    has_camera: bool,
    has_passkeys: bool,
    has_worker: bool,
}

impl Powers {
    /// Nothing: also for every answer that is no page.
    pub const RECEPTION: Self = Self { has_camera: false, has_passkeys: false, has_worker: false };
    /// The camera reads papers; a passkey opens the desk; a service worker opens the page without network.
    pub const DEVICE: Self = Self { has_camera: true, has_passkeys: true, has_worker: true };
    /// A passkey is the second factor.
    pub const OFFICE: Self = Self { has_camera: false, has_passkeys: true, has_worker: false };
}

/// The value of [`PERMISSIONS_POLICY`]; what stands there as `()` no frame of the page gets either.
#[must_use]
pub(crate) fn permissions(powers: Powers, helper: HelperAt) -> String {
    let http = helper.http();
    let only = |is_allowed: bool| if is_allowed { "(self)" } else { "()" };
    let (camera, passkeys) = (only(powers.has_camera), only(powers.has_passkeys));
    format!(
        "loopback-network=(self \"{http}\"), local-network=(), accelerometer=(), camera={camera}, display-capture=(), \
         fullscreen=(self), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), magnetometer=(), microphone=(), midi=(), \
         payment=(), publickey-credentials-create={passkeys}, publickey-credentials-get={passkeys}, screen-wake-lock=(), serial=(), usb=()"
    )
}

/// The header that says where the name `policy` in `report-to` leads: [`REPORTS`]. axum knows no constant for it.
pub(crate) const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");
/// Its value.
pub(crate) const REPORTS_NAMED: HeaderValue = HeaderValue::from_static("policy=\"/csp-report\"");
/// A report is some hundred bytes.
const REPORT_MAX: usize = 16 * 1024;

/// Counts a browser's reports and logs which rule the first one was about. The rest of them names addresses with secrets in them: it goes
/// nowhere.
pub(crate) async fn take_report(State(app): State<Arc<App>>, body: Body) -> StatusCode {
    let read = tokio::time::timeout(app.body_limit, axum::body::to_bytes(body, REPORT_MAX)).await;
    let Some(told) = read.ok().and_then(Result::ok).and_then(|bytes| Told::read(&bytes)) else { return StatusCode::BAD_REQUEST };
    let reports = app.rates.reports.fetch_add(told.reports, Ordering::Relaxed) + told.reports;
    if app.rates.told_reports.take((), app.clock.now()).is_ok() {
        tracing::warn!(rule = told.rule, reports, "a browser kept something of a page from running");
    }
    StatusCode::NO_CONTENT
}

/// What of a browser's reports is kept.
struct Told {
    /// The rule of the first one.
    rule: String,
    /// How many there were.
    reports: u64,
}

impl Told {
    /// Reads both shapes: one report of `report-uri`, and the list of `report-to`, where reports of other kinds may stand between.
    /// `None` where no report about a policy is in it.
    fn read(bytes: &[u8]) -> Option<Self> {
        let said: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let rule_in = |report: &serde_json::Value, name: &str| {
            let rule = report.get(name).and_then(serde_json::Value::as_str);
            rule.filter(|rule| is_rule(rule)).map(str::to_owned)
        };
        let rules: Vec<String> = match said.as_array() {
            Some(list) => list.iter().filter_map(|report| rule_in(report.get("body")?, "effectiveDirective")).collect(),
            None => said.get("csp-report").and_then(|report| rule_in(report, "effective-directive")).into_iter().collect(),
        };
        let reports = u64::try_from(rules.len()).unwrap_or(u64::MAX);
        rules.into_iter().next().map(|rule| Self { rule, reports })
    }
}

/// True for what can be the name of a rule: `script-src-elem`.
fn is_rule(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// The same on every answer.
const FIXED: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

/// The lines of an answer that the HTTP library gives by itself. It opens nothing and holds nothing, so what pages may use is not said.
#[must_use]
pub(crate) fn of_own_answers(is_tls: bool) -> String {
    let own = [("content-security-policy", BARE_CSP), ("cache-control", "no-store"), ("strict-transport-security", HSTS)];
    let lines = FIXED.iter().chain(own.iter().take(if is_tls { 3 } else { 2 }));
    lines.map(|(name, value)| format!("{name}: {value}\r\n")).collect()
}

/// Adds the headers that every answer carries; a page's own policy and caching stay.
pub async fn add(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&permissions(Powers::RECEPTION, app.helper)) {
        headers.entry(PERMISSIONS_POLICY).or_insert(value);
    }
    if app.door.origin.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(BARE_CSP));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Serves the one host of `--origin`: a GET of another is sent there, anything else is refused.
pub async fn only_this_host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut named = request.headers().get_all(header::HOST).iter();
    let host = named.next().and_then(|value| value.to_str().ok());
    let is_ours = named.next().is_none()
        && host.is_some_and(|host| host.eq_ignore_ascii_case(app.door.origin.authority()))
        && request
            .uri()
            .authority()
            .map(Authority::as_str)
            .is_none_or(|authority| authority.eq_ignore_ascii_case(app.door.origin.authority()));
    if is_ours {
        return next.run(request).await;
    }
    if host.is_none() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // Two slashes at the start would name another host.
    let path = if path.starts_with("//") { "/" } else { path };
    let location = HeaderValue::from_str(&format!("{}{path}", app.door.origin.as_str()));
    match location {
        Ok(location) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
