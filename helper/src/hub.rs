//! The one task that owns all state: pages, readers, the lease, and the operation that runs.
//!
//! Sockets, the watch over the readers, the card thread and the PIN frame only send it [`Input`]s. Nothing is shared, nothing is locked.

mod frame;
mod machine;
#[cfg(test)]
#[cfg(feature = "simulator")]
mod machine_of_tries;
mod operation;
mod workers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use shared::bytes::Base64;
use shared::evidence::NONCE_LEN;
use shared::reader::{Answer, CardKind, ErrorCode, FRAME_MAX, Frame, Op, Request, State, VERSION, What};
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

pub(crate) use self::frame::{FrameView, Pressed};
use self::machine::Machine;
use self::operation::{Aim, Kept, Operation, Which};
use self::workers::Workers;
use crate::card::ChannelError;
use crate::card::jpki::Trouble;
use crate::conversation::Talk;
use crate::gate::Origin;
use crate::identity::Identity;
use crate::lease::{Lease, Wrongs};
use crate::reader::{Readers, Report};
use crate::work::{At, News, Outcome, Patience, Secret, Task, Work};

/// A card that someone else held is asked for its kind again after this pause.
const KIND_AGAIN: Duration = Duration::from_secs(1);

/// The way to the task; clones are the same way.
#[derive(Clone)]
pub(crate) struct Hub {
    inbox: mpsc::UnboundedSender<Input>,
    connections: Arc<AtomicU64>,
}

/// Everything that can happen.
pub(crate) enum Input {
    /// An allowed page connected.
    Joined { connection: u64, origin: Origin, frames: mpsc::Sender<Frame> },
    /// It sent a frame.
    Said { connection: u64, text: String },
    /// Its socket closed.
    Left { connection: u64 },
    /// The watch saw a change.
    Seen(Report),
    /// The card thread has news.
    News(News),
    /// A PIN frame loads.
    FrameOpened { ticket: String, reply: oneshot::Sender<FrameView> },
    /// A person pressed 確定.
    Pressed { ticket: String, secret: Secret, last_try_confirmed: bool, reply: oneshot::Sender<Pressed> },
    /// A person pressed 「やめる」 in the frame.
    Stopped { ticket: String, reply: oneshot::Sender<Pressed> },
    /// A page fetches the photo that was read for it.
    PhotoWanted { ticket: String, origin: Origin, reply: oneshot::Sender<Vec<u8>> },
    /// The program ends.
    End,
}

/// What the task needs from outside.
pub(crate) struct Means {
    pub(crate) readers: Box<dyn Readers>,
    /// 128 random bits for a ticket; `None` when the system has none.
    pub(crate) random: Box<dyn Fn() -> Option<[u8; 16]> + Send>,
    /// Time for the PIN frame.
    pub(crate) pin_step: Duration,
    /// How long a wrong PIN is remembered.
    pub(crate) wrong_memory: Duration,
    pub(crate) patience: Patience,
    pub(crate) identity: Identity,
}

impl Hub {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Input>) {
        let (inbox, inputs) = mpsc::unbounded_channel();
        (Self { inbox, connections: Arc::default() }, inputs)
    }

    /// Sends an input; after the end nobody listens, and that is fine.
    pub(crate) fn tell(&self, input: Input) {
        drop(self.inbox.send(input));
    }

    /// A number for a new connection.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::SeqCst) + 1
    }
}

struct Page {
    origin: Origin,
    frames: mpsc::Sender<Frame>,
    talk: Talk,
    /// The state it knows.
    state: Option<State>,
    /// An iPhone was locked when this page asked last: its person may choose to type a PIN.
    has_met_locked_phone: bool,
}

/// The state, and the only one who changes it.
pub(crate) struct HubTask {
    means: Means,
    pages: BTreeMap<u64, Page>,
    machine: Machine,
    lease: Lease,
    wrongs: Wrongs,
    workers: Workers,
    operations: Vec<Operation>,
    photos: Vec<Kept>,
    /// Tasks that ask for a kind: key → generation.
    kinds: BTreeMap<u64, u64>,
    /// The same, given up because another program holds the card.
    held: BTreeMap<u64, u64>,
    kind_again: Option<Instant>,
    keys: u64,
}

