//! Which pages are allowed: by the settings, by the machine's policy, or by the person (`uketsuke-helper allow`); never by a page.
//!
//! The running helper only reads the person's approvals and the policy, anew when a file changed, at each request. What it writes is
//! when a page was last let in, into a file of its own: no fault and no race here can bring back an approval that was taken away.
//! A file that cannot be understood allows nobody. Source: `reader-helper.md` T1, T19.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::domain::calendar::UnixMs;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::gate::Origin;
use crate::user_files;

/// An approval that was not used for so long counts no more.
const UNUSED_DAYS: i64 = 180;
const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// First lines of the files that this program writes.
const APPROVALS_HEAD: &str = "# Pages that this person allowed. Change it with: uketsuke-helper allow, uketsuke-helper revoke\n\n";
const USES_HEAD: &str = "# When pages were last let in, as the running helper noted it. It allows nobody.\n\n";

/// Tells the time.
pub type Clock = fn() -> UnixMs;

/// The machine's clock.
#[must_use]
pub fn now() -> UnixMs {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Where the two lists that may change stand. Without a path there is no such list.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The administrator's policy.
    pub policy: Option<PathBuf>,
    /// Read in place of the policy where the machine has none: it can say no more than the person could, so tests may name it.
    pub stand_in: Option<PathBuf>,
    /// The person's own folder, with `origins.toml` and `used.toml`.
    pub own: Option<PathBuf>,
}

impl Files {
    /// The places of this system. The policy's is fixed: a variable would let every user leave it out.
    #[must_use]
    pub fn of_machine(stand_in: Option<PathBuf>) -> Self {
        let policy = if cfg!(windows) {
            r"C:\ProgramData\uketsuke\helper.toml"
        } else if cfg!(target_os = "macos") {
            "/Library/Application Support/uketsuke/helper.toml"
        } else {
            "/etc/uketsuke/helper.toml"
        };
        Self { policy: Some(policy.into()), stand_in, own: user_files::folder() }
    }

    fn approvals(&self) -> Option<PathBuf> {
        self.own.as_ref().map(|folder| folder.join("origins.toml"))
    }

    fn uses(&self) -> Option<PathBuf> {
        self.own.as_ref().map(|folder| folder.join("used.toml"))
    }
}

/// The administrator's file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Policy {
    /// Pages for every user of this machine.
    allow_origin: Vec<Origin>,
    /// Neither settings nor approvals count.
    only_policy: bool,
    /// Pages that nobody may allow, this file included.
    forbid: Vec<Origin>,
}

/// The person's own file.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Approvals {
    #[serde(default, rename = "page")]
    pages: Vec<Approval>,
}

/// One page that the person allowed.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    origin: Origin,
    since: UnixMs,
}

/// When pages were last let in.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Uses {
    #[serde(default)]
    last: BTreeMap<Origin, UnixMs>,
}

/// Who says that a page may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Flag, variable or settings file of this start.
    Settings,
    /// The administrator.
    Policy,
    /// The person, with `allow`.
    Person,
}

/// Whether it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The page may.
    InForce,
    /// Not used for 180 days.
    Unused,
    /// The policy forbids this page.
    Forbidden,
    /// The policy lets nobody but itself allow pages.
    PolicyOnly,
}

/// One page, by one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The page.
    pub origin: Origin,
    /// Who says so.
    pub source: Source,
    /// Since when; known of the person's own.
    pub since: Option<UnixMs>,
    /// When the page was last let in, to the hour.
    pub last_use: Option<UnixMs>,
    /// Whether it counts.
    pub standing: Standing,
}

/// A file that allows nobody, because it cannot be understood or trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct Unread {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// Says why an approval could not be kept or taken away; nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// The system names no folder for the person's settings.
    #[error("this user has no folder for settings")]
    NoFolder,
    /// The present file would be lost.
    #[error(transparent)]
    Unread(Unread),
    /// The disk refuses.
    #[error("{}: {inner}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system says.
        inner: io::Error,
    },
}

/// What the files said when last read.
#[derive(Default)]
struct Known {
    stamps: Option<[Option<Stamp>; 3]>,
    policy: Policy,
    approvals: Vec<Approval>,
    uses: Uses,
    unread: Vec<Unread>,
}

/// Tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    number: u64,
}

