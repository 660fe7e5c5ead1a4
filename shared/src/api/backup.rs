//! バックアップと復元 (OT-37, P-BACKUP): how the backups of the whole server stand. They are made by the server, restored by command.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, Permission};
use crate::domain::calendar::UnixMs;
use crate::right::Act;

/// A backup is made so often unless the operator says otherwise (P-BACKUP), milliseconds.
pub const BACKUP_EVERY_MS: i64 = 3 * 60 * 60_000;
/// And kept so long (P-BACKUP), milliseconds.
pub const BACKUP_KEPT_MS: i64 = 7 * 24 * 60 * 60_000;
/// A restore is tried so often (P-BACKUP: monthly), milliseconds.
pub const TRIAL_EVERY_MS: i64 = 30 * 24 * 60 * 60_000;

super::endpoints! {
    /// How the backups stand.
    Backups {
        name: "office.backups",
        call: Get "/api/office/backups",
        right: Permission::Account(Act::SeeBackups),
        asks: Body::None => (),
        answers: Answer::Json => BackupStatus,
        audit: Audit::None,
        again: Again::Harmless,
    }
}

/// How the backups stand, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupState {
    /// The last good one is young enough, and a restore was tried with success.
    Good,
    /// No server makes any.
    NotSetUp,
    /// None yet, or the last good one is older than two rounds.
    Old,
    /// They are made, but the last trial of a restore failed, or there was none for two months.
    Untried,
}

impl BackupState {
    /// True where somebody must do something.
    #[must_use]
    pub fn is_bad(self) -> bool {
        self != Self::Good
    }
}

/// How the backups stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupStatus {
    /// In one word.
    pub state: BackupState,
    /// The folder that the server writes to; `None` where it makes none by itself.
    pub place: Option<String>,
    /// How often, milliseconds.
    pub every_ms: i64,
    /// How long they are kept, milliseconds.
    pub kept_ms: i64,
    /// When the next one is due.
    pub next_at: Option<UnixMs>,
    /// The last good one.
    pub last_good: Option<BackupRow>,
    /// The last trial of a restore.
    pub last_trial: Option<BackupTrial>,
    /// The last ones, good or not, the newest first.
    pub rows: Vec<BackupRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupRow {
    /// When it was begun.
    pub made_at: UnixMs,
    /// The folder.
    pub place: String,
    /// Name of the file; `None` where it failed.
    pub file: Option<String>,
    /// Its length.
    pub bytes: Option<u64>,
    /// How it came out.
    pub outcome: BackupOutcome,
}

/// The trial of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupTrial {
    /// When.
    pub at: UnixMs,
    /// Of the backup of this instant.
    pub of: UnixMs,
    /// How it came out.
    pub outcome: BackupOutcome,
}

/// How a backup, or the trial of a restore, came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupOutcome {
    /// Good.
    Ok,
    /// The folder cannot be used.
    Place,
    /// The disk is full.
    Full,
    /// The database could not be copied.
    Database,
    /// The key is missing or another.
    Key,
    /// Another one was at work.
    Busy,
    /// What came out is not what went in.
    Damaged,
    /// Something else; the server's log says what.
    Other,
}

impl BackupOutcome {
    /// All of them with the word that is kept.
    pub const ALL: [(Self, &str); 8] = [
        (Self::Ok, "ok"),
        (Self::Place, "place"),
        (Self::Full, "full"),
        (Self::Database, "database"),
        (Self::Key, "key"),
        (Self::Busy, "busy"),
        (Self::Damaged, "damaged"),
        (Self::Other, "other"),
    ];

    /// Reads the word that is kept; one of a newer program is [`Self::Other`].
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == word).map_or(Self::Other, |(outcome, _)| *outcome)
    }
}
