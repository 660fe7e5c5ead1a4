//! What the machine gives a server: open files, and the signals that stop it.

use server::accept::Limits;

/// Files that are open besides connections: database, pages, sockets of the runtime.
const OTHER_FILES: usize = 64;

/// The limits of this machine: as many connections as it allows open files for, after asking for as many as it may give.
pub(crate) fn limits() -> Limits {
    let limits = Limits::default();
    #[cfg(unix)]
    let limits = {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let allowed = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: allowed.maximum, maximum: allowed.maximum };
        let files = if setrlimit(Resource::Nofile, raised).is_ok() { allowed.maximum } else { allowed.current };
        let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
        let connections = limits.connections.min(files.saturating_sub(OTHER_FILES).max(1));
        if connections < limits.connections {
            tracing::warn!(connections, "fewer connections than usual: the machine allows {files} open files (ulimit -n)");
        }
        Limits { connections, ..limits }
    };
    limits
}

/// Starts listening for the signals at once, and gives what to wait for: one that comes right after `ready` counts too.
pub(crate) fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without a way to be told, the process runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
