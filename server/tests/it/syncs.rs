//! An answered visit waited for the disk: the calls that wait for it are counted while visits run. A kill cannot show this, since
//! what the system holds outlives every process; whether the disk keeps its word is the disk's matter.

use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::cluster::Cluster;
use crate::crash::{open, prove};
use crate::kills::signal;
use crate::program::{Program, wait_until};

const VISITS: u8 = 10;

/// How often a process, or one that it makes meanwhile, waits for the disk during the work.
async fn during(process: u32, work: impl Future<Output = ()>) -> usize {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-o"]).arg(file.path()).arg("-p").arg(process.to_string());
    let mut strace = strace.stdin(Stdio::null()).spawn().expect("strace is not installed: apt-get install strace");
    let is_watched = |thread: std::path::PathBuf| {
        let status = std::fs::read_to_string(thread.join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|tracer| tracer.trim() != "0"))
    };
    wait_until("all threads are watched", || {
        std::fs::read_dir(format!("/proc/{process}/task")).unwrap().all(|thread| is_watched(thread.unwrap().path()))
    })
    .await;
    work.await;
    signal("-INT", strace.id());
    strace.wait().unwrap();
    std::fs::read_to_string(file.path()).unwrap().lines().filter(|line| line.contains("sync(")).count()
}

/// One after the other, so that no two share a commit.
async fn visits(program: &Program) {
    let card = Mutex::new(program.card("ichiro"));
    for number in 0..VISITS {
        let visit = open(program, &[number; 16]).await.unwrap();
        assert_eq!(prove(program, &visit, &card).await.unwrap().0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_commit_waits_for_the_disk_on_sqlite() {
    let program = Program::demo().await;
    let count = during(program.id(), visits(&program)).await;
    assert!(count >= 2 * usize::from(VISITS), "{count} for {VISITS} visits opened and proved");
    let reading = async {
        for _ in 0..VISITS {
            let path = format!("/api/reception/{}", program.token());
            assert_eq!(program.ask("GET", &path, &[], "").await.unwrap().0, 200);
        }
    };
    let count = during(program.id(), reading).await;
    assert!(count < usize::from(VISITS), "control: {count} for what writes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_commit_waits_for_the_disk_on_postgres() {
    for is_synced in [true, false] {
        let cluster = Cluster::start(is_synced).unwrap();
        let url = cluster.database().unwrap();
        let lock = std::fs::read_to_string(cluster.folder.join("data/postmaster.pid")).unwrap();
        let count = during(lock.lines().next().unwrap().parse().unwrap(), async {
            let program = Program::demo_with(vec![("UKETSUKE_DATABASE_URL", url)]).await;
            visits(&program).await;
        })
        .await;
        if is_synced {
            assert!(count >= 2 * usize::from(VISITS), "{count} for {VISITS} visits opened and proved");
        } else {
            assert_eq!(count, 0, "control: a PostgreSQL that waits for no disk is told apart");
        }
    }
}
