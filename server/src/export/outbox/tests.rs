use std::io::BufRead as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const OWNER: &str = "9969900001";

fn day() -> CivilDate {
    CivilDate::try_from("2024-01-17").unwrap()
}

fn open(folder: &Path) -> Outbox {
    let (outbox, problems) = Outbox::open(folder, OWNER).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    outbox
}

/// Names and contents of what a watcher sees.
fn seen(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = files.filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn c04_a_file_is_handed_over_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    assert_eq!(outbox.send("a", day(), "a.xml", b"one").unwrap(), Sent::Now);
    assert_eq!(outbox.send("a", day(), "a.xml", b"one").unwrap(), Sent::Before);
    assert_eq!(seen(folder.path()), BTreeMap::from([("a.xml".to_owned(), b"one".to_vec())]));
    drop(outbox);
    // C03: the watcher takes it away; that is no reason to send it again.
    std::fs::remove_file(folder.path().join("a.xml")).unwrap();
    assert_eq!(open(folder.path()).send("a", day(), "a.xml", b"one").unwrap(), Sent::Before);
    assert!(seen(folder.path()).is_empty());
}

#[test]
fn f03_f04_a_name_that_is_there_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.xml"), "one").unwrap();
    std::fs::write(folder.path().join("b.xml"), "other").unwrap();
    let mut outbox = open(folder.path());
    assert_eq!(outbox.send("a", day(), "a.xml", b"one").unwrap(), Sent::SameFile);
    let why = outbox.send("b", day(), "b.xml", b"two").unwrap_err();
    assert!(matches!(&why, CannotSend::Conflict(name) if name == "b.xml") && why.to_string().contains("両方残しました"));
    drop(outbox);
    let kept = folder.path().join(WORK).join(OWNER).join("b.xml.part");
    assert_eq!((std::fs::read(&kept).unwrap(), std::fs::read(folder.path().join("b.xml")).unwrap()), (b"two".to_vec(), b"other".to_vec()));
    let (outbox, problems) = Outbox::open(folder.path(), OWNER).unwrap();
    assert!(matches!(problems.as_slice(), [CannotSend::Conflict(_)]), "still said at the next run");
    drop(outbox);
    // A person moved the other file away: the next run goes on by itself.
    std::fs::remove_file(folder.path().join("b.xml")).unwrap();
    drop(open(folder.path()));
    assert_eq!(seen(folder.path())["b.xml"], b"two");
    assert!(!kept.exists());
}

#[test]
fn c06_f29_files_of_others_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for other in ["publicmedicalhub20240117.xml", "prescription.xml", "OQSsiquc01res_face_20240117101500.xml", "x.part"] {
        std::fs::write(folder.path().join(other), other).unwrap();
    }
    let before = seen(folder.path());
    open(folder.path()).send("a", day(), "a.xml", b"one").unwrap();
    let mut after = seen(folder.path());
    assert!(after.remove("a.xml").is_some());
    assert_eq!(after, before);
}

#[test]
fn f13_one_run_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    assert!(matches!(Outbox::open(folder.path(), OWNER), Err(CannotSend::Busy)));
    drop(Outbox::open(folder.path(), "9939900008").unwrap());
    drop(first);
    drop(open(folder.path()));
}

#[test]
fn x48_gone_full_and_locked_folders_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let gone = Outbox::open(&folder.path().join("gone"), OWNER).err().unwrap();
    assert!(matches!(gone, CannotSend::Gone(_)) && gone.to_string().contains("フォルダーがありません"));
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(Outbox::open(&file, OWNER), Err(CannotSend::Gone(_))));

    let mut outbox = open(folder.path());
    std::fs::remove_dir_all(folder.path()).unwrap();
    assert!(matches!(outbox.send("a", day(), "a.xml", b"one"), Err(CannotSend::Gone(_))), "taken away in between");

    for (kind, is_it) in [
        (ErrorKind::StorageFull, (|why| matches!(why, CannotSend::Full(_))) as fn(&CannotSend) -> bool),
        (ErrorKind::QuotaExceeded, |why| matches!(why, CannotSend::Full(_))),
        (ErrorKind::PermissionDenied, |why| matches!(why, CannotSend::NotAllowed(_))),
        (ErrorKind::ReadOnlyFilesystem, |why| matches!(why, CannotSend::NotAllowed(_))),
        (ErrorKind::Other, |why| matches!(why, CannotSend::Disk(_))),
    ] {
        let why = CannotSend::from(Error::from(kind));
        assert!(is_it(&why) && why.to_string().contains("ください"), "{kind}");
    }
}

