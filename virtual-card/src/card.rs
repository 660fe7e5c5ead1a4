//! One card as the world meets it: power, commands, accidents, a log.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use anyhow::Context;
use rand::{Rng, thread_rng};
use rsa::{RsaPrivateKey, pkcs8::DecodePrivateKey};

use crate::{
    Act, CardSpec, Fault, Gone, LogEntry, NotACard, Person, PinKind, Sort, Step,
    apps::App,
    certificate::PROFILE,
    chip::{Answer, AuthKey, Chip, Keys},
    fault::Script,
    files::{self, Certificates},
    leaf::{Leaf, RootId},
    people,
    scenarios::{self, Behaviour},
    store::{self, Authority, CardFile},
};

/// Says why a card could not be taken out of its folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Person or scenario is unknown.
    #[error(transparent)]
    Spec(#[from] NotACard),
    /// The folder holds no such card: [`make`](crate::make) has not run there.
    #[error("no cards in {}", dir.display())]
    NotMade {
        /// The folder asked for.
        dir: PathBuf,
    },
    /// A card file cannot be read, or does not describe a card ([`CardPlan`](crate::CardPlan)).
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of the folder cannot be read or is not what this version writes.
    #[error("cannot use {}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// One physical card. Without power after [`Card::open`]; counters and PINs last as long as the value.
///
/// The command set of the real card is not published; what is here is what public readers of it agree on (ISO/IEC 7816-4 forms, JPKI files
/// 0001 to 001B, PIN counters 3 and 5). In short:
///
/// - `00 A4 04 0C` + AID selects an application; another application, the card manager or loss of power forgets verified PINs, a warm
///   reset and the same application do not.
/// - `00 20 00 98` asks for the tries (63Cx, also while verified), with data it verifies: 9000, 63Cx, and 6984 once blocked.
/// - `00 B0` reads, by the selected file or by short identifier; certificate files are longer than the certificate.
/// - `80 2A` signs after the PIN.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let dir = dir.path();
/// # #[expect(clippy::disallowed_methods, reason = "an example of a program, which has a clock")]
/// virtual_card::make(dir, std::time::SystemTime::now())?;
/// let mut card = virtual_card::Card::open(dir, &"ichiro:last-try".parse()?)?;
/// card.power_on();
/// card.transmit(&[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01])?;
/// assert_eq!(card.transmit(&[0x00, 0x20, 0x00, 0x98])?, [0x63, 0xC1]);
/// assert_eq!(card.transmit(b"\x00\x20\x00\x98\x040000")?, [0x63, 0xC0]);
/// assert_eq!(card.log()[2].to_string(), "00 20 00 98 04 ** ** ** ** -> 63C0");
/// # Ok(())
/// # }
/// ```
pub struct Card {
    spec: CardSpec,
    chip: Chip,
    is_powered: bool,
    absence: Option<Absence>,
    script: Script,
    cut: Option<Vec<u8>>,
    verify_count: usize,
    log: Vec<LogEntry>,
    observer: Option<Observer>,
    wait: Box<dyn FnMut(Duration) + Send>,
}

type Observer = Box<dyn FnMut(&LogEntry) + Send>;

/// Why a card does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Absence {
    Pulled,
    Silent,
    /// The reader went away for this long.
    Lost(Duration),
}

/// How long a link is down that an extended command has broken.
const LINK_PAUSE: Duration = Duration::from_secs(1);

/// Entries the log keeps at most; a reader that polls for days must not fill the memory.
const LOG_LIMIT: usize = 20_000;

