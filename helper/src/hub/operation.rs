//! An operation with a card, from the request to its one answer.
//!
//! `identify` and `pin_status` only ask. `authenticate` and `face` ask for the counter, then the frame asks a person: one press, one VERIFY.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use shared::bytes::Base64;
use shared::evidence::{NONCE_LEN, Operation as Confirms, Statement, signed_bytes};
use shared::reader::{Answer, Asks, CardKind, ErrorCode, Failure, Frame, Spent, Step, What};
use tokio::sync::oneshot;
use tracing::{debug, info, warn};

use super::{FrameView, HubTask, Pressed};
use crate::card::ChannelError;
use crate::card::jpki::{Failed, Signed, Status, Tries, Trouble};
use crate::gate::Origin;
use crate::lease::Claim;
use crate::reader::Place;
use crate::work::{Ask, At, Outcome, Photo, Secret, Task, Told, Work};

/// How long a photo waits to be fetched.
const PHOTO_LIFE: Duration = Duration::from_secs(60);

/// A photo that waits to be fetched.
pub(super) struct Kept {
    pub(super) ticket: String,
    pub(super) connection: u64,
    pub(super) origin: Origin,
    pub(super) png: Vec<u8>,
    pub(super) due: Instant,
}

/// Which card a page means.
pub(crate) struct Which<'a> {
    pub(crate) reader: &'a str,
    pub(crate) generation: u64,
    pub(crate) take: Option<u64>,
}

/// What is wanted of the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The signature over a message that was made here. The PIN of an iPhone is asked for only where its person chose that.
    Authenticate { message: Vec<u8>, with_pin: bool },
    /// The photo in the chip.
    Face,
    /// The certificate.
    Identify,
    /// The counters.
    PinStatus,
}

impl Aim {
    /// The first thing that the card is asked.
    fn ask(&self) -> Ask {
        match self {
            Self::Authenticate { message, with_pin } => Ask::Sign { message: message.clone(), with_pin: *with_pin },
            Self::Face => Ask::FaceTries,
            Self::Identify => Ask::Certificate,
            Self::PinStatus => Ask::Status,
        }
    }

    /// Which cards serve.
    fn suits(&self, kind: CardKind) -> Result<(), ErrorCode> {
        match (kind, self) {
            (CardKind::PhoneAndroid | CardKind::PhoneIos, Self::Identify) => Err(ErrorCode::PinRequired),
            // A phone holds certificates only.
            (CardKind::PhoneAndroid | CardKind::PhoneIos, Self::Face) => Err(ErrorCode::CardUnknown),
            (CardKind::MyNumberCard | CardKind::PhoneAndroid | CardKind::PhoneIos, _) => Ok(()),
            (CardKind::JukiCard | CardKind::UnknownToken | CardKind::Foreign, _) => Err(ErrorCode::CardUnknown),
            (CardKind::Mute, _) => Err(ErrorCode::CardFault),
        }
    }

    /// What the frame asks for.
    fn asks(&self, kind: Option<CardKind>) -> Asks {
        match (self, kind) {
            (Self::Face, _) => Asks::FaceCode,
            (_, Some(CardKind::PhoneAndroid | CardKind::PhoneIos)) => Asks::PhonePin,
            (Self::Authenticate { .. } | Self::Identify | Self::PinStatus, _) => Asks::Pin,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Authenticate { .. } => "authenticate",
            Self::Face => "face",
            Self::Identify => "identify",
            Self::PinStatus => "pin_status",
        }
    }
}

/// One operation that has no answer yet.
pub(crate) struct Operation {
    key: u64,
    connection: u64,
    request: u64,
    origin: Origin,
    reader: String,
    generation: u64,
    place: Place,
    aim: Aim,
    stop: Arc<AtomicBool>,
    stage: Stage,
    /// Set when it was told to end; the card thread may still be at its last command.
    ending: Option<ErrorCode>,
    /// Requests that told it to end; they are answered after it.
    cancels: Vec<u64>,
}

enum Stage {
    /// The card is asked what it tells without a secret.
    Asking,
    /// A person types.
    Entry { ticket: String, tries: Tries, asks: Asks, has_pad: bool, due: Instant },
    /// The card works; the frame waits for a word.
    Working {
        frame: Option<oneshot::Sender<Pressed>>,
        /// The digits are typed on the reader's own keys.
        on_pad: bool,
    },
}