/// A device that is always full, and a file system that takes no files, stand for the disk: root may do everything else.
#[cfg(target_os = "linux")]
#[test]
fn x48_a_full_and_a_locked_disk_are_told_apart_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    std::os::unix::fs::symlink("/dev/full", outbox.part("a.xml")).unwrap();
    assert!(matches!(outbox.send("a", day(), "a.xml", b"one"), Err(CannotSend::Full(_))));
    assert!(seen(folder.path()).is_empty());
    assert_eq!(outbox.send("a", day(), "a.xml", b"one").unwrap(), Sent::Now, "once there is space");
    assert!(matches!(Outbox::open(Path::new("/sys"), OWNER), Err(CannotSend::NotAllowed(_))));
}

#[test]
fn a_log_that_was_cut_off_and_a_half_file_count_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).send("a", day(), "a.xml", b"one").unwrap();
    let work = folder.path().join(WORK).join(OWNER);
    let whole = std::fs::read(work.join("log")).unwrap();
    assert_eq!(whole, b"sent a 2024-01-17 a.xml\n");
    std::fs::write(work.join("log"), [whole.as_slice(), b"sent b 2024-01-18 b.x"].concat()).unwrap();
    std::fs::write(work.join("b.xml.part"), "tw").unwrap();
    let mut outbox = open(folder.path());
    assert!(outbox.is_sent("a") && !outbox.is_sent("b"));
    assert_eq!(outbox.newest(), Some(day()));
    assert_eq!(outbox.send("b", day(), "b.xml", b"two").unwrap(), Sent::Now);
    drop(outbox);
    assert_eq!(std::fs::read(work.join("log")).unwrap(), [whole.as_slice(), b"sent b 2024-01-17 b.xml\n"].concat());
    assert_eq!(seen(folder.path())["b.xml"], b"two");
}

#[test]
fn what_cannot_be_written_waits_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.note_unwritable("a", day()).unwrap();
    outbox.note_unwritable("a", day()).unwrap();
    outbox.note_unwritable("b", day().plus_days(3)).unwrap();
    drop(outbox);
    let mut outbox = open(folder.path());
    assert_eq!((outbox.waiting().collect::<Vec<_>>(), outbox.newest()), (vec!["a", "b"], Some(day().plus_days(3))));
    outbox.send("a", day(), "a.xml", b"one").unwrap();
    assert_eq!(outbox.waiting().collect::<Vec<_>>(), ["b"]);
    drop(outbox);
    assert_eq!(open(folder.path()).waiting().collect::<Vec<_>>(), ["b"]);
    let log = std::fs::read_to_string(folder.path().join(WORK).join(OWNER).join("log")).unwrap();
    assert_eq!(log.lines().count(), 3, "noted once: {log}");
}

// Killed at any point.

const FILES: [(&str, &str); 3] = [("a", "a.xml"), ("b", "b.xml"), ("c", "c.xml")];
const STEPS: usize = 6;

fn content(name: &str) -> Vec<u8> {
    name.repeat(20_000).into_bytes()
}

/// Steps until the child stands still and waits for its end.
static LEFT: AtomicUsize = AtomicUsize::new(0);

fn stand_still(_: Step) {
    if LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        println!("\nstanding");
        // The parent never writes: this ends with the process.
        let _ = std::io::stdin().read_line(&mut String::new());
    }
}

/// A way to send the three files, with a stop at each of its steps.
type Sender = fn(&Path);

fn by_outbox(folder: &Path) {
    let (mut outbox, _) = Outbox::open_with(folder, OWNER, stand_still).unwrap();
    for (id, name) in FILES {
        outbox.send(id, day(), name, &content(name)).unwrap();
    }
}

/// Control: written in its place, then noted.
fn straight(folder: &Path) {
    one_by_one(folder, |name| {
        let mut file = File::create(folder.join(name)).unwrap();
        let content = content(name);
        file.write_all(&content[..content.len() / 2]).unwrap();
        stand_still(Step::Written);
        file.write_all(&content[content.len() / 2..]).unwrap();
        stand_still(Step::Renamed);
    });
}

