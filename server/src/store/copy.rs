//! Whole copies of a database, for backups: taken while servers work on it, at one moment of the data.
//!
//! SQLite: `VACUUM INTO` a file beside it (one read transaction; writers go on; rows that were removed are not in it). PostgreSQL:
//! each table by `COPY` in one repeatable-read transaction, so that no program of the database need be installed.
//! Tables are found in the database, not listed here: a new one is in the next copy by itself.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

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

/// What is in a database at the moment of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Numbers of the migrations that made its tables.
    pub migrations: Vec<i64>,
    /// `demo` or `production`; empty where no server ever started on it.
    pub mode: String,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Where it ended.
    pub end: End,
}

/// The newest rows of a database: what lies behind them is newer than a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Number of the last audit row.
    pub audit: i64,
    /// 同意年月日 of the newest consent, milliseconds since 1970.
    pub consented_at: i64,
    /// Opening of the newest visit, milliseconds since 1970.
    pub opened_at: i64,
    /// Accounts as `institution user`.
    pub accounts: Vec<String>,
}

/// What a database holds that its copy does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Newer {
    /// Consents.
    pub consents: u64,
    /// Visits that were opened.
    pub visits: u64,
    /// Accounts.
    pub accounts: Vec<String>,
    /// Rows of the audit log.
    pub audit: u64,
    /// Those rows by institution and act: what was done since, with how often.
    pub acts: Vec<(String, String, u64)>,
}

/// Asks one database one question after the other. The texts hold no value but numbers and names of tables.
pub(super) trait Ask {
    fn number(&mut self, sql: &str) -> Result<i64, StoreError>;
    fn numbers(&mut self, sql: &str) -> Result<Vec<i64>, StoreError>;
    fn texts(&mut self, sql: &str) -> Result<Vec<String>, StoreError>;
    /// Names of the tables, in an order in which each comes behind those it refers to.
    fn tables(&mut self) -> Result<Vec<String>, StoreError>;
}

/// A name inside a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn facts(ask: &mut dyn Ask) -> Result<Facts, StoreError> {
    let mut rows = BTreeMap::new();
    for table in ask.tables()? {
        let count = ask.number(&format!("SELECT count(*) FROM {}", quoted(&table)))?;
        rows.insert(table, u64::try_from(count).unwrap_or(0));
    }
    Ok(Facts {
        migrations: ask.numbers("SELECT CAST(version AS BIGINT) FROM refinery_schema_history ORDER BY version")?,
        mode: ask.texts("SELECT kind FROM deployment")?.pop().unwrap_or_default(),
        rows,
        end: End {
            audit: ask.number("SELECT coalesce(max(id), 0) FROM audit")?,
            consented_at: ask.number("SELECT coalesce(max(consented_at), 0) FROM consents")?,
            opened_at: ask.number("SELECT coalesce(max(opened_at), 0) FROM visits")?,
            accounts: ask.texts("SELECT institution || ' ' || user_id FROM accounts ORDER BY 1")?,
        },
    })
}

fn newer_than(ask: &mut dyn Ask, end: &End) -> Result<Newer, StoreError> {
    let (audit, consented_at, opened_at) = (end.audit, end.consented_at, end.opened_at);
    let mut count = |sql: String| ask.number(&sql).map(|count| u64::try_from(count).unwrap_or(0));
    let consents = count(format!("SELECT count(*) FROM consents WHERE consented_at > {consented_at}"))?;
    let visits = count(format!("SELECT count(*) FROM visits WHERE opened_at > {opened_at}"))?;
    let rows = count(format!("SELECT count(*) FROM audit WHERE id > {audit}"))?;
    let accounts = ask.texts("SELECT institution || ' ' || user_id FROM accounts ORDER BY 1")?;
    let acts = ask.texts(&format!(
        "SELECT coalesce(institution, '-') || ' ' || action || ' ' || count(*) FROM audit WHERE id > {audit} AND outcome = 'ok'
         GROUP BY coalesce(institution, '-'), action ORDER BY 1"
    ))?;
    let act = |line: String| {
        let mut parts = line.split(' ').map(str::to_owned);
        Some((parts.next()?, parts.next()?, parts.next()?.parse().ok()?))
    };
    Ok(Newer {
        consents,
        visits,
        accounts: accounts.into_iter().filter(|one| end.accounts.binary_search(one).is_err()).collect(),
        audit: rows,
        acts: acts.into_iter().filter_map(act).collect(),
    })
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

/// Where the tables of a PostgreSQL database are written to, one after the other.
pub trait Tables {
    /// What is in it, before the first table.
    ///
    /// # Errors
    /// What keeps the copy from being made.
    fn facts(&mut self, facts: &Facts) -> std::io::Result<()>;
    /// A table: its name, its columns, and its rows in the text form of COPY.
    ///
    /// # Errors
    /// What keeps the copy from being made.
    fn table(&mut self, name: &str, columns: &[String], rows: &mut dyn Read) -> std::io::Result<()>;
}

/// Writes out all tables of a PostgreSQL database as they are at one moment.
///
/// # Errors
/// What the database or `to` says.
pub fn dump(url: &str, ca: Option<&str>, to: &mut dyn Tables) -> Result<(), StoreError> {
    postgres::copy::dump(url, ca, to)
}

/// Gives the tables of a copy, one after the other.
pub trait Rows {
    /// The next table: its name and columns; `None` behind the last.
    ///
    /// # Errors
    /// What keeps the copy from being read.
    fn next(&mut self) -> std::io::Result<Option<(String, Vec<String>)>>;
    /// Its rows, into `to`.
    ///
    /// # Errors
    /// What keeps the copy from being read.
    fn rows(&mut self, to: &mut dyn Write) -> std::io::Result<()>;
}

/// Where [`load`] puts a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The database itself, which must be empty.
    Empty,
    /// Tables beside those of a server, removed again: a trial.
    Trial,
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
