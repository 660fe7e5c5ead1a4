//! Random sequences through helper, pcscd and vpcd: no accident and no hostile page spends a try that nobody pressed for.
//!
//! The small brother of `helper/src/hub/machine_of_tries.rs`, with real sockets, a real process to kill, and the real reader service.
//! `UKETSUKE_PIN_MACHINE_CASES` asks for more sequences than a plain run has, `UKETSUKE_PIN_MACHINE_SEED` for another first seed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use e2e::page::{frame_origin, statement};
use e2e::stack::{HELPER_PORT, World};
use e2e::wait::{LIMIT, until};
use futures_util::{SinkExt as _, StreamExt as _};
use shared::bytes::Base64;
use shared::reader::{Answer, CardKind, ErrorCode, Event, Failure, Frame, Lease, Op, Request, Spent, State, VERSION, WS_PATH, What};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};
use virtual_card::{Act, At, Fault, PinKind, Step};

/// Sequences of a plain run.
const CASES: u64 = 15;
/// Operations in one sequence.
const ROUNDS: usize = 3;
/// Commands of an operation, and a few more.
const COMMANDS: usize = 12;
const SELECT: [u8; 15] = [0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];

/// What a person or an accident does at some point of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happening {
    Nothing,
    Cancel,
    Cut,
    Reload,
    Replay,
    TakeOver,
    Kill,
}

/// Runs the sequences.
#[expect(clippy::print_stdout, reason = "prints figures")]
pub(crate) async fn sequences(world: &mut World) -> anyhow::Result<()> {
    let number = |name: &str, default: u64| std::env::var(name).map_or(Ok(default), |text| text.parse()).context("not a number");
    let (first, cases) = (number("UKETSUKE_PIN_MACHINE_SEED", 1)?, number("UKETSUKE_PIN_MACHINE_CASES", CASES)?);
    let begun = Instant::now();
    let mut machine = Machine { world, tabs: Vec::new(), tally: Tally::default(), former: 0, is_fresh: true, story: Vec::new() };
    machine.new_card().await?;
    for seed in first..first + cases {
        machine.story.clear();
        let ran = machine.sequence(Dice(seed)).await;
        ran.with_context(|| {
            format!("UKETSUKE_PIN_MACHINE_SEED={seed} (cards and counters from before matter)\n  {}", machine.story.join("\n  "))
        })?;
    }
    let took = begun.elapsed().as_secs_f64();
    println!(
        "{cases} sequences from seed {first} in {took:.1} s, {:.2} s each, no violation: {:?}",
        took / f64::from(u32::try_from(cases)?),
        machine.tally
    );
    ensure!(machine.tally.presses > 0 && machine.tally.verifies > 0, "nothing happened");
    Ok(())
}

#[derive(Debug, Default)]
struct Tally {
    presses: usize,
    verifies: usize,
    spent: usize,
    signed: usize,
    unknown: usize,
    pulled: usize,
    lost: usize,
    kills: usize,
    cuts: usize,
    cancels: usize,
    replays: usize,
    takeovers: usize,
    double_presses: usize,
    dead_presses: usize,
}

struct Machine<'a> {
    world: &'a mut World,
    tabs: Vec<Tab>,
    tally: Tally,
    /// VERIFY commands that cards received which are not on the reader any more.
    former: usize,
    /// No helper was killed since a card was last left in order.
    is_fresh: bool,
    story: Vec<String>,
}

