//! `uketsuke-server account …`: what OT-7 does, for the operator of the host. Every change leaves an audit row of the actor `operator`.

use server::account::{generated_password, hash};
use server::clock::Clock;
use server::command_line::{AccountCommand, InstitutionAt};
use server::random::Random;
use server::rule::account::{self as rule, By, Denied, Done};
use server::rule::factor;
use server::store::db::{Db, Tx};
use server::store::{AuditEntry, account};
use server::tenant::Tenant;
use server::trouble::Trouble;
use shared::api::Endpoint as _;
use shared::api::account::{
    ACCOUNT_ROWS, AccountChange, AccountRow, AddAccount, ChangeAccount, NewAccount, ResetPassword, ResumeAccount, SuspendAccount,
    UnlockAccount,
};
use shared::api::factor::ResetFactors;
use shared::domain::account::{AccountFault, AccountName, AccountState, HalfKana, UserId};
use shared::domain::calendar::CivilDate;

use crate::database::open_institution;
use crate::say;

/// Runs one command.
pub(crate) async fn run(command: AccountCommand) -> Result<(), Trouble> {
    match command {
        AccountCommand::List { at } => {
            let office = Office::open(at).await?;
            let listed = list(&office).await;
            office.db.close().await;
            listed
        }
        AccountCommand::Add { at, kind, user, name, kana, from, until } => {
            let (random, clock) = (Random::machine(), Clock::machine());
            let today = clock.now().jst_date();
            let valid_from = from.as_deref().map(|text| day("--from", text)).transpose()?.unwrap_or(today);
            let valid_until = until.as_deref().map(|text| day("--until", text)).transpose()?;
            let new = NewAccount { kind, user: user_id(&user)?, name: name_of(&name)?, kana: kana_of(&kana)?, valid_from, valid_until };
            let (password, hash) = first_password(&random)?;
            let about = new.user.clone();
            done(at, about, AddAccount::NAME, move |tx, tenant, _, entry| rule::add(tx, tenant, &By::Operator, &new, &hash, entry)).await?;
            say_password(&password);
            Ok(())
        }
        AccountCommand::Change { at, user, name, kana, from, until } => {
            let user = user_id(&user)?;
            let name = name.as_deref().map(name_of).transpose()?;
            let kana = kana.as_deref().map(kana_of).transpose()?;
            let from = from.as_deref().map(|text| day("--from", text)).transpose()?;
            let until = match until.as_deref() {
                None => None,
                Some("none") => Some(None),
                Some(text) => Some(Some(day("--until", text)?)),
            };
            done(at, user, ChangeAccount::NAME, move |tx, tenant, user, entry| {
                let Some(found) = account::of(tx, tenant, user)? else { return Ok(Err(Denied::NotThere)) };
                let former = found.account;
                // What an earlier release took is kept as it is where it still has the shape.
                let kept_name = AccountName::try_from(former.name.as_str()).ok();
                let kept_kana = HalfKana::from_typed(&former.kana).ok();
                let (Some(name), Some(kana)) = (name.clone().or(kept_name), kana.clone().or(kept_kana)) else {
                    return Ok(Err(Denied::Fault(AccountFault::Rows)));
                };
                let new =
                    AccountChange { name, kana, valid_from: from, valid_until: until.unwrap_or(former.valid_until), typed_user: None };
                rule::change(tx, tenant, &By::Operator, user, &new, entry)
            })
            .await
        }
        AccountCommand::Suspend { at, user } => {
            let suspend = |tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, entry: &AuditEntry| {
                rule::suspend(tx, tenant, &By::Operator, user, None, entry)
            };
            done(at, user_id(&user)?, SuspendAccount::NAME, suspend).await
        }
        AccountCommand::Resume { at, user } => {
            let resume =
                |tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, entry: &AuditEntry| rule::resume(tx, tenant, &By::Operator, user, entry);
            done(at, user_id(&user)?, ResumeAccount::NAME, resume).await
        }
        AccountCommand::Reset { at, user } => {
            let (password, hash) = first_password(&Random::machine())?;
            let reset = move |tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, entry: &AuditEntry| {
                rule::reset(tx, tenant, &By::Operator, user, None, &hash, entry)
            };
            done(at, user_id(&user)?, ResetPassword::NAME, reset).await?;
            say_password(&password);
            Ok(())
        }
        AccountCommand::ResetFactor { at, user } => {
            let reset =
                |tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, entry: &AuditEntry| factor::reset(tx, tenant, &By::Operator, user, entry);
            done(at, user_id(&user)?, ResetFactors::NAME, reset).await
        }
        AccountCommand::Unlock { at, user } => {
            let unlock =
                |tx: &mut Tx<'_>, tenant: &Tenant, user: &UserId, entry: &AuditEntry| rule::unlock(tx, tenant, &By::Operator, user, entry);
            done(at, user_id(&user)?, UnlockAccount::NAME, unlock).await
        }
    }
}

