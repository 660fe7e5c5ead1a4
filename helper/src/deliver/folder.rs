//! The folder that レセコン watches and empties: each file once, whole, over nothing; and how far that has come.
//!
//! A file is built in a work folder inside the watched one and made durable; then the state that names it and counts its result as
//! delivered is made durable; then it is renamed. Whoever watches may take it away at once, so a missing file says nothing: a file that the
//! state names and that is still in the work folder was not handed over, any other one was. A program that dies at any point goes on there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use shared::domain::calendar::UnixMs;

/// The work folder inside the watched one.
const WORK: &str = ".uketsuke-deliver";
const PART: &str = ".part";
const STATE: &str = "state.json";
/// What stopped the last round; empty when nothing did. When that was is the file's own time.
const ROUND: &str = "last-round.txt";

/// Where delivering stands; the places at which a test stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The file is open in the work folder, empty.
    Opened,
    /// Durable there.
    Built,
    /// Counted as delivered.
    Noted,
    /// Renamed into the watched folder.
    Renamed,
}

/// How far it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The last result that was looked at; what comes after it is asked for.
    pub after: Option<String>,
    /// Results before it that could not be delivered yet.
    pub waiting: Vec<String>,
    /// Results that were delivered, which the server was not told yet.
    pub untold: Vec<String>,
    /// The file that was handed over last, or is to be.
    pub(super) file: Option<String>,
}

/// The way into one folder. One at a time: it holds a lock.
pub struct Folder {
    folder: PathBuf,
    work: PathBuf,
    /// Held until the end.
    _lock: File,
    /// See [`State`].
    pub state: State,
    /// Called at each step; an error ends the way there, as a kill would.
    at: fn(Step) -> io::Result<()>,
}

impl Folder {
    /// Opens the way into `folder`, which must be there, and hands over what an earlier run had only counted.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` where another file has the name; `WouldBlock` where another program is at it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Self::open_with(folder, |_| Ok(()))
    }

    pub(super) fn open_with(folder: &Path, at: fn(Step) -> io::Result<()>) -> io::Result<Self> {
        if !fs::metadata(folder)?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        let work = folder.join(WORK);
        fs::create_dir_all(&work)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(work.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ErrorKind::WouldBlock.into()),
            // Some network folders know no locks.
            Err(TryLockError::Error(why)) if why.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(why)) => return Err(why),
        }
        let state = state_of(folder)?;
        let opened = Self { folder: folder.to_owned(), work, _lock: lock, state, at };
        opened.go_on()?;
        Ok(opened)
    }

    /// Hands over what was counted and is still here, and removes what was not.
    fn go_on(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.work)? {
            let file = entry?.file_name();
            let Some(name) = file.to_str().and_then(|file| file.strip_suffix(PART)) else { continue };
            if self.state.file.as_deref() == Some(name) {
                self.hand_over(name)?;
            } else {
                fs::remove_file(self.work.join(&file))?;
            }
        }
        Ok(())
    }

    /// Hands over a file; `next` is the state once that is done.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` where another file has the name: both are kept. The next [`Self::open`] goes on.
    pub fn deliver(&mut self, next: State, name: &str, bytes: &[u8]) -> io::Result<()> {
        if !is_file_name(name) {
            return Err(io::Error::new(ErrorKind::InvalidInput, "the server named a file that is none of a result"));
        }
        let mut file = File::create(self.part(name))?;
        (self.at)(Step::Opened)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        sync(&self.work)?;
        (self.at)(Step::Built)?;
        self.note(State { file: Some(name.to_owned()), ..next })?;
        (self.at)(Step::Noted)?;
        self.hand_over(name)
    }

    /// Keeps how far it has come, without a file.
    ///
    /// # Errors
    /// What the system says; then it is as it was.
    pub fn keep(&mut self, next: State) -> io::Result<()> {
        self.note(State { file: self.state.file.clone(), ..next })
    }

    fn part(&self, name: &str) -> PathBuf {
        self.work.join(format!("{name}{PART}"))
    }

    fn note(&mut self, next: State) -> io::Result<()> {
        let draft = self.work.join("state.new");
        let mut file = File::create(&draft)?;
        file.write_all(&serde_json::to_vec(&next)?)?;
        file.sync_all()?;
        fs::rename(&draft, self.work.join(STATE))?;
        sync(&self.work)?;
        self.state = next;
        Ok(())
    }

    fn hand_over(&self, name: &str) -> io::Result<()> {
        let (part, target) = (self.part(name), self.folder.join(name));
        // Nobody else makes files of our names, and the lock keeps other runs of ours out: between the look and the rename nothing comes.
        if target.try_exists()? {
            if fs::read(&part)? != fs::read(&target)? {
                return Err(ErrorKind::AlreadyExists.into());
            }
            fs::remove_file(&part)?;
        } else {
            fs::rename(&part, &target)?;
            (self.at)(Step::Renamed)?;
        }
        sync(&self.folder)?;
        sync(&self.work)
    }
}

/// How far delivering into `folder` has come; the beginning where it never began.
///
/// # Errors
/// What the system says; `InvalidData` where it is no state.
pub(super) fn state_of(folder: &Path) -> io::Result<State> {
    match fs::read(folder.join(WORK).join(STATE)) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "state.json cannot be read")),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(State::default()),
        Err(why) => Err(why),
    }
}

/// Leaves a note of a round, for who looks ([`last_round`]).
///
/// # Errors
/// What the system says: there is no note then, and no harm.
pub(super) fn note_round(folder: &Path, stopped_by: Option<&str>) -> io::Result<()> {
    fs::write(folder.join(WORK).join(ROUND), stopped_by.unwrap_or_default())
}

/// When the last round was, and what stopped it.
///
/// # Errors
/// What the system says; `NotFound` where there was none.
pub(super) fn last_round(folder: &Path) -> io::Result<(UnixMs, Option<String>)> {
    let path = folder.join(WORK).join(ROUND);
    let at = fs::metadata(&path)?.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let said = fs::read_to_string(path)?;
    Ok((UnixMs(i64::try_from(at.as_millis()).unwrap_or(i64::MAX)), Some(said).filter(|said| !said.is_empty())))
}

/// A name that leads nowhere else: that of a result's file.
fn is_file_name(name: &str) -> bool {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    is_plain && name.len() <= 120 && name.starts_with("OQS") && name.ends_with(".xml")
}

/// Makes the names in a folder durable; elsewhere than on Unix a folder cannot be opened.
fn sync(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
