//! The three conversations with the JPKI application: what card is it, how many tries are left, and the signature.
//!
//! Every APDU is one of `card.md` §10; the lists there are the tests here. Nothing is repeated but what §4 and §5 allow,
//! and VERIFY never, for any reason.

use std::sync::{Mutex, PoisonError};

use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use shared::reader::{CardKind, Spent, Step};
use zeroize::Zeroizing;

use super::apdu::{Answer, Ef, Form, SELECT_ISD, SELECT_JPKI, Sw, get_response, read_at};
use super::tlv::{self, PublicKey};
use super::{After, Channel, ChannelError};

#[cfg(test)]
mod tests;

/// The four digits of the 利用者証明用暗証番号. Neither printed, copied nor compared; wiped when dropped.
/// On the heap, so that moving the value leaves no copy behind.
pub struct Pin(Box<Zeroizing<[u8; 4]>>);

/// Says that a text is not four half-width digits (X05). Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not four half-width digits")]
pub struct NotAPin;

impl Pin {
    /// Takes exactly four half-width digits.
    ///
    /// # Errors
    /// [`NotAPin`]; nothing is normalised.
    pub fn parse(text: &[u8]) -> Result<Self, NotAPin> {
        let digits: &[u8; 4] = text.try_into().map_err(|_| NotAPin)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(Box::new(Zeroizing::new(*digits)))) } else { Err(NotAPin) }
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

/// Whether one reader passes READ with extended Le; found out once per reader, after the signature.
/// Behind a lock, because a reader that stalls on it keeps its thread: the next thread must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extended {
    /// Not tried.
    #[default]
    Unknown,
    /// It came whole.
    Works,
    /// Refused, cut or broken: the short form from now on.
    Refused,
}

/// Where the digits of a press come from.
#[derive(Clone, Copy)]
pub enum Entry<'a> {
    /// They were typed in the frame.
    Typed(&'a Pin),
    /// They are typed on the reader's own keys and never reach this program.
    Pad,
}

/// What the person agreed to when they pressed 確定.
pub struct Press<'a> {
    /// Where the digits come from.
    pub entry: Entry<'a>,
    /// Tries left that the frame showed.
    pub seen: Tries,
    /// They confirmed that one more wrong PIN locks the card.
    pub last_try_confirmed: bool,
}

/// A signature that was checked against the certificate beside it.
pub struct Signed {
    /// 利用者証明用電子証明書, DER, without filler.
    pub certificate: Vec<u8>,
    /// PKCS#1 v1.5 signature over SHA-256 of the message.
    pub signature: Vec<u8>,
}

/// Says why a conversation ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It was told to end before the next command.
    #[error("told to end")]
    Stopped,
    /// No answer.
    #[error("no answer from the card")]
    Channel(#[from] ChannelError),
    /// No JPKI application on the card.
    #[error("not a card with this application")]
    NotThisCard,
    /// A key of a kind this program does not know.
    #[error("a newer kind of card")]
    NewerCard,
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

/// Trouble during [`authenticate`], and whether it cost a try.
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
struct Talk<'a> {
    channel: &'a mut dyn Channel,
    stop: &'a dyn Fn() -> bool,
    form: Form,
}

/// Flow 1: what the card is, by application and whole label; two commands, no identifier.
///
/// # Errors
/// [`Trouble::Stopped`] or [`Trouble::Channel`]; any answer of the card is a kind.
pub fn kind(channel: &mut dyn Channel, stop: &dyn Fn() -> bool) -> Result<CardKind, Trouble> {
    let mut talk = Talk { channel, stop, form: Form::ShortEf };
    match talk.select() {
        Ok(()) => {}
        Err(Trouble::NotThisCard | Trouble::Refused(..)) => return Ok(CardKind::Foreign),
        Err(other) => return Err(other),
    }
    let answer = talk.read_start(Ef::TokenInfo, 0x20)?;
    if answer.sw != Sw::OK || answer.data.len() < 32 {
        return Ok(CardKind::UnknownToken);
    }
    // The old card's label is a prefix of the new one's: whole labels only.
    let label = answer.data.get(..32).unwrap_or_default();
    let end = label.iter().rposition(|b| !matches!(b, b' ' | 0)).map_or(0, |last| last + 1);
    Ok(match label.get(..end).unwrap_or_default() {
        b"JPKIAPICCTOKEN2" => CardKind::MyNumberCard,
        b"JPKIAPICCTOKEN" => CardKind::JukiCard,
        b"JPKIAPGPSETOKEN" | b"JPKIAPIOSTOKEN" => CardKind::Phone,
        _ => CardKind::UnknownToken,
    })
}

