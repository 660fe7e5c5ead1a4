//! What a copy of a database holds, and how it is asked for: the same for both databases.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use super::StoreError;

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

pub(super) fn newer_than(ask: &mut dyn Ask, end: &End) -> Result<Newer, StoreError> {
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

/// Where [`super::copy::load`] puts a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The database itself, which must be empty.
    Empty,
    /// Tables beside those of a server, removed again: a trial.
    Trial,
}
