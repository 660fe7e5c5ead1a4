//! Backups of a whole server: made by the clock and by command, tried, restored, on both databases.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use server::backup::Failure;
use server::backup::make::{Making, all_in, make};
use server::backup::restore::{Restoring, look_into, newer, restore, try_out};
use server::backup::seal::Key;
use server::clock::Clock;
use server::jobs::backup::{Backups, Keeper};
use server::random::Random;
use server::rule;
use server::store::copy::Place;
use server::store::job::Owner;
use shared::api::backup::{BackupOutcome, BackupState, BackupStatus, TRIAL_EVERY_MS};

use crate::crash::{open, prove};
use crate::kept::Kept;
use crate::postgres::{blocking, by_hand, connect, fresh_url, texts};
use crate::program::{Program, program, run, said};
use crate::world::{CLINIC, STATION, TODAY, add_institution, at};

const HOUR_MS: i64 = 60 * 60_000;

/// A server's database and data folder, a folder for its backups, a key.
struct Host {
    root: tempfile::TempDir,
    store: Kept,
    place: Place,
    clock: Clock,
}

impl Host {
    async fn of(store: Kept, place: Place, root: tempfile::TempDir) -> Self {
        std::fs::create_dir_all(root.path().join("data")).unwrap();
        std::fs::create_dir(root.path().join("backups")).unwrap();
        std::fs::write(root.path().join("data/visit.key"), [3; 32]).unwrap();
        let clock = Clock::standing_at(at(TODAY));
        add_institution(&store, STATION, "ひなた訪問看護ステーション", &Random::machine(), clock.now()).await;
        let host = Self { root, store, place, clock };
        Key::read_or_make(&host.path("backup.key"), &Random::machine()).unwrap();
        host
    }

    async fn sqlite() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("data")).unwrap();
        let file = root.path().join("data").join(server::backup::DATABASE);
        let store = Kept(Arc::new(server::store::db::Db::open_file(&file).unwrap()));
        Self::of(store, Place::Sqlite(file), root).await
    }

    async fn postgres() -> Self {
        let url = fresh_url();
        let store = Kept(Arc::new(connect(&url)));
        Self::of(store, Place::Postgres { url, ca: None }, tempfile::tempdir().unwrap()).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn keeper(&self) -> Keeper {
        let backups = Backups {
            data: self.path("data"),
            place: self.place.clone(),
            to: self.path("backups"),
            key_file: self.path("backup.key"),
            settings: None,
            also: Vec::new(),
            every_ms: 3 * HOUR_MS,
            kept_ms: 7 * 24 * HOUR_MS,
        };
        Keeper::new(Arc::clone(&self.store.0), self.clock.clone(), Random::machine(), backups).unwrap()
    }

    fn later(&self, ms: i64) {
        self.clock.set(self.clock.now().plus_ms(ms));
    }

    async fn status(&self) -> BackupStatus {
        let now = self.clock.now();
        self.store.0.read(move |tx| rule::backup::status(tx, now)).await.unwrap()
    }

    fn backup(&self) -> Result<PathBuf, Failure> {
        let (key, now) = (Key::read(&self.path("backup.key")).unwrap(), self.clock.now());
        let (data, to, key_file) = (self.path("data"), self.path("backups"), self.path("backup.key"));
        let making = Making {
            data: &data,
            place: &self.place,
            to: &to,
            key: &key,
            key_file: &key_file,
            settings: None,
            also: &[],
            salt: Random::machine().bytes().unwrap(),
            now,
        };
        blocking(|| make(&making)).map(|made| made.file)
    }

    fn key(&self) -> Key {
        Key::read(&self.path("backup.key")).unwrap()
    }
}

async fn backups_are_made_by_the_clock_and_a_restore_is_tried_every_month(host: &Host) {
    assert_eq!(host.status().await.state, BackupState::NotSetUp);
    let keeper = host.keeper();
    assert!(keeper.run_due().await.unwrap(), "the first one at once");
    let status = host.status().await;
    assert_eq!((status.state, status.rows.len()), (BackupState::Good, 1));
    assert_eq!(status.next_at, Some(host.clock.now().plus_ms(3 * HOUR_MS)));
    assert_eq!(status.last_trial.map(|trial| trial.outcome), Some(BackupOutcome::Ok), "tried at once");
    assert!(!keeper.run_due().await.unwrap(), "not before its time");
    let tried_at = host.status().await.last_trial.unwrap().at;
    // Two servers: one of them makes it.
    let other = host.keeper();
    for round in 1..60_i64 {
        host.later(3 * HOUR_MS);
        let made = u32::from(keeper.run_due().await.unwrap()) + u32::from(other.run_due().await.unwrap());
        assert_eq!(made, 1, "round {round}");
    }
    let status = host.status().await;
    assert_eq!((status.state, status.last_trial.unwrap().at), (BackupState::Good, tried_at), "tried monthly, not each time");
    assert_eq!(all_in(&host.path("backups")).unwrap().len(), 57, "seven days of them, and the one at the edge");
    host.later(TRIAL_EVERY_MS);
    assert_eq!(host.status().await.state, BackupState::Old, "nobody made any for a month");
    assert!(keeper.run_due().await.unwrap());
    assert_eq!(host.status().await.last_trial.unwrap().at, host.clock.now());
    assert_eq!(all_in(&host.path("backups")).unwrap().len(), 1);
}

