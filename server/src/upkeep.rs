//! What the server does by the clock: due work, and looking at the clock and at the files of the certificate.

use std::sync::Arc;
use std::time::{Duration, Instant};

use server::clock::{Clock, Jumps};
use server::jobs::Worker;
use server::jobs::backup::Keeper;
use server::store::db::Db;
use server::store::{self, StoreError};
use server::tls::Looked;
use server::{session, tls};
use shared::domain::calendar::UnixMs;

/// How often the table of due work is looked at.
const JOBS_EVERY: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Finds out whether the clock was put back while no server ran.
pub(crate) async fn watch_at_start(db: &Db, jumps: &Jumps, now: UnixMs) -> Result<(), StoreError> {
    match jumps.look_at_start(now, db.read(store::audit::newest_at).await?) {
        Some(by_ms) => session::after_jump(db, by_ms).await,
        None => Ok(()),
    }
}

/// Looks whether the clock goes as time does.
pub(crate) async fn watch_clock(db: Arc<Db>, clock: Clock, jumps: Arc<Jumps>) {
    let begun = Instant::now();
    let mut pending = None;
    loop {
        // What could not be done about a jump is tried again.
        pending = jumps.look(clock.now(), begun.elapsed()).or(pending);
        if let Some(by_ms) = pending {
            match session::after_jump(&db, by_ms).await {
                Ok(()) => pending = None,
                Err(cause) => tracing::error!(%cause, "sessions could not be ended after the clock was put back"),
            }
        }
        pause(LOOK_EVERY).await;
    }
}

/// Does the work that is due by the clock.
pub(crate) async fn do_jobs(worker: Worker) {
    loop {
        if let Err(cause) = worker.run_due().await {
            tracing::warn!(%cause, "the due work could not be looked at");
        }
        pause(JOBS_EVERY).await;
    }
}

/// Makes the backups that are due by the clock.
pub(crate) async fn do_backups(keeper: Keeper) {
    loop {
        if let Err(cause) = keeper.run_due().await {
            tracing::warn!(%cause, "the backups could not be looked at");
        }
        pause(JOBS_EVERY).await;
    }
}

/// Follows the files of the certificate.
pub(crate) async fn follow(mut certificate: tls::Certificate) {
    loop {
        pause(LOOK_EVERY).await;
        match certificate.look() {
            Looked::Same => {}
            Looked::Renewed => tracing::info!("the renewed TLS certificate is in use"),
            Looked::Unusable(why) => {
                let cause = std::error::Error::source(&why).map(ToString::to_string).unwrap_or_default();
                tracing::error!(cause, "the TLS files changed and cannot be used ({why}): the former certificate stays in use");
            }
        }
    }
}

/// Work that is done by the clock and by nothing else.
#[expect(clippy::disallowed_methods, reason = "nothing to wait for but time")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
