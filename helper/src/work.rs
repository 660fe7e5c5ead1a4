//! The thread that works with cards: one task at a time, each in one transaction, each watched.

use std::cell::Cell;
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
use crate::picture;
use crate::reader::{COME_BACK, Door, Place};

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
    /// All commands of a task together; a person at the keys does not count. A card that answers each one just in time would hold its
    /// reader for as long as it likes.
    pub task: Duration,
}

/// How long a reader is spared READs with extended Le after one was refused or broke. Cards differ as well as readers: another card may take
/// them, and all that a new try costs is one command.
const EXTENDED_MEMORY: Duration = Duration::from_secs(60 * 60);

impl Default for Patience {
    /// `card.md` §10: 5 s for SIGN, 2 s for others; `reader-helper.md` §5.6: 90 s at the keys, and the reader ends it by itself. A visit with
    /// a slow card and its slowest signature takes 8 s.
    fn default() -> Self {
        let [open, command, sign, pad, task] = [3, 2, 5, 95, 30].map(Duration::from_secs);
        Self { open, command, sign, pad, task }
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
    Ask { kind: Option<CardKind>, ask: Ask },
    /// The signature. Without a PIN the reader's own keys take it.
    Authenticate { pin: Option<Pin>, seen: Tries, last_try_confirmed: bool, message: Vec<u8>, is_iphone: bool },
    /// The photo in the chip.
    Face { code: FaceCode, seen: Tries, last_try_confirmed: bool },
    /// Nothing but to take the power from a card that a given-up thread may have left verified.
    PowerOff,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    /// How many tries are left of the PIN, before it is asked for? An iPhone signs the message at once, if its owner has unlocked it; its
    /// PIN is asked for only where a person wishes so.
    Sign { message: Vec<u8>, with_pin: bool },
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
    /// The phone's owner had unlocked it.
    Signed(Signed),
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
            Self::PowerOff => Outcome::PoweredOff,
        }
    }
}

/// What came of a task.
pub(crate) enum Outcome {
    Kind(Result<CardKind, Trouble>),
    Asked(Result<(CardKind, Told), Trouble>),
    Authenticate(Result<Signed, Failed>),
    /// On its way from the card to a [`Photo`]; never leaves this thread.
    FaceFiles(Result<FaceFiles, Failed>),
    Face(Result<Photo, Failed>),
    /// Nobody waits for it.
    PoweredOff,
    /// Our own fault: the work panicked. Whether a try was spent is not known after the press.
    Broken,
}

impl Outcome {
    /// The same outcome with its trouble seen in another light.
    fn seen(self, light: impl FnOnce(Trouble) -> Trouble) -> Self {
        match self {
            Self::Kind(Err(trouble)) => Self::Kind(Err(light(trouble))),
            Self::Asked(Err(trouble)) => Self::Asked(Err(light(trouble))),
            Self::Authenticate(Err(failed)) => Self::Authenticate(Err(Failed { trouble: light(failed.trouble), ..failed })),
            Self::FaceFiles(Err(failed)) => Self::FaceFiles(Err(Failed { trouble: light(failed.trouble), ..failed })),
            other => other,
        }
    }
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
    /// Counts the threads of this program from 0.
    pub(crate) number: usize,
    tasks: mpsc::Sender<Task>,
    pace: Arc<Pace>,
}

/// What is known of each reader, for every thread.
pub(crate) type Manners = Arc<Mutex<BTreeMap<String, Manner>>>;

/// What is known of one reader.
#[derive(Default)]
pub(crate) struct Manner {
    extended: Arc<Mutex<Extended>>,
    /// When a task first found it refused.
    refused: Option<Instant>,
}

