//! Files for a folder that other programs watch and empty (`recekon.md` C03, C04, C06): each written once, whole, over nothing.
//!
//! A file is built in a work folder on the same volume, made durable, noted in a log, and then renamed into the watched folder.
//! Whoever watches may take it away at once, so a missing file says nothing; what counts is the log and the work folder: a noted file
//! that is still in the work folder was not handed over, any other noted file was. A program that dies at any point goes on from
//! there. Nothing that others wrote is opened, moved or removed.

use std::collections::{BTreeMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use shared::domain::calendar::CivilDate;

use crate::files::sync_folder;

/// The work folder inside the watched one; who looks for files by their names does not see into it.
const WORK: &str = ".uketsuke";
const PART: &str = ".part";

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It lies in the folder now.
    Now,
    /// It was handed over before, by an earlier run; nothing was written.
    Before,
    /// The same file was there already, though nothing was noted about it.
    SameFile,
}

/// Where a file is that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// In the folder.
    Lies,
    /// Somebody took it away.
    Taken,
}

/// Why a file was not handed over. What was built stays in the work folder; the next run goes on with it.
#[derive(Debug, thiserror::Error)]
pub enum CannotSend {
    /// The folder is not there, or not reachable.
    #[error("書き出し先のフォルダーがありません。つながっているか、名前が変わっていないかを確かめてください。あとで続きから送ります。")]
    Gone(#[source] Error),
    /// No space.
    #[error("書き出し先に空きがありません。空きを作ってください。あとで続きから送ります。")]
    Full(#[source] Error),
    /// No right to write.
    #[error("書き出し先に書き込めません。フォルダーの書き込みの権利を確かめてください。あとで続きから送ります。")]
    NotAllowed(#[source] Error),
    /// Another file has this name (F04): both are kept.
    #[error(
        "同じ名前で中身のちがうファイルがあります({0})。上書きせず、両方残しました。どちらが正しいかを確かめ、古いほうを移してください。"
    )]
    Conflict(String),
    /// Another run works on this folder (F13).
    #[error("別の書き出しが動いています。終わるのを待ってください。")]
    Busy,
    /// Anything else.
    #[error("書き出せませんでした。書き出し先のディスクを確かめてください。あとで続きから送ります。")]
    Disk(#[source] Error),
}

impl From<Error> for CannotSend {
    fn from(why: Error) -> Self {
        match why.kind() {
            ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::TimedOut => Self::Gone(why),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full(why),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::NotAllowed(why),
            _ => Self::Disk(why),
        }
    }
}

/// Where sending stands; the places at which a test stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The file is opened in the work folder, empty.
    Opened,
    /// All of it is written, not yet durable.
    Written,
    /// Durable in the work folder.
    Built,
    /// Noted in the log.
    Noted,
    /// Renamed into the watched folder.
    Renamed,
    /// Durable there.
    Done,
}

/// The way out of one institution into one folder. One at a time: it holds a lock.
pub struct Outbox {
    folder: PathBuf,
    work: PathBuf,
    log: File,
    sent: HashSet<String>,
    waiting: BTreeMap<String, CivilDate>,
    newest: Option<CivilDate>,
    at: fn(Step),
}

impl Outbox {
    /// Opens the way into `folder`, which must be there, for the files of `owner` (letters and digits), and hands over what an
    /// earlier run had only built. Gives back what still stands in the way of those.
    ///
    /// # Errors
    /// [`CannotSend`].
    pub fn open(folder: &Path, owner: &str) -> Result<(Self, Vec<CannotSend>), CannotSend> {
        Self::open_with(folder, owner, |_| {})
    }

