//! A page without a browser: speaks to the helper as `shared::reader` says, from an origin of its choice.
//!
//! For journeys that try every APDU in turn, where a browser would only be slow.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt as _, StreamExt as _};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::visit::Purpose;
use shared::evidence::Statement;
use shared::reader::{Answer, Event, FaceSignature, Failure, Frame, Op, Request, State, VERSION, WS_PATH, What};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::stack::HELPER_PORT;
use crate::wait::LIMIT;

/// A connection to the helper.
pub struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u64,
    last_seq: u64,
    /// As last told.
    pub state: State,
}

/// How an `authenticate` went on.
#[derive(Debug)]
pub enum Heard {
    /// The PIN frame may be shown.
    PinNeeded {
        /// Path part of the frame.
        ticket: String,
        /// Tries left.
        tries_left: Option<u8>,
        /// The frame asks once more.
        last_try: bool,
    },
    /// It succeeded.
    Signed,
    /// It failed.
    Failed(Failure),
}

impl Page {
    /// Connects and says hello.
    ///
    /// # Errors
    /// When the helper refuses or is not there.
    pub async fn connect(origin: &str) -> anyhow::Result<Self> {
        let mut request = format!("ws://127.0.0.1:{HELPER_PORT}{WS_PATH}").into_client_request()?;
        request.headers_mut().insert("origin", origin.parse()?);
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        let state = State { service: shared::reader::Service::Down, readers: Vec::new(), lease: shared::reader::Lease::Free };
        let mut page = Self { socket, next_id: 0, last_seq: 0, state };
        let id = page.send(Op::Hello { versions: vec![VERSION], lang: "ja".to_owned(), nonce: None }).await?;
        loop {
            match page.frame().await? {
                Frame::Ok { id: answered, ok: Answer::Hello { state, .. } } if answered == id => {
                    page.state = state;
                    return Ok(page);
                }
                Frame::Err { err, .. } => bail!("hello refused: {err:?}"),
                _ => {}
            }
        }
    }

