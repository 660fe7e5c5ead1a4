//! Accounts (N001–N034): who makes and changes whose, and what of it ends their logins.

use shared::api::Endpoint as _;
use shared::api::account::{
    AccountChange, AccountDetails, AccountPage, AccountRow, BULK_ADD, BULK_CHANGE, BulkAct, BulkFault, BulkReport, BulkRow, NewAccount,
    SessionRow,
};
use shared::api::account::{AddAccount, ChangeAccount};
use shared::domain::account::{AccountFault, AccountKind, AccountName, HalfKana, NotAName, UserId, check_period};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::right::{Right, looks_after};

use crate::account::{is_living, state_of};
use crate::roster::{Line, Roster};
use crate::session;
use crate::store::readable::Readable;
use crate::store::tx::Tx;
use crate::store::{Account, AccountEntry, AuditEntry, SessionRecord, Sha256, StoreError, account, audit};
use crate::tenant::Tenant;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The operator of the host, by command: accounts of every kind.
    Operator,
    /// An account of the institution.
    Account(UserId, AccountKind),
}

impl By {
    /// True where accounts of this kind are theirs to look after.
    fn looks_after(&self, kind: AccountKind) -> bool {
        match self {
            Self::Operator => true,
            Self::Account(_, by) => looks_after(*by, kind) != Right::No,
        }
    }

    fn is(&self, account: &Account) -> bool {
        matches!(self, Self::Account(user, _) if *user == account.user)
    }
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The institution has no such account.
    NotThere,
    /// It has, and this may not be done to it.
    Fault(AccountFault),
}

/// What a rule came to.
pub type Done<T> = Result<Result<T, Denied>, StoreError>;

/// Takes a value out of its denial, or ends the rule with it.
macro_rules! granted {
    ($asked:expr) => {
        match $asked {
            Ok(value) => value,
            Err(denied) => return Ok(Err(denied)),
        }
    };
}

/// How an account is shown to who asks.
#[must_use]
pub fn row_of(entry: &AccountEntry, by: &By, now: UnixMs) -> AccountRow {
    let AccountEntry { account, last_login_at, waits_until, factor_since } = entry;
    AccountRow {
        user: account.user.clone(),
        name: account.name.clone(),
        kana: account.kana.clone(),
        kind: account.kind,
        valid_from: account.valid_from,
        valid_until: account.valid_until,
        state: state_of(account, now.jst_date()),
        must_change_password: account.must_change_password,
        last_login_at: *last_login_at,
        waits_until: waits_until.filter(|until| now < *until),
        has_second_factor: factor_since.is_some(),
        may_change: by.looks_after(account.kind) || by.is(account),
    }
}

/// One page of the institution's accounts by their IDs, those after `after`.
///
/// # Errors
/// What the database says; so for every rule.
pub fn list(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, after: Option<&UserId>, rows: u32, now: UnixMs) -> Result<AccountPage, StoreError> {
    let Readable { rows, damaged, has_more } = account::list(tx, tenant, after, rows)?;
    let next = rows.last().filter(|_| has_more).map(|last| last.account.user.clone());
    Ok(AccountPage { rows: rows.iter().map(|entry| row_of(entry, by, now)).collect(), damaged, next })
}

/// One account with the logins that still count. `own` is the session that asks.
pub fn details(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId, own: Option<&Sha256>, now: UnixMs) -> Done<AccountDetails> {
    let Some(entry) = account::of(tx, tenant, user)? else { return Ok(Err(Denied::NotThere)) };
    let is_shown = |session: &SessionRecord| session::is_fresh(session, now);
    let sessions = account::sessions_of(tx, tenant, user)?.into_iter().filter(is_shown);
    let sessions = sessions.map(|session| SessionRow {
        id: crate::hex(&session.id_sha256),
        opened_at: session.opened_at,
        seen_at: session.seen_at,
        address: session.address,
        is_own: own == Some(&session.id_sha256),
    });
    Ok(Ok(AccountDetails { sessions: sessions.collect(), account: row_of(&entry, by, now) }))
}

/// Makes an account with an initial password.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, new: &NewAccount, password_hash: &str, entry: &AuditEntry) -> Done<AccountRow> {
    if !by.looks_after(new.kind) {
        return Ok(Err(Denied::Fault(AccountFault::OthersKind)));
    }
    granted!(check_period(Some(new.valid_from), new.valid_until).map_err(Denied::Fault));
    let made = Account {
        user: new.user.clone(),
        name: new.name.to_string(),
        kana: new.kana.to_string(),
        kind: new.kind,
        password_hash: password_hash.to_owned(),
        must_change_password: true,
        valid_from: Some(new.valid_from),
        valid_until: new.valid_until,
        suspended_at: None,
    };
    if account::is_taken(tx, tenant, &new.user)? || !account::add(tx, tenant, &made)? {
        return Ok(Err(Denied::Fault(AccountFault::IdTaken)));
    }
    audit::add(tx, entry)?;
    Ok(Ok(row_of(&AccountEntry { account: made, last_login_at: None, waits_until: None, factor_since: None }, by, entry.at)))
}

