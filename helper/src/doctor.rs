//! `uketsuke-helper doctor`: what is in the way of a page that does not find the reader, and what to do about it.
//!
//! Looking and judging are apart: [`look`] asks the machine and makes a [`Seen`]; [`findings`] turns that into [`Finding`]s, each in
//! Japanese and English. It changes nothing, and touches a card only when told to (`--card`): its kind, two commands, no PIN.

#[cfg(feature = "deliver")]
mod delivering;
pub mod usb;

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use shared::domain::calendar::UnixMs;
use shared::reader::{CardKind, VERSION};

use crate::allow::{Entry, List, Source, Standing, Unread};
use crate::browser_policy;
use crate::card::jpki::{self, Trouble};
use crate::card::{After, ChannelError};
use crate::config::{Checked, Flags, ReaderChoice, TLS_SOON};
#[cfg(feature = "deliver")]
use crate::deliver::look::{self, Look};
use crate::gate::Origin;
use crate::reader::pcsc::MachineReaders;
use crate::reader::{Place, Readers, Report, Slot};
use crate::sockets::{self, Holder, Peer};
#[cfg(feature = "tls")]
use crate::tls;

/// Longest wait for whoever holds the port to show who it is.
const KNOCK: Duration = Duration::from_secs(1);
/// Longest wait for the reader service.
const SERVICE: Duration = Duration::from_secs(3);
/// The line of our status page that no other program has.
const OUR_PAGE: &str = "<title>uketsuke カード読み取りプログラム</title>";

/// What `doctor` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Also ask the card on each reader what it is (no PIN; lay it on first).
    #[arg(long)]
    pub card: bool,
    /// Language of the findings [default: that of the system].
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Findings as JSON, in both languages.
    #[arg(long)]
    pub json: bool,
    /// Settings of `deliver` [default: /etc/uketsuke/deliver.toml, where it is there].
    #[cfg(feature = "deliver")]
    #[arg(long, value_name = "FILE")]
    pub deliver: Option<PathBuf>,
}

/// A language of the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// 日本語.
    Ja,
    /// English.
    En,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing; not in the way by itself.
    Note,
    /// In the way.
    Problem,
}

/// One thing that was found. The keys of its JSON stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `versions`, `settings`, `service`, `readers`, `card`, `port`, `pages`, `browser`, `tls`, `peer`, `deliver`.
    pub id: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What was found.
    pub text_ja: String,
    /// What was found.
    pub text_en: String,
    /// What to do next; always there with a problem.
    pub next_ja: Option<String>,
    /// What to do next; there when `next_ja` is.
    pub next_en: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Release of the PC/SC service, where the system says.
    pub pcsc: Option<String>,
    /// The reader service and its readers.
    pub readers: ReadersSeen,
    /// What lies on each reader, by the reader's name; `None` when nobody asked for it.
    pub cards: Option<Vec<(String, CardSeen)>>,
    /// Readers that the kernel keeps from the service.
    pub claimed: Vec<usb::Claimed>,
    /// The addresses that the program listens on.
    pub ports: Vec<(SocketAddr, PortSeen)>,
    /// The port, where the system may give it to any program's connection.
    pub unreserved: Option<u16>,
    /// Pages that are named anywhere.
    pub pages: Vec<Entry>,
    /// Files that allow nobody because of a fault.
    pub unread: Vec<Unread>,
    /// Managed browser policies: the page, the file, and whether it grants the way.
    pub policies: Vec<(Origin, PathBuf, bool)>,
    /// Whether the system tells whose a connection is.
    pub peer: Peer,
    /// The certificate for wss.
    pub tls: TlsSeen,
    /// How delivering stands, where it is set up.
    #[cfg(feature = "deliver")]
    pub deliver: Option<Look>,
}

/// The reader service and its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadersSeen {
    /// The service does not answer.
    Down,
    /// It refuses this user.
    Denied,
    /// A virtual card in place of the machine's readers.
    Simulated,
    /// Names, as the system gives them.
    Names(Vec<String>),
}

/// What lies on a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardSeen {
    /// Nothing.
    Nothing,
    /// A card of this kind.
    Kind(CardKind),
    /// Another program holds it.
    Busy,
    /// It does not answer, or it left.
    Silent,
}

/// Who is at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortSeen {
    /// Nobody.
    Free,
    /// This program, already running.
    Running,
    /// Another program, named where the system does.
    Taken(Option<Holder>),
    /// The system does not let this user listen there.
    Refused,
    /// This machine has no such address (IPv6 switched off).
    Missing,
    /// The system says something else.
    Failed(String),
}

/// The certificate for wss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsSeen {
    /// This build has no TLS.
    NotBuilt,
    /// None was made: the usual case.
    None,
    /// It lives for so many days more; negative when it is over.
    Days(i64),
    /// It cannot be read.
    Broken,
}

