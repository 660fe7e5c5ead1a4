//! One or more servers on one database, each a process, and a card.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use server::account::hash;
use server::clock::Clock;
use server::random::Random;
use server::rule;
use server::store::{self, Account, Institution, NewInstitution};
use server::tenant::Tenant;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::CivilDate;
use shared::domain::institution::{InstitutionCode, ReceptionToken};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::Instant as TokioInstant;

use crate::client::Client;
use crate::cluster::Cluster;
use crate::tablet::{Ready, Signer};
use crate::{figures, fill, served};

pub(crate) const CODE: &str = "9969900001";
pub(crate) const USER: &str = "kanri1";
pub(crate) const PASSWORD: &str = "asagao himawari kabocha";
/// Visits are prepared by so many at once.
const PREPARING: usize = 16;
/// A nonce lives five minutes: what was prepared longer ago could not be proved any more.
const PREPARED_WITHIN: Duration = Duration::from_secs(200);

/// Where the data is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Cards of a run; made once.
pub(crate) struct Ground {
    pub(crate) folder: PathBuf,
    pub(crate) cards: tempfile::TempDir,
    pub(crate) signer: Arc<Signer>,
}

pub(crate) struct Stage {
    pub(crate) token: String,
    pub(crate) signer: Arc<Signer>,
    servers: Vec<(Child, SocketAddr)>,
    /// SQLite file or URL.
    database: String,
    cards: PathBuf,
    folder: tempfile::TempDir,
    /// Ends with this.
    _cluster: Option<Cluster>,
}

impl Ground {
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let cards = tempfile::tempdir_in(folder)?;
        virtual_card::make(cards.path(), jiff::Timestamp::now().into())?;
        Ok(Self { folder: folder.to_owned(), signer: Signer::open(cards.path())?, cards })
    }
}

impl Stage {
    /// Servers on an empty database with one institution.
    pub(crate) async fn start(ground: &Ground, kind: Kind, servers: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(&ground.folder)?;
        let (cluster, database) = match kind {
            Kind::Sqlite => (None, folder.path().join("server.db").display().to_string()),
            Kind::Postgres => {
                let cluster = Cluster::start(true)?;
                let url = cluster.database()?;
                (Some(cluster), url)
            }
        };
        let random = Random::machine();
        let token = ReceptionToken::from_random(random.bytes()?);
        let institution = Institution::new(InstitutionCode::try_from(CODE)?, "ひなた訪問看護ステーション", "");
        let account = Account {
            user: UserId::try_from(USER)?,
            name: "管理 花子".to_owned(),
            kana: String::new(),
            kind: AccountKind::Admin,
            password_hash: hash(PASSWORD, &random)?,
            must_change_password: false,
            valid_from: None,
            valid_until: None,
            suspended_at: None,
        };
        let new = NewInstitution { institution, token: token.clone(), accounts: vec![account], at: Clock::machine().now() };
        let db = served::open(&database)?;
        ensure!(db.write(move |tx| rule::institution::add(tx, &new)).await?, "a new database");
        // The bench logs in with the password alone.
        let (tenant, never) = (Tenant::of_operator(&InstitutionCode::try_from(CODE)?), CivilDate::try_from("2099-04-01")?);
        db.write(move |tx| store::factor::set_demanded_from(tx, &tenant, never)).await?;
        db.close().await;
        let mut stage = Self {
            token: token.as_str().to_owned(),
            signer: Arc::clone(&ground.signer),
            servers: Vec::new(),
            database,
            cards: ground.cards.path().to_owned(),
            folder,
            _cluster: cluster,
        };
        stage.start_servers(servers).await?;
        Ok(stage)
    }

