//! One simulated reader around the virtual card, steered by lines of text: `card PERSON[:SCENARIO]`, `remove`, `insert`, `quit`.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use virtual_card::{Card, CardSpec};

use super::{Door, Place, Presence, Readers, Report, Reporter, Slot};
use crate::card::{After, Channel, ChannelError};

/// Name of the simulated reader.
pub const READER: &str = "Simulated reader";

/// The simulated reader. Clones are the same reader.
#[derive(Clone)]
pub struct Simulator(Arc<Shared>);

struct Shared {
    slot: Mutex<Contents>,
    /// Rings when a card comes or goes: a silent card keeps its caller waiting until then.
    moved: Condvar,
    report: Mutex<Option<Reporter>>,
    cards: PathBuf,
}

struct Contents {
    card: Card,
    is_present: bool,
    insertions: u64,
}

/// Says why a line was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// Not one of the four commands.
    #[error("unknown command; known are: card PERSON[:SCENARIO], remove, insert, quit")]
    Command,
    /// No such person or scenario, or no cards in the folder.
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
    /// Puts a card of the folder on a new reader.
    ///
    /// # Errors
    /// [`virtual_card::OpenError`]: no such card, or no cards in the folder.
    pub fn new(cards: PathBuf, spec: &CardSpec) -> Result<Self, virtual_card::OpenError> {
        let mut card = Card::open(&cards, spec)?;
        card.power_on();
        let slot = Mutex::new(Contents { card, is_present: true, insertions: 1 });
        Ok(Self(Arc::new(Shared { slot, moved: Condvar::new(), report: Mutex::default(), cards })))
    }

    /// Carries out one line.
    ///
    /// # Errors
    /// [`NotDone`]; nothing has changed then.
    pub fn tell(&self, line: &str) -> Result<Told, NotDone> {
        match line.trim().split_once(' ').map_or((line.trim(), ""), |(word, rest)| (word, rest.trim())) {
            ("", "") => {}
            ("quit", "") => return Ok(Told::Quit),
            ("remove", "") => self.remove(),
            ("insert", "") => self.insert(),
            ("card", spec) => {
                let spec: CardSpec = spec.parse().map_err(virtual_card::OpenError::from)?;
                let card = Card::open(&self.0.cards, &spec)?;
                self.remove();
                self.lock().card = card;
                self.insert();
            }
            _ => return Err(NotDone::Command),
        }
        Ok(Told::Done)
    }

    /// Takes the card off the reader.
    pub fn remove(&self) {
        let mut contents = self.lock();
        contents.is_present = false;
        contents.card.power_off();
        drop(contents);
        self.report();
    }

    /// Puts the card back, counters as they were.
    pub fn insert(&self) {
        let mut contents = self.lock();
        if !contents.is_present {
            contents.is_present = true;
            contents.insertions += 1;
            contents.card.power_on();
        }
        drop(contents);
        self.report();
    }

    /// Looks at the card, or plans an accident for it.
    pub fn with<T>(&self, look: impl FnOnce(&mut Card) -> T) -> T {
        look(&mut self.lock().card)
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> Report {
        let contents = self.lock();
        let card = contents.is_present.then_some(Presence { mark: contents.insertions, is_mute: false });
        Report::Slots(vec![Slot { name: READER.to_owned(), card }])
    }

    fn report(&self) {
        self.0.moved.notify_all();
        if let Some(report) = &*self.0.report.lock().unwrap_or_else(PoisonError::into_inner) {
            report(self.seen());
        }
    }
}

struct Watch(Simulator);

impl Drop for Watch {
    fn drop(&mut self) {
        *self.0.0.report.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Readers for Simulator {
    fn watch(&self, report: Reporter) -> Box<dyn Send> {
        *self.0.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
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
        {
            let contents = self.lock();
            if place.reader != READER || !contents.is_present || contents.insertions != place.mark {
                return Err(ChannelError::Removed);
            }
        }
        let after = work(&mut Line { simulator: self, mark: place.mark });
        let mut contents = self.lock();
        if after == After::Unpower && contents.insertions == place.mark {
            contents.card.power_off();
        }
        Ok(())
    }
}

/// The line to the card of one insertion.
struct Line<'a> {
    simulator: &'a Simulator,
    mark: u64,
}

impl Channel for Line<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let mut contents = self.simulator.lock();
        if !contents.is_present || contents.insertions != self.mark {
            return Err(ChannelError::Removed);
        }
        let answer = contents.card.transmit(command);
        if contents.card.is_silent() {
            let is_there = |contents: &mut Contents| contents.is_present && contents.insertions == self.mark;
            drop(self.simulator.0.moved.wait_while(contents, is_there));
            return Err(ChannelError::Removed);
        }
        let was_pulled = contents.card.is_gone();
        if was_pulled {
            contents.is_present = false;
        }
        drop(contents);
        if was_pulled {
            self.simulator.report();
        }
        answer.map_err(|_| ChannelError::Removed)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.simulator.lock().card.reset();
        Ok(())
    }
}
