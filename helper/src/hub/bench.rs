//! The queue before the card thread: one task at a time, and a new thread when one does not come back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tracing::{error, warn};

use super::{Hub, Input};
use crate::card::ChannelError;
use crate::reader::{Door, Readers};
use crate::work::{At, Manners, News, Patience, Task, Worker};

/// Threads at most, those included that were given up and hang in a reader or wait behind another program.
const THREADS_MAX: usize = 8;

/// Tasks that run and wait.
pub(crate) struct Bench {
    hub: Hub,
    patience: Patience,
    worker: Option<Worker>,
    /// One copy here, one in every thread that is not over.
    alive: Arc<()>,
    running: Option<(u64, Arc<AtomicBool>)>,
    waiting: VecDeque<Task>,
    manners: Manners,
}

impl Bench {
    pub(crate) fn new(hub: Hub, patience: Patience) -> Self {
        Self { hub, patience, worker: None, alive: Arc::default(), running: None, waiting: VecDeque::new(), manners: Manners::default() }
    }

    /// Queues a task.
    pub(crate) fn give(&mut self, task: Task, readers: &dyn Readers) {
        self.waiting.push_back(task);
        self.go_on(readers);
    }

    /// Notes that a task is over; false for one that was given up.
    pub(crate) fn done(&mut self, key: u64, readers: &dyn Readers) -> bool {
        let was_running = self.running.as_ref().is_some_and(|(running, _)| *running == key);
        if was_running {
            self.running = None;
            self.go_on(readers);
        }
        was_running
    }

    /// Takes back a task that has not begun.
    pub(crate) fn withdraw(&mut self, key: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|task| task.key != key);
        self.waiting.len() < before
    }

    /// Begins nothing more; the running task ends before its next command.
    pub(crate) fn close(&mut self) {
        self.waiting.clear();
        if let Some((_, stop)) = &self.running {
            stop.store(true, Ordering::SeqCst);
        }
    }

    /// True when no task runs or waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    /// Until when the running task should have moved.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.running.as_ref().and(self.worker.as_ref())?.due()
    }

    /// Gives up a task that did not move in time: its thread is left to itself, and told to end when it comes back.
    pub(crate) fn give_up_stuck(&mut self, now: Instant, readers: &dyn Readers) -> Option<(u64, At)> {
        if self.due().is_none_or(|due| now < due) {
            return None;
        }
        let (key, stop) = self.running.take()?;
        // First the stop sign: a PIN that goes out in spite of it is seen in where the thread is.
        stop.store(true, Ordering::SeqCst);
        let at = self.worker.take()?.at();
        warn!(?at, "a card or its reader does not answer; its thread is given up");
        self.go_on(readers);
        Some((key, at))
    }

    fn go_on(&mut self, readers: &dyn Readers) {
        if self.running.is_some() {
            return;
        }
        let Some(task) = self.waiting.pop_front() else { return };
        self.running = Some((task.key, Arc::clone(&task.stop)));
        let key = task.key;
        if self.worker.is_none() {
            self.worker = self.start(readers.door());
        }
        match &self.worker {
            Some(worker) => worker.give(task, self.patience),
            None => self.hub.tell(Input::News(News::Done { key, outcome: task.work.not_begun(ChannelError::Busy) })),
        }
    }

    fn start(&self, door: Box<dyn Door>) -> Option<Worker> {
        if Arc::strong_count(&self.alive) > THREADS_MAX {
            warn!("too many threads hang in readers; no more are started");
            return None;
        }
        let hub = self.hub.clone();
        let news = Box::new(move |news| hub.tell(Input::News(news)));
        let (manners, alive) = (Arc::clone(&self.manners), Arc::clone(&self.alive));
        Worker::start(door, self.patience, news, manners, alive).inspect_err(|error| error!(%error, "no thread for the card")).ok()
    }
}