impl Operation {
    /// Until when the person must have pressed.
    pub(crate) fn due(&self) -> Option<Instant> {
        match self.stage {
            Stage::Entry { due, .. } => Some(due),
            Stage::Asking | Stage::Working { .. } => None,
        }
    }

    fn is_for(&self, wanted: &str) -> bool {
        matches!(&self.stage, Stage::Entry { ticket, .. } if ticket == wanted)
    }

    fn answer_frame(&mut self, word: Pressed) {
        if let Stage::Working { frame, .. } = &mut self.stage
            && let Some(frame) = frame.take()
        {
            let _ = frame.send(word);
        }
    }
}

impl HubTask {
    /// Makes the message that the card is to sign; the origin is the one of the handshake.
    pub(super) fn message(&self, connection: u64, nonce: &[u8], statement: &[u8], with_pin: bool) -> Result<Aim, ErrorCode> {
        let page = self.pages.get(&connection).ok_or(ErrorCode::Internal)?;
        let origin = &page.origin;
        let nonce: &[u8; NONCE_LEN] = nonce.try_into().map_err(|_| ErrorCode::BadMessage)?;
        Statement::parse(statement).map_err(|inner| {
            debug!(%inner, "statement refused");
            ErrorCode::StatementRefused
        })?;
        let origin_sha256 = digest(&SHA256, origin.as_str().as_bytes());
        let origin_sha256: &[u8; 32] = origin_sha256.as_ref().try_into().map_err(|_| ErrorCode::Internal)?;
        let message = signed_bytes(Confirms::Authenticate, origin_sha256, nonce, statement);
        // No PIN is asked for on a guess: the phone has to have said that it is locked.
        Ok(Aim::Authenticate { message, with_pin: with_pin && page.has_met_locked_phone })
    }

    /// Begins an operation, or says why not. Nothing has changed then.
    pub(super) fn begin(&mut self, connection: u64, request: u64, which: &Which<'_>, aim: Aim) -> Result<(), ErrorCode> {
        let origin = self.pages.get(&connection).ok_or(ErrorCode::Internal)?.origin.clone();
        if self.operations.iter().any(|operation| operation.connection == connection && operation.ending.is_none()) {
            return Err(ErrorCode::BadState);
        }
        let found = self.machine.find(which.reader, which.generation)?;
        found.kind.map_or(Ok(()), |kind| aim.suits(kind))?;
        if matches!(aim, Aim::Authenticate { .. } | Aim::Face) && self.wrongs.are_too_many(Instant::now()) {
            return Err(ErrorCode::RateLimited);
        }
        match self.lease.claim(connection, which.take) {
            Claim::Granted => {}
            Claim::TakenFrom(holder) => self.end_all_of(holder, ErrorCode::LeaseLost),
            Claim::Held => return Err(ErrorCode::LeaseHeld),
        }
        let key = self.next_key();
        let stop = Arc::<AtomicBool>::default();
        let work = Work::Ask { kind: found.kind, ask: aim.ask() };
        let task = Task { key, place: found.place.clone(), stop: Arc::clone(&stop), work };
        info!(connection, request, "{} begins", aim.name());
        self.operations.push(Operation {
            key,
            connection,
            request,
            origin,
            reader: which.reader.to_owned(),
            generation: which.generation,
            place: found.place,
            aim,
            stop,
            stage: Stage::Asking,
            ending: None,
            cancels: Vec::new(),
        });
        self.send(connection, Frame::Ack { id: request, ack: true });
        self.workers.give(task, &*self.means.readers);
        Ok(())
    }

    /// Ends a request of this connection, and answers `id` after it; false when there is none.
    pub(super) fn cancel(&mut self, connection: u64, request: u64, id: u64) -> bool {
        let is_meant = |operation: &&mut Operation| (operation.connection, operation.request) == (connection, request);
        let Some(operation) = self.operations.iter_mut().find(is_meant) else { return false };
        operation.cancels.push(id);
        let key = operation.key;
        self.end(key, ErrorCode::Cancelled);
        true
    }