impl Card {
    /// Takes a card out of a folder that [`make`](crate::make) filled, with the counters its scenario says.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(dir: &Path, spec: &CardSpec) -> Result<Card, OpenError> {
        Card::open_with(dir, spec, |_| {})
    }

    /// As [`Card::open`], with single points of the scenario's behaviour changed.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_with(dir: &Path, spec: &CardSpec, change: impl FnOnce(&mut Behaviour)) -> Result<Card, OpenError> {
        spec.check()?;
        let mut behaviour = scenarios::behaviour(&spec.scenario).unwrap_or_default();
        change(&mut behaviour);

        let authority_path = store::authority_path(dir);
        let card_path = store::card_path(dir, &spec.person);
        let broken = |path: &Path, error: anyhow::Error| OpenError::Broken { path: path.to_owned(), reason: format!("{error:#}") };
        let not_made = || OpenError::NotMade { dir: dir.to_owned() };
        let authority: Authority = store::read(&authority_path).map_err(|error| broken(&authority_path, error))?.ok_or_else(not_made)?;
        let card: CardFile = store::read(&card_path).map_err(|error| broken(&card_path, error))?.ok_or_else(not_made)?;
        let person = people::person(&spec.person).ok_or_else(|| NotACard::Person { given: spec.person.clone() })?;
        let chip = chip(&authority, &card, person, behaviour).map_err(|error| broken(&card_path, error))?;
        Ok(Card::new(spec.clone(), chip))
    }

    fn new(spec: CardSpec, chip: Chip) -> Card {
        Card {
            spec,
            script: Script::new(chip.behaviour().script.clone()),
            chip,
            is_powered: false,
            absence: None,
            cut: None,
            verify_count: 0,
            log: Vec::new(),
            observer: None,
            wait: Box::new(sleep),
        }
    }

    /// Another card like this one, as it was right after opening: counters, PINs and accidents of the beginning, an empty log, no
    /// observer, the usual wait. It takes microseconds, since keys and files are shared: open one card, then take a fresh one per case.
    #[must_use]
    pub fn fresh(&self) -> Card {
        Card::new(self.spec.clone(), self.chip.fresh())
    }

    /// Whether a signature asked for before, with the same key and the same data, is looked up instead of computed; off at first.
    ///
    /// Answers are the same, for the padding that the card is asked for holds no salt; those that do (P1 04 and 05) and ECDSA are always
    /// computed. [`Card::fresh`] hands the choice and the memory on: a million sequences over one statement cost one RSA operation.
    pub fn remember_signatures(&mut self, yes: bool) {
        self.chip.remember_signatures(yes);
    }

    /// What was opened.
    pub fn spec(&self) -> &CardSpec {
        &self.spec
    }

    /// The answer to reset, 2 to 33 bytes. It says nothing reliable about a card; readers must not decide by it.
    pub fn atr(&self) -> &[u8] {
        let behaviour = self.chip.behaviour();
        behaviour.atr.as_deref().unwrap_or_else(|| behaviour.kind.atr())
    }

    /// Gives power: no application selected, nothing verified. A pulled or silent card is back.
    pub fn power_on(&mut self) {
        self.chip.power_on();
        self.is_powered = true;
        self.absence = None;
    }

    /// Takes power away: nothing verified; counters stay.
    pub fn power_off(&mut self) {
        self.chip.power_on();
        self.is_powered = false;
    }

    /// Whether it has power.
    pub fn is_powered(&self) -> bool {
        self.is_powered
    }

    /// Warm reset: verified PINs stay verified.
    pub fn reset(&mut self) {
        self.chip.reset();
    }

    /// Carries out one command (C-APDU) and returns its answer (R-APDU): data, then two bytes of status. Gives power if there is none.
    ///
    /// # Errors
    /// [`Gone`] when a [`Fault`] took the card away.
    pub fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Gone> {
        if self.absence.is_some() {
            return Err(Gone);
        }
        if !self.is_powered {
            self.power_on();
        }
        let acts = self.script.acts(apdu);
        if acts.contains(&Act::RemoveBefore) {
            return Err(self.leave(Absence::Pulled));
        }

        if Sort::of(apdu) == Some(Sort::Verify) {
            self.verify_count += 1;
        }
        let refused = acts.iter().find_map(|act| match act {
            Act::Fail(status) => Some(Answer { data: Vec::new(), status: *status, took_a_signature: false }),
            _ => None,
        });
        let answer = match refused {
            Some(answer) => answer,
            None => self.chip.answer(apdu),
        };
        let late = acts.iter().filter_map(|act| if let Act::Delay(time) = act { Some(*time) } else { None }).sum::<Duration>();
        let time = self.time_of(&answer) + late;
        if !time.is_zero() {
            (self.wait)(time);
        }

        let mut bytes = answer.data;
        let (status, length) = (answer.status, bytes.len());
        bytes.extend(status.to_be_bytes());
        let lost = acts.iter().find_map(|act| match act {
            Act::RemoveDuring | Act::Cut => Some(Absence::Pulled),
            Act::Silent => Some(Absence::Silent),
            Act::LoseReader(time) => Some(Absence::Lost(*time)),
            _ => None,
        });
        let lost = lost.or_else(|| self.chip.loses_the_link(apdu).then_some(Absence::Lost(LINK_PAUSE)));
        if let Some(absence) = lost {
            self.note(LogEntry::new(apdu, None));
            self.cut = acts.contains(&Act::Cut).then_some(bytes);
            return Err(self.leave(absence));
        }
        self.note(LogEntry::new(apdu, Some((status, length))));
        if acts.contains(&Act::RemoveAfter) {
            self.leave(Absence::Pulled);
        }
        Ok(bytes)
    }

    /// How long a command takes, with the dice of uneven cards.
    fn time_of(&self, answer: &Answer) -> Duration {
        let behaviour = self.chip.behaviour();
        let drawn = |least: Duration, spread: Duration| least + spread.mul_f64(thread_rng().gen_range(0.0..=1.0));
        let signature = if answer.took_a_signature { drawn(behaviour.signature_time, behaviour.signature_spread) } else { Duration::ZERO };
        drawn(behaviour.command_time, behaviour.command_spread) + signature
    }

    /// Everything received since the start or the last [`Card::take_log`]; PINs are masked.
    pub fn log(&self) -> &[LogEntry] {
        &self.log
    }

    /// Empties the log and returns it.
    pub fn take_log(&mut self) -> Vec<LogEntry> {
        std::mem::take(&mut self.log)
    }

    /// Calls `observer` with each new entry of the log, before its answer leaves; for writing it down.
    pub fn set_observer(&mut self, observer: impl FnMut(&LogEntry) + Send + 'static) {
        self.observer = Some(Box::new(observer));
    }

    /// Replaces how slow cards wait, by default a sleep of the calling thread.
    pub fn set_wait(&mut self, wait: impl FnMut(Duration) + Send + 'static) {
        self.wait = Box::new(wait);
    }

    /// Number of VERIFY commands with data ever received; a retry query is none.
    pub fn verify_count(&self) -> usize {
        self.verify_count
    }

    /// Tries left of a PIN; 0 is blocked.
    pub fn tries_left(&self, pin: PinKind) -> u8 {
        self.chip.tries_left(pin)
    }

    /// Plans an accident, or calls all off; the command count starts anew.
    pub fn set_fault(&mut self, fault: Option<Fault>) {
        self.set_script(fault.map(Fault::step).into_iter().collect());
    }

    /// Plans several accidents in place of those planned before; the command count starts anew. Steps that have not happened yet stay
    /// when the card is put back.
    pub fn set_script(&mut self, steps: Vec<Step>) {
        self.script = Script::new(steps);
    }

    /// Whether a [`Fault`] has taken the card away and it was not powered on since.
    pub fn is_gone(&self) -> bool {
        self.absence.is_some()
    }

    /// Whether the card is there and will never answer ([`Fault::SilentAt`]): a door then keeps waiting instead of reporting a removal.
    pub fn is_silent(&self) -> bool {
        self.absence == Some(Absence::Silent)
    }

    /// How long the reader is to be away, when an accident took the reader and not the card alone. A door that plays it has the reader
    /// vanish for so long, and powers the card on when it is back.
    pub fn lost_for(&self) -> Option<Duration> {
        match self.absence {
            Some(Absence::Lost(time)) => Some(time),
            _ => None,
        }
    }

    /// How long another program holds the card after each insertion ([`Behaviour::busy_time`]); a door that plays it refuses so long.
    /// [`Card::transmit`] and [`Player`](crate::vpcd::Player) cannot: who holds a card is told between programs and their PC/SC.
    pub fn busy_for(&self) -> Duration {
        self.chip.behaviour().busy_time
    }

    /// Ends an absence without giving power.
    pub(crate) fn come_back(&mut self) {
        self.absence = None;
    }

    /// The answer of which only half may arrive.
    pub(crate) fn take_cut(&mut self) -> Option<Vec<u8>> {
        self.cut.take()
    }

    fn leave(&mut self, absence: Absence) -> Gone {
        self.power_off();
        self.absence = Some(absence);
        Gone
    }

    fn note(&mut self, entry: LogEntry) {
        if let Some(observer) = &mut self.observer {
            observer(&entry);
        }
        if self.log.len() >= LOG_LIMIT {
            self.log.drain(..LOG_LIMIT / 2);
        }
        self.log.push(entry);
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("spec", &self.spec).field("is_powered", &self.is_powered).field("absence", &self.absence).finish()
    }
}