impl Manner {
    /// What is known now: a refusal is forgotten in time.
    fn now(&mut self, now: Instant) -> Arc<Mutex<Extended>> {
        let mut extended = self.extended.lock().unwrap_or_else(PoisonError::into_inner);
        self.refused = (*extended == Extended::Refused).then(|| self.refused.unwrap_or(now));
        if self.refused.is_some_and(|refused| now.saturating_duration_since(refused) >= EXTENDED_MEMORY) {
            (*extended, self.refused) = (Extended::Unknown, None);
        }
        drop(extended);
        Arc::clone(&self.extended)
    }
}

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
        number: usize,
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
        Ok(Self { number, tasks, pace })
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
        let extended =
            self.manners.lock().unwrap_or_else(PoisonError::into_inner).entry(place.reader.clone()).or_default().now(Instant::now());
        let (pace, patience, news) = (&*self.pace, self.patience, &*self.news);
        let mut outcome = None;
        let opened = self.door.with_card(&place, &mut |channel| {
            let at_keys = Cell::new(Duration::ZERO);
            let begun = Instant::now();
            let is_late = || begun.elapsed().saturating_sub(at_keys.get()) >= patience.task;
            let stopped = || stop.load(Ordering::SeqCst) || is_late();
            let mut channel = Paced { channel, pace, patience, at_keys: &at_keys };
            pace.go(At::Talking);
            let mut progress = |step| {
                pace.go(if step == Step::Verifying { At::Verifying } else { At::Verified });
                news(News::Step { key, step });
            };
            // A panic must not leave a verified card behind, nor end the thread.
            let ran = catch_unwind(AssertUnwindSafe(|| converse(&mut channel, &work, &extended, &stopped, &mut progress)));
            let (came, after) = ran.unwrap_or((Outcome::Broken, After::Unpower));
            pace.set(patience.command);
            let came = match came {
                // An application that was there and is not, a file that cannot be: it is another card, or the same one placed anew.
                Outcome::Kind(Ok(CardKind::UnknownToken | CardKind::Foreign)) if !channel.is_there() => {
                    Outcome::Kind(Err(ChannelError::Removed.into()))
                }
                came => came.seen(|trouble| match trouble {
                    Trouble::Stopped if !stop.load(Ordering::SeqCst) => Trouble::TooSlow,
                    odd if may_be_absence(odd) && !channel.is_there() => ChannelError::Removed.into(),
                    other => other,
                }),
            };
            outcome = Some(came);
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

/// Whether a card that is not there any more may be all that is wrong.
fn may_be_absence(trouble: Trouble) -> bool {
    match trouble {
        Trouble::Channel(ChannelError::Fault)
        | Trouble::NotThisCard
        | Trouble::NewerCard
        | Trouble::TooLong(_)
        | Trouble::PhoneLocked
        | Trouble::NoCertificate
        | Trouble::Refused(..)
        | Trouble::Nonsense(_) => true,
        Trouble::Channel(ChannelError::Removed | ChannelError::ReaderLost | ChannelError::Busy)
        | Trouble::Stopped
        | Trouble::TooSlow
        | Trouble::Locked
        | Trouble::WrongPin(_)
        | Trouble::PadCancelled
        | Trouble::PadTimeout
        | Trouble::CounterFell(_) => false,
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
        Work::Ask { kind, ask } => {
            let mut after = After::Leave;
            let known = kind.map_or_else(|| jpki::kind(channel, stop), Ok);
            let told = known.and_then(|kind| {
                let told = match (kind, ask) {
                    (CardKind::JukiCard | CardKind::UnknownToken | CardKind::Foreign | CardKind::Mute, _) => Told::Kind,
                    (CardKind::PhoneIos, Ask::Sign { message, with_pin: false }) => {
                        let signed;
                        (signed, after) = jpki::authenticate_iphone(channel, None, message, extended, stop, progress);
                        Told::Signed(signed.map_err(|failed| failed.trouble)?)
                    }
                    (_, Ask::Sign { .. }) => {
                        let tries = jpki::tries(channel, stop).map_err(|trouble| match trouble {
                            // No such PIN: it is its owner's face or finger after all.
                            Trouble::NoCertificate if kind == CardKind::PhoneIos => Trouble::PhoneLocked,
                            other => other,
                        });
                        Told::Tries(tries?, channel.has_pad())
                    }
                    // A phone holds certificates only, and none that is free.
                    (CardKind::PhoneAndroid | CardKind::PhoneIos, Ask::FaceTries | Ask::Certificate) => Told::Kind,
                    (CardKind::MyNumberCard, Ask::FaceTries) => Told::Tries(face::tries(channel, stop)?, false),
                    (CardKind::MyNumberCard, Ask::Certificate) => Told::Certificate(jpki::identify(channel, extended, stop)?),
                    (_, Ask::Status) => Told::Status(jpki::status(channel, stop)?),
                };
                Ok((kind, told))
            });
            (Outcome::Asked(told), after)
        }
        Work::Authenticate { pin, seen, last_try_confirmed, message, is_iphone } => {
            let entry = pin.as_ref().map_or(Entry::Pad, Entry::Typed);
            let press = Press { entry, seen: *seen, last_try_confirmed: *last_try_confirmed };
            let (signed, after) = if *is_iphone {
                jpki::authenticate_iphone(channel, Some(&press), message, extended, stop, progress)
            } else {
                jpki::authenticate(channel, &press, message, extended, stop, progress)
            };
            (Outcome::Authenticate(signed), after)
        }
        // A thread that came too late to it takes the power from nobody.
        Work::PowerOff => (Outcome::PoweredOff, if stop() { After::Leave } else { After::Unpower }),
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
    let png = picture::to_png(face.photo()).map_err(|inner| {
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
    /// Time that a person had at the reader's own keys; without end while they are there.
    at_keys: &'a Cell<Duration>,
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
        let (start, before) = (Instant::now(), self.at_keys.replace(Duration::MAX));
        let answer = self.watched(self.patience.pad, command, |channel| channel.verify_on_pad(command, stop));
        self.at_keys.set(before + start.elapsed());
        answer
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.pace.set(self.patience.open);
        self.channel.reconnect()
    }

    fn come_back(&mut self) -> Result<(), ChannelError> {
        self.pace.set(COME_BACK + self.patience.open);
        self.channel.come_back()
    }

    fn is_there(&mut self) -> bool {
        self.channel.is_there()
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

    /// Readers are plugged in for months: what one card could not do must not be held against all others for as long.
    #[test]
    fn a_reader_is_spared_long_reads_for_an_hour_and_no_longer() {
        let (mut manner, start) = (Manner::default(), Instant::now());
        let at = |minutes: u64| start + Duration::from_secs(60 * minutes);
        let now = |manner: &mut Manner, minutes| *manner.now(at(minutes)).lock().unwrap();
        assert_eq!(now(&mut manner, 0), Extended::Unknown);
        *manner.extended.lock().unwrap() = Extended::Refused;
        assert_eq!([1, 30, 60].map(|minutes| now(&mut manner, minutes)), [Extended::Refused; 3]);
        assert_eq!(now(&mut manner, 61), Extended::Unknown, "an hour after a task found it");
        *manner.extended.lock().unwrap() = Extended::Works;
        assert_eq!([62, 1000].map(|minutes| now(&mut manner, minutes)), [Extended::Works; 2]);
        *manner.extended.lock().unwrap() = Extended::Refused;
        assert_eq!([1001, 1060, 1061].map(|minutes| now(&mut manner, minutes)), [Extended::Refused, Extended::Refused, Extended::Unknown]);
    }

    /// A card that was pulled and put back between two commands, so quickly that the exchange went on: it answers as one without a selected
    /// application, and the reader knows that it left.
    struct Replaced {
        is_there: bool,
    }

    impl Door for Replaced {
        fn with_card(&mut self, _: &Place, work: &mut dyn FnMut(&mut dyn Channel) -> After) -> Result<(), ChannelError> {
            work(self);
            Ok(())
        }
    }

    impl Channel for Replaced {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
            Ok(if command.get(1) == Some(&0xA4) { vec![0x90, 0x00] } else { vec![0x6A, 0x82] })
        }

        fn reconnect(&mut self) -> Result<(), ChannelError> {
            Ok(())
        }

        fn is_there(&mut self) -> bool {
            self.is_there
        }
    }

    fn outcome(door: Box<dyn Door>, work: Work) -> Outcome {
        let (tell, told) = mpsc::channel();
        let news = Box::new(move |news| drop(tell.send(news)));
        let worker = Worker::start(0, door, Patience::default(), news, Manners::default(), Arc::default()).unwrap();
        let place = Place { reader: "A reader".to_owned(), mark: 1 };
        worker.give(Task { key: 1, place, stop: Arc::default(), work }, Patience::default());
        loop {
            if let News::Done { outcome, .. } = told.recv_timeout(Duration::from_secs(60)).expect("an end") {
                return outcome;
            }
        }
    }

    #[test]
    fn a_card_pulled_between_two_commands_was_removed_and_is_neither_unknown_nor_empty_nor_at_fault() {
        let kind = |is_there| outcome(Box::new(Replaced { is_there }), Work::Kind);
        assert!(matches!(kind(true), Outcome::Kind(Ok(CardKind::UnknownToken))), "control: a card that is there is what it says");
        assert!(matches!(kind(false), Outcome::Kind(Err(Trouble::Channel(ChannelError::Removed)))));
        let identify = |is_there| {
            let work = Work::Ask { kind: Some(CardKind::MyNumberCard), ask: Ask::Certificate };
            match outcome(Box::new(Replaced { is_there }), work) {
                Outcome::Asked(Err(trouble)) => trouble,
                _ => panic!("no certificate"),
            }
        };
        assert_eq!(identify(true), Trouble::NoCertificate, "control");
        assert_eq!(identify(false), Trouble::Channel(ChannelError::Removed));
        let pin = || Some(Pin::parse(b"1234").unwrap());
        let sign = |is_there| {
            let work =
                Work::Authenticate { pin: pin(), seen: Tries::Left(3), last_try_confirmed: false, message: Vec::new(), is_iphone: false };
            match outcome(Box::new(Replaced { is_there }), work) {
                Outcome::Authenticate(Err(failed)) => (failed.trouble, failed.spent),
                _ => panic!("nothing is signed"),
            }
        };
        assert!(matches!(sign(true), (Trouble::Refused(..), Spent::No)), "control");
        assert_eq!(sign(false), (Trouble::Channel(ChannelError::Removed), Spent::No));
    }

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
        let worker = Worker::start(0, Box::new(Broken), Patience::default(), news, Manners::default(), Arc::default()).unwrap();
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
