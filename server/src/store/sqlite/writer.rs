//! The one writer: a task that owns the only writing connection and commits whatever waited during the last commit together.
//!
//! Each request runs in its own savepoint, so one that fails leaves the others of its group alone. Every request of a group
//! is answered after the commit that made it durable, also the refused ones: they may have seen rows of that group.
//! A commit that fails is never tried again (the kernel may have dropped the pages): the store stops accepting writes. So it
//! does when several groups in a row are lost before their commit: a server that can write nothing ends, and says so.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot, watch};

use crate::store::StoreError;

/// A request inside its savepoint.
pub(super) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// Requests that may wait; further ones wait in their callers.
const QUEUE: usize = 1024;
/// Requests of one group at most, so that the first of them is answered in time.
const GROUP: usize = 256;

/// So many groups lost in a row end the writer.
const LOST_IN_A_ROW: u32 = 5;

type Finish = Box<dyn FnOnce(bool) + Send>;
/// Whether the savepoint holds, and how to answer once the group is committed (`true`) or lost.
type Ran = (bool, Finish);
type Job = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Pin<Box<dyn Future<Output = Ran> + Send + 'c>> + Send>;

/// Hands requests to the writer task.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    commits: Arc<AtomicU64>,
    closing: watch::Sender<bool>,
    state: watch::Receiver<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Closed,
    Failed,
}

impl Writer {
    /// Starts the task.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (closing, close) = watch::channel(false);
        let (report, state) = watch::channel(State::Running);
        let commits = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&commits);
        tokio::spawn(async move {
            // Dropped before the end, also by a panic: then the receivers see the last state and a closed channel.
            let end = match run(connection, queue, close, &count).await {
                Ok(()) => State::Closed,
                Err(cause) => {
                    tracing::error!(%cause, "no more writes");
                    State::Failed
                }
            };
            report.send_replace(end);
        });
        Self { jobs, commits, closing, state }
    }

    /// Runs `work` in the next group and answers once the group is durable.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let result = work(connection).await;
                let holds = result.is_ok();
                let finish: Finish = Box::new(move |is_committed| {
                    // A caller that went away needs no answer; what it asked for is stored all the same.
                    let _ = answer.send(if is_committed { result } else { Err(StoreError::Stopped) });
                });
                (holds, finish)
            })
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    /// Commits so far.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// Returns once a commit or group after group has failed, or the task died; never when it was closed in order.
    pub(super) async fn failed(&self) {
        let mut state = self.state.clone();
        let end = state.wait_for(|state| *state != State::Running).await.map(|state| *state);
        if matches!(end, Ok(State::Closed)) {
            std::future::pending::<()>().await;
        }
    }

    /// Lets the queue run empty, closes the connection, and returns then.
    pub(super) async fn close(&self) {
        self.closing.send_replace(true);
        let mut state = self.state.clone();
        // An error means that the task is gone: nothing to wait for.
        let _ = state.wait_for(|state| *state != State::Running).await;
    }
}

async fn run(
    mut connection: SqliteConnection,
    mut queue: mpsc::Receiver<Job>,
    mut close: watch::Receiver<bool>,
    commits: &AtomicU64,
) -> Result<(), sqlx::Error> {
    let mut is_closing = false;
    let mut lost_in_a_row = 0;
    loop {
        let first = tokio::select! {
            biased;
            _ = close.changed(), if !is_closing => {
                is_closing = true;
                queue.close();
                continue;
            }
            job = queue.recv() => job,
        };
        let Some(first) = first else { break };
        let mut finishes = Vec::new();
        let end = group(&mut connection, first, &mut queue, &mut finishes).await;
        let is_committed = matches!(end, Ok(End::Committed));
        if is_committed {
            commits.fetch_add(1, Ordering::SeqCst);
        }
        for finish in finishes {
            finish(is_committed);
        }
        match end? {
            End::Committed => lost_in_a_row = 0,
            // Another process writes: that ends.
            End::Lost(cause) if is_busy(&cause) => {}
            End::Lost(cause) => {
                lost_in_a_row += 1;
                if lost_in_a_row >= LOST_IN_A_ROW {
                    return Err(cause);
                }
            }
        }
    }
    connection.close().await
}

