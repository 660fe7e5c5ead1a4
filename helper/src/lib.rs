//! The card readers of this machine, offered to the pages that were allowed, on loopback only.
//!
//! It knows cards and origins. It knows no patient and no server, signs nothing but a statement of `shared::evidence` bound to the
//! origin it saw itself, offers no raw command to any page, and sends a PIN to a card exactly once per press of a person.
//!
//! Read [`gate`] first (who may speak), then [`card::jpki`] (what is said to the card), then `hub` (who owns the state).

pub mod allow;
mod app;
pub mod browser_policy;
pub mod card;
pub mod command;
pub mod config;
mod conversation;
#[cfg(feature = "deliver")]
pub mod deliver;
pub mod doctor;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod gate;
mod hub;
pub mod identity;
mod lease;
mod photo;
pub mod picture;
mod pin;
pub mod reader;
mod serve;
pub mod sockets;
#[cfg(feature = "tls")]
pub mod tls;
pub mod user_files;
pub mod wire;
pub mod work;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};
use shared::reader::WS_PATH;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::allow::List;
use crate::app::{App, Refusals};
use crate::gate::{Gate, Origin};
use crate::hub::{Hub, HubTask, Input, Means};
use crate::reader::{Readers, Report};
use crate::serve::Entrance;

/// Longest wait for the pages when the program ends.
const GOODBYE: Duration = Duration::from_secs(1);

/// Final settings: what `main` found good, or what a test wants.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; loopback addresses with one port. Port 0 takes a free one.
    pub listen: Vec<Listen>,
    /// Pages that may use the readers by the settings of this start.
    pub allow: Vec<Origin>,
    /// Where others are named: the machine's policy, the person's approvals.
    pub lists: allow::Files,
    /// For the age of approvals.
    pub clock: allow::Clock,
    /// WebSockets at once.
    pub clients: usize,
    /// Connections at once that are not (yet) WebSockets.
    pub connections: usize,
    /// Accept to complete head.
    pub handshake: Duration,
    /// Says whose a connection is.
    pub whose: sockets::Whose,
    /// Time for the PIN frame.
    pub pin_step: Duration,
    /// After five wrong PINs within this time nobody is asked for one until the oldest is so old.
    pub wrong_memory: Duration,
    /// Folder of the key that tells this helper from others; without one it has none.
    pub identity: Option<std::path::PathBuf>,
    /// Time for the card.
    pub patience: work::Patience,
    /// Limits of a WebSocket.
    pub limits: wire::Limits,
    /// TLS besides plain ws, on the same port.
    #[cfg(feature = "tls")]
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Wait for the first look at the readers before pages are let in.
    pub first_look: Duration,
}

/// One address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Loopback address and port.
    pub address: SocketAddr,
    /// It may be missing on this machine (IPv6 switched off).
    pub is_optional: bool,
}

impl Settings {
    /// The limits of `reader-helper.md` §5.6, and no list but `allow`.
    #[must_use]
    pub fn new(listen: Vec<Listen>, allow: Vec<Origin>) -> Self {
        Self {
            listen,
            allow,
            lists: allow::Files::default(),
            clock: allow::now,
            clients: 16,
            connections: 64,
            handshake: Duration::from_secs(3),
            whose: sockets::peer,
            pin_step: Duration::from_millis(shared::reader::PIN_STEP_MS),
            wrong_memory: Duration::from_secs(10 * 60),
            identity: None,
            patience: work::Patience::default(),
            limits: wire::Limits::default(),
            #[cfg(feature = "tls")]
            tls: None,
            first_look: Duration::from_secs(2),
        }
    }
}

/// Says why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The system refuses the address: someone has it, it is not for this user, or not of this machine.
    #[error("cannot listen on {address}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        inner: io::Error,
    },
    /// No address was given, or none exists here.
    #[error("no address to listen on")]
    NoAddress,
}

/// A program that runs. Dropping it without [`Running::stop`] leaves its tasks to the runtime.
pub struct Running {
    address: SocketAddr,
    list: Arc<List>,
    hub: Hub,
    ended: watch::Sender<bool>,
    tasks: JoinSet<()>,
    watch: Box<dyn Send>,
    clients: (Arc<Semaphore>, usize),
}

impl Running {
    /// The first address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// True while no page is allowed: nothing is served until a person or the policy allows one.
    #[must_use]
    pub fn allows_nobody(&self) -> bool {
        self.list.current().is_empty()
    }

