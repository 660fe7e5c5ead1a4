//! What a listener does not serve is not there, or elsewhere.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use shared::api::Code;
use shared::api::device::DEVICE_HEADER;

use crate::app::App;
use crate::door::Desks;
use crate::pages::{nothing_here, plain_page};
use crate::refused::{Refused, refusal_response};

/// What a person reads at the office's path where the office is not.
const ELSEWHERE: &str = include_str!("pages/office_elsewhere.html");

/// Lets through what this listener serves; anything else is not there. A page of the office says where it is.
pub(crate) async fn only_these_desks(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if app.door.serves(path, request.headers().contains_key(DEVICE_HEADER)) {
        return next.run(request).await;
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match &app.door.desks {
        Desks::WithoutOffice(office) if is_read && (path == "/" || path == "/o" || path.starts_with("/o/")) => {
            // An origin holds no character that HTML reads otherwise.
            plain_page(StatusCode::NOT_FOUND, ELSEWHERE.replace("{office}", office.as_str()))
        }
        _ if path.starts_with("/api/") || path.starts_with("/assets/") => refusal_response(&Refused::new(Code::NotFound)),
        _ => {
            let mut response = nothing_here(request).await;
            // It would lead to a desk that is not here.
            if response.status().is_redirection() {
                response = StatusCode::NOT_FOUND.into_response();
                response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            response
        }
    }
}
