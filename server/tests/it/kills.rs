//! Killed under load, again and again, on both databases: what was answered is there, and once.
//!
//! Tablets open and prove visits until the kill cuts them. After the restart each cut proof is asked again, as a tablet does;
//! then the tables hold the answered visits, exactly. `UKETSUKE_KILLS=200` (`cargo xtask bench kills`) is the long form.
//!
//! What a kill shows: the answer waited for the commit. It does not show that the commit waited for the disk, since what the
//! system holds outlives a process: `syncs.rs` counts that. The controls lose what a server loses that
//! answers earlier: a WAL without its last commits, and a PostgreSQL that says "committed" before it writes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use shared::api::reception::{Proof, VisitOpened};

use crate::cluster::Cluster;
use crate::crash::{ask_proof, open, receipt};
use crate::postgres::{blocking, by_hand};
use crate::program::{Program, wait_until};
use crate::world::at;

/// One tablet each; a person's later consent takes the place of the earlier one.
const PEOPLE: [&str; 6] = ["ichiro", "hanako", "saburo", "shiro", "goro", "nanako"];

/// How a round ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kill {
    /// SIGKILL to the server, and a start.
    Server,
    /// PostgreSQL ends without a word to anyone, and starts; the server goes on.
    Database,
    /// SIGKILL to a connection's process of PostgreSQL, which makes it drop all of them and recover.
    Backend,
}

/// A server, its database, and what it promised.
struct Trial {
    program: Arc<Program>,
    /// The cluster and the URL of the database.
    postgres: Option<(Cluster, String)>,
    /// Receipt of each answered visit.
    answered: BTreeMap<String, String>,
    begun: Instant,
    round: usize,
}

/// All tablets here are of one address and one URL.
fn without_quotas() -> Vec<(&'static str, String)> {
    ["UKETSUKE_VISITS_PER_URL", "UKETSUKE_VISITS_PER_ADDRESS"].map(|name| (name, "1000000".to_owned())).to_vec()
}

/// What became of a tablet's last call.
struct Cut {
    visit: VisitOpened,
    proof: Proof,
}

impl Trial {
    async fn on_sqlite() -> Self {
        Self::of(Program::demo_with(without_quotas()).await, None)
    }

    async fn on_postgres() -> Self {
        let cluster = Cluster::start(true).unwrap();
        let url = cluster.database().unwrap();
        let mut environment = without_quotas();
        environment.push(("UKETSUKE_DATABASE_URL", url.clone()));
        let program = Program::demo_with(environment).await;
        assert!(!program.database().exists(), "it is on PostgreSQL");
        Self::of(program, Some((cluster, url)))
    }

    fn of(program: Program, postgres: Option<(Cluster, String)>) -> Self {
        Self { program: Arc::new(program), postgres, answered: BTreeMap::new(), begun: Instant::now(), round: 0 }
    }

