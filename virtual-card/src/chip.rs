//! What a command does: the state of applications, files and PINs, and the status words.
//!
//! The command set was never published. It follows ISO/IEC 7816-4 where several public readers of the real card agree on it, and is
//! strict where they leave room.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use p384::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
use rand::{RngCore, thread_rng};
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey, traits::PublicKeyParts};
use sha2_010::{Digest, Sha256};

use crate::{
    Person, PinKind,
    apdu::Command,
    apps::App,
    files::{File, Files},
    pins::Pins,
    scenarios::{Behaviour, Kind, Unlock},
};

/// Status words (SW1 SW2).
mod sw {
    pub(super) const OK: u16 = 0x9000;
    pub(super) const WRONG_NO_COUNTER: u16 = 0x6300;
    /// Plus the tries left.
    pub(super) const TRIES: u16 = 0x63C0;
    /// Plus the bytes that can be fetched, 00 for 256.
    pub(super) const MORE: u16 = 0x6100;
    /// Plus the right Le.
    pub(super) const RIGHT_LE: u16 = 0x6C00;
    pub(super) const LENGTH: u16 = 0x6700;
    pub(super) const CHANNEL: u16 = 0x6881;
    pub(super) const SECURE_MESSAGING: u16 = 0x6882;
    pub(super) const FILE_TYPE: u16 = 0x6981;
    pub(super) const NOT_VERIFIED: u16 = 0x6982;
    pub(super) const CONDITIONS: u16 = 0x6985;
    pub(super) const NO_CURRENT_FILE: u16 = 0x6986;
    pub(super) const DATA: u16 = 0x6A80;
    pub(super) const NOT_FOUND: u16 = 0x6A82;
    pub(super) const NO_RECORD: u16 = 0x6A83;
    pub(super) const P1_P2: u16 = 0x6A86;
    pub(super) const NO_REFERENCE: u16 = 0x6A88;
    pub(super) const OFFSET: u16 = 0x6B00;
    pub(super) const INS: u16 = 0x6D00;
    pub(super) const CLA: u16 = 0x6E00;
    pub(super) const INTERNAL: u16 = 0x6F00;
}

/// An answer, and whether the chip had to compute a signature for it.
pub(crate) struct Answer {
    pub(crate) data: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) took_a_signature: bool,
}

type Outcome = Result<Vec<u8>, u16>;

/// The key of user authentication.
pub(crate) enum AuthKey {
    Rsa(Box<RsaPrivateKey>),
    P384(SigningKey),
}

/// The private keys on a card.
pub(crate) struct Keys {
    pub(crate) auth: AuthKey,
    pub(crate) sign: RsaPrivateKey,
    /// Of the visual application; it asks for no PIN.
    pub(crate) card: RsaPrivateKey,
    pub(crate) memory: Mutex<Memory>,
}

/// Signatures computed before, by key (`None` is that of the visual application), P1 and data.
pub(crate) type Memory = BTreeMap<(Option<PinKind>, u8, Vec<u8>), Vec<u8>>;

/// Tag of the answer to reset over contacts (GET DATA).
const CONTACT_ATR: u16 = 0x5F51;

/// Signatures kept at most: a memory that nobody asks twice must not grow without end.
const MEMORY_LIMIT: usize = 4096;

/// How far the holder of a phone is with unlocking it ([`Unlock::PhoneLate`]).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phone {
    Locked,
    /// Something was refused, and the holder was told so.
    Refused,
    Unlocked,
}

/// The chip of one card.
pub(crate) struct Chip {
    person: &'static Person,
    behaviour: Behaviour,
    /// What never changes is shared with the cards made from this one.
    apps: Arc<BTreeMap<App, Files>>,
    keys: Arc<Keys>,
    remembers: bool,
    pins: Pins,
    selected: App,
    current: Option<u16>,
    is_first_command: bool,
    phone: Phone,
    /// What a GET RESPONSE would fetch, on cards behind a T=0 reader.
    pending: Vec<u8>,
}

impl Chip {
    pub(crate) fn new(behaviour: Behaviour, person: &'static Person, apps: BTreeMap<App, Files>, keys: Keys) -> Chip {
        Chip::of(behaviour, person, Arc::new(apps), Arc::new(keys))
    }

