//! A world for one test: a helper on a free port with a simulated reader, and pages that talk to it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use helper::gate::Origin;
use helper::reader::Readers;
use helper::reader::simulator::Simulator;
use helper::{Listen, Running, Settings};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::visit::Purpose;
use shared::evidence::Statement;
use shared::reader::{Answer, CardKind, ErrorCode, Event, Failure, Frame, State, What};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// The page that is allowed.
pub(crate) const ORIGIN: &str = "http://localhost:8080";
/// Another page that is allowed.
pub(crate) const OTHER_ORIGIN: &str = "https://uketsuke.example";
/// Longest wait for anything that should happen.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
/// The nonce of the server.
pub(crate) const NONCE: [u8; 32] = [0x5A; 32];

/// The folder of cards, made once for all tests; its keys are kept between runs.
pub(crate) fn cards() -> &'static Path {
    static CARDS: OnceLock<PathBuf> = OnceLock::new();
    CARDS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("helper-cards");
        #[expect(clippy::disallowed_methods, reason = "certificates must be valid now")]
        let now = std::time::SystemTime::now();
        virtual_card::make(&folder, now).expect("cards can be made");
        folder
    })
}

pub(crate) fn statement() -> Vec<u8> {
    let statement = Statement {
        institution: InstitutionCode::try_from("9969900001").unwrap(),
        visit_kind: VisitKind::HomeVisit,
        purpose: Purpose::Register,
        booked_on: None,
        choices: Choices::all(Choice::Agree),
        notice_version: "2026-11".to_owned(),
        language: "ja".to_owned(),
        at: UnixMs(1_705_454_100_000),
    };
    statement.to_bytes()
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) running: Running,
}

impl World {
    pub(crate) async fn new(card: &str) -> Self {
        Self::with(card, |_| ()).await
    }

    pub(crate) async fn with(card: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let simulator = Simulator::new(cards().to_owned(), &card.parse().unwrap()).unwrap();
        let running = start(Box::new(simulator.clone()), change).await;
        Self { simulator, running }
    }

    pub(crate) fn port(&self) -> u16 {
        self.running.address().port()
    }

    pub(crate) async fn page(&self) -> Page {
        Page::greeted(self.port(), ORIGIN).await
    }

    /// A page that has seen what card lies there.
    pub(crate) async fn page_with_card(&self) -> Page {
        let mut page = self.page().await;
        page.card().await;
        page
    }

    pub(crate) fn verify_count(&self) -> usize {
        self.simulator.with(|card| card.verify_count())
    }

    /// The card's log since the last look.
    pub(crate) fn log(&self) -> Vec<String> {
        self.simulator.with(|card| card.take_log().iter().map(ToString::to_string).collect())
    }

    /// One press in the PIN frame: status and word.
    pub(crate) async fn press(&self, ticket: &str, body: &str) -> (u16, String) {
        press(self.port(), ticket, body).await
    }

    pub(crate) async fn end(self) {
        timeout(LIMIT, self.running.stop()).await.expect("the helper ends");
    }
}

pub(crate) async fn start(readers: Box<dyn Readers>, change: impl FnOnce(&mut Settings)) -> Running {
    let listen = Listen { address: "127.0.0.1:0".parse().unwrap(), is_optional: false };
    let allow = [ORIGIN, OTHER_ORIGIN].map(|text| Origin::parse(text).unwrap());
    let mut settings = Settings::new(vec![listen], allow.to_vec());
    change(&mut settings);
    helper::start(settings, readers).await.expect("the helper starts")
}

pub(crate) async fn press(port: u16, ticket: &str, body: &str) -> (u16, String) {
    let host = format!("127.0.0.1:{port}");
    let head = [("Host", host.as_str()), ("Origin", &format!("http://{host}")), ("Content-Type", "application/json")];
    let (status, _, body) = http(port, "POST", &format!("/pin/{ticket}"), &head, body).await;
    (status, body)
}