    pub(super) fn end_all_of(&mut self, connection: u64, code: ErrorCode) {
        let of = |operation: &&Operation| operation.connection == connection;
        let keys: Vec<u64> = self.operations.iter().filter(of).map(|operation| operation.key).collect();
        for key in keys {
            self.end(key, code);
        }
    }

    /// The program ends.
    pub(super) fn end_all(&mut self) {
        let keys: Vec<u64> = self.operations.iter().map(|operation| operation.key).collect();
        for key in keys {
            self.end(key, ErrorCode::Cancelled);
        }
        self.workers.close();
    }

    /// Ends an operation from outside. A command that runs is waited for: its answer may say that a try was spent.
    fn end(&mut self, key: u64, code: ErrorCode) {
        let Some(operation) = self.operations.iter_mut().find(|operation| operation.key == key) else { return };
        if operation.ending.is_some() {
            return;
        }
        operation.ending = Some(code);
        operation.stop.store(true, Ordering::SeqCst);
        // A reader that still waits for digits is not over: the frame goes on saying how to end that.
        if !matches!(operation.stage, Stage::Working { on_pad: true, .. }) {
            operation.answer_frame(Pressed::Ended);
        }
        let (connection, request) = (operation.connection, operation.request);
        let (is_idle, tries_left) = match operation.stage {
            Stage::Entry { tries, .. } => (true, tries.number()),
            Stage::Asking | Stage::Working { .. } => (false, None),
        };
        if code == ErrorCode::LeaseLost {
            self.event(connection, What::LeaseLost { request });
        } else {
            self.lease.release(connection);
        }
        if is_idle || self.workers.withdraw(key) {
            // What the frame showed, so that the page can go on saying it.
            self.finish(key, Err(Failure { tries_left, ..code.unspent() }));
        }
    }

    /// The person pressed 「やめる」 in the frame.
    pub(super) fn stopped(&mut self, ticket: &str, reply: oneshot::Sender<Pressed>) {
        let found = self.operations.iter().find(|operation| operation.is_for(ticket));
        let key = found.map(|operation| operation.key);
        let _ = reply.send(if key.is_some() { Pressed::Stopped } else { Pressed::Ended });
        if let Some(key) = key {
            self.end(key, ErrorCode::Cancelled);
        }
    }

    /// Ends entries whose card or reader is gone.
    pub(super) fn end_without_card(&mut self) {
        let gone = |operation: &Operation| match operation.stage {
            Stage::Entry { .. } => self.absence(operation).map(|code| (operation.key, code)),
            // The card thread finds out by itself, and knows what became of a try.
            Stage::Asking | Stage::Working { .. } => None,
        };
        let gone: Vec<(u64, ErrorCode)> = self.operations.iter().filter_map(gone).collect();
        for (key, code) in gone {
            self.finish(key, Err(code.unspent()));
        }
    }

    /// Why the card of an operation is not there any more; `None` while it is.
    fn absence(&self, operation: &Operation) -> Option<ErrorCode> {
        let code = self.machine.find(&operation.reader, operation.generation).err()?;
        Some(if code == ErrorCode::NoCard { ErrorCode::CardRemoved } else { code })
    }

    /// Ends entries that took too long.
    pub(super) fn end_late(&mut self, now: Instant) {
        let is_late = |operation: &&Operation| operation.due().is_some_and(|due| due <= now);
        let late: Vec<u64> = self.operations.iter().filter(is_late).map(|operation| operation.key).collect();
        for key in late {
            self.finish(key, Err(ErrorCode::Timeout.unspent()));
        }
    }

    /// A PIN frame loads: it learns what it has to show, if its ticket lives.
    pub(super) fn frame_opened(&mut self, ticket: &str, reply: oneshot::Sender<FrameView>) {
        let Some(operation) = self.operations.iter().find(|operation| operation.is_for(ticket)) else { return };
        if let Stage::Entry { tries, asks, has_pad, .. } = operation.stage {
            drop(reply.send(FrameView { origin: operation.origin.clone(), tries_left: tries.number(), asks, has_pad }));
        }
    }

