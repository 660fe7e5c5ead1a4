//! What the page knows about the card reader: inputs in, effects and one [`View`] out. No socket, no clock, no browser.
//!
//! ```text
//! Begin(Loopback)            → Dial                      Connecting
//! Frame(hello answer)        →                           PutCard
//! Frame(state with a card)   →                           Ready
//! Start(authenticate)        → Send(authenticate)        Starting
//! Frame(pin_needed)          →                           Pin
//! Frame(progress)            →                           Working
//! Frame(authenticate ok)     → Deliver                   Done
//! ```
//!
//! Every operation goes this way; those that ask nothing of a person come from Starting to Done.

use shared::bytes::Base64;
use shared::reader::{
    Answer, Asks, Card, CardKind, ErrorCode, Event, FaceSignature, Failure, Frame, Identity, Lease, Op, Reader, Request, Service, Spent,
    State, Step, VERSION, What,
};

/// Where the page runs, as far as the way to the helper is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Served from this machine: the browser asks for no permission.
    Loopback,
    /// Served from elsewhere: the browser asks the person once.
    Public,
    /// A phone or tablet that cannot run the helper (X13).
    Phone,
}

/// The browser's word about connections to this machine (`loopback-network`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Allowed.
    Granted,
    /// Will be asked.
    Prompt,
    /// Refused (X17).
    Denied,
    /// The browser knows no such permission.
    NotKnown,
}

/// Why no helper answers, as far as a browser lets a page find out (`helper/PROTOCOL.md` §1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The browser's question was closed without an answer, perhaps.
    MayBePermission,
    /// Nobody was found at the port.
    NotRunning,
    /// The helper runs and does not allow this page, or belongs to another user of the machine.
    NotAllowed,
    /// Another program holds the port.
    PortTaken,
    /// The helper allows the page, and something in the browser or on the machine stops the connection.
    Stopped,
    /// The helper allows the page, and too many pages are connected to it.
    NoRoom,
}

/// What a page saw of the port where no socket opened, each thing as the browser told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// `GET /health` could be read: the page is allowed; and whether there is room for another page.
    pub health: Option<bool>,
    /// A request for `/` that may not be read was answered, or had no end: from the helper it fails.
    pub is_open: bool,
    /// An event source on `/health` was closed by an answer.
    pub is_source_closed: bool,
    /// A picture of `/` lost its box: a content blocker took it away.
    pub is_collapsed: bool,
    /// One of these took longer than no time at all: something was there.
    pub took_time: bool,
}

impl Seen {
    /// The cause, the first that fits.
    #[must_use]
    pub fn why(self) -> Why {
        match self {
            Self { health: Some(false), .. } => Why::NoRoom,
            Self { health: Some(true), .. } | Self { is_collapsed: true, .. } => Why::Stopped,
            Self { is_open: true, .. } => Why::PortTaken,
            Self { is_source_closed: true, took_time: true, .. } => Why::NotAllowed,
            _ => Why::NotRunning,
        }
    }
}

/// What a person wants of the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// A statement confirmed, with the PIN.
    Authenticate {
        /// 32 bytes of the server.
        nonce: Base64,
        /// The statement, made by the server.
        statement: Base64,
    },
    /// The certificate alone.
    Identify {
        /// The owner of the card agreed, and a person ticked that.
        is_consented: bool,
    },
    /// The photo in the chip, with 照合番号B.
    Face {
        /// As in [`Want::Identify`].
        is_consented: bool,
    },
    /// The tries that the PINs have left.
    PinStatus,
}

impl Want {
    /// True where a person types something that may be wrong: only then a try can be spent.
    fn has_entry(&self) -> bool {
        matches!(self, Self::Authenticate { .. } | Self::Face { .. })
    }
}