    /// The same chip as it was when it was new.
    pub(crate) fn fresh(&self) -> Chip {
        let chip = Chip::of(self.behaviour.clone(), self.person, Arc::clone(&self.apps), Arc::clone(&self.keys));
        Chip { remembers: self.remembers, ..chip }
    }

    fn of(behaviour: Behaviour, person: &'static Person, apps: Arc<BTreeMap<App, Files>>, keys: Arc<Keys>) -> Chip {
        Chip {
            pins: Pins::new(person, &behaviour),
            person,
            behaviour,
            apps,
            keys,
            remembers: false,
            selected: App::Manager,
            current: None,
            is_first_command: true,
            phone: Phone::Locked,
            pending: Vec::new(),
        }
    }

    pub(crate) fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    pub(crate) fn remember_signatures(&mut self, yes: bool) {
        self.remembers = yes;
    }

    pub(crate) fn tries_left(&self, kind: PinKind) -> u8 {
        self.pins.tries(kind)
    }

    pub(crate) fn power_on(&mut self) {
        self.enter(App::Manager);
        self.pins.forget_except(None);
        if self.behaviour.verified_at_power_on {
            for kind in [PinKind::Auth, PinKind::Sign] {
                if let Some(pin) = self.pins.get_mut(kind) {
                    pin.is_verified = true;
                }
            }
        }
        self.pending.clear();
        self.is_first_command = true;
    }

    /// A warm reset keeps what is verified; readers have been caught by that.
    pub(crate) fn reset(&mut self) {
        self.pending.clear();
        if !self.behaviour.selection_survives_reset {
            self.selected = App::Manager;
            self.current = None;
        }
    }

    pub(crate) fn answer(&mut self, apdu: &[u8]) -> Answer {
        let is_first = std::mem::replace(&mut self.is_first_command, false);
        let command = Command::parse(apdu);
        let outcome = match &command {
            _ if is_first && self.behaviour.first_command_fails => Err(sw::INTERNAL),
            None => Err(sw::LENGTH),
            Some(command) if command.is_extended && !self.behaviour.extended_length => Err(self.behaviour.extended_refusal),
            Some(command) => self.carry_out(command),
        };
        let took_a_signature = command.is_some_and(|command| command.ins == 0x2A) && outcome.is_ok();
        let outcome = match (outcome, &command) {
            (Ok(data), Some(command)) if self.behaviour.speaks_t0 => self.as_t0(command, data),
            (outcome, _) => outcome.map(|data| (data, sw::OK)),
        };
        match outcome.map(|(data, status)| Answer { data, status, took_a_signature }) {
            Ok(answer) => answer,
            Err(status) => Answer { data: Vec::new(), status, took_a_signature },
        }
    }

    /// Whether an extended command breaks the connection to this card.
    pub(crate) fn loses_the_link(&self, apdu: &[u8]) -> bool {
        self.behaviour.extended_loses_link && Command::parse(apdu).is_some_and(|command| command.is_extended)
    }

    /// What a reader with protocol T=0 makes of an answer: data after data has to be fetched (61xx), a wrong Le is told (6Cxx).
    fn as_t0(&mut self, command: &Command<'_>, data: Vec<u8>) -> Result<(Vec<u8>, u16), u16> {
        let low = |length: usize| u16::from(u8::try_from(length).unwrap_or(0));
        let is_fetched = command.ins == 0xC0;
        if !command.data.is_empty() && !data.is_empty() {
            let status = sw::MORE | low(data.len());
            self.pending = data;
            return Err(status);
        }
        if !is_fetched && !data.is_empty() && command.le.is_some_and(|le| le > data.len()) {
            return Err(sw::RIGHT_LE | low(data.len()));
        }
        let status = if is_fetched && !self.pending.is_empty() { sw::MORE | low(self.pending.len()) } else { sw::OK };
        Ok((data, status))
    }

    /// GET RESPONSE: the next bytes of what is pending.
    fn get_response(&mut self, command: &Command<'_>) -> Outcome {
        let le = command.le.filter(|_| command.data.is_empty()).ok_or(sw::LENGTH)?;
        if self.pending.is_empty() {
            return Err(sw::CONDITIONS);
        }
        if le > self.pending.len() {
            return Err(sw::RIGHT_LE | u16::from(u8::try_from(self.pending.len()).unwrap_or(0)));
        }
        Ok(self.pending.drain(..le).collect())
    }

