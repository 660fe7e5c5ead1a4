//! Puts a backup into a new folder, and tries that out.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use super::archive::{Manifest, Part, Unpack};
use super::make::{TRIAL, lock_folder};
use super::seal::{Key, Opener};
use super::{DATABASE, Failure};
use crate::files::sync_folder;
use crate::store::StoreError;
use crate::store::copy::{self, End, Facts, Goal, Newer, Place, Rows};
use crate::store::db::Db;

/// Under this name the settings file comes back.
pub const SETTINGS: &str = "settings-of-backup.toml";
/// In this folder the further files come back.
pub const ALSO: &str = "files-of-backup";

/// What to restore, and where to.
pub struct Restoring<'a> {
    /// The backup.
    pub from: &'a Path,
    /// What opens it.
    pub key: &'a Key,
    /// The new data folder: missing or empty.
    pub data: &'a Path,
    /// An empty PostgreSQL database, for a backup of one; else `None`.
    pub postgres: Option<&'a Place>,
}

/// How far a restore came; a test stops it there, as a kill would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The whole backup was read and is sound; nothing was written.
    Checked,
    /// The files lie in a folder beside the new one.
    Unpacked,
    /// They were looked through.
    Sound,
    /// The folder has its name.
    Named,
}

impl Step {
    /// All of them in their order.
    pub const ALL: [Self; 4] = [Self::Checked, Self::Unpacked, Self::Sound, Self::Named];
}

/// Reads a whole backup and says what it says about itself. Nothing is written.
///
/// # Errors
/// [`Failure`], also for a backup that this program is too old for.
pub fn look_into(from: &Path, key: &Key) -> Result<Manifest, Failure> {
    let mut parts = Unpack::new(Opener::new(from, key)?);
    let Part::Manifest(manifest) = parts.next_part().map_err(Failure::read)? else { return Err(Failure::Damaged) };
    let known = copy::known_migrations(&manifest.database);
    if manifest.facts.migrations.iter().any(|one| !known.contains(one)) {
        return Err(Failure::NewerProgram(manifest.program));
    }
    while parts.next_part().map_err(Failure::read)? != Part::End {}
    Ok(*manifest)
}

/// Restores a backup into a new folder, and into an empty database where it is of PostgreSQL. Whatever fails leaves no such folder.
///
/// # Errors
/// [`Failure`].
pub fn restore(of: &Restoring<'_>) -> Result<Manifest, Failure> {
    let restored = in_steps(of, &mut |_| Ok(()));
    if restored.is_err() {
        let _ = std::fs::remove_dir_all(draft_of(of.data));
    }
    restored
}

/// The folder beside the new one in which it is put together.
pub(super) fn draft_of(data: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(data.file_name().unwrap_or_default());
    name.push(".restoring");
    data.with_file_name(name)
}

pub(super) fn in_steps(of: &Restoring<'_>, at: &mut dyn FnMut(Step) -> Result<(), Failure>) -> Result<Manifest, Failure> {
    let is_empty = match std::fs::read_dir(of.data) {
        Ok(mut entries) => entries.next().is_none(),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => true,
        Err(why) => return Err(Failure::io("the new folder cannot be looked into", why)),
    };
    if !is_empty || of.data.file_name().is_none() {
        return Err(Failure::NotEmpty(of.data.to_owned()));
    }
    let manifest = look_into(of.from, of.key)?;
    if (manifest.database == "postgres") != of.postgres.is_some() {
        return Err(Failure::OtherDatabase(manifest.database));
    }
    at(Step::Checked)?;
    let draft = draft_of(of.data);
    unpack(of, &manifest, &draft, Goal::Empty, at)?;
    at(Step::Sound)?;
    #[cfg(not(unix))]
    let _ = std::fs::remove_dir(of.data);
    let unnamed = |why| Failure::io("the restored folder cannot get its name", why);
    std::fs::rename(&draft, of.data).map_err(unnamed)?;
    let parent = of.data.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_folder(parent.unwrap_or(Path::new("."))).map_err(unnamed)?;
    at(Step::Named)?;
    Ok(manifest)
}

