//! PostgreSQL, for many servers on one database: a pool of threads, each with its own connection; each rule is one
//! serializable transaction, repeated whole when another one was quicker.
//!
//! What the one writer of SQLite gives for nothing is given here by serializable transactions: of two that read what the other
//! writes (a counter of tries, an account), one is run again and sees the other's rows. The rules of a visit, which come by the
//! hundred a second, lock what they decide over instead (the visit, the person's standing consent) and read only then: their
//! rows lie side by side in the indexes, and serializable transactions would take every neighbour for the same row.
//! Instants stay the servers' own and come in as values, so that a rule can be repeated and the time that a card signed is the
//! one that is kept: no race is decided by an instant, and servers on one database keep their clocks together.
//!
//! A connection that is lost is made anew for the next rule. Lost during a commit, nobody can say here whether it counts:
//! [`StoreError::Unknown`], and the same request asked again finds out.

pub(super) mod copy;

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use postgres::config::{Host, SslMode, TargetSessionAttrs};
use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, IsolationLevel, NoTls, Statement, Transaction};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::sync::oneshot;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::threads::{Threads, WAIT};
use super::tx::{Engine, Row, Tx, Value};
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
/// A database that says nothing for so long counts as gone.
const SILENT: Duration = Duration::from_secs(15);
/// What waits longer has no answer: whether it counts is not known.
const ANSWER: Duration = Duration::from_secs(20);
/// The database gives a statement up after this; below [`ANSWER`], so that it says so itself. And it ends the transaction of a server
/// that was lost between two statements, so that nobody waits for its locks.
const STATEMENT_LIMIT: &str = "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '15s'";
/// How searches are planned. By the values that are asked for, since a condition that is not asked for is no reason to read rows, and
/// along the indexes: they are made for these lists, and the planner guesses the share of what it only looks at far too low.
const SEARCH_PLANS: &str = "SET plan_cache_mode = force_custom_plan; SET enable_seqscan = off;
    SET max_parallel_workers_per_gather = 0";
/// Number of the lock under which one server after the other brings the tables up to date ("uketsuke" in no special code).
const MIGRATION_LOCK: i64 = 0x756b_6574_7375;

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

/// What the database says, without the details in which it quotes rows.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(String, Option<SqlState>);

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        match error.code() {
            Some(&SqlState::DISK_FULL) => Self::Full,
            // It waited too long for what another one holds; nothing of it counts.
            Some(&SqlState::QUERY_CANCELED) => Self::Busy,
            _ => Self::Database(Box::new(said(&error))),
        }
    }
}

fn said(error: &postgres::Error) -> Said {
    let words = match error.as_db_error() {
        Some(inner) => format!("{}: {}", inner.code().code(), inner.message()),
        None => error.to_string(),
    };
    Said(words, error.code().cloned())
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
        let more = |count: usize, plans: &'static str| {
            std::iter::repeat_with(|| Connection { way: Arc::clone(&way), plans, open: None }).take(count).collect::<Vec<_>>()
        };
        let workers =
            std::iter::once(Connection { way: Arc::clone(&way), plans: "", open: Some(first) }).chain(more(WORKERS - 1, "")).collect();
        let no_thread = |why: std::io::Error| StoreError::Database(Box::new(why));
        Ok(Self {
            workers: Threads::start("postgres", workers, QUEUE).map_err(no_thread)?,
            searchers: Threads::start("search", more(SEARCHERS, SEARCH_PLANS), SEARCH_QUEUE).map_err(no_thread)?,
            commits: Arc::new(AtomicU64::new(0)),
        })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        access: Access,
        rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let commits = Arc::clone(&self.commits);
        let counted = move |connection: &mut Connection| {
            let outcome = connection.transact(access, &rule);
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
    let since = Instant::now();
    threads.send(Box::new(move |connection| {
        // Where nobody waits for it any more, nothing of it is done; a caller that goes away later needs no answer.
        if !answer.is_closed() {
            let _ = answer.send(if since.elapsed() > WAIT { Err(StoreError::Busy) } else { work(connection) });
        }
    }))?;
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(answered) => answered.map_err(|_| StoreError::Stopped)?,
        Err(late) => Err(StoreError::Unknown(Box::new(late))),
    }
}