    /// A person pressed 確定: the ticket is used up, and the card gets the PIN once.
    pub(super) fn pressed(&mut self, ticket: &str, secret: Secret, last_try_confirmed: bool, reply: oneshot::Sender<Pressed>) {
        let is_iphone =
            self.operations.iter().any(|operation| operation.is_for(ticket) && self.kind(operation) == Some(CardKind::PhoneIos));
        let Some(operation) = self.operations.iter_mut().find(|operation| operation.is_for(ticket)) else {
            let _ = reply.send(Pressed::Ended);
            return;
        };
        let Stage::Entry { tries, has_pad, .. } = operation.stage else { return };
        if tries == Tries::Left(1) && !last_try_confirmed {
            let _ = reply.send(Pressed::Confirm);
            return;
        }
        let seen = tries;
        let work = match (&operation.aim, secret) {
            (Aim::Authenticate { message, .. }, Secret::Pin(pin)) => {
                Work::Authenticate { pin: Some(pin), seen, last_try_confirmed, message: message.clone(), is_iphone }
            }
            (Aim::Authenticate { message, .. }, Secret::OnPad) if has_pad => {
                Work::Authenticate { pin: None, seen, last_try_confirmed, message: message.clone(), is_iphone }
            }
            (Aim::Face, Secret::FaceCode(code)) => Work::Face { code, seen, last_try_confirmed },
            // Not what this frame asks for: nothing was sent, the ticket lives.
            _ => {
                let _ = reply.send(Pressed::Format);
                return;
            }
        };
        let on_pad = matches!(work, Work::Authenticate { pin: None, .. });
        operation.stage = Stage::Working { frame: Some(reply), on_pad };
        let task = Task { key: operation.key, place: operation.place.clone(), stop: Arc::clone(&operation.stop), work };
        self.workers.give(task, &*self.means.readers);
    }

    /// The card thread reached a step.
    pub(super) fn step(&mut self, key: u64, step: Step) {
        let Some(operation) = self.operations.iter_mut().find(|operation| operation.key == key) else { return };
        if step == Step::Signing {
            operation.answer_frame(Pressed::Right);
        }
        if operation.ending.is_none() {
            let (connection, request) = (operation.connection, operation.request);
            let on_pad = step == Step::Verifying && matches!(operation.stage, Stage::Working { on_pad: true, .. });
            self.event(connection, What::Progress { request, step, on_pad });
        }
    }

    /// The card thread is done with a task of an operation.
    pub(super) fn operation_done(&mut self, key: u64, outcome: Outcome) {
        match outcome {
            Outcome::Asked(Ok((kind, told))) => self.told(key, kind, told),
            Outcome::Asked(Err(trouble)) | Outcome::Kind(Err(trouble)) => self.finish(key, Err(failure(trouble.into()))),
            Outcome::Authenticate(result) => self.finish(key, result.map(signed).map_err(failure)),
            Outcome::Face(Ok(photo)) => {
                let answer = self.keep_photo(key, photo).ok_or(ErrorCode::Internal.unspent());
                self.finish(key, answer);
            }
            Outcome::Face(Err(failed)) => self.finish(key, Err(failure(failed))),
            Outcome::PoweredOff => {}
            Outcome::Kind(Ok(_)) | Outcome::FaceFiles(_) | Outcome::Broken => {
                warn!("the card thread broke down");
                self.stuck(key, At::Verifying);
            }
        }
    }

    /// The card told what it tells without a secret.
    fn told(&mut self, key: u64, kind: CardKind, told: Told) {
        let Some(operation) = self.operations.iter().find(|operation| operation.key == key) else { return };
        self.machine.set_kind(operation.generation, kind);
        let suits = match self.machine.find(&operation.reader, operation.generation) {
            Ok(found) => found.kind.map_or(Ok(()), |kind| operation.aim.suits(kind)),
            Err(_) => Err(ErrorCode::CardRemoved),
        };
        match (suits, told) {
            (Err(code), _) => self.finish(key, Err(code.unspent())),
            (Ok(()), Told::Kind) => self.finish(key, Err(ErrorCode::CardUnknown.unspent())),
            (Ok(()), Told::Signed(proof)) => self.finish(key, Ok(signed(proof))),
            (Ok(()), Told::Certificate(certificate)) => self.finish(key, Ok(Answer::Identify { certificate: Base64(certificate) })),
            (Ok(()), Told::Status(status)) => self.finish(key, Ok(counters(status))),
            (Ok(()), Told::Tries(Tries::Left(0), _)) => self.finish(key, Err(failure(Trouble::Locked.into()))),
            (Ok(()), Told::Tries(tries, has_pad)) => self.ask_person(key, tries, has_pad),
        }
    }