/// Prints the findings; exit code 0 without problems, 3 with, 2 when the settings are wrong.
#[must_use]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the findings are what was asked for")]
pub fn run(flags: Flags, args: Args) -> ExitCode {
    let checked = match flags.file().and_then(|file| flags.check(file)) {
        Ok(checked) => checked,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let found = findings(&look(checked, &args));
    let problems = found.iter().filter(|finding| finding.level == Level::Problem).count();
    if args.json {
        let version = env!("CARGO_PKG_VERSION");
        println!("{:#}", serde_json::json!({ "program": "uketsuke-helper", "version": version, "problems": problems, "findings": found }));
    } else {
        print!("{}", text(&found, args.lang.unwrap_or_else(system_lang), args.card));
    }
    if problems == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

/// The findings for a person.
fn text(found: &[Finding], lang: Lang, card: bool) -> String {
    let mut lines = String::new();
    for finding in found {
        let (level, text, next) = match lang {
            Lang::Ja => (["正常", "参考", "問題"], &finding.text_ja, &finding.next_ja),
            Lang::En => (["ok     ", "note   ", "problem"], &finding.text_en, &finding.next_en),
        };
        let [ok, note, problem] = level;
        let level = match finding.level {
            Level::Ok => ok,
            Level::Note => note,
            Level::Problem => problem,
        };
        lines.push_str(&format!("{level} {:<9} {text}\n", finding.id));
        if let Some(next) = next {
            let arrow = if lang == Lang::Ja { "次に: " } else { "next: " };
            lines.push_str(&format!("{:18}{arrow}{next}\n", ""));
        }
    }
    let problems = found.iter().filter(|finding| finding.level == Level::Problem).count();
    lines.push_str(&match (lang, card) {
        (Lang::Ja, false) => format!("問題 {problems} 件。カードには触れていません(カードも確かめるには --card)。\n"),
        (Lang::Ja, true) => format!("問題 {problems} 件。暗証番号は使っていません。\n"),
        (Lang::En, false) => format!("Problems: {problems}. No card was touched (--card asks the card too).\n"),
        (Lang::En, true) => format!("Problems: {problems}. No PIN was used.\n"),
    });
    lines
}

/// The language that the system was told.
fn system_lang() -> Lang {
    let told = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if told.is_some_and(|value| value.starts_with("ja")) { Lang::Ja } else { Lang::En }
}

/// Looks at the machine.
#[must_use]
pub fn look(checked: Checked, args: &Args) -> Seen {
    let settings = checked.settings;
    #[cfg(feature = "deliver")]
    let deliver = {
        let usual = Some(look::usual_file()).filter(|file| file.exists());
        args.deliver.clone().or(usual).map(|file| look::look(&file, (settings.clock)()))
    };
    #[cfg(feature = "tls")]
    let tls = match tls::remaining_days(settings.lists.own.as_deref(), (settings.clock)()) {
        Ok(days) => TlsSeen::Days(days),
        Err(tls::NoTls::None | tls::NoTls::NoFolder) => TlsSeen::None,
        Err(_) => TlsSeen::Broken,
    };
    let list = List::new(settings.allow, settings.lists, settings.clock);
    let pages = list.entries();
    let policies = pages.iter().flat_map(|page| {
        let files = browser_policy::managed(std::path::Path::new("/"), &page.origin);
        files.into_iter().map(|(file, grants)| (page.origin.clone(), file, grants))
    });
    let (readers, cards) = match checked.readers {
        ReaderChoice::Pcsc => look_at_readers(&MachineReaders, args.card),
        ReaderChoice::Simulator { .. } => (ReadersSeen::Simulated, None),
    };
    Seen {
        pcsc: pcsc_release(),
        readers,
        cards,
        claimed: usb::claimed(std::path::Path::new(usb::DEVICES)),
        ports: settings.listen.iter().map(|listen| (listen.address, port(listen.address))).collect(),
        unreserved: settings.listen.first().map(|listen| listen.address.port()).filter(|port| sockets::may_be_given_away(*port)),
        policies: policies.collect(),
        pages,
        unread: list.unread(),
        peer: peer_check(),
        #[cfg(feature = "tls")]
        tls,
        #[cfg(not(feature = "tls"))]
        tls: TlsSeen::NotBuilt,
        #[cfg(feature = "deliver")]
        deliver,
    }
}

/// The release of the service's program; on other systems it is a part of the system.
fn pcsc_release() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let said = Command::new("/usr/sbin/pcscd").arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let release = said.lines().next()?.strip_prefix("pcsc-lite version ")?;
    Some(release.trim_end_matches('.').to_owned())
}

/// Asks for the readers, and with `card` each card for its kind.
pub fn look_at_readers(readers: &dyn Readers, card: bool) -> (ReadersSeen, Option<Vec<(String, CardSeen)>>) {
    let (tell, told) = mpsc::channel();
    let watch = readers.watch(Box::new(move |report| drop(tell.send(report))));
    let report = told.recv_timeout(SERVICE).unwrap_or(Report::Down);
    drop(watch);
    let slots = match report {
        Report::Down => return (ReadersSeen::Down, None),
        Report::Denied => return (ReadersSeen::Denied, None),
        Report::Slots(slots) => slots,
    };
    let names = slots.iter().map(|slot| slot.name.clone()).collect();
    let look = |slot: Slot| {
        let seen = match slot.card {
            None => CardSeen::Nothing,
            Some(there) if there.is_mute => CardSeen::Silent,
            Some(there) => kind(readers, &Place { reader: slot.name.clone(), mark: there.mark }),
        };
        (slot.name, seen)
    };
    (ReadersSeen::Names(names), card.then(|| slots.into_iter().map(look).collect()))
}

/// Asks a card what it is: two commands, no PIN.
fn kind(readers: &dyn Readers, place: &Place) -> CardSeen {
    let mut seen = CardSeen::Silent;
    let opened = readers.door().with_card(place, &mut |channel| {
        seen = match jpki::kind(channel, &|| false) {
            Ok(kind) => CardSeen::Kind(kind),
            Err(Trouble::Channel(ChannelError::Busy)) => CardSeen::Busy,
            Err(_) => CardSeen::Silent,
        };
        After::Unpower
    });
    match opened {
        Err(ChannelError::Busy) => CardSeen::Busy,
        _ => seen,
    }
}

/// Finds out who is at an address, by trying to be there.
#[must_use]
pub fn port(address: SocketAddr) -> PortSeen {
    match TcpListener::bind(address) {
        Ok(_) => PortSeen::Free,
        Err(error) => why_not(address, &error),
    }
}

/// What kept a program from an address.
#[must_use]
pub fn why_not(address: SocketAddr, error: &io::Error) -> PortSeen {
    match error.kind() {
        io::ErrorKind::AddrInUse if is_us(address).unwrap_or(false) => PortSeen::Running,
        io::ErrorKind::AddrInUse => PortSeen::Taken(sockets::holder(address)),
        io::ErrorKind::PermissionDenied => PortSeen::Refused,
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported => PortSeen::Missing,
        _ => PortSeen::Failed(error.to_string()),
    }
}

/// Asks for the status page. Another user's helper refuses us and counts as a stranger: it cannot serve us either.
fn is_us(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, KNOCK)?;
    stream.set_read_timeout(Some(KNOCK))?;
    stream.set_write_timeout(Some(KNOCK))?;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).contains(OUR_PAGE))
}

