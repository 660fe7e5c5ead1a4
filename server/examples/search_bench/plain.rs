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

/// A way to ask, and where its answer goes.
type Question = (Vec<Ask>, tokio::sync::oneshot::Sender<anyhow::Result<Found>>);

/// The thread that asks in plain SQL.
pub(crate) struct Asker(std::sync::mpsc::Sender<Question>);

impl Asker {
    /// Starts it with a connection to the URL, or else to the SQLite file.
    pub(crate) fn start(url: Option<&str>, file: &Path) -> anyhow::Result<Self> {
        let (url, file) = (url.map(str::to_owned), file.to_owned());
        let (asker, questions) = std::sync::mpsc::channel::<Question>();
        std::thread::Builder::new().name("plain".to_owned()).spawn(move || {
            let mut plain = url.map_or_else(|| Plain::sqlite(&file), |url| Plain::postgres(&url));
            while let Ok((way, answer)) = questions.recv() {
                let found = match &mut plain {
                    Ok(plain) => plain.ask(&way),
                    Err(why) => Err(anyhow::anyhow!("no connection: {why}")),
                };
                // Who asked waits for it.
                let _ = answer.send(found);
            }
        })?;
        Ok(Self(asker))
    }

    /// Asks one statement after the other, in one transaction, as the store does.
    pub(crate) async fn ask(&self, way: Vec<Ask>) -> anyhow::Result<Found> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.0.send((way, answer)).map_err(|_| anyhow::anyhow!("the thread ended"))?;
        answered.await?
    }
}

/// A connection.
enum Plain {
    Sqlite(Connection),
    Postgres(Box<postgres::Client>, std::collections::HashMap<String, postgres::Statement>),
}

impl Plain {
    fn sqlite(file: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.execute_batch(server::store::db::SEARCH_CACHE)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self::Sqlite(connection))
    }

    fn postgres(url: &str) -> anyhow::Result<Self> {
        Ok(Self::Postgres(Box::new(postgres::Client::connect(url, postgres::NoTls)?), std::collections::HashMap::new()))
    }

    fn ask(&mut self, way: &[Ask]) -> anyhow::Result<Found> {
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