    fn carry_out(&mut self, command: &Command<'_>) -> Outcome {
        match command.cla {
            0x00 | 0x80 => {}
            0x01..=0x0F | 0x81..=0x8F if command.cla & 0x03 == 0 => return Err(sw::SECURE_MESSAGING),
            0x01..=0x0F | 0x81..=0x8F | 0x40..=0x7F => return Err(sw::CHANNEL),
            _ => return Err(sw::CLA),
        }
        if command.ins != 0xC0 {
            self.pending.clear();
        }
        match (command.cla, command.ins) {
            (0x00, 0xC0) if self.behaviour.speaks_t0 => self.get_response(command),
            (0x00, 0xA4) => self.select(command),
            (0x00, 0x20) => self.verify(command),
            // The common and the resident application have their own command to change a PIN.
            (0x00, 0x24) if matches!(self.selected, App::Common | App::Resident) => Err(sw::INS),
            (0x00, 0x24) => self.change_pin(command),
            (0x00, 0xB0) => self.read_binary(command),
            (0x00, 0xB2) => self.read_record(command),
            (0x00, 0x84) => get_challenge(command),
            (0x00, 0xCA) => self.get_data(command),
            (0x80, 0x32) if matches!(self.selected, App::Common | App::Resident) => match command.p1 {
                0 => self.new_pin(command),
                _ => Err(sw::P1_P2),
            },
            // A terminal shows its certificate; which P1 and P2 it needs is not known to anybody who has told.
            (0x80, 0xA2) if self.selected == App::Jpki && self.behaviour.kind == Kind::MyNumberCard => Err(sw::P1_P2),
            (0x00, 0x70) => Err(sw::CHANNEL),
            (0x80, 0x2A) => self.sign(command),
            // The farewell that an iPhone expects; physical cards answer 6700.
            (0x80, 0xFC) if self.behaviour.kind == Kind::IosToken => Ok(Vec::new()),
            (0x80, 0xFC) => Err(sw::LENGTH),
            (_, 0xA4 | 0x20 | 0x24 | 0xB0 | 0xB2 | 0x84 | 0xCA | 0x70 | 0x2A | 0xFC) => Err(sw::CLA),
            _ => Err(sw::INS),
        }
    }

    // --- selection -----------------------------------------------------------------------------------------------------------

    fn select(&mut self, command: &Command<'_>) -> Outcome {
        match command.p1 {
            0x04 => self.select_application(command),
            0x02 => self.select_file(command),
            0x00 if command.data == [0x3F, 0x00] => Err(sw::NOT_FOUND),
            // The master file: a command without effect that only tells whether an application is selected.
            0x00 if command.data.is_empty() && command.p2 == 0 && self.selected != App::Manager => Ok(Vec::new()),
            _ => Err(sw::P1_P2),
        }
    }

    fn select_application(&mut self, command: &Command<'_>) -> Outcome {
        let wants_template = match (command.p2, command.le) {
            (0x0C, None) => false,
            (0x0C, Some(_)) => return Err(sw::LENGTH),
            (0x00, le) => le.is_some(),
            _ => return Err(sw::P1_P2),
        };
        let apps = self.behaviour.kind.apps();
        let found = match command.data {
            [] => apps.iter().find(|app| **app == App::Manager),
            // Below five bytes an AID names no registered provider.
            name if name.len() < 5 => None,
            name => apps.iter().find(|app| app.aid().starts_with(name)),
        };
        let app = *found.ok_or(sw::NOT_FOUND)?;
        // An application keeps its own, also after a reset that dropped the selection.
        self.pins.forget_except(Some(app));
        if self.phone == Phone::Refused {
            self.phone = Phone::Unlocked;
        }
        self.enter(app);
        if !wants_template {
            return Ok(Vec::new());
        }
        let aid = app.aid();
        let length = |bytes: usize| u8::try_from(bytes).map_err(|_| sw::INTERNAL);
        Ok([&[0x6F, length(aid.len() + 2)?, 0x84, length(aid.len())?], aid].concat())
    }

    fn select_file(&mut self, command: &Command<'_>) -> Outcome {
        match (command.p2, command.le, command.data) {
            (0x0C, None, &[hi, lo]) => {
                let id = u16::from_be_bytes([hi, lo]);
                self.file(id).ok_or(sw::NOT_FOUND)?;
                self.current = Some(id);
                Ok(Vec::new())
            }
            (0x0C, _, _) => Err(sw::LENGTH),
            _ => Err(sw::P1_P2),
        }
    }