/// Changes name, kana and period. A period that today is not in ends every session.
pub fn change(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId, new: &AccountChange, entry: &AuditEntry) -> Done<AccountRow> {
    let found = granted!(theirs(tx, tenant, by, user, Themselves::Too)?);
    let former = found.account.clone();
    let valid_from = new.valid_from.or(former.valid_from);
    granted!(check_period(valid_from, new.valid_until).map_err(Denied::Fault));
    let changed =
        Account { name: new.name.to_string(), kana: new.kana.to_string(), valid_from, valid_until: new.valid_until, ..former.clone() };
    let is_same_period = (former.valid_from, former.valid_until) == (changed.valid_from, changed.valid_until);
    if !is_same_period {
        granted!(check_typed(by, &former, new.typed_user.as_deref()));
    }
    let today = entry.at.jst_date();
    granted!(keeps_an_admin(tx, tenant, &former, &changed, today)?);
    account::change(tx, tenant, &changed)?;
    if !is_living(&changed, today) {
        account::end_sessions_of(tx, tenant, user)?;
    }
    audit::add(tx, entry)?;
    Ok(Ok(row_of(&AccountEntry { account: changed, ..found }, by, entry.at)))
}

/// Stops an account and ends its sessions. Its ID stays taken.
pub fn suspend(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId, typed: Option<&str>, entry: &AuditEntry) -> Done<AccountRow> {
    let found = granted!(theirs(tx, tenant, by, user, Themselves::Too)?);
    granted!(check_typed(by, &found.account, typed));
    let today = entry.at.jst_date();
    let stopped = Account { suspended_at: found.account.suspended_at.or(Some(entry.at)), ..found.account.clone() };
    granted!(keeps_an_admin(tx, tenant, &found.account, &stopped, today)?);
    account::set_suspended(tx, tenant, user, stopped.suspended_at)?;
    account::end_sessions_of(tx, tenant, user)?;
    audit::add(tx, entry)?;
    Ok(Ok(row_of(&AccountEntry { account: stopped, ..found }, by, entry.at)))
}

/// Lets an account in again.
pub fn resume(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId, entry: &AuditEntry) -> Done<AccountRow> {
    let mut found = granted!(theirs(tx, tenant, by, user, Themselves::Too)?);
    found.account.suspended_at = None;
    account::set_suspended(tx, tenant, user, None)?;
    audit::add(tx, entry)?;
    Ok(Ok(row_of(&found, by, entry.at)))
}

/// Puts an initial password in place of the present one, ends every session, and forgets failed logins. The own one is changed by its
/// holder, who knows it (OT-4).
pub fn reset(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    by: &By,
    user: &UserId,
    typed: Option<&str>,
    password_hash: &str,
    entry: &AuditEntry,
) -> Done<AccountRow> {
    let mut found = granted!(theirs(tx, tenant, by, user, Themselves::Not)?);
    granted!(check_typed(by, &found.account, typed));
    account::set_first_password(tx, tenant, user, password_hash)?;
    account::set_unlocked(tx, tenant, user, entry.at)?;
    account::end_sessions_of(tx, tenant, user)?;
    audit::add(tx, entry)?;
    (found.account.must_change_password, found.waits_until) = (true, None);
    Ok(Ok(row_of(&found, by, entry.at)))
}

/// Forgets the failed logins of an account until now.
pub fn unlock(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId, entry: &AuditEntry) -> Done<AccountRow> {
    let mut found = granted!(theirs(tx, tenant, by, user, Themselves::Too)?);
    account::set_unlocked(tx, tenant, user, entry.at)?;
    found.waits_until = None;
    audit::add(tx, entry)?;
    Ok(Ok(row_of(&found, by, entry.at)))
}

/// Ends one session of an account, or all of them.
pub fn end_sessions(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    by: &By,
    user: &UserId,
    which: Option<&Sha256>,
    own: Option<&Sha256>,
    entry: &AuditEntry,
) -> Done<AccountDetails> {
    granted!(theirs(tx, tenant, by, user, Themselves::Too)?);
    match which {
        Some(id_sha256) => account::end_session_of(tx, tenant, user, id_sha256)?,
        None => account::end_sessions_of(tx, tenant, user)?,
    }
    audit::add(tx, entry)?;
    details(tx, tenant, by, user, own, entry.at)
}

