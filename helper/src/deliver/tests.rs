//! Each result once, whatever happens between; with ways that lose or double as controls.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use shared::api::link::{ResultPage, ResultRow};
use shared::domain::calendar::UnixMs;

use super::*;

thread_local! {
    /// Where the program is killed next.
    static KILL: Cell<Option<Step>> = const { Cell::new(None) };
}

fn at(step: Step) -> io::Result<()> {
    if KILL.get() == Some(step) { Err(io::Error::other("killed")) } else { Ok(()) }
}

/// Results, some of which the encoding cannot hold.
#[derive(Default)]
struct Results {
    ids: RefCell<Vec<String>>,
    unwritable: RefCell<Vec<String>>,
    received: RefCell<Vec<String>>,
    /// How often a file was asked for.
    asked: Cell<usize>,
    is_away: Cell<bool>,
}

impl Results {
    fn of(count: u32) -> Self {
        Self { ids: RefCell::new((1..=count).map(|number| format!("r{number}")).collect()), ..Self::default() }
    }
}

fn no(status: u16, code: Code) -> Away {
    Away::Refused { status, code: Some(code), wait_s: None }
}

impl Source for Results {
    fn new_results(&self, after: Option<&str>) -> Result<ResultPage, Away> {
        let ids = self.ids.borrow();
        let begin = match after {
            None => 0,
            Some(after) => ids.iter().position(|id| id == after).map(|place| place + 1).ok_or(no(404, Code::NotFound))?,
        };
        let rows: Vec<_> = ids[begin..].iter().take(2).map(|id| ResultRow { id: id.clone(), finished_at: UnixMs(0) }).collect();
        let next = rows.last().map(|row| row.id.clone()).or_else(|| after.map(str::to_owned));
        Ok(ResultPage { has_more: ids.len() > begin + rows.len(), rows, next })
    }

    fn received(&self, id: &str) -> Result<(), Away> {
        if self.is_away.get() {
            return Err(Away::Unreachable("away".to_owned()));
        }
        self.received.borrow_mut().push(id.to_owned());
        Ok(())
    }

    fn face(&self, id: &str) -> Result<(String, Vec<u8>), Away> {
        self.asked.set(self.asked.get() + 1);
        if self.unwritable.borrow().iter().any(|other| other == id) {
            return Err(no(400, Code::Request));
        }
        Ok((format!("OQSsiquc01res_face_{id}.xml"), format!("<{id}/>").into_bytes()))
    }
}

/// The レセコン: takes each file away at once.
fn take(folder: &Path, taken: &mut BTreeMap<String, u32>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_file() {
            let text = fs::read_to_string(entry.path()).unwrap();
            assert_eq!(format!("OQSsiquc01res_face_{}.xml", text.trim_matches(['<', '/', '>'])), name, "whole");
            fs::remove_file(entry.path()).unwrap();
            *taken.entry(name).or_default() += 1;
        }
    }
}

const STEPS: [Step; 4] = [Step::Opened, Step::Built, Step::Noted, Step::Renamed];

/// Kills the program at a step of the file of each of three results in turn, and lets it go on; what レセコン got.
fn killed(step: Step, disturb: fn(&Path)) -> BTreeMap<String, u32> {
    let (home, mut taken) = (tempfile::tempdir().unwrap(), BTreeMap::new());
    let results = Results::of(3);
    for _ in 0..3 {
        KILL.set(Some(step));
        if let Ok(mut folder) = Folder::open_with(home.path(), at) {
            let _ = round(&mut folder, &results);
        }
        KILL.set(None);
        take(home.path(), &mut taken);
        disturb(home.path());
    }
    for _ in 0..2 {
        round(&mut Folder::open(home.path()).unwrap(), &results).unwrap();
        take(home.path(), &mut taken);
    }
    // Nothing is said to be received that did not lie in the folder.
    if results.received.borrow().iter().any(|id| !taken.contains_key(&format!("OQSsiquc01res_face_{id}.xml"))) {
        taken.insert("said too early".to_owned(), 1);
    }
    taken
}

fn each_once() -> BTreeMap<String, u32> {
    (1..=3).map(|number| (format!("OQSsiquc01res_face_r{number}.xml"), 1)).collect()
}