    fn open_with(folder: &Path, owner: &str, at: fn(Step)) -> Result<(Self, Vec<CannotSend>), CannotSend> {
        if !std::fs::metadata(folder)?.is_dir() {
            return Err(CannotSend::Gone(ErrorKind::NotADirectory.into()));
        }
        let work = folder.join(WORK).join(owner);
        std::fs::create_dir_all(&work)?;
        let mut log = OpenOptions::new().read(true).append(true).create(true).open(work.join("log"))?;
        match log.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CannotSend::Busy),
            // Some network folders know no locks: there the operator starts one run at a time.
            Err(TryLockError::Error(why)) if why.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(why)) => return Err(why.into()),
        }
        sync_folder(&work)?;
        sync_folder(&folder.join(WORK))?;
        let mut text = String::new();
        log.read_to_string(&mut text)?;
        // A line that was cut off by the end of the program was never acted on.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            log.set_len(u64::try_from(whole).unwrap_or(0))?;
            log.sync_all()?;
        }
        let mut outbox = Self { folder: folder.to_owned(), work, log, sent: HashSet::new(), waiting: BTreeMap::new(), newest: None, at };
        let mut names = HashSet::new();
        for line in text.get(..whole).unwrap_or_default().lines() {
            if let Some(name) = outbox.remember(line) {
                names.insert(name);
            }
        }
        let problems = outbox.go_on(&names)?;
        Ok((outbox, problems))
    }

    /// Takes a line of the log in; gives the name of the file that it notes.
    fn remember(&mut self, line: &str) -> Option<String> {
        let mut words = line.split(' ');
        let (kind, id, day) = (words.next()?, words.next()?, words.next()?);
        let day = CivilDate::try_from(day).ok()?;
        self.newest = self.newest.max(Some(day));
        if kind == "sent" {
            self.waiting.remove(id);
            self.sent.insert(id.to_owned());
            return words.next().map(str::to_owned);
        }
        if !self.sent.contains(id) {
            self.waiting.insert(id.to_owned(), day);
        }
        None
    }

    /// Hands over what was noted and is still here, and removes what was never noted.
    fn go_on(&self, noted: &HashSet<String>) -> Result<Vec<CannotSend>, CannotSend> {
        let mut problems = Vec::new();
        for entry in std::fs::read_dir(&self.work)? {
            let file = entry?.file_name();
            let Some(name) = file.to_str().and_then(|file| file.strip_suffix(PART)) else { continue };
            if noted.contains(name) {
                problems.extend(self.hand_over(name).err());
            } else {
                std::fs::remove_file(self.work.join(&file))?;
            }
        }
        Ok(problems)
    }

    /// True when the file of this identity was handed over, or lies built and noted.
    #[must_use]
    pub fn is_sent(&self, id: &str) -> bool {
        self.sent.contains(id)
    }

    /// Where a file stands that was noted: `None` while it was not, or lies built and kept out.
    ///
    /// # Errors
    /// [`CannotSend`], when the folder does not say.
    pub fn seen(&self, id: &str, name: &str) -> Result<Option<Seen>, CannotSend> {
        if !self.is_sent(id) || self.part(name).try_exists()? {
            return Ok(None);
        }
        Ok(Some(if self.folder.join(name).try_exists()? { Seen::Lies } else { Seen::Taken }))
    }

    /// The newest day of which anything is noted.
    #[must_use]
    pub fn newest(&self) -> Option<CivilDate> {
        self.newest
    }

    /// Identities that could not be written so far ([`Self::note_unwritable`]).
    pub fn waiting(&self) -> impl Iterator<Item = &str> {
        self.waiting.keys().map(String::as_str)
    }

    /// Hands over a file, once for each identity. `id` and `name` are one word each; `day` is the day that the file is about.
    ///
    /// # Errors
    /// [`CannotSend`]; the next [`Self::open`] goes on.
    pub fn send(&mut self, id: &str, day: CivilDate, name: &str, bytes: &[u8]) -> Result<Sent, CannotSend> {
        if self.is_sent(id) {
            return Ok(Sent::Before);
        }
        let part = self.part(name);
        self.build(&part, bytes).inspect_err(|_| {
            let _ = std::fs::remove_file(&part);
        })?;
        (self.at)(Step::Built);
        self.note(&format!("sent {id} {day} {name}\n"))?;
        (self.at)(Step::Noted);
        self.hand_over(name)
    }

    /// Notes that nothing can be written for this identity as things are; it is offered again by [`Self::waiting`].
    ///
    /// # Errors
    /// [`CannotSend`].
    pub fn note_unwritable(&mut self, id: &str, day: CivilDate) -> Result<(), CannotSend> {
        if self.waiting.contains_key(id) || self.is_sent(id) {
            return Ok(());
        }
        self.note(&format!("cannot {id} {day}\n"))
    }

    fn part(&self, name: &str) -> PathBuf {
        self.work.join(format!("{name}{PART}"))
    }

    fn build(&self, part: &Path, bytes: &[u8]) -> Result<(), CannotSend> {
        let mut file = File::create(part)?;
        (self.at)(Step::Opened);
        file.write_all(bytes)?;
        (self.at)(Step::Written);
        file.sync_all()?;
        Ok(sync_folder(&self.work)?)
    }

    /// Adds a line to the log, whole or not at all.
    fn note(&mut self, line: &str) -> Result<(), CannotSend> {
        let before = self.log.seek(SeekFrom::End(0))?;
        let written = self.log.write_all(line.as_bytes()).and_then(|()| self.log.sync_data());
        written.inspect_err(|_| {
            let _ = self.log.set_len(before);
        })?;
        self.remember(line.trim_end());
        Ok(())
    }

    fn hand_over(&self, name: &str) -> Result<Sent, CannotSend> {
        let (part, target) = (self.part(name), self.folder.join(name));
        match rename_new(&part, &target) {
            Ok(()) => {}
            Err(why) if why.kind() == ErrorKind::AlreadyExists => {
                if std::fs::read(&part)? != std::fs::read(&target)? {
                    return Err(CannotSend::Conflict(name.to_owned()));
                }
                std::fs::remove_file(&part)?;
                sync_folder(&self.work)?;
                return Ok(Sent::SameFile);
            }
            Err(why) => return Err(why.into()),
        }
        (self.at)(Step::Renamed);
        sync_folder(&self.folder)?;
        sync_folder(&self.work)?;
        (self.at)(Step::Done);
        Ok(Sent::Now)
    }
}

impl Drop for Outbox {
    /// Closing alone would not do: a process that is just being started may hold a copy of the open file for a moment.
    fn drop(&mut self) {
        let _ = self.log.unlock();
    }
}

/// Renames a file to a name that nothing has.
fn rename_new(from: &Path, to: &Path) -> Result<(), Error> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system of the network knows it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
            done => return Ok(done?),
        }
    }
    // Nobody else makes files of our names, and the lock keeps other runs of ours out: between the look and the rename nothing comes.
    if to.try_exists()? { Err(ErrorKind::AlreadyExists.into()) } else { std::fs::rename(from, to) }
}

#[cfg(test)]
mod tests;