    fn enter(&mut self, app: App) {
        self.selected = app;
        self.current = None;
    }

    /// A file of the selected application. Objects are none: they have tags.
    fn file(&self, id: u16) -> Option<&File> {
        self.apps.get(&self.selected)?.get(&id).filter(|file| !matches!(file, File::Object(_)))
    }

    /// The current file, or with bit 8 and an identifier the named one, which becomes current.
    fn reach(&mut self, reference: u8, absent: u16) -> Result<&File, u16> {
        let id = match reference {
            0x80 => self.current.ok_or(sw::NO_CURRENT_FILE)?,
            0x81..=0x9F if !self.behaviour.short_identifiers => return Err(sw::P1_P2),
            0x81..=0x9F => u16::from(reference & 0x1F),
            _ => return Err(sw::P1_P2),
        };
        if self.file(id).is_some() {
            self.current = Some(id);
        }
        self.file(id).ok_or(absent)
    }

    // --- PINs ----------------------------------------------------------------------------------------------------------------

    fn verify(&mut self, command: &Command<'_>) -> Outcome {
        if command.p1 != 0 {
            return Err(sw::P1_P2);
        }
        let &File::Pin(kind) = self.reach(command.p2, sw::NO_REFERENCE)? else { return Err(sw::FILE_TYPE) };
        let (accepts_lc, shows_verified) = (self.behaviour.query_accepts_lc, self.behaviour.query_shows_verified);
        let (blocked, shows_tries) = (self.behaviour.blocked_status, self.behaviour.wrong_pin_shows_tries);
        let spares_length = !self.behaviour.wrong_length_costs_a_try;
        let answers_6c = self.behaviour.wrong_pin_answers_6c;
        let is_for_the_phone = kind == PinKind::Auth && self.behaviour.unlock != Unlock::Pin;
        let query_status = self.behaviour.auth_query_status.filter(|_| kind == PinKind::Auth);
        let pin = self.pins.get_mut(kind).ok_or(sw::NO_REFERENCE)?;

        if command.data.is_empty() {
            return match command.le {
                Some(_) if !accepts_lc => Err(sw::LENGTH),
                _ if query_status.is_some() => query_status.filter(|status| *status != sw::OK).map_or(Ok(Vec::new()), Err),
                _ if pin.is_verified && shows_verified => Ok(Vec::new()),
                _ => Err(sw::TRIES | u16::from(pin.tries)),
            };
        }
        if command.le.is_some() {
            return Err(sw::LENGTH);
        }
        if pin.tries == 0 || is_for_the_phone {
            return Err(blocked);
        }
        if spares_length && !kind.lengths().contains(&command.data.len()) {
            return Err(sw::LENGTH);
        }
        if command.data == pin.digits {
            pin.tries = pin.full;
            pin.is_verified = true;
            return Ok(Vec::new());
        }
        pin.tries -= 1;
        pin.is_verified = false;
        if answers_6c {
            return Err(sw::RIGHT_LE | u16::try_from(command.data.len()).unwrap_or(0));
        }
        Err(if shows_tries { sw::TRIES | u16::from(pin.tries) } else { sw::WRONG_NO_COUNTER })
    }

    fn change_pin(&mut self, command: &Command<'_>) -> Outcome {
        if command.p1 != 1 {
            return Err(sw::P1_P2);
        }
        self.new_pin(command)
    }

    fn new_pin(&mut self, command: &Command<'_>) -> Outcome {
        let &File::Pin(kind) = self.reach(command.p2, sw::NO_REFERENCE)? else { return Err(sw::FILE_TYPE) };
        let pin = self.pins.get_mut(kind).ok_or(sw::NO_REFERENCE)?;
        if command.le.is_some() || command.data.is_empty() || command.data.len() > 16 {
            return Err(sw::LENGTH);
        }
        if !pin.is_verified {
            return Err(sw::NOT_VERIFIED);
        }
        if !kind.can_change() {
            return Err(sw::CONDITIONS);
        }
        if !kind.accepts(command.data) {
            return Err(sw::DATA);
        }
        pin.digits = command.data.to_vec();
        Ok(Vec::new())
    }