/// What became of a group.
enum End {
    /// Durable.
    Committed,
    /// Undone as a whole before its commit.
    Lost(sqlx::Error),
}

/// True for `SQLITE_BUSY` with any detail (the low byte is 5).
fn is_busy(cause: &sqlx::Error) -> bool {
    let code = cause.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xFF == 5)
}

/// Gives a group up. Where the engine did so by itself there is nothing to undo, and an error says no more than that.
async fn give_up(connection: &mut SqliteConnection, cause: sqlx::Error) -> End {
    tracing::warn!(%cause, "a group of writes was lost");
    let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
    End::Lost(cause)
}

/// Runs one group; an error when the commit itself failed.
///
/// Each step to the engine costs two switches between threads, so what stands between two requests is one step.
async fn group(
    connection: &mut SqliteConnection,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
    finishes: &mut Vec<Finish>,
) -> Result<End, sqlx::Error> {
    if let Err(cause) = sqlx::raw_sql("BEGIN IMMEDIATE; SAVEPOINT request").execute(&mut *connection).await {
        // The first of the two may stand: left alone, it would keep every later group from beginning.
        return Ok(give_up(connection, cause).await);
    }
    let mut job = first;
    loop {
        let (holds, finish) = job(&mut *connection).await;
        finishes.push(finish);
        let next = if finishes.len() < GROUP { queue.try_recv().ok() } else { None };
        // After a ROLLBACK TO the savepoint stands for the next request; COMMIT takes a standing one along.
        let between = match (holds, next.is_some()) {
            (true, true) => "RELEASE request; SAVEPOINT request",
            (false, _) => "ROLLBACK TO request",
            (true, false) => "",
        };
        if !between.is_empty()
            && let Err(cause) = sqlx::raw_sql(between).execute(&mut *connection).await
        {
            // The engine gave the whole transaction up (disk full, I/O): all of the group is undone, none was promised.
            return Ok(give_up(connection, cause).await);
        }
        match next {
            Some(next) => job = next,
            None => break,
        }
    }
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(End::Committed)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn writer() -> Writer {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::query("CREATE TABLE t (n INTEGER PRIMARY KEY)").execute(&mut connection).await.unwrap();
        Writer::start(connection)
    }

    async fn insert(writer: &Writer, n: i64) -> Result<(), StoreError> {
        writer.write(move |c| Box::pin(async move { put(c, n).await })).await
    }

    async fn put(connection: &mut SqliteConnection, n: i64) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO t (n) VALUES (?)").bind(n).execute(connection).await?;
        Ok(())
    }

    async fn count(writer: &Writer) -> i64 {
        writer.write(|c| Box::pin(async move { Ok(sqlx::query_scalar("SELECT count(*) FROM t").fetch_one(c).await?) })).await.unwrap()
    }

    #[tokio::test]
    async fn a_failed_request_leaves_the_others_of_its_group_alone() {
        let writer = writer().await;
        let (one, twice, two) = tokio::join!(insert(&writer, 1), insert(&writer, 1), insert(&writer, 2));
        assert!(one.is_ok() && two.is_ok());
        assert!(matches!(twice, Err(StoreError::Database(_))));
        assert_eq!(count(&writer).await, 2);
    }

    #[tokio::test]
    async fn what_waits_during_a_commit_is_committed_together() {
        let writer = writer().await;
        let requests = (0..100).map(|n| insert(&writer, n)).collect::<Vec<_>>();
        for outcome in join_all(requests).await {
            outcome.unwrap();
        }
        assert!(writer.commits() < 100, "{} commits for 100 requests", writer.commits());
        let grouped = writer.commits();
        for n in 100..120 {
            insert(&writer, n).await.unwrap();
        }
        assert_eq!(writer.commits() - grouped, 20, "one after the other nothing can wait together");
    }

    #[tokio::test]
    async fn after_a_failed_commit_nothing_is_written_any_more() {
        let writer = writer().await;
        insert(&writer, 1).await.unwrap();
        // Ends the transaction under the writer, so that COMMIT fails.
        let sabotage = writer.write(|c| {
            Box::pin(async move {
                put(&mut *c, 2).await?;
                sqlx::raw_sql("ROLLBACK").execute(&mut *c).await?;
                Ok(())
            })
        });
        assert!(matches!(sabotage.await, Err(StoreError::Stopped)));
        writer.failed().await;
        assert!(matches!(insert(&writer, 3).await, Err(StoreError::Stopped)));
    }

    #[tokio::test]
    async fn a_group_that_the_engine_gave_up_is_lost_as_a_whole_and_the_next_one_is_not() {
        let writer = writer().await;
        let gives_up = writer.write(|c| {
            Box::pin(async move {
                put(&mut *c, 2).await?;
                // What the engine does by itself when the disk is full.
                sqlx::raw_sql("ROLLBACK").execute(&mut *c).await?;
                Err::<(), _>(StoreError::Damaged("disk full"))
            })
        });
        let (one, two) = tokio::join!(insert(&writer, 1), gives_up);
        assert!(matches!((one, two), (Err(StoreError::Stopped), Err(StoreError::Stopped))));
        insert(&writer, 3).await.unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_transaction_left_open_ends_with_the_group_that_met_it() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql("CREATE TABLE t (n INTEGER PRIMARY KEY); BEGIN").execute(&mut connection).await.unwrap();
        let writer = Writer::start(connection);
        assert!(matches!(insert(&writer, 1).await, Err(StoreError::Stopped)), "it could not begin");
        insert(&writer, 2).await.unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    /// A request that makes the engine give its group up.
    async fn lose(writer: &Writer) {
        let lost = writer.write(|c| {
            Box::pin(async move {
                sqlx::raw_sql("ROLLBACK").execute(&mut *c).await?;
                Err::<(), _>(StoreError::Damaged("disk full"))
            })
        });
        assert!(matches!(lost.await, Err(StoreError::Stopped)));
    }

    #[tokio::test]
    async fn group_after_group_lost_ends_the_writer() {
        let writer = writer().await;
        for n in 0..3 {
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
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(folder.path().join("u.db"))
            .create_if_missing(true)
            .busy_timeout(std::time::Duration::ZERO);
        let mut other = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql("CREATE TABLE t (n INTEGER PRIMARY KEY)").execute(&mut other).await.unwrap();
        let writer = Writer::start(SqliteConnection::connect_with(&options).await.unwrap());
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        for n in 0..2 * i64::from(LOST_IN_A_ROW) {
            assert!(matches!(insert(&writer, n).await, Err(StoreError::Stopped)));
        }
        sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
        insert(&writer, 1).await.unwrap();
        assert_eq!(count(&writer).await, 1);
    }

    #[tokio::test]
    async fn closing_writes_what_is_queued_first() {
        let writer = writer().await;
        let (written, ()) = tokio::join!(insert(&writer, 1), writer.close());
        written.unwrap();
        assert!(matches!(insert(&writer, 2).await, Err(StoreError::Stopped)));
    }

    /// Polls all at once, so that they queue together.
    async fn join_all<F: Future + Send>(futures: Vec<F>) -> Vec<F::Output> {
        let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
        let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
        std::future::poll_fn(|context| {
            let mut is_ready = true;
            for (future, output) in futures.iter_mut().zip(&mut outputs) {
                if output.is_none() {
                    match future.as_mut().poll(context) {
                        std::task::Poll::Ready(value) => *output = Some(value),
                        std::task::Poll::Pending => is_ready = false,
                    }
                }
            }
            if is_ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        outputs.into_iter().flatten().collect()
    }
}