    /// What the card of an operation is, where it is known and still there.
    fn kind(&self, operation: &Operation) -> Option<CardKind> {
        self.machine.find(&operation.reader, operation.generation).ok()?.kind
    }

    /// Offers the frame to the page that asked.
    fn ask_person(&mut self, key: u64, tries: Tries, has_pad: bool) {
        let ticket = (self.means.random)().map(|bits| Base64(bits.to_vec()).to_text());
        let due = Instant::now() + self.means.pin_step;
        let kind = self.operations.iter().find(|operation| operation.key == key).and_then(|operation| self.kind(operation));
        let Some(operation) = self.operations.iter_mut().find(|operation| operation.key == key) else { return };
        match (operation.ending, ticket) {
            (None, Some(ticket)) => {
                let asks = operation.aim.asks(kind);
                let has_pad = has_pad && asks != Asks::FaceCode;
                operation.stage = Stage::Entry { ticket: ticket.clone(), tries, asks, has_pad, due };
                let (connection, request) = (operation.connection, operation.request);
                let (tries_left, last_try) = (tries.number(), tries == Tries::Left(1));
                self.event(connection, What::PinNeeded { request, ticket, tries_left, last_try, asks });
            }
            (ending, _) => self.finish(key, Err(ending.unwrap_or(ErrorCode::Internal).unspent())),
        }
    }

    /// Keeps the photo for the page that asked, to be fetched once.
    fn keep_photo(&mut self, key: u64, photo: Photo) -> Option<Answer> {
        // Nobody learns the ticket of a request that was ended meanwhile.
        let operation = self.operations.iter().find(|operation| operation.key == key && operation.ending.is_none())?;
        let ticket = Base64((self.means.random)()?.to_vec()).to_text();
        let (connection, origin) = (operation.connection, operation.origin.clone());
        let path = format!("/photo/{ticket}");
        self.photos.push(Kept { ticket, connection, origin, png: photo.png, due: Instant::now() + PHOTO_LIFE });
        Some(Answer::Face { photo: path, signature: photo.signature })
    }

    /// Gives a photo away, once, to the origin it was read for.
    pub(super) fn photo_wanted(&mut self, ticket: &str, origin: &Origin, reply: oneshot::Sender<Vec<u8>>) {
        if let Some(at) = self.photos.iter().position(|kept| kept.ticket == ticket && kept.origin == *origin) {
            drop(reply.send(self.photos.swap_remove(at).png));
        }
    }

    /// The card thread did not come back, or came back broken.
    pub(super) fn stuck(&mut self, key: u64, at: At) {
        let absence = self.operations.iter().find(|operation| operation.key == key).and_then(|operation| self.absence(operation));
        let code = match (absence, at) {
            // A card that was pulled says nothing either.
            (Some(code), _) => code,
            (None, At::Opening) => ErrorCode::Busy,
            (None, At::Talking | At::Verifying | At::Verified) => ErrorCode::CardFault,
        };
        let is_working = self.operations.iter().any(|operation| operation.key == key && matches!(operation.stage, Stage::Working { .. }));
        let try_spent = if at == At::Verifying && is_working { Spent::Unknown } else { Spent::No };
        self.finish(key, Err(Failure { try_spent, ..code.unspent() }));
    }

