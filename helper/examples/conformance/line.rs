//! A page's end of the line, by hand: bytes on a socket, so that a case can also send what no proper client would.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use shared::reader::ErrorCode;

/// The key and its answer from RFC 6455 §1.3: a handshake that proves nothing needs no chance.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pplmbitxaq9kygzzhzrbk+xoo=";

/// What is tried.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Address of the helper.
    pub(crate) address: SocketAddr,
    /// Path of the WebSocket.
    pub(crate) path: String,
    /// A page that is allowed.
    pub(crate) origin: String,
    /// A page that is not.
    pub(crate) foreign: String,
    /// Longest wait for what should come.
    pub(crate) patience: Duration,
}

/// Why a case did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Miss {
    /// The helper does otherwise.
    Fail(String),
    /// It cannot be tried here.
    Skip(String),
}

impl From<std::io::Error> for Miss {
    fn from(error: std::io::Error) -> Self {
        let what = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => "nothing came in time".to_owned(),
            _ => error.to_string(),
        };
        Self::Fail(what)
    }
}

/// Result of a step.
pub(crate) type Tried<T = ()> = Result<T, Miss>;

/// A failure that says what was seen.
pub(crate) fn fail<T>(what: impl Into<String>) -> Tried<T> {
    Err(Miss::Fail(what.into()))
}

/// Passes when it is so.
pub(crate) fn demand(is_so: bool, what: impl FnOnce() -> String) -> Tried {
    if is_so { Ok(()) } else { fail(what()) }
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// 0 when the connection ended without one.
    pub(crate) status: u16,
    /// Small letters.
    pub(crate) head: String,
    /// As text, for looking into it.
    pub(crate) body: String,
}

impl Target {
    /// Host and port as a browser writes them.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Opens a plain connection.
    pub(crate) fn dial(&self) -> Tried<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, self.patience)?;
        stream.set_read_timeout(Some(self.patience))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// One request with these head lines, over a connection of its own.
    pub(crate) fn http(&self, method: &str, path: &str, head: &[(&str, &str)], body: &str) -> Tried<Answer> {
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        for (name, value) in head {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        if !head.iter().any(|(name, _)| *name == "Connection") {
            text.push_str("Connection: close\r\n");
        }
        let mut stream = self.dial()?;
        stream.write_all(format!("{text}\r\n{body}").as_bytes())?;
        let bytes = until_end_or_upgrade(&mut stream)?;
        Ok(answer(&bytes))
    }

    /// A handshake with this Host and Origin.
    pub(crate) fn handshake(&self, host: &[&str], origin: &[&str], more: &[(&str, &str)]) -> Tried<Answer> {
        let mut head: Vec<(&str, &str)> = host.iter().map(|host| ("Host", *host)).collect();
        head.extend(origin.iter().map(|origin| ("Origin", *origin)));
        head.extend(UPGRADE);
        head.extend(more);
        self.http("GET", &self.path, &head, "")
    }
}

/// What a browser sends beside Host and Origin.
const UPGRADE: [(&str, &str); 4] =
    [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY)];

fn until_end_or_upgrade(stream: &mut TcpStream) -> Tried<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let is_upgrade = bytes.starts_with(b"HTTP/1.1 101") && bytes.windows(4).any(|end| end == b"\r\n\r\n");
        if is_upgrade {
            return Ok(bytes);
        }
        match stream.read(&mut piece) {
            Ok(0) => return Ok(bytes),
            // A refusal may come with the rest of the request unread.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(bytes),
            Err(error) => return Err(error.into()),
            Ok(length) => bytes.extend(piece.iter().take(length)),
        }
    }
}

fn answer(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// A message from the helper.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A frame of the protocol, already checked for its shape.
    Frame(Value),
    /// A ping; it was answered.
    Ping,
    /// A pong with its payload.
    Pong(Vec<u8>),
    /// The end, with the close code where one was given.
    Closed(Option<u16>),
}

