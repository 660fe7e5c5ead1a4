//! PostgreSQL, for many servers on one database: a pool of threads, each with its own connection; each rule is one
//! serializable transaction, repeated whole when another one was quicker.
//!
//! A connection that is lost is made anew for the next rule. Lost during a commit, nobody can say here whether it counts:
//! [`StoreError::Unknown`], and the same request asked again finds out.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, IsolationLevel, NoTls, Statement, Transaction};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::sync::oneshot;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::db::{Engine, Row, Tx, Value};
use super::threads::Threads;
use super::{StoreError, consent};

/// Connections for visits and the office.
const WORKERS: usize = 8;
/// Connections for searches.
const SEARCHERS: usize = 2;
/// Rules that may wait; further ones are refused.
const QUEUE: usize = 1024;
const SEARCH_QUEUE: usize = 64;
/// A rule that others outran so often is given up; the caller may ask again.
const TRIES: u32 = 20;
/// A connection must stand within this time.
const CONNECT: Duration = Duration::from_secs(5);
/// Number of the lock under which one server after the other brings the tables up to date ("uketsuke" in no special code).
const MIGRATION_LOCK: i64 = 0x756b_6574_7375;

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

pub(super) struct Postgres {
    workers: Threads<Connection>,
    searchers: Threads<Connection>,
    commits: Arc<AtomicU64>,
}

impl Postgres {
    pub(super) fn connect(url: &str, ca: Option<&str>) -> Result<Self, StoreError> {
        let way = Arc::new(Way::new(url, ca)?);
        // The client of this crate drives a runtime of its own, which a thread of ours may not already have.
        let first = std::thread::scope(|scope| scope.spawn(|| migrated(&way)).join().unwrap_or(Err(StoreError::Stopped)))?;
        let more = |count: usize| (0..count).map(|_| Connection { way: Arc::clone(&way), open: None });
        let workers = std::iter::once(Connection { way: Arc::clone(&way), open: Some(first) }).chain(more(WORKERS - 1)).collect();
        let no_thread = |why: std::io::Error| StoreError::Database(Box::new(why));
        Ok(Self {
            workers: Threads::start("postgres", workers, QUEUE).map_err(no_thread)?,
            searchers: Threads::start("search", more(SEARCHERS).collect(), SEARCH_QUEUE).map_err(no_thread)?,
            commits: Arc::new(AtomicU64::new(0)),
        })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let commits = Arc::clone(&self.commits);
        let counted = move |connection: &mut Connection| {
            let outcome = connection.transact(Access::Write, &rule);
            if outcome.is_ok() {
                commits.fetch_add(1, Ordering::SeqCst);
            }
            outcome
        };
        on(&self.workers, counted).await
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        on(&self.workers, move |connection| connection.transact(Access::Read, &rule)).await
    }

    pub(super) async fn search<T: Send + 'static>(
        &self,
        rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        on(&self.searchers, move |connection| connection.transact(Access::Read, &rule)).await
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    pub(super) async fn close(&self) {
        self.searchers.close();
        // The last piece of work of each thread is its own end, so that what waits is done before.
        self.workers.close();
        self.workers.ended().await;
        self.searchers.ended().await;
    }
}

async fn on<T: Send + 'static>(
    threads: &Threads<Connection>,
    work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (answer, answered) = oneshot::channel();
    threads.send(Box::new(move |connection| {
        // A caller that went away needs no answer; what it asked for is stored all the same.
        let _ = answer.send(work(connection));
    }))?;
    answered.await.map_err(|_| StoreError::Stopped)?
}

/// How to reach the database.
struct Way {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Way {
    fn new(url: &str, ca: Option<&str>) -> Result<Self, StoreError> {
        let mut config = Config::from_str(url).map_err(|why| StoreError::Address("it is no postgres:// URL", Some(Box::new(why))))?;
        config.connect_timeout(CONNECT).application_name("uketsuke");
        if config.get_hosts().iter().all(is_here) && ca.is_none() {
            config.ssl_mode(SslMode::Disable);
            return Ok(Self { config, tls: None });
        }
        let pem =
            ca.ok_or(StoreError::Address("a database on another machine needs --database-ca, or what is said to it could be read", None))?;
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let bad = |why: Box<dyn std::error::Error + Send + Sync>| StoreError::Address("--database-ca holds no certificates", Some(why));
            roots.add(certificate.map_err(|why| bad(Box::new(why)))?).map_err(|why| bad(Box::new(why)))?;
        }
        if roots.is_empty() {
            return Err(StoreError::Address("--database-ca holds no certificates", None));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|why| StoreError::Database(Box::new(why)))?;
        config.ssl_mode(SslMode::Require);
        Ok(Self { config, tls: Some(MakeRustlsConnect::new(builder.with_root_certificates(roots).with_no_client_auth())) })
    }

