//! The database and the keys of the folder of `--data`: opened, looked through, and refused where they are not what they should be.

use std::path::Path;

use server::command_line::{DatabaseAt, InstitutionAt};
use server::config::PostgresAt;
use server::files::{sync_folder, write_secret};
use server::identity::Mode;
use server::random::Random;
use server::store::db::Db;
use server::store::{self, StoreError, deployment};
use server::tenant::Tenant;
use server::trouble::Trouble;
use shared::domain::institution::InstitutionCode;

use crate::say;

/// Name of the database in the folder of `--data`.
const DATABASE: &str = "uketsuke.db";

const VISIT_KEY: &str = "visit.key";

const RESTORE: &str =
    "stop the server, keep the folder as it is, and put the newest backup into a new one: uketsuke-server restore (docs/operate.md)";

/// A folder with a key had a database: one that is gone or empty by now is not begun anew without a word.
fn refuse_lost_data(folder: &Path) -> Result<(), Trouble> {
    let length = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |found| found.len());
    let log = format!("{DATABASE}-wal");
    if length(VISIT_KEY) == 0 || length(DATABASE) > 0 || length(&log) > 0 {
        return Ok(());
    }
    Err(Trouble::machine(
        format!("the database in {} is empty or gone, but the key beside it says that there was one", folder.display()),
        format!("{RESTORE}; to begin with nothing, remove {VISIT_KEY}"),
    ))
}

/// Looks through a whole database and says what is wrong with it.
pub(crate) fn check_database(folder: &Path) -> Result<(), Trouble> {
    let file = folder.join(DATABASE);
    let trouble = |what: String| Trouble::machine(format!("{}: {what}", file.display()), RESTORE);
    refuse_lost_data(folder)?;
    let wrong = Db::check_file(&file).map_err(|why| trouble(why.to_string()).because(why))?;
    for one in &wrong {
        say(one);
    }
    if wrong.is_empty() {
        say(&format!("{} is sound", file.display()));
        return Ok(());
    }
    Err(trouble(format!("{} faults", wrong.len())))
}

/// Opens the database for a command about one institution, which must be there.
pub(crate) async fn open_institution(at: &InstitutionAt) -> Result<(Db, Tenant), Trouble> {
    let db = open_existing(&at.database, at.demo).await?;
    match institution_in(&db, &at.institution).await {
        Ok(tenant) => Ok((db, tenant)),
        Err(trouble) => {
            db.close().await;
            Err(trouble)
        }
    }
}

/// Opens the database for a command; there must be one.
pub(crate) async fn open_existing(at: &DatabaseAt, is_demo: bool) -> Result<Db, Trouble> {
    let (data, postgres) = (&at.data, at.postgres());
    if postgres.is_none() && !data.join(DATABASE).exists() {
        return Err(Trouble::usage(format!("there is no database in {}", data.display()), "give the server's own --data"));
    }
    open_database(data, postgres.as_ref(), if is_demo { Mode::Demo } else { Mode::Production }).await
}

/// The institution that a command names.
pub(crate) async fn institution_in(db: &Db, code: &str) -> Result<Tenant, Trouble> {
    let code = InstitutionCode::from_pasted(code)
        .map_err(|why| Trouble::usage(format!("--institution is no institution code: {why}"), "for example --institution 9969900001"))?;
    let tenant = Tenant::of_operator(&code);
    let asked = tenant.clone();
    match db.read(move |tx| store::institution::find(tx, &asked)).await {
        Ok(Some(_)) => Ok(tenant),
        Ok(None) => {
            Err(Trouble::usage(format!("there is no institution {code}"), "check --institution and --data; `institution add` adds one"))
        }
        Err(why) => Err(Trouble::machine("the database cannot be read", "check rights and space of --data").because(why)),
    }
}