/// Whether a rule is for the own account too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Themselves {
    Too,
    Not,
}

/// The account, if it is theirs to look after.
fn theirs(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId, own: Themselves) -> Done<AccountEntry> {
    let Some(found) = account::of(tx, tenant, user)? else { return Ok(Err(Denied::NotThere)) };
    let is_theirs = by.looks_after(found.account.kind) || own == Themselves::Too && by.is(&found.account);
    Ok(if is_theirs { Ok(found) } else { Err(Denied::Fault(AccountFault::OthersKind)) })
}

/// For [`super::factor::reset`]: the account, if it is another's and theirs to look after.
pub(super) fn theirs_not_own(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, user: &UserId) -> Done<AccountEntry> {
    theirs(tx, tenant, by, user, Themselves::Not)
}

/// What a program depends on is not changed by a slip (X54): its ID is typed first. An operator types it in the command.
fn check_typed(by: &By, account: &Account, typed: Option<&str>) -> Result<(), Denied> {
    let is_needed = account.kind.is_of_program() && *by != By::Operator;
    if is_needed && typed != Some(account.user.as_str()) { Err(Denied::Fault(AccountFault::NotTyped)) } else { Ok(()) }
}

/// Refuses a change after which nobody could look after the accounts: one by which an admin that lives today ends earlier than before,
/// when no other one lives on longer. Nobody changes the kind of an account.
fn keeps_an_admin(tx: &mut Tx<'_>, tenant: &Tenant, former: &Account, changed: &Account, today: CivilDate) -> Done<()> {
    // The last day on which an account can be used, in the order of days; `None`: not today.
    let reach =
        |account: &Account| is_living(account, today).then(|| account.valid_until.map_or((true, None), |until| (false, Some(until))));
    if former.kind != AccountKind::Admin || reach(changed) >= reach(former) {
        return Ok(Ok(()));
    }
    let admins = account::of_kind(tx, tenant, AccountKind::Admin)?;
    let has_other = admins.iter().filter(|other| other.user != former.user).any(|other| reach(other) > reach(changed));
    Ok(if has_other { Ok(()) } else { Err(Denied::Fault(AccountFault::LastAdmin)) })
}

/// What a row of a file asks for, once it is known to be right.
enum Asked {
    Add(NewAccount),
    Change(UserId, AccountChange, Vec<u8>),
}

/// Says for each row of a file what it would do. Changes nothing.
pub fn check_roster(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, roster: &Roster) -> Result<BulkReport, StoreError> {
    let rows = read_roster(tx, tenant, by, roster)?.into_iter().map(|(row, _)| row).collect();
    Ok(BulkReport { rows })
}

/// Does every row of a file, or none: the accounts that were made, and how many were changed. `hashes` are as many as the file makes
/// accounts. Each account has its audit row besides the one of the call.
pub fn apply_roster(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    by: &By,
    roster: &Roster,
    hashes: &[String],
    entry: &AuditEntry,
) -> Done<(Vec<AccountRow>, u32)> {
    let rows = read_roster(tx, tenant, by, roster)?;
    let asked: Option<Vec<Asked>> = rows.into_iter().map(|(_, asked)| asked).collect();
    let refused = Err(Denied::Fault(AccountFault::Rows));
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(refused) };
    // Other rows than those that were counted: the file is not as it was checked.
    if asked.iter().filter(|one| matches!(one, Asked::Add(_))).count() != hashes.len() {
        return Ok(refused);
    }
    let (mut added, mut changed, mut hashes) = (Vec::new(), 0, hashes.iter());
    for one in &asked {
        let of = |action: &'static str, user: &UserId| entry.clone().about(action, user.as_str());
        match one {
            Asked::Add(new) => {
                let Some(hash) = hashes.next() else { return Ok(refused) };
                added.push(granted!(add(tx, tenant, by, new, hash, &of(AddAccount::NAME, &new.user))?));
            }
            Asked::Change(_, _, columns) if columns.is_empty() => {}
            Asked::Change(user, new, _) => {
                granted!(change(tx, tenant, by, user, new, &of(ChangeAccount::NAME, user))?);
                changed += 1;
            }
        }
    }
    audit::add(tx, entry)?;
    Ok(Ok((added, changed)))
}

