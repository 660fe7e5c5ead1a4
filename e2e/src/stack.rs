//! Everything below the browser: pcscd, the virtual card on vpcd, server, helper; the world of one journey.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use virtual_card::vpcd::{Handle, Player};
use virtual_card::{Card, CardSpec, LogEntry};

use crate::browser::{Driver, Engine, PUBLIC_HOST, Tablet};
use crate::cluster::Cluster;
use crate::proxy::Proxy;
use crate::wait::{LIMIT, until};

/// Port of the page, as the browser sees it (the relay in front of the server).
pub const PAGE_PORT: u16 = 8080;
const SERVER_PORT: u16 = 8090;
/// The office where it has an origin of its own.
pub const OFFICE: &str = "https://localhost:8443";
const OFFICE_PORT: u16 = 8443;
/// Port of the helper.
pub const HELPER_PORT: u16 = 35970;

/// What a journey starts with.
#[derive(Debug, Clone)]
pub struct Begin {
    /// The card on the reader, `PERSON[:SCENARIO]`; `None` leaves the reader empty.
    pub card: Option<&'static str>,
    /// The helper runs from the start.
    pub helper: bool,
    /// The browser counts the page as a public one: only then the loopback permission matters.
    pub is_public: bool,
    /// Page and helper speak wss and https; nothing trusts the helper's certificate yet.
    pub is_tls: bool,
    /// Whose windows a person sees.
    pub browser: Engine,
    /// The server keeps its data in a PostgreSQL of this journey's own.
    pub is_on_postgres: bool,
    /// The office has an origin of its own, over TLS, which asks for client certificates.
    pub has_office: bool,
}

impl Default for Begin {
    fn default() -> Self {
        Self {
            card: Some("ichiro"),
            helper: true,
            is_public: false,
            is_tls: false,
            browser: Engine::Chromium,
            is_on_postgres: false,
            has_office: false,
        }
    }
}

/// One journey's stack. Ends with [`World::end`].
pub struct World {
    /// Where pictures, logs and sources go.
    pub folder: PathBuf,
    /// The network between tablet and server.
    pub net: Proxy,
    /// Logins and the reception path of the demo.
    pub demo: Demo,
    player: Player,
    /// The second reader of vpcd, once a card was put there.
    beside: Option<Player>,
    cards: PathBuf,
    data: PathBuf,
    pcscd: Child,
    server: Option<Program>,
    helper: Option<Program>,
    driver: Driver,
    is_public: bool,
    is_tls: bool,
    has_office: bool,
    origin: String,
    /// Where the data is kept when it is not SQLite: the cluster, and the database's URL.
    database: Option<(Cluster, String)>,
    /// Settings of the server from its next start on, as environment variables.
    pub settings: Vec<(&'static str, String)>,
    /// Folder of another build of the pages, from the server's next start on.
    pub pages: Option<PathBuf>,
}

/// What the demo server left for us.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Demo {
    /// Path of the reception page.
    pub reception: String,
    /// Path of the reception page for オンライン診療等.
    pub online: String,
    /// Path of the reception page for 外来診療等(通常とは異なる動線).
    pub off_route: String,
    /// Path of the office page.
    pub office: String,
    /// Accounts: the first is ready, the second must change its password.
    pub logins: Vec<Login>,
}

/// One account of the demo.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Login {
    /// 機関コード.
    pub institution: String,
    /// ユーザID.
    pub user: String,
    /// パスワード.
    pub password: String,
    /// What it is for.
    pub note: String,
}