#[test]
fn killed_at_each_step_nothing_is_lost_or_doubled() {
    for step in STEPS {
        assert_eq!(killed(step, |_| {}), each_once(), "{step:?}");
    }
}

#[test]
fn a_way_without_the_state_doubles_and_one_without_the_work_folder_loses() {
    let forgets = |folder: &Path| drop(fs::remove_file(folder.join(".uketsuke-deliver/state.json")));
    assert_ne!(killed(Step::Renamed, forgets), each_once(), "the control: what was counted is forgotten");
    let loses = |folder: &Path| {
        for entry in fs::read_dir(folder.join(".uketsuke-deliver")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "part") {
                fs::remove_file(path).unwrap();
            }
        }
    };
    assert_ne!(killed(Step::Noted, loses), each_once(), "the control: what was built is thrown away");
}

#[test]
fn the_server_is_told_what_lies_in_the_folder_also_when_it_was_away() {
    let home = tempfile::tempdir().unwrap();
    let results = Results::of(3);
    results.is_away.set(true);
    let stopped = round(&mut Folder::open(home.path()).unwrap(), &results).unwrap_err();
    assert!(!stopped.is_final && results.received.borrow().is_empty(), "{stopped}");
    results.is_away.set(false);
    round(&mut Folder::open(home.path()).unwrap(), &results).unwrap();
    assert_eq!(*results.received.borrow(), ["r1", "r2", "r3"]);
    round(&mut Folder::open(home.path()).unwrap(), &results).unwrap();
    assert_eq!(results.received.borrow().len(), 3, "each once");
}

#[test]
fn what_cannot_be_written_waits_and_keeps_no_other_back() {
    let home = tempfile::tempdir().unwrap();
    let results = Results::of(3);
    results.unwritable.borrow_mut().push("r2".to_owned());
    let mut taken = BTreeMap::new();
    let done = round(&mut Folder::open(home.path()).unwrap(), &results).unwrap();
    assert_eq!(done, Round { delivered: 2, waiting: 1 });
    take(home.path(), &mut taken);
    assert_eq!(round(&mut Folder::open(home.path()).unwrap(), &results).unwrap(), Round { delivered: 0, waiting: 1 });
    results.unwritable.borrow_mut().clear();
    assert_eq!(round(&mut Folder::open(home.path()).unwrap(), &results).unwrap(), Round { delivered: 1, waiting: 0 });
    take(home.path(), &mut taken);
    assert_eq!(taken, each_once());
}

#[test]
fn however_many_wait_new_ones_are_delivered_and_each_has_its_turn() {
    let home = tempfile::tempdir().unwrap();
    let results = Results::of(50);
    let all = results.ids.borrow().clone();
    results.unwritable.borrow_mut().extend(all);
    assert_eq!(round(&mut Folder::open(home.path()).unwrap(), &results).unwrap(), Round { delivered: 0, waiting: 50 });
    results.ids.borrow_mut().push("r51".to_owned());
    results.asked.set(0);
    assert_eq!(round(&mut Folder::open(home.path()).unwrap(), &results).unwrap(), Round { delivered: 1, waiting: 50 });
    assert_eq!(results.asked.get(), 1 + TRIED_AGAIN, "few a round");
    // The last one can be written now: it comes in its turn.
    results.unwritable.borrow_mut().retain(|id| id != "r50");
    let rounds: Vec<u32> = (0..3).map(|_| round(&mut Folder::open(home.path()).unwrap(), &results).unwrap().delivered).collect();
    assert_eq!(rounds.iter().sum::<u32>(), 1, "{rounds:?}");
}

#[test]
fn nothing_is_written_over_and_strange_names_lead_nowhere() {
    let home = tempfile::tempdir().unwrap();
    let theirs = home.path().join("OQSsiquc01res_face_r1.xml");
    fs::write(&theirs, "theirs").unwrap();
    let stopped = round(&mut Folder::open(home.path()).unwrap(), &Results::of(1)).unwrap_err();
    assert!(stopped.what.contains("another file"), "{stopped}");
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs");
    assert!(Folder::open(home.path()).is_err(), "until a person has looked");
    fs::rename(&theirs, home.path().join("old.xml")).unwrap();
    assert_eq!(round(&mut Folder::open(home.path()).unwrap(), &Results::of(1)).unwrap().delivered, 0, "it was handed over at the opening");
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "<r1/>");
    let mut folder = Folder::open(home.path()).unwrap();
    for name in ["../a.xml", "OQS/../a.xml", "OQSa.txt", "a.xml", ""] {
        assert!(folder.deliver(State::default(), name, b"x").is_err(), "{name}");
    }
    assert!(Folder::open(home.path()).is_err(), "one at a time");
}