/// One request over a fresh connection: status, head, body.
pub(crate) async fn http(port: u16, method: &str, path: &str, head: &[(&str, &str)], body: &str) -> (u16, String, String) {
    let head: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let close = if head.contains("Connection:") { "" } else { "Connection: close\r\n" };
    raw(port, format!("{method} {path} HTTP/1.1\r\n{head}{length}{close}\r\n{body}").as_bytes()).await
}

/// Sends bytes and reads until the end, or until the head of an upgrade is there.
pub(crate) async fn raw(port: u16, bytes: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = async {
        let mut chunk = [0; 4096];
        loop {
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => break,
                Ok(n) => answer.extend_from_slice(&chunk[..n]),
            }
            if answer.starts_with(b"HTTP/1.1 101") && answer.windows(4).any(|end| end == b"\r\n\r\n") {
                break;
            }
        }
    };
    timeout(LIMIT, read).await.expect("an answer");
    // A photo is no text.
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, head.to_ascii_lowercase(), body.to_owned())
}

/// A page with its socket; every event it takes must be the next one.
pub(crate) struct Page {
    socket: WebSocketStream<TcpStream>,
    port: u16,
    id: u64,
    seq: u64,
    pub(crate) state: Option<State>,
    /// Codes and answers of requests, kept until someone asks for them.
    kept: Vec<Frame>,
}