impl World {
    /// Starts everything but the browser's windows.
    ///
    /// # Errors
    /// When a part does not get ready; its log is in `folder`.
    pub async fn start(folder: &Path, begin: &Begin) -> anyhow::Result<Self> {
        let data = folder.join("data");
        let cards = target().join("e2e-cards");
        let pcscd = start_pcscd(folder).await?;
        let player = Player::start(virtual_card::vpcd::DEFAULT_ADDR);
        let origin = if begin.is_public { format!("https://{PUBLIC_HOST}:{PAGE_PORT}") } else { format!("http://localhost:{PAGE_PORT}") };
        let database = if begin.is_on_postgres {
            let cluster = Cluster::start(true)?;
            let url = cluster.database()?;
            Some((cluster, url))
        } else {
            None
        };
        let url = database.as_ref().map(|(_, url)| url.as_str());
        let how =
            How { origin: &origin, helper_tls: begin.is_tls, database: url, has_office: begin.has_office, settings: &[], pages: None };
        let server = start_server(folder, &data, &cards, &how).await?;
        ensure!(data.join("uketsuke.db").exists() == database.is_none(), "the data lies in the other database");
        let net = Proxy::start(SocketAddr::from(([127, 0, 0, 1], PAGE_PORT)), SocketAddr::from(([127, 0, 0, 1], SERVER_PORT))).await?;
        let demo = serde_json::from_slice(&std::fs::read(data.join("demo.json"))?).context("demo.json")?;
        let driver = Driver::start(folder, begin.browser, begin.has_office).await?;
        let mut world = Self {
            folder: folder.to_owned(),
            net,
            demo,
            player,
            beside: None,
            cards,
            data,
            pcscd,
            server: Some(server),
            helper: None,
            driver,
            is_public: begin.is_public,
            is_tls: begin.is_tls,
            has_office: begin.has_office,
            origin,
            database,
            settings: Vec::new(),
            pages: None,
        };
        if let Some(card) = begin.card {
            world.put(card)?;
        }
        if begin.helper {
            world.start_helper().await?;
        }
        Ok(world)
    }

    /// A tablet in landscape, 820 px wide.
    ///
    /// # Errors
    /// When the browser does not start.
    pub async fn tablet(&mut self) -> anyhow::Result<Tablet> {
        self.screen(820, 1180).await
    }

    /// A browser window with the size of a screen, CSS px.
    ///
    /// # Errors
    /// When the browser does not start.
    pub async fn screen(&mut self, width: u32, height: u32) -> anyhow::Result<Tablet> {
        self.screen_with_letters(width, height, 16).await
    }

    /// The same, where the person set the browser's letters to a size, px; browsers come with 16.
    ///
    /// # Errors
    /// When the browser does not start.
    pub async fn screen_with_letters(&mut self, width: u32, height: u32, letters: u32) -> anyhow::Result<Tablet> {
        self.driver.open(width, height, letters, self.is_public, PAGE_PORT).await
    }

    /// The origin of the page.
    #[must_use]
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// The bookmarked URL.
    #[must_use]
    pub fn reception_url(&self) -> String {
        format!("{}{}", self.origin(), self.demo.reception)
    }

    /// The office page.
    #[must_use]
    pub fn office_url(&self) -> String {
        let origin = if self.has_office { OFFICE } else { &self.origin };
        format!("{origin}{}", self.demo.office)
    }

