//! Allowing and revoking while the helper runs, and what the commands show and ask.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use helper::allow::{self, Files};
use helper::gate::Origin;
use shared::reader::ErrorCode;

use super::world::{Page, World, cards, http};

const PAGE: &str = "https://uketsuke.example";
const OTHER: &str = "https://other.example";

fn page() -> Origin {
    Origin::parse(PAGE).unwrap()
}

/// A helper that knows nobody but by the files of this folder.
async fn world(folder: &Path) -> (World, Files) {
    let files = Files { policy: Some(folder.join("policy.toml")), stand_in: None, own: Some(folder.join("own")) };
    let lists = files.clone();
    let world = World::with("ichiro", |settings| (settings.allow, settings.lists) = (vec![], lists)).await;
    (world, files)
}

#[tokio::test]
async fn a_page_may_as_soon_as_it_is_allowed_and_no_longer_than_that() {
    let folder = tempfile::tempdir().unwrap();
    let (world, files) = world(folder.path()).await;
    assert!(world.running.allows_nobody());
    assert_eq!(Page::connect(world.port(), PAGE).await.err(), Some(403));
    allow::approve(&files, &page(), allow::now()).unwrap();
    assert!(!world.running.allows_nobody());
    let mut asks = Page::greeted(world.port(), PAGE).await;
    let mut says_nothing = Page::greeted(world.port(), PAGE).await;
    assert_eq!(asks.card().await.0, 1);
    let id = asks.authenticate(None).await;
    let (ticket, ..) = asks.pin_needed(id).await;

    assert!(allow::revoke(&files, &page()).unwrap());
    // Anybody's request makes the helper look, a stranger's too.
    assert_eq!(Page::connect(world.port(), OTHER).await.err(), Some(403));
    assert!(asks.until_closed().await && says_nothing.until_closed().await);
    assert_eq!(Page::connect(world.port(), PAGE).await.err(), Some(403));
    assert_eq!(world.press(&ticket, r#"{"pin":"1234"}"#).await.0, 410, "the PIN frame died with its page");
    assert_eq!(world.verify_count(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_revoked_page_is_let_go_at_its_next_word_or_the_next_ping() {
    let folder = tempfile::tempdir().unwrap();
    let (world, files) = world(folder.path()).await;
    allow::approve(&files, &page(), allow::now()).unwrap();
    let mut first = Page::greeted(world.port(), PAGE).await;
    first.card().await;
    allow::revoke(&files, &page()).unwrap();
    first.authenticate(None).await;
    assert!(first.until_closed().await);
    let commands = world.log().len();
    world.end().await;
    assert!(commands <= 3, "what the card is was asked before; the request was not carried out");

    let lists = files.clone();
    let world = World::with("ichiro", |settings| {
        (settings.allow, settings.lists) = (vec![], lists);
        settings.limits.ping_every = std::time::Duration::from_millis(50);
    })
    .await;
    allow::approve(&files, &page(), allow::now()).unwrap();
    let mut quiet = Page::greeted(world.port(), PAGE).await;
    allow::revoke(&files, &page()).unwrap();
    assert!(quiet.until_closed().await, "without a word of its own");
    world.end().await;
}

#[tokio::test]
async fn a_policy_that_comes_later_ends_what_it_forbids() {
    let folder = tempfile::tempdir().unwrap();
    let (world, files) = world(folder.path()).await;
    allow::approve(&files, &page(), allow::now()).unwrap();
    allow::approve(&files, &Origin::parse(OTHER).unwrap(), allow::now()).unwrap();
    let (mut forbidden, mut other) = (Page::greeted(world.port(), PAGE).await, Page::greeted(world.port(), OTHER).await);
    fs::write(folder.path().join("policy.toml"), format!("forbid = [\"{PAGE}\"]\n")).unwrap();
    assert_eq!(Page::connect(world.port(), PAGE).await.err(), Some(403));
    assert!(forbidden.until_closed().await);
    let id = other.cancel(1).await;
    assert!(matches!(other.answer(id).await, shared::reader::Frame::Ok { .. }), "the other page is unaffected");
    fs::write(folder.path().join("policy.toml"), "only-policy = true\nallow-origin = []\n").unwrap();
    assert!(world.running.allows_nobody());
    assert!(other.until_closed().await);
    world.end().await;
}

#[tokio::test]
async fn the_last_use_of_a_page_is_noted_when_it_connects_and_not_when_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (world, files) = world(folder.path()).await;
    allow::approve(&files, &page(), allow::now()).unwrap();
    assert_eq!(Page::connect(world.port(), OTHER).await.err(), Some(403));
    let own = format!("127.0.0.1:{}", world.port());
    assert_eq!(http(world.port(), "GET", "/health", &[("Host", &own), ("Origin", PAGE)], "").await.0, 200);
    let uses = || fs::read_to_string(folder.path().join("own/used.toml")).unwrap_or_default();
    assert_eq!(uses(), "", "nobody opened the socket yet");
    Page::greeted(world.port(), PAGE).await;
    assert!(uses().contains(PAGE) && !uses().contains(OTHER), "{}", uses());
    world.end().await;
}

#[tokio::test]
async fn a_disk_that_takes_nothing_keeps_no_page_out() {
    let folder = tempfile::tempdir().unwrap();
    let (world, files) = world(folder.path()).await;
    allow::approve(&files, &page(), allow::now()).unwrap();
    // Its place is taken by a folder, which stops the superuser too.
    fs::create_dir(folder.path().join("own/used.new")).unwrap();
    let mut page = Page::greeted(world.port(), PAGE).await;
    assert_eq!(page.card().await.0, 1);
    let id = page.authenticate_as("r9", 1, &[0; 32], &super::world::statement(), None).await;
    assert_ne!(page.code(id).await, ErrorCode::Internal);
    assert!(!folder.path().join("own/used.toml").exists());
    world.end().await;
}

/// The program with a home of its own.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-helper"));
        command.args(args).env("XDG_CONFIG_HOME", self.0.path()).env("HOME", self.0.path()).env("APPDATA", self.0.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.command(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// What is kept, whichever place the system has for it.
    fn kept(&self) -> String {
        let places = ["uketsuke", "Library/Application Support/uketsuke"].map(|place| self.0.path().join(place).join("origins.toml"));
        places.iter().find_map(|place| fs::read_to_string(place).ok()).unwrap_or_default()
    }

    /// The program with a virtual card on a free port: the child, its further output, its port.
    fn start(&self) -> (Child, BufReader<ChildStdout>, u16) {
        let cards = cards().to_str().unwrap();
        let args = ["--listen", "127.0.0.1:0", "--reader", "simulator", "--simulator-cards", cards];
        let mut child = self.command(&args).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let port = line.trim().trim_start_matches("ready ws://127.0.0.1:").trim_end_matches("/v1").parse().expect(&line);
        (child, stdout, port)
    }
}

#[test]
fn allowing_shows_what_is_trusted_and_asks_a_person() {
    let home = Home::new();
    let (code, stdout, stderr) = home.run(&["allow", PAGE]);
    assert_eq!((code, home.kept().as_str()), (2, ""), "nobody can be asked");
    assert!(stdout.contains("uketsuke.example") && stderr.contains("\nnext: ") && stderr.contains("--yes"), "{stdout}{stderr}");
    for wrong in ["https://uketsuke.example/", "*", "null", "uketsuke.example", "http://uketsuke.example", "https://*.example"] {
        let (code, stdout, stderr) = home.run(&["allow", wrong, "--yes"]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{wrong}");
        assert!(stderr.contains("\nnext: "), "{stderr}");
    }
    assert_eq!(home.run(&["allow"]).0, 2);
    assert_eq!(home.kept(), "");

    let (code, stdout, _) = home.run(&["allow", "https://xn--eckwd4c7c.xn--zckzah:8443", "--yes"]);
    assert_eq!(code, 0);
    for part in ["xn--eckwd4c7c.xn--zckzah", "ドメイン.テスト", "8443", "暗証番号", "names of the readers", "origins.toml"] {
        assert!(stdout.contains(part), "{part}:\n{stdout}");
    }
    assert!(home.kept().contains("https://xn--eckwd4c7c.xn--zckzah:8443"));
}

/// On a terminal, which `script` (util-linux) gives: the answer decides.
#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_only_a_yes_allows() {
    for (answer, expected) in [("n\n", 1), ("\n", 1), ("y\n", 0)] {
        let home = Home::new();
        let line = format!("{} allow {PAGE}", env!("CARGO_BIN_EXE_uketsuke-helper"));
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env("XDG_CONFIG_HOME", home.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("util-linux");
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        let mut shown = String::new();
        child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(expected), "{answer:?}: {shown}");
        assert!(shown.contains("[y/N]"), "{shown}");
        assert_eq!(home.kept().contains(PAGE), expected == 0, "{answer:?}");
        assert_eq!(shown.contains("Nothing was changed"), expected == 1, "{shown}");
    }
}

#[test]
fn the_list_says_by_whose_word_and_whether_it_counts() {
    let home = Home::new();
    let (code, stdout, _) = home.run(&["list"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("No page is allowed") && stdout.contains("\nnext: uketsuke-helper allow"), "{stdout}");
    assert_eq!(home.run(&["allow", PAGE, "--yes"]).0, 0);
    let policy = home.0.path().join("policy.toml");
    fs::write(&policy, "allow-origin = [\"https://p.example\"]\nforbid = [\"https://b.example\"]\n").unwrap();
    let given = ["--policy", policy.to_str().unwrap(), "--allow-origin", "https://a.example,https://b.example"];
    let (code, stdout, stderr) = home.run(&[&["list"][..], &given].concat());
    assert_eq!((code, stderr.as_str()), (0, ""));
    let about = |page: &str| stdout.split_once(&format!("{page}\n")).unwrap().1.lines().take(3).collect::<Vec<_>>().join("\n");
    for (page, parts) in [
        ("https://a.example", ["有効 / in force", "settings of this start", "since: - "]),
        ("https://b.example", ["not in force: forbidden by policy", "settings of this start", "since: - "]),
        ("https://p.example", ["有効 / in force", "管理者 / policy", "since: - "]),
        (PAGE, ["有効 / in force", "この利用者 / this user", "since: 20"]),
    ] {
        for part in parts {
            assert!(about(page).contains(part), "{page} lacks {part}:\n{stdout}");
        }
    }
    // What the policy forbids cannot be allowed, and what it says only it may say.
    let with_policy = |args: &[&str]| home.run(&[args, &given[..2]].concat());
    let (code, _, stderr) = with_policy(&["allow", "https://b.example", "--yes"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("forbidden by policy") && stderr.contains("\nnext: "), "{stderr}");
    assert!(!home.kept().contains("b.example"));
    fs::write(&policy, "only-policy = true").unwrap();
    assert_eq!(with_policy(&["allow", OTHER, "--yes"]).0, 3);
    assert!(with_policy(&["list"]).1.contains("only the policy allows pages"));
    fs::write(&policy, "only-policy = maybe").unwrap();
    let (code, _, stderr) = with_policy(&["list"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("policy.toml") && stderr.contains("\nnext: "), "{stderr}");
}

#[test]
fn revoking_says_what_still_counts() {
    let home = Home::new();
    let (code, stdout, _) = home.run(&["revoke", PAGE]);
    assert!(code == 0 && stdout.contains("Not allowed anyway"), "{stdout}");
    home.run(&["allow", PAGE, "--yes"]);
    let (code, stdout, stderr) = home.run(&["revoke", PAGE, "--allow-origin", PAGE]);
    assert_eq!(code, 3, "{stdout}{stderr}");
    assert!(stdout.contains("Revoked") && stderr.contains("still in force (settings of this start)"), "{stdout}{stderr}");
    assert!(!home.kept().contains(PAGE));
    home.run(&["allow", PAGE, "--yes"]);
    fs::write(home.0.path().join("uketsuke/origins.toml"), "nonsense").unwrap();
    let (code, _, stderr) = home.run(&["revoke", PAGE]);
    assert_eq!(code, 3);
    assert!(stderr.contains("origins.toml") && stderr.contains("\nnext: "), "{stderr}");
}

#[tokio::test]
async fn the_running_program_follows_the_commands() {
    let home = Home::new();
    let (mut child, _out, port) = home.start();
    assert_eq!(Page::connect(port, PAGE).await.err(), Some(403));
    assert_eq!(home.run(&["allow", PAGE, "--yes"]).0, 0);
    let mut page = Page::greeted(port, PAGE).await;
    assert!(!home.run(&["list"]).1.contains("last used: -"), "the last use is seen by another process");
    let (code, stdout, _) = home.run(&["revoke", PAGE, "--listen", &format!("127.0.0.1:{port}")]);
    assert!(code == 0 && stdout.contains("Its open connections have ended"), "{stdout}");
    assert!(page.until_closed().await);
    assert_eq!(Page::connect(port, PAGE).await.err(), Some(403));
    child.stdin.take().unwrap().write_all(b"quit\n").unwrap();
    assert!(child.wait().unwrap().success());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(errors.contains("no page is allowed yet\nnext: uketsuke-helper allow"), "{errors}");
}