/// Tries on a connection of our own whether the system tells whose it is.
fn peer_check() -> Peer {
    let pair = || {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        let (server, remote) = listener.accept()?;
        Ok::<_, io::Error>((sockets::peer(server.local_addr()?, remote), client))
    };
    pair().map_or(Peer::Unknown, |(peer, _)| peer)
}

/// Judges what was seen.
#[must_use]
pub fn findings(seen: &Seen) -> Vec<Finding> {
    let mut found = vec![versions(seen)];
    found.extend(seen.unread.iter().map(unread));
    found.extend(service(&seen.readers));
    found.extend(seen.claimed.iter().map(claimed));
    found.extend(seen.cards.iter().flatten().map(|(reader, card)| on_reader(reader, *card)));
    found.extend(seen.ports.iter().map(|(address, port)| at_port(*address, port)));
    found.extend(seen.unreserved.map(unreserved));
    found.extend(pages(&seen.pages));
    found.extend(browser(seen));
    found.push(tls(seen.tls));
    found.push(peer(seen.peer));
    #[cfg(feature = "deliver")]
    found.extend(seen.deliver.iter().flat_map(delivering::findings));
    found
}

fn ok(id: &'static str, ja: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding { id, level: Level::Ok, text_ja: ja.into(), text_en: en.into(), next_ja: None, next_en: None }
}

impl Finding {
    fn note(self) -> Self {
        Self { level: Level::Note, ..self }
    }

    fn next(self, ja: &str, en: &str) -> Self {
        Self { next_ja: Some(ja.to_owned()), next_en: Some(en.to_owned()), ..self }
    }

    fn problem(self, next_ja: &str, next_en: &str) -> Self {
        Self { level: Level::Problem, ..self }.next(next_ja, next_en)
    }
}

fn versions(seen: &Seen) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    let (ja, en) = match &seen.pcsc {
        Some(release) => (format!("PC/SC {release}"), format!("PC/SC {release}")),
        None => ("PC/SC の版は不明".to_owned(), "PC/SC release unknown".to_owned()),
    };
    ok("versions", format!("プログラム {own}、プロトコル {VERSION}、{ja}"), format!("program {own}, protocol {VERSION}, {en}"))
}

fn unread(unread: &Unread) -> Finding {
    ok("settings", format!("設定ファイルを読み取れません: {unread}"), format!("a settings file cannot be understood: {unread}")).problem(
        "ファイルを直してください。直るまで、このファイルからはどのページも許可されません。",
        "Correct the file. Until then it allows no page.",
    )
}

fn service(readers: &ReadersSeen) -> Vec<Finding> {
    let answers = || ok("service", "カードリーダーのサービス(PC/SC)が動いています。", "The reader service (PC/SC) answers.");
    match readers {
        ReadersSeen::Down => {
            vec![ok("service", "カードリーダーのサービス(PC/SC)が動いていません。", "The reader service (PC/SC) does not answer.").problem(
                "Debian では `sudo apt install pcscd` を実行してください。Windows では「Smart Card」サービスを開始してください。",
                "On Debian: sudo apt install pcscd. On Windows: start the service \"Smart Card\".",
            )]
        }
        ReadersSeen::Denied => {
            vec![ok("service", "カードリーダーを使う権限がありません。", "The reader service refuses this user.").problem(
                "端末の画面から直接ログインして使ってください。リモート接続で使うには、管理者が polkit の規則で許可します。",
                "Log in at the machine's own screen. For a remote session, the administrator allows the user by a polkit rule.",
            )]
        }
        ReadersSeen::Simulated => {
            vec![
                ok("readers", "模擬カードを使う設定です。本物のカードは読みません。", "A virtual card is used; no real card can be read.")
                    .note(),
            ]
        }
        ReadersSeen::Names(names) if names.is_empty() => vec![
            answers(),
            ok("readers", "カードリーダーがつながっていません。", "No card reader is connected.")
                .problem("カードリーダーをつないでから、もう一度確かめてください。", "Connect the card reader, then run this again."),
        ],
        ReadersSeen::Names(names) => {
            let names = names.join(", ");
            vec![answers(), ok("readers", format!("カードリーダー: {names}"), format!("Readers: {names}"))]
        }
    }
}

