//! The program as its operator meets it: what it says, what it refuses, how it stops.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use server::config::TEST_CLOCK;

use crate::world::{TestCard, cards_today};

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-server"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("UKETSUKE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Waits for a condition, bounded.
pub(crate) async fn wait_until(what: &str, mut good: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !good() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        tokio::task::yield_now().await;
    }
}

/// A running demo server with its folder.
pub(crate) struct Program {
    folder: tempfile::TempDir,
    child: Mutex<Child>,
    port: u16,
    environment: Vec<(&'static str, String)>,
}

impl Program {
    pub(crate) async fn demo() -> Self {
        Self::demo_with(Vec::new()).await
    }

    pub(crate) async fn demo_with(environment: Vec<(&'static str, String)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, port) = spawn(folder.path(), 0, &environment);
        Self { folder, child: Mutex::new(child), port, environment }
    }

    /// A server on a folder that is there already.
    pub(crate) fn on(folder: tempfile::TempDir) -> Self {
        let (child, port) = spawn(folder.path(), 0, &[]);
        Self { folder, child: Mutex::new(child), port, environment: Vec::new() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts again on the same port and folder.
    pub(crate) async fn start(&mut self) {
        let (child, port) = spawn(self.folder.path(), self.port, &self.environment);
        assert_eq!(port, self.port);
        self.child = Mutex::new(child);
    }

    /// The same with another instant at which its clock starts.
    pub(crate) async fn start_at(&mut self, instant: String) {
        self.environment.retain(|(name, _)| *name != TEST_CLOCK);
        self.environment.push((TEST_CLOCK, instant));
        self.start().await;
    }

    /// SIGKILL, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.kill_now();
    }

    pub(crate) fn kill_now(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("uketsuke.db")
    }

    pub(crate) fn demo_file(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.folder.path().join("demo.json")).unwrap()).unwrap()
    }

    pub(crate) fn token(&self) -> String {
        self.demo_file()["reception"].as_str().unwrap().strip_prefix("/r/").unwrap().to_owned()
    }

    pub(crate) fn card(&self, spec: &str) -> TestCard {
        TestCard::open(cards_today(), spec)
    }

