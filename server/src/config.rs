//! Settings: command line and environment first, then the TOML file, then defaults; checked once, at start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use serde::Deserialize;
use shared::api::HelperAt;
use shared::domain::account::AccountKind;
use shared::domain::calendar::UnixMs;

use crate::origin::Origin;
use crate::rate::{Quota, Quotas};

/// Environment variable with the instant at which a demo's clock starts (RFC 3339).
pub const TEST_CLOCK: &str = "UKETSUKE_TEST_CLOCK";

/// A start that did not work: what happened, what to do, and the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Trouble {
    /// What happened.
    pub error: String,
    /// What to do.
    pub next: String,
    /// 1 our fault, 2 wrong usage, 3 the machine needs something.
    pub exit: u8,
    /// The cause, for `-v`.
    #[source]
    pub inner: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Trouble {
    /// Wrong usage.
    #[must_use]
    pub fn usage(error: impl Into<String>, next: impl Into<String>) -> Self {
        Self { error: error.into(), next: next.into(), exit: 2, inner: None }
    }

    /// The machine needs something.
    #[must_use]
    pub fn machine(error: impl Into<String>, next: impl Into<String>) -> Self {
        Self { error: error.into(), next: next.into(), exit: 3, inner: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, inner: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.inner = Some(Box::new(inner));
        self
    }
}

/// Serves the reception and office desks of home-visit insurance checks.
#[derive(Parser)]
#[command(
    name = "uketsuke-server",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  \
        uketsuke-server --data ./data --card-ca ./cards/ca.pem --people ./cards/people.json --demo\n  \
        uketsuke-server institution add --data /var/lib/uketsuke --code 9969900001 --name ひなた訪問看護ステーション\n  \
        uketsuke-server account reset --data /var/lib/uketsuke --institution 9969900001 --user kanri1\n  \
        uketsuke-server code issue --data /var/lib/uketsuke --institution 9969900001 --label Aのスマホ1\n  \
        uketsuke-server --listen 0.0.0.0:443 --origin https://uketsuke.example --data /var/lib/uketsuke \\\n      \
        --card-ca /etc/uketsuke/ca.pem --pages /usr/share/uketsuke --tls-cert chain.pem --tls-key key.pem --single-factor\n\n\
        Every option can also stand in a TOML file (--config), without the dashes in front: helper-port = 35970"
)]
pub struct CommandLine {
    /// Something else than serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

/// What else this program does.
#[derive(Subcommand)]
pub enum Command {
    /// Looks through the whole database in --data, also while the server runs.
    Check(Check),
    /// Looks after institutions.
    #[command(subcommand)]
    Institution(InstitutionCommand),
    /// Looks after accounts, for who has no browser at hand or no admin left.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Writes files for other programs.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Looks after the activation codes of devices.
    #[command(subcommand)]
    Code(CodeCommand),
    /// Checks what was exported of the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
}

/// What can be done with activation codes.
#[derive(Subcommand)]
pub enum CodeCommand {
    /// Issues a code for a device, and prints its twelve digits: shown only then.
    Issue {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// What tells the device, for example Aのスマホ1
        #[arg(long, value_name = "LABEL")]
        label: String,
    },
    /// Lists the codes, the newest first, separated by tabs: ID, state, label, issued, last seen.
    List {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
    /// Ends a code: its device is out at its next request.
    Invalidate {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ID of the code, as `code list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

/// What can be done with the audit log.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Checks a CSV file of 操作履歴: says which rows were changed, put elsewhere, or are missing.
    Verify(VerifyAudit),
}

/// Which file.
#[derive(Args)]
pub struct VerifyAudit {
    /// The file, as it was saved
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Compares its last row with the database as well: only so a file that was made anew as a whole is told
    #[command(flatten)]
    pub database: VerifyDatabase,
}

/// The database to compare with.
#[derive(Args)]
pub struct VerifyDatabase {
    /// Folder with the database to compare with
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// PostgreSQL instead of the database in --data
    #[arg(long, value_name = "URL", requires = "data", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Certificates that vouch for the database's server, PEM
    #[arg(long, value_name = "FILE", requires = "database_url")]
    pub database_ca: Option<PathBuf>,
    /// The data is a demo's
    #[arg(long, requires = "data")]
    pub demo: bool,
}

/// Where the data is.
#[derive(Args)]
pub struct DatabaseAt {
    /// Folder with the database
    #[arg(long, value_name = "DIR", env = "UKETSUKE_DATA")]
    pub data: PathBuf,
    /// PostgreSQL instead of the database in --data
    #[arg(long, value_name = "URL", env = "UKETSUKE_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Certificates that vouch for the database's server, PEM
    #[arg(long, value_name = "FILE", env = "UKETSUKE_DATABASE_CA", requires = "database_url")]
    pub database_ca: Option<PathBuf>,
}

impl DatabaseAt {
    /// The PostgreSQL database, where one is named.
    #[must_use]
    pub fn postgres(&self) -> Option<PostgresAt> {
        self.database_url.clone().map(|url| PostgresAt { url, ca: self.database_ca.clone() })
    }
}

/// Which institution, and where its data is.
#[derive(Args)]
pub struct InstitutionAt {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// 機関コード of the institution
    #[arg(long, value_name = "CODE")]
    pub institution: String,
    /// The data is a demo's: invented people
    #[arg(long)]
    pub demo: bool,
}

/// What can be done with accounts. Each prints how the account stands, separated by tabs: ID, kind, state, period, last login, name.
#[derive(Subcommand)]
pub enum AccountCommand {
    /// Lists the accounts of an institution.
    List {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
    /// Adds an account, and prints its one-time password.
    Add {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// master, admin, general, viewer, link or web-api
        #[arg(long, value_name = "KIND", value_parser = account_kind)]
        kind: AccountKind,
        /// ユーザID: two to eight half-width letters or digits, of nobody else before
        #[arg(long, value_name = "ID")]
        user: String,
        /// ユーザ名
        #[arg(long, value_name = "NAME")]
        name: String,
        /// ユーザ名(カナ)
        #[arg(long, value_name = "KANA")]
        kana: String,
        /// First day [default: today]
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// Last day [default: none]
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Changes what is given and leaves the rest.
    Change {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
        /// ユーザ名
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// ユーザ名(カナ)
        #[arg(long, value_name = "KANA")]
        kana: Option<String>,
        /// First day
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// Last day, or `none`
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Stops an account; it is out at its next request, and its ID stays taken.
    Suspend {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
    /// Lets a stopped account in again.
    Resume {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
    /// Prints a new one-time password in place of a forgotten one, and ends the account's logins.
    Reset {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
    /// Forgets an account's failed logins, so that its person need not wait.
    Unlock {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ユーザID
        #[arg(long, value_name = "ID")]
        user: String,
    },
}

fn account_kind(text: &str) -> Result<AccountKind, &'static str> {
    match text {
        "master" => Ok(AccountKind::Master),
        "admin" => Ok(AccountKind::Admin),
        "general" => Ok(AccountKind::General),
        "viewer" => Ok(AccountKind::Viewer),
        "link" => Ok(AccountKind::Link),
        "web-api" => Ok(AccountKind::WebApi),
        _ => Err("one of master, admin, general, viewer, link, web-api"),
    }
}

/// What can be written.
#[derive(Subcommand)]
pub enum ExportCommand {
    /// Writes finished checks into the face folder of a レセコン, each once; run it again for what came since.
    Face(ExportFace),
}

/// Which checks, and where to.
#[derive(Args)]
pub struct ExportFace {
    /// Whose checks.
    #[command(flatten)]
    pub at: InstitutionAt,
    /// The face folder; must exist
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
    /// utf-8 or shift_jis; what shift_jis cannot hold is listed, not written
    #[arg(long, value_name = "ENCODING", default_value = "utf-8", ignore_case = true, value_parser = ["utf-8", "shift_jis"])]
    pub encoding: String,
    /// First day, YYYY-MM-DD [default: today for a folder that got nothing yet, else what came since]
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
}

/// What to look through.
#[derive(Args)]
pub struct Check {
    /// Folder with the database
    #[arg(long, value_name = "DIR", env = "UKETSUKE_DATA")]
    pub data: PathBuf,
}

/// What can be done with institutions.
#[derive(Subcommand)]
pub enum InstitutionCommand {
    /// Adds an institution with its first admin, and prints the admin's one-time password.
    Add(AddInstitution),
}

/// The institution to add.
#[derive(Args)]
pub struct AddInstitution {
    /// Where the data is.
    #[command(flatten)]
    pub database: DatabaseAt,
    /// 機関コード: ten digits, the last one a check digit
    #[arg(long, value_name = "CODE")]
    pub code: String,
    /// 機関名, as patients read it
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Whom patients and staff ask, shown as it is: a telephone number, a name
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub contact: String,
    /// ユーザID of the first admin: two to eight half-width letters or digits
    #[arg(long, value_name = "ID", default_value = "kanri1")]
    pub user: String,
    /// ユーザ名 of the first admin
    #[arg(long, value_name = "NAME", default_value = "管理者")]
    pub user_name: String,
}

#[derive(Args, Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct ServeArgs {
    /// TOML file with further settings
    #[arg(long, value_name = "FILE", env = "UKETSUKE_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Address and port; plain http on loopback only [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "UKETSUKE_LISTEN")]
    listen: Option<SocketAddr>,
    /// Folder for the database, keys and demo logins; made when missing
    #[arg(long, value_name = "DIR", env = "UKETSUKE_DATA")]
    data: Option<PathBuf>,
    /// PostgreSQL (postgres://…) instead of the database in --data; several servers may share one
    #[arg(long, value_name = "URL", env = "UKETSUKE_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Certificates that vouch for the database's server, PEM; needed when it is on another machine
    #[arg(long, value_name = "FILE", env = "UKETSUKE_DATABASE_CA")]
    database_ca: Option<PathBuf>,
    /// The one address of this server as browsers write it [default on loopback: http://localhost:PORT]
    #[arg(long, value_name = "URL", env = "UKETSUKE_ORIGIN")]
    origin: Option<String>,
    /// CA of cards, PEM; repeat for more
    #[arg(long, value_name = "FILE", env = "UKETSUKE_CARD_CA", num_args = 1.., value_delimiter = ',')]
    card_ca: Vec<PathBuf>,
    /// Port of the reader program on the tablets [default: 35970]
    #[arg(long, value_name = "PORT", env = "UKETSUKE_HELPER_PORT")]
    helper_port: Option<u16>,
    /// Tries things out: invented institution, people and cards; said on every page
    #[arg(long, env = "UKETSUKE_DEMO")]
    demo: bool,
    /// The reader program speaks TLS (its --tls), for browsers that let no page speak plain ws to loopback
    #[arg(long, env = "UKETSUKE_HELPER_TLS")]
    helper_tls: bool,
    /// Demo: whose card is whose (people.json of virtual-card)
    #[arg(long, value_name = "FILE", env = "UKETSUKE_PEOPLE")]
    people: Option<PathBuf>,
    /// Folder with the built pages: reception/, device/ and office/
    #[arg(long, value_name = "DIR", env = "UKETSUKE_PAGES")]
    pages: Option<PathBuf>,
    /// Certificate chain, PEM
    #[arg(long, value_name = "FILE", env = "UKETSUKE_TLS_CERT", requires = "tls_key", conflicts_with = "tls_self")]
    tls_cert: Option<PathBuf>,
    /// Key of the certificate, PEM
    #[arg(long, value_name = "FILE", env = "UKETSUKE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Makes an own certificate for the host of --origin; browsers warn about it
    #[arg(long, env = "UKETSUKE_TLS_SELF")]
    tls_self: bool,
    /// Visits that one reception URL may open a minute (twice as many at once) [default: 60]
    #[arg(long, value_name = "N", env = "UKETSUKE_VISITS_PER_URL", value_parser = clap::value_parser!(u32).range(1..))]
    visits_per_url: Option<u32>,
    /// Visits that one address may open a minute (twice as many at once) [default: 120]
    #[arg(long, value_name = "N", env = "UKETSUKE_VISITS_PER_ADDRESS", value_parser = clap::value_parser!(u32).range(1..))]
    visits_per_address: Option<u32>,
    /// Accepts that the office is entered with a password alone; needed outside the demo until the second factor exists
    #[arg(long, env = "UKETSUKE_SINGLE_FACTOR")]
    single_factor: bool,
}

/// How connections are secured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsChoice {
    /// Plain http, loopback only.
    None,
    /// Certificate chain and key.
    Files(PathBuf, PathBuf),
    /// An own certificate.
    SelfMade,
}

/// Where a PostgreSQL database is. No `Debug`: the URL may hold a password.
#[derive(Clone)]
pub struct PostgresAt {
    /// `postgres://…`.
    pub url: String,
    /// PEM file with the certificates that vouch for its server.
    pub ca: Option<PathBuf>,
}

impl std::fmt::Debug for PostgresAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresAt")
    }
}

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address and port.
    pub listen: SocketAddr,
    /// Folder for the database and keys.
    pub data: PathBuf,
    /// PostgreSQL, where it takes the place of the database in `data`.
    pub postgres: Option<PostgresAt>,
    /// The one address; `None`: `localhost` and the port that is listened on.
    pub origin: Option<Origin>,
    /// PEM files of card CAs.
    pub card_ca: Vec<PathBuf>,
    /// Where the helper is on the tablets.
    pub helper: HelperAt,
    /// Demo or production.
    pub is_demo: bool,
    /// Whose card is whose.
    pub people: Option<PathBuf>,
    /// Built pages.
    pub pages: Option<PathBuf>,
    /// TLS.
    pub tls: TlsChoice,
    /// Where the demo's clock starts.
    pub test_clock: Option<UnixMs>,
    /// How often visitors may do what.
    pub quotas: Quotas,
}

