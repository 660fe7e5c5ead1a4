//! Makes the backups of a server by itself (P-BACKUP), removes those that are too old, and tries a restore every month.
//!
//! A job of its own beside the purge, since it may take minutes: a thread copies, and the lease is renewed meanwhile. A server that is
//! killed on the way leaves a draft, which the next backup takes over.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use shared::domain::calendar::UnixMs;
use tokio::sync::oneshot;

use crate::backup::make::{Making, make, remove_before};
use crate::backup::restore::try_out;
use crate::backup::seal::Key;
use crate::backup::{Failure, make as making};
use crate::clock::Clock;
use crate::random::{NoRandom, Random};
use crate::rule;
use crate::rule::backup::{JOB, Noted, Plan};
use crate::store::StoreError;
use crate::store::copy::Place;
use crate::store::db::Db;
use crate::store::job::Owner;

/// The lease is renewed so often.
const RENEW: Duration = Duration::from_secs(10);

/// What is copied, where to, how often.
#[derive(Clone)]
pub struct Backups {
    /// The data folder.
    pub data: PathBuf,
    /// The database.
    pub place: Place,
    /// The folder of the backups.
    pub to: PathBuf,
    /// The file of the key.
    pub key_file: PathBuf,
    /// The settings file.
    pub settings: Option<PathBuf>,
    /// Further files.
    pub also: Vec<PathBuf>,
    /// How often, milliseconds.
    pub every_ms: i64,
    /// How long they are kept, milliseconds.
    pub kept_ms: i64,
}

/// Who makes the backups: one in each server that knows where to.
pub struct Keeper {
    db: Arc<Db>,
    clock: Clock,
    random: Random,
    owner: Owner,
    backups: Backups,
}

impl Keeper {
    /// A keeper with a name of its own.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new(db: Arc<Db>, clock: Clock, random: Random, backups: Backups) -> Result<Self, NoRandom> {
        Ok(Self { db, clock, owner: random.bytes()?, random, backups })
    }

    /// Makes a backup if one is due, and notes how it came out; says whether one was due. One that failed comes again.
    ///
    /// # Errors
    /// What the store says.
    pub async fn run_due(&self) -> Result<bool, StoreError> {
        let (now, owner) = (self.clock.now(), self.owner);
        let Backups { to, every_ms, kept_ms, .. } = &self.backups;
        let plan = Plan { place: to.display().to_string(), every_ms: *every_ms, kept_ms: *kept_ms };
        let place = plan.place.clone();
        let taken = self.db.write(move |tx| {
            rule::backup::plan(tx, &plan, now)?;
            let job = rule::job::take_only(tx, JOB, &owner, now)?;
            Ok((job, rule::backup::is_trial_due(tx, now)?))
        });
        let (Some(job), is_trial_due) = taken.await? else { return Ok(false) };
        let salt = self.random.bytes().map_err(|_| StoreError::Damaged("no random bytes"))?;
        let (backups, (tell, mut told)) = (self.backups.clone(), oneshot::channel());
        let work = move || {
            // Nobody waits for it when the server stops.
            let _ = tell.send(work(&backups, salt, now, is_trial_due));
        };
        std::thread::Builder::new().name("backup".to_owned()).spawn(work).map_err(|why| StoreError::Database(Box::new(why)))?;
        let done = loop {
            match tokio::time::timeout(RENEW, &mut told).await {
                Ok(done) => break done.map_err(|_| StoreError::Damaged("the backup panicked"))?,
                Err(_) => {
                    let (of, now) = (job.clone(), self.clock.now());
                    self.db.write(move |tx| rule::job::advance(tx, &of, "", now)).await?;
                }
            }
        };
        let at = self.clock.now();
        let noted = Noted {
            made_at: now,
            place,
            outcome: done.made.as_ref().err().map_or("ok", Failure::word),
            trial: done.trial.as_ref().map(|trial| (at, trial.as_ref().err().map_or("ok", Failure::word))),
            made: done.made.ok(),
        };
        self.db
            .write(move |tx| {
                rule::backup::note(tx, &noted)?;
                if noted.made.is_some() { rule::job::finish(tx, &job, at).map(|_| ()) } else { rule::job::fail(tx, &job, at) }
            })
            .await?;
        Ok(true)
    }
}

/// What became of one round.
struct Done {
    /// Name and length of the file.
    made: Result<(String, u64), Failure>,
    trial: Option<Result<(), Failure>>,
}

fn work(of: &Backups, salt: [u8; 32], now: UnixMs, is_trial_due: bool) -> Done {
    let key = match Key::read(&of.key_file) {
        Ok(key) => key,
        Err(why) => return Done { made: Err(logged("a backup failed", why)), trial: None },
    };
    let making = Making {
        data: &of.data,
        place: &of.place,
        to: &of.to,
        key: &key,
        key_file: &of.key_file,
        settings: of.settings.as_deref(),
        also: &of.also,
        salt,
        now,
    };
    let made = match make(&making) {
        Ok(made) => made,
        Err(why) => return Done { made: Err(logged("a backup failed", why)), trial: None },
    };
    tracing::info!(bytes = made.bytes, "a backup was made");
    if let Err(why) = remove_before(&of.to, now.plus_ms(-of.kept_ms)) {
        logged("old backups could not be removed", why);
    }
    let trial = is_trial_due.then(|| {
        let tried = try_out(&made.file, &key, &of.data, &of.place);
        tried
            .map(|_| tracing::info!("a restore of the newest backup was tried: it is good"))
            .map_err(|why| logged("the trial of a restore failed", why))
    });
    let name = made.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Done { made: Ok((name, made.bytes)), trial }
}

fn logged(what: &str, why: Failure) -> Failure {
    let cause = std::error::Error::source(&why).map(ToString::to_string).unwrap_or_default();
    tracing::error!(cause, next = why.next(), "{what}: {why}");
    why
}

/// True to a folder of backups that may be used with these settings.
///
/// # Errors
/// [`Failure`].
pub fn check(of: &Backups) -> Result<(), Failure> {
    making::check_places(&of.data, &of.to, &of.key_file)
}