    /// The URL that pages dial.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}{WS_PATH}", self.address)
    }

    /// Waits until a part breaks down, which none should. Nothing is served any more then: end, and let a supervisor start anew.
    pub async fn broken(&mut self) {
        drop(self.tasks.join_next().await);
    }

    /// Ends everything; connections are closed, the card thread ends with its command.
    pub async fn stop(mut self) {
        drop(self.watch);
        self.ended.send_replace(true);
        self.hub.tell(Input::End);
        while self.tasks.join_next().await.is_some() {}
        // Every page gets its goodbye, if it takes it soon.
        let (places, all) = self.clients;
        let all = u32::try_from(all).unwrap_or(u32::MAX);
        if timeout(GOODBYE, places.acquire_many(all)).await.is_err() {
            info!("some pages did not take their goodbye");
        }
    }
}

/// Starts to listen. Pages are let in only when the readers were looked at once, so that none sees an empty list by haste.
///
/// # Errors
/// [`NotStarted`]; nothing runs then.
pub async fn start(settings: Settings, readers: Box<dyn Readers>) -> Result<Running, NotStarted> {
    let listeners = bind(&settings.listen).await?;
    let address = listeners.first().and_then(|first| first.local_addr().ok()).ok_or(NotStarted::NoAddress)?;
    let folder = settings.identity;
    let identity = spawn_blocking(move || identity::Identity::new(folder.as_deref()));
    let (hub, inputs) = Hub::new();
    let (first, mut first_look) = mpsc::unbounded_channel();
    let reports = hub.clone();
    let watch = readers.watch(Box::new(move |report: Report| {
        // After the first look nobody listens on the second way.
        drop(first.send(report.clone()));
        reports.tell(Input::Seen(report));
    }));
    let report = match timeout(settings.first_look, first_look.recv()).await {
        Ok(Some(report)) => report,
        Ok(None) | Err(_) => {
            warn!("the reader service does not answer yet");
            Report::Down
        }
    };
    let random = SystemRandom::new();
    let random = move || {
        let mut bits = [0; 16];
        random.fill(&mut bits).is_ok().then_some(bits)
    };
    let means = Means {
        readers,
        random: Box::new(random),
        pin_step: settings.pin_step,
        wrong_memory: settings.wrong_memory,
        patience: settings.patience,
        identity: identity.await.unwrap_or_else(|_| identity::Identity::new(None)),
    };
    let gate = Gate::new(address.port());
    let list = Arc::new(List::new(settings.allow, settings.lists, settings.clock));
    let clients = Arc::new(Semaphore::new(settings.clients));
    let refusals = Refusals::new();
    let app = App {
        gate: Arc::new(gate),
        list: Arc::clone(&list),
        hub: hub.clone(),
        clients: Arc::clone(&clients),
        limits: settings.limits,
        refusals: refusals.clone(),
    };
    let entrance = Entrance {
        router: serve::router(app),
        whose: settings.whose,
        places: Arc::new(Semaphore::new(settings.connections)),
        strangers: Entrance::strangers(),
        refusals,
        handshake: settings.handshake,
        #[cfg(feature = "tls")]
        tls: settings.tls.map(tokio_rustls::TlsAcceptor::from),
        #[cfg(not(feature = "tls"))]
        tls: serve::Tls,
    };
    let (ended, is_ended) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(HubTask::new(hub.clone(), means, report).run(inputs));
    for listener in listeners {
        tasks.spawn(serve::accept(listener, entrance.clone(), is_ended.clone()));
    }
    info!(%address, "ready");
    Ok(Running { address, list, hub, ended, tasks, watch, clients: (clients, settings.clients) })
}

/// Binds every address to the same port; port 0 is whatever the first one got.
async fn bind(wanted: &[Listen]) -> Result<Vec<tokio::net::TcpListener>, NotStarted> {
    let mut listeners = Vec::new();
    let mut port = None;
    for Listen { address, is_optional } in wanted {
        let address = SocketAddr::new(address.ip(), if address.port() == 0 { port.unwrap_or(0) } else { address.port() });
        match serve::listen(address).await {
            Ok(listener) => {
                port = port.or(listener.local_addr().ok().map(|bound| bound.port()));
                listeners.push(listener);
            }
            Err(inner) if *is_optional && inner.kind() != io::ErrorKind::AddrInUse => warn!(%address, %inner, "this address is left out"),
            Err(inner) => return Err(NotStarted::Address { address, inner }),
        }
    }
    Ok(listeners)
}
