//! What can go wrong on the reception page, as rows of domain.md §4.5 (X…) and the few general ones. No text here.

use shared::api::{Code, Detail, Refusal, Stored};
use shared::domain::calendar::CivilDate;
use shared::domain::maintenance::Span;
use shared::reader::{CardKind, ErrorCode, Failure, Spent};

use crate::reader::{View, Why};

/// One failure that a person meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// X01: no or bad network; what became of the request.
    Network(Stored),
    /// X02: wrong PIN, tries left where the card said so.
    WrongPin(Option<u8>),
    /// X03: one try left.
    LastTry,
    /// X04: locked by this very try.
    PinLocked,
    /// X04 or X06: no try was left before any was made. Locked before, or a card set up without a PIN: the counter does not tell.
    PinUnusable,
    /// X05: not four half-width digits. Said by the PIN frame; nothing reached the card.
    PinShape,
    /// X06: a card without authentication certificate.
    NoCertificate,
    /// X09: certificate expired or not usable.
    Expired(Option<CivilDate>),
    /// X10: not registered for insurance use.
    NotRegistered,
    /// X11: certificate, chain or signature not trusted.
    NotTrusted,
    /// X61: no insurance card to the register, whatever the reason.
    CardNotTaken,
    /// A real card shown to the demo.
    RealCard,
    /// X13: this device cannot run the helper.
    Phone,
    /// X13: no reader.
    NoReader {
        /// It ended a reading: going on takes a press.
        has_ended: bool,
    },
    /// X13: the reader service does not run, or refuses this user.
    ReaderService {
        /// It runs, but this user may not use it.
        is_denied: bool,
        /// It ended a reading: going on takes a press.
        has_ended: bool,
    },
    /// X14: the card could not be read; whether a try was spent.
    Moved(Spent),
    /// X14: the card was taken away; whether a try was spent.
    Removed(Spent),
    /// X15: no helper, and why.
    NoHelper(Why),
    /// X15: the helper went away in the middle.
    HelperLost(Spent),
    /// X15: helper and page share no version.
    OldHelper,
    /// X15: another helper than before.
    OtherHelper,
    /// X17: the browser refuses.
    BrowserRefuses,
    /// X18: former URL; whom to ask, empty where the institution gave nothing.
    FormerUrl(String),
    /// X19: use switched off; whom to ask, empty where the institution gave nothing.
    SwitchedOff(String),
    /// X64: the institution has another code since a day; whom to ask.
    CodeChanged(Option<CivilDate>, String),
    /// X34: the register is away; choices and proof are kept.
    SystemDown,
    /// X35: a maintenance window; from when to when.
    Maintenance(Option<Span>),
    /// X21: the visit is too old, or over; whether it was registered before.
    TooOld(Stored),
    /// X24: the booked date is missing, past, or too far ahead.
    BookedDate,
    /// X23: an item that is not asked for.
    NotAsked,
    /// The nonce was used or is too old; choices are kept.
    Challenge,
    /// Another card finished the visit; nothing of this one is stored.
    DoneOtherwise,
    /// No card that serves; a phone is X55.
    WrongCard(Option<CardKind>),
    /// X55: a phone has no photo, and its certificate is not free.
    PhoneByFace,
    /// An iPhone that its owner has not unlocked.
    PhoneLocked,
    /// A newer card than helper and server know.
    NewerCard,
    /// Another program uses the card.
    Busy,
    /// The same, before anything was begun: goes on by itself.
    Held,
    /// Another page took over.
    TakenOver,
    /// The person stopped it.
    Cancelled {
        /// One wrong number would have locked the card: the routes without it come first.
        before_last_try: bool,
    },
    /// The person did not act in time.
    Timeout,
    /// Too many tries: wait so many seconds.
    Wait(Option<u32>),
    /// Too many wrong numbers at this machine's reader, or too many messages: the helper waits.
    TooOften,
    /// No such page.
    NotFound,
    /// A fault of ours; what became of the request.
    Internal(Stored),
}

impl Trouble {
    /// The row for a refusal of the server.
    #[must_use]
    pub fn of_server(refusal: &Refusal) -> Self {
        match (refusal.code, &refusal.detail) {
            (Code::X01, _) => Self::Network(refusal.stored),
            (Code::X09, Some(Detail::ExpiredOn(date))) => Self::Expired(Some(*date)),
            (Code::X09, _) => Self::Expired(None),
            (Code::X10, _) => Self::NotRegistered,
            (Code::X11, _) => Self::NotTrusted,
            (Code::X61, _) => Self::CardNotTaken,
            (Code::X18, Some(Detail::Contact(contact))) => Self::FormerUrl(contact.clone()),
            (Code::X18, _) => Self::FormerUrl(String::new()),
            (Code::X19, Some(Detail::Contact(contact))) => Self::SwitchedOff(contact.clone()),
            (Code::X19, _) => Self::SwitchedOff(String::new()),
            (Code::X64, Some(Detail::CodeChanged { on, contact })) => Self::CodeChanged(Some(*on), contact.clone()),
            (Code::X64, _) => Self::CodeChanged(None, String::new()),
            (Code::X21, _) => Self::TooOld(refusal.stored),
            (Code::X23, _) => Self::NotAsked,
            (Code::X24, _) => Self::BookedDate,
            (Code::X34, _) => Self::SystemDown,
            (Code::X35, Some(Detail::Maintenance(span))) => Self::Maintenance(Some(*span)),
            (Code::X35, _) => Self::Maintenance(None),
            (Code::RealCardInDemo, _) => Self::RealCard,
            (Code::Challenge, _) => Self::Challenge,
            (Code::DoneOtherwise, _) => Self::DoneOtherwise,
            (Code::Wait, Some(Detail::RetryAfterS(seconds))) => Self::Wait(Some(*seconds)),
            (Code::Wait, _) => Self::Wait(None),
            (Code::NotFound, _) => Self::NotFound,
            // What only other desks meet would be a fault here.
            _ => Self::Internal(refusal.stored),
        }
    }

