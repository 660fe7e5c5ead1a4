//! What every conversation with an application of the card shares: the stop sign, the selection, the counter, the one VERIFY, READ.
//!
//! Nothing is repeated but what `card.md` §4 and §5 allow, and VERIFY never, for any reason.

use std::sync::{Mutex, PoisonError};

use shared::reader::Spent;
use zeroize::Zeroizing;

use super::apdu::{Answer, Ef, FAREWELL, Form, SELECT_ISD, Sw, get_response, read_at};
use super::{After, Channel, ChannelError};

/// Digits that open something on the card. Neither printed, copied nor compared; wiped when dropped.
/// On the heap, so that moving the value leaves no copy behind.
pub struct Digits<const N: usize>(Box<Zeroizing<[u8; N]>>);

/// Says that a text is not so many half-width digits (X05). Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not so many half-width digits")]
pub struct NotDigits;

impl<const N: usize> Digits<N> {
    /// Takes exactly `N` half-width digits.
    ///
    /// # Errors
    /// [`NotDigits`]; nothing is normalised.
    pub fn parse(text: &[u8]) -> Result<Self, NotDigits> {
        let digits: &[u8; N] = text.try_into().map_err(|_| NotDigits)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(Box::new(Zeroizing::new(*digits)))) } else { Err(NotDigits) }
    }
}

/// Tries left of a PIN, as the card says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tries {
    /// So many wrong PINs until it is locked; 0 = locked.
    Left(u8),
    /// The card gave no number.
    NotReported,
}

impl Tries {
    /// The number, where there is one.
    #[must_use]
    pub fn number(self) -> Option<u8> {
        match self {
            Self::Left(left) => Some(left),
            Self::NotReported => None,
        }
    }
}

/// Whether one reader passes READ with extended Le; found out once per reader, where nothing is lost by it.
/// Behind a lock, because a reader that stalls on it keeps its thread: the next thread must know.
/// A card without the file, one that was pulled, or one that gives less than all says nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extended {
    /// Not known.
    #[default]
    Unknown,
    /// It came whole.
    Works,
    /// Refused by an answer of `card.md` §7.1, or the exchange broke over it: the short form, for a time.
    Refused,
}

/// An exchange that broke and could not be opened anew.
struct Broken {
    error: ChannelError,
    /// A person took the card away.
    is_pulled: bool,
}

/// What became of a READ with extended Le.
enum Whole {
    /// The file, or its first part.
    Came(Vec<u8>),
    /// Card or reader cannot.
    Refused,
    /// Neither; the short form will tell.
    Open,
}

/// Where the digits of a press come from.
#[derive(Clone, Copy)]
pub enum Entry<'a, const N: usize = 4> {
    /// They were typed in the frame.
    Typed(&'a Digits<N>),
    /// They are typed on the reader's own keys and never reach this program.
    Pad,
}

/// What the person agreed to when they pressed 確定.
pub struct Press<'a, const N: usize = 4> {
    /// Where the digits come from.
    pub entry: Entry<'a, N>,
    /// Tries left that the frame showed.
    pub seen: Tries,
    /// They confirmed that one more wrong PIN locks the card.
    pub last_try_confirmed: bool,
}