impl HubTask {
    pub(crate) fn new(hub: Hub, means: Means, first: Report) -> Self {
        let mut machine = Machine::new();
        machine.see(first);
        Self {
            workers: Workers::new(hub, means.patience),
            wrongs: Wrongs::new(means.wrong_memory),
            means,
            pages: BTreeMap::new(),
            machine,
            lease: Lease::default(),
            operations: Vec::new(),
            photos: Vec::new(),
            kinds: BTreeMap::new(),
            held: BTreeMap::new(),
            kind_again: None,
            keys: 0,
        }
    }

    /// Works until the end is told.
    pub(crate) async fn run(mut self, mut inputs: mpsc::UnboundedReceiver<Input>) {
        loop {
            let input = match self.due() {
                Some(due) => tokio::time::timeout_at(due.into(), inputs.recv()).await,
                None => Ok(inputs.recv().await),
            };
            match input {
                Ok(None) => return,
                Ok(Some(Input::End)) => return self.close(inputs).await,
                Ok(Some(input)) => self.take(input),
                Err(_) => self.overdue(Instant::now()),
            }
            self.tell_state();
        }
    }

    /// Ends every operation, and waits until the card was left: a verified card must not outlive the program.
    async fn close(mut self, mut inputs: mpsc::UnboundedReceiver<Input>) {
        let Patience { open, command, sign, .. } = self.means.patience;
        let until = Instant::now() + sign + command + open;
        self.end_all();
        while !self.workers.is_idle() {
            let due = self.workers.due().map_or(until, |due| due.min(until));
            match tokio::time::timeout_at(due.into(), inputs.recv()).await {
                Ok(Some(input @ Input::News(_))) => self.take(input),
                // Nothing else begins any more.
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(_) if Instant::now() >= until => return warn!("a card does not answer and is left as it is"),
                Err(_) => self.give_up_stuck(Instant::now()),
            }
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Joined { connection, origin, frames } => {
                self.pages.insert(connection, Page { origin, frames, talk: Talk::default(), state: None, has_met_locked_phone: false });
            }
            Input::Said { connection, text } => self.said(connection, &text),
            Input::Left { connection } => self.left(connection),
            Input::Seen(report) => {
                self.machine.see(report);
                self.end_without_card();
                self.ask_kinds();
            }
            Input::News(News::Step { key, step }) => self.step(key, step),
            Input::News(News::Done { key, outcome }) => {
                if self.workers.done(key, &*self.means.readers) {
                    self.done(key, outcome);
                } else if let Some(generation) = self.held.remove(&key) {
                    self.machine.ask_again(generation);
                    self.ask_kinds();
                }
            }
            Input::FrameOpened { ticket, reply } => self.frame_opened(&ticket, reply),
            Input::Pressed { ticket, secret, last_try_confirmed, reply } => self.pressed(&ticket, secret, last_try_confirmed, reply),
            Input::Stopped { ticket, reply } => self.stopped(&ticket, reply),
            Input::PhotoWanted { ticket, origin, reply } => self.photo_wanted(&ticket, &origin, reply),
            Input::End => {}
        }
    }

    /// The next moment at which something is late.
    fn due(&self) -> Option<Instant> {
        let entries = self.operations.iter().filter_map(Operation::due);
        let photos = self.photos.iter().map(|kept| kept.due);
        entries.chain(photos).chain(self.workers.due()).chain(self.kind_again).min()
    }

    fn overdue(&mut self, now: Instant) {
        if self.kind_again.is_some_and(|again| again <= now) {
            self.kind_again = None;
            self.ask_kinds();
        }
        self.end_late(now);
        self.photos.retain(|kept| now < kept.due);
        self.give_up_stuck(now);
    }

    /// Gives up every task whose thread did not move in time.
    fn give_up_stuck(&mut self, now: Instant) {
        loop {
            let spare = self.next_key();
            let Some((key, at)) = self.workers.give_up_stuck(now, spare, &*self.means.readers) else { return };
            match self.kinds.remove(&key) {
                // Held by another program: asked again when its thread comes back, so that one card costs one thread.
                Some(generation) if at == At::Opening => drop(self.held.insert(key, generation)),
                Some(generation) => self.machine.set_kind(generation, CardKind::Mute),
                None => self.stuck(key, at),
            }
        }
    }

