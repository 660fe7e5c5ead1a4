//! The database without the store: plain SQL with its values written in, prepared once.

use std::path::Path;

use anyhow::ensure;
use rusqlite::Connection;

/// What a list came to, from the store or from plain SQL.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// What was counted.
    pub(crate) counts: Vec<i64>,
    /// The rows of the page, by their ids.
    pub(crate) ids: Vec<String>,
}

/// One statement of a way to write a list.
#[derive(Clone)]
pub(crate) enum Ask {
    Count(String),
    /// Its first column names the row; an `eligibility` among the others is read to a type.
    Page(String),
}

/// A connection.
pub(crate) enum Plain {
    Sqlite(Connection),
    Postgres(Box<postgres::Client>, std::collections::HashMap<String, postgres::Statement>),
}

impl Plain {
    pub(crate) fn sqlite(file: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.execute_batch(server::store::db::SEARCH_CACHE)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self::Sqlite(connection))
    }

    pub(crate) fn postgres(url: &str) -> anyhow::Result<Self> {
        Ok(Self::Postgres(Box::new(postgres::Client::connect(url, postgres::NoTls)?), std::collections::HashMap::new()))
    }

    /// Asks one statement after the other, in one transaction, as the store does.
    pub(crate) fn ask(&mut self, way: &[Ask]) -> anyhow::Result<Found> {
        let mut found = Found::default();
        match self {
            Self::Sqlite(connection) => {
                let transaction = connection.unchecked_transaction()?;
                for ask in way {
                    match ask {
                        Ask::Count(sql) => found.counts.push(transaction.prepare_cached(sql)?.query_row([], |row| row.get(0))?),
                        Ask::Page(sql) => {
                            let mut statement = transaction.prepare_cached(sql)?;
                            let eligibility = statement.column_index("eligibility").ok();
                            let mut rows = statement.query([])?;
                            while let Some(row) = rows.next()? {
                                if let Some(place) = eligibility {
                                    seen(row.get_ref(place)?.as_str()?)?;
                                }
                                found.ids.push(row.get(0)?);
                            }
                        }
                    }
                }
            }
            Self::Postgres(client, statements) => {
                let mut transaction = client.build_transaction().read_only(true).start()?;
                for ask in way {
                    let (Ask::Count(sql) | Ask::Page(sql)) = ask;
                    if !statements.contains_key(sql) {
                        statements.insert(sql.clone(), transaction.prepare(sql)?);
                    }
                    let rows = statements.get(sql).map(|statement| transaction.query(statement, &[])).transpose()?.unwrap_or_default();
                    for row in rows {
                        if matches!(ask, Ask::Count(_)) {
                            found.counts.push(row.try_get(0)?);
                            continue;
                        }
                        if row.columns().iter().any(|column| column.name() == "eligibility") {
                            seen(row.try_get("eligibility")?)?;
                        }
                        found.ids.push(row.try_get(0)?);
                    }
                }
                transaction.commit()?;
            }
        }
        Ok(found)
    }
}

/// An eligibility as anyone would read it: kept apart from the store's own types.
#[derive(serde::Deserialize)]
struct Seen(serde_json::Map<String, serde_json::Value>);

fn seen(text: &str) -> anyhow::Result<()> {
    let eligibility: Seen = serde_json::from_str(text)?;
    ensure!(eligibility.0.contains_key("validity"), "an eligibility");
    Ok(())
}
