//! The machine's readers through PC/SC: blocking status changes, no polling, recovery without end.

use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pcsc::{Context, Disposition, Error, PNP_NOTIFICATION, Protocols, ReaderState, Scope, ShareMode, State};
use tracing::{debug, info, warn};
use zeroize::Zeroize as _;

use super::pad;
use super::{COME_BACK, Door, Place, Presence, Readers, Report, Reporter, Slot};
use crate::card::{After, Channel, ChannelError};

/// Longest answer of a card with its status word: 64 KiB and two bytes. Ready from the start, so that nothing is ever asked twice.
const ANSWER_MAX: usize = 65_538;
/// First wait before the service is looked for again.
const BACK_OFF_FIRST: Duration = Duration::from_millis(50);
/// Longest wait before the service is looked for again.
const BACK_OFF_MAX: Duration = Duration::from_millis(500);
/// Number of the request for a reader's features (PC/SC part 10).
const GET_FEATURES: u16 = 3400;
/// How long the service may take to see that a card was pulled; until then an exchange with it is just broken.
const SEEN: Duration = Duration::from_millis(600);
/// Between two questions for the key that was pressed on a reader that has to be asked.
const KEY_AGAIN: Duration = Duration::from_millis(100);
/// After a change the list is read once more: a reader plugged in between listing and waiting would go unseen.
const SETTLE: Duration = Duration::from_millis(300);

/// The readers that PC/SC knows.
#[derive(Debug, Default)]
pub struct MachineReaders;

impl Readers for MachineReaders {
    fn watch(&self, report: Reporter) -> Box<dyn Send> {
        let stop = Arc::new(Stop::default());
        let watcher = Watcher { stop: Arc::clone(&stop), report, last: None };
        let started = std::thread::Builder::new().name("reader-watch".to_owned()).stack_size(256 * 1024).spawn(move || watcher.run());
        if let Err(error) = started {
            warn!(%error, "the thread that watches the readers did not start");
        }
        Box::new(Guard(stop))
    }

    fn door(&self) -> Box<dyn Door> {
        Box::new(MachineDoor { context: None, answer: Vec::new() })
    }

    fn is_simulator(&self) -> bool {
        false
    }
}

/// Ends the watch; also while it waits for a change or for the service.
#[derive(Default)]
struct Stop {
    ended: Mutex<bool>,
    bell: Condvar,
    is_ended: AtomicBool,
    context: Mutex<Option<Context>>,
}

struct Guard(Arc<Stop>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.is_ended.store(true, Ordering::SeqCst);
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.bell.notify_all();
        if let Some(context) = &*self.0.context.lock().unwrap_or_else(PoisonError::into_inner)
            && let Err(error) = context.cancel()
        {
            debug!(%error, "the wait for readers was already over");
        }
    }
}

impl Stop {
    /// Waits for the end, at most `limit`.
    fn wait(&self, limit: Duration) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.bell.wait_timeout_while(ended, limit, |ended| !*ended));
    }

    fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::SeqCst)
    }
}

struct Watcher {
    stop: Arc<Stop>,
    report: Reporter,
    last: Option<Report>,
}

impl Watcher {
    fn run(mut self) {
        let mut back_off = BACK_OFF_FIRST;
        while !self.stop.is_ended() {
            match self.watch() {
                Ok(()) => return,
                Err(Error::SecurityViolation) => self.tell(Report::Denied),
                Err(error) => {
                    debug!(%error, "the reader service is away");
                    self.tell(Report::Down);
                }
            }
            self.stop.wait(back_off);
            back_off = (back_off * 2).min(BACK_OFF_MAX);
        }
    }

