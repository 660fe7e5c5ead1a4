//! The server under test, in a process of its own: as the program starts it, but with a register in which every proof is another
//! person's, so that one card serves all visits and none has a consent to be asked about.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use server::Sha256;
use server::accept::Limits;
use server::account::Passwords;
use server::clock::Clock;
use server::eligibility::registry::EmbeddedRegistry;
use server::eligibility::{Registry, RegistryAnswer};
use server::identity::{Anchors, Mode};
use server::origin::Origin;
use server::random::Random;
use server::rate::{Quota, Quotas};
use server::serve::{self, Parts};
use server::store::db::Db;
use shared::domain::calendar::UnixMs;
use tokio::io::AsyncReadExt as _;

/// What every server under test calls itself, whatever its port.
pub(crate) const ORIGIN: &str = "http://localhost:8080";

/// How the server is started.
#[derive(clap::Args, Clone)]
pub(crate) struct Served {
    /// Folder with the cards
    #[arg(long, hide = true, value_name = "CARDS")]
    pub(crate) serve: Option<PathBuf>,
    /// SQLite file, or the URL of a PostgreSQL database
    #[arg(long, hide = true, default_value = "")]
    pub(crate) database: String,
}

pub(crate) fn open(database: &str) -> anyhow::Result<Db> {
    Ok(if database.starts_with("postgres://") { Db::connect(database, None)? } else { Db::open_file(Path::new(database))? })
}

/// Serves until its input ends, and prints the port.
#[expect(clippy::print_stdout, reason = "the line that the other process waits for")]
pub(crate) async fn run(cards: &Path, served: &Served) -> anyhow::Result<()> {
    // Lines are made as the program makes them.
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).with_ansi(false).with_target(false).init();
    let random = Random::machine();
    let db = Arc::new(open(&served.database)?);
    let limits = Limits::default();
    let file = |name: &str| std::fs::read_to_string(cards.join(name));
    let router = Parts {
        db: Arc::clone(&db),
        clock: Clock::machine(),
        random: random.clone(),
        origin: Origin::parse(ORIGIN)?,
        anchors: Anchors::from_pem(Mode::Demo, &[file("ca.pem")?])?,
        registry: Arc::new(Strangers { known: EmbeddedRegistry::demo(&file("people.json")?)?, met: AtomicU64::new(0) }),
        medical: Arc::new(server::medical::NotConnected),
        passwords: Passwords::new(std::thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1), random)?,
        visit_key: [7; 32],
        helper: shared::api::HelperAt { port: 35970, is_tls: false },
        is_demo: true,
        font: server::sheet::FONT.into(),
        quotas: Quotas { visits_by_url: Quota::NONE, visits_by_address: Quota::NONE, ..Quotas::default() },
        jumps: Arc::default(),
        watch: server::watch::Watch::default(),
        pages: None,
        former_pages: None,
        limits,
    }
    .into_router()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let running = serve::run(listener, None, router, limits)?;
    println!("ready {}", running.address.port());
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    running.stop().await;
    db.close().await;
    Ok(())
}

/// The demo's register, where everybody is met for the first time.
struct Strangers {
    known: EmbeddedRegistry,
    met: AtomicU64,
}

impl Registry for Strangers {
    fn holder(&self, fingerprint: Sha256, now: UnixMs) -> RegistryAnswer {
        match self.known.holder(fingerprint, now) {
            RegistryAnswer::Known { eligibility, .. } => {
                // Two servers on one database meet no one twice either.
                let subject = format!("stranger {} {}", std::process::id(), self.met.fetch_add(1, Ordering::Relaxed));
                RegistryAnswer::Known { subject, eligibility }
            }
            other => other,
        }
    }
}
