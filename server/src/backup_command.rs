//! `backup` and `restore`: for the operator of the host (OT-37, P-BACKUP).

use std::path::Path;
use std::sync::Arc;

use server::backup::make::{Made, Making, make};
use server::backup::restore::{self, Restoring};
use server::backup::seal::Key;
use server::backup::{DATABASE, Failure};
use server::clock::Clock;
use server::command_line::{Backup, Restore};
use server::config::Settings;
use server::jobs::backup::{Backups, Keeper, check};
use server::random::Random;
use server::rule;
use server::rule::backup::Noted;
use server::store::StoreError;
use server::store::copy::{Newer, Place, known_migrations};
use server::store::db::Db;
use server::trouble::Trouble;
use shared::domain::calendar::UnixMs;
use tokio::sync::oneshot;

use crate::say;

fn trouble(why: Failure) -> Trouble {
    let next = why.next();
    match why {
        Failure::NoKey(..) | Failure::BadPlace(_) | Failure::NotEmpty(_) | Failure::OtherDatabase(_) | Failure::NotABackup => {
            Trouble::usage(why.to_string(), next).because(why)
        }
        _ => Trouble::machine(why.to_string(), next).because(why),
    }
}

/// The driver of PostgreSQL has a runtime of its own, so such work stands on a thread of its own.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    let failed = || Trouble::machine("the work was broken off", "run it again");
    let (tell, told) = oneshot::channel();
    let work = move || {
        // Nobody else waits for it.
        let _ = tell.send(work());
    };
    std::thread::Builder::new().name("backup".to_owned()).spawn(work).map_err(|why| failed().because(why))?;
    told.await.map_err(|why| failed().because(why))
}

fn place(data: &Path, url: Option<&str>, ca: Option<&Path>) -> Result<Place, Trouble> {
    let Some(url) = url else { return Ok(Place::Sqlite(data.join(DATABASE))) };
    let ca = ca.map(std::fs::read_to_string).transpose();
    let ca = ca.map_err(|why| Trouble::usage("--database-ca cannot be read", "check the file").because(why))?;
    Ok(Place::Postgres { url: url.to_owned(), ca })
}

fn key(file: &Path, random: &Random) -> Result<Key, Trouble> {
    let (key, is_new) = Key::read_or_make(file, random).map_err(trouble)?;
    if is_new {
        say(&format!("key       {} (new: keep a copy of it at another place; without it no backup can be opened)", file.display()));
    }
    Ok(key)
}

/// The backups that a server makes by itself, as its settings say.
pub(crate) fn keeper(settings: &Settings, db: &Arc<Db>, clock: &Clock, random: &Random) -> Result<Option<Keeper>, Trouble> {
    let Some(of) = &settings.backup else { return Ok(None) };
    let postgres = settings.postgres.as_ref();
    let backups = Backups {
        data: settings.data.clone(),
        place: place(&settings.data, postgres.map(|at| at.url.as_str()), postgres.and_then(|at| at.ca.as_deref()))?,
        to: of.to.clone(),
        key_file: of.key.clone(),
        settings: of.config.clone(),
        also: of.also.clone(),
        every_ms: of.every_ms,
        kept_ms: of.kept_ms,
    };
    check(&backups).map_err(trouble)?;
    key(&of.key, random)?;
    let keeper = Keeper::new(Arc::clone(db), clock.clone(), random.clone(), backups);
    Ok(Some(keeper.map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?))
}

/// Makes one backup.
pub(crate) async fn backup(command: Backup) -> Result<(), Trouble> {
    let (random, now) = (Random::machine(), Clock::machine().now());
    let data = command.database.data.clone();
    let place = place(&data, command.database.database_url.as_deref(), command.database.database_ca.as_deref())?;
    if let Place::Sqlite(file) = &place
        && !file.exists()
    {
        return Err(Trouble::usage(format!("there is no database in {}", data.display()), "give the server's own --data"));
    }
    let salt = random.bytes().map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?;
    let (key, of, to) = (key(&command.key, &random)?, place.clone(), command.to.clone());
    let made = apart(move || {
        make(&Making {
            data: &command.database.data,
            place: &of,
            to: &command.to,
            key: &key,
            key_file: &command.key,
            settings: command.config.as_deref(),
            also: &command.also,
            salt,
            now,
        })
    });
    let made = made.await?.map_err(trouble)?;
    say(&format!("backup    {}", made.file.display()));
    say(&format!("bytes     {}", made.bytes));
    for table in ["consents", "visits", "accounts", "audit"] {
        say(&format!("{table:<9} {}", made.manifest.facts.rows.get(table).copied().unwrap_or(0)));
    }
    // Only on tables of this program: a backup before an update changes nothing.
    if made.manifest.facts.migrations == known_migrations(place.kind())
        && let Err(cause) = note(&place, &to, &made).await
    {
        tracing::warn!(%cause, "the office is not told of this backup");
    }
    Ok(())
}