/// Flow 2: tries left, and whether there is a certificate at all. Before every PIN prompt.
///
/// # Errors
/// [`Trouble::NoCertificate`] when a prompt would be in vain; else as the card says.
pub fn tries(channel: &mut dyn Channel, stop: &dyn Fn() -> bool) -> Result<Tries, Trouble> {
    let mut talk = Talk { channel, stop, form: Form::ShortEf };
    talk.select()?;
    let tries = talk.query()?;
    if tries == Tries::Left(0) {
        return Ok(tries);
    }
    if talk.has_certificate()? { Ok(tries) } else { Err(Trouble::NoCertificate) }
}

/// Tries left of both PINs, and whether there is a certificate. Spends none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// 利用者証明用暗証番号; `None` on a card without one.
    pub auth: Option<Tries>,
    /// 署名用暗証番号; `None` on a card without one.
    pub sign: Option<Tries>,
    /// The card holds a 利用者証明用電子証明書.
    pub has_certificate: bool,
}

/// The counters of both PINs: four commands, none with a PIN.
///
/// # Errors
/// As the card says; a card without a certificate is no error.
pub fn status(channel: &mut dyn Channel, stop: &dyn Fn() -> bool) -> Result<Status, Trouble> {
    let mut talk = Talk { channel, stop, form: Form::ShortEf };
    talk.select()?;
    let auth = match talk.query() {
        Err(Trouble::NoCertificate) => None,
        other => Some(other?),
    };
    let sign = talk.query_of(Ef::SignPin)?;
    Ok(Status { auth, sign, has_certificate: talk.has_certificate()? })
}

/// Flow 4: the certificate alone, without a PIN, so there is nothing to clear. Proves neither presence nor identity.
///
/// # Errors
/// [`Trouble::NoCertificate`], or as the card says.
pub fn identify(channel: &mut dyn Channel, extended: &Mutex<Extended>, stop: &dyn Fn() -> bool) -> Result<Vec<u8>, Trouble> {
    let mut talk = Talk { channel, stop, form: Form::ShortEf };
    talk.select()?;
    let certificate = talk.certificate(extended)?;
    match tlv::public_key(&certificate) {
        Some(PublicKey::Rsa(_)) => Ok(certificate),
        Some(PublicKey::Newer) => Err(Trouble::NewerCard),
        None => Err(Trouble::Nonsense("no public key in the certificate")),
    }
}

/// Flow 3: VERIFY once, sign, read the certificate, clear. The message is hashed here and the result is checked here.
///
/// Ends with SELECT ISD on every path; when that fails, the second value asks to take the power away.
pub fn authenticate(
    channel: &mut dyn Channel,
    press: &Press<'_>,
    message: &[u8],
    extended: &Mutex<Extended>,
    stop: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(Step),
) -> (Result<Signed, Failed>, After) {
    let mut talk = Talk { channel, stop, form: Form::ShortEf };
    let result = talk.verify_and_sign(press, message, extended, progress);
    let after = match talk.channel.transmit(&SELECT_ISD).and_then(Answer::parse) {
        Ok(answer) if answer.sw == Sw::OK => After::Leave,
        Ok(_) | Err(_) => After::Unpower,
    };
    (result.and_then(|signed| check(signed, message).map_err(Failed::from)), after)
}

/// The signature must fit the certificate before anything leaves this program.
fn check(signed: Signed, message: &[u8]) -> Result<Signed, Trouble> {
    match tlv::public_key(&signed.certificate) {
        Some(PublicKey::Rsa(key)) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(message, &signed.signature)
            .map_err(|_| Trouble::Nonsense("the signature does not fit the certificate"))
            .map(|()| signed),
        Some(PublicKey::Newer) => Err(Trouble::NewerCard),
        None => Err(Trouble::Nonsense("no public key in the certificate")),
    }
}