    /// Runs a command of the server on this journey's data, as its operator does; gives what it prints.
    ///
    /// # Errors
    /// What it says when it refuses.
    pub fn operate(&self, args: &[&str]) -> anyhow::Result<String> {
        let output =
            std::process::Command::new(program("uketsuke-server")).args(args).arg("--demo").arg("--data").arg(&self.data).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// A fresh activation code of the demo institution.
    ///
    /// # Errors
    /// When the server's command fails.
    pub fn activation(&self) -> anyhow::Result<String> {
        static ISSUED: AtomicU32 = AtomicU32::new(1);
        let label = format!("旅の端末{}", ISSUED.fetch_add(1, Ordering::SeqCst));
        let institution = &self.demo.logins.first().context("no login")?.institution;
        let said = self.operate(&["code", "issue", "--institution", institution, "--label", &label])?;
        let digits = said.lines().find_map(|line| line.strip_prefix("code")).context("no code")?;
        Ok(digits.trim().to_owned())
    }

    /// Puts a fresh card on the reader.
    ///
    /// # Errors
    /// When there is no such card.
    pub fn put(&self, card: &str) -> anyhow::Result<()> {
        let spec: CardSpec = card.parse().with_context(|| format!("card {card}"))?;
        self.player.insert(Card::open(&self.cards, &spec)?);
        Ok(())
    }

    /// Puts a fresh card on the second reader, which is empty otherwise.
    ///
    /// # Errors
    /// When there is no such card.
    pub fn put_beside(&mut self, card: &str) -> anyhow::Result<()> {
        let spec: CardSpec = card.parse().with_context(|| format!("card {card}"))?;
        let card = Card::open(&self.cards, &spec)?;
        let mut addr = virtual_card::vpcd::DEFAULT_ADDR;
        addr.set_port(addr.port() + 1);
        self.beside.get_or_insert_with(|| Player::start(addr)).insert(card);
        Ok(())
    }

    /// Takes the card away and waits until the reader has looked and the service has seen it: a card that is back between
    /// two looks of the reader (about 400 ms) would never have left. Put the same one back with [`World::put_back`].
    ///
    /// # Errors
    /// When no card is on the reader.
    pub async fn remove(&self) -> anyhow::Result<Card> {
        let card = self.player.remove().context("no card to take away")?;
        tokio::task::spawn_blocking(|| {
            wait_for_a_look()?;
            wait_for_empty_readers()
        })
        .await??;
        Ok(card)
    }

    /// A card of its own, on no reader yet.
    ///
    /// # Errors
    /// When there is no such card.
    pub fn fresh(&self, card: &str) -> anyhow::Result<Card> {
        let spec: CardSpec = card.parse().with_context(|| format!("card {card}"))?;
        Ok(Card::open(&self.cards, &spec)?)
    }

    /// The first reader, for journeys that do not wait until each move was seen.
    #[must_use]
    pub fn player(&self) -> &Player {
        &self.player
    }

    /// Ends the reader service, in order or by force, and waits until it is gone.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop_reader_service(&mut self, by_force: bool) -> anyhow::Result<()> {
        if by_force {
            return Ok(self.pcscd.kill().await?);
        }
        let id = self.pcscd.id().context("the reader service does not run")?;
        Command::new("kill").arg(id.to_string()).status().await?;
        tokio::time::timeout(LIMIT, self.pcscd.wait()).await.context("the reader service does not end")??;
        Ok(())
    }