    /// Watches as long as the service answers.
    fn watch(&mut self) -> Result<(), Error> {
        let context = Context::establish(Scope::User)?;
        *self.stop.context.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.clone());
        info!("the reader service answers");
        let mut states = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        let mut names = list(&context)?;
        let mut settled = false;
        while !self.stop.is_ended() {
            update(&mut states, &names);
            let known = states.iter().skip(1).all(|state| state.current_state() != State::UNAWARE);
            if known {
                self.tell(Report::Slots(states.iter().skip(1).map(slot).collect()));
            }
            // Nothing known yet: the answer comes at once. Just changed: look again soon. Else: until something happens.
            let limit = (!settled).then_some(SETTLE);
            match context.get_status_change(limit, &mut states) {
                Ok(()) => settled = false,
                Err(Error::Timeout) => settled = true,
                Err(Error::Cancelled) if self.stop.is_ended() => return Ok(()),
                Err(Error::Cancelled) => {}
                Err(Error::UnknownReader) => settled = false,
                Err(error) => return Err(error),
            }
            for state in &mut states {
                state.sync_current_state();
            }
            names = list(&context)?;
        }
        Ok(())
    }

    /// Reports what differs from the last report.
    fn tell(&mut self, now: Report) {
        if self.last.as_ref() != Some(&now) {
            (self.report)(now.clone());
            self.last = Some(now);
        }
    }
}

fn list(context: &Context) -> Result<Vec<CString>, Error> {
    match context.list_readers_owned() {
        Err(Error::NoReadersAvailable) => Ok(Vec::new()),
        other => other,
    }
}

/// Keeps the states of readers that stay, forgets those that went, adds new ones at the end.
fn update(states: &mut Vec<ReaderState>, names: &[CString]) {
    states.retain(|state| {
        let gone = State::UNKNOWN | State::IGNORE;
        state.name() == PNP_NOTIFICATION()
            || (names.iter().any(|name| name.as_c_str() == state.name()) && !state.current_state().intersects(gone))
    });
    for name in names {
        if !states.iter().any(|state| state.name() == name.as_c_str()) {
            states.push(ReaderState::new(name.clone(), State::UNAWARE));
        }
    }
}

fn slot(state: &ReaderState) -> Slot {
    let now = state.current_state();
    let card = now.contains(State::PRESENT).then(|| Presence { mark: u64::from(state.event_count()), is_mute: now.contains(State::MUTE) });
    Slot { name: state.name().to_string_lossy().into_owned(), card }
}

/// The way to a card through PC/SC, with a context of its own.
struct MachineDoor {
    context: Option<Context>,
    answer: Vec<u8>,
}

impl MachineDoor {
    /// Connects to the card; after the service was away with a new context, since the old one is dead without saying so.
    fn connect(&mut self, reader: &CStr) -> Result<(Context, pcsc::Card), Error> {
        let connect = |context: Context| {
            let card = context.connect(reader, ShareMode::Shared, Protocols::ANY)?;
            Ok((context, card))
        };
        if let Some(context) = self.context.take() {
            match connect(context) {
                Err(error) if channel_error(error) == ChannelError::ReaderLost => {}
                other => return other.inspect(|(context, _)| self.context = Some(context.clone())),
            }
        }
        connect(Context::establish(Scope::User)?).inspect(|(context, _)| self.context = Some(context.clone()))
    }
}

impl Door for MachineDoor {
    fn with_card(&mut self, place: &Place, work: &mut dyn FnMut(&mut dyn Channel) -> After) -> Result<(), ChannelError> {
        let reader = CString::new(place.reader.as_str()).map_err(|_| ChannelError::ReaderLost)?;
        let (context, mut card) = self.connect(&reader).map_err(open_error)?;
        self.answer.resize(ANSWER_MAX, 0);
        let ran = in_transaction(&context, &mut card, &reader, place.mark, &mut self.answer, work);
        self.answer.zeroize();
        self.answer = Vec::new();
        if let Err((card, error)) = card.disconnect(Disposition::LeaveCard) {
            debug!(%error, "the card was gone before it could be left");
            drop(card);
        }
        ran
    }
}

/// Holds the card for itself alone, makes sure that it is the one that was meant, and works with it.
fn in_transaction(
    context: &Context,
    card: &mut pcsc::Card,
    reader: &CStr,
    mark: u64,
    answer: &mut [u8],
    work: &mut dyn FnMut(&mut dyn Channel) -> After,
) -> Result<(), ChannelError> {
    let transaction = match card.transaction2() {
        Ok(transaction) => Ok(transaction),
        // Someone reset it before us: nothing is assumed of its state, so it can be had again.
        Err((card, Error::ResetCard)) => {
            let again = card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard);
            again.and_then(|()| card.transaction()).map_err(open_error)
        }
        Err((_, error)) => Err(open_error(error)),
    }?;
    if mark_now(context, reader) != Some(mark) {
        drop(transaction.end(Disposition::LeaveCard));
        return Err(ChannelError::Removed);
    }
    let mut channel = MachineChannel { transaction, answer, is_gone: false, context, reader, mark, keys: None };
    let after = work(&mut channel);
    // Still ours alone: between this and a disconnect another program could meet a verified card.
    let disposition = leave(after, !channel.is_gone && mark_now(context, reader).is_some());
    if let Err((_, error)) = channel.transaction.end(disposition) {
        debug!(%error, "the transaction was over before its end");
    }
    Ok(())
}

