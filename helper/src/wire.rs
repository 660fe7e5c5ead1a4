//! The socket of one connection: its loop, its limits, its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use shared::reader::{ErrorCode, FRAME_MAX, Frame};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout, timeout_at};
use tracing::{debug, info};

use crate::allow::List;
use crate::conversation::Envelope;
use crate::gate::Origin;
use crate::hub::{Hub, Input};

/// Limits of one connection (`reader-helper.md` §5.6).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Messages that may come at once; as many come back within a minute.
    pub messages: u32,
    /// Pause between two pings.
    pub ping_every: Duration,
    /// A connection that said nothing for so long, not even a pong, is closed.
    pub silence: Duration,
    /// A page that takes nothing for so long is let go.
    pub send: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { messages: 100, ping_every: Duration::from_secs(20), silence: Duration::from_secs(60), send: Duration::from_secs(5) }
    }
}

/// Time that a flooding page has to take why it is let go. Closing before what it sent is read would take that back from it.
const LAST_WORD: Duration = Duration::from_secs(1);
/// Refused messages after which a flooding page is let go.
const FLOOD: u32 = 50;
/// Bytes that may come until a request or message is whole: the longest message in pieces of one byte, each with its head of 6 bytes.
pub const PIECES_MAX: usize = 8 * FRAME_MAX;
/// Frames of its own that the helper keeps for a page that does not take them; at the next one the page is let go.
const EVENTS_BEHIND: usize = 64;
/// Bytes that came since the last request or message was whole.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<AtomicUsize>);

impl Meter {
    /// Something whole came.
    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// So many bytes came; true while one request or message may need so many.
    pub(crate) fn count(&self, came: usize) -> bool {
        self.0.fetch_add(came, Ordering::Relaxed) + came <= PIECES_MAX
    }
}

/// Allows so many messages at once and as many again within a minute.
pub(crate) struct Budget {
    left: f64,
    full: f64,
    at: Instant,
}

impl Budget {
    pub(crate) fn new(messages: u32, now: Instant) -> Self {
        Self { left: messages.into(), full: messages.into(), at: now }
    }

    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let back = (now - self.at).as_secs_f64() * self.full / 60.0;
        self.left = (self.left + back).min(self.full);
        self.at = now;
        let has = self.left >= 1.0;
        if has {
            self.left -= 1.0;
        }
        has
    }
}

/// Why a connection ends.
enum End {
    /// The page left, or its line broke.
    Left,
    /// We let it go.
    LetGo(u16),
    /// We let it go while it goes on talking.
    Flooded,
}

/// A page's place on the list.
struct Listed {
    list: Arc<List>,
    origin: Origin,
}

impl Listed {
    /// Whether it may still.
    async fn may(&self) -> bool {
        self.list.admits(&self.origin).await
    }
}

/// Runs one connection until either side ends it.
pub(crate) async fn run(mut socket: WebSocket, origin: Origin, hub: Hub, list: Arc<List>, limits: Limits, meter: Meter) {
    let connection = hub.next_connection();
    // Room for the answers to all that a page may say at once, and for as many events as a page may lag behind.
    let (frames, mut outbox) = mpsc::channel(limits.messages as usize + EVENTS_BEHIND);
    info!(connection, %origin, "page connected");
    let mut changes = list.changes();
    hub.tell(Input::Joined { connection, origin: origin.clone(), frames });
    let page = Listed { list, origin };
    let end = tokio::select! {
        end = converse(&mut socket, connection, &hub, &mut outbox, limits, &meter, &page) => end,
        // Someone else's look found it: an operation that runs ends with the connection.
        _ = changes.wait_for(|allowed| !allowed.contains(&page.origin)) => End::LetGo(close_code::POLICY),
    };
    // First the lease: whoever waits for it does not wait for our goodbye.
    hub.tell(Input::Left { connection });
    let is_flooded = matches!(end, End::Flooded);
    let code = match end {
        End::Left => {
            info!(connection, "page left");
            return;
        }
        End::LetGo(code) => code,
        End::Flooded => close_code::POLICY,
    };
    let goodbye = Message::Close(Some(CloseFrame { code, reason: "".into() }));
    if timeout(limits.send, socket.send(goodbye)).await.is_err() {
        debug!(connection, "the page did not take the goodbye");
    }
    if is_flooded {
        let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
        drop(timeout(LAST_WORD, rest).await);
    }
    info!(connection, "page let go");
}

