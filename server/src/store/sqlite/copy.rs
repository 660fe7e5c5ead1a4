//! A whole SQLite database as one file, while others work on it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, connect, migrations};
use crate::store::copied::Ask;

/// Opens a file for reading only.
pub(in crate::store) fn read_only(file: &Path) -> Result<Connection, StoreError> {
    Ok(connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

pub(in crate::store) fn known_migrations() -> Vec<i64> {
    migrations::migrations::runner().get_migrations().iter().map(|one| one.version().into()).collect()
}

pub(in crate::store) fn snapshot(file: &Path, to: &Path) -> Result<(), StoreError> {
    let no_file = |why: std::io::Error| StoreError::Database(Box::new(why));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(to).map_err(no_file)?;
    let to = to.to_str().ok_or(StoreError::Address("the name of the folder is no UTF-8", None))?;
    // Into an empty file: that its engine allows.
    read_only(file)?.execute("VACUUM INTO ?1", [to])?;
    Ok(())
}

impl Ask for &Connection {
    fn number(&mut self, sql: &str) -> Result<i64, StoreError> {
        Ok(self.query_row(sql, [], |row| row.get(0))?)
    }

    fn numbers(&mut self, sql: &str) -> Result<Vec<i64>, StoreError> {
        Ok(self.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    fn texts(&mut self, sql: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        self.texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
    }
}