/// Which phones a screen takes in the card's place (P-MEDIUM); none by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Phones {
    /// Android: asks for the phone's own PIN.
    pub android: bool,
    /// iPhone: its owner unlocks it.
    pub iphone: bool,
    /// The person chose the PIN of an iPhone that was not unlocked (`card.md` §8).
    pub with_pin: bool,
}

/// A press that starts an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What is wanted.
    pub want: Want,
    /// 「こちらで使う」: take the card from another page.
    pub takes_over: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The screen appeared.
    Begin(Place),
    /// The person pressed 「接続する」 or 「もう一度確かめる」.
    Connect,
    /// Answer to [`Effect::AskPermission`].
    Permission(Permission),
    /// Answer to [`Effect::LookAtPort`].
    Looked(Seen),
    /// A frame of the helper.
    Frame(Frame),
    /// Answer to [`Effect::Meet`]: the helper is the one that this browser met before, or the first one.
    Met(bool),
    /// The person knows why the helper is another one.
    Trust,
    /// Something that is no frame.
    Garbled,
    /// The socket closed, or never opened.
    Closed,
    /// The time of [`Effect::WakeIn`] is over.
    Wake,
    /// The page is seen (`true`) or hidden.
    Seen(bool),
    /// The person pressed 「読み取りを始める」, or what else starts an operation.
    Start(Ask),
    /// The person chose a reader by its id, or with `None` left the choice to the page.
    Choose(Option<String>),
    /// What the screen takes beside the card, from now on.
    Phones(Phones),
    /// The person pressed 「やめる」.
    Cancel,
    /// The person has read how the last operation ended.
    Dismiss,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open the socket; the former one is closed first.
    Dial,
    /// Close the socket.
    HangUp,
    /// Send a frame.
    Send(Request),
    /// Find out whether this is the helper that the browser met before (`reader-helper.md` T8).
    Meet(Option<Identity>),
    /// Remember the helper that was met last as the right one.
    Remember,
    /// Ask the browser for its [`Permission`].
    AskPermission,
    /// Find out why no socket opens. Asked for where the browser asks nobody, once per screen, press and lost connection.
    LookAtPort,
    /// Give [`Input::Wake`] after so many milliseconds; replaces an earlier one.
    WakeIn(u32),
    /// Hand on what the card gave.
    Deliver(Got),
}

/// What the card gave. Held in memory only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Got {
    /// To [`Want::Authenticate`].
    Signed(Signed),
    /// To [`Want::Identify`]: 利用者証明用電子証明書, DER.
    Certificate(Base64),
    /// To [`Want::Face`].
    Photo {
        /// Path at the helper; serves once.
        path: String,
        /// What the card's own signature says of it.
        signature: FaceSignature,
    },
    /// To [`Want::PinStatus`]; `None` where the card does not say.
    Tries {
        /// Of the 利用者証明用暗証番号.
        auth: Option<u8>,
        /// Of the 署名用暗証番号.
        sign: Option<u8>,
        /// The card holds a 利用者証明用電子証明書.
        has_certificate: bool,
    },
}

/// The card's proof. Held in memory only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The nonce that was signed.
    pub nonce: Base64,
    /// 利用者証明用電子証明書, DER.
    pub certificate: Base64,
    /// The signature.
    pub signature: Base64,
}