    /// Starts the reader service again and waits until it answers.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start_reader_service(&mut self) -> anyhow::Result<()> {
        self.pcscd = start_pcscd(&self.folder).await?;
        Ok(())
    }

    /// Puts a card back that was taken away: counters stay as they were.
    pub fn put_back(&self, card: Card) {
        self.player.insert(card);
    }

    /// Looks at the card on the reader.
    ///
    /// # Errors
    /// When no card is on the reader.
    pub fn card<R>(&self, look: impl FnOnce(&mut Card) -> R) -> anyhow::Result<R> {
        let handle: Handle = self.player.handle();
        handle.with_card(look).context("no card on the reader")
    }

    /// How many PINs the card was given.
    ///
    /// # Errors
    /// When no card is on the reader.
    pub fn verify_count(&self) -> anyhow::Result<usize> {
        self.card(|card| card.verify_count())
    }

    /// The card's own list of what it was asked, emptied by the call.
    ///
    /// # Errors
    /// When no card is on the reader.
    pub fn take_apdus(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.card(Card::take_log)?.iter().map(LogEntry::to_string).collect())
    }

    /// Starts the helper with the machine's (that is: this journey's) readers.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start_helper(&mut self) -> anyhow::Result<()> {
        self.start_helper_for(&self.origin()).await
    }

    /// The same, where another page than this world's is allowed.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start_helper_for(&mut self, origin: &str) -> anyhow::Result<()> {
        let mut command = Command::new(program("uketsuke-helper"));
        command
            .args(["--reader", "pcsc", "--allow-origin", origin])
            .args(["--listen", &format!("127.0.0.1:{HELPER_PORT}"), "--listen", &format!("[::1]:{HELPER_PORT}")])
            .args(["--log", "trace"])
            .env("XDG_CONFIG_HOME", self.folder.join("config"));
        if self.is_tls {
            self.helper_command(&["tls", "install"]).await?;
            command.arg("--tls");
        }
        self.helper = Some(Program::start("helper", command, &self.folder).await?);
        Ok(())
    }

    /// Runs one of the helper's own commands, as the person at this tablet would; what it printed.
    ///
    /// # Errors
    /// When it fails; with what it said.
    pub async fn helper_command(&self, args: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(program("uketsuke-helper"));
        command.args(args).stdin(Stdio::null()).env("XDG_CONFIG_HOME", self.folder.join("config"));
        let output = command.output().await?;
        ensure!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The demo's register is away from now on, or back.
    ///
    /// # Errors
    /// When the server takes no orders.
    pub async fn register(&mut self, is_away: bool) -> anyhow::Result<()> {
        let order = if is_away { "register away" } else { "register back" };
        self.server.as_mut().context("the server does not run")?.tell(order).await
    }

    /// Ends the helper at once.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill_helper(&mut self) -> anyhow::Result<()> {
        self.helper.take().context("the helper does not run")?.kill().await
    }

    /// Ends the server at once, as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill_server(&mut self) -> anyhow::Result<()> {
        self.server.take().context("the server does not run")?.kill().await
    }

    /// Starts the server again on its data.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start_server(&mut self) -> anyhow::Result<()> {
        let database = self.database.as_ref().map(|(_, url)| url.as_str());
        let how = How {
            origin: &self.origin,
            helper_tls: self.is_tls,
            database,
            has_office: self.has_office,
            settings: &self.settings,
            pages: self.pages.as_deref(),
        };
        self.server = Some(start_server(&self.folder, &self.data, &self.cards, &how).await?);
        Ok(())
    }

    /// The server's data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// From its next start on the server works on another data folder.
    pub fn move_to(&mut self, data: PathBuf) {
        self.data = data;
    }

    /// Runs one of the server's own commands, as its operator would; what it printed.
    ///
    /// # Errors
    /// When it fails; with what it said.
    pub async fn server_command(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(program("uketsuke-server")).args(args).stdin(Stdio::null()).output().await?;
        ensure!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Keeps picture, source and console of every window of a failed journey, and ends the browsers.
    pub async fn autopsy(&mut self) {
        self.driver.autopsy(&self.folder).await;
        drop(self.driver.end().await);
    }

    /// Ends everything and looks for what must not be there: panics, and secrets in the logs.
    ///
    /// # Errors
    /// When a log holds one of them, or the browser's console an error.
    pub async fn end(mut self) -> anyhow::Result<()> {
        let console = self.driver.end().await;
        for program in [self.helper.take(), self.server.take()].into_iter().flatten() {
            program.kill().await?;
        }
        self.pcscd.start_kill()?;
        for name in ["helper", "server"] {
            let file = self.folder.join(format!("{name}.log"));
            let log = if file.exists() { std::fs::read_to_string(file)? } else { String::new() };
            ensure!(!log.contains("panicked at"), "the {name} panicked: see {name}.log");
            // The simulated cards' PIN as a body and as APDU data, and names of people.
            for secret in ["\"1234\"", "31323334", "\"9876\"", "35060220331201", "33353036303232303333", "資格", "一郎", "花子"] {
                ensure!(!log.contains(secret), "a secret or a name in {name}.log: {secret}");
            }
            for login in &self.demo.logins {
                ensure!(!log.contains(&login.password), "a password in {name}.log");
            }
        }
        console
    }
}

/// Blocks until vpcd looks for a card: it accepts whoever connects and asks for an ATR; without an answer the reader is empty.
fn wait_for_a_look() -> anyhow::Result<()> {
    use std::io::Read as _;
    let mut stream = std::net::TcpStream::connect(virtual_card::vpcd::DEFAULT_ADDR)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.read_exact(&mut [0]).context("vpcd never looked for a card")
}

