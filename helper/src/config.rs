//! Settings: read raw from flags, environment and one file, then checked into final ones. An error names where it came from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;

use crate::allow::Files;
use crate::gate::{NotAnOrigin, Origin};
use crate::user_files;
use crate::{Listen, Settings};

/// The port that pages dial unless the server was told another.
pub const PORT: u16 = 35970;
/// Days before the end of a TLS certificate from which it is worth a note.
pub const TLS_SOON: i64 = 30;

/// What every command may be told.
#[derive(Debug, clap::Args)]
pub struct Flags {
    /// Page that may use the reader in this run: scheme, host, port. Repeat for more.
    #[arg(long, value_name = "URL", env = "UKETSUKE_ALLOW_ORIGIN", value_delimiter = ',', global = true)]
    pub allow_origin: Vec<String>,
    /// Loopback address and port [default: 127.0.0.1:35970 and [::1]:35970]. Repeat for more.
    #[arg(long, value_name = "ADDR", env = "UKETSUKE_LISTEN", value_delimiter = ',', global = true)]
    pub listen: Vec<SocketAddr>,
    /// pcsc: readers of this machine; simulator: a virtual card [default: pcsc].
    #[arg(long, value_name = "KIND", hide_possible_values = true, env = "UKETSUKE_READER", global = true)]
    pub reader: Option<ReaderKind>,
    /// Folder of virtual cards, as `virtual-card make` writes it.
    #[arg(long, value_name = "DIR", env = "UKETSUKE_SIMULATOR_CARDS")]
    pub simulator_cards: Option<PathBuf>,
    /// Virtual card on the reader: PERSON[:SCENARIO] or FILE.toml [default: ichiro:normal].
    #[arg(long, value_name = "CARD", env = "UKETSUKE_SIMULATOR_CARD")]
    pub simulator_card: Option<String>,
    /// Speaks wss and https too, for browsers that let no page speak plain ws to loopback; first: uketsuke-helper tls install.
    #[cfg(feature = "tls")]
    #[arg(long, env = "UKETSUKE_TLS")]
    pub tls: bool,
    /// Settings file (TOML) with the names of the flags; flags and variables win over it.
    #[arg(long, value_name = "FILE", env = "UKETSUKE_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Read in place of the machine's policy file, where it has none.
    #[arg(long, value_name = "FILE", env = "UKETSUKE_POLICY", hide = true, global = true)]
    pub policy: Option<PathBuf>,
    /// What the log on stderr tells: error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", env = "UKETSUKE_LOG", default_value = "info", global = true)]
    pub log: tracing::Level,
}

/// Which readers are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReaderKind {
    /// Readers of this machine.
    Pcsc,
    /// A virtual card.
    Simulator,
}

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct File {
    allow_origin: Vec<String>,
    listen: Vec<SocketAddr>,
    reader: Option<ReaderKind>,
    simulator_cards: Option<PathBuf>,
    simulator_card: Option<String>,
    #[cfg(feature = "tls")]
    tls: bool,
}

/// Checked settings.
#[derive(Debug)]
pub struct Checked {
    /// What the library needs.
    pub settings: Settings,
    /// Which readers.
    pub readers: ReaderChoice,
    /// TLS is wanted besides.
    #[cfg(feature = "tls")]
    pub tls: bool,
}

/// Which readers, with what they need.
#[derive(Debug, PartialEq, Eq)]
pub enum ReaderChoice {
    /// Readers of this machine.
    Pcsc,
    /// A virtual card of a folder.
    Simulator {
        /// The folder.
        cards: PathBuf,
        /// The card, `PERSON[:SCENARIO]`.
        card: String,
    },
}

/// Says which setting is wrong and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum BadSetting {
    /// Not the origin of a page.
    #[error("page {text:?}: {why}\nnext: write it as the browser does, as in https://uketsuke.example or http://localhost:8080")]
    Origin {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: NotAnOrigin,
    },
    /// An address that others could reach.
    #[error("--listen {0}: not a loopback address; the card reader is for this machine only\nnext: use 127.0.0.1:PORT or [::1]:PORT")]
    NotLoopback(SocketAddr),
    /// Two ports.
    #[error("--listen: all addresses need the same port, because pages dial one\nnext: use 127.0.0.1:PORT and [::1]:PORT")]
    TwoPorts,
    /// The simulator has no cards.
    #[error("--reader simulator: no folder of cards\nnext: make one with `virtual-card make DIR`, then add --simulator-cards DIR")]
    NoCards,
    /// The file cannot be read or understood.
    #[error("settings file {}: {why}\nnext: correct the file, or leave --config out", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        why: String,
    },
}

