//! One sequence: the real hub, its queue and card threads over virtual cards, everything that can happen to them, and the oracle beside them.
//!
//! The oracle believes only the person (what was pressed), the card (its counters, what it verified) and the frames that pages got.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use shared::reader::{Answer, Asks, CardKind, ErrorCode, Event, Failure, Frame, Spent, State, Step, What};
use tokio::sync::{mpsc, oneshot};
use virtual_card::{Card, PinKind};

use super::harness::{Ask, Dice, Harness, Reply};
use super::{Cards, Mutant, Tally};
use crate::card::face::FaceCode;
use crate::card::jpki::Pin;
use crate::card::{After, ChannelError};
use crate::gate::Origin;
use crate::hub::{FrameView, Hub, HubTask, Input, Means, Pressed};
use crate::identity::Identity;
use crate::reader::{Place, Presence, Report, Slot};
use crate::work::{News, Patience, Secret};

const HOUR: Duration = Duration::from_secs(3600);
const ORIGINS: [&str; 2] = ["http://localhost:8080", "https://uketsuke.example"];
const HELLO: &str = r#""op":"hello","versions":[1],"lang":"ja""#;
/// Frames that no page of ours sends; each is refused with id 0.
const GARBAGE: [&str; 4] = ["", "[]", r#"{"v":1,"op":"hello"}"#, r#"{"v":1,"id":-1,"op":"cancel","target":1}"#];
const SELECT_JPKI: &[u8] = &[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
const SELECT_VISUAL: &[u8] = &[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02];
const SELECT_ISD: &[u8] = &[0x00, 0xA4, 0x04, 0x0C, 0x07, 0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00];
const READ_FACE: &[u8] = &[0x00, 0xB0, 0x82, 0x00, 0x04];
const NOT_VERIFIED: [u8; 2] = [0x69, 0x82];
/// Status words of `card.md` §5 that a reader or card may say to any command without lying about a try.
const STATUSES: [u16; 20] = [
    0x6105, 0x6C04, 0x6700, 0x6881, 0x6882, 0x6981, 0x6982, 0x6985, 0x6986, 0x6987, 0x6988, 0x6A80, 0x6A81, 0x6A82, 0x6A83, 0x6A86, 0x6A87,
    0x6A88, 0x6B00, 0x6F00,
];
const ERRORS: [ChannelError; 4] = [ChannelError::Removed, ChannelError::ReaderLost, ChannelError::Busy, ChannelError::Fault];

/// One physical card.
struct Owned {
    card: Card,
    face_code: String,
    /// Someone else may have left it verified: another program, or a helper that was killed.
    is_tainted: bool,
    /// What the retry queries of this card first said: for a mutant.
    remembered: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// One physical reader.
struct Reader {
    name: &'static str,
    is_plugged: bool,
    card: Option<usize>,
    mark: u64,
    has_pad: bool,
    /// A conversation with this insertion is open: which door, which mark.
    held: Option<(usize, u64)>,
}

/// One card thread as the test sees it.
#[derive(Default)]
struct Thread {
    asked: Option<Ask>,
    place: Option<Place>,
    /// Tries that the last query in this conversation told.
    told: Option<u8>,
    /// The press whose VERIFY it is about to send.
    press: Option<usize>,
    is_given_up: bool,
}

struct Page {
    frames: mpsc::Receiver<Frame>,
    /// Takes nothing for now.
    is_stalled: bool,
    seq: u64,
    state: Option<State>,
    last_id: u64,
    said: Vec<(u64, String)>,
    /// Frames sent and answers got, by id.
    sent: BTreeMap<u64, usize>,
    answered: BTreeMap<u64, usize>,
}

/// An operation that was acknowledged.
struct Request {
    card: Option<(String, u64)>,
    press: Option<usize>,
    has_ticket: bool,
    is_iphone: bool,
    is_answered: bool,
    /// Cancelled, taken over, or its page is gone.
    is_ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Live,
    Used,
    Dead,
}

struct Ticket {
    request: (u64, u64),
    shown: Option<u8>,
    asks: Asks,
    life: Life,
}

/// What is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    Pin(Vec<u8>),
    FaceCode(Vec<u8>),
    OnPad,
}

/// A press of 確定 that was taken: the right to one VERIFY.
struct Press {
    request: (u64, u64),
    typed: Typed,
    asks: Asks,
    has_word: bool,
    shown: Option<u8>,
    /// What came of its VERIFY: whether the card counted, and tries left then.
    verified: Option<(bool, u8)>,
    said: Option<Spent>,
    frame: Option<oneshot::Receiver<Pressed>>,
    is_closed: bool,
}

/// What goes wrong at one stop of a card thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    PulledBefore,
    PulledDuring,
    PulledAfter,
    LostBefore,
    LostDuring,
    ErrorBefore(ChannelError),
    ErrorDuring(ChannelError),
    /// Not carried out.
    Refused(u16),
    /// Carried out, and another status word arrives.
    Garbled(u16),
    /// Carried out, and so many bytes of the answer arrive.
    Cut(usize),
    /// Carried out, and 65,538 bytes arrive.
    Flood,
}

pub(super) struct Sequence {
    cards: Vec<Owned>,
    readers: [Reader; 2],
    /// Which card each insertion was, by reader and mark.
    insertions: BTreeMap<(String, u64), usize>,
    /// The watch has something to tell.
    is_watch_due: bool,
    /// Marks by reader as last reported, and generations as the hub named them.
    generations: BTreeMap<u64, (String, u64)>,
    harness: Harness,
    /// Times the helper was started.
    lives: u64,
    first_seat: usize,
    threads: BTreeMap<usize, Thread>,
    hub: Hub,
    hub_task: Option<HubTask>,
    inputs: mpsc::UnboundedReceiver<Input>,
    news: VecDeque<(Option<usize>, News)>,
    pages: BTreeMap<u64, Page>,
    asked: BTreeMap<(u64, u64), u64>,
    requests: BTreeMap<(u64, u64), Request>,
    tickets: BTreeMap<String, Ticket>,
    presses: Vec<Press>,
    /// VERIFY commands and wrong PINs that card threads brought to the cards.
    verifies: usize,
    spent: usize,
    wrong_typed: usize,
    forgets_wrong: bool,
    mutant: Option<Mutant>,
    pub(super) tally: Tally,
    pub(super) violation: Option<String>,
    /// What happened, when someone wants to read it.
    pub(super) story: Option<Vec<String>>,
}

macro_rules! tell {
    ($self:ident, $($text:tt)*) => { if let Some(story) = &mut $self.story { story.push(format!($($text)*)); } };
}

impl Sequence {
    /// Two cards, two readers, the first card on the first reader, and a helper that runs.
    pub(super) fn begin(cards: &Cards, mut dice: Dice, mutant: Option<Mutant>, is_told: bool) -> Self {
        let cards = [dice.next(), dice.next()].map(|number| {
            let (card, face_code) = cards.fresh(number);
            Owned { card, face_code, is_tainted: false, remembered: BTreeMap::new() }
        });
        let reader = |name, card: Option<usize>, has_pad| Reader {
            name,
            is_plugged: true,
            card,
            mark: u64::from(card.is_some()),
            has_pad,
            held: None,
        };
        let harness = Harness::new(mutant == Some(Mutant::WorksTwice));
        let (hub, inputs) = Hub::new();
        let mut sequence = Self {
            cards: cards.into(),
            readers: [reader("A", Some(0), false), reader("B", None, true)],
            insertions: BTreeMap::from([(("A".to_owned(), 1), 0)]),
            is_watch_due: false,
            generations: BTreeMap::new(),
            harness,
            lives: 0,
            first_seat: 0,
            threads: BTreeMap::new(),
            hub,
            hub_task: None,
            inputs,
            news: VecDeque::new(),
            pages: BTreeMap::new(),
            asked: BTreeMap::new(),
            requests: BTreeMap::new(),
            tickets: BTreeMap::new(),
            presses: Vec::new(),
            verifies: 0,
            spent: 0,
            wrong_typed: 0,
            forgets_wrong: dice.percent(75),
            mutant,
            tally: Tally::default(),
            violation: None,
            story: is_told.then(Vec::new),
        };
        sequence.cards[0].card.power_on();
        sequence.start();
        sequence
    }

    // --- the helper ---------------------------------------------------------------------------------------------------------

    fn start(&mut self) {
        let (hub, inputs) = Hub::new();
        self.inputs = inputs;
        // As no ticket of the system comes twice, none does here.
        self.lives += 1;
        let random = AtomicU64::new(self.lives << 32);
        let means = Means {
            readers: Box::new(self.harness.clone()),
            random: Box::new(move || Some(u128::from(random.fetch_add(1, Ordering::SeqCst)).to_be_bytes())),
            // Far apart, so that what is late first is never a matter of how fast this machine is.
            pin_step: 100 * HOUR,
            patience: Patience { open: HOUR, command: HOUR, sign: HOUR, pad: HOUR, task: HOUR },
            // In most sequences people may go on after any number of wrong PINs.
            wrong_memory: if self.forgets_wrong { Duration::ZERO } else { HOUR },
            identity: Identity::new(None),
        };
        self.hub_task = Some(HubTask::new(hub.clone(), means, self.view()));
        self.hub = hub;
        self.is_watch_due = false;
        self.learn_generations();
    }

    /// SIGKILL: every page's socket breaks, and no thread reaches a card any more.
    pub(super) fn kill(&mut self) {
        self.hub_task = None;
        for at in self.first_seat..self.harness.count() {
            self.harness.seat(at).kill();
        }
        for at in self.first_seat..self.harness.count() {
            self.harness.seat(at).wait_over();
        }
        self.first_seat = self.harness.count();
        self.threads.clear();
        self.news.clear();
        self.pages.clear();
        self.asked.clear();
        self.requests.clear();
        self.tickets.values_mut().for_each(|ticket| ticket.life = Life::Dead);
        self.presses.iter_mut().for_each(|press| press.is_closed = true);
        self.readers.iter_mut().for_each(|reader| reader.held = None);
        self.generations.clear();
        for at in 0..self.cards.len() {
            self.cards[at].is_tainted |= self.is_verified(at);
        }
    }

    fn start_again(&mut self) {
        tell!(self, "the helper is killed and started again");
        self.tally.kills += 1;
        self.kill();
        self.start();
    }

    /// The orderly end: what runs is ended, and only the card thread is listened to.
    fn end_and_start_again(&mut self) {
        tell!(self, "the helper ends in order and is started again");
        self.hub_task().end_all();
        for request in self.requests.values_mut() {
            request.is_ended = true;
        }
        self.after();
        self.deliver_news(usize::MAX);
        for _ in 0..200 {
            if self.hub_task().workers.is_idle() {
                break;
            }
            match self.threads.iter().find(|(_, thread)| thread.asked.is_some() && !thread.is_given_up).map(|(at, _)| *at) {
                Some(at) => self.go_on(at, Fault::None, Dice(0)),
                None => break,
            }
            self.deliver_news(usize::MAX);
        }
        if !self.hub_task().workers.is_idle() {
            self.wrong("the end does not come".to_owned());
        }
        self.collect(true);
        self.kill();
        self.start();
    }

    fn hub_task(&mut self) -> &mut HubTask {
        self.hub_task.as_mut().expect("a helper runs")
    }

    fn tell_desk(&mut self, input: Input) {
        let hub = self.hub_task();
        hub.take(input);
        hub.tell_state();
        self.after();
        self.collect(false);
    }

    /// Card threads that have a task, given up ones not counted.
    fn at_work(&self) -> Vec<usize> {
        let numbers = self.hub_task.as_ref().map(|hub| hub.workers.at_work()).unwrap_or_default();
        numbers.into_iter().map(|number| self.first_seat + number).collect()
    }

    /// After anything that the hub did: card threads may have been given a task, and stop before it.
    fn after(&mut self) {
        while let Ok(Input::News(news)) = self.inputs.try_recv() {
            self.news.push_back((None, news));
        }
        for at in self.at_work() {
            let thread = self.threads.entry(at).or_default();
            let is_told = self.news.iter().any(|(from, news)| *from == Some(at) && matches!(news, News::Done { .. }));
            if thread.asked.is_none() && !is_told && !self.harness.seat(at).is_over() {
                self.stopped(at);
            }
        }
    }

    /// A thread stopped before something, or is over.
    fn stopped(&mut self, at: usize) {
        let asked = self.harness.seat(at).stopped();
        while let Ok(Input::News(news)) = self.inputs.try_recv() {
            self.news.push_back((Some(at), news));
        }
        let sends_pin = match &asked {
            Some(Ask::Command(command)) if is_verify(command) => Some(Some(command.get(5..).unwrap_or_default().to_vec())),
            Some(Ask::Pad(_)) => Some(None),
            _ => None,
        };
        let thread = self.threads.entry(at).or_default();
        thread.asked = asked;
        if let Some(digits) = sends_pin {
            self.about_to_verify(at, digits.as_deref());
        }
    }

    /// Time passes: up to the next moment at which something is late, or far beyond all of them.
    fn wait_long(&mut self, is_far: bool) {
        let before = self.at_work();
        let now = Instant::now() + 1000 * HOUR;
        let hub = self.hub_task();
        let now = match hub.due() {
            Some(due) if !is_far => due + Duration::from_millis(1),
            _ => now,
        };
        hub.overdue(now);
        hub.tell_state();
        let after = self.at_work();
        for at in before.into_iter().filter(|at| !after.contains(at)) {
            tell!(self, "thread {at} is given up");
            self.tally.given_up += 1;
            self.threads.entry(at).or_default().is_given_up = true;
        }
        self.after();
        self.collect(false);
    }

    fn deliver_news(&mut self, most: usize) {
        for _ in 0..most {
            let Some((_, news)) = self.news.pop_front() else { return };
            self.tell_desk(Input::News(news));
        }
    }

    // --- cards and readers --------------------------------------------------------------------------------------------------

    fn view(&self) -> Report {
        let slot = |reader: &Reader| Slot {
            name: reader.name.to_owned(),
            card: reader.card.map(|_| Presence { mark: reader.mark, is_mute: false }),
        };
        Report::Slots(self.readers.iter().filter(|reader| reader.is_plugged).map(slot).collect())
    }

    fn learn_generations(&mut self) {
        let marks: BTreeMap<String, u64> =
            self.readers.iter().filter(|reader| reader.is_plugged && reader.card.is_some()).map(|r| (r.name.to_owned(), r.mark)).collect();
        let (_, readers) = self.hub_task().machine.view();
        for reader in readers {
            let (Some(card), Some(mark)) = (reader.card, marks.get(&reader.name)) else { continue };
            let insertion = (reader.name, *mark);
            if let Some(before) = self.generations.insert(card.generation, insertion.clone())
                && before != insertion
            {
                self.wrong(format!("generation {} names two insertions", card.generation));
            }
        }
    }

    /// The watch tells what it sees now.
    fn report(&mut self) {
        self.is_watch_due = false;
        let view = self.view();
        tell!(self, "the watch tells {view:?}");
        let hub = self.hub_task();
        hub.take(Input::Seen(view));
        hub.tell_state();
        self.learn_generations();
        self.after();
        self.collect(false);
    }

    fn pull(&mut self, reader: usize) {
        if let Some(card) = self.readers[reader].card.take() {
            tell!(self, "card {card} leaves reader {reader}");
            self.power_off(card);
            self.is_watch_due = true;
        }
    }

    fn place(&mut self, reader: usize, card: usize) {
        let is_elsewhere = self.readers.iter().any(|reader| reader.card == Some(card));
        let there = &mut self.readers[reader];
        if there.is_plugged && there.card.is_none() && !is_elsewhere {
            there.card = Some(card);
            there.mark += 1;
            self.insertions.insert((there.name.to_owned(), there.mark), card);
            self.cards[card].card.power_on();
            self.is_watch_due = true;
            tell!(self, "card {card} lies on reader {reader}");
        }
    }

    fn unplug(&mut self, reader: usize) {
        tell!(self, "reader {reader} is gone");
        self.readers[reader].is_plugged = false;
        if let Some(card) = self.readers[reader].card {
            self.power_off(card);
        }
        self.is_watch_due = true;
    }

    fn plug(&mut self, reader: usize) {
        tell!(self, "reader {reader} is back");
        let there = &mut self.readers[reader];
        if !there.is_plugged {
            there.is_plugged = true;
            there.mark += 1;
            if let Some(card) = there.card {
                self.insertions.insert((there.name.to_owned(), there.mark), card);
                self.cards[card].card.power_on();
            }
            self.is_watch_due = true;
        }
    }

    fn power_off(&mut self, card: usize) {
        self.cards[card].card.power_off();
        self.cards[card].is_tainted = false;
    }

    /// What the next program on the machine would find: a card that signs, or shows its photo, without a PIN?
    fn is_verified(&mut self, card: usize) -> bool {
        let card = &mut self.cards[card].card;
        if card.spec().scenario.starts_with("phone-ios-bio") {
            // Its owner's face or finger opened it, no PIN, and no command closes it.
            return false;
        }
        let sign = [&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &[0x30; 51], &[0x00]].concat();
        let mut opens = |select: &[u8], command: &[u8]| {
            card.transmit(select).is_ok_and(|answer| answer == [0x90, 0x00])
                && card.transmit(command).is_ok_and(|answer| answer.ends_with(&[0x90, 0x00]) && answer != NOT_VERIFIED)
        };
        // First one application, then the other: entering the second would close the first.
        let is_verified = opens(SELECT_JPKI, &sign) | opens(SELECT_VISUAL, READ_FACE);
        drop(card.transmit(SELECT_ISD));
        is_verified
    }

    /// Another program of the machine spends a try, or leaves the card verified.
    fn other_program(&mut self, reader: usize, is_right: bool) {
        let there = &self.readers[reader];
        let is_held = there.held.is_some_and(|(_, mark)| mark == there.mark);
        let Some(at) = there.card.filter(|_| there.is_plugged && !is_held) else { return };
        tell!(self, "another program gives card {at} a PIN, right: {is_right}");
        let owned = &mut self.cards[at];
        let digits: &[u8] = if is_right { b"1234" } else { b"9999" };
        for command in [SELECT_JPKI, &[&[0x00, 0x20, 0x00, 0x98, 0x04], digits].concat()] {
            drop(owned.card.transmit(command));
        }
        owned.is_tainted = is_right;
        self.tally.others += 1;
    }

    // --- the card threads ---------------------------------------------------------------------------------------------------

    /// Lets one thread take one step.
    fn go_on(&mut self, at: usize, fault: Fault, mut dice: Dice) {
        let Some(ask) = self.threads.get_mut(&at).and_then(|thread| thread.asked.take()) else { return };
        if fault != Fault::None {
            self.tally.faults += 1;
        }
        let reply = match &ask {
            Ask::Open(place) => self.open(at, place, fault),
            Ask::Command(command) => self.command(at, command, fault),
            Ask::HasPad => Ok(if self.there(at).is_some_and(|reader| self.readers[reader].has_pad) { vec![1] } else { Vec::new() }),
            Ask::Pad(command) => self.pad(at, command, fault, &mut dice),
            Ask::Reconnect => self.reconnect(at, fault),
            Ask::ComeBack => self.come_back(at),
            Ask::Leave(after) => self.leave(at, *after),
        };
        tell!(self, "thread {at}: {ask:02X?} {fault:?}: {:02X?}", reply.as_ref().map(|bytes| bytes.get(bytes.len().saturating_sub(8)..)));
        let is_last = matches!(ask, Ask::Leave(_)) || (matches!(ask, Ask::Open(_)) && reply.is_err());
        let seat = self.harness.seat(at);
        seat.reply(reply);
        if !is_last {
            return self.stopped(at);
        }
        loop {
            let Some(Input::News(news)) = self.inputs.blocking_recv() else { unreachable!("the thread tells how it ended") };
            let is_done = matches!(news, News::Done { .. });
            self.news.push_back((Some(at), news));
            if is_done {
                break;
            }
        }
        if self.threads.get(&at).is_some_and(|thread| thread.is_given_up) {
            seat.wait_over();
        }
    }

    /// The reader where this thread's card still lies.
    fn there(&self, at: usize) -> Option<usize> {
        let place = self.threads.get(&at)?.place.as_ref()?;
        self.readers
            .iter()
            .position(|reader| reader.name == place.reader && reader.is_plugged && reader.card.is_some() && reader.mark == place.mark)
    }

    /// What PC/SC says of a card that is not there any more.
    fn absence(&self, at: usize) -> ChannelError {
        let name = self.threads.get(&at).and_then(|thread| thread.place.as_ref()).map(|place| place.reader.as_str());
        let is_plugged = self.readers.iter().any(|reader| Some(reader.name) == name && reader.is_plugged);
        if is_plugged { ChannelError::Removed } else { ChannelError::ReaderLost }
    }

    fn open(&mut self, at: usize, place: &Place, fault: Fault) -> Reply {
        let thread = self.threads.entry(at).or_default();
        (thread.place, thread.told) = (Some(place.clone()), None);
        match fault {
            Fault::None => {}
            Fault::ErrorBefore(error) | Fault::ErrorDuring(error) => return Err(error),
            Fault::PulledBefore | Fault::PulledDuring | Fault::PulledAfter => {
                self.there(at).into_iter().for_each(|reader| self.pull(reader))
            }
            _ => self.there(at).into_iter().for_each(|reader| self.unplug(reader)),
        }
        let Some(reader) = self.there(at) else { return Err(self.absence(at)) };
        if self.readers[reader].held.is_some_and(|(_, mark)| mark == place.mark) {
            return Err(ChannelError::Busy);
        }
        self.readers[reader].held = Some((at, place.mark));
        Ok(Vec::new())
    }

    fn leave(&mut self, at: usize, after: After) -> Reply {
        for reader in &mut self.readers {
            reader.held = reader.held.filter(|(door, _)| *door != at);
        }
        if let Some(card) = self.there(at).and_then(|reader| self.readers[reader].card) {
            if after == After::Unpower {
                self.power_off(card);
            }
            match (self.is_verified(card), self.cards[card].is_tainted) {
                (true, false) => self.wrong(format!("card {card} is left verified")),
                (is_verified, _) => self.cards[card].is_tainted = is_verified,
            }
        }
        Ok(Vec::new())
    }

    fn reconnect(&mut self, at: usize, fault: Fault) -> Reply {
        match fault {
            Fault::None => {}
            Fault::ErrorBefore(error) | Fault::ErrorDuring(error) => return Err(error),
            _ => self.there(at).into_iter().for_each(|reader| self.pull(reader)),
        }
        let Some(reader) = self.there(at) else { return Err(self.absence(at)) };
        if let Some(card) = self.readers[reader].card {
            self.cards[card].card.reset();
        }
        Ok(Vec::new())
    }

    /// Whatever lies on the reader now: the conversation goes on with that.
    fn come_back(&mut self, at: usize) -> Reply {
        let name = self.threads.get(&at).and_then(|thread| thread.place.as_ref()).map(|place| place.reader.clone());
        let found =
            self.readers.iter_mut().find(|reader| Some(reader.name) == name.as_deref() && reader.is_plugged && reader.card.is_some());
        let Some(reader) = found else { return Err(self.absence(at)) };
        reader.held = Some((at, reader.mark));
        let mark = reader.mark;
        if let Some(place) = self.threads.get_mut(&at).and_then(|thread| thread.place.as_mut()) {
            place.mark = mark;
        }
        Ok(Vec::new())
    }

    fn pad(&mut self, at: usize, template: &[u8], fault: Fault, dice: &mut Dice) -> Reply {
        let digits = match dice.below(8) {
            0 => return Ok(vec![0x64, 0x00]),
            1 => return Ok(vec![0x64, 0x01]),
            2 => return Ok(vec![0x64, 0x03]),
            3..=5 => b"1234".to_vec(),
            _ => self.wrong_pin(),
        };
        let head = template.get(..template.len().saturating_sub(4)).unwrap_or_default();
        self.command(at, &[head, &digits].concat(), fault)
    }

    /// One command to the card, or what happens instead.
    fn command(&mut self, at: usize, command: &[u8], fault: Fault) -> Reply {
        let reader = self.there(at);
        match fault {
            Fault::PulledBefore => reader.into_iter().for_each(|reader| self.pull(reader)),
            Fault::LostBefore => reader.into_iter().for_each(|reader| self.unplug(reader)),
            Fault::ErrorBefore(error) => return Err(error),
            Fault::Refused(status) if !is_query(command) => return Ok(status.to_be_bytes().to_vec()),
            _ => {}
        }
        let Some(reader) = self.there(at) else { return Err(self.absence(at)) };
        let Some(card) = self.readers[reader].card else { return Err(self.absence(at)) };
        if self.mutant == Some(Mutant::NeverClears) && command == SELECT_ISD {
            return Ok(vec![0x90, 0x00]);
        }
        let mut answer = self.transmit(at, card, command);
        let is_lost = match fault {
            Fault::PulledDuring | Fault::PulledAfter => {
                self.pull(reader);
                fault == Fault::PulledDuring
            }
            Fault::LostDuring => {
                self.unplug(reader);
                true
            }
            _ => false,
        };
        if is_lost {
            answer = Err(self.absence(at));
        }
        match (fault, &mut answer) {
            (Fault::ErrorDuring(error), _) => answer = Err(error),
            (Fault::Garbled(status), Ok(bytes)) => *bytes = status.to_be_bytes().to_vec(),
            (Fault::Cut(length), Ok(bytes)) => bytes.truncate(length),
            (Fault::Flood, Ok(bytes)) if !is_verify(command) => *bytes = [&[0x30; 65_536][..], &[0x90, 0x00]].concat(),
            _ => {}
        }
        if is_query(command) {
            let thread = self.threads.entry(at).or_default();
            thread.told = answer.as_ref().ok().and_then(|bytes| told(bytes));
            if self.mutant == Some(Mutant::CountsFromMemory)
                && let Ok(bytes) = &mut answer
            {
                *bytes = self.cards[card].remembered.entry(command.to_vec()).or_insert(bytes.clone()).clone();
            }
        }
        match (self.mutant, &answer) {
            (Some(Mutant::RepeatsVerify), Err(_)) if is_verify(command) && self.there(at).is_some() => self.transmit(at, card, command),
            (Some(Mutant::HidesTheLoss), Err(_)) if is_verify(command) => Ok(vec![0x69, 0x84]),
            _ => answer,
        }
    }

    /// The card carries the command out; the oracle looks at its counters before and after.
    fn transmit(&mut self, at: usize, card: usize, command: &[u8]) -> Reply {
        let counters = |card: &Card| (card.tries_left(PinKind::Auth), card.tries_left(PinKind::VisualNumberB));
        let before = counters(&self.cards[card].card);
        let answer = self.cards[card].card.transmit(command).map_err(|_| ChannelError::Removed);
        let after = counters(&self.cards[card].card);
        let has_counted = after.0 < before.0 || after.1 < before.1;
        if is_verify(command) {
            self.verifies += 1;
            self.verified(at, has_counted, after);
        } else if has_counted {
            self.wrong(format!("{command:02X?} cost a try"));
        }
        self.spent += usize::from(has_counted);
        answer
    }

    // --- the oracle ---------------------------------------------------------------------------------------------------------

    pub(super) fn wrong(&mut self, what: String) {
        tell!(self, "WRONG: {what}");
        self.violation.get_or_insert(what);
    }

    /// The press that a thread acts for: same digits, same insertion, no VERIFY yet.
    fn press_of(&self, at: usize, digits: Option<&[u8]>) -> Option<usize> {
        let place = self.threads.get(&at)?.place.as_ref()?;
        let fits = |press: &Press| {
            let is_typed = match (&press.typed, digits) {
                (Typed::Pin(typed) | Typed::FaceCode(typed), Some(digits)) => typed == digits,
                (Typed::OnPad, None) => true,
                (Typed::OnPad, Some(_)) | (Typed::Pin(_) | Typed::FaceCode(_), None) => false,
            };
            let target = self.requests.get(&press.request).and_then(|request| request.card.as_ref());
            let is_there = target.is_some_and(|(name, mark)| *name == place.reader && *mark == place.mark);
            is_typed && is_there && press.verified.is_none() && !press.is_closed
        };
        // The right PIN may have been pressed before, in an operation that ended without using it; a page that stalls has not heard so.
        let goes_on = |press: &Press| self.requests.get(&press.request).is_some_and(|request| !request.is_ended && !request.is_answered);
        let is_open = |press: &Press| goes_on(press) && fits(press);
        self.presses.iter().rposition(is_open).or_else(|| self.presses.iter().rposition(fits))
    }

    /// A thread is about to send a PIN: nothing may have ended its operation before.
    fn about_to_verify(&mut self, at: usize, digits: Option<&[u8]>) {
        let press = self.press_of(at, digits);
        self.threads.entry(at).or_default().press = press;
        match press.map(|press| self.presses[press].request) {
            None => self.wrong("a VERIFY without a press of its own".to_owned()),
            Some(request) if self.requests.get(&request).is_some_and(|request| request.is_ended) => {
                self.wrong("a VERIFY begins for an operation that was ended".to_owned());
            }
            Some(_) => {}
        }
    }

    /// A card received a PIN.
    fn verified(&mut self, at: usize, has_counted: bool, after: (u8, u8)) {
        let thread = self.threads.entry(at).or_default();
        let told = thread.told;
        let Some(index) = thread.press.take().filter(|press| self.presses[*press].verified.is_none()) else {
            return self.wrong("a second VERIFY for one press".to_owned());
        };
        let press = &mut self.presses[index];
        press.verified = Some((has_counted, if press.asks == Asks::FaceCode { after.1 } else { after.0 }));
        let (shown, has_word, said) = (press.shown, press.has_word, press.said);
        if let (Some(shown), Some(told)) = (shown, told)
            && told < shown
        {
            self.wrong(format!("a VERIFY at {told} tries, when the person saw {shown}"));
        }
        if told == Some(1) && !has_word {
            self.wrong("the last try without the person's word".to_owned());
        }
        if told == Some(0) {
            self.wrong("a VERIFY of a locked PIN".to_owned());
        }
        if said.is_some_and(|said| said != Spent::Unknown) {
            self.wrong(format!("a VERIFY after the page was told {said:?}"));
        }
        if has_counted {
            self.tally.wrong += 1;
        } else {
            self.tally.right += 1;
        }
    }

    /// Takes what pages got; those that stall only when it is insisted.
    fn collect(&mut self, is_insisted: bool) {
        let connections: Vec<u64> = self.pages.iter().filter(|(_, page)| is_insisted || !page.is_stalled).map(|(at, _)| *at).collect();
        for connection in connections {
            while let Some(page) = self.pages.get_mut(&connection) {
                match page.frames.try_recv() {
                    Ok(frame) => self.heard(connection, frame),
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => self.forget(connection),
                }
            }
        }
        for at in 0..self.presses.len() {
            let word = self.presses[at].frame.as_mut().and_then(|frame| frame.try_recv().ok());
            if let Some(word) = word {
                self.presses[at].frame = None;
                let verified = self.presses[at].verified;
                let is_true = match word {
                    Pressed::Right => matches!(verified, Some((false, _))),
                    Pressed::Wrong { tries_left } => {
                        verified.is_some_and(|(counted, left)| counted && tries_left.is_none_or(|n| n == left))
                    }
                    Pressed::Locked | Pressed::Ended => true,
                    Pressed::Confirm | Pressed::Format | Pressed::Stopped => false,
                };
                if !is_true {
                    self.wrong(format!("the frame was told {word:?} after {verified:?}"));
                }
            }
        }
        if self.verifies > self.presses.len() || self.spent > self.presses.len() {
            self.wrong(format!("{} VERIFY, {} tries spent, {} presses", self.verifies, self.spent, self.presses.len()));
        }
    }

    /// A page is gone, with its requests and tickets.
    fn forget(&mut self, connection: u64) {
        self.pages.remove(&connection);
        for (_, request) in self.requests.iter_mut().filter(|((of, _), _)| *of == connection) {
            request.is_ended = true;
        }
        for ticket in self.tickets.values_mut().filter(|ticket| ticket.request.0 == connection && ticket.life == Life::Live) {
            ticket.life = Life::Dead;
        }
    }

    fn heard(&mut self, connection: u64, frame: Frame) {
        tell!(self, "page {connection} hears {}", serde_json::to_string(&frame).unwrap());
        let Some(page) = self.pages.get_mut(&connection) else { return };
        match frame {
            Frame::Event(Event { seq, what }) => {
                page.seq += 1;
                if seq != page.seq {
                    let expected = page.seq;
                    self.wrong(format!("event {seq} instead of {expected}"));
                }
                self.happened(connection, what);
            }
            Frame::Ack { id, .. } => {
                let card = self.asked.get(&(connection, id)).and_then(|generation| self.generations.get(generation)).cloned();
                let lies_there = card.as_ref().and_then(|(name, mark)| self.insertions.get(&(name.clone(), *mark)));
                let is_iphone = lies_there.is_some_and(|card| self.cards[*card].card.spec().scenario.starts_with("phone-ios"));
                let request = Request { card, press: None, has_ticket: false, is_iphone, is_answered: false, is_ended: false };
                if self.requests.insert((connection, id), request).is_some() {
                    self.wrong(format!("request {id} was begun twice"));
                }
            }
            Frame::Ok { id, ok } => {
                *page.answered.entry(id).or_default() += 1;
                let is_secret = matches!(ok, Answer::Authenticate { .. } | Answer::Face { .. });
                if let Answer::Hello { state, .. } = ok {
                    page.state = Some(state);
                } else if !matches!(ok, Answer::Cancel { .. }) {
                    self.answered((connection, id), None, is_secret);
                }
            }
            Frame::Err { id, err } => {
                *page.answered.entry(id).or_default() += 1;
                if self.requests.contains_key(&(connection, id)) && err.code != ErrorCode::BadState {
                    self.answered((connection, id), Some(&err), false);
                } else if err.try_spent != Spent::No {
                    self.wrong(format!("{err:?} without an operation"));
                }
            }
        }
    }

    fn happened(&mut self, connection: u64, what: What) {
        match what {
            What::State { state } => {
                if let Some(page) = self.pages.get_mut(&connection) {
                    page.state = Some(state);
                }
            }
            What::PinNeeded { request, ticket, tries_left, last_try, asks } => {
                let asking = self.requests.get_mut(&(connection, request)).filter(|request| !request.has_ticket && !request.is_answered);
                match asking {
                    Some(asking) => asking.has_ticket = true,
                    None => self.wrong(format!("a ticket for request {request}, which wants none")),
                }
                if last_try != (tries_left == Some(1)) {
                    self.wrong(format!("last try {last_try} at {tries_left:?}"));
                }
                let life = Life::Live;
                if self.tickets.insert(ticket, Ticket { request: (connection, request), shown: tries_left, asks, life }).is_some() {
                    self.wrong("a ticket was given twice".to_owned());
                }
            }
            What::Progress { request, step, .. } => {
                // An iPhone signs without a PIN, if its owner unlocked it.
                let may_go_on = |request: &Request| request.press.is_some() || request.is_iphone && step != Step::Verifying;
                if !self.requests.get(&(connection, request)).is_some_and(may_go_on) {
                    self.wrong(format!("request {} goes on without a press", request));
                }
            }
            What::LeaseLost { request } => {
                if let Some(request) = self.requests.get_mut(&(connection, request)) {
                    request.is_ended = true;
                }
            }
        }
    }

    /// The one answer to an operation: is it the truth about the try?
    fn answered(&mut self, key: (u64, u64), failure: Option<&Failure>, is_secret: bool) {
        let Some(request) = self.requests.get_mut(&key) else {
            return self.wrong(format!("an answer to request {}, which never began", key.1));
        };
        if std::mem::replace(&mut request.is_answered, true) {
            return self.wrong(format!("request {} was answered twice", key.1));
        }
        let (press, is_iphone) = (request.press, request.is_iphone);
        for ticket in self.tickets.values_mut().filter(|ticket| ticket.request == key && ticket.life == Life::Live) {
            ticket.life = Life::Dead;
        }
        let verified = press.and_then(|press| self.presses[press].verified);
        if let Some(press) = press {
            self.presses[press].said = Some(failure.map_or(Spent::No, |failure| failure.try_spent));
        }
        let is_true = match failure {
            // No PIN, no secret; but an iPhone that its owner unlocked asks for none.
            None => !is_secret || matches!(verified, Some((false, _))) || press.is_none() && is_iphone,
            Some(Failure { try_spent: Spent::No, .. }) => !matches!(verified, Some((true, _))),
            Some(Failure { try_spent: Spent::Yes, code, tries_left, .. }) => verified
                .is_some_and(|(counted, left)| counted && (*code != ErrorCode::PinWrong || tries_left.is_none_or(|told| told == left))),
            Some(Failure { try_spent: Spent::Unknown, .. }) => {
                self.tally.unknown += 1;
                press.is_some()
            }
        };
        if !is_true {
            self.wrong(format!("the page was told {failure:?} after {verified:?}"));
        }
    }

    // --- what can happen ----------------------------------------------------------------------------------------------------

    /// One step: mostly what comes next of itself, else anything.
    pub(super) fn step(&mut self, word: u64) {
        let mut dice = Dice(word);
        if dice.percent(75) { self.next_of_itself(&mut dice) } else { self.anything(&mut dice) }
    }

    fn next_of_itself(&mut self, dice: &mut Dice) {
        let parked = self.parked();
        if !self.news.is_empty() && dice.percent(80) {
            self.deliver_news(1 + dice.below(4));
        } else if let Some(at) = parked.last().copied().filter(|_| dice.percent(90)) {
            self.work(at, 1 + dice.below(8), dice);
        } else if self.is_watch_due && dice.percent(70) {
            self.report();
        } else if !self.pages.values().any(|page| page.state.is_some()) {
            let connection = self.join(dice);
            self.say(connection, HELLO, None);
        } else if let Some(ticket) = self.live_tickets(dice) {
            self.press_in(&ticket, dice, true);
        } else if !self.ask_known(dice) {
            let empty = self.readers.iter().position(|reader| reader.is_plugged && reader.card.is_none());
            match (empty, self.readers.iter().position(|reader| !reader.is_plugged)) {
                (_, Some(lost)) => self.plug(lost),
                (Some(empty), None) => self.place(empty, dice.below(2)),
                (None, None) => self.wait_long(false),
            }
        }
    }

    fn anything(&mut self, dice: &mut Dice) {
        let parked = self.parked();
        if let Some(at) = dice.pick(&parked).filter(|_| dice.percent(35)) {
            let fault = fault(dice);
            return self.go_on(at, fault, Dice(dice.next()));
        }
        let page = dice.pick(&self.pages.keys().copied().collect::<Vec<_>>());
        match (dice.below(27), page) {
            (0, _) | (1..=9, None) => drop(self.join(dice)),
            (1, Some(page)) => self.say(page, HELLO, None),
            (2 | 3, Some(page)) => self.ask_oddly(page, dice),
            (4, Some(page)) => {
                let target = self.pages.get(&page).map_or(0, |page| page.last_id.saturating_sub(u64::try_from(dice.below(3)).unwrap()));
                self.cancel(page, target);
            }
            (5, Some(page)) => self.replay(page, dice),
            (6, Some(page)) => {
                let garbage = GARBAGE[dice.below(GARBAGE.len())];
                self.send(page, 0, garbage.to_owned());
            }
            (7 | 8, Some(page)) => {
                self.cut(page);
                if dice.percent(60) {
                    let connection = self.join(dice);
                    self.say(connection, HELLO, None);
                }
            }
            (9, Some(page)) => {
                if let Some(page) = self.pages.get_mut(&page) {
                    page.is_stalled = !page.is_stalled;
                }
            }
            (10, _) => self.open_frame(dice),
            (11 | 12, _) => {
                if let Some(ticket) = self.live_tickets(dice) {
                    self.press_in(&ticket, dice, false);
                }
            }
            (13, _) => {
                let known: Vec<String> = self.tickets.keys().cloned().collect();
                let ticket = dice.pick(&known).filter(|_| dice.percent(80)).unwrap_or_else(|| "AAAAAAAAAAAAAAAAAAAAAA".to_owned());
                self.press_in(&ticket, dice, false);
            }
            (14 | 15, _) => self.pull(dice.below(2)),
            (16, _) => self.place(dice.below(2), dice.below(2)),
            (17, _) => {
                let reader = dice.below(2);
                self.pull(reader);
                self.place(reader, dice.below(2));
            }
            (18, _) => self.report(),
            (19, _) => {
                let reader = dice.below(2);
                if self.readers[reader].is_plugged { self.unplug(reader) } else { self.plug(reader) }
            }
            (20, _) => {
                let report = if dice.percent(50) { Report::Down } else { Report::Denied };
                tell!(self, "the watch tells {report:?}");
                self.is_watch_due = true;
                self.tell_desk(Input::Seen(report));
            }
            (21 | 22, _) => {
                tell!(self, "time passes");
                self.wait_long(dice.percent(20));
            }
            (23, _) => self.other_program(dice.below(2), dice.percent(40)),
            (24, _) if dice.percent(40) => self.start_again(),
            (25, _) if dice.percent(20) => self.end_and_start_again(),
            _ => self.deliver_news(1),
        }
    }

    fn parked(&self) -> Vec<usize> {
        self.threads.iter().filter(|(_, thread)| thread.asked.is_some()).map(|(at, _)| *at).collect()
    }

    fn work(&mut self, at: usize, steps: usize, dice: &mut Dice) {
        for _ in 0..steps {
            self.go_on(at, Fault::None, Dice(dice.next()));
            if self.violation.is_some() {
                return;
            }
        }
    }

    fn join(&mut self, dice: &mut Dice) -> u64 {
        let connection = self.hub.next_connection();
        let origin = Origin::parse(ORIGINS[dice.below(2)]).unwrap();
        let (frames, outbox) = mpsc::channel(if dice.percent(90) { 64 } else { 3 });
        tell!(self, "page {connection} joins from {origin}");
        let page = Page {
            frames: outbox,
            is_stalled: dice.percent(3),
            seq: 0,
            state: None,
            last_id: 0,
            said: Vec::new(),
            sent: BTreeMap::new(),
            answered: BTreeMap::new(),
        };
        self.pages.insert(connection, page);
        self.tell_desk(Input::Joined { connection, origin, frames });
        connection
    }

    fn cut(&mut self, connection: u64) {
        tell!(self, "the socket of page {connection} is cut");
        self.tally.cuts += 1;
        self.forget(connection);
        self.tell_desk(Input::Left { connection });
    }

    fn send(&mut self, connection: u64, id: u64, text: String) {
        tell!(self, "page {connection} says {text}");
        let Some(page) = self.pages.get_mut(&connection) else { return };
        *page.sent.entry(id).or_default() += 1;
        page.said.push((id, text.clone()));
        self.tell_desk(Input::Said { connection, text });
    }

    fn say(&mut self, connection: u64, op: &str, generation: Option<u64>) {
        let Some(page) = self.pages.get_mut(&connection) else { return };
        page.last_id += 1;
        let id = page.last_id;
        if let Some(generation) = generation {
            self.asked.insert((connection, id), generation);
        }
        self.send(connection, id, format!(r#"{{"v":1,"id":{id},{op}}}"#));
    }

    fn cancel(&mut self, connection: u64, target: u64) {
        // Whatever begins after this line begins too late.
        if let Some(request) = self.requests.get_mut(&(connection, target)) {
            request.is_ended = true;
        }
        self.say(connection, &format!(r#""op":"cancel","target":{target}"#), None);
    }

    /// The same frame again, byte for byte, or an old id with another wish.
    fn replay(&mut self, connection: u64, dice: &mut Dice) {
        let Some((id, text)) = self.pages.get(&connection).and_then(|page| dice.pick(&page.said)) else { return };
        let text = if dice.percent(70) || id == 0 { text } else { format!(r#"{{"v":1,"id":{id},"op":"cancel","target":{id}}}"#) };
        self.tally.replays += 1;
        self.send(connection, id, text);
    }

    /// An honest request about a card that a page sees, when it has none running.
    fn ask_known(&mut self, dice: &mut Dice) -> bool {
        let is_running = |page: u64| self.requests.iter().any(|((of, _), request)| *of == page && !request.is_answered);
        let free: Vec<u64> = self.pages.iter().filter(|(at, page)| page.state.is_some() && !is_running(**at)).map(|(at, _)| *at).collect();
        let Some(connection) = dice.pick(&free) else { return false };
        let Some(state) = self.pages.get(&connection).and_then(|page| page.state.clone()) else { return false };
        let usable = |kind| matches!(kind, None | Some(CardKind::MyNumberCard | CardKind::PhoneAndroid | CardKind::PhoneIos));
        let cards: Vec<(String, u64)> = state
            .readers
            .iter()
            .filter_map(|reader| reader.card.filter(|card| usable(card.kind)).map(|card| (reader.id.clone(), card.generation)))
            .collect();
        let Some((reader, generation)) = dice.pick(&cards) else { return false };
        let take = match state.lease {
            shared::reader::Lease::Other(seen) if dice.percent(60) => Some(seen),
            _ => None,
        };
        self.operate(connection, &reader, generation, take, dice);
        true
    }

    /// Any request, right or wrong.
    fn ask_oddly(&mut self, connection: u64, dice: &mut Dice) {
        let reader = format!("r{}", 1 + dice.below(4));
        let known: Vec<u64> = self.generations.keys().copied().collect();
        let generation = match dice.below(4) {
            0 => u64::try_from(dice.below(9)).unwrap(),
            1 => known.first().copied().unwrap_or(1),
            _ => known.last().copied().unwrap_or(0),
        };
        let take = dice.percent(40).then(|| u64::try_from(dice.below(5)).unwrap());
        self.operate(connection, &reader, generation, take, dice);
    }

    fn operate(&mut self, connection: u64, reader: &str, generation: u64, take: Option<u64>, dice: &mut Dice) {
        let take = take.map_or("null".to_owned(), |take| take.to_string());
        let which = format!(r#""reader":"{reader}","generation":{generation},"take":{take}"#);
        let op = match dice.below(20) {
            0 => format!(r#""op":"identify","consented":true,{which}"#),
            1 => format!(r#""op":"pin_status",{which}"#),
            2 => format!(r#""op":"identify","consented":false,{which}"#),
            3..=5 => format!(r#""op":"face","consented":true,{which}"#),
            6..=10 => {
                format!(r#""op":"authenticate","nonce":"{}","statement":"{}","with_pin":true,{which}"#, Cards::nonce(), Cards::statement())
            }
            _ => format!(r#""op":"authenticate","nonce":"{}","statement":"{}",{which}"#, Cards::nonce(), Cards::statement()),
        };
        self.say(connection, &op, Some(generation));
    }

    fn live_tickets(&self, dice: &mut Dice) -> Option<String> {
        let live: Vec<String> = self.tickets.iter().filter(|(_, ticket)| ticket.life == Life::Live).map(|(text, _)| text.clone()).collect();
        dice.pick(&live)
    }

    fn open_frame(&mut self, dice: &mut Dice) {
        let known: Vec<String> = self.tickets.keys().cloned().collect();
        let Some(ticket) = dice.pick(&known) else { return };
        let (reply, mut view) = oneshot::channel::<FrameView>();
        self.tell_desk(Input::FrameOpened { ticket: ticket.clone(), reply });
        let model = &self.tickets[&ticket];
        match (view.try_recv(), model.life) {
            (Ok(view), Life::Live) if view.tries_left == model.shown => {}
            (Ok(view), life) => self.wrong(format!("a frame shows {:?} for a ticket that is {life:?}", view.tries_left)),
            (Err(_), _) => {}
        }
    }

    fn wrong_pin(&mut self) -> Vec<u8> {
        self.wrong_typed += 1;
        format!("{}", 2000 + self.wrong_typed).into_bytes()
    }

    /// A person types and presses, once or with a key that bounces.
    fn press_in(&mut self, text: &str, dice: &mut Dice, is_careful: bool) {
        let asks = self.tickets.get(text).map_or(Asks::Pin, |ticket| ticket.asks);
        let card = self.tickets.get(text).and_then(|ticket| self.requests.get(&ticket.request)?.card.clone());
        let reader = card.and_then(|(name, _)| self.readers.iter().position(|reader| reader.name == name));
        let has_pad = reader.is_some_and(|reader| self.readers[reader].has_pad);
        let is_last = self.tickets.get(text).is_some_and(|ticket| ticket.shown == Some(1));
        let has_asked = if is_careful { asks } else { dice.pick(&[asks, asks, asks, Asks::Pin, Asks::FaceCode]).unwrap_or(asks) };
        let typed = match has_asked {
            Asks::Pin | Asks::PhonePin if dice.percent(if has_pad { 30 } else { 3 }) => Typed::OnPad,
            Asks::Pin | Asks::PhonePin if dice.percent(45) => Typed::Pin(b"1234".to_vec()),
            Asks::Pin | Asks::PhonePin => Typed::Pin(self.wrong_pin()),
            Asks::FaceCode => {
                // The right one is rare: taking the photo apart costs as much as a hundred sequences.
                let right = reader.and_then(|reader| self.readers[reader].card).filter(|_| dice.percent(4));
                self.wrong_typed += 1;
                let wrong = format!("{:014}", 90_000_000_000_000 + self.wrong_typed);
                Typed::FaceCode(right.map_or(wrong, |card| self.cards[card].face_code.clone()).into_bytes())
            }
        };
        let has_word = if is_careful { is_last && dice.percent(75) } else { dice.percent(50) };
        let times = if dice.percent(20) { 2 } else { 1 };
        for _ in 0..times {
            self.press(text, &typed, has_word);
        }
    }

    fn press(&mut self, text: &str, typed: &Typed, has_word: bool) {
        tell!(self, "a person presses in {text}: {typed:?}, word: {has_word}");
        let secret = match typed {
            Typed::Pin(digits) => Secret::Pin(Pin::parse(digits).unwrap()),
            Typed::FaceCode(digits) => Secret::FaceCode(FaceCode::parse(digits).unwrap()),
            Typed::OnPad => Secret::OnPad,
        };
        let (reply, mut frame) = oneshot::channel();
        let last_try_confirmed = has_word || self.mutant == Some(Mutant::SaysTheWord);
        let hub = self.hub_task();
        hub.take(Input::Pressed { ticket: text.to_owned(), secret, last_try_confirmed, reply });
        hub.tell_state();
        let word = frame.try_recv();
        tell!(self, "the frame hears {word:?}");
        let ticket = self.tickets.get(text);
        let is_live = ticket.is_some_and(|ticket| ticket.life == Life::Live);
        match word {
            // Taken: the answer comes when the card has spoken.
            Err(oneshot::error::TryRecvError::Empty) => match ticket.filter(|_| is_live) {
                Some(&Ticket { request, shown, asks, .. }) => {
                    self.tally.presses += 1;
                    let at = self.presses.len();
                    let press = Press {
                        request,
                        typed: typed.clone(),
                        asks,
                        has_word,
                        shown,
                        verified: None,
                        said: None,
                        frame: Some(frame),
                        is_closed: false,
                    };
                    self.presses.push(press);
                    if let Some(ticket) = self.tickets.get_mut(text) {
                        ticket.life = Life::Used;
                    }
                    if let Some(request) = self.requests.get_mut(&request) {
                        request.press = Some(at);
                    }
                }
                None => self.wrong("a press on a ticket that does not live was taken".to_owned()),
            },
            Ok(Pressed::Confirm) if ticket.is_none_or(|ticket| ticket.shown != Some(1)) || has_word => {
                self.wrong("the word for the last try was asked for in vain".to_owned());
            }
            Ok(Pressed::Right | Pressed::Wrong { .. } | Pressed::Locked) => {
                self.wrong("a press was answered before a card was asked".to_owned())
            }
            Ok(Pressed::Confirm | Pressed::Format | Pressed::Ended | Pressed::Stopped) | Err(oneshot::error::TryRecvError::Closed) => {}
        }
        self.after();
        self.collect(false);
    }

    /// Lets everything come to rest, honestly, and looks once more.
    pub(super) fn settle(&mut self) {
        tell!(self, "everything comes to rest");
        self.pages.values_mut().for_each(|page| page.is_stalled = false);
        self.collect(true);
        self.report();
        for _ in 0..400 {
            if self.violation.is_some() {
                return;
            }
            let is_open = |request: &Request| !request.is_answered && !request.is_ended;
            if !self.news.is_empty() {
                self.deliver_news(usize::MAX);
            } else if let Some(at) = self.parked().last().copied() {
                self.go_on(at, Fault::None, Dice(0));
            } else if self.requests.values().any(is_open) || self.tickets.values().any(|ticket| ticket.life == Life::Live) {
                self.wait_long(true);
            } else {
                break;
            }
        }
        self.collect(true);
        if !self.parked().is_empty() || !self.news.is_empty() || !self.hub_task().workers.is_idle() {
            self.wrong("it does not come to rest".to_owned());
        }
        let unanswered = self.pages.values().find(|page| page.sent != page.answered).map(|page| (page.sent.clone(), page.answered.clone()));
        if let Some((sent, answered)) = unanswered {
            self.wrong(format!("frames {sent:?}, answers {answered:?}"));
        }
        for at in 0..self.cards.len() {
            let is_there = self.readers.iter().any(|reader| reader.is_plugged && reader.card == Some(at));
            if is_there && self.is_verified(at) && !self.cards[at].is_tainted {
                self.wrong(format!("card {at} is left verified"));
            }
        }
        if self.presses.iter().any(|press| press.said == Some(Spent::No) && matches!(press.verified, Some((true, _)))) {
            self.wrong("a page was told that no try was spent, and one was".to_owned());
        }
        self.tally.verifies += self.verifies;
        self.tally.spent += self.spent;
    }
}

fn is_verify(command: &[u8]) -> bool {
    command.get(1) == Some(&0x20) && command.len() > 5
}

fn is_query(command: &[u8]) -> bool {
    command.get(1) == Some(&0x20) && command.len() <= 5
}

/// Tries left in the answer to a query, where it says.
fn told(answer: &[u8]) -> Option<u8> {
    match answer {
        [0x63, left @ 0xC0..=0xCF] => Some(left & 0x0F),
        [0x69, 0x83 | 0x84] => Some(0),
        _ => None,
    }
}

fn fault(dice: &mut Dice) -> Fault {
    let status = STATUSES[dice.below(STATUSES.len())];
    let error = ERRORS[dice.below(ERRORS.len())];
    match dice.below(18) {
        0 => Fault::PulledBefore,
        1 | 2 => Fault::PulledDuring,
        3 => Fault::PulledAfter,
        4 => Fault::LostBefore,
        5 => Fault::LostDuring,
        6 | 7 => Fault::ErrorBefore(error),
        8..=10 => Fault::ErrorDuring(error),
        11 => Fault::Refused(status),
        12 | 13 => Fault::Garbled(status),
        14 => Fault::Cut(0),
        15 => Fault::Cut(1),
        16 if dice.percent(10) => Fault::Flood,
        _ => Fault::None,
    }
}
