//! A PostgreSQL of a run's own: a cluster in a folder, reached over a socket there. No other program can reach it.
//!
//! It ends when it is dropped, or with the program that started it, and takes its folder along. Three programs include this
//! file: the server's tests, its load example, and the journeys (which may not depend on the server).

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running cluster.
pub(crate) struct Cluster {
    /// Holds the socket, the log and `data`. A file `again` in it makes a cluster that is ended from outside start again.
    pub(crate) folder: PathBuf,
    /// The shell that keeps it, and the thread that waits for the shell.
    keeper: (u32, Option<JoinHandle<io::Result<ExitStatus>>>),
}

impl Cluster {
    /// Makes and starts one. `is_synced`: commits reach the disk, as in use; else they reach the system, which is enough for tests.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not get ready; its log is named.
    pub(crate) fn start(is_synced: bool) -> io::Result<Self> {
        // Not below the run's own folder: its owner must get there, and the path of a socket is short.
        let folder = tempfile::Builder::new().prefix("uketsuke-postgres-").tempdir()?.keep();
        if is_root() {
            let whose = if is_alone() { "root:" } else { "postgres:" };
            done("chown", &Command::new("chown").arg(whose).arg(&folder).output()?)?;
        }
        let data = folder.join("data");
        let mut make = as_owner(&program("initdb")?);
        make.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata"]).arg(&data);
        done("initdb", &make.current_dir(&folder).stdin(Stdio::null()).output()?)?;
        // Killed with the thread that started it, so with this program: the shell then stops the database and removes its folder.
        let script = "trap 'kill -QUIT $server; wait $server; rm -rf \"$2\"; exit' TERM
            again=yes
            while [ \"$again\" ]; do
                again=
                \"$1\" -D \"$2/data\" -k \"$2\" -c listen_addresses= -c \"fsync=$3\" -c max_connections=200 >>\"$2/log\" 2>&1 &
                server=$!
                wait $server
                if [ -e \"$2/again\" ]; then rm \"$2/again\"; again=yes; fi
            done";
        let mut shell = as_owner(Path::new("setpriv"));
        shell.args(["--pdeathsig=TERM", "sh", "-c", script, "sh"]).arg(program("postgres")?).arg(&folder);
        shell.arg(if is_synced { "on" } else { "off" }).current_dir(&folder).stdin(Stdio::null());
        let (tell, told) = channel();
        let keeper = std::thread::spawn(move || {
            let mut child = shell.spawn()?;
            // Nobody listens any more only when the start was given up.
            let _ = tell.send(child.id());
            child.wait()
        });
        let id = told.recv().map_err(|_| io::Error::other("no shell could be started"))?;
        let cluster = Self { folder, keeper: (id, Some(keeper)) };
        cluster.wait()?;
        Ok(cluster)
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn wait(&self) -> io::Result<()> {
        let begun = Instant::now();
        while !self.client("pg_isready")?.output()?.status.success() {
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::other(format!("PostgreSQL does not answer: look into {}/log", self.folder.display())));
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub(crate) fn database(&self) -> io::Result<String> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", MADE.fetch_add(1, Ordering::SeqCst));
        done("createdb", &self.client("createdb")?.arg(&name).output()?)?;
        let folder = self.folder.display().to_string().replace('/', "%2F");
        Ok(format!("postgres://postgres@{folder}/{name}"))
    }

    /// A program of PostgreSQL that talks to this cluster.
    fn client(&self, name: &str) -> io::Result<Command> {
        let mut command = Command::new(program(name)?);
        command.arg("--host").arg(&self.folder).args(["--username", "postgres"]).stdin(Stdio::null());
        Ok(command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let (id, thread) = (self.keeper.0.to_string(), self.keeper.1.take());
        if Command::new("kill").arg(id).status().is_ok_and(|status| status.success())
            && let Some(thread) = thread
        {
            drop(thread.join());
        }
    }
}

fn done(what: &str, output: &Output) -> io::Result<()> {
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(io::Error::other(format!("{what}: {said}"))) }
}

/// A program of the newest release on this machine.
fn program(name: &str) -> io::Result<PathBuf> {
    let newest = (13..=20).rev().map(|release| Path::new("/usr/lib/postgresql").join(format!("{release}/bin")).join(name));
    newest
        .into_iter()
        .find(|file| file.exists())
        .ok_or_else(|| io::Error::other("PostgreSQL is not installed: apt-get install postgresql-15"))
}

/// A command that does not run as root, which PostgreSQL refuses.
fn as_owner(program: &Path) -> Command {
    let mut command = match (is_root(), is_alone()) {
        (false, _) => return Command::new(program),
        (true, false) => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
            command
        }
        // Nobody else exists here: the same user under another name, in a namespace below.
        (true, true) => {
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-user=postgres", "--map-group=postgres"]);
            command
        }
    };
    command.arg(program);
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// Root of a namespace in which there is no other user.
fn is_alone() -> bool {
    std::fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| map.split_whitespace().last() == Some("1"))
}