    /// Whether what a secret opens is open now.
    fn is_open(&self, kind: PinKind) -> bool {
        match self.behaviour.unlock {
            Unlock::Phone if kind == PinKind::Auth => true,
            Unlock::PhoneLate if kind == PinKind::Auth => self.phone == Phone::Unlocked,
            _ => self.pins.is_verified(kind),
        }
    }

    /// The refusal of what is not open; the holder of a phone sees it too.
    fn refuse(&mut self) -> u16 {
        if self.phone == Phone::Locked {
            self.phone = Phone::Refused;
        }
        sw::NOT_VERIFIED
    }

    // --- reading and signing -------------------------------------------------------------------------------------------------

    fn read_binary(&mut self, command: &Command<'_>) -> Outcome {
        let le = command.le.filter(|_| command.data.is_empty()).ok_or(sw::LENGTH)?;
        // With bit 8, P1 names a file and only P2 is an offset: there is no offset of 8000 or more.
        let (reference, offset) = match command.p1 {
            0x00..=0x7F => (0x80, usize::from(u16::from_be_bytes([command.p1, command.p2]))),
            0x81..=0x9F => (command.p1, usize::from(command.p2)),
            _ => return Err(sw::P1_P2),
        };
        let limit = self.behaviour.read_limit.max(1);
        self.reach(reference, sw::NOT_FOUND)?;
        let (content, opened_by) = match self.current.and_then(|id| self.file(id)) {
            Some(File::Binary { content, opened_by }) => (content, opened_by),
            Some(File::Sealed) => return Err(sw::NOT_VERIFIED),
            _ => return Err(sw::FILE_TYPE),
        };
        if !opened_by.is_empty() && !opened_by.iter().any(|kind| self.is_open(*kind)) {
            return Err(self.refuse());
        }
        let rest = content.get(offset..).filter(|rest| !rest.is_empty()).ok_or(sw::OFFSET)?;
        Ok(rest.iter().copied().take(le.min(limit)).collect())
    }

    fn read_record(&mut self, command: &Command<'_>) -> Outcome {
        let le = command.le.filter(|_| command.data.is_empty()).ok_or(sw::LENGTH)?;
        // The low three bits say that P1 is a record number, the others are a short identifier or zero.
        let reference = match command.p2 {
            0x04 => 0x80,
            p2 if p2 & 0x07 == 0x04 => 0x80 | p2 >> 3,
            _ => return Err(sw::P1_P2),
        };
        let File::Records(records) = self.reach(reference, sw::NOT_FOUND)? else { return Err(sw::FILE_TYPE) };
        let record = usize::from(command.p1).checked_sub(1).and_then(|at| records.get(at)).ok_or(sw::NO_RECORD)?;
        Ok(record.iter().copied().take(le).collect())
    }

    /// Objects of the card itself; of these an application shows the answer to reset over contacts and no other.
    fn get_data(&self, command: &Command<'_>) -> Outcome {
        let le = command.le.filter(|_| command.data.is_empty()).ok_or(sw::LENGTH)?;
        let tag = u16::from_be_bytes([command.p1, command.p2]);
        let is_shown = match (tag == CONTACT_ATR, self.selected == App::Manager) {
            (true, true) => !self.behaviour.contact_atr_needs_application,
            (is_atr, is_manager) => is_atr || is_manager,
        };
        match self.apps.get(&App::Manager).filter(|_| is_shown).and_then(|objects| objects.get(&tag)) {
            // An object comes whole or not at all: the long ones want an extended Le.
            Some(File::Object(object)) if object.len() > le => Err(sw::LENGTH),
            Some(File::Object(object)) => Ok(object.clone()),
            _ => Err(sw::NO_REFERENCE),
        }
    }

    fn sign(&mut self, command: &Command<'_>) -> Outcome {
        if self.selected == App::Visual && command.p2 == 0 {
            return self.sign_for_presence(command);
        }
        if command.p1 > 5 {
            return Err(sw::P1_P2);
        }
        let &File::Key(kind) = self.reach(command.p2, sw::NO_REFERENCE)? else { return Err(sw::FILE_TYPE) };
        if !self.is_open(kind) {
            return Err(self.refuse());
        }
        let key = match (kind, &self.keys.auth) {
            (PinKind::Auth, AuthKey::P384(key)) => return sign_p384(key, command),
            (PinKind::Auth, AuthKey::Rsa(key)) => key,
            _ => &self.keys.sign,
        };
        if command.data.is_empty() || command.le.is_none_or(|le| le < key.size()) {
            return Err(sw::LENGTH);
        }
        // PSS draws a salt, so each of its signatures is another.
        if command.p1 > 3 { make_signature(key, command) } else { self.remembered(Some(kind), command, || make_signature(key, command)) }
    }

