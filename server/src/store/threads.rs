//! Threads that each own a connection and take work from one queue.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;

use super::StoreError;

/// What waited longer than this is refused, with nothing done: a person has asked again by then, or gone.
pub(super) const WAIT: Duration = Duration::from_secs(2);

type Work<C> = Box<dyn FnOnce(&mut C) + Send>;

/// The threads; they end once the last work is done after [`Self::close`] or a drop.
pub(crate) struct Threads<C> {
    queue: Queue<Work<C>>,
    /// Where there is no thread at all, what is sent waits for ever.
    _unserved: Option<Arc<Mutex<Receiver<Work<C>>>>>,
    /// Closed once the last thread has ended.
    running: watch::Receiver<()>,
}

impl<C: Send + 'static> Threads<C> {
    /// Starts one thread for each connection; at most `waiting` pieces of work wait for them.
    pub(crate) fn start(name: &str, connections: Vec<C>, waiting: usize) -> std::io::Result<Self> {
        let (queue, work) = Queue::new(waiting);
        let work: Arc<Mutex<Receiver<Work<C>>>> = Arc::new(Mutex::new(work));
        let (alive, running) = watch::channel(());
        let alive = Arc::new(alive);
        let unserved = connections.is_empty().then(|| Arc::clone(&work));
        for mut connection in connections {
            let (work, alive) = (Arc::clone(&work), Arc::clone(&alive));
            std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                // The lock is held while this thread waits for the next piece, not while it works.
                loop {
                    let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    match next {
                        Ok(work) => work(&mut connection),
                        Err(_) => break,
                    }
                }
                drop(connection);
                drop(alive);
            })?;
        }
        Ok(Self { queue, _unserved: unserved, running })
    }

    /// Gives work to the next free thread.
    pub(crate) fn send(&self, work: Work<C>) -> Result<(), StoreError> {
        self.queue.send(work)
    }

    /// Takes no more work; what waits is still done.
    pub(super) fn close(&self) {
        self.queue.close();
    }

    /// Returns once every thread has ended and its connection is closed.
    pub(super) async fn ended(&self) {
        // Nothing is ever sent: an error means that the last sender is gone.
        let _ = self.running.clone().changed().await;
    }
}

/// A bounded queue that many may fill without waiting, until it is closed.
pub(super) struct Queue<T>(RwLock<Option<SyncSender<T>>>);

impl<T> Queue<T> {
    pub(super) fn new(waiting: usize) -> (Self, Receiver<T>) {
        let (sender, receiver) = sync_channel(waiting);
        (Self(RwLock::new(Some(sender))), receiver)
    }

    /// [`StoreError::Busy`] when it is full, [`StoreError::Stopped`] when it is closed or nobody takes from it any more.
    pub(super) fn send(&self, item: T) -> Result<(), StoreError> {
        let sender = self.0.read().unwrap_or_else(PoisonError::into_inner);
        sender.as_ref().ok_or(StoreError::Stopped)?.try_send(item).map_err(|why| match why {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Stopped,
        })
    }

    pub(super) fn close(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).take();
    }
}
