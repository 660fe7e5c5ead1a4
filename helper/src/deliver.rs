//! `uketsuke-helper deliver`: fetches finished results with the token of a Web API account, and lays the files into the folder that
//! レセコン reads. Knows no card and no page; stands beside the program that offers readers, and is started by itself.

mod folder;
pub mod look;
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;
use shared::api::Code;
use zeroize::Zeroizing;

pub use self::folder::{Folder, State, Step};
pub use self::server::{Away, Server, Source};
use crate::user_files;

/// Between two questions, seconds.
const EVERY_S: u64 = 30;
/// Waiting results that a round asks for again: far below what the server answers a token in a minute.
const TRIED_AGAIN: usize = 20;
/// Longest wait that a server is granted, seconds.
const WAIT_MAX_S: u64 = 600;

/// What `deliver` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Settings: server, token_file, folder, encoding (utf-8 or shift_jis), every_s, ca_file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Delivers what is there now, and ends.
    #[arg(long)]
    once: bool,
    /// Looks at settings, token file, folder and server, and says what is wrong. Fetches no result; a file that was built before is handed over.
    #[arg(long, conflicts_with = "once")]
    check: bool,
}

/// The file of settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `https://…`; http only for a server on this machine.
    pub server: String,
    /// A file with the token, readable by its owner alone.
    pub token_file: PathBuf,
    /// The folder that レセコン reads.
    pub folder: PathBuf,
    /// `utf-8` or `shift_jis`.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Seconds between two questions.
    #[serde(default)]
    pub every_s: Option<u64>,
    /// The CA of the server's certificate in PEM, where it is none that everybody trusts.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

/// Why nothing can be delivered: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Wrong {
    what: String,
    next: &'static str,
    /// It does not mend itself.
    is_final: bool,
    /// The server wants to be left alone so long, seconds.
    wait_s: u64,
}

fn wrong(what: impl Into<String>, next: &'static str) -> Wrong {
    Wrong { what: what.into(), next, is_final: true, wait_s: 0 }
}

impl Config {
    /// Reads a file of settings.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(path: &Path) -> Result<Self, Wrong> {
        let next = "see docs/link.md for an example";
        let bytes = std::fs::read(path).map_err(|why| wrong(format!("{}: {why}", path.display()), next))?;
        let text = user_files::text(bytes).map_err(|why| wrong(format!("{}: {why}", path.display()), next))?;
        let config: Self = toml::from_str(&text).map_err(|why| wrong(format!("{}: {}", path.display(), why.message()), next))?;
        config.encoding()?;
        let host = config.server.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next().unwrap_or_default());
        match host {
            None if config.server.starts_with("https://") => Ok(config),
            Some("localhost" | "127.0.0.1") => Ok(config),
            _ => Err(wrong("server is not https://…", "the token and results of people go over this connection")),
        }
    }

    /// The encoding as the server names it.
    fn encoding(&self) -> Result<&'static str, Wrong> {
        match self.encoding.as_deref().unwrap_or("utf-8") {
            "utf-8" => Ok("utf-8"),
            "shift_jis" => Ok("shift_jis"),
            _ => Err(wrong("encoding is neither", "utf-8 or shift_jis")),
        }
    }

    /// The token.
    fn token(&self) -> Result<Zeroizing<String>, Wrong> {
        let next = "make a token at the account's page of the office, and put it alone into this file";
        let shown = self.token_file.display();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&self.token_file).map_err(|why| wrong(format!("{shown}: {why}"), next))?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(wrong(format!("{shown} can be read by others"), "chmod 600 on it"));
            }
        }
        let bytes = std::fs::read(&self.token_file).map_err(|why| wrong(format!("{shown}: {why}"), next))?;
        let text = Zeroizing::new(user_files::text(bytes).map_err(|why| wrong(format!("{shown}: {why}"), next))?);
        let token = Zeroizing::new(text.trim().to_owned());
        let is_token = token.starts_with(shared::api::link::TOKEN_PREFIX) && token.bytes().all(|byte| byte.is_ascii_graphic());
        if is_token { Ok(token) } else { Err(wrong(format!("{shown} holds no token"), next)) }
    }

    fn source(&self) -> Result<Server, Wrong> {
        let next = "a file with certificates in PEM";
        let read = |path: &PathBuf| std::fs::read(path).map_err(|why| wrong(format!("{}: {why}", path.display()), next));
        let ca = self.ca_file.as_ref().map(read).transpose()?;
        Server::new(&self.server, &self.token()?, self.encoding()?, ca.as_deref()).map_err(|why| wrong(format!("ca_file: {why}"), next))
    }
}

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Files that lie in the folder now, or were taken from it.
    pub delivered: u32,
    /// Results that could not be delivered yet; a few of them are tried again with each round.
    pub waiting: usize,
}

