//! Files of former builds. A page that was opened before a new build came still asks for the files it was built with: they are kept for a
//! day after the start that no longer brought them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use shared::domain::calendar::UnixMs;

use super::has_hash;
use crate::clock::Clock;

/// The folders of pages.
pub(super) const PAGES: [&str; 3] = ["reception", "device", "office"];
/// So long a file is served after the first start without it, milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// When each file was first missing: `PAGE/NAME` to milliseconds since 1970, JSON.
const ENDED: &str = "ended.json";

/// What a server still serves of the builds before its own.
#[derive(Debug)]
pub(super) struct Former {
    folder: PathBuf,
    clock: Clock,
    ended: BTreeMap<String, UnixMs>,
}

impl Former {
    /// Keeps a copy of the hashed files of `pages` in `folder`, notes which of the files there are no longer among them, and removes those
    /// whose day is over.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn keep(folder: &Path, pages: &Path, clock: &Clock) -> io::Result<Self> {
        let now = clock.now();
        let kept = folder.join(ENDED);
        // A damaged list begins anew: a file is then kept for a day more.
        let before: BTreeMap<String, UnixMs> =
            std::fs::read(&kept).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let mut ended = BTreeMap::new();
        for page in PAGES {
            let (here, there) = (folder.join(page), pages.join(page));
            std::fs::create_dir_all(&here)?;
            let current = hashed(&there)?;
            for name in hashed(&here)?.difference(&current) {
                let of = format!("{page}/{name}");
                let since = before.get(&of).copied().unwrap_or(now);
                if is_living(since, now) {
                    ended.insert(of, since);
                } else {
                    std::fs::remove_file(here.join(name))?;
                }
            }
            for name in &current {
                copy(&there.join(name), &here.join(name))?;
            }
        }
        let text = serde_json::to_vec(&ended).map_err(io::Error::other)?;
        let new = folder.join("ended.new");
        std::fs::write(&new, text)?;
        std::fs::rename(new, kept)?;
        Ok(Self { folder: folder.to_owned(), clock: clock.clone(), ended })
    }

    /// Where the files of a page are.
    pub(super) fn folder_of(&self, page: &str) -> PathBuf {
        self.folder.join(page)
    }

    /// True for a file of a former build within its day.
    pub(super) fn serves(&self, page: &str, name: &str) -> bool {
        self.ended.get(&format!("{page}/{name}")).is_some_and(|since| is_living(*since, self.clock.now()))
    }
}

fn is_living(since: UnixMs, now: UnixMs) -> bool {
    now.0.saturating_sub(since.0) < KEPT_MS
}

/// The names in a folder that carry a hash.
fn hashed(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        if let Ok(name) = entry?.file_name().into_string()
            && has_hash(&name)
        {
            names.insert(name);
        }
    }
    Ok(names)
}

/// Copies what is not there in full: whole or not at all.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let length = from.metadata()?.len();
    if to.metadata().is_ok_and(|there| there.len() == length) {
        return Ok(());
    }
    let half = to.with_extension("new");
    std::fs::copy(from, &half)?;
    std::fs::rename(half, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "a-0123456789abcdef_bg.wasm";
    const NEW: &str = "a-fedcba9876543210_bg.wasm";

    fn build(pages: &Path, name: &str) {
        for page in PAGES {
            let folder = pages.join(page);
            drop(std::fs::remove_dir_all(&folder));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(name), name).unwrap();
            std::fs::write(folder.join("icon.png"), "no hash").unwrap();
        }
    }

    #[test]
    fn a_file_is_served_for_a_day_after_the_build_that_dropped_it_and_removed_then() {
        let folder = tempfile::tempdir().unwrap();
        let (pages, kept) = (folder.path().join("pages"), folder.path().join("kept"));
        let start = UnixMs(1_700_000_000_000);
        let clock = Clock::standing_at(start);
        build(&pages, OLD);
        let first = Former::keep(&kept, &pages, &clock).unwrap();
        assert!(!first.serves("device", OLD), "it is served as the current one");
        // Whatever time passed since: the day begins with the start that does not bring it.
        clock.set(start.plus_ms(100 * KEPT_MS));
        build(&pages, NEW);
        let second = Former::keep(&kept, &pages, &clock).unwrap();
        assert!(second.serves("device", OLD) && !second.serves("device", NEW) && !second.serves("device", "icon.png"));
        assert_eq!(std::fs::read_to_string(second.folder_of("device").join(OLD)).unwrap(), OLD);
        // A start within the day begins no second one.
        clock.set(clock.now().plus_ms(KEPT_MS - 1));
        let third = Former::keep(&kept, &pages, &clock).unwrap();
        assert!(third.serves("office", OLD));
        clock.set(clock.now().plus_ms(1));
        assert!(!third.serves("office", OLD), "also without a start between");
        Former::keep(&kept, &pages, &clock).unwrap();
        assert!(!kept.join("office").join(OLD).exists() && kept.join("office").join(NEW).exists());
    }

    #[test]
    fn a_build_that_comes_back_is_the_current_one_again() {
        let folder = tempfile::tempdir().unwrap();
        let (pages, kept) = (folder.path().join("pages"), folder.path().join("kept"));
        let clock = Clock::standing_at(UnixMs(0));
        for name in [OLD, NEW, OLD] {
            build(&pages, name);
            Former::keep(&kept, &pages, &clock).unwrap();
        }
        clock.set(UnixMs(KEPT_MS));
        Former::keep(&kept, &pages, &clock).unwrap();
        assert!(kept.join("device").join(OLD).exists() && !kept.join("device").join(NEW).exists());
    }
}
