//! The light of the backup.

use shared::api::backup::BackupState;
use shared::api::operation::Fact;
use shared::domain::calendar::UnixMs;
use shared::domain::operation::Light;

use super::Measured;
use crate::app::App;
use crate::rule;
use crate::store::StoreError;

/// How the backups stand (OT-37, P-BACKUP): the last good one, and whether it is young enough and a restore was tried.
pub(super) async fn look(app: &App, now: UnixMs) -> Result<Measured, StoreError> {
    let status = app.db.read(move |tx| rule::backup::status(tx, now)).await?;
    let last = status.last_good.map(|row| row.made_at);
    let fact = last.map_or(Fact::Overdue { last }, |at| Fact::Done { at });
    Ok(match status.state {
        BackupState::Good => Measured::new(Light::Good, fact),
        BackupState::Untried | BackupState::NotSetUp => Measured::new(Light::Attention, fact),
        BackupState::Old => Measured::new(Light::Bad, Fact::Overdue { last }),
    })
}
