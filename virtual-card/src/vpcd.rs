//! The second door: plays a card to `vpcd`, the virtual reader that the vsmartcard project gives to pcscd.
//!
//! vpcd, inside pcscd, listens; the card connects, and the open connection is the inserted card. A frame is a length (two bytes, big end
//! first) and that many bytes, both ways. One byte is an order (`00` power off, `01` power on, `02` reset, `04` send the ATR, the only one
//! that gets a reply); anything longer is a command APDU, and its answer goes back the same way.
//!
//! vpcd listens on all interfaces of its machine: play cards to it on test machines, best in a network namespace of their own.

use std::{
    fmt, io,
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::Card;

/// Where vpcd's first reader listens by default, port 8C7B hex.
pub const DEFAULT_ADDR: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 35963);

/// How long an inserted card tries to reach vpcd before the player gives up ([`PlayerError::NothingListens`]).
pub const CONNECT_LIMIT: Duration = Duration::from_secs(20);

const CONNECT_PAUSE: Duration = Duration::from_millis(50);
const FAREWELL_LIMIT: Duration = Duration::from_secs(1);

/// Plays cards to one vpcd reader from a thread of its own; dropping it takes the card out and ends the thread.
///
/// A card pulled by a [`Fault`](crate::Fault) closes the connection and stays in the player until it is put back by
/// `player.insert(player.remove()…)`. When pcscd goes away the card is without power and tries to reach it again.
///
/// pcscd polls about every 400 ms, and may miss a removal shorter than a second.
pub struct Player {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// A shared way to the card in a [`Player`].
#[derive(Clone)]
pub struct Handle(Arc<Shared>);

/// Says why an inserted card is not in the reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlayerError {
    /// Nobody answered at the address for [`CONNECT_LIMIT`].
    #[error("nothing listens at {addr}: {reason}")]
    NothingListens {
        /// The address tried.
        addr: SocketAddr,
        /// What the system said at the last try.
        reason: String,
    },
    /// There is no card, or it was pulled.
    #[error("no card is inserted")]
    NoCard,
    /// Not yet; the player keeps trying.
    #[error("not connected within {} s", limit.as_secs())]
    Late {
        /// The wait that was asked for.
        limit: Duration,
    },
}

struct Shared {
    slot: Mutex<Slot>,
    changed: Condvar,
    /// Counts insertions and removals. Raised before the slot is locked, so that a command being carried out cannot hold up the
    /// closing of the connection.
    turn: AtomicU64,
    /// Insertions and removals that have closed the connection and not yet changed the slot: the card in it is on its way out.
    pending: AtomicU64,
    line: Mutex<Option<TcpStream>>,
}

#[derive(Default)]
struct Slot {
    card: Option<Card>,
    is_pulled: bool,
    is_connected: bool,
    failure: Option<PlayerError>,
    is_ending: bool,
}

/// How one connection ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The card was inserted, removed or pulled by us.
    Ours,
    /// vpcd closed the connection.
    Theirs,
    /// The reader was lost by an accident of ours, for this long.
    Lost(Duration),
}

impl Player {
    /// Starts with no card inserted; nothing is connected until there is one.
    pub fn start(addr: SocketAddr) -> Player {
        let handle = Handle(Arc::new(Shared {
            slot: Mutex::default(),
            changed: Condvar::new(),
            turn: AtomicU64::new(0),
            pending: AtomicU64::new(0),
            line: Mutex::default(),
        }));
        let thread = thread::spawn({
            let handle = handle.clone();
            move || handle.0.run(addr)
        });
        Player { handle, thread: Some(thread) }
    }

    /// Puts a card in, in place of the one there. Returns at once; see [`Player::wait_connected`].
    pub fn insert(&self, mut card: Card) {
        // Whoever puts it back ends its absence, whatever accident took it away.
        card.power_on();
        card.power_off();
        self.handle.0.change(|slot| {
            slot.card = Some(card);
            slot.is_pulled = false;
            slot.failure = None;
        });
    }

    /// Takes the card out, without power and with its counters as they are. Closes the connection at once, then waits for a command
    /// that is being carried out: its answer is lost, as with a real card.
    pub fn remove(&self) -> Option<Card> {
        self.handle.0.change(|slot| {
            slot.is_pulled = false;
            slot.card.take().map(|mut card| {
                card.power_off();
                card
            })
        })
    }

    /// Waits until the inserted card is connected.
    ///
    /// # Errors
    /// See [`PlayerError`]; after [`PlayerError::Late`] the player keeps trying.
    pub fn wait_connected(&self, limit: Duration) -> Result<(), PlayerError> {
        let shared = &self.handle.0;
        let until = Instant::now() + limit;
        let mut slot = shared.slot();
        loop {
            if slot.is_connected {
                return Ok(());
            }
            if let Some(failure) = &slot.failure {
                return Err(failure.clone());
            }
            if slot.card.is_none() || slot.is_pulled {
                return Err(PlayerError::NoCard);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(PlayerError::Late { limit });
            }
            slot = shared.wait(slot, left);
        }
    }

