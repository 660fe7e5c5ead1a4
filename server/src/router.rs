//! The whole router: every endpoint behind the gate, the pages, and what every answer has in common.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use shared::api::{Code, EndpointRow, Stored};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::desk::{bedside, device, link, office, portal, provisional, reception};
use crate::door;
use crate::elsewhere::only_these_desks;
use crate::gate::Routes;
use crate::headers;
use crate::operation::health;
use crate::pages::{self, Pages};
use crate::refused::{Refused, refusal_response};

/// Every endpoint of every desk, behind the gate.
fn api() -> (Router<Arc<App>>, Vec<EndpointRow>) {
    let gate = office::serve(provisional::serve(reception::serve(Routes::new())));
    link::serve(bedside::serve(device::serve(portal::serve(gate)))).done()
}

/// The router of a server with these parts and pages.
pub(crate) fn router(parts: App, pages: Pages) -> Router {
    let parts = Arc::new(parts);
    let (api, _) = api();
    api.merge(pages::routes(pages))
        .route(door::REPORTS, post(headers::take_report))
        .route(health::PATH, get(health::answer))
        .fallback(pages::nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&parts), only_these_desks))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&parts), headers::only_this_host))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&parts), headers::add))
        .with_state(parts)
}

async fn wrong_method() -> Response {
    let mut response = refusal_response(&Refused::new(Code::Request));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

fn after_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    // The panic's own text may hold anything: it goes to the panic hook's log line, not to the person.
    tracing::error!("a request ended in a panic");
    refusal_response(&Refused::new(Code::Internal).stored(Stored::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_of_the_table_is_served_once() {
        let (_, mut served) = api();
        let mut wanted: Vec<EndpointRow> = shared::api::table().copied().collect();
        served.sort_by_key(|row| row.name);
        wanted.sort_by_key(|row| row.name);
        assert_eq!(served, wanted);
    }
}