fn on_reader(reader: &str, card: CardSeen) -> Finding {
    let on = |ja: &str, en: &str| ok("card", format!("{reader}: {ja}"), format!("{reader}: {en}"));
    match card {
        CardSeen::Nothing => on("カードが置かれていません。", "no card.")
            .note()
            .next("カードを置いてから、もう一度確かめてください。", "Lay the card on the reader, then run this again."),
        CardSeen::Kind(CardKind::MyNumberCard) => on("マイナンバーカードです。", "a My Number Card."),
        CardSeen::Kind(CardKind::PhoneAndroid) => {
            on("Androidスマートフォンのマイナンバーカードです。", "a My Number Card on an Android phone.")
        }
        CardSeen::Kind(CardKind::PhoneIos) => on("iPhoneのマイナンバーカードです。", "a My Number Card on an iPhone."),
        CardSeen::Kind(CardKind::UnknownToken) => {
            on("この版が知らない種類のカードです。", "a kind of card that this release does not know.")
                .problem("新しい版の読み取りプログラムがないか確かめてください。", "Look for a newer release of this program.")
        }
        CardSeen::Kind(CardKind::JukiCard) => on("住民基本台帳カードです。今は使えません。", "a Juki card, which can no longer be used.")
            .problem("マイナンバーカードを置いてください。", "Lay a My Number Card on the reader."),
        CardSeen::Kind(CardKind::Foreign) => on("マイナンバーカードではないカードです。", "not a My Number Card.")
            .problem("マイナンバーカードを置いてください。", "Lay a My Number Card on the reader."),
        CardSeen::Busy => on("ほかのソフトがカードを使っています。", "another program is using the card.")
            .problem("ほかのソフトを終わらせてから、もう一度確かめてください。", "End the other program, then run this again."),
        CardSeen::Kind(CardKind::Mute) | CardSeen::Silent => on("カードが応答しません。", "the card does not answer.")
            .problem("カードの向きを確かめて、置き直してください。", "Check which way up the card lies, and lay it on again."),
    }
}

fn claimed(claimed: &usb::Claimed) -> Finding {
    let usb::Claimed { device, driver } = claimed;
    ok(
        "readers",
        format!("{device} は、OS のドライバー {driver} が使っているため、カードリーダーとして使えません。"),
        format!("{device} is held by {driver}, a driver of the system, and cannot serve as a card reader."),
    )
    .problem(
        &format!(
            "管理者が /etc/modprobe.d/uketsuke.conf に「blacklist {driver}」と書き、端末を再起動してください。\
             すぐ試すには sudo modprobe -r {driver} のあと、リーダーをつなぎ直します。"
        ),
        &format!(
            "The administrator writes \"blacklist {driver}\" into /etc/modprobe.d/uketsuke.conf and restarts the machine. \
             To try at once: sudo modprobe -r {driver}, then plug the reader in again."
        ),
    )
}

/// What is at an address, for people: also the program's own words when it cannot listen there.
#[must_use]
pub fn at_port(address: SocketAddr, port: &PortSeen) -> Finding {
    const CHOOSE_JA: &str = "--listen でほかのポートを選び、サーバーの --helper-port を同じにしてください。";
    const CHOOSE_EN: &str = "choose another port with --listen and tell the server (--helper-port)";
    let say = |ja: String, en: String| ok("port", format!("{address} {ja}"), format!("{address} {en}"));
    match port {
        PortSeen::Free => say("は空いています。".to_owned(), "is free.".to_owned()).note().next(
            "読み取りプログラムは今は動いていません。ログインし直すか、uketsuke-helper を起動してください。",
            "The program does not run now. Log in again, or start uketsuke-helper.",
        ),
        PortSeen::Running => {
            ok("port", format!("読み取りプログラムが {address} で動いています。"), format!("The program runs at {address}."))
        }
        PortSeen::Taken(Some(holder)) => taken(holder, say),
        PortSeen::Taken(None) => say("はほかのプログラムが使っています。".to_owned(), "is in use by another program.".to_owned())
            .problem(&format!("そのプログラムを終わらせるか、{CHOOSE_JA}"), &format!("End that program, or {CHOOSE_EN}.")),
        PortSeen::Refused if address.port() < PRIVILEGED => {
            let [ja, en] = [
                format!("は、この利用者には使えません(1 から {} のポートはシステムのものです)。", PRIVILEGED - 1),
                format!("is not for this user: ports 1 to {} belong to the system.", PRIVILEGED - 1),
            ];
            say(ja, en).problem(CHOOSE_JA, &format!("Run it as an ordinary user and {CHOOSE_EN}."))
        }
        PortSeen::Refused => say("を使うことを、システムが許可しません。".to_owned(), "is refused to this user by the system.".to_owned())
            .problem(
                &format!("管理者にセキュリティソフトの設定を確かめてもらうか、{CHOOSE_JA}"),
                &format!("Ask the administrator about security software, or {CHOOSE_EN}."),
            ),
        PortSeen::Missing => {
            ok("port", format!("{address} はこの端末にありません。"), format!("This machine has no address {address}.")).note()
        }
        PortSeen::Failed(why) => say(format!("を使えません: {why}"), format!("cannot be used: {why}"))
            .problem(&format!("端末を再起動するか、{CHOOSE_JA}"), &format!("Restart the machine, or {CHOOSE_EN}.")),
    }
}

/// The first port that every user may listen on, as systems come.
const PRIVILEGED: u16 = 1024;

