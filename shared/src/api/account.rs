//! OT-7 アカウント管理 (N020–N034): list, 登録, 更新, 停止, パスワードの再設定, 待ちの解除, logins, 一括登録・一括更新.
//!
//! No call sets a password that somebody chose for somebody else: the server makes one, says it once, and it opens OT-4 only.

use serde::{Deserialize, Serialize};

use super::{AccountPart, Again, Answer, Audit, Body, Permission, SMALL};
use crate::bytes::Base64;
use crate::domain::account::{AccountKind, AccountName, AccountState, HalfKana, UserId};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::right::Act;

/// Accounts of a page of the list.
pub const ACCOUNT_ROWS: u32 = 50;
/// Rows that a file may have: each new password costs the server a twentieth of a second.
pub const BULK_ROWS_MAX: usize = 50;
/// Longest file, bytes.
pub const BULK_FILE_MAX: usize = 64 * 1024;
/// The file in base64 and what is around it.
const BULK_BODY_MAX: usize = BULK_FILE_MAX / 3 * 4 + SMALL;
/// Columns of the file, in their order, as its first line has them.
pub const BULK_COLUMNS: [&str; 7] = ["処理", "権限区分", "ユーザID", "ユーザ名", "ユーザ名(カナ)", "利用開始年月日", "利用終了年月日"];
/// First column of a row that makes an account.
pub const BULK_ADD: &str = "登録";
/// First column of a row that changes one.
pub const BULK_CHANGE: &str = "更新";

super::endpoints! {
    /// The accounts of the institution, by their IDs.
    ListAccounts {
        name: "office.accounts",
        call: Post "/api/office/accounts/list",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::Json(SMALL) => AccountQuery,
        answers: Answer::Json => AccountPage,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// アカウント管理(登録). The initial password stands in the first answer only.
    AddAccount {
        name: "office.add_account",
        call: Post "/api/office/accounts/add",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::Json(SMALL) => NewAccount,
        answers: Answer::Json => FirstPassword,
        audit: Audit::Row,
        again: Again::KeyedOnce,
    }

    /// One account, and from where it is logged in.
    AccountDetail(user: AccountPart) {
        name: "office.account",
        call: Get "/api/office/account/{user}",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::None => (),
        answers: Answer::Json => AccountDetails,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// アカウント管理(更新): name, kana, period. An end that is over ends every session of the account.
    ChangeAccount(user: AccountPart) {
        name: "office.change_account",
        call: Post "/api/office/account/{user}/change",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::Json(SMALL) => AccountChange,
        answers: Answer::Json => AccountRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Stops an account: it is out at its next request. Its ID stays taken.
    SuspendAccount(user: AccountPart) {
        name: "office.suspend_account",
        call: Post "/api/office/account/{user}/suspend",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::Json(SMALL) => TypedUser,
        answers: Answer::Json => AccountRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Lets the same person's account in again, with the password that it had.
    ResumeAccount(user: AccountPart) {
        name: "office.resume_account",
        call: Post "/api/office/account/{user}/resume",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::None => (),
        answers: Answer::Json => AccountRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Makes a new initial password in place of a forgotten one, and ends every session of the account.
    ResetPassword(user: AccountPart) {
        name: "office.reset_password",
        call: Post "/api/office/account/{user}/reset",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::Json(SMALL) => TypedUser,
        answers: Answer::Json => FirstPassword,
        audit: Audit::Row,
        again: Again::KeyedOnce,
    }

    /// Forgets the failed logins of the account, so that its person need not wait. Those of an address over all accounts stay.
    UnlockAccount(user: AccountPart) {
        name: "office.unlock_account",
        call: Post "/api/office/account/{user}/unlock",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::None => (),
        answers: Answer::Json => AccountRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// Ends one login of an account, or all of them.
    EndSessions(user: AccountPart) {
        name: "office.end_sessions",
        call: Post "/api/office/account/{user}/sessions/end",
        right: Permission::Account(Act::OpenAccounts),
        asks: Body::Json(SMALL) => SessionsToEnd,
        answers: Answer::Json => AccountDetails,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// The file to fill in: its first line, and an example of each kind of row. `text/csv` in UTF-8 with a byte order mark.
    BulkTemplate {
        name: "office.account_template",
        call: Get "/api/office/accounts/template.csv",
        right: Permission::AnyAccount,
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Says for each row of a file what would happen. Changes nothing.
    BulkCheck {
        name: "office.check_accounts",
        call: Post "/api/office/accounts/check",
        right: Permission::Account(Act::RegisterAccountsInBulk),
        asks: Body::Json(BULK_BODY_MAX) => BulkFile,
        answers: Answer::Json => BulkReport,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// アカウント一括登録・一括更新: all rows of a file, or none. Each initial password stands in the first answer only.
    BulkApply {
        name: "office.apply_accounts",
        call: Post "/api/office/accounts/apply",
        right: Permission::Account(Act::RegisterAccountsInBulk),
        asks: Body::Json(BULK_BODY_MAX) => BulkFile,
        answers: Answer::Json => BulkDone,
        audit: Audit::Row,
        again: Again::KeyedOnce,
    }
}

/// Which accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountQuery {
    /// Those after this ID; from the first one when missing.
    pub after: Option<UserId>,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    /// At most [`ACCOUNT_ROWS`].
    pub rows: Vec<AccountRow>,
    /// Rows of this page that could not be read from the database; they are not in `rows`.
    pub damaged: u32,
    /// The last ID of this page where there are more.
    pub next: Option<UserId>,
}

/// An account as the office sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// ユーザID.
    pub user: UserId,
    /// ユーザ名.
    pub name: String,
    /// ユーザ名(カナ); empty for accounts of before it was asked.
    pub kana: String,
    /// 権限区分.
    pub kind: AccountKind,
    /// 利用開始年月日.
    pub valid_from: Option<CivilDate>,
    /// 利用終了年月日, included.
    pub valid_until: Option<CivilDate>,
    /// How it stands today.
    pub state: AccountState,
    /// The initial password was not changed yet (N029).
    pub must_change_password: bool,
    /// The last login; `None`: it never logged in, so it cannot be used on a device (N030).
    pub last_login_at: Option<UnixMs>,
    /// After too many wrong passwords, logins from somewhere have to wait until then; `None`: nowhere.
    pub waits_until: Option<UnixMs>,
    /// It has a passkey or an authenticator app. None is asked of programs.
    pub has_second_factor: bool,
    /// Who asks may change it.
    pub may_change: bool,
}

/// What is asked for at 登録.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// 権限区分; which ones, says [`crate::right::looks_after`].
    pub kind: AccountKind,
    /// ユーザID.
    pub user: UserId,
    /// ユーザ名.
    pub name: AccountName,
    /// ユーザ名(カナ).
    pub kana: HalfKana,
    /// 利用開始年月日.
    pub valid_from: CivilDate,
    /// 利用終了年月日, included.
    pub valid_until: Option<CivilDate>,
}

/// An account whose initial password was just made. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPassword {
    /// The account.
    pub account: AccountRow,
    /// The initial password; `None` when the same press is answered again: it was said before, and is kept nowhere.
    pub password: Option<String>,
}

/// What is asked for at 更新.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// ユーザ名.
    pub name: AccountName,
    /// ユーザ名(カナ).
    pub kana: HalfKana,
    /// 利用開始年月日; `None`: as it is, also where the account has none.
    pub valid_from: Option<CivilDate>,
    /// 利用終了年月日, included.
    pub valid_until: Option<CivilDate>,
    /// The ID as typed, where the account is a program's and the period changes (X54); else of no account.
    pub typed_user: Option<String>,
}

/// The ID as typed by the person, where the account is a program's (X54): anything else is refused. Elsewhere of no account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedUser {
    /// As typed.
    pub typed_user: Option<String>,
}

/// One account with its logins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetails {
    /// The account.
    pub account: AccountRow,
    /// Where it is logged in, the last seen first.
    pub sessions: Vec<SessionRow>,
}

/// A login that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Names it; opens nothing.
    pub id: String,
    /// Since when.
    pub opened_at: UnixMs,
    /// Last seen; noted every quarter of a minute.
    pub seen_at: UnixMs,
    /// From where: the peer's address, its /64 with IPv6; `None` for logins of before it was kept.
    pub address: Option<String>,
    /// The one that asks.
    pub is_own: bool,
}

/// Which logins end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionsToEnd {
    /// [`SessionRow::id`]; all of them when missing.
    pub session: Option<String>,
}