#[test]
fn a_server_that_does_not_know_the_place_stops_it() {
    let home = tempfile::tempdir().unwrap();
    round(&mut Folder::open(home.path()).unwrap(), &Results::of(2)).unwrap();
    let stopped = round(&mut Folder::open(home.path()).unwrap(), &Results::of(0)).unwrap_err();
    assert!(stopped.is_final, "{stopped}");
}

fn config(folder: &Path, text: &str) -> Result<Config, Wrong> {
    let path = folder.join("deliver.toml");
    fs::write(&path, text).unwrap();
    Config::read(&path)
}

#[test]
fn settings_are_read_or_said_to_be_wrong() {
    let home = tempfile::tempdir().unwrap();
    let all = "server = \"https://uketsuke.example\"\ntoken_file = \"/t\"\nfolder = \"/f\"\nencoding = \"shift_jis\"\n";
    assert_eq!(config(home.path(), all).unwrap().encoding().unwrap(), "shift_jis");
    for (was, is) in [("https", "http"), ("https", "ftp"), ("shift_jis", "cp932"), ("folder", "ordner"), ("server", "servers")] {
        assert!(config(home.path(), &all.replacen(was, is, 1)).is_err(), "{is}");
    }
    assert!(config(home.path(), &all.replace("https://uketsuke.example", "http://localhost.example")).is_err());
    assert!(config(home.path(), &all.replace("https://uketsuke.example", "http://localhost:8080")).is_ok(), "on this machine");
}

#[test]
#[cfg(unix)]
fn a_token_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let token_file = home.path().join("token");
    let text = format!("server = \"https://a.example\"\ntoken_file = {:?}\nfolder = \"/f\"\n", token_file.to_str().unwrap());
    let config = config(home.path(), &text).unwrap();
    for (content, mode, is_good) in [
        ("uketsuke_AAAA\n", 0o600, true),
        ("uketsuke_AAAA\n", 0o640, false),
        ("uketsuke_AAAA\n", 0o604, false),
        ("AAAA", 0o600, false),
        ("", 0o600, false),
    ] {
        fs::write(&token_file, content).unwrap();
        fs::set_permissions(&token_file, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(config.token().is_ok(), is_good, "{content:?} {mode:o}");
        assert_eq!(config.source().is_ok(), is_good);
    }
}

/// True when the head has come, and as many bytes behind it as it says.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
}