    /// One request on a connection of its own; status and body.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, String)], body: &str) -> std::io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let origin = if method == "POST" { format!("origin: {}\r\nx-uketsuke-page: 1\r\n", self.origin()) } else { String::new() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost:{}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             {origin}{headers}content-length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.map_err(std::io::Error::other)??;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| std::io::Error::other("cut"))?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| std::io::Error::other("cut"))?;
        Ok((status, body.to_owned()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        // It may have ended by itself, as some tests want.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn spawn(data: &Path, port: u16, environment: &[(&'static str, String)]) -> (Child, u16) {
    let cards = cards_today();
    let mut command = program();
    command
        .args(["--demo", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data)
        .arg("--card-ca")
        .arg(cards.join("ca.pem"))
        .arg("--people")
        .arg(cards.join("people.json"))
        // The cards of these tests were made for this day.
        .env("UKETSUKE_TEST_CLOCK", crate::world::TODAY)
        .envs(environment.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::options().create(true).append(true).open(data.join("log")).unwrap());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let log = || std::fs::read_to_string(data.join("log")).unwrap();
    let port = line.trim().strip_prefix("ready http://localhost:").unwrap_or_else(|| panic!("said {line:?}\n{}", log())).parse().unwrap();
    (child, port)
}

pub(crate) fn run(args: &[&str]) -> Output {
    program().args(args).stdin(Stdio::null()).output().unwrap()
}

/// Exit code, standard output, standard error without log lines.
pub(crate) fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let errors: String =
        text(&output.stderr).lines().filter(|line| line.starts_with("error:") || line.starts_with("next:")).collect::<Vec<_>>().join("\n");
    (output.status.code().unwrap(), text(&output.stdout), errors)
}

#[test]
fn the_marker_of_the_demo_ca_is_the_one_of_the_virtual_card() {
    assert_eq!(server::identity::DEMO_CA_MARKER_OID, virtual_card::DEMO_CA_MARKER_OID);
}

#[test]
fn a_production_server_refuses_the_demo_ca_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (data, ca) = (folder.path().join("data"), cards_today().join("ca.pem"));
    let (data, ca) = (data.to_str().unwrap(), ca.to_str().unwrap());
    let (exit, out, errors) = said(&run(&["--data", data, "--card-ca", ca, "--listen", "127.0.0.1:0"]));
    assert_eq!((exit, out.as_str()), (2, ""));
    assert_eq!(
        errors,
        "error: this card CA belongs to the simulator; a production server does not trust it\n\
         next:  give the real CA with --card-ca, or add --demo to try things out"
    );
}

#[test]
fn unsafe_starts_are_refused_with_a_way_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let leaf = folder.path().join("leaf.pem");
    std::fs::write(&leaf, rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap().cert.pem()).unwrap();
    for (args, exit, word) in [
        (vec!["--data", data, "--demo", "--listen", "0.0.0.0:0"], 2, "loopback"),
        (vec!["--data", data], 2, "--card-ca"),
        (vec!["--data", data, "--demo", "--card-ca", "missing.pem"], 3, "missing.pem"),
        (vec!["--data", data, "--demo", "--card-ca", leaf.to_str().unwrap()], 2, "not a CA"),
        (vec!["--data", data, "--demo", "--people", "missing.json"], 3, "missing.json"),
        (vec!["--data", data, "--demo", "--pages", "missing", "--listen", "127.0.0.1:0"], 3, "missing"),
        (vec!["--data", data, "--demo", "--listen", "127.0.0.1:0", "--origin", "http://a/b"], 2, "--origin"),
        (vec!["--demo"], 2, "--data"),
    ] {
        let (found, out, errors) = said(&run(&args));
        assert_eq!((found, out.as_str()), (exit, ""), "{args:?}: {errors}");
        assert!(errors.contains(word) && errors.starts_with("error: ") && errors.contains("\nnext:  "), "{args:?}: {errors}");
    }
}

#[test]
fn codes_and_the_audit_file_have_their_commands() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let (exit, ..) = said(&run(&["institution", "add", "--data", data, "--code", "9919900002", "--name", "試験クリニック"]));
    assert_eq!(exit, 0);
    let code =
        |command: &str, more: &[&str]| said(&run(&[&["code", command, "--data", data, "--institution", "9919900002"], more].concat()));
    let (exit, out, errors) = code("issue", &["--label", "Aのスマホ1"]);
    assert_eq!((exit, errors.as_str()), (0, ""));
    let digits = out.lines().find_map(|line| line.strip_prefix("code       ")).unwrap();
    assert_eq!(digits.len(), 14);
    assert!(code("issue", &["--label", "aのスマホ１"]).2.contains("another device has this label"));
    let (_, list, _) = code("list", &[]);
    let id = list.split('\t').next().unwrap();
    assert!(list.contains("\t未使用\tAのスマホ1\t") && !list.contains(digits), "{list}");
    assert!(code("invalidate", &["--id", id]).1.contains("\t無効\t"));
    for (more, word) in [(&["--id", "x"][..], "no such code"), (&["--id", "AAAAAAAAAAAAAAAAAAAAAA"], "no such code")] {
        let (exit, _, errors) = code("invalidate", more);
        assert!(exit == 2 && errors.contains(word) && errors.contains("next:"), "{errors}");
    }
    let (exit, _, errors) = said(&run(&["code", "list", "--data", data, "--institution", "9969900001"]));
    assert!(exit == 2 && errors.contains("no institution 9969900001"), "{errors}");
    // A file that no export made.
    let file = folder.path().join("x.csv");
    std::fs::write(&file, "a,b").unwrap();
    let (exit, out, errors) = said(&run(&["audit", "verify", file.to_str().unwrap()]));
    assert!(exit == 2 && out.contains("not the first line") && errors.contains("not as it was exported"), "{out}{errors}");
}

#[test]
fn an_operator_writes_down_windows_and_desks_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    assert_eq!(run(&["institution", "add", "--data", data, "--code", "9919900002", "--name", "a"]).status.code(), Some(0));
    let command = |words: &[&str], more: &[&str]| said(&run(&[words, &["--data", data], more].concat()));
    let (exit, row, errors) =
        command(&["maintenance", "add"], &["--part", "portal", "--from", "2099-01-02T22:00", "--to", "2099-01-03T06:00"]);
    assert_eq!(exit, 0, "{errors}");
    assert!(row.contains("ahead\tportal\t令和81年1月2日 22:00〜翌3日 6:00"), "{row}");
    let id = row.split('\t').next().unwrap().to_owned();
    for (words, said) in [
        (["--part", "portal", "--from", "2099-01-02T22:00", "--to", "2099-01-02T21:00"], "ends before"),
        (["--part", "portal", "--from", "2020-01-02T22:00", "--to", "2020-01-03T06:00"], "over"),
        (["--part", "portal", "--from", "tomorrow", "--to", "2099-01-03T06:00"], "--from is no time"),
        (["--part", "moon", "--from", "2099-01-02T22:00", "--to", "2099-01-03T06:00"], "one of device"),
    ] {
        let (exit, _, errors) = command(&["maintenance", "add"], &words);
        assert!(exit == 2 && errors.contains(said), "{errors}");
    }
    assert_eq!(command(&["maintenance", "list"], &[]).1, row);
    let (exit, ended, _) = command(&["maintenance", "end"], &["--id", &id]);
    assert!(exit == 0 && ended.contains("ended\tportal"), "{ended}");
    assert_eq!(command(&["maintenance", "end"], &["--id", "AAAAAAAAAAAAAAAAAAAAAA"]).0, 2);

    let (exit, row, errors) = command(
        &["desk", "add"],
        &["--name", "回線", "--number", "000", "--weekdays", "9-17:30", "--closed-on-holidays", "--closed", "12/29-1/3", "--part", "line"],
    );
    assert_eq!(exit, 0, "{errors}");
    assert!(row.contains("回線\t000\t月〜金 9:00〜17:30 ("), "{row}");
    let id = row.split('\t').next().unwrap().to_owned();
    assert!(command(&["desk", "list"], &[]).1.starts_with(&id));
    let (exit, _, errors) = command(&["desk", "add"], &["--name", "回線", "--weekdays", "17-9"]);
    assert!(exit == 2 && errors.contains("--weekdays"), "{errors}");
    assert_eq!(command(&["desk", "remove"], &["--id", &id]).0, 0);
    assert_eq!(command(&["desk", "remove"], &["--id", &id]).0, 2, "it is gone");
    assert_eq!(command(&["desk", "list"], &[]).1, "");
}