    fn said(&mut self, connection: u64, text: &str) {
        let Some(page) = self.pages.get_mut(&connection) else { return };
        match page.talk.read(text) {
            Err((id, code)) => self.send(connection, Frame::Err { id, err: code.unspent() }),
            Ok(Request { id, op: Op::Hello { nonce, .. }, .. }) => self.hello(connection, id, nonce.as_ref()),
            Ok(Request { id, op: Op::Cancel { target }, .. }) => {
                if !self.cancel(connection, target, id) {
                    self.send(connection, Frame::Ok { id, ok: Answer::Cancel { was_running: false } });
                }
            }
            Ok(Request { id, op, .. }) => {
                if let Err(code) = self.operate(connection, id, op) {
                    self.fail(connection, id, code.unspent());
                }
            }
        }
    }

    /// Begins what a page asks of a card.
    fn operate(&mut self, connection: u64, id: u64, op: Op) -> Result<(), ErrorCode> {
        let (reader, generation, take, aim) = match op {
            Op::Authenticate { reader, generation, nonce, statement, with_pin, take } => {
                (reader, generation, take, self.message(connection, &nonce.0, &statement.0, with_pin)?)
            }
            Op::Identify { consented: false, .. } | Op::Face { consented: false, .. } => return Err(ErrorCode::ConsentMissing),
            Op::Identify { reader, generation, take, .. } => (reader, generation, take, Aim::Identify),
            Op::PinStatus { reader, generation, take } => (reader, generation, take, Aim::PinStatus),
            Op::Face { reader, generation, take, .. } => (reader, generation, take, Aim::Face),
            Op::Hello { .. } | Op::Cancel { .. } => return Err(ErrorCode::UnknownOp),
        };
        self.begin(connection, id, &Which { reader: &reader, generation, take }, aim)
    }

    fn hello(&mut self, connection: u64, id: u64, nonce: Option<&Base64>) {
        let origin = self.pages.get(&connection).map(|page| page.origin.clone());
        let nonce: Option<&[u8; NONCE_LEN]> = nonce.and_then(|nonce| nonce.0.as_slice().try_into().ok());
        let identity = origin.zip(nonce).and_then(|(origin, nonce)| self.means.identity.sign(&origin, nonce));
        let state = self.state_for(connection);
        if let Some(page) = self.pages.get_mut(&connection) {
            page.state = Some(state.clone());
        }
        let hello = Answer::Hello {
            version: VERSION,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            frame_max: FRAME_MAX,
            simulator: self.means.readers.is_simulator(),
            identity,
            state,
        };
        self.send(connection, Frame::Ok { id, ok: hello });
        self.ask_kinds();
    }

    fn left(&mut self, connection: u64) {
        if self.pages.remove(&connection).is_some() {
            self.end_all_of(connection, ErrorCode::Cancelled);
            self.photos.retain(|kept| kept.connection != connection);
        }
    }

    fn state_for(&self, connection: u64) -> State {
        let (service, readers) = self.machine.view();
        State { service, readers, lease: self.lease.seen_by(connection) }
    }

    /// Tells every page that greeted what it does not know yet.
    fn tell_state(&mut self) {
        let connections: Vec<u64> = self.pages.iter().filter(|(_, page)| page.state.is_some()).map(|(at, _)| *at).collect();
        for connection in connections {
            let state = self.state_for(connection);
            if let Some(page) = self.pages.get_mut(&connection).filter(|page| page.state.as_ref() != Some(&state)) {
                page.state = Some(state.clone());
                self.event(connection, What::State { state });
            }
        }
    }

    fn event(&mut self, connection: u64, what: What) {
        if let Some(page) = self.pages.get_mut(&connection) {
            let frame = page.talk.event(what);
            self.send(connection, frame);
        }
    }

    /// Sends a frame; a page that does not take its frames is let go.
    fn send(&mut self, connection: u64, frame: Frame) {
        let Some(page) = self.pages.get(&connection) else { return };
        if page.frames.try_send(frame).is_err() {
            warn!(connection, "the page does not take its frames and is let go");
            self.left(connection);
        }
    }