    /// The row for a failure of the helper.
    #[must_use]
    pub fn of_helper(failure: &Failure) -> Self {
        match failure.code {
            // Whatever ended the reading: that a try may be gone comes first.
            ErrorCode::ReaderLost | ErrorCode::Cancelled | ErrorCode::LeaseLost | ErrorCode::Busy | ErrorCode::Timeout
                if failure.try_spent != Spent::No =>
            {
                Self::Moved(failure.try_spent)
            }
            ErrorCode::PinWrong if failure.tries_left == Some(1) => Self::LastTry,
            ErrorCode::PinWrong if failure.tries_left == Some(0) => Self::PinLocked,
            ErrorCode::PinWrong => Self::WrongPin(failure.tries_left),
            ErrorCode::PinBlocked if failure.try_spent == Spent::No => Self::PinUnusable,
            ErrorCode::PinBlocked => Self::PinLocked,
            ErrorCode::NoCertificate => Self::NoCertificate,
            ErrorCode::CardRemoved => Self::Removed(failure.try_spent),
            ErrorCode::CardFault | ErrorCode::NoCard => Self::Moved(failure.try_spent),
            ErrorCode::CardUnknown => Self::WrongCard(None),
            ErrorCode::CardNewer => Self::NewerCard,
            ErrorCode::PinRequired => Self::PhoneByFace,
            ErrorCode::UnlockNeeded => Self::PhoneLocked,
            ErrorCode::NoReader | ErrorCode::ReaderLost => Self::NoReader { has_ended: true },
            ErrorCode::PcscDown => Self::ReaderService { is_denied: false, has_ended: true },
            ErrorCode::PcscDenied => Self::ReaderService { is_denied: true, has_ended: true },
            ErrorCode::VersionMismatch => Self::OldHelper,
            ErrorCode::Busy => Self::Busy,
            ErrorCode::LeaseHeld | ErrorCode::LeaseLost => Self::TakenOver,
            ErrorCode::Cancelled => Self::Cancelled { before_last_try: failure.tries_left == Some(1) },
            ErrorCode::Timeout => Self::Timeout,
            ErrorCode::RateLimited => Self::TooOften,
            ErrorCode::BadMessage
            | ErrorCode::UnknownOp
            | ErrorCode::BadState
            | ErrorCode::StatementRefused
            | ErrorCode::ConsentMissing
            | ErrorCode::Internal => Self::Internal(Stored::Nothing),
        }
    }

    /// The row behind a state of the reader, where it is a trouble.
    #[must_use]
    pub fn of_view(view: &View) -> Option<Self> {
        Some(match view {
            View::Phone => Self::Phone,
            View::Denied => Self::BrowserRefuses,
            View::Absent(why) => Self::NoHelper(*why),
            View::OldHelper => Self::OldHelper,
            View::OtherHelper => Self::OtherHelper,
            View::ServiceDown => Self::ReaderService { is_denied: false, has_ended: false },
            View::ServiceDenied => Self::ReaderService { is_denied: true, has_ended: false },
            View::NoReader => Self::NoReader { has_ended: false },
            View::Held => Self::Held,
            View::WrongCard(kind) => Self::WrongCard(Some(*kind)),
            View::Failed(failure) => Self::of_helper(failure),
            View::Lost(spent) => Self::HelperLost(*spent),
            View::Connecting
            | View::AskFirst
            | View::PutCard
            | View::PutCardBeside(_)
            | View::Recognising
            | View::InUse
            | View::Ready
            | View::Starting
            | View::Pin { .. }
            | View::OnPad
            | View::Working(_)
            | View::Stopping
            | View::StoppingOnPad
            | View::Done => return None,
        })
    }

    /// True where the card cannot help any more and the routes without it (X12) are the way on.
    #[must_use]
    pub fn leads_to_paper(&self) -> bool {
        matches!(
            self,
            Self::LastTry
                | Self::TooOften
                | Self::Cancelled { before_last_try: true }
                | Self::PinLocked
                | Self::PinUnusable
                | Self::NoCertificate
                | Self::NewerCard
                | Self::Expired(_)
                | Self::NotTrusted
                | Self::NotRegistered
                | Self::CardNotTaken
                | Self::Phone
        )
    }
}
