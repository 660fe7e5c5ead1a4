//! The queue before the card threads: one task at a time for each reader, and a new thread when one does not come back.
//!
//! Most machines have one reader and therefore one thread. With several, none waits for another's card.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tracing::{error, warn};

use super::{Hub, Input};
use crate::card::ChannelError;
use crate::reader::{Door, Place, Readers};
use crate::work::{At, Manners, News, Patience, Task, Work, Worker};

/// Threads at most, those included that were given up and hang in a reader or wait behind another program.
const THREADS_MAX: usize = 8;

/// Tasks that run and wait.
pub(crate) struct Workers {
    hub: Hub,
    patience: Patience,
    /// Threads without a task.
    idle: Vec<Worker>,
    /// Threads started so far.
    started: usize,
    /// One copy here, one in every thread that is not over.
    alive: Arc<()>,
    running: Vec<Running>,
    waiting: VecDeque<Task>,
    manners: Manners,
}

/// A task that was handed over.
struct Running {
    key: u64,
    place: Place,
    stop: Arc<AtomicBool>,
    /// It takes the power from a card: the end of the program waits for it and does not stop it.
    powers_off: bool,
    /// `None` where no thread could be had; its end is on the way.
    worker: Option<Worker>,
}

impl Running {
    fn due(&self) -> Option<Instant> {
        self.worker.as_ref()?.due()
    }
}

impl Workers {
    pub(crate) fn new(hub: Hub, patience: Patience) -> Self {
        Self {
            hub,
            patience,
            idle: Vec::new(),
            started: 0,
            alive: Arc::default(),
            running: Vec::new(),
            waiting: VecDeque::new(),
            manners: Manners::default(),
        }
    }

    /// Queues a task.
    pub(crate) fn give(&mut self, task: Task, readers: &dyn Readers) {
        self.waiting.push_back(task);
        self.go_on(readers);
    }

    /// Notes that a task is over; false for one that was given up.
    pub(crate) fn done(&mut self, key: u64, readers: &dyn Readers) -> bool {
        let Some(at) = self.running.iter().position(|running| running.key == key) else { return false };
        self.idle.extend(self.running.swap_remove(at).worker);
        self.go_on(readers);
        true
    }

    /// Takes back a task that has not begun.
    pub(crate) fn withdraw(&mut self, key: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|task| task.key != key);
        self.waiting.len() < before
    }

    /// Begins nothing more; every running task ends before its next command.
    pub(crate) fn close(&mut self) {
        self.waiting.retain(|task| matches!(task.work, Work::PowerOff));
        for running in self.running.iter().filter(|running| !running.powers_off) {
            running.stop.store(true, Ordering::SeqCst);
        }
    }

    /// True when no task runs or waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }

    /// Until when the first of the running tasks should have moved.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.running.iter().filter_map(Running::due).min()
    }

    /// Gives up a task that did not move in time: its thread is left to itself, and told to end when it comes back. From a card that may be
    /// verified another thread takes the power before anything else goes to it, as soon as the reader allows; `spare` is the key for that.
    pub(crate) fn give_up_stuck(&mut self, now: Instant, spare: u64, readers: &dyn Readers) -> Option<(u64, At)> {
        let at = self.running.iter().position(|running| running.due().is_some_and(|due| due <= now))?;
        let Running { key, place, stop, powers_off, worker } = self.running.swap_remove(at);
        // First the stop sign: a PIN that goes out in spite of it is seen in where the thread is.
        stop.store(true, Ordering::SeqCst);
        let worker = worker?;
        let at = worker.at();
        warn!(thread = worker.number, ?at, "a card or its reader does not answer; its thread is given up");
        if matches!(at, At::Verifying | At::Verified) && !powers_off {
            self.waiting.push_front(Task { key: spare, place, stop: Arc::default(), work: Work::PowerOff });
        }
        self.go_on(readers);
        Some((key, at))
    }

    /// Begins every task whose reader is free.
    fn go_on(&mut self, readers: &dyn Readers) {
        let is_free = |running: &[Running], task: &Task| running.iter().all(|running| running.place.reader != task.place.reader);
        while let Some(at) = self.waiting.iter().position(|task| is_free(&self.running, task))
            && let Some(task) = self.waiting.remove(at)
        {
            let (key, stop, place, powers_off) =
                (task.key, Arc::clone(&task.stop), task.place.clone(), matches!(task.work, Work::PowerOff));
            let worker = self.idle.pop().or_else(|| self.start(readers.door()));
            match &worker {
                Some(worker) => worker.give(task, self.patience),
                None => self.hub.tell(Input::News(News::Done { key, outcome: task.work.not_begun(ChannelError::Busy) })),
            }
            self.running.push(Running { key, place, stop, powers_off, worker });
        }
    }

    fn start(&mut self, door: Box<dyn Door>) -> Option<Worker> {
        if Arc::strong_count(&self.alive) > THREADS_MAX {
            warn!("too many threads hang in readers; no more are started");
            return None;
        }
        let hub = self.hub.clone();
        let news = Box::new(move |news| hub.tell(Input::News(news)));
        let (manners, alive) = (Arc::clone(&self.manners), Arc::clone(&self.alive));
        let number = self.started;
        self.started += 1;
        Worker::start(number, door, self.patience, news, manners, alive).inspect_err(|error| error!(%error, "no thread for the card")).ok()
    }

    /// Numbers of the threads that have a task, given up ones not counted.
    #[cfg(test)]
    #[cfg(feature = "simulator")]
    pub(super) fn at_work(&self) -> Vec<usize> {
        self.running.iter().filter_map(|running| Some(running.worker.as_ref()?.number)).collect()
    }
}
