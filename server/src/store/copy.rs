//! Whole copies of a database, for backups: taken while servers work on it, at one moment of the data.
//!
//! SQLite: `VACUUM INTO` a file beside it (one read transaction; writers go on; rows that were removed are not in it). PostgreSQL:
//! each table by `COPY` in one repeatable-read transaction, so that no program of the database need be installed.
//! Tables are found in the database, not listed here: a new one is in the next copy by itself.

use std::path::{Path, PathBuf};

pub use super::copied::{End, Facts, Goal, Newer, Rows, Tables};
use super::copied::{facts, newer_than};
use super::{StoreError, postgres, sqlite};

/// A database that is copied, or copied into.
#[derive(Clone)]
pub enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// `postgres://…`, and the certificates that vouch for its server (PEM).
    Postgres {
        /// May hold a password.
        url: String,
        /// PEM.
        ca: Option<String>,
    },
}

impl Place {
    /// `sqlite` or `postgres`, as a backup says it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }
}

/// What a database holds that came after a copy of it. It is only read: also one of an older program, or one that a server works on.
///
/// # Errors
/// What the database says.
pub fn newer(place: &Place, end: &End) -> Result<Newer, StoreError> {
    match place {
        Place::Sqlite(file) => newer_than(&mut &sqlite::copy::read_only(file)?, end),
        Place::Postgres { url, ca } => postgres::copy::reading(url, ca.as_deref(), |ask| newer_than(ask, end)),
    }
}

/// What is in a SQLite file.
///
/// # Errors
/// What the database says.
pub fn facts_of_file(file: &Path) -> Result<Facts, StoreError> {
    facts(&mut &sqlite::copy::read_only(file)?)
}

/// Copies a SQLite database that others may be working on into a new file, which only its owner can read.
///
/// # Errors
/// [`StoreError::Full`]; else what the database says.
pub fn snapshot(file: &Path, to: &Path) -> Result<(), StoreError> {
    sqlite::copy::snapshot(file, to)
}

/// The migrations that this program knows, for a kind of [`Place`].
#[must_use]
pub fn known_migrations(kind: &str) -> Vec<i64> {
    if kind == "sqlite" { sqlite::copy::known_migrations() } else { postgres::copy::known_migrations() }
}

/// Writes out all tables of a PostgreSQL database as they are at one moment.
///
/// # Errors
/// What the database or `to` says.
pub fn dump(url: &str, ca: Option<&str>, to: &mut dyn Tables) -> Result<(), StoreError> {
    postgres::copy::dump(url, ca, to)
}

/// Not on a thread of a runtime: the driver has one of its own (so for each function here that takes a URL).
///
/// Fills an empty PostgreSQL database with a copy in one transaction, and gives what is in it then. With [`Goal::Trial`] nothing of
/// it stays.
///
/// # Errors
/// [`StoreError::Address`] when it is not empty; else what the database or the copy says.
pub fn load(url: &str, ca: Option<&str>, goal: Goal, migrations: &[i64], from: &mut dyn Rows) -> Result<Facts, StoreError> {
    postgres::copy::load(url, ca, goal, migrations, from)
}
