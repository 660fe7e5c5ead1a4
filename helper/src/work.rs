//! The thread that works with cards: one task at a time, each in one transaction, each watched.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use shared::reader::{CardKind, FaceSignature, Spent, Step};
use tracing::{debug, error, trace};

use crate::card::face::{self, Face, FaceCode, FaceFiles};
use crate::card::jpki::{self, Entry, Extended, Failed, Pin, Press, Signed, Tries, Trouble};
use crate::card::{After, Channel, ChannelError};
use crate::photo;
use crate::reader::{Door, Place};

/// How long the parts of a task may take before it is given up.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until the card is ours alone.
    pub open: Duration,
    /// One command.
    pub command: Duration,
    /// The command that signs.
    pub sign: Duration,
    /// A person at the reader's own keys.
    pub pad: Duration,
}

impl Default for Patience {
    /// `card.md` §10: 5 s for SIGN, 2 s for others; `reader-helper.md` §5.6: 90 s at the keys, and the reader ends it by itself.
    fn default() -> Self {
        let [open, command, sign, pad] = [3, 2, 5, 95].map(Duration::from_secs);
        Self { open, command, sign, pad }
    }
}

/// One piece of work with one card.
pub(crate) struct Task {
    /// Names the task; never used again.
    pub(crate) key: u64,
    pub(crate) place: Place,
    /// Set to end the task before its next command.
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) work: Work,
}

/// What is to be done.
pub(crate) enum Work {
    /// What card is it?
    Kind,
    /// Something that takes no secret. With the kind, where it is not known yet.
    Ask { with_kind: bool, ask: Ask },
    /// The signature. Without a PIN the reader's own keys take it.
    Authenticate { pin: Option<Pin>, seen: Tries, last_try_confirmed: bool, message: Vec<u8> },
    /// The photo in the chip.
    Face { code: FaceCode, seen: Tries, last_try_confirmed: bool },
}

/// What a person gave with a press in the frame.
pub(crate) enum Secret {
    /// The four digits.
    Pin(Pin),
    /// The fourteen digits of 照合番号B.
    FaceCode(FaceCode),
    /// Nothing: the digits are typed on the reader's own keys.
    OnPad,
}

/// What a card tells without a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// How many tries are left of the PIN, before it is asked for?
    Tries,
    /// How many tries are left of 照合番号B?
    FaceTries,
    /// The certificate.
    Certificate,
    /// The counters of all PINs.
    Status,
}

/// What it told.
pub(crate) enum Told {
    /// Tries left, and whether the reader has keys of its own.
    Tries(Tries, bool),
    Certificate(Vec<u8>),
    Status(jpki::Status),
    /// Nothing more than its kind: it is not a card that can be asked.
    Kind,
}

impl Work {
    /// The outcome when the card could not be had: nothing was sent.
    pub(crate) fn not_begun(&self, error: ChannelError) -> Outcome {
        match self {
            Self::Kind => Outcome::Kind(Err(error.into())),
            Self::Ask { .. } => Outcome::Asked(Err(error.into())),
            Self::Face { .. } => Outcome::Face(Err(Failed { trouble: error.into(), spent: Spent::No })),
            Self::Authenticate { .. } => Outcome::Authenticate(Err(Failed { trouble: error.into(), spent: Spent::No })),
        }
    }
}

/// What came of a task.
pub(crate) enum Outcome {
    Kind(Result<CardKind, Trouble>),
    Asked(Result<(Option<CardKind>, Told), Trouble>),
    Authenticate(Result<Signed, Failed>),
    /// On its way from the card to a [`Photo`]; never leaves this thread.
    FaceFiles(Result<FaceFiles, Failed>),
    Face(Result<Photo, Failed>),
    /// Our own fault: the work panicked. Whether a try was spent is not known after the press.
    Broken,
}

/// A photo, ready to be shown.
pub(crate) struct Photo {
    pub(crate) png: Vec<u8>,
    pub(crate) signature: FaceSignature,
}

/// News from the thread.
pub(crate) enum News {
    Step { key: u64, step: Step },
    Done { key: u64, outcome: Outcome },
}

/// A thread at work, and whether it still moves.
pub(crate) struct Worker {
    tasks: mpsc::Sender<Task>,
    pace: Arc<Pace>,
}

/// What is known of each reader, for every thread.
pub(crate) type Manners = Arc<Mutex<BTreeMap<String, Arc<Mutex<Extended>>>>>;

/// Until when the thread should have moved.
struct Pace {
    start: Instant,
    due_ms: AtomicU64,
    at: AtomicU8,
}

/// Where a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Waits for the card to be free.
    Opening,
    /// Talks; no PIN was sent.
    Talking,
    /// A PIN is with the card, its answer is not here.
    Verifying,
    /// The PIN was right.
    Verified,
}