impl Flags {
    /// Reads the settings file, if one is named.
    ///
    /// # Errors
    /// [`BadSetting::File`].
    pub fn file(&self) -> Result<File, BadSetting> {
        let Some(path) = &self.config else { return Ok(File::default()) };
        let bad = |why: String| BadSetting::File { path: path.clone(), why };
        let content = std::fs::read(path).map_err(|inner| bad(inner.to_string()))?;
        let text = user_files::text(content).map_err(|why| bad(why.to_owned()))?;
        toml::from_str(&text).map_err(|inner| bad(inner.to_string()))
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`BadSetting`] for the first thing that is wrong.
    pub fn check(self, file: File) -> Result<Checked, BadSetting> {
        let or = |given: Vec<_>, filed| if given.is_empty() { filed } else { given };
        let origins = or(self.allow_origin, file.allow_origin);
        let allow = origins.into_iter().map(origin).collect::<Result<Vec<_>, _>>()?;
        let listen = addresses(if self.listen.is_empty() { file.listen } else { self.listen })?;
        let readers = match self.reader.or(file.reader).unwrap_or(ReaderKind::Pcsc) {
            ReaderKind::Pcsc => ReaderChoice::Pcsc,
            ReaderKind::Simulator => ReaderChoice::Simulator {
                cards: self.simulator_cards.or(file.simulator_cards).ok_or(BadSetting::NoCards)?,
                card: self.simulator_card.or(file.simulator_card).unwrap_or_else(|| "ichiro:normal".to_owned()),
            },
        };
        let settings = Settings { lists: Files::of_machine(self.policy), ..Settings::new(listen, allow) };
        Ok(Checked {
            settings,
            readers,
            #[cfg(feature = "tls")]
            tls: self.tls || file.tls,
        })
    }
}

/// Reads the origin of a page.
///
/// # Errors
/// [`BadSetting::Origin`].
pub fn origin(text: String) -> Result<Origin, BadSetting> {
    Origin::parse(&text).map_err(|why| BadSetting::Origin { text, why })
}

/// The addresses to listen on; without any, both loopbacks, of which IPv6 may be missing.
fn addresses(given: Vec<SocketAddr>) -> Result<Vec<Listen>, BadSetting> {
    if given.is_empty() {
        let v4 = Listen { address: (Ipv4Addr::LOCALHOST, PORT).into(), is_optional: false };
        let v6 = Listen { address: (Ipv6Addr::LOCALHOST, PORT).into(), is_optional: true };
        return Ok(vec![v4, v6]);
    }
    let own = |ip: IpAddr| ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
    if let Some(open) = given.iter().find(|address| !own(address.ip())) {
        return Err(BadSetting::NotLoopback(*open));
    }
    let mut ports = given.iter().map(SocketAddr::port);
    let first = ports.next();
    if ports.any(|port| Some(port) != first) {
        return Err(BadSetting::TwoPorts);
    }
    Ok(given.into_iter().map(|address| Listen { address, is_optional: false }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flags: &[&str], file: &str) -> Result<Checked, BadSetting> {
        #[derive(clap::Parser)]
        struct Only {
            #[command(flatten)]
            flags: Flags,
        }
        let Only { flags } = clap::Parser::parse_from([&["uketsuke-helper"], flags].concat());
        flags.check(toml::from_str(file).unwrap())
    }

    #[test]
    fn both_loopbacks_are_the_default() {
        let checked = check(&["--allow-origin", "https://uketsuke.example"], "").unwrap();
        let listen: Vec<(String, bool)> =
            checked.settings.listen.iter().map(|listen| (listen.address.to_string(), listen.is_optional)).collect();
        assert_eq!(listen, [("127.0.0.1:35970".to_owned(), false), ("[::1]:35970".to_owned(), true)]);
        assert_eq!(checked.readers, ReaderChoice::Pcsc);
    }

    #[test]
    fn no_page_needs_to_be_named_because_a_person_may_allow_one_later() {
        let settings = check(&[], "").unwrap().settings;
        assert!(settings.allow.is_empty());
        assert!(settings.lists.policy.is_some_and(|path| path.ends_with("uketsuke/helper.toml") && path.is_absolute()));
        assert_eq!(check(&["--policy", "stand-in.toml"], "").unwrap().settings.lists.stand_in, Some("stand-in.toml".into()));
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = "allow-origin = [\"https://a.example\"]\nreader = \"simulator\"\nsimulator-cards = \"cards\"";
        let checked = check(&["--allow-origin", "https://b.example,https://c.example"], file).unwrap();
        let origins: Vec<&str> = checked.settings.allow.iter().map(Origin::as_str).collect();
        assert_eq!(origins, ["https://b.example", "https://c.example"]);
        let expected = ReaderChoice::Simulator { cards: "cards".into(), card: "ichiro:normal".to_owned() };
        assert_eq!(checked.readers, expected);
    }

    #[test]
    fn wrong_settings_say_what_to_do() {
        let allow = ["--allow-origin", "https://a.example"];
        for (flags, says) in [
            (vec!["--allow-origin", "https://a.example/r"], "only scheme, host and port"),
            ([&allow[..], &["--listen", "0.0.0.0:35970"]].concat(), "not a loopback"),
            ([&allow[..], &["--listen", "192.0.2.1:35970"]].concat(), "not a loopback"),
            ([&allow[..], &["--listen", "127.0.0.2:35970"]].concat(), "not a loopback"),
            ([&allow[..], &["--listen", "[::]:35970"]].concat(), "not a loopback"),
            ([&allow[..], &["--listen", "127.0.0.1:1", "--listen", "[::1]:2"]].concat(), "same port"),
            ([&allow[..], &["--reader", "simulator"]].concat(), "no folder of cards"),
        ] {
            let text = check(&flags, "").unwrap_err().to_string();
            assert!(text.contains(says) && text.contains("\nnext: "), "{flags:?}: {text}");
        }
    }
}
