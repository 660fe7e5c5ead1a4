//! The accept loop: TLS, and a limit on everything that a peer may be slow at.
//!
//! First byte and TLS handshake share one deadline; the head has its own and a size, and the same timer closes an idle
//! connection that is kept alive; bodies are limited where they are read (`route`); a peer that does not take its answers is
//! closed ([`Paced`]). Connections are capped in all (a permit is taken before accepting, so the rest waits in the kernel)
//! and per address (one more is closed at once).

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::peer::{Peer, network_of};

/// What a peer may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From accept to the first byte of plain http, or to the end of the TLS handshake.
    pub first_byte: Duration,
    /// For a request's head, also while a kept-alive connection is idle.
    pub head: Duration,
    /// Bytes of a head; at least 8,192.
    pub head_bytes: usize,
    /// For a request's body.
    pub body: Duration,
    /// Without a byte of an answer being taken.
    pub write: Duration,
    /// Connections in all.
    pub connections: usize,
    /// Connections of one address; of IPv6, of one /64.
    pub connections_per_address: usize,
    /// For requests at work when the server stops.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(10),
            head: Duration::from_secs(10),
            head_bytes: 16 * 1024,
            body: Duration::from_secs(15),
            write: Duration::from_secs(30),
            connections: 4096,
            connections_per_address: 256,
            stop: Duration::from_millis(1500),
        }
    }
}

/// Serves until `stop` is done, then lets requests at work finish within [`Limits::stop`].
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(limits.connections));
    let addresses = Addresses::default();
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = next(&listener, &connections) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
        let Some(place) = addresses.take(network_of(peer.ip()), limits.connections_per_address) else {
            tracing::warn!("too many connections of one address");
            continue;
        };
        let connection = Connection { peer, router: router.clone(), limits, watcher: graceful.watcher() };
        let tls = tls.clone();
        tokio::spawn(async move {
            let _held = (permit, place);
            connection.run(stream, tls).await;
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.stop, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests still at work");
    }
}

/// Waits for a permit, then for a connection.
async fn next(listener: &TcpListener, connections: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, permit)),
        Err(cause) => {
            tracing::warn!(%cause, "no connection could be accepted");
            pause().await;
            None
        }
    }
}

/// Out of descriptors or memory: nothing tells when there is one again, and asking at once would burn a core.
#[expect(clippy::disallowed_methods, reason = "nothing to wait for but time")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

struct Connection {
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    watcher: Watcher,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Small answers go out at once; a socket that refuses the option still works.
        let _ = stream.set_nodelay(true);
        let Limits { first_byte, write, .. } = self.limits;
        match tls {
            Some(tls) => match tokio::time::timeout(first_byte, tls.accept(Paced::new(stream, write))).await {
                Ok(Ok(stream)) => self.http(stream).await,
                Ok(Err(cause)) => tracing::debug!(%cause, "no TLS"),
                Err(_) => tracing::debug!("TLS too slow"),
            },
            // `readable` may say yes for nothing; a byte (or the end) cannot be mistaken.
            None => match tokio::time::timeout(first_byte, stream.peek(&mut [0])).await {
                Ok(Ok(_)) => self.http(Paced::new(stream, write)).await,
                Ok(Err(cause)) => tracing::debug!(%cause, "no first byte"),
                Err(_) => tracing::debug!("first byte too late"),
            },
        }
    }

    async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) {
        let peer = Peer(self.peer);
        let service = self.router.map_request(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            request
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_buf_size(self.limits.head_bytes.max(8192))
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        if let Err(cause) = self.watcher.watch(connection).await {
            tracing::debug!(%cause, "connection ended");
        }
    }
}

/// A socket that gives up when its peer takes nothing for too long: under TLS, so that each byte taken counts.
struct Paced {
    stream: TcpStream,
    limit: Duration,
    /// Runs since the peer took nothing.
    stuck: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    fn new(stream: TcpStream, limit: Duration) -> Self {
        Self { stream, limit, stuck: None }
    }

    /// Passes on what the socket said to a write, and ends a wait that is too long.
    #[expect(clippy::disallowed_methods, reason = "the limit is a parameter")]
    fn pace<T>(&mut self, context: &mut Context<'_>, wrote: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.stuck = None;
            return wrote;
        }
        let limit = self.limit;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        stuck.as_mut().poll(context).map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the peer takes no answer")))
    }
}

impl AsyncRead for Paced {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.pace(context, wrote)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.pace(context, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // A socket has nothing to flush: what is pending is pending in a write.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Connections per address.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place; given back on drop, also when its task dies.
struct Place {
    address: IpAddr,
    addresses: Addresses,
}

impl Addresses {
    fn take(&self, address: IpAddr, most: usize) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { address, addresses: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}