    /// Waits until the state fits.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn state_is(&mut self, what: &str, fits: impl Fn(&State) -> bool) -> anyhow::Result<()> {
        let wait = async {
            while !fits(&self.state) {
                self.frame().await?;
            }
            anyhow::Ok(())
        };
        match tokio::time::timeout(LIMIT, wait).await {
            Ok(done) => done,
            Err(_) => bail!("waited for {what}; last state: {:?}", self.state),
        }
    }

    /// Starts `authenticate` on the first reader with a card; gives the id of the request.
    ///
    /// # Errors
    /// When no card is there.
    pub async fn authenticate(&mut self, take: Option<u64>) -> anyhow::Result<u64> {
        let reader = self.state.readers.iter().find(|reader| reader.card.is_some()).context("no card on any reader")?;
        let (id, generation) = (reader.id.clone(), reader.card.context("no card")?.generation);
        let nonce = Base64(vec![7; 32]);
        self.send(Op::Authenticate { reader: id, generation, nonce, statement: Base64(statement()?.to_bytes()), with_pin: false, take })
            .await
    }

    /// Asks the first reader with a card for the counters of its PINs, and waits for the answer.
    ///
    /// # Errors
    /// When no card is there, or the helper says why not.
    pub async fn pin_status(&mut self) -> anyhow::Result<Answer> {
        let reader = self.state.readers.iter().find(|reader| reader.card.is_some()).context("no card on any reader")?;
        let (reader, generation) = (reader.id.clone(), reader.card.context("no card")?.generation);
        let id = self.send(Op::PinStatus { reader, generation, take: None }).await?;
        self.answer(id).await
    }

    /// Asks the first reader with a card for its certificate, after consent, and waits for the answer.
    ///
    /// # Errors
    /// When no card is there, or the helper says why not.
    pub async fn identify(&mut self) -> anyhow::Result<Answer> {
        let reader = self.state.readers.iter().find(|reader| reader.card.is_some()).context("no card on any reader")?;
        let (reader, generation) = (reader.id.clone(), reader.card.context("no card")?.generation);
        let id = self.send(Op::Identify { reader, generation, consented: true, take: None }).await?;
        self.answer(id).await
    }

    async fn answer(&mut self, id: u64) -> anyhow::Result<Answer> {
        let listen = async {
            loop {
                match self.frame().await? {
                    Frame::Ok { id: answered, ok } if answered == id => return Ok(ok),
                    Frame::Err { id: answered, err } if answered == id => bail!("no answer: {err:?}"),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(LIMIT, listen).await.context("no answer in time")?
    }

    /// Starts `face` on the first reader with a card, after consent; gives the id of the request.
    ///
    /// # Errors
    /// When no card is there.
    pub async fn face(&mut self) -> anyhow::Result<u64> {
        let reader = self.state.readers.iter().find(|reader| reader.card.is_some()).context("no card on any reader")?;
        let (reader, generation) = (reader.id.clone(), reader.card.context("no card")?.generation);
        self.send(Op::Face { reader, generation, consented: true, take: None }).await
    }

    /// Waits for the answer to `face`: what the photo's signature says.
    ///
    /// # Errors
    /// When the helper says why not.
    pub async fn photo(&mut self, id: u64) -> anyhow::Result<FaceSignature> {
        let listen = async {
            loop {
                match self.frame().await? {
                    Frame::Ok { id: answered, ok: Answer::Face { signature, .. } } if answered == id => return Ok(signature),
                    Frame::Err { id: answered, err } if answered == id => bail!("no photo: {err:?}"),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(LIMIT, listen).await.context("no photo in time")?
    }

    /// Listens for a while, whatever comes.
    ///
    /// # Errors
    /// When the socket closes, or an event is missing.
    pub async fn listen(&mut self, time: Duration) -> anyhow::Result<()> {
        let forever = async {
            loop {
                self.frame().await?;
            }
        };
        tokio::time::timeout(time, forever).await.unwrap_or(Ok(()))
    }

    /// The next frame, whatever it is; waits without limit.
    ///
    /// # Errors
    /// When the socket closes, or an event is missing.
    pub async fn next(&mut self) -> anyhow::Result<Frame> {
        self.frame().await
    }

    /// Asks to end a request; gives the id of this one.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn cancel(&mut self, target: u64) -> anyhow::Result<u64> {
        self.send(Op::Cancel { target }).await
    }

    /// The next thing heard about a request, bounded.
    ///
    /// # Errors
    /// When nothing comes, or the socket closes.
    pub async fn hear(&mut self, id: u64) -> anyhow::Result<Heard> {
        let listen = async {
            loop {
                match self.frame().await? {
                    Frame::Event(Event { what: What::PinNeeded { request, ticket, tries_left, last_try, .. }, .. }) if request == id => {
                        return Ok(Heard::PinNeeded { ticket, tries_left, last_try });
                    }
                    Frame::Ok { id: answered, ok: Answer::Authenticate { .. } } if answered == id => return Ok(Heard::Signed),
                    Frame::Err { id: answered, err } if answered == id => return Ok(Heard::Failed(err)),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(LIMIT, listen).await.context("nothing heard of the request")?
    }

    /// Waits until the card works on a request.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn progress(&mut self, id: u64) -> anyhow::Result<()> {
        let listen = async {
            loop {
                match self.frame().await? {
                    Frame::Event(Event { what: What::Progress { request, .. }, .. }) if request == id => return Ok(()),
                    Frame::Err { id: answered, err } if answered == id => bail!("failed instead: {err:?}"),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(LIMIT, listen).await.context("no progress")?
    }

    async fn send(&mut self, op: Op) -> anyhow::Result<u64> {
        self.next_id += 1;
        let request = Request { v: VERSION, id: self.next_id, op };
        self.socket.send(Message::text(serde_json::to_string(&request)?)).await?;
        Ok(self.next_id)
    }

    /// The next frame; keeps the state and checks that no event is missing.
    async fn frame(&mut self) -> anyhow::Result<Frame> {
        loop {
            let message = self.socket.next().await.context("the helper closed the connection")??;
            let Message::Text(text) = message else { continue };
            let frame: Frame = serde_json::from_str(&text)?;
            if let Frame::Event(event) = &frame {
                ensure!(event.seq == self.last_seq + 1, "event {} after {}", event.seq, self.last_seq);
                self.last_seq = event.seq;
                if let What::State { state } = &event.what {
                    self.state = state.clone();
                }
            }
            return Ok(frame);
        }
    }
}

/// What a person would confirm.
///
/// # Errors
/// Never, as long as the institution code is one.
pub fn statement() -> anyhow::Result<Statement> {
    Ok(Statement {
        institution: InstitutionCode::try_from("9969900001")?,
        visit_kind: VisitKind::HomeVisit,
        purpose: Purpose::Register,
        booked_on: None,
        choices: Choices::all(Choice::Agree),
        notice_version: "test".to_owned(),
        language: "ja".to_owned(),
        at: UnixMs(0),
    })
}

/// Presses 確定 as the PIN frame would; gives the HTTP status.
///
/// # Errors
/// When the helper does not answer.
pub async fn press_pin(ticket: &str, pin: &str, origin: &str) -> anyhow::Result<u16> {
    press(ticket, format!("{{\"pin\":\"{pin}\"}}"), origin).await
}

/// The same for the numbers on the card.
///
/// # Errors
/// When the helper does not answer.
pub async fn press_code(ticket: &str, code: &str, origin: &str) -> anyhow::Result<u16> {
    press(ticket, format!("{{\"code\":\"{code}\"}}"), origin).await
}

async fn press(ticket: &str, body: String, origin: &str) -> anyhow::Result<u16> {
    let own = format!("127.0.0.1:{HELPER_PORT}");
    let mut stream = TcpStream::connect(&own).await?;
    let head = format!(
        "POST /pin/{ticket} HTTP/1.1\r\nHost: {own}\r\nOrigin: {origin}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.context("no answer to the press")??;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).context("no status")?;
    Ok(status.parse()?)
}

/// The helper's own origin: the only one whose press counts.
#[must_use]
pub fn frame_origin() -> String {
    format!("http://127.0.0.1:{HELPER_PORT}")
}

/// Random text that no ticket can be.
#[must_use]
pub fn foreign_ticket() -> String {
    URL_SAFE_NO_PAD.encode([0_u8; 16])
}
