//! What was done on this device and has not reached the server (X36): encrypted in this browser ([`boxes`]), never longer than it is worth
//! something (P-KEEP).
//!
//! [`Outbox`] decides (no browser, no clock), [`use_outbox`] does.

mod around;
pub mod boxes;
mod hook;
mod view;

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::api::{ANSWER_KEPT_MS, Code, Detail, Refusal};
use shared::domain::calendar::UnixMs;
use yew::prelude::Reducible;

pub(in crate::device) use self::around::OutboxAround;
pub(in crate::device) use self::hook::{OutboxHandle, now};
pub(in crate::device) use self::view::{OutboxView, Waits};

/// After the first failure it is sent again so soon, then after twice the time, milliseconds.
const SOON_MS: i64 = 1_000;
/// And at least so often.
const LATEST_MS: i64 = 30_000;

/// One press of a person, as it goes to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// The idempotency key of the press, as text: however often it is sent, the server does it once.
    pub key: String,
    /// Name of the endpoint.
    pub kind: String,
    /// As which of its registrations the device asked (X20): it is sent as that one alone.
    pub device: String,
    /// The check that it belongs to.
    pub visit: String,
    /// The body, as JSON.
    pub content: String,
    /// When it was pressed, by this device's clock.
    pub made: UnixMs,
    /// What has never been sent is worth nothing from then on: the challenge that it answers is over.
    pub until: UnixMs,
    /// It was sent at least once, and may have arrived.
    pub was_out: bool,
    /// It lies in the box: what was read from there does.
    #[serde(skip, default = "is_kept")]
    pub is_kept: bool,
}

fn is_kept() -> bool {
    true
}

impl Parcel {
    /// The server may have it: its answer is asked for as long as the server keeps it.
    fn last_word(&self) -> UnixMs {
        if self.was_out { self.made.plus_ms(ANSWER_KEPT_MS) } else { self.until }
    }
}

/// How far a parcel has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It goes out at this instant, or when the network comes back.
    Waiting {
        /// How often it was sent already.
        tries: u32,
        /// The instant.
        due: UnixMs,
    },
    /// It is out.
    Sending {
        /// How often it was sent before.
        tries: u32,
    },
    /// The server has answered it.
    Sent {
        /// The answer, as JSON.
        answer: String,
    },
    /// It will not be sent any more.
    Failed(Reason),
}

/// Why something did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its life was over before it went out: nothing was stored.
    Late,
    /// It went out, and nobody can say any more what became of it.
    Unknown,
    /// The server refused it: what it said.
    Refused(Refusal),
    /// The server asks back, and nobody was there to answer: a living consent of the person (X25, X26). Nothing was stored.
    Asks,
}

impl Reason {
    /// True where the time was over, whoever said so.
    #[must_use]
    pub fn is_late(&self) -> bool {
        matches!(self, Self::Late | Self::Refused(Refusal { code: Code::Challenge | Code::X21, .. }))
    }
}

/// A parcel and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub parcel: Parcel,
    /// How far.
    pub state: State,
    /// What the server said to the last try, where it goes out again.
    pub said: Option<Refusal>,
}

/// What happens to an outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The page was opened again: these were kept.
    Loads(Vec<Parcel>, UnixMs),
    /// A person pressed.
    Puts(Parcel),
    /// The one of this key goes out.
    Takes(String),
    /// The one of this key has an answer, or none.
    Ends(String, Result<String, Refusal>, UnixMs),
    /// The network is back: all that wait are due.
    Hurries(UnixMs),
    /// Time has passed.
    Ticks(UnixMs),
    /// The one of this key has an answer that asks back, and nobody is there to answer it.
    Asks(String),
    /// A person has read what became of the one of this key.
    Dismisses(String),
    /// Everything goes (X41, X42).
    Empties,
}

/// All parcels of this device, in the order in which they were pressed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outbox {
    entries: Vec<Entry>,
    /// Passed so far: each lets whatever is due go out.
    ticks: u32,
}

