//! OT-37 バックアップと復元.

use std::sync::Arc;

use shared::api::backup::{BackupStatus, Backups};

use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule;

/// The endpoint of this screen, by its handler.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(status)
}

async fn status(app: Arc<App>, call: Call<Backups, Staff>) -> Result<Reply<BackupStatus>, Refused> {
    let now = call.now;
    Ok(Reply::Json(app.db.read(move |tx| rule::backup::status(tx, now)).await?))
}
