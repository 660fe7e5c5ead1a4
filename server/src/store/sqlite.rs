//! SQLite: WAL with `synchronous = FULL`, one writing thread, connections that only read for everything else.

pub(super) mod copy;
mod writer;

use std::path::Path;
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement};
use tokio::sync::oneshot;

use super::threads::Threads;
use super::tx::{Engine, Row, Tx, Value};
use super::{StoreError, consent};
use writer::{Writer, step};

/// What a connection for searches is told: an index is gone along in memory, 32 MiB of it each.
pub const SEARCH_CACHE: &str = "PRAGMA cache_size = -32768";

/// The oldest engine without the WAL fault of 3.7.0 to 3.51.2 (two connections writing or checkpointing at the same moment).
const OLDEST_ENGINE: (u32, u32, u32) = (3, 51, 3);
/// Connections for short reads; a request that finds all of them at work waits some microseconds.
const READERS: usize = 4;
/// Threads for searches: a core stays free for visits.
const SEARCHERS: usize = 2;
/// Searches that may wait; further ones are refused.
const SEARCH_QUEUE: usize = 64;
/// Another process (`institution add`) may hold the write lock this long.
const BUSY: Duration = Duration::from_secs(5);
/// A file up to this size is looked through at every start, bytes; some tenths of a second. Larger ones by command.
const CHECKED_AT_START: u64 = 64 << 20;
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Broken(error.to_string()),
            _ => Self::Database(Box::new(error)),
        }
    }
}

pub(super) struct Sqlite {
    writer: Writer,
    /// Empty once closed.
    readers: Vec<Mutex<Option<Connection>>>,
    searchers: Threads<Connection>,
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Result<Self, StoreError> {
        keep_private(file).map_err(|why| StoreError::Database(Box::new(why)))?;
        let mut connection = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        if !is_sound(rusqlite::version()) {
            return Err(StoreError::OldEngine(rusqlite::version().to_owned()));
        }
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        // What a savepoint would undo is kept in memory, not in a temporary file.
        connection.pragma_update(None, "temp_store", "memory")?;
        let length = std::fs::metadata(file).map_err(|why| StoreError::Database(Box::new(why)))?.len();
        if length <= CHECKED_AT_START
            && let Some(problem) = problems(&connection, "PRAGMA quick_check(1)")?.pop()
        {
            return Err(StoreError::Broken(problem));
        }
        // A migration may make a table anew under the ones that refer to it.
        connection.pragma_update(None, "foreign_keys", false)?;
        migrate(&mut connection)?;
        let renewing = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        consent::renew_search_keys(&mut Tx::new(&mut &*renewing))?;
        super::month::note_former_ends(&mut Tx::new(&mut &*renewing))?;
        renewing.commit()?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let reader = || connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let readers = (0..READERS).map(|_| reader().map(Some).map(Mutex::new)).collect::<Result<_, _>>()?;
        let searcher = || reader().and_then(|searcher| searcher.execute_batch(SEARCH_CACHE).map(|()| searcher));
        let searchers = (0..SEARCHERS).map(|_| searcher()).collect::<Result<_, _>>()?;
        let no_thread = |why: std::io::Error| StoreError::Database(Box::new(why));
        Ok(Self {
            writer: Writer::start(connection).map_err(no_thread)?,
            readers,
            searchers: Threads::start("search", searchers, SEARCH_QUEUE).map_err(no_thread)?,
        })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(rule).await
    }

