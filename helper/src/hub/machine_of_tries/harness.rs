//! Readers whose every move waits for the test: a card thread stops before it opens a card, before each command, and before it leaves.
//!
//! Between two stops exactly one thread runs, the test's or one of the card threads, so a sequence is the same every time.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::card::{After, Channel, ChannelError};
use crate::reader::{Door, Place, Readers, Reporter};

/// Longest wait for a thread that has nothing left to wait for.
const LIMIT: Duration = Duration::from_secs(60);

/// What a card thread is about to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Open(Place),
    Command(Vec<u8>),
    HasPad,
    Pad(Vec<u8>),
    Reconnect,
    ComeBack,
    Leave(After),
}

/// What comes of it. `HasPad` reads an empty answer as no.
pub(super) type Reply = Result<Vec<u8>, ChannelError>;

/// The test's side of one card thread.
pub(super) struct Seat {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    asked: Option<Ask>,
    reply: Option<Reply>,
    is_dead: bool,
    is_over: bool,
}

/// Hands out doors; clones are the same readers.
#[derive(Clone)]
pub(super) struct Harness {
    seats: Arc<Mutex<Vec<Arc<Seat>>>>,
    works_twice: bool,
}

impl Harness {
    /// No doors yet. `works_twice` runs every conversation twice: a mutant.
    pub(super) fn new(works_twice: bool) -> Self {
        Self { seats: Arc::default(), works_twice }
    }

    /// Seats of doors made so far, in order.
    pub(super) fn count(&self) -> usize {
        self.seats.lock().unwrap().len()
    }

    pub(super) fn seat(&self, at: usize) -> Arc<Seat> {
        Arc::clone(&self.seats.lock().unwrap()[at])
    }
}

impl Readers for Harness {
    fn watch(&self, _: Reporter) -> Box<dyn Send> {
        Box::new(())
    }

    fn door(&self) -> Box<dyn Door> {
        let seat = Arc::new(Seat { state: Mutex::default(), bell: Condvar::new() });
        self.seats.lock().unwrap().push(Arc::clone(&seat));
        Box::new(Thread { seat, works_twice: self.works_twice })
    }

    fn is_simulator(&self) -> bool {
        true
    }
}

impl Seat {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>, until: impl Fn(&State) -> bool) -> MutexGuard<'a, State> {
        let (state, waited) = self.bell.wait_timeout_while(state, LIMIT, |state| !until(state)).unwrap();
        assert!(!waited.timed_out(), "a card thread hangs: {:?}", state.asked);
        state
    }

    /// Waits until the thread stops before something; `None` when it is over.
    pub(super) fn stopped(&self) -> Option<Ask> {
        self.wait(self.lock(), |state| state.asked.is_some() || state.is_over).asked.clone()
    }

    /// Lets it go on.
    pub(super) fn reply(&self, reply: Reply) {
        let mut state = self.lock();
        state.asked = None;
        state.reply = Some(reply);
        self.bell.notify_all();
    }

    /// The program was killed: whatever this thread still does reaches no card.
    pub(super) fn kill(&self) {
        self.lock().is_dead = true;
        self.bell.notify_all();
    }

    /// True once the door was dropped.
    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    pub(super) fn wait_over(&self) {
        drop(self.wait(self.lock(), |state| state.is_over));
    }
}

/// The card thread's side.
struct Thread {
    seat: Arc<Seat>,
    works_twice: bool,
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.seat.lock().is_over = true;
        self.seat.bell.notify_all();
    }
}

impl Thread {
    fn ask(&self, ask: Ask) -> Reply {
        let mut state = self.seat.lock();
        if state.is_dead {
            return Err(ChannelError::Fault);
        }
        state.asked = Some(ask);
        self.seat.bell.notify_all();
        // Without a limit: the test decides how long a card is silent.
        let mut state = self.seat.bell.wait_while(state, |state| state.reply.is_none() && !state.is_dead).unwrap();
        state.reply.take().unwrap_or(Err(ChannelError::Fault))
    }
}

impl Door for Thread {
    fn with_card(&mut self, place: &Place, work: &mut dyn FnMut(&mut dyn Channel) -> After) -> Result<(), ChannelError> {
        self.ask(Ask::Open(place.clone()))?;
        let mut after = work(self);
        if self.works_twice {
            after = work(self);
        }
        let _ = self.ask(Ask::Leave(after));
        Ok(())
    }
}

impl Channel for Thread {
    fn transmit(&mut self, command: &[u8]) -> Reply {
        self.ask(Ask::Command(command.to_vec()))
    }

    fn has_pad(&mut self) -> bool {
        self.ask(Ask::HasPad).is_ok_and(|answer| !answer.is_empty())
    }

    fn verify_on_pad(&mut self, command: &[u8], _: &dyn Fn() -> bool) -> Reply {
        self.ask(Ask::Pad(command.to_vec()))
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.ask(Ask::Reconnect).map(drop)
    }

    fn come_back(&mut self) -> Result<(), ChannelError> {
        self.ask(Ask::ComeBack).map(drop)
    }
}

/// Random numbers that are the same for the same seed everywhere (SplitMix64).
#[derive(Debug, Clone, Copy)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).cloned()
    }
}

/// Removes from a failing list of steps what it does not need to fail.
pub(super) fn shrunk(mut steps: Vec<u64>, fails: impl Fn(&[u64]) -> bool) -> Vec<u64> {
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < steps.len() {
            let mut fewer: VecDeque<u64> = steps.iter().copied().collect();
            fewer.drain(at..(at + size).min(steps.len()));
            let fewer: Vec<u64> = fewer.into();
            if fails(&fewer) {
                steps = fewer;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    steps
}