async fn converse(
    socket: &mut WebSocket,
    connection: u64,
    hub: &Hub,
    outbox: &mut mpsc::Receiver<Frame>,
    limits: Limits,
    meter: &Meter,
    page: &Listed,
) -> End {
    let mut pings = interval_at(Instant::now() + limits.ping_every, limits.ping_every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut budget = Budget::new(limits.messages, heard);
    let mut refused = 0;
    if !page.may().await {
        return End::LetGo(close_code::POLICY);
    }
    loop {
        let message = tokio::select! {
            frame = outbox.recv() => {
                let Some(frame) = frame else { return End::LetGo(close_code::POLICY) };
                if !page.may().await {
                    return End::LetGo(close_code::POLICY);
                }
                match send(socket, &frame, limits).await {
                    Ok(()) => continue,
                    Err(end) => return end,
                }
            }
            _ = pings.tick() => {
                if !page.may().await {
                    return End::LetGo(close_code::POLICY);
                }
                match timeout(limits.send, socket.send(Message::Ping(Default::default()))).await {
                    Ok(Ok(())) => continue,
                    _ => return End::Left,
                }
            }
            message = timeout_at(heard + limits.silence, socket.recv()) => message,
        };
        heard = Instant::now();
        meter.reset();
        if !page.may().await {
            return End::LetGo(close_code::POLICY);
        }
        let text = match message {
            Err(_) => return End::LetGo(close_code::AWAY),
            Ok(None | Some(Ok(Message::Close(_)))) => return End::Left,
            // Too long, not UTF-8, not masked: nothing more can be read from here.
            Ok(Some(Err(error))) => {
                debug!(connection, %error, "the connection cannot be read further");
                return End::LetGo(close_code::POLICY);
            }
            Ok(Some(Ok(Message::Text(text)))) => Some(text),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_)))) if !budget.take(heard) => None,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
            Ok(Some(Ok(Message::Binary(_)))) => {
                let refusal = Frame::Err { id: 0, err: ErrorCode::BadMessage.unspent() };
                match send(socket, &refusal, limits).await {
                    Ok(()) => continue,
                    Err(end) => return end,
                }
            }
        };
        match text {
            Some(text) if budget.take(heard) => hub.tell(Input::Said { connection, text: text.as_str().to_owned() }),
            text => {
                refused += 1;
                if refused > FLOOD {
                    return End::Flooded;
                }
                let id = text.and_then(|text| serde_json::from_str::<Envelope>(text.as_str()).ok()).map_or(0, |envelope| envelope.id);
                let refusal = Frame::Err { id, err: ErrorCode::RateLimited.unspent() };
                if let Err(end) = send(socket, &refusal, limits).await {
                    return end;
                }
            }
        }
    }
}

async fn send(socket: &mut WebSocket, frame: &Frame, limits: Limits) -> Result<(), End> {
    let text = serde_json::to_string(frame).map_err(|_| End::LetGo(close_code::ERROR))?;
    match timeout(limits.send, socket.send(Message::text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_fills_again_with_time() {
        let start = Instant::now();
        let mut budget = Budget::new(2, start);
        assert_eq!([budget.take(start), budget.take(start), budget.take(start)], [true, true, false]);
        assert!(!budget.take(start + Duration::from_secs(29)));
        assert!(budget.take(start + Duration::from_secs(31)));
    }
}