    pub(super) fn read<T>(&self, rule: &impl Fn(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let free = self.readers.iter().find_map(|reader| match reader.try_lock() {
            Ok(free) => Some(free),
            Err(TryLockError::Poisoned(free)) => Some(free.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        let waited = || self.readers.first().map(|reader| reader.lock().unwrap_or_else(PoisonError::into_inner));
        let connection = free.or_else(waited).ok_or(StoreError::Stopped)?;
        at_one_moment(connection.as_ref().ok_or(StoreError::Stopped)?, rule)
    }

    pub(super) async fn search<T: Send + 'static>(
        &self,
        rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.searchers.send(Box::new(move |connection| {
            // A caller that went away needs no answer.
            let _ = answer.send(at_one_moment(connection, &rule));
        }))?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    pub(super) fn commits(&self) -> u64 {
        self.writer.commits()
    }

    pub(super) async fn failed(&self) {
        self.writer.failed().await;
    }

    pub(super) async fn close(&self) {
        self.searchers.close();
        self.searchers.ended().await;
        for reader in &self.readers {
            reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        // Last, so that it takes the WAL along.
        self.writer.close().await;
    }
}

/// Looks through a whole database file, also while a server uses it; gives what is wrong with it, twenty things at most.
pub(super) fn check(file: &Path) -> Result<Vec<String>, StoreError> {
    let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut wrong = problems(&connection, "PRAGMA integrity_check(20)")?;
    // Names the table whose row refers to nothing.
    wrong.extend(
        problems(&connection, "PRAGMA foreign_key_check")?.into_iter().take(20).map(|table| format!("a row of {table} refers to nothing")),
    );
    Ok(wrong)
}

/// The first column of a check's rows; `ok` is no problem.
fn problems(connection: &Connection, sql: &'static str) -> Result<Vec<String>, rusqlite::Error> {
    let found: Vec<String> = connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found.into_iter().filter(|text| text != "ok").collect())
}

/// Runs a rule that only reads, in one transaction: all it sees is of the same moment.
fn at_one_moment<T>(connection: &Connection, rule: &impl Fn(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
    step(connection, "BEGIN")?;
    let found = Tx::run(&mut &*connection, rule);
    // Without an open transaction the next BEGIN works, whatever this one says.
    let ended = step(connection, "COMMIT");
    let found = found?;
    ended?;
    Ok(found)
}

fn connect(file: &Path, flags: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement is planned once: without this the engine plans it anew for the values of each run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Migrations of releases whose tables were made by sqlx: the first four, word for word.
const OF_SQLX: i32 = 4;

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let failed = |why: refinery::Error| StoreError::Database(Box::new(why));
    let of_sqlx =
        connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'", [], |row| row.get::<_, i64>(0))?;
    if of_sqlx > 0 {
        let applied: i32 = connection.query_row("SELECT coalesce(max(version), 0) FROM _sqlx_migrations", [], |row| row.get(0))?;
        let applied = applied.clamp(0, OF_SQLX);
        migrations::migrations::runner().set_target(refinery::Target::FakeVersion(applied)).run(connection).map_err(failed)?;
        connection.execute_batch("DROP TABLE _sqlx_migrations")?;
    }
    // One transaction: a text is never there without its row in the history.
    migrations::migrations::runner().set_grouped(true).run(connection).map_err(failed)?;
    Ok(())
}

impl Engine for &Connection {
    /// The one writer holds everything.
    fn lock(&mut self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut statement = self.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        Ok(u64::try_from(statement.raw_execute()?).unwrap_or(u64::MAX))
    }

    fn query(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            each(&Row::Sqlite(row))?;
        }
        Ok(())
    }
}

/// SQLite takes `$1` for a name and numbers names as they come, so each value is bound by its name.
const NAMES: [&str; 40] = [
    "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16", "$17", "$18", "$19", "$20",
    "$21", "$22", "$23", "$24", "$25", "$26", "$27", "$28", "$29", "$30", "$31", "$32", "$33", "$34", "$35", "$36", "$37", "$38", "$39",
    "$40",
];

fn bind(statement: &mut Statement<'_>, values: &[Value<'_>]) -> Result<(), StoreError> {
    if statement.parameter_count() != values.len() {
        return Err(StoreError::Damaged("as many values as the statement names"));
    }
    for (name, value) in NAMES.iter().zip(values) {
        let place = statement.parameter_index(name)?.ok_or(StoreError::Damaged("a value that the statement names"))?;
        match *value {
            Value::Null => statement.raw_bind_parameter(place, rusqlite::types::Null)?,
            Value::Bool(value) => statement.raw_bind_parameter(place, value)?,
            Value::Int(value) => statement.raw_bind_parameter(place, value)?,
            Value::Text(value) => statement.raw_bind_parameter(place, value)?,
            Value::Bytes(value) => statement.raw_bind_parameter(place, value)?,
        }
    }
    Ok(())
}

/// Makes the file, if there is none, so that only its owner can read it (the engine gives its WAL the same rights), and takes
/// the rights of others away where an older version or a copy left some.
#[cfg(unix)]
fn keep_private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)?;
    for ending in ["", "-wal", "-shm"] {
        let mut file = file.as_os_str().to_owned();
        file.push(ending);
        match std::fs::metadata(&file) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
            }
            Ok(_) => {}
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => return Err(why),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_private(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn is_sound(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) >= OLDEST_ENGINE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::Db;
    use crate::store::tx::values;
    use crate::store::{AttemptPolicy, AuditEntry, attempt, audit, deployment};
    use shared::domain::calendar::UnixMs;

    #[test]
    fn engines_with_the_wal_fault_are_refused() {
        for old in ["3.40.1", "3.50.2", "3.51.2", "2.9.9", "", "x"] {
            assert!(!is_sound(old), "{old}");
        }
        for good in ["3.51.3", "3.52.0", "4.0.0"] {
            assert!(is_sound(good), "{good}");
        }
    }

    #[tokio::test]
    async fn the_database_is_durable_and_its_readers_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(&folder.path().join("u.db")).unwrap();
        let pragmas = sqlite.write(|tx| {
            let journal = tx.row("PRAGMA journal_mode", values![], |row| row.get::<String>("journal_mode"))?;
            let synchronous = tx.row("PRAGMA synchronous", values![], |row| row.get::<i64>("synchronous"))?;
            let foreign_keys = tx.row("PRAGMA foreign_keys", values![], |row| row.get::<i64>("foreign_keys"))?;
            Ok((journal, synchronous, foreign_keys))
        });
        assert_eq!(pragmas.await.unwrap(), (Some("wal".to_owned()), Some(2), Some(1)));
        let delete = |tx: &mut Tx<'_>| tx.execute("DELETE FROM visits", values![]);
        let refused = sqlite.read(&delete).unwrap_err();
        assert!(matches!(&refused, StoreError::Database(why) if why.to_string().contains("readonly")), "{refused:?}");
        assert!(sqlite.search(delete).await.is_err());
        assert_eq!(sqlite.write(delete).await.unwrap(), 0, "control: the writer may");
        sqlite.close().await;
    }

    #[tokio::test]
    async fn a_statement_and_its_values_must_fit() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(&folder.path().join("u.db")).unwrap();
        let one = |row: &Row<'_>| row.get::<i64>("n");
        assert!(sqlite.read(&|tx: &mut Tx<'_>| tx.row("SELECT $1 + $2 AS n", values![1_i64], one)).is_err(), "one is missing");
        assert!(sqlite.read(&|tx: &mut Tx<'_>| tx.row("SELECT 1 AS n", values![1_i64], one)).is_err(), "one is too many");
        let swapped = sqlite.read(&|tx: &mut Tx<'_>| tx.row("SELECT $2 - $1 AS n", values![1_i64, 10_i64], one)).unwrap();
        assert_eq!(swapped, Some(9), "each by its number, in whatever order they stand");
        sqlite.close().await;
    }

    #[tokio::test]
    async fn data_are_of_the_mode_that_came_first() {
        for (first, other) in [("demo", "production"), ("production", "demo")] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("u.db");
            let is_of = async |db: &Db, kind: &'static str| db.write(move |tx| deployment::is_of(tx, kind)).await.unwrap();
            let db = Db::open_file(&file).unwrap();
            assert!(is_of(&db, first).await);
            db.close().await;
            let db = Db::open_file(&file).unwrap();
            assert!(!is_of(&db, other).await);
            assert!(is_of(&db, first).await, "asking changed nothing");
            db.close().await;
        }
    }

    /// Migrations as the releases before this one made them.
    fn tables_of_sqlx(file: &Path, until: usize) -> Connection {
        let old = Connection::open(file).unwrap();
        old.execute_batch("CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY)").unwrap();
        let texts = [
            include_str!("../../migrations/sqlite/V1__first.sql"),
            include_str!("../../migrations/sqlite/V2__standing_consents.sql"),
            include_str!("../../migrations/sqlite/V3__deployment.sql"),
            include_str!("../../migrations/sqlite/V4__attempts.sql"),
        ];
        for (number, text) in (1_i64..).zip(texts).take(until) {
            old.execute_batch(text).unwrap();
            old.execute("INSERT INTO _sqlx_migrations VALUES (?1)", [number]).unwrap();
        }
        old
    }

    #[tokio::test]
    async fn data_of_a_former_release_are_taken_over() {
        for until in [2, 4] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("u.db");
            let old = tables_of_sqlx(&file, until);
            old.execute_batch(
                "INSERT INTO institutions VALUES ('9969900001', 'x', '03-0000-0000', 1, 1, 0);
                 INSERT INTO accounts VALUES ('9969900001', 'kanri1', 'n', 'admin', 'hash', 0, NULL, '2027-03-31');
                 INSERT INTO sessions VALUES (x'00', '9969900001', 'kanri1', 0, 0, 9);",
            )
            .unwrap();
            drop(old);
            for _ in 0..2 {
                let db = Db::open_file(&file).unwrap();
                let code = crate::store::code_of("9969900001").unwrap();
                let user = crate::store::user_of("kanri1").unwrap();
                let (account, _) =
                    db.read(move |tx| crate::store::account::find(tx, &code, &user)).await.unwrap().expect("the account is there");
                assert_eq!(account.valid_until.unwrap().to_string(), "2027-03-31");
                assert!(db.write(|tx| deployment::is_of(tx, "production")).await.unwrap());
                db.close().await;
            }
        }
    }

    #[tokio::test]
    async fn data_from_before_there_were_modes_are_judged_by_their_institution() {
        for (contact, kind) in [("窓口(デモのため電話はありません)", "demo"), ("03-0000-0000", "production")] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("u.db");
            let old = tables_of_sqlx(&file, 2);
            old.execute("INSERT INTO institutions VALUES ('9969900001', 'x', ?1, 1, 1, 0)", [contact]).unwrap();
            drop(old);
            let db = Db::open_file(&file).unwrap();
            for other in ["demo", "production"] {
                assert_eq!(db.write(move |tx| deployment::is_of(tx, other)).await.unwrap(), other == kind, "{contact}");
            }
            db.close().await;
        }
    }

    #[tokio::test]
    async fn tries_that_no_longer_count_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_file(&folder.path().join("u.db")).unwrap();
        let policy = AttemptPolicy { free: 5, first_wait_ms: 100, longest_wait_ms: 300, forget_after_ms: 10_000 };
        for (now, kept) in [(0, 1), (1, 2), (9_999, 3), (10_000, 3), (10_001, 3), (30_000, 1)] {
            let key = crate::sha256(&i64::to_be_bytes(now));
            let purged_and_counted = move |tx: &mut Tx<'_>| {
                attempt::forget_before(tx, UnixMs(now - policy.forget_after_ms))?;
                crate::rule::attempt::count(tx, &[(key, policy)], UnixMs(now))
            };
            db.write(purged_and_counted).await.unwrap();
            let count = |tx: &mut Tx<'_>| tx.row("SELECT count(*) AS n FROM login_attempts", values![], |row| row.get::<i64>("n"));
            assert_eq!(db.read(count).await.unwrap(), Some(kept), "at {now}");
        }
        db.close().await;
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_reads_the_database() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("u.db");
        for _ in 0..2 {
            let db = Db::open_file(&file).unwrap();
            assert!(db.write(|tx| deployment::is_of(tx, "demo")).await.unwrap());
            for name in ["u.db", "u.db-wal", "u.db-shm"] {
                let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{name}");
            }
            db.close().await;
            // As an older version may have left it.
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    #[tokio::test]
    async fn audit_rows_are_only_ever_added() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_file(&folder.path().join("u.db")).unwrap();
        let entry = AuditEntry {
            at: UnixMs(1),
            institution: None,
            actor: "nobody".to_owned(),
            action: "office.login".into(),
            address: None,
            subject: None,
            outcome: "ok".to_owned(),
        };
        db.write(move |tx| audit::add(tx, &entry)).await.unwrap();
        for forbidden in ["UPDATE audit SET outcome = 'x'", "DELETE FROM audit"] {
            let refused = db.write(move |tx| tx.execute(forbidden, values![])).await;
            assert!(matches!(refused, Err(StoreError::Database(_))), "{forbidden}");
        }
        db.close().await;
    }
}