/// A server of one answer; gives the request as it came.
fn answering(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut some) = (Vec::new(), [0; 4096]);
        while !is_whole(&request) {
            let read = stream.read(&mut some).unwrap();
            assert!(read > 0);
            request.extend_from_slice(&some[..read]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    (base, served)
}

#[test]
fn the_server_is_asked_with_the_token_in_its_header_alone() {
    let (base, served) = answering(
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\ncontent-disposition: attachment; filename=\"OQSa.xml\"\r\n\r\n<a/>",
    );
    let server = Server::new(&base, "uketsuke_T", "shift_jis", None).unwrap();
    assert_eq!(server.face("R1").unwrap(), ("OQSa.xml".to_owned(), b"<a/>".to_vec()));
    let request = served.join().unwrap();
    assert!(request.starts_with("GET /api/link/v1/results/R1/face/shift_jis HTTP/1.1\r\n"), "{request}");
    assert!(request.to_ascii_lowercase().contains("\r\nauthorization: bearer uketsuke_t\r\n"), "{request}");
    let (base, served) =
        answering("HTTP/1.1 200 OK\r\ncontent-length: 40\r\nconnection: close\r\n\r\n{\"rows\":[],\"next\":\"R1\",\"has_more\":false}");
    let page = Server::new(&base, "uketsuke_T", "utf-8", None).unwrap().new_results(Some("R1"));
    let request = served.join().unwrap();
    assert!(
        request.starts_with("POST /api/link/v1/results/new HTTP/1.1\r\n") && request.ends_with("{\"after\":\"R1\",\"limit\":null}"),
        "{request}"
    );
    assert_eq!(page.unwrap().next.as_deref(), Some("R1"));
    let (base, served) = answering(
        "HTTP/1.1 401 Unauthorized\r\ncontent-length: 39\r\nconnection: close\r\n\r\n{\"code\":\"U-SESSION\",\"stored\":\"nothing\"}",
    );
    let refused = Server::new(&base, "uketsuke_T", "utf-8", None).unwrap().face("R1").unwrap_err();
    served.join().unwrap();
    assert!(matches!(refused, Away::Refused { status: 401, code: Some(Code::Session), .. }), "{refused}");
    let (base, served) = answering(
        "HTTP/1.1 400 Bad Request\r\ncontent-length: 78\r\nconnection: close\r\n\r\n\
         {\"code\":\"U-REQUEST\",\"stored\":\"nothing\",\"detail\":{\"of_a_newer_server\":[1,2,3]}}",
    );
    let refused = Server::new(&base, "uketsuke_T", "utf-8", None).unwrap().face("R1").unwrap_err();
    served.join().unwrap();
    assert!(matches!(refused, Away::Refused { status: 400, code: Some(Code::Request), .. }), "{refused}: what it adds is no hindrance");
    let (base, served) =
        answering("HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\nlocation: http://other.example/\r\n\r\n");
    let elsewhere = Server::new(&base, "uketsuke_T", "utf-8", None).unwrap().face("R1").unwrap_err();
    served.join().unwrap();
    assert!(!elsewhere.to_string().contains("uketsuke_T"), "goes nowhere else with the token");
}

/// What `doctor` says, over a folder with a past.
#[test]
fn who_looks_sees_how_delivering_stands_and_changes_nothing() {
    use super::look::{Look, ServerSeen, with};
    let home = tempfile::tempdir().unwrap();
    let text = format!("server = \"https://a.example\"\ntoken_file = \"/t\"\nfolder = {:?}\nevery_s = 200\n", home.path().join("face"));
    let config = config(home.path(), &text).unwrap();
    let at = |at: UnixMs, plus_s: i64| at.plus_ms(plus_s * 1_000);
    assert!(matches!(with(&config, &Results::of(1), UnixMs(0)), Look::Folder(_, io::ErrorKind::NotFound)));
    fs::create_dir(&config.folder).unwrap();
    let seen = |source: &Results, now| match with(&config, source, now) {
        Look::There { last, is_overdue, waiting, server, .. } => (last, is_overdue, waiting, server),
        other => panic!("{other:?}"),
    };
    let source = Results::of(3);
    assert_eq!(seen(&source, UnixMs(0)), (None, true, 0, ServerSeen::Answers), "never ran");
    source.unwritable.borrow_mut().push("r2".to_owned());
    round(&mut Folder::open(&config.folder).unwrap(), &source).unwrap();
    folder::note_round(&config.folder, None).unwrap();
    let files = || fs::read_dir(&config.folder).unwrap().count() + fs::read_dir(config.folder.join(".uketsuke-deliver")).unwrap().count();
    let before = files();
    let (last, ..) = seen(&source, UnixMs(0));
    let (ran, said) = last.unwrap();
    assert_eq!(said, None);
    assert_eq!(seen(&source, at(ran, 600)), (Some((ran, None)), false, 1, ServerSeen::Answers), "three rounds may be late");
    assert!(seen(&source, at(ran, 601)).1);
    assert_eq!(seen(&Results::of(0), ran).3, ServerSeen::PlaceUnknown);
    folder::note_round(&config.folder, Some("the folder is full")).unwrap();
    assert_eq!(seen(&source, ran).0.unwrap().1.as_deref(), Some("the folder is full"));
    assert_eq!((files(), source.received.borrow().len()), (before, 2), "nothing was handed over or told");
    fs::write(config.folder.join(".uketsuke-deliver/state.json"), "{").unwrap();
    assert!(matches!(with(&config, &source, ran), Look::State(_)));
    fs::write(home.path().join("deliver.toml"), "server = 1").unwrap();
    assert!(matches!(look::look(&home.path().join("deliver.toml"), ran), Look::Settings(_)));
}