/// Says why a conversation ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It was told to end before the next command.
    #[error("told to end")]
    Stopped,
    /// Each answer came in time, and all of them together took too long.
    #[error("the card took too long")]
    TooSlow,
    /// No answer.
    #[error("no answer from the card")]
    Channel(#[from] ChannelError),
    /// No such application on the card.
    #[error("not a card with this application")]
    NotThisCard,
    /// A key of a kind this program does not know.
    #[error("a newer kind of card")]
    NewerCard,
    /// A file longer than this program reads.
    #[error("{0} is longer than this program reads")]
    TooLong(&'static str),
    /// An iPhone that its owner has not unlocked, or that asks for its PIN; it says the same of both.
    #[error("the phone is locked")]
    PhoneLocked,
    /// The card holds no 利用者証明用電子証明書.
    #[error("no authentication certificate")]
    NoCertificate,
    /// The PIN is locked: before, or by this try.
    #[error("the PIN is locked")]
    Locked,
    /// Wrong PIN.
    #[error("wrong PIN")]
    WrongPin(Tries),
    /// The person cancelled on the reader's keys, or typed another number of digits: nothing was sent.
    #[error("cancelled on the reader")]
    PadCancelled,
    /// Nobody typed on the reader's keys in time: nothing was sent.
    #[error("nothing was typed on the reader")]
    PadTimeout,
    /// Fewer tries are left than the person was shown, or only one without their word: nothing was sent.
    #[error("the counter is lower than shown")]
    CounterFell(u8),
    /// A status word that ends the step.
    #[error("the card refused {0} with {1:?}")]
    Refused(&'static str, Sw),
    /// An answer that cannot be.
    #[error("the card answered nonsense: {0}")]
    Nonsense(&'static str),
}

/// Trouble in a conversation with a VERIFY, and whether it cost a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// What happened.
    pub trouble: Trouble,
    /// Whether the card counted a try.
    pub spent: Spent,
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self { trouble, spent: Spent::No }
    }
}

/// One conversation: every command passes the stop sign first.
pub(super) struct Talk<'a> {
    channel: &'a mut dyn Channel,
    stop: &'a dyn Fn() -> bool,
    select: &'static [u8; 15],
    form: Form,
    /// The exchange broke and was opened anew: what was asked before may have changed since.
    pub(super) is_reopened: bool,
    /// What is still to be read is given freely and will be held against a signature that is here: a card may go on that was gone for a
    /// moment, whichever it is.
    pub(super) may_come_back: bool,
}

impl<'a> Talk<'a> {
    /// Begins with the application that `select` names.
    pub(super) fn new(channel: &'a mut dyn Channel, stop: &'a dyn Fn() -> bool, select: &'static [u8; 15]) -> Self {
        Self { channel, stop, select, form: Form::ShortEf, is_reopened: false, may_come_back: false }
    }

    fn send(&mut self, command: &[u8]) -> Result<Answer, Trouble> {
        if (self.stop)() {
            return Err(Trouble::Stopped);
        }
        Ok(self.channel.transmit(command).and_then(Answer::parse)?)
    }

    /// READ or SIGN, with `61xx` and `6Cxx` resolved; `command` ends with its Le. Never for VERIFY.
    pub(super) fn fetch(&mut self, command: &[u8]) -> Result<Answer, Trouble> {
        let mut answer = self.send(command)?;
        if let Some(le) = answer.sw.right_le()
            && let Some((_, head)) = command.split_last()
        {
            answer = self.send(&[head, &[le]].concat())?;
        }
        self.gather(answer)
    }

    /// Collects what `61xx` announces.
    fn gather(&mut self, mut answer: Answer) -> Result<Answer, Trouble> {
        while let Some(le) = answer.sw.more() {
            let more = self.send(&get_response(le))?;
            if more.data.is_empty() || answer.data.len() > usize::from(u16::MAX) {
                return Err(Trouble::Nonsense("more bytes were announced than came"));
            }
            answer.data.extend_from_slice(&more.data);
            answer.sw = more.sw;
        }
        Ok(answer)
    }

    /// SELECT of the application. `6F00` right after power-on is repeated once (`card.md` §4).
    pub(super) fn select(&mut self) -> Result<(), Trouble> {
        let mut answer = self.send(self.select)?;
        if answer.sw == Sw::INTERNAL {
            answer = self.send(self.select)?;
        }
        match answer.sw {
            Sw::OK => Ok(()),
            Sw::NOT_FOUND | Sw::P1_P2 | Sw::INS | Sw::CLA => Err(Trouble::NotThisCard),
            other => Err(Trouble::Refused("SELECT", other)),
        }
    }

    pub(super) fn select_ef(&mut self, ef: Ef) -> Result<(), Trouble> {
        match self.send(&ef.select())?.sw {
            Sw::OK => Ok(()),
            other => Err(Trouble::Refused("SELECT of a file", other)),
        }
    }