/// The list as it is now.
pub struct List {
    settings: Vec<Origin>,
    files: Files,
    clock: Clock,
    known: Mutex<Known>,
    in_force: watch::Sender<Arc<[Origin]>>,
}

impl List {
    /// Reads the list for the first time. `settings` are the pages that this start names.
    #[must_use]
    pub fn new(settings: Vec<Origin>, files: Files, clock: Clock) -> Self {
        let uses = files.uses().and_then(|path| read::<Uses>(&path).unwrap_or_default()).unwrap_or_default();
        let known = Mutex::new(Known { uses, ..Known::default() });
        let list = Self { settings, files, clock, known, in_force: watch::Sender::new(Arc::new([])) };
        list.current();
        list
    }

    /// The pages that may now. Looks whether a file changed; whoever [`List::changes`] told learns of it.
    pub fn current(&self) -> Arc<[Origin]> {
        let now = (self.clock)();
        let known = self.fresh();
        let in_force: Vec<Origin> = entries(&self.settings, &known, now)
            .into_iter()
            .filter(|entry| entry.standing == Standing::InForce)
            .map(|entry| entry.origin)
            .collect();
        self.in_force.send_if_modified(|before| {
            let is_new = **before != *in_force;
            if is_new {
                *before = in_force.into();
            }
            is_new
        });
        self.in_force.borrow().clone()
    }

    /// The same for who must not wait for the disk: on another thread. A look that breaks down allows nobody.
    pub(crate) async fn look(self: &Arc<Self>) -> Arc<[Origin]> {
        let list = Arc::clone(self);
        spawn_blocking(move || list.current()).await.unwrap_or_else(|_| Arc::new([]))
    }

    /// Whether a page may now; if so, that it was let in is noted. On another thread as well.
    pub(crate) async fn admits(self: &Arc<Self>, origin: &Origin) -> bool {
        let (list, origin) = (Arc::clone(self), origin.clone());
        let look = move || {
            let may = list.allows(&origin);
            if may {
                list.note_use(&origin);
            }
            may
        };
        spawn_blocking(look).await.unwrap_or(false)
    }

    /// Whether a page may now.
    pub fn allows(&self, origin: &Origin) -> bool {
        self.current().contains(origin)
    }

    /// Rings when a look at the files found that other pages may.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<[Origin]>> {
        self.in_force.subscribe()
    }

    /// Whether the person's word for a page would count now.
    pub fn would_stand(&self, origin: &Origin) -> Standing {
        standing(&self.fresh().policy, origin, Source::Person, false)
    }

    /// Every page with its source, and whether it counts.
    pub fn entries(&self) -> Vec<Entry> {
        entries(&self.settings, &self.fresh(), (self.clock)())
    }

    /// Files that allow nobody because of a fault.
    pub fn unread(&self) -> Vec<Unread> {
        self.fresh().unread.clone()
    }

    /// Keeps in mind, and once per hour on the disk, that a page was let in.
    pub(crate) fn note_use(&self, origin: &Origin) {
        let now = (self.clock)();
        let mut known = self.lock();
        if known.uses.last.get(origin).is_some_and(|last| (0..HOUR_MS).contains(&now.0.saturating_sub(last.0))) {
            return;
        }
        known.uses.last.insert(origin.clone(), now);
        let Some(path) = self.files.uses() else { return };
        // Another helper of this user may have noted its own.
        for (origin, at) in read::<Uses>(&path).unwrap_or_default().unwrap_or_default().last {
            let at = at.min(now);
            known.uses.last.entry(origin).and_modify(|known| *known = at.max(*known)).or_insert(at);
        }
        if let Err(error) = write(&path, USES_HEAD, &known.uses) {
            warn!(%error, "the last use of a page could not be kept");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self) -> MutexGuard<'_, Known> {
        let mut known = self.lock();
        let paths = [self.files.policy.clone(), self.files.stand_in.clone(), self.files.approvals()];
        // Before reading: what changes meanwhile is read again next time.
        let stamps = paths.map(|path| path.and_then(|path| fs::metadata(path).ok()).map(|found| stamp(&found)));
        if known.stamps != Some(stamps) {
            let is_first = known.stamps.replace(stamps).is_none();
            known.read(&self.files);
            for unread in &known.unread {
                warn!(%unread, "this file allows nobody");
            }
            if !is_first {
                info!("the list of allowed pages was read again");
            }
        }
        known
    }
}