/// Another program holds the address: which, and what to do about that one.
fn taken(holder: &Holder, say: impl Fn(String, String) -> Finding) -> Finding {
    let (ja, en) = (holder.ja(), holder.to_string());
    if holder.is_helper() && holder.is_other_user {
        return say(
            format!("は、ほかの利用者の読み取りプログラムが使っています: {ja}"),
            format!("is in use by the reader program of another user: {en}"),
        )
        .problem(
            "その利用者にログアウトしてもらってから、uketsuke-helper を起動してください。一度に使えるのは一人です。",
            "Let that person log out, then start uketsuke-helper. One person at a time can use it.",
        );
    }
    if holder.is_helper() {
        return say(
            format!("は、応答しない読み取りプログラムが使っています: {ja}"),
            format!("is in use by this program, which does not answer: {en}"),
        )
        .problem(
            "そのプログラムを終わらせてから、起動し直してください(systemctl --user restart uketsuke-helper)。",
            "End it and start it again (systemctl --user restart uketsuke-helper).",
        );
    }
    if !holder.is_listening {
        return say(
            format!("は、ほかのプログラムの通信に使われています: {ja}"),
            format!("was given to a connection of another program: {en}"),
        )
        .problem(
            "そのプログラムを終わらせるか、通信が終わるのを待ってから、uketsuke-helper を起動してください。",
            "End that program or wait until its connection is over, then start uketsuke-helper.",
        );
    }
    say(format!("は、ほかのプログラムが使っています: {ja}"), format!("is in use by another program: {en}")).problem(
        "そのプログラムを終わらせるか、--listen でほかのポートを選び、サーバーの --helper-port を同じにしてください。",
        "End that program, or choose another port with --listen and tell the server (--helper-port).",
    )
}

/// Any connection of any program may be given the port, and then the program cannot start.
fn unreserved(port: u16) -> Finding {
    ok(
        "port",
        format!("ポート {port} は予約されていないため、ほかのプログラムの通信に使われることがあります。"),
        format!("Port {port} is not reserved: the system may give it to a connection of any program."),
    )
    .note()
    .next(
        &format!("管理者が /etc/sysctl.d/ のファイルの net.ipv4.ip_local_reserved_ports に {port} を加えてください(Debian のパッケージは自動で行います)。"),
        &format!("The administrator adds {port} to net.ipv4.ip_local_reserved_ports in a file of /etc/sysctl.d/ (the Debian package does)."),
    )
}

fn pages(pages: &[Entry]) -> Vec<Finding> {
    let mut found: Vec<Finding> = pages.iter().map(page).collect();
    if !pages.iter().any(|page| page.standing == Standing::InForce) {
        found.push(ok("pages", "許可されているページがありません。", "No page is allowed.").problem(
            "uketsuke-helper allow https://… で受付のページを許可してください。全員に許可するには管理者の設定ファイルに書きます。",
            "Allow the page of the reception: uketsuke-helper allow https://… For everybody, the administrator's file names it.",
        ));
    }
    found
}

fn page(page: &Entry) -> Finding {
    let origin = &page.origin;
    let (by_ja, by_en) = match page.source {
        Source::Settings => ("起動時の設定", "this start's settings"),
        Source::Policy => ("管理者の設定", "the administrator"),
        Source::Person => ("利用者", "the person"),
    };
    let (used_ja, used_en) = match page.last_use {
        Some(UnixMs(_)) => {
            let at = page.last_use.map(UnixMs::jst_minute_text).unwrap_or_default();
            (format!("最後の利用 {at}(日本時間)"), format!("last use {at} (Japan time)"))
        }
        None => ("利用の記録なし".to_owned(), "no use on record".to_owned()),
    };
    let say = |ja: &str, en: &str| ok("pages", format!("{origin} {ja}({by_ja}、{used_ja})"), format!("{origin} {en} ({by_en}; {used_en})"));
    match page.standing {
        Standing::InForce => say("は許可されています", "is allowed"),
        Standing::Unused => say("の許可は、長く使われていないため効きません", "is no longer allowed: not used for long")
            .note()
            .next("必要なら uketsuke-helper allow でもう一度許可してください。", "If needed, allow it again: uketsuke-helper allow"),
        Standing::Forbidden => say("は管理者の設定で禁止されています", "is forbidden by the administrator")
            .note()
            .next("必要なら管理者に相談してください。", "If needed, ask the administrator."),
        Standing::PolicyOnly => say("は許可されません: 管理者の設定だけが有効です", "is not allowed: only the administrator's file counts")
            .note()
            .next("必要なら管理者に相談してください。", "If needed, ask the administrator."),
    }
}

/// What managed policies say of the pages in force. A page of this machine needs none.
fn browser(seen: &Seen) -> Vec<Finding> {
    let mut origins: Vec<&Origin> = seen.pages.iter().filter(|page| page.standing == Standing::InForce).map(|page| &page.origin).collect();
    origins.retain(|origin| origin.as_str().starts_with("https://"));
    origins.sort();
    origins.dedup();
    let of_page = |origin: &Origin| {
        let files: Vec<_> =
            seen.policies.iter().filter(|(page, ..)| page == origin).map(|(_, file, grants)| (file.display(), *grants)).collect();
        if let Some((file, _)) = files.iter().find(|(_, grants)| !grants) {
            return ok(
                "browser",
                format!("{file} が {origin} の接続を禁止しています。"),
                format!("{file} forbids {origin} the way to this program."),
            )
            .problem(
                "管理者に LoopbackNetworkBlockedForUrls の設定を確かめてもらってください。",
                "Ask the administrator about LoopbackNetworkBlockedForUrls.",
            );
        }
        match files.first() {
            Some((file, _)) => ok(
                "browser",
                format!("{file} が {origin} の接続を許可しています。"),
                format!("{file} grants {origin} the way to this program."),
            ),
            None => ok(
                "browser",
                format!("{origin} の接続を許可するブラウザの管理設定は見つかりません。ブラウザが利用者に一度たずねます。"),
                format!("No managed browser policy grants {origin} the way; the browser asks the person once."),
            )
            .note()
            .next(
                &format!("たずねられたら許可してください。管理する端末では: uketsuke-helper browser-policy {origin}"),
                &format!("Allow it when asked. For managed machines: uketsuke-helper browser-policy {origin}"),
            ),
        }
    };
    origins.into_iter().map(of_page).collect()
}

