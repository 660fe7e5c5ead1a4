//! The light of the client certificates.

use shared::api::operation::Fact;
use shared::domain::calendar::UnixMs;

use super::Measured;
use crate::app::App;
use crate::store::StoreError;
use crate::tenant::Tenant;

/// How the institution's client certificates stand (P-CERT). This release issues none, so nothing is known.
#[expect(clippy::unused_async, reason = "asks the store once there are certificates")]
pub(super) async fn look(_: &App, _: &Tenant, _: UnixMs) -> Result<Measured, StoreError> {
    Ok(Measured::unknown(Fact::NotSetUp))
}