    /// SELECT of the file where the card wants it before a command that names a file.
    pub(super) fn select_first(&mut self, ef: Ef) -> Result<Form, Trouble> {
        if self.form == Form::Selected {
            self.select_ef(ef)?;
        }
        Ok(self.form)
    }

    /// Retry query; `None` when the card lacks the reference. It is also the probe for short identifiers: no PIN goes out in a form the
    /// card did not take here.
    pub(super) fn query(&mut self, pin: Ef) -> Result<Option<Tries>, Trouble> {
        let first = self.send(&pin.query(Form::ShortEf))?.sw;
        if let Some(tries) = tries_of(first) {
            return Ok(Some(tries));
        }
        self.form = Form::Selected;
        match self.select_ef(pin) {
            Err(Trouble::Refused(_, Sw::NOT_FOUND)) => return Ok(None),
            other => other?,
        }
        match self.send(&pin.query(Form::Selected))?.sw {
            Sw::NO_REFERENCE => Ok(None),
            second => tries_of(second).map(Some).ok_or(Trouble::Refused("the retry query", second)),
        }
    }

    /// Retry query of a token that may have no such PIN, and signs all the same: whatever it answers is fine.
    pub(super) fn probe(&mut self, pin: Ef) -> Result<(), Trouble> {
        self.send(&pin.query(Form::ShortEf)).map(drop)
    }

    /// Retry query of a second PIN. After [`Talk::query`], in the form that it found.
    pub(super) fn query_again(&mut self, pin: Ef) -> Result<Option<Tries>, Trouble> {
        if self.form == Form::Selected {
            match self.select_ef(pin) {
                Err(Trouble::Refused(_, Sw::NOT_FOUND)) => return Ok(None),
                other => other?,
            }
        }
        let answer = self.send(&pin.query(self.form))?.sw;
        match tries_of(answer) {
            Some(tries) => Ok(Some(tries)),
            None if answer == Sw::NOT_FOUND || answer.wants_select() => Ok(None),
            None => Err(Trouble::Refused("the retry query", answer)),
        }
    }

    /// First READ of a file, by short identifier where the card takes it.
    pub(super) fn read_start(&mut self, ef: Ef, le: u8) -> Result<Answer, Trouble> {
        if self.form == Form::ShortEf {
            let answer = self.fetch(&ef.read_start(Form::ShortEf, le))?;
            if !answer.sw.wants_select() {
                return Ok(answer);
            }
        }
        let selected = self.send(&ef.select())?;
        if selected.sw == Sw::OK { self.fetch(&ef.read_start(Form::Selected, le)) } else { Ok(selected) }
    }

    /// The first `wanted` bytes of a file, in as many READs as card and reader need; fewer where it ends before.
    pub(super) fn read_head(&mut self, ef: Ef, wanted: u8) -> Result<Answer, Trouble> {
        let mut answer = self.read_start(ef, wanted)?;
        let is_more = |answer: &Answer| answer.sw == Sw::OK && !answer.data.is_empty();
        let mut goes_on = is_more(&answer);
        while goes_on && answer.data.len() < usize::from(wanted) {
            let had = u8::try_from(answer.data.len()).unwrap_or(wanted);
            let more = self.fetch(&read_at(u16::from(had), wanted - had))?;
            goes_on = is_more(&more);
            if goes_on {
                answer.data.extend_from_slice(&more.data);
            }
        }
        Ok(answer)
    }

