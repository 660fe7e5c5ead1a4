//! Backups and restores of a SQLite folder: whole, stopped at each step, damaged, without space.

use std::path::{Path, PathBuf};

use shared::domain::calendar::UnixMs;
use shared::domain::institution::{InstitutionCode, ReceptionToken};

use super::make::{DRAFT, LOCK, Making, SNAPSHOT, Step, all_in, in_steps, lock_folder, make, name_at, remove_before};
use super::restore::{self, Restoring, look_into, newer, try_out};
use super::seal::Key;
use super::{DATABASE, Failure};
use crate::random::Random;
use crate::store::copy::Place;
use crate::store::db::Db;
use crate::store::{AuditEntry, Institution, NewInstitution, audit, deployment, institution};
use crate::tenant::Tenant;

/// A data folder with a database, a folder for backups, and a key.
struct World {
    root: tempfile::TempDir,
    place: Place,
    key: Key,
    db: Db,
}

impl World {
    async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        std::fs::create_dir_all(data.join("ca")).unwrap();
        std::fs::create_dir(root.path().join("backups")).unwrap();
        std::fs::write(data.join("visit.key"), [5; 32]).unwrap();
        std::fs::write(data.join("ca/office.key"), "secret of the office").unwrap();
        std::fs::create_dir_all(data.join("former-pages/device")).unwrap();
        std::fs::write(data.join("former-pages/device/a.wasm"), "a program").unwrap();
        std::fs::write(root.path().join("u.toml"), "helper-port = 1234\n").unwrap();
        let db = Db::open_file(&data.join(DATABASE)).unwrap();
        let (key, _) = Key::read_or_make(&root.path().join("backup.key"), &Random::machine()).unwrap();
        let world = Self { place: Place::Sqlite(data.join(DATABASE)), root, key, db };
        world.db.write(|tx| deployment::is_of(tx, "production")).await.unwrap();
        world.add("9969900001").await;
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    async fn add(&self, code: &str) {
        let institution = Institution::new(InstitutionCode::try_from(code).unwrap(), "x", "");
        let token = ReceptionToken::from_random(crate::sha256(code.as_bytes()));
        let new = NewInstitution { institution, token, accounts: Vec::new(), at: UnixMs(1) };
        let added = move |tx: &mut crate::store::tx::Tx<'_>| {
            crate::rule::institution::add(tx, &new)?;
            let tenant = Tenant::of_operator(&new.institution.code);
            audit::add(tx, &AuditEntry::of_operator(UnixMs(1), &tenant, "institution.add", "x"))
        };
        self.db.write(added).await.unwrap();
    }

    fn making<'a>(&'a self, paths: &'a [PathBuf; 4], at: i64) -> Making<'a> {
        Making {
            data: &paths[0],
            place: &self.place,
            to: &paths[1],
            key: &self.key,
            key_file: &paths[2],
            settings: Some(&paths[3]),
            also: &[],
            salt: crate::sha256(&at.to_be_bytes()),
            now: UnixMs(at),
        }
    }

    fn paths(&self) -> [PathBuf; 4] {
        ["data", "backups", "backup.key", "u.toml"].map(|name| self.path(name))
    }

    fn backup(&self, at: i64) -> PathBuf {
        make(&self.making(&self.paths(), at)).unwrap().file
    }

    fn restore(&self, from: &Path, name: &str) -> Result<PathBuf, Failure> {
        let data = self.path(name);
        restore::restore(&Restoring { from, key: &self.key, data: &data, postgres: None }).map(|_| data)
    }
}

async fn codes_in(folder: &Path) -> Vec<String> {
    let db = Db::open_file(&folder.join(DATABASE)).unwrap();
    let mut found = Vec::new();
    for code in ["9969900001", "9969900019"] {
        let tenant = Tenant::of_operator(&InstitutionCode::try_from(code).unwrap());
        if db.read(move |tx| institution::find(tx, &tenant)).await.unwrap().is_some() {
            found.push(code.to_owned());
        }
    }
    db.close().await;
    found
}