async fn a_backup_that_fails_is_shown_and_comes_again(host: &Host) {
    let keeper = host.keeper();
    assert!(keeper.run_due().await.unwrap());
    std::fs::rename(host.path("backups"), host.path("unplugged")).unwrap();
    host.later(3 * HOUR_MS);
    assert!(keeper.run_due().await.unwrap());
    let status = host.status().await;
    assert_eq!((status.rows[0].outcome, status.rows[0].file.is_none()), (BackupOutcome::Place, true));
    assert_eq!(status.state, BackupState::Good, "one round late is not old yet");
    host.later(4 * HOUR_MS);
    assert_eq!(host.status().await.state, BackupState::Old);
    std::fs::rename(host.path("unplugged"), host.path("backups")).unwrap();
    assert!(keeper.run_due().await.unwrap(), "again without a hand");
    assert_eq!(host.status().await.state, BackupState::Good);
}

async fn a_keeper_that_died_is_taken_over(host: &Host) {
    let now = host.clock.now();
    let dead: Owner = [9; 16];
    let plan = rule::backup::Plan { place: host.path("backups").display().to_string(), every_ms: 3 * HOUR_MS, kept_ms: HOUR_MS };
    let taken = host.store.0.write(move |tx| {
        rule::backup::plan(tx, &plan, now)?;
        rule::job::take_only(tx, rule::backup::JOB, &dead, now)
    });
    assert!(taken.await.unwrap().is_some());
    let keeper = host.keeper();
    assert!(!keeper.run_due().await.unwrap(), "it is the other one's");
    host.later(rule::job::LEASE_MS + 1);
    assert!(keeper.run_due().await.unwrap());
    let other: Owner = [8; 16];
    host.later(3 * HOUR_MS);
    let now = host.clock.now();
    let general = host.store.0.write(move |tx| rule::job::take(tx, &other, now)).await.unwrap();
    assert_eq!(general, None, "who has no folder for backups leaves the job alone");
}

