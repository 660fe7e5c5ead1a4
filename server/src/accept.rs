//! The accept loop: TLS, and a limit on everything that a peer may be slow at.
//!
//! First byte and TLS handshake share one deadline; the head has its own and a size, and the same timer closes an idle
//! connection that is kept alive; bodies are limited where they are read (`route`); a peer that does not take its answers is
//! closed ([`Paced`]). Connections are capped in all and per address (one more is closed at once). When all places are taken, the
//! oldest connection that has asked nothing makes room ([`Crowd`]), then the one that has been idle longest; only where a
//! request is at work on each of them do new ones wait.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::dressed::Dressed;
use crate::peer::{Peer, Presented, network_of};

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
    /// While answers wait for their peer so long in all, it takes [`Self::write_rate`] on an average.
    pub write_window: Duration,
    /// Bytes a second.
    pub write_rate: u32,
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
            write_window: Duration::from_secs(15),
            write_rate: 4096,
            connections: 4096,
            connections_per_address: 256,
            stop: Duration::from_millis(1500),
        }
    }
}

/// Serves until `stop` is done, then lets requests at work finish within [`Limits::stop`].
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(limits.connections));
    let (addresses, crowd) = (Addresses::default(), Crowd::default());
    let (mut none_accepted, mut too_many) = (Seldom::default(), Seldom::default());
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = next(&listener, &crowd, &mut none_accepted) => accepted,
        };
        let Some((stream, peer)) = accepted else { continue };
        let Some(place) = addresses.take(network_of(peer.ip()), limits.connections_per_address) else {
            if let Some(times) = too_many.is_due() {
                tracing::warn!(times, "too many connections of one address");
            }
            continue;
        };
        let permit = tokio::select! {
            () = &mut stop => break,
            permit = permit(&connections, &crowd) => permit,
        };
        let Some(permit) = permit else { break };
        let guest = Arc::new(crowd.enter());
        let connection = Connection { peer, router: router.clone(), limits, watcher: graceful.watcher(), guest: Arc::clone(&guest) };
        let tls = tls.clone();
        tokio::spawn(async move {
            let _held = (permit, place);
            tokio::select! {
                () = connection.run(stream, tls) => {}
                () = guest.is_asked_to_leave() => tracing::debug!("made room for another connection"),
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.stop, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests still at work");
    }
}

/// Waits for a connection. Where none can be accepted, one of those that rest makes room.
async fn next(listener: &TcpListener, crowd: &Crowd, said: &mut Seldom) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok(accepted) => Some(accepted),
        Err(cause) => {
            if let Some(times) = said.is_due() {
                tracing::warn!(%cause, times, "no connection could be accepted");
            }
            crowd.send_one_away();
            pause().await;
            None
        }
    }
}

/// A free place; where there is none, the next one that somebody leaves or is made to leave.
async fn permit(connections: &Arc<Semaphore>, crowd: &Crowd) -> Option<OwnedSemaphorePermit> {
    if let Ok(permit) = Arc::clone(connections).try_acquire_owned() {
        return Some(permit);
    }
    let free = Arc::clone(connections).acquire_owned();
    tokio::pin!(free);
    while !crowd.send_one_away() {
        tokio::select! {
            permit = &mut free => return permit.ok(),
            // One that was at work rests now.
            () = crowd.1.notified() => {}
        }
    }
    free.await.ok()
}

/// Out of descriptors or memory: nothing tells when there is one again, and asking at once would burn a core.
#[expect(clippy::disallowed_methods, reason = "nothing to wait for but time")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// Something that a flood makes happen often, and the log tells once a minute.
#[derive(Default)]
struct Seldom {
    told: Option<Instant>,
    times: u64,
}

impl Seldom {
    /// How often it happened since it was told last, when it is to be told now.
    fn is_due(&mut self) -> Option<u64> {
        self.times += 1;
        if self.told.is_some_and(|told| told.elapsed() < Duration::from_secs(60)) {
            return None;
        }
        self.told = Some(Instant::now());
        Some(std::mem::take(&mut self.times))
    }
}

/// The connections on which no request is at work: they make room for others.
#[derive(Clone, Default)]
struct Crowd(Arc<Mutex<Resting>>, Arc<Notify>);

/// Each by the order in which it began to rest.
#[derive(Default)]
struct Resting {
    next: u64,
    /// They have asked nothing yet.
    silent: BTreeMap<u64, Arc<Notify>>,
    /// They have, and were answered.
    idle: BTreeMap<u64, Arc<Notify>>,
}

/// One connection in the crowd; leaves it on drop.
struct Guest {
    crowd: Crowd,
    number: AtomicU64,
    leave: Arc<Notify>,
}

