//! Settings: command line and environment first, then the TOML file, then defaults; checked once, at start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use lettre::Address;
use serde::Deserialize;
use shared::api::HelperAt;
use shared::api::backup::{BACKUP_EVERY_MS, BACKUP_KEPT_MS};
use shared::domain::calendar::UnixMs;

use crate::origin::Origin;
use crate::post::MailChoice;
use crate::rate::{Quota, Quotas};
use crate::sheet::FONT;
use crate::trouble::Trouble;

/// Environment variable with the instant at which a demo's clock starts (RFC 3339).
pub const TEST_CLOCK: &str = "UKETSUKE_TEST_CLOCK";

/// How to serve: the options, as they are given.
#[derive(Args, Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ServeArgs {
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
    /// Folder that mails are written to as files, each for one event [default: mails in the folder of --data]
    #[arg(long, value_name = "DIR", env = "UKETSUKE_MAIL_DIR", conflicts_with = "smtp")]
    mail_dir: Option<PathBuf>,
    /// Relay that mails are sent through: smtps://user:password@host, or smtp://host:587?tls=required
    #[arg(long, value_name = "URL", env = "UKETSUKE_SMTP", hide_env_values = true)]
    smtp: Option<String>,
    /// Sender of mails [default: uketsuke@ the host of --origin]
    #[arg(long, value_name = "ADDRESS", env = "UKETSUKE_MAIL_FROM")]
    mail_from: Option<String>,
    /// Font for papers with Japanese letters, OpenType [default: the one of Debian's fonts-noto-cjk]
    #[arg(long, value_name = "FILE", env = "UKETSUKE_FONT")]
    font: Option<PathBuf>,
    /// Makes backups by itself into this folder, which lies on another disk; for more see docs/operate.md
    #[arg(long, value_name = "DIR", env = "UKETSUKE_BACKUP_TO", requires = "backup_key")]
    backup_to: Option<PathBuf>,
    /// Key file that seals the backups, made when missing; keep a copy of it elsewhere
    #[arg(long, value_name = "FILE", env = "UKETSUKE_BACKUP_KEY")]
    backup_key: Option<PathBuf>,
    /// Hours between two backups [default: 3]
    #[arg(long, value_name = "N", env = "UKETSUKE_BACKUP_EVERY_HOURS", value_parser = clap::value_parser!(u32).range(1..=168))]
    backup_every_hours: Option<u32>,
    /// Days that a backup is kept [default: 7]
    #[arg(long, value_name = "N", env = "UKETSUKE_BACKUP_KEEP_DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    backup_keep_days: Option<u32>,
    /// Further files to put into the backups, for example of --tls-cert; repeat for more
    #[arg(long, value_name = "FILE", env = "UKETSUKE_BACKUP_ALSO", num_args = 1.., value_delimiter = ',')]
    backup_also: Vec<PathBuf>,
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
    /// Where mails go.
    pub mail: MailChoice,
    /// Sender of mails; `None`: of the host of the origin.
    pub mail_from: Option<Address>,
    /// Font for papers.
    pub font: PathBuf,
    /// Backups that the server makes by itself.
    pub backup: Option<BackupSettings>,
}

/// Backups that the server makes by itself (P-BACKUP).
#[derive(Debug, Clone)]
pub struct BackupSettings {
    /// The folder.
    pub to: PathBuf,
    /// The key file.
    pub key: PathBuf,
    /// How often, milliseconds.
    pub every_ms: i64,
    /// How long they are kept, milliseconds.
    pub kept_ms: i64,
    /// The settings file.
    pub config: Option<PathBuf>,
    /// Further files.
    pub also: Vec<PathBuf>,
}