impl Machine<'_> {
    async fn sequence(&mut self, mut dice: Dice) -> anyhow::Result<()> {
        for _ in 0..ROUNDS {
            self.round(&mut dice).await?;
        }
        Ok(())
    }

    fn note(&mut self, what: String) {
        self.story.push(what);
    }

    fn tries(&self) -> anyhow::Result<u8> {
        self.world.card(|card| card.tries_left(PinKind::Auth))
    }

    /// One operation with whatever disturbs it, and a look at the card afterwards.
    async fn round(&mut self, dice: &mut Dice) -> anyhow::Result<()> {
        self.ready().await?;
        if self.tries()? == 0 {
            self.former += self.world.verify_count()?;
            drop(self.world.remove().await?);
            self.world.put("ichiro")?;
            self.is_fresh = true;
            self.tab()?.sees_no_card().await?;
            self.ready().await?;
        }
        let (count, tries) = (self.world.verify_count()?, self.tries()?);
        self.plan_accident(dice)?;
        let outcome = self.operation(dice, tries).await?;
        self.note(format!("outcome {outcome:?}"));
        self.ready().await?;
        self.rest().await?;

        let (received, left) = (self.world.verify_count()? - count, self.tries()?);
        let presses = usize::from(outcome.pressed.is_some());
        ensure!(received <= presses, "{received} VERIFY, {presses} press");
        let has_counted = left < tries;
        ensure!(!has_counted || (tries - left == 1 && received == 1), "from {tries} tries to {left} with {received} VERIFY");
        ensure!(!(has_counted && outcome.pressed == Some(true)), "the right PIN cost a try");
        if outcome.pressed.is_some() && tries == 1 && received == 1 {
            ensure!(outcome.has_word, "the last try without a word");
        }
        match outcome.last {
            Some(Heard::Signed) => {
                ensure!(received == 1 && outcome.pressed == Some(true), "signed without a right PIN");
                self.tally.signed += 1;
            }
            Some(Heard::Failed(Failure { try_spent, code, .. })) => {
                let is_true = match try_spent {
                    Spent::No => !has_counted,
                    Spent::Yes => has_counted,
                    Spent::Unknown => outcome.pressed.is_some(),
                };
                ensure!(is_true, "{code:?} says {try_spent:?}: {tries} tries, then {left}");
                self.tally.unknown += usize::from(try_spent == Spent::Unknown);
            }
            None => {}
        }
        self.tally.spent += usize::from(has_counted);
        self.tally.verifies = self.former + self.world.verify_count()?;
        ensure!(self.tally.verifies <= self.tally.presses, "{:?}", self.tally);
        self.look_for_leftovers()
    }

    /// Whether the card is left verified: the next program on the machine would find it so.
    fn look_for_leftovers(&mut self) -> anyhow::Result<()> {
        let sign = [&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &[0x30; 51], &[0x00]].concat();
        let answer = self.world.card(|card| card.transmit(&SELECT).and_then(|_| card.transmit(&sign)))?;
        let is_closed = answer.as_ref().is_ok_and(|answer| *answer == [0x69, 0x82]);
        ensure!(is_closed || !self.is_fresh, "the card is left verified");
        Ok(())
    }

    /// The card is pulled, or the reader lost, at some command of what follows; or not.
    fn plan_accident(&mut self, dice: &mut Dice) -> anyhow::Result<()> {
        let n = u32::try_from(1 + dice.below(COMMANDS))?;
        let pull = match dice.below(8) {
            0 => Some(Fault::RemoveBefore(n)),
            1 | 2 => Some(Fault::RemoveDuring(n)),
            3 => Some(Fault::RemoveAfter(n)),
            _ => None,
        };
        if dice.below(12) == 0 {
            self.note(format!("the reader is lost at command {n}"));
            let act = Act::LoseReader(Duration::from_millis(1500));
            self.tally.lost += 1;
            return self.world.card(|card| card.set_script(vec![Step { at: At::Command(n), act }]));
        }
        if let Some(pull) = pull {
            self.note(format!("{pull:?}"));
            self.tally.pulled += 1;
        }
        self.world.card(|card| card.set_fault(pull))
    }

    /// Asks, presses, and is disturbed.
    async fn operation(&mut self, dice: &mut Dice, tries: u8) -> anyhow::Result<Outcome> {
        let mut outcome = Outcome::default();
        let Some(id) = self.tab()?.authenticate(None).await? else { return Ok(outcome) };
        let early = if dice.below(6) == 0 { dice.event() } else { Happening::Nothing };
        if !self.happen(early, id).await? {
            return Ok(outcome);
        }
        let (ticket, tries_left) = match self.tab()?.hear(id).await? {
            Next::Ticket(ticket, tries_left) => (ticket, tries_left),
            Next::Last(Heard::Failed(Failure { code: ErrorCode::RateLimited, try_spent: Spent::No, .. })) => {
                // Five wrong PINs: everyone has to wait, and a helper that starts anew knows of none.
                self.kill().await?;
                return Ok(outcome);
            }
            Next::Last(last) => {
                outcome.last = Some(last);
                return Ok(outcome);
            }
        };
        ensure!(tries_left == Some(tries), "the frame shows {tries_left:?}, the card has {tries}");
        let is_right = dice.below(100) < 45;
        let pin = if is_right { virtual_card::AUTH_PIN.to_owned() } else { format!("{}", 2000 + dice.below(7000)) };
        let before = if dice.below(10) == 0 { dice.event() } else { Happening::Nothing };
        let goes_on = self.happen(before, id).await?;
        if !goes_on || matches!(before, Happening::Cancel | Happening::TakeOver) {
            if goes_on {
                outcome.last = self.tab()?.last(id).await?;
            }
            self.press_dead(&ticket, &pin).await?;
            return Ok(outcome);
        }
        outcome.has_word = tries_left != Some(1) || dice.below(3) > 0;
        if !outcome.has_word {
            let status = press(ticket.clone(), pin.clone(), false).await;
            // The card may be gone by now, which ends the ticket before anyone is asked for the word.
            ensure!(matches!(status, Ok(409 | 410)), "the last try without a word: {status:?}");
        }
        // From here on it counts: once for the ticket, however often the message comes.
        outcome.has_word = true;
        outcome.pressed = Some(is_right);
        self.tally.presses += 1;
        let times = 1 + usize::from(dice.below(3) == 0) * (1 + dice.below(2));
        self.tally.double_presses += times - 1;
        self.note(format!("{times} presses, right: {is_right}"));
        let posts: Vec<JoinHandle<_>> = (0..times).map(|_| tokio::spawn(press(ticket.clone(), pin.clone(), true))).collect();
        let late = if dice.below(2) == 0 { dice.event() } else { Happening::Nothing };
        for _ in 0..dice.below(4) {
            // A moment of the runtime: the presses may be on their way, or not.
            tokio::task::yield_now().await;
        }
        let goes_on = self.happen(late, id).await?;
        let mut words = Vec::new();
        for post in posts {
            words.push(tokio::time::timeout(LIMIT, post).await.context("a press is not answered")??.unwrap_or(0));
        }
        ensure!(words.iter().filter(|word| **word == 200).count() <= 1, "one ticket, and these words: {words:?}");
        if goes_on {
            outcome.last = self.tab()?.last(id).await?;
        }
        self.press_dead(&ticket, &pin).await?;
        Ok(outcome)
    }

    /// A press on a ticket that is over, or on none at all.
    async fn press_dead(&mut self, ticket: &str, pin: &str) -> anyhow::Result<()> {
        self.tally.dead_presses += 2;
        for ticket in [ticket.to_owned(), e2e::page::foreign_ticket()] {
            let status = press(ticket, pin.to_owned(), true).await?;
            ensure!(status == 410, "a dead ticket is answered {status}");
        }
        Ok(())
    }

    /// Lets something happen; false when the page that asked is gone.
    async fn happen(&mut self, event: Happening, id: u64) -> anyhow::Result<bool> {
        if event != Happening::Nothing {
            self.note(format!("{event:?}"));
        }
        match event {
            Happening::Nothing => {}
            Happening::Cancel => {
                self.tally.cancels += 1;
                self.tab()?.send(Op::Cancel { target: id }).await?;
            }
            Happening::Replay => {
                self.tally.replays += 1;
                self.tab()?.replay().await?;
            }
            Happening::TakeOver => {
                self.tally.takeovers += 1;
                let origin = self.world.origin();
                let mut other = Tab::open(&origin).await?;
                if let Lease::Other(seen) = other.state.lease {
                    other.authenticate(Some(seen)).await?;
                }
                self.tabs.push(other);
            }
            Happening::Cut | Happening::Reload => {
                self.tally.cuts += 1;
                // The one that took over goes too: what it began would stand in the way of the next sequence.
                self.tabs.clear();
                if event == Happening::Reload {
                    let origin = self.world.origin();
                    self.tabs.insert(0, Tab::open(&origin).await?);
                }
                return Ok(false);
            }
            Happening::Kill => {
                self.kill().await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn kill(&mut self) -> anyhow::Result<()> {
        self.note("the helper is killed".to_owned());
        self.tally.kills += 1;
        self.tabs.clear();
        self.is_fresh = false;
        self.world.kill_helper().await?;
        self.world.start_helper().await
    }

    fn tab(&mut self) -> anyhow::Result<&mut Tab> {
        self.tabs.first_mut().context("no tab")
    }

    async fn new_card(&mut self) -> anyhow::Result<()> {
        self.world.put("ichiro")?;
        self.is_fresh = true;
        self.ready().await
    }

    /// One page, and a card on the reader that it knows.
    async fn ready(&mut self) -> anyhow::Result<()> {
        self.tabs.truncate(1);
        // First: nothing happens to the card any more that has not happened yet.
        self.world.card(|card| card.set_fault(None))?;
        if self.world.card(|card| card.is_gone() && card.lost_for().is_none())? {
            let card = self.world.remove().await?;
            self.is_fresh = true;
            if let Some(tab) = self.tabs.first_mut() {
                tab.sees_no_card().await?;
            }
            self.world.put_back(card);
        }
        let world = &*self.world;
        until("the reader to come back", LIMIT, async || match world.card(|card| card.is_gone()) {
            Ok(false) => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await?;
        if self.tabs.is_empty() {
            let origin = self.world.origin();
            self.tabs.push(Tab::open(&origin).await?);
        }
        self.tab()?.sees_card().await
    }

    /// Waits until the card thread has nothing left to do, by asking it for something harmless.
    async fn rest(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let answer = self.tab()?.pin_status().await?;
            match answer {
                Ok(Answer::PinStatus { auth, .. }) => {
                    ensure!(auth == Some(self.tries()?), "the card has {} tries, and {auth:?} is told", self.tries()?);
                    return Ok(());
                }
                Ok(other) => bail!("{other:?}"),
                Err(failure) => {
                    ensure!(begun.elapsed() < LIMIT, "no rest: {failure:?}");
                    ensure!(failure.try_spent == Spent::No, "a question spent a try: {failure:?}");
                    // What it has not heard yet may be why.
                    if let Ok(heard) = tokio::time::timeout(Duration::from_millis(100), self.tab()?.frame()).await {
                        drop(heard?);
                    }
                    self.ready().await?;
                }
            }
        }
    }
}

#[derive(Debug, Default)]
struct Outcome {
    /// Somebody pressed 確定 on a ticket that lived, with the right PIN or with a wrong one.
    pressed: Option<bool>,
    has_word: bool,
    last: Option<Heard>,
}

#[derive(Debug)]
enum Heard {
    Signed,
    Failed(Failure),
}

enum Next {
    Ticket(String, Option<u8>),
    Last(Heard),
}

/// A page without a browser that can also say the same frame twice.
struct Tab {
    socket: WebSocketStream<TcpStream>,
    last_id: u64,
    last_text: String,
    seq: u64,
    state: State,
    /// Frames said and answers heard, by id.
    open: BTreeMap<u64, i64>,
    /// The answer to an operation, in case it comes while something else is waited for.
    lasts: BTreeMap<u64, Heard>,
    acknowledged: Vec<u64>,
}

impl Tab {
    async fn open(origin: &str) -> anyhow::Result<Self> {
        let mut request = format!("ws://127.0.0.1:{HELPER_PORT}{WS_PATH}").into_client_request()?;
        request.headers_mut().insert("origin", origin.parse()?);
        let stream = TcpStream::connect(("127.0.0.1", HELPER_PORT)).await?;
        let (socket, _) = client_async(request, stream).await?;
        let state = State { service: shared::reader::Service::Down, readers: Vec::new(), lease: Lease::Free };
        let mut tab = Self {
            socket,
            last_id: 0,
            last_text: String::new(),
            seq: 0,
            state,
            open: BTreeMap::new(),
            lasts: BTreeMap::new(),
            acknowledged: Vec::new(),
        };
        let id = tab.send(Op::Hello { versions: vec![VERSION], lang: "ja".to_owned(), nonce: None }).await?;
        loop {
            if let Frame::Ok { id: answered, ok: Answer::Hello { state, .. } } = tab.frame().await?
                && answered == id
            {
                tab.state = state;
                return Ok(tab);
            }
        }
    }

    async fn send(&mut self, op: Op) -> anyhow::Result<u64> {
        self.last_id += 1;
        self.last_text = serde_json::to_string(&Request { v: VERSION, id: self.last_id, op })?;
        self.replay().await?;
        Ok(self.last_id)
    }

    /// Says the last frame again, byte for byte.
    async fn replay(&mut self) -> anyhow::Result<()> {
        *self.open.entry(self.last_id).or_default() += 1;
        Ok(self.socket.send(Message::text(self.last_text.clone())).await?)
    }

    fn card(&self) -> Option<(String, u64)> {
        self.state.readers.iter().find_map(|reader| reader.card.map(|card| (reader.id.clone(), card.generation)))
    }

    async fn authenticate(&mut self, take: Option<u64>) -> anyhow::Result<Option<u64>> {
        let Some((reader, generation)) = self.card() else { return Ok(None) };
        let (nonce, statement) = (Base64(vec![7; 32]), Base64(statement()?.to_bytes()));
        self.send(Op::Authenticate { reader, generation, nonce, statement, with_pin: false, take }).await.map(Some)
    }

    async fn pin_status(&mut self) -> anyhow::Result<Result<Answer, Failure>> {
        let Some((reader, generation)) = self.card() else { return Ok(Err(ErrorCode::NoCard.unspent())) };
        let id = self.send(Op::PinStatus { reader, generation, take: None }).await?;
        loop {
            match self.frame().await? {
                Frame::Ok { id: answered, ok } if answered == id => return Ok(Ok(ok)),
                Frame::Err { id: answered, err } if answered == id => return Ok(Err(err)),
                _ => {}
            }
        }
    }

    async fn sees_card(&mut self) -> anyhow::Result<()> {
        let is_known =
            |state: &State| state.readers.iter().any(|reader| reader.card.is_some_and(|card| card.kind == Some(CardKind::MyNumberCard)));
        while !is_known(&self.state) {
            self.frame().await.with_context(|| format!("no card is seen: {:?}", self.state))?;
        }
        Ok(())
    }

    async fn sees_no_card(&mut self) -> anyhow::Result<()> {
        while self.card().is_some() {
            self.frame().await.context("the card is still seen")?;
        }
        Ok(())
    }

    /// The ticket of a request, or how it ended without one.
    async fn hear(&mut self, id: u64) -> anyhow::Result<Next> {
        loop {
            if let Some(last) = self.lasts.remove(&id) {
                return Ok(Next::Last(last));
            }
            if let Frame::Event(Event { what: What::PinNeeded { request, ticket, tries_left, .. }, .. }) = self.frame().await?
                && request == id
            {
                return Ok(Next::Ticket(ticket, tries_left));
            }
        }
    }

    /// How a request ended.
    async fn last(&mut self, id: u64) -> anyhow::Result<Option<Heard>> {
        loop {
            if let Some(last) = self.lasts.remove(&id) {
                return Ok(Some(last));
            }
            self.frame().await?;
        }
    }

    /// The next frame, bounded. No event may be missing, and no frame is answered twice.
    async fn frame(&mut self) -> anyhow::Result<Frame> {
        let message = async {
            loop {
                if let Message::Text(text) = self.socket.next().await.context("the helper closed the connection")?? {
                    return anyhow::Ok(text);
                }
            }
        };
        let text = tokio::time::timeout(LIMIT, message).await.context("no frame in time")??;
        let frame: Frame = serde_json::from_str(&text)?;
        match &frame {
            Frame::Event(Event { seq, what }) => {
                ensure!(*seq == self.seq + 1, "event {seq} after {}", self.seq);
                self.seq = *seq;
                if let What::State { state } = what {
                    self.state = state.clone();
                }
            }
            Frame::Ack { id, .. } => self.acknowledged.push(*id),
            Frame::Ok { id, ok } => {
                self.count_answer(*id)?;
                if matches!(ok, Answer::Authenticate { .. }) {
                    self.lasts.insert(*id, Heard::Signed);
                }
            }
            Frame::Err { id, err } => {
                self.count_answer(*id)?;
                // A replayed frame is refused under the id of the first one, which goes on.
                let is_replay = err.code == ErrorCode::BadState && self.acknowledged.contains(id);
                if !is_replay {
                    self.lasts.insert(*id, Heard::Failed(err.clone()));
                }
            }
        }
        Ok(frame)
    }

    fn count_answer(&mut self, id: u64) -> anyhow::Result<()> {
        let open = self.open.entry(id).or_default();
        *open -= 1;
        ensure!(*open >= 0, "one answer too many to request {id}");
        Ok(())
    }
}

/// One press of 確定, as the frame sends it; the HTTP status.
async fn press(ticket: String, pin: String, has_word: bool) -> anyhow::Result<u16> {
    let body = format!(r#"{{"pin":"{pin}","last_try":{has_word}}}"#);
    let own = format!("127.0.0.1:{HELPER_PORT}");
    let mut stream = TcpStream::connect(&own).await?;
    let head = format!(
        "POST /pin/{ticket} HTTP/1.1\r\nHost: {own}\r\nOrigin: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        frame_origin(),
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await?;
    let mut answer = Vec::new();
    tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer)).await.context("no answer to the press")??;
    let text = String::from_utf8_lossy(&answer).into_owned();
    Ok(text.split(' ').nth(1).context("no status")?.parse()?)
}

/// Random numbers that are the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn event(&mut self) -> Happening {
        use Happening::{Cancel, Cut, Kill, Nothing, Reload, Replay, TakeOver};
        [Cancel, Cut, Reload, Replay, TakeOver, Kill].get(self.below(6)).copied().unwrap_or(Nothing)
    }
}
