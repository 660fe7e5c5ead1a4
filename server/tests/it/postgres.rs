//! A PostgreSQL of the tests' own: one cluster for the run, reached over a socket in its folder, and a database for each test.
//!
//! It ends with the test program, whichever way that ends, and takes its folder along.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use server::store::db::Db;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

struct Cluster {
    folder: PathBuf,
}

/// An empty database, and its URL.
pub(crate) fn fresh_url() -> String {
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::SeqCst));
    by_hand(&CLUSTER.url("postgres"), &format!("CREATE DATABASE {name}")).unwrap();
    CLUSTER.url(&name)
}

pub(crate) fn connect(url: &str) -> Db {
    Db::connect(url, None).unwrap()
}

/// Runs a statement on a database, past the server under test.
pub(crate) fn by_hand(url: &str, sql: &str) -> Result<(), postgres::Error> {
    blocking(|| postgres::Client::connect(url, postgres::NoTls).unwrap().batch_execute(sql))
}

/// Ends every connection to a database but one's own.
pub(crate) fn cut_connections(url: &str) {
    by_hand(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .unwrap();
}

/// The client of this crate drives a runtime of its own, which a thread with another one refuses.
fn blocking<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}

fn program(name: &str) -> PathBuf {
    let newest = (13..=20).rev().map(|release| Path::new("/usr/lib/postgresql").join(format!("{release}/bin")).join(name));
    newest.into_iter().find(|file| file.exists()).expect("PostgreSQL is not installed: apt-get install postgresql-15")
}

/// A command that does not run as root, which PostgreSQL refuses.
fn command(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", program]);
    command
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

impl Cluster {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("uketsuke-postgres-").tempdir().unwrap().keep();
        // Its owner is whoever runs the database; nobody else looks in.
        if is_root() {
            assert!(Command::new("chown").arg("postgres:").arg(&folder).status().unwrap().success());
        }
        let data = folder.join("data");
        let made = command(program("initdb").to_str().unwrap())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata"])
            .arg(&data)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        // Killed with the thread that started it, so with this program: the shell then stops the database and removes its folder.
        let script = "trap 'kill -QUIT $server; wait $server; rm -rf \"$2\"; exit' TERM; \
                      \"$1\" -D \"$2/data\" -k \"$2\" -c listen_addresses= -c fsync=off -c max_connections=200 >\"$2/log\" 2>&1 & \
                      server=$!; wait $server";
        let (postgres, place) = (program("postgres"), folder.clone());
        std::thread::spawn(move || {
            let mut shell = command("setpriv");
            shell.args(["--pdeathsig=TERM", "sh", "-c", script, "sh"]).arg(postgres).arg(&place).current_dir(&place);
            let status = shell.stdin(Stdio::null()).status();
            panic!("the database of the tests ended: {status:?}");
        });
        let cluster = Self { folder };
        let begun = Instant::now();
        while blocking(|| postgres::Client::connect(&cluster.url("postgres"), postgres::NoTls).is_err()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "PostgreSQL does not answer: look into {}", cluster.folder.display());
            std::thread::park_timeout(Duration::from_millis(20));
        }
        cluster
    }

    fn url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/{database}")
    }
}