    /// Load, a kill at some moment, a start. Gives what the kill cut, not asked again yet.
    async fn round(&mut self, kill: Kill) -> Vec<Cut> {
        let (count, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let tablets: Vec<_> = PEOPLE
            .iter()
            .enumerate()
            .map(|(tablet, person)| {
                let (program, count, is_over) = (Arc::clone(&self.program), Arc::clone(&count), Arc::clone(&is_over));
                tokio::spawn(visits(program, (self.round, tablet), person, count, is_over))
            })
            .collect();
        // Early in one round, later in the next. From the second one on each person came twice or more.
        let enough = 6 + (self.round * 7) % 23;
        wait_until("some visits are answered", || count.load(Ordering::SeqCst) >= enough).await;
        match kill {
            Kill::Server => self.program.kill_now(),
            Kill::Database => self.cluster().end_at_once(),
            Kill::Backend => {
                signal("-KILL", self.process_of("datname = current_database()"));
                self.cluster().wait().unwrap();
            }
        }
        is_over.store(true, Ordering::SeqCst);
        let mut cut = Vec::new();
        for tablet in tablets {
            let (done, last) = tablet.await.unwrap();
            self.answered.extend(done);
            cut.extend(last);
        }
        self.round += 1;
        cut
    }

    fn cluster(&self) -> &Cluster {
        &self.postgres.as_ref().unwrap().0
    }

    /// One of PostgreSQL's processes, by a condition.
    fn process_of(&self, which: &str) -> i32 {
        let (_, url) = self.postgres.as_ref().unwrap();
        let query = format!("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND {which} LIMIT 1");
        blocking(|| postgres::Client::connect(url, postgres::NoTls).unwrap().query_one(&query, &[]).unwrap().get(0))
    }

    /// Starts the server again; its clock goes on.
    async fn start(&mut self) {
        let now = at(crate::world::TODAY).plus_ms(i64::try_from(self.begun.elapsed().as_millis()).unwrap());
        let now = jiff::Timestamp::from_millisecond(now.0).unwrap().to_string();
        // The tablets have ended.
        Arc::get_mut(&mut self.program).unwrap().start_at(now).await;
    }

    /// Each tablet that was cut asks its proof again until it is answered.
    async fn ask_again(&mut self, cut: Vec<Cut>) {
        for Cut { visit, proof } in cut {
            let begun = Instant::now();
            let answer = loop {
                match ask_proof(&self.program, &visit, proof.clone()).await {
                    Ok((200, answer)) => break answer,
                    Ok((status, refused)) if status < 500 => panic!("refused: {refused}"),
                    other => assert!(begun.elapsed().as_secs() < 60, "never answered: {other:?}"),
                }
            };
            self.answered.insert(visit.visit, receipt(&answer));
        }
    }

    /// What is wrong with the tables.
    fn faults(&self) -> Vec<String> {
        let kept = Kept::read(self.program.database(), self.postgres.as_ref().map(|(_, url)| url.as_str()));
        kept.faults(&self.answered)
    }
}

/// Proves one visit after the other until a call is cut or the round is over: receipts by visit, and the proof that was cut.
async fn visits(
    program: Arc<Program>,
    (round, tablet): (usize, usize),
    person: &str,
    count: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
) -> (Vec<(String, String)>, Option<Cut>) {
    let mut card = program.card(person);
    let mut done = Vec::new();
    for number in 0_u32.. {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&u64::try_from(round).unwrap().to_be_bytes());
        key[8] = u8::try_from(tablet).unwrap();
        key[12..].copy_from_slice(&number.to_be_bytes());
        let Ok(visit) = open(&program, &key).await else { break };
        let proof = card.sign(&visit.challenge, &program.origin());
        match ask_proof(&program, &visit, proof.clone()).await {
            Ok((200, answer)) => done.push((visit.visit, receipt(&answer))),
            // No answer, or one that says that nothing is known: the tablet asks again later.
            Ok((500.., _)) | Err(_) => return (done, Some(Cut { visit, proof })),
            Ok(refused) => panic!("refused: {refused:?}"),
        }
        count.fetch_add(1, Ordering::SeqCst);
        if is_over.load(Ordering::SeqCst) {
            break;
        }
    }
    (done, None)
}

