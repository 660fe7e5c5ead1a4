//! The database as the rules see it: [`Db::write`] and [`Db::read`] hand a rule a [`Tx`], and the rule reads, decides and
//! writes there as a plain function.
//!
//! What [`Db::write`] returned is durable. A rule that returns an error has written nothing. A rule may run more than once
//! (PostgreSQL repeats it whole when another server was quicker), so it draws neither time nor random bytes: both come in as
//! values. One text of SQL serves both databases, with `$1`, `$2`, … for its values.

use std::path::Path;

use super::StoreError;
use super::postgres::{Access, Postgres};
pub use super::sqlite::SEARCH_CACHE;
use super::sqlite::Sqlite;
pub use super::tx::{Row, Tx, Value};

/// The database of a running server.
pub struct Db(Kind);

enum Kind {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Opens a SQLite file, makes it when it is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError::OldEngine`] below SQLite 3.51.3; else what the database says.
    pub fn open_file(file: &Path) -> Result<Self, StoreError> {
        Sqlite::open(file).map(|sqlite| Self(Kind::Sqlite(sqlite)))
    }

    /// Looks through a whole SQLite file, also while a server uses it; gives what is wrong with it, nothing when it is sound.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when it is no database at all; else what the database says.
    pub fn check_file(file: &Path) -> Result<Vec<String>, StoreError> {
        super::sqlite::check(file)
    }

    /// Connects to a PostgreSQL database (`postgres://…`) and brings its tables up to date. Many servers may share one.
    ///
    /// `ca` holds the certificates (PEM) that vouch for a server on another machine.
    ///
    /// # Errors
    /// [`StoreError::Address`] for a URL that is none or that leads off this machine unencrypted; else what the database says.
    pub fn connect(url: &str, ca: Option<&str>) -> Result<Self, StoreError> {
        Postgres::connect(url, ca).map(|postgres| Self(Kind::Postgres(postgres)))
    }

    /// Runs a rule and answers once what it wrote is durable.
    ///
    /// # Errors
    /// The rule's own error, with nothing written; [`StoreError::Busy`] when more waits than can be served in time;
    /// [`StoreError::Unknown`] when the connection was lost while the database committed.
    pub async fn write<T, R>(&self, rule: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.0 {
            Kind::Sqlite(sqlite) => sqlite.write(rule).await,
            Kind::Postgres(postgres) => postgres.write(Access::Write, rule).await,
        }
    }

    /// [`Self::write`] for a rule that holds the locks of all it decides over ([`Tx::lock`]) before it reads it: with PostgreSQL such
    /// rules wait for each other, where others would be run again and again.
    ///
    /// # Errors
    /// As those of [`Self::write`].
    pub async fn write_locked<T, R>(&self, rule: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.0 {
            Kind::Sqlite(sqlite) => sqlite.write(rule).await,
            Kind::Postgres(postgres) => postgres.write(Access::Locked, rule).await,
        }
    }

    /// Runs a rule that finds a few rows by their keys; it sees one moment of the data and cannot write.
    ///
    /// # Errors
    /// What the rule or the database says.
    pub async fn read<T, R>(&self, rule: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.0 {
            // Microseconds in the page cache: cheaper than a change of thread.
            Kind::Sqlite(sqlite) => sqlite.read(&rule),
            Kind::Postgres(postgres) => postgres.read(rule).await,
        }
    }

    /// Runs a rule that may look at many rows, on threads kept for that: it never keeps a visit waiting.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait; else what the rule or the database says.
    pub async fn search<T, R>(&self, rule: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.0 {
            Kind::Sqlite(sqlite) => sqlite.search(rule).await,
            Kind::Postgres(postgres) => postgres.search(rule).await,
        }
    }

    /// Commits so far: fewer than rules when they came together.
    #[must_use]
    pub fn commits(&self) -> u64 {
        match &self.0 {
            Kind::Sqlite(sqlite) => sqlite.commits(),
            Kind::Postgres(postgres) => postgres.commits(),
        }
    }

    /// Returns once the database takes no more writes because a commit failed: the process ends then.
    pub async fn failed(&self) {
        match &self.0 {
            Kind::Sqlite(sqlite) => sqlite.failed().await,
            // A lost connection is made anew; nothing here ends the process.
            Kind::Postgres(_) => std::future::pending().await,
        }
    }

    /// Writes what is queued and closes.
    pub async fn close(&self) {
        match &self.0 {
            Kind::Sqlite(sqlite) => sqlite.close().await,
            Kind::Postgres(postgres) => postgres.close().await,
        }
    }
}