/// Opens the database of a folder that is of this mode, or of none yet.
pub(crate) async fn open_database(folder: &Path, postgres: Option<&PostgresAt>, mode: Mode) -> Result<Db, Trouble> {
    let folder_trouble = |why: std::io::Error| {
        let next = "check that it exists and that this user may write there";
        Trouble::machine(format!("the folder {} cannot be used", folder.display()), next).because(why)
    };
    make_folder(folder).map_err(folder_trouble)?;
    let database_trouble = |why: StoreError| match why {
        StoreError::OldEngine(_) => Trouble::machine(why.to_string(), "build with the bundled SQLite (3.51.3 or newer)"),
        StoreError::Address(..) => {
            Trouble::usage(format!("--database-url: {why}"), "for example postgres://uketsuke@localhost/uketsuke").because(why)
        }
        StoreError::Broken(_) => Trouble::machine(format!("{}: {why}", folder.join(DATABASE).display()), RESTORE).because(why),
        StoreError::Full => Trouble::machine("the disk is full", "make room for the database, then start again").because(why),
        StoreError::Database(_) | StoreError::Stopped | StoreError::Busy | StoreError::Unknown(_) | StoreError::Damaged(_) => {
            let (what, next) = match postgres {
                Some(_) => {
                    ("the PostgreSQL database cannot be used".to_owned(), "check that it runs, --database-url and the rights of its user")
                }
                None => (format!("the database in {} cannot be opened", folder.display()), "check rights and space of the folder"),
            };
            Trouble::machine(what, next).because(why)
        }
    };
    let db = match postgres {
        None => {
            refuse_lost_data(folder)?;
            Db::open_file(&folder.join(DATABASE))
        }
        Some(at) => {
            let ca = at.ca.as_ref().map(std::fs::read_to_string).transpose();
            let ca = ca.map_err(|why| Trouble::usage("--database-ca cannot be read", "check the file").because(why))?;
            Db::connect(&at.url, ca.as_deref())
        }
    };
    let db = db.map_err(database_trouble)?;
    let kind = match mode {
        Mode::Demo => "demo",
        Mode::Production => "production",
    };
    if db.write(move |tx| deployment::is_of(tx, kind)).await.map_err(database_trouble)? {
        return Ok(db);
    }
    db.close().await;
    let (place, other) = match postgres {
        None => (folder.display().to_string(), "give another folder with --data"),
        Some(_) => ("the PostgreSQL database".to_owned(), "give another one with --database-url"),
    };
    Err(match mode {
        Mode::Production => Trouble::usage(
            format!("{place} holds a demo: its logins are known, it must not serve real visits"),
            format!("{other}, or start the demo with --demo"),
        ),
        Mode::Demo => Trouble::usage(format!("{place} holds real data: a demo must not serve it"), format!("{other}, or leave out --demo")),
    })
}

/// Makes the folder for its owner alone. One that is there already is the operator's: others who can look in are named only.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let is_new = !folder.exists();
    builder.create(folder)?;
    if is_new && let Some(parent) = folder.canonicalize()?.parent() {
        sync_folder(parent)?;
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder)?.permissions()) & 0o077 != 0 {
        tracing::warn!("other users of this machine can look into the folder of --data: chmod 700 it");
    }
    Ok(())
}

/// The same key for every server on one database: a visit that was opened on one is proved on another.
pub(crate) async fn shared_visit_key(db: &Db, random: &Random) -> Result<[u8; 32], Trouble> {
    let trouble = || Trouble::machine("the servers' common key cannot be read from the database", "check the database");
    let fresh = random.bytes().map_err(|why| trouble().because(why))?;
    db.write(move |tx| deployment::shared_key(tx, "visit", &fresh)).await.map_err(|why| trouble().because(why))
}

/// The key from which visit secrets are derived: made once, so that a tablet goes on after a restart.
pub(crate) fn visit_key(folder: &Path, random: &Random) -> Result<[u8; 32], Trouble> {
    let file = folder.join(VISIT_KEY);
    let trouble =
        || Trouble::machine(format!("the key {} cannot be used", file.display()), "check it, or remove it: open visits then start anew");
    match std::fs::read(&file) {
        Ok(bytes) => bytes.try_into().map_err(|_| trouble()),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            let key = random.bytes().map_err(|why| trouble().because(why))?;
            write_secret(&file, &key).map_err(|why| trouble().because(why))?;
            Ok(key)
        }
        Err(why) => Err(trouble().because(why)),
    }
}
