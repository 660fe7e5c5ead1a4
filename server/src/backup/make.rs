//! Makes a backup, and removes those that are too old.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use shared::domain::calendar::UnixMs;

use super::archive::{Manifest, Pack, Part};
use super::seal::{Key, Sealer};
use super::{DATABASE, Failure};
use crate::files::{FORMER_PAGES, sync_folder};
use crate::store::copy::{self, Facts, Place, Tables};

/// The file that is being written; it gets a name of its own once it is whole and on the disk.
pub const DRAFT: &str = "uketsuke.uks.new";
/// The copy of a SQLite database in the data folder, for as long as it is being sealed.
pub const SNAPSHOT: &str = "backup-snapshot.db";
/// Held by whoever makes a backup of a data folder.
pub const LOCK: &str = "backup.lock";
/// Where a restore is tried, in the data folder.
pub const TRIAL: &str = "backup-trial";

/// What to copy, and where to.
pub struct Making<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// The database.
    pub place: &'a Place,
    /// The folder of the backups; must exist.
    pub to: &'a Path,
    /// What seals them.
    pub key: &'a Key,
    /// The file of the key, which is in no backup.
    pub key_file: &'a Path,
    /// The settings file.
    pub settings: Option<&'a Path>,
    /// Further files, for example of TLS.
    pub also: &'a [PathBuf],
    /// 32 random bytes.
    pub salt: [u8; 32],
    /// When.
    pub now: UnixMs,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The file.
    pub file: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// What it says about itself.
    pub manifest: Manifest,
}

/// How far the making came; a test stops it there, as a kill would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing was written yet.
    Begun,
    /// The copy of the database lies in the data folder.
    Copied,
    /// The database is in the draft.
    HalfWritten,
    /// The draft is whole, and on the disk.
    Written,
    /// It has its name.
    Named,
    /// Its name is on the disk.
    Done,
}

impl Step {
    /// All of them in their order.
    pub const ALL: [Self; 6] = [Self::Begun, Self::Copied, Self::HalfWritten, Self::Written, Self::Named, Self::Done];
}

/// Name of the backup of an instant: names sort by time.
#[must_use]
pub fn name_at(at: UnixMs) -> String {
    let packed = at.jst_packed();
    let (day, time) = packed.split_at_checked(8).unwrap_or((&packed, ""));
    format!("uketsuke-{day}-{time}-{:03}.uks", at.0.rem_euclid(1000))
}

/// True for a name that [`name_at`] gives.
fn is_name(name: &str) -> bool {
    let digits = name.strip_prefix("uketsuke-").and_then(|rest| rest.strip_suffix(".uks"));
    digits.is_some_and(|digits| {
        let parts: Vec<&str> = digits.split('-').collect();
        parts.iter().map(|part| part.len()).eq([8, 6, 3]) && parts.concat().bytes().all(|b| b.is_ascii_digit())
    })
}

/// The backups in a folder, the oldest first.
///
/// # Errors
/// What the file system says.
pub fn all_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unread = |why| Failure::io("the folder of the backups cannot be read", why);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let name = entry.map_err(unread)?.file_name();
        if let Some(name) = name.to_str().filter(|name| is_name(name)) {
            found.push(folder.join(name));
        }
    }
    found.sort();
    Ok(found)
}

/// Removes the backups that were made before an instant, but never the newest; says how many.
///
/// # Errors
/// What the file system says.
pub fn remove_before(folder: &Path, before: UnixMs) -> Result<usize, Failure> {
    let oldest = folder.join(name_at(before));
    let mut all = all_in(folder)?;
    all.pop();
    all.retain(|file| *file < oldest);
    for file in &all {
        std::fs::remove_file(file).map_err(|why| Failure::io("an old backup cannot be removed", why))?;
    }
    Ok(all.len())
}

/// Makes a backup. What fails leaves the former ones as they were, and nothing behind.
///
/// # Errors
/// [`Failure`].
pub fn make(of: &Making<'_>) -> Result<Made, Failure> {
    let lock = lock_folder(of.data)?;
    let made = in_steps(of, &mut |_| Ok(()));
    // Also what a kill left, on the way in to the next one.
    let _ = std::fs::remove_file(of.data.join(SNAPSHOT));
    // Of another machine that writes to the same folder, the draft is left alone.
    if made.as_ref().is_err_and(|why| !matches!(why, Failure::Busy | Failure::BadPlace(_))) {
        let _ = std::fs::remove_file(of.to.join(DRAFT));
    }
    drop(lock);
    made
}

/// One backup of a folder, or trial of one, at a time. Let go by name: a program that is being started at that moment has a copy of
/// the open file until it runs, and a lock that is only closed lives as long.
#[derive(Debug)]
pub(super) struct Lock(pub(super) File);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

pub(super) fn lock_folder(data: &Path) -> Result<Lock, Failure> {
    lock_file(&data.join(LOCK)).map(Lock)
}

fn lock_file(file: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(file).map_err(Failure::written)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::Busy),
        // Some file systems of networks know no locks.
        Err(TryLockError::Error(why)) if why.kind() == std::io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(why)) => Err(Failure::written(why)),
    }
}