/// Delivers what there is.
///
/// # Errors
/// [`Wrong`]; what was delivered so far stays counted.
pub fn round(folder: &mut Folder, source: &impl Source) -> Result<Round, Wrong> {
    let mut done = Round::default();
    tell_server(folder, source)?;
    // What waits comes after what is new, and a few at a time: it may wait for good, and keeps nothing else back.
    let tried_again: Vec<String> = folder.state.waiting.iter().take(TRIED_AGAIN).cloned().collect();
    loop {
        let page = source.new_results(folder.state.after.as_deref()).map_err(|why| said(&why, folder.state.after.is_some()))?;
        for row in &page.rows {
            let next = State { after: Some(row.id.clone()), ..folder.state.clone() };
            if one(folder, source, &row.id, next.clone())? {
                done.delivered += 1;
            } else {
                let waiting = next.waiting.iter().cloned().chain([row.id.clone()]).collect();
                folder.keep(State { waiting, ..next }).map_err(|why| on_disk(&why))?;
            }
        }
        if !page.has_more || page.rows.is_empty() {
            break;
        }
    }
    for id in tried_again {
        let rest: Vec<String> = folder.state.waiting.iter().filter(|other| **other != id).cloned().collect();
        let next = State { waiting: rest, ..folder.state.clone() };
        if one(folder, source, &id, next.clone())? {
            done.delivered += 1;
        } else {
            // Behind the others: each has its turn.
            let waiting = next.waiting.iter().cloned().chain([id]).collect();
            folder.keep(State { waiting, ..next }).map_err(|why| on_disk(&why))?;
        }
    }
    done.waiting = folder.state.waiting.len();
    Ok(done)
}

/// Tells the server what lies in the folder for good. After a kill that may be said twice, and never too early: what the state counts as
/// delivered was handed over at the latest when the folder was opened.
fn tell_server(folder: &mut Folder, source: &impl Source) -> Result<(), Wrong> {
    for id in folder.state.untold.clone() {
        match source.received(&id) {
            // One that the server has not got any more is not said for ever.
            Ok(()) | Err(Away::Refused { code: Some(Code::NotFound), .. }) => {}
            Err(why) => return Err(said(&why, false)),
        }
        let untold = folder.state.untold.iter().filter(|other| **other != id).cloned().collect();
        folder.keep(State { untold, ..folder.state.clone() }).map_err(|why| on_disk(&why))?;
    }
    Ok(())
}

/// Delivers one result; false where it has to wait: the encoding lacks a character, or a person corrects its link first.
fn one(folder: &mut Folder, source: &impl Source, id: &str, next: State) -> Result<bool, Wrong> {
    match source.face(id) {
        Ok((name, bytes)) => {
            let untold = next.untold.iter().cloned().chain([id.to_owned()]).collect();
            folder.deliver(State { untold, ..next }, &name, &bytes).map_err(|why| on_disk(&why))?;
            tell_server(folder, source).map(|()| true)
        }
        Err(Away::Refused { code: Some(Code::Request | Code::NotFound), .. }) => Ok(false),
        Err(why) => Err(said(&why, false)),
    }
}