/// What the person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// This device cannot run the helper (X13).
    Phone,
    /// On the way to the helper.
    Connecting,
    /// The browser will ask: explained first, connected on a press.
    AskFirst,
    /// The browser refuses (X17).
    Denied,
    /// No helper answers (X15).
    Absent(Why),
    /// Page and helper share no version.
    OldHelper,
    /// Another helper than before: another program may have taken its place.
    OtherHelper,
    /// The reader service does not run.
    ServiceDown,
    /// The reader service refuses this user.
    ServiceDenied,
    /// No reader (X13).
    NoReader,
    /// No card on the reader.
    PutCard,
    /// The same; what lies in another reader does not serve, and perhaps lies there for good. `None`: another program holds it.
    PutCardBeside(Option<CardKind>),
    /// A card is there, its kind not yet known.
    Recognising,
    /// The same for long: another program holds the card.
    Held,
    /// Not a card that serves.
    WrongCard(CardKind),
    /// Another page uses the card; it may be taken over.
    InUse,
    /// A press starts the reading.
    Ready,
    /// The helper was asked.
    Starting,
    /// The PIN frame may be shown.
    Pin {
        /// Path part of the frame.
        ticket: String,
        /// Tries left before this one.
        tries_left: Option<u8>,
        /// One wrong PIN locks the card (X03).
        last_try: bool,
        /// What is typed.
        asks: Asks,
    },
    /// The person types on the reader's own keys.
    OnPad,
    /// The card works: do not move it.
    Working(Step),
    /// The person stopped it; the helper has not yet answered.
    Stopping,
    /// The same, while the reader still waits for its own keys: only they end it.
    StoppingOnPad,
    /// What was wanted is here.
    Done,
    /// It ended without.
    Failed(Failure),
    /// The helper went away in the middle; whether a try was spent.
    Lost(Spent),
}

impl View {
    /// True from the press that started an operation until its end was heard and is to be read.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(
            self,
            Self::Starting | Self::Pin { .. } | Self::OnPad | Self::Working(_) | Self::Stopping | Self::StoppingOnPad | Self::Done
        )
    }

    /// True when someone is at work: a reading goes on by another step. A reader or a helper that comes and goes is nobody.
    #[must_use]
    pub fn is_sign_of_life_after(&self, former: &Self) -> bool {
        self != former && matches!(self, Self::Starting | Self::Pin { .. } | Self::OnPad | Self::Working(_) | Self::Done)
    }
}

/// Which insertion of a card in which reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardId {
    /// The reader.
    pub reader: String,
    /// Rises with every insertion.
    pub generation: u64,
}

/// The readers, where a person may choose among them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readers {
    /// In the order of plugging; empty while there is nothing to choose: fewer than two, or an operation runs.
    pub all: Vec<Reader>,
    /// The one chosen by hand; `None` leaves it to the page.
    pub chosen: Option<String>,
    /// The one in use.
    pub used: Option<String>,
    /// The one that was chosen is gone, and the page chooses again.
    pub has_lost_choice: bool,
}

/// All that a screen needs to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What the person sees.
    pub view: View,
    /// The readers to choose from.
    pub readers: Readers,
    /// The card on the reader in use.
    pub card: Option<CardId>,
    /// What that card says it is.
    pub kind: Option<CardKind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Nothing was tried.
    Idle,
    Phone,
    AskingBefore,
    NeedsPress,
    Dialing,
    Open,
    /// Closed; the browser is asked why.
    AskingAfter,
    Denied,
    Down {
        may_be_permission: bool,
    },
    OldHelper,
}

/// What is known of the helper that answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// The browser is asked.
    Open,
    /// As before.
    Known,
    /// Another one.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Asked,
    Pin { ticket: String, tries_left: Option<u8>, last_try: bool, asks: Asks },
    OnPad,
    Working(Step),
    Stopping { on_pad: bool },
}

