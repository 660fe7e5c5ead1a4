//! The one writer: a thread that owns the only writing connection and commits whatever waited during the last commit together.
//!
//! A rule that fails leaves the others of its group alone: the group is undone and run again with a savepoint for each rule.
//! Failures are rare (a refusal is a value, no failure), so no savepoint is paid for before one is needed. Every rule of a
//! group is answered after the commit that made it durable, also the failed ones: they may have seen rows of that group.
//! A commit that fails is never tried again (the kernel may have dropped the pages): the writer stops. So it does when several
//! groups in a row are lost before their commit: a server that can write nothing ends, and says so. A full disk ends nothing: the
//! group is undone (nothing of it has reached the disk whole), reading goes on, and writing comes back with the space.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{oneshot, watch};

use crate::store::StoreError;
use crate::store::threads::{Queue, WAIT};
use crate::store::tx::Tx;

/// Rules that may wait: half a second's work. Further ones are refused, since their answer would come too late for a person.
const QUEUE: usize = 1024;
/// Rules of one group at most, so that the first of them is answered in time.
const GROUP: usize = 256;
/// A group waits no longer than this for further rules, however slow the disk is.
const LONGEST_PATIENCE: Duration = Duration::from_millis(2);
/// So many groups lost in a row end the writer.
const LOST_IN_A_ROW: u32 = 5;

/// A rule that waits for its turn and its answer.
trait Waiting: Send {
    /// Runs the rule, once more if it must be: whether what it wrote shall hold.
    fn run(&mut self, connection: &Connection) -> bool;
    /// True when it failed because the disk is full.
    fn is_full(&self) -> bool;
    /// Answers once the fate of the group is known.
    fn finish(self: Box<Self>, fate: Fate);
}

type Job = Box<dyn Waiting>;

/// What became of a group, for those who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Committed,
    Lost,
    /// Lost because the disk is full.
    Full,
}

struct Asked<T, R> {
    rule: R,
    /// Since when it waits.
    since: Instant,
    result: Result<T, StoreError>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, R: Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send> Waiting for Asked<T, R> {
    fn run(&mut self, connection: &Connection) -> bool {
        if self.since.elapsed() > WAIT {
            // It wrote nothing, so the others of its group hold.
            self.result = Err(StoreError::Busy);
            return true;
        }
        self.result = Tx::run(&mut &*connection, &self.rule);
        self.result.is_ok()
    }

    fn is_full(&self) -> bool {
        matches!(self.result, Err(StoreError::Full))
    }

    fn finish(self: Box<Self>, fate: Fate) {
        // A caller that went away needs no answer; what it asked for is stored all the same.
        let _ = self.answer.send(match fate {
            Fate::Committed => self.result,
            Fate::Lost => Err(StoreError::Stopped),
            Fate::Full => Err(StoreError::Full),
        });
    }
}

/// Hands rules to the writing thread.
pub(super) struct Writer {
    queue: Queue<Job>,
    commits: Arc<AtomicU64>,
    state: watch::Receiver<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Closed,
    Failed,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (queue, jobs) = Queue::new(QUEUE);
        let (report, state) = watch::channel(State::Running);
        let commits = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&commits);
        std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            // Dropped before the end, also by a panic: then the receivers see the last state and a closed channel.
            let end = match run(&connection, &jobs, &count) {
                Ok(()) => State::Closed,
                Err(cause) => {
                    tracing::error!(%cause, "no more writes");
                    State::Failed
                }
            };
            drop(connection);
            report.send_replace(end);
        })?;
        Ok(Self { queue, commits, state })
    }

    /// Runs a rule in the next group and answers once the group is durable.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_since(Instant::now(), rule).await
    }

    async fn write_since<T: Send + 'static>(
        &self,
        since: Instant,
        rule: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Box::new(Asked { rule, since, result: Err(StoreError::Stopped), answer }))?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    /// Commits so far.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// Returns once a commit or group after group has failed, or the thread died; never when it was closed in order.
    pub(super) async fn failed(&self) {
        let mut state = self.state.clone();
        let end = state.wait_for(|state| *state != State::Running).await.map(|state| *state);
        if matches!(end, Ok(State::Closed)) {
            std::future::pending::<()>().await;
        }
    }

    /// Lets the queue run empty, closes the connection, and returns then.
    pub(super) async fn close(&self) {
        self.queue.close();
        let mut state = self.state.clone();
        // An error means that the thread is gone: nothing to wait for.
        let _ = state.wait_for(|state| *state != State::Running).await;
    }
}