fn said(why: &Away, by_place: bool) -> Wrong {
    let (next, is_final) = match why {
        Away::Refused { code: Some(Code::Session), .. } => ("the token has ended, or its account: make a new one at the office", false),
        Away::Refused { code: Some(Code::Forbidden), .. } => ("make a token that may read results", false),
        Away::Refused { code: Some(Code::NotFound), .. } if by_place => {
            ("the server does not know how far this folder is (it was restored, or is another one): ask its operator", true)
        }
        Away::Refused { .. } | Away::Unreachable(_) => ("it is tried again by itself", false),
    };
    let wait_s = if let Away::Refused { wait_s: Some(wait_s), .. } = why { *wait_s } else { 0 };
    Wrong { what: why.to_string(), next, is_final, wait_s }
}

fn on_disk(why: &std::io::Error) -> Wrong {
    use std::io::ErrorKind;
    let (what, next) = match why.kind() {
        ErrorKind::AlreadyExists => ("another file in the folder has this name", "look which one is right, and move the other one away"),
        ErrorKind::WouldBlock => ("another program delivers into this folder", "end one of them"),
        ErrorKind::NotFound | ErrorKind::NotADirectory => ("the folder is not there", "see whether it is connected and has the same name"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ("the folder is full", "make room"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            ("the folder cannot be written to", "give this account the right to")
        }
        _ => ("the folder cannot be used", "look at its disk"),
    };
    Wrong { what: format!("{what} ({why})"), next, is_final: false, wait_s: 0 }
}

/// Runs the command.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match deliver(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            tell(&why);
            ExitCode::from(if why.is_final { 2 } else { 3 })
        }
    }
}

#[expect(clippy::print_stderr, reason = "errors for the person who started the program")]
fn tell(why: &Wrong) {
    eprintln!("error: {}\nnext: {}", why.what, why.next);
}

#[expect(clippy::print_stdout, reason = "what the person asked for")]
fn tell_round(done: &Round) {
    if done.delivered > 0 || done.waiting > 0 {
        println!("delivered {}, waiting {}", done.delivered, done.waiting);
    }
}

fn deliver(args: &Args) -> Result<(), Wrong> {
    let config = Config::read(&args.config)?;
    let source = config.source()?;
    let mut told = String::new();
    loop {
        // The folder is opened anew each time: a share that was gone for a while is another one, and what lies built is handed over.
        let done = Folder::open(&config.folder).map_err(|why| on_disk(&why)).and_then(|mut folder| {
            if args.check {
                return source.new_results(folder.state.after.as_deref()).map(|_| Round::default()).map_err(|why| said(&why, true));
            }
            round(&mut folder, &source)
        });
        if !args.check {
            // For `doctor`, which says so when there is none.
            drop(folder::note_round(&config.folder, done.as_ref().err().map(|why| why.what.as_str())));
        }
        let wait_s = done.as_ref().err().map_or(0, |why| why.wait_s);
        match done {
            Err(why) if args.once || args.check || why.is_final => return Err(why),
            // Said once, not every half minute.
            Err(why) if why.what != told => {
                tell(&why);
                told.clone_from(&why.what);
            }
            Err(_) => {}
            Ok(done) => {
                told.clear();
                tell_round(&done);
                if args.once || args.check {
                    return Ok(());
                }
            }
        }
        wait(Duration::from_secs(config.every_s.unwrap_or(EVERY_S).max(wait_s).clamp(1, WAIT_MAX_S)));
    }
}

/// Until the next question.
#[expect(clippy::disallowed_methods, reason = "nothing here wakes it: the time is what is waited for")]
fn wait(time: Duration) {
    std::thread::sleep(time);
}

#[cfg(test)]
mod tests;