    /// Asks new cards what they are; only while an allowed page is there that greeted.
    fn ask_kinds(&mut self) {
        if !self.pages.values().any(|page| page.talk.has_greeted) {
            return;
        }
        for (generation, place) in self.machine.take_unasked() {
            let key = self.next_key();
            self.kinds.insert(key, generation);
            self.workers.give(Task { key, place, stop: Arc::default(), work: Work::Kind }, &*self.means.readers);
        }
    }

    fn kind_later(&mut self, generation: u64) {
        self.machine.ask_again(generation);
        self.kind_again = Some(Instant::now() + KIND_AGAIN);
    }

    fn done(&mut self, key: u64, outcome: Outcome) {
        let Some(generation) = self.kinds.remove(&key) else { return self.operation_done(key, outcome) };
        match outcome {
            Outcome::Kind(Ok(kind)) => {
                info!(generation, ?kind, "card recognised");
                self.machine.set_kind(generation, kind);
            }
            // If it is still there, or there again, it is asked again; if not, nobody is.
            Outcome::Kind(Err(Trouble::Channel(ChannelError::Busy | ChannelError::ReaderLost | ChannelError::Removed))) => {
                self.kind_later(generation);
            }
            Outcome::Kind(Err(_))
            | Outcome::Asked(_)
            | Outcome::FaceFiles(_)
            | Outcome::Face(_)
            | Outcome::Authenticate(_)
            | Outcome::PoweredOff
            | Outcome::Broken => {
                self.machine.set_kind(generation, CardKind::Mute);
            }
        }
    }

    fn next_key(&mut self) -> u64 {
        self.keys += 1;
        self.keys
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;
    use crate::card::{After, Channel};
    use crate::reader::{Door, Place, Presence, Reporter, Slot};

    /// A reader whose card another program holds until it is released.
    #[derive(Clone, Default)]
    struct Held(Arc<(Mutex<bool>, Condvar)>);

    impl Readers for Held {
        fn watch(&self, _: Reporter) -> Box<dyn Send> {
            Box::new(())
        }

        fn door(&self) -> Box<dyn Door> {
            Box::new(self.clone())
        }

        fn is_simulator(&self) -> bool {
            true
        }
    }

    impl Door for Held {
        fn with_card(&mut self, _: &Place, _: &mut dyn FnMut(&mut dyn Channel) -> After) -> Result<(), ChannelError> {
            let (is_free, bell) = &*self.0;
            drop(bell.wait_while(is_free.lock().unwrap(), |is_free| !*is_free));
            Err(ChannelError::Busy)
        }
    }

    #[test]
    fn a_card_that_another_program_holds_is_asked_again_only_when_its_thread_comes_back() {
        let (hub, mut inputs) = Hub::new();
        let held = Held::default();
        let means = Means {
            readers: Box::new(held.clone()),
            random: Box::new(|| None),
            pin_step: Duration::from_secs(1),
            wrong_memory: Duration::from_secs(600),
            patience: Patience::default(),
            identity: Identity::new(None),
        };
        let card = Some(Presence { mark: 1, is_mute: false });
        let mut hub_task = HubTask::new(hub, means, Report::Slots(vec![Slot { name: "A reader".to_owned(), card }]));
        let (frames, _outbox) = mpsc::channel(64);
        hub_task.take(Input::Joined { connection: 1, origin: Origin::parse("http://localhost:8080").unwrap(), frames });
        hub_task.take(Input::Said { connection: 1, text: r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja"}"#.to_owned() });
        let due = hub_task.due().expect("the card is asked");
        hub_task.overdue(due + Duration::from_millis(1));
        assert_eq!(hub_task.due(), None, "neither a task nor a timer");
        hub_task.take(Input::Seen(Report::Slots(vec![Slot { name: "A reader".to_owned(), card }])));
        assert_eq!(hub_task.due(), None, "a look at the readers asks nothing of a held card");

        let (is_free, bell) = &*held.0;
        *is_free.lock().unwrap() = true;
        bell.notify_all();
        hub_task.take(inputs.blocking_recv().expect("the thread comes back"));
        assert!(hub_task.due().is_some(), "asked again");
    }
}
