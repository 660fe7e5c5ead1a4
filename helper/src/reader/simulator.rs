//! Simulated readers around virtual cards, steered by lines of text ([`ORDERS`]). One reader is there at the start.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use virtual_card::{Card, Wanted};
use zeroize::Zeroizing;

use super::{COME_BACK, Door, Place, Presence, Readers, Report, Reporter, Slot};
use crate::card::{After, Channel, ChannelError};

/// Name of the reader that is there at the start.
pub const READER: &str = "Simulated reader";

/// Every order. Without a reader's name the first one is meant; `CARD` is `PERSON[:SCENARIO]` or the path of a card file (`.toml`).
pub const ORDERS: &str = "card [READER] CARD, remove [READER], insert [READER], reader add NAME [pad [stops]], reader remove NAME, \
     pad [READER] DIGITS|cancel, quit";

/// Time that a reader with a PIN pad gives to a person.
const PAD_TIME: Duration = Duration::from_secs(90);
/// How often a PIN pad that can be stopped looks whether it is.
const PAD_LOOK: Duration = Duration::from_millis(50);

/// The simulated readers. Clones are the same readers.
#[derive(Clone)]
pub struct Simulator(Arc<Shared>);

struct Shared {
    /// In the order in which they were plugged in.
    readers: Mutex<Vec<Arc<Reader>>>,
    marks: AtomicU64,
    report: Mutex<Option<Reporter>>,
    cards: PathBuf,
}

/// One reader. Whoever holds the card may look at the state, never the other way round.
struct Reader {
    name: String,
    pad: Pad,
    state: Mutex<State>,
    /// Rings when a card comes, goes or loses its power, and when somebody types: a silent card and an open PIN pad keep their caller waiting.
    changed: Condvar,
}

/// Keys of a reader.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pad {
    None,
    /// An entry goes on until the person ends it, as with most readers.
    Deaf,
    /// An entry can be ended from outside.
    Stops,
}

#[derive(Default)]
struct State {
    /// The reader went away for a moment, by an accident of the card.
    is_lost: bool,
    /// The card that lies there or was taken away last.
    card: Option<Arc<Mutex<Card>>>,
    is_on: bool,
    mark: u64,
    /// How often the power was taken from a card that lies there.
    cuts: u64,
    /// Until then another program holds the card.
    held_until: Option<Instant>,
    typed: VecDeque<Typed>,
}

impl State {
    fn check(&self, mark: u64) -> Result<(), ChannelError> {
        match (self.is_lost, self.is_on && self.mark == mark) {
            (true, _) => Err(ChannelError::ReaderLost),
            (false, false) => Err(ChannelError::Removed),
            (false, true) => Ok(()),
        }
    }
}

/// What a person does at a PIN pad.
enum Typed {
    Digits(Zeroizing<Vec<u8>>),
    Cancel,
}

/// Says why a line was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// Not one of [`ORDERS`].
    #[error("unknown order")]
    Order,
    /// No reader of that name, or none at all.
    #[error("no such reader; add one with: reader add NAME")]
    NoReader,
    /// A reader of that name is there already.
    #[error("a reader of that name is there already")]
    Twice,
    /// The reader has no PIN pad.
    #[error("the reader has no PIN pad; one that has comes with: reader add NAME pad")]
    NoPad,
    /// No such person, scenario or file, or no cards in the folder.
    #[error(transparent)]
    Card(#[from] virtual_card::OpenError),
}

/// What a line leaves to its giver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Done.
    Done,
    /// The line was `quit`.
    Quit,
}

impl Simulator {
    /// Plugs in the first reader, with a card of the folder on it.
    ///
    /// # Errors
    /// [`virtual_card::OpenError`]: no such card, or no cards in the folder.
    pub fn new(cards: PathBuf, card: &Wanted) -> Result<Self, virtual_card::OpenError> {
        let card = card.open(&cards)?;
        let reader = Arc::new(Reader::new(READER, Pad::None));
        let shared = Shared { readers: Mutex::new(vec![Arc::clone(&reader)]), marks: AtomicU64::new(0), report: Mutex::default(), cards };
        let simulator = Self(Arc::new(shared));
        simulator.place(&reader, card);
        Ok(simulator)
    }