    /// A handle that can be kept elsewhere.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.handle.0.change(|slot| {
            slot.card = None;
            slot.is_ending = true;
        });
        if let Some(thread) = self.thread.take() {
            // A panic in there was printed by the thread itself.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Player")
    }
}

impl Handle {
    /// Looks at the inserted (or pulled) card; waits for a command that is being carried out. `None` without a card.
    pub fn with_card<R>(&self, look: impl FnOnce(&mut Card) -> R) -> Option<R> {
        self.0.slot().card.as_mut().map(look)
    }

    /// Whether a card is inserted and connected to vpcd.
    pub fn is_connected(&self) -> bool {
        self.0.slot().is_connected
    }

    /// Why the inserted card could not be connected, once the player has given up.
    pub fn failure(&self) -> Option<PlayerError> {
        self.0.slot().failure.clone()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl Shared {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, slot: MutexGuard<'a, Slot>, limit: Duration) -> MutexGuard<'a, Slot> {
        self.changed.wait_timeout(slot, limit).unwrap_or_else(PoisonError::into_inner).0
    }

    fn turn(&self) -> u64 {
        self.turn.load(Ordering::SeqCst)
    }

    /// Ends the connection, then changes the slot.
    fn change<R>(&self, change: impl FnOnce(&mut Slot) -> R) -> R {
        self.pending.fetch_add(1, Ordering::SeqCst);
        self.hang_up();
        let mut slot = self.slot();
        slot.is_connected = false;
        let result = change(&mut slot);
        self.pending.fetch_sub(1, Ordering::SeqCst);
        self.changed.notify_all();
        result
    }

    fn hang_up(&self) {
        self.turn.fetch_add(1, Ordering::SeqCst);
        if let Some(line) = self.line.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Fails only when the other side has closed it already.
            let _ = line.shutdown(Shutdown::Both);
        }
    }

    fn run(&self, addr: SocketAddr) {
        loop {
            let turn = {
                let mut slot = self.slot();
                loop {
                    if slot.is_ending {
                        return;
                    }
                    // In this order: a change that raises the turn after this line has not passed the next one unseen.
                    let turn = self.turn();
                    let is_settled = self.pending.load(Ordering::SeqCst) == 0;
                    if is_settled && slot.card.is_some() && !slot.is_pulled && slot.failure.is_none() {
                        break turn;
                    }
                    slot = self.changed.wait(slot).unwrap_or_else(PoisonError::into_inner);
                }
            };
            let Some(mut line) = self.connect(addr, turn) else { continue };
            let end = self.play(&mut line, turn).unwrap_or(End::Theirs);
            let mut slot = self.slot();
            if turn != self.turn() {
                continue;
            }
            slot.is_connected = false;
            drop(self.line.lock().unwrap_or_else(PoisonError::into_inner).take());
            if let End::Lost(time) = end {
                self.changed.notify_all();
                slot = self.away(slot, turn, time);
                if let Some(card) = slot.card.as_mut().filter(|_| turn == self.turn()) {
                    card.come_back();
                }
            }
            if end == End::Theirs {
                if let Some(card) = &mut slot.card {
                    card.power_off();
                }
                // A peer that accepts and closes must not make us spin.
                drop(self.wait(slot, CONNECT_PAUSE));
            }
        }
    }

    /// Waits while the reader is away, or until somebody changes the slot.
    fn away<'a>(&'a self, mut slot: MutexGuard<'a, Slot>, turn: u64, time: Duration) -> MutexGuard<'a, Slot> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || turn != self.turn() {
                return slot;
            }
            slot = self.wait(slot, left);
        }
    }

    /// Connects, trying again while nobody listens; `None` when the slot changed meanwhile or the limit passed.
    fn connect(&self, addr: SocketAddr, turn: u64) -> Option<TcpStream> {
        let until = Instant::now() + CONNECT_LIMIT;
        loop {
            let tried = TcpStream::connect_timeout(&addr, Duration::from_secs(1)).and_then(|line| {
                line.set_nodelay(true)?;
                acknowledge_at_once(&line)?;
                Ok((line.try_clone()?, line))
            });
            let mut slot = self.slot();
            if turn != self.turn() {
                return None;
            }
            match tried {
                Ok((copy, line)) => {
                    let mut known = self.line.lock().unwrap_or_else(PoisonError::into_inner);
                    // Whoever hangs up raises the turn first and closes the known line after: one of the two is seen.
                    if turn != self.turn() {
                        return None;
                    }
                    *known = Some(copy);
                    slot.is_connected = true;
                    self.changed.notify_all();
                    return Some(line);
                }
                Err(error) if Instant::now() >= until => {
                    slot.failure = Some(PlayerError::NothingListens { addr, reason: error.to_string() });
                    self.changed.notify_all();
                    return None;
                }
                Err(_) => drop(self.wait(slot, CONNECT_PAUSE)),
            }
        }
    }

    fn play(&self, line: &mut TcpStream, turn: u64) -> io::Result<End> {
        let mut received = Vec::new();
        let mut piece = [0; 4096];
        loop {
            while let Some(frame) = take_frame(&mut received) {
                let step = self.step(&frame, turn);
                if let Some(reply) = &step.reply {
                    let frame = framed(reply)?;
                    let length = if step.is_cut { frame.len() / 2 } else { frame.len() };
                    line.write_all(frame.get(..length).unwrap_or_default())?;
                }
                if step.is_over {
                    farewell(line);
                    return Ok(step.lost_for.map_or(End::Ours, End::Lost));
                }
            }
            let length = line.read(&mut piece)?;
            acknowledge_at_once(line)?;
            if length == 0 {
                return Ok(End::Theirs);
            }
            received.extend(piece.iter().take(length));
        }
    }

    /// Does what one frame asks for.
    fn step(&self, frame: &[u8], turn: u64) -> Step {
        let mut slot = self.slot();
        let over = Step { is_over: true, ..Step::default() };
        if turn != self.turn() {
            return over;
        }
        let Some(card) = &mut slot.card else { return over };
        if card.is_silent() {
            return Step::default();
        }
        let reply = match frame {
            [0x00] => power(card, Card::power_off),
            [0x01] => power(card, Card::power_on),
            [0x02] => power(card, Card::reset),
            [0x04] => Some(card.atr().to_vec()),
            [] | [_] => None,
            apdu => card.transmit(apdu).ok(),
        };
        let is_over = card.is_gone() && !card.is_silent();
        let (lost_for, cut) = (card.lost_for(), card.take_cut());
        if is_over && lost_for.is_none() {
            slot.is_pulled = true;
            slot.is_connected = false;
            self.changed.notify_all();
        }
        Step { is_cut: cut.is_some(), reply: reply.or(cut), is_over, lost_for }
    }
}