#[test]
fn an_operator_opens_for_an_area() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    for code in ["9919900002", "9969900001"] {
        assert_eq!(run(&["institution", "add", "--data", data, "--code", code, "--name", "a"]).status.code(), Some(0));
    }
    let command = |word: &str, more: &[&str]| said(&run(&[&["opening", word, "--data", data], more].concat()));
    let span = ["--area", "受付市", "--from", "2020-01-02T22:00", "--to", "2099-01-03T06:00"];
    let add = |more: &[&str]| command("add", &[&span[..], more].concat());
    let (exit, row, errors) = add(&["--kind", "disaster", "--prefecture", "99", "--notice", "保発第1号"]);
    assert_eq!(exit, 0, "{errors}");
    assert!(row.trim_end().ends_with("\topen\tdisaster\t受付市\t2020-01-02T22:00\t2099-01-03T06:00\t2"), "{row}");
    assert_eq!(command("list", &[]).1, row);
    let outage = ["--kind", "outage", "--institution", "9969900001", "--called-at", "2020-01-02T20:00", "--called-whom", "窓口"];
    for (more, said) in [
        (&["--kind", "disaster", "--prefecture", "98", "--notice", "1"][..], "no institution is in this area"),
        (&["--kind", "disaster", "--prefecture", "受付", "--notice", "1"], "two digits"),
        (&["--kind", "disaster", "--institution", "1", "--notice", "1"], "no institution code"),
        (&["--kind", "disaster", "--notice", "1"], "required arguments"),
        (&["--kind", "outage", "--prefecture", "99", "--notice", "1"], "ground"),
        (&["--kind", "flood", "--prefecture", "99", "--notice", "1"], "one of disaster, outage"),
        (&[&outage[..], &["--called-back-at", "2020-01-02T19:00", "--case-number", "1"]].concat(), "called back before"),
        (&[&outage[..], &["--called-back-at", "2020-01-02T21:00", "--case-number", "1"]].concat(), "no longer than the rules say"),
    ] {
        let (exit, _, errors) = add(more);
        assert!(exit == 2 && errors.contains(said), "{more:?}: {errors}");
    }
    let id = row.split('\t').next().unwrap();
    let (exit, closed, _) = command("close", &["--id", id]);
    assert!(exit == 0 && closed.contains("\tover\tdisaster"), "{closed}");
    assert_eq!(command("close", &["--id", "AAAAAAAAAAAAAAAAAAAAAA"]).0, 2);
}

#[test]
fn an_operator_files_the_municipalities() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    assert_eq!(run(&["institution", "add", "--data", data, "--code", "9919900002", "--name", "a"]).status.code(), Some(0));
    let file = folder.path().join("list.csv");
    let import = |text: &str| {
        std::fs::write(&file, text).unwrap();
        said(&run(&["municipality", "import", "--data", data, file.to_str().unwrap()]))
    };
    let (exit, rows, errors) = import("市区町村,接続開始日,接続終了日,出典\n資格県受付市,2026-04-01,,告知1\n");
    assert_eq!((exit, rows.as_str()), (0, "資格県受付市\t2026-04-01\t\t告知1\n"), "{errors}");
    let (exit, _, errors) = import("市区町村,接続開始日,接続終了日,出典\n資格県受付市,2026-04-01\n");
    assert!(exit == 2 && errors.contains("line 2") && errors.contains("nothing was changed"), "{errors}");
    assert_eq!(said(&run(&["municipality", "list", "--data", data])).1, rows);
}