impl Pace {
    fn set(&self, limit: Duration) {
        let due = self.start.elapsed() + limit;
        self.due_ms.store(u64::try_from(due.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    fn go(&self, at: At) {
        self.at.store(at as u8, Ordering::SeqCst);
    }
}

impl Worker {
    /// Starts a thread; it holds `alive` until it is over.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(crate) fn start(
        door: Box<dyn Door>,
        patience: Patience,
        news: Box<dyn Fn(News) + Send>,
        manners: Manners,
        alive: Arc<()>,
    ) -> std::io::Result<Self> {
        let (tasks, inbox) = mpsc::channel();
        let pace = Arc::new(Pace { start: Instant::now(), due_ms: AtomicU64::new(u64::MAX), at: AtomicU8::new(0) });
        let mut hand = Hand { door, patience, news, pace: Arc::clone(&pace), manners };
        std::thread::Builder::new().name("card".to_owned()).stack_size(512 * 1024).spawn(move || {
            while let Ok(task) = inbox.recv() {
                hand.run(task);
            }
            drop(alive);
        })?;
        Ok(Self { tasks, pace })
    }

    /// Hands over a task; one at a time, or the watch over it means nothing.
    pub(crate) fn give(&self, task: Task, patience: Patience) {
        self.pace.go(At::Opening);
        self.pace.set(patience.open);
        if self.tasks.send(task).is_err() {
            error!("the card thread is gone");
        }
    }

    /// Until when the running task should have moved.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.pace.start.checked_add(Duration::from_millis(self.pace.due_ms.load(Ordering::SeqCst)))
    }

    /// Where the running task is.
    pub(crate) fn at(&self) -> At {
        let at = self.pace.at.load(Ordering::SeqCst);
        [At::Opening, At::Talking, At::Verifying].into_iter().find(|known| *known as u8 == at).unwrap_or(At::Verified)
    }
}

/// The thread's own things.
struct Hand {
    door: Box<dyn Door>,
    patience: Patience,
    news: Box<dyn Fn(News) + Send>,
    pace: Arc<Pace>,
    manners: Manners,
}

impl Hand {
    fn run(&mut self, task: Task) {
        let key = task.key;
        // Whatever breaks down, also after the card was left: somebody waits for the outcome, and the next task for this one's end.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.outcome(task))).unwrap_or(Outcome::Broken);
        self.pace.due_ms.store(u64::MAX, Ordering::SeqCst);
        (self.news)(News::Done { key, outcome });
    }

    /// Carries out a task. Its PIN is wiped before anyone hears of the outcome.
    fn outcome(&mut self, task: Task) -> Outcome {
        let Task { key, place, stop, work } = task;
        let stopped = || stop.load(Ordering::SeqCst);
        let extended = Arc::clone(self.manners.lock().unwrap_or_else(PoisonError::into_inner).entry(place.reader.clone()).or_default());
        let (pace, patience, news) = (&*self.pace, self.patience, &*self.news);
        let mut outcome = None;
        let opened = self.door.with_card(&place, &mut |channel| {
            let mut channel = Paced { channel, pace, patience };
            pace.go(At::Talking);
            let mut progress = |step| {
                pace.go(if step == Step::Verifying { At::Verifying } else { At::Verified });
                news(News::Step { key, step });
            };
            // A panic must not leave a verified card behind, nor end the thread.
            let ran = catch_unwind(AssertUnwindSafe(|| converse(&mut channel, &work, &extended, &stopped, &mut progress)));
            let (came, after) = ran.unwrap_or((Outcome::Broken, After::Unpower));
            outcome = Some(came);
            pace.set(patience.command);
            after
        });
        self.pace.due_ms.store(u64::MAX, Ordering::SeqCst);
        match (opened, outcome) {
            // Pictures are made when the card is free again.
            (Ok(()), Some(Outcome::FaceFiles(read))) => Outcome::Face(read.and_then(|files| develop(&files).map_err(Failed::from))),
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Outcome::Broken,
            (Err(error), _) => work.not_begun(error),
        }
    }
}

fn converse(
    channel: &mut dyn Channel,
    work: &Work,
    extended: &Mutex<Extended>,
    stop: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(Step),
) -> (Outcome, After) {
    match work {
        Work::Kind => (Outcome::Kind(jpki::kind(channel, stop)), After::Leave),
        Work::Ask { with_kind, ask } => {
            let kind = if *with_kind { jpki::kind(channel, stop).map(Some) } else { Ok(None) };
            let told = kind.and_then(|kind| {
                let told = match (kind, ask) {
                    (Some(CardKind::JukiCard | CardKind::UnknownToken | CardKind::Foreign | CardKind::Mute), _) => Told::Kind,
                    (_, Ask::Tries) => Told::Tries(jpki::tries(channel, stop)?, channel.has_pad()),
                    (_, Ask::FaceTries) => Told::Tries(face::tries(channel, stop)?, false),
                    (Some(CardKind::Phone), Ask::Certificate) => Told::Kind,
                    (_, Ask::Certificate) => Told::Certificate(jpki::identify(channel, extended, stop)?),
                    (_, Ask::Status) => Told::Status(jpki::status(channel, stop)?),
                };
                Ok((kind, told))
            });
            (Outcome::Asked(told), After::Leave)
        }
        Work::Authenticate { pin, seen, last_try_confirmed, message } => {
            let entry = pin.as_ref().map_or(Entry::Pad, Entry::Typed);
            let press = Press { entry, seen: *seen, last_try_confirmed: *last_try_confirmed };
            let (signed, after) = jpki::authenticate(channel, &press, message, extended, stop, progress);
            (Outcome::Authenticate(signed), after)
        }
        Work::Face { code, seen, last_try_confirmed } => {
            let press = Press { entry: Entry::Typed(code), seen: *seen, last_try_confirmed: *last_try_confirmed };
            let (read, after) = face::read(channel, &press, extended, stop, progress);
            (Outcome::FaceFiles(read), after)
        }
    }
}

/// Makes what a page may show of what the card gave.
fn develop(files: &FaceFiles) -> Result<Photo, Trouble> {
    let face = Face::parse(&files.face).map_err(|inner| {
        debug!(%inner, "no card face");
        Trouble::Nonsense("the card face cannot be read")
    })?;
    let png = photo::to_png(face.photo()).map_err(|inner| {
        debug!(%inner, "no photo");
        Trouble::Nonsense("the photo cannot be read")
    })?;
    let signature = files.certificate.as_deref().map_or(FaceSignature::NotChecked, |certificate| face.signature(certificate));
    Ok(Photo { png, signature })
}

/// Watches the clock and writes the log: class, instruction, lengths, status word; nothing else of a command is ever logged.
struct Paced<'a> {
    channel: &'a mut dyn Channel,
    pace: &'a Pace,
    patience: Patience,
}