fn unpack(
    of: &Restoring<'_>,
    manifest: &Manifest,
    draft: &Path,
    goal: Goal,
    at: &mut dyn FnMut(Step) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // What a kill left.
    match std::fs::remove_dir_all(draft) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(Failure::io("the restored folder cannot be written", why)),
        _ => {}
    }
    make_folder(draft)?;
    let mut parts = Unpack::new(Opener::new(of.from, of.key)?);
    let mut part = parts.next_part().map_err(Failure::read)?;
    let mut found = None;
    loop {
        let path = match &part {
            Part::End => break,
            Part::Manifest(_) => None,
            Part::Database => Some(draft.join(DATABASE)),
            Part::File { path } => Some(below(draft, path)?),
            Part::Settings => Some(draft.join(SETTINGS)),
            Part::Also { name } => Some(below(&draft.join(ALSO), name)?),
            Part::Table { .. } => {
                let Some(Place::Postgres { url, ca }) = of.postgres else { return Err(Failure::Damaged) };
                let mut rows = TablesOf { parts: &mut parts, part: Some(part) };
                found = Some(copy::load(url, ca.as_deref(), goal, &manifest.facts.migrations, &mut rows)?);
                part = rows.part.take().ok_or(Failure::Damaged)?;
                continue;
            }
        };
        if let Some(path) = path {
            write_file(&path, &mut parts)?;
        }
        part = parts.next_part().map_err(Failure::read)?;
    }
    sync_folder(draft).map_err(|why| Failure::io("the restored folder cannot be written", why))?;
    at(Step::Unpacked)?;
    let found = match found {
        Some(found) => found,
        None => facts_of_sound(&draft.join(DATABASE))?,
    };
    if found != manifest.facts {
        return Err(Failure::NotSound(difference(&found, &manifest.facts)));
    }
    Ok(())
}

fn facts_of_sound(file: &Path) -> Result<Facts, Failure> {
    if let Some(wrong) = Db::check_file(file)?.into_iter().next() {
        return Err(Failure::NotSound(wrong));
    }
    Ok(copy::facts_of_file(file)?)
}

fn difference(found: &Facts, wanted: &Facts) -> String {
    let tables = wanted.rows.iter().filter(|(table, rows)| found.rows.get(*table) != Some(rows));
    let tables: Vec<String> = tables.map(|(table, rows)| format!("{table} should have {rows} rows")).collect();
    if tables.is_empty() { "the newest rows differ".to_owned() } else { tables.join(", ") }
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|why| Failure::io("the restored folder cannot be written", why))
}

/// A path below a folder, and nowhere else.
fn below(folder: &Path, path: &str) -> Result<PathBuf, Failure> {
    let relative = Path::new(path);
    let is_below = !path.is_empty() && relative.components().all(|part| matches!(part, Component::Normal(_)));
    if is_below { Ok(folder.join(relative)) } else { Err(Failure::Damaged) }
}

fn write_file(path: &Path, parts: &mut Unpack<Opener>) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let unwritten = |why| Failure::io("the restored folder cannot be written", why);
    let mut file: File = options.open(path).map_err(unwritten)?;
    parts.content(&mut file).map_err(|why| match why.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => Failure::Damaged,
        _ => unwritten(why),
    })?;
    file.sync_all().map_err(unwritten)
}

/// The tables of a backup, one after the other.
struct TablesOf<'a> {
    parts: &'a mut Unpack<Opener>,
    /// The part that was read and not given yet; at the end the one behind the tables.
    part: Option<Part>,
}

impl Rows for TablesOf<'_> {
    fn next(&mut self) -> std::io::Result<Option<(String, Vec<String>)>> {
        let part = match self.part.take() {
            Some(part) => part,
            None => self.parts.next_part()?,
        };
        match part {
            Part::Table { name, columns } => Ok(Some((name, columns))),
            other => {
                self.part = Some(other);
                Ok(None)
            }
        }
    }

    fn rows(&mut self, to: &mut dyn Write) -> std::io::Result<()> {
        self.parts.content(to)
    }
}

/// Tries a backup out: restores it into a folder (and tables) of its own, looks through it, compares what is in it, removes it again.
///
/// # Errors
/// [`Failure`]: then a restore would fail in the same way.
pub fn try_out(from: &Path, key: &Key, data: &Path, place: &Place) -> Result<Manifest, Failure> {
    let lock = lock_folder(data)?;
    let folder = data.join(TRIAL);
    let manifest = look_into(from, key)?;
    if manifest.database != place.kind() {
        return Err(Failure::OtherDatabase(manifest.database));
    }
    let postgres = Some(place).filter(|place| matches!(place, Place::Postgres { .. }));
    let of = Restoring { from, key, data: &folder, postgres };
    let tried = unpack(&of, &manifest, &folder, Goal::Trial, &mut |_| Ok(()));
    let removed = std::fs::remove_dir_all(&folder);
    drop(lock);
    tried?;
    removed.map_err(|why| Failure::io("the trial cannot be removed", why))?;
    Ok(manifest)
}

/// What the former database holds that the backup does not, where it can still be read.
///
/// # Errors
/// What the database says.
pub fn newer(former: &Place, end: &End) -> Result<Newer, StoreError> {
    copy::newer(former, end)
}