    async fn start_servers(&mut self, count: usize) -> anyhow::Result<()> {
        for _ in 0..count {
            let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"))?;
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("--serve").arg(&self.cards).arg("--database").arg(&self.database);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true).spawn()?;
            let mut lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
            let line = lines.next_line().await?.unwrap_or_default();
            let port = line.strip_prefix("ready ").and_then(|port| port.parse().ok());
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let port: u16 = port.with_context(|| format!("the server did not start: {}", log()))?;
            self.servers.push((child, SocketAddr::from((Ipv4Addr::LOCALHOST, port))));
        }
        Ok(())
    }

    async fn stop_servers(&mut self) -> anyhow::Result<()> {
        for (mut child, _) in self.servers.drain(..) {
            // The end of its input is what it waits for.
            drop(child.stdin.take());
            child.wait().await?;
        }
        Ok(())
    }

    /// Makes a visit and so many copies of its rows, with other names and times.
    pub(crate) async fn fill(&mut self, rows: u32) -> anyhow::Result<()> {
        let count = self.servers.len();
        for ready in self.prepare(1).await? {
            let answer = ready.prove(&mut self.client(0).await?).await?;
            ensure!(answer.status == 200, "the first visit: {}", answer.status);
        }
        self.stop_servers().await?;
        let database = self.database.clone();
        tokio::task::spawn_blocking(move || fill::fill(&database, rows)).await??;
        self.start_servers(count).await
    }

    /// Consents in the database.
    pub(crate) async fn stored(&self) -> anyhow::Result<usize> {
        let database = self.database.clone();
        tokio::task::spawn_blocking(move || fill::consents(&database)).await?
    }

    /// A connection to the servers in turn, from one of many addresses: each address may have a few hundred.
    pub(crate) async fn client(&self, number: usize) -> anyhow::Result<Client> {
        let place = u8::try_from(number / 100 % 200)?;
        let (_, to) = self.servers.get(number % self.servers.len().max(1)).context("no server")?;
        let connect = Client::connect(Ipv4Addr::new(127, 0, 2, 1 + place), *to);
        Ok(tokio::time::timeout(Duration::from_secs(60), connect).await??)
    }

    /// The first server.
    pub(crate) fn address(&self) -> SocketAddr {
        self.servers.first().map_or((Ipv4Addr::LOCALHOST, 9).into(), |(_, address)| *address)
    }

    /// Opens and signs visits.
    pub(crate) async fn prepare(&self, visits: usize) -> anyhow::Result<Vec<Ready>> {
        let begun = Instant::now();
        let mut makers = tokio::task::JoinSet::new();
        for maker in 0..PREPARING.min(visits) {
            let mut client = self.client(maker).await?;
            let (signer, token) = (Arc::clone(&self.signer), self.token.clone());
            let share = visits / PREPARING + usize::from(maker < visits % PREPARING);
            makers.spawn(async move {
                let mut made = Vec::with_capacity(share);
                for _ in 0..share {
                    made.push(signer.ready(&mut client, &token).await?);
                }
                anyhow::Ok(made)
            });
        }
        let mut ready = Vec::with_capacity(visits);
        while let Some(made) = makers.join_next().await {
            ready.extend(made??);
        }
        ensure!(
            begun.elapsed() < PREPARED_WITHIN,
            "{visits} visits took {:.0?} to prepare: give a lower --rate or fewer --seconds",
            begun.elapsed()
        );
        Ok(ready)
    }

    pub(crate) fn server_processes(&self) -> Vec<u32> {
        self.servers.iter().filter_map(|(child, _)| child.id()).collect()
    }
}

/// Who used the processor since it was made.
pub(crate) struct Meter {
    begun: TokioInstant,
    servers: Vec<u32>,
    before: [f64; 3],
}

impl Meter {
    pub(crate) fn start(stage: &Stage) -> Self {
        let mut meter = Self { begun: TokioInstant::now(), servers: stage.server_processes(), before: [0.0; 3] };
        meter.before = meter.now();
        meter
    }

    fn now(&self) -> [f64; 3] {
        [self.servers.iter().copied().map(figures::cpu_of).sum(), figures::cpu_of(std::process::id()), figures::cpu_of_all()]
    }

    /// Cores of the servers, of this program, and of all others (PostgreSQL among them).
    pub(crate) fn read(&self) -> Vec<(&'static str, f64)> {
        let seconds = self.begun.elapsed().as_secs_f64();
        let now = self.now();
        let [server, own, all] = [0, 1, 2].map(|place| (now.get(place).unwrap_or(&0.0) - self.before.get(place).unwrap_or(&0.0)) / seconds);
        vec![("server", server), ("generator", own), ("others", (all - server - own).max(0.0))]
    }
}
