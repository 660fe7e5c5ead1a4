//! Lists of rows of which one may be unreadable: it is counted, logged and left out, and hides no other.

use super::StoreError;

/// Rows of a page that were read, in their order, and how many were not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable<T> {
    /// Those that could be read.
    pub rows: Vec<T>,
    /// How many could not.
    pub damaged: u32,
    /// The page before it was cut to its length had more rows than that.
    pub has_more: bool,
}

/// What became of reading one row; `None` for one that is damaged, which is logged by what tells it from others.
///
/// # Errors
/// What is no damage of the row.
pub fn readable<T>(table: &'static str, key: impl std::fmt::Display, read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(row) => Ok(Some(row)),
        Err(StoreError::Damaged(what)) => {
            tracing::error!(table, row = %key, what, "a stored row cannot be read");
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// A page of at most `rows` of what was read, which is one more where there is a next page.
#[must_use]
pub fn page<T>(mut read: Vec<Option<T>>, rows: u32) -> Readable<T> {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let has_more = read.len() > rows;
    read.truncate(rows);
    let asked = read.len();
    let rows: Vec<T> = read.into_iter().flatten().collect();
    let damaged = u32::try_from(asked - rows.len()).unwrap_or(u32::MAX);
    Readable { rows, damaged, has_more }
}