impl Crowd {
    fn resting(&self) -> MutexGuard<'_, Resting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) -> Guest {
        let mut resting = self.resting();
        let (number, leave) = (resting.number(), Arc::new(Notify::new()));
        resting.silent.insert(number, Arc::clone(&leave));
        Guest { crowd: self.clone(), number: AtomicU64::new(number), leave }
    }

    /// Asks the first of the silent ones to leave, or of the idle ones; false where nobody rests.
    fn send_one_away(&self) -> bool {
        let mut resting = self.resting();
        let first = resting.silent.pop_first().or_else(|| resting.idle.pop_first());
        first.is_some_and(|(_, leave)| {
            leave.notify_one();
            true
        })
    }
}

impl Resting {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn remove(&mut self, number: u64) {
        self.silent.remove(&number);
        self.idle.remove(&number);
    }
}

impl Guest {
    async fn is_asked_to_leave(&self) {
        self.leave.notified().await;
    }

    /// A request is at work: nobody takes its place.
    fn asks(self: &Arc<Self>) -> AtWork {
        self.crowd.resting().remove(self.number.load(Ordering::SeqCst));
        AtWork(Arc::clone(self))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.crowd.resting().remove(self.number.load(Ordering::SeqCst));
    }
}

/// A request at work, until its answer was handed over.
struct AtWork(Arc<Guest>);

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut resting = self.0.crowd.resting();
        let number = resting.number();
        self.0.number.store(number, Ordering::SeqCst);
        resting.idle.insert(number, Arc::clone(&self.0.leave));
        drop(resting);
        self.0.crowd.1.notify_one();
    }
}

/// The body of an answer, which keeps its request at work until it was handed over.
struct Answer {
    body: Body,
    _at_work: AtWork,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

struct Connection {
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    watcher: Watcher,
    guest: Arc<Guest>,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Small answers go out at once; a socket that refuses the option still works.
        let _ = stream.set_nodelay(true);
        let first_byte = self.limits.first_byte;
        let paced = Paced::new(stream, self.limits);
        match tls {
            Some(tls) => match tokio::time::timeout(first_byte, tls.accept(paced)).await {
                Ok(Ok(stream)) => {
                    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).map(|shown| Presented::new(shown));
                    self.http(Dressed::new(stream, true), shown).await;
                }
                Ok(Err(cause)) => tracing::debug!(%cause, "no TLS"),
                Err(_) => tracing::debug!("TLS too slow"),
            },
            // `readable` may say yes for nothing; a byte (or the end) cannot be mistaken.
            None => match tokio::time::timeout(first_byte, paced.stream.peek(&mut [0])).await {
                Ok(Ok(_)) => self.http(Dressed::new(paced, false), None).await,
                Ok(Err(cause)) => tracing::debug!(%cause, "no first byte"),
                Err(_) => tracing::debug!("first byte too late"),
            },
        }
    }

    async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S, shown: Option<Presented>) {
        let (peer, guest, router) = (Peer(self.peer), self.guest, self.router);
        let service = tower::service_fn(move |request: hyper::Request<Incoming>| {
            let at_work = guest.asks();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            if let Some(shown) = &shown {
                request.extensions_mut().insert(shown.clone());
            }
            let answer = router.clone().oneshot(request);
            async move { answer.await.map(|answer| answer.map(|body| Answer { body, _at_work: at_work })) }
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

/// A socket that gives up when its peer takes nothing for too long, or too little: under TLS, so that each byte taken counts.
struct Paced {
    stream: TcpStream,
    limits: Limits,
    /// Runs since the peer took nothing.
    stuck: Option<(Instant, Pin<Box<Sleep>>)>,
    /// How long answers waited for the peer since the rate was last looked at, and what it took in that time.
    waited: Duration,
    taken: u64,
}

impl Paced {
    fn new(stream: TcpStream, limits: Limits) -> Self {
        Self { stream, limits, stuck: None, waited: Duration::ZERO, taken: 0 }
    }

    /// Passes on what the socket said to a write, and ends a wait that is too long.
    #[expect(clippy::disallowed_methods, reason = "the limit is a parameter")]
    fn pace(&mut self, context: &mut Context<'_>, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let too_slow = |what| Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, what)));
        if let Poll::Ready(result) = wrote {
            self.waited += self.stuck.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
            self.taken += result.as_ref().map_or(0, |bytes| u64::try_from(*bytes).unwrap_or(u64::MAX));
            if self.waited < self.limits.write_window {
                return Poll::Ready(result);
            }
            let (waited, taken) = (std::mem::take(&mut self.waited), std::mem::take(&mut self.taken));
            let wanted = u128::from(self.limits.write_rate) * waited.as_millis() / 1000;
            return if u128::from(taken) < wanted { too_slow("the peer takes answers too slowly") } else { Poll::Ready(result) };
        }
        let limit = self.limits.write;
        let (_, stuck) = self.stuck.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(limit))));
        match stuck.as_mut().poll(context) {
            Poll::Ready(()) => too_slow("the peer takes no answer"),
            Poll::Pending => Poll::Pending,
        }
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