/// The mark of the card on the reader now.
fn mark_now(context: &Context, reader: &CStr) -> Option<u64> {
    let mut now = [ReaderState::new(reader, State::UNAWARE)];
    context.get_status_change(Duration::ZERO, &mut now).ok()?;
    let [now] = &now;
    now.event_state().contains(State::PRESENT).then(|| u64::from(now.event_count()))
}

/// How the card is left. Power is taken only from a card that is there: pcscd takes a reader for removed, and for good,
/// when a pulled card was unpowered and is back before its next look.
fn leave(after: After, is_there: bool) -> Disposition {
    match after {
        After::Unpower if is_there => Disposition::UnpowerCard,
        After::Unpower | After::Leave => Disposition::LeaveCard,
    }
}

struct MachineChannel<'card, 'answer> {
    transaction: pcsc::Transaction<'card>,
    answer: &'answer mut [u8],
    /// The card was pulled; pcscd may see it only at its next look.
    is_gone: bool,
    context: &'answer Context,
    reader: &'answer CStr,
    /// Of the insertion that the conversation began with.
    mark: u64,
    /// How the reader takes a PIN on its own keys, once it was asked.
    keys: Option<Option<pad::Keys>>,
}

impl Channel for MachineChannel<'_, '_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let answer = self.transaction.transmit(command, self.answer).map(<[u8]>::to_vec).map_err(channel_error);
        self.noted(answer)
    }

    fn has_pad(&mut self) -> bool {
        self.keys().is_some()
    }

    fn verify_on_pad(&mut self, command: &[u8], stop: &dyn Fn() -> bool) -> Result<Vec<u8>, ChannelError> {
        let keys = self.keys().ok_or(ChannelError::Fault)?;
        let (transaction, room) = (&self.transaction, &mut *self.answer);
        let mut control = |code: u32, told: &[u8]| transaction.control(code.into(), told, room).map(<[u8]>::to_vec).map_err(channel_error);
        let answer = pad::enter(keys, command, &mut control, stop, &|| std::thread::park_timeout(KEY_AGAIN));
        self.noted(answer)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        // Before the reset that goes to whatever lies there, and after it.
        if !self.is_there() {
            return Err(ChannelError::Removed);
        }
        self.reset()?;
        if self.is_there() { Ok(()) } else { Err(ChannelError::Removed) }
    }

    fn come_back(&mut self) -> Result<(), ChannelError> {
        let until = Instant::now() + COME_BACK;
        let mut now = [ReaderState::new(self.reader, State::UNAWARE)];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.context.get_status_change(left, &mut now) {
                Ok(()) => {}
                Err(Error::Timeout) => return Err(ChannelError::Removed),
                Err(error) => return Err(channel_error(error)),
            }
            let [state] = &mut now;
            // The card that was pulled is seen for a moment more.
            if state.event_state().contains(State::PRESENT) && u64::from(state.event_count()) != self.mark {
                return self.reset();
            }
            state.sync_current_state();
        }
    }

    fn is_there(&mut self) -> bool {
        mark_now(self.context, self.reader) == Some(self.mark)
    }
}

impl MachineChannel<'_, '_> {
    fn noted(&mut self, answer: Result<Vec<u8>, ChannelError>) -> Result<Vec<u8>, ChannelError> {
        let answer = answer.map_err(|error| match error {
            // A card pulled before the command is a broken exchange, until the service looks at the reader again.
            ChannelError::Fault if self.was_pulled() => ChannelError::Removed,
            other => other,
        });
        // A card pulled in mid-command gives success and fewer than two bytes; `Answer::parse` knows.
        self.is_gone |= match &answer {
            Ok(answer) => answer.len() < 2,
            Err(error) => *error == ChannelError::Removed,
        };
        answer
    }

