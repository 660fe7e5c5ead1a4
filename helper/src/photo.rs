//! How a page gets the photo of the card.
//!
//! `GET /photo/{ticket}` gives it away once, to the origin that asked for it, while that page's connection lasts and at most a minute.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use crate::app::App;
use crate::gate::Visitor;
use crate::hub::Input;

/// `HEAD /photo/{ticket}`: whether a photo waits there is not told, and none is used up.
pub(crate) async fn head() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET")]).into_response()
}

/// `GET /photo/{ticket}`, in CORS mode: the gate wants an Origin.
pub(crate) async fn give(State(app): State<App>, Path(ticket): Path<String>, Extension(visitor): Extension<Visitor>) -> Response {
    let Visitor::Allowed(origin) = visitor else { return StatusCode::FORBIDDEN.into_response() };
    let readable = [(ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_str().to_owned())];
    let (reply, photo) = oneshot::channel();
    app.hub.tell(Input::PhotoWanted { ticket, origin, reply });
    match photo.await {
        Ok(png) => (readable, [(CONTENT_TYPE, "image/png")], png).into_response(),
        Err(_) => (StatusCode::NOT_FOUND, readable).into_response(),
    }
}