impl Phase {
    fn is_stopping(&self) -> bool {
        matches!(self, Self::Stopping { .. })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Job {
    id: u64,
    want: Want,
    phase: Phase,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Done,
    Failed(Failure),
    Lost(Spent),
}

impl End {
    /// True for words about the card that was read, or about its person. Others ask for the card again, and stay until they were read.
    fn is_of_a_card(&self) -> bool {
        match self {
            Self::Done | Self::Lost(_) => false,
            Self::Failed(failure) => matches!(
                failure.code,
                ErrorCode::CardUnknown
                    | ErrorCode::CardNewer
                    | ErrorCode::PinRequired
                    | ErrorCode::UnlockNeeded
                    | ErrorCode::CardFault
                    | ErrorCode::NoCertificate
                    | ErrorCode::PinWrong
                    | ErrorCode::PinBlocked
            ),
        }
    }
}

/// True when a card was put on a reader since.
fn is_put_on(former: &State, state: &State) -> bool {
    let cards = |state: &State| state.readers.iter().filter_map(|reader| Some(reader.card?.generation)).collect::<Vec<_>>();
    let before = cards(former);
    cards(state).iter().any(|generation| !before.contains(generation))
}

/// Between two tries to reach a helper that is away, milliseconds; the last one repeats.
const BACK_OFF_MS: [u32; 5] = [1_000, 2_000, 4_000, 8_000, 15_000];
/// A helper that takes longer to say hello counts as absent, milliseconds.
const HELLO_LIMIT_MS: u32 = 5_000;
/// A card that takes longer to be recognised is held by another program, milliseconds.
const KIND_LIMIT_MS: u32 = 5_000;

/// All that the page knows about the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    place: Place,
    /// The browser asks nobody before it connects, as far as is known.
    is_allowed: bool,
    link: Link,
    trust: Trust,
    is_seen: bool,
    tries: usize,
    /// Why no helper answers, once that was looked into.
    why: Option<Why>,
    last_id: u64,
    last_seq: u64,
    state: Option<State>,
    /// Id and name of the reader that was chosen by hand.
    choice: Option<(String, String)>,
    has_lost_choice: bool,
    /// Generation of the card whose kind is waited for.
    unknown: Option<u64>,
    /// Cards that nobody put there while this page looked, by generation: some readers hold a card for good (Windows Hello and the like).
    standing: Vec<u64>,
    /// Cards that stayed unknown for too long, by generation: another program holds them.
    held: Vec<u64>,
    phones: Phones,
    job: Option<Job>,
    end: Option<End>,
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// Knows nothing, does nothing, until [`Input::Begin`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            place: Place::Loopback,
            is_allowed: true,
            link: Link::Idle,
            trust: Trust::Open,
            is_seen: true,
            tries: 0,
            why: None,
            last_id: 0,
            last_seq: 0,
            state: None,
            choice: None,
            has_lost_choice: false,
            unknown: None,
            standing: Vec::new(),
            held: Vec::new(),
            phones: Phones::default(),
            job: None,
            end: None,
        }
    }

    /// Takes in what happened; answers what is to be done.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Begin(place) => self.begin(place),
            Input::Connect if self.job.is_none() && self.link != Link::Phone => {
                (self.tries, self.why) = (0, None);
                self.dial()
            }
            Input::Looked(seen) if self.link != Link::Open => {
                self.why = Some(seen.why());
                Vec::new()
            }
            Input::Permission(permission) => self.permission(permission),
            Input::Met(is_known) if self.link == Link::Open && self.trust == Trust::Open => {
                self.trust = if is_known { Trust::Known } else { Trust::Other };
                Vec::new()
            }
            Input::Trust if self.link == Link::Open && self.trust == Trust::Other => {
                self.trust = Trust::Known;
                vec![Effect::Remember]
            }
            Input::Frame(frame) if matches!(self.link, Link::Dialing | Link::Open) => self.frame(frame),
            Input::Garbled if matches!(self.link, Link::Dialing | Link::Open) => self.drop_link(),
            Input::Closed if matches!(self.link, Link::Dialing | Link::Open) => self.closed(),
            Input::Wake => self.wake(),
            Input::Seen(is_seen) => {
                let returned = is_seen && !self.is_seen;
                self.is_seen = is_seen;
                if returned { self.redial() } else { Vec::new() }
            }
            Input::Start(ask) => self.start(ask),
            Input::Choose(reader) if self.job.is_none() => self.choose(reader),
            Input::Phones(phones) => {
                self.phones = phones;
                Vec::new()
            }
            Input::Cancel => self.cancel(),
            Input::Dismiss => {
                self.end = None;
                Vec::new()
            }
            Input::Connect
            | Input::Looked(_)
            | Input::Met(_)
            | Input::Trust
            | Input::Frame(_)
            | Input::Garbled
            | Input::Closed
            | Input::Choose(_) => Vec::new(),
        }
    }

    /// All that a screen needs now.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let used = self.reader();
        let all = match &self.state {
            Some(state) if state.readers.len() > 1 && self.trust == Trust::Known && self.job.is_none() => state.readers.clone(),
            _ => Vec::new(),
        };
        let readers = Readers {
            all,
            chosen: self.choice.as_ref().map(|(id, _)| id.clone()),
            used: used.map(|reader| reader.id.clone()),
            has_lost_choice: self.has_lost_choice,
        };
        let card = used.and_then(|reader| Some(CardId { reader: reader.id.clone(), generation: reader.card?.generation }));
        let kind = used.and_then(|reader| reader.card?.kind);
        Shown { view: self.view(), readers, card, kind }
    }

    /// What the person sees now.
    #[must_use]
    pub fn view(&self) -> View {
        match &self.end {
            Some(End::Done) => return View::Done,
            Some(End::Failed(failure)) => return View::Failed(failure.clone()),
            Some(End::Lost(spent)) => return View::Lost(*spent),
            None => {}
        }
        match &self.link {
            Link::Phone => View::Phone,
            Link::NeedsPress => View::AskFirst,
            Link::Denied => View::Denied,
            Link::OldHelper => View::OldHelper,
            Link::Down { may_be_permission: true } => View::Absent(Why::MayBePermission),
            // While it is looked for again and again, the words stay.
            Link::Down { .. } => self.why.map_or(View::Connecting, View::Absent),
            Link::Dialing | Link::AskingAfter if self.tries > 0 => self.why.map_or(View::Connecting, View::Absent),
            Link::Idle | Link::AskingBefore | Link::Dialing | Link::AskingAfter => View::Connecting,
            Link::Open => match self.trust {
                Trust::Open => View::Connecting,
                Trust::Known => self.open_view(),
                Trust::Other => View::OtherHelper,
            },
        }
    }

    fn open_view(&self) -> View {
        match self.job.as_ref().map(|job| &job.phase) {
            Some(Phase::Asked) => return View::Starting,
            Some(Phase::Pin { ticket, tries_left, last_try, asks }) => {
                return View::Pin { ticket: ticket.clone(), tries_left: *tries_left, last_try: *last_try, asks: *asks };
            }
            Some(Phase::OnPad) => return View::OnPad,
            Some(Phase::Working(step)) => return View::Working(*step),
            Some(Phase::Stopping { on_pad: false }) => return View::Stopping,
            Some(Phase::Stopping { on_pad: true }) => return View::StoppingOnPad,
            None => {}
        }
        let Some(state) = &self.state else { return View::Connecting };
        match state.service {
            Service::Down => return View::ServiceDown,
            Service::Denied => return View::ServiceDenied,
            Service::Up => {}
        }
        let Some(reader) = self.reader() else { return View::NoReader };
        match reader.card.map(|card| card.kind) {
            None => match state.readers.iter().find_map(|other| other.card).filter(|_| self.choice.is_none()) {
                Some(useless) => View::PutCardBeside(useless.kind),
                None => View::PutCard,
            },
            Some(None) if self.unknown.is_some_and(|generation| self.held.contains(&generation)) => View::Held,
            Some(None) => View::Recognising,
            Some(Some(kind)) if self.serves(kind) && matches!(state.lease, Lease::Other(_)) => View::InUse,
            Some(Some(kind)) if self.serves(kind) => View::Ready,
            Some(Some(kind)) => View::WrongCard(kind),
        }
    }

    fn begin(&mut self, place: Place) -> Vec<Effect> {
        self.place = place;
        self.is_allowed = place == Place::Loopback;
        match place {
            Place::Phone => {
                self.link = Link::Phone;
                Vec::new()
            }
            Place::Loopback => self.dial(),
            Place::Public => {
                self.link = Link::AskingBefore;
                vec![Effect::AskPermission]
            }
        }
    }

    fn dial(&mut self) -> Vec<Effect> {
        (self.link, self.trust) = (Link::Dialing, Trust::Open);
        (self.state, self.unknown, self.last_seq, self.last_id) = (None, None, 0, 1);
        self.standing.clear();
        self.held.clear();
        let hello = Op::Hello { versions: vec![VERSION], lang: "ja".to_owned(), nonce: None };
        let mut effects = vec![Effect::Dial, Effect::Send(Request { v: VERSION, id: self.last_id, op: hello })];
        // The browser may be asking the person: no limit on that.
        if self.is_allowed {
            effects.push(Effect::WakeIn(HELLO_LIMIT_MS));
        }
        effects
    }

    fn permission(&mut self, permission: Permission) -> Vec<Effect> {
        self.is_allowed = matches!(permission, Permission::Granted | Permission::NotKnown);
        match (self.link, permission) {
            (Link::AskingBefore, Permission::Granted | Permission::NotKnown) => self.dial(),
            (Link::AskingBefore, Permission::Prompt) => {
                self.link = Link::NeedsPress;
                Vec::new()
            }
            (Link::AskingBefore | Link::AskingAfter, Permission::Denied) => {
                self.link = Link::Denied;
                Vec::new()
            }
            (Link::AskingAfter, Permission::Granted | Permission::NotKnown) => self.down(false),
            // The question was closed, or nobody answers: both are offered, nothing is tried by itself.
            (Link::AskingAfter, Permission::Prompt) => self.down(true),
            _ => Vec::new(),
        }
    }

    fn down(&mut self, may_be_permission: bool) -> Vec<Effect> {
        self.link = Link::Down { may_be_permission };
        if may_be_permission || !self.is_seen {
            return Vec::new();
        }
        let wait_ms = BACK_OFF_MS.get(self.tries).or(BACK_OFF_MS.last()).copied().unwrap_or(15_000);
        self.tries += 1;
        let mut effects = vec![Effect::WakeIn(wait_ms)];
        if self.tries == 1 {
            effects.push(Effect::LookAtPort);
        }
        effects
    }

    fn wake(&mut self) -> Vec<Effect> {
        match self.link {
            Link::Dialing if self.is_allowed => self.drop_link(),
            Link::Open => {
                self.held.extend(self.unknown);
                // Another reader may be the better one now.
                self.watch_kind()
            }
            _ => self.redial(),
        }
    }

    fn redial(&mut self) -> Vec<Effect> {
        match self.link {
            Link::Down { may_be_permission: false } if self.is_seen => self.dial(),
            _ => Vec::new(),
        }
    }

    /// Takes in a state; a choice ends with its reader. A helper that was started anew may give the id to another reader.
    fn see(&mut self, state: State) -> Vec<Effect> {
        let is_there = |(id, name): &(String, String)| state.readers.iter().any(|reader| reader.id == *id && reader.name == *name);
        if self.choice.take_if(|choice| !is_there(choice)).is_some() {
            self.has_lost_choice = true;
        }
        let is_on_a_reader =
            |generation: &u64| state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.generation == *generation));
        if self.state.as_ref().is_some_and(|former| is_put_on(former, &state)) && self.end.as_ref().is_some_and(End::is_of_a_card) {
            // What was said of the card before is not said of this one.
            self.end = None;
        }
        self.standing.retain(is_on_a_reader);
        self.held.retain(is_on_a_reader);
        self.state = Some(state);
        self.watch_kind()
    }

    /// Takes a person's choice among the readers that are there.
    fn choose(&mut self, id: Option<String>) -> Vec<Effect> {
        let named = |id: String| {
            let reader = self.state.as_ref()?.readers.iter().find(|reader| reader.id == id)?;
            Some((id, reader.name.clone()))
        };
        self.choice = id.and_then(named);
        self.has_lost_choice = false;
        self.watch_kind()
    }

    /// True for what this screen takes.
    fn serves(&self, kind: CardKind) -> bool {
        match kind {
            CardKind::MyNumberCard => true,
            CardKind::PhoneAndroid => self.phones.android,
            CardKind::PhoneIos => self.phones.iphone,
            _ => false,
        }
    }

    /// The reader in use: the one that was chosen, or else the one whose card serves best.
    fn reader(&self) -> Option<&Reader> {
        let state = self.state.as_ref()?;
        match &self.choice {
            Some((id, _)) => state.readers.iter().find(|reader| reader.id == *id),
            None => self.best_reader(state),
        }
    }

    /// The reader whose card serves best: another token in the first reader must not hide the card. A card that does not serve counts more
    /// than an empty reader only when somebody put it there before our eyes, and is to be told so.
    fn best_reader<'a>(&self, state: &'a State) -> Option<&'a Reader> {
        let rank = |reader: &&Reader| match reader.card {
            Some(Card { kind: Some(kind), .. }) if self.serves(kind) => 0,
            Some(Card { kind: None, generation }) if !self.held.contains(&generation) => 1,
            Some(Card { generation, .. }) if !self.standing.contains(&generation) => 2,
            None => 3,
            Some(_) => 4,
        };
        state.readers.iter().min_by_key(rank)
    }

    /// A card that stays unknown for long is not waited for in silence.
    fn watch_kind(&mut self) -> Vec<Effect> {
        let unknown = self.reader().and_then(|reader| reader.card).filter(|card| card.kind.is_none()).map(|card| card.generation);
        if unknown == self.unknown {
            return Vec::new();
        }
        self.unknown = unknown;
        unknown.map(|_| Effect::WakeIn(KIND_LIMIT_MS)).into_iter().collect()
    }

    fn drop_link(&mut self) -> Vec<Effect> {
        let mut effects = vec![Effect::HangUp];
        effects.extend(self.closed());
        effects
    }

    fn closed(&mut self) -> Vec<Effect> {
        self.state = None;
        if let Some(job) = self.job.take() {
            let spent = match job.phase {
                _ if !job.want.has_entry() => Spent::No,
                Phase::Asked | Phase::Working(Step::Signing | Step::Reading) => Spent::No,
                Phase::Pin { .. } | Phase::OnPad | Phase::Working(Step::Verifying) | Phase::Stopping { .. } => Spent::Unknown,
            };
            self.end = Some(End::Lost(spent));
        }
        match self.place {
            Place::Public => {
                self.link = Link::AskingAfter;
                vec![Effect::AskPermission]
            }
            Place::Loopback | Place::Phone => self.down(false),
        }
    }

    fn frame(&mut self, frame: Frame) -> Vec<Effect> {
        match frame {
            Frame::Event(event) => self.event(event),
            Frame::Ok { ok: Answer::Hello { state, identity, .. }, .. } if self.link == Link::Dialing => {
                self.link = Link::Open;
                (self.tries, self.why) = (0, None);
                self.standing = state.readers.iter().filter_map(|reader| Some(reader.card?.generation)).collect();
                let mut effects = self.see(state);
                effects.push(Effect::Meet(identity));
                effects
            }
            Frame::Ok { id, ok } => self.answered(id, ok),
            Frame::Err { err, .. } if self.link == Link::Dialing => match err.code {
                ErrorCode::VersionMismatch => {
                    self.link = Link::OldHelper;
                    vec![Effect::HangUp]
                }
                _ => self.drop_link(),
            },
            Frame::Err { id, err } if self.job.as_ref().is_some_and(|job| job.id == id) => {
                self.job = None;
                self.end = Some(End::Failed(err));
                Vec::new()
            }
            Frame::Ack { .. } | Frame::Err { .. } => Vec::new(),
        }
    }

    fn answered(&mut self, id: u64, answer: Answer) -> Vec<Effect> {
        let Some(job) = self.job.as_ref().filter(|job| job.id == id) else { return Vec::new() };
        let got = match (&job.want, answer) {
            (Want::Authenticate { nonce, .. }, Answer::Authenticate { certificate, signature }) => {
                Got::Signed(Signed { nonce: nonce.clone(), certificate, signature })
            }
            (Want::Identify { .. }, Answer::Identify { certificate }) => Got::Certificate(certificate),
            (Want::Face { .. }, Answer::Face { photo, signature }) if photo.starts_with("/photo/") => Got::Photo { path: photo, signature },
            (Want::PinStatus, Answer::PinStatus { auth, sign, certificate }) => Got::Tries { auth, sign, has_certificate: certificate },
            // An answer to something else: what is true of the helper is not known any more.
            _ => return self.drop_link(),
        };
        let is_stopping = job.phase.is_stopping();
        self.job = None;
        if is_stopping {
            // The person said stop: what came too late is not used.
            self.end = Some(End::Failed(ErrorCode::Cancelled.unspent()));
            return Vec::new();
        }
        self.end = Some(End::Done);
        vec![Effect::Deliver(got)]
    }

    fn event(&mut self, event: Event) -> Vec<Effect> {
        if event.seq != self.last_seq + 1 || self.link != Link::Open {
            // Something was missed: only a new connection knows the whole state.
            return self.drop_link();
        }
        self.last_seq = event.seq;
        match event.what {
            What::State { state } => return self.see(state),
            What::PinNeeded { request, ticket, tries_left, last_try, asks } => {
                self.phase(request, Phase::Pin { ticket, tries_left, last_try, asks });
            }
            What::Progress { request, on_pad: true, .. } => self.phase(request, Phase::OnPad),
            What::Progress { request, step, on_pad: false } => self.phase(request, Phase::Working(step)),
            // The request's own failure follows.
            What::LeaseLost { .. } => {}
        }
        Vec::new()
    }

    fn phase(&mut self, id: u64, phase: Phase) {
        if let Some(job) = self.job.as_mut().filter(|job| job.id == id && !job.phase.is_stopping()) {
            job.phase = phase;
        }
    }

    fn start(&mut self, ask: Ask) -> Vec<Effect> {
        self.end = None;
        let view = self.view();
        if !(view == View::Ready || view == View::InUse && ask.takes_over) {
            return Vec::new();
        }
        let Some((state, used)) = self.state.as_ref().zip(self.reader()) else { return Vec::new() };
        let Some(card) = used.card else { return Vec::new() };
        let take = match state.lease {
            Lease::Other(holder) if ask.takes_over => Some(holder),
            _ => None,
        };
        let (reader, generation) = (used.id.clone(), card.generation);
        let op = match ask.want.clone() {
            Want::Authenticate { nonce, statement } => {
                Op::Authenticate { reader, generation, nonce, statement, with_pin: self.phones.with_pin, take }
            }
            Want::Identify { is_consented } => Op::Identify { reader, generation, consented: is_consented, take },
            Want::Face { is_consented } => Op::Face { reader, generation, consented: is_consented, take },
            Want::PinStatus => Op::PinStatus { reader, generation, take },
        };
        self.has_lost_choice = false;
        self.last_id += 1;
        self.job = Some(Job { id: self.last_id, want: ask.want, phase: Phase::Asked });
        vec![Effect::Send(Request { v: VERSION, id: self.last_id, op })]
    }

    fn cancel(&mut self) -> Vec<Effect> {
        let Some(job) = self.job.as_mut().filter(|job| !job.phase.is_stopping()) else { return Vec::new() };
        job.phase = Phase::Stopping { on_pad: job.phase == Phase::OnPad };
        self.last_id += 1;
        vec![Effect::Send(Request { v: VERSION, id: self.last_id, op: Op::Cancel { target: job.id } })]
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
