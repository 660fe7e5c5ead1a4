//! How delivering stands, for `doctor`: asks the settings, the folder and the server, hands nothing over and changes nothing.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use shared::api::Code;
use shared::domain::calendar::UnixMs;

use super::folder::{self, State};
use super::server::{Away, Source};
use super::{Config, EVERY_S};

/// Without a round for so long, and for three that should have been, nothing runs.
const OVERDUE_MS: i64 = 300_000;

/// Where the settings stand unless somebody says otherwise.
#[must_use]
pub fn usual_file() -> PathBuf {
    if cfg!(windows) { r"C:\ProgramData\uketsuke\deliver.toml".into() } else { "/etc/uketsuke/deliver.toml".into() }
}

/// How delivering stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The account that asked may not read the settings or the token: it is another one than the service's.
    NotMine(PathBuf),
    /// The settings, with what is wrong.
    Settings(String),
    /// The token's file or the CA's, with what is wrong.
    Token(String),
    /// The folder cannot be used.
    Folder(PathBuf, ErrorKind),
    /// How far it is cannot be read.
    State(PathBuf),
    /// All of that can be read.
    There {
        /// The watched folder.
        folder: PathBuf,
        /// The last round: when, and what stopped it.
        last: Option<(UnixMs, Option<String>)>,
        /// A round is overdue: nothing runs.
        is_overdue: bool,
        /// Results that cannot be delivered yet.
        waiting: usize,
        /// What the server says to the token.
        server: ServerSeen,
    },
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerSeen {
    /// It answers.
    Answers,
    /// It knows the token no more.
    TokenEnded,
    /// The token may not read results.
    NotAllowed,
    /// It does not know how far this folder is.
    PlaceUnknown,
    /// It cannot be reached, or is not well.
    Away(String),
}

/// Looks. `now` is the machine's clock.
#[must_use]
pub fn look(file: &Path, now: UnixMs) -> Look {
    if let Some(theirs) = denied(file) {
        return Look::NotMine(theirs);
    }
    let config = match Config::read(file) {
        Ok(config) => config,
        Err(why) => return Look::Settings(why.to_string()),
    };
    if let Some(theirs) = denied(&config.token_file) {
        return Look::NotMine(theirs);
    }
    match config.source() {
        Ok(source) => with(&config, &source, now),
        Err(why) => Look::Token(why.to_string()),
    }
}

/// The file, where this account may not read it.
fn denied(file: &Path) -> Option<PathBuf> {
    let why = std::fs::File::open(file).err()?;
    (why.kind() == ErrorKind::PermissionDenied).then(|| file.to_owned())
}

pub(super) fn with(config: &Config, source: &impl Source, now: UnixMs) -> Look {
    match std::fs::metadata(&config.folder) {
        Ok(about) if about.is_dir() => {}
        Ok(_) => return Look::Folder(config.folder.clone(), ErrorKind::NotADirectory),
        Err(why) => return Look::Folder(config.folder.clone(), why.kind()),
    }
    let state = match folder::state_of(&config.folder) {
        Ok(state) => state,
        Err(why) if why.kind() == ErrorKind::PermissionDenied => return Look::NotMine(config.folder.clone()),
        Err(_) => return Look::State(config.folder.clone()),
    };
    let last = folder::last_round(&config.folder).ok();
    let every_ms = i64::try_from(config.every_s.unwrap_or(EVERY_S)).unwrap_or(i64::MAX).saturating_mul(1_000);
    let overdue_ms = every_ms.saturating_mul(3).max(OVERDUE_MS);
    let is_overdue = last.as_ref().is_none_or(|(at, _)| now.0.saturating_sub(at.0) > overdue_ms);
    let server = asked(source, &state);
    Look::There { folder: config.folder.clone(), last, is_overdue, waiting: state.waiting.len(), server }
}

fn asked(source: &impl Source, state: &State) -> ServerSeen {
    match source.new_results(state.after.as_deref()) {
        Ok(_) => ServerSeen::Answers,
        Err(Away::Refused { code: Some(Code::Session), .. }) => ServerSeen::TokenEnded,
        Err(Away::Refused { code: Some(Code::Forbidden), .. }) => ServerSeen::NotAllowed,
        Err(Away::Refused { code: Some(Code::NotFound), .. }) if state.after.is_some() => ServerSeen::PlaceUnknown,
        Err(why) => ServerSeen::Away(why.to_string()),
    }
}