/// Control: built aside and renamed, then noted.
fn noted_late(folder: &Path) {
    one_by_one(folder, |name| {
        let part = folder.join(WORK).join(name);
        std::fs::write(&part, content(name)).unwrap();
        stand_still(Step::Built);
        std::fs::rename(part, folder.join(name)).unwrap();
        stand_still(Step::Renamed);
    });
}

/// Control: noted, then built and renamed.
fn noted_early(folder: &Path) {
    std::fs::create_dir_all(folder.join(WORK)).unwrap();
    for (id, name) in FILES {
        let note = folder.join(WORK).join(format!("{id}.note"));
        if note.exists() {
            continue;
        }
        std::fs::write(note, "").unwrap();
        stand_still(Step::Noted);
        std::fs::write(folder.join(WORK).join(name), content(name)).unwrap();
        std::fs::rename(folder.join(WORK).join(name), folder.join(name)).unwrap();
        stand_still(Step::Renamed);
    }
}

fn one_by_one(folder: &Path, send: impl Fn(&str)) {
    std::fs::create_dir_all(folder.join(WORK)).unwrap();
    for (id, name) in FILES {
        let note = folder.join(WORK).join(format!("{id}.note"));
        if !note.exists() {
            send(name);
            std::fs::write(note, "").unwrap();
            stand_still(Step::Done);
        }
    }
}

const SENDERS: [(&str, Sender); 4] =
    [("outbox", by_outbox), ("straight", straight), ("noted late", noted_late), ("noted early", noted_early)];
const CHILD: &str = "UKETSUKE_TEST_OUTBOX";

/// Runs a sender in a process of its own; kills it at a step, or lets it end. True when it was killed.
fn run(sender: &str, folder: &Path, stop_at: usize) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "export::outbox::tests::killed_at_each_step_nothing_is_lost_halved_or_doubled", "--nocapture"])
        .env(CHILD, format!("{sender}|{stop_at}|{}", folder.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = std::io::BufReader::new(child.stdout.take().unwrap());
    let is_standing = out.lines().map_while(Result::ok).any(|line| line == "standing");
    if is_standing {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    assert!(is_standing || status.success(), "{sender} at {stop_at}: {status}");
    is_standing
}

/// Kills a sender at one step, then at another one of its next run, then lets it end; the watcher takes what it sees after each.
fn story(sender: &str, first: usize, second: usize, takes: bool) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut taken: Vec<String> = Vec::new();
    for stop_at in [first, second, 0] {
        let was_killed = run(sender, folder.path(), stop_at);
        let files = seen(folder.path());
        if let Some((half, _)) = files.iter().find(|(name, bytes)| **bytes != content(name)) {
            return Err(format!("{half} is half a file"));
        }
        if takes || !was_killed {
            for (name, _) in files {
                std::fs::remove_file(folder.path().join(&name)).unwrap();
                taken.push(name);
            }
        }
    }
    taken.sort();
    if taken == ["a.xml", "b.xml", "c.xml"] { Ok(()) } else { Err(format!("taken: {taken:?}")) }
}

#[test]
fn killed_at_each_step_nothing_is_lost_halved_or_doubled() {
    if let Ok(told) = std::env::var(CHILD) {
        let mut told = told.splitn(3, '|');
        let name = told.next().unwrap();
        LEFT.store(told.next().unwrap().parse().unwrap(), Ordering::SeqCst);
        let sender = SENDERS.iter().find(|(known, _)| *known == name).unwrap().1;
        return sender(Path::new(told.next().unwrap()));
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(run("outbox", folder.path(), FILES.len() * STEPS), "every step is reached");
    assert!(!run("outbox", folder.path(), 1), "and there is none after the last");
    for first in 1..=FILES.len() * STEPS {
        for second in [1, 2, 3, 7] {
            for takes in [true, false] {
                story("outbox", first, second, takes).unwrap_or_else(|why| panic!("killed at {first}, then {second}: {why}"));
            }
        }
    }
    // Controls: what is easier is caught, each by its own fault.
    let fault = |sender: &str| (1..=9).find_map(|first| story(sender, first, 1, true).err());
    assert_eq!(fault("straight").as_deref(), Some("a.xml is half a file"));
    assert!(fault("noted late").is_some_and(|why| why.matches("a.xml").count() == 2), "doubled");
    assert!(fault("noted early").is_some_and(|why| !why.contains("a.xml")), "lost");
}