impl Page {
    /// Connects; `Err` carries the status of a refusal.
    pub(crate) async fn connect(port: u16, origin: &str) -> Result<Self, u16> {
        let mut request = format!("ws://127.0.0.1:{port}/v1").into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self { socket, port, id: 0, seq: 0, state: None, kept: Vec::new() }),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) async fn greeted(port: u16, origin: &str) -> Self {
        let mut page = Self::connect(port, origin).await.expect("an allowed page");
        let id = page.ask(r#""op":"hello","versions":[1],"lang":"ja""#).await;
        let Frame::Ok { ok: Answer::Hello { state, .. }, .. } = page.answer(id).await else { panic!("a hello") };
        page.state = Some(state);
        page
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        self.socket.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// Sends a request with the next id, and gives the id.
    pub(crate) async fn ask(&mut self, op: &str) -> u64 {
        self.id += 1;
        let id = self.id;
        self.send(&format!(r#"{{"v":1,"id":{id},{op}}}"#)).await;
        id
    }

    pub(crate) async fn authenticate(&mut self, take: Option<u64>) -> u64 {
        let state = self.state.clone().unwrap();
        let reader = state.readers.first().expect("a reader");
        let generation = reader.card.map_or(0, |card| card.generation);
        self.authenticate_as(&reader.id, generation, &NONCE, &statement(), take).await
    }

    pub(crate) async fn authenticate_as(
        &mut self,
        reader: &str,
        generation: u64,
        nonce: &[u8],
        statement: &[u8],
        take: Option<u64>,
    ) -> u64 {
        let (nonce, statement) = (Base64::from(nonce).to_text(), Base64::from(statement).to_text());
        let take = take.map_or("null".to_owned(), |take| take.to_string());
        self.ask(&format!(
            r#""op":"authenticate","reader":"{reader}","generation":{generation},"nonce":"{nonce}","statement":"{statement}","take":{take}"#
        ))
        .await
    }

    pub(crate) async fn cancel(&mut self, target: u64) -> u64 {
        self.ask(&format!(r#""op":"cancel","target":{target}"#)).await
    }

    /// The next frame; `None` when the helper closed the socket.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            let message = timeout(LIMIT, self.socket.next()).await.expect("a frame in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let frame: Frame = serde_json::from_str(text.as_str()).expect("a frame of the protocol");
                    if let Frame::Event(Event { seq, what }) = &frame {
                        assert_eq!(*seq, self.seq + 1, "events come without gaps");
                        self.seq = *seq;
                        if let What::State { state } = what {
                            self.state = Some(state.clone());
                        }
                    }
                    return Some(frame);
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(other)) => panic!("{other:?}"),
            }
        }
    }

    /// The next frame as it came, for who compares it whole.
    pub(crate) async fn next_json(&mut self) -> serde_json::Value {
        loop {
            match timeout(LIMIT, self.socket.next()).await.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(text.as_str()).expect("JSON"),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next frame that is good; answers on the way are kept.
    pub(crate) async fn until<T>(&mut self, what: &str, mut good: impl FnMut(&Frame) -> Option<T>) -> T {
        if let Some((at, found)) = self.kept.iter().enumerate().find_map(|(at, frame)| Some((at, good(frame)?))) {
            self.kept.remove(at);
            return found;
        }
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed while waiting for {what}"));
            match good(&frame) {
                Some(found) => return found,
                // The last state is kept by itself; an older one would be found again and believed.
                None if matches!(frame, Frame::Event(Event { what: What::State { .. }, .. })) => {}
                None => self.kept.push(frame),
            }
        }
    }

    /// The answer of a request.
    pub(crate) async fn answer(&mut self, wanted: u64) -> Frame {
        self.until("an answer", |frame| match frame {
            Frame::Ok { id, .. } | Frame::Err { id, .. } if *id == wanted => Some(frame.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn failure(&mut self, id: u64) -> Failure {
        match self.answer(id).await {
            Frame::Err { err, .. } => err,
            other => panic!("not a failure: {other:?}"),
        }
    }

    pub(crate) async fn code(&mut self, id: u64) -> ErrorCode {
        self.failure(id).await.code
    }

    /// Certificate and signature.
    pub(crate) async fn signed(&mut self, id: u64) -> (Vec<u8>, Vec<u8>) {
        match self.answer(id).await {
            Frame::Ok { ok: Answer::Authenticate { certificate, signature }, .. } => (certificate.0, signature.0),
            other => panic!("not a signature: {other:?}"),
        }
    }

    /// Ticket, tries left, and whether it is the last try.
    pub(crate) async fn pin_needed(&mut self, wanted: u64) -> (String, Option<u8>, bool) {
        self.until("the PIN frame", |frame| match frame {
            Frame::Event(Event { what: What::PinNeeded { request, ticket, tries_left, last_try, .. }, .. }) if *request == wanted => {
                Some((ticket.clone(), *tries_left, *last_try))
            }
            Frame::Err { id, err } if *id == wanted => panic!("{err:?}"),
            _ => None,
        })
        .await
    }

    /// Waits until the state is good.
    pub(crate) async fn sees(&mut self, what: &str, good: impl Fn(&State) -> bool) -> State {
        if let Some(state) = self.state.as_ref().filter(|state| good(state)) {
            return state.clone();
        }
        self.until(what, |frame| match frame {
            Frame::Event(Event { what: What::State { state }, .. }) if good(state) => Some(state.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until the card is recognised; its generation and kind.
    pub(crate) async fn card(&mut self) -> (u64, CardKind) {
        let card = |state: &State| state.readers.first().and_then(|reader| reader.card);
        let state = self.sees("a card", |state| card(state).is_some_and(|card| card.kind.is_some())).await;
        let card = card(&state).unwrap();
        (card.generation, card.kind.unwrap())
    }

    pub(crate) async fn leave(mut self) {
        let _ = self.socket.close(None).await;
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// Everything that the helper logs at TRACE in this process, from the first call on.
pub(crate) fn trace_log() -> &'static Mutex<Vec<u8>> {
    static LOG: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
    struct Sink;
    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            LOG.get().expect("made before").lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    LOG.get_or_init(Mutex::default);
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(|| Sink).finish();
        tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    });
    LOG.get().unwrap()
}

impl Page {
    /// Reads until so many pings came (and were answered); false when the helper closed the socket.
    pub(crate) async fn hears_pings(&mut self, mut wanted: u32) -> bool {
        while wanted > 0 {
            match timeout(LIMIT, self.socket.next()).await.expect("a ping in time") {
                Some(Ok(Message::Ping(_))) => wanted -= 1,
                Some(Ok(Message::Text(text))) => panic!("nothing was to be told: {text}"),
                _ => return false,
            }
        }
        true
    }

    /// Reads on until the helper closes the socket.
    pub(crate) async fn until_closed(&mut self) -> bool {
        while self.next().await.is_some() {}
        true
    }
}