fn open(place: &Place) -> Result<Db, StoreError> {
    match place {
        Place::Sqlite(file) => Db::open_file(file),
        Place::Postgres { url, ca } => Db::connect(url, ca.as_deref()),
    }
}

async fn note(place: &Place, to: &Path, made: &Made) -> Result<(), StoreError> {
    let db = open(place)?;
    let name = made.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let noted = Noted {
        made_at: made.manifest.made_at,
        place: to.display().to_string(),
        made: Some((name, made.bytes)),
        outcome: "ok",
        trial: None,
    };
    let outcome = db.write(move |tx| rule::backup::note(tx, &noted)).await;
    db.close().await;
    outcome
}

/// Restores one backup.
pub(crate) async fn restore(command: Restore) -> Result<(), Trouble> {
    let sealed_with = Key::read(&command.key).map_err(trouble)?;
    let to = place(&command.data, command.database_url.as_deref(), command.database_ca.as_deref())?;
    let (data, name) = (command.data.clone(), command.from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
    let (place_of, from) = (to.clone(), command.from.clone());
    let manifest = apart(move || {
        let postgres = Some(&place_of).filter(|place| matches!(place, Place::Postgres { .. }));
        restore::restore(&Restoring { from: &from, key: &sealed_with, data: &data, postgres })
    });
    let manifest = manifest.await?.map_err(trouble)?;
    // From here on it is an ordinary data folder.
    let unnoted = |why: StoreError| {
        Trouble::machine("the data are restored, but former logins could not be ended", "see that the disk has room, then start the server")
            .because(why)
    };
    let db = open(&to).map_err(unnoted)?;
    let noted = db.write(move |tx| rule::backup::restored(tx, &name, Clock::machine().now())).await;
    db.close().await;
    noted.map_err(unnoted)?;
    say(&format!("restored  {}", command.data.display()));
    say(&format!("made at   {} (Japan)", manifest.made_at.jst_minute_text()));
    for table in ["consents", "visits", "accounts", "audit"] {
        say(&format!("{table:<9} {}", manifest.facts.rows.get(table).copied().unwrap_or(0)));
    }
    let former = match (&command.former_url, &command.former) {
        (Some(url), _) => Some(place(&command.data, Some(url), command.database_ca.as_deref())?),
        (None, Some(folder)) => Some(Place::Sqlite(folder.join(DATABASE))),
        (None, None) => Some(Place::Sqlite(Path::new(&manifest.folder).join(DATABASE))),
    };
    let former = former.filter(|place| manifest.database == place.kind() && !matches!(place, Place::Sqlite(file) if !file.exists()));
    match former {
        None => say("newer     not known: the former data are not here; give them with --former to compare"),
        Some(former) => {
            let end = manifest.facts.end.clone();
            match apart(move || restore::newer(&former, &end)).await? {
                Ok(newer) => say_newer(&newer, manifest.made_at),
                Err(cause) => say(&format!("newer     not known: the former data cannot be read ({cause})")),
            }
        }
    }
    say("next      stop the former server, start one with the new --data; all log in anew, and programs need new tokens (OT-7)");
    Ok(())
}

fn say_newer(newer: &Newer, made_at: UnixMs) {
    say(&format!(
        "newer     {} consents, {} visits, {} accounts, {} audit rows",
        newer.consents,
        newer.visits,
        newer.accounts.len(),
        newer.audit
    ));
    if newer.audit == 0 && newer.consents == 0 && newer.visits == 0 {
        return say("          nothing is missing in the copy");
    }
    for (institution, act, count) in &newer.acts {
        say(&format!("          {institution} {act} {count}"));
    }
    say(&format!(
        "do        the people who came after {} consent again at their next visit (the former folder still has",
        made_at.jst_minute_text()
    ));
    say("          their results: keep it); make accounts that are missing again; stop again accounts and codes that were");
    say("          stopped, and change URLs that were changed, since the copy does not know of it (the acts above)");
}
