//! What 稼働状況 looks at besides the database: the disk, and what monitoring was told last.

use std::path::PathBuf;
use std::sync::Mutex;

use shared::domain::calendar::UnixMs;

/// What this server can be asked about besides its database.
pub struct Watch {
    /// Free space where the data is, bytes; `None` where it cannot be seen.
    pub free_space: Box<dyn Fn() -> Option<u64> + Send + Sync>,
    /// The last answer to a monitoring program.
    pub(crate) health: Mutex<Option<Known>>,
}

impl Watch {
    /// Looks at the disk of a folder.
    #[must_use]
    pub fn of_folder(folder: PathBuf) -> Self {
        Self::with(move || free_space(&folder))
    }

    /// Asks this about free space.
    #[must_use]
    pub fn with(free_space: impl Fn() -> Option<u64> + Send + Sync + 'static) -> Self {
        Self { free_space: Box::new(free_space), health: Mutex::default() }
    }
}

/// Sees no disk.
impl Default for Watch {
    fn default() -> Self {
        Self::with(|| None)
    }
}

#[cfg(unix)]
fn free_space(folder: &std::path::Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(not(unix))]
fn free_space(_: &std::path::Path) -> Option<u64> {
    None
}

/// An answer to a monitoring program, and when it was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) at: UnixMs,
    pub(crate) is_well: bool,
}