    /// Carries out one line.
    ///
    /// # Errors
    /// [`NotDone`]; nothing has changed then.
    pub fn tell(&self, line: &str) -> Result<Told, NotDone> {
        let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        let rest = rest.trim();
        // The name of a reader may hold spaces, so what else belongs to an order stands at its end.
        let (name, last) = rest.rsplit_once(char::is_whitespace).map_or(("", rest), |(name, last)| (name.trim(), last));
        match (word, rest) {
            ("", _) => {}
            ("quit", "") => return Ok(Told::Quit),
            ("remove", name) => self.take_off(&self.reader(name)?),
            ("insert", name) => self.put_back(&self.reader(name)?),
            ("card", _) => {
                let reader = self.reader(name)?;
                let card: Wanted = last.parse().map_err(virtual_card::OpenError::from)?;
                let card = card.open(&self.0.cards)?;
                self.take_off(&reader);
                self.place(&reader, card);
            }
            ("reader", rest) => match rest.split_once(char::is_whitespace).map(|(what, name)| (what, name.trim())) {
                Some(("add", name)) => match (name.strip_suffix(" pad"), name.strip_suffix(" pad stops")) {
                    (Some(name), _) => self.plug(name.trim(), Pad::Deaf)?,
                    (None, Some(name)) => self.plug(name.trim(), Pad::Stops)?,
                    (None, None) => self.plug(name, Pad::None)?,
                },
                Some(("remove", name)) => self.unplug(&self.reader(name)?),
                _ => return Err(NotDone::Order),
            },
            ("pad", _) => {
                let typed = match last {
                    "cancel" => Typed::Cancel,
                    digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                        Typed::Digits(Zeroizing::new(digits.as_bytes().to_vec()))
                    }
                    _ => return Err(NotDone::Order),
                };
                let reader = self.reader(name)?;
                if reader.pad == Pad::None {
                    return Err(NotDone::NoPad);
                }
                reader.state().typed.push_back(typed);
                reader.changed.notify_all();
            }
            _ => return Err(NotDone::Order),
        }
        Ok(Told::Done)
    }

    /// Takes the card off the first reader.
    pub fn remove(&self) {
        if let Ok(reader) = self.reader("") {
            self.take_off(&reader);
        }
    }

    /// Puts the card back on the first reader, counters as they were.
    pub fn insert(&self) {
        if let Ok(reader) = self.reader("") {
            self.put_back(&reader);
        }
    }

    /// Looks at the card of the first reader, or plans an accident for it.
    ///
    /// # Panics
    /// There is no reader, or there was never a card on it.
    pub fn with<T>(&self, look: impl FnOnce(&mut Card) -> T) -> T {
        #[expect(clippy::expect_used, reason = "for tests, which put a card there")]
        self.with_card_of("", look).expect("a card on the first reader")
    }

    /// Looks at the card of a reader, also one that was taken away; `None` when there is none.
    pub fn with_card_of<T>(&self, reader: &str, look: impl FnOnce(&mut Card) -> T) -> Option<T> {
        let card = self.reader(reader).ok()?.state().card.clone()?;
        Some(look(&mut lock(&card)))
    }

    /// The reader of a name, or the first one.
    fn reader(&self, name: &str) -> Result<Arc<Reader>, NotDone> {
        lock(&self.0.readers).iter().find(|reader| name.is_empty() || reader.name == name).cloned().ok_or(NotDone::NoReader)
    }

    fn plug(&self, name: &str, pad: Pad) -> Result<(), NotDone> {
        if name.is_empty() {
            return Err(NotDone::Order);
        }
        let mut readers = lock(&self.0.readers);
        if readers.iter().any(|reader| reader.name == name) {
            return Err(NotDone::Twice);
        }
        readers.push(Arc::new(Reader::new(name, pad)));
        drop(readers);
        self.report();
        Ok(())
    }

    fn unplug(&self, reader: &Arc<Reader>) {
        reader.state().is_lost = true;
        reader.changed.notify_all();
        lock(&self.0.readers).retain(|other| other.name != reader.name);
        self.report();
    }

    fn place(&self, reader: &Arc<Reader>, card: Card) {
        reader.state().card = Some(Arc::new(Mutex::new(card)));
        self.put_back(reader);
    }

    fn put_back(&self, reader: &Arc<Reader>) {
        let state = reader.state();
        let card = state.card.clone().filter(|_| !state.is_on);
        drop(state);
        if let Some(card) = card {
            self.power(reader, &card);
            self.report();
        }
    }

    /// Power first, then the mark: nobody talks to a card that is about to be reset.
    fn power(&self, reader: &Reader, card: &Mutex<Card>) {
        let mut card = lock(card);
        card.power_on();
        let mut state = reader.state();
        state.is_lost = false;
        state.is_on = true;
        state.mark = self.0.marks.fetch_add(1, Ordering::SeqCst) + 1;
        state.held_until = Instant::now().checked_add(card.busy_for());
        drop(state);
        reader.changed.notify_all();
    }

    fn take_off(&self, reader: &Arc<Reader>) {
        reader.state().is_on = false;
        reader.changed.notify_all();
        self.report();
    }

    /// The whole reader goes away, and comes back with its card by itself.
    fn lose(&self, reader: &Arc<Reader>, time: Duration) {
        reader.state().is_lost = true;
        reader.changed.notify_all();
        self.report();
        let (simulator, reader) = (self.clone(), Arc::clone(reader));
        std::thread::spawn(move || {
            #[expect(clippy::disallowed_methods, reason = "the time for which a reader is away is what is being imitated")]
            std::thread::sleep(time);
            let state = reader.state();
            let card = state.card.clone().filter(|_| state.is_on);
            drop(state);
            match card {
                Some(card) => simulator.power(&reader, &card),
                None => {
                    reader.state().is_lost = false;
                    reader.changed.notify_all();
                }
            }
            simulator.report();
        });
    }

    fn seen(&self) -> Report {
        let slot = |reader: &Arc<Reader>| {
            let state = reader.state();
            let card = state.is_on.then_some(Presence { mark: state.mark, is_mute: false });
            (!state.is_lost).then(|| Slot { name: reader.name.clone(), card })
        };
        Report::Slots(lock(&self.0.readers).iter().filter_map(slot).collect())
    }

    /// Held while looking, so that a later look is never told before an earlier one.
    fn report(&self) {
        if let Some(report) = &*lock(&self.0.report) {
            report(self.seen());
        }
    }
}

