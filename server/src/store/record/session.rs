//! Sessions of accounts.

use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;

use super::{Account, AuditEntry, Institution, Standing};
use crate::Sha256;
use crate::store::id::CodeId;

/// A session as it is kept: only the hash of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the id in the cookie.
    pub id_sha256: Sha256,
    /// Whose institution.
    pub institution: InstitutionCode,
    /// Whose.
    pub user: UserId,
    /// Opened.
    pub opened_at: UnixMs,
    /// Last seen; the idle limit counts from here.
    pub seen_at: UnixMs,
    /// Ends here whatever happens.
    pub ends_at: UnixMs,
    /// From where it was opened: the peer's network ([`crate::peer::network_of`]), where one was kept.
    pub address: Option<String>,
    /// When it was locked (OT-18); `None`: it was not. One that is not used counts as locked without a note here
    /// ([`crate::session::is_locked`]).
    pub locked_at: Option<UnixMs>,
    /// When who is at the screen was last proved: at the login, or again since.
    pub proved_at: UnixMs,
    /// The device whose login it is; `None`: of the office.
    pub device: Option<CodeId>,
}

/// How an account stands to its second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorStanding {
    /// Since when it has one; `None`: it has none.
    pub since: Option<UnixMs>,
    /// From when its institution asks for one.
    pub demanded_from: CivilDate,
}

/// A session with the account and the institution behind it, as they are now.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionFound {
    /// The session.
    pub session: SessionRecord,
    /// The account.
    pub account: Account,
    /// The institution.
    pub institution: Institution,
    /// What is so for it for good.
    pub standing: Standing,
    /// How the account stands to its second factor.
    pub factor: FactorStanding,
}

/// A password to set: by the holder of a session who knew the one before. No `Debug`.
#[derive(Clone)]
pub struct NewPassword {
    /// Opened in the place of all others.
    pub session: SessionRecord,
    /// The session that asked; nothing is changed when it has ended.
    pub former: Sha256,
    /// The hash that the old password was judged by; nothing is changed when there is another.
    pub judged: String,
    /// The hash to keep.
    pub password_hash: String,
    /// Its audit row.
    pub audit: AuditEntry,
}