/// A place outside the data, and no key among the copies.
///
/// # Errors
/// [`Failure::BadPlace`]; what the file system says.
pub fn check_places(data: &Path, to: &Path, key_file: &Path) -> Result<(), Failure> {
    let real = |path: &Path, what| path.canonicalize().map_err(|why| Failure::io(what, why));
    let (data, to) = (real(data, "the data folder cannot be read")?, real(to, "the folder of the backups cannot be read")?);
    if to.starts_with(&data) {
        return Err(Failure::BadPlace("the backups would lie in the data folder and be lost with it"));
    }
    let key = key_file.canonicalize().unwrap_or_else(|_| key_file.to_owned());
    if key.starts_with(&to) {
        return Err(Failure::BadPlace("the key would lie beside the backups: who finds them could open them"));
    }
    Ok(())
}

pub(super) fn in_steps(of: &Making<'_>, at: &mut dyn FnMut(Step) -> Result<(), Failure>) -> Result<Made, Failure> {
    check_places(of.data, of.to, of.key_file)?;
    let draft = of.to.join(DRAFT);
    let to = lock_file(&draft)?;
    if to.metadata().map_err(Failure::written)?.len() > 0 {
        to.set_len(0).map_err(Failure::written)?;
    }
    at(Step::Begun)?;
    let sealer = Sealer::new(&to, of.key, of.salt)?;
    let mut copy = Copy { of, pack: Pack(sealer), manifest: None };
    match of.place {
        Place::Sqlite(file) => {
            let snapshot = of.data.join(SNAPSHOT);
            copy::snapshot(file, &snapshot)?;
            at(Step::Copied)?;
            copy.facts(&copy::facts_of_file(&snapshot)?).map_err(Failure::written)?;
            copy.file(&Part::Database, &snapshot)?;
            let _ = std::fs::remove_file(&snapshot);
        }
        Place::Postgres { url, ca } => {
            at(Step::Copied)?;
            copy::dump(url, ca.as_deref(), &mut copy)?;
        }
    }
    at(Step::HalfWritten)?;
    for path in files_of(of)? {
        copy.file(&Part::File { path: path.clone() }, &of.data.join(&path))?;
    }
    if let Some(file) = of.settings {
        copy.file(&Part::Settings, file)?;
    }
    for file in of.also {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        copy.file(&Part::Also { name }, file)?;
    }
    let Copy { pack, manifest, .. } = copy;
    let (_, bytes) = pack.end().map_err(Failure::written)?.finish()?;
    to.sync_all().map_err(Failure::written)?;
    at(Step::Written)?;
    let file = of.to.join(name_at(of.now));
    if file.exists() {
        return Err(Failure::NotEmpty(file));
    }
    std::fs::rename(&draft, &file).map_err(Failure::written)?;
    at(Step::Named)?;
    sync_folder(of.to).map_err(Failure::written)?;
    at(Step::Done)?;
    Ok(Made { file, bytes, manifest: manifest.ok_or(Failure::Damaged)? })
}

/// Files of the data folder that belong into a backup: all but the database, which is copied in its own way, what backups leave, and
/// files of the pages.
fn files_of(of: &Making<'_>) -> Result<Vec<String>, Failure> {
    let unread = |why| Failure::io("the data folder cannot be read", why);
    let key = of.key_file.canonicalize().ok();
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(of.data.join(&folder)).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_ours =
                folder.is_empty() && (name.starts_with(DATABASE) || [SNAPSHOT, LOCK, TRIAL, FORMER_PAGES].contains(&name.as_str()));
            let is_draft = name.ends_with(".new") || name.starts_with(SNAPSHOT);
            let kind = entry.file_type().map_err(unread)?;
            if is_ours || is_draft || key.is_some() && entry.path().canonicalize().ok() == key {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A copy as it is being written.
struct Copy<'a, W: std::io::Write> {
    of: &'a Making<'a>,
    pack: Pack<W>,
    manifest: Option<Manifest>,
}

impl<W: std::io::Write> Copy<'_, W> {
    fn file(&mut self, part: &Part, file: &Path) -> Result<(), Failure> {
        let mut content = File::open(file).map_err(|why| Failure::io("a file that belongs into the backup cannot be read", why))?;
        self.pack.part(part, &mut content).map_err(Failure::written)
    }
}

impl<W: std::io::Write> Tables for Copy<'_, W> {
    fn facts(&mut self, facts: &Facts) -> std::io::Result<()> {
        let manifest = Manifest {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: self.of.now,
            database: self.of.place.kind().to_owned(),
            folder: self.of.data.display().to_string(),
            facts: facts.clone(),
        };
        self.manifest = Some(manifest.clone());
        self.pack.part(&Part::Manifest(Box::new(manifest)), &mut std::io::empty())
    }

    fn table(&mut self, name: &str, columns: &[String], rows: &mut dyn Read) -> std::io::Result<()> {
        self.pack.part(&Part::Table { name: name.to_owned(), columns: columns.to_vec() }, rows)
    }
}