#[test]
fn settings_have_their_commands() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let add = ["institution", "add", "--data", data, "--code", "9919900002", "--name", "試験クリニック", "--contact", "03-0000-0000"];
    assert_eq!(said(&run(&add)).0, 0);
    let at = ["--data", data, "--institution", "9919900002"];
    let settings = |command: &str, more: &[&str]| said(&run(&[&["settings", command][..], &at, more].concat()));
    let (exit, out, errors) = settings("show", &[]);
    assert_eq!((exit, errors.as_str()), (0, ""));
    assert!(out.starts_with("version\t1\t") && out.contains("訪問診療等機能\t利用する") && out.contains("連絡先\t03-0000-0000"), "{out}");
    let (_, out, errors) =
        settings("set", &["--home-visit", "off", "--ask", "checkup,surgery", "--contact", "", "--prescription-form", "at-reception"]);
    for line in [
        "version\t2\t",
        "\toperator\n",
        "訪問診療等機能\t利用しない",
        "受付でたずねる項目\t手術情報、特定健診情報",
        "連絡先\t(なし)",
        "受付のときにたずねる",
    ] {
        assert!(out.contains(line), "{line}: {out}{errors}");
    }
    for (more, word) in [
        (&["--home-visit", "off"][..], "nothing was changed"),
        (&["--subsidies", "on"], "terms"),
        (&["--contact", concat!("1234567890", "18")], "individual number"),
    ] {
        let (exit, _, errors) = settings("set", more);
        assert!(exit == 2 && errors.contains(word) && errors.contains("next:"), "{errors}");
    }
    assert_ne!(settings("set", &[]).0, 0, "something is to be named");
    assert!(settings("show", &[]).1.starts_with("version\t2\t"), "what was refused is not there");
}

#[test]
fn an_operator_puts_up_notices_to_all_or_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let (exit, ..) = said(&run(&["institution", "add", "--data", data, "--code", "9919900002", "--name", "試験クリニック"]));
    assert_eq!(exit, 0);
    let notice = |command: &str, more: &[&str]| said(&run(&[&["notice", command, "--data", data], more].concat()));
    let (exit, out, errors) = notice("add", &["--title", "年末のお知らせ", "--text", "休みます。", "--until", "2099-01-03", "--important"]);
    assert_eq!((exit, errors.as_str()), (0, ""));
    assert!(out.contains("\tshown\tall\t") && out.contains("\t2099-01-03\t年末のお知らせ"), "{out}");
    let to_one = ["--institution", "9919900002", "--title", "工事", "--text", "回線の工事です。", "--from", "2099-01-01"];
    assert!(notice("add", &to_one).1.contains("\tnot-yet\t9919900002\t2099-01-01\t-\t工事"));
    let (_, list, _) = notice("list", &[]);
    assert_eq!(list.lines().count(), 2, "{list}");
    assert_eq!(notice("list", &["--institution", "9919900002"]).1.lines().count(), 1);
    let id = out.split('\t').next().unwrap();
    assert!(notice("end", &["--id", id]).1.contains("\tover\tall\t"));
    for (command, more, word) in [
        ("end", &["--id", "x"][..], "no such notice"),
        ("add", &["--title", "a", "--text", "b", "--from", "2099-01-02", "--until", "2099-01-01"], "before the first day"),
        ("add", &["--title", "", "--text", "b"], "--title"),
        ("add", &["--title", "a", "--text", concat!("1234567890", "18")], "individual number"),
        ("add", &["--institution", "9969900001", "--title", "a", "--text", "b"], "no institution 9969900001"),
    ] {
        let (exit, _, errors) = notice(command, more);
        assert!(exit == 2 && errors.contains(word) && errors.contains("next:"), "{errors}");
    }
    assert_eq!(notice("list", &[]).1.lines().count(), 2, "what was refused is not there");
}

#[tokio::test]
async fn an_audit_file_is_checked_by_itself_and_against_the_database() {
    use crate::world::{STATION, World};
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let (_, _, saved) = world.send("GET", "/api/office/audit/2026-11-01/2026-11-30/csv", &admin, "").await;
    world.store.close().await;
    std::fs::rename(world.folder().join("u.db"), world.folder().join("uketsuke.db")).unwrap();
    let file = world.folder().join("audit.csv");
    let check = |bytes: &[u8], more: &[&str]| {
        std::fs::write(&file, bytes).unwrap();
        said(&run(&[&["audit", "verify", file.to_str().unwrap()], more].concat()))
    };
    let data = world.folder().to_str().unwrap();
    let (exit, out, errors) = check(&saved, &[]);
    assert!(exit == 0 && out.contains("1 rows whole and unchanged"), "{out}{errors}");
    let (exit, out, errors) = check(&saved, &["--data", data]);
    assert!(exit == 0 && out.contains("as the database has them"), "{out}{errors}");
    let changed = String::from_utf8(saved.clone()).unwrap().replace("user kanri1", "user kanri2").into_bytes();
    assert!(check(&changed, &[]).1.contains("line 2: changed"));
    // Made anew as a whole: only the database tells.
    let mut forged = server::export::audit::links(
        server::rule::audit::NO_HASH,
        vec![(
            1,
            [0; 32],
            server::store::AuditEntry { actor: "user kanri2".to_owned(), ..crate::store::entry(world.clock.now(), STATION) },
        )],
    );
    forged[0].hash = server::rule::audit::link(&forged[0].before, 1, &forged[0].entry);
    let forged = server::export::audit::csv(&forged);
    assert_eq!(check(&forged, &[]).0, 0);
    let (exit, _, errors) = check(&forged, &["--data", data]);
    assert!(exit == 2 && errors.contains("not what the database has"), "{errors}");
}

