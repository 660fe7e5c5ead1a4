//! The network between tablet and server: passes bytes, and loses what a journey tells it to lose.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What happens to the next request whose head holds a certain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// The request is lost: the server never sees it.
    Request(String),
    /// The server answers, the answer is lost.
    Answer(String),
    /// The answer breaks off after its first piece.
    Middle(String),
    /// The answer stops after its first piece, and the line stays open.
    Stall(String),
}

impl Loss {
    fn text(&self) -> &str {
        let (Self::Request(text) | Self::Answer(text) | Self::Middle(text) | Self::Stall(text)) = self;
        text
    }
}

#[derive(Default)]
struct Shared {
    /// Each loss happens once.
    losses: Mutex<Vec<Loss>>,
    /// No connection passes at all.
    down: std::sync::atomic::AtomicBool,
    happened: AtomicUsize,
}

/// A TCP relay on a fixed address.
pub struct Proxy {
    shared: Arc<Shared>,
}

impl Proxy {
    /// Listens on `from` and relays to `to`.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(from: SocketAddr, to: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(from).await?;
        let shared = Arc::new(Shared::default());
        let relay = shared.clone();
        tokio::spawn(async move {
            while let Ok((tablet, _)) = listener.accept().await {
                let relay = relay.clone();
                tokio::spawn(async move { drop(connection(tablet, to, relay).await) });
            }
        });
        Ok(Self { shared })
    }

    /// Loses one coming request or answer.
    pub fn lose(&self, loss: Loss) {
        self.shared.losses.lock().unwrap_or_else(PoisonError::into_inner).push(loss);
    }

    /// Takes the network away, or gives it back. Open connections end with their next byte.
    pub fn set_down(&self, down: bool) {
        self.shared.down.store(down, Ordering::SeqCst);
    }

    /// How many losses have happened.
    #[must_use]
    pub fn losses_happened(&self) -> usize {
        self.shared.happened.load(Ordering::SeqCst)
    }

    /// Waits until `count` losses have happened, bounded.
    ///
    /// # Errors
    /// When they do not happen in time.
    pub async fn lost(&self, count: usize) -> anyhow::Result<()> {
        crate::wait::until("a lost request or answer", crate::wait::LIMIT, async || {
            let happened = self.losses_happened();
            if happened >= count { Ok(()) } else { Err(format!("{happened} so far")) }
        })
        .await
    }
}

async fn connection(mut tablet: TcpStream, to: SocketAddr, shared: Arc<Shared>) -> std::io::Result<()> {
    if shared.down.load(Ordering::SeqCst) {
        return Ok(());
    }
    let mut server = TcpStream::connect(to).await?;
    tablet.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut coming = None;
    loop {
        tokio::select! {
            read = tablet.read(&mut up) => {
                let bytes = up.get(..read?).unwrap_or_default();
                if bytes.is_empty() || shared.down.load(Ordering::SeqCst) {
                    return Ok(());
                }
                match take_loss(&shared, bytes) {
                    Some(Loss::Request(_)) => {
                        happened(&shared);
                        return Ok(());
                    }
                    Some(loss) => coming = Some(loss),
                    None => {}
                }
                server.write_all(bytes).await?;
            }
            read = server.read(&mut down) => {
                let bytes = down.get(..read?).unwrap_or_default();
                match coming {
                    None => {}
                    Some(Loss::Middle(_) | Loss::Stall(_)) => {
                        tablet.write_all(bytes.get(..bytes.len() / 2).unwrap_or_default()).await?;
                        happened(&shared);
                        // Whoever waits for the rest ends it.
                        while matches!(coming, Some(Loss::Stall(_))) && tablet.read(&mut up).await? > 0 {}
                        return Ok(());
                    }
                    Some(Loss::Request(_) | Loss::Answer(_)) => {
                        happened(&shared);
                        return Ok(());
                    }
                }
                if bytes.is_empty() || shared.down.load(Ordering::SeqCst) {
                    return Ok(());
                }
                tablet.write_all(bytes).await?;
            }
        }
    }
}

fn happened(shared: &Shared) {
    shared.happened.fetch_add(1, Ordering::SeqCst);
}

/// The first loss whose text stands in the head of this request; it is used up.
fn take_loss(shared: &Shared, bytes: &[u8]) -> Option<Loss> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(2048)).unwrap_or_default()).into_owned();
    let line = head.lines().next().unwrap_or_default();
    let mut losses = shared.losses.lock().unwrap_or_else(PoisonError::into_inner);
    let place = losses.iter().position(|loss| line.contains(loss.text()))?;
    Some(losses.remove(place))
}