/// The database and the institution in it.
struct Office {
    db: Db,
    tenant: Tenant,
    clock: Clock,
}

impl Office {
    async fn open(at: InstitutionAt) -> Result<Self, Trouble> {
        let (db, tenant) = open_institution(&at).await?;
        Ok(Self { db, tenant, clock: Clock::machine() })
    }
}

/// Runs a rule on one account, with its audit row, and says how the account stands.
async fn done<R>(at: InstitutionAt, user: UserId, action: &'static str, rule: R) -> Result<(), Trouble>
where
    R: Fn(&mut Tx<'_>, &Tenant, &UserId, &AuditEntry) -> Done<AccountRow> + Send + 'static,
{
    let office = Office::open(at).await?;
    let entry = AuditEntry::of_operator(office.clock.now(), &office.tenant, action, user.as_str());
    let tenant = office.tenant.clone();
    let outcome = office.db.write(move |tx| rule(tx, &tenant, &user, &entry)).await;
    office.db.close().await;
    match outcome {
        Ok(Ok(row)) => {
            say(&line(&row));
            Ok(())
        }
        Ok(Err(why)) => Err(trouble(why)),
        Err(why) => Err(Trouble::machine("the account could not be stored", "check rights and space of --data").because(why)),
    }
}

fn trouble(why: Denied) -> Trouble {
    let Denied::Fault(fault) = why else {
        return Trouble::usage("there is no such account", "`account list` names all of them");
    };
    let next = match fault {
        AccountFault::IdTaken => "an ID stands for one person for good: choose another with --user",
        AccountFault::PeriodBackwards => "give an --until that is not before --from",
        AccountFault::LastAdmin => "add another admin first: account add --kind admin",
        AccountFault::Rows => "this account has no name or kana of today's shape yet: give --name and --kana",
        AccountFault::OthersKind | AccountFault::NotTyped | AccountFault::Suspended | AccountFault::File | AccountFault::Tokens => {
            "`account list` says how it stands"
        }
    };
    let what = if fault == AccountFault::Rows { "name or kana is missing".to_owned() } else { fault.to_string() };
    Trouble::usage(format!("{what}; nothing was changed"), next)
}

async fn list(office: &Office) -> Result<(), Trouble> {
    let now = office.clock.now();
    let mut after = None;
    loop {
        let (tenant, from) = (office.tenant.clone(), after.clone());
        let page = office.db.read(move |tx| rule::list(tx, &tenant, &By::Operator, from.as_ref(), ACCOUNT_ROWS, now)).await;
        let page = page.map_err(|why| Trouble::machine("the database cannot be read", "check rights of --data").because(why))?;
        page.rows.iter().for_each(|row| say(&line(row)));
        if page.damaged > 0 {
            say(&format!("{} accounts cannot be read from the database; the log names them", page.damaged));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// An account on one line: ID, kind, state, period, last login, name, whether it has a second factor; separated by tabs.
fn line(row: &AccountRow) -> String {
    let day = |day: Option<CivilDate>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let state = match row.state {
        AccountState::Suspended => "suspended",
        AccountState::NotYet => "not-yet",
        AccountState::Over => "over",
        AccountState::Living if row.must_change_password => "initial-password",
        AccountState::Living => "in-use",
    };
    let factor = if row.has_second_factor { "second-factor" } else { "-" };
    let last = row.last_login_at.map_or_else(|| "never".to_owned(), |at| at.jst_minute_text());
    [row.user.as_str(), row.kind.label(), state, &day(row.valid_from), &day(row.valid_until), &last, &row.name, factor].join("\t")
}

fn say_password(password: &str) {
    say(&format!("password\t{password}"));
    say("This password is shown only now; it must be changed at the first login at /o.");
}

fn first_password(random: &Random) -> Result<(String, String), Trouble> {
    let password =
        generated_password(random).map_err(|why| Trouble::machine("the machine gives no random numbers", "try again").because(why))?;
    let hash =
        hash(&password, random).map_err(|why| Trouble::machine("the password could not be worked on", "free some memory").because(why))?;
    Ok((password, hash))
}

fn user_id(text: &str) -> Result<UserId, Trouble> {
    UserId::try_from(text).map_err(|why| Trouble::usage(format!("--user: {why}"), "for example --user staff11"))
}

fn name_of(text: &str) -> Result<AccountName, Trouble> {
    AccountName::try_from(text).map_err(|why| Trouble::usage(format!("--name: {why}"), "for example --name '看護 花子'"))
}

fn kana_of(text: &str) -> Result<HalfKana, Trouble> {
    HalfKana::from_typed(text).map_err(|why| Trouble::usage(format!("--kana: {why}"), "for example --kana 'カンゴ ハナコ'"))
}

pub(crate) fn day(option: &str, text: &str) -> Result<CivilDate, Trouble> {
    CivilDate::from_typed(text).map_err(|_| Trouble::usage(format!("{option} is no day"), "write it as 2026-12-01"))
}