#[test]
fn the_first_institution_gets_a_password_that_is_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let add = |code: &str, user: &str| {
        said(&run(&["institution", "add", "--data", data, "--code", code, "--name", "試験クリニック", "--user", user]))
    };
    let (exit, out, _) = add("9919900002", "kanri1");
    assert_eq!(exit, 0);
    let password = out.lines().find_map(|line| line.strip_prefix("password  ")).unwrap();
    assert_eq!(password.len(), 29);
    let database: Vec<u8> = std::fs::read_dir(folder.path())
        .unwrap()
        .flat_map(|file| {
            let mut bytes = Vec::new();
            std::fs::File::open(file.unwrap().path()).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        })
        .collect();
    assert!(!database.windows(password.len()).any(|window| window == password.as_bytes()), "kept as a hash only");
    assert!(database.windows(9).any(|window| window == b"$argon2id"), "control");
    for (code, user, word) in
        [("9919900002", "kanri1", "exists already"), ("123", "kanri1", "ten half-width digits"), ("9939900008", "k", "2 to 8")]
    {
        let (exit, out, errors) = add(code, user);
        assert_eq!((exit, out.as_str()), (2, ""), "{errors}");
        assert!(errors.contains(word) && errors.contains("next:"), "{errors}");
    }
    let (exit, out, errors) = add("9919900003", "kanri1");
    assert!(exit == 0 && out.contains("check digit"), "a doubt, not a refusal: {out}{errors}");
}

#[test]
fn an_operator_looks_after_accounts_without_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let account = |verb: &str, rest: &[&str]| {
        let at = ["account", verb, "--data", data, "--institution", "9919900002"];
        said(&run(&[&at, rest].concat()))
    };
    let done = |verb: &str, rest: &[&str]| {
        let (exit, out, errors) = account(verb, rest);
        assert_eq!((exit, errors.contains("error")), (0, false), "{verb}: {errors}");
        out
    };
    let refused = |verb: &str, rest: &[&str], word: &str| {
        let (exit, out, errors) = account(verb, rest);
        assert_eq!((exit, out.as_str()), (2, ""), "{verb} {rest:?}: {errors}");
        assert!(errors.contains(word) && errors.contains("\nnext:  "), "{verb} {rest:?}: {errors}");
    };
    refused("list", &[], "no database");
    assert!(!folder.path().join("uketsuke.db").exists(), "a wrong --data makes none");
    let add = ["institution", "add", "--data", data, "--code", "9919900002", "--name", "試験クリニック"];
    assert_eq!(said(&run(&add)).0, 0);

    let viewer = ["--kind", "viewer", "--user", "kango1", "--name", "看護 花子", "--kana", "カンゴ ハナコ", "--from", "2026-04-01"];
    let made = done("add", &viewer);
    let password = |out: &str| out.lines().find_map(|line| line.strip_prefix("password\t")).unwrap().to_owned();
    let first = password(&made);
    assert!(first.len() == 29 && made.starts_with("kango1\t医療情報閲覧\t"), "{made}");
    refused("add", &viewer, "is taken");
    refused("add", &["--kind", "viewer", "--user", "k", "--name", "a", "--kana", "ｱ"], "2 to 8");
    refused("add", &["--kind", "viewer", "--user", "kango2", "--name", "a", "--kana", "漢字"], "kana");
    refused("add", &["--kind", "viewer", "--user", "kango2", "--name", concat!("1234567890", "18"), "--kana", "ｱ"], "individual number");
    let backwards = ["--kind", "viewer", "--user", "kango2", "--name", "a", "--kana", "ｱ", "--from", "2026-04-02", "--until", "2026-04-01"];
    refused("add", &backwards, "ends before");

    let changed = done("change", &["--user", "kango1", "--until", "2099-03-31"]);
    assert!(changed.contains("2026-04-01\t2099-03-31") && changed.contains("看護 花子"), "{changed}");
    assert!(done("change", &["--user", "kango1", "--until", "none"]).contains("2026-04-01\t-\t"));
    assert!(done("suspend", &["--user", "kango1"]).contains("\tsuspended\t"));
    assert!(!done("resume", &["--user", "kango1"]).contains("suspended"));
    done("unlock", &["--user", "kango1"]);
    refused("suspend", &["--user", "none0"], "no such account");
    refused("suspend", &["--user", "kanri1"], "last living admin");
    refused("change", &["--user", "kanri1", "--until", "2020-01-01"], "kana is missing");
    refused("change", &["--user", "kanri1", "--kana", "ｶﾝﾘ", "--from", "2019-01-01", "--until", "2020-01-01"], "last living admin");
    // The way back for an admin who forgot the password.
    let again = password(&done("reset", &["--user", "kanri1"]));
    assert_eq!(again.len(), 29);
    assert_ne!(again, first);
    let listed = done("list", &[]);
    let ids: Vec<&str> = listed.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(ids, ["kango1", "kanri1"]);
    assert!(listed.contains("initial-password") && listed.contains("never"), "{listed}");
    let nowhere = ["account", "list", "--data", data, "--institution", "9969900001"];
    let (exit, _, errors) = said(&run(&nowhere));
    assert!(exit == 2 && errors.contains("no institution"), "{errors}");

    let database = rusqlite::Connection::open(folder.path().join("uketsuke.db")).unwrap();
    let mut rows = database.prepare("SELECT actor, action, subject, outcome FROM audit ORDER BY id").unwrap();
    let audited: Vec<[String; 4]> =
        rows.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])).unwrap().map(Result::unwrap).collect();
    let wanted = [
        ("office.add_account", "kango1"),
        ("office.change_account", "kango1"),
        ("office.change_account", "kango1"),
        ("office.suspend_account", "kango1"),
        ("office.resume_account", "kango1"),
        ("office.unlock_account", "kango1"),
        ("office.reset_password", "kanri1"),
    ];
    assert_eq!(audited, wanted.map(|(action, subject)| ["operator", action, subject, "ok"].map(str::to_owned)));
}

