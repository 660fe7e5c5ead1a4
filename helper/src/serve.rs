//! The HTTP side: sockets, limits, the gate in app of every route.
//!
//! One thread serves everybody, so nothing on it waits for the system: whose a connection is and whether a list changed is looked up on
//! another one.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::get;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use shared::reader::{FRAME_MAX, VERSION, WS_PATH};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{debug, info, warn};

use crate::app::{App, Refusals};
use crate::gate::{Gate, Origin, Refusal, Visitor};
use crate::sockets::{Peer, Whose};
use crate::wire::Meter;
use crate::{photo, pin, wire};

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Longest head of a request, bytes.
const HEAD_MAX: usize = 16 * 1024;
/// Pause after a failed accept (no more descriptors, for one).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections of other users that are told that they may not, at once; more are closed without a word.
const STRANGERS: usize = 8;

/// A connection, as its requests need to know it.
#[derive(Clone)]
struct Line {
    /// It is of the user that runs this program. Loopback is open to every user of the machine; only that one is served, the superuser
    /// no more than others.
    is_ours: bool,
    /// `https` when it is encrypted.
    scheme: &'static str,
    meter: Meter,
}

/// A stream that ends when more comes than one request or message can need: a message may come in pieces, and pieces may be empty, so
/// its own length says nothing of how many there are.
struct Metered<S> {
    stream: S,
    meter: Meter,
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let came = buf.filled().len() - before;
        let is_too_much = !self.meter.count(came);
        Poll::Ready(if is_too_much { Err(io::Error::other("too much for one message")) } else { Ok(()) })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// All routes, behind the gate.
pub(crate) fn router(app: App) -> Router {
    let asset = |kind: &'static str, text: &'static str| get(async move || ([(CONTENT_TYPE, kind)], text));
    Router::new()
        .route("/", get(status_page))
        .route("/health", get(health))
        .route(WS_PATH, get(connect))
        .route("/pin/{ticket}", get(pin::show).post(pin::press))
        // A photo is given away once: a question about it (HEAD) is answered, and is not the one.
        .route("/photo/{ticket}", get(photo::give).head(photo::head))
        .route("/pin-assets/pin.css", asset("text/css; charset=utf-8", include_str!("pin.css")))
        .route("/pin-assets/pin.js", asset("text/javascript; charset=utf-8", include_str!("pin.js")))
        .route("/pin-assets/face.js", asset("text/javascript; charset=utf-8", include_str!("face.js")))
        .route("/pin-assets/frame.js", asset("text/javascript; charset=utf-8", include_str!("frame.js")))
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// Lets through whom the gate lets through, and puts the headers on every answer, refusals included.
async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    // What of the request is looked at must not be held while the list is.
    let allowed = app.list.look().await;
    let mut response = match judge(&app.gate, &allowed, &request) {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor);
            next.run(request).await
        }
        Err(refusal) => {
            app.refusals.note(refusal.for_the_log());
            refuse(refusal)
        }
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CORP, "same-origin"),
        (REFERRER_POLICY, "same-origin"),
        (VARY, "origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'self'; frame-ancestors 'none'");
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    response
}

/// Host, then Origin, then the other end's user. The list was read anew: whoever asks anything also ends the connections of pages
/// that may no more.
fn judge(gate: &Gate, allowed: &[Origin], request: &Request) -> Result<Visitor, Refusal> {
    let line = request.extensions().get::<Line>().ok_or(Refusal::OtherUser)?;
    let visitor = gate.judge(line.scheme, allowed, request.method(), request.uri(), request.headers())?;
    if line.is_ours { Ok(visitor) } else { Err(Refusal::OtherUser) }
}

/// Always the same answer, and no second request: it tells nothing of readers, cards or routes.
fn refuse(refusal: Refusal) -> Response {
    (refusal.status(), [(CONNECTION, "close")]).into_response()
}

async fn status_page() -> Html<&'static str> {
    Html(include_str!("status.html"))
}

/// Tells an allowed page that the program runs, and whether a socket would find room: what it needs to say why its own does not open.
async fn health(State(app): State<App>, request: Request) -> Response {
    let Some(Visitor::Allowed(origin)) = request.extensions().get::<Visitor>() else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let room = app.clients.available_permits() > 0;
    let body = Json(serde_json::json!({ "ok": true, "program": "uketsuke-helper", "version": VERSION, "room": room }));
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_str().to_owned())], body).into_response()
}

/// `GET /v1`: the WebSocket, for allowed pages, as long as there is room.
async fn connect(
    State(app): State<App>,
    axum::Extension(visitor): axum::Extension<Visitor>,
    axum::Extension(line): axum::Extension<Line>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Visitor::Allowed(origin) = visitor else { return StatusCode::FORBIDDEN.into_response() };
    let Ok(permit) = Arc::clone(&app.clients).try_acquire_owned() else {
        app.refusals.note("a page more than there is room for");
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    upgrade
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX)
        .read_buffer_size(FRAME_MAX)
        .write_buffer_size(0)
        .max_write_buffer_size(64 * 1024)
        .on_upgrade(async move |socket| {
            wire::run(socket, origin, app.hub, app.list, app.limits, line.meter).await;
            drop(permit);
        })
}

