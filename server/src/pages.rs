//! The three pages (reception, device, office) and their files, as Trunk made them.
//!
//! The HTML is read once at start, together with its `.br` and `.gz`; its inline scripts and styles are allowed by hash, so
//! nothing inline runs that was not there at start. Files under `/assets` carry a hash in their name and never change.

mod former;
mod home_screen;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, Path as UrlPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use shared::api::{Code, HelperAt};
use shared::bytes::Base64;
use tower_http::services::ServeDir;

use self::former::{Former, PAGES};
use crate::app::App;
use crate::clock::Clock;
use crate::gate::{check_site, open_page};
use crate::headers::{PERMISSIONS_POLICY, Powers, REPORTING_ENDPOINTS, REPORTS_NAMED, page_csp, permissions, plain_csp};
use crate::refused::{Refused, refusal_response};

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The pages of a server; without a folder there are none, and only the API answers.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    folder: Option<PathBuf>,
    reception: Option<Page>,
    device: Option<Page>,
    office: Option<Page>,
    icons: Vec<Icon>,
    device_icons: Vec<Icon>,
    /// Text of the device page's service worker.
    worker: Option<Bytes>,
    /// Which build of the device page this is.
    device_build: Option<String>,
    former: Option<Arc<Former>>,
}

/// A page in memory.
#[derive(Debug, Clone)]
struct Page {
    html: Bytes,
    br: Option<Bytes>,
    gz: Option<Bytes>,
    csp: HeaderValue,
    permissions: HeaderValue,
}

/// An icon of a page for the home screen.
#[derive(Debug, Clone)]
struct Icon {
    src: String,
    sizes: &'static str,
    media_type: &'static str,
    /// `any`, or `maskable`: the system cuts its own shape out of it.
    purpose: &'static str,
}

/// The icons that the build left for a page.
fn icons_of(folder: &Path, page: &str) -> Vec<Icon> {
    let icons = [
        ("icon-180.png", "180x180", "image/png", "any"),
        ("icon-192.png", "192x192", "image/png", "any"),
        ("icon-512.png", "512x512", "image/png", "any"),
        ("icon-maskable-512.png", "512x512", "image/png", "maskable"),
        ("icon.svg", "any", "image/svg+xml", "any"),
    ];
    icons
        .into_iter()
        .filter(|(name, ..)| folder.join(page).join(name).is_file())
        .map(|(name, sizes, media_type, purpose)| Icon { src: format!("/assets/{page}/{name}"), sizes, media_type, purpose })
        .collect()
}

/// Says which page cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read", file.display())]
pub struct NoPage {
    file: PathBuf,
    #[source]
    inner: std::io::Error,
}

impl Pages {
    /// Reads `index.html` of `FOLDER/reception`, `FOLDER/device` and `FOLDER/office`; for a demo `demo.html`, which says so.
    ///
    /// # Errors
    /// [`NoPage`] when one of them is missing.
    pub fn read(folder: &Path, helper: HelperAt, is_demo: bool) -> Result<Self, NoPage> {
        let device = folder.join("device");
        Ok(Self {
            folder: Some(folder.to_owned()),
            reception: Some(Page::read(&folder.join("reception"), Powers::RECEPTION, helper, is_demo)?),
            device: Some(Page::read(&folder.join("device"), Powers::DEVICE, helper, is_demo)?),
            office: Some(Page::read(&folder.join("office"), Powers::OFFICE, helper, is_demo)?),
            icons: icons_of(folder, "reception"),
            device_icons: icons_of(folder, "device"),
            worker: std::fs::read(device.join("worker.js")).ok().map(Bytes::from),
            device_build: std::fs::read_to_string(device.join("build.txt")).ok(),
            former: None,
        })
    }

    /// Goes on serving the files of the builds before this one for a day; a copy of this one's is left in `folder` for the next.
    #[must_use]
    pub fn with_former(mut self, folder: &Path, clock: &Clock) -> Self {
        if let Some(pages) = &self.folder {
            match Former::keep(folder, pages, clock) {
                Ok(former) => self.former = Some(Arc::new(former)),
                // A page that was opened before this start may then have to be loaded again: no reason to serve nobody.
                Err(why) => tracing::warn!("the files of former builds are not served: {why}"),
            }
        }
        self
    }
}