#[tokio::test]
async fn all_that_a_server_needs_comes_back_while_it_runs_on() {
    let world = World::new().await;
    let first = world.backup(1_795_000_000_000);
    world.add("9969900019").await;
    let second = world.backup(1_795_000_001_000);
    assert_eq!(all_in(&world.path("backups")).unwrap(), [first.clone(), second.clone()], "and nothing else is left of them");
    assert_eq!(std::fs::read_dir(world.path("backups")).unwrap().count(), 2);
    assert!(!world.path("data").join(SNAPSHOT).exists());
    let bytes = std::fs::read(&first).unwrap();
    for secret in ["secret of the office", "9969900001", "SQLite format"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    let (old, new) = (world.restore(&first, "old").unwrap(), world.restore(&second, "new").unwrap());
    assert_eq!((codes_in(&old).await.len(), codes_in(&new).await.len()), (1, 2));
    assert_eq!(std::fs::read(new.join("visit.key")).unwrap(), [5; 32]);
    assert_eq!(std::fs::read_to_string(new.join("ca/office.key")).unwrap(), "secret of the office");
    assert_eq!(std::fs::read_to_string(new.join(restore::SETTINGS)).unwrap(), "helper-port = 1234\n");
    assert!(!new.join("former-pages").exists(), "files of the pages come with the program");
    let manifest = try_out(&second, &world.key, &world.path("data"), &world.place).unwrap();
    assert_eq!((manifest.facts.rows["institutions"], manifest.facts.rows["audit"]), (2, 2));
    assert!(!world.path("data").join(super::make::TRIAL).exists());
    world.db.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_what_was_restored() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new().await;
    let file = world.backup(1);
    let folder = world.restore(&file, "new").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&folder), mode(&folder.join(DATABASE)), mode(&folder.join("ca/office.key")), mode(&file)),
        (0o700, 0o600, 0o600, 0o600)
    );
}

#[tokio::test]
async fn what_is_newer_than_the_copy_is_counted() {
    let world = World::new().await;
    let file = world.backup(1);
    let manifest = look_into(&file, &world.key).unwrap();
    assert_eq!(newer(&world.place, &manifest.facts.end).unwrap(), crate::store::copy::Newer::default());
    world.add("9969900019").await;
    let found = newer(&world.place, &manifest.facts.end).unwrap();
    assert_eq!((found.audit, found.consents, found.visits), (1, 0, 0));
    assert_eq!(found.acts, [("9969900019".to_owned(), "institution.add".to_owned(), 1)]);
}

/// Each file of a good name must open with all its content.
fn all_open(world: &World, folder: &Path) -> bool {
    all_in(folder).unwrap().iter().all(|file| look_into(file, &world.key).is_ok())
}

#[tokio::test]
async fn a_kill_at_any_step_leaves_no_half_copy_under_a_good_name() {
    let stop = || Failure::NotSound("stopped by the test".to_owned());
    for step in Step::ALL {
        let world = World::new().await;
        let former = world.backup(1);
        let killed = in_steps(&world.making(&world.paths(), 2), &mut |at| if at == step { Err(stop()) } else { Ok(()) });
        assert!(killed.is_err(), "{step:?}");
        let names = all_in(&world.path("backups")).unwrap();
        assert!(names.contains(&former) && all_open(&world, &world.path("backups")), "{step:?}");
        assert_eq!(names.len(), if matches!(step, Step::Named | Step::Done) { 2 } else { 1 }, "{step:?}");
        // The next one works, and clears away what was left.
        world.backup(3);
        assert!(!world.path("backups").join(DRAFT).exists() && !world.path("data").join(SNAPSHOT).exists(), "{step:?}");
        assert!(all_open(&world, &world.path("backups")), "{step:?}");
        // Control: written under its name from the beginning, the copy of the kill is found half.
        std::fs::copy(&former, world.path("backups").join(name_at(UnixMs(4)))).unwrap();
        let half = std::fs::OpenOptions::new().write(true).open(world.path("backups").join(name_at(UnixMs(4)))).unwrap();
        half.set_len(half.metadata().unwrap().len() / 2).unwrap();
        assert!(!all_open(&world, &world.path("backups")), "control");
    }
}

