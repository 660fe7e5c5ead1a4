//! What the device page needs to stand on a home screen and to open without network: its manifest, its service worker, and the build that
//! is served now.

use std::sync::Arc;

use axum::extract::{Extension, Path as UrlPath, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use shared::api::Code;

use super::Pages;
use crate::app::App;
use crate::gate::check_site;
use crate::headers::WORKER_CSP;
use crate::home_screen;
use crate::refused::{Refused, refusal_response};
use crate::store;

/// The manifest before a device belongs to an institution.
pub(super) async fn neutral(Extension(pages): Extension<Arc<Pages>>) -> Response {
    manifest(&pages, None)
}

/// The manifest of an institution's devices. Whoever asks with a path that this server did not give, or for an institution that is no
/// longer there, reads the neutral one, byte for byte.
pub(super) async fn of_institution(
    State(app): State<Arc<App>>,
    Extension(pages): Extension<Arc<Pages>>,
    UrlPath(part): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = check_site(&headers) {
        return refusal_response(&refused);
    }
    let Some(code) = home_screen::read(&app.visit_key, &part) else { return manifest(&pages, None) };
    match app.db.read(move |tx| store::institution::living_name(tx, &code)).await {
        Ok(name) => manifest(&pages, name.as_deref()),
        Err(why) => refusal_response(&why.into()),
    }
}

/// The identity stays the same, so that a device that is activated after it was put on the home screen is no second app.
fn manifest(pages: &Pages, name: Option<&str>) -> Response {
    let icons: Vec<_> = (pages.device_icons.iter())
        .map(|icon| serde_json::json!({ "src": icon.src, "sizes": icon.sizes, "type": icon.media_type, "purpose": icon.purpose }))
        .collect();
    let manifest = serde_json::json!({
        "id": "/d",
        "name": name.map_or_else(|| "uketsuke 端末".to_owned(), |name| format!("端末 {name}")),
        "short_name": "端末",
        "lang": "ja",
        "start_url": "/d",
        "scope": "/d",
        "display": "standalone",
        "theme_color": "#0b5c5a",
        "background_color": "#ffffff",
        "icons": icons,
    });
    ([(header::CONTENT_TYPE, "application/manifest+json")], manifest.to_string()).into_response()
}

/// The service worker (`web/worker.js`): for `/d` and what is below it, and no other desk.
pub(super) async fn worker(Extension(pages): Extension<Arc<Pages>>) -> Response {
    let Some(text) = &pages.worker else { return refusal_response(&Refused::new(Code::NotFound)) };
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, WORKER_CSP),
        (header::HeaderName::from_static("service-worker-allowed"), "/d"),
    ];
    (headers, text.clone()).into_response()
}

/// Which build of the device page is served, as one word: an open page compares it with its own, and sees that the line is there.
pub(super) async fn build(Extension(pages): Extension<Arc<Pages>>) -> Response {
    match &pages.device_build {
        Some(build) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], build.clone()).into_response(),
        None => refusal_response(&Refused::new(Code::NotFound)),
    }
}