impl Known {
    fn read(&mut self, files: &Files) {
        self.unread.clear();
        let policy = match files.policy.as_ref().map(|path| read(path)) {
            None | Some(Ok(None)) => files.stand_in.as_ref().map_or(Ok(None), |path| read(path)),
            Some(found) => found,
        };
        // An administrator's word that cannot be read may have been a no.
        self.policy = policy.map(Option::unwrap_or_default).unwrap_or_else(|unread| {
            self.unread.push(unread);
            Policy { only_policy: true, ..Policy::default() }
        });
        let approvals = files.approvals().map_or(Ok(None), |path| read::<Approvals>(&path));
        self.approvals = approvals.map(Option::unwrap_or_default).map_or_else(
            |unread| {
                self.unread.push(unread);
                Vec::new()
            },
            |approvals| approvals.pages,
        );
    }
}

fn entries(settings: &[Origin], known: &Known, now: UnixMs) -> Vec<Entry> {
    let Known { policy, approvals, uses, .. } = known;
    let entry = |origin: &Origin, source, since: Option<UnixMs>| {
        let last_use = uses.last.get(origin).copied();
        let is_unused = since.max(last_use).is_some_and(|last| now.0.saturating_sub(last.0) >= UNUSED_DAYS * DAY_MS);
        let standing = standing(policy, origin, source, is_unused);
        Entry { origin: origin.clone(), source, since, last_use, standing }
    };
    let settings = settings.iter().map(|origin| entry(origin, Source::Settings, None));
    let policy = policy.allow_origin.iter().map(|origin| entry(origin, Source::Policy, None));
    let person = approvals.iter().map(|approval| entry(&approval.origin, Source::Person, Some(approval.since)));
    settings.chain(policy).chain(person).collect()
}

/// The policy's no comes first, then its claim to be the only one; only a person's word ages.
fn standing(policy: &Policy, origin: &Origin, source: Source, is_unused: bool) -> Standing {
    match source {
        _ if policy.forbid.contains(origin) => Standing::Forbidden,
        Source::Policy => Standing::InForce,
        Source::Settings | Source::Person if policy.only_policy => Standing::PolicyOnly,
        Source::Person if is_unused => Standing::Unused,
        Source::Settings | Source::Person => Standing::InForce,
    }
}

/// Keeps an approval; one that is there begins anew. Gives the file.
///
/// # Errors
/// [`NotKept`].
pub fn approve(files: &Files, origin: &Origin, now: UnixMs) -> Result<PathBuf, NotKept> {
    change(files, |approvals| {
        approvals.pages.retain(|approval| approval.origin != *origin);
        approvals.pages.push(Approval { origin: origin.clone(), since: now });
    })
    .map(|(path, ..)| path)
}

/// Takes an approval away; false when there was none.
///
/// # Errors
/// [`NotKept`].
pub fn revoke(files: &Files, origin: &Origin) -> Result<bool, NotKept> {
    change(files, |approvals| {
        let before = approvals.pages.len();
        approvals.pages.retain(|approval| approval.origin != *origin);
        approvals.pages.len() != before
    })
    .map(|(_, was_there)| was_there)
}

/// Reads the approvals, changes them and writes them; two commands at once wait for each other.
fn change<T>(files: &Files, change: impl FnOnce(&mut Approvals) -> T) -> Result<(PathBuf, T), NotKept> {
    let path = files.approvals().ok_or(NotKept::NoFolder)?;
    let disk = |inner| NotKept::Disk { path: path.clone(), inner };
    let _lock = user_files::lock(&path).map_err(disk)?;
    let mut approvals = read::<Approvals>(&path).map_err(NotKept::Unread)?.unwrap_or_default();
    let changed = change(&mut approvals);
    write(&path, APPROVALS_HEAD, &approvals).map_err(disk)?;
    Ok((path, changed))
}

/// Reads a file; `None` when it is not there.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Unread> {
    let unread = |why: String| Unread { path: path.to_owned(), why };
    let text = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(error.to_string())),
        Ok(mut file) => {
            if file.metadata().is_ok_and(|found| others_may_write(&found)) {
                return Err(unread("others than its owner may write it".to_owned()));
            }
            let mut content = Vec::new();
            io::Read::read_to_end(&mut file, &mut content).map_err(|error| unread(error.to_string()))?;
            user_files::text(content).map_err(|why| unread(why.to_owned()))?
        }
    };
    toml::from_str(&text).map(Some).map_err(|error| unread(error.to_string().trim_end().to_owned()))
}