    fn open(&self) -> Result<Client, postgres::Error> {
        match &self.tls {
            None => self.config.connect(NoTls),
            Some(tls) => self.config.connect(tls.clone()),
        }
    }
}

/// True for a socket in a folder, and for names of this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Connects and brings the tables up to date, one server after the other.
fn migrated(way: &Way) -> Result<Open, StoreError> {
    let mut client = way.open()?;
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK])?;
    let outcome = migrations::migrations::runner().run(&mut client);
    outcome.map_err(|why| StoreError::Database(Box::new(why)))?;
    let mut open = Open { client, statements: HashMap::new() };
    match once(&mut open, Access::Write, &consent::renew_search_keys) {
        Once::Done(()) => {}
        // Nobody else writes yet what this does: a start that fails here is tried again by its operator.
        Once::Outrun => return Err(StoreError::Busy),
        Once::Refused(why) | Once::Lost(why) => return Err(why),
    }
    // A start that failed on the way gives the lock up with its connection.
    open.client.execute("SELECT pg_advisory_unlock($1)", &[&MIGRATION_LOCK])?;
    Ok(open)
}

/// A connection of one thread, made when it is first needed and again when it was lost.
struct Connection {
    way: Arc<Way>,
    open: Option<Open>,
}

struct Open {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

impl Connection {
    fn transact<T>(&mut self, access: Access, rule: &impl Fn(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        for _ in 0..TRIES {
            let open = match &mut self.open {
                Some(open) if !open.client.is_closed() => open,
                other => other.insert(Open { client: self.way.open()?, statements: HashMap::new() }),
            };
            match once(open, access, rule) {
                Once::Done(value) => return Ok(value),
                Once::Refused(why) => return Err(why),
                Once::Outrun => {}
                // It ended before this rule began to write: nothing counts, and a new connection may well do.
                Once::Lost(why) if open.client.is_closed() => {
                    tracing::warn!(cause = %why, "the connection to the database was lost");
                    self.open = None;
                }
                Once::Lost(why) => return Err(why),
            }
        }
        Err(StoreError::Busy)
    }
}

/// What became of one run of a rule.
enum Once<T> {
    Done(T),
    /// The rule's own error, or an end that must not be tried again.
    Refused(StoreError),
    /// Another transaction was quicker: run it again.
    Outrun,
    /// The database failed before anything could count.
    Lost(StoreError),
}

fn once<T>(open: &mut Open, access: Access, rule: &impl Fn(&mut Tx<'_>) -> Result<T, StoreError>) -> Once<T> {
    let transaction = open.client.build_transaction().isolation_level(IsolationLevel::Serializable).read_only(access == Access::Read);
    let transaction = match transaction.start() {
        Ok(transaction) => transaction,
        Err(why) => return Once::Lost(why.into()),
    };
    let mut running = Running { transaction, statements: &mut open.statements };
    let found = rule(&mut Tx::new(&mut running));
    match found {
        Ok(value) => match running.transaction.commit() {
            Ok(()) => Once::Done(value),
            Err(why) if is_outrun(&why) => Once::Outrun,
            // The database itself refused: nothing counts.
            Err(why) if why.as_db_error().is_some() => Once::Refused(why.into()),
            Err(why) => Once::Refused(StoreError::Unknown(Box::new(why))),
        },
        Err(why) => {
            // Dropped, the transaction is rolled back.
            drop(running);
            match &why {
                StoreError::Database(inner) => match inner.downcast_ref::<postgres::Error>() {
                    Some(inner) if is_outrun(inner) => Once::Outrun,
                    Some(inner) if inner.is_closed() => Once::Lost(why),
                    _ => Once::Refused(why),
                },
                _ => Once::Refused(why),
            }
        }
    }
}

fn is_outrun(why: &postgres::Error) -> bool {
    [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].iter().any(|state| why.code() == Some(state))
}

struct Running<'t> {
    transaction: Transaction<'t>,
    statements: &'t mut HashMap<&'static str, Statement>,
}

impl Running<'_> {
    fn prepared(&mut self, sql: &'static str) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.transaction.prepare(sql)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

fn parameters<'v>(values: &'v [Value<'v>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl Engine for Running<'_> {
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let statement = self.prepared(sql)?;
        Ok(self.transaction.execute(&statement, &parameters(values))?)
    }

    fn query(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.prepared(sql)?;
        for row in &self.transaction.query(&statement, &parameters(values))? {
            each(&Row::Postgres(row))?;
        }
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, of: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) => value.to_sql_checked(of, out),
            Self::Int(value) if *of == Type::INT4 => i32::try_from(value)?.to_sql_checked(of, out),
            Self::Int(value) => value.to_sql_checked(of, out),
            Self::Text(value) => value.to_sql_checked(of, out),
            Self::Bytes(value) => value.to_sql_checked(of, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