/// Opens a listener. The port is ours alone, or nobody's.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// What every connection meets first.
#[derive(Clone)]
pub(crate) struct Entrance {
    pub(crate) router: Router,
    pub(crate) whose: Whose,
    /// Places of connections that are no WebSockets yet.
    pub(crate) places: Arc<Semaphore>,
    /// Places of other users, apart, so that none takes one of ours.
    pub(crate) strangers: Arc<Semaphore>,
    pub(crate) refusals: Refusals,
    pub(crate) handshake: Duration,
    pub(crate) tls: Tls,
}

impl Entrance {
    pub(crate) fn strangers() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(STRANGERS))
    }

    /// Takes the next connection and a place for it, ours or a stranger's. Whose it is comes first: who is not served must not make
    /// anyone wait who is. `None` for a stranger too many.
    async fn next(&self, listener: &TcpListener) -> io::Result<Option<(TcpStream, bool, OwnedSemaphorePermit)>> {
        static SAID: Once = Once::new();
        let (stream, remote) = listener.accept().await?;
        let (local, whose) = (stream.local_addr()?, self.whose);
        let peer = spawn_blocking(move || whose(local, remote)).await.unwrap_or(Peer::Unknown);
        if peer == Peer::Unknown {
            SAID.call_once(|| warn!("the system does not say who connects: uketsuke-helper doctor"));
        }
        if peer.is_served() {
            // Ours: no flood of our own grows without limit either.
            let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| io::Error::other("no more places"))?;
            return Ok(Some((stream, true, place)));
        }
        let place = Arc::clone(&self.strangers).try_acquire_owned().ok();
        if place.is_none() {
            self.refusals.note("a connection of another user, closed at once");
        }
        Ok(place.map(|place| (stream, false, place)))
    }
}

/// Accepts until the end is told.
pub(crate) async fn accept(listener: TcpListener, entrance: Entrance, mut ended: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = is_over(&mut ended) => return,
            accepted = entrance.next(&listener) => match accepted {
                Ok(None) => {}
                Ok(Some((stream, is_ours, place))) => {
                    let line = Line { is_ours, scheme: "http", meter: Meter::default() };
                    tokio::spawn(serve(stream, line, entrance.clone(), place, ended.clone()));
                }
                Err(error) => {
                    info!(%error, "a connection could not be accepted");
                    drop(timeout(ACCEPT_PAUSE, is_over(&mut ended)).await);
                }
            }
        }
    }
}

/// What encrypts connections that begin so; without it all are plain.
#[cfg(feature = "tls")]
pub(crate) type Tls = Option<tokio_rustls::TlsAcceptor>;
/// This build encrypts nothing.
#[cfg(not(feature = "tls"))]
#[derive(Clone)]
pub(crate) struct Tls;

/// Serves one connection, plain or encrypted: its first byte tells.
async fn serve(stream: TcpStream, line: Line, entrance: Entrance, place: OwnedSemaphorePermit, mut ended: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "small packets will wait");
    }
    let Entrance { router, handshake, tls, .. } = entrance;
    let spoken = async {
        #[cfg(feature = "tls")]
        if let Some(tls) = tls {
            /// First byte of a TLS handshake; no HTTP method begins with it.
            const HANDSHAKE: u8 = 0x16;
            let mut first = [0];
            // Nothing sent, nothing served: the same limit as for a head.
            let Ok(Ok(1)) = timeout(handshake, stream.peek(&mut first)).await else { return };
            if first == [HANDSHAKE] {
                match timeout(handshake, tls.accept(stream)).await {
                    Ok(Ok(stream)) => speak(stream, Line { scheme: "https", ..line }, router, handshake).await,
                    Ok(Err(error)) => debug!(%error, "no TLS with this peer"),
                    Err(_) => debug!("the peer did not finish the TLS handshake"),
                }
                return;
            }
        }
        #[cfg(not(feature = "tls"))]
        let Tls = tls;
        speak(stream, line, router, handshake).await;
    };
    tokio::select! {
        () = is_over(&mut ended) => {}
        () = spoken => {}
    }
    drop(place);
}

/// Speaks HTTP on a connection; the time until the head is there is limited, also between requests.
async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, line: Line, router: Router, handshake: Duration) {
    let router = TowerToHyperService::new(router);
    let stream = Metered { stream, meter: line.meter.clone() };
    let service = service_fn(move |mut request: Request<Incoming>| {
        line.meter.reset();
        request.extensions_mut().insert(line.clone());
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(handshake)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = connection.await {
        debug!(%error, "connection ended early");
    }
}

async fn is_over(ended: &mut watch::Receiver<bool>) {
    drop(ended.wait_for(|ended| *ended).await);
}