    /// Looks a signature up, or makes it.
    fn remembered(&self, kind: Option<PinKind>, command: &Command<'_>, make: impl FnOnce() -> Outcome) -> Outcome {
        if !self.remembers {
            return make();
        }
        let lock = || self.keys.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = (kind, command.p1, command.data.to_vec());
        if let Some(signature) = lock().get(&asked) {
            return Ok(signature.clone());
        }
        let signature = make()?;
        let mut memory = lock();
        if memory.len() >= MEMORY_LIMIT {
            memory.clear();
        }
        memory.insert(asked, signature.clone());
        Ok(signature)
    }

    /// Shows that the card is there: its own key signs what the caller gives, without a PIN.
    fn sign_for_presence(&self, command: &Command<'_>) -> Outcome {
        let key = &self.keys.card;
        if command.p1 != 0 {
            return Err(sw::P1_P2);
        }
        if command.data.is_empty() || command.data.len() > 245 || command.le.is_none_or(|le| le < key.size()) {
            return Err(sw::LENGTH);
        }
        self.remembered(None, command, || {
            key.sign_with_rng(&mut thread_rng(), Pkcs1v15Sign::new_unprefixed(), command.data).map_err(|_| sw::CONDITIONS)
        })
    }
}

/// A signature by an RSA key, as P1 asks for it.
fn make_signature(key: &RsaPrivateKey, command: &Command<'_>) -> Outcome {
    let data = command.data;
    let hash = Sha256::digest(data);
    let is_hash = data.len() == hash.len();
    let mut dice = thread_rng();
    let signature = match command.p1 {
        // The caller's bytes as they are: normally a DigestInfo.
        0 if data.len() > 245 => return Err(sw::LENGTH),
        0 => key.sign_with_rng(&mut dice, Pkcs1v15Sign::new_unprefixed(), data),
        // The card hashes, and adds no DigestInfo.
        1 => key.sign_with_rng(&mut dice, Pkcs1v15Sign::new_unprefixed(), &hash),
        2 | 4 if !is_hash => return Err(sw::CONDITIONS),
        2 => key.sign_with_rng(&mut dice, Pkcs1v15Sign::new::<Sha256>(), data),
        3 => key.sign_with_rng(&mut dice, Pkcs1v15Sign::new::<Sha256>(), &hash),
        4 => key.sign_with_rng(&mut dice, Pss::new::<Sha256>(), data),
        _ => key.sign_with_rng(&mut dice, Pss::new::<Sha256>(), &hash),
    };
    // A key too short for the data.
    signature.map_err(|_| sw::CONDITIONS)
}

/// How the next generation may sign; nothing of it is published, so this is a guess: a SHA-384 DigestInfo (P1 00) or a bare hash of 48
/// bytes (P1 02) in, r and s of 48 bytes each out.
fn sign_p384(key: &SigningKey, command: &Command<'_>) -> Outcome {
    const DIGEST_INFO: [u8; 19] =
        [0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30];
    let hash = match command.p1 {
        0 => command.data.strip_prefix(&DIGEST_INFO).ok_or(sw::CONDITIONS)?,
        2 => command.data,
        _ => return Err(sw::P1_P2),
    };
    if hash.len() != 48 {
        return Err(sw::CONDITIONS);
    }
    if command.le.is_none_or(|le| le < 96) {
        return Err(sw::LENGTH);
    }
    let signature: Signature = key.sign_prehash(hash).map_err(|_| sw::CONDITIONS)?;
    Ok(signature.to_bytes().to_vec())
}

fn get_challenge(command: &Command<'_>) -> Outcome {
    if (command.p1, command.p2) != (0, 0) {
        return Err(sw::P1_P2);
    }
    if command.is_extended {
        return Err(sw::CONDITIONS);
    }
    let length = command.le.filter(|_| command.data.is_empty()).ok_or(sw::LENGTH)?;
    let mut challenge = vec![0; length];
    thread_rng().fill_bytes(&mut challenge);
    Ok(challenge)
}
