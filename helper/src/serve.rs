//! The HTTP side: sockets, limits, the gate in front of every route.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Once, OnceLock};
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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tracing::{debug, info, warn};

use crate::allow::List;
use crate::gate::{Gate, Refusal, Visitor};
use crate::hub::Hub;
use crate::sockets::{self, Peer};
use crate::{photo, pin, wire};

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Longest head of a request, bytes.
const HEAD_MAX: usize = 16 * 1024;
/// Pause after a failed accept (no more descriptors, for one).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What every route needs.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) gate: Arc<Gate>,
    pub(crate) list: Arc<List>,
    pub(crate) hub: Hub,
    pub(crate) clients: Arc<Semaphore>,
    pub(crate) limits: wire::Limits,
}

/// Both ends of a connection, and what the system says of their owners, asked once.
#[derive(Clone)]
struct Ends {
    local: SocketAddr,
    remote: SocketAddr,
    judged: Arc<OnceLock<Peer>>,
    /// `https` when it is encrypted.
    scheme: &'static str,
}

impl Ends {
    /// Loopback is open to every user of the machine; only the one that runs this program is served, the superuser no more than others.
    /// Where the system does not say, everyone is: `doctor` tells.
    fn are_of_one_user(&self) -> bool {
        static SAID: Once = Once::new();
        let peer = *self.judged.get_or_init(|| sockets::peer(self.local, self.remote));
        if peer == Peer::Unknown {
            SAID.call_once(|| warn!("this system does not say who connects: other users of this machine are not told apart"));
        }
        peer != Peer::Other
    }
}

/// All routes, behind the gate.
pub(crate) fn router(front: Front) -> Router {
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
        .layer(from_fn_with_state(front.clone(), guard))
        .with_state(front)
}

/// Lets through whom the gate lets through, and puts the headers on every answer, refusals included.
async fn guard(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    let mut response = match judge(&front, &request) {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor);
            next.run(request).await
        }
        Err(refusal) => refuse(refusal),
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

/// Host, then Origin, then the other end's user. The list is read anew: whoever asks anything also ends the connections of pages
/// that may no more.
fn judge(front: &Front, request: &Request) -> Result<Visitor, Refusal> {
    let ends = request.extensions().get::<Ends>().ok_or(Refusal::OtherUser)?;
    let visitor = front.gate.judge(ends.scheme, &front.list.current(), request.method(), request.uri(), request.headers())?;
    if ends.are_of_one_user() { Ok(visitor) } else { Err(Refusal::OtherUser) }
}

/// Always the same answer, and no second request: it tells nothing of readers, cards or routes.
/// The header's value is not logged; it is a stranger's text.
fn refuse(refusal: Refusal) -> Response {
    warn!(?refusal, "request refused at the gate");
    (refusal.status(), [(CONNECTION, "close")]).into_response()
}

async fn status_page() -> Html<&'static str> {
    Html(include_str!("status.html"))
}

async fn health(request: Request) -> Response {
    let Some(Visitor::Allowed(origin)) = request.extensions().get::<Visitor>() else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let body = Json(serde_json::json!({ "ok": true, "program": "uketsuke-helper", "version": VERSION }));
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_str().to_owned())], body).into_response()
}

/// `GET /v1`: the WebSocket, for allowed pages, as long as there is room.
async fn connect(State(front): State<Front>, axum::Extension(visitor): axum::Extension<Visitor>, upgrade: WebSocketUpgrade) -> Response {
    let Visitor::Allowed(origin) = visitor else { return StatusCode::FORBIDDEN.into_response() };
    let Ok(permit) = Arc::clone(&front.clients).try_acquire_owned() else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    upgrade
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX)
        .read_buffer_size(FRAME_MAX)
        .write_buffer_size(0)
        .max_write_buffer_size(64 * 1024)
        .on_upgrade(async move |socket| {
            wire::run(socket, origin, front.hub, &front.list, front.limits).await;
            drop(permit);
        })
}

/// Opens a listener. The port is ours alone, or nobody's.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Accepts until the end is told. A permit is taken before each connection, so that no flood grows without limit.
pub(crate) async fn accept(
    listener: TcpListener,
    router: Router,
    permits: Arc<Semaphore>,
    handshake: Duration,
    tls: Tls,
    mut ended: watch::Receiver<bool>,
) {
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await.map_err(|_| io::Error::other("no more permits"))?;
            let (stream, remote) = listener.accept().await?;
            let ends = Ends { local: stream.local_addr()?, remote, judged: Arc::default(), scheme: "http" };
            Ok::<_, io::Error>((permit, stream, ends))
        };
        tokio::select! {
            () = is_over(&mut ended) => return,
            accepted = next => match accepted {
                Ok((permit, stream, ends)) => {
                    tokio::spawn(serve(stream, ends, router.clone(), permit, handshake, tls.clone(), ended.clone()));
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
async fn serve(
    stream: TcpStream,
    ends: Ends,
    router: Router,
    permit: OwnedSemaphorePermit,
    handshake: Duration,
    tls: Tls,
    mut ended: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "small packets will wait");
    }
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
                    Ok(Ok(stream)) => speak(stream, Ends { scheme: "https", ..ends }, router, handshake).await,
                    Ok(Err(error)) => debug!(%error, "no TLS with this peer"),
                    Err(_) => debug!("the peer did not finish the TLS handshake"),
                }
                return;
            }
        }
        #[cfg(not(feature = "tls"))]
        let Tls = tls;
        speak(stream, ends, router, handshake).await;
    };
    tokio::select! {
        () = is_over(&mut ended) => {}
        () = spoken => {}
    }
    drop(permit);
}

/// Speaks HTTP on a connection; the time until the head is there is limited, also between requests.
async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, ends: Ends, router: Router, handshake: Duration) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ends.clone());
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
