//! The answers that the HTTP library writes by itself (400, 431 and their like, to what is no request) get the security headers of every
//! other answer. It writes them past the router, so they are found on their way to the peer: a whole head without those headers.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::headers;

/// A connection under the HTTP library.
pub(crate) struct Dressed<S> {
    stream: S,
    is_tls: bool,
    /// What is still to be written of an answer with headers.
    late: Vec<u8>,
}

impl<S: AsyncWrite + Unpin> Dressed<S> {
    pub(crate) fn new(stream: S, is_tls: bool) -> Self {
        Self { stream, is_tls, late: Vec::new() }
    }

    fn write_late(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.late.is_empty() {
            let wrote = ready!(Pin::new(&mut self.stream).poll_write(context, &self.late))?;
            if wrote == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.late.drain(..wrote);
        }
        Poll::Ready(Ok(()))
    }
}

/// The same head with the headers, where it is one of the library's own.
fn dressed(bytes: &[u8], is_tls: bool) -> Option<Vec<u8>> {
    let head = std::str::from_utf8(bytes).ok().filter(|text| text.starts_with("HTTP/1.1 4"))?.strip_suffix("\r\n\r\n")?;
    let is_own = !head.contains("\r\n\r\n") && !head.contains("\r\nx-content-type-options:");
    is_own.then(|| format!("{head}\r\n{}\r\n", headers::of_own_answers(is_tls)).into_bytes())
}

impl<S: AsyncRead + Unpin> AsyncRead for Dressed<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Dressed<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.write_late(context))?;
        let Some(late) = dressed(bytes, self.is_tls) else {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        };
        self.late = late;
        // What does not go out now goes with the flush that follows.
        match self.write_late(context) {
            Poll::Ready(Err(why)) => Poll::Ready(Err(why)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        ready!(self.write_late(context))?;
        match slices {
            [only] => self.poll_write(context, only),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.write_late(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.write_late(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_library_says_by_itself_is_dressed() {
        let own = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let text = String::from_utf8(dressed(own, true).unwrap()).unwrap();
        assert!(text.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\n") && text.matches("\r\n\r\n").count() == 1, "{text}");
        assert!(text.contains("\r\nstrict-transport-security: "), "{text}");
        assert!(!String::from_utf8(dressed(own, false).unwrap()).unwrap().contains("strict-transport-security"));
        for other in [
            &b"HTTP/1.1 404 Not Found\r\nx-content-type-options: nosniff\r\n\r\n"[..],
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\n\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 431 x\r\n",
            b"",
        ] {
            assert_eq!(dressed(other, true), None, "{}", String::from_utf8_lossy(other));
        }
    }
}