pub(crate) fn signal(name: &str, process: impl ToString) {
    assert!(std::process::Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

impl Cluster {
    /// Ends as by a power cut, as far as the system's own memory goes, and waits until it has recovered.
    fn end_at_once(&self) {
        let again = self.folder.join("again");
        std::fs::write(&again, "").unwrap();
        let lock = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        signal("-QUIT", lock.lines().next().unwrap());
        let begun = Instant::now();
        while again.exists() {
            assert!(begun.elapsed().as_secs() < 60, "PostgreSQL does not end");
            std::thread::yield_now();
        }
        self.wait().unwrap();
    }
}

/// What the tables say.
struct Kept {
    /// Receipt of each consent's visit.
    consents: BTreeMap<String, String>,
    /// Rows of each kind that a proved visit has one of.
    counts: Vec<(&'static str, i64)>,
    /// What must not be there.
    doubled: Vec<(&'static str, i64)>,
}

const RECEIPTS: &str = "SELECT visit, receipt FROM consents";
const COUNTS: [(&str, &str); 4] = [
    ("results", "SELECT count(*) FROM results"),
    ("proofs", "SELECT count(*) FROM proofs"),
    ("visits done", "SELECT count(*) FROM visits WHERE done_at IS NOT NULL"),
    ("audit rows", "SELECT count(*) FROM audit a JOIN consents c ON c.id = a.subject WHERE a.outcome = 'ok'"),
];
const DOUBLED: [(&str, &str); 2] = [
    (
        "standing consents of one person",
        "SELECT count(*) FROM (SELECT 1 FROM consents WHERE replaced_at IS NULL GROUP BY institution, use, subject HAVING count(*) > 1) AS t",
    ),
    (
        "audit rows of one consent",
        "SELECT count(*) FROM (SELECT 1 FROM audit WHERE outcome = 'ok' AND subject IS NOT NULL GROUP BY subject HAVING count(*) > 1) AS t",
    ),
];

impl Kept {
    fn read(file: PathBuf, url: Option<&str>) -> Self {
        match url {
            None => {
                let connection = rusqlite::Connection::open(file).unwrap();
                let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
                assert_eq!(sound, "ok");
                let mut receipts = connection.prepare(RECEIPTS).unwrap();
                let consents = receipts.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
                let count = |sql: &str| connection.query_row(sql, [], |row| row.get(0)).unwrap();
                Self::of(consents, count)
            }
            Some(url) => blocking(|| {
                let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
                let consents = client.query(RECEIPTS, &[]).unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
                Self::of(consents, |sql| client.query_one(sql, &[]).unwrap().get(0))
            }),
        }
    }

    fn of(consents: BTreeMap<String, String>, mut count: impl FnMut(&str) -> i64) -> Self {
        let counts = COUNTS.map(|(name, sql)| (name, count(sql))).to_vec();
        Self { consents, counts, doubled: DOUBLED.map(|(name, sql)| (name, count(sql))).to_vec() }
    }

    fn faults(&self, answered: &BTreeMap<String, String>) -> Vec<String> {
        let mut faults = Vec::new();
        let lost = answered.iter().filter(|(visit, receipt)| self.consents.get(*visit) != Some(receipt)).count();
        let unknown = self.consents.keys().filter(|visit| !answered.contains_key(*visit)).count();
        for (name, number) in [("answered visits lost", lost), ("visits stored without an answer", unknown)] {
            if number > 0 {
                faults.push(format!("{number} {name}"));
            }
        }
        for (name, number) in &self.counts {
            if usize::try_from(*number) != Ok(self.consents.len()) {
                faults.push(format!("{number} {name} for {} consents", self.consents.len()));
            }
        }
        faults.extend(self.doubled.iter().filter(|(_, number)| *number > 0).map(|(name, number)| format!("{number} times several {name}")));
        faults
    }
}

/// How many kills: 10, or as many as are asked for.
fn kills() -> usize {
    std::env::var("UKETSUKE_KILLS").map_or(10, |kills| kills.parse().unwrap())
}

/// Runs all rounds.
#[expect(clippy::print_stdout, reason = "a count, for the record")]
async fn rounds(mut trial: Trial, kind: impl Fn(usize) -> Kill) {
    let mut cut_in_all = 0;
    for round in 0..kills() {
        let kill = kind(round);
        let cut = trial.round(kill).await;
        cut_in_all += cut.len();
        if kill == Kill::Server {
            trial.start().await;
        }
        trial.ask_again(cut).await;
        let faults = trial.faults();
        assert!(faults.is_empty(), "round {round}: {faults:?}");
    }
    println!(
        "{} kills: {} visits answered, {cut_in_all} of them cut and asked again; none lost, none doubled",
        kills(),
        trial.answered.len()
    );
    assert!(trial.answered.len() >= 6 * kills() && cut_in_all > 0, "control: there was load, and it was cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing_on_sqlite() {
    rounds(Trial::on_sqlite().await, |_| Kill::Server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing_on_postgres() {
    rounds(Trial::on_postgres().await, |round| [Kill::Server, Kill::Database, Kill::Server, Kill::Backend][round % 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn control_commits_that_were_not_there_yet_are_missed() {
    let mut trial = Trial { round: 1, ..Trial::on_sqlite().await };
    trial.round(Kill::Server).await;
    let dropped = cut_back(&trial.program.database().with_extension("db-wal"));
    assert!(dropped > 0);
    trial.start().await;
    let faults = trial.faults().join(", ");
    assert!(faults.contains("answered visits lost"), "{faults}");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_a_database_that_answers_before_it_writes_is_caught() {
    let mut trial = Trial::on_postgres().await;
    // Commits no longer wait for the log, and the process that writes it in the background is held.
    by_hand(&trial.postgres.as_ref().unwrap().1, "ALTER SYSTEM SET synchronous_commit = off").unwrap();
    trial.cluster().end_at_once();
    signal("-STOP", trial.process_of("backend_type = 'walwriter'"));
    trial.round(Kill::Database).await;
    let faults = trial.faults().join(", ");
    assert!(faults.contains("answered visits lost"), "{faults}");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_what_is_doubled_is_seen() {
    let mut trial = Trial { round: 1, ..Trial::on_sqlite().await };
    let cut = trial.round(Kill::Server).await;
    trial.start().await;
    trial.ask_again(cut).await;
    assert_eq!(trial.faults(), Vec::<String>::new());
    trial.program.kill_now();
    let by_hand = |sql: &str| {
        let connection = rusqlite::Connection::open(trial.program.database()).unwrap();
        assert!(connection.execute(sql, []).unwrap() > 0);
    };
    by_hand(
        "INSERT INTO audit (at, institution, actor, action, subject, outcome)
         SELECT at, institution, actor, action, subject, outcome FROM audit WHERE outcome = 'ok' AND subject IS NOT NULL LIMIT 1",
    );
    assert!(trial.faults().join(", ").contains("audit rows of one consent"), "{:?}", trial.faults());
    by_hand("UPDATE consents SET replaced_at = NULL WHERE id IN (SELECT id FROM consents WHERE replaced_at IS NOT NULL LIMIT 1)");
    assert!(trial.faults().join(", ").contains("standing consents of one person"), "{:?}", trial.faults());
    // One that nobody was promised.
    let (known, _) = trial.answered.pop_first().unwrap();
    assert!(trial.faults().join(", ").contains("1 visits stored without an answer"), "{known}: {:?}", trial.faults());
}

/// Takes the later half of the commits out of a WAL, as if they had never been written; how many.
/// Layout: <https://www.sqlite.org/fileformat2.html#walformat>.
fn cut_back(wal: &std::path::Path) -> usize {
    let bytes = std::fs::read(wal).unwrap();
    let number = |place: usize| u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap());
    let frame = 24 + usize::try_from(number(8)).unwrap();
    // Frames of the present run carry the header's salts; the second number of a frame is not zero where a commit ends.
    let ends: Vec<usize> = (32..bytes.len().saturating_sub(frame - 1))
        .step_by(frame)
        .take_while(|place| bytes[place + 8..place + 16] == bytes[16..24])
        .filter(|place| number(place + 4) != 0)
        .map(|place| place + frame)
        .collect();
    let kept = ends.len() / 2;
    let end = if kept == 0 { 32 } else { ends[kept - 1] };
    std::fs::File::options().write(true).open(wal).unwrap().set_len(u64::try_from(end).unwrap()).unwrap();
    ends.len() - kept
}