impl Reader {
    fn new(name: &str, pad: Pad) -> Self {
        Self { name: name.to_owned(), pad, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Watch(Simulator);

impl Drop for Watch {
    fn drop(&mut self) {
        *lock(&self.0.0.report) = None;
    }
}

impl Readers for Simulator {
    fn watch(&self, report: Reporter) -> Box<dyn Send> {
        *lock(&self.0.report) = Some(report);
        self.report();
        Box::new(Watch(self.clone()))
    }

    fn door(&self) -> Box<dyn Door> {
        Box::new(self.clone())
    }

    fn is_simulator(&self) -> bool {
        true
    }
}

impl Door for Simulator {
    fn with_card(&mut self, place: &Place, work: &mut dyn FnMut(&mut dyn Channel) -> After) -> Result<(), ChannelError> {
        let reader = self.reader(&place.reader).map_err(|_| ChannelError::ReaderLost)?;
        let card = {
            let state = reader.state();
            state.check(place.mark)?;
            if state.held_until.is_some_and(|until| Instant::now() < until) {
                return Err(ChannelError::Busy);
            }
            state.card.clone().ok_or(ChannelError::Removed)?
        };
        let mut line = Line { simulator: self, reader: &reader, card, begun: place.mark, mark: place.mark };
        if work(&mut line) == After::Unpower {
            let mut card = lock(&line.card);
            let mut state = reader.state();
            if state.check(line.mark).is_ok() {
                card.power_off();
                state.cuts += 1;
                reader.changed.notify_all();
            }
        }
        Ok(())
    }
}

/// The line to the card of one insertion, or to the one that lies there after a link that broke.
struct Line<'a> {
    simulator: &'a Simulator,
    reader: &'a Arc<Reader>,
    card: Arc<Mutex<Card>>,
    begun: u64,
    mark: u64,
}

impl Line<'_> {
    fn check(&self) -> Result<(), ChannelError> {
        self.reader.state().check(self.mark)
    }
}

impl Channel for Line<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let mut card = lock(&self.card);
        self.check()?;
        let answer = card.transmit(command);
        let (is_silent, is_gone, lost_for) = (card.is_silent(), card.is_gone(), card.lost_for());
        drop(card);
        if is_silent {
            let state = self.reader.state();
            let cuts = state.cuts;
            let goes_on = |state: &mut State| state.check(self.mark).is_ok() && state.cuts == cuts;
            drop(self.reader.changed.wait_while(state, goes_on));
            self.check()?;
            return Err(ChannelError::Fault);
        }
        // Taken away by somebody while the command was on its way: its answer is lost, as with a real card.
        self.check()?;
        if let Some(time) = lost_for {
            self.simulator.lose(self.reader, time);
        } else if is_gone {
            self.simulator.take_off(self.reader);
        }
        answer.map_err(|_| self.check().err().unwrap_or(ChannelError::Removed))
    }

    fn has_pad(&mut self) -> bool {
        self.reader.pad != Pad::None
    }

    fn verify_on_pad(&mut self, command: &[u8], stop: &dyn Fn() -> bool) -> Result<Vec<u8>, ChannelError> {
        let (head, digits) = command.split_at_checked(5).filter(|_| self.has_pad()).ok_or(ChannelError::Fault)?;
        let until = Instant::now() + PAD_TIME;
        let is_stopped = || self.reader.pad == Pad::Stops && stop();
        let mut state = self.reader.state();
        while state.typed.is_empty() && state.check(self.mark).is_ok() && Instant::now() < until && !is_stopped() {
            state = self.reader.changed.wait_timeout(state, PAD_LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        let typed = if is_stopped() { Some(Typed::Cancel) } else { state.typed.pop_front() };
        drop(state);
        self.check()?;
        match typed {
            Some(Typed::Digits(typed)) if typed.len() == digits.len() => self.transmit(&Zeroizing::new([head, &typed].concat())),
            // PC/SC part 10: too few or too many, cancelled, time is over.
            Some(Typed::Digits(_)) => Ok(vec![0x64, 0x03]),
            Some(Typed::Cancel) => Ok(vec![0x64, 0x01]),
            None => Ok(vec![0x64, 0x00]),
        }
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        let mut card = lock(&self.card);
        self.check()?;
        card.reset();
        Ok(())
    }

    fn come_back(&mut self) -> Result<(), ChannelError> {
        let reader: &Reader = self.reader;
        let is_away = |state: &mut State| state.is_lost || !state.is_on;
        let waited = reader.changed.wait_timeout_while(reader.state(), COME_BACK, is_away);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(if state.is_lost { ChannelError::ReaderLost } else { ChannelError::Removed });
        }
        (self.card, self.mark) = (state.card.clone().ok_or(ChannelError::Removed)?, state.mark);
        Ok(())
    }

    fn is_there(&mut self) -> bool {
        self.reader.state().check(self.begun).is_ok()
    }
}