impl Page {
    fn read(folder: &Path, powers: Powers, helper: HelperAt, is_demo: bool) -> Result<Self, NoPage> {
        let name = if is_demo { "demo.html" } else { "index.html" };
        let file = folder.join(name);
        let text = std::fs::read_to_string(&file).map_err(|inner| NoPage { file: file.clone(), inner })?;
        let hashes = |tag| inline(&text, tag).into_iter().map(csp_hash).collect::<Vec<_>>();
        let csp = HeaderValue::from_str(&page_csp(&hashes("script"), &hashes("style"), helper, powers))
            .map_err(|inner| NoPage { file: file.clone(), inner: std::io::Error::other(inner) })?;
        let permissions =
            HeaderValue::from_str(&permissions(powers, helper)).map_err(|inner| NoPage { file, inner: std::io::Error::other(inner) })?;
        let beside = |suffix: &str| std::fs::read(folder.join(format!("{name}.{suffix}"))).ok().map(Bytes::from);
        Ok(Self { br: beside("br"), gz: beside("gz"), csp, permissions, html: Bytes::from(text) })
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let (body, encoding) = match (&self.br, &self.gz) {
            (Some(br), _) if accepts(headers, "br") => (br, Some("br")),
            (_, Some(gz)) if accepts(headers, "gzip") => (gz, Some("gzip")),
            _ => (&self.html, None),
        };
        let fixed = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, self.csp.clone()),
            (PERMISSIONS_POLICY, self.permissions.clone()),
            (REPORTING_ENDPOINTS, REPORTS_NAMED),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        let mut response = (fixed, body.clone()).into_response();
        if let Some(encoding) = encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// True when `Accept-Encoding` names the encoding and does not rule it out with `q=0`.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        is_named && !parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0)))
    })
}

/// The contents of every `<tag …>…</tag>` that runs or styles by itself (no `src`).
fn inline<'a>(html: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once(open.as_str()) {
        let Some((attributes, after)) = after.split_once('>') else { break };
        let Some((content, after)) = after.split_once(close.as_str()) else { break };
        let is_this_tag = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
        if is_this_tag && !attributes.split_whitespace().any(|attribute| attribute.starts_with("src=")) {
            found.push(content);
        }
        rest = after;
    }
    found
}

/// The hash of an inline block as a policy names it: ordinary base64 with padding.
fn csp_hash(content: &str) -> String {
    let text = Base64(crate::sha256(content.as_bytes()).to_vec()).to_text();
    format!("{}=", text.replace('-', "+").replace('_', "/"))
}

/// Routes of the pages and their files.
pub(crate) fn routes(pages: Pages) -> Router<Arc<App>> {
    let mut router = Router::new()
        .route("/", get(|| async { Redirect::to("/o") }))
        .route("/r/{token}", get(reception_page))
        .route("/r/{token}/manifest.webmanifest", get(manifest))
        .route("/r/{token}/{*rest}", get(reception_page))
        .route("/d", get(device_page))
        .route("/d/manifest.webmanifest", get(home_screen::neutral))
        .route("/d/app/{part}/manifest.webmanifest", get(home_screen::of_institution))
        .route("/d/worker.js", get(home_screen::worker))
        .route("/d/build", get(home_screen::build))
        .route("/d/{*rest}", get(device_page))
        .route("/o", get(office_page))
        .route("/o/{*rest}", get(office_page));
    if let Some(folder) = &pages.folder {
        for name in PAGES {
            let files = files_in(folder.join(name));
            let files = match &pages.former {
                None => Router::new().fallback_service(files),
                Some(former) => Router::new().fallback_service(files.fallback(former_files(former, name))),
            };
            let files = files.layer(axum::middleware::from_fn(assets));
            router = router.nest(&format!("/assets/{name}"), files);
        }
    }
    router.layer(Extension(Arc::new(pages)))
}

fn files_in(folder: PathBuf) -> ServeDir {
    ServeDir::new(folder).append_index_html_on_directories(false).precompressed_br().precompressed_gzip()
}

/// What of a page's former builds is still served.
fn former_files(former: &Arc<Former>, page: &'static str) -> Router {
    let of = Arc::clone(former);
    let within_its_day = axum::middleware::from_fn(move |request: Request, next: Next| {
        let is_served = of.serves(page, request.uri().path().trim_start_matches('/'));
        async move { if is_served { next.run(request).await } else { StatusCode::NOT_FOUND.into_response() } }
    });
    Router::new().fallback_service(files_in(former.folder_of(page))).layer(within_its_day)
}

/// Files with a hash in their name are cached for ever, the others asked for again; the HTML is served at its own
/// address only, since there it carries its policy.
async fn assets(request: Request, next: Next) -> Response {
    if request.uri().path().ends_with(".html") {
        return refusal_response(&Refused::new(Code::NotFound));
    }
    let caching = if has_hash(request.uri().path()) { IMMUTABLE } else { "no-cache" };
    let mut response = next.run(request).await;
    if matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    } else if response.status() == StatusCode::NOT_FOUND {
        return refusal_response(&Refused::new(Code::NotFound));
    }
    response
}