impl CommandLine {
    /// Checks the settings. `test_clock` is the value of [`TEST_CLOCK`].
    ///
    /// # Errors
    /// [`Trouble`] that names the option, the variable or the file.
    pub fn settings(self, test_clock: Option<String>) -> Result<Settings, Trouble> {
        let args = match self.serve.config.clone() {
            Some(file) => self.serve.over(read_config(&file)?),
            None => self.serve,
        };
        let data = args.data.ok_or_else(|| Trouble::usage("no folder for the data is given", "give one with --data DIR"))?;
        let origin = args.origin.as_deref().map(Origin::parse).transpose().map_err(|why| {
            Trouble::usage("--origin is no address of a server", "write it as browsers do: https://uketsuke.example").because(why)
        })?;
        let tls = match (args.tls_cert, args.tls_key, args.tls_self) {
            (Some(chain), Some(key), _) => TlsChoice::Files(chain, key),
            (None, None, true) => TlsChoice::SelfMade,
            (None, None, false) => TlsChoice::None,
            _ => return Err(Trouble::usage("a certificate needs its key", "give --tls-cert FILE and --tls-key FILE together")),
        };
        let quotas = Quotas::default();
        let settings = Settings {
            listen: args.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            data,
            postgres: args.database_url.map(|url| PostgresAt { url, ca: args.database_ca }),
            origin,
            card_ca: args.card_ca,
            helper: HelperAt { port: args.helper_port.unwrap_or(35970), is_tls: args.helper_tls },
            is_demo: args.demo,
            people: args.people,
            pages: args.pages,
            tls,
            test_clock: test_clock.as_deref().map(parse_clock).transpose()?,
            quotas: Quotas {
                visits_by_url: args.visits_per_url.map_or(quotas.visits_by_url, Quota::a_minute),
                visits_by_address: args.visits_per_address.map_or(quotas.visits_by_address, Quota::a_minute),
                ..quotas
            },
        };
        settings.check(args.single_factor)?;
        Ok(settings)
    }
}

