//! The transaction that a rule runs in, its rows and its values: one form for both databases.

use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use super::{CertificateId, CheckId, CodeId, ConsentId, GrantId, NoticeId, RunId, StoreError, TokenId, VisitId};
use crate::tenant::Tenant;

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

    /// Waits until no other rule holds the lock of this name, and holds it until the end of the transaction. What is read after it
    /// is what the former holder left. Take locks in one order everywhere: the visit's before the person's.
    ///
    /// # Errors
    /// What the database says.
    pub fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        self.0.lock(name)
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
    fn lock(&mut self, name: &str) -> Result<(), StoreError>;
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
    ($($value:expr),* $(,)?) => { &[$($crate::store::tx::Value::from($value)),*] };
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

impl<'a> From<&'a Tenant> for Value<'a> {
    fn from(value: &'a Tenant) -> Self {
        Self::Text(value.code().as_str())
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

impl<'a> From<&'a CheckId> for Value<'a> {
    fn from(value: &'a CheckId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a RunId> for Value<'a> {
    fn from(value: &'a RunId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a GrantId> for Value<'a> {
    fn from(value: &'a GrantId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a CertificateId> for Value<'a> {
    fn from(value: &'a CertificateId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a NoticeId> for Value<'a> {
    fn from(value: &'a NoticeId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a TokenId> for Value<'a> {
    fn from(value: &'a TokenId) -> Self {
        Self::Text(value.as_str())
    }
}

impl<'a> From<&'a CodeId> for Value<'a> {
    fn from(value: &'a CodeId) -> Self {
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