/// A file of accounts: CSV with the columns of [`BULK_COLUMNS`], in UTF-8 (with or without byte order mark) or CP932.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkFile {
    /// Its bytes, [`BULK_FILE_MAX`] at most.
    pub file: Base64,
}

/// What a file would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkReport {
    /// Its rows in their order; without the first line.
    pub rows: Vec<BulkRow>,
}

impl BulkReport {
    /// True when every row can be done.
    #[must_use]
    pub fn is_good(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.faults.is_empty())
    }
}

/// What one row would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRow {
    /// Line in the file, from 1; the columns' names stand in line 1.
    pub line: u32,
    /// ユーザID as it stands there, its first characters.
    pub user: String,
    /// What would happen, where nothing is wrong.
    pub act: Option<BulkAct>,
    /// What is wrong, in the order of the columns.
    pub faults: Vec<BulkFault>,
}

/// What a row without faults does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAct {
    /// Makes an account of this kind.
    Add(AccountKind),
    /// Changes these columns (places in [`BULK_COLUMNS`]); none: everything is so already.
    Change(Vec<u8>),
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkFault {
    /// Too many or too few columns.
    Columns,
    /// 処理 is neither 登録 nor 更新.
    Act,
    /// 権限区分 is none that can be made here.
    Kind,
    /// 権限区分 of an account that exists cannot be changed.
    KindChanged,
    /// ユーザID has another shape.
    UserId,
    /// ユーザID is taken.
    IdTaken,
    /// ユーザID stands twice in the file.
    Twice,
    /// There is no such account to change.
    NotThere,
    /// The account is looked after by others.
    OthersKind,
    /// The account is a program's: it is changed one by one, with what follows from it (X54).
    OfProgram,
    /// ユーザ名 is empty, too long, or has hidden characters.
    Name,
    /// ユーザ名 holds what may be an individual number (X53).
    MyNumber,
    /// ユーザ名(カナ) is no kana.
    Kana,
    /// 利用開始年月日 is no day.
    From,
    /// 利用終了年月日 is no day.
    Until,
    /// The end is before the beginning.
    PeriodBackwards,
}

impl BulkFault {
    /// Every fault, for tables and tests.
    pub const ALL: [Self; 16] = [
        Self::Columns,
        Self::Act,
        Self::Kind,
        Self::KindChanged,
        Self::UserId,
        Self::IdTaken,
        Self::Twice,
        Self::NotThere,
        Self::OthersKind,
        Self::OfProgram,
        Self::Name,
        Self::MyNumber,
        Self::Kana,
        Self::From,
        Self::Until,
        Self::PeriodBackwards,
    ];
}

/// What a file did. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkDone {
    /// The accounts that were made, in the order of the file.
    pub added: Vec<FirstPassword>,
    /// How many were changed.
    pub changed: u32,
}