    /// The only place that sends a PIN. One command, and whatever comes of it is final.
    pub(super) fn verify<const N: usize>(&mut self, reference: Ef, press: &Press<'_, N>) -> Result<(), Failed> {
        let sent = match press.entry {
            Entry::Typed(pin) => self.send(&reference.verify(self.form, &pin.0)),
            Entry::Pad if (self.stop)() => Err(Trouble::Stopped),
            Entry::Pad => {
                let answer = self.channel.verify_on_pad(&reference.verify_template::<N>(self.form), self.stop).and_then(Answer::parse);
                match answer {
                    Ok(Answer { sw: Sw::PAD_TIMEOUT, .. }) => return Err(Trouble::PadTimeout.into()),
                    Ok(Answer { sw, .. }) if sw.is_untyped() => return Err(Trouble::PadCancelled.into()),
                    other => other.map_err(Trouble::from),
                }
            }
        };
        let answer = match sent {
            Ok(answer) => answer,
            Err(Trouble::Stopped) => return Err(Trouble::Stopped.into()),
            // The card may have counted before it was lost.
            Err(lost) => return Err(Failed { trouble: lost, spent: Spent::Unknown }),
        };
        let failed = |trouble, spent| Err(Failed { trouble, spent });
        match answer.sw {
            Sw::OK => Ok(()),
            sw if sw.tries() == Some(0) => failed(Trouble::Locked, Spent::Yes),
            sw if sw.is_blocked() => failed(Trouble::Locked, Spent::No),
            // Readers for cards in the air say the same of a card that was taken away: only a card that is still here has said "wrong".
            sw if sw.is_wrong_uncounted() && self.is_here(reference) => failed(Trouble::WrongPin(Tries::NotReported), Spent::Yes),
            sw if sw.is_wrong_uncounted() => failed(ChannelError::Removed.into(), Spent::Unknown),
            sw => match sw.tries() {
                Some(left) => failed(Trouble::WrongPin(Tries::Left(left)), Spent::Yes),
                None => failed(Trouble::Refused("VERIFY", sw), Spent::Unknown),
            },
        }
    }

    /// What an iPhone expects before it is left; what it answers changes nothing. Passes no stop sign.
    pub(super) fn farewell(&mut self) {
        drop(self.channel.transmit(&FAREWELL));
    }

    /// Whether the card still answers from within the application: one that lost its power is there no more, or begins anew.
    /// Passes no stop sign, since what became of a try is to be told whatever ends the conversation.
    fn is_here(&mut self, reference: Ef) -> bool {
        self.channel.transmit(&reference.select()).and_then(Answer::parse).is_ok_and(|answer| answer.sw == Sw::OK)
    }

    /// Leaves the application, which clears its PIN state. Passes no stop sign.
    pub(super) fn clear(&mut self) -> After {
        match self.channel.transmit(&SELECT_ISD).and_then(Answer::parse) {
            Ok(answer) if answer.sw == Sw::OK => After::Leave,
            Ok(_) | Err(_) => After::Unpower,
        }
    }

    /// A whole file, filler cut off: in one READ where card and reader can, else by its length, which `length` tells from its first bytes.
    /// `None` when there is no file, or nothing but filler in it. Only where a broken exchange loses nothing.
    pub(super) fn read_file(
        &mut self,
        ef: Ef,
        extended: &Mutex<Extended>,
        length: fn(&[u8]) -> Result<Option<usize>, Trouble>,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let note = |new: Extended| std::mem::replace(&mut *extended.lock().unwrap_or_else(PoisonError::into_inner), new);
        let mut start = Vec::new();
        // Refused until it is known: it may be the last thing that this thread does.
        let before = note(Extended::Refused);
        if before != Extended::Refused {
            match self.read_whole(ef) {
                Ok(Whole::Came(bytes)) => start = bytes,
                Ok(Whole::Refused) => {}
                Ok(Whole::Open) => drop(note(before)),
                Err(Trouble::Channel(lost)) => match self.go_on_after(lost) {
                    Ok(()) => self.select()?,
                    Err(Broken { error, is_pulled }) => {
                        if is_pulled {
                            note(before);
                        }
                        return Err(error.into());
                    }
                },
                Err(other) => {
                    note(before);
                    return Err(other);
                }
            }
        }
        if start.is_empty() {
            let answer = self.read_start(ef, 0)?;
            start = match answer.sw {
                Sw::OK | Sw::END_OF_FILE => answer.data,
                Sw::NOT_FOUND | Sw::PAST_END => return Ok(None),
                other => return Err(Trouble::Refused("READ", other)),
            };
        } else {
            let is_whole = matches!(length(&start), Ok(Some(length)) if start.len() >= length);
            note(if is_whole { Extended::Works } else { before });
        }
        // A file may begin with a byte that looks like filler.
        let is_filler = start.iter().all(|b| *b == 0xFF) || start.iter().all(|b| *b == 0x00);
        if start.is_empty() || is_filler && length(&start).is_err() {
            return Ok(None);
        }
        self.read_rest(start, length).map(Some)
    }

