//! `uketsuke-helper allow`, `revoke` and `list`: what a person is shown, asked and told.

use std::io::{self, BufRead, IsTerminal as _, Read as _, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use shared::domain::calendar::UnixMs;

use crate::Settings;
use crate::allow::{Entry, Files, List, NotKept, Source, Standing, Unread, approve, revoke as take_away};
use crate::config::{BadSetting, Flags, origin};
use crate::gate::Origin;

/// What is to be done about pages.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Action {
    /// Lets a page use the reader, after showing what that means and asking.
    Allow {
        /// Scheme, host and port, as the browser shows them.
        #[arg(value_name = "URL")]
        origin: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Takes that back; its open connections end.
    Revoke {
        /// The page.
        #[arg(value_name = "URL")]
        origin: String,
    },
    /// Shows which pages may, by whose word, and when they last did.
    List,
}

/// Time that the running helper gets to answer.
const KNOCK: Duration = Duration::from_secs(2);

/// Why a command did not do what was asked.
enum Failed {
    /// Wrong usage; the text says what to do next.
    Usage(String),
    /// The machine or its administrator is in the way: what, and what to do next.
    Machine(String, &'static str),
    /// The person said no.
    Declined,
    /// The screen is gone.
    Screen(io::Error),
}

impl From<BadSetting> for Failed {
    fn from(error: BadSetting) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<NotKept> for Failed {
    fn from(error: NotKept) -> Self {
        let next = match error {
            NotKept::NoFolder => "set HOME, or name the page with --allow-origin",
            NotKept::Unread(_) => "correct the file or delete it, then allow the pages again",
            NotKept::Disk { .. } => "make the folder writable for yourself",
        };
        Self::Machine(error.to_string(), next)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Screen(error)
    }
}

/// Carries out one of the three. Exit code 0 done, 1 declined, 2 wrong usage, 3 the machine or its policy is in the way.
#[must_use]
#[expect(clippy::print_stderr, reason = "for the person who typed the command")]
pub fn run(flags: Flags, action: Action) -> ExitCode {
    let done = flags.file().and_then(|file| flags.check(file)).map_err(Failed::from).and_then(|checked| {
        let (settings, mut out) = (checked.settings, io::stdout().lock());
        match action {
            Action::Allow { origin: text, yes } => allow(settings, &origin(text)?, yes, &mut out),
            Action::Revoke { origin: text } => revoke(settings, &origin(text)?, &mut out),
            Action::List => list(settings, &mut out),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed::Declined) => {
            eprintln!("何も変えていません。 / Nothing was changed.");
            ExitCode::from(1)
        }
        Err(Failed::Usage(what)) => {
            eprintln!("error: {what}");
            ExitCode::from(2)
        }
        Err(Failed::Machine(what, next)) => {
            eprintln!("error: {what}\nnext: {next}");
            ExitCode::from(3)
        }
        Err(Failed::Screen(error)) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// Keeps the words of the settings before they go into the list.
fn list_of(settings: Settings) -> (List, Files, Vec<SocketAddr>, UnixMs) {
    let Settings { allow, lists, clock, listen, .. } = settings;
    let addresses = listen.iter().map(|listen| listen.address).collect();
    (List::new(allow, lists.clone(), clock), lists, addresses, clock())
}

fn allow(settings: Settings, origin: &Origin, yes: bool, out: &mut impl Write) -> Result<(), Failed> {
    let (list, files, _, now) = list_of(settings);
    // Asked as if it were allowed already: the policy's word counts before the person's.
    match list.would_stand(origin) {
        Standing::InForce | Standing::Unused => {}
        Standing::Forbidden => return Err(Failed::Machine(format!("{origin}: 管理者が禁止しています / forbidden by policy"), ASK)),
        Standing::PolicyOnly => {
            return Err(Failed::Machine("許可できるのは管理者だけです / only the policy allows pages here".to_owned(), ASK));
        }
    }
    write!(out, "{}", explain(origin))?;
    if !yes {
        if !io::stdin().is_terminal() {
            return Err(Failed::Usage("nobody can be asked here\nnext: run it in a terminal, or add --yes".to_owned()));
        }
        ask(&mut io::stdin().lock(), out)?;
    }
    let path = approve(&files, origin, now)?;
    writeln!(out, "許可しました。 / Allowed. ({})", path.display())?;
    Ok(())
}

const ASK: &str = "管理者に相談してください / ask the administrator of this machine";

/// Only a `y` is a yes.
fn ask(answers: &mut impl BufRead, out: &mut impl Write) -> Result<(), Failed> {
    write!(out, "許可しますか / Allow this page? [y/N] ")?;
    out.flush()?;
    let mut line = String::new();
    // The rest of a line without an end is of no interest.
    answers.take(64).read_line(&mut line)?;
    if matches!(line.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Failed::Declined) }
}

/// What a person agrees to.
fn explain(origin: &Origin) -> String {
    let (scheme, rest) = origin.as_str().split_once("://").unwrap_or(("", origin.as_str()));
    let (host, port) = rest.split_once(':').unwrap_or((rest, if scheme == "http" { "80" } else { "443" }));
    let (ja, en) = if scheme == "http" {
        ("http(この端末の中だけ)", "http (on this machine only)")
    } else {
        ("https(暗号化)", "https (encrypted)")
    };
    let (read_ja, read_en) = match readable(host) {
        Some(host) => (format!("\n  読み方: {host}"), format!("\n  Reads as: {host}")),
        None => Default::default(),
    };
    format!(
        "次のページに、この端末のカードリーダーを使うことを許可します。

  ページ: {origin}
  方式:   {ja}
  ホスト: {host}{read_ja}
  ポート: {port}

許可すると、このページは
  - カードリーダーの名前と、カードが置かれているかどうかを知ることができます。
  - マイナンバーカードと暗証番号(または照合番号)を求める画面を出すことができます。
番号はこのプログラムの画面だけで入力し、ページには渡りません。心当たりのないページは許可しないでください。
取り消すとき: uketsuke-helper revoke {origin}

This lets a page use the card reader of this machine.

  Page:   {origin}
  Scheme: {en}
  Host:   {host}{read_en}
  Port:   {port}

The page will be able to
  - see the names of the readers, and whether a card is there;
  - ask for the My Number Card and its PIN (or 照合番号).
Digits are typed in this program's own frame; the page never gets them. Do not allow a page that you do not know.
To take it back: uketsuke-helper revoke {origin}

"
    )
}

fn revoke(settings: Settings, origin: &Origin, out: &mut impl Write) -> Result<(), Failed> {
    let (list, files, addresses, _) = list_of(settings);
    let was_there = take_away(&files, origin)?;
    let rest = list.entries().into_iter().find(|entry| entry.origin == *origin && entry.standing == Standing::InForce);
    match (was_there, &rest) {
        (true, _) => writeln!(out, "許可を取り消しました。 / Revoked: {origin}")?,
        (false, Some(_)) => {}
        (false, None) => writeln!(out, "許可していないページです。 / Not allowed anyway: {origin}")?,
    }
    if let Some(rest) = rest {
        let what = format!("{origin}: まだ有効です({}) / still in force ({})", whose(rest.source).0, whose(rest.source).1);
        return Err(Failed::Machine(what, "take it out of the settings or the policy, then start the helper again"));
    }
    if was_there && addresses.into_iter().any(knock) {
        writeln!(out, "開いている接続も終わりました。 / Its open connections have ended.")?;
    }
    Ok(())
}

/// Makes the running helper look at its list now. Without an answer it will at the page's next word, or within its next ping.
fn knock(address: SocketAddr) -> bool {
    let ask = || -> io::Result<[u8; 12]> {
        let mut stream = TcpStream::connect_timeout(&address, KNOCK)?;
        stream.set_read_timeout(Some(KNOCK))?;
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut status = [0; 12];
        stream.read_exact(&mut status).map(|()| status)
    };
    // Another user's helper, or another program, says something else.
    ask().is_ok_and(|status| status == *b"HTTP/1.1 200")
}

fn list(settings: Settings, out: &mut impl Write) -> Result<(), Failed> {
    let (list, files, ..) = list_of(settings);
    let (entries, unread) = (list.entries(), list.unread());
    for entry in &entries {
        write!(out, "{}", describe(entry))?;
    }
    if entries.is_empty() {
        writeln!(out, "許可されたページはありません。 / No page is allowed.\nnext: uketsuke-helper allow https://…")?;
    }
    if let Some(Unread { path, why }) = unread.first() {
        let next = if files.own.is_some_and(|own| path.starts_with(own)) { "correct the file or delete it" } else { ASK };
        return Err(Failed::Machine(format!("{}: {why}", Path::display(path)), next));
    }
    Ok(())
}

/// One page, in four lines.
fn describe(entry: &Entry) -> String {
    let Entry { origin, source, since, last_use, standing } = entry;
    let day = |at: &Option<UnixMs>| at.map_or_else(|| "-".to_owned(), |at| at.jst_date().slashed());
    let (ja, en) = match standing {
        Standing::InForce => ("有効", "in force"),
        Standing::Unused => ("無効: 180日間使われていません", "not in force: unused for 180 days; allow it again"),
        Standing::Forbidden => ("無効: 管理者が禁止しています", "not in force: forbidden by policy"),
        Standing::PolicyOnly => ("無効: 管理者が許可したページだけが有効です", "not in force: only the policy allows pages"),
    };
    let (by_ja, by_en) = whose(*source);
    format!(
        "{origin}\n  {ja} / {en}\n  許可した人 / allowed by: {by_ja} / {by_en}\n  許可した日 / since: {}   最後に使われた日 / last used: {}\n",
        day(since),
        day(last_use)
    )
}

fn whose(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::Settings => ("起動時の設定", "settings of this start"),
        Source::Policy => ("管理者", "policy"),
        Source::Person => ("この利用者", "this user"),
    }
}

/// How a host in punycode is read; `None` when it has none, or none that can be read.
fn readable(host: &str) -> Option<String> {
    let mut is_coded = false;
    let labels: Option<Vec<String>> = host
        .split('.')
        .map(|label| match label.strip_prefix("xn--") {
            Some(code) => {
                is_coded = true;
                decoded(code)
            }
            None => Some(label.to_owned()),
        })
        .collect();
    labels.filter(|_| is_coded).map(|labels| labels.join("."))
}

/// Decodes one label (RFC 3492, sections 5 and 6). Only letters, digits and hyphens come back: nothing that could turn a line around.
fn decoded(code: &str) -> Option<String> {
    const BASE: u32 = 36;
    let (basic, coded) = code.rsplit_once('-').unwrap_or(("", code));
    let mut read: Vec<char> = basic.chars().collect();
    let (mut next, mut at, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = coded.bytes();
    while digits.len() > 0 {
        let (before, mut weight, mut k) = (at, 1_u32, BASE);
        loop {
            let digit = match digits.next()? {
                letter @ b'a'..=b'z' => u32::from(letter - b'a'),
                number @ b'0'..=b'9' => u32::from(number - b'0') + 26,
                _ => return None,
            };
            at = at.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
        }
        let count = u32::try_from(read.len()).ok()? + 1;
        let delta = (at - before) / if before == 0 { 700 } else { 2 };
        let mut delta = delta + delta / count;
        bias = 0;
        while delta > 455 {
            delta /= BASE - 1;
            bias += BASE;
        }
        bias += BASE * delta / (delta + 38);
        next = next.checked_add(at / count)?;
        at %= count;
        read.insert(usize::try_from(at).ok()?, char::from_u32(next)?);
        at += 1;
    }
    let is_plain = |c: &char| c.is_alphanumeric() || *c == '-' || *c == '\u{30FC}';
    read.iter().all(is_plain).then(|| read.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punycode_is_shown_as_people_read_it() {
        for (host, read) in [
            ("uketsuke.example", None),
            ("xn--bcher-kva.example", Some("bücher.example")),
            ("xn--eckwd4c7c.xn--zckzah", Some("ドメイン.テスト")),
            ("www.xn--fiqs8s", Some("www.中国")),
            // A Cyrillic word that looks like a Latin one still shows that it is coded.
            ("xn--80ak6aa92e.com", Some("аррӏе.com")),
            ("xn--", Some("")),
            ("xn--a", None),
            ("xn--99999999", None),
            ("xn--zz-.example", Some("zz.example")),
        ] {
            assert_eq!(readable(host).as_deref(), read, "{host}");
        }
        // U+202E turns the line around.
        assert_eq!(readable("xn--ab-xyb.example").filter(|read| read.contains('\u{202E}')), None);
    }

    #[test]
    fn the_person_sees_what_is_trusted_before_the_question() {
        for (text, parts) in [
            ("https://uketsuke.example", &["uketsuke.example", "443", "https(暗号化)", "https (encrypted)"][..]),
            ("https://xn--bcher-kva.example:8443", &["xn--bcher-kva.example", "bücher.example", "8443"]),
            ("http://localhost:8080", &["localhost", "8080", "on this machine only"]),
            ("http://127.0.0.1", &["127.0.0.1", "80"]),
        ] {
            let shown = explain(&Origin::parse(text).unwrap());
            let common = ["暗証番号", "PIN", "names of the readers", "カードリーダーの名前", text];
            for part in parts.iter().chain(&common) {
                assert!(shown.contains(part), "{text} lacks {part}:\n{shown}");
            }
            assert!(shown.find("ページは") < shown.find("This lets"), "Japanese first");
        }
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, is_yes) in [
            ("y\n", true),
            ("Y\n", true),
            (" yes \n", true),
            ("n\n", false),
            ("\n", false),
            ("", false),
            ("はい\n", false),
            ("yy\n", false),
            ("no\ny\n", false),
        ] {
            let mut out = Vec::new();
            assert_eq!(ask(&mut answer.as_bytes(), &mut out).is_ok(), is_yes, "{answer:?}");
            assert!(String::from_utf8(out).unwrap().ends_with("[y/N] "));
        }
    }
}
