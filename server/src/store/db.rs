//! The database as the rules see it: [`Db::write`] and [`Db::read`] hand a rule a [`Tx`], and the rule reads, decides and
//! writes there as a plain function.
//!
//! What [`Db::write`] returned is durable. A rule that returns an error has written nothing. A rule may run more than once
//! (PostgreSQL repeats it whole when another server was quicker), so it draws neither time nor random bytes: both come in as
//! values. One text of SQL serves both databases, with `$1`, `$2`, … for its values.

use std::path::Path;

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{ConsentId, StoreError, VisitId};

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
            Kind::Postgres(postgres) => postgres.write(rule).await,
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

/// The transaction that a rule runs in.
pub struct Tx<'a>(&'a mut dyn Engine);

impl<'a> Tx<'a> {
    pub(super) fn new(engine: &'a mut dyn Engine) -> Self {
        Self(engine)
    }

    /// Runs a rule. One that panics has failed like any other: what it wrote is undone, and its thread goes on.
    pub(super) fn run<T>(engine: &mut dyn Engine, rule: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let run = std::panic::AssertUnwindSafe(|| rule(&mut Tx::new(engine)));
        std::panic::catch_unwind(run).unwrap_or(Err(StoreError::Damaged("a rule panicked")))
    }

    /// Runs a statement and says how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.0.execute(sql, values)
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// What the database or `read` says.
    pub fn rows<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.0.query(sql, values, &mut |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The only row of a query, if there is one. Ask by a key: further rows are read for nothing.
    ///
    /// # Errors
    /// What the database or `read` says.
    pub fn row<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, values, read)?.into_iter().next())
    }
}

/// What a database does with a statement.
pub(super) trait Engine {
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError>;
    fn query(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// A row that was found.
pub enum Row<'r> {
    /// Of SQLite.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Of PostgreSQL.
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    /// A column by its name.
    ///
    /// # Errors
    /// When there is none of this name and type.
    pub fn get<T: Column>(&self, name: &'static str) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(name)?),
            Self::Postgres(row) => Ok(row.try_get(name)?),
        }
    }

    /// An instant.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn instant(&self, name: &'static str) -> Result<UnixMs, StoreError> {
        self.get(name).map(UnixMs)
    }

    /// An instant that may be missing.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn maybe_instant(&self, name: &'static str) -> Result<Option<UnixMs>, StoreError> {
        Ok(self.get::<Option<i64>>(name)?.map(UnixMs))
    }
}

/// A type that a column is read as: `i64`, `bool`, `String`, `Vec<u8>`, or one of them that may be missing.
pub trait Column: rusqlite::types::FromSql + for<'a> postgres::types::FromSql<'a> {}

impl<T: rusqlite::types::FromSql + for<'a> postgres::types::FromSql<'a>> Column for T {}

/// A value of a statement.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number, an instant.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// Never the value itself: the driver of PostgreSQL writes it into its log.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("value")
    }
}

/// Makes the values of a statement: `values![id, at, name]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::db::Value::from($value)),*] };
}
pub(crate) use values;

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<UnixMs> for Value<'_> {
    fn from(value: UnixMs) -> Self {
        Self::Int(value.0)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<&'a InstitutionCode> for Value<'a> {
    fn from(value: &'a InstitutionCode) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a UserId> for Value<'a> {
    fn from(value: &'a UserId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a VisitId> for Value<'a> {
    fn from(value: &'a VisitId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a ConsentId> for Value<'a> {
    fn from(value: &'a ConsentId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a, T> From<Option<T>> for Value<'a>
where
    Value<'a>: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}