    /// Opens the conversation anew after the exchange broke over a READ with extended Le. A link that such a READ breaks is soon back by
    /// itself; a card that a person pulls is not.
    fn go_on_after(&mut self, lost: ChannelError) -> Result<(), Broken> {
        let opened = if lost == ChannelError::Fault { self.channel.reconnect() } else { Err(lost) };
        self.is_reopened = true;
        match opened {
            Ok(()) => Ok(()),
            Err(error @ (ChannelError::Removed | ChannelError::ReaderLost)) => {
                let is_back = self.channel.come_back().is_ok();
                // Which card it is nobody knows.
                if is_back && self.may_come_back {
                    Ok(())
                } else {
                    Err(Broken { error, is_pulled: !is_back && error == ChannelError::Removed })
                }
            }
            Err(error) => Err(Broken { error, is_pulled: false }),
        }
    }

    /// READ of the whole file with extended Le.
    fn read_whole(&mut self, ef: Ef) -> Result<Whole, Trouble> {
        let form = self.select_first(ef)?;
        let answer = self.send(&ef.read_whole(form))?;
        let answer = self.gather(answer)?;
        match answer.sw {
            Sw::OK | Sw::END_OF_FILE if !answer.data.is_empty() => Ok(Whole::Came(answer.data)),
            Sw::NOT_VERIFIED => Err(Trouble::Refused("READ", answer.sw)),
            sw if sw.refuses_extended() => Ok(Whole::Refused),
            _ => Ok(Whole::Open),
        }
    }

    /// Goes on behind `bytes` until the length is reached, by what really came; filler is cut off.
    fn read_rest(&mut self, mut bytes: Vec<u8>, length: fn(&[u8]) -> Result<Option<usize>, Trouble>) -> Result<Vec<u8>, Trouble> {
        loop {
            let missing = match length(&bytes)? {
                Some(length) if bytes.len() >= length => {
                    bytes.truncate(length);
                    return Ok(bytes);
                }
                Some(length) => length - bytes.len(),
                None => 256,
            };
            let offset = u16::try_from(bytes.len()).map_err(|_| Trouble::Nonsense("a file beyond 8000"))?;
            // Le 00 is 256.
            let answer = self.fetch(&read_at(offset, u8::try_from(missing).unwrap_or(0)))?;
            match answer.sw {
                Sw::OK | Sw::END_OF_FILE if answer.data.is_empty() => return Err(Trouble::Nonsense("a READ without data")),
                Sw::OK | Sw::END_OF_FILE => bytes.extend_from_slice(&answer.data),
                other => return Err(Trouble::Refused("READ", other)),
            }
        }
    }
}

fn tries_of(sw: Sw) -> Option<Tries> {
    match sw {
        Sw::OK => Some(Tries::NotReported),
        sw if sw.is_wrong_uncounted() => Some(Tries::NotReported),
        sw if sw.is_blocked() => Some(Tries::Left(0)),
        sw => sw.tries().map(Tries::Left),
    }
}

/// Stops before VERIFY when the card is locked, or when the person decided on other numbers than the card's.
pub(super) fn may_try<const N: usize>(now: Tries, press: &Press<'_, N>) -> Result<(), Trouble> {
    let Tries::Left(left) = now else { return Ok(()) };
    let fell = press.seen.number().is_some_and(|seen| left < seen);
    match left {
        0 => Err(Trouble::Locked),
        _ if fell => Err(Trouble::CounterFell(left)),
        1 if !press.last_try_confirmed => Err(Trouble::CounterFell(left)),
        _ => Ok(()),
    }
}