/// How a group ends: whoever was answered by the last commit may be about to ask again, and one commit for all of them is less work
/// than several. So a group that is smaller than the last one waits for further rules, for a part of what a commit takes.
#[derive(Default)]
struct Rhythm {
    /// Rules of the last group.
    last: usize,
    /// What its commit took.
    commit: Duration,
}

impl Rhythm {
    /// The next rule for a group of so many, all of which were run.
    fn next(&self, jobs: &Receiver<Job>, rules: usize, patience: &mut Duration) -> Option<Job> {
        if let Ok(job) = jobs.try_recv() {
            return Some(job);
        }
        if rules >= self.last || patience.is_zero() {
            return None;
        }
        let begun = Instant::now();
        let job = jobs.recv_timeout(*patience).ok();
        *patience = patience.saturating_sub(begun.elapsed());
        job
    }

    /// How long a group waits in all.
    fn patience(&self) -> Duration {
        (self.commit / 2).min(LONGEST_PATIENCE)
    }
}

fn run(connection: &Connection, jobs: &Receiver<Job>, commits: &AtomicU64) -> Result<(), rusqlite::Error> {
    let (mut lost_in_a_row, mut was_full) = (0, false);
    let mut rhythm = Rhythm::default();
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        let end = run_group(connection, &mut group, jobs, &mut rhythm);
        let is_full = group.iter().any(|job| job.is_full()) || matches!(&end, Ok(End::Lost(cause)) if is_disk_full(cause));
        let fate = match end {
            Ok(End::Committed) => Fate::Committed,
            _ if is_full => Fate::Full,
            _ => Fate::Lost,
        };
        if fate == Fate::Committed {
            commits.fetch_add(1, Ordering::SeqCst);
        }
        for job in group {
            job.finish(fate);
        }
        match (is_full, was_full) {
            (true, false) => tracing::error!("the disk is full: reading goes on, writing comes back when there is space"),
            (false, true) => tracing::info!("there is space on the disk again"),
            _ => {}
        }
        was_full = is_full;
        match end? {
            End::Committed => lost_in_a_row = 0,
            End::Lost(_) if is_full => {}
            // Another process writes: that ends.
            End::Lost(cause) if cause.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
            End::Lost(cause) => {
                lost_in_a_row += 1;
                if lost_in_a_row >= LOST_IN_A_ROW {
                    return Err(cause);
                }
            }
        }
    }
    Ok(())
}

/// What became of a group.
enum End {
    /// Durable.
    Committed,
    /// Undone as a whole before its commit.
    Lost(rusqlite::Error),
}

/// Gives a group up. Where the engine did so by itself there is nothing to undo, and an error says no more than that.
fn give_up(connection: &Connection, cause: rusqlite::Error) -> End {
    tracing::warn!(%cause, "a group of writes was lost");
    let _ = connection.execute_batch("ROLLBACK");
    End::Lost(cause)
}

/// Runs one group, and whatever comes in meanwhile with it; an error when the commit itself failed.
fn run_group(connection: &Connection, group: &mut Vec<Job>, jobs: &Receiver<Job>, rhythm: &mut Rhythm) -> Result<End, rusqlite::Error> {
    if let Err(cause) = step(connection, "BEGIN IMMEDIATE") {
        return Ok(give_up(connection, cause));
    }
    let mut done = 0;
    let mut do_all_hold = true;
    let mut patience = rhythm.patience();
    while let Some(job) = group.get_mut(done) {
        // The engine ends a transaction by itself when it must (disk full, I/O): nothing may be written after that.
        do_all_hold = job.run(connection) && !connection.is_autocommit();
        if !do_all_hold {
            break;
        }
        done += 1;
        if done == group.len() && done < GROUP {
            group.extend(rhythm.next(jobs, done, &mut patience));
        }
    }
    if !do_all_hold {
        let begun_anew = if connection.is_autocommit() { Ok(()) } else { step(connection, "ROLLBACK") };
        if let Err(cause) = begun_anew.and_then(|()| step(connection, "BEGIN IMMEDIATE")).and_then(|()| run_apart(connection, group)) {
            return Ok(give_up(connection, cause));
        }
    }
    let begun = Instant::now();
    let committed = step(connection, "COMMIT");
    *rhythm = Rhythm { last: group.len(), commit: begun.elapsed() };
    match committed {
        // The frames of the group did not all fit, so none of them counts; nothing was synced, so nothing is in doubt.
        Err(cause) if is_disk_full(&cause) => Ok(give_up(connection, cause)),
        committed => committed.map(|()| End::Committed),
    }
}