impl ServeArgs {
    /// Checks the settings. `test_clock` is the value of [`TEST_CLOCK`].
    ///
    /// # Errors
    /// [`Trouble`] that names the option, the variable or the file.
    pub fn settings(self, test_clock: Option<String>) -> Result<Settings, Trouble> {
        let args = match self.config.clone() {
            Some(file) => self.over(read_config(&file)?),
            None => self,
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
        let backup = match (args.backup_to, args.backup_key) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(Trouble::usage("backups need a key file", "give it with --backup-key FILE: it is made when missing"));
            }
            (Some(to), Some(key)) => Some(BackupSettings {
                to,
                key,
                every_ms: args.backup_every_hours.map_or(BACKUP_EVERY_MS, |hours| i64::from(hours) * 60 * 60_000),
                kept_ms: args.backup_keep_days.map_or(BACKUP_KEPT_MS, |days| i64::from(days) * 24 * 60 * 60_000),
                config: args.config,
                also: args.backup_also,
            }),
        };
        let quotas = Quotas::default();
        let mail = args.smtp.map_or_else(|| MailChoice::Folder(args.mail_dir.unwrap_or_else(|| data.join("mails"))), MailChoice::Smtp);
        let mail_from = args.mail_from.as_deref().map(str::parse).transpose().map_err(|why: lettre::address::AddressError| {
            Trouble::usage("--mail-from is no mail address", "for example --mail-from uketsuke@uketsuke.example").because(why)
        })?;
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
            mail,
            mail_from,
            font: args.font.unwrap_or_else(|| FONT.into()),
            backup,
        };
        settings.check()?;
        Ok(settings)
    }
}

impl Settings {
    fn check(&self) -> Result<(), Trouble> {
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
            mail_dir: if self.smtp.is_some() { None } else { self.mail_dir.or(file.mail_dir) },
            smtp: self.smtp.or(file.smtp),
            mail_from: self.mail_from.or(file.mail_from),
            font: self.font.or(file.font),
            backup_to: self.backup_to.or(file.backup_to),
            backup_key: self.backup_key.or(file.backup_key),
            backup_every_hours: self.backup_every_hours.or(file.backup_every_hours),
            backup_keep_days: self.backup_keep_days.or(file.backup_keep_days),
            backup_also: if self.backup_also.is_empty() { file.backup_also } else { self.backup_also },
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        serve: ServeArgs,
    }

    fn settings(args: &str) -> Result<Settings, Trouble> {
        settings_at(args, None)
    }

    fn settings_at(args: &str, clock: Option<&str>) -> Result<Settings, Trouble> {
        let line = std::iter::once("uketsuke-server").chain(args.split_whitespace());
        Line::try_parse_from(line).unwrap().serve.settings(clock.map(str::to_owned))
    }

    #[test]
    fn the_examples_of_the_help_are_understood() {
        assert!(settings("--data ./data --card-ca ./cards/ca.pem --people ./cards/people.json --demo").is_ok());
        let production = "--listen 0.0.0.0:443 --origin https://uketsuke.example --data /var/lib/uketsuke --card-ca /etc/uketsuke/ca.pem \
             --pages /usr/share/uketsuke --tls-cert chain.pem --tls-key key.pem";
        assert!(settings(production).is_ok());
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
        let behind = "--data d --card-ca ca.pem --origin https://a.example";
        let refused = settings(behind).unwrap_err();
        assert!(refused.exit == 2 && refused.error.contains("TLS proxy") && refused.next.contains("--tls-cert"), "{}", refused.error);
        assert!(settings(&format!("{behind} --tls-cert a.pem --tls-key a.key")).is_ok());
        assert!(settings("--data d --demo --origin https://a.example").is_ok(), "a demo has no visitors to tell apart");
    }

    #[test]
    fn production_needs_a_ca() {
        assert!(settings("--data d --card-ca ca.pem").is_ok());
        assert!(settings("--data d").is_err(), "no CA");
    }

    #[test]
    fn mails_go_into_the_data_folder_unless_a_relay_is_named() {
        let way = |more: &str| settings(&format!("--data d --demo {more}")).unwrap().mail;
        assert!(matches!(way(""), MailChoice::Folder(folder) if folder == Path::new("d/mails")));
        assert!(matches!(way("--mail-dir m"), MailChoice::Folder(folder) if folder == Path::new("m")));
        let relay = "--smtp smtps://user:geheim@mail.example";
        assert!(matches!(way(relay), MailChoice::Smtp(_)));
        let all = settings(&format!("--data d --demo {relay}")).unwrap();
        assert!(!format!("{all:?}").contains("geheim"), "a relay's password stands in no log");
        assert!(settings("--data d --demo --mail-from nobody").unwrap_err().error.contains("--mail-from"));
    }

    #[test]
    fn the_test_clock_is_for_the_demo_only() {
        let instant = Some("2024-01-17T10:15:00+09:00");
        assert_eq!(settings_at("--data d --demo", instant).unwrap().test_clock, Some(UnixMs(1_705_454_100_000)));
        assert!(settings_at("--data d --card-ca ca.pem", instant).is_err());
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
}