impl Settings {
    fn check(&self, is_single_factor: bool) -> Result<(), Trouble> {
        if self.tls == TlsChoice::None && !self.listen.ip().is_loopback() {
            return Err(Trouble::usage(
                "plain http is for loopback only: on a network everyone could read along",
                "give --tls-cert and --tls-key, or --tls-self, or listen on 127.0.0.1",
            ));
        }
        if self.origin.is_none() && !self.listen.ip().is_loopback() {
            return Err(Trouble::usage("this server does not know its own address", "give it with --origin https://HOST"));
        }
        let is_https = self.origin.as_ref().is_some_and(Origin::is_https);
        if self.origin.is_some() && self.tls != TlsChoice::None && !is_https {
            return Err(Trouble::usage("--origin says http, but TLS is switched on", "write --origin with https://"));
        }
        if self.origin.as_ref().is_some_and(|origin| !origin.is_https() && !is_loopback(&origin.host())) {
            return Err(Trouble::usage(
                "--origin says http for a host that is not this machine: browsers give such a page no reader and no safe cookie",
                "write --origin with https:// and give --tls-cert and --tls-key, or use http://localhost:PORT",
            ));
        }
        if self.is_demo {
            return Ok(());
        }
        if is_https && self.tls == TlsChoice::None {
            return Err(Trouble::usage(
                "a TLS proxy in front is not supported yet: all visitors would count as one address",
                "let this server do TLS itself: --tls-cert FILE --tls-key FILE",
            ));
        }
        if self.test_clock.is_some() {
            return Err(Trouble::usage(
                format!("{TEST_CLOCK} is set, but a production server keeps the real time"),
                format!("unset {TEST_CLOCK}, or add --demo"),
            ));
        }
        if self.people.is_some() {
            return Err(Trouble::usage("--people belongs to the demo's invented register", "leave it out, or add --demo"));
        }
        if self.card_ca.is_empty() {
            return Err(Trouble::usage("no CA of cards is given, so no card could be checked", "give it with --card-ca FILE"));
        }
        if !is_single_factor {
            return Err(Trouble::usage(
                "this version has no second factor yet: whoever learns a password of the office gets in",
                "add --single-factor if you accept that for now (the ministry's guideline asks for two factors from fiscal 2027), or --demo",
            ));
        }
        Ok(())
    }
}