fn is_disk_full(cause: &rusqlite::Error) -> bool {
    cause.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

/// Runs the rules of a group in a savepoint each: one that fails is undone alone.
fn run_apart(connection: &Connection, group: &mut [Job]) -> Result<(), rusqlite::Error> {
    for job in group {
        step(connection, "SAVEPOINT rule")?;
        if !job.run(connection) {
            step(connection, "ROLLBACK TO rule")?;
        }
        // Fails where the engine gave the whole transaction up: all of the group is undone, none was promised.
        step(connection, "RELEASE rule")?;
    }
    Ok(())
}

pub(super) fn step(connection: &Connection, sql: &'static str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(sql)?.raw_execute().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tx::values;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA foreign_keys = 1; CREATE TABLE t (n INTEGER PRIMARY KEY)").unwrap();
        Writer::start(connection).unwrap()
    }

    async fn insert(writer: &Writer, n: i64) -> Result<(), StoreError> {
        writer.write(move |tx| put(tx, n)).await
    }

    fn put(tx: &mut Tx<'_>, n: i64) -> Result<(), StoreError> {
        tx.execute("INSERT INTO t (n) VALUES ($1)", values![n]).map(|_| ())
    }

    #[tokio::test]
    async fn what_waited_too_long_is_refused_and_the_others_of_its_group_hold() {
        let writer = writer();
        let late = Instant::now().checked_sub(2 * WAIT).expect("the machine runs for so long");
        let (refused, held) = tokio::join!(writer.write_since(late, |tx| put(tx, 1)), insert(&writer, 2));
        assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
        held.unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    struct Nothing;

    impl Waiting for Nothing {
        fn run(&mut self, _: &Connection) -> bool {
            true
        }

        fn is_full(&self) -> bool {
            false
        }

        fn finish(self: Box<Self>, _: Fate) {}
    }

    #[test]
    fn a_group_waits_for_who_was_in_the_last_one_and_for_nobody_else() {
        let rhythm = Rhythm { last: 2, commit: Duration::from_secs(1) };
        assert_eq!(rhythm.patience(), LONGEST_PATIENCE, "a slow disk does not make them wait for longer");
        let (queue, jobs) = std::sync::mpsc::channel::<Job>();
        let mut patience = Duration::from_secs(60);
        std::thread::scope(|threads| {
            threads.spawn(|| queue.send(Box::new(Nothing)));
            assert!(rhythm.next(&jobs, 1, &mut patience).is_some(), "one of the last group comes back");
        });
        let left = patience;
        assert!(rhythm.next(&jobs, 2, &mut patience).is_none() && patience == left, "as many as before: nobody is waited for");
        assert!(Rhythm::default().next(&jobs, 1, &mut patience).is_none() && patience == left, "the first group waits for nobody");
        drop(queue);
        assert!(rhythm.next(&jobs, 1, &mut patience).is_none(), "nobody is left who could come");
    }

    async fn count(writer: &Writer) -> i64 {
        let counted = writer.write(|tx| tx.row("SELECT count(*) AS n FROM t", values![], |row| row.get::<i64>("n"))).await;
        counted.unwrap().unwrap()
    }

    /// Keeps the writer at work until the answer is dropped, so that what is asked meanwhile waits together.
    async fn held(writer: &Writer) -> (impl Future<Output = Result<(), StoreError>> + '_, std::sync::mpsc::SyncSender<()>) {
        let (release, wait) = std::sync::mpsc::sync_channel::<()>(0);
        let (started, has_started) = oneshot::channel();
        let waiting = std::sync::Mutex::new(Some((started, wait)));
        let mut running = Box::pin(writer.write(move |_| {
            if let Some((started, wait)) = waiting.lock().unwrap().take() {
                let _ = started.send(());
                let _ = wait.recv();
            }
            Ok(())
        }));
        tokio::select! {
            _ = &mut running => panic!("it is held"),
            begun = has_started => begun.unwrap(),
        }
        (running, release)
    }

    /// Polls once, so that what is asked is queued.
    async fn begun<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
        std::future::poll_fn(|context| std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context))).await
    }

    #[tokio::test]
    async fn a_failed_rule_leaves_the_others_of_its_group_alone() {
        let writer = writer();
        let (running, release) = held(&writer).await;
        let mut requests: Vec<_> = [1, 2, 1].into_iter().map(|n| Box::pin(insert(&writer, n))).collect();
        for request in &mut requests {
            assert!(begun(request).await.is_pending());
        }
        drop(release);
        running.await.unwrap();
        let mut outcomes = Vec::new();
        for request in requests {
            outcomes.push(request.await);
        }
        assert!(matches!(outcomes.as_slice(), [Ok(()), Ok(()), Err(StoreError::Database(_))]), "{outcomes:?}");
        assert_eq!(writer.commits(), 1, "one group, run again after the failure");
        assert_eq!(count(&writer).await, 2);
    }

    #[tokio::test]
    async fn what_waits_during_a_commit_is_committed_together() {
        let writer = writer();
        let (running, release) = held(&writer).await;
        let mut requests: Vec<_> = (0..100).map(|n| Box::pin(insert(&writer, n))).collect();
        for request in &mut requests {
            assert!(begun(request).await.is_pending());
        }
        drop(release);
        running.await.unwrap();
        for request in requests {
            request.await.unwrap();
        }
        assert_eq!(writer.commits(), 1, "all of them waited for the first");
        for n in 100..120 {
            insert(&writer, n).await.unwrap();
        }
        assert_eq!(writer.commits(), 21, "one after the other nothing can wait together");
    }

    #[tokio::test]
    async fn what_could_not_be_answered_in_time_is_refused_at_once() {
        let writer = writer();
        let (running, release) = held(&writer).await;
        let mut requests: Vec<_> = (0..2 * QUEUE).map(|n| Box::pin(insert(&writer, i64::try_from(n).unwrap()))).collect();
        let mut refused = 0;
        for request in &mut requests {
            if let std::task::Poll::Ready(answer) = begun(request).await {
                assert!(matches!(answer, Err(StoreError::Busy)));
                refused += 1;
            }
        }
        assert_eq!(refused, QUEUE);
        drop(release);
        running.await.unwrap();
        for request in requests.drain(..QUEUE) {
            request.await.unwrap();
        }
        assert_eq!(count(&writer).await, i64::try_from(QUEUE).unwrap(), "nothing of a refused one is stored");
    }

    #[tokio::test]
    async fn after_a_failed_commit_nothing_is_written_any_more() {
        let writer = writer();
        insert(&writer, 1).await.unwrap();
        // Makes the commit itself fail: a deferred constraint is looked at then.
        let sabotage = writer.write(|tx| {
            put(tx, 2)?;
            tx.execute("CREATE TABLE child (n INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)", values![])?;
            tx.execute("INSERT INTO child VALUES (99)", values![]).map(|_| ())
        });
        assert!(matches!(sabotage.await, Err(StoreError::Stopped)));
        writer.failed().await;
        assert!(matches!(insert(&writer, 3).await, Err(StoreError::Stopped)));
    }

    /// A rule that makes the engine give its group up, as it does by itself when the disk is full.
    async fn lose(writer: &Writer) {
        let lost = writer.write(|tx| {
            put(tx, 2)?;
            tx.execute("ROLLBACK", values![])?;
            Err::<(), _>(StoreError::Damaged("disk full"))
        });
        assert!(matches!(lost.await, Err(StoreError::Stopped)));
    }

    #[tokio::test]
    async fn a_group_that_the_engine_gave_up_is_lost_as_a_whole_and_the_next_one_is_not() {
        let writer = writer();
        let (running, release) = held(&writer).await;
        let mut one = Box::pin(insert(&writer, 1));
        let mut lost = Box::pin(lose(&writer));
        assert!(begun(&mut one).await.is_pending() && begun(&mut lost).await.is_pending());
        drop(release);
        assert!(matches!((running.await, one.await), (Err(StoreError::Stopped), Err(StoreError::Stopped))));
        lost.await;
        insert(&writer, 3).await.unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    #[tokio::test]
    async fn group_after_group_lost_ends_the_writer() {
        let writer = writer();
        for n in 10..13 {
            for _ in 1..LOST_IN_A_ROW {
                lose(&writer).await;
            }
            insert(&writer, n).await.expect("one that is written starts the count anew");
        }
        for _ in 0..LOST_IN_A_ROW {
            lose(&writer).await;
        }
        writer.failed().await;
        assert!(matches!(insert(&writer, 9).await, Err(StoreError::Stopped)));
    }

    #[tokio::test]
    async fn another_process_that_writes_ends_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Connection::open(folder.path().join("u.db")).unwrap();
        let (other, own) = (open(), open());
        own.busy_timeout(std::time::Duration::ZERO).unwrap();
        other.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY)").unwrap();
        let writer = Writer::start(own).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        for n in 0..2 * i64::from(LOST_IN_A_ROW) {
            assert!(matches!(insert(&writer, n).await, Err(StoreError::Stopped)));
        }
        other.execute_batch("COMMIT").unwrap();
        insert(&writer, 1).await.unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    #[tokio::test]
    async fn closing_writes_what_is_queued_first() {
        let writer = writer();
        let (written, ()) = tokio::join!(insert(&writer, 1), writer.close());
        written.unwrap();
        assert!(matches!(insert(&writer, 2).await, Err(StoreError::Stopped)));
    }
}
