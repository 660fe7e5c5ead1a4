//! The light of the link to the レセコン: what the audit log says of the files that were written out.

use shared::api::operation::Fact;
use shared::domain::calendar::UnixMs;
use shared::domain::operation::Light;

use super::Measured;
use crate::app::App;
use crate::store::StoreError;
use crate::store::operation::{finished_after, last_export};
use crate::tenant::Tenant;

/// Rows older than this say nothing about today, milliseconds: 30 days.
const LOOK_BACK_MS: i64 = 30 * 24 * 60 * 60_000;
/// A finished check is written out within this time where the link runs, milliseconds.
const WAITING_MS: i64 = 15 * 60_000;

/// The last check that was written out, and whether any wait longer than they should.
pub(super) async fn look(app: &App, tenant: &Tenant, now: UnixMs) -> Result<Measured, StoreError> {
    let of = tenant.clone();
    // Off the thread of the visits: an institution that never writes out has all its rows of 30 days looked at.
    let found = app.db.search(move |tx| {
        let Some((at, is_handed_over)) = last_export(tx, &of, now.plus_ms(-LOOK_BACK_MS))? else { return Ok(None) };
        Ok(Some((at, is_handed_over, finished_after(tx, &of, at)?)))
    });
    Ok(match found.await? {
        None => Measured::unknown(Fact::NoExport),
        Some((at, false, _)) => Measured::new(Light::Bad, Fact::ExportFailed { at }),
        Some((at, true, (waiting, oldest))) => {
            let is_late = oldest.is_some_and(|oldest| oldest.plus_ms(WAITING_MS) < now);
            let light = if is_late { Light::Attention } else { Light::Good };
            Measured::new(light, Fact::Exported { at, waiting, oldest })
        }
    })
}