/// True for names such as `reception-77580e229861718c_bg.wasm`: the content's hash, 12 to 16 hexadecimal digits, after a dash.
fn has_hash(path: &str) -> bool {
    let after_dash = path.rsplit_once('-').map(|(_, end)| end).unwrap_or_default();
    let digits = after_dash.bytes().take_while(u8::is_ascii_hexdigit).count();
    (12..=16).contains(&digits) && after_dash.as_bytes().get(digits).is_some_and(|next| matches!(next, b'.' | b'_'))
}

async fn reception_page(Extension(pages): Extension<Arc<Pages>>, headers: HeaderMap) -> Response {
    page_or_none(pages.reception.as_ref(), &headers)
}

async fn device_page(Extension(pages): Extension<Arc<Pages>>, headers: HeaderMap) -> Response {
    page_or_none(pages.device.as_ref(), &headers)
}

async fn office_page(Extension(pages): Extension<Arc<Pages>>, headers: HeaderMap) -> Response {
    page_or_none(pages.office.as_ref(), &headers)
}

/// What a person reads at an address where nothing is.
const NOTHING_HERE: &str = include_str!("pages/nothing_here.html");

/// An address where nothing is. A person gets a page, or the way there without the slash at its end; a program gets the refusal.
pub(crate) async fn nothing_here(request: Request) -> Response {
    let path = request.uri().path();
    let is_for_programs = ["/api/", "/assets/"].iter().any(|start| path.starts_with(start));
    if is_for_programs || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return refusal_response(&Refused::new(Code::NotFound));
    }
    let is_desk = |path: &str| path == "/o" || path == "/d" || path.strip_prefix("/r/").is_some_and(|token| !token.is_empty());
    let without_slash = path.trim_end_matches('/');
    if without_slash != path && is_desk(without_slash) {
        return Redirect::permanent(without_slash).into_response();
    }
    plain_page(StatusCode::NOT_FOUND, NOTHING_HERE)
}

/// A page without a program.
pub(crate) fn plain_page(status: StatusCode, html: impl Into<std::borrow::Cow<'static, str>>) -> Response {
    let html = html.into();
    let hashes: Vec<String> = inline(&html, "style").into_iter().map(csp_hash).collect();
    let Ok(csp) = HeaderValue::from_str(&plain_csp(&hashes)) else { return refusal_response(&Refused::new(Code::NotFound)) };
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    (status, [kind, (header::CONTENT_SECURITY_POLICY, csp)], html).into_response()
}

fn page_or_none(page: Option<&Page>, headers: &HeaderMap) -> Response {
    page.map_or_else(|| refusal_response(&Refused::new(Code::NotFound)), |page| page.answer(headers))
}

/// What a home screen needs to open this reception page again.
async fn manifest(
    State(app): State<Arc<App>>,
    Extension(pages): Extension<Arc<Pages>>,
    UrlPath(token): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    match manifest_of(&app, &pages, &token, &headers).await {
        Ok(manifest) => ([(header::CONTENT_TYPE, "application/manifest+json")], manifest.to_string()).into_response(),
        Err(refused) => refusal_response(&refused),
    }
}

/// It names the institution, so it is behind the same gate and switch as the call that opens the page.
async fn manifest_of(app: &App, pages: &Pages, token: &str, headers: &HeaderMap) -> Result<serde_json::Value, Refused> {
    check_site(headers)?;
    let page = open_page(app, token).await?;
    let start = format!("/r/{token}");
    let icons: Vec<_> =
        pages.icons.iter().map(|icon| serde_json::json!({ "src": icon.src, "sizes": icon.sizes, "type": icon.media_type })).collect();
    Ok(serde_json::json!({
        "name": format!("受付 {}", page.institution.name),
        "short_name": "受付",
        "lang": "ja",
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "icons": icons,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_blocks_are_found_and_files_are_not() {
        let html = "<script type=\"module\">\nlet a;\n</script><script src=\"/x.js\"></script><style>b{}</style><scripted></scripted>";
        assert_eq!(inline(html, "script"), ["\nlet a;\n"]);
        assert_eq!(inline(html, "style"), ["b{}"]);
    }

    #[test]
    fn hashes_are_as_a_policy_wants_them() {
        // The example of CSP Level 2, section 4.2.5.
        assert_eq!(csp_hash("alert('Hello, world.');"), "qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    }

    #[test]
    fn only_names_with_a_hash_never_change() {
        for name in ["/reception-77580e229861718c_bg.wasm", "/part-ffe399c6742d820.css", "/a/tokens-b2630b141a6a6895.css"] {
            assert!(has_hash(name), "{name}");
        }
        for name in ["/icon-180.png", "/a.js", "/reception-.js", "/a-77580e229861718c", "/77580e229861718c.js"] {
            assert!(!has_hash(name), "{name}");
        }
    }

    #[test]
    fn an_encoding_must_be_named_and_not_ruled_out() {
        let headers = |value: &'static str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        assert!(accepts(&headers("gzip, br;q=0.5"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&headers("gzip"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }
}