#[tokio::test]
async fn a_folder_is_a_demo_or_real_and_stays_so() {
    let no_cards = tempfile::tempdir().unwrap();
    let real_ca = no_cards.path().join("ca.pem");
    std::fs::write(&real_ca, real_ca_pem()).unwrap();
    let production = |data: &Path| {
        let (data, ca) = (data.to_str().unwrap().to_owned(), real_ca.to_str().unwrap().to_owned());
        ["--data", &data, "--card-ca", &ca, "--listen", "127.0.0.1:0"].map(str::to_owned)
    };
    let said_to = |args: &[String]| said(&run(&args.iter().map(String::as_str).collect::<Vec<_>>()));

    let demo = Program::demo().await;
    demo.kill_now();
    let holds_demo = |(exit, out, errors): (i32, String, String)| {
        assert_eq!((exit, out.as_str()), (2, ""), "{errors}");
        assert!(errors.contains("holds a demo") && errors.contains("next:  give another folder"), "{errors}");
    };
    holds_demo(said_to(&production(demo.folder.path())));
    let add = |data: &Path| {
        ["institution", "add", "--data", data.to_str().unwrap(), "--code", "9919900002", "--name", "試験クリニック"].map(str::to_owned)
    };
    holds_demo(said_to(&add(demo.folder.path())));

    let real = tempfile::tempdir().unwrap();
    let data = real.path().join("made");
    assert_eq!(said_to(&add(&data)).0, 0);
    #[cfg(unix)]
    for (name, wanted) in [("", 0o700), ("uketsuke.db", 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(data.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, wanted, "{name}");
    }
    let (exit, out, errors) = said(&run(&["--demo", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"]));
    assert_eq!((exit, out.as_str()), (2, ""), "{errors}");
    assert!(errors.contains("holds real data") && errors.contains("leave out --demo"), "{errors}");
    assert!(!data.join("demo.json").exists());
}

/// The demo's CA with another extension in the place of its mark: a production server takes it for a real one.
fn real_ca_pem() -> String {
    use der::{Decode as _, Encode as _, EncodePem as _};
    let pem = std::fs::read(cards_today().join("ca.pem")).unwrap();
    let mut bytes = x509_cert::Certificate::load_pem_chain(&pem).unwrap()[0].to_der().unwrap();
    let mark = der::asn1::ObjectIdentifier::new_unwrap(server::identity::DEMO_CA_MARKER_OID);
    let mark = mark.as_bytes();
    let place = bytes.windows(mark.len()).position(|window| window == mark).expect("the mark");
    bytes[place + mark.len() - 1] ^= 0x40;
    x509_cert::Certificate::from_der(&bytes).unwrap().to_pem(der::pem::LineEnding::LF).unwrap()
}

#[test]
fn the_help_says_what_it_is_and_how_to_begin() {
    let (exit, out, _) = said(&run(&["--help"]));
    assert_eq!(exit, 0);
    for part in ["Usage: uketsuke-server", "--card-ca", "[env: UKETSUKE_DATA", "Examples:", "institution add"] {
        assert!(out.contains(part), "{part}\n{out}");
    }
}

#[tokio::test]
async fn the_demo_is_set_up_once_and_its_clock_is_the_given_one() {
    let mut program = Program::demo_with(vec![("UKETSUKE_TEST_CLOCK", "2024-01-17T10:15:00+09:00".to_owned())]).await;
    let first = program.demo_file();
    assert_eq!((first["office"].as_str(), first["logins"].as_array().unwrap().len()), (Some("/o"), 3));
    #[cfg(unix)]
    for secret in ["demo.json", "visit.key"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(program.folder.path().join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    let (status, page) = program.ask("GET", &format!("/api/reception/{}", program.token()), &[], "").await.unwrap();
    let now = serde_json::from_str::<serde_json::Value>(&page).unwrap()["now"].as_i64().unwrap();
    assert_eq!(status, 200);
    assert!((1_705_454_100_000..1_705_454_100_000 + 60_000).contains(&now), "{now}");
    for (login, must_change) in first["logins"].as_array().unwrap().iter().zip([false, true, false]) {
        let body = serde_json::json!({ "institution": login["institution"], "user": login["user"], "password": login["password"] });
        let (status, answer) = program.ask("POST", "/api/office/login", &[], &body.to_string()).await.unwrap();
        assert_eq!(status, 200);
        assert!(answer.contains(&format!(r#""must_change_password":{must_change}"#)));
    }
    program.kill();
    program.start().await;
    assert_eq!(program.demo_file(), first);
}

#[cfg(unix)]
#[tokio::test]
async fn it_stops_in_order_when_asked() {
    let program = Program::demo().await;
    let _idle = TcpStream::connect(("127.0.0.1", program.port)).await.unwrap();
    let mut child = program.child.lock().unwrap();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let begun = Instant::now();
    let status = child.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(begun.elapsed() < Duration::from_secs(10), "2 s are promised; a busy machine gets more");
    drop(child);
    assert!(!program.folder.path().join("uketsuke.db-wal").exists(), "the database was closed");
}

#[tokio::test]
async fn a_database_that_is_lost_or_damaged_is_not_begun_anew() {
    let program = Program::demo().await;
    program.child.lock().unwrap().kill().unwrap();
    program.child.lock().unwrap().wait().unwrap();
    let (folder, data) = (program.folder.path(), program.folder.path().to_str().unwrap());
    let start = || said(&run(&["--demo", "--listen", "127.0.0.1:0", "--data", data]));
    let check = || said(&run(&["check", "--data", data]));
    let (code, out, _) = check();
    assert!(code == 0 && out.contains("is sound"), "control: {out}");
    rusqlite::Connection::open(program.database()).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let whole = std::fs::read(program.database()).unwrap();
    let put = |bytes: &[u8]| {
        std::fs::write(program.database(), bytes).unwrap();
        for log in ["uketsuke.db-wal", "uketsuke.db-shm"] {
            let _ = std::fs::remove_file(folder.join(log));
        }
    };
    // A page in the middle is overwritten, the head, or the end is missing.
    let mut page = whole.clone();
    page[8 * 4096..9 * 4096].fill(0x5A);
    let mut head = whole.clone();
    head[..64].fill(0);
    for (what, bytes) in [("empty", &[][..]), ("page", &page), ("head", &head), ("end", &whole[..whole.len() / 2])] {
        put(bytes);
        for (code, _, errors) in [start(), check()] {
            assert_eq!(code, 3, "{what}: {errors}");
            assert!(errors.contains("newest backup into a new one"), "{what}: {errors}");
        }
        if what != "empty" {
            assert_eq!(std::fs::read(program.database()).unwrap(), bytes, "{what}: nothing was changed");
        }
    }
    std::fs::remove_file(program.database()).unwrap();
    assert_eq!(start().0, 3, "gone");
    put(&whole);
    let (code, out, errors) = check();
    assert_eq!((code, errors.as_str()), (0, ""), "control: the backup serves: {out}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn out_of_files_the_program_goes_on_accepting() {
    let program = Program::demo().await;
    let pid = program.child.lock().unwrap().id().to_string();
    assert!(Command::new("prlimit").args(["--nofile=64:64", "--pid", &pid]).status().unwrap().success());
    // More than it may open, all of them silent.
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push(TcpStream::connect(("127.0.0.1", program.port)).await.unwrap());
    }
    for _ in 0..20 {
        assert_eq!(program.ask("GET", "/nothing", &[], "").await.unwrap().0, 404, "honest visitors are served");
    }
    let log = std::fs::read_to_string(program.folder.path().join("log")).unwrap();
    let told = log.lines().filter(|line| line.contains("no connection could be accepted")).count();
    assert_eq!(told, 1, "control: it did run out of files, and said so once");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_program_takes_as_many_connections_as_it_may_open_files() {
    let folder = tempfile::tempdir().unwrap();
    for (limit, is_told) in [("1000:5000", false), ("100:1000", true)] {
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={limit}")).arg(program().get_program()).args(["--demo", "--listen", "127.0.0.1:0", "--data"]);
        let mut child = command.arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
        let files = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let hard = limit.split_once(':').unwrap().1;
        let line = files.lines().find(|line| line.starts_with("Max open files")).unwrap();
        assert_eq!(line.split_whitespace().nth(3), Some(hard), "raised as far as it may be");
        child.kill().unwrap();
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        child.wait().unwrap();
        assert_eq!(log.contains("fewer connections than usual"), is_told, "{log}");
    }
}

#[tokio::test]
async fn a_tablet_lost_before_a_restart_leaves_no_answer_in_the_database() {
    let mut program = Program::demo().await;
    let choices = shared::domain::consent::Choices::all(shared::domain::consent::Choice::Agree);
    let body = serde_json::to_string(&crate::world::new_visit([5; 16], choices)).unwrap();
    let (status, opened) = program.ask("POST", &format!("/api/reception/{}/visits", program.token()), &[], &body).await.unwrap();
    assert_eq!(status, 200, "{opened}");
    let visit: shared::api::reception::VisitOpened = serde_json::from_str(&opened).unwrap();
    let proof = program.card("ichiro").sign(&visit.challenge, &program.origin());
    let secret = [("x-uketsuke-visit", visit.secret.to_text())];
    let path = format!("/api/visits/{}/proof", visit.visit);
    let (status, proved) = program.ask("POST", &path, &secret, &serde_json::to_string(&proof).unwrap()).await.unwrap();
    assert_eq!(status, 200, "{proved}");
    program.kill();
    let file = program.database();
    let kept = || -> i64 {
        let database = rusqlite::Connection::open(&file).unwrap();
        database.query_row("SELECT count(*) FROM visits WHERE result LIKE '%資格%'", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(kept(), 1, "control");
    program.environment = vec![("UKETSUKE_TEST_CLOCK", "2026-11-20T10:46:00+09:00".to_owned())];
    program.start().await;
    let begun = Instant::now();
    // A purge that the kill met in the middle goes on from there; the next one comes a minute later.
    while kept() > 0 {
        assert!(begun.elapsed() < 2 * PATIENCE, "the answer of half an hour ago is still kept");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nothing_secret_or_personal_reaches_the_log() {
    let program = Program::demo_with(vec![("UKETSUKE_LOG", "trace".to_owned())]).await;
    let token = program.token();
    let key = "a2V5LWtleS1rZXkta2V5LWs";
    let body = serde_json::json!({
        "key": key, "notice_version": server::visit::NOTICE_VERSION, "language": "ja",
        "choices": { "surgery": "agree", "treatment_and_drug": "agree", "checkup": "agree", "limit_certificate": "agree",
                     "specific_disease": "agree" }
    });
    let (status, opened) = program.ask("POST", &format!("/api/reception/{token}/visits"), &[], &body.to_string()).await.unwrap();
    assert_eq!(status, 200, "{opened}");
    let visit: shared::api::reception::VisitOpened = serde_json::from_str(&opened).unwrap();
    let proof = program.card("ichiro").sign(&visit.challenge, &program.origin());
    let secret = [("x-uketsuke-visit", visit.secret.to_text())];
    let path = format!("/api/visits/{}/proof", visit.visit);
    let (status, proved) = program.ask("POST", &path, &secret, &serde_json::to_string(&proof).unwrap()).await.unwrap();
    assert_eq!(status, 200, "{proved}");
    let login = program.demo_file()["logins"][0].clone();
    for password in [login["password"].as_str().unwrap(), "planted-wrong-password"] {
        let body = serde_json::json!({ "institution": login["institution"], "user": login["user"], "password": password });
        program.ask("POST", "/api/office/login", &[], &body.to_string()).await.unwrap();
    }
    program.ask("POST", "/api/office/login", &[], r#"{"password":"planted-in-bad-json""#).await.unwrap();

    let log = std::fs::read_to_string(program.folder.path().join("log")).unwrap();
    assert!(log.contains("visit proved") && log.contains(&visit.visit), "control: the visit is in the log");
    assert!(log.contains("DEBUG"), "control: also what is not shown by default");
    let receipt = serde_json::from_str::<serde_json::Value>(&proved).unwrap()["done"]["result"]["receipt"].as_str().unwrap().to_owned();
    for (what, secret) in [
        ("token", token.as_str()),
        ("idempotency key", key),
        ("visit secret", &visit.secret.to_text()),
        ("nonce", &visit.challenge.nonce.to_text()),
        ("certificate", proof.certificate.to_text().get(..60).unwrap()),
        ("signature", proof.signature.to_text().get(..60).unwrap()),
        ("name", "資格"),
        ("kana", "ｼｶｸ"),
        ("member number", "１２－３４"),
        ("receipt", &receipt),
        ("password", login["password"].as_str().unwrap()),
        ("wrong password", "planted-"),
    ] {
        assert!(!log.contains(secret), "{what} is in the log");
    }
}
