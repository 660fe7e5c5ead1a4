//! One kept-alive connection that speaks plain HTTP/1.1, from an address of its choice.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::served::ORIGIN;

/// Without an answer for so long a call counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `Retry-After` was said.
    pub(crate) says_when: bool,
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Connects from an address of loopback.
pub(crate) async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Client {
    pub(crate) async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<Self> {
        Ok(Self { stream: connect(from, to).await?, buffer: Vec::with_capacity(8192) })
    }

    /// `headers`: further lines, each with its end.
    pub(crate) async fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> io::Result<Answer> {
        let host = ORIGIN.trim_start_matches("http://");
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: {ORIGIN}\r\nx-uketsuke-page: 1\r\ncontent-type: application/json\r\n{headers}\
             content-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        let call = async {
            self.stream.write_all(&request).await?;
            self.read().await
        };
        tokio::time::timeout(PATIENCE, call).await.map_err(io::Error::other)?
    }

    async fn read(&mut self) -> io::Result<Answer> {
        let cut = || io::Error::other("cut");
        self.buffer.clear();
        let head = loop {
            if let Some(place) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break place;
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(cut());
            }
        };
        let text = String::from_utf8_lossy(self.buffer.get(..head).unwrap_or_default()).to_ascii_lowercase();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
        let length: usize = field("content-length:").map_or(Some(0), |length| length.parse().ok()).ok_or_else(cut)?;
        let says_when = field("retry-after:").is_some();
        // As it was written: a cookie's value has small and capital letters.
        let written = String::from_utf8_lossy(self.buffer.get(..head).unwrap_or_default()).into_owned();
        let cookies = written.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie:"));
        let cookies: Vec<&str> =
            cookies.filter_map(|line| line.split_once(':')).filter_map(|(_, value)| value.trim().split(';').next()).collect();
        let cookie = if cookies.is_empty() { None } else { Some(cookies.join("; ")) };
        while self.buffer.len() < head + 4 + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(cut());
            }
        }
        let body = self.buffer.get(head + 4..head + 4 + length).unwrap_or_default().to_vec();
        Ok(Answer { status, says_when, cookie, body })
    }
}