/// The hosts that browsers trust over http.
fn is_loopback(host: &str) -> bool {
    ["localhost", "127.0.0.1", "::1"].contains(&host)
}

impl ServeArgs {
    /// The command line wins over the file.
    fn over(self, file: Self) -> Self {
        Self {
            config: self.config,
            listen: self.listen.or(file.listen),
            data: self.data.or(file.data),
            database_url: self.database_url.or(file.database_url),
            database_ca: self.database_ca.or(file.database_ca),
            origin: self.origin.or(file.origin),
            card_ca: if self.card_ca.is_empty() { file.card_ca } else { self.card_ca },
            helper_port: self.helper_port.or(file.helper_port),
            helper_tls: self.helper_tls || file.helper_tls,
            demo: self.demo || file.demo,
            people: self.people.or(file.people),
            pages: self.pages.or(file.pages),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            tls_self: self.tls_self || file.tls_self,
            visits_per_url: self.visits_per_url.or(file.visits_per_url),
            visits_per_address: self.visits_per_address.or(file.visits_per_address),
            single_factor: self.single_factor || file.single_factor,
        }
    }
}

fn read_config(file: &Path) -> Result<ServeArgs, Trouble> {
    let text = std::fs::read_to_string(file)
        .map_err(|why| Trouble::usage(format!("the settings file {} cannot be read", file.display()), "check --config").because(why))?;
    toml::from_str(&text).map_err(|why: toml::de::Error| {
        let line = why.span().map_or(1, |span| text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
        let error = format!("{} line {line}: {}", file.display(), why.message());
        Trouble::usage(error, "the names are those of --help without the dashes in front")
    })
}

fn parse_clock(text: &str) -> Result<UnixMs, Trouble> {
    let instant: jiff::Timestamp = text.parse().map_err(|why: jiff::Error| {
        Trouble::usage(format!("{TEST_CLOCK} is no instant"), "write it as 2024-01-17T10:15:00+09:00").because(why)
    })?;
    Ok(UnixMs(instant.as_millisecond()))
}

/// Writes a file that only its owner can read, whole or not at all; it is on the disk, with its name, when this returns.
///
/// # Errors
/// What the file system says.
pub fn write_secret(file: &Path, content: &[u8]) -> std::io::Result<()> {
    write_secret_in(file, content, sync_folder)
}

/// Puts the names in a folder on the disk: a file that was made or renamed is else still gone after a power cut.
///
/// # Errors
/// What the file system says. Where folders cannot be opened (Windows), the names follow by themselves.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn write_secret_in(file: &Path, content: &[u8], sync: impl FnOnce(&Path) -> std::io::Result<()>) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut draft = file.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    let _ = std::fs::remove_file(&draft);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(&draft)?;
    open.write_all(content)?;
    open.sync_all()?;
    std::fs::rename(&draft, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync(folder.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(args: &str) -> Result<Settings, Trouble> {
        settings_at(args, None)
    }

    fn settings_at(args: &str, clock: Option<&str>) -> Result<Settings, Trouble> {
        let line = std::iter::once("uketsuke-server").chain(args.split_whitespace());
        CommandLine::try_parse_from(line).unwrap().settings(clock.map(str::to_owned))
    }

    #[test]
    fn the_examples_of_the_help_are_understood() {
        assert!(settings("--data ./data --card-ca ./cards/ca.pem --people ./cards/people.json --demo").is_ok());
        let production = "--listen 0.0.0.0:443 --origin https://uketsuke.example --data /var/lib/uketsuke --card-ca /etc/uketsuke/ca.pem \
             --pages /usr/share/uketsuke --tls-cert chain.pem --tls-key key.pem --single-factor";
        assert!(settings(production).is_ok());
        let reset = "uketsuke-server account reset --data /var/lib/uketsuke --institution 9969900001 --user kanri1";
        assert!(CommandLine::try_parse_from(reset.split_whitespace()).unwrap().command.is_some());
        let add = "uketsuke-server institution add --data /var/lib/uketsuke --code 9969900001 --name ひなた訪問看護ステーション";
        assert!(CommandLine::try_parse_from(add.split_whitespace()).unwrap().command.is_some());
    }

    #[test]
    fn plain_http_is_refused_beyond_loopback() {
        let refused = settings("--data d --demo --listen 0.0.0.0:80 --origin http://a.example").unwrap_err();
        assert_eq!((refused.exit, refused.error.contains("loopback")), (2, true));
        assert!(settings("--data d --demo --listen 0.0.0.0:80 --origin https://a.example --tls-self").is_ok());
        assert!(settings("--data d --demo --listen [::1]:80").is_ok());
        assert!(settings("--data d --demo --listen 0.0.0.0:80 --tls-self").is_err(), "no origin");
        assert!(settings("--data d --demo --origin http://a.example --tls-self").is_err(), "http origin with TLS");
    }

    #[test]
    fn an_http_origin_is_of_this_machine_only() {
        for good in ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"] {
            assert!(settings(&format!("--data d --demo --origin {good}")).is_ok(), "{good}");
        }
        for bad in ["http://a.example", "http://192.0.2.1:8080", "http://localhost.example", "http://127.0.0.1.example"] {
            let refused = settings(&format!("--data d --demo --origin {bad}")).unwrap_err();
            assert_eq!((refused.exit, refused.error.contains("not this machine")), (2, true), "{bad}");
        }
    }

    #[test]
    fn a_proxy_that_hides_the_visitors_is_refused() {
        let behind = "--data d --card-ca ca.pem --single-factor --origin https://a.example";
        let refused = settings(behind).unwrap_err();
        assert!(refused.exit == 2 && refused.error.contains("TLS proxy") && refused.next.contains("--tls-cert"), "{}", refused.error);
        assert!(settings(&format!("{behind} --tls-cert a.pem --tls-key a.key")).is_ok());
        assert!(settings("--data d --demo --origin https://a.example").is_ok(), "a demo has no visitors to tell apart");
    }

    #[test]
    fn production_says_what_a_single_factor_means() {
        let refused = settings("--data d --card-ca ca.pem").unwrap_err();
        assert!(refused.error.contains("second factor") && refused.next.contains("--single-factor"));
        assert!(settings("--data d --card-ca ca.pem --single-factor").is_ok());
        assert!(settings("--data d --single-factor").is_err(), "no CA");
    }

    #[test]
    fn the_test_clock_is_for_the_demo_only() {
        let instant = Some("2024-01-17T10:15:00+09:00");
        assert_eq!(settings_at("--data d --demo", instant).unwrap().test_clock, Some(UnixMs(1_705_454_100_000)));
        assert!(settings_at("--data d --card-ca ca.pem --single-factor", instant).is_err());
        assert!(settings_at("--data d --demo", Some("yesterday")).is_err());
    }

    #[test]
    fn the_file_fills_what_the_command_line_leaves_open() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("u.toml");
        std::fs::write(&file, "demo = true\nhelper-port = 1234\ndata = \"from-file\"\n").unwrap();
        let found = settings(&format!("--config {} --data from-line", file.display())).unwrap();
        assert_eq!((found.helper.port, found.is_demo, found.data), (1234, true, PathBuf::from("from-line")));
        std::fs::write(&file, "demo = true\nhelper_port = 1234\n").unwrap();
        let refused = settings(&format!("--config {} --data d", file.display())).unwrap_err();
        assert!(refused.error.contains("line 2"), "{}", refused.error);
    }

    #[test]
    fn a_new_secret_is_still_there_after_a_power_cut() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let mut synced = None;
        let sync = |synced_folder: &Path| {
            synced = Some((synced_folder.to_owned(), std::fs::read(&file).unwrap(), folder.path().join("secret.new").exists()));
            Ok(())
        };
        write_secret_in(&file, b"one", sync).unwrap();
        assert_eq!(synced, Some((folder.path().to_owned(), b"one".to_vec(), false)), "the folder, once the file has its name");
        let refused = write_secret_in(&file, b"two", |_| Err(std::io::Error::other("no space"))).unwrap_err();
        assert_eq!(refused.to_string(), "no space", "what is not on the disk is not called written");
        sync_folder(folder.path()).unwrap();
        #[cfg(unix)]
        assert!(sync_folder(&folder.path().join("missing")).is_err(), "control");
    }

    #[cfg(unix)]
    #[test]
    fn secrets_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        for content in ["one", "two"] {
            write_secret(&file, content.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