fn read_roster(tx: &mut Tx<'_>, tenant: &Tenant, by: &By, roster: &Roster) -> Result<Vec<(BulkRow, Option<Asked>)>, StoreError> {
    let mut seen: Vec<String> = Vec::new();
    let mut rows = Vec::with_capacity(roster.lines.len());
    for line in &roster.lines {
        let (faults, asked) = match read_line(tx, tenant, by, line, &mut seen)? {
            Ok(asked) => (Vec::new(), Some(asked)),
            Err(faults) => (faults, None),
        };
        let act = asked.as_ref().map(|asked| match asked {
            Asked::Add(new) => BulkAct::Add(new.kind),
            Asked::Change(_, _, columns) => BulkAct::Change(columns.clone()),
        });
        let user = line.cells.get(2).map_or("", String::as_str).chars().take(8).collect();
        rows.push((BulkRow { line: line.number, user, act, faults }, asked));
    }
    Ok(rows)
}

/// Reads one row, with everything that is wrong with it.
fn read_line(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    by: &By,
    line: &Line,
    seen: &mut Vec<String>,
) -> Result<Result<Asked, Vec<BulkFault>>, StoreError> {
    let [act, kind_text, user, name, kana, from, until] = line.cells.as_slice() else { return Ok(Err(vec![BulkFault::Columns])) };
    let mut faults = Vec::new();
    let is_change = act == BULK_CHANGE;
    if !is_change && act != BULK_ADD {
        faults.push(BulkFault::Act);
    }
    let kind = AccountKind::ALL.into_iter().find(|kind| kind.label() == kind_text).filter(|kind| by.looks_after(*kind));
    if kind.is_none() {
        faults.push(BulkFault::Kind);
    }
    let user = UserId::try_from(user.as_str());
    let found = match &user {
        Err(_) => {
            faults.push(BulkFault::UserId);
            None
        }
        Ok(user) => {
            let key = user.as_str().to_ascii_lowercase();
            if seen.contains(&key) {
                faults.push(BulkFault::Twice);
            }
            seen.push(key);
            if is_change {
                let found = account::of(tx, tenant, user)?;
                faults.extend(found.is_none().then_some(BulkFault::NotThere));
                found
            } else {
                faults.extend(account::is_taken(tx, tenant, user)?.then_some(BulkFault::IdTaken));
                None
            }
        }
    };
    if let Some(AccountEntry { account, .. }) = &found {
        if !by.looks_after(account.kind) {
            faults.push(BulkFault::OthersKind);
        } else if account.kind.is_of_program() {
            faults.push(BulkFault::OfProgram);
        } else if kind.is_some_and(|kind| kind != account.kind) {
            faults.push(BulkFault::KindChanged);
        }
    }
    let name = AccountName::try_from(name.as_str());
    faults.extend(name.as_ref().err().map(|why| match why {
        NotAName::Shape => BulkFault::Name,
        NotAName::MyNumber => BulkFault::MyNumber,
    }));
    let kana = HalfKana::from_typed(kana);
    faults.extend(kana.is_err().then_some(BulkFault::Kana));
    let from = CivilDate::from_typed(from);
    faults.extend(from.is_err().then_some(BulkFault::From));
    let until = if until.is_empty() { Ok(None) } else { CivilDate::from_typed(until).map(Some) };
    faults.extend(until.is_err().then_some(BulkFault::Until));
    if let (Ok(from), Ok(until)) = (&from, &until)
        && check_period(Some(*from), *until).is_err()
    {
        faults.push(BulkFault::PeriodBackwards);
    }
    let (Ok(user), Some(kind), Ok(name), Ok(kana), Ok(valid_from), Ok(valid_until), true) =
        (user, kind, name, kana, from, until, faults.is_empty())
    else {
        return Ok(Err(faults));
    };
    Ok(Ok(match found {
        None => Asked::Add(NewAccount { kind, user, name, kana, valid_from, valid_until }),
        Some(AccountEntry { account, .. }) => {
            let differs = [
                (3, account.name != name.as_str()),
                (4, account.kana != kana.as_str()),
                (5, account.valid_from != Some(valid_from)),
                (6, account.valid_until != valid_until),
            ];
            let columns = differs.into_iter().filter(|(_, differs)| *differs).map(|(column, _)| column).collect();
            Asked::Change(user, AccountChange { name, kana, valid_from: Some(valid_from), valid_until, typed_user: None }, columns)
        }
    }))
}

/// How many accounts a report makes.
#[must_use]
pub fn additions(report: &BulkReport) -> usize {
    report.rows.iter().filter(|row| matches!(row.act, Some(BulkAct::Add(_)))).count()
}
