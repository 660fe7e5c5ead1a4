//! The embedded store: SQLite in WAL mode with `synchronous = FULL`, one writer, readers on their own read-only connections.

mod office;
mod rows;
mod visits;
mod writer;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection, SqlitePool};

use crate::identity::Mode;
use crate::store::{
    Account, Answer, Attempt, AttemptPolicy, AuditEntry, ConsentHits, ConsentId, ConsentQuery, ConsentRecord, Institution, NewChallenge,
    NewInstitution, NewPassword, NewVisit, Opened, ProofStored, Proved, ReceptionPage, ReceptionUrlRecord, SessionFound, SessionRecord,
    Sha256, Store, StoreError, Visit, VisitId,
};
use shared::api::office::ChosenCoverage;
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, ReceptionToken, Use};

use writer::Writer;

/// The oldest engine without the WAL fault of 3.7.0 to 3.51.2 (two connections writing or checkpointing at the same moment).
const OLDEST_ENGINE: (u32, u32, u32) = (3, 51, 3);
const READERS: u32 = 4;
/// Another process (`institution add`) may hold the write lock this long.
const BUSY: Duration = Duration::from_secs(5);

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Database(Box::new(error))
    }
}

/// The embedded store.
pub struct SqliteStore {
    writer: Writer,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the database file, makes it when it is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError::OldEngine`] below SQLite 3.51.3; else what the database says.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        keep_private(file).map_err(|why| StoreError::Database(Box::new(why)))?;
        let options = SqliteConnectOptions::new().filename(file).busy_timeout(BUSY).foreign_keys(true).disable_statement_logging();
        let mut connection = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .connect()
            .await?;
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut connection).await?;
        if !is_sound(&version) {
            return Err(StoreError::OldEngine(version));
        }
        MIGRATIONS.run(&mut connection).await?;
        visits::renew_search_keys(&mut connection).await?;
        let readers =
            SqlitePoolOptions::new().max_connections(READERS).test_before_acquire(false).connect_with(options.read_only(true)).await?;
        Ok(Self { writer: Writer::start(connection), readers })
    }

    /// True when the data are of this mode; data that are of none yet are so from now on.
    ///
    /// # Errors
    /// What the database says.
    pub async fn is_of(&self, mode: Mode) -> Result<bool, StoreError> {
        let kind = match mode {
            Mode::Demo => "demo",
            Mode::Production => "production",
        };
        self.writer.write(move |c| Box::pin(async move { office::is_of(c, kind).await })).await
    }

    /// Commits so far: fewer than requests when they came together.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
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

async fn add_audit(connection: &mut SqliteConnection, entry: &AuditEntry) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO audit (at, institution, actor, action, subject, outcome) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(entry.at.0)
        .bind(entry.institution.as_ref().map(InstitutionCode::as_str))
        .bind(&entry.actor)
        .bind(entry.action.as_ref())
        .bind(&entry.subject)
        .bind(&entry.outcome)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store for SqliteStore {
    fn add_institution(&self, new: NewInstitution) -> Answer<'_, bool> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::add_institution(c, &new).await })))
    }

    fn institution<'a>(&'a self, code: &'a InstitutionCode) -> Answer<'a, Option<Institution>> {
        Box::pin(office::institution(&self.readers, code))
    }

    fn switch_home_visit<'a>(&'a self, code: &'a InstitutionCode, is_on: bool) -> Answer<'a, ()> {
        let code = code.clone();
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::switch_home_visit(c, &code, is_on).await })))
    }

    fn switch_eligibility_view<'a>(&'a self, code: &'a InstitutionCode, is_on: bool) -> Answer<'a, ()> {
        let code = code.clone();
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::switch_eligibility_view(c, &code, is_on).await })))
    }

    fn reception_page(&self, token_sha256: Sha256) -> Answer<'_, Option<ReceptionPage>> {
        Box::pin(office::reception_page(&self.readers, token_sha256))
    }

    fn reception_url<'a>(&'a self, code: &'a InstitutionCode, r#use: Use) -> Answer<'a, Option<ReceptionUrlRecord>> {
        Box::pin(async move {
            let mut connection = self.readers.acquire().await?;
            office::reception_url(&mut connection, code, r#use).await
        })
    }

    fn change_reception_url(
        &self,
        r#use: Use,
        present: ReceptionToken,
        next: ReceptionToken,
        audit: AuditEntry,
    ) -> Answer<'_, Option<ReceptionUrlRecord>> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::change_reception_url(c, r#use, &present, &next, &audit).await })))
    }

    fn open_visit(&self, new: NewVisit) -> Answer<'_, Opened> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { visits::open_visit(c, &new).await })))
    }

    fn visit<'a>(&'a self, id: &'a VisitId) -> Answer<'a, Option<Visit>> {
        Box::pin(async move {
            let mut connection = self.readers.acquire().await?;
            visits::visit(&mut connection, id).await
        })
    }

    fn renew_challenge(&self, id: VisitId, challenge: NewChallenge) -> Answer<'_, bool> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { visits::renew_challenge(c, &id, &challenge).await })))
    }

    fn store_proof(&self, proved: Proved) -> Answer<'_, ProofStored> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { visits::store_proof(c, proved).await })))
    }

    fn leave_visit(&self, id: VisitId, at: UnixMs) -> Answer<'_, ()> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { visits::leave_visit(c, &id, at).await })))
    }

    fn search_consents<'a>(&'a self, code: &'a InstitutionCode, query: &'a ConsentQuery) -> Answer<'a, ConsentHits> {
        Box::pin(visits::search_consents(&self.readers, code, query))
    }

    fn consent<'a>(&'a self, code: &'a InstitutionCode, id: &'a ConsentId) -> Answer<'a, Option<ConsentRecord>> {
        Box::pin(visits::consent(&self.readers, code, id))
    }

    fn choose_coverage(
        &self,
        code: InstitutionCode,
        id: ConsentId,
        choice: ChosenCoverage,
        shown: Option<u32>,
        audit: AuditEntry,
    ) -> Answer<'_, bool> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { visits::choose_coverage(c, &code, &id, &choice, shown, &audit).await })))
    }

    fn forget_results(&self, done_by: UnixMs) -> Answer<'_, u64> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { visits::forget_results(c, done_by).await })))
    }

    fn account<'a>(&'a self, code: &'a InstitutionCode, user: &'a UserId) -> Answer<'a, Option<(Account, Institution)>> {
        Box::pin(office::account(&self.readers, code, user))
    }

    fn add_account(&self, code: InstitutionCode, account: Account) -> Answer<'_, bool> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::add_account(c, &code, &account).await })))
    }

    fn change_password(&self, new: NewPassword) -> Answer<'_, bool> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::change_password(c, &new).await })))
    }

    fn open_session(&self, session: SessionRecord, judged: String, audit: AuditEntry) -> Answer<'_, bool> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::open_session(c, &session, &judged, &audit).await })))
    }

    fn session(&self, id_sha256: Sha256) -> Answer<'_, Option<SessionFound>> {
        Box::pin(office::session(&self.readers, id_sha256))
    }

    fn touch_session(&self, id_sha256: Sha256, at: UnixMs) -> Answer<'_, ()> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::touch_session(c, id_sha256, at).await })))
    }

    fn end_session(&self, id_sha256: Sha256, audit: AuditEntry) -> Answer<'_, ()> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::end_session(c, id_sha256, &audit).await })))
    }

    fn count_attempt(&self, keys: Vec<(Sha256, AttemptPolicy)>, now: UnixMs) -> Answer<'_, Attempt> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::count_attempt(c, &keys, now).await })))
    }

    fn forgive_attempt(&self, forget: Vec<Sha256>, give_back: Vec<Sha256>) -> Answer<'_, ()> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { office::forgive_attempt(c, &forget, &give_back).await })))
    }

    fn record(&self, entry: AuditEntry) -> Answer<'_, ()> {
        Box::pin(self.writer.write(move |c| Box::pin(async move { add_audit(c, &entry).await })))
    }

    fn audit_of<'a>(&'a self, code: &'a InstitutionCode) -> Answer<'a, Vec<AuditEntry>> {
        Box::pin(office::audit_of(&self.readers, code))
    }

    fn failed(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.writer.failed())
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.readers.close().await;
            self.writer.close().await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let store = SqliteStore::open(&folder.path().join("u.db")).await.unwrap();
        let pragmas = store
            .writer
            .write(|c| {
                Box::pin(async move {
                    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *c).await?;
                    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *c).await?;
                    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut *c).await?;
                    Ok((journal, synchronous, foreign_keys))
                })
            })
            .await
            .unwrap();
        assert_eq!(pragmas, ("wal".to_owned(), 2, 1));
        let refused = sqlx::query("DELETE FROM visits").execute(&store.readers).await.unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");
        store.close().await;
    }

    #[tokio::test]
    async fn data_are_of_the_mode_that_came_first() {
        for (first, other) in [(Mode::Demo, Mode::Production), (Mode::Production, Mode::Demo)] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("u.db");
            let store = SqliteStore::open(&file).await.unwrap();
            assert!(store.is_of(first).await.unwrap());
            store.close().await;
            let store = SqliteStore::open(&file).await.unwrap();
            assert!(!store.is_of(other).await.unwrap());
            assert!(store.is_of(first).await.unwrap(), "asking changed nothing");
            store.close().await;
        }
    }

    #[tokio::test]
    async fn data_from_before_there_were_modes_are_judged_by_their_institution() {
        for (contact, mode) in [("窓口(デモのため電話はありません)", Mode::Demo), ("03-0000-0000", Mode::Production)] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("u.db");
            SqliteStore::open(&file).await.unwrap().close().await;
            let mut old = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
            sqlx::raw_sql("DROP TABLE deployment; DELETE FROM _sqlx_migrations WHERE version = 3").execute(&mut old).await.unwrap();
            sqlx::query("INSERT INTO institutions VALUES ('9969900001', 'x', ?, 1, 1, 0)").bind(contact).execute(&mut old).await.unwrap();
            sqlx::Connection::close(old).await.unwrap();
            let store = SqliteStore::open(&file).await.unwrap();
            for other in [Mode::Demo, Mode::Production] {
                assert_eq!(store.is_of(other).await.unwrap(), other == mode, "{contact}");
            }
            store.close().await;
        }
    }

    #[tokio::test]
    async fn tries_that_no_longer_count_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("u.db")).await.unwrap();
        let policy = AttemptPolicy { free: 5, first_wait_ms: 100, longest_wait_ms: 300, forget_after_ms: 10_000 };
        for (now, kept) in [(0, 1), (1, 2), (9_999, 3), (10_000, 3), (10_001, 3), (30_000, 1)] {
            let key = crate::sha256(&i64::to_be_bytes(now));
            store.count_attempt(vec![(key, policy)], UnixMs(now)).await.unwrap();
            let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM login_attempts").fetch_one(&store.readers).await.unwrap();
            assert_eq!(rows, kept, "at {now}");
        }
        store.close().await;
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_reads_the_database() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("u.db");
        for _ in 0..2 {
            let store = SqliteStore::open(&file).await.unwrap();
            assert!(store.is_of(Mode::Demo).await.unwrap());
            for name in ["u.db", "u.db-wal", "u.db-shm"] {
                let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{name}");
            }
            store.close().await;
            // As an older version may have left it.
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    #[tokio::test]
    async fn audit_rows_are_only_ever_added() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("u.db")).await.unwrap();
        let entry = AuditEntry {
            at: UnixMs(1),
            institution: None,
            actor: "nobody".to_owned(),
            action: "office.login".into(),
            subject: None,
            outcome: "ok".to_owned(),
        };
        store.record(entry).await.unwrap();
        for forbidden in ["UPDATE audit SET outcome = 'x'", "DELETE FROM audit"] {
            let refused = store.writer.write(move |c| {
                Box::pin(async move {
                    sqlx::query(forbidden).execute(c).await?;
                    Ok(())
                })
            });
            assert!(matches!(refused.await, Err(StoreError::Database(_))), "{forbidden}");
        }
        store.close().await;
    }
}