#[tokio::test]
async fn a_restore_killed_at_any_step_leaves_no_half_folder() {
    let world = World::new().await;
    let from = world.backup(1);
    for step in restore::Step::ALL {
        let data = world.path(&format!("new-{step:?}"));
        let of = Restoring { from: &from, key: &world.key, data: &data, postgres: None };
        let stop = &mut |at| if at == step { Err(Failure::NotSound("stopped by the test".to_owned())) } else { Ok(()) };
        assert!(restore::in_steps(&of, stop).is_err());
        assert_eq!(data.exists(), step == restore::Step::Named, "{step:?}");
        if step != restore::Step::Named {
            restore::restore(&of).unwrap();
        }
        assert_eq!(codes_in(&data).await.len(), 1, "{step:?}");
        assert!(!restore::draft_of(&data).exists(), "{step:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_leaves_the_former_backups() {
    let world = World::new().await;
    let former = world.backup(1);
    // Each write to it says that the disk is full.
    std::os::unix::fs::symlink("/dev/full", world.path("backups").join(DRAFT)).unwrap();
    let refused = make(&world.making(&world.paths(), 2)).unwrap_err();
    assert!(matches!(refused, Failure::Full), "{refused:?}");
    assert_eq!(all_in(&world.path("backups")).unwrap(), [former]);
    assert_eq!(std::fs::read_dir(world.path("backups")).unwrap().count(), 1, "the draft is gone, and with it the space");
    assert!(all_open(&world, &world.path("backups")));
    world.backup(3);
}

#[tokio::test]
async fn a_fault_is_named_before_anything_is_touched() {
    let world = World::new().await;
    let from = world.backup(1);
    let bytes = std::fs::read(&from).unwrap();
    let (bad, other) = (world.path("bad.uks"), world.path("other.key"));
    let try_with = |content: &[u8], key: &Key| {
        std::fs::write(&bad, content).unwrap();
        let refused = restore::restore(&Restoring { from: &bad, key, data: &world.path("new"), postgres: None }).unwrap_err();
        assert!(!world.path("new").exists() && !restore::draft_of(&world.path("new")).exists());
        refused
    };
    let (other, _) = Key::read_or_make(&other, &Random::machine()).unwrap();
    assert!(matches!(try_with(&bytes, &other), Failure::OtherKey));
    assert!(matches!(try_with(&bytes[..bytes.len() / 2], &world.key), Failure::Cut));
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 4;
    assert!(matches!(try_with(&flipped, &world.key), Failure::Damaged));
    assert!(matches!(try_with(b"a letter", &world.key), Failure::NotABackup));
    std::fs::create_dir(world.path("full")).unwrap();
    std::fs::write(world.path("full/x"), "").unwrap();
    assert!(matches!(world.restore(&from, "full").unwrap_err(), Failure::NotEmpty(_)));
    std::fs::create_dir(world.path("empty")).unwrap();
    assert!(world.restore(&from, "empty").is_ok(), "control: an empty folder will do");
}

#[tokio::test]
async fn a_newer_programs_backup_is_refused_and_an_older_ones_brought_up_to_date() {
    let world = World::new().await;
    let by_hand = |sql: &str| {
        let Place::Sqlite(file) = &world.place else { unreachable!() };
        rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
    };
    by_hand("INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (9999, 'later', 'x', '0')");
    let newer = world.backup(1);
    let refused = world.restore(&newer, "new").unwrap_err();
    assert!(matches!(&refused, Failure::NewerProgram(version) if version == env!("CARGO_PKG_VERSION")), "{refused:?}");
    by_hand("DELETE FROM refinery_schema_history WHERE version = 9999");
    let older = world.restore(&world.backup(2), "older").unwrap();
    // As a program left it that knew no activation codes.
    let file = rusqlite::Connection::open(older.join(DATABASE)).unwrap();
    let applied: i64 = file.query_row("SELECT count(*) FROM refinery_schema_history", [], |row| row.get(0)).unwrap();
    assert!(applied > 5);
    drop(file);
    assert_eq!(codes_in(&older).await.len(), 1);
}

#[tokio::test]
async fn places_that_would_lose_or_open_the_backups_are_refused() {
    let world = World::new().await;
    std::fs::create_dir(world.path("data/backups")).unwrap();
    let mut inside = world.paths();
    inside[1] = world.path("data/backups");
    assert!(matches!(make(&world.making(&inside, 1)), Err(Failure::BadPlace(_))));
    let mut beside = world.paths();
    beside[2] = world.path("backups/backup.key");
    std::fs::copy(world.path("backup.key"), &beside[2]).unwrap();
    assert!(matches!(make(&world.making(&beside, 1)), Err(Failure::BadPlace(_))));
    let held = std::fs::File::create(world.path("data").join(LOCK)).unwrap();
    held.lock().unwrap();
    assert!(matches!(make(&world.making(&world.paths(), 1)), Err(Failure::Busy)));
    held.unlock().unwrap();
    assert!(make(&world.making(&world.paths(), 1)).is_ok(), "control");
}

/// A program that is being started has the open files of its parent for a moment.
#[test]
fn a_lock_that_is_let_go_is_free_though_its_file_is_still_open_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let lock = lock_folder(folder.path()).unwrap();
    let of_a_child = lock.0.try_clone().unwrap();
    assert!(matches!(lock_folder(folder.path()), Err(Failure::Busy)), "control");
    drop(lock);
    assert!(lock_folder(folder.path()).is_ok());
    of_a_child.lock().unwrap();
    assert!(matches!(lock_folder(folder.path()), Err(Failure::Busy)), "control: only closed, it is held on");
}

#[test]
fn old_backups_leave_but_never_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let day = |n: i64| UnixMs(1_795_000_000_000 + n * 86_400_000);
    for n in 0..10 {
        std::fs::write(folder.path().join(name_at(day(n))), "x").unwrap();
    }
    for other in ["uketsuke-notes.txt", "uketsuke-20200101-000000-000.uks.bak", "uketsuke-2020010a-000000-000.uks"] {
        std::fs::write(folder.path().join(other), "x").unwrap();
    }
    assert_eq!(remove_before(folder.path(), day(3)).unwrap(), 3);
    assert_eq!(all_in(folder.path()).unwrap().first(), Some(&folder.path().join(name_at(day(3)))));
    assert_eq!(remove_before(folder.path(), day(100)).unwrap(), 6);
    assert_eq!(all_in(folder.path()).unwrap(), [folder.path().join(name_at(day(9)))]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "what is none of them stays");
}