/// Blocks until the reader service says that no reader holds a card.
fn wait_for_empty_readers() -> anyhow::Result<()> {
    let context = pcsc::Context::establish(pcsc::Scope::User)?;
    let mut states: Vec<pcsc::ReaderState> =
        context.list_readers_owned()?.into_iter().map(|name| pcsc::ReaderState::new(name, pcsc::State::UNAWARE)).collect();
    loop {
        context.get_status_change(LIMIT, &mut states).context("the reader service never saw the card leave")?;
        if !states.iter().any(|state| state.event_state().contains(pcsc::State::PRESENT)) {
            return Ok(());
        }
        states.iter_mut().for_each(pcsc::ReaderState::sync_current_state);
    }
}

/// Folder of the pages as they were built.
#[must_use]
pub fn built_pages() -> PathBuf {
    target().join("dist")
}

fn target() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).join("target")
}

/// A program of the debug build.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

async fn start_pcscd(folder: &Path) -> anyhow::Result<Child> {
    let log = std::fs::File::create(folder.join("pcscd.log"))?;
    let pcscd = Command::new("pcscd")
        .arg("--foreground")
        .stdout(log.try_clone()?)
        .stderr(log)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("pcscd")?;
    until("pcscd", LIMIT, async || {
        let socket = std::os::unix::net::UnixStream::connect("/run/pcscd/pcscd.comm");
        socket.map(drop).map_err(|error| error.to_string())
    })
    .await?;
    Ok(pcscd)
}

/// How a server is started.
struct How<'a> {
    origin: &'a str,
    helper_tls: bool,
    database: Option<&'a str>,
    has_office: bool,
    settings: &'a [(&'static str, String)],
    pages: Option<&'a Path>,
}

async fn start_server(folder: &Path, data: &Path, cards: &Path, how: &How<'_>) -> anyhow::Result<Program> {
    let How { origin, helper_tls, database, has_office, settings, pages } = *how;
    let mut command = Command::new(program("uketsuke-server"));
    command
        .arg("--demo")
        .args(["--listen", &format!("127.0.0.1:{SERVER_PORT}"), "--origin", origin])
        .args(["--helper-port", &HELPER_PORT.to_string()])
        .arg("--data")
        .arg(data)
        .arg("--card-ca")
        .arg(cards.join("ca.pem"))
        .arg("--people")
        .arg(cards.join("people.json"))
        .arg("--pages")
        .arg(pages.map_or_else(built_pages, Path::to_owned))
        .env("UKETSUKE_LOG", "trace")
        .envs(settings.iter().map(|(name, value)| (*name, value)));
    if origin.starts_with("https") {
        command.arg("--tls-self");
    }
    if helper_tls {
        command.arg("--helper-tls");
    }
    if let Some(url) = database {
        command.args(["--database-url", url]);
    }
    if has_office {
        command.args(["--office-listen", &format!("127.0.0.1:{OFFICE_PORT}"), "--office-origin", OFFICE, "--office-tls-self"]);
    }
    Program::start("server", command, folder).await
}

/// A program that said `ready`.
struct Program {
    name: &'static str,
    child: Child,
}

impl Program {
    async fn start(name: &'static str, mut command: Command, folder: &Path) -> anyhow::Result<Self> {
        let log = std::fs::File::options().create(true).append(true).open(folder.join(format!("{name}.log")))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start of the {name}"))?;
        let out = child.stdout.take().context("stdout")?;
        let mut lines = BufReader::new(out).lines();
        let ready = tokio::time::timeout(LIMIT, async {
            while let Some(line) = lines.next_line().await? {
                if line.starts_with("ready ") {
                    return Ok(());
                }
            }
            anyhow::bail!("the {name} ended before it was ready: see {name}.log")
        });
        ready.await.with_context(|| format!("the {name} did not get ready: see {name}.log"))??;
        // Whatever it prints later must not block it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { name, child })
    }

    async fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        let orders = self.child.stdin.as_mut().context("no stdin")?;
        orders.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(orders.flush().await?)
    }

    async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.with_context(|| format!("end of the {}", self.name))
    }
}