macro_rules! on_both {
    ($($law:ident),* $(,)?) => {
        mod on_sqlite { $(#[tokio::test] async fn $law() { super::$law(&super::Host::sqlite().await).await; })* }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $law() { super::$law(&super::Host::postgres().await).await; })* }
    };
}
on_both!(
    backups_are_made_by_the_clock_and_a_restore_is_tried_every_month,
    a_backup_that_fails_is_shown_and_comes_again,
    a_keeper_that_died_is_taken_over,
);

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_database_comes_back_table_by_table() {
    let host = Host::postgres().await;
    let Place::Postgres { url, .. } = &host.place else { unreachable!() };
    // What a text form may stumble over.
    by_hand(url, "UPDATE institutions SET name = E'a\\tb\\nc\\\\d é 𠮷'; INSERT INTO shared_keys VALUES ('x', '\\x00ff0a5c')").unwrap();
    by_hand(url, "INSERT INTO audit (at, actor, action, outcome) VALUES (1, 'test', 'test', 'ok')").unwrap();
    let file = host.backup().unwrap();
    let manifest = look_into(&file, &host.key()).unwrap();
    let (key, data) = (host.key(), host.path("data"));
    blocking(|| try_out(&file, &key, &data, &host.place)).unwrap();
    assert_eq!(texts(url, "SELECT nspname::text FROM pg_namespace WHERE nspname = 'uketsuke_trial'"), Vec::<String>::new());
    // Something comes after it.
    add_institution(&host.store, CLINIC, "試験クリニック", &Random::machine(), host.clock.now()).await;
    by_hand(url, "INSERT INTO audit (at, actor, action, outcome) VALUES (2, 'test', 'later', 'ok')").unwrap();
    let found = blocking(|| newer(&host.place, &manifest.facts.end)).unwrap();
    assert_eq!((found.audit, found.accounts.len(), found.acts[0].1.as_str()), (1, 4, "later"));
    let to = fresh_url();
    let into = Place::Postgres { url: to.clone(), ca: None };
    let new = host.path("new");
    let restoring = || blocking(|| restore(&Restoring { from: &file, key: &key, data: &new, postgres: Some(&into) }));
    restoring().unwrap();
    assert_eq!(std::fs::read(new.join("visit.key")).unwrap(), [3; 32]);
    let both = |sql: &str| (texts(url, sql), texts(&to, sql));
    let (was, is) = both("SELECT name FROM institutions WHERE code = '9969900001'");
    assert_eq!(was, is);
    assert_eq!(texts(&to, "SELECT encode(key, 'hex') FROM shared_keys WHERE name = 'x'"), ["00ff0a5c"]);
    // Its numbers go on, and its log refuses to be changed like the former one.
    let db = connect(&to);
    by_hand(&to, "INSERT INTO audit (at, actor, action, outcome) VALUES (3, 'test', 'new', 'ok')").unwrap();
    assert!(by_hand(&to, "DELETE FROM audit").is_err());
    db.close().await;
    std::fs::remove_dir_all(&new).unwrap();
    assert!(restoring().is_err(), "the database is not empty any more");
    assert!(!new.exists());
    // A backup of the one kind is none of the other.
    let refused = restore(&Restoring { from: &file, key: &key, data: &new, postgres: None }).unwrap_err();
    assert!(matches!(&refused, Failure::OtherDatabase(kind) if kind == "postgres"), "{refused}");
}

/// The arguments of `backup` for a program.
fn backup_of(data: &Path, root: &Path) -> Vec<String> {
    let path = |path: PathBuf| path.to_str().unwrap().to_owned();
    let (to, key) = (path(root.join("backups")), path(root.join("backup.key")));
    vec!["backup".to_owned(), "--data".to_owned(), path(data.to_owned()), "--to".to_owned(), to, "--key".to_owned(), key]
}

#[tokio::test]
async fn a_visit_is_found_on_the_restored_server() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("backups")).unwrap();
    let first = Program::demo().await;
    let visit = open(&first, &[1; 16]).await.unwrap();
    let (status, answer) = prove(&first, &visit, &Mutex::new(first.card("ichiro"))).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    // While the server runs.
    let args = backup_of(first.folder(), root.path());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (exit, out, errors) = said(&run(&args));
    assert_eq!((exit, errors.as_str()), (0, ""));
    assert!(out.contains("consents  1") && out.contains("keep a copy of it at another place"), "{out}");
    // A second visit is newer than the copy.
    let later = open(&first, &[2; 16]).await.unwrap();
    prove(&first, &later, &Mutex::new(first.card("hanako"))).await.unwrap();
    let from = all_in(&root.path().join("backups")).unwrap().pop().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (data, key) = (folder.path().to_str().unwrap(), root.path().join("backup.key"));
    let restore = ["restore", "--from", from.to_str().unwrap(), "--key", key.to_str().unwrap(), "--data", data];
    let (exit, out, errors) = said(&run(&restore));
    assert_eq!((exit, errors.as_str()), (0, ""));
    for said in ["restored ", "newer     1 consents, 1 visits, 0 accounts", "reception.prove 1", "all log in anew"] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let (exit, _, errors) = said(&run(&restore));
    assert!(exit == 2 && errors.contains("is not empty") && errors.contains("does not exist yet"), "{errors}");
    drop(first);
    let second = Program::on(folder);
    let secret = ("x-uketsuke-visit", visit.secret.to_text());
    let (status, found) = second.ask("GET", &format!("/api/visits/{}", visit.visit), &[secret], "").await.unwrap();
    assert_eq!(status, 200, "{found}");
    let receipt = |text: &str| text.split("\"receipt\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(receipt(&found), receipt(&answer), "the keys came along: the tablet's secret still opens its visit");
    let secret = ("x-uketsuke-visit", later.secret.to_text());
    let (status, _) = second.ask("GET", &format!("/api/visits/{}", later.visit), &[secret], "").await.unwrap();
    assert_eq!(status, 404, "control: what came after the copy is not in it");
}

#[tokio::test]
async fn a_killed_program_leaves_no_half_copy() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("backups")).unwrap();
    let host = Program::demo().await;
    let args = backup_of(host.folder(), root.path());
    assert!(program().args(&args).output().unwrap().status.success());
    let key = Key::read(&root.path().join("backup.key")).unwrap();
    let mut killed = 0;
    for round in 0..24_u64 {
        let mut child = program().args(&args).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(round * 4) && child.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        let _ = child.kill();
        killed += u32::from(!child.wait().unwrap().success());
        for file in all_in(&root.path().join("backups")).unwrap() {
            look_into(&file, &key).unwrap();
        }
    }
    assert!(killed > 3, "{killed}");
    assert!(program().args(&args).output().unwrap().status.success(), "what was left is in nobody's way");
}