impl Outbox {
    /// All of them.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many have not arrived yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry.state, State::Waiting { .. } | State::Sending { .. })).count()
    }

    /// The one to send now: one at a time, the oldest first.
    #[must_use]
    pub fn next(&self, now: UnixMs) -> Option<&Parcel> {
        if self.entries.iter().any(|entry| matches!(entry.state, State::Sending { .. })) {
            return None;
        }
        let is_due = |entry: &&Entry| matches!(entry.state, State::Waiting { due, .. } if due <= now) && now < entry.parcel.last_word();
        self.entries.iter().find(is_due).map(|entry| &entry.parcel)
    }

    /// How long until something is due, or over, milliseconds; `None` while nothing waits.
    #[must_use]
    pub fn wait_ms(&self, now: UnixMs) -> Option<i64> {
        let next = self.entries.iter().filter_map(|entry| match entry.state {
            State::Waiting { due, .. } => Some(due.min(entry.parcel.last_word())),
            _ => None,
        });
        next.min().map(|next| next.0.saturating_sub(now.0).max(0))
    }

    fn of(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.parcel.key == key)
    }

    fn end_the_late(&mut self, now: UnixMs) {
        for entry in &mut self.entries {
            if matches!(entry.state, State::Waiting { .. }) && now >= entry.parcel.last_word() {
                entry.state = State::Failed(if entry.parcel.was_out { Reason::Unknown } else { Reason::Late });
            }
        }
    }
}

/// True for an answer that says nothing about the parcel itself: it goes out again, under the same key. A register that is silent (X34) is
/// one: nothing was kept, and the proof stays good.
fn says_nothing(refusal: &Refusal) -> bool {
    refusal.leaves_open() || matches!(refusal.code, Code::X01 | Code::X39)
}

impl Entry {
    /// It went out, or tried to, and its challenge is over: it waits for the server's word alone.
    #[must_use]
    pub fn is_past(&self, now: UnixMs) -> bool {
        matches!(self.state, State::Waiting { .. }) && now >= self.parcel.until
    }

    fn ends(&mut self, outcome: Result<String, Refusal>, now: UnixMs) {
        let State::Sending { tries } = self.state else { return };
        self.state = match outcome {
            Ok(answer) => State::Sent { answer },
            Err(refusal) if says_nothing(&refusal) => {
                let pause = match refusal.detail {
                    Some(Detail::RetryAfterS(s)) => i64::from(s) * 1_000,
                    _ if refusal.code == Code::X34 => LATEST_MS,
                    _ => SOON_MS.saturating_mul(1 << tries.min(10)).min(LATEST_MS),
                };
                self.said = Some(refusal);
                State::Waiting { tries: tries + 1, due: now.plus_ms(pause) }
            }
            Err(refusal) => State::Failed(Reason::Refused(refusal)),
        };
    }
}

impl Reducible for Outbox {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        let mut outbox = (*self).clone();
        let waiting = |parcel: Parcel, due| Entry { parcel, state: State::Waiting { tries: 0, due }, said: None };
        match act {
            Act::Loads(parcels, now) => {
                for parcel in parcels {
                    if outbox.of(&parcel.key).is_none() {
                        outbox.entries.push(waiting(parcel, now));
                    }
                }
                outbox.entries.sort_by_key(|entry| entry.parcel.made);
                outbox.end_the_late(now);
            }
            Act::Puts(parcel) => {
                if outbox.of(&parcel.key).is_none() {
                    let made = parcel.made;
                    outbox.entries.push(waiting(parcel, made));
                }
            }
            Act::Takes(key) => {
                if let Some(entry) = outbox.of(&key)
                    && let State::Waiting { tries, .. } = entry.state
                {
                    entry.state = State::Sending { tries };
                    entry.parcel.was_out = true;
                }
            }
            Act::Ends(key, outcome, now) => {
                if let Some(entry) = outbox.of(&key) {
                    entry.ends(outcome, now);
                }
                outbox.end_the_late(now);
            }
            Act::Hurries(now) => {
                for entry in &mut outbox.entries {
                    if let State::Waiting { tries, due } = &mut entry.state {
                        (*tries, *due) = (0, now.min(*due));
                    }
                }
            }
            Act::Ticks(now) => {
                outbox.ticks = outbox.ticks.wrapping_add(1);
                outbox.end_the_late(now);
            }
            Act::Asks(key) => {
                if let Some(entry) = outbox.of(&key)
                    && matches!(entry.state, State::Sent { .. })
                {
                    entry.state = State::Failed(Reason::Asks);
                }
            }
            Act::Dismisses(key) => outbox
                .entries
                .retain(|entry| entry.parcel.key != key || matches!(entry.state, State::Waiting { .. } | State::Sending { .. })),
            Act::Empties => outbox.entries.clear(),
        }
        Rc::new(outbox)
    }
}

#[cfg(test)]
mod tests;