    /// Gives the one answer and forgets the operation.
    fn finish(&mut self, key: u64, result: Result<Answer, Failure>) {
        let Some(at) = self.operations.iter().position(|operation| operation.key == key) else { return };
        let mut operation = self.operations.swap_remove(at);
        let result = match (result, operation.ending) {
            (Ok(answer), None) => Ok(answer),
            (Ok(_), Some(code)) => Err(code.unspent()),
            (Err(failure), None) => Err(failure),
            // Ended from outside: a try that is gone, or a lock, is still said as the card said it.
            (Err(failure), Some(_)) if failure.try_spent != Spent::No || failure.code == ErrorCode::PinBlocked => Err(failure),
            (Err(failure), Some(code)) => Err(Failure { code, retriable: code.retriable(), ..failure }),
        };
        if let (Err(Failure { code: ErrorCode::UnlockNeeded, .. }), Aim::Authenticate { with_pin, .. }) = (&result, &operation.aim)
            && let Some(page) = self.pages.get_mut(&operation.connection)
        {
            // A phone that was given its PIN and is locked all the same wants its owner's face or finger.
            page.has_met_locked_phone = !with_pin;
        }
        let is_wrong =
            |failure: &Failure| matches!(failure.code, ErrorCode::PinWrong | ErrorCode::PinBlocked) && failure.try_spent == Spent::Yes;
        if result.as_ref().is_err_and(is_wrong) {
            self.wrongs.note(Instant::now());
        }
        operation.answer_frame(match &result {
            Ok(_) => Pressed::Right,
            Err(Failure { code: ErrorCode::PinWrong, tries_left, .. }) => Pressed::Wrong { tries_left: *tries_left },
            Err(Failure { code: ErrorCode::PinBlocked, .. }) => Pressed::Locked,
            Err(_) => Pressed::Ended,
        });
        if operation.ending.is_none() {
            self.lease.release(operation.connection);
        }
        let (connection, id) = (operation.connection, operation.request);
        match result {
            Ok(ok) => {
                info!(connection, request = id, "{} done", operation.aim.name());
                self.send(connection, Frame::Ok { id, ok });
            }
            Err(failure) => self.fail(connection, id, failure),
        }
        for id in operation.cancels {
            self.send(connection, Frame::Ok { id, ok: Answer::Cancel { was_running: true } });
        }
    }

    pub(super) fn fail(&mut self, connection: u64, id: u64, err: Failure) {
        info!(connection, request = id, code = ?err.code, try_spent = ?err.try_spent, "request failed");
        self.send(connection, Frame::Err { id, err });
    }
}

fn signed(Signed { certificate, signature }: Signed) -> Answer {
    Answer::Authenticate { certificate: Base64(certificate), signature: Base64(signature) }
}

fn counters(Status { auth, sign, has_certificate }: Status) -> Answer {
    let number = |tries: Option<Tries>| tries.and_then(Tries::number);
    Answer::PinStatus { auth: number(auth), sign: number(sign), certificate: has_certificate }
}

fn failure(failed: Failed) -> Failure {
    let Failed { trouble, spent } = failed;
    debug!(%trouble, "the card work ended early");
    let (code, tries_left) = match trouble {
        Trouble::Stopped | Trouble::PadCancelled => (ErrorCode::Cancelled, None),
        Trouble::PadTimeout => (ErrorCode::Timeout, None),
        Trouble::Channel(ChannelError::Removed) => (ErrorCode::CardRemoved, None),
        Trouble::Channel(ChannelError::ReaderLost) => (ErrorCode::ReaderLost, None),
        Trouble::Channel(ChannelError::Busy) => (ErrorCode::Busy, None),
        Trouble::Channel(ChannelError::Fault) | Trouble::Refused(..) | Trouble::Nonsense(_) | Trouble::TooSlow => {
            (ErrorCode::CardFault, None)
        }
        Trouble::NotThisCard => (ErrorCode::CardUnknown, None),
        Trouble::NewerCard | Trouble::TooLong(_) => (ErrorCode::CardNewer, None),
        Trouble::PhoneLocked => (ErrorCode::UnlockNeeded, None),
        Trouble::NoCertificate => (ErrorCode::NoCertificate, None),
        Trouble::Locked => (ErrorCode::PinBlocked, Some(0)),
        Trouble::WrongPin(tries) => (ErrorCode::PinWrong, tries.number()),
        // Someone else spent a try meanwhile: the person has to see the new number first.
        Trouble::CounterFell(left) => (ErrorCode::Busy, Some(left)),
    };
    Failure { tries_left, try_spent: spent, ..code.unspent() }
}