fn tls(tls: TlsSeen) -> Finding {
    const NEXT_JA: &str = "uketsuke-helper tls install で作り直し、表示される手順で信頼し直してください。";
    const NEXT_EN: &str = "Make it anew: uketsuke-helper tls install; then trust it again by the steps shown.";
    match tls {
        TlsSeen::NotBuilt | TlsSeen::None => {
            ok("tls", "wss の証明書はありません(通常は不要です)。", "No certificate for wss (usually none is needed).")
        }
        TlsSeen::Broken => ok("tls", "wss の証明書を読み取れません。", "The certificate for wss cannot be read.").problem(NEXT_JA, NEXT_EN),
        TlsSeen::Days(days) if days < 0 => {
            ok("tls", "wss の証明書は期限切れです。", "The certificate for wss has expired.").problem(NEXT_JA, NEXT_EN)
        }
        TlsSeen::Days(days) => {
            let left = ok(
                "tls",
                format!("wss の証明書はあと {days} 日有効です。"),
                format!("The certificate for wss is good for {days} more days."),
            );
            if days < TLS_SOON { left.note().next(NEXT_JA, NEXT_EN) } else { left }
        }
    }
}

fn peer(peer: Peer) -> Finding {
    if peer == Peer::Same {
        return ok("peer", "ほかの利用者からの接続を見分けられます。", "Connections of other users of this machine are told apart.");
    }
    if Peer::Unknown.is_served() {
        return ok(
            "peer",
            "このシステムでは、同じ端末のほかの利用者からの接続を見分けられません。",
            "This system does not tell whose a connection is: other users of this machine are not told apart.",
        )
        .note()
        .next("同時に使うのは一人だけにしてください。", "Let one person use the machine at a time.");
    }
    ok(
        "peer",
        "だれの接続かをシステムから聞けないため、どの接続も受け付けません。",
        "The system does not tell whose a connection is, so none is served.",
    )
    .problem(
        "管理者が sudo modprobe tcp_diag を実行してください。セキュリティの設定で netlink を禁じている場合は許可してください。",
        "The administrator runs: sudo modprobe tcp_diag. Where security settings forbid netlink, allow it.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn entry(source: Source, standing: Standing, last_use: Option<UnixMs>) -> Entry {
        Entry { origin: origin("https://uketsuke.example"), source, since: None, last_use, standing }
    }

    fn address() -> SocketAddr {
        "127.0.0.1:35970".parse().unwrap()
    }

    /// A machine on which all is well.
    fn healthy() -> Seen {
        Seen {
            pcsc: Some("1.9.9".to_owned()),
            readers: ReadersSeen::Names(vec!["Reader 00 00".to_owned()]),
            cards: None,
            claimed: Vec::new(),
            ports: vec![(address(), PortSeen::Running)],
            unreserved: None,
            pages: vec![entry(Source::Policy, Standing::InForce, Some(UnixMs(1_705_454_100_000)))],
            unread: Vec::new(),
            policies: vec![(origin("https://uketsuke.example"), "/etc/chromium/policies/managed/uketsuke.json".into(), true)],
            peer: Peer::Same,
            tls: TlsSeen::None,
            #[cfg(feature = "deliver")]
            deliver: None,
        }
    }

    /// Every branch: what differs from a healthy machine, the finding it makes, and words that it says.
    fn cases() -> Vec<(Seen, &'static str, Level, &'static str)> {
        use Level::{Note, Ok, Problem};
        let with = |change: &dyn Fn(&mut Seen)| {
            let mut seen = healthy();
            change(&mut seen);
            seen
        };
        let readers = |readers: ReadersSeen| with(&|seen| seen.readers = readers.clone());
        let card = |card: CardSeen| with(&|seen| seen.cards = Some(vec![("Reader 00 00".to_owned(), card)]));
        let port = |port: PortSeen| with(&|seen| seen.ports = vec![(address(), port.clone())]);
        let page = |source, standing| with(&|seen| seen.pages = vec![entry(source, standing, None)]);
        let tls = |tls| with(&|seen| seen.tls = tls);
        let kind = |kind| card(CardSeen::Kind(kind));
        let holder = |name: Option<&str>, is_other_user: bool, is_listening| {
            let (program, process) = (name.map(str::to_owned), name.filter(|_| !is_other_user).map(|_| 7));
            port(PortSeen::Taken(Some(Holder { program, process, user: "taro".to_owned(), is_other_user, is_listening })))
        };
        let at = |address: &str, seen: PortSeen| with(&|all| all.ports = vec![(address.parse().unwrap(), seen.clone())]);
        let driver = usb::Claimed { device: "SONY RC-S380/P".to_owned(), driver: "port100".to_owned() };
        let unread = Unread { path: "/etc/uketsuke/helper.toml".into(), why: "line 2".to_owned() };
        let mut cases = vec![
            (healthy(), "versions", Ok, "PC/SC 1.9.9"),
            (with(&|seen| seen.pcsc = None), "versions", Ok, "release unknown"),
            (with(&|seen| seen.unread = vec![unread.clone()]), "settings", Problem, "/etc/uketsuke/helper.toml: line 2"),
            (healthy(), "service", Ok, "answers"),
            (readers(ReadersSeen::Down), "service", Problem, "does not answer"),
            (readers(ReadersSeen::Denied), "service", Problem, "refuses this user"),
            (healthy(), "readers", Ok, "Reader 00 00"),
            (readers(ReadersSeen::Simulated), "readers", Note, "virtual card"),
            (readers(ReadersSeen::Names(Vec::new())), "readers", Problem, "No card reader"),
            (card(CardSeen::Nothing), "card", Note, "no card"),
            (kind(CardKind::MyNumberCard), "card", Ok, "a My Number Card"),
            (kind(CardKind::PhoneAndroid), "card", Ok, "on an Android phone"),
            (kind(CardKind::PhoneIos), "card", Ok, "on an iPhone"),
            (kind(CardKind::UnknownToken), "card", Problem, "does not know"),
            (kind(CardKind::JukiCard), "card", Problem, "Juki card"),
            (kind(CardKind::Foreign), "card", Problem, "not a My Number Card"),
            (kind(CardKind::Mute), "card", Problem, "does not answer"),
            (card(CardSeen::Busy), "card", Problem, "another program is using"),
            (card(CardSeen::Silent), "card", Problem, "does not answer"),
            (with(&|seen| seen.claimed = vec![driver.clone()]), "readers", Problem, "SONY RC-S380/P is held by port100"),
            (healthy(), "port", Ok, "runs at 127.0.0.1:35970"),
            (port(PortSeen::Free), "port", Note, "is free"),
            (holder(Some("other"), false, true), "port", Problem, "in use by another program: other (process 7)"),
            (holder(None, true, true), "port", Problem, "in use by another program: a program of the user taro"),
            (holder(Some("uketsuke-helper"), true, true), "port", Problem, "of another user: uketsuke-helper (user taro)"),
            (holder(Some("uketsuke-helper"), false, true), "port", Problem, "does not answer: uketsuke-helper (process 7)"),
            (holder(Some("browser"), false, false), "port", Problem, "given to a connection of another program: browser (process 7)"),
            (port(PortSeen::Taken(None)), "port", Problem, "in use by another program"),
            (at("127.0.0.1:80", PortSeen::Refused), "port", Problem, "127.0.0.1:80 is not for this user: ports 1 to 1023"),
            (port(PortSeen::Refused), "port", Problem, "refused to this user by the system"),
            (port(PortSeen::Missing), "port", Note, "has no address"),
            (port(PortSeen::Failed("odd".to_owned())), "port", Problem, "cannot be used: odd"),
            (with(&|seen| seen.unreserved = Some(35970)), "port", Note, "Port 35970 is not reserved"),
            (healthy(), "pages", Ok, "the administrator; last use 2024/01/17 10:15"),
            (page(Source::Settings, Standing::InForce), "pages", Ok, "this start's settings; no use on record"),
            (page(Source::Person, Standing::Unused), "pages", Note, "not used for long (the person"),
            (page(Source::Person, Standing::Forbidden), "pages", Note, "forbidden by the administrator"),
            (page(Source::Person, Standing::PolicyOnly), "pages", Note, "only the administrator's file counts"),
            (page(Source::Person, Standing::Forbidden), "pages", Problem, "No page is allowed"),
            (with(&|seen| seen.pages.clear()), "pages", Problem, "No page is allowed"),
            (healthy(), "browser", Ok, "grants https://uketsuke.example"),
            (with(&|seen| seen.policies.clear()), "browser", Note, "asks the person once"),
            (with(&|seen| seen.policies.iter_mut().for_each(|policy| policy.2 = false)), "browser", Problem, "forbids"),
            (tls(TlsSeen::NotBuilt), "tls", Ok, "No certificate"),
            (healthy(), "tls", Ok, "No certificate"),
            (tls(TlsSeen::Days(TLS_SOON)), "tls", Ok, "30 more days"),
            (tls(TlsSeen::Days(TLS_SOON - 1)), "tls", Note, "29 more days"),
            (tls(TlsSeen::Days(-1)), "tls", Problem, "has expired"),
            (tls(TlsSeen::Broken), "tls", Problem, "cannot be read"),
            (healthy(), "peer", Ok, "told apart"),
            (with(&|seen| seen.peer = Peer::Unknown), "peer", if Peer::Unknown.is_served() { Note } else { Problem }, "does not tell"),
        ];
        #[cfg(feature = "deliver")]
        cases.extend(deliver_cases());
        cases
    }

    #[cfg(feature = "deliver")]
    fn deliver_cases() -> Vec<(Seen, &'static str, Level, &'static str)> {
        use Level::{Note, Ok, Problem};
        use look::ServerSeen;
        let with = |look: Look| Seen { deliver: Some(look), ..healthy() };
        let there = |said: Option<&str>, is_overdue, waiting, server| {
            let last = Some((UnixMs(1_705_454_100_000), said.map(str::to_owned)));
            with(Look::There { folder: "/srv/face".into(), last, is_overdue, waiting, server })
        };
        let says = |server| there(None, false, 0, server);
        let folder = |kind| with(Look::Folder("/srv/face".into(), kind));
        let never = Look::There { folder: "/srv/face".into(), last: None, is_overdue: true, waiting: 0, server: ServerSeen::Answers };
        let id = "deliver";
        vec![
            (with(Look::NotMine("/etc/uketsuke/token".into())), id, Note, "/etc/uketsuke/token cannot be read by this account"),
            (with(Look::Settings("a".to_owned())), id, Problem, "The settings of deliver cannot be used: a"),
            (with(Look::Token("a".to_owned())), id, Problem, "The token or certificate cannot be used: a"),
            (folder(io::ErrorKind::NotFound), id, Problem, "/srv/face is not there"),
            (folder(io::ErrorKind::NotADirectory), id, Problem, "/srv/face is no folder"),
            (folder(io::ErrorKind::PermissionDenied), id, Problem, "/srv/face may not be opened"),
            (with(Look::State("/srv/face".into())), id, Problem, "cannot be read"),
            (with(never), id, Problem, "never ran"),
            (there(None, true, 0, ServerSeen::Answers), id, Problem, "does not run; the last time was 2024/01/17 10:15"),
            (says(ServerSeen::Answers), id, Ok, "Results are delivered into /srv/face (last look 2024/01/17 10:15"),
            (says(ServerSeen::Answers), id, Ok, "takes the token"),
            (says(ServerSeen::TokenEnded), id, Problem, "The token has ended"),
            (says(ServerSeen::NotAllowed), id, Problem, "may not read results"),
            (says(ServerSeen::PlaceUnknown), id, Problem, "does not know how far"),
            (says(ServerSeen::Away("a".to_owned())), id, Problem, "cannot be reached: a"),
            (there(Some("the folder is full"), false, 0, ServerSeen::Answers), id, Problem, "stopped: the folder is full"),
            (there(None, false, 2, ServerSeen::Answers), id, Note, "2 results wait"),
        ]
    }

    #[test]
    fn every_branch_makes_its_finding() {
        for (seen, id, level, says) in cases() {
            let found = findings(&seen);
            let is_it = |finding: &&Finding| finding.id == id && finding.level == level && finding.text_en.contains(says);
            assert!(found.iter().any(|finding| is_it(&finding)), "{id} {level:?} {says}: {found:#?}");
        }
        assert!(findings(&healthy()).iter().all(|finding| finding.level == Level::Ok));
    }

    #[test]
    fn every_finding_speaks_both_languages_and_every_problem_has_a_remedy() {
        let is_japanese = |text: &str| text.chars().any(|c| ('\u{3040}'..='\u{30FF}').contains(&c));
        for finding in cases().iter().flat_map(|(seen, ..)| findings(seen)) {
            assert!(!is_japanese(&finding.text_en) && !finding.text_en.is_empty(), "{finding:?}");
            // A card's or reader's name may stand alone in Japanese; a sentence has kana.
            assert!(is_japanese(&finding.text_ja), "{finding:?}");
            assert_eq!(finding.next_ja.is_some(), finding.next_en.is_some(), "{finding:?}");
            assert!(finding.next_ja.as_deref().is_none_or(is_japanese), "{finding:?}");
            assert!(finding.level != Level::Problem || finding.next_en.is_some(), "a problem without a remedy: {finding:?}");
            assert!(finding.level != Level::Ok || finding.next_en.is_none(), "all is well, yet something is to be done: {finding:?}");
        }
    }

    #[test]
    fn the_keys_of_the_json_stay() {
        let finding = serde_json::to_value(&findings(&healthy())[0]).unwrap();
        // Sorted: the order of a JSON object says nothing, and another crate of the workspace may turn it on or off.
        let mut keys: Vec<&String> = finding.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["id", "level", "next_en", "next_ja", "text_en", "text_ja"]);
        assert_eq!(finding["level"], "ok");
    }

    #[test]
    fn the_text_counts_problems_and_says_what_was_not_done() {
        let found = findings(&Seen { readers: ReadersSeen::Down, ..healthy() });
        let (ja, en) = (text(&found, Lang::Ja, false), text(&found, Lang::En, true));
        assert!(ja.ends_with("問題 1 件。カードには触れていません(カードも確かめるには --card)。\n"), "{ja}");
        assert!(ja.contains("問題 service") && ja.contains("次に: Debian では"), "{ja}");
        assert!(en.ends_with("Problems: 1. No PIN was used.\n") && en.contains("problem service"), "{en}");
    }

    #[test]
    fn whoever_holds_the_port_is_told_from_ourselves() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for page in ["<title>other</title>", OUR_PAGE] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = [0; 512];
                let read = stream.read(&mut asked).unwrap();
                assert!(asked[..read].starts_with(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:"));
                write!(stream, "HTTP/1.1 200 OK\r\n\r\n{page}").unwrap();
            }
        });
        let taken = port(address);
        assert!(matches!(&taken, PortSeen::Taken(_)));
        #[cfg(target_os = "linux")]
        assert!(at_port(address, &taken).text_en.ends_with(&format!("(process {})", std::process::id())), "{taken:?}");
        assert_eq!(port(address), PortSeen::Running);
        assert!(include_str!("status.html").contains(OUR_PAGE));
    }

    /// Seen: a port that only the superuser may use was called an address that this machine does not have.
    #[test]
    fn what_the_system_says_is_not_taken_for_something_else() {
        let why = |kind: io::ErrorKind| why_not(address(), &io::Error::from(kind));
        assert_eq!(why(io::ErrorKind::PermissionDenied), PortSeen::Refused);
        assert_eq!(why(io::ErrorKind::AddrNotAvailable), PortSeen::Missing);
        assert!(matches!(why(io::ErrorKind::OutOfMemory), PortSeen::Failed(_)));
        // Documentation addresses (RFC 5737) are nobody's.
        assert_eq!(port("192.0.2.7:35970".parse().unwrap()), PortSeen::Missing);
    }
}