/// Loads keys, certificates and files into a chip.
fn chip(authority: &Authority, card: &CardFile, person: &'static Person, behaviour: Behaviour) -> anyhow::Result<Chip> {
    anyhow::ensure!(authority.profile == PROFILE && card.profile == PROFILE, "made by another version of virtual-card");
    let (auth_key, auth) = match behaviour.leaf {
        Leaf::Small => (&authority.small_key, &authority.small),
        leaf => (&card.auth_key, card.auth.get(&leaf).with_context(|| format!("the certificate {leaf:?} is missing"))?),
    };
    let root = |id: RootId| {
        let root = authority.roots.get(&id).with_context(|| format!("the root {id:?} is missing"))?;
        root.certificate.der()
    };
    let certificates =
        Certificates { auth: auth.der()?, auth_ca: root(behaviour.leaf.root())?, sign: card.sign.der()?, sign_ca: root(RootId::Sign)? };
    let mut apps = files::others(&card.contents, &behaviour)?;
    apps.insert(App::Jpki, files::jpki(&certificates, &behaviour));
    let key = |pem: &str| RsaPrivateKey::from_pkcs8_pem(pem).context("a key is not readable");
    let face_keys = authority.face_keys.as_ref().context("the keys of the card face are missing")?;
    let auth_key = match (behaviour.leaf, &card.next_key) {
        (Leaf::NextGen, Some(pem)) => AuthKey::P384(p384::ecdsa::SigningKey::from_pkcs8_pem(pem).context("a key is not readable")?),
        _ => AuthKey::Rsa(Box::new(key(auth_key)?)),
    };
    let keys = Keys { auth: auth_key, sign: key(&authority.sign_key)?, card: key(&face_keys.card)?, memory: Mutex::default() };
    Ok(Chip::new(behaviour, person, apps, keys))
}

#[expect(clippy::disallowed_methods, reason = "the time a slow card takes is what is being imitated")]
fn sleep(time: Duration) {
    std::thread::sleep(time);
}