/// A connected page. Everything it hears is checked: kinds of frames, keys of failures, numbers of events.
#[derive(Debug)]
pub(crate) struct Page {
    stream: TcpStream,
    bytes: VecDeque<u8>,
    id: u64,
    seq: u64,
    /// As last told.
    pub(crate) state: Value,
    kept: VecDeque<Value>,
    is_over: bool,
}

impl Page {
    /// Connects as the allowed page.
    pub(crate) fn connect(target: &Target) -> Tried<Self> {
        match Self::try_connect(target, &target.origin)? {
            Ok(page) => Ok(page),
            Err(status) => fail(format!("the handshake was answered with {status}")),
        }
    }

    /// Connects, or gives the status of the refusal.
    pub(crate) fn try_connect(target: &Target, origin: &str) -> Tried<Result<Self, u16>> {
        let mut stream = target.dial()?;
        let upgrade: String = UPGRADE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("GET {} HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\n{upgrade}\r\n", target.path, target.host());
        stream.write_all(head.as_bytes())?;
        // Byte by byte: what follows the head belongs to the frames.
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
            bytes.extend(byte);
        }
        let answer = answer(&bytes);
        if answer.status != 101 {
            return Ok(Err(answer.status));
        }
        demand(answer.head.contains(&format!("sec-websocket-accept: {ACCEPT}")), || format!("a wrong accept key: {}", answer.head))?;
        Ok(Ok(Self { stream, bytes: VecDeque::new(), id: 0, seq: 0, state: Value::Null, kept: VecDeque::new(), is_over: false }))
    }

    /// Connects and says hello.
    pub(crate) fn greeted(target: &Target) -> Tried<Self> {
        let mut page = Self::connect(target)?;
        let id = page.ask(json!({"op": "hello", "versions": [1], "lang": "ja"}))?;
        let hello = page.answer(id)?;
        page.state = hello["ok"]["hello"]["state"].clone();
        demand(page.state.is_object(), || format!("no hello: {hello}"))?;
        Ok(page)
    }

    /// The same connection for a thread beside this one, which only sends.
    pub(crate) fn sender(&self) -> Tried<Self> {
        let (bytes, kept) = (VecDeque::new(), VecDeque::new());
        Ok(Self { stream: self.stream.try_clone()?, bytes, id: self.id, seq: 0, state: Value::Null, kept, is_over: true })
    }

    /// Sends a request with the next id.
    pub(crate) fn ask(&mut self, mut op: Value) -> Tried<u64> {
        self.id += 1;
        op["v"] = json!(1);
        op["id"] = json!(self.id);
        self.send(&op.to_string())?;
        Ok(self.id)
    }

    /// Sends a text.
    pub(crate) fn send(&mut self, text: &str) -> Tried {
        self.send_raw(0x81, true, text.as_bytes())
    }

    /// Sends one frame of RFC 6455 with this first byte.
    pub(crate) fn send_raw(&mut self, first: u8, is_masked: bool, payload: &[u8]) -> Tried {
        self.send_header(first, is_masked, payload.len() as u64)?;
        // A mask of zeros changes nothing, and is one.
        self.write(payload)
    }

    /// Sends the beginning of a frame that announces this length.
    pub(crate) fn send_header(&mut self, first: u8, is_masked: bool, length: u64) -> Tried {
        let mask = if is_masked { 0x80 } else { 0 };
        let mut header = vec![first];
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(length @ 0..=125), _) => header.push(mask | length),
            (_, Ok(length)) => {
                header.push(mask | 126);
                header.extend(length.to_be_bytes());
            }
            _ => {
                header.push(mask | 127);
                header.extend(length.to_be_bytes());
            }
        }
        if is_masked {
            header.extend([0; 4]);
        }
        self.write(&header)
    }

    fn write(&mut self, bytes: &[u8]) -> Tried {
        match self.stream.write_all(bytes) {
            // Closed by the helper: what it said before still has to be read.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => Ok(()),
            done => Ok(done?),
        }
    }

    /// The next thing that the helper sends.
    pub(crate) fn hear(&mut self) -> Tried<Heard> {
        let Some([first, second]) = self.take()? else { return Ok(self.over(None)) };
        demand(first & 0x70 == 0, || format!("reserved bits are set: {first:02x}"))?;
        demand(second & 0x80 == 0, || "a masked frame from the helper".to_owned())?;
        demand(first & 0x80 != 0, || "a fragmented frame from the helper".to_owned())?;
        let length = match second {
            126 => self.take()?.map(|bytes: [u8; 2]| usize::from(u16::from_be_bytes(bytes))),
            127 => self.take()?.and_then(|bytes: [u8; 8]| usize::try_from(u64::from_be_bytes(bytes)).ok()),
            length => Some(usize::from(length)),
        };
        let Some(length) = length.filter(|length| *length < 1 << 20) else { return fail("a frame of more than a mebibyte") };
        let Some(payload) = self.take_many(length)? else { return Ok(self.over(None)) };
        match first & 0x0F {
            1 => {
                let frame = serde_json::from_slice(&payload).or_else(|_| fail("a frame that is no JSON"))?;
                self.check(&frame)?;
                Ok(Heard::Frame(frame))
            }
            8 => Ok(self.over(payload.first_chunk::<2>().map(|code| u16::from_be_bytes(*code)))),
            9 => {
                self.send_raw(0x8A, true, &payload)?;
                Ok(Heard::Ping)
            }
            10 => Ok(Heard::Pong(payload)),
            other => fail(format!("a frame of kind {other}")),
        }
    }

    fn over(&mut self, code: Option<u16>) -> Heard {
        self.is_over = true;
        Heard::Closed(code)
    }

    fn take<const N: usize>(&mut self) -> Tried<Option<[u8; N]>> {
        Ok(self.take_many(N)?.and_then(|bytes| bytes.try_into().ok()))
    }

    fn take_many(&mut self, count: usize) -> Tried<Option<Vec<u8>>> {
        let mut piece = [0; 4096];
        while self.bytes.len() < count {
            match self.stream.read(&mut piece) {
                Ok(0) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error.into()),
                Ok(length) => self.bytes.extend(piece.iter().take(length)),
            }
        }
        Ok(Some(self.bytes.drain(..count).collect()))
    }

    /// Looks at the shape of a frame (§2.3, §2.4, §8).
    fn check(&mut self, frame: &Value) -> Tried {
        let keys: Vec<&str> = frame.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        let kinds = ["ack", "ok", "err", "ev"].iter().filter(|kind| keys.contains(*kind)).count();
        demand(kinds == 1, || format!("not one kind of frame: {frame}"))?;
        if keys.contains(&"ev") {
            self.seq += 1;
            demand(frame["seq"] == json!(self.seq), || format!("event {} where {} was due", frame["seq"], self.seq))?;
            if frame["ev"] == "state" {
                self.state = frame["state"].clone();
            }
            return demand(frame["ev"] != "progress", || format!("a step of a card without a press: {frame}"));
        }
        demand(frame["id"].is_u64() && keys.len() == 2, || format!("not an answer: {frame}"))?;
        if keys.contains(&"err") { check_failure(&frame["err"]) } else { Ok(()) }
    }

    /// Hears until a frame is good; other frames are kept.
    pub(crate) fn until<T>(&mut self, what: &str, good: impl Fn(&Value) -> Option<T>) -> Tried<T> {
        if let Some((at, found)) = self.kept.iter().enumerate().find_map(|(at, frame)| Some((at, good(frame)?))) {
            self.kept.remove(at);
            return Ok(found);
        }
        loop {
            match self.hear()? {
                Heard::Frame(frame) => match good(&frame) {
                    Some(found) => return Ok(found),
                    None => self.kept.push_back(frame),
                },
                Heard::Ping | Heard::Pong(_) => {}
                Heard::Closed(code) => return fail(format!("closed ({code:?}) while waiting for {what}")),
            }
        }
    }

    /// The one answer of a request.
    pub(crate) fn answer(&mut self, id: u64) -> Tried<Value> {
        self.until("an answer", |frame| (frame["id"] == json!(id) && frame["ack"].is_null()).then(|| frame.clone()))
    }

    /// The code of the answer, or `ok`.
    pub(crate) fn code(&mut self, id: u64) -> Tried<String> {
        let answer = self.answer(id)?;
        Ok(answer["err"]["code"].as_str().unwrap_or("ok").to_owned())
    }

    /// The answer or the offer of the frame, whichever comes: a code, `ok` or `asked`; and the frame itself.
    pub(crate) fn outcome(&mut self, id: u64) -> Tried<(String, Value)> {
        self.until("an outcome", |frame| {
            if frame["ev"] == "pin_needed" && frame["for"] == json!(id) {
                return Some(("asked".to_owned(), frame.clone()));
            }
            let is_answer = frame["id"] == json!(id) && frame["ack"].is_null();
            is_answer.then(|| (frame["err"]["code"].as_str().unwrap_or("ok").to_owned(), frame.clone()))
        })
    }

    /// Waits until the state is good.
    pub(crate) fn sees(&mut self, what: &str, good: impl Fn(&Value) -> bool) -> Tried {
        while !good(&self.state) {
            match self.hear()? {
                Heard::Frame(frame) if frame["ev"] == "state" => {}
                Heard::Frame(frame) => self.kept.push_back(frame),
                Heard::Ping | Heard::Pong(_) => {}
                Heard::Closed(code) => return fail(format!("closed ({code:?}) while waiting for {what}")),
            }
        }
        Ok(())
    }

    /// Reads on until the helper closes; gives the close code.
    pub(crate) fn until_closed(&mut self) -> Tried<Option<u16>> {
        loop {
            if let Heard::Closed(code) = self.hear()? {
                return Ok(code);
            }
        }
    }

    /// A request and its answer: everything that the helper sent before has been heard then.
    pub(crate) fn is_alive(&mut self) -> Tried {
        let id = self.ask(json!({"op": "cancel", "target": 0}))?;
        let code = self.code(id)?;
        demand(code == "ok", || format!("a later request got {code}"))
    }

    /// The number of the last request.
    pub(crate) fn last_id(&self) -> u64 {
        self.id
    }

    /// Goes on with a number of one's choice.
    pub(crate) fn set_id(&mut self, id: u64) {
        self.id = id;
    }
}

impl Drop for Page {
    /// Says goodbye and waits for the helper's: the next case begins when this page is gone.
    fn drop(&mut self) {
        if !self.is_over {
            let _ = self.send_raw(0x88, true, &1000_u16.to_be_bytes());
            let _ = self.stream.shutdown(std::net::Shutdown::Write);
            let mut piece = [0; 4096];
            while self.stream.read(&mut piece).is_ok_and(|length| length > 0) {}
        }
    }
}

/// Every failure has its keys, a known code, and says that no try was spent: this program presses nothing.
fn check_failure(failure: &Value) -> Tried {
    let known = ErrorCode::ALL.iter().find(|code| serde_json::to_value(code).is_ok_and(|word| word == failure["code"]));
    let Some(code) = known else { return fail(format!("an unknown code: {failure}")) };
    demand(failure["retriable"] == json!(code.retriable()), || format!("retriable is not as in the table: {failure}"))?;
    demand(failure["try_spent"] == "no", || format!("a try was spent without a press: {failure}"))?;
    let keys = failure.as_object().map_or(0, serde_json::Map::len);
    let allowed = if failure["tries_left"].is_null() { 3 } else { 4 };
    demand(keys == allowed, || format!("other keys than those of a failure: {failure}"))
}