#[derive(Default)]
struct Step {
    reply: Option<Vec<u8>>,
    /// Half of the reply's frame is sent.
    is_cut: bool,
    is_over: bool,
    /// The reader is away for this long, then it is found again.
    lost_for: Option<Duration>,
}

/// Orders about power get no reply.
fn power(card: &mut Card, order: impl FnOnce(&mut Card)) -> Option<Vec<u8>> {
    order(card);
    None
}

/// Takes the first whole frame off the received bytes; several may have come in one segment, or a part of one.
fn take_frame(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    let (length, rest) = received.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let frame = rest.get(..length)?.to_vec();
    received.drain(..2 + length);
    Some(frame)
}

/// Length and payload in one piece, to be written at once.
fn framed(payload: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(payload.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    Ok([&length.to_be_bytes(), payload].concat())
}

/// Closes our side and waits for theirs. A plain close with a poll of theirs unread would reset the connection and lose the last answer.
fn farewell(line: &mut TcpStream) {
    let until = Instant::now() + FAREWELL_LIMIT;
    let _ = line.shutdown(Shutdown::Write);
    let _ = line.set_read_timeout(Some(FAREWELL_LIMIT));
    let mut piece = [0; 256];
    while Instant::now() < until && line.read(&mut piece).is_ok_and(|length| length > 0) {}
}

/// vpcd sends length and payload in two segments; an acknowledgement delayed as usual costs 44 ms per command. The option is not
/// sticky and has to be set after every receive.
fn acknowledge_at_once(line: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    std::os::linux::net::TcpStreamExt::set_quickack(line, true)?;
    #[cfg(not(target_os = "linux"))]
    let _ = line;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_by_length_however_they_arrive() {
        // One segment can hold two frames and the beginning of a third.
        let mut received = vec![0x00, 0x01, 0x02, 0x00, 0x01, 0x04, 0x00];
        assert_eq!(take_frame(&mut received), Some(vec![0x02]));
        assert_eq!(take_frame(&mut received), Some(vec![0x04]));
        assert_eq!(take_frame(&mut received), None);
        received.extend([0x04, 0x00, 0xA4, 0x00]);
        assert_eq!(take_frame(&mut received), None);
        received.push(0x00);
        assert_eq!(take_frame(&mut received), Some(vec![0x00, 0xA4, 0x00, 0x00]));
        assert!(received.is_empty());
    }

    #[test]
    fn a_reply_is_one_piece() {
        assert_eq!(framed(&[0x90, 0x00]).unwrap(), [0x00, 0x02, 0x90, 0x00]);
        assert!(framed(&vec![0; 70_000]).is_err());
    }
}
