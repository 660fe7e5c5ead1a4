//! `/health`: for the operator's monitoring program. One word, and nothing of what is behind it.

use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use shared::domain::operation::Light;

use super::of_store;
use crate::app::App;
use crate::watch::Known;

/// Where it is asked.
pub(crate) const PATH: &str = "/health";
/// An answer is given again for so long, milliseconds: whoever asks often does not make the disk busy.
const KNOWN_MS: i64 = 5_000;

/// 200 `ok` when a row was written and read back within the last five seconds, else 503 `failing`.
pub(crate) async fn answer(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    let now = app.clock.now();
    let known = *app.watch.health.lock().unwrap_or_else(PoisonError::into_inner);
    let is_well = match known {
        Some(known) if (0..KNOWN_MS).contains(&now.0.saturating_sub(known.at.0)) => known.is_well,
        _ => {
            let is_well = of_store(&app, now).await.light != Light::Bad;
            *app.watch.health.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known { at: now, is_well });
            is_well
        }
    };
    if is_well { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "failing\n") }
}