/// How to reach the database.
struct Way {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Way {
    fn new(url: &str, ca: Option<&str>) -> Result<Self, StoreError> {
        // The driver's own words may quote a password, so they go nowhere.
        let no_url = || StoreError::Address("it is no postgres:// URL", None);
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        let mut config = Config::from_str(url).ok().filter(|_| is_url).ok_or_else(no_url)?;
        config.connect_timeout(CONNECT).application_name("uketsuke").tcp_user_timeout(SILENT);
        config.keepalives_idle(SILENT).keepalives_interval(CONNECT).keepalives_retries(2);
        // Of several hosts the one that takes writes.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let is_at_hand = config.get_hosts().iter().all(is_here) && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
        if is_at_hand && ca.is_none() {
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

    /// A connection for rules. Where none can be had, nothing was done.
    fn connection(&self, plans: &str) -> Result<Open, StoreError> {
        let settings = format!("{STATEMENT_LIMIT}; {plans}");
        let mut open = self.open().and_then(|mut client| client.batch_execute(&settings).map(|()| client));
        if let Err(why) = &mut open {
            tracing::error!(cause = %said(why), "the database cannot be reached");
        }
        open.map(|client| Open { client, statements: HashMap::new() }).map_err(|_| StoreError::Busy)
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
    let encoding: String = client.query_one("SHOW server_encoding", &[])?.try_get(0)?;
    if encoding != "UTF8" {
        return Err(StoreError::Address("the database does not keep UTF8: make one with createdb --encoding UTF8", None));
    }
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK])?;
    // One transaction: a text is never there without its row in the history.
    let outcome = migrations::migrations::runner().set_grouped(true).run(&mut client);
    outcome.map_err(|why| StoreError::Database(Box::new(why)))?;
    let mut open = Open { client, statements: HashMap::new() };
    match once(&mut open, Access::Write, &|tx: &mut Tx<'_>| {
        consent::renew_search_keys(tx)?;
        super::month::note_former_ends(tx)
    }) {
        Once::Done(()) => {}
        // Nobody else writes yet what this does: a start that fails here is tried again by its operator.
        Once::Outrun => return Err(StoreError::Busy),
        Once::Refused(why) | Once::Lost(why) => return Err(why),
    }
    // A start that failed on the way gives the lock up with its connection.
    open.client.execute("SELECT pg_advisory_unlock($1)", &[&MIGRATION_LOCK])?;
    open.client.batch_execute(STATEMENT_LIMIT)?;
    Ok(open)
}

/// A connection of one thread, made when it is first needed and again when it was lost.
struct Connection {
    way: Arc<Way>,
    /// Settings of the planner.
    plans: &'static str,
    open: Option<Open>,
}

struct Open {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    /// Writes over what it has locked.
    Locked,
}

impl Connection {
    fn transact<T>(&mut self, access: Access, rule: &impl Fn(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        for outrun in 0..TRIES {
            let open = match &mut self.open {
                Some(open) if !open.client.is_closed() => open,
                other => other.insert(self.way.connection(self.plans)?),
            };
            match once(open, access, rule) {
                Once::Done(value) => return Ok(value),
                Once::Refused(why) => return Err(why),
                // Later and later, so that those who outrun each other come apart.
                Once::Outrun => std::thread::park_timeout(Duration::from_millis(u64::from(outrun) * u64::from(outrun))),
                // It ended before this rule began to write: nothing counts, and a new connection may well do.
                Once::Lost(why) if open.client.is_closed() || is_end(state_of(&why)) => {
                    tracing::warn!(cause = %cause_of(&why), "the connection to the database was lost");
                    self.open = None;
                }
                Once::Lost(why) => return Err(why),
            }
        }
        Err(StoreError::Busy)
    }
}

fn cause_of(why: &StoreError) -> String {
    std::error::Error::source(why).map_or_else(|| why.to_string(), ToString::to_string)
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
    // What only reads needs one moment, and nothing is to wait or fail for its sake.
    let level = match access {
        Access::Read => IsolationLevel::RepeatableRead,
        Access::Write => IsolationLevel::Serializable,
        // Each statement sees what was committed before it: after a lock, what its former holder left.
        Access::Locked => IsolationLevel::ReadCommitted,
    };
    let transaction = open.client.build_transaction().isolation_level(level).read_only(access == Access::Read);
    let transaction = match transaction.start() {
        Ok(transaction) => transaction,
        Err(why) => return Once::Lost(why.into()),
    };
    let found = {
        let mut running = Running { transaction, statements: &mut open.statements, has_failed: false };
        let found = Tx::run(&mut running, rule);
        // Dropped, a transaction is rolled back.
        found.map(|value| (value, if running.has_failed { None } else { Some(running.transaction.commit()) }))
    };
    let is_closed = open.client.is_closed();
    match found {
        Ok((value, Some(Ok(())))) => Once::Done(value),
        Ok((_, Some(Err(why)))) if is_outrun(why.code()) => Once::Outrun,
        // The database itself refused: nothing counts.
        Ok((_, Some(Err(why)))) if why.as_db_error().is_some() && !is_closed && !is_end(why.code()) => Once::Refused(why.into()),
        Ok((_, Some(Err(why)))) => Once::Refused(StoreError::Unknown(Box::new(said(&why)))),
        // The database would answer COMMIT with a silent ROLLBACK.
        Ok((_, None)) => Once::Refused(StoreError::Damaged("a rule went on after an error")),
        // Its commit was never sent.
        Err(why) if is_closed => Once::Lost(why),
        Err(why) => match state_of(&why) {
            state if is_outrun(state) => Once::Outrun,
            state if is_end(state) => Once::Lost(why),
            _ => Once::Refused(why),
        },
    }
}

/// The code with which the database refused a rule.
fn state_of(why: &StoreError) -> Option<&SqlState> {
    match why {
        StoreError::Database(inner) => inner.downcast_ref::<Said>().and_then(|Said(_, state)| state.as_ref()),
        _ => None,
    }
}

/// True for the last words of a connection: the database ends it, and this side may not have seen that yet. Said to a COMMIT
/// they leave open whether it counts.
fn is_end(state: Option<&SqlState>) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_SESSION_TIMEOUT,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ]
    .iter()
    .any(|end| state == Some(end))
}

fn is_outrun(state: Option<&SqlState>) -> bool {
    [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].iter().any(|outrun| state == Some(outrun))
}

struct Running<'t> {
    transaction: Transaction<'t>,
    statements: &'t mut HashMap<&'static str, Statement>,
    /// A statement failed: the database takes no further one, and commits nothing.
    has_failed: bool,
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
    fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        self.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text AS held", &[Value::Text(name)], &mut |_| Ok(()))
    }

    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let done = self.prepared(sql).and_then(|statement| self.transaction.execute(&statement, &parameters(values)));
        self.has_failed |= done.is_err();
        Ok(done?)
    }

    fn query(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let found = self.prepared(sql).and_then(|statement| self.transaction.query(&statement, &parameters(values)));
        self.has_failed |= found.is_err();
        for row in &found? {
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
