//! The light of the backup.

use shared::api::operation::Fact;
use shared::domain::calendar::UnixMs;

use super::Measured;
use crate::app::App;
use crate::store::StoreError;
use crate::tenant::Tenant;

/// How the backup stands (P-BACKUP: every 3 hours, kept 7 days). This release makes none by itself, so nothing is known.
#[expect(clippy::unused_async, reason = "asks the store once there are backups")]
pub(super) async fn look(_: &App, _: &Tenant, _: UnixMs) -> Result<Measured, StoreError> {
    Ok(Measured::unknown(Fact::NotSetUp))
}
