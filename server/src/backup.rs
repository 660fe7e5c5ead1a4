//! Backup and restore (OT-37, P-BACKUP): everything that an institution's server needs, in one sealed file.
//!
//! [`make`] copies while servers work: the database at one moment, then the keys and other files of the data folder (so each key that
//! the copy refers to is there), the settings file, and what else was asked for. [`restore`] puts a copy into a new folder, after it
//! has read and checked the whole of it. The file is written aside and gets its name once it is on the disk.

pub mod archive;
pub mod make;
pub mod restore;
pub mod seal;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

use crate::store::StoreError;

/// Name of the database in a data folder.
pub const DATABASE: &str = "uketsuke.db";

/// Why there is no backup, or no restored folder.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What the file system said.
    #[error("{0}")]
    Io(&'static str, #[source] io::Error),
    /// No space left where the backup, or the folder, is written to.
    #[error("the disk is full")]
    Full,
    /// What the database said.
    #[error("the database could not be copied")]
    Store(#[from] StoreError),
    /// The key file is missing or none.
    #[error("{0} is no key file of a backup")]
    NoKey(PathBuf, #[source] Option<io::Error>),
    /// Another kind of file.
    #[error("this file is no backup")]
    NotABackup,
    /// The file has no end.
    #[error("the backup is cut off: its end is missing")]
    Cut,
    /// The file is not what was written.
    #[error("the backup is damaged: it is not what was written")]
    Damaged,
    /// Sealed with another key.
    #[error("the backup was made with another key")]
    OtherKey,
    /// A form that this program does not know.
    #[error("the backup has a newer form than this program knows")]
    NewerForm,
    /// Tables that this program does not know.
    #[error("the backup was made by a newer program ({0})")]
    NewerProgram(String),
    /// A backup of the other kind of database.
    #[error("the backup is of a database of {0}")]
    OtherDatabase(String),
    /// A folder with something in it.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// A place where a copy, or its key, would be lost or found together with what it is to save.
    #[error("{0}")]
    BadPlace(&'static str),
    /// Somebody else makes a backup of this folder, or to this folder.
    #[error("another backup is at work here")]
    Busy,
    /// What came out is not what went in.
    #[error("what was restored is not sound: {0}")]
    NotSound(String),
}

impl Failure {
    pub(crate) fn io(what: &'static str, why: io::Error) -> Self {
        match why.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(what, why),
        }
    }

    pub(crate) fn written(why: io::Error) -> Self {
        Self::io("the backup cannot be written", why)
    }

    /// A fault while the sealed content is read.
    pub(crate) fn read(why: io::Error) -> Self {
        match why.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Self::Damaged,
            _ => Self::io("the backup cannot be read", why),
        }
    }

    /// A word for the table of backups and the screen.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Io(..) | Self::BadPlace(_) => "place",
            Self::Full | Self::Store(StoreError::Full) => "full",
            Self::Store(_) => "database",
            Self::NoKey(..) | Self::OtherKey => "key",
            Self::Busy => "busy",
            Self::NotABackup | Self::Cut | Self::Damaged | Self::NotSound(_) => "damaged",
            Self::NewerForm | Self::NewerProgram(_) | Self::OtherDatabase(_) | Self::NotEmpty(_) => "other",
        }
    }

    /// What to do.
    #[must_use]
    pub fn next(&self) -> String {
        let text = match self {
            Self::Io(..) => "check that the folder exists and that this user may write there",
            Self::Full | Self::Store(StoreError::Full) => "make room there; the former backups are as they were",
            Self::Store(StoreError::Broken(_)) => {
                "stop the server, keep a copy of the folder, and restore the newest backup (docs/operate.md)"
            }
            Self::Store(_) => "check --data, --database-url and the rights of this user",
            Self::NoKey(..) => "give the key file with --key; without it no backup made with it can be opened",
            Self::NotABackup => "give a file uketsuke-….uks",
            Self::Cut | Self::Damaged => "take another copy of this backup, or the backup before it",
            Self::OtherKey => "give the key file that was used when the backup was made",
            Self::NewerForm => "install the program that made it, or a newer one",
            Self::NewerProgram(version) => return format!("install uketsuke-server {version} or newer, then restore again"),
            Self::OtherDatabase(kind) if kind == "postgres" => "give an empty PostgreSQL database with --database-url",
            Self::OtherDatabase(_) => "leave --database-url out: it goes into a file in --data",
            Self::NotEmpty(_) => "give a folder that does not exist yet: nothing is ever written over",
            Self::BadPlace(_) => "choose a place on another disk",
            Self::Busy => "wait until it is done",
            Self::NotSound(_) => "take the backup before it, and keep this one for who looks into it",
        };
        text.to_owned()
    }
}