impl Talk<'_> {
    fn send(&mut self, command: &[u8]) -> Result<Answer, Trouble> {
        if (self.stop)() {
            return Err(Trouble::Stopped);
        }
        Ok(self.channel.transmit(command).and_then(Answer::parse)?)
    }

    /// READ or SIGN, with `61xx` and `6Cxx` resolved; `command` ends with its Le. Never for VERIFY.
    fn fetch(&mut self, command: &[u8]) -> Result<Answer, Trouble> {
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
    fn select(&mut self) -> Result<(), Trouble> {
        let mut answer = self.send(&SELECT_JPKI)?;
        if answer.sw == Sw::INTERNAL {
            answer = self.send(&SELECT_JPKI)?;
        }
        match answer.sw {
            Sw::OK => Ok(()),
            Sw::NOT_FOUND | Sw::P1_P2 | Sw::INS | Sw::CLA => Err(Trouble::NotThisCard),
            other => Err(Trouble::Refused("SELECT", other)),
        }
    }

    fn select_ef(&mut self, ef: Ef) -> Result<(), Trouble> {
        match self.send(&ef.select())?.sw {
            Sw::OK => Ok(()),
            other => Err(Trouble::Refused("SELECT of a file", other)),
        }
    }

    /// Retry query. It is also the probe for short identifiers: no PIN goes out in a form the card did not take here.
    fn query(&mut self) -> Result<Tries, Trouble> {
        let first = self.send(&Ef::AuthPin.query(Form::ShortEf))?.sw;
        if let Some(tries) = tries_of(first) {
            return Ok(tries);
        }
        self.form = Form::Selected;
        match self.select_ef(Ef::AuthPin) {
            Err(Trouble::Refused(_, Sw::NOT_FOUND)) => return Err(Trouble::NoCertificate),
            other => other?,
        }
        let second = self.send(&Ef::AuthPin.query(Form::Selected))?.sw;
        tries_of(second).ok_or(Trouble::Refused("the retry query", second))
    }

    /// Retry query of a PIN that the card may lack. After [`Talk::query`], in the form that it found.
    fn query_of(&mut self, pin: Ef) -> Result<Option<Tries>, Trouble> {
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
    fn read_start(&mut self, ef: Ef, le: u8) -> Result<Answer, Trouble> {
        if self.form == Form::ShortEf {
            let answer = self.fetch(&ef.read_start(Form::ShortEf, le))?;
            if !answer.sw.wants_select() {
                return Ok(answer);
            }
        }
        let selected = self.send(&ef.select())?;
        if selected.sw == Sw::OK { self.fetch(&ef.read_start(Form::Selected, le)) } else { Ok(selected) }
    }

    /// Whether there is a certificate: as the card lists it, or else by one READ of the file itself.
    fn has_certificate(&mut self) -> Result<bool, Trouble> {
        let availability = self.read_start(Ef::Availability, 0x03)?;
        if availability.sw == Sw::OK && availability.data.get(1) == Some(&0x8F) {
            return Ok(true);
        }
        let answer = self.read_start(Ef::AuthCertificate, 0)?;
        match answer.sw {
            Sw::OK | Sw::END_OF_FILE => Ok(answer.data.first() == Some(&0x30)),
            Sw::NOT_VERIFIED => Ok(true),
            Sw::NOT_FOUND | Sw::PAST_END => Ok(false),
            other => Err(Trouble::Refused("READ", other)),
        }
    }

    fn verify_and_sign(
        &mut self,
        press: &Press<'_>,
        message: &[u8],
        extended: &Mutex<Extended>,
        progress: &mut dyn FnMut(Step),
    ) -> Result<Signed, Failed> {
        self.select()?;
        let tries = self.query()?;
        may_try(tries, press)?;
        progress(Step::Verifying);
        self.verify(press)?;
        progress(Step::Signing);
        let signature = self.sign(message)?;
        progress(Step::Reading);
        let certificate = self.certificate(extended)?;
        Ok(Signed { certificate, signature })
    }

    /// The only place that sends a PIN. One command, and whatever comes of it is final.
    fn verify(&mut self, press: &Press<'_>) -> Result<(), Failed> {
        let sent = match press.entry {
            Entry::Typed(pin) => self.send(Ef::AuthPin.verify(self.form, &pin.0).as_slice()),
            Entry::Pad if (self.stop)() => Err(Trouble::Stopped),
            Entry::Pad => {
                let answer = self.channel.verify_on_pad(&Ef::AuthPin.verify_template(self.form)).and_then(Answer::parse);
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
            sw if sw.is_wrong_uncounted() => failed(Trouble::WrongPin(Tries::NotReported), Spent::Yes),
            sw => match sw.tries() {
                Some(left) => failed(Trouble::WrongPin(Tries::Left(left)), Spent::Yes),
                None => failed(Trouble::Refused("VERIFY", sw), Spent::Unknown),
            },
        }
    }

    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Trouble> {
        let hash = digest(&SHA256, message);
        let hash: &[u8; 32] = hash.as_ref().try_into().map_err(|_| Trouble::Nonsense("a hash of another length"))?;
        if self.form == Form::Selected {
            self.select_ef(Ef::AuthKey)?;
        }
        let answer = self.fetch(&Ef::AuthKey.sign(self.form, hash))?;
        if answer.sw == Sw::OK { Ok(answer.data) } else { Err(Trouble::Refused("SIGN", answer.sw)) }
    }

    /// The certificate: in one READ where card and reader can, else by its DER length. Only after SIGN.
    fn certificate(&mut self, extended: &Mutex<Extended>) -> Result<Vec<u8>, Trouble> {
        let note = |new: Extended| std::mem::replace(&mut *extended.lock().unwrap_or_else(PoisonError::into_inner), new);
        let mut start = Vec::new();
        // Refused until it has worked: it may be the last thing that this thread does.
        let before = note(Extended::Refused);
        if before != Extended::Refused {
            match self.read_whole() {
                Ok(Some(bytes)) => start = bytes,
                Ok(None) => {}
                Err(Trouble::Channel(lost)) => {
                    if lost != ChannelError::Fault {
                        return Err(lost.into());
                    }
                    self.channel.reconnect()?;
                    self.select()?;
                }
                Err(other) => {
                    note(before);
                    return Err(other);
                }
            }
        }
        if start.is_empty() {
            let answer = self.read_start(Ef::AuthCertificate, 0)?;
            start = match answer.sw {
                Sw::OK | Sw::END_OF_FILE => answer.data,
                Sw::NOT_FOUND | Sw::PAST_END => return Err(Trouble::NoCertificate),
                other => return Err(Trouble::Refused("READ", other)),
            };
        } else {
            let whole = matches!(tlv::certificate_length(&start), Ok(Some(length)) if start.len() >= length);
            if whole {
                note(Extended::Works);
            }
        }
        if start.iter().all(|b| *b == 0xFF) || start.iter().all(|b| *b == 0x00) {
            return Err(Trouble::NoCertificate);
        }
        self.read_rest(start)
    }

    /// READ of the whole file with extended Le; `None` when card or reader cannot.
    fn read_whole(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        if self.form == Form::Selected {
            self.select_ef(Ef::AuthCertificate)?;
        }
        let answer = self.send(&Ef::AuthCertificate.read_whole(self.form))?;
        let answer = self.gather(answer)?;
        match answer.sw {
            Sw::OK | Sw::END_OF_FILE if !answer.data.is_empty() => Ok(Some(answer.data)),
            Sw::NOT_VERIFIED => Err(Trouble::Refused("READ", answer.sw)),
            _ => Ok(None),
        }
    }

    /// Goes on behind `bytes` until the DER length is reached, by what really came; filler is cut off.
    fn read_rest(&mut self, mut bytes: Vec<u8>) -> Result<Vec<u8>, Trouble> {
        loop {
            let missing = match tlv::certificate_length(&bytes) {
                Ok(Some(length)) if bytes.len() >= length => {
                    bytes.truncate(length);
                    return Ok(bytes);
                }
                Ok(Some(length)) => length - bytes.len(),
                Ok(None) => 256,
                Err(_) => return Err(Trouble::Nonsense("the certificate file holds no certificate")),
            };
            let offset = u16::try_from(bytes.len()).map_err(|_| Trouble::Nonsense("a certificate beyond 8000"))?;
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
fn may_try(now: Tries, press: &Press<'_>) -> Result<(), Trouble> {
    let Tries::Left(left) = now else { return Ok(()) };
    let fell = press.seen.number().is_some_and(|seen| left < seen);
    match left {
        0 => Err(Trouble::Locked),
        _ if fell => Err(Trouble::CounterFell(left)),
        1 if !press.last_try_confirmed => Err(Trouble::CounterFell(left)),
        _ => Ok(()),
    }
}
