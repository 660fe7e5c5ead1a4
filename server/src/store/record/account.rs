//! Accounts, and what they press.

use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};

use crate::Sha256;

/// A call of an account that has an idempotency key: what one press of a person stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// Who pressed.
    pub user: UserId,
    /// SHA-256 of the key.
    pub key_sha256: Sha256,
    /// Name of the endpoint.
    pub endpoint: &'static str,
    /// SHA-256 of path and body: the same key with another request is refused.
    pub request_sha256: Sha256,
    /// What the key gives beside its hash, never kept: with it an answer that is shown once can be made again and is stored nowhere.
    pub seed: Sha256,
    /// When.
    pub at: UnixMs,
}

/// An account as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// ユーザID.
    pub user: UserId,
    /// ユーザ名.
    pub name: String,
    /// ユーザ名(カナ), half-width; empty for accounts of before it was asked.
    pub kana: String,
    /// 権限区分.
    pub kind: AccountKind,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// The first password was not changed yet (N029).
    pub must_change_password: bool,
    /// 利用開始年月日.
    pub valid_from: Option<CivilDate>,
    /// 利用終了年月日, included.
    pub valid_until: Option<CivilDate>,
    /// Since when it is stopped (停止).
    pub suspended_at: Option<UnixMs>,
}

/// An account with what happened to it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// The account.
    pub account: Account,
    /// The last login; `None`: it never logged in (N030).
    pub last_login_at: Option<UnixMs>,
    /// After too many wrong passwords, logins from somewhere have to wait until then.
    pub waits_until: Option<UnixMs>,
    /// Since when it has a second factor; `None`: it has none.
    pub factor_since: Option<UnixMs>,
}