    /// Whether the service sees that the card left, now or at its next look.
    fn was_pulled(&self) -> bool {
        let mut now = [ReaderState::new(self.reader, State::UNAWARE)];
        for limit in [Duration::ZERO, SEEN] {
            if self.context.get_status_change(limit, &mut now).is_err() {
                return false;
            }
            let [state] = &mut now;
            if !state.event_state().contains(State::PRESENT) || u64::from(state.event_count()) != self.mark {
                return true;
            }
            state.sync_current_state();
        }
        false
    }

    /// Resets the card that lies there; its selection and PIN state count as lost.
    fn reset(&mut self) -> Result<(), ChannelError> {
        self.transaction.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::ResetCard).map_err(channel_error)?;
        self.is_gone = false;
        Ok(())
    }

    /// Asks the reader what it can do. A reader that does not know the question has no keys; that is no fault.
    fn keys(&mut self) -> Option<pad::Keys> {
        if let Some(known) = self.keys {
            return known;
        }
        let mut features = [0; 256];
        let keys = if pad::is_false(&self.reader.to_string_lossy()) {
            None
        } else {
            self.transaction.control(pcsc::ctl_code(GET_FEATURES.into()), &[], &mut features).ok().and_then(pad::keys)
        };
        self.keys = Some(keys);
        keys
    }
}

fn open_error(error: Error) -> ChannelError {
    debug!(%error, "the card could not be opened");
    match error {
        Error::SharingViolation => ChannelError::Busy,
        other => channel_error(other),
    }
}

fn channel_error(error: Error) -> ChannelError {
    match error {
        Error::RemovedCard | Error::NoSmartcard => ChannelError::Removed,
        Error::ReaderUnavailable
        | Error::UnknownReader
        | Error::NoReadersAvailable
        | Error::NoService
        | Error::ServiceStopped
        | Error::ServerTooBusy
        | Error::InvalidHandle
        | Error::SystemCancelled
        | Error::Shutdown => ChannelError::ReaderLost,
        _ => ChannelError::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_taken_only_from_a_card_that_is_there() {
        assert_eq!(leave(After::Unpower, true), Disposition::UnpowerCard);
        for (after, is_there) in [(After::Unpower, false), (After::Leave, true), (After::Leave, false)] {
            assert_eq!(leave(after, is_there), Disposition::LeaveCard);
        }
    }

    /// Every word that a reader service can say of a card is one of four troubles; only a card that another program holds is busy.
    #[test]
    fn every_word_of_the_reader_service_is_a_trouble_with_a_way_on() {
        let gone = [Error::RemovedCard, Error::NoSmartcard];
        let lost = [
            Error::ReaderUnavailable,
            Error::UnknownReader,
            Error::NoReadersAvailable,
            Error::NoService,
            Error::ServiceStopped,
            Error::ServerTooBusy,
            Error::InvalidHandle,
            Error::SystemCancelled,
            Error::Shutdown,
        ];
        let fault = [
            Error::InternalError,
            Error::Cancelled,
            Error::InvalidParameter,
            Error::InvalidTarget,
            Error::NoMemory,
            Error::WaitedTooLong,
            Error::InsufficientBuffer,
            Error::Timeout,
            Error::UnknownCard,
            Error::CantDispose,
            Error::ProtoMismatch,
            Error::NotReady,
            Error::InvalidValue,
            Error::CommError,
            Error::UnknownError,
            Error::InvalidAtr,
            Error::NotTransacted,
            Error::PciTooSmall,
            Error::ReaderUnsupported,
            Error::DuplicateReader,
            Error::CardUnsupported,
            Error::UnsupportedFeature,
            Error::CommDataLost,
            Error::UnsupportedCard,
            Error::UnresponsiveCard,
            Error::UnpoweredCard,
            Error::ResetCard,
            Error::SecurityViolation,
        ];
        for (words, trouble) in
            [(&gone[..], ChannelError::Removed), (&lost[..], ChannelError::ReaderLost), (&fault[..], ChannelError::Fault)]
        {
            for word in words {
                assert_eq!((channel_error(*word), open_error(*word)), (trouble, trouble), "{word:?}");
            }
        }
        assert_eq!(open_error(Error::SharingViolation), ChannelError::Busy, "before anything was said");
        assert_eq!(channel_error(Error::SharingViolation), ChannelError::Fault, "in the middle of our own transaction");
    }
}