impl Channel for Paced<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let limit = if command.get(1) == Some(&0x2A) { self.patience.sign } else { self.patience.command };
        self.watched(limit, command, |channel| channel.transmit(command))
    }

    fn has_pad(&mut self) -> bool {
        self.pace.set(self.patience.command);
        self.channel.has_pad()
    }

    fn verify_on_pad(&mut self, command: &[u8], stop: &dyn Fn() -> bool) -> Result<Vec<u8>, ChannelError> {
        self.watched(self.patience.pad, command, |channel| channel.verify_on_pad(command, stop))
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.pace.set(self.patience.open);
        self.channel.reconnect()
    }
}

impl Paced<'_> {
    fn watched(
        &mut self,
        limit: Duration,
        command: &[u8],
        exchange: impl FnOnce(&mut dyn Channel) -> Result<Vec<u8>, ChannelError>,
    ) -> Result<Vec<u8>, ChannelError> {
        let (class, instruction) = (command.first().copied().unwrap_or(0), command.get(1).copied().unwrap_or(0));
        self.pace.set(limit);
        let start = Instant::now();
        let answer = exchange(self.channel);
        let took_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        match &answer {
            Ok(bytes) => {
                let status = bytes.last_chunk::<2>().map_or(0, |sw| u16::from_be_bytes(*sw));
                let (sent, got) = (command.len(), bytes.len());
                trace!(
                    took_us,
                    "card: class={class:02X} instruction={instruction:02X} sent_bytes={sent} got_bytes={got} status={status:04X}"
                );
            }
            Err(error) => debug!(took_us, %error, "card: class={class:02X} instruction={instruction:02X}: no answer"),
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Door for Broken {
        fn with_card(&mut self, _: &Place, _: &mut dyn FnMut(&mut dyn Channel) -> After) -> Result<(), ChannelError> {
            panic!("outside of the conversation")
        }
    }

    #[test]
    fn a_task_that_breaks_down_anywhere_still_has_an_end_and_so_has_the_next() {
        let (tell, told) = mpsc::channel();
        let news = Box::new(move |news| drop(tell.send(news)));
        let worker = Worker::start(Box::new(Broken), Patience::default(), news, Manners::default(), Arc::default()).unwrap();
        for key in 1..=2 {
            let place = Place { reader: "A reader".to_owned(), mark: 1 };
            worker.give(Task { key, place, stop: Arc::default(), work: Work::Kind }, Patience::default());
            let Ok(News::Done { key: done, outcome: Outcome::Broken }) = told.recv_timeout(Duration::from_secs(60)) else {
                panic!("no end of task {key}")
            };
            assert_eq!(done, key);
        }
    }
}