fn write(path: &Path, head: &str, what: &impl Serialize) -> io::Result<()> {
    let text = toml::to_string(what).map_err(io::Error::other)?;
    user_files::write(path, format!("{head}{text}").as_bytes())
}

#[cfg(unix)]
fn others_may_write(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o022 != 0
}

#[cfg(not(unix))]
fn others_may_write(_: &Metadata) -> bool {
    false
}

fn stamp(found: &Metadata) -> Stamp {
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(found);
    #[cfg(not(unix))]
    let number = 0;
    Stamp { modified: found.modified().ok(), length: found.len(), number }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    const START: i64 = 1_795_000_000_000;

    fn at_start() -> UnixMs {
        UnixMs(START)
    }

    fn page(name: &str) -> Origin {
        Origin::parse(&format!("https://{name}.example")).unwrap()
    }

    fn names(origins: &[Origin]) -> Vec<&str> {
        origins.iter().map(|origin| origin.as_str().trim_start_matches("https://").trim_end_matches(".example")).collect()
    }

    /// Policy, stand-in and own folder in a fresh place; only what a test writes is there.
    fn place() -> (tempfile::TempDir, Files) {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| Some(place.path().join(name));
        let files = Files { policy: at("policy.toml"), stand_in: None, own: at("own") };
        (place, files)
    }

    fn policy(files: &Files, text: &str) {
        fs::write(files.policy.as_ref().unwrap(), text).unwrap();
    }

    #[test]
    fn the_policy_adds_forbids_and_may_be_the_only_word() {
        use Source::{Person, Policy, Settings};
        use Standing::{Forbidden, InForce, PolicyOnly};
        let all = [(Settings, "a"), (Policy, "p"), (Policy, "q"), (Person, "b")];
        for (text, standings, in_force) in [
            ("allow-origin = [\"https://p.example\", \"https://q.example\"]\n", [InForce; 4], &["a", "p", "q", "b"][..]),
            (
                "allow-origin = [\"https://p.example\", \"https://q.example\"]\nonly-policy = true\n",
                [PolicyOnly, InForce, InForce, PolicyOnly],
                &["p", "q"],
            ),
            (
                "allow-origin = [\"https://p.example\", \"https://q.example\"]\n\
                 forbid = [\"https://a.example\", \"https://b.example\", \"https://q.example\"]\n",
                [Forbidden, InForce, Forbidden, Forbidden],
                &["p"],
            ),
        ] {
            let (_place, files) = place();
            approve(&files, &page("b"), at_start()).unwrap();
            policy(&files, text);
            let list = List::new(vec![page("a")], files, at_start);
            let seen: Vec<(Source, Origin, Standing)> =
                list.entries().into_iter().map(|entry| (entry.source, entry.origin, entry.standing)).collect();
            let expected: Vec<(Source, Origin, Standing)> =
                all.iter().zip(standings).map(|((source, name), standing)| (*source, page(name), standing)).collect();
            assert_eq!(seen, expected, "{text}");
            assert_eq!(names(&list.current()), in_force, "{text}");
        }
    }

    #[test]
    fn a_policy_that_cannot_be_understood_allows_nobody() {
        for text in [
            "only-policy = \"true\"",
            "forbid = [\"b.example\"]",
            "forbid = [\"https://b.example/\"]",
            "forbidden = []",
            "allow-origin = [\"*\"]",
            "only-policy",
        ] {
            let (_place, files) = place();
            approve(&files, &page("b"), at_start()).unwrap();
            policy(&files, text);
            let list = List::new(vec![page("a")], files, at_start);
            assert_eq!(names(&list.current()), [""; 0], "{text}");
            assert_eq!(list.unread().len(), 1, "{text}");
        }
    }

    #[test]
    fn a_stand_in_never_speaks_beside_a_policy() {
        let (place, mut files) = place();
        let stand_in = place.path().join("stand-in.toml");
        fs::write(&stand_in, "allow-origin = [\"https://s.example\"]").unwrap();
        files.stand_in = Some(stand_in);
        let list = List::new(vec![page("a")], files.clone(), at_start);
        assert_eq!(names(&list.current()), ["a", "s"], "the machine has no policy");
        for text in ["only-policy = true", "", "nonsense"] {
            policy(&files, text);
            assert!(!list.allows(&page("s")), "{text:?}");
        }
        // One that cannot be opened is still one.
        fs::remove_file(files.policy.as_ref().unwrap()).unwrap();
        fs::create_dir(files.policy.as_ref().unwrap()).unwrap();
        assert_eq!(names(&list.current()), [""; 0]);
    }

    #[test]
    fn an_approval_ends_after_180_days_without_use() {
        static NOW: AtomicI64 = AtomicI64::new(START);
        fn clock() -> UnixMs {
            UnixMs(NOW.load(Ordering::SeqCst))
        }
        let days = |days: i64| NOW.store(START + days * DAY_MS, Ordering::SeqCst);
        let (_place, files) = place();
        approve(&files, &page("b"), clock()).unwrap();
        let list = List::new(vec![page("a")], files.clone(), clock);
        days(179);
        assert_eq!(names(&list.current()), ["a", "b"]);
        list.note_use(&page("b"));
        days(180);
        assert_eq!(names(&list.current()), ["a", "b"], "used on day 179");
        days(179 + 180);
        assert_eq!(names(&list.current()), ["a"], "settings do not age");
        let entry = list.entries().pop().unwrap();
        assert_eq!((entry.standing, entry.last_use), (Standing::Unused, Some(UnixMs(START + 179 * DAY_MS))));
        assert_eq!(names(&List::new(vec![], files.clone(), clock).current()), [""; 0], "nor after a start");
        approve(&files, &page("b"), clock()).unwrap();
        assert_eq!(names(&list.current()), ["a", "b"], "allowed anew");
        days(-400);
        assert_eq!(names(&list.current()), ["a", "b"], "a clock that was set back ends nothing");
    }

    #[test]
    fn the_last_use_is_written_once_per_hour_and_never_touches_the_approvals() {
        static NOW: AtomicI64 = AtomicI64::new(START);
        fn clock() -> UnixMs {
            UnixMs(NOW.load(Ordering::SeqCst))
        }
        let (_place, files) = place();
        let path = approve(&files, &page("b"), clock()).unwrap();
        let approvals = fs::read(&path).unwrap();
        let list = List::new(vec![], files.clone(), clock);
        let last = || read::<Uses>(&files.uses().unwrap()).unwrap().map(|uses| uses.last[&page("b")].0 - START);
        list.note_use(&page("b"));
        assert_eq!(last(), Some(0));
        NOW.fetch_add(HOUR_MS - 1, Ordering::SeqCst);
        list.note_use(&page("b"));
        assert_eq!(last(), Some(0), "within the hour");
        NOW.fetch_add(1, Ordering::SeqCst);
        list.note_use(&page("b"));
        assert_eq!(last(), Some(HOUR_MS));
        // Another helper of this user notes another page; neither forgets the other's.
        List::new(vec![page("c")], files.clone(), clock).note_use(&page("c"));
        NOW.fetch_add(HOUR_MS, Ordering::SeqCst);
        list.note_use(&page("b"));
        let uses = read::<Uses>(&files.uses().unwrap()).unwrap().unwrap().last;
        assert_eq!((uses[&page("b")].0 - START, uses[&page("c")].0 - START), (2 * HOUR_MS, HOUR_MS));
        assert_eq!(fs::read(&path).unwrap(), approvals);
        // Revoked while it runs: a late note brings nothing back.
        assert!(revoke(&files, &page("b")).unwrap());
        NOW.fetch_add(HOUR_MS, Ordering::SeqCst);
        list.note_use(&page("b"));
        assert_eq!(names(&list.current()), [""; 0]);
    }

    #[test]
    fn a_change_of_a_file_is_seen_at_the_next_look() {
        let (_place, files) = place();
        let list = List::new(vec![page("a")], files.clone(), at_start);
        let mut bell = list.changes();
        let mut rang = || bell.has_changed().unwrap() && !bell.borrow_and_update().is_empty();
        assert_eq!((names(&list.current()), rang()), (vec!["a"], false));
        approve(&files, &page("b"), at_start()).unwrap();
        assert_eq!((names(&list.current()), rang()), (vec!["a", "b"], true));
        assert_eq!((names(&list.current()), rang()), (vec!["a", "b"], false));
        assert!(revoke(&files, &page("b")).unwrap());
        assert_eq!((names(&list.current()), rang()), (vec!["a"], true));
        assert!(!revoke(&files, &page("b")).unwrap(), "there is none any more");
        policy(&files, "allow-origin = [\"https://p.example\"]");
        assert_eq!((names(&list.current()), rang()), (vec!["a", "p"], true));
        fs::remove_file(files.policy.as_ref().unwrap()).unwrap();
        assert_eq!((names(&list.current()), rang()), (vec!["a"], true));
    }

    #[test]
    fn a_file_of_approvals_that_cannot_be_understood_allows_nobody_and_is_kept() {
        for text in
            ["[[page]]\norigin = \"https://b.example/\"\nsince = 0\n", "page = 1", "[[page]]\norigin = \"https://b.example\"\n", "\u{0}"]
        {
            let (_place, files) = place();
            let path = approve(&files, &page("b"), at_start()).unwrap();
            fs::write(&path, text).unwrap();
            let list = List::new(vec![page("a")], files.clone(), at_start);
            assert_eq!((names(&list.current()), list.unread().len()), (vec!["a"], 1), "{text:?}");
            assert!(matches!(approve(&files, &page("c"), at_start()), Err(NotKept::Unread(_))), "{text:?}");
            assert!(matches!(revoke(&files, &page("b")), Err(NotKept::Unread(_))), "{text:?}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let none = Files::default();
        assert!(matches!(approve(&none, &page("b"), at_start()), Err(NotKept::NoFolder)));
    }

    #[test]
    #[cfg(unix)]
    fn the_files_are_their_owners_alone_and_not_believed_otherwise() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let (_place, files) = place();
        fs::create_dir(files.own.as_ref().unwrap()).unwrap();
        let path = approve(&files, &page("b"), at_start()).unwrap();
        let list = List::new(vec![], files.clone(), at_start);
        list.note_use(&page("b"));
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(files.own.as_ref().unwrap()), 0o700, "also when the folder was there before");
        for file in fs::read_dir(files.own.as_ref().unwrap()).unwrap() {
            let file = file.unwrap().path();
            assert_eq!(mode(&file), 0o600, "{}", file.display());
            assert_ne!(file.extension().unwrap(), "new", "nothing half is left");
        }
        assert!(list.allows(&page("b")));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o622)).unwrap();
        let list = List::new(vec![], files, at_start);
        assert!(!list.allows(&page("b")) && list.unread()[0].why.contains("others"));
    }

    /// The one thread that serves everybody must go on while a disk is slow: here a file that nobody has written yet.
    #[tokio::test]
    #[cfg(unix)]
    async fn a_slow_disk_keeps_only_the_one_waiting_who_asked() {
        let (place, mut files) = place();
        let list = Arc::new(List::new(vec![page("a")], files.clone(), at_start));
        assert!(list.admits(&page("a")).await);
        let slow = place.path().join("slow.toml");
        files.policy = Some(slow.clone());
        let list = Arc::new(List { files, ..Arc::into_inner(list).unwrap() });
        let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&slow).status().unwrap();
        assert!(made.success());
        let (written, is_written) = std::sync::mpsc::channel();
        let watchdog = std::thread::spawn({
            let slow = slow.clone();
            move || {
                let is_late = is_written.recv_timeout(std::time::Duration::from_secs(10)).is_err();
                if is_late {
                    fs::write(slow, "").unwrap();
                }
                is_late
            }
        });
        // The look begins and waits; this thread goes on, and writes the file for which it waits.
        let write = async {
            tokio::task::yield_now().await;
            let written_by_us = spawn_blocking(move || fs::write(slow, "forbid = [\"https://a.example\"]")).await;
            written.send(()).unwrap();
            written_by_us.unwrap().unwrap();
        };
        let (allowed, ()) = tokio::join!(list.look(), write);
        assert!(!watchdog.join().unwrap(), "the thread itself waited for the disk");
        assert_eq!(*allowed, [], "and what was read counts");
    }

    #[test]
    fn two_commands_at_once_lose_no_word() {
        let (_place, files) = place();
        std::thread::scope(|scope| {
            for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
                let files = &files;
                scope.spawn(move || approve(files, &page(name), at_start()).unwrap());
            }
        });
        let list = List::new(vec![], files, at_start);
        let mut origins = list.current().to_vec();
        origins.sort();
        assert_eq!(names(&origins), ["a", "b", "c", "d", "e", "f", "g", "h"]);
    }
}
